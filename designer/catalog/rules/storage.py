"""Where data is and what it binds: the volumes of a VM, the places that reach them, why a VM may not stand
elsewhere."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from designer.catalog.rules.affinity import pinned_names
from designer.catalog.rules.dedicated import is_dedicated
from designer.catalog.spec_builder import SpecBuilder
from designer.engine import spec
from designer.errors import RuleError
from designer.model.element import ROOT_ID, Element
from designer.model.tree import Tree
from designer.words import listed, tr

OWN = ("instance_store", "local")
"""Types of volumes whose data is on the disks of the VM's host."""

HOLD_VMS = ("host", "subnet", "zone")
"""Kinds in which VMs stand."""

Bound = tuple[str, int | tuple[int, ...]]
"""What a VM is bound to: "zone", "store" or "own", and the element; "pinned", and its hosts."""


def zone_of(tree: Tree, element_id: int) -> int:
    """The zone of an element or that it is; 0 outside of zones."""
    while element_id != ROOT_ID:
        element = tree.elements[element_id]
        if element.kind == "zone":
            return element_id
        element_id = element.__dict__["parent"]
    return 0


def volumes_of(tree: Tree, vm_id: int, attached: Collection[int]) -> list[Element]:
    """The volumes that stand in a VM, and those that are attached to it."""
    inside = [i for i in tree.children(vm_id) if tree.elements[i].kind == "volume"]
    if not inside and not attached:
        return []
    return [tree.elements[i] for i in dict.fromkeys((*inside, *attached))]


def why_not_together(tree: Tree, volume: Element, home: Element, vm: Element, place: Element) -> str | None:
    """Why a VM in a place cannot reach a volume in its home, or None when it can."""
    if home.kind == "datastore":
        if place.kind != "host":
            return tr("{0} is on {1}, which only hosts see", volume.name, home.name)
        seen = home.id in tree.targets(place.id, "sees")
        return None if seen else tr("{0} does not see {1}, where {2} is", place.name, home.name, volume.name)
    if home.kind == "zone":
        zone = zone_of(tree, place.id)
        if zone == home.id:
            return None
        here = tr("in {0}", tree.elements[zone].name) if zone else tr("in no zone")
        return tr("{0} is in {1} and {2} is {3}", volume.name, home.name, vm.name or tr("the VM"), here)
    return why_not_in_vm(tree, volume.__dict__["type"], vm, place)


def why_not_attached(tree: Tree, volume: Element, vm: Element) -> str | None:
    """Why a volume cannot be attached to a VM, or None."""
    home = tree.elements[volume.__dict__["parent"]]
    if home.kind == "vm":
        return tr("{0} stands in {1} and belongs to that VM", volume.name, home.name)
    return why_not_together(tree, volume, home, vm, tree.elements[vm.__dict__["parent"]])


def why_not_in_vm(tree: Tree, kind: str, vm: Element, place: Element) -> str | None:
    """Why a volume of a type cannot stand in a VM that stands in a place, or None."""
    name = vm.name or tr("the VM")
    if kind == "virtual_disk":
        return tr("virtual_disk volumes stand on a datastore")
    if kind == "local" and place.kind != "host":
        return tr("local volumes are on the disks of a host, and {0} is on no host", name)
    if kind == "local" and is_dedicated(place):
        return tr("local volumes are on the disks of a host of your own; those of {0} are instance stores", place.name)
    if kind == "instance_store" and place.kind == "host" and not is_dedicated(place):
        return tr("instance stores are disks of the provider's hosts; on {0} the type is local", place.name)
    if kind not in OWN and not zone_of(tree, place.id):
        return tr("{0} volumes belong to the provider, and {1} is in no zone", kind, name)
    return None


def why_not_with_its_data(tree: Tree, vm: Element, parent: Element) -> str | None:
    """Why a VM may not stand in a parent because of its volumes, or None."""
    vm_id = vm.__dict__["id"]
    volumes = volumes_of(tree, vm_id, tree.sources(vm_id, "attached_to"))
    homes = ((volume, tree.elements[volume.__dict__["parent"]]) for volume in volumes)
    reasons = (why_not_together(tree, volume, home, vm, parent) for volume, home in homes)
    return next((reason for reason in reasons if reason), None)


def home_of(builder: SpecBuilder, volume: Element) -> int:
    """The id of the zone, datastore or host with which a volume fails; 0 when it has none."""
    tree, fields = builder.tree, volume.__dict__
    home = tree.elements[fields["parent"]]
    if home.kind != "vm":
        return home.id
    return builder.parent(home) if fields["type"] in OWN else zone_of(tree, home.id)


def needs_of(builder: SpecBuilder, vm: Element) -> tuple[spec.Feeds, int]:
    """The volumes a VM needs, and the places that reach all of them. Raises RuleError where no place does."""
    vm_id = vm.__dict__["id"]
    attached = builder.sources(vm_id, "attached_to")
    volumes = volumes_of(builder.tree, vm_id, attached) if attached or builder.tree.children(vm_id) else ()
    pins = tuple(builder.targets(vm_id, "pinned_to"))
    if not volumes and not pins:
        return (), spec.ANYWHERE
    bound: tuple[Bound, ...] = tuple(dict.fromkeys(_bound(builder, volume, vm) for volume in volumes))
    bound += (("pinned", pins),) if pins else ()
    return tuple((volume.id,) for volume in volumes), builder.reach(bound, lambda: _reach(builder, bound))


def _bound(builder: SpecBuilder, volume: Element, vm: Element) -> Bound:
    home = builder.tree.elements[volume.__dict__["parent"]]
    if home.kind == "datastore":
        return "store", home.id
    if volume.__dict__["type"] in OWN:
        return "own", vm.__dict__["parent"]
    zone = home.id if home.kind == "zone" else zone_of(builder.tree, vm.id)
    if not zone:
        place = builder.tree.elements[vm.__dict__["parent"]]
        raise RuleError(f"{volume.name}: {why_not_in_vm(builder.tree, volume.__dict__['type'], vm, place)}.")
    return "zone", zone


def _reach(builder: SpecBuilder, bound: tuple[Bound, ...]) -> spec.Reach:
    places = [set(_places(builder, one)) for one in bound]
    does = [_does(builder.tree, what, of) for what, of in bound]
    return spec.Reach(tuple(sorted(set.intersection(*places))), listed(does))


def _does(tree: Tree, what: str, of: int | tuple[int, ...]) -> str:
    """What a place does to which a VM is bound, in words."""
    if isinstance(of, tuple):
        return tr("it is pinned to ({0})", pinned_names(tree, of))
    says = {"zone": tr("stands in {}"), "store": tr("sees {}"), "own": tr("has its data")}
    return says[what].format(tree.elements[of].name)


def _places(builder: SpecBuilder, one: Bound) -> Iterator[int]:
    """Hosts, and places on the provider's capacity, that reach what a VM is bound to."""
    what, of = one
    if isinstance(of, tuple):
        yield from of
    elif what == "own":
        yield of
    elif what == "store":
        yield from builder.sources(of, "sees")
    else:
        tree = builder.tree
        yield from (i for i in tree.subtree(of) if tree.elements[i].kind in HOLD_VMS)
