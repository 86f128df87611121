"""Any sequence of edits, undo and redo: the tree stays whole, boxes hold their content, history is exact."""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from designer.catalog import KINDS, LINKS
from designer.commands import clipboard, edit, many
from designer.commands.arrange import align, array, group, lock, tidy
from designer.errors import RuleError
from designer.model import layout
from designer.model.element import ROOT_ID, values
from designer.model.project import Project

WALKS = int(os.environ.get("DESIGNER_WALKS", "6"))
"""How many long ways of edits are gone (`make torture`: more)."""
PLACED = [name for name, kind in KINDS.items() if kind.in_palette]
spots = st.one_of(st.none(), st.tuples(st.floats(-300, 900), st.floats(-300, 900)))
pick = st.integers(min_value=0, max_value=10_000)
some = st.lists(pick, min_size=1, max_size=4)


def state(project: Project) -> dict[int, tuple[str, dict[str, Any]]]:
    """Everything that is saved, by id, as plain values."""
    return {row.id: (type(row).__name__, values(row)) for row in project.rows()}


def overlapping(project: Project) -> list[tuple[str, str]]:
    """Names of siblings that stand on one another."""
    found = []
    for parent in project.elements:
        boxes = [(i, layout.rect_of(project, i)) for i in layout.drawn_children(project, parent)]
        for n, (one, box) in enumerate(boxes):
            for other, second in boxes[n + 1 :]:
                if box.overlaps(second, -0.001):
                    found.append((project.elements[one].name, project.elements[other].name))
    return found


def sticking_out(project: Project) -> list[str]:
    """Names of elements that reach over the inside of what they stand in."""
    found = []
    for element_id, element in project.elements.items():
        if element_id == ROOT_ID or element.parent == ROOT_ID:
            continue
        if element_id not in layout.drawn_children(project, element.parent):
            continue
        above, box = project.elements[element.parent], project.kind(element.parent).box
        here = layout.rect_of(project, element_id)
        inside = (
            here.x >= box.padding - 0.001
            and here.y >= box.header + box.padding - 0.001
            and here.right <= above.w - box.padding + 0.001
            and here.bottom <= above.h - box.padding + 0.001
        )
        if not inside:
            found.append(element.name)
    return found


