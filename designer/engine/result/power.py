"""Power and heat over a run so far: what data centers draw, loads of feeds, temperatures, energy of VMs."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from designer.engine.result.arrays import Store
from designer.engine.spec import Spec

F = NDArray[np.float64]


class PowerResult:
    """Figures of the halls, feeds and UPSs of `spec.power`, in their order there; means over each recording step
    (steps x columns). Without power in the spec there are no columns.
    """

    def __init__(
        self,
        spec: Spec,
        store: Store,
        edges_s: F,
        energy_j: F | None = None,
        service: NDArray[np.int64] | None = None,
        metered: NDArray[np.bool_] | None = None,
    ) -> None:
        power = spec.power
        self._store, self._edges_s = store, edges_s
        self._service = np.zeros(0, np.int64) if service is None else service
        self._metered = np.zeros(0, np.bool_) if metered is None else metered
        """Whether each VM and application has its home on a host whose watts are known."""
        self.energy_j = np.zeros((0, 2)) if energy_j is None else energy_j
        """Energy of VMs and applications, J: of the idle watts of their hosts, and of the rest (rows x 2; no rows where
        it is not told)."""
        halls, feeds = (power.halls, power.feeds) if power is not None else ((), ())
        self.hall_ids = np.array([hall.id for hall in halls], np.int64)
        self.feed_ids = np.array([feed.id for feed in feeds], np.int64)
        self.draw_ids = np.array([draw.id for draw in power.draws] if power is not None else [], np.int64)
        self.ups_ids = np.array([ups.id for feed in feeds for ups in feed.ups], np.int64)
        cooled = {unit.hall for unit in power.cooling} if power is not None else set()
        self._cooled = np.array([i in cooled for i in self.hall_ids.tolist()], np.bool_)

    @property
    def _width(self) -> F:
        """Seconds of each step (steps x 1)."""
        return np.diff(self._edges_s)[:, None]

    def _of(self, name: str) -> F:
        found: F = np.array(self._store.arrays[name][: self._store.filled])
        return found

    @property
    def it_w(self) -> F:
        """Watts of hosts, network devices and storage arrays of each hall."""
        return self._of("hall_it") / self._width

    @property
    def cooling_w(self) -> F:
        """Watts of cooling of each hall."""
        return self._of("hall_cooling") / self._width

    @property
    def lost_w(self) -> F:
        """Watts that each hall loses."""
        return self._of("hall_lost") / self._width

    @property
    def facility_w(self) -> F:
        """Watts of each hall: IT, cooling and losses."""
        return self.it_w + self.cooling_w + self.lost_w

    @property
    def pue(self) -> F:
        """Watts of each hall / those of its IT; NaN while that draws nothing."""
        it_w = self.it_w
        return np.divide(self.facility_w, it_w, out=np.full_like(it_w, np.nan), where=it_w > 0.0)

    @property
    def hall_c(self) -> F:
        """Temperature of each hall, °C; NaN where it is not told."""
        return np.where(self._cooled, self._of("hall_c") / self._width, np.nan)

    @property
    def hall_c_most(self) -> F:
        """The highest temperature of each hall within each step, exact, °C; NaN where it is not told."""
        return np.where(self._cooled, self._of("hall_c_most"), np.nan)

    @property
    def feed_w(self) -> F:
        """Watts that each feed supplies."""
        return self._of("feed_load") / self._width

    @property
    def feed_most_w(self) -> F:
        """The most watts that each feed supplies within each step, exact."""
        return self._of("feed_most")

    @property
    def ups_charged(self) -> F:
        """The part of each UPS that is charged."""
        return self._of("ups_charge") / self._width

    @property
    def vm_energy_wh(self) -> F:
        """Energy of each VM and application (rows as `Result.vm_ids`; that of a VM includes its applications), Wh; NaN
        of those that ran on no host whose watts are known; no rows where it is not told.
        """
        total: F = self.energy_j.sum(axis=1) / 3600.0
        return np.where((total > 0.0) | self._metered, total, np.nan) if total.size else total

    @property
    def service_energy_wh(self) -> F:
        """Energy of the members of each service as far as it is known, Wh, NaN where of none; no rows where it is not
        told."""
        if not self.energy_j.size:
            return np.zeros(0)
        count, each = self._store.arrays["served"].shape[1], self.vm_energy_wh
        member = (self._service >= 0) & ~np.isnan(each)
        total = np.bincount(self._service[member], each[member], count).astype(np.float64)
        return np.where(np.bincount(self._service[member], minlength=count) > 0, total, np.nan)


def energy_of(columns: Any, rows: int) -> F | None:
    """The saved energy of VMs and applications; None where it does not fit."""
    found = columns.get("vm_energy", np.zeros((0, 2)))
    return found if found.dtype == np.float64 and found.shape == (rows, 2) else None
