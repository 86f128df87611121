"""The order in which VMs start, as arrays: priorities, what must run before, how many a host starts at a time."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from designer.engine.spec import Spec

I = NDArray[np.int64]  # noqa: E741
F = NDArray[np.float64]

MEDIUM = 3
"""The priority of a VM of which nothing is said; 1 starts first, 5 last."""


class Starts(NamedTuple):
    """The `priority` of each VM (row), the most that each unit starts `at_once` (inf: any number). VM `late[e]` starts
    after VM `early[e]`; so VMs get room in the order of `room`. Hosts `slow` are up `post_s` after they have power.
    """

    priority: I
    room: I
    at_once: F
    late: I
    early: I
    slow: I
    post_s: F


def starts_of(spec: Spec, vm_ids: I, units: int) -> Starts | None:
    """The order of starts; None where nothing is said of it."""
    limited = any(host.boots_at_once or host.post_s for host in spec.hosts)
    if not (limited or spec.starts):
        return None
    priority, at_once = np.full(vm_ids.size, MEDIUM, np.int64), np.full(units, np.inf)
    at_once[: len(spec.hosts)] = [host.boots_at_once or np.inf for host in spec.hosts]
    row_of = {int(i): n for n, i in enumerate(vm_ids.tolist())} if spec.starts else {}
    for start in spec.starts:
        priority[row_of[start.vm]] = start.priority
    pairs = [(row_of[start.vm], row_of[early]) for start in spec.starts for early in start.after]
    late, early = np.array(pairs, np.int64).reshape(-1, 2).T
    room = _order_of_room(priority, late, early)
    post_s = np.array([host.post_s for host in spec.hosts], np.float64)
    slow = np.flatnonzero(post_s > 0.0)
    return Starts(priority, room, at_once, late, early, slow, post_s[slow])


def _order_of_room(priority: I, late: I, early: I) -> I:
    """By which VMs get room, the least first: by the first priority of their own and of those that start after them,
    and before these. VM `late[e]` starts after `early[e]`, and none in a circle.
    """
    first, before = priority.copy(), np.zeros(priority.size, np.int64)
    left = dict(zip(*(part.tolist() for part in np.unique(late, return_counts=True))))
    after: dict[int, list[int]] = {}
    for one, other in zip(late.tolist(), early.tolist()):
        after.setdefault(other, []).append(one)
    order = [one for one in after if one not in left]
    for one in order:
        for other in after.get(one, ()):
            before[other] = max(before[other], before[one] + 1)
            left[other] -= 1
            if not left[other]:
                order.append(other)
    for one in reversed(order):
        first[one] = min(first[[one, *after.get(one, ())]])
    return first * (int(before.max(initial=0)) + 1) + before
