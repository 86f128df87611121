"""The kinds: who may stand where, what is refused, what stays what it was in files."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from designer.catalog import KINDS, LINKS, Trace
from designer.catalog.kinds.network.subnet import addresses
from designer.catalog.kinds.saved.trace import pack, unpack
from designer.errors import RuleError
from designer.model.element import ROOT_ID, make
from designer.model.kind import why_not_inside
from designer.model.project import Project
from tests.store.designs import JOINS

STANDS_IN = {
    "design": set(),
    "region": {"design"},
    "zone": {"region"},
    "data_center": {"zone", "design"},
    "power_feed": {"data_center", "zone"},
    "ups": {"data_center", "zone"},
    "generator": {"data_center", "zone"},
    "cooling": {"data_center", "zone"},
    "rack": {"data_center", "zone"},
    "host": {"rack", "data_center", "zone", "design"},
    "switch": {"rack", "data_center", "zone", "region"},
    "router": {"rack", "data_center", "zone", "region"},
    "firewall": {"rack", "data_center", "zone", "region"},
    "security_group": {"region"},
    "placement_group": {"region"},
    "affinity_rule": {"data_center", "zone", "region"},
    "cluster": {"data_center", "zone", "region"},
    "resource_pool": {"data_center", "zone", "region"},
    "storage_array": {"rack", "data_center"},
    "datastore": {"data_center", "zone"},
    "vm": {"host", "subnet", "zone"},
    "application": {"vm", "host"},
    "volume": {"vm", "zone", "datastore"},
    "subnet": {"zone"},
    "vpc": {"region"},
    "internet_gateway": {"region"},
    "nat_gateway": {"subnet"},
    "service": {"design"},
    "auto_scaling_group": {"region"},
    "user_population": {"design"},
    "load_balancer": {"region"},
    "dns_name": {"design"},
    "function": {"region"},
    "bucket": {"region"},
    "database": {"region"},
    "note": {"design", "region", "zone", "data_center"},
    "trace": {"design"},
    "preset": {"design"},
    "mute": {"design"},
    "scenario": {"design"},
    "blueprint": {"design"},
}


@pytest.mark.parametrize("kind", STANDS_IN)
def test_that_a_kind_stands_where_the_table_of_the_model_says(kind: str) -> None:
    allowed = {parent for parent in KINDS if why_not_inside(KINDS, kind, parent) is None}
    assert allowed == STANDS_IN[kind]


def test_that_no_kind_is_forgotten_here() -> None:
    assert set(KINDS) == set(STANDS_IN)
    assert set(LINKS) == set(JOINS)
    for name, (source, target) in JOINS.items():
        assert source in LINKS[name].sources and target in LINKS[name].targets


def test_that_a_reason_names_all_places_in_plain_words() -> None:
    assert why_not_inside(KINDS, "vm", "region") == "VM needs a host, a subnet or a zone"
    assert why_not_inside(KINDS, "service", "zone") == "Service can only stand on the drawing itself"
    assert why_not_inside(KINDS, "data_center", "rack") == "Data center needs a zone or the design"
    assert why_not_inside(KINDS, "subnet", "region") == "Subnet needs a zone"


@pytest.mark.parametrize(
    ("cidr", "count"),
    [
        ("10.0.0.0/24", 251),
        ("10.0.0.0/28", 11),
        ("10.0.0.0/30", 0),
        ("10.0.0.7/24", 251),
        (" 10.0.0.0/24 ", 251),
        ("2001:db8::/120", 251),
        ("10.0.0.0/33", None),
        ("here", None),
        ("", None),
    ],
)
def test_that_a_subnet_has_its_addresses_less_the_five_of_the_provider(cidr: str, count: int | None) -> None:
    assert addresses(cidr) == count


@given(rows=st.integers(1, 6), samples=st.integers(1, 40), seed=st.integers(0, 2**32 - 1))
def test_that_a_trace_of_percents_comes_back_exactly(rows: int, samples: int, seed: int) -> None:
    cells = np.random.default_rng(seed).integers(0, 101, (rows, samples), dtype=np.uint8)
    back = unpack(make(Trace, pack(cells)))
    assert back.dtype == np.uint8
    assert np.array_equal(back, cells)


def test_that_a_trace_of_fractions_comes_back_bit_for_bit() -> None:
    cells = np.random.default_rng(1).random((3, 100))
    back = unpack(make(Trace, pack(cells)))
    assert np.array_equal(back, cells)


def damaged(trace: Trace) -> list[bytes]:
    """Ways in which the data of a trace can be broken."""
    return [b"", trace.data[:-5], trace.data[: len(trace.data) // 2], b"\x00" * 50, b"not zlib"]


def test_that_a_damaged_trace_is_refused_by_name() -> None:
    trace = make(Trace, {"name": "day", **pack(np.ones((4, 10), dtype=np.uint8))})
    for data in damaged(trace):
        broken = make(Trace, {**trace.__dict__, "data": data})
        with pytest.raises(RuleError, match="day is damaged"):
            unpack(broken)


def test_that_a_trace_that_unpacks_to_more_than_it_says_is_refused() -> None:
    packed = pack(np.zeros((100, 100_000), dtype=np.uint8))
    bomb = make(Trace, {"name": "bomb", **packed, "rows": 1, "samples": 10})
    with pytest.raises(RuleError, match="bomb is damaged"):
        unpack(bomb)


@pytest.mark.parametrize("rows", [10**7, 2**31, 2**62])
def test_that_a_trace_that_says_it_is_vast_is_refused_before_it_takes_memory(rows: int) -> None:
    vast = make(Trace, {"name": "vast", **pack(np.zeros((1, 300), dtype=np.uint8)), "rows": rows})
    with pytest.raises(RuleError, match=r"The traces hold [0-9,]* MiB; the most is 256"):
        unpack(vast)


def test_that_the_root_is_the_design(project: Project) -> None:
    assert project.kind(ROOT_ID).name == "design"
    assert not KINDS["design"].in_palette


@pytest.mark.parametrize(
    ("kind", "noun"), [("vm", "VM"), ("nat_gateway", "NAT gateway"), ("vpc", "VPC"), ("host", "host")]
)
def test_that_a_kind_within_a_sentence_keeps_its_capitals(kind: str, noun: str) -> None:
    assert KINDS[kind].noun == noun
