"""What VMs of a host ask of its memory, what they hold of it, and how what they miss slows them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

F = NDArray[np.float64]

FIGURES = ("active", "granted", "shared", "ballooned", "compressed", "swapped")
"""What a run tells of the memory of each VM, MiB."""
STATES = ("", "high", "clear", "soft", "hard", "low", "merging", "ballooning", "swapping", "short")
"""The states of a host's memory: none, the five of ESXi, three of Linux and Proxmox, Hyper-V's shortage."""
TAKING_BACK = frozenset(STATES[3:6] + STATES[7:])
"""States in which a host takes memory from its VMs that they may use."""
SLOWDOWN = 100.0
"""How many times as long work takes that misses its memory each time (assumption; confidence C)."""
PACKED_SLOWDOWN = 0.1
"""What a compressed page costs, of a page that is read from disk (assumption; confidence C)."""
