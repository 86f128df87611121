"""Fields of VM records as arrays, and kinds of hosts, each read once: by the check, then by the tables."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Sequence
from dataclasses import fields as fields_of
from functools import cached_property
from itertools import islice, repeat
from operator import attrgetter
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from designer.engine.spec.packed import values_of
from designer.engine.spec.records import Demand, Host, Vm

_OF_PLACES = ("id", "parent", "name", "cluster", "feeds", "network")
_KIND = attrgetter(*(one.name for one in fields_of(Host) if one.name not in _OF_PLACES))


class Demands(NamedTuple):
    """The demand records of some VMs, each once, and by which of them each VM goes (`of`: its index in `each`)."""

    each: list[Demand]
    of: NDArray[np.int64]

    def then(self, other: Demands) -> Demands:
        """The same, and those of other VMs after them."""
        if not other.each:
            return self
        return Demands(self.each + other.each, np.concatenate([self.of, other.of + len(self.each)]))


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

    def given(self, name: str) -> NDArray[np.int64]:
        """The rows of the VMs of which a field that is a text or a tuple is not empty."""
        return np.flatnonzero(self.array(name, np.bool_))

    def each(self, name: str) -> list[Any]:
        """The objects of a field, each once."""
        values = values_of(self.vms, name)
        if isinstance(values, repeat):
            return list(islice(values, min(len(self.vms), 1)))
        found = list(values)
        return list(dict(zip(map(id, found), found, strict=True)).values())

    @cached_property
    def kinds(self) -> HostKinds:
        """The kinds of the hosts."""
        return kinds_of(self._hosts)

    @cached_property
    def demands(self) -> Demands:
        """What the VMs ask for of themselves."""
        asked = list(values_of(self.vms, "demand"))
        each = dict(zip(map(id, asked), asked, strict=True))
        at = dict(zip(each, range(len(each)), strict=True))
        return Demands(list(each.values()), np.fromiter(map(at.__getitem__, map(id, asked)), np.int64, len(asked)))


def _array(values: Iterable[Any], kind: type[np.generic], count: int) -> NDArray[Any]:
    """Values as an array of a type."""
    if isinstance(values, repeat) and count:
        one = next(values)
        return np.full(count, bool(one) if kind is np.bool_ else one, kind)
    return np.array(values, kind) if isinstance(values, array) else np.fromiter(values, kind, count)
