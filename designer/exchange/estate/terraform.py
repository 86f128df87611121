"""Terraform: `terraform show -json` of a state or a plan, of all format versions, and the raw state (version 4).

Of a resource the values that are known are read; what is known only after it is made is followed to the resource that
the configuration refers to.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from designer.exchange.estate import cells
from designer.exchange.estate.cloud import UNKNOWN_SIZE, Cloud
from designer.exchange.estate.inventory import Inventory
from designer.exchange.estate.owned import Owned
from designer.words import tr

DEEPEST = 50
"""Modules are not followed deeper than this."""
_INDEX = re.compile(r"\[[^\]]*\]")


@dataclass(frozen=True)
class Resource:
    """A managed resource: its address, type, values, and the addresses that its arguments refer to."""

    address: str
    type: str
    values: Mapping[str, Any]
    refers: Mapping[str, list[str]] = field(default_factory=dict)


def knows(value: Any) -> bool:
    """Whether a file holds a state or a plan."""
    return isinstance(value, dict) and "terraform_version" in value


def read(path: Path, value: Any) -> Inventory:
    """The estate in a state or a plan."""
    resources = list(_resources(value))
    cloud = Cloud(Inventory("Terraform", path.name), _home(value))
    known = {one.address: one for one in resources}
    by_id = {cells.text(one.values.get("id")): one.address for one in resources if one.values.get("id")}
    reading = _Reading(cloud, known, by_id, Owned(cloud.inventory, "KVM"))
    for kind in PUT:
        for one in resources:
            if one.type == kind:
                PUT[kind](reading, one)
    others = Counter(one.type for one in resources if one.type not in PUT)
    for kind, number in others.items():
        cloud.inventory.remark("left_out", tr("A resource that a design does not hold."), f"{number} {kind}")
    cloud.finish()
    inventory = reading.owned.finish()
    if not inventory.parts:
        inventory.remark("warning", tr("There is no resource in it that a design holds."))
    return inventory


def _resources(value: Mapping[str, Any]) -> Iterator[Resource]:
    shown = cells.mapping(value.get("planned_values")) or cells.mapping(value.get("values"))
    if shown:
        root = cells.mapping(value.get("configuration")).get("root_module")
        yield from _of_module(cells.mapping(shown.get("root_module")), _references(cells.mapping(root)), 0)
        return
    for row in cells.mappings(value.get("resources")):  # the raw state
        if row.get("mode") != "managed":
            continue
        module = f"{row['module']}." if row.get("module") else ""
        for instance in cells.mappings(row.get("instances")):
            index = instance.get("index_key")
            address = f"{module}{row.get('type')}.{row.get('name')}" + (f"[{index!r}]" if index is not None else "")
            values = cells.mapping(instance.get("attributes")) or cells.mapping(instance.get("attributes_flat"))
            yield Resource(address, cells.text(row.get("type")), values)


def _of_module(
    module: Mapping[str, Any], refers: Mapping[str, Mapping[str, list[str]]], depth: int
) -> Iterator[Resource]:
    for row in cells.mappings(module.get("resources")):
        if row.get("mode") == "managed":
            address = cells.text(row.get("address"))
            plain = _INDEX.sub("", address)
            yield Resource(
                address, cells.text(row.get("type")), cells.mapping(row.get("values")), refers.get(plain, {})
            )
    if depth < DEEPEST:
        for child in cells.mappings(module.get("child_modules")):
            yield from _of_module(child, refers, depth + 1)


def _references(module: Mapping[str, Any], prefix: str = "", depth: int = 0) -> dict[str, dict[str, list[str]]]:
    """What each argument of each resource of a configuration refers to, by address without index."""
    found: dict[str, dict[str, list[str]]] = {}
    for row in cells.mappings(module.get("resources")):
        arguments = cells.mapping(row.get("expressions"))
        found[prefix + cells.text(row.get("address"))] = {
            name: [prefix + cells.text(one) for one in cells.mapping(said).get("references", ()) or ()]
            for name, said in arguments.items()
            if isinstance(said, dict)
        }
    if depth < DEEPEST:
        for name, call in cells.mapping(module.get("module_calls")).items():
            inner = cells.mapping(cells.mapping(call).get("module"))
            found |= _references(inner, f"{prefix}module.{name}.", depth + 1)
    return found


def _home(value: Mapping[str, Any]) -> str:
    """The region of the provider's configuration."""
    providers = cells.mapping(cells.mapping(value.get("configuration")).get("provider_config"))
    for name, one in providers.items():
        if name.startswith("aws"):
            region = cells.mapping(cells.mapping(cells.mapping(one).get("expressions")).get("region"))
            return cells.text(region.get("constant_value"))
    return ""


