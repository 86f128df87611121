"""Affinity rules, pins and placement policies: which host takes a VM that a run places; small worlds by hand."""

from __future__ import annotations

import itertools
import random
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from designer.engine import (
    Affinity,
    Constant,
    Domain,
    Group,
    Host,
    Reach,
    Result,
    Simulation,
    Spec,
    TimedEvent,
    Vm,
    simulate,
)
from designer.engine.spec.affinity import contradiction
from designer.engine.state.state import RESTARTING, RUNNING
from designer.errors import SpecError
from tests.engine.random_world import random_world
from tests.steps import steps

GIB, ZONE, RACK, OTHER_RACK, FIRST = 1024.0, 1, 2, 3, 10
RULE, NEXT_RULE = 60, 61


def host(n: int, parent: int = ZONE, **more: Any) -> Host:
    given = {"cores": 8, "mhz": 1000.0, "ram_mib": 32 * GIB, **more}
    return Host(FIRST + n, parent, name=f"h{n}", **given)


def vm(n: int, place: int, **more: Any) -> Vm:
    given = {"vcpus": 1, "mhz": 1000.0, "ram_mib": GIB, "recovery": "same_zone", "boot_s": 30.0, **more}
    return Vm(30 + n, FIRST + place, demand=Constant(0.5), name=f"vm-{n}", **given)


def world(hosts: list[Host], vms: list[Vm], *rules: Affinity, **more: Any) -> Spec:
    domains = [Domain(ZONE, 0, "zone", "z"), Domain(RACK, ZONE, "rack", "r-1"), Domain(OTHER_RACK, ZONE, "rack", "r-2")]
    return Spec(domains, hosts, vms, affinities=rules, until_s=1200.0, sample_s=600.0, **more)


def failing(spec: Spec, *elements: int) -> Result:
    return simulate(spec.with_events([TimedEvent(100.0, "fail", element) for element in elements]))


def told(result: Result, *whats: str) -> list[tuple[str, int, int, str]]:
    return [(e.what, e.id, e.place, e.detail) for e in result.log if e.what in (whats or ("restarting", "waiting"))]


def where(result: Result) -> list[int]:
    """The host to which each VM was placed, in order; 0: it waits."""
    return [place - FIRST if place else -1 for _, _, place, _ in told(result)]


# -- policies: hosts with 32 GiB and 8 cores of which 4, 24 and 14 GiB and 5, 1 and 4 vCPUs are taken


TAKEN = ((1, 4.0, 5), (2, 24.0, 1), (3, 14.0, 4))


def filled(policy: Any, **more: Any) -> Spec:
    vms = [vm(n, n, ram_mib=gib * GIB, vcpus=vcpus, recovery="none") for n, gib, vcpus in TAKEN]
    return world([host(n) for n in range(4)], [vm(0, 0), *vms], policy=policy, **more)


@pytest.mark.parametrize(
    ("policy", "taker"),
    [
        ("first_fit", 1),
        ("best_fit", 3),  # 4 / 8 + 14 / 32 = 0.94; the others have 0.75 and 0.875 taken
        ("worst_fit", 1),
        ("spread", 2),  # 1 vCPU on 8 cores
        ("most_free_memory", 1),  # 28 GiB
        ("weighed", 1),  # 28 / 28 + 3 / 7 = 1.43; the third has 18 / 28 + 4 / 7 = 1.21
    ],
)
def test_that_each_policy_takes_the_host_that_it_says(policy: Any, taker: int) -> None:
    assert told(failing(filled(policy), FIRST)) == [("restarting", 30, FIRST + taker, "")]


def test_that_weighing_measures_free_memory_and_vcpus_by_the_most_that_any_has() -> None:
    free = ((8.0, 20), (16.0, 4), (4.0, 28), (12.0, 12))
    hosts = [host(n + 1, ram_mib=gib * GIB, cores=vcpus, overcommit=1.0) for n, (gib, vcpus) in enumerate(free)]
    hosts.insert(0, host(0))
    order = []
    while len(hosts) > 1:
        result = failing(world(hosts, [vm(0, 0, ram_mib=1.0)], policy="weighed"), FIRST)
        order.append(where(result)[0])
        hosts = [row for row in hosts if row.id != FIRST + order[-1]]
    # 0.5 + 0.714, 1 + 0.143, 0.25 + 1, 0.75 + 0.429: scaled from zero, not from the smallest (OpenStack)
    assert order == [3, 1, 4, 2]


