"""Which VMs each unit has, in the order of their rows; a few are moved one by one, after many all are listed anew."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from designer.engine.compiled import brief_door

I = NDArray[np.int64]  # noqa: E741


@brief_door
def _move(rows: I, to: I, on: I, first: I, members: I, room: I, vms: I, end: int) -> int:
    """Move VMs to other units (-1: none), one after the other; the new end of `vms`, or -1 when it is full."""
    for i in range(rows.size):
        v, u = rows[i], to[i]
        was = on[v]
        if was == u:
            continue
        on[v] = u
        if was >= 0:
            p, n = first[was], 0
            while vms[p + n] != v:
                n += 1
            members[was] -= 1
            for k in range(n, members[was]):
                vms[p + k] = vms[p + k + 1]
        if u < 0:
            continue
        count = members[u]
        if count == room[u]:
            if end + 2 * count + 2 > vms.size:
                end = -1
                break
            for k in range(count):
                vms[end + k] = vms[first[u] + k]
            first[u], room[u] = end, 2 * count + 2
            end += room[u]
        k = first[u] + count
        while k > first[u] and vms[k - 1] > v:
            vms[k] = vms[k - 1]
            k -= 1
        vms[k] = v
        members[u] = count + 1
    return end


@brief_door
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


@brief_door
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
        self.vms = np.empty(2 * self.on.size + 4 * self.first.size, np.int64)
        _fill(self.on, self.first, self.members, self._room, self.vms)
        self._end = int((self.first + self._room).max(initial=0))

    def move(self, rows: I, to: I) -> None:
        """Move VMs (rows, each once, rising) to other units."""
        if rows.size <= _FEW:
            self._end = _move(rows, to, self.on, self.first, self.members, self._room, self.vms, self._end)
        if rows.size > _FEW or self._end < 0:
            self.on[rows] = to
            self._make()

    def on_one(self, unit: int) -> I:
        """The VMs on a unit, rising; not to be written."""
        first = int(self.first[unit])
        return self.vms[first : first + int(self.members[unit])]

    def of(self, units: I) -> I:
        """The VMs on some units, rising."""
        found = np.empty(int(self.members[units].sum()), np.int64)
        _gather(units, self.first, self.members, self.vms, found)
        found.sort()
        return found
