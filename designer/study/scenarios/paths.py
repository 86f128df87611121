"""How what failed reaches what fell: the shortest way from a VM up to the element that took it down."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection
from itertools import chain

from designer.engine.spec import Spec
from designer.engine.spec.packed import values_of


class FallPaths:
    """What each element of a spec stands on or is fed by, and ways through it."""

    def __init__(self, spec: Spec) -> None:
        self._above: dict[int, tuple[int, ...]] = {}
        for host in spec.hosts:
            self._above[host.id] = (*chain.from_iterable(host.feeds), *chain.from_iterable(host.network), host.parent)
        for row in spec.domains:
            feeds = chain.from_iterable((*row.feeds, *row.network))
            self._above[row.id] = (*feeds, *row.replicas, row.parent)
        columns = (values_of(spec.vms, name) for name in ("id", "place", "needs", "recovery"))
        self._stands: dict[int, int] = {}
        self._needs: dict[int, tuple[int, ...]] = {}
        self._staying: set[int] = set()
        for vm, place, needs, recovery in zip(*columns, strict=True):
            self._stands[vm] = place
            if recovery in ("none", "same_zone"):
                self._staying.add(vm)
            if needs:
                self._needs[vm] = tuple(chain.from_iterable(needs))
        self._known: dict[tuple[int, int], tuple[int, ...]] = {}

    def home(self, vm: int) -> int:
        """Where a VM stands in the design; 0 for an instance that a group launches."""
        return self._stands.get(vm, 0)

    def needs(self, vm: int) -> tuple[int, ...]:
        """What a VM needs beside its place: its volumes."""
        return self._needs.get(vm, ())

    def stays(self, vm: int) -> bool:
        """Whether a VM restarts nowhere but where it stands, or in its zone."""
        return vm in self._staying

    def between(self, cause: int, vm: int, place: int) -> tuple[int, ...]:
        """The ids from a cause down to a VM that stood on a place; the two alone where no way is known."""
        if cause == vm:
            return (vm,)
        way = self._up(place, cause)
        if not way:
            way = next((found for need in self.needs(vm) if (found := self._up(need, cause))), ())
        return (*way, vm) if way else (cause, vm)

    def highest(self, place: int, down: Collection[int]) -> int:
        """The last of what stands above a place, and is down with it."""
        found, above = place, next(iter(self._above.get(place, ())[-1:]), 0)
        while above and above in down:
            found, above = above, next(iter(self._above.get(above, ())[-1:]), 0)
        return found

    def _up(self, begin: int, end: int) -> tuple[int, ...]:
        """The shortest way from an element up to another; empty where there is none."""
        if (begin, end) not in self._known:
            self._known[begin, end] = self._searched(begin, end)
        return self._known[begin, end]

    def _searched(self, begin: int, end: int) -> tuple[int, ...]:
        came: dict[int, int] = {begin: 0}
        waiting = deque([begin])
        while waiting:
            here = waiting.popleft()
            if here == end:
                way = []
                while here:
                    way.append(here)
                    here = came[here]
                return tuple(way)
            for above in self._above.get(here, ()):
                if above and above not in came:
                    came[above] = here
                    waiting.append(above)
        return ()
