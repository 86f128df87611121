"""A rack: hosts one above the other, as many as it has units."""

from typing import ClassVar

from designer.catalog.pouring import Pouring
from designer.model.element import Element, quantity
from designer.model.kind import Box, Kind


class Rack(Element, table=True):
    """A rack."""

    kind: ClassVar[str] = "rack"

    units_u: int = quantity(
        42,
        "U",
        "Height",
        group="Capacity",
        ge=1,
        le=60,
        help="Rack units. A host that does not fit any more is refused.",
        source="EIA-310 full-height rack",
        confidence="C",
    )


def _pour(pouring: Pouring, rack: Element) -> None:
    pouring.domain(rack)


RACK = Kind(
    "rack",
    "Rack",
    "rack.svg",
    Rack,
    inside=("data_center", "zone"),
    prefix="rack",
    plural="racks",
    box=Box("stack", header=20, padding=8, gap=8, min_w=100, min_h=56, rows=12),
    help="A rack holds hosts, up to its height in units. What stands in it fails with it.",
    pour=_pour,
)
