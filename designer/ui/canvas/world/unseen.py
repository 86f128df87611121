"""What stands in the rows of the drawing and is hidden: headers count it, for it runs and costs like the rest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable

import numpy as np
from numpy.typing import NDArray

from designer.catalog.rules.counting import numbers_of
from designer.model.project import Project

NearestRow = Callable[[int], int]
"""Gives the row of an element, or of the nearest drawn one in which it stands; -1: none."""


class Unseen:
    """How many of each kind are hidden in each row, templates left out; worked out when asked for."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._ids: set[int] = set()
        self._rows: NDArray[np.int64] | None = None
        self._sums: dict[str, NDArray[np.int64]] = {}

    def note(self, ids: Iterable[int]) -> None:
        """Remember elements that are hidden themselves."""
        self._ids.update(ids)
        self.forget()

    def forget(self) -> None:
        """Count again when asked: something came, went, or stands elsewhere."""
        self._rows = None

    def count(self, rows: slice, kind: str, nearest: NearestRow, but: Iterable[int]) -> int:
        """How many of a kind are hidden in some rows; `but`: rows whose content is counted otherwise."""
        if not self._ids:
            return 0
        if self._rows is None:
            self._count(nearest, set(but))
        assert self._rows is not None
        sums = self._sums.get(kind)
        if sums is None:
            return 0
        first, last = np.searchsorted(self._rows, (rows.start, rows.stop))
        return int(sums[last] - sums[first])

    def _count(self, nearest: NearestRow, but: set[int]) -> None:
        elements, project = self._project.elements, self._project
        self._ids = {i for i in self._ids if i in elements and elements[i].__dict__["hidden"]}
        by_parent: dict[int, list[int]] = {}
        for element_id in self._ids:
            by_parent.setdefault(elements[element_id].__dict__["parent"], []).append(element_id)
        found: dict[int, Counter[str]] = {}
        for parent, ids in by_parent.items():
            row = nearest(parent)
            if row >= 0 and row not in but:
                inside = (elements[i] for top in ids for i in project.subtree(top))
                found.setdefault(row, Counter()).update(numbers_of(inside))
        self._rows = np.array(sorted(found), np.int64)
        kinds = {kind for counts in found.values() for kind in counts}
        each = {kind: [0, *(found[row][kind] for row in self._rows.tolist())] for kind in kinds}
        self._sums = {kind: np.cumsum(counts) for kind, counts in each.items()}
