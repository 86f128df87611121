"""Published outages as pages: what was told, what happened and what the run says on one line of time, and every answer
beside what was observed."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from designer import units
from designer.catalog.scenarios.outages import PublishedOutage
from designer.report.blocks import Block, PlotBlock, Section, TableBlock, TextBlock
from designer.report.plots import ACCENT, GRID, MUTED, RIGHT, TEXT, WIDTH, figure, line, shortened, text_at
from designer.study.replay.score import EARLY, HIT, LATE, NONE, OTHER, OutageSays, ReplayRow, compared, score_of
from designer.study.replay.steps import OutageCourse
from designer.words import mark, tr

LEFT, BADGE_PX, TOLD_PX, CURVE_PX, AXIS_PX = 96, 18, 30, 96, 26
"""Room for the titles of the tracks, the size of a milestone's number, and the heights of the tracks, px."""
LOSS = "#C4283C"
TICK_PX = 44
"""Room for the time at a tick."""
TICKS_MIN = (0, 5, 15, 30, 60, 120, 240, 480, 1440, 2880, 5760, 10080, 20160, 40320)
KNEE_MIN = 20.0
"""The line of time is even before this minute and by multiples after it: outages have their details early."""
ROW_PX, NAME_PX, SAID_PX = 26, 250, 200
VERDICTS = {
    HIT: mark("hit"), EARLY: mark("early"), LATE: mark("late"), OTHER: mark("the other"), NONE: mark("no answer"),
}  # fmt: skip
LOW_HIGH = {EARLY: mark("low"), LATE: mark("high")}
"""What is early or late, and no time, is low or high."""


def called(outage: PublishedOutage) -> str:
    """What an outage is called: who and when."""
    return tr("{0}, {1}", outage.operator, outage.start[:10])


def score_of_outage(outage: PublishedOutage, said: OutageSays) -> str:
    """How many answers of an outage are hit, in words; empty where none was observed."""
    rows = compared(outage, said)
    score = score_of(rows)
    hit, of = score.numbers_hit + score.choices_hit, score.numbers + score.choices
    return tr("{0} of {1} answers hit", hit, of) if rows else ""


def outage_section(outage: PublishedOutage, told: Mapping[str, Any], course: OutageCourse, said: OutageSays) -> Section:
    """All about an outage: what was told, its line of time, its answers beside what was observed, its sources."""
    rows = compared(outage, said)
    lines = [tr("{0}. Minute 0 is {1} UTC.", outage.place, outage.start.replace("T", " ").rstrip("Z"))]
    lines += [tr(words, told[key]) for key, words in _TOLD if key in told]
    blocks: list[Block] = [TextBlock(lines), time_line(outage, course, said), _milestones(outage, said)]
    if any(row.numeric for row in rows):
        blocks.append(_answers_plot(rows))
    if rows:
        blocks.append(_answers(rows))
    misses = [f"{_plain(row.answer.quantity)}: {row.reason}" for row in rows if row.verdict != HIT and row.reason]
    if misses:
        blocks.append(TextBlock(misses, tr("Why not"), listed=True))
    blocks.append(TextBlock(outage.sources, tr("Sources"), listed=True))
    return Section(outage.id, tr("{0}: {1}", called(outage), score_of_outage(outage, said)), blocks)


_TOLD = (("told", mark("Given to the run: {0}.")), ("assumed", mark("Also assumed: {0}.")))


def _plain(name: str) -> str:
    return name.replace("_", " ")


# -- the line of time


def time_line(outage: PublishedOutage, course: OutageCourse, said: OutageSays) -> PlotBlock:
    """What is told to the run, what was observed (by numbers) and the VMs of the run that are up, over one time."""
    ends = [high for (_, high), _, _ in outage.milestones]
    until = max([*ends, course.book.of(course.told, "until"), 1.0])
    first = min([0.0, *(low for (low, _), _, _ in outage.milestones)])
    x = TimeAxis(first, until)
    badges = _badges(outage, x)
    seen_px = 12 + BADGE_PX * (max((row for _, _, row in badges), default=0) + 1)
    tall = CURVE_PX if course.told.get("parts") else 0
    bottom = TOLD_PX + seen_px + tall
    parts, free = [], 0.0
    for minute in TICKS_MIN:
        if first <= minute <= until and x(minute) >= free:
            parts.append(line(x(minute), 0, x(minute), bottom, GRID))
            parts.append(text_at(x(minute), bottom + 16, _span(minute), "middle"))
            free = x(minute) + TICK_PX
    parts += [*_title(TOLD_PX / 2, tr("Told")), *_title(TOLD_PX + seen_px / 2, tr("Observed"))]
    parts += _flags(course, x, until)
    for number, (low, at, row) in enumerate(badges, 1):
        parts += _badge(number, low, at, TOLD_PX + 6 + BADGE_PX * (row + 0.5), bottom)
    if tall:
        parts += _title(bottom - tall / 2, tr("VMs up in the run"))
        parts += _curve(said, x, first, min(until, course.book.of(course.told, "until")), bottom - tall, bottom)
    return figure(tr("Told, observed and simulated"), parts, bottom + AXIS_PX)


