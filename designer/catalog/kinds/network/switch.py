"""A switch: what it connects is cut off from the network, and runs on, when all its switches are down."""

from typing import ClassVar

from designer.catalog.failing import Repaired, mtbf, mttr
from designer.catalog.kinds.hardware.rack import why_no_units
from designer.catalog.rules.watts.heat import watts_drawn
from designer.catalog.spec_builder import SpecBuilder
from designer.model.element import Element, quantity
from designer.model.kind import Box, Kind


class Switch(Repaired, table=True):
    """A switch."""

    kind: ClassVar[str] = "switch"

    power_w: float = watts_drawn()
    size_u: int = quantity(1, "U", "Height", group="Placement", ge=1, le=60, help="Height in rack units.")
    mtbf_h: float = mtbf(175_000.0, "derived from Gill et al., SIGCOMM 2011: 5% of top-of-rack switches a year", "B")
    mttr_h: float = mttr(4.0)


def _add_to_spec(builder: SpecBuilder, switch: Element) -> None:
    builder.domain(switch)


SWITCH = Kind(
    "switch",
    "Switch",
    "switch.svg",
    Switch,
    inside=("rack", "data_center", "zone", "region"),
    prefix="switch",
    plural="switches",
    section="network",
    placement_error=why_no_units,
    rule_fields=("size_u",),
    placement_reads=("size_u",),
    box=Box(min_w=118, min_h=28),
    help="Connects hosts, racks and data centers. While all their switches are down, nobody reaches their VMs, which "
    "run on. A cluster judges by its type what it does about hosts that it does not reach.",
    add_to_spec=_add_to_spec,
)
