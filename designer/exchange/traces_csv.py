"""Load over time from a CSV file: wide (a row or a column a VM) or long (a row a sample)."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from designer.errors import ImportFileError
from designer.exchange.csv_file import Table, header_of, read_table

Cells = Literal["percent", "fraction"]
DEFAULT_STEP_S = 300.0
MOST_CELLS = 200_000_000
LATEST_S = 1e15
"""Farthest time from 0 that is taken for one."""
# What a column may be called, the surest first.
NAMES = ("vm", "vm_id", "vm_name", "instance", "instance_id", "machine", "machine_id", "series", "name", "host", "id")
TIMES = ("timestamp", "timestamp_[ms]", "time", "time_s", "time_ms", "seconds", "datetime", "date", "t")
LOADS = ("cpu_percent", "cpu_%", "cpu_usage_[%]", "cpu_utilization", "load_percent", "load_%", "load_frac", "cpu",
         "load", "utilization", "util", "usage", "percent", "fraction", "value")  # fmt: skip


@dataclass(frozen=True)
class Traces:
    """Recorded load: `values` is rows x samples, uint8 percents or float64 fractions of 1; `said` is for people."""

    values: NDArray[np.uint8] | NDArray[np.float64]
    names: list[str]
    step_s: float
    origin: str
    said: list[str] = field(default_factory=list)


def read_traces(path: Path, step_s: float | None = None, cells: Cells | None = None) -> Traces:
    """The traces of a CSV file. What is not given is read from the file or, where it is silent, assumed and said.

    Raises ImportFileError that names the line: no number, negative, not a number, above 100 %, uneven rows.
    """
    table = read_table(path)
    header = header_of(table)
    titles = header[1:]
    if _is_long(header):
        names, numbers, found_s, said = _long(table, header)
        titles = [_first(header, LOADS)]
    elif _is_turned(table, header):
        names, numbers, found_s, said = _columns(table)
    else:
        names, numbers, found_s, said = _rows(table, header)
    if step_s is not None and not 0 < step_s < math.inf:
        raise ImportFileError("The step must be longer than 0 s, and end.")
    step = step_s or found_s
    if step is None:
        step = DEFAULT_STEP_S
        said.append(f"the file does not say how long a sample holds: {step:g} s are assumed")
    values, unit_said = _scaled(table, numbers, titles, cells)
    lead = f"{values.shape[0]:,} traces of {values.shape[1]:,} samples, {step:g} s apart"
    return Traces(values, names, step, path.name, [lead, unit_said, *said])


def _is_long(header: Sequence[str]) -> bool:
    return all(not set(header).isdisjoint(known) for known in (NAMES, TIMES, LOADS))


def _is_turned(table: Table, header: Sequence[str]) -> bool:
    under = table.rows[1][0] if len(table.rows) > 1 else ""
    return header[0] in TIMES and (not _number(table.rows[0][-1]) or _seconds(under) is not None)


def _first(header: Sequence[str], known: Sequence[str]) -> str:
    """The surest of the known names that a header has."""
    return next(name for name in known if name in header)


def _number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _value(table: Table, row: int, text: str, what: str) -> float:
    try:
        value = float(text)
    except ValueError:
        raise table.wrong(row, f"“{text.strip()[:40]}” ({what}) is not a number.") from None
    if not math.isfinite(value):
        raise table.wrong(row, f"{what} is “{text.strip()}”; a load must be a finite number.")
    return value


def _rows(table: Table, header: Sequence[str]) -> tuple[list[str], NDArray[np.float64], float | None, list[str]]:
    """Wide: a row a VM, perhaps with names in front, perhaps under a header."""
    head = table.rows[0]
    names_it = header[0] in NAMES or header[0] in TIMES or (not header[0] and len(table.rows) > 1)
    has_header = names_it or (len(head) > 1 and not any(_number(cell) for cell in head))
    skip = 1 if has_header else 0
    body = table.rows[skip:]
    if not body:
        raise ImportFileError(f"{table.name} has a header but no traces under it.")
    names_in_front = names_it or not _number(body[0][0]) or (has_header and not _alike(head[0], head[1]))
    width = len(table.rows[0])
    for n, row in enumerate(body):
        if len(row) != width:
            where = "the header has" if has_header else "the rows before have"
            raise table.wrong(n + skip, f"{len(row):,} cells where {where} {width:,}.")
    front = 1 if names_in_front else 0
    if width <= front:
        raise table.wrong(skip, "there are no samples after the name.")
    _check_size(table, len(body), width - front)
    values = _matrix(table, body, front, skip)
    names = [row[0].strip() for row in body] if front else [str(n) for n in range(len(body))]
    said = [f"a row is one VM{', its name in front' if front else ''}"]
    times = head[front:] if has_header else []
    if not times or any(_seconds(time) is None for time in times):
        return names, values, None, said
    return names, values, _even_step(table, [_moment(table, 0, time, "") for time in times], [0] * len(times)), said


def _alike(one: str, other: str) -> bool:
    """True for names that differ in their numbers only, as those of samples do."""
    return re.sub(r"\d+", "", one) == re.sub(r"\d+", "", other)


def _columns(table: Table) -> tuple[list[str], NDArray[np.float64], float | None, list[str]]:
    """Wide, turned: the first column is the time, every other one is a VM."""
    names = [cell.strip() for cell in table.rows[0][1:]]
    if not names:
        raise ImportFileError(f"{table.name} has a column of times but no load beside it.")
    body = table.rows[1:]
    if not body:
        raise ImportFileError(f"{table.name} has a header but no samples under it.")
    for n, row in enumerate(body, 1):
        if len(row) != len(names) + 1:
            raise table.wrong(n, f"{len(row):,} cells where the header has {len(names) + 1:,}.")
    _check_size(table, len(names), len(body))
    title = header_of(table)[0]
    times = [_moment(table, n, row[0], title) for n, row in enumerate(body, 1)]
    step = _even_step(table, times, range(1, len(table.rows)))
    return names, _matrix(table, body, 1, 1).T.copy(), step, ["a column is one VM"]


def _matrix(table: Table, body: list[list[str]], front: int, skip: int) -> NDArray[np.float64]:
    try:
        values = np.array([row[front:] for row in body]).astype(np.float64)
    except ValueError:
        values = None
    if values is not None and np.isfinite(values).all():
        return values
    for n, row in enumerate(body):
        for column, cell in enumerate(row[front:], front + 1):
            _value(table, n + skip, cell, f"column {column}")
    raise ImportFileError(f"{table.name} holds something that is not a number.")


def _long(table: Table, header: Sequence[str]) -> tuple[list[str], NDArray[np.float64], float | None, list[str]]:
    """Long: a row a sample, with the VM's name, the time and the load."""
    at_name, at_time, at_load = (header.index(_first(header, known)) for known in (NAMES, TIMES, LOADS))
    names: dict[str, int] = {}
    who, when, loads = [], [], []
    for n, row in enumerate(table.rows[1:], 1):
        if len(row) != len(header):
            raise table.wrong(n, f"{len(row):,} cells where the header has {len(header):,}.")
        who.append(names.setdefault(row[at_name].strip(), len(names)))
        when.append(_moment(table, n, row[at_time], header[at_time]))
        loads.append(_value(table, n, row[at_load], header[at_load]))
    if not who:
        raise ImportFileError(f"{table.name} has a header but no samples under it.")
    times = np.unique(np.array(when))
    step = float(np.diff(times).min()) if times.size > 1 else None
    since = np.array(when) - times[0]
    _check_size(table, len(names), float(since.max()) / step + 1 if step else 1)
    place = np.rint(since / step).astype(np.int64) if step else np.zeros(len(who), np.int64)
    odd = np.abs(place * step - since) > 0.01 * step if step else np.zeros(len(who), np.bool_)
    if odd.any():
        raise table.wrong(int(odd.argmax()) + 1, f"its times are not multiples of {step:g} s; traces need one step.")
    samples = int(place.max()) + 1
    values = np.full((len(names), samples), np.nan)
    seen: set[tuple[int, int]] = set()
    for n, key in enumerate(zip(who, place.tolist()), 1):
        if key in seen:
            raise table.wrong(n, f"“{table.rows[n][at_name].strip()}” has this time twice.")
        seen.add(key)
    values[np.array(who), place] = loads
    said = ["a row is one sample of one VM"]
    missing = int(np.isnan(values).sum())
    if missing:
        said.append(f"{missing:,} samples are missing; the one before holds on (at the start: the first)")
        _hold(values)
    return list(names), values, step, said


