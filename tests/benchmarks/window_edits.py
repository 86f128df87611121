"""Large edits in the whole window beside 20,000 VMs: placed, pasted, dragged with the mouse, undone and redone."""

from __future__ import annotations

import time
from statistics import median
from typing import Any

from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from designer.app import App
from designer.commands import edit
from designer.commands.imports import import_machines
from designer.model.project import Project
from designer.ui.pickers.many_dialog import ManyDialog
from tests.benchmarks._aims import beside_a_pass
from tests.benchmarks._window import Beats, opened, restless, settle

PLACED, DRAGGED, STEPS = 10_000, 1_000, 40


def row(name: str, value: float, unit: str, aim: str) -> dict[str, Any]:
    """A row of the table."""
    return {"name": name, "value": value, "unit": unit, "aim": aim}


def placed(app: App) -> list[dict[str, Any]]:
    """10,000 VMs onto the hosts of a design by the dialog, and their undo."""
    session, beats = app.session, Beats(app)
    session.select([e.id for e in session.project.of_kind("data_center")])
    settle(app)
    dialog = ManyDialog(session, app.theme, app.frame)
    dialog.show()
    dialog.what.setCurrentIndex(dialog.what.findData("vm"))
    dialog.count.setValue(PLACED)
    dialog.preview()
    assert dialog.found is not None
    assert dialog.found.placed == PLACED
    count = len(session.project.of_kind("vm"))
    took = beats.during(dialog.place)
    assert len(session.project.of_kind("vm")) == count + PLACED
    back = beats.longest_s
    undone = beats.during(app.window.actions["edit.undo"].trigger)
    return [
        row(f"place {PLACED:,} VMs by Many", took, "CPU s", "<= 1 s"),
        row("its longest stall", back * 1000, "ms", "<= 100 ms"),
        row("its undo", undone, "CPU s", ""),
        row("the longest stall of its undo", beats.longest_s * 1000, "ms", "<= 100 ms"),
    ]


def pasted(app: App) -> list[dict[str, Any]]:
    """All of a design pasted beside itself."""
    session, beats = app.session, Beats(app)
    session.select([e.id for e in session.project.of_kind("data_center")])
    count = len(session.project.elements)
    app.window.actions["edit.copy"].trigger()
    session.select([])
    bounds = app.window.canvas.view.world.bounds()
    app.window.canvas.view.show_point(0.05, bounds.bottomRight() + QPointF(2000.0, 2000.0))  # pasted where it is free
    settle(app)
    took = beats.during(app.window.actions["edit.paste"].trigger)
    made = len(session.project.elements) - count
    assert made > 20_000
    return [
        row(f"paste {made:,} elements", took, "CPU s", ""),
        row("its longest stall", beats.longest_s * 1000, "ms", "<= 100 ms"),
    ]


def cpu_ms(work: Any, app: App) -> float:
    """CPU milliseconds of the window's thread for something, until it is painted."""
    began = time.thread_time()
    work()
    app.window.canvas.view.repaint()
    QApplication.processEvents()
    return (time.thread_time() - began) * 1000


def dragged(app: App) -> list[dict[str, Any]]:
    """A data center of 1,000 VMs dragged by the mouse, frame by frame; then undo and redo of the move."""
    session, view = app.session, app.window.canvas.view
    center = next(e.id for e in session.project.of_kind("data_center") if e.name == "small")
    view.zoom_to_fit(animated=False)
    settle(app)
    box = view.to_pixels(view.world.rect(view.world.row_of[center]))
    at = QPointF(box.left() + 6, box.top() + 2).toPoint()
    began = view.world.rect(view.world.row_of[center]).topLeft()
    QTest.mousePress(view, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.AltModifier, at)
    frames = []
    for n in range(STEPS):
        to = at + QPoint(6 + 3 * n, n)
        frames.append(cpu_ms(lambda to=to: QTest.mouseMove(view, to), app))
    QTest.mouseRelease(view, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.AltModifier, to)
    settle(app)
    assert view.world.rect(view.world.row_of[center]).topLeft() != began
    undo, redo = [], []
    for _ in range(5):
        undo.append(cpu_ms(app.window.actions["edit.undo"].trigger, app))
        settle(app)
        redo.append(cpu_ms(app.window.actions["edit.redo"].trigger, app))
        settle(app)
    over = [
        cpu_ms(lambda n=n: QTest.mouseMove(view, view.rect().center() + QPoint(9 * n, 7 * n)), app) for n in range(30)
    ]
    what = f"a data center of {DRAGGED:,} VMs in 20,000"
    return [
        row(f"drag {what}, a frame", median(frames[3:]), "ms", "<= 6 ms"),
        row("the same, the first frame", max(frames[:3]), "ms", ""),
        row("the mouse goes over the drawing at 100%, a frame", median(over), "ms", ""),
        row(f"undo of the move of {what}", median(undo), "ms", "<= 16 ms"),
        row(f"redo of the move of {what}", median(redo), "ms", "<= 16 ms"),
    ]


def with_small(project: Project) -> Project:
    """A design with a second data center of 50 hosts and 1,000 VMs."""
    import_machines(
        project,
        [{"name": f"s{n}", "cores": 64, "mhz": 2500.0, "ram_mib": 2**20} for n in range(DRAGGED // 20)],
        [
            {"name": f"s{n}", "host": f"s{n // 20}", "vcpus": 2, "mhz": 2500.0, "ram_mib": 1024.0}
            for n in range(DRAGGED)
        ],
        name="small",
    )
    small = next(e.id for e in project.of_kind("data_center") if e.name == "small")
    edit.move(project, [small], (0.0, 200.0))
    return project


def run() -> list[dict[str, Any]]:
    """The edits of one window, one after the other."""
    app = opened(with_small(restless(950, 20)))
    rows = dragged(app)
    rows += placed(app)
    rows += pasted(app)
    app.close()
    return beside_a_pass(rows)
