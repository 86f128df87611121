"""VMs kept as columns: a sixth of the memory of as many records, and read without a look at each."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields
from itertools import chain, islice, repeat
from operator import attrgetter
from typing import Any, overload

from designer.engine.spec.records import Vm

_AT_ONCE = 1024
_TYPES = {"int": "q", "float": "d"}
_NAMES = tuple(field.name for field in fields(Vm))
_AT = {name: n for n, name in enumerate(_NAMES)}
_CODES = tuple(_TYPES.get(str(field.type), "") for field in fields(Vm))
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
            column = self._columns[n]
            if column is None:
                if values.count(self._one[n]) == len(values):
                    continue
                before = [self._one[n]] * self._count
                column = self._columns[n] = array(_CODES[n], before) if _CODES[n] else before
            column.extend(values)
        self._count += len(self._added)
        self._added.clear()

    def values(self, name: str) -> Iterable[Any]:
        """A field of all VMs."""
        self._pack()
        column = self._columns[_AT[name]]
        return repeat(self._one[_AT[name]], self._count) if column is None else column

    def is_one(self, name: str) -> bool:
        """Whether a field has one value for all VMs."""
        self._pack()
        return self._columns[_AT[name]] is None

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


class Joined(Sequence[Vm]):
    """VMs, then others, which are not copied."""

    def __init__(self, vms: Sequence[Vm], others: Sequence[Vm]) -> None:
        self._vms, self._others = vms, others

    def values(self, name: str) -> Iterable[Any]:
        """A field of all of them."""
        return chain(values_of(self._vms, name), values_of(self._others, name))

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
