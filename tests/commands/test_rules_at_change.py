"""A rule asked when something is placed or linked is asked when it changes, by one door for all that changes."""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import cache, partial
from typing import Any

import pytest

from designer.catalog import KINDS, LINKS
from designer.catalog.presets.blueprints import blueprints
from designer.commands import blueprints as placing
from designer.commands import clipboard, edit, instance_types, presets
from designer.errors import RuleError
from designer.model.element import ROOT_ID, Link, values
from designer.model.fields import field_specs
from designer.model.project import Project
from designer.model.standing import to_recheck
from tests.catalog.test_fields_act import FIELDS, PROVENANCE, World, base_of, change, plain, prepared
from tests.old_files import hold


def state(project: Project) -> dict[int, dict[str, Any]]:
    """Everything that is saved, by id."""
    return {row.id: values(row) for row in project.rows()}


@pytest.fixture
def rack(project: Project) -> int:
    """A rack of 4 U with four hosts of 1 U."""
    rack = edit.place(project, "rack", edit.place(project, "data_center"), units_u=4)
    for _ in range(4):
        edit.place(project, "host", rack)
    return rack


def test_that_a_host_that_grows_and_a_rack_that_shrinks_are_refused(project: Project, rack: int) -> None:
    host = project.children(rack)[1]
    before = state(project)
    with pytest.raises(RuleError, match="host-2: rack-1 has 4 U, 3 U are taken and it needs 2 U"):
        edit.change(project, [host], {"size_u": 2})
    with pytest.raises(RuleError, match="host-1: rack-1 has 3 U, 3 U are taken and it needs 1 U"):
        edit.change(project, [rack], {"units_u": 3})
    assert state(project) == before
    edit.change(project, [rack], {"units_u": 5})
    edit.change(project, [host], {"size_u": 2})


def test_that_what_would_do_together_is_asked_when_all_has_changed(project: Project, rack: int) -> None:
    with project.edit("Change rack and hosts"):
        for host in project.children(rack):
            edit.change(project, [host], {"size_u": 2})
        edit.change(project, [rack], {"units_u": 8})
    assert project.elements[rack].__dict__["units_u"] == 8


def several(project: Project, hosts: list[int]) -> None:
    edit.change(project, hosts, {"size_u": 2})


def own_preset(project: Project, hosts: list[int]) -> None:
    presets.use(project, hosts, presets.OwnPreset("host", "tall", {"size_u": 2}))


def shipped_preset(project: Project, hosts: list[int]) -> None:
    edit.fill(project, hosts, {"size_u": 2, "cores": 8}, "Use tall")


@pytest.mark.parametrize("many", [several, own_preset, shipped_preset])
def test_that_what_changes_many_at_once_asks_too_and_then_changes_none(
    project: Project, rack: int, many: Callable[[Project, list[int]], None]
) -> None:
    before, steps = state(project), len(project.history.steps)
    with pytest.raises(RuleError, match="host-1: rack-1 has 4 U, 6 U are taken and it needs 2 U"):
        many(project, project.children(rack))
    assert (state(project), len(project.history.steps)) == (before, steps)


def test_that_what_is_broken_already_may_be_changed_for_the_better_or_otherwise(project: Project, rack: int) -> None:
    hold(project, rack, units_u=3)
    host = project.children(rack)[0]
    edit.change(project, [rack], {"units_u": 2})
    edit.change(project, [host], {"cores": 4, "size_u": 2})
    edit.change(project, [rack], {"units_u": 5})
    with pytest.raises(RuleError, match="has 4 U"):
        edit.change(project, [rack], {"units_u": 4})


def test_that_undo_and_redo_ask_no_rule(project: Project, rack: int) -> None:
    edit.change(project, [rack], {"units_u": 5})
    hold(project, rack, units_u=2)
    project.undo()
    project.undo()
    project.redo()
    project.redo()
    assert project.elements[rack].__dict__["units_u"] == 2


