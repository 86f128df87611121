"""Whether the order in which VMs start has a meaning."""

from __future__ import annotations

from collections.abc import Sequence

from designer.engine.spec.records import Start
from designer.errors import SpecError


def check_starts(starts: Sequence[Start], names: dict[int, str]) -> None:
    """Raise SpecError for the first VM that has two entries or is not there, and for VMs that wait for one another in a
    circle.

    `names` are those of all VMs by id.
    """
    named: set[int] = set()
    for start in starts:
        if start.vm in named:
            raise SpecError(f"The order of starts names VM {names[start.vm]} twice.")
        named.add(start.vm)
        for vm in (start.vm, *start.after):
            if vm not in names:
                raise SpecError(f"The order of starts names VM {vm}, which is not there.")
        if not 1 <= start.priority <= 5:
            raise SpecError(f"VM {names[start.vm]}: its restart priority must be from 1 to 5, not {start.priority}.")
    waiting = {start.vm: set(start.after) for start in starts if start.after}
    while free := {vm for vm, early in waiting.items() if not early & waiting.keys()}:
        waiting = {vm: early for vm, early in waiting.items() if vm not in free}
    if waiting:
        found = ", ".join(sorted(names[vm] for vm in waiting))
        raise SpecError(f"{found} start after one another in a circle.")
