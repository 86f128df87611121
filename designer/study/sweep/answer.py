"""What a sweep finds: a record a point of its grid, and the digest of all."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Protocol

from designer.model.project import Project


class Varied(Protocol):
    """One thing of a design that can be set to a number; it can be sent to other processes."""

    @property
    def title(self) -> str: ...

    @property
    def makes(self) -> bool:
        """Whether it adds and removes elements; such are set before others."""

    def apply(self, project: Project, value: float) -> None: ...


@dataclass(frozen=True)
class SweepAxis:
    """An axis of the grid: what varies, and its values."""

    knob: Varied
    values: tuple[float, ...]


@dataclass(frozen=True)
class SweptService:
    """The availability of a service at a point; `reason`: why there is no answer."""

    id: int
    name: str
    down: float = 0.0
    outages_h: float = 0.0
    low: float = 0.0
    high: float = 0.0
    method: str = ""
    misses: bool = False
    reason: str = ""


@dataclass(frozen=True)
class SweptPoint:
    """One point of the grid. `usd_month`: what has a price; None: nothing has. `reason`: why the design refuses it."""

    number: int
    values: tuple[float, ...]
    services: tuple[SweptService, ...] = ()
    usd_month: float | None = None
    unknown_prices: int = 0
    reason: str = ""

    def of(self, service_id: int) -> SweptService | None:
        """What becomes of a service."""
        return next((one for one in self.services if one.id == service_id), None)


@dataclass(frozen=True)
class Swept:
    """The points of a grid that were found, in its order: the last axis varies first."""

    titles: tuple[str, ...]
    points: tuple[SweptPoint, ...]
    whole: bool
    """Whether it has all points; false where the work was ended."""

    @property
    def digest(self) -> str:
        """The digest of all figures, bit for bit."""
        told = [list(self.titles), [asdict(point) for point in self.points]]
        return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


def pareto(points: Sequence[SweptPoint], service_id: int) -> set[int]:
    """The numbers of the points that no other beats: none costs less and is up for as long, or costs as much and is up
    for longer. Points without a price or an answer are none of them.
    """
    known = []
    for point in points:
        one = point.of(service_id)
        if point.usd_month is not None and one is not None and not one.reason:
            known.append((point.usd_month, one.down, point.number))
    best: set[int] = set()
    least, at = float("inf"), None
    for usd, down, number in sorted(known):
        if down < least or (usd, down) == at:
            best.add(number)
            least, at = down, (usd, down)
    return best
