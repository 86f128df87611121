"""What traffic costs that could stay where it is, and volumes that give more than their instance takes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from math import inf

from designer.catalog.reference import ebs
from designer.catalog.reference.ec2 import InstanceType, Offer, ec2, size_rank
from designer.catalog.reference.limits import MIB
from designer.catalog.reference.prices import HOURS_A_MONTH, prices
from designer.checks.check import Check, Finding, Fix, Found
from designer.checks.regional.served import depends, region_code, where
from designer.checks.sizing import mean_rps
from designer.checks.standing import members, names, spot
from designer.checks.view import CheckView
from designer.commands import edit
from designer.errors import RuleError
from designer.model.project import Project
from designer.words import tr

MOST_USD_MONTH = 100.0
"""What the traffic of a service between zones may cost a month before it is worth a look (an assumption)."""


def between_zones_gb_month(view: CheckView, service: int) -> float:
    """GB a month that members read from databases in other zones, at the mean rate of the service."""
    read_kib = view.get(service)["read_kib"]
    databases = depends(view, service, "database") if read_kib else []
    if not databases:  # before members are read, which change more often
        return 0.0
    serving, rps = view.value(members, service), view.value(mean_rps, service)
    if not serving or rps is None:
        return 0.0
    zones = Counter(member.zone for member in serving)
    away = 0.0
    for database in databases:
        home = view.value(spot, where(view, database)[0])[0]
        away += 1.0 - zones[home] / len(serving)
    return float(rps * away * read_kib * 1024.0 * HOURS_A_MONTH * 3600.0 / 1e9)


def _dear(view: CheckView, service: int) -> Iterator[Found]:
    gb = view.value(between_zones_gb_month, service)
    if gb <= 0.0:
        return
    databases = depends(view, service, "database")
    price = prices().between_zones(view.value(region_code, databases[0]))
    if price is not None and gb * price.usd > MOST_USD_MONTH:
        yield Found(
            tr("{0} reads {1:,.0f} GB a month from other zones", view.name(service), gb),
            tr("That costs {0:,.0f} USD a month: {1:g} USD a GB, half on each side.", gb * price.usd, price.usd),
            tuple(databases),
        )


def _through_nat(view: CheckView, service: int) -> Iterator[Found]:
    buckets = depends(view, service, "bucket")
    if not buckets:
        return
    vpcs: dict[int, None] = {}
    for member in view.sources(service, "member"):
        for net in (view.above(member, "subnet"), *view.targets(member, "attached")):
            for vpc in view.targets(net, "in_vpc") if net and view.targets(net, "routes_through") else ():
                if not view.get(vpc)["endpoint"]:
                    vpcs[vpc] = None
    if vpcs:
        yield Found(
            tr("{0} reaches {1} through a NAT gateway", view.name(service), names(view, buckets)),
            tr("Each GB costs {0:g} USD there. A gateway endpoint of {1} costs nothing.", prices().nat_usd_gb,
               names(view, list(vpcs))),
            (*vpcs, *buckets),
        )  # fmt: skip


def add_endpoints(project: Project, finding: Finding) -> None:
    """Give the VPCs of a service a gateway endpoint."""
    vpcs = [i for i in finding.elements if project.elements[i].kind == "vpc"]
    edit.change(project, vpcs, {"endpoint": True})


def _vm_of(view: CheckView, volume: int) -> int:
    """The VM of a volume; 0 without one."""
    home = view.parent(volume)
    return home if view.kind(home) == "vm" else next(iter(view.targets(volume, "attached_to")), 0)


def _of_vm(view: CheckView, vm: int) -> list[int]:
    """The volumes of a VM."""
    return sorted([*(volume.id for volume in view.inside(vm, "volume")), *view.sources(vm, "attached_to")])


def _volumes(view: CheckView, vm: int) -> tuple[float, float]:
    """IOPS and MiB/s that the EBS volumes of a VM give without end."""
    iops = mibps = 0.0
    for volume in _of_vm(view, vm):
        fields = view.get(volume)
        rates = ebs.rates(fields["type"], fields["size_gib"], fields["iops"], fields["mibps"])
        if rates is not None:
            iops, mibps = iops + rates.iops, mibps + rates.mibps
    return iops, mibps


def _most(kind: InstanceType) -> tuple[float, float]:
    """The most IOPS and MiB/s that an instance takes from its volumes; inf where it is not known."""
    mbps = kind.ebs_peak_mbps or kind.ebs_mbps
    return kind.ebs_peak_iops or kind.ebs_iops or inf, mbps / 8.0 / MIB if mbps else inf


def _instance_is_slower(view: CheckView, volume: int) -> Iterator[Found]:
    """Told once for a VM, at its first volume: of volumes there are fewer than of VMs."""
    vm = _vm_of(view, volume)
    if not vm or _of_vm(view, vm)[0] != volume:
        return
    given = view.value(_volumes, vm)
    name = view.get(vm)["instance_type"]
    kind = ec2().types.get(name) if name else None
    if kind is None:
        return
    takes = _most(kind)
    for what, has, most in zip(("IOPS", "MiB/s"), given, takes, strict=True):
        if has > most * (1.0 + 1e-9):
            yield Found(
                tr(
                    "The volumes of {0} give {1:,.0f} {2}, and {3} takes {4:,.0f}", view.name(vm), has, what, name, most
                ),
                tr("What is ordered above that is paid for and never reached."),
                (vm,),
            )
            return


def larger_instance(project: Project, finding: Finding) -> None:
    """Give a VM the smallest type of its family that takes what its volumes give."""
    vm = finding.elements[1]
    view = CheckView(project)
    given, code = view.value(_volumes, vm), view.value(region_code, vm)
    family = ec2().types[view.get(vm)["instance_type"]].family
    found = [
        kind
        for kind in ec2().types.values()
        if kind.family == family
        and all(has <= most for has, most in zip(given, _most(kind), strict=True))
        and (not code or ec2().offered(kind.name, code) is not Offer.NO)
    ]
    if not found:
        raise RuleError(tr("No type of {0} takes as much; choose another family.", family))
    edit.apply_preset(project, [vm], min(found, key=lambda kind: size_rank(kind.size)).name)


CHECKS = (
    Check(
        "REL-23",
        "Volumes faster than their instance",
        "medium",
        "The instance is the bottleneck: more IOPS or MiB/s are ordered than it takes.",
        "Amazon EC2 user guide, EBS-optimized instances; API descriptions in moto 5.2.5",
        ("volume",),
        _instance_is_slower,
        Fix("Choose the smallest type of the family that does", larger_instance),
    ),
    Check(
        "COST-01",
        "Traffic between zones",
        "low",
        "Traffic between zones is billed on both sides; a replica to read from in each zone avoids it.",
        "AWS data transfer prices, as in infracost",
        ("service",),
        _dear,
    ),
    Check(
        "COST-02",
        "Bucket behind a NAT gateway",
        "low",
        "A NAT gateway bills each GB that it passes. A gateway endpoint leads to buckets at no cost.",
        "AWS VPC prices, as in infracost; Amazon VPC user guide, gateway endpoints",
        ("service",),
        _through_nat,
        Fix("Add a gateway endpoint to the VPC", add_endpoints),
    ),
)
