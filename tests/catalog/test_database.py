"""Databases and what depends on them in a design: where replicas may stand, who drops requests and why."""

from __future__ import annotations

import pytest

from designer.commands import edit
from designer.engine import Result, TimedEvent, simulate
from designer.errors import RuleError, SpecError
from designer.model.project import Project
from designer.study.build import build
from designer.study.headless import run_headless
from designer.study.story import Story
from designer.study.traffic.at_moment import traffic_at
from designer.study.traffic.of_users import UserRates


@pytest.fixture
def ids(project: Project) -> dict[str, int]:
    """A region with a subnet in each of two zones, a database in both, a shop with a VM in zone b."""
    found = {"region": edit.place(project, "region")}
    for zone in "ab":
        found[f"zone-{zone}"] = edit.place(project, "zone", found["region"], name=f"zone-{zone}")
        found[f"web-{zone}"] = edit.place(project, "subnet", found[f"zone-{zone}"], name=f"web-{zone}")
    found["db"] = edit.place(project, "database", found["region"], name="orders-db", failover_s=60.0)
    edit.connect(project, "primary_in", found["db"], found["web-a"])
    found["standby"] = edit.connect(project, "standby_in", found["db"], found["web-b"])
    found["shop"] = edit.place(project, "service", name="shop", rate_rps=100.0)
    found["vm"] = edit.place(project, "vm", found["web-b"])
    edit.connect(project, "member", found["vm"], found["shop"])
    found["depends"] = edit.connect(project, "depends_on", found["shop"], found["db"])
    return found


def run(project: Project, *failed: int) -> Result:
    return simulate(build(project, until_s=1800.0, events=[TimedEvent(600.0, "fail", i) for i in failed]))


def story(project: Project, result: Result) -> list[str]:
    rows = Story(build(project)).tell(result.log)
    return [f"{row.time_s:g} {row.text} ({row.detail})" if row.detail else f"{row.time_s:g} {row.text}" for row in rows]


def test_that_the_story_of_a_failover_is_told(project: Project, ids: dict[str, int]) -> None:
    assert story(project, run(project, ids["web-a"])) == [
        "600 web-a failed",
        "600 orders-db fails over (from web-a)",
        "600 shop drops requests (100 req/s are not served: orders-db is down)",
        "660 orders-db is up in web-b (Cause: orders-db fails over)",
        "660 shop serves all requests (Cause: orders-db is up in web-b)",
    ]


def test_that_a_service_serves_again_after_the_failover_and_never_without_a_standby(
    project: Project, ids: dict[str, int]
) -> None:
    assert run(project, ids["zone-a"]).served_rps[:, 0].tolist() == pytest.approx([100, 100, 80, 100, 100, 100])
    edit.delete(project, [ids["standby"]])
    assert run(project, ids["zone-a"]).served_rps[:, 0].tolist() == pytest.approx([100, 100, 0, 0, 0, 0])


def test_that_a_service_that_does_not_depend_on_it_does_not_care(project: Project, ids: dict[str, int]) -> None:
    edit.delete(project, [ids["depends"]])
    assert run(project, ids["db"]).served_rps[:, 0].tolist() == pytest.approx([100] * 6)


def test_that_replicas_stand_in_zones_of_their_own_in_the_region_of_the_database(
    project: Project, ids: dict[str, int]
) -> None:
    second = edit.place(project, "subnet", ids["zone-a"], name="web-a2", cidr="10.0.2.0/24")
    assert project.why_no_link("standby_in", ids["db"], second) == "orders-db already has a replica in zone-a, in web-a"
    far = edit.place(project, "subnet", edit.place(project, "zone", edit.place(project, "region")), name="far")
    assert project.why_no_link("standby_in", ids["db"], far) == "far is in another region than orders-db"


def test_that_a_standby_without_a_primary_is_a_finding(project: Project, ids: dict[str, int]) -> None:
    edit.delete(project, [link.id for link in project.links_of(ids["db"], "primary_in")])
    with pytest.raises(SpecError, match="orders-db has a standby but no primary"):
        run(project)


