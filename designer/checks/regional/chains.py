"""Chains of services that promise more than their parts, or wait for another region."""

from __future__ import annotations

from collections.abc import Iterator

from designer import units
from designer.catalog.reference.latency import round_trip_ms
from designer.checks.check import Check, Found
from designer.checks.regional.served import codes, depends, region_code, where
from designer.checks.run import share
from designer.checks.standing import names
from designer.checks.view import CheckView
from designer.words import tr

BUDGET_S = 0.05
"""The longest round trip within a request where clients have no timeout (an assumption, confidence C)."""


def chain(view: CheckView, service: int) -> frozenset[int]:
    """All services that a service depends on, at any depth. A circle, which a file may hold, is left."""
    found: set[int] = set()
    waiting = [service]
    while waiting:
        for other in view.targets(waiting.pop(), "depends_on"):
            if view.kind(other) == "service" and other not in found and other != service:
                found.add(other)
                waiting.append(other)
    return frozenset(found)


def _too_long(view: CheckView, service: int) -> Iterator[Found]:
    wanted = view.get(service)["slo_frac"]
    promised = [(i, view.get(i)["slo_frac"]) for i in sorted(view.value(chain, service))]
    promised = [(i, slo) for i, slo in promised if slo > 0.0]
    together = 1.0
    for _, slo in promised:
        together *= slo
    if wanted > 0.0 and together < wanted * (1.0 - 1e-12):
        parts = [i for i, _ in promised]
        yield Found(
            tr("{0} promises {1}, and what it depends on {2} together", view.name(service), _nines(wanted),
               _nines(together)),
            tr("It needs all of them at once: {0}. Their promises are multiplied.", names(view, parts)),
            tuple(parts),
        )  # fmt: skip


def _nines(fraction: float) -> str:
    return share(fraction)


def _far(view: CheckView, service: int) -> Iterator[Found]:
    """What a service waits for in another region, longer than a client or the budget does."""
    others = depends(view, service, "service", "database", "bucket", "function")
    if not others:
        return
    here, fields = view.value(codes, service), view.get(service)
    timeout_s = fields["timeout_s"] if fields["response_times"] != "none" else 0.0
    budget_s = min(timeout_s or BUDGET_S, BUDGET_S)
    far: list[tuple[float, int]] = []
    for other in others:
        if view.kind(other) == "service":
            there = view.value(codes, other)
        else:
            there = frozenset(view.value(region_code, i) for i in where(view, other)[:1]) - {""}
        if here and there and not here & there:
            trips = [ms for one in here for two in there if (ms := round_trip_ms(one, two)) is not None]
            if trips and min(trips) / 1000.0 > budget_s:
                far.append((min(trips) / 1000.0, other))
    if far:
        most = max(far)[0]
        yield Found(
            tr("{0} waits for {1} in another region", fields["name"], names(view, [i for _, i in far])),
            tr("Each request takes {0} longer, and both regions must be up.", units.text(most, "s", 3)),
            tuple(i for _, i in far),
        )


CHECKS = (
    Check(
        "REL-16",
        "Chain of services too long for the SLO",
        "medium",
        "A request needs every service in the chain, so their availabilities are multiplied.",
        "availability of serial systems: the product of its parts",
        ("service",),
        _too_long,
    ),
    Check(
        "REL-17",
        "Service that waits for another region",
        "medium",
        "Each request pays the round trip, and the loss of either region takes the service down.",
        "round trips between regions: cloudping.co, medians of a year; AWS Builders' Library on fault isolation",
        ("service",),
        _far,
    ),
)