class AnyEdits(RuleBasedStateMachine):
    """A user who does anything at all."""

    def __init__(self, project: Project | None = None) -> None:
        super().__init__()
        self.project = Project(KINDS, LINKS) if project is None else project
        self.states = [state(self.project)]

    def one(self, number: int) -> int:
        """One of the elements."""
        ids = list(self.project.subtree(ROOT_ID))
        return ids[number % len(ids)]

    def do(self, command: Any, *args: Any, **kwargs: Any) -> Any:
        """Run a command; when it refuses, nothing may have changed."""
        history = self.project.history
        before, position = state(self.project), history.position
        try:
            result = command(self.project, *args, **kwargs)
        except RuleError:
            assert state(self.project) == before
            assert history.position == position
            return None
        if history.position != position:
            assert history.position == position + 1
            self.states = [*self.states[: position + 1], state(self.project)]
        return result

    @rule(kind=st.sampled_from(PLACED), parent=pick, at=spots)
    def place(self, kind: str, parent: int, at: tuple[float, float] | None) -> None:
        """Drop a kind somewhere."""
        self.do(edit.place_through, kind, self.one(parent), at)

    @rule(chosen=some, by=st.tuples(st.floats(-400, 400), st.floats(-400, 400)), parent=st.one_of(st.none(), pick))
    def move(self, chosen: list[int], by: tuple[float, float], parent: int | None) -> None:
        """Drag elements, perhaps into something else."""
        self.do(edit.move, [self.one(n) for n in chosen], by, None if parent is None else self.one(parent))

    @rule(chosen=pick, box=st.tuples(*[st.floats(-100, 800)] * 4))
    def resize(self, chosen: int, box: tuple[float, float, float, float]) -> None:
        """Drag a corner."""
        element_id = self.one(chosen)
        if self.project.kind(element_id).container and element_id != ROOT_ID:
            self.do(edit.resize, element_id, box)

    @rule(chosen=some)
    def hug(self, chosen: list[int]) -> None:
        """Fit to content."""
        self.do(edit.hug_content, [self.one(n) for n in chosen if self.one(n) != ROOT_ID])

    @rule(chosen=some)
    def delete(self, chosen: list[int]) -> None:
        """Delete elements."""
        self.do(edit.delete, [self.one(n) for n in chosen])

    @rule(chosen=some)
    def duplicate(self, chosen: list[int]) -> None:
        """Duplicate elements, while the design is small."""
        if len(self.project.elements) < 60:
            self.do(clipboard.duplicate, [self.one(n) for n in chosen])

    @rule(chosen=some, parent=pick, at=spots)
    def paste(self, chosen: list[int], parent: int, at: tuple[float, float] | None) -> None:
        """Copy and paste elsewhere, while the design is small."""
        if len(self.project.elements) < 60:
            text = clipboard.copy(self.project, [self.one(n) for n in chosen])
            self.do(clipboard.paste, text, self.one(parent), at)

    @rule(kind=st.sampled_from(list(LINKS)), start=pick, end=pick)
    def connect(self, kind: str, start: int, end: int) -> None:
        """Link two elements."""
        self.do(edit.connect, kind, self.one(start), self.one(end))

    @rule(chosen=pick, name=st.text(max_size=20))
    def rename(self, chosen: int, name: str) -> None:
        """Rename an element."""
        self.do(edit.rename, self.one(chosen), name)

    @rule(chosen=some, how=st.sampled_from((*align.TITLES, "across", "down", "same size")))
    def align(self, chosen: list[int], how: Any) -> None:
        """Align, distribute, or give one size."""
        ids = [self.one(n) for n in chosen]
        if how == "same size":
            self.do(align.same_size, ids)
        elif how in align.TITLES:
            self.do(align.align, ids, how)
        else:
            self.do(align.distribute, ids, how == "across")

    @rule(chosen=some, columns=st.integers(1, 3), rows=st.integers(1, 2))
    def array(self, chosen: list[int], columns: int, rows: int) -> None:
        """Repeat in rows and columns, while the design is small."""
        if len(self.project.elements) < 60:
            self.do(array.array, [self.one(n) for n in chosen], columns, rows)

    @rule(chosen=st.lists(pick, max_size=3))
    def tidy(self, chosen: list[int]) -> None:
        """Tidy some containers, or the drawing."""
        self.do(tidy.tidy, [self.one(n) for n in chosen])

    @rule(chosen=some, what=st.sampled_from(("group", "ungroup", "rename")), name=st.text(max_size=5))
    def group(self, chosen: list[int], what: str, name: str) -> None:
        """Make, dissolve or rename a group."""
        siblings = self.project.children(self.project.elements[self.one(chosen[0])].parent)
        ids = [siblings[n % len(siblings)] for n in chosen] if siblings else [ROOT_ID]
        if what == "group":
            self.do(group.group, ids)
        elif what == "ungroup":
            self.do(group.ungroup, ids)
        elif ids != [ROOT_ID]:
            self.do(group.rename, group.members(self.project, ids[0]), name)

    @rule(chosen=some, locks=st.booleans(), on=st.booleans())
    def lock(self, chosen: list[int], locks: bool, on: bool) -> None:
        """Lock or hide, unlock or show."""
        self.do(lock.set_locked if locks else lock.set_hidden, [self.one(n) for n in chosen], on)

    @rule(kind=st.sampled_from(("host", "vm", "rack", "volume")), parent=pick, count=st.integers(1, 6))
    def place_many(self, kind: str, parent: int, count: int) -> None:
        """Place many, while the design is small."""
        place = self.one(parent)
        if len(self.project.elements) < 60 and self.project.why_not(kind, place) is None:
            planned = many.plan(self.project, kind, [place], count)
            self.do(many.place_many, planned, f"{kind}-{{n}}")

    def thin(self) -> None:
        """Delete what holds most, as one more step."""
        tops = self.project.children(ROOT_ID)
        self.do(edit.delete, [max(tops, key=lambda i: len(list(self.project.subtree(i))))])

    @rule(times=st.integers(1, 5))
    def undo(self, times: int) -> None:
        """Undo a few steps."""
        for _ in range(times):
            self.project.undo()

    @rule(times=st.integers(1, 5))
    def redo(self, times: int) -> None:
        """Redo a few steps."""
        for _ in range(times):
            self.project.redo()

    @invariant()
    def history_is_exact(self) -> None:
        """The design is, bit for bit, what it was when so many steps were in force."""
        assert state(self.project) == self.states[self.project.history.position]

    @invariant()
    def the_tree_is_whole(self) -> None:
        """Every element stands where it may, every link has both ends, children are known to their parent."""
        project = self.project
        assert set(project.subtree(ROOT_ID)) == set(project.elements)
        for element_id, element in project.elements.items():
            if element_id != ROOT_ID:
                assert element_id in project.children(element.parent)
                assert project.kind(element.parent).name in project.kind(element_id).inside
            assert element in project.of_kind(element.kind)
        assert sum(len(project.of_kind(kind)) for kind in KINDS) == len(project.elements)
        for link in project.links.values():
            assert {link.source, link.target} <= set(project.elements)
            assert link in project.links_of(link.source)

    @invariant()
    def boxes_hold_their_content(self) -> None:
        """Nothing stands on its sibling or sticks out of what it stands in."""
        assert overlapping(self.project) == []
        assert sticking_out(self.project) == []


