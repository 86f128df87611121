"""A folder of traces as one: a file for each VM, each on the same grid of times; GWA-T-12's form is read in one go."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from designer.errors import ImportFileError
from designer.exchange.grid import (
    MOST_CELLS,
    Counts,
    Floats,
    Grid,
    Ints,
    line_before_gap,
    placed,
    places_of_row,
    table_too_large,
    usual_step,
)
from designer.exchange.questions import Answers, OpenQuestionError
from designer.exchange.source import ForeignFile
from designer.exchange.text_file import blocks
from designer.exchange.traces.loads import ABOVE, Loads, check_negative, repair
from designer.exchange.traces.series import is_json
from designer.words import tr, trn

MOST_FILES = 100_000
ENDS = (".csv", ".txt", ".gz", ".xz", ".json")
"""Ends of names of files that are read; others of a folder are passed over."""
GWA = b"Timestamp [ms];"
"""How each file of the Bitbrains traces begins (Grid Workloads Archive, GWA-T-12)."""
TIME, CPU, RAM, RAM_USED = 0, 4, 5, 6
"""Columns of its files: time, percent of the VM's CPU, memory that it has and that it uses in KB."""
MILLISECONDS = 1e11
"""A time from here on is in milliseconds; the files' titles say so, and their numbers are seconds."""


@dataclass(frozen=True)
class Machine:
    """The samples of one VM in order of time: when (seconds), percents of its CPU, the part of its memory in use (NaN:
    not known), the lines where they stand in a `file`, and which were marked as `invalid`."""

    name: str
    when: Floats
    cpu: Floats
    ram: Floats
    lines: Ints
    invalid: NDArray[np.bool_]
    file: str = ""


@dataclass(frozen=True)
class Together:
    """The samples of all VMs of a folder, rows x samples, NaN where there is none; `ram` is None where no file tells
    it. `missing`: how many are empty in rows that have a sample; `gap`: the file and the line before the first gap."""

    names: list[str]
    cpu: Floats
    ram: Floats | None
    step_s: float
    begin_s: float
    said: list[str]
    missing: int
    gap: tuple[str, int]


class Done:
    """What was done to the samples of several files, with the file of the first."""

    def __init__(self) -> None:
        self.counts, self.files = Counts(), dict[str, str]()

    def take(self, file: str, found: Mapping[str, tuple[int, int]]) -> None:
        """Add what was done in a file."""
        for what, (number, line) in found.items():
            before, first = self.counts.found.get(what, (0, 0))
            self.counts.found[what] = before + number, first or line
            if line:
                self.files.setdefault(what, file)

    def place(self, what: str, number: int) -> str:
        """Where the first stands to which something was done, in words."""
        file = self.files.get(what, "")
        return f"{file}, {ForeignFile(file, is_json(Path(file))).place(number)}"


def files_of(folder: Path) -> list[Path]:
    """The files of traces in a folder, by name, numbers in order. Raises ImportFileError."""
    try:
        found = [path for path in folder.iterdir() if path.suffix.lower() in ENDS and path.is_file()]
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise ImportFileError(tr("{0} cannot be read: {1}.", folder.name, reason)) from None
    if not found:
        raise ImportFileError(tr("{0} cannot be read: it holds no file of traces ({1}).", folder.name, ", ".join(ENDS)))
    if len(found) > MOST_FILES:
        raise ImportFileError(tr("{0} holds more than {1:,} files.", folder.name, MOST_FILES))
    return sorted(found, key=lambda path: (len(path.name), path.name))


def is_gwa(path: Path) -> bool:
    """Whether a file has the form of GWA-T-12."""
    return next(blocks(path), b"").startswith(GWA)


def read_gwa(path: Path, done: Done) -> Machine:
    """The samples of a VM, without noise and marks of "invalid". Raises ImportFileError that names the line."""
    found, source, counts = _table_of(path), ForeignFile(path.name), Counts()
    lines = np.arange(found.shape[0]) + 2
    if not found.size:
        raise ImportFileError(tr("{0} is not of the form of GWA-T-12: {1}.", path.name, tr("it has no samples")))
    bad = ~np.isfinite(found[:, 0])
    if bad.any():
        raise source.wrong(int(lines[bad][0]), tr("its time is not a number."))
    when, cpu = found[:, 0] / (1e3 if found[0, 0] >= MILLISECONDS else 1.0), found[:, 1]
    counts.add("beyond", lines[cpu > 100.0 * ABOVE])  # a host whose clock is above its nominal one gives more
    read = Loads([path.name], np.where(cpu > 100.0 * ABOVE, 100.0, cpu), lines, [])
    check_negative(source, read)
    repair(source, read, 100.0, counts)
    empty = counts.found.pop("missing", (0, 0))[1]  # counted with the gaps in time
    done.take(path.name, counts.found | ({"missing": (0, empty)} if empty else {}))
    with np.errstate(divide="ignore", invalid="ignore"):
        ram = np.where((found[:, 2] > 0) & (found[:, 3] >= 0), np.minimum(found[:, 3] / found[:, 2], 1.0), np.nan)
    order = np.argsort(when, kind="stable")
    name = path.name.partition(".")[0]
    invalid = np.zeros(order.size, np.bool_) if read.invalid is None else read.invalid[order]
    return Machine(name, when[order], read.loads[order], ram[order], lines[order], invalid, path.name)


