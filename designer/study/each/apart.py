"""Fail each in turn in a process of its own: the compiler is not loaded into this one."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from designer.engine.spec import Spec
from designer.study.each.answer import EachAnswer
from designer.study.engine_process import worked_out

Tell = Callable[[float], object]


def fail_each_apart(spec: Spec, kinds: Sequence[str], maintenance: bool, on_progress: Tell) -> EachAnswer:
    """What becomes of a design when each of its elements fails. When `on_progress` returns False, what was tried until
    then. Raises SpecError, and EngineError when the process dies.
    """
    return worked_out(_work, (spec, tuple(kinds), maintenance), on_progress)


def _work(spec: Spec, kinds: tuple[str, ...], maintenance: bool, tell: Tell) -> EachAnswer:
    from designer.study.each.search import fail_each

    return fail_each(spec, kinds, maintenance, on_progress=tell)
