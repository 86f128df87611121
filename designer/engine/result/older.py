"""Columns of saved runs of older result versions, as those of today."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

Columns = dict[str, NDArray[Any]]


def lifted(columns: Mapping[str, NDArray[Any]], version: int) -> Columns:
    """The columns of a run of a result version as those of today; what is missing stays missing."""
    made = dict(columns)
    if version < 2:
        _name_what_is_missing(made)
    return made


def _name_what_is_missing(columns: Columns) -> None:
    """Version 1 called all demand that was not served steal; throttled and overhead begin with version 2."""
    if "asked" in columns and "allocated" in columns:
        columns["steal"] = columns["asked"] - columns["allocated"]
        columns["throttled"] = columns["overhead"] = np.zeros_like(columns["asked"])
    if "vm_short" in columns:
        columns["vm_steal"] = columns.pop("vm_short")
        columns["vm_throttled"] = columns["vm_overhead"] = np.zeros_like(columns["vm_steal"])