def test_that_services_do_not_depend_on_one_another_in_a_circle(project: Project, ids: dict[str, int]) -> None:
    pay, mail = edit.place(project, "service", name="pay"), edit.place(project, "service", name="mail")
    edit.connect(project, "depends_on", ids["shop"], pay)
    edit.connect(project, "depends_on", pay, mail)
    for one, other, why in (
        (mail, ids["shop"], "shop already depends on mail, so neither could ever serve"),
        (pay, pay, "pay cannot depend on itself"),
    ):
        assert project.why_no_link("depends_on", one, other) == why
        with pytest.raises(RuleError, match=why):
            edit.connect(project, "depends_on", one, other)


@pytest.mark.parametrize("kind", ["function", "bucket"])
@pytest.mark.parametrize("serves", [False, True])
def test_that_functions_and_buckets_that_are_needed_are_missed_while_down(
    project: Project, ids: dict[str, int], kind: str, serves: bool
) -> None:
    made = edit.place(project, kind, ids["region"], name="it")
    edit.connect(project, "depends_on", ids["shop"], made)
    if serves:
        edit.connect(project, "serves", made, edit.place(project, "service", rate_rps=0.0))
    result = run(project, made)
    assert [e.detail for e in result.log if e.what == "dropping"] == ["it is down"]
    assert result.served_rps[:, 0].tolist() == pytest.approx([100, 100, 0, 0, 0, 0])


def test_that_without_a_quorum_what_writes_drops_all_and_what_reads_goes_on(
    project: Project, ids: dict[str, int]
) -> None:
    reports = edit.place(project, "service", name="reports", rate_rps=50.0)
    edit.connect(project, "member", edit.place(project, "vm", ids["web-b"]), reports)
    edit.connect(project, "reads_from", reports, ids["db"])
    edit.change(project, [ids["db"]], {"quorum": 2})
    result = run(project, ids["web-a"])
    assert story(project, result) == [
        "600 web-a failed",
        "600 orders-db takes no writes (1 of the 2 replicas that a write needs are up)",
        "600 shop drops requests (100 req/s are not served: orders-db takes no writes: 1 of 2 replicas)",
    ]
    assert result.served_rps[-1].tolist() == pytest.approx([0.0, 50.0])


def test_that_what_only_reads_needs_one_replica_and_a_database_without_any_is_read_itself(
    project: Project, ids: dict[str, int]
) -> None:
    edit.delete(project, [ids["depends"]])
    edit.connect(project, "reads_from", ids["shop"], ids["db"])
    vm = edit.place(project, "vm", edit.place(project, "subnet", ids["zone-a"], name="other-a"))
    edit.connect(project, "member", vm, ids["shop"])
    assert run(project, ids["web-a"]).served_rps[-1].tolist() == pytest.approx([100.0])
    both = run(project, ids["web-a"], ids["web-b"])
    assert both.served_rps[-1].tolist() == [0.0]
    assert any("web-a, web-b are down" in line for line in story(project, both))
    edit.delete(project, [ids["standby"], *(k.id for k in project.links_of(ids["db"], "primary_in"))])
    assert run(project, ids["db"]).served_rps[-1].tolist() == [0.0]


def test_that_more_replicas_than_there_are_are_refused(project: Project, ids: dict[str, int]) -> None:
    edit.change(project, [ids["db"]], {"quorum": 3})
    with pytest.raises(SpecError, match="A write of orders-db needs 3 replicas, and it has 2; add standbys"):
        build(project)


def test_that_the_load_of_each_replica_is_told_in_the_table_and_at_a_moment(
    project: Project, ids: dict[str, int]
) -> None:
    reports = edit.place(project, "service", name="reports", rate_rps=50.0)
    edit.connect(project, "member", edit.place(project, "vm", ids["web-b"]), reports)
    edit.connect(project, "reads_from", reports, ids["db"])
    done = run_headless(project, until_s=1200.0)
    told = {row.name: row.values for row in done.summary.of_kinds(("database",))}
    assert told == {
        "orders-db in web-a": {
            "Requests that write, mean": (100.0, "req/s"), "Requests that write, most": (100.0, "req/s")
        },
        "orders-db in web-b": {
            "Requests that read, mean": (50.0, "req/s"), "Requests that read, most": (50.0, "req/s")
        },
    }  # fmt: skip
    at = traffic_at(done.result.store, done.spec, 700.0, UserRates(done.spec))
    assert at[ids["db"]].asked_rps == pytest.approx(150.0)
    edit.delete(project, [ids["depends"], *(k.id for k in project.links_of(ids["db"], "reads_from"))])
    assert not run_headless(project, until_s=1200.0).summary.of_kinds(("database",))
