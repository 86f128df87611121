"""What EBS volumes give by type and size: the figures of the user guide, by hand."""

from __future__ import annotations

from itertools import pairwise

import pytest

from designer.catalog import KINDS
from designer.catalog.reference.ebs import SIZES_GIB, rates
from designer.model.element import make


@pytest.mark.parametrize(
    ("kind", "size_gib", "told"),
    [
        ("gp3", 1.0, "3,000 IOPS, 125 MiB/s"),
        ("gp3", 65_536.0, "3,000 IOPS, 125 MiB/s"),
        ("gp2", 10.0, "100 IOPS, 128 MiB/s, in bursts 3,000 IOPS"),
        ("gp2", 200.0, "600 IOPS, 128 MiB/s, in bursts 3,000 IOPS, 250 MiB/s"),
        ("gp2", 1000.0, "3,000 IOPS, 250 MiB/s"),
        ("gp2", 16_384.0, "16,000 IOPS, 250 MiB/s"),
        ("io2", 4.0, "4,000 IOPS, 1,024 MiB/s"),
        ("io2", 1024.0, "256,000 IOPS, 4,000 MiB/s"),
        ("st1", 1024.0, "40 MiB/s, in bursts 250 MiB/s"),
        ("st1", 16_384.0, "500 MiB/s"),
        ("sc1", 1024.0, "12 MiB/s, in bursts 80 MiB/s"),
        ("sc1", 16_384.0, "192 MiB/s, in bursts 250 MiB/s"),
    ],
)
def test_that_a_volume_gives_what_its_type_and_size_promise(kind: str, size_gib: float, told: str) -> None:
    given = rates(kind, size_gib)
    assert given is not None and given.text == told
    follows = KINDS["volume"].follows
    assert follows is not None
    begin = "Up to" if kind == "io2" else "Gives"
    made = make(KINDS["volume"].table, {"type": kind, "size_gib": size_gib})
    assert follows(made) == {"size_gib": f"{begin} {told}"}


@pytest.mark.parametrize("kind", SIZES_GIB)
def test_that_a_larger_volume_never_gives_less_and_a_burst_never_less_than_the_rest(kind: str) -> None:
    low, high = SIZES_GIB[kind]
    sizes = [low + (high - low) * n / 200 for n in range(201)]
    given = [found for size in sizes if (found := rates(kind, size)) is not None]
    assert len(given) == len(sizes)
    for one, next_one in pairwise(given):
        assert one.iops <= next_one.iops and one.mibps <= next_one.mibps
        assert one.burst_iops >= one.iops and one.burst_mibps >= one.mibps


@pytest.mark.parametrize("kind", ["local", "instance_store", "virtual_disk"])
def test_that_of_other_volumes_nothing_is_promised(kind: str) -> None:
    assert rates(kind, 100.0) is None
    follows = KINDS["volume"].follows
    assert follows is not None and follows(make(KINDS["volume"].table, {"type": kind})) == {}
