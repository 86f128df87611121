"""Planned events: rows in the order (time, priority, element id, what), never by who planned first."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from designer.engine.compiled import ZERO, brief_door, part

RECOVER, FAIL, DETECT, BOOT, MIGRATE, SAMPLE, FRAME = range(7)
"""Priorities of events at one instant."""

(
    EVENT_RECOVER, SUPPLY, LAND, EVENT_FAIL, CUT, NOTICE, FIND, BOOTED, LED, BALLOON, POSTED, ISOLATED,
    ABANDON, RESPOND, ANSWERED, EVENT_OPEN, EVENT_DRAIN, COPIED, ARRIVED, GIVEN_UP, WOKEN, LOOK, SCALE, BELIEVED,
    ZONED, POWER, CONTROL, EVENT_CONTROL_FAIL, EVENT_CONTROL_RECOVER, OVERDUE, REBUILT,
    EVENT_STOP, EVENT_START, EVENT_REBOOT, EVENT_TERMINATE, FENCE,
    EVENT_DEGRADE, EVENT_THROTTLE, EVENT_SELL_OUT, EVENT_RESTOCK, EVENT_STALE, EVENT_FRESH, EVENT_MOVE,
    EVENT_DELAY,
) = range(44)  # fmt: skip
"""What is planned: an event of the user (recover, fail); a feed that is down gives again, gives no more; a database
is up on its standby; a service notices a dead member; a dead VM is found; a VM has booted; the users of a DNS name
follow its health check; the daemon of Proxmox looks at a host; a host has tested itself and is up; a host is isolated,
nothing locks its disks any more, it answers that it is without its cluster; the requests of a service are looked at. An
event of the user (a host takes VMs again, or is drained); a copy of memory goes on otherwise, or is over, or is given
up; a host is switched on; a balancer looks at its cluster, a group at its members; enough checks of a load balancer
succeeded, its users follow what its name says of a zone; hosts draw other watts, or a UPS, generator, feed or hall
changes by itself; the control plane of a region lets the next VM boot. An event of the user (it fails, recovers).
A host of a datastore is gone long enough that its data is made again, or what it held is made. Events of the user:
a VM is stopped, started, rebooted, terminated. The management board of a lost host answers its cluster. Events of the
user: an element carries another part of its bandwidth, a control plane lets other numbers of VMs boot (their `stamp`
holds the bits of the number); the provider has no capacity, or has it again; a DNS name goes stale, or is fresh again;
a VM is moved; round trips over an element take another time (its `stamp` holds the bits of it).
"""

PRIORITY = np.array(
    [*[RECOVER] * 3, FAIL, FAIL, DETECT, DETECT, BOOT, DETECT, SAMPLE, RECOVER, *[DETECT] * 3, SAMPLE, RECOVER,
     FAIL, *[MIGRATE] * 3, BOOT, SAMPLE, SAMPLE, DETECT, DETECT, FAIL, BOOT, FAIL, RECOVER, *[SAMPLE] * 2,
     FAIL, RECOVER, FAIL, FAIL, DETECT, FAIL, FAIL, FAIL, RECOVER, FAIL, RECOVER, FAIL, FAIL], np.int64
)  # fmt: skip
_PRIORITIES: list[int] = PRIORITY.tolist()
EVENTS = {
    "fail": EVENT_FAIL,
    "recover": EVENT_RECOVER,
    "drain": EVENT_DRAIN,
    "open": EVENT_OPEN,
    "fail_control": EVENT_CONTROL_FAIL,
    "recover_control": EVENT_CONTROL_RECOVER,
    "stop": EVENT_STOP,
    "start": EVENT_START,
    "reboot": EVENT_REBOOT,
    "terminate": EVENT_TERMINATE,
    "degrade": EVENT_DEGRADE,
    "throttle": EVENT_THROTTLE,
    "sell_out": EVENT_SELL_OUT,
    "restock": EVENT_RESTOCK,
    "stale": EVENT_STALE,
    "fresh": EVENT_FRESH,
    "move": EVENT_MOVE,
    "delay": EVENT_DELAY,
}
"""What each event of the user plans."""
_OF_USER = np.isin(np.arange(PRIORITY.size), list(EVENTS.values()))
VM_EVENTS = ("stop", "start", "reboot", "terminate", "move")
"""Those that happen to VMs alone."""
NAME_EVENTS = ("stale", "fresh")
"""Those that happen to DNS names."""

COLUMNS = ("priority", "element", "what", "row", "stamp", "cause")
"""Columns of a row beside its time: `row` is the unit, VM or answer of the element, `stamp` what must still hold for it
then, `cause` the entry of the log that brought it about.
"""

I = NDArray[np.int64]  # noqa: E741
F = NDArray[np.float64]


class Heap(NamedTuple):
    """The rows of an agenda, with room for more: times, and the other columns."""

    time_s: F
    keys: I


class Batch(NamedTuple):
    """Rows of one instant and priority, in order of element and what."""

    what: I
    row: I
    stamp: I
    cause: I


@part
def _before(time_s: F, keys: I, a: int, b: int) -> bool:
    if time_s[a] != time_s[b]:
        return bool(time_s[a] < time_s[b])
    for c in range(keys.shape[1]):
        if keys[a, c] != keys[b, c]:
            return bool(keys[a, c] < keys[b, c])
    return False


@part
def _swap(time_s: F, keys: I, a: int, b: int) -> None:
    time_s[a], time_s[b] = time_s[b], time_s[a]
    for c in range(keys.shape[1]):
        keys[a, c], keys[b, c] = keys[b, c], keys[a, c]


@part
def push(time_s: F, keys: I, at: int) -> None:
    """Push the row behind a heap of `at` rows into it."""
    while at > 0 and _before(time_s, keys, at, (at - 1) // 2):
        _swap(time_s, keys, at, (at - 1) // 2)
        at = (at - 1) // 2


@part
def _sink(time_s: F, keys: I, at: int, size: int) -> None:
    """Let a row of a heap of `size` rows sink to where it belongs."""
    while True:
        low = 2 * at + 1
        if low >= size:
            break
        if low + 1 < size and _before(time_s, keys, low + 1, low):
            low += 1
        if not _before(time_s, keys, low, at):
            break
        _swap(time_s, keys, low, at)
        at = low


@brief_door
def _push(time_s: F, keys: I, size: int, count: int) -> None:
    """Push `count` rows behind a heap of `size` rows into it."""
    for n in range(size, size + count):
        push(time_s, keys, n)


@brief_door
def _pop_batch(time_s: F, keys: I, size: int) -> int:
    """Move all rows of the first instant and priority behind the heap, the first one last; how many are left in it."""
    first_s, priority = time_s[0], keys[0, 0]
    while size > 0 and time_s[0] == first_s and keys[0, 0] == priority:
        size -= 1
        _swap(time_s, keys, ZERO, size)
        _sink(time_s, keys, ZERO, size)
    return size


@part
def drop(time_s: F, keys: I, size: int, what: int, row: int, stamp: int) -> int:
    """Drop from a heap what is planned for a row and holds no more, if it is there; how many are left."""
    for n in range(size):
        if keys[n, 3] == row and keys[n, 4] == stamp and keys[n, 2] == what:
            size -= 1
            if n < size:
                _swap(time_s, keys, n, size)
                push(time_s, keys, n)
                _sink(time_s, keys, n, size)
            break
    return size


class Agenda:
    """A heap of rows in two arrays; a copy of them is all that a keyframe needs."""

    def __init__(self) -> None:
        self.size = 0
        self._time_s = np.empty(64)
        self._keys = np.empty((64, len(COLUMNS)), np.int64)
        self._heap = Heap(self._time_s, self._keys)

    @property
    def next_s(self) -> float:
        """When the next thing happens; inf when nothing is planned."""
        return float(self._time_s[0]) if self.size else np.inf

    def plan(self, time_s: Any, what: int, element: Any, row: Any, stamp: Any = 0, cause: Any = 0) -> None:
        """Plan one thing (numbers), or many (`row` is an array, others may be; numbers hold for all)."""
        count = row.size if isinstance(row, np.ndarray) else 1
        self._reserve(count)
        new = slice(self.size, self.size + count)
        self._time_s[new] = time_s
        columns = _PRIORITIES[what], element, what, row, stamp, cause
        if isinstance(row, np.ndarray):
            keys = self._keys[new]
            for column, value in enumerate(columns):
                keys[:, column] = value
        else:
            self._keys[self.size] = columns
        _push(self._time_s, self._keys, self.size, count)
        self.size += count

    def take(self) -> Batch:
        """Remove all rows of the first instant and priority."""
        left = _pop_batch(self._time_s, self._keys, self.size)
        what, row, stamp, cause = self._keys[left : self.size, 2:][::-1].T.copy()
        self.size = left
        return Batch(what, row, stamp, cause)

    def room(self, count: int) -> Heap:
        """The heap of `size` rows, with room for some more; who pushes them adds them to `size`."""
        self._reserve(count)
        return self._heap

    def rows(self) -> tuple[F, I]:
        """A copy of all planned rows: times, and the other columns."""
        return self._time_s[: self.size].copy(), self._keys[: self.size].copy()

    def restore(self, rows: tuple[F, I]) -> None:
        """Restore what `rows` returned, without the events of the user."""
        time_s, keys = rows
        keep = ~_OF_USER[keys[:, COLUMNS.index("what")]]
        self.size = 0
        count = int(keep.sum())
        self._reserve(count)
        self._time_s[:count], self._keys[:count] = time_s[keep], keys[keep]
        _push(self._time_s, self._keys, 0, count)
        self.size = count

    def _reserve(self, count: int) -> None:
        if self.size + count > self._time_s.size:
            size = 2 * (self.size + count)
            time_s, keys = np.empty(size), np.empty((size, len(COLUMNS)), np.int64)
            time_s[: self.size], keys[: self.size] = self._time_s[: self.size], self._keys[: self.size]
            self._time_s, self._keys = self._heap = Heap(time_s, keys)
