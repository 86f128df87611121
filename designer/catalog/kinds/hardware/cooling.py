"""Cooling: what it cools shuts down some time after the last of its cooling units fails."""

from typing import ClassVar

from designer.catalog.failing import Repaired, known_within, mtbf, mttr
from designer.catalog.rules.watts.heat import warms_by_load
from designer.catalog.spec_builder import SpecBuilder
from designer.model.element import Element, field, quantity, seconds
from designer.model.kind import Box, Kind


class Cooling(Repaired, table=True):
    """A cooling unit."""

    kind: ClassVar[str] = "cooling"

    heat_up_s: float = seconds(
        300.0,
        "Shuts down after",
        group="Outage",
        help="How long racks, hosts and data centers run without cooling before they shut down. It acts without a heat "
        "capacity; with one the temperature of the data center decides.",
        source="general knowledge of the field: minutes; denser racks have less",
        confidence="C",
    )
    capacity_w: float = quantity(
        0.0,
        "W",
        "Heat capacity",
        group="Heat",
        zero="not known",
        ge=0,
        le=1e9,
        help="The heat that the unit carries out of its data center. What all of them do not carry warms it. 0: not "
        "known.",
    )
    restart_s: float = seconds(
        1800.0,
        "Cools again after",
        group="Heat",
        help="Time from the return of its power, or its repair, until the unit cools. Chillers take 4 to 8 min to "
        "about half an hour.",
        source="Rackspace on its outage of November 2007: one restart of a chiller took about half an hour",
        confidence="B",
    )
    by_hand: bool = field(
        False,
        "Restarted by hand",
        group="Heat",
        help="People restart the unit; those of one data center one after the other.",
    )
    mtbf_h: float = mtbf(43_800.0)
    mttr_h: float = mttr(12.0)
    mtbf_factor: float = known_within(3.0, "MTBF known within a factor of")


def _add_to_spec(builder: SpecBuilder, cooling: Element) -> None:
    builder.feed(cooling, (0.0,) if warms_by_load(builder.tree, cooling) else (cooling.__dict__["heat_up_s"],))


COOLING = Kind(
    "cooling",
    "Cooling",
    "cooling.svg",
    Cooling,
    inside=("data_center", "zone"),
    prefix="cooling",
    plural="cooling units",
    singular="cooling unit",
    section="hardware",
    box=Box(min_w=118, min_h=28),
    help="Cools racks, hosts and data centers. They shut down some time after the last of their cooling units fails.",
    add_to_spec=_add_to_spec,
)
