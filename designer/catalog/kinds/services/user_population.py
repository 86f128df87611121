"""A user population: people in one time zone whose requests follow their day."""

from typing import ClassVar

from designer import units
from designer.catalog.reference.ec2 import ec2
from designer.catalog.rules.values import time_zone_error
from designer.engine import spec
from designer.model.element import Element, field, quantity
from designer.model.kind import Box, Kind
from designer.model.tree import Tree
from designer.words import tr


class UserPopulation(Element, table=True):
    """A user population."""

    __tablename__ = "user_population"
    kind: ClassVar[str] = "user_population"

    mean_rps: float = quantity(500.0, "req/s", "Mean rate", group="Load", ge=0, le=1e9)
    swing_rps: float = quantity(
        200.0, "req/s", "Swing", group="Load", ge=0, le=1e9, help="How far the peak lies above the mean."
    )
    peak_h: float = quantity(20.0, "h", "Peak at (local time)", group="Load", ge=0, lt=24)
    noise_rps: float = quantity(
        10.0, "req/s", "Noise", group="Load", ge=0, le=1e9, help="Standard deviation of each sample."
    )
    time_zone: str = field(
        "UTC", "Time zone", group="Load", editor="time_zone", max_length=64, help="IANA name of where they live."
    )
    near: str = field(
        "",
        "Lives near",
        group="Place",
        editor="id",
        max_length=40,
        help="The code of the provider's region in or near whose city they live, like eu-central-1. With it a run "
        "tells how long they wait for answers: the way, the hops behind it and the response time of the service.",
        source="round trips between regions: cloudping.co, medians of a year; without one by distance",
        confidence="B",
    )
    access_s: float = quantity(
        0.01, "s", "Access", group="Place", ge=0, le=10,
        help="The round trip from a user to the network of the city.",
        source="an assumption: 5 to 30 ms over fiber, cable or mobile networks", confidence="C",
    )  # fmt: skip


def users_of(population: Element) -> spec.Users:
    """The user populations of a service as rows for the engine."""
    fields = population.__dict__
    curve = spec.DayCurve(
        fields["mean_rps"], fields["swing_rps"], fields["peak_h"], fields["noise_rps"], fields["time_zone"]
    )
    return spec.Users(fields["id"], curve, fields["name"])


def mean_rps(tree: Tree, target: int) -> float:
    """Requests a second of the users of a service or a DNS name, on average."""
    return float(sum(tree.elements[i].__dict__["mean_rps"] for i in tree.sources(target, "uses")))


def _value_error(population: Element) -> str | None:
    near = population.__dict__["near"]
    if near and near not in ec2().regions:
        return tr("“{0}” is not the code of a region; write one like eu-central-1", near)
    return time_zone_error(population)


def _about(population: Element) -> str:
    return units.text(population.__dict__["mean_rps"], "req/s", 3)


USER_POPULATION = Kind(
    "user_population",
    "Users",
    "users.svg",
    UserPopulation,
    inside=("design",),
    prefix="users",
    plural="user populations",
    singular="user population",
    section="services",
    value_error=_value_error,
    rule_fields=("time_zone", "near"),
    box=Box(min_w=150, min_h=32),
    help="People whose requests to a service follow the day of their time zone, on top of the service's own.",
    about=_about,
)
