"""List prices of what is rented beside instances, from resources/catalog/prices.json, and how they are derived.

Most are those of us-east-1. Elsewhere a price is derived by the median ratio of the region's instance prices, with
their range; where the region has no ratio, no price is known.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from math import inf
from typing import Any

from designer.assets import asset
from designer.catalog.reference.ec2 import ec2
from designer.words import tr

HOURS_A_MONTH = 730.0
"""Hours of a month in price lists (8,760 / 12)."""
HOME = "us-east-1"
TIERS_GB = (10_000.0, 40_000.0, 100_000.0, inf)
"""GB of each tier of traffic to the internet: the first 10 TB, the next 40, the next 100, what is above."""


@dataclass(frozen=True, slots=True)
class Price:
    """USD for a unit; `low` and `high` differ where it is derived; `source` names where it is from, or how derived."""

    usd: float
    low: float
    high: float
    source: str

    @property
    def derived(self) -> bool:
        """Whether it is derived from another price rather than read."""
        return self.low != self.high or "×" in self.source

    def times(self, factor: float, why: str = "") -> Price:
        """A part or a multiple of this price."""
        return Price(self.usd * factor, self.low * factor, self.high * factor, f"{self.source}{why}")


class Prices:
    """The list, read once."""

    def __init__(self, read: dict[str, Any]) -> None:
        self._read = read
        self.as_of: str = read["as_of"]
        self.nat_usd_gb: float = read["nat"]["gb"]
        self.free_out_gb: float = read["free_out_gb_month"]
        self.reserved: dict[str, float] = read["reserved"]
        self.spot_discount: float = read["spot"]["discount"]
        self.spot_range: tuple[float, float] = tuple(read["spot"]["range"])
        self.dedicated_ratio: float = read["dedicated_host_ratio"]

    def of(self, region: str, *path: str) -> Price | None:
        """The price of something in a region by its path in the list, like ("nat", "hour"); None: not known."""
        found: Any = self._read
        for name in path:
            found = found.get(name) if isinstance(found, dict) else None
        return None if found is None else self.derived(region, float(found))

    def derived(self, region: str, usd: float) -> Price | None:
        """A price of us-east-1 in a region."""
        if region == HOME:
            return Price(usd, usd, usd, f"{HOME}, {self.as_of}")
        here = ec2().regions.get(region)
        if here is None or here.price_ratio is None:
            return None
        low, high = here.price_ratios or (here.price_ratio, here.price_ratio)
        how = f"{HOME} × {here.price_ratio:g}, {self.as_of}"
        return Price(usd * here.price_ratio, usd * low, usd * high, how)

    def instance(self, name: str, region: str) -> Price | None:
        """The hourly price of an instance type on demand, with Linux."""
        usd = ec2().price_usd_h(name, region)
        if usd is None:
            return None
        low, high = ec2().price_range_usd_h(name, region) or (usd, usd)
        ratio = "" if region == HOME else f" × {ec2().regions[region].price_ratio:g}"
        return Price(usd, low, high, f"{HOME}{ratio}, {ec2().prices_as_of}")

    def dedicated_host(self, family: str, region: str) -> Price | None:
        """The hourly price of a dedicated host, listed or derived from the type that fills one; None without both."""
        listed = self.of(region, "dedicated_hosts", family)
        known = ec2().dedicated_hosts.get(family)
        if listed is not None or known is None:
            return listed
        whole = [kind.name for kind in ec2().types.values() if kind.family == family and kind.vcpus == known.vcpus]
        found = next((price for name in sorted(whole) if (price := self.instance(name, region)) is not None), None)
        return None if found is None else found.times(self.dedicated_ratio, f" × {self.dedicated_ratio:g}")

    def between_zones(self, region: str) -> Price | None:
        """The price of a GB that goes from one zone of a region to another: it is billed on both sides."""
        return self._of_traffic(region, "zone", 2.0, tr("{0}, both sides, {1}", region, self.as_of))

    def between_regions(self, region: str) -> Price | None:
        """The price of a GB that leaves a region for another one; what comes in is free."""
        return self._of_traffic(region, "region", 1.0, f"{region}, {self.as_of}")

    def _of_traffic(self, region: str, way: str, sides: float, source: str) -> Price | None:
        usd = self._read["traffic"].get(region, {}).get(way)
        return None if usd is None else Price(sides * usd, sides * usd, sides * usd, source)

    def out(self, region: str, gb: float) -> Price | None:
        """The mean price of a GB when `gb` a month go to the internet; None where it is not known."""
        usd = self.out_usd(region, gb) if gb > 0.0 else None
        if usd is None:
            return None
        source = tr(
            "{0}, by tiers, before the free {1:,.0f} GB of an account, {2}", region, self.free_out_gb, self.as_of
        )
        return Price(usd / gb, usd / gb, usd / gb, source)

    def out_usd(self, region: str, gb: float) -> float | None:
        """USD for `gb` a month to the internet, by tiers; None where a tier's price is not known."""
        row, usd = self._read["traffic"].get(region), 0.0
        if row is None:
            return None
        for size, price in zip(TIERS_GB, row["out"], strict=True):
            part = min(gb, size)
            if part > 0.0:
                if price is None:
                    return None
                usd += part * float(price)
            gb -= part
        return usd


@cache
def prices() -> Prices:
    """The shipped list."""
    return Prices(json.loads(asset("catalog/prices.json").read_text("utf-8")))
