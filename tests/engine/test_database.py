"""Databases that fail over, and services that depend on others: small worlds by hand, the whole log asserted."""

from __future__ import annotations

from dataclasses import replace

import pytest

from designer.engine import Constant, Domain, Result, Service, Simulation, Spec, TimedEvent, Vm, simulate
from designer.errors import SpecError

ZONE_A, ZONE_B, NET_A, NET_B, DB, FN, SHOP, PAY = 1, 2, 3, 4, 5, 20, 50, 51
NET = (
    Domain(ZONE_A, 0, "zone", "zone-a"),
    Domain(ZONE_B, 0, "zone", "zone-b"),
    Domain(NET_A, ZONE_A, "subnet", "net-a"),
    Domain(NET_B, ZONE_B, "subnet", "net-b"),
)
DATABASE = Domain(DB, 0, "database", "orders-db", replicas=(NET_A, NET_B), failover_s=60.0)
SHOP_VM = Vm(21, ZONE_B, 1, 1000.0, 1024.0, name="shop-vm", service=SHOP)
SERVICE = Service(SHOP, Constant(6.0), 100.0, "shop", through=((DB,),))

Told = list[tuple[float, str, int, int, int, str]]


def spec(database: Domain = DATABASE, service: Service = SERVICE, *more: Service, vms: tuple[Vm, ...] = ()) -> Spec:
    return Spec((*NET, database), (), (SHOP_VM, *vms), (service, *more), until_s=3600.0, sample_s=600.0)


def run(given: Spec, *events: tuple[float, str, int]) -> Result:
    return simulate(given.with_events([TimedEvent(time_s, what, i) for time_s, what, i in events]))  # type: ignore[arg-type]


def told(result: Result) -> Told:
    return [(e.time_s, e.what, e.id, e.cause, e.place, e.detail) for e in result.log]


def served(result: Result, service: int = 0) -> list[float]:
    return [round(float(rate), 9) for rate in result.served_rps[:, service]]


def test_that_a_database_is_down_for_the_failover_and_then_up_on_its_standby() -> None:
    result = run(spec(), (600.0, "fail", ZONE_A), (1800.0, "recover", ZONE_A))
    assert told(result) == [
        (600.0, "failed", ZONE_A, 0, 0, ""),
        (600.0, "moving", DB, 1, NET_A, ""),
        (600.0, "dropping", SHOP, 1, 0, "orders-db is down"),
        (660.0, "moved", DB, 2, NET_B, ""),
        (660.0, "served", SHOP, 4, 0, ""),
        (1800.0, "recovered", ZONE_A, 1, 0, ""),
    ]
    assert served(result) == [6.0, 6.0 * 0.9, 6.0, 6.0, 6.0, 6.0]


def test_that_a_failover_to_a_standby_that_lags_says_what_is_lost() -> None:
    events = (600.0, "fail", ZONE_A), (1800.0, "recover", ZONE_A), (2400.0, "fail", ZONE_B)
    result = run(spec(replace(DATABASE, lag_s=2.5)), *events)
    assert [(e.time_s, e.detail, e.value) for e in result.log if e.what == "moved"] == [
        (660.0, "its writes of the last 2.5 s are lost", 2.5),
        (2460.0, "its writes of the last 2.5 s are lost", 2.5),
    ]
    with pytest.raises(SpecError, match="lag_s must be at least 0"):
        run(spec(replace(DATABASE, lag_s=-1.0)))


def test_that_without_a_standby_it_is_down_until_its_place_is_back() -> None:
    result = run(spec(replace(DATABASE, replicas=(NET_A,))), (600.0, "fail", NET_A), (1500.0, "recover", NET_A))
    assert told(result) == [
        (600.0, "failed", NET_A, 0, 0, ""),
        (600.0, "dropping", SHOP, 1, 0, "orders-db is down"),
        (1500.0, "recovered", NET_A, 1, 0, ""),
        (1500.0, "served", SHOP, 3, 0, ""),
    ]
    assert served(result) == [6.0, 0.0, 3.0, 6.0, 6.0, 6.0]


def test_that_a_standby_that_is_down_is_waited_for_and_the_first_place_that_is_back_serves() -> None:
    both = ((600.0, "fail", ZONE_A), (600.0, "fail", ZONE_B))
    back = run(spec(), *both, (900.0, "recover", ZONE_B))
    assert [row for row in told(back) if row[2] == DB] == [
        (900.0, "moving", DB, 8, NET_A, ""),
        (960.0, "moved", DB, 10, NET_B, ""),
    ]
    home = run(spec(), *both, (900.0, "recover", ZONE_A))
    assert [row for row in told(home) if row[2] == DB] == []


