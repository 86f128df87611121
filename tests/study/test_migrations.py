"""Migrations of a run as counted from its log: how many VMs are on their way at each time."""

from __future__ import annotations

from designer.engine import simulate
from designer.study.migrations import MigrationCount
from designer.study.story import LogRow, Story
from tests.engine.moving_world import host, vm, world


def log() -> list[LogRow]:
    """h0 is drained at 600 s: two of its three VMs move at a time, 512 MiB/s each; h1 has no room for the third."""
    vms = [vm(n, 0, dirty_mib_s=0.0, ram_mib=1024.0) for n in range(2)] + [vm(2, 0, ram_mib=60_000.0)]
    spec = world([host(0), host(1, ram_mib=16_384.0)], vms, (600.0, "drain", 10))
    return list(Story(spec).tell(simulate(spec).log))


def test_that_vms_are_on_their_way_from_the_begin_of_their_migration_to_its_end() -> None:
    count = MigrationCount()
    count.follow(log())
    assert [count.at(t) for t in (599.0, 600.0, 601.9, 602.0)] == [(0, 0, 0), (2, 0, 0), (2, 0, 0), (0, 2, 0)]
    edges, values = count.until(3600.0)
    assert (edges.tolist(), values.tolist()) == ([0.0, 600.0, 602.0, 3600.0], [0.0, 2.0, 0.0])
    assert [part.tolist() for part in count.until(600.0)] == [[0.0, 600.0], [0.0]]


def test_that_what_did_not_begin_did_not_end_and_what_was_given_up_did() -> None:
    vms = [vm(0, 0, dirty_mib_s=0.0)]
    spec = world([host(0), host(1)], vms, (600.0, "drain", 10), (605.0, "fail", 11))
    count = MigrationCount()
    count.follow(list(Story(spec).tell(simulate(spec).log)))
    assert [count.at(t) for t in (604.0, 605.0)] == [(1, 0, 0), (0, 0, 1)]
    nowhere = world([host(0)], vms, (600.0, "drain", 10))
    count.follow(list(Story(nowhere).tell(simulate(nowhere).log)))
    assert count.at(3600.0) == (0, 0, 0)


def test_that_reading_on_counts_what_reading_anew_does() -> None:
    rows = log()
    whole, on, growing = MigrationCount(), MigrationCount(), list[LogRow]()
    whole.follow(rows)
    for row in rows:
        growing.append(row)
        on.follow(growing)
    assert on.at(3600.0) == whole.at(3600.0)
    assert [part.tolist() for part in on.until(3600.0)] == [part.tolist() for part in whole.until(3600.0)]
