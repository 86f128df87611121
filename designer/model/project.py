"""The design in memory: three verbs (add, remove, set) inside edits, each checked and recorded."""

from __future__ import annotations

import math
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from operator import eq
from typing import Any, ClassVar

from psygnal import Signal

from designer.collector import collector_off
from designer.errors import DesignerError, RuleError
from designer.model.amounts import ELEMENT_LIMIT, Gauge
from designer.model.element import ROOT_ID, Element, Link, clone, new_id
from designer.model.fields import check_value
from designer.model.history import Added, Changed, History, Op, Removed, Step, inverse
from designer.model.kind import Kinds, LinkKinds
from designer.model.ruled import RuledTree
from designer.model.standing import broken, to_recheck
from designer.model.tree import Tree
from designer.words import tr

RESERVE = 8 << 20
"""Bytes that are held back, untouched, from the first edit on: when memory runs out, with them an edit is undone."""
BROKEN_TOGETHER = 64
"""Most broken rules that are compared with the state before a change."""

BOX = ("x", "y", "w", "h")
"""The fields of an element's box."""


@dataclass
class ChangeSet:
    """What one edit, undo or redo did, reported once: ids of elements and links, and the changed fields."""

    added: set[int] = field(default_factory=set)
    removed: set[int] = field(default_factory=set)
    changed: dict[int, set[str]] = field(default_factory=dict)
    text: str = ""
    returned: set[int] = field(default_factory=set)
    """Those of `added` that existed before: removed and added again in one edit."""
    ahead: dict[str, Any] = field(default_factory=dict)
    """What `Project.ahead` made of it on another thread."""

    def note(self, op: Op) -> None:
        """Add one operation."""
        if isinstance(op, Added):
            row_id = op.row.__dict__["id"]
            self.added.add(row_id)
            if row_id in self.removed:
                self.removed.discard(row_id)
                self.returned.add(row_id)
        elif isinstance(op, Removed):
            row_id = op.row.__dict__["id"]
            if row_id not in self.added or row_id in self.returned:
                self.removed.add(row_id)
            self.added.discard(row_id)
            self.returned.discard(row_id)
            self.changed.pop(row_id, None)
        elif op.id not in self.added:
            self.changed.setdefault(op.id, set()).update(op.fields)

    @property
    def ids(self) -> set[int]:
        """Every changed id."""
        return self.added | self.removed | set(self.changed)

    def __len__(self) -> int:
        return len(self.added) + len(self.removed) + len(self.changed)

    def pieces(self, size: int) -> Iterator[ChangeSet]:
        """The same as change sets of at most `size` rows: first what was removed, then what was added, then what
        changed."""
        if len(self) <= size:
            yield self
            return
        for some in _runs(self.removed, size):
            yield ChangeSet(removed=set(some), text=self.text)
        for some in _runs(self.added, size):
            yield ChangeSet(added=set(some), text=self.text, returned=self.returned.intersection(some))
        for some in _runs(self.changed, size):
            yield ChangeSet(changed={i: self.changed[i] for i in some}, text=self.text)

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.changed)


