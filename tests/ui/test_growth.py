"""What the window does for many elements costs little more for each than for one: counted in calls, not in seconds."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial

import pytest
from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtTest import QTest

from designer.commands import clipboard, edit, joins, many
from designer.commands.arrange import align, lock
from designer.ui.parts import large
from designer.ui.shell.window import Window
from tests.steps import calls
from tests.waiting import turns, until

MOST = int(os.environ.get("DESIGNER_GROWTH", "500"))
COUNTS = (MOST // 10, MOST)
SOON_MS = 500
"""Timers of the window below are of work that was put off; those above only watch or end messages."""


def with_vms(window: Window, count: int) -> list[int]:
    """VMs on hosts of a zone, ten on each; nothing is selected."""
    session = window.session
    project = session.project
    zone = edit.place(project, "zone", edit.place(project, "region"))
    values = {"cores": 64, "ram_mib": 1e6}
    hosts = many.place_many(project, many.plan(project, "host", [zone], count // 10, fields=values), "h-{n}")
    vms = many.place_many(project, many.plan(project, "vm", hosts, count), "v-{n}")
    settled(window, lambda: session.select([]))
    return vms


def settled(window: Window, work: Callable[[], object]) -> None:
    """Do something, and all that the window does because of it."""
    work()
    window.session.flush()
    window.session.findings.finish()
    until(lambda: idle(window))


def idle(window: Window) -> bool:
    """Whether nothing waits to be done soon, after a turn of the event loop."""
    turns(1)
    return not any(timer.isActive() and timer.interval() < SOON_MS for timer in window.findChildren(QTimer))


def select(window: Window, vms: list[int]) -> None:
    """Select them all, then nothing."""
    settled(window, lambda: window.session.select(vms))
    settled(window, lambda: window.session.select([]))


def undo(window: Window, vms: list[int]) -> None:
    """Take back that they were placed, and place them again."""
    settled(window, window.session.project.undo)
    settled(window, window.session.project.redo)


def link(window: Window, vms: list[int]) -> None:
    """Link them with a service."""
    project = window.session.project
    service = edit.place(project, "service")
    (made, *_) = joins.offers(project, *joins.sides(project, [*vms, service]))
    settled(window, lambda: joins.connect_many(project, made))


def move(window: Window, vms: list[int]) -> None:
    """Move them into another zone, straight."""
    project = window.session.project
    zone = edit.place(project, "zone", project.children(1)[0])
    settled(window, lambda: edit.move(project, vms, (0.0, 0.0), zone))


def undo_delete(window: Window, vms: list[int]) -> None:
    """Delete them while they are selected, bring them back as the menu does, and delete them again."""
    window.session.select(vms)
    settled(window, lambda: edit.delete(window.session.project, vms))
    settled(window, window.actions["edit.undo"].trigger)
    settled(window, window.actions["edit.redo"].trigger)


def duplicate(window: Window, vms: list[int]) -> None:
    """Duplicate their hosts, with all VMs on them."""
    project = window.session.project
    hosts = list(dict.fromkeys(project.elements[i].parent for i in vms))
    settled(window, lambda: clipboard.duplicate(project, hosts))


def lock_and_hide(window: Window, vms: list[int]) -> None:
    """Lock, unlock, hide and show them."""
    project = window.session.project
    for work in (lock.set_locked, lock.set_hidden):
        for on in (True, False):
            settled(window, partial(work, project, vms, on))


def arrange(window: Window, vms: list[int]) -> None:
    """Align and distribute notes, as many as there are VMs."""
    project = window.session.project
    with project.edit("Add"):
        rows = [project.kinds["note"].table(parent=1, name=f"n{n}", x=9.0 * n, y=300.0 * n, w=20, h=10) for n in
                range(len(vms))]  # fmt: skip
        notes = project.add_many(rows)
    settled(window, lambda: align.align(project, notes, "left"))
    settled(window, lambda: align.distribute(project, notes, False))


def drag(window: Window, vms: list[int]) -> None:
    """Drag their hosts a little with the mouse, and back."""
    project, view = window.session.project, window.canvas.view
    hosts = list(dict.fromkeys(project.elements[i].parent for i in vms))
    settled(window, lambda: window.session.select(hosts))
    settled(window, lambda: view.zoom_to_fit(animated=False))
    box = view.to_pixels(view.world.rect(view.world.row_of[hosts[0]])).center().toPoint()
    for way in (QPoint(9, 9), QPoint(-9, -9)):
        QTest.mousePress(view, Qt.MouseButton.LeftButton, pos=box)
        for part in (2, 1):
            QTest.mouseMove(view, box + way / part)
        settled(window, lambda: QTest.mouseRelease(view, Qt.MouseButton.LeftButton, pos=box + way))  # noqa: B023
        box += way


WORK = [select, undo, link, move, undo_delete, duplicate, lock_and_hide, arrange, drag]


@pytest.mark.parametrize("work", WORK)
def test_that_ten_times_as_many_cost_the_window_hardly_more_than_ten_times(
    window: Window, work: Callable[[Window, list[int]], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(large, "LARGE", 10 * COUNTS[-1])  # what is done on a thread is not counted
    monkeypatch.setattr(large, "LARGE_REPLAY", 10 * COUNTS[-1])
    few, lots = (calls(partial(work, window, with_vms(window, count))) for count in COUNTS)
    assert lots < 10 * 1.4 * few
