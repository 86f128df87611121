"""The quantities of a run, as data: lanes, the table, CSV and JSON files and Python read them from here. Titles
are looked up in the user's language where they are shown.

A new quantity is a line. Of a place, an integral that the engine records by name (`part`) is divided by the length of
the step, by another integral, or by what the hosts of the place have (`whole`). So it follows for a container: over
time it is the sum of what stands in it at that time; a part of something is the mean, weighted by it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from designer.engine.memory.holding import FIGURES
from designer.engine.result.arrays import told_services
from designer.engine.spec import Spec
from designer.engine.tables.backlogs import vms_with_backlogs
from designer.engine.tables.credits import vms_with_credits

PLACE, SERVICE, VM, LIMIT, DESIGN = "place", "service", "vm", "limit", "design"
HALL, FEED, BATTERY = "hall", "feed", "ups"
"""What a quantity is told of: hosts and containers, services, VMs, what limits disks and the wire, the whole design;
data centers as halls, power feeds, UPSs."""
SERIES, SUMMARY, REQUEST = "series", "summary", "request"
"""How a run keeps a quantity: in each recording step, once for the whole run, in each step when asked for."""
SUM, MEAN, MOST, LEAST, NONE = "sum", "mean", "most", "least", ""
"""How a container has a quantity: the sum of what is in it, the mean weighted by `whole`, or the most or least that it
has as a whole at any moment of a step; NONE: containers do not have it."""
TIME, ROOM = "time", "room"
"""What an integral is divided by: the seconds of a step, or the memory for VMs of the hosts (MiB s)."""
FULL, SUFFERS = 1.0, 0.10
"""Marks of fractions: everything that there is; steal from which a VM suffers."""


def _always(_: Spec) -> bool:
    return True


def takes_memory_back(spec: Spec) -> bool:
    """Whether a host takes memory back from VMs."""
    return any(host.memory != "configured" for host in spec.hosts)


def _has_services(spec: Spec) -> bool:
    return bool(spec.services)


def has_network(spec: Spec) -> bool:
    """Whether a run tells what is cut off from the network."""
    return any(host.network for host in spec.hosts) or any(one.network or one.ends for one in spec.domains)


def _has_flows(spec: Spec) -> bool:
    return bool(spec.flows)


def _has_limits(spec: Spec) -> bool:
    return bool(spec.flows and spec.limits)


def _has_backlogs(spec: Spec) -> bool:
    return bool(vms_with_backlogs(spec))


def _has_credits(spec: Spec) -> bool:
    return bool(vms_with_credits(spec))


def _has_balancer_limits(spec: Spec) -> bool:
    return any(s.balancer is not None and s.balancer.most_rps < float("inf") for s in spec.services)


def _keeps_vms(spec: Spec) -> bool:
    return spec.keep_vm_series


def has_halls(spec: Spec) -> bool:
    """Whether a run tells what data centers draw."""
    return spec.power is not None and bool(spec.power.halls)


def has_feeds(spec: Spec) -> bool:
    """Whether a run tells the load of power feeds."""
    return spec.power is not None and bool(spec.power.feeds)


def has_temperatures(spec: Spec) -> bool:
    """Whether a run tells how warm halls are."""
    return spec.power is not None and bool(spec.power.cooling)


def _has_batteries(spec: Spec) -> bool:
    return spec.power is not None and any(feed.ups for feed in spec.power.feeds)


def _splits_energy(spec: Spec) -> bool:
    return spec.power is not None and bool(spec.power.split)


@dataclass(frozen=True)
class Quantity:
    """A quantity of a run. `name` ends in its unit and is that of its column in files; `title` is shown.

    `of` says what has it, `kept` how a run keeps it, `sums` how a container has it. `part` and `whole` are what a place
    reads; of a most, `whole` names the quantity that it is the most of; of others, `part` says where `RunSeries` or
    `VmFigures` have it. `figure` is the title of its mean over a run in the table, or of its most where `sums` says so.
    `mark` is the value above which it is red. `lane` names the lane that shows it. `when` says which runs have it.
    """

    name: str
    title: str
    unit: str
    resource: str
    of: str = PLACE
    kept: str = SERIES
    sums: str = NONE
    part: str = ""
    whole: str = ""
    figure: str = ""
    lane: str = ""
    mark: float = float("inf")
    of_hosts: bool = False
    """Whether it is known only where hosts stand."""
    some: bool = False
    """Whether the table leaves it out where it is 0."""
    when: Callable[[Spec], bool] = _always


def _of_cpu(name: str, title: str, figure: str, lane: str = "") -> Quantity:
    part = name.removesuffix("_frac")
    return Quantity(name, title, "fraction", "cpu", PLACE, SERIES, MEAN, part, "size", figure, lane or part, SUFFERS)


def _of_memory(name: str, title: str, figure: str, lane: str) -> Quantity:
    part = name.removesuffix("_frac")
    return Quantity(
        name, title, "fraction", "memory", PLACE, SERIES, MEAN, part, ROOM, figure, lane, FULL, of_hosts=True,
        when=takes_memory_back,
    )  # fmt: skip


def _of_flows(name: str, title: str, unit: str, resource: str, lane: str = "") -> Quantity:
    return Quantity(
        name, title, unit, resource, PLACE, SERIES, SUM, name.rpartition("_")[0], TIME, title + ", mean", lane,
        some=True, when=_has_flows,
    )  # fmt: skip


OF_PLACES = (
    Quantity(
        "used_frac", "CPU allocated", "fraction", "cpu", PLACE, SERIES, MEAN, "allocated", "capacity",
        "CPU, mean", mark=FULL,
    ),
    Quantity(
        "asked_frac", "CPU utilization", "fraction", "cpu", PLACE, SERIES, MEAN, "asked", "capacity",
        lane="used", mark=FULL,
    ),
    Quantity(
        "asked_most_frac", "CPU asked for, most", "fraction", "cpu", PLACE, SERIES, MOST, "heat_most", "asked_frac",
        "CPU asked for, most", mark=FULL,
    ),
    _of_cpu("steal_frac", "Steal", "Steal, mean"),
    _of_cpu("overhead_frac", "Overhead", "Overhead, mean"),
    _of_cpu("waiting_frac", "Waiting", "Waiting, mean"),
    _of_cpu("throttled_frac", "Throttled", "Throttled, mean"),
    _of_memory("memory_used_frac", "Memory used", "Memory used, mean", "memory"),
    _of_memory("memory_taken_frac", "Memory taken back", "Memory taken back, mean", "taken"),
    _of_memory("memory_short_frac", "Short of memory", "Short of memory", "short"),
    *(
        Quantity(f"cpu_{name}_mhz", title, "MHz", "cpu", PLACE, SERIES, SUM, part, TIME)
        for name, title, part in (
            ("allocated", "CPU allocated", "allocated"), ("asked", "CPU asked for", "asked"),
            ("capacity", "CPU capacity", "capacity"), ("vms", "CPU of running VMs", "size"),
        )
    ),
    Quantity(
        "placed_mib", "Memory of running VMs", "MiB", "memory", PLACE, SERIES, SUM, "placed_mib", TIME,
        "Memory of running VMs, mean", "placed", some=True,
    ),
    _of_flows("disk_asked_iops", "Disk asked for", "IOPS", "disk"),
    _of_flows("disk_served_iops", "Disk served", "IOPS", "disk", "disk"),
    _of_flows("wire_asked_mbps", "Network asked for", "Mbit/s", "network"),
    _of_flows("wire_served_mbps", "Network served", "Mbit/s", "network", "wire"),
    Quantity(
        "power_w", "Power", "W", "power", PLACE, SERIES, SUM, "energy", TIME, lane="power", of_hosts=True
    ),
)  # fmt: skip
"""Of hosts and containers."""


def _of_services(name: str, title: str, unit: str = "req/s", part: str = "", figure: str = "") -> Quantity:
    return Quantity(name, title, unit, "requests", SERVICE, part=part, figure=figure, when=_has_services)


def _of_answers(name: str, title: str, unit: str = "s", part: str = "", figure: str = "") -> Quantity:
    return Quantity(name, title, unit, "response", SERVICE, part=part or name, figure=figure, when=told_services)


OF_SERVICES = (
    _of_services("asked_rps", "Requests"),
    _of_services("served_rps", "Requests served"),
    _of_services("dropped_rps", "Requests dropped"),
    _of_services("dropped_most_rps", "Dropped, most"),
    Quantity(
        "balancer_dropped_rps", "Dropped by load balancers", "req/s", "requests", SERVICE, when=_has_balancer_limits
    ),
    _of_answers("response_mean_s", "Response time, mean", part="mean_s", figure="Response, mean"),
    _of_answers("response_p50_s", "Response time, median", part="p50_s", figure="Response, median"),
    _of_answers("response_p95_s", "Response time, 95%", part="p95_s", figure="Response, 95%"),
    _of_answers("response_p99_s", "Response time, 99%", part="p99_s", figure="Response, 99%"),
    _of_answers("response_p99_most_s", "Response time, 99% at most", part="p99_most"),
    _of_answers("backlog", "Requests waiting", ""),
    _of_answers("attempts_rps", "Attempts", "req/s"),
    _of_answers("late_rps", "Late answers", "req/s"),
)  # fmt: skip
"""Of services."""

STATES = ("running", "restarting", "waiting", "lost", "off")
"""States of VMs in the order of `RunSeries.counts`."""
OF_DESIGN = (
    *(
        Quantity(f"vms_{state}", title, "", "vms", DESIGN, sums=SUM, part=str(n))
        for n, (state, title) in enumerate(
            zip(STATES, ("VMs running", "VMs restarting", "VMs waiting", "VMs lost", "VMs off"))
        )
    ),
    Quantity("vms_unreached", "VMs running unreached", "", "vms", DESIGN, sums=SUM, part="unreached", when=has_network),
    Quantity("vms_running_least", "VMs running, least", "", "vms", DESIGN, sums=LEAST, part="running_least"),
    Quantity("vms_not_running_most", "VMs not running, most", "", "vms", DESIGN, sums=MOST, part="not_running_most"),
)  # fmt: skip
"""Of the whole design."""

OF_LIMITS = tuple(
    Quantity(f"{name}_frac", title, "fraction", resource, LIMIT, part=part, mark=FULL, when=_has_limits)
    for name, title, resource, part in (
        ("iops_used", "IOPS", "disk", "iops:both"),
        ("throughput_used", "Throughput", "disk", "mibps:both"),
        ("network_used", "Network", "network", "mbps:both"),
        ("network_out_used", "Network out", "network", "mbps:out"),
        ("network_in_used", "Network in", "network", "mbps:in"),
    )
)
"""Of what limits disks and the wire: what it counts and in which direction; parts of what it gives then."""


def _of_vms(name: str, title: str, unit: str, resource: str, part: str = "", **more: object) -> Quantity:
    return Quantity(name, title, unit, resource, VM, SUMMARY, part=part or name, figure=title, **more)  # type: ignore[arg-type]


def _of_power(
    name: str, title: str, unit: str, of: str, when: Callable[[Spec], bool], part: str = "", figure: str = ""
) -> Quantity:
    return Quantity(name, title, unit, "power", of, part=part or name, figure=figure, when=when)


OF_POWER = (
    _of_power("it_w", "Power of IT", "W", HALL, has_halls),
    _of_power("cooling_w", "Power of cooling", "W", HALL, has_halls),
    _of_power("lost_w", "Losses", "W", HALL, has_halls),
    _of_power("facility_w", "Facility power", "W", HALL, has_halls, figure="Facility power, mean"),
    _of_power("pue", "PUE", "", HALL, has_halls, figure="PUE, mean"),
    _of_power("temperature_c", "Temperature", "°C", HALL, has_temperatures, "hall_c", "Temperature, mean"),
    _of_power("temperature_most_c", "Temperature, most", "°C", HALL, has_temperatures, "hall_c_most"),
    _of_power("feed_w", "Power of feeds", "W", FEED, has_feeds, figure="Power, mean"),
    _of_power("feed_most_w", "Power of feeds, most", "W", FEED, has_feeds),
    _of_power("ups_charged_frac", "Battery charge", "fraction", BATTERY, _has_batteries, "ups_charged", "Charge, mean"),
)
"""Of data centers, power feeds and UPSs."""
POWER_QUANTITIES = {of.name: of for of in OF_POWER}
OF_VMS = (
    _of_vms("mean_mhz", "", "MHz", "cpu"),
    _of_vms("mean_frac", "CPU, mean", "fraction", "cpu", "mean"),
    _of_vms("p50_frac", "CPU, median", "fraction", "cpu", "p50"),
    _of_vms("p95_frac", "CPU, 95%", "fraction", "cpu", "p95"),
    _of_vms("most_frac", "CPU, most", "fraction", "cpu", "highest"),
    _of_vms("steal_frac", "Steal, mean", "fraction", "cpu", "steal"),
    _of_vms("overhead_frac", "Overhead, mean", "fraction", "cpu", "overhead"),
    _of_vms("throttled_frac", "Throttled, mean", "fraction", "cpu", "throttled"),
    _of_vms("waiting_frac", "Waiting, mean", "fraction", "cpu", "waiting"),
    *(
        _of_vms(f"{name}_mib", "Memory " + name + ", mean", "MiB", "memory", f"memory:{n}", when=takes_memory_back)
        for n, name in enumerate(FIGURES)
    ),
    _of_vms("steal_ms", "Steal, sum of vCPUs", "ms", "cpu"),
    _of_vms("credits", "CPU credits", "", "credits", "credits:0", when=_has_credits),
    _of_vms("surplus_credits", "Surplus credits", "", "credits", "credits:1", when=_has_credits),
    _of_vms("charged_credits", "Credits charged", "", "credits", "credits:2", when=_has_credits),
    _of_vms("charged_usd", "Price of credits charged", "USD", "credits", "credits:3", when=_has_credits),
    _of_vms("used_up_s", "Credits used up after", "s", "credits", "credits:4", when=_has_credits),
    _of_vms("backlog_s", "Backlog, work at full speed", "s", "cpu", "backlog:0", when=_has_backlogs),
    _of_vms("backlog_most_s", "Backlog, most", "s", "cpu", "backlog:1", when=_has_backlogs),
    _of_vms("backlogged_s", "Time with a backlog", "s", "cpu", "backlog:2", when=_has_backlogs),
    _of_vms("drains_s", "Backlog drains in", "s", "cpu", "backlog:3", when=_has_backlogs),
    _of_vms("energy_wh", "Energy", "Wh", "power", when=_splits_energy),
    _of_vms("running_s", "", "s", "state"),
    _of_vms("down_s", "Down", "s", "state"),
    _of_vms("unreached_s", "Ran unreached", "s", "state", some=True, when=has_network),
    _of_vms("migrations", "Migrations", "", "moves", "moves:0", some=True),
    _of_vms("standstill_s", "Standstill by migrations", "s", "moves", "moves:1", some=True),
    _of_vms("disk_asked_iops", "Disk asked for, mean", "IOPS", "disk", "disk_asked", some=True, when=_has_flows),
    _of_vms("disk_served_iops", "Disk served, mean", "IOPS", "disk", "disk_served", some=True, when=_has_flows),
    _of_vms("wire_asked_mbps", "Network asked for, mean", "Mbit/s", "network", "wire_asked", some=True,
            when=_has_flows),
    _of_vms("wire_served_mbps", "Network served, mean", "Mbit/s", "network", "wire_served", some=True,
            when=_has_flows),
    _of_vms("to_zones_gb", "Sent to other zones", "GB", "network", "to_zones", some=True, when=_has_flows),
    _of_vms("to_regions_gb", "Sent to other regions", "GB", "network", "to_regions", some=True, when=_has_flows),
    _of_vms("to_outside_gb", "Sent to the internet", "GB", "network", "to_outside", some=True, when=_has_flows),
)  # fmt: skip
"""Of VMs over the whole run; the table shows those with a title."""

OF_VM_STEPS = (
    Quantity("credit_balance", "CPU credits", "", "credits", VM, part="credits", when=_has_credits),
    Quantity("load_frac", "Load", "fraction", "cpu", VM, REQUEST, mark=FULL, when=_keeps_vms),
    Quantity("credit_surplus", "Surplus credits", "", "credits", VM, part="surplus", when=_has_credits),
    Quantity("backlog_waits_s", "Backlog, work at full speed", "s", "cpu", VM, part="backlogs_s", when=_has_backlogs),
)
"""Of VMs in each recording step."""

PLACE_QUANTITIES, VM_QUANTITIES = ({of.name: of for of in each} for each in (OF_PLACES, OF_VMS))
"""Quantities of places, and of VMs over a run, by name."""
OF_SPREADS = tuple(
    Quantity(f"vms_{name}_frac", title, "fraction", "cpu", PLACE, REQUEST, part=str(n), mark=FULL, when=_keeps_vms)
    for n, (name, title) in enumerate(
        (("p50", "Load of VMs, median"), ("p95", "Load of VMs, 95%"), ("most", "Load of VMs, most"))
    )
)
"""How the load of the VMs that run in a place is spread over them, in each recording step: of `SHARES`."""
QUANTITIES = (*OF_PLACES, *OF_SPREADS, *OF_SERVICES, *OF_DESIGN, *OF_LIMITS, *OF_POWER, *OF_VM_STEPS, *OF_VMS)


def series_of(spec: Spec) -> list[Quantity]:
    """The quantities that a run of a spec tells step by step."""
    return [quantity for quantity in QUANTITIES if quantity.kept != SUMMARY and quantity.when(spec)]