def test_that_policies_deal_many_vms_as_they_are_told() -> None:
    many = [vm(n, 0, ram_mib=10 * GIB, vcpus=1) for n in range(3)]
    hosts = [host(n) for n in range(4)]
    assert where(failing(world(hosts, many, policy="best_fit"), FIRST)) == [1, 1, 1]
    assert where(failing(world(hosts, many, policy="worst_fit"), FIRST)) == [1, 2, 3]
    assert where(failing(world(hosts, many, policy="most_free_memory"), FIRST)) == [1, 2, 3]


# -- affinity rules


def apart(*vms: int, level: Any = "host", strict: bool = True, rule: int = RULE) -> Affinity:
    return Affinity(rule, tuple(30 + n for n in vms), "apart", level, strict, "apart")


def together(*vms: int, level: Any = "host", strict: bool = True, rule: int = NEXT_RULE) -> Affinity:
    return Affinity(rule, tuple(30 + n for n in vms), "together", level, strict, "together")


def test_that_vms_kept_apart_restart_on_hosts_of_their_own_and_the_last_waits() -> None:
    hosts = [host(n) for n in range(4)]
    vms = [vm(0, 0), vm(1, 1), vm(2, 2)]
    result = failing(world(hosts, vms, apart(0, 1, 2)), FIRST, FIRST + 1)
    assert told(result) == [
        ("restarting", 30, FIRST + 3, ""),
        ("waiting", 31, 0, "apart allows no host in z with room"),
    ]


def test_that_one_that_waits_for_a_rule_is_placed_when_the_rule_allows_it() -> None:
    vms = [vm(0, 0), vm(1, 1), vm(2, 2, recovery="none")]
    spec = world([host(n) for n in range(3)], vms, apart(0, 1, 2), together(1, 2, level="zone"))
    events = [TimedEvent(100.0, "fail", FIRST), TimedEvent(400.0, "fail", 32), TimedEvent(700.0, "recover", FIRST)]
    result = simulate(spec.with_events(events))
    # vm-2 may come back by hand where it was lost, so its host is not free for vm-0
    assert [(e.time_s, e.what, e.place, e.detail) for e in result.log if e.id == 30][2:] == [
        (160.0, "waiting", 0, "apart allows no host in z with room"),
        (700.0, "restarting", FIRST, ""),
        (730.0, "running", FIRST, ""),
    ]


def test_that_vms_kept_together_wait_for_the_first_of_them() -> None:
    vms = [vm(0, 0, ram_mib=20 * GIB, detect_s=300.0), vm(1, 0)]
    spec = world([host(n) for n in range(3)], vms, together(0, 1), policy="first_fit")
    result = failing(spec, FIRST)
    # until 400 vm-0 is not known to be dead: where it stands, vm-1 must stand, and that host is down
    assert [(e.time_s, e.what, e.id, e.place) for e in result.log if e.what in ("waiting", "restarting")] == [
        (160.0, "waiting", 31, 0),
        (400.0, "restarting", 30, FIRST + 1),
        (400.0, "restarting", 31, FIRST + 1),
    ]


def test_that_a_soft_rule_gives_way_and_spreads_as_evenly_as_it_can() -> None:
    vms = [vm(n, 0) for n in range(5)]
    hosts = [host(n) for n in range(5)]
    soft = failing(world(hosts, vms, apart(0, 1, 2, 3, 4, strict=False), policy="best_fit"), FIRST)
    assert sorted(np.bincount(where(soft), minlength=5)[1:].tolist()) == [1, 1, 1, 2]
    strict = world(hosts, [vm(n, n) for n in range(5)], apart(0, 1, 2, 3, 4))
    assert told(failing(strict, FIRST)) == [("waiting", 30, 0, "apart allows no host in z with room")]


def test_that_first_fit_too_asks_soft_rules() -> None:
    vms = [vm(0, 0), vm(1, 1)]
    spec = world([host(n) for n in range(3)], vms, apart(0, 1, strict=False), policy="first_fit")
    assert where(failing(spec, FIRST)) == [2]
    assert where(failing(replace(spec, affinities=()), FIRST)) == [1]
    near = replace(spec, affinities=[together(0, 1, strict=False)], vms=[vm(0, 0), vm(1, 2)])
    assert where(failing(near, FIRST)) == [2]


def test_that_vms_kept_together_go_to_one_host_even_where_another_policy_would_part_them() -> None:
    vms = [vm(0, 0, ram_mib=12 * GIB), vm(1, 0, ram_mib=12 * GIB)]
    hosts = [host(0), host(1), host(2)]
    assert where(failing(world(hosts, vms, policy="worst_fit"), FIRST)) == [1, 2]
    assert where(failing(world(hosts, vms, together(0, 1), policy="worst_fit"), FIRST)) == [1, 1]
    small = [host(0), host(1, ram_mib=16 * GIB), host(2, ram_mib=16 * GIB)]
    assert told(failing(world(small, vms, together(0, 1)), FIRST)) == [
        ("restarting", 30, FIRST + 1, ""),
        ("waiting", 31, 0, "together allows no host in z with room"),
    ]


