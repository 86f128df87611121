"""The drawing as numpy rows in depth-first order: a subtree is a slice, and moving it is one addition."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from designer.catalog.rules.counting import numbers_of
from designer.model.boxes import BOX_LIMITS, within
from designer.model.element import ROOT_ID
from designer.model.project import ChangeSet, Project
from designer.model.ruled import RuledTree
from designer.ui.canvas.world.index import RowOf
from designer.ui.canvas.world.nested import Nested
from designer.ui.canvas.world.splice import Coming, boxes_of, ends_of, narrow, order_after, read
from designer.ui.canvas.world.unseen import Unseen

CELLS = ("vm", "application")
"""Kinds that are painted as cells of heat: VMs, and applications that have a host for themselves."""
GEOMETRY = {"x", "y", "w", "h", "hug"}
STRUCTURE = {"parent", "rank", "hidden"}
F = NDArray[np.float64]
Rows = NDArray[np.int64]

ATTACHED = "attached_to"
"""The links by which VMs have volumes that stand elsewhere."""
FEW = 64
"""Most boxes that are moved one by one; with more, all places are computed once."""
MANY = 1.0
"""When more than this part of the rows comes, goes or changes its place, all are read again, unless those are
read already."""


COMING = "coming"
"""The name in `Project.ahead` under which `World.look_ahead` is asked of a large change."""


def parents_of(project: RuledTree, changes: ChangeSet) -> set[int]:
    """What the elements stand in that came or stand elsewhere."""
    elements = project.elements
    astray = (i for i, fields in changes.changed.items() if fields & STRUCTURE)
    return {elements[i].__dict__["parent"] for i in chain(changes.added, astray) if i in elements}


class DrawnNames(Sequence[str]):
    """The names of the rows, read from the design."""

    def __init__(self, world: World) -> None:
        self._world = world

    def __len__(self) -> int:
        return self._world.ids.size

    def __getitem__(self, row):  # type: ignore[no-untyped-def]
        return self._world.project.elements[int(self._world.ids[row])].__dict__["name"]


class World(Nested):
    """A row an element that is drawn (not the design itself, nor what stands in a VM): absolute box in drawing units,
    kind, subtree.

    `end[r]` is the row after the subtree of r; `parent[r]` the row of what it stands in, -1 for the design; `depth[r]`
    how many containers hold it. `version` is another number after each change; `ids` is another array when rows came
    or went.
    """

    def __init__(self, project: Project) -> None:
        super().__init__()
        self.project = project
        self.kinds = [name for name, kind in project.kinds.items() if kind.drawn and name != "design"]
        self._code = {name: n for n, name in enumerate(self.kinds)}
        self.collapsed: set[int] = set()
        """The ids of containers whose content is not drawn."""
        self.names = DrawnNames(self)
        self._unseen = Unseen(project)
        self.rebuild()

    def rebuild(self) -> None:
        """Read the whole project."""
        fresh = read(self.project, self._code, self.collapsed, [(ROOT_ID, -1)], 0)
        self.ids, self.kind, self.parent, self.is_template = fresh.ids, fresh.kind, fresh.parent, fresh.template
        nothing, none = np.zeros(0), np.zeros(0, np.int8)
        self.x, self.y, self.depth = fresh.placed(0, nothing, nothing, none)
        self.w, self.h = narrow(fresh.own[:, 2]), narrow(fresh.own[:, 3])
        self._note_rows()
        self._unseen.note(fresh.hidden)
        self._contents: dict[int, dict[str, int]] | None = None

    def _note_rows(self) -> None:
        """Compute what follows from ids, kinds and depths."""
        self.version += 1
        kinds = self.project.kinds
        self.row_of, self.end = RowOf(self.ids), ends_of(self.depth)
        cell = np.array([name in CELLS for name in self.kinds], np.bool_)
        self.is_vm = cell[self.kind] if self.kind.size else np.zeros(0, np.bool_)
        self.is_host = self.kind == self._code.get("host", -1)
        self.host_cell = kinds["host"].box.cell[0]
        self._note_folded()

    def _note_folded(self) -> None:
        here = [i for i in self.collapsed if i in self.row_of and i in self.project.elements]
        elements, subtree = self.project.elements, self.project.subtree
        self.folded = {self.row_of[i]: numbers_of(elements[k] for k in subtree(i) if k != i) for i in here}
        """Of each collapsed container how many of each kind stand in it, templates left out. It keeps its box, so that
        nothing beside it moves when it is collapsed or expanded, and Tidy packs what is seen."""

    def count(self, row: int, kind: str) -> int:
        """How many of a kind stand in a row, also hidden or in collapsed containers; a template, which never runs, is
        none."""
        below = slice(row + 1, self.subtree(row).stop)
        drawn = int(((self.kind[below] == self._code.get(kind, -1)) & ~self.is_template[below]).sum())
        folded = sum(held[kind] for at, held in self.folded.items() if row <= at < below.stop)
        return drawn + folded + self.hidden(row, kind)

    def hidden(self, row: int, kind: str) -> int:
        """How many of a kind stand in a row and are hidden; without those in collapsed containers."""
        return self._unseen.count(self.subtree(row), kind, self.row_near, self.folded)

    @property
    def contents(self) -> dict[int, dict[str, int]]:
        """By id, for VMs that hold what has no box, or have volumes that stand elsewhere: how many of each kind."""
        if self._contents is None:
            project, elements = self.project, self.project.elements
            counts: dict[int, Counter[str]] = {}
            for name, kind in project.kinds.items():
                for element in project.of_kind(name) if set(CELLS) & set(kind.inside) else ():
                    row = self.row_of.get(element.parent, -1)
                    if row >= 0 and self.is_vm[row] and element.id not in self.row_of:
                        counts.setdefault(element.parent, Counter())[name] += 1
            for link in project.links.values():
                if link.kind == ATTACHED and link.source in self.row_of and link.target in self.row_of:
                    counts.setdefault(link.target, Counter())[elements[link.source].kind] += 1
            self._contents = {element_id: dict(kinds) for element_id, kinds in counts.items()}
        return self._contents

    # -- following

    def follow(self, changes: ChangeSet) -> bool:
        """Note what changed; return False when nothing drawn did. Rows that come, go or stand elsewhere are spliced:
        the others are not read again."""
        elements, links = self.project.elements, self.project.links
        ahead: Coming | None = changes.ahead.get(COMING)
        known_so = ahead is not None and ahead.beside is self.ids and ahead.collapsed == self.collapsed
        coming = ahead if known_so else None
        dirty = coming.dirty if coming is not None else self._dirty(self.project, changes)
        if coming is None and len(dirty) > MANY * max(self.ids.size, 2 * FEW):
            self.rebuild()
            return True
        parents = coming.parents if coming is not None else parents_of(self.project, changes)
        touched = self._follow_content(changes, dirty, parents)
        if dirty or changes.removed or any("template" in fields for fields in changes.changed.values()):
            self._unseen.forget()
        rows = self.row_of.of(np.fromiter(changes.changed, np.int64, len(changes.changed))).tolist()
        known = {i: fields for (i, fields), row in zip(changes.changed.items(), rows) if row >= 0 and i in elements}
        if known:
            self.version += 1
            self._place([i for i, fields in known.items() if fields & GEOMETRY])
            for element_id in (i for i, fields in known.items() if "template" in fields):
                self.is_template[self.row_of[element_id]] = elements[element_id].__dict__["template"]
        if self.collapsed and any(i not in links for i in changes.ids):
            self._note_folded()
            touched = touched or bool(self.folded)
        if dirty and self._splice(coming or self._coming(self.project, dirty, parents)):
            return True
        return touched or bool(known)

    def look_ahead(self, project: RuledTree, changes: ChangeSet, step: object = None) -> Coming:
        """What some changes, which a project has already, take out of these rows and put in. May be asked on another
        thread: `follow` looks itself where the rows are others by then."""
        return self._coming(project, self._dirty(project, changes), parents_of(project, changes))

    def _dirty(self, project: RuledTree, changes: ChangeSet) -> set[int]:
        """What came, went or stands elsewhere, of what is or was drawn."""
        elements = project.elements
        astray = [i for i, fields in changes.changed.items() if fields & STRUCTURE and i in elements]
        asked = [*changes.added, *changes.removed, *astray]
        rows = self.row_of.of(np.array(asked, np.int64)).tolist()
        return {i for i, row in zip(asked, rows) if row >= 0 or i in elements}

    def _coming(self, project: RuledTree, dirty: set[int], parents: set[int]) -> Coming:
        """What takes the subtrees of some elements out, and puts those back that are drawn now, in `parents`."""
        ids, collapsed = self.ids, set(self.collapsed)
        gone = np.zeros(ids.size, np.bool_)
        rows = self.drawn_rows(dirty)
        gone[rows] = True
        for row in rows[self.end[rows] > rows + 1].tolist():
            gone[self.subtree(row)] = True
        places, tops = self._landings(project, dirty, parents, gone)
        fresh = read(project, self._code, collapsed, tops, ids.size)
        return Coming(ids, collapsed, dirty, parents, gone, fresh, order_after(gone, places, fresh.lengths))

    def _follow_content(self, changes: ChangeSet, dirty: set[int], parents: set[int]) -> bool:
        """Forget what stands in VMs when it may have changed; `dirty` came, went or stands elsewhere, in `parents`."""
        elements, links = self.project.elements, self.project.links
        joined = (links.keys() & changes.added) | (links.keys() & changes.changed.keys())
        attached = any(links[i].kind == ATTACHED for i in joined)
        shown = any("hidden" in fields for fields in changes.changed.values())
        inside = any(elements[i].kind in CELLS for i in parents)
        others = [i for i in changes.changed.keys() & dirty if i in elements]
        left = bool((self.rows_of(np.array(others, np.int64)) < 0).any())
        if attached or shown or inside or left or (changes.removed and self.contents):
            self._contents = None
            return True
        return False

    def _place(self, ids: Sequence[int]) -> None:
        """Take over the boxes of some elements."""
        elements = self.project.elements
        if len(ids) <= FEW:
            for element_id in ids:
                self._move(self.row_of[element_id], element_id)
            return
        rows = self.row_of.of(np.array(ids, np.int64))
        own = boxes_of([elements[i].__dict__ for i in ids])
        inner = self.parent >= 0
        for places, column in ((self.x, 0), (self.y, 1)):
            relative = np.where(inner, places - places[self.parent], places)
            relative[rows] = own[:, column]
            places[:], above = relative, self.parent
            while (above >= 0).any():
                places += np.where(above >= 0, relative[above], 0.0)
                above = np.where(above >= 0, self.parent[above], -1)
        w, h = self.w.astype(np.float64), self.h.astype(np.float64)
        w[rows], h[rows] = own[:, 2], own[:, 3]
        self.w, self.h = narrow(w), narrow(h)

    def place_children(self, ids: Iterable[int]) -> None:
        """Show what stands in some containers where the design has it."""
        for element_id in ids:
            self._place([int(self.ids[row]) for row in self.children(self.row_of[element_id]).tolist()])

    def _move(self, row: int, element_id: int) -> None:
        values, above = self.project.elements[element_id].__dict__, int(self.parent[row])
        x, y, w, h = (within(values[name], most) for name, most in BOX_LIMITS.items())
        left, top = (self.x[above], self.y[above]) if above >= 0 else (0.0, 0.0)
        below = self.subtree(row)
        self.x[below] += left + x - self.x[row]
        self.y[below] += top + y - self.y[row]
        for name, side in (("w", w), ("h", h)):
            if float(np.float32(side)) != side:
                setattr(self, name, getattr(self, name).astype(np.float64))
            getattr(self, name)[row] = side

    def _splice(self, coming: Coming) -> bool:
        """Take out the rows that go, and put in those that come."""
        before, fresh, order = self.ids.size, coming.fresh, coming.order
        self._unseen.note(fresh.hidden)
        if not fresh.ids.size and not coming.gone.any():
            return False
        row_now = np.full(before + fresh.ids.size, -1, np.int32)
        row_now[order] = np.arange(order.size)
        x, y, depth = fresh.placed(before, self.x, self.y, self.depth)
        parent = np.append(self.parent, fresh.parent)[order]
        self.parent = np.where(parent >= 0, row_now[parent], -1)
        self.ids, self.kind = np.append(self.ids, fresh.ids)[order], np.append(self.kind, fresh.kind)[order]
        self.x, self.y = np.append(self.x, x)[order], np.append(self.y, y)[order]
        self.w = narrow(np.append(self.w, fresh.own[:, 2])[order])
        self.h = narrow(np.append(self.h, fresh.own[:, 3])[order])
        self.depth = np.append(self.depth, depth)[order]
        self.is_template = np.append(self.is_template, fresh.template)[order]
        self._note_rows()
        return True

    def _landings(
        self, project: RuledTree, dirty: set[int], parents: set[int], gone: NDArray[np.bool_]
    ) -> tuple[list[int], list[tuple[int, int]]]:
        """Before which rows the outermost of some elements come that are drawn now; their ids with the rows that they
        stand in. Where several come to one place, what stands deeper comes first."""
        found = []
        asked = sorted(parents)
        rows = self.row_of.of(np.array(asked, np.int64)).tolist()
        holders = [
            (row, project.children(holder)) for holder, row in zip(asked, rows)
            if (holder == ROOT_ID or (row >= 0 and not gone[row] and project.kind(holder).container))
            and holder not in self.collapsed
        ]  # fmt: skip
        known = iter(self.row_of.of(np.array([i for _, children in holders for i in children], np.int64)).tolist())
        for row, children in holders:
            place, depth = row + 1, int(self.depth[row]) if row >= 0 else -1
            for child, at in zip(children, known):
                if child in dirty:
                    found.append((place, -depth, child, row))
                elif at >= 0 and not gone[at]:
                    place = int(self.end[at])
        found.sort(key=lambda landing: landing[:2])
        return [landing[0] for landing in found], [landing[2:] for landing in found]

    # -- asking

    def rows_of(self, ids: Rows) -> Rows:
        """The rows of many elements, -1 for what is not drawn."""
        return self.row_of.of(ids)

    def drawn_rows(self, ids: Iterable[int]) -> Rows:
        """The rows of those of some elements that are drawn, in order."""
        rows = self.rows_of(np.fromiter(ids, np.int64))
        return rows[rows >= 0]

    def row_near(self, element_id: int) -> int:
        """The row of an element, or of what it stands in where it has no box of its own; -1: none, or hidden."""
        elements = self.project.elements
        while element_id in elements and element_id != ROOT_ID:
            row = self.row_of.get(element_id, -1)
            if row >= 0:
                return row
            if elements[element_id].__dict__["hidden"]:
                return -1
            element_id = elements[element_id].__dict__["parent"]
        return -1

    def kind_name(self, row: int) -> str:
        """The kind of a row."""
        return self.kinds[int(self.kind[row])]

    def rows_of_kind(self, kind: str) -> Rows:
        """The rows of a kind."""
        return np.flatnonzero(self.kind == self._code.get(kind, -1))
