"""Keeps the ends of links of several sorts apart where they come to the same side of a box."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

F = NDArray[np.float64]

APART = 12.0
"""Least distance of two sorts at one side, in drawing units."""
BESIDE, MOST_SLIDE = 6.0, 24.0
"""An end that slides past another link comes to lie so far beside it; it slides no farther than the second."""
MOST_WAYS = 400
"""Of more links the ends stay: they are too many to be told apart."""
MOST_OF_SIDE = 0.8
"""The part of a side that ends are spread over."""
SAME = 0.05
"""Ends of one sort that are nearer than this are one strand."""


class Way(NamedTuple):
    """The corners of a link from a box (left, top, right, bottom) to another, and its sort."""

    corners: F
    boxes: tuple[F, F]
    rows: tuple[int, int]
    sort: tuple[str, str]


class End(NamedTuple):
    """Where a way meets a side: which way, at which of its ends, and where along the side."""

    way: int
    last: bool
    along: int
    place: float


def kept_apart(ways: Sequence[Way]) -> list[F]:
    """The corners of all ways, with the ends of different sorts at one side moved along it until they are apart.

    A way that is one straight line moves whole, as far as both its boxes reach.
    """
    moved = [way.corners.copy() for way in ways]
    for ends in _by_side(ways).values():
        strands = _strands(ways, ends)
        if len(strands) < 2:
            continue
        axis = ends[0].along
        row_box = ways[ends[0].way].boxes[int(ends[0].last)]
        places = _spread([strand[0].place for strand in strands], float(row_box[axis]), float(row_box[axis + 2]))
        for strand, place in zip(strands, places):
            for end in strand:
                _move(moved[end.way], ways[end.way], end, place - end.place)
    if len(ways) <= MOST_WAYS:
        _uncross(ways, moved)
    return moved


def _uncross(ways: Sequence[Way], moved: list[F]) -> None:
    """Slide ends that are alone at their side along it, past a link that they cross just before they turn to it."""
    alone = [ends[0] for ends in _by_side(ways).values() if len(ends) == 1 and len(moved[ends[0].way]) > 2]
    if not alone:
        return
    pieces = _Pieces(ways, moved)
    for end in alone:
        corners, axis = moved[end.way], end.along
        turn, beyond = (corners[-2], corners[-3]) if end.last else (corners[1], corners[2])
        side = float(np.sign(beyond[axis] - turn[axis]))
        if not side or turn[1 - axis] != beyond[1 - axis]:
            continue
        box, at = ways[end.way].boxes[int(end.last)], float(turn[axis])
        edge = (box[axis + 2] - box[axis]) * (1 - MOST_OF_SIDE) / 2
        before = -1
        for crossed in pieces.crossed(end.way, axis, at, float(beyond[axis]), float(turn[1 - axis])):
            place = crossed + side * BESIDE
            fits = box[axis] + edge <= place <= box[axis + 2] - edge and (beyond[axis] - place) * side > BESIDE
            if not fits or abs(place - at) > MOST_SLIDE:
                break
            before = before if before >= 0 else pieces.crossings(end.way, corners)
            tried = corners.copy()
            tried[[-1, -2] if end.last else [0, 1], axis] = place
            if pieces.crossings(end.way, tried) < before:
                moved[end.way] = tried
                break


class _Pieces:
    """All pieces of some ways, to ask what crosses them. Links of one sort may meet."""

    def __init__(self, ways: Sequence[Way], corners: Sequence[F]) -> None:
        self._sorts = {sort: n for n, sort in enumerate(dict.fromkeys(way.sort for way in ways))}
        self._sort_of = np.array([self._sorts[way.sort] for way in ways])
        self._sort = np.repeat(self._sort_of, [len(c) - 1 for c in corners])
        starts, ends = np.concatenate([c[:-1] for c in corners]), np.concatenate([c[1:] for c in corners])
        self._low, self._high = np.minimum(starts, ends), np.maximum(starts, ends)

    def crossed(self, way: int, axis: int, at: float, to: float, level: float) -> list[float]:
        """Where links of other sorts cross a piece along an axis, from its beginning on."""
        met = (self._sort != self._sort_of[way]) & (self._low[:, axis] == self._high[:, axis])
        met &= (self._low[:, 1 - axis] < level) & (self._high[:, 1 - axis] > level)
        places = self._low[met, axis]
        places = places[(places > min(at, to)) & (places < max(at, to))]
        return sorted(set(places.tolist()), key=lambda place: abs(place - at))

    def crossings(self, way: int, corners: F) -> int:
        """How often links of other sorts cross a way."""
        count = 0
        for one, other in pairwise(corners):
            axis = 0 if one[1] == other[1] else 1
            count += len(self.crossed(way, axis, float(one[axis]), float(other[axis]), float(one[1 - axis])))
        return count


def _by_side(ways: Sequence[Way]) -> dict[tuple[int, int, bool], list[End]]:
    """Ends by box and side."""
    sides: dict[tuple[int, int, bool], list[End]] = defaultdict(list)
    for n, way in enumerate(ways):
        for last in (False, True):
            at, before = (way.corners[-1], way.corners[-2]) if last else (way.corners[0], way.corners[1])
            along = 0 if at[0] == before[0] else 1
            sides[way.rows[last], along, bool(before[1 - along] > at[1 - along])].append(
                End(n, last, along, float(at[along]))
            )
    return sides


def _strands(ways: Sequence[Way], ends: Iterable[End]) -> list[list[End]]:
    """Ends in order along their side, of those at one place that first which comes from before it; those of one sort
    at one place together."""
    strands: list[list[End]] = []
    for end in sorted(ends, key=lambda e: (round(e.place, 1), _comes_from(ways, e), ways[e.way].sort)):
        last = strands[-1][0] if strands else None
        if last is not None and ways[last.way].sort == ways[end.way].sort and end.place - last.place < SAME:
            strands[-1].append(end)
        else:
            strands.append([end])
    return strands


def _comes_from(ways: Sequence[Way], end: End) -> float:
    """Whether a way comes to its end from before it along the side (-1), from beyond (1) or straight (0)."""
    corners = ways[end.way].corners
    if len(corners) < 3:
        return 0.0
    return float(np.sign(corners[-3 if end.last else 2, end.along] - corners[-2 if end.last else 1, end.along]))


def _spread(places: list[float], low: float, high: float) -> list[float]:
    """Places in order, moved as little as needed so that no two are nearer than they should be."""
    room = (high - low) * MOST_OF_SIDE
    step = min(APART, room / max(len(places) - 1, 1))
    groups: list[tuple[float, int]] = []  # middle and number of those that touch
    for place in places:
        groups.append((place, 1))
        while len(groups) > 1 and groups[-1][0] - groups[-2][0] < step * (groups[-1][1] + groups[-2][1]) / 2:
            (one, m), (other, n) = groups[-2:]
            groups[-2:] = [((one * m + other * n) / (m + n), m + n)]
    spread = [middle + (n - (count - 1) / 2) * step for middle, count in groups for n in range(count)]
    edge = (high - low - room) / 2
    over = max(spread[-1] - (high - edge), 0.0) - max(low + edge - spread[0], 0.0)
    return [place - over for place in spread]


def _move(corners: F, way: Way, end: End, by: float) -> None:
    """Move the piece at an end of a way along the side that it comes to."""
    if abs(by) < SAME:
        return
    if len(corners) > 2:
        corners[[-1, -2] if end.last else [0, 1], end.along] += by
        return
    low = max(box[end.along] for box in way.boxes) + 2
    high = min(box[end.along + 2] for box in way.boxes) - 2
    place = corners[0, end.along] + by
    if low <= place <= high:
        corners[:, end.along] = place
