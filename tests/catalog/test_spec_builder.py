"""The rows that VMs of a design become."""

from __future__ import annotations

from typing import Any

import pytest

from designer.catalog import KINDS, LINKS
from designer.catalog.kinds.compute.vm import record
from designer.catalog.spec_builder import SpecBuilder
from designer.commands import edit
from designer.engine.spec import Constant, DayCurve, Recorded, Vm
from designer.errors import SpecError
from designer.model.element import ROOT_ID
from designer.model.project import Project
from designer.study.build import build

LOADS: dict[str, dict[str, Any]] = {
    "constant": {"demand": "constant", "load_frac": 0.25},
    "day_curve": {"demand": "day_curve", "day_mean_frac": 0.4, "day_peak_h": 9.0},
    "trace": {"demand": "trace", "trace": 77, "trace_row": 2, "trace_shift": 1},
}
OTHERS: tuple[dict[str, Any], ...] = (
    *({"memory_use": "trace", "memory_trace": 77, "memory_trace_row": 1}, {"memory_use": "day_curve"}),
    *({"active_frac": 0.5}, {"recovery": "cluster"}, {"detect_s": 7.0}, {"boot_s": 8.0}, {"powered_on": False}),
    *({"needs_internet": True}, {"partition": 3}, {"shares_level": "high"}, {"shares": 5.0}, {"prefer_ht": True}),
    *({"cpu_reservation_mhz": 9.0}, {"cpu_limit_mhz": 2000.0}, {"ram_guaranteed_mib": 64.0}, {"ram_shares": 3.0}),
    *({"ram_buffer_frac": 0.3}, {"oom_adjust": 11.0}, {"dirty_mib_s": 1.0}, {"hot_mib": 12.0}, {"unserved": "backlog"}),
    *({"vcpus": 1}, {"mhz": 1000.0}, {"ram_mib": 512.0}, {"name": "other"}, {"instance_type": "t3.micro"}),
    *({"disk_iops": 10.0}, {"net_mbps": 10.0}, {"restart_priority": "high"}),
)
"""Fields of VMs that a run reads, with a value of their own."""


class Zone:
    """A zone in a region, and VMs in it."""

    def __init__(self) -> None:
        self.project = Project(KINDS, LINKS)
        self.region = edit.place(self.project, "region", ROOT_ID, time_zone="Europe/Berlin")
        self.zone = edit.place(self.project, "zone", self.region)

    def vm(self, **fields: Any) -> int:
        return edit.place(self.project, "vm", self.zone, **fields)


def test_that_each_field_of_a_vm_is_in_its_place_of_the_row() -> None:
    zone = Zone()
    service = edit.place(zone.project, "service", ROOT_ID)
    vm = zone.vm(
        name="web", vcpus=3, mhz=2100.0, ram_mib=3072.0, load_frac=0.25, shares=700.0, recovery="none", detect_s=31.0,
        boot_s=47.0, powered_on=False, needs_internet=True, partition=5,
    )  # fmt: skip
    edit.connect(zone.project, "member", vm, service)
    (row,) = build(zone.project).vms
    assert row == Vm(
        id=vm, place=zone.zone, vcpus=3, mhz=2100.0, ram_mib=3072.0, demand=Constant(0.25), name="web", shares=700.0,
        recovery="none", detect_s=31.0, boot_s=47.0, powered_on=False, service=service, outward=True, partition=5,
        cut_off=row.cut_off, dirty_mib_s=30.0,
    )  # fmt: skip


@pytest.mark.parametrize("name", LOADS)
def test_that_equal_loads_are_one_record_and_others_are_not(name: str) -> None:
    zone = Zone()
    for n in range(3):
        zone.vm(name=f"vm-{n}", **LOADS[name])
    zone.vm(name="other", **LOADS[name] | {"load_frac": 0.5, "day_mean_frac": 0.5, "trace_row": 3})
    first, second, third, other = (vm.demand for vm in build(zone.project).vms)
    assert first is second is third
    assert {type(first), type(other)} <= {Constant, DayCurve, Recorded}
    assert other != first


def test_that_a_day_curve_is_that_of_its_region_where_all_else_is_equal() -> None:
    zone = Zone()
    zone.vm(name="here", **LOADS["day_curve"])
    region = edit.place(zone.project, "region", ROOT_ID, time_zone="Asia/Tokyo")
    edit.place(zone.project, "vm", edit.place(zone.project, "zone", region), name="there", **LOADS["day_curve"])
    demands = [vm.demand for vm in build(zone.project).vms]
    assert [demand.time_zone for demand in demands if isinstance(demand, DayCurve)] == ["Europe/Berlin", "Asia/Tokyo"]


@pytest.mark.parametrize("fields", [*LOADS.values(), *OTHERS], ids=str)
def test_that_a_vm_among_many_has_the_row_that_it_has_by_itself(fields: dict[str, Any]) -> None:
    zone = Zone()
    for some in ({}, fields, {}):
        zone.vm(**some)
    project = zone.project
    assert list(build(project).vms) == [record(SpecBuilder(project), vm) for vm in project.of_kind("vm")]


def test_that_vms_are_in_the_order_of_the_tree_whatever_stands_between_them() -> None:
    zone = Zone()
    service = edit.place(zone.project, "service", ROOT_ID)
    vms = [zone.vm(name=str(n), restart_priority="high" if n == 4 else "medium") for n in range(6)]
    edit.connect(zone.project, "member", vms[1], service)
    edit.place(zone.project, "application", vms[3])
    function = edit.place(zone.project, "function", zone.region)
    edit.connect(zone.project, "serves", function, service)
    with zone.project.edit("Template"):
        zone.project.set(vms[2], template=True)
    spec = build(zone.project)
    serving = {function, *vms} - {vms[2]}
    assert [vm.id for vm in spec.vms] == [i for i in zone.project.subtree(ROOT_ID) if i in serving]
    assert [start.vm for start in spec.starts] == [vms[4]]


def test_that_what_is_wrong_is_told_of_the_first_vm_in_the_tree() -> None:
    zone = Zone()
    for name in ("first", "plain", "second"):
        edit.place(zone.project, "vm", zone.zone, name=name, **{} if name == "plain" else {"instance_type": "t3.micro"})
    for vm in zone.project.of_kind("vm"):
        if vm.__dict__["name"] != "plain":
            vm.__dict__["guest_os"] = "macos"
    with pytest.raises(SpecError, match=r"^first: "):
        build(zone.project)
