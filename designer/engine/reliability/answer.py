"""What comes of a question: figures with intervals, by which method and why, and the naive figure beside them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from designer.engine.reliability.system import Id


@dataclass(frozen=True)
class Interval:
    """A figure, and from where to where it is with 95% confidence; all three are equal where it is exact."""

    value: float
    low: float
    high: float

    @classmethod
    def exactly(cls, value: float) -> Interval:
        """A figure without doubt."""
        return cls(value, value, value)

    @property
    def rel_error(self) -> float:
        """Half of the width by the value."""
        return (self.high - self.low) / 2.0 / abs(self.value) if self.value else 0.0


@dataclass(frozen=True)
class Availability:
    """The answer to an `Ask`.

    figures: by name, `UNITS` says in what. method: "exact", "monte carlo" or "rare event"; why: a sentence.
    naive: the unavailability as if every part had what it stands on for itself. shares: which fraction of outages
    begins with the failure of each component, largest first. replicas, seed, digest: of a sampled answer;
    whole: False where it was canceled before the error that was asked for.
    """

    method: str
    why: str
    figures: Mapping[str, Interval]
    naive: float | None = None
    shares: Mapping[Id, float] = field(default_factory=dict)
    replicas: int = 0
    seed: int = 0
    digest: str = ""
    whole: bool = True


UNITS = {
    "availability": "1",
    "unavailability": "1",
    "outages_h": "1/h",
    "mean_outage_h": "h",
    "downtime_h_year": "h/year",
    "outages_year": "1/year",
    "mean_time_to_first_outage_h": "h",
    "expected_downtime_h": "h",
    "interval_availability": "1",
    "point_availability": "1",
    "p_outage": "1",
    "p_slo_missed": "1",
}
"""Of each figure. Those of a horizon start all up and new; the others are of the long run."""
EXACT, MONTE_CARLO, RARE = "exact", "monte carlo", "rare event"
METHODS = (EXACT, MONTE_CARLO, RARE)
