"""Where flows begin and end, and whether they flow: what an instant changed of that."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from designer.engine.compiled import ZERO, brief_door
from designer.engine.flow.tables import NOWHERE
from designer.engine.share.arrays import B, I
from designer.engine.state.state import RUNNING


class Ends(NamedTuple):
    """Of flows: whether each flows, from which unit, and to which."""

    on: B
    unit: I
    end: I


class EndsOf(NamedTuple):
    """What decides it: of flows the load, its VM, the VM to which each goes (-1: none) or else the unit, and whether
    it is traffic; of VMs how and where they are.
    """

    load: I
    vm: I
    peer: I
    target: I
    wire: B
    status: NDArray[np.uint8]
    unit: I


@brief_door
def find_moved(works: B, inner: I, of: EndsOf, known: Ends, now: Ends, found: I) -> int:
    """Fill in how flows are `now`, and which are not as `known` (`found`); how many. `works`: which loads work;
    `inner`: equal for units that reach each other, empty where all do.
    """
    n: int = ZERO
    for f in range(of.load.size):
        unit, peer, end = of.unit[of.vm[f]], of.peer[f], of.target[f]
        if peer >= 0:
            end = of.unit[peer] if of.status[peer] == RUNNING else NOWHERE
        on = works[of.load[f]] and unit >= 0 and end != NOWHERE
        if on and inner.size > 0 and of.wire[f]:
            on = inner[unit] == inner[end]
        now.on[f], now.unit[f], now.end[f] = on, unit, end
        if on != known.on[f] or (on and (unit != known.unit[f] or end != known.end[f])):
            found[n] = f
            n += 1
    return n
