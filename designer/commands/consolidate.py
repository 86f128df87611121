"""Consolidation: applications with a server each become VMs on fewer hosts, as one undo step.

They stay in their zone and keep their links. Elements that serve nothing any more are removed. Raises RuleError with
the reason and changes nothing then.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from designer.catalog.kinds.saved.trace import unpack
from designer.catalog.presets.shipped import known_preset
from designer.catalog.rules.capacity import host_record
from designer.catalog.rules.hosting import BARE_METAL
from designer.catalog.rules.storage import zone_of
from designer.commands.edit import next_name
from designer.engine.spec import Host, capacity
from designer.errors import RuleError
from designer.model import layout
from designer.model.element import ROOT_ID, Element, clone, make
from designer.model.project import Project
from designer.words import tr

Policy = Literal["fewest", "spread"]
POLICIES: dict[str, str] = {
    "fewest": "Fewest: fill one host after the other",
    "spread": "Spread: as few hosts as needed, evenly filled",
}
"""How VMs are assigned to hosts, with the words for it."""
NOISE = 3.0
"""The peak of a day curve is its mean plus its swing plus this many standard deviations of its noise."""

Loads = Mapping[int, NDArray[np.float64]]
"""MHz demand of each application, a number a step (one number: its peak)."""


@dataclass(frozen=True)
class ConsolidationLimits:
    """The limits of a consolidation: the shares of CPU and memory of a host that may be used.

    `model` names a host preset to buy; empty: keep as many of the present hosts as are needed, those of `keep` first.
    """

    hypervisor: str
    model: str = ""
    keep: tuple[int, ...] = ()
    cpu_frac: float = 0.8
    ram_frac: float = 0.9
    policy: Policy = "fewest"
    recovery: str = "same_zone"


@dataclass
class Server:
    """A host of the plan: a kept one (its id) or a new one (0) in a parent, with the applications it takes."""

    id: int
    parent: int
    row: Element
    host: Host
    cpu_mhz: float
    ram_mib: float
    vcpus: float
    apps: list[int] = field(default_factory=list)
    load: Any = 0.0
    taken_mib: float = 0.0
    taken_vcpus: float = 0.0


@dataclass(frozen=True)
class Consolidation:
    """What to do: the VM of each application, its server, and the hosts to remove."""

    wanted: ConsolidationLimits
    servers: tuple[Server, ...]
    vms: dict[int, dict[str, Any]]
    removed: tuple[int, ...]

    @property
    def blast_radius(self) -> int:
        """How many applications are lost with the host that has most of them."""
        return max(len(server.apps) for server in self.servers)


def applications(project: Project, ids: Iterable[int]) -> list[int]:
    """The applications on bare-metal hosts among elements and everything in them (no elements: in the design)."""
    tops = [i for i in ids if i in project.elements] or [ROOT_ID]
    inside = dict.fromkeys(i for top in tops for i in project.subtree(top))
    rows = (project.elements[i] for i in inside)
    return [row.id for row in rows if row.kind == "application" and _host(project, row).kind == "host"]


def _host(project: Project, application: Element) -> Element:
    return project.elements[application.__dict__["parent"]]


def peak_mhz(project: Project, application: Element) -> float:
    """The peak demand of an application by its own fields. Members of a service count at full load."""
    fields = application.__dict__
    size = fields["vcpus"] * fields["mhz"]
    if project.targets(application.id, "member"):
        return float(size)
    if fields["demand"] == "constant":
        return float(size * fields["load_frac"])
    if fields["demand"] == "day_curve":
        peak = fields["day_mean_frac"] + abs(fields["day_swing_frac"]) + NOISE * fields["day_noise_frac"]
        return float(size * min(peak, 1.0))
    trace = project.elements.get(fields["trace"])
    if trace is None or not 0 <= fields["trace_row"] < trace.__dict__["rows"]:
        raise RuleError(tr("{0}: its trace is missing; choose one, or another kind of load.", application.name))
    values = unpack(trace)  # type: ignore[arg-type]
    most = float(values[fields["trace_row"]].max())
    return float(size * (most / 100.0 if values.dtype == np.uint8 else most))


def plan(
    project: Project, app_ids: Sequence[int], wanted: ConsolidationLimits, loads: Loads | None = None
) -> Consolidation:
    """Where each application goes. With measured `loads`, applications with peaks at different times share a host."""
    rows = [project.elements[i] for i in app_ids]
    if not rows:
        raise RuleError(tr("The selection holds no application on a bare-metal host."))
    if wanted.hypervisor == BARE_METAL or known_preset("host", "hypervisor", wanted.hypervisor) is None:
        raise RuleError(tr("Choose a hypervisor for the hosts; bare metal runs no VMs."))
    loads = loads or {}
    demand = {row.id: np.atleast_1d(loads.get(row.id, np.array([peak_mhz(project, row)]))) for row in rows}
    zones: dict[int, list[Element]] = {}
    for row in rows:
        zones.setdefault(zone_of(project, row.id), []).append(row)
    servers: list[Server] = []
    vms: dict[int, dict[str, Any]] = {}
    for inside in zones.values():
        servers += _pack(project, inside, demand, wanted, vms)
    stay = {server.id for server in servers}
    removed = tuple(i for i in dict.fromkeys(_host(project, row).id for row in rows) if i not in stay)
    return Consolidation(wanted, tuple(servers), vms, removed)


def _pack(
    project: Project, rows: list[Element], demand: Loads, wanted: ConsolidationLimits, vms: dict[int, dict[str, Any]]
) -> list[Server]:
    """The servers of one zone with their applications: the largest first, each on the first server that takes it."""
    ordered = sorted(rows, key=lambda row: (-float(demand[row.id].max()), -row.__dict__["ram_mib"], row.id))
    free = _candidates(project, rows, wanted)
    slowest = min(server.row.__dict__["mhz"] for server in free)
    for row in ordered:
        vms[row.id] = _vm_fields(row, float(demand[row.id].max()), slowest, wanted)
    used = _first_fit(ordered, free, demand, vms, wanted)
    if wanted.policy == "spread":
        even = _spread(ordered, [_empty(server) for server in used], demand, vms, wanted)
        used = even if even is not None else used
    return used


def _candidates(project: Project, rows: list[Element], wanted: ConsolidationLimits) -> list[Server]:
    """The hosts to use, in order: new ones of the model, or the present ones, the largest first."""
    hosts = list({_host(project, row).id: _host(project, row) for row in rows}.values())
    if wanted.model:
        preset = known_preset("host", "model", wanted.model)
        if preset is None:
            raise RuleError(tr("There is no host model “{0}”.", wanted.model))
        new = make(project.kinds["host"].table, {**preset.fields, "model": wanted.model})
        return [_server(0, hosts[0].__dict__["parent"], new, wanted) for _ in rows]
    ready = [_server(host.id, host.__dict__["parent"], host, wanted) for host in hosts]
    return sorted(ready, key=lambda server: (server.id not in wanted.keep, -server.cpu_mhz, -server.ram_mib, server.id))


def _server(host_id: int, parent: int, host: Element, wanted: ConsolidationLimits) -> Server:
    """What a host has for VMs under the hypervisor: CPU and memory within the limits, vCPUs within its limit."""
    preset = known_preset("host", "hypervisor", wanted.hypervisor)
    assert preset is not None
    row = clone(host, hypervisor=wanted.hypervisor, **preset.fields)
    has = host_record(row)
    cpu_mhz, ram_mib = capacity.cpu_mhz(has) * wanted.cpu_frac, capacity.memory_mib(has) * wanted.ram_frac
    return Server(host_id, parent, row, has, cpu_mhz, ram_mib, capacity.vcpu_limit(has))


def _empty(server: Server) -> Server:
    return Server(server.id, server.parent, server.row, server.host, server.cpu_mhz, server.ram_mib, server.vcpus)


def _vm_fields(row: Element, peak: float, host_mhz: float, wanted: ConsolidationLimits) -> dict[str, Any]:
    """The VM of an application: as many vCPUs as its peak needs within the limit, its memory, no load of its own."""
    fields = row.__dict__
    vcpus = max(1, math.ceil(peak / (wanted.cpu_frac * min(fields["mhz"], host_mhz)) - 1e-9))
    return {
        "name": f"vm-{fields['name']}"[:200],
        "vcpus": vcpus,
        "mhz": fields["mhz"],
        "ram_mib": fields["ram_mib"],
        "load_frac": 0.0,
        "recovery": wanted.recovery,
    }


def _needs_mib(server: Server, vm: Mapping[str, Any]) -> float:
    return capacity.configured_mib(server.host, vm["vcpus"], vm["ram_mib"])


def _takes(server: Server, load: NDArray[np.float64], vm: Mapping[str, Any]) -> bool:
    cpu = float(np.max(server.load + load)) <= server.cpu_mhz * (1.0 + 1e-9)
    ram = server.taken_mib + _needs_mib(server, vm) <= server.ram_mib * (1.0 + 1e-9)
    return cpu and ram and server.taken_vcpus + vm["vcpus"] <= server.vcpus


def _take(server: Server, app_id: int, load: NDArray[np.float64], vm: Mapping[str, Any]) -> None:
    server.apps.append(app_id)
    server.load = server.load + load
    server.taken_mib += _needs_mib(server, vm)
    server.taken_vcpus += vm["vcpus"]


def _first_fit(
    ordered: list[Element],
    free: list[Server],
    demand: Loads,
    vms: Mapping[int, Mapping[str, Any]],
    wanted: ConsolidationLimits,
) -> list[Server]:
    for row in ordered:
        taker = next((server for server in free if _takes(server, demand[row.id], vms[row.id])), None)
        if taker is None:
            raise RuleError(
                tr(
                    "{0} fits on no host: at its peak it asks for {1:,.0f} MHz and {2:,.0f} MiB, with {3:.0%} of "
                    "the CPU and {4:.0%} of the memory as the limit. Raise the limits or choose larger hosts.",
                    row.name,
                    float(demand[row.id].max()),
                    row.__dict__["ram_mib"],
                    wanted.cpu_frac,
                    wanted.ram_frac,
                )
            )
        _take(taker, row.id, demand[row.id], vms[row.id])
    return [server for server in free if server.apps]


def _spread(
    ordered: list[Element],
    servers: list[Server],
    demand: Loads,
    vms: Mapping[int, Mapping[str, Any]],
    wanted: ConsolidationLimits,
) -> list[Server] | None:
    """The same servers evenly filled, or None where the applications do not fit so."""
    for row in ordered:
        fitting = [server for server in servers if _takes(server, demand[row.id], vms[row.id])]
        if not fitting:
            return None
        taker = min(fitting, key=lambda server: (float(np.max(server.load)) / server.cpu_mhz, len(server.apps)))
        _take(taker, row.id, demand[row.id], vms[row.id])
    return [server for server in servers if server.apps]


# -- doing it


def apply(project: Project, made: Consolidation) -> list[int]:
    """Carry out a plan as one undo step; return the ids of the VMs.

    A bare-metal host holds one application only, so the VMs first stand on a temporary host.
    """
    with project.edit(tr("Consolidate {0:,} applications", len(made.vms))):
        touched = {project.elements[i].__dict__["parent"] for i in made.removed}
        meanwhile = project.add(make(project.kinds["host"].table, {"parent": ROOT_ID, "name": "meanwhile"}))
        vms = {app_id: _wrap(project, app_id, fields, meanwhile) for app_id, fields in made.vms.items()}
        for host_id in made.removed:
            project.remove(host_id)
        for server in made.servers:
            host_id = _equip(project, server, made.wanted)
            touched |= {host_id, server.parent}
            for app_id in server.apps:
                width, height = layout.size_in(project, "vm", host_id)
                project.set(vms[app_id], parent=host_id, w=width, h=height)
        project.remove(meanwhile)
        layout.settle(project, touched)
    return list(vms.values())


def _wrap(project: Project, app_id: int, fields: Mapping[str, Any], host_id: int) -> int:
    """Move an application into a VM of its own on a host; return the VM."""
    vm_id = project.add(make(project.kinds["vm"].table, {**fields, "parent": host_id}))
    project.set(app_id, parent=vm_id, rank=0)
    return vm_id


def _equip(project: Project, server: Server, wanted: ConsolidationLimits) -> int:
    """Give a host its hypervisor, placing it first when it is new; return its id."""
    fields = server.row.__dict__
    if server.id:
        preset = known_preset("host", "hypervisor", wanted.hypervisor)
        assert preset is not None
        project.set(server.id, hypervisor=wanted.hypervisor, **preset.fields)
        return server.id
    width, height = layout.size_in(project, "host", server.parent)
    own = {"parent": server.parent, "name": next_name(project, "host"), "w": width, "h": height, "id": 0, "rank": 0}
    row = make(project.kinds["host"].table, {**fields, **own})
    row.__dict__.pop("_sa_instance_state", None)
    if project.kind(server.parent).box.flow == "free":
        row.__dict__["x"], row.__dict__["y"] = layout.free_spot(project, server.parent, (width, height))
    return project.add(row)
