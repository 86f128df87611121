"""Lifts columns of saved runs of older result versions to the present one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from designer.engine.result.arrays import FLOW_SERIES, MEMORY_SERIES, PLACED, POWER_SERIES, SERVICE_SERIES, UNREACHED
from designer.engine.result.log import EXTREMES
from designer.engine.share.arrays import OF_FLOWS

Columns = dict[str, NDArray[Any]]


def lifted(columns: Mapping[str, NDArray[Any]], version: int) -> Columns:
    """The columns of a run of a result version in the present form; what is missing stays missing."""
    made = dict(columns)
    if version < 2:
        _name_what_is_missing(made)
    if version < 3 and "counts" in made and "served" in made:
        _leave_extremes_out(made)
    if version < 4 and "asked" in made and "vm_allocated" in made:
        _leave_peaks_out(made)
    if version < 5:
        _wait_for_nothing(made)
    if version < 5 and "allocated" in made:
        _leave_credits_out(made)
    if "counts" in made:
        for name in (*MEMORY_SERIES, *FLOW_SERIES, *SERVICE_SERIES, *POWER_SERIES, UNREACHED, "balancer_dropped"):
            made.setdefault(name, np.zeros((len(made["counts"]), 0)))
    if "allocated" in made:
        made.setdefault(PLACED, np.full_like(made["allocated"], np.nan))
    return made


def _name_what_is_missing(columns: Columns) -> None:
    """Version 1 called all unserved demand steal; throttled and overhead begin with version 2."""
    if "asked" in columns and "allocated" in columns:
        columns["steal"] = columns["asked"] - columns["allocated"]
        columns["throttled"] = columns["overhead"] = np.zeros_like(columns["asked"])
    if "vm_short" in columns:
        columns["vm_steal"] = columns.pop("vm_short")
        columns["vm_throttled"] = columns["vm_overhead"] = np.zeros_like(columns["vm_steal"])


def _leave_extremes_out(columns: Columns) -> None:
    """Least and most within a recording step begin with version 3; NaN says that they were not recorded."""
    rows = len(columns["counts"])
    columns["counts_least"], columns["counts_most"] = (np.full((rows, len(EXTREMES)), np.nan) for _ in range(2))
    columns["dropped_most"] = np.full(columns["served"].shape, np.nan)


def _leave_peaks_out(columns: Columns) -> None:
    """The most that units are asked for and that loads get begins with version 4; NaN: not recorded."""
    columns["heat_most"], columns["vm_most"] = (np.full_like(columns[n], np.nan) for n in ("asked", "vm_allocated"))
    columns["used_most"] = np.full(columns["asked"].shape[1:], np.nan)


def _wait_for_nothing(columns: Columns) -> None:
    """VMs ask for disks and the wire, and wait for them, from version 5 on."""
    if "vm_throttled" in columns:
        columns.update({f"vm_{name}": np.zeros_like(columns["vm_throttled"]) for name in OF_FLOWS})
    if "counts" in columns:
        columns["limit_used"] = columns["limit_room"] = np.zeros((len(columns["counts"]), 0))
    for name, like in (("waiting", "throttled"), ("vm_waiting", "vm_throttled")):
        if like in columns:
            columns[name] = np.zeros_like(columns[like])


def _leave_credits_out(columns: Columns) -> None:
    """CPU credits begin with version 5; before, VMs had none."""
    columns["credits"] = columns["surplus"] = np.zeros((len(columns["allocated"]), 0))
