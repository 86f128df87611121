"""The colors of the shown run: each frame becomes load and state by row of the drawing."""

from __future__ import annotations

from functools import partial

import numpy as np

from designer.study.isolation.table import losing_now
from designer.study.traffic.at_moment import Traffic
from designer.ui.canvas.paint.brush import Brush
from designer.ui.canvas.world.live import Followed, live_of
from designer.ui.canvas.world.mapping import Mapping
from designer.ui.canvas.world.room import RoomForGuests
from designer.ui.shell.session import Session


class RunColors:
    """Gives the frames of the run to a brush. `color_by` says what the colors show, a key of `COLOR_BY`."""

    def __init__(self, session: Session, brush: Brush) -> None:
        self.color_by = "heat"
        self._session, self._brush = session, brush
        self._mapping: Mapping | None = None
        self._offline, self._unreached = Followed("offline", "online"), Followed("unreached", "reached")
        self._pulsed: set[int] = set()
        self._traffic: dict[int, Traffic] = {}
        self._told = 0
        """How much of the log there was at the last frame."""
        self._room = RoomForGuests(brush.world)

    def forget_rows(self) -> None:
        """Forget the rows: the rows of the world have changed."""
        self._mapping = None

    def is_shown(self) -> bool:
        """Whether the newest frame is the shown one at a later time, with nothing that looks other at it. Then the
        brush has its time, too."""
        run, live = self._session.run, self._brush.live
        frame = run.view.frame if run is not None else None
        if run is None or frame is None or live is None or live.source is None or self._mapping is None:
            return False
        same = frame.heat is live.source[0].heat and self._mapping.fits(self._brush.world, frame.ids)
        log = len(run.view.log()), live.shown.name
        if not same or log != (self._told, self.color_by) or run.view.traffic(frame.time_s) != self._traffic:
            return False
        since_s = live.since_s[live.root]  # what has failed says for how many minutes
        if not np.array_equal((frame.time_s - since_s) // 60.0, (live.time_s - since_s) // 60.0):
            return False
        live.time_s, live.source = frame.time_s, (frame, self._mapping)
        return True

    def update(self) -> set[int]:
        """Take the newest frame; without a run the drawing shows no load. Return the ids that failed since the last
        frame."""
        brush, run = self._brush, self._session.run
        frame = run.view.frame if run is not None else None
        brush.running = frame is not None
        if run is None or frame is None:
            brush.live, self._mapping = None, None
            self._room.give({})
            self._pulsed.clear()
            return set()
        if self._mapping is None or not self._mapping.fits(brush.world, frame.ids):
            self._mapping = Mapping(brush.world, frame.ids)
        brush.live = live_of(brush.world, frame, self._mapping, self.color_by)
        self._room.give({row: len(guests) for row, guests in brush.live.guests.items()})
        self._traffic = run.view.traffic(frame.time_s)
        brush.live.carry(brush.world, self._traffic)
        brush.live.losing = partial(losing_now, run.view, run.neighbors)
        log = run.view.log()
        self._told = len(log)
        offline, unreached = self._offline.at(log, frame.time_s), self._unreached.at(log, frame.time_s)
        brush.live.cut_off(brush.world, offline, unreached)
        roots = {int(brush.world.ids[row]) for row in np.flatnonzero(brush.live.root)}
        new, self._pulsed = roots - self._pulsed, roots
        return new
