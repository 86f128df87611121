"""Rows read from a design, and rows put into and taken out of others."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from operator import itemgetter

import numpy as np
from numpy.typing import NDArray

from designer.model.boxes import BOX_LIMITS
from designer.model.project import Project

F = NDArray[np.float64]
Rows = NDArray[np.int64]


@dataclass
class Fresh:
    """Rows in depth-first order: ids, kinds as numbers, boxes relative to what they stand in. `parent` counts on from
    the rows that were there before. `lengths`: how many rows each of the subtrees has that were asked for."""

    ids: NDArray[np.int64]
    kind: NDArray[np.int8]
    parent: NDArray[np.int32]
    template: NDArray[np.bool_]
    own: F
    lengths: list[int]

    def placed(self, before: int, x: F, y: F, depth: NDArray[np.int8]) -> tuple[F, F, NDArray[np.int8]]:
        """Left and top edges in the drawing, and depths; x, y and depth are those of the rows before."""
        left, top = self.own[:, 0].copy(), self.own[:, 1].copy()
        deep = np.zeros(self.ids.size, np.int8)
        rows, above = np.arange(self.ids.size), self.parent
        while rows.size:
            old = (above >= 0) & (above < before)
            left[rows[old]] += x[above[old]]
            top[rows[old]] += y[above[old]]
            deep[rows[old]] += depth[above[old]] + 1
            new = above >= before
            rows, above = rows[new], above[new] - before
            left[rows] += self.own[above, 0]
            top[rows] += self.own[above, 1]
            deep[rows] += 1
            above = self.parent[above]
        return left, top, deep


def read(
    project: Project, codes: dict[str, int], collapsed: set[int], tops: Sequence[tuple[int, int]], before: int
) -> Fresh:
    """Read the subtrees of some elements with the rows that they stand in (-1: none), each after the one before it.

    An element has a row when its kind is drawn, it stands in what holds boxes (a VM is one cell), and neither it nor
    what it stands in is hidden or collapsed.
    """
    elements, children_of = project.elements, project.children
    looks = {name: (codes.get(name), kind.container) for name, kind in project.kinds.items()}
    ids: list[int] = []
    numbers: list[int] = []
    parents: list[int] = []
    fields: list[dict[str, object]] = []
    lengths: list[int] = []
    for top, parent in tops:
        began, left, above = len(ids), [top], [parent]
        while left:
            here, row = left.pop(), above.pop()
            element = elements[here]
            values = element.__dict__
            if values["hidden"]:
                continue
            code, holds = looks[element.kind]
            if code is not None:
                ids.append(here)
                numbers.append(code)
                parents.append(row)
                fields.append(values)
                row = before + len(ids) - 1
            if holds and here not in collapsed:
                children = children_of(here)
                left += children[::-1]
                above += [row] * len(children)
        lengths.append(len(ids) - began)
    return Fresh(
        np.array(ids, np.int64),
        np.array(numbers, np.int8),
        np.array(parents, np.int32),
        np.array([values.get("template", False) for values in fields], np.bool_),
        boxes_of(fields),
        lengths,
    )


def boxes_of(fields: Sequence[dict[str, object]]) -> F:
    """The boxes of elements, within the limits beyond which Qt's painter fails."""
    numbers: Iterable[float] = chain.from_iterable(map(itemgetter(*BOX_LIMITS), fields))
    boxes = np.fromiter(numbers, np.float64, 4 * len(fields)).reshape(-1, 4)
    farthest = np.array([*BOX_LIMITS.values()])
    return np.clip(boxes, -farthest, farthest, out=boxes)


def ends_of(depth: NDArray[np.int8]) -> NDArray[np.int32]:
    """Of each row the one after its subtree: the next that is no deeper."""
    count = depth.size
    end = np.full(count, count, np.int32)
    for level in range(int(depth.max(initial=-1)) + 1):
        no_deeper = np.flatnonzero(depth <= level)
        here = depth[no_deeper] == level
        end[no_deeper[here]] = np.append(no_deeper[1:], count)[here]
    return end


def order_after(gone: NDArray[np.bool_], places: Sequence[int], lengths: Sequence[int]) -> Rows:
    """Which rows follow one another when some are gone and others come before the rows at some places; the new ones
    count on from those that were there."""
    kept = np.flatnonzero(~gone)
    at = np.repeat(np.searchsorted(kept, np.array(places, np.int64)), np.array(lengths, np.int64))
    return np.insert(kept, at, gone.size + np.arange(at.size))
