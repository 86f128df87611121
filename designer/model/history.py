"""Undo that is recorded: each verb of the project notes what it did; nobody writes an undo."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from designer.model.element import Element, Link


@dataclass(frozen=True)
class Added:
    """An element or link came."""

    row: Element | Link


@dataclass(frozen=True)
class Removed:
    """An element or link went."""

    row: Element | Link


@dataclass(frozen=True)
class Changed:
    """Fields of one element or link changed: {field: (old, new)}."""

    id: int
    fields: dict[str, tuple[Any, Any]]


Op = Added | Removed | Changed


@dataclass
class Step:
    """One step of undo, in the user's words."""

    text: str
    ops: list[Op] = field(default_factory=list)
    merge_key: object = None
    taken: bool = False
    """True when it holds what a file held, which is taken as it is: no rule is asked of it again."""


class History:
    """The steps done and undone; `position` steps are in force."""

    def __init__(self) -> None:
        self.steps: list[Step] = []
        self.position = 0
        self.clean: int | None = 0

    def push(self, step: Step) -> None:
        """Note a finished step; what was undone before is forgotten; equal merge keys join."""
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
        """Let nothing join the step in force any more (the mouse was released, the field left, a step undone)."""
        if self.position:
            self.steps[self.position - 1].merge_key = None

    @property
    def undo_text(self) -> str | None:
        """What undo would take back, or None."""
        return self.steps[self.position - 1].text if self.position else None

    @property
    def redo_text(self) -> str | None:
        """What redo would do again, or None."""
        return self.steps[self.position].text if self.position < len(self.steps) else None

    @property
    def modified(self) -> bool:
        """True when the project differs from what was last saved or opened."""
        return self.clean != self.position

    def mark_clean(self) -> None:
        """The present state is what is on disk."""
        self.seal()
        self.clean = self.position
