"""Fields of VM records as arrays, and kinds of hosts."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from designer.engine import Constant, DayCurve, Demand, Domain, Host, Recorded, Spec, Trace, Vm
from designer.engine.spec.fields import Fields
from designer.engine.spec.packed import PackedVms
from designer.engine.tables.tabulate import tabulate

TRACE = Trace(50, 300.0, np.array([[10, 20, 30], [40, 50, 60]], np.uint8))
LOADS: list[Demand] = [Constant(0.25), DayCurve(0.5, 0.1, 14.0, 0.0, "UTC"), Recorded(50, 1, 2, 0.5), Constant(0.75)]


def cloud(shared: bool) -> Spec:
    """Twelve VMs that take turns with four loads: the same records, or equal ones."""
    loads = [LOADS[n % 4] if shared else replace(LOADS[n % 4]) for n in range(12)]
    vms = [Vm(10 + n, 1, 2, 1000.0, 1024.0, load) for n, load in enumerate(loads)]
    return Spec([Domain(1, 0, "zone", "zone")], vms=vms, traces=[TRACE], until_s=900.0)


def test_that_each_of_several_kinds_of_demands_is_read_once() -> None:
    demands = Fields(cloud(shared=True).vms).demands
    assert demands.each == LOADS
    assert demands.of.tolist() == [0, 1, 2, 3] * 3


def test_that_demands_that_follow_traces_alone_are_read_as_they_come() -> None:
    demands = Fields([replace(vm, demand=LOADS[2]) for vm in cloud(shared=True).vms[:3]]).demands
    assert [demands.each[n] for n in demands.of] == [LOADS[2]] * 3
    assert demands.followed.row.tolist() == [1] * 3


def test_that_demands_of_others_come_after() -> None:
    first, second = (Fields(vms).demands for vms in (cloud(shared=True).vms[:2], cloud(shared=True).vms[1:3]))
    both = first.then(second)
    assert [both.each[n] for n in both.of] == [LOADS[0], LOADS[1], LOADS[1], LOADS[2]]
    assert first.then(Fields([]).demands) == first


def test_that_shared_demands_and_equal_ones_make_the_same_tables() -> None:
    one, other = (tabulate(cloud(shared)).demand for shared in (True, False))
    for demand in (one, other):
        assert demand.rows["mean"].tolist() == [0.25, 0.5, 0.0, 0.75] * 3
        followed = demand.courses[demand.rows["course"]]
        assert followed["scale"].tolist()[2::4] == [0.5] * 3
        assert followed["swing"].tolist()[1::4] == [0.1] * 3
    assert [demand.courses.size for demand in (one, other)] == [2, 6]
    assert one.rows["kind"].tolist() == other.rows["kind"].tolist()


def test_that_demands_are_found_by_their_kind() -> None:
    demands = Fields(cloud(shared=True).vms).demands
    assert [demands.which(kind).tolist() for kind in (Constant, DayCurve, Recorded)] == [[0, 3], [1], [2]]
    assert demands.those(Constant) == [LOADS[0], LOADS[3]]
    assert [column.tolist() for column in demands.followed] == [[50], [1], [2], [0.5]]
    alike = Fields(cloud(shared=True).vms[::4]).demands
    assert (alike.each, alike.which(Constant).tolist(), alike.those(DayCurve)) == (LOADS[:1], [0], [])


def test_that_packed_vms_with_one_demand_have_it_once() -> None:
    vms = PackedVms([Vm(10 + n, 1, 2, 1000.0, 1024.0, LOADS[2]) for n in range(3)])
    fields = Fields(vms)
    assert (fields.demands.each, fields.demands.of.tolist()) == ([LOADS[2]], [0, 0, 0])
    assert [fields.brief(name).tolist() for name in ("vcpus", "id")] == [[2.0], [10.0, 11.0, 12.0]]
    assert Fields(PackedVms()).brief("vcpus").tolist() == []


def test_that_hosts_are_of_one_kind_that_differ_in_name_and_place_only() -> None:
    one = Host(1, 9, 8, 2000.0, 4096.0, "a")
    hosts = [one, replace(one, id=2, name="b", parent=8), replace(one, id=3, cores=4), replace(one, id=4)]
    kinds = Fields([], hosts).kinds
    assert (kinds.each, kinds.of.tolist()) == ([one, hosts[2]], [0, 0, 1, 0])
    assert kinds.array(lambda host: host.cores, np.int64).tolist() == [8, 8, 4, 8]
    assert Fields([]).kinds.array(lambda host: host.cores, np.int64).tolist() == []


def test_that_rows_with_a_text_or_a_tuple_are_found() -> None:
    vms = [Vm(1, 9, 1, 1.0, 1.0), Vm(2, 9, 1, 1.0, 1.0, cut_off="no way", needs=((7,),)), Vm(3, 9, 1, 1.0, 1.0)]
    fields = Fields(vms)
    assert fields.given("cut_off").tolist() == fields.given("needs").tolist() == [1]
    assert fields.given("apps").tolist() == []


def test_that_a_number_that_does_not_fit_is_an_error() -> None:
    with pytest.raises(OverflowError):
        Fields([Vm(2**63, 9, 1, 1.0, 1.0)]).array("id", np.int64)
