"""A region: a place in the world with its own time zone; zones stand in it."""

from typing import ClassVar

from designer.catalog.spec_builder import SpecBuilder
from designer.model.element import Element, field
from designer.model.kind import Box, Kind


class Region(Element, table=True):
    """A region."""

    kind: ClassVar[str] = "region"

    time_zone: str = field(
        "UTC",
        "Time zone",
        group="Place",
        editor="time_zone",
        max_length=64,
        help="IANA name. Day curves of everything in the region follow it, with daylight saving.",
    )


def _add_to_spec(builder: SpecBuilder, region: Element) -> None:
    builder.domain(region)


REGION = Kind(
    "region",
    "Region",
    "region.svg",
    Region,
    inside=("design",),
    prefix="region",
    plural="regions",
    section="places",
    box=Box("free", header=28, padding=16, gap=16, min_w=220, min_h=120),
    help="A geographic region. Holds availability zones. When it fails, all that stands in it fails.",
    add_to_spec=_add_to_spec,
)
