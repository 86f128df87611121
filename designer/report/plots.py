"""Plots as SVG of plain shapes and text, which browsers and Qt draw alike: series over time, and bars."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from functools import cache
from itertools import pairwise
from typing import TypeVar

import numpy as np
from markupsafe import escape
from numpy.typing import NDArray

from designer import units
from designer.assets import asset
from designer.report.blocks import PlotBlock

F = NDArray[np.float64]
WIDTH, HEIGHT, LEFT, RIGHT, TOP, LOW = 860, 220, 72, 24, 16, 24
"""Size of a plot and the room around its axes, px."""
KEY_PX, KEY_COLUMNS, KEY_LETTERS = 18, 4, 28
BAR_PX, BAR_LEFT, BAR_RIGHT = 22, 220, 110
MOST_COLUMNS = 600
"""Most points of a line; more steps are shown by the least and the most of each column."""
TEXT, MUTED, GRID, ACCENT = "#1B1E25", "#596070", "#E1E4EA", "#2A67BD"
FONT = 'font-family="Inter, Helvetica, Arial, sans-serif" font-size="11"'
SPANS_S = (60, 300, 600, 1800, 3600, 7200, 10800, 21600, 43200, 86400, 172800, 604800, 2592000)


@cache
def palette() -> list[tuple[str, str]]:
    """The colors of series and their dashes: told apart by the color-blind and in print."""
    colors = json.loads(asset("look/tokens.json").read_text("utf-8"))["plot"]["light"]
    dashes = ("", "", "", "", "8 3", "8 3", "3 3", "3 3")
    return list(zip([str(color) for color in colors], dashes))


Number = TypeVar("Number", float, F)


def series_plot(title: str, unit: str, edges_s: F, series: Sequence[tuple[str, F]]) -> PlotBlock:
    """Values that hold from edge to edge, a line a series; NaN is a gap. At most as many as there are colors."""
    shown = list(series)[: len(palette())]
    low, high, step = scale([values for _, values in shown])
    key_px = KEY_PX * math.ceil(len(shown) / KEY_COLUMNS)
    bottom, span = TOP + key_px + HEIGHT - LOW, max(float(edges_s[-1] - edges_s[0]), 1.0)

    begin = float(edges_s[0])

    def x(time_s: Number) -> Number:
        return LEFT + (time_s - begin) / span * (WIDTH - LEFT - RIGHT)

    def y(value: Number) -> Number:
        return bottom - (value - low) / (high - low) * (HEIGHT - LOW)

    parts = [*_key([name for name, _ in shown])]
    for number in range(round((high - low) / step) + 1):
        value = low + number * step
        parts.append(line(LEFT, y(value), WIDTH - RIGHT, y(value), GRID))
        parts.append(text_at(LEFT - 6, y(value) + 4, units.text(value, unit, 3), "end"))
    tick_s = next((one for one in SPANS_S if span / one <= 8), SPANS_S[-1])
    for number in range(math.ceil(float(edges_s[0]) / tick_s), math.floor(float(edges_s[-1]) / tick_s) + 1):
        at = x(float(number * tick_s))
        parts.append(line(at, bottom, at, bottom + 4, MUTED))
        parts.append(text_at(at, bottom + 16, units.clock_text(number * tick_s), "middle"))
    for (_, values), (color, dash) in zip(shown, palette()):
        parts += [
            f'<polyline points="{points}" fill="none" stroke="{color}" stroke-width="1.5" stroke-linejoin="round"'
            + (f' stroke-dasharray="{dash}"' if dash else "") + "/>"
            for points in _points(*decimated(edges_s, np.asarray(values, np.float64)), x, y)
        ]  # fmt: skip
    return figure(title, parts, bottom + LOW)


def around(values: Sequence[float]) -> tuple[float, float, float]:
    """The ends of an axis around some values that are not below 0, and the step of its marks."""
    low, high = min(values), max(values)
    room = max((high - low) / 4.0, high / 20.0) or 1.0
    low, high = max(low - room, 0.0), high + room
    step = _round_step((high - low) / 4.0)
    return math.floor(low / step) * step, math.ceil(high / step - 1e-9) * step, step


def _round_step(rough: float) -> float:
    """A round number that is not below another."""
    size = 10.0 ** math.floor(math.log10(rough))
    return next(size * m for m in (1.0, 2.0, 2.5, 5.0, 10.0) if size * m >= rough * 0.999)


def scale(series: Sequence[F]) -> tuple[float, float, float]:
    """The ends of an axis and the step of its marks, round numbers; it begins at 0 unless a value is below."""
    finite = [values[np.isfinite(values)] for values in series]
    low = min((float(one.min()) for one in finite if one.size), default=0.0)
    high = max((float(one.max()) for one in finite if one.size), default=1.0)
    low, high = min(low, 0.0), max(high, 0.0)
    if high - low <= 0.0:
        high = low + 1.0
    step = _round_step((high - low) / 4.0)
    return math.floor(low / step) * step, math.ceil(high / step - 1e-9) * step, step


def decimated(edges_s: F, values: F) -> tuple[F, F]:
    """Edges and values of few columns, in which least and most of all are kept."""
    if values.size <= MOST_COLUMNS:
        return edges_s, values
    half = MOST_COLUMNS // 2
    begins = np.unique(np.linspace(0, values.size, half + 1).astype(np.int64))
    low, high = np.fmin.reduceat(values, begins[:-1]), np.fmax.reduceat(values, begins[:-1])
    ends = edges_s[begins]
    middle = (ends[:-1] + ends[1:]) / 2.0
    return np.append(np.stack([ends[:-1], middle], axis=1).ravel(), ends[-1]), np.stack([low, high], axis=1).ravel()


def _points(edges_s: F, values: F, x: object, y: object) -> list[str]:
    """The points of each piece of a line without a gap."""
    assert callable(x) and callable(y)
    known = np.isfinite(values)
    turns = np.flatnonzero(np.diff(np.concatenate([[False], known, [False]]).astype(np.int8)))
    made = []
    for first, last in zip(turns[::2], turns[1::2]):
        across, up = x(edges_s[first : last + 1]), y(values[first:last])
        steps = zip(np.repeat(across, 2)[1:-1], np.repeat(up, 2))
        made.append(" ".join(f"{a:.1f},{b:.1f}" for a, b in steps))
    return made


def bar_plot(title: str, rows: Sequence[tuple[str, float, str]]) -> PlotBlock:
    """A bar a row: its name, its length and the figure beside it."""
    most, parts = max((value for _, value, _ in rows), default=0.0) or 1.0, []
    for number, (name, value, told) in enumerate(rows):
        top, long = number * BAR_PX, max(value, 0.0) / most * (WIDTH - BAR_LEFT - BAR_RIGHT)
        parts.append(text_at(BAR_LEFT - 8, top + 15, shortened(name, 34), "end", TEXT))
        parts.append(f'<rect x="{BAR_LEFT}" y="{top + 4}" width="{long:.1f}" height="{BAR_PX - 8}" fill="{ACCENT}"/>')
        parts.append(text_at(BAR_LEFT + long + 6, top + 15, told, "start", TEXT))
    return figure(title, parts, max(len(rows), 1) * BAR_PX)


def scatter_plot(title: str, points: Sequence[tuple[str, float, float, bool]]) -> PlotBlock:
    """Named points; the last value says whether a point is filled, and a stair joins those."""
    (left, right, x_step), (low, top, y_step) = (around([float(one[n]) for one in points]) for n in (1, 2))
    bottom, wide, high = TOP + HEIGHT + 60 - LOW, WIDTH - LEFT - 6 * RIGHT, HEIGHT + 60 - LOW
    places = [
        (LEFT + (x - left) / (right - left) * wide, bottom - (y - low) / (top - low) * high) for _, x, y, _ in points
    ]
    parts = []
    for number in range(round((top - low) / y_step) + 1):
        at = bottom - number * y_step / (top - low) * high
        parts.append(line(LEFT, at, LEFT + wide, at, GRID))
        parts.append(text_at(LEFT - 6, at + 4, units.number(low + number * y_step), "end"))
    for number in range(round((right - left) / x_step) + 1):
        at = LEFT + number * x_step / (right - left) * wide
        parts.append(line(at, bottom, at, bottom + 4, MUTED))
        parts.append(text_at(at, bottom + 16, f"{left + number * x_step:,.6g}", "middle"))
    stair = sorted(place for place, one in zip(places, points) if one[3])
    for (x, y), (to_x, to_y) in pairwise(stair):
        parts += [line(x, y, to_x, y, ACCENT, 1.0, "3 3"), line(to_x, y, to_x, to_y, ACCENT, 1.0, "3 3")]
    for (x, y), (name, _, _, filled) in zip(places, points):
        parts.append(
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="5" fill="{ACCENT if filled else "#FFFFFF"}" stroke="{ACCENT}"/>'
        )
        parts.append(text_at(x + 9, y + (-6 if filled else 14), shortened(name, KEY_LETTERS), "start", TEXT))
    return figure(title, parts, bottom + LOW)


def _key(names: Sequence[str]) -> list[str]:
    """What each line is, above the plot."""
    parts, wide = [], (WIDTH - LEFT - RIGHT) / KEY_COLUMNS
    for number, (name, (color, dash)) in enumerate(zip(names, palette())):
        left, top = LEFT + wide * (number % KEY_COLUMNS), 8 + KEY_PX * (number // KEY_COLUMNS)
        parts.append(line(left, top, left + 22, top, color, 2.0, dash))
        parts.append(text_at(left + 28, top + 4, shortened(name, KEY_LETTERS), "start", TEXT))
    return parts


def shortened(name: str, most: int) -> str:
    """A name of at most `most` letters, its middle left out."""
    return name if len(name) <= most else f"{name[: most // 2]}…{name[-(most // 2 - 1) :]}"


def line(x: object, y: object, to_x: object, to_y: object, color: str, width: float = 1.0, dash: str = "") -> str:
    """A line between two points."""
    dashed = f' stroke-dasharray="{dash}"' if dash else ""
    ends = f'x1="{x:.1f}" y1="{y:.1f}" x2="{to_x:.1f}" y2="{to_y:.1f}"'
    return f'<line {ends} stroke="{color}" stroke-width="{width}"{dashed}/>'


def text_at(x: object, y: object, text: str, anchor: str, color: str = MUTED) -> str:
    """A line of text at a point; `anchor` says which end of it is there."""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{color}" {FONT}>{escape(_printable(text))}</text>'
    )


def _printable(text: str) -> str:
    """Text without characters that XML does not allow."""
    return text if text.isprintable() else "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)


def figure(title: str, parts: Sequence[str], height: int) -> PlotBlock:
    """A figure of some shapes."""
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}">'
    return PlotBlock(title, head + "".join(parts) + "</svg>", WIDTH, height)
