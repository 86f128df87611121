"""The door: a question of a service of a system is answered by the method that fits, which is named with its reason."""

from __future__ import annotations

import math
from collections.abc import Callable
from importlib import import_module
from typing import Any

from designer.engine.reliability.answer import EXACT, METHODS, MONTE_CARLO, RARE, Availability, Interval
from designer.engine.reliability.chains import NotExponential
from designer.engine.reliability.closed import (
    is_coupled,
    is_exponential,
    naive_unavailability,
    solve_horizon,
    solve_long_run,
    year_figures,
)
from designer.engine.reliability.exact import TooLarge
from designer.engine.reliability.system import Ask, System, check_long_run, check_system, narrowed
from designer.errors import SpecError

RARELY = 1e-6
"""Below this naive unavailability, histories would show hardly an outage."""
REPLICAS_OF_FAILURES = 1000.0
"""Failures in one replica of a long-run question: it is as long as they take."""
Watch = Callable[[Any], bool] | None


def solve(
    system: System,
    ask: Ask,
    rel_error: float = 0.01,
    method: str = "",
    seed: int = 1,
    workers: int = 1,
    watch: Watch = None,
) -> Availability:
    """Answer by the method that fits, or by the one that is named. Raises SpecError where there is no answer.

    rel_error: half of the width of the 95% interval of a sampled answer, by its value. workers: threads that draw
    histories; the answer does not depend on them. watch: is called every few hundredths of a second while something is
    drawn; where it says True, what there is by then is the answer (`whole` is False).
    """
    check_system(system)
    _check_ask(system, ask, rel_error, method)
    part = narrowed(system, ask.service)
    if method == MONTE_CARLO:
        return _monte_carlo(part, ask, rel_error, seed, workers, watch, "it was asked for")
    if method == RARE:
        return _rare(part, ask, rel_error, seed, watch, "it was asked for")
    try:
        return _exact(part, ask)
    except NotExponential as law:
        reason = f"{law}, which no Markov chain holds"
    except TooLarge:
        reason = "too much is shared or coupled for an exact answer"
    if method == EXACT:
        raise SpecError(f"Service {ask.service} has no exact answer: {reason}. Sample it.")
    fits = not is_coupled(part, ask.service) or (_is_rare(part, ask.service) and is_exponential(part))
    if ask.horizon_h is None and fits:
        return _rare(part, ask, rel_error, seed, watch, reason)
    return _monte_carlo(part, ask, rel_error, seed, workers, watch, reason)


def replay(system: System, ask: Ask, seed: int, replica: int) -> tuple[float, float]:
    """Downtime (h) and outages of one drawn replica of a Monte Carlo answer, drawn again alone."""
    part = narrowed(system, ask.service)
    row = _sampler(part, ask, seed).draw(replica, 1)[0, 0]
    return float(row[0]), float(row[1])


def _check_ask(system: System, ask: Ask, rel_error: float, method: str) -> None:
    if ask.service not in system.services:
        raise SpecError(f"There is no service {ask.service}.")
    if method and method not in METHODS:
        raise SpecError(f"There is no method {method}; there are {', '.join(METHODS)}.")
    if not rel_error > 0.0:
        raise SpecError(f"The relative error must be above 0, not {rel_error}.")
    if ask.horizon_h is not None and not 0.0 < ask.horizon_h < math.inf:
        raise SpecError(f"A horizon is a time above 0 h, not {ask.horizon_h} h.")
    if method == RARE and ask.slo_h is not None:
        raise SpecError(
            f"Whether service {ask.service} keeps its promise cannot be told from a biased sample: ask it of histories."
        )
    if ask.horizon_h is None:
        if ask.slo_h is not None:
            raise SpecError(f"The promise of service {ask.service} needs a horizon in which it is kept or not.")
        check_long_run(system, ask.service)
    elif method == RARE:
        raise SpecError("Rare-event methods answer questions of the long run: name no horizon.")


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
    """The naive unavailability; None where there is no long run, or no closed form of a fleet."""
    try:
        check_long_run(system, service)
        return naive_unavailability(system, service)
    except (SpecError, NotExponential, TooLarge):
        return None


def _is_rare(system: System, service: str) -> bool:
    guess = naive(system, service)
    return guess is not None and guess < RARELY


def _sampler(system: System, ask: Ask, seed: int) -> Any:
    """Who draws replicas; loads the compiler."""
    fresh = ask.horizon_h is not None
    if is_coupled(system, ask.service) or system.fleets:
        module = import_module("designer.engine.reliability.coupled")
        means = [law.mean_h for f in system.fleets for law in (f.up, f.down) if law is not None]
        means += [law.mean_h for c in system.components for law in (c.up, c.down) if law is not None]
        horizon = ask.horizon_h or 200.0 * max(means)
        return module.Coupled(system, ask.service, horizon, fresh, seed)
    module = import_module("designer.engine.reliability.sampling")
    often = sum(1.0 / module.cycle_h(c.up, c.down) for c in system.components)
    horizon = ask.horizon_h or REPLICAS_OF_FAILURES / max(often, 1e-12)
    return module.Histories(system, [ask.service], horizon, fresh, seed)


def _monte_carlo(
    system: System, ask: Ask, rel_error: float, seed: int, workers: int, watch: Watch, reason: str
) -> Availability:
    sampling = import_module("designer.engine.reliability.sampling")
    sampler = _sampler(system, ask, seed)
    column = 0 if ask.slo_h is None else 3
    slo = math.inf if ask.slo_h is None else ask.slo_h
    drawn = sampling.sample(sampler, rel_error, slo, column, workers, watch=watch)
    figures = sampling.figures(drawn, sampler.horizon_h, ask.horizon_h is not None, ask.slo_h is not None)
    why = f"Monte Carlo: {reason}."
    guess = naive(system, ask.service)
    return Availability(MONTE_CARLO, why, figures, guess, {}, drawn.replicas, seed, drawn.digest, drawn.whole)


def _rare(system: System, ask: Ask, rel_error: float, seed: int, watch: Watch, reason: str) -> Availability:
    rare = import_module("designer.engine.reliability.rare")
    if not is_coupled(system, ask.service):
        figures, count, digest, whole = rare.sample_shared(system, ask.service, rel_error, seed, watch)
        how = "what parts share is drawn down often and weighed, the rest is integrated out"
    else:
        try:
            figures, count, digest, whole = rare.sample_cycles(system, ask.service, rel_error, seed, watch)
        except NotExponential as law:
            raise SpecError(f"Failures cannot be forced where {law}: draw histories instead.") from None
        how = "failures are forced and weighed, from all up to all up"
    guess = naive(system, ask.service)
    return Availability(RARE, f"Rare event: {reason}; {how}.", figures, guess, {}, count, seed, digest, whole)
