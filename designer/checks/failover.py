"""Whether the VMs of a lost host fit on the other hosts of its cluster, or of its zone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from math import floor, inf
from typing import Any, NamedTuple

from designer import units
from designer.catalog.presets.shipped import DEDICATED
from designer.catalog.rules.capacity import HostLoad
from designer.catalog.rules.hosting import recovery_at
from designer.checks.capacity import host_load
from designer.checks.check import Check, Finding, Fix, Found
from designer.checks.view import CheckView
from designer.commands import edit
from designer.commands.strengthen import add_hosts
from designer.engine.spec import Host, capacity
from designer.model.project import Project
from designer.words import mark, tr, trn

MOST_TRIED = 24
"""How many hosts of a cluster or zone are tried: those with the most to move first."""


class Moving(NamedTuple):
    """A host, its capacity, and what moves away when it is lost: MiB (what a host asks for beside its overhead), vCPUs
    and reserved MHz of each VM, the largest first; their maxima and their sums."""

    load: HostLoad
    vms: tuple[tuple[float, float, float], ...]
    most_mib: float
    most_vcpus: float
    most_mhz: float
    whole_mib: float


def _moving(view: CheckView, host: int, rule: str) -> Moving:
    load = view.value(host_load, host)
    default = recovery_at("host", bool(view.targets(host, "in_cluster")))
    rules = (rule, "by_place") if default == rule else (rule,)
    found = (
        (_moved_mib(load.host, vm.__dict__), float(vm.__dict__["vcpus"]), vm.__dict__["cpu_reservation_mhz"])
        for vm in view.inside(host, "vm")
        if vm.__dict__["recovery"] in rules and vm.__dict__["powered_on"] and not vm.__dict__["template"]
    )
    vms = tuple(sorted(found, reverse=True))
    most_mib, most_vcpus, most_mhz = (max((vm[n] for vm in vms), default=0.0) for n in range(3))
    return Moving(load, vms, most_mib, most_vcpus, most_mhz, sum(vm[0] for vm in vms))


def _moved_mib(host: Host, fields: Mapping[str, Any]) -> float:
    ram_mib = float(fields["ram_mib"])
    if not capacity.asks_guaranteed(host):
        return ram_mib
    return capacity.guaranteed_mib(host, ram_mib, fields["ram_guaranteed_mib"])


def moving_in_cluster(view: CheckView, host: int) -> Moving:
    """The VMs of a host that restart in its cluster."""
    return _moving(view, host, "cluster")


def moving_in_zone(view: CheckView, host: int) -> Moving:
    """The VMs of a host that restart in its zone."""
    return _moving(view, host, "same_zone")


def hosts_below(view: CheckView, place: int) -> tuple[int, ...]:
    """The hosts in a place, at any depth."""
    found: list[int] = []
    for inside in view.inside(place, "data_center", "rack", "host"):
        found += (inside.id,) if inside.kind == "host" else view.value(hosts_below, inside.id)
    return tuple(found)


def _slots(load: HostLoad, ram_mib: float, vcpus: float, mhz: float) -> float:
    """How many VMs of a size a host has room for."""
    host = load.host
    by_memory = max(load.free_mib, 0.0) / max(capacity.configured_mib(host, vcpus, ram_mib), 1e-9)
    by_vcpus = max(capacity.vcpu_limit(host) - load.vcpus, 0.0) / vcpus
    by_mhz = max(capacity.reservable_mhz(host) - load.mhz, 0.0) / mhz if mhz > 0.0 else inf
    return float(floor(min(by_memory, by_vcpus, by_mhz, 1e9)))


def homeless(hosts: dict[int, Moving]) -> tuple[int, int] | None:
    """The host with the most VMs that fit on no other host, and how many; None when all fit.

    All fit for certain when the other hosts have a slot of the largest size for each VM (the slot policy of vSphere).
    """
    ram_mib = max((moving.most_mib for moving in hosts.values()), default=0.0)
    if not any(moving.vms for moving in hosts.values()):
        return None
    vcpus, mhz = (max(getattr(moving, name) for moving in hosts.values()) for name in ("most_vcpus", "most_mhz"))
    slots = {host: _slots(moving.load, ram_mib, vcpus, mhz) for host, moving in hosts.items()}
    whole = sum(slots.values())
    tight = [host for host, moving in hosts.items() if len(moving.vms) > whole - slots[host]]
    tight.sort(key=lambda host: (-hosts[host].whole_mib, host))
    left = {host: _left_over(hosts, host) for host in tight[:MOST_TRIED]}
    worst = max(left, key=lambda host: left[host], default=0)
    return (worst, left[worst]) if left.get(worst) else None


def _left_over(hosts: dict[int, Moving], lost: int) -> int:
    """How many VMs of a lost host find no host. The largest is placed first, on the emptiest host that takes it."""
    free = [
        HostLoad(m.load.host, m.load.vcpus, m.load.ram_mib, m.load.mhz) for host, m in hosts.items() if host != lost
    ]
    missed = 0
    for ram_mib, vcpus, mhz in hosts[lost].vms:
        best, most = None, -inf
        for load in free:
            if load.free_mib > most and load.takes(vcpus, ram_mib, mhz, ram_mib):
                best, most = load, load.free_mib
        if best is None:
            missed += 1
        else:
            best.take(vcpus, ram_mib, mhz, ram_mib)
    return missed


def _in_cluster(view: CheckView, cluster: int) -> Iterator[Found]:
    if view.get(cluster)["ha"]:
        hosts = sorted(view.sources(cluster, "in_cluster"))
        yield from _told(view, cluster, {host: view.value(moving_in_cluster, host) for host in hosts})


def _in_zone(view: CheckView, zone: int) -> Iterator[Found]:
    every = view.value(hosts_below, zone)
    # A dedicated host is the provider's, who replaces it (EC2, host auto recovery).
    hosts = [host for host in every if not view.get(host)["model"].endswith(DEDICATED)]
    if len(hosts) < 2:
        return  # alone in its zone a host has no other to go to, whatever room there is
    yield from _told(view, zone, {host: view.value(moving_in_zone, host) for host in hosts})


def _told(view: CheckView, place: int, hosts: dict[int, Moving]) -> Iterator[Found]:
    found = homeless(hosts)
    if found is not None:
        host, missed = found
        vms = hosts[host].vms
        yield Found(
            trn(
                "When {1} fails, {0:,} of its {2:,} VMs fits nowhere in {3}",
                "When {1} fails, {0:,} of its {2:,} VMs fit nowhere in {3}",
                missed,
                view.name(host),
                len(vms),
                view.name(place),
            ),
            _what_is_short(vms, [moving.load for other, moving in hosts.items() if other != host]),
            (host,),
        )


def _what_is_short(vms: Iterable[tuple[float, float, float]], others: list[HostLoad]) -> str:
    """What VMs (MiB, vCPUs, reserved MHz) need most of, beside what other hosts have left, in a sentence."""
    needs = [sum(column) for column in zip(*vms)]
    free = [
        sum(max(load.free_mib, 0.0) for load in others),
        sum(max(capacity.vcpu_limit(load.host) - load.vcpus, 0.0) for load in others),
        sum(max(capacity.reservable_mhz(load.host) - load.mhz, 0.0) for load in others),
    ]
    most = max(range(3), key=lambda n: needs[n] / max(free[n], 1e-9))
    if most == 1:
        return tr("They have {0:,.0f} vCPUs, and the other hosts take {1:,.0f} more.", needs[1], free[1])
    if most == 2:
        return tr("They reserve {0:,.0f} MHz, and {1:,.0f} are left on the other hosts.", needs[2], free[2])
    return tr(
        "They have {0} and {1} are free on the other hosts.", units.text(needs[0], "MiB"), units.text(free[0], "MiB")
    )


def _ha_off(view: CheckView, cluster: int) -> Iterator[Found]:
    if view.get(cluster)["ha"]:
        return
    hosts = view.sources(cluster, "in_cluster")
    count = sum(len(view.value(moving_in_cluster, host).vms) for host in hosts)
    if count:
        yield Found(
            trn(
                "HA of {1} is off, and {0:,} VM needs it",
                "HA of {1} is off, and {0:,} VMs need it",
                count,
                view.name(cluster),
            ),
            tr("These VMs stay down until their own host recovers."),
        )


def switch_ha_on(project: Project, finding: Finding) -> None:
    """Turn on HA of a cluster."""
    edit.change(project, finding.elements[:1], {"ha": True})


def add_hosts_for_one(project: Project, finding: Finding) -> None:
    """Add hosts like the one whose VMs find no room, until those of any lost host do."""
    place, like = finding.elements[0], finding.elements[1]
    check = next(one for one in CHECKS if one.id == finding.check)
    add_hosts(project, like, tr(ADD_HOSTS), lambda: not check(CheckView(project), place), MOST_ADDED)


ADD_HOSTS = mark("Add hosts until the loss of one leaves room")
MOST_ADDED = 16
"""More hosts than these are no fix."""
CHECKS = (
    Check(
        "REL-03",
        "No spare capacity after the loss of a host",
        "high",
        "HA restarts the VMs that fit; the others wait. Nobody notices before a host fails.",
        "VMware vSphere Availability, admission control; Microsoft: plan at least one reserved node",
        ("cluster",),
        _in_cluster,
        Fix(ADD_HOSTS, add_hosts_for_one),
    ),
    Check(
        "REL-27",
        "No spare capacity in a zone after the loss of a host",
        "medium",
        "VMs that should restart in their zone wait until their host recovers.",
        "VMware vSphere Availability, admission control",
        ("zone",),
        _in_zone,
        Fix(ADD_HOSTS, add_hosts_for_one),
    ),
    Check(
        "REL-04",
        "HA is off in a cluster whose VMs need it",
        "medium",
        "VMs that should restart elsewhere stay down with their host.",
        "VMware vSphere Availability, admission control",
        ("cluster",),
        _ha_off,
        Fix("Turn HA on", switch_ha_on),
    ),
)
