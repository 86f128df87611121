"""A region: a place in the world with its time zone. It holds zones."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar, Literal

from designer.catalog.failing import Repaired, known_within, mtbf, mttr
from designer.catalog.rules.values import time_zone_error
from designer.catalog.spec_builder import SpecBuilder
from designer.model.element import Element, choice, field, fraction, quantity
from designer.model.kind import Box, Kind
from designer.model.tree import Tree

Provider = Literal["none", "aws"]


class Region(Repaired, table=True):
    """A region. Prices, offers and latency are looked up by `provider` and `code`, never by the name."""

    kind: ClassVar[str] = "region"

    code: str = field(
        "",
        "Code",
        group="Place",
        editor="preset",
        max_length=40,
        help="The provider's code of the region, like eu-west-1. Offers, prices and latency are looked up by it; the "
        "name is free. Choosing a code fills provider and time zone.",
    )
    provider: Provider = choice(
        "none",
        "Provider",
        group="Place",
        help=(
            "Whose region it is. aws: the offers, prices and latency of EC2 for its code apply. none: your own "
            "region, in which every instance type is offered."
        ),
    )
    time_zone: str = field(
        "UTC",
        "Time zone",
        group="Place",
        editor="time_zone",
        max_length=64,
        help="IANA name. Day curves of everything in the region follow it, with daylight saving.",
    )
    within_zone_s: float = quantity(
        0.0003,
        "s",
        "Within a zone",
        group="Round trips",
        ge=0,
        le=1,
        help="Between two VMs of a zone. It acts where users of a service have a place.",
        source="an assumption: tenths of a millisecond are usual",
        confidence="C",
    )
    between_zones_s: float = quantity(
        0.001, "s", "Between zones", group="Round trips", ge=0, le=1,
        help="Between two zones, unless a private link between them tells its own.",
        source="an assumption: providers promise a few milliseconds at most", confidence="C",
    )  # fmt: skip
    launches_per_min: float = quantity(
        0.0,
        "",
        "Launches a minute",
        group="Control plane",
        zero="no limit",
        ge=0,
        le=1e6,
        help="VMs that its control plane lets start a minute: those that groups launch, and those that a recovery "
        "rule starts again on the provider's capacity. More of them wait.",
    )
    shared_fate_frac: float = fraction(
        0.05,
        "Zones fail together",
        group="Reliability",
        help="The part of the failures of its zones that hit all of them at once (the beta factor). Without it, zones "
        "would make a service better by far than any that was ever seen.",
        source="general knowledge of the field: beta factors of 1 to 10%; Paris 2023 and Strasbourg 2021 are cases",
        confidence="C",
    )
    mtbf_h: float = mtbf(438_000.0)
    mttr_h: float = mttr(8.0)
    mtbf_factor: float = known_within(5.0, "MTBF known within a factor of")


def _copied_in(tree: Tree, region: Element, design: Element) -> Mapping[str, Any]:
    """The name of a copy that is no code: another region of the provider is the next number in a code's series."""
    fields = region.__dict__
    there = fields["name"] == fields["code"] and any(e.name == fields["name"] for e in tree.of_kind("region"))
    return {"name": f"{fields['name']} copy"} if there else {}


def _add_to_spec(builder: SpecBuilder, region: Element) -> None:
    builder.domain(region)
    rate = region.__dict__["launches_per_min"]
    if rate > 0.0:
        builder.domains[-1] = replace(builder.domains[-1], launches_per_min=rate)


def _about(region: Element) -> str:
    code: str = region.__dict__["code"]
    return "" if code == region.name else code


REGION = Kind(
    "region",
    "Region",
    "region.svg",
    Region,
    inside=("design",),
    prefix="region",
    plural="regions",
    section="places",
    value_error=time_zone_error,
    copied_in=_copied_in,
    rule_fields=("code", "provider", "time_zone"),
    box=Box("free", header=28, padding=16, gap=16, min_w=220, min_h=120),
    help="A geographic region. Holds availability zones. When it fails, everything in it fails.",
    add_to_spec=_add_to_spec,
    about=_about,
)
