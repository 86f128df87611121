"""What reports and comparisons tell, worked out in a process of its own: the window waits for nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from designer.catalog import KINDS, LINKS
from designer.checks.check import Finding
from designer.model.sent import Row, plain, project_from
from designer.report.blocks import Section
from designer.report.comparing import Measures, chosen_scenarios
from designer.report.contents import worked_sections
from designer.report.ordering import measures_in_order
from designer.study.engine_process import worked_out

Tell = Callable[[float], object]


def sections_apart(rows: list[Row], met: Sequence[Finding] | None, on_progress: Tell) -> list[Section]:
    """As `worked_sections`. What the callback raises ends the work at once. Raises EngineError when the process
    dies.
    """
    return worked_out(_work, (plain(rows), met), on_progress)


def measures_apart(all_rows: Sequence[list[Row]], on_progress: Tell) -> tuple[list[Measures], int]:
    """The figures of several designs, and the seed of all, which is that of the first. What the callback raises ends
    the work at once. Raises EngineError when the process dies.
    """
    return worked_out(_compare, ([plain(rows) for rows in all_rows],), on_progress)


def _compare(all_rows: Sequence[list[Row]], tell: Tell) -> tuple[list[Measures], int]:
    projects = [project_from(KINDS, LINKS, rows) for rows in all_rows]
    names, seed = chosen_scenarios(projects), int(projects[0].root.__dict__["seed"])
    return measures_in_order(projects, names, seed, tell), seed


def _work(rows: list[Row], met: Sequence[Finding] | None, tell: Tell) -> list[Section]:
    return worked_sections(project_from(KINDS, LINKS, rows), None, met, tell)
