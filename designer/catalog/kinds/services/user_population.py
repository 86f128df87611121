"""A user population: people in one time zone whose requests follow their day."""

from typing import ClassVar

from designer import units
from designer.catalog.rules.values import time_zone_error
from designer.engine import spec
from designer.model.element import Element, field, quantity
from designer.model.kind import Box, Kind
from designer.model.tree import Tree


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
    value_error=time_zone_error,
    rule_fields=("time_zone",),
    box=Box(min_w=150, min_h=32),
    help="People whose requests to a service follow the day of their time zone, on top of the service's own.",
    about=_about,
)
