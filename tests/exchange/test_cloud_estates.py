"""Saved answers of AWS, Terraform's states and plans, and libvirt's XML become designs that run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from designer.catalog import KINDS, LINKS
from designer.commands.estates.placing import place
from designer.errors import ImportFileError, RuleError
from designer.exchange.estate.cloudformation import read_yaml
from designer.exchange.estate.reading import read_estate
from designer.model.project import Project
from tests.estates import named, placed, remarks, written

ZONE = {"AvailabilityZone": "eu-central-1a", "AvailabilityZoneId": "euc1-az2"}


def tags(name: str) -> list[dict[str, str]]:
    return [{"Key": "Name", "Value": name}]


def instance(known: str, name: str, kind: str = "m5.large", **more: Any) -> dict[str, Any]:
    return {"InstanceId": known, "InstanceType": kind, "State": {"Name": "running"}, "Tags": tags(name),
            "Placement": {"AvailabilityZone": "eu-central-1a"}, **more}  # fmt: skip


@pytest.fixture
def answers(tmp_path: Path) -> list[Path]:
    said: dict[str, Any] = {
        "vpcs": {"Vpcs": [{"VpcId": "vpc-1", "CidrBlock": "10.1.0.0/16", "Tags": tags("net")}]},
        "subnets": {"Subnets": [{"SubnetId": "subnet-1", "VpcId": "vpc-1", "CidrBlock": "10.1.1.0/24", **ZONE,
                                 "MapPublicIpOnLaunch": True, "Tags": tags("front")}]},
        "groups": {"SecurityGroups": [{"GroupId": "sg-1", "GroupName": "web"}]},
        "instances": {"Reservations": [{"Instances": [
            instance("i-1", "web-1", SubnetId="subnet-1", SecurityGroups=[{"GroupId": "sg-1"}]),
            instance("i-2", "web-2", "m5.9xhuge", SubnetId="subnet-1"),
            instance("i-3", "gone", State={"Name": "terminated"}),
            instance("i-4", "own", Placement={"AvailabilityZone": "eu-central-1a", "HostId": "h-1"}),
        ]}]},
        "hosts": {"Hosts": [{"HostId": "h-1", "AvailabilityZone": "eu-central-1a",
                             "HostProperties": {"Cores": 48, "TotalVCpus": 96, "InstanceFamily": "m5"}}]},
        "volumes": {"Volumes": [{"VolumeId": "vol-1", "Size": 50, "VolumeType": "gp3", **ZONE,
                                 "Attachments": [{"InstanceId": "i-1"}]}]},
        "groups-of": {"AutoScalingGroups": [{"AutoScalingGroupName": "web", "MinSize": 1, "MaxSize": 4,
                                             "DesiredCapacity": 2, "AvailabilityZones": ["eu-central-1a"],
                                             "VPCZoneIdentifier": "subnet-1", "Instances": [{"InstanceId": "i-1"}]}]},
        "balancers": {"LoadBalancers": [{
            "LoadBalancerName": "front", "LoadBalancerArn": "arn:lb",
            "AvailabilityZones": [{"ZoneName": "eu-central-1a", "SubnetId": "subnet-1"}]}]},
        "gateways": {"InternetGateways": [{"InternetGatewayId": "igw-1", "Attachments": [{"VpcId": "vpc-1"}]}]},
        "nats": {"NatGateways": [{"NatGatewayId": "nat-1", "SubnetId": "subnet-1", "State": "available"}]},
        "buckets": {"Buckets": [{"Name": "assets", "BucketRegion": "eu-central-1"}]},
    }  # fmt: skip
    return [written(tmp_path / f"{name}.json", value) for name, value in said.items()]


def test_that_saved_answers_of_aws_become_one_design(answers: list[Path]) -> None:
    inventory = read_estate(answers[::-1])  # in any order
    assert inventory.counts == {
        "region": 1, "zone": 1, "vpc": 1, "subnet": 1, "security_group": 1, "host": 1, "vm": 3, "volume": 1,
        "auto_scaling_group": 1, "load_balancer": 1, "internet_gateway": 1, "nat_gateway": 1, "bucket": 1,
    }  # fmt: skip
    project = placed(inventory)
    region, zone = named(project, "region")["eu-central-1"], named(project, "zone")["eu-central-1a"]
    assert (region.code, region.provider, zone.zone_id) == ("eu-central-1", "aws", "euc1-az2")
    vms, subnet = named(project, "vm"), named(project, "subnet")["front"]
    web = vms["web-1"].__dict__
    assert (web["instance_type"], web["vcpus"], web["ram_mib"], web["parent"]) == ("m5.large", 2, 8192.0, subnet.id)
    assert web["foreign_id"] == "i-1"
    assert (vms["web-2"].vcpus, vms["web-2"].instance_type) == (2, "")
    assert project.elements[vms["own"].parent].kind == "host"
    assert (subnet.cidr, subnet.public) == ("10.1.1.0/24", True)
    kinds = sorted(link.kind for link in project.links.values())
    assert kinds == ["attached_to", "in_vpc", "instance", "nodes_in", "opens", "protected_by", "spans"]
    said = remarks(inventory)
    assert said["Left out: A terminated instance."] == "i-3"
    assert said["Guessed: An instance type that is not known (m5.9xhuge): 2 vCPUs, 4 GiB."] == "web-2"


def test_that_a_network_that_only_its_subnets_name_holds_their_addresses(tmp_path: Path) -> None:
    rows = [{"SubnetId": f"subnet-{n}", "VpcId": "vpc-1", "CidrBlock": f"172.31.{n}.0/20", **ZONE} for n in (16, 80)]
    inventory = read_estate([written(tmp_path / "subnets.json", {"Subnets": rows})])
    project = placed(inventory)
    assert named(project, "vpc")["vpc-1"].cidr == "172.31.0.0/17"
    assert [link.kind for link in project.links.values()] == ["in_vpc", "in_vpc"]
    said = "Guessed: The addresses of a network are not told: the fewest that hold its subnets."
    assert remarks(inventory)[said] == "vpc-1"


def plan(kind: str = "planned_values") -> dict[str, Any]:
    """A plan of two subnets of a network in a module, whose ids are not known yet."""
    subnet = {"mode": "managed", "type": "aws_subnet"}
    known = [{**subnet, "address": f"module.net.aws_subnet.a[{n}]", "values": {
        "cidr_block": f"10.0.{n}.0/24", "availability_zone": f"us-east-1{'ab'[n]}"}} for n in range(2)]  # fmt: skip
    network = {"mode": "managed", "type": "aws_vpc", "address": "module.net.aws_vpc.main",
               "values": {"cidr_block": "10.0.0.0/16"}}  # fmt: skip
    web = {"mode": "managed", "type": "aws_instance", "address": "aws_instance.web",
           "values": {"instance_type": "t3.micro", "availability_zone": "us-east-1a", "tags": {"Name": "web"},
                      "root_block_device": [{"volume_size": 20, "volume_type": "gp3"}]}}  # fmt: skip
    queue = {"mode": "managed", "type": "aws_sqs_queue", "address": "aws_sqs_queue.q", "values": {}}
    module = {"resources": [network, *known]}
    refers = {"vpc_id": {"references": ["aws_vpc.main.id", "aws_vpc.main"]}}
    inner = {"resources": [{"address": "aws_subnet.a", "expressions": refers}]}
    return {
        "format_version": "1.2", "terraform_version": "1.9.0",
        kind: {"root_module": {"resources": [web, queue], "child_modules": [module]}},
        "configuration": {"root_module": {"resources": [], "module_calls": {"net": {"module": inner}}}},
    }  # fmt: skip


@pytest.mark.parametrize("kind", ["planned_values", "values"])
def test_that_a_plan_or_a_state_of_terraform_becomes_a_design(tmp_path: Path, kind: str) -> None:
    inventory = read_estate([written(tmp_path / "plan.json", plan(kind))])
    project = placed(inventory)
    subnets = named(project, "subnet")
    (network,) = named(project, "vpc").values()
    assert {row.cidr for row in subnets.values()} == {"10.0.0.0/24", "10.0.1.0/24"}
    assert len(project.sources(network.id, "in_vpc")) == 2  # by what the configuration refers to
    web = named(project, "vm")["web"]
    assert (web.instance_type, project.elements[web.parent].name) == ("t3.micro", "us-east-1a")
    (disk,) = named(project, "volume").values()
    assert (disk.size_gib, disk.parent) == (20.0, web.id)
    assert remarks(inventory)["Left out: A resource that a design does not hold."] == "1 aws_sqs_queue"


def test_that_the_raw_state_of_terraform_is_read_with_its_ids(tmp_path: Path) -> None:
    def made(kind: str, name: str, **values: Any) -> dict[str, Any]:
        return {"mode": "managed", "type": kind, "name": name, "instances": [{"attributes": values}]}

    resources = [
        made("aws_instance", "web", id="i-1", instance_type="m5.large", subnet_id="s-1"),
        made("aws_subnet", "a", id="s-1", availability_zone="eu-west-1a", cidr_block="10.0.0.0/24", vpc_id="v-1"),
        made("aws_vpc", "main", id="v-1", cidr_block="10.0.0.0/16"),
    ]
    state = {"version": 4, "terraform_version": "0.12.28", "resources": resources}
    project = placed(read_estate([written(tmp_path / "terraform.tfstate", state)]))
    (web,), (subnet,) = named(project, "vm").values(), named(project, "subnet").values()
    assert (web.parent, web.foreign_id) == (subnet.id, "i-1")


TEMPLATE = """
Parameters:
  Kind: {Type: String, Default: t3.small}
  Extra: {Type: String, Default: "no"}
