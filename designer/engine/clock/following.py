"""What an instant changed, taken over into the figures: which units it touches, and the VMs by state."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from designer.engine.compiled import ZERO, brief_door, door, part
from designer.engine.share.arrays import B, F, I
from designer.engine.state.motion import ASLEEP
from designer.engine.state.state import FAILED, LOST, OFF, REFUSED, RESTARTING, RUNNING, WAITING


class Ruled(NamedTuple):
    """What the rules say of VMs and units, as far as figures follow from it."""

    status: NDArray[np.uint8]
    unit: I
    pace: F
    sent: F
    up: B
    mode: NDArray[np.uint8]
    moving: B
    dark: B
    busy: F
    io_mhz: F


class Known(NamedTuple):
    """The same as the figures know it: `on` is the unit on which a VM runs (-1: none), `up` whether a unit works,
    `tests` whether it is in its self-test.
    """

    status: NDArray[np.uint8]
    on: I
    pace: F
    sent: F
    up: B
    tests: B
    busy: F
    io_mhz: F


@part
def _mark(u: int, n: int, marked: B, found: I) -> int:
    if u < 0 or marked[u]:
        return n
    marked[u] = True
    found[n] = u
    return n + 1


@part
def _tests(u: int, ruled: Ruled) -> bool:
    return bool(ruled.moving[u] and not ruled.dark[u] and not ruled.up[u])


@door
def find_touched(
    vms: I, ups: I, ruled: Ruled, known: Known, inside: I, serving: bool, on: I, marked: B, found: I
) -> int:
    """Fill in the unit on which each of some VMs runs now (`on`), and which units their changes and those of the units
    `ups` touch (`found`); how many. `marked` is scratch, all False. `serving`: some loads are members of services.
    """
    n: int = ZERO
    for i in range(vms.size):
        v = vms[i]
        now = ruled.unit[v] if ruled.status[v] == RUNNING else -1
        before = known.on[v]
        on[i] = now
        if now != before:
            n = _mark(now, n, marked, found)
            n = _mark(before, n, marked, found)
        elif ruled.pace[v] != known.pace[v]:
            n = _mark(before, n, marked, found)
        if serving and ruled.sent[v] != known.sent[v]:
            n = _mark(known.on[inside[v]], n, marked, found)
    for u in ups:
        works, tests = ruled.up[u] and ruled.mode[u] != ASLEEP, _tests(u, ruled)
        if (
            known.up[u] != works
            or known.tests[u] != tests
            or known.busy[u] != ruled.busy[u]
            or known.io_mhz[u] != ruled.io_mhz[u]
        ):
            n = _mark(u, n, marked, found)
    for i in range(n):
        marked[found[i]] = False
    return n


class VmCounts(NamedTuple):
    """VMs by state: VM s, least and most in each recording step; `of` is scratch."""

    seconds: F  # step x state
    least: F
    most: F
    of: F


@brief_door
def take_over(
    vms: I, on: I, ups: I, ruled: Ruled, known: Known, which: B, counts: I, counted: VmCounts, begin_s: float,
    end_s: float, step_s: float,
) -> int:  # fmt: skip
    """Count VMs as they were over a span of time; then know what the rules say of some VMs and units, but for where VMs
    run; how many run elsewhere from now on. `counts` are the VMs by state, of those `which` are to be counted.
    """
    if end_s > begin_s:
        _count(counts, counted, begin_s, end_s, step_s)
    moved = 0
    for u in ups:
        known.up[u], known.tests[u] = ruled.up[u] and ruled.mode[u] != ASLEEP, _tests(u, ruled)
        known.busy[u], known.io_mhz[u] = ruled.busy[u], ruled.io_mhz[u]
    for i in range(vms.size):
        v = vms[i]
        if known.pace[v] != ruled.pace[v]:
            known.pace[v] = ruled.pace[v]
        if known.sent[v] != ruled.sent[v]:  # zeros that stay so take no memory
            known.sent[v] = ruled.sent[v]
        if known.status[v] != ruled.status[v]:
            if which[v]:
                counts[known.status[v]] -= 1
                counts[ruled.status[v]] += 1
            known.status[v] = ruled.status[v]
        if known.on[v] != on[i]:
            moved += 1
    return moved


@part
def _count(counts: I, counted: VmCounts, begin_s: float, end_s: float, step_s: float) -> None:
    """Add VMs by state over a span of time to the recording steps in it."""
    of, seconds, least, most = counted.of, counted.seconds, counted.least, counted.most
    lost = counts[LOST] + counts[FAILED] + counts[REFUSED]
    down = counts[RESTARTING] + counts[WAITING] + lost
    of[0], of[1], of[2], of[3], of[4] = counts[RUNNING], counts[RESTARTING], counts[WAITING], lost, counts[OFF]
    of[5] = down
    stop = min(math.ceil(end_s / step_s - 1e-9), seconds.shape[0])
    for row in range(int(begin_s / step_s + 1e-9), stop):
        span_s = min(max((row + 1) * step_s, begin_s), end_s) - min(max(row * step_s, begin_s), end_s)
        for n in range(seconds.shape[1]):
            seconds[row, n] += of[n] * span_s
        for n in range(least.shape[1]):
            least[row, n] = min(least[row, n], of[n])
            most[row, n] = max(most[row, n], of[n])
