"""VPCs and internet gateways in a design: which users reach whom, and which addresses have a meaning."""

from __future__ import annotations

import pytest

from designer.commands import edit
from designer.engine import Result, TimedEvent, simulate
from designer.errors import RuleError, SpecError
from designer.model.project import Project
from designer.study.build import build
from tests.old_files import hold


@pytest.fixture
def ids(project: Project) -> dict[str, int]:
    """A VPC with a public and a private subnet, a member of a service in each, users of that service."""
    found = {"region": edit.place(project, "region")}
    found["zone"] = edit.place(project, "zone", found["region"])
    found["vpc"] = edit.place(project, "vpc", found["region"], name="vpc")
    found["shop"] = edit.place(project, "service", rate_rps=0.0)
    found["users"] = edit.place(project, "user_population", mean_rps=100.0, swing_rps=0.0, noise_rps=0.0)
    edit.connect(project, "uses", found["users"], found["shop"])
    for name, cidr, public in (("open", "10.0.0.0/24", True), ("shut", "10.0.1.0/24", False)):
        found[name] = edit.place(project, "subnet", found["zone"], name=name, cidr=cidr, public=public)
        edit.connect(project, "in_vpc", found[name], found["vpc"])
        found[f"web-{name}"] = edit.place(project, "vm", found[name], recovery="none")
        edit.connect(project, "member", found[f"web-{name}"], found["shop"])
    return found


def gateway(project: Project, ids: dict[str, int]) -> int:
    """An internet gateway of the VPC."""
    made = edit.place(project, "internet_gateway", ids["region"])
    edit.connect(project, "opens", made, ids["vpc"])
    return made


def balancer(project: Project, ids: dict[str, int], *nodes: str) -> int:
    """A load balancer of the service with nodes in some subnets."""
    made = edit.place(project, "load_balancer", ids["region"], name="lb")
    edit.connect(project, "balances", made, ids["shop"])
    for node in nodes:
        edit.connect(project, "nodes_in", made, ids[node])
    return made


def run(project: Project, *failed: int) -> Result:
    events = [TimedEvent(600.0, "fail", i) for i in failed]
    return simulate(build(project, until_s=1200.0, events=events))


def blocked(result: Result) -> dict[int, str]:
    return {e.id: e.detail for e in result.log if e.what == "blocked"}


def test_that_without_a_gateway_users_reach_nothing_in_a_vpc(project: Project, ids: dict[str, int]) -> None:
    result = run(project)
    assert blocked(result) == dict.fromkeys((ids["web-open"], ids["web-shut"]), "vpc has no internet gateway")
    assert result.served_rps[:, 0].tolist() == [0.0] * 4


def test_that_with_a_gateway_they_reach_the_public_subnet_and_not_the_private_one(
    project: Project, ids: dict[str, int]
) -> None:
    gateway(project, ids)
    result = run(project)
    assert blocked(result) == {ids["web-shut"]: "shut is private, and no load balancer leads to it"}
    assert result.served_rps[:, 0].tolist() == pytest.approx([100.0] * 4)


def test_that_a_balancer_in_the_public_subnet_leads_to_the_private_one(project: Project, ids: dict[str, int]) -> None:
    gateway(project, ids)
    made = balancer(project, ids, "open")
    assert blocked(run(project)) == {}
    edit.change(project, [ids["open"]], {"public": False})
    assert set(blocked(run(project)).values()) == {"lb has no node in a public subnet"}
    edit.delete(project, [link.id for link in project.links_of(made, "nodes_in")])
    assert blocked(run(project)) == {}


def test_that_a_failed_gateway_keeps_all_users_out_and_one_of_two_does_not(
    project: Project, ids: dict[str, int]
) -> None:
    first, second = gateway(project, ids), gateway(project, ids)
    assert run(project, first).served_rps[:, 0].tolist() == pytest.approx([100.0] * 4)
    result = run(project, first, second)
    assert result.served_rps[:, 0].tolist() == pytest.approx([100.0, 100.0, 0.0, 0.0])
    assert [e.what for e in result.log if e.id == ids["shop"]] == ["dropping"]


def test_that_requests_from_within_need_no_gateway(project: Project, ids: dict[str, int]) -> None:
    edit.delete(project, [ids["users"]])
    edit.change(project, [ids["shop"]], {"rate_rps": 100.0})
    result = run(project)
    assert blocked(result) == {}
    assert result.served_rps[:, 0].tolist() == pytest.approx([100.0] * 4)


def test_that_a_subnet_in_no_vpc_is_open(project: Project, ids: dict[str, int]) -> None:
    edit.delete(project, [ids["vpc"]])
    assert blocked(run(project)) == {}


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"cidr": "10.1.0.0/24"}, "shut: its addresses 10.1.0.0/24 are not among those of vpc, 10.0.0.0/16"),
        ({"cidr": "2001:db8::/64"}, "shut: its addresses 2001:db8::/64 are not among those of vpc"),
        ({"cidr": "10.0.0.128/25"}, "in vpc share addresses: 10.0.0."),
        ({"cidr": "somewhere"}, "shut: “somewhere” is not a network"),
    ],
)
def test_that_addresses_without_meaning_are_findings(
    project: Project, ids: dict[str, int], fields: dict[str, str], said: str
) -> None:
    with pytest.raises(RuleError) as changed:
        edit.change(project, [ids["shut"]], fields)
    assert said in str(changed.value)
    hold(project, ids["shut"], **fields)
    with pytest.raises(SpecError) as refused:
        run(project)
    assert said in str(refused.value)
