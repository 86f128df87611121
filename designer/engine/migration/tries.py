"""How often migrations of VMs came to nothing: a VM that would be tried for ever stays where it is."""

from __future__ import annotations

from typing import Any
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from designer.engine.rules.context import Rows
from designer.engine.state.state import State

TRIES = 3
"""After this many given-up migrations off a host a VM stays until fewer VMs stand on that host than ever while
it was tried, or hosts, uplinks and links carry bandwidth as they never did while it was: an assumption. A copy that did
not end finds the same again before. What comes and goes again and again is nothing new the second time.
"""


class Tries:
    """The migrations of each VM that were given up, by the conditions under which that was."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._of: dict[int, tuple[int, dict[int, tuple[int, int]]]] = {}
        """The host of each VM; by what bandwidth was carried: the fewest VMs that stood on it, and how many tries then.
        """
        self._bandwidth = -1, 0

    def note(self, v: int) -> bool:
        """Count a migration of a VM that was given up; whether it is the last one for now."""
        u, carried, stand = self._conditions(v)
        on, known = self._of.get(v, (u, {}))
        known = known if on == u else {}
        fewest, tries = known.get(carried, (stand, 0))
        known[carried] = now = (stand, 1) if stand < fewest else (fewest, tries + 1)
        self._of[v] = u, known
        return now[1] == TRIES

    def forget(self, vms: Rows) -> None:
        """Let VMs be tried again."""
        for v in vms.tolist() if self._of else ():
            self._of.pop(v, None)

    def left(self, vms: Rows) -> NDArray[np.bool_]:
        """Which VMs may be tried."""
        over = [v for v in self._of if self._is_over(v)]
        return ~np.isin(vms, over) if over else np.ones(vms.size, np.bool_)

    def _is_over(self, v: int) -> bool:
        """Whether a VM stays, as conditions are now."""
        u, carried, stand = self._conditions(v)
        on, known = self._of[v]
        fewest, tries = known.get(carried, (stand, 0))
        return on == u and tries >= TRIES and stand >= fewest

    def _conditions(self, v: int) -> tuple[int, int, int]:
        """What decides how fast a VM leaves: its host, what all carry (a number for it), how many VMs stand there."""
        s, u = self._state, int(self._state.unit[v])
        turn = int(s.carried_turn[0])
        if turn != self._bandwidth[0]:
            self._bandwidth = turn, crc32(s.carried.tobytes())
        return u, self._bandwidth[1], int(s.standing.on_one(u).size)

    def copy(self) -> dict[str, NDArray[Any]]:
        """What `restore` reads."""
        tries = [(v, u, carried, *of) for v, (u, known) in self._of.items() for carried, of in known.items()]
        return {"given_up": np.array(tries, np.int64).reshape(-1, 5)}

    def restore(self, saved: dict[str, NDArray[Any]]) -> None:
        """Continue from what `copy` returned."""
        self._of, self._bandwidth = {}, (-1, 0)
        for v, u, carried, fewest, tries in saved["given_up"].tolist():
            self._of.setdefault(v, (u, {}))[1][carried] = fewest, tries
