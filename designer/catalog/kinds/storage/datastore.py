"""A datastore: storage that arrays offer and hosts see, or that is spread over the hosts. It holds the disks of VMs."""

from typing import ClassVar, Literal

from designer import units
from designer.catalog.rules.flow_fields import operations_limit, throughput_limit
from designer.catalog.rules.replicas import replicated_of, usable_gib
from designer.catalog.rules.terms.residency import backup_time_field, job_field, kept_field, restore_field
from designer.catalog.spec_builder import SpecBuilder
from designer.errors import RuleError
from designer.model.element import Element, choice, quantity, seconds
from designer.model.kind import Box, Kind
from designer.model.tree import Tree
from designer.words import tr

Spread = Literal["none", "vsan", "ceph", "s2d"]
KNOWN = "the products' manuals as generally known, not read here"
SPREAD = ("spread", "vsan", "ceph", "s2d")


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
        help="The sizes of its volumes add up to at most this. One that is spread over hosts with disks has what these "
        "hold, divided by the copies.",
    )
    spread: Spread = choice(
        "none",
        "Spread over hosts",
        group="Spread",
        help="Hyperconverged storage: all data has copies on several of the hosts that see the datastore. vsan: "
        "mirrors, 2 n + 1 hosts for n losses. ceph: pools of size n + 2, min_size 2. s2d: mirrors, n + 1 hosts. Each "
        "volume has data on all hosts, so one loss too many takes all down.",
        source=KNOWN,
        confidence="C",
    )
    tolerates: int = quantity(
        1,
        "",
        "Losses tolerated",
        group="Spread",
        ge=0,
        le=3,
        when=SPREAD,
        help="Hosts that may be gone while all data stays in reach. Copies follow from it.",
        source=KNOWN,
        confidence="C",
    )
    rebuild_delay_s: float = seconds(
        0.0,
        "Rebuilds after",
        group="Spread",
        zero="by type",
        when=SPREAD,
        help="What a host held is made again on the others once it is gone this long. 0: vsan 60 min, ceph 10 min, "
        "s2d 15 min.",
        source=KNOWN,
        confidence="C",
    )
    rebuild_mibps: float = quantity(
        100.0, "MiB/s", "Rebuild rate", group="Spread", ge=0, le=1_000_000, when=SPREAD,
        help="On each host that is left, at most what its NIC carries. VMs have what is left of the NICs meanwhile.",
        source="assumption", confidence="C",
    )  # fmt: skip
    backup_h: float = job_field()
    backup_at_h: float = backup_time_field()
    backup_keep_h: float = kept_field()
    restore_h: float = restore_field()


def why_full(tree: Tree, newcomer: Element, datastore: Element) -> str | None:
    """Why a datastore has no room for one more volume, or None."""
    present = tree.elements.get(newcomer.__dict__["id"])
    inside = present is not None and present.__dict__["parent"] == datastore.id
    taken = tree.total(datastore.id, "size_gib") - (present.__dict__["size_gib"] if present and inside else 0.0)
    capacity, needed = usable_gib(tree, datastore), newcomer.__dict__["size_gib"]
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
    spread = replicated_of(tree, datastore)
    if spread is not None:
        builder.replicated.append(spread)


def _about(tree: Tree, datastore: Element) -> str:
    return units.text(usable_gib(tree, datastore), "GiB", 3)


DATASTORE = Kind(
    "datastore",
    "Datastore",
    "datastore.svg",
    Datastore,
    inside=("data_center", "zone"),
    prefix="ds",
    plural="datastores",
    section="storage",
    rule_fields=("capacity_gib", "spread", "tolerates"),
    box=Box("grid", header=22, padding=6, gap=4, min_w=150, min_h=40, cell=(150.0, 20.0), columns=1),
    help=(
        "Storage that hosts see, with volumes up to its capacity. It is down when the last of its arrays is down "
        "(several arrays: mirrored). A datastore without an array is the provider's or local, and fails with its "
        "place; or it is spread over the hosts that see it (vSAN, Ceph, Storage Spaces Direct)."
    ),
    add_to_spec=_add_to_spec,
    about_among=_about,
)
