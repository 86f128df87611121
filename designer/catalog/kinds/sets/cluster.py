"""A cluster: hosts that restart each other's VMs, and what it does about hosts it does not reach. It may span zones."""

from collections import Counter
from typing import Any, ClassVar, Literal

from designer.catalog.spec_builder import SpecBuilder
from designer.engine import spec
from designer.model.element import Element, choice, field, fraction, quantity, seconds
from designer.model.kind import Box, Kind
from designer.words import tr

ClusterRule = Literal["vsphere", "proxmox", "hyperv"]
Isolation = Literal["leave_on", "power_off"]
Fencing = Literal["watchdog", "power"]
Admission = Literal["none", "slots", "percentage", "failover_hosts"]
AVAIL = "vSphere Availability, admission control"
NAMES = {"vsphere": "vSphere", "proxmox": "Proxmox", "hyperv": "Hyper-V"}
EPPING = "yellow-bricks.com 2021/01/26 on vSphere HA; Broadcom KB 322784"
PVE = "pve-ha-manager NodeStatus.pm, Env/PVE2.pm, watchdog-mux.c"
PRIMARY_ISOLATED_S = 5.0
"""When the primary of a vSphere cluster declares itself isolated (Broadcom KB 322784, B)."""
KEPT_FREE = ("admission", "tolerate_hosts", "slot_mhz", "slot_mib", "reserve_cpu_frac", "reserve_ram_frac")
"""Fields that say what admission control keeps free; `spec.Cluster` calls them the same."""
MASTER_LOCK_S = 120.0
"""When the lock of a lost master of Proxmox runs out, and another node begins to look at the others (PVE, A)."""
MASTER_MORE_S = 60.0
"""How much later Proxmox finds a lost master: its own lock runs out first, then a new one fences it (PVE, A)."""

Balancer = Literal["none", "drs", "proxmox", "threshold"]
Overload = Literal["thr", "mad", "iqr", "lr"]
Choice = Literal["mmt", "mu", "rs", "mc"]
_LIMITS = {"drs": "drs_deviation", "proxmox": "proxmox_imbalance"}


