"""The cases of live migration, of a balancer's patience and of scaling policies, read from their files."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest

from designer.engine import Migration, Scaling, Vm, simulate
from designer.engine.balance.even import Hold
from designer.engine.scaling.policy import whole
from designer.engine.spec.precopy import (
    CLASSIC_FACTOR,
    CLASSIC_ROUNDS,
    MBIT_A_MIB,
    PAGE_MIB,
    PLAIN_FRAC,
    XEN_PAGES,
    GuestMemory,
    Outcome,
    begun,
    mib_s_of,
    outcome,
    stop_of,
    until_change,
    walked,
)
from tests.cases import FOLDER
from tests.engine.moving_world import host, vm
from tests.engine.moving_world import world as moving
from tests.engine.scaling.test_autoscaling import GROUP, SHOP, ZONES, world
from tests.engine.scaling.test_autoscaling import told as scaled
from tests.scenarios.test_hypervisor_cases import case

pytestmark = pytest.mark.skipif(not (FOLDER / "hypervisor").is_dir(), reason="the shared cases are not here")

MOVED_S, VM = 600.0, 100


def run_of(guest: GuestMemory, rule: Any, mib_s: float, downtime_s: float = 0.3) -> tuple[float, float, bool]:
    """How long a migration takes in a run, how long the VM stands still, and whether it comes to an end."""
    migration = Migration(rule, mib_s * MBIT_A_MIB, downtime_s=downtime_s)
    hot = 0.0 if math.isinf(guest.hot_mib) else guest.hot_mib
    one = vm(0, 0, ram_mib=guest.memory_mib, dirty_mib_s=guest.dirty_mib_s, hot_mib=hot)
    result = simulate(moving([host(n, migration) for n in (0, 1)], [one], (MOVED_S, "move", VM), until_s=86_400.0))
    moved = [entry for entry in result.log if entry.what == "migrated"]
    return (moved[0].time_s - MOVED_S, moved[0].value, True) if moved else (math.inf, math.nan, False)


def both(guest: GuestMemory, rule: Any, mib_s: float, downtime_s: float = 0.3, resume_s: float = 0.0) -> Outcome:
    """What a migration takes by its figures, which are those of a run but for the time in which a VM resumes."""
    found = outcome(guest, stop_of(rule, downtime_s), mib_s, resume_s)
    duration_s, down_s, ends = run_of(guest, rule, mib_s, downtime_s)
    assert ends == found.converges
    if ends:
        assert (duration_s, down_s) == pytest.approx((found.duration_s - resume_s, found.downtime_s - resume_s))
    return found


@pytest.mark.parametrize("name", ["MIG-01", "MIG-02"])
def test_that_kvm_sends_round_after_round_and_then_the_rest(name: str) -> None:
    given, expect = case(name)
    guest = GuestMemory(given["mem_mib"], given["dirty_mib_s"])
    found = both(guest, "kvm", given["bandwidth_mib_s"], given["downtime_limit_s"], given["resume_s"])
    assert found.rounds_live == expect["rounds_live"]
    for key in ("sent_mib", "duration_s", "downtime_s"):
        assert getattr(found, key) == pytest.approx(expect[key], rel=1e-9), key
    part = guest.dirty_mib_s / given["bandwidth_mib_s"]
    volumes = [guest.memory_mib * part**n for n in range(found.rounds_live + 1)]
    assert volumes == pytest.approx(expect.get("volumes_mib", volumes), rel=1e-9)
    assert found.sent_mib == pytest.approx(sum(volumes), rel=1e-9)


def test_that_a_hot_set_bounds_what_a_round_sends() -> None:
    given, expect = case("MIG-03")
    guest = GuestMemory(given["mem_mib"], given["dirty_mib_s"], given["hot_set_mib"])
    found = [both(guest, "kvm", given["bandwidth_mib_s"], limit_s) for limit_s in given["runs_downtime_limit_s"]]
    assert [one.converges for one in found] == expect["converges"]
    assert found[1].rounds_live == expect["rounds_live"][1]
    assert (found[1].duration_s, found[1].downtime_s) == pytest.approx(
        (expect["duration_s"][1], expect["downtime_s"][1]), rel=1e-9
    )


def test_that_xen_stops_after_five_rounds_or_one_after_fifty_pages() -> None:
    given, expect = case("MIG-04")
    mib_s = given["bandwidth_pages_s"] * PAGE_MIB
    for n, dirty in enumerate(given["dirty_pages_s"]):
        found = both(GuestMemory(given["pages"] * PAGE_MIB, dirty * PAGE_MIB), "xen", mib_s)
        assert found.rounds_live == expect["rounds_live"][n]
        assert found.duration_s == pytest.approx(expect["duration_s"][n], rel=1e-9)
        assert found.downtime_s == pytest.approx(expect["downtime_s"][n], rel=1e-6)
        assert found.downtime_s * given["bandwidth_pages_s"] == pytest.approx(expect["stopped_pages"][n], rel=1e-6)
        pages = expect["last_live_pages"][n]
        before_s = found.duration_s - found.downtime_s - pages / given["bandwidth_pages_s"] / 2.0
        guest, stop = GuestMemory(given["pages"] * PAGE_MIB, dirty * PAGE_MIB), stop_of("xen")
        last = walked(begun(guest, stop, mib_s), guest, stop, mib_s, before_s)  # amid the last round live
        assert (last.rounds, last.stopped) == (found.rounds_live - 1, False)
        assert last.round_mib / PAGE_MIB == pytest.approx(pages, rel=1e-6)


def test_that_a_vm_that_writes_faster_than_the_wire_stands_still_under_xen_and_never_ends_under_kvm() -> None:
    given, expect = case("MIG-05")
    guest = GuestMemory(given["pages"] * PAGE_MIB, given["dirty_pages_s"] * PAGE_MIB)
    mib_s = given["bandwidth_pages_s"] * PAGE_MIB
    found = both(guest, "xen", mib_s)
    assert (found.rounds_live, found.duration_s, found.downtime_s) == (
        expect["rounds_live"], pytest.approx(expect["duration_s"]), pytest.approx(expect["downtime_s"]),
    )  # fmt: skip
    assert both(guest, "kvm", mib_s, given["beside"]["downtime_limit_s"]).converges == expect["kvm_converges"]


def test_that_the_old_xen_stops_once_it_sent_three_times_the_memory() -> None:
    given, expect = case("MIG-06")
    guest = GuestMemory(given["pages"] * PAGE_MIB, given["dirty_pages_s"] * PAGE_MIB)
    found = both(guest, "xen_classic", given["bandwidth_pages_s"] * PAGE_MIB)
    assert found.rounds_live == expect["rounds_live"]
    assert found.sent_mib / guest.memory_mib == pytest.approx(expect["sent_over_memory"], rel=1e-9)
    assert (found.duration_s, found.downtime_s) == pytest.approx((expect["duration_s"], expect["downtime_s"]), rel=1e-9)
    rule = {"max_iters": CLASSIC_ROUNDS, "max_factor": CLASSIC_FACTOR, "min_pages": XEN_PAGES}
    assert rule == {name: given[name] for name in rule}
    stop, mib_s = stop_of("xen_classic"), given["bandwidth_pages_s"] * PAGE_MIB
    _, end = until_change(begun(guest, stop, mib_s), guest, stop, mib_s)
    reasons = {
        "max_iters": end.rounds >= CLASSIC_ROUNDS,
        "max_factor": end.sent_mib > CLASSIC_FACTOR * guest.memory_mib,
        "min_pages": end.left_mib < XEN_PAGES * PAGE_MIB,  # the round before sent more than this one
    }
    assert [name for name, holds in reasons.items() if holds] == [expect["stopped_by"]]


def test_that_the_plain_model_copies_the_memory_over_half_of_the_bandwidth() -> None:
    given, expect = case("MIG-07")
    whole_mb_s = given["host_bw_mbit_s"] / 8.0
    for ram_mb, duration_s in zip(given["ram_mb"], expect["duration_s"], strict=True):
        guest, mib_s = GuestMemory(ram_mb / 1.048576, 10.0), mib_s_of(given["host_bw_mbit_s"])
        found = outcome(guest, stop_of("plain"), mib_s * PLAIN_FRAC)
        assert run_of(guest, "plain", mib_s)[:2] == pytest.approx((found.duration_s, found.downtime_s))
        assert (found.duration_s, found.downtime_s) == pytest.approx((duration_s, expect["downtime_s"]), rel=1e-9)
        assert ram_mb / found.duration_s == pytest.approx(expect["bandwidth_mb_s"])
        assert found.least_pace * 100.0 == expect["source_gives_pct"]
    assert expect["bandwidth_mb_s"] == whole_mb_s / 2.0


def test_that_the_balancer_of_proxmox_holds_and_asks_for_a_margin() -> None:
    given, expect = case("HA-13")
    patience = Hold(given["threshold"], given["hold_rounds"], given["margin"])
    series, best = given["imbalance_by_round"], given["best_reachable_imbalance"]
    due = [n for n, now in enumerate(series) if patience.is_due(now)]
    assert due == expect["evaluated_in_rounds"]
    assert [n for n in due if patience.is_worth(series[n], best[str(n)])] == expect["moved_in_rounds"]
    for n, change in zip(due, expect["relative_change"], strict=True):  # worth a margin of as much, and of no more
        worth = [Hold(0.0, 1, change * part).is_worth(series[n], best[str(n)]) for part in (1.0 - 1e-9, 1.0 + 1e-9)]
        assert worth == [True, False]


def wanted(count: int, metric_pct: float, scaling: Scaling) -> int:
    """How many instances a group of some, that are at a mean CPU, wants at its first look."""
    load = float(count * metric_pct)  # an instance serves 100 requests a second
    spec = world(scaling, load, count, 40, until_s=400.0)
    found = scaled(simulate(spec))
    return int(found[0][1]) if found else count


def test_that_target_tracking_wants_what_brings_the_metric_to_the_target() -> None:
    given, expect = case("SCL-03")
    rule = Scaling(target_frac=given["target_pct"] / 100.0, out_periods=1, in_periods=1)
    assert [wanted(ask["n"], ask["metric"], rule) for ask in given["asks"]] == expect["wanted"]


def test_that_steps_are_parts_of_the_present_capacity() -> None:
    given, expect = case("SCL-04")
    steps = [(step["from"] / 100.0, step["pct"] / 100.0) for step in given["out"]]
    steps += [(step["to"] / 100.0 or -1e-9, step["pct"] / 100.0) for step in given["in"]]
    rule = Scaling(threshold_frac=given["threshold"] / 100.0, steps=tuple(steps), out_periods=1, in_periods=1)
    before = [given["start"], *expect["capacity"][:-1]]
    assert [wanted(n, metric, rule) for n, metric in zip(before, given["metric_series"])] == expect["capacity"]


def test_that_a_percentage_becomes_whole_instances() -> None:
    given, expect = case("SCL-05")
    assert [whole(change) for change in given["changes"]] == expect["instances"]
    least = given["min_adjustment"]
    rule = Scaling(threshold_frac=0.5, steps=((0.0, least["pct"] / 100.0),), least_change=least["min"], out_periods=1)
    assert wanted(least["n"], 90.0, rule) - least["n"] == expect["with_minimum"]


def test_that_simple_scaling_waits_until_its_cooldown_after_the_last_launch_is_over() -> None:
    given, expect = case("SCL-06")
    rule = Scaling(threshold_frac=0.1, steps=((0.0, 0.01),), least_change=given["add"], out_periods=1,
                   period_s=given["alarm_evaluated_every_s"], cooldown_s=given["cooldown_s"])  # fmt: skip
    spec = world(rule, 5000.0, given["start"], given["max"], until_s=given["until_s"] + 60.0, sample_s=10.0)
    vms = [Vm(100 + n, ZONES[n % 2], 1, 1000.0, 1024.0, service=SHOP, group=GROUP, recovery="replace",
              boot_s=given["launch_s"]) for n in range(given["start"])]  # fmt: skip
    result = simulate(replace(spec, vms=vms))
    first_s = scaled(result)[0][0]  # the alarm is looked at for the first time
    assert [time_s - first_s for time_s, _ in scaled(result)] == expect["actions_at_s"]
    begun = [entry.time_s - first_s for entry in result.log if entry.what == "running"]
    for time_s, count in expect["in_service"].items():
        assert given["start"] + sum(at_s <= float(time_s) for at_s in begun) == count
