"""Room: what stands on hosts and in subnets fits there, and the place offers its instance type."""

from __future__ import annotations

from collections.abc import Iterator
from math import isfinite

from designer import units
from designer.catalog.kinds.network.subnet import addresses, takes_address
from designer.catalog.rules.capacity import HostLoad, load_of
from designer.catalog.rules.offers import place_of, reason
from designer.checks.check import Check, Found
from designer.checks.view import CheckView
from designer.engine.spec import capacity
from designer.words import tr, trn

WITHOUT_RESERVATION = ("KVM", "Proxmox VE")
"""Hypervisors that reserve no CPU, by the names of their presets."""
MOST_VCPUS_A_CORE = 5.0
"""vCPUs per core above which a host without a limit has a finding (guidance for production on ESXi: 3 to 5)."""


def host_load(view: CheckView, host: int) -> HostLoad:
    """A host and what its VMs take."""
    view.get(host)
    view.inside(host)
    return load_of(view.tree, view.tree.elements[host])


def _running(view: CheckView, place: int) -> list[int]:
    return [vm.id for vm in view.inside(place, "vm") if vm.__dict__["powered_on"] and not vm.__dict__["template"]]


def _memory(view: CheckView, host: int) -> Iterator[Found]:
    load = view.value(host_load, host)
    has, taken = capacity.room_mib(load.host), load.ram_mib
    if taken > has * (1.0 + capacity.TOLERANCE):
        yield Found(
            tr(
                "{0} has {1} for VMs and they take {2}",
                load.host.name,
                units.text(has, "MiB"),
                units.text(taken, "MiB"),
            ),
            tr("A run refuses VMs that do not fit. The memory overhead of the hypervisor for each VM counts too."),
            tuple(_running(view, host)),
        )


def _overcommitted(view: CheckView, host: int) -> Iterator[Found]:
    load = view.value(host_load, host)
    if capacity.may_overcommit(load.host) and load.configured_ratio > 1.0 + capacity.TOLERANCE:
        yield Found(
            tr("{0} has {1:,.0f}% of its memory configured", load.host.name, load.configured_ratio * 100),
            tr(
                "Its VMs have {0} of {1}. What they use beyond that is taken from other VMs, or read from disk.",
                units.text(load.configured_mib, "MiB"),
                units.text(capacity.memory_mib(load.host), "MiB"),
            ),
            tuple(_running(view, host)),
        )


def _reserved(view: CheckView, host: int) -> Iterator[Found]:
    load = view.value(host_load, host)
    has = capacity.reservable_mhz(load.host)
    if load.mhz > has * (1.0 + capacity.TOLERANCE):
        yield Found(
            tr("{0} has {1:,.0f} MHz for VMs and they reserve {2:,.0f}", load.host.name, has, load.mhz),
            tr(
                "A run refuses VMs whose CPU reservation the host cannot keep. Reserve less, or move some to "
                "another host."
            ),
            tuple(_running(view, host)),
        )


def _no_reservation(view: CheckView, host: int) -> Iterator[Found]:
    fields = view.get(host)
    named = fields["hypervisor"] in WITHOUT_RESERVATION
    if not named and fields["sharing"] == "weighted_max_min":
        return
    vms = tuple(vm.id for vm in view.inside(host, "vm") if vm.__dict__["cpu_reservation_mhz"] > 0.0)
    if vms:
        what = fields["hypervisor"] if named else tr("The rule “{0}” of {1}", fields["sharing"], view.name(host))
        yield Found(
            trn(
                "{1} has no CPU reservation, and {0:,} VM has one",
                "{1} has no CPU reservation, and {0:,} VMs have one",
                len(vms),
                what,
            ),
            tr("Shares (CPU units, weights) alone decide who gets what there. Set shares, or use another hypervisor."),
            (host, *vms),
        )


def _of_pool(view: CheckView, pool: int) -> Iterator[Found]:
    most, inside, members = view.get(pool)["cpu_limit_mhz"], _reserved_in(view, pool), view.sources(pool, "in_pool")
    if 0.0 < most * (1.0 + capacity.TOLERANCE) < inside:
        yield Found(
            tr("{0} gets at most {1:,.0f} MHz, and what is in it reserves {2:,.0f}", view.name(pool), most, inside),
            tr("Not all of it can be kept: when all ask at once, they get less than they reserve."),
            tuple(sorted(members)),
        )
    yield from _above_hosts(view, pool)


