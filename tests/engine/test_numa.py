"""NUMA nodes of a host: who fits one, and what one loses that fits none."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from designer.engine import Application, Constant, Host, Service, Spec, Vm, simulate
from designer.engine.spec import numa
from designer.errors import SpecError

HOST: dict[str, Any] = {"cores": 8, "mhz": 1000.0, "ram_mib": 64.0, "numa_nodes": 2, "numa_loss_frac": 0.2}


def run(*vms: Vm, **host: Any) -> Any:
    return simulate(Spec(hosts=[Host(1, 0, **{**HOST, **host})], vms=vms, until_s=600.0)).vms


def vm(n: int, vcpus: int, ram_mib: float = 1.0, load: float = 1.0, **more: Any) -> Vm:
    return Vm(n, 1, vcpus, 1000.0, ram_mib, Constant(load), **more)


def test_that_a_vm_that_fits_no_node_loses_the_stated_part_as_overhead() -> None:
    got = run(vm(10, 5))
    assert got.mean.tolist() == [0.8]
    assert got.overhead[0] == pytest.approx(0.2)
    assert (got.steal[0], got.throttled[0]) == (0.0, 0.0)


@pytest.mark.parametrize(
    ("made", "mean"),
    [
        (vm(10, 4), 1.0),
        (vm(10, 4, 32.0), 1.0),
        (vm(10, 4, 33.0), 0.8),  # its memory fits none
        (vm(10, 5, load=0.5), 0.5),
        (vm(10, 5, load=0.9), 0.8),
        (vm(10, 8, prefer_ht=True), 1.0),
        (vm(10, 5, load=0.3, apps=(Application(11, 5, 1000.0, Constant(0.7)),)), 0.8),
        (vm(10, 5, limit_mhz=3000.0), 0.6),
    ],
)
def test_that_only_what_exceeds_a_node_loses(made: Vm, mean: float) -> None:
    assert run(made, threads_per_core=2).mean[0] == pytest.approx(mean)


def test_that_a_host_with_one_node_or_without_loss_takes_nothing() -> None:
    assert run(vm(10, 8), numa_nodes=1).mean[0] == 1.0
    assert run(vm(10, 8), numa_loss_frac=0.0).mean[0] == 1.0


def test_that_what_a_wide_vm_loses_is_not_taken_from_others() -> None:
    got = run(vm(10, 5), vm(11, 4))
    assert got.mean_mhz == pytest.approx([4000.0, 4000.0])
    assert got.steal == pytest.approx([0.0, 0.0])


def test_that_a_wide_member_of_a_service_serves_less() -> None:
    host = Host(1, 0, **HOST)
    spec = Spec(hosts=[host], vms=[vm(10, 5, service=30)], services=[Service(30, Constant(50.0), 100.0)], until_s=600.0)
    assert simulate(spec).served_rps.mean() == pytest.approx(40.0)


@given(st.integers(1, 4), st.integers(1, 16), st.integers(1, 2), st.integers(1, 64), st.booleans())
def test_that_vcpus_are_spread_evenly_over_the_fewest_nodes(
    nodes: int, cores: int, threads: int, vcpus: int, prefer_ht: bool
) -> None:
    host = Host(1, 0, cores * nodes, 1000.0, 64.0 * nodes, threads_per_core=threads, numa_nodes=nodes)
    spread = numa.vcpus_by_node(host, vcpus, prefer_ht)
    assert sum(spread) == vcpus and max(spread) - min(spread) <= 1
    room = cores * (threads if prefer_ht else 1)
    fewest = next((n for n in range(1, nodes + 1) if n * room >= vcpus), nodes)
    assert len(spread) == fewest
    assert numa.fits_node(host, vcpus, 64.0, prefer_ht) == (vcpus <= room)
    assert numa.remote_frac(host, vcpus, 64.0 * fewest, prefer_ht) == 0.0


@pytest.mark.parametrize("wrong", [{"numa_nodes": 0}, {"numa_loss_frac": 1.0}, {"numa_loss_frac": -0.1}])
def test_that_nodes_without_meaning_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(SpecError, match="Host 1"):
        run(vm(10, 1), **wrong)
