"""The eight hypervisors in a design: their figures are those of the sources, act in a run and while placing, can be
changed and set back.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from designer.catalog.presets.shipped import preset_of, presets
from designer.commands import edit
from designer.commands.presets import reset
from designer.engine import Result, TimedEvent, simulate
from designer.model.project import Project
from designer.study.build import build

# cpu: part of the CPU; host: MiB and part of the host's memory; vm: MiB, MiB a vCPU, part of the VM's memory; sharing.
FACTS = {
    "AWS Nitro": (0.01, (0.0, 0.0), (0.0, 0.0, 0.0), "reserved"),  # Gregg 2017: 0.1 to 1.5%, no dom0
    "Xen": (0.05, (1024.0, 0.01), (1.0, 1.0, 8 / 1024), "weighted_max_min"),  # credit scheduler; libxl constant
    "VMware ESXi": (0.02, (2916.0, 0.01), (14.7, 4.0, 0.0074), "weighted_max_min"),  # vSphere 6.7, table 6-1, fitted
    "Microsoft Hyper-V": (0.05, (2048.0 + 300.0, 0.0), (32.0 - 8.0, 0.0, 8 / 1024), "weighted_max_min"),
    "KVM": (0.02, (512.0, 0.0), (240.0 + 8.0 + 32.0, 8.0, 1 / 512), "weighted_max_min"),  # KubeVirt, nova
    "Oracle VirtualBox": (0.08, (3072.0, 0.0), (64.0, 0.0, 0.02), "max_min"),  # on a host OS
    "VMware Workstation": (0.06, (3072.0, 0.0), (14.7, 4.0, 0.0074), "max_min"),  # on a host OS
    "Bare metal": (0.0, (0.0, 0.0), (0.0, 0.0, 0.0), "max_min"),  # by definition
}
TAKES_VMS = [name for name in FACTS if name != "Bare metal"]
FIELDS = ("hypervisor_ram_mib", "hypervisor_ram_frac", "vm_ram_base_mib", "vm_ram_per_vcpu_mib", "vm_ram_frac")
RAM_MIB, VM_MIB, VCPUS = 65_536.0, 8192.0, 2


def placed(project: Project, name: str, vms: int, **fields: Any) -> tuple[int, list[int]]:
    """A zone with a host of 64 GiB and 8 cores of 1000 MHz under a hypervisor, VMs of 8 GiB and 2 vCPUs on it."""
    zone = edit.place(project, "zone", edit.place(project, "region"), name="zone")
    given = {"cores": 8, "mhz": 1000.0, "ram_mib": RAM_MIB, "overcommit": 4.0}
    host = edit.place(project, "host", zone, name="host", **given)
    edit.apply_preset(project, [host], name, "hypervisor")
    made = {"vcpus": VCPUS, "mhz": 1000.0, "ram_mib": VM_MIB, "load_frac": 1.0, "recovery": "same_zone", **fields}
    return host, [edit.place(project, "vm", host, **made) for _ in range(vms)]


def run(project: Project, *failed: int) -> Result:
    events = [TimedEvent(600.0, "fail", i) for i in failed]
    return simulate(build(project, until_s=1800.0, events=events))


def test_that_all_eight_are_here() -> None:
    assert list(FACTS) == list(presets("host", "hypervisor"))


@pytest.mark.parametrize("name", FACTS)
def test_that_a_host_takes_the_figures_of_the_sources(project: Project, name: str) -> None:
    cpu, of_host, of_vm, sharing = FACTS[name]
    host, _ = placed(project, name, 0)
    fields = project.elements[host].__dict__
    assert 1 - (1 - fields["cpu_overhead_frac"]) * (1 - fields["host_os_cpu_frac"]) == pytest.approx(cpu)
    assert [fields[field] for field in FIELDS] == pytest.approx([*of_host, *of_vm])
    assert fields["sharing"] == sharing


@pytest.mark.parametrize("name", TAKES_VMS)
def test_that_its_overhead_of_cpu_is_missing_to_vms_that_ask_for_all(project: Project, name: str) -> None:
    cpu = FACTS[name][0]
    host, _ = placed(project, name, 4, ram_mib=512.0)
    result = run(project)
    # Four VMs of 2 vCPUs ask for the 8 cores: what the hypervisor takes is what they do not get.
    assert result.vms.mean_mhz.tolist() == pytest.approx([2000.0 * (1 - cpu)] * 4)
    asked = 1 / (1 - cpu)  # of what the hypervisor leaves, also where it is reserved
    assert result.heat[:, result.ids.tolist().index(host)].tolist() == pytest.approx([asked] * 6)


@pytest.mark.parametrize("name", TAKES_VMS)
def test_that_its_memory_is_not_for_vms_and_the_first_that_does_not_fit_is_refused(project: Project, name: str) -> None:
    _, (base, part), (of_vm, of_vcpu, of_ram), sharing = FACTS[name]
    room = RAM_MIB - base - part * RAM_MIB
    needed = VM_MIB * (1 + of_ram) + of_vm + VCPUS * of_vcpu
    fit = min(int(room / needed + 1e-9), 4 if sharing == "reserved" else 8)
    _, vms = placed(project, name, 8)
    edit.change(project, vms, {"ram_guaranteed_mib": VM_MIB})  # else ESXi takes them all
    refused = [e for e in run(project).log if e.what == "refused"]
    assert len(refused) == 8 - fit
    if refused and sharing != "reserved":
        left = f"{room - fit * needed:,.0f} of {room:,.0f} MiB left; it needs {needed:,.0f}"
        assert {e.detail for e in refused} == {f"host has {left}"}


IO_CORES = {
    "AWS Nitro": (0.0, "B"), "Xen": (0.1, "C"), "VMware ESXi": (0.05, "C"), "Microsoft Hyper-V": (0.08, "C"),
    "KVM": (0.08, "C"), "Oracle VirtualBox": (0.25, "C"), "VMware Workstation": (0.2, "C"), "Bare metal": (0.0, "A"),
}  # fmt: skip
"""Part of a core for 10 Gbit/s or 100,000 operations a second, and how sure it is; only Nitro's is read at a source."""


