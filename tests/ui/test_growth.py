"""What the window does for many elements costs little more for each than for one: counted in calls, not in seconds."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest
from PySide6.QtWidgets import QApplication

from designer.commands import edit, joins, many
from designer.ui.shell.window import Window
from tests.steps import calls

COUNTS = (1_000, 10_000)


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
    for _ in range(3):
        QApplication.processEvents()


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


def delete(window: Window, vms: list[int]) -> None:
    """Delete them while they are selected."""
    window.session.select(vms)
    settled(window, lambda: edit.delete(window.session.project, vms))


@pytest.mark.parametrize("work", [select, undo, link, move, delete])
def test_that_ten_times_as_many_cost_the_window_hardly_more_than_ten_times(
    window: Window, work: Callable[[Window, list[int]], None]
) -> None:
    few, lots = (calls(partial(work, window, with_vms(window, count))) for count in COUNTS)
    assert lots < 10 * 1.6 * few
