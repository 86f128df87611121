"""The answer of a scenario: what was cut, what fell with it and why, how it came back, what that cost each service."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from designer.engine.result.log import LogEntry
from designer.engine.spec import Service
from designer.study.frames import ElementState
from designer.study.headless import Headless
from designer.study.scenarios.dependence import Dependence, dependences
from designer.study.scenarios.paths import FallPaths
from designer.study.scenarios.play import Played
from designer.study.scenarios.warming import WarmHall, warm_halls
from designer.words import tr
from designer.words.reasons import told

SURVIVORS = 10
"""How many of the most loaded survivors are told."""
FALLS = ("down", "failed", "killed", "stopped")
"""What takes a running VM down."""
RESTARTED, REPLACED, WAITS, LOST, ENDED = "restarted", "replaced", "waits", "lost", "down"
"""How it ended for a VM that fell: it runs again, its group terminated and replaced it, it waits for a place, it is
lost, or it is down at the end."""


@dataclass(frozen=True)
class CutPart:
    """Something that the scenario did: what, to which element or link, when."""

    time_s: float
    what: str
    id: int
    name: str


@dataclass
class FallenVm:
    """A VM that fell: when, for which cause, by which way (ids from the cause down to it), and how it came back."""

    id: int
    name: str
    fell_s: float
    cause: int
    path: tuple[int, ...]
    path_names: tuple[str, ...]
    how: str = ENDED
    back_s: float | None = None
    where: str = ""
    why: str = ""
    down_s: float = 0.0


@dataclass(frozen=True)
class FallenKind:
    """How many elements of a kind that are no VMs went down, at most at one time, and some of them by name."""

    kind: str
    count: int
    names: tuple[str, ...]


@dataclass(frozen=True)
class Launched:
    """An instance that a group launched meanwhile: when, where, and when it ran (None: it did not)."""

    id: int
    name: str
    group: str
    launched_s: float
    running_s: float | None
    where: str


@dataclass(frozen=True)
class ServiceAnswer:
    """What a scenario cost a service. `dropping_s`: the time in which it dropped requests; `down_s`: that as time
    without any answer; `rto_s`: from the first request dropped after the scenario began until all are served again for
    good (None: they are not). `slo_frac` 0: none is promised.
    """

    id: int
    name: str
    asked: float
    dropped: float
    served_frac: float
    slo_frac: float
    dropping_s: float
    down_s: float
    rto_s: float | None

    @property
    def misses_slo(self) -> bool:
        """Whether it served less than it promises."""
        return self.asked > 0.0 and self.served_frac < self.slo_frac


@dataclass(frozen=True)
class Survivor:
    """A host, or a VM on the provider's capacity, that stayed up, and the most that it was asked for, a fraction."""

    id: int
    name: str
    kind: str
    most_frac: float


@dataclass(frozen=True)
class DataAtRisk:
    """Data that a scenario lost or may lose: seconds of writes (None: nothing bounds it), and why."""

    id: int
    name: str
    kind: str
    rpo_s: float | None
    why: str


@dataclass(frozen=True)
class ScenarioAnswer:
    """All that is told of a scenario that was played."""

    name: str
    until_s: float
    digest: str
    cut: list[CutPart]
    fallen: list[FallenVm]
    fallen_places: list[FallenKind]
    launched: list[Launched]
    waits: dict[str, list[str]]
    """Why VMs and groups wait, with the names of those that do at the end."""
    services: list[ServiceAnswer]
    survivors: list[Survivor]
    data: list[DataAtRisk]
    needs: list[Dependence] = field(default_factory=list)
    """Steps of the recovery that need something that died."""
    halls: list[WarmHall] = field(default_factory=list)
    """Halls that got warm."""

    @property
    def misses_slo(self) -> bool:
        """Whether a service misses its SLO."""
        return any(service.misses_slo for service in self.services)


def answer_of(played: Played, names: Mapping[int, str]) -> ScenarioAnswer:
    """What a scenario did; `names` are those of elements and links that a run does not know by name."""
    return _Reader(played, names).answer()


