"""VMs that start again elsewhere: what falls now, the long run of small clusters, and histories beside the chain."""

from __future__ import annotations

import heapq
import itertools
from collections import Counter
from typing import Any

import numpy as np
import pytest

from designer.engine.reliability import Component, Exponential, Fixed, Unit, parallel, series
from designer.engine.reliability.balancing import BackEnds, failing_requests
from designer.engine.reliability.cluster import PlacedVm, Restarts, VmHost, what_if
from designer.engine.reliability.restart_chain import restart_long_run
from designer.engine.reliability.restarting import Restarted
from designer.errors import SpecError


def component(name: str, mtbf: float = 100.0, mttr: float = 5.0) -> Component:
    return Component(name, Exponential(mtbf), Exponential(mttr))


def cluster(reserves: bool = False, vms: int = 3) -> Restarts:
    """Four hosts of one slot."""
    hosts = tuple(component(f"h{n}") for n in range(4))
    slots = tuple(VmHost(h.id, Unit(h.id), 1) for h in hosts)
    placed = tuple(PlacedVm(f"v{n}", f"h{n}", "s") for n in range(vms))
    return Restarts(hosts, slots, placed, {"s": 2}, Exponential(0.5), reserves)


def test_that_what_falls_is_counted_and_only_hosts_of_the_scope_take_it() -> None:
    parts = (component("A"), component("B"), *(component(f"h{n}") for n in range(3)))
    hosts = (
        VmHost("h0", series(Unit("A"), Unit("h0")), 2, "x"),
        VmHost("h1", series(parallel(Unit("A"), Unit("B")), Unit("h1")), 2, "x"),
        VmHost("h2", series(Unit("B"), Unit("h2")), 9, "y"),
    )
    vms = (PlacedVm("a", "h0", "s"), PlacedVm("b", "h0", "s"), PlacedVm("c", "h1", "s"))
    lost = what_if(Restarts(parts, hosts, vms, {"s": 2}), ["A"])
    assert (lost.hosts, lost.vms, dict(lost.by_service), lost.below) == (("h0",), ("a", "b"), {"s": 2}, ("s",))
    assert (lost.free_slots, lost.restartable, lost.waiting) == (10, 1, 1)


def test_that_histories_of_restarts_agree_with_their_chain() -> None:
    vm_down, service = restart_long_run(cluster(), "s")
    drawn, totals = Restarted(cluster(), 4000.0, 2).draw_all(0, 800)
    for got, exact in ((totals[:, 0] / 3 / 4000.0, vm_down), (drawn[:, 0, 0] / 4000.0, service.unavailability),
                       (drawn[:, 0, 1] / 4000.0, service.outages_h)):  # fmt: skip
        # from all up: less than a thousandth short of the long run
        assert abs(got.mean() - exact) < 4.0 * got.std() / len(got) ** 0.5 + 1e-3 * exact


def test_that_a_reserved_slot_is_the_slower_rule() -> None:
    reserved, free = restart_long_run(cluster(reserves=True), "s"), restart_long_run(cluster(), "s")
    assert reserved[0] != free[0]
    one = [restart_long_run(cluster(rule, vms=1).__class__(**{**vars(cluster(rule, vms=1)), "needed": {"s": 1}}), "s")
           for rule in (True, False)]  # fmt: skip
    # one VM on four hosts hardly ever waits: down for the half hour of its restart at each failure
    assert one[0][0] == pytest.approx(0.5 / 100.5, rel=0.01)
    assert one[0][0] == pytest.approx(one[1][0], rel=1e-3)


def test_that_a_fixed_restart_takes_its_time_and_a_full_cluster_waits_for_its_host() -> None:
    host = (component("h", 50.0, 10.0),)
    alone = Restarts(host, (VmHost("h", Unit("h"), 1),), (PlacedVm("v", "h", "s"),), {"s": 1}, Fixed(2.0))
    drawn, totals = Restarted(alone, 6200.0, 1).draw_all(0, 400)
    # each failure costs the repair, and the restart afterwards unless the host fails again within it
    assert totals[:, 0].sum() == pytest.approx(drawn[:, 0, 0].sum(), rel=1e-9)
    assert totals[:, 0].mean() / 6200.0 == pytest.approx(1 - 50 / 60 * 2.718281828 ** (-2 / 50), rel=0.05)


