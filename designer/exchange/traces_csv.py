"""Load over time from a CSV file: a row or a column a VM, a row a sample, or one machine's measures side by side.

Nothing is guessed silently: titles and the size of numbers are evidence together; where they disagree, or a title is
not understood, OpenQuestionError names what answers it. What was done to samples is counted and said with a line.
"""

from __future__ import annotations

import math
import re
from array import array
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import NoReturn

import numpy as np
from numpy.typing import NDArray

from designer.errors import ImportFileError
from designer.exchange.csv_table import Table
from designer.exchange.grid import MOST_CELLS, Counts, Floats, Ints, grid_of, hold, placed, placed_columns
from designer.exchange.numbers import Numbers, is_missing, numbers_of
from designer.exchange.questions import (
    SHAPE_WORDS,
    TIME_UNITS,
    TIME_WORDS,
    Answers,
    Cells,
    OpenQuestionError,
    Shape,
    TimeUnit,
)
from designer.exchange.titles import LOADS, NAMES, TIMES, Title, surest, title_of

DEFAULT_STEP_S = 300.0
LONGEST_STEP_S = 86_400.0
"""A longer step, of a time whose unit nobody names, is rather one in milliseconds."""
LATEST_S = 1e15
"""Farthest time from 0 that is taken for one."""
EPOCHS: tuple[tuple[float, TimeUnit], ...] = ((1e17, "ns"), (1e14, "us"), (1e11, "ms"), (1e8, "s"))
"""The least number that is a moment of our years in each unit since 1970."""
ABOVE = 1.1
"""Loads above full up to this part of it are full; what lies beyond is no noise."""
INVALID = (-1.0, 101.0)
"""Percents that monitoring writes for "invalid"."""

_DONE = (
    ("invalid", "{n} marked as invalid (-1 or 101) and held from the one before"),
    ("missing", "{n} empty and held from the one before"),
    ("moved", "{n} moved to the nearest step"),
    ("doubled", "{n} at a time that was there already; the mean counts"),
    ("above", "{n} a little above full load, taken as full"),
    ("below", "{n} a little below 0, taken as 0"),
)
"""What is said of samples to which something was done."""


@dataclass(frozen=True)
class Traces:
    """Recorded load: `values` is rows x samples, uint8 percents or float64 fractions of 1; `said` is for people.

    `named`: whether the file names its rows; otherwise `names` are their places. `done`: what was done to samples, by
    what (a key of the report): how many, and the line of the first.
    """

    values: NDArray[np.uint8] | NDArray[np.float64]
    names: list[str]
    step_s: float
    origin: str
    said: list[str] = field(default_factory=list)
    named: bool = True
    done: dict[str, tuple[int, int]] = field(default_factory=dict)


@dataclass
class _Read:
    """What was read of a file before its unit is known.

    `loads` are as they stand, NaN where there is none; `lines` (which spread over their shape) say where; `place` makes
    rows x samples of them.
    """

    names: list[str]
    loads: Floats
    lines: Ints
    said: list[str]
    titles: Sequence[Title] = ()
    named: bool = True
    step_s: float | None = None
    place: Callable[[Floats], Floats] = lambda loads: loads


def read_traces(path: Path, answers: Answers | None = None) -> Traces:
    """The traces of a CSV file. Raises ImportFileError that names the line, OpenQuestionError that names answers."""
    reader = _Reader(Table(path), answers or Answers())
    return reader.read()


class _Times:
    """The times of a column as they are read: numbers as they stand, dates as seconds."""

    def __init__(self) -> None:
        self.found, self.plain = array("d"), 0

    def add(self, moment: tuple[float, bool]) -> None:
        """Take one more."""
        self.found.append(moment[0])
        self.plain += moment[1]