def test_that_an_earlier_save_comes_back_as_it_was_though_a_rule_would_refuse_it(project: Project, rack: int) -> None:
    rows = list(project.rows())
    with project.edit("Restore"):
        project.become([row for row in rows if row.id != project.children(rack)[0]])
    hold(project, rack, units_u=1)
    assert project.elements[rack].__dict__["units_u"] == 1


def test_that_a_subnet_keeps_to_its_vpc_and_beside_its_neighbors(project: Project) -> None:
    region = edit.place(project, "region")
    zone = edit.place(project, "zone", region)
    vpc = edit.place(project, "vpc", region, cidr="10.0.0.0/16")
    one, two = (edit.place(project, "subnet", zone) for _ in range(2))
    assert [project.elements[i].__dict__["cidr"] for i in (one, two)] == ["10.0.0.0/24", "10.0.1.0/24"]
    for subnet in (one, two):
        edit.connect(project, "in_vpc", subnet, vpc)
    refused = {
        "10.0.1.128/25": r"subnet-1 and subnet-2 in vpc-1 share addresses: 10\.0\.1\.128/25 and 10\.0\.1\.0/24",
        "10.9.0.0/24": r"subnet-1: its addresses 10\.9\.0\.0/24 are not among those of vpc-1, 10\.0\.0\.0/16",
        "here": "subnet-1: “here” is not a network",
    }
    for cidr, said in refused.items():
        with pytest.raises(RuleError, match=said):
            edit.change(project, [one], {"cidr": cidr})
    with pytest.raises(RuleError, match=r"subnet-2: its addresses 10\.0\.1\.0/24 are not among those of vpc-1"):
        edit.change(project, [vpc], {"cidr": "10.0.0.0/24"})
    edit.change(project, [one], {"cidr": "10.0.7.0/24"})


def test_that_a_vm_that_is_attached_takes_an_address_as_one_inside_does_and_a_template_takes_none(
    project: Project,
) -> None:
    zone = edit.place(project, "zone", edit.place(project, "region"))
    net = edit.place(project, "subnet", zone, cidr="10.0.0.0/29")
    one, two, three = (edit.place(project, "vm", edit.place(project, "host", zone)) for _ in range(3))
    edit.place(project, "vm", net)
    edit.connect(project, "attached", one, net)
    edit.connect(project, "attached", two, net)
    full = "subnet-1 has 3 addresses and all are taken"
    assert project.why_no_link("attached", three, net) == full
    assert edit.why_not_move(project, [three], net) == full
    assert edit.why_not_move(project, [two], net) is None
    with pytest.raises(RuleError, match=full):
        edit.place(project, "nat_gateway", net)
    golden = edit.place(project, "vm", net, template=True)
    with pytest.raises(RuleError, match=full):
        edit.change(project, [golden], {"template": False})
    with pytest.raises(RuleError, match="subnet-1 has 0 addresses and all are taken"):
        edit.change(project, [net], {"cidr": "10.0.0.0/30"})
    edit.change(project, [net], {"cidr": "10.0.0.0/28"})
    edit.connect(project, "attached", three, net)


def test_that_a_region_changes_its_code_only_where_what_stands_in_it_is_offered(project: Project) -> None:
    region = edit.place(project, "region", name="mine")
    vm = edit.place(project, "vm", edit.place(project, "zone", region))
    instance_types.choose_type(project, [vm], "a1.large")
    with pytest.raises(RuleError, match=r"vm-1: a1\.large is not offered in ap-south-2; the nearest that offer it"):
        edit.apply_preset(project, [region], "ap-south-2")
    edit.apply_preset(project, [region], "us-east-1")


def test_that_what_is_moved_is_asked_with_all_that_stands_in_it(project: Project) -> None:
    region = edit.place(project, "region")
    here, there = (edit.place(project, "zone", region) for _ in range(2))
    host = edit.place(project, "host", here)
    vm = edit.place(project, "vm", host)
    edit.connect(project, "attached_to", edit.place(project, "volume", here), vm)
    before = state(project)
    with pytest.raises(RuleError, match="vm-1: vol-1 is in zone-1 and vm-1 is in zone-2"):
        edit.move(project, [host], (0.0, 0.0), there)
    assert state(project) == before


