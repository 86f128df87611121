"""The names of all elements of a run by id."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from designer.engine.spec import Vm
from designer.engine.spec.packed import values_of


class ElementNames(Mapping[int, str]):
    """Names by id; those of VMs are read where the spec has them. What has none is called by its id."""

    def __init__(self, vms: Sequence[Vm]) -> None:
        self._others: dict[int, str] = {}
        ids = np.fromiter(values_of(vms, "id"), np.int64, len(vms))
        order = np.argsort(ids)
        self._ids, self._order = ids[order], order.astype(np.int32)
        names = values_of(vms, "name")
        self._names: list[str] = names if isinstance(names, list) else list(names)

    def add(self, element_id: int, name: str) -> None:
        """Name an element that is no VM of the spec."""
        self._others[element_id] = name or str(element_id)

    def __getitem__(self, element_id: int) -> str:
        found = self._others.get(element_id)
        if found is not None:
            return found
        n = int(np.searchsorted(self._ids, element_id))
        if n >= self._ids.size or self._ids[n] != element_id:
            raise KeyError(element_id)
        return self._names[self._order[n]] or str(element_id)

    def __iter__(self) -> Iterator[int]:
        yield from self._others
        yield from self._ids.tolist()

    def __len__(self) -> int:
        return len(self._others) + self._ids.size
