"""Saved answers of the AWS command line: `aws ec2 describe-instances > instances.json` and the like, together."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from designer.exchange.estate import cells
from designer.exchange.estate.cloud import Cloud
from designer.exchange.estate.inventory import Inventory
from designer.words import tr

Row = Mapping[str, Any]


def knows(value: Any) -> bool:
    """Whether a file holds an answer that is read, or a list of such answers."""
    return any(set(answer) & set(ANSWERS) for answer in _answers(value))


def read(files: Sequence[tuple[Path, Any]]) -> Inventory:
    """The estate in answers that belong together, in any order."""
    cloud = Cloud(Inventory("AWS", ", ".join(path.name for path, _ in files)))
    rows: dict[str, list[Row]] = {name: [] for name in ANSWERS}
    for _, value in files:
        for answer in _answers(value):
            for name in answer:
                if name in ANSWERS:
                    rows[name] += cells.mappings(answer[name])
    cloud.home = next(filter(None, (_region(cloud, row) for listed in rows.values() for row in listed)), "")
    for name, put in ANSWERS.items():
        for row in rows[name]:
            put(cloud, row)
    return cloud.finish()


def _answers(value: Any) -> Iterator[dict[str, Any]]:
    yield from cells.mappings(value if isinstance(value, list) else [value])


def tag(row: Row, key: str = "Name") -> str:
    """A tag's value; empty without it."""
    tags = row.get("Tags") or row.get("TagSet")
    return next((cells.text(one.get("Value")) for one in cells.mappings(tags) if one.get("Key") == key), "")


def _region(cloud: Cloud, row: Row) -> str:
    """The region in which a row says that it stands, or its instances; empty where it says none."""
    inner = cells.mappings(row.get("Instances"))
    found = cells.text(row.get("RegionName")) or next(filter(None, (_region(cloud, one) for one in inner)), "")
    placement = cells.mapping(row.get("Placement"))
    name = row.get("AvailabilityZone") or placement.get("AvailabilityZone")
    return found or cloud.region_of(cells.text(name), cells.text(row.get("AvailabilityZoneId")))


def _zone(cloud: Cloud, row: Row) -> str:
    placement = cells.mapping(row.get("Placement"))
    name = cells.text(row.get("AvailabilityZone") or placement.get("AvailabilityZone"))
    zone_id = cells.text(row.get("AvailabilityZoneId") or placement.get("AvailabilityZoneId"))
    return cloud.zone(name, zone_id)


def _put_zone(cloud: Cloud, row: Row) -> None:
    if row.get("ZoneType", "availability-zone") != "availability-zone" or row.get("OptInStatus") == "not-opted-in":
        return
    cloud.zone(cells.text(row.get("ZoneName")), cells.text(row.get("ZoneId")), cells.text(row.get("RegionName")))


def _put_vpc(cloud: Cloud, row: Row) -> None:
    cloud.vpc(cells.text(row.get("VpcId")), tag(row), cells.text(row.get("CidrBlock")))


def _put_subnet(cloud: Cloud, row: Row) -> None:
    vpc, zone = cells.text(row.get("VpcId")), _zone(cloud, row)
    if vpc and f"id:{vpc}" not in cloud.inventory.parts:
        cloud.vpc(vpc, code=cloud.inventory.parts[zone].parent.removeprefix("region:"))
        cloud.inventory.remark("made_up", tr("A network that only its subnets name."), vpc)
    cloud.subnet(
        cells.text(row.get("SubnetId")), zone, tag(row), vpc,
        cidr=cells.text(row.get("CidrBlock")), public=bool(row.get("MapPublicIpOnLaunch")),
    )  # fmt: skip


