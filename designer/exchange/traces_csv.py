"""Load over time from files of monitoring: a row or a column a VM, a row a sample, one machine's measures
side by side, JSON, or a folder of such files.

Nothing is guessed silently: titles and the size of numbers are evidence together; where they disagree, or a title is
not understood, OpenQuestionError names what answers it. What was done to samples is counted and said with a line.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from designer.errors import ImportFileError
from designer.exchange.csv_table import CsvTable
from designer.exchange.going import Going, unheard
from designer.exchange.grid import MOST_CELLS, Counts, grid_of, hold, line_before_gap, placed, placed_columns
from designer.exchange.questions import SHAPE_WORDS, Answers
from designer.exchange.source import ForeignFile
from designer.exchange.titles import LOADS, NAMES, TIMES, Title
from designer.exchange.traces import loads
from designer.exchange.traces.cells import CellReader
from designer.exchange.traces.folder import Done, Together, files_of, is_gwa, joined, read_gwa, together
from designer.exchange.traces.forms import form_of, plain_name
from designer.exchange.traces.loads import Loads, counted_samples
from designer.exchange.traces.measures import MeasureColumns
from designer.exchange.traces.series import is_json, read_series
from designer.exchange.traces.shape import Layout, alike, is_number
from designer.exchange.traces.times import Times, moment_of, seconds_of, times_of_day
from designer.words import mark, tr, trn

DEFAULT_STEP_S = 300.0
Scale = Literal["vm", "mhz", "core", "rps"]
SCALES: dict[str, Scale] = {"mhz": "mhz", "core_percent": "core", "rps": "rps", "requests": "rps"}
"""What values of a unit are a part of, other than of a VM's CPU."""


@dataclass(frozen=True)
class Traces:
    """Recorded load: `values` is rows x samples, uint8 percents or float64 fractions of 1; `said` is for people.

    `named`: whether the file names its rows; otherwise `names` are their places. `done`: what was done to samples, by
    what (a key of the report): how many, and the line of the first. `scale`: what 1 is: the CPU of the VM, one MHz, one
    core, or one request a second of a service. `begin_s`: the time of the first sample, None where the file tells none.
    `memory`: the part of its memory that each VM uses, where that is told.
    """

    values: NDArray[np.uint8] | NDArray[np.float64]
    names: list[str]
    step_s: float
    origin: str
    said: list[str] = field(default_factory=list)
    named: bool = True
    scale: Scale = "vm"
    begin_s: float | None = None
    memory: NDArray[np.float64] | None = None
    done: dict[str, tuple[int, int]] = field(default_factory=dict)


def read_traces(path: Path, answers: Answers | None = None, going: Going = unheard) -> Traces:
    """The traces of a CSV file, of JSON from monitoring, or of a folder of them; `going` hears how much is read, and
    may raise. Raises ImportFileError that names the line, OpenQuestionError that names answers."""
    answers = answers or Answers()
    if path.is_dir():
        return _folder(path, answers, going)
    step_s = answers.step_s
    if step_s is not None and not 0 < step_s < math.inf:
        raise ImportFileError(tr("The step must be longer than 0 s, and finite."))
    if is_json(path):
        counts = Counts()
        source, read, percent = read_series(path, answers, counts, going)
        return _finished(source, read, percent, answers, counts)
    table = CsvTable(path, going)
    form = form_of(table)
    if form is not None:
        table.entitle(form.titles, form.passed)
        table.said.append(form.said)
    return _Reader(table, answers).read()


