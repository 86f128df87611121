"""Storage spread over hosts: losses, what is made again, data out of reach, and the NICs that carry the copies."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from designer.engine import (
    Cluster,
    Constant,
    Domain,
    Flow,
    Host,
    Limit,
    Replicated,
    Simulation,
    Spec,
    TimedEvent,
    Vm,
    simulate,
)
from designer.errors import SpecError

SITE, STORE, DISK, SWITCH, CLUSTER, VM = 1, 2, 20, 3, 90, 30
HOSTS = (10, 11, 12, 13)
KINDS = ("degraded", "whole", "rebuilding", "rebuilt", "unrebuilt", "unavailable", "available")
STORED = Replicated(STORE, HOSTS, (1000.0,) * 4, 2, 1, 3, 600.0, 3600.0, 100.0)
"""600 GiB in two copies: 300 on each host. Three hosts make 300 MiB a second again: 1,024 s."""


def spec_of(events: list[tuple[float, str, int]], stored: Replicated = STORED, **more: object) -> Spec:
    domains = (Domain(SITE, 0, "data_center"), Domain(STORE, SITE, "datastore", "pool"), Domain(DISK, STORE, "volume"))
    hosts = [Host(i, SITE, 8, 1000.0, 65_536.0, f"h{i}", cluster=CLUSTER) for i in stored.hosts]
    vm = Vm(VM, HOSTS[0], 2, 1000.0, 1024.0, Constant(0.5), "vm", needs=((DISK,),), recovery="cluster", boot_s=0.0)
    given = {"until_s": 7 * 3600.0, "sample_s": 3600.0, **more}
    return Spec(
        domains=domains, hosts=hosts, vms=[vm], clusters=[Cluster(CLUSTER)], replicated=[stored],
        events=[TimedEvent(*event) for event in events], **given,  # type: ignore[arg-type]
    )  # fmt: skip


def told(spec: Spec, *more: str) -> list[tuple[float, str, int, str]]:
    kinds = (*KINDS, *more)
    return [(round(e.time_s, 6), e.what, e.place, e.detail) for e in simulate(spec).log if e.what in kinds]


def test_that_a_lost_host_is_waited_for_and_then_made_again_on_the_others() -> None:
    assert told(spec_of([(600.0, "fail", 13)])) == [
        (600.0, "degraded", 0, "1 of 4 hosts are gone, 1 may be"),
        (4200.0, "rebuilding", 13, ""),
        (5224.0, "rebuilt", 13, ""),
        (5224.0, "whole", 0, ""),
    ]


def test_that_a_host_that_is_back_in_time_costs_nothing() -> None:
    found = told(spec_of([(600.0, "fail", 13), (4100.0, "recover", 13)]))
    assert [row[:2] for row in found] == [(600.0, "degraded"), (4100.0, "whole")]


def test_that_a_second_loss_takes_the_data_and_its_vms_down_until_a_host_is_back() -> None:
    found = told(spec_of([(600.0, "fail", 13), (1000.0, "fail", 12), (2000.0, "recover", 12)]), "down", "restarting")
    assert [row[:2] for row in found] == [
        (600.0, "degraded"),
        (1000.0, "degraded"),
        (1000.0, "unavailable"),
        (1000.0, "down"),
        (2000.0, "available"),
        (2000.0, "restarting"),
        (4200.0, "rebuilding"),
        (5224.0, "rebuilt"),
        (5224.0, "whole"),
    ]


def test_that_a_second_loss_after_the_first_was_made_again_takes_nothing_down() -> None:
    found = told(spec_of([(600.0, "fail", 13), (6000.0, "fail", 12)]))
    assert [row[:2] for row in found][4:] == [(6000.0, "degraded"), (9600.0, "unrebuilt")]
    assert found[-1][3] == "its policy needs 3 hosts, 2 are left"


def test_that_data_without_room_is_not_made_again() -> None:
    full = replace(STORED, host_gib=(350.0,) * 4)
    assert told(spec_of([(600.0, "fail", 13)], full))[-1] == (
        4200.0, "unrebuilt", 0, "the hosts that are left have 1,050 GiB, and 1,200 are needed",
    )  # fmt: skip


def test_that_a_host_that_the_others_do_not_reach_is_gone() -> None:
    spec = spec_of([(600.0, "fail", SWITCH)])
    domains = (*spec.domains, Domain(SWITCH, SITE, "switch"))
    hosts = [replace(host, network=((SWITCH,),)) if host.id == 13 else host for host in spec.hosts]
    found = told(replace(spec, domains=domains, hosts=hosts))
    assert [row[:3] for row in found] == [(600.0, "degraded", 0), (4200.0, "rebuilding", 13), (5224.0, "rebuilt", 13),
                                              (5224.0, "whole", 0)]  # fmt: skip


def test_that_a_large_disk_holds_more_of_the_data() -> None:
    uneven = replace(STORED, host_gib=(1000.0, 1000.0, 1000.0, 3000.0))
    found = told(spec_of([(0.0, "fail", 13)], replace(uneven, used_gib=300.0)))
    assert found[-2][:2] == (3600.0 + 300.0 * 1024 / 300.0, "rebuilt")  # the half of 600


# -- the NICs


def nics(rate: float = 1000.0) -> list[Limit]:
    return [Limit(i, "mbps", rate, way=way, name=f"h{i}") for i in HOSTS for way in ("out", "in")]  # type: ignore[arg-type]


def used(spec: Spec, at_s: float) -> list[float]:
    simulation = Simulation(spec)
    simulation.advance(at_s)
    assert simulation.flows is not None
    return [float(round(mbps, 6)) for mbps in simulation.flows.used]


def test_that_writes_go_to_each_copy_and_reads_come_from_one() -> None:
    flow = Flow(VM, 1000.0, DISK, 125.0, (DISK,), spread=STORE, write_frac=0.25)
    mbit = 125.0 * 8.192  # a thousand operations a second of 125 KiB: 1,024 Mbit/s
    into, out = 0.5 * mbit / 4, 0.75 * mbit / 4  # a quarter of two copies; three quarters of one
    found = used(spec_of([], limits=nics(10_000.0), flows=[flow]), 100.0)
    assert found == pytest.approx([3 * into, 3 * out, out, into, out, into, out, into])


def test_that_copies_go_to_the_hosts_that_are_left() -> None:
    flow = Flow(VM, 1000.0, DISK, 125.0, (DISK,), spread=STORE, write_frac=1.0)
    found = used(spec_of([(50.0, "fail", 13)], limits=nics(10_000.0), flows=[flow]), 100.0)
    each = 2.0 * 1024.0 / 3
    assert found == pytest.approx([2 * each, 0.0, 0.0, each, 0.0, each, 0.0, 0.0])


def test_that_making_data_again_takes_its_part_of_the_nics() -> None:
    flow = Flow(VM, 2000.0, DISK, 125.0, (DISK,), spread=STORE, write_frac=1.0)
    spec = spec_of([(600.0, "fail", 13)], limits=nics(), flows=[flow])
    free = 1000.0 - 100.0 * 8.388608
    assert used(spec, 4000.0)[0] == 1000.0
    assert used(spec, 4500.0)[0] == pytest.approx(free)
    assert used(spec, 6000.0)[0] == 1000.0


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"copies": 0}, "1 copy at least"),
        ({"hosts": (10, 99), "host_gib": (1.0, 1.0)}, "host 99, which is not there"),
        ({"id": 77}, "datastore 77"),
        ({"rebuild_mibps": -1.0}, "rebuild_mibps"),
        ({"host_gib": (1.0,)}, "4 hosts and 1"),
    ],
)
def test_that_what_has_no_meaning_is_refused(change: dict[str, object], words: str) -> None:
    spec = spec_of([])
    with pytest.raises(SpecError, match=words):
        simulate(replace(spec, replicated=[replace(STORED, **change)]))  # type: ignore[arg-type]


# -- whatever happens


@st.composite
def losses(draw: st.DrawFn) -> tuple[Replicated, list[tuple[float, str, int]]]:
    hosts = draw(st.integers(3, 5))
    stored = replace(
        STORED, hosts=tuple(range(10, 10 + hosts)), copies=draw(st.sampled_from((2, 3))),
        host_gib=tuple(draw(st.sampled_from((400.0, 1000.0))) for _ in range(hosts)),
        tolerates=draw(st.integers(0, 2)), rebuild_hosts=draw(st.integers(2, 3)),
        used_gib=draw(st.sampled_from((200.0, 611.0))),
        delay_s=draw(st.sampled_from((300.0, 1500.0))), rebuild_mibps=draw(st.sampled_from((70.0, 130.0))),
    )  # fmt: skip
    one = st.tuples(st.integers(1, 90), st.sampled_from(("fail", "recover")), st.sampled_from(stored.hosts))
    drawn = draw(st.lists(one, max_size=8, unique_by=lambda e: e[0]))
    return stored, sorted((200.0 * at, what, host) for at, what, host in drawn)


def slowly(stored: Replicated, events: list[tuple[float, str, int]]) -> list[tuple[float, str, int]]:
    """What happens to a store, second by second."""
    log: list[tuple[float, str, int]] = []
    gone: dict[int, float] = {}
    safe: set[int] = set()
    left: dict[int, float] = {}
    raw = dict(zip(stored.hosts, stored.host_gib))
    working, why_before, lost = 0, "", False

    def share(host: int) -> float:
        return stored.used_gib * stored.copies * raw[host] / sum(raw[h] for h in raw if h not in safe)

    for now in range(7 * 3600):
        if working:
            left[working] -= stored.rebuild_mibps * (len(raw) - len(gone)) / 1024.0 if now else 0.0
        done = bool(working) and left[working] <= 1e-9
        again = done
        if done:
            safe.add(working)
            log.append((now, "rebuilt", working))
            if not any(h not in safe for h in gone):
                log.append((now, "whole", 0))
        for at, what, host in events:
            if at != now or (what == "fail") == (host in gone):
                continue
            again = True
            if what == "fail":
                gone[host] = now
                log.append((now, "degraded", 0))
            else:
                before_it = [h for h in gone if h not in safe]
                gone.pop(host), safe.discard(host), left.pop(host, None)
                if before_it and not any(h not in safe for h in gone):
                    log.append((now, "whole", 0))
        again |= any(now == since + stored.delay_s for since in gone.values())
        exposed = [h for h in gone if h not in safe]
        if (len(exposed) > stored.tolerates) != lost:
            lost = not lost
            log.append((now, "unavailable" if lost else "available", 0))
        if again:
            late = sorted(h for h in exposed if now >= gone[h] + stored.delay_s)
            before, working, why = working, 0, ""
            if late:
                there = [h for h in raw if h not in gone]
                needs = sum(map(share, there)) + share(late[0])
                if lost:
                    why = "lost"
                elif len(there) < stored.rebuild_hosts:
                    why = f"hosts {len(there)}"
                elif needs > sum(raw[h] for h in there) * (1 + 1e-9):
                    why = f"room {needs:.0f} {sum(raw[h] for h in there)}"
                elif there:
                    working = late[0]
                    left.setdefault(working, share(working))
                    if working != before:
                        log.append((now, "rebuilding", working))
            if why and why != why_before:
                log.append((now, "unrebuilt", 0))
            why_before = why
    return log


@given(losses())
def test_that_a_store_fares_as_second_by_second(world: tuple[Replicated, list[tuple[float, str, int]]]) -> None:
    stored, events = world
    expected = slowly(stored, events)
    made = [at for at, what, _ in expected if what == "rebuilt"]
    moments = {at for at, _, _ in events} | {at + stored.delay_s for at, _, _ in events}
    assume(all(abs(at - other) > 5 for at in made for other in moments))
    found = [(time_s, what, place) for time_s, what, place, _ in told(spec_of(events, stored))]
    assert sorted(row[1:] for row in found) == sorted(row[1:] for row in expected)
    for one, other in zip(sorted(found, key=lambda r: r[1:] + r[:1]), sorted(expected, key=lambda r: r[1:] + r[:1])):
        assert one[0] == pytest.approx(other[0], abs=4.0)


@settings(max_examples=15)
@given(losses(), st.floats(1.0, 25_000.0))
def test_that_slices_and_branches_are_the_same_run(
    world: tuple[Replicated, list[tuple[float, str, int]]], cut_s: float
) -> None:
    stored, events = world
    flow = Flow(VM, 2000.0, DISK, 64.0, (DISK,), spread=STORE, write_frac=0.5)
    spec = spec_of(events, stored, limits=nics(), flows=[flow])
    whole, sliced = Simulation(spec), Simulation(spec)
    whole.advance(spec.until_s)
    for part in (cut_s, spec.until_s):
        sliced.advance(part)
        sliced.result()
    branch = whole.branch(cut_s)
    for event in spec.events:
        if event.time_s > cut_s:
            branch.inject(event)
    branch.advance(spec.until_s)
    assert sliced.result().digest() == branch.result().digest() == whole.result().digest()
