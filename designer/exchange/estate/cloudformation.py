"""CloudFormation templates, JSON or YAML: what its functions say where that is known before anything is made.

Parameters have their defaults, zones are those of the region in order; a value that only AWS would know stays open, and
a resource that a condition leaves out is left out.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from designer.catalog.reference.ec2 import ec2
from designer.errors import ImportFileError
from designer.exchange.estate import cells
from designer.exchange.estate.aws_answers import tag
from designer.exchange.estate.cloud import DEFAULT_REGION, Cloud
from designer.exchange.estate.inventory import Inventory
from designer.exchange.text_file import blocks
from designer.words import tr

LARGEST = 2**20
"""Most bytes of a template; CloudFormation itself takes as many."""
DEEPEST = 60
"""Functions and references are not followed deeper than this."""
_IN_TEXT = re.compile(r"\$\{([^!}][^}]*)\}")


class _Loader(yaml.SafeLoader):
    """Plain YAML and the short forms of functions; no aliases, which could unpack without end."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        """The next node."""
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError(tr("aliases are not read"))
        return super().compose_node(parent, index)


def _short(loader: _Loader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    name = suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}"
    if isinstance(node, yaml.ScalarNode):
        said: Any = loader.construct_scalar(node)
        return {name: said.split(".", 1) if suffix == "GetAtt" else said}
    if isinstance(node, yaml.SequenceNode):
        return {name: loader.construct_sequence(node, deep=True)}
    return {name: loader.construct_mapping(node, deep=True) if isinstance(node, yaml.MappingNode) else None}


_Loader.add_multi_constructor("!", _short)


def knows(value: Any) -> bool:
    """Whether a file holds a template."""
    rows = cells.mapping(cells.mapping(value).get("Resources")).values()
    return any(cells.text(cells.mapping(row).get("Type")).startswith("AWS::") for row in rows)


def read_yaml(path: Path) -> Any:
    """The value of a YAML file. Raises ImportFileError: no YAML, too large, nested too deep."""
    read = bytearray()
    for block in blocks(path):
        read += block
        if len(read) > LARGEST:
            raise ImportFileError(tr("{0} is larger than {1:,} MiB; split it.", path.name, LARGEST // 2**20))
    try:
        return yaml.load(bytes(read), _Loader)
    except RecursionError:
        raise ImportFileError(tr("{0} is nested too deep for an export.", path.name)) from None
    except (yaml.YAMLError, ValueError, TypeError) as error:
        reason = " ".join(str(error).split())[:200]
        raise ImportFileError(tr("{0} is no YAML: {1}.", path.name, reason)) from None


@dataclass(frozen=True)
class _Unknown:
    """A value that only AWS would know."""


UNKNOWN = _Unknown()


@dataclass
class _Template:
    """A template, with what its parameters, mappings and conditions say."""

    top: Mapping[str, Any]
    region: str = DEFAULT_REGION
    _asked: int = field(default=0)

    def part(self, name: str) -> dict[str, Any]:
        """A section of the template."""
        return cells.mapping(self.top.get(name))

    def value(self, said: Any) -> Any:
        """A value with its functions carried out; UNKNOWN where that is not possible."""
        if self._asked > DEEPEST:
            return UNKNOWN
        self._asked += 1
        try:
            if isinstance(said, list):
                return [self.value(one) for one in said]
            if isinstance(said, dict):
                if len(said) == 1 and (name := next(iter(said))) in FUNCTIONS:
                    return FUNCTIONS[name](self, said[name])
                return {key: self.value(one) for key, one in said.items()}
            return said
        finally:
            self._asked -= 1

    def ref(self, name: Any) -> Any:
        """What `Ref` says: a resource is its own name here."""
        pseudo = {"AWS::Region": self.region, "AWS::StackName": "stack", "AWS::Partition": "aws"}
        if name in pseudo:
            return pseudo[name]
        parameter = self.part("Parameters").get(name) if isinstance(name, str) else None
        if isinstance(parameter, dict):
            default = parameter.get("Default", UNKNOWN)
            listed = cells.text(parameter.get("Type")).startswith(("List<", "CommaDelimitedList"))
            return default.split(",") if listed and isinstance(default, str) else default
        return name if name in self.part("Resources") else UNKNOWN

    def holds(self, name: Any) -> bool:
        """Whether a condition holds; one that is not known does."""
        return self.value(self.part("Conditions").get(name, True)) is not False

    def zones(self, region: Any) -> Any:
        """The names of a region's zones, in order."""
        known = ec2().regions.get(cells.text(region) or self.region)
        return UNKNOWN if known is None else [name for name, _ in known.zones]


