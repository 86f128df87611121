"""Series of a run for plots and tables: read from the arrays that the engine fills, domains with all beneath them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from designer.engine.result.arrays import UNREACHED, Store, told_services
from designer.engine.result.dropped import dropped_rps, fluid_services
from designer.engine.result.log import EXTREMES
from designer.engine.result.power import PowerResult
from designer.engine.spec import Spec
from designer.engine.spec.capacity import memory_mib
from designer.engine.tables.backlogs import vms_with_backlogs
from designer.engine.tables.credits import vms_with_credits
from designer.engine.tables.tree import Level, add_up, holding, known_watts, levels, units_of
from designer.study.results.quantities import (
    BATTERY,
    FEED,
    HALL,
    MOST,
    OF_PLACES,
    PLACE_QUANTITIES,
    ROOM,
    TIME,
    Quantity,
)

_ROWS_AT_ONCE = 32
"""Recording steps of which the places are added up together: 32 of 5,000 places take 1 MB."""


class Cells(Protocol):
    """Steps x places, indexed like an array: `cells[:, n]` is the series of a place."""

    def __getitem__(self, index: Any) -> NDArray[Any]: ...


def _recorded(store: Store, name: str) -> bool:
    """Whether a run records an array."""
    return name in store.arrays and 0 not in store.arrays[name].shape


class _Integrals:
    """The integrals of a store over each step, domains with all beneath them. What holds nothing is read where the
    engine wrote it, so that only the sums of domains take memory here; each is added up when it is asked for.
    """

    def __init__(self, store: Store, tree: list[Level], units: int) -> None:
        self._store, self._levels, self.filled = store, tree, 0
        self._holding = np.unique(np.concatenate([level.parents for level in tree])) if tree else np.zeros(0, np.int64)
        self._at = np.full(units, -1, np.int64)
        self._at[self._holding] = np.arange(self._holding.size)
        shape = store.arrays["allocated"].shape[0], self._holding.size
        read = {part for of in OF_PLACES if of.sums != MOST for part in (of.part, of.whole)}
        self._sums = {name: np.zeros(shape) for name in read if _recorded(store, name)}
        self._done = dict.fromkeys(self._sums, 0)

    def _summed(self, name: str) -> NDArray[np.float64]:
        """The sums of domains in all steps that are final."""
        sums, filled = self._sums[name], self.filled
        for first in range(self._done[name], filled, _ROWS_AT_ONCE):
            rows = slice(first, min(first + _ROWS_AT_ONCE, filled))
            values = np.array(self._store.arrays[name][rows])
            if values.any():
                add_up(values, self._levels)
                sums[rows] = values[:, self._holding]
        self._done[name] = filled  # after they are written: another thread may read them, too
        return sums

    def cells(self, name: str, rows: Any, columns: Any) -> NDArray[np.float64]:
        """Some rows and columns of an integral."""
        found = np.array(self._store.arrays[name][rows, columns])
        at = self._at[columns]
        if np.ndim(at):
            held = at >= 0
            if held.any():
                found[..., held] = self._summed(name)[rows][..., at[held]]
        elif at >= 0:
            found = self._summed(name)[rows, at]
        return found


@dataclass(frozen=True)
class _Means:
    """Means over the first `steps`, computed when they are read: an integral / another, or / the seconds of a step.

    Rows are read by number or slice, columns by number, slice or array of numbers. NaN where they are not `known`.
    """

    integrals: _Integrals
    steps: int
    part: str
    whole: str | NDArray[np.float64]
    known: NDArray[np.bool_]

    def __getitem__(self, index: Any) -> NDArray[Any]:
        rows, columns = index if isinstance(index, tuple) else (index, slice(None))
        rows = slice(*rows.indices(self.steps)) if isinstance(rows, slice) else range(self.steps)[rows]
        part = self.integrals.cells(self.part, rows, columns)
        with np.errstate(invalid="ignore", divide="ignore"):
            if isinstance(self.whole, str):
                made: NDArray[Any] = (part / self.integrals.cells(self.whole, rows, columns)).astype(np.float32)
                return made
            seconds = self.whole[rows]
            made = part / (seconds[..., None] if part.ndim > seconds.ndim else seconds)
        return np.where(self.known[columns], made, np.nan)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        return np.asarray(self[:, :], dtype)


@dataclass(frozen=True)
class _OfRoom:
    """Means of memory, as parts of what the hosts of each place have for VMs."""

    mean: _Means
    room_mib: NDArray[np.float64]

    def __getitem__(self, index: Any) -> NDArray[Any]:
        _, columns = index if isinstance(index, tuple) else (index, slice(None))
        with np.errstate(invalid="ignore", divide="ignore"):
            return self.mean[index] / self.room_mib[columns]

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        return np.asarray(self[:, :], dtype)


@dataclass(frozen=True)
class _Most:
    """The most that places are asked for within each step; its mean where it is less by rounding, or not recorded."""

    store: Store
    steps: int
    part: str
    mean: Cells

    def __getitem__(self, index: Any) -> NDArray[Any]:
        rows, columns = index if isinstance(index, tuple) else (index, slice(None))
        mean = self.mean[rows, columns]
        most = np.asarray(self.store.arrays[self.part][: self.steps][rows, columns], np.float32)
        return np.where(most > mean, most, mean)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        return np.asarray(self[:, :], dtype)


class _Peaks:
    """The most that places were asked for; each step is looked at once."""

    def __init__(self, places: int) -> None:
        self._done = 0
        self._most, self._first = np.full(places, np.nan, np.float32), np.full(places, -1)

    def upto(self, heat_most: Cells, steps: int) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """As `RunSeries.overloads`."""
        for first in range(self._done, steps, _ROWS_AT_ONCE):
            rows = heat_most[first : min(first + _ROWS_AT_ONCE, steps)]
            np.fmax(self._most, np.fmax.reduce(rows, axis=0), out=self._most)
            over = rows > 1.0
            begins = over.any(axis=0) & (self._first < 0)
            self._first[begins] = first + over[:, begins].argmax(axis=0)
        self._done = steps
        return self._most.copy(), self._first.copy()


@dataclass(frozen=True)
class RunSeries:
    """Means over n recording steps (`edges_s`, n + 1) of m hosts and domains; NaN where nothing was up.

    `series[name]` is a quantity of `OF_PLACES` (steps x places). `running_least`, `not_running_most` and
    `dropped_most_rps` are the extremes within each step, exact; where an older run did not record them, its means.
    """

    edges_s: NDArray[np.float64]
    ids: NDArray[np.int64]
    kinds: list[str]
    names: list[str]
    places: Mapping[str, Cells]
    counts: NDArray[np.float64]
    service_ids: list[int]
    service_names: list[str]
    asked_rps: NDArray[np.float64]
    served_rps: NDArray[np.float64]
    dropped_rps: NDArray[np.float64]
    balancer_dropped_rps: NDArray[np.float64]
    running_least: NDArray[np.float64]
    not_running_most: NDArray[np.float64]
    dropped_most_rps: NDArray[np.float64]
    credit_ids: list[int] = field(default_factory=list)
    credit_names: list[str] = field(default_factory=list)
    credits: NDArray[np.float64] = field(default_factory=lambda: np.zeros((0, 0)))
    surplus: NDArray[np.float64] = field(default_factory=lambda: np.zeros((0, 0)))
    """CPU credits of the VMs that have some, and what they owe, at the end of each step."""
    backlog_ids: list[int] = field(default_factory=list)
    backlog_names: list[str] = field(default_factory=list)
    backlogs_s: NDArray[np.float64] = field(default_factory=lambda: np.zeros((0, 0)))
    """What waits of the VMs that keep a backlog, in seconds of work at full speed, at the end of each step."""

    answers: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)
    """Response times of services in each step by name (`mean_s`, `p50_s`, `p95_s`, `p99_s`, `p99_most`; NaN: not
    known), requests that wait (`backlog`), attempts and late answers a second; empty where none are told."""
    power: PowerResult | None = None
    """What data centers draw, and loads of feeds."""
    power_names: Mapping[str, list[str]] = field(default_factory=dict)
    """Names of halls, feeds and UPSs."""
    unreached: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    """How many VMs run cut off from the network, mean over each step; 0 without a network."""
    zone_of: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    store: Store | None = None
    """What they are read from; another one has other steps."""
    peaks: _Peaks | None = None

    def overloads(self) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """Of each place the most that it was asked for within a step (NaN: was never up), a fraction of what it has;
        and the first step in which that was more than it has (-1: none)."""
        return (self.peaks or _Peaks(self.ids.size)).upto(self["asked_most_frac"], self.steps)

    def __getitem__(self, name: str) -> Cells:
        """A quantity of all places, by its name."""
        return self.places[name]

    def power_of(self, quantity: Quantity) -> NDArray[np.float64]:
        """A quantity of halls, feeds or UPSs (steps x columns)."""
        found: NDArray[np.float64] = getattr(self.power, quantity.part)
        return found

    def power_ids(self, of: str) -> list[int]:
        """The ids of the halls, feeds or UPSs whose power is told."""
        ids: NDArray[np.int64] = getattr(self.power, {HALL: "hall_ids", FEED: "feed_ids", BATTERY: "ups_ids"}[of])
        return [int(i) for i in ids]

    @property
    def steps(self) -> int:
        """How many recording steps there are."""
        return self.edges_s.size - 1

    @property
    def most_steps(self) -> int:
        """How many there are when the run is over."""
        return 0 if self.store is None else int(self.store.arrays["counts"].shape[0])

    @cached_property
    def limit_fill(self) -> NDArray[np.float64]:
        """How full each limit of `Spec.limits` is (steps x limits), a fraction of what it gives then. It is worked out
        when it is first asked for: there may be some for each host, and most readings of a run ask for none.
        """
        return np.zeros((0, 0)) if self.store is None else _fill(self.store, self.steps)

    def step_at(self, time_s: float | None) -> int:
        """The recording step in which a time is; the newest when None. -1 where there is none."""
        if time_s is None:
            return self.steps - 1
        return min(max(int(np.searchsorted(self.edges_s, time_s, side="right")) - 1, 0), self.steps - 1)

    def of_kind(self, kind: str) -> NDArray[np.int64]:
        """The columns of a kind."""
        return np.flatnonzero(np.array([k == kind for k in self.kinds], np.bool_))


class SeriesReader:
    """Turns the engine's integrals into series; each recording step is computed once."""

    def __init__(self, spec: Spec) -> None:
        self.spec = spec
        self.ids, self._parent = units_of(spec)
        self._levels = levels(self._parent)
        self._kinds = [*("host" for _ in spec.hosts), *(d.kind for d in spec.domains)]
        self._names = [*(h.name for h in spec.hosts), *(d.name for d in spec.domains)]
        self._zone_of = self._zones()
        having = vms_with_credits(spec)
        self._keeping = vms_with_backlogs(spec)
        self._credit_ids, self._credit_names = [i for i, _ in having], [name for _, name in having]
        self._holds_hosts = holding(len(spec.hosts), self.ids.size, self._levels)
        self._known_watts = known_watts(spec, self.ids, self._levels)
        self._store: Store | None = None
        self._integrals: _Integrals | None = None

    def read(self, store: Store) -> RunSeries:
        """The series of all steps that are final."""
        if self._integrals is None or store is not self._store:
            self._store, self._integrals = store, _Integrals(store, self._levels, self.ids.size)
            self._peaks = _Peaks(self.ids.size)
        filled = store.filled
        self._integrals.filled = filled
        edges = np.minimum(np.arange(filled + 1) * self.spec.sample_s, self.spec.until_s)
        width = np.diff(edges)[:, None]
        asked, served = (store.arrays[name][:filled] / width for name in ("requested", "served"))
        dropped, counts = dropped_rps(self.spec, store, np.diff(edges)), store.arrays["counts"][:filled] / width
        return RunSeries(
            edges_s=edges,
            ids=self.ids,
            kinds=self._kinds,
            names=self._names,
            places={of.name: self._cells(of, edges) for of in OF_PLACES},
            counts=counts,
            unreached=_unreached(store, edges),
            service_ids=[s.id for s in self.spec.services],
            service_names=[s.name for s in self.spec.services],
            asked_rps=asked,
            served_rps=served,
            dropped_rps=dropped,
            balancer_dropped_rps=store.arrays["balancer_dropped"][:filled] / width,
            **_extremes(store, filled, counts, dropped),
            credit_ids=self._credit_ids,
            credit_names=self._credit_names,
            credits=np.array(store.arrays["credits"][:filled]),
            surplus=np.array(store.arrays["surplus"][:filled]),
            backlog_ids=[i for i, _, _ in self._keeping],
            backlog_names=[name for _, name, _ in self._keeping],
            backlogs_s=self._backlogs(store),
            answers=_answers(self.spec, store, edges),
            power=self._power(store, edges),
            power_names=self._power_names,
            zone_of=self._zone_of,
            store=store,
            peaks=self._peaks,
        )

    def _power(self, store: Store, edges: NDArray[np.float64]) -> PowerResult | None:
        return None if self.spec.power is None else PowerResult(self.spec, store, edges)

    @cached_property
    def _power_names(self) -> dict[str, list[str]]:
        power, names = self.spec.power, dict(zip(self.ids.tolist(), self._names))
        if power is None:
            return {}
        ids = {
            HALL: [hall.id for hall in power.halls], FEED: [feed.id for feed in power.feeds],
            BATTERY: [ups.id for feed in power.feeds for ups in feed.ups],
        }  # fmt: skip
        return {of: [names[i] for i in each] for of, each in ids.items()}

    def _backlogs(self, store: Store) -> NDArray[np.float64]:
        """What waits of VMs that keep a backlog, in seconds of work at full speed."""
        if not self._keeping:
            return np.zeros((store.filled, 0))
        sizes = np.array([size for _, _, size in self._keeping])
        waits: NDArray[np.float64] = np.array(store.arrays["backlog"][: store.filled]) / sizes
        return waits

    def backlog_of(self, store: Store, vm_id: int, time_s: float) -> float | None:
        """What waits of a VM at the end of the last step that is over by a time, in seconds of work at full speed; None
        where it keeps no backlog, or no step is over.
        """
        step = min(int(time_s / self.spec.sample_s + 1e-9), store.filled) - 1
        for n, (i, _, size) in enumerate(self._keeping):
            if i == vm_id and step >= 0:
                return float(store.arrays["backlog"][step, n]) / size
        return None

    def credits_of(self, store: Store, vm_id: int, time_s: float) -> tuple[float, float] | None:
        """CPU credits of a VM, and surplus credits that it owes, at the end of the last step that is over by a time."""
        step = min(int(time_s / self.spec.sample_s + 1e-9), store.filled) - 1
        if step < 0 or vm_id not in self._credit_ids:
            return None
        n = self._credit_ids.index(vm_id)
        return float(store.arrays["credits"][step, n]), float(store.arrays["surplus"][step, n])

    def _cells(self, of: Quantity, edges: NDArray[np.float64]) -> Cells:
        """A quantity of places; NaN where the run does not record it."""
        assert self._store is not None and self._integrals is not None
        filled = edges.size - 1
        if of.sums == MOST:
            return _Most(self._store, filled, of.part, self._cells(PLACE_QUANTITIES[of.whole], edges))
        if not _recorded(self._store, of.part):
            return np.broadcast_to(np.float32(np.nan), (filled, self.ids.size))
        hosts = self._known_watts if of.part == "energy" else self._holds_hosts
        known = hosts if of.of_hosts else np.ones(self.ids.size, np.bool_)
        whole = np.diff(edges) if of.whole in (TIME, ROOM) else of.whole
        mean = _Means(self._integrals, filled, of.part, whole, known)
        return _OfRoom(mean, self._room_mib) if of.whole == ROOM else mean

    @cached_property
    def _room_mib(self) -> NDArray[np.float64]:
        """Memory for VMs of the hosts in each column."""
        room = np.zeros(self.ids.size)
        room[: len(self.spec.hosts)] = [memory_mib(host) for host in self.spec.hosts]
        add_up(room, self._levels)
        return room

    def _zones(self) -> NDArray[np.int64]:
        """The id of the zone each column stands in (itself for a zone), 0 outside of zones."""
        zone = np.zeros(self.ids.size, np.int64)
        above = np.arange(self.ids.size)
        is_zone = np.array([kind == "zone" for kind in self._kinds], np.bool_)
        while above.size and (above >= 0).any():
            found = (above >= 0) & (zone == 0) & is_zone[above]
            zone[found] = self.ids[above[found]]
            above = np.where(above >= 0, self._parent[above], -1)
        return zone


