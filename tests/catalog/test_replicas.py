"""Datastores that are spread over hosts: copies, capacity, what a loss leaves, and what a run is told of them."""

from __future__ import annotations

import pytest

from designer.catalog.rules.replicas import replicated_of, usable_gib
from designer.commands import edit
from designer.engine import TimedEvent, simulate
from designer.errors import RuleError
from designer.model.project import Project
from designer.study.build import build
from designer.study.headless import run_headless

Ids = dict[str, int]


@pytest.fixture
def ids(project: Project) -> Ids:
    """Four hosts with disks that see a datastore with a volume of 600 GiB, whose VM is on the first."""
    found = {"site": edit.place(project, "data_center")}
    found["cluster"] = edit.place(project, "cluster", found["site"])
    found["store"] = edit.place(project, "datastore", found["site"], name="pool", spread="vsan")
    for n in range(4):
        found[f"h{n}"] = host = edit.place(project, "host", found["site"], name=f"h{n}", storage_gib=1000.0)
        edit.connect(project, "in_cluster", host, found["cluster"])
        edit.connect(project, "sees", host, found["store"])
    found["vm"] = edit.place(project, "vm", found["h0"], name="vm", disk_iops=800.0, write_frac=0.5, recovery="cluster")
    found["disk"] = edit.place(project, "volume", found["store"], type="virtual_disk", size_gib=600.0)
    edit.connect(project, "attached_to", found["disk"], found["vm"])
    return found


@pytest.mark.parametrize(
    ("spread", "tolerates", "copies", "hosts", "delay_s"),
    [
        ("vsan", 1, 2, 3, 3600.0),
        ("vsan", 2, 3, 5, 3600.0),
        ("ceph", 1, 3, 3, 600.0),
        ("s2d", 1, 2, 2, 900.0),
        ("s2d", 2, 3, 3, 900.0),
    ],
)
def test_that_copies_and_hosts_follow_from_the_losses_that_are_tolerated(
    project: Project, ids: Ids, spread: str, tolerates: int, copies: int, hosts: int, delay_s: float
) -> None:
    edit.change(project, [ids["store"]], {"spread": spread, "tolerates": tolerates})
    store = project.elements[ids["store"]]
    found = replicated_of(project, store)
    assert found is not None
    assert (found.copies, found.rebuild_hosts, found.delay_s, found.used_gib) == (copies, hosts, delay_s, 600.0)
    assert usable_gib(project, store) == pytest.approx(4000.0 / copies)
    assert usable_gib(project, store, without=1) == pytest.approx(3000.0 / copies)


def test_that_volumes_take_no_more_than_the_disks_hold_in_all_copies(project: Project, ids: Ids) -> None:
    edit.place(project, "volume", ids["store"], type="virtual_disk", size_gib=1400.0)
    with pytest.raises(RuleError, match=r"pool has .* are taken and the volume needs 1 GiB"):
        edit.place(project, "volume", ids["store"], type="virtual_disk", size_gib=1.0)


def test_that_hosts_without_disks_hold_nothing_and_where_none_has_all_hold_alike(project: Project, ids: Ids) -> None:
    edit.change(project, [ids["h3"]], {"storage_gib": 0.0})
    store = project.elements[ids["store"]]
    found = replicated_of(project, store)
    assert found is not None and found.hosts == tuple(sorted(ids[f"h{n}"] for n in range(3)))
    edit.change(project, [ids[f"h{n}"] for n in range(3)], {"storage_gib": 0.0})
    found = replicated_of(project, store)
    assert found is not None and len(found.hosts) == 4
    assert usable_gib(project, store) == store.__dict__["capacity_gib"]


def test_that_a_rebuild_is_no_faster_than_the_slowest_nic(project: Project, ids: Ids) -> None:
    edit.change(project, [ids["h2"]], {"nic_mbps": 419.4304})
    found = replicated_of(project, project.elements[ids["store"]])
    assert found is not None and found.rebuild_mibps == pytest.approx(50.0)


def test_that_a_datastore_of_arrays_is_not_spread(project: Project, ids: Ids) -> None:
    edit.change(project, [ids["store"]], {"spread": "none"})
    spec = build(project)
    assert not spec.replicated
    assert {(flow.spread, flow.write_frac) for flow in spec.flows} == {(0, 0.0)}


def test_that_a_run_of_a_design_makes_lost_copies_again(project: Project, ids: Ids) -> None:
    spec = build(project, until_s=7200.0, events=[TimedEvent(600.0, "fail", ids["h3"])])
    assert [(flow.spread, flow.write_frac) for flow in spec.flows] == [(ids["store"], 0.5)]
    found = [(e.time_s, e.what) for e in simulate(spec).log if e.id == ids["store"]]
    assert found == [(600.0, "degraded"), (4200.0, "rebuilding"), (5224.0, "rebuilt"), (5224.0, "whole")]


def test_that_the_table_and_the_log_tell_of_lost_copies(project: Project, ids: Ids) -> None:
    told = (600.0, "fail", "h3"), (700.0, "fail", "h2"), (800.0, "recover", "h2")
    events = [TimedEvent(at, what, ids[name]) for at, what, name in told]  # type: ignore[arg-type]
    done = run_headless(project, until_s=7200.0, events=events)
    row = next(row for row in done.summary if row.id == ids["store"])
    assert row.values["Missed copies"] == (pytest.approx(4624.0), "s")
    assert row.values["Data out of reach"] == (pytest.approx(100.0), "s")
    assert row.values["Made again"] == (pytest.approx(300.0), "GiB")
    found = [(row.text, row.detail) for row in done.log if row.element_id == ids["store"]]
    assert found == [
        ("pool misses copies", "1 of 4 hosts are gone, 1 may be"),
        ("pool misses copies", "2 of 4 hosts are gone, 1 may be"),
        ("Data of pool is out of reach", "Cause: h2 failed"),
        ("All data of pool is in reach again", "Cause: h2 is up again"),
        ("pool makes the data of h3 again", "300 GiB"),
        ("pool has made the data of h3 again", "300 GiB"),
        ("pool has all copies again", "Cause: h3 failed"),
    ]
