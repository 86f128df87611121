"""The arrays of a run, in memory or as mapped files that another process reads while they are written."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

HEADER = "series.json"
SERIES = ("allocated", "asked", "throttled", "overhead", "steal", "capacity", "size", "energy")
"""Integrals over each recording step: MHz s, energy W s."""


@dataclass
class Store:
    """Named float64 arrays: `rows` x units, `rows` x services, `rows` x counts; `filled` (one int64) counts rows."""

    arrays: dict[str, NDArray[Any]]
    folder: Path | None = None

    @property
    def filled(self) -> int:
        """How many rows are final."""
        return int(self.arrays["filled"][0])


def create(shapes: dict[str, tuple[int, ...]], folder: Path | None) -> Store:
    """Zeroed arrays, in memory or as files in a folder that another process may open."""
    kinds = {name: "<i8" if name == "filled" else "<f8" for name in shapes}
    if folder is None:
        return Store({name: np.zeros(shape, kinds[name]) for name, shape in shapes.items()})
    folder.mkdir(parents=True, exist_ok=True)
    arrays = {name: _mapped(folder / f"{name}.bin", kinds[name], shape, "w+") for name, shape in shapes.items()}
    (folder / HEADER).write_text(json.dumps({"version": 1, "shapes": shapes, "kinds": kinds}), "utf-8")
    return Store(arrays, folder)


def open_store(folder: Path) -> Store:
    """The arrays of a run that another process writes, for reading."""
    header = json.loads((folder / HEADER).read_text("utf-8"))
    return Store(
        {
            name: _mapped(folder / f"{name}.bin", header["kinds"][name], tuple(shape), "r")
            for name, shape in header["shapes"].items()
        },
        folder,
    )


def _mapped(path: Path, dtype: str, shape: tuple[int, ...], mode: Any) -> NDArray[Any]:
    if 0 in shape:
        return np.zeros(shape, dtype)
    return np.memmap(path, dtype=dtype, mode=mode, shape=shape)