class Cluster(Element, table=True):
    """A cluster of hosts."""

    kind: ClassVar[str] = "cluster"

    ha: bool = field(
        True,
        "HA",
        group="Failure",
        help=(
            "Whether VMs with the recovery rule “cluster” restart on the other hosts of the cluster. When off, they "
            "stay down until their host is back."
        ),
    )
    rule: ClusterRule = choice(
        "vsphere",
        "Type",
        group="Failure",
        help="What the cluster does about hosts that it does not reach. vsphere: no votes; parts that are cut off from "
        "each other run on, and a host alone follows its isolation response. proxmox: a node that runs protected VMs "
        "and is without the majority of votes resets itself by its watchdog. hyperv: it stops its VMs; who left loses "
        "its vote.",
        source="vSphere Availability; pve-docs pvecm.adoc, ha-manager.adoc; Windows Server failover clustering",
        confidence="B",
    )
    detect_s: float = seconds(
        15.0,
        "Failure detected after",
        group="Failure",
        when=("rule", "vsphere"),
        help="Time until a dead host is declared dead and its VMs with the recovery rule “cluster” restart.",
        source=EPPING,
        confidence="B",
    )
    store_detect_s: float = seconds(
        18.0,
        "With datastore heartbeats",
        group="Failure",
        when=("rule", "vsphere"),
        help="The same for a host that sees a datastore together with another host of the cluster.",
        source=EPPING,
        confidence="B",
    )
    primary_detect_s: float = seconds(
        50.0,
        "The primary, after",
        group="Failure",
        when=("rule", "vsphere"),
        help="The same for the primary host: the others choose another first. The first host is the primary, and after "
        "its loss the first that is left.",
        source=EPPING,
        confidence="B",
    )
    isolation: Isolation = choice(
        "leave_on",
        "Isolation response",
        group="Failure",
        when=("rule", "vsphere"),
        help="What a host does with its VMs when it reaches no other host and none of the isolation addresses "
        "(without any: nobody outside). leave on: they run on, unreached. power off: they restart on the other hosts.",
    )
    isolated_s: float = seconds(
        30.0,
        "Isolated after",
        group="Failure",
        when=("rule", "vsphere"),
        help="Time until a host that is alone declares itself isolated; the primary takes 5 s.",
        source=EPPING,
        confidence="B",
    )
    isolation_response_s: float = seconds(
        30.0,
        "Response later by",
        group="Failure",
        when=("isolation", "power_off"),
        help="Time from the declaration to the isolation response.",
        source="yellow-bricks.com 2012/12/31: at least 30 s from vSphere 5.1 on",
        confidence="B",
    )
    fencing: Fencing = choice(
        "watchdog",
        "Fencing",
        group="Failure",
        when=("rule", "proxmox"),
        help="How the cluster makes sure that a lost node runs nothing before its VMs restart. watchdog: the node "
        "resets itself, and its lock runs out. power: the others switch it off by its management board (IPMI), which "
        "answers only while the node has power, and until it does the VMs wait. Nobody resets itself then.",
        source="pve-docs datacenter.cfg (fencing), ha-manager.adoc; Pacemaker (STONITH)",
        confidence="B",
    )
    fence_delay_s: float = seconds(
        60.0,
        "Fencing begins after",
        group="Failure",
        when=("fencing", "power"),
        help="Time from the loss of a node to the order to switch it off; that of the master comes later by its lock "
        "of 120 s.",
        source=PVE,
        confidence="A",
    )
    fence_s: float = seconds(
        20.0,
        "Switching off takes",
        group="Failure",
        when=("fencing", "power"),
        help="Time from the order until the management board confirms that the node is off.",
        source="assumption: some seconds up to a minute",
        confidence="C",
    )
    two_node: bool = field(
        False,
        "Each of two nodes alone",
        group="Failure",
        when=("fencing", "power"),
        help="Each of two nodes keeps the majority alone, without a witness. Where both run and lose contact, the "
        "first switches the other off. A node that comes up waits until both are there.",
        source="corosync votequorum(5): two_node, wait_for_all; LINBIT, two-node Pacemaker clusters",
        confidence="B",
    )
    lock_s: float = seconds(
        120.0,
        "Lock of a node",
        group="Failure",
        when=("rule", "proxmox"),
        help="VMs of a lost node restart when its lock has run out; those of the master 60 s later.",
        source=PVE,
        confidence="A",
    )
    watchdog_s: float = seconds(
        60.0,
        "Watchdog",
        group="Failure",
        when=("rule", "proxmox"),
        help="A node without the majority of votes that runs protected VMs resets itself after this time. It is no "
        "longer than the lock: no VM runs twice.",
        source=PVE,
        confidence="A",
    )
    heartbeat_s: float = seconds(
        10.0,
        "Failure found after",
        group="Failure",
        when=("rule", "hyperv"),
        help="Time until a dead node is found and its VMs restart.",
        source="general knowledge of the field",
        confidence="C",
    )
    resiliency_s: float = seconds(
        240.0,
        "Compute resiliency",
        group="Failure",
        when=("rule", "hyperv"),
        help="A node without the majority of votes keeps its VMs running for this time, then they stop.",
        source="general knowledge of the field",
        confidence="C",
    )
    balancer: Balancer = choice(
        "none",
        "Balancer",
        group="Balancing",
        help="Who moves running VMs between the hosts. drs: as DRS of vSphere did up to 6.7, until the loads of the "
        "hosts deviate little. proxmox: the dynamic balancer of Proxmox VE 9, one move at a time. threshold: as "
        "CloudSim, relieves hosts above a load, and empties those with the least.",
        source="pve-ha-manager Manager.pm; CloudSim; DRS: general knowledge",
        confidence="B",
    )
    balance_every_s: float = quantity(
        300.0,
        "s",
        "Looks every",
        group="Balancing",
        ge=1,
        le=86_400,
        when=("balancer", "drs", "proxmox", "threshold"),
        help="Time between two looks of the balancer. Proxmox looks every 10 s, DRS every 5 minutes, CloudSim at each "
        "sample.",
        source="PowerDatacenter of CloudSim; DRS: general knowledge",
        confidence="C",
    )
    drs_deviation: float = fraction(
        0.2,
        "Deviation allowed",
        group="Balancing",
        when=("balancer", "drs"),
        help="Standard deviation of the hosts' loads above which VMs are moved.",
        source="general knowledge: DRS at its middle level",
        confidence="C",
    )
    proxmox_imbalance: float = fraction(
        0.3,
        "Imbalance allowed",
        group="Balancing",
        when=("balancer", "proxmox"),
        help="0: all hosts have the same load, 1: one has all. A host's load is the mean of its CPU and memory in use.",
        source="pve-ha-manager Manager.pm",
        confidence="A",
    )
    proxmox_hold: int = quantity(
        3,
        "",
        "Held for",
        group="Balancing",
        ge=1,
        le=1000,
        when=("balancer", "proxmox"),
        help="Looks in a row above the imbalance allowed after which a move is sought.",
        source="pve-ha-manager Manager.pm",
        confidence="A",
    )
    proxmox_margin: float = fraction(
        0.1,
        "Least improvement",
        group="Balancing",
        when=("balancer", "proxmox"),
        help="A move is made only if it lessens the imbalance by this part.",
        source="pve-ha-manager Manager.pm",
        confidence="A",
    )
    overload_rule: Overload = choice(
        "thr",
        "Too much load",
        group="Balancing",
        when=("balancer", "threshold"),
        help="Above what load a host is relieved. thr: the parameter. mad, iqr: 1 less the parameter times the median "
        "absolute deviation, or the range of the quartiles, of its last 30 looks. lr: when its load grows so that in "
        "the next look, times the parameter, it is 1.",
        source="Beloglazov and Buyya 2012; CloudSim",
        confidence="A",
    )
    overload_parameter: float = quantity(
        0.8,
        "",
        "Parameter",
        group="Balancing",
        gt=0,
        le=10,
        when=("balancer", "threshold"),
        help="CloudSim takes 0.8 for thr, 2.5 for mad, 1.5 for iqr, 1.2 for lr.",
        source="CloudSim, PlanetLab examples",
        confidence="A",
    )
    migrates_first: Choice = choice(
        "mmt",
        "Moves first",
        group="Balancing",
        when=("balancer", "threshold"),
        help="Which VM of a host with too much load. mmt: the one with the least memory (minimum migration time). mu: "
        "the one with the least load. rs: any, by chance. mc: the one whose load follows that of the others most, by "
        "its last 30 looks (maximum correlation).",
        source="Beloglazov and Buyya 2012; CloudSim",
        confidence="A",
    )
    cooldown_s: float = quantity(
        0.0,
        "s",
        "Cool-down",
        group="Balancing",
        ge=0,
        le=604_800,
        when=("balancer", "drs", "proxmox", "threshold"),
        help="Time for which the balancer leaves a VM where it has moved it.",
    )
    power_off_empty: bool = field(
        False,
        "Switch off empty hosts",
        group="Balancing",
        help="Hosts without VMs are switched off and take no watts. One stays on, and those that the admission control "
        "needs, and under Proxmox as many as have the majority of votes. The others are switched on for VMs that wait "
        "for a place or leave a drained host, and where a balancer finds a host that lacks CPU.",
    )
    wake_s: float = seconds(
        180.0,
        "Time to switch on",
        group="Balancing",
        when=("power_off_empty", "True"),
        help="Time until a host that was switched off takes VMs.",
        source="assumption",
        confidence="C",
    )

    admission: Admission = choice(
        "none",
        "Admission control",
        group="Admission control",
        help="What the cluster keeps free, so that VMs restart: it refuses to power a VM on that would break this, at "
        "the start of a run and when someone starts it; a restart by HA is never refused. While drawing, a VM, a "
        "move or a reservation that breaks it is a finding. slots: room for all VMs when hosts fail, counted in "
        "slots of the largest reservation. percentage: parts of CPU and memory that no VM reserves. failover hosts: "
        "hosts where nothing is powered on and restarts go first.",
        source=AVAIL,
        confidence="A",
    )
    tolerate_hosts: int = quantity(
        1,
        "",
        "Hosts that may fail",
        group="Admission control",
        ge=0,
        le=1000,
        when=("admission", "slots"),
        help="Those with the most slots are counted as failed first.",
        source=AVAIL,
        confidence="A",
    )
    slot_mhz: float = quantity(
        0.0,
        "MHz",
        "CPU of a slot",
        group="Admission control",
        zero="the largest reservation",
        ge=0,
        le=10_000_000,
        when=("admission", "slots"),
        help="Set by hand, a VM takes as many slots as it needs. A VM that reserves no CPU counts with 32 MHz.",
        source=AVAIL,
        confidence="A",
    )
    slot_mib: float = quantity(
        0.0,
        "MiB",
        "Memory of a slot",
        group="Admission control",
        zero="the largest reservation",
        ge=0,
        le=2**30,
        when=("admission", "slots"),
        help="What a VM is guaranteed, with the overhead of its hypervisor.",
        source=AVAIL,
        confidence="A",
    )
    reserve_cpu_frac: float = fraction(
        0.25,
        "CPU kept free",
        group="Admission control",
        when=("admission", "percentage"),
        source=AVAIL,
        confidence="A",
    )
    reserve_ram_frac: float = fraction(
        0.25,
        "Memory kept free",
        group="Admission control",
        when=("admission", "percentage"),
        source=AVAIL,
        confidence="A",
    )


