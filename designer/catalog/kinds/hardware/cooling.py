"""Cooling: what it cools shuts down some time after the last of its cooling units fails."""

from typing import ClassVar

from designer.catalog.spec_builder import SpecBuilder
from designer.model.element import Element, seconds
from designer.model.kind import Box, Kind


class Cooling(Element, table=True):
    """A cooling unit."""

    kind: ClassVar[str] = "cooling"

    heat_up_s: float = seconds(
        300.0,
        "Shuts down after",
        group="Outage",
        help="How long racks, hosts and data centers run without cooling before they shut down.",
        source="general knowledge of the field: minutes; denser racks have less",
        confidence="C",
    )


def _add_to_spec(builder: SpecBuilder, cooling: Element) -> None:
    builder.feed(cooling, (cooling.__dict__["heat_up_s"],))


COOLING = Kind(
    "cooling",
    "Cooling",
    "cooling.svg",
    Cooling,
    inside=("data_center", "zone"),
    prefix="cooling",
    plural="cooling units",
    section="hardware",
    box=Box(min_w=118, min_h=28),
    help="Cools racks, hosts and data centers. They shut down some time after the last of their cooling units fails.",
    add_to_spec=_add_to_spec,
)