def _reserved_in(view: CheckView, pool: int, seen: frozenset[int] = frozenset()) -> float:
    """MHz that VMs which are on, and pools, in a pool reserve; a pool as much as itself or what is in it."""
    reserved = 0.0
    for member in view.sources(pool, "in_pool"):
        fields = view.get(member)
        if view.kind(member) == "vm":
            reserved += fields["cpu_reservation_mhz"] * (fields["powered_on"] and not fields["template"])
        elif member not in seen:
            inside = _reserved_in(view, member, seen | {pool, member})
            reserved += max(fields["cpu_reservation_mhz"], inside)
    return reserved


def _above_hosts(view: CheckView, pool: int) -> Iterator[Found]:
    reserved = view.get(pool)["cpu_reservation_mhz"]
    if reserved <= 0.0:
        return
    standing = {view.parent(vm) for vm in view.sources(pool, "in_pool") if view.kind(vm) == "vm"}
    hosts = {place for place in standing if view.kind(place) == "host"}
    for cluster in {cluster for host in hosts for cluster in view.targets(host, "in_cluster")}:
        hosts |= set(view.sources(cluster, "in_cluster"))
    has = sum(capacity.reservable_mhz(view.value(host_load, host).host) for host in hosts)
    if hosts and reserved > has * (1.0 + capacity.TOLERANCE):
        yield Found(
            tr("{0} reserves {1:,.0f} MHz, and its hosts have {2:,.0f} for VMs", view.name(pool), reserved, has),
            tr("Not all of it can be kept: when all ask at once, the pool gets what there is."),
            tuple(sorted(hosts)),
        )


def _vcpus(view: CheckView, host: int) -> Iterator[Found]:
    load = view.value(host_load, host)
    most, cores = capacity.vcpu_limit(load.host), capacity.vcpu_units(load.host)
    ratio, what = load.vcpus / cores, "thread" if load.host.sharing == "reserved" else "core"
    if load.vcpus > most * (1.0 + capacity.TOLERANCE):
        yield Found(
            tr("{0} takes {1:,.0f} vCPUs; its VMs have {2:,.0f}", load.host.name, most, load.vcpus),
            tr(
                "{0:.2g} vCPUs a {1}, at most {2:.3g}: what does not fit is refused when a run begins.",
                ratio,
                what,
                most / cores,
            ),
            tuple(_running(view, host)),
        )
    elif not isfinite(most) and ratio > MOST_VCPUS_A_CORE:
        yield Found(
            tr("{0} has {1:.3g} vCPUs a core", load.host.name, ratio),
            tr(
                "No limit is set. Above {0:g} vCPUs a core, VMs wait for the CPU when they are busy together.",
                MOST_VCPUS_A_CORE,
            ),
            tuple(_running(view, host)),
        )


def addresses_left(view: CheckView, subnet: int) -> int | None:
    """How many addresses of a subnet remain after everything in it and attached to it; None: its range is no
    network."""
    has = addresses(view.get(subnet)["cidr"])
    inside = sum(1 for element in view.inside(subnet) if takes_address(element))
    attached = sum(1 for vm in view.sources(subnet, "attached") if not view.get(vm)["template"])
    return None if has is None else has - inside - attached


def _addresses(view: CheckView, subnet: int) -> Iterator[Found]:
    left = view.value(addresses_left, subnet)
    if left is not None and left < 0:
        has = addresses(view.get(subnet)["cidr"])
        yield Found(
            tr("{0} has {1:,} addresses and needs {2:,}", view.name(subnet), has, (has or 0) - left),
            tr("The provider reserves five addresses of each subnet. A run refuses VMs without an address."),
        )


def _group_addresses(view: CheckView, group: int) -> Iterator[Found]:
    nets = view.targets(group, "spans")
    left = [view.value(addresses_left, net) for net in nets]
    if not nets or None in left:
        return
    free = sum(max(n or 0, 0) for n in left)
    missing = view.get(group)["max_count"] - len(view.sources(group, "instance"))
    if missing > free:
        yield Found(
            tr(
                "{0} may grow by {1:,} instances, but its subnets have {2:,} free addresses",
                view.name(group),
                missing,
                free,
            ),
            tr("Launches fail when no address is free."),
            tuple(nets),
        )


