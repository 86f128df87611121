"""Sampled answers beside exact ones, and what every sample promises: one digest, replay, cancel, honest intervals."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import pytest

from designer.engine.reliability import (
    Ask,
    AtLeast,
    Component,
    Crew,
    Exponential,
    Fixed,
    Fleet,
    Gamma,
    Law,
    Lognormal,
    Resampled,
    Running,
    Shock,
    System,
    Uniform,
    Unit,
    Weibull,
    replay,
    series,
    solve,
)
from designer.engine.reliability.rare import sample_cycles
from designer.engine.reliability.sampling import Histories
from designer.engine.reliability.system import narrowed
from designer.errors import SpecError


def tree(up: type[Exponential] | None = None, k: int = 5, crew: str = "") -> System:
    """Three zones of two racks of two VMs; k of the twelve are needed."""

    def part(name: str, mtbf: float, mttr: float) -> Component:
        return Component(name, Exponential(mtbf), Exponential(mttr), crew)

    zones = [part(f"z{z}", 900.0, 6.0) for z in range(3)]
    racks = [part(f"r{z}{r}", 700.0, 12.0) for z in range(3) for r in range(2)]
    vms = [part(f"v{z}{r}{v}", 90.0, 4.0) for z in range(3) for r in range(2) for v in range(2)]
    needs = tuple(series(Unit(f"z{z}"), Unit(f"r{z}{r}"), Unit(f"v{z}{r}{v}"))
                  for z in range(3) for r in range(2) for v in range(2))  # fmt: skip
    return System((*zones, *racks, *vms), {"s": AtLeast(k, needs)}, crews=(Crew("c", 3),) if crew else ())


LAWS: list[tuple[Law, Law]] = [
    (Exponential(40.0), Fixed(3.0)),
    (Weibull.of_mean(40.0, 0.7), Lognormal.of_mean(3.0, 1.0)),
    (Gamma(0.5, 80.0), Gamma(3.0, 1.0)),
    (Uniform(10.0, 70.0), Resampled((1.0, 2.0, 6.0))),
    (Lognormal.of_mean(40.0, 1.0), Weibull.of_mean(3.0, 2.0)),
]


@pytest.mark.parametrize("laws", LAWS, ids=lambda pair: type(pair[0]).__name__)
def test_that_histories_of_any_laws_are_in_the_long_run_from_their_first_instant(laws: tuple[Law, Law]) -> None:
    parts = tuple(Component(n, *laws) for n in range(3))
    system = System(parts, {"s": AtLeast(2, tuple(Unit(n) for n in range(3)))})
    exact = solve(system, Ask("s"), method="exact").figures
    # shorter than a mean up time: were the start all up, or anything but the long run, the mean would tell
    drawn = Histories(narrowed(system, "s"), ["s"], 25.0, False, 3).draw(0, 80000)[:, 0]
    for column, name in ((0, "unavailability"), (1, "outages_h")):
        mean, error = drawn[:, column].mean() / 25.0, drawn[:, column].std() / 25.0 / len(drawn) ** 0.5
        assert abs(mean - exact[name].value) < 4.0 * error < 0.1 * mean


def test_that_monte_carlo_follows_shared_zones_and_racks() -> None:
    exact = solve(tree(k=8), Ask("s"))
    drawn = solve(tree(k=8), Ask("s"), rel_error=0.02, method="monte carlo")
    assert drawn.method == "monte carlo"
    for name in ("unavailability", "outages_h", "mean_outage_h"):
        one = drawn.figures[name]
        assert one.low - (one.high - one.low) / 2 < exact.figures[name].value < one.high + (one.high - one.low) / 2
    assert drawn.figures["unavailability"].rel_error <= 0.02


def test_that_a_sample_is_the_same_for_any_number_of_workers_and_each_replica_is_drawn_again_alone() -> None:
    ask = Ask("s", horizon_h=5000.0, slo_h=20.0)
    answers = [solve(tree(k=7), ask, 0.05, "monte carlo", seed=5, workers=n) for n in (1, 3)]
    assert len({one.digest for one in answers}) == len({one.replicas for one in answers}) == 1
    sampler = Histories(narrowed(tree(k=7), "s"), ["s"], 5000.0, True, 5)
    whole = sampler.draw(0, 12)
    assert [replay(tree(k=7), ask, 5, n) for n in range(12)] == [tuple(row[0]) for row in whole]
    assert solve(tree(k=7), ask, 0.05, "monte carlo", seed=6).digest != answers[0].digest


def test_that_a_new_component_changes_nobody_elses_luck() -> None:
    system = tree(k=7)
    more = replace(system, components=(Component("new", Exponential(50.0), Exponential(5.0)), *system.components))
    ask = Ask("s", horizon_h=5000.0)
    assert [replay(system, ask, 1, n) for n in range(6)] == [replay(more, ask, 1, n) for n in range(6)]


def test_that_a_canceled_sample_keeps_what_there_is() -> None:
    seen = []
    answer = solve(
        tree(k=2), Ask("s"), 1e-6, "monte carlo", watch=lambda drawn: bool(seen.append(drawn)) or len(seen) == 3
    )
    assert (answer.whole, len(seen)) == (False, 3)
    assert answer.replicas == seen[-1].replicas > 0


COUPLED = [
    Fleet("f", 6, Exponential(60.0), Exponential(8.0), crews=2),
    Fleet("f", 5, Exponential(60.0), Exponential(8.0), needed=4, dormancy=0.0),
    Fleet("f", 4, Exponential(60.0), Exponential(8.0), coverage=0.8, switch=Exponential(1.0)),
    Fleet("f", 4, Exponential(60.0), Exponential(8.0), shock=Exponential(300.0)),
]


@pytest.mark.parametrize("fleet", COUPLED, ids=["crews", "cold spare", "coverage", "shock"])
def test_that_fleets_are_sampled_as_their_chains_are_solved(fleet: Fleet) -> None:
    system = System(services={"s": Running("f", 4 if fleet.units > 4 else 2)}, fleets=(fleet,))
    exact = solve(system, Ask("s"))
    drawn = solve(system, Ask("s"), 0.02, "monte carlo", seed=4)
    for name in ("unavailability", "outages_h"):
        one = drawn.figures[name]
        assert abs(one.value - exact.figures[name].value) < 2 * (one.value - one.low)


def test_that_crews_and_shocks_are_sampled_as_their_chain_is_solved() -> None:
    hosts = tuple(Component(f"h{n}", Exponential(60.0), Exponential(6.0 + n), "c") for n in range(4))
    shocks = (Shock("x", Exponential(200.0), ("h0", "h1", "h2"), 0.5),)
    system = System(hosts, {"s": AtLeast(3, tuple(Unit(h.id) for h in hosts))}, crews=(Crew("c"),), shocks=shocks)
    exact = solve(system, Ask("s")).figures["unavailability"].value
    one = solve(system, Ask("s"), 0.02, "monte carlo").figures["unavailability"]
    assert abs(one.value - exact) < 2 * (one.value - one.low)


def test_that_rare_outages_are_weighed_without_bias() -> None:
    exact = solve(tree(k=1), Ask("s"))
    drawn = solve(tree(k=1), Ask("s"), 0.02, "rare event")
    assert exact.figures["unavailability"].value < 1e-6
    for name in ("unavailability", "outages_h"):
        one = drawn.figures[name]
        assert abs(one.value - exact.figures[name].value) < 2 * (one.value - one.low)
        assert one.rel_error <= 0.02


def test_that_forced_failures_are_weighed_without_bias() -> None:
    hosts = tuple(Component(f"h{n}", Exponential(500.0), Exponential(2.0), "c") for n in range(4))
    system = System(hosts, {"s": AtLeast(1, tuple(Unit(h.id) for h in hosts))}, crews=(Crew("c", 2),))
    exact = solve(system, Ask("s")).figures
    figures, _, _, whole = sample_cycles(system, "s", 0.1, 1)
    assert whole
    assert exact["unavailability"].value < 1e-8
    for name in ("unavailability", "outages_h"):
        one = figures[name]
        assert abs(one.value - exact[name].value) < 2 * (one.value - one.low)


def test_that_the_program_picks_a_method_and_says_why() -> None:
    odd = tuple(Component(f"h{n}", Weibull.of_mean(90.0, 0.8), Lognormal.of_mean(4.0, 1.0), "c") for n in range(3))
    crewed = System(odd, {"s": AtLeast(2, tuple(Unit(h.id) for h in odd))}, crews=(Crew("c"),))
    answer = solve(crewed, Ask("s"), 0.1)
    assert (answer.method, answer.why) == (
        "monte carlo", "Monte Carlo: h0 has a law that is not exponential, which no Markov chain holds."
    )  # fmt: skip
    assert solve(tree(), Ask("s")).method == "exact"


def test_that_what_a_method_cannot_do_is_refused_with_a_sentence() -> None:
    odd = Component("h", Weibull.of_mean(90.0, 0.8), Exponential(4.0), "c")
    crewed = System((odd,), {"s": Unit("h")}, crews=(Crew("c"),))
    for ask, method, says in [
        (Ask("s"), "rare event", "Failures cannot be forced where h has a law"),
        (Ask("s", 8760.0, 1.0), "rare event", "cannot be told from a biased sample"),
        (Ask("s", 8760.0), "rare event", "name no horizon"),
        (Ask("s"), "exact", "has no exact answer"),
        (Ask("s"), "guess", "There is no method guess"),
    ]:
        with pytest.raises(SpecError, match=says):
            solve(crewed, ask, method=method)


def test_that_an_exact_answer_does_not_load_the_compiler() -> None:
    program = (
        "import sys; from designer.engine.reliability import *;"
        "s = System((Component(1, Exponential(9.0), Exponential(1.0)),), {'s': Unit(1)});"
        "print(solve(s, Ask('s')).figures['unavailability'].value, 'numba' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True, check=True)
    assert done.stdout.split() == ["0.1", "False"]
