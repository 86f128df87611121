"""What a check is, and what it finds."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

from designer.checks.view import View
from designer.model.project import Project

Severity = Literal["high", "medium", "low"]
SEVERITIES: tuple[Severity, ...] = ("high", "medium", "low")
"""Worst first."""


@dataclass(frozen=True, slots=True)
class Found:
    """One thing that a check finds: a sentence, what it rests on, and elements beside the one that is looked at."""

    text: str
    detail: str = ""
    elements: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check says of some elements; the first is the one it is about."""

    check: str
    severity: Severity
    text: str
    detail: str
    elements: tuple[int, ...]
    fix: str = ""
    """What the fix does, in a few words; empty where there is none."""


@dataclass(frozen=True)
class Fix:
    """A command, one step of undo, that takes a finding away. Raises RuleError where it cannot."""

    label: str
    run: Callable[[Project, Finding], object]


@dataclass(frozen=True, eq=False)
class Check:
    """A rule with its reason and source. `find` looks at each element of the kinds of `scope`.

    `why` says what happens where the rule is broken; `source` who says so.
    """

    id: str
    title: str
    severity: Severity
    why: str
    source: str
    scope: tuple[str, ...]
    find: Callable[[View, int], Iterable[Found]]
    fix: Fix | None = None

    def __call__(self, view: View, element_id: int) -> tuple[Finding, ...]:
        """What is found at an element."""
        fix = self.fix.label if self.fix is not None else ""
        return tuple(
            Finding(self.id, self.severity, found.text, found.detail, (element_id, *found.elements), fix)
            for found in self.find(view, element_id)
        )
