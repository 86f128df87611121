"""A rack: hosts and network devices, up to its height in rack units."""

from typing import ClassVar

from designer.catalog.failing import Repaired, mtbf, mttr
from designer.catalog.rules.terms.uplink import uplink_trip
from designer.catalog.spec_builder import SpecBuilder
from designer.model.element import Element, quantity
from designer.model.kind import Box, Kind
from designer.model.tree import Tree
from designer.words import tr


class Rack(Repaired, table=True):
    """A rack."""

    kind: ClassVar[str] = "rack"

    units_u: int = quantity(
        42,
        "U",
        "Height",
        group="Capacity",
        ge=1,
        le=60,
        help="Height in rack units. A host that does not fit is refused.",
        source="EIA-310 full-height rack",
        confidence="C",
    )
    uplink_mbps: float = quantity(
        0.0,
        "Mbit/s",
        "Uplink",
        group="Network",
        zero="no limit",
        ge=0,
        le=100_000_000,
        help="Traffic that leaves the rack, and as much that comes in; 0: no limit. It acts where VMs send something.",
    )
    mtbf_h: float = mtbf(
        17_500.0, "derived from Jeff Dean on Google's infrastructure, 2008: 20 rack failures a year in a cluster", "B"
    )
    mttr_h: float = mttr(3.5, "Jeff Dean on Google's infrastructure, 2008: 1 to 6 h", "B")
    uplink_s: float = uplink_trip("rack")


def why_no_units(tree: Tree, newcomer: Element, parent: Element) -> str | None:
    """Why a rack has no room for one more device, or None. Also None where the parent is no rack."""
    if parent.kind != "rack":
        return None
    others = (tree.elements[i] for i in tree.children(parent.id) if i != newcomer.id)
    used = sum(getattr(other, "size_u", 0) for other in others)
    height, needed = getattr(parent, "units_u", 0), getattr(newcomer, "size_u", 1)
    if used + needed > height:
        return tr("{0} has {1} U, {2} U are taken and it needs {3} U", parent.name, height, used, needed)
    return None


def _add_to_spec(builder: SpecBuilder, rack: Element) -> None:
    builder.domain(rack)


RACK = Kind(
    "rack",
    "Rack",
    "rack.svg",
    Rack,
    inside=("data_center", "zone"),
    prefix="rack",
    plural="racks",
    section="hardware",
    rule_fields=("units_u",),
    box=Box("stack", header=20, padding=8, gap=8, min_w=100, min_h=56, rows=12),
    help="Holds hosts and network devices, up to its height in rack units. Everything in it fails with it.",
    add_to_spec=_add_to_spec,
)
