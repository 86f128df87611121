"""Generates the blueprints that are shipped: one compact JSON each, placed by the commands that a user's mouse calls.

Loads are constant, so that each figure of a run can be checked by hand. Use: python packaging/blueprints.py [FOLDER]
"""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from designer.catalog import KINDS, LINKS
from designer.catalog.presets.shipped import known_preset
from designer.catalog.reference.ec2 import ec2
from designer.commands import edit
from designer.commands.arrange.tidy import tidy
from designer.commands.blueprints import text_of
from designer.model import layout
from designer.model.element import ROOT_ID
from designer.model.project import Project

FOLDER = Path(__file__).parent.parent / "resources" / "blueprints"
SERVER = "IBM x3550 M3 X5675"  # the only host with a measured power curve of this size
APPS = 12
APP_LOAD = 0.08  # of the server on which an application stands alone

LETTER, LINE, NOTE_PAD = 6.1, 14.0, (8.0, 6.0)
"""A letter and a line of a note in wide letters, and the room around its text."""


class Drawing:
    """A design being drawn."""

    def __init__(self) -> None:
        self.project = Project(KINDS, LINKS)

    def place(
        self,
        kind: str,
        parent: int,
        name: str,
        at: tuple[float, float] | None = None,
        presets: Sequence[str] = (),
        wide: float = 0.0,
        **fields: Any,
    ) -> int:
        """Place an element, filled from presets of its kind, then with fields of its own."""
        made = edit.place(self.project, kind, parent, at, name=name)
        for preset in presets:
            field = next(f for f in ("model", "hypervisor", "instance_type", "code") if known_preset(kind, f, preset))
            edit.apply_preset(self.project, [made], preset, field)
        if fields:
            edit.change(self.project, [made], fields)
        if wide and at is not None:
            edit.resize(self.project, made, (*at, wide, layout.rect_of(self.project, made).h))
        return made

    def link(self, kind: str, source: int, *targets: int) -> None:
        """Link an element with others."""
        for target in targets:
            edit.connect(self.project, kind, source, target)

    def note(self, text: str, wide: float, parent: int = ROOT_ID, at: tuple[float, float] = (0.0, 0.0)) -> float:
        """A note of a width with all its text in sight; the first line beneath it."""
        made = self.place("note", parent, "Read me", at, note=text)
        lines = len(textwrap.wrap(text, int((wide - 2 * NOTE_PAD[0]) / LETTER)))
        edit.resize(self.project, made, (*at, wide, lines * LINE + 2 * NOTE_PAD[1]))
        return self.below(made, 16.0)

    def region(self, code: str, at: tuple[float, float]) -> int:
        """A region of the catalog."""
        return self.place("region", ROOT_ID, code, at, [code])

    def users(self, name: str, at: tuple[float, float], rps: float, code: str) -> int:
        """People of a region who send requests at a steady rate."""
        steady = {"mean_rps": rps, "swing_rps": 0.0, "noise_rps": 0.0}
        return self.place(
            "user_population", ROOT_ID, name, at, (), 184.0, time_zone=ec2().regions[code].time_zone, **steady
        )

    def below(self, element: int, gap: float = 12.0) -> float:
        """The first line beneath an element in its parent."""
        return layout.rect_of(self.project, element).bottom + gap

    def right_of(self, element: int, gap: float = 16.0) -> float:
        """The first column right of an element in its parent."""
        return layout.rect_of(self.project, element).right + gap


@dataclass(frozen=True)
class Recipe:
    """What is told of a blueprint, and how it is drawn."""

    title: str
    summary: str
    teaches: str
    first: str
    icon: str
    draw: Callable[[Drawing, Recipe], None]

    @property
    def lesson(self) -> str:
        """What it teaches and what to do, as a note has it."""
        return f"{self.title}. {self.teaches} {self.first}"


