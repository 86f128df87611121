"""Requests as a fluid: a pause and what retries make of it, beside many small steps worked out one after the other."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from designer.engine.service.fluid import TALLY, begin_at, carry, line_of, rule_of, undecided
from designer.engine.service.queue import response
from designer.engine.spec import Constant, Queueing, Service
from designer.engine.spec.cells import cells
from designer.engine.spec.check_queueing import check_services
from designer.errors import SpecError
from tests.engine.service.retry_states import fixed_points

LOAD = st.one_of(st.just(0.0), st.floats(1.0, 1500.0))
SOME_CAPACITY = st.sampled_from([0.0, 400.0, 1000.0])
Pieces = list[tuple[float, float, float]]
"""Until when, requests a second, capacity."""


def run(pieces: Pieces, workers: int = 1, dead: float = 0.0, **given_rule: Any) -> tuple[Any, Any]:
    """What was counted in each piece, and the line at the end."""
    rule, delay = rule_of(**given_rule)
    line, counted = line_of(rule, delay), []
    for until_s, fresh, capacity in pieces:
        tally = np.zeros(1, TALLY)
        carry(line, until_s, fresh, capacity, workers, dead, rule, tally)
        counted.append(tally[0])
    return counted, line


def by_steps(
    pieces: Pieces, timeout_s: float, delays: list[float], budget: float, room: float, dt: float
) -> dict[str, float]:
    """The same with one list entry for each small step: what came, when it is over, and who comes again."""
    steps = round(pieces[-1][0] / dt)
    over, delay = round(timeout_s / dt), [max(round(d / dt), 0) for d in delays]
    retries = len(delays)
    again = np.zeros((steps + over + max([0, *delay]) + 3, retries + 1))
    came, came_until, done_until = np.zeros((steps, retries + 1)), np.zeros(steps), np.zeros(steps)
    total = dict.fromkeys(("attempts", "answered", "late", "refused", "lost", "worked"), 0.0)
    backlog = all_came = all_done = 0.0

    def fails(step: int, attempt: int, mass: float) -> None:
        if attempt == retries:
            total["lost"] += mass
        else:
            again[step + 1 + delay[attempt], attempt + 1] += mass

    for n in range(steps):
        fresh, capacity = next(((f, c) for until_s, f, c in pieces if (n + 0.5) * dt < until_s), pieces[-1][1:])
        mass = again[n].copy()
        mass[0] = fresh * dt
        more = mass[1:].sum()
        if budget < math.inf and more > budget * mass[0]:
            total["lost"] += more - budget * mass[0]
            mass[1:] *= budget * mass[0] / more
        total["attempts"] += mass.sum()
        let_in = max(min(mass.sum(), room - backlog + capacity * dt), 0.0)
        share = let_in / mass.sum() if mass.sum() else 1.0
        came[n] = mass * share
        for attempt in range(retries + 1):
            if share < 1.0:
                total["refused"] += mass[attempt] * (1.0 - share)
                fails(n, attempt, mass[attempt] * (1.0 - share))
        done = min(backlog + let_in, capacity * dt)
        backlog, all_came, all_done = max(backlog + let_in - done, 0.0), all_came + let_in, all_done + done
        total["worked"] += done
        came_until[n], done_until[n] = all_came, all_done
        first = n - over
        if first >= 0 and came[first].sum():
            middle = all_came_before(came_until, first)
            if done_until[n] >= middle - 1e-9:
                total["answered"] += came[first].sum()
            else:
                total["late"] += came[first].sum()
                for attempt in range(retries + 1):
                    fails(n, attempt, came[first, attempt])
    return {**total, "backlog": backlog}


def all_came_before(came_until: np.ndarray, step: int) -> float:
    """What came up to the middle of a step."""
    return 0.5 * (came_until[step] + (came_until[step - 1] if step else 0.0))


PAUSE: Pieces = [(1.0, 700.0, 0.0), (60.0, 700.0, 1000.0)]


def test_that_a_pause_is_over_soon_where_nobody_tries_again_for_it() -> None:
    for timeout_s, retries, late in ((1.2, 3, 0.0), (0.5, 0, 1166.66666667)):
        counted, line = run(PAUSE, timeout_s=timeout_s, retries=retries, random=False)
        assert line.now["empty_s"][0] == pytest.approx(10.0 / 3.0, abs=0.02)
        assert line.now["longest_s"][0] == pytest.approx(1.0, abs=0.01)
        assert sum(float(piece["late"]) for piece in counted) == pytest.approx(late, abs=10)
        assert line.now["backlog"][0] == 0.0


def test_that_a_pause_of_a_second_is_never_over_where_late_requests_come_again_three_times() -> None:
    _, line = run(PAUSE, timeout_s=0.5, retries=3, random=False)
    assert line.now["empty_s"][0] == math.inf
    tally = np.zeros(1, TALLY)
    rule, _ = rule_of(timeout_s=0.5, retries=3, random=False)
    carry(line, 100.0, 700.0, 1000.0, 1, 0.0, rule, tally)
    assert tally["attempts"][0] / 40.0 == pytest.approx(2800.0, rel=0.01)
    assert tally["answered"][0] == 0.0


@pytest.mark.parametrize("load", [200.0, 700.0, 1100.0])
@pytest.mark.parametrize("pause_s", [0.0, 5.0])
def test_that_the_fluid_ends_in_a_state_that_lasts_by_the_formula(load: float, pause_s: float) -> None:
    pieces = [(50.0, load, 1000.0), (50.0 + pause_s, load, 0.0), (300.0, load, 1000.0), (400.0, load, 1000.0)]
    counted, _ = run(pieces, timeout_s=0.5, retries=3)
    lasting = [point.attempts for point in fixed_points(load, 1000.0, 1, 0.5, 3) if point.stable]
    state = lasting[-1] if pause_s else lasting[0]
    assert float(counted[-1]["attempts"]) / 100.0 == pytest.approx(state, rel=0.01)


def test_that_a_budget_below_its_bound_lets_the_same_pause_end() -> None:
    for budget, ends in ((0.1, True), (0.35, True), (0.5, False)):
        _, line = run(
            [(1.0, 700.0, 0.0), (300.0, 700.0, 1000.0)], timeout_s=0.5, retries=3, budget=budget, random=False
        )
        assert bool(line.now["backlog"][0] == 0.0) == ends


def test_that_room_for_few_refuses_the_surplus_as_the_formula_says() -> None:
    counted, _ = run([(200.0, 1250.0, 1000.0), (300.0, 1250.0, 1000.0)], retries=2, room=0.0, random=False)
    last = counted[-1]
    assert last["attempts"] / 100.0 == pytest.approx(2408.49842122, rel=1e-3)
    assert last["answered"] / 100.0 == pytest.approx(1000.0)
    assert last["lost"] / 100.0 == pytest.approx(250.0, rel=1e-3)


def test_that_requests_to_members_that_do_not_answer_fail_at_once() -> None:
    counted, _ = run([(10.0, 100.0, 1000.0)], dead=0.25, random=False)
    assert counted[0]["answered"] == pytest.approx(750.0)
    assert counted[0]["lost"] == counted[0]["refused"] == pytest.approx(250.0)


def test_that_response_times_are_those_of_the_queue_and_join_the_backlog_without_a_jump() -> None:
    counted, _ = run([(10.0, 300.0, 400.0)], workers=4, timeout_s=5.0)
    exact = response(300.0, 100.0, 4)
    for name, value in zip(("mean_s", "p50_s", "p95_s", "p99_s"), exact[:4], strict=True):
        assert counted[0][name] / counted[0]["known_s"] == pytest.approx(value)
    means = []
    for load in (395.99, 396.0, 399.99, 400.0, 400.01):
        counted, line = run([(10.0, load, 400.0)], workers=4)
        means.append(float(counted[0]["mean_s"] / counted[0]["known_s"]))
        assert line.now["backlog"][0] == pytest.approx(max(load - 400.0, 0.0) * 10.0, abs=1e-6)
    assert means[1:4] == pytest.approx([response(396.0, 100.0, 4).mean_s] * 3)
    assert means[0] == pytest.approx(means[1], rel=1e-2)
    assert means[4] == pytest.approx(means[3] + 0.5 * 0.1 / 400.0, rel=1e-6)


def test_that_some_answers_are_late_by_chance_and_these_come_again() -> None:
    late = response(95.0, 100.0, timeout_s=0.3).late
    counted, _ = run([(100.0, 95.0, 100.0), (200.0, 95.0, 100.0)], timeout_s=0.3)
    assert counted[1]["late"] / counted[1]["attempts"] == pytest.approx(late, rel=1e-4)
    assert counted[1]["lost"] == pytest.approx(counted[1]["late"])


def test_that_a_line_begun_anew_is_a_new_one() -> None:
    rule, delay = rule_of(timeout_s=0.5, retries=2, backoff_s=0.1)
    line = line_of(rule, delay)
    carry(line, 3.21, 700.0, 500.0, 1, 0.0, rule, np.zeros(1, TALLY))
    assert undecided(line) > 0.0
    begin_at(line, rule, 0.0)
    assert undecided(line) == 0.0
    again, new = np.zeros(1, TALLY), np.zeros(1, TALLY)
    carry(line, 7.0, 700.0, 500.0, 1, 0.0, rule, again)
    carry(line_of(rule, delay), 7.0, 700.0, 500.0, 1, 0.0, rule, new)
    assert all(again[name] == new[name] for name in ("answered", "late", "lost", "attempts", "worked"))


@settings(max_examples=25)
@given(
    st.lists(st.tuples(st.floats(0.3, 3.0), LOAD, SOME_CAPACITY), min_size=2, max_size=5),
    st.floats(0.2, 1.5),
    st.integers(0, 3),
    st.floats(0.0, 0.6),
    st.sampled_from([0.2, 1.0, math.inf]),
    st.sampled_from([0.0, 200.0, math.inf]),
)  # fmt: skip
def test_that_the_fluid_is_what_many_small_steps_give(
    spans: Pieces, timeout_s: float, retries: int, backoff_s: float, budget: float, room: float
) -> None:
    ends = np.cumsum([span for span, *_ in spans])
    pieces = [(float(end), fresh, capacity) for end, (_, fresh, capacity) in zip(ends, spans, strict=True)]
    delays = [backoff_s * 2.0**n for n in range(retries)]
    counted, line = run(
        pieces, timeout_s=timeout_s, retries=retries, backoff_s=backoff_s, budget=budget, room=room, random=False
    )
    slow = by_steps(pieces, timeout_s, delays, budget, room, 0.002)
    # Who is refused comes again a cell later; where the fate of a cell hangs by a hair the two differ by a cell.
    cells = (retries + 1) * timeout_s / 50.0 * max(fresh for _, fresh, _ in pieces)
    slack = 0.03 * (slow["attempts"] + 1.0) + 2.0 * cells
    for name in ("attempts", "answered", "late", "refused", "lost", "worked"):
        fast = sum(float(piece[name]) for piece in counted)
        assert fast == pytest.approx(slow[name], abs=slack), name
    assert line.now["backlog"][0] == pytest.approx(slow["backlog"], abs=slack)


@given(
    st.lists(st.tuples(st.floats(0.1, 20.0), LOAD, SOME_CAPACITY), min_size=1, max_size=8),
    st.sampled_from([0.3, 2.0, math.inf]),
    st.integers(0, 4),
    st.booleans(),
    st.sampled_from([0.0, 50.0, math.inf]),
    st.sampled_from([0.0, 0.3, 1.0]),
)  # fmt: skip
def test_that_no_request_comes_from_nothing_or_is_forgotten(
    spans: Pieces, timeout_s: float, retries: int, jitter: bool, room: float, dead: float
) -> None:
    ends = np.cumsum([span for span, *_ in spans])
    pieces = [(float(end), fresh, capacity) for end, (_, fresh, capacity) in zip(ends, spans, strict=True)]
    counted, line = run(
        pieces, 3, dead, timeout_s=timeout_s, retries=retries, backoff_s=0.2, jitter=jitter, room=room, budget=2.0
    )
    total = {name: sum(float(piece[name]) for piece in counted) for name in TALLY.names or ()}
    # `again` holds a whole cell until its end; what of the present one has come already is on its way, too.
    slack = 1e-6 * (1.0 + total["attempts"]) + float(line.again[int(line.now["cell"][0]) % line.again.shape[0]].sum())
    assert total["fresh"] == pytest.approx(total["answered"] + total["lost"] + undecided(line), abs=slack)
    assert total["worked"] + float(line.now["backlog"][0]) == pytest.approx(
        total["attempts"] - total["refused"], abs=1e-6 * (1.0 + total["attempts"])
    )
    capacity = sum(c * (end - start) for (end, _, c), start in zip(pieces, [0.0, *ends], strict=False))
    assert total["worked"] <= capacity * (1.0 + 1e-9)
    assert line.now["backlog"][0] <= room * (1.0 + 1e-9)


def test_that_clients_who_would_take_gigabytes_are_refused_by_their_sum() -> None:
    patient = Queueing(100.0, 0.001, 20, 3600.0, 3600.0)
    one = Service(1, Constant(1.0), 1.0, "shop", queueing=patient)
    with pytest.raises(SpecError, match=r"the most is 10,000,000\. Service shop has 75,600,105"):
        check_services([one])
    usual = Queueing(100.0, 1.0, 3, 20.0, 20.0)
    many = [replace(one, id=n, name=f"s{n}", queueing=usual) for n in range(2500)]
    check_services(many[:2000])
    with pytest.raises(SpecError, match="10,540,000 cells"):
        check_services(many)


@given(st.sampled_from([0.001, 0.3, 1.0, 40.0, math.inf]), st.integers(0, 20), st.sampled_from([0.0, 0.1, 50.0]))
@settings(max_examples=30)
def test_that_cells_are_counted_as_a_line_keeps_them(timeout_s: float, retries: int, backoff_s: float) -> None:
    rule, delay = rule_of(timeout_s, retries, backoff_s, 60.0)
    assert line_of(rule, delay).came.size == cells(timeout_s, retries, backoff_s, 60.0).kept
