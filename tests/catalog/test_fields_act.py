"""A field that has no effect is not a field: each is changed from one valid value to another, and a figure differs.

A figure is one of a run, a price, a rate, a finding, or how much more of something fits. A design that is refused
shows none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from copy import copy
from functools import cache, partial
from itertools import combinations
from typing import Any, NamedTuple

import numpy as np
import pytest

from designer.catalog import KINDS, LINKS
from designer.catalog.kinds.saved.trace import pack
from designer.catalog.presets.shipped import DEDICATED, presets
from designer.catalog.reference import ebs
from designer.catalog.reference.ec2 import ec2
from designer.catalog.rules.offers import offered, place_of, price_usd_h
from designer.checks.live import findings_of
from designer.checks.registry import CHECKS
from designer.checks.run import of_run
from designer.commands import edit
from designer.engine import TimedEvent
from designer.engine.result.arrays import POWER_SERIES, SERVICE_SERIES
from designer.engine.result.result import Result
from designer.engine.simulation import Simulation, carried
from designer.errors import RuleError
from designer.model.element import ROOT_ID, Element, Link, clone, make
from designer.model.fields import FieldSpec, acts, field_specs
from designer.model.project import Project, snapshot
from designer.study.availability.answer import Study
from designer.study.build import build
from designer.study.cost.bill import bill_of
from designer.study.series import SeriesReader
from designer.study.summary import VmFigures, summarize

FOR_PEOPLE = ("x", "y", "w", "h", "hug", "placed", "note", "preset", "foreign_id")
"""What every element has for the drawing, its readers and its bookkeeping: never part of a run."""

KEPT = {
    ("preset", "of_kind"), ("preset", "held"), ("blueprint", "data"), ("mute", "check_id"), ("mute", "of"),
    ("scenario", "events"), ("datastore", "backup_h"),
    *((kind, name) for kind in ("volume", "datastore", "database")
      for name in ("backup_at_h", "backup_keep_h", "restore_h")),
}  # fmt: skip
"""What is kept to be used again, or to be left out of a list; tests/commands/test_presets.py, tests/study/scenarios
and tests/checks/test_mutes.py show that it acts when it is."""

PROVENANCE = [("trace", "origin")]
"""Where data came from, for people: never part of a run."""


DEALT = (
    (4, 16.0, 2, 4.0),
    (16, 16.0, 1, 10.0),
    (4, 8.0, 1, 0.25),
    (2, 64.0, 1, 20.0),
    (2, 8.0, 4, 5.0),
    (12, 48.0, 12, 16.0),
)
"""Cores and GiB of hosts, and the vCPUs and GiB that a VM takes there: each policy places the next VM on another."""


FIGURES = 9
"""How many groups of figures an outcome has."""

FAILING_POWER = ("feed-a", "feed-c", "feed-d", "cool-1", "cool-2")

FITTING = ("vm", "placement_group", "volume", "vpc")
"""Kinds of which it is asked what else fits; what fits elsewhere is the same for all others."""

BEGUN_S = (60.0, 300.0, 660.0, 1300.0)
"""Before and after much has failed: most fields show in what a run has told by one of these, and its rest need not
be computed."""


PARTS = ("loads", "flows", "memory", "clusters", "moving", "balancing", "power", "behind_uplinks")
"""Parts of the small design that stand in the same places and know nothing of each other."""


class World:
    """A small design in which much happens: two contended hosts of which one fails, a service, a group, a trace; or
    some parts of it.

    `ids` holds its elements by name; `subject` is the element whose fields are changed.
    """

    def __init__(self, *parts: str) -> None:
        self.project = Project(KINDS, LINKS)
        self.begun: Simulation | None = None
        self.ids: dict[str, int] = {"design": 1}
        self.fails = ["server", "host-a", "host-f", "web-1", "app-1", "edge-1", "feed", "cooling", "db", "nat", "p-0"]
        self.fails += ["switch-vs", "vs-3", "pve-1", "lb-m0", "lb-m1", "lb-g", "hc-2"]
        self._places()
        for part in parts or PARTS:
            getattr(self, f"_{part}")()
        self._set("design", until_h=1.0, sample_s=300.0, policy="spread")

    def put(self, name: str, kind: str, parent: str = "design", **fields: Any) -> int:
        """Place an element by name."""
        self.ids[name] = edit.place(self.project, kind, self.ids[parent], name=name, id=100 + len(self.ids), **fields)
        return self.ids[name]

    def link(self, kind: str, source: str, target: str) -> None:
        """Link two elements by name."""
        with self.project.edit("Link"):
            link = Link(id=1000 + len(self.project.links), kind=kind, source=self.ids[source], target=self.ids[target])
            self.project.add(link)

    def _set(self, name: str, **fields: Any) -> None:
        edit.change(self.project, [self.ids[name]], fields)

    def _places(self) -> None:
        self.put("region", "region", time_zone="Asia/Kolkata", provider="aws", code="ap-south-1")
        self.put("zone", "zone", "region", zone_id="aps1-az1")
        self.put("zone-2", "zone", "region", zone_id="aps1-az3")
        self.put("dc", "data_center", "zone")
        self.put("rack", "rack", "dc", units_u=20)
        self.put("rack-2", "rack", "dc")
        self.put("feed", "power_feed", "dc", battery_s=10.0, generator=True, generator_start_s=40.0, fuel_h=0.2)
        self.put("cooling", "cooling", "dc", heat_up_s=200.0)
        capacity = {"cores": 4, "mhz": 1000.0, "ram_mib": 16_384.0, "overcommit": 3.0, "idle_w": 100.0, "full_w": 200.0}
        self.put("host-a", "host", "rack", **capacity)
        self.put("host-b", "host", "rack", **capacity)
        self.put("host-c", "host", "zone", **capacity)
        self.put("host-d", "host", "zone", **capacity)
        self.put("host-e", "host", "zone", **capacity)
        self.put("host-f", "host", "rack-2", **capacity)
        self.put("metal", "host", "zone", model=f"m5{DEDICATED}")
        self.link("feeds", "feed", "host-d")
        self.link("cools", "cooling", "host-e")
        for kind in ("switch", "router", "firewall"):
            self.put(kind, kind, "rack")
        self.put("cluster", "cluster", "region", detect_s=20.0)
        self.link("in_cluster", "host-a", "cluster")
        self.link("in_cluster", "host-b", "cluster")
        self.link("in_cluster", "host-f", "cluster")
        self.put("subnet", "subnet", "zone", cidr="10.0.0.0/24", public=True)
        self.put("vpc", "vpc", "region")
        self.put("igw", "internet_gateway", "region")
        self.link("in_vpc", "subnet", "vpc")
        self.link("opens", "igw", "vpc")
        self.put("subnet-2", "subnet", "zone-2", cidr="10.0.1.0/28")
        self.put("inner", "subnet", "zone", cidr="10.0.2.0/24")
        self.link("in_vpc", "inner", "vpc")
        self.put("nat", "nat_gateway", "subnet")
        self.link("routes_through", "inner", "nat")
        self.put("region-2", "region")
        values = np.array([[90, 10, 80, 20], [30, 60, 40, 70]], np.uint8)
        self.put("trace", "trace", **pack(values), step_s=600.0)
        self.put("trace-2", "trace", **pack(values[::-1]), step_s=600.0)

    def _loads(self) -> None:
        """Contended hosts, services with all that they stand on, groups, and rules of placement."""
        for kind in ("note", "preset", "blueprint", "mute", "scenario"):
            self.put(kind, kind)
        self.put("array", "storage_array", "rack")
        self.put("store", "datastore", "dc", capacity_gib=1000.0)
        self.link("offers", "array", "store")
        busy = {"mhz": 1000.0, "vcpus": 4, "ram_mib": 4096.0, "load_frac": 1.0}
        for host, load in (("a", 1.0), ("b", 0.3), ("c", 1.0), ("d", 1.0), ("e", 1.0)):
            self.put(f"vm-{host}1", "vm", f"host-{host}", **{**busy, "load_frac": load})
        self.put("server", "host", "zone", cores=4, mhz=1000.0)
        self.put("app", "application", "server", vcpus=2, mhz=900.0)
        self.put("app-in-vm", "application", "vm-b1", vcpus=1, mhz=1000.0)
        self.put("disk", "volume", "store", size_gib=600.0)
        self.put("spare", "volume", "zone")
        self.link("sees", "host-b", "store")
        self.link("attached_to", "disk", "vm-b1")
        self.put("vm-b2", "vm", "host-b", **{**busy, "load_frac": 0.7, "vcpus": 3}, shares=2500.0, recovery="none")
        self.put("vm-a2", "vm", "host-a", **busy, recovery="cluster")
        self.put("vm-f1", "vm", "host-f", **busy, recovery="cluster")
        self.put("disk-a2", "volume", "vm-a2", type="gp3")
        self.link("attached", "vm-a1", "inner")
        self.put("pool", "resource_pool", "zone", shares=1500.0)
        self.link("in_pool", "vm-a2", "pool")
        curve = {"demand": "day_curve", "day_mean_frac": 0.4, "day_swing_frac": 0.2, "day_noise_frac": 0.05}
        self.put("vm-curve", "vm", "zone", vcpus=1, **curve)
        self.put("vm-trace", "vm", "zone", vcpus=1, demand="trace", trace=self.ids["trace"], instance_type="m5.large")
        self.put("nodes", "host", "zone", cores=4, threads_per_core=2, ram_mib=8192.0, numa_nodes=2)
        self.put("vm-nodes", "vm", "nodes", vcpus=3, ram_mib=1024.0, load_frac=1.0)
        self.put("vm-t", "vm", "zone", vcpus=2, load_frac=0.8, instance_type="t3.large", credits_at_start=2.0)

        self.put("service", "service", rate_rps=700.0, work_mhz_s=5.0)
        curve = {"mean_rps": 100.0, "swing_rps": 60.0, "noise_rps": 3.0, "peak_h": 3.0, "time_zone": "Asia/Kolkata"}
        self.put("users", "user_population", **curve)
        self.link("uses", "users", "service")
        self.put("service-2", "service", rate_rps=500.0)
        self.put("lb", "load_balancer", "region", check_interval_s=20.0)
        self.link("balances", "lb", "service-2")
        self.link("nodes_in", "lb", "subnet-2")
        self.put("neighbors", "user_population", near="ap-south-1", mean_rps=10.0)
        self.link("uses", "neighbors", "service-2")
        self.put("dns", "dns_name", check_interval_s=60.0, ttl_s=100.0)
        self.put("people", "user_population", mean_rps=90.0)
        self.link("uses", "people", "dns")
        self.put("edge", "service", rate_rps=5.0)
        self.put("edge-1", "vm", "zone", vcpus=1, recovery="none")
        self.link("member", "edge-1", "edge")
        for service, order in (("edge", "1"), ("service", "3")):
            edit.connect(self.project, "answers", self.ids["dns"], self.ids[service], order)
        self.put("db", "database", "region", failover_s=80.0)
        self.link("primary_in", "db", "subnet")
        self.link("standby_in", "db", "subnet-2")
        self.link("depends_on", "service-2", "db")
        for name in ("app-1", "app-2"):
            self.put(name, "vm", "zone", vcpus=4, mhz=1000.0, recovery="none")
            self.link("member", name, "service-2")
        self.put("reader", "service", rate_rps=5.0, strategy="backup")
        self.put("reader-1", "vm", "zone-2", vcpus=1, recovery="none")
        self.link("member", "reader-1", "reader")
        self.link("depends_on", "reader", "db")
        self.put("pictures", "bucket", "region")
        self.put("thumbs", "service", rate_rps=1.0)
        self.put("thumbs-1", "vm", "inner", vcpus=1, recovery="none")
        self.link("member", "thumbs-1", "thumbs")
        self.link("depends_on", "thumbs", "pictures")
        for kind, fields in (("function", {"concurrency": 40, "duration_s": 0.2}), ("bucket", {"prefix_rps": 200.0})):
            self.put(f"{kind}-calls", "service", rate_rps=900.0)
            self.put(kind, kind, "region", **fields)
            self.link("serves", kind, f"{kind}-calls")
        self.put("group", "auto_scaling_group", "region", min_count=1, desired_count=3, max_count=4, detect_s=30.0)
        for name in ("web-1", "web-2", "web-t"):
            self.put(name, "vm", "subnet", vcpus=1, mhz=1000.0, recovery="replace", template=name == "web-t")
            self.link("member", name, "service")
        self.link("guards", "firewall", "subnet")
        self.put("pg", "placement_group", "region", strategy="partition")
        self.put("pg-free", "placement_group", "region")
        self.put("vm-far", "vm", "zone-2", vcpus=1)
        self.put("vm-far-2", "vm", "zone-2", vcpus=1)
        for name in ("vm-c1", "vm-b2"):
            self.link("placed_by", name, "pg-free")
        for name in ("vm-a1", "vm-b1", "vm-f1", "vm-far"):
            self.link("placed_by", name, "pg")
        self._placement()
        self.put("sg", "security_group", "region")
        self.link("protected_by", "web-2", "sg")
        self.link("instance", "web-1", "group")
        self.link("instance", "web-2", "group")
        self.link("template", "group", "web-t")
        self.link("spans", "group", "subnet")
        self.link("spans", "group", "subnet-2")
        self.put("group-z", "auto_scaling_group", "region", min_count=1, desired_count=2, max_count=4)
        for name in ("z-1", "z-2", "z-t"):  # both in one zone: out of balance until something comes back
            self.put(name, "vm", "subnet-2", vcpus=1, mhz=1000.0, recovery="replace", template=name == "z-t")
        self.link("instance", "z-1", "group-z")
        self.link("instance", "z-2", "group-z")
        self.link("template", "group-z", "z-t")
        self.link("spans", "group-z", "subnet")
        self.link("spans", "group-z", "subnet-2")

    def _placement(self) -> None:
        """Rules that keep VMs apart, and a VM that may restart on a host with more vCPUs or on one with more memory."""
        self.put("rule", "affinity_rule", "region")
        for name in ("vm-a1", "vm-b1", "vm-c1", "vm-far"):
            self.link("ruled_by", name, "rule")
        self.put("rule-soft", "affinity_rule", "region", level="zone")
        for name in ("vm-far", "vm-far-2"):
            self.link("ruled_by", name, "rule-soft")
        self.put("deal", "cluster", "region")
        self.put("p-0", "host", "zone-2", ram_mib=16_384.0)
        for n, (cores, gib, vcpus, taken_gib) in enumerate(DEALT, 1):
            self.put(f"p-{n}", "host", "zone-2", cores=cores, ram_mib=gib * 1024.0, overcommit=3.0)
            self.put(f"vm-p{n}", "vm", f"p-{n}", vcpus=vcpus, ram_mib=taken_gib * 1024.0)
        for n in range(len(DEALT) + 1):
            self.link("in_cluster", f"p-{n}", "deal")
        self.put("vm-p0", "vm", "p-0", vcpus=1, ram_mib=1024.0, recovery="cluster")

    def _flows(self) -> None:
        """VMs that ask for more of their disks and the wire than there is, on hosts of their own."""
        self.put("rack-io", "rack", "dc", uplink_mbps=30.0)
        self.put("host-io", "host", "rack-io", nic_mbps=40.0)
        self.put("array-io", "storage_array", "dc")
        self.put("store-io", "datastore", "dc")
        self.link("offers", "array-io", "store-io")
        self.link("sees", "host-io", "store-io")
        self.put("vm-store", "vm", "host-io", disk_iops=900.0, disk_io_kib=64.0, io_pattern="constant", recovery="none")
        self.put("disk-store", "volume", "store-io")
        self.link("attached_to", "disk-store", "vm-store")
        self.put("hc", "datastore", "dc", spread="s2d", rebuild_delay_s=300.0)
        for n in range(3):
            self.put(f"hc-{n}", "host", "dc", nic_mbps=2000.0, storage_gib=40.0)
            self.link("sees", f"hc-{n}", "hc")
        self.put("vm-hc", "vm", "hc-0", disk_iops=9000.0, disk_io_kib=64.0, io_pattern="constant", recovery="none")
        self.put("app-hc", "application", "vm-hc", ram_mib=64.0, disk_iops=9000.0, disk_io_kib=64.0)
        self.put("disk-hc", "volume", "hc", size_gib=30.0)
        self.link("attached_to", "disk-hc", "vm-hc")
        self.put("vm-wire", "vm", "host-io", net_mbps=90.0, io_pattern="constant", recovery="none")
        self.put("vm-io", "vm", "zone", vcpus=8, instance_type="m5.large", load_frac=0.5, disk_iops=900.0,
                 disk_io_kib=512.0, recovery="none")  # fmt: skip
        self.put("disk-io", "volume", "zone", type="gp3", size_gib=100.0, iops=3200.0, mibps=130.0)
        self.link("attached_to", "disk-io", "vm-io")
        self.put("app-io", "application", "vm-io", ram_mib=512.0, vcpus=1, load_frac=0.5, disk_iops=900.0,
                 disk_io_kib=512.0)  # fmt: skip
        self.put("vm-app-out", "vm", "zone", vcpus=96, instance_type="m5.24xlarge", recovery="none")
        self.put("app-out", "application", "vm-app-out", ram_mib=512.0, vcpus=90, load_frac=0.5, net_mbps=40_000.0,
                 net_streams=1)  # fmt: skip
        self.put("vm-far-out", "vm", "zone", vcpus=96, instance_type="m5.24xlarge", net_mbps=40_000.0, net_streams=1,
                 recovery="none")  # fmt: skip

    def _power(self) -> None:
        """A data center whose feeds fail, are back and fail again, and one that loses its cooling for a while."""
        host = {"cores": 4, "mhz": 1000.0, "idle_w": 100.0, "full_w": 200.0}
        self.put("hall", "data_center", "zone-2")
        self.put("feed-a", "power_feed", "hall")
        self.put("feed-b", "power_feed", "hall", limit_w=250.0)
        self.put("feed-c", "power_feed", "hall", battery_wh=3.0, recharge_w=10.0)
        self.put("feed-d", "power_feed", "hall")
        self.put("ups", "ups", "hall", battery_wh=20.0, recharge_w=100.0)
        self.put("generator", "generator", "hall", fuel_h=0.1)
        self.link("backs_up", "ups", "feed-a")
        self.link("backs_up", "generator", "feed-d")
        for n, feeds in enumerate(("a", "ab", "b", "c", "d")):
            self.put(f"fed-{n}", "host", "hall", **host)
            self.put(f"vm-fed{n}", "vm", f"fed-{n}", vcpus=4, mhz=1000.0, load_frac=0.5)
            for letter in feeds:
                self.link("feeds", f"feed-{letter}", f"fed-{n}")
        self.put("hall-2", "data_center", "zone-2", pue=1.5, warming_k_min=10.0, time_constant_s=1000.0, restart_c=30.0,
                 shutdown_c=40.0, restart_hosts=1, restart_every_s=60.0)  # fmt: skip
        for name in ("cool-1", "cool-2"):
            self.put(name, "cooling", "hall-2", capacity_w=250.0, restart_s=100.0, by_hand=name == "cool-2")
            self.link("cools", name, "hall-2")
        for n in range(3):
            self.put(f"warm-{n}", "host", "hall-2", **host)
            self.put(f"vm-warm{n}", "vm", f"warm-{n}", vcpus=4, mhz=1000.0, load_frac=0.5)

    def _memory(self) -> None:
        """Hosts with less memory than their VMs use, one for each rule."""
        host = {"cores": 16, "mhz": 1000.0, "ram_mib": 8192.0}
        busy = {"mhz": 1000.0, "vcpus": 1, "load_frac": 1.0, "active_frac": 0.9, "recovery": "none"}
        for rule, swap_mib in (("esxi", 9000.0), ("kvm", 9000.0), ("oom", 1000.0), ("hyperv", 0.0)):
            name = {"oom": "kvm"}.get(rule, rule)
            self.put(f"host-{rule}", "host", "zone", **host, memory_rule=name, ram_overcommit=2.0, swap_mib=swap_mib)
            least = 1024.0 if rule in ("esxi", "hyperv") else 0.0
            small = {"ram_mib": 4096.0 if rule == "hyperv" else 8192.0}
            small["active_frac"] = 0.5 if least else 0.9
            self.put(f"vm-{rule}1", "vm", f"host-{rule}", **{**busy, **small}, ram_guaranteed_mib=least)
            self.put(f"vm-{rule}2", "vm", f"host-{rule}", **busy, ram_mib=8192.0, ram_guaranteed_mib=least)

    def _clusters(self) -> None:
        """A cluster with a host that is cut off and one that dies, and one of two nodes of which one dies."""
        for name in ("vs", "pve"):
            self.put(name, "cluster", "zone-2", admission="failover_hosts")
        self.put("store-vs", "datastore", "zone-2")
        for name in ("vs-1", "vs-2", "vs-3", "pve-1", "pve-2"):
            self.put(name, "host", "zone-2", cores=4, mhz=1000.0)
            self.link("in_cluster", name, name.split("-")[0])
            self.put(f"vm-{name}", "vm", name, vcpus=1, ram_mib=512.0)
        for name in ("vs-2", "vs-3"):
            self.link("sees", name, "store-vs")
        self.put("switch-vs", "switch", "zone-2")
        self.link("connects", "switch-vs", "vs-2")

    def _moving(self) -> None:
        """A cluster for each balancer, with a host that has too much to do."""
        host = {"cores": 4, "mhz": 1000.0, "ram_mib": 16_384.0, "migration_mbps": 500.0, "migrations_at_once": 2}
        own: dict[str, dict[str, Any]] = {
            "drs": {"drs_deviation": 0.1},
            "proxmox": {"balance_every_s": 60.0, "proxmox_hold": 2},
            "threshold": {"power_off_empty": True, "cooldown_s": 600.0},
        }
        for rule, fields in own.items():
            self.put(f"by-{rule}", "cluster", "zone", **{"balance_every_s": 200.0, "balancer": rule, **fields})
            for n in range(3):
                self.put(f"{rule}-{n}", "host", "zone", **host)
                self.link("in_cluster", f"{rule}-{n}", f"by-{rule}")
            busy = {"mhz": 1000.0, "recovery": "none", "demand": "trace", "trace": self.ids["trace"]}
            for n in range(5):
                self.put(f"vm-{rule}{n}", "vm", f"{rule}-{n // 3}", **busy, vcpus=1 + n % 2, trace_row=n % 2,
                         ram_mib=3072.0 - 256.0 * n, dirty_mib_s=1.1 if n == 1 else 20.0, hot_mib=512.0)  # fmt: skip
        self.put("vm-writes", "vm", "drs-0", mhz=1000.0, ram_mib=1024.0, vcpus=1, load_frac=1.0, dirty_mib_s=500.0)

    def _balancing(self) -> None:
        """A load balancer over four members of two sizes in two zones; two of the three in one zone fail."""
        self.put("even", "service", rate_rps=300.0)
        self.put("lb-even", "load_balancer", "region")
        self.link("balances", "lb-even", "even")
        self.link("nodes_in", "lb-even", "subnet")
        self.link("nodes_in", "lb-even", "subnet-2")
        self.put("group-lb", "auto_scaling_group", "region", min_count=1, desired_count=1, max_count=2, detect_s=900.0)
        for name in ("lb-g", "lb-t"):
            self.put(name, "vm", "subnet-2", mhz=1000.0, vcpus=1, recovery="replace", template=name == "lb-t")
            self.link("member", name, "even")
        self.link("instance", "lb-g", "group-lb")
        self.link("template", "group-lb", "lb-t")
        self.link("spans", "group-lb", "subnet-2")
        for n, (zone, vcpus) in enumerate((("zone", 1), ("zone", 1), ("zone", 2), ("zone-2", 1))):
            self.put(f"lb-m{n}", "vm", zone, mhz=1000.0, vcpus=vcpus, recovery="none")
            self.link("member", f"lb-m{n}", "even")

    def _behind_uplinks(self) -> None:
        """A service with a member in a rack of a data center, and users near by."""
        for name, kind, parent in (("hall-up", "data_center", "zone"), ("rack-up", "rack", "hall-up"),
                                   ("host-up", "host", "rack-up"), ("vm-up", "vm", "host-up")):  # fmt: skip
            self.put(name, kind, parent)
        self.put("service-up", "service", rate_rps=1.0)
        self.link("member", "vm-up", "service-up")
        self.put("near-up", "user_population", near="ap-south-1", mean_rps=1.0)
        self.link("uses", "near-up", "service-up")

    def copied(self) -> World:
        """The same design again, to be changed apart from this one."""
        made = copy(self)
        made.begun = None
        made.project = snapshot(self.project)
        return made

    def outcome(self, subject: int) -> list[Any]:
        """The figures that an architect sees of the design. Raises SpecError when it does not run."""
        return list(self.figures(subject))

    def figures(self, subject: int) -> Iterator[Any]:
        """These figures one after the other, those first that show many fields for what they take."""
        return (self.figure(number, subject) for number in range(FIGURES))

    def figure(self, number: int, subject: int) -> Any:
        """One of these figures; only the last one depends on the subject."""
        begun = (partial(self._begun, until_s) for until_s in BEGUN_S)
        ways = (self._prices, self._rates, *begun, self._findings, self._run, partial(self._fits, subject))
        return ways[number]()

    def _findings(self) -> list[Any]:
        return [(found.check, found.text, found.detail) for found in findings_of(self.project, CHECKS)]

    def _rates(self) -> list[Any]:
        """What each volume gives."""
        volumes = (volume.__dict__ for volume in self.project.of_kind("volume"))
        return [ebs.rates(*(volume[name] for name in ("type", "size_gib", "iops", "mibps"))) for volume in volumes]

    def _prices(self) -> list[Any]:
        """Of each VM with an instance type the price an hour where it stands, and whether it is offered there."""
        vms = [vm for vm in self.project.of_kind("vm") if vm.__dict__["instance_type"]]
        places = [place_of(self.project, vm) for vm in vms]
        prices = [price_usd_h(self.project, vm) for vm in vms]
        offers = [place and offered("a1.large", place) for place in places]
        bill = [(line.what, line.element, line.quantity, line.usd) for line in bill_of(self.project).lines]
        return [prices, offers, bill]

    def _simulation(self) -> Simulation:
        """The run, at its start."""
        told = [(600.0, "fail", name) for name in (*self.fails, *FAILING_POWER)]
        told += [(500.0, "fail_control", "region-2")]
        told += [(2400.0, "recover", name) for name in ("host-a", "server", "app-1")]
        told += [(1000.0, "recover", name) for name in ("cool-1", "cool-2")]
        for name in ("feed-a", "feed-c"):
            told += [(900.0, "recover", name), (1500.0, "fail", name)]
        events = [TimedEvent(at_s, what, self.ids[name]) for at_s, what, name in told if name in self.ids]
        return Simulation(build(self.project, events=events))

    def _begun(self, until_s: float) -> Any:
        """What the run has told at a time; one that has begun goes on."""
        self.begun = self.begun or self._simulation()
        self.begun.advance(until_s)
        return self._told(self.begun.result())

    def _run(self) -> Any:
        """What the whole run tells; one that has begun goes on."""
        simulation, self.begun = self.begun or self._simulation(), None
        result = carried(simulation, None).result()
        spec = result.spec
        series = SeriesReader(spec).read(result.store)
        missed = [
            (found.elements, found.detail) for found in of_run(series, spec, (), (), ()) if found.check == "RUN-02"
        ]
        waits = summarize(series, spec, VmFigures.of(result), {}).latencies
        return [*self._told(result), missed, waits]

    def _told(self, result: Result) -> list[Any]:
        """The series and the log of a run so far."""
        arrays = (
            result.edges_s, result.used, result.heat, result.steal, result.power_w, result.counts, result.asked_rps,
            *(result.store.arrays[name] for name in SERVICE_SERIES), result.served_rps, result.vms.mean_mhz,
            result.vms.steal, result.vms.running_s, result.credits.balance, result.sent,
            *(result.store.arrays[name] for name in POWER_SERIES), result.power.energy_j,
        )  # fmt: skip
        log = [(e.time_s, e.what, e.id, e.cause, e.place, e.detail, e.value) for e in result.log]
        return [[np.asarray(array).tobytes() for array in arrays], log]

    def _fits(self, subject: int) -> list[int]:
        """How much more of several things fits into the element, into what it stands in, or with what it is linked."""
        project, here = self.project, self.project.elements[subject]
        fits = [
            self._count("switch", "rack"),
            self._count("volume", "store", type="virtual_disk", size_gib=50.0),
            self._count("vm", "subnet", instance_type="m5.large"),
            self._count("application", "vm-b1", ram_mib=256.0),
            self._count("vm", "metal", instance_type="m5.4xlarge", vcpus=16),
        ]
        if here.kind == "vm":
            types = (clone(here, instance_type=name) for name in list(ec2().types)[::10])
            fits.append(sum(project.why_not("vm", here.parent, vm) is None for vm in types))
        if here.kind == "placement_group":
            vms = [vm.id for vm in project.of_kind("vm") if not project.targets(vm.id, "placed_by")]
            fits += [project.why_no_link("placed_by", vm, subject) is None for vm in vms]
        if here.kind == "volume":
            sizes = (1.0, 4.0, 125.0, 16_384.0, 63_488.0, 65_536.0)
            fits += [project.why_not("volume", here.parent, clone(here, size_gib=gib)) is None for gib in sizes]
        if here.kind == "vpc":
            fits.append(sum(self._may_join(f"10.{n}.0.0/16", subject) for n in range(1, 9)))
        return fits

    def _count(self, kind: str, parent: str, **fields: Any) -> int:
        """How many more of a kind may be placed there, up to 400, if the place exists; the design is then as it was."""
        placed = 0
        with suppress(RuleError), self.project.edit("Try"):
            while placed < 400 and parent in self.ids:
                self.project.add(make(KINDS[kind].table, {"parent": self.ids[parent], "name": "more", **fields}))
                placed += 1
            raise RuleError("enough")
        return placed

    def _may_join(self, cidr: str, vpc: int) -> bool:
        """Whether a subnet of a range may be a part of a VPC."""
        joins = False
        with suppress(RuleError), self.project.edit("Try"):
            fields = {"parent": self.ids["zone"], "name": "more", "cidr": cidr}
            subnet = self.project.add(make(KINDS["subnet"].table, fields))
            joins = self.project.why_no_link("in_vpc", subnet, vpc) is None
            raise RuleError("enough")
        return joins


SUBJECTS = {
    "design": "design",
    "region": "region",
    "zone": "zone",
    "data_center": "hall-2",
    "power_feed": "feed",
    "ups": "ups",
    "generator": "generator",
    "cooling": "cooling",
    "rack": "rack",
    "host": "host-b",
    "cluster": "cluster",
    "resource_pool": "pool",
    "storage_array": "array",
    "datastore": "store",
    "vm": "vm-a1",
    "application": "app",
    "volume": "disk",
    "subnet": "subnet",
    "vpc": "vpc",
    "nat_gateway": "nat",
    "service": "service",
    "switch": "switch",
    "router": "router",
    "firewall": "firewall",
    "security_group": "sg",
    "placement_group": "pg",
    "affinity_rule": "rule",
    "function": "function",
    "bucket": "bucket",
    "database": "db",
    "user_population": "users",
    "load_balancer": "lb",
    "dns_name": "dns",
    "auto_scaling_group": "group",
    "trace": "trace",
}
"""The element of the small design whose fields are changed, for each kind that has fields of its own."""

OF_ANOTHER = {
    **{("datastore", name): "hc" for name in ("spread", "tolerates", "rebuild_delay_s", "rebuild_mibps")},
    ("host", "storage_gib"): "hc-1",
    ("vm", "write_frac"): "vm-hc",
    ("application", "write_frac"): "app-hc",
    ("service", "read_kib"): "reader",
    **{("service", name): "service-2" for name in ("strategy", "rpo_s")},
    **{("power_feed", name): "feed-b" for name in ("limit_w", "trip_s")},
    **{("power_feed", name): "feed-c" for name in ("battery_wh", "recharge_w")},
    **{("cooling", name): "cool-1" for name in ("capacity_w", "restart_s", "by_hand")},
    ("vm", "partition"): "vm-f1",
    ("vm", "ram_mib"): "vm-b2",
    ("vm", "instance_type"): "vm-trace",
    ("vm", "guest_os"): "vm-trace",
    ("vm", "plan"): "vm-trace",
    ("vm", "credit_mode"): "vm-t",
    ("vm", "unserved"): "vm-b1",
    ("vm", "prefer_ht"): "vm-nodes",
    ("host", "numa_nodes"): "nodes",
    ("host", "numa_loss_frac"): "nodes",
    ("vm", "credits_at_start"): "vm-t",
    ("vm", "io_pattern"): "vm-io",
    ("vm", "disk_iops"): "vm-io",
    ("vm", "disk_io_kib"): "vm-io",
    ("vm", "net_mbps"): "vm-far-out",
    ("vm", "net_streams"): "vm-far-out",
    **{("application", name): "app-io" for name in ("io_pattern", "disk_iops", "disk_io_kib")},
    **{("application", name): "app-out" for name in ("net_mbps", "net_streams")},
    ("rack", "uplink_mbps"): "rack-io",
    ("rack", "uplink_s"): "rack-up",
    ("data_center", "uplink_s"): "hall-up",
    ("host", "nic_mbps"): "host-io",
    ("host", "io_core_frac"): "host-io",
    ("datastore", "iops"): "store-io",
    ("datastore", "mibps"): "store-io",
    ("storage_array", "iops"): "array-io",
    ("storage_array", "mibps"): "array-io",
    ("volume", "iops"): "disk-io",
    ("volume", "mibps"): "disk-io",
    ("application", "ram_mib"): "app-in-vm",
    ("host", "memory_rule"): "host-esxi",
    **{("host", name): "host-kvm" for name in ("ram_overcommit", "swap_mib", "sharable_frac", "swap_slowdown")},
    **{
        ("vm", name): "vm-kvm1"
        for name in (
            *("memory_use", "active_frac", "active_mean_frac", "active_swing_frac", "memory_trace"),
            "memory_trace_row",
        )
    },
    ("vm", "ram_guaranteed_mib"): "vm-esxi1",
    ("vm", "ram_shares"): "vm-esxi1",
    ("vm", "ram_buffer_frac"): "vm-hyperv1",
    ("vm", "oom_adjust"): "vm-oom1",
    **{("cluster", name): "by-threshold" for name in ("balance_every_s", "cooldown_s", "overload_rule")},
    **{
        ("cluster", name): "by-threshold"
        for name in ("overload_parameter", "migrates_first", "power_off_empty", "wake_s")
    },
    **{("cluster", name): "by-drs" for name in ("balancer", "drs_deviation")},
    **{("cluster", name): "by-proxmox" for name in ("proxmox_imbalance", "proxmox_hold", "proxmox_margin")},
    **{
        ("host", name): "drs-0"
        for name in (
            *("migration_rule", "migration_mbps", "migrations_at_once", "migration_downtime_s", "migration_converge"),
            *("migration_timeout_s_gib", "migration_core_per_gbps"),
        )
    },
    ("vm", "dirty_mib_s"): "vm-drs0",
    ("vm", "hot_mib"): "vm-drs0",
    ("volume", "type"): "disk-a2",
    ("placement_group", "strategy"): "pg-free",
    ("auto_scaling_group", "rebalance"): "group-z",
    ("auto_scaling_group", "health_check"): "group-lb",
    **{
        ("auto_scaling_group", name): "group-z"
        for name in ("upper_frac", "lower_frac", "remove_frac", "scale_in", "cooldown_s")
    },
    ("affinity_rule", "strict"): "rule-soft",
    **{
        ("load_balancer", name): "lb-even"
        for name in ("cross_zone", "algorithm", "dns_min_frac", "routing_min_frac", "most_rps")
    },
    ("vm", "detect_s"): "app-1",
    ("host", "failover_host"): "vs-1",
    **{("cluster", name): "vs" for name in ("isolation", "isolated_s", "isolation_response_s", "store_detect_s")},
    **{("cluster", name): "pve" for name in ("lock_s", "watchdog_s", "heartbeat_s", "resiliency_s")},
    **{("cluster", name): "pve" for name in ("fencing", "fence_delay_s", "fence_s", "two_node")},
}
"""Fields that another element of the kind shows."""

FIRST: dict[tuple[str, str], dict[str, Any]] = {
    ("application", "unserved"): {"vcpus": 8, "demand": "trace"},
    ("cluster", "two_node"): {"rule": "proxmox", "fencing": "power"},
    **{
        ("cluster", name): {"rule": "proxmox", "fencing": "power", "two_node": True}
        for name in ("fence_delay_s", "fence_s")
    },
    ("load_balancer", "dns_min_frac"): {"cross_zone": False},
    ("load_balancer", "routing_min_frac"): {"cross_zone": False},
    ("host", "smt_yield"): {"threads_per_core": 2},
    ("host", "nic_mbps"): {"nic_mbps": 10.0},
    ("cluster", "migrates_first"): {"overload_parameter": 0.55},
    ("datastore", "iops"): {"iops": 200.0},
    ("datastore", "mibps"): {"mibps": 20.0},
    ("storage_array", "iops"): {"iops": 200.0},
    ("storage_array", "mibps"): {"mibps": 20.0},
    ("service", "day_noise_rps"): {"demand": "day_curve", "day_mean_rps": 900.0},
    ("auto_scaling_group", "scaling"): {"warmup_s": 0.0, "target_frac": 0.05},
    ("auto_scaling_group", "target_frac"): {"warmup_s": 0.0, "target_frac": 0.05},
    ("auto_scaling_group", "upper_frac"): {"warmup_s": 0.0, "lower_frac": 0.1, "upper_frac": 0.2},
    ("auto_scaling_group", "add_frac"): {"warmup_s": 0.0, "lower_frac": 0.01, "upper_frac": 0.02, "add_frac": 0.0},
    ("auto_scaling_group", "lower_frac"): {"warmup_s": 0.0, "lower_frac": 0.5, "upper_frac": 0.9},
    ("auto_scaling_group", "remove_frac"): {"warmup_s": 0.0, "lower_frac": 0.5, "upper_frac": 0.9, "remove_frac": 0.0},
    ("auto_scaling_group", "warmup_s"): {"scaling": "target", "target_frac": 0.05},
    ("auto_scaling_group", "cooldown_s"): {"scaling": "steps", "warmup_s": 0.0, "lower_frac": 0.05, "upper_frac": 0.1},
    ("auto_scaling_group", "scale_in"): {"scaling": "steps", "warmup_s": 0.0, "lower_frac": 0.5, "upper_frac": 0.9},
    ("service", "clients"): {"answer_kib": 20.0},
    ("host", "life_years"): {"purchase_usd": 1000.0},
    ("service", "strategy"): {"rto_s": 1.0},
    ("service", "standby_region"): {"strategy": "pilot_light", "residency": "IN"},
    ("service", "rto_s"): {"strategy": "backup"},
    ("service", "rpo_s"): {"strategy": "backup"},
    ("user_population", "access_s"): {"near": "eu-west-1"},
    ("service", "waiting_most"): {"timeout_s": 2.0},
    ("service", "timeout_s"): {"waiting_most": 10_000},
    ("service", "retries"): {"waiting_most": 100},
    ("service", "backoff_s"): {"retries": 2},
    ("service", "most_backoff_s"): {"retries": 3, "backoff_s": 300.0, "jitter": False},
    ("service", "jitter"): {"retries": 2, "backoff_s": 10.0},
    ("service", "retry_budget_frac"): {"retries": 2},
    ("volume", "type"): {"size_gib": 200.0},
    ("resource_pool", "shares_level"): {"shares": 0.0},
}
"""What is set before, so that the field can matter."""

OTHER: dict[tuple[str, str], Any] = {
    ("power_feed", "start_probability"): 0.0,
    ("generator", "start_probability"): 0.0,
    ("data_center", "set_c"): 26.0,
    ("data_center", "restart_c"): 33.0,
    ("data_center", "shutdown_c"): 45.0,
    ("data_center", "design_w"): 900.0,
    ("data_center", "restart_hosts"): 2,
    ("load_balancer", "dns_min_frac"): 0.5,
    ("load_balancer", "most_rps"): 100.0,
    ("region", "launches_per_min"): 1.0,
    ("service", "residency"): "DE",
    ("service", "standby_region"): "eu-west-1",
    ("database", "backup_h"): 0.0,
    ("database", "replica_rps"): 50.0,
    ("database", "backup_region"): "eu-west-1",
    ("volume", "backup_h"): 0.0,
    ("load_balancer", "routing_min_frac"): 0.5,
    ("design", "start_utc"): "2026-01-05 03:00",
    ("region", "time_zone"): "America/New_York",
    ("zone", "zone_id"): "aps1-az3",
    ("zone", "capacity"): "m5.large=0",
    ("host", "ram_mib"): 13_000.0,
    ("host", "io_core_frac"): 5.0,
    ("host", "overcommit"): 2.0,
    ("host", "power_points_w"): "100,120,200",
    ("host", "hypervisor_ram_mib"): 3_000.0,
    ("host", "hypervisor_ram_frac"): 0.2,
    ("host", "vm_ram_base_mib"): 1_500.0,
    ("host", "vm_ram_per_vcpu_mib"): 400.0,
    ("host", "vm_ram_frac"): 0.4,
    ("host", "ram_overcommit"): 1.2,
    ("host", "swap_mib"): 1000.0,
    ("host", "migration_mbps"): 300.0,
    ("host", "migrations_at_once"): 1,
    ("cluster", "cooldown_s"): 3000.0,
    ("cluster", "proxmox_margin"): 0.9,
    ("vm", "ram_guaranteed_mib"): 6_000.0,
    ("vm", "ram_shares"): 1_000.0,
    ("vm", "oom_adjust"): -500,
    ("cluster", "slot_mib"): 16_000.0,
    ("cluster", "proxmox_imbalance"): 1.0,
    ("cluster", "reserve_cpu_frac"): 0.995,
    ("cluster", "reserve_ram_frac"): 0.6,
    ("firewall", "ports"): "22",
    ("security_group", "ports"): "80, 8000-8100",
    ("volume", "type"): "local",
    ("volume", "iops"): 3500.0,
    ("volume", "mibps"): 140.0,
    ("vm", "ram_mib"): 7_000.0,
    ("vm", "cpu_reservation_mhz"): 2_500.0,
    ("resource_pool", "cpu_reservation_mhz"): 3_500.0,
    ("vm", "guest_os"): "windows",
    ("vm", "credit_mode"): "standard",
    ("host", "numa_nodes"): 1,
    ("subnet", "cidr"): "10.0.0.0/25",
    ("vpc", "cidr"): "10.0.0.0/14",
    ("service", "slo_frac"): 1.0,
    ("service", "work_variation"): 4.0,
    ("service", "most_backoff_s"): 600.0,
    ("service", "time_zone"): "Asia/Tokyo",
    ("user_population", "near"): "eu-west-1",
    ("user_population", "time_zone"): "Asia/Tokyo",
    ("service", "day_mean_rps"): 400.0,
    ("auto_scaling_group", "max_count"): 2_000,
    ("auto_scaling_group", "min_count"): 2,
    ("auto_scaling_group", "target_frac"): 1.0,
    ("auto_scaling_group", "scaling"): "target",
    ("auto_scaling_group", "upper_frac"): 1.0,
    ("auto_scaling_group", "lower_frac"): 0.0,
    ("auto_scaling_group", "cooldown_s"): 2000.0,
    ("auto_scaling_group", "schedule"): "00:20=2, 00:40=4",
    ("auto_scaling_group", "desired_count"): 2,
    ("trace", "data"): pack(np.array([[1, 2, 3, 4], [5, 6, 7, 8]], np.uint8))["data"],
}
"""Another value, where half as much again is none that is valid or matters."""

TOGETHER: dict[tuple[str, str], Any] = {
    ("trace", "rows"): {"rows": 4, "samples": 2},
    ("trace", "samples"): pack(np.array([[90, 10, 80], [30, 60, 40]], np.uint8)),
    ("trace", "cells"): pack(np.array([[0.9, 0.1, 0.8, 0.25], [0.3, 0.6, 0.4, 0.7]])),
}
"""Fields that only change with others of the same element: these."""


def own_fields(kind: str) -> list[FieldSpec]:
    """The fields that a kind has beside those of every element."""
    return [spec for name, spec in field_specs(KINDS[kind].table).items() if name not in Element.model_fields]


LONG_RUN = [
    (kind, spec.name)
    for kind in KINDS
    for spec in own_fields(kind)
    if spec.group == "Reliability" or spec.name == "down_below_frac"
]
"""Fields that say how often something fails: they act on the availability of services, not on a run."""

FIELDS = [
    (kind, spec.name)
    for kind in KINDS
    for spec in own_fields(kind)
    if (kind, spec.name) not in KEPT and (kind, spec.name) not in LONG_RUN
]


CHOSEN = [
    (kind, name)
    for kind, name in FIELDS
    for spec in [field_specs(KINDS[kind].table)[name]]
    if spec.choices and spec.editor != "hidden"
]
"""Fields with choices: all of these are compared with each other."""


def other_value(kind: str, spec: FieldSpec, now: Any) -> Any:
    """A value that a field does not have now."""
    if (kind, spec.name) in OTHER:
        return OTHER[kind, spec.name]
    if spec.choices:
        return next(choice for choice in spec.choices if choice != now)
    if spec.type is bool:
        return not now
    assert spec.type in (int, float), f"give {kind}.{spec.name} another value"
    more = now * 1.5 + (1 if spec.type is int else 0.05)
    value = more if spec.high is None or more < spec.high else now / 2
    return int(value) if spec.type is int else value


@cache
def plain(*parts: str) -> World:
    """The small design, or these parts of it; not to be changed."""
    return World(*parts)


@cache
def part_with(name: str) -> str:
    """The part of the small design whose element of this name shows what its fields do."""
    return next(part for part in PARTS if name in plain(part).ids)


class Base(NamedTuple):
    """What fields are changed in: parts of the small design (all, where none is named), the element that has them, and
    those of its fields that are set first."""

    parts: tuple[str, ...]
    subject: int
    first: tuple[tuple[str, Any], ...] = ()


@cache
def prepared(base: Base) -> World:
    """This design; not to be changed."""
    if not base.first:
        return plain(*base.parts)
    world = plain(*base.parts).copied()
    edit.change(world.project, [base.subject], dict(base.first))
    return world


@cache
def told_by(base: Base) -> World:
    """A copy of it, whose run goes on from figure to figure."""
    return prepared(base).copied()


@cache
def known(number: int, base: Base) -> Any:
    """A figure of it, worked out once, after those before: without a field set it is the same whatever the subject."""
    if not base.first and number < FIGURES - 1 and base.subject != ROOT_ID:
        return known(number, Base(base.parts, ROOT_ID))
    return told_by(base).figure(number, base.subject)


def known_of(base: Base) -> Callable[[int], Any]:
    """What tells a figure of it by its number."""
    return lambda number: known(number, base)


def outcome_of(base: Base) -> Iterator[Any]:
    """The figures of it, each worked out when it is asked for."""
    return map(known_of(base), range(FIGURES))


OFTEN: dict[str, dict[str, Any]] = {
    "power_feed": {"battery_s": 60.0, "mtbf_h": 500.0},
    "ups": {"mtbf_h": 2000.0},
    "generator": {"mtbf_h": 2000.0, "mttr_h": 500.0},
}
"""What fails so often that it shows beside all else."""


def standing() -> tuple[Project, dict[str, int]]:
    """A service that needs one of everything that fails, and the ids of these by kind."""
    project, ids = Project(KINDS, LINKS), {"design": ROOT_ID}

    def put(kind: str, parent: str, name: str = "", **fields: Any) -> None:
        ids[name or kind] = edit.place(project, kind, ids[parent], **fields)

    def link(kind: str, source: str, target: str) -> None:
        with project.edit("Link"):
            project.add(Link(kind=kind, source=ids[source], target=ids[target]))

    put("region", "design")
    put("zone", "region")
    put("zone", "region", "zone-2")
    put("data_center", "zone")
    for kind in ("power_feed", "ups", "generator", "cooling", "rack", "storage_array", "datastore"):
        put(kind, "data_center", **(OFTEN.get(kind, {})))
    put("host", "rack", ram_mib=65_536.0)
    put("subnet", "zone", cidr="10.0.0.0/24")
    put("subnet", "zone", "subnet-2", public=True, cidr="10.0.1.0/24")
    for kind in ("vpc", "internet_gateway", "load_balancer", "database", "bucket", "function"):
        put(kind, "region")
    put("nat_gateway", "subnet-2")
    for kind in ("switch", "router", "firewall"):
        put(kind, "rack")
    put("service", "design", rate_rps=380.0, slo_frac=0.999)
    put("vm", "host", vcpus=1, mhz=1000.0)
    put("vm", "subnet", "vm-2", vcpus=1, mhz=1000.0, needs_internet=True)
    put("volume", "datastore")
    for kind, source, target in (
        ("feeds", "power_feed", "data_center"), ("backs_up", "ups", "power_feed"), ("cools", "cooling", "data_center"),
        ("backs_up", "generator", "power_feed"), ("offers", "storage_array", "datastore"),
        ("sees", "host", "datastore"),
        ("attached_to", "volume", "vm"), ("connects", "switch", "host"), ("connects", "router", "host"),
        ("guards", "firewall", "host"), ("in_vpc", "subnet", "vpc"), ("in_vpc", "subnet-2", "vpc"),
        ("opens", "internet_gateway", "vpc"), ("routes_through", "subnet", "nat_gateway"),
        ("balances", "load_balancer", "service"), ("primary_in", "database", "subnet"),
        ("member", "vm", "service"), ("member", "vm-2", "service"), ("depends_on", "service", "database"),
        ("depends_on", "service", "bucket"), ("depends_on", "service", "function"),
    ):  # fmt: skip
        link(kind, source, target)
    return project, ids


@cache
def stands() -> tuple[Project, dict[str, int]]:
    """That design, not to be changed."""
    return standing()


@cache
def as_it_stands(whole: bool) -> Any:
    """What is told of the availability of its service."""
    project, ids = stands()
    return availability_of(project, ids["service"], whole)


def availability_of(project: Project, service: int, whole: bool) -> Any:
    """The long run of a service; on the whole also its band and the chance to miss its SLO."""
    if not whole:
        return Study(project).down(service)
    found = Study(project).availability(service)
    return found.low, found.high, found.missed, found.bad_year_h


def ready_with_outcome(kind: str, name: str) -> tuple[World, int, Iterator[Any]]:
    """The part of the small design that shows the field with all set that it needs, to be changed; the id of the
    element that has it; and the figures of the design."""
    base = base_of(kind, name)
    return prepared(base).copied(), base.subject, outcome_of(base)


def base_of(kind: str, name: str) -> Base:
    """That design, not to be changed."""
    shows = OF_ANOTHER.get((kind, name), SUBJECTS[kind])
    part = part_with(shows)
    ids, elements = plain(part).ids, plain(part).project.elements
    spec = field_specs(KINDS[kind].table)[name]
    first = dict(FIRST.get((kind, name), {}))
    if spec.when:
        if not acts(KINDS[kind].table, name, {**elements[ids[shows]].__dict__, **first}):
            first.setdefault(spec.when[0], spec.when[1])
        if spec.when[1] == "trace":
            first["memory_trace" if spec.when[0] == "memory_use" else "trace"] = ids["trace"]
    if first.get("demand") == "trace":
        first["trace"] = ids["trace"]
    return Base((part,), ids[shows], tuple(first.items()))


def change(world: World, subject: int, kind: str, name: str) -> None:
    """Give the field another value, as the form does: a preset by its name."""
    spec = field_specs(KINDS[kind].table)[name]
    if spec.editor == "preset":
        edit.apply_preset(world.project, [subject], next(iter(presets(kind, name))), name)
        return
    now = world.project.elements[subject].__dict__[name]
    if spec.editor.startswith("reference"):
        given = {name: world.ids["region-2" if spec.editor.endswith(":region") else "trace-2"]}
    else:
        given = TOGETHER.get((kind, name)) or {name: other_value(kind, spec, now)}
    edit.change(world.project, [subject], given)
    assert world.project.elements[subject].__dict__[name] != now


@pytest.mark.parametrize(("kind", "name"), [field for field in FIELDS if field not in (*PROVENANCE, *CHOSEN)])
def test_that_a_changed_field_changes_a_figure(kind: str, name: str) -> None:
    world, subject, before = ready_with_outcome(kind, name)
    change(world, subject, kind, name)
    assert any(now != then for now, then in zip(world.figures(subject), before, strict=True))


@pytest.mark.parametrize(("kind", "name"), LONG_RUN)
def test_that_how_often_something_fails_changes_the_availability(kind: str, name: str) -> None:
    project, ids = stands()
    changed, spec = snapshot(project), field_specs(KINDS[kind].table)[name]
    now = project.elements[ids[kind]].__dict__[name]
    edit.change(changed, [ids[kind]], {name: 0.5 if name == "down_below_frac" else other_value(kind, spec, now)})
    whole = name.endswith("_factor") or name == "repair_law"
    assert availability_of(changed, ids["service"], whole) != as_it_stands(whole)


@pytest.mark.parametrize(("kind", "name"), PROVENANCE)
def test_that_where_data_came_from_changes_nothing(kind: str, name: str) -> None:
    assert (kind, name) in FIELDS
    world, subject, before = ready_with_outcome(kind, name)
    with world.project.edit("Change"):
        now = world.project.elements[subject].__dict__[name]
        world.project.set(subject, **{name: f"{now} other" if isinstance(now, str) else not now})
    assert world.outcome(subject) == list(before)


def test_that_the_drawing_and_the_notes_change_nothing() -> None:
    world, subjects = plain().copied(), list[int]()
    for kind in KINDS:
        element = next(iter(world.project.of_kind(kind)), None)
        assert element is not None, f"the small design has no {kind}"
        moved = {name: element.__dict__[name] + 5 for name in ("x", "y", "w", "h")}
        given = {**moved, "hug": not element.hug, "placed": True, "note": "of no effect"}
        given |= {"preset": "mine", "foreign_id": "vm-7"}
        assert set(given) == set(FOR_PEOPLE)
        edit.change(world.project, [element.id], given)
        subjects.append(element.id)
    *told, _ = world.outcome(subjects[0])
    *known, _ = outcome_of(Base((), subjects[0]))
    assert told == known
    for subject in (i for i in subjects if world.project.elements[i].kind in FITTING or i == ROOT_ID):
        assert world.figure(FIGURES - 1, subject) == plain().figure(FIGURES - 1, subject)


def test_that_the_small_design_runs_and_no_kind_is_forgotten() -> None:
    log = known(FIGURES - 2, Base((), ROOT_ID))[1]
    assert {what for _, what, *_ in log} >= {"failed", "down", "restarting", "launched", "dropping", "lost"}
    assert {kind for kind, _ in FIELDS} == set(SUBJECTS)
    assert set(PROVENANCE) | set(OTHER) | set(FIRST) <= set(FIELDS)


def test_that_the_same_design_gives_the_same_outcome() -> None:
    assert World().copied().outcome(ROOT_ID) == list(outcome_of(Base((), ROOT_ID)))


def alike(figures: dict[str, Callable[[int], Any]]) -> list[tuple[str, str]]:
    """Which choices give the same outcome, by pairs; a figure is worked out where those before it tell none apart."""
    groups = [list(figures)]
    for number in range(FIGURES):
        parts = []
        for group in groups:
            by_figure: list[tuple[Any, list[str]]] = []
            for choice in group:
                figure = figures[choice](number)
                same = next((found for other, found in by_figure if other == figure), None)
                if same is None:
                    by_figure.append((figure, [choice]))
                else:
                    same.append(choice)
            parts += [found for _, found in by_figure if len(found) > 1]
        groups = parts
    return [pair for group in groups for pair in combinations(group, 2)]


def test_that_every_valid_choice_of_a_field_gives_other_figures() -> None:
    same: list[tuple[str, str, str, str]] = []
    for kind, name in CHOSEN:
        base = base_of(kind, name)
        ready, subject = prepared(base), base.subject
        now = ready.project.elements[subject].__dict__[name]
        figures: dict[str, Callable[[int], Any]] = {}
        for choice in field_specs(KINDS[kind].table)[name].choices:
            if choice == now:
                figures[choice] = known_of(base)
                continue
            world, given = ready.copied(), {name: choice}
            if choice == "trace":
                given["memory_trace" if name == "memory_use" else "trace"] = world.ids["trace"]
            with suppress(RuleError):
                edit.change(world.project, [subject], given)
                figures[choice] = partial(world.figure, subject=subject)
        assert now in figures and len(figures) > 1
        same += [(kind, name, *pair) for pair in alike(figures)]
    assert same == [
        ("vm", "credit_mode", "by_type", "unlimited"),  # a T3, which is unlimited by its type
        ("vm", "recovery", "by_place", "cluster"),  # it stands in a cluster
        ("vm", "restart_priority", "highest", "high"),  # those that restart beside it are of the middle
        ("vm", "restart_priority", "low", "lowest"),
    ]
