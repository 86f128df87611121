"""The rules together: what each row of the agenda does, and the consequences of an instant."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from designer.engine.balance.movement import Movement
from designer.engine.clock.agenda import (
    ABANDON,
    BALLOON,
    BELIEVED,
    BOOTED,
    CUT,
    DETECT,
    EVENT_CONTROL_FAIL,
    EVENT_CONTROL_RECOVER,
    EVENT_DEGRADE,
    EVENT_DELAY,
    EVENT_FAIL,
    EVENT_FRESH,
    EVENT_RECOVER,
    EVENT_RESTOCK,
    EVENT_SELL_OUT,
    EVENT_STALE,
    EVENT_THROTTLE,
    FENCE,
    FIND,
    ISOLATED,
    LAND,
    LED,
    NOTICE,
    POSTED,
    POWER,
    PRIORITY,
    RESPOND,
    SCALE,
    SUPPLY,
    ZONED,
    Batch,
)
from designer.engine.cluster.judging import Judging
from designer.engine.cluster.policy import Policies
from designer.engine.power.powering import Powering
from designer.engine.power.tables import power_tables
from designer.engine.rules.admission import admit
from designer.engine.rules.context import Rows, RuleContext
from designer.engine.rules.databases import Databases
from designer.engine.rules.egress import Egress
from designer.engine.rules.events import degrade, delay, sell
from designer.engine.rules.failing import Failing
from designer.engine.rules.memory import Memory
from designer.engine.rules.names import Names
from designer.engine.rules.placement import Placement
from designer.engine.rules.reaching import Reaching
from designer.engine.rules.restarting import Restarting
from designer.engine.rules.routing import Routing
from designer.engine.rules.services import HealthChecks
from designer.engine.rules.vm_power import VmPower
from designer.engine.scaling.autoscaling import Autoscaling
from designer.engine.state.state import RUNNING, WAITING
from designer.engine.storage.replicas import Stores


class Recovery:
    """The events of a run and their consequences."""

    def __init__(self, context: RuleContext, arrays: dict[str, Any], asked: Callable[[float, Rows], Any]) -> None:
        self._context = context
        self.door = Placement(context.tables, context.state)
        self._health = HealthChecks(context)
        self.policies = Policies(context)
        self._restarting = Restarting(context, self.door, self._health, self.policies)
        self._failing = Failing(context, self._restarting, self._health)
        self._vm_power = VmPower(context, self._failing, self._restarting, self._health)
        self.databases = Databases(context, self._failing.settle)
        self.stores = Stores(context, self._failing.settle) if context.tables.spec.replicated else None
        self.scaling = Autoscaling(context, self._restarting.groups)
        self.judging = Judging(context, self.door, self._failing, self._restarting)
        self.names = Names(context)
        self.routing = Routing(context)
        self.egress = Egress(context, self._health)
        self.reaching = Reaching(context, self._health)
        self.memory = Memory(context, self._failing.kill, arrays) if context.tables.memory is not None else None
        self.movement = Movement(context, self.door, self.policies, self._restarting, asked)
        power = power_tables(context.tables)
        self.power = None if power is None else Powering(context, power, self._failing)
        self._arrays = arrays
        self._waiting, self._became = np.zeros(0, np.int64), -1
        """The VMs that wait, as of a number of changes of their states."""
        self._calm = False
        """Whether what followed from the last instant changed nothing: without another change nothing follows again."""

    def start(self) -> None:
        """Put every VM in its designed place; refuse those that do not fit."""
        t, s, log = self._context.tables, self._context.state, self._context.log
        admit(self.door, log, self.policies)
        s.stand(np.arange(t.designed), s.unit[: t.designed])
        running = np.flatnonzero(s.status[: t.designed] == RUNNING)
        rows = t.with_apps(running)
        s.believe(rows, t.service[rows] >= 0)
        runs = np.zeros(len(t.vms), np.bool_)
        runs[rows] = True
        for v in t.cut_off[runs[t.cut_off]].tolist():
            log.add(0.0, "blocked", t.vm_ids[v], detail=t.vms[v].cut_off)
        self.scaling.begin()
        for group in range(len(t.spec.groups)):
            self._restarting.groups.fill(0.0, group, 0)
        self._restarting.control.run(0.0)
        every = np.arange(len(t.vms))
        s.believe(every, s.believed & ~s.idle(every))
        self.egress.look(0.0, 0)
        self.reaching.look(0.0, 0)
        self.judging.look(0.0, 0)
        self.routing.begin()
        self.policies.look(0.0, 0)
        self.movement.start()
        if self.memory is not None and self.memory.look(0.0, 0):
            self.happen(0.0)

    def happen(self, time_s: float) -> None:
        """Run everything planned for this instant, in order, and its immediate consequences."""
        s, agenda, done = self._context.state, self._context.agenda, False
        while agenda.next_s <= time_s:
            batch = agenda.take()
            if s.settled_by and PRIORITY[batch.what[0]] >= DETECT:
                self.judging.look(time_s, s.settled_by)  # what is found now goes by who is there now
            done |= self._do(time_s, batch)
        if not done and self._calm:
            return
        before = s.touches
        if self.power is not None:
            self.power.look(time_s, s.settled_by)
        if s.settled_by and self.stores is not None:
            self.stores.look(time_s, s.settled_by)
        if s.settled_by:
            self.databases.look(time_s, s.settled_by)
            self.databases.fail_over(time_s, s.settled_by)
            self._failing.power.look(time_s, s.settled_by)
            self.judging.look(time_s, s.settled_by)
        self._restarting.groups.end_surplus(time_s)
        if s.capacity_grew:
            s.capacity_grew = False
            if s.became != self._became:
                self._waiting, self._became = np.flatnonzero(s.status == WAITING), s.became
            if self._waiting.size:
                home = self._context.tables.home[self._waiting]
                self._restarting.restart(time_s, self._waiting[home >= 0])
        self._restarting.groups.fill_starved(time_s)
        self._restarting.groups.balance(time_s)
        self._restarting.control.run(time_s)
        self._restarting.waves.run(time_s)
        self.egress.look(time_s, s.settled_by)
        self.reaching.look(time_s, s.settled_by)
        self.routing.look(time_s, s.settled_by)
        self.movement.look(time_s)
        self.policies.look(time_s, s.settled_by)
        killed = self.memory is not None and self.memory.look(time_s, s.settled_by)
        s.settled_by = 0
        alone = self.memory is None and self.power is None and not self._context.tables.spec.groups
        self._calm = alone and before == s.touches and not s.capacity_grew
        if killed:
            self.happen(time_s)

    def _do(self, time_s: float, batch: Batch) -> bool:
        """Run the rows of one priority. Events of elements run in their order; those of VMs and members of services
        run for all at once, in the order of their rows. False where they hold no more and nothing is done."""
        if batch.what.size == 1 or (batch.what[0] in Movement.OF_VMS and _all_alike(batch)):
            return self._act(time_s, int(batch.what[0]), batch)
        if batch.what[0] in (NOTICE, FIND, BOOTED, BELIEVED):
            order = np.lexsort((batch.row, batch.what))
            batch = Batch(*(column[order] for column in batch))
            starts = batch.what[1:] != batch.what[:-1]
        else:
            of_vm = batch.row < 0
            starts = (batch.what[1:] != batch.what[:-1]) | (of_vm[1:] != of_vm[:-1])
        if not starts.any():
            return self._act(time_s, int(batch.what[0]), batch)
        runs, done = np.split(np.arange(batch.what.size), np.flatnonzero(starts) + 1), False
        for run in runs:
            done |= self._act(time_s, int(batch.what[run[0]]), Batch(*(column[run] for column in batch)))
        return done

    def _act(self, time_s: float, what: int, batch: Batch) -> bool:
        rows, failing = batch.row, self._failing
        if what in Movement.WHAT:
            return self.movement.act(time_s, what, batch)
        if what in (EVENT_FAIL, EVENT_RECOVER):
            fails = what == EVENT_FAIL
            if rows[0] >= 0:
                (failing.fail if fails else failing.recover)(time_s, rows)
            else:
                (failing.fail_vms if fails else failing.recover_vms)(time_s, -1 - rows)
        elif what in VmPower.WHAT:
            self._vm_power.act(time_s, what, -1 - rows)
        elif what == EVENT_CONTROL_FAIL:
            self._restarting.control.fail(time_s, rows)
        elif what == EVENT_CONTROL_RECOVER:
            self._restarting.control.recover(time_s, rows)
        elif what == EVENT_THROTTLE:
            self._restarting.control.throttle(time_s, rows, batch.stamp.view(np.float64))
        elif what == EVENT_DEGRADE:
            degrade(self._context, time_s, rows, batch.stamp.view(np.float64))
        elif what == EVENT_DELAY:
            delay(self._context, time_s, rows, batch.stamp.view(np.float64))
        elif what in (EVENT_SELL_OUT, EVENT_RESTOCK):
            sell(self._context, time_s, rows, out=what == EVENT_SELL_OUT)
        elif what in (EVENT_STALE, EVENT_FRESH):
            self.names.go_stale(time_s, rows, what == EVENT_STALE)
        elif what in (SUPPLY, CUT):
            failing.supply(time_s, rows, batch.stamp, batch.cause, gives=what == SUPPLY)
        elif what == POSTED:
            failing.power.posted(time_s, rows, batch.stamp, batch.cause)
        elif what in (ISOLATED, ABANDON, RESPOND):
            act = {ISOLATED: self.judging.isolated, ABANDON: self.judging.abandon, RESPOND: self.judging.respond}
            act[what](time_s, rows, batch.stamp, batch.cause)
        elif what == FENCE:
            self.judging.fencing.answer(time_s, rows, batch.stamp, batch.cause)
        elif what == LAND:
            for u, begun in zip(rows.tolist(), batch.cause.tolist()):
                self.databases.land(time_s, u, begun)
        elif what == NOTICE:
            self._restarting.replace(time_s, self._health.notice(time_s, rows, batch.stamp))
        elif what == BELIEVED:
            self._health.believe(time_s, rows, batch.stamp)
        elif what == SCALE:
            self.scaling.look(time_s, rows)
        elif what == ZONED:
            self.routing.turn(time_s, rows, batch.stamp)
        elif what == LED:
            self.names.turn(time_s, rows, batch.stamp)
        elif what == FIND:
            self._restarting.find(time_s, rows, batch.stamp)
        elif what == BOOTED:
            self._restarting.booted(time_s, rows, batch.stamp)
        elif what in Stores.WHAT and self.stores is not None:
            self.stores.act(time_s, what, rows, batch.stamp, batch.cause)
        elif what == POWER and self.power is not None:
            self.power.turn(time_s, self._arrays)
        elif what == BALLOON and self.memory is not None:
            self.memory.inflate(time_s, rows)
        return True


def _all_alike(batch: Batch) -> bool:
    """Whether the same is planned for all rows."""
    what: list[int] = batch.what.tolist()
    return what.count(what[0]) == len(what)
