"""All that moves running VMs: migrations, drained hosts, balancers, and hosts that are switched off and on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from numpy.typing import NDArray

from designer.engine.balance.balancers import Balancers
from designer.engine.balance.sleeping import Sleeping
from designer.engine.clock.agenda import (
    ARRIVED,
    COPIED,
    EVENT_DRAIN,
    EVENT_MOVE,
    EVENT_OPEN,
    GIVEN_UP,
    LOOK,
    WOKEN,
    Batch,
)
from designer.engine.cluster.policy import Policies
from designer.engine.migration.drains import Drains
from designer.engine.migration.moves import Moves
from designer.engine.migration.tries import Tries
from designer.engine.rules.context import Rows, RuleContext
from designer.engine.rules.placement import Placement
from designer.engine.rules.restarting import Restarting


class Movement:
    """The movement of a run. `asked` reads what VMs ask for at an instant."""

    WHAT = (EVENT_OPEN, EVENT_DRAIN, EVENT_MOVE, COPIED, ARRIVED, GIVEN_UP, WOKEN, LOOK)
    OF_VMS = (COPIED, ARRIVED, GIVEN_UP)
    """What is planned for VMs that are moved."""

    def __init__(
        self, context: RuleContext, door: Placement, policies: Policies, restarting: Restarting,
        asked: Callable[[float, Rows], Any],
    ) -> None:  # fmt: skip
        self.moves = self._moves = Moves(context, door, asked)
        self._tries = Tries(context.state)
        self._drains = Drains(context, door, self._moves, self._tries)
        self._balancers = Balancers(context, door, self._moves, self._tries, asked, self._wake)
        self._sleeping = Sleeping(
            context, policies, restarting, self._drains, self._balancers.rules, self._balancers.hosts
        )

    def _wake(self, time_s: float, units: Rows) -> None:
        self._sleeping.wake(time_s, units)

    def start(self) -> None:
        """Plan the first looks."""
        self._balancers.start()
        self.look(0.0)

    def act(self, time_s: float, what: int, batch: Batch) -> bool:
        """Do what a row of the agenda says; False where that holds no more and nothing is done."""
        rows, stamps = batch.row, batch.stamp
        if what == COPIED:
            return self._moves.go_on(time_s, rows, stamps)
        if what == ARRIVED:
            return self._moves.arrive(time_s, rows, stamps)
        if what == GIVEN_UP:
            vms = self._moves.give_up(time_s, rows, stamps)
            self._drains.given_up(time_s, vms)
            self._balancers.given_up(time_s, vms)
            return bool(vms.size)
        if what == WOKEN:
            self._sleeping.woken(rows)
            self._moves.freed = True
        elif what == LOOK:
            self._balancers.look(time_s, rows)
        elif what == EVENT_DRAIN:
            self._drains.drain(time_s, rows)
        elif what == EVENT_MOVE:
            self._drains.move(time_s, -1 - rows)
        else:
            self._drains.open(time_s, rows)
        return True

    def look(self, time_s: float) -> None:
        """Follow what an instant changed."""
        self._moves.look(time_s)
        self._drains.look(time_s)
        if self._sleeping.rules:
            self._sleeping.look(time_s, self._moves.waiting.target)

    def copy(self) -> dict[str, NDArray[Any]]:
        """What `restore` reads."""
        return self._moves.copy() | self._tries.copy() | self._drains.copy() | self._balancers.copy()

    def restore(self, saved: dict[str, NDArray[Any]]) -> None:
        """Continue from what `copy` returned."""
        for one in (self._moves, self._tries, self._drains, self._balancers):
            one.restore(saved)
