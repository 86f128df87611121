"""What VMs ask of their disks and the network, and what limits them on the way."""

from __future__ import annotations

from dataclasses import replace
from math import inf

from designer import units
from designer.catalog.reference.ec2 import InstanceType, ec2
from designer.catalog.reference.limits import connections_mbps, instance_limits, own_limits, volume_limits
from designer.catalog.rules.replicas import replicated_of
from designer.catalog.rules.storage import OWN, volumes_of
from designer.catalog.spec_builder import SpecBuilder
from designer.engine import spec
from designer.errors import RuleError
from designer.model.element import Element, Link
from designer.model.tree import Tree
from designer.words import tr


def bandwidth_mbps(link: Link, name: str) -> float:
    """The bandwidth that the role of a link between zones tells. Raises RuleError."""
    try:
        mbps = units.read(link.role.partition(",")[0], "Mbit/s")
    except RuleError:
        mbps = 0.0
    if not mbps > 0:
        raise RuleError(tr("The link {0}: “{1}” is no bandwidth; write one like 10 Gbit/s.", name, link.role))
    return mbps


def latency_ms(link: Link, name: str) -> float | None:
    """The round trip that the role of a link between zones tells after its bandwidth; None where it tells none. Raises
    RuleError.
    """
    written = link.role.partition(",")[2].strip()
    if not written:
        return None
    try:
        ms = units.read(written, "s") * 1000.0
    except RuleError:
        ms = -1.0
    if not 0.0 <= ms <= 10_000.0:
        raise RuleError(tr("The link {0}: “{1}” is no latency; write one like 2 ms.", name, written))
    return ms


MAY_FAIL = ("private_link",)
"""Kinds of links that can fail by themselves: they are cut."""


def link_name(tree: Tree, link: Link) -> str:
    """A link as it is called in a run: by its two ends."""
    return " – ".join(tree.elements[i].__dict__["name"] for i in (link.source, link.target))


def called(tree: Tree, row_id: int) -> str:
    """The name of an element or a link that an event names."""
    link = tree.links.get(row_id)
    if link is not None:
        return link_name(tree, link)
    return str(tree.elements[row_id].name) if row_id in tree.elements else str(row_id)


def add_flows(builder: SpecBuilder, asks: Element) -> None:
    """Add what a VM (or a template), or an application, asks of its disks and the network. An application in a VM uses
    the volumes, the instance and the links of the VM.
    """
    fields = asks.__dict__
    above = builder.tree.elements[fields["parent"]]
    stands = above if asks.kind == "application" and above.kind == "vm" else asks
    name = stands.__dict__.get("instance_type", "")
    kind = ec2().types.get(name) if name else None
    follows = fields["io_pattern"] == "as_load"
    if fields["disk_iops"]:
        _add_disk(builder, asks, stands, kind, follows)
    if fields["net_mbps"]:
        _add_traffic(builder, asks, stands, kind, follows)


def _add_disk(builder: SpecBuilder, asks: Element, vm: Element, kind: InstanceType | None, follows: bool) -> None:
    """Operations are divided evenly among the volumes of a VM."""
    fields, io_kib = asks.__dict__, asks.__dict__["disk_io_kib"]
    volumes = volumes_of(builder.tree, vm.id, builder.sources(vm.id, "attached_to"))
    own = (vm.id,) if kind is not None else ()
    if not volumes:
        builder.flows.append(spec.Flow(asks.id, fields["disk_iops"], 0, io_kib, own, follows))
    for volume in volumes:
        home = builder.tree.elements[volume.__dict__["parent"]]
        through: tuple[int, ...] = (volume.id,)
        if home.kind == "datastore":
            through += (home.id, *builder.sources(home.id, "offers"))
        elif volume.__dict__["type"] not in OWN:
            through += own
        most = fields["disk_iops"] / len(volumes)
        spread = home.id if home.kind == "datastore" and replicated_of(builder.tree, home) is not None else 0
        flow = spec.Flow(asks.id, most, volume.id, io_kib, through, follows)
        builder.flows.append(replace(flow, spread=spread, write_frac=fields["write_frac"]) if spread else flow)


