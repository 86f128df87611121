"""A design as checks read it. It notes what each check reads, so a change runs only the checks that it concerns."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from typing import Any, TypeVar

from designer.model.element import ROOT_ID, Element
from designer.model.project import ChangeSet
from designer.model.tree import Tree

T = TypeVar("T")
Node = tuple[Callable[..., Any], int]
"""A value computed of a design for one element: a check, or a value that several checks use."""
LAYOUT = frozenset(
    {"x", "y", "w", "h", "hug", "locked", "hidden", "placed", "grouped", "rank", "note", "preset", "foreign_id"}
)
"""Fields that no check reads."""

FIELDS, INSIDE, PLACE, LINKS = range(4)
"""What can be read of an element: its own fields; its children with their fields; its ancestors; its links."""


_UNKNOWN: Any = object()


class CheckView:
    """Reads a design and remembers what each value was made of.

    When a part changes but its value stays equal, values made of it are not made again.
    """

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self._values: dict[Node, Any] = {}
        self._reads: dict[Node, dict[Hashable, None]] = {}
        self._readers: dict[Hashable, Node | set[Node]] = {}  # most are read by one
        self._open: list[dict[Hashable, None]] = [{}]
        self._stale: set[Node] = set()
        self._revision = 1
        self._changed: dict[Node, int] = {}
        self._verified: dict[Node, int] = {}
        self._touched: dict[Hashable, int] = {}
        self._parents: dict[int, int] = {i: e.__dict__["parent"] for i, e in tree.elements.items()}
        self._kinds: dict[int, str] = {i: e.kind for i, e in tree.elements.items()}
        self._ends: dict[int, tuple[int, int]] = {
            i: (link.__dict__["source"], link.__dict__["target"]) for i, link in tree.links.items()
        }

    # -- reading

    def get(self, element_id: int) -> dict[str, Any]:
        """The fields of an element. Do not change them."""
        self._open[-1][FIELDS, element_id] = None
        return self.tree.elements[element_id].__dict__

    def exists(self, row_id: int) -> bool:
        """Whether an element or a link is in the design."""
        self._open[-1][FIELDS, row_id] = None
        return row_id in self.tree.elements or row_id in self.tree.links

    def name(self, element_id: int) -> str:
        """What people call an element."""
        name: str = self.get(element_id)["name"]
        return name

    def kind(self, element_id: int) -> str:
        """The kind of an element."""
        return self.tree.elements[element_id].kind

    def inside(self, element_id: int, *kinds: str) -> list[Element]:
        """The children of an element, of some kinds (of all without a kind)."""
        self._open[-1][INSIDE, element_id] = None
        elements = self.tree.elements
        found = [elements[i] for i in self.tree.children(element_id)]
        return [element for element in found if element.kind in kinds] if kinds else found

    def parent(self, element_id: int) -> int:
        """The id of an element's parent."""
        self._open[-1][PLACE, element_id] = None
        parent: int = self.tree.elements[element_id].__dict__["parent"]
        return parent

    def above(self, element_id: int, *kinds: str) -> int:
        """The nearest of an element and its ancestors of one of some kinds; 0 without one."""
        here = element_id
        while here != ROOT_ID:
            if self.tree.elements[here].kind in kinds:
                return here
            here = self.parent(here)
        return 0

    def targets(self, element_id: int, kind: str) -> list[int]:
        """The targets of an element's links of a kind."""
        self._open[-1][LINKS, element_id] = None
        return self.tree.targets(element_id, kind)

    def sources(self, element_id: int, kind: str) -> list[int]:
        """The sources of links of a kind that lead to an element."""
        self._open[-1][LINKS, element_id] = None
        return self.tree.sources(element_id, kind)

    def of_kind(self, kind: str) -> list[int]:
        """All elements of a kind."""
        self._open[-1][kind] = None
        return [element.id for element in self.tree.of_kind(kind)]

    def value(self, make: Callable[[CheckView, int], T], element_id: int) -> T:
        """The result of `make` for an element: computed once, and again after what it reads has changed."""
        node = (make, element_id)
        self._open[-1][node] = None
        found = self._values.get(node, _UNKNOWN)
        if found is _UNKNOWN or node in self._stale:
            found = self._fresh(node, found)
        return found  # type: ignore[no-any-return]

    def _fresh(self, node: Node, found: Any) -> Any:
        """A value that is not known yet, or that may have changed since it was `found`."""
        if found is not _UNKNOWN and self._holds(node):
            self._stale.discard(node)
            self._verified[node] = self._revision
            return found
        reads: dict[Hashable, None] = {}
        self._open.append(reads)
        try:
            made = node[0](self, node[1])
        finally:
            self._open.pop()
        self._note(node, reads)
        if found is not _UNKNOWN and made == found:
            return found
        self._values[node], self._changed[node] = made, self._revision
        return made

    def _holds(self, node: Node) -> bool:
        """Whether everything that a value was made of is unchanged. What was read first is checked first."""
        since, reads = self._verified[node], self._reads[node]
        if any(self._touched.get(read, 0) > since for read in reads):
            return False
        for read in reads:
            found = self._values.get(read, _UNKNOWN)  # type: ignore[call-overload]
            if found is not _UNKNOWN:
                if read in self._stale:
                    self._fresh(read, found)
                if self._changed[read] > since:  # type: ignore[index]
                    return False
        return True

    def _note(self, node: Node, reads: dict[Hashable, None]) -> None:
        readers = self._readers
        if node in self._reads:
            for read in self._reads[node].keys() - reads.keys():
                known = readers[read]
                if isinstance(known, set):
                    known.discard(node)
                else:
                    del readers[read]
        for read in reads:
            known = readers.setdefault(read, node)
            if known is node:
                pass
            elif isinstance(known, set):
                known.add(node)
            elif known != node:
                readers[read] = {known, node}
        self._reads[node], self._verified[node] = reads, self._revision
        self._stale.discard(node)

    # -- following

    def follow(self, changes: ChangeSet) -> set[Node]:
        """Note what has changed; return the values that may have changed."""
        self._open = [{}]
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
        self._revision += 1
        self._touched.update(dict.fromkeys(touched, self._revision))
        return self._doubt(touched)

    def _came_or_went(self, row_id: int) -> set[Hashable]:
        """What changed after a row was added, removed, moved or linked: where it was and where it is."""
        touched: set[Hashable] = {(LINKS, end) for end in self._ends.pop(row_id, ())} | {(FIELDS, row_id)}
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

    def _doubt(self, touched: Iterable[Hashable]) -> set[Node]:
        """Mark the values made of something, and those made of them; return all that is marked."""
        marked: set[Node] = set()
        waiting = list(touched)
        while waiting:
            known = self._readers.get(waiting.pop(), ())
            for node in known if isinstance(known, set) else (known,) if known else ():
                if node not in marked:
                    marked.add(node)
                    waiting.append(node)
        self._stale |= marked
        return marked
