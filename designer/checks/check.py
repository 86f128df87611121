"""A check and its findings, as data."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

from designer.checks.view import CheckView
from designer.model.project import Project
from designer.words import tr

Severity = Literal["high", "medium", "low"]
SEVERITIES: tuple[Severity, ...] = ("high", "medium", "low")
"""Severities, worst first."""


@dataclass(frozen=True, slots=True)
class Found:
    """One result of a check: a sentence, its evidence, and the elements beside the checked one."""

    text: str
    detail: str = ""
    elements: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """A result of a check with all elements it concerns; the first is the checked one."""

    check: str
    severity: Severity
    text: str
    detail: str
    elements: tuple[int, ...]
    fix: str = ""
    """The label of the fix; empty without a fix."""
    time_s: float | None = None
    """When it began in the run; None for a finding of the design."""


@dataclass(frozen=True)
class Fix:
    """A command, one step of undo, that removes a finding. Raises RuleError where it cannot."""

    label: str
    run: Callable[[Project, Finding], object]


@dataclass(frozen=True, eq=False)
class Check:
    """A rule with its reason and source.

    `find` checks each element of the kinds of `scope`. `why` says what happens where the rule is broken; `source` says
    who states the rule.
    """

    id: str
    title: str
    severity: Severity
    why: str
    source: str
    scope: tuple[str, ...]
    find: Callable[[CheckView, int], Iterable[Found]]
    fix: Fix | None = None

    def __call__(self, view: CheckView, element_id: int) -> tuple[Finding, ...]:
        """The results at an element."""
        fix = self.fix.label if self.fix is not None else ""
        return tuple(
            Finding(self.id, self.severity, found.text, found.detail, (element_id, *found.elements), tr(fix))
            for found in self.find(view, element_id)
        )
