"""Series of a run for plots and tables: read from the arrays that the engine fills, domains with all beneath them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from designer.engine.result.arrays import SERIES, Store
from designer.engine.result.log import EXTREMES
from designer.engine.spec import Spec
from designer.engine.tables.tree import add_up, holding, levels, units_of

F32 = NDArray[np.float32]
UNSERVED = ("throttled", "overhead", "steal")
"""Why demand was not served."""


@dataclass(frozen=True)
class RunSeries:
    """Means over n recording steps (`edges_s`, n + 1) of m hosts and domains; NaN where nothing was up.

    `running_least`, `not_running_most` and `dropped_most_rps` are the extremes within each step, exact; where an older
    run did not record them, its means. `used` and `heat` are fractions of the capacity; `throttled`, `overhead` and
    `steal`, of the vCPUs × MHz of the VMs that run, say why demand was not served. `power_w` is NaN where no host
    stands: it is not known.
    """

    edges_s: NDArray[np.float64]
    ids: NDArray[np.int64]
    kinds: list[str]
    names: list[str]
    used: F32
    heat: F32
    throttled: F32
    overhead: F32
    steal: F32
    power_w: NDArray[np.float64]
    counts: NDArray[np.float64]
    service_ids: list[int]
    service_names: list[str]
    asked_rps: NDArray[np.float64]
    served_rps: NDArray[np.float64]
    dropped_rps: NDArray[np.float64]
    running_least: NDArray[np.float64]
    not_running_most: NDArray[np.float64]
    dropped_most_rps: NDArray[np.float64]
    zone_of: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))

    @property
    def steps(self) -> int:
        """How many recording steps there are."""
        return self.edges_s.size - 1

    def of_kind(self, kind: str) -> NDArray[np.int64]:
        """The columns of a kind."""
        return np.flatnonzero(np.array([k == kind for k in self.kinds], np.bool_))


class SeriesReader:
    """Turns what the engine has integrated into series; each recording step is worked out once."""

    def __init__(self, spec: Spec) -> None:
        self.spec = spec
        self.ids, self._parent = units_of(spec)
        self._levels = levels(self._parent)
        self._kinds = [*("host" for _ in spec.hosts), *(d.kind for d in spec.domains)]
        self._names = [*(h.name for h in spec.hosts), *(d.name for d in spec.domains)]
        self._zone_of = self._zones()
        self._holds_hosts = holding(len(spec.hosts), self.ids.size, self._levels)
        self._store: Store | None = None
        self._done = 0
        self._made: dict[str, F32] = {}
        self._power_w = np.empty((0, 0))

    def read(self, store: Store) -> RunSeries:
        """The series of all steps that are final."""
        if store is not self._store:
            self._store, self._done = store, 0
            rows = store.arrays["allocated"].shape[0]
            self._made = {n: np.zeros((rows, self.ids.size), np.float32) for n in ("used", "heat", *UNSERVED)}
            self._power_w = np.empty((rows, self.ids.size))  # whole: energies are added up from it
        filled = store.filled
        if filled > self._done:
            self._work_out(store, self._done, filled)
            self._done = filled
        edges = np.minimum(np.arange(filled + 1) * self.spec.sample_s, self.spec.until_s)
        width = np.diff(edges)[:, None]
        asked, served = (store.arrays[name][:filled] / width for name in ("requested", "served"))
        dropped, counts = asked - served, store.arrays["counts"][:filled] / width
        return RunSeries(
            edges_s=edges,
            ids=self.ids,
            kinds=self._kinds,
            names=self._names,
            used=self._made["used"][:filled],
            heat=self._made["heat"][:filled],
            throttled=self._made["throttled"][:filled],
            overhead=self._made["overhead"][:filled],
            steal=self._made["steal"][:filled],
            power_w=self._power_w[:filled],
            counts=counts,
            service_ids=[s.id for s in self.spec.services],
            service_names=[s.name for s in self.spec.services],
            asked_rps=asked,
            served_rps=served,
            dropped_rps=np.where(np.abs(dropped) <= 1e-12 * asked, 0.0, dropped),
            **_extremes(store, filled, counts, dropped),
            zone_of=self._zone_of,
        )

    def _work_out(self, store: Store, first: int, stop: int) -> None:
        sums: dict[str, NDArray[Any]] = {name: np.array(store.arrays[name][first:stop]) for name in SERIES}
        for values in sums.values():
            if values.any():
                add_up(values, self._levels)
        edges = np.minimum(np.arange(first, stop + 1) * self.spec.sample_s, self.spec.until_s)
        with np.errstate(invalid="ignore", divide="ignore"):
            self._made["used"][first:stop] = sums["allocated"] / sums["capacity"]
            self._made["heat"][first:stop] = sums["asked"] / sums["capacity"]
            for name in UNSERVED:
                self._made[name][first:stop] = sums[name] / sums["size"]
        self._power_w[first:stop] = sums["energy"] / np.diff(edges)[:, None]
        self._power_w[first:stop, ~self._holds_hosts] = np.nan

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
