"""What a user does, command by command: done as one step, or refused with a sentence and nothing changed."""

from __future__ import annotations

from typing import Any

import pytest

from designer.catalog.presets.shipped import presets
from designer.commands import edit
from designer.errors import RuleError
from designer.model import layout
from designer.model.boxes import Rect, free_way
from designer.model.element import ROOT_ID, values
from designer.model.project import Project


def state(project: Project) -> dict[int, dict[str, Any]]:
    """Everything that is saved, by id."""
    return {row.id: values(row) for row in project.rows()}


@pytest.fixture
def region(project: Project) -> int:
    """A region."""
    return edit.place(project, "region")


@pytest.fixture
def zone(project: Project, region: int) -> int:
    """A zone in it."""
    return edit.place(project, "zone", region)


# -- place


def test_that_a_new_element_gets_the_next_free_name(project: Project, zone: int) -> None:
    names = [project.elements[edit.place(project, "vm", zone)].name for _ in range(3)]
    assert names == ["vm-1", "vm-2", "vm-3"]
    edit.delete(project, [i for i in project.children(zone) if project.elements[i].name == "vm-2"])
    assert edit.next_name(project, "vm") not in {"vm-1", "vm-3"}


def test_that_placing_is_one_step_and_says_what(project: Project, zone: int) -> None:
    steps = len(project.history.steps)
    edit.place(project, "data_center", zone)
    assert (len(project.history.steps), project.history.undo_text) == (steps + 1, "Place Data center")


@pytest.mark.parametrize(
    ("kind", "parent", "sentence"),
    [
        ("zone", "design", "Zone cannot be placed here: Zone needs a region."),
        ("vm", "region", "VM needs a host, a subnet or a zone."),
        ("rack", "region", "Rack needs a data center or a zone."),
        ("subnet", "design", "Subnet needs a zone."),
        ("region", "region", "Region can only stand on the drawing itself."),
    ],
)
def test_that_a_refused_drop_says_why_and_changes_nothing(
    project: Project, region: int, kind: str, parent: str, sentence: str
) -> None:
    before, steps = state(project), len(project.history.steps)
    with pytest.raises(RuleError) as refused:
        edit.place(project, kind, ROOT_ID if parent == "design" else region)
    assert sentence in str(refused.value)
    assert (state(project), len(project.history.steps)) == (before, steps)


def test_that_the_answer_while_hovering_is_the_answer_of_the_command(project: Project, region: int, zone: int) -> None:
    for parent in (ROOT_ID, region, zone):
        for kind in project.kinds:
            reason = project.why_not(kind, parent)
            try:
                edit.place(project, kind, parent)
            except RuleError as refused:
                assert reason is not None
                assert reason in str(refused)
            else:
                assert reason is None


def test_that_a_wrong_value_refuses_the_whole_placing(project: Project, zone: int) -> None:
    before = state(project)
    with pytest.raises(RuleError, match="vCPUs must be"):
        edit.place(project, "vm", zone, vcpus=0)
    assert state(project) == before


@pytest.mark.parametrize("place", [edit.place, edit.place_through])
def test_that_a_field_that_a_kind_does_not_have_refuses_the_placing(project: Project, zone: int, place: Any) -> None:
    before = state(project)
    with pytest.raises(RuleError, match="VM: there is no field “sped”"):
        place(project, "vm", zone, vcpus=2, sped=3)
    with pytest.raises(RuleError, match="there is no field “sped”"):
        place(project, "rack", ROOT_ID, sped=3)
    assert state(project) == before


def test_that_missing_levels_are_made_in_the_same_step(project: Project) -> None:
    vm = edit.place_through(project, "vm", ROOT_ID)
    kinds = [project.elements[i].kind for i in project.ancestors(vm)]
    assert kinds[-1] == "design"
    assert len(kinds) >= 2
    project.undo()
    assert list(project.elements) == [ROOT_ID]


