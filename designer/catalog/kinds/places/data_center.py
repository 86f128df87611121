"""A data center: racks and hosts. VMs of hosts in no cluster restart within it."""

from typing import ClassVar

from designer.catalog.spec_builder import SpecBuilder
from designer.model.element import Element
from designer.model.kind import Box, Kind


class DataCenter(Element, table=True):
    """A data center."""

    __tablename__ = "data_center"
    kind: ClassVar[str] = "data_center"


def _add_to_spec(builder: SpecBuilder, data_center: Element) -> None:
    builder.domain(data_center)


DATA_CENTER = Kind(
    "data_center",
    "Data center",
    "data-center.svg",
    DataCenter,
    inside=("zone", "design"),
    prefix="dc",
    plural="data centers",
    section="places",
    box=Box("free", header=24, padding=8, gap=8, min_w=130, min_h=70),
    help=(
        "A building with racks and hosts. VMs with the recovery rule “cluster” restart on its other hosts, unless "
        "these hosts are in a cluster."
    ),
    add_to_spec=_add_to_spec,
)
