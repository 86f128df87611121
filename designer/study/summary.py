"""The result of a run as a table: a row an element, each value with its unit."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, overload

import numpy as np
from numpy.typing import NDArray

from designer.engine.memory.holding import FIGURES
from designer.engine.result.carried import Carried, carried_of
from designer.engine.spec import SURPLUS_USD_VCPU_H, Spec
from designer.engine.spec.packed import values_of
from designer.engine.storage.figures import FIGURES_OF_STORES
from designer.engine.tables.tree import slot_id
from designer.study.results.quantities import (
    FEED,
    HALL,
    OF_LIMITS,
    OF_PLACES,
    OF_POWER,
    OF_SERVICES,
    OF_VMS,
    VM_QUANTITIES,
    Quantity,
)
from designer.study.results.quantities import MOST as OF_MOST
from designer.study.series import Cells, RunSeries
from designer.study.traffic.databases import DATABASE, replica_figures, replica_rows
from designer.study.traffic.latency import Latencies, LatencyTable, users_of
from designer.study.traffic.sent import TRAFFIC, SentTable
from designer.words import mark, tr

if TYPE_CHECKING:
    from designer.engine.result.result import Result

Value = tuple[float, str]
NOT_KNOWN = math.nan
"""An unknown figure: one object, so rows with it are equal."""

Number = TypeVar("Number", float, NDArray[np.float64])

VM_FILE = "vms.npz"
"""The file in the folder of a run with the figures of its VMs."""


@dataclass(frozen=True)
class SummaryRow:
    """One element's figures over a run: title -> (value, unit), NOT_KNOWN where unknown."""

    id: int
    kind: str
    name: str
    values: dict[str, Value]


@dataclass(frozen=True)
class VmFigures:
    """Per-VM figures of a run, a row a VM (launched instances last); loads are fractions of vCPUs x MHz."""

    ids: NDArray[np.int64]
    mean: NDArray[np.float64]
    p50: NDArray[np.float64]
    p95: NDArray[np.float64]
    highest: NDArray[np.float64]
    throttled: NDArray[np.float64]
    overhead: NDArray[np.float64]
    steal: NDArray[np.float64]
    running_s: NDArray[np.float64]
    down_s: NDArray[np.float64]
    waiting: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    disk_asked: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    disk_served: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    wire_asked: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    wire_served: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    to_zones: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    to_regions: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    to_outside: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    mean_mhz: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    size_mhz: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    """vCPUs x MHz."""
    memory: NDArray[np.float64] = field(default_factory=lambda: np.zeros((0, len(FIGURES))))
    """Means while a VM held memory, MiB (VM x `FIGURES`); NaN where its host takes none back."""
    steal_ms: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    """Steal as the sum over the vCPUs, ms of the whole run."""
    credits: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    """CPU credits left, surplus owed, credits charged and their price, USD, and when the first ran out, s (VM x 5);
    NaN: has none."""

    energy_wh: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    """Energy of each VM; empty where it is not told."""
    carried: Carried = field(default_factory=Carried)
    """What was sent from place to place, of all VMs and services."""
    backlog: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    """Backlog, its most, time with one, time until it is drained (NaN: never), s (VM x 4); NaN: keeps none."""

    replica_ids: NDArray[np.int64] = field(default_factory=lambda: np.zeros((0, 2), np.int64))
    replica_rps: NDArray[np.float64] = field(default_factory=lambda: np.zeros((0, 4)))
    """Replicas of databases, and the requests that they served, as `replica_figures` gives them."""

    stores: NDArray[np.float64] = field(default_factory=lambda: np.zeros((0, len(FIGURES_OF_STORES))))
    """Datastores spread over hosts, as in the spec: columns as `FIGURES_OF_STORES`."""
    unreached_s: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    moves: NDArray[np.float64] = field(default_factory=lambda: np.zeros((0, 2)))
    """How often a VM migrated, and for how many seconds it stood still for that (VM x 2)."""

    @classmethod
    def of(cls, result: Result) -> VmFigures:
        """The figures of a result so far."""
        p50, p95, highest = result.vms.percentiles(0.5, 0.95, 1.0)
        replica_ids, replica_rps = replica_figures(result)
        return cls(
            ids=result.vm_ids,
            mean=result.vms.mean,
            p50=p50,
            p95=p95,
            highest=highest,
            throttled=result.vms.throttled,
            overhead=result.vms.overhead,
            steal=result.vms.steal,
            waiting=result.vms.waiting,
            **_flows_of(result),
            running_s=result.vms.running_s,
            down_s=result.down_s,
            mean_mhz=result.vms.mean_mhz,
            size_mhz=result.tables.demand.size,
            steal_ms=result.vms.steal_ms,
            credits=_credits(result),
            energy_wh=result.power.vm_energy_wh,
            backlog=_backlogs(result),
            moves=result.moves,
            unreached_s=result.unreached_s,
            replica_ids=replica_ids,
            replica_rps=replica_rps,
            carried=result.carried,
            stores=result.stores,
            memory=_memory(result),
        )

    @classmethod
    def read(cls, folder: Path) -> VmFigures | None:
        """The figures last written to the folder of a run; None where there are none."""
        try:
            with np.load(folder / VM_FILE) as columns:
                own = {name: columns[name] for name in columns.files if name in cls.__dataclass_fields__}
                return cls(**own, carried=carried_of(columns) or Carried())
        except FileNotFoundError:
            return None

    def column(self, of: Quantity) -> NDArray[np.float64]:
        """A quantity of all VMs; empty where the run does not tell it."""
        name, _, part = of.part.partition(":")
        values: NDArray[np.float64] = getattr(self, name)
        if not part:
            return values
        return values[:, int(part)] if values.size else np.zeros(0)

    def write(self, folder: Path) -> None:
        """Write the figures to the folder of a run: whole (temp file and rename)."""
        partial = folder / f"new-{VM_FILE}"
        own: dict[str, Any] = {name: getattr(self, name) for name in self.__dataclass_fields__ if name != "carried"}
        np.savez(partial, **(own | self.carried.columns()))
        partial.replace(folder / VM_FILE)


