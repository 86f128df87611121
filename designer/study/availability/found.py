"""What is known of the nines of a design so far: it grows while the work goes on, and is an answer at any time."""

from __future__ import annotations

from dataclasses import dataclass, field

from designer.engine.reliability.answer import Interval
from designer.study.availability.answer import Bought, ServiceAvailability, ranked
from designer.study.availability.histogram import YearsDrawn

TRUSTED = 50
"""Outages that must be seen in drawn years before a chance to miss an SLO is told."""


@dataclass(frozen=True)
class NoNines:
    """A service without an answer, and why; id 0: the years could not be drawn."""

    id: int
    name: str
    why: str


@dataclass(frozen=True)
class ServiceBought:
    """What a change would buy a service."""

    service: int
    change: Bought


News = ServiceAvailability | NoNines | ServiceBought | YearsDrawn


@dataclass
class NinesFound:
    """Services with their answers and what changes would buy, those without an answer, and the years drawn. `trace`:
    how the mean downtime of a year of each service narrowed: years, and its interval in hours.
    """

    services: dict[int, ServiceAvailability] = field(default_factory=dict)
    refused: list[NoNines] = field(default_factory=list)
    years: YearsDrawn | None = None
    trace: dict[int, list[tuple[int, Interval]]] = field(default_factory=dict)

    def take(self, news: News) -> None:
        """Add what was found."""
        if isinstance(news, ServiceAvailability):
            self.services[news.id] = news
        elif isinstance(news, NoNines):
            self.refused.append(news)
        elif isinstance(news, ServiceBought):
            one = self.services[news.service]
            one.changes = ranked([*one.changes, news.change])
        else:
            self.years = news
            for drawn in news.services:
                self.trace.setdefault(drawn.id, []).append((news.years, drawn.mean_h))

    @property
    def ordered(self) -> list[ServiceAvailability]:
        """The services, nearest to their SLO first, those without one after them."""
        return sorted(self.services.values(), key=_nearness)

    def missed(self, service: int) -> Interval | None:
        """The part of the years that miss the SLO of a service; None without one, or after too few."""
        drawn = self.years.of(service) if self.years is not None else None
        return drawn.missed if drawn is not None and drawn.seen >= TRUSTED else None


def _nearness(one: ServiceAvailability) -> tuple[bool, float, str]:
    by = one.down / one.allowed if one.slo_frac and one.allowed > 0.0 else one.down
    return not one.slo_frac, -by, one.name
