"""VMs kept as columns are the records that they were."""

from __future__ import annotations

import pickle
from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest

from designer.engine import Application, Constant, Credits, DayCurve, Domain, Spec, Vm, simulate
from designer.engine.result.saving import spec_digest
from designer.engine.spec.fields import Fields
from designer.engine.spec.packed import Joined, PackedVms, mapped, values_of
from designer.errors import SpecError
from tests.engine.random_world import random_world

APPS = (Application(900, 1, 500.0, Constant(0.1), "app"),)
CHANGES: dict[str, Any] = {
    "id": 7, "place": 4, "vcpus": 8, "mhz": 1.5, "ram_mib": 0.25, "demand": DayCurve(0.3, 0.1, 9.0), "name": "other",
    "shares": 3.0, "recovery": "replace", "detect_s": 2.5, "boot_s": 3.5, "powered_on": False, "service": 5, "group": 6,
    "cut_off": "no way", "counted": False, "needs": ((1, 2), (3,)), "reach": 2, "offered": 3, "apps": APPS,
    "outward": True, "address": 8, "placement": 9, "partition": 4, "level": "high", "reservation_mhz": 20.0,
    "limit_mhz": 2000.0, "pool": 11, "credits": Credits(6.0, 144.0), "prefer_ht": True, "thread_frac": 0.625,
    "active": Constant(0.75), "ram_floor_mib": 64.0, "ram_shares": 500.0,
    "ram_buffer_frac": 0.5, "oom_adjust": -300.0, "dirty_mib_s": 40.0, "hot_mib": 512.0,
    "keeps_backlog": True,
}  # fmt: skip
VM = Vm(1, 2, 3, 2500.0, 1024.0, Constant(0.5), "vm")


def test_that_every_field_is_tried() -> None:
    assert set(CHANGES) == {field.name for field in fields(Vm)}


@pytest.mark.parametrize("name", CHANGES)
@pytest.mark.parametrize("at", [0, 1, 1500, 2099])
def test_that_one_vm_that_differs_in_a_field_is_read_back(name: str, at: int) -> None:
    other = replace(VM, **{name: CHANGES[name]})
    packed = PackedVms(other if n == at else VM for n in range(2100))
    assert len(packed) == 2100
    assert [n for n, vm in enumerate(packed) if vm != VM] == [at]
    assert repr(packed[at]) == repr(other)
    assert list(values_of(packed, name)).count(CHANGES[name]) == 1


def test_that_they_are_a_sequence_as_a_list_is() -> None:
    vms = list(random_world(5).vms)
    packed = PackedVms(vms)
    assert packed == vms
    assert packed != vms[:-1]
    assert packed != [*vms[:-1], VM]
    assert (packed[-1], packed[1:4], packed[::-2]) == (vms[-1], vms[1:4], vms[::-2])
    assert list(reversed(packed)) == vms[::-1]
    with pytest.raises(IndexError):
        packed[len(vms)]
    assert not PackedVms()
    assert list(PackedVms()) == list(values_of(PackedVms(), "id")) == []


def test_that_what_is_added_after_a_look_is_there_too() -> None:
    packed = PackedVms([VM])
    assert list(packed) == [VM]
    packed.append(replace(VM, id=2))
    assert [vm.id for vm in packed] == list(values_of(packed, "id")) == [1, 2]


def test_that_others_follow_without_a_copy() -> None:
    packed, other = PackedVms([VM, replace(VM, id=2)]), replace(VM, id=3, name="")
    both = Joined(packed, [other])
    assert [vm.id for vm in both] == [both[n].id for n in range(3)] == list(values_of(both, "id")) == [1, 2, 3]
    assert (both[-1], both[-2].id, both[1:], len(both)) == (other, 2, [packed[1], other], 3)


def test_that_a_function_is_asked_once_of_a_field_with_one_value() -> None:
    asked: list[str] = []

    def length(name: str) -> int:
        asked.append(name)
        return len(name)

    alike, others = PackedVms([VM] * 3), PackedVms([VM, replace(VM, name="another")])
    for vms in (alike, Joined(alike, [])):
        asked.clear()
        assert mapped(values_of(vms, "name"), length, np.int64, len(vms)).tolist() == [len(VM.name)] * 3
        assert asked == [VM.name]
    for vms in (others, Joined(others, []), Joined([VM], [others[1]])):
        assert mapped(values_of(vms, "name"), length, np.int64, len(vms)).tolist() == [len(VM.name), 7]
    assert mapped(values_of(PackedVms(), "name"), length, np.int64, 0).tolist() == []


def test_that_arrays_of_fields_are_those_of_records() -> None:
    vms = [*random_world(8).vms, *random_world(9).vms]
    one, other = Fields(vms), Fields(PackedVms(vms))
    for name in ("apps", "needs", "cut_off", "recovery"):
        assert one.given(name).tolist() == other.given(name).tolist()
    assert one.demands.of.tolist() == other.demands.of.tolist()


@pytest.mark.parametrize("seed", range(8))
def test_that_a_run_of_packed_vms_is_the_run(seed: int) -> None:
    spec = random_world(seed)
    packed: Spec = pickle.loads(pickle.dumps(replace(spec, vms=PackedVms(spec.vms))))
    assert spec_digest(packed) == spec_digest(spec)
    assert simulate(packed).digest() == simulate(spec).digest()


def test_that_wrong_packed_vms_are_refused_by_name() -> None:
    zone, vms = [Domain(2, 0, "zone", "zone")], [VM, replace(VM, id=3, name="wrong", boot_s=-1.0)]
    with pytest.raises(SpecError, match="VM wrong: boot_s must be at least 0"):
        simulate(Spec(zone, vms=PackedVms(vms)))
