"""A volume: the data of a VM, in a zone, on a datastore, or on the disks of the VM's host."""

from collections.abc import Mapping
from operator import itemgetter
from typing import Any, ClassVar, Literal

from designer import units
from designer.catalog.failing import Repaired, mtbf, mttr
from designer.catalog.kinds.storage.datastore import why_full
from designer.catalog.reference import ebs
from designer.catalog.reference.ec2 import ec2
from designer.catalog.reference.limits import why_not_ordered
from designer.catalog.rules.storage import home_of, why_not_in_vm, why_not_together
from designer.catalog.rules.terms.paying import own_price
from designer.catalog.rules.terms.residency import (
    backup_time_field,
    encrypted_field,
    interval_field,
    kept_field,
    restore_field,
)
from designer.catalog.spec_builder import SpecBuilder
from designer.errors import RuleError
from designer.model.element import Element, choice, quantity
from designer.model.kind import Box, Kind
from designer.model.tree import Tree
from designer.words import tr

Type = Literal["gp3", "gp2", "io2", "st1", "sc1", "instance_store", "local", "virtual_disk"]

SIZES_GIB = {**ebs.SIZES_GIB, "virtual_disk": (1, 63_488)}
"""Smallest and largest size by type; a virtual disk has at most 62 TiB (vSphere configuration maximums, C)."""


class Volume(Repaired, table=True):
    """A volume."""

    kind: ClassVar[str] = "volume"

    type: Type = choice(
        "gp3",
        "Type",
        group="Storage",
        help="gp3, gp2, io2, st1, sc1: in a zone, reached from that zone only; the form says what a volume of its size "
        "gives. instance_store: on the disks of the provider's host; local: on those of a host of your own. Both bind "
        "the VM to its host. virtual_disk: on a datastore, reached by hosts that see it.",
    )
    size_gib: float = quantity(
        100.0,
        "GiB",
        "Size",
        group="Storage",
        ge=1,
        le=2**20,
        help="Each type has a smallest and a largest size; a datastore holds no more than its capacity.",
        source="EBS: API descriptions in botocore 1.44.5",
        confidence="A",
    )
    iops: float = quantity(
        0.0,
        "IOPS",
        "IOPS ordered",
        group="Storage",
        zero="by type",
        ge=0,
        le=10_000_000,
        help="gp3: 0 is the 3,000 that are included. io2: 0 is the most of its size. local, instance_store and "
        "virtual_disk: the most that it gives, 0 for no limit. The others follow their size. It acts where VMs ask for "
        "disk operations.",
        source="Amazon EC2 user guide, EBS volume types; API descriptions in botocore 1.44.5",
        confidence="A",
    )
    mibps: float = quantity(
        0.0,
        "MiB/s",
        "Throughput ordered",
        group="Storage",
        zero="by type",
        ge=0,
        le=1_000_000,
        help="gp3: 0 is the 125 MiB/s that are included; at most a quarter of its IOPS. local, instance_store and "
        "virtual_disk: the most that it gives, 0 for no limit.",
        source="Amazon EC2 user guide, EBS volume types; API descriptions in botocore 1.44.5",
        confidence="A",
    )
    mtbf_h: float = mtbf(5_840_000.0, "Amazon EBS features: 0.1 to 0.2% of volumes fail a year", "B")
    mttr_h: float = mttr(4.0)
    backup_h: float = interval_field()
    backup_at_h: float = backup_time_field()
    encrypted: bool = encrypted_field()
    own_usd_month: float = own_price()
    backup_keep_h: float = kept_field()
    restore_h: float = restore_field()


_RATED = itemgetter("type", "size_gib", "iops", "mibps")


def why_not_sized(volume: Element) -> str | None:
    """Why no volume of its type has its size, or with that its IOPS and throughput, or None."""
    fields = volume.__dict__
    low, high = SIZES_GIB.get(fields["type"], (1, 2**20))
    if low <= fields["size_gib"] <= high:
        return why_not_ordered(*_RATED(fields))
    sizes = tr("{0} to {1}", units.text(low, "GiB"), units.text(high, "GiB"))
    return tr("{0} volumes have {1}, not {2}", fields["type"], sizes, units.text(fields["size_gib"], "GiB"))


