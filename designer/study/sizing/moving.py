"""What an estate becomes at a provider: an instance type for each of its VMs, and the cost before and after."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from designer.catalog.reference.ec2 import ec2
from designer.catalog.reference.prices import HOURS_A_MONTH, prices
from designer.catalog.rules.capacity import takes_capacity
from designer.catalog.rules.offers import place_of
from designer.errors import RuleError, SpecError
from designer.model.element import Element
from designer.model.project import Project
from designer.study.availability.answer import Study
from designer.study.cost.bill import lines_of
from designer.study.cost.lines import CostSum, total
from designer.study.results.reading import RunResults
from designer.study.sizing.advice import Wanted, asked_of
from designer.study.sizing.types import TypeNeed, cheapest
from designer.words import tr


@dataclass(frozen=True)
class Moved:
    """A VM, the type that it becomes (empty: none does), and USD a month."""

    vm: int
    name: str
    type: str
    usd: float = 0.0
    low: float = 0.0
    high: float = 0.0


@dataclass(frozen=True)
class EstateMove:
    """VMs of own hosts as instances of a region. `before`: what their hosts cost a month; `after`: the instances."""

    region: str
    vms: tuple[Moved, ...]
    hosts: tuple[int, ...]
    before: CostSum
    after: CostSum
    of_run: bool

    @property
    def types(self) -> dict[int, str]:
        """The type of each VM that has one."""
        return {one.vm: one.type for one in self.vms if one.type}

    @property
    def counts(self) -> list[tuple[str, int]]:
        """How many instances of each type, the most first."""
        return Counter(one.type for one in self.vms if one.type).most_common()


def estate_move(
    project: Project, region: str, results: RunResults | None = None, wanted: Wanted | None = None, zones: int = 2
) -> EstateMove:
    """The instances that do for VMs on own hosts: by what they asked for in a run 95% of the time, else by all they
    have; each of the first `zones` of the region offers them. Raises RuleError where there is nothing to move, or the
    catalog knows no prices of the region."""
    limits, known = wanted or Wanted(), ec2().regions.get(region)
    if known is None or (region != "us-east-1" and known.price_ratio is None):
        raise RuleError(tr("No prices are known of the region “{0}”.", region))
    vms = [vm for vm in project.of_kind("vm") if _own(project, vm)]
    if not vms:
        raise RuleError(tr("No VM runs on an own host."))
    p95, _ = asked_of(results) if results is not None else ({}, {})
    moved = tuple(
        _moved(vm, region, [zone_id for _, zone_id in known.zones[:zones]], p95.get(vm.id), limits) for vm in vms
    )
    hosts = tuple(dict.fromkeys(vm.__dict__["parent"] for vm in vms))
    before = total(line for host in hosts for line in lines_of(project, project.elements[host], None))
    without = sum(not one.type for one in moved)
    after = CostSum(sum(m.usd for m in moved), sum(m.low for m in moved), sum(m.high for m in moved), without)
    return EstateMove(region, moved, hosts, before, after, results is not None)


def nines_of(project: Project) -> dict[int, float | None]:
    """The nines of each service in the long run, by its id; None where it has no answer, as without a member."""
    study = Study(project)
    found: dict[int, float | None] = {}
    for needs in study.services:
        try:
            found[needs.id] = study.availability(needs.id).nines
        except SpecError:
            found[needs.id] = None
    return found


def _own(project: Project, vm: Element) -> bool:
    parent = project.elements[vm.__dict__["parent"]]
    return parent.kind == "host" and takes_capacity(vm.__dict__) and _is_own(project, parent)


def _is_own(project: Project, host: Element) -> bool:
    """Whether a host is no dedicated host of the provider's."""
    return place_of(project, host) is None or host.__dict__["model"] not in ec2().dedicated_hosts


def _moved(vm: Element, region: str, zone_ids: list[str], load: float | None, wanted: Wanted) -> Moved:
    fields = vm.__dict__
    size = fields["vcpus"] * fields["mhz"]
    asks = size * max(load, 0.01) / wanted.cpu_frac if load is not None and load == load else size  # NaN: not known
    need = TypeNeed(min(asks, size) if load is None else asks, fields["ram_mib"] * wanted.ram_frac, fields["net_mbps"],
                    clock_mhz=fields["mhz"])  # fmt: skip
    found = cheapest(need, region, *zone_ids) if fields["guest_os"] == "linux" else None
    price = prices().instance(found[0].name, region) if found is not None else None
    if found is None or price is None:
        return Moved(vm.id, vm.name, "")
    month = price.times(HOURS_A_MONTH)
    return Moved(vm.id, vm.name, found[0].name, month.usd, month.low, month.high)
