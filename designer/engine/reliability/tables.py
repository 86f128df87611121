"""A system as arrays for the kernels: laws, the gates above each component, and what makes a service suspect."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from designer.engine.reliability.exact import component_triple
from designer.engine.reliability.laws import FIXED, RESAMPLED, Fixed, Law, Resampled
from designer.engine.reliability.system import AtLeast, Component, Id, Node, System, Unit, units_of

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
NEVER_H = 1e300
_NONE: Mapping[Id, tuple[Id, float]] = {}


class Laws(NamedTuple):
    """A row a component: codes and numbers of its laws, and its long-run chance to be down. One with a `base` (-1:
    none) fails when that does, and is down for `within_h` at most.
    """

    up_code: Ints
    up: Floats
    down_code: Ints
    down: Floats
    chance_down: Floats
    recorded: Floats
    base: Ints
    within_h: Floats


class Gates(NamedTuple):
    """Above which gates each leaf or gate stands, what each needs, and which bins are worth a look.

    Leaves come first; `node` is a gate's number among them all. A screen counts what may be down of a service's parts.
    """

    above_first: Ints
    above: Ints
    k: Ints
    node: Ints
    service: Ints
    touch_first: Ints
    touch: Ints
    weight: NDArray[np.int16]
    enough: NDArray[np.int16]


def key_of_id(element: Id) -> np.uint64:
    """The first key word of an element's streams."""
    if isinstance(element, int):
        return np.uint64(element & 0xFFFFFFFFFFFFFFFF)
    return np.uint64(int.from_bytes(hashlib.blake2b(element.encode(), digest_size=8).digest(), "little"))


def laws_of(components: Sequence[Component], shorter: Mapping[Id, tuple[Id, float]] = _NONE) -> Laws:
    """Laws of components as arrays. `shorter`: by component, the one before it that it fails with, and for how many
    hours at most.
    """
    number = {c.id: n for n, c in enumerate(components)} if shorter else {}
    recorded: list[float] = []

    def row(law: Law | None) -> tuple[int, float, float, float]:
        code, a, b, c = (law or Fixed(NEVER_H)).row()
        if isinstance(law, Resampled):
            a, c = float(len(recorded)), float(sum(law.values))
            recorded.extend(law.values)
        return code, a, b, c

    ups, downs = [row(c.up) for c in components], [row(c.down) for c in components]
    chances = [component_triple(c)[1] for c in components]
    return Laws(
        np.array([one[0] for one in ups], np.int64),
        np.array([one[1:] for one in ups], np.float64).reshape(-1, 3),
        np.array([one[0] for one in downs], np.int64),
        np.array([one[1:] for one in downs], np.float64).reshape(-1, 3),
        np.array(chances, np.float64),
        np.array(recorded or [0.0], np.float64),
        np.array([number[shorter[c.id][0]] if c.id in shorter else -1 for c in components], np.int64),
        np.array([shorter[c.id][1] if c.id in shorter else 0.0 for c in components], np.float64),
    )


def gates_of(system: System, services: Sequence[str]) -> tuple[Gates, int]:
    """The gates of some services, and how many there are."""
    number = {c.id: n for n, c in enumerate(system.components)}
    gates: list[tuple[int, int, list[int]]] = []
    screens: list[tuple[int, dict[int, int]]] = []
    known: dict[Node, int] = {}

    def gate(node: Node, service: int) -> int:
        if isinstance(node, Unit) and service < 0:
            return number[node.id]
        if service < 0 and node in known:
            return known[node]
        parts, k = (node.of, node.k) if isinstance(node, AtLeast) else ((node,), 1)
        children = [gate(part, -1) for part in parts]
        gates.append((k, service, children))
        found = len(number) + len(gates) - 1
        if service < 0:
            known[node] = found
        return found

    for n, name in enumerate(services):
        gate(system.services[name], n)
        screens += _screens(system.services[name], number)
    above: list[list[int]] = [[] for _ in range(len(number) + len(gates))]
    for g, (_, _, children) in enumerate(gates):
        for child in children:
            above[child].append(g)
    touch: list[list[tuple[int, int]]] = [[] for _ in number]
    for s, (_, touched) in enumerate(screens):
        for c, weight in touched.items():
            touch[c].append((s, weight))
    flat = [one for row in touch for one in row]
    made = Gates(
        _starts(above),
        np.array([g for row in above for g in row], np.int64),
        np.array([k for k, _, _ in gates], np.int64),
        np.arange(len(number), len(number) + len(gates), dtype=np.int64),
        np.array([service for _, service, _ in gates], np.int64),
        _starts(touch),
        np.array([s for s, _ in flat], np.int64),
        np.array([min(w, 1000) for _, w in flat], np.int16),
        np.array([min(enough, 1000) for enough, _ in screens], np.int16),
    )
    return made, max((len(children) for _, _, children in gates), default=1)


def parts_of(gates: Gates, leaves: int) -> Ints:
    """How many parts of each gate are up at first: all."""
    held = np.zeros(len(gates.k), np.int64)
    np.add.at(held, gates.above, 1)
    return held


def _starts(rows: Sequence[Sequence[Any]]) -> Ints:
    return np.concatenate([[0], np.cumsum([len(row) for row in rows])]).astype(np.int64)


def _screens(node: Node, number: dict[Id, int]) -> list[tuple[int, dict[int, int]]]:
    """Of each gate that a service cannot do without: how many parts must be lost, and how many each leaf may take."""
    if not isinstance(node, AtLeast):
        return [(1, {number[leaf.id]: 1 for leaf in units_of(node) if isinstance(leaf, Unit)})]
    if node.k == len(node.of):
        return [screen for part in node.of for screen in _screens(part, number)]
    touched: dict[int, int] = {}
    for part in node.of:
        for leaf in {leaf for leaf in units_of(part) if isinstance(leaf, Unit)}:
            touched[number[leaf.id]] = touched.get(number[leaf.id], 0) + 1
    return [(len(node.of) - node.k + 1, touched)]


__all__ = ["FIXED", "RESAMPLED", "Gates", "Laws", "gates_of", "key_of_id", "laws_of", "parts_of"]