def test_that_a_subnet_dropped_on_the_design_gets_region_and_zone(project: Project) -> None:
    assert edit.why_not_place_through(project, "subnet", ROOT_ID) == (["region", "zone"], None)
    subnet = edit.place_through(project, "subnet", ROOT_ID, at=(50.0, 60.0))
    assert [project.elements[i].kind for i in project.ancestors(subnet)] == ["zone", "region", "design"]


def test_that_what_can_stand_nowhere_below_is_refused(project: Project, zone: int) -> None:
    with pytest.raises(RuleError, match="cannot be placed here"):
        edit.place_through(project, "region", zone)


def test_that_a_full_rack_refuses_one_more_host(project: Project, zone: int) -> None:
    rack = edit.place(project, "rack", zone, units_u=3)
    edit.place(project, "host", rack, size_u=2)
    with pytest.raises(RuleError, match="rack-1 has 3 U, 2 U are taken and it needs 2 U"):
        edit.place(project, "host", rack, size_u=2)


def test_that_a_full_subnet_refuses_one_more_vm(project: Project, zone: int) -> None:
    subnet = edit.place(project, "subnet", zone, cidr="10.0.0.0/29")
    for _ in range(3):
        edit.place(project, "vm", subnet)
    with pytest.raises(RuleError, match="subnet-1 has 3 addresses and all are taken"):
        edit.place(project, "vm", subnet)


# -- move


def test_that_moving_changes_one_row(project: Project, region: int, zone: int) -> None:
    other = edit.place(project, "region", at=(900.0, 500.0))
    before = state(project)
    edit.move(project, [other], (40.0, 30.0))
    after = state(project)
    assert {i for i in after if after[i] != before[i]} == {other}
    assert (after[other]["x"], after[other]["y"]) == (940.0, 530.0)


def test_that_a_nudge_stops_at_what_stands_in_the_way(project: Project) -> None:
    left, right = (edit.place(project, "region") for _ in range(2))
    edit.move(project, [right], (21.0, 0.0))
    gap = layout.rect_of(project, right).x - layout.rect_of(project, left).right
    assert 40 < gap < 80
    for _ in range(2):
        edit.nudge(project, [left], (40, 0))
    here, there = layout.rect_of(project, left), layout.rect_of(project, right)
    assert (here.right, here.y) == (there.x, there.y)
    before = state(project)
    with pytest.raises(RuleError, match="cannot go further this way"):
        edit.nudge(project, [left], (8, 0))
    assert state(project) == before


def test_that_a_nudge_stops_at_the_inside_of_the_container(project: Project, region: int) -> None:
    zones = [edit.place(project, "zone", region, at=at) for at in ((27.0, 61.0), (27.0, 300.0))]
    box = project.kind(region).box
    edit.nudge(project, zones, (-40, 0))
    edit.nudge(project, zones, (0, -40))
    upper, lower = (layout.rect_of(project, i) for i in zones)
    assert (upper.x, upper.y) == (box.padding, box.header + box.padding)
    assert lower.x == upper.x
    with pytest.raises(RuleError, match="cannot go further this way"):
        edit.nudge(project, zones, (0, -8))


def test_that_boxes_go_as_far_as_the_nearest_box_ahead() -> None:
    block = [Rect(0.0, 0.0, 10.0, 10.0), Rect(0.0, 30.0, 10.0, 10.0)]
    beside = [Rect(30.0, 10.0, 5.0, 20.0), Rect(26.0, 39.0, 5.0, 5.0), Rect(-9.0, 5.0, 5.0, 5.0)]
    taken = [*beside, Rect(4.0, -9.0, 1.0, 2.0)]
    assert free_way(block, taken, (40.0, 0.0)) == 16.0
    assert free_way(block, taken, (8.0, 0.0)) == 8.0
    assert free_way(block, taken, (-40.0, 0.0)) == 4.0
    assert free_way(block, taken, (0.0, -40.0)) == 7.0
    assert free_way(block, taken, (0.0, 40.0)) == 40.0
    assert free_way(block, [], (0.0, 40.0)) == 40.0


