"""Headroom: worked out by hand, and held by whole runs."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from designer.engine import Cluster, Domain, Host, Spec, Vm
from designer.study.each.headroom import headroom, months_of
from designer.study.each.search import fail_each

PROFILE = Vm(1, 0, 1, 1000.0, 4096.0, recovery="cluster")


def cluster(rooms: tuple[int, ...], vms: int) -> Spec:
    """Hosts that have so many GiB, and VMs of 4 GiB on them in turn."""
    hosts = [Host(10 + n, 2, 8, 1000.0, 1024.0 * gib, f"h{n}", cluster=40) for n, gib in enumerate(rooms)]
    loads = [replace(PROFILE, id=100 + n, place=10 + n % len(rooms), name=f"v{n}") for n in range(vms)]
    return Spec([Domain(2, 0, "zone", "z")], hosts, loads, clusters=[Cluster(40, "c")])


@pytest.mark.parametrize(
    ("rooms", "vms", "fits", "holds"),
    [
        ((16, 16, 16), 3, 9, 5),  # 12 places, 4 of them on each host: 8 VMs survive any host
        ((16, 16, 16), 8, 4, 0),
        ((16, 16), 2, 6, 2),
        ((8, 16, 24), 3, 9, 3),  # the largest has 6 of 12 places: 6 VMs survive it
    ],
)
def test_that_n_plus_1_leaves_the_places_of_the_largest_host_free(
    rooms: tuple[int, ...], vms: int, fits: int, holds: int
) -> None:
    found = headroom(cluster(rooms, vms), PROFILE, 0.05)
    assert (found.fits, found.holds, found.vms, found.by_rules) == (fits, holds, vms, True)
    assert found.months == pytest.approx(math.log(1 + holds / vms) / math.log(1.05))


def test_that_a_run_holds_with_that_many_and_not_with_one_more() -> None:
    spec = cluster((16, 16, 16), 3)
    found = headroom(spec, PROFILE)
    for more, holds in ((found.holds, True), (found.holds + 1, False)):
        added = [replace(PROFILE, id=500 + n, place=10 + n % 3) for n in range(more)]
        answer = fail_each(replace(spec, vms=[*spec.vms, *added]), ("host",))
        assert (answer.left_behind == 0) is holds


def test_that_what_holds_not_now_has_none() -> None:
    found = headroom(cluster((8, 8), 4), PROFILE)
    assert (found.fits, found.holds, found.worst) == (0, 0, 10)
    assert months_of(0, 4, 0.1) == 0.0
    assert months_of(5, 4, 0.0) == math.inf


def test_that_hosts_that_overcommit_memory_take_as_many_as_their_rule_allows() -> None:
    spec = cluster((16, 16), 2)
    found = headroom(replace(spec, hosts=[replace(h, memory="kvm", ram_overcommit=1.5) for h in spec.hosts]), PROFILE)
    assert (found.fits, found.by_rules) == (10, False)  # 24 GiB on each, of which 4 are taken