def _add_traffic(builder: SpecBuilder, asks: Element, vm: Element, kind: InstanceType | None, follows: bool) -> None:
    """Traffic is divided evenly among the VMs that it goes to; without one it goes out to the internet."""
    fields, tree = asks.__dict__, builder.tree
    ends = [i for i in builder.targets(vm.id, "sends_to") if not tree.elements[i].__dict__["template"]]
    mbps = (kind.net_peak_mbps or kind.net_mbps or inf) if kind is not None else inf
    for end in ends or [0]:
        own = inf
        if kind is not None:
            leaves = not end or region_of(tree, end) != region_of(tree, vm.id)
            near = bool(end) and _in_cluster(builder, vm.id, end)
            streams = max(1, round(fields["net_streams"] / max(len(ends), 1)))
            own = connections_mbps(vm.__dict__["vcpus"], mbps, streams, leaves_region=leaves, in_cluster=near)
        most = fields["net_mbps"] / max(len(ends), 1)
        builder.flows.append(spec.Flow(asks.id, most, end, follows=follows, own=own))


def region_of(tree: Tree, element_id: int) -> int:
    """The region of an element; 0 outside of regions."""
    return next((i for i in tree.ancestors(element_id) if tree.elements[i].kind == "region"), 0)


def _in_cluster(builder: SpecBuilder, one: int, other: int) -> bool:
    """Whether two VMs are in one placement group that keeps its VMs near each other."""
    group = builder.target(one, "placed_by")
    near = group and builder.tree.elements[group].__dict__["strategy"] == "cluster"
    return bool(near) and builder.target(other, "placed_by") == group


def _vm_of(tree: Tree, element_id: int) -> int:
    """The VM in which an application is; another element: itself."""
    above: int = tree.elements[element_id].__dict__["parent"]
    return above if tree.elements[above].kind == "vm" else element_id


def add_limits(builder: SpecBuilder) -> None:
    """Add the limits of what flows go through; a design without flows has none."""
    if not builder.flows:
        return
    elements = builder.tree.elements
    needed = {i for flow in builder.flows for i in flow.through}
    asking = {_vm_of(builder.tree, flow.vm) for flow in builder.flows} | {flow.to for flow in builder.flows}
    for element_id in sorted(needed | asking):
        element = elements.get(element_id)
        if element is not None:
            builder.limits += _limits_of(element)
    for _, element in sorted(elements.items()):
        if element.kind in ("host", "rack"):
            builder.limits += _wire_limits(element)
    for link in sorted(builder.tree.links.values(), key=lambda link: link.id):
        if link.kind == "private_link":
            ends, name = (link.source, link.target), link_name(builder.tree, link)
            mbps = bandwidth_mbps(link, name)
            builder.limits.append(spec.Limit(link.id, "mbps", mbps, between=ends, name=name))


def add_links(builder: SpecBuilder) -> None:
    """Add the private links between zones, which can fail: they are cut."""
    for link in sorted(builder.tree.links.values(), key=lambda link: link.id):
        if link.kind in MAY_FAIL:
            ends, name = (link.source, link.target), link_name(builder.tree, link)
            builder.domains.append(spec.Domain(link.id, 0, "link", name, ends=ends))


def _limits_of(element: Element) -> list[spec.Limit]:
    fields, name = element.__dict__, element.__dict__["name"]
    if element.kind == "volume":
        own = fields["type"], fields["size_gib"], fields["iops"], fields["mibps"]
        return volume_limits(element.id, name, *own)
    if element.kind in ("datastore", "storage_array"):
        return own_limits(element.id, name, fields["iops"], fields["mibps"])
    kind = ec2().types.get(fields["instance_type"]) if element.kind == "vm" else None
    return instance_limits(element.id, name, kind) if kind is not None else []


def _wire_limits(element: Element) -> list[spec.Limit]:
    """The NIC of a host or the uplink of a rack, which carries as much in each direction; 0: no limit."""
    fields = element.__dict__
    mbps = fields["nic_mbps"] if element.kind == "host" else fields["uplink_mbps"]
    if not mbps:
        return []
    return [spec.Limit(element.id, "mbps", mbps, way=way, name=fields["name"]) for way in ("out", "in")]
