"""What requests and VMs send, in the table of a run and on the command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from designer.cli_simulate import as_json, table_text
from designer.commands import edit
from designer.model.project import Project
from designer.study.headless import Headless, run_headless
from designer.study.summary import VmFigures

Ids = dict[str, int]


@pytest.fixture
def shop(project: Project) -> Ids:
    """A service of 100 req/s behind a balancer, a member in each of two zones, its database in the first; and a worker
    in a private subnet of the second that sends out through a NAT gateway in the first.
    """
    ids = {"region": edit.place(project, "region", name="home")}
    ids["vpc"] = edit.place(project, "vpc", ids["region"])
    for n, zone in enumerate(("a", "b")):
        ids[zone] = edit.place(project, "zone", ids["region"], name=zone)
        for kind in ("open", "shut"):
            ids[kind + zone] = net = edit.place(
                project, "subnet", ids[zone], cidr=f"10.0.{2 * n + (kind == 'shut')}.0/24", public=kind == "open"
            )
            edit.connect(project, "in_vpc", net, ids["vpc"])
    edit.connect(project, "opens", edit.place(project, "internet_gateway", ids["region"]), ids["vpc"])
    ids["nat"] = edit.place(project, "nat_gateway", ids["opena"], name="nat")
    edit.connect(project, "routes_through", ids["shutb"], ids["nat"])
    sized = {"request_kib": 1.0, "answer_kib": 50.0, "read_kib": 10.0, "work_mhz_s": 1.0, "response_times": "none"}
    ids["shop"] = edit.place(project, "service", name="shop", rate_rps=100.0, **sized)
    ids["lb"] = edit.place(project, "load_balancer", ids["region"])
    edit.connect(project, "balances", ids["lb"], ids["shop"])
    for zone in ("a", "b"):
        edit.connect(project, "nodes_in", ids["lb"], ids["open" + zone])
        ids["web-" + zone] = edit.place(project, "vm", ids["shut" + zone], recovery="none")
        edit.connect(project, "member", ids["web-" + zone], ids["shop"])
    ids["db"] = edit.place(project, "database", ids["region"])
    edit.connect(project, "primary_in", ids["db"], ids["shuta"])
    edit.connect(project, "depends_on", ids["shop"], ids["db"])
    ids["worker"] = edit.place(project, "vm", ids["shutb"], net_mbps=8.0, io_pattern="constant", recovery="none")
    return ids


KIB_GB = 1024.0 / 1e9
ASKED = 360_000.0
"""Requests in an hour."""


def done(project: Project) -> Headless:
    return run_headless(project, until_s=3600.0)


def test_that_each_pair_of_places_has_a_row_with_what_was_sent(project: Project, shop: Ids) -> None:
    rows = {row.name: row.values["Sent"][0] for row in done(project).summary.of_kinds(("traffic",))}
    half, nat = ASKED / 2 * KIB_GB, 8.0 * 3600 / 8000
    assert rows == pytest.approx(
        {
            "the internet to a": half,
            "the internet to b": half,
            "a to the internet": 50 * half + nat,
            "b to the internet": 50 * half,
            "a to b": (0.5 + 25 + 10) * half,
            "b to a": (0.5 + 25) * half + nat,
        }
    )


def test_that_the_design_the_service_and_the_gateway_have_their_sums(project: Project, shop: Ids) -> None:
    found = {row.id: row.values for row in done(project).summary.of_kinds(("design", "service", "nat_gateway"))}
    half, nat = ASKED / 2 * KIB_GB, 8.0 * 3600 / 8000
    assert found[0]["Sent to other zones"][0] == pytest.approx(61 * half + nat)
    assert found[0]["Sent to the internet"][0] == pytest.approx(100 * half + nat)
    assert found[0]["Received from the internet"][0] == pytest.approx(2 * half)
    assert "Sent to other regions" not in found[0]
    assert found[shop["shop"]]["Sent to other zones"][0] == pytest.approx(61 * half)
    assert found[shop["shop"]]["Sent to the internet"][0] == pytest.approx(100 * half)
    assert found[shop["nat"]] == {"Sent through it": (pytest.approx(nat), "GB")}


def test_that_each_element_has_one_row(project: Project, shop: Ids) -> None:
    ids = [row.id for row in done(project).summary]
    assert len(ids) == len(set(ids))


def test_that_the_command_line_tells_them(project: Project, shop: Ids) -> None:
    result = done(project)
    lines = [line.split() for line in table_text(result).splitlines()]
    assert ["traffic", "a", "to", "the", "internet", "sent", "12.82", "GB"] in lines
    assert ["nat", "gateway", "nat", "sent", "through", "it", "3.6", "GB"] in lines
    found = [row for row in as_json(result, project, Path("x"))["summary"] if row["kind"] == "traffic"]
    assert len(found) == 6


def test_that_figures_are_read_as_they_were_written(project: Project, shop: Ids, tmp_path: Path) -> None:
    vms = done(project).vms
    vms.write(tmp_path)
    found = VmFigures.read(tmp_path)
    assert found is not None
    assert {k: v.tolist() for k, v in found.carried.columns().items()} == {
        k: v.tolist() for k, v in vms.carried.columns().items()
    }
    assert found.carried.requests.amounts.size > 0


def test_that_services_without_sizes_are_not_followed(project: Project, shop: Ids) -> None:
    edit.change(project, [shop["shop"]], {"request_kib": 0.0, "answer_kib": 0.0, "read_kib": 0.0})
    result = done(project)
    assert not result.spec.routes
    assert {row.name for row in result.summary.of_kinds(("traffic",))} == {"b to a", "a to the internet"}
