"""Linux under KVM: equal pages are merged, then the host swaps what is idle, then it kills (mm/oom_kill.c)."""

from __future__ import annotations

import numpy as np

from designer.engine.memory.holding import Asking, F, Held, missing_of

_MERGE_FRACTION, _MERGE_MIB = 0.20, 2048.0
"""Pages are merged once less than 20 % of the host, and less than 2 GiB, is left (ksmtuned.conf; confidence A)."""


def merges(committed_mib: float, host_mib: float) -> bool:
    """Whether a host with so much committed memory merges equal pages (KSM)."""
    return committed_mib + max(_MERGE_FRACTION * host_mib, _MERGE_MIB) > host_mib


def badness(resident: F, swapped: F, adjust: F, total: float) -> F:
    """The points by which Linux chooses whom it kills, in the unit of memory; `total` is RAM and swap together."""
    points: F = resident + swapped + adjust * (total / 1000.0)
    return points


def victim(points: F, adjust: F) -> int:
    """The first process with the most points; -1 where all are exempt (adjusted by -1000)."""
    mortal = adjust > -1000.0
    return int(np.argmax(np.where(mortal, points, -np.inf))) if mortal.any() else -1


def swapped_of(amount: float, idle: F, active: F) -> tuple[F, F]:
    """How the host takes an amount from VMs, idle memory first, each in proportion; and what of it is active."""
    from_idle = min(amount, float(idle.sum()))
    from_active = min(amount - from_idle, float(active.sum()))
    part_idle = idle * (from_idle / idle.sum()) if from_idle > 0.0 else np.zeros(idle.size)
    part_active = active * (from_active / active.sum()) if from_active > 0.0 else np.zeros(idle.size)
    return part_idle + part_active, part_active


def settle(asking: Asking, has_mib: float, host_mib: float, sharable: float, swap_mib: float, ballooned: F) -> Held:
    """What the VMs of a host hold beside what their balloons took; the victim where RAM and swap are not enough."""
    size = asking.configured - ballooned
    committed = float((size + asking.overhead).sum()) + host_mib - has_mib
    shared = size * (sharable if merges(committed, host_mib) else 0.0)
    pages, room = size - shared, has_mib - float(asking.overhead.sum())
    too_much = max(float(pages.sum()) - room, 0.0)
    active = np.minimum(asking.active, pages)
    swapped, of_active = swapped_of(min(too_much, swap_mib), pages - active, active)
    missing = missing_of(asking.active, size)
    missing = missing + (1.0 - missing) * np.divide(of_active, active, out=np.zeros(active.size), where=active > 0.0)
    killed, resident = -1, pages - swapped
    if too_much > swap_mib * (1.0 + 1e-12) + 1e-6:
        points = badness(resident + asking.overhead, swapped, asking.adjust, host_mib + swap_mib)
        killed = victim(points, asking.adjust)
    nothing, free = np.zeros(size.size), room - float(resident.sum())
    state = _state(bool(swapped.any()), bool(ballooned.any()), bool(shared.any()))
    return Held(resident, shared, ballooned, nothing, swapped, missing, nothing, free, state, killed)


def _state(swaps: bool, balloons: bool, merges_pages: bool) -> str:
    return "swapping" if swaps else "ballooning" if balloons else "merging" if merges_pages else ""