def played(restarts: Restarts, needs: list[set[int]], end_h: float) -> tuple[list[float], list[list[float]]]:
    """VM-hours down, restarts and failures, and downtime and outages of services, where parts fail at fixed times.

    needs: the numbers of the components of each host.
    """
    hours = [(c.up.mean_h, c.down.mean_h) for c in restarts.components if c.up and c.down]
    serial = itertools.count()
    agenda: list[Any] = [(up, 1, next(serial), c) for c, (up, _) in enumerate(hours)]
    gone: set[int] = set()
    on = [[vm for vm in restarts.vms if vm.host == host.id][::-1] for host in restarts.hosts]
    scopes = {s: [n for n, h in enumerate(restarts.hosts) if h.scope == s] for s in {h.scope for h in restarts.hosts}}
    pointer, waiting = dict.fromkeys(scopes, -1), {s: list[PlacedVm]() for s in scopes}
    totals, services, below, last = [0.0, 0.0, 0.0], [[0.0, 0.0] for _ in restarts.needed], set[str](), 0.0
    while last < end_h:
        time, kind, _, what = heapq.heappop(agenda)
        step, last = min(time, end_h) - last, min(time, end_h)
        counts = Counter(vm.service for vms in on for vm in vms)
        totals[0] += step * (len(restarts.vms) - counts.total())
        was, below = below, {name for name, k in restarts.needed.items() if counts[name] < k}
        for n, name in enumerate(restarts.needed):
            services[n][0] += step * (name in below)
            services[n][1] += name in below - was
        if kind == 2:
            s, chain = what
            for vm in chain:
                ring = [(pointer[s] + 1 + n) % len(scopes[s]) for n in range(len(scopes[s]))]
                up = [at for at in ring if not gone & needs[scopes[s][at]]]
                fits = [at for at in up if len(on[scopes[s][at]]) < restarts.hosts[scopes[s][at]].slots]
                pointer[s] = fits[0] if fits else pointer[s]
                (on[scopes[s][fits[0]]] if fits else waiting[s]).insert(0, vm)
                totals[1] += bool(fits) and time < end_h
        elif time < end_h:
            touched = [n for n, need in enumerate(needs) if what in need and not (gone - {what}) & need]
            (gone.add if kind else gone.discard)(what)
            totals[2] += kind
            heapq.heappush(agenda, (time + hours[what][kind], 1 - kind, next(serial), what))
            for n in touched:
                s = restarts.hosts[n].scope
                if kind:
                    chain, on[n] = on[n], []
                else:
                    chain, waiting[s] = waiting[s], []
                if chain:
                    heapq.heappush(agenda, (time + restarts.restart.mean_h, 2, next(serial), (s, chain)))
    return totals, services


def test_that_histories_are_what_is_played_by_hand_from_a_list_of_all_vms() -> None:
    up_h = [70.3, 191.7, *(90.0 + 0.713 * n for n in range(90))]
    parts = tuple(Component(f"c{n}", Fixed(up), Fixed(9.0 + 0.01 * n)) for n, up in enumerate(up_h))
    needs = [{n % 2, n + 2} for n in range(90)]
    hosts = tuple(VmHost(f"h{n}", series(*(Unit(f"c{c}") for c in needs[n])), 1 + n % 3, "y" if n < 15 else "x")
                  for n in range(90))  # fmt: skip
    vms = tuple(PlacedVm(f"v{n} {m}", f"h{n}", f"s{(n + m) % 7}") for n in range(90) for m in range(1 + n % 3 // 2))
    restarts = Restarts(parts, hosts, vms, {"s0": 17, "s1": 12, "s2": 9, "s3": 4}, Fixed(1.7))
    drawn, totals = Restarted(restarts, 900.0, 1).draw_all(0, 1)
    by_hand, services = played(restarts, needs, 900.0)
    assert totals[0] == pytest.approx(by_hand, rel=1e-9)
    assert drawn[0, :4] == pytest.approx(np.array(services), rel=1e-9)
    assert min(drawn[0, :4, 1]) > 0.0


def test_that_what_cannot_be_is_refused_with_a_sentence() -> None:
    small = cluster()
    for change, says in [
        ({"vms": (*small.vms, PlacedVm("x", "h0", "s"))}, "2 VMs stand on the host h0, which has 1 slots"),
        ({"needed": {"s": 4}}, "needs 4 of 3 VMs"),
        ({"vms": (PlacedVm("x", "h9"),)}, "which is not there"),
    ]:
        with pytest.raises(SpecError, match=says):
            what_if(Restarts(**{**vars(small), **change}), [])
    with pytest.raises(SpecError, match="z cannot fail"):
        what_if(small, ["z"])


def test_that_requests_fail_until_a_dead_member_is_found() -> None:
    slow = failing_requests(BackEnds(3, Exponential(90.0), Exponential(10.0), Fixed(1e6)))
    assert (slow.detected, slow.request_fails) == (pytest.approx(0.0), pytest.approx(0.1))
    quick = failing_requests(BackEnds(3, Exponential(90.0), Exponential(10.0), Exponential(1e-9)))
    assert quick.request_fails == pytest.approx(0.001, rel=1e-6)