def _answers(spec: Spec, store: Store, edges: NDArray[np.float64]) -> dict[str, NDArray[np.float64]]:
    """What is told of the response times of services."""
    if not told_services(spec):
        return {}
    filled, width = edges.size - 1, np.diff(edges)[:, None]
    read = {name: np.array(store.arrays[f"service_{name}"][:filled]) for name in _ANSWERS}
    known, fluid = read["known_s"], fluid_services(spec)
    found = {}
    for name in ("mean_s", "p50_s", "p95_s", "p99_s"):
        with np.errstate(invalid="ignore", divide="ignore"):
            found[name] = np.where(known > 0.0, read[name] / known, np.nan)
    found["p99_most"] = np.where(known > 0.0, read["p99_most"], np.nan)
    asked = np.array(store.arrays["requested"][:filled])
    found["backlog"] = read["backlog_s"] / width
    found["attempts_rps"] = np.where(fluid, read["attempts"], asked) / width
    found["late_rps"] = read["late"] / width
    return found


_ANSWERS = ("known_s", "mean_s", "p50_s", "p95_s", "p99_s", "p99_most", "backlog_s", "attempts", "late")


def _unreached(store: Store, edges: NDArray[np.float64]) -> NDArray[np.float64]:
    """How many VMs run unreached in each step."""
    width = np.diff(edges)
    if not _recorded(store, UNREACHED):
        return np.zeros(width.size)
    found: NDArray[np.float64] = np.array(store.arrays[UNREACHED][: width.size, 0]) / width
    return found


def _fill(store: Store, filled: int) -> NDArray[np.float64]:
    """How full limits are in each step."""
    used, room = (np.array(store.arrays[name][:filled]) for name in ("limit_used", "limit_room"))
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(room > 0.0, used / room, 0.0)


def _extremes(
    store: Store, filled: int, counts: NDArray[np.float64], dropped: NDArray[np.float64]
) -> dict[str, NDArray[np.float64]]:
    """Least and most within each recording step; the means where they were not recorded."""
    least, most, dropped_most = (
        np.array(store.arrays[name][:filled]) for name in ("counts_least", "counts_most", "dropped_most")
    )
    running, not_running = EXTREMES.index("running"), EXTREMES.index("not running")
    return {
        "running_least": np.where(np.isnan(least[:, running]), counts[:, 0], least[:, running]),
        "not_running_most": np.where(np.isnan(most[:, not_running]), counts[:, 1:4].sum(axis=1), most[:, not_running]),
        "dropped_most_rps": np.where(np.isnan(dropped_most), dropped, dropped_most),
    }
