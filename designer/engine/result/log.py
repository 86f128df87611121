"""The event types of a run, and one entry of its log."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

HAPPENED: tuple[str, ...] = (
    "failed",  # an element failed itself (by an event)
    "recovered",  # it is up again
    "down",  # a VM went down because of what it stands on (cause: the failure)
    "detected",  # a VM's death was noticed
    "restarting",  # a VM boots on `place`
    "running",  # it has booted and takes load
    "waiting",  # no place for it, the reason in `detail`
    "lost",  # it stays down (recovery is set to none, say), the reason in `detail`
    "refused",  # it could not be placed at the start, the reason in `detail`
    "launched",  # a group launches an instance on `place`
    "noticed",  # a service stops sending to a dead member
    "dropping",  # a service begins to drop requests (`value`: requests a second)
    "served",  # a service drops no more
    "cut",  # what a feed feeds gets nothing from it any more (its battery is empty, its fuel is used up)
    "supplied",  # it gets something again, though the feed is still down (its generator runs)
    "blocked",  # no request of its service reaches a VM, the reason in `detail`
    "moving",  # a database lost the place of its primary, `place`, and begins to move to a standby
    "moved",  # it is up on `place`
    "offline",  # a VM that needs the internet does not reach it and does nothing, the reason in `detail`
    "online",  # it does again
    "led_away",  # a DNS name found the service `place` down and leads no users there any more
    "led_back",  # it found it healthy and leads users there again
    "terminated",  # an instance is gone for good: its group replaces it, or has too many (then `detail` says so)
    "slowed",  # a VM begins to wait for what `detail` says, and does the part `value` of its work
    "unslowed",  # it waits for nothing any more
    "emptied",  # the burst balance of an element is used up (`value`: what it gives from now on, `detail` in words)
    "refilled",  # it is full again
    "spent",  # a VM has used up its CPU credits, what follows in `detail`
    "killed",  # its host `place` had no memory left and killed a VM, the reason in `detail`
    "memory_state",  # the memory of a host is in another state, `detail`
    "unreached",  # a host or running VM is cut off from the network and runs on, the reason in `detail`
    "reached",  # it is reached again
    "queued",  # a VM has a place and waits for its turn to boot, the reason in `detail`
    "starting",  # a host has power again and tests itself
    "started",  # it is up
    "isolated",  # a host is alone and reaches nobody outside: its cluster goes on without it
    "no_majority",  # a host is without the majority of its cluster, the votes in `detail`
    "rejoined",  # a host is with its cluster again
    "stopped",  # a VM is stopped on its host `place`, which runs without its cluster, the reason in `detail`
    "fenced",  # a host without its cluster resets itself
    "backlogged",  # requests to a service begin to wait (`value`: how many)
    "drained",  # none of them waits any more
    "policy_broken",  # a cluster no longer keeps free what its admission control asks for, the reason in `detail`
    "policy_kept",  # it does again
    "migrating",  # the memory of a running VM begins to be copied to `place`; in `detail` what will come of it
    "migrated",  # it runs on `place`, after it stood still for `value` seconds
    "unmoved",  # a migration came to nothing, or does not begin, the reason in `detail`
    "draining",  # the VMs of a host begin to be moved away
    "maintained",  # none of them is left: it is in maintenance
    "opened",  # it takes VMs again
    "powered_off",  # a host without VMs is switched off
    "powered_on",  # it is needed, and boots
    "scaled",  # a group wants `value` instances from now on, the reason in `detail`
    "trusted",  # a load balancer sends requests to a member: enough of its checks succeeded
    "zone_away",  # the DNS name of a load balancer leads nobody to the zone `place` any more: too few are healthy
    "zone_back",  # it leads users there again
    "all_sent",  # a balancer finds too few members healthy and sends requests to all
    "some_sent",  # it sends them to the healthy ones again
    "tripped",  # a power feed carried `value` watts for too long, its limit in `detail`, and supplies nothing more
    "unstarted",  # a generator did not start
    "overheated",  # a hall is `value` °C warm, and its hosts shut down; how many in `detail`
    "cooled",  # it is cool again, and hosts are switched on; how many in `detail`
    "control_failed",  # the control plane of a region failed (by an event)
    "control_recovered",  # it works again
    "dns_waits",  # what the name of a service or a DNS name says cannot be changed, the reason in `detail`
    "no_capacity",  # a group finds none of its instance type left at the provider in the zone `place`
    "no_writes",  # too few replicas of a database are up or reached for a write, how many in `detail`
    "writes",  # enough are again
    "degraded",  # a datastore misses copies: `value` of its hosts are gone, how many may be in `detail`
    "whole",  # it has all copies again
    "rebuilding",  # what its host `place` held is made again on others, `value` GiB
    "rebuilt",  # it is made
    "unrebuilt",  # it cannot be made, the reason in `detail`
    "unavailable",  # no copy of some data of a datastore is in reach
    "available",  # all of it is in reach again
    "fenced_off",  # the management board of a lost host says that it is off
    "unfenced",  # it does not answer, the reason in `detail`: the VMs of the host wait
    "narrowed",  # what a host, an uplink or a link carries is the part `value` of its bandwidth (by an event)
    "widened",  # it carries all again
    "throttled",  # the control plane of a region lets `value` VMs a minute boot (by an event)
    "unthrottled",  # as many as usual again
    "sold_out",  # the provider has no capacity left in a zone or region (by an event)
    "restocked",  # it has again
    "dns_stale",  # users of a DNS name stay where it led them (by an event)
    "dns_fresh",  # they follow it again
    "delayed",  # round trips over an uplink or a link take `value` ms longer (by an event), in words in `detail`
    "undelayed",  # they take as long as usual again
)
"""Event types; the order is part of the version."""


COUNTS = ("running", "restarting", "waiting", "lost", "off")
"""Columns of `Result.counts`: how many VMs, mean over the step; failed and undetected ones count as lost."""

EXTREMES = (*COUNTS, "not running")
"""Columns of `Result.counts_least` and `counts_most`: the same, and restarting, waiting and lost ones together."""


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One event; `cause` is the serial of the event that caused it, 0 without one."""

    serial: int
    time_s: float
    what: str
    id: int
    cause: int = 0
    place: int = 0
    detail: str = ""
    value: float = 0.0


