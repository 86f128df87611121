"""What hypervisors take of their hosts' CPU for the disks and the network of the VMs."""

from __future__ import annotations

import numpy as np

from designer.engine.flow.tables import FlowTables
from designer.engine.share.arrays import F, I
from designer.engine.spec import Spec
from designer.engine.spec.capacity import IO_MOST, cpu_mhz, io_mhz


class IoOverhead:
    """MHz of each host by what its flows get: of the host that sends, and of the one that gets."""

    def __init__(self, spec: Spec, tables: FlowTables) -> None:
        self._wire, self._disk = np.array([io_mhz(host) for host in spec.hosts]).reshape(-1, 2).T
        self._most = np.array([cpu_mhz(host) for host in spec.hosts]) * IO_MOST
        self._is_traffic, self._hosts = tables.is_traffic, len(spec.hosts)
        self.any = bool(self._wire.any())

    def taken(self, rate: F, unit: I, end: I) -> F:
        """MHz that each host's hypervisor takes, a number a host; `unit` and `end`: where each flow comes from and
        goes.
        """
        found = np.zeros(self._hosts)
        wire = self._is_traffic
        for where, which, cost in (
            (unit, wire, self._wire), (end, wire & (end != unit), self._wire), (unit, ~wire, self._disk),
        ):  # fmt: skip
            rows = np.flatnonzero(which & (where >= 0) & (where < self._hosts) & (rate > 0.0))
            np.add.at(found, where[rows], rate[rows] * cost[where[rows]])
        return np.minimum(found, self._most)
