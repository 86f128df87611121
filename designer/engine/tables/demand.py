"""What each VM and application asks for, as the kernels read it; all traces one after the other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from designer.engine.share.arrays import CURVE, FRACTIONS, LOAD, MEMBER, PERCENTS, Demand
from designer.engine.spec import Constant, DayCurve, Recorded, Spec
from designer.engine.spec.fields import Demands
from designer.engine.spec.packed import values_of
from designer.engine.tables.vms import Columns, Rows

T = TypeVar("T", bound=np.generic)
LEVELS = {"low": 0.5, "normal": 1.0, "high": 2.0}
"""Shares of a level, of those of level normal (vSphere API, SharesLevel: 500, 1000, 2000 for each vCPU)."""


def demand_table(
    spec: Spec, rows: Rows, columns: Columns, service: NDArray[np.int64], zones: list[str], steps: list[float]
) -> Demand:
    """A record for each row. `service` is the row of its service (-1: none), `zones` and `steps` those of the ticks."""
    loads = np.zeros(len(rows.vms), LOAD)
    loads["size"] = columns.vcpus * columns.mhz
    loads["vcpus"], loads["shares"] = columns.vcpus, columns.shares
    loads["floor"], loads["limit"] = columns.reservation_mhz, columns.limit_mhz
    loads["id"], loads["first_app"], loads["apps"] = columns.vm_ids, rows.first_app, rows.apps
    loads["parts"] = (rows.apps > 0) | (columns.limit_mhz < loads["size"]) | (columns.pool != 0)
    loads["level"] = np.fromiter(map(LEVELS.__getitem__, values_of(rows.vms, "level")), np.float64, loads.size)
    loads["service"], loads["scale"], loads["length"] = -1, 1.0, 1
    own = columns.service == 0
    own[~own] = service[~own] < 0
    reached = ~own
    reached[columns.cut_off] = False  # nobody asks these for anything
    loads["kind"][reached], loads["service"][reached] = MEMBER, service[reached]
    _own_demands(spec, loads, columns.demands, own, zones, steps)
    percents = _joined([t.values for t in spec.traces if t.values.dtype == np.uint8], np.uint8)
    fractions = _joined([t.values for t in spec.traces if t.values.dtype != np.uint8], np.float64)
    return Demand(loads, percents, fractions)


def _own_demands(
    spec: Spec, loads: NDArray[np.void], demands: Demands, own: NDArray[np.bool_], zones: list[str], steps: list[float]
) -> None:
    """Fill in what rows ask for of themselves."""
    of: dict[type, list[int]] = {Constant: [], DayCurve: [], Recorded: []}
    for n, demand in enumerate(demands.each):
        of[type(demand)].append(n)
    for kind, fill in ((Constant, _constants), (DayCurve, _curves), (Recorded, _recorded)):
        if of[kind]:
            index = np.full(len(demands.each), -1, np.int64)
            index[of[kind]] = np.arange(len(of[kind]))
            which = index[demands.of]
            rows = np.flatnonzero((which >= 0) & own)
            columns = fill(spec, [demands.each[n] for n in of[kind]], zones, steps)
            for name, column in columns.items():
                loads[name][rows] = column[which[rows]]


Filled = dict[str, NDArray[Any]]
"""Fields of `LOAD` by name, a row a demand."""


def _constants(spec: Spec, demands: Sequence[Any], zones: list[str], steps: list[float]) -> Filled:
    return {"mean": np.array([demand.value for demand in demands], np.float64)}


def _curves(spec: Spec, demands: Sequence[Any], zones: list[str], steps: list[float]) -> Filled:
    zone = np.array([zones.index(curve.time_zone) for curve in demands], np.int32)
    numbers = {
        name: np.array([getattr(curve, name) for curve in demands], np.float64)
        for name in ("mean", "swing", "peak_h", "noise")
    }
    return {"kind": np.full(len(demands), CURVE, np.int32), "zone": zone, **numbers}


def _recorded(spec: Spec, demands: Sequence[Any], zones: list[str], steps: list[float]) -> Filled:
    """The rows of the traces that demands follow."""
    traces = spec.traces
    trace_at = {trace.id: n for n, trace in enumerate(traces)}
    trace = np.array([trace_at[demand.trace] for demand in demands], np.int64)
    percent = np.array([t.values.dtype == np.uint8 for t in traces], np.bool_)
    sizes = np.array([t.values.size for t in traces], np.int64)
    before = np.where(percent, np.cumsum(sizes * percent), np.cumsum(sizes * ~percent)) - sizes
    length = np.array([t.values.shape[1] for t in traces], np.int64)[trace]
    return {
        "kind": np.where(percent, PERCENTS, FRACTIONS)[trace],
        "offset": before[trace] + np.array([demand.row for demand in demands], np.int64) * length,
        "length": length,
        "shift": np.array([demand.shift for demand in demands], np.int64) % length,
        "scale": np.array([demand.scale for demand in demands], np.float64),
        "steps": np.array([steps.index(t.step_s) for t in traces], np.int64)[trace],
    }


def _joined(values: list[NDArray[T]], dtype: type[T]) -> NDArray[T]:
    """Arrays one after the other; writable, since a kernel is compiled again for what is not."""
    if len(values) == 1:
        return np.require(values[0], requirements=("C", "W")).reshape(-1)
    return np.concatenate([v.reshape(-1) for v in values]).astype(dtype) if values else np.zeros(0, dtype)
