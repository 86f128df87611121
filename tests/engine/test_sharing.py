"""The sharing rules: laws that hold for any demands, and hand-made examples."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from designer.engine import Constant, Host, Spec, Vm, simulate
from designer.engine.share.arrays import CLAIM, MAX_MIN, PROPORTIONAL, WEIGHTED
from designer.engine.share.cpu import share, share_above_floors

AMOUNT = st.floats(0.001, 10_000.0).map(lambda x: round(x, 3))
ASKED = st.lists(st.tuples(AMOUNT, st.floats(0.1, 100.0)), min_size=1, max_size=20)


def claims_of(demand: np.ndarray, weights: np.ndarray, floors: np.ndarray) -> Any:
    """Claims that nothing has been given to yet."""
    claims: Any = np.zeros(demand.size, CLAIM).view(np.recarray)
    claims.demand, claims.weight, claims.floor, claims.given = demand, weights, floors, np.nan
    return claims


def shared(rule: int, asked: list[tuple[float, float]], part: float) -> tuple[np.ndarray, np.ndarray, float]:
    demand, weights = np.array([a for a, _ in asked]), np.array([w for _, w in asked])
    capacity, claims = demand.sum() * part, claims_of(demand, weights, np.zeros(len(asked)))
    share.py_func(rule, capacity, demand.sum(), claims, False, len(asked))  # type: ignore[attr-defined]
    return demand, claims.given, capacity


@pytest.mark.parametrize("rule", [PROPORTIONAL, MAX_MIN, WEIGHTED])
@given(asked=ASKED, part=st.floats(0.01, 0.99))
def test_that_all_is_given_and_nobody_gets_more_than_he_asks(
    rule: int, asked: list[tuple[float, float]], part: float
) -> None:
    demand, given_, capacity = shared(rule, asked, part)
    assert given_.sum() == pytest.approx(capacity, rel=1e-9, abs=1e-9)
    assert (given_ <= demand * (1 + 1e-12) + 1e-9).all()
    assert (given_ >= 0).all()


@pytest.mark.parametrize("rule", [MAX_MIN, WEIGHTED])
@given(asked=ASKED, part=st.floats(0.01, 0.99))
def test_that_who_is_short_stands_at_one_level(rule: int, asked: list[tuple[float, float]], part: float) -> None:
    demand, given_, _ = shared(rule, asked, part)
    weights = np.array([w for _, w in asked]) if rule == WEIGHTED else np.ones(len(asked))
    short = given_ < demand * (1 - 1e-9) - 1e-9
    level = given_ / weights
    if short.any():
        assert np.ptp(level[short]) <= 1e-9 * max(level[short].max(), 1)
        assert (level[~short] <= level[short].max() * (1 + 1e-9) + 1e-9).all()


@given(asked=ASKED, part=st.floats(0.01, 0.99), order=st.randoms())
def test_that_the_order_does_not_matter(asked: list[tuple[float, float]], part: float, order: object) -> None:
    turned = list(range(len(asked)))
    order.shuffle(turned)  # type: ignore[attr-defined]
    _, straight, _ = shared(WEIGHTED, asked, part)
    _, other, _ = shared(WEIGHTED, [asked[i] for i in turned], part)
    assert np.allclose(other, straight[turned], rtol=1e-9, atol=1e-9)


FLOORED = st.lists(st.tuples(AMOUNT, st.floats(0.1, 100.0), st.floats(0.0, 1.0)), min_size=1, max_size=20)
"""Demand, weight, and the part of the demand that is reserved."""


def floored(asked: list[tuple[float, float, float]], part: float) -> tuple[np.ndarray, np.ndarray, np.ndarray, float]:
    """Demands, floors, what each gets, and the capacity: from the sum of floors up to the sum of demands."""
    demand, weights, reserved = (np.array(column) for column in zip(*asked))
    floors = demand * reserved
    capacity = floors.sum() + (demand.sum() - floors.sum()) * part
    claims = claims_of(demand, weights, floors)
    share_above_floors.py_func(capacity, claims, len(asked))  # type: ignore[attr-defined]
    return demand, floors, claims.given, capacity


@given(asked=FLOORED, part=st.floats(0.001, 0.999))
def test_that_reservations_are_kept_and_all_is_given(asked: list[tuple[float, float, float]], part: float) -> None:
    demand, floors, out, capacity = floored(asked, part)
    assert out.sum() == pytest.approx(capacity, rel=1e-9, abs=1e-9)
    assert (out >= floors * (1 - 1e-9) - 1e-9).all()
    assert (out <= demand * (1 + 1e-9)).all()


@given(asked=FLOORED, part=st.floats(0.001, 0.999))
def test_that_one_level_divides_those_that_a_floor_holds_from_those_that_have_enough(
    asked: list[tuple[float, float, float]], part: float
) -> None:
    demand, floors, out, _ = floored(asked, part)
    level = out / np.array([w for _, w, _ in asked])
    found = out <= floors * (1 + 1e-9) + 1e-9
    enough = out >= demand * (1 - 1e-9) - 1e-9
    between = level[~found & ~enough]
    if between.size:
        assert np.ptp(between) <= 1e-9 * between.max()
        assert (level[found & ~enough] >= between.max() * (1 - 1e-9)).all()  # above the level by its floor only
        assert (level[enough & ~found] <= between.max() * (1 + 1e-9)).all()


@given(asked=FLOORED, part=st.floats(0.001, 0.999), who=st.integers(0, 19), more=st.floats(1.01, 10.0))
def test_that_more_shares_never_give_less_to_their_vm_nor_more_to_others(
    asked: list[tuple[float, float, float]], part: float, who: int, more: float
) -> None:
    who %= len(asked)
    _, _, before, _ = floored(asked, part)
    d, w, f = asked[who]
    _, _, after, _ = floored([*asked[:who], (d, w * more, f), *asked[who + 1 :]], part)
    assert after[who] >= before[who] * (1 - 1e-9) - 1e-9
    others = np.arange(len(asked)) != who
    assert (after[others] <= before[others] * (1 + 1e-9) + 1e-9).all()


def test_that_floors_above_the_capacity_are_cut_in_proportion() -> None:
    claims = claims_of(np.array([8.0, 8.0]), np.ones(2), np.array([6.0, 3.0]))
    share_above_floors.py_func(6.0, claims, 2)  # type: ignore[attr-defined]
    assert claims.given.tolist() == pytest.approx([4.0, 2.0])


def test_that_of_nothing_everybody_gets_nothing() -> None:
    claims = claims_of(np.ones(2), np.ones(2), np.zeros(2))
    share_above_floors.py_func(0.0, claims, 2)  # type: ignore[attr-defined]
    assert claims.given.tolist() == [0.0, 0.0]


def run(sharing: str, *vms: tuple[int, float, float], cores: int = 10, **host: object) -> tuple[np.ndarray, float]:
    """Mean MHz of VMs of (vCPUs, load, shares) at 1 MHz on one host, and the host's steal."""
    spec = Spec(
        hosts=[Host(1, 0, cores, 1.0, 1024.0, sharing=sharing, **host)],  # type: ignore[arg-type]
        vms=[Vm(10 + n, 1, c, 1.0, 1.0, Constant(load), shares=w) for n, (c, load, w) in enumerate(vms)],
        until_s=600.0,
    )
    result = simulate(spec)
    return result.vms.mean_mhz, float(result.steal[0, 0])


