"""How full limits are in a recording step, and what of it VMs and units meet."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from designer.engine.clock.progress import Progress
from designer.engine.share.arrays import F, I


def fill_of(used: F, room: F) -> F:
    """Used / capacity of limits; NaN where none was recorded."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(room > 0.0, used / room, np.nan)


def fills_of(progress: Progress, unit: I, tick: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """How full the fullest limit of disks is, and of the wire, for all VMs (rows, on a `unit` each), then units: means
    over the recording step of a tick, or the step before where it has just begun. NaN: no limit.
    """
    t, flows = progress.tables, progress.flows
    disk, wire = (np.full(len(t.vms) + t.unit_ids.size, np.nan, np.float32) for _ in range(2))
    if flows is None:
        return disk, wire
    arrays, row = progress.store.arrays, int(t.ticks.row[tick])
    if row and not arrays["limit_room"][row].any():
        row -= 1
    fill = fill_of(np.array(arrays["limit_used"][row]), np.array(arrays["limit_room"][row]))
    fill = np.append(fill, np.nan)[flows.original]
    at = {int(i): len(t.vms) + n for n, i in enumerate(t.unit_ids)}
    for n, limit in enumerate(flows.limits):
        into = wire if limit.counts == "mbps" else disk
        if limit.of in at:
            into[at[limit.of]] = np.fmax(into[at[limit.of]], fill[n])
    begin, end = unit[flows.vm], np.where(flows.peer >= 0, unit[flows.peer], flows.target)
    paths, _ = flows.paths_at(np.arange(begin.size), begin >= 0, begin, end)
    some = np.flatnonzero(np.diff(paths.first))
    most = np.fmax.reduceat(fill[paths.limit], paths.first[some]).astype(np.float32) if some.size else fill[:0]
    for into, which in ((wire, flows.is_traffic[some]), (disk, ~flows.is_traffic[some])):
        for rows in (flows.vm, flows.load):
            np.fmax.at(into, rows[some[which]], most[which])
    return disk, wire
