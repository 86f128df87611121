"""A spec as flat tables: rows for VMs (slots of groups at the end), units, ticks; made once before a run."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from designer.engine import chance
from designer.engine.share import kernels
from designer.engine.share.kernels import Asked, Ticks, Units
from designer.engine.spec import ANYWHERE, Constant, DayCurve, Group, Recorded, Spec, Vm
from designer.engine.spec.capacity import cpu_mhz, thread_mhz
from designer.engine.tables.depends import Depends, Ways, depends_of, replicas_of, ways_of
from designer.engine.tables.limits import UnitLimits, unit_limits
from designer.engine.tables.ticks import demands_of, ticks_of
from designer.engine.tables.tree import Fed, Level, fed_of, levels, slot_id, units_of

T = TypeVar("T", bound=np.generic)

RULES = {
    "reserved": kernels.RESERVED,
    "proportional": kernels.PROPORTIONAL,
    "max_min": kernels.MAX_MIN,
    "weighted_max_min": kernels.WEIGHTED,
}
RECOVERIES = ("none", "same_zone", "cluster", "replace")
NONE, SAME_ZONE, CLUSTER, REPLACE = range(len(RECOVERIES))


@dataclass
class Tables:
    """The unchanging side of a run. Units: hosts, then domains, in the order of the spec; -1 stands for none. Rows of
    VMs: `designed` ones, `slots` of groups, then applications, each `inside` a VM (a VM: inside itself).

    `fed` says which units a unit needs, `through` which a service, `needs` which a VM; `depends` which services and
    VMs a service; `holds` who gives for a time after it went down. `replicas` are the units of a database's places, its
    primary's first. `ways` lead out to the internet. `placement` is a VM's placement group (-1: none), `together`
    those of one zone; members of different `side` share no `rack`.
    `cluster` is where VMs of the rule `cluster` restart: a unit, or units + n for the n-th cluster.
    `reach` is a row of `allowed` (reaches x units), -1 for a VM that may stand anywhere; `does` says of each
    row what its places do.
    """

    spec: Spec
    asked: Asked
    ticks: Ticks
    units: Units
    key1: np.uint64
    vms: list[Vm]
    designed: int
    inside: NDArray[np.int64]
    vm_ids: NDArray[np.int64]
    home: NDArray[np.int64]
    vcpus: NDArray[np.float64]
    ram_mib: NDArray[np.float64]
    shares: NDArray[np.float64]
    service: NDArray[np.int64]
    group: NDArray[np.int64]
    recovery: NDArray[np.uint8]
    counted: NDArray[np.bool_]
    detect_s: NDArray[np.float64]
    boot_s: NDArray[np.float64]
    unit_ids: NDArray[np.int64]
    hosts: int
    parent: NDArray[np.int64]
    levels: list[Level]
    fed: Fed
    holds: NDArray[np.bool_]
    through: Fed
    needs: Fed
    reach: NDArray[np.int64]
    allowed: NDArray[np.bool_]
    does: list[str]
    depends: list[Depends]
    replicas: dict[int, NDArray[np.int64]]
    ways: Ways
    placement: NDArray[np.int64]
    side: NDArray[np.int64]
    together: NDArray[np.bool_]
    rack: NDArray[np.int64]
    zone: NDArray[np.int64]
    cluster: NDArray[np.int64]
    limits: UnitLimits
    work: NDArray[np.float64]
    rows: int
    slots: list[NDArray[np.int64]]

    def taken_mib(self, vms: NDArray[np.int64], units: NDArray[np.int64]) -> NDArray[np.float64]:
        """The memory that VMs (rows) take on units, that of the hypervisor for them included, MiB."""
        base, a_vcpu, part = self.limits.extra[:, units]
        taken: NDArray[np.float64] = self.ram_mib[vms] * (1.0 + part) + base + a_vcpu * self.vcpus[vms]
        return taken

    def unit_of(self, element_id: int) -> int | None:
        """The unit of a host's or domain's id."""
        found = np.flatnonzero(self.unit_ids == element_id)
        return int(found[0]) if found.size else None

    def name(self, unit: int) -> str:
        """What people call a unit."""
        row = self.spec.hosts[unit] if unit < self.hosts else self.spec.domains[unit - self.hosts]
        return row.name or str(row.id)

    def with_apps(self, vms: NDArray[np.int64]) -> NDArray[np.int64]:
        """VMs (rows) and the applications in them."""
        first = int(self.asked.parts[0]) if self.inside.size else 0
        if first == self.inside.size:
            return vms
        chosen = np.zeros(first, np.bool_)
        chosen[vms] = True
        return np.concatenate([vms, first + np.flatnonzero(chosen[self.inside[first:]])])

    def vm_of(self, element_id: int) -> int | None:
        """The row of a VM's id."""
        found = np.flatnonzero(self.vm_ids == element_id)
        return int(found[0]) if found.size else None


