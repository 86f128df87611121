"""A change rehearsed in a process of its own: the window waits for nothing, and the compiler is not loaded into it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from designer.catalog import KINDS, LINKS
from designer.catalog.scenarios.events import ScenarioEvent
from designer.model.sent import Row, plain, project_from
from designer.study.engine_process import worked_out
from designer.study.scenarios.rehearsal.answer import Rehearsal

Tell = Callable[[float], object]


def rehearse_apart(rows: list[Row], name: str, events: Sequence[ScenarioEvent], on_progress: Tell) -> Rehearsal:
    """What a change risks. What the callback raises ends the work at once. Raises RuleError where the scenario cannot
    happen, SpecError, and EngineError when the process dies.
    """
    return worked_out(_work, (plain(rows), name, tuple(events)), on_progress)


def _work(rows: list[Row], name: str, events: Sequence[ScenarioEvent], tell: Tell) -> Rehearsal:
    from designer.study.scenarios.rehearsal.search import rehearse

    return rehearse(project_from(KINDS, LINKS, rows), name, events, on_progress=tell)
