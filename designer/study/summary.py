"""The result of a run as a table: a row an element, each value with its unit."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from designer.engine.spec import Spec
from designer.study.series import RunSeries

Value = tuple[float, str]
NOT_KNOWN = math.nan
"""A figure that is not known: one object, so that rows with it are equal to each other."""


@dataclass(frozen=True)
class SummaryRow:
    """One element's figures over a run: title -> (value, unit), with NOT_KNOWN where it is not."""

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
    mean_mhz: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))


def summarize(series: RunSeries, spec: Spec, vms: VmFigures | None, names: dict[int, str]) -> list[SummaryRow]:
    """The design as a whole, services, regions, zones, hosts, then VMs (when their figures are there)."""
    if not series.steps:
        return []
    hours = np.diff(series.edges_s) / 3600.0
    rows = [_whole(series, spec, hours)]
    rows += service_rows(series, spec)
    for kind in ("region", "zone", "data_center", "rack", "subnet", "host"):
        rows += [_place(series, int(n), hours) for n in series.of_kind(kind)]
    if vms is not None:
        rows += [_vm(vms, n, names, float(series.edges_s[-1])) for n in range(vms.ids.size)]
    return rows


def _whole(series: RunSeries, spec: Spec, hours: NDArray[np.float64]) -> SummaryRow:
    hosts = series.of_kind("host")
    energy = float((series.power_w[:, hosts].sum(axis=1) * hours).sum()) if hosts.size else NOT_KNOWN
    placed = {host.id for host in spec.hosts}
    part = hosts.size and any(vm.place not in placed for vm in spec.vms)  # the provider tells no watts
    values: dict[str, Value] = {"Length": (float(hours.sum()), "h")}
    values["Energy of hosts" if part else "Energy"] = (energy, "Wh")
    values["VMs running, least"] = (float(series.counts[:, 0].min()), "")
    values["VMs not running, most"] = (float(series.counts[:, 1:4].sum(axis=1).max()), "")
    return SummaryRow(0, "design", "Whole design", values)


def service_rows(series: RunSeries, spec: Spec) -> list[SummaryRow]:
    """The services of a run."""
    hours = np.diff(series.edges_s) / 3600.0
    return [_service(series, n, hours, service.slo_frac) for n, service in enumerate(spec.services)]


def missed_slos(series: RunSeries, spec: Spec) -> list[SummaryRow]:
    """The services of a run that served less of their requests than was promised."""
    rows = service_rows(series, spec) if any(service.slo_frac for service in spec.services) else []
    return [row for row in rows if row.values.get("Served", (1.0, ""))[0] < row.values.get("SLO", (0.0, ""))[0]]


def _service(series: RunSeries, n: int, hours: NDArray[np.float64], slo_frac: float) -> SummaryRow:
    asked, dropped = ((rps[:, n] * hours * 3600.0).sum() for rps in (series.asked_rps, series.dropped_rps))
    values: dict[str, Value] = {"Requests": (float(asked), ""), "Dropped": (float(dropped), "")}
    if asked > 0:
        values["Served"] = (float(1.0 - dropped / asked), "fraction")
        if slo_frac > 0:
            values["SLO"] = (slo_frac, "fraction")
    values["Dropped, most"] = (float(series.dropped_rps[:, n].max()), "req/s")
    return SummaryRow(series.service_ids[n], "service", series.service_names[n], values)


def _place(series: RunSeries, n: int, hours: NDArray[np.float64]) -> SummaryRow:
    values: dict[str, Value] = {}
    for title, held, best in (
        ("CPU, mean", series.used, False),
        ("CPU asked for, most", series.heat, True),
        ("Steal, mean", series.steal, False),
        ("Overhead, mean", series.overhead, False),
        ("Throttled, mean", series.throttled, False),
    ):
        figures = held[:, n]
        known = ~np.isnan(figures)
        if known.any():
            mean = float((figures[known] * hours[known]).sum() / hours[known].sum())
            values[title] = (float(figures[known].max()) if best else mean, "fraction")
    energy = float((series.power_w[:, n] * hours).sum())
    values["Energy"] = (NOT_KNOWN if math.isnan(energy) else energy, "Wh")
    return SummaryRow(int(series.ids[n]), series.kinds[n], series.names[n], values)


def _vm(vms: VmFigures, n: int, names: dict[int, str], length_s: float) -> SummaryRow:
    values: dict[str, Value] = {}
    for title, figures in (
        ("CPU, mean", vms.mean),
        ("CPU, median", vms.p50),
        ("CPU, 95 %", vms.p95),
        ("CPU, most", vms.highest),
        ("Steal, mean", vms.steal),
        ("Overhead, mean", vms.overhead),
        ("Throttled, mean", vms.throttled),
    ):
        if not np.isnan(figures[n]):
            values[title] = (float(figures[n]), "fraction")
    values["Down"] = (max(0.0, length_s - float(vms.running_s[n])), "s")
    element_id = int(vms.ids[n])
    return SummaryRow(element_id, "vm", names.get(element_id, str(element_id)), values)