class _Reader:
    """One file being read: the table, what was answered, and what was done so far."""

    def __init__(self, table: Table, answers: Answers) -> None:
        step_s = answers.step_s
        if step_s is not None and not 0 < step_s < math.inf:
            raise ImportFileError("The step must be longer than 0 s, and end.")
        self.table, self.answers, self.counts = table, answers, Counts()
        self.titles = [title_of(cell) for cell in table.header]
        self.numbers = Numbers()
        self.percent_cells = False

    def read(self) -> Traces:
        """The traces."""
        shape = self.answers.shape or self._shape()
        self.numbers = numbers_of(self.table, self._cells(), self.answers)
        read = {"rows": self._rows, "columns": self._columns, "long": self._long, "machine": self._machine}[shape]()
        self._must_not_be_negative(read)
        cells, unit_said = self._unit(read)
        self._repair(read, 100.0 if cells == "percent" else 1.0)
        names, loads, left_out = self._without_gaps(read)
        values = _stored(loads, cells)
        step = self.answers.step_s or read.step_s
        said = [] if step else [f"the file does not say how long a sample holds: {DEFAULT_STEP_S:g} s are assumed"]
        step = step or DEFAULT_STEP_S
        lead = f"{_count(values.shape[0], 'trace')} of {_count(values.shape[1], 'sample')}, {step:g} s apart"
        told = [lead, unit_said, *read.said, *said, *self.table.said, *left_out, *self._done()]
        return Traces(values, names, step, self.table.name, told, read.named, dict(self.counts.found))

    # -- the loads

    def _unit(self, read: _Read) -> tuple[Cells, str]:
        """Percent or fraction, by titles, signs in the cells and size. Raises OpenQuestionError where that is open."""
        known = read.loads[~np.isnan(read.loads)]
        most = float(known.max()) if known.size else 0.0
        titles = read.titles
        percent = self.percent_cells or (bool(titles) and all(title.is_percent for title in titles))
        fraction = bool(titles) and all(title.is_fraction for title in titles)
        unit = self.answers.cells
        if unit is None and percent and not fraction:
            unit = "percent"
        elif unit is None and fraction and not percent and most <= ABOVE:
            unit = "fraction"
        elif unit is None and not (percent or fraction) and (most > ABOVE or not most):
            unit = "percent"
        if unit is None:
            says = (
                "and its title says a fraction of 1" if fraction else "and nothing says whether percents or fractions"
            )
            raise OpenQuestionError(f"{self.table.name}: the largest load is {most:g}, {says}.", "cells")
        return unit, f"the cells are {'percents' if unit == 'percent' else 'fractions of 1'} of a VM's CPU"

    def _must_not_be_negative(self, read: _Read) -> None:
        wrong = read.loads < INVALID[0]
        if wrong.any():
            line = int(np.broadcast_to(read.lines, wrong.shape)[wrong][0])
            raise self.table.wrong(line, f"a load is {float(read.loads[wrong][0]):g}; a load cannot be negative.")

    def _repair(self, read: _Read, full: float) -> None:
        """Take noise and marks of "invalid" out of the loads. Raises ImportFileError for what is neither."""
        loads, lines = read.loads, np.broadcast_to(read.lines, read.loads.shape)
        self.counts.add("missing", lines[np.isnan(loads)])
        invalid = loads == INVALID[0]
        if full > 1:
            invalid |= loads == INVALID[1]
        self.counts.add("invalid", lines[invalid])
        loads[invalid] = np.nan
        beyond = loads > ABOVE * full
        if beyond.any():
            line, load = int(lines[beyond][0]), float(loads[beyond][0])
            unit = "percents" if full > 1 else "fractions"
            raise self.table.wrong(line, f"a load is {load:g}; {unit} of a VM's CPU are at most {full:g}.")
        for what, noise, taken in (("below", loads < 0, 0.0), ("above", loads > full, full)):
            self.counts.add(what, lines[noise])
            loads[noise] = taken

    def _without_gaps(self, read: _Read) -> tuple[list[str], Floats, list[str]]:
        """Names and rows x samples without gaps; rows without any sample are left out, and that is said."""
        values = read.place(read.loads)
        empty = np.asarray(np.isnan(values).all(axis=1))
        if empty.all():
            raise ImportFileError(f"{self.table.name} holds no valid sample.")
        none = [name for name, left in zip(read.names, empty.tolist()) if left]
        names = [name for name, left in zip(read.names, empty.tolist()) if not left]
        values = np.ascontiguousarray(values[~empty]) if none else values
        missing = hold(values) - self.counts.found.get("invalid", (0, 0))[0]
        first = self.counts.found.pop("missing", (0, 0))[1]
        if missing > 0:
            self.counts.found["missing"] = missing, first
        return names, values, [f"left out, having no valid sample: {listed(none)}"] if none else []

    def _done(self) -> Iterator[str]:
        for what, sentence in _DONE:
            number, line = self.counts.found.get(what, (0, 0))
            if number:
                at = f" (first: line {line:,})" if line else ""
                yield sentence.format(n=_count(number, "sample")) + at

    # -- the shape

    def _shape(self) -> Shape:
        """How the file is laid out, by its titles and first rows. Raises OpenQuestionError."""
        titles, given = self.titles, self.answers
        if given.name_column or (given.time_column and given.load_column):
            return "long" if given.name_column else "machine"
        name, time, load = (surest(titles, known) for known in (NAMES, TIMES, LOADS))
        first_time = titles[0].key in TIMES
        if name is not None and time is not None and load is not None:
            return "long"
        if first_time and (not self._is_number(self.table.header[-1]) or self._under_is_time()):
            return self._columns_or_machine()
        if load is not None and time is not None and name is None and not first_time:
            return self._columns_or_machine()
        if self._repeats_names():
            self._ask_columns(name, time, load)
        return "rows"

    def _columns_or_machine(self) -> Shape:
        others = [title for title in self.titles if title.key not in TIMES]
        measures = [title for title in others if title.is_measure]
        if not measures:
            return "columns"
        loads = [title for title in others if title.key in LOADS]
        if loads and len(measures) == len(others):
            return "machine"
        named = ", ".join(f"“{title.text}”" for title in measures[:3])
        raise OpenQuestionError(
            f"{self.table.name}: {named} may be VMs, or measures of one VM.", "shape", "load_column"
        )

    def _repeats_names(self) -> bool:
        """True when the first column holds the same text again: no file of a row a VM does."""
        body = [row[0].strip() for _, row in self.table.head[1:]]
        words = [cell for cell in body if cell and not self._is_number(cell)]
        return len(self.titles) > 2 and len(set(words)) < len(words)

    def _ask_columns(self, *found: int | None) -> NoReturn:
        missing = [what for what, place in zip(("name", "time", "load"), found) if place is None]
        titles = ", ".join(f"“{title.text}”" for title in self.titles[:8])
        raise OpenQuestionError(
            f"{self.table.name} has a row a sample; which of {titles} is the VM's {' and the '.join(missing)}?",
            *(f"{what}_column" for what in missing),
        )

    def _is_number(self, text: str) -> bool:
        try:
            self.numbers.with_unit(text, "fraction")
        except ValueError:
            return False
        return True

    def _under_is_time(self) -> bool:
        return len(self.table.head) > 1 and _moment(self.table.head[1][1][0], Numbers()) is not None

    def _column(self, title: str, known: Sequence[str], what: str) -> int:
        """The column of an answered title, or of the surest known one. Raises OpenQuestionError."""
        if title:
            places = [n for n, found in enumerate(self.titles) if found.text.lower() == title.strip().lower()]
            if not places:
                raise ImportFileError(f"{self.table.name} has no column “{title}”.")
            return places[0]
        place = surest(self.titles, known)
        if place is None:
            titles = ", ".join(f"“{found.text}”" for found in self.titles[:8])
            raise OpenQuestionError(f"{self.table.name}: which of {titles} is the {what}?", f"{what}_column")
        return place

    # -- cells

    def _cells(self) -> Iterator[tuple[int, str]]:
        """All cells in which a decimal sign may stand, where the separator leaves one open."""
        if self.table.separator == "," and not self.table.quoted:
            return
        for line, row in self.table:
            yield from ((line, cell) for cell in row if "," in cell or "." in cell)

    def _value(self, line: int, text: str, what: str) -> float:
        """The number of a cell, NaN where there is none. Raises ImportFileError."""
        if is_missing(text):
            return math.nan
        try:
            value, factor = self.numbers.with_unit(text, "fraction")
        except ValueError:
            raise self.table.wrong(line, f"“{text.strip()[:40]}” ({what}) is not a number.") from None
        if not math.isfinite(value):
            raise self.table.wrong(line, f"{what} is “{text.strip()[:40]}”; a load must be a finite number.")
        self.percent_cells = self.percent_cells or factor is not None
        return value

    def _numbers(self, line: int, cells: Sequence[str], first: int) -> Floats:
        """The numbers of a row; `first` is the number of its first column."""
        whole = "".join(cells)
        if self.numbers.decimal == "point" and whole.isascii() and "_" not in whole and "n" not in whole.lower():
            try:
                loads = np.fromiter(map(float, cells), np.float64, len(cells))
                if np.isfinite(loads).all():
                    return loads
            except ValueError:
                pass
        return np.array([self._value(line, cell, f"column {n}") for n, cell in enumerate(cells, first)])

    def _moment(self, line: int, text: str) -> tuple[float, bool]:
        """The time of a cell, and whether it is a number. Raises ImportFileError."""
        moment = _moment(text, self.numbers)
        if moment is None:
            raise self.table.wrong(line, f"“{text.strip()[:40]}” is neither a number of seconds nor a date and time.")
        if not abs(moment[0]) < LATEST_S * (1e9 if moment[1] else 1):
            raise self.table.wrong(line, f"“{text.strip()[:40]}” is no moment.")
        return moment

    def _seconds(self, times: _Times, title: Title) -> Floats:
        """Times in seconds. Raises OpenQuestionError when their unit is open."""
        found = np.array(times.found)
        if times.plain and times.plain < found.size:
            raise ImportFileError(f"{self.table.name}: some cells of “{title.text}” are dates and others are numbers.")
        if not times.plain:
            return found
        seconds = np.asarray(found * TIME_UNITS[self._time_unit(found, title)])
        if not np.all(np.abs(seconds) < LATEST_S):
            raise ImportFileError(f"{self.table.name}: “{title.text}” holds a number that is no moment.")
        return seconds

    def _time_unit(self, times: Floats, title: Title) -> str:
        """The unit of times that are numbers, by title and size. Raises OpenQuestionError when they disagree."""
        if self.answers.time_unit is not None:
            return self.answers.time_unit
        says, least = title.time_unit, float(times.min())
        size = next((unit for low, unit in EPOCHS if least >= low), "")
        if says and size and says != size:
            year = datetime.fromtimestamp(least * TIME_UNITS[size], UTC).year
            raise OpenQuestionError(
                f"{self.table.name}: “{title.text}” says {TIME_WORDS[says]}, but {least:.0f} is a time of {year} in "
                f"{TIME_WORDS[size]}.",
                "time_unit",
            )
        gaps = np.sort(np.diff(np.unique(times)))
        usual = float(gaps[(gaps.size - 1) // 2]) if gaps.size else 0.0
        if not says and not size and usual > LONGEST_STEP_S and not self.answers.step_s:
            raise OpenQuestionError(
                f"{self.table.name}: “{title.text}” names no unit, and in seconds its samples would be "
                f"{usual / 86_400:,.0f} days apart.",
                "time_unit",
            )
        return says or size or "s"

    def _check_size(self, rows: int, samples: int) -> None:
        if rows * samples > MOST_CELLS:
            raise ImportFileError(
                f"{self.table.name}: {rows:,} x {samples:,} samples are more than {MOST_CELLS:,}; split it."
            )

    # -- the shapes

    def _rows(self) -> _Read:
        """A row a VM, perhaps with names in front, perhaps under a header."""
        table, head = self.table, self.table.header
        key = self.titles[0].key
        names_it = key in NAMES or key in TIMES or (not head[0] and len(table.head) > 1)
        has_header = names_it or (len(head) > 1 and not any(self._is_number(cell) for cell in head))
        body = table.head[1:] if has_header else table.head
        if not body:
            raise ImportFileError(f"{table.name} has a header but no traces under it.")
        in_front = names_it or not self._is_number(body[0][1][0]) or (has_header and not _alike(head[0], head[1]))
        front = 1 if in_front else 0
        names: list[str] = []
        lines, values = [], []
        for n, (line, row) in enumerate(table):
            if has_header and not n:
                continue
            row = table.fitted(line, row, len(head), "the header has" if has_header else "the rows before have")
            if len(row) <= front:
                raise table.wrong(line, "there are no samples after the name.")
            names.append(row[0].strip() if front else str(len(names)))
            values.append(self._numbers(line, row[front:], front + 1))
            lines.append(line)
            self._check_size(len(values), len(row) - front)
        said = [f"{SHAPE_WORDS['rows']}{', its name in front' if front else ''}"]
        read = _Read(names, np.vstack(values), np.array(lines)[:, None], said, named=bool(front))
        times = head[front:] if has_header else []
        if times and all(_moment(time, Numbers()) is not None for time in times):
            line, moments = table.head[0][0], _Times()
            for text in times:
                moments.add(self._moment(line, text))
            self._on_grid(read, moments, [line] * len(times), self.titles[0])
        return read

    def _columns(self) -> _Read:
        """A column a VM beside the times."""
        time = self._column(self.answers.time_column, TIMES, "time")
        places = [n for n in range(len(self.titles)) if n != time]
        return self._by_columns(time, places, [self.titles[n].text for n in places], SHAPE_WORDS["columns"])

    def _machine(self) -> _Read:
        """One machine, its load in one of several columns."""
        time = self._column(self.answers.time_column, TIMES, "time")
        load = self._column(self.answers.load_column, LOADS, "load")
        name = self.table.name.partition(".")[0] or "0"
        others = [title.text for n, title in enumerate(self.titles) if n not in (time, load) and title.text]
        said = f"the file is one VM, its load is “{self.titles[load].text}”"
        return self._by_columns(
            time, [load], [name], said + (f"; not used: {', '.join(others)}" if others else ""), False
        )

    def _by_columns(self, time: int, places: list[int], names: list[str], said: str, named: bool = True) -> _Read:
        table, width = self.table, len(self.titles)
        while named and places and not names[-1]:  # a separator at the end of each line
            places, names = places[:-1], names[:-1]
        if not places:
            raise ImportFileError(f"{table.name} has a column of times but no load beside it.")
        times, lines, values = _Times(), array("q"), []
        for n, (line, row) in enumerate(table):
            if not n:
                continue
            row = table.fitted(line, row, width)
            times.add(self._moment(line, row[time]))
            lines.append(line)
            values.append(self._numbers(line, [row[place] for place in places], places[0] + 1))
            self._check_size(len(places), len(lines))
        if not lines:
            raise ImportFileError(f"{table.name} has a header but no samples under it.")
        matrix = np.ascontiguousarray(np.vstack(values).T)
        read = _Read(names, matrix, np.array(lines), [said], [self.titles[place] for place in places], named)
        self._on_grid(read, times, lines, self.titles[time])
        return read

    def _long(self) -> _Read:
        """A row a sample, with the VM's name, the time and the load."""
        table, answers = self.table, self.answers
        at_name = self._column(answers.name_column, NAMES, "name")
        at_time = self._column(answers.time_column, TIMES, "time")
        at_load = self._column(answers.load_column, LOADS, "load")
        names: dict[str, int] = {}
        who, lines, loads, times = array("q"), array("q"), array("d"), _Times()
        for n, (line, row) in enumerate(table):
            if not n:
                continue
            row = table.fitted(line, row, len(self.titles))
            who.append(names.setdefault(row[at_name].strip(), len(names)))
            times.add(self._moment(line, row[at_time]))
            loads.append(self._value(line, row[at_load], self.titles[at_load].text))
            lines.append(line)
            self._check_size(1, len(lines))
        if not who:
            raise ImportFileError(f"{table.name} has a header but no samples under it.")
        whose, when = np.array(who), self._seconds(times, self.titles[at_time])
        at_lines, values = np.array(lines), np.array(loads)
        grid = grid_of(table, whose, when, at_lines, self.counts, answers.step_s)
        self._check_size(len(names), grid.samples)
        return _Read(
            list(names), values, at_lines, [SHAPE_WORDS["long"]], [self.titles[at_load]], step_s=grid.step_s,
            place=lambda found: placed(grid, whose, found, len(names)),
        )  # fmt: skip

    def _on_grid(self, read: _Read, times: _Times, lines: Sequence[int], title: Title) -> None:
        """Put the columns of what was read at their places in time."""
        when = self._seconds(times, title)
        at_lines = np.array(lines)
        grid = grid_of(self.table, np.zeros(when.size, np.int64), when, at_lines, self.counts, self.answers.step_s)
        self._check_size(len(read.names), grid.samples)
        read.place, read.step_s = partial(placed_columns, grid), grid.step_s


def _stored(values: Floats, cells: Cells) -> NDArray[np.uint8] | Floats:
    """Loads as a trace keeps them: whole percents, or fractions of 1."""
    if cells == "percent":
        return values.astype(np.uint8) if bool((values == np.rint(values)).all()) else values / 100.0
    return values


def _alike(one: str, other: str) -> bool:
    """True for names that differ in their numbers only, as those of samples do."""
    return re.sub(r"\d+", "", one) == re.sub(r"\d+", "", other)


def _moment(text: str, numbers: Numbers) -> tuple[float, bool] | None:
    """A number as it is (True), a date and time as seconds since 1970 (False); None for anything else."""
    compact = text.strip()
    try:
        return numbers.read(compact), True
    except ValueError:
        pass
    try:
        moment = datetime.fromisoformat(compact) if compact.isascii() else None
    except ValueError:
        return None
    if moment is None:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp(), False


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def listed(names: Sequence[str], most: int = 5) -> str:
    """Some names as a sentence shows them, the rest as a number."""
    shown = ", ".join(name[:60] for name in names[:most])
    return shown + (f" and {len(names) - most:,} more" if len(names) > most else "")
