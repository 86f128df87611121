"""Consolidation: what goes where, computed by hand, as one step of undo; links stay with the applications."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from designer.catalog import KINDS, LINKS
from designer.catalog.kinds.saved.trace import pack
from designer.commands import consolidate, edit
from designer.commands.consolidate import ConsolidationLimits
from designer.errors import RuleError
from designer.model.element import ROOT_ID
from designer.model.project import Project, snapshot
from designer.study.build import build
from designer.study.measure import Measured, Meter, measure
from tests.model.test_any_edits import overlapping, state, sticking_out

ESXI = ConsolidationLimits("VMware ESXi")


class Servers:
    """Servers of 4 x 1000 MHz and 16 GiB, 100 W to 200 W, each with an application that asks for 1000 MHz."""

    def __init__(self, count: int = 4, **app: Any) -> None:
        self.project = Project(KINDS, LINKS)
        self.ids: dict[str, int] = {"design": ROOT_ID}
        self.put("dc", "data_center", "design")
        self.put("rack", "rack", "dc")
        for n in range(count):
            self.server(n + 1, "rack", **app)

    def put(self, name: str, kind: str, parent: str, **fields: Any) -> int:
        self.ids[name] = edit.place(self.project, kind, self.ids[parent], name=name, **fields)
        return self.ids[name]

    def server(self, number: int, parent: str, **app: Any) -> None:
        fields = {"cores": 4, "mhz": 1000.0, "ram_mib": 16_384.0, "idle_w": 100.0, "full_w": 200.0}
        self.put(f"host-{number}", "host", parent, **fields)
        given = {"vcpus": 2, "mhz": 1000.0, "load_frac": 0.5, "ram_mib": 2048.0, **app}
        self.put(f"app-{number}", "application", f"host-{number}", **given)

    def apps(self) -> list[int]:
        return consolidate.applications(self.project, [])

    def names(self, ids: Any) -> list[str]:
        return [self.project.elements[i].name for i in ids]

    def measured(self) -> Measured:
        hosts = [host.id for host in self.project.of_kind("host")]
        return measure(build(self.project, until_s=3600.0, keep_vm_series=True), hosts, self.apps())


def test_that_as_many_go_onto_a_host_as_its_limit_allows() -> None:
    # ESXi leaves 98% of 4000 MHz, 80% of that are 3136: three applications; the fourth goes onto a second host.
    servers = Servers()
    plan = consolidate.plan(servers.project, servers.apps(), ESXI)
    assert sorted(len(server.apps) for server in plan.servers) == [1, 3]
    assert plan.blast_radius == 3
    assert len(plan.removed) == 2
    # A peak of 1000 MHz at 80% of 1000 MHz a vCPU: two vCPUs.
    assert {(vm["vcpus"], vm["mhz"], vm["ram_mib"], vm["load_frac"]) for vm in plan.vms.values()} == {
        (2, 1000.0, 2048.0, 0.0)
    }


def test_that_the_plan_is_carried_out_and_taken_back_as_one_step() -> None:
    servers = Servers()
    project, before, steps = servers.project, state(servers.project), len(servers.project.history.steps)
    apps = servers.apps()
    vms = consolidate.apply(project, consolidate.plan(project, apps, ESXI))
    assert len(project.of_kind("host")) == 2
    assert {project.elements[i].parent for i in apps} == set(vms)
    assert {project.elements[project.elements[vm].parent].__dict__["hypervisor"] for vm in vms} == {"VMware ESXi"}
    assert (overlapping(project), sticking_out(project)) == ([], [])
    assert len(project.history.steps) == steps + 1
    after = state(project)
    assert project.undo() == "Consolidate 4 applications"
    assert state(project) == before
    project.redo()
    assert state(project) == after


def test_that_power_and_utilization_before_and_after_are_those_of_the_engine() -> None:
    servers = Servers()
    before = servers.measured()
    # Four servers at 1000 of 4000 MHz: 125 W each.
    assert (before.servers, before.mean_frac, before.peak_frac) == (4, 0.25, 0.25)
    assert (before.mean_w, before.kwh_a_year) == pytest.approx((500.0, 4380.0))
    assert {i: load.tolist() for i, load in before.loads.items()} == {i: [1000.0] * 12 for i in servers.apps()}
    consolidate.apply(servers.project, consolidate.plan(servers.project, servers.apps(), ESXI, before.loads))
    after = servers.measured()
    # 3000 and 1000 of 3920 MHz.
    assert after.servers == 2
    assert after.mean_frac == pytest.approx(4000 / 7840)
    assert after.peak_frac == pytest.approx(3000 / 3920)
    assert after.mean_w == pytest.approx(200 + 100 * 4000 / 3920)


def test_that_spread_uses_no_more_hosts_and_loses_fewer_applications() -> None:
    servers = Servers()
    plan = consolidate.plan(servers.project, servers.apps(), ConsolidationLimits("VMware ESXi", policy="spread"))
    assert [len(server.apps) for server in plan.servers] == [2, 2]
    assert plan.blast_radius == 2


def test_that_memory_limits_as_cpu_does() -> None:
    # 16,384 x 0.99 - 2916 = 13,304 MiB, 90% are 11,974; each VM takes 6144 x 1.0074 + 14.7 + 8 MiB: one a host.
    servers = Servers(ram_mib=6144.0)
    assert len(consolidate.plan(servers.project, servers.apps(), ESXI).servers) == 4
    roomier = ConsolidationLimits("VMware ESXi", ram_frac=0.95)
    assert [len(s.apps) for s in consolidate.plan(servers.project, servers.apps(), roomier).servers] == [2, 2]


def test_that_the_hosts_one_wants_to_keep_are_kept() -> None:
    servers = Servers()
    keep = tuple(servers.ids[name] for name in ("host-3", "host-4"))
    plan = consolidate.plan(servers.project, servers.apps(), ConsolidationLimits("VMware ESXi", keep=keep))
    assert {server.id for server in plan.servers} == set(keep)
    assert set(servers.names(plan.removed)) == {"host-1", "host-2"}


def test_that_new_hosts_of_a_model_take_the_place_of_all() -> None:
    servers = Servers(8)
    plan = consolidate.plan(servers.project, servers.apps(), ConsolidationLimits("KVM", model="IBM x3550 M3 X5675"))
    # 12 cores of 3067 MHz, of which KVM leaves 98%: 8000 MHz are far below 80% of it; 16 GiB take 7 VMs of 2 GiB.
    assert [len(server.apps) for server in plan.servers] == [6, 2]
    assert len(plan.removed) == 8
    consolidate.apply(servers.project, plan)
    hosts = servers.project.of_kind("host")
    assert {(h.__dict__["model"], h.__dict__["hypervisor"], h.parent) for h in hosts} == {
        ("IBM x3550 M3 X5675", "KVM", servers.ids["rack"])
    }
    assert len({host.name for host in hosts}) == 2


def test_that_applications_stay_in_their_zone_and_members_of_their_service() -> None:
    servers = Servers(0)
    servers.put("region", "region", "design")
    servers.put("shop", "service", "design", rate_rps=100.0, work_mhz_s=10.0)
    for number, zone in ((1, "zone-a"), (2, "zone-a"), (3, "zone-b"), (4, "zone-b")):
        if zone not in servers.ids:
            servers.put(zone, "zone", "region")
        servers.server(number, zone)
        edit.connect(servers.project, "member", servers.ids[f"app-{number}"], servers.ids["shop"])
    loads = servers.measured().loads
    assert all(load == pytest.approx(np.full(12, 250.0)) for load in loads.values())
    consolidate.apply(servers.project, consolidate.plan(servers.project, servers.apps(), ESXI, loads))
    hosts = servers.project.of_kind("host")
    assert sorted(servers.names(host.parent for host in hosts)) == ["zone-a", "zone-b"]
    assert sorted(servers.project.sources(servers.ids["shop"], "member")) == sorted(
        servers.ids[f"app-{n}"] for n in range(1, 5)
    )
    assert measure(build(servers.project, until_s=3600.0), [h.id for h in hosts]).mean_frac == pytest.approx(
        1000 / 7840
    )


def test_that_peaks_at_other_times_share_a_host() -> None:
    # Each asks for 2000 MHz half of the time and for nothing in the other: by their peaks one a host, together two.
    servers = Servers(2, demand="trace")
    servers.put("trace", "trace", "design", **pack(np.array([[100, 0], [0, 100]], np.uint8)), step_s=1800.0)
    for n, row in ((1, 0), (2, 1)):
        edit.change(servers.project, [servers.ids[f"app-{n}"]], {"trace": servers.ids["trace"], "trace_row": row})
    assert len(consolidate.plan(servers.project, servers.apps(), ESXI).servers) == 2
    loads = servers.measured().loads
    assert [load.max() for load in loads.values()] == [2000.0, 2000.0]
    assert len(consolidate.plan(servers.project, servers.apps(), ESXI, loads).servers) == 1


def test_that_only_what_is_selected_is_moved() -> None:
    servers = Servers()
    chosen = [servers.ids["app-2"], servers.ids["host-3"]]
    apps = consolidate.applications(servers.project, chosen)
    assert servers.names(apps) == ["app-2", "app-3"]
    consolidate.apply(servers.project, consolidate.plan(servers.project, apps, ESXI))
    assert servers.names(host.id for host in servers.project.of_kind("host"))[:1] == ["host-1"]
    assert len(servers.apps()) == 2


@pytest.mark.parametrize(
    ("wanted", "reason"),
    [
        (ConsolidationLimits("Bare metal"), "Choose a hypervisor"),
        (ConsolidationLimits("nothing"), "Choose a hypervisor"),
        (ConsolidationLimits("VMware ESXi", model="nothing"), "no host model"),
        (ConsolidationLimits("VMware ESXi", cpu_frac=0.2), "app-1 fits on no host: at its peak it asks for 1,000 MHz"),
    ],
)
def test_that_what_cannot_be_done_is_refused_with_the_reason(wanted: ConsolidationLimits, reason: str) -> None:
    servers = Servers(1)
    with pytest.raises(RuleError, match=reason):
        consolidate.plan(servers.project, servers.apps(), wanted)
    with pytest.raises(RuleError, match="no application on a bare-metal host"):
        consolidate.plan(servers.project, [], ESXI)


def test_that_a_meter_measures_in_a_process_of_its_own_as_here() -> None:
    servers = Servers(2)
    hosts = [host.id for host in servers.project.of_kind("host")]
    spec = build(snapshot(servers.project), until_s=3600.0)
    meter = Meter()
    try:
        assert meter.measure(spec, hosts) == measure(spec, hosts)
    finally:
        meter.close()
