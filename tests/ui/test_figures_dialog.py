"""The figures of two designs in the window: what differs, what is found in one alone, and an export."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtWidgets import QFileDialog, QScrollArea, QWidget
from pytestqt.qtbot import QtBot

from designer.checks.check import Finding
from designer.report.comparing import NINES, WORST_NINES, Measures
from designer.store.file import project_file
from designer.ui.files import compare_window
from designer.ui.files.compare_figures import FiguresDialog
from designer.ui.files.compare_window import CompareWindow, Source
from designer.ui.parts.theme import Theme
from designer.ui.shell.window import Window
from tests.ui.test_window import new_window, remembered, site

__all__ = ["new_window", "remembered", "site"]  # fixtures


def figures(usd: float, findings: list[Finding], nines: float | None = None) -> Measures:
    made = Measures(names={1: "<b>shop"}, findings=findings)
    made.add("Cost", 0, "A month", "USD", usd)
    if nines is not None:
        made.add(NINES, 0, WORST_NINES, "", nines)
    made.add("Run", 0, "CPU asked for, mean", "fraction", usd / 100.0)
    made.add("Run", 1, "Requests", "", 7.0)
    return made


def texts(dialog: FiguresDialog) -> list[list[str]]:
    table = dialog.table
    return [[table.item(row, n).text() for n in range(5)] for row in range(table.rowCount())]  # type: ignore[union-attr]


def test_that_figures_that_differ_are_shown_with_their_difference_and_exported(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    found = Finding("x", "high", "No spare <host>", "", (1,))
    dialog = FiguresDialog(("old", "new"), [figures(10.0, []), figures(12.5, [found])], 7, Theme(), parent)
    rows = texts(dialog)
    assert rows[1] == ["Whole design", "A month", "10.00 USD", "12.50 USD", "+2.50 USD"]
    assert rows[3] == ["Whole design", "CPU asked for, mean", "10%", "12.5%", "+2.5 points"] and len(rows) == 4
    dialog.only_different.setChecked(False)
    assert texts(dialog)[4] == ["<b>shop", "Requests", "7", "7", "="]
    assert "seed 7" in dialog.said.text() and "Found only in new: No spare <host>" in dialog.said.text()
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *a: (str(tmp_path / "c.html"), ""))
    dialog.export.click()
    page = (tmp_path / "c.html").read_text("utf-8")
    assert "+2.50 USD" in page and "No spare &lt;host&gt;" in page and "<b>shop" not in page


def test_that_more_designs_stand_in_the_table_and_those_that_none_beats_are_told(qtbot: QtBot) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    spare = Finding("x", "high", "No spare host", "", (1,))
    dialog = FiguresDialog(("a", "b"), [figures(10.0, [], 2.0), figures(30.0, [], 3.5)], 7, Theme(), parent)
    dialog.show()
    dialog.said.setText("word " * 200)
    dialog.resize(400, 380)  # as small as it may be: what is told scrolls, and nothing covers the plot
    box, told = dialog.pareto.geometry(), dialog.findChild(QScrollArea).geometry()  # type: ignore[union-attr]
    assert dialog.pareto.isVisible() and dialog.table.geometry().bottom() < box.top() and box.bottom() < told.top()
    assert box.height() >= dialog.pareto.minimumHeight()
    dialog.show_figures(("a", "b"), [figures(10.0, [], 2.0)] * 2, 7)
    assert [name for name, _ in dialog.pareto.names().values()] == ["a, b"]
    dialog.show_figures(
        ("a", "b", "dear", "c"),
        [figures(10.0, [], 2.0), figures(30.0, [], 3.5), figures(20.0, [spare], 1.5), figures(20.0, [], 3.0)], 7,
    )  # fmt: skip
    assert dialog.table.columnCount() == 9
    assert "No other has more nines for less: a, b, c." in dialog.said.text()
    assert "Found only in dear: No spare host" in dialog.said.text()
    a, b, dear, c = dialog.pareto.places()
    assert a.x() < dear.x() == c.x() < b.x() and b.y() < c.y() < a.y() < dear.y()  # more nines stand higher


def test_that_the_window_of_comparisons_asks_for_the_figures_of_what_is_chosen(
    window: Window, site: dict[str, int], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asked: list[int] = []
    session = window.session

    def answer(all_rows: list[list[object]], going: object) -> tuple[list[Measures], int]:
        asked.extend(map(len, all_rows))
        return [figures(10.0, []) for _ in all_rows], 1

    monkeypatch.setattr(compare_window, "measures_apart", answer)
    shown = CompareWindow(window.files, session, window.theme, window.frame)
    shown.choose(0, Source("before", lambda: [session.project.root]))
    shown.compare_figures()
    dialog = shown.findChild(FiguresDialog)
    assert asked == [1, len(list(session.project.rows()))]
    assert dialog is not None and "All figures are the same." in dialog.said.text() and dialog.table.rowCount() == 5
    file = tmp_path / "third.clouddesign"
    project_file.save(file, session.project.rows())
    dialog.more_wanted.emit([file])
    head = dialog.table.horizontalHeaderItem(5)
    assert len(asked) == 5 and head is not None and head.text() == "third.clouddesign"
    shown.close()
