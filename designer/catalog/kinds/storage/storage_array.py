"""A storage array: a SAN or NAS device that offers datastores."""

from typing import ClassVar

from designer.catalog.failing import Repaired, known_within, mtbf, mttr
from designer.catalog.kinds.hardware.rack import why_no_units
from designer.catalog.rules.flow_fields import operations_limit, throughput_limit
from designer.catalog.rules.watts.heat import watts_drawn
from designer.catalog.spec_builder import SpecBuilder
from designer.model.element import Element, quantity
from designer.model.kind import Box, Kind


class StorageArray(Repaired, table=True):
    """A storage array."""

    __tablename__ = "storage_array"
    kind: ClassVar[str] = "storage_array"

    iops: float = operations_limit()
    mibps: float = throughput_limit()
    power_w: float = watts_drawn()
    size_u: int = quantity(2, "U", "Height", group="Placement", ge=1, le=60, help="Height in rack units.")
    mtbf_h: float = mtbf(175_200.0)
    mttr_h: float = mttr(4.0)
    mtbf_factor: float = known_within(3.0, "MTBF known within a factor of")


def _add_to_spec(builder: SpecBuilder, array: Element) -> None:
    builder.domain(array)


STORAGE_ARRAY = Kind(
    "storage_array",
    "Storage array",
    "storage-array.svg",
    StorageArray,
    inside=("rack", "data_center"),
    prefix="array",
    plural="storage arrays",
    section="storage",
    placement_error=why_no_units,
    rule_fields=("size_u",),
    placement_reads=("size_u",),
    box=Box(min_w=118, min_h=28),
    help=(
        "A storage device, SAN (blocks) or NAS (files), that offers datastores. It needs power and cooling. Hosts "
        "reach one that switches connect over the network: cut off from it, their VMs with disks there wait and do "
        "nothing. Hosts have a way of their own (Fibre Channel, say) to one that no switch connects."
    ),
    add_to_spec=_add_to_spec,
)
