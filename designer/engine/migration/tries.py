"""How often migrations of VMs came to nothing: a VM that would be tried for ever stays where it is."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from designer.engine.rules.context import Rows
from designer.engine.state.state import State

TRIES = 3
"""So many migrations of a VM off a host are given up, then it stays until another VM came to or left that host, or a
host, an uplink or a link carries other bandwidth: an assumption. A copy that did not end finds the same again before.
"""


class Tries:
    """The migrations of each VM that were given up in a row under the same conditions."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._of: dict[int, tuple[int, int, int, int]] = {}
        """Of each VM how many, and the conditions."""

    def note(self, v: int) -> bool:
        """Count a migration of a VM that was given up; whether it is the last one for now."""
        tries = self._count(v) + 1
        self._of[v] = tries, *self._conditions(v)
        return tries == TRIES

    def forget(self, vms: Rows) -> None:
        """Let VMs be tried again."""
        for v in vms.tolist() if self._of else ():
            self._of.pop(v, None)

    def left(self, vms: Rows) -> NDArray[np.bool_]:
        """Which VMs may be tried."""
        over = [v for v in self._of if self._count(v) >= TRIES]
        return ~np.isin(vms, over) if over else np.ones(vms.size, np.bool_)

    def _count(self, v: int) -> int:
        """How many migrations of a VM were given up under the conditions of now."""
        tries, *conditions = self._of.get(v, (0, 0, 0, 0))
        return tries if tuple(conditions) == self._conditions(v) else 0

    def _conditions(self, v: int) -> tuple[int, int, int]:
        """What decides how fast a VM leaves: its host, how many stand there, and changes of bandwidth so far."""
        s, u = self._state, int(self._state.unit[v])
        return u, int(s.standing.on_one(u).size), int(s.carried_turn[0])

    def copy(self) -> dict[str, NDArray[Any]]:
        """What `restore` reads."""
        tries = [(v, *of) for v, of in self._of.items()]
        return {"given_up": np.array(tries, np.int64).reshape(-1, 5)}

    def restore(self, saved: dict[str, NDArray[Any]]) -> None:
        """Continue from what `copy` returned."""
        self._of = {v: (n, u, stand, turn) for v, n, u, stand, turn in saved["given_up"].tolist()}
