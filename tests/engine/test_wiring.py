"""Reachable is not powered: what a lost switch, router or link cuts off runs on, and comes back without a boot."""

from __future__ import annotations

import os
import random
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from designer.engine import Constant, Domain, Flow, Host, Service, Simulation, Spec, TimedEvent, Vm, simulate
from designer.engine.result.result import Result
from designer.engine.spec.records import Limit
from designer.engine.tables.tabulate import tabulate
from designer.engine.wiring.wires import Wires
from designer.errors import SpecError

WORLDS = int(os.environ.get("DESIGNER_WORLDS", "40"))
REGION, ZONE, RACK, SWITCH_A, SWITCH_B, HOST, OTHER, SHOP = 1, 2, 3, 4, 5, 11, 12, 50
HARDWARE: dict[str, Any] = {"cores": 2, "mhz": 1000.0, "ram_mib": 4096.0, "power_w": (100.0, 200.0)}


def event(time_s: float, what: Any, element: int) -> TimedEvent:
    return TimedEvent(time_s, what, element)


def rack(*events: TimedEvent) -> Spec:
    """A rack on two switches that stand in it, with one host; a second host beside it."""
    return Spec(
        domains=[
            Domain(REGION, 0, "region", "region"),
            Domain(ZONE, REGION, "zone", "zone"),
            Domain(RACK, ZONE, "rack", "rack", network=((SWITCH_A, SWITCH_B),)),
            Domain(SWITCH_A, RACK, "switch", "sw-a"),
            Domain(SWITCH_B, RACK, "switch", "sw-b"),
        ],
        hosts=[Host(HOST, RACK, name="h1", **HARDWARE), Host(OTHER, ZONE, name="h2", **HARDWARE)],
        vms=[
            Vm(21, HOST, 1, 1000.0, 512.0, Constant(0.5), "batch", recovery="same_zone"),
            Vm(22, HOST, 1, 1000.0, 512.0, name="web-1", service=SHOP, recovery="same_zone"),
            Vm(23, OTHER, 1, 1000.0, 512.0, name="web-2", service=SHOP),
        ],
        services=[Service(SHOP, Constant(10.0), 50.0, "shop", health_check_s=60.0)],
        events=events,
        until_s=3600.0,
        sample_s=300.0,
    )


CUT = (event(600.0, "fail", SWITCH_A), event(900.0, "fail", SWITCH_B), event(1800.0, "recover", SWITCH_B))


def told(result: Result) -> list[tuple[float, str, int, str]]:
    return [(e.time_s, e.what, e.id, e.detail) for e in result.log]


def test_that_what_the_last_switch_cuts_off_runs_on_and_comes_back_without_a_boot() -> None:
    result = simulate(rack(*CUT))
    why = "sw-a, sw-b are down"
    assert told(result) == [
        (600.0, "failed", SWITCH_A, ""),
        (900.0, "failed", SWITCH_B, ""),
        (900.0, "unreached", HOST, why),
        (900.0, "unreached", 21, why),
        (900.0, "unreached", 22, why),
        (900.0, "dropping", SHOP, ""),
        (960.0, "noticed", 22, ""),
        (960.0, "served", SHOP, ""),
        (1800.0, "recovered", SWITCH_B, ""),
        (1800.0, "reached", HOST, ""),
        (1800.0, "reached", 21, ""),
        (1800.0, "reached", 22, ""),
    ]
    assert result.counts[:, 0].tolist() == [3.0] * 12
    # 21 asks for a quarter of the host, its member of the service for an eighth while requests arrive
    watts = [100.0 + 100.0 * part for part in (0.375, 0.25)]
    assert result.power_w[:, 0].tolist() == pytest.approx([watts[0]] * 3 + [watts[1]] * 3 + [watts[0]] * 6)
    assert result.vms.mean_mhz[0] == pytest.approx(500.0)
    assert [e.value for e in result.log if e.what == "dropping"] == [5.0]


def test_that_requests_go_to_the_member_that_is_reached() -> None:
    result = simulate(rack(*CUT))
    served = result.served_rps[:, 0].tolist()
    assert served == pytest.approx([10.0] * 3 + [10.0 - 5.0 * 60 / 300] + [10.0] * 8)


