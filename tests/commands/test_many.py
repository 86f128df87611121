"""Many at once: each one step of undo, refused with the reason, and nothing done then."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from designer.catalog import KINDS, LINKS
from designer.commands import edit, many
from designer.errors import RuleError
from designer.model import layout
from designer.model.element import ROOT_ID, Link
from designer.model.project import Project


def state(project: Project) -> dict[int, dict[str, Any]]:
    return {i: dict(e.__dict__) for i, e in project.elements.items()}


def site(project: Project, zones: int = 2, hosts: int = 2, **host: Any) -> dict[str, int]:
    """A region with zones, each with a data center of hosts; ids by name."""
    region = edit.place(project, "region")
    for z in range(zones):
        zone = edit.place(project, "zone", region, name=f"z{z}")
        center = edit.place(project, "data_center", zone, name=f"dc{z}")
        for h in range(hosts):
            edit.place(project, "host", center, name=f"h{z}{h}", **{"cores": 4, "ram_mib": 8192.0, **host})
    return {e.name: i for i, e in project.elements.items() if i != ROOT_ID}


def test_that_thirty_hosts_are_one_step_with_names_by_pattern(project: Project) -> None:
    ids = site(project, zones=1, hosts=0)
    before = state(project)
    made = many.place_many(project, "host", [ids["dc0"]], 30, "h-{n:02}", columns=6, fields={"cores": 16})
    assert [project.elements[i].name for i in made][::29] == ["h-01", "h-30"]
    assert {project.elements[i].__dict__["cores"] for i in made} == {16}
    assert len({project.elements[i].x for i in made}) == 6
    boxes = [layout.rect_of(project, i) for i in made]
    assert not any(a.overlaps(b) for n, a in enumerate(boxes) for b in boxes[:n])
    assert project.undo() == "Place 30 hosts"
    assert state(project).keys() == before.keys()


def test_that_racks_are_filled_one_after_the_other(project: Project) -> None:
    ids = site(project, zones=1, hosts=0)
    racks = [edit.place(project, "rack", ids["dc0"], units_u=5) for _ in range(2)]
    made = many.place_many(project, "host", racks, 8, "h{n}", fields={"size_u": 1})
    assert Counter(project.elements[i].parent for i in made) == {racks[0]: 5, racks[1]: 3}
    before = state(project)
    with pytest.raises(RuleError, match="Only 2 of 3 could be placed: rack-2 has 5 U, 5 U are taken"):
        many.place_many(project, "host", racks, 3, "x{n}", fields={"size_u": 1})
    assert state(project).keys() == before.keys()


@pytest.mark.parametrize("pattern", ["{m}", "{n:zz}", "{", "{n!x}", "{}", "{n.real}", ""])
def test_that_a_pattern_that_is_none_is_refused(project: Project, pattern: str) -> None:
    ids = site(project, zones=1, hosts=0)
    if pattern == "":
        assert many.names("", 2) == ["1", "2"]
        return
    with pytest.raises(RuleError, match="not a pattern"):
        many.place_many(project, "host", [ids["dc0"]], 3, pattern)


@pytest.mark.parametrize("count", [0, -1, 10_001])
def test_that_the_number_is_kept_in_bounds(count: int) -> None:
    with pytest.raises(RuleError, match="from 1 to 10,000"):
        many.names("h{n}", count)


def on_hosts(project: Project, made: list[int]) -> Counter[str]:
    return Counter(project.elements[project.elements[i].parent].name for i in made)


def test_that_vms_go_where_the_policy_says(project: Project) -> None:
    ids = site(project, zones=2, hosts=2, overcommit=2.0)
    fields = {"vcpus": 2, "ram_mib": 1024.0}
    made = many.fill_hosts(project, [ids["z0"], ids["z1"]], 5, "best_fit", "a{n}", fields)
    assert on_hosts(project, made) == {"h00": 4, "h01": 1}
    project.undo()
    made = many.fill_hosts(project, [ids["z0"], ids["z1"]], 6, "spread", "a{n}", fields)
    assert on_hosts(project, made) == {"h00": 2, "h01": 2, "h10": 1, "h11": 1}
    project.undo()
    edit.place(project, "host", ids["dc1"], name="h12", cores=4, ram_mib=8192.0)
    made = many.fill_hosts(project, [ids["z0"], ids["z1"]], 6, "per_zone", "a{n}", fields)
    assert Counter(many.zone_of(project, i) for i in made) == {ids["z0"]: 3, ids["z1"]: 3}


def test_that_memory_vcpus_and_the_hypervisor_s_share_are_counted(project: Project) -> None:
    ids = site(project, zones=1, hosts=1, overcommit=1.0, hypervisor_ram_mib=1024.0, vm_ram_base_mib=100.0)
    with pytest.raises(RuleError, match="Only 3 of 9 VMs fit on the 1 hosts"):
        many.fill_hosts(project, [ids["z0"]], 9, "spread", "a{n}", {"vcpus": 1, "ram_mib": 2048.0})
    with pytest.raises(RuleError, match="Only 4 of 9 VMs fit"):
        many.fill_hosts(project, [ids["z0"]], 9, "spread", "a{n}", {"vcpus": 1, "ram_mib": 64.0})
    assert not project.of_kind("vm")
    with pytest.raises(RuleError, match="no hosts in what is selected"):
        many.fill_hosts(project, [edit.place(project, "region")], 1, "spread", "a", {})


@given(
    policy=st.sampled_from(sorted(many.POLICIES)),
    count=st.integers(1, 40),
    vcpus=st.integers(1, 4),
    ram=st.integers(1, 4096),
    cores=st.lists(st.integers(1, 8), min_size=1, max_size=5),
)
def test_that_no_host_is_ever_given_more_than_it_has(
    policy: Any, count: int, vcpus: int, ram: int, cores: list[int]
) -> None:
    project = Project(KINDS, LINKS)
    center = edit.place(project, "data_center")
    hosts = [edit.place(project, "host", center, cores=c, ram_mib=8192.0, overcommit=2.0) for c in cores]
    fits = sum(min(c * 2 // vcpus, 8192 // ram) for c in cores)
    try:
        made = many.fill_hosts(project, [center], count, policy, "a{n}", {"vcpus": vcpus, "ram_mib": float(ram)})
    except RuleError:
        assert count > fits
        assert not project.of_kind("vm")
        return
    assert len(made) == count <= fits
    for host, c in zip(hosts, cores, strict=True):
        own = project.children(host)
        assert len(own) * vcpus <= c * 2
        assert len(own) * ram <= 8192


def test_that_a_service_grows_across_its_zones(project: Project) -> None:
    ids = site(project, zones=3, hosts=2, overcommit=4.0)
    service = edit.place(project, "service", name="shop")
    for z, n in ((0, 2), (1, 1), (2, 1)):
        for k in range(n):
            vm = edit.place(project, "vm", ids[f"h{z}0"], name=f"web-{z}{k}", vcpus=1, ram_mib=512.0, load_frac=0.7)
            with project.edit("link"):
                project.add(Link(kind="member", source=vm, target=service))
    origin = next(i for i, e in project.elements.items() if e.name == "web-00")
    before = state(project)
    made = many.scale_out(project, origin, 5)
    zones = Counter(many.zone_of(project, i) for i in project.sources(service, "member"))
    assert sorted(zones.values()) == [3, 3, 3]
    assert {project.elements[i].__dict__["load_frac"] for i in made} == {0.7}
    assert len({project.elements[i].name for i in made}) == 5
    assert project.undo() == "Scale out web-00 by 5"
    assert state(project).keys() == before.keys()
    assert len(project.sources(service, "member")) == 4


def test_that_members_on_the_provider_s_capacity_grow_in_their_subnets(project: Project) -> None:
    region = edit.place(project, "region")
    service = edit.place(project, "service")
    nets, vm = [], 0
    for n in range(2):
        zone = edit.place(project, "zone", region)
        nets.append(edit.place(project, "subnet", zone, cidr="10.0.0.0/29"))
        vm = edit.place(project, "vm", nets[-1], name=f"web{n}")
        with project.edit("link"):
            project.add(Link(kind="member", source=vm, target=service))
    made = many.scale_out(project, vm, 4)
    assert Counter(project.elements[i].parent for i in made) == {nets[0]: 2, nets[1]: 2}
    with pytest.raises(RuleError, match="has 3 addresses and all are taken"):
        many.scale_out(project, vm, 1)
    with pytest.raises(RuleError, match="is not a VM"):
        many.scale_out(project, region, 1)