def _defaults_in(tree: Tree, parent: Element) -> Mapping[str, Any]:
    """The type that is usual in a place."""
    if parent.kind == "datastore":
        return {"type": "virtual_disk"}
    if parent.kind == "vm" and tree.elements[parent.__dict__["parent"]].kind == "host":
        return {"type": "local"}
    return {}


def _placement_error(tree: Tree, volume: Element, parent: Element) -> str | None:
    return why_not_sized(volume) or _why_wrong_place(tree, volume, parent) or _why_not_moved(tree, volume, parent)


def _why_wrong_place(tree: Tree, volume: Element, parent: Element) -> str | None:
    """Why a volume of its type may not stand in a parent, or None."""
    kind = volume.__dict__["type"]
    if parent.kind == "vm":
        place = tree.elements[parent.__dict__["parent"]]
        return why_not_in_vm(tree, kind, parent, place) or _why_no_disk(volume, parent)
    if parent.kind == "datastore":
        if kind != "virtual_disk":
            return tr("{0} volumes stand in a zone or a VM; on a datastore it is a virtual_disk", kind)
        return why_full(tree, volume, parent)
    if kind == "virtual_disk":
        return tr("{0} volumes stand on a datastore", kind)
    return None if kind in SIZES_GIB else tr("{0} volumes stand in a VM", kind)


def _why_not_moved(tree: Tree, volume: Element, parent: Element) -> str | None:
    """Why the VM to which a volume is attached could not reach it in a parent, or None."""
    for vm in (tree.elements[i] for i in tree.targets(volume.id, "attached_to")):
        if parent.kind == "vm":
            return None if vm is parent else tr("it is attached to {0}", vm.name)
        return why_not_together(tree, volume, parent, vm, tree.elements[vm.__dict__["parent"]])
    return None


def _why_no_disk(volume: Element, vm: Element) -> str | None:
    """Why an instance type has no disk for an instance store, or None. Also None where the type is unknown."""
    fields, name = volume.__dict__, vm.__dict__["instance_type"]
    known = ec2().types.get(name) if fields["type"] == "instance_store" and name else None
    if known is None:
        return None
    if not known.disks:
        return tr("{0} has no instance store", name)
    largest = max(size_gb for _, size_gb, _ in known.disks) * 1e9 / 2**30
    return (
        None if fields["size_gib"] <= largest else tr("the disks of {0} have {1}", name, units.text(largest, "GiB", 3))
    )


def _add_to_spec(builder: SpecBuilder, volume: Element) -> None:
    reason = why_not_sized(volume)
    if reason:
        raise RuleError(f"{volume.name}: {reason}.")
    builder.domain(volume, home_of(builder, volume))


def _about(volume: Element) -> str:
    fields = volume.__dict__
    return f"{fields['type'].replace('_', ' ')}, {units.text(fields['size_gib'], 'GiB', 3)}"


def _follows(volume: Element) -> dict[str, str]:
    kind, size_gib, iops, mibps = _RATED(volume.__dict__)
    gives = ebs.rates(kind, size_gib, iops, mibps)
    if gives is None:
        return {}
    most = kind == "io2" and not iops
    return {"size_gib": tr("Up to {0}", gives.text) if most else tr("Gives {0}", gives.text)}


VOLUME = Kind(
    "volume",
    "Volume",
    "volume.svg",
    Volume,
    inside=("vm", "zone", "datastore"),
    prefix="vol",
    plural="volumes",
    section="storage",
    placement_error=_placement_error,
    rule_fields=("type", "size_gib", "iops", "mibps"),
    defaults_in=_defaults_in,
    box=Box(min_w=150, min_h=28),
    help=(
        "Block storage of one VM. The VM is down while its volume is down, and restarts only where the volume is "
        "reachable: in its zone, on hosts that see its datastore, or on its own host. Instances that a scaling "
        "group launches have none."
    ),
    add_to_spec=_add_to_spec,
    about=_about,
    follows=_follows,
)
