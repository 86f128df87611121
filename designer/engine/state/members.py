"""Which VMs each unit has, in the order of their rows; updated by moves, never sorted again."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from designer.engine.compiled import door

I = NDArray[np.int64]  # noqa: E741


@door
def _regroup(units: I, on: I, rows: I, place: I, first: I, members: I, room: I, vms: I, end: int) -> int:
    """Drop from `units` who is on them no more and merge in `rows` (by place, then row); the new end of `vms`.

    -1 when `vms` is full; the lists are then to be made anew.
    """
    a = 0
    for n in range(units.size):
        u = units[n]
        p, kept = first[u], 0
        for i in range(members[u]):
            v = vms[p + i]
            if on[v] == u:
                vms[p + kept] = v
                kept += 1
        b = a
        while b < rows.size and place[b] == u:
            b += 1
        count = kept + b - a
        if count > room[u]:
            if end + 2 * count > vms.size:
                return -1
            for i in range(kept):  # a loop: an assignment of slices takes the compiler a second
                vms[end + i] = vms[p + i]
            first[u], room[u] = end, 2 * count
            p, end = end, end + 2 * count
        i, j = kept - 1, b - 1
        for k in range(count - 1, -1, -1):
            if j < a:
                break
            if i >= 0 and vms[p + i] > rows[j]:
                vms[p + k] = vms[p + i]
                i -= 1
            else:
                vms[p + k] = rows[j]
                j -= 1
        members[u] = count
        a = b
    return end


@door
def _fill(on: I, first: I, members: I, room: I, vms: I) -> None:
    members[:] = 0
    for v in range(on.size):
        if on[v] >= 0:
            members[on[v]] += 1
    end = 0
    for u in range(first.size):
        first[u], room[u] = end, members[u] + members[u] // 4 + 2
        end += room[u]
        members[u] = 0
    for v in range(on.size):
        u = on[v]
        if u >= 0:
            vms[first[u] + members[u]] = v
            members[u] += 1


@door
def _gather(units: I, first: I, members: I, vms: I, found: I) -> None:
    at = 0
    for n in range(units.size):
        u = units[n]
        for i in range(members[u]):
            found[at] = vms[first[u] + i]
            at += 1


def rising(parts: list[I]) -> I:
    """Rows or units, each once, rising, without -1. A few are sorted as numbers, which takes a third of the time."""
    numbers: set[int] = set()
    for part in parts:
        if part.size > _FEW:
            found = np.unique(np.concatenate(parts))
            return found[np.searchsorted(found, 0) :]
        numbers.update(part.tolist())
    numbers.discard(-1)
    return np.array(sorted(numbers), np.int64)


_FEW = 24


class Members:
    """VMs by unit: those of unit u are `vms[first[u]:first[u] + members[u]]`; `on` is the unit of each VM, -1: none."""

    def __init__(self, on: I, units: int) -> None:
        self.on = on.copy()
        self.first, self.members, self._room = (np.zeros(units, np.int64) for _ in range(3))
        self._make()

    def _make(self) -> None:
        self.vms = np.zeros(2 * self.on.size + 4 * self.first.size, np.int64)
        _fill(self.on, self.first, self.members, self._room, self.vms)
        self._end = int((self.first + self._room).max(initial=0))

    def move(self, rows: I, to: I) -> I:
        """Move VMs (rows, each once, rising) to other units; return the units that now have another VM, rising."""
        changed = self.on[rows] != to
        rows, to = rows[changed], to[changed]
        if not rows.size:
            return rows
        units = rising([self.on[rows], to])
        self.on[rows] = to
        order = np.argsort(to, kind="stable")
        order = order[np.searchsorted(to[order], 0) :]
        end = _regroup(
            units, self.on, rows[order], to[order], self.first, self.members, self._room, self.vms, self._end
        )
        if end < 0:
            self._make()
        else:
            self._end = end
        return units

    def of(self, units: I) -> I:
        """The VMs on some units, rising."""
        found = np.empty(int(self.members[units].sum()), np.int64)
        _gather(units, self.first, self.members, self.vms, found)
        found.sort()
        return found
