"""Load over time from a CSV file: a row or a column a VM, a row a sample, or one machine's measures side by side.

Nothing is guessed silently: titles and the size of numbers are evidence together; where they disagree, or a title is
not understood, OpenQuestionError names what answers it. What was done to samples is counted and said with a line.
"""

from __future__ import annotations

import math
import re
from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from designer.errors import ImportFileError
from designer.exchange.csv_table import CsvTable
from designer.exchange.grid import MOST_CELLS, Counts, grid_of, placed, placed_columns
from designer.exchange.numbers import Numbers
from designer.exchange.questions import SHAPE_WORDS, Answers
from designer.exchange.titles import LOADS, NAMES, TIMES, Title
from designer.exchange.traces import loads
from designer.exchange.traces.cells import CellReader
from designer.exchange.traces.loads import Loads, counted_samples
from designer.exchange.traces.shape import Layout, is_number
from designer.exchange.traces.times import Times, moment_of, seconds_of
from designer.words import mark, tr, trn

DEFAULT_STEP_S = 300.0


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


def read_traces(path: Path, answers: Answers | None = None) -> Traces:
    """The traces of a CSV file. Raises ImportFileError that names the line, OpenQuestionError that names answers."""
    return _Reader(CsvTable(path), answers or Answers()).read()


