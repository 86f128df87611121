"""Painting links: one call a style for all lines, arrow heads as short lines, what they are called on small plates."""

from __future__ import annotations

import numpy as np
import shiboken6
from numpy.typing import NDArray
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QRegion

from designer.study.frames import State
from designer.ui.canvas.brush import RIGHT, Brush, covers, hard_boxes
from designer.ui.canvas.links import Bundle, feed_letter
from designer.ui.icons import draw_state
from designer.ui.theme import Theme

F = NDArray[np.float64]

DASHES: dict[str, list[float]] = {"storage": [6, 3], "physical": [2, 3], "network": [], "power": [], "service": []}
LABEL_SCALE = 0.55
"""Below this scale nothing is written on links."""
PLATE_H = 15.0
MOST_LABELS = 150
ARROW_PX = 5
LETTER_PX = 13.0


def ink(theme: Theme, layer: str, letter: str = "") -> QColor:
    """The color of a layer's links; power has one for A and one for B."""
    if layer == "power":
        return theme.kind({"A": "power_a", "B": "power_b"}.get(letter, "cooling" if not letter else "rack")).ink
    if layer == "service":
        return theme.color("control")
    return theme.kind({"network": "private_subnet", "storage": "vpc", "physical": "cluster"}[layer]).ink


def paint_links(painter: QPainter, brush: Brush, boxes: F, area: QRectF) -> None:
    """Paint what is in sight of the shown layers; `boxes` are all boxes in pixels, `area` what is seen of the drawing.

    Lines pass beneath the headers of regions, zones and data centers.
    """
    links, scale = brush.links, brush.scale
    links.update(scale)
    links.find_ways(area)
    lines = links.lines
    if not len(lines.pieces):
        return
    pixels = np.rint(lines.pieces * scale + np.array([*brush.offset, *brush.offset])) + 0.5
    seen = _in_sight(pixels, painter.viewport().width(), painter.viewport().height())
    looks = _looks(brush)
    painter.save()
    painter.setClipRegion(_around_headers(painter, brush, boxes))
    for look in range(len(looks.pens)):
        chosen = seen & (looks.of[lines.of] == look)
        if chosen.any():
            painter.setPen(looks.pens[look])
            _draw_lines(painter, pixels[chosen])
            tips = np.isin(lines.drawn, lines.of[chosen])
            _draw_arrows(painter, looks.pens[look].color(), lines.tips[tips], brush)
    painter.restore()
    _mark_failed(painter, brush, looks.root)
    if scale >= LABEL_SCALE:
        _paint_labels(painter, brush, pixels, seen & (looks.of[lines.of] >= 0))


class _Looks:
    """The pens of one picture; of each bundle which one it has (-1: not shown), and whether it ends at a failure."""

    def __init__(self, count: int) -> None:
        self.pens: list[QPen] = []
        self.of = np.full(count, -1, np.int64)
        self.root = np.zeros(count, np.bool_)


def _looks(brush: Brush) -> _Looks:
    bundles, live = brush.links.bundles, brush.live
    found = _Looks(len(bundles))
    places: dict[tuple[str, str, str], int] = {}
    for n, bundle in enumerate(bundles):
        layer = bundle.kind.layer
        if layer not in brush.layers:
            continue
        state = ""
        if live is not None and (live.down[bundle.a] or live.down[bundle.b]):
            found.root[n] = bool(live.root[bundle.a] or live.root[bundle.b])
            state = "root" if found.root[n] else "down"
        key = (layer, bundle.letter, state)
        if key not in places:
            places[key] = len(found.pens)
            found.pens.append(_pen(brush, *key))
        found.of[n] = places[key]
    return found


def _pen(brush: Brush, layer: str, letter: str, state: str) -> QPen:
    theme = brush.theme
    color = theme.state("failed") if state == "root" else theme.color("no_data.hatch") if state else None
    pen = QPen(color or ink(theme, layer, letter), 1.25 if brush.scale >= 0.5 else 1.0)
    if DASHES[layer]:
        pen.setDashPattern(DASHES[layer])
    return pen


def _in_sight(pixels: F, width: int, height: int) -> NDArray[np.bool_]:
    low, high = np.minimum(pixels[:, :2], pixels[:, 2:]), np.maximum(pixels[:, :2], pixels[:, 2:])
    inside = (low <= (width, height)) & (high >= 0)
    return inside[:, 0] & inside[:, 1]


def _draw_lines(painter: QPainter, pixels: F) -> None:
    held = np.ascontiguousarray(pixels, np.float64)
    painter.drawLines(shiboken6.wrapInstance(held.ctypes.data, QLineF), held.shape[0])  # type: ignore[call-overload]


def _draw_arrows(painter: QPainter, color: QColor, tips: F, brush: Brush) -> None:
    """Arrow heads as strokes across the way, each a little longer than the one before it."""
    size = ARROW_PX if brush.scale >= 0.5 else 3
    ends = np.rint(tips[:, :2] * brush.scale + np.array(brush.offset)) + 0.5
    way, across = tips[:, 2:], tips[:, 3:1:-1]
    strokes = []
    for step in range(size + 1):
        at, half = ends - way * step, across * (step * 0.62)
        strokes.append(np.concatenate([at - half, at + half], axis=1))
    painter.setPen(QPen(color, 1.0))
    _draw_lines(painter, np.concatenate(strokes))


