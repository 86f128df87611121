"""A service's structure, solved for the values that its parts have."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from designer.catalog.failing import REPAIR_SIGMA
from designer.engine.reliability import exact
from designer.engine.reliability.answer import Availability as EngineAnswer
from designer.engine.reliability.chooser import solve
from designer.engine.reliability.laws import Exponential, Fixed, Law, Lognormal
from designer.engine.reliability.system import YEAR_H, Ask, AtLeast, Component, Id, System, Unit
from designer.engine.reliability.system import Node as EngineNode
from designer.study.availability.simplify import Simplifier
from designer.study.availability.structure import FallibleComponent, Least, Node

MISSED_ERROR = 0.1
"""Half of the 95% interval of a chance that is drawn, as a part of it."""
Watch = Callable[[Any], bool] | None


@dataclass(frozen=True)
class LongRun:
    """The long run of a service: the part of the time for which it is down, and outages an hour."""

    down: float
    outages_h: float
    by_group: tuple[float, ...] = ()
    """By how much of itself `down` would grow if the parts of a group were down for e times as long, at first."""
    often_by_group: tuple[float, ...] = ()
    """The outages an hour that begin with a failure of each group."""


def engine_node(top: Node, named: Callable[[int], Id] = int) -> EngineNode:
    """The node as the engine reads it; `named`: what it calls a part, by its number."""
    memo: dict[Least, EngineNode] = {}

    def made(node: Node) -> EngineNode:
        if not isinstance(node, Least):
            return Unit(named(node))
        if node not in memo:
            memo[node] = AtLeast(node.k, tuple(made(one) for one in node.of))
        return memo[node]

    return made(top)


class Solved:
    """A structure made ready once and asked for many values of its parts. Raises exact.TooLarge where it cannot."""

    def __init__(self, top: Node) -> None:
        self.node = Simplifier().simplified(top)
        self.always = isinstance(self.node, Least) and not self.node.k
        self._ready = None if self.always else exact.Structure(engine_node(self.node))
        self.numbers = [] if self._ready is None else [int(number) for _, number in self._ready.leaves]
        """The parts that count, in the order of the leaves."""

    def long_run(self, parts: Sequence[FallibleComponent], groups: Mapping[int, int] | None = None) -> LongRun:
        """The long run for parts of these values; `groups`: the number of the group of each part."""
        if self._ready is None:
            return LongRun(0.0, 0.0, *([(0.0,) * len(set(groups.values()))] * 2 if groups else []))
        up, down, often = self._values(parts)
        count = max(groups.values(), default=-1) + 1 if groups else 0
        change = np.zeros((len(up), 2 * count + 1))
        change[:, 0] = often
        for row, number in enumerate(self.numbers):
            if groups:
                change[row, 1 + groups[number]] = down[row]
                change[row, 1 + count + groups[number]] = often[row]
        one = self._ready.triple(up, down, change, exact.WORK_OF_PARTS if groups else exact.WORK)
        moved = np.broadcast_to(one.change, (2 * count + 1,))
        down_now = float(one.down)
        weights = tuple(float(each) / down_now if down_now > 0.0 else 0.0 for each in moved[1 : count + 1])
        return LongRun(down_now, float(moved[0]), weights, tuple(map(float, moved[count + 1 :])))

    def _values(self, parts: Sequence[FallibleComponent]) -> tuple[NDArray[np.float64], ...]:
        mtbf_h = np.array([parts[number].mtbf_h for number in self.numbers])
        mttr_h = np.array([parts[number].mttr_h for number in self.numbers])
        whole = mtbf_h + mttr_h
        return mtbf_h / whole, mttr_h / whole, 1.0 / whole

    def by_solver(
        self, parts: Sequence[FallibleComponent], name: str, rel_error: float, method: str = "", watch: Watch = None
    ) -> EngineAnswer:
        """The answer of the engine by a method, or by the one that it picks. `watch` ends what is drawn where it says
        True. Raises SpecError where the method has no answer.
        """
        return solve(self._system(parts, name), Ask(name), rel_error, method, watch=watch)

    def missed(
        self, parts: Sequence[FallibleComponent], name: str, slo_h: float, method: str, watch: Watch = None,
        horizon_h: float = YEAR_H,
    ) -> float:  # fmt: skip
        """How probably a year, or another time, from all up and new is down for longer than `slo_h`. Raises
        SpecError where the method cannot tell.
        """
        found = solve(self._system(parts, name), Ask(name, horizon_h, slo_h), MISSED_ERROR, method, watch=watch)
        return found.figures["p_slo_missed"].value

    def _system(self, parts: Sequence[FallibleComponent], name: str) -> System:
        components = tuple(
            Component(number, Exponential(parts[number].mtbf_h), repair_law(parts[number])) for number in self.numbers
        )
        return System(components, {name: engine_node(self.node)})


def repair_law(part: FallibleComponent) -> Law:
    """The law of the times to repair a part."""
    if part.repair_law == "fixed":
        return Fixed(part.mttr_h)
    if part.repair_law == "exponential":
        return Exponential(part.mttr_h)
    return Lognormal.of_mean(part.mttr_h, REPAIR_SIGMA)
