"""How long VMs were at each level: the seconds are those that adding tick after tick in float32 gives, bit for bit."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from designer.engine import Constant, Domain, Host, Recorded, Result, Spec, TimedEvent, Trace, Vm
from designer.engine.share.arrays import BINS
from designer.engine.share.levels import no_levels
from designer.engine.simulation import Simulation

VMS = (20, 21, 22)
PERCENTS = (np.arange(40, dtype=np.uint8) * 7 % 101)[None]


def spec(until_s: float, sample_s: float, *events: TimedEvent, step_s: float = 300.0) -> Spec:
    """A host with room for all, and VMs on it: two of them constant, one after a trace. Who fails boots at once."""
    trace = Trace(5, step_s, np.array([[3, 50, 3, 100, 0]], np.uint8))
    loads = (Constant(0.25), Constant(1.0), Recorded(5, 0))
    return Spec(
        domains=[Domain(1, 0, "zone")],
        hosts=[Host(10, 1, 8, 1000.0, 4096.0)],
        vms=[
            Vm(i, 10, 1, 1000.0, 64.0, load, recovery="same_zone", detect_s=0.0, boot_s=0.0)
            for i, load in zip(VMS, loads)
        ],
        traces=[trace], events=events, until_s=until_s, sample_s=sample_s,
    )  # fmt: skip


def run(given: Spec) -> tuple[Result, NDArray[np.float32]]:
    simulation = Simulation(given)
    simulation.advance(given.until_s)
    return simulation.result(), simulation.columns()["vm_bins"]


def added(levels: Iterable[tuple[int, float]]) -> NDArray[np.float32]:
    """Seconds at each level, added one after the other."""
    found = np.zeros(BINS, np.float32)
    for level, seconds in levels:
        found[level] += np.float32(seconds)
    return found


def cut(edges: NDArray[np.float64], spans: Iterable[tuple[float, float]]) -> Iterable[tuple[int, float]]:
    """Ticks, as they are cut by the spans in which a VM runs, with their seconds."""
    for begin, end in spans:
        for k in range(edges.size - 1):
            if edges[k] < end and edges[k + 1] > begin:
                yield k, min(edges[k + 1], end) - max(edges[k], begin)


@pytest.mark.parametrize("sample_s", [300.0, 7.3, 0.7])
def test_that_whole_ticks_are_added_one_after_the_other(sample_s: float) -> None:
    given = spec(900.0 * sample_s, sample_s, step_s=sample_s)
    result, seconds = run(given)
    widths = np.diff(result.tables.ticks.edges)
    trace = [6, 100, 6, 200, 0]
    assert seconds[0].tobytes() == added((50, width) for width in widths).tobytes()
    assert seconds[1].tobytes() == added((200, width) for width in widths).tobytes()
    assert seconds[2].tobytes() == added((trace[k % 5], width) for k, width in enumerate(widths)).tobytes()


@pytest.mark.parametrize("sample_s", [0.3, 0.25])  # by rounding, not all ticks of the first are of one width
def test_that_more_than_65_536_ticks_of_one_level_are_all_there(sample_s: float) -> None:
    given = spec(70_000 * sample_s, sample_s)
    result, seconds = run(given)
    widths = np.diff(result.tables.ticks.edges)
    assert widths.size == 70_000
    assert seconds[1].tobytes() == added((200, width) for width in widths).tobytes()
    assert np.count_nonzero(seconds[1]) == 1


@pytest.mark.parametrize("sample_s", [300.0, 1.1])
def test_that_ticks_which_a_failure_cuts_come_in_their_order(sample_s: float) -> None:
    times = (41.5 * sample_s, 41.75 * sample_s, 400.2 * sample_s, 500.3 * sample_s)
    events = [TimedEvent(time_s, "fail" if n % 2 == 0 else "recover", 10) for n, time_s in enumerate(times)]
    given = spec(800 * sample_s, sample_s, *events, step_s=sample_s)
    result, seconds = run(given)
    edges = result.tables.ticks.edges
    spans = [(0.0, times[0]), (times[1], times[2]), (times[3], float(edges[-1]))]
    assert [e.time_s for e in result.log if e.what == "running"] == [times[1]] * 3 + [times[3]] * 3
    assert seconds[0].tobytes() == added((50, s) for _, s in cut(edges, spans)).tobytes()
    trace = [6, 100, 6, 200, 0]
    assert seconds[2].tobytes() == added((trace[k % 5], s) for k, s in cut(edges, spans)).tobytes()


def test_that_ticks_of_two_widths_are_all_there() -> None:
    given = spec(90_000.0, 300.0, step_s=450.0)
    result, seconds = run(given)
    widths = np.diff(result.tables.ticks.edges)
    assert sorted(set(widths.tolist())) == [150.0, 300.0]
    assert seconds[0].tobytes() == added((50, width) for width in widths).tobytes()
    assert seconds.sum(axis=1).tolist() == [90_000.0] * 3


def test_that_percentiles_asked_for_together_are_those_asked_for_alone() -> None:
    result, _ = run(spec(1500.0, 300.0))
    together = result.vms.percentiles(0.2, 0.5, 1.0)
    assert together.tolist() == [result.vms.percentile(share).tolist() for share in (0.2, 0.5, 1.0)]
    assert together[:, 2].tolist() == [0.0, 0.03, 1.0]


def test_that_a_load_takes_a_row_for_all_levels_only_where_ticks_are_cut_at_more_than_a_few() -> None:
    levels = no_levels(1000, np.arange(11) * 300.0)
    assert levels.ticks.nbytes + levels.carry.nbytes == 2 * 1000 * BINS
    simulation = Simulation(spec(3000.0, 300.0, TimedEvent(450.0, "fail", 10), TimedEvent(460.0, "recover", 10)))
    simulation.advance(3000.0)
    simulation.record()
    bins = simulation._progress.sums.vm_bins
    assert (bins.used.tolist(), bins.at.tolist(), bins.noted.tolist()) == ([0, 0], [-1] * 3, [1] * 3)


def cuts(count: int) -> list[TimedEvent]:
    """A host is lost for a second in each of the first ticks."""
    times = [300.0 * n + 100.0 + n for n in range(count)]
    return [TimedEvent(t + d, what, 10) for t in times for d, what in ((0.0, "fail"), (1.0, "recover"))]  # type: ignore[arg-type]


@pytest.mark.parametrize("count", [3, 4, 5, 30])
def test_that_ticks_cut_at_few_levels_or_many_come_in_their_order(count: int) -> None:
    given = spec(60 * 300.0, 300.0, *cuts(count))
    trace = replace(given.traces[0], values=PERCENTS)
    result, seconds = run(replace(given, traces=[trace]))
    begins = [0.0, *(event.time_s for event in given.events if event.what == "recover")]
    ends = [*(event.time_s for event in given.events if event.what == "fail"), given.until_s]
    parts = list(cut(result.tables.ticks.edges, zip(begins, ends, strict=True)))
    assert seconds[2].tobytes() == added((2 * PERCENTS[0, k % 40], s) for k, s in parts).tobytes()
    assert seconds[0].tobytes() == added((50, s) for _, s in parts).tobytes()


@pytest.mark.parametrize("at_s", [400.0, 1300.0, 4000.0])
def test_that_a_branch_goes_on_with_the_levels_of_its_past(at_s: float) -> None:
    given = spec(60 * 300.0, 300.0, *cuts(12))
    trace = replace(given.traces[0], values=PERCENTS)
    parent = Simulation(replace(given, traces=[trace]))
    parent.advance(given.until_s)
    branch = parent.branch(at_s)
    branch.advance(given.until_s)
    past = [event for event in given.events if event.time_s <= at_s]
    alone = Simulation(replace(given, traces=[trace], events=past))
    alone.advance(given.until_s)
    assert branch.columns()["vm_bins"].tobytes() == alone.columns()["vm_bins"].tobytes()
