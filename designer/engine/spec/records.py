"""The input of the engine: plain records and arrays, versioned; every row knows its element id.

Ids are positive 63-bit integers, unique over the whole spec. Seconds, MHz (one million instructions a second), MiB,
watts, requests a second. Time 0 is `Spec.start_utc`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Literal

from numpy.typing import NDArray

from designer.engine.spec.moving import Balancing, Migration
from designer.engine.spec.power.records import Power
from designer.engine.spec.row import record

SPEC_VERSION = 1

Sharing = Literal["reserved", "proportional", "max_min", "weighted_max_min"]
SharesPer = Literal["vm", "vcpu", "level"]
ShareLevel = Literal["low", "normal", "high"]
Policy = Literal["first_fit", "best_fit", "worst_fit", "spread", "most_free_memory", "weighed"]
Recovery = Literal["none", "same_zone", "cluster", "replace"]
Strategy = Literal["spread", "partition", "cluster"]
Routing = Literal["failover", "weighted"]
HealthSource = Literal["instance", "load_balancer"]
Algorithm = Literal["least_outstanding", "round_robin"]
MemoryRule = Literal["configured", "esxi", "kvm", "proxmox", "hyperv"]
What = Literal[
    "fail", "recover", "drain", "open", "fail_control", "recover_control", "stop", "start", "reboot", "terminate",
    "move", "surge", "degrade", "throttle", "sell_out", "restock", "stale", "fresh", "delay",
]  # fmt: skip
ClusterRule = Literal["vsphere", "proxmox", "hyperv"]
Isolation = Literal["leave_on", "power_off"]
Fencing = Literal["watchdog", "power"]
Admission = Literal["none", "slots", "percentage", "failover_hosts"]
Counts = Literal["iops", "mibps", "mbps"]
Way = Literal["both", "in", "out"]
Wants = Literal["together", "apart"]
AffinityLevel = Literal["host", "rack", "zone"]

Feeds = tuple[tuple[int, ...], ...]
"""Groups of ids: of each group one is enough, of no group none."""

ANYWHERE = -1
"""The reach of a VM that is bound to no places."""

DEFAULT_START = datetime(2026, 1, 5, tzinfo=UTC)
"""A Monday, 00:00 UTC."""


@record
class Constant:
    """The same value at all times: a fraction of the VM (0..1), or requests a second of a service."""

    value: float


@record
class DayCurve:
    """`mean + swing cos(2 pi (h - peak_h) / 24) + noise N(0, 1)` in each recording step, cut at 0 (and 1 for a VM).

    h is the local hour of `time_zone` (IANA name) at the middle of the step; where the clocks change within a step, the
    step has one value before and one after. The normal numbers come from the stream (seed, element id, "demand").
    """

    mean: float
    swing: float
    peak_h: float
    noise: float = 0.0
    time_zone: str = "UTC"


@record
class Recorded:
    """Row `row` of a trace times `scale`, from sample `shift` on; after its last sample it starts again."""

    trace: int
    row: int
    shift: int = 0
    scale: float = 1.0


Demand = Constant | DayCurve | Recorded


@record
class Trace:
    """Recorded load: `values` (rows x samples), uint8 percents or float64 fractions; each holds for `step_s`."""

    id: int
    step_s: float
    values: NDArray[Any]


@record
class Domain:
    """What fails together and is not a host: region, zone, data center, rack, subnet, feed, volume. It stands in a
    domain or a host; `parent` 0: the design.

    `feeds` are groups of domains: of each group one must give, or this is down. A domain that went down gives until the
    first of its times `gaps_s`, again from the second, not from the third, and so on (a battery, a generator).
    `replicas` are the places of a database, its primary's first: it is up while that place is, and moves to another
    that is up `failover_s` after it lost it; what was written within `lag_s` before is lost (its RPO). Where a write
    needs a `quorum` of its replicas (0: the primary alone), it is up only while that many are, neither fails over
    without them nor, with two or more, loses what it acknowledged. Each replica serves `replica_rps` requests a second
    at most (0: any number). What goes out to
    the internet from here goes through one domain of each group of `outward`; `shut` says why there is no way at all.
    `addresses` (None: no limit is asked) are those for VMs.
    `network` are groups of devices (switches, routers, firewalls): while one of each is up it is reached, else it runs
    on unreached. A link between two zones (`ends`) carries what they send each other, and nothing while it is down.
    The control plane of a region lets `launches_per_min` VMs boot (0: any number).
    """

    id: int
    parent: int
    kind: str
    name: str = ""
    feeds: Feeds = ()
    gaps_s: tuple[float, ...] = (0.0,)
    replicas: tuple[int, ...] = ()
    failover_s: float = 90.0
    lag_s: float = 0.0
    outward: Feeds = ()
    shut: str = ""
    addresses: int | None = None
    network: Feeds = ()
    ends: tuple[int, ...] = ()
    launches_per_min: float = 0.0
    quorum: int = 0
    replica_rps: float = 0.0


@record
class Host:
    """A physical server. `power_w`: watts at equal steps of utilization from 0 to 1 (at least two points); all 0: they
    are not known.

    Its hypervisor takes `cpu_overhead_frac` of the capacity and `ram_reserved_mib` of the memory, and for each VM
    `vm_ram_base_mib + vm_ram_per_vcpu_mib * vcpus + vm_ram_frac * ram_mib` beside what the VM itself has.
    It takes `cores * overcommit` vCPUs (None: no limit is asked), under `reserved` one for each hardware thread.
    `cluster` (0: none) is where its VMs of the recovery rule `cluster` restart; without one it is its data center.
    A VM that fits none of its `numa_nodes` has `numa_loss_frac` less of the MHz of its vCPUs.
    `default_shares` are those of a VM of level normal that has none of its own. Shares count for each `vm`, for each
    `vcpu`, or for each vCPU where they are the default and for each VM where they are its own (`level`).
    By its `memory` rule it gives each VM all that is `configured`, or takes memory back as that hypervisor does: Linux
    (`kvm`, `proxmox`) takes VMs up to `ram_overcommit` times its memory and swaps to `swap_mib` of disk. A part
    `sharable_frac` of the VMs' pages are equal. What a VM reads from disk in place of memory takes it
    `swap_slowdown` times as long. `network` as of a domain. It is up `post_s` after it has power again, and boots at
    most `boots_at_once` VMs at a time (0: any number). Without a `migration` no running VM moves from it or to it. Its
    hypervisor takes `io_core_frac` of a core for each 10 Gbit/s that VMs send or get and for each 100,000 disk
    operations a second.
    """

    id: int
    parent: int
    cores: int
    mhz: float
    ram_mib: float
    name: str = ""
    threads_per_core: int = 1
    smt_yield: float = 0.25
    overcommit: float | None = None
    sharing: Sharing = "weighted_max_min"
    power_w: tuple[float, ...] = (0.0, 0.0)
    cpu_overhead_frac: float = 0.0
    ram_reserved_mib: float = 0.0
    vm_ram_base_mib: float = 0.0
    vm_ram_per_vcpu_mib: float = 0.0
    vm_ram_frac: float = 0.0
    feeds: Feeds = ()
    cluster: int = 0
    default_shares: float = 1000.0
    shares_per: SharesPer = "vm"
    numa_nodes: int = 1
    numa_loss_frac: float = 0.0
    memory: MemoryRule = "configured"
    ram_overcommit: float = 1.0
    swap_mib: float = 0.0
    sharable_frac: float = 0.0
    swap_slowdown: float = 100.0
    network: Feeds = ()
    post_s: float = 0.0
    boots_at_once: int = 0
    migration: Migration | None = None
    io_core_frac: float = 0.0


@record
class Cluster:
    """Hosts that restart each other's VMs of the rule `cluster`, unless `ha` is off; a dead one is found after
    `detect_s`, its primary (or master) `primary_more_s` later, one `by_store` (a host that also tells by a datastore
    that it lives) `store_more_s` later.

    By `vsphere` parts that do not reach each other run on. A host alone is isolated after `isolated_s` (the primary:
    `primary_isolated_s`), and `response_s` later its VMs are powered off where its `isolation` response says so. By
    `proxmox` and `hyperv` a host that is not of the part with the majority of votes resets itself, or stops its VMs,
    after `response_s`. The `witness` (a domain or host; 0: none) votes with the larger part that reaches it.
    A host alone reaches the outside where it reaches one of the `isolation_addresses` (none: where users reach it). Of
    the hosts `by_store` each tells by one of its datastores of `heartbeats` that is up (none: always).

    `fencing` by `power` (under `proxmox`): nobody resets itself; the part that goes on switches a lost host off by its
    management board, which takes `fence_s` from `fence_after_s` on (the master: `primary_fence_after_s`). The board
    answers while the host has power; VMs restart when it has confirmed. Of a `two_node` cluster each node keeps the
    majority alone, unless both were gone: then both are waited for. Where both run on, the first fences the other.

    Its `admission` control refuses to power on what would break its policy: `slots` for the loss of `tolerate_hosts`,
    of the largest reservations or of `slot_mhz` and `slot_mib` (0: none is set); the parts `reserve_cpu_frac` and
    `reserve_ram_frac` that no VM reserves; hosts for `failover`, where nothing is powered on and restarts go first.
    `balancing` moves running VMs between the hosts.
    """

    id: int
    name: str = ""
    detect_s: float = 15.0
    ha: bool = True
    rule: ClusterRule = "vsphere"
    primary_more_s: float = 0.0
    store_more_s: float = 0.0
    by_store: tuple[int, ...] = ()
    isolated_s: float = 30.0
    primary_isolated_s: float = 5.0
    isolation: Isolation = "leave_on"
    response_s: float = 30.0
    witness: int = 0
    isolation_addresses: tuple[int, ...] = ()
    heartbeats: tuple[tuple[int, ...], ...] = ()
    fencing: Fencing = "watchdog"
    fence_after_s: float = 60.0
    primary_fence_after_s: float = 180.0
    fence_s: float = 20.0
    two_node: bool = False
    admission: Admission = "none"
    tolerate_hosts: int = 1
    slot_mhz: float = 0.0
    slot_mib: float = 0.0
    reserve_cpu_frac: float = 0.25
    reserve_ram_frac: float = 0.25
    failover: tuple[int, ...] = ()
    balancing: Balancing | None = None


@record
class Application:
    """What runs in a VM: it asks for CPU beside what the VM itself asks for, and lives and dies with it.

    A member of `service` (0: none) takes its demand from the service; `cut_off` as of a VM. One that keeps a backlog
    works off what it was not given when its VM gets more than what runs there asks for at that moment; in a VM that
    keeps a backlog itself all waits together.
    """

    id: int
    vcpus: int
    mhz: float
    demand: Demand = Constant(0.0)
    name: str = ""
    service: int = 0
    cut_off: str = ""
    keeps_backlog: bool = False


@record
class Credits:
    """CPU credits of a burstable VM: a credit is one vCPU at full load for a minute.

    It earns `earned_per_h` of them while it runs on the provider's capacity, and keeps at most `most`. It has a
    `balance` when it is launched, and `launch` credits, which are spent first. Without credits it is held to the load
    that spends what it earns; an `unlimited` one goes on with surplus credits, and those beyond `most` are charged.
    One that is stopped for longer than `kept_s` (0: at all) loses its balance; it has its launch credits again.
    """

    earned_per_h: float
    most: float
    launch: float = 0.0
    balance: float = 0.0
    unlimited: bool = False
    kept_s: float = 604_800.0


SURPLUS_USD_VCPU_H = 0.05
"""Price of an hour of one vCPU in surplus credits, Linux on T2 and T3 (Amazon EC2 user guide, burstable performance
instances, 2023)."""


@record
class Vm:
    """A VM on `place`: a host, or a domain, and then it runs on the provider's capacity, never contended.

    A member of `service` (0: none) takes its demand from the service, not from `demand`. `group` (0: none) is the
    auto scaling group that counts it. `cut_off` says why no request of its service reaches it; empty: they do.
    What serves requests and is no VM (a function, a bucket) is not `counted` among the VMs. It is up only while of
    each group of `needs` a unit is up (its volumes), and stands only in the places of its `reach`, and of `offered`,
    where its instance type can be had (rows of `Spec.reaches`). One that goes
    `outward` does nothing while no way leads to the internet from where it stands, or has its `address` (0: the same).
    `placement` (0: none) is its placement group, `partition` its part of one with partitions.
    What its `apps` ask for comes on top of its own demand, as far as its vCPUs go.
    Without `shares` of its own (0) it has its host's default by `level`: half, once or twice. Under `weighted_max_min`
    it gets no less than `reservation_mhz`, as far as it asks for that; it never gets more than `limit_mhz`. `pool`
    (0: none) is its resource pool. `credits` are those of a burstable instance type. One that
    prefers hyperthreads (`prefer_ht`) counts the threads of a NUMA node, not its cores.
    `active` is the part of its memory that it uses. No hypervisor takes memory back below `ram_floor_mib` (0: ESXi
    keeps none for it, Proxmox and Hyper-V all); of what is short it gets its part by `ram_shares` (0: its host's
    default). Hyper-V gives it `ram_buffer_frac` more than it uses; `oom_adjust` (-1000 to 1000) is added to the points
    by which Linux chooses whom it kills.
    On the provider's capacity each vCPU gets `thread_frac` of its MHz at most: less than 1 where two share a core.
    One that keeps a backlog works off later what it was not given; others lose it.
    It writes `dirty_mib_s` of its memory while it runs, all of it within `hot_mib` (0: anywhere).
    """

    id: int
    place: int
    vcpus: int
    mhz: float
    ram_mib: float
    demand: Demand = Constant(0.0)
    name: str = ""
    shares: float = 1000.0
    recovery: Recovery = "none"
    detect_s: float = 60.0
    boot_s: float = 90.0
    powered_on: bool = True
    service: int = 0
    group: int = 0
    cut_off: str = ""
    counted: bool = True
    needs: Feeds = ()
    reach: int = ANYWHERE
    offered: int = ANYWHERE
    apps: tuple[Application, ...] = ()
    outward: bool = False
    address: int = 0
    placement: int = 0
    partition: int = 1
    level: ShareLevel = "normal"
    reservation_mhz: float = 0.0
    limit_mhz: float = math.inf
    pool: int = 0
    credits: Credits | None = None
    prefer_ht: bool = False
    active: Demand = Constant(0.25)
    ram_floor_mib: float = 0.0
    ram_shares: float = 0.0
    ram_buffer_frac: float = 0.2
    oom_adjust: float = 0.0
    thread_frac: float = 1.0
    dirty_mib_s: float = 0.0
    hot_mib: float = 0.0
    keeps_backlog: bool = False


@record
class Start:
    """When a VM restarts among others: by `priority` (1 first, 5 last; without this record 3), and when those of the
    VMs `after` run that are about to run.
    """

    vm: int
    priority: int = 3
    after: tuple[int, ...] = ()


@record
class Reach:
    """The hosts and domains where some VMs may stand, and what such a place does: "sees datastore-1"."""

    places: tuple[int, ...]
    does: str


@record
class Users:
    """People who send requests to a service, beside its own; numbers of chance come from the stream of this id."""

    id: int
    demand: Demand
    name: str = ""


@record
class Queueing:
    """How requests to a service wait for a worker (M/G/c: a vCPU of a member each), and what their clients do.

    At most `waiting` requests wait, and more are refused at once; 0: what is above the capacity is. A client gives up
    after `timeout_s`; what was refused or late is tried again up to `retries` times, `backoff_s` later, each time twice
    as long as before and at most `most_backoff_s`, with `jitter` any time up to that. Retries are at most the part
    `budget` of the requests. Who gave up is not known to the service: it does the work all the same. `variation` is the
    squared coefficient of variation of the time that a request is worked on: 0 always the same, 1 exponential (M/M/c).
    """

    waiting: float = 0.0
    timeout_s: float = math.inf
    retries: int = 0
    backoff_s: float = 0.0
    most_backoff_s: float = 20.0
    jitter: bool = True
    budget: float = math.inf
    variation: float = 1.0


@record
class Checks:
    """The health checks of a load balancer, one in `interval_s` since the start of the run: a member is out once
    `failures` in a row failed (each when it had no answer for `timeout_s`), in again once `successes` in a row
    succeeded; a new one needs one.
    """

    interval_s: float = 30.0
    timeout_s: float = 5.0
    failures: int = 2
    successes: int = 5


@record
class Balancer:
    """How the load balancers of a service, with their `nodes` in domains, divide its requests among the members.

    By `least_outstanding` a member gets as many as its capacity brings it, by `round_robin` all get the same. Unless
    they go `cross_zones`, each zone with a node (without `nodes`: with members) gets an equal part, and members of
    other zones get none of it. A zone of which fewer than the part `dns_min_frac` are healthy (or none) leaves DNS:
    `ttl_s` later nobody is led there. Where fewer than `routing_min_frac` (or none) are healthy, all get requests. Both
    are asked of each zone, across zones of all members. They pass `most_rps` requests a second, and drop the rest.
    """

    id: int
    name: str = ""
    nodes: tuple[int, ...] = ()
    cross_zones: bool = True
    algorithm: Algorithm = "least_outstanding"
    dns_min_frac: float = 0.0
    routing_min_frac: float = 0.0
    ttl_s: float = 60.0
    most_rps: float = math.inf


@record
class Service:
    """Requests a second, spread over the running members by their capacity; each costs `work_mhz_s` of CPU.

    Requests to a member that died are dropped for `health_check_s`, then the others get them. `through` are groups of
    domains: while none of a group is up, no request arrives. The requests of `users` come on top of `demand`.
    `depends` are services, and VMs that are not counted (functions, buckets): while one of them serves nothing, none of
    its requests is served. `slo_frac` (0: none) is the part of the requests that is promised to be served. Without
    `queueing` no response times are told, and the surplus is dropped. With `checks` they take the place of
    `health_check_s`.
    """

    id: int
    demand: Demand
    work_mhz_s: float
    name: str = ""
    health_check_s: float = 60.0
    users: tuple[Users, ...] = ()
    through: Feeds = ()
    depends: tuple[int, ...] = ()
    reads: tuple[int, ...] = ()
    slo_frac: float = 0.0
    queueing: Queueing | None = None
    checks: Checks | None = None
    balancer: Balancer | None = None


@record
class Answer:
    """A service with which a DNS name answers, and its weight."""

    service: int
    weight: float = 1.0


@record
class DnsName:
    """A name through which users reach services: under `failover` the first of its answers that is healthy, under
    `weighted` all that are, by weight; where none is healthy, all count as healthy.

    An answer is healthy while its service serves something. A loss or a return is noticed after `check_s`, and users
    follow `ttl_s` later. While the control plane of the region `managed_in` (0: none) is down, no answer changes.
    """

    id: int
    users: tuple[Users, ...]
    answers: tuple[Answer, ...]
    name: str = ""
    routing: Routing = "failover"
    check_s: float = 90.0
    ttl_s: float = 60.0
    managed_in: int = 0


@record
class Scaling:
    """How a group changes the number of its instances, by the mean CPU of those that run and are warm.

    It keeps the CPU at `target_frac` (0: it does not), or takes `steps`: from which distance to `threshold_frac` on,
    and the change as a part of the instances, `least_change` at least. It looks once in `period_s`, and acts when more
    was wanted in `out_periods` looks in a row, or fewer in `in_periods`. An instance counts `warmup_s` after it began
    to run. With a cool-down it waits after a change for what it launched, then for `cooldown_s`. By its `schedule`
    (seconds since the start, each day again) it wants that number.
    """

    target_frac: float = 0.0
    threshold_frac: float = 0.5
    steps: tuple[tuple[float, float], ...] = ()
    least_change: int = 0
    schedule: tuple[tuple[float, int], ...] = ()
    period_s: float = 60.0
    out_periods: int = 3
    in_periods: int = 15
    warmup_s: float = 0.0
    cooldown_s: float = 0.0
    scale_in: bool = True


@record
class Group:
    """An auto scaling group: keeps `desired` instances, launching copies of `template` over `places` (subnets).

    A dead instance is missed after `detect_s`. Launched instances belong to the run: one slot each up to `most`.
    Unless `rebalance` is off, a group whose zones are out of balance (one is back) launches where it has fewer, and
    ends what is too many when all run. By `scaling` it wants more or fewer, from `least` to `most`. By the `health`
    of a load balancer it also replaces, at once, what the checks of its service find dead, though it may run.
    """

    id: int
    least: int
    desired: int
    most: int
    places: tuple[int, ...]
    template: Vm | None
    name: str = ""
    detect_s: float = 60.0
    rebalance: bool = True
    scaling: Scaling | None = None
    health: HealthSource = "instance"


@record
class Pool:
    """A resource pool: VMs, and pools that are in it (`above` of these; 0: none), share what it gets.

    It counts `shares` beside its siblings, gets no less than `reservation_mhz` as far as its VMs ask for that, and
    never more than `limit_mhz`. A pool over several hosts is divided among them by the vCPUs of its running VMs. It
    acts where VMs share by weight.
    """

    id: int
    above: int = 0
    shares: float = 4000.0
    reservation_mhz: float = 0.0
    limit_mhz: float = math.inf
    name: str = ""


@record
class PlacementGroup:
    """Which VMs may stand near each other when they are placed during a run.

    `spread`: no two on one rack (on one host outside of racks), at most `most` in a zone. `partition`: none of
    different partitions on one rack. `cluster`: all in one zone.
    """

    id: int
    name: str = ""
    strategy: Strategy = "spread"
    most: int = 7


@record
class Affinity:
    """Whether some VMs (or the instances of templates) stand `together` on one host, rack or zone, or `apart` on
    different ones.

    A `strict` rule is never broken: a VM that has no place by it waits. Another is kept where there is a choice.
    A host outside of racks counts as a rack. On the provider's capacity hosts and racks are not known.
    """

    id: int
    vms: tuple[int, ...]
    wants: Wants = "apart"
    level: AffinityLevel = "host"
    strict: bool = True
    name: str = ""


@record
class Stock:
    """The `most` instances of a type (its `name`) that the provider has in a zone, for the VMs and templates `vms`.
    Those on hosts in the zone do not count.
    """

    zone: int
    name: str
    most: int
    vms: tuple[int, ...]


@record
class Limit:
    """The most that flows take of an element: `rate` a second, in bursts up to `burst` while a balance lasts.

    It is of a volume, storage array, datastore, host (its NIC), rack (its uplink), VM (its instance), or of a link
    `between` two zones. It counts disk operations, MiB/s or Mbit/s. An operation counts once for each `unit_kib` of it
    (0: once). The balance is `bucket` at the start and at most: what is used below `rate` fills it, what is above
    empties it. Traffic counts on its `way` out of the element, in, or both.
    """

    of: int
    counts: Counts
    rate: float
    burst: float = 0.0
    bucket: float = 0.0
    unit_kib: float = 0.0
    way: Way = "both"
    between: tuple[int, ...] = ()
    name: str = ""


@record
class Flow:
    """What a VM (or application) asks for while it works: `most` disk operations of `io_kib`, or Mbit/s to send.

    Operations go through the limits of the elements `through`. Traffic (`io_kib` 0) goes `to` a VM, host or domain (0:
    the internet), through the limits on its way; while that VM does not run, nothing is sent. A flow asks for that part
    of `most` that its VM asks for of its vCPUs, or without `follows` always for all. Its own connections carry no more
    than `own`. A VM does no larger part of its work than the smallest part of a flow that is served. Operations of a
    datastore that is `spread` over hosts (0: none) go over their NICs too: the part `write_frac` to each copy, the
    others from one.
    """

    vm: int
    most: float
    to: int = 0
    io_kib: float = 0.0
    through: tuple[int, ...] = ()
    follows: bool = False
    own: float = math.inf
    spread: int = 0
    write_frac: float = 0.0


@record
class Replicated:
    """A datastore that is spread over `hosts`: `copies` of all its data, on different ones; `host_gib` are their disks.

    Its data is out of reach while more than `tolerates` hosts are gone. A host that is gone for `delay_s` is given up:
    what it held, of `used_gib` in all copies, is made again on the others, `rebuild_mibps` on each, where at least
    `rebuild_hosts` are left and have the room.
    """

    id: int
    hosts: tuple[int, ...]
    host_gib: tuple[float, ...]
    copies: int = 2
    tolerates: int = 1
    rebuild_hosts: int = 2
    used_gib: float = 0.0
    delay_s: float = 3600.0
    rebuild_mibps: float = 100.0


@record
class Route:
    """The way of the requests of a `service`, followed so that what is sent from place to place can be told.

    Requests come through the nodes of balancers, pairs of a balancer and the domain of its node in `entries`, evenly
    from each zone with one that is up; without entries, or where the balancers do not cross zones, straight to the
    members. Clients are on the internet, unless it is not `open`. A request has `request_kib`, its answer `answer_kib`.
    For each request a member reads `read_kib` from each of `reads`: domains (a database where its replica is) or VMs
    that are not counted.
    """

    service: int
    entries: tuple[tuple[int, int], ...] = ()
    open: bool = True
    request_kib: float = 0.0
    answer_kib: float = 0.0
    reads: tuple[int, ...] = ()
    read_kib: float = 0.0
    users: tuple[int, ...] = ()
    """User populations of which the latency is told."""


@record
class Latency:
    """The round trip between user populations, regions and zones, or over an uplink. Between two zones their own holds,
    else that of their region with itself; else that of their regions. That of a zone with itself is within it. That of
    a rack or data center (`one`) with what it stands in comes on top of all ways that lead out of it. `of` is the link
    or place that can be delayed (0: none can).
    """

    one: int
    other: int
    ms: float
    of: int = 0


@record
class TimedEvent:
    """A failure or recovery of an element (domain, host or VM) at a time since the start; or the VMs of a host are
    moved away (`drain`), or it takes VMs again (`open`); or the control plane of a region fails, or recovers;
    or someone stops, starts, reboots or terminates a VM, or moves it to another host of its cluster (`move`);
    or the requests of a service, or of users, become `value` times what they are (`surge`; 1: as before);
    or a host, an uplink or a link carries the part `value` of its bandwidth (`degrade`; 1: all), or the control plane
    of a region lets `value` VMs a minute boot (`throttle`; 0: as usual); or the provider has no capacity left in a zone
    or region (`sell_out`), or has it again (`restock`); or what a DNS name says is not changed (`stale`), or is again
    (`fresh`); or round trips over an uplink or a link take `value` ms longer (`delay`; 0: as usual).
    """

    time_s: float
    what: What
    id: int
    value: float = 0.0


@dataclass(frozen=True)
class Spec:
    """A whole simulation input. `check()` raises SpecError with a sentence where it has no meaning."""

    domains: Sequence[Domain] = ()
    hosts: Sequence[Host] = ()
    vms: Sequence[Vm] = ()
    services: Sequence[Service] = ()
    dns_names: Sequence[DnsName] = ()
    groups: Sequence[Group] = ()
    clusters: Sequence[Cluster] = ()
    reaches: Sequence[Reach] = ()
    placements: Sequence[PlacementGroup] = ()
    affinities: Sequence[Affinity] = ()
    stocks: Sequence[Stock] = ()
    pools: Sequence[Pool] = ()
    limits: Sequence[Limit] = ()
    flows: Sequence[Flow] = ()
    starts: Sequence[Start] = ()
    replicated: Sequence[Replicated] = ()
    routes: Sequence[Route] = ()
    latencies: Sequence[Latency] = ()
    traces: Sequence[Trace] = ()
    events: Sequence[TimedEvent] = ()
    start_utc: datetime = DEFAULT_START
    until_s: float = 86_400.0
    sample_s: float = 300.0
    seed: int = 1
    policy: Policy = "spread"
    keep_vm_series: bool = False
    power: Power | None = None
    names: dict[int, str] = field(default_factory=dict)
    version: int = SPEC_VERSION

    def with_events(self, events: Sequence[TimedEvent]) -> Spec:
        """The same input with other events."""
        return replace(self, events=tuple(events))
