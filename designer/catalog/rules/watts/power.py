"""Power and heat of a design: what feeds can carry and what bridges their outages, what halls draw, how they warm."""

from __future__ import annotations

from designer.catalog.rules.watts.heat import halls_cooled, warms_by_load
from designer.catalog.spec_builder import SpecBuilder
from designer.engine.spec.power.records import CoolingUnit, Draw, Feed, Generator, Hall, Power, Ups
from designer.errors import RuleError
from designer.model.element import ROOT_ID, Element
from designer.model.tree import Tree
from designer.words import listed, tr

HOUR_S = 3600.0
DRAWING = ("switch", "router", "firewall", "storage_array")
"""Kinds that draw watts and are no hosts."""


def parts_of(tree: Tree, feed: Element) -> tuple[tuple[Ups, ...], tuple[Generator, ...]]:
    """UPSs and generators of a feed that the load, or chance, decides about; none where its runtimes say it all."""
    fields = feed.__dict__
    drawn = [tree.elements[i] for i in sorted(tree.sources(feed.id, "backs_up"))]
    by_chance = fields["generator"] and fields["start_probability"] < 1.0
    if not (drawn or fields["battery_wh"] or by_chance):
        return (), ()
    ups, generators = [], []
    if fields["battery_wh"] or fields["battery_s"]:
        ups.append(Ups(feed.id, fields["battery_wh"] * HOUR_S, fields["recharge_w"], fields["battery_s"]))
    if fields["generator"]:
        start = fields["generator_start_s"], fields["start_probability"]
        generators.append(Generator(feed.id, *start, fields["fuel_h"] * HOUR_S))
    for part in drawn:
        own = part.__dict__
        if part.kind == "ups":
            ups.append(Ups(part.id, own["battery_wh"] * HOUR_S, own["recharge_w"]))
        else:
            generators.append(Generator(part.id, own["start_s"], own["start_probability"], own["fuel_h"] * HOUR_S))
    return tuple(ups), tuple(generators)


def power_of(builder: SpecBuilder) -> Power | None:
    """Power and heat of a design; None where it says nothing of them. Raises RuleError."""
    tree = builder.tree
    kinds: dict[str, list[Element]] = {}
    for domain in builder.domains:
        element = tree.elements.get(domain.id)
        if element is not None:
            kinds.setdefault(element.kind, []).append(element)
    cooling = tuple(_cooling(tree, unit) for unit in kinds.get("cooling", ()) if warms_by_load(tree, unit))
    cooled = {unit.hall for unit in cooling}
    halls = kinds.get("data_center", ())
    draws = (element for kind in DRAWING for element in kinds.get(kind, ()))
    feeds = tuple(
        Feed(feed.id, feed.__dict__["limit_w"], feed.__dict__["trip_s"], *parts_of(tree, feed))
        for feed in kinds.get("power_feed", ())
    )
    split = tree.elements[ROOT_ID].__dict__["energy_split"]
    made = Power(
        feeds=feeds,
        halls=tuple(_hall(hall) for hall in halls if hall.id in cooled or hall.__dict__["pue"] > 1.0),
        cooling=cooling,
        draws=tuple(Draw(one.id, one.__dict__["power_w"]) for one in draws if one.__dict__["power_w"]),
        split="" if split == "none" else split,
    )
    asked = made.halls or made.draws or made.split or any(f.limit_w or f.ups or f.generators for f in feeds)
    return made if asked else None


def _hall(hall: Element) -> Hall:
    fields = hall.__dict__
    return Hall(
        hall.id,
        fields["pue"],
        fields["pue_fixed_frac"],
        fields["pue_cooling_frac"],
        fields["design_w"],
        fields["set_c"],
        fields["warming_k_min"] / 60.0,
        fields["time_constant_s"],
        fields["shutdown_c"],
        fields["restart_c"],
        fields["restart_hosts"],
        fields["restart_every_s"],
    )


def _cooling(tree: Tree, unit: Element) -> CoolingUnit:
    fields, halls = unit.__dict__, halls_cooled(tree, unit.id)
    if len(halls) > 1:
        names = listed([tree.elements[hall].name for hall in halls])
        raise RuleError(tr("{0} cools {1}: one with a heat capacity cools one data center.", unit.name, names))
    return CoolingUnit(unit.id, halls[0], fields["capacity_w"], fields["restart_s"], fields["by_hand"])
