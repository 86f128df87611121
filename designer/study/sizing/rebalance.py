"""Looks for the few moves of VMs among hosts that help most after a run, one after the other.

Each host is asked by the rules of a run whether it takes a VM: room, overcommit, pins, affinity, storage.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from designer.catalog.rules.affinity import rule_record
from designer.catalog.rules.capacity import HostLoad, load_of, needs_of, takes_capacity
from designer.engine.spec import capacity
from designer.engine.trial import Trials
from designer.model.element import Element
from designer.model.project import Project, snapshot
from designer.study.build import build
from designer.study.each.search import AT_S
from designer.study.sizing.advice import mhz_asked
from designer.study.sizing.moves import FEW, PURPOSES, HostChange, HostMove, Purpose, Rebalance

WORTH = 0.01
"""Least part of what its host has by which a move for CPU or memory lowers what is missing, to be worth it."""
EVENER = 0.05
"""Least part by which a move to even out lowers the load of the fuller of its two hosts, to be worth it."""
SOURCES = 50
"""Most hosts of a cluster, the worst off, that are looked at for one move."""
MOST_ASKED = 1000
"""Most moves, the best first, that are tested for room and rules until one may be made."""
SAME = 1e-9
F = NDArray[np.float64]
Tell = Callable[[float], object]


def rebalance(
    project: Project, p95: Mapping[int, float], most: int = FEW, on_progress: Tell = lambda part: None
) -> Rebalance:
    """The moves that help most, `most` of them; `p95` as `asked_of` tells it. The design stays as it is. Raises
    SpecError."""
    design = snapshot(project)
    spec = build(design)
    trials = Trials(replace(spec.with_events(()), until_s=max(spec.until_s, AT_S)), AT_S)
    search = _Search(design, trials, dict(p95))
    moves: list[HostMove] = []
    while (move := search.next()) is not None and len(moves) < most:
        moves.append(move)
        on_progress(len(moves) / most)
    return Rebalance(tuple(moves), move is not None, SOURCES if search.left_out else 0)


@dataclass
class _Hosts:
    """Hosts among which VMs move: what each has and is asked for (MHz), and the VMs on it."""

    ids: list[int]
    loads: list[HostLoad]
    vms: list[list[Element]]
    has: F
    asked: F

    @property
    def used(self) -> F:
        """The part of each host's CPU that is asked for."""
        return self.asked / self.has

    @property
    def over_mib(self) -> F:
        """MiB that VMs have configured above what each host has."""
        return np.array([_over_mib(load) for load in self.loads])


@dataclass
class _Ways:
    """Moves that would help: how much, and how much more evenly hosts are loaded then; VM, host before, host after."""

    gain: F
    evener: F
    vm: NDArray[np.int64]
    source: NDArray[np.int64]
    target: NDArray[np.int64]


