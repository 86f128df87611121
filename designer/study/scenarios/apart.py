"""A scenario, or the loss of each region, played in a process of its own: the window waits for nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from designer.catalog import KINDS, LINKS
from designer.catalog.rules.flows import called
from designer.catalog.scenarios.events import ScenarioEvent
from designer.model.sent import Row, plain, project_from
from designer.study.engine_process import worked_out
from designer.study.scenarios.answer import ScenarioAnswer, answer_of
from designer.study.scenarios.play import play
from designer.study.scenarios.region_loss import RegionLoss, region_losses


def what_if_apart(
    rows: list[Row], name: str, events: Sequence[ScenarioEvent], on_progress: Callable[[float], object]
) -> ScenarioAnswer:
    """What a scenario does to a design. What the callback raises ends the work at once. Raises RuleError where the
    scenario cannot happen, SpecError, and EngineError when the process dies.
    """
    return worked_out(_work, (plain(rows), name, tuple(events)), on_progress)


def _work(
    rows: list[Row], name: str, events: Sequence[ScenarioEvent], tell: Callable[[float], object]
) -> ScenarioAnswer:
    project = project_from(KINDS, LINKS, rows)
    played = play(project, name, events, on_progress=tell)
    return answer_of(played, {i: called(project, i) for i in {hit.id for hit in played.hits} if i in project.links})


def region_losses_apart(rows: list[Row], on_progress: Callable[[float], object]) -> list[RegionLoss]:
    """What the loss of each region does to the services of a design. What the callback raises ends the work at once.
    Raises SpecError, and EngineError when the process dies.
    """
    return worked_out(_lose_each, (plain(rows),), on_progress)


def _lose_each(rows: list[Row], tell: Callable[[float], object]) -> list[RegionLoss]:
    return region_losses(project_from(KINDS, LINKS, rows), tell=tell)
