"""VMs that someone stops, starts, reboots or terminates: on purpose, so nobody restarts them."""

from __future__ import annotations

import numpy as np

from designer.engine.clock.agenda import EVENT_REBOOT, EVENT_START, EVENT_STOP, EVENT_TERMINATE
from designer.engine.rules.context import Rows, RuleContext
from designer.engine.rules.failing import Failing
from designer.engine.rules.restarting import Restarting
from designer.engine.rules.services import HealthChecks
from designer.engine.state.state import LIVE, OFF, RUNNING
from designer.engine.tables.vms import REPLACE


class VmPower:
    """What people do to VMs (rows). A stopped VM keeps its address and gives its room away; a start asks for room."""

    WHAT = (EVENT_STOP, EVENT_START, EVENT_REBOOT, EVENT_TERMINATE)

    def __init__(self, context: RuleContext, failing: Failing, restarting: Restarting, health: HealthChecks) -> None:
        self._context, self._failing, self._restarting, self._health = context, failing, restarting, health

    def act(self, time_s: float, what: int, vms: Rows) -> None:
        """Do it to VMs, once each."""
        vms = np.unique(vms)
        if what == EVENT_STOP:
            self.stop(time_s, vms)
        elif what == EVENT_START:
            self.start(time_s, vms)
        elif what == EVENT_REBOOT:
            self.reboot(time_s, vms)
        else:
            self.terminate(time_s, vms)

    def stop(self, time_s: float, vms: Rows) -> None:
        """Switch off VMs that run, boot, wait, or failed; what was planned for them holds no more."""
        s = self._context.state
        vms = vms[LIVE[s.status[vms]]]
        if vms.size:
            self._silence(time_s, vms)
            s.be(vms, OFF)
            s.epoch[vms] += 1
            s.why[vms] = 0
            s.capacity_grew = True

    def start(self, time_s: float, vms: Rows) -> None:
        """Boot VMs that are off where their rule finds room and their cluster admits them; the others wait."""
        self._restarting.start(time_s, vms[self._context.state.status[vms] == OFF])

    def reboot(self, time_s: float, vms: Rows) -> None:
        """Boot VMs that run anew where they are."""
        s = self._context.state
        vms = vms[s.status[vms] == RUNNING]
        if vms.size:
            self._restarting.boot(time_s, vms, self._silence(time_s, vms))

    def terminate(self, time_s: float, vms: Rows) -> None:
        """Remove VMs for good. An instance of a group that replaces it is found missing by the group, as one that
        failed.
        """
        t, s = self._context.tables, self._context.state
        counted = (t.recovery[vms] == REPLACE) & (t.group[vms] >= 0)
        self._failing.fail_vms(time_s, vms[counted])
        alone = vms[~counted & (LIVE[s.status[vms]] | (s.status[vms] == OFF))]
        if alone.size:
            running = alone[s.status[alone] == RUNNING]
            self._health.fell_silent(time_s, running)
            s.cause[alone] = 0
            self._restarting.terminate(time_s, alone)

    def _silence(self, time_s: float, vms: Rows) -> Rows:
        """Log that VMs are stopped, of which those that ran answer no more; the entries."""
        t, s = self._context.tables, self._context.state
        self._health.fell_silent(time_s, vms[s.status[vms] == RUNNING])
        s.cause[vms] = serials = self._context.log.add(time_s, "stopped", t.vm_ids[vms])
        s.settled_by = int(serials[-1])
        return serials
