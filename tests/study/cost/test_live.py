"""The bill while it is drawn equals the bill of the whole design, and what a run counted costs what one works out."""

from __future__ import annotations

import random

import pytest

from designer.commands import edit
from designer.model.project import Project
from designer.study.cost.bill import bill_of
from designer.study.cost.counted import counted_of
from designer.study.cost.groups import key_of
from designer.study.cost.lines import sums
from designer.study.cost.live import LiveBill
from designer.study.cost.table import left_out, rows_of
from designer.study.headless import run_headless
from tests.study.cost.test_bill import blueprint

KIB_GB = 1024.0 / 1e9
MONTH_S = 730.0 * 3600.0


@pytest.fixture
def shop(project: Project) -> dict[str, int]:
    """100 req/s behind a balancer in us-east-1, a member in each of two zones, the database they read in the first."""
    ids = {"region": edit.place(project, "region", provider="aws", code="us-east-1")}
    ids["vpc"] = edit.place(project, "vpc", ids["region"])
    for n, zone in enumerate(("use1-az1", "use1-az2")):
        at = edit.place(project, "zone", ids["region"], zone_id=zone)
        ids[zone] = edit.place(project, "subnet", at, cidr=f"10.0.{n}.0/24", public=True)
        edit.connect(project, "in_vpc", ids[zone], ids["vpc"])
    edit.connect(project, "opens", edit.place(project, "internet_gateway", ids["region"]), ids["vpc"])
    sized = {"request_kib": 1.0, "answer_kib": 50.0, "read_kib": 10.0, "work_mhz_s": 1.0, "response_times": "none"}
    ids["shop"] = edit.place(project, "service", rate_rps=100.0, **sized)
    ids["lb"] = edit.place(project, "load_balancer", ids["region"])
    edit.connect(project, "balances", ids["lb"], ids["shop"])
    for zone in ("use1-az1", "use1-az2"):
        edit.connect(project, "nodes_in", ids["lb"], ids[zone])
        vm = edit.place(project, "vm", ids[zone], instance_type="m5.large", recovery="none")
        edit.connect(project, "member", vm, ids["shop"])
    ids["db"] = edit.place(project, "database", ids["region"])
    edit.connect(project, "primary_in", ids["db"], ids["use1-az1"])
    edit.connect(project, "depends_on", ids["shop"], ids["db"])
    return ids


def test_that_a_run_and_the_stated_sizes_cost_what_one_works_out(project: Project, shop: dict[str, int]) -> None:
    asked = 100.0 * MONTH_S * KIB_GB
    wanted = {
        "Traffic between zones": 5.0 * asked * 0.02,  # half of the members read 10 KiB from the other zone
        "Traffic to the internet": 50.0 * asked * 0.09
        if 50.0 * asked <= 10_000
        # tiers
        else 10_000 * 0.09 + (50.0 * asked - 10_000) * 0.085,
    }  # what the balancer passes to the other zone costs nothing
    for counted in (None, counted_of(run_headless(project, until_s=3600.0).results)):
        bill = bill_of(project, counted)
        found = sums(bill.lines, key_of(project, "line"))
        assert {name: found[name].usd for name in wanted} == pytest.approx(wanted)
        of_service = sums(bill.lines, key_of(project, "service"))[shop["shop"]].usd
        assert of_service > sum(wanted.values())
        assert bill.of_run is (counted is not None)


def test_that_the_bill_that_follows_edits_is_that_of_the_whole_design(project: Project, shop: dict[str, int]) -> None:
    live = LiveBill(project)
    project.changed.connect(live.follow)
    rng = random.Random(3)

    def same() -> None:
        live.work()
        whole = bill_of(project)
        key = lambda line: (line.element, line.what)  # noqa: E731
        assert sorted(live.lines, key=key) == sorted(whole.lines, key=key)
        assert live.total.usd == pytest.approx(whole.total.usd) and live.total.unknown == whole.total.unknown

    same()
    users = edit.place(project, "user_population", mean_rps=50.0)
    steps = [
        lambda: edit.connect(project, "uses", users, shop["shop"]),
        lambda: edit.change(project, [users], {"mean_rps": 10.0}),
        lambda: edit.change(project, [shop["use1-az2"]], {"public": False}),
        lambda: edit.change(project, [shop["region"]], {"code": "ap-south-1"}),
        lambda: edit.change(project, [vm.id for vm in project.of_kind("vm")], {"plan": "spot"}),
        lambda: edit.change(project, [shop["lb"]], {"own_usd_month": 9.0}),
        lambda: edit.delete(project, [project.of_kind("vm")[0].id]),
        lambda: edit.delete(project, [shop["db"]]),
        lambda: project.undo(),
        lambda: edit.delete(project, [shop["region"]]),
        lambda: project.undo(),
        lambda: project.undo(),
        lambda: edit.change(project, [shop["shop"]], {"answer_kib": 0.0}),
    ]
    for step in steps:
        step()
        same()
    for _ in range(12):
        rng.choice([project.undo, project.redo])()
        same()
    edit.change(project, [shop["shop"]], {"x": 40.0})
    assert live.done  # a place on the drawing costs nothing


def test_that_rows_hold_every_line_and_say_what_is_left_out() -> None:
    project = blueprint("vpc-public-private")
    bill = bill_of(project)
    for by in ("zone", "service", "kind", "element"):
        rows = rows_of(project, bill.lines, by)
        assert sum(row.sum.usd for row in rows) == pytest.approx(bill.total.usd)
        priced = [row.usd for row in rows if row.usd is not None]
        assert priced == pytest.approx(sorted(priced, reverse=True)) and all(
            row.usd is None for row in rows[len(priced) :]
        )
        assert {i for row in rows for i in row.elements} == {line.element for line in bill.lines}
    assert sum(count for _, count in left_out(bill.lines)) == bill.total.unknown
