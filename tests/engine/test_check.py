"""Inputs without meaning are refused with a sentence that says what and where."""

from __future__ import annotations

import math
import pickle
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from designer.engine import (
    Application,
    Balancing,
    Cluster,
    Constant,
    DayCurve,
    Domain,
    Group,
    Host,
    Migration,
    Recorded,
    Service,
    Spec,
    TimedEvent,
    Trace,
    Vm,
    simulate,
)
from designer.errors import SpecError

HOST = Host(1, 0, 4, 1000.0, 4096.0, name="h1")
VM = Vm(2, 1, 2, 1000.0, 1024.0, Constant(0.5), "v1")
ZONE = Domain(3, 0, "zone", "z1")
TRACE = Trace(4, 300.0, np.array([[1, 2]], np.uint8))
GOOD = Spec(domains=[ZONE], hosts=[HOST], vms=[VM], traces=[TRACE], until_s=600.0)
GROUP = Group(5, 1, 1, 2, (3,), replace(VM, id=6, place=3), "g1")
SERVICE = Service(7, Constant(1.0), 10.0, "s1")


def one(field: str, row: Any, **changed: Any) -> Spec:
    return replace(GOOD, **{field: [replace(row, **changed)]})


BAD = {
    "no time": (replace(GOOD, until_s=0.0), "length"),
    "endless": (replace(GOOD, until_s=math.inf), "length"),
    "no step": (replace(GOOD, sample_s=math.nan), "recording step"),
    "too many steps": (replace(GOOD, until_s=1e9, sample_s=1e-3), "too many to keep"),
    "a seed that is none": (replace(GOOD, seed=-1), "seed"),
    "another version": (replace(GOOD, version=99), "version 99"),
    "the same id twice": (one("vms", VM, id=1), "id 1"),
    "an id that is none": (one("vms", VM, id=0), "0 is not an id"),
    "a place that is not there": (one("vms", VM, place=77), "v1"),
    "a place that is no number": (one("vms", VM, place=math.nan), "v1 stands on nan"),
    "a place that is no id": (one("vms", VM, place=2**64), "v1 stands on 18446744073709551616"),
    "a parent that is not there": (one("hosts", HOST, parent=77), "h1"),
    "a circle": (replace(GOOD, domains=[Domain(3, 8, "zone"), Domain(8, 3, "zone")]), "stands in itself"),
    "negative cores": (one("hosts", HOST, cores=-1), "h1"),
    "NaN MHz": (one("hosts", HOST, mhz=math.nan), "h1"),
    "one point of power": (one("hosts", HOST, power_w=(1.0,)), "h1"),
    "negative power": (one("hosts", HOST, power_w=(1.0, -1.0)), "h1"),
    "no vCPU": (one("vms", VM, vcpus=0), "v1"),
    "a memory rule that is none": (one("hosts", HOST, memory="other"), "h1: “other” is no rule for memory"),
    "no memory overcommit": (
        one("hosts", HOST, ram_overcommit=0.0),
        "h1: its memory overcommit must be above 0",
    ),
    "endless overcommit": (one("hosts", HOST, ram_overcommit=math.inf), "h1: its memory overcommit"),
    "swap below 0": (one("hosts", HOST, swap_mib=-1.0), "h1: its swap must be at least 0 MiB, not -1"),
    "all pages equal": (
        one("hosts", HOST, sharable_frac=1.0),
        "h1: the part of equal pages must be",
    ),
    "NaN slowdown": (one("hosts", HOST, swap_slowdown=math.nan), "h1: the slowdown by swap"),
    "guaranteed below 0": (one("vms", VM, ram_floor_mib=-1.0), "v1: its guaranteed memory must be at least 0 MiB"),
    "guaranteed above": (
        one("vms", VM, ram_floor_mib=2048.0),
        "v1 is guaranteed 2048 MiB, more than its memory",
    ),
    "memory shares below 0": (one("vms", VM, ram_shares=-1.0), "v1: its memory shares must be at least 0, not -1"),
    "endless buffer": (one("vms", VM, ram_buffer_frac=math.inf), "v1: its memory buffer"),
    "kill priority above": (one("vms", VM, oom_adjust=1001.0), "v1: its kill priority must be between -1000 and 1000"),
    "kill priority below": (one("vms", VM, oom_adjust=-1001.0), "v1: its kill priority"),
    "NaN kill priority": (one("vms", VM, oom_adjust=math.nan), "v1: its kill priority"),
    "memory use above all": (one("vms", VM, active=Constant(1.5)), "v1: its memory use 1.5 must be"),
    "memory use of no trace": (one("vms", VM, active=Recorded(9, 0)), "v1: its trace is missing"),
    "memory use of a template": (
        replace(GOOD, groups=[replace(GROUP, template=replace(VM, id=6, place=3, oom_adjust=2000.0))]),
        "v1: its kill priority",
    ),
    "shares below 0": (one("vms", VM, shares=-1.0), "v1"),
    "a reservation below 0": (one("vms", VM, reservation_mhz=-1.0), "v1"),
    "a limit of nothing": (one("vms", VM, limit_mhz=0.0), "v1: its CPU limit must be above 0 MHz"),
    "a limit that is none": (one("vms", VM, limit_mhz=math.nan), "v1: its CPU limit"),
    "a reservation above the limit": (one("vms", VM, reservation_mhz=3.0, limit_mhz=2.0), "v1 reserves 3 MHz"),
    "no default shares": (one("hosts", HOST, default_shares=0.0), "h1"),
    "negative load": (one("vms", VM, demand=Constant(-0.1)), "v1"),
    "NaN load": (one("vms", VM, demand=Constant(math.nan)), "v1"),
    "load above one": (one("vms", VM, demand=Constant(1.5)), "v1"),
    "negative noise": (one("vms", VM, demand=DayCurve(0.1, 0.1, 1.0, -1.0)), "v1"),
    "a zone of no time": (one("vms", VM, demand=DayCurve(0.1, 0.1, 1.0, 0.0, "Mars/Olympus")), "Mars/Olympus"),
    "no trace": (one("vms", VM, demand=Recorded(99, 0)), "v1"),
    "no row": (one("vms", VM, demand=Recorded(4, 1)), "but not 1"),
    "a shift back": (one("vms", VM, demand=Recorded(4, 0, -1)), "v1"),
    "a trace above 100%": (one("traces", TRACE, values=np.array([[1, 101]], np.uint8)), "sample 1"),
    "a trace with NaN": (one("traces", TRACE, values=np.array([[math.nan]])), "sample 0"),
    "a trace below 0": (one("traces", TRACE, values=np.array([[0.5, -0.5]])), "sample 1"),
    "an empty trace": (one("traces", TRACE, values=np.zeros((1, 0))), "Trace 4"),
    "a trace of words": (one("traces", TRACE, values=np.array([["a"]])), "Trace 4"),
    "requests below 0": (one("services", SERVICE, demand=Constant(-1.0)), "s1"),
    "requests for nothing": (one("services", SERVICE, work_mhz_s=0.0), "s1"),
    "requests for hardly anything": (one("services", SERVICE, work_mhz_s=5e-324), "s1: a request takes 1e-09 MHz s"),
    "a group the wrong way round": (one("groups", GROUP, least=3), "g1"),
    "a group without its place": (one("groups", GROUP, places=(77,)), "g1"),
    "an event of the unknown": (replace(GOOD, events=[TimedEvent(0.0, "fail", 77)]), "77"),
    "an event before the start": (replace(GOOD, events=[TimedEvent(-1.0, "fail", 1)]), "-1"),
    "an event at no time": (replace(GOOD, events=[TimedEvent(math.nan, "fail", 1)]), "nan"),
    "an event that is none": (
        replace(GOOD, events=[TimedEvent(1.0, "burn", 1)]),  # type: ignore[arg-type]
        "not “burn”",
    ),
    **{
        f"migration, {name} {value}": (one("hosts", HOST, migration=Migration(**{name: value})), f"h1: {said}")
        for name, value, said in (
            ("rule", "copy", "rule of its migration must be one of kvm, xen,"),
            ("mbps", 0.0, "mbps of its migration must be above 0"),
            ("at_once", 0, "at_once of its migration must be above 0"),
            ("downtime_s", 0.0, "downtime_s of its migration must be above 0"),
            ("timeout_s_gib", -1.0, "timeout_s_gib of its migration must be above 0"),
            ("core_per_gbps", math.nan, "core_per_gbps of its migration must be at least 0"),
        )
    },
    **{
        f"balancer, {name} {value}": (
            replace(GOOD, clusters=[Cluster(8, "c1", balancing=Balancing(**{name: value}))]),
            f"Cluster c1{said}",
        )
        for name, value, said in (
            ("rule", "all", ": rule of its balancer must be one of none, drs,"),
            ("overload", "all", ": overload of its balancer must be one of thr,"),
            ("choice", "all", ": choice of its balancer must be one of mmt,"),
            ("every_s", 0.0, ": its balancer must look once in 1 s or longer, not 0 s"),
            ("every_s", math.nan, ": every_s of its balancer must be at least 0"),
            ("threshold", math.nan, ": threshold of its balancer must be at least 0"),
            ("hold", 0, ": hold of its balancer must be above 0"),
            ("margin", -0.1, ": margin of its balancer must be at least 0"),
            ("cooldown_s", math.inf, ": cooldown_s of its balancer must be at least 0"),
            ("wake_s", -1.0, ": wake_s of its balancer must be at least 0"),
        )
    },
    **{
        f"cluster, {name} {value}": (replace(GOOD, clusters=[Cluster(8, "c1", **{name: value})]), f"Cluster c1{said}")
        for name, value, said in (
            ("rule", "other", ": rule must be one of vsphere,"),
            ("isolation", "other", ": isolation must be one of leave_on,"),
            ("admission", "other", ": admission must be one of none,"),
            ("detect_s", -1.0, ": detect_s must be at least 0"),
            ("slot_mhz", math.inf, ": slot_mhz must be at least 0"),
            ("witness", 77, " names 77, which is not there"),
            ("failover", (1,), " names 1, which is no host of it"),
            ("failover", (3,), " names 3, which is no host of it"),
            ("by_store", (3,), " names 3, which is no host of it"),
        )
    },
}


