"""The project: three verbs inside edits, each checked, recorded, told once and taken back exactly."""

from typing import Any

import pytest

from designer.catalog import KINDS, LINKS, Region, Zone
from designer.commands import edit
from designer.errors import RuleError
from designer.model.element import ROOT_ID, Link, make, values
from designer.model.project import ChangeSet, Project, snapshot


def state(project: Project) -> dict[int, tuple[str, dict[str, Any]]]:
    """Everything that is saved, by id, as plain values."""
    return {row.id: (type(row).__name__, values(row)) for row in project.rows()}


def told(project: Project) -> list[ChangeSet]:
    """A list that receives each change set the project tells."""
    heard: list[ChangeSet] = []
    project.changed.connect(heard.append)
    return heard


def test_that_an_empty_project_holds_the_design_only(project: Project) -> None:
    assert list(project.elements) == [ROOT_ID]
    assert project.root.kind == "design"
    assert not project.history.modified


def test_that_a_change_outside_an_edit_is_a_bug(project: Project) -> None:
    with pytest.raises(RuntimeError, match="outside"):
        project.add(make(Region, {"name": "r"}))
    assert list(project.elements) == [ROOT_ID]


def test_that_an_exception_takes_the_half_done_edit_back(project: Project) -> None:
    region = edit.place(project, "region")
    before, steps = state(project), len(project.history.steps)
    heard = told(project)
    with pytest.raises(ZeroDivisionError), project.edit("Break"):
        zone = project.add(make(Zone, {"parent": region, "name": "z"}))
        project.set(zone, name="other")
        project.remove(region)
        raise ZeroDivisionError
    assert state(project) == before
    assert (len(project.history.steps), heard) == (steps, [])


def test_that_nested_edits_are_one_step(project: Project) -> None:
    with project.edit("Outer"):
        edit.place(project, "region")
        edit.place(project, "service")
    assert [s.text for s in project.history.steps] == ["Outer"]
    project.undo()
    assert list(project.elements) == [ROOT_ID]


def test_that_an_edit_that_changes_nothing_is_no_step(project: Project) -> None:
    with project.edit("Nothing"):
        project.set(ROOT_ID, name=project.root.name)
    assert project.history.steps == []


def test_that_one_edit_is_told_once_with_all_it_touched(project: Project) -> None:
    heard = told(project)
    with project.edit("Two"):
        region = project.add(make(Region, {"name": "r"}))
        project.set(region, name="other")
        project.set(ROOT_ID, name="shop")
    (changes,) = heard
    assert changes.added == {region}
    assert changes.changed == {ROOT_ID: {"name"}}
    assert changes.ids == {region, ROOT_ID}


def test_that_what_comes_and_goes_in_one_edit_is_not_told(project: Project) -> None:
    heard = told(project)
    with project.edit("Back and forth"):
        region = project.add(make(Region, {"name": "r"}))
        project.remove(region)
    assert [bool(c) for c in heard] == [False]


def test_that_undo_tells_the_opposite(project: Project) -> None:
    region = edit.place(project, "region")
    heard = told(project)
    project.undo()
    assert heard[0].removed == {region}
    project.redo()
    assert heard[1].added == {region}


def test_that_removing_takes_all_that_stands_in_it_and_all_links(project: Project) -> None:
    region = edit.place(project, "region")
    zone = edit.place(project, "zone", region)
    vm = edit.place(project, "vm", zone)
    service = edit.place(project, "service")
    link = edit.connect(project, "member", vm, service)
    before = state(project)
    with project.edit("Remove"):
        project.remove(region)
    assert set(project.elements) == {ROOT_ID, service}
    assert project.links_of(service) == []
    assert link not in project.links
    project.undo()
    assert state(project) == before
    assert [k.id for k in project.links_of(service)] == [link]


def test_that_the_design_itself_cannot_go_or_move(project: Project) -> None:
    region = edit.place(project, "region")
    with pytest.raises(RuleError, match="cannot be removed"), project.edit("x"):
        project.remove(ROOT_ID)
    with pytest.raises(RuleError, match="cannot be moved"), project.edit("x"):
        project.set(ROOT_ID, parent=region)


def test_that_an_id_never_changes_and_is_never_used_twice(project: Project) -> None:
    region = edit.place(project, "region")
    with pytest.raises(RuleError, match="never changes"), project.edit("x"):
        project.set(region, id=5)
    with pytest.raises(RuleError, match="already in the design"), project.edit("x"):
        project.add(make(Region, {"id": region, "name": "again"}))


def test_that_a_refused_set_changes_none_of_its_fields(project: Project) -> None:
    zone = edit.place(project, "zone", edit.place(project, "region"))
    vm = edit.place(project, "vm", zone)
    before = state(project)
    with pytest.raises(RuleError), project.edit("x"):
        project.set(vm, vcpus=8, load_frac=2.0)
    assert state(project) == before


def test_that_an_element_goes_only_where_it_may_stand(project: Project) -> None:
    region = edit.place(project, "region")
    with pytest.raises(RuleError, match="VM needs a host, a subnet or a zone"):
        edit.place(project, "vm", region)
    with pytest.raises(RuleError, match="no longer exists"), project.edit("x"):
        project.add(make(Zone, {"parent": 12345, "name": "z"}))


