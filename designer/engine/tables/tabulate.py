"""A spec as flat tables, made once before a run."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from copy import copy
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from designer.engine import chance
from designer.engine.cluster.starts import Starts, starts_of
from designer.engine.cluster.tables import JudgedClusters, judged_of
from designer.engine.share.arrays import Demand, Pools, Ticks, Units
from designer.engine.spec import DayCurve, Spec, Vm
from designer.engine.spec.capacity import vm_mib
from designer.engine.spec.fields import Demands, Fields, HostKinds, at_ids
from designer.engine.spec.packed import mapped, values_of
from designer.engine.tables.affinity import AffinityTable, affinity_of
from designer.engine.tables.balancers import Balanced, balanced_of
from designer.engine.tables.credits import credits_of
from designer.engine.tables.demand import demand_table
from designer.engine.tables.limits import UnitLimits, unit_limits
from designer.engine.tables.memory import MemoryTable, memory_of, zones_of_memory
from designer.engine.tables.needs import Depends, Ways, depends_of, quorum_feeds, quorums_of, replicas_of, ways_of
from designer.engine.tables.places import clusters_of, nearest, racks_of, reaches_of, sides_of
from designer.engine.tables.pools import pools_of
from designer.engine.tables.ticks import demands_of, named_rates, ticks_of
from designer.engine.tables.tree import Fed, Level, draws_of, fed_of, holding, known_watts, levels, slot_id, units_of
from designer.engine.tables.units import units_table
from designer.engine.tables.vms import RECOVERY_AT, Columns, columns_of, rows_of
from designer.engine.wiring.tables import Wiring, wiring_of

T = TypeVar("T", bound=np.generic)
M = TypeVar("M")


@dataclass
class Tables:
    """The unchanging side of a run. Units: hosts, then domains, in the order of the spec. Rows: the `designed` VMs,
    `slots` of groups, then applications. Units and rows are named by their index; -1 stands for none.
    """

    spec: Spec
    demand: Demand
    ticks: Ticks
    named: NDArray[np.float64]
    """Requests a second of the users of each DNS name in each tick."""
    kinds: HostKinds
    units: Units
    limits: UnitLimits
    memory: MemoryTable | None
    """None where every host gives its VMs all their memory."""

    # -- rows: VMs and applications

    vms: Sequence[Vm]
    designed: int
    slots: list[NDArray[np.int64]]
    """Rows that each group may launch."""
    inside: NDArray[np.int64]
    """The VM that a row is in; a VM: itself."""
    vm_ids: NDArray[np.int64]
    home: NDArray[np.int64]
    """The unit where the design has it."""
    vcpus: NDArray[np.float64]
    ram_mib: NDArray[np.float64]
    floor_mib: NDArray[np.float64]
    """The memory that each is guaranteed."""
    service: NDArray[np.int64]
    """Its service, when requests reach it."""
    cut_off: NDArray[np.int64]
    """Rows that no request of their service reaches."""
    group: NDArray[np.int64]
    recovery: NDArray[np.uint8]
    """One of NONE, SAME_ZONE, CLUSTER, REPLACE."""
    powered_on: NDArray[np.bool_]
    counted: NDArray[np.bool_]
    detect_s: NDArray[np.float64]
    boot_s: NDArray[np.float64]
    needs: Fed
    """Units without which a VM is down."""
    reach: NDArray[np.int64]
    """Row of `allowed`, -1: any unit."""
    ways: Ways
    pools: Pools
    credits: NDArray[Any]
    """A record of `CREDIT` for each VM that has CPU credits, as it is launched."""
    keeps: NDArray[np.int64]
    """The VMs, and applications in others, that work off later what they were not given."""
    placement: NDArray[np.int64]
    """Its placement group."""
    side: NDArray[np.int64]
    """Members of different sides of a placement group share no rack."""

    # -- units

    unit_ids: NDArray[np.int64]
    hosts: int
    parent: NDArray[np.int64]
    """The unit that a unit stands in."""
    levels: list[Level]
    holds_hosts: NDArray[np.bool_]
    """Units that are hosts or hold some."""
    draws: tuple[NDArray[np.int64], NDArray[np.float64]]
    """Domains of which it is said what they draw, and their watts."""
    known_watts: NDArray[np.bool_]
    """Units whose watts are known."""
    fed: Fed
    """Units that a unit needs."""
    holds: NDArray[np.bool_]
    """Units that give to what they feed for a time after they went down."""
    judged: JudgedClusters | None
    """Clusters that judge their hosts; None where there is none."""
    starts: Starts | None
    """In which order VMs start; None where nothing is said of it."""
    wiring: Wiring | None
    """The network; None where nothing can be cut off."""
    replicas: dict[int, NDArray[np.int64]]
    """The units of a database's places, its primary's first."""
    quorums: dict[int, int]
    """How many of them must be up for a database to take writes, where that is more than its primary."""
    rack: NDArray[np.int64]
    zone: NDArray[np.int64]
    region: NDArray[np.int64]
    cluster: NDArray[np.int64]
    """Where VMs of the rule `cluster` restart: a unit, or units + n for the n-th cluster."""

    # -- services, reaches, placement groups

    work: NDArray[np.float64]
    """MHz s of a request of each service."""
    through: Fed
    """Units through which requests of a service come."""
    depends: list[Depends]
    balanced: tuple[Balanced, ...]
    """Services behind load balancers with a rule of their own."""
    allowed: NDArray[np.bool_]
    """Reaches x units: where VMs may stand."""
    does: list[str]
    """What the places of a reach do, in words."""
    together: NDArray[np.bool_]
    """Placement groups of which all stand in one zone."""

    def taken_mib(self, vms: NDArray[np.int64], units: NDArray[np.int64]) -> NDArray[np.float64]:
        """The memory that VMs (rows) take on units, that of the hypervisor for them included, MiB."""
        if not (self.limits.extra.any() or self.limits.asks.any()):
            return self.ram_mib[vms]
        asks, floor, spared_mib = self.limits.asks[units], self.floor_mib[vms], np.zeros(1)
        if asks.any():
            spared = (asks == 1) | ((asks == 2) & (floor > 0.0))
            spared_mib = np.where(spared, np.maximum(self.ram_mib[vms] - floor, 0.0), 0.0)
        return np.asarray(vm_mib(self.ram_mib[vms], self.vcpus[vms], spared_mib, *self.limits.extra[:, units]))

    def unit_of(self, element_id: int) -> int | None:
        """The unit of a host's or domain's id."""
        found = np.flatnonzero(self.unit_ids == element_id)
        return int(found[0]) if found.size else None

    def name(self, unit: int) -> str:
        """What people call a unit."""
        row = self.spec.hosts[unit] if unit < self.hosts else self.spec.domains[unit - self.hosts]
        return row.name or str(row.id)

    @cached_property
    def key1(self) -> np.uint64:
        """The second key word of the noise of day curves."""
        return chance.key(self.spec.seed, chance.DEMAND)

    @cached_property
    def affinity(self) -> AffinityTable:
        """The affinity rules."""
        unit_at = _rows_of(self.unit_ids.tolist()) if self.spec.stocks else {}
        return affinity_of(self.spec, self.vm_ids, unit_at, self.hosts, self.rack, self.zone)

    @cached_property
    def rows(self) -> int:
        """Recording steps."""
        return int(self.ticks.row[-1]) + 1

    @cached_property
    def reserved_mhz(self) -> NDArray[np.float64]:
        """The MHz that each row reserves."""
        return np.ascontiguousarray(self.demand.rows["floor"])

    @cached_property
    def first_app(self) -> int:
        """The first row of an application: those before are VMs."""
        return int(np.count_nonzero(self.inside == np.arange(self.inside.size)))

    @cached_property
    def _made(self) -> dict[Any, Any]:
        return {}

    def once(self, make: Callable[[Tables], M]) -> M:
        """What is made of these tables and does not change: made once, for all runs on them. Not of their ticks."""
        if make not in self._made:
            self._made[make] = make(self)
        return self._made[make]  # type: ignore[no-any-return]

    def on(self, ticks: Ticks) -> Tables:
        """The same tables with other ticks of the same times; what was made of them stays."""
        other = copy(self)
        other.ticks = ticks
        return other

    def with_apps(self, vms: NDArray[np.int64]) -> NDArray[np.int64]:
        """VMs (rows) and the applications in them."""
        first = self.first_app
        if first == self.inside.size:
            return vms
        chosen = np.zeros(first, np.bool_)
        chosen[vms] = True
        return np.concatenate([vms, first + np.flatnonzero(chosen[self.inside[first:]])])


def _zones(spec: Spec, of_vms: Demands) -> list[str]:
    """The time zones that day curves follow, in order."""
    others = [demand for s in spec.services for _, demand in demands_of(s)]
    others += [users.demand for name in spec.dns_names for users in name.users]
    curves = of_vms.those(DayCurve) + [demand for demand in others if isinstance(demand, DayCurve)]
    return sorted({curve.time_zone for curve in curves} | zones_of_memory(spec))


def _rows_of(ids: Iterable[int]) -> dict[int, int]:
    """The row of each id."""
    return {i: n for n, i in enumerate(ids)}


def _briefly(column: NDArray[T]) -> NDArray[T]:
    """A column that no kernel reads; one value takes the place of many that are equal."""
    if not column.size or column[-1] != column[0] or not (column == column[0]).all():
        return column
    one: NDArray[T] = np.ndarray(column.shape, column.dtype, column[:1].copy(), 0, (0,))  # `broadcast_to` takes long
    one.flags.writeable = False
    return one


def _without(service: NDArray[np.int64], rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """The services of rows, but none of some rows."""
    made = service.copy()
    made[rows] = -1
    return made


def _may_wait(spec: Spec, inside: NDArray[np.int64], ids: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which rows are VMs whose flows, or those of their applications, may make them wait."""
    found = np.zeros(ids.size, np.bool_)
    if spec.flows:
        asking = {flow.vm for flow in spec.flows}
        for group in spec.groups:
            if group.template is not None and {group.template.id, *(app.id for app in group.template.apps)} & asking:
                asking |= {slot_id(group.id, slot) for slot in range(group.most)}
        found[inside[np.isin(ids, np.array(sorted(asking), np.int64))]] = True
    return found


