"""The bill of a design as it is drawn: what is rented at list prices, what is owned by the figures of its fields."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from math import fsum, isnan, nan
from typing import Any

from designer.catalog.kinds.hardware.host import watts
from designer.catalog.presets.shipped import DEDICATED
from designer.catalog.reference import ebs
from designer.catalog.reference.ec2 import ec2
from designer.catalog.reference.prices import HOURS_A_MONTH, Price, prices
from designer.catalog.rules.offers import place_of
from designer.errors import RuleError
from designer.model.element import ROOT_ID, Element
from designer.model.tree import Tree
from designer.study.cost.counted import Counted, sent_lines
from designer.study.cost.lines import Bill, CostLine
from designer.study.cost.stated import rate_rps, stated_lines
from designer.words import mark, tr

HALF_LOAD = 0.5
"""The load at which hosts draw watts all the time (an assumption, confidence C)."""
INSTANCES, DEDICATED_HOSTS, VOLUMES = mark("Instances"), mark("Dedicated hosts"), mark("Volumes")
IOPS, THROUGHPUT, SNAPSHOTS = mark("IOPS of volumes"), mark("Throughput of volumes"), mark("Backups of volumes")
BALANCERS, CAPACITY_UNITS = mark("Load balancers"), mark("Capacity units of load balancers")
GATEWAYS, PASSED, ADDRESSES = mark("NAT gateways"), mark("Traffic through NAT gateways"), mark("Public addresses")
DATABASES, STORED, READS = mark("Databases"), mark("Stored in buckets"), mark("Reads of buckets")
CALLS, COMPUTING = mark("Calls of functions"), mark("Computing of functions")
HOSTS, LICENSES, ENERGY = mark("Own hosts"), mark("Licenses and support"), mark("Energy")
USD_MONTH = "month"
REDUCED = {"reserved_1y": mark("reserved 1 year"), "reserved_3y": mark("reserved 3 years")}


def bill_of(tree: Tree, counted: Counted | None = None) -> Bill:
    """What a design costs a month as it is drawn; `counted`: what a run of it sent and drew."""
    elements = [element for kind in MAKERS for element in tree.of_kind(kind)]
    lines = [line for element in elements for line in lines_of(tree, element, counted)]
    lines += sent_lines(tree, counted) if counted is not None else ()
    drawn = [energy for host in tree.of_kind("host") if (energy := energy_of(tree, host, counted)) is not None]
    return Bill(tuple(lines), *summed(drawn), counted is not None)


def lines_of(tree: Tree, element: Element, counted: Counted | None) -> list[CostLine]:
    """What one element costs a month, of a kind in `MAKERS`."""
    own = element.__dict__.get("own_usd_month", 0.0)
    if own > 0.0:
        return [CostLine(_TITLES[element.kind], element.id, 1.0, USD_MONTH, _yours(own), yours=True)]
    return list(MAKERS[element.kind](tree, element, counted))


def summed(energies: Iterable[tuple[float, float]]) -> tuple[float | None, float | None]:
    """The sums of kWh and of kg CO2e of own hosts; None without any, and where some are not known."""
    pairs = list(energies)
    if not pairs:
        return None, None
    carbon = fsum(kg for _, kg in pairs)
    return fsum(kwh for kwh, _ in pairs), None if isnan(carbon) else carbon


_TITLES = {
    "vm": INSTANCES, "host": HOSTS, "volume": VOLUMES, "load_balancer": BALANCERS, "nat_gateway": GATEWAYS,
    "database": DATABASES, "bucket": STORED, "function": CALLS,
}  # fmt: skip


def _yours(usd: float) -> Price:
    return Price(usd, usd, usd, tr("yours"))


def _code(tree: Tree, element: Element) -> str:
    """The code of the provider's region in which an element stands; empty elsewhere."""
    place = place_of(tree, element)
    return place.region if place is not None else ""


def _parent(tree: Tree, element: Element) -> Element:
    return tree.elements[element.__dict__["parent"]]


def _hours(what: str, element: int, price: Price | None, count: float = 1.0) -> CostLine:
    return CostLine(what, element, count * HOURS_A_MONTH, "h", price)


def _vm(tree: Tree, vm: Element, counted: Counted | None) -> Iterator[CostLine]:
    fields, code = vm.__dict__, _code(tree, vm)
    if not code or fields["template"] or not fields["powered_on"] or _parent(tree, vm).kind == "host":
        return
    yield _hours(INSTANCES, vm.id, _instance(fields, code))
    if _parent(tree, vm).__dict__.get("public"):
        yield _hours(ADDRESSES, vm.id, _address())