def test_that_the_rules_differ_as_told() -> None:
    # 10 MHz for demands of 10, 4 and 2 MHz; shares 1, 1, 2.
    asked = ((10, 1.0, 1000.0), (4, 1.0, 1000.0), (2, 1.0, 2000.0))
    assert run("proportional", *asked)[0].tolist() == pytest.approx([6.25, 2.5, 1.25])
    assert run("max_min", *asked)[0].tolist() == pytest.approx([4.0, 4.0, 2.0])
    weighted, steal = run("weighted_max_min", (10, 1.0, 3000.0), (10, 1.0, 1000.0))
    assert weighted.tolist() == pytest.approx([7.5, 2.5])
    assert steal == pytest.approx(0.5)


def test_that_a_vcpu_never_runs_faster_than_a_thread() -> None:
    spec = Spec(
        hosts=[Host(1, 0, 4, 1000.0, 1024.0)],
        vms=[Vm(10, 1, 2, 3000.0, 1.0, Constant(1.0))],
        until_s=600.0,
    )
    assert simulate(spec).vms.mean_mhz.tolist() == [2000.0]


def test_that_threads_add_their_yield_under_reserved_too() -> None:
    two = {"threads_per_core": 2, "smt_yield": 0.25}
    asked = tuple((1, 1.0, 1000.0) for _ in range(16))
    assert run("max_min", *asked, cores=8, **two)[0].sum() == pytest.approx(10.0)
    assert run("reserved", *asked, cores=8, **two)[0] == pytest.approx(np.full(16, 0.625))
