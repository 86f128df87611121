"""The ticks of a run: spans in which no demand changes, with local hours, trace samples and requests in each."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from designer.engine import chance
from designer.engine.local_time import LocalClock, second_of_day
from designer.engine.share.arrays import Ticks
from designer.engine.share.demand import day_rates
from designer.engine.spec import Constant, DayCurve, Demand, Service, Spec

SCRIPTED = ("surge",)
"""Events that are part of what is given: they are known before the run begins."""


def ticks_of(spec: Spec, zones: list[str], steps: list[float]) -> Ticks:
    """The ticks of a run, for day curves in some time zones and traces of some steps.

    A tick begins with each recording step, with each sample of a trace, and where the clocks of a zone change.
    """
    count = int(np.ceil(spec.until_s / spec.sample_s - 1e-9))
    clocks = [LocalClock.of(spec, zone) for zone in zones]
    grid = [np.arange(count) * spec.sample_s, *(clock.changes_s for clock in clocks)]
    grid += [np.array([event.time_s for event in spec.events if event.what in SCRIPTED])]
    grid += [np.arange(int(np.ceil(spec.until_s / step))) * step for step in steps if step != spec.sample_s]
    starts = _rising(np.concatenate(grid))
    starts = starts[starts < spec.until_s]
    row = np.minimum((starts / spec.sample_s + 1e-9).astype(np.int64), count - 1)
    sample = [(starts / step + 1e-9).astype(np.int64) for step in steps]
    middle_s = (np.arange(count, dtype=np.float64) + 0.5) * spec.sample_s
    hour = [_hours(spec, clock, starts, middle_s[row]) for clock in clocks]
    ticks = Ticks(
        edges=np.append(starts, spec.until_s),
        row=row,
        sample=np.stack(sample) if steps else np.zeros((0, 0), np.int64),
        hour=np.stack(hour) if zones else np.zeros((0, 0)),
        rate=np.zeros((len(spec.services), starts.size)),
    )
    for n, service in enumerate(spec.services):
        for stream, demand in demands_of(service):
            factor = 1.0 if stream == service.id else surges_of(spec, stream, starts)
            ticks.rate[n] += factor * rates_of(spec, stream, demand, ticks, zones, steps)
        ticks.rate[n] *= surges_of(spec, service.id, starts)
    return ticks


def _rising(times_s: NDArray[np.float64]) -> NDArray[np.float64]:
    """Times in order, each once; most are so already."""
    return times_s if (times_s[1:] > times_s[:-1]).all() else np.unique(times_s)


def surges_of(spec: Spec, of: int, starts: NDArray[np.float64]) -> NDArray[np.float64]:
    """How many times the usual the requests of a service, or of users, are in each tick: as its last surge says."""
    surges = sorted((event.time_s, event.value) for event in spec.events if event.what in SCRIPTED and event.id == of)
    factors = np.array([1.0, *(value for _, value in surges)])
    return factors[np.searchsorted(np.array([time_s for time_s, _ in surges]), starts, side="right")]


def named_rates(spec: Spec, ticks: Ticks, zones: list[str], steps: list[float]) -> NDArray[np.float64]:
    """Requests a second of the users of each DNS name in every tick."""
    out = np.zeros((len(spec.dns_names), ticks.row.size))
    for n, name in enumerate(spec.dns_names):
        for users in name.users:
            factor = surges_of(spec, users.id, ticks.edges[:-1])
            out[n] += factor * rates_of(spec, users.id, users.demand, ticks, zones, steps)
    return out


def demands_of(service: Service) -> list[tuple[int, Demand]]:
    """The demands of a service, its own and that of its users, each with the id of its random stream."""
    return [(service.id, service.demand), *((users.id, users.demand) for users in service.users)]


def _hours(
    spec: Spec, clock: LocalClock, starts: NDArray[np.float64], middle_s: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The local hour in each tick: at the middle of its recording step, by the clock as it is in the tick."""
    hours: NDArray[np.float64] = ((second_of_day(spec) + middle_s + clock.ahead_at(starts)) / 3600.0) % 24.0
    return hours


def rates_of(
    spec: Spec, stream: int, demand: Demand, ticks: Ticks, zones: list[str], steps: list[float]
) -> NDArray[np.float64]:
    """Requests a second in every tick."""
    out = np.zeros(ticks.row.size)
    if isinstance(demand, Constant):
        out[:] = demand.value
    elif isinstance(demand, DayCurve):
        hour, key1 = ticks.hour[zones.index(demand.time_zone)], chance.key(spec.seed, chance.DEMAND)
        day_rates(demand.mean, demand.swing, demand.peak_h, demand.noise, hour, ticks.row, np.uint64(stream), key1, out)
    else:
        trace = next(t for t in spec.traces if t.id == demand.trace)
        at = (ticks.sample[steps.index(trace.step_s)] + demand.shift) % trace.values.shape[1]
        values = trace.values[demand.row][at]
        out[:] = values * demand.scale / 100.0 if values.dtype == np.uint8 else values * demand.scale
    return out