def _instance(fields: dict[str, Any], code: str) -> Price | None:
    """The hourly price of an instance in its plan; None for Windows, and where no price is known."""
    found = prices().instance(fields["instance_type"], code) if fields["guest_os"] != "windows" else None
    plan = fields["plan"]
    if found is None or plan == "on_demand":
        return found
    if plan == "spot":
        low, high = prices().spot_range
        left = 1.0 - prices().spot_discount
        source = f"{found.source} × {left:.3g}, {tr('spot')}"
        return Price(found.usd * left, found.low * (1.0 - high), found.high * (1.0 - low), source)
    return found.times(prices().reserved[plan], f" × {prices().reserved[plan]:g}, {tr(REDUCED[plan])}")


def _address() -> Price:
    found = prices().of("us-east-1", "public_ipv4_hour")
    assert found is not None
    return Price(found.usd, found.usd, found.usd, tr("all regions, {0}", prices().as_of))


def _group(tree: Tree, group: Element, counted: Counted | None) -> Iterator[CostLine]:
    """The instances that a group wants beside those that are drawn."""
    code, templates = _code(tree, group), tree.targets(group.id, "template")
    missing = group.__dict__["desired_count"] - len(tree.sources(group.id, "instance"))
    if code and templates and missing > 0:
        fields = tree.elements[templates[0]].__dict__
        yield _hours(INSTANCES, group.id, _instance(fields, code), missing)


def _host(tree: Tree, host: Element, counted: Counted | None) -> Iterator[CostLine]:
    fields, code = host.__dict__, _code(tree, host)
    if fields["model"].endswith(DEDICATED):
        family = fields["model"].removesuffix(DEDICATED).strip()
        yield _hours(DEDICATED_HOSTS, host.id, prices().dedicated_host(family, code))
        return
    bought = fields["purchase_usd"] / fields["life_years"] / 12.0
    own = _yours(bought) if bought > 0.0 else None
    yield CostLine(HOSTS, host.id, 1.0, USD_MONTH, own, yours=own is not None)
    if fields["licenses_usd_year"] > 0.0:
        yield CostLine(LICENSES, host.id, 1.0, USD_MONTH, _yours(fields["licenses_usd_year"] / 12.0), yours=True)
    usd_kwh = _hall(tree, host).get("kwh_usd", 0.0)
    price = _yours(usd_kwh) if usd_kwh > 0.0 else None
    yield CostLine(ENERGY, host.id, _kwh(tree, host, counted), "kWh", price, yours=price is not None)


def _hall(tree: Tree, element: Element) -> dict[str, Any]:
    """The fields of the data center in which an element stands; empty without one."""
    here = element
    while here.id != ROOT_ID:
        if here.kind == "data_center":
            return here.__dict__
        here = _parent(tree, here)
    return {}


def _kwh(tree: Tree, host: Element, counted: Counted | None) -> float:
    """kWh a month of a host, as drawn in a run or at half load, with the PUE of its data center."""
    drawn = counted.watts.get(host.id) if counted is not None else None
    if drawn is None:
        try:
            curve = watts(host)
        except RuleError:
            return 0.0
        at = HALF_LOAD * (len(curve) - 1)
        low = int(at)
        drawn = curve[low] + (curve[min(low + 1, len(curve) - 1)] - curve[low]) * (at - low)
    return float(drawn * _hall(tree, host).get("pue", 1.0) * HOURS_A_MONTH / 1000.0)


def energy_of(tree: Tree, host: Element, counted: Counted | None) -> tuple[float, float] | None:
    """kWh of an own host a month, and kg CO2e by the grid of its region, NaN where that is not known; None for a host
    of the provider, who does not tell what it draws.
    """
    if host.__dict__["model"].endswith(DEDICATED):
        return None
    kwh, region = _kwh(tree, host, counted), ec2().regions.get(_code(tree, host))
    grid = region.grid_g_per_kwh if region is not None else None
    return kwh, nan if grid is None else kwh * grid / 1000.0