def test_that_power_and_network_are_two_things() -> None:
    result = simulate(rack(*CUT[:2], event(1200.0, "fail", RACK), event(1500.0, "recover", RACK)))
    after = [(e.time_s, e.what, e.id) for e in result.log if e.time_s >= 1200.0 and e.id in (HOST, 21)]
    # without power the VM dies; with power its host is cut off again, so nobody moves or reaches it, but it boots
    assert after[:2] == [(1200.0, "down", 21), (1260.0, "detected", 21)]
    assert result.log[-1].time_s < 1800.0
    assert result.power_w[4, 0] == 0.0


def test_that_an_uplink_in_the_same_rack_as_what_it_connects_is_no_circle() -> None:
    spine, leaf, other_leaf, rack_b = 4, 5, 6, 7
    domains = [
        Domain(REGION, 0, "region"), Domain(ZONE, REGION, "zone"), Domain(RACK, ZONE, "rack", network=((leaf,),)),
        Domain(spine, RACK, "switch", "spine"), Domain(leaf, RACK, "switch", "leaf-a", network=((spine,),)),
        Domain(rack_b, ZONE, "rack", network=((other_leaf,),)),
        Domain(other_leaf, rack_b, "switch", "leaf-b", network=((spine,),)),
    ]  # fmt: skip
    hosts = [Host(HOST, RACK, **HARDWARE), Host(OTHER, rack_b, **HARDWARE), Host(13, RACK, **HARDWARE)]
    tables = tabulate(Spec(domains, hosts))
    wires = Wires(tables.wiring, tables.hosts)  # type: ignore[arg-type]
    up = np.ones(tables.unit_ids.size, np.bool_)
    assert wires.look(up, np.full(up.size, -1)).all()
    up[tables.unit_of(spine)] = False
    wires.forget()
    assert np.flatnonzero(~wires.look(up, np.full(up.size, -1))[:3]).tolist() == [0, 1, 2]
    # each rack still has its leaf: its hosts reach each other, not those of the other rack
    assert wires.same(np.array([0, 0]), np.array([2, 1])).tolist() == [True, False]
    assert wires.cut_at(1, up) == [tables.unit_of(spine)]


def stored(connected: bool) -> Spec:
    """A VM with its disk on an array; the array and the host each on a switch of their own."""
    domains = [
        Domain(REGION, 0, "region"), Domain(ZONE, REGION, "zone", "zone"),
        Domain(4, ZONE, "switch", "san"), Domain(5, ZONE, "switch", "lan"),
        Domain(6, ZONE, "storage_array", "array", network=((4,),) if connected else ()),
        Domain(7, ZONE, "datastore", "ds", feeds=((6,),), network=((6,),) if connected else ()),
        Domain(8, 7, "volume", "disk"),
    ]  # fmt: skip
    host = Host(HOST, ZONE, name="h1", network=((5,),), **HARDWARE)
    vm = Vm(21, HOST, 1, 1000.0, 512.0, Constant(0.5), "db", needs=((8,),))
    events = (event(600.0, "fail", 4), event(1200.0, "recover", 4))
    return Spec(domains, [host], [vm], events=events, until_s=1800.0, sample_s=300.0)


def test_that_a_vm_that_does_not_reach_its_disk_waits_and_goes_on_when_it_does() -> None:
    result = simulate(stored(connected=True))
    assert told(result) == [
        (600.0, "failed", 4, ""),
        (600.0, "unreached", 21, "it does not reach disk"),
        (1200.0, "recovered", 4, ""),
        (1200.0, "reached", 21, ""),
    ]
    assert result.power_w[:, 0].tolist() == pytest.approx([125.0, 125.0, 100.0, 100.0, 125.0, 125.0])
    assert [e.what for e in simulate(stored(connected=False)).log] == ["failed", "recovered"]


def linked(*events: TimedEvent) -> Spec:
    """Three zones in a row, joined by two links; a VM in the first sends to one in the second."""
    domains = [Domain(REGION, 0, "region"), *(Domain(2 + n, REGION, "zone", "abc"[n]) for n in range(3))]
    domains += [Domain(8, 0, "link", "a – b", ends=(2, 3)), Domain(9, 0, "link", "b – c", ends=(3, 4))]
    hosts = [Host(11 + n, 2 + n, **HARDWARE) for n in range(3)]
    vms = [Vm(21 + n, 11 + n, 1, 1000.0, 512.0, Constant(0.5)) for n in range(3)]
    flows, limits = [Flow(21, 100.0, 22)], [Limit(8, "mbps", 1000.0, between=(2, 3))]
    return Spec(domains, hosts, vms, flows=flows, limits=limits, events=events, until_s=1200.0, sample_s=300.0)


