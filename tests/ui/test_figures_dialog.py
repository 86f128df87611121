"""The figures of two designs in the window: what differs, what is found in one alone, and an export."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtWidgets import QFileDialog, QWidget
from pytestqt.qtbot import QtBot

from designer.checks.check import Finding
from designer.report.comparing import Measures
from designer.ui.files import compare_window
from designer.ui.files.compare_figures import FiguresDialog
from designer.ui.files.compare_window import CompareWindow, Source
from designer.ui.shell.window import Window
from tests.ui.test_window import remembered, site, window

__all__ = ["remembered", "site", "window"]  # fixtures


def figures(usd: float, findings: list[Finding]) -> Measures:
    made = Measures(names={1: "<b>shop"}, findings=findings)
    made.add("Cost", 0, "A month", "USD", usd)
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
    dialog = FiguresDialog(("old", "new"), [figures(10.0, []), figures(12.5, [found])], 7, parent)
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


def test_that_the_window_of_comparisons_asks_for_the_figures_of_what_is_chosen(
    window: Window, site: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []
    session = window.session

    def answer(all_rows: list[list[object]], going: object) -> tuple[list[Measures], int]:
        asked.extend(map(len, all_rows))
        return [figures(10.0, []), figures(10.0, [])], 1

    monkeypatch.setattr(compare_window, "measures_apart", answer)
    shown = CompareWindow(window.files, session, window.theme, window.frame)
    shown.choose(0, Source("before", lambda: [session.project.root]))
    shown.compare_figures()
    dialog = shown.findChild(FiguresDialog)
    assert asked == [1, len(list(session.project.rows()))]
    assert dialog is not None and "All figures are the same." in dialog.said.text() and dialog.table.rowCount() == 5
    shown.close()
