"""What becomes of VMs after a failure, by the rules of a run alone: no figure is worked out, and many failures are
tried from one state, which is restored as a copy of its arrays.

Who is up, where VMs restart, who waits and why are those of a run, as long as no rule goes by a load: `covers` says
whether a spec has none that does.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from designer.engine.clock.agenda import EVENTS, Agenda
from designer.engine.result.recorder import Log
from designer.engine.rules import placement
from designer.engine.rules.context import RuleContext
from designer.engine.rules.recovery import Recovery
from designer.engine.spec import Spec
from designer.engine.spec.check import check
from designer.engine.spec.fields import Fields
from designer.engine.state.motion import MAINTAINED, OPEN
from designer.engine.state.state import ABSENT, ALIVE, OFF, RUNNING, State
from designer.engine.tables.tabulate import Tables, tabulate

Rows = NDArray[np.int64]


def covers(spec: Spec, tables: Tables) -> bool:
    """Whether no rule of a spec that moves, kills or launches VMs goes by a load."""
    return (
        spec.power is None
        and tables.memory is None
        and not spec.replicated
        and not any(group.scaling is not None for group in spec.groups)
        and not any(cluster.balancing is not None for cluster in spec.clusters)
    )


@dataclass(frozen=True)
class TrialState:
    """A state that trials begin from: copies of its arrays, what is planned, and when that is."""

    time_s: float
    state: dict[str, NDArray[Any]]
    agenda: tuple[NDArray[np.float64], NDArray[np.int64]]
    movement: dict[str, NDArray[Any]]


class Trials:
    """Tries out what may happen to a spec: `fail`, `maintain` and the like change the state, `keep` and `restore` go
    back. It begins at `at_s` of a run without events. Raises SpecError.
    """

    def __init__(self, spec: Spec, at_s: float = 0.0) -> None:
        fields = Fields(spec.vms, spec.hosts)
        check(spec, fields)
        self.spec, self.tables = spec, tabulate(spec, fields)
        self.state, self.log = State(self.tables), Log()
        self._agenda = Agenda()
        context = RuleContext(self.tables, self.state, self.log, self._agenda)
        self._rules = Recovery(context, {}, _no_load)
        self._unit = {i: n for n, i in enumerate(self.tables.unit_ids.tolist())}
        self.time_s = 0.0
        self._rules.start()
        self.state.forget()
        self.advance(at_s)

    def advance(self, until_s: float) -> None:
        """Let happen what is planned until a time."""
        while self._agenda.next_s <= until_s:
            self.time_s = self._agenda.next_s
            self._rules.happen(self.time_s)
            self.state.forget()
        self.time_s = max(self.time_s, until_s)

    def keep(self) -> TrialState:
        """The present state, for `restore`."""
        return TrialState(self.time_s, self.state.copy(), self._agenda.rows(), self._rules.movement.copy())

    def restore(self, kept: TrialState) -> None:
        """Go back to a state; the log begins anew."""
        self.log.forget()
        self.time_s = kept.time_s
        self.state.restore(kept.state)
        self._agenda.restore(kept.agenda)
        rules = self._rules
        rules.databases.restore()
        rules.egress.restore()
        rules.reaching.restore()
        rules.routing.restore()
        rules.judging.restore()
        rules.movement.restore(kept.movement)

    # -- what may happen

    def happen(self, what: str, ids: Iterable[int], for_s: float) -> None:
        """Let an event of the user happen to elements now, and what follows from it within some seconds."""
        for element_id in ids:
            self._agenda.plan(self.time_s, EVENTS[what], element_id, self.row_of(element_id))
        self.advance(self.time_s + for_s)

    def plan(self, time_s: float, what: str, element_id: int) -> None:
        """Let an event of the user happen to an element once time is advanced to it."""
        self._agenda.plan(time_s, EVENTS[what], element_id, self.row_of(element_id))

    def row_of(self, element_id: int) -> int:
        """The row of an element that can fail: a unit's, or -1 - v for VM v."""
        unit = self._unit.get(element_id)
        return unit if unit is not None else -1 - int(np.flatnonzero(self.tables.vm_ids == element_id)[0])

    def maintain(self, host_id: int) -> Rows:
        """Put a host into maintenance: its VMs stand where a drain moves them; those that stay there (rows)."""
        s, unit = self.state, np.array([self._unit[host_id]])
        able = np.array([host.migration is not None for host in self.spec.hosts], np.bool_)
        s.set_mode(unit, MAINTAINED)
        rows = s.standing_on(unit)
        rows = rows[ALIVE[s.status[rows]]]
        if rows.size and able[unit[0]] and s.reached[unit[0]]:
            among = np.flatnonzero(able & ~self._failover() & s.reached[: able.size])
            scope = np.full(rows.size, placement.CLUSTER)
            found = self._rules.door.place(rows, s.unit, scope, among, placement.SPREAD)
            goes = found >= 0
            s.stand(rows[goes], found[goes])
            s.origin[rows[goes]] = found[goes]
            rows = rows[~goes]
        s.forget()
        return rows

    def open(self, host_id: int) -> None:
        """End the maintenance of a host."""
        self.state.set_mode(np.array([self._unit[host_id]]), OPEN)
        self.state.capacity_grew = True
        self.state.forget()

    def move(self, vm_id: int, host_id: int) -> bool:
        """Move a running VM to a host, where that takes it; whether it does."""
        s, row = self.state, np.flatnonzero(self.tables.vm_ids == vm_id)
        unit = np.array([self._unit[host_id]])
        none = row[:0]
        if not ALIVE[s.status[row]].all() or self._rules.door.fits(row, unit, none)[0] < 0:
            return False
        s.stand(row, unit)
        s.origin[row] = unit
        s.forget()
        return True

    def add(self, rows: Rows, among: Rows) -> int:
        """Start VMs that do not run yet on some hosts (units), one after the other where most is free, until one finds
        no place; how many run. What follows begins from there.
        """
        s = self.state
        s.be(rows, ABSENT)
        s.stand(rows, -1)
        anywhere = np.full(rows.size, placement.ANY)
        found = self._rules.door.place(rows, s.unit, anywhere, among, placement.SPREAD)
        count = int(np.argmax(found < 0)) if (found < 0).any() else rows.size
        placed = rows[:count]
        s.stand(placed, found[:count])
        s.origin[placed] = found[:count]
        s.be(placed, RUNNING)
        s.forget()
        return count

    def set_aside(self, rows: Rows) -> None:
        """Let VMs that are off be none at all."""
        assert (self.state.status[rows] == OFF).all()
        self.state.be(rows, ABSENT)
        self.state.stand(rows, -1)
        self.state.forget()

    # -- what became of it

    @property
    def runs(self) -> NDArray[np.bool_]:
        """Which VMs run, and are not cut off from what they need."""
        found: NDArray[np.bool_] = self.state.status[: self.tables.first_app] == RUNNING
        return found

    @cached_property
    def kept_free(self) -> frozenset[int]:
        """The hosts that clusters keep free for restarts."""
        clusters = [c for c in self.spec.clusters if c.ha and c.admission == "failover_hosts"]
        return frozenset(i for c in clusters for i in c.failover)

    def _failover(self) -> NDArray[np.bool_]:
        return np.isin(self.tables.unit_ids[: self.tables.hosts], np.array(sorted(self.kept_free), np.int64))


def _no_load(time_s: float, rows: Rows) -> NDArray[np.float64]:
    """What VMs ask for, where nothing goes by it."""
    return np.zeros(rows.size)
