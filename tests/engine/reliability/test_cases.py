"""The shared cases with known answers: exact to nine digits where they are, within sigmas where they are sampled."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from designer.engine.reliability import (
    YEAR_H,
    Ask,
    AtLeast,
    Component,
    Exponential,
    Fixed,
    System,
    Unit,
    series,
    solve,
)
from designer.engine.reliability.balancing import BackEnds, failing_requests
from designer.engine.reliability.chains import fleet_chain
from designer.engine.reliability.closed import counts_of, point_unavailability
from designer.engine.reliability.cluster import PlacedVm, Restarts, VmHost, what_if
from designer.engine.reliability.laws import law_of
from designer.engine.reliability.restart_chain import restart_long_run
from designer.engine.reliability.restarting import Restarted
from tests.engine.reliability.published import (
    FOLDER,
    alike,
    answer,
    bridge,
    case,
    component,
    corded,
    fleet,
    laid_out,
    placed,
    powered,
    restarting,
    tree,
)

pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="the shared cases are not here")
NINE = 2e-9


def long(system: System, service: str = "s") -> dict[str, float]:
    """Exact long-run figures by the names that cases have."""
    found = solve(system, Ask(service), method="exact")
    got = {name: one.value for name, one in found.figures.items()}
    return {**got, "outage_frequency_per_h": got["outages_h"], "naive": found.naive or 0.0}


def first(system: System, horizon: float = YEAR_H) -> tuple[float, float]:
    """Mean time to the first outage, and the probability of one within the horizon."""
    found = solve(system, Ask("s", horizon_h=horizon), method="exact").figures
    return found["mean_time_to_first_outage_h"].value, found["p_outage"].value


def single() -> dict[str, dict[str, float]]:
    host = System((component("h", (8760, 8)),), {"s": Unit("h")})
    found, year = long(host), solve(host, Ask("s", horizon_h=YEAR_H)).figures
    missed = {
        f"p_downtime_gt_{slo}h": solve(
            System((component("h", (2190, 1)),), {"s": Unit("h")}), Ask("s", YEAR_H, slo)
        ).figures["p_slo_missed"].value
        for slo in (0.876, 4.38, 8.76)
    }  # fmt: skip
    often = solve(System((component("h", (2190, 1)),), {"s": Unit("h")}), Ask("s", YEAR_H)).figures
    a1 = {
        **found,
        "point_availability_t10": 1.0 - point_unavailability(host, "s", np.array([10.0]))[0],
        "interval_availability_1y_from_up": year["interval_availability"].value,
        "p_no_failure_1y": 1.0 - year["p_outage"].value,
        "failures_per_year_longrun": found["outages_year"],
        "expected_downtime_minutes_per_year": found["downtime_h_year"] * 60.0,
    }
    return {"A1": a1, "A3": {**missed, "expected_downtime_h": often["expected_downtime_h"].value}}


def structures() -> dict[str, dict[str, float]]:
    b1, c1, c7 = alike(3, 2, (2000, 10)), case("C1")["params"], case("C7")["params"]
    zones = placed(3, 2, c1["az"], c1["vm"], 4)
    members = case("B3")["params"]["members_mtbf_mttr"]
    parts = tuple(component(f"c{n}", pair) for n, pair in enumerate(members))
    b3 = System(parts, {"s": AtLeast(3, tuple(Unit(c.id) for c in parts))})
    means, chance = first(b1)
    power = powered(c7, ("A", "B"))
    c4 = tree(case("C4")["params"], 8)
    service = long(c4, "s0")
    failures = sum(87600.0 / (c.up.mean_h + c.down.mean_h) for c in c4.components if c.up and c.down)
    year = first(zones)
    return {
        "B1": {**long(b1), "mean_time_to_first_outage_h": means, "p_at_least_one_outage_1y": chance},
        "B3": long(b3),
        "B5": long(bridge("B5")),
        "C1": {**long(zones), "wrong_answer_if_independent_unavailability": long(zones)["naive"]},
        "C4": {**{f"service_{name}": value for name, value in service.items()},
               "p_any_service_down": long(c4, "all")["unavailability"], "component_failures_per_10y": failures},
        "C7": {**long(power), "p_all_racks_dark": long(power, "power")["unavailability"],
               "unavailability_if_single_feed": long(powered(c7, ("A",)))["unavailability"]},
        "I2": {**long(zones), "mean_time_to_first_outage_h": year[0], "p_at_least_one_outage_1y": year[1]},
    }  # fmt: skip


def fleets() -> dict[str, dict[str, float]]:
    e = Exponential
    shocked: dict[str, float] = {}
    for k in (1, 2):
        one = long(fleet(units=3, up=e(4000 / 0.9), down=e(10.0), shock=e(40000.0), k=k))
        shocked |= {f"unavailability_{k}of3": one["unavailability"], f"outage_frequency_{k}of3_per_h": one["outages_h"]}
        shocked |= {f"unavailability_{k}of3_if_beta_ignored": one["naive"]} if k == 1 else {}
    pair = fleet(units=2, up=e(2000.0), down=e(6.0), coverage=0.95, switch=e(0.5), k=1)
    warm = fleet(units=3, up=e(1500.0), down=e(12.0), needed=1, dormancy=0.3, k=1)
    crew = fleet(units=10, up=e(200.0), down=e(8.0), crews=1, k=8)
    spares = fleet(units=23, up=e(1000.0), down=e(48.0), needed=20, dormancy=0.0, crews=2, k=20)
    queue, cold = fleet_chain(crew.fleets[0], 8), fleet_chain(spares.fleets[0], 20)
    down = queue.mean_of(lambda state: state[2][0][0])
    time_down = down * 200.0 / (10 - down)
    lost = {}
    for name in ("G1", "G3"):
        p = case(name)["params"]
        crews = 1 if p["rebuild"] == "serial" else 0
        disks = fleet(units=p["n"], up=e(float(p["disk_mtbf"])), down=e(float(p["rebuild_mean"])), crews=crews,
                      k=p["n"] - p["tolerates"])  # fmt: skip
        mean, chance = first(disks, p["horizon"])
        lost[name] = {"mttdl_h": mean, "mttdl_years": mean / YEAR_H, "p_loss_within_horizon": chance}
    return {
        "C5": shocked,
        "D1": {**long(pair), "mean_time_to_first_outage_h": first(pair)[0]},
        "D3": {**long(warm), "mean_time_to_first_outage_h": first(warm)[0]},
        "E1": {"host_availability": 1 - down / 10, "mean_down": down, "mean_time_down_h": time_down,
               "crew_utilisation": queue.mean_of(lambda state: float(state[2][0][0] > 0)),
               "mean_wait_for_crew_h": time_down - 8.0, "p_at_least_8_up": long(crew)["availability"],
               "availability_with_unlimited_crews": 200 / 208},
        "E3": {"p_all_20_running": long(spares)["availability"],
               "mean_down": cold.mean_of(lambda state: state[2][0][0]),
               "mean_running": cold.mean_of(lambda state: min(20, 23 - state[2][0][0]))},
        **lost,
    }  # fmt: skip


def restarts() -> dict[str, dict[str, float]]:
    p = case("F1")["params"]
    both = 1.0 / (1.0 / p["host_mtbf"] + 1.0 / p["rack_mtbf"])
    vm = System((Component("vm", Exponential(both), law_of(p["restart"])),), {"s": Unit("vm")})
    bare = System((component("h", (8760, 8)), component("r", (43800, 12))), {"s": series(Unit("h"), Unit("r"))})
    f1 = {**long(vm), "restarts_per_year": long(vm)["outages_year"],
          "unavailability_without_HA_host8h_rack12h": long(bare)["unavailability"]}  # fmt: skip
    f3 = alike(9, 8, (1500, 24))
    counts = counts_of(f3, "s")
    f6 = placed(3, 6, (17520, 5), (2000, 12), 12)
    zones = counts_of(f6, "s")
    safe = System((*(c for c in f6.components if str(c.id)[0] == "v"),),
                  {"s": AtLeast(12, tuple(Unit(f"v{z}.{n}") for z in range(3) for n in range(6)))})  # fmt: skip
    hosts = tuple(component(f"h{n}", (1000, 10)) for n in range(4))
    f7: dict[str, float] = {}
    for k in (2, 3):
        slots = tuple(VmHost(h.id, Unit(h.id), 1) for h in hosts)
        vms = tuple(PlacedVm(n, f"h{n}", "s") for n in range(3))
        ha = Restarts(hosts, slots, vms, {"s": k}, Exponential(0.1), reserves=True)
        f7["vm_unavailability"], found = restart_long_run(ha, "s")
        f7[f"service_{k}of3_unavailability"] = found.unavailability
        f7[f"service_{k}of3_outage_frequency_per_h"] = found.outages_h
        f7[f"mean_outage_{k}of3_h"] = found.mean_outage_h
    h1 = failing_requests(BackEnds(6, Exponential(500.0), Exponential(1.0), Fixed(20.0 / 3600.0)))
    return {
        "F1": f1,
        "F3": {"p_capacity_insufficient": long(f3)["unavailability"], "frequency_per_h": long(f3)["outages_h"],
               "mean_duration_h": long(f3)["mean_outage_h"],
               "mean_vms_unplaced": sum(p * max(0, 64 - 8 * n) for n, p in enumerate(counts))},
        "F6": {"p_capacity_insufficient": long(f6)["unavailability"],
               "p_insufficient_if_az_never_fails": long(safe)["unavailability"],
               "mean_vms_unplaced": sum(p * max(0, 120 - 10 * n) for n, p in enumerate(zones))},
        "F7": f7,
        "H1": {"p_request_fails": h1.request_fails, "p_backend_up": h1.up,
               "p_backend_failed_undetected": h1.undetected, "p_backend_failed_detected": h1.detected},
    }  # fmt: skip


NOT_ASKED = {"hosts_needed", "lumped_states", "approx_lambda_r"}


@pytest.mark.parametrize("solved", [single, structures, fleets, restarts])
def test_that_exact_answers_have_nine_digits(solved: Callable[[], dict[str, dict[str, float]]]) -> None:
    for name, got in solved().items():
        asked = set(case(name)["answers"]) - NOT_ASKED
        assert {which: got[which] for which in asked} == pytest.approx(
            {which: answer(name, which) for which in asked}, rel=NINE
        ), name


@pytest.mark.parametrize("name", ["W1", "W3"])
def test_that_what_falls_now_is_counted(name: str) -> None:
    read = case(name)
    cut = ["z0"] if read["params"]["kill"] == "az 0" else ["r0.0"]
    lost = what_if(laid_out(name), cut)
    assert read["answers"] == {
        "hosts_down": len(lost.hosts), "vms_lost": len(lost.vms), "lost_by_service": lost.by_service,
        "services_below_k": list(lost.below), "free_slots_on_survivors": lost.free_slots,
        "vms_restartable": lost.restartable, "vms_unplaceable": lost.waiting,
    }  # fmt: skip


def test_that_a_lost_feed_takes_racks_with_one_cord_and_no_others() -> None:
    lost = what_if(corded("W5"), ["A"])
    assert (len(lost.hosts), len(lost.vms), 12 - lost.by_service["s"], lost.below) == (4, 20, 8, ("s",))


def sampled() -> Iterator[tuple[str, System, dict[str, str]]]:
    """Systems with answers that sampling can see: quantity of ours, answer of the case."""
    both = {"unavailability": "unavailability", "outages_h": "outage_frequency_per_h"}
    yield "A1", System((component("h", (8760, 8)),), {"s": Unit("h")}), {"unavailability": "unavailability"}
    yield "B1", alike(3, 2, (2000, 10)), both
    yield "B5", bridge("B5"), both
    p = case("C1")["params"]
    yield "C1", placed(3, 2, p["az"], p["vm"], 4), both
    yield "C7", powered(case("C7")["params"], ("A", "B")), {"unavailability": "unavailability"}
    yield "F3", alike(9, 8, (1500, 24)), {"unavailability": "p_capacity_insufficient", "outages_h": "frequency_per_h"}
    e = Exponential
    yield "D1", fleet(units=2, up=e(2000.0), down=e(6.0), coverage=0.95, switch=e(0.5), k=1), both
    yield "E1", fleet(units=10, up=e(200.0), down=e(8.0), crews=1, k=8), {"availability": "p_at_least_8_up"}
    spares = fleet(units=23, up=e(1000.0), down=e(48.0), needed=20, dormancy=0.0, crews=2, k=20)
    yield "E3", spares, {"availability": "p_all_20_running"}


def test_that_histories_find_the_same_answers() -> None:
    scores: list[float] = []
    for name, system, quantities in sampled():
        figures = solve(system, Ask("s"), 0.05, "monte carlo", seed=11).figures
        for ours, theirs in quantities.items():
            one = figures[ours]
            scores.append((one.value - answer(name, theirs)) / ((one.high - one.low) / 2 / 1.96))
    assert max(map(abs, scores)) <= 4.0
    assert sum(z * z for z in scores) / len(scores) < 2.0


def test_that_weighed_samples_find_the_rare_answers() -> None:
    p = case("C4")["params"]
    for k, exact in ((8, answer("C4", "service_unavailability")), (4, long(tree(p, 4), "s0")["unavailability"])):
        one = solve(tree(p, k), Ask("s0"), 0.02, "rare event").figures["unavailability"]
        assert abs(one.value - exact) < 2 * (one.value - one.low)


def test_that_restarts_with_capacity_come_as_often_as_two_other_programs_say() -> None:
    drawn, totals = Restarted(restarting(), 87600.0, 3).draw_all(0, 1200)
    own: dict[str, Any] = {
        "vm_unavailability": totals[:, 0] / 720 / 87600.0,
        "outages_per_service_per_10y": drawn[:, :60, 1].mean(axis=1),
        "service_unavailability": drawn[:, :60, 0].mean(axis=1) / 87600.0,
    }
    theirs = {
        "vm_unavailability": 0.0042e-4,
        "outages_per_service_per_10y": 0.00051,
        "service_unavailability": 0.126e-7,
    }
    for which, sigma in theirs.items():
        error = math.hypot(sigma, own[which].std() / math.sqrt(len(own[which])))
        assert abs(own[which].mean() - answer("R2", which)) < 4.0 * error, which
    assert totals[:, 2].mean() == pytest.approx(1232.9, rel=0.005)
    assert totals[:, 1].mean() == pytest.approx(answer("R2", "vm_restarts_per_10y"), rel=0.02)
