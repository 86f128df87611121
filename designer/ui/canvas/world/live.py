"""What a run shows on the drawing: heat and state a world row, and cells for VMs that are not where they were drawn."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from designer.checks.run import AT_LIMIT
from designer.study.frames import STEAL_MARKS, ElementState, Frame
from designer.study.story import LogRow
from designer.study.traffic.at_moment import Traffic, with_balancers
from designer.ui.canvas.world.colorings import Shown, shown_of
from designer.ui.canvas.world.mapping import Mapping
from designer.ui.canvas.world.world import World


@dataclass(frozen=True)
class Guest:
    """A VM that stands in a container in the run, but not in the design."""

    id: int
    load: float
    state: int
    run_only: bool


@dataclass(frozen=True)
class Migrating:
    """A VM whose memory is copied to another host: the world rows of where it is drawn, itself or the host that it
    stands on, and of the other host.
    """

    source: int
    target: int


@dataclass
class Live:
    """A row a world row: what the colors show, `state` (-1: not in the run), failed roots, what is down, VMs that stand
    elsewhere than drawn. What is asked of few rows is read from the frame when it is first asked for."""

    time_s: float
    shown: Shown
    state: NDArray[np.int16]
    root: NDArray[np.bool_]
    down: NDArray[np.bool_]
    away: NDArray[np.bool_]
    source: tuple[Frame, Mapping] | None = None
    guests: dict[int, list[Guest]] = field(default_factory=dict)
    offline: dict[int, str] = field(default_factory=dict)
    """World rows of running VMs that do not reach the internet they need, and why."""
    unreached: dict[int, str] = field(default_factory=dict)
    """World rows of hosts and running VMs that are cut off from the network, and why."""
    moves: dict[int, Migrating] = field(default_factory=dict)
    """Migrations under way, by the id of the VM."""
    cut: frozenset[int] = frozenset()
    """Ids of links that are cut."""
    traffic: dict[int, Traffic] = field(default_factory=dict)
    """Requests to services, and through the load balancers of services, by world row."""
    losing: Callable[[int], str] = lambda vm_id: ""
    """What a VM (its id) loses at that moment and to whom, in words; empty while that is not known."""

    @property
    def load(self) -> NDArray[np.float32]:
        """What the colors show, as a part of its scale."""
        return self.shown.load

    @cached_property
    def heat(self) -> NDArray[np.float32]:
        """Demand, a fraction of capacity, whatever the colors show."""
        return self.load if self.shown.name == "heat" else self._read("heat")

    @cached_property
    def steal(self) -> NDArray[np.float32]:
        """Steal, a fraction of vCPUs x MHz."""
        return self._read("steal")

    @cached_property
    def steals(self) -> bool:
        """Whether anything has more steal than is worth a mark."""
        return self.source is None or bool((self.source[0].steal > STEAL_MARKS[0]).any())

    @cached_property
    def overhead(self) -> NDArray[np.float32]:
        """What virtualization takes, a fraction of vCPUs x MHz."""
        return self._read("overhead")

    @cached_property
    def throttled(self) -> NDArray[np.float32]:
        """What a limit of its own denies, a fraction of vCPUs x MHz."""
        return self._read("throttled")

    @cached_property
    def waiting(self) -> NDArray[np.float32]:
        """What a VM cannot work off while it waits for its disks or the wire, a fraction of vCPUs x MHz."""
        return self._read("waiting")

    @cached_property
    def granted(self) -> NDArray[np.float32]:
        """Memory that a VM has, or that is in use on a host, MiB; NaN: not known."""
        return self._memory("granted")

    @cached_property
    def active(self) -> NDArray[np.float32]:
        """Memory that VMs use, MiB; NaN: not known."""
        return self._memory("active")

    @cached_property
    def taken(self) -> NDArray[np.float32]:
        """Memory that hosts took back, MiB; NaN: not known."""
        return self._memory("taken")

    def _memory(self, name: str) -> NDArray[np.float32]:
        if self.source is None:
            return np.full(self.load.size, np.nan, np.float32)
        frame, mapping = self.source
        return mapping.spread(frame.memory(name), np.nan)

    @cached_property
    def power_w(self) -> NDArray[np.float32]:
        """Power in watts."""
        return self._read("power_w")

    @cached_property
    def since_s(self) -> NDArray[np.float64]:
        """Since when what failed itself has failed."""
        return self._read("failed_since_s")

    def _read(self, name: str) -> NDArray[Any]:
        if self.source is None:
            return np.full(self.load.size, np.nan, np.float32)
        frame, mapping = self.source
        return mapping.spread(getattr(frame, name), np.nan)

    def carry(self, world: World, traffic: dict[int, Traffic]) -> None:
        """Set the requests to each service, and those that come through each load balancer."""
        found = with_balancers(world.project, traffic)
        self.traffic = {world.row_of[i]: requests for i, requests in found.items() if i in world.row_of}

    def is_over(self, row: int) -> bool:
        """Whether a service or balancer drops requests, or a function or bucket serves as much as its limit allows."""
        requests = self.traffic.get(row)
        return bool((requests is not None and requests.dropped_rps > 0) or self.heat[row] >= AT_LIMIT)

    def cut_off(self, world: World, offline: dict[int, str], unreached: dict[int, str]) -> None:
        """Set what runs and does not reach the internet, or is not reached."""
        self.offline, self.unreached = self._running(world, offline), self._running(world, unreached)

    def _running(self, world: World, why: dict[int, str]) -> dict[int, str]:
        rows = {world.row_of[i]: text for i, text in why.items() if i in world.row_of}
        return {row: text for row, text in rows.items() if self.state[row] == ElementState.RUNNING}


class Followed:
    """Follows the log of a run: for which elements something has begun and not ended at a moment, and why."""

    def __init__(self, begins: str, ends: str) -> None:
        self._begins = begins
        self._ends = frozenset((ends, "failed", "down", "lost", "terminated", "restarting", "running"))
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
            if row.what == self._begins:
                self._why.update(dict.fromkeys(row.ids, row.detail))
            elif self._why and row.what in self._ends:
                for element_id in row.ids:
                    self._why.pop(element_id, None)
            self._next += 1
        return self._why


def live_of(world: World, frame: Frame, mapping: Mapping, show: str) -> Live:
    """The frame by world rows; `show` names what the colors show, a key of `COLORINGS`."""
    state, none = mapping.spread(frame.state.astype(np.int16), -1), np.zeros(world.ids.size, np.bool_)
    root = mapping.spread(frame.failed_root, False) if frame.failed_root.any() else none
    some = root is not none or bool((frame.state == ElementState.FAILED).any())
    failed = root | ((state == ElementState.FAILED) & ~world.is_vm) if some else none
    gone = frame.ids[frame.state == ElementState.FAILED].tolist() if some else ()
    live = Live(
        time_s=frame.time_s,
        cut=frozenset(i for i in gone if i in world.project.links),
        shown=shown_of(show, world, frame, mapping),
        state=state,
        root=root,
        down=_beneath(world, failed) if some and failed.any() else failed,
        away=none,
        source=(frame, mapping),
    )
    _find_guests(world, frame, mapping, live)
    _find_moves(world, frame, mapping, live)
    return live


def _beneath(world: World, rows: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which rows stand in some rows, themselves included."""
    depth = np.zeros(world.ids.size + 1, np.int64)
    depth[:-1] += rows
    np.subtract.at(depth, world.end[rows], 1)
    return np.cumsum(depth[:-1]) > 0


