"""20,000, 100,000 and 400,000 VMs in a widget: recolored while panning, beside a blit and beside scenes of an item per
VM."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from statistics import median
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QImage, QPainter, QPaintEvent, QTransform
from PySide6.QtWidgets import (
    QApplication,
    QGraphicsItem,
    QGraphicsRectItem,
    QGraphicsScene,
    QGraphicsView,
    QStyleOptionGraphicsItem,
    QWidget,
)

from designer.study.build import build
from designer.study.frame_file import ids_of
from designer.study.frames import Frame
from designer.ui.canvas.paint.brush import CELL, Brush
from designer.ui.canvas.paint.paint import paint_ground, paint_world
from designer.ui.canvas.world.live import live_of
from designer.ui.canvas.world.mapping import Mapping
from designer.ui.canvas.world.world import World
from designer.ui.parts.theme import Theme
from tests.benchmarks._aims import beside_a_pass
from tests.benchmarks.canvas_paint import SIZE, design

COLORS = 64
ROUNDS, SLOW_ROUNDS = 15, 5
FAR = 2.0
"""So much smaller than in the whole window a drawing is from afar."""
Work = Callable[[int], None]


def medians_ms(works: dict[str, Work], rounds: int) -> dict[str, float]:
    """The middle CPU milliseconds of each work; the works take turns."""
    took: dict[str, list[float]] = {name: [] for name in works}
    for turn in range(rounds + 1):
        for name, work in works.items():
            began = time.process_time()
            work(turn)
            if turn:  # the first turn fills what is kept
                took[name].append((time.process_time() - began) * 1000)
    return {name: median(times) for name, times in took.items()}


def blit() -> Work:
    """Copy one opaque picture of the size, a little moved each time: the limit."""
    source, target = (QImage(*SIZE, QImage.Format.Format_RGB32) for _ in range(2))
    source.fill(QColor("teal"))

    def work(turn: int) -> None:
        painter = QPainter(target)
        painter.drawImage(turn % 7, 0, source)
        painter.end()

    return work


class Drawing(QWidget):
    """The drawing as the canvas paints it, with other loads in each frame and moved by a pixel."""

    def __init__(
        self, world: World, theme: Theme, frames: list[Frame], every_cell: bool = False, far: float = 1.0
    ) -> None:
        super().__init__()
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)  # as the canvas: it paints all of its ground itself
        self._brush, self._frames = Brush(theme, world), frames
        self._mapping = Mapping(world, frames[0].ids)
        bounds = world.bounds()
        self._zoom = min(SIZE[0] / bounds.width(), SIZE[1] / bounds.height()) / far
        self._origin, self._every_cell, self.turn = bounds.topLeft() * self._zoom, every_cell, 0

    def paintEvent(self, event: QPaintEvent) -> None:
        """Take the next frame and paint it."""
        brush, turn = self._brush, self.turn
        brush.live = live_of(brush.world, self._frames[turn % len(self._frames)], self._mapping, "heat")
        if self._every_cell:
            brush.level = lambda width, scale: CELL  # type: ignore[method-assign]
        painter = QPainter(self)
        zoom = self._zoom
        view = QTransform(zoom, 0, 0, zoom, round(turn - self._origin.x()), round(-self._origin.y()))
        paint_ground(painter, brush, view, self.rect())
        painter.setTransform(view)
        inverse, _ = painter.worldTransform().inverted()
        painter.setClipRect(inverse.mapRect(QRectF(self.rect())))
        paint_world(painter, brush)
        painter.end()


class VmItem(QGraphicsItem):
    """A VM as an item in Python: it paints one rectangle."""

    __slots__ = ("box", "brush")

    def __init__(self, box: QRectF) -> None:
        super().__init__()
        self.box, self.brush = box, QBrush()

    def boundingRect(self) -> QRectF:
        """The box."""
        return self.box

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        """Fill the box."""
        painter.fillRect(self.box, self.brush)


class Scene(QGraphicsView):
    """A scene of an item per VM, written to be good: no index to keep, no frames, no antialiasing, one brush a color
    made before, the smallest `paint`, no state of the painter saved. It paints rectangles alone: no names, no marks."""

    def __init__(self, world: World, colors: list[QBrush], item_per_vm: bool, full: bool) -> None:
        super().__init__()
        self._scene = QGraphicsScene(self)
        self._scene.setItemIndexMethod(QGraphicsScene.ItemIndexMethod.NoIndex)
        self._colors, self._items, self._item_per_vm = colors, [], item_per_vm
        for row in range(world.ids.size):
            item: Any = VmItem(world.rect(row)) if item_per_vm else QGraphicsRectItem(world.rect(row))
            if not item_per_vm:
                item.setPen(Qt.PenStyle.NoPen)
            self._scene.addItem(item)
            if world.is_vm[row]:
                self._items.append(item)
        self.setScene(self._scene)
        self.setFrameShape(QGraphicsView.Shape.NoFrame)
        self.setOptimizationFlag(QGraphicsView.OptimizationFlag.DontSavePainterState)
        self.setOptimizationFlag(QGraphicsView.OptimizationFlag.DontAdjustForAntialiasing)
        if full:
            self.setViewportUpdateMode(QGraphicsView.ViewportUpdateMode.FullViewportUpdate)
        bounds = world.bounds()
        zoom = min(SIZE[0] / bounds.width(), SIZE[1] / bounds.height())
        self._scene.setSceneRect(bounds.adjusted(-1000, -1000, 1000, 1000))
        self.scale(zoom, zoom)

    def recolor(self, buckets: NDArray[np.int64], turn: int) -> None:
        """Give each VM its color and pan by a pixel."""
        colors = self._colors
        if self._item_per_vm:
            for item, n in zip(self._items, buckets.tolist()):
                item.brush = colors[n]
                item.update()
        else:
            for item, n in zip(self._items, buckets.tolist()):
                item.setBrush(colors[n])
        bar = self.horizontalScrollBar()
        bar.setValue(bar.value() + (1 if turn % 2 else -1))


def frames_of(world: World) -> list[Frame]:
    """Moments of a run with random loads; one VM in twenty asks for more than it can have."""
    return frames_with(*ids_of(build(world.project)))


def frames_with(ids: NDArray[np.int64], vms: int) -> list[Frame]:
    """The same for elements of which the first are VMs."""
    chance, count = np.random.Generator(np.random.PCG64(1)), ids.size
    zeros = np.zeros(count, np.float32)
    made = []
    for n in range(5):
        loads = chance.random(count).astype(np.float32) * 1.05
        made.append(Frame(
            time_s=float(n), ids=ids, vms=vms, heat=loads, used=loads, steal=zeros, throttled=zeros, overhead=zeros,
            waiting=zeros, disk=zeros, wire=zeros,
            power_w=zeros, state=np.zeros(count, np.uint8), failed_root=np.zeros(count, np.bool_),
            failed_since_s=np.full(count, np.nan), place=np.zeros(vms, np.int64), run_only=np.zeros(vms, np.bool_),
        ))  # fmt: skip
    return made


def shown(widget: QWidget) -> Any:
    """The widget, on the screen at the size of the benchmark."""
    widget.resize(*SIZE)
    widget.show()
    QApplication.processEvents()
    return widget


def repainted(widget: Any) -> Work:
    """Paint a widget with its next frame."""

    def work(turn: int) -> None:
        widget.turn = turn
        widget.repaint()

    return work


def on_fine_screen(widget: Drawing) -> Work:
    """Paint a widget as on a screen with 2 x 2 pixels for each of its own."""
    widget.resize(*SIZE)
    image = QImage(2 * SIZE[0], 2 * SIZE[1], QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(2)

    def work(turn: int) -> None:
        widget.turn = turn
        widget.render(image)

    return work


def recolored(scene: Scene, frames: list[Frame], vms: int) -> Work:
    """Recolor a scene and let it paint."""
    buckets = [np.clip(frame.heat[:vms] * COLORS, 0, COLORS - 1).astype(np.int64) for frame in frames]

    def work(turn: int) -> None:
        scene.recolor(buckets[turn % len(buckets)], turn)
        QApplication.processEvents()

    return work


def beside(name: str, took: float, other: str, other_took: float, aim: str) -> dict[str, Any]:
    """A row of the table."""
    return {"name": name, "value": took, "unit": "ms", "beside": other, "beside_value": other_took,
            "ratio": took / other_took, "aim": aim}  # fmt: skip


def painted(theme: Theme, hosts: int, each: int, goals: tuple[str, str]) -> tuple[World, list[Frame], list[Any]]:
    """All VMs in one window, by level of detail and each as a cell, beside a blit."""
    world = World(design(hosts, each))
    frames = frames_of(world)
    works = {
        "blit": blit(),
        "whole": repainted(shown(Drawing(world, theme, frames))),
        "cells": repainted(shown(Drawing(world, theme, frames, True))),
        "far": repainted(shown(Drawing(world, theme, frames, False, FAR))),
        "fine": on_fine_screen(Drawing(world, theme, frames)),
    }
    took, count = medians_ms(works, ROUNDS), hosts * each
    return (
        world,
        frames,
        [
            beside(f"recolor {count:,} VMs on {hosts:,} hosts, panning", took["whole"], "blit", took["blit"], goals[0]),
            beside(f"the same with every VM a cell, {count:,}", took["cells"], "blit", took["blit"], goals[1]),
            beside(f"the same from afar, its hosts as tiles, {count:,}", took["far"], "blit", took["blit"], goals[0]),
            beside(f"the same with 2 x 2 pixels for one, {count:,}", took["fine"], "blit", took["blit"], ""),
        ],
    )


def rivals(theme: Theme, world: World, frames: list[Frame]) -> list[dict[str, Any]]:
    """The same VMs as items of a scene."""
    colors = [QBrush(theme.heat((n + 0.5) / COLORS)) for n in range(COLORS)]
    vms = int(world.is_vm.sum())
    sorts = {
        "items in Python": (True, True, "<= 1/40"),
        "QGraphicsRectItem, default updates": (False, False, "<= 1/25"),
        "QGraphicsRectItem, full updates": (False, True, "<= 1/4"),
    }
    works = {"ours": repainted(shown(Drawing(world, theme, frames)))}
    for name, (python, full, _) in sorts.items():
        works[name] = recolored(shown(Scene(world, colors, python, full)), frames, vms)
    took = medians_ms(works, SLOW_ROUNDS)
    return [beside(f"recolor {vms:,} VMs, panning", took["ours"], name, took[name], aim)
            for name, (_, _, aim) in sorts.items()]  # fmt: skip


class Tiled(World):
    """Copies of a drawing side by side: arrays alone, of more rows than a file holds elements."""

    def __init__(self, world: World, copies: int) -> None:
        super().__init__(world.project)
        count, width = world.ids.size, world.bounds().width()
        of = np.repeat(np.arange(copies), count)
        for name in ("ids", "kind", "parent", "depth", "x", "y", "w", "h", "is_template"):
            setattr(self, name, np.tile(getattr(world, name), copies))
        self.names = list(world.names) * copies  # type: ignore[assignment]
        self.ids = np.arange(1, self.ids.size + 1)
        self.parent = np.where(self.parent >= 0, self.parent + (of * count).astype(np.int32), -1).astype(np.int32)
        self.x = self.x + of * width
        self._note_rows()


def stretched(theme: Theme) -> list[dict[str, Any]]:
    """400,000 VMs on 20,000 hosts, as arrays."""
    world = Tiled(World(design(1000, 20)), 20)
    order = np.argsort(~world.is_vm, kind="stable")
    frames = frames_with(world.ids[order], int(world.is_vm.sum()))
    works = {"blit": blit(), "ours": repainted(shown(Drawing(world, theme, frames)))}
    took = medians_ms(works, ROUNDS)
    name = "recolor 400,000 VMs on 20,000 hosts, panning"
    frame = {"name": f"{name}: 60 frames/s", "value": took["ours"], "unit": "ms", "aim": "<= 16.6 ms"}
    return [beside(name, took["ours"], "blit", took["blit"], ""), *beside_a_pass([frame])]


def run() -> list[dict[str, Any]]:
    """Frames of 20,000, 100,000 and 400,000 VMs. The cyclic collector is off, as in the program."""
    gc.disable()
    app = QApplication.instance() or QApplication([])
    assert isinstance(app, QApplication)
    theme = Theme("light")
    theme.apply(app)
    world, frames, rows = painted(theme, 1000, 20, ("<= 40x", ""))
    rows += rivals(theme, world, frames)
    return rows + painted(theme, 5000, 20, ("<= 30x", "<= 150x"))[2] + stretched(theme)