def _select(template: _Template, said: Any) -> Any:
    number, listed = template.value(said) if isinstance(said, list) and len(said) == 2 else (UNKNOWN, UNKNOWN)
    at = cells.number(number)
    return listed[int(at)] if at is not None and isinstance(listed, list) and 0 <= at < len(listed) else UNKNOWN


def _join(template: _Template, said: Any) -> Any:
    sign, parts = template.value(said) if isinstance(said, list) and len(said) == 2 else ("", UNKNOWN)
    if not isinstance(parts, list) or any(part is UNKNOWN for part in parts):
        return UNKNOWN
    return cells.text(sign).join(map(cells.text, parts)) if cells.text(sign) else "".join(map(cells.text, parts))


def _sub(template: _Template, said: Any) -> Any:
    text, own = (said[0], cells.mapping(said[1])) if isinstance(said, list) and len(said) == 2 else (said, {})
    values = {
        name: template.value(own[name]) if name in own else template.ref(name.partition(".")[0])
        for name in _IN_TEXT.findall(cells.text(text))
    }
    if any(value is UNKNOWN for value in values.values()):
        return UNKNOWN
    return _IN_TEXT.sub(lambda found: cells.text(values[found[1]]), cells.text(text))


def _find(template: _Template, said: Any) -> Any:
    keys = template.value(said)
    found: Any = template.part("Mappings")
    for key in keys if isinstance(keys, list) else ():
        found = UNKNOWN if key is UNKNOWN else cells.mapping(found).get(cells.text(key), UNKNOWN)
    return template.value(found)


def _if(template: _Template, said: Any) -> Any:
    if not isinstance(said, list) or len(said) != 3:
        return UNKNOWN
    return template.value(said[1] if template.holds(said[0]) else said[2])


def _equals(template: _Template, said: Any) -> Any:
    both = template.value(said)
    if not isinstance(both, list) or len(both) != 2 or UNKNOWN in both:
        return UNKNOWN
    return cells.text(both[0]) == cells.text(both[1])


def _logic(combine: Callable[[list[bool]], bool]) -> Callable[[_Template, Any], Any]:
    def carried_out(template: _Template, said: Any) -> Any:
        known = template.value(said)
        return UNKNOWN if not isinstance(known, list) or UNKNOWN in known else combine([one is True for one in known])

    return carried_out


def _split(template: _Template, said: Any) -> Any:
    both = template.value(said)
    if not isinstance(both, list) or len(both) != 2 or not isinstance(both[1], str) or not both[0]:
        return UNKNOWN
    return both[1].split(cells.text(both[0]))


FUNCTIONS: dict[str, Callable[[_Template, Any], Any]] = {
    "Ref": lambda template, said: template.ref(said),
    "Condition": lambda template, said: template.holds(said),
    "Fn::GetAtt": lambda template, said: template.ref(said[0] if isinstance(said, list) and said else said),
    "Fn::Select": _select,
    "Fn::GetAZs": lambda template, said: template.zones(template.value(said)),
    "Fn::Join": _join,
    "Fn::Sub": _sub,
    "Fn::FindInMap": _find,
    "Fn::If": _if,
    "Fn::Equals": _equals,
    "Fn::Not": _logic(lambda said: not said[0]),
    "Fn::And": _logic(all),
    "Fn::Or": _logic(any),
    "Fn::Split": _split,
}
"""The functions that are carried out; of `GetAtt` the resource counts."""


