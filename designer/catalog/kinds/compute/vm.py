"""A VM: its demand, its shares, and what happens to it when its host or zone fails."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import islice
from math import inf
from operator import itemgetter
from typing import Any, ClassVar, Literal

from designer.catalog.failing import Repaired, known_within, mtbf, mttr
from designer.catalog.kinds.compute.application import applications_in
from designer.catalog.kinds.network.subnet import takes_address, why_no_address
from designer.catalog.kinds.sets.placement_group import MOST_PARTITIONS, why_not_near
from designer.catalog.reference.credits import EARNED_A_HOUR, credits_of
from designer.catalog.reference.threads import thread_frac_of
from designer.catalog.rules import flow_fields
from designer.catalog.rules.affinity import why_not_off_its_pins
from designer.catalog.rules.dedicated import dedicated_error
from designer.catalog.rules.flows import add_flows
from designer.catalog.rules.hosting import recovery_at, why_no_guest, why_no_vm
from designer.catalog.rules.offers import offered_in, why_not_offered
from designer.catalog.rules.ports import why_cut_off
from designer.catalog.rules.storage import HOLD_VMS, needs_of, why_not_with_its_data
from designer.catalog.rules.terms.paying import Plan, own_price, plan_field
from designer.catalog.spec_builder import ACTIVE, LOAD, SpecBuilder
from designer.engine import spec
from designer.errors import RuleError
from designer.model.element import ROOT_ID, Element, choice, field, fraction, quantity, seconds
from designer.model.kind import Box, Kind
from designer.model.tree import Tree
from designer.words import tr

Demand = Literal["constant", "day_curve", "trace"]
GuestOs = Literal["linux", "windows", "macos"]
Recovery = Literal["by_place", "none", "same_zone", "cluster", "replace"]
Unserved = Literal["lost", "backlog"]
CreditMode = Literal["by_type", "standard", "unlimited"]
ShareLevel = Literal["low", "normal", "high"]
Active = Literal["constant", "day_curve", "trace"]
RestartPriority = Literal["highest", "high", "medium", "low", "lowest"]
PRIORITIES = {"highest": 1, "high": 2, "medium": 3, "low": 4, "lowest": 5}


class Vm(Repaired, table=True):
    """A virtual machine."""

    kind: ClassVar[str] = "vm"

    instance_type: str = field(
        "",
        "Instance type",
        group="Capacity",
        editor="preset",
        max_length=80,
        help="Fills vCPUs, clock and memory from a known instance type.",
    )
    vcpus: int = quantity(2, "", "vCPUs", group="Capacity", ge=1, le=4096)
    mhz: float = quantity(
        2500.0,
        "MHz",
        "Clock per vCPU",
        group="Capacity",
        gt=0,
        le=20_000,
        help="CPU demand of one vCPU at 100% load. A vCPU never gets more than one thread of its host.",
    )
    ram_mib: float = quantity(8192.0, "MiB", "Memory", group="Capacity", gt=0, le=2**30)
    shares_level: ShareLevel = choice(
        "normal",
        "CPU shares",
        group="CPU sharing",
        help="Default shares of its host when CPU is short: low is half of normal, high is twice. It acts under "
        "“weighted max-min”, where twice the shares get twice the CPU.",
        source="vSphere API, SharesLevel: 500, 1000 and 2000 for each vCPU",
        confidence="A",
    )
    shares: float = quantity(
        0.0,
        "",
        "Shares of its own",
        group="CPU sharing",
        zero="by level",
        ge=0,
        le=10_000_000,
        help="Number of shares in place of the level; 0: the level counts. Xen and Hyper-V count it for each vCPU, "
        "ESXi and KVM for the VM.",
    )
    cpu_reservation_mhz: float = quantity(
        0.0,
        "MHz",
        "CPU reservation",
        group="CPU sharing",
        zero="none",
        ge=0,
        le=10_000_000,
        help="CPU that the VM gets whenever it asks for it. A host takes VMs only as far as it can keep all "
        "reservations. It acts under “weighted max-min”.",
    )
    cpu_limit_mhz: float = quantity(
        0.0,
        "MHz",
        "CPU limit",
        group="CPU sharing",
        zero="no limit",
        ge=0,
        le=10_000_000,
        help="Most CPU of the whole VM, even on an idle host; 0: no limit. What it asks for above the limit is "
        "throttled, not stolen. A Xen cap of 50 is half a core's MHz.",
    )
    prefer_ht: bool = field(
        False,
        "Prefer hyperthreads",
        group="CPU sharing",
        help="On a host with NUMA nodes the vCPUs are counted against the threads of a node, not its cores (ESXi: "
        "preferHT), so a wider VM stays in one node.",
    )
    unserved: Unserved = choice(
        "lost",
        "Unserved load",
        group="CPU sharing",
        help="What becomes of load that the VM is not given: lost, or a backlog that it works off later. While work "
        "waits, the VM asks for all that its vCPUs and its limit let it have, which takes CPU credits of a T type; "
        "where a host shares in proportion to demand, the load of the moment goes first. It acts on load of its own, "
        "not on requests: these wait by the queue of their service.",
    )
    credit_mode: CreditMode = choice(
        "by_type",
        "CPU credits",
        group="CPU sharing",
        help="Of T types only. standard: without credits the VM is held to its baseline; a Linux guest shows that as "
        "steal (st). unlimited: it goes on with surplus credits, and those beyond a day of earning are charged. "
        "by_type: T2 standard, T3, T3a and T4g unlimited. On a dedicated host all are standard.",
        source="Amazon EC2 user guide, burstable performance instances",
        confidence="A",
    )
    credits_at_start: float = quantity(
        0.0,
        "",
        "CPU credits at the start",
        group="CPU sharing",
        ge=0,
        le=10_000,
        help="Of T types only, at most a day of earning; a new instance has none. Launch credits of a T2 in standard "
        "mode, 30 for each vCPU, come on top. A T2 that is stopped loses its balance at once, others after 7 days.",
        source="Amazon EC2 user guide, burstable performance instances",
        confidence="A",
    )
    demand: Demand = choice(
        "constant",
        "Load pattern",
        group="Load",
        help="A member of a service takes its load from the service instead.",
    )
    load_frac: float = fraction(0.3, "Constant load", group="Load", when=("demand", "constant"))
    day_mean_frac: float = fraction(0.3, "Mean load", group="Load", when=("demand", "day_curve"))
    day_swing_frac: float = fraction(
        0.15,
        "Swing",
        group="Load",
        when=("demand", "day_curve"),
        help="How far the peak lies above the mean.",
    )
    day_peak_h: float = quantity(
        14.0, "h", "Peak at (local time)", group="Load", ge=0, lt=24, when=("demand", "day_curve")
    )
    day_noise_frac: float = fraction(
        0.03,
        "Noise",
        group="Load",
        when=("demand", "day_curve"),
        help="Standard deviation of each sample.",
    )
    trace: int = field(0, "Trace", group="Load", editor="reference:trace", when=("demand", "trace"))
    trace_row: int = field(0, "Row of the trace", group="Load", ge=0, when=("demand", "trace"))
    trace_shift: int = field(0, "Shift in samples", group="Load", ge=0, when=("demand", "trace"))
    io_pattern: flow_fields.IoPattern = flow_fields.io_pattern()
    disk_iops: float = flow_fields.disk_operations(
        "Operations a second that the VM asks for at full load, divided evenly among its volumes; 0: none. Where "
        "its volumes, instance type, datastore or arrays give less, the VM waits and does less work."
    )
    disk_io_kib: float = flow_fields.operation_size()
    write_frac: float = flow_fields.writes()
    net_mbps: float = flow_fields.traffic(
        "Traffic that the VM sends at full load, divided evenly among the VMs that it is linked to by “sends to”; "
        "without one it goes out to the internet. 0: none. Where its instance type, NICs, uplinks of racks or links "
        "between zones carry less, the VM waits and does less work."
    )
    net_streams: int = flow_fields.connections()
    memory_use: Active = choice(
        "constant",
        "Memory use",
        group="Memory",
        help="What of its memory the VM uses, over time. It acts on hosts that take memory back when it is short.",
    )
    active_frac: float = fraction(
        0.25,
        "Active memory",
        group="Memory",
        when=("memory_use", "constant"),
        help="Share of its memory that the VM uses. What it does not use is idle: hypervisors take that first.",
        source="assumption",
        confidence="C",
    )
    active_mean_frac: float = fraction(
        0.25,
        "Mean active memory",
        group="Memory",
        when=("memory_use", "day_curve"),
        source="assumption",
        confidence="C",
    )
    active_swing_frac: float = fraction(
        0.1,
        "Swing of memory",
        group="Memory",
        when=("memory_use", "day_curve"),
        help="How far the peak lies above the mean. The peak is at the hour of the load's peak.",
    )
    memory_trace: int = field(
        0, "Trace of memory", group="Memory", editor="reference:trace", when=("memory_use", "trace")
    )
    memory_trace_row: int = field(0, "Row of that trace", group="Memory", ge=0, when=("memory_use", "trace"))
    ram_guaranteed_mib: float = quantity(
        0.0,
        "MiB",
        "Guaranteed memory",
        group="Memory",
        ge=0,
        le=2**30,
        help="Memory that no host takes back: the reservation under ESXi, the balloon's minimum under Proxmox, the "
        "minimum of dynamic memory under Hyper-V. 0: ESXi guarantees nothing, the others all.",
    )
    ram_shares: float = quantity(
        0.0,
        "",
        "Memory shares",
        group="Memory",
        ge=0,
        le=100_000_000,
        help="Its part where memory is short; 0: 10 for each MiB under ESXi, 1000 under Proxmox, 5000 under Hyper-V.",
        source="vSphere API, SharesLevel; pve-docs qm.adoc",
        confidence="A",
    )
    ram_buffer_frac: float = quantity(
        0.2,
        "fraction",
        "Memory buffer",
        group="Memory",
        ge=0,
        le=10,
        help="Memory that Hyper-V gives above what the VM uses.",
        source="a book on Hyper-V (issuhub.com)",
        confidence="B",
    )
    oom_adjust: int = quantity(
        0,
        "",
        "Kill priority",
        group="Memory",
        ge=-1000,
        le=1000,
        help="Linux kills the VM with the most memory when none is left. Each 1000 count as all memory and swap of the "
        "host; -1000: never killed.",
        source="Linux mm/oom_kill.c, oom_score_adj",
        confidence="B",
    )
    dirty_mib_s: float = quantity(
        30.0,
        "MiB/s",
        "Writes to memory",
        group="Live migration",
        ge=0,
        le=1_000_000,
        help="How much of its memory the VM changes a second. While it is migrated, what it changes is sent again. "
        "Where it changes more than is sent, a migration ends late, slows the VM, or does not end.",
        source="assumption",
        confidence="C",
    )
    hot_mib: float = quantity(
        0.0,
        "MiB",
        "Writes within",
        group="Live migration",
        zero="all its memory",
        ge=0,
        le=2**30,
        help="The part of its memory that the VM changes again and again (its writable working set); 0: all of it. No "
        "round of a migration sends more than this part again.",
        source="assumption",
        confidence="C",
    )
    recovery: Recovery = choice(
        "by_place",
        "Recovery",
        group="Failure",
        help="by place: “cluster” on a host that is in one, “none” on a host of one's own without, “same zone” on the "
        "provider's capacity, where instances of a scaling group have “replace”. none: stays down with its place. same "
        "zone: restarts elsewhere in its zone. cluster: restarts on another host of its host's cluster, or of its data "
        "center where there is none. replace: its group launches a new one, perhaps in another zone.",
    )
    detect_s: float = seconds(
        60.0,
        "Failure detected after",
        group="Failure",
        source="EC2 status checks run every minute",
        confidence="C",
    )
    boot_s: float = seconds(
        90.0,
        "Boot time",
        group="Failure",
        source="general knowledge of the field",
        confidence="C",
    )
    restart_priority: RestartPriority = choice(
        "medium",
        "Restart priority",
        group="Failure",
        help="VMs of a higher priority get the room that is left first, and boot first where a host starts only "
        "some at a time. Nobody waits until a whole class is up. A VM gets room before those that start after "
        "it.",
        source="vSphere Availability, restart priority",
        confidence="B",
    )
    needs_internet: bool = field(
        False,
        "Needs the internet",
        group="Network",
        help=(
            "The VM has no load and serves nothing while its subnet has no way to the internet. A way leads through "
            "the internet gateway of its VPC, or from a private subnet through a NAT gateway."
        ),
    )
    partition: int = field(
        1,
        "Partition",
        group="Placement",
        ge=1,
        le=MOST_PARTITIONS,
        help="In a placement group with the strategy “partition”: VMs of different partitions share no rack.",
    )
    guest_os: GuestOs = choice(
        "linux",
        "Guest OS",
        group="State",
        help="Windows does not run on arm64 instance types, macOS only on mac ones; these run nothing else.",
        source="EC2 instance types: processor architectures",
        confidence="B",
    )
    powered_on: bool = field(True, "Powered on", group="State", help="A VM that is off has no load and no power.")
    template: bool = field(False, "Template", group="State", help="A template never runs; groups launch copies of it.")
    mtbf_h: float = mtbf(
        8760.0, "assumption: the guest or, on the provider's capacity, the machine under it fails once a year"
    )
    mttr_h: float = mttr(0.5)
    mtbf_factor: float = known_within(3.0, "MTBF known within a factor of")
    plan: Plan = plan_field()
    own_usd_month: float = own_price()


def _placement_error(tree: Tree, vm: Element, parent: Element) -> str | None:
    full = why_no_address(tree, parent, vm.id) if parent.kind == "subnet" and takes_address(vm) else None
    return (
        full
        or why_no_vm(tree, vm, parent)
        or why_no_guest(vm)
        or dedicated_error(tree, vm, parent)
        or why_not_offered(tree, getattr(vm, "instance_type", ""), parent)
        or why_not_with_its_data(tree, vm, parent)
        or why_not_off_its_pins(tree, vm, parent)
        or why_not_near(tree, vm, parent)
    )


def _value_error(vm: Element) -> str | None:
    """Why what a VM reserves contradicts its limit or its memory, or None."""
    reserved, most = vm.__dict__["cpu_reservation_mhz"], vm.__dict__["cpu_limit_mhz"]
    if 0 < most < reserved:
        return tr("it reserves {0:,.0f} MHz, more than its limit of {1:,.0f} MHz allows", reserved, most)
    kept, has = vm.__dict__["ram_guaranteed_mib"], vm.__dict__["ram_mib"]
    if kept > has:
        return tr("it is guaranteed {0:,.0f} MiB, more than its memory of {1:,.0f} MiB", kept, has)
    return None


_NONE = (0,)
"""Where a link of a kind leads that an element does not have."""
_READ = itemgetter(
    *("id", "parent", "vcpus", "mhz", "ram_mib", "name", "shares", "recovery", "detect_s", "boot_s", "powered_on"),
    *("needs_internet", "partition", "shares_level", "cpu_reservation_mhz", "cpu_limit_mhz", "prefer_ht"),
    *("ram_guaranteed_mib", "ram_shares", "ram_buffer_frac", "oom_adjust", "dirty_mib_s", "hot_mib", "unserved"),
    "instance_type",
)
_ALONE = (False, "", 0.0, 0.0, "medium")
"""The first five fields that are read together, of VMs of which no other row tells."""
_AS_THEY_ARE = (
    *("vcpus", "mhz", "ram_mib", "name", "shares", "detect_s", "boot_s", "powered_on", "partition", "prefer_ht"),
    *("ram_shares", "ram_buffer_frac", "oom_adjust", "dirty_mib_s", "hot_mib"),
)
_TOGETHER = (
    *("template", "instance_type", "disk_iops", "net_mbps", "restart_priority", "id", "parent", *LOAD, *ACTIVE),
    *("recovery", "needs_internet", "shares_level", "cpu_reservation_mhz", "cpu_limit_mhz", "ram_guaranteed_mib"),
    *("unserved", *_AS_THEY_ARE),
)
_READ_TOGETHER = itemgetter(*_TOGETHER)
_AT_ONCE = 1024
"""How many VMs are read together: their fields lie in the caches."""
_LEADING = ("member", "instance", "attached", "placed_by", "in_pool")


def record(builder: SpecBuilder, vm: Element) -> spec.Vm:
    """The VM as a record for the engine. Raises RuleError where its applications, volumes or guest OS do not fit."""
    return spec.Vm(*_row(builder, vm, builder.linked(vm.id)))


def _row(builder: SpecBuilder, vm: Element, linked: Mapping[str, list[int]]) -> tuple[Any, ...]:
    """The fields of `record` in their order: fields read at once take half of the time that a record of names takes.
    `linked`: where its links lead.
    """
    fields = vm.__dict__
    (
        vm_id, place, vcpus, mhz, ram_mib, name, shares, recovery, detect_s, boot_s, powered_on,
        outward, partition, level, reservation_mhz, limit_mhz, prefer_ht,
        guaranteed_mib, ram_shares, buffer_frac, oom_adjust, dirty_mib_s, hot_mib, unserved,
        instance_type,
    ) = _READ(fields)  # fmt: skip
    reason = why_no_guest(vm) if instance_type else None
    if reason:
        raise RuleError(f"{name}: {reason}.")
    service = instance = attached = placed_by = in_pool = 0
    if linked:
        service, instance, attached, placed_by, in_pool = (linked.get(kind, _NONE)[0] for kind in _LEADING)
    holds = bool(builder.tree.children(vm_id))
    bound = holds or "pinned_to" in linked or vm_id in builder.attached_to
    needs, reach = needs_of(builder, vm) if bound else ((), spec.ANYWHERE)
    by_itself = recovery == "by_place"
    return (
        vm_id, place, vcpus, mhz, ram_mib, builder.load(vm), name, shares,
        _recoveries(builder, place)[fields["template"] or "instance" in linked] if by_itself else recovery,
        detect_s, boot_s, powered_on, service, instance,
        why_cut_off(builder, vm, service) if service else "",
        True,  # counted
        needs, reach,
        offered_in(builder, instance_type) if instance_type else spec.ANYWHERE,
        applications_in(builder, vm) if holds else (),
        outward, attached, placed_by, partition, level, reservation_mhz, limit_mhz or inf, in_pool,
        _credits(builder, fields) if instance_type in EARNED_A_HOUR else None,
        prefer_ht, builder.active_memory(vm), guaranteed_mib, ram_shares, buffer_frac, oom_adjust,
        thread_frac_of(instance_type, _smt_yield(builder)) if instance_type else 1.0,
        dirty_mib_s, hot_mib,
        unserved == "backlog" and not service,
    )  # fmt: skip


def _smt_yield(builder: SpecBuilder) -> float:
    """What the second thread of a core adds on rented capacity."""
    found: float = builder.tree.elements[ROOT_ID].__dict__["provider_smt_yield"]
    return found


def _recoveries(builder: SpecBuilder, place: int) -> tuple[str, str]:
    """How VMs of a place recover of which nothing is said: one by itself, and one of a scaling group."""
    found = builder.recoveries.get(place)
    if found is None:
        kind, in_cluster = builder.tree.elements[place].kind, bool(builder.target(place, "in_cluster"))
        found = recovery_at(kind, in_cluster, False), recovery_at(kind, in_cluster, True)
        builder.recoveries[place] = found
    return found


def _credits(builder: SpecBuilder, fields: dict[str, Any]) -> spec.Credits | None:
    """The CPU credits of a VM of a T type; none under a hypervisor of one's own."""
    place = builder.tree.elements[fields["parent"]]
    on_host = place.kind == "host"
    if on_host and place.__dict__["sharing"] != "reserved":
        return None
    return credits_of(fields["instance_type"], fields["credit_mode"], fields["credits_at_start"], on_host)


