"""The cases of load balancers and scaling groups with known answers; skipped where they are not here."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest

from designer.catalog import KINDS, LINKS
from designer.commands import edit
from designer.engine import Simulation, TimedEvent
from designer.engine.state.state import RUNNING
from designer.model.project import Project
from designer.study.build import build
from tests.cases import FOLDER

pytestmark = pytest.mark.skipif(not (FOLDER / "hypervisor").is_dir(), reason="the shared cases are not here")


def case(name: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """What a case gives, and the values that it expects."""
    told = json.loads((FOLDER / "hypervisor" / f"{name}.open.json").read_text("utf-8"))
    return told["given"], {key: answer["value"] for key, answer in told["expect"].items()}


class Scaled:
    """A group of m5.large over zones of one region, with so many instances in each at the start."""

    def __init__(self, zones: Sequence[str], start: Sequence[int], most: int, capacity: dict[str, int]) -> None:
        self.project = project = Project(KINDS, LINKS)
        region = edit.place(project, "region")
        desired = sum(start)
        sizes = {"min_count": 0, "desired_count": desired, "max_count": most, "detect_s": 10.0}
        group = edit.place(project, "auto_scaling_group", region, **sizes)
        self.zones = {}
        for n, (name, count) in enumerate(zip(zones, start)):
            has = f"m5.large={capacity[name]}" if name in capacity else ""
            self.zones[name] = edit.place(project, "zone", region, name=name, capacity=has)
            net = edit.place(project, "subnet", self.zones[name], cidr=f"10.0.{n}.0/24")
            edit.connect(project, "spans", group, net)
            fields = {"instance_type": "m5.large", "vcpus": 1, "recovery": "replace", "boot_s": 10.0}
            for _ in range(count):
                edit.connect(project, "instance", edit.place(project, "vm", net, **fields), group)
        edit.connect(project, "template", group, edit.place(project, "vm", net, **fields, template=True))

    def lost_and_back(self, name: str) -> tuple[Simulation, Simulation]:
        """A run after the loss of a zone, and after its return."""
        zone = self.zones[name]
        events = [TimedEvent(600.0, "fail", zone), TimedEvent(1800.0, "recover", zone)]
        lost = Simulation(build(self.project, until_s=3600.0, events=events))
        back = Simulation(lost.spec)
        lost.advance(1700.0)
        back.advance(3600.0)
        return lost, back

    def counts(self, run: Simulation) -> dict[str, int]:
        """How many instances run in each zone."""
        t, s = run.tables, run.moment()
        net_of = {net: name for name, zone in self.zones.items() for net in self.project.children(zone)}
        running = [net_of[int(place)] for place, status in zip(s.place[: len(t.vms)], s.status) if status == RUNNING]
        return {name: running.count(name) for name in self.zones}


def happened(run: Simulation, what: str, first_s: float, last_s: float) -> int:
    return sum(e.what == what and first_s <= e.time_s <= last_s for e in run.log.entries())


def test_that_a_group_without_room_keeps_what_is_missing_wanted() -> None:
    given, expect = case("SCL-02")
    capacity = {name: given["start"][n] + left for n, (name, left) in enumerate(given["room_left"].items())}
    made = Scaled(given["zones"], given["start"], given["max"], capacity)
    lost, back = made.lost_and_back("c")
    assert made.counts(lost) == expect["after_loss"]
    assert given["desired"] - sum(made.counts(lost).values()) == expect["missing_after_loss"]
    assert made.counts(back) == expect["after_return"]
    assert happened(back, "launched", 1800.0, 3600.0) == expect["launched_on_return"]
    assert happened(back, "terminated", 1800.0, 3600.0) == expect["terminated_on_return"]
    assert back.result().counts_most[:, 0].max() <= expect["most_running_at_most"]
    assert happened(back, "no_capacity", 600.0, 1700.0) == 2


class Balanced:
    """A service behind a load balancer with a node in each zone; members of some requests a second each."""

    def __init__(self, zones: dict[str, int], rps: float, capacity: float, **balancer: Any) -> None:
        self.project = project = Project(KINDS, LINKS)
        self.region = region = edit.place(project, "region")
        self.service = edit.place(project, "service", rate_rps=rps, work_mhz_s=10.0)
        self.balancer = lb = edit.place(project, "load_balancer", region, **balancer)
        edit.connect(project, "balances", lb, self.service)
        self.zones: dict[str, int] = {}
        self.members: dict[str, list[int]] = {}
        for name, count in zones.items():
            self.zones[name] = edit.place(project, "zone", region, name=name)
            net = edit.place(project, "subnet", self.zones[name])
            edit.connect(project, "nodes_in", lb, net)
            fields = {"vcpus": 1, "mhz": capacity * 10.0, "recovery": "none", "boot_s": 0.0}
            self.members[name] = [edit.place(project, "vm", net, **fields) for _ in range(count)]
            for vm in self.members[name]:
                edit.connect(project, "member", vm, self.service)

    def ready(self, *events: tuple[float, str, int], until_s: float = 600.0) -> Simulation:
        timed = [TimedEvent(*event) for event in events]  # type: ignore[arg-type]
        return Simulation(build(self.project, until_s=until_s, events=timed))


def shares_pct(run: Simulation, balanced: Balanced, rps: float, capacity: float) -> dict[str, float]:
    """The part of all requests that each member of a zone is asked for now, percent."""
    heat = dict(zip(run.moment().ids.tolist(), run.moment().heat.tolist()))
    return {name: heat[vms[0]] * capacity / rps * 100.0 for name, vms in balanced.members.items() if vms}


@pytest.mark.parametrize("crosses", [True, False])
def test_that_each_zone_gets_half_unless_zones_are_crossed(crosses: bool) -> None:
    given, expect = case("LB-01")
    # Heat ends where a member is full: the parts are looked at with members of ten times the capacity.
    for factor in (10.0, 1.0):
        capacity, rps = given["capacity_each"] * factor, float(given["requests_per_s"])
        made = Balanced(given["zones"], rps, capacity, cross_zone=crosses)
        run, way = made.ready(), "on" if crosses else "off"
        run.advance(600.0)
        if factor > 1.0:
            assert shares_pct(run, made, rps, capacity) == pytest.approx(expect[f"{way}_share_pct"], rel=1e-6)
        else:
            assert run.result().dropped_rps[:, 0].tolist() == pytest.approx(
                [expect[f"{way}_dropped_per_s"]] * 2, rel=1e-9, abs=1e-9
            )


def test_that_a_balancer_notices_when_its_checks_say_so() -> None:
    given, expect = case("LB-02")
    checks = {
        "check_interval_s": given["interval_s"],
        "check_timeout_s": given["timeout_s"],
        "failed_checks": given["unhealthy_after"],
        "good_checks": given["healthy_after"],
    }
    made = Balanced({"a": 2}, 100.0, 200.0, **checks)
    one = made.members["a"][0]
    stops, back = given["member"]["stops_answering_at"], given["member"]["answers_again_at"]
    run = made.ready((stops, "fail", one), (back, "recover", one))
    run.advance(600.0)
    told = {e.what: e.time_s for e in run.log.entries() if e.id == one}
    assert (told["noticed"], told["trusted"]) == (expect["out_at_s"], expect["in_again_at_s"])
    assert told["noticed"] - stops == expect["requests_sent_to_the_dead_s"]
    least, most = expect["detection_between_s"]
    for at_s in (30.0, 30.001, 45.0, 59.999):
        run = made.ready((at_s, "fail", one))
        run.advance(600.0)
        (found_s,) = (e.time_s for e in run.log.entries() if e.what == "noticed")
        assert least <= found_s - at_s <= most
    edit.change(made.project, [made.balancer], {"check_timeout_s": 0.0})  # a refused check has no timeout to wait for
    run = made.ready((given["refuses_instead"]["at"], "fail", one))
    run.advance(600.0)
    assert [e.time_s for e in run.log.entries() if e.what == "noticed"] == [expect["out_at_if_refused_s"]]


def test_that_a_new_member_needs_its_first_success_only() -> None:
    given, expect = case("LB-02")
    made = Balanced({"a": 1}, 100.0, 200.0, check_interval_s=given["interval_s"], good_checks=given["healthy_after"])
    (net,) = (i for i in made.project.children(made.zones["a"]) if made.project.elements[i].kind == "subnet")
    sizes = {"min_count": 0, "desired_count": 0, "max_count": 1, "schedule": "00:01=1"}
    group = edit.place(made.project, "auto_scaling_group", made.region, **sizes)
    boots_s = given["new_member_registered_at"] - 60.0
    template = edit.place(made.project, "vm", net, template=True, vcpus=1, boot_s=boots_s)
    for link, *ends in (("spans", group, net), ("template", group, template), ("member", template, made.service)):
        edit.connect(made.project, link, *ends)
    run = made.ready()
    run.advance(600.0)
    assert [e.time_s for e in run.log.entries() if e.what == "trusted"] == [expect["new_member_in_at_s"]]


@pytest.mark.parametrize("crosses", [True, False])
def test_that_half_of_the_members_must_be_healthy(crosses: bool) -> None:
    given, expect = case("LB-03")
    least = given["min_healthy_pct"]
    fields = {"dns_min_frac": least["dns"] / 100.0, "routing_min_frac": least["routing"] / 100.0}
    made = Balanced(given["zones"], 100.0, 200.0, cross_zone=crosses, **fields)
    dead = [vm for name, count in given["failed"].items() for vm in made.members[name][:count]]
    run = made.ready(*((100.0, "fail", vm) for vm in dead))
    places = {i: name for name, i in made.zones.items()}
    away = expect["off"]["dns_zones"] if not crosses else expect["on"]["dns_zones"]
    run.advance(200.0)  # the checks are over, the TTL is not
    parts = {e.what for e in run.log.entries()}
    assert ("all_sent" in parts) is not crosses
    run.advance(600.0)
    left = {places[e.place] for e in run.log.entries() if e.what == "zone_away"}
    assert sorted(set(made.zones) - left) == away
    heat = dict(zip(run.moment().ids.tolist(), run.moment().heat.tolist()))
    asked = {name: [vm for vm in vms if heat[vm] > 0.0] for name, vms in made.members.items()}
    if crosses:
        alive = [vm for vms in asked.values() for vm in vms]
        assert len(alive) == expect["on"]["members"]
        assert heat[alive[0]] * 200.0 == pytest.approx(expect["on_share_pct"], rel=1e-6)
    else:
        assert (len(asked["a"]), len(asked["b"])) == (expect["off"]["a_members"], 0)


def test_that_the_wait_depends_on_how_much_the_work_varies() -> None:
    given, expect = case("QUE-04")
    for law, variation in given["laws"].items():
        made = Balanced({"a": 1}, given["arrivals_per_s"], 1.0 / given["mean_service_s"])
        edit.change(made.project, [made.service], {"work_variation": variation})
        run = made.ready(until_s=60.0)
        run.advance(60.0)
        arrays = run.result().store.arrays
        mean_s = float(arrays["service_mean_s"][0, 0] / arrays["service_known_s"][0, 0])
        assert mean_s == pytest.approx(expect["result"][law]["mean_s"], rel=1e-9)
        assert mean_s - given["mean_service_s"] == pytest.approx(expect["result"][law]["mean_wait_s"], rel=1e-9)


def test_that_all_members_get_requests_where_none_is_healthy() -> None:
    given, expect = case("LB-03")
    made = Balanced(given["zones"], 100.0, 200.0)
    dead = [vm for name, count in given["second"]["failed"].items() for vm in made.members[name][:count]]
    run = made.ready(*((100.0, "fail", vm) for vm in dead), (300.0, "recover", dead[0]))
    run.advance(400.0)
    heat = dict(zip(run.moment().ids.tolist(), run.moment().heat.tolist()))
    assert 100.0 / (heat[dead[0]] * 200.0) == pytest.approx(expect["all_failed_members"], rel=1e-6)
