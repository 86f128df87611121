"""The elements of a design as one tree with links: reading, and the raw index below the edits."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import groupby, islice
from operator import ge
from typing import Any, TypeVar

from designer.model.element import ROOT_ID, Element, Link
from designer.model.history import Added, Changed, Op, Removed

T = TypeVar("T")
MOVED = frozenset(("parent", "rank"))
"""Fields that place an element among its siblings."""


class Tree:
    """Elements by id (`elements`), links by id (`links`), children in order. Only a Project changes it."""

    def __init__(self, rows: Iterable[Element | Link]) -> None:
        self.left_out: Link | None = None
        self._worked_out: dict[str, Any] = {}
        self._totals: dict[int, dict[str, float]] = {}
        self._fill(rows)

    @property
    def root(self) -> Element:
        """The design itself."""
        return self.elements[ROOT_ID]

    def children(self, element_id: int) -> list[int]:
        """Ids of the children of an element, in order. Do not change them."""
        return self._children.get(element_id, [])

    def families(self) -> Iterable[tuple[int, list[int]]]:
        """All ids, in no order, with their children, in order; some have none. Do not change them."""
        return self._children.items()

    def subtree(self, element_id: int) -> Iterator[int]:
        """The element and its descendants, parents first, in order."""
        stack, children = [element_id], self._children
        while stack:
            here = stack.pop()
            yield here
            if inside := children.get(here):
                stack.extend(reversed(inside))

    def ancestors(self, element_id: int) -> Iterator[int]:
        """The ancestors of an element, nearest first, the design last."""
        elements = self.elements
        here = elements[element_id].__dict__["parent"]
        while element_id != ROOT_ID:
            yield here
            if here == ROOT_ID:
                return
            here = elements[here].__dict__["parent"]

    def of_kind(self, kind: str) -> list[Element]:
        """All elements of a kind."""
        return list(self._of_kind.get(kind, {}).values())

    def links_of(self, element_id: int, kind: str | None = None) -> list[Link]:
        """Links that start or end at an element."""
        found = self._links_at.get(element_id)
        if not found:
            return []
        links = self.links
        return [links[i] for i in sorted(found) if kind is None or links[i].__dict__["kind"] == kind]

    def targets(self, element_id: int, kind: str) -> list[int]:
        """Ids of the targets of an element's links of a kind."""
        rows = _rows_of(self.links, self._links_at.get(element_id))
        return [link["target"] for link in rows if link["source"] == element_id and link["kind"] == kind]

    def sources(self, element_id: int, kind: str) -> list[int]:
        """Ids of the sources of links of a kind that lead to an element."""
        rows = _rows_of(self.links, self._links_at.get(element_id))
        return [link["source"] for link in rows if link["target"] == element_id and link["kind"] == kind]

    def rows(self) -> list[Element | Link]:
        """Every row that is saved, parents before children, links last."""
        return [*(self.elements[i] for i in self.subtree(ROOT_ID)), *self.links.values()]

    @contextmanager
    def without(self, link: Link) -> Iterator[None]:
        """The tree without a link. What is worked out of all links meanwhile is kept until a link changes."""
        kept = self._worked_out
        self._link_ends(link, present=False)
        self._worked_out = kept
        self.left_out = link
        try:
            yield
        finally:
            self._link_ends(link, present=True)
            self._worked_out = kept
            self.left_out = None

    def worked_out(self, name: str, work: Callable[[], T]) -> T:
        """What was worked out of all links, that one too which is left out (`without`), since a link has changed."""
        if name not in self._worked_out:
            self._worked_out[name] = work()
        found: T = self._worked_out[name]
        return found

    def total(self, element_id: int, field: str) -> float:
        """The sum of a field of all children of an element, which have it; kept until one of them changes."""
        known = self._totals.setdefault(element_id, {})
        if field not in known:
            elements = self.elements
            known[field] = math.fsum([elements[i].__dict__[field] for i in self.children(element_id)])
        return known[field]

    # -- the index

    def _fill(self, rows: Iterable[Element | Link]) -> None:
        self.elements: dict[int, Element] = {}
        self.links: dict[int, Link] = {}
        self._children: dict[int, list[int]] = {}
        self._links_at: dict[int, set[int]] = {}
        self._of_kind: dict[str, dict[int, Element]] = {}
        for row in rows:
            if isinstance(row, Link):
                self.links[row.id] = row
                self._link_ends(row, present=True)
            else:
                fields = row.__dict__
                self.elements[fields["id"]] = row
                self._of_kind.setdefault(row.kind, {})[fields["id"]] = row
                if fields["id"] != ROOT_ID:
                    self._children.setdefault(fields["parent"], []).append(fields["id"])
        for siblings in self._children.values():
            siblings.sort(key=self._rank)

    def _take_over(self, other: Tree) -> None:
        """Take the content of another tree, which must not be used afterward."""
        self.elements, self.links = other.elements, other.links
        self._children, self._links_at, self._of_kind = other._children, other._links_at, other._of_kind
        self._worked_out, self._totals = {}, {}

    def _take_back(self, ops: Sequence[Op]) -> None:
        """Undo operations that may be done, half done or not done."""
        for op in reversed(ops):
            if isinstance(op, Added):
                self.elements.pop(op.row.id, None)
                self.links.pop(op.row.id, None)
            elif not isinstance(op, Removed):
                row: Element | Link | None = self.links.get(op.id) or self.elements.get(op.id)
                if row is not None:
                    row.__dict__.update({name: old for name, (old, _) in op.fields.items()})
            elif isinstance(op.row, Link):
                self.links[op.row.id] = op.row
            else:
                self.elements[op.row.id] = op.row
        self._take_over(Tree([*self.elements.values(), *self.links.values()]))

    def _rank(self, element_id: int) -> tuple[int, int]:
        return (self.elements[element_id].__dict__["rank"], element_id)

    def _apply(self, ops: Iterable[Op]) -> None:
        """Apply operations in order; consecutive ones of one sort together."""
        for sort, some in groupby(ops, type):
            if sort is Added:
                self._enter([op.row for op in some if isinstance(op, Added)])
            elif sort is Removed:
                self._leave([op.row for op in some if isinstance(op, Removed)])
            else:
                self._change([op for op in some if isinstance(op, Changed)])

    def _enter(self, rows: Iterable[Element | Link]) -> None:
        """Add rows."""
        grown: dict[int, list[int]] = {}
        for row in rows:
            if isinstance(row, Link):
                self.links[row.id] = row
                self._link_ends(row, present=True)
                continue
            fields = row.__dict__
            element_id = fields["id"]
            self.elements[element_id] = row
            self._of_kind.setdefault(row.kind, {})[element_id] = row
            _attach(self, element_id, fields, grown)
        self._sort(grown)

    def _leave(self, rows: Iterable[Element | Link]) -> None:
        """Remove rows."""
        gone: dict[int, set[int]] = {}
        for row in rows:
            if isinstance(row, Link):
                del self.links[row.id]
                self._link_ends(row, present=False)
                continue
            fields = row.__dict__
            del self.elements[fields["id"]]
            del self._of_kind[row.kind][fields["id"]]
            gone.setdefault(fields["parent"], set()).add(fields["id"])
        self._without(gone)

    def _without(self, gone: Mapping[int, set[int]]) -> None:
        """Remove children, by parent, from the lists."""
        for parent, some in gone.items():
            self._totals.pop(parent, None)
            siblings = self._children[parent]
            if len(some) == 1:
                siblings.remove(*some)
            else:
                siblings[:] = [i for i in siblings if i not in some]

    def _sort(self, grown: Mapping[int, Sequence[int]]) -> None:
        """Sort the children that `_attach` has put after others, by parent."""
        for parent, ranks in grown.items():
            self._totals.pop(parent, None)
            if any(map(ge, ranks, islice(ranks, 1, None))):  # of one rank: by id
                self._children[parent].sort(key=self._rank)

    def _change(self, ops: Sequence[Changed]) -> None:
        """Give rows new values; siblings whose order or parent changes are sorted once."""
        links: dict[int, Link] = {op.id: self.links[op.id] for op in ops if op.id in self.links}
        moved = {op.id for op in ops if op.id not in links and op.id != ROOT_ID and MOVED & op.fields.keys()}
        gone: dict[int, set[int]] = {}
        for element_id in moved:
            gone.setdefault(self.elements[element_id].__dict__["parent"], set()).add(element_id)
        self._without(gone)
        for link in links.values():
            self._link_ends(link, present=False)
        for op in ops:
            row: Element | Link = links[op.id] if op.id in links else self.elements[op.id]
            if isinstance(row, Element):
                self._totals.pop(row.__dict__["parent"], None)
            row.__dict__.update({name: new for name, (_, new) in op.fields.items()})
        for link in links.values():
            self._link_ends(link, present=True)
        grown: dict[int, list[int]] = {}
        for element_id in moved:
            _attach(self, element_id, self.elements[element_id].__dict__, grown)
        self._sort(grown)

    def _link_ends(self, link: Link, present: bool) -> None:
        self._worked_out = {}
        for end in (link.source, link.target):
            links = self._links_at.setdefault(end, set())
            if present:
                links.add(link.id)
            else:
                links.discard(link.id)


def _rows_of(links: Mapping[int, Link], ids: Collection[int] | None) -> list[dict[str, Any]]:
    """The fields of some links, by their ids in order."""
    if not ids:
        return []
    return [links[i].__dict__ for i in (ids if len(ids) == 1 else sorted(ids))]


def _attach(tree: Tree, element_id: int, fields: Mapping[str, Any], grown: dict[int, list[int]]) -> None:
    """Put an element after the children of its parent; `grown` keeps their ranks, from the last before on."""
    parent = fields["parent"]
    siblings = tree._children.setdefault(parent, [])
    ranks = grown.get(parent)
    if ranks is None:
        ranks = grown[parent] = [tree.elements[siblings[-1]].__dict__["rank"]] if siblings else []
    siblings.append(element_id)
    ranks.append(fields["rank"])
