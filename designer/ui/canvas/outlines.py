"""Sets on the drawing: outlines around members that stand together, badges on members that are scattered."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF

from designer.model.kind import Layer, LinkKind
from designer.model.project import ChangeSet
from designer.ui.canvas.world import World

F = NDArray[np.float64]
Rows = NDArray[np.int64]

WITHIN = 4.0
"""How far an outline inside a container keeps from its border, in drawing units."""
FARTHEST, NESTED = 5.0, 3.0
"""How far an outline keeps from its members at most, and how much nearer to them each further one lies."""
MOST_PIECES = 400
"""With more members than that an outline goes around those in one container at most."""


@dataclass(frozen=True)
class Outline:
    """A dashed line around members of a set; `box` in drawing units (left, top, right, bottom)."""

    row: int
    layer: Layer
    box: tuple[float, float, float, float]
    named: bool
    holder: int


@dataclass
class Set:
    """A set with its members as rows, `inner` those inside which its outline lies."""

    row: int
    layer: Layer
    members: list[int] = field(default_factory=list)
    inner: list[int] = field(default_factory=list)


class Outlines:
    """Follows the project; `update` works outlines and badges out when something has changed."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.outlines: list[Outline] = []
        self.sets: dict[int, Set] = {}
        self.badges: dict[int, list[int]] = {}
        """Of scattered members: the rows of their sets."""
        self.number: dict[int, int] = {}
        """Of each set with badges: the number of its color."""
        self.plates: list[tuple[QRectF, int]] = []
        """Where names stood in the last picture, in pixels, and whose they are."""
        self.focus: frozenset[int] = frozenset()
        self._stale = True
        self._version = -1

    def follow(self, changes: ChangeSet) -> None:
        """Take over what changed."""
        if changes.removed or any(i in self.world.project.links for i in changes.ids):
            self._stale = True

    def forget(self) -> None:
        """The design is another one."""
        self._stale = True

    def set_focus(self, ids: Iterable[int]) -> None:
        """Tell what is selected: members of a selected set are marked."""
        self.focus = frozenset(ids)

    def set_at(self, at: QPointF) -> int:
        """The row of the set whose name stands at a point of the window, -1 for none."""
        return next((row for plate, row in self.plates if plate.contains(at)), -1)

    def sets_of(self, row: int) -> list[int]:
        """The rows of the sets that a thing is a member of."""
        return [s.row for s in self.sets.values() if row in s.members or row in s.inner]

    def update(self) -> None:
        """Work out what has changed."""
        if not self._stale and self._version == self.world.version:
            return
        self._stale, self._version = False, self.world.version
        self._read()
        self.outlines, self.badges, self.number = [], {}, {}
        found: list[Outline] = []
        for each in self.sets.values():
            found += self._within(each)
            found += self._around(each)
        self.outlines = _nested(found)

    def _read(self) -> None:
        world, project = self.world, self.world.project
        self.sets = {}
        for link in project.links.values():
            kind: LinkKind = project.link_kinds[link.kind]
            if not kind.outlines:
                continue
            ends = (link.source, link.target) if kind.shown == "within" else (link.target, link.source)
            row, member = (world.row_near(i) for i in ends)
            if row < 0 or member < 0:
                continue
            held = self.sets.setdefault(row, Set(row, kind.layer))
            (held.inner if kind.shown == "within" else held.members).append(member)
        for held in self.sets.values():
            held.members = list(dict.fromkeys(held.members))
        self.sets = dict(sorted(self.sets.items()))

    def _within(self, each: Set) -> list[Outline]:
        world = self.world
        made = []
        for row in each.inner:
            top = world.y[row] + world.project.kinds[world.kind_name(row)].box.header + WITHIN
            left, right = world.x[row] + WITHIN, world.x[row] + world.w[row] - WITHIN
            box = (float(left), float(top), float(right), float(world.y[row] + world.h[row] - WITHIN))
            made.append(Outline(each.row, each.layer, box, False, row))
        return made

    def _around(self, each: Set) -> list[Outline]:
        world = self.world
        inner = set(each.inner)
        rows = np.array([r for r in each.members if int(world.parent[r]) not in inner], np.int64)
        if not rows.size:
            return []
        cells = rows[world.is_vm[rows]]
        made = self._around_cells(each, cells) if cells.size else []
        others = rows[~world.is_vm[rows]]
        if others.size:
            strange = self._strangers(others)
            parts = [others] if others.size <= MOST_PIECES else self._by_parent(others)
            for part in parts:
                made += self._cover(each, part, strange)
        return made

    def _by_parent(self, rows: Rows) -> list[Rows]:
        above = self.world.parent[rows]
        return [rows[above == parent] for parent in np.unique(above)]

    def _strangers(self, rows: Rows) -> NDArray[np.bool_]:
        """What is neither a member nor in one nor what one stands in."""
        world = self.world
        strange = np.ones(world.ids.size, np.bool_)
        for row in rows.tolist():
            strange[world.subtree(row)] = False
        above = rows
        while above.size:
            above = np.unique(world.parent[above])
            above = above[above >= 0]
            strange[above] = False
        return strange

    def _union(self, rows: Rows) -> F:
        world = self.world
        right, bottom = (world.x + world.w)[rows].max(), (world.y + world.h)[rows].max()
        return np.array([world.x[rows].min(), world.y[rows].min(), right, bottom])

    def _cover(self, each: Set, rows: Rows, strange: NDArray[np.bool_]) -> list[Outline]:
        """One outline around all if nothing else stands there, else one in each part of their container."""
        world, box = self.world, self._union(rows)
        meets = strange & (world.x < box[2]) & (world.x + world.w > box[0])
        meets &= (world.y < box[3]) & (world.y + world.h > box[1])
        if rows.size == 1 or not meets.any():
            return [self._outline(each, rows, box, True)]
        made = []
        for part in self._parts(rows):
            made += self._cover(each, part, strange)
        return made

    def _parts(self, rows: Rows) -> list[Rows]:
        """Rows by the part of their innermost common container in which they stand."""
        parent, tops = self.world.parent, rows.copy()
        chains: list[list[int]] = []
        for row in rows.tolist():
            chain = [row]
            while parent[chain[-1]] >= 0:
                chain.append(int(parent[chain[-1]]))
            chains.append(chain[::-1])
        level = 0
        while all(len(c) > level + 1 for c in chains) and len({c[level] for c in chains}) == 1:
            level += 1
        tops = np.array([chain[level] for chain in chains])
        return [rows[tops == top] for top in np.unique(tops)]

    def _outline(self, each: Set, rows: Rows, box: F, named: bool) -> Outline:
        world = self.world
        holders = np.unique(world.parent[rows])
        holder = int(holders[0]) if holders.size == 1 else -1
        gap = world.project.kinds[world.kind_name(int(world.parent[rows[0]]))].box.gap if holders[0] >= 0 else 24.0
        away = min(FARTHEST, gap / 2)
        left, top, right, bottom = (box + np.array([-away, -away, away, away])).tolist()
        return Outline(each.row, each.layer, (left, top, right, bottom), named, holder)

    def _around_cells(self, each: Set, cells: Rows) -> list[Outline]:
        """Outlines around VMs that fill what they stand in; badges for the others."""
        world = self.world
        made = []
        for part in self._by_parent(cells):
            holder = int(world.parent[part[0]])
            if holder >= 0 and part.size > 1 and part.size == world.children(holder).size:
                made.append(self._outline(each, part, self._union(part), False))
                continue
            self.number.setdefault(each.row, len(self.number))
            for row in part.tolist():
                self.badges.setdefault(row, []).append(each.row)
        return made


def _nested(found: list[Outline]) -> list[Outline]:
    """Outlines of several sets along the same lines, each further one nearer to its members."""
    done: list[Outline] = []
    boxes = np.zeros((len(found), 4))
    owner = np.zeros(len(found), np.int64)
    for n, one in enumerate(found):
        box = np.array(one.box)
        near = np.abs(boxes[:n] - box) < 2.0
        same = near.any(axis=1) & (owner[:n] != one.row)
        same &= (boxes[:n, 0] < box[2]) & (boxes[:n, 2] > box[0]) & (boxes[:n, 1] < box[3]) & (boxes[:n, 3] > box[1])
        boxes[n], owner[n] = box, one.row
        inset = NESTED * np.unique(owner[:n][same]).size
        shrunk = (box[0] + inset, box[1] + inset, box[2] - inset, box[3] - inset)
        if inset and shrunk[2] - shrunk[0] > 8 and shrunk[3] - shrunk[1] > 8:
            one = Outline(one.row, one.layer, tuple(float(v) for v in shrunk), one.named, one.holder)  # type: ignore[arg-type]
        done.append(one)
    return done
