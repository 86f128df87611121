"""A card of the start page: a thumbnail, a title, a line or two words below it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRectF, QSize, Qt
from PySide6.QtGui import QEnterEvent, QImage, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QWidget

from designer.ui.parts.guard import guarded
from designer.ui.parts.icons import draw_icon
from designer.ui.parts.theme import Theme
from designer.ui.start.thumbnails import SIZE

TEXT_PX = 44
RADIUS = 6.0


@guarded
class Card(QAbstractButton):
    """A button with a thumbnail, painted when it is there; until then an icon."""

    def __init__(self, theme: Theme, title: str, left: str, right: str = "", icon: str = "blueprint") -> None:
        super().__init__()
        self._theme, self._left, self._right, self._icon = theme, left, right, icon
        self.picture = QImage()
        self.setText(title)
        self.setAccessibleName(", ".join(part for part in (title, left, right) if part))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setFixedSize(self.sizeHint())

    def sizeHint(self) -> QSize:
        """The thumbnail with two lines below."""
        return QSize(SIZE.width(), SIZE.height() + TEXT_PX)

    def show_picture(self, picture: QImage) -> None:
        """Show a thumbnail."""
        self.picture = picture
        self.update()

    def enterEvent(self, event: QEnterEvent) -> None:
        """Show the frame of what is under the mouse."""
        super().enterEvent(event)
        self.update()

    def leaveEvent(self, event: QEvent) -> None:
        """Show the plain frame again."""
        super().leaveEvent(event)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the card."""
        painter, theme = QPainter(self), self._theme
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, True)
        box = QRectF(0.5, 0.5, SIZE.width() - 1, SIZE.height() - 1)
        shape = QPainterPath()
        shape.addRoundedRect(box, RADIUS, RADIUS)
        painter.fillPath(shape, theme.color("canvas"))
        if self.picture.isNull():
            middle = QRectF(box.center().x() - 12, box.center().y() - 12, 24, 24)
            draw_icon(painter, self._icon, middle, theme.color("text.disabled"))
        else:
            painter.setClipPath(shape)
            painter.drawImage(QRectF(0, 0, SIZE.width(), SIZE.height()), self.picture)
            painter.setClipping(False)
        focus, over = self.hasFocus(), self.underMouse()
        name, width = ("focus", 2.0) if focus else ("text", 1.5) if over else ("hairline", 1.0)
        painter.setPen(QPen(theme.color(name), width))
        inset = width / 2
        painter.drawRoundedRect(QRectF(0, 0, SIZE.width(), SIZE.height()).adjusted(inset, inset, -inset, -inset),
                                RADIUS, RADIUS)  # fmt: skip
        self._paint_words(painter)

    def _paint_words(self, painter: QPainter) -> None:
        theme, width = self._theme, float(self.width())
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.setFont(theme.font("base"))
        painter.setPen(theme.color("text"))
        elided = painter.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideMiddle, int(width))
        painter.drawText(QRectF(0, SIZE.height() + 6, width, 18), middle, elided)
        painter.setFont(theme.font("secondary"))
        painter.setPen(theme.color("text.muted"))
        line = QRectF(0, SIZE.height() + 25, width, 16)
        room = width - painter.fontMetrics().horizontalAdvance(self._right) - (8 if self._right else 0)
        painter.drawText(
            line, middle, painter.fontMetrics().elidedText(self._left, Qt.TextElideMode.ElideRight, int(room))
        )
        painter.drawText(line, middle | Qt.AlignmentFlag.AlignRight, self._right)


class CardGrid(QWidget):
    """Cards in as many columns as there is room for."""

    GAP = 16

    def __init__(self) -> None:
        super().__init__()
        self.cards: list[QWidget] = []

    def fill(self, cards: list[QWidget]) -> None:
        """Show these cards and no others."""
        for old in self.cards:
            old.hide()
            old.deleteLater()
        self.cards = cards
        for card in cards:
            card.setParent(self)
            card.show()

    def arrange(self, columns: int, most: int | None = None) -> None:
        """Place the cards (at most some of them) in columns; the grid is as high as they need."""
        shown = self.cards if most is None else self.cards[:most]
        for card in self.cards[len(shown) :]:
            card.hide()
        wide, high = SIZE.width() + self.GAP, 0
        for n, card in enumerate(shown):
            card.show()
            row, column = divmod(n, columns)
            card.move(column * wide, row * (card.height() + self.GAP))
            high = (row + 1) * (card.height() + self.GAP) - self.GAP
        self.setFixedSize(columns * wide - self.GAP, high)
