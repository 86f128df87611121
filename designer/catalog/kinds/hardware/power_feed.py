"""A power feed: what it feeds goes down when all its feeds are down; a battery and a generator bridge an outage."""

from typing import ClassVar

from designer import units
from designer.catalog.spec_builder import SpecBuilder
from designer.model.element import Element, field, quantity
from designer.model.kind import Box, Kind

HOUR_S = 3600.0


class PowerFeed(Element, table=True):
    """A power feed: the utility's line, with what stands behind it."""

    __tablename__ = "power_feed"
    kind: ClassVar[str] = "power_feed"

    battery_s: float = quantity(
        0.0,
        "s",
        "UPS lasts",
        group="Outage",
        ge=0,
        le=7 * 86_400,
        help="How long the UPS carries what is fed after the utility failed. 0: there is none.",
    )
    generator: bool = field(
        False, "Generator", group="Outage", help="Whether a generator starts when the utility fails."
    )
    generator_start_s: float = quantity(
        15.0,
        "s",
        "Generator takes over after",
        group="Outage",
        ge=0,
        le=86_400,
        help="What is fed is without power when the battery is empty before.",
        source="general knowledge of the field: 10 to 15 s",
        confidence="C",
    )
    fuel_h: float = quantity(
        48.0,
        "h",
        "Fuel lasts",
        group="Outage",
        gt=0,
        le=24 * 366,
        help="How long the generator runs without being refilled.",
        source="general knowledge of the field: 24 to 72 h",
        confidence="C",
    )


def gaps_s(battery_s: float, generator: bool, start_s: float, fuel_h: float) -> tuple[float, ...]:
    """When power goes off, on, off ... after the utility failed, seconds."""
    empty_s = start_s + fuel_h * HOUR_S
    if not generator or battery_s >= empty_s:
        return (battery_s,)
    return (empty_s,) if battery_s >= start_s else (battery_s, start_s, empty_s)


def _add_to_spec(builder: SpecBuilder, feed: Element) -> None:
    held = feed.__dict__
    builder.feed(feed, gaps_s(held["battery_s"], held["generator"], held["generator_start_s"], held["fuel_h"]))


def _about(feed: Element) -> str:
    held = feed.__dict__
    battery = [f"UPS {units.text(held['battery_s'], 's', 3)}"] if held["battery_s"] else []
    generator = ["generator"] if held["generator"] else []
    return ", ".join(["utility", *battery, *generator])


POWER_FEED = Kind(
    "power_feed",
    "Power feed",
    "power-feed.svg",
    PowerFeed,
    inside=("data_center", "zone"),
    prefix="feed",
    plural="power feeds",
    section="hardware",
    box=Box(min_w=118, min_h=28),
    help="A line of power, A or B: the utility, a UPS and a generator behind it. Racks, hosts, data centers and "
    "cooling that are fed go down when all their feeds are down.",
    add_to_spec=_add_to_spec,
    about=_about,
)
