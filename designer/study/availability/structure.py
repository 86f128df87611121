"""The reliability structure of a design: what fails by itself, and what of it each service needs to be up."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

HOUR_S = 3600.0


@dataclass(frozen=True)
class FallibleComponent:
    """What fails by itself. `what` says how, where that is not the element's own failure."""

    id: int
    """The element that it is of."""
    kind: str
    name: str
    mtbf_h: float
    mttr_h: float
    what: str = ""
    mtbf_factor: float = 1.0
    mttr_factor: float = 1.0
    repair_law: str = "exponential"
    base: FallibleComponent | None = None
    """With what it fails, where it is down for a shorter time than that."""

    @property
    def unavailability(self) -> float:
        """The long-run part of the time for which it is down."""
        return self.mttr_h / (self.mtbf_h + self.mttr_h)


@dataclass(frozen=True, eq=False)
class Least:
    """Up while at least `k` of its nodes are; the same object is the same node."""

    k: int
    of: tuple[Node, ...]


Node = int | Least
"""What is up or down: a part by its number, or a number of nodes."""

UP = Least(0, ())
"""What is always up."""


def every(nodes: Sequence[Node]) -> Node:
    """What is up while all nodes are; equal ones count once."""
    kept = tuple(dict.fromkeys(node for node in nodes if not isinstance(node, Least) or node.k > 0))
    flat: list[Node] = []
    for node in kept:
        flat += node.of if isinstance(node, Least) and node.k == len(node.of) else (node,)
    flat = list(dict.fromkeys(flat))
    if not flat:
        return UP
    return flat[0] if len(flat) == 1 else Least(len(flat), tuple(flat))


def any_of(nodes: Sequence[Node]) -> Node:
    """What is up while one of the nodes is."""
    kept = tuple(dict.fromkeys(nodes))
    if any(isinstance(node, Least) and node.k <= 0 for node in kept):
        return UP
    return kept[0] if len(kept) == 1 else Least(1, kept)


@dataclass
class DesignStructure:
    """The parts of a design, and the node of each service by its id."""

    parts: list[FallibleComponent] = field(default_factory=list)
    services: dict[int, ServiceNeeds] = field(default_factory=dict)
    kinds: frozenset[str] = frozenset()
    """The kinds whose mean times were read."""

    def within(self, top: Node) -> list[int]:
        """The numbers of the parts of a node, each once."""
        return list(_parts(top, set()))


@dataclass
class ServiceNeeds:
    """What a service needs: a node, how many of its members carry the peak of its requests, and what was assumed."""

    id: int
    name: str
    node: Node
    members: int
    needed: int
    peak_rps: float
    slo_frac: float
    notes: list[str] = field(default_factory=list)
    refusal: str = ""
    """Why it has no answer: it is never up, or never at its peak; then `needed` is all of its members."""
    never: bool = False
    """Whether it is never up, whatever it is asked for."""


def _parts(top: Node, seen: set[int | Least]) -> Iterator[int]:
    stack: list[Node] = [top]
    while stack:
        node = stack.pop()
        if node in seen:
            continue
        seen.add(node)
        if isinstance(node, Least):
            stack.extend(reversed(node.of))
        else:
            yield node


def independent(top: Node, downs: Sequence[float]) -> float:
    """How probably a node is down if all below it were independent, also what is one and the same part."""
    memo: dict[Least, float] = {}

    def down(node: Node) -> float:
        if not isinstance(node, Least):
            return downs[node]
        if node not in memo:
            memo[node] = too_few(node.k, [down(one) for one in node.of])
        return memo[node]

    return down(top)


def too_few(k: int, downs: Sequence[float]) -> float:
    """How probably fewer than k of independent things are up, exact also where that is rare."""
    spare = len(downs) - k
    if k <= 0:
        return 0.0
    if spare == 0:
        return -math.expm1(sum(math.log1p(-min(one, 1.0 - 1e-16)) for one in downs))
    counts = [1.0] + [0.0] * (spare + 1)
    """How probably each number of parts is down; the last: more than there are to spare."""
    for one in downs:
        counts[-1] += counts[-2] * one
        for n in range(spare, 0, -1):
            counts[n] = counts[n] * (1.0 - one) + counts[n - 1] * one
        counts[0] *= 1.0 - one
    return counts[-1]
