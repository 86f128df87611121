"""NAT gateways in a design: who needs the internet and reaches it through them, and why not."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from designer.commands import edit
from designer.engine import Result, TimedEvent, simulate
from designer.model.project import Project
from designer.study.build import build
from designer.study.story import Story


@pytest.fixture
def ids(project: Project) -> dict[str, int]:
    """Three zones of a VPC, each with a public and a private subnet; a shop with a VM in each private one."""
    found = {"region": edit.place(project, "region")}
    found["vpc"] = edit.place(project, "vpc", found["region"], name="vpc")
    found["igw"] = edit.place(project, "internet_gateway", found["region"], name="igw")
    edit.connect(project, "opens", found["igw"], found["vpc"])
    found["shop"] = edit.place(project, "service", name="shop", rate_rps=90.0, health_check_s=10.0)
    for n, zone in enumerate("abc"):
        found[f"zone-{zone}"] = edit.place(project, "zone", found["region"], name=f"zone-{zone}")
        for m, (what, public) in enumerate((("open", True), ("app", False))):
            name, cidr = f"{what}-{zone}", f"10.0.{2 * n + m}.0/24"
            found[name] = edit.place(project, "subnet", found[f"zone-{zone}"], name=name, cidr=cidr, public=public)
            edit.connect(project, "in_vpc", found[name], found["vpc"])
        vm = edit.place(project, "vm", found[f"app-{zone}"], name=f"vm-{zone}", recovery="none", needs_internet=True)
        edit.connect(project, "member", vm, found["shop"])
        found[f"vm-{zone}"] = vm
    return found


def nat(project: Project, ids: dict[str, int], zone: str, zones: Iterable[str]) -> int:
    """A NAT gateway in a zone, through which the private subnets of some zones are routed."""
    made = edit.place(project, "nat_gateway", ids[f"open-{zone}"], name=f"nat-{zone}")
    for other in zones:
        edit.connect(project, "routes_through", ids[f"app-{other}"], made)
    return made


def run(project: Project, *failed: int) -> Result:
    return simulate(build(project, until_s=1800.0, events=[TimedEvent(600.0, "fail", i) for i in failed]))


def served(result: Result) -> list[float]:
    return [round(float(rate), 6) for rate in result.served_rps[:, 0]]


def offline(result: Result) -> dict[int, str]:
    return {e.id: e.detail for e in result.log if e.what == "offline"}


def test_that_a_single_nat_gateway_in_zone_a_cuts_off_zones_b_and_c_when_a_fails(
    project: Project, ids: dict[str, int]
) -> None:
    nat(project, ids, "a", "abc")
    result = run(project, ids["zone-a"])
    assert served(result) == [90.0, 90.0, 0.0, 0.0, 0.0, 0.0]
    assert offline(result) == dict.fromkeys((ids["vm-b"], ids["vm-c"]), "nat-a is down")
    rows = {row.text: row.detail for row in Story(build(project)).tell(result.log)}
    assert rows["2 VMs do not reach the internet"] == "nat-a is down"


def test_that_a_nat_gateway_in_each_zone_costs_the_lost_zone_only(project: Project, ids: dict[str, int]) -> None:
    for zone in "abc":
        nat(project, ids, zone, zone)
    result = run(project, ids["zone-a"])
    assert offline(result) == {}
    assert served(result) == [90.0, 90.0, 89.0, 90.0, 90.0, 90.0]  # 30 req/s for the 10 s until it is noticed


def test_that_a_failed_internet_gateway_cuts_all_off(project: Project, ids: dict[str, int]) -> None:
    nat(project, ids, "a", "abc")
    assert offline(run(project, ids["igw"])) == dict.fromkeys((ids[f"vm-{z}"] for z in "abc"), "igw is down")


def test_that_who_does_not_need_the_internet_serves_without(project: Project, ids: dict[str, int]) -> None:
    made = nat(project, ids, "a", "abc")
    edit.change(project, [ids["vm-b"]], {"needs_internet": False})
    result = run(project, made)
    assert offline(result) == dict.fromkeys((ids["vm-a"], ids["vm-c"]), "nat-a is down")
    assert served(result)[3:] == [90.0, 90.0, 90.0]


def test_that_why_there_is_no_way_is_told(project: Project, ids: dict[str, int]) -> None:
    made = nat(project, ids, "a", "ab")
    assert offline(run(project)) == {ids["vm-c"]: "app-c is private and routes through no NAT gateway"}
    edit.change(project, [ids["open-a"]], {"public": False})
    assert offline(run(project))[ids["vm-b"]] == "nat-a stands in open-a, which is private"
    edit.delete(project, [link.id for link in project.links_of(ids["open-a"], "in_vpc")])
    assert offline(run(project))[ids["vm-b"]] == "nat-a is not in vpc"
    edit.delete(project, [ids["igw"]])
    assert set(offline(run(project)).values()) == {"vpc has no internet gateway"}
    edit.delete(project, [ids["vpc"]])
    assert offline(run(project, made)) == {}


def test_that_a_vm_in_a_public_subnet_goes_out_through_the_internet_gateway_alone(
    project: Project, ids: dict[str, int]
) -> None:
    made = nat(project, ids, "b", "b")
    edit.change(project, [ids["app-a"]], {"public": True})
    assert set(offline(run(project, made))) == {ids["vm-b"], ids["vm-c"]}


def test_that_a_route_has_one_gateway_of_the_same_vpc_and_starts_in_a_private_subnet(
    project: Project, ids: dict[str, int]
) -> None:
    made, second = nat(project, ids, "a", "a"), nat(project, ids, "b", "")
    assert project.why_no_link("routes_through", ids["app-a"], second) == "app-a already has its link “Routes through”"
    assert (
        project.why_no_link("routes_through", ids["open-b"], made)
        == "open-b is public and goes out through the internet gateway"
    )
    other = edit.place(project, "vpc", ids["region"])
    edit.delete(project, [link.id for link in project.links_of(ids["app-b"], "in_vpc")])
    edit.connect(project, "in_vpc", ids["app-b"], other)
    assert project.why_no_link("routes_through", ids["app-b"], made) == "nat-a is in another VPC than app-b"
    far = edit.place(project, "subnet", edit.place(project, "zone", edit.place(project, "region")), name="far")
    assert project.why_no_link("routes_through", far, made) == "nat-a is in another region than far"


def test_that_a_nat_gateway_takes_an_address_of_its_subnet(project: Project, ids: dict[str, int]) -> None:
    small = edit.place(project, "subnet", ids["zone-a"], name="small", cidr="10.0.9.0/29", public=True)
    for _ in range(3):
        edit.place(project, "nat_gateway", small)
    assert project.why_not("nat_gateway", small) == "small has 3 addresses and all are taken"


@pytest.mark.parametrize("serves", [True, False])
def test_that_a_function_is_down_while_all_subnets_are_that_it_runs_in(
    project: Project, ids: dict[str, int], serves: bool
) -> None:
    made = edit.place(project, "function", ids["region"], name="fn")
    for zone in "ab":
        edit.connect(project, "runs_in", made, ids[f"app-{zone}"])
    calls = edit.place(project, "service", name="calls", rate_rps=10.0)
    if serves:
        edit.connect(project, "serves", made, calls)
    else:
        vm = edit.place(project, "vm", ids["app-c"])
        edit.connect(project, "member", vm, calls)
        edit.connect(project, "depends_on", calls, made)
    dropping = [e.what for e in run(project, ids["zone-a"]).log if e.id == calls]
    assert dropping == []
    dropping = [e.what for e in run(project, ids["zone-a"], ids["zone-b"]).log if e.id == calls]
    assert dropping == ["dropping"]
