"""The drawn links: bundled between visible elements, routed once, kept until something near them moves."""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF

from designer.model.element import Link
from designer.model.kind import LinkKind
from designer.model.project import ChangeSet, Project
from designer.ui.canvas.links.apart import Way, kept_apart
from designer.ui.canvas.links.lanes import lanes_apart
from designer.ui.canvas.links.routes import LinkRouter, box_of, boxes_of
from designer.ui.canvas.world.world import World
from designer.words import tr

F = NDArray[np.float64]
Rows = NDArray[np.int64]

SMALLEST_VM_PX, SMALLEST_END_PX = 14.0, 9.0
"""Smaller elements are no end of a link: the link ends at their container."""
PICK_PX = 5.0
LEAST_ROUTES = 16
"""Ways found before a frame is shown, however long it takes."""
LANES = {"service": (0.0, -4.0), "network": (1.3, 4.0), "storage": (2.6, 9.0), "power": (-2.6, -9.0),
         "physical": (3.4, -12.0), "A": (-2.6, -9.0), "B": (-1.3, 9.0)}  # fmt: skip
"""Where each sort runs in a gap (of -4 to 4), and how far from the middle of a side it comes (drawing units)."""
NEIGHBOR_LANE, NEIGHBOR_PX = 0.6, 9.0
"""How far links of neighbors of one kind keep apart."""


def feed_letter(project: Project, link: Link) -> str:
    """A or B (or another letter) of a link from a power feed: its role, its feed's name, or the feed's place."""
    role = link.role.strip().upper()
    if re.fullmatch(r"[A-Z]", role):
        return role
    feed = project.elements[link.source]
    named = re.search(r"(?:^|[^A-Za-z])([ABab])$", feed.name)
    if named:
        return named[1].upper()
    siblings = [i for i in project.children(feed.parent) if project.elements[i].kind == feed.kind]
    place = siblings.index(feed.id)
    return "ABCDEFGH"[place] if place < 8 else ""


@dataclass(eq=False)
class Bundle:
    """Links of one kind between the same two things that can be seen."""

    kind: LinkKind
    letter: str
    a: int
    b: int
    ids: list[int]
    role: str = ""
    lane: tuple[float, float] = (0.0, 0.0)
    corners: F | None = None
    """Of the way as it was found, relative to the innermost container that holds both ends."""
    way: F | None = None
    """The corners in the drawing, kept apart from other sorts; None while there is no way."""

    @property
    def text(self) -> str:
        """The label of the bundle."""
        if self.kind.shown == "reach":
            return ""
        if self.letter:
            return self.letter
        parts = [tr(self.kind.verb), self.role, f"×{len(self.ids):,}" * (len(self.ids) > 1)]
        return " ".join(part for part in parts if part)


@dataclass
class Lines:
    """All ways as arrays in drawing units: straight pieces, the bundle of each, and the tip of each bundle."""

    pieces: F = field(default_factory=lambda: np.zeros((0, 4)))
    of: Rows = field(default_factory=lambda: np.zeros(0, np.int64))
    drawn: Rows = field(default_factory=lambda: np.zeros(0, np.int64))
    tips: F = field(default_factory=lambda: np.zeros((0, 4)))
    """Of each drawn bundle where it ends, and the direction in which it comes there."""


