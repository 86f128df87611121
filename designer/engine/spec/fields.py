"""Fields of VM records as arrays, and kinds of hosts, each read once: by the check, then by the tables."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from dataclasses import fields as fields_of
from functools import cached_property
from itertools import repeat
from operator import attrgetter
from typing import Any, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from designer.engine.spec.packed import values_of
from designer.engine.spec.records import Constant, DayCurve, Demand, Host, Recorded, Vm

D = TypeVar("D", Constant, DayCurve, Recorded)
_OF_PLACES = ("id", "parent", "name", "cluster", "feeds", "network")
_KIND = attrgetter(*(one.name for one in fields_of(Host) if one.name not in _OF_PLACES))


class TraceRows(NamedTuple):
    """The fields of demands that follow traces, a row a demand."""

    trace: NDArray[np.int64]
    row: NDArray[np.int64]
    shift: NDArray[np.int64]
    scale: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Demands:
    """The demand records of some VMs, and by which of them each VM goes (`of`: its index in `each`). Each is there
    once, but where fewer than `_MANY` VMs all follow traces.
    """

    each: list[Demand]
    of: NDArray[np.int64]

    @cached_property
    def _kinds(self) -> list[type[Demand]]:
        return list(map(type, self.each))

    @cached_property
    def _many(self) -> dict[type[Demand], int]:
        """How many of each kind there are."""
        return {kind: self._kinds.count(kind) for kind in set(self._kinds)}

    def which(self, kind: type[Demand]) -> NDArray[np.int64]:
        """The indices of those of a kind."""
        many = self._many.get(kind, 0)
        if many in (0, len(self.each)):
            return np.arange(many)
        return np.flatnonzero(np.array([one is kind for one in self._kinds], np.bool_))

    def those(self, kind: type[D]) -> list[D]:
        """Those of a kind; not to be written."""
        if self._many.get(kind, 0) == len(self.each):
            return self.each  # type: ignore[return-value]
        return [one for one in self.each if type(one) is kind] if kind in self._many else []

    @cached_property
    def followed(self) -> TraceRows:
        """The fields of those that follow traces. Raises OverflowError where a number does not fit."""
        rows = self.those(Recorded)
        return TraceRows(
            np.fromiter([one.trace for one in rows], np.int64, len(rows)),
            np.fromiter([one.row for one in rows], np.int64, len(rows)),
            np.fromiter([one.shift for one in rows], np.int64, len(rows)),
            np.fromiter([one.scale for one in rows], np.float64, len(rows)),
        )

    def then(self, other: Demands) -> Demands:
        """The same, and those of other VMs after them."""
        if not other.each:
            return self
        return Demands(self.each + other.each, np.concatenate([self.of, other.of + len(self.each)]))


_MANY = 10_000
"""Of as many VMs on, a demand that some share is kept once."""


def distinct_demands(values: Iterable[Demand], count: int) -> Demands:
    """The demands in a column of `count` VMs."""
    if isinstance(values, repeat) and count:
        return Demands([next(values)], np.zeros(count, np.int64))
    asked = list(values)
    if count < _MANY and set(map(type, asked)) == {Recorded}:  # fewer are read in less time than compared
        return Demands(asked, np.arange(count))
    ids = list(map(id, asked))
    each = dict(zip(ids, asked, strict=True))
    at = dict(zip(each, range(len(each)), strict=True))
    return Demands(list(each.values()), np.fromiter(map(at.__getitem__, ids), np.int64, count))


class HostKinds(NamedTuple):
    """The first host of each kind, and of which kind (`of`: its index in `each`) each host is. Hosts of one kind differ
    in what they are called, where they stand and what they are joined to.
    """

    each: list[Host]
    of: NDArray[np.int64]

    def array(self, value: Callable[[Host], Any], kind: type[np.generic] | np.dtype[Any]) -> NDArray[Any]:
        """What a function says of each host, which is asked once for each kind."""
        found: NDArray[Any] = np.array([value(host) for host in self.each], kind)[self.of]
        return found


def kinds_of(hosts: Sequence[Host]) -> HostKinds:
    """The kinds of some hosts."""
    known: dict[tuple[Any, ...], int] = {}
    each, of, before, kind = list[Host](), list[int](), None, 0
    for host, figures in zip(hosts, map(_KIND, hosts), strict=True):
        if figures != before:  # most are as the one before
            before, kind = figures, known.setdefault(figures, len(each))
            if kind == len(each):
                each.append(host)
        of.append(kind)
    return HostKinds(each, np.array(of, np.int64))


class Fields:
    """The fields of some VMs by name, a row a VM; and the kinds of some hosts."""

    def __init__(self, vms: Sequence[Vm], hosts: Sequence[Host] = ()) -> None:
        self.vms, self._hosts = vms, hosts
        self._arrays: dict[str, NDArray[Any]] = {}

    def array(self, name: str, kind: type[np.generic]) -> NDArray[Any]:
        """A field as an array of a type; as `np.bool_`, whether it is given (not 0, not empty).

        Raises OverflowError where a number does not fit.
        """
        if name not in self._arrays:
            self._arrays[name] = _array(values_of(self.vms, name), kind, len(self.vms))
        return self._arrays[name]

    def brief(self, name: str, kind: type[np.generic] = np.float64) -> NDArray[Any]:
        """The same, with one row where it is known that all VMs have the same."""
        values = values_of(self.vms, name)
        if isinstance(values, repeat) and len(self.vms):
            return np.array([next(values)], kind)
        return self.array(name, kind)

    def given(self, name: str) -> NDArray[np.int64]:
        """The rows of the VMs of which a field that is a text or a tuple is not empty."""
        return np.flatnonzero(self.array(name, np.bool_))

    @cached_property
    def kinds(self) -> HostKinds:
        """The kinds of the hosts."""
        return kinds_of(self._hosts)

    @cached_property
    def demands(self) -> Demands:
        """What the VMs ask for of themselves."""
        return distinct_demands(values_of(self.vms, "demand"), len(self.vms))

    @cached_property
    def memory_use(self) -> Demands:
        """What the VMs use of their memory."""
        return distinct_demands(values_of(self.vms, "active"), len(self.vms))


def _array(values: Iterable[Any], kind: type[np.generic], count: int) -> NDArray[Any]:
    """Values as an array of a type."""
    if isinstance(values, repeat) and count:
        one = next(values)
        return np.full(count, bool(one) if kind is np.bool_ else one, kind)
    return np.array(values, kind) if isinstance(values, array) else np.fromiter(values, kind, count)


def at_ids(known: dict[int, int], ids: NDArray[np.int64]) -> NDArray[np.int64]:
    """The row of each id in `known`, -1 where it has none."""
    if not (known and ids.any()):
        return np.full(ids.size, known.get(0, -1), np.int64)
    keys = np.fromiter(known.keys(), np.int64, len(known))
    order = np.argsort(keys)
    at = order[np.minimum(np.searchsorted(keys, ids, sorter=order), keys.size - 1)]
    rows = np.fromiter(known.values(), np.int64, len(known))
    return np.where(keys[at] == ids, rows[at], -1)
