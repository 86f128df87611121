"""A painter that remembers the texts it drew."""

from __future__ import annotations

from typing import Any

from PySide6.QtGui import QImage, QPainter


class Heard(QPainter):
    """A painter that remembers the texts it drew."""

    def __init__(self, on: QImage) -> None:
        super().__init__(on)
        self.texts: list[str] = []

    def drawText(self, *args: Any) -> Any:
        self.texts.append(str(args[-1]))
        return super().drawText(*args)
