"""Items of lists and tables whose text is wrapped: as high as it needs, icon and text at the top."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtWidgets import QAbstractItemView, QStyledItemDelegate, QStyleOptionViewItem, QTableView

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
