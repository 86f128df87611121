"""VPCs that are peered: what a service depends on is reached from another VPC through a peering, or not at all."""

from __future__ import annotations

import pytest

from designer.commands import edit
from designer.engine import Result, simulate
from designer.errors import RuleError, SpecError
from designer.model.project import Project
from designer.study.build import build
from tests.old_files import hold


@pytest.fixture
def ids(project: Project) -> dict[str, int]:
    """Two VPCs with a subnet each: a shop in one, a database and a service of payments in the other."""
    found = {"region": edit.place(project, "region")}
    found["zone"] = edit.place(project, "zone", found["region"])
    for n, name in enumerate(("front", "back")):
        found[name] = edit.place(project, "vpc", found["region"], name=name, cidr=f"10.{n}.0.0/16")
        found[f"{name}-net"] = edit.place(project, "subnet", found["zone"], name=f"{name}-net", cidr=f"10.{n}.0.0/24")
        edit.connect(project, "in_vpc", found[f"{name}-net"], found[name])
    for name, net in (("shop", "front-net"), ("pay", "back-net")):
        found[name] = edit.place(project, "service", name=name, rate_rps=10.0)
        found[f"{name}-vm"] = edit.place(project, "vm", found[net], name=f"{name}-vm")
        edit.connect(project, "member", found[f"{name}-vm"], found[name])
    found["db"] = edit.place(project, "database", found["region"], name="db")
    edit.connect(project, "primary_in", found["db"], found["back-net"])
    return found


def run(project: Project) -> Result:
    return simulate(build(project, until_s=600.0))


def blocked(project: Project) -> dict[int, str]:
    return {e.id: e.detail for e in run(project).log if e.what == "blocked"}


@pytest.mark.parametrize("need", ["db", "pay"])
def test_that_what_is_in_another_vpc_is_reached_through_a_peering_and_not_without(
    project: Project, ids: dict[str, int], need: str
) -> None:
    edit.connect(project, "depends_on", ids["shop"], ids[need])
    assert blocked(project) == {ids["shop-vm"]: f"{need} is in back, which is not peered with front"}
    service = [s.name for s in build(project).services].index("shop")
    assert run(project).served_rps[:, service].tolist() == [0.0, 0.0]
    edit.connect(project, "peers", ids["back"], ids["front"])
    assert blocked(project) == {}
    assert run(project).served_rps[:, service].tolist() == pytest.approx([10.0, 10.0])


def test_that_a_peering_leads_no_further_than_its_two_ends(project: Project, ids: dict[str, int]) -> None:
    edit.connect(project, "depends_on", ids["shop"], ids["db"])
    middle = edit.place(project, "vpc", ids["region"], name="middle", cidr="10.7.0.0/16")
    edit.connect(project, "peers", ids["front"], middle)
    edit.connect(project, "peers", middle, ids["back"])
    assert set(blocked(project)) == {ids["shop-vm"]}


def test_that_within_a_vpc_and_outside_of_all_none_is_needed(project: Project, ids: dict[str, int]) -> None:
    edit.connect(project, "depends_on", ids["shop"], ids["db"])
    edit.delete(project, [link.id for link in project.links_of(ids["back-net"], "in_vpc")])
    assert blocked(project) == {}
    with pytest.raises(RuleError, match=r"back-net: its addresses 10\.1\.0\.0/24 are not among those of front"):
        edit.connect(project, "in_vpc", ids["back-net"], ids["front"])
    edit.change(project, [ids["back-net"]], {"cidr": "10.0.1.0/24"})
    edit.connect(project, "in_vpc", ids["back-net"], ids["front"])
    assert blocked(project) == {}


def test_that_a_public_service_is_called_over_the_internet_from_where_a_way_leads_out(
    project: Project, ids: dict[str, int]
) -> None:
    edit.connect(project, "depends_on", ids["shop"], ids["pay"])
    gateway = edit.place(project, "internet_gateway", ids["region"])
    edit.connect(project, "opens", gateway, ids["back"])
    edit.change(project, [ids["back-net"], ids["front-net"]], {"public": True})
    assert set(blocked(project)) == {ids["shop-vm"]}
    edit.connect(project, "opens", edit.place(project, "internet_gateway", ids["region"]), ids["front"])
    assert blocked(project) == {}
    edit.connect(project, "depends_on", ids["shop"], ids["db"])
    assert set(blocked(project)) == {ids["shop-vm"]}


def test_that_vpcs_that_share_addresses_are_not_peered(project: Project, ids: dict[str, int]) -> None:
    twin = edit.place(project, "vpc", ids["region"], name="twin", cidr="10.0.128.0/17")
    assert (
        project.why_no_link("peers", ids["front"], twin)
        == "front and twin share addresses, 10.0.0.0/16 and 10.0.128.0/17, so they cannot be peered"
    )
    hold(project, twin, cidr="somewhere")
    assert "“somewhere” is not a network" in (project.why_no_link("peers", ids["front"], twin) or "")
    assert project.why_no_link("peers", twin, twin) == "twin cannot be peered with itself"
    edit.change(project, [twin], {"cidr": "10.5.0.0/16"})
    edit.connect(project, "peers", ids["front"], twin)
    assert project.why_no_link("peers", twin, ids["front"]) == "front is already peered with twin"
    with pytest.raises(RuleError, match="front and twin share addresses, 10"):
        edit.change(project, [twin], {"cidr": "10.0.0.0/16"})
    hold(project, twin, cidr="10.0.0.0/16")
    with pytest.raises(SpecError, match="front and twin share addresses"):
        build(project)
