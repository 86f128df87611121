"""The order in which VMs start: priority, waves of as many as a host starts at a time, dependencies, POST."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations
from typing import Any

import pytest

from designer.engine import Cluster, Constant, Domain, Host, Simulation, Spec, Start, TimedEvent, Vm, simulate
from designer.engine.result.result import Result
from designer.engine.spec.check_starts import check_starts
from designer.errors import SpecError
from tests.steps import steps

ZONE, CLUSTER, LOST = 1, 5, 10
HARDWARE: dict[str, Any] = {"cores": 64, "mhz": 1000.0, "ram_mib": 65536.0, "cluster": CLUSTER}


def event(time_s: float, what: Any, element: int) -> TimedEvent:
    return TimedEvent(time_s, what, element)


def cluster(vms: list[Vm], starts: list[Start], *events: TimedEvent, hosts: int = 4, **more: Any) -> Spec:
    machines = [Host(LOST + n, ZONE, name=f"h{n}", **{**HARDWARE, **more}) for n in range(hosts)]
    return Spec(
        [Domain(ZONE, 0, "zone", "zone")], machines, vms, clusters=[Cluster(CLUSTER, "c", 18.0)], starts=starts,
        events=events or (event(0.0, "fail", LOST),), until_s=600.0, sample_s=600.0,
    )  # fmt: skip


def vm(n: int, place: int = LOST, **more: Any) -> Vm:
    return Vm(100 + n, place, 1, 1000.0, 256.0, name=f"vm-{n}", **{"recovery": "cluster", "boot_s": 60.0, **more})


def when(result: Result, what: str) -> dict[float, list[int]]:
    found: dict[float, list[int]] = {}
    for entry in result.log:
        if entry.what == what:
            found.setdefault(entry.time_s, []).append(entry.id - 100)
    return found


def test_that_thirty_vms_of_three_priorities_start_in_waves_of_four_a_host() -> None:
    """The survivors start 12 at a time: 6 high and 6 medium, 9 medium and 3 low, 6 low."""
    priorities = [2] * 6 + [3] * 15 + [4] * 9
    starts = [Start(100 + n, priority) for n, priority in enumerate(priorities)]
    result = simulate(cluster([vm(n) for n in range(30)], starts, boots_at_once=4))
    up = {time_s: [priorities[n] for n in rows] for time_s, rows in when(result, "running").items()}
    assert {time_s: (row.count(2), row.count(3), row.count(4)) for time_s, row in up.items()} == {
        78.0: (6, 6, 0),
        138.0: (0, 9, 3),
        198.0: (0, 0, 6),
    }
    assert sum(time_s * len(rows) for time_s, rows in when(result, "running").items()) == 3780.0
    waits = [e for e in result.log if e.what == "queued"]
    assert (len(waits), waits[0].time_s, waits[0].detail) == (18, 18.0, "h1 starts 4 VMs at a time")


def test_that_the_first_by_priority_get_the_room_that_is_left() -> None:
    vms = [Vm(100 + n, LOST, 1, 1000.0, 1024.0, recovery="cluster") for n in range(4)]
    starts = [Start(103, 1), Start(102, 2)]
    machines: dict[str, Any] = {"hosts": 2, "ram_mib": 4096.0}
    held = [*vms, Vm(110, LOST + 1, 1, 1000.0, 2048.0)]
    result = simulate(cluster(held, starts, **machines))
    assert when(result, "restarting") == {18.0: [3, 2]}
    assert when(result, "waiting") == {18.0: [0, 1]}


@pytest.mark.parametrize("order", [*permutations([0, 1, 2])])
def test_that_a_vm_starts_after_those_it_depends_on_whatever_their_rows(order: tuple[int, ...]) -> None:
    db, app, web = order
    starts = [Start(100 + app, after=(100 + db,)), Start(100 + web, after=(100 + app,))]
    result = simulate(cluster([vm(n) for n in range(3)], starts, hosts=2))
    assert when(result, "running") == {78.0: [db], 138.0: [app], 198.0: [web]}
    told = {e.id - 100: e.detail for e in result.log if e.what == "queued"}
    assert told == {app: f"it starts after vm-{db}", web: f"it starts after vm-{app}"}


def test_that_nobody_waits_for_a_vm_that_stays_down() -> None:
    vms = [vm(0, recovery="none"), vm(1), vm(2, powered_on=False), vm(3)]
    starts = [Start(101, after=(100,)), Start(103, after=(102,))]
    result = simulate(cluster(vms, starts, hosts=2))
    # vm-0 is found lost after 60 s; until then its dependent waits
    assert when(result, "running") == {78.0: [3], 120.0: [1]}


SMALL = 1024.0
"""MiB of a host that takes one of these VMs."""


def pair(*hosts: tuple[float, int], row: int, events: list[tuple[float, Any, int]]) -> Result:
    """vm-1 starts after vm-0, on hosts of so many MiB with so many of the two; `row`: which of them is first."""
    machines = [Host(LOST + n, ZONE, name=f"h{n}", **{**HARDWARE, "ram_mib": mib}) for n, (mib, _) in enumerate(hosts)]
    stand = {n: LOST + on for n, (_, on) in enumerate(hosts[:2])}
    vms = [Vm(100 + n, stand[n], 1, 1000.0, SMALL, name=f"vm-{n}", recovery="cluster", boot_s=60.0) for n in (0, 1)]
    spec = Spec(
        [Domain(ZONE, 0, "zone", "zone")], machines, vms if row == 0 else vms[::-1],
        clusters=[Cluster(CLUSTER, "c", 18.0)], starts=[Start(101, after=(100,))],
        events=[event(*one) for one in events], until_s=600.0, sample_s=600.0,
    )  # fmt: skip
    return simulate(spec)


@pytest.mark.parametrize("row", [0, 1])
def test_that_room_for_one_goes_to_the_one_that_the_other_starts_after(row: int) -> None:
    """Both are found at once; vm-1 is found 10 s earlier, and has the room; it boots where it was, while vm-0 waits."""
    together = pair((8 * SMALL, 0), (SMALL, 0), row=row, events=[(0.0, "fail", LOST)])
    assert (when(together, "running"), when(together, "waiting")) == ({78.0: [0]}, {18.0: [1]})
    hosts = [(SMALL, 1), (SMALL, 0), (SMALL, 2)]
    later = pair(*hosts, row=row, events=[(0.0, "fail", LOST), (10.0, "fail", LOST + 1)])
    assert (when(later, "running"), when(later, "waiting")) == ({88.0: [0]}, {28.0: [1]})
    at_home = pair((SMALL, 0), (SMALL, 1), row=row, events=[(0.0, "fail", LOST), (100.0, "reboot", 101)])
    assert (when(at_home, "running"), when(at_home, "waiting")) == ({160.0: [0]}, {18.0: [0], 100.0: [1]})


def test_that_who_starts_after_another_keeps_room_that_is_too_small_for_that_one() -> None:
    machines: dict[str, Any] = {"hosts": 2, "ram_mib": 4096.0}
    vms = [replace(vm(0), ram_mib=2048.0), vm(1), Vm(110, LOST + 1, 1, 1000.0, 3072.0)]
    events = (event(0.0, "fail", LOST), event(200.0, "recover", LOST))
    result = simulate(cluster(vms, [Start(101, after=(100,))], *events, **machines))
    assert (when(result, "waiting"), when(result, "queued")) == ({18.0: [0]}, {18.0: [1]})
    assert when(result, "running") == {260.0: [0], 320.0: [1]}


def test_that_who_others_start_after_gets_room_before_these_and_its_turn_by_its_own_priority() -> None:
    """vm-0 starts after vm-1, vm-1 after vm-2, of the last priority; vm-3 of the middle one has its turn before them,
    and where there is room for three, none.
    """
    starts = [Start(100, 1, (101,)), Start(101, 4, (102,)), Start(102, 5)]
    result = simulate(cluster([vm(n) for n in range(4)], starts, hosts=2, boots_at_once=1))
    assert when(result, "running") == {78.0: [3], 138.0: [2], 198.0: [1], 258.0: [0]}
    spec = cluster([vm(n) for n in range(4)], starts, hosts=2)
    few = simulate(replace(spec, hosts=[spec.hosts[0], replace(spec.hosts[1], ram_mib=3 * 256.0)]))
    assert (when(few, "running"), when(few, "waiting")) == ({78.0: [2], 138.0: [1], 198.0: [0]}, {18.0: [3]})


def test_that_a_host_is_up_after_its_post_and_a_loss_of_power_begins_it_anew() -> None:
    times = [(10.0, "fail"), (60.0, "recover"), (90.0, "fail"), (100.0, "recover")]
    events = [event(time_s, what, ZONE) for time_s, what in times]
    result = simulate(cluster([vm(0)], [], *events, hosts=1, post_s=45.0))
    assert [(e.time_s, e.what, e.id) for e in result.log] == [
        (10.0, "failed", ZONE), (10.0, "down", 100), (28.0, "detected", 100), (28.0, "waiting", 100),
        (60.0, "recovered", ZONE), (60.0, "starting", LOST), (90.0, "failed", ZONE), (100.0, "recovered", ZONE),
        (100.0, "starting", LOST), (145.0, "started", LOST), (145.0, "restarting", 100), (205.0, "running", 100),
    ]  # fmt: skip


def test_that_a_wave_does_not_depend_on_slices_branches_and_the_order_of_events() -> None:
    vms = [vm(n, LOST + n % 2) for n in range(12)]
    starts = [Start(100 + n, 1 + n % 5, (100 + n + 1,) if n % 3 == 0 else ()) for n in range(11)]
    events = [event(20.0, "fail", LOST), event(50.0, "fail", LOST + 1), event(200.0, "recover", LOST)]
    spec = cluster(vms, starts, *events, hosts=3, boots_at_once=2, post_s=30.0)
    whole = simulate(spec)
    run = Simulation(spec.with_events(()))
    for one in reversed(events):
        run.inject(one)
    for time_s in range(0, 601, 7):
        run.advance(float(time_s))
    run.advance(600.0)
    assert run.result().digest() == whole.digest()
    branch = run.branch(90.0)
    branch.inject(events[2])
    branch.advance(600.0)
    assert branch.result().digest() == whole.digest()
    back = Simulation.revived(spec, run.columns(), run.events, 600.0, None)
    assert back.result().digest() == whole.digest()


@pytest.mark.parametrize(
    ("starts", "said"),
    [
        ([Start(100, after=(101,)), Start(101, after=(100,))], "vm-0, vm-1 start after one another in a circle"),
        ([Start(100, after=(100,))], "vm-0 start after one another"),
        ([Start(100, after=(7,))], "names VM 7, which is not there"),
        (
            [Start(100, after=(101,)), Start(101, after=(100,)), Start(100)],
            "The order of starts names VM vm-0 twice",
        ),
        ([Start(100, priority=6)], "VM vm-0: its restart priority must be from 1 to 5, not 6"),
    ],
)
def test_that_an_order_without_meaning_is_refused(starts: list[Start], said: str) -> None:
    with pytest.raises(SpecError, match=said):
        simulate(cluster([vm(0), vm(1)], starts))


@pytest.mark.parametrize("back", [(), (0,)])
def test_that_a_chain_of_ten_times_as_many_starts_is_checked_by_ten_times_as_many_steps(back: tuple[int, ...]) -> None:
    def checked(count: int) -> int:
        starts = [Start(n, after=(n + 1,)) for n in range(count - 1)] + [Start(count - 1, after=back)]
        names = {n: f"vm-{n:05}" for n in range(count)}
        if not back:
            return steps(lambda: check_starts(starts, names))
        with pytest.raises(SpecError) as error:
            check_starts(starts, names)
        first = ", ".join(f"vm-{n:05}" for n in range(10))
        assert str(error.value) == f"{first} and {count - 10:,} more start after one another in a circle."
        return count

    assert checked(2000) < 10 * 1.5 * checked(200)


def test_that_a_host_draws_idle_watts_while_it_tests_itself() -> None:
    """From power until it is up, over the edges of recording steps; not while it has failed or has no power."""
    feed = LOST + 9
    fed = Domain(feed, ZONE, "feed", "a", gaps_s=(0.0,))
    events = (
        TimedEvent(100.0, "fail", LOST),
        TimedEvent(500.0, "recover", LOST),
        TimedEvent(550.0, "fail", feed),
        TimedEvent(700.0, "recover", feed),
    )
    host = Host(LOST, ZONE, 4, 1000.0, 4096.0, "h", power_w=(100.0, 200.0), post_s=250.0, feeds=((feed,),))
    guest = Vm(100, LOST, 4, 1000.0, 1024.0, Constant(0.5), "v", recovery="none", boot_s=50.0)
    spec = Spec([Domain(ZONE, 0, "zone", "z"), fed], [host], [guest], events=events, until_s=1800.0, sample_s=600.0)
    run = Simulation(spec)
    watts = []
    for time_s in (99.0, 101.0, 501.0, 551.0, 701.0, 949.0, 951.0, 1001.0):
        run.advance(time_s)
        watts.append(float(run.moment(time_s).power_w[list(run.moment(time_s).ids).index(LOST)]))
    assert watts == [150.0, 0.0, 100.0, 0.0, 100.0, 100.0, 100.0, 150.0]
    run.advance(1800.0)
    whole = simulate(spec)
    assert run.result().digest() == whole.digest()
    joules = [100 * 150 + 50 * 100, 300 * 100 + 200 * 150, 600 * 150]
    assert (whole.power_w[:, 0] * 600.0).tolist() == pytest.approx(joules)
