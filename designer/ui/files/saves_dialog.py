"""Backups of the design: when, how large, what each changed, a label, opening as a copy, and restoring."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QInputDialog,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from designer.commands.restore import broken_text, restore
from designer.errors import DesignerError
from designer.model.element import Element, Link, clone
from designer.store.file.project_file import Stamp
from designer.store.history import backups
from designer.store.history.backups import LABEL_LIMIT, Backup
from designer.store.history.compare import Difference, compare, in_short
from designer.ui.files.change_list import ChangeList
from designer.ui.files.compare_window import CompareWindow, of_backup, when
from designer.ui.files.files import Files
from designer.ui.parts.background import InTurn
from designer.ui.parts.guard import guarded
from designer.ui.parts.room import fitting
from designer.ui.parts.theme import Theme
from designer.ui.shell.session import Session
from designer.words import tr

NOTHING = tr("There is no backup yet. Each save makes one: the last five are kept, one a day, and those with a label.")
SINCE, DID = tr("What has changed in the design since"), tr("What changed since the save before")
LINE_PX, PAD_PX, LIST_PX = 18, 8, 340
SIZE = (1000, 560)
_WHEN, _SIZE, _LABEL, _WORDS, _NOW = range(Qt.ItemDataRole.UserRole, Qt.ItemDataRole.UserRole + 5)


@guarded
class _Saves(QStyledItemDelegate):
    """A save: when and how large, its number and label, what it changed."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        """Three lines."""
        return QSize(100, 3 * LINE_PX + 2 * PAD_PX)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Ground and lines."""
        theme, box = self._theme, QRectF(option.rect)
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(box, theme.color("selection.row"))
        painter.setPen(theme.color("hairline"))
        painter.drawLine(box.bottomLeft(), box.bottomRight())
        inner = box.adjusted(PAD_PX, PAD_PX, -PAD_PX, 0)
        label = index.data(_LABEL)
        for number, (left, font, color, right) in enumerate(
            (
                (index.data(_WHEN), "title", "text", index.data(_SIZE)),
                (
                    f"“{label}”" if label else tr("no label"),
                    "base",
                    "link" if label else "text.disabled",
                    index.data(_NOW),
                ),
                (index.data(_WORDS), "secondary", "text.muted", ""),
            )
        ):
            line = QRectF(inner.left(), inner.top() + number * LINE_PX, inner.width(), LINE_PX)
            painter.setFont(theme.font("secondary"))
            painter.setPen(theme.color("text.muted"))
            painter.drawText(line, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, right)
            room = line.width() - painter.fontMetrics().horizontalAdvance(right) - PAD_PX
            painter.setFont(theme.font(font))
            painter.setPen(theme.color(color))
            text = QFontMetrics(painter.font()).elidedText(left, Qt.TextElideMode.ElideRight, int(room))
            painter.drawText(line, Qt.AlignmentFlag.AlignVCenter, text)


