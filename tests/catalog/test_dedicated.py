"""Dedicated hosts: as many instances of a size as the catalog says, of their family only, mixed while they fit."""

from __future__ import annotations

import math

import pytest

from designer.catalog import KINDS
from designer.catalog.presets.shipped import DEDICATED
from designer.catalog.reference.ec2 import ec2
from designer.catalog.rules.dedicated import dedicated_host, fits, need_of
from designer.commands import edit, instance_types
from designer.engine import simulate
from designer.errors import RuleError
from designer.model.element import ROOT_ID, make
from designer.model.project import Project
from designer.study.build import build


@pytest.fixture
def m5(project: Project) -> int:
    """A host filled from the family m5."""
    host = edit.place(project, "host", ROOT_ID)
    assert instance_types.choose_dedicated_host(project, [host], "m5") == "host-1 is now m5 dedicated host."
    return host


def fill(project: Project, host: int, name: str, count: int) -> list[int]:
    """VMs of a type on a host."""
    fields = {"instance_type": name, "vcpus": ec2().types[name].vcpus, "ram_mib": ec2().types[name].mem_mib}
    return [edit.place(project, "vm", host, **fields) for _ in range(count)]


def test_that_what_a_dedicated_host_draws_is_not_known_whatever_its_fields_say(project: Project, m5: int) -> None:
    edit.change(project, [m5], {"idle_w": 300.0, "power_points_w": "100,200"})
    own = edit.place(project, "host", ROOT_ID, idle_w=100.0, full_w=100.0, power_points_w="")
    (vm,) = fill(project, m5, "m5.large", 1)
    edit.change(project, [ROOT_ID], {"energy_split": "vcpus"})
    result = simulate(build(project, until_s=3600.0))
    watts = dict(zip(result.ids.tolist(), result.energy_wh.tolist()))
    assert math.isnan(watts[m5]) and watts[own] == pytest.approx(100.0)
    assert result.total_energy_wh == pytest.approx(100.0)
    assert [math.isnan(energy) for i, energy in zip(result.vm_ids, result.power.vm_energy_wh) if i == vm] == [True]


def test_that_a_family_fills_cores_threads_memory_and_the_rule_of_sharing(project: Project, m5: int) -> None:
    fields = project.elements[m5].__dict__
    filled = {name: fields[name] for name in ("model", "cores", "threads_per_core", "ram_mib", "sharing")}
    assert filled == {
        "model": "m5 dedicated host", "cores": 48, "threads_per_core": 2, "ram_mib": 384 * 1024.0,
        "sharing": "reserved",
    }  # fmt: skip


def test_that_an_m5_host_takes_48_large_and_refuses_the_49th_while_hovering_and_by_command(
    project: Project, m5: int
) -> None:
    fill(project, m5, "m5.large", 48)
    sentence = "host-1 is a dedicated host for m5: it takes 48 m5.large, and all are taken"
    waiting = edit.place(project, "vm", edit.place_through(project, "zone", ROOT_ID), instance_type="m5.large")
    assert edit.why_not_move(project, [waiting], m5) == sentence
    with pytest.raises(RuleError) as refused:
        edit.move(project, [waiting], (0.0, 0.0), m5)
    assert str(refused.value) == f"{project.elements[waiting].name} cannot be moved here: {sentence}."
    with pytest.raises(RuleError, match=sentence):
        fill(project, m5, "m5.large", 1)
    assert len(project.children(m5)) == 48


def test_that_48_large_run_on_it(project: Project, m5: int) -> None:
    fill(project, m5, "m5.large", 48)
    edit.change(project, [ROOT_ID], {"until_h": 0.1})
    result = simulate(build(project))
    assert [entry.what for entry in result.log if entry.what == "refused"] == []


def test_that_every_family_takes_of_every_size_what_the_catalog_says_and_not_one_more() -> None:
    asked = 0
    for family, host in ec2().dedicated_hosts.items():
        for size, count in host.capacity.items():
            need = need_of(host, make(KINDS["vm"].table, {"instance_type": f"{family}.{size}"}))
            assert need is not None, (family, size)
            assert fits(host, [need] * count), (family, size)
            assert not fits(host, [need] * (count + 1)), (family, size)
            asked += 1
    assert (len(ec2().dedicated_hosts), asked) == (126, 1102)


def test_that_every_family_fills_a_host(project: Project) -> None:
    host = edit.place(project, "host", ROOT_ID)
    for family in ec2().dedicated_hosts:
        instance_types.choose_dedicated_host(project, [host], family)
        found = dedicated_host(project.elements[host])
        assert found is not None and found.family == family
        assert project.elements[host].__dict__["cores"] == found.cores


def test_that_other_families_and_sizes_are_refused(project: Project, m5: int) -> None:
    for name in ("c5.large", "m5d.large", "t3.large"):
        reason = project.why_not("vm", m5, make(KINDS["vm"].table, {"instance_type": name}))
        assert reason == f"host-1 is a dedicated host for m5 and takes no {name}"


def test_that_mixed_sizes_fit_while_the_sockets_have_room(project: Project, m5: int) -> None:
    fill(project, m5, "m5.8xlarge", 2)  # 16 of the 24 cores of each socket
    fill(project, m5, "m5.4xlarge", 1)
    with pytest.raises(RuleError, match=r"8 of its 48 cores are free on 2 sockets, and m5\.8xlarge needs 16"):
        fill(project, m5, "m5.8xlarge", 1)
    fill(project, m5, "m5.4xlarge", 1)
    with pytest.raises(RuleError, match="0 of its 48 cores are free"):
        fill(project, m5, "m5.large", 1)


def test_that_a_vm_without_a_type_counts_by_its_vcpus(project: Project, m5: int) -> None:
    for _ in range(48):
        edit.place(project, "vm", m5)
    with pytest.raises(RuleError, match="0 of its 48 cores are free on 2 sockets, and a VM of 2 vCPUs needs 1"):
        edit.place(project, "vm", m5)


def test_that_a_type_too_large_for_the_rest_of_the_host_is_refused_to_a_vm_on_it(project: Project, m5: int) -> None:
    vms = fill(project, m5, "m5.large", 48)
    steps = len(project.history.steps)
    with pytest.raises(RuleError, match="needs 2"):
        instance_types.choose_type(project, vms[:1], "m5.xlarge")
    assert len(project.history.steps) == steps
    instance_types.choose_type(project, vms[:1], "m5.large")
    edit.delete(project, vms[:1])
    instance_types.choose_type(project, [vms[1]], "m5.xlarge")


def test_that_a_host_becomes_no_dedicated_host_for_what_it_does_not_take(project: Project) -> None:
    host = edit.place(project, "host", ROOT_ID)
    fill(project, host, "c5.large", 2)
    with pytest.raises(RuleError, match=r": host-1 is a dedicated host for m5 and takes no c5\.large"):
        instance_types.choose_dedicated_host(project, [host], "m5")
    assert project.elements[host].__dict__["model"] == ""
    instance_types.choose_dedicated_host(project, [host], "c5")


def test_that_only_hosts_and_only_known_families_are_taken(project: Project, m5: int) -> None:
    with pytest.raises(RuleError, match="Select one or more hosts first"):
        instance_types.choose_dedicated_host(project, [ROOT_ID], "m5")
    with pytest.raises(RuleError, match="There is no dedicated host for “m9”"):
        instance_types.choose_dedicated_host(project, [m5], "m9")
    assert dedicated_host(make(KINDS["host"].table, {"model": f"m9{DEDICATED}"})) is None
    assert dedicated_host(make(KINDS["host"].table, {"model": "HP ML110 G4"})) is None
