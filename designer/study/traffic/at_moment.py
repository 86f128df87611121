"""Requests to services at a moment of a run, for the drawing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from designer.engine.result.arrays import Store
from designer.engine.result.dropped import ROUNDING, fluid_services
from designer.engine.spec import Spec
from designer.engine.tables.needs import database_users
from designer.model.project import Project
from designer.study.traffic.of_users import UserRates


@dataclass(frozen=True)
class Traffic:
    """Requests per second to a service, or of users, and how many of them are dropped; means over a recording step."""

    asked_rps: float
    dropped_rps: float


def traffic_at(store: Store, spec: Spec, time_s: float, users: UserRates) -> dict[int, Traffic]:
    """The traffic of each service, database and user population by id, in the recording step of a moment, the last
    final one where that is not final; empty before the first."""
    step = min(int(time_s / spec.sample_s), store.filled - 1)
    if step < 0 or not spec.services:
        return {}
    width_s = min((step + 1) * spec.sample_s, spec.until_s) - step * spec.sample_s
    asked, served = (store.arrays[name][step] / width_s for name in ("requested", "served"))
    fluid = fluid_services(spec)
    lost = store.arrays["service_lost"][step] / width_s if fluid.any() else asked - served
    dropped = np.where(fluid, lost, asked - served)
    found = {
        service.id: Traffic(float(a), float(d) if d > ROUNDING * a else 0.0)
        for service, a, d in zip(spec.services, asked, dropped, strict=True)
    }
    for database, (writes, reads) in database_users(spec).items():
        found[database] = Traffic(float(served[writes | reads].sum()), 0.0)
    found.update((i, Traffic(rate_rps, 0.0)) for i, rate_rps in users.in_step(step).items())
    return found


def with_balancers(project: Project, traffic: Mapping[int, Traffic]) -> dict[int, Traffic]:
    """Traffic by id, with that of each load balancer: all that comes to its services."""
    found = dict(traffic)
    for service, requests in traffic.items():
        for balancer in project.sources(service, "balances"):
            known = found.get(balancer, Traffic(0.0, 0.0))
            asked, dropped = known.asked_rps + requests.asked_rps, known.dropped_rps + requests.dropped_rps
            found[balancer] = Traffic(asked, dropped)
    return found
