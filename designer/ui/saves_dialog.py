"""Earlier saves of the design: what has changed since each, a label, a copy of it, and the way back."""

from __future__ import annotations

import time

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QInputDialog,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from designer.commands.restore import restore
from designer.errors import DesignerError
from designer.store import backups
from designer.store.backups import LABEL_LIMIT, Backup
from designer.store.compare import compare
from designer.ui.files import Files
from designer.ui.session import Session

NOTHING = "There is no earlier save yet. Each save is kept: the last five, one a day, and those with a label."
MOST_LINES = 500


class SavesDialog(QDialog):
    """Saves at the left, newest first; at the right what is different in the design now."""

    def __init__(self, files: Files, session: Session, parent: QWidget) -> None:
        super().__init__(parent)
        self._files, self._session = files, session
        self.setWindowTitle("Earlier Saves")
        self.resize(860, 460)
        self.saves, self.changes = QListWidget(), QListWidget()
        self.saves.setAccessibleName("Earlier saves")
        self.changes.setAccessibleName("What is different now")
        self.changes.setWordWrap(True)
        self.changes.itemActivated.connect(self._go)
        self.saves.setFixedWidth(300)
        self.said = QLabel()
        self.said.setTextFormat(Qt.TextFormat.PlainText)
        self.said.setWordWrap(True)
        lists = QHBoxLayout()
        lists.addWidget(self.saves)
        lists.addWidget(self.changes, 1)
        row = QHBoxLayout()
        self.buttons = {}
        for text, act in (("Label …", self._label), ("Open as a Copy", self._copy), ("Restore", self._restore)):
            button = QPushButton(text)
            button.setAutoDefault(False)
            button.clicked.connect(act)
            self.buttons[text] = button
            row.addWidget(button)
        row.addStretch(1)
        close = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        close.rejected.connect(self.reject)
        row.addWidget(close)
        column = QVBoxLayout(self)
        column.addWidget(self.said)
        column.addLayout(lists, 1)
        column.addLayout(row)
        self.saves.currentRowChanged.connect(self._show)
        self._fill()

    def _fill(self, at: int = 0) -> None:
        stamp = self._files.document.stamp
        self._held: list[Backup] = backups.backups(stamp.document_id) if stamp is not None else []
        self.saves.clear()
        for one in self._held:
            when = time.strftime("%d %b %Y, %H:%M:%S", time.localtime(one.saved_s))
            self.saves.addItem(QListWidgetItem(f"{when}   save {one.revision}" + f"\n{one.label}" * bool(one.label)))
        self.saves.setCurrentRow(min(at, len(self._held) - 1))
        self._show(self.saves.currentRow())

    def _one(self) -> Backup | None:
        row = self.saves.currentRow()
        return self._held[row] if 0 <= row < len(self._held) else None

    def _show(self, _: int) -> None:
        one = self._one()
        self.changes.clear()
        for button in self.buttons.values():
            button.setEnabled(one is not None)
        if one is None:
            self.said.setText(NOTHING)
            return
        try:
            rows = backups.open_backup(one).rows
        except DesignerError as error:
            self.said.setText(str(error))
            return
        found = compare(rows, self._session.project.rows())
        drawn = sum(1 for difference in found if difference.drawing_only)
        self.said.setText(
            f"{len(found):,} differences between this save and the design now"
            + (f", {drawn:,} of them only in the drawing" if drawn else "")
            if found
            else "The design is as it was in this save."
        )
        for difference in found[:MOST_LINES]:
            item = QListWidgetItem(difference.sentence)
            item.setData(Qt.ItemDataRole.UserRole, difference.id)
            self.changes.addItem(item)
        if len(found) > MOST_LINES:
            self.changes.addItem(f"… and {len(found) - MOST_LINES:,} more")

    def _go(self, item: QListWidgetItem) -> None:
        element_id = item.data(Qt.ItemDataRole.UserRole)
        if element_id in self._session.project.elements:
            self._session.select([element_id])
            self._session.reveal.emit([element_id])

    def _label(self) -> None:
        one = self._one()
        if one is None:
            return
        text, sure = QInputDialog.getText(self, "Label", "A label keeps this save for good:", text=one.label)
        if sure:
            try:
                backups.set_label(one, text[:LABEL_LIMIT])
            except DesignerError as error:
                self.said.setText(str(error))
                return
            self._fill(self.saves.currentRow())

    def _copy(self) -> None:
        one = self._one()
        if one is not None and self._files.may_leave() and self._files.open_copy(one.path):
            self._session.told.emit("An earlier save was opened as a copy: saving asks for a name.")
            self.accept()

    def _restore(self) -> None:
        one = self._one()
        if one is None:
            return
        try:
            restore(self._session.project, backups.open_backup(one).rows)
        except DesignerError as error:
            self.said.setText(str(error))
            return
        self._session.flush()
        self._session.told.emit("The earlier save is back; Ctrl+Z takes it away again.")
        self.accept()
