"""The figures of a run at one instant, small enough to keep; with the rows of the run they are its figures then."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from designer.engine.clock.progress import Progress
from designer.engine.result.columns import Column
from designer.engine.share import levels, peaks
from designer.engine.share.arrays import OF_VMS, brief, sum_of
from designer.engine.share.sparse import close_rows

Arrays = dict[str, NDArray[Any]]
_TOTALS = (*(f"vm_{name}" for name in OF_VMS), "used_most")


def figures_of(progress: Progress, time_s: float) -> Arrays:
    """The figures that are not final at a time: those of its recording step and tick, and all totals.

    All units are advanced to the tick, so everything before it is final and need not be copied.
    """
    p = progress
    tick = min(p.ticks_over(time_s), p.tables.ticks.row.size - 1)
    row = int(p.tables.ticks.row[tick])
    p.integrate(p.units, float(p.tables.ticks.edges[tick]))
    p.credits.everything(float(p.tables.ticks.edges[tick]), p.now)
    p.backlogs.observe(float(p.tables.ticks.edges[tick]))
    p.count_until(row * p.tables.spec.sample_s)
    p.peak_until(row)
    p.placed.until(row)
    p.unreached.until(row * p.tables.spec.sample_s)
    sums = p.sums  # now: room for more peaks is another array
    figures = {f"row_{name}": brief(column[row]) for name, column in _columns(p, time_s) if name != "filled"}
    if time_s > 0.0:  # else all of them are 0
        figures |= {name: brief(sum_of(sums, name)) for name in _TOTALS}
        figures |= levels.copied(sums.vm_bins)
    figures |= {"tick_served": sums.served[:, tick].copy(), "tick_instant": sums.instant[:, tick].copy()}
    if sums.vm_series.size:
        figures["row_vm_series"] = sums.vm_series[:, row].copy()
    figures |= peaks.copied(_first_tick(p, row), tick + 1, sums.peaks)
    figures |= p.credits.copy() | p.backlogs.copy() | p.placed.copy() | p.unreached.copy()
    figures["at"] = np.array([row, tick, p.ticks_done], np.int64)
    return figures | {"last_s": p.now.last_s.copy(), "counted_s": np.array([p.counted_s])}


def _columns(progress: Progress, time_s: float) -> Iterable[tuple[str, Any]]:
    """The columns of a run; at the start without those that are read slowly: integrals, of which all are 0 then."""
    columns = progress.store.arrays.items()
    return columns if time_s > 0.0 else [(name, one) for name, one in columns if isinstance(one, np.ndarray)]


def take_over(progress: Progress, parent: Progress, figures: Arrays, time_s: float) -> None:
    """Restore the figures that `figures_of` returned at a time in a new run; final ones are copied from the parent."""
    p, sums = progress, progress.sums
    row, tick, p.ticks_done = figures["at"].tolist()
    close_rows(parent.sums.sparse, parent.sums.allocated, row)
    for name, column in p.store.arrays.items():
        if name == "filled":
            column[0] = row
            continue
        if isinstance(column, Column):
            column.take(parent.store.arrays[name], row)
        else:
            column[:row] = parent.store.arrays[name][:row]
        if f"row_{name}" in figures:
            column[row] = figures[f"row_{name}"]
    for name in _TOTALS:
        if name in figures:
            sum_of(sums, name)[:] = figures[name]
    levels.put_back(sums.vm_bins, figures)
    for name in ("served", "instant"):
        getattr(sums, name)[:, :tick] = getattr(parent.sums, name)[:, :tick]
        getattr(sums, name)[:, tick] = figures[f"tick_{name}"]
    if sums.vm_series.size:
        sums.vm_series[:, :row] = parent.sums.vm_series[:, :row]
        sums.vm_series[:, row] = figures["row_vm_series"]
    p.sums = sums._replace(peaks=peaks.restored(_first_tick(p, row), figures, sums.peaks))
    p.peaked = row
    p.start_from(figures["last_s"])
    p.credits.restore(figures, parent.credits, time_s)
    p.backlogs.restore(figures, parent.backlogs, time_s)
    p.placed.restore(figures)
    p.unreached.restore(figures)
    p.counted_s = float(figures["counted_s"][0])


def _first_tick(progress: Progress, row: int) -> int:
    """The tick with which a recording step begins."""
    return int(np.searchsorted(progress.tables.ticks.row, row))
