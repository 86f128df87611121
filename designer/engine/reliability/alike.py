"""Which components of a system can change places without changing anything that is asked of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from designer.engine.reliability.system import AtLeast, Component, Id, Node, System, Unit, units_of

Block = tuple[int, ...]


def families(system: System, node: Node) -> list[list[Block]]:
    """Families of blocks of components (by number) that can be exchanged as wholes, inner families first.

    Each exchange is proved: the structure, its laws, crews and shocks are the same after it.
    """
    marks = {c.id: _mark(c, system) for c in system.components}
    number = {c.id: n for n, c in enumerate(system.components)}
    own = _key(node, marks, {})
    shocks = {frozenset(s.hits) for s in system.shocks}
    below = _depends(node)
    found: list[list[Block]] = []
    blocks = {c.id: _block(c.id, below, marks) for c in system.components}
    done: set[Id] = set()
    for component in sorted(system.components, key=lambda c: len(blocks[c.id])):
        if component.id in done:
            continue
        mine = blocks[component.id]
        family = [mine]
        for other in system.components:
            theirs = blocks[other.id]
            if other.id == component.id or other.id in done or not _may_swap(mine, theirs, marks):
                continue
            swap = {**dict(zip(mine, theirs)), **dict(zip(theirs, mine))}
            crossed = {frozenset(swap.get(one, one) for one in hits) for hits in shocks}
            if set(mine).isdisjoint(theirs) and crossed == shocks and _key(node, marks, swap) == own:
                family.append(theirs)
                done.add(other.id)
        done.add(component.id)
        if len(family) > 1:
            found.append([tuple(number[one] for one in block) for block in family])
    return found


def _mark(component: Component, system: System) -> str:
    hit = [(s.law, s.lethal) for s in system.shocks if component.id in s.hits]
    return repr((component.up, component.down, component.crew, sorted(map(repr, hit))))


def _may_swap(mine: tuple[Id, ...], theirs: tuple[Id, ...], marks: Mapping[Id, str]) -> bool:
    return len(mine) == len(theirs) and all(marks[a] == marks[b] for a, b in zip(mine, theirs))


def _depends(node: Node) -> dict[Id, set[Id]]:
    """Of each component, those that stand beside it under a gate that needs all of its parts, it or what holds it."""
    together: dict[Id, list[set[Id]]] = {}

    def visit(part: Node) -> None:
        if not isinstance(part, AtLeast):
            return
        if part.k == len(part.of):
            inside = {leaf.id for leaf in units_of(part) if isinstance(leaf, Unit)}
            for leaf in part.of:
                if isinstance(leaf, Unit):
                    together.setdefault(leaf.id, []).append(inside)
        for inner in part.of:
            visit(inner)

    visit(node)
    return {one: set().union(*sets) - {one} for one, sets in together.items()} | {
        one: set() for one in {leaf.id for leaf in units_of(node) if isinstance(leaf, Unit)} - together.keys()
    }


def _block(top: Id, below: Mapping[Id, set[Id]], marks: Mapping[Id, str]) -> tuple[Id, ...]:
    """A component and what stands on nothing else of its kind: what moves with it."""
    mine = [
        one
        for one in below.get(top, ())
        if top in below.get(one, ()) and below[one] < below[top] | {top} and len(below[one]) < len(below[top])
    ]
    return top, *sorted(mine, key=lambda one: (marks[one], repr(one)))


def _key(node: Node, marks: Mapping[Id, str], swap: Mapping[Id, Id]) -> Any:
    """The structure, whatever the order of its parts, with components exchanged."""
    if isinstance(node, AtLeast):
        return (node.k, tuple(sorted((_key(part, marks, swap) for part in node.of), key=repr)))
    if isinstance(node, Unit):
        return ("unit", repr(swap.get(node.id, node.id)))
    return ("fleet", repr(node.fleet), node.k)
