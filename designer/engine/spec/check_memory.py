"""Whether what a spec says of memory has a meaning: every refusal is a sentence that names the element."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, get_args

import numpy as np

from designer.engine.spec import Host, Vm
from designer.engine.spec.fields import Fields
from designer.engine.spec.records import MemoryRule
from designer.errors import SpecError

RULES = get_args(MemoryRule)
OOM_MOST = 1000.0
"""The most by which the badness of a VM may be adjusted, up or down (Linux, oom_score_adj)."""

Sound = Callable[[Any], Any]
"""Whether a value, or each of an array, has a meaning."""


def _from_zero(value: Any) -> Any:
    return (value >= 0.0) & (value < math.inf)


HOST: Mapping[str, tuple[Sound, str]] = {
    "ram_overcommit": (lambda value: (value > 0.0) & (value < math.inf), "its memory overcommit must be above 0"),
    "swap_mib": (_from_zero, "its swap must be at least 0 MiB"),
    "sharable_frac": (
        lambda value: (value >= 0.0) & (value < 1.0),
        "the part of equal pages must be at least 0 and below 1",
    ),
    "swap_slowdown": (_from_zero, "the slowdown by swap must be at least 0"),
}
VM: Mapping[str, tuple[Sound, str]] = {
    "ram_floor_mib": (_from_zero, "its guaranteed memory must be at least 0 MiB"),
    "ram_shares": (_from_zero, "its memory shares must be at least 0"),
    "ram_buffer_frac": (_from_zero, "its memory buffer must be at least 0"),
    "oom_adjust": (
        lambda value: abs(value) <= OOM_MOST,
        f"its kill priority must be between -{OOM_MOST:g} and {OOM_MOST:g}",
    ),
}
"""What values of a field have a meaning, and what is said of one that has none."""


def check_host_memory(host: Host, who: str) -> None:
    """Raise SpecError for the first figure of a host's memory that has no meaning."""
    if host.memory not in RULES:
        raise SpecError(f"{who}: “{host.memory}” is no rule for memory; it must be one of {', '.join(RULES)}.")
    _check(host, who, HOST)


def check_vm_memory(vm: Vm, who: str) -> None:
    """Raise SpecError for the first figure of a VM's memory that has no meaning; of its use the demand is checked."""
    _check(vm, who, VM)
    if vm.ram_floor_mib > vm.ram_mib:
        raise SpecError(f"{who} is guaranteed {vm.ram_floor_mib:g} MiB, more than its memory of {vm.ram_mib:g} MiB.")


def memory_is_sound(fields: Fields) -> bool:
    """Whether the figures of memory of VMs all have a meaning, column by column."""
    columns = {name: fields.brief(name) for name in VM}
    if not all(bool(np.all(sound(columns[name]))) for name, (sound, _) in VM.items()):
        return False
    return not bool((columns["ram_floor_mib"] > fields.brief("ram_mib")).any())


def _check(row: Host | Vm, who: str, meanings: Mapping[str, tuple[Sound, str]]) -> None:
    for name, (sound, said) in meanings.items():
        value = getattr(row, name)
        if not sound(value):
            raise SpecError(f"{who}: {said}, not {value:g}.")