Conditions:
  More: !Equals [!Ref Extra, "yes"]
Mappings:
  Nets: {one: {CIDR: 10.2.0.0/16}}
Resources:
  Net: {Type: "AWS::EC2::VPC", Properties: {CidrBlock: !FindInMap [Nets, one, CIDR]}}
  Front:
    Type: AWS::EC2::Subnet
    Properties: {VpcId: !Ref Net, CidrBlock: 10.2.1.0/24, AvailabilityZone: !Select [1, !GetAZs ""]}
  Back:
    Type: AWS::EC2::Subnet
    Properties: {VpcId: !Ref Net, CidrBlock: 10.2.2.0/24, AvailabilityZone: !Select [1, !GetAZs ""]}
  Nat: {Type: "AWS::EC2::NatGateway", Properties: {SubnetId: !Ref Front}}
  Table: {Type: "AWS::EC2::RouteTable", Properties: {VpcId: !Ref Net}}
  Out: {Type: "AWS::EC2::Route", Properties: {RouteTableId: !Ref Table, NatGatewayId: !Ref Nat}}
  Joined:
    Type: AWS::EC2::SubnetRouteTableAssociation
    Properties: {SubnetId: !Ref Back, RouteTableId: !Ref Table}
  Web:
    Type: AWS::EC2::Instance
    Properties:
      InstanceType: !Ref Kind
      SubnetId: !GetAtt Back.SubnetId
      Tags: [{Key: Name, Value: !Sub "${Kind}-in-${AWS::Region}"}]
  Spare: {Type: "AWS::EC2::Instance", Condition: More, Properties: {InstanceType: !Ref Kind}}
  Shape: {Type: "AWS::EC2::LaunchTemplate", Properties: {LaunchTemplateData: {InstanceType: !Ref Kind}}}
  Fleet:
    Type: AWS::AutoScaling::AutoScalingGroup
    Properties:
      MinSize: "1"
      MaxSize: !If [More, 9, 3]
      VPCZoneIdentifier: [!Ref Front, !Ref Back]
      LaunchTemplate: {LaunchTemplateId: !Ref Shape}
  Topic: {Type: "AWS::SNS::Topic"}
