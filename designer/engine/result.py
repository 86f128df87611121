"""What the engine gives back: series, event log, summaries; versioned, columns with unit.

All series are exact means over the recording step (`edges_s[k]` .. `edges_s[k + 1]`), float64, NaN where there was no
capacity to speak of (everything down). Rows from `filled` on are not simulated yet.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

RESULT_VERSION = 1

Happened = Literal[
    "failed",  # an element failed itself (by an event)
    "recovered",  # it is up again
    "down",  # a VM went down because of what it stands on (cause: the failure)
    "detected",  # a VM's death was noticed
    "restarting",  # a VM boots again on `place`
    "running",  # it has booted and takes load
    "waiting",  # no place for it, the reason in `detail`
    "lost",  # it stays down (recovery rule none, or replaced)
    "refused",  # it could not be placed at the start, the reason in `detail`
    "launched",  # a group launches an instance on `place`
    "noticed",  # a service stops sending to a dead member
    "dropping",  # a service begins to drop requests (`value`: requests a second)
    "served",  # a service drops no more
    "overloaded",  # a host is asked for more than it has (`value`: demand / capacity)
    "relieved",  # it is not any more
]

COUNTS = ("running", "restarting", "waiting", "lost", "off")
"""Columns of `Result.counts`: how many VMs, mean over the step; failed and undetected ones count as lost."""


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One thing that happened; `cause` is the serial of what brought it about, 0 when nothing did."""

    serial: int
    time_s: float
    what: Happened
    id: int
    cause: int = 0
    place: int = 0
    detail: str = ""
    value: float = 0.0


# Result (a class with memmap-backed arrays) is the engine's: see `Result` below.
