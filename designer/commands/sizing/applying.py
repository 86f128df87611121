"""Applies what a study of sizes found, as one step of undo. Raises RuleError and changes nothing then."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial

from designer.catalog.presets.shipped import known_preset
from designer.commands import edit
from designer.commands.regions import place_region
from designer.errors import RuleError
from designer.model import layout
from designer.model.project import Project
from designer.words import tr

SHARES = {"constant": ("load_frac",), "day_curve": ("day_mean_frac", "day_swing_frac", "day_noise_frac")}
"""Loads that are given as a part of the size of a VM, by how its demand is told."""
PREFIX = "10.0.{0}.0/20"
OF_HOSTS = frozenset({"pinned_to", "in_pool"})
"""Links of VMs that have a meaning on own hosts only."""


def resize(
    project: Project,
    types: Mapping[int, str],
    vcpus: Mapping[int, int],
    moves: Iterable[tuple[int, int]] = (),
    off: Iterable[int] = (),
) -> int:
    """Give VMs an instance type or a number of vCPUs; move VMs to hosts, and take hosts out of the design. A load of
    their own asks for as many MHz as before. Returns how many elements change."""
    with project.edit(tr("Right-Size")):
        for vm, name in types.items():
            _set_type(project, vm, name)
        for vm, count in vcpus.items():
            _scaled(project, vm, {"vcpus": count})
        to: dict[int, list[int]] = {}
        for vm, host in moves:
            to.setdefault(host, []).append(vm)
        for host, vms in to.items():
            edit.move(project, vms, (0.0, 0.0), host)
        gone = list(off)
        if gone:
            edit.delete(project, gone)
    return len({*types, *vcpus, *(vm for vms in to.values() for vm in vms), *gone})


def rebalance(project: Project, moves: Sequence[tuple[int, int]]) -> int:
    """Move VMs to hosts, in turn; return how many moves. Raises RuleError where a VM is locked or a host does not take
    it."""
    with project.edit(tr("Rebalance")):
        for vm, host in moves:
            edit.move(project, [vm], (0.0, 0.0), host)
    return len(moves)


def _set_type(project: Project, vm: int, name: str) -> None:
    preset = known_preset("vm", "instance_type", name)
    if preset is None:
        raise RuleError(tr("There is no instance type “{0}”.", name))
    _scaled(project, vm, {"instance_type": name, **preset.fields})


def _scaled(project: Project, vm: int, fields: Mapping[str, object]) -> None:
    """Set the size of a VM; its own load stays as many MHz, as far as the new size goes."""
    row = project.elements[vm].__dict__
    before = row["vcpus"] * row["mhz"]
    new = {name: fields.get(name, row[name]) for name in ("vcpus", "mhz")}
    part = before / (float(str(new["vcpus"])) * float(str(new["mhz"])))
    shares = {name: min(row[name] * part, 1.0) for name in SHARES.get(row["demand"], ())}
    project.set(vm, **{**fields, **shares})


def move_to_provider(project: Project, types: Mapping[int, str], code: str, zones: int) -> int:
    """Move VMs into a new region of the provider, in turn into a subnet of each of `zones` zones, as instances of the
    given types. Own hosts that hold nothing any more are taken out. Return the region's id."""
    vms = [vm for vm in types if vm in project.elements]
    if not vms or zones < 1:
        raise RuleError(tr("No VM has an instance type to move to."))
    with project.edit(tr("Move to {0}", code)):
        region = place_region(project, code, zones)
        vpc = edit.place(project, "vpc", region)
        nets = []
        for n, zone in enumerate(i for i in project.children(region) if project.elements[i].kind == "zone"):
            nets.append(edit.place(project, "subnet", zone, cidr=PREFIX.format(16 * n)))
            edit.connect(project, "in_vpc", nets[-1], vpc)
        hosts = list(dict.fromkeys(project.elements[vm].__dict__["parent"] for vm in vms))
        for n, net in enumerate(nets):
            _instances(project, vms[n :: len(nets)], net, types)
        empty = [host for host in hosts if not project.children(host)]
        if empty:
            edit.delete(project, empty)
        layout.settle(project, set(nets))
    return region


def moving_to_provider(types: Mapping[int, str], code: str, zones: int) -> Callable[[Project], int]:
    """`move_to_provider` as a change of a design that can be sent to another process."""
    return partial(move_to_provider, types=types, code=code, zones=zones)


def _instances(project: Project, vms: Sequence[int], net: int, types: Mapping[int, str]) -> None:
    """Put VMs into a subnet as instances; what binds them to own hosts (pins, resource pools) goes."""
    if not vms:
        return
    links = [link.id for vm in vms for link in project.links_of(vm) if link.kind in OF_HOSTS]
    if links:
        edit.delete(project, links)
    edit.move(project, vms, (0.0, 0.0), net)
    for vm in vms:
        _set_type(project, vm, types[vm])
