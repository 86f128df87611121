"""Flows through limits, filled up by the engine's kernel."""

from __future__ import annotations

from designer.engine.compiled import door
from designer.engine.flow.filling import Filling, Islands, Paths, fill_island
from designer.engine.share.arrays import I


@door
def _fill(which: I, islands: Islands, paths: Paths, room: Filling) -> None:
    for n in range(which.size):
        fill_island(which[n], islands, paths, room)


def fill_up(which: I, islands: Islands, paths: Paths, room: Filling) -> None:
    """Share the limits of some islands among their flows."""
    _fill(which, islands, paths, room)
