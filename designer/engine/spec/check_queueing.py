"""Whether the queues of services and the rules of their clients have a meaning."""

from __future__ import annotations

import math

from designer.engine.spec import Checks, Queueing
from designer.errors import SpecError

LEAST_TIMEOUT_S, MOST_RETRIES, MOST_DELAY_S = 0.001, 20, 3600.0
"""Shortest timeout, most retries, longest backoff of what the engine takes."""


def check_checks(who: str, checks: Checks | None) -> None:
    """Raise SpecError where the health checks of a balancer have no meaning."""
    if checks is None:
        return
    if not (math.isfinite(checks.interval_s) and checks.interval_s > 0.0):
        raise SpecError(f"{who}: its balancer checks once in more than 0 s, not {checks.interval_s}.")
    if not (math.isfinite(checks.timeout_s) and checks.timeout_s >= 0.0):
        raise SpecError(f"{who}: the timeout of its balancer's checks must be at least 0 s, not {checks.timeout_s}.")
    if checks.failures < 1 or checks.successes < 1:
        raise SpecError(f"{who}: its balancer needs one check at least to judge a member.")


def check_queueing(who: str, queueing: Queueing | None) -> None:
    """Raise SpecError with the first thing of a service's queue that has no meaning."""
    if queueing is None:
        return
    numbers = {"waiting": queueing.waiting, "budget": queueing.budget}
    for name, value in numbers.items():
        if not value >= 0.0:
            raise SpecError(f"{who}: {name} must be at least 0, not {value}.")
    if not queueing.timeout_s >= LEAST_TIMEOUT_S:
        raise SpecError(f"{who}: its clients must wait {LEAST_TIMEOUT_S:g} s or longer, not {queueing.timeout_s:g} s.")
    if not (isinstance(queueing.retries, int) and 0 <= queueing.retries <= MOST_RETRIES):
        raise SpecError(f"{who}: clients try again up to {MOST_RETRIES} times, not {queueing.retries}.")
    for name, value in {"backoff_s": queueing.backoff_s, "most_backoff_s": queueing.most_backoff_s}.items():
        if not (math.isfinite(value) and 0.0 <= value <= MOST_DELAY_S):
            raise SpecError(f"{who}: {name} must be from 0 to {MOST_DELAY_S:g} s, not {value}.")
