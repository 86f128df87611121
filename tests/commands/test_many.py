"""Many at once: each one step of undo, refused with the reason, and nothing done then."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from designer.catalog import KINDS, LINKS
from designer.commands import edit, many
from designer.commands.scale_out import scale_out
from designer.errors import RuleError
from designer.model import layout
from designer.model.element import ROOT_ID, Link
from designer.model.history import Changed
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


def put(project: Project, kind: str, parents: list[int], count: int, pattern: str = "a{n}", **how: Any) -> list[int]:
    """Plan and place."""
    return many.place_many(project, many.plan(project, kind, parents, count, **how), pattern)


def counts(plan: many.Plan) -> list[int]:
    return [share.given for share in plan.shares]


def test_that_thirty_hosts_are_one_step_with_names_by_pattern(project: Project) -> None:
    ids = site(project, zones=1, hosts=0)
    before = state(project)
    planned = many.plan(project, "host", [ids["dc0"]], 30, fields={"cores": 16})
    made = many.place_many(project, planned, "h-{n:02}", columns=6)
    assert [project.elements[i].name for i in made][::29] == ["h-01", "h-30"]
    assert {project.elements[i].__dict__["cores"] for i in made} == {16}
    assert len({project.elements[i].x for i in made}) == 6
    boxes = [layout.rect_of(project, i) for i in made]
    assert not any(a.overlaps(b) for n, a in enumerate(boxes) for b in boxes[:n])
    assert project.undo() == "Place 30 hosts"
    assert state(project).keys() == before.keys()


def test_that_many_are_spread_over_all_parents_and_not_put_into_the_first(project: Project) -> None:
    ids = site(project, zones=3, hosts=6, ram_mib=65536.0)
    hosts = [i for name, i in ids.items() if name.startswith("h")]
    made = put(project, "vm", hosts, 72)
    assert Counter(project.elements[i].parent for i in made) == dict.fromkeys(hosts, 4)
    assert project.undo() == "Place 72 VMs"


def test_that_cells_stand_in_their_places_when_they_come(project: Project) -> None:
    ids = site(project, zones=1, ram_mib=65536.0)
    there = put(project, "vm", [ids["h00"]], 2)
    made = put(project, "vm", [ids["h00"], ids["h01"]], 12, "b{n}", way="each")
    moved = {op.id for op in project.history.steps[-1].ops if isinstance(op, Changed)}
    assert not moved & set(made)
    boxes = {i: layout.rect_of(project, i) for i in [*there, *made]}
    with project.edit("Settle"):
        layout.settle(project, [ids["h00"], ids["h01"]])
    assert {i: layout.rect_of(project, i) for i in boxes} == boxes


def test_that_in_each_means_as_many_in_every_parent(project: Project) -> None:
    ids = site(project, zones=3, hosts=0)
    centers = [ids[f"dc{z}"] for z in range(3)]
    made = put(project, "rack", centers, 2, "rack-{n}", way="each")
    assert Counter(project.elements[i].parent for i in made) == dict.fromkeys(centers, 2)
    assert [project.elements[i].name for i in made] == [f"rack-{n}" for n in range(1, 7)]


@pytest.fixture
def racks(project: Project) -> list[int]:
    """Two racks of 5 U in one data center."""
    ids = site(project, zones=1, hosts=0)
    return [edit.place(project, "rack", ids["dc0"], units_u=5, name=f"rack-{n}") for n in (1, 2)]


@pytest.mark.parametrize(
    ("how", "given", "left"),
    [
        ({"count": 8}, [4, 4], 0),
        ({"count": 8, "policy": "best_fit"}, [5, 3], 0),
        ({"count": 12}, [5, 5], 2),
        ({"count": 12, "policy": "best_fit"}, [5, 5], 2),
        ({"count": 3, "way": "each"}, [3, 3], 0),
        ({"count": 7, "way": "each"}, [5, 5], 4),
    ],
)
def test_that_room_is_asked_by_the_door_of_placing(
    project: Project, racks: list[int], how: dict[str, Any], given: list[int], left: int
) -> None:
    before = state(project)
    planned = many.plan(project, "host", racks, fields={"size_u": 1}, **how)
    assert state(project) == before
    assert (counts(planned), planned.left) == (given, left)
    full = "rack-1 has 5 U, 5 U are taken and it needs 1 U"
    assert planned.reason == (full if left else "")
    if how.get("way") == "each" and left:
        assert [share.left for share in planned.shares] == [2, 2]
        assert [share.reason for share in planned.shares] == [full, full.replace("rack-1", "rack-2")]
    made = many.place_many(project, planned, "h{n}")
    assert [len(project.children(rack)) for rack in racks] == given
    assert len(made) == planned.placed
    if left:
        for rack in racks:
            with pytest.raises(RuleError, match="5 U are taken"):
                edit.place(project, "host", rack, size_u=1)


def test_that_the_emptier_parent_is_filled_first_and_the_fullest_by_best_fit(
    project: Project, racks: list[int]
) -> None:
    put(project, "host", racks[:1], 3, "x{n}", fields={"size_u": 1})
    assert counts(many.plan(project, "host", racks, 4, fields={"size_u": 1})) == [1, 3]
    assert counts(many.plan(project, "host", racks, 4, policy="best_fit", fields={"size_u": 1})) == [2, 2]


def test_that_nothing_is_placed_where_nothing_has_room(project: Project, racks: list[int]) -> None:
    planned = many.plan(project, "host", racks, 4, fields={"size_u": 6})
    assert (planned.placed, planned.left) == (0, 4)
    with pytest.raises(RuleError, match="None of 4 could be placed: rack-1 has 5 U"):
        many.place_many(project, planned, "h{n}")


def test_that_what_stops_it_takes_everything_back(project: Project, racks: list[int]) -> None:
    center = project.elements[racks[0]].parent
    before, told = state(project), list[int]()

    def noted(done: int) -> None:
        told.append(done)
        if len(told) == 2:
            raise RuleError("stopped")

    planned = many.plan(project, "host", [center], 2500)
    project.noted = noted
    with pytest.raises(RuleError, match="stopped"):
        many.place_many(project, planned, "h{n}")
    assert told == [1000, 2000]
    assert state(project) == before


def test_that_addresses_of_a_subnet_are_asked_for_all_that_come(project: Project) -> None:
    zone = edit.place(project, "zone", edit.place(project, "region"))
    nets = [edit.place(project, "subnet", zone, cidr=f"10.0.{n}.0/28", name=f"net-{n}") for n in range(2)]
    planned = many.plan(project, "vm", nets, 30)
    assert (counts(planned), planned.left) == ([11, 11], 8)
    assert planned.reason == "net-0 has 11 addresses and all are taken"
    many.place_many(project, planned, "vm{n}")
    with pytest.raises(RuleError, match="all are taken"):
        edit.place(project, "vm", nets[0])


@pytest.mark.parametrize("pattern", ["{m}", "{n:zz}", "{", "{n!x}", "{}", "{n.real}"])
def test_that_a_pattern_that_is_none_is_refused(pattern: str) -> None:
    with pytest.raises(RuleError, match="not a pattern"):
        many.names(pattern, 3)


def test_that_a_pattern_without_a_number_is_given_one() -> None:
    assert many.names("", 2) == ["1", "2"]
    assert many.names("h-", 2) == ["h-1", "h-2"]


def test_that_names_that_are_taken_are_left_out(project: Project, racks: list[int]) -> None:
    put(project, "host", racks, 2, "h-{n:02}", fields={"size_u": 1})
    made = put(project, "host", racks, 2, "h-{n:02}", fields={"size_u": 1})
    assert [project.elements[i].name for i in made] == ["h-03", "h-04"]


@pytest.mark.parametrize("count", [0, -1, 10_001])
def test_that_the_number_is_kept_in_bounds(project: Project, count: int) -> None:
    with pytest.raises(RuleError, match="from 1 to 10,000"):
        many.names("h{n}", count)
    with pytest.raises(RuleError, match="from 1 to 10,000"):
        many.plan(project, "region", [ROOT_ID], count)


def test_that_in_each_counts_all_parents_against_the_limit(project: Project) -> None:
    regions = put(project, "region", [ROOT_ID], 3)
    with pytest.raises(RuleError, match="4,000 in each of 3 are 12,000; at most 10,000"):
        many.plan(project, "zone", regions, 4000, way="each")


def test_that_places_are_what_is_selected_and_what_stands_in_it(project: Project) -> None:
    ids = site(project, zones=2, hosts=2)
    zones = [ids["z0"], ids["z1"]]
    hosts = [ids[name] for name in ("h00", "h01", "h10", "h11")]
    assert many.places(project, "vm", zones) == {"": zones, "host": hosts}
    assert many.places(project, "host", zones[:1]) == {"": zones[:1], "data_center": [ids["dc0"]]}
    assert many.places(project, "vm", [*hosts, *hosts[:1]])[""][:4] == hosts
    assert many.places(project, "region", zones) == {}


def on_hosts(project: Project, made: list[int]) -> Counter[str]:
    return Counter(project.elements[project.elements[i].parent].name for i in made)


def test_that_vms_go_where_the_policy_says(project: Project) -> None:
    ids = site(project, zones=2, hosts=2, overcommit=2.0)
    fields = {"vcpus": 2, "ram_mib": 1024.0}
    hosts = [i for name, i in ids.items() if name.startswith("h")]
    made = put(project, "vm", hosts, 5, policy="best_fit", fields=fields)
    assert on_hosts(project, made) == {"h00": 4, "h01": 1}
    project.undo()
    made = put(project, "vm", hosts, 6, fields=fields)
    assert on_hosts(project, made) == {"h00": 2, "h01": 2, "h10": 1, "h11": 1}
    project.undo()
    hosts.append(edit.place(project, "host", ids["dc1"], name="h12", cores=4, ram_mib=8192.0))
    made = put(project, "vm", hosts, 6, policy="per_zone", fields=fields)
    assert Counter(many.zone_of(project, i) for i in made) == {ids["z0"]: 3, ids["z1"]: 3}


def test_that_a_zone_that_is_full_leaves_its_part_to_the_others(project: Project) -> None:
    ids = site(project, zones=2, hosts=1, overcommit=1.0)
    hosts = [ids["h00"], ids["h10"]]
    put(project, "vm", hosts[:1], 3, fields={"vcpus": 1, "ram_mib": 64.0})
    planned = many.plan(project, "vm", hosts, 4, policy="per_zone", fields={"vcpus": 1, "ram_mib": 64.0})
    assert (counts(planned), planned.left) == ([1, 3], 0)


def test_that_memory_vcpus_and_the_hypervisor_s_share_are_counted(project: Project) -> None:
    ids = site(project, zones=1, hosts=1, overcommit=1.0, hypervisor_ram_mib=1024.0, vm_ram_base_mib=100.0)
    planned = many.plan(project, "vm", [ids["h00"]], 9, fields={"vcpus": 1, "ram_mib": 2048.0})
    assert (planned.placed, planned.left) == (3, 6)
    assert planned.reason == "h00 then has 724 MiB of memory free; a VM takes 2.098 GiB"
    planned = many.plan(project, "vm", [ids["h00"]], 9, fields={"vcpus": 1, "ram_mib": 64.0})
    assert (planned.placed, planned.reason) == (4, "h00 then has 0 vCPUs free; a VM takes 1")
    planned = many.plan(project, "vm", [ids["h00"]], 9, fields={"vcpus": 5, "ram_mib": 64.0})
    assert (planned.placed, planned.reason) == (0, "h00 has 4 vCPUs free; a VM takes 5")


def test_that_places_stand_in_drawing_order_whatever_was_selected_first(project: Project) -> None:
    ids = site(project, zones=2, hosts=2, overcommit=1.0)
    hosts = [ids[name] for name in ("h11", "h00", "h10", "h01")]
    assert many.places(project, "vm", hosts)[""] == [ids[name] for name in ("h00", "h01", "h10", "h11")]


def test_that_what_takes_no_room_needs_none(project: Project) -> None:
    ids = site(project, zones=1, hosts=1, overcommit=1.0)
    for field in ({"template": True}, {"powered_on": False}):
        assert many.plan(project, "vm", [ids["h00"]], 50, fields=field).left == 0


@given(
    policy=st.sampled_from(sorted(many.POLICIES)),
    way=st.sampled_from(["total", "each"]),
    count=st.integers(1, 40),
    vcpus=st.integers(1, 4),
    ram=st.integers(1, 4096),
    cores=st.lists(st.integers(1, 8), min_size=1, max_size=5),
)
def test_that_no_host_is_ever_given_more_than_it_has(
    policy: Any, way: Any, count: int, vcpus: int, ram: int, cores: list[int]
) -> None:
    project = Project(KINDS, LINKS)
    center = edit.place(project, "data_center")
    hosts = [edit.place(project, "host", center, cores=c, ram_mib=8192.0, overcommit=2.0) for c in cores]
    fit = [min(c * 2 // vcpus, 8192 // ram) for c in cores]
    planned = many.plan(project, "vm", hosts, count, way, policy, {"vcpus": vcpus, "ram_mib": float(ram)})
    if way == "each":
        assert counts(planned) == [min(count, most) for most in fit]
        assert [share.left for share in planned.shares] == [max(count - most, 0) for most in fit]
    else:
        assert planned.placed == min(count, sum(fit))
        assert all(given <= most for given, most in zip(counts(planned), fit, strict=True))
    assert planned.placed + planned.left == planned.asked
    assert bool(planned.reason) == bool(planned.left)
    if planned.placed:
        many.place_many(project, planned, "a{n}")
    assert [len(project.children(host)) for host in hosts] == counts(planned)


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
    made = scale_out(project, origin, 5)
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
    made = scale_out(project, vm, 4)
    assert Counter(project.elements[i].parent for i in made) == {nets[0]: 2, nets[1]: 2}
    with pytest.raises(RuleError, match="has 3 addresses and all are taken"):
        scale_out(project, vm, 1)
    with pytest.raises(RuleError, match="is not a VM"):
        scale_out(project, region, 1)


def test_that_a_vm_grows_with_all_that_is_in_it_and_keeps_its_own_identity(project: Project) -> None:
    ids = site(project, zones=2, hosts=1, overcommit=4.0)
    shop = edit.place(project, "service", name="shop")
    for z in range(2):
        vm = edit.place(project, "vm", ids[f"h{z}0"], name=f"web-{z + 1}", ram_mib=512.0, foreign_id=f"vm-{z}")
        app = edit.place(project, "application", vm, name=f"till-{z + 1}", ram_mib=256.0, load_frac=0.7)
        edit.place(project, "volume", vm, name=f"disk-{z + 1}", type="local", size_gib=7.0)
        edit.connect(project, "member", app, shop)
    made = scale_out(project, vm, 2)
    assert [project.elements[i].name for i in made] == ["web-3", "web-4"]
    assert {many.zone_of(project, i) for i in made} == {ids["z0"], ids["z1"]}
    assert {project.elements[i].__dict__["foreign_id"] for i in made} == {""}
    inside = [project.elements[i] for vm in made for i in project.children(vm)]
    assert sorted((e.kind, e.name) for e in inside) == [
        ("application", "till-3"), ("application", "till-4"), ("volume", "disk-3"), ("volume", "disk-4"),
    ]  # fmt: skip
    apps = [e for e in inside if e.kind == "application"]
    assert {e.__dict__["load_frac"] for e in apps} == {0.7}
    assert {e.__dict__["size_gib"] for e in inside if e.kind == "volume"} == {7.0}
    assert [project.targets(e.id, "member") for e in apps] == [[shop], [shop]]
    assert made.report == ""
    assert project.undo() == "Scale out web-2 by 2"
    assert len(project.of_kind("application")) == 2


def test_that_more_of_a_template_run(project: Project) -> None:
    ids = site(project, zones=1, hosts=1)
    origin = edit.place(project, "vm", ids["h00"], name="golden", ram_mib=512.0, template=True)
    (made,) = scale_out(project, origin, 1)
    assert project.elements[made].__dict__["template"] is False
    assert project.elements[origin].__dict__["template"] is True


def test_that_a_zone_that_does_not_take_one_more_is_left_out(project: Project) -> None:
    region = edit.place(project, "region", provider="aws", code="ap-south-1")
    shop = edit.place(project, "service", name="shop")
    nets = []
    for n, cidr in enumerate(("10.0.0.0/29", "10.0.1.0/24")):
        zone = edit.place(project, "zone", region)
        nets.append(edit.place(project, "subnet", zone, cidr=cidr))
        vm = edit.place(project, "vm", nets[-1], name=f"web-{n}")
        edit.connect(project, "member", vm, shop)
    made = scale_out(project, vm, 5)
    assert Counter(project.elements[i].parent for i in made) == {nets[0]: 2, nets[1]: 3}


def test_that_new_names_go_on_as_those_that_there_are_and_a_leaf_stands_for_what_it_stands_in() -> None:
    project = Project(KINDS, LINKS)
    region = edit.place(project, "region", name="r")
    assert many.usual_pattern(project, "zone") == "zone-{n:02}"
    zone = edit.place(project, "zone", region)
    assert many.names(many.usual_pattern(project, "zone"), 2, ["zone-1"]) == ["zone-2", "zone-3"]
    base = edit.place(project, "database", region)
    assert many.nearest(project, [base]) == [region] and many.nearest(project, [zone, base]) == [zone, base]
