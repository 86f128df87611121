"""What a hypervisor takes: small hosts, by hand. CPU of the capacity, memory of the host and for each VM."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from designer.engine import Constant, Domain, Host, Result, Spec, TimedEvent, Vm, simulate
from designer.errors import SpecError

ZONE, FIRST, SECOND = 1, 11, 12


def host(host_id: int = FIRST, **more: Any) -> Host:
    given = {"overcommit": 8.0, "power_w": (100.0, 200.0), **more}
    return Host(host_id, ZONE, 2, 1000.0, 8192.0, name=f"host-{host_id}", **given)


def vm(vm_id: int, load: float = 1.0, **more: Any) -> Vm:
    return Vm(vm_id, FIRST, more.pop("vcpus", 2), 1000.0, more.pop("ram_mib", 1024.0), Constant(load), **more)


def run(hosts: tuple[Host, ...], vms: tuple[Vm, ...], events: tuple[TimedEvent, ...] = ()) -> Result:
    domains = (Domain(ZONE, 0, "zone", "zone"),)
    return simulate(Spec(domains=domains, hosts=hosts, vms=vms, events=events, until_s=3600.0, sample_s=3600.0))


def told(result: Result) -> list[tuple[str, int, str]]:
    return [(entry.what, entry.id, entry.detail) for entry in result.log]


@pytest.mark.parametrize("sharing", ["proportional", "max_min", "weighted_max_min"])
def test_that_the_overhead_is_taken_of_the_capacity(sharing: Any) -> None:
    result = run((host(sharing=sharing, cpu_overhead_frac=0.25),), (vm(20), vm(21)))
    # 2 cores x 1000 MHz less a quarter are 1500 MHz; two VMs ask for 2000 each.
    assert result.vms.mean_mhz.tolist() == pytest.approx([750.0, 750.0])
    assert result.used[0, 0] == pytest.approx(1.0)
    assert result.heat[0, 0] == pytest.approx(4000 / 1500)
    # Alone each would get 1500 of its 2000 MHz: 500 are overhead; it loses the other 750 to its neighbor.
    assert result.vms.overhead.tolist() == pytest.approx([500 / 2000] * 2)
    assert result.vms.steal.tolist() == pytest.approx([750 / 2000] * 2)
    assert result.total_energy_wh == pytest.approx(200.0)  # full of work, that of the hypervisor included


def test_that_a_vcpu_of_a_host_that_is_not_full_has_its_whole_thread() -> None:
    result = run((host(cpu_overhead_frac=0.25),), (vm(20, vcpus=1),))
    assert result.vms.mean_mhz.tolist() == pytest.approx([1000.0])
    assert result.used[0, 0] == pytest.approx(1000 / 1500)


def test_that_under_reserved_every_thread_loses_its_part_and_nothing_is_contended() -> None:
    result = run((host(sharing="reserved", cpu_overhead_frac=0.25),), (vm(20),))
    assert result.vms.mean_mhz.tolist() == pytest.approx([1500.0])
    assert result.used[0, 0] == pytest.approx(1.0)
    assert result.vms.steal.tolist() == [0.0]


def test_that_what_the_hypervisor_keeps_is_not_for_vms() -> None:
    four = tuple(vm(20 + n, ram_mib=2048.0) for n in range(4))
    assert told(run((host(),), four)) == []
    assert told(run((host(ram_reserved_mib=1.0),), four)) == [
        ("refused", 23, "host-11 has 2,047 of 8,191 MiB left; it needs 2,048")
    ]
    assert [what for what, *_ in told(run((host(ram_reserved_mib=9000.0),), four))] == ["refused"] * 4


def test_that_each_vm_takes_memory_beside_its_own() -> None:
    # 2048 + 100 + 2 x 50 + 0.1 x 2048 = 2452.8 MiB each: three fit into 8192, 833.6 are left.
    kept = {"vm_ram_base_mib": 100.0, "vm_ram_per_vcpu_mib": 50.0, "vm_ram_frac": 0.1}
    four = tuple(vm(20 + n, ram_mib=2048.0) for n in range(4))
    assert told(run((host(**kept),), four)) == [("refused", 23, "host-11 has 834 of 8,192 MiB left; it needs 2,453")]


@pytest.mark.parametrize(
    ("name", "most"),
    [
        ("ram_reserved_mib", 4096.0),
        ("vm_ram_base_mib", 2048.0),
        ("vm_ram_per_vcpu_mib", 1024.0),
        ("vm_ram_frac", 1.0),
    ],
)
def test_that_a_restart_counts_the_memory_of_the_hypervisor_of_the_host_it_goes_to(name: str, most: float) -> None:
    # 3072 and 1024 MiB, two vCPUs each, fill half of the second host: so much is left for its hypervisor.
    vms = (vm(20, ram_mib=3072.0, recovery="same_zone"), replace(vm(21, ram_mib=1024.0), place=SECOND))
    events = (TimedEvent(60.0, "fail", FIRST),)
    fits = run((host(), host(SECOND, **{name: most})), vms, events)
    assert [what for what, *_ in told(fits)] == ["failed", "down", "detected", "restarting", "running"]
    full = run((host(), host(SECOND, **{name: most * 1.001})), vms, events)
    assert told(full)[-1] == ("waiting", 20, "no host in zone has enough free memory")


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"cpu_overhead_frac": 1.0}, "its hypervisor cannot take 1 of the CPU"),
        ({"cpu_overhead_frac": -0.1}, "cpu_overhead_frac must be at least 0"),
        ({"ram_reserved_mib": float("nan")}, "ram_reserved_mib must be at least 0"),
        ({"vm_ram_frac": float("inf")}, "vm_ram_frac must be at least 0"),
        ({"vm_ram_base_mib": -1.0}, "vm_ram_base_mib must be at least 0"),
        ({"vm_ram_per_vcpu_mib": -1.0}, "vm_ram_per_vcpu_mib must be at least 0"),
    ],
)
def test_that_figures_without_meaning_are_refused(wrong: dict[str, float], said: str) -> None:
    with pytest.raises(SpecError, match=f"Host host-11: {said}"):
        run((host(**wrong),), ())
