"""What a design asks of disks and the network, and what limits it, as it comes into a run."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from designer.catalog import KINDS, LINKS
from designer.commands import edit
from designer.engine import Flow, Limit, Spec, simulate
from designer.errors import RuleError, SpecError
from designer.model.project import Project
from designer.study.build import build


class Drawing:
    """A region with two zones, a data center with a rack and two hosts, an array and its datastore."""

    def __init__(self) -> None:
        self.project = Project(KINDS, LINKS)
        self.region = self.put("region")
        self.zone, self.other = self.put("zone", self.region), self.put("zone", self.region)
        self.dc = self.put("data_center", self.zone)
        self.rack = self.put("rack", self.dc)
        self.host, self.host_2 = (self.put("host", self.rack) for _ in range(2))
        self.array = self.put("storage_array", self.dc)
        self.store = self.put("datastore", self.dc)
        self.link("offers", self.array, self.store)
        for host in (self.host, self.host_2):
            self.link("sees", host, self.store)

    def put(self, kind: str, parent: int = 1, **fields: Any) -> int:
        return edit.place(self.project, kind, parent, **fields)

    def link(self, kind: str, source: int, target: int, role: str = "") -> None:
        edit.connect(self.project, kind, source, target, role)

    def set(self, element: int, **fields: Any) -> None:
        edit.change(self.project, [element], fields)

    def spec(self) -> Spec:
        return build(self.project, until_s=600.0)


@pytest.fixture
def drawing() -> Drawing:
    return Drawing()


def nameless(limits: Any) -> list[Limit]:
    return [replace(limit, name="") for limit in limits]


def test_that_a_design_without_disk_and_network_load_has_no_flows_and_no_limits(drawing: Drawing) -> None:
    drawing.set(drawing.host, nic_mbps=1000.0)
    drawing.put("vm", drawing.host)
    spec = drawing.spec()
    assert (list(spec.flows), list(spec.limits)) == ([], [])


def test_that_operations_go_through_volume_datastore_and_array_in_equal_parts(drawing: Drawing) -> None:
    vm = drawing.put("vm", drawing.host, disk_iops=600.0, disk_io_kib=8.0)
    disks = [drawing.put("volume", drawing.store, size_gib=10.0, iops=iops) for iops in (0.0, 100.0)]
    for disk in disks:
        drawing.link("attached_to", disk, vm)
    drawing.set(drawing.array, iops=300.0, mibps=50.0)
    drawing.set(drawing.store, mibps=40.0)
    spec = drawing.spec()
    behind = drawing.store, drawing.array
    assert {flow.to: flow for flow in spec.flows} == {
        disk: Flow(vm, 300.0, disk, 8.0, (disk, *behind), follows=True) for disk in disks
    }
    assert sorted(nameless(spec.limits), key=repr) == sorted(
        (
            Limit(drawing.array, "iops", 300.0),
            Limit(drawing.array, "mibps", 50.0),
            Limit(drawing.store, "mibps", 40.0),
            Limit(disks[1], "iops", 100.0),
        ),
        key=repr,
    )
    result = simulate(spec)  # 0.3 of 300 each; nothing is short
    assert result.vms.mean_of("disk_served").tolist() == pytest.approx([180.0])
    drawing.set(vm, io_pattern="constant")
    assert simulate(drawing.spec()).vms.mean_of("disk_served").tolist() == pytest.approx([300.0])


def test_that_an_instance_type_limits_its_volumes_of_the_zone_but_not_its_own_disks(drawing: Drawing) -> None:
    vm = drawing.put("vm", drawing.zone, instance_type="m5d.large", disk_iops=100.0)
    for kind, parent in (("gp3", drawing.zone), ("instance_store", vm)):
        disk = drawing.put("volume", parent, type=kind, size_gib=50.0)
        if parent != vm:
            drawing.link("attached_to", disk, vm)
    spec = drawing.spec()
    assert sorted(len(flow.through) for flow in spec.flows) == [1, 2]
    assert [limit.counts for limit in spec.limits if limit.of == vm] == ["mibps", "iops", "mbps", "mbps"]


def test_that_traffic_goes_to_linked_vms_or_out_and_connections_carry_only_so_much(drawing: Drawing) -> None:
    big = drawing.put("vm", drawing.zone, instance_type="m5.16xlarge", vcpus=64, net_mbps=9000.0, net_streams=2)
    near, far = drawing.put("vm", drawing.zone), drawing.put("vm", drawing.other)
    assert [(flow.to, flow.own) for flow in drawing.spec().flows] == [(0, 10_000.0)]
    for end in (near, far):
        drawing.link("sends_to", big, end)
    assert [(flow.to, flow.most, flow.own) for flow in sorted(drawing.spec().flows, key=lambda f: f.to)] == sorted(
        [(near, 4500.0, 5000.0), (far, 4500.0, 5000.0)]
    )


def test_that_nics_uplinks_and_private_links_carry_so_much_each_way(drawing: Drawing) -> None:
    vm = drawing.put("vm", drawing.host, net_mbps=900.0, io_pattern="constant")
    far = drawing.put("vm", drawing.other)
    drawing.link("sends_to", vm, far)
    drawing.link("private_link", drawing.zone, drawing.other, "0.3 Gbit/s")

    def sent() -> float:
        return float(round(simulate(drawing.spec()).vms.mean_of("wire_served")[0], 6))

    assert sent() == 300.0
    drawing.set(drawing.rack, uplink_mbps=200.0)
    assert sent() == 200.0
    drawing.set(drawing.host, nic_mbps=100.0)
    assert sent() == 100.0
    result = simulate(drawing.spec())
    assert result.vms.sent_gb("to_zones").tolist() == pytest.approx([100.0 * 600 / 8000, 0.0])


def test_that_a_new_private_link_has_a_bandwidth_and_two_zones_have_one(drawing: Drawing) -> None:
    drawing.link("private_link", drawing.zone, drawing.other)
    assert [link.role for link in drawing.project.links.values() if link.kind == "private_link"] == ["10 Gbit/s"]
    with pytest.raises(RuleError, match="linked already"):
        drawing.link("private_link", drawing.other, drawing.zone)


@pytest.mark.parametrize("role", ["fast", "0", "-1 Gbit/s"])
def test_that_a_bandwidth_that_is_none_is_refused_with_the_link(drawing: Drawing, role: str) -> None:
    drawing.link("private_link", drawing.zone, drawing.other, role)
    drawing.put("vm", drawing.host, net_mbps=1.0)
    with pytest.raises(SpecError, match="is no bandwidth; write one like 10 Gbit/s"):
        drawing.spec()


@pytest.mark.parametrize(
    ("kind", "size_gib", "iops", "mibps", "why"),
    [
        ("gp3", 100.0, 2000.0, 0.0, "3,000 to 50,000 IOPS, not 2,000"),
        ("gp3", 4.0, 3500.0, 0.0, "3,000 to 3,000 IOPS, not 3,500"),
        ("gp3", 500.0, 0.0, 800.0, "with 3,000 IOPS has 125 to 750 MiB/s, not 800"),
        ("io2", 8.0, 9000.0, 0.0, "at most 8,000 IOPS"),
        ("io2", 8.0, 0.0, 100.0, "follows its IOPS"),
        ("gp2", 8.0, 300.0, 0.0, "follow their size"),
        ("st1", 500.0, 0.0, 20.0, "follow their size"),
    ],
)
def test_that_what_cannot_be_ordered_is_refused(
    drawing: Drawing, kind: str, size_gib: float, iops: float, mibps: float, why: str
) -> None:
    with pytest.raises(RuleError, match=why):
        drawing.put("volume", drawing.zone, type=kind, size_gib=size_gib, iops=iops, mibps=mibps)


def test_that_launched_instances_send_as_their_template_does(drawing: Drawing) -> None:
    subnet = drawing.put("subnet", drawing.zone)
    template = drawing.put("vm", subnet, template=True, net_mbps=100.0, io_pattern="constant", load_frac=0.5)
    group = drawing.put("auto_scaling_group", drawing.region, min_count=1, desired_count=2, max_count=3)
    drawing.link("template", group, template)
    drawing.link("spans", group, subnet)
    result = simulate(drawing.spec())
    assert result.vms.mean_of("wire_served")[:2].tolist() == pytest.approx([100.0, 100.0])


def test_that_an_application_asks_the_disks_and_the_network_of_its_vm(drawing: Drawing) -> None:
    vm = drawing.put("vm", drawing.zone, vcpus=2, instance_type="m5.large", load_frac=0.0)
    far = drawing.put("vm", drawing.other, load_frac=0.0)
    drawing.link("sends_to", vm, far)
    disk = drawing.put("volume", drawing.zone, type="gp3", size_gib=100.0)
    drawing.link("attached_to", disk, vm)
    asks = {"io_pattern": "constant", "disk_iops": 6000.0, "net_mbps": 100.0}
    app = drawing.put("application", vm, vcpus=1, ram_mib=512.0, load_frac=0.5, **asks)
    spec = drawing.spec()
    assert [(f.vm, f.most, f.to, f.through) for f in spec.flows] == [
        (app, 6000.0, disk, (disk, vm)), (app, 100.0, far, ()),
    ]  # fmt: skip
    assert {limit.of for limit in spec.limits} == {disk, vm}
    result = simulate(spec)
    row = result.vm_ids.tolist().index(app)
    assert result.vms.mean_of("disk_served")[row] == pytest.approx(3000.0)
    # half of the operations are served: the VM does half of its work
    assert result.vms.waiting[row] == pytest.approx(0.25)


def test_that_an_application_on_bare_metal_sends_over_the_nic_of_its_host(drawing: Drawing) -> None:
    drawing.set(drawing.host, nic_mbps=40.0)
    app = drawing.put("application", drawing.host, vcpus=1, load_frac=1.0, net_mbps=80.0)
    result = simulate(drawing.spec())
    row = result.vm_ids.tolist().index(app)
    assert result.vms.mean_of("wire_served")[row] == pytest.approx(40.0)