def surplus_usd(credits: Number) -> Number:
    """The price of surplus credits that are charged, of one VM or of many."""
    return credits / 60.0 * SURPLUS_USD_VCPU_H


def _memory(result: Result) -> NDArray[np.float64]:
    """Means of the memory of VMs (VM x `FIGURES`); one NaN stands for all where no host takes memory back."""
    if result.tables.memory is None:
        return np.broadcast_to(np.float64(np.nan), (len(result.vm_ids), len(FIGURES)))
    return np.stack([result.memory.mean(name) for name in FIGURES], axis=1)


def _backlogs(result: Result) -> NDArray[np.float64]:
    of = result.backlogs
    if not of.rows.size:
        return np.zeros(0)
    made = np.full((result.vm_ids.size, 4), np.nan)
    drains = np.where(np.isinf(of.drains_s), np.nan, of.drains_s)
    made[of.rows] = np.stack([of.now_s, of.most_s, of.waited_s, drains], axis=1)
    return made


def _credits(result: Result) -> NDArray[np.float64]:
    of = result.credits
    if not of.rows.size:
        return np.zeros(0)
    made = np.full((result.vm_ids.size, 5), np.nan)
    made[of.rows] = np.stack([*of.now, of.charged, surplus_usd(of.charged), of.gone_s], axis=1)
    return made


_RATES = ("disk_asked", "disk_served", "wire_asked", "wire_served")
_SENT = ("to_zones", "to_regions", "to_outside")
"""What VMs ask of disks and the wire, and what they send, which is paid for."""


def _flows_of(result: Result) -> dict[str, NDArray[np.float64]]:
    """What VMs asked for and got a second of disks and the wire, and GB that they sent; empty without flows."""
    if not result.spec.flows:
        return {}
    made = {name: result.vms.mean_of(name) for name in _RATES}
    return made | {name: result.vms.sent_gb(name) for name in _SENT}


MEAN, MOST = ", mean", ", most"
"""The ends of titles of figures over a run."""
PLACES = ("region", "zone", "data_center", "rack", "subnet", "host")
"""Kinds of places in the order of the table."""


