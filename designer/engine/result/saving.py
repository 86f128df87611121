"""A simulation as columns, and back: its series, sums, log and every change, so it need not run again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from designer.engine.result.arrays import SERVICE_SERIES, UNREACHED, Store
from designer.engine.result.columns import Column
from designer.engine.result.memory import MemoryTotals, no_totals
from designer.engine.result.recorder import Log
from designer.engine.share.arrays import OF_FLOWS, Sums, sum_of
from designer.engine.share.levels import put_seconds, seconds_at
from designer.engine.spec import Spec
from designer.engine.state.history import Change, apply
from designer.engine.state.motion import WAKING
from designer.engine.state.state import ABSENT, OF_UNITS, SEEN, State
from designer.errors import EngineError
from designer.foreign import json_of

Columns = Mapping[str, NDArray[Any]]
SUMS = (
    "vm_allocated",
    "vm_throttled",
    "vm_waiting",
    "vm_overhead",
    "vm_steal",
    "vm_running",
    "vm_series",
    "vm_most",
    *(f"vm_{name}" for name in OF_FLOWS),
    "used_most",
)
_NAMES = [name for name in Change._fields if name != "time_s"]
_GROUPS = _NAMES[: _NAMES.index("units")], _NAMES[_NAMES.index("units") :]
"""What a change holds of VMs, and of units: which ones, then their state."""
DETAILS_LIMIT = 20_000_000
"""Most commas, and so most details, in the log of a saved run."""
OTHER = "The saved run was made by another version of the program, or of another design. Run the design again."


def spec_digest(spec: Spec) -> str:
    """A fingerprint of a run's whole input but its events: equal when columns mean the same."""
    h = hashlib.sha256()
    sets: tuple[Any, ...] = (
        spec.services,
        spec.dns_names,
        spec.groups,
        spec.clusters,
        spec.reaches,
        spec.placements,
        spec.pools,
    )
    sets = (*sets, spec.limits, spec.flows, spec.affinities, spec.stocks, spec.starts, spec.routes)
    sets = (*sets, spec.latencies, spec.replicated)
    for part in (spec.domains, spec.hosts, spec.vms, *sets):
        for row in part:
            h.update(repr(row).encode())
    for trace in spec.traces:
        h.update(f"{trace.id} {trace.step_s} {trace.values.shape} {trace.values.dtype.str}".encode())
        h.update(np.ascontiguousarray(trace.values).tobytes())
    if spec.power is not None:
        h.update(repr(spec.power).encode())
    rest = (spec.start_utc, spec.until_s, spec.sample_s, spec.seed, spec.policy, spec.keep_vm_series, spec.version)
    h.update(repr(rest).encode())
    return h.hexdigest()


def columns_of(store: Store, sums: Sums, log: Log, changes: list[Change], state: State) -> dict[str, Any]:
    """All of a run that a look back needs; some are read as an array by pieces (`Column`)."""
    rows = store.filled + 1  # the step that is not final is part of the totals
    found = {
        name: column if name == "filled" else column.head(rows) if isinstance(column, Column) else column[:rows]
        for name, column in store.arrays.items()
    }
    found |= {name: np.ascontiguousarray(sum_of(sums, name)) for name in SUMS}
    found["vm_bins"] = seconds_at(sums.vm_bins, 0, len(sums.vm_bins.at))
    found |= {f"log_{name}": column for name, column in log.columns().items()}
    found["log_details"] = np.frombuffer(json.dumps(log.details).encode(), np.uint8)
    return found | _change_columns(changes, state)


def _change_columns(changes: list[Change], state: State) -> dict[str, NDArray[Any]]:
    found: dict[str, NDArray[Any]] = {"change_time_s": np.array([c.time_s for c in changes], np.float64)}
    for group in _GROUPS:
        found[f"change_{group[0]}_count"] = np.array([getattr(c, group[0]).size for c in changes], np.int64)
        for name in group:
            none = np.zeros(0, _kind(state, name))
            found[f"change_{name}"] = np.concatenate([none, *(getattr(c, name) for c in changes)])
    return found


def _kind(state: State, name: str) -> np.dtype[Any]:
    """The type of a column of changes: that of the state's array of the same name."""
    return np.dtype(np.int64) if name in ("vms", "units") else np.dtype(getattr(state, name).dtype)


def fill(columns: Columns, store: Store, sums: Sums) -> None:
    """Put saved series and sums where a new simulation has its own. Raises EngineError where they do not fit."""
    for name, array in store.arrays.items():
        column = columns.get(name)
        if (
            name in (*SERVICE_SERIES, UNREACHED)
            and column is not None
            and column.shape[1:] == (0,)
            and array.shape[1:] != (0,)
        ):
            array[: len(column)] = np.nan  # a run of an older version does not tell them
            continue
        _copy(columns, name, array, whole=False)
    for name in SUMS:
        _copy(columns, name, sum_of(sums, name))
    seconds = np.zeros(sums.vm_bins.ticks.shape, np.float32)
    _copy(columns, "vm_bins", seconds)
    put_seconds(sums.vm_bins, seconds)
    if not 0 <= store.filled <= store.arrays["allocated"].shape[0]:
        raise EngineError(OTHER)