def test_that_racks_count_and_a_host_outside_of_racks_is_one() -> None:
    hosts = [host(0, RACK), host(1, RACK), host(2, OTHER_RACK), host(3)]
    vms = [vm(0, 0), vm(1, 2)]
    spec = world(hosts, vms, apart(0, 1, level="rack"), policy="first_fit")
    assert where(failing(spec, FIRST)) == [1]
    assert where(failing(spec, RACK)) == [3]
    same = world(hosts, [vm(0, 0), vm(1, 1)], together(0, 1, level="rack"), policy="first_fit")
    assert where(failing(same, FIRST)) == [1]


def test_that_what_breaks_a_strict_rule_at_the_start_is_refused_by_name() -> None:
    result = simulate(world([host(0), host(1)], [vm(0, 0), vm(1, 0)], apart(0, 1)))
    assert told(result, "refused") == [("refused", 31, FIRST, "h0 is not where apart allows it")]
    result = simulate(world([host(0), host(1)], [vm(0, 0), vm(1, 1)], together(0, 1)))
    assert told(result, "refused") == [("refused", 31, FIRST + 1, "h1 is not where together allows it")]
    soft = simulate(world([host(0)], [vm(0, 0), vm(1, 0)], apart(0, 1, strict=False)))
    assert told(soft, "refused") == []


def test_that_zones_part_what_stands_on_rented_capacity() -> None:
    domains = [Domain(1, 0, "zone", "a"), Domain(2, 0, "zone", "b")]
    vms = [Vm(30 + n, place, 1, 1000.0, GIB, name=f"vm-{n}") for n, place in enumerate((1, 2, 1))]
    rule = Affinity(RULE, (30, 31, 32), "apart", "zone", name="zones")
    result = simulate(Spec(domains, vms=vms, affinities=[rule], until_s=600.0))
    assert told(result, "refused") == [("refused", 32, 1, "a is not where zones allows it")]


def test_that_instances_of_a_group_have_the_rules_of_its_template() -> None:
    domains = [Domain(1, 0, "zone", "a"), Domain(2, 0, "zone", "b"), Domain(3, 1, "subnet"), Domain(4, 2, "subnet")]
    template = Vm(50, 3, 1, 1000.0, GIB, name="t", boot_s=30.0)
    rule = Affinity(RULE, (50,), "apart", "zone", name="one a zone")
    group = Group(40, 1, 3, 3, (3, 4), template, "g")
    result = simulate(Spec(domains, groups=[group], affinities=[rule], until_s=600.0))
    assert [e.place for e in result.log if e.what == "launched"] == [3, 4]
    assert [e.detail for e in result.log if e.what == "waiting"] == ["one a zone allows no more in its subnets"]


# -- contradictions and refusals


LEVELS = ("host", "rack", "zone")


@pytest.mark.parametrize(("near", "far"), [*itertools.product(LEVELS, LEVELS)])
def test_that_together_and_apart_contradict_at_the_same_or_a_coarser_level(near: Any, far: Any) -> None:
    rules = [together(0, 1, level=near), apart(1, 0, 2, level=far)]
    found = contradiction(rules, {}, lambda vm: f"vm-{vm - 30}")
    if LEVELS.index(far) >= LEVELS.index(near):
        said = f"apart keeps vm-1 and vm-0 apart by {far}, and together keeps them together by {near}"
        assert found == (said, RULE)
        with pytest.raises(SpecError, match=said):
            simulate(world([host(0)], [vm(n, 0) for n in range(3)], *rules))
    else:
        assert found is None
    assert contradiction([replace(rules[0], strict=False), rules[1]], {}, str) is None


def test_that_a_chain_of_rules_contradicts_as_one() -> None:
    rules = [together(0, 1), together(1, 2, level="rack", rule=62), apart(0, 2, level="zone")]
    found = contradiction(rules, {}, str)
    assert found is not None
    assert contradiction([rules[0], rules[1], apart(0, 2)], {}, str) is None


