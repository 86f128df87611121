"""ESXi: free memory it keeps, its states, and the order in which it takes memory back.

Page sharing starts below 100 % of minFree, the balloon below 64 %, compression and swap below 32 %. Each of them takes
as much as keeps free memory at its threshold (running-system.com and blog.jgriffiths.org on vSphere 6; confidence B).
"""

from __future__ import annotations

from functools import cache

import numpy as np

from designer.engine.memory.holding import Asking, F, Held, active_in, missing_of

_SCALE = ((4096.0, 0.06), (8192.0, 0.04), (16_384.0, 0.02), (np.inf, 0.01))
"""MiB of the host, one part after the other, and the fraction of each that is kept free (frankdenneman.nl, 2011)."""
STATES = ("high", "clear", "soft", "hard", "low")
ENTERED_BELOW = (1.0, 0.64, 0.32, 0.16)
"""The fractions of minFree below which the states after the first begin."""
LARGE_PAGES_BELOW = 4.0
"""The multiple of minFree below which large pages are broken into small ones, which can be shared (Epping)."""
IDLE_TAX = 0.75
"""The tax by which an idle page costs four times as much as an active one (Waldspurger, OSDI 2002)."""
BALLOON_MOST = 0.65
"""The most of a VM's memory that its balloon takes (general knowledge; confidence C)."""
CACHE_MOST = 0.10
"""The most of a VM's memory that its compressed pages take (blog.jgriffiths.org; confidence B)."""
COMPRESSED = 0.5
"""What a compressed page still takes: ESXi compresses pages that shrink to half (confidence C)."""


@cache
def min_free_mib(host_mib: float) -> float:
    """minFree of a host: memory that ESXi keeps free, by a sliding scale of the host's memory."""
    kept, left = 0.0, host_mib
    for part, fraction in _SCALE:
        kept += min(left, part) * fraction
        left -= min(left, part)
    return kept


def entered_below_mib(host_mib: float) -> dict[str, float]:
    """Free memory below which each state after *high* begins."""
    return dict(zip(STATES[1:], (min_free_mib(host_mib) * fraction for fraction in ENTERED_BELOW)))


def state_of(free_mib: float, host_mib: float) -> str:
    """The state of a host with so much free memory."""
    below = [name for name, limit in entered_below_mib(host_mib).items() if free_mib < limit]
    return below[-1] if below else STATES[0]


def large_pages_broken(free_mib: float, host_mib: float) -> bool:
    """Whether a host with so much free memory has broken its large pages."""
    return free_mib < LARGE_PAGES_BELOW * min_free_mib(host_mib)


def idle_page_cost(tax: float) -> float:
    """How many times as much an idle page costs as an active one."""
    return 1.0 / (1.0 - tax)


def targets(available: float, wants: F, active: F, shares: F, floors: F, tax: float = IDLE_TAX) -> F:
    """Memory of each VM where they want more than is available: shares divided by the cost of its pages are equal for
    all, but nobody is below its floor nor above what it wants.

    The cost of P pages of which A are active is `A + k (P - A)`, with k the cost of an idle page. Floors above what is
    available are cut in proportion.
    """
    if wants.sum() <= available:
        return wants.copy()
    floors = np.minimum(floors, wants)
    if floors.sum() >= available:
        cut: F = floors * (max(available, 0.0) / floors.sum())
        return cut
    k = idle_page_cost(tax)

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


def settle(asking: Asking, has_mib: float, host_mib: float, sharable: float) -> Held:
    """What ESXi takes back from each VM of a host with `has_mib` for VMs; a fraction `sharable` of their pages are
    equal.
    """
    free, least = has_mib - float(asking.overhead.sum()), min_free_mib(host_mib)
    wants, nothing = asking.configured, np.zeros(asking.configured.size)
    may_share = wants * sharable
    too_much = float(wants.sum()) - (free - least)
    shared = may_share * min(max(too_much / may_share.sum(), 0.0), 1.0) if may_share.any() else nothing
    left = wants - shared

    def above_target(pages: F, kept_free: float) -> F:
        floors = np.minimum(asking.floor, pages)
        return pages - targets(free - kept_free, pages, np.minimum(asking.active, pages), asking.shares, floors)

    soft, hard = ENTERED_BELOW[1] * least, ENTERED_BELOW[2] * least
    ballooned = np.minimum(above_target(left, soft), wants * BALLOON_MOST)
    excess = above_target(left - ballooned, hard)
    compressed = np.minimum(excess, wants * CACHE_MOST * COMPRESSED)
    swapped = excess - compressed
    resident = left - ballooned
    packed = active_in(compressed / COMPRESSED, resident)
    missing = active_in(swapped, resident) + missing_of(asking.active, resident)
    still_free = free - float((resident - compressed - swapped).sum())
    state = state_of(still_free, host_mib)
    for found, name in ((ballooned, "soft"), (excess, "hard")):
        if found.any():
            state = max(state, name, key=STATES.index)
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