def _put_host(cloud: Cloud, row: Row) -> None:
    told = cells.mapping(row.get("HostProperties"))
    family = cells.text(told.get("InstanceFamily")) or cells.text(told.get("InstanceType")).partition(".")[0]
    cores, vcpus = cells.whole(told.get("Cores")), cells.whole(told.get("TotalVCpus"))
    cloud.host(
        cells.text(row.get("HostId")), _zone(cloud, row), family, tag(row), cores=cores,
        threads_per_core=max(1, vcpus // cores) if cores and vcpus else None,
    )  # fmt: skip


def _put_reservation(cloud: Cloud, row: Row) -> None:
    for instance in cells.mappings(row.get("Instances")):
        _put_instance(cloud, instance)


def _put_instance(cloud: Cloud, row: Row) -> None:
    known, state = cells.text(row.get("InstanceId")), cells.text(cells.mapping(row.get("State")).get("Name"))
    if state in ("terminated", "shutting-down"):
        cloud.inventory.remark("left_out", tr("A terminated instance."), known)
        return
    host = f"id:{cells.text(cells.mapping(row.get('Placement')).get('HostId'))}"
    subnet = f"id:{cells.text(row.get('SubnetId'))}"
    parts = cloud.inventory.parts
    place = host if host in parts else subnet if subnet in parts else _zone(cloud, row)
    platform = cells.text(row.get("Platform") or row.get("PlatformDetails")).lower()
    key = cloud.instance(
        known, place, cells.text(row.get("InstanceType")), tag(row), powered_on=state in ("running", "pending", ""),
        guest_os="windows" if platform.startswith("windows") else None,
    )  # fmt: skip
    if place == host and subnet in parts:
        cloud.tie("attached", key, subnet)
    groups = (cells.text(one.get("GroupId")) for one in cells.mappings(row.get("SecurityGroups")))
    cloud.tie_all("protected_by", key, (one for one in groups if f"id:{one}" in parts))


def _put_volume(cloud: Cloud, row: Row) -> None:
    known = cells.text(row.get("VolumeId"))
    kind = cells.text(row.get("VolumeType"))
    key = cloud.volume(known, _zone(cloud, row), cells.number(row.get("Size")), kind, tag(row),
                       iops=cells.positive(row.get("Iops")) if kind == "io2" else None)  # fmt: skip
    for one in cells.mappings(row.get("Attachments")):
        instance = f"id:{cells.text(one.get('InstanceId'))}"
        if key and instance in cloud.inventory.parts:
            cloud.tie("attached_to", key, instance)


def _put_group(cloud: Cloud, row: Row) -> None:
    name = cells.text(row.get("GroupName"))
    cloud.other("security_group", cells.text(row.get("GroupId")), cloud.region(), tag(row) or name)


def _put_balancer(cloud: Cloud, row: Row) -> None:
    zones = cells.mappings(row.get("AvailabilityZones"))
    zone = cloud.zone(cells.text(zones[0].get("ZoneName"))) if zones else ""
    region = cloud.inventory.parts[zone].parent if zone else cloud.region()
    known = cells.text(row.get("LoadBalancerArn") or row.get("LoadBalancerName"))
    key = cloud.other("load_balancer", known, region, cells.text(row.get("LoadBalancerName")))
    subnets = [cells.text(one.get("SubnetId")) for one in zones]
    cloud.tie_all("nodes_in", key, (one for one in subnets if f"id:{one}" in cloud.inventory.parts))


def _put_scaling(cloud: Cloud, row: Row) -> None:
    zones = row.get("AvailabilityZones")
    first = cloud.zone(cells.text(zones[0])) if isinstance(zones, list) and zones else ""
    region = cloud.inventory.parts[first].parent if first else cloud.region()
    name = cells.text(row.get("AutoScalingGroupName"))
    counts = {
        "min_count": cells.number(row.get("MinSize")), "desired_count": cells.number(row.get("DesiredCapacity")),
        "max_count": cells.number(row.get("MaxSize")),
    }  # fmt: skip
    whole = {title: int(value) for title, value in counts.items() if value is not None}
    key = cloud.other("auto_scaling_group", f"asg:{name}", region, name, **whole)
    parts = cloud.inventory.parts
    subnets = [one.strip() for one in cells.text(row.get("VPCZoneIdentifier")).split(",")]
    cloud.tie_all("spans", key, (one for one in subnets if f"id:{one}" in parts))
    for one in cells.mappings(row.get("Instances")):
        instance = f"id:{cells.text(one.get('InstanceId'))}"
        if instance in parts:
            cloud.tie("instance", instance, key)


def _put_gateway(cloud: Cloud, row: Row) -> None:
    key = cloud.other("internet_gateway", cells.text(row.get("InternetGatewayId")), cloud.region(), tag(row))
    networks = [cells.text(one.get("VpcId")) for one in cells.mappings(row.get("Attachments"))]
    cloud.tie_all("opens", key, (one for one in networks if f"id:{one}" in cloud.inventory.parts))


def _put_nat(cloud: Cloud, row: Row) -> None:
    known, subnet = cells.text(row.get("NatGatewayId")), f"id:{cells.text(row.get('SubnetId'))}"
    if cells.text(row.get("State")) in ("deleted", "deleting", "failed"):
        return
    if subnet not in cloud.inventory.parts:
        cloud.inventory.remark("left_out", tr("A NAT gateway whose subnet is not in the files."), known)
        return
    cloud.other("nat_gateway", known, subnet, tag(row))


def _put_bucket(cloud: Cloud, row: Row) -> None:
    name = cells.text(row.get("Name"))
    cloud.other("bucket", f"bucket:{name}", cloud.region(cells.text(row.get("BucketRegion"))), name)


def _put_function(cloud: Cloud, row: Row) -> None:
    arn = cells.text(row.get("FunctionArn")).split(":")
    code = arn[3] if len(arn) > 4 else ""
    name = cells.text(row.get("FunctionName"))
    cloud.other("function", f"function:{name}", cloud.region(code), name)


def _put_database(cloud: Cloud, row: Row) -> None:
    zone = _zone(cloud, row)
    name = cells.text(row.get("DBInstanceIdentifier"))
    cloud.other("database", f"db:{name}", cloud.inventory.parts[zone].parent, name)


ANSWERS: dict[str, Callable[[Cloud, Row], None]] = {
    "AvailabilityZones": _put_zone,
    "Vpcs": _put_vpc,
    "Subnets": _put_subnet,
    "SecurityGroups": _put_group,
    "Hosts": _put_host,
    "Reservations": _put_reservation,
    "Volumes": _put_volume,
    "InternetGateways": _put_gateway,
    "NatGateways": _put_nat,
    "AutoScalingGroups": _put_scaling,
    "LoadBalancers": _put_balancer,
    "DBInstances": _put_database,
    "Functions": _put_function,
    "Buckets": _put_bucket,
}
"""What is read of each answer, in this order, by the name of its list."""
