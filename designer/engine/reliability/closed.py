"""Exact answers: by conditioning where components are independent, by a Markov chain where something couples them."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from designer.engine.reliability import chains
from designer.engine.reliability.exact import Long, Structure, TooLarge, component_triple, long_run, shares_of_outages
from designer.engine.reliability.laws import Exponential
from designer.engine.reliability.system import (
    YEAR_H,
    Ask,
    AtLeast,
    Component,
    Fleet,
    Id,
    Node,
    Running,
    System,
    Unit,
    units_of,
)

Key = tuple[str, Id]
Leaves = dict[Key, tuple[float, float, float]]
POINTS = 16
"""Of each panel of an integral over time."""


def key_of(leaf: Unit | Running) -> Key:
    """How a structure names a leaf."""
    return ("fleet", f"{leaf.fleet}\0{leaf.k}") if isinstance(leaf, Running) else ("unit", leaf.id)


def is_coupled(system: System, service: str) -> bool:
    """Whether a crew, a shock or a fleet that is asked about twice couples what a service stands on."""
    asked = Counter(leaf.fleet for leaf in set(units_of(system.services[service])) if isinstance(leaf, Running))
    crewed = any(c.crew != "" for c in system.components)
    return crewed or bool(system.shocks) or any(count > 1 for count in asked.values())


def is_exponential(system: System) -> bool:
    """Whether a Markov chain holds all laws."""
    laws = [law for c in system.components for law in (c.up, c.down)] + [s.law for s in system.shocks]
    laws += [law for f in system.fleets for law in (f.up, f.down, f.switch, f.shock)]
    return all(law is None or isinstance(law, Exponential) for law in laws)


def is_plain(fleet: Fleet) -> bool:
    """Whether the units of a fleet are independent of one another, so that any laws do."""
    hot = fleet.dormancy == 1.0 or fleet.running == fleet.units
    return hot and fleet.crews in (0, fleet.units) and fleet.coverage == 1.0 and fleet.shock is None


def fleet_long_run(fleet: Fleet, k: int) -> Long:
    """Figures of at least `k` running units of a fleet."""
    if not is_plain(fleet):
        return chains.fleet_chain(fleet, k).long_run()
    units = tuple(Unit(n) for n in range(fleet.units))
    triple = component_triple(Component("", fleet.up, fleet.down))
    return long_run(AtLeast(k, units), {("unit", n): triple for n in range(fleet.units)})


def leaves_of(system: System, service: str, naive: bool = False) -> Leaves:
    """Long-run probabilities and frequencies of all leaves; naive: a shock is one failure more of each it hits."""
    found: Leaves = {}
    components = {c.id: c for c in system.components}
    fleets = {f.id: f for f in system.fleets}
    for leaf in set(units_of(system.services[service])):
        if isinstance(leaf, Unit):
            component = components[leaf.id]
            found[key_of(leaf)] = _with_shocks(component, system) if naive else component_triple(component)
        else:
            fleet = fleets[leaf.fleet]
            one = _naive_fleet(fleet, leaf.k) if naive else fleet_long_run(fleet, leaf.k)
            found[key_of(leaf)] = (one.availability, one.unavailability, one.outages_h)
    return found


def _with_shocks(component: Component, system: System) -> tuple[float, float, float]:
    often = sum(s.lethal / s.law.mean_h for s in system.shocks if component.id in s.hits)
    own = 1.0 / component.up.mean_h if component.up is not None else 0.0
    if own + often == 0.0:
        return 1.0, 0.0, 0.0
    return component_triple(Component(component.id, Exponential(1.0 / (own + often)), component.down))


def _naive_fleet(fleet: Fleet, k: int) -> Long:
    often = 1.0 / fleet.up.mean_h + (1.0 / fleet.shock.mean_h if fleet.shock is not None else 0.0)
    return fleet_long_run(Fleet(fleet.id, fleet.units, Exponential(1.0 / often), fleet.down), k)


def naive_unavailability(system: System, service: str) -> float:
    """As if nothing were shared and nothing struck twice: every part has what it stands on for itself."""
    return long_run(system.services[service], leaves_of(system, service, naive=True), independent=True).unavailability


def solve_long_run(system: System, service: str) -> tuple[Long, dict[Id, float], str]:
    """Long-run figures, which component begins which share of outages, and how it was solved."""
    if is_coupled(system, service):
        chain = chains.chain_of(system, service)
        return chain.long_run(), {}, f"a Markov chain of {len(chain.states)} states holds crews, shocks and all laws"
    leaves = leaves_of(system, service)
    node = system.services[service]
    found = long_run(node, leaves)
    why = "components are independent, so what is shared is conditioned on; only the means of the laws count"
    return found, _shares(node, leaves), why


MOST_SHARES = 4000


def _shares(node: Node, leaves: Leaves) -> dict[Id, float]:
    if len(leaves) > MOST_SHARES:
        return {}
    try:
        return {str(key[1]).partition("\0")[0] if key[0] == "fleet" else key[1]: share
                for key, share in shares_of_outages(node, leaves).items()}  # fmt: skip
    except (TooLarge, MemoryError):
        return {}


def solve_horizon(system: System, ask: Ask) -> tuple[dict[str, float], str]:
    """Figures of a horizon from all up and new; raises TooLarge or NotExponential where one cannot be had."""
    horizon = ask.horizon_h
    assert horizon is not None
    if ask.slo_h is not None:
        missed = _missed_by_one(system, ask)
    chain = chains.chain_of(system, ask.service)
    first = chain.mean_time_to_first_outage_h()
    figures = {"p_outage": chain.outage_probability(horizon), "mean_time_to_first_outage_h": first}
    if not is_coupled(system, ask.service) and not system.fleets:
        downtime = expected_downtime_h(system, ask.service, horizon)
        point = point_unavailability(system, ask.service, np.array([horizon]))[0]
    else:
        downtime, point = _chain_downtime(chain, horizon)
    figures |= {
        "expected_downtime_h": downtime,
        "interval_availability": 1.0 - downtime / horizon,
        "point_availability": 1.0 - point,
    }
    if ask.slo_h is not None:
        figures["p_slo_missed"] = missed
    return figures, f"all laws are exponential: a Markov chain of {len(chain.states)} states"


def _panels(horizon_h: float, fastest_h: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Points and weights of an integral from 0 that changes fast at first."""
    count = max(2, math.ceil(math.log2(max(2.0, horizon_h / fastest_h))) + 3)
    edges = np.r_[0.0, horizon_h / 2.0 ** np.arange(count, -1, -1)]
    x, w = np.polynomial.legendre.leggauss(POINTS)
    half = np.diff(edges) / 2.0
    return (edges[:-1, None] + half[:, None] * (x + 1.0)).ravel(), (half[:, None] * w).ravel()


