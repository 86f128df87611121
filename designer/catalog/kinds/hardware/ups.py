"""A UPS: its battery bridges an outage of the utility, for as long as the load of its feed lets it."""

from typing import ClassVar

from designer import units
from designer.catalog.failing import Fallible, known_within, mtbf, mttr
from designer.catalog.spec_builder import SpecBuilder
from designer.model.element import Element, quantity
from designer.model.kind import Box, Kind
from designer.words import tr


class Ups(Fallible, table=True):
    """An uninterruptible power supply (UPS)."""

    kind: ClassVar[str] = "ups"

    battery_wh: float = quantity(
        5000.0,
        "Wh",
        "Battery",
        group="Outage",
        gt=0,
        le=1e9,
        help="The energy that the battery holds when it is full. The load of the feed empties it.",
        source="assumption",
        confidence="C",
    )
    recharge_w: float = quantity(
        500.0,
        "W",
        "Recharges with",
        group="Outage",
        ge=0,
        le=1e9,
        zero="full at once",
        help="The power with which the battery is filled again while the feed has power. 0: it is full at once.",
        source="assumption",
        confidence="C",
    )
    mtbf_h: float = mtbf(250_000.0)
    mttr_h: float = mttr(8.0)
    mtbf_factor: float = known_within(4.0, "MTBF known within a factor of")


def _add_to_spec(builder: SpecBuilder, ups: Element) -> None:
    builder.domain(ups)


def _about(ups: Element) -> str:
    return tr("battery {0}", units.text(ups.__dict__["battery_wh"], "Wh", 3))


UPS = Kind(
    "ups",
    "UPS",
    "ups.svg",
    Ups,
    inside=("data_center", "zone"),
    prefix="ups",
    plural="UPSs",
    section="hardware",
    box=Box(min_w=118, min_h=28),
    help=(
        "An uninterruptible power supply: its battery bridges an outage of the power feeds that it backs up. A UPS "
        "that fails passes the utility through, and bridges nothing."
    ),
    add_to_spec=_add_to_spec,
    about=_about,
)
