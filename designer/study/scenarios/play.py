"""Play a scenario: run a design with what it does to it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import cast

from designer.catalog.scenarios.events import OVER, ScenarioEvent
from designer.catalog.scenarios.losses import LostData, hits_with_restores, lost_data
from designer.catalog.scenarios.targets import IN_A_RUN, EventHit, nothing_hit
from designer.engine.spec import TimedEvent, What
from designer.errors import RuleError
from designer.model.project import Project
from designer.study.build import HOUR_S
from designer.study.headless import Headless, run_headless
from designer.words import tr

VALUED = frozenset(what for what, _ in OVER)
"""Events of a run that have a number."""
AFTER_S = HOUR_S
"""How long a run goes on, at least, after the last event of its scenario."""


@dataclass(frozen=True)
class Played:
    """A run of a design with the events of a scenario: what was hit, and all that a run tells."""

    name: str
    hits: list[EventHit]
    done: Headless
    lost: tuple[LostData, ...] = ()
    """The data that is lost for good."""

    @property
    def first_s(self) -> float:
        """When the scenario begins."""
        return min((hit.time_s for hit in self.hits), default=0.0)


def timed_events(hits: Sequence[EventHit]) -> list[TimedEvent]:
    """The hits of a scenario as events of a run, in order of time."""
    return [_timed(hit) for hit in hits]


def _timed(hit: EventHit) -> TimedEvent:
    """A hit as an event of a run: a load that is calm again is once what it was."""
    over = next(((what, value) for (what, value), end in OVER.items() if end == hit.what), None)
    what, value = over or (IN_A_RUN.get(hit.what, hit.what), hit.value if hit.what in VALUED else 0.0)
    return TimedEvent(hit.time_s, cast(What, what), hit.id, value)


def length_s(project: Project, hits: Sequence[EventHit]) -> float:
    """How long a run of a scenario is: as the design says, and at least a while after its last event."""
    last_s = max((hit.time_s for hit in hits), default=0.0)
    return max(float(project.root.__dict__["until_h"]) * HOUR_S, last_s + AFTER_S)


def play(
    project: Project,
    name: str,
    events: Sequence[ScenarioEvent],
    *,
    until_s: float | None = None,
    seed: int | None = None,
    on_progress: Callable[[float], object] | None = None,
) -> Played:
    """Run a design with the events of a scenario, in this process. Raises RuleError where the scenario cannot happen in
    it, SpecError where the design or an event has no meaning.
    """
    hits = hits_with_restores(project, events, int(project.root.__dict__["seed"]) if seed is None else seed)
    if not hits:
        raise nothing_hit(name, events)
    if until_s is not None:
        hits = [hit for hit in hits if hit.what != "restore" or hit.time_s < until_s]
    whole_s = length_s(project, hits) if until_s is None else until_s
    if hits[-1].time_s >= whole_s:
        raise RuleError(tr("The scenario “{0}” continues after the end of the run; make the run longer.", name))
    done = run_headless(project, until_s=whole_s, seed=seed, events=timed_events(hits), on_progress=on_progress)
    return Played(name, hits, done, tuple(lost_data(project, hits)))
