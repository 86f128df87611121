"""The runs saved with the design: compare their figures, show, label, delete."""

from __future__ import annotations

import time
from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QHeaderView,
    QInputDialog,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from designer import units
from designer.engine.result.blocks import SavedRun
from designer.store.file.aside import LABEL_LIMIT
from designer.ui.parts.number_box import NumberBox
from designer.ui.run.result_models import shown
from designer.ui.run.runs import MOST_MIB, Runs

NOTHING = "No saved run yet. The last run is saved automatically when it ends; “Save This Run” saves the shown run."
COMPARED = 4
"""Most runs compared side by side."""
LIST_PX = 320


class RunsDialog(QDialog):
    """Runs at the left, newest first; at the right the figures of the selected runs, side by side."""

    def __init__(self, runs: Runs, parent: QWidget) -> None:
        super().__init__(parent)
        self._runs = runs
        self.setWindowTitle("Runs")
        self.resize(960, 540)
        self.said = QLabel()
        self.said.setTextFormat(Qt.TextFormat.PlainText)
        self.said.setWordWrap(True)
        self.list, self.figures = QListWidget(), QTableWidget()
        self.list.setAccessibleName("Saved runs")
        self.list.setFixedWidth(LIST_PX)
        self.list.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.list.itemSelectionChanged.connect(self._compare)
        self.list.itemActivated.connect(lambda _: self._open())
        self.figures.setAccessibleName("Figures of the selected runs")
        self.figures.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.figures.verticalHeader().hide()
        self.figures.setShowGrid(False)
        self.figures.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        lists = QHBoxLayout()
        lists.addWidget(self.list)
        lists.addWidget(self.figures, 1)
        column = QVBoxLayout(self)
        column.addWidget(self.said)
        column.addLayout(lists, 1)
        column.addLayout(self._limit_row())
        column.addLayout(self._button_row())
        runs.changed.connect(self._fill)
        self._fill()

    def _limit_row(self) -> QHBoxLayout:
        row = QHBoxLayout()
        label = QLabel("Save each run automatically up to")
        self.limit = NumberBox(0, MOST_MIB, self._runs.limit_mib, "Largest run that is saved automatically")
        self.limit.setSuffix(" MiB")
        self.limit.setSpecialValueText("never")
        self.limit.valueChanged.connect(self._set_limit)
        self.wrong_limit = QLabel()
        self.wrong_limit.setProperty("wrong", True)
        label.setBuddy(self.limit)
        for widget in (label, self.limit, self.wrong_limit):
            row.addWidget(widget)
        row.addStretch(1)
        return row

    def _set_limit(self, mib: int) -> None:
        self.wrong_limit.setText(self.limit.limit_error)
        if not self.limit.limit_error:
            self._runs.set_limit(mib)

    def _button_row(self) -> QHBoxLayout:
        row = QHBoxLayout()
        self.buttons: dict[str, QPushButton] = {}
        for text, act in (
            ("Save This Run …", self._keep),
            ("Label …", self._label),
            ("Show", self._open),
            ("Delete", self._delete),
        ):
            button = QPushButton(text)
            button.setAutoDefault(False)
            button.clicked.connect(act)
            self.buttons[text] = button
            row.addWidget(button)
        row.addStretch(1)
        close = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        close.rejected.connect(self.reject)
        row.addWidget(close)
        return row

    def _fill(self) -> None:
        chosen = {run.id for run in self._chosen()}
        self._listed = list(reversed(self._runs.aside.runs))
        self.list.blockSignals(True)
        self.list.clear()
        for run in self._listed:
            item = QListWidgetItem(f"{title_of(run)}\n{_about(run)}")
            item.setSizeHint(QSize(0, 2 * self.list.fontMetrics().lineSpacing() + 10))
            self.list.addItem(item)
        for row, run in enumerate(self._listed):
            self.list.item(row).setSelected(run.id in chosen or (not chosen and row == 0))
        self.list.blockSignals(False)
        self._compare()

    def _chosen(self) -> list[SavedRun]:
        rows = sorted(index.row() for index in self.list.selectedIndexes())
        return [self._listed[row] for row in rows if row < len(self._listed)]

    def _compare(self) -> None:
        chosen = self._chosen()
        one = chosen[0] if len(chosen) == 1 else None
        self.buttons["Save This Run …"].setEnabled(self._runs.can_keep)
        self.buttons["Label …"].setEnabled(one is not None)
        self.buttons["Show"].setEnabled(one is not None and bool(one.blocks))
        self.buttons["Delete"].setEnabled(bool(chosen))
        self.said.setText(f"{self._where()} Select several to compare them." if self._listed else NOTHING)
        fill_figures(self.figures, chosen[:COMPARED])

    def _where(self) -> str:
        """How many runs there are, how large, and whether the file holds them."""
        count, unwritten = len(self._listed), self._runs.unwritten
        kept = f"{count:,} saved, {_size(sum(run.packed_bytes for run in self._listed))}"
        which = f"{unwritten:,} of them" if unwritten < count else "it" if count == 1 else "them"
        return f"{kept}; saving the design writes {which} to the file." if unwritten else f"{kept} in the file."

    def _keep(self) -> None:
        text, sure = QInputDialog.getText(self, "Save This Run", "Label:", text="")
        if sure:
            self._runs.keep(text[:LABEL_LIMIT])

    def _label(self) -> None:
        (run,) = self._chosen()
        text, sure = QInputDialog.getText(
            self, "Label", "A labeled run is kept until it is deleted. Label:", text=run.label
        )
        if sure:
            self._runs.set_label(run.id, text[:LABEL_LIMIT])

    def _open(self) -> None:
        chosen = self._chosen()
        if len(chosen) == 1 and chosen[0].blocks:
            self._runs.show(chosen[0].id)
            self.accept()

    def _delete(self) -> None:
        for run in self._chosen():
            self._runs.delete(run.id)


