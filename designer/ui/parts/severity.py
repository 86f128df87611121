"""The severity of a finding by shape and color: filled triangle, open triangle, ring with dot."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPen, QPixmap, QPolygonF

from designer.checks.check import Severity
from designer.ui.parts.theme import Theme
from designer.words import tr

WORDS = {"high": tr("High"), "medium": tr("Medium"), "low": tr("Low")}
_STATES = {"high": "failed", "medium": "waiting"}


def severity_color(theme: Theme, severity: Severity) -> QColor:
    """The color of a severity."""
    return theme.state(_STATES[severity]) if severity in _STATES else theme.color("text.muted")


def draw_severity(painter: QPainter, box: QRectF, severity: Severity, theme: Theme) -> None:
    """Draw the sign of a severity into a square, on a ground that keeps it apart from what lies beneath."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    ink, ground = severity_color(theme, severity), theme.color("container")
    width = max(1.4, box.width() / 8)
    if severity == "low":
        painter.setPen(QPen(ink, width))
        painter.setBrush(ground)
        inside = box.adjusted(width, width, -width, -width)
        painter.drawEllipse(inside)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ink)
        painter.drawEllipse(inside.center(), box.width() / 7, box.width() / 7)
    else:
        corners = [QPointF(box.center().x(), box.top() + width), QPointF(box.right() - width / 2, box.bottom() - width),
                   QPointF(box.left() + width / 2, box.bottom() - width)]  # fmt: skip
        painter.setPen(
            QPen(ground, 2 * width + 1.5, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin)
        )
        painter.setBrush(ground)
        painter.drawPolygon(QPolygonF(corners))
        painter.setPen(QPen(ink, width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin))
        painter.setBrush(ink if severity == "high" else ground)
        painter.drawPolygon(QPolygonF(corners))
    painter.restore()


def severity_icon(severity: Severity, theme: Theme, side: int = 16) -> QIcon:
    """The sign of a severity as an icon."""
    picture = QPixmap(side * 2, side * 2)
    picture.setDevicePixelRatio(2.0)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    draw_severity(painter, QRectF(0, 0, side, side).adjusted(1, 1, -1, -1), severity, theme)
    painter.end()
    return QIcon(picture)
