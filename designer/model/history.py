"""Recorded undo: each verb of the project records what it did; commands contain no undo code."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from designer.model.element import Element, Link


@dataclass(frozen=True)
class Added:
    """An element or link was added."""

    row: Element | Link


@dataclass(frozen=True)
class Removed:
    """An element or link was removed."""

    row: Element | Link


@dataclass(frozen=True)
class Changed:
    """Fields of one element or link changed: {field: (old, new)}."""

    id: int
    fields: dict[str, tuple[Any, Any]]


Op = Added | Removed | Changed


def inverse(op: Op) -> Op:
    """The operation that undoes another."""
    if isinstance(op, Added):
        return Removed(op.row)
    if isinstance(op, Removed):
        return Added(op.row)
    return Changed(op.id, {name: (new, old) for name, (old, new) in op.fields.items()})


@dataclass
class Step:
    """One undo step, in the user's words."""

    text: str
    ops: list[Op] = field(default_factory=list)
    merge_key: object = None
    taken: bool = False
    """Whether the step holds the content of a file. It is taken unchecked."""
    counted: bool = False
    """Whether what the step adds was counted before."""


class History:
    """The steps done and undone; the first `position` steps are done."""

    def __init__(self) -> None:
        self.steps: list[Step] = []
        self.position = 0
        self.clean: int | None = 0

    def push(self, step: Step) -> None:
        """Add a finished step and drop undone ones; equal merge keys join."""
        if self.clean is not None and self.clean > self.position:
            self.clean = None
        del self.steps[self.position :]
        last = self.steps[-1] if self.steps else None
        if last and step.merge_key is not None and last.merge_key == step.merge_key and self.clean != self.position:
            last.ops.extend(step.ops)
            return
        self.steps.append(step)
        self.position += 1

    def seal(self) -> None:
        """End joining with the last step (the mouse was released, the field left, a step undone)."""
        if self.position:
            self.steps[self.position - 1].merge_key = None

    @property
    def undo_text(self) -> str | None:
        """The text of the step to undo, or None."""
        return self.steps[self.position - 1].text if self.position else None

    @property
    def redo_text(self) -> str | None:
        """The text of the step to redo, or None."""
        return self.steps[self.position].text if self.position < len(self.steps) else None

    def ops_to(self, position: int) -> list[Op]:
        """The operations that lead from the present state to the one after `position` steps."""
        undone, redone = self.steps[position : self.position], self.steps[self.position : position]
        back = [inverse(op) for step in reversed(undone) for op in reversed(step.ops)]
        return back or [op for step in redone for op in step.ops]

    def text_to(self, position: int) -> str | None:
        """The text of the last step that is undone or redone on the way there; None without one."""
        if not 0 <= position <= len(self.steps) or position == self.position:
            return None
        return self.steps[position if position < self.position else position - 1].text

    @property
    def modified(self) -> bool:
        """Whether the project differs from the last saved or opened state."""
        return self.clean != self.position

    def mark_clean(self) -> None:
        """Mark the present state as saved."""
        self.seal()
        self.clean = self.position


class Marks:
    """A mark for each state of a design that was seen: states have the same one while nothing between them matters.

    Undo and redo come back to the mark of a state, whatever was done meanwhile.
    """

    def __init__(self, history: History) -> None:
        self._history = history
        self._known: dict[int, tuple[Step | None, int, object]] = {}
        self.now = object()
        self.follow(True)

    def follow(self, matters: bool) -> None:
        """Note that the history was changed, and whether that matters."""
        position = self._history.position
        step = self._history.steps[position - 1] if position else None
        size = len(step.ops) if step is not None else 0  # steps that join grow
        known = self._known.get(position)
        if known is not None and known[0] is step and known[1] == size:
            self.now = known[2]
            return
        self.now = object() if matters else self.now
        self._known = {n: one for n, one in self._known.items() if n <= len(self._history.steps)}
        self._known[position] = step, size, self.now
