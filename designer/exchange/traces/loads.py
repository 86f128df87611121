"""Loads as they were read: their unit, noise and marks of "invalid" taken out, gaps filled, all of it counted."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from designer.errors import ImportFileError
from designer.exchange.grid import Counts, Floats, Ints, hold
from designer.exchange.questions import Cells, OpenQuestionError
from designer.exchange.source import ForeignFile
from designer.exchange.titles import RATES, REQUESTS, Title
from designer.words import mark, tr, trn

ABOVE = 1.1
"""Loads above full up to this part of it are full; what lies beyond is no noise."""
OF_CPU = {
    "mhz": mark("the cells are MHz of CPU, told by what each VM has"),
    "core_percent": mark("the cells are percents of one core, told by the vCPUs of each VM"),
    "rps": mark("the cells are requests a second of a service"),
    "requests": mark("the cells are requests of a service in each sample"),
}
"""Units of loads that are no part of a VM's CPU, or say something of a VM only with its size."""
INVALID = (-1.0, 101.0)
"""Percents that monitoring writes for "invalid"."""
_DONE = (
    ("invalid", mark("{0} marked as invalid (-1 or 101) and held from the one before")),
    ("missing", mark("{0} empty and held from the one before")),
    ("moved", mark("{0} moved to the nearest step")),
    ("doubled", mark("{0} at a time that was there already; the mean counts")),
    ("above", mark("{0} a little above full load, taken as full")),
    ("beyond", mark("{0} far above full load, taken as full")),
    ("below", mark("{0} a little below 0, taken as 0")),
)
"""What is said of samples to which something was done."""


@dataclass
class Loads:
    """Loads of a file before their unit is known.

    `loads` are as they stand, NaN where there is none; `lines` (which spread over their shape) say where; `place` makes
    rows x samples of them; `gap_line` is the line before the first gap in time, 0 where there is none. `invalid`: which
    were marked so.
    """

    names: list[str]
    loads: Floats
    lines: Ints
    said: list[str]
    titles: Sequence[Title] = ()
    named: bool = True
    step_s: float | None = None
    begin_s: float | None = None
    place: Callable[[Floats], Floats] = lambda loads: loads
    gap_line: Callable[[], int] = lambda: 0
    invalid: NDArray[np.bool_] | None = None


class NoSampleError(ImportFileError):
    """A file whose samples all are empty, or marked as invalid."""


def unit_of(table: ForeignFile, read: Loads, percent: bool, given: Cells | None) -> tuple[Cells, str]:
    """Percent or fraction, by titles, signs in the cells and size. Raises OpenQuestionError where that is open."""
    known = read.loads[~np.isnan(read.loads)]
    most = float(known.max()) if known.size else 0.0
    titles = read.titles
    percent = percent or (bool(titles) and all(title.is_percent for title in titles))
    fraction = bool(titles) and all(title.is_fraction for title in titles)
    unit = given
    if unit is None and len(titles) == 1 and not percent and titles[0].key in REQUESTS:
        unit = "rps" if titles[0].key in RATES or titles[0].unit else "requests"
    other = titles[0].other_unit if len(titles) == 1 and not percent else ""
    if unit is None and other:
        raise OpenQuestionError(
            tr("{0}: “{1}” is in {2}, which is no part of a VM's CPU.", table.name, titles[0].text, other), "cells"
        )
    if unit is None and percent and not fraction:
        unit = "percent"
    elif unit is None and fraction and not percent and most <= ABOVE:
        unit = "fraction"
    elif unit is None and not (percent or fraction) and (most > ABOVE or not most):
        unit = "percent"
    if unit is None:
        says = (
            tr("and its title says a fraction of 1")
            if fraction
            else tr("and nothing says whether percents or fractions")
        )
        raise OpenQuestionError(tr("{0}: the largest load is {1:g}, {2}.", table.name, most, says), "cells")
    if unit in OF_CPU:
        return unit, tr(OF_CPU[unit])
    if unit == "percent":
        return unit, tr("the cells are percents of a VM's CPU")
    return unit, tr("the cells are fractions of 1 of a VM's CPU")


