"""Data that a scenario loses for good: what was written since the last backup, and when it is restored."""

from __future__ import annotations

from typing import Any

import pytest

from designer.catalog.scenarios.events import ScenarioEvent
from designer.catalog.scenarios.losses import lost_data
from designer.catalog.scenarios.targets import hits_of
from designer.checks.live import findings_of
from designer.checks.registry import CHECKS
from designer.commands import edit
from designer.model.project import Project
from designer.study.scenarios.answer import answer_of
from designer.study.scenarios.play import play
from designer.study.scenarios.printed import as_lines

HOUR_S = 3600.0


class Store:
    """A VM with its disk on a datastore, a database with its primary in the same zone, a service that needs both."""

    def __init__(self, project: Project) -> None:
        self.project = project
        edit.change(project, [project.root.id], {"until_h": 48.0, "sample_s": 3600.0})
        self.ids: dict[str, int] = {}
        self.put("shop", "service", rate_rps=10.0, slo_frac=0.99)
        self.put("region", "region", code="eu-central-1", provider="aws")
        self.put("zone", "zone", "region")
        self.put("dc", "data_center", "zone")
        self.put("rack", "rack", "dc")
        self.put("host", "host", "rack")
        self.put("store", "datastore", "dc")
        self.put("vm", "vm", "host", recovery="same_zone", boot_s=60.0, detect_s=0.0)
        self.put("disk", "volume", "store", type="virtual_disk")
        self.put("net", "subnet", "zone", cidr="10.0.0.0/24")
        self.put("orders", "database", "region")
        for link, source, target in (("sees", "host", "store"), ("attached_to", "disk", "vm"),
                                     ("member", "vm", "shop"), ("primary_in", "orders", "net")):  # fmt: skip
            edit.connect(project, link, self.ids[source], self.ids[target])

    def put(self, name: str, kind: str, parent: str = "", **fields: Any) -> None:
        above = self.ids[parent] if parent else self.project.root.id
        self.ids[name] = edit.place(self.project, kind, above, name=name, **fields)

    def set(self, name: str, **fields: Any) -> None:
        edit.change(self.project, [self.ids[name]], fields)

    def lost(self, name: str, at_h: float) -> dict[str, float | None]:
        """The hours that are lost of each volume and database when something fails for good."""
        hits = hits_of(self.project, [ScenarioEvent(at_h * HOUR_S, "fail", self.ids[name])], 1)
        names = {i: name for name, i in self.ids.items()}
        rows = lost_data(self.project, hits)
        return {names[one.id]: None if one.age_s is None else one.age_s / HOUR_S for one in rows}


@pytest.fixture
def store(project: Project) -> Store:
    return Store(project)


def test_that_what_was_written_since_the_last_backup_that_is_kept_is_lost(store: Store) -> None:
    assert store.lost("disk", 30.0) == {"disk": 6.0}
    assert store.lost("zone", 30.0) == {"disk": 6.0, "orders": 6.0}
    store.set("store", backup_h=4.0)
    assert store.lost("store", 30.0) == {"disk": 2.0}  # the job of the datastore ran at 28 h
    store.set("store", backup_keep_h=1.0)
    assert store.lost("dc", 30.0) == {"disk": 6.0}  # that backup is gone again
    store.set("disk", backup_keep_h=5.0)
    assert store.lost("dc", 30.0) == {"disk": None}
    store.set("orders", backup_keep_h=3.0, backup_h=4.0)
    assert (store.lost("orders", 26.0), store.lost("orders", 31.5)) == ({"orders": 2.0}, {"orders": None})
    store.set("orders", backup_keep_h=0.0)
    assert store.lost("region", 30.0)["orders"] is None  # its backups are lost with it
    store.set("orders", backup_region="eu-west-1")
    assert store.lost("region", 30.0)["orders"] == 2.0