AnyEdits.TestCase.settings = settings(max_examples=20, stateful_step_count=25)
TestAnyEdits = AnyEdits.TestCase


def walk(
    chance: random.Random, steps: int, machine: AnyEdits | None = None, after: Callable[[], None] = lambda: None
) -> AnyEdits:
    """A long way of edits with wild positions, which hypothesis seldom tries; `after` is called after each."""
    machine = machine or AnyEdits()

    def spot() -> tuple[float, float] | None:
        return None if chance.random() < 0.4 else (chance.uniform(-300, 900), chance.uniform(-300, 900))

    def number() -> int:
        return chance.randrange(10_000)

    def numbers() -> list[int]:
        return [number() for _ in range(chance.randint(1, 4))]

    deeds = {
        45: lambda: machine.place(chance.choice(PLACED), number(), spot()),
        15: lambda: machine.move(numbers(), spot() or (5.0, 5.0), chance.choice([None, number()])),
        11: lambda: machine.resize(number(), tuple(chance.uniform(-100, 800) for _ in range(4))),
        7: lambda: machine.paste(numbers(), number(), spot()),
        6: lambda: machine.duplicate(numbers()),
        5: lambda: machine.connect(chance.choice(list(LINKS)), number(), number()),
        4: lambda: machine.hug(numbers()),
        8: lambda: machine.align(numbers(), chance.choice([*align.TITLES, "across", "down", "same size"])),
        3.5: lambda: machine.array(numbers(), chance.randint(1, 3), chance.randint(1, 2)),
        3.2: lambda: machine.tidy(numbers()[: chance.randint(0, 3)]),
        9: lambda: machine.group(numbers(), chance.choice(["group", "group", "ungroup", "rename"]), "abc"),
        4.5: lambda: machine.lock(numbers(), chance.random() < 0.3, chance.random() < 0.4),
        4.2: lambda: machine.place_many(chance.choice(["host", "vm", "rack"]), number(), chance.randint(1, 6)),
        3: lambda: machine.delete([number()]),
        2: lambda: machine.undo(chance.randint(1, 5)),
        1: lambda: machine.redo(chance.randint(1, 5)),
    }
    for _ in range(steps):
        chance.choices(list(deeds.values()), list(deeds))[0]()
        machine.history_is_exact()
        machine.the_tree_is_whole()
        machine.boxes_hold_their_content()
        after()
        if len(machine.project.elements) > 80:
            machine.thin()
    return machine


@pytest.mark.parametrize("seed", range(WALKS))
def test_that_a_long_way_of_edits_keeps_the_drawing_whole(seed: int) -> None:
    walk(random.Random(seed), 60)