def three_zones(d: Drawing, recipe: Recipe) -> None:
    """Twelve web servers in three zones behind a load balancer, kept by a scaling group."""
    top = d.note(recipe.lesson, 558.0)
    users = d.users("Shoppers", (0, top), 6000.0, "ap-south-1")
    clients: dict[str, Any] = {"waiting_most": 20_000, "timeout_s": 1.0, "retries": 2}  # three attempts, as SDKs make
    shop = d.place("service", ROOT_ID, "shop", (200, top), wide=184.0, rate_rps=0.0, work_mhz_s=3.125, **clients)
    region = d.region("ap-south-1", (0, top + 48))
    vpc = d.place("vpc", region, "shop-vpc", (16, 44), wide=184.0, cidr="10.0.0.0/16")
    gateway = d.place("internet_gateway", region, "igw", (208, 44), wide=160.0)
    balancer = d.place("load_balancer", region, "shop-lb", (376, 44), wide=150.0)
    group = d.place(
        "auto_scaling_group", region, "web", (16, 92), wide=184.0, min_count=6, desired_count=12, max_count=18
    )
    allowed = d.place("security_group", region, "https", (208, 92), wide=160.0, ports="443")
    subnets: list[tuple[int, int]] = []
    for n, letter in enumerate("abc"):
        left = d.right_of(subnets[-1][0]) if subnets else 16.0
        zone = d.place("zone", region, f"ap-south-1{letter}", (left, 140))
        subnets.append(
            (zone, d.place("subnet", zone, f"public-{letter}", (12, 40), cidr=f"10.0.{n}.0/24", public=True))
        )
    networks = [subnet for _, subnet in subnets]
    data = [
        d.place("subnet", zone, f"data-{'ab'[n]}", (12, d.below(subnet)), cidr=f"10.0.{10 + n}.0/24")
        for n, (zone, subnet) in enumerate(subnets[:2])
    ]
    database = d.place("database", region, "shop-db", (376, 92), wide=150.0)
    for subnet in data:
        d.link("in_vpc", subnet, vpc)
    server = partial(d.place, "vm", presets=["m5.large"], recovery="replace")
    for subnet in networks:
        d.link("in_vpc", subnet, vpc)
        for n in range(4):
            vm = server(subnet, f"web-{d.project.elements[subnet].name[-1]}{n + 1}")
            d.link("member", vm, shop)
            d.link("instance", vm, group)
            d.link("protected_by", vm, allowed)
    template = server(networks[0], "web-template", template=True)
    for kind, source, targets in (
        ("member", template, [shop]), ("template", group, [template]), ("spans", group, networks),
        ("opens", gateway, [vpc]), ("balances", balancer, [shop]), ("nodes_in", balancer, networks),
        ("uses", users, [shop]), ("primary_in", database, data[:1]), ("standby_in", database, data[1:]),
        ("depends_on", shop, [database]),
    ):  # fmt: skip
        d.link(kind, source, *targets)


def public_private(d: Drawing, recipe: Recipe) -> None:
    """A VPC with a public and a private subnet in each of two zones."""
    top = d.note(recipe.lesson, 416.0)
    users = d.users("Customers", (0, top), 1500.0, "us-east-1")
    sizes: dict[str, Any] = {"request_kib": 2.0, "answer_kib": 38.0}
    app = d.place("service", ROOT_ID, "orders", (208, top), wide=192.0, rate_rps=0.0, work_mhz_s=5.0, **sizes)
    region = d.region("us-east-1", (0, top + 48))
    vpc = d.place("vpc", region, "orders-vpc", (16, 44), wide=184.0, cidr="10.1.0.0/16")
    gateway = d.place("internet_gateway", region, "igw", (216, 44), wide=184.0)
    balancer = d.place("load_balancer", region, "orders-lb", (16, 92), wide=184.0)
    allowed = d.place("security_group", region, "app-only", (216, 92), wide=184.0, ports="443")
    left, public = 16.0, []
    for n, letter in enumerate("ab"):
        zone = d.place("zone", region, f"us-east-1{letter}", (left, 140))
        left = d.right_of(zone)
        open_ = d.place("subnet", zone, f"public-{letter}", (12, 40), cidr=f"10.1.{n}.0/24", public=True)
        closed = d.place("subnet", zone, f"private-{letter}", (12, d.below(open_)), cidr=f"10.1.{10 + n}.0/24")
        d.link("in_vpc", open_, vpc)
        d.link("in_vpc", closed, vpc)
        nat = d.place("nat_gateway", open_, f"nat-{letter}")
        d.link("routes_through", closed, nat)
        public.append(open_)
        for number in range(3):
            sends: dict[str, Any] = {"net_mbps": 4.0, "io_pattern": "constant", "needs_internet": True}
            vm = d.place("vm", closed, f"app-{letter}{number + 1}", presets=["m5.large"], **sends)
            d.link("member", vm, app)
            d.link("protected_by", vm, allowed)
    d.place("vm", closed, "build", presets=["t3.small"], credit_mode="standard", credits_at_start=54.0, load_frac=0.5)
    d.link("opens", gateway, vpc)
    d.link("balances", balancer, app)
    d.link("nodes_in", balancer, *public)
    d.link("uses", users, app)


