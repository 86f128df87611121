"""What all rules share: tables, state, log and agenda."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from designer.engine.clock.agenda import Agenda
from designer.engine.result.recorder import Log
from designer.engine.state.state import State
from designer.engine.tables.tabulate import Tables

Rows = NDArray[np.int64]


@dataclass(frozen=True)
class RuleContext:
    """What rules share. They write the state through its methods, plan rows of the agenda, and keep nothing."""

    tables: Tables
    state: State
    log: Log
    agenda: Agenda

    def plan(self, time_s: Any, what: int, rows: Rows, stamp: Any = 0, cause: Any = 0) -> None:
        """Plan an event of VMs (rows)."""
        if rows.size:
            self.agenda.plan(time_s, what, self.tables.vm_ids[rows], rows, stamp, cause)

    def plan_unit(self, time_s: float, what: int, unit: int, stamp: int = 0, cause: int = 0) -> None:
        """Plan an event of a unit."""
        self.agenda.plan(time_s, what, self.tables.unit_ids[unit], unit, stamp, cause)