@dataclass
class _Reading:
    """The resources by address, what each became, and the estate that is built."""

    cloud: Cloud
    known: Mapping[str, Resource]
    by_id: Mapping[str, str]
    owned: Owned
    keys: dict[str, str] = field(default_factory=dict)

    def key_of(self, one: Resource, argument: str) -> str:
        """The part that an argument names: by its value, or by what the configuration refers to."""
        value = one.values.get(argument)
        return next(iter(self.keys_of(one, argument)), "") if value is None or not isinstance(value, list) else ""

    def keys_of(self, one: Resource, argument: str) -> list[str]:
        """The parts that an argument names."""
        value = one.values.get(argument)
        said = value if isinstance(value, list) else [value]
        addresses = [self.by_id[cells.text(each)] for each in said if cells.text(each) in self.by_id]
        if not addresses:
            bare = [_INDEX.sub("", each) for each in one.refers.get(argument, ())]
            addresses = [full for full in self.known if _INDEX.sub("", full) in bare]
        return list(dict.fromkeys(self.keys[each] for each in addresses if each in self.keys))

    def name(self, one: Resource) -> str:
        """The tag Name of a resource, or the end of its address."""
        named = cells.mapping(one.values.get("tags")).get("Name")
        return cells.text(named) or cells.text(one.values.get("name")) or one.address.rpartition(".")[2]

    def id(self, one: Resource) -> str:
        """The provider's id of a resource, or its address."""
        return cells.text(one.values.get("id")) or one.address

    def zone(self, one: Resource) -> str:
        """The zone of a resource."""
        name, zone_id = one.values.get("availability_zone"), one.values.get("availability_zone_id")
        return self.cloud.zone(cells.text(name), cells.text(zone_id))

    def keep(self, one: Resource, key: str) -> str:
        """Note what a resource became."""
        self.keys[one.address] = key
        return key


def _vpc(reading: _Reading, one: Resource) -> None:
    cidr = cells.text(one.values.get("cidr_block"))
    reading.keep(one, reading.cloud.vpc(reading.id(one), reading.name(one), cidr))


def _subnet(reading: _Reading, one: Resource) -> None:
    values, cloud = one.values, reading.cloud
    key = cloud.subnet(reading.id(one), reading.zone(one), reading.name(one), cidr=cells.text(values.get("cidr_block")),
                       public=bool(values.get("map_public_ip_on_launch")))  # fmt: skip
    network = reading.key_of(one, "vpc_id")
    if network:
        cloud.tie("in_vpc", reading.keep(one, key), network)
    reading.keep(one, key)


def _host(reading: _Reading, one: Resource) -> None:
    values = one.values
    family = cells.text(values.get("instance_family")) or cells.text(values.get("instance_type")).partition(".")[0]
    reading.keep(one, reading.cloud.host(reading.id(one), reading.zone(one), family, reading.name(one)))


def _instance(reading: _Reading, one: Resource) -> None:
    cloud, values = reading.cloud, one.values
    host, subnet = reading.key_of(one, "host_id"), reading.key_of(one, "subnet_id")
    place = host or subnet or reading.zone(one)
    key = reading.keep(
        one, cloud.instance(reading.id(one), place, cells.text(values.get("instance_type")), reading.name(one))
    )
    if host and subnet:
        cloud.tie("attached", key, subnet)
    for group in reading.keys_of(one, "vpc_security_group_ids"):
        cloud.tie("protected_by", key, group)
    for sort in ("root_block_device", "ebs_block_device"):
        for n, disk in enumerate(cells.mappings(values.get(sort))):
            name = f"{reading.name(one)} {sort.partition('_')[0]} {n + 1}"
            cloud.volume(f"{reading.id(one)}:{sort}:{n}", key, cells.number(disk.get("volume_size")) or 8.0,
                         cells.text(disk.get("volume_type")) or "gp3", name)  # fmt: skip


def _volume(reading: _Reading, one: Resource) -> None:
    values = one.values
    kind = cells.text(values.get("type")) or "gp2"
    reading.keep(one, reading.cloud.volume(reading.id(one), reading.zone(one), cells.number(values.get("size")), kind,
                                           reading.name(one)))  # fmt: skip


