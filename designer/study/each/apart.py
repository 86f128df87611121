"""Fail each in turn in a process of its own: the compiler is not loaded into this one."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from designer.catalog import KINDS, LINKS
from designer.model.sent import Row, plain, project_from
from designer.study.build import build
from designer.study.each.answer import EachAnswer
from designer.study.engine_process import worked_out

Tell = Callable[[float], object]


def fail_each_apart(rows: list[Row], kinds: Sequence[str], maintenance: bool, on_progress: Tell) -> EachAnswer:
    """What becomes of a design when each of its elements fails. When `on_progress` returns False, what was tried until
    then. Raises SpecError, and EngineError when the process dies.
    """
    return worked_out(_work, (plain(rows), tuple(kinds), maintenance), on_progress)


def _work(rows: list[Row], kinds: tuple[str, ...], maintenance: bool, tell: Tell) -> EachAnswer:
    from designer.study.each.search import fail_each

    return fail_each(build(project_from(KINDS, LINKS, rows)), kinds, maintenance, on_progress=tell)
