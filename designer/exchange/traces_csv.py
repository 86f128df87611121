"""Load over time from a CSV file: wide (a row or a column a VM) or long (a row a sample)."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
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
NAMES = {"vm", "vm_id", "vm_name", "name", "id", "host", "instance", "instance_id", "machine", "machine_id", "series"}
TIMES = {"time", "timestamp", "t", "time_s", "seconds", "date", "datetime", "timestamp_[ms]", "time_ms"}
LOADS = {"load", "cpu", "value", "percent", "cpu_percent", "cpu_%", "load_percent", "load_%", "utilization", "util",
         "cpu_usage_[%]", "cpu_utilization", "usage", "load_frac", "fraction"}  # fmt: skip


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
    if _is_long(header):
        names, numbers, found_s, said = _long(table, header)
    elif header[0] in TIMES and not _number(table.rows[0][-1]):
        names, numbers, found_s, said = _columns(table)
    else:
        names, numbers, found_s, said = _rows(table, header)
    if step_s is not None and step_s <= 0:
        raise ImportFileError("The step must be longer than 0 s.")
    step = step_s or found_s
    if step is None:
        step = DEFAULT_STEP_S
        said.append(f"the file does not say how long a sample holds: {step:g} s are assumed")
    values, unit_said = _scaled(table, numbers, header, cells)
    lead = f"{values.shape[0]:,} traces of {values.shape[1]:,} samples, {step:g} s apart"
    return Traces(values, names, step, path.name, [lead, unit_said, *said])


def _is_long(header: Sequence[str]) -> bool:
    return len(header) >= 3 and bool(NAMES & set(header)) and bool(TIMES & set(header)) and bool(LOADS & set(header))


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
    named_rows = not all(_number(row[0]) for row in table.rows[1:]) if len(table.rows) > 1 else False
    has_header = not all(_number(cell) for cell in table.rows[0][1:]) or header[0] in NAMES
    names_in_front = named_rows or (has_header and header[0] in NAMES) or not _number(table.rows[0][0])
    skip = 1 if has_header else 0
    body = table.rows[skip:]
    if not body:
        raise ImportFileError(f"{table.name} has a header but no traces under it.")
    width = len(body[0])
    for n, row in enumerate(body):
        if len(row) != width:
            raise table.wrong(n + skip, f"{len(row):,} cells where the rows before have {width:,}.")
    front = 1 if names_in_front else 0
    if width <= front:
        raise table.wrong(skip, "there are no samples after the name.")
    _check_size(table, len(body), width - front)
    values = _matrix(table, body, front, skip)
    names = [row[0].strip() for row in body] if front else [str(n) for n in range(len(body))]
    said = [f"a row is one VM{', its name in front' if front else ''}"]
    times = list(table.rows[0][front:]) if has_header else []
    step = _even_step([float(t) for t in times]) if times and all(_number(t) for t in times) else None
    return names, values, step, said


def _columns(table: Table) -> tuple[list[str], NDArray[np.float64], float | None, list[str]]:
    """Wide, turned: the first column is the time, every other one is a VM."""
    names = [cell.strip() for cell in table.rows[0][1:]]
    body = table.rows[1:]
    if not body:
        raise ImportFileError(f"{table.name} has a header but no samples under it.")
    for n, row in enumerate(body, 1):
        if len(row) != len(names) + 1:
            raise table.wrong(n, f"{len(row):,} cells where the header has {len(names) + 1:,}.")
    _check_size(table, len(names), len(body))
    times = [_moment(table, n, row[0], header_of(table)[0]) for n, row in enumerate(body, 1)]
    step = _even_step(times)
    if step is None and len(times) > 1:
        raise ImportFileError(f"{table.name}: its times are not evenly spaced; traces need one step.")
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
    at_name, at_time, at_load = (next(n for n, h in enumerate(header) if h in found) for found in (NAMES, TIMES, LOADS))
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
    place = np.rint((np.array(when) - times[0]) / step).astype(np.int64) if step else np.zeros(len(who), np.int64)
    if step and np.abs(place * step - (np.array(when) - times[0])).max() > 0.01 * step:
        raise ImportFileError(f"{table.name}: its times are not multiples of {step:g} s; traces need one step.")
    samples = int(place.max()) + 1
    _check_size(table, len(names), samples)
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
    written = text.strip()
    if _number(written):
        value = _value(table, row, written, "time")
        return value / 1000.0 if "ms" in name else value
    try:
        moment = datetime.fromisoformat(written)
    except ValueError:
        raise table.wrong(row, f"“{written[:40]}” is neither a number of seconds nor a date and time.") from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _even_step(times: Iterable[float]) -> float | None:
    gaps = np.diff(np.array(list(times)))
    if not gaps.size or gaps.min() <= 0 or gaps.max() - gaps.min() > 0.01 * gaps.min():
        return None
    return float(gaps.mean())


def _check_size(table: Table, rows: int, samples: int) -> None:
    if rows * samples > MOST_CELLS:
        raise ImportFileError(f"{table.name}: {rows:,} x {samples:,} samples are more than {MOST_CELLS:,}; split it.")


def _scaled(
    table: Table, numbers: NDArray[np.float64], header: Sequence[str], cells: Cells | None
) -> tuple[NDArray[np.uint8] | NDArray[np.float64], str]:
    if numbers.min() < 0:
        row, column = np.unravel_index(int(numbers.argmin()), numbers.shape)
        raise ImportFileError(
            f"{table.name}: trace {row + 1:,}, sample {column + 1:,} is {numbers.min():g}; a load cannot be negative."
        )
    top, whole = float(numbers.max()), bool((numbers == np.rint(numbers)).all())
    says_percent = any("percent" in name or "%" in name for name in header)
    unit = cells or ("percent" if says_percent or top > 1 or whole else "fraction")
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
