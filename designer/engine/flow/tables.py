"""What flows and limits of a spec are, as arrays, and the path of a flow between two places."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import chain, repeat
from operator import attrgetter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from designer.engine.flow.filling import Paths, copy_paths, paths_of, room_for
from designer.engine.share.arrays import B, F, I
from designer.engine.spec import Flow, Limit, Replicated, Spec
from designer.engine.tables.tabulate import Tables
from designer.engine.tables.tree import slot_id

INSIDE, ZONES, REGIONS, OUT = range(4)
"""How far traffic goes: within a zone, between zones of a region, between regions, out to the internet."""
OUTSIDE, NOWHERE = -1, -2
"""Ends of traffic that are no unit: the internet, and a VM that does not run."""
MBIT_A_KIB = 8.192e-3
Path = tuple[list[int], list[float], int]
_NOWHERE: Path = [], [], INSIDE


@dataclass(frozen=True)
class FlowTables:
    """The flows of a run: of each its record, the row of the load that asks (`load`), its VM, and the VM to which it
    goes (`peer`, -1: none) or else the unit (`target`, OUTSIDE). Instances of groups have flows of their own, and
    limits: behind those of the spec stand copies of what their template and its volumes have.
    """

    tables: Tables
    flows: list[Flow]
    load: I
    vm: I
    peer: I
    target: I
    limits: tuple[Limit, ...]
    original: I = field(default_factory=lambda: np.zeros(0, np.int64))
    """The limit of the spec of which each is, or is a copy (-1: it has copies)."""
    owner: I = field(default_factory=lambda: np.zeros(0, np.int64))
    """The instance (row) that has each copy; -1: it is none."""
    there: Callable[[int], tuple[int, ...]] = lambda _: ()
    """The hosts (units) of a datastore that are not gone."""
    _memo: dict[tuple[int, ...], Path] = field(default_factory=dict)
    _chains: dict[int, tuple[list[int], int, int]] = field(default_factory=dict)

    def column(self, name: str, kind: Any = np.float64) -> NDArray[Any]:
        """A field of the flows."""
        return np.fromiter(map(attrgetter(name), self.flows), kind, len(self.flows))

    def of_limits(self, name: str) -> F:
        """A number of the limits."""
        return np.fromiter(map(attrgetter(name), self.limits), np.float64, len(self.limits))

    @cached_property
    def is_traffic(self) -> NDArray[np.bool_]:
        """Which flows go over the wire; the others are operations of disks."""
        disks: NDArray[np.bool_] = self.column("io_kib", np.bool_)
        return ~disks

    @cached_property
    def _wires(self) -> dict[int, list[int]]:
        """The limits of traffic of each element."""
        return self._of_elements(True)

    @cached_property
    def _drives(self) -> dict[int, list[int]]:
        """The limits of operations of each element."""
        return self._of_elements(False)

    def _of_elements(self, wires: bool) -> dict[int, list[int]]:
        found: dict[int, list[int]] = {}
        for n, limit in enumerate(self.limits):
            if (limit.counts == "mbps") == wires:
                found.setdefault(limit.of, []).append(n)
        return found

    @cached_property
    def _between(self) -> dict[frozenset[int], list[int]]:
        """The limits of links between two zones."""
        found: dict[frozenset[int], list[int]] = {}
        for n, limit in enumerate(self.limits):
            if limit.between:
                found.setdefault(frozenset(limit.between), []).append(n)
        return found

    def paths_at(self, flows: I, on: B, unit: I, end: I) -> tuple[Paths, I]:
        """The limits of flows that each begin on a unit and end on another (OUTSIDE: in the internet), each once and
        rising, what a unit of the flow takes there, and how far it goes; nothing of those that are not `on`.
        """
        disks, far = self._disks, np.full(flows.size, INSIDE)
        count = (disks.end - disks.first[:-1])[flows] * on
        there = np.flatnonzero(count)
        some = np.flatnonzero(on & self._changing[flows])
        found = self._paths_of(flows[some], unit[some], end[some])
        paths, which = paths_of([limits for limits, _, _ in found[0]], [costs for _, costs, _ in found[0]]), found[1]
        count[some], far[some] = (paths.end - paths.first[:-1])[which], np.array([far for _, _, far in found[0]])[which]
        made = room_for(count)
        copy_paths(made, there, disks, flows[there])
        copy_paths(made, some, paths, which)
        return made, far

    @cached_property
    def _changing(self) -> B:
        """Which flows go another way once VMs or copies do."""
        spread: B = self.column("spread", np.bool_)
        return self.is_traffic | spread

    @cached_property
    def _keys(self) -> tuple[I, I]:
        """The id of the VM of each flow, and where it goes, where these have limits of their own (else 0): flows of
        others go the same way between the same units.
        """
        limited = np.array(list(self._wires), np.int64)
        ids = self.tables.vm_ids[self.vm], self.column("to", np.int64)
        return tuple(np.where(np.isin(of, limited), of, 0) for of in ids)  # type: ignore[return-value]

    def _paths_of(self, flows: I, unit: I, end: I) -> tuple[list[Path], I]:
        """The paths of flows that go other ways in time, each once, and which of these each flow goes."""
        if not flows.size:
            return [_NOWHERE], flows
        by = [unit.tolist(), end.tolist(), *(of[flows].tolist() for of in self._keys)]
        spread = np.where(self.is_traffic[flows], -1, flows).tolist()
        keys = list(zip(*by, spread))
        at = {key: n for n, key in enumerate(dict.fromkeys(keys))}
        return [self._way(key) for key in at], np.fromiter(map(at.__getitem__, keys), np.int64, flows.size)

    def _way(self, key: tuple[int, ...]) -> Path:
        unit, end, vm, to, spread = key
        if spread >= 0:
            return self._to_disks(self.flows[spread], unit)
        if key not in self._memo:
            self._memo[key] = self._path(vm, to, unit, end)
        return self._memo[key]

    @cached_property
    def _disks(self) -> Paths:
        """The paths of operations that are always the same; those of other flows are empty."""
        limits, changes = self.limits, self._changing.tolist()
        through = [() if change else flow.through for flow, change in zip(self.flows, changes)]
        many = np.fromiter(map(len, through), np.int64, len(through))
        ids = np.fromiter(chain.from_iterable(through), np.int64, int(many.sum()))
        of, counts = np.array([limit.of for limit in limits], np.int64), [limit.counts for limit in limits]
        rows = np.flatnonzero([of_it != "mbps" for of_it in counts])
        rows = rows[np.argsort(of[rows], kind="stable")]
        begin, stop = np.searchsorted(of[rows], ids), np.searchsorted(of[rows], ids, "right")
        each, n = np.repeat(np.arange(many.size), many), stop - begin
        at = np.arange(int(n.sum())) + np.repeat(begin - np.cumsum(n) + n, n)
        flow, limit = np.divmod(np.unique(np.repeat(each, n) * len(limits) + rows[at]), max(len(limits), 1))
        kib, unit, mibps = self.column("io_kib")[flow], self.of_limits("unit_kib")[limit], np.array(counts) == "mibps"
        with np.errstate(divide="ignore"):
            cost = np.where(unit > 0.0, np.ceil(kib / unit - 1e-9), 1.0)
        cost = np.where(mibps[limit], kib / 1024.0, cost)
        first = np.searchsorted(flow, np.arange(many.size + 1))
        return Paths(first, first[1:], limit, cost)

    @cached_property
    def _replicated(self) -> dict[int, Replicated]:
        return {one.id: one for one in self.tables.spec.replicated}

    def _to_disks(self, flow: Flow, unit: int) -> Path:
        """The way of the operations of a datastore that is spread over hosts."""
        found = (n for i in flow.through for n in self._drives.get(i, ()))
        costs = {n: _cost(self.limits[n], flow.io_kib) for n in found}
        costs |= self._over_nics(flow, unit, self.there(flow.spread))
        return sorted(costs), [costs[n] for n in sorted(costs)], INSIDE

    def _path(self, vm: int, to: int, unit: int, end: int) -> Path:
        (up, *here), (down, *there) = self._above(unit), self._above(end)
        ids, taken = self.tables.unit_ids, set[int]()
        for own, units, shared, other in ((vm, up, down, "in"), (to, down, up, "out")):
            for i in (own, *(int(ids[u]) for u in units if u not in shared)):
                taken.update(n for n in self._wires.get(i, ()) if self.limits[n].way != other)
        if here[0] != there[0] and min(here[0], there[0]) >= 0:
            pair = frozenset((int(ids[here[0]]), int(ids[there[0]])))
            taken.update(self._between.get(pair, ()))
        far = OUT if end == OUTSIDE else REGIONS if here[1] != there[1] else ZONES if here[0] != there[0] else INSIDE
        return sorted(taken), [1.0] * len(taken), far

    def way(self, unit: int, end: int) -> list[int]:
        """The limits of what one unit sends another, rising."""
        return self._path(0, 0, unit, end)[0]

    def on_nics(self, mbps: Mapping[int, float]) -> F:
        """Of each limit what is sent over the NIC of its host, by the ids of hosts."""
        return np.array([mbps.get(limit.of, 0.0) * (limit.counts == "mbps") for limit in self.limits], np.float64)

    def _over_nics(self, flow: Flow, unit: int, hosts: tuple[int, ...]) -> dict[int, float]:
        """What one operation takes of the NICs, Mbit: copies are on all hosts alike, and those on its own cost none."""
        mbit, ids = flow.io_kib * MBIT_A_KIB, self.tables.unit_ids
        writes = flow.write_frac * min(self._replicated[flow.spread].copies, len(hosts))
        reads = 1.0 - flow.write_frac
        others = [host for host in hosts if host != unit]
        part = mbit / max(len(hosts), 1)
        costs: dict[int, float] = {}
        ways = [(host, writes * part, reads * part) for host in others]
        ways.append((unit, reads * part * len(others), writes * part * len(others)))
        for host, into, out in ways:
            for n in self._wires.get(int(ids[host]), ()):
                costs[n] = {"in": into, "out": out, "both": into + out}[self.limits[n].way]
        return {n: cost for n, cost in costs.items() if cost > 0.0}

    def _above(self, unit: int) -> tuple[list[int], int, int]:
        """A unit and all that it stands in, and the zone and the region among these (-1: none)."""
        if unit not in self._chains:
            above, t, at, nearest = list[int](), self.tables, unit, {"zone": -1, "region": -1}
            while at >= 0:
                above.append(at)
                kind = t.spec.domains[at - t.hosts].kind if at >= t.hosts else "host"
                if nearest.get(kind) == -1:
                    nearest[kind] = at
                at = int(t.parent[at])
            self._chains[unit] = above, nearest["zone"], nearest["region"]
        return self._chains[unit]


def _cost(limit: Limit, io_kib: float) -> float:
    """What one operation of `io_kib` takes of a limit."""
    if limit.counts == "mibps":
        return io_kib / 1024.0
    return float(math.ceil(io_kib / limit.unit_kib - 1e-9)) if limit.unit_kib else 1.0


def flow_tables(tables: Tables) -> FlowTables:
    """The flows and limits of a checked spec."""
    spec = tables.spec
    rows, units = (dict(zip(ids.tolist(), range(ids.size))) for ids in (tables.vm_ids, tables.unit_ids))
    copies = _instances(spec)
    own = _own_of_instances(spec, copies)
    flows: list[Flow] = [] if copies else list(spec.flows)
    load: list[int] = list(map(rows.__getitem__, map(attrgetter("vm"), flows)))
    for flow in spec.flows if copies else ():
        if flow.vm not in copies:
            flows.append(flow)
            load.append(rows[flow.vm])
        for slot, asks in enumerate(copies.get(flow.vm, ())):
            through = tuple(own[i][slot][0] if i in own else i for i in flow.through)
            flows.append(replace(flow, through=through) if through != flow.through else flow)
            load.append(rows[asks])
    limits, original, owner = list(spec.limits), list(range(len(spec.limits))), [-1] * len(spec.limits)
    for n, limit in enumerate(spec.limits):
        if limit.of in own:
            limits += [replace(limit, of=i) for i, _ in own[limit.of]]
            owner += [rows[vm] for _, vm in own[limit.of]]
            original += [n] * len(own[limit.of])
            original[n] = -1
    to = [flow.to for flow in flows]
    peer = np.fromiter(map(rows.get, to, repeat(-1)), np.int64, len(to))
    target = np.fromiter(map(units.get, to, repeat(OUTSIDE)), np.int64, len(to))
    at = np.array(load, np.int64)
    of, by = np.array(original, np.int64), np.array(owner, np.int64)
    return FlowTables(tables, flows, at, tables.inside[at], peer, target, tuple(limits), of, by)


def _instances(spec: Spec) -> dict[int, list[int]]:
    """The ids of the instances that groups may launch of templates, and of the applications in them, by slot."""
    copies: dict[int, list[int]] = {}
    for group in spec.groups:
        template = group.template
        if template is None:
            continue
        for slot in range(group.most):
            vm = slot_id(group.id, slot)
            copies.setdefault(template.id, []).append(vm)
            for n, app in enumerate(template.apps):
                copies.setdefault(app.id, []).append(slot_id(vm, n))
    return copies


def _own_of_instances(spec: Spec, copies: Mapping[int, list[int]]) -> dict[int, list[tuple[int, int]]]:
    """What each instance of a template has for itself: what the template has, and volumes that nobody else goes
    through; by their id, the id for each slot, and the instance there.
    """
    asking: dict[int, set[int]] = {}
    for flow in spec.flows if copies else ():
        for i in flow.through:
            asking.setdefault(i, set()).add(flow.vm)
    volumes = {row.id for row in spec.domains if row.kind == "volume"}
    own: dict[int, list[tuple[int, int]]] = {}
    for template in (group.template for group in spec.groups if group.template is not None and group.most):
        loads, slots = {template.id, *(app.id for app in template.apps)}, copies[template.id]
        alone = [i for i, who in asking.items() if i in volumes and who <= loads]
        own[template.id] = [(vm, vm) for vm in slots]
        own |= {i: [(slot_id(i, slot), vm) for slot, vm in enumerate(slots)] for i in alone}
    return own
