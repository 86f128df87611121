"""A large change, undo or redo, prepared beside the design: the design changes only when all of it is ready, in one
moment."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from designer.collector import collector_off
from designer.model.element import Element, Link, clone
from designer.model.history import Changed, Op, Step
from designer.model.project import ChangeSet, Project, change_set, own
from designer.model.ruled import RuledTree
from designer.model.tree import MOVED, Tree

INDEXED = MOVED | {"source", "target"}
"""Fields that the index of a tree is made of."""
BOX = {"x", "y", "w", "h"}
"""Fields of the box of an element."""
PARTS = 20
"""Parts in which it is prepared."""
PART = 2_000


class Prepared(RuledTree):
    """The tree of a project after some operations are done, prepared without touching the project.

    `noted` is called with the number of operations done; what it raises ends the work, and nothing is done. The project
    must not change until `finish`.
    """

    def __init__(
        self, project: Project, ops: Sequence[Op], text: str, noted: Callable[[int], None] = lambda done: None
    ) -> None:
        self.kinds, self.link_kinds = project.kinds, project.link_kinds
        self._writes: list[tuple[Element | Link, dict[str, Any]]] = []
        self._copies: dict[int, tuple[Element | Link, Element | Link]] = {}
        self._originals: dict[int, Element | Link] = {}
        with collector_off():
            self._copy_index(project)
            size = max(PART, -(-len(ops) // PARTS))
            for start in range(0, len(ops), size):
                noted(start)
                self._apply(ops[start : start + size])
            self._changes = change_set(ops, text)

    def finish(self, project: Tree) -> ChangeSet:
        """Let the project become what was prepared; return what that changes."""
        for row, given in self._writes:
            row.__dict__.update(given)
        for row, copied in self._copies.values():
            if self.links.get(row.id) is copied or self.elements.get(row.id) is copied:
                self._stand(row)
        project._take_over(self)
        return self._changes

    def _copy_index(self, tree: Tree) -> None:
        self.elements, self.links = dict(tree.elements), dict(tree.links)
        self._children = {element_id: list(inside) for element_id, inside in tree._children.items()}
        self._links_at = {element_id: set(ids) for element_id, ids in tree._links_at.items()}
        self._of_kind = {kind: dict(rows) for kind, rows in tree._of_kind.items()}
        self._totals = {}

    def _enter(self, rows: Iterable[Element | Link]) -> None:
        super()._enter([self._present(row) for row in rows])

    def _leave(self, rows: Iterable[Element | Link]) -> None:
        super()._leave([self._present(row) for row in rows])

    def _present(self, row: Element | Link) -> Element | Link:
        """The copy of a row whose place or ends change, or else the row."""
        return self._copies.get(id(row), (row, row))[1]

    def _change(self, ops: Sequence[Changed]) -> None:
        placed = []
        for op in ops:
            row: Element | Link = self.links.get(op.id) or self.elements[op.id]
            original = self._originals.get(id(row), row)
            self._writes.append((original, {name: new for name, (_, new) in op.fields.items()}))
            if INDEXED & op.fields.keys():
                placed.append(op)
                if original is row:
                    self._hold_copy(row)
        super()._change(placed)

    def _hold_copy(self, row: Element | Link) -> None:
        """Let a copy stand for a row whose place or ends change."""
        copied = clone(row)
        self._copies[id(row)], self._originals[id(copied)] = (row, copied), row
        self._stand(copied)

    def _stand(self, row: Element | Link) -> None:
        """Let a row stand where another of its id stands."""
        if isinstance(row, Link):
            self.links[row.id] = row
        else:
            self.elements[row.id] = self._of_kind[row.kind][row.id] = row


class Replay(Prepared):
    """The tree of a project after another number of steps of its history."""

    def __init__(self, project: Project, position: int, noted: Callable[[int], None] = lambda done: None) -> None:
        with collector_off():
            ops = project.history.ops_to(position)
        super().__init__(project, ops, project.history.text_to(position) or "", noted)
        if self._moves_boxes_only():
            self._changes.ahead = {name: make(self, self._changes, None) for name, make in project.ahead.items()}

    def _moves_boxes_only(self) -> bool:
        """Whether of the rows that stay only boxes change: the others are as they will be."""
        added = self._changes.added
        return all(given.keys() <= BOX and row.id not in added for row, given in self._writes)


class Adoption(Prepared):
    """The tree of a project after the one step is done that was done to a snapshot of it."""

    def __init__(self, project: Project, other: Project) -> None:
        (step,) = other.history.steps
        with collector_off():
            self.step = Step(step.text, own(project, step.ops), step.merge_key, taken=True, counted=True)
        super().__init__(project, self.step.ops, step.text)
        self._changes.ahead = {name: make(other, self._changes, self.step) for name, make in project.ahead.items()}
