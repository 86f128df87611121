"""Findings on the drawing: a sign at the corner of each element with one; from afar, one for a container."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter

from designer.checks.check import SEVERITIES
from designer.ui.canvas.paint.brush import Brush
from designer.ui.canvas.world.findings import SIGN_PX
from designer.ui.parts.severity import draw_severity

MOST_SIGNS = 2_000
"""Most signs in one picture."""


def paint_findings(painter: QPainter, brush: Brush, boxes: NDArray[np.float64]) -> None:
    """Paint the signs on the upper right corners of the visible boxes (pixels), clear of the texts in them."""
    view, painted = painter.viewport(), 0
    for row, severity in brush.findings.rows(brush.world, boxes).items():
        if brush.hidden is not None and brush.hidden.size > row and brush.hidden[row]:
            continue
        left, top, width, _ = boxes[row]
        place = QRectF(left + width - SIGN_PX / 2, top - SIGN_PX / 2, SIGN_PX, SIGN_PX)
        if place.left() > view.width() or place.top() > view.height() or place.right() < 0 or place.bottom() < 0:
            continue
        draw_severity(painter, place, SEVERITIES[severity], brush.theme)
        painted += 1
        if painted >= MOST_SIGNS:
            return