def _copy(columns: Columns, name: str, into: NDArray[Any] | Column, whole: bool = True) -> None:
    column = columns.get(name)
    fits = column is not None and column.dtype == into.dtype and column.shape[1:] == into.shape[1:]
    if column is None or not fits or len(column) > len(into) or (whole and len(column) != len(into)):
        raise EngineError(OTHER)
    into[: len(column)] = column


def memory_of(columns: Columns, vms: int) -> MemoryTotals:
    """The saved memory of VMs. Raises EngineError where it does not fit."""
    totals = MemoryTotals(*(np.zeros(of.shape) for of in no_totals(vms)))
    _copy(columns, "vm_memory", totals.of_vms)
    _copy(columns, "vm_memory_s", totals.seconds)
    return totals


def log_of(columns: Columns) -> Log:
    """The saved log. Raises EngineError."""
    try:
        details = json_of(columns["log_details"].tobytes(), DETAILS_LIMIT)
        if not all(isinstance(text, str) for text in details):
            raise ValueError
        return Log.of({name.removeprefix("log_"): column for name, column in columns.items()}, details)
    except (KeyError, ValueError, TypeError, IndexError):
        raise EngineError(OTHER) from None


def changes_of(columns: Columns, state: State) -> list[Change]:
    """The saved changes of a run. Raises EngineError where they name a VM or unit that is not there."""
    if "change_pace" not in columns and "change_status" in columns:
        columns = {**columns, "change_pace": np.ones(columns["change_status"].size)}
    if "change_sent" not in columns and "change_believed" in columns:
        columns = {**columns, "change_sent": columns["change_believed"].astype(np.float64)}
    if "change_balloon" not in columns and "change_status" in columns:
        columns = {**columns, "change_balloon": np.zeros(columns["change_status"].size)}
    columns = _nothing_moves(columns)
    if "change_io_mhz" not in columns and "change_failed" in columns:
        columns = {**columns, "change_io_mhz": np.zeros(columns["change_failed"].size)}
    if "change_up" not in columns:
        return _with_up(changes_of({**columns, "change_up": np.zeros_like(columns["change_failed"])}, state), state)
    try:
        split_columns = {
            name: _split(columns[f"change_{name}"], _kind(state, name), columns[f"change_{group[0]}_count"])
            for group in _GROUPS
            for name in group
        }
        for name in _NAMES:
            _check_range(columns[f"change_{name}"], name, state)
        times = columns["change_time_s"].tolist()
        return [
            Change(time_s, **{n: pieces[k] for n, pieces in split_columns.items()}) for k, time_s in enumerate(times)
        ]
    except (KeyError, ValueError, IndexError):
        raise EngineError(OTHER) from None


def _nothing_moves(columns: Columns) -> Columns:
    """Columns of a run that knew no migration, as those of one in which nothing moved."""
    if "change_to" in columns or not {"change_status", "change_failed"} <= set(columns):
        return columns
    vms, units = columns["change_status"].size, columns["change_failed"].size
    none = {"change_to": np.full(vms, -1), "change_mode": np.zeros(units, np.uint8), "change_busy": np.zeros(units)}
    return {**columns, **none}


def _with_up(changes: list[Change], state: State) -> list[Change]:
    """Changes of a run of the first result version, which do not say who is up: it follows from the rest."""
    made = []
    for change in changes:
        before = state.up.copy()
        apply(change, {name: getattr(state, name) for name in SEEN})
        state.up[change.units] = before[change.units]
        state.settle_anew()
        units = np.union1d(change.units, np.flatnonzero(state.up != before))
        made.append(change._replace(units=units, **{name: getattr(state, name)[units] for name in OF_UNITS}))
    return made


def _check_range(column: NDArray[Any], name: str, state: State) -> None:
    if column.dtype == np.bool_ or column.dtype.kind == "f" or not column.size:
        return
    codes = {"status": ABSENT + 1, "mode": WAKING + 1, "vms": state.status.size}
    most = codes.get(name, state.failed.size)
    least = -1 if name in ("unit", "to", "replica") else 0
    if column.min() < least or column.max() >= most:
        raise ValueError("a missing element")


def _split(column: NDArray[Any], kind: np.dtype[Any], counts: NDArray[Any]) -> list[NDArray[Any]]:
    ends = np.cumsum(counts)
    if column.dtype != kind or (counts.size and (counts.min() < 0 or ends[-1] != column.size)):
        raise ValueError
    return np.split(column, ends[:-1]) if counts.size else []
