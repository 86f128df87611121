"""What a VM does of whose recovery nothing is said, and in which order VMs restart, as a design says it."""

from __future__ import annotations

import pytest

from designer.commands import edit
from designer.engine import Result, TimedEvent, simulate
from designer.errors import RuleError
from designer.model.project import Project
from designer.study.build import build
from designer.study.each.blast import BlastIndex

HARDWARE = {"cores": 8, "mhz": 1000.0, "ram_mib": 16_384.0}
SMALL = {"vcpus": 1, "ram_mib": 1024.0, "boot_s": 60.0, "detect_s": 30.0}


@pytest.fixture
def ids(project: Project) -> dict[str, int]:
    """Four hosts in a zone, two of them in a cluster."""
    found = {"region": edit.place(project, "region")}
    found["zone"] = edit.place(project, "zone", found["region"])
    found["cluster"] = edit.place(project, "cluster", found["zone"], detect_s=15.0)
    for n in range(4):
        found[f"host-{n}"] = edit.place(project, "host", found["zone"], name=f"host-{n}", **HARDWARE)
    for n in range(2):
        edit.connect(project, "in_cluster", found[f"host-{n}"], found["cluster"])
    return found


def run(project: Project, *failed: int) -> Result:
    return simulate(build(project, until_s=1200.0, events=[TimedEvent(100.0, "fail", i) for i in failed]))


def told(result: Result, vm: int) -> list[tuple[float, str]]:
    return [(e.time_s, e.what) for e in result.log if e.id == vm]


def test_that_recovery_follows_from_where_a_vm_stands(project: Project, ids: dict[str, int]) -> None:
    vms = [edit.place(project, "vm", ids[place], **SMALL) for place in ("host-0", "host-2", "zone")]
    spec = build(project)
    assert [vm.recovery for vm in spec.vms] == ["cluster", "none", "same_zone"]
    result = run(project, ids["host-0"], ids["host-2"])
    assert told(result, vms[0]) == [(100.0, "down"), (150.0, "detected"), (150.0, "restarting"), (210.0, "running")]
    # a host of one's own without a cluster restarts nothing, though another in its zone has room
    assert told(result, vms[1]) == [(100.0, "down"), (130.0, "detected"), (130.0, "lost")]


def test_that_a_group_replaces_its_instances_of_which_nothing_is_said(project: Project, ids: dict[str, int]) -> None:
    zones = [ids["zone"], edit.place(project, "zone", ids["region"])]
    nets = [edit.place(project, "subnet", zone) for zone in zones]
    group = edit.place(project, "auto_scaling_group", ids["region"], min_count=1, desired_count=2, max_count=2)
    vms = [edit.place(project, "vm", net, **SMALL) for net in nets]
    edit.connect(project, "template", group, edit.place(project, "vm", nets[0], template=True, **SMALL))
    for net, vm in zip(nets, vms):
        edit.connect(project, "spans", group, net)
        edit.connect(project, "instance", vm, group)
    spec, (given,) = build(project), build(project).groups
    assert given.template is not None
    assert [vm.recovery for vm in (*spec.vms, given.template)] == ["replace"] * 3
    result = run(project, zones[0])
    (new,) = (e.id for e in result.log if e.what == "launched")
    assert told(result, vms[0]) == [(100.0, "down"), (160.0, "detected"), (160.0, "terminated")]
    assert told(result, new)[-1] == (220.0, "running")  # the group misses it after 60 s, and it boots
    radius = BlastIndex(project).radius(zones[0])
    assert radius is not None and (radius.restart, radius.replaced) == (0, 1)


def test_that_a_vm_keeps_a_recovery_of_its_own(project: Project, ids: dict[str, int]) -> None:
    vm = edit.place(project, "vm", ids["host-2"], **SMALL, recovery="same_zone")
    assert told(run(project, ids["host-2"]), vm)[-1] == (190.0, "running")


def test_that_priorities_dependencies_and_waves_of_a_design_order_its_restarts(
    project: Project, ids: dict[str, int]
) -> None:
    edit.change(project, [ids["host-1"]], {"boots_at_once": 1})
    low, high, late = (
        edit.place(project, "vm", ids["host-0"], name=f"vm-{name}", restart_priority=name, **SMALL)
        for name in ("low", "high", "highest")
    )
    edit.connect(project, "starts_after", late, low)
    with pytest.raises(RuleError, match="vm-low cannot start after itself"):
        edit.connect(project, "starts_after", low, low)
    with pytest.raises(RuleError, match="vm-highest starts after vm-low already"):
        edit.connect(project, "starts_after", low, late)
    result = run(project, ids["host-0"])
    running = {e.id: e.time_s for e in result.log if e.what == "running"}
    assert running == {high: 210.0, low: 270.0, late: 330.0}
    waits = {e.id: e.detail for e in result.log if e.what == "queued"}
    assert waits == {low: "host-1 starts one VM at a time", late: "it starts after vm-low"}


def test_that_a_host_comes_up_after_its_post(project: Project, ids: dict[str, int]) -> None:
    edit.change(project, [ids["host-2"]], {"post_s": 200.0})
    vm = edit.place(project, "vm", ids["host-2"], **SMALL)
    events = [TimedEvent(100.0, "fail", ids["host-2"]), TimedEvent(110.0, "recover", ids["host-2"])]
    result = simulate(build(project, until_s=1200.0, events=events))
    assert told(result, ids["host-2"])[-2:] == [(110.0, "starting"), (310.0, "started")]
    assert told(result, vm)[-1] == (370.0, "running")
