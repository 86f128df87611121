"""The load of databases in the table of a run: a row for each replica that served requests."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from designer.words import mark

if TYPE_CHECKING:
    from designer.engine.result.result import Result

DATABASE = "database"
"""The kind of these rows."""
TITLES = (
    mark("Requests that write, mean"), mark("Requests that write, most"),
    mark("Requests that read, mean"), mark("Requests that read, most"),
)  # fmt: skip


def replica_figures(result: Result) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Of each replica that served requests its database and place by id (n x 2); requests a second, means over the run
    and the most of its recording steps, as in `TITLES` (n x 4).
    """
    width_s = np.diff(result.edges_s)
    ids, rates = [], []
    for one in result.databases.replicas:
        if one.writes.any() or one.reads.any():
            ids.append((one.database, one.place))
            of = [(load.sum() / width_s.sum(), (load / width_s).max()) for load in (one.writes, one.reads)]
            rates.append([figure for pair in of for figure in pair])
    return np.array(ids, np.int64).reshape(-1, 2), np.array(rates, np.float64).reshape(-1, 4)


def replica_rows(
    ids: NDArray[np.int64], rates: NDArray[np.float64], name: Callable[[int], str]
) -> list[tuple[int, str, str, dict[str, tuple[float, str]]]]:
    """Database, its name, that of the place, and figures by title, of each replica."""
    return [
        (base, name(base), name(place), {t: (r, "req/s") for t, r in zip(TITLES, row) if r > 0.0})
        for (base, place), row in zip(ids.tolist(), rates.tolist(), strict=True)
    ]
