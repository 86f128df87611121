"""Runs of random worlds beside an independent reference of recovery: slow, plain, written from what recovery means.

The reference keeps one record a VM and asks everything anew at each instant: who is up, what is taken, which hosts are
in reach. It tells for each VM what happened when, and where it went; the engine's log says the same. DESIGNER_WORLDS
says how many worlds are tried (`make torture`: thousands).
"""

from __future__ import annotations

import math
import os
import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from designer.engine import Cluster, Domain, Host, PlacementGroup, Reach, Spec, TimedEvent, Vm, simulate

WORLDS = int(os.environ.get("DESIGNER_WORLDS", "40"))
GIB = 1024.0
REGION, CLUSTER, GROUP, FIRST_HOST, FIRST_VM = 1, 80, 90, 100, 1000
RECOVER, FAIL, DETECT, BOOT = range(4)
Step = tuple[float, str, str]
"""When, what, and where or why: what happened to a VM."""


def world(seed: int) -> Spec:
    """Hosts in racks and zones, few enough that room is short; every recovery rule; failures one upon the other."""
    r = random.Random(seed)
    zones = [Domain(2 + n, REGION, "zone") for n in range(r.randint(1, 3))]
    feeds = [Domain(10 + n, r.choice(zones).id, "power_feed") for n in range(r.randint(0, 2))]
    fed: list[Any] = [(), tuple((feed.id,) for feed in feeds), (tuple(feed.id for feed in feeds),) if feeds else ()]
    racks = [Domain(20 + n, r.choice(zones).id, "rack", feeds=r.choice(fed)) for n in range(r.randint(0, 4))]
    nets = [Domain(30 + n, zone.id, "subnet", addresses=r.choice([None, 2, 5])) for n, zone in enumerate(zones)]
    volumes = [Domain(40 + n, r.choice(zones).id, "volume") for n in range(3)]
    clusters = [Cluster(CLUSTER + n, f"c{n}", r.choice([0.0, 15.0, 30.0]), r.random() < 0.8) for n in range(2)]
    hosts = [
        Host(
            FIRST_HOST + n, r.choice([*racks, *zones]).id, r.choice([2, 4, 8]), 1000.0, r.choice([6, 8, 16]) * GIB,
            threads_per_core=r.choice([1, 2]), overcommit=r.choice([None, None, 1.0, 2.0]),
            sharing=r.choice(["reserved", "weighted_max_min", "max_min"]), feeds=r.choice(fed),  # type: ignore[arg-type]
            ram_reserved_mib=r.choice([0.0, GIB]), vm_ram_base_mib=r.choice([0.0, 128.0]),
            vm_ram_per_vcpu_mib=r.choice([0.0, 64.0]), vm_ram_frac=r.choice([0.0, 0.125]),
            cluster=r.choice([0, CLUSTER, CLUSTER, CLUSTER + 1]),
        )
        for n in range(r.randint(2, 8))
    ]  # fmt: skip
    places = [*(host.id for host in hosts)] * 3 + [net.id for net in nets]
    alike = r.random() < 0.5  # all of one kind find each other at one instant
    group = PlacementGroup(GROUP, "group", r.choice(["spread", "partition", "cluster"]), r.randint(1, 3))  # type: ignore[arg-type]
    grouped = r.random() < 0.5

    def vm(n: int) -> Vm:
        needs: Any = [(r.choice(volumes).id,)] if r.random() < 0.3 else []
        needs += [(volumes[0].id, volumes[1].id)] if r.random() < 0.2 else []
        return Vm(
            FIRST_VM + n, r.choice(places), r.choice([1, 2]), 1000.0, r.choice([1, 2, 4]) * GIB, name=f"vm-{n}",
            recovery=r.choice(["none", "same_zone", "cluster", "cluster"]),  # type: ignore[arg-type]
            detect_s=60.0 if alike else r.choice([0.0, 15.0, 60.0]), boot_s=r.choice([0.0, 30.0, 90.0]),
            powered_on=r.random() < 0.95, needs=tuple(needs), reach=r.choice([-1, -1, -1, 0]),
            offered=r.choice([-1] * 9 + [1]),
            address=r.choice([0, 0, 0, r.choice(nets).id]), partition=r.randint(1, 2),
            placement=GROUP if grouped and r.random() < 0.3 else 0,
        )  # fmt: skip

    vms = [vm(n) for n in range(r.randint(1, 20))]
    seen = [
        Reach(tuple(p for p in dict.fromkeys(places) if r.random() < 0.9) or (places[0],), "does") for _ in range(2)
    ]
    domains = [Domain(REGION, 0, "region"), *zones, *feeds, *racks, *nets, *volumes]
    ids = [row.id for rows in (domains[1:], hosts, hosts, vms) for row in rows]
    events: list[TimedEvent] = []
    for _ in range(r.randint(1, 14)):
        time_s, element = r.choice([r.uniform(0.0, 1000.0), 15.0 * r.randrange(60)]), r.choice(ids)
        events.append(TimedEvent(time_s, r.choice(["fail", "fail", "fail", "recover"]), element))  # type: ignore[arg-type]
        if r.random() < 0.6:
            events.append(TimedEvent(time_s + r.choice([0.0, 5.0, 15.0, 75.0, 200.0]), "recover", element))
    return Spec(
        domains, hosts, vms, clusters=clusters, reaches=seen, placements=[group], until_s=1500.0,
        events=sorted(events, key=lambda event: event.time_s), policy=r.choice(["spread", "first_fit"]),  # type: ignore[arg-type]
    )  # fmt: skip


