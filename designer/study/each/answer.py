"""What is found by failing each element in turn."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from designer.engine.spec import Spec

KINDS = ("zone", "data_center", "power_feed", "rack", "host")
"""The kinds of elements that are failed in turn, the largest first."""
MONTH_H = 730.0
"""Hours of a month: an SLO allows a service the rest of it as downtime."""
USUAL_SLO = 0.999
"""What a service without an SLO is held to where it is told whether it falls below."""

Reasons = tuple[tuple[str, int], ...]
"""Why VMs do not come back, in the words of the engine, and how many there are; most first."""


@dataclass(frozen=True)
class Meanwhile:
    """The worst host to have in maintenance while an element fails: how many VMs (`stays`) then do not come back, and
    why. Of `tried` hosts in maintenance `breaks` leave VMs behind.
    """

    host_id: int
    stays: tuple[int, ...]
    why: Reasons
    breaks: int
    tried: int


@dataclass(frozen=True)
class Fall:
    """One element that fails: how many VMs fall (`fell`), which of them do not come back (`stays`) before it is
    repaired, and `why`. `up_s`: seconds until the last of the others runs. `hottest`: the most of asked / capacity of
    any survivor, and `hottest_id`. `down_s`: of each service the seconds of full downtime that the requests which it
    dropped make; `below` are those that break the objective of a month. `way`: what falls between it and its VMs, a
    count a kind.
    """

    id: int
    kind: str
    fell: int
    stays: tuple[int, ...]
    why: Reasons
    up_s: float
    hottest: float
    hottest_id: int
    down_s: tuple[float, ...]
    below: tuple[int, ...]
    way: tuple[tuple[str, int], ...]
    meanwhile: Meanwhile | None = None

    @property
    def holds(self) -> bool:
        """Whether all VMs come back."""
        return not self.stays

    @property
    def rank(self) -> tuple[float, ...]:
        """The worst is least."""
        meanwhile = len(self.meanwhile.stays) if self.meanwhile is not None else 0
        left = -len(self.stays), -len(self.below), -meanwhile, -sum(self.down_s), -self.up_s, -self.fell
        return *left, KINDS.index(self.kind), self.id


@dataclass(frozen=True)
class PlaceVerdict:
    """Whether a place (a cluster, zone or region) holds the failure of any one of its `count` elements of a kind (N+1),
    and while any host is in maintenance (N+2; None: not asked). `worst` is the element that leaves most behind.
    """

    place: int
    of: str
    count: int
    worst: int
    one: bool
    two: bool | None

    @property
    def level(self) -> str:
        """N+0, N+1 or N+2."""
        return f"N+{self.one + (self.one and bool(self.two))}"


@dataclass(frozen=True)
class EachAnswer:
    """All that was tried, worst first. `services`: id, and the seconds that its objective allows in a month."""

    services: tuple[tuple[int, float], ...]
    falls: tuple[Fall, ...]
    verdicts: tuple[PlaceVerdict, ...]
    at_s: float
    repair_s: float
    of: int
    tried: int
    maintenance: bool
    names: dict[int, str] = field(repr=False)

    @property
    def whole(self) -> bool:
        """Whether nothing was left out because the work was ended."""
        return self.tried == self.of

    @property
    def left_behind(self) -> int:
        """How many failures leave VMs behind, alone or while a host is in maintenance."""
        return sum(bool(fall.stays or (fall.meanwhile and fall.meanwhile.breaks)) for fall in self.falls)


@dataclass(frozen=True)
class Headroom:
    """How many more VMs fit (`fits`), and with how many N+1 of the hosts still `holds`. `worst`: the host whose failure
    ends it (0: none does). `months`: when growth of the `vms` there are has used it up (inf: never). `by_rules`: no
    rule of the design goes by a load, so a run says the same.
    """

    fits: int
    holds: int
    worst: int
    vms: int
    months: float
    by_rules: bool


def allowed_s(slo: float) -> float:
    """Seconds of downtime that an objective allows in a month."""
    return (1.0 - (slo or USUAL_SLO)) * MONTH_H * 3600.0


def services_of(spec: Spec) -> tuple[tuple[int, float], ...]:
    """The services of a spec, and the downtime in a month that each allows."""
    return tuple((service.id, allowed_s(service.slo_frac)) for service in spec.services)


def never(seconds: float) -> bool:
    """Whether a time is none."""
    return math.isinf(seconds)
