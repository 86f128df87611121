"""When a cluster finds VMs that died: counted from when it lost their host."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from designer.engine.cluster.fencing import CONFIRMED
from designer.engine.cluster.tables import JudgedClusters
from designer.engine.state.state import State

I = NDArray[np.int64]  # noqa: E741


def found_s(state: State, judged: JudgedClusters, time_s: float, units: I) -> NDArray[np.float64]:
    """When VMs are found that die now on some units (hosts of judged clusters).

    vSphere counts from the death of a host, the others from when they lost it; longer where it was the primary, or
    where a datastore told longer that it lives. A cluster that fences by power finds nothing (inf) before a lost host
    is switched off.
    """
    s, found = state, np.empty(units.size)
    for k, u in enumerate(units.tolist()):
        row = judged.rows[int(judged.of[u])]
        after_s, lost, down = row.record.detect_s, bool(s.lost_s[u] >= 0.0), not s.up[u]
        if row.record.fencing == "power" and (lost or down):
            found[k] = time_s if s.fenced[u] == CONFIRMED else np.inf
            continue
        if s.was_primary[u] if lost else down and s.primary[row.n] == u:
            after_s += row.record.primary_more_s
        elif down and u in row.by_store and (not row.by_store[u].size or s.up[row.by_store[u]].any()):
            after_s += row.record.store_more_s
        counts = lost and not (down and row.record.rule == "vsphere")
        found[k] = max(time_s, (float(s.lost_s[u]) if counts else time_s) + after_s)
    return found
