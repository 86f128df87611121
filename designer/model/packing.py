"""Packing boxes into rows: the same boxes always come to the same places. Lengths are drawing units."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from designer.model.boxes import EPS, Rect, around

MOST_WIDTHS = 48
"""The most widths that are tried."""
SHAPE = 1.7
"""Aspect (width / height) that is aimed at."""


@dataclass(frozen=True)
class Band:
    """Boxes in their order that start a new row, and the room above them."""

    sizes: tuple[tuple[float, float], ...]
    above: float = 0.0


def packed(
    bands: Sequence[Band],
    origin: tuple[float, float],
    gap: float,
    fixed: Sequence[Rect] = (),
    shape: float = SHAPE,
) -> list[list[Rect]]:
    """A box for each size, by band: rows from left to right, bands from top to bottom, around what is fixed.

    The width is the one with which all comes nearest to a shape. No box comes nearer than `gap` to another or to
    `fixed`.
    """
    best: tuple[float, float] | None = None
    found: list[list[Rect]] = [[] for _ in bands]
    for wide in _widths(bands, gap):
        placed = _in_rows(bands, origin, gap, fixed, wide)
        boxes = [box for band in placed for box in band]
        if not boxes:
            return found
        whole = around([*boxes, Rect(*origin, 0.0, 0.0)])
        score = round(abs(math.log(max(whole.w, 1.0) / max(whole.h, 1.0) / shape)), 6), wide
        if best is None or score < best:
            best, found = score, placed
    return found


def _widths(bands: Sequence[Band], gap: float) -> list[float]:
    """The widths at which a row could end: one, two or more boxes of a band side by side."""
    least = max((w for band in bands for w, _ in band.sizes), default=0.0)
    widths = {least}
    for band in bands:
        wide = -gap
        for w, _ in band.sizes:
            wide += w + gap
            widths.add(max(wide, least))
    ordered = sorted(widths)
    step = max(1, math.ceil(len(ordered) / MOST_WIDTHS))
    return ordered[::step]


def _in_rows(
    bands: Sequence[Band], origin: tuple[float, float], gap: float, fixed: Sequence[Rect], wide: float
) -> list[list[Rect]]:
    left, y = origin
    placed: list[list[Rect]] = []
    first = True
    for band in bands:
        if band.sizes and not first:
            y += max(band.above, gap)
        made: list[Rect] = []
        x, below = left, y
        for w, h in band.sizes:
            if x > left and x + w > left + wide + EPS:
                x, y = left, below + gap
            box, x, y = _free(Rect(x, y, w, h), left, wide, gap, fixed, below)
            made.append(box)
            x, below = x + w + gap, max(below, box.bottom)
        placed.append(made)
        if made:
            y, first = below, False
    return placed


def _free(
    box: Rect, left: float, wide: float, gap: float, fixed: Sequence[Rect], below: float
) -> tuple[Rect, float, float]:
    """The next place of a box in its row, or in a row further down, that meets nothing fixed; with its corner.

    `below`: the lower edge of its row.
    """
    x, y = box.x, box.y
    row_ends = below + gap if below > y else y
    low = math.inf
    while True:
        here = Rect(x, y, box.w, box.h)
        hit = [other for other in fixed if here.overlaps(other, gap)]
        if not hit:
            return here, x, y
        low = min(low, *(other.bottom for other in hit))
        x = max(other.right for other in hit) + gap
        if x + box.w > left + wide + EPS:
            x, y, low = left, max(low + gap, row_ends), math.inf
