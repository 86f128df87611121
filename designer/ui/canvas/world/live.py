"""What a run shows on the drawing: heat and state a world row, and cells for VMs that are not where they were drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from designer.checks.run import AT_LIMIT
from designer.study.frames import ElementState, Frame
from designer.study.story import LogRow
from designer.study.traffic import Traffic
from designer.ui.canvas.world.world import World


@dataclass(frozen=True)
class Guest:
    """A VM that stands in a container in the run, but not in the design."""

    id: int
    load: float
    state: int
    run_only: bool


@dataclass
class Live:
    """A row a world row: `load` (NaN: no data), `state` (-1: not in the run), failed roots, since when."""

    time_s: float
    load: NDArray[np.float32]
    steal: NDArray[np.float32]
    overhead: NDArray[np.float32]
    throttled: NDArray[np.float32]
    power_w: NDArray[np.float32]
    state: NDArray[np.int16]
    root: NDArray[np.bool_]
    since_s: NDArray[np.float64]
    down: NDArray[np.bool_]
    away: NDArray[np.bool_]
    guests: dict[int, list[Guest]] = field(default_factory=dict)
    offline: dict[int, str] = field(default_factory=dict)
    """World rows of running VMs that do not reach the internet they need, and why."""
    traffic: dict[int, Traffic] = field(default_factory=dict)
    """Requests to services, and through the load balancers of services, by world row."""

    def carry(self, world: World, traffic: dict[int, Traffic]) -> None:
        """Set the requests to each service, which come through its load balancers."""
        project = world.project
        for service, requests in traffic.items():
            for element_id in (service, *project.sources(service, "balances")):
                if element_id in world.row_of:
                    self.traffic[world.row_of[element_id]] = requests

    def is_over(self, row: int) -> bool:
        """Whether a service or balancer drops requests, or a function or bucket serves as much as its limit allows."""
        requests = self.traffic.get(row)
        return bool((requests is not None and requests.dropped_rps > 0) or self.load[row] >= AT_LIMIT)

    def cut_off(self, world: World, why: dict[int, str]) -> None:
        """Set which running VMs do not reach the internet."""
        rows = {world.row_of[i]: text for i, text in why.items() if i in world.row_of}
        self.offline = {row: text for row, text in rows.items() if self.state[row] == ElementState.RUNNING}


class Offline:
    """Follows the log of a run: which VMs do not reach the internet at a moment, and why."""

    def __init__(self) -> None:
        self._log: Sequence[LogRow] = ()
        self._next, self._time_s = 0, 0.0
        self._why: dict[int, str] = {}

    def at(self, log: Sequence[LogRow], time_s: float) -> dict[int, str]:
        """Reasons by id at a moment; going on from the last one reads only what is new."""
        if log is not self._log or time_s < self._time_s or len(log) < self._next:
            self._log, self._next, self._why = log, 0, {}
        self._time_s = time_s
        while self._next < len(log) and log[self._next].time_s <= time_s:
            row = log[self._next]
            if row.what == "offline":
                self._why.update(dict.fromkeys(row.ids, row.detail))
            elif self._why and row.what in ("online", "down", "lost", "terminated", "restarting", "running"):
                for element_id in row.ids:
                    self._why.pop(element_id, None)
            self._next += 1
        return self._why


class Mapping:
    """Which frame row belongs to which world row; rebuilt when either changes."""

    def __init__(self, world: World, ids: NDArray[np.int64]) -> None:
        self.world_ids, self.frame_ids = world.ids, ids
        rows = np.array([world.row_of.get(i, -1) for i in ids.tolist()], np.int64)
        self.known = np.flatnonzero(rows >= 0)
        self.rows = rows[self.known]
        self.world_row = rows

    def fits(self, world: World, ids: NDArray[np.int64]) -> bool:
        """Whether neither has changed."""
        return self.world_ids is world.ids and self.frame_ids is ids


def live_of(world: World, frame: Frame, mapping: Mapping, show: str) -> Live:
    """The frame by world rows; `show` names the field of it that is the load."""
    count = world.ids.size
    nothing = np.full(count, np.nan, np.float32)
    live = Live(
        time_s=frame.time_s,
        load=nothing.copy(),
        steal=nothing.copy(),
        overhead=nothing.copy(),
        throttled=nothing.copy(),
        power_w=nothing.copy(),
        state=np.full(count, -1, np.int16),
        root=np.zeros(count, np.bool_),
        since_s=np.full(count, np.nan),
        down=np.zeros(count, np.bool_),
        away=np.zeros(count, np.bool_),
    )
    known, rows = mapping.known, mapping.rows
    live.load[rows] = getattr(frame, show)[known]
    live.steal[rows] = frame.steal[known]
    live.overhead[rows], live.throttled[rows] = frame.overhead[known], frame.throttled[known]
    live.power_w[rows] = frame.power_w[known]
    live.state[rows] = frame.state[known]
    live.root[rows] = frame.failed_root[known]
    live.since_s[rows] = frame.failed_since_s[known]
    live.down[:] = _beneath(world, live.root | ((live.state == ElementState.FAILED) & ~world.is_vm))
    _find_guests(world, frame, mapping, live, show)
    return live


def _beneath(world: World, rows: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which rows stand in some rows, themselves included."""
    depth = np.zeros(world.ids.size + 1, np.int64)
    depth[:-1] += rows
    np.subtract.at(depth, world.end[rows], 1)
    return np.cumsum(depth[:-1]) > 0


def _find_guests(world: World, frame: Frame, mapping: Mapping, live: Live, show: str) -> None:
    vms = frame.vms
    rows = mapping.world_row[:vms]
    parents = np.where(rows >= 0, world.parent[np.maximum(rows, 0)], -1) if world.ids.size else np.full(vms, -1)
    homes = np.where(parents >= 0, world.ids[np.maximum(parents, 0)] if world.ids.size else 0, 0)
    moved = (
        (frame.place != 0)
        & (frame.place != homes)
        & np.isin(frame.state[:vms], (ElementState.RUNNING, ElementState.RESTARTING))
    )
    moved &= (rows >= 0) | frame.run_only  # the others run in a VM and go with it
    away = rows[moved & (rows >= 0)]
    live.away[away] = True
    load = getattr(frame, show)
    for n in np.flatnonzero(moved):
        place = world.row_of.get(int(frame.place[n]))
        if place is not None:
            guest = Guest(int(frame.ids[n]), float(load[n]), int(frame.state[n]), bool(frame.run_only[n]))
            live.guests.setdefault(place, []).append(guest)
