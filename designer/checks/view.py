"""A design as checks read it: what each reads is noted, so that a change is followed by the checks that it concerns."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from typing import Any, TypeVar

from designer.model.element import ROOT_ID, Element
from designer.model.project import ChangeSet
from designer.model.tree import Tree

T = TypeVar("T")
Node = tuple[Callable[..., Any], int]
"""Something that is worked out of a design for one element: a check, or a value that several checks use."""
LAYOUT = frozenset({"x", "y", "w", "h", "hug", "rank", "note", "preset", "foreign_id"})
"""Fields that no check reads."""

FIELDS, INSIDE, PLACE, LINKS = range(4)
"""What can be read of an element: its own fields; what stands in it, with its fields; what it stands in; its links."""


_UNKNOWN: Any = object()


class View:
    """Reads a design and remembers what each value was made of."""

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self._values: dict[Node, Any] = {}
        self._reads: dict[Node, set[Hashable]] = {}
        self._readers: dict[Hashable, set[Node]] = {}
        self._open: list[set[Hashable]] = [set()]
        self._parents: dict[int, int] = {i: e.__dict__["parent"] for i, e in tree.elements.items()}
        self._kinds: dict[int, str] = {i: e.kind for i, e in tree.elements.items()}
        self._ends: dict[int, tuple[int, int]] = {
            i: (link.__dict__["source"], link.__dict__["target"]) for i, link in tree.links.items()
        }

    # -- reading

    def get(self, element_id: int) -> dict[str, Any]:
        """The fields of an element. Not to be changed."""
        self._open[-1].add((FIELDS, element_id))
        return self.tree.elements[element_id].__dict__

    def name(self, element_id: int) -> str:
        """What people call an element."""
        name: str = self.get(element_id)["name"]
        return name

    def kind(self, element_id: int) -> str:
        """The kind of an element."""
        return self.tree.elements[element_id].kind

    def inside(self, element_id: int, *kinds: str) -> list[Element]:
        """What stands straight in an element, of some kinds (of all where none is named)."""
        self._open[-1].add((INSIDE, element_id))
        elements = self.tree.elements
        found = (elements[i] for i in self.tree.children(element_id))
        return [element for element in found if not kinds or element.kind in kinds]

    def parent(self, element_id: int) -> int:
        """The id of what an element stands in."""
        self._open[-1].add((PLACE, element_id))
        parent: int = self.tree.elements[element_id].__dict__["parent"]
        return parent

    def above(self, element_id: int, *kinds: str) -> int:
        """The nearest of an element and all that it stands in that is of one of some kinds; 0: none is."""
        here = element_id
        while here != ROOT_ID:
            if self.tree.elements[here].kind in kinds:
                return here
            here = self.parent(here)
        return 0

    def targets(self, element_id: int, kind: str) -> list[int]:
        """Where links of a kind lead from an element."""
        self._open[-1].add((LINKS, element_id))
        return self.tree.targets(element_id, kind)

    def sources(self, element_id: int, kind: str) -> list[int]:
        """What leads to an element by links of a kind."""
        self._open[-1].add((LINKS, element_id))
        return self.tree.sources(element_id, kind)

    def of_kind(self, kind: str) -> list[int]:
        """All elements of a kind."""
        self._open[-1].add(kind)
        return [element.id for element in self.tree.of_kind(kind)]

    def value(self, make: Callable[[View, int], T], element_id: int) -> T:
        """What `make` gives for an element: worked out once, and again after what it reads has changed."""
        node = (make, element_id)
        self._open[-1].add(node)
        found: T = self._values.get(node, _UNKNOWN)
        if found is _UNKNOWN:
            reads: set[Hashable] = set()
            self._open.append(reads)
            try:
                found = self._values[node] = make(self, element_id)
            finally:
                self._open.pop()
            self._reads[node] = reads
            for read in reads:
                readers = self._readers.get(read)
                if readers is None:
                    self._readers[read] = {node}
                else:
                    readers.add(node)
        return found

    # -- following

    def follow(self, changes: ChangeSet) -> set[Node]:
        """Forget what was made of what has changed; what is to be worked out anew."""
        self._open = [set()]
        touched: set[Hashable] = set()
        for row_id in (*changes.removed, *changes.added):
            touched |= self._came_or_went(row_id)
        for row_id, fields in changes.changed.items():
            if row_id in self._ends:
                touched |= self._came_or_went(row_id)
            elif row_id in self._parents and not fields <= LAYOUT:
                touched |= {(FIELDS, row_id), (INSIDE, self._parents[row_id])}
                if "parent" in fields:
                    touched |= self._came_or_went(row_id)
        return self._forget(touched)

    def _came_or_went(self, row_id: int) -> set[Hashable]:
        """What is another after a row was added, removed, moved or linked otherwise: where it was and where it is."""
        touched: set[Hashable] = {(LINKS, end) for end in self._ends.pop(row_id, ())}
        link, element = self.tree.links.get(row_id), self.tree.elements.get(row_id)
        if link is not None:
            self._ends[row_id] = ends = (link.source, link.target)
            return touched | {(LINKS, end) for end in ends}
        if row_id in self._parents:
            touched |= {(what, row_id) for what in (FIELDS, INSIDE, PLACE, LINKS)}
            touched |= {(INSIDE, self._parents.pop(row_id)), self._kinds[row_id]}
        if element is not None:
            self._parents[row_id], self._kinds[row_id] = element.parent, element.kind
            touched |= {(FIELDS, row_id), (PLACE, row_id), (INSIDE, element.parent), element.kind}
        return touched

    def _forget(self, touched: Iterable[Hashable]) -> set[Node]:
        gone: set[Node] = set()
        waiting = list(touched)
        while waiting:
            for node in self._readers.pop(waiting.pop(), ()):
                if node in gone:
                    continue
                gone.add(node)
                waiting.append(node)
                del self._values[node]
                for read in self._reads.pop(node):
                    self._readers.get(read, set()).discard(node)
        return gone