def _volume(tree: Tree, volume: Element, counted: Counted | None) -> Iterator[CostLine]:
    fields, code = volume.__dict__, _code(tree, volume)
    kind, size, list_of = fields["type"], fields["size_gib"], prices().of
    if not code or kind not in ebs.SIZES_GIB:
        return
    yield CostLine(VOLUMES, volume.id, size, "GiB", list_of(code, "volumes", kind, "gib_month"))
    rates = ebs.rates(kind, size, fields["iops"], fields["mibps"])
    if rates is not None and kind in ("gp3", "io2"):
        free = (ebs.GP3_IOPS, ebs.GP3_MIBPS) if kind == "gp3" else (0.0, rates.mibps)
        for what, unit, more, name in (
            (IOPS, "IOPS", rates.iops - free[0], "iops_month"),
            (THROUGHPUT, "MiB/s", rates.mibps - free[1], "mibps_month"),
        ):
            if more > 0.0:
                yield CostLine(what, volume.id, more, unit, list_of(code, "volumes", kind, name))
    if fields["backup_h"] > 0.0:  # one whole copy; how much changes until the next is not known
        yield CostLine(SNAPSHOTS, volume.id, size, "GiB", list_of(code, "snapshot_gib_month"))


def _balancer(tree: Tree, balancer: Element, counted: Counted | None) -> Iterator[CostLine]:
    code = _code(tree, balancer)
    if not code:
        return
    yield _hours(BALANCERS, balancer.id, prices().of(code, "load_balancer", "hour"))
    yield CostLine(CAPACITY_UNITS, balancer.id, 0.0, "LCU", None)  # depends on connections, which nothing tells
    public = [i for i in tree.targets(balancer.id, "nodes_in") if tree.elements[i].__dict__["public"]]
    if public:
        yield _hours(ADDRESSES, balancer.id, _address(), len(public))


def _gateway(tree: Tree, gateway: Element, counted: Counted | None) -> Iterator[CostLine]:
    code = _code(tree, gateway)
    if code:
        yield _hours(GATEWAYS, gateway.id, prices().of(code, "nat", "hour"))
        yield _hours(ADDRESSES, gateway.id, _address())
        passed = counted.through.get(gateway.id, 0.0) if counted is not None else 0.0  # only a run tells
        price = prices().of(code, "nat", "gb") if counted is not None else None
        if passed or counted is None:
            yield CostLine(PASSED, gateway.id, passed, "GB", price)


def _database(tree: Tree, database: Element, counted: Counted | None) -> Iterator[CostLine]:
    if _code(tree, database):
        yield CostLine(DATABASES, database.id, 1.0, USD_MONTH, None)


def _requests(tree: Tree, element: Element) -> float | None:
    """Requests a month of what alone serves a service; None where that is not known."""
    services = tree.targets(element.id, "serves")
    if not services:
        return 0.0
    alone = not tree.sources(services[0], "member") and len(tree.sources(services[0], "serves")) == 1
    rps = rate_rps(tree, tree.elements[services[0]]) if alone else None
    return None if rps is None else rps * HOURS_A_MONTH * 3600.0


def _bucket(tree: Tree, bucket: Element, counted: Counted | None) -> Iterator[CostLine]:
    code, stored = _code(tree, bucket), bucket.__dict__["stored_gib"]
    if not code:
        return
    price = prices().of(code, "bucket", "gib_month") if stored > 0.0 else None
    yield CostLine(STORED, bucket.id, stored, "GiB", price)
    reads = _requests(tree, bucket)
    price = prices().of(code, "bucket", "get_1000") if reads is not None else None
    if reads != 0.0:
        yield CostLine(READS, bucket.id, (reads or 0.0) / 1000.0, tr("1,000 reads"), price)


def _function(tree: Tree, function: Element, counted: Counted | None) -> Iterator[CostLine]:
    code, fields = _code(tree, function), function.__dict__
    calls = _requests(tree, function)
    if not code or calls == 0.0:
        return
    known = calls is not None
    list_of = prices().of
    price = list_of(code, "function", "request_million") if known else None
    yield CostLine(CALLS, function.id, (calls or 0.0) / 1e6, tr("million calls"), price)
    price = list_of(code, "function", "gb_second") if known else None
    gib_s = (calls or 0.0) * fields["duration_s"] * fields["memory_mib"] / 1024.0
    yield CostLine(COMPUTING, function.id, gib_s, "GB s", price)


def _service(tree: Tree, service: Element, counted: Counted | None) -> Iterable[CostLine]:
    return stated_lines(tree, service) if counted is None else ()


MAKERS: dict[str, Callable[[Tree, Element, Counted | None], Iterable[CostLine]]] = {
    "vm": _vm, "auto_scaling_group": _group, "host": _host, "volume": _volume, "load_balancer": _balancer,
    "nat_gateway": _gateway, "database": _database, "bucket": _bucket, "function": _function, "service": _service,
}  # fmt: skip
"""What costs something, by kind."""
