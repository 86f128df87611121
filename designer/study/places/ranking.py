"""Which region is best for some users: by latency, price, carbon, and where their data may be."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from math import inf
from typing import Literal

from designer.catalog.reference.ec2 import Ec2Region, ec2
from designer.catalog.reference.latency import round_trip_ms
from designer.catalog.rules.terms.residency import countries
from designer.model.tree import Tree

By = Literal["latency", "price", "carbon"]
WAYS: tuple[By, ...] = ("latency", "price", "carbon")
COMMERCIAL = "aws"
"""The partition whose regions everybody may use; those of governments and of China need accounts of their own."""


@dataclass(frozen=True)
class Crowd:
    """Users near the city of a region: requests a second, and the round trip to the network of the city."""

    name: str
    near: str
    rps: float = 1.0
    access_ms: float = 0.0


@dataclass(frozen=True)
class RankedRegion:
    """One region for some users. `waits_ms`: the round trip of each crowd; None: not known."""

    region: Ec2Region
    waits_ms: tuple[float, ...]
    mean_ms: float
    """By requests."""
    allowed: bool | None
    """Whether data may be there; None where its country is not known."""
    best: bool = False
    """No other allowed region is as good in latency, price and carbon and better in one of them."""

    @property
    def code(self) -> str:
        """Its code."""
        return self.region.code

    @property
    def worst_ms(self) -> float:
        """The round trip of the farthest crowd."""
        return max(self.waits_ms)

    def figure(self, by: By) -> float | None:
        """What regions are ranked by: ms, price in us-east-1 (1), g CO2e a kWh; None where it is not known."""
        known = {"latency": self.mean_ms, "price": self.region.price_ratio, "carbon": self.region.grid_g_per_kwh}
        return known[by]


def crowds_of(tree: Tree, ids: Iterable[int] = ()) -> list[Crowd]:
    """The user populations of a design that have a place (all, or those of some ids), by name."""
    wanted = set(ids)
    found = [e for e in tree.of_kind("user_population") if e.__dict__["near"] and (not wanted or e.id in wanted)]
    rows = [Crowd(e.name, e.__dict__["near"], e.__dict__["mean_rps"], e.__dict__["access_s"] * 1000.0) for e in found]
    return sorted(rows, key=lambda crowd: crowd.name)


def residency_of(tree: Tree) -> str:
    """Where all data of a design may be: the countries that every service with a rule allows; empty: anywhere."""
    rules = [countries(e.__dict__["residency"]) for e in tree.of_kind("service") if e.__dict__["residency"]]
    return ", ".join(sorted(frozenset.intersection(*rules))) if rules else ""


def rank(crowds: Sequence[Crowd], by: By = "latency", data_in: str = "") -> list[RankedRegion]:
    """The regions of the provider for some users, the best first; those where data may not be come last.

    A region of which a round trip is not known is left out.
    """
    wanted, weight = countries(data_in), sum(crowd.rps for crowd in crowds)
    found = []
    for region in ec2().regions.values():
        ways = [round_trip_ms(crowd.near, region.code) for crowd in crowds]
        if region.partition != COMMERCIAL or not crowds or None in ways:
            continue
        waits = tuple((way or 0.0) + crowd.access_ms for way, crowd in zip(ways, crowds, strict=True))
        shares = [crowd.rps / weight if weight > 0.0 else 1.0 / len(crowds) for crowd in crowds]
        mean = sum(share * wait for share, wait in zip(shares, waits, strict=True))
        allowed = (None if region.country is None else region.country in wanted) if wanted else True
        found.append(RankedRegion(region, waits, mean, allowed))
    open_ones = [one for one in found if one.allowed]
    rated = [replace(one, best=bool(one.allowed) and not any(_beats(o, one) for o in open_ones)) for one in found]
    return sorted(rated, key=lambda one: (not one.allowed, _known(one.figure(by)), one.mean_ms, one.code))


def _known(figure: float | None) -> float:
    """A figure to sort by: what is not known is last."""
    return inf if figure is None else figure


def _beats(one: RankedRegion, other: RankedRegion) -> bool:
    """Whether a region is as good as another in all, and better in one."""
    pairs = [(_known(one.figure(by)), _known(other.figure(by))) for by in WAYS]
    return all(mine <= its for mine, its in pairs) and any(mine < its for mine, its in pairs)
