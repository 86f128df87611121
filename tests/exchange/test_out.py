"""Designs for other programs: what is written can be read back, is valid there, and says what it leaves out."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import python_calamine
import yaml
from click.testing import CliRunner

from designer.catalog import KINDS, LINKS
from designer.catalog.presets.blueprints import blueprints
from designer.cli import main
from designer.commands import blueprints as placing
from designer.commands.imports import import_machines
from designer.exchange.estate import aws_answers
from designer.exchange.estate.inventory import Inventory, Part
from designer.exchange.machines_csv import read_hosts, read_vms
from designer.exchange.out.cloudformation import templates, yaml_of
from designer.exchange.out.design_tables import write_tables
from designer.exchange.out.door import write
from designer.model.element import Link, id_text, make, new_id
from designer.model.project import Project
from designer.store.file import project_file


def design(name: str) -> Project:
    project, blueprint = Project(KINDS, LINKS), blueprints()[name]
    placing.begin(project, blueprint.text, blueprint.title)
    return project


# -- tables


def test_that_hosts_and_vms_go_to_csv_and_back(tmp_path: Path) -> None:
    hosts = [{"name": f"h{n}", "cores": 8 + n, "threads_per_core": 2, "mhz": 2500.0, "ram_mib": 65_536.0,
              "idle_w": 90.0, "full_w": 300.5, "rack": "r1", "sharing": "max_min"} for n in range(3)]  # fmt: skip
    vms = [{"name": name, "host": f"h{n % 3}", "vcpus": 1 + n, "mhz": 2500.0, "ram_mib": 2048.0 * (n + 1),
            "shares": 1000.0 + n, "load_frac": 0.1 * n, "powered_on": n != 1, "template": n == 2}
           for n, name in enumerate(("=sum(1)", "-web", "'quoted", "ä,b"))]  # fmt: skip
    texts = []
    for _ in range(2):
        project = Project(KINDS, LINKS)
        import_machines(project, hosts, vms)
        assert [path.name for path in write_tables(project, tmp_path / "d.csv")][-2:] == ["d-host.csv", "d-vm.csv"]
        texts.append((tmp_path / "d-vm.csv").read_text("utf-8").splitlines()[1:])
        back = read_hosts(tmp_path / "d-host.csv").rows, read_vms(tmp_path / "d-vm.csv").rows
        assert [{key: row[key] for key in hosts[0]} for row in back[0]] == hosts
        assert sorted([{key: row[key] for key in vms[0]} for row in back[1]], key=str) == sorted(vms, key=str)
        hosts, vms = back
    assert texts[0][0].startswith("'=sum(1),")  # no spreadsheet runs it


def test_that_a_workbook_has_a_sheet_for_each_kind_and_no_formula(tmp_path: Path) -> None:
    project = design("esxi-n-plus-one")
    with project.edit("name"):
        project.set(project.of_kind("vm")[0].id, name="=1+1")
    write_tables(project, tmp_path / "d.xlsx")
    book = python_calamine.CalamineWorkbook.from_path(tmp_path / "d.xlsx")
    assert {"host", "vm", "volume", "datastore", "rack"} <= set(book.sheet_names)
    head, *rows = book.get_sheet_by_name("vm").to_python()
    assert [row[0] for row in rows] == [row.name for row in project.of_kind("vm")]
    assert rows[0][head.index("vcpus")] == project.of_kind("vm")[0].__dict__["vcpus"]
    assert not any(cell for row in book.get_sheet_by_name("vm").to_python() for cell in row if cell == 2.0 == row[0])


# -- CloudFormation


def with_volume() -> Project:
    """A VPC of public and private subnets, with a volume at one of its VMs and a placement group."""
    project = design("vpc-public-private")
    vm = project.of_kind("vm")[0]
    zone = next(i for i in project.ancestors(vm.id) if project.elements[i].kind == "zone")
    with project.edit("add"):
        volume = project.add(make(KINDS["volume"].table, {
            "id": new_id(), "parent": zone, "name": "data", "type": "io2", "size_gib": 200.0, "iops": 4000.0,
            "w": 40.0, "h": 20.0, "y": 400.0}))  # fmt: skip
        project.add(Link(id=0, kind="attached_to", source=volume, target=vm.id))
    return project


DESIGNS = {
    "three-zone-web-shop": design,
    "serverless-site": design,
    "vpc-public-private": lambda _: with_volume(),
    "dedicated-hosts": design,
}
CALLS = {
    "ec2": ("subnet", [f"describe_{of}" for of in ("availability_zones", "vpcs", "subnets", "security_groups",
                                                   "instances", "volumes", "internet_gateways", "nat_gateways")]),
    "autoscaling": ("auto_scaling_group", ["describe_auto_scaling_groups"]),
    "elbv2": ("load_balancer", ["describe_load_balancers"]),
    "s3": ("bucket", ["list_buckets"]),
    "lambda": ("function", ["list_functions"]),
}  # fmt: skip
"""What is asked of a service, where a design holds a kind."""


@pytest.fixture(scope="module")
def made() -> dict[str, tuple[Project, str, Mapping[str, Any], list[tuple[str, str, str]]]]:
    """Each design with the code of its region, its template, and what that leaves out."""
    found = {}
    for name, build in DESIGNS.items():
        project = build(name)
        exported = templates(project)
        ((code, template),) = exported.templates.items()
        found[name] = project, code, template, exported.report()
    return found


@pytest.fixture(scope="module")
def errors() -> Any:
    """What cfn-lint knows of errors, which takes as long to load as a template to check."""
    from cfnlint.core import get_rules  # late, as boto3 and moto: to collect all tests takes no second more

    return get_rules([], ["W", "I"], [])


@pytest.mark.parametrize("name", [name for name in DESIGNS if name != "serverless-site"])
def test_that_a_template_has_no_error(name: str, made: Any, errors: Any) -> None:
    from cfnlint.api import lint

    _, code, template, _ = made[name]
    if name == "dedicated-hosts":  # 54 alike: two tell the same, sooner
        some = [*list(template["Resources"])[:4]]
        template = {**template, "Resources": {one: template["Resources"][one] for one in some}}
    text = yaml_of(template)
    assert not re.search(r"[:-] [&*]\w+", text)  # CloudFormation takes no aliases
    assert list(map(str, lint(text, errors, [code]))) == []


def test_that_placement_on_dedicated_hosts_is_in_the_template(made: Any) -> None:
    project, _, template, _ = made["dedicated-hosts"]
    rows = template["Resources"]
    hosts = {name: row["Properties"] for name, row in rows.items() if row["Type"] == "AWS::EC2::Host"}
    vms = [row["Properties"] for row in rows.values() if row["Type"] == "AWS::EC2::Instance"]
    assert len(hosts) == 2
    assert {row["AvailabilityZone"] for row in hosts.values()} == {"us-east-1a"}
    for host in project.of_kind("host"):
        held = [vm for vm in vms if hosts[vm["HostId"]["Ref"]]["Tags"][0]["Value"] == host.name]
        names = {project.elements[i].name for i in project.children(host.id)}
        assert {vm["Tags"][0]["Value"] for vm in held} == names
        assert {vm["Tenancy"] for vm in held} == {"host"}


def answers(project: Project, code: str) -> Iterator[dict[str, Any]]:
    """What AWS says of a region, asked of the services that a design uses."""
    import boto3

    kinds = {row.kind for row in project.elements.values()}
    for service, (kind, calls) in CALLS.items():
        if kind in kinds:
            client = boto3.client(service, code)
            yield from (getattr(client, call)() for call in calls)


@pytest.fixture(scope="module")
def read(made: Any) -> dict[str, Inventory]:
    """What the saved answers say of each template, after the mock of AWS created it."""
    import boto3
    from moto import mock_aws

    patch, found = pytest.MonkeyPatch(), {}
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        patch.setenv(name, "none")
    patch.setenv("MOTO_EC2_LOAD_DEFAULT_AMIS", "false")  # thousands, in each region; the templates name none of them
    for name in DESIGNS:
        if name == "dedicated-hosts":
            continue
        project, code, template, _ = made[name]
        with mock_aws():
            stacks = boto3.client("cloudformation", code)
            stacks.create_stack(StackName="s", TemplateBody=yaml_of(template), Capabilities=["CAPABILITY_IAM"])
            assert stacks.describe_stacks(StackName="s")["Stacks"][0]["StackStatus"] == "CREATE_COMPLETE"
            value = json.loads(json.dumps(list(answers(project, code)), default=str))
        found[name] = aws_answers.read([(Path("answers.json"), value)])
    patch.undo()
    return found


KNOWN = {"vpc": ("cidr",), "subnet": ("cidr",), "vm": ("instance_type", "vcpus", "ram_mib"),
         "volume": ("size_gib",), "internet_gateway": (), "security_group": (), "load_balancer": (),
         "function": (), "auto_scaling_group": ("min_count", "desired_count", "max_count")}  # fmt: skip
"""What AWS knows of each kind."""
NAMELESS = frozenset(("internet_gateway", "volume"))
"""Kinds whose names the mock forgets."""
ENDS = frozenset(("in_vpc", "opens", "nodes_in", "spans", "attached_to"))
ROOT_GIB = 8.0
"""Every instance of the mock has a disk of its own of this size."""


def label(kind: str, name: str) -> str:
    """A name as AWS may write it."""
    return kind if kind in NAMELESS else name.replace(" ", "-")


def is_own(part: Part) -> bool:
    """Whether somebody made a part: AWS names none of its own networks, groups and disks."""
    if part.kind in NAMELESS:
        return part.fields.get("size_gib") != ROOT_GIB
    return part.name not in (part.foreign_id, "default")


@pytest.mark.parametrize("name", [name for name in DESIGNS if name != "dedicated-hosts"])
def test_that_what_aws_makes_of_a_template_is_the_same_design(name: str, made: Any, read: Any) -> None:
    project, inventory = made[name][0], read[name]
    rows, parts = project.elements, inventory.parts
    kept = [part for part in parts.values() if part.kind in KNOWN and is_own(part)]
    found = {(part.kind, label(part.kind, part.name), parts[part.parent].name,
              *(part.fields.get(field) for field in KNOWN[part.kind])) for part in kept}  # fmt: skip
    assert found == {
        (row.kind, label(row.kind, row.name), rows[row.parent].name, *(row.__dict__[one] for one in KNOWN[row.kind]))
        for row in rows.values()
        if row.kind in KNOWN and not (row.kind == "vm" and (row.template or project.targets(row.id, "instance")))
    }
    assert inventory.count("nat_gateway") == len(project.of_kind("nat_gateway"))
    assert inventory.count("bucket") == len(project.of_kind("bucket"))
    named = {part.key: label(part.kind, part.name) for part in kept}
    assert {(one.kind, named[one.source], named[one.target]) for one in inventory.joins
            if one.kind in ENDS and {one.source, one.target} <= named.keys()} == {
        (one.kind, *(label(rows[i].kind, rows[i].name) for i in (one.source, one.target)))
        for one in project.links.values() if one.kind in ENDS}  # fmt: skip


def test_that_the_template_tells_what_the_mock_forgets(made: Any) -> None:
    project, _, template, _ = made["vpc-public-private"]
    rows = [row["Properties"] for row in template["Resources"].values() if row["Type"] == "AWS::EC2::Subnet"]
    public = {row["Tags"][0]["Value"]: row["MapPublicIpOnLaunch"] for row in rows}
    assert public == {row.name: row.__dict__["public"] for row in project.of_kind("subnet")}
    (volume,) = (row["Properties"] for row in template["Resources"].values() if row["Type"] == "AWS::EC2::Volume")
    assert (volume["VolumeType"], volume["Iops"], volume["AvailabilityZone"]) == ("io2", 4000, "us-east-1a")


def test_that_losses_are_listed(made: Any) -> None:
    said = {f"{sort}: {what}": who for sort, what, who in made["three-zone-web-shop"][3]}
    assert "1 database" in said["Left out: Elements that a template does not hold."]
    assert said["Left out: An instance of a group, which launches and names its own."].endswith("and 4 more")


# -- draw.io and the command


def test_that_a_drawing_has_boxes_in_boxes_as_they_stand(tmp_path: Path) -> None:
    project = design("vpc-public-private")
    write(project, tmp_path / "d.drawio", "A <b> & c")
    cells = {cell.get("id"): cell for cell in ElementTree.parse(tmp_path / "d.drawio").iter("mxCell")}
    vm = project.of_kind("vm")[0]
    cell = cells[id_text(vm.id)]
    assert (cell.get("value"), cell.get("parent")) == (vm.name, id_text(vm.parent))
    place = cell.find("mxGeometry")
    assert place is not None
    assert (float(place.get("x", "")), float(place.get("width", ""))) == (vm.x, vm.w)
    edges = [one for one in cells.values() if one.get("edge")]
    drawn = [one for one in project.links.values() if {id_text(one.source), id_text(one.target)} <= cells.keys()]
    assert len(edges) == len(drawn) > 0
    assert all(one.get("parent") in cells for one in cells.values() if one.get("parent"))


def test_that_the_command_writes_what_the_name_ends_in_and_says_what_is_left_out(tmp_path: Path) -> None:
    project_file.save(tmp_path / "d.clouddesign", design("serverless-site").rows())
    project_file.save(tmp_path / "own.clouddesign", design("laptop-virtualbox").rows())

    def run(*args: str) -> tuple[int, str]:
        result = CliRunner().invoke(main, ["export", *(str(tmp_path / one) if "." in one else one for one in args)])
        return result.exit_code, result.output

    code, said = run("d.clouddesign", "d.yaml", "--report", "left.csv")
    assert (code, "Left out: Links that a template does not hold. 2 Serves" in said) == (0, True)
    kinds = {row["Type"] for row in yaml.safe_load((tmp_path / "d.yaml").read_text("utf-8"))["Resources"].values()}
    assert kinds == {"AWS::S3::Bucket", "AWS::Lambda::Function", "AWS::IAM::Role"}
    assert "2 Serves" in (tmp_path / "left.csv").read_text("utf-8")
    code, said = run("own.clouddesign", "own.yaml")
    assert (code, "nothing in a region of AWS" in said, (tmp_path / "own.yaml").exists()) == (1, True, False)
    assert run("d.clouddesign", "d.docx")[0] == 2