class DrawnLinks:
    """Follows the project. `update` bundles links for a scale; `find_ways` routes bundles without a way."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.bundles: list[Bundle] = []
        self.lines = Lines()
        self.budget_s: float | None = None
        self._stale = True
        self._rows_of: object = None
        self._shape: object = None
        self._asked: object = None
        self._focus: frozenset[int] = frozenset()
        self._router = LinkRouter(world)
        self._ways: dict[tuple[int, int, str, str], tuple[tuple[float, ...], F]] = {}
        self._waiting: list[int] = []

    # -- following

    def follow(self, changes: ChangeSet) -> None:
        """Note what changed."""
        links = self.world.project.links
        feeds = {i for i, fields in changes.changed.items() if "name" in fields}
        if changes.removed or feeds or not links.keys().isdisjoint(changes.ids):
            self._stale = True

    def forget(self) -> None:
        """Forget everything: another design is shown."""
        self._stale = True
        self._ways.clear()

    def set_focus(self, ids: Iterable[int]) -> None:
        """Set the selection: quiet links are drawn at selected elements only."""
        focus = frozenset(ids)
        if focus != self._focus:
            self._focus, self._shape = focus, None

    @property
    def pending(self) -> bool:
        """Whether links wait for their way."""
        return bool(self._waiting)

    def _read(self) -> None:
        """Read all links that are lines: rows of their ends and what they look like."""
        world, project = self.world, self.world.project
        looks: dict[tuple[str, str, str], int] = {}
        found: list[tuple[int, int, int, int]] = []
        for link in project.links.values():
            kind = project.link_kinds[link.kind]
            a, b = world.row_near(link.source), world.row_near(link.target)
            if a < 0 or b < 0 or a == b or kind.shown in ("around", "within"):
                continue
            if kind.shown == "reach":
                a, b = b, a
            letter = feed_letter(project, link) if link.kind == "feeds" else ""
            look = looks.setdefault((link.kind, letter, "" if letter else link.role), len(looks))
            found.append((link.id, a, b, look))
        table = np.array(found, np.int64).reshape(-1, 4)
        self._ids, self._a, self._b, self._look = (table[:, n].copy() for n in range(4))
        self._looks = list(looks)
        kinds = [project.link_kinds[kind] for kind, _, _ in looks]
        self._reach = np.array([k.shown == "reach" for k in kinds], np.bool_)[self._look]
        self._gathered = np.array([k.shown == "gathered" for k in kinds], np.bool_)[self._look]
        self._quiet = np.array([k.shown == "quiet" for k in kinds], np.bool_)[self._look]
        if self._reach.any():
            self._b[self._reach] = self._zones(self._b[self._reach])
        self._stale, self._rows_of, self._shape = False, world.ids, None

    def _zones(self, rows: Rows) -> Rows:
        """The zone in which rows stand, or what stands outermost."""
        world = self.world
        zone = world.kinds.index("zone")
        while True:
            above = world.parent[rows]
            go = (above >= 0) & (world.kind[rows] != zone)
            if not go.any():
                return rows
            rows = np.where(go, above, rows)

    # -- bundling

    def update(self, scale: float) -> None:
        """Bundle links for a scale. Unchanged bundles keep their way."""
        world = self.world
        if self._stale or self._rows_of is not world.ids:
            self._read()
        asked = (world.version, scale, self._focus)
        if self._shape is not None and asked == self._asked:
            return
        self._asked = asked
        focused = self._focused()
        a, b = self._seen(self._gather(self._gathered & ~focused), scale), self._seen(self._b, scale)
        within = ((a != self._a) & self._holds(a, b)) | ((b != self._b) & self._holds(b, a))
        used = (a != b) & ~within & ~(self._quiet & ~focused)
        shape = (world.version, a[used].tobytes(), b[used].tobytes(), used.tobytes())
        if shape == self._shape:
            return
        self._shape = shape
        rows, looks = np.int64(max(world.ids.size, 1)), np.int64(max(len(self._looks), 1))
        keys, inverse = np.unique((a[used] * rows + b[used]) * looks + self._look[used], return_inverse=True)
        order = np.argsort(inverse, kind="stable")
        parts = np.split(self._ids[used][order], np.cumsum(np.bincount(inverse, minlength=keys.size))[:-1])
        self.bundles = [self._bundle(int(key), int(rows), int(looks), ids) for key, ids in zip(keys, parts)]
        if not self.bundles:  # nothing of the boxes is asked
            self._waiting = []
            self._assemble()
            return
        self._give_lanes()
        self._take_known_ways()

    def _gather(self, some: NDArray[np.bool_]) -> Rows:
        """The sources of all links. Where several lead from one container to a target outside of it: the container."""
        above = self.world.parent[self._a].astype(np.int64)
        rows = np.flatnonzero(some & (above >= 0) & ~self._holds(above, self._b))
        if not rows.size:
            return self._a
        keys = (above[rows] * self.world.ids.size + self._b[rows]) * len(self._looks) + self._look[rows]
        _, group, count = np.unique(keys, return_inverse=True, return_counts=True)
        several = rows[count[group] > 1]
        sources = self._a.copy()
        sources[several] = above[several]
        return sources

    def _focused(self) -> NDArray[np.bool_]:
        """Which links start or end in what is selected, or are selected themselves."""
        world, count = self.world, self.world.ids.size
        if not self._ids.size or not self._focus:
            return np.zeros(self._ids.size, np.bool_)
        focus = np.fromiter(self._focus, np.int64, len(self._focus))
        rows = world.rows_of(focus)
        rows = rows[rows >= 0]
        begun = np.bincount(rows, minlength=count + 1) - np.bincount(world.end[rows], minlength=count + 1)
        inside = begun.cumsum() > 0
        near: NDArray[np.bool_] = np.isin(self._ids, focus) | inside[self._a] | inside[self._b]
        return near

    def _seen(self, rows: Rows, scale: float) -> Rows:
        """What can be seen of rows: themselves, or what they stand in when they are too small."""
        world = self.world
        while rows.size:
            width, height = world.w[rows] * scale, world.h[rows] * scale
            small = np.where(world.is_vm[rows], width < SMALLEST_VM_PX, np.minimum(width, height) < SMALLEST_END_PX)
            go = small & (world.parent[rows] >= 0)
            if not go.any():
                break
            rows = np.where(go, world.parent[rows], rows)
        return rows

    def _holds(self, outer: Rows, inner: Rows) -> NDArray[np.bool_]:
        """Where one thing stands in the other: what is too small to be seen there has no line."""
        holds: NDArray[np.bool_] = (outer <= inner) & (inner < self.world.end[outer])
        return holds

    def _bundle(self, key: int, rows: int, looks: int, ids: Rows) -> Bundle:
        ends, look = divmod(key, looks)
        a, b = divmod(ends, rows)
        kind, letter, role = self._looks[look]
        return Bundle(self.world.project.link_kinds[kind], letter, a, b, ids.tolist(), role)

    # -- ways

    def _take_known_ways(self) -> None:
        world = self.world
        own = world.ids % 99_991  # a factor, too: else two that change places would add up to the same
        boxes = world.relative() @ np.array([1.0, 17.3, 131.7, 1013.9]) * (1.0 + own / 99_991) + own
        self._sums = np.bincount(world.parent + 1, weights=boxes, minlength=world.ids.size + 1)
        self._waiting = []
        for n, bundle in enumerate(self.bundles):
            known = self._ways.get(self._key(bundle))
            if known is not None and known[0] == self._signature(bundle):
                bundle.corners = known[1]
            else:
                self._waiting.append(n)
        if len(self._ways) > 4 * len(self.bundles) + 1000:
            kept = {self._key(bundle) for bundle in self.bundles}
            self._ways = {key: way for key, way in self._ways.items() if key in kept}
        self._assemble()

    def _key(self, bundle: Bundle) -> tuple[int, int, str, str]:
        ids = self.world.ids
        return int(ids[bundle.a]), int(ids[bundle.b]), bundle.kind.name, bundle.letter

    def _signature(self, bundle: Bundle) -> tuple[float, ...]:
        """A number that changes when something moves in a container on the way."""
        shared, one, other = self._router.common(bundle.a, bundle.b)
        size = (float(self.world.w[shared]), float(self.world.h[shared])) if shared >= 0 else ()
        return (*bundle.lane, *size, *(float(self._sums[row + 1]) for row in (shared, *one[1:], *other[1:])))

    def find_ways(self, area: QRectF) -> None:
        """Route bundles without a way, first those in an area; stop when the time for a frame is over."""
        if not self._waiting:
            return
        world = self.world
        ends = np.array([(self.bundles[n].a, self.bundles[n].b) for n in self._waiting])
        seen = world.visible(area) if not area.isEmpty() else np.ones(world.ids.size, np.bool_)
        order = np.argsort(~seen[ends].any(axis=1), kind="stable")
        until = None if self.budget_s is None else time.perf_counter() + self.budget_s
        done = 0
        for place in order.tolist():
            if until is not None and done >= LEAST_ROUTES and time.perf_counter() > until:
                break
            bundle = self.bundles[self._waiting[place]]
            upright = bundle.kind.shown == "reach"
            bundle.corners = self._router.way(bundle.a, bundle.b, bundle.lane[0], bundle.lane[1], upright)
            self._ways[self._key(bundle)] = (self._signature(bundle), bundle.corners)
            done += 1
        self._waiting = [self._waiting[place] for place in sorted(order[done:].tolist())]
        self._assemble()

    def _give_lanes(self) -> None:
        """Set where each bundle runs in gaps and meets boxes, so sorts and neighbors stay apart.

        Links that join or part at one element share a lane: those of the end with more of them.
        """
        nth = self._nth_of_kind()
        degree = Counter((b.kind.name, end) for b in self.bundles for end in (b.a, b.b))
        for bundle in self.bundles:
            name = bundle.kind.name
            hub = bundle.a if degree[name, bundle.a] >= degree[name, bundle.b] else bundle.b
            place = 0 if bundle.letter else int(nth[hub]) % 3 - 1
            lane, slide = LANES.get(bundle.letter, LANES[bundle.kind.layer])
            bundle.lane = lane + NEIGHBOR_LANE * place, slide + NEIGHBOR_PX * place

    def _nth_of_kind(self) -> Rows:
        """Of each row how many of its kind are before it."""
        kind = self.world.kind
        order = np.argsort(kind, kind="stable")
        nth = np.empty(kind.size, np.int64)
        nth[order] = np.arange(kind.size) - np.searchsorted(kind[order], kind[order])
        return nth

    def _assemble(self) -> None:
        self._keep_apart()
        pieces, of, tips, drawn = [], [], [], []
        for n, bundle in enumerate(self.bundles):
            way = bundle.way
            if way is None:
                continue
            pieces.append(np.concatenate([way[:-1], way[1:]], axis=1))
            of.append(np.full(len(way) - 1, n))
            came = np.sign(way[-1] - way[-2])
            tips.append((*way[-1], *came))
            drawn.append(n)
        if not pieces:
            self.lines = Lines()
            return
        self.lines = Lines(np.concatenate(pieces), np.concatenate(of), np.array(drawn), np.array(tips))

    def _keep_apart(self) -> None:
        """Set the ways of all bundles that have one, with ends of different sorts apart."""
        found, ways = [], []
        for bundle in self.bundles:
            bundle.way = None
            if bundle.corners is None or len(bundle.corners) < 2:
                continue
            found.append(bundle)
            way = bundle.corners + self._router.origin(self._router.common(bundle.a, bundle.b)[0])
            ends = box_of(self.world, bundle.a), box_of(self.world, bundle.b)
            ways.append(Way(way, ends, (bundle.a, bundle.b), (bundle.kind.name, bundle.letter)))
        corners = kept_apart(ways)
        if not self._waiting:
            boxes = np.flatnonzero(~self.world.is_vm)
            around = boxes_of(self.world, boxes)
            lanes_apart(corners, [bundle.letter or bundle.kind.layer for bundle in found], around)
            lanes_apart(corners, [bundle.letter or bundle.kind.name for bundle in found], around, within=True)
        for bundle, way in zip(found, corners):
            bundle.way = way

    # -- asking

    def at(self, x: float, y: float, reach: float, layers: frozenset[str]) -> Bundle | None:
        """The bundle within a distance of a point of the drawing, the nearest first."""
        pieces = self.lines.pieces
        if not len(pieces):
            return None
        low, high = np.minimum(pieces[:, :2], pieces[:, 2:]), np.maximum(pieces[:, :2], pieces[:, 2:])
        away = np.maximum(np.maximum(low - (x, y), (x, y) - high), 0.0).max(axis=1)
        for piece in np.argsort(away, kind="stable").tolist():
            if away[piece] > reach:
                return None
            bundle = self.bundles[int(self.lines.of[piece])]
            if bundle.kind.layer in layers:
                return bundle
        return None

    def way_of(self, bundle: Bundle) -> F:
        """The corners of a bundle in the drawing; none while it has no way."""
        return bundle.way if bundle.way is not None else np.zeros((0, 2))

    def holding(self, ids: Iterable[int]) -> list[Bundle]:
        """The bundles that contain some links."""
        wanted = set(ids)
        return [bundle for bundle in self.bundles if wanted & set(bundle.ids)] if wanted else []
