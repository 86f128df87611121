"""Rectangles whose areas are as their values: each group a column of equal height, its parts as square as can be."""

from __future__ import annotations

from collections.abc import Sequence

Box = tuple[float, float, float, float]
"""x, y, width and height."""


def columns(values: Sequence[float], box: Box, gap: float) -> list[Box]:
    """Columns side by side, as wide as their values; `gap` between two."""
    x, y, w, h = box
    whole, room = sum(values), max(w - gap * (len(values) - 1), 0.0)
    found = []
    for value in values:
        width = room * value / whole if whole > 0.0 else 0.0
        found.append((x, y, width, h))
        x += width + gap
    return found


def squares(values: Sequence[float], box: Box) -> list[Box]:
    """Rectangles that fill a box; the values fall (Bruls, Huizing and van Wijk, Squarified Treemaps, 2000)."""
    x, y, w, h = box
    whole = sum(values)
    if whole <= 0.0 or w <= 0.0 or h <= 0.0:
        return [(x, y, 0.0, 0.0) for _ in values]
    areas, found = [value / whole * w * h for value in values], []
    begin = 0
    while begin < len(areas):
        short, end, taken, low, high = min(w, h), begin, 0.0, float("inf"), 0.0
        worst = float("inf")
        while end < len(areas):
            area = areas[end]
            grown = _worst(taken + area, min(low, area), max(high, area), short)
            if end > begin and grown > worst:
                break
            taken, low, high, worst, end = taken + area, min(low, area), max(high, area), grown, end + 1
        row = areas[begin:end]
        deep = sum(row) / short if short > 0.0 else 0.0
        at = 0.0
        for area in row:
            long = area / deep if deep > 0.0 else 0.0
            found.append((x, y + at, deep, long) if w >= h else (x + at, y, long, deep))
            at += long
        x, y, w, h = (x + deep, y, w - deep, h) if w >= h else (x, y + deep, w, h - deep)
        begin = end
    return found


def _worst(whole: float, low: float, high: float, side: float) -> float:
    """The largest ratio of sides of rectangles that stand in one row along a side: of their sum, least and most."""
    if low <= 0.0 or whole <= 0.0:
        return float("inf")
    return max(side * side * high / (whole * whole), whole * whole / (side * side * low))
