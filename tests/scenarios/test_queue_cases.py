"""The cases of queues and of clients that try again, read from their files and built as services of runs."""

from __future__ import annotations

import math
from typing import Any

import pytest

from designer.commands import edit
from designer.engine import Queueing, TimedEvent, simulate
from tests.cases import FOLDER
from tests.engine.service.test_answering import DOOR, figure, told, world
from tests.scenarios.test_hypervisor_cases import case
from tests.scenarios.test_serving_cases import Balanced

pytestmark = pytest.mark.skipif(not (FOLDER / "hypervisor").is_dir(), reason="the shared cases are not here")

BEGIN_S, STEP_S = 100.0, 60.0
TIMES = ("mean_s", "p50_s", "p95_s", "p99_s")


def answers(arriving: float, one: float, workers: int = 1, places: int = 0) -> dict[str, float]:
    """What a drawn service with members of one vCPU tells in the end: response times, and what is refused."""
    made = Balanced({"a": workers}, arriving, one)
    edit.change(made.project, [made.service], {"work_variation": 1.0, "waiting_most": max(places - workers, 0)})
    run = made.ready(until_s=600.0)
    run.advance(600.0)
    result = run.result()
    of = {name: float(result.store.arrays[f"service_{name}"][-1, 0]) for name in (*TIMES, "known_s", "refused")}
    assert result.asked_rps[-1, 0] == pytest.approx(arriving)
    found = {name: of[name] / of["known_s"] for name in (*TIMES, "refused")}
    return found | {"served_per_s": float(result.served_rps[-1, 0])}


def test_that_one_worker_answers_in_an_exponential_time() -> None:
    given, expect = case("QUE-01")
    for n, arriving in enumerate(given["arrivals_per_s"]):
        found = answers(arriving, given["service_per_s"])
        assert {name: found[name] for name in TIMES} == pytest.approx(expect["response"][n], rel=1e-9)
        assert arriving * found["mean_s"] == pytest.approx(expect["in_system"][n], rel=1e-9)


def test_that_workers_together_answer_sooner_than_each_with_a_queue_of_its_own() -> None:
    given, expect = case("QUE-02")
    one, workers, arriving = given["service_per_s"], given["servers"], given["arrivals_per_s"]
    found, pooled = answers(arriving, one, workers), expect["pooled"]
    for name in TIMES:
        assert found[name] == pytest.approx(pooled[name], rel=1e-8), name
    wait_s = found["mean_s"] - 1.0 / one
    assert wait_s == pytest.approx(pooled["mean_wait_s"], rel=1e-8)
    assert wait_s * (one * workers - arriving) == pytest.approx(pooled["p_wait"], rel=1e-8)
    apart = answers(arriving / workers, one)
    assert apart["mean_s"] == pytest.approx(expect["split_mean_s"], rel=1e-9)
    assert apart["p95_s"] == pytest.approx(expect["split_p95_s"], rel=1e-9)


def test_that_a_queue_with_room_for_some_refuses_the_others() -> None:
    given, expect = case("QUE-03")
    for n, arriving in enumerate(given["arrivals_per_s"]):
        found, told_of = answers(arriving, given["service_per_s"], places=given["places"]), expect["result"][n]
        assert found["refused"] / arriving == pytest.approx(told_of["lost_share"], rel=1e-9)
        assert found["served_per_s"] == pytest.approx(told_of["served_per_s"], rel=1e-9)
        assert found["served_per_s"] / given["service_per_s"] == pytest.approx(told_of["busy"], rel=1e-9)
        assert found["mean_s"] == pytest.approx(told_of["mean_s"], rel=1e-9)


def late(load: float, rule: Queueing, pause_s: float, until_s: float = 600.0) -> Any:
    """A run of a service of 1,000 requests a second that is silent for a while."""
    events = (TimedEvent(BEGIN_S, "fail", DOOR), TimedEvent(BEGIN_S + pause_s, "recover", DOOR)) if pause_s else ()
    return simulate(world(rule, float(load), events=events, until_s=until_s, sample_s=STEP_S))


def in_the_end(run: Any, name: str) -> float:
    """A figure a second of the last step."""
    return figure(run, name)[-1] / STEP_S