def _find_guests(world: World, frame: Frame, mapping: Mapping, live: Live) -> None:
    vms = frame.vms
    elsewhere = np.flatnonzero((frame.place != mapping.home[:vms]) & (frame.place != 0))
    if not elsewhere.size:
        return
    state = frame.state[elsewhere]
    stands = (state == ElementState.RUNNING) | (state == ElementState.RESTARTING)
    stands &= (mapping.world_row[elsewhere] >= 0) | frame.run_only[elsewhere]  # the others run in a VM and go with it
    moved = elsewhere[stands]
    away = mapping.world_row[moved]
    live.away = np.zeros(world.ids.size, np.bool_)
    live.away[away[away >= 0]] = True
    shown, coloring = live.shown, live.shown.coloring
    load = getattr(frame, coloring.source)[moved] / shown.top if coloring.source else np.full(moved.size, np.nan)
    columns = (frame.ids[moved], load, frame.state[moved], frame.run_only[moved], world.rows_of(frame.place[moved]))
    for guest_id, part, number, run_only, place in zip(*(column.tolist() for column in columns)):
        if place >= 0:
            live.guests.setdefault(place, []).append(Guest(guest_id, part, number, run_only))


def _find_moves(world: World, frame: Frame, mapping: Mapping, live: Live) -> None:
    moving = np.flatnonzero(frame.to)
    if not moving.size:
        return
    own, place = mapping.world_row[moving], world.rows_of(frame.place[moving])
    source = np.where((own >= 0) & (frame.place[moving] == mapping.home[moving]), own, place)
    rows = zip(frame.ids[moving].tolist(), source.tolist(), world.rows_of(frame.to[moving]).tolist())
    live.moves = {vm: Migrating(at, to) for vm, at, to in rows if at >= 0 and to >= 0}