def check_negative(table: ForeignFile, read: Loads) -> None:
    """Raise ImportFileError where a load is negative and no mark of "invalid"."""
    wrong = read.loads < INVALID[0]
    if wrong.any():
        line = int(np.broadcast_to(read.lines, wrong.shape)[wrong][0])
        raise table.wrong(line, tr("a load is {0:g}; a load cannot be negative.", float(read.loads[wrong][0])))


def repair(table: ForeignFile, read: Loads, full: float, counts: Counts) -> None:
    """Take noise and marks of "invalid" out of the loads. Raises ImportFileError for what is neither."""
    loads, lines = read.loads, np.broadcast_to(read.lines, read.loads.shape)
    counts.add("missing", lines[np.isnan(loads)])
    invalid = loads == INVALID[0]
    if 1 < full < math.inf:
        invalid |= loads == INVALID[1]
    counts.add("invalid", lines[invalid])
    loads[invalid] = np.nan
    read.invalid = invalid if invalid.any() else None
    beyond = loads > ABOVE * full
    if beyond.any():
        line, load = int(lines[beyond][0]), float(loads[beyond][0])
        unit = "percents" if full > 1 else "fractions"
        raise table.wrong(line, tr("a load is {0:g}; {1} of a VM's CPU are at most {2:g}.", load, unit, full))
    for what, noise, taken in (("below", loads < 0, 0.0), ("above", loads > full, full)):
        counts.add(what, lines[noise])
        loads[noise] = taken


def without_gaps(table: ForeignFile, read: Loads, counts: Counts) -> tuple[list[str], Floats, list[str]]:
    """Names and rows x samples without gaps; rows without any sample are left out, and that is said."""
    values = read.place(read.loads)
    empty = np.asarray(np.isnan(values).all(axis=1))
    if empty.all():
        raise NoSampleError(tr("{0} holds no valid sample.", table.name))
    none = [name for name, left in zip(read.names, empty.tolist()) if left]
    names = [name for name, left in zip(read.names, empty.tolist()) if not left]
    values = np.ascontiguousarray(values[~empty]) if none else values
    marks = read.place(np.where(read.invalid, 1.0, np.nan)) if read.invalid is not None else None
    missing = -int((np.isnan(values) & (marks[~empty] == 1.0)).sum()) if marks is not None else 0
    missing += hold(values)
    first = counts.found.pop("missing", (0, 0))[1]
    if missing > 0:
        counts.found["missing"] = missing, min((line for line in (first, read.gap_line()) if line), default=0)
    return names, values, [tr("left out, having no valid sample: {0}", listed(none))] if none else []


def sentences_of(counts: Counts, place: Callable[[str, int], str]) -> Iterator[str]:
    """A sentence for each thing that was done to samples; `place` says where the first stands by what was done, and its
    number there."""
    for what, sentence in _DONE:
        number, line = counts.found.get(what, (0, 0))
        if number:
            at = tr(" (first: {0})", place(what, line)) if line else ""
            yield tr(sentence, counted_samples(number)) + at


def stored(values: Floats, cells: Cells, step_s: float) -> NDArray[np.uint8] | Floats:
    """Loads as a trace keeps them: whole percents, fractions of 1, or requests a second."""
    if cells == "requests":
        return values / step_s
    if cells == "core_percent":
        return values / 100.0
    if cells == "percent":
        return values.astype(np.uint8) if bool((values == np.rint(values)).all()) else values / 100.0
    return values


def counted_samples(number: int) -> str:
    """A number of samples in words."""
    return trn("{0:,} sample", "{0:,} samples", number)


def listed(names: Sequence[str], most: int = 5) -> str:
    """Some names as a sentence shows them, the rest as a number."""
    shown = ", ".join(name[:60] for name in names[:most])
    return shown + (tr(" and {0:,} more", len(names) - most) if len(names) > most else "")
