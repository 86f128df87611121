"""The figures of runs side by side: values, differences from the first run, and a warning where they do not compare."""

from __future__ import annotations

import time
from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHeaderView, QTableWidget, QTableWidgetItem

from designer import units
from designer.engine.result.blocks import Figure, SavedRun
from designer.ui.parts.plain_table import first_texts, keeping
from designer.ui.parts.typeface import bold
from designer.ui.run.result_models import shown
from designer.words import listed, tr

LEAST_NAME_PX = 90
"""The least width of a column."""
RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter


def title_of(run: SavedRun) -> str:
    """A run's label, or when it was made."""
    return run.label or time.strftime("%d %b %Y, %H:%M:%S", time.localtime(run.made_s))


def caution(runs: Sequence[SavedRun]) -> str:
    """What keeps runs from being compared figure by figure; empty when nothing does."""
    said = []
    lengths = list(dict.fromkeys(run.time_s for run in runs))
    if len(lengths) > 1:
        words = listed([units.text(length_s, "s") for length_s in lengths])
        said.append(tr("The runs differ in length ({0}): totals such as energy and requests do not compare.", words))
    if len({run.seed for run in runs}) > 1:
        said.append(tr("They have different seeds, so their load differs by chance."))
    if len({run.design_sha256 for run in runs}) > 1:
        said.append(tr("Their designs differ."))
    return " ".join(said)


def difference(base: Figure | None, other: Figure | None) -> str:
    """How much a figure is above (+) or below (−) that of the first run; empty when they are equal."""
    if base is None or other is None or base.value == other.value:
        return ""
    by = other.value - base.value
    sign = "+" if by > 0 else "−"
    if base.unit == "fraction":
        return tr("{0}{1} points", sign, units.number(abs(by) * 100, 3))
    return f"{sign}{units.text(abs(by), base.unit, 3)}"


def fill_figures(table: QTableWidget, runs: Sequence[SavedRun], only_different: bool = False) -> None:
    """A row a figure; for each run a column, and from the second on one with the difference from the first.

    Figures that differ as they are shown are bold; `only_different` leaves the others out.
    """
    names: dict[tuple[int, str], str] = {}
    for run in runs:
        for figure in run.figures:
            names.setdefault((figure.element, figure.title), figure.name)
    figures_of = [{(f.element, f.title): f for f in run.figures} for run in runs]
    heads, rows = [tr("Element"), tr("Figure")], []
    for n, run in enumerate(runs):
        heads += [title_of(run)] + [tr("Difference")] * (n > 0)
    for key, name in names.items():
        found = [one.get(key) for one in figures_of]
        differs = len({shown(figure.value, figure.unit) if figure else None for figure in found}) > 1
        if differs or not only_different:
            texts = [name, key[1]]
            for n, one in enumerate(found):
                texts += ["–" if one is None else shown(one.value, one.unit)]
                texts += [difference(found[0], one)] * (n > 0)
            rows.append((texts, differs))
    with keeping(table, lambda: first_texts(table)):
        table.clear()
        table.setRowCount(len(rows))
        table.setColumnCount(len(heads))
        for place, text in enumerate(heads):
            head = QTableWidgetItem(text)
            head.setTextAlignment(RIGHT if place > 1 else LEFT)
            table.setHorizontalHeaderItem(place, head)
        for at, (texts, differs) in enumerate(rows):
            for place, text in enumerate(texts):
                cell = QTableWidgetItem(text)
                cell.setTextAlignment(RIGHT if place > 1 else LEFT)
                cell.setToolTip("" if place else text.replace("<", "‹"))
                if differs and place > 1:
                    cell.setFont(bold(cell.font()))
                table.setItem(at, place, cell)
    header = table.horizontalHeader()
    header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
    header.setMinimumSectionSize(LEAST_NAME_PX)
    header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)  # figures are whole, names have the rest