class Summary(Sequence[SummaryRow]):
    """The table of a run: the whole design, services, places, then VMs.

    A row is made when it is read, so the table of 100,000 VMs costs nothing before.
    """

    def __init__(self, series: RunSeries | None, spec: Spec, vms: VmFigures | None, names: Mapping[int, str]) -> None:
        self._vms, self._names, self._of_vms = vms, names, 0
        self._head: list[SummaryRow] = []
        self.latencies: list[Latencies] = []
        """Service, user population and their figures, where the users have a place."""
        self._limits: dict[int, SummaryRow] = {}
        self._columns = np.zeros(0, np.int64)
        if series is None or not series.steps:
            return
        self._series, self._hours = series, np.diff(series.edges_s) / 3600.0
        self._read = _Read(series)
        self._provided = _provided(spec)
        self._head = [_whole(series, bool(self._provided), self._hours), *service_rows(series, spec)]
        if vms is not None and vms.moves.any():
            self._head[0].values.update(_moved(vms.moves[np.isin(vms.ids, _app_ids(spec), invert=True)]))
        if vms is not None:
            named = {row.id: row.name for row in self._head} | users_of(spec)
            self.latencies = _latencies(self._head, vms, spec)
            self._head += [
                SummaryRow(base, DATABASE, tr("{0} in {1}", called, place), values)
                for base, called, place, values in replica_rows(
                    vms.replica_ids, vms.replica_rps, lambda i: names.get(i, str(i))
                )
            ]
            self._head = _with_sent(self._head, vms, spec, names)
            self._head += [
                SummaryRow(slot_id(users, service), USERS, tr("{0} to {1}", named[users], named[service]), values)
                for service, users, values in self.latencies
            ]
        self._limits = limit_rows(series, spec)
        _add_power(self._limits, series)
        if vms is not None and vms.energy_wh.size:
            members = _members_of(spec)
            for row in self._head:
                if row.id in members:
                    each = vms.energy_wh[np.isin(vms.ids, members[row.id])]
                    known = each[~np.isnan(each)]
                    energy = float(known.sum()) if known.size else NOT_KNOWN
                    row.values[_energy_title(energy, known.size < each.size)] = (energy, "Wh")
        self._head += [row for row in self._limits.values() if row.kind not in (*PLACES, "vm")]
        if vms is not None:
            self._head += _stores(vms, spec, self._limits)
        self._columns = np.concatenate([series.of_kind(kind) for kind in PLACES])
        self._of_vms = vms.ids.size if vms is not None else 0

    def __len__(self) -> int:
        return len(self._head) + self._columns.size + self._of_vms

    @overload
    def __getitem__(self, index: int) -> SummaryRow: ...

    @overload
    def __getitem__(self, index: slice) -> list[SummaryRow]: ...

    def __getitem__(self, index: int | slice) -> SummaryRow | list[SummaryRow]:
        if isinstance(index, slice):
            return [self[n] for n in range(*index.indices(len(self)))]
        n = range(len(self))[index]
        if n < len(self._head):
            return self._head[n]
        n -= len(self._head)
        if n < self._columns.size:
            return self._with_limits(
                _place(self._series, int(self._columns[n]), self._hours, self._read, self._provided)
            )
        n -= self._columns.size
        return self._rows_of_vms(slice(n, n + 1))[0]

    def _rows_of_vms(self, which: slice) -> list[SummaryRow]:
        if self._vms is None:
            return []
        return [self._with_limits(row) for row in _vm_rows(self._vms, which, self._names)]

    def _with_limits(self, row: SummaryRow) -> SummaryRow:
        """A row with how full its own limits were."""
        if row.id in self._limits:
            row.values.update(self._limits[row.id].values)
        return row

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and len(self) == len(other) and all(a == b for a, b in zip(self, other))

    __hash__ = None  # type: ignore[assignment]

    def of_kinds(self, kinds: Collection[str]) -> list[SummaryRow]:
        """The rows of some kinds; no others are made."""
        first = len(self._head)
        rows = [row for row in self._head if row.kind in kinds]
        rows += [self[first + n] for n, column in enumerate(self._columns) if self._series.kinds[column] in kinds]
        return rows + (self._rows_of_vms(slice(None)) if "vm" in kinds else [])


def summarize(series: RunSeries | None, spec: Spec, vms: VmFigures | None, names: Mapping[int, str]) -> Summary:
    """The table of a run; with VMs only when their figures are given."""
    return Summary(series, spec, vms, names)


def _members_of(spec: Spec) -> dict[int, list[int]]:
    """The ids of the VMs and applications that are members of each service when a run begins; of groups all that they
    may launch.
    """
    found: dict[int, list[int]] = {service.id: [] for service in spec.services}
    columns = (values_of(spec.vms, name) for name in ("id", "service", "apps"))
    for vm, service, apps in zip(*columns, strict=True):
        for member, of in ((vm, service), *((app.id, app.service) for app in apps)):
            if of in found:
                found[of].append(member)
    for group in spec.groups:
        made = [slot_id(group.id, slot) for slot in range(group.most)] if group.template is not None else []
        if group.template is not None and group.template.service in found:
            found[group.template.service] += made
        for n, app in enumerate(group.template.apps if group.template is not None else ()):
            if app.service in found:
                found[app.service] += [slot_id(vm, n) for vm in made]
    return found