def test_that_a_link_between_zones_that_is_cut_carries_nothing_and_is_mended() -> None:
    whole, cut = simulate(linked()), simulate(linked(event(300.0, "fail", 8), event(600.0, "recover", 8)))
    assert [(e.time_s, e.what, e.id) for e in cut.log] == [(300.0, "failed", 8), (600.0, "recovered", 8)]
    sent = [result.store.arrays["limit_used"][:, 0] / 300.0 for result in (whole, cut)]
    assert sent[0].tolist() == pytest.approx([100.0] * 4)
    assert sent[1].tolist() == pytest.approx([100.0, 0.0, 100.0, 100.0])


@pytest.mark.parametrize("wrong", [(2,), (2, 2), (2, 99)])
def test_that_a_link_that_does_not_join_two_places_is_refused(wrong: tuple[int, ...]) -> None:
    with pytest.raises(SpecError, match="must join two places"):
        simulate(Spec([Domain(2, 0, "zone"), Domain(8, 0, "link", "a – b", ends=wrong)]))
    with pytest.raises(SpecError, match="connected by 99, which is not there"):
        simulate(Spec([Domain(2, 0, "zone", "zone", network=((99,),))]))


def test_that_a_database_moves_to_a_standby_that_is_reached() -> None:
    domains = [
        Domain(REGION, 0, "region"), Domain(2, REGION, "zone"), Domain(3, REGION, "zone"),
        Domain(4, 2, "subnet", "net-a", network=((6,),)), Domain(5, 3, "subnet", "net-b"),
        Domain(6, REGION, "firewall", "fw"), Domain(7, REGION, "database", "db", replicas=(4, 5), failover_s=90.0),
    ]  # fmt: skip
    service = Service(SHOP, Constant(10.0), 50.0, "shop", through=((7,),))
    vm = Vm(21, 5, 1, 1000.0, 512.0, service=SHOP)
    events = [event(300.0, "fail", 6), event(900.0, "recover", 6)]
    result = simulate(Spec(domains, [], [vm], [service], events=events, until_s=1200.0, sample_s=300.0))
    assert [(e.time_s, e.what, e.id) for e in result.log] == [
        (300.0, "failed", 6), (300.0, "moving", 7), (300.0, "dropping", SHOP), (390.0, "moved", 7),
        (390.0, "served", SHOP), (900.0, "recovered", 6),
    ]  # fmt: skip


# -- a slow, plain reference


def network(seed: int) -> tuple[Spec, list[int]]:
    """Racks, zones, hosts and stores on random devices that stand anywhere, links between zones; what is down."""
    r = random.Random(seed)
    zones = [Domain(2 + n, REGION, "zone") for n in range(r.randint(1, 4))]
    racks = [Domain(10 + n, r.choice(zones).id, "rack") for n in range(r.randint(0, 4))]
    devices = [
        Domain(
            20 + n, r.choice([REGION, *(p.id for p in (*zones, *racks))]), r.choice(["switch", "router", "firewall"])
        )
        for n in range(r.randint(1, 6))
    ]

    def on(chance: float, some: list[int]) -> Any:
        if not some or r.random() > chance:
            return ()
        return tuple(tuple(r.sample(some, r.randint(1, min(2, len(some))))) for _ in range(r.choice([1, 1, 2])))

    ids = [d.id for d in devices]
    devices = [Domain(d.id, d.parent, d.kind, network=on(0.4, ids[n + 1 :])) for n, d in enumerate(devices)]
    racks = [Domain(d.id, d.parent, d.kind, network=on(0.7, ids)) for d in racks]
    zones = [Domain(d.id, d.parent, d.kind, network=on(0.3, ids)) for d in zones]
    arrays = [Domain(40 + n, r.choice(zones).id, "storage_array", network=on(0.6, ids)) for n in range(2)]
    store = Domain(50, zones[0].id, "datastore", network=((40, 41),))
    volume = Domain(51, 50, "volume")
    links = [
        Domain(60 + n, 0, "link", ends=(zones[n].id, zones[n + 1].id))
        for n in range(len(zones) - 1)
        if r.random() < 0.7
    ]
    hosts = [
        Host(100 + n, r.choice([*zones, *racks]).id, network=on(0.4, ids), **HARDWARE) for n in range(r.randint(1, 6))
    ]
    domains = [Domain(REGION, 0, "region"), *zones, *racks, *devices, *arrays, store, volume, *links]
    return Spec(domains, hosts), [d.id for d in (*devices, *arrays, *links, *hosts) if r.random() < 0.35]


