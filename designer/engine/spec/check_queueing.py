"""Whether the queues of services and the rules of their clients have a meaning."""

from __future__ import annotations

import math
from collections.abc import Sequence

from designer.engine.spec import Checks, Queueing, Service
from designer.engine.spec.cells import cells
from designer.errors import SpecError

LEAST_TIMEOUT_S, MOST_RETRIES, MOST_DELAY_S = 0.001, 20, 3600.0
MOST_VARIATION = 1000.0
"""Shortest timeout, most retries, longest backoff of what the engine takes."""
LEAST_WORK_MHZ_S = 1e-9
"""The least CPU work of a request: with less, the requests that a service could serve have no number."""
CELLS_MOST = 10_000_000
"""Most cells times attempts of all clients together: each takes 16 bytes, in each keyframe again."""


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
    if not 0.0 <= queueing.variation <= MOST_VARIATION:
        raise SpecError(
            f"{who}: the variation of its work must be from 0 to {MOST_VARIATION:g}, not {queueing.variation}."
        )
    if not queueing.timeout_s >= LEAST_TIMEOUT_S:
        raise SpecError(f"{who}: its clients must wait {LEAST_TIMEOUT_S:g} s or longer, not {queueing.timeout_s:g} s.")
    if not (isinstance(queueing.retries, int) and 0 <= queueing.retries <= MOST_RETRIES):
        raise SpecError(f"{who}: clients try again up to {MOST_RETRIES} times, not {queueing.retries}.")
    for name, value in {"backoff_s": queueing.backoff_s, "most_backoff_s": queueing.most_backoff_s}.items():
        if not (math.isfinite(value) and 0.0 <= value <= MOST_DELAY_S):
            raise SpecError(f"{who}: {name} must be from 0 to {MOST_DELAY_S:g} s, not {value}.")


def check_services(services: Sequence[Service]) -> None:
    """Raise SpecError with the first thing of services, their queues and their clients that has no meaning, or where
    the clients of all are too much to follow.
    """
    for service in services:
        who = _called(service)
        if not LEAST_WORK_MHZ_S <= service.work_mhz_s < math.inf:
            raise SpecError(
                f"{who}: a request takes {LEAST_WORK_MHZ_S:g} MHz s of CPU or more, not {service.work_mhz_s:g}."
            )
        check_queueing(who, service.queueing)
        check_checks(who, service.checks)
    kept = [_cells_of(service.queueing) for service in services]
    if sum(kept) > CELLS_MOST:
        most = max(range(len(kept)), key=kept.__getitem__)
        raise SpecError(
            f"Clients who try again are followed in {sum(kept):,} cells of time; the most is {CELLS_MOST:,}. "
            f"{_called(services[most])} has {kept[most]:,} of them. Give it a longer timeout, a shorter backoff or "
            "fewer retries."
        )


def _called(service: Service) -> str:
    return f"Service {service.name or service.id}"


def _cells_of(rule: Queueing | None) -> int:
    if rule is None or (rule.timeout_s == math.inf and not rule.retries):
        return 0  # nothing is late and nothing comes again: the fewest cells do
    return cells(rule.timeout_s, rule.retries, rule.backoff_s, rule.most_backoff_s).kept
