"""Resource pools: what siblings share, level by level, beside an independent reference and by hand."""

from __future__ import annotations

import math
import os
import random
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from designer.engine import Constant, Domain, Host, Pool, Result, Simulation, Spec, TimedEvent, Vm, simulate
from designer.errors import SpecError

WORLDS = int(os.environ.get("DESIGNER_WORLDS", "20"))
FIRST, SECOND, GOLD, IRON = 1, 2, 90, 91


def vm(vm_id: int, wants: float = 1000.0, pool: int = 0, place: int = FIRST, **more: Any) -> Vm:
    """A VM of so many MHz that are all busy."""
    return Vm(vm_id, place, more.pop("vcpus", 1), wants, 1.0, Constant(1.0), f"vm-{vm_id}", pool=pool, **more)


def host(host_id: int = FIRST, mhz: float = 3000.0, **more: Any) -> Host:
    return Host(host_id, 9, 1, mhz, 2.0**20, name=f"host-{host_id}", **more)


def spec(vms: list[Vm], pools: list[Pool], *events: TimedEvent, hosts: int = 1, **more: Any) -> Spec:
    return Spec(domains=[Domain(9, 0, "zone", "zone")], hosts=[host(FIRST + n, **more) for n in range(hosts)], vms=vms,
                pools=pools, events=events, until_s=1200.0, sample_s=300.0)  # fmt: skip


def mhz(result: Result) -> Any:
    return result.vms.mean_mhz.tolist()


def test_that_a_pool_s_limit_holds_for_its_vms_together_and_throttles_what_one_could_not_have_alone() -> None:
    result = simulate(
        spec([vm(20, 1500.0, GOLD), vm(21, 1500.0, GOLD), vm(22, 1000.0)], [Pool(GOLD, limit_mhz=1200.0)])
    )
    assert mhz(result) == pytest.approx([600.0, 600.0, 1000.0])
    # Alone in its pool each would have 1200 of 1500: 300 are throttled, 600 are lost to the other.
    assert result.vms.throttled.tolist() == pytest.approx([0.2, 0.2, 0.0])
    assert result.vms.steal.tolist() == pytest.approx([0.4, 0.4, 0.0])
    assert result.used[0, 0] == pytest.approx(2200 / 3000)


def test_that_a_reservation_of_a_pool_is_shared_by_its_vms() -> None:
    pools = [Pool(GOLD, shares=1.0, reservation_mhz=2000.0), Pool(IRON, shares=99.0)]
    vms = [vm(20, 3000.0, GOLD, shares=3000.0), vm(21, 3000.0, GOLD, shares=1000.0), vm(22, 3000.0, IRON)]
    assert mhz(simulate(spec(vms, pools))) == pytest.approx([1500.0, 500.0, 1000.0])


def test_that_a_reservation_of_a_vm_lifts_its_pool() -> None:
    pools = [Pool(GOLD, shares=1000.0), Pool(IRON, shares=2000.0)]
    vms = [vm(20, 3000.0, GOLD, reservation_mhz=1500.0), vm(21, 3000.0, GOLD), vm(22, 3000.0, IRON)]
    assert mhz(simulate(spec(vms, pools))) == pytest.approx([1500.0, 0.0, 1500.0])


def test_that_pools_nest() -> None:
    pools = [Pool(92, IRON, 3000.0), Pool(GOLD, 0, 4000.0), Pool(IRON, 0, 8000.0), Pool(93, IRON, 1000.0)]
    vms = [vm(20, 3000.0, GOLD), vm(21, 3000.0, 92), vm(22, 3000.0, 93)]
    assert mhz(simulate(spec(vms, pools))) == pytest.approx([1000.0, 1500.0, 500.0])


def test_that_a_pool_over_two_hosts_is_divided_by_the_vcpus_of_its_running_vms() -> None:
    pools = [Pool(GOLD, limit_mhz=1500.0)]
    vms = [vm(20, 1000.0, GOLD, vcpus=2), vm(21, 2000.0, GOLD, SECOND)]
    result = simulate(spec(vms, pools, hosts=2))
    assert mhz(result) == pytest.approx([1000.0, 500.0])


def test_that_the_part_on_one_host_changes_when_a_vm_on_another_fails() -> None:
    pools = [Pool(GOLD, limit_mhz=1500.0)]
    vms = [vm(20, 1000.0, GOLD, vcpus=2), vm(21, 2000.0, GOLD, SECOND), vm(22, 3000.0)]
    whole = spec(vms, pools, TimedEvent(450.0, "fail", SECOND), hosts=2)
    run = Simulation(whole)
    run.advance(200.0)
    assert run.moment().used[:2].tolist() == pytest.approx([0.5, 0.25])
    run.advance(500.0)
    assert run.moment().used[0] == pytest.approx(0.75)
    assert run.moment(200.0).used[:2].tolist() == pytest.approx([0.5, 0.25])
    run.advance(1200.0)
    result = run.result()
    assert result.vms.mean_mhz[0] == pytest.approx((450 * 1000 + 750 * 1500) / 1200)
    assert result.digest() == simulate(whole).digest()
    assert (
        run.branch(600.0).result().store.arrays["allocated"][0].tolist() == result.store.arrays["allocated"][0].tolist()
    )


