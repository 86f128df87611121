"""Where what a run says of an element belongs on the drawing."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from designer.ui.canvas.world.world import World


class Mapping:
    """Which frame row belongs to which world row; rebuilt when either changes."""

    def __init__(self, world: World, ids: NDArray[np.int64]) -> None:
        self.world_ids, self.frame_ids = world.ids, ids
        self.memory_mib: NDArray[np.float32] | None = None
        """The memory of the VMs by world row, once it was asked for."""
        self.world_row = world.rows_of(ids)
        known = np.flatnonzero(self.world_row >= 0)
        self._frame_row = np.zeros(world.ids.size, np.int64)
        self._frame_row[self.world_row[known]] = known
        alone = np.ones(world.ids.size, np.bool_)
        alone[self.world_row[known]] = False
        self._alone = np.flatnonzero(alone)
        above = np.where(self.world_row >= 0, np.append(world.parent, -1)[self.world_row], -1)
        self.home = np.where(above >= 0, np.append(world.ids, 0)[above], 0)
        """The id of what each frame row stands in by the design, 0 where it is not drawn."""

    def fits(self, world: World, ids: NDArray[np.int64]) -> bool:
        """Whether neither has changed."""
        return self.world_ids is world.ids and self.frame_ids is ids

    def spread(self, values: NDArray[Any], missing: float) -> NDArray[Any]:
        """Values of frame rows by world row."""
        if not values.size:
            return np.full(self._frame_row.size, missing, values.dtype)
        spread: NDArray[Any] = values.take(self._frame_row)
        spread[self._alone] = missing
        return spread
