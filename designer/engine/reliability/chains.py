"""A system as a Markov chain, where all its laws are exponential and it is small once what is alike is counted."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from designer.engine.reliability import markov
from designer.engine.reliability.alike import families
from designer.engine.reliability.exact import Long, TooLarge
from designer.engine.reliability.laws import Exponential, Law
from designer.engine.reliability.system import AtLeast, Component, Fleet, Id, Node, System, Unit

STATES = 1200
"""The most states of a chain that is solved: a second or two."""
HITS = 8
"""The most components that a shock hits each by chance, all ways of which are states."""
Move = tuple[float, "State"]
FleetState = tuple[int, bool]
State = tuple[tuple[int, ...], tuple[tuple[int, ...], ...], tuple[FleetState, ...]]
Small = tuple[int, int, int]
S = TypeVar("S", bound=tuple[Any, ...])
"""Which components are up (1), who waits or is repaired by each crew, in order; units down and switching of fleets."""


class NotExponential(Exception):
    """A law that a chain cannot hold; its text says whose."""


def rate(law: Law | None, who: Id) -> float:
    """Per hour, of an exponential law; 0 for what never happens."""
    if law is None:
        return 0.0
    if not isinstance(law, Exponential):
        raise NotExponential(f"{who} has a law that is not exponential")
    return 1.0 / law.mean


@dataclass(frozen=True)
class Chain:
    """Rates between the states of a system, state 0 all up, and in which a service is down."""

    rates: NDArray[np.float64]
    down: NDArray[np.bool_]
    states: list[State]

    @cached_property
    def probabilities(self) -> NDArray[np.float64]:
        """Of each state in the long run."""
        return markov.stationary(self.rates)

    def long_run(self) -> Long:
        """Availability and outages of the service in the long run."""
        p, up = self.probabilities, ~self.down
        into = self.rates[np.ix_(up, self.down)].sum(axis=1)
        return Long(float(p[up].sum()), float(p[self.down].sum()), float(p[up] @ into))

    def mean_time_to_first_outage_h(self) -> float:
        """From all up."""
        return markov.mean_first_passage_h(self.rates, self.down)

    def outage_probability(self, horizon_h: float) -> float:
        """That there is an outage within the horizon, from all up."""
        return markov.outage_probability(self.rates, self.down, horizon_h)

    def mean_of(self, value: Callable[[State], float]) -> float:
        """The long-run mean of a figure of the state."""
        return float(self.probabilities @ np.array([value(state) for state in self.states]))


def chain_of(system: System, service: str) -> Chain:
    """The chain of a system that is narrowed to a service. Raises TooLarge or NotExponential."""
    builder = Builder(system, system.services[service])
    states, rates = explored(builder.start(), builder.moves)
    return Chain(rates, np.array([not builder.is_up(state) for state in states]), states)


def fleet_chain(fleet: Fleet, k: int) -> Chain:
    """The chain of a fleet by itself; down where fewer than `k` of its units run."""

    def moves(state: State) -> Iterator[Move]:
        for often, after in fleet_moves(fleet, state[2][0]):
            yield often, ((), (), (after,))

    start: State = ((), (), ((0, False),))
    states, rates = explored(start, moves)
    return Chain(rates, np.array([running(fleet, state[2][0]) < k for state in states]), states)


def running(fleet: Fleet, state: FleetState) -> int:
    """How many units of a fleet run."""
    return 0 if state[1] else min(fleet.running, fleet.units - state[0])


def fleet_moves(fleet: Fleet, state: FleetState) -> Iterator[tuple[float, FleetState]]:
    """What can happen next in a fleet, and how often."""
    down, switching = state
    if switching:
        yield rate(fleet.switch, fleet.id), (down, False)
        return
    up = fleet.units - down
    active = min(fleet.running, up)
    fails = rate(fleet.up, fleet.id)
    uncovered = active * fails * (1.0 - fleet.coverage) if up > 1 else 0.0
    covered = active * fails - uncovered + (up - active) * fleet.dormancy * fails
    if covered > 0:
        yield covered, (down + 1, False)
    if uncovered > 0:
        yield uncovered, (down + 1, True)
    if up and fleet.shock is not None:
        yield rate(fleet.shock, fleet.id), (fleet.units, False)
    if down and fleet.down is not None:
        yield min(down, fleet.crews or down) * rate(fleet.down, fleet.id), (down - 1, False)


def explored(start: S, moves: Callable[[S], Iterator[tuple[float, S]]]) -> tuple[list[S], NDArray[np.float64]]:
    """All states that are reached from one, and the rates between them. Raises TooLarge."""
    numbers, states, found = {start: 0}, [start], []
    here = 0
    while here < len(states):
        for often, after in moves(states[here]):
            if after not in numbers:
                if len(states) == STATES:
                    raise TooLarge
                numbers[after] = len(states)
                states.append(after)
            found.append((here, numbers[after], often))
        here += 1
    rates = np.zeros((len(states), len(states)))
    for a, b, often in found:
        if a != b:
            rates[a, b] += often
    return states, rates


class Builder:
    """What can happen next in each state of a system. Raises NotExponential."""

    def __init__(self, system: System, node: Node) -> None:
        """node: the structure that is asked about."""
        self.components: tuple[Component, ...] = system.components
        self.fleets = system.fleets
        self.node = node
        self.number = {c.id: n for n, c in enumerate(system.components)}
        self.fleet_number = {f.id: n for n, f in enumerate(system.fleets)}
        self.fails = [rate(c.up, c.id) for c in system.components]
        self.mends = [rate(c.down, c.id) for c in system.components]
        crews = {c.id: n for n, c in enumerate(system.crews)}
        self.sizes = [c.size for c in system.crews]
        self.crew = [crews[c.crew] if c.crew != "" else -1 for c in system.components]
        self.shocks = [(rate(s.law, s.id), [self.number[one] for one in s.hits], s.lethal) for s in system.shocks]
        self.alike = families(system, node)

    def start(self) -> State:
        """All up, nobody waits."""
        return (1,) * len(self.components), ((),) * len(self.sizes), ((0, False),) * len(self.fleets)

    def moves(self, state: State) -> Iterator[Move]:
        """What can happen next, with states that are alike told as one."""
        for often, after in self._plain(state):
            if often > 0:
                yield often, self._canonical(after)

    @staticmethod
    def lost(state: State) -> int:
        """How many components and units are down; a fleet that switches counts as one more."""
        return state[0].count(0) + sum(down + switching for down, switching in state[2])

    def _plain(self, state: State) -> Iterator[Move]:
        up, queues, fleets = state
        for n, is_up in enumerate(up):
            if is_up:
                yield self.fails[n], self._failed(state, (n,))
            elif self.crew[n] < 0 or n in queues[self.crew[n]][: self.sizes[self.crew[n]]]:
                yield self.mends[n], self._repaired(state, n)
        for often, hits, lethal in self.shocks:
            yield from self._struck(state, often, hits, lethal)
        for n, fleet in enumerate(self.fleets):
            for often, after in fleet_moves(fleet, fleets[n]):
                yield often, (up, queues, (*fleets[:n], after, *fleets[n + 1 :]))

    def _struck(self, state: State, often: float, hits: list[int], lethal: float) -> Iterator[Move]:
        standing = [n for n in hits if state[0][n]]
        if lethal >= 1.0 or not standing:
            yield often if standing else 0.0, self._failed(state, tuple(standing))
            return
        if len(standing) > HITS:
            raise TooLarge
        for size in range(1, len(standing) + 1):
            chance = lethal**size * (1.0 - lethal) ** (len(standing) - size)
            for which in combinations(standing, size):
                yield often * chance, self._failed(state, which)

    def _failed(self, state: State, which: tuple[int, ...]) -> State:
        up, queues = list(state[0]), list(state[1])
        for n in which:
            up[n] = 0
            if self.crew[n] >= 0:
                queues[self.crew[n]] = (*queues[self.crew[n]], n)
        return tuple(up), tuple(queues), state[2]

    def _repaired(self, state: State, n: int) -> State:
        up, queues = list(state[0]), list(state[1])
        up[n] = 1
        if self.crew[n] >= 0:
            queues[self.crew[n]] = tuple(one for one in queues[self.crew[n]] if one != n)
        return tuple(up), tuple(queues), state[2]

    def _canonical(self, state: State) -> State:
        """Exchange what is alike so that equal situations are one state; who waits is exchanged with it."""
        if not self.alike:
            return state
        place = {n: i for queue in state[1] for i, n in enumerate(queue)}
        marks = [(bit, place.get(n, -1)) for n, bit in enumerate(state[0])]
        to = list(range(len(marks)))
        for family in self.alike:
            blocks = sorted(family, key=lambda block: [marks[n] for n in block], reverse=True)
            moved = [marks[n] for block in blocks for n in block]
            goes = [to[n] for block in blocks for n in block]
            for n, mark, came in zip((n for block in family for n in block), moved, goes):
                marks[n], to[n] = mark, came
        new = {old: n for n, old in enumerate(to)}
        queues = tuple(tuple(new[n] for n in queue) for queue in state[1])
        return tuple(bit for bit, _ in marks), queues, state[2]

    def is_up(self, state: State) -> bool:
        """Whether the service is up."""
        return self._holds(self.node, state)

    def _holds(self, node: Node, state: State) -> bool:
        if isinstance(node, Unit):
            return bool(state[0][self.number[node.id]])
        if isinstance(node, AtLeast):
            return sum(self._holds(part, state) for part in node.of) >= node.k
        n = self.fleet_number[node.fleet]
        return running(self.fleets[n], state[2][n]) >= node.k