class Project(RuledTree):
    """Elements in one tree, links between them, and the history of edits.

    Read freely (`elements`, `links`, `children`); write only inside `with project.edit("Place host"):` through
    `add`, `remove` and `set`. An exception inside an edit takes the half-done edit back. `noted` is called with the
    number of operations of the open edit after each; what it raises ends the edit.
    """

    changed = Signal(ChangeSet)
    reset = Signal()
    _reserve: ClassVar[bytearray] = bytearray()
    """For all designs: each edit takes it from where one before it left it, for it takes long to get."""

    def __init__(self, kinds: Kinds, link_kinds: LinkKinds, rows: Iterable[Element | Link] = ()) -> None:
        self.kinds = kinds
        self.history = History()
        self._gauge = Gauge()
        self._open: Step | None = None
        self.noted: Callable[[int], None] | None = None
        self.ahead: dict[str, Callable[[RuledTree, ChangeSet, Step | None], Any]] = {}
        """By name what is made of a large change before it is told: from a tree that holds it, the changes and the
        step, on another thread. Without a step (undo or redo) rows that are changed have their new boxes only once it
        is told."""
        super().__init__(kinds, link_kinds, self._with_root(rows))

    # -- writing

    @contextmanager
    def edit(self, text: str, merge_key: object = None) -> Iterator[None]:
        """One undo step. Nested edits join the outer one. An exception undoes everything. Raises RuleError at its
        end where the design holds too much, or a change of fields broke a rule that held before.
        """
        if self._open is not None:
            yield
            return
        Project._reserve = Project._reserve or bytearray(RESERVE)
        self._open = Step(text, merge_key=merge_key)
        try:
            yield
            if not self._open.counted:
                self._gauge.take(self, self.kinds, self._open.ops)
            if not self._open.taken:
                self._check_standing(self._open.ops)
            changes = change_set(self._open.ops, text)
        except BaseException as error:
            step, self._open, Project._reserve = self._open, None, bytearray()
            if isinstance(error, DesignerError):
                self._apply([inverse(op) for op in reversed(step.ops)])
            else:  # it may have been raised half-way, for lack of memory
                traceback.clear_frames(error.__traceback__)
                self._take_back(step.ops)
            raise
        step, self._open = self._open, None
        if step.ops:
            self.history.push(step)
            self.changed.emit(changes)

    def add(self, row: Element | Link) -> int:
        """Add an element or link to the design and return its id (a new one when 0). Raises RuleError."""
        return self.add_many([row])[0]

    def add_many(self, rows: Sequence[Element | Link]) -> list[int]:
        """Add elements (parents before children) and links to the design; return their ids, new where they are 0.

        Each is checked as by `add`, but many together: values by column, places by parent. Raises RuleError for the
        first refused one; then none is added.
        """
        self._must_be_open()
        with collector_off():
            for row in rows:
                row.__dict__["id"] = row.__dict__["id"] or new_id()
            elements = [row for row in rows if isinstance(row, Element)]
            links = [row for row in rows if isinstance(row, Link)]
            came = [*map(Added, elements), *map(Added, links)]
            if len(self.elements) + len(elements) > ELEMENT_LIMIT:
                raise RuleError(tr("A design holds at most {0:,} elements.", ELEMENT_LIMIT))
            done: list[Element | Link] = list(elements)
            try:
                self._let_in(elements)
            except MemoryError:
                Project._reserve = bytearray()
                self._note(came)
                raise
            try:
                for link in links:
                    self._let_in_link(link)
                    done.append(link)
            except RuleError:
                self._leave(reversed(done))
                raise
            except MemoryError:
                Project._reserve = bytearray()
                self._note(came)
                raise
            self._note(came)
        return [row.__dict__["id"] for row in rows]

    def remove(self, row_id: int) -> None:
        """Remove an element with all descendants and their links, or one link."""
        self.remove_many([row_id])

    def remove_many(self, ids: Iterable[int]) -> None:
        """Remove elements with all descendants and their links, and links."""
        gone: dict[int, Element | Link] = {}
        for row_id in ids:
            if row_id == ROOT_ID:
                raise RuleError(tr("The design itself cannot be removed."))
            if row_id in gone:
                continue
            if row_id in self.links:
                gone[row_id] = self.links[row_id]
                continue
            self._must_have(row_id)
            for element_id in reversed(list(self.subtree(row_id))):
                gone.update((link.id, link) for link in self.links_of(element_id))
                gone[element_id] = self.elements[element_id]
        self._do([Removed(row) for row in gone.values()])

    def arrange(self, boxes: Mapping[int, Sequence[float]]) -> None:
        """Give elements their boxes (left, top, width, height relative to the parent). Raises RuleError."""
        ops: list[Op] = []
        for element_id, box in boxes.items():
            fields = self.elements[element_id].__dict__
            changed = {n: (fields[n], float(new)) for n, new in zip(BOX, box) if fields[n] != new}
            if changed:
                if not (max(map(abs, box)) < math.inf and box[2] >= 0 and box[3] >= 0):
                    self.set(element_id, **dict(zip(BOX, box)))  # says what is wrong
                ops.append(Changed(element_id, changed))
        self._do(ops)

    def set(self, row_id: int, **fields: Any) -> None:
        """Change fields of an element or link. Raises RuleError and changes nothing then."""
        row: Element | Link = self.links[row_id] if row_id in self.links else self._must_have(row_id)
        who = row.name if isinstance(row, Element) and row.name else type(row).__name__
        changed = {}
        for name, value in fields.items():
            checked = check_value(type(row), name, value, who)
            if checked != row.__dict__[name] or type(checked) is not type(row.__dict__[name]):
                changed[name] = (row.__dict__[name], checked)
        if "id" in changed:
            raise RuleError(tr("{0}: an id never changes.", who))
        if "parent" in changed and isinstance(row, Element):
            self._check_move(row, changed["parent"][1])
        if changed:
            self._do([Changed(row_id, changed)])

    def why_not_set(self, changes: Mapping[int, Mapping[str, Any]]) -> str | None:
        """Why changes of fields (by id) would be refused at the end of an edit, or None. Values are not checked.

        The design is changed and changed back; nobody is told.
        """
        self._must_be_closed()
        ops: list[Op] = [
            Changed(i, {name: (self.elements[i].__dict__[name], value) for name, value in fields.items()})
            for i, fields in changes.items()
        ]
        self._apply(ops)
        try:
            self._check_standing(ops)
        except RuleError as error:
            return str(error).removesuffix(".")
        finally:
            self._apply([inverse(op) for op in reversed(ops)])
        return None

    def become(self, rows: Iterable[Element | Link]) -> ChangeSet:
        """Replace the design with these rows; return what that changes. Equal rows stay untouched.

        The rows are those of a design that a file holds or could hold. They are taken unchecked: refusing what breaks
        a rule of placing or linking would lose it.
        """
        if self._open is not None:
            self._open.taken = True
        try:
            return self._hold_only(rows)
        except MemoryError:
            Project._reserve = bytearray()
            raise

    def _hold_only(self, rows: Iterable[Element | Link]) -> ChangeSet:
        wanted: dict[int, Element | Link] = {row.id: row for row in self._with_root(rows)}
        here: dict[int, Element | Link] = {row.id: row for row in self.rows()}
        stays = {i for i, row in here.items() if type(row) is type(wanted.get(i))}
        self._do([Removed(row) for row_id, row in reversed(here.items()) if row_id not in stays])
        self._do([Added(clone(row)) for row_id, row in wanted.items() if row_id not in stays])
        ops: list[Op] = []
        for row_id in stays:
            old, new = here[row_id].__dict__, wanted[row_id].__dict__
            names = type(here[row_id]).model_fields
            if not all(map(eq, map(old.__getitem__, names), map(new.__getitem__, names))):
                ops.append(Changed(row_id, {n: (old[n], new[n]) for n in names if old[n] != new[n]}))
        self._do(ops)
        return ChangeSet(
            wanted.keys() - stays, here.keys() - stays, {op.id: set(op.fields) for op in ops if isinstance(op, Changed)}
        )

    def adopt(self, other: Project, prepared: tuple[Step, Callable[[Tree], ChangeSet]] | None = None) -> None:
        """Repeat what was done to a snapshot of this design, as the same undo steps; `prepared` (by `Adoption`) is the
        one step that was done there, and what applies it.

        Do not use the snapshot afterward. Nothing is checked again: this design must be what it was when the snapshot
        was made.
        """
        if prepared is not None:
            self._must_be_closed()
            step, finish = prepared
            with collector_off():
                changes = finish(self)
            self._gauge = other._gauge
            self.history.push(step)
            self.changed.emit(changes)
            return
        for step in other.history.steps:
            with collector_off(), self.edit(step.text, step.merge_key):
                assert self._open is not None
                self._open.taken = self._open.counted = True
                self._do(own(self, step.ops))
        self._gauge = other._gauge

    def undo(self) -> str | None:
        """Undo the last step; return its text, or None without one."""
        return self.go_to(self.history.position - 1)

    def redo(self) -> str | None:
        """Redo the next step; return its text, or None without one."""
        return self.go_to(self.history.position + 1)

    def go_to(self, position: int, replay: Callable[[Tree], ChangeSet] | None = None) -> str | None:
        """Undo or redo until `position` steps are done; return the text of the last, or None where there is none.

        `replay` applies what was prepared for this (`Replay.finish`). What fails changes nothing.
        """
        self._must_be_closed()
        text = self.history.text_to(position)
        if text is None:
            return None
        with collector_off():
            changes = replay(self) if replay is not None else self._replay(position, text)
        self.history.position = position
        self.history.seal()
        self.changed.emit(changes)
        return text

    def replace(self, rows: Iterable[Element | Link] | Tree, history: History | None = None) -> None:
        """Become another design (a file was opened): rows are taken as they are, or a tree of them, which is not to be
        used any more; the history starts anew, or is one that fits them."""
        self._must_be_closed()
        self.history, self._gauge = history or History(), Gauge()
        self._take_over(rows if isinstance(rows, Tree) else Tree(self._with_root(rows)))
        self.reset.emit()

    # -- inside

    def _with_root(self, rows: Iterable[Element | Link]) -> list[Element | Link]:
        given = list(rows)
        if any(row.id == ROOT_ID for row in given):
            return given
        return [self.kinds["design"].table(id=ROOT_ID, parent=ROOT_ID, name="Untitled"), *given]

    def _check_standing(self, ops: list[Op]) -> None:
        """Raise RuleError where a changed element, or one bound to it, breaks a rule that it kept before."""
        ids = to_recheck(self, self.kinds, self.link_kinds, _changed(ops))
        found = broken(self, self.kinds, self.link_kinds, ids)
        while some := dict(islice(found, BROKEN_TOGETHER)):
            self._apply([inverse(op) for op in reversed(ops)])
            before = {row_id for row_id, _ in broken(self, self.kinds, self.link_kinds, some)}
            self._apply(ops)
            new = [sentence for row_id, sentence in some.items() if row_id not in before]
            if new:
                raise RuleError(new[0])

    def _check_move(self, row: Element, parent_id: int) -> None:
        if row.id == ROOT_ID:
            raise RuleError(tr("The design itself cannot be moved."))
        reason = self.why_not(row.kind, parent_id, row)
        if reason is None and row.id in (parent_id, *self.ancestors(parent_id)):
            reason = tr("an element cannot stand in itself")
        if reason:
            raise RuleError(tr("{0} cannot be moved here: {1}.", row.name, reason))

    def _must_have(self, element_id: int) -> Element:
        if element_id not in self.elements:
            raise RuleError(tr("That element is no longer in the design."))
        return self.elements[element_id]

    def _must_be_closed(self) -> None:
        if self._open is not None:
            raise RuntimeError("an edit is open")

    def _must_be_open(self) -> None:
        if self._open is None:
            raise RuntimeError("a change outside `with project.edit(...)`")

    def _do(self, ops: Sequence[Op]) -> None:
        self._must_be_open()
        try:
            self._note(ops)
            self._apply(ops)
        except MemoryError:
            Project._reserve = bytearray()
            raise

    def _note(self, ops: Iterable[Op]) -> None:
        """Note operations that are done in the open edit."""
        assert self._open is not None
        self._open.ops.extend(ops)
        if self.noted is not None:
            self.noted(len(self._open.ops))

    def _replay(self, position: int, text: str) -> ChangeSet:
        Project._reserve = Project._reserve or bytearray(RESERVE)
        ops = self.history.ops_to(position)
        changes = change_set(ops, text)
        try:
            self._apply(ops)
        except MemoryError as error:
            Project._reserve = bytearray()
            traceback.clear_frames(error.__traceback__)
            self._take_back(ops)
            raise
        return changes


