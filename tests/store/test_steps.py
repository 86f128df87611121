"""The steps of undo outlive a killed program: the recovered design is undone and redone as before."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest

from designer.catalog import KINDS, LINKS
from designer.commands import clipboard, edit
from designer.model.element import ROOT_ID, values
from designer.model.project import Project
from designer.store.working import recovery, steps
from designer.store.working.open_document import OpenDocument
from tests.model.test_any_edits import AnyEdits, walk


def state(project: Project) -> dict[int, tuple[str, dict[str, Any]]]:
    return {row.id: (type(row).__name__, values(row)) for row in project.rows()}


def killed_and_recovered(document: OpenDocument) -> tuple[OpenDocument, Project]:
    """The design as another program finds it after this one was killed."""
    assert document._copy is not None
    assert document._copy.flush()
    assert document._session is not None
    document._session.release()  # what the end of a process does
    (found,) = recovery.left_over().found
    project = Project(KINDS, LINKS)
    again = OpenDocument(project, lambda said: None)
    again.recover(found)
    return again, project


@pytest.fixture
def project() -> Project:
    return Project(KINDS, LINKS)


@pytest.fixture
def document(project: Project) -> OpenDocument:
    made = OpenDocument(project, lambda said: None)
    made.become([*project.rows()])
    return made


def all_states(project: Project) -> list[dict[int, tuple[str, dict[str, Any]]]]:
    """What the design was and will be, from the first step to the last one that can be redone."""
    here = project.history.position
    while project.undo() is not None:
        pass
    found = [state(project)]
    while project.redo() is not None:
        found.append(state(project))
    project.go_to(here)
    return found


@pytest.mark.parametrize("seed", range(6))
def test_that_any_history_is_the_same_after_a_kill_and_after_the_next(
    project: Project, document: OpenDocument, seed: int
) -> None:
    walk(random.Random(seed), 40, AnyEdits(project))
    for _ in range(seed):
        project.undo()
    texts = [step.text for step in project.history.steps]
    position, before = project.history.position, all_states(project)
    for _ in range(2):
        document, project = killed_and_recovered(document)
        assert [step.text for step in project.history.steps] == texts
        assert project.history.position == position
        assert project.history.modified
        assert all_states(project) == before
    document.close()


def test_that_edits_after_recovery_follow_the_steps_before_it(project: Project, document: OpenDocument) -> None:
    region = edit.place(project, "region")
    zone = edit.place(project, "zone", region)
    edit.rename(project, zone, "front")
    project.undo()
    document, project = killed_and_recovered(document)
    assert project.history.redo_text == "Rename"
    edit.delete(project, [zone])
    assert project.history.redo_text is None
    document, project = killed_and_recovered(document)
    assert [step.text for step in project.history.steps] == ["Place Region", "Place Zone", "Delete zone-1"]
    project.undo()
    assert project.elements[zone].name == "zone-1"
    project.undo()
    project.undo()
    assert list(project.elements) == [ROOT_ID]
    document.close()


def test_that_typing_that_joins_is_one_step_again(project: Project, document: OpenDocument) -> None:
    region = edit.place(project, "region")
    for name in ("a", "ab", "abc"):
        edit.change(project, [region], {"name": name}, merge_key="typed")
    document, project = killed_and_recovered(document)
    assert len(project.history.steps) == 2
    project.undo()
    assert project.elements[region].name == "region-1"
    document.close()


def test_that_several_steps_at_once_are_followed(project: Project, document: OpenDocument) -> None:
    region = edit.place(project, "region")
    for _ in range(4):
        edit.place(project, "zone", region)
    project.go_to(1)
    project.go_to(3)
    document, project = killed_and_recovered(document)
    assert project.history.position == 3
    project.go_to(5)
    assert len(project.children(region)) == 4
    document.close()


def test_that_a_step_too_large_to_be_kept_ends_the_history_before_it_and_the_design_is_whole(
    project: Project, document: OpenDocument, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(steps, "MOST_ROWS", 3)
    region = edit.place(project, "region")
    for _ in range(3):
        edit.place(project, "zone", region)
    edit.delete(project, project.children(region))  # with three zones it is kept
    project.undo()
    clipboard.duplicate(project, [region])
    edit.delete(project, [region])  # a region and its three zones are too many
    last = edit.place(project, "region")
    before = state(project)
    document, project = killed_and_recovered(document)
    assert state(project) == before
    assert [step.text for step in project.history.steps] == ["Place Region"]
    project.undo()
    assert last not in project.elements
    document.close()


@pytest.mark.parametrize(
    "line",
    [
        '{"do": "x", "ops": [17]}', '{"to": 9, "rows": []}', '{"do": "x"}', '["="]', "{",
        '{"do": "x", "ops": [["=", 1, {"name": ["a", 3]}]]}', '{"do": "x", "ops": [["-", ["zone", {"id": "no"}]]]}',
        '{"do": "x", "ops": [["=", 1, {"id": [1, 2]}]]}', '{"join": "x", "ops": []}',
    ],
)  # fmt: skip
def test_that_lines_that_do_not_fit_give_no_history(project: Project, line: str) -> None:
    edit.place(project, "region")
    assert steps.history_of(project.rows(), [steps.BEGIN, line]) is None


def test_that_without_its_steps_the_design_is_recovered(project: Project, document: OpenDocument) -> None:
    edit.place(project, "region")
    assert document._session is not None
    assert document._copy is not None
    assert document._copy.flush()
    for path in Path(document._session.path).glob("steps-*"):
        path.write_bytes(b"no database")
    before = state(project)
    document, project = killed_and_recovered(document)
    assert state(project) == before
    assert project.history.steps == []
    document.close()