class TimeAxis:
    """From minutes to px: even before the knee, by multiples after it."""

    def __init__(self, first: float, until: float) -> None:
        self._first = self._folded(first)
        self._wide = (WIDTH - LEFT - RIGHT) / (self._folded(until) - self._first)

    @staticmethod
    def _folded(minute: float) -> float:
        return math.copysign(math.log1p(abs(minute) / KNEE_MIN), minute)

    def __call__(self, minute: float) -> float:
        return LEFT + (self._folded(minute) - self._first) * self._wide


def _span(minute: float) -> str:
    if minute < 60:
        return tr("{0:g} min", minute)
    return tr("{0:g} h", minute / 60) if minute < 1440 else tr("{0:g} d", minute / 1440)


def _title(at: float, title: str) -> list[str]:
    """The title of a track, on two lines where it is long."""
    words = title.split()
    half = [" ".join(words[:2]), " ".join(words[2:])] if len(title) > 14 else [title]
    return [text_at(0, at + 4 + 13 * (n - (len(half) - 1) / 2), part, "start", TEXT) for n, part in enumerate(half)]


def _flags(course: OutageCourse, x: TimeAxis, until: float) -> Iterable[str]:
    """A triangle where something is told: filled and down where something fails, open and up where it comes back."""
    falls: dict[int, bool] = {}
    for event in course.events:
        if event.at_min <= until:
            spot = round(x(max(event.at_min, 0.0)))
            falls[spot] = falls.get(spot, False) or event.what.startswith("fail")
    for spot, fall in falls.items():
        if fall:
            yield f'<path d="M{spot - 5} 8h10l-5 10z" fill="{LOSS}"/>'
        else:
            yield f'<path d="M{spot - 4} 18h8l-4 -9z" fill="none" stroke="{ACCENT}"/>'


def _badges(outage: PublishedOutage, x: TimeAxis) -> list[tuple[float, float, int]]:
    """Where each milestone stands: from, its number's place, and the row in which it covers no other."""
    found: list[tuple[float, float, int]] = []
    ends: list[float] = []
    for (low, high), _, _ in outage.milestones:
        at = x(high)
        row = next((n for n, end in enumerate(ends) if end + 2 <= min(x(low), at - BADGE_PX / 2)), len(ends))
        ends[row : row + 1] = [at + BADGE_PX / 2]
        found.append((x(low), at, row))
    return found


def _badge(number: int, low: float, at: float, y: float, bottom: float) -> Iterable[str]:
    yield line(at, y + BADGE_PX / 2 - 1, at, bottom, MUTED, 0.6, "2 3")
    if low < at:
        yield line(low, y, at, y, MUTED, 3.0)
    yield f'<circle cx="{at:.1f}" cy="{y:.1f}" r="{BADGE_PX / 2 - 1}" fill="{MUTED}"/>'
    yield text_at(at, y + 4, str(number), "middle", "#FFFFFF")


def _curve(said: OutageSays, x: TimeAxis, first: float, until: float, top: float, bottom: float) -> Iterable[str]:
    """The share of the run's VMs that are up, as a stair."""
    top += 10

    def y(share: float) -> float:
        return bottom - share * (bottom - top)

    for share in (0.0, 0.5, 1.0):
        yield line(LEFT, y(share), WIDTH - RIGHT, y(share), GRID)
        yield text_at(LEFT - 4, y(share) + 4, f"{share:.0%}", "end")
    points, up = [(x(first), y(1.0))], 1.0
    for minute, share in said.running:
        if minute <= until:
            points += [(x(minute), y(up)), (x(minute), y(share))]
            up = share
    points.append((x(until), y(up)))
    told = " ".join(f"{a:.1f},{b:.1f}" for a, b in points)
    yield f'<polyline points="{told}" fill="none" stroke="{ACCENT}" stroke-width="2" stroke-linejoin="round"/>'


