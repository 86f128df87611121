"""The design in memory: three verbs (add, remove, set) inside edits, each checked and recorded."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from operator import eq
from typing import Any

from psygnal import Signal

from designer.errors import RuleError
from designer.model.element import ROOT_ID, Element, Link, clone, new_id, values
from designer.model.fields import check_row, check_value
from designer.model.history import Added, Changed, History, Op, Removed, Step
from designer.model.kind import Kind, Kinds, LinkKinds, why_not_inside
from designer.model.tree import Tree

ELEMENT_LIMIT = 250_000
"""Most elements in one design."""


@dataclass
class ChangeSet:
    """What one edit, undo or redo did, told once: ids of elements and links, and the fields that changed."""

    added: set[int] = field(default_factory=set)
    removed: set[int] = field(default_factory=set)
    changed: dict[int, set[str]] = field(default_factory=dict)
    text: str = ""
    returned: set[int] = field(default_factory=set)
    """Those of `added` that were there before: they went and came back in one edit."""

    def note(self, op: Op) -> None:
        """Take one operation into account."""
        if isinstance(op, Added):
            self.added.add(op.row.id)
            if op.row.id in self.removed:
                self.removed.discard(op.row.id)
                self.returned.add(op.row.id)
        elif isinstance(op, Removed):
            if op.row.id not in self.added or op.row.id in self.returned:
                self.removed.add(op.row.id)
            self.added.discard(op.row.id)
            self.returned.discard(op.row.id)
            self.changed.pop(op.row.id, None)
        elif op.id not in self.added:
            self.changed.setdefault(op.id, set()).update(op.fields)

    @property
    def ids(self) -> set[int]:
        """Every id that is touched."""
        return self.added | self.removed | set(self.changed)

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.changed)


class Project(Tree):
    """Elements in one tree, links between them, and the history of edits.

    Read freely (`elements`, `links`, `children`); write only inside `with project.edit("Place host"):` through
    `add`, `remove` and `set`. An exception inside an edit takes the half-done edit back.
    """

    changed = Signal(ChangeSet)
    reset = Signal()

    def __init__(self, kinds: Kinds, link_kinds: LinkKinds, rows: Iterable[Element | Link] = ()) -> None:
        self.kinds = kinds
        self.link_kinds = link_kinds
        self.history = History()
        self._open: Step | None = None
        super().__init__(self._with_root(rows))

    # -- rules

    def kind(self, element_id: int) -> Kind:
        """The kind of an element."""
        return self.kinds[self.elements[element_id].kind]

    def why_not(self, kind: str, parent_id: int, element: Element | None = None) -> str | None:
        """Why an element of a kind may not stand in a parent, or None when it may (asked while hovering)."""
        parent = self.elements.get(parent_id)
        if parent is None:
            return "What it should stand in is gone"
        reason = why_not_inside(self.kinds, kind, parent.kind)
        refuse = self.kinds[kind].refuse
        if reason or refuse is None:
            return reason
        return refuse(self, element or self.kinds[kind].table(**self.suited(kind, parent_id)), parent)

    def suited(self, kind: str, parent_id: int) -> Mapping[str, Any]:
        """Values that a new element of a kind has in a parent, in place of its defaults."""
        suit = self.kinds[kind].suit
        return suit(self, self.elements[parent_id]) if suit is not None else {}

    def why_no_link(self, kind: str, source_id: int, target_id: int) -> str | None:
        """Why a link of a kind may not join two elements, or None when it may."""
        rule = self.link_kinds.get(kind)
        source, target = self.elements.get(source_id), self.elements.get(target_id)
        if rule is None or source is None or target is None:
            return "One end of the link is gone"
        if source.kind not in rule.sources or target.kind not in rule.targets:
            joined = f"{self.kinds[source.kind].label.lower()} with {self.kinds[target.kind].label.lower()}"
            return f"“{rule.label}” does not join a {joined}"
        present = [k for k in self.links_of(source_id, kind) if k.source == source_id]
        if any(k.target == target_id for k in present):
            return f"{source.name} is already linked so to {target.name}"
        if rule.per_source is not None and len(present) >= rule.per_source:
            return f"{source.name} already has its link “{rule.label}”"
        return rule.refuse(self, source, target) if rule.refuse is not None else None

    # -- writing

    @contextmanager
    def edit(self, text: str, merge_key: object = None) -> Iterator[None]:
        """One step of undo. Nested edits join the outer one. An exception takes everything back."""
        if self._open is not None:
            yield
            return
        self._open = Step(text, merge_key=merge_key)
        try:
            yield
        except BaseException:
            for op in reversed(self._open.ops):
                self._apply(_inverse(op))
            self._open = None
            raise
        step, self._open = self._open, None
        if step.ops:
            self.history.push(step)
            self._tell(step.ops, text)

    def add(self, row: Element | Link) -> int:
        """Put an element or link into the design and return its id (a new one when 0). Raises RuleError."""
        row.__dict__["id"] = row.id or new_id()
        if isinstance(row, Link):
            self._check_new_link(row)
        else:
            self._check_new_element(row)
        self._do(Added(row))
        return row.id

    def remove(self, row_id: int) -> None:
        """Take an element, all that stands in it and all their links, or one link, out of the design."""
        if row_id == ROOT_ID:
            raise RuleError("The design itself cannot be removed.")
        if row_id in self.links:
            self._do(Removed(self.links[row_id]))
            return
        self._must_have(row_id)
        for element_id in reversed(list(self.subtree(row_id))):
            for link in self.links_of(element_id):
                self._do(Removed(link))
            self._do(Removed(self.elements[element_id]))

    def set(self, row_id: int, **fields: Any) -> None:
        """Change fields of an element or link. Raises RuleError; then nothing of this call is done."""
        row: Element | Link = self.links[row_id] if row_id in self.links else self._must_have(row_id)
        who = row.name if isinstance(row, Element) and row.name else type(row).__name__
        changed = {}
        for name, value in fields.items():
            checked = check_value(type(row), name, value, who)
            if checked != row.__dict__[name] or type(checked) is not type(row.__dict__[name]):
                changed[name] = (row.__dict__[name], checked)
        if "id" in changed:
            raise RuleError(f"{who}: an id never changes.")
        if "parent" in changed and isinstance(row, Element):
            self._check_move(row, changed["parent"][1])
        if changed:
            self._do(Changed(row_id, changed))

    def become(self, rows: Iterable[Element | Link]) -> None:
        """Hold these rows and nothing else; what is equal is not touched. They are those of a design that a file holds
        or that were checked as such, and are taken as they are: a rule may have come since, or hold only half-way."""
        wanted: dict[int, Element | Link] = {row.id: row for row in self._with_root(rows)}
        here: dict[int, Element | Link] = {row.id: row for row in self.rows()}
        stays = {i for i, row in here.items() if type(row) is type(wanted.get(i))}
        for row_id, row in reversed(here.items()):
            if row_id not in stays:
                self._do(Removed(row))
        for row_id, row in wanted.items():
            if row_id not in stays:
                self._do(Added(clone(row)))
        for row_id in stays:
            held, now = here[row_id].__dict__, wanted[row_id].__dict__
            names = type(here[row_id]).model_fields
            if not all(map(eq, map(held.__getitem__, names), map(now.__getitem__, names))):
                self._do(Changed(row_id, {n: (held[n], now[n]) for n in names if held[n] != now[n]}))

    def undo(self) -> str | None:
        """Take the last step back; its text, or None when there is none."""
        self._must_be_closed()
        if not self.history.position:
            return None
        self.history.position -= 1
        self.history.seal()
        step = self.history.steps[self.history.position]
        ops = [_inverse(op) for op in reversed(step.ops)]
        return self._replay(ops, step.text)

    def redo(self) -> str | None:
        """Do the next step again; its text, or None when there is none."""
        self._must_be_closed()
        if self.history.position >= len(self.history.steps):
            return None
        step = self.history.steps[self.history.position]
        self.history.position += 1
        self.history.seal()
        return self._replay(step.ops, step.text)

    def replace(self, rows: Iterable[Element | Link] | Tree) -> None:
        """Become another design (a file was opened): rows are taken as they are, or a tree of them, which is not to be
        used any more; the history starts anew."""
        self._must_be_closed()
        self.history = History()
        self._take_over(rows if isinstance(rows, Tree) else Tree(self._with_root(rows)))
        self.reset.emit()

    # -- inside

    def _with_root(self, rows: Iterable[Element | Link]) -> list[Element | Link]:
        given = list(rows)
        if any(row.id == ROOT_ID for row in given):
            return given
        return [self.kinds["design"].table(id=ROOT_ID, parent=ROOT_ID, name="Untitled"), *given]

    def _check_new_element(self, row: Element) -> None:
        who = row.name or self.kinds[row.kind].label
        if row.id in self.elements or row.id in self.links:
            raise RuleError(f"{who}: its id is already in the design.")
        if len(self.elements) >= ELEMENT_LIMIT:
            raise RuleError(f"A design holds at most {ELEMENT_LIMIT:,} elements.")
        reason = self.why_not(row.kind, row.parent, row)
        if reason:
            raise RuleError(f"{who} cannot be placed here: {reason}.")
        row.__dict__.update(check_row(type(row), values(row), who))
        siblings = self.children(row.parent)
        if siblings and not row.rank:
            row.__dict__["rank"] = self.elements[siblings[-1]].rank + 1

    def _check_new_link(self, row: Link) -> None:
        reason = self.why_no_link(row.kind, row.source, row.target)
        if reason:
            raise RuleError(f"{reason}.")
        row.__dict__.update(check_row(Link, values(row), "Link"))

    def _check_move(self, row: Element, parent_id: int) -> None:
        if row.id == ROOT_ID:
            raise RuleError("The design itself cannot be moved.")
        reason = self.why_not(row.kind, parent_id, row)
        if reason is None and row.id in (parent_id, *self.ancestors(parent_id)):
            reason = "nothing can stand in itself"
        if reason:
            raise RuleError(f"{row.name} cannot be moved here: {reason}.")

    def _must_have(self, element_id: int) -> Element:
        if element_id not in self.elements:
            raise RuleError("That element is no longer in the design.")
        return self.elements[element_id]

    def _must_be_closed(self) -> None:
        if self._open is not None:
            raise RuntimeError("an edit is open")

    def _do(self, op: Op) -> None:
        if self._open is None:
            raise RuntimeError("a change outside `with project.edit(...)`")
        self._apply(op)
        self._open.ops.append(op)

    def _replay(self, ops: list[Op], text: str) -> str:
        for op in ops:
            self._apply(op)
        self._tell(ops, text)
        return text

    def _tell(self, ops: list[Op], text: str) -> None:
        changes = ChangeSet(text=text)
        for op in ops:
            changes.note(op)
        self.changed.emit(changes)


def _inverse(op: Op) -> Op:
    if isinstance(op, Added):
        return Removed(op.row)
    if isinstance(op, Removed):
        return Added(op.row)
    return Changed(op.id, {name: (new, old) for name, (old, new) in op.fields.items()})


def snapshot(project: Project) -> Project:
    """A project of its own with copies of all rows: what a run holds while the design goes on changing."""
    return Project(project.kinds, project.link_kinds, [clone(row) for row in project.rows()])