def two_regions(d: Drawing, recipe: Recipe) -> None:
    """A bank in two regions, each with a group and a load balancer of its own; a DNS name leads to the second when the
    first is lost, or has too few healthy servers."""
    top = d.note(recipe.lesson, 508.0)
    users = d.users("Customers", (0, top), 2000.0, "eu-central-1")
    name = d.place("dns_name", ROOT_ID, "bank.example", (208, top), (), 184.0)
    d.link("uses", users, name)
    left = 0.0
    for side, code, desired in (("active", "eu-central-1", 4), ("standby", "eu-west-1", 4)):
        at, asks = (left, top + 48), {"rate_rps": 0.0, "work_mhz_s": 3.125}
        service = d.place("service", ROOT_ID, f"bank-{side}", at, (), 242.0, **asks)
        region = d.region(code, (left, top + 96))
        balancer = d.place("load_balancer", region, f"{side}-lb", (16, 44), (), 160.0, dns_min_frac=0.5)
        d.link("balances", balancer, service)
        d.link("answers", name, balancer)
        sizes = {"min_count": desired, "desired_count": desired, "max_count": desired}
        group = d.place("auto_scaling_group", region, f"{side}-group", (188, 44), (), 160.0, detect_s=150.0, **sizes)
        server = partial(d.place, "vm", presets=["m5.large"], recovery="replace")
        nets = []
        for k, letter in enumerate("ab"):
            zone = d.place("zone", region, f"{code}{letter}", (16.0 + 172.0 * k, 92))
            nets.append(d.place("subnet", zone, f"{side}-{letter}", (12, 40), cidr=f"10.2.{k}.0/24", public=True))
            for n in range(desired // 2):
                vm = server(nets[k], f"{side}-{letter}{n + 1}")
                d.link("member", vm, service)
                d.link("instance", vm, group)
        template = server(nets[0], f"{side}-template", template=True)
        d.link("member", template, service)
        d.link("template", group, template)
        d.link("spans", group, *nets)
        d.link("nodes_in", balancer, *nets)
        left = d.right_of(region, 24.0)


def dedicated(d: Drawing, recipe: Recipe) -> None:
    """An m5 dedicated host with 46 of its 48 m5.large, and one that mixes sizes."""
    region = d.region("us-east-1", (0, d.note(recipe.lesson, 420.0)))
    zone = d.place("zone", region, "us-east-1a", (16, 44))
    first = d.place("host", zone, "dedicated-1", (12, 40), presets=["m5 dedicated host", "AWS Nitro"])
    for n in range(46):
        d.place("vm", first, f"large-{n + 1:02}", presets=["m5.large"], load_frac=0.25)
    second = d.place("host", zone, "dedicated-2", (d.right_of(first, 12.0), 40),
                     presets=["m5 dedicated host", "AWS Nitro"])  # fmt: skip
    for size, count in (("m5.4xlarge", 4), ("m5.2xlarge", 4)):
        for n in range(count):
            d.place("vm", second, f"{size[3:]}-{n + 1}", presets=[size], load_frac=0.25)


def _cluster(d: Drawing, center: int, hosts: Sequence[int], name: str, at: tuple[float, float], **fields: Any) -> int:
    made = d.place("cluster", center, name, at, **fields)
    for host in hosts:
        d.link("in_cluster", host, made)
    return made


def esxi(d: Drawing, recipe: Recipe) -> None:
    """Four ESXi hosts in two racks that can lose one, two lines of power, two arrays with a datastore each."""
    center = d.place("data_center", ROOT_ID, "own-dc", (0, 0))
    top = d.note(recipe.lesson, 420.0, center, (8, 36))
    feeds = [d.place("power_feed", center, f"feed-{side}", (8.0 + 142.0 * n, top + 40), battery_s=600.0, generator=True)
             for n, side in enumerate("AB")]  # fmt: skip
    racks = [d.place("rack", center, f"rack-{n}", (8.0 + 142.0 * (n - 1), top + 80)) for n in (1, 2)]
    for feed in feeds:
        d.link("feeds", feed, *racks)
    hosts = [d.place("host", racks[n // 2], f"esx-{n + 1}", presets=["64-core, 256 GiB", "VMware ESXi"])
             for n in range(4)]  # fmt: skip
    arrays = [d.place("storage_array", rack, f"san-{n + 1}") for n, rack in enumerate(racks)]
    _cluster(d, center, hosts, "cluster-1", (8, top), detect_s=15.0)
    stores: list[int] = []
    for n, array in enumerate(arrays):
        left = d.right_of(stores[-1], 12.0) if stores else d.right_of(racks[1], 24.0)
        stores.append(d.place("datastore", center, f"ds-{n + 1}", (left, top), capacity_gib=4096.0))
        d.link("offers", array, stores[n])
    for host in hosts:
        d.link("sees", host, *stores)
    for n in range(8):
        vm = d.place("vm", hosts[n // 2], f"erp-{n + 1}", vcpus=16, mhz=2500.0, ram_mib=81_920.0, load_frac=0.5,
                     ram_guaranteed_mib=81_920.0, recovery="cluster")  # fmt: skip
        disk = d.place("volume", stores[n % 2], f"erp-{n + 1}.vmdk", type="virtual_disk", size_gib=800.0)
        d.link("attached_to", disk, vm)
    tidy(d.project)


def proxmox(d: Drawing, recipe: Recipe) -> None:
    """Three Proxmox nodes of which two decide."""
    center = d.place("data_center", ROOT_ID, "branch-office", (0, 0))
    top = d.note(recipe.lesson, 372.0, center, (8, 36))
    hosts = [d.place("host", center, f"pve-{n + 1}", (8.0 + 126.0 * n, top + 40), presets=[SERVER, "KVM"])
             for n in range(3)]  # fmt: skip
    _cluster(d, center, hosts, "pve-cluster", (8, top), rule="proxmox")
    for n, host in enumerate(hosts):
        for k in range(4):
            d.place("vm", host, f"vm-{100 + 4 * n + k}", vcpus=2, mhz=3067.0, ram_mib=2048.0, load_frac=0.3,
                    recovery="cluster", boot_s=45.0)  # fmt: skip


FEED_W = 1000.0
"""What each of the two power feeds of a server room carries: three hosts, and not what twelve servers draw at 8%."""


def _rack_of_servers(d: Drawing, recipe: Recipe, count: int, presets: Sequence[str], down: float = 0.0) -> list[int]:
    center = d.place("data_center", ROOT_ID, "server-room", (0, 0))
    line = d.note(recipe.lesson, 270.0, center, (8, 36)) + down
    feeds = [d.place("power_feed", center, f"feed-{side}", (8.0 + 142.0 * n, line), limit_w=FEED_W)
             for n, side in enumerate("AB")]  # fmt: skip
    racks = [d.place("rack", center, f"rack-{n + 1}", (8.0 + 142.0 * n, line + 40)) for n in range((count + 5) // 6)]
    for feed in feeds:
        d.link("feeds", feed, *racks)
    return [d.place("host", racks[n // 6], f"server-{n + 1:02}", presets=presets) for n in range(count)]


def one_app(d: Drawing, recipe: Recipe) -> None:
    """Twelve servers, each with one application that needs a twelfth of it."""
    hosts = _rack_of_servers(d, recipe, APPS, [SERVER, "Bare metal"])
    for n, host in enumerate(hosts):
        d.place("application", host, f"app-{n + 1:02}", vcpus=12, mhz=3067.0, ram_mib=2048.0, load_frac=APP_LOAD)


def consolidated(d: Drawing, recipe: Recipe) -> None:
    """The same twelve applications as VMs on three hosts of a cluster, beside an idle VM and one that is off."""
    hosts = _rack_of_servers(d, recipe, 3, [SERVER, "VMware ESXi"], down=40.0)
    rack = d.project.elements[hosts[0]].parent
    center = d.project.elements[rack].parent
    _cluster(d, center, hosts, "cluster-1", (8, layout.rect_of(d.project, rack).y - 40.0))
    for n in range(APPS):
        vm = d.place("vm", hosts[n // 4], f"vm-{n + 1:02}", vcpus=2, mhz=3067.0, ram_mib=2048.0, load_frac=0.0,
                     recovery="cluster")  # fmt: skip
        d.place("application", vm, f"app-{n + 1:02}", vcpus=12, mhz=3067.0, ram_mib=2048.0, load_frac=APP_LOAD)
    d.place("vm", hosts[2], "standby-01", vcpus=24, mhz=3067.0, ram_mib=1024.0, load_frac=0.0)
    d.place("vm", hosts[2], "batch-01", vcpus=24, mhz=3067.0, ram_mib=1024.0, load_frac=0.35, powered_on=False)


def laptop(d: Drawing, recipe: Recipe) -> None:
    """Three VMs of four vCPUs on a laptop of eight cores that has other work, too."""
    top = d.note(recipe.lesson, 330.0)
    host = d.place("host", ROOT_ID, "laptop", (0, top), presets=["Oracle VirtualBox"], cores=8, mhz=2400.0,
                   ram_mib=16_384.0, host_os_cpu_frac=0.1, idle_w=8.0, full_w=45.0)  # fmt: skip
    for name in ("linux", "windows", "build"):
        d.place("vm", host, name, vcpus=4, mhz=2400.0, ram_mib=4096.0, load_frac=0.9)


def serverless(d: Drawing, recipe: Recipe) -> None:
    """A site without a server: a function for its calls, a bucket for its pictures."""
    top = d.note(recipe.lesson, 420.0)
    calls = d.place("service", ROOT_ID, "calls", (0, top), rate_rps=5000.0)
    pictures = d.place("service", ROOT_ID, "pictures", (186, top), rate_rps=4000.0)
    region = d.region("us-east-1", (0, top + 48))
    function = d.place("function", region, "api", (16, 44), concurrency=1000, duration_s=0.25)
    bucket = d.place("bucket", region, "images", (186, 44))
    d.link("serves", function, calls)
    d.link("serves", bucket, pictures)


WAYS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "one-zone": ("aa", "", {}),
    "again": ("aa", "b", {}),
    "zones": ("abc", "", {}),
    "pilot": ("aae", "", {"strategy": "pilot_light", "standby_region": "eu-west-1", "rto_s": 900.0}),
    "regions": ("aaee", "", {"strategy": "active_active", "standby_region": "eu-west-1", "rto_s": 120.0}),
}
"""One service in five ways: the zones of its servers (e: in the other region), zones in which a group launches them
again, and how it outlives its region."""


def resilience(d: Drawing, recipe: Recipe) -> None:
    """A service that two servers carry, and one cannot: five times, by what it outlives."""
    top = d.note(recipe.lesson, 896.0)
    services = [
        d.place("service", ROOT_ID, name, (182.0 * n, top), (), 168.0, rate_rps=1000.0, work_mhz_s=6.2, **recovery)
        for n, (name, (_, _, recovery)) in enumerate(WAYS.items())
    ]
    home = d.region("us-east-1", (0, top + 48))
    zones = [("abc"[n], d.place("zone", home, f"us-east-1{'abc'[n]}", (16.0 + 176.0 * n, 144))) for n in range(3)]
    other = d.region("eu-west-1", (d.right_of(home, 24.0), top + 48))
    zones.append(("e", d.place("zone", other, "eu-west-1a", (16, 144))))
    nets = {
        letter: d.place("subnet", zone, f"private-{letter}", (12, 40), cidr=f"10.{n}.0.0/24")
        for n, (letter, zone) in enumerate(zones)
    }
    for n, (service, (name, (places, again, _))) in enumerate(zip(services, WAYS.items())):
        server = partial(d.place, "vm", presets=["m5.large"], recovery="replace" if again else "same_zone")
        servers = [server(nets[letter], f"{name}-{k + 1}") for k, letter in enumerate(places)]
        group = _group_of_two(d, home, name, [nets[letter] for letter in (places[0], again)]) if again else 0
        for vm in [*servers, *([server(nets[places[0]], f"{name}-template", template=True)] if again else ())]:
            d.link("member", vm, service)
            if group:
                d.link("template", group, vm) if vm not in servers else d.link("instance", vm, group)
        _balancers(d, service, name, n, {home: places.strip("e") + again, other: "e" * ("e" in places)}, nets)


def _group_of_two(d: Drawing, region: int, name: str, nets: Sequence[int]) -> int:
    counts = {"min_count": 2, "desired_count": 2, "max_count": 2}
    group = d.place("auto_scaling_group", region, f"{name}-group", (368, 92), (), 150.0, **counts)
    d.link("spans", group, *nets)
    return group


def _balancers(d: Drawing, service: int, name: str, n: int, letters: dict[int, str], nets: dict[str, int]) -> None:
    """A balancer of a service in each region in which it has servers."""
    for region, here in letters.items():
        if here:
            far = "e" in here
            at = (16.0, 44.0 + 48.0 * (n - 3)) if far else (16.0 + 176.0 * (n % 3), 44.0 + 48.0 * (n // 3))
            balancer = d.place("load_balancer", region, f"{name}-lb" + "-2" * far, at, (), 150.0)
            d.link("balances", balancer, service)
            d.link("nodes_in", balancer, *(nets[letter] for letter in dict.fromkeys(here)))


RECIPES: dict[str, Recipe] = {
    "three-zone-web-shop": Recipe(
        "Three-zone web shop",
        "12 servers in 3 zones, a retry storm",
        "A zone is lost and the shop goes on: clients whose request went to a dead server try again. When the database "
        "fails over, all clients try again at once; the storm outlives its cause, as the queue makes each answer late.",
        "Press Run, then fail ap-south-1b. Then run again and fail ap-south-1a: the database is back after 90 s, and "
        "still nothing is answered in time. Give shop a Retry budget of 0.1 and run again: 6 s later all is well.",
        "service",
        three_zones,
    ),
    "vpc-public-private": Recipe(
        "VPC, public and private subnets",
        "One way in, one way out a zone",
        "Private servers are reached only through a balancer in public subnets and an internet gateway; when the "
        "gateway is down, every request is lost although all servers run. What goes out of them takes the NAT gateway. "
        "Both are paid for: in an hour 5.4 GB go through each NAT gateway, and 110.6 GB from zone to zone, because "
        "half of the requests meet a server in the other one (Result, Traffic between places).",
        "Press Run, then fail igw. Then recover it and fail nat-a: the servers of that zone have no way out. At 01:30 "
        "build has used up its CPU credits and gets 20% of its CPU.",
        "vpc",
        public_private,
    ),
    "active-passive-regions": Recipe(
        "Active and standby region",
        "DNS fails over to the standby",
        "A group belongs to one region, so each region has its own. Customers reach the bank through a DNS name. When "
        "the active region is lost, or fewer than half of its servers are healthy, it answers with the standby once "
        "three checks of 30 s have failed, and customers follow when the TTL of 60 s is over.",
        "Press Run, then fail eu-central-1: 150 s without service. Then run again and fail active-a1, active-a2 and "
        "active-b1: the server that is left drops a third of the requests until DNS leads to the standby.",
        "dns-name",
        two_regions,
    ),
    "dedicated-hosts": Recipe(
        "Dedicated hosts",
        "48 m5.large fit, the 49th does not",
        "A dedicated host is filled by the provider's figures: this one has room for two more m5.large.",
        "Copy large-01 onto dedicated-1 three times: the third is refused with the reason. Then let large-01 send "
        "2,000 Mbit/s, its I/O pattern constant, and press Run: it bursts for 74 minutes, then 750 Mbit/s are left.",
        "host",
        dedicated,
    ),
    "esxi-n-plus-one": Recipe(
        "ESXi N+1 with two datastores",
        "3 hosts carry the VMs of 4",
        "Each VM reserves all of its memory, and three hosts have that for the VMs of four: when one fails, all of its "
        "VMs start again on the others, where their disks can be seen. An array that fails takes the VMs on its "
        "datastore down, and no host helps.",
        "Press Run, then fail esx-2; fail esx-3, too, and what has no room waits. Then run again and fail san-1. Or "
        "give each VM 256 GiB, none of it guaranteed, and fail esx-2 and esx-3: of 1,024 GiB each host that is left "
        "shares 51, balloons 666, compresses 51 and swaps 14.",
        "cluster",
        esxi,
    ),
    "proxmox-quorum": Recipe(
        "Proxmox cluster with quorum",
        "3 nodes: a majority outlives one",
        "A lost node resets itself before its VMs start elsewhere, which takes two minutes: longer than the boot "
        "itself; the master takes a minute more. One node of three has no majority and runs nothing.",
        "Press Run, then fail pve-2; fail pve-1, too, and a minute later pve-3 resets itself.",
        "cluster",
        proxmox,
    ),
    "one-app-per-server": Recipe(
        "One app per server",
        "12 servers at 8%: power for little",
        "Servers that do little draw nearly as much power as they would for much more work. Two feeds share it; one of "
        "them alone carries 1,000 W, and not the 1,081 W of all.",
        "Press Run and look at the power. Then run again and fail feed-A: feed-B trips after 10 s, and all twelve are "
        "down. Then place “Consolidated” beside it: it outlives the loss of a feed.",
        "rack",
        one_app,
    ),
    "consolidated": Recipe(
        "Consolidated",
        "12 apps at a third of the power",
        "Twelve small loads fit onto three hosts at a third of the power; but one host that fails takes four "
        "applications along, and a noisy neighbor takes CPU from all VMs on its host.",
        "Press Run and look at the power. Then power batch-01 on and run again: vm-09 loses 6% of its CPU, most of it "
        "to batch-01.",
        "cluster",
        consolidated,
    ),
    "laptop-virtualbox": Recipe(
        "Laptop with VirtualBox",
        "12 vCPUs on 8 cores: steal",
        "A type 2 hypervisor gets what the laptop's own system leaves: VMs that ask for more see steal.",
        "Press Run and look at the steal; then power one VM off. Or hold build to half of its CPU, a CPU limit of "
        "4,800 MHz: 40% of build is throttled, which is no steal, and the others lose 32% in place of 35%.",
        "host",
        laptop,
    ),
    "serverless-site": Recipe(
        "Serverless site",
        "What comes above a limit is dropped",
        "A function serves as many requests as it may run at once, divided by how long each takes; what comes above "
        "that is dropped, whatever the CPU.",
        "Press Run; then let a request of api take 0.2 s instead of 0.25 s. Or let the clients of calls try again "
        "twice: 5,000 requests become 9,634 attempts a second, and a fifth is lost all the same.",
        "function",
        serverless,
    ),
    "cost-of-resilience": Recipe(
        "What resilience costs",
        "One service in five ways",
        "Two servers carry the service: in one zone; launched again in another zone; active in three zones; with a "
        "pilot light in another region; active in two regions. One zone costs 157 USD a month, the others 0, 45, 63 "
        "and 113% more. A study published 15, 45, 52 and 111%, for instance types, regions and traffic that it does "
        "not tell. A group costs nothing until it launches.",
        "Open Cost and sum by service. Press Run, then fail us-east-1a: zones and regions serve all after 35 s, again "
        "after 150 s, one-zone never, and pilot half, until people start its second server.",
        "service",
        resilience,
    ),
}


def drawn(name: str) -> Project:
    """The design of which a blueprint is made."""
    drawing = Drawing()
    RECIPES[name].draw(drawing, RECIPES[name])
    return drawing.project


def build(name: str) -> str:
    """A blueprint's file as text."""
    recipe, project = RECIPES[name], drawn(name)
    told = {key: getattr(recipe, key) for key in ("title", "summary", "teaches", "first", "icon")}
    return text_of(project, project.children(ROOT_ID), **told) + "\n"


def main(argv: Sequence[str]) -> int:
    """Write all blueprints into a folder."""
    folder = Path(argv[0]) if argv else FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    for name in RECIPES:
        text = build(name)
        (folder / f"{name}.json").write_text(text, "utf-8")
        print(f"{name}.json: {len(text) / 1e3:.1f} kB")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
