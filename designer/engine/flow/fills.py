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
    for f, v in enumerate(flows.vm.tolist()):
        if unit[v] < 0:
            continue
        peer = int(flows.peer[f])
        limits, _, _ = flows.path(f, int(unit[v]), int(unit[peer]) if peer >= 0 else int(flows.target[f]))
        into = wire if flows.is_traffic[f] else disk
        if limits:
            most = np.float32(np.fmax.reduce(fill[limits]))
            for r in {v, int(flows.load[f])}:
                into[r] = np.fmax(into[r], most)
    return disk, wire
