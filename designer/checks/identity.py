"""Identity: the zone ids of zones are those of their region, each once."""

from __future__ import annotations

from collections.abc import Iterator

from designer.catalog.rules.identity import catalog_region, zone_name
from designer.checks.check import Check, Found
from designer.checks.view import CheckView
from designer.words import listed, tr


def _strange(view: CheckView, zone: int) -> Iterator[Found]:
    zone_id, region = view.get(zone)["zone_id"], view.parent(zone)
    view.get(region)
    known = catalog_region(view.tree.elements[region]) if zone_id else None
    if known is not None and known.zones and not zone_name(known, zone_id):
        ids = ", ".join(known_id for _, known_id in known.zones)
        yield Found(
            tr("{0} has the zone id {1}, which is no zone of {2}", view.name(zone), zone_id, known.code),
            tr("Its zones are {0}. Offers and prices are those of the whole region until the id is one of them.", ids),
            (region,),
        )


def _twice(view: CheckView, region: int) -> Iterator[Found]:
    zones: dict[str, list[int]] = {}
    for zone in view.inside(region, "zone"):
        zones.setdefault(view.get(zone.id)["zone_id"], []).append(zone.id)
    for zone_id, same in zones.items():
        if zone_id and len(same) > 1:
            names = listed([view.name(zone) for zone in same])
            yield Found(
                tr("{0} have one zone id, {1}", names, zone_id),
                tr("They are the same zone of the provider and fail together; drawn apart, a run lets one survive."),
                tuple(same),
            )


CHECKS = (
    Check(
        "DEP-03",
        "Zone id of another region",
        "medium",
        "What is offered in the zone, and its distance to others, cannot be looked up.",
        "EC2 zone ids: each names one zone of one region",
        ("zone",),
        _strange,
    ),
    Check(
        "DEP-04",
        "One zone drawn twice",
        "high",
        "A service over both looks as if it survived the loss of a zone, and does not.",
        "EC2 zone ids: the same id is the same place in every account",
        ("region",),
        _twice,
    ),
)
