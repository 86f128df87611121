"""The EC2 catalog: instance types, regions, zone offers, dedicated hosts, prices, from resources/catalog/ec2.json.xz.

"Not offered here", "unknown" and "no price known" are three different answers.
"""

from __future__ import annotations

import json
import lzma
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from enum import Enum
from functools import cache, cached_property
from typing import Any

from designer.assets import asset

SIZE_ORDER = ("nano", "micro", "small", "medium", "large", "xlarge")


class Offer(Enum):
    """Whether a place offers a type."""

    YES = "offered"
    NO = "not offered here"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class InstanceType:
    """One instance type; None where the catalog does not know. `disks`: (count, GB, kind); `gpus`: (count, name)."""

    name: str
    vcpus: int
    cores: int | None
    threads_per_core: int | None
    mem_mib: int
    visible_mem_mib: int | None
    mhz: float | None
    cpu: str | None
    arch: tuple[str, ...]
    hypervisor: str | None
    current: bool
    burstable: bool
    dedicated_host: bool
    net_mbps: float | None
    net_peak_mbps: float | None
    ebs_mbps: float | None
    ebs_peak_mbps: float | None
    ebs_iops: float | None
    ebs_peak_iops: float | None
    disks: tuple[tuple[int, int, str], ...]
    gpus: tuple[tuple[int, str], ...]
    usd_h: float | None

    @property
    def family(self) -> str:
        """The part before the dot."""
        return self.name.partition(".")[0]

    @property
    def size(self) -> str:
        """The part after the dot."""
        return self.name.partition(".")[2]


@dataclass(frozen=True, slots=True)
class Ec2Region:
    """One region; `zones` are (name, id) pairs, empty where they are not known."""

    code: str
    name: str
    partition: str
    city: str | None
    country: str | None
    lat: float | None
    lon: float | None
    time_zone: str | None
    opt_in: bool | None
    grid_g_per_kwh: float | None
    price_ratio: float | None
    price_ratios: tuple[float, float] | None
    zones: tuple[tuple[str, str], ...]
    offers: int | None
    zone_offers: dict[str, int] | None

    @property
    def place(self) -> str:
        """Where it is, in a word or two: "Mumbai", "N. Virginia"."""
        return self.name.partition("(")[2].rstrip(")") or self.city or self.name


@dataclass(frozen=True, slots=True)
class DedicatedHost:
    """The dedicated host of a family, and how many instances of each size it holds."""

    family: str
    cores: int
    vcpus: int
    mem_mib: float
    sockets: int
    capacity: dict[str, int]


@dataclass(frozen=True)
class TypeFilter:
    """The filter of a picker; None: anything.

    Memory in MiB, network in Mbit/s, price in USD an hour of the region. `offered_only` leaves out what the region, or
    the zone in it, does not offer or is not known to offer.
    """

    min_vcpus: float | None = None
    max_vcpus: float | None = None
    min_mem_mib: float | None = None
    max_mem_mib: float | None = None
    min_net_mbps: float | None = None
    max_usd_h: float | None = None
    region: str | None = None
    zone_id: str | None = None
    current_only: bool = False
    offered_only: bool = True

    def takes(self, catalog: Ec2, kind: InstanceType) -> bool:
        """Whether a type passes the filter. An unknown figure does not pass."""
        if not _within(kind.vcpus, self.min_vcpus, self.max_vcpus):
            return False
        if not _within(kind.mem_mib, self.min_mem_mib, self.max_mem_mib):
            return False
        if not _within(kind.net_mbps, self.min_net_mbps, None):
            return False
        if self.current_only and not kind.current:
            return False
        if self.region and self.offered_only and catalog.had(kind.name, self.region, self.zone_id) is not Offer.YES:
            return False
        return self.max_usd_h is None or _within(catalog.price_usd_h(kind.name, self.region), None, self.max_usd_h)


def _within(value: float | None, low: float | None, high: float | None) -> bool:
    if low is None and high is None:
        return True
    return value is not None and (low is None or value >= low) and (high is None or value <= high)


