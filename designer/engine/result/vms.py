"""Figures of VMs over a run so far: what each got, why not more, and its load."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from designer.engine.result.log import HAPPENED
from designer.engine.result.recorder import Log
from designer.engine.share.arrays import Sums
from designer.engine.share.levels import seconds_at
from designer.engine.tables.tabulate import Tables

_VMS_AT_ONCE = 1024
"""Histograms that are read together: their running sums take 2 MB."""


class VmResult:
    """Figures of VMs. Rows: the VMs of the spec, then slots of groups; applications are VMs here.

    `size` is the vCPUs x MHz of each, `edges_s` the edges of the final recording steps.
    """

    def __init__(
        self, sums: Sums, size: NDArray[np.float64], vcpus: NDArray[np.float64], edges_s: NDArray[np.float64]
    ) -> None:
        self._sums, self._size, self._vcpus, self._edges_s = sums, size, vcpus, edges_s

    @property
    def mean_mhz(self) -> NDArray[np.float64]:
        """Mean MHz each VM got while it ran; NaN when it never did."""
        return ratio(self._sums.vms["allocated"], self._sums.vms["running"])

    @property
    def mean(self) -> NDArray[np.float64]:
        """Mean load of each VM while it ran, a fraction of its vCPUs x MHz."""
        return self.mean_mhz / self._size

    @property
    def throttled(self) -> NDArray[np.float64]:
        """Demand that each VM could not have even on an idle host, a fraction of its vCPUs x MHz while it ran."""
        return ratio(self._sums.vms["throttled"], self._sums.vms["running"]) / self._size

    @property
    def waiting(self) -> NDArray[np.float64]:
        """Demand that each VM could not work off while it waited for its disks or the wire, a fraction of its
        vCPUs x MHz while it ran.
        """
        return ratio(self._sums.vms["waiting"], self._sums.vms["running"]) / self._size

    @property
    def overhead(self) -> NDArray[np.float64]:
        """Demand that each VM would miss even alone on its host, a fraction of its vCPUs x MHz while it ran."""
        return ratio(self._sums.vms["overhead"], self._sums.vms["running"]) / self._size

    @property
    def steal(self) -> NDArray[np.float64]:
        """Demand that each VM lost to others, a fraction of its vCPUs x MHz while it ran."""
        return ratio(self._sums.vms["steal"], self._sums.vms["running"]) / self._size

    @property
    def steal_ms(self) -> NDArray[np.float64]:
        """Steal as the sum over the vCPUs of each VM, ms of the whole run: what ESXi calls ready time."""
        return self._sums.vms["steal"] / self._size * self._vcpus * 1000.0

    def mean_of(self, name: str) -> NDArray[np.float64]:
        """What flows of each VM ask for or get, a second while it ran; by name as in `OF_FLOWS` (operations, Mbit)."""
        return ratio(self._sums.flows[name], self._sums.vms["running"])

    def sent_gb(self, name: str) -> NDArray[np.float64]:
        """What each VM sent `to_zones`, `to_regions` or `to_outside`, GB (10^9 bytes): it is paid for."""
        sent: NDArray[np.float64] = self._sums.flows[name] / 8000.0
        return sent

    @property
    def running_s(self) -> NDArray[np.float64]:
        """Seconds each VM ran."""
        return self._sums.vms["running"]

    def percentile(self, share: float) -> NDArray[np.float64]:
        """The load that a VM does not exceed for a share of its running time, to 0.5%; 1: its highest, exact."""
        level: NDArray[np.float64] = self.percentiles(share)[0]
        return level

    def percentiles(self, *shares: float) -> NDArray[np.float64]:
        """As `percentile`, for some shares (shares x VMs)."""
        level = np.full((len(shares), self._size.size), np.nan)
        for rows, seconds in seconds_of(self._sums):
            some = seconds.astype(np.float64)
            total = some.sum(axis=1, keepdims=True)
            sums = np.cumsum(some, axis=1)
            for n, share in enumerate(shares):
                reached = sums >= share * total * (1.0 - 1e-6)
                found = np.argmax(reached, axis=1) / (some.shape[1] - 1)
                level[n, rows] = np.where(total[:, 0] > 0, found, np.nan)
        if not np.isnan(self._sums.vms["most"]).any():
            highest = np.where(self._sums.vms["running"] > 0, self._sums.vms["most"] / self._size, np.nan)
            level[np.array(shares) >= 1.0] = highest
        return level

    @property
    def series(self) -> NDArray[np.float64]:
        """Mean load of each VM in each step, a fraction (VMs x steps); empty unless `keep_vm_series`."""
        sums = self._sums.vm_series.astype(np.float64)
        if not sums.size:
            return sums
        return sums[:, : self._edges_s.size - 1] / np.diff(self._edges_s)[None, :] / self._size[:, None]


def seconds_of(sums: Sums) -> Iterator[tuple[slice, NDArray[np.float32]]]:
    """Yield the seconds that VMs were at each level, some VMs at once, with their rows."""
    count = sums.vm_bins.at.size
    for first in range(0, count, _VMS_AT_ONCE):
        rows = slice(first, min(first + _VMS_AT_ONCE, count))
        yield rows, seconds_at(sums.vm_bins, rows.start, rows.stop)


def due_s(tables: Tables, log: Log, time_s: float) -> NDArray[np.float64]:
    """Seconds until `time_s` in which each VM should have run: all of them, but those before its group launched it and
    those after it was terminated; none where it is powered off. Applications as their VM.
    """
    due = np.zeros(len(tables.vms))
    begin = np.full(due.size, np.nan)
    begin[: tables.designed] = np.where(tables.powered_on[: tables.designed], 0.0, np.nan)
    told = log.columns()
    launched, terminated = (HAPPENED.index(what) for what in ("launched", "terminated"))
    entries = np.flatnonzero(np.isin(told["what"], (launched, terminated)))
    rows = {int(i): n for n, i in enumerate(tables.vm_ids)} if entries.size else {}
    for n in entries.tolist():
        row, at_s = rows[int(told["id"][n])], float(told["time_s"][n])
        if told["what"][n] == terminated:
            due[row] += at_s - begin[row]
            begin[row] = np.nan
        elif np.isnan(begin[row]):
            begin[row] = at_s
    due += np.where(np.isnan(begin), 0.0, time_s - begin)
    return due[tables.inside]


def moves_of(tables: Tables, log: Log) -> NDArray[np.float64]:
    """Of each VM how often it migrated, and for how many seconds it stood still for that (VM x 2). Applications as
    their VM.
    """
    moves = np.zeros((len(tables.vms), 2))
    told = log.columns()
    entries = np.flatnonzero(told["what"] == HAPPENED.index("migrated"))
    if not entries.size:
        return moves
    order = np.argsort(tables.vm_ids)
    rows = order[np.searchsorted(tables.vm_ids, told["id"][entries], sorter=order)]
    np.add.at(moves[:, 0], rows, 1.0)
    np.add.at(moves[:, 1], rows, told["value"][entries])
    return moves[tables.inside]


_REACHED = ("reached", "down", "failed", "killed", "stopped", "lost", "terminated", "restarting", "running")
"""What ends the time in which a VM runs and is not reached."""


def unreached_of(tables: Tables, log: Log, time_s: float) -> NDArray[np.float64]:
    """Seconds until `time_s` in which each VM ran, cut off from the network. Applications as their VM."""
    found = np.zeros(len(tables.vms))
    if tables.wiring is None:
        return found
    told = log.columns()
    begins, ends = HAPPENED.index("unreached"), [HAPPENED.index(what) for what in _REACHED]
    cut = told["id"][told["what"] == begins]
    if not cut.size:
        return found
    ids, since = tables.vm_ids.tolist(), np.full(found.size, np.nan)
    rows = {i: n for n, i in enumerate(ids)}
    entries = np.flatnonzero(np.isin(told["id"], np.intersect1d(cut, ids)) & np.isin(told["what"], [begins, *ends]))
    for n in entries.tolist():
        row, at_s = rows[int(told["id"][n])], float(told["time_s"][n])
        if told["what"][n] == begins:
            since[row] = at_s
        else:
            found[row] += np.nan_to_num(at_s - since[row])
            since[row] = np.nan
    found += np.nan_to_num(time_s - since)
    return found[tables.inside]


def ratio(part: NDArray[np.float64], whole: NDArray[np.float64]) -> NDArray[np.float64]:
    """A part of a whole; NaN where there is no whole."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(whole > 0, part / whole, np.nan)


def divide(part: NDArray[np.float64], whole: NDArray[np.float64]) -> NDArray[np.float64]:
    """`ratio`, in the place of the part; all its rows have one whole where that is one row."""
    with np.errstate(invalid="ignore", divide="ignore"):
        part /= whole
    np.copyto(part, np.nan, where=~(whole > 0))
    return part
