"""Paints links: one call a style for all lines, arrow heads as short lines, labels on small plates."""

from __future__ import annotations

import numpy as np
import shiboken6
from numpy.typing import NDArray
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QRegion

from designer.study.frames import ElementState
from designer.ui.canvas.links.links import Bundle, feed_letter
from designer.ui.canvas.paint.brush import RIGHT, Brush
from designer.ui.parts.icons import draw_state
from designer.ui.parts.theme import Theme

F = NDArray[np.float64]

DASHES: dict[str, list[float]] = {"storage": [6, 3], "physical": [2, 3], "network": [], "power": [], "service": []}
LABEL_SCALE = 0.55
"""Below this scale nothing is written on links."""
MOST_NEW_LABELS = 20
"""Labels placed in one frame."""
ARROW_PX, ARROW_SCALE = 5, 0.32
"""The length of an arrow head; below this scale it would fill the gap between two boxes, and there is none."""
CUT_PX = 9
"""Half of the gap in a link that is cut."""


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
    looks = _Looks(brush)
    painter.save()
    painter.setClipRegion(_around_headers(painter, brush, boxes))
    for look in range(len(looks.pens)):
        chosen = seen & (looks.of[lines.of] == look)
        if chosen.any():
            painter.setPen(looks.pens[look])
            _draw_lines(painter, pixels[chosen])
            tips = np.isin(lines.drawn, lines.of[chosen])
            _draw_arrows(painter, looks.pens[look].color(), lines.tips[tips], brush)
    painter.setClipping(False)  # an SVG would keep the clip beyond what restores it
    painter.restore()
    _mark_failed(painter, brush, looks)
    if scale >= LABEL_SCALE:
        _paint_labels(painter, brush, seen & (looks.of[lines.of] >= 0), looks)


class _Looks:
    """The pens of one picture, those of what is down first; of each bundle which one it has (-1: not shown)."""

    def __init__(self, brush: Brush) -> None:
        bundles, live = brush.links.bundles, brush.live
        self.cut = [live is not None and bool(live.cut) and live.cut.issuperset(b.ids) for b in bundles]
        keys = [
            (b.kind.layer, b.letter, live is None or not (cut or live.down[b.a] or live.down[b.b]))
            for b, cut in zip(bundles, self.cut)
        ]
        gone = brush.hidden if brush.hidden is not None and brush.hidden.size == brush.world.ids.size else None
        seen = [k[0] in brush.layers and (gone is None or not (gone[b.a] or gone[b.b])) for k, b in zip(keys, bundles)]
        shown = [key for key, is_seen in zip(keys, seen) if is_seen]
        places = {key: n for n, key in enumerate(sorted(set(shown), key=lambda k: k[2]))}
        self.pens = [_pen(brush, *key) for key in places]
        self.of = np.array([places[key] if is_seen else -1 for key, is_seen in zip(keys, seen)], np.int64)
        self.down = np.array([not key[2] for key in keys], np.bool_)


def _pen(brush: Brush, layer: str, letter: str, is_up: bool) -> QPen:
    color = ink(brush.theme, layer, letter) if is_up else brush.theme.color("no_data.hatch")
    pen = QPen(color, 1.25 if brush.scale >= 0.5 else 1.0)
    if DASHES[layer]:
        pen.setDashPattern(DASHES[layer])
    return pen


def _in_sight(pixels: F, width: int, height: int) -> NDArray[np.bool_]:
    low, high = np.minimum(pixels[:, :2], pixels[:, 2:]), np.maximum(pixels[:, :2], pixels[:, 2:])
    inside = (low <= (width, height)) & (high >= 0)
    return inside[:, 0] & inside[:, 1]


def _draw_lines(painter: QPainter, pixels: F) -> None:
    numbers = np.ascontiguousarray(pixels, np.float64)
    painter.drawLines(shiboken6.wrapInstance(numbers.ctypes.data, QLineF), numbers.shape[0])  # type: ignore[call-overload]


def _draw_arrows(painter: QPainter, color: QColor, tips: F, brush: Brush) -> None:
    """Arrow heads as strokes across the way, each a little longer than the one before it."""
    if brush.scale < ARROW_SCALE:
        return
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


def _mark_failed(painter: QPainter, brush: Brush, looks: _Looks) -> None:
    """The silhouette of a failure just before the end that is its root."""
    live, lines = brush.live, brush.links.lines
    if live is None or not looks.down.any() or brush.scale < 0.3:
        return
    color = brush.theme.state("failed")
    for n, (x, y, dx, dy) in zip(lines.drawn.tolist(), lines.tips.tolist()):
        bundle = brush.links.bundles[n]
        if looks.of[n] >= 0 and looks.cut[n]:
            _mark_cut(painter, brush, lines.pieces[lines.of == n], color)
        elif looks.of[n] >= 0 and live.root[bundle.b]:
            at = QPointF(x * brush.scale + brush.offset[0] - 9 * dx, y * brush.scale + brush.offset[1] - 9 * dy)
            draw_state(painter, QRectF(at.x() - 5, at.y() - 5, 10, 10), ElementState.FAILED, color)


def _mark_cut(painter: QPainter, brush: Brush, pieces: F, color: QColor) -> None:
    """A gap in a link that is cut, with the silhouette of a failure: at a quarter of its longest piece, as its name is
    in the middle.
    """
    longest = pieces[np.abs(pieces[:, 2:] - pieces[:, :2]).sum(axis=1).argmax()]
    at = (longest[:2] * 0.75 + longest[2:] * 0.25) * brush.scale + np.array(brush.offset)
    x, y = np.rint(at).tolist()
    painter.fillRect(QRectF(x - CUT_PX, y - CUT_PX, 2 * CUT_PX, 2 * CUT_PX), brush.theme.color("container"))
    draw_state(painter, QRectF(x - 5, y - 5, 10, 10), ElementState.FAILED, color)


# -- what is written on them


def _paint_labels(painter: QPainter, brush: Brush, seen: NDArray[np.bool_], looks: _Looks) -> None:
    """Names of bundles at the middles of their longest pieces, where nothing else is written."""
    labels = brush.labels
    labels.renew(brush)
    found, labels.waiting = 0, False
    for n in np.unique(brush.links.lines.of[seen]).tolist():
        if n not in labels.places:
            if found >= MOST_NEW_LABELS and brush.links.budget_s is not None:
                labels.waiting = True
                continue
            labels.places[n] = labels.find(brush, n)
            found += 1
        place = labels.places[n]
        if place is not None:
            bundle = brush.links.bundles[n]
            at = QPointF(round(place.x() + brush.offset[0]), round(place.y() + brush.offset[1]))
            ground = "failed.ground" if looks.down[n] else "canvas" if n in labels.outside else "container"
            _paint_plate(painter, brush, bundle, QRectF(at, place.size()), bool(looks.down[n]), ground)


def _paint_plate(painter: QPainter, brush: Brush, bundle: Bundle, plate: QRectF, down: bool, ground: str) -> None:
    theme = brush.theme
    color = theme.color("text.muted") if down else ink(theme, bundle.kind.layer, bundle.letter)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    painter.setPen(QPen(color, 1) if bundle.letter else Qt.PenStyle.NoPen)
    painter.setBrush(theme.color(ground))
    painter.drawRoundedRect(plate.adjusted(0.5, 0.5, -0.5, -0.5), 3, 3)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    painter.setFont(brush.font("tile" if bundle.letter else "secondary", brush.scale)[0])
    painter.setPen(theme.color("text.muted") if bundle.kind.layer == "service" else color)
    painter.drawText(plate, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextSingleLine, bundle.text)


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
