"""How long messages are under way: between user populations, regions and zones of a design."""

from __future__ import annotations

from itertools import combinations

from designer.catalog.reference.latency import round_trip_ms
from designer.catalog.rules.flows import latency_ms, link_name
from designer.catalog.rules.identity import catalog_region
from designer.catalog.spec_builder import SpecBuilder
from designer.engine import spec
from designer.model.element import ROOT_ID, Element
from designer.model.tree import Tree


def way_ms(population: Element, region: Element) -> float | None:
    """The round trip between people and a region; None where it is not known."""
    here, there = population.__dict__["near"], catalog_region(region)
    between = round_trip_ms(here, there.code) if here and there is not None else None
    return None if between is None else between + float(population.__dict__["access_s"]) * 1000.0


def ways(tree: Tree, population: Element) -> list[tuple[Element, float]]:
    """The regions of a design that people near a place may reach, with the round trip, the nearest first."""
    found = [(region, way_ms(population, region)) for region in tree.of_kind("region")]
    known = [(region, ms) for region, ms in found if ms is not None]
    return sorted(known, key=lambda row: (row[1], row[0].id))


def add_latencies(builder: SpecBuilder) -> None:
    """Add the round trips of a design of which the latency of some users is told; else none."""
    tree = builder.tree
    told = sorted({i for route in builder.routes for i in route.users})
    if not told:
        return
    found = builder.latencies
    regions = sorted(tree.of_kind("region"), key=lambda region: region.id)
    for population in (tree.elements[i] for i in told):
        found += [spec.Latency(population.id, region.id, ms) for region, ms in ways(tree, population)]
    for region in regions:
        found.append(spec.Latency(region.id, region.id, region.__dict__["between_zones_s"] * 1000.0))
        zones = [i for i in tree.children(region.id) if tree.elements[i].kind == "zone"]
        found += [spec.Latency(zone, zone, region.__dict__["within_zone_s"] * 1000.0) for zone in sorted(zones)]
    for place in sorted((*tree.of_kind("data_center"), *tree.of_kind("rack")), key=lambda place: place.id):
        parent, uplink_s = place.__dict__["parent"], place.__dict__["uplink_s"]
        if uplink_s > 0.0 and parent != ROOT_ID:
            found.append(spec.Latency(place.id, parent, uplink_s * 1000.0, place.id))
    for one, other in combinations(regions, 2):
        here, there = catalog_region(one), catalog_region(other)
        between = round_trip_ms(here.code, there.code) if here is not None and there is not None else None
        if between is not None:
            found.append(spec.Latency(one.id, other.id, between))
    for link in sorted(tree.links.values(), key=lambda link: link.id):
        own = latency_ms(link, link_name(tree, link)) if link.kind == "private_link" else None
        if own is not None:
            found.append(spec.Latency(link.source, link.target, own, link.id))