def _of_units(
    spec: Spec, unit_ids: NDArray[np.int64], unit_at: dict[int, int], parent: NDArray[np.int64], needs: Fed
) -> dict[str, Any]:
    """The tables of units."""
    hosts, above, wiring = len(spec.hosts), levels(parent), wiring_of(spec, unit_at, parent, needs)
    fed = [(u, host.feeds) for u, host in enumerate(spec.hosts) if host.feeds]
    fed += [(u, d.feeds + quorum_feeds(d)) for u, d in enumerate(spec.domains, hosts) if d.feeds or d.quorum]
    return {
        "unit_ids": unit_ids,
        "hosts": hosts,
        "parent": parent,
        "levels": above,
        "holds_hosts": holding(hosts, parent.size, above),
        "draws": draws_of(spec, unit_ids),
        "known_watts": known_watts(spec, unit_ids, above),
        "fed": fed_of(unit_at, (feeds for _, feeds in fed), [u for u, _ in fed]),
        "holds": np.array([*([False] * hosts), *(d.gaps_s != (0.0,) for d in spec.domains)], np.bool_),
        "wiring": wiring,
        "judged": judged_of(spec, unit_at, parent.size, wiring is not None),
        "replicas": replicas_of(spec, unit_at),
        "quorums": quorums_of(spec, unit_at),
        "rack": racks_of(spec, parent),
        "zone": nearest(spec, parent, ("zone", "data_center")),
        "region": nearest(spec, parent, ("region",)),
        "cluster": clusters_of(spec, parent),
    }


