"""The design becomes other rows: exactly those, as one step of undo, and nothing else is touched."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from designer.catalog import KINDS, LINKS
from designer.commands import edit
from designer.commands.restore import restore
from designer.model.element import ROOT_ID, clone, make
from designer.model.project import ChangeSet, Project, snapshot
from tests.store.designs import all_changed, content, one_of_each, small_ids
from tests.store.test_compare import anything, drawn_site

IDS = small_ids()


def test_that_only_what_differs_is_touched() -> None:
    project = Project(KINDS, LINKS, one_of_each())
    told: list[ChangeSet] = []
    project.changed.connect(told.append)
    restore(project, [clone(row, vcpus=7) if row.id == IDS["vm"] else row for row in one_of_each()])
    assert [(one.added, one.removed, one.changed) for one in told] == [(set(), set(), {IDS["vm"]: {"vcpus"}})]
    restore(project, project.rows())
    assert len(told) == 1
    assert project.history.position == 1


def test_that_every_field_of_every_kind_comes_back() -> None:
    project = Project(KINDS, LINKS, one_of_each())
    restore(project, all_changed(), "Merge")
    assert content(project.rows()) == content(all_changed())
    assert project.undo() == "Merge"
    assert content(project.rows()) == content(one_of_each())


def test_that_another_kind_of_thing_with_the_same_id_replaces_it() -> None:
    project = Project(KINDS, LINKS)
    here = edit.place(project, "host", ROOT_ID)
    edit.place(project, "vm", here)
    region = make(KINDS["region"].table, {"id": here, "parent": ROOT_ID, "name": "r"})
    before = content(project.rows())
    restore(project, [project.root, region])
    assert {element.kind for element in project.elements.values()} == {"design", "region"}
    project.undo()
    assert content(project.rows()) == before


def test_that_what_a_file_holds_comes_back_though_a_rule_would_refuse_it_today() -> None:
    project = Project(KINDS, LINKS, one_of_each())
    full = [clone(row, size_u=40) if row.id == IDS["switch"] else clone(row) for row in one_of_each()]
    also = make(KINDS["switch"].table, {"id": 3000, "parent": IDS["rack"], "name": "too much", "size_u": 40})
    restore(project, [*full, also])
    assert project.elements[3000].name == "too much"
    project.undo()
    assert content(project.rows()) == content(one_of_each())


@given(st.integers(0, 2**32))
def test_that_any_design_becomes_any_other_and_undo_brings_it_back(seed: int) -> None:
    chance = random.Random(seed)
    base = drawn_site()
    one, other = snapshot(base), snapshot(base)
    anything(one, chance)
    anything(other, chance)
    before, wanted = content(one.rows()), content(other.rows())
    steps = one.history.position
    restore(one, other.rows())
    assert content(one.rows()) == wanted
    assert one.history.position == steps + (before != wanted)
    if before != wanted:
        one.undo()
        assert content(one.rows()) == before
        one.redo()
        assert content(one.rows()) == wanted
