"""Columns of row x unit that keep only what is unusual: `add` as to an array; rows of a unit only rise."""

from __future__ import annotations

from typing import Any

import numpy as np

from designer.engine.compiled import door, part
from designer.engine.share.arrays import PAGE, F, Sparse

_NOTHING = np.zeros(0)


@part
def add(sparse: Sparse, column: int, row: Any, u: int, value: float) -> None:
    """Add to what a column has of a unit in a recording row, which is none before the last that was added to."""
    if sparse.open_row[column, u] != row:
        close(sparse, column, u)
        sparse.open_row[column, u] = row
        sparse.open_value[column, u] = 0.0
    sparse.open_value[column, u] += value


@part
def close(sparse: Sparse, column: int, u: int) -> None:
    """Keep the open row of a unit: as one more that is usual, or in a page."""
    row, value, usual = sparse.open_row[column, u], sparse.open_value[column, u], sparse.usual[column, u]
    sparse.open_row[column, u] = -1
    if row < 0 or value == 0.0:
        return
    if usual == 0.0:
        usual = sparse.usual[column, u] = value
    n, at = row % PAGE, sparse.at[column, row // PAGE, u]
    if value == usual and at == -n:
        sparse.at[column, row // PAGE, u] = -(n + 1)
        return
    if at <= 0:
        page = sparse.used[0] = sparse.used[0] + 1
        for i in range(-at):
            sparse.pages[page, i] = usual
        sparse.at[column, row // PAGE, u] = at = page
    sparse.pages[at, n] = value


def close_rows(sparse: Sparse, first: int, count: int, stop: int) -> None:
    """Keep all open rows before one, of `count` columns from the `first` on: they are final."""
    _keep_rows(sparse, first, count, stop, _NOTHING, _NOTHING)


def hold_rows(sparse: Sparse, column: int, first: int, held: F, width_s: F) -> None:
    """Keep rows from the first on, as many as there are widths: what each unit holds, times the width. They are
    final, and nothing is there yet.
    """
    _keep_rows(sparse, column, 0, first, held, width_s)


@door
def _keep_rows(sparse: Sparse, first: int, count: int, stop: int, held: F, width_s: F) -> None:
    for column in range(first, first + count):
        for u in range(sparse.open_row.shape[1]):
            if sparse.open_row[column, u] < stop:
                close(sparse, column, u)
    for n in range(width_s.size):
        for u in range(held.size):
            sparse.open_row[first, u] = stop + n
            sparse.open_value[first, u] = held[u] * width_s[n]
            close(sparse, first, u)
