"""Each check: a design that it finds something in, the same design mended, and its fix, which takes the finding away
and no more.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from designer.catalog import KINDS, LINKS
from designer.catalog.reference.ec2 import Offer, ec2
from designer.checks.check import Finding
from designer.checks.live import findings_of
from designer.checks.registry import BY_ID, CHECKS
from designer.commands import edit
from designer.engine import simulate
from designer.errors import RuleError
from designer.model.element import Link, values
from designer.model.project import Project
from designer.study.build import build


@dataclass
class Site:
    """A region of two zones, each with a public and a private subnet, and two racks of two hosts in the first."""

    project: Project
    region: int
    zones: list[int]
    public: list[int]
    private: list[int]
    hosts: list[int]

    def place(self, kind: str, parent: int = 0, **fields: object) -> int:
        """Place something; in the region where no parent is given."""
        return edit.place(self.project, kind, parent or self.region, **fields)

    def link(self, kind: str, source: int, target: int) -> None:
        """Link two elements."""
        edit.connect(self.project, kind, source, target)

    def service(self, *places: int, **fields: object) -> tuple[int, list[int]]:
        """A service with a small VM in each of some places."""
        service = edit.place(self.project, "service", name="shop", **{"rate_rps": 1.0, **fields})
        vms = [self.place("vm", place, vcpus=1, ram_mib=512.0, load_frac=0.1) for place in places]
        for vm in vms:
            self.link("member", vm, service)
        return service, vms

    def set(self, element_id: int, **fields: object) -> None:
        """Write fields as a file from elsewhere would have them, past the rules of placing."""
        with self.project.edit("as in a file"):
            self.project.elements[element_id].__dict__.update(fields)

    def unchecked(self, kind: str, source: int, target: int) -> None:
        """A link that no command would make."""
        link = Link(id=source ^ target, kind=kind, source=source, target=target)
        self.project.replace([*self.project.rows(), link])


def site() -> Site:
    project = Project(KINDS, LINKS)
    region = edit.place(project, "region")
    zones = [edit.place(project, "zone", region, name=f"z{n}") for n in (1, 2)]
    public, private = (
        [edit.place(project, "subnet", z, name=f"{word}-{n}", cidr=f"10.0.{20 * n + k}.0/24", public=word == "public")
         for n, z in enumerate(zones)]
        for k, word in enumerate(("public", "private"))
    )  # fmt: skip
    racks = [edit.place(project, "rack", zones[0], name=f"r{n}") for n in (1, 2)]
    hosts = [edit.place(project, "host", racks[n // 2], name=f"h{n + 1}") for n in range(4)]
    return Site(project, region, zones, public, private, hosts)


# -- one design a check: the elements of the finding, and how it is mended

Made = tuple[tuple[int, ...], Callable[[], object]]
CASES: dict[str, Callable[[Site], Made]] = {}


def case(check: str) -> Callable[[Callable[[Site], Made]], Callable[[Site], Made]]:
    """Note the design of a check."""

    def note(make: Callable[[Site], Made]) -> Callable[[Site], Made]:
        CASES[check] = make
        return make

    return note


@case("REL-01")
def in_one_zone(s: Site) -> Made:
    service, vms = s.service(s.private[0], s.private[0])
    return (service, s.zones[0], *vms), lambda: edit.move(s.project, vms[1:], (0, 0), s.private[1])


@case("PWR-01")
def a_feed_that_carries_too_much_alone(s: Site) -> Made:
    # Two hosts of 300 W in a rack on A and B: each carries 300 W, and B 600 W when A fails.
    center = s.place("data_center", s.zones[0])
    rack = s.place("rack", center)
    for _ in range(2):
        s.place("host", rack, idle_w=100.0, full_w=300.0)
    a, b = s.place("power_feed", center, name="A"), s.place("power_feed", center, name="B", limit_w=500.0)
    for feed in (a, b):
        s.link("feeds", feed, rack)
    return (b, a), lambda: edit.change(s.project, [b], {"limit_w": 600.0})


@case("PWR-02")
def no_cooling_unit_to_spare(s: Site) -> Made:
    center = s.place("data_center", s.zones[0])
    for _ in range(2):
        s.place("host", center, idle_w=100.0, full_w=300.0)
    cooling = [s.place("cooling", center, capacity_w=400.0) for _ in range(2)]
    for unit in cooling:
        s.link("cools", unit, center)
    return (center, *sorted(cooling)), lambda: edit.change(s.project, cooling, {"capacity_w": 600.0})


@case("REL-02")
def no_spare(s: Site) -> Made:
    # VMs of 2,500 MHz, two in the first zone; 600 requests a second at 5 MHz s ask for 3,000.
    service, _ = s.service(s.private[0], s.private[0], s.private[1], rate_rps=600.0, work_mhz_s=5.0)
    return (service, s.zones[0]), lambda: edit.change(s.project, [service], {"rate_rps": 500.0})


@case("REL-03")
def no_host_to_spare(s: Site) -> Made:
    cluster = s.place("cluster", ha=True)
    for host in s.hosts[:2]:
        s.link("in_cluster", host, cluster)
        edit.change(s.project, [host], {"ram_mib": 16384.0})
    vms = [s.place("vm", host, ram_mib=10240.0, recovery="cluster") for host in s.hosts[:2]]
    return (cluster, min(s.hosts[:2])), lambda: edit.change(s.project, vms[:1], {"ram_mib": 6144.0})


@case("REL-27")
def no_host_to_spare_in_the_zone(s: Site) -> Made:
    edit.change(s.project, s.hosts, {"ram_mib": 16384.0})
    for host in s.hosts[1:]:
        s.place("vm", host, ram_mib=12288.0, recovery="none")
    vm = s.place("vm", s.hosts[0], ram_mib=8192.0, recovery="same_zone")
    return (s.zones[0], s.hosts[0]), lambda: edit.change(s.project, [vm], {"ram_mib": 4096.0})


@case("REL-04")
def ha_off(s: Site) -> Made:
    cluster = s.place("cluster", ha=False)
    for host in s.hosts[:2]:
        s.link("in_cluster", host, cluster)
    vm = s.place("vm", s.hosts[0], recovery="cluster")
    return (cluster,), lambda: edit.change(s.project, [vm], {"recovery": "none"})


@case("REL-41")
def two_without_witness(s: Site) -> Made:
    cluster = s.place("cluster", rule="proxmox")
    for host in s.hosts[:2]:
        s.link("in_cluster", host, cluster)
    return (cluster, *sorted(s.hosts[:2])), lambda: s.link("witness", cluster, s.zones[1])


def _cluster_of(s: Site, hosts: int, **fields: Any) -> tuple[int, ...]:
    """A cluster and its hosts."""
    cluster = s.place("cluster", **fields)
    for host in s.hosts[:hosts]:
        s.link("in_cluster", host, cluster)
    return (cluster, *sorted(s.hosts[:hosts]))


@case("REL-46")
def two_nodes_alone_among_three(s: Site) -> Made:
    made = _cluster_of(s, 3, rule="proxmox", fencing="power", two_node=True)
    return made, lambda: s.set(made[0], two_node=False)


@case("REL-47")
def board_on_the_feed_of_its_host(s: Site) -> Made:
    made = _cluster_of(s, 3, rule="proxmox", fencing="power")
    a, b = (s.place("power_feed", s.zones[0]) for _ in "ab")
    s.link("feeds", a, s.hosts[0])
    return (made[0], s.hosts[0]), lambda: s.link("feeds", b, s.hosts[0])


@case("REL-48")
def one_heartbeat_datastore(s: Site) -> Made:
    made = _cluster_of(s, 2)
    stores = [s.place("datastore", s.zones[0], capacity_gib=100.0) for _ in range(2)]
    for host in made[1:]:
        s.link("sees", host, stores[0])
    return (made[0], stores[0]), lambda: [s.link("sees", host, stores[1]) for host in made[1:]]


@case("REL-49")
def one_isolation_address(s: Site) -> Made:
    made = _cluster_of(s, 2, isolation="power_off")
    s.link("isolation_address", made[0], s.zones[0])
    return made, lambda: s.link("isolation_address", made[0], s.zones[1])


@case("REL-42")
def broken_policy(s: Site) -> Made:
    cluster = s.place("cluster", admission="percentage", reserve_ram_frac=0.5)
    for host in s.hosts[:2]:
        edit.change(s.project, [host], {"ram_mib": 16384.0})
        s.link("in_cluster", host, cluster)
    vm = s.place("vm", s.hosts[0], ram_mib=8192.0, recovery="none")
    s.place("vm", s.hosts[1], ram_mib=9216.0, recovery="none")
    return (cluster,), lambda: edit.change(s.project, [vm], {"ram_mib": 4096.0})


@case("REL-05")
def on_one_host(s: Site) -> Made:
    service, vms = s.service(s.hosts[0], s.hosts[0], s.private[1])
    return (service, s.hosts[0], *vms[:2]), lambda: edit.move(s.project, vms[1:2], (0, 0), s.hosts[2])


@case("REL-06")
def in_one_rack(s: Site) -> Made:
    service, vms = s.service(s.hosts[0], s.hosts[1])
    rack = s.project.elements[s.hosts[0]].parent
    return (service, rack), lambda: edit.move(s.project, vms[1:], (0, 0), s.hosts[2])


@case("REL-26")
def on_one_feed(s: Site) -> Made:
    service, _ = s.service(s.hosts[0], s.hosts[2])
    a, b = (s.place("power_feed", s.zones[0]) for _ in "ab")
    for host in (s.hosts[0], s.hosts[2]):
        s.link("feeds", a, s.project.elements[host].parent)
    return (service, a), lambda: s.link("feeds", b, s.hosts[0])


@case("REL-07")
def balancer_in_one_zone(s: Site) -> Made:
    service, _ = s.service(s.private[0], s.private[1])
    balancer = s.place("load_balancer")
    s.link("balances", balancer, service)
    s.link("nodes_in", balancer, s.public[0])
    return (balancer, s.public[0]), lambda: s.link("nodes_in", balancer, s.public[1])


@case("REL-08")
def zone_without_targets(s: Site) -> Made:
    third = s.place("zone", name="z3")
    net = s.place("subnet", third, cidr="10.0.9.0/24")
    service, _ = s.service(s.private[0], s.private[1])
    balancer = s.place("load_balancer")
    s.link("balances", balancer, service)
    for node in (s.public[0], net):
        s.link("nodes_in", balancer, node)
    return (balancer, net), lambda: s.link("member", s.place("vm", net), service)


@case("REL-43")
def uneven_zones(s: Site) -> Made:
    service, _ = s.service(s.private[0], s.private[1])
    for _ in range(2):
        s.link("member", s.place("vm", s.private[1]), service)
    balancer = s.place("load_balancer", cross_zone=False)
    s.link("balances", balancer, service)
    for node in s.public[:2]:
        s.link("nodes_in", balancer, node)
    return (balancer, s.public[0]), lambda: s.set(balancer, cross_zone=True)


@case("REL-09")
def shared_nat(s: Site) -> Made:
    nat = s.place("nat_gateway", s.public[0])
    s.link("routes_through", s.private[0], nat)
    s.link("routes_through", s.private[1], nat)

    def mend() -> None:
        (link,) = s.project.links_of(s.private[1], "routes_through")
        edit.delete(s.project, [link.id])

    return (nat, s.private[1]), mend


@case("REL-10")
def no_standby(s: Site) -> Made:
    database = s.place("database")
    s.link("primary_in", database, s.private[0])
    return (database,), lambda: s.link("standby_in", database, s.private[1])


@case("REL-25")
def quorum_of_all(s: Site) -> Made:
    database = s.place("database", quorum=2)
    s.link("primary_in", database, s.private[0])
    s.link("standby_in", database, s.private[1])
    return (database,), lambda: edit.change(s.project, [database], {"quorum": 0})


@case("REL-11")
def volume_elsewhere(s: Site) -> Made:
    volume, vm = s.place("volume", s.zones[0]), s.place("vm", s.private[1])
    s.unchecked("attached_to", volume, vm)
    return (volume, vm), lambda: edit.move(s.project, [vm], (0, 0), s.private[0])


@case("REL-34")
def disk_that_nobody_sees(s: Site) -> Made:
    store = s.place("datastore", s.place("data_center", s.zones[0]))
    s.place("volume", store, type="virtual_disk")
    return (store,), lambda: s.link("sees", s.hosts[0], store)


def _pool(s: Site, hosts: int, gib: float, size_gib: float) -> int:
    """A datastore with a volume, spread over some hosts with disks."""
    center = s.place("data_center", s.zones[0])
    store = s.place("datastore", center, spread="vsan", capacity_gib=9000.0)
    for host in s.hosts[:hosts]:
        edit.change(s.project, [host], {"storage_gib": gib})
        s.link("sees", host, store)
    s.place("volume", store, type="virtual_disk", size_gib=size_gib)
    return store


@case("REL-44")
def spread_over_two(s: Site) -> Made:
    store = _pool(s, 2, 1000.0, 10.0)
    return (store, *sorted(s.hosts[:2])), lambda: edit.change(s.project, [store], {"spread": "s2d"})


@case("REL-45")
def spread_and_too_full(s: Site) -> Made:
    store = _pool(s, 4, 1000.0, 1600.0)
    return (store, *sorted(s.hosts)), lambda: edit.change(s.project, s.hosts, {"storage_gib": 1200.0})


@case("REL-22")
def odd_vcpus(s: Site) -> Made:
    edit.change(s.project, [s.hosts[0]], {"threads_per_core": 2})
    vm = s.place("vm", s.hosts[0], vcpus=3)
    return (s.hosts[0], vm), lambda: edit.change(s.project, [vm], {"vcpus": 4})


@case("REL-28")
def larger_than_a_node(s: Site) -> Made:
    edit.change(s.project, [s.hosts[0]], {"cores": 16, "numa_nodes": 2})
    vm = s.place("vm", s.hosts[0], vcpus=9)
    return (s.hosts[0], vm), lambda: edit.change(s.project, [vm], {"vcpus": 8})


@case("REL-29")
def reserved_on_kvm(s: Site) -> Made:
    edit.apply_preset(s.project, [s.hosts[0]], "KVM", "hypervisor")
    vm = s.place("vm", s.hosts[0], cpu_reservation_mhz=500.0)
    return (s.hosts[0], vm), lambda: edit.change(s.project, [vm], {"cpu_reservation_mhz": 0.0})


@case("REL-30")
def pool_above_its_host(s: Site) -> Made:
    pool, vm = s.place("resource_pool", s.zones[0], cpu_reservation_mhz=1e6), s.place("vm", s.hosts[0])
    s.link("in_pool", vm, pool)
    return (pool, s.hosts[0]), lambda: edit.change(s.project, [pool], {"cpu_reservation_mhz": 100.0})


@case("REL-32")
def contradicting_rules(s: Site) -> Made:
    rules = [s.place("affinity_rule", wants=wants, level="host") for wants in ("together", "apart")]
    vms = [s.place("vm", host) for host in s.hosts[:2]]
    for rule in rules:
        for vm in vms:
            s.link("ruled_by", vm, rule)
    return (rules[1], *sorted(vms)), lambda: edit.change(s.project, rules[:1], {"strict": False})


@case("REL-35")
def apart_on_one_host(s: Site) -> Made:
    rule = s.place("affinity_rule")
    vms = [s.place("vm", s.hosts[n]) for n in (0, 0, 1)]
    for vm in vms:
        s.link("ruled_by", vm, rule)
    return (rule, *sorted(vms[:2])), lambda: edit.move(s.project, [vms[1]], (0, 0), s.hosts[2])


@case("REL-33")
def no_host_to_spare_for_what_is_apart(s: Site) -> Made:
    rule, cluster = s.place("affinity_rule"), s.place("cluster", s.zones[0])
    vms = [s.place("vm", host) for host in s.hosts[:2]]
    for host, vm in zip(s.hosts[:2], vms, strict=True):
        s.link("in_cluster", host, cluster)
        s.link("ruled_by", vm, rule)
    off, elsewhere = s.place("vm", s.hosts[2], powered_on=False), s.place("vm", s.private[0])
    for vm in (off, elsewhere):  # which need no host of the cluster
        s.link("ruled_by", vm, rule)
    return (rule, *sorted(vms)), lambda: s.link("in_cluster", s.hosts[2], cluster)


@case("REL-24")
def on_credits(s: Site) -> Made:
    vm = s.place("vm", s.private[0], load_frac=0.25)
    edit.apply_preset(s.project, [vm], "t3.medium")
    edit.change(s.project, [vm], {"load_frac": 0.25})
    return (s.private[0], vm), lambda: edit.change(s.project, [vm], {"load_frac": 0.2})


@case("COST-03")
def half_empty(s: Site) -> Made:
    host = s.place("host", s.zones[1])
    edit.apply_preset(s.project, [host], "m5 dedicated host")
    return (host,), lambda: [
        edit.apply_preset(s.project, [s.place("vm", host)], "m5.4xlarge") for _ in range(4)
    ]  # fmt: skip


@case("NET-01")
def overlapping(s: Site) -> Made:
    vpc = s.place("vpc", cidr="10.0.0.0/16")
    for net in s.private:
        s.link("in_vpc", net, vpc)
    s.set(s.private[1], cidr="10.0.1.128/25")
    return (vpc, *sorted(s.private)), lambda: edit.change(s.project, s.private[1:], {"cidr": "10.0.8.0/25"})


@case("NET-03")
def closed(s: Site) -> Made:
    vpc = s.place("vpc", cidr="10.0.0.0/16")
    s.link("in_vpc", s.public[0], vpc)
    s.place("vm", s.public[0])
    return (s.public[0], vpc), lambda: s.link("opens", s.place("internet_gateway"), vpc)


@case("SVC-01")
def no_members(s: Site) -> Made:
    service, _ = s.service()
    return (service,), lambda: s.link("member", s.place("vm", s.private[0]), service)


@case("GRP-01")
def launches_nothing(s: Site) -> Made:
    group = s.place("auto_scaling_group")
    s.link("spans", group, s.private[0])
    return (group,), lambda: s.link("template", group, s.place("vm", s.private[0], template=True))


@case("GRP-02")
def counts(s: Site) -> Made:
    group = s.place("auto_scaling_group", min_count=1, desired_count=3, max_count=6)
    s.set(group, desired_count=9)
    s.link("spans", group, s.private[0])
    s.link("template", group, s.place("vm", s.private[0], template=True))
    return (group,), lambda: edit.change(s.project, [group], {"max_count": 9})


ELSEWHERE = {
    "SCN-01",
    "RUL-01",
    "MOV-01",
    "REL-20",
    "REL-21",
    "REL-31",
    "REL-19",
    "NET-02",
    "NET-04",
    "DEP-01",
    "DEP-02",
    "GRP-03",
    "GRP-04",
    "GRP-05",
}
"""Checks of rules, room and groups: test_rules.py, test_room.py, test_groups.py."""


def found(s: Site, check: str) -> list[Finding]:
    return [finding for finding in findings_of(s.project, CHECKS) if finding.check == check]


def others(s: Site, check: str) -> set[tuple[str, int]]:
    return {(f.check, f.elements[0]) for f in findings_of(s.project, CHECKS) if f.check != check}


@case("DEP-03")
def zone_of_another_region(s: Site) -> Made:
    s.set(s.region, provider="aws", code="us-east-1")
    s.set(s.zones[0], zone_id="use2-az1")
    return (s.zones[0], s.region), lambda: edit.change(s.project, [s.zones[0]], {"zone_id": "use1-az1"})


@case("DEP-04")
def one_zone_drawn_twice(s: Site) -> Made:
    s.set(s.region, provider="aws", code="us-east-1")
    for zone in s.zones:
        s.set(zone, zone_id="use1-az1")
    return (s.region, *s.zones), lambda: edit.change(s.project, [s.zones[1]], {"zone_id": "use1-az2"})


@case("REL-12")
def no_backup(s: Site) -> Made:
    volume = s.place("volume", s.zones[0], backup_h=0.0)
    return (volume,), lambda: edit.change(s.project, [volume], {"backup_h": 12.0})


def _planned(s: Site, **fields: object) -> tuple[int, int]:
    """A service in Mumbai with a plan for the loss of its region, and its database."""
    s.set(s.region, provider="aws", code="ap-south-1")
    service, _ = s.service(*s.private, **fields)
    database = s.place("database", lag_s=5.0)
    s.link("primary_in", database, s.private[0])
    s.link("standby_in", database, s.private[1])
    s.link("depends_on", service, database)
    return service, database


@case("REL-13")
def backups_at_home(s: Site) -> Made:
    service, database = _planned(s, strategy="backup")
    return (database, service), lambda: edit.change(s.project, [database], {"backup_region": "eu-west-1"})


@case("REL-14")
def too_slow(s: Site) -> Made:
    service, database = _planned(s, strategy="backup", rto_s=1800.0, rpo_s=60.0)
    edit.change(s.project, [database], {"backup_region": "eu-west-1"})
    return (service, database), lambda: edit.change(s.project, [service], {"rto_s": 7200.0, "rpo_s": 86_400.0})


@case("REL-15")
def type_not_in_the_standby_region(s: Site) -> Made:
    service, database = _planned(s, strategy="pilot_light", standby_region="eu-west-1")
    edit.change(s.project, [database], {"backup_region": "eu-west-1"})
    (vm, _) = s.project.sources(service, "member")
    edit.apply_preset(s.project, [vm], "m5.large")
    catalog = ec2()
    code = next(c for c in catalog.regions if catalog.offered("m5.large", c) is Offer.NO)
    edit.change(s.project, [service], {"standby_region": code})
    return (service, vm), lambda: edit.change(s.project, [service], {"standby_region": "eu-west-1"})


@case("REL-16")
def chain_above_its_promise(s: Site) -> Made:
    service, _ = s.service(*s.private, slo_frac=0.999)
    parts = [s.service(*s.private, slo_frac=0.9995)[0] for _ in range(3)]
    for other in parts:
        s.link("depends_on", service, other)
    return (service, *parts), lambda: edit.change(s.project, parts, {"slo_frac": 0.9997})


@case("REL-17")
def waits_for_another_region(s: Site) -> Made:
    service, _ = _planned(s)
    away = edit.place(s.project, "region", provider="aws", code="us-east-1")
    net = s.place("subnet", s.place("zone", away), cidr="10.9.0.0/24")
    other, (vm,) = s.service(net)
    s.link("depends_on", service, other)
    return (service, other), lambda: edit.move(s.project, [vm], (0, 0), s.private[0])


@case("REL-18")
def votes_in_two_zones(s: Site) -> Made:
    cluster = s.place("cluster", rule="proxmox")
    hosts = [*s.hosts[:2], s.place("host", s.zones[1])]
    for host in hosts:
        s.link("in_cluster", host, cluster)
    third = s.place("zone", name="z3")
    return (cluster, *sorted(hosts)), lambda: s.link("witness", cluster, third)


@case("REL-23")
def volumes_faster_than_the_instance(s: Site) -> Made:
    vm = s.place("vm", s.private[0])
    edit.apply_preset(s.project, [vm], "m5.large")
    volume = s.place("volume", vm, type="io2", size_gib=1000.0, iops=5_000.0)
    return (volume, vm), lambda: edit.change(s.project, [volume], {"iops": 2_000.0})


@case("CMP-01")
def data_elsewhere(s: Site) -> Made:
    service, database = _planned(s, residency="IN")
    edit.change(s.project, [database], {"backup_region": "eu-west-1"})
    return (service, database), lambda: edit.change(s.project, [service], {"residency": "IN, EU"})


@case("CMP-02")
def not_encrypted(s: Site) -> Made:
    bucket = s.place("bucket", encrypted=False)
    return (bucket,), lambda: edit.change(s.project, [bucket], {"encrypted": True})


@case("COST-01")
def reads_from_another_zone(s: Site) -> Made:
    # Half of 100 requests a second read 100 KiB: 13,455 GB a month at 0.02 USD.
    service, database = _planned(s, rate_rps=100.0, read_kib=100.0)
    return (service, database), lambda: edit.change(s.project, [service], {"read_kib": 37.0})


@case("COST-02")
def bucket_through_nat(s: Site) -> Made:
    vpc = s.place("vpc", cidr="10.0.0.0/16")
    s.link("opens", s.place("internet_gateway"), vpc)
    nats = [s.place("nat_gateway", net) for net in s.public]
    for net in (*s.public, *s.private):
        s.link("in_vpc", net, vpc)
    for net, nat in zip(s.private, nats, strict=True):
        s.link("routes_through", net, nat)
    service, _ = s.service(*s.private)
    bucket = s.place("bucket")
    s.link("depends_on", service, bucket)
    return (service, vpc, bucket), lambda: edit.change(s.project, [vpc], {"endpoint": True})


def test_that_every_check_has_a_design() -> None:
    assert CASES.keys() | ELSEWHERE == BY_ID.keys()


def test_that_a_sound_site_has_no_findings() -> None:
    s = site()
    s.service(*s.private, rate_rps=1.0)
    assert findings_of(s.project, CHECKS) == []


@pytest.mark.parametrize("check", CASES)
def test_that_it_is_found_in_its_design_and_not_in_the_mended_one(check: str) -> None:
    s = site()
    elements, mend = CASES[check](s)
    (finding,) = found(s, check)
    assert finding.elements[0] == elements[0]
    assert set(finding.elements) == set(elements)
    assert finding.severity == BY_ID[check].severity
    assert not finding.text.endswith(".")
    mend()
    assert found(s, check) == []


@pytest.mark.parametrize("check", [check for check in CASES if BY_ID[check].fix is not None])
def test_that_its_fix_takes_the_finding_away_and_no_more_in_one_step(check: str) -> None:
    s = site()
    CASES[check](s)
    (finding,) = found(s, check)
    before, rows = others(s, check), {row.id: values(row) for row in s.project.rows()}
    steps = s.project.history.position
    fix = BY_ID[check].fix
    assert fix is not None
    assert finding.fix == fix.label
    fix.run(s.project, finding)
    assert found(s, check) == []
    assert others(s, check) <= before
    assert s.project.history.position == steps + 1
    s.project.undo()
    assert {row.id: values(row) for row in s.project.rows()} == rows


def test_that_a_fix_that_cannot_be_done_says_why_and_changes_nothing() -> None:
    project = Project(KINDS, LINKS)
    region = edit.place(project, "region", name="r")
    zone = edit.place(project, "zone", region)
    service = edit.place(project, "service")
    for _ in range(2):
        edit.connect(project, "member", edit.place(project, "vm", zone), service)
    database = edit.place(project, "database", region)
    edit.connect(project, "primary_in", database, edit.place(project, "subnet", zone))
    rows = [values(row) for row in project.rows()]
    for finding in findings_of(project, CHECKS):
        fix = BY_ID[finding.check].fix
        if finding.check in ("REL-01", "REL-10") and fix is not None:
            with pytest.raises(RuleError, match=r"has only one zone|No other zone"):
                fix.run(project, finding)
    assert [values(row) for row in project.rows()] == rows
    assert {f.check for f in findings_of(project, CHECKS)} >= {"REL-01", "REL-10"}


def test_that_what_is_in_a_pool_may_not_reserve_more_than_its_limit() -> None:
    s = site()
    outer, inner = (s.place("resource_pool", s.zones[0]) for _ in range(2))
    edit.change(s.project, [outer], {"cpu_limit_mhz": 3000.0})
    edit.change(s.project, [inner], {"cpu_reservation_mhz": 500.0})
    vms = [s.place("vm", s.hosts[0], cpu_reservation_mhz=1200.0) for _ in range(3)]
    for member, pool in ((vms[0], outer), (vms[1], inner), (vms[2], inner), (inner, outer)):
        s.link("in_pool", member, pool)
    (finding,) = found(s, "REL-30")
    assert finding.elements == (outer, *sorted((vms[0], inner)))
    assert finding.text.endswith("gets at most 3,000 MHz, and what is in it reserves 3,600")
    edit.change(s.project, vms[1:2], {"powered_on": False})
    assert found(s, "REL-30") == []


def test_that_vms_that_are_off_or_templates_and_functions_do_not_count() -> None:
    s = site()
    service, vms = s.service(s.private[0], s.private[1])
    edit.change(s.project, vms[1:], {"powered_on": False})
    assert not found(s, "REL-01")  # one VM that runs is no tier
    third = s.place("vm", s.private[0], vcpus=1, ram_mib=64.0)
    s.link("member", third, service)
    assert found(s, "REL-01")
    s.link("serves", s.place("function"), service)
    assert not found(s, "REL-01")  # what runs in the region serves it too


def test_that_a_private_subnet_that_needs_the_internet_is_routed_by_the_fix() -> None:
    s = site()
    vpc = s.place("vpc", cidr="10.0.0.0/16")
    s.link("opens", s.place("internet_gateway"), vpc)
    for net in (s.public[0], s.private[0]):
        s.link("in_vpc", net, vpc)
    vm = s.place("vm", s.private[0], needs_internet=True)
    (finding,) = found(s, "NET-03")
    assert finding.elements == (s.private[0], vm)
    fix = BY_ID["NET-03"].fix
    assert fix is not None
    fix.run(s.project, finding)
    assert not found(s, "NET-03")
    assert s.project.elements[s.project.targets(s.private[0], "routes_through")[0]].parent == s.public[0]


ABOVE = "In unlimited mode it costs more than {}.large ({} USD an hour, without credits) above a mean load of {}."


@pytest.mark.parametrize(
    ("name", "load", "said"),
    [
        ("t3.large", 0.35, ABOVE.format("m5a", 0.086, "32.8%")),
        ("t4g.medium", 0.25, ABOVE.format("c6g", 0.068, "54.4%")),
        ("t2.2xlarge", 0.5, "m5a.2xlarge (0.344 USD an hour, without credits) costs less at any load."),
        ("t2.micro", 0.5, ""),  # no type without credits has one vCPU
    ],
)
def test_that_mean_load_above_credits_names_where_a_type_without_them_costs_less(
    name: str, load: float, said: str
) -> None:
    s = site()
    s.set(s.region, provider="aws", code="us-east-1")
    vm = s.place("vm", s.private[0])
    edit.apply_preset(s.project, [vm], name)
    edit.change(s.project, [vm], {"load_frac": load})
    (finding,) = found(s, "REL-24")
    assert finding.detail.partition("The rest spends credits.")[2].strip() == said


def test_that_the_load_of_a_service_counts_against_what_its_members_earn() -> None:
    s = site()
    service, vms = s.service(*s.private, rate_rps=100.0, work_mhz_s=5.0)
    edit.apply_preset(s.project, vms, "t3.medium")
    mhz = sum(s.project.elements[vm].__dict__["vcpus"] * s.project.elements[vm].__dict__["mhz"] for vm in vms)
    edit.change(s.project, [service], {"rate_rps": 0.19 * mhz / 5.0})
    assert not found(s, "REL-24")
    edit.change(s.project, [service], {"rate_rps": 0.21 * mhz / 5.0})
    assert {f.elements[1] for f in found(s, "REL-24")} == set(vms)


@pytest.mark.parametrize(("level", "apart"), [("host", [0, 1, 2]), ("rack", [0, 2]), ("zone", [])])
def test_that_vms_that_a_rule_keeps_together_stand_in_one_place_by_its_level(level: str, apart: list[int]) -> None:
    """Two hosts are in each of two racks of one zone. The engine refuses what the finding tells of, and no more."""
    for other in range(1, 3):
        s = site()
        rule = s.place("affinity_rule", name="rule", wants="together", level=level)
        vms = [s.place("vm", s.hosts[n], name=f"vm{n}") for n in (0, other)]
        for vm in vms:
            s.link("ruled_by", vm, rule)
        told = [finding.text for finding in found(s, "REL-35")]
        wrong = [f"rule keeps VMs together by {level}, and vm0 and vm{other} stand apart"] * (other in apart)
        refused = [e.id for e in simulate(build(s.project, until_s=60.0)).log if e.what == "refused"]
        assert (told, refused) == (wrong, vms[1:] * len(wrong))
