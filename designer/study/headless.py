"""A run to its end in this process: for the command line and tests."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from designer.engine.result.blocks import SavedRun
from designer.engine.spec import Spec, TimedEvent
from designer.model.project import Project
from designer.settings import cache_dir
from designer.study.build import build
from designer.study.results.reading import RunResults
from designer.study.results.vm_loads import VmLoads, must_fit
from designer.study.series import RunSeries, SeriesReader
from designer.study.story import LogRow, Story
from designer.study.summary import Summary, VmFigures, summarize

if TYPE_CHECKING:
    from designer.engine.result.losses import Losses
    from designer.engine.result.result import Result
    from designer.engine.simulation import Simulation


@dataclass(frozen=True)
class Headless:
    """The result of a run without a window: the same series, log and table."""

    result: Result
    series: RunSeries
    log: list[LogRow]
    summary: Summary
    vms: VmFigures
    spec: Spec
    names: Mapping[int, str]
    simulation: Simulation
    losses: Losses | None = None
    """What VMs lost to others, where that was asked for."""

    @cached_property
    def results(self) -> RunResults:
        """The results by element."""
        return RunResults(self.spec, self.series, self.vms, self.names, VmLoads.of(self.result))

    def name(self, element_id: int) -> str:
        """The name of an element, launched instances too."""
        return self.names.get(element_id, str(element_id))

    @property
    def digest(self) -> str:
        """The fingerprint of the result, the same as the window's for the same events."""
        return self.result.digest()


def run_headless(
    project: Project,
    *,
    until_s: float | None = None,
    seed: int | None = None,
    events: Sequence[TimedEvent] = (),
    on_progress: Callable[[float], object] | None = None,
    neighbors: tuple[float, float | None] | None = None,
    vm_series: Callable[[float], object] | None = None,
) -> Headless:
    """Run a design to its end in this process. Raises SpecError.

    `neighbors`: also tell what VMs lose to others, from a time until another (None: to the end). `vm_series`: also keep
    the load of each VM in each step; it is told before the run how many MiB they take. Raises RuleError where that is
    more than is allowed.
    """
    os.environ.setdefault("NUMBA_CACHE_DIR", str(cache_dir() / "numba"))
    from designer.engine.simulation import Simulation, carried

    spec = build(project, until_s=until_s, seed=seed, events=events, keep_vm_series=vm_series is not None)
    if vm_series is not None:
        vm_series(must_fit(spec))
    simulation = carried(Simulation(spec), on_progress)
    return _headless(simulation, losses_of(simulation, *neighbors) if neighbors is not None else None)


def headless_of(saved: SavedRun, design: Project) -> Headless:
    """A saved run of a design, without running it again. Raises SpecError, and EngineError where it is no run of it."""
    os.environ.setdefault("NUMBA_CACHE_DIR", str(cache_dir() / "numba"))
    from designer.study.saving import revive

    spec = build(design, until_s=saved.until_s, seed=saved.seed, keep_vm_series=saved.keeps_vm_series)
    return _headless(revive(spec, saved), None)


def _headless(simulation: Simulation, losses: Losses | None) -> Headless:
    spec, result = simulation.spec, simulation.result()
    vms = VmFigures.of(result)
    story = Story(spec)
    series = SeriesReader(spec).read(result.store)
    rows = list(story.tell(result.log))
    table = summarize(series, spec, vms, story.names)
    return Headless(result, series, rows, table, vms, spec, story.names, simulation, losses)


def losses_of(simulation: Simulation, begin_s: float, end_s: float | None) -> Losses:
    """What all VMs of a simulation lost to others from a time until another (None: its end)."""
    isolation = simulation.isolation(begin_s, end_s)
    for _ in isolation.work():
        pass
    return isolation.losses()
