"""What changed when, so any past moment can be shown."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from designer.engine.state.state import OF_UNITS, OF_VMS, SEEN, State

Seen = dict[str, NDArray[Any]]


@dataclass(frozen=True)
class Change:
    """What one instant changed: VMs (`vms`: rows) and `units`, and how they are from then on."""

    time_s: float
    vms: NDArray[np.int64]
    status: NDArray[np.uint8]
    unit: NDArray[np.int64]
    believed: NDArray[np.bool_]
    sent: NDArray[np.float64]
    pace: NDArray[np.float64]
    balloon: NDArray[np.float64]
    to: NDArray[np.int64]
    units: NDArray[np.int64]
    failed: NDArray[np.bool_]
    since_s: NDArray[np.float64]
    dark: NDArray[np.bool_]
    replica: NDArray[np.int64]
    moving: NDArray[np.bool_]
    up: NDArray[np.bool_]
    mode: NDArray[np.uint8]
    busy: NDArray[np.float64]
    io_mhz: NDArray[np.float64]


def change_of(state: State, time_s: float, vms: NDArray[np.int64], units: NDArray[np.int64]) -> Change:
    """The state of some VMs and units now."""
    if not _NOTHING:
        _NOTHING.update({name: getattr(state, name)[:0].copy() for name in OF_UNITS})
    of_vms = {name: _thin(getattr(state, name)[vms]) for name in OF_VMS}
    of_units = {name: getattr(state, name)[units] for name in OF_UNITS} if units.size else _NOTHING
    return Change(time_s, vms, **of_vms, units=units, **of_units)


def _thin(values: NDArray[Any]) -> NDArray[Any]:
    """Values, or a view of one of them where there are many and all are equal; not to be written."""
    if values.size < _MANY or not (values == values[0]).all():
        return values
    return np.broadcast_to(values[:1].copy(), values.shape)


_MANY = 1000
"""Fewer values take little memory."""

_NOTHING: Seen = {}
"""The columns of a change of no unit; all such changes have the same."""


def apply(change: Change, seen: Seen) -> None:
    """Apply what an instant changed."""
    for names, rows in ((OF_VMS, change.vms), (OF_UNITS, change.units)):
        if rows.size:
            for name in names:
                seen[name][rows] = getattr(change, name)


class StateHistory:
    """The changes of a run, and copies of what is seen after every `stride`-th of them, at most `most_bytes`."""

    def __init__(self, tables_state: State, stride: int = 32, most_bytes: int = 16_000_000) -> None:
        self.changes: list[Change] = []
        self._times: list[float] = []
        self._stride, self._most_bytes = stride, most_bytes
        self.live = {name: getattr(tables_state, name).copy() for name in SEEN}
        self._copies = {0: {name: _thin(values.copy()) for name, values in self.live.items()}}
        self._bytes = sum(values.nbytes for values in self.live.values())

    def add(self, change: Change) -> None:
        """Add a change, the newest."""
        self.changes.append(change)
        self._times.append(change.time_s)
        apply(change, self.live)
        if len(self.changes) % self._stride == 0:
            self._copies[len(self.changes)] = {name: _thin(values.copy()) for name, values in self.live.items()}
            if len(self._copies) > 3 and len(self._copies) * self._bytes > self._most_bytes:
                self._stride *= 2
                self._copies = {n: seen for n, seen in self._copies.items() if n % self._stride == 0}

    def until(self, count: int) -> StateHistory:
        """The history up to some change, for a branch that starts there."""
        other: StateHistory = object.__new__(StateHistory)
        other.changes, other._times = self.changes[:count], self._times[:count]
        other._stride, other._most_bytes, other._bytes = self._stride, self._most_bytes, self._bytes
        other.live = {name: values.copy() for name, values in self.at(count).items()}
        other._copies = {n: seen for n, seen in self._copies.items() if n <= count}
        return other

    def count(self, time_s: float) -> int:
        """How many changes there were by a time."""
        return bisect_right(self._times, time_s)

    def at(self, count: int) -> Seen:
        """The visible state after a number of changes."""
        if count == len(self.changes):
            return self.live
        nearest = max(n for n in self._copies if n <= count)
        seen = {name: values.copy() for name, values in self._copies[nearest].items()}
        for change in self.changes[nearest:count]:
            apply(change, seen)
        return seen
