"""Whether links of a kind lead from one element to another: links that make an order have no circle."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from designer.model.tree import Tree

SHORT = 8
"""Steps of one search after which the order of all links is worked out."""


def leads_to(tree: Tree, kind: str, start: int, goal: int) -> bool:
    """Whether links of a kind lead from an element to another, through any number of others, or they are the same.

    Both ends are searched by turns, so the shorter way ends it. For a present link (`Tree.without`) that is the same
    as whether its ends lead to each other with it, which is worked out once for all links.
    """
    there, back = _Front(start, lambda i: tree.targets(i, kind)), _Front(goal, lambda i: tree.sources(i, kind))
    steps = 0
    while goal not in there.seen and there.ahead and back.ahead:
        steps += 1
        if steps > SHORT and _is_left_out(tree, kind, goal, start):
            groups = tree.worked_out(kind, lambda: groups_of(_targets(tree, kind)))
            return groups.get(start, start) == groups.get(goal, goal)
        there.step()
        back.step()
        if start in back.seen:
            return True
    return goal in there.seen


def _is_left_out(tree: Tree, kind: str, source: int, target: int) -> bool:
    link = tree.left_out
    return link is not None and (link.kind, link.source, link.target) == (kind, source, target)


class _Front:
    """What is found from an element on, step by step."""

    def __init__(self, start: int, further: Callable[[int], list[int]]) -> None:
        self.seen, self.ahead, self._further = {start}, [start], further

    def step(self) -> None:
        """Go on from one element."""
        new = [i for i in self._further(self.ahead.pop()) if i not in self.seen]
        self.seen.update(new)
        self.ahead += new


def _targets(tree: Tree, kind: str) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for link in tree.links.values():
        fields = link.__dict__
        if fields["kind"] == kind:
            found.setdefault(fields["source"], []).append(fields["target"])
    return found


def groups_of(targets: Mapping[int, Sequence[int]]) -> dict[int, int]:
    """For each that leads to others, one that stands for all that lead to it and to which it leads (Tarjan 1972)."""
    index: dict[int, int] = {}
    low: dict[int, int] = {}
    group: dict[int, int] = {}
    open_: list[int] = []
    for first in targets:
        way = [(first, iter(targets[first]))] if first not in index else []
        if way:
            index[first] = low[first] = len(index)
            open_.append(first)
        while way:
            here, rest = way[-1]
            for other in rest:
                if other not in index:
                    index[other] = low[other] = len(index)
                    open_.append(other)
                    way.append((other, iter(targets.get(other, ()))))
                    break
                if other not in group:
                    low[here] = min(low[here], index[other])
            else:
                way.pop()
                if way:
                    low[way[-1][0]] = min(low[way[-1][0]], low[here])
                if low[here] == index[here]:
                    while here not in group:
                        group[open_.pop()] = here
    return group
