"""What a report tells, worked out in a process of its own: the window waits for nothing."""

from __future__ import annotations

from collections.abc import Callable

from designer.catalog import KINDS, LINKS
from designer.model.sent import Row, plain, project_from
from designer.report.blocks import Section
from designer.report.contents import worked_sections
from designer.study.engine_process import worked_out

Tell = Callable[[float], object]


def sections_apart(rows: list[Row], runs: bool, on_progress: Tell) -> list[Section]:
    """As `worked_sections`. What the callback raises ends the work at once. Raises EngineError when the process
    dies.
    """
    return worked_out(_work, (plain(rows), runs), on_progress)


def _work(rows: list[Row], runs: bool, tell: Tell) -> list[Section]:
    return worked_sections(project_from(KINDS, LINKS, rows), None, runs, tell)
