"""The result of the engine: series, event log, summaries; versioned, columns with units.

All series are exact means over the recording step (`edges_s[k]` .. `edges_s[k + 1]`), float64, NaN without capacity
(everything down). Rows from `filled` on are not simulated yet.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from designer.engine.result.arrays import Store
from designer.engine.result.backlogs import BacklogResult
from designer.engine.result.carried import Carried, sent_gb
from designer.engine.result.columns import Column
from designer.engine.result.credits import CreditResult
from designer.engine.result.databases import DatabaseResult
from designer.engine.result.dropped import dropped_rps
from designer.engine.result.log import LogEntry
from designer.engine.result.memory import MemoryTotals
from designer.engine.result.power import PowerResult
from designer.engine.result.recorder import Log
from designer.engine.result.vms import VmResult, divide, due_s, moves_of, ratio, seconds_of, unreached_of
from designer.engine.share.arrays import OF_FLOWS, PAGE, Sums, sum_of
from designer.engine.spec import Spec, TimedEvent
from designer.engine.spec.capacity import memory_mib
from designer.engine.state.history import StateHistory
from designer.engine.storage.figures import stores_of
from designer.engine.tables.tabulate import Tables
from designer.engine.tables.tree import add_up

RESULT_VERSION = 11
_TOTALS = (
    *("vm_allocated", "vm_throttled", "vm_waiting", "vm_overhead", "vm_steal", "vm_running", "vm_bins", "vm_most"),
    *(f"vm_{name}" for name in OF_FLOWS),
    "used_most",
)

_CELLS = 1 << 15
"""Cells of steps x columns that are worked out at once."""
_ROWS_AT_ONCE = 16
"""Recording steps of which the figures are read together: what is kept sparsely is unfolded for these only."""


def _part_of_memory(name: str, told: str) -> property:
    def part(self: Result) -> NDArray[np.float64]:
        has = np.zeros((self.filled, self.tables.unit_ids.size))
        if not self.store.arrays[name].size:
            return np.full_like(has, np.nan)
        has[:, : self.tables.hosts] = [memory_mib(host) for host in self.spec.hosts]
        add_up(has, self.tables.levels)
        return ratio(self.integral(name), has * np.diff(self.edges_s)[:, None])

    return property(part, doc=f"{told} (steps x columns); NaN where no host takes memory back.")


def _part_of_size(name: str, what: str) -> property:
    """A series of a result: an integral over each step / vCPUs x MHz of the running VMs."""

    def read(result: Result) -> NDArray[np.float64]:
        return _ratio(result, name, "size")

    return property(read, doc=f"{what} / vCPUs x MHz of the running VMs (steps x columns).")


def _integral(result: Result, name: str, rows: slice) -> NDArray[np.float64]:
    """Some steps of an integral."""
    column = result.store.arrays[name]
    values: NDArray[np.float64] = np.array(column[rows]) if isinstance(column, np.ndarray) else column[rows]
    add_up(values, result.tables.levels)
    return values


def _whole(result: Result, name: str, rows: slice) -> NDArray[np.float64]:
    """Some steps of an integral, or one where all are alike."""
    column = result.store.arrays[name]
    values = column.usual(rows) if isinstance(column, Column) else None
    if values is None:
        return _integral(result, name, rows)
    add_up(values, result.tables.levels)
    return values


def _ratio(result: Result, part: str, whole: str) -> NDArray[np.float64]:
    """One integral / another (steps x columns); NaN where there is no whole."""
    return _by_pieces(result, lambda rows: divide(_integral(result, part, rows), _whole(result, whole, rows)))


def _by_pieces(result: Result, read: Callable[[slice], NDArray[np.float64]]) -> NDArray[np.float64]:
    """Steps x columns, read in pieces small enough for the processor's cache."""
    found = np.empty((result.filled, result.ids.size))
    step = max(1, _CELLS // max(1, result.ids.size) // PAGE) * PAGE
    for first in range(0, result.filled, step):
        rows = slice(first, min(first + step, result.filled))
        found[rows] = read(rows)
    return found


class Result:
    """The result of a run. Columns of the series: hosts, then domains, as `ids`; a domain holds all beneath it."""

    def __init__(
        self,
        spec: Spec,
        tables: Tables,
        store: Store,
        sums: Sums,
        log: Log,
        time_s: float,
        events: tuple[TimedEvent, ...],
        credits: NDArray[Any],
        memory: MemoryTotals,
        carried: Carried | None = None,
        energy_j: NDArray[np.float64] | None = None,
        kept_work: NDArray[Any] | None = None,
        history: StateHistory | None = None,
        noted: tuple[Sequence[tuple[float, int, int, int]], Sequence[NDArray[np.float64]]] = ((), ()),
    ) -> None:
        self.version, self.history = RESULT_VERSION, history
        self.spec, self.tables, self.time_s, self.events = spec, tables, time_s, events
        self.store, self._sums, self._log = store, sums, log
        self.ids, self.vm_ids = tables.unit_ids, tables.vm_ids
        """Element id of each column, and of each VM row."""
        self.credits = CreditResult(credits, store, tables.vm_ids)
        kept_work = np.zeros(0, [("load", "i8")]) if kept_work is None else kept_work
        self.backlogs = BacklogResult(kept_work, store, tables.vm_ids, tables.demand.size)
        self.databases = DatabaseResult(spec, store, *noted)
        self.memory = memory
        """Memory of VMs, where hosts take some back."""
        self.carried = carried or Carried()
        """What was sent from place to place, and the requests of services with a route."""
        self.power = PowerResult(spec, store, self.edges_s, energy_j, tables.service, _metered(tables))
        """Power and heat of data centers, and energy of VMs."""
        self.unreached_s = unreached_of(tables, log, time_s)
        """Seconds in which each VM ran, cut off from the network."""
        self.stores = stores_of(spec, log.columns() if spec.replicated else {}, time_s)
        """The datastores of `Spec.replicated`: a row each, columns as `FIGURES_OF_STORES`."""
        self.used_most = sums.used_most
        """The most of allocated / capacity of each column's own VMs at any moment so far; NaN: not recorded."""

    # -- series

    @property
    def filled(self) -> int:
        """Recording steps that are final."""
        return self.store.filled

    @property
    def edges_s(self) -> NDArray[np.float64]:
        """Edges of the final recording steps (filled + 1), seconds since the start."""
        edges: NDArray[np.float64] = np.minimum(np.arange(self.filled + 1) * self.spec.sample_s, self.spec.until_s)
        return edges

    def integral(self, name: str) -> NDArray[np.float64]:
        """An integral over each step, domains with all beneath; by name as in `SERIES` (MHz s; energy in J)."""
        return _by_pieces(self, lambda rows: _integral(self, name, rows))

    @property
    def used(self) -> NDArray[np.float64]:
        """Allocated / capacity (steps x columns)."""
        return _ratio(self, "allocated", "capacity")

    @property
    def heat(self) -> NDArray[np.float64]:
        """Asked / capacity (steps x columns); above 1: overload."""
        return _ratio(self, "asked", "capacity")

    @property
    def heat_most(self) -> NDArray[np.float64]:
        """The most of asked / capacity at any moment of each step (steps x columns), exact; NaN: not recorded."""
        most, mean = self.store.arrays["heat_most"][: self.filled], self.heat
        return np.where(np.isnan(mean), np.nan, np.maximum(most, mean))  # by rounding it may be below the mean

    throttled = _part_of_size("throttled", "Demand that VMs could not have even on an idle host")
    waiting = _part_of_size("waiting", "Demand that VMs could not work off while they waited for disk or wire")
    overhead = _part_of_size("overhead", "Demand that each VM would miss even alone on its host")
    steal = _part_of_size("steal", "Demand that VMs lose to each other")

    memory_used = _part_of_memory("memory_used", "Memory in use / memory for VMs of hosts")
    memory_taken = _part_of_memory("memory_taken", "Memory that hosts took back / their memory for VMs")
    memory_short = _part_of_memory(
        "memory_short", "The part of the time (of several hosts: of their memory) in which hosts took memory back"
    )

    @property
    def power_w(self) -> NDArray[np.float64]:
        """Mean watts of IT (steps x columns); NaN where none is known: those of the provider's capacity are not."""
        watts = self.integral("energy") / np.diff(self.edges_s)[:, None]
        watts[:, ~self.tables.known_watts] = np.nan
        return watts

    @property
    def energy_wh(self) -> NDArray[np.float64]:
        """Energy of IT of each column over the whole run so far, Wh; NaN where none is known."""
        total = np.array(self.store.arrays["energy"].sum(axis=0))
        add_up(total, self.tables.levels)
        return np.where(self.tables.known_watts, total / 3600.0, np.nan)

    @property
    def total_energy_wh(self) -> float:
        """Energy of all hosts, network devices and storage arrays, Wh; NaN where none is known."""
        return float(self.store.arrays["energy"].sum()) / 3600.0 if self.tables.known_watts.any() else math.nan

    def _mean(self, name: str) -> NDArray[np.float64]:
        mean: NDArray[np.float64] = self.store.arrays[name][: self.filled] / np.diff(self.edges_s)[:, None]
        return mean

    @property
    def counts(self) -> NDArray[np.float64]:
        """Mean number of VMs in each state of `COUNTS` (steps x 5)."""
        return self._mean("counts")

    @property
    def counts_least(self) -> NDArray[np.float64]:
        """Fewest VMs in each state of `EXTREMES` within each step (steps x 6), exact; NaN: not recorded."""
        return np.array(self.store.arrays["counts_least"][: self.filled])

    @property
    def counts_most(self) -> NDArray[np.float64]:
        """Most VMs in each state of `EXTREMES` within each step (steps x 6), exact; NaN: not recorded."""
        return np.array(self.store.arrays["counts_most"][: self.filled])

    @property
    def dropped_most_rps(self) -> NDArray[np.float64]:
        """Most requests a second that each service drops within each step (steps x services); NaN: not recorded."""
        return np.array(self.store.arrays["dropped_most"][: self.filled])

    @property
    def asked_rps(self) -> NDArray[np.float64]:
        """Requests a second that arrived (steps x services)."""
        return self._mean("requested")

    @property
    def served_rps(self) -> NDArray[np.float64]:
        """Requests a second that were served (steps x services)."""
        return self._mean("served")

    @property
    def dropped_rps(self) -> NDArray[np.float64]:
        """Requests a second that were dropped (steps x services); rounding of 1e-12 is 0."""
        return dropped_rps(self.spec, self.store, np.diff(self.edges_s))

    @property
    def balancer_dropped_rps(self) -> NDArray[np.float64]:
        """Requests (with retries: attempts) a second that the load balancers of services dropped, because they pass no
        more (steps x services); without columns where none has a limit.
        """
        return self._mean("balancer_dropped")

    @property
    def vms(self) -> VmResult:
        """The figures of the VMs."""
        return VmResult(self._sums, self.tables.demand.size, self.tables.demand.rows["vcpus"], self.edges_s)

    @property
    def down_s(self) -> NDArray[np.float64]:
        """Seconds that each VM did not run though it should (`due_s`)."""
        ran_s: NDArray[np.float64] = sum_of(self._sums, "vm_running")
        return np.maximum(due_s(self.tables, self._log, self.time_s) - ran_s, 0.0)

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:
            """`vm_steal` is `vms.steal`, and so on: names that scripts from before `vms` use."""
            if name.startswith("vm_") and hasattr(VmResult, name[3:]):
                return getattr(self.vms, name[3:])
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}", name=name, obj=self)

    @property
    def sent(self) -> list[tuple[int, int, int, float]]:
        """GB sent between places: service (0: traffic of VMs), from, to, GB (10^9 bytes); see `carried`."""
        found = sent_gb(self.carried, self.spec.routes)
        return [(*key, gb) for key, gb in zip(map(tuple, found.keys.tolist()), found.amounts.tolist())]

    # -- what happened

    @property
    def log(self) -> list[LogEntry]:
        """The whole log, in order."""
        return self._log.entries()

    @property
    def moves(self) -> NDArray[np.float64]:
        """Of each VM how often it migrated, and for how many seconds it stood still for that (VM x 2)."""
        return moves_of(self.tables, self._log)

    def digest(self) -> str:
        """A fingerprint of everything above; equal for equal runs, however they were cut into slices."""
        h = hashlib.sha256(f"{self.version} {self.filled} {self.time_s}".encode())
        for name in sorted(self.store.arrays):
            if name == "filled":
                _hash(h, np.zeros(1, np.int64))
                continue
            for first in range(0, self.filled, _ROWS_AT_ONCE):
                _hash(h, self.store.arrays[name][first : min(first + _ROWS_AT_ONCE, self.filled)])
        for name in _TOTALS:
            if name == "vm_bins":
                for _, seconds in seconds_of(self._sums):
                    _hash(h, seconds)
                continue
            _hash(h, sum_of(self._sums, name))
        if self.tables.memory is not None:
            _hash(h, self.memory.of_vms)
            _hash(h, self.memory.seconds)
        if self.power.energy_j.size:
            _hash(h, self.power.energy_j)
        for column in (*self.carried.columns().values(), *self._log.columns().values()):
            _hash(h, column)
        return h.hexdigest()


def _hash(h: Any, column: NDArray[Any]) -> None:
    """Add the bytes of a column to a fingerprint; a column that is contiguous is not copied."""
    h.update(np.ascontiguousarray(column).reshape(-1))


def _metered(tables: Tables) -> NDArray[np.bool_]:
    """Whether each VM and application has its home on a host whose watts are known."""
    home = tables.home[tables.inside]
    on_host = (home >= 0) & (home < tables.hosts)
    return np.asarray(on_host & tables.known_watts[np.where(on_host, home, 0)])