def _balanced(
    spec: Spec, service: NDArray[np.int64], columns: Columns, unit_at: dict[int, int], zone: NDArray[np.int64]
) -> tuple[Balanced, ...]:
    """The services behind load balancers with a rule of their own."""
    if all(row.balancer is None for row in spec.services):
        return ()
    group = at_ids({g.id: n for n, g in enumerate(spec.groups)}, columns.group)
    reached = _without(service, columns.cut_off)
    return balanced_of(spec, reached, at_ids(unit_at, columns.place), group, unit_at, zone)


def tabulate(spec: Spec, fields: Fields | None = None) -> Tables:
    """The tables of a checked spec; `fields` are those of its VMs and hosts, as the check read them."""
    fields, rows = fields or Fields(spec.vms, spec.hosts), rows_of(spec)
    vms, columns, kinds = rows.vms, columns_of(fields, rows.others), fields.kinds
    unit_ids, parent = units_of(spec)
    unit_at, service_at = _rows_of(unit_ids.tolist()), _rows_of(service.id for service in spec.services)
    zones, steps = _zones(spec, columns.demands), sorted({t.step_s for t in spec.traces})
    service, ticks = at_ids(service_at, columns.service), ticks_of(spec, zones, steps)
    reaches, (placement, side) = reaches_of(spec, columns, unit_at), sides_of(spec, vms, columns)
    needs = fed_of(unit_at, filter(None, values_of(vms, "needs")), columns.needs.tolist())
    of_units = _of_units(spec, unit_ids, unit_at, parent, needs)
    waiting = _may_wait(spec, rows.inside, columns.vm_ids)
    return Tables(
        spec=spec,
        demand=demand_table(spec, kinds, rows, columns, service, zones, steps, waiting, ticks.row.size),
        ticks=ticks,
        named=named_rates(spec, ticks, zones, steps),
        kinds=kinds,
        units=units_table(spec, kinds, parent),
        limits=unit_limits(spec, kinds),
        memory=memory_of(spec, rows, columns, ticks, zones, steps),
        vms=vms,
        designed=len(spec.vms),
        slots=rows.slots,
        inside=rows.inside,
        vm_ids=columns.vm_ids,
        home=at_ids(unit_at, columns.place),
        vcpus=columns.vcpus,
        ram_mib=columns.ram_mib,
        floor_mib=columns.ram_floor_mib,
        service=_without(service, columns.cut_off),
        cut_off=columns.cut_off[columns.service[columns.cut_off] != 0],
        group=_briefly(at_ids({g.id: n for n, g in enumerate(spec.groups)}, columns.group)),
        recovery=mapped(values_of(vms, "recovery"), RECOVERY_AT.__getitem__, np.uint8, len(vms)),
        powered_on=columns.powered_on,
        counted=columns.counted,
        detect_s=_briefly(columns.detect_s),
        boot_s=_briefly(columns.boot_s),
        needs=needs,
        reach=reaches.reach,
        ways=ways_of(spec, columns, unit_at),
        pools=pools_of(spec, columns.pool),
        credits=credits_of(rows, columns),
        keeps=columns.keeps_backlog,
        starts=starts_of(spec, columns.vm_ids, unit_ids.size),
        placement=placement,
        side=side,
        **of_units,
        work=np.array([s.work_mhz_s for s in spec.services], np.float64),
        through=fed_of(unit_at, (service.through for service in spec.services)),
        depends=depends_of(spec, service_at),
        balanced=_balanced(spec, service, columns, unit_at, of_units["zone"]),
        allowed=reaches.allowed,
        does=reaches.does,
        together=np.array([group.strategy == "cluster" for group in spec.placements], np.bool_),
    )
