"""A host: cores, memory, power, and the rule by which its VMs share CPU."""

from typing import ClassVar, Literal

from designer.catalog.failing import Repaired, mtbf, mttr
from designer.catalog.kinds.hardware.rack import why_no_units
from designer.catalog.rules.capacity import host_record
from designer.catalog.rules.dedicated import is_dedicated
from designer.catalog.rules.terms.paying import own_price, spent
from designer.catalog.spec_builder import SpecBuilder
from designer.errors import RuleError
from designer.model.element import Element, choice, field, fraction, quantity, seconds
from designer.model.kind import Box, Kind
from designer.words import tr

Sharing = Literal["reserved", "proportional", "max_min", "weighted_max_min"]
SharesPer = Literal["vm", "vcpu", "level"]
MemoryRule = Literal["configured", "esxi", "kvm", "proxmox", "hyperv"]
MigrationRule = Literal["none", "kvm", "xen", "xen_classic", "vmotion", "hyperv", "plain"]


class Host(Repaired, table=True):
    """A physical server."""

    kind: ClassVar[str] = "host"

    model: str = field(
        "",
        "Model",
        group="Capacity",
        editor="preset",
        max_length=80,
        help="Fills cores, clock, memory and power from a known machine.",
    )
    cores: int = quantity(64, "", "Cores", group="Capacity", ge=1, le=4096, help="Physical cores of all sockets.")
    threads_per_core: int = quantity(
        1,
        "",
        "Threads per core",
        group="Capacity",
        ge=1,
        le=8,
        help="Hardware threads. Above 1 the cores gain the SMT yield, except under the rule “reserved”.",
    )
    smt_yield: float = fraction(
        0.25,
        "SMT yield",
        group="Capacity",
        help="Extra capacity of all cores together when each runs more than one thread.",
        source="general knowledge of the field",
        confidence="C",
    )
    mhz: float = quantity(
        2500.0,
        "MHz",
        "Clock per core",
        group="Capacity",
        gt=0,
        le=20_000,
        help="1 MHz stands for one million instructions a second.",
    )
    ram_mib: float = quantity(262_144.0, "MiB", "Memory", group="Capacity", gt=0, le=2**30)
    overcommit: float = quantity(
        0.0,
        "vCPU/core",
        "Overcommit",
        group="Capacity",
        zero="no limit",
        ge=0,
        le=1000,
        help=(
            "Most vCPUs for each core: VMs are placed and started here only within this ratio. 0: no limit. A "
            "hypervisor fills it with its own limit. Under “reserved” the limit is one vCPU for each hardware "
            "thread."
        ),
    )
    numa_nodes: int = quantity(
        1,
        "",
        "NUMA nodes",
        group="Capacity",
        ge=1,
        le=64,
        help="Cores and memory are divided evenly among them. A VM stays in one node where its vCPUs fit the node's "
        "cores and its memory the node's memory.",
    )
    numa_loss_frac: float = quantity(
        0.1,
        "fraction",
        "NUMA loss",
        group="Capacity",
        ge=0,
        le=0.9,
        help="Part of the CPU of its vCPUs that a VM loses to remote memory when it fits no single NUMA node.",
        source="assumption",
        confidence="C",
    )
    sharing: Sharing = choice(
        "weighted_max_min",
        "CPU sharing",
        group="Capacity",
        help="reserved: a thread for each vCPU, no contention; two threads of one core share it. proportional: "
        "everyone gets demand × capacity ÷ sum of demands. max_min: one level for all. weighted_max_min: one level by "
        "shares.",
    )
    hypervisor: str = field(
        "",
        "Hypervisor",
        group="Virtualization",
        editor="preset",
        max_length=80,
        help="Fills the fields below and the CPU sharing rule from a known hypervisor.",
    )
    cpu_overhead_frac: float = quantity(
        0.0,
        "fraction",
        "CPU overhead",
        group="Virtualization",
        ge=0,
        le=0.95,
        help="Share of the host's CPU that the hypervisor uses.",
    )
    io_core_frac: float = quantity(
        0.0,
        "fraction",
        "I/O overhead",
        group="Virtualization",
        ge=0,
        le=10,
        help="Part of a core that the hypervisor uses for each 10 Gbit/s that its VMs send or get, and for each "
        "100,000 disk operations a second. 0 where cards of its own do it (Nitro).",
    )
    host_os_cpu_frac: float = quantity(
        0.0,
        "fraction",
        "Host OS CPU share",
        group="Virtualization",
        ge=0,
        le=0.95,
        help="Share of the CPU that the operating system under a type 2 hypervisor and its other programs use first.",
    )
    default_shares: float = quantity(
        1000.0,
        "",
        "Default shares",
        group="Virtualization",
        gt=0,
        le=1_000_000,
        when=("sharing", "weighted_max_min"),
        help="CPU shares of level normal, which VMs have that have none of their own. They act under "
        "“weighted max-min”.",
    )
    shares_per: SharesPer = choice(
        "vm",
        "Shares count for each",
        group="Virtualization",
        when=("sharing", "weighted_max_min"),
        help="vm: a VM has its shares whatever its size (KVM). vcpu: each vCPU has them (Xen, Hyper-V). level: each "
        "vCPU has the default; shares of a VM's own count for the VM (ESXi).",
    )
    hypervisor_ram_mib: float = quantity(
        0.0,
        "MiB",
        "Reserved memory",
        group="Virtualization",
        ge=0,
        le=2**30,
        help="Host memory that the hypervisor, and the host OS under it, reserve for themselves.",
    )
    hypervisor_ram_frac: float = quantity(
        0.0,
        "fraction",
        "Reserved share of memory",
        group="Virtualization",
        ge=0,
        le=0.95,
        help="Reserved memory that grows with the memory of the host.",
    )
    vm_ram_base_mib: float = quantity(
        0.0,
        "MiB",
        "Overhead per VM",
        group="Virtualization",
        ge=0,
        le=2**20,
        help="Host memory that each VM takes in addition to its own.",
    )
    vm_ram_per_vcpu_mib: float = quantity(
        0.0,
        "MiB",
        "Overhead per vCPU",
        group="Virtualization",
        ge=0,
        le=2**20,
        help="The same for each vCPU of the VM.",
    )
    vm_ram_frac: float = fraction(
        0.0,
        "Overhead of VM memory",
        group="Virtualization",
        help="The same as a share of the VM's own memory.",
    )
    memory_rule: MemoryRule = choice(
        "configured",
        "Memory when it is short",
        group="Memory",
        help="configured: each VM has all its memory; one that does not fit is refused. esxi: takes VMs as long as it "
        "can keep their reservations, then takes memory back by page sharing, balloon, compression and swap. kvm: "
        "merges equal pages, swaps, kills. proxmox: the same, and a daemon inflates balloons above 80%. hyperv: gives "
        "each VM what it uses and a buffer, above its guaranteed memory.",
        source="vSphere 6 memory states; Linux mm/oom_kill.c; pve-manager AutoBalloon.pm; a book on Hyper-V",
        confidence="B",
    )
    ram_overcommit: float = quantity(
        1.0,
        "",
        "Memory overcommit",
        group="Memory",
        gt=0,
        le=100,
        when=("memory_rule", "kvm", "proxmox"),
        help="VMs are placed and started here up to this many times the memory. It acts under “kvm” and “proxmox”.",
        source="OpenStack Nova, initial_ram_allocation_ratio",
        confidence="A",
    )
    swap_mib: float = quantity(
        0.0,
        "MiB",
        "Swap",
        group="Memory",
        ge=0,
        le=2**30,
        when=("memory_rule", "kvm", "proxmox"),
        help="Disk to which Linux moves memory of VMs; where it is full, a VM is killed. ESXi swaps to a file for each "
        "VM and needs none.",
    )
    sharable_frac: float = quantity(
        0.05,
        "fraction",
        "Equal pages",
        group="Memory",
        ge=0,
        le=0.9,
        when=("memory_rule", "esxi", "kvm", "proxmox"),
        help="Share of the VMs' memory that is equal: ESXi shares it, Linux merges it, once memory is short.",
        source="assumption",
        confidence="C",
    )
    swap_slowdown: float = quantity(
        100.0,
        "",
        "Slowdown by swap",
        group="Memory",
        ge=0,
        le=100_000,
        when=("memory_rule", "esxi", "kvm", "proxmox", "hyperv"),
        help="How many times as long work takes whose memory is read from disk. A VM that misses 1% of the memory it "
        "uses works at half its pace at 100.",
        source="assumption",
        confidence="C",
    )
    migration_rule: MigrationRule = choice(
        "kvm",
        "Live migration",
        group="Live migration",
        help="How running VMs are copied to another host, and when they stand still for the rest. none: they are not. "
        "kvm: when the rest takes less than the downtime. xen: after five rounds or with fewer than 50 changed pages. "
        "xen_classic: before 4.7, after 29 rounds or three times the memory. vmotion: within a second, and slows a VM "
        "that changes too much. hyperv: after five rounds. plain: one copy over half of the bandwidth, as CloudSim.",
        source="QEMU migration.c; Xen xg_sr_save.c, xc_domain_save.c; a book on Hyper-V; CloudSim; vMotion: general "
        "knowledge",
        confidence="B",
    )
    migration_mbps: float = quantity(
        10_000.0,
        "Mbit/s",
        "Migration bandwidth",
        group="Live migration",
        gt=0,
        le=10_000_000,
        when=("migration_rule", "kvm", "xen", "xen_classic", "vmotion", "hyperv", "plain"),
        help="What all migrations of this host share. The slower of two hosts counts. While they copy, they share "
        "NICs, uplinks and links with the traffic of VMs: each gets the same, who asks for less leaves the rest to the "
        "others. QEMU alone takes at most 128 MiB/s unless told otherwise.",
        source="assumption",
        confidence="C",
    )
    migrations_at_once: int = quantity(
        2,
        "",
        "Migrations at once",
        group="Live migration",
        ge=1,
        le=1000,
        when=("migration_rule", "kvm", "xen", "xen_classic", "vmotion", "hyperv"),
        help="How many migrations this host takes part in at a time; others wait. It does not act under “plain”.",
        source="KubeVirt: 2 for each node; vMotion: 4 at 1 Gbit/s, 8 at 10",
        confidence="B",
    )
    migration_downtime_s: float = quantity(
        0.3,
        "s",
        "Downtime limit",
        group="Live migration",
        gt=0,
        le=3600,
        when=("migration_rule", "kvm"),
        help="The VM is stopped when the rest of its memory can be sent within this time.",
        source="QEMU migration/options.c: 300 ms",
        confidence="A",
    )
    migration_converge: bool = field(
        False,
        "Auto-converge",
        group="Live migration",
        when=("migration_rule", "kvm"),
        help="Slows a VM that changes more than half of what is sent: by 20%, then by 10% more, up to 99%.",
        source="QEMU migration/options.c",
        confidence="A",
    )
    migration_timeout_s_gib: float = quantity(
        800.0,
        "s/GiB",
        "Given up after",
        group="Live migration",
        gt=0,
        le=1_000_000,
        when=("migration_rule", "kvm"),
        help="A migration that takes longer, for each GiB of the VM's memory, is given up; the VM stays.",
        source="OpenStack Nova, live_migration_completion_timeout",
        confidence="A",
    )
    migration_core_per_gbps: float = quantity(
        0.1,
        "core/Gbit/s",
        "CPU of a migration",
        group="Live migration",
        ge=0,
        le=10,
        when=("migration_rule", "kvm", "xen", "xen_classic", "vmotion", "hyperv"),
        help="Part of a core that a migration takes on both hosts for each Gbit/s that is sent. It does not act under "
        "“plain”, where the host that takes the VM in spends a tenth of what the VM asks for.",
        source="general knowledge: about a core for 10 Gbit/s of vMotion",
        confidence="C",
    )
    idle_w: float = quantity(
        175.0, "W", "Power idle", group="Power", ge=0, le=100_000, source="assumption", confidence="C"
    )
    full_w: float = quantity(
        250.0, "W", "Power at full load", group="Power", ge=0, le=100_000, source="assumption", confidence="C"
    )
    power_points_w: str = field(
        "",
        "Power curve",
        group="Power",
        max_length=200,
        help="Eleven watts at 0, 10 … 100% load, comma separated; empty: a straight line from idle to full.",
    )
    storage_gib: float = quantity(
        0.0,
        "GiB",
        "Disks for shared storage",
        group="Storage",
        zero="none",
        ge=0,
        le=2**30,
        help="What the host gives to datastores that it sees and that are spread over hosts.",
    )
    nic_mbps: float = quantity(
        0.0,
        "Mbit/s",
        "NIC",
        group="Network",
        zero="no limit",
        ge=0,
        le=10_000_000,
        help="Traffic of all its VMs together, in each direction; 0: no limit. They share by max-min. It acts where "
        "VMs send something, and where datastores are spread over hosts.",
    )
    post_s: float = seconds(
        0.0,
        "POST time",
        group="Failure",
        zero="none",
        help="Power-on self test and boot of the hypervisor: the host is up this long after it has power again. A run "
        "counts no watts for it meanwhile.",
    )
    boots_at_once: int = quantity(
        0,
        "",
        "VMs started at a time",
        group="Failure",
        zero="no limit",
        ge=0,
        le=10_000,
        help="Boot waves: the host boots at most this many VMs at a time, those of a higher restart priority first. "
        "Proxmox starts 4 (max_workers), vSphere 32.",
        source="pve-docs ha-manager.adoc; yellow-bricks.com on vSphere HA",
        confidence="B",
    )
    failover_host: bool = field(
        False,
        "Failover host",
        group="Failure",
        help="In a cluster with the admission control “failover hosts”: no VM is powered on here, and VMs of lost "
        "hosts restart here first.",
        source="vSphere API, ClusterFailoverHostAdmissionControlPolicy",
        confidence="A",
    )
    size_u: int = quantity(1, "U", "Height", group="Placement", ge=1, le=60, help="Height in rack units.")
    mtbf_h: float = mtbf(
        15_800.0,
        "derived from Jeff Dean on Google's infrastructure, 2008: about 1,000 failures a year of 1,800 machines",
        "B",
    )
    mttr_h: float = mttr(8.0)
    purchase_usd: float = spent("Purchase price", "What the host cost.")
    life_years: float = quantity(
        5.0, "", "Life in years", group="Cost", gt=0, le=50,
        help="The purchase price is spread over it. It does not affect a run.",
        source="an assumption: 4 to 6 years are usual", confidence="C",
    )  # fmt: skip
    licenses_usd_year: float = spent("Licenses and support", "What they cost a year. It does not affect a run.")
    own_usd_month: float = own_price()


