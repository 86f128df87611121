"""Rows read from a design, and rows put into and taken out of others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain, compress, groupby
from operator import attrgetter, itemgetter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from designer.model.boxes import BOX_LIMITS
from designer.model.ruled import RuledTree

F = NDArray[np.float64]
Rows = NDArray[np.int64]


@dataclass
class Fresh:
    """Rows in depth-first order: ids, kinds as numbers, boxes relative to what they stand in. `parent` counts on from
    the rows that were there before. `lengths`: how many rows each of the subtrees has that were asked for; `hidden`:
    the ids of what was met and is hidden itself."""

    ids: NDArray[np.int64]
    kind: NDArray[np.int8]
    parent: NDArray[np.int32]
    template: NDArray[np.bool_]
    own: F
    lengths: list[int]
    hidden: list[int]

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


@dataclass
class Coming:
    """What a change takes out of some rows and puts in. `beside`: the ids of those rows; `collapsed`: what was so;
    `dirty`: what came, went or stands elsewhere, in `parents`; `gone`: which rows go; `order`: what stands where then,
    the `fresh` rows counted on from those that were there."""

    beside: NDArray[np.int64]
    collapsed: set[int]
    dirty: set[int]
    parents: set[int]
    gone: NDArray[np.bool_]
    fresh: Fresh
    order: Rows


def read(
    project: RuledTree, codes: dict[str, int], collapsed: set[int], tops: Sequence[tuple[int, int]], before: int
) -> Fresh:
    """Read the subtrees of some elements with the rows that they stand in (-1: none), each after the one before it.

    An element has a row when its kind is drawn, it stands in what holds boxes (a VM is one cell), and neither it nor
    what it stands in is hidden or collapsed.
    """
    elements, children_of = project.elements, project.children
    element_of = elements.__getitem__
    looks = {kind.table: (codes.get(name), kind.container) for name, kind in project.kinds.items()}
    cells = {table: code for table, (code, holds) in looks.items() if code is not None and not holds}
    some, lengths = _Rows(), list[int]()

    def take_all(top: int, parent: int) -> None:
        left, above = [top], [parent]
        while left:
            here, row = left.pop(), above.pop()
            element = elements[here]
            if element.__dict__["hidden"]:
                some.hidden.append(here)
                continue
            code, holds = looks[type(element)]
            if code is not None:
                some.take([here], [element.__dict__], code, row)
                row = before + len(some.ids) - 1
            if not holds or here in collapsed:
                continue
            children = children_of(here)
            inside = list(map(element_of, children))
            if len(tables := set(map(type, inside))) == 1 and tables <= cells.keys():  # they are most of all elements
                some.take_shown(children, list(map(_FIELDS, inside)), cells[tables.pop()], row)
            else:
                left += children[::-1]
                above += [row] * len(children)

    for table, group in groupby(tops, lambda top: type(elements[top[0]])):
        alike = list(group)
        if table in cells:  # many that came
            for row, here in groupby(alike, itemgetter(1)):
                ids = [top for top, _ in here]
                lengths += some.take_shown(ids, [elements[i].__dict__ for i in ids], cells[table], row)
            continue
        for top, parent in alike:
            began = len(some.ids)
            take_all(top, parent)
            lengths.append(len(some.ids) - began)
    return some.fresh(lengths)


class _Rows:
    """Rows while they are read. What is far away in memory takes most of the time: each element is read at one go, and
    by loops that are not Python's."""

    def __init__(self) -> None:
        self.ids: list[int] = []
        self._runs: list[int] = []
        """Kind, the row that they stand in, and how many, of what was taken at one time."""
        self._templates: list[int] = []
        self._sides: list[float] = []
        self.hidden: list[int] = []

    def take_shown(self, ids: list[int], fields: list[dict[str, Any]], code: int, row: int) -> list[int]:
        """Add those elements of one kind that are not hidden, with the row that they stand in; 1 for each of them, 0
        for each of the others."""
        hidden = list(map(_HIDDEN, fields))
        shown = [1] * len(ids)
        if any(hidden):
            shown = [int(not one) for one in hidden]
            self.hidden += compress(ids, hidden)
            ids, fields = list(compress(ids, shown)), list(compress(fields, shown))
        self.take(ids, fields, code, row)
        return shown

    def take(self, ids: list[int], fields: list[dict[str, Any]], code: int, row: int) -> None:
        """Add elements of one kind, with the row that they stand in."""
        if fields and "template" in fields[0] and any(map(_TEMPLATE, fields)):
            self._templates += [n for n, values in enumerate(fields, len(self.ids)) if values["template"]]
        self.ids += ids
        self._sides.extend(chain.from_iterable(map(_BOX, fields)))
        self._runs += code, row, len(ids)

    def fresh(self, lengths: list[int]) -> Fresh:
        """All as arrays."""
        codes, rows, counts = np.array(self._runs, np.int64).reshape(-1, 3).T
        template = np.zeros(len(self.ids), np.bool_)
        template[self._templates] = True
        return Fresh(
            np.array(self.ids, np.int64),
            np.repeat(codes.astype(np.int8), counts),
            np.repeat(rows.astype(np.int32), counts),
            template,
            _within(np.fromiter(self._sides, np.float64, len(self._sides))),
            lengths,
            self.hidden,
        )


_BOX, _HIDDEN, _TEMPLATE = itemgetter(*BOX_LIMITS), itemgetter("hidden"), itemgetter("template")
_FIELDS = attrgetter("__dict__")


def boxes_of(fields: Sequence[dict[str, Any]]) -> F:
    """The boxes of elements, within the limits beyond which Qt's painter fails."""
    return _within(np.fromiter(chain.from_iterable(map(_BOX, fields)), np.float64, 4 * len(fields)))


def _within(sides: F) -> F:
    boxes, farthest = sides.reshape(-1, 4), np.array([*BOX_LIMITS.values()])
    return np.clip(boxes, -farthest, farthest, out=boxes)


def narrow(values: F) -> NDArray[np.floating[Any]]:
    """The same in single precision where that loses nothing: half the memory."""
    small = values.astype(np.float32)
    return small if (small == values).all() else values.copy()


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