def tabulate(spec: Spec) -> Tables:
    """The tables of a checked spec."""
    vms, slots = _with_slots(spec)
    vms, inside, parts = _with_apps(vms)
    unit_ids, parent = units_of(spec)
    unit_at = {int(i): n for n, i in enumerate(unit_ids)}
    service_at = {s.id: n for n, s in enumerate(spec.services)}
    group_at = {g.id: n for n, g in enumerate(spec.groups)}
    demands = [vm.demand for vm in vms] + [demand for s in spec.services for _, demand in demands_of(s)]
    zones = sorted({d.time_zone for d in demands if isinstance(d, DayCurve)})
    steps = sorted({t.step_s for t in spec.traces})
    ticks = ticks_of(spec, zones, steps)
    hosts = len(spec.hosts)
    placement, side = _placed(spec, vms)
    reach, allowed, does = _reaches(spec, vms, unit_at)
    return Tables(
        spec=spec,
        asked=_asked(spec, vms, parts, service_at, zones, steps),
        ticks=ticks,
        units=_units(spec),
        key1=chance.key(spec.seed, chance.DEMAND),
        vms=vms,
        designed=len(spec.vms),
        inside=inside,
        vm_ids=np.array([vm.id for vm in vms], np.int64),
        home=np.array([unit_at.get(vm.place, -1) for vm in vms], np.int64),
        vcpus=np.array([vm.vcpus for vm in vms], np.float64),
        ram_mib=np.array([vm.ram_mib for vm in vms], np.float64),
        shares=np.array([vm.shares for vm in vms], np.float64),
        service=np.array([-1 if vm.cut_off else service_at.get(vm.service, -1) for vm in vms], np.int64),
        group=np.array([group_at.get(vm.group, -1) for vm in vms], np.int64),
        recovery=np.array([RECOVERIES.index(vm.recovery) for vm in vms], np.uint8),
        counted=np.array([vm.counted for vm in vms], np.bool_),
        detect_s=np.array([vm.detect_s for vm in vms], np.float64),
        boot_s=np.array([vm.boot_s for vm in vms], np.float64),
        unit_ids=unit_ids,
        hosts=hosts,
        parent=parent,
        levels=levels(parent),
        fed=fed_of(unit_at, [*(h.feeds for h in spec.hosts), *(d.feeds for d in spec.domains)]),
        holds=np.array([*([False] * hosts), *(d.gaps_s != (0.0,) for d in spec.domains)], np.bool_),
        through=fed_of(unit_at, (service.through for service in spec.services)),
        needs=fed_of(unit_at, (vm.needs for vm in vms)),
        reach=reach,
        allowed=allowed,
        does=does,
        depends=depends_of(spec, service_at),
        replicas=replicas_of(spec, unit_at),
        ways=ways_of(spec, vms, unit_at),
        placement=placement,
        side=side,
        together=np.array([group.strategy == "cluster" for group in spec.placements], np.bool_),
        rack=_racks(spec, parent),
        zone=_scope(spec, parent, ("zone", "data_center")),
        cluster=_clusters(spec, parent),
        limits=unit_limits(spec),
        work=np.array([s.work_mhz_s for s in spec.services], np.float64),
        rows=int(ticks.row[-1]) + 1,
        slots=slots,
    )