"""


@pytest.mark.parametrize("name", ["stack.yaml", "stack.json"])
def test_that_a_template_of_cloudformation_becomes_a_design(tmp_path: Path, name: str) -> None:
    path = written(tmp_path / "stack.yaml", TEMPLATE)
    if name == "stack.json":
        path = written(tmp_path / name, read_yaml(path))
    inventory = read_estate([path])
    project = placed(inventory)
    vms, subnets = named(project, "vm"), named(project, "subnet")
    web, shape = vms["t3.small-in-us-east-1"], vms["Shape"]
    assert set(vms) == {web.name, "Shape"}  # Spare's condition does not hold
    assert (web.instance_type, web.parent, shape.template) == ("t3.small", subnets["Back"].id, True)
    assert named(project, "vpc")["Net"].cidr == "10.2.0.0/16"
    assert project.elements[subnets["Front"].parent].name == "us-east-1b"
    assert project.targets(subnets["Back"].id, "routes_through") == [named(project, "nat_gateway")["Nat"].id]
    fleet = named(project, "auto_scaling_group")["Fleet"]
    assert (fleet.min_count, fleet.desired_count, fleet.max_count) == (1, 1, 3)
    assert project.targets(fleet.id, "template") == [shape.id]
    said = remarks(inventory)
    assert said["Left out: A resource whose condition does not hold."] == "Spare"
    assert said["Left out: A resource that a design does not hold."] == "1 AWS::SNS::Topic"


DOMAIN = """<domain type='kvm'><name>{0}</name><uuid>u-{0}</uuid><memory unit='KiB'>4194304</memory>
<currentMemory unit='MiB'>2048</currentMemory><vcpu placement='static' current='2'>4</vcpu></domain>"""
HOST = """<capabilities><host><cpu><counter name='tsc' frequency='2600000000'/>
<topology sockets='1' dies='1' cores='8' threads='2'/></cpu><topology><cells num='2'>
<cell id='0'><memory unit='KiB'>67108864</memory><cpus num='1'><cpu id='0' socket_id='0'/></cpus></cell>
<cell id='1'><memory unit='KiB'>67108864</memory><cpus num='1'><cpu id='1' socket_id='1'/></cpus></cell>
</cells></topology></host></capabilities>"""


def test_that_a_range_of_addresses_that_is_known_only_when_it_is_made_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "circle.json"
    network = {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": {"Fn::GetAtt": ["Inner", "X"]}}}
    inner = {"Type": "AWS::EC2::Subnet", "Properties": {"VpcId": {"Ref": "Outer"}, "CidrBlock": {"Ref": "Outer"}}}
    path.write_text(json.dumps({"Resources": {"Outer": network, "Inner": inner}}), "utf-8")
    inventory = read_estate([path])
    assert named(placed(inventory), "subnet")["Inner"].name == "Inner"
    left_out = "Left out: A range of addresses that the export does not tell as a network."
    assert remarks(inventory)[left_out] == "Outer, Inner"


def test_that_domains_of_libvirt_stand_on_their_host(tmp_path: Path) -> None:
    files = [written(tmp_path / "db.xml", DOMAIN.format("db")), written(tmp_path / "hyper.xml", HOST)]
    project = placed(read_estate(files))
    host, db = named(project, "host")["hyper"], named(project, "vm")["db"]
    assert (host.cores, host.threads_per_core, host.mhz, host.ram_mib, host.numa_nodes) == (16, 2, 2600.0, 131_072.0, 2)
    assert (db.vcpus, db.ram_mib, db.parent, db.foreign_id) == (2, 2048.0, host.id, "u-db")


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("bomb.xml", "<!DOCTYPE a [<!ENTITY b 'c'>]><domain>&b;</domain>", "declares a document type"),
        ("cut.xml", "<domain><name>", "is no XML"),
        ("other.xml", "<html/>", "no domain and no capabilities"),
        ("plan.xml", "<mxfile/>", "is a drawing"),
        ("alias.yaml", "a: &a [1]\nb: [*a, *a]", "no YAML"),
        ("tagged.yaml", "!!python/object:os.system x", "no YAML"),
        ("deep.yaml", "[" * 5000, "nested too deep|no YAML"),
        ("circle.yaml", "Parameters: {A: {Type: String}}\nResources: {}", "no export of a known program"),
        ("none.json", '{"terraform_version": "1.9.0", "values": {}}', "lists nothing that a design holds"),
        ("loop.json", '{"terraform_version": "1.9.0", "resources": 7}', "lists nothing that a design holds"),
    ],
)
def test_that_what_is_no_estate_is_refused_in_a_sentence(tmp_path: Path, name: str, text: str, sentence: str) -> None:
    with pytest.raises((ImportFileError, RuleError), match=sentence):
        place(Project(KINDS, LINKS), read_estate([written(tmp_path / name, text)]))
