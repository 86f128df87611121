"""Whether the order in which VMs start has a meaning."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from designer.engine.spec.records import Start
from designer.errors import SpecError

MOST_NAMES = 10
"""Most names in a sentence about a circle."""


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
    waiting = waiting_for_ever({start.vm: start.after for start in starts if start.after})
    if waiting:
        raise SpecError(f"{few(sorted(names[vm] for vm in waiting))} start after one another in a circle.")


def waiting_for_ever(after: Mapping[int, Iterable[int]]) -> list[int]:
    """Those that wait, themselves or through others, for one in a circle. `after`: for whom each waits."""
    left = {one: {other for other in early if other in after} for one, early in after.items()}
    behind: dict[int, list[int]] = {}
    for one, early in left.items():
        for other in early:
            behind.setdefault(other, []).append(one)
    free = [one for one, early in left.items() if not early]
    while free:
        ready = free.pop()
        del left[ready]
        for one in behind.get(ready, ()):
            left[one].discard(ready)
            if not left[one]:
                free.append(one)
    return list(left)


def few(names: Sequence[str]) -> str:
    """The first of some names, and how many more there are."""
    more = len(names) - MOST_NAMES
    return ", ".join(names[:MOST_NAMES]) + (f" and {more:,} more" if more > 0 else "")
