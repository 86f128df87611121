"""Who gets a host's memory, in numpy: by sorted levels and whole columns, where the engine goes VM by VM.

The engine gives the same numbers to the last bit. Amounts are MiB; arrays hold a number for each VM of one host.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from designer.engine.memory import esxi, linux
from designer.engine.memory.holding import PACKED_SLOWDOWN, SLOWDOWN, F


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


def targets(available: float, wants: F, active: F, shares: F, floors: F, tax: float = esxi.IDLE_TAX) -> F:
    """Memory of each VM where they want more than is available: shares divided by the cost of its pages are equal for
    all, but nobody is below its floor nor above what it wants.

    The cost of P pages of which A are active is `A + k (P - A)`, with k the cost of an idle page. Floors above what is
    available are cut in proportion.
    """
    if wants.sum() <= available:
        return wants.copy()
    floors = np.minimum(floors, wants)
    if floors.sum() >= available:
        cut: F = floors * (max(available, 0.0) / floors.sum() if floors.any() else 0.0)
        return cut
    k = esxi.idle_page_cost(tax)

    def at(level: float) -> F:
        cost = shares * level
        found: F = np.clip(np.where(cost <= active, cost, (cost + (k - 1.0) * active) / k), floors, wants)
        return found

    def cost(pages: F) -> F:
        return np.where(pages <= active, pages, k * pages - (k - 1.0) * active)

    levels = np.unique(np.concatenate([cost(floors) / shares, active / shares, cost(wants) / shares]))
    low, high = 0, levels.size - 1  # the sum of what all have rises with the level, in straight pieces between these
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if at(levels[middle]).sum() <= available else (low, middle)
    below, above = at(levels[low]), at(levels[high])
    rise = above.sum() - below.sum()
    part = min(max((available - below.sum()) / rise, 0.0), 1.0) if rise > 0.0 else 0.0
    found: F = below + (above - below) * part
    return found


def settle_esxi(asking: Asking, has_mib: float, host_mib: float, sharable: float) -> Held:
    """What ESXi takes back from each VM of a host with `has_mib` for VMs; a fraction `sharable` of their pages are
    equal.
    """
    free, least = has_mib - float(asking.overhead.sum()), esxi.min_free_mib(host_mib)
    wants, nothing = asking.configured, np.zeros(asking.configured.size)
    may_share = wants * sharable
    too_much = float(wants.sum()) - (free - least)
    shared = may_share * min(max(too_much / may_share.sum(), 0.0), 1.0) if may_share.any() else nothing
    left = wants - shared

    def above_target(pages: F, kept_free: float) -> F:
        floors = np.minimum(asking.floor, pages)
        return pages - targets(free - kept_free, pages, np.minimum(asking.active, pages), asking.shares, floors)

    soft, hard = esxi.ENTERED_BELOW[1] * least, esxi.ENTERED_BELOW[2] * least
    ballooned = np.minimum(above_target(left, soft), wants * esxi.BALLOON_MOST)
    excess = above_target(left - ballooned, hard)
    compressed = np.minimum(excess, wants * esxi.CACHE_MOST * esxi.COMPRESSED)
    swapped = excess - compressed
    resident = left - ballooned
    packed = active_in(compressed / esxi.COMPRESSED, resident)
    missing = active_in(swapped, resident) + missing_of(asking.active, resident)
    still_free = free - float((resident - compressed - swapped).sum())
    state = esxi.state_of(still_free, host_mib)
    for found, name in ((ballooned, "soft"), (excess, "hard")):
        if found.any():
            state = max(state, name, key=esxi.STATES.index)
    return Held(
        granted=resident - compressed - swapped,
        shared=shared,
        ballooned=ballooned,
        compressed=compressed,
        swapped=swapped,
        missing=np.minimum(missing, 1.0),
        packed=packed,
        free=still_free,
        state=state,
    )


def merges(committed_mib: float, host_mib: float) -> bool:
    """Whether a host with so much committed memory merges equal pages (KSM)."""
    return committed_mib + max(linux.MERGE_FRACTION * host_mib, linux.MERGE_MIB) > host_mib


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


def settle_linux(
    asking: Asking, has_mib: float, host_mib: float, sharable: float, swap_mib: float, ballooned: F
) -> Held:
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
    state = state_of_linux(bool(swapped.any()), bool(ballooned.any()), bool(shared.any()))
    return Held(resident, shared, ballooned, nothing, swapped, missing, nothing, free, state, killed)


def state_of_linux(swaps: bool, balloons: bool, merges_pages: bool) -> str:
    return "swapping" if swaps else "ballooning" if balloons else "merging" if merges_pages else ""


def target(demand: F, buffer: F, least: F, most: F) -> F:
    """The memory of each VM while the host has enough."""
    found: F = np.clip(demand * (1.0 + buffer), least, most)
    return found


def divide(room: float, least: F, targets: F, weights: F) -> F:
    """The memory of each VM where the targets are more than there is: above its minimum, one level by weight.

    Microsoft publishes no formula for a shortage; this one is an assumption (confidence C).
    """
    if targets.sum() <= room:
        return targets.copy()
    above, left = targets - least, max(room - float(least.sum()), 0.0)
    order = np.argsort(above / weights, kind="stable")
    given, weight = np.zeros(above.size), float(weights.sum())
    for v in order:
        given[v] = min(above[v], left * weights[v] / weight) if weight > 0.0 else 0.0
        left, weight = left - given[v], weight - weights[v]
    found: F = least + given
    return found


def settle_hyperv(asking: Asking, has_mib: float) -> Held:
    """What the VMs of a host hold. A VM that may give nothing back (its floor is all it has) has static memory."""
    least, most = np.minimum(asking.floor, asking.configured), asking.configured
    room = has_mib - float(asking.overhead.sum())
    wanted = target(asking.active, asking.buffer, least, most)
    size = divide(room, least, wanted, asking.shares)
    state = "short" if float(wanted.sum()) > room else ""
    nothing = np.zeros(size.size)
    missing = missing_of(asking.active, size)
    return Held(size, nothing, most - size, nothing, nothing, missing, nothing, room - float(size.sum()), state)
