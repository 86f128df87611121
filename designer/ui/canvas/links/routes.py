"""Ways of links around boxes: upright lines with few bends, through the gaps between boxes."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from designer.ui.canvas.world.world import World

F = NDArray[np.float64]

BEND = 30.0
"""What a bend costs, in drawing units of length."""
MOST_BENDS = 7
NEAR_THE_END = 5e-5
"""Of ways that are equal the one whose level pieces lie nearer to the end is taken, so that they part late."""
THROUGH_BOX, THROUGH_HEADER, CLOSE_TO_BOX, CLOSE_TO_END = 60.0, 2.5, 0.4, 1.0
"""What a unit of length costs in addition where it crosses a box that has nothing to do with the link, or a header, or
runs close to a box.
"""
BORDER, ALONG_BORDER = 1.8, 3.0
"""Half the width of the strip along the side of a container, and what a unit of length costs there in addition."""
NEAR_BORDER, OF_PADDING, CLOSE_TO_BORDER = 6.0, 0.4, 1.0
"""The same of a wider strip, which takes such a part of a container's padding at most."""
THROUGH_SIDE = 30.0
"""The same for upright links at the left and right: they come into a container through its top or bottom."""
TURNED_AWAY = 20.0
"""What it costs to leave or reach a box at a side that the other box does not lie beyond."""
ARROW = 4.0
"""So far from an end links do not run along it where there is room, so that arrows have a shaft."""
AROUND = 60.0
"""How far from the two ends boxes still matter, in drawing units."""
ROOT_GAP = 24.0
LANES = 11.0
"""Links of several sorts that share a gap keep such a part of it apart."""
ROOMY = 4.0
"""How much farther from boxes links run where there is room."""


