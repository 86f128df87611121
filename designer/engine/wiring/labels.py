"""Units in groups that reach each other: one number for each group, worked out from who is up."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from designer.engine.compiled import brief_door, part

I = NDArray[np.int64]  # noqa: E741
B = NDArray[np.bool_]


@part
def _root(label: I, u: int) -> int:
    while label[u] != u:
        label[u] = label[label[u]]
        u = label[u]
    return u


@part
def _join(label: I, one: int, other: int) -> None:
    a, b = _root(label, one), _root(label, other)
    if a < b:
        label[b] = a
    else:
        label[a] = b


@part
def _is_whole(u: int, up: B, own: I, first: I, device: I) -> bool:
    """Whether of each group of a unit's devices one is up."""
    for g in range(own[u], own[u + 1]):
        given = False
        for e in range(first[g], first[g + 1]):
            given = given or up[device[e]]
        if not given:
            return False
    return True


@brief_door
def label_units(up: B, attach: I, apart: B, own: I, first: I, device: I, leaf: B, order: I, label: I) -> None:
    """Fill `label` (units, then the outside): units with one number reach each other.

    A unit hangs on its devices that are up, if of each group one is; without devices, or `apart`, on the unit `attach`
    (itself: on nothing). A `leaf` passes no traffic on: it reaches what one of its devices reaches, the outside first.
    Leaves are in `order`, those first on which others hang.
    """
    units = up.size
    for u in range(units + 1):
        label[u] = u
    for u in range(units):
        if leaf[u]:
            continue
        if apart[u] or own[u] == own[u + 1]:
            _join(label, u, attach[u])
        elif _is_whole(u, up, own, first, device):
            for e in range(first[own[u]], first[own[u + 1]]):
                if up[device[e]] and not leaf[device[e]]:
                    _join(label, u, device[e])
    for u in range(units + 1):
        label[u] = _root(label, u)
    outside = label[units]
    for n in range(order.size):
        u = order[n]
        if own[u] == own[u + 1]:
            label[u] = label[attach[u]]
        elif _is_whole(u, up, own, first, device):
            found = units + 1
            for e in range(first[own[u]], first[own[u + 1]]):
                if up[device[e]]:
                    there = label[device[e]]
                    found = there if there == outside or (found != outside and there < found) else found
            label[u] = found
