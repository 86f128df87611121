"""The cheapest instance type that does for a need."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from designer.catalog.reference.ec2 import InstanceType, Offer, ec2


@dataclass(frozen=True)
class TypeNeed:
    """What a machine needs: CPU as vCPUs x MHz, memory, network; and how an instance type must be."""

    mhz: float
    ram_mib: float
    net_mbps: float = 0.0
    arch: str = "x86_64"
    clock_mhz: float = 2500.0
    """The clock of a type of which none is known (what the VM has now)."""
    burstable: bool = False
    """Whether types that run on CPU credits may do."""
    gpus: tuple[tuple[int, str], ...] = ()
    disks: bool = False


@lru_cache(maxsize=256)
def _offered(region: str, zone_ids: tuple[str, ...], arch: str) -> tuple[tuple[float, InstanceType], ...]:
    """Types of the current generations that a region, or each of some zones of it, offers at a known price, the
    cheapest first."""
    found = []
    for kind in ec2().types.values():
        usd = ec2().price_usd_h(kind.name, region)
        if usd is None or not kind.current or arch not in kind.arch or kind.size.startswith("metal"):
            continue
        if all(ec2().had(kind.name, region, zone_id) is Offer.YES for zone_id in zone_ids or (None,)):
            found.append((usd, kind))
    return tuple(sorted(found, key=lambda pair: (pair[0], pair[1].name)))


def cheapest(need: TypeNeed, region: str, *zone_ids: str) -> tuple[InstanceType, float] | None:
    """The cheapest type that does and each of some zones (without any: the region) offers, and its USD an hour; None
    where none with a known price does."""
    for usd, kind in _offered(region, zone_ids, need.arch):
        if kind.burstable and not need.burstable:
            continue
        if kind.gpus != need.gpus or (need.disks and not kind.disks):
            continue
        clock = kind.mhz if kind.mhz is not None else need.clock_mhz
        slow = kind.net_mbps is not None and kind.net_mbps < need.net_mbps
        if kind.vcpus * clock >= need.mhz and kind.mem_mib >= need.ram_mib and not slow:
            return kind, usd
    return None
