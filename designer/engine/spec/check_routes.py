"""Whether the routes of requests have a meaning: every refusal is a sentence that names the service."""

from __future__ import annotations

import math
from collections.abc import Collection

from designer.engine.spec.records import Spec
from designer.errors import SpecError


def check_routes(spec: Spec, vms: Collection[int]) -> None:
    """Raise SpecError for the first route that has no meaning; `vms` are the ids of VMs."""
    services = {service.id: service.name or str(service.id) for service in spec.services}
    domains = {domain.id for domain in spec.domains}
    seen: set[int] = set()
    for route in spec.routes:
        if route.service not in services:
            raise SpecError(f"A route belongs to service {route.service}, which is not there.")
        who = f"Service {services[route.service]}"
        if route.service in seen:
            raise SpecError(f"{who} has two routes.")
        seen.add(route.service)
        for name in ("request_kib", "answer_kib", "read_kib"):
            value = getattr(route, name)
            if not (math.isfinite(value) and value >= 0.0):
                raise SpecError(f"{who}: {name} must be a number from 0 on, not {value}.")
        for node in (i for pair in route.entries for i in pair):
            if node not in domains:
                raise SpecError(f"{who}: its requests come through {node}, which is not there.")
        for source in route.reads:
            if source not in domains and source not in vms:
                raise SpecError(f"{who} reads from {source}, which is not there.")
