"""The differences of two designs as a list in words: a heading for each element, and its changes below."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QGridLayout,
    QLabel,
    QLineEdit,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from designer.store.history.compare import Difference, count, marks
from designer.ui.canvas.paint.marks import MARKS, draw_badge
from designer.ui.canvas.view.viewer import STEP_KEYS
from designer.ui.parts.guard import guarded
from designer.ui.parts.theme import Theme
from designer.words import tr

ROW_PX, BADGE_PX, INDENT_PX = 24, 14, 28
Index = QModelIndex | QPersistentModelIndex
_HEAD, _MARK = Qt.ItemDataRole.UserRole, Qt.ItemDataRole.UserRole + 1


@guarded
class Changes(QAbstractListModel):
    """Rows: (id, difference), with the difference None in a heading. Added and removed elements have only a heading."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[tuple[int, Difference | None]] = []
        self.marks: dict[int, str] = {}
        self._who: dict[int, str] = {}

    def fill(self, found: Sequence[Difference]) -> None:
        """Show these differences, those of one element together, in the order of the first of each."""
        self.beginResetModel()
        groups: dict[int, list[Difference]] = {}
        for one in found:
            groups.setdefault(one.id, []).append(one)
        self.marks = dict(marks(found))
        self._who = {row_id: group[0].who for row_id, group in groups.items()}
        self.rows = []
        for row_id, group in groups.items():
            self.rows.append((row_id, None))
            self.rows += [(row_id, one) for one in group if one.what == "changed"]
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """How many lines there are."""
        return 0 if parent.isValid() else len(self.rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """The text of a line; whether it is a head, and its mark."""
        row_id, difference = self.rows[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return self._who[row_id] if difference is None else difference.told
        if role in (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole):
            word = MARKS[self.marks[row_id]].word
            text = f"{word}: {self._who[row_id]}" if difference is None else difference.sentence
            return text.replace("<", "‹")
        if role == _HEAD:
            return difference is None
        return self.marks[row_id] if role == _MARK else None


@guarded
class _Lines(QStyledItemDelegate):
    """Paints heads with their badge and bold, lines beneath them indented."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """All lines are equally high."""
        return QSize(100, ROW_PX)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Ground, badge, text."""
        box, theme = QRectF(option.rect), self._theme
        state = option.state
        if state & QStyle.StateFlag.State_Selected:
            painter.fillRect(box, theme.color("selection.row"))
        elif state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(box, theme.color("sunken"))
        head = bool(index.data(_HEAD))
        if head:
            if index.row():
                painter.setPen(theme.color("hairline"))
                painter.drawLine(box.topLeft(), box.topRight())
            badge = QRectF(box.left() + 8, box.center().y() - BADGE_PX / 2, BADGE_PX, BADGE_PX)
            draw_badge(painter, badge, index.data(_MARK), theme)
        font = theme.font("title" if head else "base")
        painter.setFont(font)
        painter.setPen(theme.color("text" if head else "text.muted"))
        line = box.adjusted(INDENT_PX, 0, -8, 0)
        text = QFontMetrics(font).elidedText(index.data(), Qt.TextElideMode.ElideMiddle, int(line.width()))
        painter.drawText(line, Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine, text)


@guarded
class _List(QListView):
    """Enter shows the element of a line in the window, N and P go to the next and the previous one."""

    entered_on = Signal()
    stepped = Signal(int)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Handle Enter, N, P, and the keys of a list."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.entered_on.emit()
        elif event.key() in STEP_KEYS:
            self.stepped.emit(STEP_KEYS[Qt.Key(event.key())])
        else:
            super().keyPressEvent(event)


class ChangeList(QWidget):
    """The list with its filters. `chosen` reports the element of the current line, `activated` that of the entered
    line."""

    chosen = Signal(object)
    activated = Signal(object)
    filtered = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.found: Sequence[Difference] = ()
        self.changes = Changes()
        self.list = _List()
        self.list.setModel(self.changes)
        self.list.setItemDelegate(_Lines(theme, self.list))
        self.list.setUniformItemSizes(True)
        self.list.setMouseTracking(True)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setAccessibleName(tr("Differences"))
        self.search = QLineEdit(placeholderText=tr("Find in changes"), clearButtonEnabled=True)
        self.search.setAccessibleName(tr("Find in changes"))
        self.sentence = QLabel()
        self.sentence.setTextFormat(Qt.TextFormat.PlainText)
        self.sentence.setWordWrap(True)
        self.sentence.setMinimumHeight(3 * ROW_PX - 6)
        self.sentence.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.sentence.setMargin(8)
        filters = QGridLayout()
        filters.setSpacing(4)
        self.sorts: dict[str, QToolButton] = {}
        for number, (name, mark) in enumerate(MARKS.items()):
            button = QToolButton()
            button.setCheckable(True)
            button.setChecked(True)
            button.setAccessibleName(tr("Show {0}", mark.word.lower()))
            button.setText(f"{mark.sign}  {mark.word.lower()}")
            button.setEnabled(False)  # until two designs are compared
            button.setToolTip(_TIPS[name])
            button.setSizePolicy(button.sizePolicy().Policy.Expanding, button.sizePolicy().Policy.Fixed)
            button.toggled.connect(self._filter)
            filters.addWidget(button, number // 2, number % 2)
            self.sorts[name] = button
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(filters)
        column.addWidget(self.search)
        column.addWidget(self.list, 1)
        column.addWidget(self.sentence)
        self.search.textChanged.connect(self._filter)
        self.list.selectionModel().currentChanged.connect(self._current)
        self.list.doubleClicked.connect(lambda _: self._entered())
        self.list.entered_on.connect(self._entered)
        self.list.stepped.connect(self.step)

    def show_found(self, found: Sequence[Difference]) -> None:
        """Show other differences."""
        self.found = found
        for name, number in count(found).items():
            self.sorts[name].setText(f"{MARKS[name].sign}  {number:,} {MARKS[name].word.lower()}")
            self.sorts[name].setEnabled(bool(number))
        self._filter()

    @property
    def shown_sorts(self) -> set[str]:
        """The sorts of differences that are switched on."""
        return {name for name, button in self.sorts.items() if button.isChecked()}

    def _filter(self) -> None:
        sorts, wanted = self.shown_sorts, self.search.text().casefold()
        self.changes.fill(
            [one for one in self.found if one.sort in sorts and (not wanted or wanted in one.sentence.casefold())]
        )
        self.sentence.setText(self._advice())
        self.filtered.emit()

    def _advice(self) -> str:
        if not self.found:
            return tr("The two designs are the same.")
        if not self.changes.rows:
            return tr("No difference matches the filter. Clear the filter to see all.")
        return ""

    def _current(self, now: QModelIndex, before: QModelIndex) -> None:
        if not now.isValid():
            self.chosen.emit(None)
            return
        row_id, _ = self.changes.rows[now.row()]
        self.sentence.setText(" ".join(one.sentence for one in self.found if one.id == row_id)[:600])
        self.chosen.emit(row_id)

    def _entered(self) -> None:
        index = self.list.currentIndex()
        if index.isValid():
            self.activated.emit(self.changes.rows[index.row()][0])

    def step(self, by: int) -> None:
        """Go to the heading of the next (1) or previous (-1) changed element, wrapping at the end."""
        heads = [n for n, (_, difference) in enumerate(self.changes.rows) if difference is None]
        if not heads:
            return
        here = self.list.currentIndex().row()
        if by > 0:
            row = next((n for n in heads if n > here), heads[0])
        else:
            above = [n for n in heads if n < here]
            row = above[-1] if above else heads[-1]
            if above and here >= 0 and self.changes.rows[above[-1]][0] == self.changes.rows[here][0]:
                row = above[-2] if len(above) > 1 else heads[-1]
        self._go(row)

    def choose(self, row_id: int) -> bool:
        """Go to the lines of an element; False without lines."""
        row = next((n for n, (listed, _) in enumerate(self.changes.rows) if listed == row_id), -1)
        if row >= 0:
            self._go(row)
        return row >= 0

    def _go(self, row: int) -> None:
        index = self.changes.index(row)
        self.list.setCurrentIndex(index)
        self.list.scrollTo(index)


_TIPS = {
    "added": tr("Only in the second design"),
    "removed": tr("Only in the first design"),
    "changed": tr("In both designs, with other values or in another parent"),
    "moved": tr("In both designs, with another place or size in the drawing only"),
}
