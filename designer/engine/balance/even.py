"""Balancers that even out the loads of hosts, by the move that evens them out most: Proxmox's, and one like DRS.

Proxmox: a host's load is the mean of its CPU and its memory, the imbalance their coefficient of variation, over the
largest it can be with that number of hosts (proxmox-resource-scheduling, scheduler.rs; pve-ha-manager, Manager.pm).
vSphere 5.0 to 6.7: a host's load is what its VMs are entitled to, over its capacity; the imbalance its standard
deviation.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from designer.engine import capacity
from designer.engine.capacity import FITS, Limits, Needs, Taken
from designer.engine.compiled import brief_door
from designer.engine.share.arrays import B, F, I


class EvenLoads(NamedTuple):
    """VMs that may move (`rows`), the place of the host of each in `hosts`, the load that each puts onto each host (VM
    x host) and the load of each host; which hosts take VMs.
    """

    rows: I
    at: I
    hosts: I
    each: F
    load: F
    takes: B


def imbalance(load: NDArray[np.float64], relative: bool) -> float:
    """The standard deviation of loads; `relative`: over their mean, and over the most that this can be (0..1)."""
    if load.size < 2 or load.sum() <= 0.0:
        return 0.0
    spread = float(load.std())
    return spread / float(load.mean()) / float(np.sqrt(load.size - 1)) if relative else spread


@brief_door
def best_move(of: EvenLoads, relative: bool, needs: Needs, limits: Limits, taken: Taken, out: I) -> float:
    """The imbalance after the best move (`out`: index of the VM, index of the host); inf where there is none. The first
    among equals is taken.
    """
    best, count, total, squares = np.inf, of.load.size, 0.0, 0.0
    for b in range(count):
        total += of.load[b]
        squares += of.load[b] ** 2
    for n in range(of.rows.size):
        a = of.at[n]
        left = max(of.load[a] - of.each[n, a], 0.0)
        capacity.count(of.rows[n], of.hosts[a], -1.0, needs, limits, taken)  # it is not in its own way
        for b in range(count):
            if b == a or not of.takes[b]:
                continue
            came = of.load[b] + of.each[n, b]
            whole = total - of.load[a] - of.load[b] + left + came
            mean = whole / count
            power = squares - of.load[a] ** 2 - of.load[b] ** 2 + left**2 + came**2
            spread = np.sqrt(max(power / count - mean * mean, 0.0))
            if relative:
                spread = spread / mean / np.sqrt(count - 1.0) if mean > 0.0 else 0.0
            if spread < best - 1e-12 and capacity.why_not(of.rows[n], of.hosts[b], needs, limits, taken) == FITS:
                best, out[0], out[1] = spread, n, b
        capacity.count(of.rows[n], of.hosts[a], 1.0, needs, limits, taken)
    return best


@brief_door
def make_move(of: EvenLoads, n: int, b: int, needs: Needs, limits: Limits, taken: Taken) -> None:
    """Count a VM on its new host."""
    a = of.at[n]
    of.load[a] = max(of.load[a] - of.each[n, a], 0.0)
    of.load[b] += of.each[n, b]
    of.at[n] = b
    capacity.count(of.rows[n], of.hosts[a], -1.0, needs, limits, taken)
    capacity.take(of.rows[n], of.hosts[b], needs, limits, taken)


class Hold:
    """Proxmox's patience: looks in a row at which the imbalance was above the threshold."""

    def __init__(self, threshold: float, hold: int, margin: float) -> None:
        self._threshold, self._hold, self._margin = threshold, hold, margin
        self.above = 0

    def is_due(self, now: float) -> bool:
        """Note an imbalance (equal to the threshold is not above); whether a move is to be sought. Then it starts to
        count again.
        """
        self.above = self.above + 1 if now > self._threshold else 0
        if self.above < self._hold:
            return False
        self.above = 0
        return True

    def is_worth(self, now: float, then: float) -> bool:
        """Whether a move is made that changes the imbalance so."""
        return (now - then) / now >= self._margin
