"""Sizes that would do after a run, hosts that could be off, and an estate at a provider: found, applied, undone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from designer.catalog import KINDS, LINKS
from designer.catalog.reference.ec2 import ec2
from designer.cli import main
from designer.commands import edit
from designer.commands.sizing.applying import move_to_provider, resize
from designer.errors import RuleError
from designer.model.project import Project
from designer.store.file import project_file
from designer.study.availability.answer import Study
from designer.study.cost.bill import bill_of
from designer.study.headless import run_headless
from designer.study.sizing.advice import HostAdvice, Sizing, sizing_of
from designer.study.sizing.moving import estate_move
from designer.study.sizing.types import TypeNeed, cheapest


@pytest.fixture
def mixed(project: Project) -> dict[str, int]:
    """Rented VMs that idle, fit and are full; a cluster of four own hosts with little to do."""
    region = edit.place(project, "region", provider="aws", code="us-east-1")
    zone = edit.place(project, "zone", region, zone_id="use1-az1")
    net = edit.place(project, "subnet", zone, cidr="10.0.0.0/24")
    ids = {}
    for name, load in (("idle", 0.1), ("fits", 0.6), ("full", 1.0)):
        ids[name] = edit.place(project, "vm", net, name=name, load_frac=load, recovery="none")
        edit.apply_preset(project, [ids[name]], "m5.4xlarge", "instance_type")
    hall = edit.place(project, "data_center", edit.place(project, "zone", edit.place(project, "region")))
    ids["cluster"] = edit.place(project, "cluster", hall)
    for n in range(4):
        host = edit.place(project, "host", hall, name=f"h{n}", cores=16, ram_mib=65536.0, purchase_usd=7200.0)
        ids[f"h{n}"] = host
        edit.connect(project, "in_cluster", host, ids["cluster"])
        ids[f"v{n}"] = edit.place(project, "vm", host, name=f"v{n}", vcpus=4, ram_mib=8192.0, load_frac=0.5)
    return ids


def test_that_a_run_says_what_would_do_and_one_step_applies_it(project: Project, mixed: dict[str, int]) -> None:
    before = bill_of(project).total
    found = sizing_of(project, run_headless(project, until_s=1800.0).results)
    advice = {one.name: one for one in found.vms}
    assert set(advice) == {"idle", "full"}
    idle, full = advice["idle"], advice["full"]
    row = project.elements[mixed["idle"]].__dict__
    assert (idle.verdict, idle.now, round(idle.p95, 2)) == ("under", "m5.4xlarge", 0.1)
    assert (full.verdict, round(full.p95, 2)) == ("over", 1.0)
    for one in (idle, full):  # the cheapest that is large enough
        kind = ec2().types[one.type]
        need = TypeNeed(16 * row["mhz"] * one.p95 / 0.6, 65536.0, clock_mhz=row["mhz"])
        assert kind.vcpus * (kind.mhz or row["mhz"]) >= need.mhz and kind.mem_mib >= 65536 and not kind.burstable
        assert cheapest(need, "us-east-1", "use1-az1") == (kind, pytest.approx((one.usd_after or 0.0) / 730.0))
    assert idle.usd_after is not None and idle.usd == pytest.approx(0.768 * 730) and idle.usd_after < idle.usd
    assert [one.name for one in found.hosts] != [] and len(found.hosts) == 2  # one does, one is spare
    assert all(one.usd == pytest.approx(7200.0 / project.elements[one.host].__dict__["life_years"] / 12)
               for one in found.hosts)  # fmt: skip

    rows, asked = len(project.elements), 0.1 * 16 * row["mhz"]
    resize(project, *found.changes)
    assert project.elements[mixed["idle"]].__dict__["instance_type"] == idle.type
    assert len(project.elements) == rows - 2
    after = project.elements[mixed["idle"]].__dict__
    assert after["vcpus"] * after["mhz"] * after["load_frac"] == pytest.approx(asked)  # the same work
    assert before.usd - bill_of(project).total.usd == pytest.approx(found.saved_usd)
    again = sizing_of(project, run_headless(project, until_s=1800.0).results)
    assert [one for one in again.vms if one.verdict == "over"] == []
    assert found.saved_usd is not None and (again.saved_usd or 0.0) < found.saved_usd / 3
    assert Sizing((), (HostAdvice(1, "h", 0.1, (), None, 9.0),)).saved_usd is None  # no price, no figure
    assert project.undo() and project.elements[mixed["idle"]].__dict__["instance_type"] == "m5.4xlarge"
    assert len(project.elements) == rows


def test_that_an_estate_moves_to_a_provider_at_a_cost(project: Project, mixed: dict[str, int], tmp_path: Path) -> None:
    found = estate_move(project, "eu-central-1")
    assert {one.name for one in found.vms} == {"v0", "v1", "v2", "v3"}
    assert found.before.usd == pytest.approx(4 * 7200.0 / project.elements[mixed["h0"]].__dict__["life_years"] / 12)
    assert found.after.low < found.after.usd < found.after.high  # a derived price
    kind = ec2().types[found.vms[0].type]
    vm = project.elements[mixed["v0"]].__dict__
    assert kind.vcpus * (kind.mhz or vm["mhz"]) >= 4 * vm["mhz"] and kind.mem_mib >= 8192
    shop = edit.place(project, "service", name="shop", clients="inside")
    for name in ("v0", "v1"):
        edit.connect(project, "member", mixed[name], shop)
    path = tmp_path / "estate.clouddesign"
    project_file.save(path, project.rows())
    edit.change(project, [mixed["h0"]], {"locked": True})
    with pytest.raises(RuleError):
        move_to_provider(project, found.types, "eu-central-1", 2)
    edit.change(project, [mixed["h0"]], {"locked": False})
    rows = len(project.elements)
    region = move_to_provider(project, found.types, "eu-central-1", 2)
    inside = [project.elements[i] for i in project.subtree(region)]
    assert sorted(e.name for e in inside if e.kind == "vm") == ["v0", "v1", "v2", "v3"]
    assert project.of_kind("host") == []
    moved = [line for line in bill_of(project).lines if line.what == "Instances" and line.element in found.types]
    assert sum(line.usd or 0.0 for line in moved) == pytest.approx(found.after.usd)
    assert project.undo() and len(project.elements) == rows
    out = tmp_path / "moved.clouddesign"
    options = ["move-estate", str(path), "--region", "eu-central-1", "--json", "--apply", str(out)]
    told = CliRunner().invoke(main, options)
    (nines,) = json.loads(told.output.partition("\n}")[0] + "\n}")["nines"]
    assert nines["service"] == "shop"
    there = [Project(KINDS, LINKS, project_file.load(one).rows) for one in (path, out)]
    answers = [Study(one).availability(shop).nines for one in there]
    assert [nines["before"], nines["after"]] == pytest.approx(answers)
    assert answers[0] != answers[1]
    assert told.exit_code == 0 and len(project_file.load(out).rows) > 0
    assert json.loads(told.output.partition("\n}")[0] + "\n}")["after"]["usd"] == pytest.approx(found.after.usd)
    assert CliRunner().invoke(main, ["move-estate", str(path), "--region", "nowhere-1"]).exit_code == 2