def test_that_a_standby_that_falls_during_the_failover_leaves_it_down_until_a_place_is_back() -> None:
    result = run(spec(), (600.0, "fail", NET_A), (630.0, "fail", NET_B), (1200.0, "recover", NET_A))
    assert told(result) == [
        (600.0, "failed", NET_A, 0, 0, ""),
        (600.0, "moving", DB, 1, NET_A, ""),
        (600.0, "dropping", SHOP, 1, 0, "orders-db is down"),
        (630.0, "failed", NET_B, 0, 0, ""),
        (1200.0, "recovered", NET_A, 1, 0, ""),
        (1200.0, "served", SHOP, 5, 0, ""),
    ]


def test_that_a_database_that_fails_itself_is_up_on_its_standby_and_moves_back_when_that_fails() -> None:
    result = run(spec(), (600.0, "fail", DB), (1200.0, "fail", NET_B))
    assert told(result) == [
        (600.0, "failed", DB, 0, 0, ""),
        (600.0, "moving", DB, 1, NET_A, ""),
        (600.0, "dropping", SHOP, 1, 0, "orders-db is down"),
        (660.0, "moved", DB, 2, NET_B, ""),
        (660.0, "served", SHOP, 4, 0, ""),
        (1200.0, "failed", NET_B, 0, 0, ""),
        (1200.0, "moving", DB, 6, NET_B, ""),
        (1200.0, "dropping", SHOP, 6, 0, "orders-db is down"),
        (1260.0, "moved", DB, 7, NET_A, ""),
        (1260.0, "served", SHOP, 9, 0, ""),
    ]


def test_that_a_past_moment_shows_it_down_moving_and_up() -> None:
    made = Simulation(spec())
    made.inject(TimedEvent(600.0, "fail", ZONE_A))
    made.advance(3600.0)
    row = made.moment(0.0).ids.tolist().index(DB)
    assert [int(made.moment(t).status[row]) for t in (300.0, 630.0, 700.0)] == [0, 1, 0]


def test_that_however_it_is_cut_into_slices_a_run_is_the_same() -> None:
    given = spec().with_events([TimedEvent(600.0, "fail", ZONE_A), TimedEvent(1500.0, "fail", DB)])
    whole, sliced = simulate(given), simulate(given, on_progress=lambda _: None, slices=77)
    assert whole.digest() == sliced.digest()


PAY_SERVICE = Service(PAY, Constant(0.0), 100.0, "payments", through=((DB,),))


def test_that_a_service_drops_all_while_one_that_it_depends_on_serves_nothing() -> None:
    shop = replace(SERVICE, through=(), depends=(PAY,))
    pay_vm = replace(SHOP_VM, id=22, name="pay-vm", service=PAY, place=NET_A, recovery="none")
    down = run(spec(DATABASE, shop, PAY_SERVICE, vms=(pay_vm,)), (600.0, "fail", DB), (1200.0, "fail", NET_A))
    assert [row for row in told(down) if row[2] == SHOP] == [
        (600.0, "dropping", SHOP, 1, 0, "payments serves nothing"),
        (660.0, "served", SHOP, 4, 0, ""),
        (1200.0, "dropping", SHOP, 6, 0, "payments serves nothing"),
    ]
    assert served(down) == [6.0, 6.0 * 0.9, 0.0, 0.0, 0.0, 0.0]


def test_that_it_drops_all_while_a_function_that_it_depends_on_is_down() -> None:
    function = Vm(FN, ZONE_A, 1, 1000.0, 1.0, name="resize", boot_s=0.0, service=PAY, counted=False)
    shop = replace(SERVICE, through=(), depends=(FN,))
    result = run(
        spec(DATABASE, shop, replace(PAY_SERVICE, through=()), vms=(function,)),
        (600.0, "fail", ZONE_A),
        (900.0, "recover", ZONE_A),
    )
    assert [row for row in told(result) if row[2] == SHOP] == [
        (600.0, "dropping", SHOP, 1, 0, "resize is down"),
        (900.0, "served", SHOP, 9, 0, ""),
    ]
    assert told(result)[-2] == (900.0, "running", FN, 10, ZONE_A, "")


def test_that_what_has_no_meaning_is_refused() -> None:
    with pytest.raises(SpecError, match="orders-db has a replica in 99, which is not there"):
        run(spec(replace(DATABASE, replicas=(NET_A, 99))))
    with pytest.raises(SpecError, match="Service shop depends on 99, which is not there"):
        run(spec(DATABASE, replace(SERVICE, depends=(99,))))
    with pytest.raises(SpecError, match="shop, payments depend on one another in a circle"):
        run(spec(DATABASE, replace(SERVICE, depends=(PAY,)), replace(PAY_SERVICE, depends=(SHOP,))))


