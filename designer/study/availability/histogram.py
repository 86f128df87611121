"""What drawn years tell: the mean downtime of a service with its interval, and how many years had how much."""

from __future__ import annotations

from dataclasses import dataclass

from designer.engine.reliability.answer import Interval
from designer.study.availability.bad_years import BadYear

PER_DECADE = 4
EDGES_H = tuple(10.0 ** (n / PER_DECADE) for n in range(-3 * PER_DECADE, 4 * PER_DECADE))
"""From where on a year's downtime counts in the next bin, in hours: bin 0 is below 4 s, the last from 5,600 h on."""


@dataclass(frozen=True)
class ServiceYears:
    """The drawn years of a service: hours of downtime and outages of a year, the part of the years that missed its SLO
    (None without one), the outages that were seen, and the years of each bin of downtime.
    """

    id: int
    mean_h: Interval
    outages: Interval
    missed: Interval | None
    seen: int
    counts: tuple[int, ...]
    worst: tuple[BadYear, ...] = ()
    """The years of most downtime, the worst first."""


@dataclass(frozen=True)
class YearsDrawn:
    """Years that were drawn, of each service that can be down; `whole` False: the drawing goes on, or was ended."""

    years: int
    services: tuple[ServiceYears, ...]
    seed: int
    digest: str
    whole: bool

    def of(self, service_id: int) -> ServiceYears | None:
        """The years of a service."""
        return next((one for one in self.services if one.id == service_id), None)