def title_of(run: SavedRun) -> str:
    """A run's label, or when it was made."""
    return run.label or time.strftime("%d %b %Y, %H:%M:%S", time.localtime(run.made_s))


def _size(count: int) -> str:
    """A number of bytes as people read it."""
    return units.text(count / 2**20, "MiB", 3) if count >= 2**20 else f"{count / 2**10:,.0f} KiB"


def _about(run: SavedRun) -> str:
    length = units.clock_text(run.time_s)
    state = {"finished": length, "paused": f"paused at {length}", "cancelled": f"stopped at {length}"}[run.state]
    by_hand = f", {len(run.events)} injected event{'' if len(run.events) == 1 else 's'}" if run.events else ""
    size = _size(run.packed_bytes) if run.blocks else "figures only"
    last = "" if run.pinned else ", the last run"
    return f"{state}, seed {run.seed}{by_hand}, {size}{last}"


def fill_figures(table: QTableWidget, runs: Sequence[SavedRun]) -> None:
    """A row a figure, a column a run; figures that differ are bold."""
    rows: dict[tuple[int, str], str] = {}
    for run in runs:
        for figure in run.figures:
            rows.setdefault((figure.element, figure.title), figure.name)
    figures_of = [{(f.element, f.title): f for f in run.figures} for run in runs]
    table.clear()
    table.setRowCount(len(rows))
    table.setColumnCount(2 + len(runs))
    for place, text in enumerate(("Element", "Figure", *(title_of(run) for run in runs))):
        head = QTableWidgetItem(text)
        side = Qt.AlignmentFlag.AlignRight if place > 1 else Qt.AlignmentFlag.AlignLeft
        head.setTextAlignment(side | Qt.AlignmentFlag.AlignVCenter)
        table.setHorizontalHeaderItem(place, head)
    for at, (key, name) in enumerate(rows.items()):
        found = [one.get(key) for one in figures_of]
        texts = ["–" if figure is None else shown(figure.value, figure.unit) for figure in found]
        for place, text in enumerate((name, key[1], *texts)):
            cell = QTableWidgetItem(text)
            if place > 1:
                cell.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
                if len({figure.value if figure else None for figure in found}) > 1:
                    font = cell.font()
                    font.setBold(True)
                    cell.setFont(font)
            table.setItem(at, place, cell)
    header = table.horizontalHeader()
    header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
    header.setStretchLastSection(True)
