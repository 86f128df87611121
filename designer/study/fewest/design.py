"""The packing of a design: its hosts, and the VMs that run on them, by their rules."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence

from designer.catalog.rules.affinity import rule_record
from designer.catalog.rules.capacity import host_record, needs_of, takes_capacity
from designer.engine.spec import Affinity, Host, capacity
from designer.model.element import ROOT_ID, Element
from designer.model.project import Project
from designer.study.fewest.problem import Bin, Needs, Parcel, Problem
from designer.words import mark, tr


def hosts_in(project: Project, ids: Iterable[int] = ()) -> list[int]:
    """The hosts among some elements and in them; all hosts of the design where none is given."""
    tops = [i for i in ids if i in project.elements] or [ROOT_ID]
    inside = dict.fromkeys(i for top in tops for i in project.subtree(top))
    return [i for i in inside if project.elements[i].kind == "host"]


def problem_of(project: Project, hosts: Sequence[int]) -> Problem:
    """The VMs that run on some hosts, to be packed onto the same hosts."""
    records = {host: host_record(project.elements[host]) for host in hosts}
    sorts: dict[object, int] = {}
    sort_of = {host: sorts.setdefault(capacity.overheads(record), len(sorts)) for host, record in records.items()}
    one_of = {sort: records[host] for host, sort in reversed(sort_of.items())}
    vms = [vm for host in hosts for vm in _vms_on(project, host)]
    rules = [rule_record(project, rule) for rule in project.of_kind("affinity_rule")]
    groups = _joined(
        [vm.id for vm in vms], [r for r in rules if r.strict and r.wants == "together" and r.level == "host"]
    )
    by_id = {vm.id: vm for vm in vms}
    at = {vm: n for n, group in enumerate(groups) for vm in group}
    items = tuple(_item(project, [by_id[vm] for vm in group], one_of) for group in groups)
    placed = [group for group in project.of_kind("placement_group") if project.sources(group.id, "placed_by")]
    apart = [frozenset(at[vm] for vm in some if vm in at) for some in _parted(project, rules, placed)]
    bins = tuple(Bin(host, sort_of[host], _has(record)) for host, record in records.items())
    names = {vm.id: vm.name for vm in vms}
    return Problem(items, bins, tuple(group for group in apart if len(group) > 1), names, _notes(rules, placed))


def _has(record: Host) -> Needs:
    return capacity.vcpu_limit(record), capacity.room_mib(record), capacity.reservable_mhz(record)


def _vms_on(project: Project, host: int) -> list[Element]:
    found = (project.elements[i] for i in project.children(host))
    return [vm for vm in found if vm.kind == "vm" and takes_capacity(vm.__dict__)]


def _item(project: Project, vms: Sequence[Element], one_of: dict[int, Host]) -> Parcel:
    needs = tuple(
        tuple(map(sum, zip(*(_needs(vm, one_of[sort]) for vm in vms), strict=True))) for sort in range(len(one_of))
    )
    pins = [set(project.targets(vm.id, "pinned_to")) for vm in vms]
    allowed = [pin for pin in pins if pin]
    return Parcel(tuple(vm.id for vm in vms), needs, frozenset(set.intersection(*allowed)) if allowed else None)


def _needs(vm: Element, host: Host) -> Needs:
    vcpus, ram_mib, mhz, floor_mib = needs_of(vm.__dict__)
    return float(vcpus), capacity.asked_mib(host, vcpus, ram_mib, floor_mib), mhz


def _joined(vms: Sequence[int], rules: Collection[Affinity]) -> list[list[int]]:
    """VMs in groups that go to one host."""
    head = {vm: vm for vm in vms}

    def top(vm: int) -> int:
        while head[vm] != vm:
            head[vm] = vm = head[head[vm]]  # a long way is halved for whoever asks next
        return vm

    for rule in rules:
        here = [vm for vm in rule.vms if vm in head]
        for vm in here[1:]:
            head[top(vm)] = top(here[0])
    found: dict[int, list[int]] = {}
    for vm in vms:
        found.setdefault(top(vm), []).append(vm)
    return list(found.values())


def _parted(project: Project, rules: Iterable[Affinity], placed: Iterable[Element]) -> Iterator[Iterable[int]]:
    """VMs of which no two go to one host: those that are apart by rack or zone are apart by host, too."""
    yield from (rule.vms for rule in rules if rule.strict and rule.wants == "apart")
    yield from (project.sources(group.id, "placed_by") for group in placed if _spreads(group))


def _spreads(group: Element) -> bool:
    return bool(group.__dict__["strategy"] == "spread")


def _notes(rules: Iterable[Affinity], placed: Iterable[Element]) -> tuple[str, ...]:
    """What is asked by host only, and what is not asked."""
    coarse = [rule for rule in rules if rule.strict and rule.level != "host"]
    by_host = [rule.name for rule in coarse if rule.wants == "apart"] + [one.name for one in placed if _spreads(one)]
    not_asked = [rule.name for rule in coarse if rule.wants == "together"]
    not_asked += [one.name for one in placed if not _spreads(one)]
    return tuple(
        tr(text, ", ".join(sorted(names)))
        for text, names in ((mark("Rules by rack and zone are asked by host only: {0}."), by_host),
                            (mark("Rules that are not asked: {0}."), not_asked))
        if names
    )  # fmt: skip