class Plain:
    """Who reaches whom, asked one by one: paths over what carries traffic, looked for from each end anew."""

    CARRY = ("region", "zone", "rack", "switch", "router", "firewall")

    def __init__(self, spec: Spec, down: list[int]) -> None:
        self.rows: dict[int, Any] = {row.id: row for row in (*spec.domains, *spec.hosts)}
        self.down = set(down)
        self.links = [d for d in spec.domains if d.ends]

    def up(self, i: int) -> bool:
        return i == 0 or (i not in self.down and self.up(self.rows[i].parent))

    def carries(self, i: int) -> bool:
        row = self.rows[i]
        return isinstance(row, Domain) and row.kind in self.CARRY

    def depends(self, i: int) -> set[int]:
        found: set[int] = set()
        new = {i}
        while new:
            new = {d for n in new for group in self.rows[n].network for d in group} - found
            found |= new
        return found

    def zones(self, first: int, all_links: bool) -> set[int]:
        found = {first}
        while True:
            more = {
                e for link in self.links if all_links or self.up(link.id) if set(link.ends) & found for e in link.ends
            }
            if more <= found:
                return found
            found |= more

    def above(self, i: int, split: bool) -> set[int]:
        """What a thing hangs on directly; 0: the outside."""
        row = self.rows[i]
        if split and any(i in link.ends for link in self.links):
            together, now = self.zones(i, True), self.zones(i, False)
            if min(together) not in now:
                return {min(now)} - {i}
        if row.network:
            if not all(any(self.up(d) for d in group) for group in row.network):
                return set()
            return {d for group in row.network for d in group if self.up(d)}
        parent = row.parent
        while parent and i in self.depends(parent):
            parent = self.rows[parent].parent
        return {parent}

    def group(self, i: int, split: bool = False) -> frozenset[int]:
        """All that carries traffic and is joined with a thing, the outside (0) among it."""
        if not self.carries(i):
            options = [self.group(a, split) if a else self.outside(split) for a in sorted(self.above(i, split))]
            best = [o for o in options if 0 in o] or sorted(options, key=self.rank)
            return best[0] if best else frozenset({i})
        return self.walk({i}, split)

    def rank(self, group: frozenset[int]) -> int:
        order = list(self.rows)
        return min(order.index(i) for i in group if i)

    def outside(self, split: bool) -> frozenset[int]:
        return self.walk({0}, split)

    def walk(self, found: set[int], split: bool) -> frozenset[int]:
        edges = [
            (i, a) for i in self.rows if self.carries(i) for a in self.above(i, split) if a == 0 or self.carries(a)
        ]
        while more := {b for pair in edges for a, b in (pair, pair[::-1]) if a in found} - found:
            found = found | more
        return frozenset(found)


@settings(max_examples=WORLDS, deadline=None)
@given(st.integers(0, 2**32))
def test_that_random_networks_are_cut_as_a_plain_search_for_paths_says(seed: int) -> None:
    spec, down = network(seed)
    tables = tabulate(spec)
    if tables.wiring is None:
        return
    plain, wires = Plain(spec, down), Wires(tables.wiring, tables.hosts)
    ids = tables.unit_ids.tolist()
    up = np.array([plain.up(i) for i in ids])
    reached = wires.look(up, np.full(up.size, -1))
    assert {i for i, yes in zip(ids, reached) if yes} == {i for i in ids if plain.up(i) and 0 in plain.group(i)}
    hosts = np.arange(tables.hosts)
    ways = [plain.group(host.id, split=True) for host in spec.hosts]
    for a in hosts.tolist():
        same = wires.same(np.full(hosts.size, a), hosts).tolist()
        assert same == [ways[a] == ways[b] for b in hosts.tolist()]


def test_that_a_run_that_is_cut_off_does_not_depend_on_how_it_is_sliced_or_branched() -> None:
    whole = simulate(rack(*CUT))
    run = Simulation(rack())
    for step, planned in ((450.0, CUT[:1]), (899.0, CUT[1:]), (1700.0, ()), (3600.0, ())):
        for one in planned:
            run.inject(one)
        run.advance(step)
    assert run.result().digest() == whole.digest()
    branch = run.branch(1000.0)
    branch.inject(event(1800.0, "recover", SWITCH_B))
    branch.advance(3600.0)
    assert branch.result().digest() == whole.digest()
    past = run.moment(1200.0)
    assert past.heat[:3].tolist() == pytest.approx([0.5, 0.0, 0.5])
