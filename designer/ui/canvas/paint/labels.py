"""Where names stand beside what is drawn: on links and outlines, so that they hide nothing."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSizeF
from PySide6.QtGui import QFont, QFontMetricsF

from designer.ui.canvas.links.links import DrawnLinks
from designer.ui.canvas.world.outlines import Outlines
from designer.ui.canvas.world.world import World

F = NDArray[np.float64]

LETTER_PX, HEAD_PX = 13.0, 8.0
"""The side of the plate of a letter, and the length of an arrow head, which no name covers."""


class Drawn(Protocol):
    """What is drawn: a world at a scale and an offset (pixels), with its links and outlines."""

    world: World
    links: DrawnLinks
    outlines: Outlines
    layers: frozenset[str]
    scale: float
    offset: tuple[float, float]

    def font(self, name: str, scale: float) -> tuple[QFont, QFontMetricsF]:
        """A font of the theme and its measures."""


class Labels:
    """Where names stand on links, kept until the scale or the ways change; in pixels from the drawing's origin."""

    def __init__(self) -> None:
        self._made_for: object = None
        self._lines: object = None
        self.places: dict[int, QRectF | None] = {}
        self.taken: list[QRectF] = []
        self.outside: set[int] = set()
        """Bundles whose name stands on the canvas, in no container."""
        self.waiting = False
        """Whether time ran out before all visible labels had a place."""

    def renew(self, brush: Drawn) -> None:
        """Forget all places when the scale or the ways have changed."""
        made_for = (brush.scale, brush.layers)
        if made_for == self._made_for and self._lines is brush.links.lines:
            return
        self._made_for, self._lines, self.places = made_for, brush.links.lines, {}
        self.outside.clear()
        self.taken = [plate.translated(-brush.offset[0], -brush.offset[1]) for plate, _ in brush.outlines.plates]
        lines = brush.links.lines
        self.pieces = lines.pieces * brush.scale
        self.length = np.abs(self.pieces[:, 2:] - self.pieces[:, :2]).sum(axis=1)
        hard = hard_boxes(brush) - np.array([*brush.offset, *brush.offset])
        hard = np.concatenate([hard, _heads(lines.tips, brush.scale)])
        shown = [bundle.kind.layer in brush.layers for bundle in brush.links.bundles]
        drawn = np.array(shown, np.bool_)[lines.of]
        self.boxes = np.concatenate([hard, _thin(self.pieces[drawn])])
        self.owner = np.concatenate([np.full(len(hard), -1), lines.of[drawn]])

    def find(self, brush: Drawn, n: int) -> QRectF | None:
        """The place of a bundle's label; None where every place would hide something."""
        bundle = brush.links.bundles[n]
        text = bundle.text
        if not text:
            return None
        font = brush.font("tile" if bundle.letter else "secondary", brush.scale)[1]
        width = LETTER_PX if bundle.letter else font.horizontalAdvance(text) + 8
        size = QSizeF(width, LETTER_PX if bundle.letter else font.height() + 1)
        mine = np.flatnonzero(brush.links.lines.of == n)
        longest = mine[np.argsort(-self.length[mine], kind="stable")][:3].tolist()
        for own in ([n], self._alike(brush, n)):
            for piece in longest if own else ():
                place = self._on(self.pieces[piece], size, own)
                if place is not None:
                    self.taken.append(place)
                    middle = place.center() / brush.scale
                    if brush.world.at(middle.x(), middle.y()) < 0:
                        self.outside.add(n)
                    return place
        return None

    def _alike(self, brush: Drawn, n: int) -> list[int]:
        """The bundles that a letter may stand on, too, as it says the same of them; none where one of them that leaves
        or reaches the same box has the letter."""
        bundles = brush.links.bundles
        here = bundles[n]
        alike = [k for k, other in enumerate(bundles) if here.letter and other.letter == here.letter]
        told = any(self.places.get(k) and {bundles[k].a, bundles[k].b} & {here.a, here.b} for k in alike)
        return [] if told else alike

    def _on(self, piece: F, size: QSizeF, own: list[int]) -> QRectF | None:
        upright = piece[0] == piece[2]
        if self._too_short(piece, size, upright):
            return None
        low, high = np.minimum(piece[:2], piece[2:]), np.maximum(piece[:2], piece[2:])
        reach = (size.width(), size.height())
        near = (self.boxes[:, :2] < high + reach).all(axis=1) & (self.boxes[:, 2:] > low - reach).all(axis=1)
        boxes = self.boxes[near & ~np.isin(self.owner, own)]
        for part in (0.5, 0.35, 0.65, 0.2, 0.8):
            x, y = piece[:2] + (piece[2:] - piece[:2]) * part
            place = QRectF(QPointF(x - size.width() / 2, y - size.height() / 2), size)
            if not any(place.intersects(other) for other in self.taken) and not covers(place, boxes):
                return place
        return None

    def _too_short(self, piece: F, size: QSizeF, upright: bool) -> bool:
        length = float(np.abs(piece[2:] - piece[:2]).sum())
        return length < (size.height() + 8 if upright else size.width() + 12)