def _add_to_spec(builder: SpecBuilder, vm: Element) -> None:
    fields = vm.__dict__
    if fields["disk_iops"] or fields["net_mbps"]:
        add_flows(builder, vm)
    if fields["template"]:
        return
    linked = builder.linked(fields["id"])
    builder.vms.add(_row(builder, vm, linked))
    after = linked.get("starts_after", ()) if linked else ()
    if after or fields["restart_priority"] != "medium":
        elements = builder.tree.elements
        early = tuple(i for i in after if not elements[i].__dict__["template"])
        builder.starts.append(spec.Start(fields["id"], PRIORITIES[fields["restart_priority"]], early))


def _add_many_to_spec(builder: SpecBuilder, vms: Collection[Element]) -> Iterator[int]:
    """Add the VMs that have no links, no content and no fields of which a row beside their own tells; their ids.

    They are read in the order in which they lie in memory: that takes a third of the time of the order of the tree.
    """
    tree, rest = builder.tree, iter(vms)
    bound = {*builder.linked_from, *builder.attached_to, *(place for place, inside in tree.families() if inside)}
    while some := list(islice(rest, _AT_ONCE)):
        rows = [
            row for row in (_READ_TOGETHER(vm.__dict__) for vm in some) if row[:5] == _ALONE and row[5] not in bound
        ]
        if rows:
            yield from _add_together(builder, rows)