class _Reader:
    def __init__(self, played: Played, names: Mapping[int, str]) -> None:
        self._played, self._done = played, played.done
        self._others = names
        self._entries = list(played.done.result.log)
        self._by_serial = {entry.serial: entry for entry in self._entries}
        self._paths = FallPaths(played.done.spec)
        self._kinds = {host.id: "host" for host in played.done.spec.hosts}
        self._kinds |= {row.id: row.kind for row in played.done.spec.domains}
        self._down = _DownSets(played.done, self._instants())

    def _name(self, element_id: int) -> str:
        return self._others.get(element_id) or self._done.name(element_id)

    def answer(self) -> ScenarioAnswer:
        played, done = self._played, self._done
        fallen = self._fallen()
        return ScenarioAnswer(
            played.name,
            done.spec.until_s,
            done.digest,
            [CutPart(hit.time_s, hit.what, hit.id, self._name(hit.id)) for hit in played.hits],
            fallen,
            self._fallen_places(),
            self._launched(),
            self._waits(fallen),
            services_of(done, played.first_s, self._entries),
            self._survivors(),
            self._data(),
            dependences(self._entries, done.spec, self._paths, self._down.at, self._name),
            list(warm_halls(done, played.first_s, self._entries, self._others)),
        )

    def _instants(self) -> list[float]:
        """When something may have gone down: at the hits, and when batteries, generators or halls gave out."""
        turns = ("cut", "overheated", "tripped", "unstarted", "waiting", "queued", "dns_waits", "no_writes")
        times = {hit.time_s for hit in self._played.hits}
        times |= {entry.time_s for entry in self._entries if entry.what in (*turns, "no_majority", "failed")}
        return sorted(times)

    # -- VMs

    def _fallen(self) -> list[FallenVm]:
        vms = set(self._done.vms.ids.tolist())
        stands: dict[int, int] = {}
        open_falls: dict[int, FallenVm] = {}
        found: list[FallenVm] = []
        for entry in self._entries:
            vm = entry.id
            if vm not in vms:
                continue
            fall = open_falls.get(vm)
            if entry.what in FALLS and fall is None and entry.time_s >= self._played.first_s:
                open_falls[vm] = self._fall(entry, stands.get(vm) or self._paths.home(vm))
                found.append(open_falls[vm])
            elif entry.what == "running" and fall is not None:
                fall.how, fall.back_s, fall.where = RESTARTED, entry.time_s, self._name(entry.place)
                fall.down_s, fall.why = entry.time_s - fall.fell_s, ""
                del open_falls[vm]
            elif fall is not None and entry.what in _ENDS:
                fall.how, fall.why = _ENDS[entry.what], told(entry.detail)
            if entry.place in self._kinds and entry.what in ("running", "restarting", "launched", "migrated"):
                stands[vm] = entry.place
        for fall in open_falls.values():
            fall.down_s = self._done.spec.until_s - fall.fell_s
        return found

    def _fall(self, entry: LogEntry, place: int) -> FallenVm:
        cause = self._root(entry)
        path = self._paths.between(cause, entry.id, place)
        names = tuple(self._name(i) for i in path)
        return FallenVm(entry.id, self._name(entry.id), entry.time_s, cause, path, names, why=told(entry.detail))

    def _root(self, entry: LogEntry) -> int:
        """The element whose failure is the first cause of an entry."""
        seen = set()
        while entry.cause and entry.cause in self._by_serial and entry.serial not in seen:
            seen.add(entry.serial)
            entry = self._by_serial[entry.cause]
        return entry.id

    def _launched(self) -> list[Launched]:
        ran: dict[int, float] = {}
        for entry in reversed(self._entries):
            if entry.what == "running":
                ran[entry.id] = entry.time_s
        group_of = {entry.id: entry for entry in self._entries if entry.what == "launched"}
        return [
            Launched(
                e.id,
                self._name(e.id),
                self._name(e.id).rpartition("+")[0],
                e.time_s,
                ran.get(e.id),
                self._name(e.place),
            )
            for e in group_of.values()
            if e.time_s >= self._played.first_s
        ]

    def _waits(self, fallen: list[FallenVm]) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for fall in fallen:
            if fall.how == WAITS:
                found.setdefault(fall.why, []).append(fall.name)
        groups = {group.id: group.name for group in self._done.spec.groups}
        last = {e.id: e for e in self._entries if e.id in groups and e.what == "waiting"}
        launched = [e for e in self._entries if e.what == "launched"]
        for group_id, entry in last.items():
            name = groups[group_id]
            after = (e for e in launched if e.serial > entry.serial and self._name(e.id).startswith(f"{name}+"))
            if next(after, None) is None:
                found.setdefault(told(entry.detail), []).append(name)
        return found

    # -- places

    def _fallen_places(self) -> list[FallenKind]:
        most: dict[str, set[int]] = {}
        for ids in self._down.sets.values():
            by_kind: dict[str, set[int]] = {}
            for i in ids:
                by_kind.setdefault(self._kinds[i], set()).add(i)
            for kind, some in by_kind.items():
                if len(some) > len(most.get(kind, ())):
                    most[kind] = some
        return [
            FallenKind(kind, len(some), tuple(sorted(self._name(i) for i in some)[:5])) for kind, some in most.items()
        ]

    def _survivors(self) -> list[Survivor]:
        """The most loaded hosts that stayed up, and VMs on the provider's capacity, worst first."""
        series, first_s = self._done.series, self._played.first_s
        step = max(int(np.searchsorted(series.edges_s, first_s, side="right")) - 1, 0)
        fell = set().union(*self._down.sets.values()) if self._down.sets else set()
        most = series["asked_most_frac"]
        found = [
            Survivor(int(series.ids[n]), series.names[n], "host", float(np.nanmax(most[step:, n])))
            for n in range(series.ids.size)
            if series.kinds[n] == "host" and int(series.ids[n]) not in fell and not np.isnan(most[step:, n]).all()
        ]
        found += [Survivor(i, self._name(i), "vm", heat) for i, heat in self._down.heat.items()]
        return sorted(found, key=lambda one: (-one.most_frac, one.name))[:SURVIVORS]

    # -- data

    def _data(self) -> list[DataAtRisk]:
        spec = self._done.spec
        rows = {row.id: row for row in spec.domains}
        found = []
        for entry in self._entries:
            row = rows.get(entry.id)
            if entry.what == "moved" and row is not None and row.lag_s > 0.0 and row.quorum < 2:
                why = tr("failed over to a standby that lags behind")
                found.append(DataAtRisk(row.id, row.name, row.kind, row.lag_s, why))
        for lost in self._played.lost:
            why = tr("lost for good; this was written since its last backup")
            if lost.age_s is None:
                why = tr("lost for good, and no backup is left")
            found.append(DataAtRisk(lost.id, self._name(lost.id), lost.kind, lost.age_s, why))
        return found