def _heads(tips: F, scale: float) -> F:
    """The boxes of arrow heads in pixels; tips: where they point (drawing units), and the direction."""
    ends, way = tips[:, :2] * scale, tips[:, 2:]
    back, half = ends - way * HEAD_PX, np.abs(tips[:, 3:1:-1]) * HEAD_PX / 2
    boxes: F = np.concatenate([np.minimum(ends, back) - half, np.maximum(ends, back) + half], 1)
    return boxes


def _thin(pixels: F) -> F:
    """Lines as boxes."""
    boxes: F = np.concatenate([np.minimum(pixels[:, :2], pixels[:, 2:]), np.maximum(pixels[:, :2], pixels[:, 2:])], 1)
    return boxes


def hard_boxes(brush: Drawn) -> NDArray[np.float64]:
    """What a name must not cover, in pixels: single things, hosts, subnets, and headers (left, top, right, bottom)."""
    world, kinds = brush.world, brush.world.project.kinds
    flow = np.array([kinds[name].box.flow in ("grid", "leaf") for name in world.kinds], np.bool_)
    header = np.array([kinds[name].box.header for name in world.kinds])
    rows = np.flatnonzero(~world.is_vm)
    solid, code = flow[world.kind[rows]], world.kind[rows]
    height = np.where(solid, world.h[rows], header[code])
    boxes = np.stack([world.x[rows], world.y[rows], world.x[rows] + world.w[rows], world.y[rows] + height], 1)
    hard: NDArray[np.float64] = boxes * brush.scale + np.array([*brush.offset, *brush.offset])
    return hard


def bordered(brush: Drawn) -> NDArray[np.bool_]:
    """Which of the `hard_boxes` are single things, whose border a name would cut."""
    world, kinds = brush.world, brush.world.project.kinds
    single = np.array([kinds[name].box.flow == "leaf" for name in world.kinds], np.bool_)
    found: NDArray[np.bool_] = single[world.kind[~world.is_vm]]
    return found


def lower_borders(brush: Drawn) -> NDArray[np.float64]:
    """The lower borders of containers, in pixels (left, top, right, bottom): a name on one would cut it. The upper
    ones are those of headers."""
    world, kinds = brush.world, brush.world.project.kinds
    shown = [kinds[name] for name in world.kinds]
    framed = np.array([k.container and not k.is_set and k.box.flow != "grid" for k in shown], np.bool_)
    rows = np.flatnonzero(framed[world.kind])
    bottom = world.y[rows] + world.h[rows]
    lines: NDArray[np.float64] = np.stack([world.x[rows], bottom, world.x[rows] + world.w[rows], bottom], 1)
    lines = lines * brush.scale + np.array([*brush.offset, *brush.offset])
    lines[:, 1] -= 1.0
    lines[:, 3] += 1.0  # `covers` leaves a pixel at each side
    return lines


def covers(plate: QRectF, boxes: NDArray[np.float64]) -> bool:
    """Whether a plate would hide something of some boxes (left, top, right, bottom)."""
    meets = (boxes[:, 0] < plate.right() - 1) & (boxes[:, 2] > plate.left() + 1)
    meets &= (boxes[:, 1] < plate.bottom() - 1) & (boxes[:, 3] > plate.top() + 1)
    return bool(meets.any())
