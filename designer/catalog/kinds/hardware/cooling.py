"""Cooling: what it cools shuts down some time after all its cooling is gone."""

from typing import ClassVar

from designer.catalog.spec_builder import SpecBuilder
from designer.model.element import Element, quantity
from designer.model.kind import Box, Kind


class Cooling(Element, table=True):
    """A cooling unit."""

    kind: ClassVar[str] = "cooling"

    heat_up_s: float = quantity(
        300.0,
        "s",
        "Too hot after",
        group="Outage",
        ge=0,
        le=86_400,
        help="How long what it cools runs on without it, before it shuts down for heat.",
        source="general knowledge of the field: minutes, less the denser the racks",
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
    help="Racks, hosts and data centers that are cooled shut down some time after all their cooling is down.",
    add_to_spec=_add_to_spec,
)
