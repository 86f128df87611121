"""Samples at any times become rows of equal steps: the usual step, each sample in its place, gaps held, everything
counted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from designer.errors import ImportFileError
from designer.exchange.questions import OpenQuestionError
from designer.exchange.source import ForeignFile
from designer.words import tr

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
MOST_CELLS = 60_000_000
"""Most samples of one file."""
NICE_S = (1, 2, 5, 10, 15, 20, 30, 60, 120, 300, 600, 900, 1200, 1800, 3600, 7200, 14_400, 21_600, 43_200, 86_400)
"""Steps at which programs record; an uneven step near one of them counts as it."""
NEAR = 0.02
OFF = 0.01
"""A sample counts as moved when it lies further than this fraction of a step from its place."""
LATE = 0.05
"""A series that begins this little before the next step begins with it."""
MOST_EMPTY = 20
"""More empty places for each sample, plus `EMPTY_FREE`, mean a wrong time rather than a gap."""
EMPTY_FREE = 1_000


@dataclass
class Counts:
    """What was done to samples: how many, and the line of the first, by treatment."""

    found: dict[str, tuple[int, int]] = field(default_factory=dict)

    def add(self, what: str, lines: Ints | Sequence[int]) -> None:
        """Count samples on lines."""
        if len(lines):
            number, first = self.found.get(what, (0, 0))
            self.found[what] = number + len(lines), first or int(min(lines))


@dataclass(frozen=True)
class Grid:
    """Where samples go: the place of each from 0, how many there are, and the step in seconds (None: unknown)."""

    places: Ints
    samples: int
    step_s: float | None


def grid_of(
    table: ForeignFile, who: Ints, when: Floats, lines: Ints, counts: Counts, step_s: float | None = None
) -> Grid:
    """The places of samples: `who` is the row of each, `when` its time in seconds, `lines` where it stands.

    The step is the usual one between neighbors of a row, over all rows; `step_s` takes its place. Raises
    OpenQuestionError where the times leave nearly all places empty, ImportFileError where they are too many.
    """
    order = np.lexsort((when, who))
    starts = np.flatnonzero(np.diff(who[order], prepend=-1))
    ends = np.append(starts[1:], order.size)
    step = step_s or usual_step(when[order], starts)
    if step is None:
        counts.add("doubled", np.sort(lines)[np.unique(who).size :])
        return Grid(np.zeros(who.size, np.int64), 1, None)
    begin = float(when.min())
    span = (float(when.max()) - begin) / step
    _check(table, int(np.unique(who).size), span, who.size, (when, lines))
    places = np.empty(who.size, np.int64)
    off = np.zeros(who.size, np.bool_)
    for start, end in zip(starts.tolist(), ends.tolist()):
        mine = order[start:end]
        places[mine], off[mine] = places_of_row(when[mine], begin, step, step_s is None)
    counts.add("moved", lines[off])
    cells = who * (int(places.max()) + 1) + places
    _, first = np.unique(cells, return_index=True)
    counts.add("doubled", np.delete(lines, first))
    return Grid(places, int(places.max()) + 1, step)


def places_of_row(when: Floats, begin: float, step: float, shift: bool) -> tuple[Ints, NDArray[np.bool_]]:
    """The places of one row's sorted times, and which lie far from theirs. `shift`: the row keeps its own second of
    each step, the usual one: the lower of the two in the middle where their number is even, as none may be between."""
    since = (when - when[0]) / step
    usual = float(np.sort(since - np.rint(since))[(since.size - 1) // 2]) if shift else 0.0
    at = np.rint(since - usual).astype(np.int64)
    off = min((np.abs(since - second - np.rint(since - second)) > OFF for second in (0.0, usual)), key=np.count_nonzero)
    at -= min(0, int(at[0]))
    return at + int((float(when[0]) - begin) / step + LATE), off


def line_before_gap(who: Ints, places: Ints, samples: int, lines: Ints) -> int:
    """The first line after which a row has places without samples, or that with which a row begins late; 0: none."""
    order = np.lexsort((places, who))
    of, at = who[order], places[order]
    last = np.append(of[1:] != of[:-1], True)
    gap = np.where(last, at + 1 < samples, np.append(at[1:], 0) > at + 1)
    gap |= np.append(True, last[:-1]) & (at > 0)
    return int(lines[order][gap].min()) if gap.any() else 0


def usual_step(when: Floats, starts: Ints) -> float | None:
    """The median step between samples of one row, whose times are sorted; a round one where they are uneven."""
    gaps = np.diff(when)
    gaps[starts[1:] - 1] = 0.0  # from the end of one row to the begin of the next
    gaps = np.sort(gaps[gaps > 0])
    if not gaps.size:
        moments = np.unique(when)
        return float(np.diff(moments).min()) if moments.size > 1 else None
    step = float(gaps[(gaps.size - 1) // 2])
    if float(gaps[-1] - gaps[0]) <= 1e-9 * float(gaps[-1]):
        return step
    nice = [known for known in NICE_S if abs(known - step) <= NEAR * known]
    return float(nice[0]) if nice else step


def _many(number: float) -> str:
    """A number of steps, with all digits where they say something."""
    return f"{number:,.0f}" if number < 1e15 else f"{number:.0e}"


def _check(table: ForeignFile, rows: int, span: float, known: int, seen: tuple[Floats, Ints]) -> None:
    """Refuse times that need too many places, before these are made."""
    places = rows * (span + 1)
    if places > MOST_EMPTY * known + EMPTY_FREE and span > EMPTY_FREE:
        order = np.argsort(seen[0], kind="stable")
        late = int(np.diff(seen[0][order]).argmax()) + 1
        raise OpenQuestionError(
            tr(
                "{0}, line {1:,}: a gap of {2} steps comes before its time, so nearly all of {3} samples "
                "would be missing. Correct the time, or say how long a sample holds.",
                table.name,
                int(seen[1][order[late]]),
                _many(span),
                _many(places),
            ),
            "step_s",
        )
    if places > MOST_CELLS:
        raise table_too_large(table, rows, span + 1)


def table_too_large(table: ForeignFile, rows: int, samples: float) -> ImportFileError:
    """The error for too many samples."""
    return ImportFileError(
        tr("{0}: {1:,} x {2:,.0f} samples are more than {3:,}; split it.", table.name, rows, samples, MOST_CELLS)
    )


def placed(grid: Grid, who: Ints, loads: Floats, rows: int) -> Floats:
    """Loads as rows x samples: the mean where several share a place, NaN where there is none."""
    cells = who * grid.samples + grid.places
    known = ~np.isnan(loads)
    size = rows * grid.samples
    number = np.bincount(cells[known], minlength=size)
    total = np.bincount(cells[known], weights=loads[known], minlength=size)
    with np.errstate(invalid="ignore"):
        return (total / np.where(number, number, np.nan)).reshape(rows, grid.samples)


def placed_columns(grid: Grid, values: Floats) -> Floats:
    """Rows x times as rows x samples: columns at their places, the mean where several share one."""
    if grid.samples == values.shape[1] and np.array_equal(grid.places, np.arange(grid.samples)):
        return values
    number = np.zeros((values.shape[0], grid.samples))
    total = np.zeros((values.shape[0], grid.samples))
    for column, place in enumerate(grid.places.tolist()):
        known = ~np.isnan(values[:, column])
        number[known, place] += 1
        total[known, place] += values[known, column]
    with np.errstate(invalid="ignore"):
        return np.asarray(total / np.where(number, number, np.nan))


def hold(values: Floats) -> int:
    """Fill gaps with the value before, at the beginning with the first value; return how many."""
    missing = 0
    for row in values:
        gaps = np.isnan(row)
        count = int(gaps.sum())
        if not count:
            continue
        missing += count
        known = np.flatnonzero(~gaps)
        before = np.searchsorted(known, np.arange(row.size), side="right") - 1
        row[:] = row[known[np.maximum(before, 0)]]
    return missing