def point_unavailability(system: System, service: str, times_h: NDArray[np.float64]) -> NDArray[np.float64]:
    """That the service is down at each time, from all up; of independent components with exponential laws."""
    structure = Structure(system.services[service])
    components = {("unit", c.id): c for c in system.components}
    down = []
    for key in structure.leaves:
        component = components[key]
        fails, mends = chains.rate(component.up, component.id), chains.rate(component.down, component.id)
        both = fails + mends
        down.append(-np.expm1(-both * times_h) * (fails / both if both else 0.0))
    table = np.array(down)
    one = structure.triple(1.0 - table, table, np.zeros((*table.shape, 1)))
    return np.asarray(np.broadcast_to(one.down, times_h.shape))


def expected_downtime_h(system: System, service: str, horizon_h: float) -> float:
    """The mean downtime within a horizon, from all up."""
    rates = [chains.rate(c.up, c.id) + chains.rate(c.down, c.id) for c in system.components]
    times, weights = _panels(horizon_h, 1.0 / max([1.0 / horizon_h, *rates]))
    return float(weights @ point_unavailability(system, service, times))


def _chain_downtime(chain: chains.Chain, horizon_h: float) -> tuple[float, float]:
    """By one state more for each: the time spent down is where a clock that ticks while down has come to."""
    rates = chain.rates
    n = len(rates)
    leaving = rates.sum(axis=1)
    generator = np.zeros((n + 1, n + 1))
    generator[:n, :n] = rates - np.diag(leaving)
    generator[:n, n] = chain.down
    squarings = max(0, math.ceil(math.log2(max(1.0, float(leaving.max()) * horizon_h) / 0.25)))
    step = generator * (horizon_h / 2.0**squarings)
    total = np.eye(n + 1)
    term = np.eye(n + 1)
    for count in range(1, 24):
        term = term @ step / count
        total += term
    for _ in range(squarings):
        total = total @ total
    return float(total[0, n]), float(total[0, :n][chain.down].sum())


def _missed_by_one(system: System, ask: Ask) -> float:
    """Takács (1957): the probability that one component is down for longer than the promise, within the horizon."""
    node = system.services[ask.service]
    if not isinstance(node, Unit) or is_coupled(system, ask.service):
        raise TooLarge
    (component,) = system.components
    fails, mends = chains.rate(component.up, component.id), chains.rate(component.down, component.id)
    assert ask.horizon_h is not None and ask.slo_h is not None
    if ask.slo_h >= ask.horizon_h:
        return 0.0
    return float(np.dot(*_poisson_pair(fails * (ask.horizon_h - ask.slo_h), mends * ask.slo_h)))


def _poisson_pair(failures: float, repairs: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The probability of n failures, and that fewer than n repairs end in the promised downtime, n = 0, 1, ..."""
    most = int(failures + repairs + 12.0 * math.sqrt(failures + repairs + 1.0)) + 40

    def pmf(mean: float) -> NDArray[np.float64]:
        if mean == 0.0:
            return np.asarray(np.eye(1, most)[0])
        n = np.arange(most)
        log_factorial = np.r_[0.0, np.cumsum(np.log(np.arange(1, most)))]
        return np.asarray(np.exp(n * math.log(mean) - mean - log_factorial))

    return pmf(failures), np.r_[0.0, np.cumsum(pmf(repairs))[:-1]]


def year_figures(found: Long) -> dict[str, float]:
    """Long-run figures by name."""
    return {
        "availability": found.availability,
        "unavailability": found.unavailability,
        "outages_h": found.outages_h,
        "mean_outage_h": found.mean_outage_h,
        "downtime_h_year": found.unavailability * YEAR_H,
        "outages_year": found.outages_h * YEAR_H,
    }


def counts_of(system: System, service: str) -> NDArray[np.float64]:
    """The long-run probability that exactly 0, 1, 2 ... of the topmost parts of a service are up.

    The mean number of VMs without a place is the mean of what these lack.
    """
    if is_coupled(system, service):
        raise TooLarge
    structure = Structure(system.services[service])
    leaves: Mapping[Key, tuple[float, float, float]] = leaves_of(system, service)
    values = np.array([leaves[key] for key in structure.leaves])
    return structure.counts(values[:, 0], values[:, 1])
