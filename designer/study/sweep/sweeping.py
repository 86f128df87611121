"""The door of sweeps: the grid in chunks, on processes of this machine or on a cluster; the points in order, always the
same.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence

from designer.errors import RuleError
from designer.model.sent import Row, plain
from designer.study.availability.answer import REL_ERROR
from designer.study.sweep.answer import SweepAxis, Swept, SweptPoint
from designer.study.sweep.cluster import on_cluster
from designer.study.sweep.processes import SweepProcesses
from designer.study.sweep.work import SweepWork
from designer.words import tr

MOST_POINTS = 20_000
CHUNKS, LARGEST = 64, 16
"""About how many chunks, and most points of each: what a process that dies costs."""
Tell = Callable[[float], object]
"""Is told the part of the points that is found; where it returns False, the work ends with those."""


def sweep(
    rows: Sequence[Row],
    axes: Sequence[SweepAxis],
    services: Sequence[int],
    tell: Tell = lambda part: True,
    *,
    rel_error: float = REL_ERROR,
    workers: int = 0,
    scheduler: str = "",
) -> Swept:
    """What becomes of some services of a design, and of its bill, at each point of a grid.

    workers: processes of this machine, 0: one a core. scheduler: the address of a Dask scheduler, which has workers of
    its own. rel_error: half of the interval of an answer that is sampled, by its value. Raises DesignerError.
    """
    work = SweepWork(plain(rows), tuple(axes), tuple(services), rel_error)
    if not 0 < work.size <= MOST_POINTS:
        raise RuleError(tr("The grid has {0:,} points; {1:,} are the most.", work.size, MOST_POINTS))
    size = min(max(work.size // CHUNKS, 1), LARGEST)
    chunks = [range(first, min(first + size, work.size)) for first in range(0, work.size, size)]
    points: dict[int, SweptPoint] = {}

    def done(found: Sequence[SweptPoint]) -> bool:
        points.update((point.number, point) for point in found)
        return tell(len(points) / work.size) is not False

    if scheduler:
        on_cluster(work, chunks, scheduler, done)
    else:
        SweepProcesses(work, chunks, min(workers or cores(), len(chunks))).run(done)
    titles = tuple(axis.knob.title for axis in work.axes)
    return Swept(titles, tuple(points[n] for n in sorted(points)), len(points) == work.size)


def cores() -> int:
    """How many processes run at a time."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