@dataclass
class Machine:
    """A VM: how it is, where it stands (0: nowhere) and where it came from; what was planned for it before `turn`."""

    vm: Vm
    status: str
    place: int
    origin: int
    turn: int = 0
    steps: list[Step] = field(default_factory=list)


class Reference:
    """Recovery, instant by instant."""

    def __init__(self, spec: Spec) -> None:
        self.spec = spec
        self.hosts = {host.id: host for host in spec.hosts}
        self.units: dict[int, Domain | Host] = {**{d.id: d for d in spec.domains}, **self.hosts}
        self.failed: set[int] = set()
        self.up = self.who_is_up()
        self.plan: list[tuple[float, int, int, Callable[[float, list[tuple[int, int]]], None], int]] = []
        self.machines = {vm.id: Machine(vm, "off", vm.place, vm.place) for vm in spec.vms}
        asking = [m for m in self.machines.values() if m.vm.powered_on]
        for m in asking:
            m.status = "asking"
        for m in asking:
            self.begin(m)
        for event in spec.events:
            priority, act = (FAIL, self.fail) if event.what == "fail" else (RECOVER, self.recover)
            self.plan.append((event.time_s, priority, event.id, act, 0))

    def begin(self, m: Machine) -> None:
        m.status = "running" if self.test(m, m.place) is None else "refused"
        if m.status == "refused":
            m.steps.append((0.0, "refused", ""))

    # -- who is up

    def who_is_up(self) -> set[int]:
        up: set[int] = set()
        while True:
            more = {
                u.id
                for u in self.units.values()
                if u.id not in up | self.failed
                and (u.parent == 0 or u.parent in up)
                and all(any(feed in up for feed in group) for group in u.feeds)
            }
            if not more:
                return up
            up |= more

    def has_needs(self, m: Machine) -> bool:
        return all(any(unit in self.up for unit in group) for group in m.vm.needs)

    def around(self, unit: int, *kinds: str) -> int:
        """The nearest thing of a kind around a unit, or itself; 0: none."""
        for kind in kinds:
            at = unit
            while at:
                thing = self.units[at]
                if isinstance(thing, Domain) and thing.kind == kind:
                    return at
                at = thing.parent
        return 0

    def cluster(self, unit: int) -> int:
        """Whose hosts restart the VMs of a unit."""
        host = self.hosts.get(unit)
        return host.cluster if host and host.cluster else self.around(unit, "data_center", "zone")

    def ha(self, unit: int) -> bool:
        return all(c.ha for c in self.spec.clusters if c.id == self.cluster(unit))

    # -- room

    def mib(self, vm: Vm, host: Host) -> float:
        beside = host.vm_ram_base_mib + host.vm_ram_per_vcpu_mib * vm.vcpus
        return vm.ram_mib * (1.0 + host.vm_ram_frac) + beside

    def vcpus_on(self, unit: int) -> int:
        found = ("running", "restarting", "failed")
        return sum(m.vm.vcpus for m in self.machines.values() if m.place == unit and m.status in found)

    def test(self, m: Machine, unit: int) -> str | None:
        """The first test that a unit fails; None: it takes the VM."""
        vm, host = m.vm, self.hosts.get(unit)
        for reach in (vm.reach, vm.offered):
            if reach >= 0 and unit not in self.spec.reaches[reach].places:
                return "reach"
        if host is not None:
            fields = [o.vm for o in self.machines.values()
                    if o.place == unit and o.status in ("running", "restarting", "failed")]  # fmt: skip
            if sum(self.mib(o, host) for o in [*fields, vm]) > max(host.ram_mib - host.ram_reserved_mib, 0.0):
                return "memory"
            most = math.inf if host.overcommit is None else host.cores * host.overcommit
            if host.sharing == "reserved":
                most = host.cores * host.threads_per_core
            if self.vcpus_on(unit) + vm.vcpus > most:
                return "vcpus"
        home = self.units[vm.address or unit]
        if isinstance(home, Domain) and home.addresses is not None and self.addresses_of(home.id) + 1 > home.addresses:
            return "address"
        return "group" if vm.placement and not self.group_allows(m, unit) else None

    def addresses_of(self, domain: int) -> int:
        """A VM keeps its address while it is down, waits or is off."""
        gone = ("refused", "asking")
        return sum(
            (m.vm.address or m.place or m.origin) == domain for m in self.machines.values() if m.status not in gone
        )

    def rack(self, unit: int) -> int:
        return self.around(unit, "rack") or unit

    def group_allows(self, m: Machine, unit: int) -> bool:
        """A cluster group stays in the zone where a member stands, or else where the one that asks comes from."""
        vm, group = m.vm, self.spec.placements[0]
        gone = ("refused", "asking", "off")
        others = [m for m in self.machines.values() if m.vm.placement and m.place and m.status not in gone]
        zone = self.around(unit, "zone")
        there = [m for m in others if self.around(m.place, "zone") == zone]
        if group.strategy == "cluster":
            return len(there) == len(others) if others else zone == self.around(m.origin, "zone")
        sharing = [o for o in others if unit in self.hosts and o.place in self.hosts
                   and self.rack(o.place) == self.rack(unit)]  # fmt: skip
        if group.strategy == "partition":
            return all(o.vm.partition == vm.partition for o in sharing)
        return not sharing and len(there) < group.most

    def candidates(self, m: Machine) -> list[int]:
        """Where a VM may go: provider's capacity and what no cluster restarts only home, else its zone or cluster."""
        if m.origin not in self.hosts or m.vm.recovery == "none":
            return [m.origin]
        if m.vm.recovery == "same_zone":
            return [h for h in self.hosts if self.around(h, "zone") == self.around(m.origin, "zone")]
        if not self.ha(m.origin):
            return [m.origin]
        return [h for h in self.hosts if self.cluster(h) == self.cluster(m.origin)]

    # -- what happens

    def run(self) -> dict[int, list[Step]]:
        while self.plan and min(self.plan, key=lambda row: row[0])[0] < self.spec.until_s:
            self.instant(min(row[0] for row in self.plan))
        return {vm: m.steps for vm, m in self.machines.items()}

    def instant(self, time_s: float) -> None:
        while now := [row for row in self.plan if row[0] == time_s]:
            first = min(row[1] for row in now)
            batch = [row for row in now if row[1] == first]
            self.plan = [row for row in self.plan if row not in batch]
            batch[0][3](time_s, sorted((row[2], row[4]) for row in batch))
        self.restart(time_s, [m for m in self.machines.values() if m.status == "waiting"])

    def fail(self, time_s: float, elements: list[tuple[int, int]]) -> None:
        self.failed |= {element for element, _ in elements if element in self.units}
        self.follow(time_s)
        for m in self.those(elements):
            if m.status in ("running", "restarting"):
                self.die(time_s, m, "failed")

    def recover(self, time_s: float, elements: list[tuple[int, int]]) -> None:
        self.failed -= {element for element, _ in elements}
        self.follow(time_s)
        rows = [m for m in self.those(elements) if m.status in ("failed", "lost") and m.place in self.up]
        rows = [m for m in rows if self.has_needs(m)]
        for m in rows:
            m.steps.append((time_s, "recovered", ""))
        self.come_back(time_s, rows)

    def those(self, elements: list[tuple[int, int]]) -> list[Machine]:
        named = {element for element, _ in elements}
        return [m for vm, m in self.machines.items() if vm in named]

    def follow(self, time_s: float) -> None:
        """VMs on what fell die, and those that miss something; dead ones on what is back, with all they need, boot."""
        stood = {vm: m.place in self.up and self.has_needs(m) for vm, m in self.machines.items()}
        self.up = self.who_is_up()
        back = []
        for vm, m in self.machines.items():
            stands = m.place in self.up and self.has_needs(m)
            if m.status in ("running", "restarting") and not stands:
                self.die(time_s, m, "down")
            if m.status in ("failed", "lost") and stands and not stood[vm]:
                back.append(m)
        self.come_back(time_s, back)

    def die(self, time_s: float, m: Machine, what: str) -> None:
        m.status, m.turn = "failed", m.turn + 1
        m.steps.append((time_s, what, ""))
        wait_s = m.vm.detect_s
        if m.vm.recovery == "cluster":
            wait_s = next((c.detect_s for c in self.spec.clusters if c.id == self.cluster(m.place)), wait_s)
        self.plan.append((time_s + wait_s, DETECT, m.vm.id, self.detect, m.turn))

    def detect(self, time_s: float, elements: list[tuple[int, int]]) -> None:
        rows = [self.machines[vm] for vm, turn in elements if self.machines[vm].turn == turn]
        for m in rows:
            m.steps.append((time_s, "detected", ""))
        for m in rows:
            if m.vm.recovery == "none" or (m.vm.recovery == "cluster" and not self.ha(m.place)):
                m.status, m.turn = "lost", m.turn + 1
                m.steps.append((time_s, "lost", ""))
        self.restart(time_s, [m for m in rows if m.status == "failed"])

    def restart(self, time_s: float, rows: list[Machine]) -> None:
        """What misses something waits and leaves its room; then each VM whose place is up boots there; the others look
        for a place, one after the other.
        """
        for m in rows:
            if not self.has_needs(m):
                self.wait(time_s, m, "needs")
        left = [m for m in rows if self.has_needs(m)]
        for m in left:
            if m.place in self.up:
                self.boot(time_s, m)
        self.place(time_s, [m for m in left if m.place not in self.up])

    def come_back(self, time_s: float, rows: list[Machine]) -> None:
        lost = [m for m in rows if m.status == "lost"]
        for m in rows:
            if m.status == "failed":
                self.boot(time_s, m)
        self.place(time_s, lost)

    def place(self, time_s: float, rows: list[Machine]) -> None:
        came = {m.vm.id: m.status for m in rows}
        for m in rows:
            m.status, m.place = "asking" if came[m.vm.id] != "waiting" else "waiting", 0
        for m in rows:
            status, m.status = m.status, "asking"
            why, fits = "", []
            for unit in self.candidates(m):
                if unit in self.up:
                    found = self.test(m, unit)
                    fits += [unit] if found is None else []
                    why = max(why, found or "", key=["", "reach", "memory", "vcpus", "address", "group"].index)
            m.status = status
            if not fits:
                self.wait(time_s, m, why or "down")
                continue
            m.place = m.origin = min(fits, key=self.fullness) if self.spec.policy == "spread" else fits[0]
            m.status = "restarting"
        for m in rows:
            if m.place:
                self.boot(time_s, m)

    def fullness(self, unit: int) -> float:
        host = self.hosts.get(unit)
        if host is None:
            return 0.0
        return self.vcpus_on(unit) / (host.cores * (host.threads_per_core if host.sharing == "reserved" else 1))

    def wait(self, time_s: float, m: Machine, why: str) -> None:
        m.turn, m.place, before, m.status = m.turn + 1, 0, m.status, "waiting"
        if before != "waiting":
            m.steps.append((time_s, "waiting", why))

    def boot(self, time_s: float, m: Machine) -> None:
        m.status, m.turn = "restarting", m.turn + 1
        m.steps.append((time_s, "restarting", str(m.place)))
        self.plan.append((time_s + m.vm.boot_s, BOOT, m.vm.id, self.booted, m.turn))

    def booted(self, time_s: float, elements: list[tuple[int, int]]) -> None:
        for vm, turn in elements:
            m = self.machines[vm]
            if m.turn == turn:
                m.status, m.turn = "running", m.turn + 1
                m.steps.append((time_s, "running", str(m.place)))


