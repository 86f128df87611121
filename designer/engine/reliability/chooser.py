"""The door: a question of a service of a system is answered by the method that fits, which is named with its reason."""

from __future__ import annotations

from designer.engine.reliability.answer import EXACT, METHODS, Availability, Interval
from designer.engine.reliability.chains import NotExponential
from designer.engine.reliability.closed import naive_unavailability, solve_horizon, solve_long_run, year_figures
from designer.engine.reliability.exact import TooLarge
from designer.engine.reliability.system import Ask, System, check_long_run, check_system, narrowed
from designer.errors import SpecError


def solve(system: System, ask: Ask, rel_error: float = 0.01, method: str = "", seed: int = 1) -> Availability:
    """Answer by the method that fits, or by the one that is named. Raises SpecError where there is no answer.

    rel_error: half of the width of the interval of a sampled answer, by its value.
    """
    check_system(system)
    if ask.service not in system.services:
        raise SpecError(f"There is no service {ask.service}.")
    if method and method not in METHODS:
        raise SpecError(f"There is no method {method}; there are {', '.join(METHODS)}.")
    if ask.horizon_h is None:
        if ask.slo_h is not None:
            raise SpecError(f"The promise of service {ask.service} needs a horizon in which it is kept or not.")
        check_long_run(system, ask.service)
    part = narrowed(system, ask.service)
    try:
        return _exact(part, ask)
    except NotExponential as law:
        reason = f"{law}, which no chain holds"
    except TooLarge:
        reason = "too much is shared or coupled for an exact answer"
    raise SpecError(f"Service {ask.service}: {reason}.")


def _exact(system: System, ask: Ask) -> Availability:
    if ask.horizon_h is None:
        found, shares, why = solve_long_run(system, ask.service)
        figures = year_figures(found)
    else:
        figures, why = solve_horizon(system, ask)
        shares = {}
    named = {name: Interval.exactly(value) for name, value in figures.items()}
    return Availability(EXACT, f"Exact: {why}.", named, naive(system, ask.service), shares)


def naive(system: System, service: str) -> float | None:
    """The naive unavailability; None where nothing is repaired."""
    try:
        check_long_run(system, service)
    except SpecError:
        return None
    return naive_unavailability(system, service)