def _finished(source: ForeignFile, read: Loads, percent: bool, answers: Answers, counts: Counts) -> Traces:
    """Loads without noise and gaps, in the unit that they are kept in."""
    loads.check_negative(source, read)
    cells, unit_said = loads.unit_of(source, read, percent, answers.cells)
    loads.repair(source, read, {"percent": 100.0, "fraction": 1.0}.get(cells, math.inf), counts)
    names, filled, left_out = loads.without_gaps(source, read, counts)
    step = answers.step_s or read.step_s
    said = [] if step else [tr("the file does not say how long a sample holds: {0:g} s are assumed", DEFAULT_STEP_S)]
    step = step or DEFAULT_STEP_S
    values = loads.stored(filled, cells, step)
    told = [_lead(values.shape, step), unit_said, *read.said, *said, *source.said, *left_out,
            *loads.sentences_of(counts, lambda _, line: source.place(line))]  # fmt: skip
    return Traces(values, names, step, source.name, told, read.named, SCALES.get(cells, "vm"), read.begin_s,
                  done=dict(counts.found))  # fmt: skip


def _lead(shape: tuple[int, ...], step: float) -> str:
    return tr(
        "{0} of {1}, {2:g} s apart", trn("{0:,} trace", "{0:,} traces", shape[0]), counted_samples(shape[1]), step
    )


def _folder(path: Path, answers: Answers, going: Going) -> Traces:
    """The files of a folder as one."""
    files, done, left_out = files_of(path), Done(), list[str]()
    in_one_go = is_gwa(files[0])
    machines, read = [], []
    for n, file in enumerate(files):
        try:
            if in_one_go:
                machines.append(read_gwa(file, done))
            else:
                read.append(read_traces(file, answers))
        except loads.NoSampleError:
            left_out.append(file.name)
        going(n / len(files))
    if not machines and not read:
        raise loads.NoSampleError(tr("{0} holds no valid sample.", path.name))
    found = together(machines, path.name, answers, done) if in_one_go else joined(read, path.name, answers, done)
    return _of_folder(path, found, done, left_out)


def _of_folder(path: Path, found: Together, done: Done, left_out: list[str]) -> Traces:
    """The files of a folder without gaps, and what is said of them."""
    kept = np.asarray(~np.isnan(found.cpu).all(axis=1))
    left_out = left_out + [name for name, keeps in zip(found.names, kept.tolist()) if not keeps]
    cpu, ram = found.cpu[kept], None if found.ram is None else found.ram[kept]
    if not cpu.size:
        raise ImportFileError(tr("{0} holds no valid sample.", path.name))
    hold(cpu)
    held, line = done.counts.found.pop("missing", (0, 0))
    if held + found.missing:
        file, at = found.gap if not line else (done.files["missing"], line)
        done.counts.found["missing"], done.files["missing"] = (held + found.missing, at), file
    left = [tr("left out, having no valid sample: {0}", loads.listed(left_out))] if left_out else []
    said = [_lead(cpu.shape, found.step_s), *found.said, *left, *loads.sentences_of(done.counts, done.place)]
    if ram is not None:
        hold(ram)
        said.append(tr("memory in use is read, too"))
    names = [name for name, keeps in zip(found.names, kept.tolist()) if keeps]
    return Traces(loads.stored(cpu, "percent", found.step_s), names, found.step_s, path.name, said,
                  begin_s=found.begin_s, memory=ram, done=done.counts.found)  # fmt: skip


