"""The best region for users agrees with the matrix of round trips, and waits as drawn are those of a run."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from designer.catalog.reference.ec2 import ec2
from designer.cli import main
from designer.commands import edit
from designer.model.project import Project
from designer.store.file import project_file
from designer.study.headless import run_headless
from designer.study.places.ranking import WAYS, Crowd, rank
from designer.study.places.waiting import waits_of

CITIES = {"Mumbai": "ap-south-1", "Frankfurt": "eu-central-1", "Virginia": "us-east-1"}
FACTS = Path(__file__).parents[4] / "shared" / "facts" / "latency.json"


@pytest.mark.parametrize("city", CITIES)
def test_that_regions_rank_for_the_users_of_a_city_as_in_the_matrix(city: str) -> None:
    home = CITIES[city]
    found = rank([Crowd(city, home)])
    measured = [one for one in found if ec2().rtt_ms(home, one.code) is not None]
    ways = {one.code: (ec2().rtt_ms(home, one.code), ec2().rtt_ms(one.code, home)) for one in measured}
    assert [one.code for one in measured] == sorted(ways, key=lambda code: (sum(ms or 0 for ms in ways[code]), code))
    assert found[0].code == home and len(measured) >= 30
    if FACTS.exists():
        facts = json.loads(FACTS.read_text("utf-8"))
        at = facts["codes"].index(home)
        near = min((row for n, row in enumerate(zip(facts["rtt"][at], facts["codes"])) if n != at))[1]
        assert found[1].code == near


def test_that_many_users_are_weighed_and_data_stays_where_it_must() -> None:
    crowds = [Crowd("m", "ap-south-1", 300.0), Crowd("f", "eu-central-1", 100.0, access_ms=8.0)]
    found = {one.code: one for one in rank(crowds)}
    one = found["eu-west-1"]
    assert one.mean_ms == pytest.approx(0.75 * one.waits_ms[0] + 0.25 * one.waits_ms[1]) and one.worst_ms > one.mean_ms
    assert found["eu-central-1"].waits_ms[1] == pytest.approx((ec2().rtt_ms("eu-central-1", "eu-central-1") or 0) + 8.0)
    stays = rank(crowds, "carbon", "EU")
    allowed = [one for one in stays if one.allowed]
    assert stays[: len(allowed)] == allowed and {one.region.country for one in allowed} <= {
        "DE",
        "FR",
        "IE",
        "IT",
        "ES",
        "SE",
    }
    grids = [one.region.grid_g_per_kwh for one in allowed if one.region.grid_g_per_kwh is not None]
    assert grids == sorted(grids) and len(grids) > 3
    for one in allowed:  # who is not marked is beaten by someone
        figures = [one.figure(by) or 1e9 for by in WAYS]
        others = [[o.figure(by) or 1e9 for by in WAYS] for o in allowed if o is not one]
        assert one.best is not any(all(x <= y for x, y in zip(other, figures)) for other in others)


def test_that_waits_as_drawn_are_those_of_a_run_and_the_commands_tell_them(project: Project, tmp_path: Path) -> None:
    far = edit.place(project, "region", provider="aws", code="us-east-1")
    zones = [edit.place(project, "zone", far) for _ in range(2)]
    service = edit.place(project, "service", name="shop", rate_rps=0.0, work_mhz_s=1.0, response_times="none",
                         answer_kib=1.0)  # fmt: skip
    for n, zone in enumerate(zones):
        net = edit.place(project, "subnet", zone, cidr=f"10.0.{n}.0/24")
        edit.connect(project, "member", edit.place(project, "vm", net, recovery="none"), service)
    database = edit.place(project, "database", far)
    edit.connect(project, "primary_in", database, project.children(zones[0])[0])
    edit.connect(project, "depends_on", service, database)
    users = edit.place(project, "user_population", name="Pune", near="ap-south-1", mean_rps=20.0, swing_rps=0.0,
                       noise_rps=0.0)  # fmt: skip
    edit.connect(project, "uses", users, service)
    (drawn,) = waits_of(project)
    (run,) = waits_of(project, run_headless(project, until_s=600.0).results)
    assert (drawn.way_s, drawn.hops_s) == pytest.approx((run.way_s, run.hops_s))
    fields = project.elements[far].__dict__
    assert drawn.hops_s == pytest.approx((fields["within_zone_s"] + fields["between_zones_s"]) / 2)
    path = tmp_path / "shop.clouddesign"
    project_file.save(path, project.rows())
    told = CliRunner().invoke(main, ["latency", str(path)]).output
    assert "Pune to shop" in told
    ranked = CliRunner().invoke(main, ["regions", str(path), "--json"]).output
    assert json.loads(ranked)["regions"][0]["code"] == "ap-south-1"
    assert "us-east-1, N. Virginia" in CliRunner().invoke(main, ["regions", "--near", "us-east-1=5"]).output
