"""What services send by the stated sizes of their requests, where no run has counted it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from designer.catalog.reference.prices import HOURS_A_MONTH, prices
from designer.catalog.rules.offers import Place, place_of
from designer.model.element import Element
from designer.model.tree import Tree
from designer.study.cost.counted import SENT, ZONES
from designer.study.cost.lines import CostLine

GB_A_KIB = 1024.0 / 1e9


def rate_rps(tree: Tree, service: Element) -> float | None:
    """The mean requests a second of a service and its users; None where a trace sets them."""
    fields = service.__dict__
    rates = {"constant": fields["rate_rps"], "day_curve": fields["day_mean_rps"]}
    users = sum(tree.elements[i].__dict__["mean_rps"] for i in tree.sources(service.id, "uses"))
    return float(rates[fields["demand"]] + users) if fields["demand"] in rates else None


def stated_lines(tree: Tree, service: Element) -> Iterator[CostLine]:
    """Answers to the internet, and what members read from databases in other zones, at the mean rate of a service."""
    fields = service.__dict__
    if not (fields["request_kib"] or fields["answer_kib"] or fields["read_kib"]):
        return
    serving = [tree.elements[i] for link in ("member", "serves") for i in tree.sources(service.id, link)]
    places = [place for one in serving if (place := place_of(tree, one)) is not None]
    codes = {place.region for place in places}
    if not codes:
        return
    rps, one_region = rate_rps(tree, service), len(codes) == 1
    requests = (rps or 0.0) * HOURS_A_MONTH * 3600.0
    known = one_region and rps is not None
    if fields["clients"] == "internet" and fields["answer_kib"]:
        gb = requests * fields["answer_kib"] * GB_A_KIB
        yield CostLine(SENT, service.id, gb, "GB", prices().out(min(codes), gb) if known else None, service=service.id)
    kib = _read_kib(tree, service, places) if fields["read_kib"] else 0.0
    if kib is None or kib > 0.0:
        price = prices().between_zones(min(codes)) if known and kib is not None else None
        yield CostLine(ZONES, service.id, requests * (kib or 0.0) * GB_A_KIB, "GB", price, service=service.id)


def _read_kib(tree: Tree, service: Element, places: list[Place]) -> float | None:
    """KiB that a request reads from databases in other zones, on average, where each member takes as many; None where
    groups set how many members there are. What balancers pass to other zones costs nothing."""
    members = tree.sources(service.id, "member")
    if any(tree.elements[i].__dict__.get("template") for i in members) or len(places) < len(members):
        return None
    share, kib = Counter(place.zone_id for place in places), 0.0
    for database in tree.targets(service.id, "depends_on"):
        primary = tree.targets(database, "primary_in")
        if primary and tree.elements[database].kind == "database":
            kib += (1.0 - share[_zone(tree, primary[0])] / len(places)) * service.__dict__["read_kib"]
    return kib


def _zone(tree: Tree, element_id: int) -> str:
    place = place_of(tree, tree.elements[element_id])
    return place.zone_id if place is not None else ""