def _with_sent(head: list[SummaryRow], vms: VmFigures, spec: Spec, names: Mapping[int, str]) -> list[SummaryRow]:
    """The rows of the design and its services with what they sent, then those of pairs of places and NAT gateways."""
    table = SentTable(vms.carried, spec, names)
    by_vms = any(getattr(vms, name).any() for name in _SENT)
    members = _members_of(spec) if by_vms else {}
    for row in head:
        own = _sent(vms, members.get(row.id) if row.id else None) if by_vms else {}
        more = table.of(row.id) if row.id else table.whole()
        own = own if row.id or not table else {}
        row.values.update(
            {
                title: (own.get(title, (0.0, ""))[0] + more.get(title, (0.0, ""))[0], "GB")
                for title in (*own, *(t for t in more if t not in own))
            }
        )
    made = [SummaryRow(i, TRAFFIC, name, values) for i, name, values in table.pairs()]
    made += [SummaryRow(i, "nat_gateway", name, values) for i, name, values in table.gateways()]
    return head + made


def _stores(vms: VmFigures, spec: Spec, limits: dict[int, SummaryRow]) -> list[SummaryRow]:
    """The rows of datastores spread over hosts; the figures of those that have one go into it."""
    names, made = {domain.id: domain.name for domain in spec.domains} if len(vms.stores) else {}, []
    for one, (degraded_s, unavailable_s, rebuilt_gib) in zip(spec.replicated, vms.stores.tolist()):
        values: dict[str, Value] = {
            mark("Missed copies"): (degraded_s, "s"),
            mark("Data out of reach"): (unavailable_s, "s"),
            mark("Made again"): (rebuilt_gib, "GiB"),
        }
        row = limits.get(one.id)
        if row is not None:
            row.values.update(values)
        else:
            made.append(SummaryRow(one.id, "datastore", names[one.id], values))
    return made


def _latencies(head: list[SummaryRow], vms: VmFigures, spec: Spec) -> list[Latencies]:
    """How long the users of each service wait, where they have a place."""
    if not spec.latencies:
        return []
    times = {row.id: [row.values.get(title, (math.nan, ""))[0] for title in RESPONSES] for row in head if row.id}
    known = {i: (mean, p99) for i, (mean, p99) in times.items() if not math.isnan(mean + p99)}
    return LatencyTable(vms.carried, spec).rows(known)


RESPONSES = ("Response, mean", "Response, 99%")
USERS = "users"
"""The kind of a row of users and a service."""


def _sent(vms: VmFigures, ids: list[int] | None) -> dict[str, Value]:
    """What some VMs (None: all) sent that is paid for; nothing where they sent nothing."""
    made: dict[str, Value] = {}
    for of in (of for of in OF_VMS if of.part in _SENT):
        figures = vms.column(of)
        if figures.any():
            gb = float((figures if ids is None else figures[np.isin(vms.ids, ids)]).sum())
            if gb > 0.0:
                made[of.figure] = (gb, of.unit)
    return made


def _provided(spec: Spec) -> set[int]:
    """The places with VMs, or subnets of groups, on the provider's capacity, or with its dedicated hosts: nobody knows
    the watts of these."""
    owned = {host.id for host in spec.hosts}
    above = {domain.id: domain.parent for domain in spec.domains}
    waiting = set(values_of(spec.vms, "place")) | {place for group in spec.groups for place in group.places}
    found: set[int] = set()
    for place in (waiting - owned) | {host.parent for host in spec.hosts if max(host.power_w) <= 0.0}:
        while place in above and place not in found:
            found.add(place)
            place = above[place]
    return found


def _app_ids(spec: Spec) -> list[int]:
    """The ids of applications, which move with their VM."""
    return [app.id for apps in values_of(spec.vms, "apps") for app in apps]


def _energy_title(energy_wh: float, provided: bool) -> str:
    """What a sum of energies is called: only that of hosts is known where the provider's capacity is used too."""
    return mark("Energy of hosts") if provided and not math.isnan(energy_wh) else mark("Energy")