def watts(host: Element) -> tuple[float, ...]:
    """Watts at equal steps of load from 0 to 100%: the power curve, or a line from idle to full. Raises RuleError."""
    fields = host.__dict__
    written = fields["power_points_w"].strip()
    if not written:
        return float(fields["idle_w"]), float(fields["full_w"])
    try:
        points = tuple(float(part) for part in written.split(","))
    except ValueError:
        points = ()
    if len(points) < 2 or not all(0 <= point < float("inf") for point in points):
        raise RuleError(
            tr("{0}: its power curve must be two or more numbers of watts, separated by commas.", host.name)
        )
    return points


def _value_error(host: Element) -> str | None:
    """What is wrong with the power curve of a host, or None."""
    try:
        watts(host)
    except RuleError as error:
        return str(error).removeprefix(f"{host.name}: ").removesuffix(".")
    return None


def told_watts(host: Element) -> tuple[float, ...]:
    """The watts of a host as they count: of a dedicated host of the provider's nobody knows them. Raises RuleError."""
    return (0.0, 0.0) if is_dedicated(host) else watts(host)


def _add_to_spec(builder: SpecBuilder, host: Element) -> None:
    power_w, feeds = told_watts(host), builder.feeds(host.__dict__["id"])
    links = {"cluster": builder.target(host.id, "in_cluster"), "network": builder.network(host.id)}
    builder.hosts.append(host_record(host, builder.parent(host), power_w=power_w, feeds=feeds, **links))


HOST = Kind(
    "host",
    "Host",
    "host.svg",
    Host,
    inside=("rack", "data_center", "zone", "design"),
    prefix="host",
    plural="hosts",
    section="hardware",
    value_error=_value_error,
    rule_fields=("model", "hypervisor", "ram_mib", "size_u", "power_points_w"),
    placement_error=why_no_units,
    placement_reads=("size_u",),
    placement_links=(),
    box=Box("grid", header=14, padding=4, gap=2, min_w=118, min_h=44, cell=(12.0, 9.0), columns=8, fills=True),
    help="A physical server. Its VMs share its cores by the rule of its hypervisor. It draws power.",
    add_to_spec=_add_to_spec,
)
