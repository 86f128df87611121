"""A datastore: storage that arrays offer and hosts see. It holds the disks of VMs."""

from typing import ClassVar

from designer import units
from designer.catalog.rules.flow_fields import operations_limit, throughput_limit
from designer.catalog.spec_builder import SpecBuilder
from designer.errors import RuleError
from designer.model.element import Element, quantity
from designer.model.kind import Box, Kind
from designer.model.tree import Tree
from designer.words import tr


class Datastore(Element, table=True):
    """A datastore."""

    kind: ClassVar[str] = "datastore"

    iops: float = operations_limit()
    mibps: float = throughput_limit()
    capacity_gib: float = quantity(
        10_240.0,
        "GiB",
        "Capacity",
        group="Storage",
        gt=0,
        le=2**30,
        help="The sizes of its volumes add up to at most this.",
    )


def why_full(tree: Tree, newcomer: Element, datastore: Element) -> str | None:
    """Why a datastore has no room for one more volume, or None."""
    others = (tree.elements[i] for i in tree.children(datastore.id) if i != newcomer.id)
    taken = sum(other.__dict__["size_gib"] for other in others)
    capacity, needed = datastore.__dict__["capacity_gib"], newcomer.__dict__["size_gib"]
    if taken + needed <= capacity * (1.0 + 1e-12):
        return None
    has, holds, wants = (units.text(gib, "GiB") for gib in (capacity, taken, needed))
    return tr("{0} has {1}; {2} are taken and the volume needs {3}", datastore.name, has, holds, wants)


def _add_to_spec(builder: SpecBuilder, datastore: Element) -> None:
    tree = builder.tree
    for volume in tree.children(datastore.id)[-1:]:
        reason = why_full(tree, tree.elements[volume], datastore)
        if reason:
            raise RuleError(tr("{0} has no room: {1}.", tree.elements[volume].name, reason))
    builder.domain(datastore)


def _about(datastore: Element) -> str:
    return units.text(datastore.__dict__["capacity_gib"], "GiB", 3)


DATASTORE = Kind(
    "datastore",
    "Datastore",
    "datastore.svg",
    Datastore,
    inside=("data_center", "zone"),
    prefix="ds",
    plural="datastores",
    section="storage",
    rule_fields=("capacity_gib",),
    box=Box("grid", header=22, padding=6, gap=4, min_w=150, min_h=40, cell=(150.0, 20.0), columns=1),
    help=(
        "Storage that hosts see, with volumes up to its capacity. It is down when the last of its arrays is down "
        "(several arrays: mirrored). A datastore without an array is the provider's or local, and fails with its "
        "place."
    ),
    add_to_spec=_add_to_spec,
    about=_about,
)