def _whole(series: RunSeries, provided: bool, hours: NDArray[np.float64]) -> SummaryRow:
    hosts = series.of_kind("host")
    if series.power is not None:
        hosts = np.union1d(hosts, np.flatnonzero(np.isin(series.ids, series.power.draw_ids)))
    watts = series["power_w"]
    hosts = hosts[~np.isnan(watts[0:1, hosts][0])] if series.steps else hosts
    energy = float((_sums(watts, hosts, series.steps) * hours).sum()) if hosts.size else NOT_KNOWN
    values: dict[str, Value] = {mark("Length"): (float(hours.sum()), "h")}
    values[_energy_title(energy, provided)] = (energy, "Wh")
    values[mark("VMs running, least")] = (float(series.running_least.min()), "")
    values[mark("VMs not running, most")] = (float(series.not_running_most.max()), "")
    return SummaryRow(0, "design", mark("Whole design"), values)


def _moved(moves: NDArray[np.float64]) -> dict[str, Value]:
    """How often VMs migrated, and how long they stood still for that; nothing where none did."""
    count, still_s = moves.sum(axis=0).tolist() if moves.size else (0.0, 0.0)
    named = zip(("migrations", "standstill_s"), (count, still_s))
    return {VM_QUANTITIES[name].figure: (value, VM_QUANTITIES[name].unit) for name, value in named} if count else {}


def _sums(cells: Cells, columns: NDArray[np.int64], steps: int) -> NDArray[Any]:
    """The sum of some columns in each step, some steps at once."""
    firsts = range(0, steps, _STEPS_AT_ONCE)
    return np.concatenate([cells[first : first + _STEPS_AT_ONCE, columns].sum(axis=1) for first in firsts])


def service_rows(series: RunSeries, spec: Spec) -> list[SummaryRow]:
    """The services of a run."""
    hours = np.diff(series.edges_s) / 3600.0
    return [_service(series, n, hours, service.slo_frac) for n, service in enumerate(spec.services)]


def _service(series: RunSeries, n: int, hours: NDArray[np.float64], slo_frac: float) -> SummaryRow:
    asked, dropped = ((rps[:, n] * hours * 3600.0).sum() for rps in (series.asked_rps, series.dropped_rps))
    values: dict[str, Value] = {"Requests": (float(asked), ""), "Dropped": (float(dropped), "")}
    if asked > 0:
        values[mark("Served")] = (float(1.0 - dropped / asked), "fraction")
        if slo_frac > 0:
            values[mark("SLO")] = (slo_frac, "fraction")
    if series.balancer_dropped_rps.size and series.balancer_dropped_rps[:, n].any():
        by_balancer = float((series.balancer_dropped_rps[:, n] * hours * 3600.0).sum())
        values[mark("Dropped by load balancers")] = (by_balancer, "")
    values[mark("Dropped, most")] = (float(series.dropped_most_rps[:, n].max()), "req/s")
    values |= _answers(series, n, hours)
    return SummaryRow(series.service_ids[n], "service", series.service_names[n], values)


def _answers(series: RunSeries, n: int, hours: NDArray[np.float64]) -> dict[str, Value]:
    """Response times of a service, weighted by time; what waited, was late and was tried again."""
    values: dict[str, Value] = {}
    if not series.answers:
        return values
    for of in (of for of in OF_SERVICES if of.figure):
        found = series.answers[of.part][:, n]
        known = ~np.isnan(found)
        if known.any():
            values[of.figure] = (float((found[known] * hours[known]).sum() / hours[known].sum()), of.unit)
    if values:
        values[mark("Response, 99% at most")] = (float(np.nanmax(series.answers["p99_most"][:, n])), "s")
    seconds = hours * 3600.0
    attempts, late = (float((series.answers[name][:, n] * seconds).sum()) for name in ("attempts_rps", "late_rps"))
    asked = float((series.asked_rps[:, n] * seconds).sum())
    if attempts > asked * (1.0 + 1e-9):
        values[mark("Retries")] = (attempts - asked, "")
    if late > 0.0:
        values[mark("Late")] = (late, "")
    backlog = series.answers["backlog"][:, n]
    if backlog.any():
        values[mark("Requests waiting, most")] = (float(backlog.max()), "")
    return values


