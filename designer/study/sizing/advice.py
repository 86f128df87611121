"""After a run: VMs that have too much or too little, what would do, hosts that could be off, and what it saves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from math import ceil
from typing import Literal

import numpy as np

from designer.catalog.reference.ec2 import ec2
from designer.catalog.reference.prices import HOURS_A_MONTH
from designer.catalog.rules.capacity import HostLoad, load_of, needs_of, takes_capacity
from designer.catalog.rules.offers import place_of
from designer.model.element import Element
from designer.model.project import Project
from designer.study.cost.bill import energy_of, lines_of
from designer.study.cost.lines import total
from designer.study.results.reading import RunResults
from designer.study.sizing.types import TypeNeed, cheapest

Verdict = Literal["over", "under"]
SPARE_HOSTS = 1
"""Hosts of each cluster that stay on beside those that are needed (N+1)."""
WORTH = 0.05
"""A change that saves a smaller part of the price is not worth it (an assumption)."""


@dataclass(frozen=True)
class Wanted:
    """How full machines may be: at most `cpu_frac` 95% of the time. A VM that asks for more than `over_frac`, or
    misses more than `lost_frac`, has too little, below `under_frac` too much (assumptions, confidence C). `ram_frac`:
    the part of their memory that VMs need, which runs do not tell at a provider."""

    cpu_frac: float = 0.6
    over_frac: float = 0.9
    under_frac: float = 0.4
    lost_frac: float = 0.05
    ram_frac: float = 1.0


@dataclass(frozen=True)
class VmAdvice:
    """VMs (one, or the template and instances of a group) of another size than they need. `name` of the type or `vcpus`
    would do; USD a month of all of them, None where they are not rented."""

    vms: tuple[int, ...]
    name: str
    verdict: Verdict
    p95: float
    now: str
    type: str
    vcpus: int
    usd: float | None = None
    usd_after: float | None = None
    by_trace: bool = False
    """Its load is a trace, a share of its size: it shrinks and grows with it, so a new run tells less."""


@dataclass(frozen=True)
class HostAdvice:
    """A host that could be off: its VMs fit elsewhere, with a spare host. `moves`: VM, host. USD a month that it costs,
    None where no price is known; kWh a month that it draws, None for a host of the provider."""

    host: int
    name: str
    p95: float
    moves: tuple[tuple[int, int], ...]
    usd: float | None
    kwh: float | None


@dataclass(frozen=True)
class Sizing:
    """The advice after a run."""

    vms: tuple[VmAdvice, ...]
    hosts: tuple[HostAdvice, ...]

    @property
    def saved_usd(self) -> float | None:
        """USD a month that all of it saves, of what has a price; None where nothing of it has one."""
        saved = [one.usd - one.usd_after for one in self.vms if one.usd is not None and one.usd_after is not None]
        saved += [one.usd for one in self.hosts if one.usd is not None]
        return sum(saved) if saved else None

    @property
    def changes(self) -> tuple[dict[int, str], dict[int, int], list[tuple[int, int]], list[int]]:
        """All of it: the types and the vCPUs of VMs, where VMs move, hosts that go."""
        types = {vm: one.type for one in self.vms if one.type for vm in one.vms}
        vcpus = {vm: one.vcpus for one in self.vms if not one.type for vm in one.vms}
        return types, vcpus, [move for one in self.hosts for move in one.moves], [one.host for one in self.hosts]


def sizing_of(project: Project, results: RunResults, wanted: Wanted | None = None) -> Sizing:
    """What a run says about the sizes of VMs and the number of hosts, what saves most first."""
    limits = wanted or Wanted()
    p95, lost = asked_of(results)
    vms = [one for group in _groups(project) if (one := _vm(project, group, p95, lost, limits)) is not None]
    vms.sort(key=lambda one: (-((one.usd or 0.0) - (one.usd_after or 0.0)), one.verdict != "over", one.name))
    return Sizing(tuple(vms), tuple(_hosts(project, results, p95, limits)))


def asked_of(results: RunResults) -> tuple[dict[int, float], dict[int, float]]:
    """Of each VM the load that it asks for at most 95% of the time, as a part of its vCPUs x MHz: what it got then
    and, on average, what it asked for and did not get (steal, hyperthreads, limits); and that alone."""
    figures = results.vms
    if figures is None:
        return {}, {}
    lost = np.nan_to_num(figures.steal) + np.nan_to_num(figures.overhead) + np.nan_to_num(figures.throttled)
    asked, ids = np.minimum(figures.p95 + lost, 1.0), figures.ids.tolist()
    return dict(zip(ids, asked.tolist(), strict=True)), dict(zip(ids, lost.tolist(), strict=True))


# -- VMs


def _groups(project: Project) -> Iterator[tuple[Element, ...]]:
    """VMs that have one size: each alone, those of a group with its template."""
    taken: set[int] = set()
    for group in project.of_kind("auto_scaling_group"):
        template = project.targets(group.id, "template")
        ids = [*template, *project.sources(group.id, "instance")]
        taken.update(ids)
        if template:
            yield tuple(project.elements[i] for i in ids)
    for vm in project.of_kind("vm"):
        if vm.id not in taken and takes_capacity(vm.__dict__):
            yield (vm,)


def _vm(
    project: Project, vms: tuple[Element, ...], p95: dict[int, float], lost: dict[int, float], wanted: Wanted
) -> VmAdvice | None:
    loads = [p95[vm.id] for vm in vms if vm.id in p95 and not np.isnan(p95[vm.id])]
    if not loads:
        return None
    load, first = max(loads), vms[0].__dict__
    short = load > wanted.over_frac or max(lost.get(vm.id, 0.0) for vm in vms) > wanted.lost_frac
    verdict: Verdict | None = "over" if short else "under" if load < wanted.under_frac else None
    if verdict is None:
        return None
    by_trace = first["demand"] == "trace" and not project.targets(vms[0].id, "member")
    size, place = first["vcpus"] * first["mhz"], place_of(project, vms[-1])
    need_mhz = size * max(load, 0.01) / wanted.cpu_frac
    ids = tuple(vm.id for vm in vms)
    if project.elements[first["parent"]].kind == "host" or place is None:
        vcpus = max(ceil(first["vcpus"] * max(load, 0.01) / wanted.cpu_frac), 1)
        if vcpus == first["vcpus"]:
            return None
        return VmAdvice(ids, vms[0].name, verdict, load, "", "", vcpus, by_trace=by_trace)
    now = ec2().types.get(first["instance_type"])
    usd_h = ec2().price_usd_h(now.name, place.region) if now is not None else None
    if now is None or usd_h is None or first["guest_os"] == "windows":
        return None
    need = TypeNeed(
        need_mhz, first["ram_mib"] * wanted.ram_frac, first["net_mbps"],
        "x86_64" if "x86_64" in now.arch else now.arch[0], first["mhz"], now.burstable, now.gpus, bool(now.disks),
    )  # fmt: skip
    found = cheapest(need, place.region, *([place.zone_id] if place.zone_id else []))
    if found is None or found[0].name == now.name or (verdict == "under" and found[1] > usd_h * (1.0 - WORTH)):
        return None
    count = sum(takes_capacity(vm.__dict__) for vm in vms) * HOURS_A_MONTH
    usd, after = usd_h * count, found[1] * count
    return VmAdvice(ids, vms[0].name, verdict, load, now.name, found[0].name, found[0].vcpus, usd, after, by_trace)


# -- hosts


def _hosts(project: Project, results: RunResults, p95: dict[int, float], wanted: Wanted) -> Iterator[HostAdvice]:
    series = results.series_read
    places = series.of_kind("host")
    loads = np.array(series["asked_frac"][:, places], np.float64)
    used = {int(series.ids[n]): float(np.nanpercentile(loads[:, k], 95)) if not np.isnan(loads[:, k]).all() else 0.0
            for k, n in enumerate(places)}  # fmt: skip
    for cluster in project.of_kind("cluster"):
        hosts = [project.elements[i] for i in project.sources(cluster.id, "in_cluster") if i in used]
        yield from _emptied(project, hosts, used, p95, wanted)


def _emptied(
    project: Project, hosts: list[Element], used: dict[int, float], p95: dict[int, float], wanted: Wanted
) -> Iterator[HostAdvice]:
    """Hosts whose VMs fit onto the others, the least used first, while one more than is needed stays on."""
    ranked = sorted(hosts, key=lambda host: (used[host.id], host.name))
    off = _fewer(project, ranked, [], p95, wanted)
    off = {host: off[host] for host in list(off)[: max(len(off) - SPARE_HOSTS, 0)]}
    chosen = _fewer(project, [host for host in ranked if host.id in off], ranked, p95, wanted)
    for host in ranked:
        if host.id not in chosen:
            continue
        lines = total(lines_of(project, host, None))
        energy = energy_of(project, host, None)
        kwh = None if energy is None else energy[0]
        usd = lines.usd if lines.usd > 0.0 else None
        yield HostAdvice(host.id, host.name, used[host.id], tuple(chosen[host.id]), usd, kwh)


def _fewer(
    project: Project, goes: list[Element], stays: list[Element], p95: dict[int, float], wanted: Wanted
) -> dict[int, list[tuple[int, int]]]:
    """Of hosts that may go, in turn, those whose VMs fit on the rest, with where each VM goes. With `stays`, all hosts
    but those that may go take VMs; without, those of `goes` that have not gone, with what they have taken."""
    leaving = {host.id for host in goes}
    takers = [host for host in stays if host.id not in leaving] or goes
    kept = {host.id: _Filled(project, host, p95) for host in takers}
    found = {}
    for host in goes:
        vms = kept[host.id].vms if host.id in kept else _Filled(project, host, p95).vms
        others = [filled for i, filled in kept.items() if i != host.id]
        moves = _spread(project, vms, others, p95, wanted) if others else None
        if moves is not None:
            kept.pop(host.id, None)
            found[host.id] = moves
    return found


class _Filled:
    """A host and what its VMs take and ask for."""

    def __init__(self, project: Project, host: Element, p95: dict[int, float]) -> None:
        self.id = host.id
        self.vms = [project.elements[i] for i in project.children(host.id) if project.elements[i].kind == "vm"]
        self.load: HostLoad = load_of(project, host)
        self.has_mhz = float(host.__dict__["cores"] * host.__dict__["mhz"])
        self.mhz = sum(mhz_asked(project.elements[i], p95) for i in project.children(host.id))


def mhz_asked(vm: Element, p95: dict[int, float]) -> float:
    """The MHz that a VM asks for at most 95% of the time; all it has where the run does not tell."""
    if vm.kind != "vm" or not takes_capacity(vm.__dict__):
        return 0.0
    load = p95.get(vm.id, 1.0)
    return float(vm.__dict__["vcpus"] * vm.__dict__["mhz"] * (1.0 if np.isnan(load) else load))


def _spread(
    project: Project, vms: list[Element], others: list[_Filled], p95: dict[int, float], wanted: Wanted
) -> list[tuple[int, int]] | None:
    """Where some VMs go, the largest first, each to the emptiest host that takes it; None where one finds no place, and
    then nothing is taken."""
    before = [(replace(other.load), other.mhz, list(other.vms)) for other in others]
    moves = []
    for vm in sorted(vms, key=lambda vm: (-vm.__dict__["ram_mib"], vm.id)):
        needs, asks = needs_of(vm.__dict__), mhz_asked(vm, p95)
        pins = project.targets(vm.id, "pinned_to")
        fits = [
            other for other in others
            if (not pins or other.id in pins) and other.load.takes(*needs)
            and other.mhz + asks <= other.has_mhz * wanted.cpu_frac
        ]  # fmt: skip
        if not fits:
            for other, (load, mhz, had) in zip(others, before, strict=True):
                other.load, other.mhz, other.vms = load, mhz, had
            return None
        best = max(fits, key=lambda other: (other.load.free_mib, -other.id))
        best.load.take(*needs)
        best.mhz += asks
        best.vms.append(vm)
        moves.append((vm.id, best.id))
    return moves