# -- the engine's log, in the same words

REASONS = (
    ("needs", ("it needs ",)),
    ("memory", ("memory", "MiB")),
    ("address", ("address",)),
    ("vcpus", ("vCPUs", "threads")),
    ("group", ("group",)),
    ("reach", (" does",)),
    ("down", ("down", "is up")),
)


def reason(detail: str) -> str:
    """Which test a sentence tells of."""
    for word, signs in REASONS:
        if any(detail.startswith(sign) if sign.startswith("it ") else sign in detail for sign in signs):
            return word
    return detail


def steps_of(spec: Spec) -> dict[int, list[Step]]:
    """What happened to each VM by the engine's log. A VM that waits and learns another reason waits on."""
    steps: dict[int, list[Step]] = {vm.id: [] for vm in spec.vms}
    for entry in simulate(spec).log:
        if entry.id not in steps:
            continue
        of_vm = steps[entry.id]
        if entry.what == "waiting" and of_vm and of_vm[-1][1] == "waiting":
            continue
        where = str(entry.place) if entry.what in ("restarting", "running") else ""
        of_vm.append((entry.time_s, entry.what, reason(entry.detail) if entry.what == "waiting" else where))
    return steps


def known(steps: Iterable[Step]) -> list[Step]:
    """Nothing up and nothing up in reach are told in one sentence."""
    return [(time_s, what, "down" if why == "reach" else why) for time_s, what, why in steps]


@settings(max_examples=WORLDS)
@given(st.integers(0, 2**32))
@example(0)
def test_that_vms_recover_when_and_where_an_independent_reference_says(seed: int) -> None:
    spec = world(seed)
    ours, theirs = steps_of(spec), Reference(spec).run()
    for vm in theirs:
        assert (vm, known(ours[vm])) == (vm, known(theirs[vm]))


def test_that_the_random_worlds_meet_every_case() -> None:
    met: set[str] = set()
    for seed in range(200):
        for steps in Reference(world(seed)).run().values():
            met |= {why if what == "waiting" else what for _, what, why in steps}
    assert met >= {"refused", "down", "failed", "detected", "lost", "restarting", "running", "recovered"}
    assert met >= {"needs", "down", "reach", "memory", "vcpus", "group"}