def _attachment(reading: _Reading, one: Resource) -> None:
    volume, instance = reading.key_of(one, "volume_id"), reading.key_of(one, "instance_id")
    if volume and instance:
        reading.cloud.tie("attached_to", volume, instance)


def _plain(kind: str) -> Callable[[_Reading, Resource], None]:
    """Puts a kind that stands in the region and needs no more than a name."""

    def put(reading: _Reading, one: Resource) -> None:
        reading.keep(one, reading.cloud.other(kind, reading.id(one), reading.cloud.region(), reading.name(one)))

    return put


def _balancer(reading: _Reading, one: Resource) -> None:
    _plain("load_balancer")(reading, one)
    for subnet in reading.keys_of(one, "subnets"):
        reading.cloud.tie("nodes_in", reading.keys[one.address], subnet)


def _gateway(reading: _Reading, one: Resource) -> None:
    _plain("internet_gateway")(reading, one)
    network = reading.key_of(one, "vpc_id")
    if network:
        reading.cloud.tie("opens", reading.keys[one.address], network)


def _nat(reading: _Reading, one: Resource) -> None:
    subnet = reading.key_of(one, "subnet_id")
    if subnet:
        reading.keep(one, reading.cloud.other("nat_gateway", reading.id(one), subnet, reading.name(one)))
    else:
        reading.cloud.inventory.remark("left_out", tr("A NAT gateway whose subnet is not told."), one.address)


def _scaling(reading: _Reading, one: Resource) -> None:
    values = one.values
    told = {"min_count": "min_size", "desired_count": "desired_capacity", "max_count": "max_size"}
    counts = {title: cells.number(values.get(name)) for title, name in told.items()}
    fields = {title: int(count) for title, count in counts.items() if count is not None}
    cloud = reading.cloud
    key = reading.keep(
        one, cloud.other("auto_scaling_group", reading.id(one), cloud.region(), reading.name(one), **fields)
    )
    for subnet in reading.keys_of(one, "vpc_zone_identifier"):
        cloud.tie("spans", key, subnet)


def _server(reading: _Reading, one: Resource) -> None:
    """A server of OpenStack, on a host that is made up: the state names none."""
    values, name, known = one.values, reading.name(one), reading.id(one)
    said = {cells.text(values.get(title)) for title in ("flavor_id", "flavor_name")} - {""}
    flavors = [other.values for other in reading.known.values() if other.type == "openstack_compute_flavor_v2"]
    size = next((row for row in flavors if {cells.text(row.get("id")), cells.text(row.get("name"))} & said), {})
    vcpus, ram = cells.positive(size.get("vcpus")), cells.positive(size.get("ram"))
    if vcpus is None or ram is None:
        reading.cloud.inventory.remark(
            "guessed",
            tr("A server whose flavor is not told ({0}): 2 vCPUs, 4 GiB.", ", ".join(sorted(said)) or "-"),
            name,
        )
        vcpus, ram = UNKNOWN_SIZE["vcpus"], UNKNOWN_SIZE["ram_mib"]
    zone = cells.text(values.get("availability_zone")) or "nova"
    power = cells.text(values.get("power_state")).lower()
    reading.owned.vm(f"vm:{known}", name, "", ("", zone), known, vcpus=round(vcpus), ram_mib=ram,
                     powered_on=power in ("", "active"))  # fmt: skip


def _told_elsewhere(reading: _Reading, one: Resource) -> None:
    """A resource that others are read by."""


PUT: dict[str, Callable[[_Reading, Resource], None]] = {
    "aws_vpc": _vpc,
    "aws_subnet": _subnet,
    "aws_security_group": _plain("security_group"),
    "aws_ec2_host": _host,
    "aws_instance": _instance,
    "aws_ebs_volume": _volume,
    "aws_volume_attachment": _attachment,
    "aws_internet_gateway": _gateway,
    "aws_nat_gateway": _nat,
    "aws_autoscaling_group": _scaling,
    "aws_lb": _balancer,
    "aws_alb": _balancer,
    "aws_elb": _balancer,
    "aws_db_instance": _plain("database"),
    "aws_lambda_function": _plain("function"),
    "aws_s3_bucket": _plain("bucket"),
    "openstack_compute_flavor_v2": _told_elsewhere,
    "openstack_compute_instance_v2": _server,
}
"""The types of resources that a design holds, in the order in which they are put."""