def limit_rows(series: RunSeries, spec: Spec) -> dict[int, SummaryRow]:
    """How full volumes, arrays, instances, NICs, uplinks and links of a run were: a row an element, by its id."""
    rows: dict[int, SummaryRow] = {}
    if not spec.flows or not series.limit_fill.size:
        return rows
    hours = np.diff(series.edges_s) / 3600.0
    kinds = {host.id: "host" for host in spec.hosts} | {domain.id: domain.kind for domain in spec.domains}
    for n, limit in enumerate(spec.limits):
        fill = series.limit_fill[:, n]
        kind = kinds.get(limit.of, "link" if limit.between else "vm")
        row = rows.setdefault(limit.of, SummaryRow(limit.of, kind, limit.name, {}))
        title = next(of.title for of in OF_LIMITS if of.part == f"{limit.counts}:{limit.way}")
        row.values[title + MEAN] = (float((fill * hours).sum() / hours.sum()), "fraction")
        row.values[title + MOST] = (float(fill.max()), "fraction")
    return rows


def _add_power(rows: dict[int, SummaryRow], series: RunSeries) -> None:
    """Add what data centers, power feeds and UPSs draw, carry and hold to the rows of elements."""
    if series.power is None:
        return
    hours = np.diff(series.edges_s) / 3600.0
    for of in OF_POWER:
        for n, (i, name) in enumerate(zip(series.power_ids(of.of), series.power_names[of.of], strict=True)):
            figures = series.power_of(of)[:, n]
            known = ~np.isnan(figures)
            kind = {HALL: "data_center", FEED: "power_feed"}.get(of.of, "ups")
            row = rows.setdefault(i, SummaryRow(i, kind, name, {})) if known.any() else None
            if row is not None and of.figure:
                weight = (hours * series.power.it_w[:, n] if of.name == "pue" else hours)[known]
                row.values[of.figure] = (float((figures[known] * weight).sum() / weight.sum()), of.unit)
            elif row is not None and of.name.endswith(("_most_w", "_most_c")):
                row.values[of.title] = (float(figures[known].max()), of.unit)


_COLUMNS_AT_ONCE, _STEPS_AT_ONCE = 64, 32


class _Read:
    """Series of places, read for some columns side by side: one column after the other takes ten times as long."""

    def __init__(self, series: RunSeries) -> None:
        self._series, self._first = series, -1
        self._held: dict[str, NDArray[Any]] = {}

    def column(self, name: str, n: int) -> NDArray[Any]:
        """The series of a place."""
        first = n - n % _COLUMNS_AT_ONCE
        if first != self._first:
            self._held, self._first = {}, first
        if name not in self._held:
            some = self._series[name][:, first : first + _COLUMNS_AT_ONCE]
            self._held[name] = np.ascontiguousarray(some.T)
        column: NDArray[Any] = self._held[name][n - first]
        return column


def _place(series: RunSeries, n: int, hours: NDArray[np.float64], read: _Read, provided: Collection[int]) -> SummaryRow:
    values: dict[str, Value] = {}
    for of in (of for of in OF_PLACES if of.figure):
        figures = read.column(of.name, n)
        known = ~np.isnan(figures)
        if not known.any() or (of.some and not figures[known].any()):
            continue
        mean = float((figures[known] * hours[known]).sum() / hours[known].sum())
        values[of.figure] = (float(figures[known].max()) if of.sums == OF_MOST else mean, of.unit)
    energy = float((read.column("power_w", n) * hours).sum())
    element_id = int(series.ids[n])
    title = _energy_title(energy, element_id in provided)
    values[title] = (NOT_KNOWN if math.isnan(energy) else energy, "Wh")
    return SummaryRow(element_id, series.kinds[n], series.names[n], values)


def _vm_rows(vms: VmFigures, which: slice, names: Mapping[int, str]) -> list[SummaryRow]:
    """The rows of some VMs; each column is read once."""
    told: list[tuple[str, str, list[float], list[bool]]] = []
    for of in (of for of in OF_VMS if of.figure):
        figures = vms.column(of)
        if not figures.size:
            continue
        values = figures[which].astype(np.float64)
        known = ~np.isnan(values) & (values > 0.0 if of.some else True)
        values, unit = (values / 1000.0, "s") if of.unit == "ms" else (values, of.unit)
        if known.any():
            told.append((of.figure, unit, values.tolist(), known.tolist()))
    return [
        SummaryRow(
            element_id,
            "vm",
            names.get(element_id, str(element_id)),
            {title: (values[n], unit) for title, unit, values, known in told if known[n]},
        )
        for n, element_id in enumerate(vms.ids[which].tolist())
    ]
