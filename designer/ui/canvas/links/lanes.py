"""Keeps links of several sorts apart where they run along one another between boxes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

F = NDArray[np.float64]

LANE, NARROW = 4.0, 2.0
"""How far apart two sorts run along one another, and in a gap that has no room for it, in drawing units."""
LEAST_SHARED = 6.0
"""Pieces that run along one another for less than this may meet."""
FREE = 2.0
"""Distance that pieces keep from the boxes beside them."""
STUB = 4.0
"""Length that the pieces beside a moved one keep."""
TOUCH = 0.1
MOST_WAYS, MOST_WITHIN = 400, 100
"""Of more links the lanes stay as they were found: they are too many to be told apart; so do sorts within a sort."""


@dataclass
class Strand:
    """Pieces of one sort in one line: where it lies across itself, from where to where it goes, and of which ways."""

    sort: str
    at: float
    low: float
    high: float
    pieces: list[tuple[int, int]] = field(default_factory=list)
    fixed: bool = False

    def runs_along(self, other: Strand, lane: float) -> bool:
        """Whether it is of another sort and nearer than a lane for a length."""
        shared = min(self.high, other.high) - max(self.low, other.low)
        return self.sort != other.sort and shared > LEAST_SHARED and abs(self.at - other.at) < lane - TOUCH


def lanes_apart(ways: Sequence[F], sorts: Sequence[str], boxes: F, within: bool = False) -> None:
    """Move the inner pieces of ways (corners, in place) so that no two sorts run along one another. `boxes` (left, top,
    right, bottom) are what they run between; the ends of ways stay where they are. `within`: the sorts are parts of
    those that were moved apart before, and nothing comes nearer to another for them."""
    if len(ways) > (MOST_WITHIN if within else MOST_WAYS):
        return
    for axis in (0, 1):
        strands = list(_strands(ways, sorts, axis))
        strands.sort(key=lambda s: (not s.fixed, s.low - s.high))
        for n, strand in enumerate(strands):
            others = strands[:n] + strands[n + 1 :] if within else strands[:n]
            if strand.fixed or not any(strand.runs_along(other, LANE) for other in others):
                continue
            if not _found_lane(strand, others, LANE, ways, boxes, axis):
                _found_lane(strand, others, NARROW, ways, boxes, axis)


def _strands(ways: Sequence[F], sorts: Sequence[str], axis: int) -> Iterator[Strand]:
    """The strands across an axis (0: upright ones)."""
    lines: dict[tuple[str, float], list[tuple[float, float, int, int]]] = defaultdict(list)
    for n, way in enumerate(ways):
        for k in range(len(way) - 1):
            one, other = way[k], way[k + 1]
            if one[axis] == other[axis] and one[1 - axis] != other[1 - axis]:
                low, high = sorted((float(one[1 - axis]), float(other[1 - axis])))
                lines[sorts[n], round(float(one[axis]), 1)].append((low, high, n, k))
    for (sort, at), pieces in lines.items():
        strand: Strand | None = None
        for low, high, n, k in sorted(pieces):
            if strand is None or low > strand.high + TOUCH:
                if strand is not None:
                    yield strand
                strand = Strand(sort, at, low, high)
            strand.high = max(strand.high, high)
            strand.pieces.append((n, k))
            strand.fixed |= k in (0, len(ways[n]) - 2)
        if strand is not None:
            yield strand


def _found_lane(strand: Strand, others: Sequence[Strand], lane: float, ways: Sequence[F], boxes: F, axis: int) -> bool:
    """Move a strand to the nearest lane that is free, if there is one."""
    low, high = _gap(strand, boxes, axis)
    here = strand.at
    near = [o.at for o in others if min(strand.high, o.high) - max(strand.low, o.low) > LEAST_SHARED]
    places = sorted((at + by for at in near for by in (-lane, lane)), key=lambda place: (abs(place - here), place))
    for place in places:
        if not low + FREE <= place <= high - FREE:
            continue
        strand.at = place
        if not any(strand.runs_along(other, lane) for other in others) and _may_move(strand, place - here, ways, axis):
            for n, k in strand.pieces:
                ways[n][k : k + 2, axis] += place - here
            return True
    strand.at = here
    return False


def _gap(strand: Strand, boxes: F, axis: int) -> tuple[float, float]:
    """Between which sides of boxes a strand lies."""
    beside = boxes[(boxes[:, 1 - axis] < strand.high) & (boxes[:, 3 - axis] > strand.low)]
    sides = np.concatenate([beside[:, axis], beside[:, axis + 2]])
    below, above = sides[sides <= strand.at], sides[sides > strand.at]
    return float(below.max(initial=-np.inf)), float(above.min(initial=np.inf))


def _may_move(strand: Strand, by: float, ways: Sequence[F], axis: int) -> bool:
    """Whether the pieces beside those of a strand keep their direction and a length."""
    for n, k in strand.pieces:
        way = ways[n]
        for side, beyond in ((k, k - 1), (k + 1, k + 2)):
            old = float(way[side, axis] - way[beyond, axis])
            new = old + by
            if new * old <= 0 or abs(new) < min(STUB, abs(old)):
                return False
    return True
