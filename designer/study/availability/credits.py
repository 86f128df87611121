"""What the provider gives back where a service on its instances is up for less of a month than its SLA promises."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import fsum

import numpy as np

from designer.catalog.rules.offers import place_of
from designer.engine.spec import Spec
from designer.model.project import Project
from designer.study.availability.year import downtimes
from designer.study.cost.bill import INSTANCES, lines_of

MONTH_H = 730.0
MONTHS = 12.0
REGION_SLA = ((0.9999, 0.1), (0.99, 0.3), (0.95, 1.0))
INSTANCE_SLA = ((0.995, 0.1), (0.99, 0.3), (0.95, 1.0))
"""Below this part of a month up, that part of its price is given back: of instances in two zones or more, and of others
(aws.amazon.com/compute/sla/historical, text of 5 May 2022; confidence B)."""
Causes = Sequence[tuple[float, float, str]]


@dataclass(frozen=True)
class SlaCredit:
    """`sla_frac`: what the provider promises of a month; `often`: the part of months that are below it; `back_frac`:
    the part of the price of the instances that is given back on average; `usd_month`: that price, None where a price
    is unknown.
    """

    sla_frac: float
    often: float
    back_frac: float
    usd_month: float | None

    @property
    def back_usd_year(self) -> float | None:
        """USD a year that are given back on average."""
        return None if self.usd_month is None else self.usd_month * self.back_frac * MONTHS


@dataclass(frozen=True)
class Promise:
    """What the provider promises of a service on its instances: tiers as above, and the instances' USD a month."""

    tiers: tuple[tuple[float, float], ...]
    usd_month: float | None

    @property
    def allowed_h(self) -> list[float]:
        """Hours of downtime in a month that each tier allows."""
        return [(1.0 - below) * MONTH_H for below, _ in self.tiers]

    def credit(self, often: Sequence[float]) -> SlaCredit:
        """What is given back where months are below each tier as `often` as told."""
        parts = np.diff([0.0, *(part for _, part in self.tiers)])
        return SlaCredit(self.tiers[0][0], float(often[0]), float(np.dot(parts, often)), self.usd_month)


def promise_of(project: Project, spec: Spec, service_id: int) -> Promise | None:
    """By the provider's SLA; None where a member does not run on a provider's capacity."""
    members = {vm.id for vm in spec.vms if vm.service == service_id or any(a.service == service_id for a in vm.apps)}
    rows = [project.elements[one] for one in members if one in project.elements]
    places = [place_of(project, row) for row in rows]
    hosts = {host.id for host in spec.hosts}
    if not rows or any(place is None for place in places) or any(row.__dict__["parent"] in hosts for row in rows):
        return None
    tiers = REGION_SLA if len({place.zone for place in places if place is not None}) > 1 else INSTANCE_SLA
    usd = [line.usd for row in rows for line in lines_of(project, row, None) if line.what == INSTANCES]
    known = [one for one in usd if one is not None]
    return Promise(tiers, fsum(known) if len(known) == len(usd) else None)


def credit_of(promise: Promise | None, causes: Causes) -> SlaCredit | None:
    """What is given back where outages have these causes, as in `downtimes`."""
    if promise is None:
        return None
    down_h = downtimes(causes, MONTH_H)
    return promise.credit([float((down_h > allowed_h).mean()) for allowed_h in promise.allowed_h])
