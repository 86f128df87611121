"""Columns of row x unit that the engine keeps sparsely, read and written like the arrays that they stand for."""

from __future__ import annotations

import math
from collections.abc import Mapping
from itertools import accumulate
from typing import Any

import numpy as np
from numpy.typing import NDArray

from designer.engine.pages import unused
from designer.engine.share.arrays import PAGE, Sparse

F = NDArray[np.float64]
_WITHIN = np.arange(PAGE)[:, None]
_LINE = 64
"""Bytes of which each array begins at a multiple."""
_BYTES = {"<f8": 8, "<i8": 8, "<f4": 4, "<i4": 4}
"""Of the types of columns."""


def sparse_shapes(columns: int, rows: int, units: int) -> dict[str, tuple[tuple[int, ...], str]]:
    """Shape and type of the arrays of `Sparse`. Pages that are not used take no memory."""
    parts = -(-rows // PAGE)
    return {
        "at": ((columns, parts, units), "<i4"),
        "pages": ((columns * parts * units + 1, PAGE), "<f8"),
        "usual": ((columns, units), "<f8"),
        "open_value": ((columns, units), "<f8"),
        "open_row": ((columns, units), "<i4"),
        "used": ((1,), "<i8"),
    }


def zeros(plan: Mapping[str, tuple[tuple[int, ...], str]], whole: bool) -> dict[str, NDArray[Any]]:
    """Zeroed arrays by name, from their shape and type, side by side in memory."""
    sizes = [-(-math.prod(shape) * _BYTES[kind] // _LINE) * _LINE for shape, kind in plan.values()]
    ends = list(accumulate(sizes, initial=0))
    memory: Any = unused(ends[-1], whole)
    return {name: np.ndarray(shape, kind, memory, begin) for begin, (name, (shape, kind)) in zip(ends, plan.items())}


class Column:
    """Column `number` of sparse ones, its first `rows`. With one `beside` it (row x unit), what is equal to that is not
    kept.
    """

    dtype = np.dtype("<f8")

    def __init__(self, sparse: Sparse, number: int, rows: int, beside: F | None = None) -> None:
        self._sparse, self._number, self._beside = sparse, number, beside
        self.shape = rows, sparse.usual.shape[1]

    def __len__(self) -> int:
        return self.shape[0]

    def head(self, rows: int) -> Column:
        """The first rows of the same column."""
        return Column(self._sparse, self._number, min(rows, len(self)), self._beside)

    def usual(self, rows: slice) -> F | None:
        """The values (1 x unit) that all of some rows have; None where some may have others."""
        first, stop, step = rows.indices(len(self))
        sparse, number = self._sparse, self._number
        opened = sparse.open_row[number]
        if step != 1 or self._beside is not None or ((opened >= first) & (opened < stop)).any():
            return None
        of_pages, usual = sparse.at[number, first // PAGE : -(-stop // PAGE)], sparse.usual[number]
        return np.array(usual[None]) if ((of_pages == -PAGE) | (usual == 0.0)).all() else None

    def __getitem__(self, index: Any) -> Any:
        rows, units = index if isinstance(index, tuple) else (index, slice(None))
        if not isinstance(rows, slice):
            row = range(len(self))[rows]
            return self[row : row + 1, units][0]
        first, stop, step = rows.indices(len(self))
        if step != 1:
            return self[:, units][rows]
        if not isinstance(units, slice) and np.ndim(units) == 0:
            unit = range(self.shape[1])[units]
            return self[rows, unit : unit + 1][:, 0]
        sparse, number = self._sparse, self._number
        # A run that goes on writes meanwhile: what is open is read once, and before what is closed.
        open_row, open_value = np.array(sparse.open_row[number][units]), np.array(sparse.open_value[number][units])
        open_row[open_row != sparse.open_row[number][units]] = -1
        found = self._unfolded(first, max(stop, first), units)
        inside = np.flatnonzero((open_row >= first) & (open_row < stop))
        found[open_row[inside] - first, inside] = open_value[inside]
        return found

    def _unfolded(self, first: int, stop: int, units: Any) -> F:
        """Some rows of some units, without open ones."""
        begin, end = first // PAGE, -(-stop // PAGE)
        # Of one page only the rows that are asked for: a run that goes on is read step by step.
        rows = slice(first - begin * PAGE, stop - begin * PAGE) if end - begin == 1 else slice(PAGE)
        at = np.array(self._sparse.at[self._number, begin:end][:, units])
        usual = self._sparse.usual[self._number][units]  # written before what refers to it
        found = np.zeros((end - begin, rows.stop - (rows.start or 0), usual.size))
        if self._beside is not None:
            same = self._beside[begin * PAGE + (rows.start or 0) : min((end - 1) * PAGE + rows.stop, len(self)), units]
            found.reshape(found.shape[0] * found.shape[1], usual.size)[: len(same)] = same
        if (at == -PAGE).all():
            found[:] = usual
        elif at.any():
            if at.min() < 0:
                np.copyto(found, usual, where=-at[:, None, :] > _WITHIN[rows])
            part, unit = np.nonzero(at > 0)
            found[part, :, unit] = self._sparse.pages[at[part, unit], rows]
        flat = found.reshape(found.shape[0] * found.shape[1], usual.size)
        return flat if rows.start is not None else flat[first - begin * PAGE : stop - begin * PAGE]

    def __setitem__(self, index: Any, values: Any) -> None:
        """Write final rows from one that begins a page on, or the row that is open; nothing is there yet."""
        if not isinstance(index, slice):
            self._sparse.open_row[self._number], self._sparse.open_value[self._number] = index, values
            return
        first, stop, _ = index.indices(len(self))
        assert first % PAGE == 0
        for row in range(first, stop, PAGE):
            some = np.zeros((PAGE, self.shape[1]))
            some[: min(PAGE, stop - row)] = values[row - first : row - first + PAGE]
            self._put(row // PAGE, some)

    def _put(self, part: int, values: F) -> None:
        """Write the rows of a page."""
        if self._beside is not None:
            same = self._beside[part * PAGE : (part + 1) * PAGE]
            self._put_pages(part, np.flatnonzero((values[: len(same)] != same).any(axis=0)), values)
            return
        sparse, usual = self._sparse, self._sparse.usual[self._number]
        usual[:] = np.where(usual == 0.0, values[0], usual)
        leading = np.cumprod((values == usual) & (usual != 0.0), axis=0).sum(axis=0)
        sparse.at[self._number, part] = -leading
        self._put_pages(part, np.flatnonzero((values != 0.0).sum(axis=0) > leading), values)

    def _put_pages(self, part: int, units: Any, values: F) -> None:
        """Write the rows of a page of some units."""
        sparse = self._sparse
        pages = sparse.used[0] + 1 + np.arange(units.size)
        sparse.at[self._number, part, units], sparse.pages[pages] = pages, values[:, units].T
        sparse.used[0] += units.size

    def take(self, other: Column, rows: int) -> None:
        """Write the first rows of another column; nothing is there yet."""
        mine, theirs, n, parts = self._sparse, other._sparse, self._number, rows // PAGE
        mine.usual[n] = theirs.usual[other._number]
        at = theirs.at[other._number, :parts].copy()
        paged = at > 0
        pages = mine.used[0] + 1 + np.arange(np.count_nonzero(paged))
        mine.pages[pages], at[paged] = theirs.pages[at[paged]], pages
        mine.at[n, :parts] = at
        mine.used[0] += pages.size
        self[parts * PAGE : rows] = other[parts * PAGE : rows]

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        return np.asarray(self[:], dtype)


class HostsFirst:
    """Row x unit where few but hosts have anything: all rows of the hosts, then those of the domains, lie side by side
    in `flat`, so that what hosts have takes few pages. Read and written like the array that it stands for.
    """

    dtype = np.dtype("<f8")

    def __init__(self, flat: F, rows: int, hosts: int) -> None:
        self.flat, self.shape = flat, (rows, flat.size // max(rows, 1))
        self.size, first = flat.size, rows * min(hosts, self.shape[1])
        self.hosts = flat[:first].reshape(rows, -1 if first else 0)
        self._domains = flat[first:].reshape(rows, -1 if flat.size > first else 0)

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, index: Any) -> Any:
        rows, units = index if isinstance(index, tuple) else (index, slice(None))
        if not isinstance(units, slice) and np.ndim(units) == 0:
            part, unit = self._part_of(range(self.shape[1])[units])
            return part[rows, unit]
        which = np.arange(self.shape[1])[units]
        of_hosts = which < self.hosts.shape[1]
        found = np.empty((*self.hosts[rows].shape[:-1], which.size))
        found[..., of_hosts] = self.hosts[rows][..., which[of_hosts]]
        found[..., ~of_hosts] = self._domains[rows][..., which[~of_hosts] - self.hosts.shape[1]]
        return found

    def _part_of(self, unit: int) -> tuple[F, int]:
        """The array of a unit, and its column there."""
        hosts = self.hosts.shape[1]
        return (self.hosts, unit) if unit < hosts else (self._domains, unit - hosts)

    def __setitem__(self, rows: Any, values: Any) -> None:
        """Write whole rows."""
        values, hosts = np.asarray(values), self.hosts.shape[1]
        whole = values.shape[-1:] == self.shape[1:]  # else one value for all units
        self.hosts[rows] = values[..., :hosts] if whole else values
        self._domains[rows] = values[..., hosts:] if whole else values

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        return np.asarray(self[:], dtype)
