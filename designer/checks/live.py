"""The findings of a design while it is drawn: an edit runs only the checks that it concerns."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from math import inf
from operator import itemgetter
from typing import Any

from designer.checks.check import SEVERITIES, Check, Finding
from designer.checks.rules import BrokenRules
from designer.checks.view import CheckView, Node
from designer.collector import collector_off
from designer.commands.mutes import MUTE, reasons
from designer.model.project import ChangeSet
from designer.model.tree import Tree


class LiveChecks:
    """Findings by check and element. `follow` notes changes; `work` updates the findings."""

    def __init__(self, tree: Tree, checks: Sequence[Check]) -> None:
        self.checks = checks
        self._at: dict[Callable[..., Any], int] = {check: n for n, check in enumerate(checks)}
        self._scopes: dict[str, list[Check]] = {}
        for check in checks:
            for kind in check.scope:
                self._scopes.setdefault(kind, []).append(check)
        self.start(tree)

    def start(self, tree: Tree) -> None:
        """Start again with a design."""
        self.tree, self.view, self._rules = tree, CheckView(tree), BrokenRules(tree)
        self._found: dict[Node, tuple[Finding, ...]] = {}
        self._waiting: dict[Node, None] = {}
        self._mutes, self._remuted = {row.id for row in tree.of_kind(MUTE)}, False
        for kind, checks in self._scopes.items():
            for element in tree.of_kind(kind):
                self._waiting.update(((check, element.id), None) for check in checks)

    @property
    def done(self) -> bool:
        """Whether the findings are up to date with the design."""
        return not self.waiting

    @property
    def waiting(self) -> int:
        """How many checks at an element and rules of an element still have to run."""
        return len(self._waiting) + self._rules.waiting + self._remuted

    def follow(self, changes: ChangeSet) -> None:
        """Note what an edit changed."""
        self._rules.follow(changes)
        for node in self.view.follow(changes):
            if node[0] in self._at:
                self._waiting[node] = None
        self._remuted |= not self._mutes.isdisjoint((*changes.removed, *changes.changed))
        for element_id in changes.added:
            element = self.tree.elements.get(element_id)
            if element is not None and element.kind == MUTE:
                self._mutes.add(element_id)
                self._remuted = True
            for check in self._scopes.get(element.kind, ()) if element is not None else ():
                self._waiting[check, element_id] = None

    def work(self, limit_s: float = inf) -> bool:
        """Run waiting checks for about this long; True when the findings changed."""
        until = time.perf_counter() + limit_s
        changed, self._remuted = self._remuted, False
        while self._waiting:
            node, _ = self._waiting.popitem()
            check, element_id = node
            found = self.view.value(check, element_id) if element_id in self.tree.elements else ()
            if found != self._found.get(node, ()):
                changed = True
                self._found.pop(node, None)
                if found:
                    self._found[node] = found
            if time.perf_counter() > until:
                return changed
        return self._rules.work(until) or changed

    def findings(self) -> list[Finding]:
        """All findings, muted ones too: rules that are broken, then the worst first, by the order of the checks, by
        name."""
        every = ((self._place(node, finding), finding) for node, found in self._found.items() for finding in found)
        return [*self._rules.findings(), *(finding for _, finding in sorted(every, key=itemgetter(0)))]

    def _place(self, node: Node, finding: Finding) -> tuple[int, int, str, int]:
        check, element_id = node
        return SEVERITIES.index(finding.severity), self._at[check], finding.text, element_id


def findings_of(tree: Tree, checks: Sequence[Check]) -> list[Finding]:
    """The findings of a design, the worst first."""
    with collector_off():
        live = LiveChecks(tree, checks)
        live.work()
    return live.findings()


def divided(findings: Iterable[Finding], tree: Tree) -> tuple[list[Finding], list[tuple[Finding, str]]]:
    """Some findings of a design without the muted ones, and those with their reasons."""
    muted, shown, hidden = reasons(tree), [], []
    for finding in findings:
        reason = muted.get((finding.check, finding.elements[0])) if muted and finding.elements else None
        if reason is None:
            shown.append(finding)
        else:
            hidden.append((finding, reason))
    return shown, hidden


def worst_by_element(findings: Iterable[Finding]) -> dict[int, Finding]:
    """The worst finding of each element."""
    worst: dict[int, Finding] = {}
    for finding in findings:
        for element_id in finding.elements[:1]:
            known = worst.get(element_id)
            if known is None or SEVERITIES.index(finding.severity) < SEVERITIES.index(known.severity):
                worst[element_id] = finding
    return worst
