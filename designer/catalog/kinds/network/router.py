"""A router: what it connects is cut off from the network, and runs on, when all its routers are down."""

from typing import ClassVar

from designer.catalog.failing import Repaired, mtbf, mttr
from designer.catalog.kinds.hardware.rack import why_no_units
from designer.catalog.rules.watts.heat import watts_drawn
from designer.catalog.spec_builder import SpecBuilder
from designer.model.element import Element, quantity
from designer.model.kind import Box, Kind


class Router(Repaired, table=True):
    """A router."""

    kind: ClassVar[str] = "router"

    power_w: float = watts_drawn()
    size_u: int = quantity(1, "U", "Height", group="Placement", ge=1, le=60, help="Height in rack units.")
    mtbf_h: float = mtbf(87_600.0, "derived from Gill et al., SIGCOMM 2011: 10% of aggregation devices a year", "B")
    mttr_h: float = mttr(4.0)


def _add_to_spec(builder: SpecBuilder, router: Element) -> None:
    builder.domain(router)


ROUTER = Kind(
    "router",
    "Router",
    "router.svg",
    Router,
    inside=("rack", "data_center", "zone", "region"),
    prefix="router",
    plural="routers",
    section="network",
    placement_error=why_no_units,
    rule_fields=("size_u",),
    placement_reads=("size_u",),
    box=Box(min_w=118, min_h=28),
    help="Connects zones, data centers and devices. While all their routers are down, nobody reaches their VMs, which "
    "run on.",
    add_to_spec=_add_to_spec,
)