@pytest.mark.parametrize("name", BAD)
def test_that_it_is_refused_with_a_sentence(name: str) -> None:
    spec, word = BAD[name]
    with pytest.raises(SpecError) as caught:
        simulate(spec)
    said = str(caught.value)
    assert word in said
    assert said.endswith(".")


def test_that_the_good_one_runs() -> None:
    spec = replace(GOOD, groups=[GROUP], services=[SERVICE])
    assert simulate(spec).filled == 2


WRONG_VMS: dict[str, dict[str, Any]] = {
    "place": {"place": 77}, "a place of 70 bits": {"place": 2**70}, "service": {"service": 77}, "group": {"group": 77},
    "placement group": {"placement": 77}, "address": {"address": 1}, "needs": {"needs": ((3,), (77,))},
    "vCPUs": {"vcpus": 0}, "limit": {"limit_mhz": 0.0}, "reservation": {"reservation_mhz": 9.0, "limit_mhz": 8.0},
    "MHz": {"mhz": math.inf}, "memory": {"ram_mib": math.nan}, "boot": {"boot_s": -1.0},
    "reach": {"reach": 1}, "offered": {"offered": -2}, "load": {"demand": Constant(2.0)},
    "day curve": {"demand": DayCurve(0.1, math.nan, 1.0)}, "trace": {"demand": Recorded(3, 0)},
    "scale": {"demand": Recorded(4, 0, 0, math.inf)}, "writes": {"dirty_mib_s": math.nan}, "hot": {"hot_mib": -1.0},
    "application": {"apps": (Application(40, 1, 100.0, Constant(-1.0), "app of wrong"),)},
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG_VMS)
def test_that_of_many_vms_the_first_that_is_wrong_is_named(name: str) -> None:
    good = [replace(VM, id=100 + n, name=f"good-{n}") for n in range(3)]
    wrong = replace(VM, id=200, name="wrong", **WRONG_VMS[name])
    later = replace(wrong, id=201, name="later", apps=())
    with pytest.raises(SpecError) as alone:
        simulate(replace(GOOD, vms=[wrong]))
    with pytest.raises(SpecError) as among:
        simulate(replace(GOOD, vms=[*good, wrong, later]))
    assert str(among.value) == str(alone.value)
    assert "wrong" in str(among.value)


@pytest.mark.parametrize("name", [name for name in WRONG_VMS if "demand" in WRONG_VMS[name]])
def test_that_a_wrong_template_is_named_like_a_wrong_vm(name: str) -> None:
    template = replace(VM, id=200, name="wrong", place=3, **WRONG_VMS[name])
    with pytest.raises(SpecError, match="wrong"):
        simulate(replace(GOOD, groups=[replace(GROUP, template=template)]))


def test_that_of_ids_the_first_that_is_wrong_is_named() -> None:
    ids = [5, 6, 5, 2**63]
    with pytest.raises(SpecError, match=r"^Two elements have the id 5\.$"):
        simulate(replace(GOOD, vms=[replace(VM, id=i) for i in ids]))
    with pytest.raises(SpecError, match=r"^9223372036854775808 is not an id"):
        simulate(replace(GOOD, vms=[replace(VM, id=i) for i in reversed(ids)]))


def test_that_rows_of_a_spec_are_values() -> None:
    again = pickle.loads(pickle.dumps(GOOD))
    assert again.vms == GOOD.vms
    assert hash(again.vms[0]) == hash(VM)
    assert again.vms[0] != replace(VM, name="v2")
    assert repr(again.vms[0]) == repr(VM)
