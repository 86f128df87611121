"""Merging two designs: the conflicts, the choice for each, and the result."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, QTimer, Signal
from PySide6.QtGui import QFont, QKeyEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QTableView,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from designer.errors import DesignerError
from designer.model.element import Element, Link
from designer.store.history.compare import Going, compare, in_short
from designer.store.history.merge import RULE, Conflict, Merged, Side, merge
from designer.ui.files.comparison import CompareView, Comparison, comparison
from designer.ui.parts.background import Stopped, run_with_progress
from designer.ui.parts.guard import guarded
from designer.ui.parts.room import fitting
from designer.ui.parts.theme import Theme
from designer.ui.parts.typeface import bold
from designer.words import tr, trn

Rows = Sequence[Element | Link]
Index = QModelIndex | QPersistentModelIndex
Key = tuple[int, str]
SIDES: tuple[Side, Side] = ("mine", "theirs")
HEADS = (tr("Both changed"), tr("Yours"), tr("Theirs"))
SIZE = (1180, 720)


@dataclass(frozen=True)
class Merging:
    """The two designs of a merge, their common ancestor (none: unknown), and the name of the other design."""

    base: Rows
    mine: Rows
    theirs: Rows
    name: str
    base_name: str = ""

    @property
    def sentence(self) -> str:
        """The common ancestor, and what each design changed since."""
        if not self.base:
            return tr(
                "No common earlier save of your design and {0} is available. So each field that differs is a "
                "conflict, and nothing is removed.",
                self.name,
            )
        mine, theirs = (in_short(compare(self.base, rows)) for rows in (self.mine, self.theirs))
        return tr("Both come from {0}. Since then: yours {1}; {2} {3}.", self.base_name, mine, self.name, theirs)


@guarded
class Conflicts(QAbstractTableModel):
    """A row for each open conflict: its subject, yours, theirs; then changes on one side only."""

    chosen = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.conflicts: list[Conflict] = []
        self.choices: dict[Key, Side] = {}

    def fill(self, conflicts: Iterable[Conflict]) -> None:
        """Show the conflicts of a merge. Choices for others are remembered."""
        ordered = sorted(conflicts, key=lambda one: not one.open)
        if [one.key for one in ordered] == [one.key for one in self.conflicts]:
            self.conflicts = ordered
            self.dataChanged.emit(self.index(0, 0), self.index(len(ordered) - 1, 2))
            return
        self.beginResetModel()
        self.conflicts = ordered
        self.endResetModel()

    def taken(self, conflict: Conflict) -> Side:
        """The chosen side."""
        return self.choices.get(conflict.key, conflict.taken)

    def choose(self, rows: Iterable[int], side: Side) -> None:
        """Take mine or theirs for some conflicts."""
        for row in rows:
            if self.conflicts[row].open:
                self.choices[self.conflicts[row].key] = side
        self.dataChanged.emit(self.index(0, 0), self.index(len(self.conflicts) - 1, 2))
        self.chosen.emit()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """How many there are."""
        return 0 if parent.isValid() else len(self.conflicts)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """What, yours, theirs."""
        return 0 if parent.isValid() else len(HEADS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """The names of the columns."""
        if role == Qt.ItemDataRole.DisplayRole and orientation == Qt.Orientation.Horizontal:
            return HEADS[section]
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """The text of a cell; the chosen side has a filled circle and is bold."""
        conflict, column = self.conflicts[index.row()], index.column()
        words = (conflict.about, conflict.mine, conflict.theirs) if conflict.open else (conflict.sentence, "", "")
        taken = conflict.open and column > 0 and self.taken(conflict) == SIDES[column - 1]
        if role == Qt.ItemDataRole.DisplayRole:
            return f"{'◉' if taken else '○'}  {words[column]}" if conflict.open and column else words[column]
        if role == Qt.ItemDataRole.ToolTipRole:
            return words[column].replace("<", "‹")
        if role == Qt.ItemDataRole.AccessibleTextRole and conflict.open and column:
            return f"{HEADS[column]}: {words[column]}{', taken' if taken else ''}"
        if role == Qt.ItemDataRole.FontRole and taken:
            return bold(QFont())
        return None


@guarded
class _Table(QTableView):
    """M and T, or left and right, take mine or theirs."""

    taken = Signal(str)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Take a side, or what a table does."""
        sides = {Qt.Key.Key_M: "mine", Qt.Key.Key_Left: "mine", Qt.Key.Key_T: "theirs", Qt.Key.Key_Right: "theirs"}
        if event.key() in sides:
            self.taken.emit(sides[Qt.Key(event.key())])
        else:
            super().keyPressEvent(event)


