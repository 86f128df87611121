"""Sets on the drawing: outlines around members that stand together, badges on members that are scattered."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF

from designer.model.kind import Layer, LinkKind
from designer.model.project import ChangeSet
from designer.ui.canvas.world.world import World

F = NDArray[np.float64]
Rows = NDArray[np.int64]

WITHIN = 4.0
"""How far an outline inside a container keeps from its border, in drawing units."""
FARTHEST, NESTED = 5.0, 3.0
"""How far an outline keeps from its members at most, and how much nearer to them each further one lies."""


@dataclass(frozen=True)
class SetOutline:
    """A dashed line around members of a set (or inside one), which are `rows`; `box` in drawing units (left, top,
    right, bottom)."""

    row: int
    layer: Layer
    box: tuple[float, float, float, float]
    named: bool
    holder: int
    rows: Rows = field(compare=False)


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
        self.outlines: list[SetOutline] = []
        self.sets: dict[int, Set] = {}
        self.badges: dict[int, list[int]] = {}
        """Of scattered members: the rows of their sets."""
        self.number: dict[int, int] = {}
        """Of each set with badges: the number of its color."""
        self.badged: Rows = np.zeros(0, np.int64)
        """The rows that have badges, in order."""
        self.plates: list[tuple[QRectF, int]] = []
        """Where names stood in the last picture, in pixels, and the ids of the sets that they name."""
        self.kinds: dict[str, Layer] = {}
        """The kinds that have outlines, and their layers."""
        self.focus: frozenset[int] = frozenset()
        self._stale = True
        self._version = -1
        self._rows_of: object = None
        self._whole: list[tuple[Set, Rows]] = []

    def follow(self, changes: ChangeSet) -> None:
        """Note what changed."""
        if changes.removed or not self.world.project.links.keys().isdisjoint(changes.ids):
            self._stale = True

    def forget(self) -> None:
        """Forget everything: another design is shown."""
        self._stale = True

    def set_focus(self, ids: Iterable[int]) -> None:
        """Set the selection: members of a selected set are marked."""
        self.focus = frozenset(ids)

    def set_at(self, at: QPointF) -> int:
        """The id of the set whose name stands at a point of the window, 0 for none."""
        known = self.world.row_of
        return next((i for plate, i in self.plates if plate.contains(at) and i in known), 0)

    def sets_of(self, row: int) -> list[int]:
        """The rows of the sets that a thing is a member of."""
        return [s.row for s in self.sets.values() if row in s.members or row in s.inner]

    def update(self) -> None:
        """Recompute what has changed: who belongs where, or only where it stands."""
        if self._stale or self._rows_of is not self.world.ids:
            self._read()
            self._sort_cells()
            self._version = -1
        if self._version == self.world.version:
            return
        self._version = self.world.version
        found = [self._outline(each, cells, self._union(cells), False) for each, cells in self._whole]
        for each in self.sets.values():
            found += self._within(each)
            found += self._around(each)
        self.outlines = _nested(sorted(found, key=lambda outline: outline.row))
        self.kinds = {self.world.kind_name(one.row): one.layer for one in self.outlines}

    def _read(self) -> None:
        world, project = self.world, self.world.project
        self.sets = {}
        for link in project.links.values():
            kind: LinkKind = project.link_kinds[link.kind]
            if not kind.outlines:
                continue
            ends = (link.source, link.target) if kind.shown == "within" else (link.target, link.source)
            row, member = (world.row_near(i) for i in ends)
            if row < 0 or member < 0 or (member in world.folded and world.ids[member] != ends[1]):
                continue  # what stands in a collapsed container has no outline; the container itself may
            one = self.sets.setdefault(row, Set(row, kind.layer))
            (one.inner if kind.shown == "within" else one.members).append(member)
        for one in self.sets.values():
            one.members = list(dict.fromkeys(one.members))
        self.sets = dict(sorted(self.sets.items()))
        self._stale, self._rows_of = False, world.ids

    def _within(self, each: Set) -> list[SetOutline]:
        world = self.world
        made = []
        for row in each.inner:
            top = world.y[row] + world.project.kinds[world.kind_name(row)].box.header + WITHIN
            left, right = world.x[row] + WITHIN, world.x[row] + world.w[row] - WITHIN
            box = (float(left), float(top), float(right), float(world.y[row] + world.h[row] - WITHIN))
            made.append(SetOutline(each.row, each.layer, box, False, row, np.array([row])))
        return made

    def _around(self, each: Set) -> list[SetOutline]:
        """Outlines around members that are larger than cells."""
        rows = np.array(each.members, np.int64)
        rows = rows[~self.world.is_vm[rows]] if rows.size else rows
        if not rows.size:
            return []
        strange = self._strangers(rows)
        return [outline for part in self._by_parent(rows) for outline in self._cover(each, part, strange)]

    def _by_parent(self, rows: Rows) -> list[Rows]:
        rows = rows[np.argsort(self.world.parent[rows], kind="stable")]
        above = self.world.parent[rows]
        return np.split(rows, np.flatnonzero(np.diff(above)) + 1)

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

    def _cover(self, each: Set, rows: Rows, strange: NDArray[np.bool_]) -> list[SetOutline]:
        """One outline around all if nothing else stands there, else one around each."""
        world, box = self.world, self._union(rows)
        meets = strange & (world.x < box[2]) & (world.x + world.w > box[0])
        meets &= (world.y < box[3]) & (world.y + world.h > box[1])
        if rows.size == 1 or not meets.any():
            return [self._outline(each, rows, box, True)]
        return [self._outline(each, rows[n : n + 1], self._union(rows[n : n + 1]), True) for n in range(rows.size)]

    def _outline(self, each: Set, rows: Rows, box: F, named: bool) -> SetOutline:
        world = self.world
        holders = np.unique(world.parent[rows])
        holder = int(holders[0]) if holders.size == 1 else -1
        gap = world.project.kinds[world.kind_name(int(world.parent[rows[0]]))].box.gap if holders[0] >= 0 else 24.0
        away = min(FARTHEST, gap / 2)
        left, top, right, bottom = (box + np.array([-away, -away, away, away])).tolist()
        return SetOutline(each.row, each.layer, (left, top, right, bottom), named, holder, rows)

    def _sort_cells(self) -> None:
        """Part the VMs of sets into those that fill what they stand in (outlined) and the others (badges)."""
        world = self.world
        self._whole, self.badges, self.number = [], {}, {}
        for each in self.sets.values():
            rows = np.array(each.members, np.int64)
            cells = rows[world.is_vm[rows] & ~np.isin(world.parent[rows], each.inner)] if rows.size else rows
            for part in self._by_parent(cells) if cells.size else ():
                holder = int(world.parent[part[0]])
                if holder >= 0 and part.size > 1 and part.size == world.children(holder).size:
                    self._whole.append((each, part))
                    continue
                self.number.setdefault(each.row, len(self.number))
                for row in part.tolist():
                    self.badges.setdefault(row, []).append(each.row)
        self.badged = np.fromiter(self.badges, np.int64, len(self.badges))


def _nested(found: list[SetOutline]) -> list[SetOutline]:
    """Outlines of several sets along the same lines, each further one nearer to its members."""
    done: list[SetOutline] = []
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
            one = replace(one, box=tuple(float(v) for v in shrunk))  # type: ignore[arg-type]
        done.append(one)
    return done
