"""Pictures of the window in the states that a user meets, each with what is to be seen in it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QLabel, QListWidget, QVBoxLayout, QWidget

from designer.assets import asset
from designer.ui.manual.listed import narrowed, stand_beside
from designer.ui.parts.guard import guarded
from designer.ui.parts.theme import Theme
from designer.words import tr

LIST_PX, ROW_PX = 240, 28


@dataclass(frozen=True)
class StatePicture:
    """A picture: the name of its file, its title and what is to be seen in it."""

    name: str
    title: str
    text: str


@cache
def shown_pictures() -> tuple[StatePicture, ...]:
    """All pictures, in their order."""
    read = json.loads(asset("help/pictures.json").read_text("utf-8"))["pictures"]
    return tuple(StatePicture(row["name"], row["title"], row["text"]) for row in read)


@guarded
class FittedPicture(QWidget):
    """A picture as large as it fits, sharp on every screen, never larger than it is."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme, self._pixmap = theme, QPixmap()
        self.setMinimumSize(320, 200)

    def show_picture(self, name: str) -> None:
        """Show another picture."""
        self._pixmap = QPixmap(str(asset(f"help/pictures/{name}.png")))
        self.update()

    def place(self) -> QRect:
        """Where the picture stands."""
        size: QSize = self._pixmap.size()
        if size.width() > self.width() or size.height() > self.height():
            size = size.scaled(self.size(), Qt.AspectRatioMode.KeepAspectRatio)
        return QRect((self.width() - size.width()) // 2, 0, size.width(), size.height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the picture."""
        painter, room = QPainter(self), self.place()
        ratio = self.devicePixelRatio()
        sharp = self._pixmap.scaled(room.size() * ratio, Qt.AspectRatioMode.IgnoreAspectRatio,
                                    Qt.TransformationMode.SmoothTransformation)  # fmt: skip
        painter.drawPixmap(room, sharp)
        painter.setPen(self._theme.color("hairline"))
        painter.drawRect(room.adjusted(0, 0, -1, -1))


class PicturesPage(QWidget):
    """Titles at the left; the chosen picture and its sentence at the right."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setAccessibleName(tr("Pictures"))
        self.list, self.picture, self.said = QListWidget(), FittedPicture(theme), QLabel()
        self.list.setAccessibleName(tr("Pictures"))
        self.list.setFixedWidth(round(LIST_PX * theme.text_scale))
        self.list.addItems([tr(one.title) for one in shown_pictures()])
        for n in range(self.list.count()):
            self.list.item(n).setSizeHint(QSize(0, round(ROW_PX * theme.text_scale)))
        self.list.currentRowChanged.connect(self._show)
        self.said.setWordWrap(True)
        self.said.setTextFormat(Qt.TextFormat.PlainText)
        right = QVBoxLayout()
        right.setSpacing(8)
        right.addWidget(self.said)
        right.addWidget(self.picture, 1)
        stand_beside(self, self.list, right)

    def _show(self, row: int) -> None:
        if row >= 0:
            self.picture.show_picture(shown_pictures()[row].name)
            self.said.setText(tr(shown_pictures()[row].text))

    def narrow(self, words: Sequence[str]) -> int:
        """Hide the pictures without all words; return how many remain."""
        texts = (f"{tr(one.title)} {tr(one.text)}" for one in shown_pictures())
        return narrowed(self.list, texts, words)
