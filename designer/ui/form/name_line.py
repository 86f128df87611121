"""The name of what is selected: a field while it has the focus, else a title that is known again where it is long."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QLineEdit

from designer.ui.parts.guard import guarded
from designer.ui.parts.theme import Theme
from designer.ui.parts.undo_keys import leave_undo_keys
from designer.words import tr

MARGIN_PX = 5


@guarded
class NameLine(QLineEdit):
    """A long name is elided in the middle; the form tells it whole in a tip."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        leave_undo_keys(self, typed=True)
        self.setAccessibleName(tr("Name"))
        self.setFont(theme.font("object"))
        self.setStyleSheet("QLineEdit { background: transparent; border-color: transparent; padding: 0 2px; }")

    def shown_text(self) -> str:
        """The name as it is shown without the focus."""
        room = self.width() - 2 * MARGIN_PX
        return self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideMiddle, room)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the title, or the field."""
        if self.hasFocus() or self.shown_text() == self.text():
            super().paintEvent(event)
            return
        painter = QPainter(self)
        painter.setPen(self.palette().text().color())
        room = self.rect().adjusted(MARGIN_PX, 0, -MARGIN_PX, 0)
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, self.shown_text())