def test_that_the_io_overhead_of_each_is_graded(project: Project) -> None:
    found = {}
    for name in IO_CORES:
        element = project.elements[placed(project, name, 0)[0]]
        preset = preset_of(element, "io_core_frac")
        assert preset is not None
        found[name] = (element.__dict__["io_core_frac"], preset.origin("io_core_frac")[1])
    assert found == IO_CORES


@pytest.mark.parametrize("name", TAKES_VMS)
def test_that_what_it_takes_for_the_network_is_missing_to_vms_that_ask_for_all(project: Project, name: str) -> None:
    _, (vm, *_) = placed(project, name, 4, ram_mib=512.0)
    before = run(project).vms.mean_mhz.sum()
    edit.change(project, [vm], {"net_mbps": 10_000.0, "io_pattern": "constant"})
    assert before - run(project).vms.mean_mhz.sum() == pytest.approx(1000.0 * IO_CORES[name][0])


def test_that_a_restart_goes_where_memory_is_left_beside_that_of_the_hypervisor(project: Project) -> None:
    host, (vm,) = placed(project, "KVM", 1)
    zone = project.elements[host].parent
    small = edit.place(project, "host", zone, cores=8, mhz=1000.0, ram_mib=VM_MIB + 600.0, name="small")
    edit.apply_preset(project, [small], "KVM", "hypervisor")
    assert [e.detail for e in run(project, host).log if e.id == vm][-1] == "no host in zone has enough free memory"
    edit.change(project, [small], {"ram_mib": VM_MIB + 512 + 280 + 2 * 8 + VM_MIB / 512 + 1})
    assert [e.what for e in run(project, host).log if e.id == vm][-1] == "running"


@pytest.mark.parametrize("name", TAKES_VMS)
def test_that_each_figure_has_a_source_can_be_changed_acts_and_is_set_back(project: Project, name: str) -> None:
    host, _ = placed(project, name, 4, ram_mib=512.0)
    element = project.elements[host]
    for field in ("cpu_overhead_frac", "host_os_cpu_frac", *FIELDS):
        preset = preset_of(element, field)
        assert preset is not None and preset.name == name
        source, confidence = preset.origin(field)
        assert len(source) > 10 and confidence in "ABC"
    before = np.array(run(project).vms.mean_mhz)
    edit.change(project, [host], {"cpu_overhead_frac": 0.5})
    assert (run(project).vms.mean_mhz < before * 0.6).all()
    reset(project, [host], [])
    assert (run(project).vms.mean_mhz == before).all()
    assert project.undo() == "Reset to preset"
    assert element.__dict__["cpu_overhead_frac"] == 0.5
