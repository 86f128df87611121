"""An availability zone: everything in it fails together."""

from collections.abc import Mapping
from typing import Any, ClassVar

from designer.catalog.failing import Repaired, mtbf, mttr
from designer.catalog.rules.identity import catalog_region, next_zone, zone_name
from designer.catalog.rules.stocks import add_stocks, stock_error
from designer.catalog.spec_builder import SpecBuilder
from designer.errors import RuleError
from designer.model.element import Element, field
from designer.model.kind import Box, Kind
from designer.model.tree import Tree


class Zone(Repaired, table=True):
    """An availability zone. Offers are looked up by its zone id, never by the name."""

    kind: ClassVar[str] = "zone"

    zone_id: str = field(
        "",
        "Zone id",
        group="Place",
        editor="id",
        max_length=40,
        help="The provider's id of the zone, like euc1-az1. Offers are looked up by it. The name differs from account "
        "to account and is free.",
    )
    capacity: str = field(
        "",
        "Capacity",
        group="Provider",
        editor="stock",
        max_length=2000,
        help="How many instances of a type the provider has here, like m5.large=10, t3.micro=4. A launch that finds "
        "none left is tried in another zone, or again later. Of types that it does not name there are enough. VMs on "
        "hosts do not count.",
    )
    mtbf_h: float = mtbf(
        157_680.0, "derived: about five published outages by power or cooling in 90 zone-years of us-east-1", "B"
    )
    mttr_h: float = mttr(3.0, "published outages of zones of AWS, 2011 to 2021: a median of about 3 h", "B")


def _defaults_in(tree: Tree, parent: Element) -> Mapping[str, Any]:
    """Name and id of the first zone of the provider's region that is not drawn in it yet."""
    return next_zone(tree, parent)


def _copied_in(tree: Tree, zone: Element, region: Element) -> Mapping[str, Any]:
    """Where the region already has the zone: the next zone of the provider, or none; its name, where the zone has that
    of its id."""
    drawn = {tree.elements[i].__dict__.get("zone_id") for i in tree.children(region.id)} - {""}
    if zone.__dict__["zone_id"] not in drawn:
        return {}
    known, other = catalog_region(region), next_zone(tree, region)
    if known is not None and zone.__dict__["name"] == zone_name(known, zone.__dict__["zone_id"]):
        return other or {"zone_id": ""}
    return {"zone_id": other.get("zone_id", "")}


def _add_to_spec(builder: SpecBuilder, zone: Element) -> None:
    wrong = stock_error(zone)
    if wrong:
        raise RuleError(f"{zone.name}: {wrong}.")
    builder.domain(zone)
    if zone.__dict__["capacity"]:
        add_stocks(builder, zone)


ZONE = Kind(
    "zone",
    "Zone",
    "zone.svg",
    Zone,
    inside=("region",),
    prefix="zone",
    plural="zones",
    section="places",
    value_error=stock_error,
    rule_fields=("zone_id", "capacity"),
    narrow_rules={"zone_id": ("vm", "instance_type"), "capacity": None},  # whether the zone offers the type
    box=Box("free", header=28, padding=12, gap=12, min_w=160, min_h=90),
    help="An availability zone: data centers, subnets and VMs on the provider's capacity that fail together.",
    defaults_in=_defaults_in,
    copied_in=_copied_in,
    add_to_spec=_add_to_spec,
)
