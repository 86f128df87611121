"""What VMs of a host ask of its memory, what they hold of it, and how what they miss slows them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

F = NDArray[np.float64]

FIGURES = ("active", "granted", "shared", "ballooned", "compressed", "swapped")
"""What a run tells of the memory of each VM, MiB."""
STATES = ("", "high", "clear", "soft", "hard", "low", "merging", "ballooning", "swapping", "short")
"""The states of a host's memory: none, the five of ESXi, three of Linux and Proxmox, Hyper-V's shortage."""
TAKING_BACK = frozenset(STATES[3:6] + STATES[7:])
"""States in which a host takes memory from its VMs that they may use."""
SLOWDOWN = 100.0
"""How many times as long work takes that misses its memory each time (assumption; confidence C)."""
PACKED_SLOWDOWN = 0.1
"""What a compressed page costs, of a page that is read from disk (assumption; confidence C)."""


class Asking(NamedTuple):
    """VMs of a host: memory that they have configured and use (`active`), the `floor` below which the hypervisor takes
    nothing back, shares, MiB of the hypervisor for each, and what only one hypervisor asks for: the buffer above the
    demand (Hyper-V, a fraction), the adjustment of their badness (Linux, -1000 to 1000).
    """

    configured: F
    active: F
    floor: F
    shares: F
    overhead: F
    buffer: F
    adjust: F


class Held(NamedTuple):
    """What VMs of a host hold: `granted` in memory of their own, `shared` with equal pages, taken back by the balloon,
    compressed (what that saves), swapped out; the part of their active memory that is `missing` (read from disk when it
    is used) or `packed`. The host's free memory and state; the VM that is killed because nothing is left (-1: none).
    """

    granted: F
    shared: F
    ballooned: F
    compressed: F
    swapped: F
    missing: F
    packed: F
    free: float
    state: str = ""
    victim: int = -1


def active_in(gone: F, pages: F) -> F:
    """The part of a VM's active memory that is gone where pages were taken without a look at their use."""
    part: F = np.divide(gone, pages, out=np.zeros(pages.size), where=pages > 0.0)
    return np.minimum(part, 1.0)


def missing_of(active: F, has: F) -> F:
    """The part of the active memory for which there is no room in what a VM has: its guest pages itself."""
    lack = np.maximum(active - has, 0.0)
    part: F = np.divide(lack, active, out=np.zeros(active.size), where=active > 0.0)
    return part


def stalled(missing: F, packed: F, slowdown: float = SLOWDOWN) -> F:
    """The fraction of its time that a VM waits for memory.

    Work that takes 1 s in memory takes `1 + slowdown x missing` when a part of what it touches is read from disk.
    """
    wait = slowdown * (missing + PACKED_SLOWDOWN * packed)
    return wait / (1.0 + wait)
