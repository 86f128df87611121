"""VMs step by step, where a run keeps that: the load of each, and how it is spread over the VMs of each container."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from designer.engine.state.history import StateHistory
from designer.engine.state.state import RUNNING
from designer.engine.tables.tabulate import Tables
from designer.engine.tables.tree import units_of

F = NDArray[np.float64]
SHARES = (0.5, 0.95, 1.0)
"""The parts of the VMs that do not exceed what is told: the median, 95% and all."""


def spread_of(
    tables: Tables, history: StateHistory, series: NDArray[np.float32], edges_s: F, shares: Sequence[float] = SHARES
) -> F:
    """The mean load in each step that a part of the VMs of each unit does not exceed (share x step x unit).

    The VMs of a step are those that run on the unit, or in what stands in it, as the step ends; NaN: there is none.
    """
    steps, vms = edges_s.size - 1, tables.first_app
    found = np.full((len(shares), steps, tables.unit_ids.size), np.nan)
    size, parent = tables.demand.size[:vms], units_of(tables.spec)[1]
    seen, done = {name: values.copy() for name, values in history.at(0).items()}, 0
    for step in range(steps):
        count = history.count(float(np.nextafter(edges_s[step + 1], -np.inf)))
        for change in history.changes[done:count]:
            for name in ("status", "unit"):
                seen[name][change.vms] = getattr(change, name)
        done = count
        load = series[:vms, step].astype(np.float64) / (edges_s[step + 1] - edges_s[step]) / size
        unit = np.where(seen["status"][:vms] == RUNNING, seen["unit"][:vms], -1)
        found[:, step] = _of_units(load, unit, parent, shares)
    return found


def _of_units(load: F, unit: NDArray[Any], parent: NDArray[np.int64], shares: Sequence[float]) -> F:
    """Quantiles of the loads of VMs by the unit they are on and all that it stands in (share x unit)."""
    found = np.full((len(shares), parent.size), np.nan)
    rows, at = [], []
    which, of = np.flatnonzero(unit >= 0), unit[unit >= 0]
    while which.size:
        rows.append(which)
        at.append(of)
        which, of = which[parent[of] >= 0], parent[of][parent[of] >= 0]
    if not rows:
        return found
    vms, units = np.concatenate(rows), np.concatenate(at)
    order = np.lexsort((load[vms], units))
    loads, units = load[vms][order], units[order]
    first = np.flatnonzero(np.diff(units, prepend=-1))
    counts = np.diff(np.append(first, units.size))
    for n, share in enumerate(shares):
        found[n, units[first]] = loads[first + np.maximum(np.ceil(share * counts - 1e-9).astype(np.int64) - 1, 0)]
    return found
