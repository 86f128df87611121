"""Fields of VM records as arrays, each read once: by the check, then by the tables."""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from designer.engine.spec.records import Vm


class Fields:
    """The fields of some VMs by name, a row a VM."""

    def __init__(self, vms: Sequence[Vm]) -> None:
        self.vms = vms
        self._arrays: dict[str, NDArray[Any]] = {}

    def array(self, name: str, kind: type[np.generic]) -> NDArray[Any]:
        """A field as an array of a type. Raises OverflowError where a number does not fit."""
        if name not in self._arrays:
            self._arrays[name] = np.array(list(map(attrgetter(name), self.vms)), kind)
        return self._arrays[name]