def _offered(view: CheckView, place: int) -> Iterator[Found]:
    types: dict[str, list[int]] = {}
    for vm in view.inside(place, "vm"):
        if vm.__dict__["instance_type"]:
            types.setdefault(vm.__dict__["instance_type"], []).append(vm.id)
    for name, vms in types.items():
        why = _why_not_offered(view, name, place)
        if why:
            yield Found(f"{view.name(place)}: {why}", tr("The VM cannot be launched there."), tuple(vms))


def _group_offered(view: CheckView, group: int) -> Iterator[Found]:
    for template in view.targets(group, "template"):
        name = view.get(template)["instance_type"]
        nets = view.targets(group, "spans") if name else []
        refused = [(net, why) for net in nets if (why := _why_not_offered(view, name, net))]
        if refused:
            where = ", ".join(view.name(net) for net, _ in refused)
            yield Found(
                tr("{0} launches no {1} in {2}", view.name(group), name, where),
                f"{refused[0][1]}.",
                tuple(net for net, _ in refused),
            )


def _why_not_offered(view: CheckView, name: str, place: int) -> str | None:
    for kind in ("zone", "region"):
        above = view.above(place, kind)
        if above:
            view.get(above)
    found = place_of(view.tree, view.tree.elements[place])
    return None if found is None else reason(name, found)


CHECKS = (
    Check(
        "REL-20",
        "Host whose VMs have more memory than the host",
        "high",
        "The hypervisor refuses a VM, or takes memory back from all by balloon, compression and swap.",
        "VMware vSphere resource management, memory reclamation",
        ("host",),
        _memory,
    ),
    Check(
        "REL-31",
        "Host with overcommitted memory",
        "low",
        "When the VMs use what they have, the hypervisor takes memory back by balloon, compression and swap.",
        "VMware vSphere resource management, memory overcommitment",
        ("host",),
        _overcommitted,
    ),
    Check(
        "REL-21",
        "CPU reservations above the capacity of the host",
        "high",
        "The hypervisor powers on no VM whose reservation it cannot keep.",
        "VMware vSphere resource management, admission control",
        ("host",),
        _reserved,
    ),
    Check(
        "REL-29",
        "CPU reservation where there is none",
        "medium",
        "KVM and Proxmox VE share by weight and set limits, but reserve no CPU.",
        "Proxmox VE administration guide, qm: cpuunits and cpulimit",
        ("host",),
        _no_reservation,
    ),
    Check(
        "REL-30",
        "Reservation in a pool that cannot be kept",
        "high",
        "A pool cannot reserve more than its host or cluster has, and what is in it no more than its limit.",
        "VMware vSphere resource management, resource pools: admission control",
        ("resource_pool",),
        _of_pool,
    ),
    Check(
        "REL-19",
        "Host above its vCPU overcommit limit",
        "medium",
        "VMs that are busy together wait for the CPU: ready or steal time rises above 5 to 10%.",
        "OpenStack nova, initial_cpu_allocation_ratio; VMware CPU ready guidance",
        ("host",),
        _vcpus,
    ),
    Check(
        "NET-02",
        "Subnet out of addresses",
        "medium",
        "A VM without an address is not launched, so a service neither grows nor recovers.",
        "Amazon VPC user guide, subnet sizing: five addresses of each subnet are reserved",
        ("subnet",),
        _addresses,
    ),
    Check(
        "NET-04",
        "Scaling group larger than its subnets",
        "medium",
        "Scaling out stops at the last free address, when it is needed most.",
        "Amazon VPC user guide, subnet sizing",
        ("auto_scaling_group",),
        _group_addresses,
    ),
    Check(
        "DEP-01",
        "Instance type not offered where it stands",
        "high",
        "The launch fails: the provider does not offer the type in that zone or region.",
        "EC2 instance type offerings by location",
        ("zone", "subnet", "host"),
        _offered,
    ),
    Check(
        "DEP-02",
        "Scaling group in a zone that does not offer its type",
        "high",
        "Every launch there fails, and the group does not replace what it loses in another zone.",
        "EC2 instance type offerings by location",
        ("auto_scaling_group",),
        _group_offered,
    ),
)