def _hold(values: NDArray[np.float64]) -> None:
    """Fill gaps with the value before, at the beginning with the first one there is."""
    for row in values:
        known = np.flatnonzero(~np.isnan(row))
        before = np.searchsorted(known, np.arange(row.size), side="right") - 1
        row[:] = row[known[np.maximum(before, 0)]]


def _moment(table: Table, row: int, text: str, name: str) -> float:
    """Seconds: a number (milliseconds when the header says ms) or a date and time."""
    value = _seconds(text)
    if value is None:
        raise table.wrong(row, f"“{text.strip()[:40]}” is neither a number of seconds nor a date and time.")
    if not abs(value) < LATEST_S:
        raise table.wrong(row, f"“{text.strip()[:40]}” is no moment.")
    return value / 1000.0 if "ms" in name and _number(text) else value


def _seconds(text: str) -> float | None:
    """A number as it is, a date and time since 1970; None for anything else."""
    if _number(text):
        return float(text)
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _even_step(table: Table, times: Sequence[float], rows: Sequence[int]) -> float | None:
    """The time between samples, None for a single one; `rows` tells where each time stands."""
    gaps = np.diff(np.array(times))
    if not gaps.size:
        return None
    odd = (gaps <= 0) | (np.abs(gaps - gaps[0]) > 0.01 * gaps[0])
    if odd.any():
        where = rows[int(odd.argmax()) + 1]
        raise table.wrong(where, "its times are not evenly spaced; traces need one step.")
    return float(gaps.mean())