def own(tree: Tree, ops: Sequence[Op]) -> list[Op]:
    """Operations on a snapshot as those on the rows of the tree itself, which its history knows."""
    if not any(isinstance(op, Removed) for op in ops):
        return list(ops)
    came = {id(op.row) for op in ops if isinstance(op, Added)}
    return [
        Removed(tree.links.get(op.row.id) or tree.elements[op.row.id])
        if isinstance(op, Removed) and id(op.row) not in came
        else op
        for op in ops
    ]


def _runs(ids: Iterable[int], size: int) -> Iterator[list[int]]:
    """The same ids, `size` at a time."""
    left = iter(ids)
    while some := list(islice(left, size)):
        yield some


def change_set(ops: Iterable[Op], text: str) -> ChangeSet:
    """What operations did, to be told."""
    changes = ChangeSet(text=text)
    for op in ops:
        changes.note(op)
    return changes


def _changed(ops: Iterable[Op]) -> dict[int, set[str]]:
    """The names of the fields that operations change, by id."""
    fields: dict[int, set[str]] = {}
    for op in ops:
        if isinstance(op, Changed):
            fields.setdefault(op.id, set()).update(op.fields)
    return fields


def snapshot(project: Project) -> Project:
    """A separate project with copies of all rows, for a run while the design changes."""
    copied = Project(project.kinds, project.link_kinds, [clone(row) for row in project.rows()])
    copied._gauge.most = project._gauge.most
    return copied
