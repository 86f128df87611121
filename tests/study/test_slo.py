"""What a service promises and what it served: the summary and the findings of a run."""

from __future__ import annotations

import pytest

from designer.checks.run import of_run
from designer.commands import edit
from designer.engine import TimedEvent
from designer.model.project import Project
from designer.study.build import build
from designer.study.headless import Headless, run_headless
from designer.study.summary import service_rows


@pytest.fixture
def shop(project: Project) -> int:
    """A service of 100 requests a second with a VM in each of two zones, and a promise of 95%."""
    made = edit.place(project, "service", name="shop", rate_rps=100.0, health_check_s=60.0, slo_frac=0.95)
    region = edit.place(project, "region")
    for n in (1, 2):
        zone = edit.place(project, "zone", region, name=f"zone-{n}")
        edit.connect(project, "member", edit.place(project, "vm", zone, recovery="none"), made)
    return made


def missed(done: Headless) -> list[int]:
    """The services that missed their SLO, by the findings of the run."""
    return [f.elements[0] for f in of_run(done.series, done.spec, done.log, (), ()) if f.check == "RUN-02"]


@pytest.mark.parametrize(("health_check_s", "misses"), [(60.0, False), (600.0, True)])
def test_that_a_promise_is_held_against_all_requests_of_the_run(
    project: Project, shop: int, health_check_s: float, misses: bool
) -> None:
    edit.change(project, [shop], {"health_check_s": health_check_s})
    zone = next(e.id for e in project.of_kind("zone"))
    done = run_headless(project, until_s=3600.0, events=[TimedEvent(600.0, "fail", zone)])
    (row,) = service_rows(done.series, done.spec)
    # Half of the requests are lost until the dead member is noticed.
    assert row.values["Served"] == (pytest.approx(1.0 - health_check_s / 2 / 3600.0), "fraction")
    assert row.values["SLO"] == (0.95, "fraction")
    assert missed(done) == ([shop] if misses else [])
    assert [row for row in done.summary if row.id == shop] == [row]


def test_that_where_nothing_is_promised_nothing_is_missed(project: Project, shop: int) -> None:
    edit.change(project, [shop], {"slo_frac": 0.0})
    for vm in project.of_kind("vm"):
        edit.change(project, [vm.id], {"powered_on": False})
    done = run_headless(project, until_s=600.0)
    (row,) = service_rows(done.series, done.spec)
    assert "SLO" not in row.values and row.values["Served"] == (0.0, "fraction")
    assert missed(done) == []
    assert build(project).services[0].slo_frac == 0.0