def _milestones(outage: PublishedOutage, said: OutageSays) -> TableBlock:
    rows = []
    for number, ((low, high), what, confidence) in enumerate(outage.milestones, 1):
        when = _clock(low) if low == high else tr("{0} to {1}", _clock(low), _clock(high))
        up = f"{said.running_at(high):.0%}" if said.running else ""
        rows.append((str(number), when, what, confidence, up))
    heads = ("", tr("After"), tr("Observed"), tr("Confidence"), tr("Up in the run"))
    return TableBlock(heads, rows, frozenset({4}))


def _clock(minute: float) -> str:
    if abs(minute) < 120:
        return tr("{0:g} min", minute)
    return tr("{0:,.3g} h", minute / 60) if abs(minute) < 2880 else tr("{0:,.3g} d", minute / 1440)


# -- answers


def _answers_plot(rows: Sequence[ReplayRow]) -> PlotBlock:
    """The band of each number, what was observed in it, and what the run says."""
    shown = [row for row in rows if row.numeric]
    parts: list[str] = []
    for number, row in enumerate(shown):
        parts += _answer_bar(row, number * ROW_PX)
    return figure(tr("Numbers: band (gray), observed (line), said by the run (dot)"), parts, len(shown) * ROW_PX + 4)


def _answer_bar(row: ReplayRow, top: float) -> Iterable[str]:
    low, high = row.answer.band or (0.0, 0.0)
    observed, said = float(row.answer.value), row.said
    finite = [value for value in (high, observed, said or 0.0) if math.isfinite(value)]
    least, most = min(low, *finite, 0.0), max(*finite, 1e-9) * 1.08
    left, wide, y = NAME_PX + 10, WIDTH - NAME_PX - SAID_PX - 20, top + ROW_PX / 2

    def x(value: float) -> float:
        return left + (min(value, most) - least) / (most - least) * wide

    yield text_at(NAME_PX, y + 4, shortened(_plain(row.answer.quantity), 40), "end", TEXT)
    yield line(left, y, left + wide, y, GRID)
    yield f'<rect x="{x(low):.1f}" y="{y - 6:.1f}" width="{max(x(high) - x(low), 2.0):.1f}" height="12" fill="{GRID}"/>'
    yield line(x(observed), y - 9, x(observed), y + 9, TEXT, 1.5)
    color = ACCENT if row.verdict == HIT else LOSS
    if said is not None:
        yield f'<circle cx="{x(said):.1f}" cy="{y:.1f}" r="4.5" fill="{color}"/>'
    told = tr("{0}: {1}", _said(row), _verdict(row))
    yield text_at(left + wide + 10, y + 4, shortened(told, 34), "start", TEXT if row.verdict == HIT else color)


def _answers(rows: Sequence[ReplayRow]) -> TableBlock:
    cells = []
    for row in rows:
        band = tr("{0:g} to {1:g}", *row.answer.band) if row.answer.band is not None else ""
        observed = value_text(row.answer.value, row.answer.unit, row.numeric)
        cells.append((row.answer.what, observed, band, _said(row), _verdict(row)))
    return TableBlock((tr("Question"), tr("Observed"), tr("Band"), tr("Run"), tr("Verdict")), cells)


def _said(row: ReplayRow) -> str:
    return "–" if row.said is None else value_text(row.said, row.answer.unit, row.numeric)


def value_text(value: float | bool, unit: str, numeric: bool) -> str:
    """An answer in words."""
    if not numeric:
        return tr("yes") if value else tr("no")
    if math.isinf(value):
        return tr("never")
    if unit == "fraction":
        return f"{value:.3g}"
    return f"{units.number(float(f'{value:.3g}'))} {_plain(unit)}"


def _verdict(row: ReplayRow) -> str:
    is_time = row.answer.unit in ("min", "h", "d", "s")
    word = VERDICTS[row.verdict] if is_time else LOW_HIGH.get(row.verdict, VERDICTS[row.verdict])
    times = f" × {row.factor:.2g}" if row.factor is not None and row.verdict in (EARLY, LATE) else ""
    return tr(word) + times
