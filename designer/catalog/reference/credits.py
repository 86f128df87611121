"""What burstable instance types earn: a CPU credit is one vCPU at full load for a minute."""

from __future__ import annotations

import math
from functools import cache
from typing import Literal, NamedTuple

from designer.catalog.reference.ec2 import Offer, ec2
from designer.engine import spec

Mode = Literal["by_type", "standard", "unlimited"]

EARNED_A_HOUR: dict[str, tuple[float, int]] = {
    "t2.nano": (3.0, 1),
    "t2.micro": (6.0, 1),
    "t2.small": (12.0, 1),
    "t2.medium": (24.0, 2),
    "t2.large": (36.0, 2),
    "t2.xlarge": (54.0, 4),
    "t2.2xlarge": (81.6, 8),
    "t3.nano": (6.0, 2),
    "t3.micro": (12.0, 2),
    "t3.small": (24.0, 2),
    "t3.medium": (24.0, 2),
    "t3.large": (36.0, 2),
    "t3.xlarge": (96.0, 4),
    "t3.2xlarge": (192.0, 8),
    "t3a.nano": (6.0, 2),
    "t3a.micro": (12.0, 2),
    "t3a.small": (24.0, 2),
    "t3a.medium": (24.0, 2),
    "t3a.large": (36.0, 2),
    "t3a.xlarge": (96.0, 4),
    "t3a.2xlarge": (192.0, 8),
    "t4g.nano": (6.0, 2),
    "t4g.micro": (12.0, 2),
    "t4g.small": (24.0, 2),
    "t4g.medium": (24.0, 2),
    "t4g.large": (36.0, 2),
    "t4g.xlarge": (96.0, 4),
    "t4g.2xlarge": (192.0, 8),
}
"""Credits an hour and vCPUs, by type (Amazon EC2 user guide, burstable performance instances; confidence A)."""


def baseline_frac(name: str) -> float | None:
    """The share of its vCPUs that a type can use without end; None for a type without credits."""
    earned = EARNED_A_HOUR.get(name)
    return None if earned is None else earned[0] / 60.0 / earned[1]


KEPT_H = 24.0
"""Hours of earning that a balance keeps at most (the same source)."""
STOPPED_KEPT_S = 7 * 86_400.0
"""For how long a stopped T3, T3a or T4g keeps its balance; a T2 keeps none (the same source)."""
LAUNCH_A_VCPU = 30.0
"""Launch credits of a T2 in standard mode for each vCPU (the same source)."""


def mode_of(name: str, mode: Mode, on_host: bool) -> str:
    """The mode in which a type runs: T2 by itself standard, T3, T3a and T4g unlimited, on a dedicated host standard."""
    if on_host:
        return "standard"
    if mode != "by_type":
        return mode
    return "standard" if name.startswith("t2.") else "unlimited"


@cache
def credits_of(name: str, mode: Mode, balance: float, on_host: bool = False) -> spec.Credits | None:
    """The CPU credits of a type that is launched with a balance; None for a type without credits."""
    if name not in EARNED_A_HOUR:
        return None
    earned, vcpus = EARNED_A_HOUR[name]
    most, runs = earned * KEPT_H, mode_of(name, mode, on_host)
    launch = LAUNCH_A_VCPU * vcpus if name.startswith("t2.") and runs == "standard" else 0.0
    kept_s = 0.0 if name.startswith("t2.") else STOPPED_KEPT_S
    return spec.Credits(earned, most, launch, min(balance, most), runs == "unlimited", kept_s)


def break_even_frac(name: str, burst_usd_h: float, fixed_usd_h: float) -> float:
    """The mean load of a type from which a fixed instance costs less than its surplus credits; NaN: no credits."""
    earned, vcpus = EARNED_A_HOUR.get(name, (math.nan, 1))
    return earned / 60.0 / vcpus + (fixed_usd_h - burst_usd_h) / spec.SURPLUS_USD_VCPU_H / vcpus


class FixedType(NamedTuple):
    """A type without credits in place of one with them, its price, and the mean load from which it costs less."""

    name: str
    usd_h: float
    break_even_frac: float


@cache
def fixed_in_place_of(name: str, region: str | None = None) -> FixedType | None:
    """The cheapest present type without credits that has the vCPUs, architecture and at least the memory of a type and
    is offered in a region; None where no price is known.
    """
    catalog = ec2()
    kind, own = catalog.types.get(name), catalog.price_usd_h(name, region)
    if kind is None or own is None or name not in EARNED_A_HOUR:
        return None
    priced = [
        (usd_h, other.name)
        for other in catalog.types.values()
        if other.current and not other.burstable and not other.gpus
        and (other.vcpus, other.arch) == (kind.vcpus, kind.arch) and other.mem_mib >= kind.mem_mib
        and (region is None or catalog.offered(other.name, region) is Offer.YES)
        and (usd_h := catalog.price_usd_h(other.name, region)) is not None
    ]  # fmt: skip
    if not priced:
        return None
    usd_h, fixed = min(priced)
    return FixedType(fixed, usd_h, break_even_frac(name, own, usd_h))
