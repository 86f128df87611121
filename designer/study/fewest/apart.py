"""The fewest hosts searched for in a process of its own: what is known by then stays when the search is ended."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from designer.study.engine_process import EndedEarly, worked_out
from designer.study.fewest.problem import Problem
from designer.study.fewest.solver import Fewest, fewest


def fewest_apart(problem: Problem, most_s: float, on_progress: Callable[[float], object]) -> Fewest:
    """How few hosts do. When `on_progress` returns False, what is known by then; what it raises ends the search at
    once. Raises RuleError as `fewest` does, and EngineError when the process dies or knows nothing yet.
    """
    known: list[Fewest] = []
    try:
        return worked_out(_work, (problem, most_s), on_progress, known.append)
    except EndedEarly:
        if not known:
            raise
        return known[-1]


def _work(problem: Problem, most_s: float, tell: Callable[..., bool]) -> Fewest:
    return fewest(problem, most_s, tell, partial(tell, 0.0))
