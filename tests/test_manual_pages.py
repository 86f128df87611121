"""The pages of the manual that compare hypervisors: what they show follows from the rules, and is what a run gives."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from designer.catalog.presets.shipped import presets


@pytest.fixture(scope="module")
def hosts() -> Iterator[Any]:
    folder = str(Path(__file__).parent.parent / "packaging")
    sys.path.insert(0, folder)
    import hosts_compared

    yield hosts_compared
    sys.path.remove(folder)


def test_that_a_full_host_gives_its_vms_what_its_hypervisor_leaves(hosts: Any) -> None:
    rows = {row.name: row for row in hosts.uncontended()}
    shipped = presets("host", "hypervisor")
    assert next(iter(rows)) == "Bare metal"
    assert rows.keys() == shipped.keys()
    for name, row in rows.items():
        fields = shipped[name].fields
        left = (1.0 - fields["cpu_overhead_frac"]) * (1.0 - fields["host_os_cpu_frac"])
        assert row.part == pytest.approx(left), name
        used = 10.0 * fields["io_core_frac"] / (16 if fields["sharing"] == "reserved" else 16 * 1.25)
        assert row.busy_part == pytest.approx(left - used, abs=1e-3), name
        assert row.confidence in "ABC"
        assert row.source
    assert {name for name, row in rows.items() if row.confidence == "C"} == {"Oracle VirtualBox", "VMware Workstation"}


def test_that_what_becomes_of_a_crowd_adds_up_and_follows_the_rules(hosts: Any) -> None:
    rows = {row.name: row for row in hosts.overcommitted()}
    for name, row in rows.items():
        assert sum(row.cpu.values()) == pytest.approx(1.0, abs=1e-6), name
        assert sum(row.memory.values()) == pytest.approx(1.0, abs=1e-6), name
    assert rows["AWS Nitro"].running == 32 // 4  # a thread each
    assert rows["AWS Nitro"].cpu["steal"] == 0.0
    assert rows["VMware ESXi"].running == 24  # nothing is reserved
    assert rows["VMware ESXi"].memory["ballooned"] > 0.3
    assert {name for name, row in rows.items() if row.running == 15} == set(rows) - {"AWS Nitro", "VMware ESXi"}
    assert rows["KVM"].memory["shared"] > 0.0
    served = {name: row.cpu["served"] for name, row in rows.items() if row.sharing != "reserved"}
    most = 16 * 2500.0 * 1.25 / (24 * 4 * 2500.0 * 0.6)
    left = {name: 1.0 - presets("host", "hypervisor")[name].fields["cpu_overhead_frac"] for name in served}
    assert served == pytest.approx({name: most * part for name, part in left.items()}, rel=1e-4)


def test_that_the_measured_pairs_are_of_one_family_with_a_score_each(hosts: Any) -> None:
    source, pairs = hosts.coremark()
    assert "MIT" in source
    assert len(pairs) == 89
    for virtual, metal, own, whole in pairs:
        assert virtual.split(".")[0] == metal.split(".")[0]
        assert metal.split(".")[1].startswith("metal")
        assert own > 0
        assert whole > 0
