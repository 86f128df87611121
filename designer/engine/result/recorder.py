"""What a run records: integrals in arrays (in memory or mapped files), and the log."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from designer.engine.result.arrays import (
    FLOW_SERIES,
    MEMORY_SERIES,
    PLACED,
    POWER_SERIES,
    SERIES,
    SERVICE_SERIES,
    UNREACHED,
    VM_SERIES,
    Store,
    told_services,
)
from designer.engine.result.dropped import most_rps
from designer.engine.result.log import CODES, COUNTS, EXTREMES, HAPPENED, Entries, LogEntry
from designer.engine.share.arrays import FLOW_SUMS, LOAD_SUMS, SPARSE, Peaks, Sums
from designer.engine.share.levels import no_levels
from designer.engine.tables.tabulate import Tables


def shapes(tables: Tables) -> dict[str, tuple[int, ...]]:
    """The arrays of a run by name."""
    units, services = tables.unit_ids.size, len(tables.spec.services)
    return {
        **dict.fromkeys(SERIES, (tables.rows, units)),
        "served": (tables.rows, services),
        "requested": (tables.rows, services),
        "counts": (tables.rows, len(COUNTS)),
        "counts_least": (tables.rows, len(EXTREMES)),
        "counts_most": (tables.rows, len(EXTREMES)),
        "dropped_most": (tables.rows, services),
        "heat_most": (tables.rows, units),
        "limit_used": (tables.rows, len(tables.spec.limits)),
        "limit_room": (tables.rows, len(tables.spec.limits)),
        "credits": (tables.rows, tables.credits.size),
        "surplus": (tables.rows, tables.credits.size),
        **dict.fromkeys(MEMORY_SERIES, (tables.rows, units if tables.memory is not None else 0)),
        **dict.fromkeys(SERVICE_SERIES, (tables.rows, services if told_services(tables.spec) else 0)),
        **dict.fromkeys(FLOW_SERIES, (tables.rows, units if tables.spec.flows else 0)),
        PLACED: (tables.rows, units),
        UNREACHED: (tables.rows, 0 if tables.wiring is None else 1),
        "balancer_dropped": (tables.rows, services if np.isfinite(most_rps(tables.spec)).any() else 0),
        **_power_shapes(tables),
        **({"backlog": (tables.rows, tables.keeps.size)} if tables.keeps.size else {}),
        VM_SERIES: (len(tables.vms), tables.rows) if tables.spec.keep_vm_series else (0, 0),
        "filled": (1,),
    }


def _power_shapes(tables: Tables) -> dict[str, tuple[int, ...]]:
    """The arrays of halls, feeds and UPSs."""
    power = tables.spec.power
    counts = {"hall": 0, "feed": 0, "ups": 0}
    if power is not None:
        counts = {
            "hall": len(power.halls), "feed": len(power.feeds), "ups": sum(len(feed.ups) for feed in power.feeds),
        }  # fmt: skip
    return {name: (tables.rows, counts[name.partition("_")[0]]) for name in POWER_SERIES}


def sums_of(tables: Tables, store: Store) -> Sums:
    """The integrals the kernels write to: those of the store, and a row a VM kept in memory."""
    vms = len(tables.vms)
    return Sums(
        **{name: store.arrays[name] for name in SERIES if name not in SPARSE},
        sparse=store.sparse,
        served=np.zeros((len(tables.spec.services), tables.ticks.row.size)),
        vms=np.zeros(vms, LOAD_SUMS),
        flows=np.zeros(vms, FLOW_SUMS),
        vm_bins=no_levels(vms, tables.ticks.edges),
        instant=np.zeros((len(tables.spec.services), tables.ticks.row.size)),
        vm_series=store.vm_series,
        used_most=np.zeros(tables.unit_ids.size),
        peaks=_peaks_of(tables, store),
    )


def _peaks_of(tables: Tables, store: Store) -> Peaks:
    units, ticks = tables.unit_ids.size, tables.ticks.row.size
    last = np.zeros((units, 4), np.int64)
    last[:, 0] = -1
    begin = np.zeros((units - tables.hosts, ticks, 2), np.int64)
    below = [level.units[level.units >= tables.hosts] - tables.hosts for level in tables.levels]  # the deepest first
    order = np.concatenate([np.zeros(0, np.int64), *below])
    none = np.zeros(0), np.zeros((0, 3), np.int64), np.zeros(1, np.int64)
    return Peaks(store.arrays["heat_most"], begin, last, *none, order)


_COLUMNS = ("time_s", "what", "id", "cause", "place", "detail", "value")
_KINDS = (np.float64, np.uint8, np.int64, np.int64, np.int64, np.int64, np.float64)
_MANY = (np.ndarray, list)


def _joined(calls: list[tuple[Any, ...]]) -> tuple[NDArray[Any], ...]:
    """Columns of what was added by some calls: a value a call that holds for all of its entries, or as many."""
    counts = np.array([call[2].size for call in calls], np.int64)
    columns = []
    for kind, values in zip(_KINDS, zip(*calls)):
        if any(isinstance(value, np.ndarray) for value in values):
            parts = [np.broadcast_to(np.asarray(value, kind), n) for value, n in zip(values, counts.tolist())]
            columns.append(np.concatenate(parts))
        else:
            columns.append(np.repeat(np.array(values, kind), counts))
    return tuple(columns)


class Log:
    """What happened, in order; serial n is the n-th entry (from 1). Many entries are added by one call."""

    def __init__(self) -> None:
        self._parts: list[tuple[NDArray[Any], ...]] = []
        self._calls: list[tuple[Any, ...]] = []
        """What was added since the columns were last read."""
        self._details: list[str] = [""]
        self._detail_at = {"": 0}
        self.count = 0

    def add(
        self,
        time_s: float,
        what: str,
        ids: Any,
        cause: Any = 0,
        place: Any = 0,
        detail: str | Sequence[str] = "",
        value: Any = 0.0,
        which: NDArray[np.int64] | None = None,
    ) -> NDArray[np.int64]:
        """Add an event of some elements, with one detail or one of each (`which` of them, where that is given); return
        the serials.
        """
        ids = np.array(ids, np.int64, ndmin=1)
        n = ids.size
        at: Any = self._row_of(detail) if isinstance(detail, str) else np.array([self._row_of(one) for one in detail])
        at = at if which is None else at[which]
        told = [np.array(n) if isinstance(n, _MANY) else n for n in (cause, place, value)]
        self._calls.append((time_s, CODES[what], ids, told[0], told[1], at, told[2]))
        first = self.count + 1
        self.count += n
        return np.arange(first, first + n, dtype=np.int64)

    def detail(self, serial: int, detail: str) -> None:
        """Give an entry of this instant its detail, once that is known."""
        after = self.count
        for n in reversed(range(len(self._calls))):
            call = self._calls[n]
            after -= call[2].size
            if serial > after:
                details = np.broadcast_to(np.asarray(call[5], np.int64), call[2].size).copy()
                details[serial - after - 1] = self._row_of(detail)
                self._calls[n] = (*call[:5], details, *call[6:])
                return

    def _row_of(self, detail: str) -> int:
        """The row of a detail among all; a new one where it is new."""
        at = self._detail_at.setdefault(detail, len(self._details))
        if at == len(self._details):
            self._details.append(detail)
        return at

    def forget(self) -> None:
        """Begin anew."""
        self._parts, self._calls, self._details, self._detail_at, self.count = [], [], [""], {"": 0}, 0

    def until(self, count: int, details: int) -> Log:
        """The first entries of this log, as a log of its own."""
        log = Log()
        log._parts = [tuple(column[:count] for column in self.columns().values())] if count else []
        log._details, log.count = self._details[:details], count
        log._detail_at = {detail: n for n, detail in enumerate(log._details)}
        return log

    @classmethod
    def of(cls, columns: Mapping[str, NDArray[Any]], details: list[str]) -> Log:
        """A log from its columns and sentences. Raises ValueError where they do not fit each other."""
        log = cls()
        parts = tuple(columns[name] for name in _COLUMNS)
        count = parts[0].size
        codes = parts[1:2] + parts[5:6]
        limits = (len(HAPPENED), len(details))
        if any(part.shape != (count,) for part in parts):
            raise ValueError("columns of other lengths")
        if count and any(codes_of.min() < 0 or codes_of.max() >= most for codes_of, most in zip(codes, limits)):
            raise ValueError("an entry that means nothing")
        log._parts, log._details, log.count = [parts] if count else [], details, count
        return log

    def columns(self) -> dict[str, NDArray[Any]]:
        """The log as arrays; `detail` is an index into `details`."""
        if self._calls:
            self._parts.append(_joined(self._calls))
            self._calls = []
        if len(self._parts) > 1:
            self._parts = [tuple(np.concatenate(column) for column in zip(*self._parts))]
        if not self._parts:
            return {name: np.zeros(0, np.int64) for name in _COLUMNS}
        return dict(zip(_COLUMNS, self._parts[0]))

    @property
    def details(self) -> list[str]:
        """The sentences that entries refer to."""
        return self._details

    def since(self, start: int) -> Entries:
        """The entries from the `start`-th on, as columns, with the details that they refer to."""
        time_s, what, i, cause, place, detail, value = (column[start:] for column in self.columns().values())
        used, at = np.unique(detail, return_inverse=True)
        serial = np.arange(start + 1, start + 1 + i.size)
        return Entries(serial, time_s, what, i, cause, place, at, value, [self._details[n] for n in used.tolist()])

    def entries(self, start: int = 0) -> list[LogEntry]:
        """The entries from the `start`-th on (0: all)."""
        rows = {name: column[start:].tolist() for name, column in self.columns().items()}
        return [
            LogEntry(start + n + 1, time_s, HAPPENED[what], i, cause, place, self._details[detail], value)
            for n, (time_s, what, i, cause, place, detail, value) in enumerate(zip(*(rows[c] for c in _COLUMNS)))
        ]
