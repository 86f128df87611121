"""Machines of a template: dedicated hosts, instances and where they are placed, volumes, groups that scale."""

from __future__ import annotations

from typing import Any

from designer.catalog.presets.shipped import DEDICATED
from designer.catalog.reference import ebs
from designer.catalog.reference.ec2 import ec2
from designer.exchange.out.stack import Stack, called, tags
from designer.exchange.out.stack_network import subnet_of
from designer.model.element import Element
from designer.words import tr

EBS = frozenset(("gp2", "gp3", "io2", "st1", "sc1"))
DEVICES = [f"/dev/sd{letter}" for letter in "fghijklmnop"]
"""Names of devices for volumes (Amazon EC2 user guide, device names)."""
GP3_IOPS, GP3_MIBPS = 3_000, 125
"""What a gp3 volume gives without an order (same guide)."""


def put_machines(stack: Stack) -> None:
    """Put hosts, placement groups, instances and their volumes."""
    for row in stack.of_kind("host"):
        _put_host(stack, row)
    for row in stack.of_kind("placement_group"):
        of = row.__dict__["strategy"]
        parts = [stack.tree.elements[i].__dict__.get("partition", 0) for i in stack.tree.sources(row.id, "placed_by")]
        stack.put(row, "AWS::EC2::PlacementGroup", Strategy=of,
                  PartitionCount=max([2, *parts]) if of == "partition" else None)  # fmt: skip
    for row in stack.of_kind("vm"):
        _put_vm(stack, row)
    devices: dict[int, int] = {}
    for row in stack.of_kind("volume"):
        _put_volume(stack, row, devices)


def put_groups(stack: Stack) -> None:
    """Put groups that scale, each with the launch template of its VM."""
    for row in stack.of_kind("auto_scaling_group"):
        model = _model(stack, row)
        subnets = stack.refs(stack.tree.targets(row.id, "spans"))
        if model is None or not subnets:
            stack.remark("left_out", tr("A group without a VM to launch, or without subnets."), row.name)
            continue
        kind = stack.instance_type(model)
        template = stack.add(f"{row.name}-template", "AWS::EC2::LaunchTemplate", LaunchTemplateData={
            "InstanceType": kind, "ImageId": stack.image(kind), **_guarded(stack, model),
        })  # fmt: skip
        fields = row.__dict__
        logical = stack.put(
            row, "AWS::AutoScaling::AutoScalingGroup", AutoScalingGroupName=called(row.name, 255),
            MinSize=str(fields["min_count"]), MaxSize=str(fields["max_count"]),
            DesiredCapacity=str(fields["desired_count"]), VPCZoneIdentifier=subnets,
            LaunchTemplate={"LaunchTemplateId": {"Ref": template},
                            "Version": {"Fn::GetAtt": [template, "LatestVersionNumber"]}},
            HealthCheckType="EC2" if fields["health_check"] == "instance" else "ELB",
            HealthCheckGracePeriod=None if fields["health_check"] == "instance" else 300,
        )  # fmt: skip
        if fields["scaling"] == "target":
            stack.add(f"{row.name}-target", "AWS::AutoScaling::ScalingPolicy", AutoScalingGroupName={"Ref": logical},
                      PolicyType="TargetTrackingScaling", TargetTrackingConfiguration={
                          "PredefinedMetricSpecification": {"PredefinedMetricType": "ASGAverageCPUUtilization"},
                          "TargetValue": round(fields["target_frac"] * 100, 6),
                      })  # fmt: skip
        elif fields["scaling"] != "none" or fields["schedule"]:
            stack.remark("left_out", tr("Steps and schedules of a group that scales."), row.name)


def _model(stack: Stack, group: Element) -> Element | None:
    """The VM that a group launches copies of, else one of its instances."""
    tree = stack.tree
    found = [*tree.targets(group.id, "template"), *tree.sources(group.id, "instance")]
    return tree.elements[found[0]] if found else None


