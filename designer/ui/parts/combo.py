"""A box of choices whose text is never cut without a sign: elided in the middle, whole in its tip and its list."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QSize, Qt
from PySide6.QtGui import QHelpEvent, QPaintEvent
from PySide6.QtWidgets import QComboBox, QCompleter, QLineEdit, QStyle, QStyleOptionComboBox, QStylePainter, QToolTip

from designer.ui.parts.guard import guarded

PAD_PX, MOST_PX, SEARCHED_ROWS, INSET_PX = 36, 480, 14, 2
"""What a line of the list needs beside its text; the most width of the list; rows of what is searched; so far a line
of letters stands from the side of its editor."""


@guarded
class Combo(QComboBox):
    """Takes the width it is given; its list is as wide as its longest line."""

    def shown_text(self) -> str:
        """The text as it is painted."""
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        field = QStyle.SubControl.SC_ComboBoxEditField
        room = self.style().subControlRect(QStyle.ComplexControl.CC_ComboBox, option, field, self).width()
        text = option.currentText or self.placeholderText()
        return self.fontMetrics().elidedText(text, Qt.TextElideMode.ElideMiddle, room)

    def minimumSizeHint(self) -> QSize:
        """Some letters are enough."""
        return QSize(60, super().minimumSizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the box with the elided text."""
        painter, option = QStylePainter(self), QStyleOptionComboBox()
        self.initStyleOption(option)
        painter.drawComplexControl(QStyle.ComplexControl.CC_ComboBox, option)
        option.currentText = self.shown_text()
        painter.drawControl(QStyle.ControlElement.CE_ComboBoxLabel, option)

    def showPopup(self) -> None:
        """Open the list, wide enough for its lines."""
        measures, rows = self.fontMetrics(), range(min(self.count(), 1000))
        longest = max((measures.horizontalAdvance(self.itemText(row)) for row in rows), default=0)
        self.view().setMinimumWidth(min(longest + PAD_PX, MOST_PX))
        super().showPopup()

    def event(self, event: QEvent) -> bool:
        """Tell the whole text before the tip where it is elided."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            whole = self.currentText()
            lines = [whole] if whole and self.shown_text() != whole else []
            QToolTip.showText(event.globalPos(), "\n".join([*lines, self.toolTip()]).replace("<", "‹").strip(), self)
            return True
        return super().event(event)


@guarded
class SearchedCombo(Combo):
    """A list to choose from by typing any part of a line; a click shows all lines. What is no line is not taken."""

    def __init__(self) -> None:
        super().__init__()
        self.setEditable(True)
        self.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self._line = QLineEdit()
        self.setLineEdit(self._line)
        self._line.setTextMargins(-INSET_PX, 0, 0, 0)  # its letters begin where those of other boxes do
        self._found = QCompleter(self.model(), self)
        self._found.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.setCompleter(self._found)
        self._found.setCompletionMode(QCompleter.CompletionMode.PopupCompletion)
        self._found.setFilterMode(Qt.MatchFlag.MatchContains)
        self._found.setMaxVisibleItems(SEARCHED_ROWS)
        self._line.installEventFilter(self)
        self._line.editingFinished.connect(self.settle)

    def settle(self) -> None:
        """Show the chosen line again."""
        self.setEditText(self.itemText(self.currentIndex()))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Show all lines under what is clicked."""
        if watched is self._line and event.type() == QEvent.Type.MouseButtonRelease:
            self._line.selectAll()
            self._found.setCompletionPrefix("")
            self._found.complete()
        return super().eventFilter(watched, event)