def test_that_pins_contradict_rules() -> None:
    assert contradiction([together(0, 1)], {30: [10], 31: [11]}, str) == (
        "together keeps 30 and 31 on one host, and they are pinned to different ones", NEXT_RULE,
    )  # fmt: skip
    assert contradiction([together(0, 1)], {30: [10, 11], 31: [11]}, str) is None
    assert contradiction([apart(0, 1)], {30: [10], 31: [10]}, str) == (
        "apart keeps 30 and 31 on different hosts, and both are pinned to the same one", RULE,
    )  # fmt: skip
    assert contradiction([apart(0, 1)], {30: [10, 11], 31: [10]}, str) is None


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        (Affinity(RULE, (30, 99), name="r"), "Affinity rule r names 99, which is no VM"),
        (Affinity(RULE, (30, 30), name="r"), "Affinity rule r names a VM twice"),
        (Affinity(RULE, (30,), "near", name="r"), "Affinity rule r wants its VMs “near” by “host”"),  # type: ignore[arg-type]
        (Affinity(FIRST, (30,), name="r"), "Two elements have the id"),
    ],
)
def test_that_a_rule_without_meaning_is_refused(rule: Affinity, said: str) -> None:
    with pytest.raises(SpecError, match=said):
        simulate(world([host(0)], [vm(0, 0)], rule))


def test_that_a_pinned_vm_waits_for_its_host() -> None:
    pinned = replace(vm(0, 0), reach=0)
    spec = world([host(0), host(1)], [pinned], reaches=[Reach((FIRST,), "it is pinned to")])
    assert [entry[0] for entry in told(failing(spec, FIRST))] == ["waiting"]


# -- worlds at random: no strict rule is ever broken, and how a run is cut changes nothing


def ruled_world(seed: int) -> Spec:
    spec, rng = random_world(seed), random.Random(seed)
    ids = [row.id for row in spec.vms if row.counted]
    rules = []
    for n in range(3):
        some = tuple(rng.sample(ids, min(len(ids), rng.randint(2, 5))))
        wants: Any = "apart" if n < 2 else "together"
        rules.append(Affinity(70_000 + n, some, wants, rng.choice(LEVELS), n != 1, f"rule-{n}"))  # type: ignore[arg-type]
    policy = rng.choice(["first_fit", "best_fit", "worst_fit", "spread", "most_free_memory", "weighed"])
    return replace(spec, affinities=rules, policy=policy)  # type: ignore[arg-type]


def sound(seed: int) -> Spec:
    """The first such world from a seed on whose rules do not contradict one another."""
    return next(s for s in map(ruled_world, itertools.count(seed * 1000)) if not contradiction(s.affinities, {}, str))


@pytest.mark.parametrize("seed", range(12))
def test_that_no_strict_rule_is_ever_broken(seed: int) -> None:
    spec = sound(seed)
    run = Simulation(spec)
    run.advance(spec.until_s)
    tables = run.tables
    for time_s in sorted({entry.time_s for entry in run.result().log}):
        moment = run.moment(time_s)
        unit_at = {int(unit): n for n, unit in enumerate(tables.unit_ids)}
        alive = (moment.status[: moment.vms] == RUNNING) | (moment.status[: moment.vms] == RESTARTING)
        for n, rule in enumerate(spec.affinities):
            if not rule.strict:
                continue
            rows = [v for v in np.flatnonzero(np.isin(tables.vm_ids, rule.vms)) if alive[v] and moment.place[v]]
            places = [int(tables.affinity.place[tables.affinity.level[n], unit_at[int(moment.place[v])]]) for v in rows]
            known = [place for place in places if place >= 0]
            most = 1 if rule.wants == "together" else len(known)
            least = len(known) if rule.wants == "apart" else 0
            assert least <= len(set(known)) <= most, (time_s, rule)


@pytest.mark.parametrize("seed", range(4))
def test_that_rules_and_policies_do_not_depend_on_how_a_run_is_cut(seed: int) -> None:
    spec = sound(seed + 100)
    whole = simulate(spec).digest()
    run = Simulation(spec)
    for part in range(1, 8):
        run.advance(spec.until_s * part / 7.0)
        run.moment(spec.until_s * part / 9.0)
    assert run.result().digest() == whole


def test_that_a_chain_of_ten_times_as_many_rules_is_compared_by_about_ten_times_as_many_steps() -> None:
    def compared(count: int) -> int:
        rules = [Affinity(10**6 + n, (n, n + 1), "together", "host") for n in reversed(range(count))]
        rules.append(Affinity(1, (0, count), "apart", "host", True, "no"))
        pins = {0: (7,), count: (8,)}
        found = contradiction(rules, pins, str)
        assert found is not None and found[1] == 1
        assert contradiction(rules[:-1], pins, str) is not None
        return steps(lambda: contradiction(rules[:-1], {}, str))

    assert compared(2000) < 10 * 1.5 * compared(200)
