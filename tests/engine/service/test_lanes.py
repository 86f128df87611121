"""Members in queues of their own: a mixture of M/M/c, compared with sampling the times one by one."""

from __future__ import annotations

import numpy as np
import pytest

from designer.engine import Balancer, Checks, Constant, Domain, Queueing, Service, Spec, Vm, simulate
from designer.engine.service.lanes import lanes_of, mixed
from designer.engine.service.queue import response


def test_that_queues_are_told_by_key() -> None:
    part, mhz = np.array([0.25, 0.25, 0.5]), np.array([1000.0, 2000.0, 3000.0])
    lanes = lanes_of(part, mhz, np.array([1.0, 2.0, 2.0]), np.array([7, 7, 3]), 10.0)
    assert lanes.tolist() == [[0.5, 300.0, 2.0], [0.5, 300.0, 3.0]]


def test_that_equal_queues_answer_as_one_of_them() -> None:
    lanes = np.array([[0.25, 100.0, 1.0]] * 4)
    for variation in (0.0, 0.3, 1.0, 4.0):
        one = response(75.0, 100.0, variation=variation)
        found = mixed(np.array([300.0]), lanes, variation)[0]
        assert found == pytest.approx([one.mean_s, one.p50_s, one.p95_s, one.p99_s], rel=1e-12)


def test_that_other_queues_answer_as_their_times_drawn_together_say() -> None:
    """M/M/1 queues answer within an exponential time of the rate that is left."""
    rate, lanes = 200.0, np.array([[0.5, 150.0, 1.0], [0.3, 100.0, 1.0], [0.2, 300.0, 1.0]])
    left = lanes[:, 1] - rate * lanes[:, 0]
    dice = np.random.default_rng(5)
    drawn = dice.exponential(1.0 / left[dice.choice(3, 2_000_000, p=lanes[:, 0])])
    found = mixed(np.array([rate]), lanes)[0]
    assert found[0] == pytest.approx(float((lanes[:, 0] / left).sum()), rel=1e-12)
    assert found[1:] == pytest.approx(np.quantile(drawn, (0.5, 0.95, 0.99)), rel=0.01)


def test_that_a_full_zone_shows_in_the_response_times_though_the_other_is_idle() -> None:
    """Two members of two and eight of the other zone get 300 requests a second each, of 400 and of 1,600."""
    domains = (Domain(1, 0, "zone", "a"), Domain(2, 0, "zone", "b"))
    vms = [Vm(10 + n, 1 if n < 2 else 2, 1, 2000.0, 1024.0, service=30) for n in range(10)]
    lb = Balancer(40, cross_zones=False)

    def p99(balancer: Balancer | None) -> float:
        service = Service(30, Constant(600.0), 10.0, queueing=Queueing(), checks=Checks(), balancer=balancer)
        run = simulate(Spec(domains=domains, vms=vms, services=(service,), until_s=600.0))
        return float(run.store.arrays["service_p99_most"][0, 0])

    both = mixed(np.array([600.0]), np.array([[0.5, 400.0, 2.0], [0.5, 1600.0, 8.0]]))[0]
    assert p99(lb) == pytest.approx(both[3], rel=1e-9)
    assert p99(None) == pytest.approx(response(600.0, 200.0, 10).p99_s, rel=1e-9)
    assert p99(lb) > 1.2 * p99(None)
