"""Bad years: drawn again alone they are the same, they say what caused them, and a run of them is down as long."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from designer.catalog import KINDS, LINKS
from designer.catalog.kinds.saved.scenario import scenario_events
from designer.cli import main
from designer.commands import edit
from designer.model.project import Project, snapshot
from designer.store.file import project_file
from designer.study.availability.answer import Study
from designer.study.availability.bad_years import BadYear, followed
from designer.study.availability.drawn_years import YearSampler, bad_year, draw_years
from designer.study.availability.playing import play_year
from designer.study.availability.structure import FallibleComponent, Least
from designer.study.scenarios.answer import services_of

NEVER = {"mtbf_h": 0.0}


@pytest.fixture(scope="module")
def project() -> Project:
    """Two zones that share fate; a service on two hosts of one cluster with HA, each with room for both of its VMs."""
    made = Project(KINDS, LINKS)
    region = edit.place(made, "region", name="r", shared_fate_frac=0.5, **NEVER)
    zones = [edit.place(made, "zone", region, name=n, mtbf_h=8000.0, mttr_h=20.0) for n in ("a", "b")]
    room = edit.place(made, "data_center", zones[0], **NEVER)
    cluster = edit.place(made, "cluster", room)
    service = edit.place(made, "service", name="shop", rate_rps=1.0, work_mhz_s=5.0)
    for n in range(2):
        host = edit.place(made, "host", room, name=f"h{n}", mtbf_h=900.0, mttr_h=100.0, ram_mib=65_536.0)
        edit.connect(made, "in_cluster", host, cluster)
        edit.connect(made, "member", edit.place(made, "vm", host, name=f"v{n}", ram_mib=4096.0, **NEVER), service)
    edit.connect(made, "member", edit.place(made, "vm", zones[1], recovery="none", **NEVER), service)
    return made


@pytest.fixture(scope="module")
def worst(project: Project) -> BadYear:
    study = Study(project)
    drawn = draw_years(study, study.services, lambda _: True, most=4000)
    exact = study.availability(study.services[0].id)
    assert drawn.services[0].mean_h.value == pytest.approx(exact.downtime_h, rel=0.3)
    years = drawn.services[0].worst
    assert [year.down_h for year in years] == sorted((year.down_h for year in years), reverse=True)
    return years[0]


def test_that_a_year_is_drawn_again_alone_with_its_outages_and_causes(project: Project, worst: BadYear) -> None:
    study = Study(project)
    sampler = YearSampler(study, study.services)
    assert bad_year(sampler, worst.service, worst.number) == worst
    assert sampler.histories is not None
    assert worst.down_h == pytest.approx(sampler.histories.draw(worst.number, 1)[0, 0, 0], abs=1e-9)
    assert worst.left_out == 0 and worst.worst is not None
    zones = {one.id for one in project.of_kind("zone")}
    begun = {event.target for event in worst.events if event.at_s == worst.worst.begin_h * 3600.0}
    assert "zones failing together" in worst.told and begun == zones


def test_that_a_year_played_as_a_run_is_down_as_long_and_is_saved_as_a_scenario(
    project: Project, worst: BadYear, tmp_path: Path
) -> None:
    played = play_year(project, worst)
    service = services_of(played.done, 0.0, list(played.done.result.log))[0]
    assert service.down_s / 3600.0 == pytest.approx(worst.down_h, rel=0.02)
    path = tmp_path / "d.clouddesign"
    project_file.save(path, project.rows())
    words = ["bad-years", str(path), "--year", str(worst.number), "--save-scenario", "Bad", "--json", "-"]
    done = CliRunner().invoke(main, words)
    assert done.exit_code == 0, done.output
    (told,) = json.loads(done.output)["years"]
    assert told["number"] == worst.number and told["down_h"] == worst.down_h
    again = Project(KINDS, LINKS, project_file.load(path).rows)
    (row,) = again.of_kind("scenario")
    assert scenario_events(row) == worst.events == tuple(sorted(worst.events, key=lambda one: one.at_s))


def test_that_an_outage_names_all_without_which_it_had_not_begun() -> None:
    parts = [FallibleComponent(n, "host", f"h{n}", 1.0, 1.0) for n in range(4)]
    two_of_three = Least(2, (0, 1, 2))
    changes = [(1.0, 5.0, 0), (2.0, 9.0, 3), (3.0, 4.0, 2), (8.0, 20.0, 1), (8.5, 12.0, 0)]
    rows = [parts[n] for _, _, n in changes]
    first, second = followed(two_of_three, changes, rows, 10.0)
    assert (first.begin_h, first.end_h, first.ids) == (3.0, 4.0, (0, 2))
    assert (second.begin_h, second.end_h, second.told) == (8.5, 10.0, "h1 and h0")


def test_that_a_year_must_be_named_to_be_played(tmp_path: Path) -> None:
    refused = CliRunner().invoke(main, ["bad-years", str(tmp_path / "d"), "--play"])
    assert refused.exit_code == 2 and "Name a year" in refused.output


def test_that_years_of_a_service_that_never_holds_its_peak_are_refused_and_those_of_others_are_drawn(
    project: Project, tmp_path: Path
) -> None:
    both = snapshot(project)
    edit.place(both, "service", name="weak", rate_rps=1.0)
    path = tmp_path / "d.clouddesign"
    project_file.save(path, both.rows())
    alone = CliRunner().invoke(main, ["bad-years", str(path), "--service", "weak", "--years", "10"])
    assert alone.exit_code == 2 and "weak has no member that its requests reach, so it is never up." in alone.output
    done = CliRunner().invoke(main, ["bad-years", str(path), "--years", "200", "--json", "-"])
    assert done.exit_code == 0 and "weak has no member" in done.stderr
    assert {year["service"] for year in json.loads(done.stdout)["years"]} == {"shop"}