class _Reader:
    """Reads one table as the shape that it has; `counts` is what was done to samples so far."""

    def __init__(self, table: CsvTable, answers: Answers) -> None:
        self.table, self.answers, self.counts = table, answers, Counts()
        self.layout = Layout(table, answers)
        self.titles = self.layout.titles
        self.shape = answers.shape or self.layout.shape()
        self.cells = CellReader(table, answers)

    def read(self) -> Traces:
        """The traces."""
        shapes = {"rows": self._rows, "columns": self._columns, "long": self._long, "machine": self._machine}
        read = shapes[self.shape]()
        return _finished(self.table, read, self.cells.percent, self.answers, self.counts)

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
            names_it or not is_number(body[0][1][0], self.cells.numbers) or (has_header and not alike(head[0], head[1]))
        )
        front = 1 if in_front else 0
        samples = self.layout.samples(front) if has_header else slice(front, self.layout.filled())
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
            values.append(self.cells.row(line, row[samples], (samples.start or 0) + 1))
            lines.append(line)
            self._check_size(len(values), len(row) - front)
        said = [tr(SHAPE_WORDS["rows"]) + (tr(", its name in front") if front else "")]
        read = Loads(names, np.vstack(values), np.array(lines)[:, None], said, named=bool(front))
        times = head[samples] if has_header else []
        if len(times) == 1:
            read.titles = self.titles[samples]
        moments = self._moments_of(table.head[0][0], times)
        if moments is not None:
            self._on_grid(read, moments, [table.head[0][0]] * len(times), self.titles[0])
        return read

    def _moments_of(self, line: int, titles: list[str]) -> Times | None:
        """The times that a header tells, or None: titles, and the numbers of samples (0, 1, 2), are none."""
        moments = Times()
        for of_day in times_of_day(titles) or ():
            moments.add((of_day, False))
        if moments.found or not titles:
            return moments if moments.found else None
        if any(moment_of(text, self.cells.numbers, self.cells.dates) is None for text in titles):
            return None
        for text in titles:
            moments.add(self.cells.moment(line, text))
        says = self.titles[0].is_time or self.answers.time_unit
        counted = not says and len(titles) > 1 and all(map(str.isdecimal, titles)) and moments.found[0] in (0, 1)
        return None if counted and np.all(np.diff(moments.found) == 1) else moments

    def _columns(self) -> Loads:
        """A column a VM beside the times."""
        time = self.layout.column(self.answers.time_column, TIMES, "time")
        places = [n for n in range(len(self.titles)) if n != time]
        return self._by_columns(time, places, [plain_name(self.titles[n].text) for n in places], SHAPE_WORDS["columns"])

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
        measures = MeasureColumns(table, self.titles, {at_name, at_time, at_load}, self.titles[at_load])
        for n, (line, row) in enumerate(table):
            if not n:
                continue
            row = table.fitted(line, row, len(self.titles))
            who.append(names.setdefault(row[at_name].strip(), len(names)))
            times.add(self.cells.moment(line, row[at_time]))
            loads.append(self.cells.value(line, row[at_load], self.titles[at_load].text))
            measures.add(row)
            lines.append(line)
            self._check_size(1, len(lines))
        if not who:
            raise ImportFileError(tr("{0} has a header but no samples under it.", table.name))
        whose, when = np.array(who), seconds_of(table, times, self.titles[at_time], answers)
        at_lines, values = np.array(lines), np.array(loads)
        kept = measures.chosen(whose, when, answers)
        if kept is not None:
            whose, when, at_lines, values = whose[kept], when[kept], at_lines[kept], values[kept]
        grid = grid_of(table, whose, when, at_lines, self.counts, answers.step_s)
        self._check_size(len(names), grid.samples)
        return Loads(
            list(names), values, at_lines, [SHAPE_WORDS["long"]], [self.titles[at_load]], step_s=grid.step_s,
            begin_s=float(when.min()), place=lambda found: placed(grid, whose, found, len(names)),
            gap_line=lambda: line_before_gap(whose, grid.places, grid.samples, at_lines),
        )  # fmt: skip

    def _on_grid(self, read: Loads, times: Times, lines: Sequence[int], title: Title) -> None:
        """Put the columns of what was read at their places in time."""
        when = seconds_of(self.table, times, title, self.answers)
        at_lines, one = np.array(lines), np.zeros(when.size, np.int64)
        grid = grid_of(self.table, one, when, at_lines, self.counts, self.answers.step_s)
        self._check_size(len(read.names), grid.samples)
        read.place, read.step_s, read.begin_s = partial(placed_columns, grid), grid.step_s, float(when.min())
        read.gap_line = lambda: line_before_gap(one, grid.places, grid.samples, at_lines)

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
