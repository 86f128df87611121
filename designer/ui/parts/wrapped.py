"""What goes on below where there is no more room: texts of lists and tables, and rows of buttons and fields."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint, QRect, QSize, Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QLayout,
    QLayoutItem,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
)

from designer.ui.parts.guard import guarded


@guarded
class WrappedText(QStyledItemDelegate):
    """Gives each item of a view the height of its text at the present width; `pad` px stand around it."""

    def __init__(self, view: QAbstractItemView, pad: tuple[int, int]) -> None:
        super().__init__(view)
        self._view, self._pad = view, pad
        view.setStyleSheet(f"QAbstractItemView::item {{ padding: {pad[1]}px {pad[0]}px; }}")

    def initStyleOption(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> None:
        """Put the icon beside the first line."""
        super().initStyleOption(option, index)
        option.decorationAlignment = Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        """The height of the text in the width of its column."""
        view, (across, down) = self._view, self._pad
        columns = isinstance(view, QTableView)
        width = view.columnWidth(index.column()) if isinstance(view, QTableView) else view.viewport().width()
        icon = view.iconSize() if index.data(Qt.ItemDataRole.DecorationRole) is not None else QSize(0, 0)
        room = width - 2 * across - (icon.width() + 8 if icon.width() else 0) - 6
        text = QRect(0, 0, max(room, 20), 100_000)
        height = option.fontMetrics.boundingRect(text, Qt.TextFlag.TextWordWrap, str(index.data())).height()
        return QSize(room if columns else width - 2 * across, max(height, icon.height()) + 2 * down + 4)


@guarded
class WrappedRow(QLayout):
    """Widgets side by side, each as wide as it needs; those without room stand in a row below."""

    def __init__(self, margins: tuple[int, int], gap: int = 8) -> None:
        super().__init__()
        self._items: list[QLayoutItem] = []
        self.setContentsMargins(margins[0], margins[1], margins[0], margins[1])
        self.setSpacing(gap)

    def addItem(self, item: QLayoutItem) -> None:
        """Add a widget at the end."""
        self._items.append(item)

    def count(self) -> int:
        """How many there are."""
        return len(self._items)

    def itemAt(self, index: int) -> QLayoutItem | None:
        """One of them; None beyond the last."""
        return self._items[index] if 0 <= index < len(self._items) else None

    def takeAt(self, index: int) -> QLayoutItem | None:
        """Take one away."""
        return self._items.pop(index) if 0 <= index < len(self._items) else None

    def hasHeightForWidth(self) -> bool:
        """Return True: in less width it is higher."""
        return True

    def heightForWidth(self, width: int) -> int:
        """The height of all rows, px."""
        return self._place(QRect(0, 0, width, 0), lays=False)

    def setGeometry(self, rect: QRect) -> None:
        """Lay all out in a rectangle."""
        super().setGeometry(rect)
        self._place(rect, lays=True)

    def sizeHint(self) -> QSize:
        """The least size: the row takes what width there is."""
        return self.minimumSize()

    def minimumSize(self) -> QSize:
        """The size of the widest of them."""
        widest = QSize()
        for item in self._shown():
            widest = widest.expandedTo(item.minimumSize())
        margins = self.contentsMargins()
        return widest + QSize(margins.left() + margins.right(), margins.top() + margins.bottom())

    def _shown(self) -> list[QLayoutItem]:
        return [item for item in self._items if not item.isEmpty()]

    def _place(self, rect: QRect, lays: bool) -> int:
        """Place all in rows, where it `lays` them out; return the height."""
        inner, rows = rect.marginsRemoved(self.contentsMargins()), list[list[tuple[QLayoutItem, QSize]]]()
        left = 0
        for item in self._shown():
            size = item.sizeHint()
            if not rows or left + size.width() > inner.width():
                rows.append([])
                left = 0
            rows[-1].append((item, size))
            left += size.width() + self.spacing()
        top = inner.top()
        for row in rows:
            high, x = max(size.height() for _, size in row), inner.left()
            for item, size in row:
                if lays:
                    item.setGeometry(QRect(QPoint(x, top + (high - size.height()) // 2), size))
                x += size.width() + self.spacing()
            top += high + self.spacing()
        margins = self.contentsMargins()
        return max(0, top - self.spacing() - inner.top()) + margins.top() + margins.bottom()
