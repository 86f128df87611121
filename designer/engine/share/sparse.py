"""Columns of row x unit that keep only what is unusual: `add` as to an array; rows of a unit only rise.

What VMs on a unit asked for is kept where they got something else.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from designer.engine.compiled import brief_door, part
from designer.engine.share.arrays import ASKED, PAGE, F, Sparse

_NOTHING, _NO_ROWS, _ALL = np.zeros(0), np.zeros((0, 0)), -1


@part
def add(sparse: Sparse, column: int, row: Any, u: int, value: float) -> None:
    """Add to what a column has of a unit in a recording row, which is none before the last that was added to."""
    if sparse.open_row[column, u] != row:
        close(sparse, column, u)
        sparse.open_row[column, u] = row
        sparse.open_value[column, u] = 0.0
    sparse.open_value[column, u] += value


@part
def add_rows(sparse: Sparse, column: int, row: Any, n: int, u: int, value: float) -> None:
    """Add the same to each of `n` rows from one on: whole pages of what is usual at once. The last stays open."""
    last = row + n - 1
    while row <= last:
        if value != 0.0 and row % PAGE == 0 and row + PAGE <= last:
            close(sparse, column, u)
            if value == sparse.usual[column, u] and sparse.at[column, row // PAGE, u] == 0:
                sparse.at[column, row // PAGE, u] = -PAGE
                row += PAGE
                continue
        add(sparse, column, row, u, value)
        row += 1


@part
def ask(sparse: Sparse, got: F, row: Any, u: int, value: float) -> None:
    """Add to what VMs on a unit asked for in a recording row; `got`: what they got, row x unit."""
    if sparse.open_row[ASKED, u] != row:
        close_asked(sparse, got, u)
        sparse.open_row[ASKED, u] = row
        sparse.open_value[ASKED, u] = 0.0
    sparse.open_value[ASKED, u] += value


@part
def close_asked(sparse: Sparse, got: F, u: int) -> None:
    """Keep what VMs on a unit asked for in its open row."""
    row, value = sparse.open_row[ASKED, u], sparse.open_value[ASKED, u]
    sparse.open_row[ASKED, u] = -1
    if row >= 0:
        keep_asked(sparse, got, row, u, value)


@part
def keep_asked(sparse: Sparse, got: F, row: Any, u: int, value: float) -> None:
    """Keep what VMs on a unit asked for in a row that is over, where they got something else."""
    n, at = row % PAGE, sparse.at[ASKED, row // PAGE, u]
    if at == 0:
        if value == got[row, u]:
            return
        at = sparse.used[0] = sparse.used[0] + 1
        for i in range(n):
            sparse.pages[at, i] = got[row - n + i, u]
        sparse.at[ASKED, row // PAGE, u] = at
    sparse.pages[at, n] = value


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


def close_rows(sparse: Sparse, got: F, stop: int) -> None:
    """Keep all open rows before one: they are final. `got`: what the VMs on each unit got, row x unit."""
    _keep_rows(sparse, got, _ALL, stop, _NOTHING, _NOTHING)


def hold_rows(sparse: Sparse, column: int, first: int, held: F, width_s: F) -> None:
    """Keep rows from the first on, as many as there are widths: what each unit holds, times the width. They are
    final, and nothing is there yet.
    """
    _keep_rows(sparse, _NO_ROWS, column, first, held, width_s)


@brief_door
def _keep_rows(sparse: Sparse, got: F, first: int, stop: int, held: F, width_s: F) -> None:
    for column in range(sparse.open_row.shape[0] if first < 0 else 0):
        for u in range(sparse.open_row.shape[1]):
            if sparse.open_row[column, u] < stop:
                if column == ASKED:
                    close_asked(sparse, got, u)
                else:
                    close(sparse, column, u)
    n = 0
    while n < width_s.size:
        alike = 1  # how many rows from here on are as wide
        while alike < PAGE and n + alike < width_s.size and width_s[n + alike] == width_s[n]:
            alike += 1
        whole = alike == PAGE and (stop + n) % PAGE == 0
        for u in range(held.size):
            value = held[u] * width_s[n]
            if whole and value == sparse.usual[first, u] and value != 0.0:
                sparse.at[first, (stop + n) // PAGE, u] = -PAGE
                continue
            for row in range(stop + n, stop + n + (PAGE if whole else 1)):
                sparse.open_row[first, u] = row
                sparse.open_value[first, u] = value
                close(sparse, first, u)
        n += PAGE if whole else 1
