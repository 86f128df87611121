"""Room in a design: addresses of subnets and offers of instance types reach the run as they are drawn."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from designer.catalog import KINDS, LINKS
from designer.catalog.rules.capacity import load_of
from designer.commands import edit
from designer.commands.many import plan
from designer.engine import simulate
from designer.engine.tables.tabulate import tabulate
from designer.errors import RuleError
from designer.model.project import Project
from designer.study.build import build
from tests.old_files import hold


def told(project: Project) -> list[tuple[str, str]]:
    return [(e.what, e.detail) for e in simulate(build(project, until_s=600.0)).log]


def test_that_a_template_takes_no_address_and_a_nat_gateway_does(project: Project) -> None:
    zone = edit.place(project, "zone", edit.place(project, "region"))
    net = edit.place(project, "subnet", zone, cidr="10.0.0.0/29")  # 3 addresses
    edit.place(project, "vm", net, template=True)
    edit.place(project, "nat_gateway", net)
    for _ in range(2):
        edit.place(project, "vm", net)
    assert (project.why_not("vm", net) or "").endswith("has 3 addresses and all are taken")
    assert told(project) == []
    with pytest.raises(RuleError, match="has 0 addresses and all are taken"):
        edit.change(project, [net], {"cidr": "10.0.0.0/30"})
    hold(project, net, cidr="10.0.0.0/30")  # none is left
    assert [what for what, _ in told(project)] == ["refused", "refused"]


def test_that_a_group_launches_its_type_only_in_zones_that_offer_it(project: Project) -> None:
    region = edit.place(project, "region", code="us-east-1", provider="aws")
    zones = [edit.place(project, "zone", region, zone_id=zone_id) for zone_id in ("use1-az6", "use1-az3")]
    nets = [edit.place(project, "subnet", zone, name=f"net-{n}") for n, zone in enumerate(zones)]
    group = edit.place(project, "auto_scaling_group", region, min_count=0, desired_count=4, max_count=4)
    template = edit.place(project, "vm", nets[0], template=True)
    edit.apply_preset(project, [template], "m7g.large")
    edit.connect(project, "template", group, template)
    for net in nets:
        edit.connect(project, "spans", group, net)
    run = simulate(build(project, until_s=600.0))
    assert {e.place for e in run.log if e.what == "launched"} == {nets[0]}


@given(st.integers(0, 10_000))
def test_that_records_arrays_and_kernels_of_capacity_agree(seed: int) -> None:
    rng = np.random.default_rng(seed)
    fields = {
        "cores": int(rng.integers(1, 64)),
        "threads_per_core": int(rng.integers(1, 3)),
        "ram_mib": float(rng.integers(1000, 100_000)),
        "hypervisor_ram_mib": float(rng.integers(0, 500)),
        "hypervisor_ram_frac": float(rng.random() / 4),
        "vm_ram_base_mib": float(rng.integers(0, 100)),
        "vm_ram_per_vcpu_mib": float(rng.integers(0, 50)),
        "vm_ram_frac": float(rng.random() / 4),
        "sharing": str(rng.choice(["reserved", "max_min"])),
    }
    project = Project(KINDS, LINKS)
    host = edit.place(project, "host", **fields)
    vms = [
        edit.place(project, "vm", host, vcpus=int(rng.integers(1, 9)), ram_mib=float(rng.integers(1, 9000)))
        for _ in range(int(rng.integers(0, 9)))
    ]
    load = load_of(project, project.elements[host])
    tables = tabulate(build(project))
    rows = np.arange(len(vms))
    memory = float(tables.taken_mib(rows, np.zeros_like(rows)).sum())
    assert load.ram_mib == pytest.approx(memory, rel=1e-12)
    assert load.vcpus == tables.vcpus.sum()
    assert load.free_mib == pytest.approx(tables.limits.ram_mib[0] - memory)
    fits = memory <= tables.limits.ram_mib[0] and tables.vcpus.sum() <= tables.limits.vcpus[0]
    assert fits == ("refused" not in [e.what for e in simulate(build(project, until_s=60.0)).log])


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"overcommit": 0.0}, "12 GiB of 16 GiB, 6 vCPUs, 1.5 a core"),
        ({"overcommit": 4.0}, "12 GiB of 16 GiB, 6 of 16 vCPUs, 1.5 a core"),
        ({"sharing": "reserved", "threads_per_core": 2}, "12 GiB of 16 GiB, 6 of 8 vCPUs, 0.75 a thread"),
    ],
)
def test_that_a_host_says_how_far_it_is_overcommitted_also_where_no_limit_is_asked(
    project: Project, fields: dict[str, object], text: str
) -> None:
    host = edit.place(project, "host", cores=4, ram_mib=16384.0, **fields)
    for _ in range(2):
        edit.place(project, "vm", host, vcpus=3, ram_mib=6144.0)
    assert load_of(project, project.elements[host]).text == text


def test_that_a_vm_that_reserves_more_than_its_limit_is_refused(project: Project) -> None:
    zone = edit.place(project, "zone", edit.place(project, "region"))
    vm = edit.place(project, "vm", zone, cpu_limit_mhz=1000.0)
    with pytest.raises(RuleError, match="it reserves 1,001 MHz, more than its limit of 1,000 MHz allows"):
        edit.change(project, [vm], {"cpu_reservation_mhz": 1001.0})
    edit.change(project, [vm], {"cpu_reservation_mhz": 1000.0})


def test_that_many_vms_are_placed_as_far_as_their_reservations_are_kept(project: Project) -> None:
    zone = edit.place(project, "zone", edit.place(project, "region"))
    host = edit.place(project, "host", zone, name="h", cores=4, mhz=1000.0)
    planned = plan(project, "vm", [host], 5, fields={"ram_mib": 64.0, "cpu_reservation_mhz": 1500.0})
    assert [(share.given, share.reason) for share in planned.shares] == [
        (2, "h then has 1,000 MHz left to reserve; a VM reserves 1,500")
    ]
