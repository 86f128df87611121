"""The page on which keys are changed: a table of actions, and the keys of the chosen one."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QKeySequenceEdit,
    QLabel,
    QLineEdit,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from designer.settings import Settings
from designer.ui.preferences.keys import Keys
from designer.words import tr

HEADERS = (tr("Action"), tr("Menu"), tr("Keys"))


class KeysPage(QWidget):
    """Changes take effect at once, and are remembered. `changed` carries all keys."""

    changed = Signal(object)

    def __init__(self, keys: Keys, actions: Mapping[str, QAction], settings: Settings) -> None:
        super().__init__()
        self.keys, self._actions, self._settings = keys, actions, settings
        self.filter = QLineEdit()
        self.filter.setPlaceholderText(tr("Find an action or keys"))
        self.filter.setAccessibleName(tr("Find an action or keys"))
        self.filter.textChanged.connect(self._filter)
        self.table = QTableWidget(len(keys.rows), len(HEADERS))
        self.table.setAccessibleName(tr("Actions and their keys"))
        self.table.setHorizontalHeaderLabels(HEADERS)
        self.table.verticalHeader().hide()
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.table.setTabKeyNavigation(False)
        self.table.setShowGrid(False)
        self.table.horizontalHeader().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.table.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self.table.itemSelectionChanged.connect(self._chosen)
        self.edit = QKeySequenceEdit()
        for part in (self.edit, *self.edit.findChildren(QLineEdit)):
            part.setAccessibleName(tr("New keys"))
        self.edit.setMaximumSequenceLength(1)
        self.edit.keySequenceChanged.connect(self._look)
        self.set_button, self.clear_button = QPushButton(tr("Set")), QPushButton(tr("None"))
        self.reset_button, self.reset_all_button = QPushButton(tr("Reset")), QPushButton(tr("Reset All"))
        self.set_button.clicked.connect(self._set)
        self.clear_button.clicked.connect(lambda: self._take(self.keys.changed(self._id(), "")))
        self.reset_button.clicked.connect(lambda: self._take(self.keys.reset(self._id())))
        self.reset_all_button.clicked.connect(lambda: self._take(Keys(self.keys.rows, {})))
        self.said = QLabel()
        self.said.setTextFormat(Qt.TextFormat.PlainText)
        self.said.setWordWrap(True)
        self.said.setMinimumHeight(36)
        self._lay_out()
        self._fill()
        self.table.selectRow(0)

    def _lay_out(self) -> None:
        line = QHBoxLayout()
        line.addWidget(QLabel(tr("New keys")))
        line.addWidget(self.edit, 1)
        for button in (self.set_button, self.clear_button, self.reset_button, self.reset_all_button):
            button.setAutoDefault(False)
            line.addWidget(button)
        column = QVBoxLayout(self)
        column.addWidget(self.filter)
        column.addWidget(self.table, 1)
        column.addLayout(line)
        column.addWidget(self.said)

    def _id(self) -> str:
        return self.keys.rows[max(self.table.currentRow(), 0)].id

    def _fill(self) -> None:
        for n, row in enumerate(self.keys.rows):
            shown = QKeySequence(self.keys.of(row.id)).toString(QKeySequence.SequenceFormat.NativeText)
            mark = tr("  (changed)") if row.id in self.keys.own else ""
            for column, text in enumerate((row.text, row.menu, shown + mark)):
                self.table.setItem(n, column, QTableWidgetItem(text))
        self.table.setColumnWidth(1, 110)
        self.table.setColumnWidth(2, 190)

    def _filter(self, text: str) -> None:
        for n in range(self.table.rowCount()):
            words = " ".join(self._text(n, column) for column in range(len(HEADERS))).lower()
            self.table.setRowHidden(n, not all(word in words for word in text.lower().split()))
        shown = [n for n in range(self.table.rowCount()) if not self.table.isRowHidden(n)]
        if shown and self.table.currentRow() not in shown:
            self.table.selectRow(shown[0])  # no keys are set of an action that is not seen

    def _text(self, row: int, column: int) -> str:
        item = self.table.item(row, column)
        return item.text() if item is not None else ""

    def _chosen(self) -> None:
        self.edit.setKeySequence(QKeySequence(self.keys.of(self._id())))
        self._look()

    @property
    def wanted(self) -> str:
        """The keys in the field."""
        return self.edit.keySequence().toString(QKeySequence.SequenceFormat.PortableText)

    def _look(self) -> None:
        """Say what the keys in the field would do."""
        wrong, owner = self.keys.why_not(self._id(), self.wanted), self.keys.owner(self._id(), self.wanted)
        taken = tr("{0} belongs to {1}, which loses it.", self.wanted, owner.text) if owner is not None else ""
        self.said.setText(wrong or taken)
        self.said.setProperty("wrong", bool(wrong))
        self.said.style().polish(self.said)
        self.set_button.setText(tr("Take") if taken and not wrong else tr("Set"))
        self.set_button.setEnabled(not wrong and bool(self.wanted) and self.wanted != self.keys.of(self._id()))
        self.reset_button.setEnabled(self._id() in self.keys.own)
        self.reset_all_button.setEnabled(bool(self.keys.own))

    def _set(self) -> None:
        self._take(self.keys.changed(self._id(), self.wanted))

    def _take(self, keys: Keys) -> None:
        self.keys = keys
        keys.keep(self._settings)
        keys.apply(self._actions)
        self.changed.emit(keys)
        self._fill()
        self._chosen()
        self.table.setFocus()  # else the button that removes keys has it next
