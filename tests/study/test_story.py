"""The log of a run in words: every element is called by its name, and a name stays as it is written."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from designer.engine import (
    Answer,
    Constant,
    DnsName,
    Domain,
    Host,
    PlacementGroup,
    Service,
    Spec,
    TimedEvent,
    Users,
    Vm,
    simulate,
)
from designer.engine.memory.holding import STATES
from designer.engine.result.recorder import Log
from designer.study.story import MEMORY_TOLD, Story
from tests.engine.random_world import random_world

DOMAINS = [Domain(1, 0, "zone", "z"), Domain(2, 1, "rack", "r-1"), Domain(3, 1, "rack", "r-2")]


def told(events: list[tuple[float, str, int]], **more: Any) -> list[tuple[str, str]]:
    made = [TimedEvent(time_s, what, i) for time_s, what, i in events]  # type: ignore[arg-type]
    spec = Spec(DOMAINS, events=made, until_s=1200.0, **more)
    return [(row.text, row.detail) for row in Story(spec).tell(simulate(spec).log)]


@pytest.mark.parametrize("seed", range(4))
def test_that_each_entry_is_in_one_row_with_those_of_its_time_event_and_detail(seed: int) -> None:
    spec = random_world(seed)
    log = simulate(spec).log
    rows = list(Story(spec).tell(log))
    told = {entry.serial: entry for entry in log}
    assert sorted(i for row in rows for i in row.ids) == sorted(entry.id for entry in log)
    for row in rows:
        first = told[row.serial]
        alike = [e for e in log if (e.time_s, e.what, e.detail) == (first.time_s, first.what, first.detail)]
        assert (row.time_s, row.what, row.ids[0]) == (first.time_s, first.what, first.id)
        assert set(row.ids) <= {entry.id for entry in alike}
    by_columns = Log()
    for e in log:
        by_columns.add(e.time_s, e.what, e.id, e.cause, e.place, e.detail, e.value)
    assert list(Story(spec).tell(by_columns.since(0))) == rows
    parts, story = list(by_columns.since(0).parts(5)), Story(spec)
    assert [row for part in parts for row in story.tell(part)] == rows
    assert all(np.unique(part.time_s).size == 1 for part in parts if part.id.size > 5)
    assert [*story.tell(by_columns.since(len(log)))] == []


def test_that_what_happens_to_very_many_at_once_is_one_row() -> None:
    vms = [Vm(1000 + n, 10, 1, 1.0, 0.001) for n in range(5000)]
    rows = told([(100.0, "fail", 10)], vms=vms, hosts=[Host(10, 2, 5000, 1.0, 6000.0, "h", overcommit=1.0)])
    assert rows[0][0] == "h failed"
    assert "5000 VMs went down" in [text for text, _ in rows]


def test_that_a_dns_name_is_called_by_its_name() -> None:
    name = DnsName(8, (Users(9, Constant(6.0)),), (Answer(5), Answer(6)), "www", check_s=30.0, ttl_s=60.0)
    services = [Service(5, Constant(0.0), 1.0, "first"), Service(6, Constant(0.0), 1.0, "second")]
    vms = [Vm(n, 1, 1, 1000.0, 1.0, name=f"vm-{n}", service=n - 15) for n in (20, 21)]
    rows = told([(100.0, "fail", 20), (600.0, "recover", 20)], vms=vms, services=services, dns_names=[name])
    assert [row for row in rows if row[0].startswith("www")] == [
        ("www leads no users to first any more", "Users go to second"),
        ("www leads users to first again", "Users go to first"),
    ]


def test_that_a_reason_that_begins_with_a_name_leaves_the_name_as_it_is() -> None:
    hosts = [Host(10, 2, 4, 1000.0, 64.0, "h-1"), Host(11, 3, 4, 1000.0, 64.0, "h-2")]
    apart = [PlacementGroup(7, "pg")]
    vms = [Vm(n, n - 10, 1, 1000.0, 50.0, name=f"vm-{n}", recovery="cluster", placement=7) for n in (20, 21)]
    vms.append(Vm(22, 10, 1, 1000.0, 50.0, name="vm-22"))
    assert told([(100.0, "fail", 10)], vms=vms, hosts=hosts, placements=apart) == [
        ("vm-22 was refused", "h-1 has 14 of 64 MiB left; it needs 50"),
        ("h-1 failed", ""),
        ("vm-20 went down", "Cause: h-1 failed"),
        ("vm-20 is found dead", "Cause: vm-20 went down"),
        ("vm-20 waits for a place", "No host in z has enough free memory"),
    ]


def test_that_every_state_of_a_hosts_memory_has_words() -> None:
    assert set(MEMORY_TOLD) == set(STATES)
    host = Host(10, 1, 4, 1000.0, 8192.0, "h", memory="kvm", ram_overcommit=2.0, swap_mib=8192.0)
    vms = [Vm(20 + n, 10, 1, 1000.0, 6000.0, name=f"vm-{n}") for n in range(2)]
    assert told([(600.0, "fail", 20)], vms=vms, hosts=[host])[:3] == [
        ("h swaps", "Its VMs have more memory than it has"),
        ("vm-0 failed", ""),
        ("h takes no memory back", ""),
    ]
