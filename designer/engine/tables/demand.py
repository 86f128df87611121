"""What each VM and application asks for, as the kernels read it; all traces one after the other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from designer.engine.share.arrays import CONSTANT, COURSE, CURVE, FRACTIONS, LOAD, MEMBER, PERCENTS, Demand
from designer.engine.spec import Constant, DayCurve, Recorded, Spec, Trace
from designer.engine.spec.fields import Demands, HostKinds, TraceRows, at_ids
from designer.engine.spec.numa import node_mib, node_vcpus
from designer.engine.spec.packed import mapped, values_of
from designer.engine.tables.vms import Columns, Rows

T = TypeVar("T", bound=np.generic)
LEVELS = {"low": 0.5, "normal": 1.0, "high": 2.0}
"""Shares of a level, of those of level normal (vSphere API, SharesLevel: 500, 1000, 2000 for each vCPU)."""
_MOST_KEPT = 1 << 22
"""Cells (loads x ticks) up to which is kept what flows, and watts, work out of what loads ask for: 32 MiB."""


def demand_table(
    spec: Spec,
    kinds: HostKinds,
    rows: Rows,
    columns: Columns,
    service: NDArray[np.int64],
    zones: list[str],
    steps: list[float],
    waiting: NDArray[np.bool_],
    ticks: int,
) -> Demand:
    """A record for each row; members of services that are `waiting` may have to wait. `service` is the
    row of its service (-1: none), `zones` and `steps` those of the `ticks` ticks.
    """
    loads = np.zeros(len(rows.vms), LOAD)
    loads["size"] = columns.vcpus * columns.mhz
    loads["vcpus"], loads["shares"] = columns.vcpus, columns.shares
    loads["floor"], loads["limit"] = columns.reservation_mhz, columns.limit_mhz
    loads["id"], loads["first_app"], loads["apps"] = columns.vm_ids, rows.first_app, rows.apps
    sizes = np.concatenate([[0.0], np.cumsum(loads["size"])])
    loads["apps_size"] = np.where(rows.apps > 0, sizes[rows.first_app + rows.apps] - sizes[rows.first_app], 1.0)
    loads["parts"] = (rows.apps > 0) | (columns.limit_mhz < loads["size"]) | (columns.pool != 0)
    loads["parts"][columns.keeps_backlog] = 1
    loads["parts"][[v for v in columns.credits.tolist() if not rows.vms[v].credits.unlimited]] = 1
    loads["most"] = loads["size"] * columns.thread_frac
    loads["ram_mib"], loads["prefer_ht"] = columns.ram_mib, columns.prefer_ht
    for host in kinds.each:
        if host.numa_nodes > 1 and host.numa_loss_frac > 0.0:
            loads["parts"] |= (columns.vcpus > node_vcpus(host)) | (columns.ram_mib > node_mib(host))
    loads["level"] = mapped(values_of(rows.vms, "level"), LEVELS.__getitem__, np.float64, loads.size)
    loads["service"] = -1
    own = columns.service == 0
    own[~own] = service[~own] < 0
    reached = ~own
    reached[columns.cut_off] = False  # nobody asks these for anything
    loads["kind"][reached], loads["service"][reached] = MEMBER, service[reached]
    loads["parts"] |= waiting & reached
    courses = _own_demands(spec, loads, columns.demands, np.flatnonzero(own), zones, steps)
    percents = _joined([t.values for t in spec.traces if t.values.dtype == np.uint8], np.uint8)
    fractions = _joined([t.values for t in spec.traces if t.values.dtype != np.uint8], np.float64)
    cells = loads.size if (spec.flows or spec.power) and loads.size * ticks <= _MOST_KEPT else 0, ticks
    return Demand(loads, courses, percents, fractions, np.zeros(cells), np.zeros((cells[0], 2), np.int64))


def _own_demands(
    spec: Spec, loads: NDArray[np.void], demands: Demands, own: NDArray[np.int64], zones: list[str], steps: list[float]
) -> NDArray[np.void]:
    """Fill in what rows ask for of themselves; return the courses that they follow."""
    each = len(demands.each)
    constant, curves, traced = (demands.which(kind) for kind in (Constant, DayCurve, Recorded))
    varies = np.ones(each, np.bool_)
    varies[constant] = False
    follows = np.flatnonzero(varies)
    courses, course = np.zeros(max(follows.size, 1), COURSE), np.zeros(each, np.int64)
    course[follows] = np.arange(follows.size)
    kind, mean = np.full(each, CONSTANT, np.int32), np.zeros(each)
    if constant.size:
        mean[constant] = [one.value for one in demands.those(Constant)]
    if curves.size:
        rows = demands.those(DayCurve)
        kind[curves], mean[curves] = CURVE, [curve.mean for curve in rows]
        courses["zone"][course[curves]] = [zones.index(curve.time_zone) for curve in rows]
        for name in ("swing", "peak_h", "noise"):
            courses[name][course[curves]] = [getattr(curve, name) for curve in rows]
    if traced.size:
        kind[traced] = _follow_traces(spec.traces, demands.followed, courses, course[traced], steps)
    of = demands.of[own]
    loads["kind"][own], loads["mean"][own], loads["course"][own] = kind[of], mean[of], course[of]
    return courses


def _follow_traces(
    traces: Sequence[Trace], rows: TraceRows, courses: NDArray[np.void], at: NDArray[np.int64], steps: list[float]
) -> NDArray[np.int64]:
    """Fill in where the courses `at` read their rows of the traces; return what they follow."""
    trace = at_ids({trace.id: n for n, trace in enumerate(traces)}, rows.trace)
    percent = np.array([t.values.dtype == np.uint8 for t in traces], np.bool_)
    sizes = np.array([t.values.size for t in traces], np.int64)
    before = np.where(percent, np.cumsum(sizes * percent), np.cumsum(sizes * ~percent)) - sizes
    length = np.array([t.values.shape[1] for t in traces], np.int64)[trace]
    courses["offset"][at] = before[trace] + rows.row * length
    courses["length"][at] = length
    courses["shift"][at] = rows.shift % length
    courses["scale"][at] = rows.scale
    courses["steps"][at] = np.array([steps.index(t.step_s) for t in traces], np.int64)[trace]
    follows: NDArray[np.int64] = np.where(percent, PERCENTS, FRACTIONS)[trace]
    return follows


def _joined(values: list[NDArray[T]], dtype: type[T]) -> NDArray[T]:
    """Arrays one after the other; writable, since a kernel is compiled again for what is not."""
    if len(values) == 1:
        return np.require(values[0], requirements=("C", "W")).reshape(-1)
    return np.concatenate([v.reshape(-1) for v in values]).astype(dtype) if values else np.zeros(0, dtype)
