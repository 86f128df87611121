"""Applications in VMs and on servers of their own, guest operating systems, and what hosts refuse."""

from __future__ import annotations

import pytest

from designer.catalog import KINDS, LINKS
from designer.catalog.presets.shipped import presets
from designer.commands import edit, scale_out
from designer.engine import TimedEvent, simulate
from designer.engine.result.result import Result
from designer.errors import RuleError, SpecError
from designer.model.element import ROOT_ID
from designer.model.project import Project
from designer.study.build import build
from tests.old_files import hold


class Room:
    """Two hosts of 4 x 1000 MHz and 16 GiB in a zone, a VM on the first."""

    def __init__(self) -> None:
        self.project = Project(KINDS, LINKS)
        self.ids = {"design": ROOT_ID}
        self.put("region", "region", "design")
        self.put("zone", "zone", "region")
        for host in ("host-1", "host-2"):
            self.put(host, "host", "zone", cores=4, mhz=1000.0, ram_mib=16_384.0)
        self.put("vm", "vm", "host-1", vcpus=4, mhz=1000.0, load_frac=0.0)

    def put(self, name: str, kind: str, parent: str, **fields: object) -> int:
        self.ids[name] = edit.place(self.project, kind, self.ids[parent], name=name, **fields)
        return self.ids[name]

    def link(self, kind: str, source: str, target: str) -> int:
        return edit.connect(self.project, kind, self.ids[source], self.ids[target])

    def run(self, *events: tuple[float, str, str]) -> Result:
        made = [TimedEvent(time_s, what, self.ids[name]) for time_s, what, name in events]  # type: ignore[arg-type]
        return simulate(build(self.project, until_s=3600.0, events=made))

    def mean(self, result: Result, name: str) -> float:
        return float(result.vms.mean[result.vm_ids.tolist().index(self.ids[name])])


@pytest.fixture
def room() -> Room:
    return Room()


def test_that_an_application_loads_its_vm_and_its_host(room: Room) -> None:
    room.put("app", "application", "vm", vcpus=2, mhz=1000.0, load_frac=0.5)
    result = room.run()
    assert (room.mean(result, "app"), room.mean(result, "vm")) == (0.5, 0.25)
    assert result.used[0, result.ids.tolist().index(room.ids["host-1"])] == 0.25


def test_that_an_application_keeps_a_backlog_alone_on_a_host_and_in_a_vm_which_may_keep_one(room: Room) -> None:
    """On its own server it asks for 6,000 of 4,000 MHz: of each second half a second of its 6 vCPUs' full speed."""
    kept = {"vcpus": 6, "mhz": 1000.0, "load_frac": 1.0, "unserved": "backlog"}
    room.put("app", "application", "host-2", **kept)
    backlogs = room.run().backlogs
    assert (backlogs.ids.tolist(), backlogs.now_s.tolist()) == ([room.ids["app"]], [pytest.approx(3600.0 * 2.0 / 6.0)])
    room.put("inner", "application", "vm", vcpus=1, mhz=1000.0, unserved="backlog")
    assert set(room.run().backlogs.ids.tolist()) == {room.ids["app"], room.ids["inner"]}
    edit.change(room.project, [room.ids["vm"]], {"unserved": "backlog"})
    assert set(room.run().backlogs.ids.tolist()) == {room.ids["app"], room.ids["vm"]}


def test_that_an_application_has_a_server_for_itself(room: Room) -> None:
    room.put("app", "application", "host-2", vcpus=2, mhz=1000.0, load_frac=0.5)
    result = room.run()
    assert room.mean(result, "app") == 0.5
    assert result.used[0, result.ids.tolist().index(room.ids["host-2"])] == 0.25
    assert result.counts[:, 0].tolist() == [1.0] * 12
    refused = {
        "application": "an application needs a host for itself, and app stands on host-2",
        "vm": "host-2 is used by app alone",
    }
    for kind, reason in refused.items():
        assert room.project.why_not(kind, room.ids["host-2"]) == reason
    assert room.project.why_not("application", room.ids["host-1"]) == (
        "an application needs a host for itself, and vm stands on host-1"
    )


def test_that_a_server_comes_back_with_its_application_after_its_start_time(room: Room) -> None:
    room.put("app", "application", "host-2", start_s=200.0)
    log = room.run((600.0, "fail", "host-2"), (900.0, "recover", "host-2")).log
    assert [(e.time_s, e.what) for e in log if e.id == room.ids["app"]] == [
        (600.0, "down"), (660.0, "detected"), (660.0, "lost"), (900.0, "restarting"), (1100.0, "running")
    ]  # fmt: skip


