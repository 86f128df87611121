"""How large a window may open: never larger than the screen, with what the system draws above it."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtGui import QGuiApplication

TITLE_PX = 32
"""What the system draws above a window."""


def fitting(width: int, height: int) -> QSize:
    """The size of a new window: the wanted one, or less where no screen has the room."""
    rooms = [screen.availableGeometry().size() for screen in QGuiApplication.screens()]
    most = max(rooms, key=lambda size: size.width() * size.height(), default=QSize(width, height + TITLE_PX))
    return QSize(width, height).boundedTo(QSize(most.width(), most.height() - TITLE_PX))
