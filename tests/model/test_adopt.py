"""What was done to a snapshot is done to the design, as the same steps of undo, on the rows that its history knows."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from designer.catalog import KINDS, LINKS
from designer.commands import clipboard, edit
from designer.model.element import ROOT_ID, clone, values
from designer.model.project import ChangeSet, Project, snapshot
from designer.model.replay import Adoption
from designer.model.tree import Tree
from designer.store.working.steps import StepLog
from designer.store.working.working_copy import AHEAD, statements_of, written_ahead

WORK = st.lists(
    st.tuples(st.sampled_from(["place", "delete", "move", "rename", "paste", "replace", "swap"]), st.integers(0, 30)),
    min_size=1,
    max_size=6,
)


def state(project: Project) -> dict[int, Any]:
    """All that is saved, and the order of siblings."""
    rows: dict[int, Any] = {row.id: values(row) for row in project.rows()}
    return {**rows, 0: {parent: list(some) for parent, some in project.families() if some}}


def do(project: Project, what: str, number: int) -> None:
    """Change a project somehow."""
    ids = [i for i in project.subtree(ROOT_ID) if project.kind(i).drawn]
    chosen = ids[number % len(ids)]
    if what == "place":
        edit.place_through(project, "vm", next(i for i in ids if project.elements[i].kind == "zone"))
    elif what == "delete" and project.elements[chosen].kind == "vm":
        edit.delete(project, [chosen])
    elif what == "move":
        edit.move(project, [chosen], (10.0 * number, 5.0))
    elif what == "rename" and chosen != ROOT_ID:
        edit.rename(project, chosen, f"n{number}")
    elif what == "paste" and chosen != ROOT_ID:
        clipboard.duplicate(project, [chosen])
    elif what == "replace":  # out and in again in one edit, as another row
        rows = [row for row in snapshot(project).rows() if row.id != chosen or project.elements[chosen].kind != "vm"]
        with project.edit("become"):
            project.become(rows)
    elif what == "swap" and project.elements[chosen].kind == "vm":
        with project.edit("swap"):
            row = clone(project.elements[chosen])
            project.remove(chosen)
            project.add(row)


def begun() -> Project:
    """A small design with a history."""
    project = Project(KINDS, LINKS)
    zone = edit.place(project, "zone", edit.place(project, "region"))
    host = edit.place(project, "host", zone)
    service = edit.place(project, "service")
    for _ in range(2):
        edit.connect(project, "member", edit.place(project, "vm", host), service)
    edit.rename(project, host, "first")
    return project


@given(before=WORK, there=WORK)
def test_that_what_was_done_to_a_snapshot_is_done_and_undone_here(
    before: list[tuple[str, int]], there: list[tuple[str, int]]
) -> None:
    project = begun()
    for what, number in before:
        do(project, what, number)
    states = [state(project)]
    other = snapshot(project)
    for what, number in there:
        do(other, what, number)
        if len(other.history.steps) == len(states):
            states.append(state(other))
    start = project.history.position
    ready = Adoption(project, other) if len(other.history.steps) == 1 else None
    assert state(project) == states[0]
    project.adopt(other, (ready.step, ready.finish) if ready is not None else None)
    assert index(project) == index(Tree(project.rows()))
    assert state(project) == states[-1]
    assert project.history.position == start + len(states) - 1
    for _ in range(2):
        for wanted in reversed(states[:-1]):
            project.undo()
            assert state(project) == wanted
        for wanted in states[1:]:
            project.redo()
            assert state(project) == wanted
    while project.undo() is not None:
        pass
    while project.redo() is not None:
        pass
    assert state(project) == states[-1]


def index(tree: Tree) -> tuple[Any, ...]:
    """All that a tree knows."""
    kinds = {kind: {i: id(row) for i, row in rows.items()} for kind, rows in tree._of_kind.items() if rows}
    rows = {i: id(row) for i, row in [*tree.elements.items(), *tree.links.items()]}
    children = {i: list(some) for i, some in tree._children.items() if some}
    return rows, kinds, children, {i: set(some) for i, some in tree._links_at.items() if some}


def test_that_a_working_copy_writes_the_same_of_a_step_that_was_prepared() -> None:
    project = begun()
    other, told = snapshot(project), []
    with other.edit("Work"):
        clipboard.duplicate(other, [other.of_kind("host")[0].id])
        edit.delete(other, [other.of_kind("vm")[0].id])
    project.ahead[AHEAD] = written_ahead
    ready = Adoption(project, other)

    def note(changes: ChangeSet) -> None:
        line = log.line()
        told.append((changes.ahead[AHEAD], (statements_of(project, changes), line)))

    log = StepLog(project)
    project.changed.connect(note)
    project.adopt(other, (ready.step, ready.finish))
    ((ahead, after),) = told
    assert ahead == after
    assert {sql.split()[0] for sql in ahead[0]} == {"DELETE", "INSERT", "UPDATE"}


def test_that_it_is_told_once_for_each_step() -> None:
    project = begun()
    other = snapshot(project)
    vm = project.of_kind("vm")[0].id
    edit.rename(other, vm, "other")
    edit.delete(other, [vm])
    told: list[ChangeSet] = []
    project.changed.connect(told.append)
    project.adopt(other)
    assert [(one.text, one.changed.get(vm), vm in one.removed) for one in told] == [
        ("Rename", {"name"}, False),
        ("Delete other", None, True),
    ]