def _table_of(path: Path) -> Floats:
    """The numbers of the columns that are read; NaN for a cell of an otherwise sound file that is none."""
    packed = path.suffix.lower() in (".gz", ".xz")
    source: Any = io.BytesIO(b"".join(blocks(path))) if packed else path  # a path is read a block at a time
    form: dict[str, Any] = {"delimiter": ";", "usecols": (TIME, CPU, RAM, RAM_USED), "ndmin": 2, "comments": None,
                            "encoding": "latin-1"}  # fmt: skip
    try:
        return np.loadtxt(source, skiprows=1, **form)
    except (OSError, ValueError, IndexError):
        source = io.BytesIO(b"".join(blocks(path)))
    try:
        return np.genfromtxt(source, skip_header=1, **form)
    except (OSError, ValueError, IndexError) as error:
        said = str(error).strip().partition("\n")[0][:120]
        raise ImportFileError(tr("{0} is not of the form of GWA-T-12: {1}.", path.name, said)) from None


def together(machines: Sequence[Machine], folder: str, answers: Answers, done: Done) -> Together:
    """Machines on one grid: the step that is usual among them, each sample at its place in the row of its VM. Raises
    ImportFileError where that are too many places."""
    steps = [step for one in machines if (step := usual_step(one.when, np.zeros(1, np.int64))) is not None]
    step = answers.step_s or (float(np.median(steps)) if steps else 300.0)
    begin = min(float(one.when[0]) for one in machines)
    span = (max(float(one.when[-1]) for one in machines) - begin) / step
    if (span + 1) * len(machines) > MOST_CELLS:
        raise table_too_large(ForeignFile(folder), len(machines), span + 1)
    at = [places_of_row(one.when, begin, step, answers.step_s is None) for one in machines]
    samples = max(int(places.max()) for places, _ in at) + 1
    cpu, ram = np.full((len(machines), samples), np.nan), np.full((len(machines), samples), np.nan)
    missing, gap = 0, ("", 0)
    for n, (one, (places, off)) in enumerate(zip(machines, at)):
        grid, row, counts = Grid(places, samples, step), np.zeros(places.size, np.int64), Counts()
        counts.add("moved", one.lines[off])
        counts.add("doubled", np.delete(one.lines, np.unique(places, return_index=True)[1]))
        done.take(one.file, counts.found)
        cpu[n], ram[n] = placed(grid, row, one.cpu, 1)[0], placed(grid, row, one.ram, 1)[0]
        marks = placed(grid, row, np.where(one.invalid, 1.0, np.nan), 1)[0]
        missing += int((np.isnan(cpu[n]) & np.isnan(marks)).sum()) if not np.isnan(cpu[n]).all() else 0
        if not gap[1]:
            gap = one.file, line_before_gap(row, places, samples, one.lines)
    said = [tr("a file is a VM, named after it"), tr("the cells are percents of a VM's CPU")]
    names, memory = [one.name for one in machines], None if np.isnan(ram).all() else ram
    return Together(names, cpu, memory, step, begin, said, missing, gap)


def joined(read: Sequence[Any], folder: str, answers: Answers, done: Done) -> Together:
    """Traces of several files on one grid: each begins at its time, or all at one where a file tells none. Raises
    ImportFileError where their steps or units differ."""
    steps, scales = {one.step_s for one in read}, {one.scale for one in read}
    if scales != {"vm"}:
        raise ImportFileError(
            tr("The files of {0} are in MHz or parts of a core; import them one by one.", folder),
        )
    if len(steps) > 1:
        raise OpenQuestionError(tr("The files of {0} have different steps.", folder), "step_s")
    step, begins = steps.pop(), [one.begin_s for one in read]
    known = all(begin is not None for begin in begins)
    first = min(begins) if known else 0.0
    machines = []
    for one in read:
        done.take(one.origin, one.done)
        percent = one.values.astype(np.float64) if one.values.dtype == np.uint8 else one.values * 100.0
        when = (one.begin_s if known else 0.0) + np.arange(percent.shape[1]) * step
        none, lines = np.full(percent.shape[1], np.nan), np.zeros(percent.shape[1], np.int64)
        valid = np.zeros(percent.shape[1], np.bool_)
        machines += [Machine(name, when, row, none, lines, valid, one.origin) for name, row in zip(one.names, percent)]
    names = [one.name for one in machines]
    if len(set(names)) < len(names):
        raise ImportFileError(tr("Two files of {0} hold a VM of the same name; give each its own.", folder))
    found = together(machines, folder, replace(answers, step_s=step), done)
    late = sum(begin > first for begin in begins) if known else 0
    said = [trn("{0:,} file", "{0:,} files", len(read))] + ([tr("{0:,} of them begin later", late)] if late else [])
    return replace(found, said=[*said, *found.said[2:]])
