"""The dialog of the fewest hosts: it searches beside the window, can be stopped, and says what it knows."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from designer.commands import edit
from designer.ui.pickers.fewest_dialog import FewestDialog


@pytest.fixture
def parent(qtbot: QtBot, theme: Any) -> Iterator[QWidget]:
    made = QWidget()
    qtbot.addWidget(made)
    yield made


def filled(session: Any, gibs: list[float], hosts: int) -> Any:
    """Hosts of 32 GiB with VMs of some sizes on them."""
    project = session.project
    zone = edit.place(project, "zone", edit.place(project, "region"))
    made = [edit.place(project, "host", zone, name=f"h{n}", ram_mib=32_768.0, cores=64) for n in range(hosts)]
    for n, gib in enumerate(gibs):
        edit.place(project, "vm", made[n % hosts], name=f"vm-{n}", vcpus=1, ram_mib=gib * 1024.0)
    session.flush()
    return session


def figures(dialog: FewestDialog) -> dict[str, str]:
    table = dialog.table
    titles = [table.verticalHeaderItem(row).text() for row in range(table.rowCount())]
    return {title: table.item(row, 0).text() for row, title in enumerate(titles)}  # type: ignore[union-attr]


def test_that_it_shows_policies_optimum_and_bound(session: Any, theme: Any, parent: QWidget, qtbot: QtBot) -> None:
    filled(session, [20, 20, 16, 10, 6, 6, 6, 6, 6], 5)
    dialog = FewestDialog(session, theme, parent)
    assert dialog.what.text() == "9 VMs that run on 5 hosts"
    qtbot.waitUntil(lambda: dialog.found is not None)
    assert figures(dialog) == {
        "Now": "5", "First fit": "4", "Best fit": "4", "Worst fit": "3", "Optimum": "3", "Bound": "3",
    }  # fmt: skip
    assert dialog.said.text() == "3 of 5 hosts are enough for 9 VMs; fewer are not. What binds: memory."
    assert not dialog.stop.isEnabled()
    dialog.reject()


def test_that_stop_keeps_what_is_known(session: Any, theme: Any, parent: QWidget, qtbot: QtBot) -> None:
    rng = random.Random(5)
    filled(session, [rng.randint(640, 2240) / 100.0 for _ in range(120)], 120)
    dialog = FewestDialog(session, theme, parent)
    qtbot.waitUntil(lambda: dialog.bar.value() > 0)  # the solver searches: what the policies find is known
    QTest.mouseClick(dialog.stop, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: dialog.found is not None)
    assert dialog.found is not None
    assert dialog.found.bound <= dialog.found.best
    assert ("Optimum" in figures(dialog)) == dialog.found.proven
    dialog.reject()


def test_that_it_says_why_there_is_no_answer(session: Any, theme: Any, parent: QWidget, qtbot: QtBot) -> None:
    dialog = FewestDialog(session, theme, parent)
    qtbot.waitUntil(lambda: not dialog.stop.isEnabled())
    assert dialog.said.text() == "There is no host."
    dialog.reject()


def test_that_a_long_answer_covers_nothing(session: Any, theme: Any, parent: QWidget, qtbot: QtBot) -> None:
    filled(session, [64.0], 1)
    (vm,) = session.project.of_kind("vm")
    edit.change(session.project, [vm.id], {"name": "WWWW " * 39})
    session.flush()
    dialog = FewestDialog(session, theme, parent)
    dialog.show()
    qtbot.waitUntil(lambda: dialog.said.text().endswith(" fits on no host."))
    qtbot.waitUntil(
        lambda: dialog.said.height() >= dialog.said.heightForWidth(dialog.said.width()) > dialog.said.minimumHeight()
    )
    assert not any(dialog.said.geometry().intersects(part.geometry()) for part in (dialog.table, dialog.buttons))
    dialog.reject()
