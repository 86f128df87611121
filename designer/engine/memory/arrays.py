"""The flat tables that the kernels of memory read and write: hosts, VMs, and what they hold at one moment.

All amounts are MiB. A record holds side by side what belongs to one host or VM.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

F = NDArray[np.float64]
I = NDArray[np.int64]  # noqa: E741

CONFIGURED, ESXI, LINUX, HYPERV = range(4)
"""Whose rule a host follows; Proxmox is a Linux."""
RULES = {"configured": CONFIGURED, "esxi": ESXI, "kvm": LINUX, "proxmox": LINUX, "hyperv": HYPERV}
ACTIVE, GRANTED, SHARED, BALLOONED, COMPRESSED, SWAPPED = range(6)
"""Columns of what a VM holds, in the order of `holding.FIGURES`."""

HOST = np.dtype(
    [
        ("has", "f8"),  # what the hypervisor leaves for VMs
        ("ram", "f8"),
        ("least", "f8"),  # ESXi: minFree
        ("sharable", "f8"),  # the part of the pages that are equal
        ("swap", "f8"),
        ("slowdown", "f8"),
        ("base", "f8"),  # overhead of a VM: for each, for each vCPU, for each MiB
        ("per_vcpu", "f8"),
        ("per_mib", "f8"),
        ("shares", "f8"),  # of a VM that has none of its own; of ESXi for each MiB
        ("free", "f8"),
        ("taken", "f8"),  # what VMs gave back
        ("vms_s", "f8"),  # until when the figures of its VMs are added up
        ("series_s", "f8"),  # until when its own are
        ("rule", "i8"),
        ("calm", "i8"),  # 1: every VM has all that is configured, whatever it uses
        ("tick", "i8"),  # the tick in which it is settled
        ("state", "i8"),  # of `holding.STATES`
        ("told", "i8"),  # the state that the log tells
        ("victim", "i8"),  # the VM that is killed; -1: none
    ],
    align=True,
)

VM = np.dtype(
    [
        ("size", "f8"),  # configured
        ("vcpus", "f8"),
        ("floor", "f8"),  # what is never taken back; 0: by the rule of its host
        ("shares", "f8"),  # 0: its host's default
        ("buffer", "f8"),  # Hyper-V: above the demand, a fraction
        ("adjust", "f8"),  # Linux: of its badness
        ("constant", "f8"),  # the part that it uses, unless it follows a course
        ("seconds", "f8"),  # in which it held memory
        ("course", "i8"),  # a row of `courses`; -1: none
    ],
    align=True,
)


class MemoryArrays(NamedTuple):
    """The memory of a run: a record of `HOST` each, a record of `VM` each; what each VM holds `now` (VM x figure), and
    its totals (MiB s); its pace, and the pace that is known; the balloon of Proxmox. `courses` x ticks: the part of its
    memory that a VM uses. Series of hosts (row x unit). The VMs on each host are
    `who[first[u]:first[u] + many[u]]`, rising.
    """

    hosts: NDArray[Any]
    vms: NDArray[Any]
    now: F
    totals: F
    pace: F
    known: F
    balloon: F
    courses: F
    edges: F
    row: I
    used: F
    taken: F
    short: F
    first: I
    many: I
    who: I
