"""VMs kept as columns: a sixth of the memory of as many records, and read without a look at each."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import fields
from itertools import chain, islice, repeat
from operator import attrgetter
from typing import Any, TypeVar, overload

import numpy as np
from numpy.typing import NDArray

from designer.engine.spec.records import Vm

T = TypeVar("T")
_AT_ONCE = 1024
_TYPES = {"int": "q", "float": "d"}
_NAMES = tuple(field.name for field in fields(Vm))
_AT = {name: n for n, name in enumerate(_NAMES)}
_CODES = tuple(_TYPES.get(str(field.type), "") for field in fields(Vm))
_DEFAULTS = {field.name: field.default for field in fields(Vm)}
_ROW = attrgetter(*_NAMES)


class PackedVms(Sequence[Vm]):
    """VMs, a column a field. A record is made when it is read; a field with one value for all of them takes one."""

    def __init__(self, vms: Iterable[Vm] = ()) -> None:
        self._count = 0
        self._one: list[Any] = [None] * len(_NAMES)
        """The value of each field, where it is the same for all."""
        self._columns: list[Any] = [None] * len(_NAMES)
        """The values of each field, where they are not."""
        self._added: list[tuple[Any, ...]] = []
        for vm in vms:
            self.append(vm)

    def append(self, vm: Vm) -> None:
        """Add a VM."""
        self.add(_ROW(vm))

    def add_like(self, vm: Vm, **fields: Any) -> None:
        """Add a copy of a VM with other values in some fields."""
        row = list(_ROW(vm))
        for name, value in fields.items():
            row[_AT[name]] = value
        self.add(tuple(row))

    def add(self, row: tuple[Any, ...]) -> None:
        """Add a VM by its fields, in the order of the record."""
        self._added.append(row)
        if len(self._added) >= _AT_ONCE:
            self._pack()

    def _pack(self) -> None:
        """Take over what was added."""
        if not self._added:
            return
        if not self._count:
            self._one = list(self._added[0])
        for n, values in enumerate(zip(*self._added, strict=True)):
            self._lengthen(n, values)
        self._count += len(self._added)
        self._added.clear()

    def _lengthen(self, n: int, values: Sequence[Any]) -> None:
        """Add the values of VMs to a column."""
        column = self._columns[n]
        if column is None:
            if values.count(self._one[n]) == len(values):
                return
            before = [self._one[n]] * self._count
            column = self._columns[n] = array(_CODES[n], before) if _CODES[n] else before
        column.extend(values)

    def extend(self, **columns: Sequence[Any]) -> None:
        """Add VMs by the values of their fields, a column a field; other fields have their default."""
        self._pack()
        count = len(columns["id"])
        if not self._count:
            self._one = [columns[name][0] if name in columns else _DEFAULTS[name] for name in _NAMES]
        for n, name in enumerate(_NAMES):
            self._lengthen(n, columns[name] if name in columns else (_DEFAULTS[name],) * count)
        self._count += count

    def arrange(self, ids: NDArray[np.int64]) -> None:
        """Bring the VMs into the order of their ids among others; those that have none there go."""
        own = np.fromiter(self.values("id"), np.int64, len(self))
        if not own.size:
            return
        by_id = np.argsort(own)
        at = by_id[np.minimum(np.searchsorted(own, ids, sorter=by_id), own.size - 1)]
        order = at[own[at] == ids]
        for n, column in enumerate(self._columns):
            if isinstance(column, array):
                self._columns[n] = array(column.typecode, np.frombuffer(column, column.typecode)[order].tobytes())
            elif column is not None:
                self._columns[n] = [column[row] for row in order.tolist()]
        self._count = order.size

    def values(self, name: str) -> Iterable[Any]:
        """A field of all VMs."""
        self._pack()
        column = self._columns[_AT[name]]
        return repeat(self._one[_AT[name]], self._count) if column is None else column

    def __len__(self) -> int:
        return self._count + len(self._added)

    def __iter__(self) -> Iterator[Vm]:
        return map(Vm, *map(self.values, _NAMES))

    @overload
    def __getitem__(self, index: int) -> Vm: ...

    @overload
    def __getitem__(self, index: slice) -> list[Vm]: ...

    def __getitem__(self, index: int | slice) -> Vm | list[Vm]:
        self._pack()
        if isinstance(index, slice):
            return [self[n] for n in range(*index.indices(len(self)))]
        n, columns = range(len(self))[index], zip(self._columns, self._one, strict=True)
        return Vm(*(one if column is None else column[n] for column, one in columns))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and len(self) == len(other) and all(a == b for a, b in zip(self, other))

    __hash__ = None  # type: ignore[assignment]


def values_of(vms: Sequence[Vm], name: str) -> Iterable[Any]:
    """A field of VMs, without a record of each where they are packed."""
    return vms.values(name) if isinstance(vms, (PackedVms, Joined)) else map(attrgetter(name), vms)


def mapped(values: Iterable[T], function: Callable[[T], Any], kind: type[np.generic], count: int) -> NDArray[Any]:
    """What a function says of `count` values, as an array; it is asked once where all have one value."""
    if isinstance(values, repeat) and count:
        return np.full(count, function(next(values)), kind)
    return np.fromiter(map(function, values), kind, count)


class Joined(Sequence[Vm]):
    """VMs, then others, which are not copied."""

    def __init__(self, vms: Sequence[Vm], others: Sequence[Vm]) -> None:
        self._vms, self._others = vms, others

    def values(self, name: str) -> Iterable[Any]:
        """A field of all of them."""
        own = values_of(self._vms, name)
        return chain(own, values_of(self._others, name)) if len(self._others) else own

    def __len__(self) -> int:
        return len(self._vms) + len(self._others)

    def __iter__(self) -> Iterator[Vm]:
        return chain(self._vms, self._others)

    @overload
    def __getitem__(self, index: int) -> Vm: ...

    @overload
    def __getitem__(self, index: slice) -> list[Vm]: ...

    def __getitem__(self, index: int | slice) -> Vm | list[Vm]:
        if isinstance(index, slice):
            return list(islice(self, *index.indices(len(self))))
        n = range(len(self))[index] - len(self._vms)
        return self._others[n] if n >= 0 else self._vms[n + len(self._vms)]
