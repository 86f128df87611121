"""A cluster: hosts that restart each other's VMs, and what it does about hosts it does not reach. It may span zones."""

from collections import Counter
from typing import Any, ClassVar, Literal

from designer.catalog.spec_builder import SpecBuilder
from designer.engine import spec
from designer.model.element import Element, choice, field, quantity
from designer.model.kind import Box, Kind
from designer.words import tr

ClusterRule = Literal["vsphere", "proxmox", "hyperv"]
Isolation = Literal["leave_on", "power_off"]
Admission = Literal["none", "slots", "percentage", "failover_hosts"]
AVAIL = "vSphere Availability, admission control"
NAMES = {"vsphere": "vSphere", "proxmox": "Proxmox", "hyperv": "Hyper-V"}
EPPING = "yellow-bricks.com 2021/01/26 on vSphere HA; Broadcom KB 322784"
PVE = "pve-ha-manager NodeStatus.pm, Env/PVE2.pm, watchdog-mux.c"
PRIMARY_ISOLATED_S = 5.0
"""When the primary of a vSphere cluster declares itself isolated (Broadcom KB 322784, B)."""
_KEPT_FREE = ("admission", "tolerate_hosts", "slot_mhz", "slot_mib", "reserve_cpu_frac", "reserve_ram_frac")
MASTER_MORE_S = 60.0
"""How much later Proxmox finds a lost master: its own lock runs out first, then a new one fences it (PVE, A)."""


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
    detect_s: float = quantity(
        15.0,
        "s",
        "Failure detected after",
        group="Failure",
        ge=0,
        le=86_400,
        when=("rule", "vsphere"),
        help="Time until a dead host is declared dead and its VMs with the recovery rule “cluster” restart.",
        source=EPPING,
        confidence="B",
    )
    store_detect_s: float = quantity(
        18.0,
        "s",
        "With datastore heartbeats",
        group="Failure",
        ge=0,
        le=86_400,
        when=("rule", "vsphere"),
        help="The same for a host that sees a datastore together with another host of the cluster.",
        source=EPPING,
        confidence="B",
    )
    primary_detect_s: float = quantity(
        50.0,
        "s",
        "The primary, after",
        group="Failure",
        ge=0,
        le=86_400,
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
        help="What a host does with its VMs that reaches no other host and nobody outside. leave on: they run on, "
        "unreached. power off: they restart on the other hosts.",
    )
    isolated_s: float = quantity(
        30.0,
        "s",
        "Isolated after",
        group="Failure",
        ge=0,
        le=86_400,
        when=("rule", "vsphere"),
        help="Time until a host that is alone declares itself isolated; the primary takes 5 s.",
        source=EPPING,
        confidence="B",
    )
    isolation_response_s: float = quantity(
        30.0,
        "s",
        "Response later by",
        group="Failure",
        ge=0,
        le=86_400,
        when=("isolation", "power_off"),
        help="Time from the declaration to the isolation response.",
        source="yellow-bricks.com 2012/12/31: at least 30 s from vSphere 5.1 on",
        confidence="B",
    )
    lock_s: float = quantity(
        120.0,
        "s",
        "Lock of a node",
        group="Failure",
        ge=0,
        le=86_400,
        when=("rule", "proxmox"),
        help="VMs of a lost node restart when its lock has run out; those of the master 60 s later.",
        source=PVE,
        confidence="A",
    )
    watchdog_s: float = quantity(
        60.0,
        "s",
        "Watchdog",
        group="Failure",
        ge=0,
        le=86_400,
        when=("rule", "proxmox"),
        help="A node without the majority of votes that runs protected VMs resets itself after this time. It is no "
        "longer than the lock: no VM runs twice.",
        source=PVE,
        confidence="A",
    )
    heartbeat_s: float = quantity(
        10.0,
        "s",
        "Failure found after",
        group="Failure",
        ge=0,
        le=86_400,
        when=("rule", "hyperv"),
        help="Time until a dead node is found and its VMs restart.",
        source="general knowledge of the field",
        confidence="C",
    )
    resiliency_s: float = quantity(
        240.0,
        "s",
        "Compute resiliency",
        group="Failure",
        ge=0,
        le=86_400,
        when=("rule", "hyperv"),
        help="A node without the majority of votes keeps its VMs running for this time, then they stop.",
        source="general knowledge of the field",
        confidence="C",
    )

    admission: Admission = choice(
        "none",
        "Admission control",
        group="Admission control",
        help="What the cluster keeps free, so that VMs restart: it refuses to power a VM on that would break this, at "
        "the start of a run; a restart by HA is never refused. slots: room for all VMs when hosts fail, counted in "
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
    reserve_cpu_frac: float = quantity(
        0.25,
        "fraction",
        "CPU kept free",
        group="Admission control",
        ge=0,
        le=1,
        when=("admission", "percentage"),
        source=AVAIL,
        confidence="A",
    )
    reserve_ram_frac: float = quantity(
        0.25,
        "fraction",
        "Memory kept free",
        group="Admission control",
        ge=0,
        le=1,
        when=("admission", "percentage"),
        source=AVAIL,
        confidence="A",
    )


def _times(fields: dict[str, Any]) -> dict[str, Any]:
    """What the type of a cluster waits for."""
    if fields["rule"] == "proxmox":
        own = {"detect_s": fields["lock_s"], "primary_more_s": MASTER_MORE_S}
        return {**own, "response_s": fields["watchdog_s"]}
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


def _add_to_spec(builder: SpecBuilder, cluster: Element) -> None:
    fields = cluster.__dict__
    hosts = builder.sources(fields["id"], "in_cluster")
    seen = Counter(store for host in hosts for store in builder.targets(host, "sees"))
    shared = {store for store, count in seen.items() if count > 1}
    by_store = tuple(host for host in hosts if shared & set(builder.targets(host, "sees")))
    builder.clusters.append(
        spec.Cluster(
            fields["id"],
            fields["name"],
            ha=fields["ha"],
            rule=fields["rule"],
            isolation=fields["isolation"],
            witness=builder.target(fields["id"], "witness"),
            by_store=by_store,
            failover=tuple(host for host in hosts if builder.tree.elements[host].__dict__["failover_host"]),
            **{name: fields[name] for name in _KEPT_FREE},
            **_times(fields),
        )
    )


def _about(cluster: Element) -> str:
    return NAMES[cluster.__dict__["rule"]] if cluster.__dict__["ha"] else tr("HA off")


def _value_error(cluster: Element) -> str | None:
    """Why the times of a cluster contradict each other, or None."""
    fields = cluster.__dict__
    if fields["rule"] == "proxmox" and fields["watchdog_s"] > fields["lock_s"]:
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
    rule_fields=("rule", "lock_s", "watchdog_s"),
    box=Box(min_w=140, min_h=32),
    help=(
        "Groups the hosts that are linked to it. VMs with the recovery rule “cluster” restart on its other hosts, "
        "wherever they stand. Its type says what it does about hosts that it does not reach."
    ),
    add_to_spec=_add_to_spec,
    about=_about,
)
