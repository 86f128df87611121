"""Proxmox: balloons of VMs follow the load of the host (pve-manager, AutoBalloon.pm and pvestatd.pm; confidence A).

A run does what the daemon does (`cycle`), not what the manual says (`by_shares`): what a VM cannot take because of its
maximum is given to nobody.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from designer.engine.memory.holding import F

TARGET = 0.80
"""The fraction of the host's memory that the daemon wants used."""
CYCLE_S, MOST_MIB, DEAD_MIB = 10.0, 100.0, 10.0
"""Seconds between two looks, the most that a VM's memory changes at one, what is too little to act."""
_ENOUGH_FREE = 0.25
"""A VM with more free memory than this fraction of its minimum is not under pressure."""
_BYTE = 1.0 / (1 << 20)

B = NDArray[np.bool_]


def goal_mib(host_mib: float, used_mib: float) -> float:
    """Memory that the host has to give; below 0: to take back."""
    return TARGET * host_mib - used_mib


def by_shares(goal: float, shares: F) -> F:
    """What each VM gets above its minimum by the manual: its part of the goal by shares."""
    part: F = goal * shares / shares.sum()
    return part


def under_pressure(size: F, active: F, least: F) -> B:
    """Which VMs count as short of memory."""
    found: B = ~((size - active > _ENOUGH_FREE * least) & (size >= least))
    return found


def cycle(goal: float, size: F, least: F, most: F, shares: F, pressed: B) -> F:
    """The memory of each VM after one look of the daemon: growing, those under pressure first; shrinking, the others.

    VMs without shares are left alone.
    """
    takes_part = shares > 0.0
    if abs(goal) <= DEAD_MIB or not takes_part.any():
        return size.copy()
    new = size.copy()
    first = takes_part & (pressed if goal > 0.0 else ~pressed)
    rest = _change(goal, goal, new, size, least, most, shares, first)
    if abs(rest) >= abs(goal):
        _change(rest, rest, new, size, least, most, shares, takes_part)
    return new


def _change(goal: float, rest: float, new: F, size: F, least: F, most: F, shares: F, who: B) -> float:
    """Divide a goal among some VMs by shares, each as far as one look goes; what is left of it.

    A VM that has its part is done: what others leave is divided without it.
    """
    open_, moved = who.copy(), True
    while abs(rest) > _BYTE and moved and open_.any():
        total = float((new[open_] - least[open_]).sum()) + rest
        wanted = np.clip(least + _whole(total / shares[open_].sum() * shares), least, most)
        grows, shrinks = open_ & (wanted > size) & (goal > 0.0), open_ & (wanted < size)
        open_ = grows | shrinks
        after = np.where(grows, np.minimum(size + MOST_MIB, wanted), np.maximum(size - MOST_MIB, wanted))
        change = float((after - new)[open_].sum())
        moved = bool((after != new)[open_].any())
        new[open_] = after[open_]
        rest -= change
    return rest


def _whole(amount: F) -> F:
    """Amounts in whole bytes; rounding is not a byte."""
    whole: F = np.floor(amount / _BYTE + 0.5) * _BYTE
    return whole
