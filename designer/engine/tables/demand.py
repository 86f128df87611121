"""What each VM and application asks for, as the kernels read it; all traces one after the other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from designer.engine.share.arrays import CURVE, FRACTIONS, LOAD, MEMBER, PERCENTS, Demand
from designer.engine.spec import Constant, DayCurve, Recorded, Spec, Trace, Vm
from designer.engine.tables.vms import Columns, Rows

T = TypeVar("T", bound=np.generic)


def demand_table(
    spec: Spec, rows: Rows, columns: Columns, service: NDArray[np.int64], zones: list[str], steps: list[float]
) -> Demand:
    """A record for each row. `service` is the row of its service (-1: none), `zones` and `steps` those of the ticks."""
    loads = np.zeros(len(rows.vms), LOAD)
    loads["size"] = columns.vcpus * columns.mhz
    loads["vcpus"], loads["shares"] = columns.vcpus, columns.shares
    loads["id"], loads["first_app"], loads["apps"] = columns.vm_ids, rows.first_app, rows.apps
    loads["service"], loads["scale"], loads["length"] = -1, 1.0, 1
    own = columns.service == 0
    own[~own] = service[~own] < 0
    member = np.flatnonzero(~own)
    for v in member.tolist():
        if not rows.vms[v].cut_off:  # else nobody asks it for anything
            loads["kind"][v], loads["service"][v] = MEMBER, service[v]
    _own_demands(spec, loads, rows.vms, np.flatnonzero(own), zones, steps)
    percents = _joined([t.values for t in spec.traces if t.values.dtype == np.uint8], np.uint8)
    fractions = _joined([t.values for t in spec.traces if t.values.dtype != np.uint8], np.float64)
    return Demand(loads, percents, fractions)


def _own_demands(
    spec: Spec, loads: NDArray[np.void], vms: Sequence[Vm], which: NDArray[np.int64], zones: list[str],
    steps: list[float],
) -> None:  # fmt: skip
    """Fill in what rows ask for of themselves."""
    demands = [vms[v].demand for v in which.tolist()] if len(which) < len(vms) else [vm.demand for vm in vms]
    of: dict[type, list[int]] = {Constant: [], DayCurve: [], Recorded: []}
    for n, demand in enumerate(demands):
        of[type(demand)].append(n)
    constant = [demands[n] for n in of[Constant]]
    loads["mean"][which[of[Constant]]] = [demand.value for demand in constant]  # type: ignore[union-attr]
    curves = [(n, demand) for n in of[DayCurve] if isinstance(demand := demands[n], DayCurve)]
    if curves:
        at = which[[n for n, _ in curves]]
        loads["kind"][at] = CURVE
        loads["zone"][at] = [zones.index(curve.time_zone) for _, curve in curves]
        for field, name in (("mean", "mean"), ("swing", "swing"), ("peak_h", "peak_h"), ("noise", "noise")):
            loads[field][at] = [getattr(curve, name) for _, curve in curves]
    recorded = [demands[n] for n in of[Recorded]]
    if recorded:
        _follow_traces(spec.traces, loads, which[of[Recorded]], recorded, steps)  # type: ignore[arg-type]


def _follow_traces(
    traces: Sequence[Trace], loads: NDArray[np.void], at: NDArray[np.int64], demands: list[Recorded], steps: list[float]
) -> None:
    """Link rows with their rows of the traces."""
    trace_at = {trace.id: n for n, trace in enumerate(traces)}
    trace = np.array([trace_at[demand.trace] for demand in demands], np.int64)
    percent = np.array([t.values.dtype == np.uint8 for t in traces], np.bool_)
    sizes = np.array([t.values.size for t in traces], np.int64)
    before = np.where(percent, np.cumsum(sizes * percent), np.cumsum(sizes * ~percent)) - sizes
    length = np.array([t.values.shape[1] for t in traces], np.int64)[trace]
    loads["kind"][at] = np.where(percent, PERCENTS, FRACTIONS)[trace]
    loads["offset"][at] = before[trace] + np.array([demand.row for demand in demands], np.int64) * length
    loads["length"][at] = length
    loads["shift"][at] = np.array([demand.shift for demand in demands], np.int64) % length
    loads["scale"][at] = [demand.scale for demand in demands]
    loads["steps"][at] = np.array([steps.index(t.step_s) for t in traces], np.int64)[trace]


def _joined(values: list[NDArray[T]], dtype: type[T]) -> NDArray[T]:
    """Arrays one after the other; writable, since a kernel is compiled again for what is not."""
    if len(values) == 1:
        return np.require(values[0], requirements=("C", "W")).reshape(-1)
    return np.concatenate([v.reshape(-1) for v in values]).astype(dtype) if values else np.zeros(0, dtype)