def _placed(spec: Spec, vms: list[Vm]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The placement group of each VM (-1: none), and its side: those that may share a rack have the same number."""
    at = {group.id: n for n, group in enumerate(spec.placements)}
    placed = np.array([at.get(vm.placement, -1) for vm in vms], np.int64)
    sides = np.zeros(len(vms), np.int64)
    for n in np.flatnonzero(placed >= 0):
        strategy = spec.placements[placed[n]].strategy
        sides[n] = n if strategy == "spread" else vms[n].partition if strategy == "partition" else 0
    return placed, sides


def _racks(spec: Spec, parent: NDArray[np.int64]) -> NDArray[np.int64]:
    """The rack of each unit; what stands in none is one of its own."""
    rack = _scope(spec, parent, ("rack",))
    return np.where(rack >= 0, rack, np.arange(parent.size))


def _reaches(
    spec: Spec, vms: list[Vm], unit_at: dict[int, int]
) -> tuple[NDArray[np.int64], NDArray[np.bool_], list[str]]:
    """Which row of the places that are allowed (reaches x units) each VM goes by (-1: any), and what these places do.

    A VM that is bound in two ways, by its data and by its type, goes by a row of its own: what both allow.
    """
    allowed = np.zeros((len(spec.reaches), len(unit_at)), np.bool_)
    for n, reach in enumerate(spec.reaches):
        allowed[n, [unit_at[place] for place in reach.places]] = True
    does, rows = [reach.does for reach in spec.reaches], list(allowed)
    both: dict[tuple[int, int], int] = {}
    found = np.empty(len(vms), np.int64)
    for v, vm in enumerate(vms):
        ways = (vm.reach, vm.offered)
        if ANYWHERE not in ways and ways not in both:
            both[ways] = len(rows)
            rows.append(allowed[vm.reach] & allowed[vm.offered])
            does.append(f"{does[vm.reach]} and {does[vm.offered]}")
        found[v] = max(ways) if ANYWHERE in ways else both[ways]
    return found, np.array(rows, np.bool_).reshape(len(rows), len(unit_at)), does


def _with_slots(spec: Spec) -> tuple[list[Vm], list[NDArray[np.int64]]]:
    vms, slots = list(spec.vms), []
    for group in spec.groups:
        first = len(vms)
        vms.extend(_slot(group, slot) for slot in range(group.most if group.template else 0))
        slots.append(np.arange(first, len(vms), dtype=np.int64))
    return vms, slots


def _with_apps(vms: list[Vm]) -> tuple[list[Vm], NDArray[np.int64], NDArray[np.int64]]:
    """VMs, then a row for each application; the VM of each row (its own, of a VM), and where a VM's applications begin
    (one more than rows).
    """
    rows, inside, first = list(vms), list(range(len(vms))), []
    for v, vm in enumerate(vms):
        first.append(len(rows))
        inside += [v] * len(vm.apps)
        rows += [
            Vm(app.id, 0, app.vcpus, app.mhz, 0.0, app.demand, app.name, service=app.service, cut_off=app.cut_off,
               counted=False) for app in vm.apps
        ]  # fmt: skip
    first += [len(rows)] * (len(rows) - len(vms) + 1)
    return rows, np.array(inside, np.int64), np.array(first, np.int64)


def _slot(group: Group, slot: int) -> Vm:
    """A new instance: a copy of the template without its volumes, so bound to no place."""
    name = f"{group.name or 'group'}+{slot + 1}"
    assert group.template is not None
    own = slot_id(group.id, slot)
    apps = tuple(replace(app, id=slot_id(own, n)) for n, app in enumerate(group.template.apps))
    return replace(
        group.template,
        id=own,
        apps=apps,
        place=0,
        name=name,
        recovery="replace",
        group=group.id,
        powered_on=True,
        needs=(),
        reach=ANYWHERE,
    )


def _units(spec: Spec) -> Units:
    hosts, domains = spec.hosts, len(spec.domains)
    points = max((len(h.power_w) for h in hosts), default=2)
    watts = np.zeros((len(hosts) + domains, points))
    for n, host in enumerate(hosts):
        own = np.asarray(host.power_w, float)
        at = np.linspace(0, 1, points)
        watts[n] = own if len(own) == points else np.interp(at, np.linspace(0, 1, len(own)), own)
    return Units(
        capacity=np.array([*(cpu_mhz(h) for h in hosts), *([0.0] * domains)]),
        thread_mhz=np.array([*(thread_mhz(h) for h in hosts), *([np.inf] * domains)]),
        rule=np.array([*(RULES[h.sharing] for h in hosts), *([kernels.PROVIDER] * domains)], np.uint8),
        watts=watts,
        has_power=np.array([*([True] * len(hosts)), *([False] * domains)], np.bool_),
    )


def _scope(spec: Spec, parent: NDArray[np.int64], kinds: tuple[str, ...]) -> NDArray[np.int64]:
    """The nearest unit of the first kind found above (or at) each unit; -1 where there is none of any."""
    names = [*([""] * len(spec.hosts)), *(d.kind for d in spec.domains)]
    scope = np.full(parent.size, -1, np.int64)
    for unit in range(parent.size):
        for kind in kinds:
            here = unit
            while here >= 0 and names[here] != kind:
                here = int(parent[here])
            if here >= 0:
                scope[unit] = here
                break
    return scope


def _clusters(spec: Spec, parent: NDArray[np.int64]) -> NDArray[np.int64]:
    """Where VMs of the rule `cluster` restart: the cluster of a host, else the data center or zone of a unit."""
    scope = _scope(spec, parent, ("data_center", "zone"))
    at = {cluster.id: parent.size + n for n, cluster in enumerate(spec.clusters)}
    for n, host in enumerate(spec.hosts):
        if host.cluster:
            scope[n] = at[host.cluster]
    return scope


def _asked(
    spec: Spec,
    vms: list[Vm],
    parts: NDArray[np.int64],
    service_at: dict[int, int],
    zones: list[str],
    steps: list[float],
) -> Asked:
    bank = _Bank(spec)
    n = len(vms)
    asked = Asked(
        kind=np.zeros(n, np.uint8),
        size=np.array([vm.vcpus * vm.mhz for vm in vms], np.float64),
        mean=np.zeros(n),
        swing=np.zeros(n),
        peak=np.zeros(n),
        noise=np.zeros(n),
        zone=np.zeros(n, np.int64),
        offset=np.zeros(n, np.int64),
        length=np.ones(n, np.int64),
        shift=np.zeros(n, np.int64),
        steps=np.zeros(n, np.int64),
        scale=np.ones(n),
        ids=np.array([vm.id for vm in vms], np.uint64),
        service=np.full(n, -1, np.int64),
        parts=parts,
        percents=bank.percents,
        fractions=bank.fractions,
    )
    for v, vm in enumerate(vms):
        demand = vm.demand
        if vm.service in service_at and vm.cut_off:
            continue  # nobody asks it for anything
        if vm.service in service_at:
            asked.kind[v], asked.service[v] = kernels.MEMBER, service_at[vm.service]
        elif isinstance(demand, Constant):
            asked.mean[v] = demand.value
        elif isinstance(demand, DayCurve):
            asked.kind[v], asked.zone[v] = kernels.CURVE, zones.index(demand.time_zone)
            asked.mean[v], asked.swing[v] = demand.mean, demand.swing
            asked.peak[v], asked.noise[v] = demand.peak_h, demand.noise
        else:
            bank.point(asked, v, demand, steps)
    return asked


class _Bank:
    """All traces one after the other, percents and fractions apart."""

    def __init__(self, spec: Spec) -> None:
        self.percents = _joined([t.values for t in spec.traces if t.values.dtype == np.uint8], np.uint8)
        self.fractions = _joined([t.values for t in spec.traces if t.values.dtype != np.uint8], np.float64)
        self._start: dict[int, int] = {}
        at = {True: 0, False: 0}
        for trace in spec.traces:
            percent = trace.values.dtype == np.uint8
            self._start[trace.id] = at[percent]
            at[percent] += trace.values.size
        self._traces = {t.id: t for t in spec.traces}

    def point(self, asked: Asked, v: int, demand: Recorded, steps: list[float]) -> None:
        """Let a VM's row lead to its row of a trace."""
        trace = self._traces[demand.trace]
        length = trace.values.shape[1]
        asked.kind[v] = kernels.PERCENTS if trace.values.dtype == np.uint8 else kernels.FRACTIONS
        asked.offset[v], asked.length[v] = self._start[trace.id] + demand.row * length, length
        asked.shift[v], asked.scale[v] = demand.shift % length, demand.scale
        asked.steps[v] = steps.index(trace.step_s)


def _joined(values: list[NDArray[T]], dtype: type[T]) -> NDArray[T]:
    if len(values) == 1:
        return np.ascontiguousarray(values[0]).reshape(-1)
    return np.concatenate([v.reshape(-1) for v in values]).astype(dtype) if values else np.zeros(0, dtype)