_ENDS = {"terminated": REPLACED, "waiting": WAITS, "lost": LOST, "queued": WAITS}


class _DownSets:
    """The places that are down at some instants, and the most that VMs on the provider's capacity were asked for."""

    def __init__(self, done: Headless, times: list[float]) -> None:
        self.sets: dict[float, frozenset[int]] = {}
        self.heat: dict[int, float] = {}
        hosts = {host.id for host in done.spec.hosts}
        for time_s in times:
            moment = done.simulation.moment(time_s)
            units = slice(moment.vms, None)
            self.sets[time_s] = frozenset(moment.ids[units][moment.status[units] == ElementState.FAILED].tolist())
            runs = (moment.status[: moment.vms] == ElementState.RUNNING) & ~np.isnan(moment.heat[: moment.vms])
            for n in np.flatnonzero(runs).tolist():
                if int(moment.place[n]) not in hosts:
                    vm, heat = int(moment.ids[n]), float(moment.heat[n])
                    self.heat[vm] = max(self.heat.get(vm, 0.0), heat)

    def at(self, time_s: float) -> frozenset[int]:
        """The places that are down after an instant."""
        return self.sets.get(time_s, frozenset())


def services_of(done: Headless, first_s: float, entries: Sequence[LogEntry]) -> list[ServiceAnswer]:
    """What a scenario that began at `first_s` cost each service."""
    series, seconds = done.series, np.diff(done.series.edges_s)
    promised: dict[int, Service] = {service.id: service for service in done.spec.services}
    found = []
    for n, (service, name) in enumerate(zip(series.service_ids, series.service_names, strict=True)):
        asked, lost = series.asked_rps[:, n], series.dropped_rps[:, n]
        some = asked > 0.0
        down_s = float((np.minimum(lost[some] / asked[some], 1.0) * seconds[some]).sum())
        total, dropped = float((asked * seconds).sum()), float((lost * seconds).sum())
        spans = _dropping(entries, service, done.spec.until_s)
        served = 1.0 - dropped / total if total > 0.0 else 1.0
        dropping_s = sum(end - begin for begin, end in spans)
        late = [(begin, end) for begin, end in spans if end > first_s]
        rto_s: float | None = 0.0
        if late:
            rto_s = late[-1][1] - max(late[0][0], first_s) if late[-1][1] < done.spec.until_s else None
        slo_frac = promised[service].slo_frac
        found.append(ServiceAnswer(service, name, total, dropped, served, slo_frac, dropping_s, down_s, rto_s))
    return found


def _dropping(entries: Sequence[LogEntry], service: int, until_s: float) -> list[tuple[float, float]]:
    """When a service dropped requests."""
    spans, begun = [], None
    for entry in entries:
        if entry.id == service and entry.what == "dropping" and begun is None:
            begun = entry.time_s
        elif entry.id == service and entry.what == "served" and begun is not None:
            spans.append((begun, entry.time_s))
            begun = None
    return spans if begun is None else [*spans, (begun, until_s)]
