"""The elements of a design as one tree with links between them: reading, and the raw index beneath the edits."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from designer.model.element import ROOT_ID, Element, Link
from designer.model.history import Added, Changed, Op


class Tree:
    """Elements by id (`elements`), links by id (`links`), children in order. To be changed through a Project only."""

    def __init__(self, rows: Iterable[Element | Link]) -> None:
        self._fill(rows)

    @property
    def root(self) -> Element:
        """The design itself."""
        return self.elements[ROOT_ID]

    def children(self, element_id: int) -> list[int]:
        """Ids of what stands in an element, in order. Not to be changed."""
        return self._children.get(element_id, [])

    def families(self) -> Iterable[tuple[int, list[int]]]:
        """All ids, in no order, with those of what stands in them, in order; some have none. Not to be changed."""
        return self._children.items()

    def subtree(self, element_id: int) -> Iterator[int]:
        """The element and all that stands in it, parents first, in order."""
        stack = [element_id]
        while stack:
            here = stack.pop()
            yield here
            stack.extend(reversed(self.children(here)))

    def ancestors(self, element_id: int) -> Iterator[int]:
        """What the element stands in, nearest first, the design last."""
        here = self.elements[element_id].parent
        while element_id != ROOT_ID:
            yield here
            if here == ROOT_ID:
                return
            here = self.elements[here].parent

    def of_kind(self, kind: str) -> list[Element]:
        """All elements of a kind."""
        return list(self._of_kind.get(kind, {}).values())

    def links_of(self, element_id: int, kind: str | None = None) -> list[Link]:
        """Links that start or end at an element."""
        found = (self.links[i] for i in self._links_at.get(element_id, ()))
        return sorted((k for k in found if kind in (None, k.kind)), key=lambda k: k.id)

    def targets(self, element_id: int, kind: str) -> list[int]:
        """Ids of what an element's links of a kind lead to."""
        return [k.target for k in self.links_of(element_id, kind) if k.source == element_id]

    def sources(self, element_id: int, kind: str) -> list[int]:
        """Ids of what leads to an element by links of a kind."""
        return [k.source for k in self.links_of(element_id, kind) if k.target == element_id]

    def rows(self) -> list[Element | Link]:
        """Every row that is saved, parents before children, links last."""
        return [*(self.elements[i] for i in self.subtree(ROOT_ID)), *self.links.values()]

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
                held = row.__dict__
                self.elements[held["id"]] = row
                self._of_kind.setdefault(row.kind, {})[held["id"]] = row
                if held["id"] != ROOT_ID:
                    self._children.setdefault(held["parent"], []).append(held["id"])
        for siblings in self._children.values():
            siblings.sort(key=self._rank)

    def _take_over(self, other: Tree) -> None:
        """Hold what another tree holds, which is not to be used any more."""
        self.elements, self.links = other.elements, other.links
        self._children, self._links_at, self._of_kind = other._children, other._links_at, other._of_kind

    def _rank(self, element_id: int) -> tuple[int, int]:
        return (self.elements[element_id].__dict__["rank"], element_id)

    def _apply(self, op: Op) -> None:
        if isinstance(op, Changed):
            self._apply_fields(op)
        elif isinstance(op.row, Link):
            self._apply_link(op.row, isinstance(op, Added))
        elif isinstance(op, Added):
            self.elements[op.row.id] = op.row
            self._of_kind.setdefault(op.row.kind, {})[op.row.id] = op.row
            self._insert_child(op.row)
        else:
            del self.elements[op.row.id]
            del self._of_kind[op.row.kind][op.row.id]
            self._children[op.row.parent].remove(op.row.id)

    def _apply_fields(self, op: Changed) -> None:
        row: Element | Link = self.links[op.id] if op.id in self.links else self.elements[op.id]
        moved = op.id != ROOT_ID and isinstance(row, Element) and ("parent" in op.fields or "rank" in op.fields)
        if moved and isinstance(row, Element):
            self._children[row.parent].remove(op.id)
        ends = isinstance(row, Link)
        if ends and isinstance(row, Link):
            self._link_ends(row, present=False)
        for name, (_, new) in op.fields.items():
            row.__dict__[name] = new
        if moved and isinstance(row, Element):
            self._insert_child(row)
        if ends and isinstance(row, Link):
            self._link_ends(row, present=True)

    def _insert_child(self, row: Element) -> None:
        siblings = self._children.setdefault(row.parent, [])
        siblings.append(row.id)
        if len(siblings) > 1 and self._rank(siblings[-2]) > self._rank(row.id):
            siblings.sort(key=self._rank)

    def _apply_link(self, link: Link, present: bool) -> None:
        if present:
            self.links[link.id] = link
        else:
            del self.links[link.id]
        self._link_ends(link, present)

    def _link_ends(self, link: Link, present: bool) -> None:
        for end in (link.source, link.target):
            held = self._links_at.setdefault(end, set())
            if present:
                held.add(link.id)
            else:
                held.discard(link.id)
