"""The rows that VMs of a design become."""

from __future__ import annotations

from typing import Any

import pytest

from designer.catalog import KINDS, LINKS
from designer.commands import edit
from designer.engine.spec import Constant, DayCurve, Recorded, Vm
from designer.model.element import ROOT_ID
from designer.model.project import Project
from designer.study.build import build

LOADS: dict[str, dict[str, Any]] = {
    "constant": {"demand": "constant", "load_frac": 0.25},
    "day_curve": {"demand": "day_curve", "day_mean_frac": 0.4, "day_peak_h": 9.0},
    "trace": {"demand": "trace", "trace": 77, "trace_row": 2, "trace_shift": 1},
}


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
