"""KeyedSums by key, such as Mbit by pair of places: kept only where there are some."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

I = NDArray[np.int64]  # noqa: E741
F = NDArray[np.float64]
B = NDArray[np.bool_]


class KeyedSums:
    """KeyedSums by key, a row of `width` whole numbers."""

    def __init__(self, width: int) -> None:
        self._width = width
        self._amounts: dict[tuple[int, ...], float] = {}

    def add(self, keys: I, amounts: F) -> None:
        """Add amounts to those of their keys (rows of `keys`), in the order of the keys; nothing is left out."""
        if not amounts.size:
            return
        each, at = np.unique(keys, axis=0, return_inverse=True)
        sums = np.bincount(at.reshape(-1), weights=amounts, minlength=len(each))
        for row, amount in zip(map(tuple, each.tolist()), sums.tolist()):
            if amount > 0.0:
                self._amounts[row] = self._amounts.get(row, 0.0) + amount

    def add_one(self, key: tuple[int, ...], amount: float) -> None:
        """Add an amount to that of a key."""
        self._amounts[key] = self._amounts.get(key, 0.0) + amount

    def copy(self) -> KeyedSums:
        """The same amounts, to which others may be added."""
        made = KeyedSums(self._width)
        made._amounts = dict(self._amounts)
        return made

    @property
    def keys(self) -> I:
        """The keys with amounts, rising (n x width)."""
        return np.array(sorted(self._amounts), np.int64).reshape(-1, self._width)

    @property
    def amounts(self) -> F:
        """The amounts in the order of `keys`."""
        return np.array([self._amounts[key] for key in sorted(self._amounts)], np.float64)

    def columns(self, name: str) -> dict[str, NDArray[Any]]:
        """What `put` reads; nothing where there are no amounts."""
        if not self._amounts:
            return {}
        return {f"{name}_keys": self.keys, f"{name}_amounts": self.amounts}

    def put(self, columns: Mapping[str, NDArray[Any]], name: str) -> bool:
        """Take over what `columns` returned, nothing where it is not there; whether it has its shape."""
        keys, amounts = columns.get(f"{name}_keys"), columns.get(f"{name}_amounts")
        self._amounts = {}
        if keys is None or amounts is None:
            return keys is amounts
        if keys.dtype != np.int64 or amounts.dtype != np.float64 or keys.shape != (len(amounts), self._width):
            return False
        self._amounts = dict(zip(map(tuple, keys.tolist()), amounts.tolist()))
        return True
