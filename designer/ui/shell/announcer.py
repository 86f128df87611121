"""What a screen reader says by itself, without the focus going there."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent
from PySide6.QtWidgets import QWidget


class Announcer(QObject):
    """Gives sentences to screen readers. `said` carries each, and whether it is urgent."""

    said = Signal(str, bool)

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window

    def say(self, text: str, urgent: bool = False) -> None:
        """Say a sentence: after what is being read, or at once when it is urgent."""
        event = QAccessibleAnnouncementEvent(self._window, text)
        modes = QAccessible.AnnouncementPoliteness
        event.setPoliteness(modes.Assertive if urgent else modes.Polite)
        QAccessible.updateAccessibility(event)
        self.said.emit(text, urgent)