def _add_together(builder: SpecBuilder, rows: list[tuple[Any, ...]]) -> Sequence[int]:
    """Add VMs of which nothing but their fields tells, as `_row` does one by one; their ids."""
    column = dict(zip(_TOGETHER, zip(*rows, strict=True), strict=True))
    ids, places = column["id"], column["parent"]
    builder.vms.extend(
        id=ids,
        place=places,
        demand=builder.loads(ids, zip(*(column[name] for name in LOAD), strict=True)),
        active=builder.active_memories(ids, zip(*(column[name] for name in ACTIVE), strict=True)),
        recovery=[
            _recoveries(builder, place)[0] if rule == "by_place" else rule
            for place, rule in zip(places, column["recovery"], strict=True)
        ],
        outward=column["needs_internet"],
        level=column["shares_level"],
        reservation_mhz=column["cpu_reservation_mhz"],
        limit_mhz=[mhz or inf for mhz in column["cpu_limit_mhz"]],
        ram_floor_mib=column["ram_guaranteed_mib"],
        keeps_backlog=[rule == "backlog" for rule in column["unserved"]],
        **{name: column[name] for name in _AS_THEY_ARE},
    )
    return ids


VM = Kind(
    "vm",
    "VM",
    "vm.svg",
    Vm,
    inside=HOLD_VMS,
    prefix="vm",
    plural="VMs",
    section="compute",
    placement_error=_placement_error,
    value_error=_value_error,
    rule_fields=(
        "instance_type",
        "vcpus",
        "ram_mib",
        "guest_os",
        "partition",
        "powered_on",
        "template",
        "cpu_reservation_mhz",
        "cpu_limit_mhz",
        "ram_guaranteed_mib",
    ),
    placement_reads=("vcpus", "guest_os", "instance_type", "template"),
    placement_links=("attached_to", "pinned_to", "placed_by"),
    box=Box(min_w=21, min_h=16),
    help="A virtual machine on a host, or straight in a zone or subnet on the provider's capacity. Applications and "
    "volumes stand in it.",
    add_to_spec=_add_to_spec,
    add_many_to_spec=_add_many_to_spec,
)
