"""Designs and runs side by side, figure by figure: cost, nines, findings, a run, and downtime by scenario.

All designs are run and played with one seed. Random streams are keyed by element, so what two designs share has the
same luck in both, and a difference is one of the designs.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from designer.catalog.scenarios.events import ScenarioEvent
from designer.catalog.scenarios.library import shipped_scenarios
from designer.catalog.scenarios.targets import target_error
from designer.checks.check import SEVERITIES, Finding
from designer.checks.live import divided, findings_of
from designer.checks.registry import CHECKS
from designer.errors import DesignerError
from designer.model.element import Element
from designer.model.project import Project
from designer.report.answers import own_scenarios, run_findings
from designer.study.availability.answer import YEAR_H, Study
from designer.study.availability.order import Order
from designer.study.cost.bill import bill_of
from designer.study.cost.counted import Counted, counted_of
from designer.study.headless import run_headless
from designer.study.results.reading import RunResults
from designer.study.scenarios.answer import services_of
from designer.study.scenarios.play import play
from designer.study.series import RunSeries
from designer.words import mark, tr

F = NDArray[np.float64]
Tell = Callable[[float], object]
ESTATE = mark("Servers")
COST, NINES, FINDINGS, RUN = mark("Cost"), mark("Availability"), mark("Findings"), mark("Run")
SEVERITY_FIGURES = {"high": mark("High"), "medium": mark("Medium"), "low": mark("Low")}
WHOLE = 0
"""The id under which the whole design has figures."""
USD, WORST_NINES = mark("A month"), mark("Nines of the worst service")
USED, USED_MOST = mark("CPU asked for, mean"), mark("CPU asked for, most loaded host")


@dataclass(frozen=True)
class FigureKey:
    """Which figure: its group, the element it is of, what it is, and its unit. `group` of a scenario is its name."""

    group: str
    element: int
    what: str
    unit: str


@dataclass
class Measures:
    """The figures of a design, what its checks find, and curves of its run: title -> (unit, edges, values)."""

    values: dict[FigureKey, float] = field(default_factory=dict)
    names: dict[int, str] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    curves: dict[str, tuple[str, F, F]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    order: Order | None = None
    """What would change its order with the first design, by availability."""

    def add(self, group: str, element: int, what: str, unit: str, value: float | None) -> None:
        """Note a figure; one that is not known is left out."""
        if value is not None and np.isfinite(value):
            self.values[FigureKey(group, element, what, unit)] = float(value)


@dataclass(frozen=True)
class ComparedRow:
    """One figure of several designs; None where a design does not have it."""

    key: FigureKey
    name: str
    values: tuple[float | None, ...]

    @property
    def differences(self) -> tuple[float | None, ...]:
        """By how much each but the first is above the first."""
        first = self.values[0]
        return tuple(None if first is None or one is None else one - first for one in self.values[1:])

    @property
    def differs(self) -> bool:
        """Whether not all are the same."""
        return any(one != other for one, other in pairwise(self.values))


def chosen_scenarios(projects: Sequence[Project]) -> list[str]:
    """The names of the scenarios to compare by: those of the designs; without any the first of the library that can
    happen in the first design.
    """
    own = dict.fromkeys(name for project in projects for name in own_scenarios(project))
    may = (
        one.name for one in shipped_scenarios().values() if not any(target_error(projects[0], e) for e in one.events)
    )
    return list(own) or [name for name in (next(may, ""),) if name]


def measures(project: Project, names: Sequence[str], seed: int, tell: Tell = lambda part: None) -> Measures:
    """All figures of a design, with scenarios of itself or of the library. What `tell` raises ends the work."""
    found = Measures(names={one.id: one.name for one in project.elements.values()})
    _estate(project, found)
    counted, met = None, []
    try:
        done = run_headless(project, seed=seed, on_progress=lambda part: tell(0.2 * part))
        counted = counted_of(done.results)
        run_figures(done.results, found)
        met = run_findings(done)
    except DesignerError as error:
        found.notes.append(str(error))
    _costs(project, found, counted)
    found.findings, _ = divided([*met, *findings_of(project, CHECKS)], project)
    counts = Counter(one.severity for one in found.findings)
    for severity in SEVERITIES:
        found.add(FINDINGS, WHOLE, SEVERITY_FIGURES[severity], "", counts[severity])
    _nines(project, found, lambda part: tell(0.2 + 0.4 * part))
    own = own_scenarios(project)
    for number, name in enumerate(names):

        def so_far(part: float, done: int = number) -> object:
            return tell(0.6 + 0.4 * (done + part) / len(names))

        events = own.get(name) or (shipped_scenarios()[name].events if name in shipped_scenarios() else ())
        try:
            _scenario(project, found, name, events, seed, so_far)
        except DesignerError as error:
            found.notes.append(f"{name}: {error}")
    return found


def _estate(project: Project, found: Measures) -> None:
    """How many servers carry how much, what falls with one of them, and how soon a new one of what they carry runs."""
    hosts, apps = project.of_kind("host"), project.of_kind("application")
    carried = apps or [vm for vm in project.of_kind("vm") if vm.__dict__["powered_on"]]
    if not hosts or not carried:
        return
    inside = {i: host.id for host in hosts for i in project.subtree(host.id)}
    on_hosts = Counter(inside[one.id] for one in carried if one.id in inside)
    starts = [_start_s(project, one) for one in carried if one.id in inside]
    if not on_hosts:
        return
    found.add(ESTATE, WHOLE, mark("Hosts"), "", len(hosts))
    found.add(ESTATE, WHOLE, mark("Applications") if apps else mark("VMs on hosts"), "", sum(on_hosts.values()))
    found.add(ESTATE, WHOLE, mark("Fall with one host, most"), "", max(on_hosts.values()))
    found.add(ESTATE, WHOLE, mark("A new one runs after"), "s", sum(starts) / len(starts))


def _start_s(project: Project, one: Element) -> float:
    """How long an application or a VM takes until it runs where it is placed."""
    above = project.elements[one.parent]
    fields = above.__dict__ if one.kind == "application" and above.kind == "vm" else one.__dict__
    return float(fields["boot_s"] if "boot_s" in fields else fields["start_s"])


def _costs(project: Project, found: Measures, counted: Counted | None) -> None:
    """What it costs with the traffic and energy that its run counted."""
    bill = bill_of(project, counted)
    whole = bill.total
    energy = mark("Energy of own hosts, a month, as in its run")
    if counted is None:
        energy = mark("Energy of own hosts, a month, at half load")
    for what, unit, value in (
        (USD, "USD", None if whole.unpriced else whole.usd),
        (mark("A month, at least"), "USD", None if whole.unpriced else whole.low),
        (mark("A month, at most"), "USD", None if whole.unpriced else whole.high),
        (mark("Prices not known"), "", float(whole.unknown)),
        (energy, "kWh", bill.energy_kwh), (mark("Its carbon"), "kg", bill.carbon_kg),
    ):  # fmt: skip
        found.add(COST, WHOLE, what, unit, value)


def _nines(project: Project, found: Measures, tell: Tell) -> None:
    worst: list[float] = []
    try:
        study = Study(project)
    except DesignerError as error:
        found.notes.append(str(error))
        return
    for number, needs in enumerate(study.services):

        def so_far(part: float, done: int = number) -> bool:
            tell((done + part) / len(study.services))
            return True

        try:
            one = study.availability(needs.id, so_far)
        except DesignerError as error:
            found.notes.append(str(error))
            continue
        worst.append(one.nines)
        found.add(NINES, needs.id, mark("Nines"), "", one.nines)
        found.add(NINES, needs.id, mark("Down a year"), "s", one.downtime_h * 3600.0)
        found.add(NINES, needs.id, mark("Outages a year"), "", one.outages_h * YEAR_H)
    if worst:
        found.add(NINES, WHOLE, WORST_NINES, "", min(worst))


def run_figures(run: RunResults, found: Measures) -> None:
    """Add the figures of a run: of the design and its services, and how loaded its hosts are."""
    for row in run.summary.of_kinds(("design", "service")):
        for what, (value, unit) in row.values.items():
            found.add(RUN, row.id if row.kind == "service" else WHOLE, what, unit, value)
            found.names.setdefault(row.id, row.name)
    series = run.series_read
    if not series.steps:
        return
    kind = next((kind for kind in ("host", "region") if kind in series.kinds), "")
    columns = np.flatnonzero([one == kind for one in series.kinds])
    if columns.size:
        asked, capacity = (
            np.asarray(series[f"cpu_{part}_mhz"][:, columns], np.float64) for part in ("asked", "capacity")
        )
        seconds = np.diff(series.edges_s)
        held = np.nan_to_num(capacity).sum(axis=1)
        used = np.full(held.size, np.nan)
        np.divide(np.nan_to_num(asked).sum(axis=1), held, out=used, where=held > 0.0)
        whole = float((held * seconds).sum())
        mean = float((np.nan_to_num(asked).sum(axis=1) * seconds).sum()) / whole if whole > 0.0 else None
        found.add(RUN, WHOLE, USED, "fraction", mean)
        found.add(RUN, WHOLE, mark("Steal, mean"), "fraction", _steal_frac(series, columns))
        most = np.asarray(series["asked_most_frac"][:, columns], np.float64)
        if kind == "host" and np.isfinite(most).any():
            found.add(RUN, WHOLE, USED_MOST, "fraction", float(np.nanmax(most)))
        if kind == "host":
            watts = np.nan_to_num(np.asarray(series["power_w"][:, columns], np.float64)).sum(axis=1)
            found.add(RUN, WHOLE, mark("Power, mean"), "W", float(np.average(watts, weights=seconds)))
        found.curves[mark("CPU utilization")] = ("fraction", series.edges_s, used)
    if series.service_ids:
        for title, values in ((mark("Requests"), series.asked_rps), (mark("Requests dropped"), series.dropped_rps)):
            found.curves[title] = ("req/s", series.edges_s, np.asarray(values, np.float64).sum(axis=1))


def _steal_frac(series: RunSeries, columns: NDArray[np.int64]) -> float | None:
    """The part of their vCPUs that running VMs of some places lose to each other, over the run; None where none ran."""
    mhz = np.nan_to_num(np.asarray(series["cpu_vms_mhz"][:, columns], np.float64)) * np.diff(series.edges_s)[:, None]
    lost = np.nan_to_num(np.asarray(series["steal_frac"][:, columns], np.float64)) * mhz
    return float(lost.sum() / mhz.sum()) if mhz.any() else None


def _scenario(
    project: Project, found: Measures, name: str, events: Sequence[ScenarioEvent], seed: int, tell: Tell
) -> None:
    played = play(project, name, events, seed=seed, on_progress=tell)
    entries = list(played.done.result.log)
    for one in services_of(played.done, played.first_s, entries):
        found.add(name, one.id, mark("Requests dropped"), "", one.dropped)
        found.add(name, one.id, mark("As time without any answer"), "s", one.down_s)
        found.add(name, one.id, mark("Recovered after"), "s", one.rto_s)
        if one.rto_s is None and one.dropped > 0.0:
            found.notes.append(tr("{0}: {1} does not recover in this run.", name, one.name))


def compared(all_of: Sequence[Measures]) -> list[ComparedRow]:
    """A row a figure, in the order of the first; an element is the same by its id, or by a name that no
    other has."""
    renamed = [same_ids(all_of[0], one) for one in all_of]
    moved = [
        {FigureKey(k.group, ids.get(k.element, k.element), k.what, k.unit): v for k, v in one.values.items()}
        for one, ids in zip(all_of, renamed)
    ]
    names = {ids.get(i, i): name for one, ids in reversed(list(zip(all_of, renamed))) for i, name in one.names.items()}
    keys = dict.fromkeys(key for one in moved for key in one)
    groups = list(dict.fromkeys(key.group for key in keys))
    ordered = sorted(keys, key=lambda key: groups.index(key.group))
    return [
        ComparedRow(
            key, names.get(key.element, "") if key.element != WHOLE else "", tuple(one.get(key) for one in moved)
        )
        for key in ordered
    ]


def same_ids(first: Measures, other: Measures) -> dict[int, int]:
    """The ids of the first design for the elements of another that have figures and are known by name alone."""
    told = {key.element for key in first.values}
    by_name: dict[str, list[int]] = {}
    for i in told - {WHOLE}:
        by_name.setdefault(first.names.get(i, ""), []).append(i)
    own = {key.element for key in other.values} - {WHOLE}
    alone = Counter(other.names.get(i, "") for i in own)
    return {
        i: by_name[name][0]
        for i in own - told
        if alone[name := other.names.get(i, "")] == 1
        and len(by_name.get(name, ())) == 1
        and by_name[name][0] not in own
    }


def finding_changes(first: Measures, other: Measures) -> tuple[list[Finding], list[Finding]]:
    """The findings that only the first has, and those that only the other has."""

    def keys(some: Iterable[Finding]) -> Counter[tuple[str, str]]:
        return Counter((one.check, one.text) for one in some)

    def beyond(some: list[Finding], others: list[Finding]) -> list[Finding]:
        left, more = keys(others), []
        for one in some:
            if left[one.check, one.text] > 0:
                left[one.check, one.text] -= 1
            else:
                more.append(one)
        return more

    return beyond(first.findings, other.findings), beyond(other.findings, first.findings)


def undominated(all_of: Sequence[Measures]) -> list[bool | None]:
    """Whether no other design has at least as many nines for at most as much, and more of one; None where cost or nines
    are not known.
    """
    points = [pareto_point(one) for one in all_of]
    return [
        None if me is None else not any(
            one is not None and one != me and one[0] <= me[0] and one[1] >= me[1] for one in points
        )
        for me in points
    ]  # fmt: skip


def pareto_point(one: Measures) -> tuple[float, float] | None:
    """USD a month and the nines of the worst service."""
    usd = one.values.get(FigureKey(COST, WHOLE, USD, "USD"))
    nines = one.values.get(FigureKey(NINES, WHOLE, WORST_NINES, ""))
    return None if usd is None or nines is None else (usd, nines)
