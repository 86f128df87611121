"""Fail each in turn in a process of its own: the compiler is not loaded into this one."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from designer.catalog import KINDS, LINKS
from designer.engine.spec import Vm
from designer.model.sent import Row, plain, project_from
from designer.study.build import build
from designer.study.each.answer import EachAnswer, Headroom
from designer.study.engine_process import EndedEarly, worked_out

Tell = Callable[[float], object]
TOLD_S, SPENT = 0.1, 0.05
"""How often what is found is told, and the most of the time that is spent on it."""


def fail_each_apart(rows: list[Row], kinds: Sequence[str], maintenance: bool, on_progress: Tell) -> EachAnswer:
    """What becomes of a design when each of its elements fails. When `on_progress` returns False, what was tried until
    then. Raises SpecError, and EngineError when the process dies or was ended before it had tried anything.
    """
    so_far: list[EachAnswer] = []
    try:
        return worked_out(_work, (plain(rows), tuple(kinds), maintenance), on_progress, so_far.append)
    except EndedEarly:
        if not so_far:
            raise
        return so_far[-1]


def headroom_apart(
    rows: list[Row], profile: Vm, growth_frac: float, hosts: Sequence[int], on_progress: Tell
) -> Headroom:
    """How many more VMs of a profile fit so that N+1 holds. What the callback raises ends the work at once. Raises
    SpecError, and EngineError when the process dies.
    """
    return worked_out(_fill, (plain(rows), profile, growth_frac, tuple(hosts)), on_progress)


def _fill(rows: list[Row], profile: Vm, growth_frac: float, hosts: tuple[int, ...], tell: Tell) -> Headroom:
    from designer.study.each.headroom import headroom

    return headroom(build(project_from(KINDS, LINKS, rows)), profile, growth_frac, hosts, tell)


def _work(rows: list[Row], kinds: tuple[str, ...], maintenance: bool, tell: Callable[..., bool]) -> EachAnswer:
    from designer.study.each.search import fail_each

    told_s, took_s = time.monotonic(), 0.0

    def found(so_far: Callable[[], EachAnswer]) -> None:
        nonlocal told_s, took_s
        began_s = time.monotonic()
        if began_s - told_s > max(TOLD_S, took_s / SPENT):
            tell(0.0, so_far())
            told_s = time.monotonic()
            took_s = told_s - began_s

    return fail_each(build(project_from(KINDS, LINKS, rows)), kinds, maintenance, on_progress=tell, on_found=found)
