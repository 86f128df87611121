"""Room findings: each check has a design that triggers it and one that does not."""

from __future__ import annotations

import pytest

from designer.catalog.rules.capacity import load_of
from designer.checks.check import Finding
from designer.checks.live import findings_of
from designer.checks.registry import CHECKS
from designer.commands import edit
from designer.model.project import Project
from tests.old_files import hold


def found(project: Project, check: str) -> list[Finding]:
    """What a check finds in a design."""
    return [finding for finding in findings_of(project, CHECKS) if finding.check == check]


@pytest.fixture
def zone(project: Project) -> int:
    """A zone of Virginia that does not offer all types."""
    return edit.place(
        project, "zone", edit.place(project, "region", provider="aws", code="us-east-1"), zone_id="use1-az3"
    )


def test_that_a_host_with_more_memory_in_vms_than_it_has_is_found(project: Project, zone: int) -> None:
    host = edit.place(project, "host", zone, name="h", ram_mib=16384.0, vm_ram_base_mib=100.0)
    one = edit.place(project, "vm", host, ram_mib=8192.0)
    off = edit.place(project, "vm", host, ram_mib=8192.0, powered_on=False)
    assert not found(project, "REL-20")
    edit.change(project, [off], {"powered_on": True})
    (finding,) = found(project, "REL-20")
    assert finding.elements == (host, one, off)
    assert finding.text == "h has 16 GiB for VMs and they take 16.2 GiB"
    assert finding.severity == "high"


def test_that_esxi_is_told_the_ratio_of_its_memory_and_refused_only_what_it_cannot_reserve(
    project: Project, zone: int
) -> None:
    host = edit.place(project, "host", zone, name="h", ram_mib=16384.0, memory_rule="esxi")
    vms = [edit.place(project, "vm", host, ram_mib=8192.0) for _ in range(3)]
    assert not found(project, "REL-20")
    (finding,) = found(project, "REL-31")
    assert (finding.elements, finding.severity) == ((host, *vms), "low")
    assert finding.text == "h has 150% of its memory configured"
    assert load_of(project, project.elements[host]).text.startswith("150% of the memory, 24 GiB of 16 GiB")
    edit.change(project, vms, {"ram_guaranteed_mib": 8192.0})
    assert [f.text for f in found(project, "REL-20")] == ["h has 16 GiB for VMs and they take 24 GiB"]
    edit.change(project, [host], {"memory_rule": "configured"})
    assert found(project, "REL-20")
    assert not found(project, "REL-31")
    edit.change(project, [host], {"memory_rule": "kvm", "ram_overcommit": 1.5})
    assert not found(project, "REL-20")
    assert found(project, "REL-31")


def test_that_vcpus_above_the_overcommit_are_found_and_without_a_limit_the_ratio_is(
    project: Project, zone: int
) -> None:
    host = edit.place(project, "host", zone, name="h", cores=4, overcommit=2.0)
    vms = [edit.place(project, "vm", host, vcpus=4, ram_mib=64.0) for _ in range(2)]
    assert not found(project, "REL-19")
    edit.change(project, vms[:1], {"vcpus": 5})
    assert [f.text for f in found(project, "REL-19")] == ["h takes 8 vCPUs; its VMs have 9"]
    edit.change(project, [host], {"overcommit": 0.0})
    assert not found(project, "REL-19")
    edit.change(project, vms[:1], {"vcpus": 20})
    assert [f.text for f in found(project, "REL-19")] == ["h has 6 vCPUs a core"]
    edit.change(project, [host], {"sharing": "reserved"})
    assert [f.text for f in found(project, "REL-19")] == ["h takes 4 vCPUs; its VMs have 24"]


def test_that_reservations_above_the_capacity_of_a_host_are_found(project: Project, zone: int) -> None:
    host = edit.place(project, "host", zone, name="h", cores=4, mhz=1000.0, cpu_overhead_frac=0.1)
    vms = [edit.place(project, "vm", host, ram_mib=64.0, cpu_reservation_mhz=1800.0) for _ in range(2)]
    assert not found(project, "REL-21")
    edit.change(project, vms[:1], {"cpu_reservation_mhz": 1801.0})
    (finding,) = found(project, "REL-21")
    assert (finding.elements, finding.text) == ((host, *vms), "h has 3,600 MHz for VMs and they reserve 3,601")
    edit.change(project, [host], {"sharing": "max_min"})
    assert not found(project, "REL-21")


def test_that_a_subnet_out_of_addresses_is_found(project: Project, zone: int) -> None:
    net = edit.place(project, "subnet", zone, name="net", cidr="10.0.0.0/28")
    for _ in range(10):
        edit.place(project, "vm", net)
    on_host = edit.place(project, "vm", edit.place(project, "host", zone))
    edit.connect(project, "attached", on_host, net)
    assert not found(project, "NET-02")
    hold(project, net, cidr="10.0.0.0/29")
    assert [f.text for f in found(project, "NET-02")] == ["net has 3 addresses and needs 11"]


def test_that_a_group_that_may_outgrow_its_subnets_is_found(project: Project, zone: int) -> None:
    net = edit.place(project, "subnet", zone, name="net", cidr="10.0.0.0/28")
    group = edit.place(
        project, "auto_scaling_group", project.elements[zone].parent, name="asg", min_count=0, desired_count=2,
        max_count=11,
    )  # fmt: skip
    edit.connect(project, "spans", group, net)
    assert not found(project, "NET-04")
    edit.change(project, [group], {"max_count": 12})
    (finding,) = found(project, "NET-04")
    assert finding.text == "asg may grow by 12 instances, but its subnets have 11 free addresses"
    assert finding.elements == (group, net)


def test_that_a_type_that_is_not_offered_where_it_stands_is_found(project: Project, zone: int) -> None:
    net = edit.place(project, "subnet", zone, name="net")
    vm = edit.place(project, "vm", net)
    assert not found(project, "DEP-01")
    hold(project, vm, instance_type="m7g.large")
    (finding,) = found(project, "DEP-01")
    assert finding.elements == (net, vm)
    assert finding.text.startswith("net: m7g.large is not offered in us-east-1e (use1-az3)")
    edit.change(project, [zone], {"zone_id": "use1-az6"})
    assert not found(project, "DEP-01")


def test_that_a_group_in_a_zone_that_does_not_offer_its_type_is_found(project: Project, zone: int) -> None:
    region = project.elements[zone].parent
    other = edit.place(project, "zone", region, zone_id="use1-az6")
    nets = [edit.place(project, "subnet", z, name=f"net-{n}") for n, z in enumerate((zone, other))]
    group = edit.place(project, "auto_scaling_group", region, name="asg")
    template = edit.place(project, "vm", nets[1], template=True)
    edit.apply_preset(project, [template], "m7g.large")
    edit.connect(project, "template", group, template)
    edit.connect(project, "spans", group, nets[1])
    assert not found(project, "DEP-02")
    edit.connect(project, "spans", group, nets[0])
    (finding,) = found(project, "DEP-02")
    assert finding.text == "asg launches no m7g.large in net-0"
    assert finding.elements == (group, nets[0])