@guarded
class SavesDialog(QDialog):
    """Backups at the left, newest first; at the right what has changed since, or what the save changed."""

    def __init__(self, files: Files, session: Session, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._files, self._session, self._theme, self._window = files, session, theme, parent
        self._later = InTurn(self)
        self._backups: list[Backup] = []
        self.setWindowTitle(tr("Backups"))
        self.resize(fitting(*SIZE))
        self.saves, self.changes, self.against = QListWidget(), ChangeList(theme), QComboBox()
        self.saves.setItemDelegate(_Saves(theme, self.saves))
        self.saves.setAccessibleName(tr("Backups"))
        self.saves.setFixedWidth(LIST_PX)
        self.against.addItems([SINCE, DID])
        self.against.setAccessibleName(tr("Show"))
        self.said = QLabel()
        self.said.setTextFormat(Qt.TextFormat.PlainText)
        self.said.setWordWrap(True)
        self._lay_out()
        self.saves.currentRowChanged.connect(self._show)
        self.saves.itemActivated.connect(lambda _: self._compare())
        self.against.currentIndexChanged.connect(lambda _: self._show(self.saves.currentRow()))
        self.changes.activated.connect(self._go)
        self._fill()
        self.saves.setFocus()

    def _lay_out(self) -> None:
        right = QVBoxLayout()
        right.addWidget(self.against)
        right.addWidget(self.changes, 1)
        lists = QHBoxLayout()
        lists.addWidget(self.saves)
        lists.addLayout(right, 1)
        row = QHBoxLayout()
        self.buttons = {}
        for text, act in (
            (tr("Label …"), self._label),
            (tr("Compare …"), self._compare),
            (tr("Open as a Copy"), self._copy),
            (tr("Restore"), self._restore),
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
        column = QVBoxLayout(self)
        column.addLayout(lists, 1)
        column.addWidget(self.said)
        column.addLayout(row)

    def _fill(self, at: int = 0) -> None:
        stamp = self._files.document.stamp
        self._backups = backups.backups(stamp.document_id) if stamp is not None else []
        self.saves.clear()
        for one in self._backups:
            item = QListWidgetItem()
            item.setData(_WHEN, tr("{0}  ·  save {1:,}", when(one.saved_s), one.revision))
            item.setData(_NOW, _standing(one, stamp) if stamp is not None else "")
            item.setData(_SIZE, size_text(one))
            item.setData(_LABEL, one.label)
            item.setData(_WORDS, "")
            self.saves.addItem(item)
        self.saves.setCurrentRow(min(at, len(self._backups) - 1))
        if not self._backups:
            self._show(-1)
        for number in range(len(self._backups)):
            self._later.ask(partial(_made, self._backups[number]), partial(self._summed, self._backups[number]))

    def _summed(self, one: Backup, found: list[Difference] | DesignerError | None) -> None:
        if one not in self._backups:
            return
        item = self.saves.item(self._backups.index(one))
        item.setData(_WORDS, summary(found, one.revision))
        item.setData(Qt.ItemDataRole.AccessibleTextRole, ", ".join(item.data(role) for role in (_WHEN, _LABEL, _WORDS)))
        item.setToolTip(item.data(_WORDS).replace("<", "‹"))

    def _one(self) -> Backup | None:
        row = self.saves.currentRow()
        return self._backups[row] if 0 <= row < len(self._backups) else None

    def _show(self, row: int) -> None:
        one = self._one()
        for button in self.buttons.values():
            button.setEnabled(one is not None)
        self.against.setEnabled(one is not None)
        self.changes.show_found([])
        self.changes.sentence.setText("")
        self.said.setText(NOTHING if one is None else tr("Reading …"))
        if one is None:
            return
        if self.against.currentText() == DID:
            work: Callable[[], list[Difference] | None] = partial(_made, one)
        else:
            now = [clone(element) for element in self._session.project.rows()]
            work = partial(_since, one, now)
        self._later.ask(work, partial(self._arrived, one, self.against.currentText()), first=True)

    def _arrived(self, one: Backup, against: str, found: list[Difference] | DesignerError | None) -> None:
        if one != self._one() or against != self.against.currentText():
            return
        if isinstance(found, DesignerError):
            self.said.setText(str(found))
            return
        self.changes.show_found(found or [])
        if found is None:
            self.said.setText(tr("The save before it is not kept."))
        elif against == DID:
            self.said.setText(tr("Since the save before: {0}.", in_short(found)))
        elif found:
            self.said.setText(tr("Since this save: {0}. Restore returns to it as one undo step.", in_short(found)))
        else:
            self.said.setText(tr("The design is as it was in this save."))

    def _go(self, element_id: int) -> None:
        if element_id in self._session.project.elements:
            self._session.select([element_id])
            self._session.reveal.emit([element_id])

    def _label(self) -> None:
        one = self._one()
        if one is None:
            return
        text, sure = QInputDialog.getText(
            self, tr("Label"), tr("A labeled save is kept permanently. Label:"), text=one.label
        )
        if sure:
            try:
                backups.set_label(one, text[:LABEL_LIMIT])
            except DesignerError as error:
                self.said.setText(str(error))
                return
            self._fill(self.saves.currentRow())

    def _compare(self) -> None:
        one, stamp = self._one(), self._files.document.stamp
        if one is not None and stamp is not None:
            first = of_backup(one, stamp)
            shown = CompareWindow(self._files, self._session, self._theme, self._window, first)
            shown.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            shown.show()
            self.accept()

    def _copy(self) -> None:
        one = self._one()
        if one is not None and self._files.may_leave() and self._files.open_copy(one.path):
            self._session.told.emit(tr("A backup was opened as a copy; saving asks for a name."))
            self.accept()

    def _restore(self) -> None:
        one = self._one()
        if one is None:
            return
        try:
            rows = self._files.read(one.path)
            broken = self._session.perform(tr("Restoring …"), len(rows), restore, rows)
        except DesignerError as error:
            self.said.setText(str(error))
            return
        self._session.flush()
        self._session.told.emit(tr("The backup is restored. Ctrl+Z undoes it.{0}", broken_text(broken)))
        self.accept()

    def done(self, result: int) -> None:
        """Stop reading."""
        self._later.forget()
        super().done(result)


def _standing(one: Backup, stamp: Stamp) -> str:
    """How a save relates to the open file."""
    if one.is_of(stamp.save_id):
        return tr("in the file now")
    return tr("of another copy") if backups.of_another_copy(one, stamp) else ""


def _made(one: Backup) -> list[Difference] | None:
    """What a save changed of the one that it was made of; None where that is not kept. On another thread."""
    new = backups.open_backup(one)
    old = backups.before(new.stamp)
    return None if old is None else compare(backups.open_backup(old).rows, new.rows)


def _since(one: Backup, now: Sequence[Element | Link]) -> list[Difference]:
    return compare(backups.open_backup(one).rows, now)


def size_text(one: Backup) -> str:
    """How large a save's file is."""
    try:
        size = one.path.stat().st_size
    except OSError:
        return ""
    return tr("{0:,.1f} MB", size / 1000000.0) if size >= 1e6 else tr("{0:,.0f} kB", size / 1000.0)


def summary(found: list[Difference] | DesignerError | None, revision: int) -> str:
    """A one-line summary of what a save changed."""
    if isinstance(found, DesignerError):
        return tr("cannot be read")
    if found is None:
        return tr("the first save") if revision <= 1 else tr("the save before it is not kept")
    first = next((one.sentence for one in found if not one.drawing_only), "")
    return f"{in_short(found)}{': ' if first else ''}{first}"