class _Search:
    """Makes the best move, again and again."""

    def __init__(self, design: Project, trials: Trials, p95: dict[int, float]) -> None:
        self._design, self._trials, self._p95 = design, trials, p95
        self._stay = {vm.id for vm in design.of_kind("vm") if vm.__dict__["locked"]}
        self.left_out = False
        """Whether more hosts of a cluster were in need than were looked at."""
        self._apart: dict[int, list[int]] = defaultdict(list)
        """The services and rules that want VMs apart, by VM."""
        for service in design.of_kind("service"):
            for vm in design.sources(service.id, "member"):
                self._apart[vm].append(service.id)
        for rule in design.of_kind("affinity_rule"):
            record = rule_record(design, rule)
            if record.wants == "together" and not record.strict:
                self._stay.update(record.vms)
            elif record.wants == "apart":
                for vm in record.vms:
                    self._apart[vm].append(rule.id)

    def next(self) -> HostMove | None:
        """Make the move that helps most; None where none helps."""
        among = [self._filled(hosts) for hosts in _places(self._design)]
        for purpose in PURPOSES:
            ways = [(way, hosts) for hosts in among for way in self._best(hosts, purpose)]
            ways.sort(key=lambda one: one[0][:2], reverse=True)
            for (_, _, vm, source, target), hosts in ways[:MOST_ASKED]:
                made = self._made(hosts, vm, source, target, purpose)
                if made is not None:
                    return made
        return None

    def _filled(self, hosts: list[Element]) -> _Hosts:
        design = self._design
        inside = [[design.elements[i] for i in design.children(host.id)] for host in hosts]
        vms = [[vm for vm in some if vm.kind == "vm" and takes_capacity(vm.__dict__)] for some in inside]
        loads = [load_of(design, host) for host in hosts]
        asked = [sum(mhz_asked(vm, self._p95) for vm in some) for some in vms]
        has = [max(capacity.cpu_mhz(load.host), 1.0) for load in loads]
        return _Hosts([host.id for host in hosts], loads, vms, np.array(has), np.array(asked, np.float64))

    def _best(self, hosts: _Hosts, purpose: Purpose) -> Iterator[tuple[float, float, int, int, int]]:
        """The best moves among some hosts for a purpose: gain, how much more even, VM (place on its host), hosts."""
        found = list(self._ways(hosts, purpose))
        if not found:
            return
        gain, evener, vm, source, target = (
            np.concatenate([getattr(ways, name) for ways in found])
            for name in ("gain", "evener", "vm", "source", "target")
        )
        for n in np.lexsort((target, vm, -evener, -gain))[:MOST_ASKED].tolist():
            yield float(gain[n]), float(evener[n]), int(vm[n]), int(source[n]), int(target[n])

    def _ways(self, hosts: _Hosts, purpose: Purpose) -> Iterator[_Ways]:
        over, used = hosts.over_mib, hosts.used
        kept = [self._kept_apart(vms) for vms in hosts.vms]
        shared = np.array([sum(len(some) - 1 for some in sets.values()) for sets in kept], np.float64)
        need = {"cpu": hosts.asked - hosts.has, "memory": over, "apart": shared, "even": used}[purpose]
        self.left_out |= int((need > 0.0).sum()) > SOURCES
        for source in np.argsort(-need, kind="stable")[:SOURCES].tolist():
            if need[source] <= 0.0:
                return
            for n, vm in enumerate(hosts.vms[source]):
                if vm.id in self._stay:
                    continue
                mhz, sets = mhz_asked(vm, self._p95), self._apart.get(vm.id, ())
                parted = sum(len(kept[source][one]) > 1 for one in sets)
                free = np.array([not any(one in some for one in sets) for some in kept])
                free[source] = False
                less, even, lower = _changes(hosts, source, mhz)
                free &= less > -SAME
                gain = {"cpu": less / hosts.has[source], "apart": np.full(less.size, float(parted)), "even": even}
                if purpose == "memory":
                    gain["memory"] = _memory(hosts, over, source, vm)
                    free &= gain["memory"] >= WORTH
                free &= {"cpu": gain["cpu"] >= WORTH, "apart": gain["apart"] > 0.0, "even": lower >= EVENER}.get(
                    purpose, np.True_
                )
                to = np.flatnonzero(free)
                if to.size:
                    same = np.full(to.size, n), np.full(to.size, source)
                    yield _Ways(np.round(gain[purpose][to], 6), even[to], *same, to)

    def _kept_apart(self, vms: list[Element]) -> dict[int, list[int]]:
        """The VMs of a host by the services and rules that want them apart."""
        found: dict[int, list[int]] = defaultdict(list)
        for vm in vms:
            for one in self._apart.get(vm.id, ()):
                found[one].append(vm.id)
        return found

    def _made(self, hosts: _Hosts, place: int, source: int, target: int, purpose: Purpose) -> HostMove | None:
        """Make a move where rules and room allow it, and memory is not missing then that was not before."""
        design, vm, to = self._design, hosts.vms[source][place], hosts.ids[target]
        after = replace(hosts.loads[target])
        after.take(*needs_of(vm.__dict__))
        if purpose != "memory" and _over_mib(after) > _over_mib(hosts.loads[target]):
            return None
        if to in self._trials.kept_free or design.why_not("vm", to, vm) or design.why_not_set({vm.id: {"parent": to}}):
            return None
        if not self._trials.move(vm.id, to):
            return None
        sets = self._kept_apart(hosts.vms[source])
        parted = [one for one in self._apart.get(vm.id, ()) if len(sets[one]) > 1]
        shared = tuple(design.elements[one].name for one in parted)
        sharing = max((len(sets[one]) for one in parted), default=0)
        with design.edit(""):
            design.set(vm.id, parent=to)
        self._stay.add(vm.id)
        left = load_of(design, design.elements[hosts.ids[source]])
        mhz = mhz_asked(vm, self._p95)
        return HostMove(
            vm.id, vm.name, self._change(hosts, source, -mhz, left), self._change(hosts, target, mhz, after), purpose,
            shared, sharing,
        )  # fmt: skip

    def _change(self, hosts: _Hosts, n: int, mhz: float, after: HostLoad) -> HostChange:
        before, has = hosts.loads[n], float(hosts.has[n])
        asked = float(hosts.asked[n])
        return HostChange(
            hosts.ids[n], self._design.elements[hosts.ids[n]].name, asked / has, max(asked + mhz, 0.0) / has,
            before.configured_ratio, after.configured_ratio,
        )  # fmt: skip


def _places(design: Project) -> Iterator[list[Element]]:
    """Hosts among which VMs move: those of a cluster, and those without one in a data center or zone."""
    found: dict[int, list[Element]] = defaultdict(list)
    for host in design.of_kind("host"):
        above = design.ancestors(host.id)
        halls = [i for i in above if design.elements[i].kind in ("data_center", "zone")]
        cluster = design.targets(host.id, "in_cluster")
        found[next(iter([*cluster, *halls, *above]))].append(host)
    yield from (hosts for hosts in found.values() if len(hosts) > 1)


def _over_mib(load: HostLoad) -> float:
    return max(load.configured_mib - capacity.memory_mib(load.host), 0.0)


def _changes(hosts: _Hosts, source: int, mhz: float) -> tuple[F, F, F]:
    """What a move of `mhz` from a host to each does: MHz less that are missing, squares of loads less, and how
    much lower the load of the fuller host is."""
    asked, has, used = hosts.asked, hosts.has, hosts.used
    missing = np.maximum(asked - has, 0.0)
    left = max(asked[source] - mhz, 0.0)
    less = missing[source] - max(left - has[source], 0.0) + missing - np.maximum(asked + mhz - has, 0.0)
    source_after, after = left / has[source], (asked + mhz) / has
    even = used[source] ** 2 + used**2 - source_after**2 - after**2
    return less, even, np.maximum(used[source], used) - np.maximum(source_after, after)


def _memory(hosts: _Hosts, over: F, source: int, vm: Element) -> F:
    """What a move of a VM to each host does: the part of its host's memory that is less above what hosts have."""
    vcpus, mib, *_ = needs_of(vm.__dict__)
    mine = [capacity.configured_mib(load.host, vcpus, mib) for load in hosts.loads]
    has = np.array([capacity.memory_mib(load.host) for load in hosts.loads])
    more = np.array([load.configured_mib for load in hosts.loads]) + np.array(mine) - has
    left = max(hosts.loads[source].configured_mib - mine[source] - has[source], 0.0)
    less: F = over[source] - left + over - np.maximum(more, 0.0)
    return less / max(float(has[source]), 1.0)
