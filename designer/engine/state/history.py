"""What changed when, so any past moment can be shown."""

from __future__ import annotations

from bisect import bisect_right
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from designer.engine.compiled import Entrance, brief_door
from designer.engine.state.state import OF_UNITS, OF_VMS, SEEN, State

Seen = dict[str, NDArray[Any]]
I = NDArray[np.int64]  # noqa: E741
F = NDArray[np.float64]
B = NDArray[np.bool_]


class Change(NamedTuple):
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
        _NOTHING.extend(getattr(state, name)[:0].copy() for name in OF_UNITS)
    of_vms = [getattr(state, name)[vms] for name in OF_VMS]
    of_units = [getattr(state, name)[units] for name in OF_UNITS] if units.size else _NOTHING
    if vms.size >= _MANY:
        of_vms = list(map(_thin, of_vms))
    return Change._make((time_s, vms, *of_vms, units, *of_units))


def _thin(values: NDArray[Any], own: bool = True) -> NDArray[Any]:
    """Values (a copy where they are not its `own`), or a view of one of them where there are many and all are equal;
    not to be written.
    """
    if values.size < _MANY or values[-1] != values[0] or not (values == values[0]).all():
        return values if own else values.copy()
    one: NDArray[Any] = np.ndarray(values.shape, values.dtype, values[:1].copy(), 0, (0,))  # `broadcast_to` takes long
    one.flags.writeable = False
    return one


def _copied(values: NDArray[Any]) -> NDArray[Any]:
    """A copy; zeros take no memory until they are written."""
    return values.copy() if values.size < _MANY or values.any() else np.zeros(values.shape, values.dtype)


class OfVms(NamedTuple):
    """What is seen of VMs."""

    status: NDArray[np.uint8]
    unit: I
    believed: B
    sent: F
    pace: F
    balloon: F
    to: I


class OfUnits(NamedTuple):
    """What is seen of units, but since when."""

    failed: B
    dark: B
    replica: I
    moving: B
    up: B
    mode: NDArray[np.uint8]
    busy: F
    io_mhz: F


@brief_door
def _others(
    vms: I, now: OfVms, seen: OfVms, units: I, now_of: OfUnits, seen_of: OfUnits, look: bool, found: I, count: I
) -> None:
    """Fill in the VMs, then the units, of some that are not as they were seen; how many VMs, and all. With a `look`
    they are seen as they are from now on.
    """
    n = 0
    for v in vms:
        if (
            now.status[v] != seen.status[v] or now.unit[v] != seen.unit[v] or now.believed[v] != seen.believed[v]
            or now.sent[v] != seen.sent[v] or now.pace[v] != seen.pace[v] or now.balloon[v] != seen.balloon[v]
            or now.to[v] != seen.to[v]
        ):  # fmt: skip
            found[n] = v
            n += 1
        if look:
            seen.status[v], seen.unit[v], seen.believed[v] = now.status[v], now.unit[v], now.believed[v]
            seen.sent[v], seen.pace[v], seen.balloon[v], seen.to[v] = (
                now.sent[v], now.pace[v], now.balloon[v], now.to[v],
            )  # fmt: skip
    end = n
    for u in units:
        if (
            now_of.failed[u] != seen_of.failed[u] or now_of.dark[u] != seen_of.dark[u]
            or now_of.replica[u] != seen_of.replica[u] or now_of.moving[u] != seen_of.moving[u]
            or now_of.up[u] != seen_of.up[u] or now_of.mode[u] != seen_of.mode[u]
            or now_of.busy[u] != seen_of.busy[u] or now_of.io_mhz[u] != seen_of.io_mhz[u]
        ):  # fmt: skip
            found[end] = u
            end += 1
        if look:
            seen_of.failed[u], seen_of.dark[u], seen_of.replica[u] = now_of.failed[u], now_of.dark[u], now_of.replica[u]
            seen_of.moving[u], seen_of.up[u], seen_of.mode[u] = now_of.moving[u], now_of.up[u], now_of.mode[u]
            seen_of.busy[u], seen_of.io_mhz[u] = now_of.busy[u], now_of.io_mhz[u]
    count[0], count[1] = n, end


_MANY = 1000
"""Fewer values take little memory."""

_NOTHING: list[NDArray[Any]] = []
"""The columns of a change of no unit; all such changes have the same."""


def apply(change: Change, seen: Seen) -> None:
    """Apply what an instant changed."""
    for names, rows in ((OF_VMS, change.vms), (OF_UNITS, change.units)):
        if rows.size:
            for name in names:
                values = getattr(change, name)
                if rows.size < _MANY or (seen[name][rows] != values).any():  # zeros that stay so take no memory
                    seen[name][rows] = values


class StateHistory:
    """The changes of a run, and copies of what is seen after every `stride`-th of them, at most `most_bytes`."""

    def __init__(self, tables_state: State, stride: int = 32, most_bytes: int = 16_000_000) -> None:
        self.changes: list[Change] = []
        self._times: list[float] = []
        self._stride, self._most_bytes = stride, most_bytes
        self.live = {name: _copied(getattr(tables_state, name)) for name in SEEN}
        self._copies = {0: {name: _thin(values, False) for name, values in self.live.items()}}
        self._bytes = sum(values.nbytes for values in self.live.values())
        self.follow(tables_state)

    def follow(self, state: State) -> None:
        """Compare with a state from now on."""
        self._state, self._count, self._others = state, np.zeros(2, np.int64), Entrance(_others)
        self._looked = False
        both = partial(getattr, state), self.live.__getitem__
        self._vms = OfVms(*map(both[0], OfVms._fields)), OfVms(*map(both[1], OfVms._fields))
        self._units = OfUnits(*map(both[0], OfUnits._fields)), OfUnits(*map(both[1], OfUnits._fields))

    def changed(self, vms: I, units: I, look: bool) -> tuple[I, I]:
        """Of some VMs and units those that are not as they were seen last; with a `look` they are seen as they are from
        now on, and `note` is next.
        """
        self._looked = look and vms.size < _MANY
        if not (vms.size or units.size):
            return vms, units
        found = np.empty(vms.size + units.size, np.int64)
        self._others(vms, *self._vms, units, *self._units, self._looked, found, self._count)
        n, end = self._count.tolist()
        return found[:n], found[n:end]

    def note(self, time_s: float, vms: I, units: I) -> None:
        """Note how some VMs and units are from a time on."""
        change = change_of(self._state, time_s, vms, units)
        if vms.size < _MANY:
            if not self._looked:
                self.changed(vms, units, True)
            if units.size:
                self.live["since_s"][units] = change.since_s
        else:
            apply(change, self.live)
        self._append(change)

    def add(self, change: Change) -> None:
        """Add a change, the newest."""
        apply(change, self.live)
        self._append(change)

    def _append(self, change: Change) -> None:
        self.changes.append(change)
        self._times.append(change.time_s)
        if len(self.changes) % self._stride == 0:
            self._copies[len(self.changes)] = {name: _thin(values, False) for name, values in self.live.items()}
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