class LinkRouter:
    """Finds the ways in a world; what it returns is relative to the innermost container that holds both ends."""

    def __init__(self, world: World) -> None:
        self.world = world

    def common(self, a: int, b: int) -> tuple[int, list[int], list[int]]:
        """The innermost row that holds both (-1: the design) and what stands between it and each end, ends first."""
        one, other = list(self._up(a)), list(self._up(b))
        shared = -1
        while one and other and one[-1] == other[-1]:
            shared = one.pop()
            other.pop()
        return shared, one, other

    def _up(self, row: int) -> Iterator[int]:
        while row >= 0:
            yield row
            row = int(self.world.parent[row])

    def origin(self, row: int) -> tuple[float, float]:
        """The top left corner of a container."""
        return (float(self.world.x[row]), float(self.world.y[row])) if row >= 0 else (0.0, 0.0)

    def way(self, a: int, b: int, lane: float = 0.0, slide: float = 0.0, upright: bool = False) -> F:
        """Corners of the way from a to b, both included, as rows of x and y.

        `lane` (-4..4) keeps sorts apart in gaps, `slide` (drawing units) at the sides of boxes. `upright`: leaves
        and comes at the middle of the top or bottom.
        """
        world = self.world
        shared, one, other = self.common(a, b)
        box_a, box_b = box_of(world, a), box_of(world, b)
        inner_a, inner_b = not other, not one  # one holds the other: lines end inside at its border
        starts, ends = _ports(box_a, box_b, slide, inner_b), _ports(box_b, box_a, slide, inner_a)
        if upright:
            starts, ends = _facing(starts[2:4], ends[2:4])
        walls, xs, ys = self._surroundings(shared, one, other, box_a, box_b, lane, upright)
        corners = cheapest(starts, ends, walls, xs, ys)
        return corners - self.origin(shared)

    def _surroundings(
        self, shared: int, one: list[int], other: list[int], box_a: F, box_b: F, lane: float, upright: bool
    ) -> tuple[F, list[F], list[F]]:
        """What is in the way (left, top, right, bottom, cost) and the lines along which a link may go."""
        world = self.world
        hull = np.array([*np.minimum(box_a[:2], box_b[:2]) - AROUND, *np.maximum(box_a[2:], box_b[2:]) + AROUND])
        walls: list[F] = []
        xs: list[F] = []
        ys: list[F] = []
        chain = {*one, *other}
        for holder in {shared, *one[1:], *other[1:]}:
            gap = self._gap(holder)
            boxes = _near(self._inside(holder, chain), hull)
            shift, inset = lane * gap / LANES, min(gap * 0.45, 0.9)
            for away in (gap / 2, gap / 2 + ROOMY + abs(lane) * 2):
                xs += [boxes[:, 0] - away + shift, boxes[:, 2] + away + shift]
                ys += [boxes[:, 1] - away + shift, boxes[:, 3] + away + shift]
            xs.append(_narrow(boxes[:, 2], boxes[:, 0], gap))
            ys.append(_narrow(boxes[:, 3], boxes[:, 1], gap))
            walls += [_walls(boxes, inset, THROUGH_BOX), _walls(boxes, gap / 2 + 2, CLOSE_TO_BOX)]
            if holder >= 0:
                self._add_container(holder, holder == shared, lane, walls, xs, ys)
                if upright and holder != shared:
                    walls.append(_sides(box_of(world, holder), THROUGH_SIDE)[:2])
        ends = np.array([box_of(world, rows[0]) for rows in (one, other) if rows])
        gap = min(self._gap(int(world.parent[rows[0]])) for rows in (one, other) if rows)
        stub = min(gap * 0.45, 0.9)
        walls += [_walls(ends, stub, THROUGH_BOX), _walls(ends, gap / 2 + 2, CLOSE_TO_END)]
        walls.append(_walls(ends, min(gap * 0.3, ARROW), ALONG_BORDER))
        for box in ends:
            for away, by in ((gap / 2, lane * gap / LANES), (stub, 0.0)):
                if not (upright and away == stub):  # they come to no side
                    xs.append(np.array([box[0] - away, box[2] + away]) + by)
                ys.append(np.array([box[1] - away, box[3] + away]) + by)
        if shared >= 0:  # no way leaves what holds both ends
            left, top, right, bottom = box_of(world, shared) + np.array([BORDER, BORDER, -BORDER, -BORDER])
            xs, ys = [x[(x > left) & (x < right)] for x in xs], [y[(y > top) & (y < bottom)] for y in ys]
        return np.concatenate(walls), xs, ys

    def _add_container(self, row: int, shared: bool, lane: float, walls: list[F], xs: list[F], ys: list[F]) -> None:
        """The header of a container that a link goes in, and the lines along its borders."""
        world = self.world
        kind = world.project.kinds[world.kind_name(row)].box
        left, top, right, bottom = box = box_of(world, row)
        header = np.array([[left - BORDER, top, right + BORDER, top + kind.header, THROUGH_HEADER]])
        near = min(NEAR_BORDER, OF_PADDING * kind.padding)
        walls += [header, _sides(box, ALONG_BORDER), _sides(box, CLOSE_TO_BORDER, near)]
        inside = kind.padding / 2 + lane * kind.padding / LANES
        xs.append(np.array([left + inside, right - inside]))
        ys.append(np.array([top + kind.header + inside, bottom - inside]))
        if not shared:
            gap = self._gap(int(world.parent[row]))
            outside = gap / 2 - lane * gap / LANES
            xs.append(np.array([left - outside, right + outside]))
            ys.append(np.array([top - outside, bottom + outside]))

    def _gap(self, holder: int) -> float:
        if holder < 0:
            return ROOT_GAP
        return max(self.world.project.kinds[self.world.kind_name(holder)].box.gap, 1.0)

    def _inside(self, holder: int, chain: set[int]) -> F:
        """Boxes of what stands in a container, without those that a link goes in or to; cells as whole lines."""
        world = self.world
        rows = world.children(holder)
        within = [r for r in chain if world.parent[r] == holder]
        others = rows[~np.isin(rows, within)]
        boxes = np.stack(
            [world.x[others], world.y[others], world.x[others] + world.w[others], world.y[others] + world.h[others]], 1
        )
        if holder < 0 or world.project.kinds[world.kind_name(holder)].box.flow != "grid" or len(boxes) < 3:
            return boxes
        return _lines_of_cells(boxes, [box_of(world, r) for r in within])


def box_of(world: World, row: int) -> F:
    """Left, top, right and bottom of a row."""
    return np.array([world.x[row], world.y[row], world.x[row] + world.w[row], world.y[row] + world.h[row]])


def boxes_of(world: World, rows: NDArray[np.int64]) -> F:
    """Left, top, right and bottom of some rows."""
    x, y = world.x[rows], world.y[rows]
    return np.stack([x, y, x + world.w[rows], y + world.h[rows]], 1)


def _sides(box: F, cost: float, by: float = BORDER) -> F:
    """The sides of a container (left, right, top, bottom) as walls: to be crossed, not to be run along."""
    left, top, right, bottom = box
    return np.array(
        [
            (left - by, top, left + by, bottom, cost),
            (right - by, top, right + by, bottom, cost),
            (left, top - by, right, top + by, cost),
            (left, bottom - by, right, bottom + by, cost),
        ]
    )