def test_that_dropping_into_another_parent_keeps_children_and_links(project: Project, region: int, zone: int) -> None:
    vm = edit.place(project, "vm", edit.place(project, "host", zone))
    service = edit.place(project, "service")
    edit.connect(project, "member", vm, service)
    other = edit.place(project, "zone", region)
    host = project.elements[vm].parent
    edit.move(project, [host], (0.0, 0.0), other)
    assert project.elements[host].parent == other
    assert project.children(host) == [vm]
    assert project.targets(vm, "member") == [service]
    project.undo()
    assert project.elements[host].parent == zone


def test_that_a_vm_takes_the_size_of_a_cell_where_it_comes_to_stand(project: Project, zone: int) -> None:
    vm = edit.place(project, "vm", zone)
    host = edit.place(project, "host", zone)
    for _ in range(15):
        edit.place(project, "vm", host)
    edit.move(project, [vm], (0.0, 0.0), host)
    assert (project.elements[vm].w, project.elements[vm].h) == project.kinds["host"].box.cell


def test_that_nothing_stands_in_itself_or_below_itself(project: Project, zone: int) -> None:
    center = edit.place(project, "data_center", zone)
    before = state(project)
    for target in (center, edit.place(project, "rack", center)):
        with pytest.raises(RuleError):
            edit.move(project, [center], (0.0, 0.0), target)
        assert edit.why_not_move(project, [center], target) == "An element cannot stand in itself"
    project.undo()
    assert state(project) == before


def test_that_hovering_answers_as_the_move_does(project: Project, region: int, zone: int) -> None:
    vm = edit.place(project, "vm", zone)
    assert edit.why_not_move(project, [vm], region) == "VM needs a host, a subnet or a zone"
    with pytest.raises(RuleError, match="cannot be moved here: VM needs a host"):
        edit.move(project, [vm], (0.0, 0.0), region)


def test_that_one_refused_of_several_moves_none(project: Project, region: int, zone: int) -> None:
    vm = edit.place(project, "vm", zone)
    host = edit.place(project, "host", zone)
    before = state(project)
    with pytest.raises(RuleError):
        edit.move(project, [vm, host], (0.0, 0.0), edit.place(project, "rack", zone))
    project.undo()
    assert state(project) == before


def test_that_what_stands_in_a_moved_element_moves_only_with_it(project: Project, zone: int) -> None:
    center = edit.place(project, "data_center", zone)
    rack = edit.place(project, "rack", center)
    assert edit.tops(project, [rack, center, zone, ROOT_ID]) == [zone]
    inside = layout.rect_of(project, rack)
    edit.move(project, [rack, zone], (100.0, 0.0))
    assert layout.rect_of(project, rack) == inside


def test_that_a_cell_dropped_among_cells_takes_that_place(project: Project, zone: int) -> None:
    host = edit.place(project, "host", zone)
    vms = [edit.place(project, "vm", host) for _ in range(4)]
    step = layout.rect_of(project, vms[1]).x - layout.rect_of(project, vms[0]).x
    edit.move(project, [vms[3]], (-3 * step - 1, 0.0))
    assert project.children(host) == [vms[3], *vms[:3]]
    project.undo()
    assert project.children(host) == vms


# -- change, presets, names, links


def test_that_several_elements_change_in_one_step(project: Project, zone: int) -> None:
    vms = [edit.place(project, "vm", zone) for _ in range(3)]
    edit.change(project, vms, {"vcpus": 16, "shares": 500})
    assert {project.elements[i].__dict__["vcpus"] for i in vms} == {16}
    assert project.history.undo_text == "Change vCPUs"
    project.undo()
    assert {project.elements[i].__dict__["vcpus"] for i in vms} == {2}