def _around_headers(painter: QPainter, brush: Brush, boxes: F) -> QRegion:
    """Where lines are seen: not in the headers of what is large."""
    world = brush.world
    region = QRegion(painter.viewport())
    for kind in ("region", "zone", "data_center"):
        header = world.project.kinds[kind].box.header * brush.scale
        for row in world.rows_of_kind(kind)[:100] if header >= 6 else ():
            x, y, width, _ = boxes[row]
            region -= QRegion(QRectF(x, y, width, header).toAlignedRect())
    return region


def _mark_failed(painter: QPainter, brush: Brush, root: NDArray[np.bool_]) -> None:
    """The silhouette of a failure just before the end that is its root."""
    live, lines = brush.live, brush.links.lines
    if live is None or not root.any() or brush.scale < 0.3:
        return
    color = brush.theme.state("failed")
    for n, (x, y, dx, dy) in zip(lines.drawn.tolist(), lines.tips.tolist()):
        bundle = brush.links.bundles[n]
        if root[n] and live.root[bundle.b]:
            at = QPointF(x * brush.scale + brush.offset[0] - 9 * dx, y * brush.scale + brush.offset[1] - 9 * dy)
            draw_state(painter, QRectF(at.x() - 5, at.y() - 5, 10, 10), State.FAILED, color)


# -- what is written on them


def _paint_labels(painter: QPainter, brush: Brush, pixels: F, seen: NDArray[np.bool_]) -> None:
    """Names of bundles at the middles of their longest pieces, where nothing else is written."""
    lines, bundles = brush.links.lines, brush.links.bundles
    hard = hard_boxes(brush)
    taken: list[QRectF] = []
    length = np.abs(pixels[:, 2:] - pixels[:, :2]).sum(axis=1)
    shown = np.unique(lines.of[seen])
    for n in shown[:MOST_LABELS].tolist():
        bundle = bundles[n]
        text = bundle.text
        if not text:
            continue
        mine, others = np.flatnonzero(lines.of == n), seen & (lines.of != n)
        for piece in mine[np.argsort(-length[mine], kind="stable")][:3].tolist():
            plate = _plate(brush, bundle, text, pixels[piece], np.concatenate([hard, _thin(pixels[others])]), taken)
            if plate is not None:
                taken.append(plate)
                _paint_plate(painter, brush, bundle, text, plate)
                break


def _plate(brush: Brush, bundle: Bundle, text: str, piece: F, hard: F, taken: list[QRectF]) -> QRectF | None:
    """A free place for a name on a piece of a way, or None."""
    _, measures = brush.font("tile" if bundle.letter else "secondary", brush.scale)
    width = LETTER_PX if bundle.letter else measures.horizontalAdvance(text) + 8
    height = LETTER_PX if bundle.letter else measures.height() + 1
    upright = piece[0] == piece[2]
    if abs(piece[3] - piece[1] if upright else piece[2] - piece[0]) < (height + 8 if upright else width + 12):
        return None
    for part in (0.5, 0.35, 0.65, 0.2, 0.8):
        x, y = piece[0] + (piece[2] - piece[0]) * part, piece[1] + (piece[3] - piece[1]) * part
        plate = QRectF(round(x - width / 2), round(y - height / 2), width, height)
        if any(plate.intersects(other) for other in taken):
            continue
        if not covers(plate, hard):
            return plate
    return None


def _thin(pixels: F) -> F:
    """Lines as boxes."""
    boxes: F = np.concatenate([np.minimum(pixels[:, :2], pixels[:, 2:]), np.maximum(pixels[:, :2], pixels[:, 2:])], 1)
    return boxes


def _paint_plate(painter: QPainter, brush: Brush, bundle: Bundle, text: str, plate: QRectF) -> None:
    theme = brush.theme
    color = ink(theme, bundle.kind.layer, bundle.letter)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    painter.setPen(QPen(color, 1) if bundle.letter else Qt.PenStyle.NoPen)
    painter.setBrush(theme.color("container"))
    painter.drawRoundedRect(plate.adjusted(0.5, 0.5, -0.5, -0.5), 3, 3)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    painter.setFont(brush.font("tile" if bundle.letter else "secondary", brush.scale)[0])
    painter.setPen(theme.color("text.muted") if bundle.kind.layer == "service" else color)
    painter.drawText(plate, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextSingleLine, text)


def paint_feeds(painter: QPainter, brush: Brush, row: int, box: QRectF) -> float:
    """The letters of the power feeds of what has a header, at its right; the width they take."""
    world, live = brush.world, brush.live
    project = world.project
    links = project.links_of(int(world.ids[row]), "feeds")
    letters = {feed_letter(project, link): link.source for link in links if link.target == int(world.ids[row])}
    font, measures = brush.font("tile", brush.scale)
    painter.setFont(font)
    width = measures.horizontalAdvance("A") + 5
    right = box.right()
    for letter in sorted(letters, reverse=True):
        feed = world.row_of.get(letters[letter], -1)
        down = live is not None and bool(live.down[row] or (feed >= 0 and live.down[feed]))
        painter.setPen(brush.theme.color("text.muted") if down else ink(brush.theme, "power", letter))
        painter.drawText(QRectF(right - width, box.top(), width, box.height()), RIGHT, letter)
        right -= width
    return box.right() - right + (6 if letters else 0)