def _times(fields: dict[str, Any]) -> dict[str, Any]:
    """What the type of a cluster waits for."""
    if fields["rule"] == "proxmox":
        own = {"detect_s": fields["lock_s"], "primary_more_s": MASTER_MORE_S, "response_s": fields["watchdog_s"]}
        if fields["fencing"] == "power":
            after_s, two = fields["fence_delay_s"], fields["two_node"]
            own |= {"fence_after_s": after_s, "primary_fence_after_s": after_s + MASTER_LOCK_S * (not two)}
            own |= {"fencing": "power", "fence_s": fields["fence_s"], "two_node": two}
        return own
    if fields["rule"] == "hyperv":
        return {"detect_s": fields["heartbeat_s"], "response_s": fields["resiliency_s"]}
    dead_s = fields["detect_s"]
    return {
        "detect_s": dead_s,
        "primary_more_s": max(fields["primary_detect_s"] - dead_s, 0.0),
        "store_more_s": max(fields["store_detect_s"] - dead_s, 0.0),
        "isolated_s": fields["isolated_s"],
        "primary_isolated_s": min(PRIMARY_ISOLATED_S, fields["isolated_s"]),
        "response_s": fields["isolation_response_s"],
    }


def _balancing(fields: dict[str, Any]) -> spec.Balancing | None:
    """The balancer of a cluster; None: nobody moves VMs or switches hosts off."""
    rule = fields["balancer"]
    if rule == "none" and not fields["power_off_empty"]:
        return None
    return spec.Balancing(
        rule,
        fields["balance_every_s"],
        fields[_LIMITS.get(rule, "overload_parameter")],
        fields["proxmox_hold"],
        fields["proxmox_margin"],
        fields["cooldown_s"],
        fields["overload_rule"],
        fields["migrates_first"],
        fields["power_off_empty"],
        fields["wake_s"],
    )