def test_that_one_wrong_value_changes_none_of_several(project: Project, zone: int) -> None:
    vms = [edit.place(project, "vm", zone) for _ in range(2)]
    before = state(project)
    with pytest.raises(RuleError, match="vm-1: Constant load must be"):
        edit.change(project, vms, {"vcpus": 8, "load_frac": 1.5})
    assert state(project) == before


@pytest.mark.parametrize("kind", ["vm", "host", "region"])
def test_that_a_preset_fills_its_fields_and_undo_empties_them(project: Project, zone: int, kind: str) -> None:
    parent = {"vm": zone, "host": zone, "region": ROOT_ID}[kind]
    if not presets(kind):
        pytest.fail(f"{kind} has no presets")
    element = edit.place(project, kind, parent)
    before = state(project)
    for name, preset in presets(kind).items():
        edit.apply_preset(project, [element], name)
        fields = project.elements[element].__dict__
        assert {field: fields[field] for field in preset.fields} == dict(preset.fields)
        project.undo()
        assert state(project) == before


def test_that_an_unknown_preset_is_refused(project: Project, zone: int) -> None:
    vm = edit.place(project, "vm", zone)
    with pytest.raises(RuleError, match="There is no preset “m99 huge” for VM"):
        edit.apply_preset(project, [vm], "m99 huge")


def test_that_forgetting_the_preset_keeps_the_values(project: Project, zone: int) -> None:
    vm = edit.place(project, "vm", zone)
    edit.apply_preset(project, [vm], "m5.2xlarge")
    edit.apply_preset(project, [vm], "")
    fields = project.elements[vm].__dict__
    assert (fields["instance_type"], fields["vcpus"]) == ("", 8)


def test_that_a_name_is_one_line_and_never_empty(project: Project, region: int) -> None:
    edit.rename(project, region, "  Mumbai \n west ")
    assert project.elements[region].name == "Mumbai west"
    for empty in ("", "   ", "\n\t"):
        with pytest.raises(RuleError, match="at least one letter"):
            edit.rename(project, region, empty)
    with pytest.raises(RuleError, match="at most 200"):
        edit.rename(project, region, "x" * 201)
    assert project.elements[region].name == "Mumbai west"


def test_that_deleting_takes_links_along_and_undo_brings_them_back(project: Project, zone: int) -> None:
    vms = [edit.place(project, "vm", zone) for _ in range(3)]
    service = edit.place(project, "service")
    for vm in vms:
        edit.connect(project, "member", vm, service)
    before = state(project)
    edit.delete(project, [vms[0], service])
    assert project.links == {}
    project.undo()
    assert state(project) == before


def test_that_a_link_is_deleted_alone(project: Project, zone: int) -> None:
    vm, service = edit.place(project, "vm", zone), edit.place(project, "service")
    link = edit.connect(project, "member", vm, service)
    edit.delete(project, [link])
    assert project.links == {}
    assert {vm, service} <= set(project.elements)
    assert project.history.undo_text == "Delete link"


def test_that_deleting_nothing_is_no_step(project: Project) -> None:
    edit.delete(project, [ROOT_ID, 999])
    edit.move(project, [ROOT_ID], (5.0, 5.0))
    assert project.history.steps == []


def test_that_twenty_steps_go_back_and_forth(project: Project, zone: int) -> None:
    project.history.mark_clean()
    states = [state(project)]
    for number in range(20):
        edit.place(project, ("host", "subnet", "data_center", "vm")[number % 4], zone)
        states.append(state(project))
    for expected in reversed(states[:-1]):
        project.undo()
        assert state(project) == expected
    assert not project.history.modified
    for expected in states[1:]:
        project.redo()
        assert state(project) == expected


def test_that_a_link_that_is_refused_is_asked_for_no_role(project: Project) -> None:
    vm = edit.place(project, "vm", edit.place(project, "zone", edit.place(project, "region")))
    with pytest.raises(RuleError, match="does not join"):
        edit.connect(project, "answers", vm, vm)