class Ec2:
    """The catalog, read once."""

    def __init__(self, read: dict[str, Any]) -> None:
        self.as_of: str = read["as_of"]
        self.prices_as_of: str = read["prices_as_of"]
        self.sources: dict[str, str] = read["sources"]
        self.types = {kind.name: kind for kind in _types(read["types"])}
        self.regions = {region.code: region for region in map(_region, read["regions"])}
        self.dedicated_hosts = {name: _dedicated(name, row) for name, row in read["dedicated_hosts"].items()}
        self._place = {name: n for n, name in enumerate(self.types)}
        self._latency = read["latency"]

    def offered(self, name: str, region: str, zone_id: str | None = None) -> Offer:
        """Whether a region, or one zone of it (by id), offers a type."""
        place, here = self._place.get(name), self.regions.get(region)
        if place is None or here is None or here.offers is None:
            return Offer.UNKNOWN
        bits: int | None = here.offers
        if zone_id is not None:
            bits = (here.zone_offers or {}).get(zone_id)
        if bits is None:
            return Offer.UNKNOWN
        return Offer.YES if bits >> place & 1 else Offer.NO

    def had(self, name: str, region: str, zone_id: str | None = None) -> Offer:
        """Whether a zone offers a type; where nothing is known of the zone, whether its region does."""
        answer = Offer.UNKNOWN if zone_id is None else self.offered(name, region, zone_id)
        return self.offered(name, region) if answer is Offer.UNKNOWN else answer

    def price_usd_h(self, name: str, region: str | None = None) -> float | None:
        """Linux on-demand USD an hour, or None when no price is known.

        Outside us-east-1 it is the us-east-1 price times the median ratio of the region (confidence B).
        """
        kind = self.types.get(name)
        if kind is None or kind.usd_h is None:
            return None
        if region in (None, "us-east-1"):
            return kind.usd_h
        here = self.regions.get(region or "")
        return None if here is None or here.price_ratio is None else kind.usd_h * here.price_ratio

    def price_range_usd_h(self, name: str, region: str | None = None) -> tuple[float, float] | None:
        """The lowest and highest USD an hour that a derived price may be; None where the price is read or unknown.

        The range comes from the types whose ratio to us-east-1 is known.
        """
        kind, here = self.types.get(name), self.regions.get(region or "")
        if kind is None or kind.usd_h is None or here is None or region == "us-east-1" or here.price_ratios is None:
            return None
        low, high = here.price_ratios
        return kind.usd_h * low, kind.usd_h * high

    def rtt_ms(self, one: str, other: str) -> float | None:
        """Median round trip between two regions in ms, or None when it is unknown."""
        codes = self._latency["codes"]
        if one not in codes or other not in codes:
            return None
        return float(self._latency["rtt_ms"][codes.index(one)][codes.index(other)])

    def search(self, text: str = "", wanted: TypeFilter | None = None) -> list[InstanceType]:
        """The types that match every word ("m5 lar"), best first: family matches, then by size."""
        words = text.lower().replace(".", " ").split()
        found = [(rank, kind) for kind in self.types.values() if (rank := _rank(kind, words)) is not None]
        if wanted is not None:
            found = [pair for pair in found if wanted.takes(self, pair[1])]
        return [kind for _, kind in sorted(found, key=lambda pair: (pair[0], self._order[pair[1].name]))]

    def nearest(self, name: str, region: str, count: int = 3, zone_id: str | None = None) -> list[InstanceType]:
        """Types offered in a region (or a zone of it) most like another: vCPUs, then memory, then family letters."""
        kind = self.types[name]
        offered = (k for k in self.types.values() if self.had(k.name, region, zone_id) is Offer.YES)
        return sorted(offered, key=lambda k: (_unlike(kind, k), self._order[k.name]))[:count]

    def nearest_regions(self, name: str, region: str, count: int = 3) -> list[str]:
        """Codes of the nearest regions by latency that offer a type; unknown latency comes last."""
        offering = [code for code in self.regions if self.offered(name, code) is Offer.YES]
        return sorted(offering, key=lambda code: (self.rtt_ms(region, code) or 1e9, code))[:count]

    @cached_property
    def _order(self) -> dict[str, tuple[str, int, str]]:
        return {name: (kind.family, *size_rank(kind.size)) for name, kind in self.types.items()}


def size_rank(size: str) -> tuple[int, str]:
    """A sort key of sizes from small to large: nano ... xlarge, 2xlarge ... 48xlarge, metal."""
    if size in SIZE_ORDER:
        return SIZE_ORDER.index(size), size
    number = size.partition("xlarge")[0]
    return (100 + int(number), size) if number.isdigit() else (10_000, size)


def _rank(kind: InstanceType, words: Iterable[str]) -> int | None:
    """How well a type matches: 0 a family by its full name, 1 by its beginning, 2 anywhere; None: not at all."""
    worst = 0
    for word in words:
        if word in (kind.family, kind.size):
            continue
        if kind.family.startswith(word) or kind.size.startswith(word):
            worst = max(worst, 1)
        elif word in kind.name or word in (kind.cpu or "").lower() or any(word in g[1].lower() for g in kind.gpus):
            worst = max(worst, 2)
        else:
            return None
    return worst


def _unlike(one: InstanceType, other: InstanceType) -> tuple[float, bool, bool, bool]:
    cpu = max(one.vcpus, other.vcpus) / min(one.vcpus, other.vcpus)
    memory = max(one.mem_mib, other.mem_mib) / min(one.mem_mib, other.mem_mib)
    return cpu * memory, one.arch != other.arch, one.family[0] != other.family[0], not other.current


def _types(columns: dict[str, list[Any]]) -> Iterator[InstanceType]:
    names = [f.name for f in fields(InstanceType)]
    for row in zip(*(columns[name] for name in names)):
        yield InstanceType(*(_frozen(value) for value in row))


def _frozen(value: Any) -> Any:
    return tuple(_frozen(v) for v in value) if isinstance(value, list) else value


def _region(row: dict[str, Any]) -> Ec2Region:
    given = {**row, "zones": _frozen(row["zones"]), "offers": _bits(row["offers"])}
    given["price_ratios"] = _frozen(row["price_ratios"])
    if row["zone_offers"] is not None:
        given["zone_offers"] = {zone: _bits(bits) for zone, bits in row["zone_offers"].items()}
    return Ec2Region(**given)


def _bits(digits: str | None) -> int | None:
    return None if digits is None else int(digits, 16)


def _dedicated(name: str, row: dict[str, Any]) -> DedicatedHost:
    return DedicatedHost(name, row["cores"], row["vcpus"], row["mem_gib"] * 1024.0, row["sockets"], row["capacity"])


@cache
def ec2() -> Ec2:
    """The shipped catalog."""
    return Ec2(json.loads(lzma.decompress(asset("catalog/ec2.json.xz").read_bytes())))
