"""A power feed: what it feeds goes down when the last of its feeds fails. A battery and a generator bridge an
outage."""

from typing import ClassVar

from designer import units
from designer.catalog.failing import Repaired, mtbf, mttr
from designer.catalog.rules.watts.power import parts_of
from designer.catalog.spec_builder import SpecBuilder
from designer.model.element import Element, field, fraction, quantity, seconds
from designer.model.kind import Box, Kind
from designer.words import tr

HOUR_S = 3600.0


class PowerFeed(Repaired, table=True):
    """A power feed: a utility line with the UPS and generator behind it."""

    __tablename__ = "power_feed"
    kind: ClassVar[str] = "power_feed"

    limit_w: float = quantity(
        0.0,
        "W",
        "Limit",
        group="Load",
        zero="no limit",
        ge=0,
        le=1e9,
        help="The most power that the feed carries. What it feeds takes equal parts from each of its feeds; when one "
        "fails, the others carry all. 0: no limit.",
    )
    trip_s: float = seconds(
        10.0,
        "Trips after",
        group="Load",
        help="How long the feed carries more than its limit before it trips. It has failed then, until it recovers.",
        source="assumption: breakers trip later the smaller the overload is",
        confidence="C",
    )
    battery_s: float = quantity(
        0.0,
        "s",
        "UPS runtime",
        group="Outage",
        zero="no UPS",
        ge=0,
        le=7 * 86_400,
        help="How long the UPS supplies power after the utility fails. 0: no UPS.",
    )
    battery_wh: float = quantity(
        0.0,
        "Wh",
        "UPS battery",
        group="Outage",
        zero="not known",
        ge=0,
        le=1e9,
        help="The energy of the UPS's battery when it is full. The load of the feed empties it, and the runtime above "
        "does not act. 0: the runtime is the same at any load.",
    )
    recharge_w: float = quantity(
        0.0,
        "W",
        "UPS recharges with",
        group="Outage",
        zero="full at once",
        ge=0,
        le=1e9,
        help="The power with which the battery is filled again while the feed has power. 0: it is full at once.",
    )
    generator: bool = field(
        False, "Generator", group="Outage", help="Whether a generator starts when the utility fails."
    )
    start_probability: float = fraction(
        1.0,
        "Start probability",
        group="Outage",
        help="Probability that the generator starts when the utility fails: 0.95 to 0.98 in practice.",
        source="MTechnology on more than 1,600 diesel generators: 2 to 5% fail at start or load",
        confidence="B",
    )
    generator_start_s: float = seconds(
        15.0,
        "Generator starts after",
        group="Outage",
        help=(
            "Time from the utility's failure until the generator supplies power. Without a UPS that lasts as long, "
            "power is lost in between."
        ),
        source="general knowledge of the field: 10 to 15 s",
        confidence="C",
    )
    fuel_h: float = quantity(
        48.0,
        "h",
        "Generator runtime",
        group="Outage",
        gt=0,
        le=24 * 366,
        help="How long the generator runs on its fuel.",
        source="general knowledge of the field: 24 to 72 h",
        confidence="C",
    )
    mtbf_h: float = mtbf(8760.0, "assumption: the utility fails once a year")
    mttr_h: float = mttr(1.0, "EC&M: 97 to 99% of utility faults last less than an hour", "B")


def gaps_s(battery_s: float, generator: bool, start_s: float, fuel_h: float) -> tuple[float, ...]:
    """Times after the utility fails at which power goes off, on, off ..., in seconds."""
    empty_s = start_s + fuel_h * HOUR_S
    if not generator or battery_s >= empty_s:
        return (battery_s,)
    return (empty_s,) if battery_s >= start_s else (battery_s, start_s, empty_s)


def _add_to_spec(builder: SpecBuilder, feed: Element) -> None:
    fields = feed.__dict__
    if any(parts_of(builder.tree, feed)):
        builder.feed(feed, ())
        return
    builder.feed(feed, gaps_s(fields["battery_s"], fields["generator"], fields["generator_start_s"], fields["fuel_h"]))


def _about(feed: Element) -> str:
    fields = feed.__dict__
    lasts = units.text(fields["battery_wh"], "Wh", 3) if fields["battery_wh"] else ""
    lasts = lasts or (units.text(fields["battery_s"], "s", 3) if fields["battery_s"] else "")
    battery = [tr("UPS {0}", lasts)] if lasts else []
    generator = [tr("generator")] if fields["generator"] else []
    limit = [units.text(fields["limit_w"], "W", 3)] if fields["limit_w"] else []
    return ", ".join([tr("utility"), *limit, *battery, *generator])


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
    help=(
        "A power line, A or B: the utility with a UPS and a generator behind it. Racks, hosts, data centers and "
        "cooling go down when the last of their feeds fails."
    ),
    add_to_spec=_add_to_spec,
    about=_about,
)
