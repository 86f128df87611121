"""The same structure with less in it: what everything below needs is asked once, at the top."""

from __future__ import annotations

from collections.abc import Iterable

from designer.study.availability.structure import UP, Least, Node

Known = frozenset[int]
"""Parts that are up, since what is above asks for them anyway."""


class Simplifier:
    """Makes nodes that say the same; equal ones are one object, so that whoever solves them can tell."""

    def __init__(self) -> None:
        self._made: dict[tuple[int, tuple[Node, ...]], Least] = {}
        self._done: dict[tuple[Node, Known], Node] = {}
        self._needed: dict[Node, Known] = {}
        self._number: dict[Least, int] = {}

    def simplified(self, node: Node, known: Known = frozenset()) -> Node:
        """A node that is up whenever the given one is, while what is `known` is up."""
        if not isinstance(node, Least):
            return UP if node in known else node
        key = node, known
        if key not in self._done:
            self._done[key] = self._least(node.k, [self.simplified(one, known) for one in node.of], known)
        return self._done[key]

    def needed(self, node: Node) -> Known:
        """The parts without any of which a node is down."""
        if not isinstance(node, Least):
            return frozenset((node,))
        if node not in self._needed:
            sets = [self.needed(one) for one in node.of]
            if not sets:
                found: Known = frozenset()
            else:
                found = frozenset.union(*sets) if node.k == len(sets) else frozenset.intersection(*sets)
            self._needed[node] = found
        return self._needed[node]

    def _least(self, k: int, nodes: list[Node], known: Known) -> Node:
        left = [node for node in nodes if not (isinstance(node, Least) and not node.k)]
        k -= len(nodes) - len(left)
        if k <= 0:
            return UP
        if k == len(left):
            return self._every(left, known)
        if k == 1:
            left = list(dict.fromkeys(_flat(left, 1)))
            if len(left) == 1:
                return left[0]
        common = frozenset.intersection(*(self.needed(node) for node in left))
        if common:
            rest = [self.simplified(node, known | common) for node in left]
            return self._every([*sorted(common), self._least(k, rest, known | common)], known | common)
        shared = [node for node in _every_of(left[0]) if all(node in _every_of(one) for one in left[1:])]
        if shared:
            rest = [self._every([one for one in _every_of(node) if one not in shared], known) for node in left]
            return self._every([*shared, self._least(k, rest, known)], known)
        return self._node(k, left)

    def _every(self, nodes: list[Node], known: Known) -> Node:
        flat: list[Node] = list(dict.fromkeys(part for node in nodes for part in _every_of(node)))
        parts = frozenset(node for node in flat if not isinstance(node, Least))
        if parts - known:
            again = [node if node in parts else self.simplified(node, known | parts) for node in flat]
            flat = list(dict.fromkeys(part for node in again for part in _every_of(node)))
            more = frozenset(node for node in flat if not isinstance(node, Least))
            if more != parts:
                return self._every(flat, known)
        flat = [node for node in flat if not (isinstance(node, Least) and not node.k)]
        if not flat:
            return UP
        return flat[0] if len(flat) == 1 else self._node(len(flat), flat)

    def _node(self, k: int, of: Iterable[Node]) -> Least:
        key = k, tuple(sorted(of, key=self._order))
        if key not in self._made:
            self._made[key] = made = Least(*key)
            self._number[made] = len(self._number)
        return self._made[key]

    def _order(self, node: Node) -> tuple[bool, int]:
        return (True, self._number[node]) if isinstance(node, Least) else (False, node)


def _every_of(node: Node) -> tuple[Node, ...]:
    """What a node that needs all of its nodes needs; itself, where it is no such one."""
    return node.of if isinstance(node, Least) and node.k == len(node.of) else (node,)


def _flat(nodes: Iterable[Node], k: int) -> Iterable[Node]:
    """Nodes of which one is enough, those within such ones, too."""
    for node in nodes:
        if isinstance(node, Least) and node.k == k and len(node.of) > 1:
            yield from _flat(node.of, k)
        else:
            yield node
