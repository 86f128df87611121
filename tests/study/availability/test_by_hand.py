"""Small designs whose availability is worked out by hand, in the test."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest

from designer.catalog import KINDS, LINKS
from designer.commands import edit
from designer.commands.strengthen import strengthenings
from designer.engine.reliability import exact
from designer.errors import SpecError
from designer.model.element import ROOT_ID, Link
from designer.model.project import Project
from designer.study.availability.answer import (
    MONTE_CARLO,
    RARE,
    Ended,
    ServiceAvailability,
    Study,
    _grouped,
    bought,
    nines,
    ranked,
)
from designer.study.availability.bridging import bridged, outlasts
from designer.study.availability.solving import Solved
from designer.study.availability.structure import too_few

NEVER = {"mtbf_h": 0.0}
GUEST = {"vcpus": 1, "mhz": 1000.0, "ram_mib": 1024.0, "recovery": "none", "mtbf_h": 0.0}


class Drawn:
    """A design that is drawn by name; a service with a member on each place that is named."""

    def __init__(self) -> None:
        self.project = Project(KINDS, LINKS)
        self.ids: dict[str, int] = {"design": ROOT_ID}

    def put(self, name: str, kind: str, parent: str = "design", **fields: Any) -> int:
        self.ids[name] = edit.place(self.project, kind, self.ids[parent], name=name, **fields)
        return self.ids[name]

    def link(self, kind: str, source: str, target: str) -> None:
        with self.project.edit("Link"):
            self.project.add(Link(kind=kind, source=self.ids[source], target=self.ids[target]))

    def service(self, *places: str, needed: int = 1, **fields: Any) -> Study:
        """Members of which so many carry the peak."""
        rate = {"rate_rps": needed * 200.0, "work_mhz_s": 5.0, "down_below_frac": 1.0}
        self.put("shop", "service", **{**rate, **fields})
        for n, place in enumerate(places):
            self.put(f"vm-{n}", "vm", place, **GUEST)
            self.link("member", f"vm-{n}", "shop")
        return Study(self.project)

    def asked(self) -> ServiceAvailability:
        return Study(self.project).availability(self.ids["shop"])


def down(mtbf_h: float, mttr_h: float) -> float:
    return mttr_h / (mtbf_h + mttr_h)


def hall(**zone: Any) -> Drawn:
    """A region with a zone and a data center, of which nothing fails but what is told."""
    drawn = Drawn()
    drawn.put("region", "region", **NEVER)
    drawn.put("zone", "zone", "region", **{**NEVER, **zone})
    drawn.put("dc", "data_center", "zone", **NEVER)
    return drawn


def test_that_a_service_on_one_host_is_down_while_the_host_is() -> None:
    drawn = hall()
    drawn.put("host", "host", "dc", mtbf_h=1000.0, mttr_h=10.0, mtbf_factor=2.0, mttr_factor=1.0)
    found = drawn.service("host").availability(drawn.ids["shop"])
    assert found.down == pytest.approx(down(1000.0, 10.0), rel=1e-12)
    assert found.outages_h == pytest.approx(1.0 / 1010.0, rel=1e-12)
    assert found.mean_outage_h == pytest.approx(10.0, rel=1e-12)
    assert found.naive == pytest.approx(found.down, rel=1e-12)
    assert (found.low, found.high) == pytest.approx((down(2000.0, 10.0), down(500.0, 10.0)), rel=1e-9)
    assert [(one.label, one.ids) for one in found.contributions] == [("host", (drawn.ids["host"],))]
    assert found.contributions[0].hours == pytest.approx(found.downtime_h)
    assert [(one.kind, one.field) for one in found.unknowns] == [("host", "mtbf_h")]


def test_that_two_hosts_in_one_rack_share_it() -> None:
    drawn = hall()
    drawn.put("rack", "rack", "dc", mtbf_h=5000.0, mttr_h=4.0)
    for name in ("a", "b"):
        drawn.put(name, "host", "rack", mtbf_h=1000.0, mttr_h=10.0)
    found = drawn.service("a", "b").availability(drawn.ids["shop"])
    rack, host = down(5000.0, 4.0), down(1000.0, 10.0)
    assert found.down == pytest.approx(rack + (1.0 - rack) * host**2, rel=1e-12)
    assert found.naive == pytest.approx((1.0 - (1.0 - rack) * (1.0 - host)) ** 2, rel=1e-12)
    rack_often = (1.0 - host**2) / 5004.0
    hosts_often = (1.0 - rack) * 2.0 * host / 1010.0
    assert found.outages_h == pytest.approx(rack_often + hosts_often, rel=1e-12)


def test_that_both_hosts_are_needed_where_one_does_not_carry_the_peak() -> None:
    drawn = hall()
    for name in ("a", "b"):
        drawn.put(name, "host", "dc", mtbf_h=1000.0, mttr_h=10.0)
    found = drawn.service("a", "b", needed=2).availability(drawn.ids["shop"])
    assert (found.needed, found.members) == (2, 2)
    assert found.down == pytest.approx(1.0 - (1.0 - down(1000.0, 10.0)) ** 2, rel=1e-12)


@pytest.mark.parametrize("beta", [0.0, 0.1])
def test_that_two_zones_fail_together_by_the_part_that_is_told(beta: float) -> None:
    drawn = hall(mtbf_h=10_000.0, mttr_h=5.0)
    edit.change(drawn.project, [drawn.ids["region"]], {"shared_fate_frac": beta})
    drawn.put("zone-2", "zone", "region", mtbf_h=10_000.0, mttr_h=5.0)
    found = drawn.service("zone", "zone-2").availability(drawn.ids["shop"])
    alone = down(10_000.0 / (1.0 - beta), 5.0)
    together = down(10_000.0 / beta, 5.0) if beta else 0.0
    assert found.down == pytest.approx(together + (1.0 - together) * alone**2, rel=1e-12)
    if beta:
        assert found.contributions[0].label == "region: zones failing together"


def test_that_a_host_on_feeds_a_and_b_goes_dark_with_both() -> None:
    drawn = hall()
    drawn.put("host", "host", "dc", **NEVER)
    for name in ("A", "B"):
        drawn.put(name, "power_feed", "dc", mtbf_h=1000.0, mttr_h=2.0)
    drawn.link("feeds", "A", "host")
    study = drawn.service("host")
    found = study.availability(drawn.ids["shop"])
    assert found.down == pytest.approx(down(1000.0, 2.0), rel=1e-12)
    second = next(one for one in strengthenings(drawn.project, drawn.ids["shop"]) if one.kind == "power_feed")
    change = bought(drawn.project, [found], second)[found.id]
    assert change.down == pytest.approx(down(1000.0, 2.0) ** 2, rel=1e-12)
    drawn.link("feeds", "B", "host")
    assert drawn.asked().down == pytest.approx(change.down, rel=1e-12)


def test_that_a_cluster_restarts_what_a_host_loses_while_it_has_room() -> None:
    drawn = hall()
    drawn.put("cluster", "cluster", "dc", detect_s=60.0)
    for name in ("a", "b", "c"):
        drawn.put(name, "host", "dc", mtbf_h=1000.0, mttr_h=10.0, ram_mib=4096.0)
        drawn.link("in_cluster", name, "cluster")
    drawn.service("a")
    vm = drawn.ids["vm-0"]
    edit.change(drawn.project, [vm], {"recovery": "cluster", "boot_s": 120.0})
    restart, host = down(1000.0, 180.0 / 3600.0), down(1000.0, 10.0)
    assert drawn.asked().down == pytest.approx(1.0 - (1.0 - restart) * (1.0 - host**3), rel=1e-9)
    edit.change(drawn.project, [drawn.ids["cluster"]], {"ha": False})
    assert drawn.asked().down == pytest.approx(host, rel=1e-12)


def test_that_a_database_is_down_for_its_failover_where_it_has_a_standby() -> None:
    drawn = hall(mtbf_h=10_000.0, mttr_h=5.0)
    edit.change(drawn.project, [drawn.ids["region"]], {"shared_fate_frac": 0.0})
    drawn.put("zone-2", "zone", "region", mtbf_h=10_000.0, mttr_h=5.0)
    drawn.put("front", "host", **NEVER)
    for name, zone in (("one", "zone"), ("two", "zone-2")):
        drawn.put(name, "subnet", zone)
    drawn.put("db", "database", "region", mtbf_h=0.0, failover_s=360.0)
    drawn.service("front")
    drawn.link("primary_in", "db", "one")
    drawn.link("depends_on", "shop", "db")
    assert drawn.asked().down == pytest.approx(down(10_000.0, 5.0), rel=1e-12)
    drawn.link("standby_in", "db", "two")
    moved, both = down(10_000.0, 0.1), down(10_000.0, 5.0) ** 2
    assert drawn.asked().down == pytest.approx(1.0 - (1.0 - moved) * (1.0 - both), rel=1e-9)


def test_that_a_range_without_the_mean_times_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = hall(mtbf_h=1000.0, mttr_h=10.0, mtbf_factor=2.0)
    drawn.put("host", "host", "dc", mtbf_h=1000.0, mttr_h=10.0)
    drawn.put("other", "host", "dc", mtbf_h=1000.0, mttr_h=10.0)
    drawn.service("host", "other")
    whole = drawn.asked()
    assert whole.low < whole.down < whole.high and whole.contributions and not whole.notes
    monkeypatch.setattr(exact, "WORK_OF_PARTS", 1)
    alone = drawn.asked()
    assert alone.down == pytest.approx(whole.down, rel=1e-12) and alone.low == alone.high == alone.down
    assert alone.notes[0] == "Its range leaves out the ranges of the mean times: too much is shared to try each."


def test_that_a_group_replaces_what_it_can_launch_and_a_vm_without_a_way_to_the_internet_is_no_member() -> None:
    drawn = hall(mtbf_h=1000.0, mttr_h=10.0)
    drawn.put("zone-2", "zone", "region", **NEVER)
    for name, zone in (("one", "zone"), ("two", "zone-2")):
        drawn.put(name, "subnet", zone)
    drawn.put("group", "auto_scaling_group", "region", min_count=1, desired_count=1, detect_s=60.0)
    drawn.put("copied", "vm", "one", **{**GUEST, "template": True, "boot_s": 30.0})
    drawn.service("one")
    edit.change(drawn.project, [drawn.ids["vm-0"]], {"recovery": "replace", "boot_s": 30.0})
    for link in (("instance", "vm-0", "group"), ("spans", "group", "one"), ("spans", "group", "two"),
                 ("template", "group", "copied")):  # fmt: skip
        drawn.link(*link)
    alone = drawn.asked()
    assert alone.down == pytest.approx(down(1000.0, 10.0), rel=1e-12)
    assert alone.notes == ["group launches nothing that serves shop: its VMs count as back once what they stand on is."]
    drawn.link("member", "copied", "shop")
    replaced = drawn.asked()
    assert replaced.down == pytest.approx(down(1000.0, 90.0 / 3600.0), rel=1e-9) and not replaced.notes
    drawn.put("vpc", "vpc", "region")
    drawn.link("in_vpc", "one", "vpc")
    edit.change(drawn.project, [drawn.ids["vm-0"]], {"needs_internet": True})
    with pytest.raises(SpecError, match="shop has no member that its requests reach"):
        drawn.asked()


def test_that_an_slo_is_missed_by_the_long_run_and_by_years() -> None:
    drawn = hall()
    drawn.put("host", "host", "dc", mtbf_h=8750.0, mttr_h=10.0, repair_law="fixed")
    study = drawn.service("host", slo_frac=0.999)
    found = study.availability(drawn.ids["shop"])
    assert found.misses and found.missed is not None
    assert found.missed == pytest.approx(1.0 - math.exp(-1.0), abs=0.01)  # one outage of 10 h breaks 8.76 h
    offers = strengthenings(drawn.project, drawn.ids["shop"])
    best = ranked([one for o in offers for one in bought(drawn.project, [found], o).values()])[0]
    assert best.down < found.down * 1.0001 and best.gained == pytest.approx(nines(best.down) - found.nines)


def test_that_what_has_no_answer_is_refused_with_a_sentence() -> None:
    drawn = Drawn()
    study = drawn.service()
    with pytest.raises(SpecError, match="shop has no member that its requests reach"):
        study.availability(drawn.ids["shop"])
    drawn.put("host", "host")
    drawn.put("vm", "vm", "host", **GUEST)
    drawn.link("member", "vm", "shop")
    with pytest.raises(Ended):
        Study(drawn.project).availability(drawn.ids["shop"], lambda part: False)


def test_that_generators_and_batteries_bridge_what_they_can() -> None:
    assert outlasts("exponential", 2.0, 1.0) == pytest.approx((math.exp(-0.5), 2.0 * math.exp(-0.5)))
    assert outlasts("fixed", 2.0, 3.0) == (0.0, 0.0)
    longer, beyond = outlasts("lognormal", 2.0, 1.0)
    hours = [math.exp(math.log(2.0) - 0.5 + z) for z in (_normal(n) for n in range(20_000))]
    assert longer == pytest.approx(sum(h > 1.0 for h in hours) / 20_000, abs=1e-3)
    assert beyond == pytest.approx(sum(max(h - 1.0, 0.0) for h in hours) / 20_000, rel=1e-2)
    bare = bridged(1000.0, 2.0, "fixed", (0.0,), (), (), 0.0)
    assert bare == pytest.approx((1000.0, 2.0))
    assert bridged(1000.0, 2.0, "fixed", (3600.0,), (), (), 0.0) == pytest.approx((1001.0, 1.0))
    assert bridged(1000.0, 2.0, "fixed", (3.0 * 3600.0,), (), (), 0.0) == (math.inf, 0.0)


@pytest.mark.parametrize("fed", ["host", "rack", "dc"])
def test_that_a_ups_is_emptied_by_all_that_stands_in_what_its_feed_feeds(fed: str) -> None:
    drawn = hall()
    drawn.put("rack", "rack", "dc", **NEVER)
    drawn.put("host", "host", "rack", **NEVER)
    drawn.put("A", "power_feed", "dc", mtbf_h=100.0, mttr_h=4.0, repair_law="exponential")
    drawn.put("battery", "ups", "dc", battery_wh=3000.0, **NEVER)
    drawn.link("backs_up", "battery", "A")
    drawn.link("feeds", "A", fed)
    watts = drawn.service("host").spec.hosts[0].power_w[-1]
    outage = 4.0 * math.exp(-3000.0 / watts / 4.0)
    assert drawn.asked().down == pytest.approx(outage / 104.0, rel=1e-9)
    if fed != "host":  # a device in the rack or hall draws from it, too
        drawn.put("array", "storage_array", fed, power_w=watts, **NEVER)
        outage = 4.0 * math.exp(-3000.0 / (2.0 * watts) / 4.0)
        assert drawn.asked().down == pytest.approx(outage / 104.0, rel=1e-9)


def _normal(number: int) -> float:
    from statistics import NormalDist

    return NormalDist().inv_cdf((number + 0.5) / 20_000)


@pytest.mark.parametrize(("k", "downs"), [(2, [0.1, 0.2, 0.3]), (1, [0.1, 0.2]), (3, [0.1, 0.2, 0.3])])
def test_that_too_few_is_the_sum_over_all_states(k: int, downs: list[float]) -> None:
    total = 0.0
    for state in range(2 ** len(downs)):
        ups = [not state >> n & 1 for n in range(len(downs))]
        if sum(ups) < k:
            total += math.prod(1.0 - d if up else d for up, d in zip(ups, downs, strict=True))
    assert too_few(k, downs) == pytest.approx(total, rel=1e-12)


def test_that_what_takes_nothing_down_but_for_rounding_begins_no_outage() -> None:
    drawn = Drawn()
    drawn.put("region", "region", mtbf_h=9000.0, mttr_h=1.0)
    drawn.put("zone", "zone", "region", mtbf_h=900.0, mttr_h=1.0)
    study = drawn.service("zone")
    solved, parts = Solved(study.services[0].node), study.structure.parts
    groups, keys = _grouped(solved, parts)
    now = solved.long_run(parts, groups)
    weights = dict(zip((key[0] for key in keys), now.by_group))
    tiny = tuple(-1e-24 if kind == "region" else weight for kind, weight in weights.items())
    causes = study._causes(solved, groups, keys, replace(now, by_group=tiny))
    assert len(causes) == sum(weight > 0.0 for weight in now.by_group) - 1 and all(
        lasts_h > 0.0 for _, lasts_h, _ in causes
    )


def test_that_what_fails_too_rarely_for_histories_is_refused_and_what_depends_on_a_short_service_says_so() -> None:
    drawn = hall()
    for name in ("a", "b", "c", "d"):
        drawn.put(name, "host", "dc", mtbf_h=1e6, mttr_h=1e-3)
    study, shop = drawn.service("a", "b", "c", "d"), drawn.ids["shop"]
    with pytest.raises(SpecError, match=r"shop has no outage in [\d,]+ histories: it fails too rarely to be drawn"):
        study.availability(shop, lambda part: False, method=MONTE_CARLO)
    rare = study.availability(shop, method=RARE)
    assert rare.down == pytest.approx(study.availability(shop).down, rel=0.02)
    drawn.put("front", "service", rate_rps=1.0, work_mhz_s=5.0)
    drawn.put("vm-front", "vm", "a", **GUEST)
    drawn.link("member", "vm-front", "front")
    drawn.link("depends_on", "front", "shop")
    edit.change(drawn.project, [shop], {"rate_rps": 1e5})
    short = Study(drawn.project)
    with pytest.raises(SpecError, match="its 4 members together carry"):
        short.down(shop)
    (note,) = short.availability(drawn.ids["front"]).notes
    assert note.startswith("shop, which it depends on, never holds its peak")
