"""Broken rules of placing and linking: the design was opened, restored or merged with them."""

from __future__ import annotations

import time
from collections.abc import Hashable, Iterator
from math import inf

from designer.catalog import KINDS, LINKS
from designer.checks.check import Check, Finding
from designer.model.element import ROOT_ID
from designer.model.project import ChangeSet
from designer.model.standing import to_recheck, why_broken
from designer.model.tree import Tree
from designer.words import tr

RULE = Check(
    "RUL-01",
    "Broken rule of placing or linking",
    "high",
    "An edit that breaks the rule is refused. The design came with it from a file, a backup or a merge. A run "
    "refuses what does not fit.",
    "The rule itself: capacity of racks, hosts, subnets and datastores, offers and limits of the provider",
    (),
    lambda view, element_id: (),
)
CHECKS = (RULE,)


class BrokenRules:
    """The broken rules of a design. `follow` notes changes; `work` asks the rules again that may have broken."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self._found: dict[int, str] = {}
        self._waiting: dict[int, None] = dict.fromkeys((*tree.elements, *tree.links))

    @property
    def waiting(self) -> int:
        """How many elements and links still have to be asked."""
        return len(self._waiting)

    def follow(self, changes: ChangeSet) -> None:
        """Note what an edit changed. Elements that break a rule are asked after every edit: another may have made
        room."""
        self._waiting.update(to_recheck(self._tree, KINDS, LINKS, changes.changed, changes.added))
        self._waiting.update(dict.fromkeys(self._found))

    def work(self, until: float = inf) -> bool:
        """Ask until a time of `time.perf_counter`, at least one; True when the findings changed."""
        changed, kept = False, set[Hashable]()
        while self._waiting:
            row_id, _ = self._waiting.popitem()
            alike = self._alike(row_id)
            if alike is not None and alike in kept and row_id not in self._found:
                continue
            sentence = why_broken(self._tree, KINDS, LINKS, row_id)
            if alike is not None and sentence is None:
                kept.add(alike)
            before = self._found.pop(row_id, None)
            changed |= sentence != before or sentence is not None  # what breaks it may stand elsewhere now
            if sentence is not None:
                self._found[row_id] = sentence
                if before is None:  # what it stands or is linked beside may break the same rule
                    self._waiting.update(dict.fromkeys(i for i in self._neighbors(row_id) if i not in self._found))
            if time.perf_counter() > until:
                break
        return changed

    def _alike(self, row_id: int) -> Hashable | None:
        """What two siblings have in common of whom rules say the same; None where each is asked."""
        element = self._tree.elements.get(row_id)
        kind = KINDS[element.kind] if element is not None else None
        if element is None or kind is None or kind.placement_reads is None or self._tree.children(row_id):
            return None
        links, read = self._tree.links_of(row_id), kind.placement_links
        if links and (read is None or any(link.__dict__["kind"] in read for link in links)):
            return None
        if kind.value_error is not None and kind.value_error(element):
            return None
        return (kind.name, element.parent, *map(element.__dict__.__getitem__, kind.placement_reads))

    def findings(self) -> Iterator[Finding]:
        """A finding for each place with broken rules, and for each link, by name."""
        places: dict[int, list[int]] = {}
        for row_id in self._found:
            element = self._tree.elements.get(row_id)
            place = element.parent if element is not None and element.parent != ROOT_ID else row_id
            places.setdefault(place, []).append(row_id)
        for rows in sorted(places.values(), key=lambda rows: min((self._found[row_id], row_id) for row_id in rows)):
            rows.sort(key=lambda row_id: (len(self._found[row_id]), self._found[row_id], row_id))
            detail = tr("and {0:,} more", len(rows) - 1) if len(rows) > 1 else ""
            elements = tuple(end for row_id in rows for end in self._ends(row_id))
            yield Finding(RULE.id, RULE.severity, self._found[rows[0]].removesuffix("."), detail, elements)

    def _neighbors(self, row_id: int) -> list[int]:
        """The siblings of an element; the other links at the ends of a link."""
        link = self._tree.links.get(row_id)
        if link is not None:
            return [other.id for end in (link.source, link.target) for other in self._tree.links_of(end)]
        return self._tree.children(self._tree.elements[row_id].parent)

    def _ends(self, row_id: int) -> tuple[int, ...]:
        link = self._tree.links.get(row_id)
        return (link.source, link.target) if link is not None else (row_id,)