@pytest.mark.parametrize("sharing", ["reserved", "proportional", "max_min"])
def test_that_pools_do_nothing_where_vms_do_not_share_by_weight(sharing: Any) -> None:
    vms = [vm(20, 3000.0, GOLD), vm(21, 3000.0, vcpus=1)]
    one, other = (simulate(spec(vms, [pool], sharing=sharing, threads_per_core=2)) for pool in
                  (Pool(GOLD), Pool(GOLD, shares=1.0, limit_mhz=10.0)))  # fmt: skip
    assert mhz(one) == mhz(other)


@pytest.mark.parametrize(
    ("pools", "said"),
    [
        ([Pool(GOLD, 77, name="gold")], "Resource pool gold is in 77, which is not there"),
        ([Pool(GOLD, IRON, name="gold"), Pool(IRON, GOLD)], "Resource pool gold is in itself"),
        ([Pool(GOLD, shares=0.0, name="gold")], "Resource pool gold: shares must be above 0"),
        ([Pool(GOLD, reservation_mhz=2.0, limit_mhz=1.0, name="gold")], "Resource pool gold reserves 2 MHz"),
        ([Pool(GOLD, limit_mhz=math.nan, name="gold")], "Resource pool gold: its CPU limit must be above 0"),
        ([Pool(IRON)], "VM vm-20 is in the resource pool 90, which is not there"),
    ],
)
def test_that_pools_without_meaning_are_refused(pools: list[Pool], said: str) -> None:
    with pytest.raises(SpecError, match=said):
        simulate(spec([vm(20, 1.0, GOLD)], pools))


@dataclass
class Node:
    """A VM or pool of the reference."""

    weight: float
    floor: float
    limit: float
    wants: float = 0.0
    inside: list[Node] = field(default_factory=list)
    got: float = 0.0

    def asks(self) -> float:
        """What it can use."""
        whole = sum(node.asks() for node in self.inside) if self.inside else self.wants
        return min(whole, self.limit)

    def holds(self) -> float:
        """Its floor: its own or those in it, as far as it can use it."""
        return min(max(self.floor, sum(node.holds() for node in self.inside)), self.asks())

    def give(self, amount: float) -> None:
        """Give an amount to those in it, at one level that is found by bisection."""
        self.got = amount
        if not self.inside:
            return

        def at(level: float) -> list[float]:
            return [min(max(level * node.weight, node.holds()), node.asks()) for node in self.inside]

        low, high = 0.0, max(node.asks() / node.weight for node in self.inside)
        floors = sum(at(0.0))
        if floors > amount:
            for node in self.inside:
                node.give(node.holds() * amount / floors)
            return
        for _ in range(200):
            middle = (low + high) / 2
            low, high = (low, middle) if sum(at(middle)) > amount else (middle, high)
        for node, got in zip(self.inside, at(high), strict=True):
            node.give(got)


@settings(max_examples=WORLDS)
@given(seed=st.integers(0, 2**31))
def test_that_nested_sharing_agrees_with_the_reference(seed: int) -> None:
    r = random.Random(seed)
    nodes = {0: Node(1.0, 0.0, math.inf)}
    pools: list[Pool] = []
    for n in range(r.randint(1, 5)):
        above = r.choice([0, *(pool.id for pool in pools)])
        floor, limit = r.choice([0.0, r.uniform(0, 900)]), r.choice([math.inf, r.uniform(900, 3000)])
        pools.append(Pool(GOLD + n, above, r.choice([500.0, 4000.0]), floor, limit))
        nodes[GOLD + n] = Node(pools[-1].shares, floor, limit)
        nodes[above].inside.append(nodes[GOLD + n])
    vms: list[Vm] = []
    leaves: list[Node] = []
    for n in range(r.randint(1, 8)):
        pool, wants, shares = r.choice([0, *(pool.id for pool in pools)]), r.uniform(10, 2000), r.uniform(100, 3000)
        floor = r.choice([0.0, r.random() * min(wants, 300.0)])
        vms.append(vm(200 + n, wants, pool, shares=shares, reservation_mhz=floor))
        leaves.append(Node(shares, floor, math.inf, wants))
        nodes[pool].inside.append(leaves[-1])
    for node in nodes.values():
        node.inside = [inner for inner in node.inside if inner.asks() > 0.0]
    nodes[0].give(min(nodes[0].asks(), 3000.0))
    result = simulate(spec(vms, r.sample(pools, len(pools))))
    assert mhz(result) == pytest.approx([leaf.got for leaf in leaves], rel=1e-7, abs=1e-6)
    assert result.vms.mean_mhz.sum() == pytest.approx(min(nodes[0].asks(), 3000.0), rel=1e-9)
