"""Bills worked out by hand: three blueprints to the cent, what is derived, what is owned, what has no price."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from designer.catalog import KINDS, LINKS
from designer.catalog.presets.blueprints import blueprints
from designer.catalog.reference.prices import prices
from designer.cli import main
from designer.commands import blueprints as placing
from designer.commands import edit
from designer.model.project import Project
from designer.report.comparing import measures
from designer.results.cost import as_json, as_lines
from designer.store.file import project_file
from designer.study.cost.bill import bill_of
from designer.study.cost.groups import WAYS, key_of
from designer.study.cost.lines import CostLine, sums, total
from designer.study.cost.live import LiveBill

MONTH_H = 730.0


def blueprint(name: str) -> Project:
    project = Project(KINDS, LINKS)
    placing.begin(project, blueprints()[name].text, name)
    return project


def by_line(project: Project) -> dict[int | str, float]:
    """USD a month of each line that has a price, in cents."""
    found = sums((line for line in bill_of(project).lines if line.price is not None), key_of(project, "line"))
    return {name: round(one.usd, 2) for name, one in found.items()}


def unknown(project: Project) -> list[str]:
    return sorted(line.what for line in bill_of(project).lines if line.price is None)


def test_that_the_bill_of_the_vpc_is_that_of_the_price_list() -> None:
    project = blueprint("vpc-public-private")  # us-east-1
    assert by_line(project) == {
        "Instances": 435.66,  # 6 m5.large at 0.096 and a t3.small at 0.0208, 730 h: 420.48 + 15.184
        "NAT gateways": 65.70,  # 2 at 0.045
        "Load balancers": 16.43,  # 0.0225: 16.425
        "Public addresses": 14.60,  # those of 2 NAT gateways and of 2 nodes at 0.005
    }
    whole = bill_of(project).total
    assert round(whole.usd, 2) == 532.39 and whole.low == whole.usd == whole.high
    assert round(whole.year_usd, 2) == 6388.67
    assert whole.unknown == len(unknown(project)) == 4
    assert {line.mark for line in bill_of(project).lines} == {"list", "none"}


def test_that_the_bill_of_the_serverless_site_counts_its_requests() -> None:
    project = blueprint("serverless-site")  # us-east-1
    rates = {
        project.elements[project.sources(service.id, "serves")[0]].kind: service.__dict__["rate_rps"]
        for service in project.of_kind("service")
    }
    assert rates == {"function": 5000.0, "bucket": 4000.0}
    assert by_line(project) == {
        "Computing of functions": 6843.76,  # 13,140 million calls of 0.25 s with 128 MiB at 0.0000166667 a GB s
        "Reads of buckets": 4204.80,  # 10,512 million at 0.0004 a thousand
        "Calls of functions": 2628.00,  # at 0.20 a million
    }
    assert unknown(project) == ["Stored in buckets"]
    (bucket,) = project.of_kind("bucket")
    edit.change(project, [bucket.id], {"stored_gib": 2000.0})
    assert by_line(project)["Stored in buckets"] == 46.00 and unknown(project) == []


def test_that_a_derived_price_has_its_mark_and_range() -> None:
    project = blueprint("three-zone-web-shop")  # ap-south-1: median 1.032 of us-east-1
    lines = bill_of(project).lines
    assert by_line(project) == {
        "Instances": 867.87,  # 12 m5.large at 0.096 × 1.032
        "Public addresses": 54.75,  # 12 servers in public subnets and 3 nodes
        "Load balancers": 16.95,  # 0.0225 × 1.032
    }
    whole = total(lines)
    assert (round(whole.low, 2), round(whole.usd, 2), round(whole.high, 2)) == (912.13, 939.57, 1027.88)
    marks = {line.what: line.mark for line in lines}
    assert marks["Instances"] == marks["Load balancers"] == "derived"
    assert marks["Public addresses"] == "list" and marks["Databases"] == "none"
    (source,) = {line.price.source for line in lines if line.what == "Instances" and line.price is not None}
    assert source.startswith("us-east-1 × 1.032, ")


@pytest.mark.parametrize(
    ("plan", "usd"),
    [("reserved_1y", 43.10), ("reserved_3y", 22.50), ("spot", 24.53)],  # 70.08 × 0.615, 0.321, 1 - 0.65
)
def test_that_a_plan_is_a_part_of_the_price_on_demand(plan: str, usd: float) -> None:
    project = blueprint("vpc-public-private")
    vm = next(vm for vm in project.of_kind("vm") if vm.__dict__["instance_type"] == "m5.large")
    edit.change(project, [vm.id], {"plan": plan})
    (line,) = [line for line in bill_of(project).lines if line.element == vm.id and line.what == "Instances"]
    assert line.usd is not None and round(line.usd, 2) == usd
    assert line.mark == "derived"


def test_that_a_dedicated_host_is_billed_whole_and_its_vms_are_not() -> None:
    project = blueprint("dedicated-hosts")  # us-east-1: 1.1 × m5.24xlarge at 4.608, two hosts
    assert by_line(project) == {"Dedicated hosts": 7400.45} and unknown(project) == []
    assert {line.mark for line in bill_of(project).lines} == {"derived"}


@pytest.mark.parametrize("name", ["dedicated-hosts", "vpc-public-private"])
def test_that_the_energy_of_a_provider_is_not_known_however_the_bill_is_made(name: str) -> None:
    project = blueprint(name)
    live = LiveBill(project)
    live.work()
    for bill in (bill_of(project), live.bill):
        assert (bill.energy_kwh, bill.carbon_kg) == (None, None)
        told = json.loads(as_json(project, bill))
        assert (told["energy_kwh_month"], told["carbon_kg_month"]) == (None, None)
        assert not any("kWh" in row for row in as_lines(project, bill, "line", 1.0))
    assert not any(key.unit in ("kWh", "kg") for key in measures(project, [], 1).values)


def test_that_what_is_owned_costs_by_its_fields_and_else_has_no_figure() -> None:
    assert total([CostLine("Own hosts", 1, 1.0, "", None)]).unpriced and not total([]).unpriced
    project = blueprint("one-app-per-server")
    assert by_line(project) == {} and set(unknown(project)) == {"Own hosts", "Energy"}
    hosts = [host.id for host in project.of_kind("host")]
    edit.change(project, hosts, {"purchase_usd": 7200.0, "life_years": 6.0, "licenses_usd_year": 240.0})
    halls = [hall.id for hall in project.of_kind("data_center")]
    edit.change(project, halls, {"kwh_usd": 0.10, "pue": 1.5})
    kwh = bill_of(project).energy_kwh
    assert kwh is not None
    (curve,) = {host.__dict__["power_points_w"] for host in project.of_kind("host")}
    assert kwh == pytest.approx(len(hosts) * float(curve.split(",")[5]) * 1.5 * MONTH_H / 1000.0)
    found = by_line(project)
    assert (found["Own hosts"], found["Licenses and support"]) == (100.0 * len(hosts), 20.0 * len(hosts))
    assert found["Energy"] == round(kwh * 0.10, 2)
    assert {line.mark for line in bill_of(project).lines} == {"yours"}


def test_that_an_own_price_takes_the_place_of_all_lines_of_an_element() -> None:
    project = blueprint("vpc-public-private")
    (balancer,) = project.of_kind("load_balancer")
    edit.change(project, [balancer.id], {"own_usd_month": 99.0})
    (line,) = [line for line in bill_of(project).lines if line.element == balancer.id]
    assert (line.usd, line.mark) == (99.0, "yours")


def test_that_volumes_cost_by_size_and_by_what_is_ordered_above_it() -> None:
    project = Project(KINDS, LINKS)
    zone = edit.place(project, "zone", edit.place(project, "region", provider="aws", code="us-east-1"))
    given: dict[str, Any] = {"type": "gp3", "size_gib": 500.0, "iops": 5000.0, "mibps": 225.0}
    edit.place(project, "volume", zone, **given)
    assert by_line(project) == {
        "Volumes": 40.00,  # 0.08 a GiB
        "Backups of volumes": 25.00,  # one copy at 0.05
        "IOPS of volumes": 10.00,  # 2,000 above 3,000 at 0.005
        "Throughput of volumes": 4.00,  # 100 above 125 at 0.04
    }


def test_that_traffic_to_the_internet_goes_by_tiers() -> None:
    assert prices().out_usd("eu-west-1", 60_000.0) == pytest.approx(10_000 * 0.09 + 40_000 * 0.085 + 10_000 * 0.07)
    assert prices().out_usd("us-east-1", 200_000.0) is None  # its last tier is not listed
    assert prices().out_usd("xx-nowhere-1", 1.0) is None


def test_that_every_grouping_adds_up_to_the_total() -> None:
    project = blueprint("vpc-public-private")
    bill = bill_of(project)
    for by in WAYS:
        groups = sums(bill.lines, key_of(project, by)).values()
        assert sum(one.usd for one in groups) == pytest.approx(bill.total.usd)
        assert sum(one.unknown for one in groups) == bill.total.unknown
    zones = {project.elements[i].name for i in sums(bill.lines, key_of(project, "zone")) if isinstance(i, int)}
    assert zones == {zone.name for zone in project.of_kind("zone")}


def test_that_the_command_tells_the_same(tmp_path: Path) -> None:
    project = blueprint("three-zone-web-shop")
    path = tmp_path / "shop.clouddesign"
    project_file.save(path, project.rows())

    def cost(*options: str) -> str:
        done = CliRunner().invoke(main, ["cost", str(path), *options])
        assert done.exit_code == 0, done.output
        return done.output

    assert "~867.87  Instances" in cost()
    assert "939.57  USD a month, 912.13 to 1,027.88; without 2 unknown prices" in cost("--by", "zone")
    assert "11,274.86  USD a year" in cost("--year")
    told = json.loads(cost("--json", "-"))
    assert told["usd_month"] == pytest.approx(bill_of(project).total.usd) and told["unknown_prices"] == 2
    assert sum(line["usd_month"] or 0.0 for line in told["lines"]) == pytest.approx(told["usd_month"])
    assert all(line["source"] for line in told["lines"] if line["mark"] != "none")
