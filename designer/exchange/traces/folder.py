"""A folder of traces as one: a file for each VM, each on the same grid of times; GWA-T-12's form is read in one go."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from designer.errors import ImportFileError
from designer.exchange.grid import MOST_CELLS, Floats, usual_step
from designer.exchange.questions import Answers
from designer.exchange.text_file import blocks
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
    """The samples of one VM: when (seconds), percents of its CPU, and the part of its memory in use; NaN: not known."""

    name: str
    when: Floats
    cpu: Floats
    ram: Floats


@dataclass(frozen=True)
class Together:
    """The samples of all VMs of a folder, rows x samples; `ram` is None where no file tells it."""

    names: list[str]
    cpu: Floats
    ram: Floats | None
    step_s: float
    begin_s: float
    said: list[str]


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


def read_gwa(path: Path) -> Machine:
    """The samples of a VM. Raises ImportFileError that names the line."""
    packed = path.suffix.lower() in (".gz", ".xz")
    source: Any = io.BytesIO(b"".join(blocks(path))) if packed else path  # a path is read a block at a time
    try:
        found = np.loadtxt(source, delimiter=";", skiprows=1, usecols=(TIME, CPU, RAM, RAM_USED), ndmin=2,
                           encoding="latin-1", comments=None)  # fmt: skip
    except (OSError, ValueError, IndexError) as error:
        raise ImportFileError(tr("{0} is not of the form of GWA-T-12: {1}.", path.name, str(error)[:120])) from None
    if not found.size or not np.isfinite(found).all() or (found < 0).any():
        raise ImportFileError(tr("{0} holds a sample that is negative or no number, or no sample.", path.name))
    when = found[:, 0] / (1e3 if found[0, 0] >= MILLISECONDS else 1.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        ram = np.where(found[:, 2] > 0, np.minimum(found[:, 3] / found[:, 2], 1.0), np.nan)
    return Machine(path.name.partition(".")[0], when, np.minimum(found[:, 1], 100.0), ram)


def together(machines: Sequence[Machine], folder: str, answers: Answers) -> Together:
    """Machines on one grid: the step that is usual among them, samples at their nearest place, gaps held. Raises
    ImportFileError where that are too many places."""
    steps = [step for one in machines if (step := usual_step(np.sort(one.when), np.zeros(1, np.int64))) is not None]
    step = answers.step_s or (float(np.median(steps)) if steps else 300.0)
    begin = min(float(one.when.min()) for one in machines)
    samples = round((max(float(one.when.max()) for one in machines) - begin) / step) + 1
    if samples * len(machines) > MOST_CELLS:
        raise ImportFileError(
            tr(
                "{0}: {1:,} x {2:,.0f} samples are more than {3:,}; split it.",
                folder,
                len(machines),
                samples,
                MOST_CELLS,
            )
        )
    cpu, ram = np.full((len(machines), samples), np.nan), np.full((len(machines), samples), np.nan)
    moved = doubled = 0
    for n, one in enumerate(machines):
        since = (one.when - begin) / step
        at = np.rint(since).astype(np.int64)
        moved += int((np.abs(since - at) > OFF).sum())
        doubled += at.size - int(np.unique(at).size)
        cpu[n, at], ram[n, at] = one.cpu, one.ram
    said = [tr("a file is a VM, named after it"), tr("the cells are percents of a VM's CPU")]
    if moved:
        said.append(tr("{0:,} samples moved to the nearest step", moved))
    if doubled:
        said.append(tr("{0:,} samples at a time that was there already; the last counts", doubled))
    return Together([one.name for one in machines], cpu, None if np.isnan(ram).all() else ram, step, begin, said)


def joined(read: Sequence[Any], folder: str, answers: Answers) -> Together:
    """Traces of several files on one grid: each begins at its time, or all at one where a file tells none. Raises
    ImportFileError where their steps or units differ."""
    steps, scales = {one.step_s for one in read}, {one.scale for one in read}
    if len(steps) > 1 or scales != {"vm"}:
        raise ImportFileError(
            tr(
                "The files of {0} have different steps, or are in MHz or parts of a core; import them one by one.",
                folder,
            )
        )
    step, begins = steps.pop(), [one.begin_s for one in read]
    known = all(begin is not None for begin in begins)
    first = min(begins) if known else 0.0
    machines = []
    for one in read:
        percent = one.values.astype(np.float64) if one.values.dtype == np.uint8 else one.values * 100.0
        when = (one.begin_s if known else 0.0) + np.arange(percent.shape[1]) * step
        none = np.full(percent.shape[1], np.nan)
        machines += [Machine(name, when, row, none) for name, row in zip(one.names, percent)]
    names = [one.name for one in machines]
    if len(set(names)) < len(names):
        raise ImportFileError(tr("Two files of {0} hold a VM of the same name; give each its own.", folder))
    found = together(machines, folder, replace(answers, step_s=step))
    late = sum(begin > first for begin in begins) if known else 0
    said = [trn("{0:,} file", "{0:,} files", len(read))] + ([tr("{0:,} of them begin later", late)] if late else [])
    return replace(found, said=[*said, *found.said[2:]])


OFF = 0.05
"""A sample counts as moved when it lies further than this fraction of a step from its place."""
