"""The bill of a design while it is drawn: an edit works out again only what it may have changed."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from math import fsum, inf

from designer.model.project import ChangeSet
from designer.model.tree import Tree
from designer.study.cost.bill import MAKERS, energy_of, lines_of, summed
from designer.study.cost.counted import Counted, sent_lines
from designer.study.cost.lines import Bill, CostLine, CostSum, total

LOOKS = frozenset(
    {"x", "y", "w", "h", "hug", "locked", "hidden", "placed", "grouped", "rank", "note", "preset", "foreign_id"}
)
"""Fields of which no price depends."""
LINKED = frozenset({"auto_scaling_group", "load_balancer", "database", "bucket", "function", "service"})
"""Kinds whose lines depend on what they are linked with."""
OF_MEMBERS = frozenset({"parent", "template"})
"""Fields of a VM on which the lines of others depend."""
FAR = 3
"""Most links between a line and what it depends on: users, their service, a function, its price."""


@dataclass(frozen=True, slots=True)
class _Part:
    """What one element costs."""

    lines: tuple[CostLine, ...]
    sum: CostSum
    energy: tuple[float, float] | None


def may_cost(changes: ChangeSet) -> bool:
    """Whether an edit may have changed a price: not where things were only moved or given other looks."""
    return bool(changes.added or changes.removed) or any(not fields <= LOOKS for fields in changes.changed.values())


class LiveBill:
    """The bill by element. `follow` notes changes; `work` works out again what they concern."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self._counted: Counted | None = None
        self._sent: tuple[CostLine, ...] | None = None
        self._parts: dict[int, _Part] = {}
        self._ends = {i: (link.source, link.target) for i, link in tree.links.items()}
        self._waiting: dict[int, None] = {e.id: None for kind in MAKERS for e in tree.of_kind(kind)}

    @property
    def done(self) -> bool:
        """Whether the bill is up to date with the design."""
        return not self._waiting and (self._sent is not None or self._counted is None)

    def use(self, counted: Counted | None) -> None:
        """Take what a run counted (None: nothing) in place of stated figures."""
        self._counted, self._sent = counted, None
        self._wait(element.id for kind in ("service", "nat_gateway", "host") for element in self._tree.of_kind(kind))

    def follow(self, changes: ChangeSet) -> None:
        """Note what an edit changed."""
        near: set[int] = set()
        moved = False
        for row_id in chain(changes.removed, changes.added, changes.changed):
            fields = changes.changed.get(row_id)
            if fields is not None and fields <= LOOKS:
                continue
            near.update(self._ends.pop(row_id, ()))
            link, element = self._tree.links.get(row_id), self._tree.elements.get(row_id)
            if link is not None:
                self._ends[row_id] = (link.source, link.target)
                near.update(self._ends[row_id])
            elif element is None:
                self._parts.pop(row_id, None)
                self._waiting.pop(row_id, None)
            else:
                whole = fields is not None and bool(self._tree.children(row_id)) and not fields <= {"name"}
                self._wait(self._tree.subtree(row_id) if whole else (row_id,))
                moved |= whole
                if element.kind not in ("vm", "volume", "host") or fields is None or fields & OF_MEMBERS:
                    near.add(row_id)
        self._wait(self._linked(near))
        if moved:  # what is linked with something inside
            self._wait(element.id for kind in LINKED for element in self._tree.of_kind(kind))
        self._sent = None

    def work(self, limit_s: float = inf) -> bool:
        """Work for about this long; True when the bill may have changed."""
        until, tree = time.perf_counter() + limit_s, self._tree
        worked = not self.done
        while self._waiting:
            element_id, _ = self._waiting.popitem()
            element = tree.elements.get(element_id)
            if element is None:
                self._parts.pop(element_id, None)
                continue
            lines = tuple(lines_of(tree, element, self._counted))
            energy = energy_of(tree, element, self._counted) if element.kind == "host" else None
            if lines or energy is not None:
                self._parts[element_id] = _Part(lines, total(lines), energy)
            else:
                self._parts.pop(element_id, None)
            if time.perf_counter() > until:
                return worked
        if self._sent is None:
            self._sent = tuple(sent_lines(tree, self._counted)) if self._counted is not None else ()
        return worked

    @property
    def total(self) -> CostSum:
        """The sum of all lines."""
        sums = [part.sum for part in self._parts.values()] + [total(self._sent or ())]
        return CostSum(
            fsum(one.usd for one in sums),
            fsum(one.low for one in sums),
            fsum(one.high for one in sums),
            sum(one.unknown for one in sums),
        )

    @property
    def lines(self) -> Iterator[CostLine]:
        """All lines, in no order."""
        yield from chain.from_iterable(part.lines for part in self._parts.values())
        yield from self._sent or ()

    @property
    def bill(self) -> Bill:
        """All lines with their energy."""
        energy = summed(part.energy for part in self._parts.values() if part.energy is not None)
        return Bill(tuple(self.lines), *energy, self._counted is not None)

    def usd_of(self, element_id: int) -> CostSum | None:
        """What one element costs; None where nothing of it costs something."""
        part = self._parts.get(element_id)
        return part.sum if part is not None else None

    def _wait(self, ids: Iterable[int]) -> None:
        elements = self._tree.elements
        self._waiting.update(dict.fromkeys(i for i in ids if i in elements and elements[i].kind in MAKERS))

    def _linked(self, ids: set[int]) -> set[int]:
        """Elements of linked kinds that are a few links away from some."""
        tree, seen, now = self._tree, set(ids), ids
        for _ in range(FAR):
            links = chain.from_iterable(tree.links_of(i) for i in now if i in tree.elements)
            ends = {end for link in links for end in (link.__dict__["source"], link.__dict__["target"])}
            now = {end for end in ends - seen if tree.elements[end].kind in LINKED}
            seen |= now
        return seen