def test_that_a_link_that_is_turned_to_another_end_is_asked(project: Project) -> None:
    region = edit.place(project, "region")
    one, two, three = (edit.place(project, "vpc", region, cidr=f"10.{n}.0.0/16") for n in (1, 2, 1))
    link = edit.connect(project, "peers", one, two)
    with pytest.raises(RuleError, match="vpc-1 and vpc-3 share addresses"), project.edit("Turn"):
        project.set(link, target=three)
    assert project.links[link].target == two


def test_that_a_pasted_copy_is_asked_as_its_original_was(project: Project, rack: int) -> None:
    text = clipboard.copy(project, [project.children(rack)[0]])
    with pytest.raises(RuleError, match="rack-1 has 4 U, 4 U are taken"):
        clipboard.paste(project, text, rack)


def broken(project: Project) -> set[tuple[int, str]]:
    """All elements and links that break a rule where they are, with the reason."""
    found = {(e.id, project.why_not(e.kind, e.parent, e) or "") for e in project.elements.values() if e.id != 1}
    found |= {(1, KINDS["design"].value_error(project.root) or "")} if KINDS["design"].value_error else set()
    for link in list(project.links.values()):
        rule = LINKS[link.kind]
        if rule.link_error is not None:
            with project.without(link):
                ends = project.elements[link.source], project.elements[link.target]
                found.add((link.id, rule.link_error(project, *ends) or ""))
    return {pair for pair in found if pair[1]}


@cache
def broken_in(world: World) -> set[tuple[int, str]]:
    """The same of a design that is not changed."""
    return broken(world.project)


WRONG: dict[tuple[str, str], list[Any]] = {
    ("region", "code"): ["ap-south-2", ""],
    ("zone", "zone_id"): ["aps1-az2", ""],
    ("host", "model"): ["c5 dedicated host"],
    ("host", "hypervisor"): ["Bare metal"],
    ("host", "power_points_w"): ["many"],
    ("vm", "instance_type"): ["a1.large", "mac2.metal", "m7g.large"],
    ("vm", "guest_os"): ["macos"],
    ("vm", "partition"): [2, 3],
    ("subnet", "cidr"): ["10.0.0.0/29", "10.0.2.0/24", "10.7.0.0/24", "x"],
    ("vpc", "cidr"): ["10.9.0.0/16", "x"],
    ("firewall", "ports"): ["x"],
    ("security_group", "ports"): ["x"],
    ("volume", "type"): ["gp3", "local"],
    ("volume", "size_gib"): [999.0],
    ("datastore", "capacity_gib"): [1.0],
    ("rack", "units_u"): [1],
    ("application", "ram_mib"): [9e8],
    ("vm", "ram_mib"): [1.0],
    ("design", "start_utc"): ["x"],
}


@pytest.mark.parametrize(("kind", "name"), [field for field in FIELDS if field not in PROVENANCE])
def test_that_each_field_that_a_rule_reads_is_named_by_its_kind(kind: str, name: str) -> None:
    if field_specs(KINDS[kind].table)[name].editor == "time_zone":
        wrong: list[Any] = ["nowhere"]
    else:
        wrong = WRONG.get((kind, name), [])
    read = False
    for value in wrong:
        world = plain().copied()
        for element in world.project.of_kind(kind):
            now = element.__dict__[name]
            element.__dict__[name] = value
            read = read or broken(world.project) != broken_in(plain())
            element.__dict__[name] = now
    if not wrong:
        base = base_of(kind, name)
        world = prepared(base).copied()
        change(world, base.subject, kind, name)
        read = broken(world.project) != broken_in(prepared(base))
    assert not read or name in KINDS[kind].rule_fields