def _narrow(after: F, before: F, gap: float) -> F:
    """The middles of gaps between edges that lie closer to each other than boxes usually do."""
    edges = np.sort(before)
    place = np.searchsorted(edges, after, side="right")
    after, facing = after[place < edges.size], edges[place[place < edges.size]]
    middles: F = ((after + facing) / 2)[facing - after < gap]
    return middles


def _near(boxes: F, hull: F) -> F:
    meets = (boxes[:, 0] < hull[2]) & (boxes[:, 2] > hull[0]) & (boxes[:, 1] < hull[3]) & (boxes[:, 3] > hull[1])
    near: F = boxes[meets]
    return near


def _walls(boxes: F, outset: float, cost: float) -> F:
    grown = boxes + np.array([-outset, -outset, outset, outset])
    return np.concatenate([grown, np.full((len(boxes), 1), cost)], axis=1)


def _lines_of_cells(boxes: F, ends: list[F]) -> F:
    """Cells of a grid as one box a line, broken where one of the ends stands."""
    lines = []
    for top in np.unique(boxes[:, 1]):
        cells = boxes[boxes[:, 1] == top]
        breaks = [end for end in ends if end[1] == top]
        edge = -np.inf
        for end in sorted(breaks, key=lambda e: float(e[0])):
            lines.append(cells[(cells[:, 0] >= edge) & (cells[:, 2] <= end[0])])
            edge = end[2]
        lines.append(cells[cells[:, 0] >= edge])
    found = [[*part[:, :2].min(0), *part[:, 2:].max(0)] for part in lines if len(part)]
    return np.array(found, np.float64).reshape(-1, 4)


def _ports(box: F, other: F, slide: float, inner: bool) -> F:
    """Where a link may leave a box: the middles of its sides, and straight across to the other; x, y, axis, cost."""
    left, top, right, bottom = box
    middle = (left + right) / 2 + _within(slide, right - left), (top + bottom) / 2 + _within(slide, bottom - top)
    beyond = (left - other[2], other[0] - right, top - other[3], other[1] - bottom)
    away = [0.0 if inner or by >= 0 else TURNED_AWAY for by in beyond]

    def at(x: float, y: float) -> list[tuple[float, float, int, float]]:
        return [(left, y, 0, away[0]), (right, y, 0, away[1]), (x, top, 1, away[2]), (x, bottom, 1, away[3])]

    found = at(*middle)
    if inner:
        return np.array(found + at((other[0] + other[2]) / 2, (other[1] + other[3]) / 2))
    low, high = max(left, other[0]), min(right, other[2])
    if high - low > 8.0:
        found += at((low + high) / 2 + _within(slide, high - low), 0.0)[2:]
    low, high = max(top, other[1]), min(bottom, other[3])
    if high - low > 8.0:
        found += at(0.0, (low + high) / 2 + _within(slide, high - low))[:2]
    return np.array(found)


def _facing(starts: F, ends: F) -> tuple[F, F]:
    """Of the tops and bottoms of two boxes those that face each other; all where the boxes stand side by side."""
    if starts[1, 1] <= ends[0, 1]:
        return starts[1:], ends[:1]
    if ends[1, 1] <= starts[0, 1]:
        return starts[:1], ends[1:]
    return starts, ends


def _within(slide: float, length: float) -> float:
    return min(max(slide, -length * 0.35), length * 0.35)


def cheapest(starts: F, ends: F, walls: F, xs: list[F], ys: list[F]) -> F:
    """Corners of the cheapest upright way from one of some ports to another.

    Relaxes bend by bend: all ways along a line are two running minima over its sums of costs.
    """
    x = np.unique(np.round(np.concatenate([*xs, starts[:, 0], ends[:, 0]]), 3))
    y = np.unique(np.round(np.concatenate([*ys, starts[:, 1], ends[:, 1]]), 3))
    cost = walls[:, 4]
    left, top, right, bottom = (walls[:, n] for n in range(4))
    over_x = _overlap(left, right, x)
    on_y = (top[:, None] < y[None, :]) & (bottom[:, None] > y[None, :])
    over_y = _overlap(top, bottom, y)
    on_x = (left[:, None] < x[None, :]) & (right[:, None] > x[None, :])
    along = np.zeros((y.size, x.size)), np.zeros((y.size, x.size))
    late = NEAR_THE_END * np.abs(y[:, None] - ends[None, :, 1]).min(axis=1)[:, None]
    np.cumsum(np.diff(x)[None, :] * (1 + late) + (on_y * cost[:, None]).T @ over_x, axis=1, out=along[0][:, 1:])
    np.cumsum(np.diff(y)[:, None] + (over_y * cost[:, None]).T @ on_x, axis=0, out=along[1][1:, :])
    return _trace_back(*_relax(starts, ends, x, y, along), x, y)