def test_that_jobs_run_at_their_time_of_day_in_the_region(store: Store) -> None:
    edit.change(store.project, [store.project.root.id], {"start_utc": "2026-03-27 06:00"})
    store.set("region", time_zone="Europe/Berlin")  # an hour ahead of UTC, two from March 29 at 01:00 UTC on
    store.set("orders", backup_at_h=2.0)
    assert store.lost("orders", 30.0) == {"orders": 11.0}  # March 28, 12:00 UTC: 13:00 there
    store.set("orders", backup_h=6.0)
    assert store.lost("orders", 30.0) == {"orders": 5.0}
    store.set("orders", backup_h=24.0, backup_at_h=24.0)
    assert store.lost("orders", 0.5) == {"orders": 7.5}  # at midnight before the run
    assert store.lost("orders", 54.0) == {"orders": 13.0}  # March 29, 14:00 there: the night was an hour shorter
    store.set("disk", backup_at_h=12.5, backup_keep_h=1.0)
    assert store.lost("disk", 30.0) == {"disk": 0.5}
    store.set("store", backup_h=24.0, backup_at_h=12.75, backup_keep_h=1.0)
    assert store.lost("disk", 30.0) == {"disk": 0.25}
    assert store.lost("disk", 31.0) == {"disk": None}


@pytest.mark.parametrize(
    ("start", "zone", "hours"),
    [
        # In Berlin 2:30 is at 0:30 UTC, and again at 1:30, on October 25: the job has run since the first.
        ("2026-10-24 12:00", "Europe/Berlin", {12.25: 23.75, 12.75: 0.25, 13.25: 0.75, 13.75: 1.25}),
        # On March 29 there is no 2:30: the job runs at 3:30, 1:30 UTC.
        ("2026-03-28 12:00", "Europe/Berlin", {12.75: 23.25, 13.25: 23.75, 13.75: 0.25}),
        # On Lord Howe Island clocks go from 2:00 to 2:30: 15:30 UTC.
        ("2026-10-03 04:00", "Australia/Lord_Howe", {11.25: 23.25, 11.75: 0.25}),
        # Apia left out December 30.
        ("2011-12-29 12:00", "Pacific/Apia", {22.0: 21.5, 25.0: 0.5}),
    ],
)
def test_that_a_job_runs_once_where_clocks_change(
    store: Store, start: str, zone: str, hours: dict[float, float]
) -> None:
    edit.change(store.project, [store.project.root.id], {"start_utc": start})
    store.set("region", time_zone=zone)
    store.set("orders", backup_h=24.0, backup_at_h=2.5)
    assert {at: store.lost("orders", at)["orders"] for at in hours} == hours


@pytest.mark.parametrize("name", ["disk", "store", "orders"])
def test_that_it_is_restored_in_its_time_and_its_vms_start_again(store: Store, name: str) -> None:
    failed = ScenarioEvent(30.0 * HOUR_S, "fail", store.ids[name])
    before = answer_of(play(store.project, "test", [failed]), {})
    store.set(name, restore_h=2.5)
    answer = answer_of(play(store.project, "test", [failed]), {})
    assert [(part.what, part.time_s) for part in answer.cut] == [("fail", 30.0 * HOUR_S), ("restore", 32.5 * HOUR_S)]
    lost = "orders" if name == "orders" else "disk"
    assert [(row.name, row.rpo_s) for row in answer.data] == [(lost, 6.0 * HOUR_S)]
    text = "\n".join(as_lines(answer))
    assert f"{name} is restored from its backup" in text
    assert f"{lost}: 6 h of writes; lost for good; this was written since its last backup" in text
    if name != "orders":
        assert [fall.back_s for fall in before.fallen] == [None]
        assert [fall.back_s for fall in answer.fallen] == [32.5 * HOUR_S + 60.0]
        assert answer.services[0].rto_s == pytest.approx(2.5 * HOUR_S + 60.0)
    store.set("store", backup_h=0.0)
    store.set(lost, backup_h=0.0)
    assert [part.what for part in answer_of(play(store.project, "test", [failed]), {}).cut] == ["fail"]


def test_that_the_job_of_a_datastore_backs_up_its_volumes_and_that_a_slow_restore_misses_an_rto(store: Store) -> None:
    def found(check: str) -> list[tuple[int, ...]]:
        return [one.elements for one in findings_of(store.project, CHECKS) if one.check == check]

    store.set("disk", backup_h=0.0)
    assert (store.ids["disk"],) in found("REL-12")
    store.set("store", backup_h=24.0)
    assert found("REL-12") == []
    edit.connect(store.project, "depends_on", store.ids["shop"], store.ids["orders"])
    store.set("shop", strategy="backup", rto_s=2 * HOUR_S)
    store.set("orders", backup_region="eu-west-1")
    missing = found("REL-14")
    store.set("orders", restore_h=3.0)
    assert missing == [] and found("REL-14")
