"""The rows of the drawing: read from a design, spliced by edits, asked by mouse and rubber band; a frame of a drag."""

from __future__ import annotations

import time
from collections.abc import Callable
from statistics import median
from typing import Any

import numpy as np
from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage, QPainter, QTransform
from PySide6.QtWidgets import QApplication

from designer.commands import edit
from designer.model.project import Project
from designer.ui.canvas.paint.brush import Brush
from designer.ui.canvas.paint.paint import paint_world
from designer.ui.canvas.world.world import World
from designer.ui.parts.theme import Theme
from tests.benchmarks._aims import beside_a_pass
from tests.benchmarks.canvas_paint import SIZE, design

REPEATS = 9
ARRAYS = ("ids", "kind", "parent", "end", "depth", "x", "y", "w", "h", "is_vm", "is_host", "is_template")


def middle_ms(work: Callable[[], object], repeats: int = REPEATS) -> float:
    """The middle CPU milliseconds of some repeats."""
    took = []
    for _ in range(repeats):
        began = time.process_time()
        work()
        took.append((time.process_time() - began) * 1000)
    return median(took)


def row(name: str, value: float, unit: str, aim: str) -> dict[str, Any]:
    """A row of the table."""
    return {"name": name, "value": value, "unit": unit, "aim": aim}


def painter_of(world: World, theme: Theme) -> Callable[[], None]:
    """Paint the whole drawing once."""
    brush, bounds = Brush(theme, world), world.bounds()
    zoom = min(SIZE[0] / bounds.width(), SIZE[1] / bounds.height())
    image = QImage(*SIZE, QImage.Format.Format_RGB32)

    def work() -> None:
        painter = QPainter(image)
        painter.setTransform(QTransform(zoom, 0, 0, zoom, -round(bounds.x() * zoom), -round(bounds.y() * zoom)))
        painter.setClipRect(bounds)
        paint_world(painter, brush)
        painter.end()

    return work


def first_picture(project: Project, theme: Theme) -> Callable[[], None]:
    """Read a design and paint it for the first time."""
    return lambda: painter_of(World(project), theme)()


def asked(world: World) -> list[dict[str, Any]]:
    """What a mouse asks of 100,000 VMs."""
    bounds, chance = world.bounds(), np.random.Generator(np.random.PCG64(1))
    points = (chance.random((200, 2)) * (bounds.width(), bounds.height()) + (bounds.x(), bounds.y())).tolist()
    half = QRectF(bounds.left() - 1, bounds.top() - 1, bounds.width() / 2, bounds.height() + 2)
    inside = world.inside(half)
    vms = int(sum(world.is_vm[world.subtree(r)].sum() for r in inside.tolist()))
    hits = middle_ms(lambda: [world.at(x, y) for x, y in points]) / len(points)
    kept = sum(getattr(world, name).nbytes for name in ARRAYS) + 4 * world.ids.size  # the order of the ids
    return [
        row(f"rubber band over {vms:,} of 100,000 VMs", middle_ms(lambda: world.inside(half)), "ms", "<= 0.4"),
        row("what is at a point, 100,000 VMs", hits, "ms", "<= 0.05"),
        row("arrays of the drawing, a row", kept / world.ids.size, "B", "<= 50"),
    ]


def edits(project: Project) -> list[dict[str, Any]]:
    """How long the drawing follows edits, and how long undo and redo take with it, among 20,000 VMs."""
    world = World(project)
    project.changed.connect(world.follow)
    center = project.of_kind("rack")[0].parent
    racks = [e.id for e in project.of_kind("rack")][:2]
    host = project.children(racks[0])[0]
    taken: dict[str, float] = {}

    def timed(name: str, work: Callable[[], object]) -> None:
        began = time.process_time()
        work()
        taken[name] = (time.process_time() - began) * 1000

    edit.place(project, "vm", host)
    timed("undo of a new VM", project.undo)
    timed("redo of a new VM", project.redo)
    edit.move(project, [center], (100.0, 50.0))
    timed("undo of a move of everything", project.undo)
    edit.delete(project, racks)
    timed("undo of the removal of two racks", project.undo)
    timed("redo of it", project.redo)
    project.changed.disconnect(world.follow)
    return [row(f"{name}, in 20,000 VMs", took, "ms", "<= 16") for name, took in taken.items()]


def run() -> list[dict[str, Any]]:
    """Designs of 20,000 and 100,000 VMs."""
    app = QApplication.instance() or QApplication([])
    assert isinstance(app, QApplication)
    theme = Theme("light")
    theme.apply(app)
    rows = []
    small, large = design(1000, 20), design(5000, 20)
    for project, count, aims in ((small, "20,000", ("<= 20", "<= 50")), (large, "100,000", ("<= 100", ""))):
        rows.append(row(f"rows from a design, {count} VMs", middle_ms(lambda p=project: World(p), 5), "ms", aims[0]))
        rows.append(
            row(f"the same and first picture, {count}", middle_ms(first_picture(project, theme), 5), "ms", aims[1])
        )
    return beside_a_pass(rows + asked(World(large)) + edits(small) + dragged(small, theme))


def dragged(project: Project, theme: Theme) -> list[dict[str, Any]]:
    """A frame while 1,000 VMs of 20,000 are dragged: all else is painted, and they are a picture above it."""
    world = World(project)
    brush, bounds = Brush(theme, world), world.bounds()
    brush.hidden = np.zeros(world.ids.size, np.bool_)
    for rack in project.of_kind("rack")[:3]:
        brush.hidden[world.subtree(world.row_of[rack.id])] = True
    zoom = min(SIZE[0] / bounds.width(), SIZE[1] / bounds.height())
    image, picture = QImage(*SIZE, QImage.Format.Format_RGB32), QImage(200, 200, QImage.Format.Format_RGB32)
    turn = 0

    def work() -> None:
        nonlocal turn
        turn += 1
        painter = QPainter(image)
        painter.setTransform(QTransform(zoom, 0, 0, zoom, -round(bounds.x() * zoom), -round(bounds.y() * zoom)))
        painter.setClipRect(bounds)
        paint_world(painter, brush)
        painter.resetTransform()
        painter.drawImage(turn, turn, picture)
        painter.end()

    work()
    return [
        row(
            f"a frame while {int(world.is_vm[brush.hidden].sum()):,} VMs of 20,000 are dragged",
            middle_ms(work),
            "ms",
            "<= 6",
        )
    ]
