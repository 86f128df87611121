"""Presets and blueprints of one's own in a design: kept, used, renamed, updated, reset, removed, each one step."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from designer.catalog import KINDS
from designer.catalog.presets.own import (
    OwnBlueprint,
    OwnPreset,
    checked_fields,
    packed_fields,
    packed_text,
    storable,
)
from designer.commands import blueprints, edit, presets
from designer.errors import RuleError
from designer.model.element import ROOT_ID, values
from designer.model.project import Project


def state(project: Project) -> dict[int, dict[str, Any]]:
    return {row.id: values(row) for row in project.rows()}


@pytest.fixture
def host(project: Project) -> int:
    """A host that was configured."""
    made = edit.place(project, "host", name="db-host", cores=24, ram_mib=65_536.0, idle_w=90.0, full_w=300.0)
    edit.apply_preset(project, [made], "KVM", "hypervisor")
    return made


@pytest.fixture
def own(project: Project, host: int) -> OwnPreset:
    """A preset of that host, kept in the design."""
    presets.save(project, presets.preset_from(project, host, "Database host"), host)
    (found,) = presets.presets_of(project, "host")
    return found


def one_step(project: Project, act: Callable[[], object]) -> None:
    """What is done is one step that undo takes back and redo does again."""
    before, steps = state(project), len(project.history.steps)
    act()
    after = state(project)
    assert after != before
    assert len(project.history.steps) == steps + 1
    project.undo()
    assert state(project) == before
    project.redo()
    assert state(project) == after


# -- presets


def test_that_a_preset_holds_all_that_the_form_shows_but_notes_and_references(project: Project, own: OwnPreset) -> None:
    assert own.fields["cores"] == 24
    assert own.fields["hypervisor"] == "KVM"
    assert set(own.fields) == set(storable(KINDS["host"]))
    assert not {"note", "name", "x", "parent", "preset"} & set(own.fields)
    assert "trace" not in storable(KINDS["vm"])
    assert "trace_row" in storable(KINDS["vm"])


def test_that_keeping_is_one_step_and_the_element_remembers_its_preset(project: Project, host: int) -> None:
    made = presets.preset_from(project, host, "  Database   host ")
    one_step(project, lambda: presets.save(project, made, host))
    assert project.elements[host].preset == "Database host"


def test_that_what_is_kept_acts_when_it_is_used(project: Project, own: OwnPreset) -> None:
    other = edit.place(project, "host", name="other")
    one_step(project, lambda: presets.use(project, [other], own))
    found = project.elements[other]
    assert (found.cores, found.ram_mib, found.hypervisor, found.preset) == (24, 65_536.0, "KVM", "Database host")
    assert found.name == "other"
    assert presets.users_of(project, own) == [i for i, e in project.elements.items() if e.kind == "host"]


def test_that_a_preset_is_placed_like_a_kind_with_the_levels_in_between(project: Project, own: OwnPreset) -> None:
    region = edit.place(project, "region")
    one_step(project, lambda: presets.place(project, replace(own, note="from the rack plan"), region))
    (zone,) = (i for i in project.children(region))
    (made,) = (project.elements[i] for i in project.children(zone))
    assert (made.kind, made.cores, made.preset, made.note) == ("host", 24, "Database host", "from the rack plan")


def test_that_reset_gives_the_values_of_the_preset_again(project: Project, host: int, own: OwnPreset) -> None:
    edit.change(project, [host], {"cores": 4, "full_w": 999.0})
    one_step(project, lambda: presets.reset(project, [host], [own]))
    assert (project.elements[host].cores, project.elements[host].full_w) == (24, 300.0)


def test_that_reset_takes_shipped_presets_where_there_is_none_of_ones_own(project: Project) -> None:
    vm = edit.place_through(project, "vm", ROOT_ID)
    edit.apply_preset(project, [vm], "m5.large")
    edit.change(project, [vm], {"vcpus": 7})
    presets.reset(project, [vm], [])
    assert project.elements[vm].vcpus == 2


def test_that_reset_says_when_there_is_no_preset(project: Project, host: int) -> None:
    plain = edit.place(project, "host")
    with pytest.raises(RuleError, match="No selected element was made from an available preset"):
        presets.reset(project, [plain], [])
    edit.change(project, [plain], {"preset": "Old one"})
    with pytest.raises(RuleError, match="“Old one” is neither in this design nor in your library"):
        presets.reset(project, [plain], [])


def test_that_an_update_changes_the_preset_and_not_what_was_made_from_it(
    project: Project, host: int, own: OwnPreset
) -> None:
    other = edit.place(project, "host", cores=8)
    one_step(project, lambda: presets.update(project, own, presets.preset_from(project, other, "any")))
    assert presets.presets_of(project)[0].fields["cores"] == 8
    assert presets.presets_of(project)[0].name == "Database host"
    assert project.elements[host].cores == 24
    zone = edit.place_through(project, "subnet", ROOT_ID)
    with pytest.raises(RuleError, match="is a preset for hosts; it cannot hold the values of subnets"):
        presets.update(project, own, presets.preset_from(project, zone, "any"))


def test_that_elements_follow_a_new_name_and_forget_a_deleted_preset(
    project: Project, host: int, own: OwnPreset
) -> None:
    one_step(project, lambda: presets.rename(project, own, "DB"))
    assert project.elements[host].preset == "DB"
    (renamed,) = presets.presets_of(project)
    one_step(project, lambda: presets.forget(project, renamed))
    assert presets.presets_of(project) == []
    assert (project.elements[host].preset, project.elements[host].cores) == ("", 24)


def test_that_a_name_stands_once_for_a_kind(project: Project, host: int, own: OwnPreset) -> None:
    before = state(project)
    with pytest.raises(RuleError, match="already has a preset “Database host” for hosts"):
        presets.save(project, presets.preset_from(project, host, "Database host"))
    with pytest.raises(RuleError, match="at least one letter"):
        presets.preset_from(project, host, "  ")
    assert state(project) == before
    vm = edit.place(project, "vm", host)
    presets.save(project, presets.preset_from(project, vm, "Database host"))  # another kind may have it
    presets.save(project, presets.preset_from(project, host, "Second"))
    second = presets.presets_of(project, "host")[1]
    with pytest.raises(RuleError, match="already has"):
        presets.rename(project, second, "Database host")
    presets.rename(project, second, "Second")  # its own name is free for it


def test_that_kinds_without_fields_are_kept_as_blueprints_only(project: Project) -> None:
    note = edit.place(project, "note")
    with pytest.raises(RuleError, match="Note has no fields for a preset; save it as a blueprint"):
        presets.preset_from(project, note, "a")


def test_that_a_preset_is_not_used_where_its_values_may_not_stand(project: Project) -> None:
    zone = edit.place_through(project, "zone", ROOT_ID)
    rack = edit.place(project, "rack", zone, units_u=2)
    low = edit.place(project, "host", rack, size_u=1)
    before = state(project)
    with pytest.raises(RuleError, match="2 U"):
        presets.use(project, [low], OwnPreset("host", "Tall", {"size_u": 4}))
    assert state(project) == before


@pytest.mark.parametrize(
    ("kind", "fields", "sentence"),
    [
        ("hovercraft", {"cores": 1}, "is for “hovercraft”, which is not a kind this version knows"),
        ("host", {"cores": -1}, "Cores must be a whole number from 1 to 4,096"),
        ("host", {"cores": "many"}, "Cores must be a whole number"),
        ("host", {"name": "x"}, "holds “name”, which is not a field of host"),
        ("host", {"parent": 1}, "holds “parent”"),
        ("host", {"mhz": float("nan")}, "must be a"),
        ("host", [], "holds no values"),
        ("host", {}, "holds no values"),
    ],
)
def test_that_values_of_a_preset_are_checked_like_those_of_an_element(kind: str, fields: Any, sentence: str) -> None:
    with pytest.raises(RuleError) as refused:
        checked_fields(KINDS, kind, fields, "The preset “p”")
    assert sentence in str(refused.value)


def test_that_the_same_values_are_written_in_the_same_letters() -> None:
    assert packed_fields({"b": 1.0, "a": "ü"}) == packed_fields({"a": "ü", "b": 1.0}) == '{"a":"ü","b":1.0}'


# -- blueprints


@pytest.fixture
def rack(project: Project) -> int:
    """A rack with a host with a VM that is a member of a service."""
    rack = edit.place_through(project, "rack", ROOT_ID)
    host = edit.place(project, "host", rack, cores=12)
    edit.connect(project, "member", edit.place(project, "vm", host), edit.place(project, "service"))
    return rack


def test_that_a_subtree_is_kept_as_one_step_and_placed_again(project: Project, rack: int) -> None:
    made = presets.blueprint_from(project, [rack], "Rack of one", "How a rack is filled.")
    one_step(project, lambda: presets.save(project, made))
    (kept,) = presets.blueprints_of(project)
    assert (kept.name, kept.note, kept.text, kept.icon_kind) == (
        "Rack of one",
        "How a rack is filled.",
        made.text,
        "rack",
    )
    above = project.elements[rack].parent
    one_step(project, lambda: blueprints.place(project, kept.text, kept.name, above))
    assert [project.elements[i].kind for i in project.subtree(project.children(above)[-1])] == ["rack", "host", "vm"]


def test_that_blueprints_are_updated_renamed_and_removed(project: Project, rack: int) -> None:
    presets.save(project, presets.blueprint_from(project, [rack], "A"))
    (kept,) = presets.blueprints_of(project)
    (host,) = project.children(rack)
    one_step(project, lambda: presets.update(project, kept, presets.blueprint_from(project, [host], "any")))
    assert presets.blueprints_of(project)[0].icon_kind == "host"
    one_step(project, lambda: presets.rename(project, kept, "B"))
    with pytest.raises(RuleError, match="already has a blueprint “B”"):
        presets.save(project, presets.blueprint_from(project, [rack], "B"))
    one_step(project, lambda: presets.forget(project, presets.blueprints_of(project)[0]))
    assert presets.blueprints_of(project) == []


def test_that_nothing_and_presets_make_no_blueprint(project: Project, own: OwnPreset) -> None:
    for ids in ([], [ROOT_ID], [own.id]):
        with pytest.raises(RuleError, match="Select one or more elements for the blueprint first"):
            presets.blueprint_from(project, ids, "A")


def test_that_a_blueprint_that_unpacks_to_too_much_or_to_nonsense_is_refused() -> None:
    bomb = packed_text("x" * 3_999_999, "A")
    assert len(bomb) < 10_000
    for data in (
        bomb,
        b"",
        b"no zlib",
        packed_text('{"format":1}', "A"),
        packed_text('{"format":1,"roots":[1],"elements":[{}]}', "A"),
    ):
        with pytest.raises(RuleError, match="The blueprint “B” is damaged: its content cannot be read"):
            assert OwnBlueprint("B", data).text
    with pytest.raises(RuleError, match="too large for a blueprint"):
        packed_text("ü" * 2_000_001, "A")


def test_that_a_damaged_row_is_not_offered(project: Project, own: OwnPreset, rack: int) -> None:
    presets.save(project, presets.blueprint_from(project, [rack], "A"))
    (kept,) = presets.blueprints_of(project)
    edit.change(project, [own.id], {"held": '{"cores":0}'})
    edit.change(project, [kept.id], {"data": b"?"})
    assert presets.presets_of(project) == []
    assert presets.blueprints_of(project) == []


def test_that_records_of_both_sorts_do_not_take_each_others_place(project: Project, own: OwnPreset, rack: int) -> None:
    with pytest.raises(RuleError, match="one is a preset, the other a blueprint"):
        presets.update(project, own, presets.blueprint_from(project, [rack], "A"))
    assert presets.users_of(project, OwnBlueprint("A", "{}")) == []