class _Reader:
    """Reads one table as the shape that it has; `counts` is what was done to samples so far."""

    def __init__(self, table: CsvTable, answers: Answers) -> None:
        step_s = answers.step_s
        if step_s is not None and not 0 < step_s < math.inf:
            raise ImportFileError(tr("The step must be longer than 0 s, and end."))
        self.table, self.answers, self.counts = table, answers, Counts()
        self.layout = Layout(table, answers)
        self.titles = self.layout.titles
        self.shape = answers.shape or self.layout.shape()
        self.cells = CellReader(table, answers)

    def read(self) -> Traces:
        """The traces."""
        shapes = {"rows": self._rows, "columns": self._columns, "long": self._long, "machine": self._machine}
        read = shapes[self.shape]()
        loads.check_negative(self.table, read)
        cells, unit_said = loads.unit_of(self.table, read, self.cells.percent, self.answers.cells)
        loads.repair(self.table, read, 100.0 if cells == "percent" else 1.0, self.counts)
        names, filled, left_out = loads.without_gaps(self.table, read, self.counts)
        values = loads.stored(filled, cells)
        step = self.answers.step_s or read.step_s
        said = (
            [] if step else [tr("the file does not say how long a sample holds: {0:g} s are assumed", DEFAULT_STEP_S)]
        )
        step = step or DEFAULT_STEP_S
        lead = tr(
            "{0} of {1}, {2:g} s apart",
            trn("{0:,} trace", "{0:,} traces", values.shape[0]),
            counted_samples(values.shape[1]),
            step,
        )
        told = [lead, unit_said, *read.said, *said, *self.table.said, *left_out, *loads.sentences_of(self.counts)]
        return Traces(values, names, step, self.table.name, told, read.named, dict(self.counts.found))

    def _rows(self) -> Loads:
        """A row a VM, perhaps with names in front, perhaps under a header."""
        table, head = self.table, self.table.header
        key = self.titles[0].key
        names_it = key in NAMES or key in TIMES or (not head[0] and len(table.head) > 1)
        has_header = names_it or (len(head) > 1 and not any(is_number(cell, self.cells.numbers) for cell in head))
        body = table.head[1:] if has_header else table.head
        if not body:
            raise ImportFileError(tr("{0} has a header but no traces under it.", table.name))
        in_front = (
            names_it
            or not is_number(body[0][1][0], self.cells.numbers)
            or (has_header and not _alike(head[0], head[1]))
        )
        front = 1 if in_front else 0
        names: list[str] = []
        lines, values = [], []
        where = mark("the header has") if has_header else mark("the rows before have")
        for n, (line, row) in enumerate(table):
            if has_header and not n:
                continue
            row = table.fitted(line, row, len(head), where)
            if len(row) <= front:
                raise table.wrong(line, tr("there are no samples after the name."))
            names.append(row[0].strip() if front else str(len(names)))
            values.append(self.cells.row(line, row[front:], front + 1))
            lines.append(line)
            self._check_size(len(values), len(row) - front)
        said = [tr(SHAPE_WORDS["rows"]) + (tr(", its name in front") if front else "")]
        read = Loads(names, np.vstack(values), np.array(lines)[:, None], said, named=bool(front))
        times = head[front:] if has_header else []
        if times and all(moment_of(time, Numbers()) is not None for time in times):
            line, moments = table.head[0][0], Times()
            for text in times:
                moments.add(self.cells.moment(line, text))
            self._on_grid(read, moments, [line] * len(times), self.titles[0])
        return read

    def _columns(self) -> Loads:
        """A column a VM beside the times."""
        time = self.layout.column(self.answers.time_column, TIMES, "time")
        places = [n for n in range(len(self.titles)) if n != time]
        return self._by_columns(time, places, [self.titles[n].text for n in places], SHAPE_WORDS["columns"])

    def _machine(self) -> Loads:
        """One machine, its load in one of several columns."""
        time = self.layout.column(self.answers.time_column, TIMES, "time")
        load = self.layout.column(self.answers.load_column, LOADS, "load")
        name = self.table.name.partition(".")[0] or "0"
        others = [title.text for n, title in enumerate(self.titles) if n not in (time, load) and title.text]
        said = tr("the file is one VM, its load is “{0}”", self.titles[load].text)
        return self._by_columns(
            time, [load], [name], said + (tr("; not used: {0}", ", ".join(others)) if others else ""), False
        )

    def _by_columns(self, time: int, places: list[int], names: list[str], said: str, named: bool = True) -> Loads:
        table, width = self.table, len(self.titles)
        while named and places and not names[-1]:  # a separator at the end of each line
            places, names = places[:-1], names[:-1]
        if not places:
            raise ImportFileError(tr("{0} has a column of times but no load beside it.", table.name))
        times, lines, values = Times(), array("q"), []
        for n, (line, row) in enumerate(table):
            if not n:
                continue
            row = table.fitted(line, row, width)
            times.add(self.cells.moment(line, row[time]))
            lines.append(line)
            values.append(self.cells.row(line, [row[place] for place in places], places[0] + 1))
            self._check_size(len(places), len(lines))
        if not lines:
            raise ImportFileError(tr("{0} has a header but no samples under it.", table.name))
        matrix = np.ascontiguousarray(np.vstack(values).T)
        read = Loads(names, matrix, np.array(lines), [said], [self.titles[place] for place in places], named)
        self._on_grid(read, times, lines, self.titles[time])
        return read

    def _long(self) -> Loads:
        """A row a sample, with the VM's name, the time and the load."""
        table, answers = self.table, self.answers
        at_name = self.layout.column(answers.name_column, NAMES, "name")
        at_time = self.layout.column(answers.time_column, TIMES, "time")
        at_load = self.layout.column(answers.load_column, LOADS, "load")
        names: dict[str, int] = {}
        who, lines, loads, times = array("q"), array("q"), array("d"), Times()
        for n, (line, row) in enumerate(table):
            if not n:
                continue
            row = table.fitted(line, row, len(self.titles))
            who.append(names.setdefault(row[at_name].strip(), len(names)))
            times.add(self.cells.moment(line, row[at_time]))
            loads.append(self.cells.value(line, row[at_load], self.titles[at_load].text))
            lines.append(line)
            self._check_size(1, len(lines))
        if not who:
            raise ImportFileError(tr("{0} has a header but no samples under it.", table.name))
        whose, when = np.array(who), seconds_of(table, times, self.titles[at_time], answers)
        at_lines, values = np.array(lines), np.array(loads)
        grid = grid_of(table, whose, when, at_lines, self.counts, answers.step_s)
        self._check_size(len(names), grid.samples)
        return Loads(
            list(names), values, at_lines, [SHAPE_WORDS["long"]], [self.titles[at_load]], step_s=grid.step_s,
            place=lambda found: placed(grid, whose, found, len(names)),
        )  # fmt: skip

    def _on_grid(self, read: Loads, times: Times, lines: Sequence[int], title: Title) -> None:
        """Put the columns of what was read at their places in time."""
        when = seconds_of(self.table, times, title, self.answers)
        at_lines = np.array(lines)
        grid = grid_of(self.table, np.zeros(when.size, np.int64), when, at_lines, self.counts, self.answers.step_s)
        self._check_size(len(read.names), grid.samples)
        read.place, read.step_s = partial(placed_columns, grid), grid.step_s

    def _check_size(self, rows: int, samples: int) -> None:
        if rows * samples > MOST_CELLS:
            raise ImportFileError(
                tr(
                    "{0}: {1:,} x {2:,} samples are more than {3:,}; split it.",
                    self.table.name,
                    rows,
                    samples,
                    MOST_CELLS,
                )
            )


def _alike(one: str, other: str) -> bool:
    """True for names that differ in their numbers only, as those of samples do."""
    return re.sub(r"\d+", "", one) == re.sub(r"\d+", "", other)