CODES = {what: code for code, what in enumerate(HAPPENED)}


@dataclass(frozen=True)
class Entries:
    """Entries of a log that follow each other, as columns: `what` is a code of `HAPPENED`, `detail` one of
    `details`."""

    serial: NDArray[np.int64]
    time_s: NDArray[np.float64]
    what: NDArray[np.int64]
    id: NDArray[np.int64]
    cause: NDArray[np.int64]
    place: NDArray[np.int64]
    detail: NDArray[np.int64]
    value: NDArray[np.float64]
    details: list[str]

    @classmethod
    def of(cls, entries: Iterable[LogEntry]) -> Entries:
        """Some entries as columns."""
        rows, at = list(entries), dict[str, int]()
        for row in rows:
            at.setdefault(row.detail, len(at))

        def column(name: str, kind: Any = np.int64) -> NDArray[Any]:
            return np.array([getattr(row, name) for row in rows], kind)

        what = np.array([CODES[row.what] for row in rows], np.int64)
        detail = np.array([at[row.detail] for row in rows], np.int64)
        return cls(column("serial"), column("time_s", np.float64), what, column("id"), column("cause"), column("place"),
                   detail, column("value", np.float64), list(at))  # fmt: skip

    def entry(self, n: int) -> LogEntry:
        """The n-th entry."""
        return LogEntry(
            int(self.serial[n]), float(self.time_s[n]), HAPPENED[self.what[n]], int(self.id[n]), int(self.cause[n]),
            int(self.place[n]), self.details[self.detail[n]], float(self.value[n]),
        )  # fmt: skip

    def parts(self, most: int) -> Iterator[Entries]:
        """The same in parts of about `most` entries; what happened at one instant stays together."""
        ends = [*(np.flatnonzero(np.diff(self.time_s)) + 1).tolist(), self.id.size]
        begin = 0
        for end, then in zip(ends, [*ends[1:], np.inf]):
            if then - begin > most and end > begin:
                yield replace(self, **{name: getattr(self, name)[begin:end] for name in _COLUMNS})
                begin = end


_COLUMNS = ("serial", "time_s", "what", "id", "cause", "place", "detail", "value")
