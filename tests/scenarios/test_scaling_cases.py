"""Auto Scaling groups that lose a zone and get it back: the cases with known answers."""

from __future__ import annotations

from itertools import accumulate
from typing import Any

import pytest

from designer.engine import Constant, Domain, Group, Service, Simulation, Spec, TimedEvent, Vm
from designer.engine.state.state import RUNNING
from tests.cases import FOLDER
from tests.scenarios.test_hypervisor_cases import case

pytestmark = pytest.mark.skipif(not (FOLDER / "hypervisor").is_dir(), reason="the shared cases are not here")

REGION, ZONE, NET, GROUP, SHOP = 1, 2, 12, 50, 70
LOST_S, BACK_S, END_S = 100.0, 1000.0, 4000.0


def group_of(given: dict[str, Any], lost: str) -> Simulation:
    """A run of the group of a case to its end: a zone is lost, and comes back; subnets have the room that is left."""
    names, start = given["zones"], given["start"]
    left = given.get("room_left", {})
    most = {n: start[n] + left[name] for n, name in enumerate(names) if name in left}
    zones = [Domain(ZONE + n, REGION, "zone", name) for n, name in enumerate(names)]
    nets = [Domain(NET + n, ZONE + n, "subnet", addresses=most.get(n)) for n in range(len(names))]
    template = Vm(60, NET, 1, 1000.0, 64.0, recovery="replace", group=GROUP, service=SHOP, boot_s=30.0)
    places = [NET + n for n, count in enumerate(start) for _ in range(count)]
    vms = [Vm(100 + v, on, 1, 1000.0, 64.0, recovery="replace", group=GROUP, service=SHOP, boot_s=30.0)
           for v, on in enumerate(places)]  # fmt: skip
    group = Group(GROUP, 0, given["desired"], given["max"], tuple(net.id for net in nets), template, detect_s=20.0)
    cut = ZONE + names.index(lost)
    run = Simulation(Spec(
        [Domain(REGION, 0, "region"), *zones, *nets], [], vms, [Service(SHOP, Constant(1.0), 1.0)], groups=[group],
        events=[TimedEvent(LOST_S, "fail", cut), TimedEvent(BACK_S, "recover", cut)], until_s=END_S, sample_s=60.0,
    ))  # fmt: skip
    run.advance(END_S)
    return run


def counts(run: Simulation, time_s: float) -> list[int]:
    """Running instances in each zone."""
    moment = run.moment(time_s)
    running = [place for place, status in zip(moment.place, moment.status) if status == RUNNING]
    return [running.count(net) for net in range(NET, NET + 3)]


def told(run: Simulation, what: str, from_s: float, to_s: float) -> int:
    """How many entries of a type the log has in a span of time."""
    return sum(entry.what == what and from_s <= entry.time_s < to_s for entry in run.result().log)


def most_at_once(run: Simulation, given: dict[str, Any]) -> int:
    """The most instances that the group ever has, booting ones among them."""
    steps = {"launched": 1, "terminated": -1}
    return max(accumulate((steps.get(e.what, 0) for e in run.result().log), initial=sum(given["start"])))


def test_that_a_group_makes_up_for_a_zone_and_balances_again() -> None:
    given, expect = case("SCL-01")
    run = group_of(given, "a")
    assert sorted(counts(run, BACK_S - 1)) == expect["after_loss_sorted"]
    assert sorted(counts(run, END_S)) == expect["after_return_sorted"]
    assert told(run, "launched", LOST_S, BACK_S) == expect["launched_on_loss"]
    assert told(run, "launched", BACK_S, END_S) == expect["launched_on_return"]
    assert told(run, "terminated", BACK_S, END_S) == expect["terminated_on_return"]
    assert most_at_once(run, given) == expect["most_running_at_once"]


def test_that_a_group_takes_what_room_there_is_and_the_rest_when_its_zone_is_back() -> None:
    given, expect = case("SCL-02")
    run = group_of(given, "c")
    names = given["zones"]
    assert dict(zip(names, counts(run, BACK_S - 1), strict=True)) == expect["after_loss"]
    assert given["desired"] - sum(counts(run, BACK_S - 1)) == expect["missing_after_loss"]
    assert dict(zip(names, counts(run, END_S), strict=True)) == expect["after_return"]
    assert told(run, "launched", BACK_S, END_S) == expect["launched_on_return"]
    assert told(run, "terminated", BACK_S, END_S) == expect["terminated_on_return"]
    assert most_at_once(run, given) <= expect["most_running_at_most"]
