"""The runs saved with the design: compare their figures, show, label, delete."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QSignalBlocker, QSize, Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QInputDialog,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QTableWidget,
    QVBoxLayout,
    QWidget,
)

from designer import units
from designer.engine.result.blocks import SavedRun
from designer.errors import EngineError
from designer.store.file.aside import LABEL_LIMIT
from designer.study.curves import RunCurves, curves_of
from designer.ui.parts.number_box import NumberBox
from designer.ui.parts.plain_table import keeping
from designer.ui.parts.room import fitting
from designer.ui.run.run_figures import caution, fill_figures, title_of
from designer.ui.run.runs import MOST_MIB, Runs
from designer.words import tr, trn

NOTHING = tr("No saved run yet. The last run is saved automatically when it ends; “Save This Run” saves the shown run.")
COMPARED = 4
"""Most runs compared side by side."""
LIST_PX = 320


class RunsDialog(QDialog):
    """Runs at the left, newest first; at the right the figures of the selected runs, side by side from the oldest on,
    and in `overlay` their curves over each other."""

    def __init__(self, runs: Runs, parent: QWidget, overlay: Any = None) -> None:
        super().__init__(parent)
        self._runs, self._overlay = runs, overlay
        self._curves: dict[int, RunCurves | None] = {}
        self.setWindowTitle(tr("Runs"))
        self.resize(fitting(1040, 640))
        self.said = QLabel()
        self.said.setTextFormat(Qt.TextFormat.PlainText)
        self.said.setWordWrap(True)
        self.list, self.figures = QListWidget(), QTableWidget()
        self.list.setAccessibleName(tr("Saved runs"))
        self._listed: list[SavedRun] = []
        self.list.setFixedWidth(LIST_PX)
        self.list.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.list.itemSelectionChanged.connect(self._compare)
        self.list.itemActivated.connect(lambda _: self._open())
        self.figures.setAccessibleName(tr("Figures of the selected runs"))
        self.figures.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.figures.setTabKeyNavigation(False)
        self.figures.verticalHeader().hide()
        self.figures.setShowGrid(False)
        self.figures.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.figures.verticalHeader().setDefaultSectionSize(24)
        self.figures.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        lists = QHBoxLayout()
        lists.addWidget(self.list)
        lists.addLayout(self._compared(), 1)
        column = QVBoxLayout(self)
        column.addWidget(self.said)
        column.addLayout(lists, 1)
        column.addLayout(self._limit_row())
        column.addLayout(self._button_row())
        runs.changed.connect(self._fill)
        self._fill()

    def _compared(self) -> QVBoxLayout:
        self.caution = QLabel()
        self.caution.setWordWrap(True)
        self.caution.setProperty("wrong", True)
        self.only_different = QCheckBox(tr("Only what differs"))
        self.only_different.setChecked(True)
        self.only_different.toggled.connect(self._compare)
        column = QVBoxLayout()
        column.setSpacing(6)
        for widget in (self.caution, self.only_different):
            column.addWidget(widget)
        column.addWidget(self.figures, 1)
        if self._overlay is not None:
            column.addWidget(self._overlay)
        return column

    def _limit_row(self) -> QHBoxLayout:
        row = QHBoxLayout()
        label = QLabel(tr("Save each run automatically up to"))
        self.limit = NumberBox(0, MOST_MIB, self._runs.limit_mib, tr("Largest run that is saved automatically"))
        self.limit.setSuffix(tr(" MiB"))
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
            (tr("Save This Run …"), self._save),
            (tr("Label …"), self._label),
            (tr("Show"), self._open),
            (tr("Delete"), self._delete),
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
        with QSignalBlocker(self.list):
            with keeping(self.list, lambda: [run.id for run in self._listed]):
                self._listed = list(reversed(self._runs.aside.runs))
                self.list.clear()
                for run in self._listed:
                    item = QListWidgetItem(f"{title_of(run)}\n{_about(run)}")
                    item.setSizeHint(QSize(0, 2 * self.list.fontMetrics().lineSpacing() + 10))
                    self.list.addItem(item)
            if self._listed and not self._chosen():
                self.list.item(0).setSelected(True)
        self._compare()

    def _chosen(self) -> list[SavedRun]:
        rows = sorted(index.row() for index in self.list.selectedIndexes())
        return [self._listed[row] for row in rows if row < len(self._listed)]

    def _compare(self) -> None:
        chosen = self._chosen()
        one = chosen[0] if len(chosen) == 1 else None
        self.buttons[tr("Save This Run …")].setEnabled(self._runs.can_save)
        self.buttons[tr("Label …")].setEnabled(one is not None)
        self.buttons[tr("Show")].setEnabled(one is not None and bool(one.blocks))
        self.buttons[tr("Delete")].setEnabled(bool(chosen))
        self.said.setText(tr("{0} Select several to compare them.", self._where()) if self._listed else NOTHING)
        compared = chosen[:COMPARED][::-1]
        several = len(compared) > 1
        self.only_different.setVisible(several)
        fill_figures(self.figures, compared, several and self.only_different.isChecked())
        said = caution(compared)
        self.caution.setText(said)
        self.caution.setVisible(bool(said))
        self._show_curves(compared)

    def _show_curves(self, compared: Sequence[SavedRun]) -> None:
        """Lay the curves of runs over each other; a run without its blocks, or a damaged one, has none."""
        if self._overlay is None:
            return
        for run in compared:
            if run.id not in self._curves:
                try:
                    self._curves[run.id] = curves_of(run) if run.blocks else None
                except EngineError:
                    self._curves[run.id] = None
        shown = [(title_of(run), curves) for run in compared if (curves := self._curves[run.id]) is not None]
        self._overlay.setVisible(bool(shown))
        if shown:
            self._overlay.show_runs(shown)

    def _where(self) -> str:
        """How many runs there are, how large, and whether the file holds them."""
        count, unwritten = len(self._listed), self._runs.unwritten
        kept = tr("{0:,} saved, {1}", count, units.file_size_text(sum(run.packed_bytes for run in self._listed)))
        which = tr("{0:,} of them", unwritten) if unwritten < count else trn("it", "them", count)
        return (
            tr("{0}; saving the design writes {1} to the file.", kept, which)
            if unwritten
            else tr("{0} in the file.", kept)
        )

    def _save(self) -> None:
        text, sure = QInputDialog.getText(self, tr("Save This Run"), tr("Label:"), text="")
        if sure:
            self._runs.save(text[:LABEL_LIMIT])

    def _label(self) -> None:
        (run,) = self._chosen()
        text, sure = QInputDialog.getText(
            self, tr("Label"), tr("A labeled run is kept until it is deleted. Label:"), text=run.label
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


def _about(run: SavedRun) -> str:
    length = units.clock_text(run.time_s)
    state = {"finished": length, "paused": tr("paused at {0}", length), "cancelled": tr("stopped at {0}", length)}[
        run.state
    ]
    by_hand = trn(", {0} injected event", ", {0} injected events", len(run.events)) if run.events else ""
    size = units.file_size_text(run.packed_bytes) if run.blocks else tr("figures only")
    last = "" if run.pinned else tr(", the last run")
    return tr("{0}, seed {1}{2}, {3}{4}", state, run.seed, by_hand, size, last)
