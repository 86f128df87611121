"""Marks of the states of a design: undo and redo come back to them."""

from __future__ import annotations

from designer.catalog import KINDS, LINKS
from designer.commands import edit
from designer.model.history import Marks
from designer.model.project import ChangeSet, Project


def followed(project: Project) -> Marks:
    """Marks that only a change of more than places moves on."""
    marks = Marks(project.history)

    def follow(changes: ChangeSet) -> None:
        fields = changes.changed.values()
        marks.follow(bool(changes.added or changes.removed) or any(some - {"x", "y", "placed"} for some in fields))

    project.changed.connect(follow)
    return marks


def test_that_undo_and_redo_come_back_to_the_marks_of_their_states() -> None:
    project = Project(KINDS, LINKS)
    marks = followed(project)
    seen = [marks.now]
    region = edit.place(project, "region")
    seen.append(marks.now)
    edit.move(project, [region], (40.0, 0.0))
    assert marks.now is seen[1]
    edit.rename(project, region, "other")
    seen.append(marks.now)
    assert len({id(one) for one in seen}) == 3
    for position, mark in ((2, seen[1]), (1, seen[1]), (0, seen[0]), (3, seen[2]), (0, seen[0])):
        project.go_to(position)
        assert marks.now is mark, position
    edit.place(project, "service")  # what was undone is gone
    assert all(marks.now is not mark for mark in seen)
    project.undo()
    assert marks.now is seen[0]


def test_that_a_step_that_grows_is_another_state() -> None:
    project = Project(KINDS, LINKS)
    region = edit.place(project, "region")
    marks = followed(project)
    for _ in range(2):
        before = marks.now
        with project.edit("Change", merge_key="change"):
            project.set(region, w=project.elements[region].w + 8.0)
        assert marks.now is not before
    assert len(project.history.steps) == 2
    project.undo()
    project.redo()
    assert marks.now is not before
