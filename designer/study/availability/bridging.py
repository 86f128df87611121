"""How often a power feed really goes dark: outages of its utility that UPS and generators do not bridge."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import NormalDist

from designer.catalog.failing import REPAIR_SIGMA
from designer.engine.spec.power.records import Generator, Ups
from designer.study.availability.structure import HOUR_S

_NORMAL = NormalDist()
Gaps = tuple[float, ...]


def outlasts(law: str, mean_h: float, after_h: float) -> tuple[float, float]:
    """How probably a repair takes longer than `after_h`, and the mean of its hours beyond (0 where it does not)."""
    if after_h <= 0.0:
        return 1.0, mean_h
    if math.isinf(after_h):
        return 0.0, 0.0
    if law == "fixed":
        return (1.0, mean_h - after_h) if mean_h > after_h else (0.0, 0.0)
    if law == "exponential":
        longer = math.exp(-after_h / mean_h)
        return longer, mean_h * longer
    mu = math.log(mean_h) - REPAIR_SIGMA**2 / 2.0
    z = (math.log(after_h) - mu) / REPAIR_SIGMA
    longer = _NORMAL.cdf(-z)
    return longer, mean_h * _NORMAL.cdf(REPAIR_SIGMA - z) - after_h * longer


def dark(law: str, mean_h: float, gaps_s: Gaps) -> tuple[float, float]:
    """Outages of the load for one of the utility, and the hours of it that are dark, when power goes off, on, off ...
    at these times after the utility failed.
    """
    times, hours = 0.0, 0.0
    for n in range(0, len(gaps_s), 2):
        longer, beyond = outlasts(law, mean_h, gaps_s[n] / HOUR_S)
        back = outlasts(law, mean_h, gaps_s[n + 1] / HOUR_S)[1] if n + 1 < len(gaps_s) else 0.0
        times, hours = times + longer, hours + beyond - back
    return times, hours


def bridged(
    mtbf_h: float,
    mttr_h: float,
    law: str,
    gaps_s: Gaps,
    ups: Sequence[tuple[Ups, float]],
    generators: Sequence[tuple[Generator, float]],
    watts: float,
) -> tuple[float, float]:
    """The mean time between outages of what a feed feeds, and their mean length, in hours; (inf, 0): none.

    Each UPS and generator comes with the part of the time for which it is out of order. `watts` empty the batteries.
    """
    if gaps_s and not (ups or generators):
        times, hours = dark(law, mttr_h, gaps_s)
    else:
        times, hours = 0.0, 0.0
        for chance, lasts_s in _lasting(ups, watts):
            fails = math.prod(1.0 - one.start_probability * (1.0 - out) for one, out in generators)
            soon, late = (min((g.start_s for g, _ in generators), default=math.inf),
                          max((g.start_s + g.fuel_s for g, _ in generators), default=0.0))  # fmt: skip
            without = dark(law, mttr_h, (lasts_s,))
            with_one = dark(law, mttr_h, (late,) if lasts_s >= soon else (lasts_s, soon, late))
            times += chance * (fails * without[0] + (1.0 - fails) * with_one[0] if generators else without[0])
            hours += chance * (fails * without[1] + (1.0 - fails) * with_one[1] if generators else without[1])
    if times <= 1e-15 or hours <= 0.0:
        return math.inf, 0.0
    return (mtbf_h + mttr_h) / times - hours / times, hours / times


def _lasting(ups: Sequence[tuple[Ups, float]], watts: float) -> list[tuple[float, float]]:
    """How probably the UPSs in order last for how many seconds together."""
    found = [(1.0, 0.0)]
    for one, out in ups:
        lasts_s = one.lasts_s if not one.energy_j else (one.energy_j / watts if watts > 0.0 else math.inf)
        found = [(p * q, s + more) for p, s in found for q, more in ((1.0 - out, lasts_s), (out, 0.0)) if p * q > 0.0]
    return found
