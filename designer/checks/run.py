"""What deserves attention in a run, as findings beside those of the design."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from designer import units
from designer.checks.check import Finding, Severity
from designer.checks.power import of_power
from designer.engine.result.power import PowerResult
from designer.engine.spec import Spec
from designer.engine.spec.packed import values_of
from designer.engine.tables.tree import vm_count
from designer.words import tr, trn

STATES: tuple[tuple[int, str, str, Severity], ...] = (
    (2, "{0:,} VM waits for a place", "{0:,} VMs wait for a place", "high"),
    (4, "{0:,} VM is lost", "{0:,} VMs are lost", "high"),
    (7, "{0:,} VM was refused", "{0:,} VMs were refused", "high"),
)
"""States of VMs in a frame, the words for one and for several, and their severity."""


AT_LIMIT = 0.9999
"""Load above which something with a limit counts as full, apart from rounding."""
Column = Sequence[int] | NDArray[Any]


class ReadSeries(Protocol):
    """The recorded series of a run, as far as these checks read them."""

    @property
    def steps(self) -> int:
        """How many recording steps there are."""

    @property
    def ids(self) -> NDArray[np.int64]:
        """Ids of places."""

    @property
    def names(self) -> list[str]:
        """Names of places."""

    @property
    def service_ids(self) -> list[int]:
        """Ids of services."""

    @property
    def service_names(self) -> list[str]:
        """Names of services."""

    @property
    def edges_s(self) -> NDArray[np.float64]:
        """Edges of the recording steps."""

    @property
    def asked_rps(self) -> NDArray[Any]:
        """Requests a second, steps x services."""

    @property
    def dropped_rps(self) -> NDArray[Any]:
        """Dropped requests a second, steps x services."""

    @property
    def power(self) -> PowerResult | None:
        """What data centers draw, and loads of feeds; None without power."""

    def overloads(self) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """Of each place the most demand within a step as a fraction of capacity, and the first step in which that was
        above 1 (-1: none)."""

    def of_kind(self, kind: str) -> NDArray[np.int64]:
        """The columns of a kind of place."""


class Happened(Protocol):
    """A line of the log."""

    @property
    def what(self) -> str:
        """The event type."""

    @property
    def ids(self) -> Sequence[int]:
        """To which elements."""

    @property
    def time_s(self) -> float:
        """When."""

    @property
    def detail(self) -> str:
        """The reason."""


def of_run(
    series: ReadSeries | None, spec: Spec, log: Sequence[Happened], ids: Column, states: Column, loads: Column = ()
) -> list[Finding]:
    """The findings of a run. `ids`, `states` and `loads` (demand as a fraction of the limit) come from the shown
    frame (empty: none)."""
    if series is None or not series.steps:
        return []
    return [
        *_services(series, spec, log),
        *_states(spec, log, np.asarray(ids), np.asarray(states)),
        *_limits(spec, np.asarray(ids), np.asarray(loads)),
        *_hosts(series),
        *_offline(log),
        *of_power(spec, series.power),
    ]


def _hosts(series: ReadSeries) -> Iterator[Finding]:
    hosts = series.of_kind("host")
    most, first = (of_places[hosts] for of_places in series.overloads())
    over = np.flatnonzero(first >= 0)
    if over.size:
        began_s = float(series.edges_s[first[over].min()])
        over = over[np.argsort(-most[over], kind="stable")]
        elements = tuple(int(series.ids[hosts[n]]) for n in over)
        text = trn(
            "{0:,} host was asked for more than it has", "{0:,} hosts were asked for more than they have", over.size
        )
        detail = tr("Highest: {0}, {1:.0f}%", series.names[hosts[over[0]]], most[over[0]] * 100)
        yield Finding("RUN-03", "medium", text, detail, elements, time_s=began_s)


def _limits(spec: Spec, ids: NDArray[np.int64], loads: NDArray[np.float32]) -> Iterator[Finding]:
    """Functions and buckets that serve as much as their limit allows: they are the members that are no VMs."""
    if all(values_of(spec.vms, "counted")):
        return
    columns = (values_of(spec.vms, name) for name in ("id", "name", "counted"))
    limited = {i: name for i, name, counted in zip(*columns, strict=True) if not counted}
    if not limited or not loads.size:
        return
    for n in np.flatnonzero(loads >= AT_LIMIT):
        if int(ids[n]) in limited:
            detail = tr("It serves as many requests as its limit allows; more are dropped")
            yield Finding("RUN-05", "high", tr("{0} is at its limit", limited[int(ids[n])]), detail, (int(ids[n]),))


def _services(series: ReadSeries, spec: Spec, log: Sequence[Happened]) -> Iterator[Finding]:
    first_s = {i: row.time_s for row in reversed(log) if row.what == "dropping" for i in row.ids}
    promised = {service.id: service.slo_frac for service in spec.services}
    seconds = np.diff(series.edges_s)
    for n, (service, name) in enumerate(zip(series.service_ids, series.service_names, strict=True)):
        lost, asked = (float((rps[:, n] * seconds).sum()) for rps in (series.dropped_rps, series.asked_rps))
        if lost > 0:
            detail = tr("{0:,.0f} of {1:,.0f} requests of the run, {2}", lost, asked, share(lost / asked))
            step_s = float(series.edges_s[np.flatnonzero(series.dropped_rps[:, n] > 0)[0]])
            began_s = first_s.get(service, step_s)
            yield Finding("RUN-01", "high", tr("{0} dropped requests", name), detail, (service,), time_s=began_s)
        if asked > 0 and 1.0 - lost / asked < promised.get(service, 0.0):
            detail = tr("{0} of the requests served, {1} promised", share(1.0 - lost / asked), share(promised[service]))
            yield Finding("RUN-02", "high", tr("{0} missed its SLO", name), detail, (service,))


def _states(
    spec: Spec, log: Sequence[Happened], ids: NDArray[np.int64], states: NDArray[np.uint8]
) -> Iterator[Finding]:
    if not ids.size:
        return
    vms = vm_count(spec)  # what runs in them has their state and is not told again
    for state, one, several, severity in STATES:
        rows = np.flatnonzero(states[:vms] == state)
        if rows.size:
            found = tuple(int(i) for i in ids[rows])
            last = next((row for row in reversed(log) if found[0] in row.ids and row.detail), None)
            detail, began_s = (last.detail, last.time_s) if last is not None else ("", None)
            text = trn(one, several, rows.size)
            yield Finding(f"RUN-1{state}", severity, text, detail, found, time_s=began_s)


def _offline(log: Sequence[Happened]) -> Iterator[Finding]:
    """VMs that needed the internet and did not reach it at some time: one finding a reason."""
    reasons: dict[str, dict[int, None]] = {}
    began_s: dict[str, float] = {}
    for row in log:
        if row.what == "offline":
            began_s.setdefault(row.detail, row.time_s)
            reasons.setdefault(row.detail, {}).update(dict.fromkeys(row.ids))
    for why, found in reasons.items():
        text = trn("{0:,} VM did not reach the internet", "{0:,} VMs did not reach the internet", len(found))
        yield Finding("RUN-04", "medium", text, why, tuple(found), time_s=began_s[why])


def share(fraction: float) -> str:
    """A fraction as a percentage. A fraction near 1 keeps its nines where rounding would hide them."""
    if 0.999 < fraction < 1.0:
        return f"{np.floor(fraction * 1e6) / 1e4:.4f}%"
    return units.text(fraction, "fraction")
