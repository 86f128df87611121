"""Lines of a bill, and their sums by zone, service and kind. What has no price has no figure, and is counted."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

from designer.catalog.reference.prices import Price

Mark = Literal["list", "derived", "yours", "none"]
MONTHS = 12.0


@dataclass(frozen=True, slots=True)
class CostLine:
    """What one element costs for one thing: `quantity` units a month at a price; None where no price is known."""

    what: str
    element: int
    quantity: float
    unit: str
    price: Price | None
    yours: bool = False
    service: int = 0
    """The service for which it is spent, where the element alone does not tell (0)."""

    @property
    def mark(self) -> Mark:
        """Whether the price is read, derived, the user's own, or not known."""
        if self.price is None:
            return "none"
        if self.yours:
            return "yours"
        return "derived" if self.price.derived else "list"

    @property
    def usd(self) -> float | None:
        """USD a month; None without a price."""
        return None if self.price is None else self.quantity * self.price.usd


@dataclass(frozen=True, slots=True)
class CostSum:
    """USD a month with the range of derived prices, and how many prices are not known and left out."""

    usd: float
    low: float
    high: float
    unknown: int

    @property
    def year_usd(self) -> float:
        """USD a year."""
        return self.usd * MONTHS

    @property
    def unpriced(self) -> bool:
        """Whether there is something in it, and no price of any is known."""
        return self.unknown > 0 and self.high == 0.0


def total(lines: Iterable[CostLine]) -> CostSum:
    """The sum of some lines."""
    usd = low = high = 0.0
    unknown = 0
    for line in lines:
        if line.price is None:
            unknown += 1
        else:
            usd += line.quantity * line.price.usd
            low += line.quantity * line.price.low
            high += line.quantity * line.price.high
    return CostSum(usd, low, high, unknown)


def sums(lines: Iterable[CostLine], key: Callable[[CostLine], int | str]) -> dict[int | str, CostSum]:
    """The sums of lines by a key, the largest first; equal ones in the order of the lines."""
    groups: dict[int | str, list[CostLine]] = {}
    for line in lines:
        groups.setdefault(key(line), []).append(line)
    found = {name: total(group) for name, group in groups.items()}
    return dict(sorted(found.items(), key=lambda item: -round(item[1].usd, 6)))


@dataclass(frozen=True)
class Bill:
    """All lines of a design; the energy and carbon of its own hosts."""

    lines: tuple[CostLine, ...]
    energy_kwh: float | None
    """None where no host is one's own: what a provider's hosts draw is not known."""
    carbon_kg: float | None
    """None there too, and where the carbon of a grid that supplies some of them is not known."""
    of_run: bool = False
    """Whether a run counted traffic and energy; else they go by stated sizes and half load."""

    @property
    def total(self) -> CostSum:
        """The sum of all lines."""
        return total(self.lines)
