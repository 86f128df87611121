"""ESXi: free memory it keeps, its states, and the order in which it takes memory back.

Page sharing starts below 100% of minFree, the balloon below 64%, compression and swap below 32%. Each of them takes
as much as keeps free memory at its threshold (running-system.com and blog.jgriffiths.org on vSphere 6; confidence B).
"""

from __future__ import annotations

from functools import cache

import numpy as np

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
    """The memory state of a host with `free_mib`."""
    below = [name for name, limit in entered_below_mib(host_mib).items() if free_mib < limit]
    return below[-1] if below else STATES[0]


def large_pages_broken(free_mib: float, host_mib: float) -> bool:
    """Whether a host with `free_mib` has broken its large pages."""
    return free_mib < LARGE_PAGES_BELOW * min_free_mib(host_mib)


def idle_page_cost(tax: float) -> float:
    """How many times as much an idle page costs as an active one."""
    return 1.0 / (1.0 - tax)


IDLE_COST = idle_page_cost(IDLE_TAX)