def test_that_links_join_only_what_they_may(project: Project) -> None:
    region = edit.place(project, "region")
    zone = edit.place(project, "zone", region)
    vm = edit.place(project, "vm", zone)
    first, second = edit.place(project, "service"), edit.place(project, "service")
    with pytest.raises(RuleError, match="does not join"):
        edit.connect(project, "member", zone, first)
    edit.connect(project, "member", vm, first)
    with pytest.raises(RuleError, match="already has this link"):
        edit.connect(project, "member", vm, first)
    with pytest.raises(RuleError, match="already has its link"):
        edit.connect(project, "member", vm, second)
    with pytest.raises(RuleError, match="no longer exists"), project.edit("x"):
        project.add(Link(kind="member", source=vm, target=77))


def test_that_a_step_merges_by_its_key_until_sealed(project: Project) -> None:
    region = edit.place(project, "region")
    start = values(project.elements[region])
    for x in (10.0, 20.0, 30.0):
        edit.move(project, [region], (x, 0.0), merge_key=("drag", region))
    assert len(project.history.steps) == 2
    project.history.seal()
    edit.move(project, [region], (5.0, 0.0), merge_key=("drag", region))
    assert len(project.history.steps) == 3
    project.undo()
    project.undo()
    assert values(project.elements[region]) == start


def test_that_a_step_never_merges_into_what_is_saved(project: Project) -> None:
    region = edit.place(project, "region")
    edit.rename(project, region, "a")
    edit.change(project, [region], {"note": "a"}, merge_key="note")
    project.history.mark_clean()
    edit.change(project, [region], {"note": "ab"}, merge_key="note")
    assert project.history.modified
    project.undo()
    assert not project.history.modified
    assert project.elements[region].note == "a"


def test_that_undoing_past_the_saved_state_and_editing_never_looks_saved(project: Project) -> None:
    edit.place(project, "region")
    project.history.mark_clean()
    project.undo()
    assert project.history.modified
    edit.place(project, "service")
    assert project.history.modified
    project.undo()
    assert project.history.modified


def test_that_a_new_step_never_merges_into_an_undone_one(project: Project) -> None:
    region = edit.place(project, "region")
    edit.change(project, [region], {"note": "a"}, merge_key="note")
    project.undo()
    edit.change(project, [region], {"note": "b"}, merge_key="note")
    assert [s.text for s in project.history.steps] == ["Place Region", "Change Note"]
    assert project.history.redo_text is None
    project.undo()
    assert project.elements[region].note == ""


def test_that_undoing_and_typing_on_never_joins_an_older_step(project: Project) -> None:
    region = edit.place(project, "region")
    edit.change(project, [region], {"note": "a"}, merge_key="note")
    edit.change(project, [region], {"time_zone": "Asia/Kolkata"})
    project.undo()
    edit.change(project, [region], {"note": "ab"}, merge_key="note")
    project.undo()
    assert project.elements[region].note == "a"


def test_that_undo_and_redo_say_what_they_would_do(project: Project) -> None:
    assert (project.history.undo_text, project.history.redo_text) == (None, None)
    assert (project.undo(), project.redo()) == (None, None)
    edit.place(project, "region")
    assert project.history.undo_text == "Place Region"
    assert project.undo() == "Place Region"
    assert project.history.redo_text == "Place Region"
    assert project.redo() == "Place Region"


def test_that_undo_inside_an_edit_is_a_bug(project: Project) -> None:
    with pytest.raises(RuntimeError, match="open"), project.edit("x"):
        project.undo()


def test_that_another_design_starts_a_history_of_its_own(project: Project) -> None:
    edit.place(project, "region")
    other = Project(KINDS, LINKS)
    edit.place(other, "service")
    project.replace(other.rows())
    assert state(project) == state(other)
    assert (project.history.steps, project.history.modified) == ([], False)


def test_that_a_snapshot_does_not_follow_the_design(project: Project) -> None:
    region = edit.place(project, "region")
    zone = edit.place(project, "zone", region)
    vm = edit.place(project, "vm", zone)
    edit.connect(project, "member", vm, edit.place(project, "service"))
    before = state(project)
    taken = snapshot(project)
    assert state(taken) == before
    edit.change(project, [vm], {"vcpus": 16})
    edit.delete(project, [region])
    assert state(taken) == before


def test_that_a_project_made_of_its_rows_is_the_same(project: Project) -> None:
    zone = edit.place(project, "zone", edit.place(project, "region"))
    for _ in range(5):
        edit.place(project, "vm", zone)
    again = Project(KINDS, LINKS, reversed(project.rows()))
    assert state(again) == state(project)
    assert [list(again.subtree(ROOT_ID))] == [list(project.subtree(ROOT_ID))]


def test_that_a_full_design_takes_no_more(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("designer.model.project.ELEMENT_LIMIT", 3)
    region = edit.place(project, "region")
    edit.place(project, "zone", region)
    with pytest.raises(RuleError, match="at most 3 elements"):
        edit.place(project, "zone", region)
    assert len(project.elements) == 3


def test_that_a_change_set_in_pieces_is_the_same() -> None:
    whole = ChangeSet({1, 2, 3, 4, 5}, {6, 7, 8}, {n: {"x"} for n in range(9, 16)}, "Edit", {1, 2})
    pieces = list(whole.pieces(2))
    assert len(whole) == 15
    assert max(map(len, pieces)) == 2
    assert set().union(*(one.added for one in pieces)) == whole.added
    assert set().union(*(one.removed for one in pieces)) == whole.removed
    assert set().union(*(one.returned for one in pieces)) == whole.returned
    assert {i: names for one in pieces for i, names in one.changed.items()} == whole.changed
    assert sum(map(len, pieces)) == 15
    assert list(whole.pieces(15)) == [whole]
    assert not ChangeSet()