# -- quorum

ZONE_C, NET_C = 6, 7
THREE = replace(DATABASE, replicas=(NET_A, NET_B, NET_C), quorum=2, lag_s=2.5)
READER = Service(PAY, Constant(3.0), 100.0, "reports", through=((NET_A, NET_B, NET_C),), reads=(DB,))


def of_three(database: Domain = THREE, network: bool = False) -> Spec:
    """Three replicas, a service that writes, and one that only reads. `network`: each zone hangs on a switch."""
    zones = [Domain(z, 0, "zone", f"zone-{n}", network=((z * 10,),) if network else ())
             for z, n in ((ZONE_A, "a"), (ZONE_B, "b"), (ZONE_C, "c"))]  # fmt: skip
    nets = [Domain(net, z, "subnet", f"net-{net}") for net, z in ((NET_A, ZONE_A), (NET_B, ZONE_B), (NET_C, ZONE_C))]
    switches = [Domain(z * 10, 0, "switch", f"switch-{z}") for z in (ZONE_A, ZONE_B, ZONE_C)] if network else []
    reads = replace(SHOP_VM, id=22, name="reads-vm", service=PAY)
    return Spec([*switches, *zones, *nets, database], (), (SHOP_VM, reads), (SERVICE, READER), until_s=3600.0,
                sample_s=600.0)  # fmt: skip


def test_that_without_a_quorum_a_database_takes_no_writes_and_is_still_read() -> None:
    """C fails: 2 of 3 are enough. A fails too: B is read, but takes no writes and is not elected. C is back: B is."""
    result = run(of_three(), (600.0, "fail", ZONE_C), (1200.0, "fail", ZONE_A), (1800.0, "recover", ZONE_C))
    assert told(result) == [
        (600.0, "failed", ZONE_C, 0, 0, ""),
        (1200.0, "failed", ZONE_A, 0, 0, ""),
        (1200.0, "no_writes", DB, 2, 0, "1 of the 2 replicas that a write needs are up"),
        (1200.0, "dropping", SHOP, 2, 0, "orders-db takes no writes: 1 of 2 replicas"),
        (1800.0, "recovered", ZONE_C, 1, 0, ""),
        (1800.0, "writes", DB, 5, 0, ""),
        (1800.0, "moving", DB, 5, NET_A, ""),
        (1860.0, "moved", DB, 7, NET_B, ""),
        (1860.0, "served", SHOP, 8, 0, ""),
    ]
    assert served(result) == [6.0, 6.0, 0.0, 6.0 * 0.9, 6.0, 6.0]
    assert served(result, 1) == [3.0] * 6


def test_that_a_failover_with_a_quorum_loses_nothing_that_was_acknowledged() -> None:
    details = {
        quorum: [e.detail for e in run(of_three(replace(THREE, quorum=quorum)), (600.0, "fail", ZONE_A)).log
                 if e.what == "moved"]
        for quorum in (0, 1, 2)
    }  # fmt: skip
    late = "its writes of the last 2.5 s are lost"
    assert details == {0: [late], 1: [late], 2: [""]}
    no_election = run(of_three(replace(THREE, quorum=3)), (600.0, "fail", ZONE_A))
    assert [row[1:3] for row in told(no_election)] == [("failed", ZONE_A), ("no_writes", DB), ("dropping", SHOP)]


def test_that_a_quorum_that_is_lost_during_a_failover_leaves_the_database_where_it_was() -> None:
    result = run(of_three(), (600.0, "fail", ZONE_A), (630.0, "fail", ZONE_C), (1200.0, "recover", ZONE_A))
    assert [row for row in told(result) if row[2] in (DB, SHOP)] == [
        (600.0, "moving", DB, 1, NET_A, ""),
        (600.0, "dropping", SHOP, 1, 0, "orders-db is down"),
        (630.0, "no_writes", DB, 4, 0, "1 of the 2 replicas that a write needs are up"),
        (1200.0, "writes", DB, 6, 0, ""),
        (1200.0, "served", SHOP, 6, 0, ""),
    ]


def test_that_replicas_that_run_but_are_not_reached_do_not_count() -> None:
    result = run(of_three(network=True), (600.0, "fail", ZONE_B * 10), (600.0, "fail", ZONE_C * 10),
                 (1200.0, "recover", ZONE_C * 10))  # fmt: skip
    assert [row[:3] + row[5:] for row in told(result) if row[2] == DB] == [
        (600.0, "no_writes", DB, "1 of the 2 replicas that a write needs are up"),
        (1200.0, "writes", DB, ""),
    ]


