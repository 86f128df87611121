"""An availability zone: what stands in it fails together."""

from typing import ClassVar

from designer.catalog.spec_builder import SpecBuilder
from designer.model.element import Element
from designer.model.kind import Box, Kind


class Zone(Element, table=True):
    """An availability zone."""

    kind: ClassVar[str] = "zone"


def _add_to_spec(builder: SpecBuilder, zone: Element) -> None:
    builder.domain(zone)


ZONE = Kind(
    "zone",
    "Zone",
    "zone.svg",
    Zone,
    inside=("region",),
    prefix="zone",
    plural="zones",
    section="places",
    box=Box("free", header=28, padding=12, gap=12, min_w=160, min_h=90),
    help="An availability zone: data centers, subnets and VMs on the provider's capacity that fail together.",
    add_to_spec=_add_to_spec,
)