def _add_to_spec(builder: SpecBuilder, cluster: Element) -> None:
    fields = cluster.__dict__
    hosts = builder.sources(fields["id"], "in_cluster")
    seen = Counter(store for host in hosts for store in builder.targets(host, "sees"))
    shared = {store for store, count in seen.items() if count > 1}
    beats = {host: tuple(sorted(shared & set(builder.targets(host, "sees")))) for host in hosts}
    by_store = tuple(host for host in hosts if beats[host])
    builder.clusters.append(
        spec.Cluster(
            fields["id"],
            fields["name"],
            ha=fields["ha"],
            rule=fields["rule"],
            isolation=fields["isolation"],
            witness=builder.target(fields["id"], "witness"),
            by_store=by_store,
            heartbeats=tuple(beats[host] for host in by_store),
            isolation_addresses=tuple(builder.targets(fields["id"], "isolation_address")),
            failover=tuple(host for host in hosts if builder.tree.elements[host].__dict__["failover_host"]),
            **{name: fields[name] for name in KEPT_FREE},
            balancing=_balancing(fields),
            **_times(fields),
        )
    )


def _about(cluster: Element) -> str:
    return NAMES[cluster.__dict__["rule"]] if cluster.__dict__["ha"] else tr("HA off")


def _value_error(cluster: Element) -> str | None:
    """Why the times of a cluster contradict each other, or None."""
    fields = cluster.__dict__
    if fields["rule"] == "proxmox" and fields["two_node"] and fields["fencing"] != "power":
        return tr("without fencing by power, two nodes that lose contact would both run its VMs")
    if fields["rule"] == "proxmox" and fields["fencing"] == "watchdog" and fields["watchdog_s"] > fields["lock_s"]:
        watchdog, lock = fields["watchdog_s"], fields["lock_s"]
        return tr("its watchdog of {0:g} s is longer than its lock of {1:g} s: a VM would run twice", watchdog, lock)
    return None


CLUSTER = Kind(
    "cluster",
    "Cluster",
    "cluster.svg",
    Cluster,
    inside=("data_center", "zone", "region"),
    prefix="cluster",
    plural="clusters",
    section="sets",
    is_set=True,
    value_error=_value_error,
    rule_fields=("rule", "lock_s", "watchdog_s", "fencing", "two_node"),
    box=Box(min_w=140, min_h=32),
    help=(
        "Groups the hosts that are linked to it. VMs with the recovery rule “cluster” restart on its other hosts, "
        "wherever they stand. Its type says what it does about hosts that it does not reach."
    ),
    add_to_spec=_add_to_spec,
    about=_about,
)