def test_that_a_branch_goes_on_with_what_was_told_of_a_quorum() -> None:
    given = of_three().with_events([TimedEvent(600.0, "fail", ZONE_C), TimedEvent(1200.0, "fail", ZONE_A)])
    whole = Simulation(given)
    whole.advance(3600.0)
    branch = whole.branch(1500.0)
    branch.inject(TimedEvent(2000.0, "recover", ZONE_A))
    branch.advance(3600.0)
    again = run(given, (600.0, "fail", ZONE_C), (1200.0, "fail", ZONE_A), (2000.0, "recover", ZONE_A))
    assert branch.result().digest() == again.digest()
    assert [e.what for e in branch.result().log if e.id == DB] == ["no_writes", "writes"]


def test_that_a_quorum_of_more_than_there_are_is_refused() -> None:
    with pytest.raises(SpecError, match="A write of orders-db needs 4 of its 3 replicas"):
        run(of_three(replace(THREE, quorum=4)))


@pytest.mark.parametrize(("count", "quorum"), [(n, w) for n in range(1, 6) for w in range(1, n + 1)])
def test_that_a_database_is_up_exactly_while_primary_and_quorum_are(count: int, quorum: int) -> None:
    """Every set of lost replicas, at once: it is up at once if its primary and enough others are left."""
    nets = tuple(range(10, 10 + count))
    base = Domain(DB, 0, "database", "db", replicas=nets, quorum=quorum, failover_s=60.0)
    world = Spec([*(Domain(net, 0, "subnet", f"n{net}") for net in nets), base], (), (), (), until_s=600.0)
    for lost in range(1 << count):
        made = Simulation(world)
        for n in range(count):
            if lost >> n & 1:
                made.inject(TimedEvent(60.0, "fail", nets[n]))
        made.advance(600.0)
        left = count - lost.bit_count()
        row = made.moment(0.0).ids.tolist().index(DB)
        status = [int(made.moment(at).status[row]) for at in (30.0, 61.0, 600.0)]
        primary = not lost & 1
        assert status[0] == 0
        assert (status[1] == 0) == (primary and left >= quorum), (lost, status)
        assert (status[2] == 0) == (left >= max(quorum, 1)), (lost, status)


# -- load


def loads(result: Result) -> dict[int, tuple[list[float], list[float]]]:
    """Of each replica the requests of services that write, and of those that read, in each step."""
    return {one.place: (one.writes.round(6).tolist(), one.reads.round(6).tolist()) for one in result.databases.replicas}


def test_that_the_primary_serves_what_writes_and_the_standbys_share_the_reads() -> None:
    """6 requests a second write, 3 read. A fails at 900 s; B is the primary from 960 s on, and C alone is read."""
    result = run(of_three(), (900.0, "fail", ZONE_A))
    assert loads(result) == {
        NET_A: ([3600.0, 1800.0, 0.0, 0.0, 0.0, 0.0], [0.0] * 6),
        NET_B: ([0.0, 6.0 * 240.0, 3600.0, 3600.0, 3600.0, 3600.0],
                [900.0, 450.0 + 1.5 * 60.0, 0.0, 0.0, 0.0, 0.0]),
        NET_C: ([0.0] * 6, [900.0, 450.0 + 1.5 * 60.0 + 3.0 * 240.0, 1800.0, 1800.0, 1800.0, 1800.0]),
    }  # fmt: skip


def test_that_the_load_of_replicas_is_what_services_served_whatever_fails() -> None:
    events = [(time_s, what, z) for time_s, what, z in (
        (333.0, "fail", ZONE_B), (700.0, "recover", ZONE_B), (1111.0, "fail", ZONE_A), (1500.0, "fail", ZONE_C),
        (2000.0, "recover", ZONE_A), (2500.0, "recover", ZONE_C), (2900.0, "fail", DB),
    )]  # fmt: skip
    result = run(of_three(), *events)
    served_s = (result.served_rps * 600.0).sum(axis=0)
    assert sum(float(one.writes.sum()) for one in result.databases.replicas) == pytest.approx(served_s[0])
    assert sum(float(one.reads.sum()) for one in result.databases.replicas) == pytest.approx(served_s[1])
    branch = Simulation(of_three().with_events([TimedEvent(*event) for event in events]))
    branch.advance(3600.0)
    saved = Simulation.revived(branch.spec, branch.columns(), branch.events, 3600.0, None)
    half = branch.branch(1800.0)
    for event in branch.events:
        if event.time_s > 1800.0:
            half.inject(event)
    half.advance(3600.0)
    assert loads(saved.result()) == loads(half.result()) == loads(result)


def test_that_a_database_that_nobody_uses_has_no_load() -> None:
    assert run(spec(service=replace(SERVICE, through=()))).databases.replicas == []