def _check_size(table: Table, rows: int, samples: float) -> None:
    if rows * samples > MOST_CELLS:
        raise ImportFileError(
            f"{table.name}: {rows:,} x {samples:,.0f} samples are more than {MOST_CELLS:,}; split it."
        )


def _scaled(
    table: Table, numbers: NDArray[np.float64], titles: Sequence[str], cells: Cells | None
) -> tuple[NDArray[np.uint8] | NDArray[np.float64], str]:
    if numbers.min() < 0:
        row, column = np.unravel_index(int(numbers.argmin()), numbers.shape)
        raise ImportFileError(
            f"{table.name}: trace {row + 1:,}, sample {column + 1:,} is {numbers.min():g}; a load cannot be negative."
        )
    top, whole = float(numbers.max()), bool((numbers == np.rint(numbers)).all())
    says_percent = bool(titles) and all("percent" in title or "%" in title for title in titles)
    says_fraction = bool(titles) and all("frac" in title for title in titles)
    unit = cells or ("percent" if says_percent or (not says_fraction and (top > 1 or whole)) else "fraction")
    said = f"the cells are {'percents' if unit == 'percent' else 'fractions of 1'} of a VM's CPU"
    limit = 100.0 if unit == "percent" else 1.0
    if top > limit:
        row, column = np.unravel_index(int(numbers.argmax()), numbers.shape)
        raise ImportFileError(
            f"{table.name}: trace {row + 1:,}, sample {column + 1:,} is {top:g}; {said}, so {limit:g} is the most."
        )
    if unit == "percent" and whole:
        return numbers.astype(np.uint8), said
    return numbers / limit, said
