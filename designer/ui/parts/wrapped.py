"""What goes on below where there is no more room: texts of lists and tables, and rows of buttons and fields."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice

from PySide6.QtCore import QEvent, QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QSizePolicy,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from designer.ui.parts.guard import guarded

MOST_HEIGHTS = 4096
"""How many heights of texts a view remembers."""


@guarded
class WrappedText(QStyledItemDelegate):
    """Gives each item of a view the height of its text at the present width; `pad` px stand around it."""

    def __init__(self, view: QAbstractItemView, pad: tuple[int, int]) -> None:
        super().__init__(view)
        self._view, self._pad = view, pad
        self._heights: dict[tuple[str, int, str], int] = {}
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
        height = self._height(str(index.data()), max(room, 20), option)
        return QSize(room if columns else width - 2 * across, max(height, icon.height()) + 2 * down + 4)

    def _height(self, text: str, room: int, option: QStyleOptionViewItem) -> int:
        """The height of a text in `room` pixels of width. A view asks for it often; breaking lines takes long."""
        key = text, room, option.font.key()
        if key not in self._heights:
            if len(self._heights) >= MOST_HEIGHTS:
                self._heights.clear()
            around = option.fontMetrics.boundingRect(QRect(0, 0, room, 100_000), Qt.TextFlag.TextWordWrap, text)
            self._heights[key] = around.height()
        return self._heights[key]


@guarded
class WrappedRow(QWidget):
    """Widgets side by side, each as wide as it needs; those without room stand in a row below. A hidden one keeps its
    place."""

    def __init__(self, widgets: Sequence[QWidget], margins: tuple[int, int] = (0, 0), gap: int = 8) -> None:
        super().__init__()
        self._widgets, self._gap = tuple(widgets), gap
        self._lines: list[QHBoxLayout] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(margins[0], margins[1], margins[0], margins[1])
        self._column.setSpacing(gap)
        self._counts: list[int] = []
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._arrange([len(self._widgets)])

    def event(self, event: QEvent) -> bool:
        """Lay all out anew where more, or fewer, have room side by side."""
        if event.type() in (QEvent.Type.Resize, QEvent.Type.LayoutRequest):
            self._fit()
        return super().event(event)

    def _fit(self) -> None:
        margins = self._column.contentsMargins()
        room, counts, left = self.width() - margins.left() - margins.right(), [0], 0
        for widget in self._widgets:
            width = widget.sizeHint().width()
            if counts[-1] and left + width > room:
                counts.append(0)
                left = 0
            counts[-1] += 1
            left += width + self._gap
        if counts != self._counts:
            self._arrange(counts)

    def _arrange(self, counts: list[int]) -> None:
        """Put `counts` widgets into the lines, in turn."""
        self._counts = counts
        for line in self._lines:
            while line.count():
                line.takeAt(0)
        while len(self._lines) < len(counts):
            line = QHBoxLayout()
            line.setSpacing(self._gap)
            self._lines.append(line)
            self._column.addLayout(line)
        rest = iter(self._widgets)
        for line, count in zip(self._lines, counts, strict=False):
            for widget in islice(rest, count):
                line.addWidget(widget)
            line.addStretch(1)
        for line in self._lines[len(counts) :]:
            self._column.removeItem(line)
            line.deleteLater()
        del self._lines[len(counts) :]
