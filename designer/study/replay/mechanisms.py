"""What the course of an outage takes beside what a run plays: waves, hands, heat by class, launches, storage, spares.

Pure functions of numbers; times are minutes. Which outages need which: the records of `catalog/replays.json`; the one
set of parameters that all share, with sources: `catalog/mechanisms.json`.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Sequence

from designer.engine.power.heat import Course

NEVER = math.inf


def waves(count: int, at_once_frac: float, each_min: float) -> list[float]:
    """When each of `count` parts is up after a start in waves: a part of all at a time, the next when it is done."""
    size = max(1, math.floor(at_once_frac * count + 1e-9))
    return [(n // size + 1) * each_min for n in range(count)]


def hands(jobs_min: Sequence[float], staff: int) -> list[float]:
    """When each of some jobs is done, in their order, by `staff` people: whoever is free first takes the next."""
    if staff < 1:
        return [NEVER] * len(jobs_min)
    free = [0.0] * min(staff, max(len(jobs_min), 1))
    done = []
    for job in jobs_min:
        end = heapq.heappop(free) + job
        heapq.heappush(free, end)
        done.append(end)
    return done


def drawn_out(count: int, jobs: int, each_min: float, staff: int) -> list[float]:
    """When each of `count` parts of a design is done by hand, that stand for `jobs` equal jobs together."""
    done = hands([each_min] * jobs, staff)
    return [done[math.ceil((n + 1) * jobs / count) - 1] if jobs else 0.0 for n in range(count)]


def warmed(limit_k: float, cooling_left: float, warming_k_min: float, tau_min: float) -> float:
    """Minutes until a hall is `limit_k` above its set point, when a part of the cooling that it needs is left."""
    return _course(0.0, 1.0 - cooling_left, warming_k_min, tau_min).until(limit_k) / 60.0


def cooled(from_k: float, to_k: float, off_min: float, warming_k_min: float, tau_min: float) -> float:
    """Minutes from the return of full cooling until a hall without load is at `to_k`; it was without any for `off_min`
    before."""
    rest = _course(from_k, 0.0, warming_k_min, tau_min).after(off_min * 60.0)
    return 0.0 if rest <= to_k else _course(rest, -1.0, warming_k_min, tau_min).until(to_k) / 60.0


def _course(start_k: float, rise: float, warming_k_min: float, tau_min: float) -> Course:
    """The course of a hall whose heat capacity makes it warm by `warming_k_min` with its whole load."""
    capacity = 60.0 / warming_k_min  # J/K, for a load of 1 W
    return Course(start_k, rise, capacity / (tau_min * 60.0), tau_min * 60.0)


def slowed_pool(load: float, dead_share: float, timeout_s: float, usual_s: float) -> float:
    """How busy a pool of launch servers is (1: all threads) while a part of the calls waits for what is dead."""
    return load * (1.0 - dead_share + dead_share * timeout_s / usual_s)


def caught_up(from_min: float, until_min: float, load: float) -> float:
    """When work that was kept waiting is done: it arrives at `load` of what can be done, throughout."""
    return until_min + (until_min - from_min) * load / (1.0 - load) if load < 1.0 else NEVER


def renewed(healthy_min: float, throttled_min: float, share_min: float, timeout_min: float) -> float:
    """When all leases of a fleet are renewed. All ask at once; where the queue is longer than their timeout nothing is
    renewed in time, until somebody lets in only what can be done."""
    whole_min = 1.0 / share_min
    return healthy_min + whole_min if whole_min <= timeout_min else max(healthy_min, throttled_min) + whole_min


def stuck_share(isolated: float, free: float) -> float:
    """The part of a replicated store's volumes that finds no space for another copy, once parts of it are isolated."""
    return max(isolated - free, 0.0)


def refilled(stuck: float, target: float, copied_h: float) -> float:
    """Minutes until no more than `target` is stuck, when a part of all is copied an hour to new space."""
    return max(stuck - target, 0.0) / copied_h * 60.0


def checked(count: int, disk_gb: float, read_mb_s: float, at_once_frac: float) -> list[float]:
    """When the disks of each of `count` parts are read through and found sound, a part of all at a time."""
    return waves(count, at_once_frac, disk_gb * 1e3 / read_mb_s / 60.0)


def delivered(count: int, lead_min: float, span_min: float) -> list[float]:
    """When each of `count` replacements is in place: the first after a lead, then steadily over a span."""
    return [lead_min + (n + 1) * span_min / count for n in range(count)]
