"""How a blast radius looks: what falls is hatched, what is reached no more is crossed, where VMs restart is dashed; a
card says it in words.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QFontMetricsF, QPainter, QPen

from designer.ui.parts.theme import Theme
from designer.words import tr

LINE_PX, PAD_PX, KEY_PX, APART_PX, LEAST_PX = 20.0, 12.0, 18.0, 28.0, 210.0
FALLS, CUT, TAKES = tr("falls"), tr("is reached no more"), tr("may restart here")


@dataclass
class BlastPicture:
    """Boxes in view pixels, and the lines of the card at the pointer: a title, then texts with their values."""

    falls: list[QRectF] = field(default_factory=list)
    cut: list[QRectF] = field(default_factory=list)
    takes: list[QRectF] = field(default_factory=list)
    title: str = ""
    lines: list[tuple[str, str]] = field(default_factory=list)
    at: QPointF = field(default_factory=QPointF)


def paint_blast(painter: QPainter, theme: Theme, shown: BlastPicture, area: QRectF) -> None:
    """Paint the marks and the card, without the view's transform."""
    for boxes, name in ((shown.takes, TAKES), (shown.cut, CUT), (shown.falls, FALLS)):
        for box in boxes:
            if box.intersects(area):
                _mark(painter, theme, box, name)
    _card(painter, theme, shown, area)


def _mark(painter: QPainter, theme: Theme, box: QRectF, name: str) -> None:
    if name == TAKES:
        pen = QPen(theme.state("restarting"), 1.5)
        pen.setDashPattern([4, 3])
        fill = QColor(theme.state("restarting"))
        fill.setAlphaF(0.08)
        brush = QBrush(fill)
    else:
        color = theme.state("failed")
        pen = QPen(color, 1.5, Qt.PenStyle.SolidLine if name == FALLS else Qt.PenStyle.DotLine)
        lines = QColor(color)
        lines.setAlphaF(0.55)
        brush = QBrush(lines, Qt.BrushStyle.BDiagPattern if name == FALLS else Qt.BrushStyle.DiagCrossPattern)
    painter.setPen(pen)
    painter.setBrush(brush)
    painter.drawRect(box)
    painter.setBrush(Qt.BrushStyle.NoBrush)


def _card(painter: QPainter, theme: Theme, shown: BlastPicture, area: QRectF) -> None:
    """The words, and the key of the marks that are there, beside the pointer and within the drawing."""
    keys = [name for boxes, name in ((shown.falls, FALLS), (shown.cut, CUT), (shown.takes, TAKES)) if boxes]
    strong, plain = theme.font("title"), theme.font("secondary")
    measures = QFontMetricsF(plain)
    widths = [QFontMetricsF(strong).horizontalAdvance(shown.title)]
    widths += [measures.horizontalAdvance(text) + APART_PX + measures.horizontalAdvance(value)
               for text, value in shown.lines]  # fmt: skip
    widths.append(sum(measures.horizontalAdvance(name) + KEY_PX + 14 for name in keys))
    width, height = max(*widths, LEAST_PX) + 2 * PAD_PX, (len(shown.lines) + 2) * LINE_PX + 2 * PAD_PX - 4
    left, top = shown.at.x() + 18, shown.at.y() + 18
    left = left if left + width < area.right() - 8 else shown.at.x() - 18 - width
    top = top if top + height < area.bottom() - 8 else shown.at.y() - 18 - height
    card = QRectF(max(left, area.left() + 8), max(top, area.top() + 8), width, height)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.color("shadow"))
    painter.drawRoundedRect(card.translated(0, 2), 6, 6)
    painter.setPen(QPen(theme.color("strong"), 1))
    painter.setBrush(theme.color("raised"))
    painter.drawRoundedRect(card, 6, 6)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    line = QRectF(card.left() + PAD_PX, card.top() + PAD_PX - 2, width - 2 * PAD_PX, LINE_PX)
    painter.setFont(strong)
    painter.setPen(theme.color("text"))
    painter.drawText(line, Qt.AlignmentFlag.AlignVCenter, shown.title)
    painter.setFont(plain)
    for text, value in shown.lines:
        line.translate(0, LINE_PX)
        painter.setPen(theme.color("text.muted"))
        painter.drawText(line, Qt.AlignmentFlag.AlignVCenter, text)
        painter.setPen(theme.color("text"))
        painter.drawText(line, int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight), value)
    line.translate(0, LINE_PX)
    x = line.left()
    for name in keys:
        _mark(painter, theme, QRectF(x, line.center().y() - 5, 12, 10), name)
        painter.setPen(theme.color("text.muted"))
        painter.drawText(QPointF(x + KEY_PX, line.center().y() + measures.ascent() / 2 - 1), name)
        x += measures.horizontalAdvance(name) + KEY_PX + 14