def test_that_what_is_refused_at_no_cost_multiplies_attempts_and_no_more() -> None:
    given, expect = case("RTY-01")
    rule = Queueing(400.0, math.inf, given["retries"], jitter=False)
    for n, load in enumerate(given["loads_per_s"]):
        run = late(load, rule, 0.0)
        attempts, refused = in_the_end(run, "attempts"), in_the_end(run, "refused")
        assert attempts == pytest.approx(expect["attempts_per_s"][n], rel=1e-9)
        assert refused / attempts == pytest.approx(expect["attempt_failure"][n], rel=1e-9, abs=1e-9)
        assert run.served_rps[-1, 0] == pytest.approx(expect["goodput_per_s"][n], rel=1e-9)
        assert in_the_end(run, "lost") / load == pytest.approx(expect["lost_share"][n], rel=1e-9, abs=1e-9)


def test_that_late_answers_make_a_state_of_their_own_above_a_quarter_of_the_capacity() -> None:
    given, expect = case("RTY-02")
    rule, capacity = Queueing(math.inf, 0.5, given["retries"], jitter=False), given["capacity_per_s"]
    for n, load in enumerate(given["loads_per_s"]):
        calm, fallen = late(load, rule, 0.0, 240.0), late(load, rule, 30.0, 240.0)
        assert (calm.served_rps[-1, 0] == pytest.approx(load)) == expect["good_state_exists"][n]
        attempts = in_the_end(fallen, "attempts")
        assert (attempts > capacity * (1.0 + 1e-9)) == expect["collapsed_state_exists"][n]
        if expect["collapsed_state_exists"][n]:
            assert attempts == pytest.approx(expect["collapsed_attempts_per_s"][n], rel=1e-9)
            assert fallen.served_rps[-1, 0] == pytest.approx(expect["goodput_collapsed"], abs=1e-9)
            assert capacity / (attempts / load) == pytest.approx(expect["threshold_load_per_s"], rel=1e-9)


def test_that_a_budget_of_retries_bounds_the_attempts() -> None:
    given, expect = case("RTY-04")
    load, capacity = given["load_per_s"], given["capacity_per_s"]
    for n, budget in enumerate(given["budgets"]):
        rule = Queueing(math.inf, 0.5, given["retries"], jitter=False, budget=budget)
        run = late(load, rule, 10.0, 360.0)
        attempts = max(figure(run, "attempts")) / STEP_S
        assert attempts == pytest.approx(expect["most_attempts_per_s"][n], rel=1e-9)
        assert capacity / (attempts / load) == pytest.approx(expect["threshold_load_per_s"][n], rel=1e-9)
        lasts = run.served_rps[-1, 0] == pytest.approx(0.0, abs=1e-6)
        assert lasts == expect["collapsed_state_exists"][n]


@pytest.mark.parametrize("n", range(3))
def test_that_a_pause_of_a_second_is_over_or_not_as_clients_behave(n: int) -> None:
    given, expect = case("RTY-05")
    rule = Queueing(math.inf, given["runs"][n]["timeout_s"], given["runs"][n]["retries"], jitter=False)
    load, pause_s = given["load_per_s"], given["pause_s"]
    run = late(load, rule, pause_s)
    assert (run.served_rps[-1, 0] == pytest.approx(load, rel=1e-6)) == expect["recovers"][n]
    assert in_the_end(run, "attempts") == pytest.approx(expect["attempts_per_s_in_the_end"][n], rel=0.01)
    if not expect["recovers"][n]:
        return
    (empty_s,) = [time_s for time_s, what in told(run) if what == "drained"]
    assert empty_s - BEGIN_S == pytest.approx(expect["queue_empty_after_s"][n], abs=0.02)
    assert sum(figure(run, "late")) == pytest.approx(expect["late_requests"][n], abs=10.0)
    longest_s = expect["longest_wait_s"][n]  # how many a timeout hits says how long the longest wait is
    for timeout_s, hits in ((longest_s - 0.01, True), (longest_s + 0.01, False)):
        patient = late(load, Queueing(math.inf, timeout_s, 0, jitter=False), pause_s)
        assert (sum(figure(patient, "late")) > 10.0) == hits
