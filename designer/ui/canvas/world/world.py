"""The drawing as numpy rows in depth-first order: a subtree is a slice, and moving it is one addition."""

from __future__ import annotations

from collections import Counter
from itertools import chain
from operator import itemgetter

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF

from designer.model.boxes import BOX_LIMITS, within
from designer.model.element import ROOT_ID
from designer.model.project import ChangeSet, Project

CELLS = ("vm", "application")
"""Kinds that are painted as cells of heat: VMs, and applications that have a host for themselves."""
GEOMETRY = {"x", "y", "w", "h", "hug"}
F = NDArray[np.float64]

ATTACHED = "attached_to"
"""The links by which VMs have volumes that stand elsewhere."""


class World:
    """A row an element that is drawn (not the design itself, nor what stands in a VM): absolute box in drawing units,
    kind, subtree.

    `end[r]` is the row after the subtree of r; `parent[r]` the row of what it stands in, -1 for the design. `own` holds
    the boxes relative to the parent. `version` is another number after each change.
    """

    def __init__(self, project: Project) -> None:
        self.project = project
        self.kinds = [name for name, kind in project.kinds.items() if kind.drawn and name != "design"]
        self._code = {name: n for n, name in enumerate(self.kinds)}
        self.version = 0
        self.collapsed: set[int] = set()
        """The ids of containers whose content is not drawn."""
        self._sorted_for: NDArray[np.int64] | None = None
        self.rebuild()

    def rebuild(self) -> None:
        """Read the whole project."""
        self.version += 1
        elements = self.project.elements
        ids, codes = self._drawn()
        fields = [elements[i].__dict__ for i in ids]
        self.ids = np.array(ids, np.int64)
        self.row_of = {element_id: row for row, element_id in enumerate(ids)}
        self.parent = np.array([self.row_of.get(h["parent"], -1) for h in fields], np.int64)
        self.kind = np.array(codes, np.int16)
        self.names = [h["name"] for h in fields]
        boxes = chain.from_iterable(map(itemgetter(*BOX_LIMITS), fields))
        self.own = np.fromiter(boxes, np.float64, 4 * len(fields)).reshape(-1, 4)
        farthest = np.array([*BOX_LIMITS.values()])
        np.clip(self.own, -farthest, farthest, out=self.own)  # beyond, Qt's painter fails
        self.end = self._ends()
        self._place_all()
        self._note_kinds()
        self.folded = {self.row_of[i]: self._content_of(i) for i in self.collapsed if i in self.row_of}
        """Of each collapsed container how many of each kind stand in it."""

    def _drawn(self) -> tuple[list[int], list[int]]:
        """Ids of what has a box, and its kind as a number: its kind is drawn, and it stands in what holds boxes (a VM
        is one cell), and neither it nor what it stands in is hidden."""
        elements, kinds, children = self.project.elements, self.project.kinds, self.project.children
        holds = {name for name, kind in kinds.items() if kind.container}
        ids: list[int] = []
        codes: list[int] = []
        left = [ROOT_ID]
        while left:
            here = left.pop()
            if elements[here].__dict__["hidden"]:
                continue
            kind = elements[here].kind
            code = self._code.get(kind)
            if code is not None:
                ids.append(here)
                codes.append(code)
            if kind in holds and here not in self.collapsed:
                left.extend(reversed(children(here)))
        return ids, codes

    def _content_of(self, container_id: int) -> Counter[str]:
        return Counter(self.project.elements[i].kind for i in self.project.subtree(container_id) if i != container_id)

    def count(self, row: int, kind: str) -> int:
        """How many of a kind stand in a row, also in collapsed containers."""
        below = self.subtree(row)
        drawn = int((self.kind[below] == self._code.get(kind, -1)).sum()) - (self.kind_name(row) == kind)
        return drawn + sum(held[kind] for at, held in self.folded.items() if below.start <= at < below.stop)

    def _ends(self) -> NDArray[np.int64]:
        parent, end = self.parent.tolist(), list(range(1, len(self.ids) + 1))
        for row in range(len(end) - 1, -1, -1):
            above = parent[row]
            if above >= 0 and end[row] > end[above]:
                end[above] = end[row]
        return np.array(end, np.int64)

    def _place_all(self) -> None:
        self.x, self.y = self.own[:, 0].copy(), self.own[:, 1].copy()
        self.w, self.h = self.own[:, 2].copy(), self.own[:, 3].copy()
        above = self.parent.copy()
        while above.size and (above >= 0).any():
            inside = above >= 0
            self.x[inside] += self.own[above[inside], 0]
            self.y[inside] += self.own[above[inside], 1]
            above = np.where(inside, self.parent[above], -1)

    def _note_kinds(self) -> None:
        kinds = self.project.kinds
        leaf = np.array([not kinds[name].container for name in self.kinds], np.bool_)
        self.is_leaf = leaf[self.kind] if self.kind.size else np.zeros(0, np.bool_)
        cells = [self._code[name] for name in CELLS if name in self._code]
        self.is_vm = np.isin(self.kind, np.array(cells, np.int16))
        self.contents = self._contents()
        self.is_host = self.kind == self._code.get("host", -1)
        self.host_cell = kinds["host"].box.cell[0]

    def _contents(self) -> dict[int, dict[str, int]]:
        """For VMs that hold what has no box, or have volumes that stand elsewhere: how many of each kind."""
        elements = self.project.elements
        counts: dict[int, Counter[str]] = {}
        for element_id in elements.keys() - self.row_of.keys():
            row = self.row_of.get(elements[element_id].__dict__["parent"])
            if row is not None and self.is_vm[row]:
                counts.setdefault(row, Counter())[elements[element_id].kind] += 1
        for link in self.project.links.values():
            if link.kind == ATTACHED and link.source in self.row_of and link.target in self.row_of:
                counts.setdefault(self.row_of[link.target], Counter())[elements[link.source].kind] += 1
        return {row: dict(kinds) for row, kinds in counts.items()}

    def follow(self, changes: ChangeSet) -> bool:
        """Note what changed; return False when nothing drawn did."""
        elements = self.project.elements
        if any(i in elements for i in changes.added) or any(i in self.row_of for i in changes.removed):
            self.rebuild()
            return True
        structural = {"parent", "rank", "hidden"}
        touched = False
        for element_id, fields in changes.changed.items():
            if fields & structural and element_id in elements:
                self.rebuild()
                return True
        links = self.project.links
        attached = any(i in links and links[i].kind == ATTACHED for i in (*changes.added, *changes.changed))
        if attached or (changes.removed and self.contents):
            self.contents, touched = self._contents(), True
        for element_id, fields in changes.changed.items():
            row = self.row_of.get(element_id)
            if row is not None:
                self._take(row, element_id, fields)
                touched = True
        return touched

    def _take(self, row: int, element_id: int, fields: set[str]) -> None:
        self.version += 1
        values = self.project.elements[element_id].__dict__
        if "name" in fields:
            self.names[row] = values["name"]
        if fields & GEOMETRY:
            box = [within(values[name], most) for name, most in BOX_LIMITS.items()]
            dx, dy = box[0] - self.own[row, 0], box[1] - self.own[row, 1]
            below = slice(row, int(self.end[row]))
            self.x[below] += dx
            self.y[below] += dy
            self.own[row] = box
            self.w[row], self.h[row] = box[2:]

    # -- asking

    def rect(self, row: int) -> QRectF:
        """The box of a row in the drawing."""
        return QRectF(self.x[row], self.y[row], self.w[row], self.h[row])

    def bounds(self) -> QRectF:
        """The box around everything; empty when there is nothing."""
        top = self.parent < 0
        if not top.any():
            return QRectF()
        left, above = float(self.x[top].min()), float(self.y[top].min())
        right, below = float((self.x + self.w)[top].max()), float((self.y + self.h)[top].max())
        return QRectF(left, above, right - left, below - above)

    def visible(self, area: QRectF) -> NDArray[np.bool_]:
        """Which rows meet an area."""
        meets: NDArray[np.bool_] = (
            (self.x < area.right())
            & (self.x + self.w > area.left())
            & (self.y < area.bottom())
            & (self.y + self.h > area.top())
        )
        return meets

    def at(self, x: float, y: float, without: NDArray[np.bool_] | None = None) -> int:
        """The innermost row at a point, -1 where there is none."""
        hit = (self.x <= x) & (x < self.x + self.w) & (self.y <= y) & (y < self.y + self.h)
        if without is not None:
            hit &= ~without
        rows = np.flatnonzero(hit)
        return int(rows[-1]) if rows.size else -1

    def inside(self, area: QRectF) -> NDArray[np.int64]:
        """The outermost rows that lie wholly in an area."""
        within = (
            (self.x >= area.left())
            & (self.x + self.w <= area.right())
            & (self.y >= area.top())
            & (self.y + self.h <= area.bottom())
        )
        above = self.parent
        nested = within & (above >= 0) & within[np.maximum(above, 0)]
        return np.flatnonzero(within & ~nested)

    def subtree(self, row: int) -> slice:
        """The rows of an element and all that stands in it."""
        return slice(row, int(self.end[row]))

    def children(self, row: int) -> NDArray[np.int64]:
        """The rows of what stands in a row (-1: in the design), in order."""
        if self._sorted_for is not self.parent:
            self._sorted_for = self.parent
            self._by_parent = np.argsort(self.parent, kind="stable")
            self._starts = np.searchsorted(self.parent[self._by_parent], np.arange(-1, self.parent.size + 1))
        return self._by_parent[self._starts[row + 1] : self._starts[row + 2]]

    def row_near(self, element_id: int) -> int:
        """The row of an element, or of what it stands in where it has no box of its own; -1: none, or hidden."""
        elements = self.project.elements
        while element_id in elements and element_id != ROOT_ID:
            if element_id in self.row_of:
                return self.row_of[element_id]
            if elements[element_id].__dict__["hidden"]:
                return -1
            element_id = elements[element_id].__dict__["parent"]
        return -1

    def kind_name(self, row: int) -> str:
        """The kind of a row."""
        return self.kinds[int(self.kind[row])]

    def rows_of_kind(self, kind: str) -> NDArray[np.int64]:
        """The rows of a kind."""
        return np.flatnonzero(self.kind == self._code.get(kind, -1))
