"""Does a recovery need something that died? Each step that had to wait for what was down itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from designer.engine.result.log import LogEntry
from designer.engine.spec import Spec
from designer.study.scenarios.paths import FallPaths
from designer.words import mark, tr

RESTART, LAUNCH, DNS, WRITES, MAJORITY, ORDER = (
    mark("The restart of {0} needs {1}, which is down"),
    mark("The start of {0} needs {1}, which is down"),
    mark("{0} is changed by {1}, which is down"),
    mark("Writes to {0} need {1}, which is down"),
    mark("The majority of the cluster of {0} needs {1}, which is down"),
    mark("{0} starts after {1}, which is down"),
)
AFTER = mark("it starts after {0}").partition("{")[0]
"""How the engine begins to say that a VM waits for another."""
CONTROL = mark("the control plane of {0}")
_ENDED_BY = {
    "waiting": ("running", "restarting"), "queued": ("running",), "dns_waits": ("led_away", "led_back", "zone_away"),
    "no_writes": ("writes",), "no_majority": ("rejoined",), "lost": ("running",),
}  # fmt: skip
"""What ends a wait, by what begins it."""


@dataclass(frozen=True)
class Dependence:
    """A step of a recovery of `ids` that needs an element (`needs`) that was down from `from_s` on, and when it went on
    (None: it did not)."""

    step: str
    ids: tuple[int, ...]
    names: tuple[str, ...]
    needs: int
    needs_name: str
    from_s: float
    until_s: float | None

    @property
    def sentence(self) -> str:
        """What needs what, in words."""
        who = self.names[0] if len(self.names) == 1 else tr("{0} and {1:,} more", self.names[0], len(self.names) - 1)
        return tr(self.step, who, self.needs_name)


def dependences(
    entries: Sequence[LogEntry],
    spec: Spec,
    paths: FallPaths,
    down_at: Callable[[float], frozenset[int]],
    name: Callable[[int], str],
) -> list[Dependence]:
    """The steps of a recovery that waited for what was down; alike ones together, in order of time."""
    found: dict[tuple[str, int], dict[int, LogEntry]] = {}
    for entry in entries:
        for step, needs in _needed(entry, spec, paths, down_at(entry.time_s)):
            found.setdefault((step, needs), {}).setdefault(entry.id, entry)
    rows = []
    for (step, needs), waits in found.items():
        ends = [_end(entries, entry) for entry in waits.values()]
        until_s = None if any(end is None for end in ends) else max(end for end in ends if end is not None)
        called = tr(CONTROL, name(needs)) if step in (LAUNCH, DNS) else name(needs)
        first_s = min(entry.time_s for entry in waits.values())
        names = tuple(name(i) for i in waits)
        rows.append(Dependence(step, tuple(waits), names, needs, called, first_s, until_s))
    return sorted(rows, key=lambda row: row.from_s)


def _end(entries: Sequence[LogEntry], begin: LogEntry) -> float | None:
    ends = _ENDED_BY[begin.what]
    after = (e for e in entries if e.id == begin.id and e.serial > begin.serial and e.what in ends)
    return next((entry.time_s for entry in after), None)


def _needed(entry: LogEntry, spec: Spec, paths: FallPaths, down: frozenset[int]) -> Iterator[tuple[str, int]]:
    """What an entry says must be up first, and is not."""
    if entry.what == "queued":
        if entry.place and entry.detail.endswith("is down"):
            yield LAUNCH, entry.place
        yield from ((ORDER, vm) for vm in _after(spec, entry))
    elif entry.what == "dns_waits":
        yield DNS, entry.place
    elif entry.what in ("waiting", "lost"):
        gone = next((need for need in paths.needs(entry.id) if need in down), 0)
        if gone:
            yield RESTART, gone
        elif (home := paths.home(entry.id)) in down and paths.stays(entry.id):
            yield RESTART, paths.highest(home, down)
    elif entry.what in ("no_writes", "no_majority"):
        step = WRITES if entry.what == "no_writes" else MAJORITY
        yield from ((step, gone) for gone in _others(spec, entry) if gone in down)


def _after(spec: Spec, entry: LogEntry) -> tuple[int, ...]:
    """The VMs after which one starts, where it waits for that."""
    if entry.place or not entry.detail.startswith(AFTER):
        return ()
    return next((start.after for start in spec.starts if start.vm == entry.id), ())


def _others(spec: Spec, entry: LogEntry) -> tuple[int, ...]:
    """The replicas of a database, or the hosts of a host's cluster."""
    for row in spec.domains:
        if row.id == entry.id:
            return row.replicas
    cluster = next((host.cluster for host in spec.hosts if host.id == entry.id), 0)
    return tuple(host.id for host in spec.hosts if cluster and host.cluster == cluster and host.id != entry.id)
