"""The nines of services before and after a change, and the moves that help most, in a process of its own: the window
waits for nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from designer.catalog import KINDS, LINKS
from designer.model.project import Project
from designer.model.sent import Row, plain, project_from
from designer.study.engine_process import worked_out
from designer.study.sizing.moves import Rebalance
from designer.study.sizing.moving import nines_of

Change = Callable[[Project], object]
HALF = 0.5
"""The part of the work after which the nines before are known."""


@dataclass(frozen=True)
class NinesChanged:
    """The nines of a service before and after a change; None without an answer."""

    service: str
    before: float | None
    after: float | None


def nines_around(
    project: Project, change: Change, tell: Callable[[float], object] = lambda part: None
) -> list[NinesChanged]:
    """Change a design; the nines of its services before and after. Raises what the change raises."""
    before = nines_of(project)
    tell(HALF)
    change(project)
    after = nines_of(project)
    return [NinesChanged(project.elements[i].name, before.get(i), nines) for i, nines in after.items()]


def nines_around_apart(rows: list[Row], change: Change, on_progress: Callable[[float], object]) -> list[NinesChanged]:
    """The nines before and after a change, which is a function of a module or a `partial` of one. What the callback
    raises ends the work at once. Raises what the change raises, and EngineError when the process dies.
    """
    return worked_out(_work, (plain(rows), change), on_progress)


def _work(rows: list[Row], change: Change, tell: Callable[[float], object]) -> list[NinesChanged]:
    return nines_around(project_from(KINDS, LINKS, rows), change, tell)


def rebalance_apart(
    rows: list[Row], p95: dict[int, float], most: int, on_progress: Callable[[float], object]
) -> Rebalance:
    """The moves that help most. What the callback raises ends the work at once. Raises SpecError, and EngineError when
    the process dies."""
    return worked_out(_moves, (plain(rows), p95, most), on_progress)


def moves_of(project: Project, p95: dict[int, float], most: int, tell: Callable[[float], object]) -> Rebalance:
    """The moves that help most, in this process. Raises SpecError."""
    from designer.study.sizing.rebalance import rebalance

    return rebalance(project, p95, most, tell)


def _moves(rows: list[Row], p95: dict[int, float], most: int, tell: Callable[[float], object]) -> Rebalance:
    return moves_of(project_from(KINDS, LINKS, rows), p95, most, tell)