def read(path: Path, value: Any) -> Inventory:
    """The estate in a template."""
    template = _Template(value)
    cloud = Cloud(Inventory("CloudFormation", path.name))
    rows: dict[str, tuple[str, dict[str, Any]]] = {}
    for name, row in template.part("Resources").items():
        if "Condition" in cells.mapping(row) and not template.holds(row["Condition"]):
            cloud.inventory.remark("left_out", tr("A resource whose condition does not hold."), name)
            continue
        said = template.value(cells.mapping(cells.mapping(row).get("Properties")))
        rows[name] = cells.text(cells.mapping(row).get("Type")), {k: v for k, v in said.items() if v is not UNKNOWN}
    for kind, put in PUT.items():
        for name, (of, said) in rows.items():
            if of == kind:
                put(cloud, name, said)
    _route(cloud, [said for of, said in rows.values() if of in ROUTES])
    _templates(cloud, rows)
    for kind, number in Counter(of for of, _ in rows.values() if of not in {*PUT, *ROUTES, TEMPLATE}).items():
        cloud.inventory.remark("left_out", tr("A resource that a design does not hold."), f"{number} {kind}")
    return cloud.finish()


Said = Mapping[str, Any]
ROUTES = ("AWS::EC2::RouteTable", "AWS::EC2::Route", "AWS::EC2::SubnetRouteTableAssociation")
TEMPLATE = "AWS::EC2::LaunchTemplate"


def _route(cloud: Cloud, rows: list[dict[str, Any]]) -> None:
    """Let subnets go out through the NAT gateway that a route of their table names."""
    through = {
        said.get("RouteTableId"): _known(cloud, said.get("NatGatewayId")) for said in rows if "NatGatewayId" in said
    }
    for said in rows:
        subnet, gateway = _known(cloud, said.get("SubnetId")), through.get(said.get("RouteTableId"))
        if subnet and gateway:
            cloud.tie("routes_through", subnet, gateway)


def _templates(cloud: Cloud, rows: Mapping[str, tuple[str, dict[str, Any]]]) -> None:
    """Put the launch template of each group as a template VM in the group's first subnet, or in a zone."""
    for name, (of, said) in rows.items():
        used = cells.mapping(said.get("LaunchTemplate")).get("LaunchTemplateId")
        if of != "AWS::AutoScaling::AutoScalingGroup" or rows.get(cells.text(used), ("",))[0] != TEMPLATE:
            continue
        data = cells.mapping(rows[cells.text(used)][1].get("LaunchTemplateData"))
        kind = data.get("InstanceType")
        subnets = _all_known(cloud, said.get("VPCZoneIdentifier"))
        place = f"id:{subnets[0]}" if subnets else cloud.zone()
        key = cloud.instance(f"{used}:{name}", place, kind if isinstance(kind, str) else "", cells.text(used),
                             template=True)  # fmt: skip
        cloud.tie("template", f"id:{name}", key)


def _known(cloud: Cloud, name: Any) -> str:
    """The key of a part that a property names; empty where it is not in the template."""
    key = f"id:{cells.text(name)}" if isinstance(name, str) else ""
    return key if key in cloud.inventory.parts else ""


def _all_known(cloud: Cloud, names: Any) -> list[str]:
    found = [cells.text(one) for one in names if isinstance(one, str)] if isinstance(names, list) else []
    return [one for one in found if _known(cloud, one)]


def _zone(cloud: Cloud, said: Said) -> str:
    name = said.get("AvailabilityZone")
    return cloud.zone(name if isinstance(name, str) else "")


def _vpc(cloud: Cloud, name: str, said: Said) -> None:
    cloud.vpc(name, tag(said), cells.text(said.get("CidrBlock")) if isinstance(said.get("CidrBlock"), str) else "")


def _subnet(cloud: Cloud, name: str, said: Said) -> None:
    cidr = said.get("CidrBlock")
    network = said.get("VpcId") if _known(cloud, said.get("VpcId")) else ""
    public = bool(cells.flag(said.get("MapPublicIpOnLaunch")))
    called = tag(said) or name
    cloud.subnet(name, _zone(cloud, said), called, cells.text(network), cidr=cidr if isinstance(cidr, str) else None,
                 public=public)  # fmt: skip


def _host(cloud: Cloud, name: str, said: Said) -> None:
    family = cells.text(said.get("InstanceFamily")) or cells.text(said.get("InstanceType")).partition(".")[0]
    cloud.host(name, _zone(cloud, said), family)