def _overlap(low: F, high: F, lines: F) -> F:
    """How much of each step from line to line lies within each wall."""
    shared: F = np.minimum(high[:, None], lines[None, 1:]) - np.maximum(low[:, None], lines[None, :-1])
    return np.maximum(shared, 0.0, out=shared)


def _relax(
    starts: F, ends: F, x: F, y: F, along: tuple[F, F]
) -> tuple[list[tuple[F, F]], tuple[F, F], tuple[int, int, int]]:
    """Costs of standing at each crossing before going on level or upright, by number of bends; and the best end."""
    begin = np.full((y.size, x.size), np.inf), np.full((y.size, x.size), np.inf)
    for (axis, j, i), cost in zip(_crossings(starts, x, y), starts[:, 3].tolist()):
        begin[axis][j, i] = min(begin[axis][j, i], cost)
    goals, last = _crossings(ends, x, y), ends[:, 3].tolist()
    rest = np.min([np.abs(x[None, :] - x[i]) + np.abs(y[:, None] - y[j]) for _, j, i in goals], axis=0)
    before = [begin]
    for _ in range(MOST_BENDS):
        moved = _sweep(before[-1][0], along[0], 1), _sweep(before[-1][1], along[1], 0)
        best = min(float(moved[axis][j, i]) + cost for (axis, j, i), cost in zip(goals, last))
        turned = moved[1] + BEND, moved[0] + BEND
        hopeful = [(new < old) & (new + rest < best) for new, old in zip(turned, before[-1])]
        if not hopeful[0].any() and not hopeful[1].any():
            break
        before.append((np.minimum(before[-1][0], turned[0]), np.minimum(before[-1][1], turned[1])))
    else:
        before.pop()
    ends_at = [float(moved[axis][j, i]) + cost for (axis, j, i), cost in zip(goals, last)]
    return before, along, goals[int(np.argmin(ends_at))]


def _crossings(ports: F, x: F, y: F) -> list[tuple[int, int, int]]:
    """Axis, row and column of ports."""
    rows, columns = np.searchsorted(y, np.round(ports[:, 1], 3)), np.searchsorted(x, np.round(ports[:, 0], 3))
    return list(zip(ports[:, 2].astype(int).tolist(), rows.tolist(), columns.tolist()))


def _sweep(cost: F, along: F, axis: int) -> F:
    """The least cost of coming to each crossing along its line."""
    flip = (slice(None), slice(None, None, -1)) if axis else (slice(None, None, -1), slice(None))
    onward = np.minimum.accumulate(cost - along, axis=axis) + along
    back = np.minimum.accumulate((cost + along)[flip], axis=axis)[flip] - along
    return np.minimum(onward, back)


def _trace_back(before: list[tuple[F, F]], along: tuple[F, F], goal: tuple[int, int, int], x: F, y: F) -> F:
    axis, j, i = goal
    corners = [(x[i], y[j])]
    bends = len(before) - 1
    while True:
        cost = before[bends][axis]
        line = (j, slice(None)) if axis == 0 else (slice(None), i)
        here = along[axis][j, i]
        step = int(np.argmin(cost[line] + np.abs(along[axis][line] - here)))
        j, i = (j, step) if axis == 0 else (step, i)
        corners.append((x[i], y[j]))
        while bends and before[bends - 1][axis][j, i] <= cost[j, i]:
            bends -= 1
        if not bends:
            break
        bends, axis = bends - 1, 1 - axis
    return _straightened(np.array(corners[::-1]))


def _straightened(corners: F) -> F:
    """The way without corners on straight lines."""
    kept = [corners[0]]
    for n in range(1, len(corners) - 1):
        one, other = corners[n] - kept[-1], corners[n + 1] - corners[n]
        if abs(one[0] * other[1] - one[1] * other[0]) > 1e-6 and np.abs(one).sum() > 1e-6:
            kept.append(corners[n])
    kept.append(corners[-1])
    return np.array(kept)