@guarded
class MergeDialog(QDialog):
    """Chooses and shows; after `accept`, `merged` holds the result. Raises DesignerError where the two cannot be
    merged, and Stopped when the user cancels."""

    def __init__(self, merging: Merging, theme: Theme, parent: QWidget | None) -> None:
        super().__init__(parent)
        self._merging, self._stale, self._told = merging, True, ""
        self.setWindowTitle(tr("Merge with {0}", merging.name))
        self.resize(fitting(*SIZE))
        self.model = Conflicts()
        self.view = CompareView(theme)
        self.table, self.tabs = _Table(), QTabWidget()
        self.said, self.sentence = QLabel(), QLabel()
        self.ok = QPushButton(tr("Merge"))
        self.for_all = [QPushButton(tr("Mine for All")), QPushButton(tr("Theirs for All"))]
        self._merge(parent)
        self._set_table()
        self._lay_out()
        self.model.chosen.connect(self._chose)
        self.tabs.currentChanged.connect(lambda _: self._settle())
        if self._open_count:
            self.table.selectRow(0)
            self.table.setFocus()
        elif not self._broken:
            self.tabs.setCurrentIndex(1)

    @property
    def _broken(self) -> list[Conflict]:
        return [one for one in self.merged.conflicts if one.field == RULE]

    @property
    def _open_count(self) -> int:
        return sum(one.open for one in self.merged.conflicts)

    def _merge(self, parent: QWidget | None) -> None:
        """Merge by the present choices, and compare my design with the result."""
        merging, choices, told = self._merging, dict(self.model.choices), self._told

        def work(going: Going) -> tuple[Merged, Comparison, str]:
            done = merge(merging.base, merging.mine, merging.theirs, choices.get, lambda part: going(part * 0.6))
            shown = comparison(merging.mine, done.rows, lambda part: going(0.6 + part * 0.2))
            return done, shown, told or merging.sentence

        self.merged, shown, said = run_with_progress(parent, tr("Merging {0} …", merging.name), work)
        self._stale = False
        self.model.fill(self.merged.conflicts)
        self._span_told()
        self.view.show_comparison(shown, (tr("Your design now"), tr("Merged")))
        self._told = said
        self.said.setText(said)
        self._count()

    def _set_table(self) -> None:
        table = self.table
        table.setModel(self.model)
        table.setAccessibleName(tr("Conflicts"))
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setShowGrid(False)
        table.setTabKeyNavigation(False)
        table.setWordWrap(False)
        table.verticalHeader().hide()
        table.verticalHeader().setDefaultSectionSize(28)
        head = table.horizontalHeader()
        head.setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        head.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        head.setHighlightSections(False)
        self._span_told()
        table.clicked.connect(self._clicked)
        table.taken.connect(lambda side: self._take(side, whole=False))
        table.selectionModel().currentChanged.connect(lambda now, _: self._tell(now.row()))

    def _span_told(self) -> None:
        """Give a row with one sentence (what was only done) its whole width."""
        self.table.clearSpans()
        for row, one in enumerate(self.model.conflicts):
            if not one.open:
                self.table.setSpan(row, 0, 1, len(HEADS))

    def _lay_out(self) -> None:
        for label in (self.said, self.sentence):
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setWordWrap(True)
        self.sentence.setMinimumHeight(36)
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.table, 1)
        column.addWidget(self.sentence)
        choose = QHBoxLayout()
        for button, side in zip(self.for_all, SIDES):
            button.setAutoDefault(False)
            button.clicked.connect(lambda _, s=side: self._take(s, whole=True))
            choose.addWidget(button)
        choose.addStretch(1)
        column.addLayout(choose)
        self.tabs.addTab(page, "")
        self.tabs.addTab(self.view, tr("Result"))
        self._count()
        cancel = QPushButton(tr("Cancel"))
        cancel.setAutoDefault(False)
        cancel.clicked.connect(self.reject)
        self.ok.clicked.connect(self.accept)
        foot = QHBoxLayout()
        foot.addStretch(1)
        foot.addWidget(cancel)
        foot.addWidget(self.ok)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(12, 12, 12, 12)
        whole.addWidget(self.said)
        whole.addWidget(self.tabs, 1)
        whole.addLayout(foot)
        self.ok.setDefault(True)  # in the dialog, which else does not know it as its own
        self._tell(-1)

    def _clicked(self, index: QModelIndex) -> None:
        if index.column():
            self.model.choose([index.row()], SIDES[index.column() - 1])

    def _take(self, side: Side, whole: bool) -> None:
        rows = {index.row() for index in self.table.selectedIndexes()}
        self.model.choose(range(self.model.rowCount()) if whole else rows, side)

    def _count(self) -> None:
        """Show how many conflicts there are, and how many are decided."""
        chosen = sum(one.open and one.key in self.model.choices for one in self.model.conflicts)
        count = tr("{0:,} of {1:,} decided", chosen, self._open_count) if chosen else f"{self._open_count:,}"
        told = len(self._broken)
        none = (
            trn("No Conflicts, {0:,} Broken Rule", "No Conflicts, {0:,} Broken Rules", told)
            if told
            else tr("No Conflicts")
        )
        self.tabs.setTabText(0, tr("Conflicts ({0})", count) if self._open_count else none)
        for button in self.for_all:
            button.setEnabled(bool(self._open_count))

    def _chose(self) -> None:
        self._stale = True
        self._count()
        self._tell(self.table.currentIndex().row())

    def _tell(self, row: int) -> None:
        """Describe the current conflict, or say what to do."""
        if 0 <= row < len(self.model.conflicts):
            one = self.model.conflicts[row]
            words, whose = {"mine": (one.mine, "yours"), "theirs": (one.theirs, "theirs")}[self.model.taken(one)]
            self.sentence.setText(tr("{0}: {1}, as in {2}.", one.about, words, whose) if one.open else one.sentence)
        elif self._open_count:
            self.sentence.setText(tr("Click the side to take, or select rows and press M for mine or T for theirs."))
        elif self._broken:
            self.sentence.setText(tr("You and they changed different things, but not all of it fits together."))
        else:
            self.sentence.setText(tr("You and they changed different things; there is nothing to choose."))

    def _settle(self) -> bool:
        """Merge again after other choices; False when it was canceled or failed."""
        if not self._stale:
            return True
        try:
            self._merge(self)
        except Stopped:
            return False
        except DesignerError as error:
            self.said.setText(str(error))
            return False
        QTimer.singleShot(0, self.view, self.view.fit_again)
        return True

    def accept(self) -> None:
        """Take the result of the present choices."""
        if self._settle():
            super().accept()