def _instance(cloud: Cloud, name: str, said: Said) -> None:
    host, subnet = _known(cloud, said.get("HostId")), _known(cloud, said.get("SubnetId"))
    kind = said.get("InstanceType")
    place = host or subnet or _zone(cloud, said)
    key = cloud.instance(name, place, kind if isinstance(kind, str) else "", tag(said) or name)
    if host and subnet:
        cloud.tie("attached", key, subnet)
    cloud.tie_all("protected_by", key, _all_known(cloud, said.get("SecurityGroupIds")))
    for n, one in enumerate(cells.mappings(said.get("BlockDeviceMappings"))):
        disk = cells.mapping(one.get("Ebs"))
        if disk:
            kind = cells.text(disk.get("VolumeType")) or "gp3"
            cloud.volume(f"{name}:{n}", key, cells.number(disk.get("VolumeSize")) or 8.0, kind, f"{name} {n + 1}")


def _volume(cloud: Cloud, name: str, said: Said) -> None:
    kind = cells.text(said.get("VolumeType")) or "gp2"
    cloud.volume(name, _zone(cloud, said), cells.number(said.get("Size")), kind, tag(said) or name)


def _attachment(cloud: Cloud, _: str, said: Said) -> None:
    volume, instance = _known(cloud, said.get("VolumeId")), _known(cloud, said.get("InstanceId"))
    if volume and instance:
        cloud.tie("attached_to", volume, instance)


def _plain(kind: str) -> Callable[[Cloud, str, Said], None]:
    """Puts a kind that stands in the region and needs no more than a name."""
    return lambda cloud, name, said: (cloud.other(kind, name, cloud.region(), tag(said) or name), None)[1]


def _balancer(cloud: Cloud, name: str, said: Said) -> None:
    key = cloud.other("load_balancer", name, cloud.region(), name)
    cloud.tie_all("nodes_in", key, _all_known(cloud, said.get("Subnets")))


def _gateway_attachment(cloud: Cloud, _: str, said: Said) -> None:
    gateway, network = _known(cloud, said.get("InternetGatewayId")), _known(cloud, said.get("VpcId"))
    if gateway and network:
        cloud.tie("opens", gateway, network)


def _nat(cloud: Cloud, name: str, said: Said) -> None:
    subnet = _known(cloud, said.get("SubnetId"))
    if subnet:
        cloud.other("nat_gateway", name, subnet, tag(said) or name)
    else:
        cloud.inventory.remark("left_out", tr("A NAT gateway whose subnet is not told."), name)


def _scaling(cloud: Cloud, name: str, said: Said) -> None:
    told = {"min_count": "MinSize", "desired_count": "DesiredCapacity", "max_count": "MaxSize"}
    counts = {title: cells.number(said.get(key)) for title, key in told.items()}
    whole = {title: int(count) for title, count in counts.items() if count is not None}
    whole.setdefault("desired_count", whole.get("min_count", 1))
    key = cloud.other("auto_scaling_group", name, cloud.region(), name, **whole)
    cloud.tie_all("spans", key, _all_known(cloud, said.get("VPCZoneIdentifier")))


PUT: dict[str, Callable[[Cloud, str, Said], None]] = {
    "AWS::EC2::VPC": _vpc,
    "AWS::EC2::Subnet": _subnet,
    "AWS::EC2::SecurityGroup": _plain("security_group"),
    "AWS::EC2::Host": _host,
    "AWS::EC2::Instance": _instance,
    "AWS::EC2::Volume": _volume,
    "AWS::EC2::VolumeAttachment": _attachment,
    "AWS::EC2::InternetGateway": _plain("internet_gateway"),
    "AWS::EC2::VPCGatewayAttachment": _gateway_attachment,
    "AWS::EC2::NatGateway": _nat,
    "AWS::AutoScaling::AutoScalingGroup": _scaling,
    "AWS::ElasticLoadBalancingV2::LoadBalancer": _balancer,
    "AWS::ElasticLoadBalancing::LoadBalancer": _balancer,
    "AWS::RDS::DBInstance": _plain("database"),
    "AWS::Lambda::Function": _plain("function"),
    "AWS::S3::Bucket": _plain("bucket"),
}
"""The types of resources that a design holds, in the order in which they are put."""