def _put_host(stack: Stack, row: Element) -> None:
    family = str(row.__dict__["model"]).removesuffix(DEDICATED)
    if family not in ec2().dedicated_hosts or stack.zone(row) is None:
        stack.remark("left_out", tr("A host that is no dedicated host of AWS; its VMs stand in its zone."), row.name)
        return
    stack.put(row, "AWS::EC2::Host", AvailabilityZone=stack.zone(row), InstanceFamily=family, AutoPlacement="off",
              Tags=tags(row))  # fmt: skip


def _put_vm(stack: Stack, row: Element) -> None:
    tree, fields = stack.tree, row.__dict__
    if tree.targets(row.id, "instance"):
        stack.remark("left_out", tr("An instance of a group, which launches and names its own."), row.name)
        return
    if fields["template"]:
        if not tree.sources(row.id, "template"):
            stack.remark("left_out", tr("A template VM that no group launches."), row.name)
        return
    kind = stack.instance_type(row)
    if not kind:
        stack.remark("left_out", tr("A VM larger than any instance type of its region."), row.name)
        return
    host = stack.above(row, "host")
    held = stack.ref(host.id) if host is not None else None
    subnet = subnet_of(stack, row)
    within = stack.ref(subnet.id) if subnet is not None else None
    if not fields["powered_on"]:
        stack.remark("warning", tr("It is off in the design; a stack starts it."), row.name)
    groups = [stack.ids[i] for i in tree.targets(row.id, "placed_by") if i in stack.ids]
    partition = bool(groups) and "PartitionCount" in stack.resources[groups[0]]["Properties"]
    stack.put(
        row, "AWS::EC2::Instance", InstanceType=kind, ImageId=stack.image(kind), SubnetId=within,
        AvailabilityZone=None if within else stack.zone(row), HostId=held, Tenancy="host" if held else None,
        PlacementGroupName={"Ref": groups[0]} if groups else None, Tags=tags(row), **_guarded(stack, row),
    )  # fmt: skip
    if partition:
        stack.remark("left_out", tr("The partition of an instance; AWS spreads them."), row.name)


def _guarded(stack: Stack, vm: Element) -> dict[str, Any]:
    """The security groups of a VM, or of the instances of the group that launches its copies."""
    tree = stack.tree
    like = [vm.id, *(i for group in tree.sources(vm.id, "template") for i in tree.sources(group, "instance"))]
    found = next((refs for i in like if (refs := stack.refs(tree.targets(i, "protected_by")))), [])
    return {"SecurityGroupIds": [{"Fn::GetAtt": [one["Ref"], "GroupId"]} for one in found]} if found else {}


def _put_volume(stack: Stack, row: Element, devices: dict[int, int]) -> None:
    fields, kind = row.__dict__, str(row.__dict__["type"])
    zone = stack.zone(row)
    if kind not in EBS or zone is None:
        stack.remark("left_out", tr("A volume that is not of EBS."), f"{row.name} ({kind})")
        return
    holder = stack.above(row, "vm")
    vm = holder.id if holder is not None else next(iter(stack.tree.targets(row.id, "attached_to")), 0)
    if vm and vm not in stack.ids:
        stack.remark("left_out", tr("A volume of an instance that is left out."), row.name)
        return
    rates = ebs.rates(kind, fields["size_gib"], fields["iops"], fields["mibps"])
    ordered = round(rates.iops) if kind == "io2" and rates is not None else round(fields["iops"])
    through = round(fields["mibps"])
    volume = stack.put(
        row, "AWS::EC2::Volume", AvailabilityZone=zone, VolumeType=kind, Size=max(1, round(fields["size_gib"])),
        Iops=ordered if kind == "io2" or (kind == "gp3" and ordered > GP3_IOPS) else None,
        Throughput=through if kind == "gp3" and through > GP3_MIBPS else None, Encrypted=fields["encrypted"],
        Tags=tags(row),
    )  # fmt: skip
    if vm:
        number = devices[vm] = devices.get(vm, -1) + 1
        if number >= len(DEVICES):
            stack.remark("left_out", tr("The attachment of a volume: its instance has too many."), row.name)
            return
        stack.add(f"{row.name}-attachment", "AWS::EC2::VolumeAttachment", VolumeId={"Ref": volume},
                  InstanceId=stack.ref(vm), Device=DEVICES[number])  # fmt: skip