def test_that_another_zone_id_asks_only_vms_with_an_instance_type_again(project: Project) -> None:
    zone = edit.place(project, "zone", edit.place(project, "region", provider="aws", code="us-east-1"))
    subnet, host = edit.place(project, "subnet", zone), edit.place(project, "host", edit.place(project, "rack", zone))
    typed = edit.place(project, "vm", subnet, instance_type="m5.large")
    other = edit.place(project, "vm", host)
    edit.connect(project, "member", typed, edit.place(project, "service"))
    asked = partial(to_recheck, project, KINDS, LINKS)
    assert list(asked({zone: {"zone_id"}})) == [zone, typed]
    assert list(asked({zone: {"capacity", "name"}})) == [zone]
    assert {zone, subnet, host, typed, other} <= asked({zone: {"zone_id", "parent"}}).keys()
    assert not asked({zone: {"name"}})


def test_that_a_link_s_role_asks_no_rule(project: Project) -> None:
    service = edit.place(project, "service")
    vm = edit.place(project, "vm", edit.place(project, "zone", edit.place(project, "region")))
    link = edit.connect(project, "member", vm, service)
    with project.edit("Name"):
        project.set(link, role="primary")
    found = project.links[link]
    assert isinstance(found, Link) and found.role == "primary"


# -- a move is asked while hovering as it is when it is dropped


def refused(project: Project, ids: list[int], parent_id: int) -> bool:
    """Whether a drop is refused; what it did is undone."""
    before = project.history.position
    try:
        edit.move(project, ids, (0.0, 0.0), parent_id)
    except RuleError:
        return True
    if project.history.position > before:
        project.undo()
    return False


def test_that_a_container_is_refused_while_hovering_for_what_stands_in_it(project: Project) -> None:
    there, elsewhere = edit.place(project, "region", name="us"), edit.place(project, "region", name="asia")
    edit.apply_preset(project, [there], "us-east-1")
    edit.apply_preset(project, [elsewhere], "ap-south-2")
    zone = edit.place(project, "zone", there)
    vm = edit.place(project, "vm", edit.place(project, "subnet", zone))
    assert edit.why_not_move(project, [zone], elsewhere) is None
    assert not refused(project, [zone], elsewhere)
    instance_types.choose_type(project, [vm], "a1.large")
    before = state(project)
    reason = edit.why_not_move(project, [zone], elsewhere)
    assert reason is not None
    assert reason.startswith("vm-1: a1.large is not offered in ap-south-2")
    assert not reason.endswith(".")
    assert state(project) == before
    assert refused(project, [zone], elsewhere)


def test_that_several_are_asked_together_while_hovering(project: Project, rack: int) -> None:
    other = edit.place(project, "rack", project.elements[rack].parent, units_u=3)
    hosts = project.children(rack)
    assert [edit.why_not_move(project, [host], other) for host in hosts] == [None] * 4
    assert edit.why_not_move(project, hosts, other) == "host-1: rack-2 has 3 U, 3 U are taken and it needs 1 U"
    assert refused(project, hosts, other)
    assert edit.why_not_move(project, hosts[:3], other) is None and not refused(project, hosts[:3], other)


@pytest.mark.parametrize("seed", range(6))
def test_that_hovering_and_dropping_agree_for_anything_anywhere(seed: int) -> None:
    dice = random.Random(seed)
    project = Project(KINDS, LINKS)
    for blueprint in list(blueprints().values())[seed::6]:
        placing.place(project, blueprint.text, blueprint.title)
    ids = [i for i in project.elements if i != ROOT_ID]
    asked = 0
    for _ in range(400):
        chosen, parent_id = dice.sample(ids, dice.choice([1, 1, 2, 4])), dice.choice([ROOT_ID, *ids])
        kinds = {project.elements[i].kind for i in edit.tops(project, chosen)}
        if not any(project.elements[parent_id].kind in project.kinds[kind].inside for kind in kinds):
            continue
        asked += 1
        before = state(project)
        assert (edit.why_not_move(project, chosen, parent_id) is not None) == refused(project, chosen, parent_id)
        assert state(project) == before
    assert asked > 5