def test_that_bare_metal_takes_no_vm_and_a_hypervisor_no_application_beside_vms(room: Room) -> None:
    edit.apply_preset(room.project, [room.ids["host-2"]], "Bare metal", "hypervisor")
    assert room.project.why_not("vm", room.ids["host-2"]) == "host-2 is bare metal; choose a hypervisor for it first"
    assert room.project.why_not("application", room.ids["host-2"]) is None
    with pytest.raises(RuleError, match="vm: host-1 is bare metal"):
        edit.apply_preset(room.project, [room.ids["host-1"]], "Bare metal", "hypervisor")
    edit.apply_preset(room.project, [room.ids["host-2"]], "VMware ESXi", "hypervisor")
    assert room.project.why_not("application", room.ids["host-2"]) == (
        "host-2 runs VMware ESXi; place the application in a VM on it"
    )


def test_that_applications_in_a_vm_have_its_memory_together(room: Room) -> None:
    room.put("one", "application", "vm", ram_mib=6144.0)
    room.put("two", "application", "vm", ram_mib=2048.0)
    with pytest.raises(RuleError, match="vm has 8 GiB of memory; 8 GiB are taken and the application needs 2 GiB"):
        room.put("three", "application", "vm")
    with pytest.raises(RuleError, match="vm has 7 GiB of memory; 2 GiB are taken and the application needs 6 GiB"):
        edit.change(room.project, [room.ids["vm"]], {"ram_mib": 7168.0})
    hold(room.project, room.ids["vm"], ram_mib=7168.0)
    with pytest.raises(
        SpecError, match="two has no room: vm has 7 GiB of memory; 6 GiB are taken and the application needs 2 GiB"
    ):
        build(room.project)


def test_that_an_application_serves_its_service_where_its_vm_is_reached(room: Room) -> None:
    room.put("app", "application", "vm", vcpus=2, mhz=1000.0)
    room.put("shop", "service", "design", rate_rps=100.0, work_mhz_s=10.0)
    room.link("member", "app", "shop")
    result = room.run()
    assert result.served_rps[:, 0].tolist() == pytest.approx([100.0] * 12)
    assert room.mean(result, "app") == pytest.approx(0.5)
    room.put("sg", "security_group", "region", ports="22")
    room.link("protected_by", "vm", "sg")
    assert room.run().served_rps.max() == 0.0


def test_that_a_service_with_applications_still_grows_by_vms(room: Room) -> None:
    room.put("app", "application", "vm")
    room.put("shop", "service", "design")
    room.put("web-1", "vm", "host-1")
    for member in ("app", "web-1"):
        room.link("member", member, "shop")
    (made,) = scale_out.scale_out(room.project, room.ids["web-1"], 1)
    assert room.project.elements[made].name == "web-2"


@pytest.mark.parametrize(
    ("guest", "name", "reason"),
    [
        ("windows", "t4g.large", "Windows does not run on t4g.large, which is arm64"),
        ("macos", "m5.large", "macOS runs on mac instances only, not on m5.large"),
        ("linux", "mac2.metal", "mac2.metal runs macOS only"),
        ("windows", "m5.large", None),
        ("linux", "t4g.large", None),
        ("macos", "mac2.metal", None),
        ("windows", "", None),
    ],
)
def test_that_a_guest_os_runs_where_it_can(room: Room, guest: str, name: str, reason: str | None) -> None:
    given = {"guest_os": guest, "instance_type": name, "ram_mib": 1024.0}
    if reason is None:
        room.put("guest", "vm", "zone", **given)
        build(room.project)
        return
    with pytest.raises(RuleError) as refused:
        room.put("guest", "vm", "zone", **given)
    assert str(refused.value) == f"VM cannot be placed here: {reason}."
    with pytest.raises(RuleError) as changed:
        edit.change(room.project, [room.ids["vm"]], given)
    assert str(changed.value) == f"vm: {reason}."
    hold(room.project, room.ids["vm"], **given)
    with pytest.raises(SpecError) as said:
        build(room.project)
    assert str(said.value) == f"vm: {reason}."


def test_that_a_mac_type_brings_its_guest_os(room: Room) -> None:
    edit.apply_preset(room.project, [room.ids["vm"]], "mac2.metal", "instance_type")
    assert room.project.elements[room.ids["vm"]].__dict__["guest_os"] == "macos"


def test_that_a_type_2_hypervisor_leaves_vms_what_its_host_os_leaves(room: Room) -> None:
    fields = presets("host", "hypervisor")["Oracle VirtualBox"].fields
    edit.apply_preset(room.project, [room.ids["host-1"]], "Oracle VirtualBox", "hypervisor")
    edit.change(room.project, [room.ids["host-1"]], {"host_os_cpu_frac": 0.25})
    edit.change(room.project, [room.ids["vm"]], {"load_frac": 1.0})
    left = 0.75 * (1.0 - fields["cpu_overhead_frac"])
    assert room.mean(room.run(), "vm") == pytest.approx(left)
    edit.change(room.project, [room.ids["vm"]], {"ram_mib": 16_384.0 - fields["hypervisor_ram_mib"]})
    refused = [e.detail for e in room.run().log if e.what == "refused"]
    assert refused == ["host-1 has 13,312 of 13,312 MiB left; it needs 13,642"]
