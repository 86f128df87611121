"""A generator: it may not start, and supplies power feeds without their utility once it runs."""

from typing import ClassVar

from designer.catalog.failing import Fallible, known_within, mtbf, mttr
from designer.catalog.spec_builder import SpecBuilder
from designer.model.element import Element, fraction, quantity, seconds
from designer.model.kind import Box, Kind


class Generator(Fallible, table=True):
    """A generator."""

    kind: ClassVar[str] = "generator"

    start_probability: float = fraction(
        0.975,
        "Start probability",
        group="Outage",
        help="Probability that it starts when a feed loses its utility. One that does not start has failed.",
        source="MTechnology on more than 1,600 diesel generators: 2 to 5% fail at start or load",
        confidence="B",
    )
    start_s: float = seconds(
        15.0,
        "Starts after",
        group="Outage",
        help="Time from the loss of the utility until it supplies power.",
        source="a maker of control panels: 10 to 20 s",
        confidence="B",
    )
    fuel_h: float = quantity(
        48.0,
        "h",
        "Runtime",
        group="Outage",
        gt=0,
        le=24 * 366,
        help="How long it runs on its fuel.",
        source="general knowledge of the field: 24 to 72 h",
        confidence="C",
    )
    mtbf_h: float = mtbf(43_800.0)
    mttr_h: float = mttr(48.0)
    mtbf_factor: float = known_within(3.0, "MTBF known within a factor of")


def _add_to_spec(builder: SpecBuilder, generator: Element) -> None:
    builder.domain(generator)


GENERATOR = Kind(
    "generator",
    "Generator",
    "generator.svg",
    Generator,
    inside=("data_center", "zone"),
    prefix="generator",
    plural="generators",
    section="hardware",
    box=Box(min_w=118, min_h=28),
    help="Supplies the power feeds that it backs up while their utility is lost. It may not start.",
    add_to_spec=_add_to_spec,
)
