"""The answer of a scenario: ways, times, what waits, what a service lost, and what its recovery needed."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from designer.catalog.scenarios.events import ScenarioEvent, events_of, events_of_run, events_text
from designer.cli import main
from designer.commands import edit
from designer.commands.scenarios.saving import save_scenario
from designer.engine import TimedEvent
from designer.errors import RuleError, SpecError
from designer.model.element import id_text
from designer.model.project import Project
from designer.store.file import project_file
from designer.study.headless import headless_of, run_headless
from designer.study.saving import packed_whole
from designer.study.scenarios.answer import LOST, RESTARTED, FallenKind, ScenarioAnswer, answer_of
from designer.study.scenarios.play import play
from designer.study.scenarios.printed import as_json, as_lines

HOUR_S = 3600.0


class Site:
    """Two zones with a host each, fed by a feed of its own; a service with a VM on each. The first VM restarts."""

    def __init__(self, project: Project) -> None:
        self.project = project
        edit.change(project, [project.root.id], {"until_h": 3.0})
        self.shop = edit.place(project, "service", name="shop", rate_rps=100.0, health_check_s=60.0, slo_frac=0.9999)
        self.region = edit.place(project, "region", name="region")
        self.feeds, self.hosts, self.vms = [], [], []
        for n, recovery in enumerate(("same_zone", "none")):
            zone = edit.place(project, "zone", self.region, name=f"zone-{n}")
            center = edit.place(project, "data_center", zone, name=f"dc-{n}")
            self.feeds.append(
                edit.place(project, "power_feed", center, name=f"feed-{n}", battery_s=0.0, generator=False)
            )
            rack = edit.place(project, "rack", center, name=f"rack-{n}")
            self.hosts.append(edit.place(project, "host", rack, name=f"host-{n}"))
            edit.connect(project, "feeds", self.feeds[n], rack)
            self.vms.append(edit.place(project, "vm", self.hosts[n], name=f"vm-{n}", recovery=recovery, boot_s=90.0))
            edit.connect(project, "member", self.vms[n], self.shop)

    def answer(self, *events: ScenarioEvent) -> ScenarioAnswer:
        """What a scenario of these events does."""
        return answer_of(play(self.project, "test", events), {})


@pytest.fixture
def site(project: Project) -> Site:
    return Site(project)


def test_that_the_answer_tells_the_way_and_when_a_vm_is_back(site: Site) -> None:
    answer = site.answer(ScenarioEvent(HOUR_S, "fail", site.feeds[0], for_s=600.0))
    assert [(part.time_s, part.what, part.name) for part in answer.cut] == [
        (3600.0, "fail", "feed-0"), (4200.0, "recover", "feed-0"),
    ]  # fmt: skip
    (fall,) = answer.fallen
    assert fall.path_names == ("feed-0", "rack-0", "host-0", "vm-0")
    assert (fall.how, fall.fell_s, fall.back_s, fall.where) == (RESTARTED, 3600.0, 4290.0, "host-0")
    assert {row.kind: row.count for row in answer.fallen_places} == {"power_feed": 1, "rack": 1, "host": 1}
    places = [FallenKind("host", 6, ("a",)), FallenKind("rack", 1, ("b",))]
    lines = as_lines(replace(answer, fallen_places=places))
    assert lines[lines.index("1 VM fell") + 1] == "  most down at one time: 6 hosts (a and 5 more), 1 rack (b)"


def test_that_a_vm_that_nobody_restarts_is_lost_and_its_reason_is_told(site: Site) -> None:
    answer = site.answer(ScenarioEvent(HOUR_S, "fail", site.hosts[1]))
    (fall,) = answer.fallen
    assert (fall.how, fall.back_s, fall.why) == (LOST, None, "recovery is set to none")
    assert fall.down_s == answer.until_s - HOUR_S


def test_that_downtime_rto_and_drops_are_those_of_the_log(site: Site) -> None:
    (service,) = site.answer(ScenarioEvent(HOUR_S, "fail", site.feeds[0], for_s=600.0)).services
    # Half of the requests go to the dead member until its failure is noticed.
    assert service.dropping_s == service.rto_s == pytest.approx(60.0)
    assert service.dropped == pytest.approx(60.0 * 50.0)
    assert service.down_s == pytest.approx(30.0)
    assert service.misses_slo
    (quiet,) = site.answer(ScenarioEvent(HOUR_S, "drain", site.hosts[0])).services
    assert (quiet.dropped, quiet.rto_s, quiet.misses_slo) == (0.0, 0.0, False)


def test_that_a_load_surges_while_it_lasts_and_a_branch_and_a_saved_run_know_it(site: Site) -> None:
    surge = ScenarioEvent(HOUR_S + 30.0, "surge", site.shop, value=3.0, for_s=600.0)
    answer = site.answer(surge, ScenarioEvent(HOUR_S, "fail", site.hosts[1], for_s=60.0))
    assert [(part.what, part.time_s) for part in answer.cut if part.id == site.shop] == [
        ("surge", 3630.0), ("calm", 4230.0)
    ]  # fmt: skip
    assert answer.services[0].asked == pytest.approx(100.0 * (3 * HOUR_S + 2 * 600.0))
    done = play(site.project, "test", (surge,)).done
    branch = done.simulation.branch(1800.0)
    branch.advance(done.spec.until_s)
    assert branch.result().digest() == done.digest
    saved = packed_whole(done.simulation, 64 << 20)
    assert headless_of(saved, site.project).series.asked_rps.sum() == pytest.approx(done.series.asked_rps.sum())
    with pytest.raises(SpecError, match="asks for nothing"):
        site.answer(ScenarioEvent(HOUR_S, "surge", site.hosts[0], value=2.0))
    with pytest.raises(SpecError, match="does not happen meanwhile"):
        done.simulation.branch(60.0).inject(TimedEvent(120.0, "surge", site.shop, 2.0))


def test_that_a_scenario_takes_capacity_and_launches_and_that_what_has_none_is_refused(site: Site) -> None:
    zone = zone_of(site)
    vm = edit.place(site.project, "vm", zone, name="cloud", recovery="same_zone", boot_s=90.0)
    kept = events_of(
        events_text([ScenarioEvent(HOUR_S, "sell_out", zone, for_s=600.0), ScenarioEvent(HOUR_S, "fail", vm)])
    )
    answer = site.answer(*kept)
    (fall,) = answer.fallen
    assert (fall.how, fall.back_s) == (RESTARTED, HOUR_S + 600.0 + 90.0)
    text = "\n".join(as_lines(answer))
    assert "the provider has no capacity in zone-0" in text and "the provider has capacity in zone-0 again" in text
    done = play(site.project, "test", (ScenarioEvent(HOUR_S, "throttle", site.region, value=2.0, for_s=60.0),)).done
    told = [(e.time_s, e.what, e.id, e.value) for e in done.simulation.events]
    assert told == [(3600.0, "throttle", site.region, 2.0), (3660.0, "throttle", site.region, 0.0)]
    assert [one.what for one in events_of_run(site.project, told)[0]] == ["throttle", "unthrottle"]
    less = (("degrade", "no bandwidth to lose"), ("delay", "no round trip that could"), ("stale", "no DNS name"))
    for event, why in (*less, ("sell_out", "neither a zone")):
        with pytest.raises(SpecError, match=why):
            site.answer(ScenarioEvent(HOUR_S, event, site.hosts[0], value=0.5))


def test_that_a_service_that_does_not_come_back_has_no_rto(site: Site) -> None:
    (service,) = site.answer(ScenarioEvent(HOUR_S, "fail", kind="zone", pick="all")).services
    assert service.rto_s is None and service.misses_slo


def test_that_recovery_that_needs_what_died_says_so(site: Site) -> None:
    vm = edit.place(site.project, "vm", zone_of(site), name="cloud", recovery="same_zone")
    answer = site.answer(
        ScenarioEvent(HOUR_S, "fail", vm), ScenarioEvent(HOUR_S, "fail_control", site.region, for_s=1800.0)
    )
    (need,) = answer.needs
    assert need.names == ("cloud",) and need.needs == site.region
    assert "the control plane of region" in need.sentence and need.until_s is not None
    free = site.answer(ScenarioEvent(HOUR_S, "fail", vm))
    assert free.needs == []
    many = as_lines(replace(answer, needs=[need] * 23))
    assert sum(line.startswith("  Yes: The") for line in many) == 20 and "  and 3 more steps" in many


def zone_of(site: Site) -> int:
    """The first zone."""
    return next(row.id for row in site.project.of_kind("zone"))


def test_that_a_volume_that_died_is_what_a_restart_needs(site: Site) -> None:
    zone = zone_of(site)
    vm = edit.place(site.project, "vm", zone, name="data", recovery="same_zone")
    volume = edit.place(site.project, "volume", zone, name="disk")
    edit.connect(site.project, "attached_to", volume, vm)
    answer = site.answer(ScenarioEvent(HOUR_S, "fail", volume, for_s=HOUR_S))
    (fall,) = answer.fallen
    assert fall.path_names == ("disk", "data")
    (need,) = answer.needs
    assert (need.needs, need.names, need.until_s) == (volume, ("data",), 2 * HOUR_S)


def test_that_a_failover_loses_what_was_not_replicated(project: Project) -> None:
    edit.change(project, [project.root.id], {"until_h": 1.0})
    region = edit.place(project, "region")
    zones = [edit.place(project, "zone", region, name=f"z{n}") for n in (1, 2)]
    nets = [edit.place(project, "subnet", zone, cidr=f"10.{n}.0.0/24") for n, zone in enumerate(zones)]
    base = edit.place(project, "database", region, name="orders", lag_s=5.0)
    edit.connect(project, "primary_in", base, nets[0])
    edit.connect(project, "standby_in", base, nets[1])
    answer = answer_of(play(project, "test", [ScenarioEvent(600.0, "fail", zones[0])]), {})
    assert [(row.name, row.rpo_s) for row in answer.data] == [("orders", 5.0)]


def test_that_a_scenario_is_the_run_of_its_events(site: Site) -> None:
    events = [TimedEvent(HOUR_S, "fail", site.feeds[0]), TimedEvent(HOUR_S + 600.0, "recover", site.feeds[0])]
    plain = run_headless(site.project, until_s=3 * HOUR_S, events=events)
    assert site.answer(ScenarioEvent(HOUR_S, "fail", site.feeds[0], for_s=600.0)).digest == plain.digest


def test_that_a_scenario_without_events_or_beyond_the_run_is_refused(site: Site) -> None:
    with pytest.raises(RuleError, match="no events"):
        play(site.project, "empty", [])
    with pytest.raises(RuleError, match="after the end"):
        play(site.project, "late", [ScenarioEvent(HOUR_S, "fail", site.feeds[0])], until_s=60.0)


def test_that_the_command_plays_a_saved_scenario_and_one_of_the_library(site: Site, tmp_path: Path) -> None:
    save_scenario(site.project, "Dark feed", [ScenarioEvent(HOUR_S, "fail", site.feeds[0], for_s=600.0)])
    path = tmp_path / "site.clouddesign"
    project_file.save(path, site.project.rows())
    listed = CliRunner().invoke(main, ["what-if", str(path), "--list"])
    assert listed.exit_code == 0 and "Dark feed" in listed.output and "A zone goes dark  [library]" in listed.output
    done = CliRunner().invoke(main, ["what-if", str(path), "--scenario", "Dark feed", "--json", "-", "--quiet"])
    told = json.loads(done.output)
    assert done.exit_code == 1 and told["misses_slo"] and told["services"][0]["rto_s"] == pytest.approx(60.0)
    assert [step["name"] for step in told["fallen"][0]["path"]] == ["feed-0", "rack-0", "host-0", "vm-0"]
    assert told["fallen"][0]["id"] == id_text(site.vms[0])
    text = CliRunner().invoke(main, ["what-if", str(path), "--scenario", "A zone goes dark"])
    assert (
        text.exit_code == 1 and "SLO MISSED" in text.output and "Does recovery need something that died?" in text.output
    )
    gone = CliRunner().invoke(main, ["what-if", str(path), "--scenario", "All chillers trip"])
    assert gone.exit_code == 2 and "no cooling" in gone.output


def test_that_a_receipt_makes_the_same_run_again_and_tells_another_design(site: Site, tmp_path: Path) -> None:
    file, receipt = tmp_path / "site.clouddesign", tmp_path / "receipt.json"
    project_file.save(file, site.project.rows())
    ask = ["what-if", str(file), "--scenario", "A zone goes dark", "--receipt", str(receipt), "--quiet"]
    CliRunner().invoke(main, ask)
    told = json.loads(receipt.read_text())
    assert (told["scenario"], told["seed"], told["events"][0]["what"]) == ("A zone goes dark", 1, "fail")
    again = CliRunner().invoke(main, ["reproduce", str(receipt), str(file)])
    assert again.exit_code == 0 and f"digest {told['digest'][:16]}" in again.output
    edit.change(site.project, [site.shop], {"rate_rps": 101.0})
    project_file.save(file, site.project.rows())
    other = CliRunner().invoke(main, ["reproduce", str(receipt), str(file)])
    assert other.exit_code == 1 and "The design is not the one of the receipt" in other.output
    edit.delete(site.project, [zone.id for zone in site.project.of_kind("zone")])
    project_file.save(file, site.project.rows())
    gone = CliRunner().invoke(main, ["reproduce", str(receipt), str(file)])
    assert gone.exit_code == 2 and "2 of its events hit what is not in this one." in gone.output
    for damaged in (b"{}", b"\xff{}"):
        receipt.write_bytes(damaged)
        none = CliRunner().invoke(main, ["reproduce", str(receipt), str(file)])
        assert none.exit_code == 2 and "no receipt of Cloud Designer" in none.output


def test_that_lost_cooling_tells_how_warm_its_hall_gets_and_when_hosts_shut_down(site: Site) -> None:
    center = site.project.of_kind("data_center")[0].id
    edit.change(site.project, [center], {"design_w": 400.0})
    unit = edit.place(site.project, "cooling", center, name="chiller", capacity_w=2_000.0)
    edit.connect(site.project, "cools", unit, center)
    answer = site.answer(ScenarioEvent(HOUR_S, "fail", unit, for_s=HOUR_S))
    (hall,) = answer.halls
    fields = site.project.elements[center].__dict__
    assert hall.name == "dc-0" and hall.off_s is not None and HOUR_S < hall.off_s < 2 * HOUR_S
    assert hall.most_c >= fields["shutdown_c"] == hall.shutdown_c and hall.set_c == fields["set_c"]
    assert max(hall.curve, key=lambda step: step[1]) == (hall.most_s, hall.most_c) and hall.curve[0][0] <= HOUR_S
    text = "\n".join(as_lines(answer))
    assert f"dc-0: {hall.most_c:.1f} °C at" in text and "its hosts shut down at" in text
    assert as_json(answer)["halls"][0]["off_s"] == hall.off_s
    assert site.answer(ScenarioEvent(HOUR_S, "fail", site.vms[1])).halls == []


def test_that_a_link_that_fails_is_told_with_what_was_down(site: Site) -> None:
    zones = [zone.id for zone in site.project.of_kind("zone")]
    link = edit.connect(site.project, "private_link", *zones)
    answer = site.answer(ScenarioEvent(600.0, "fail", target=link, for_s=600.0))
    assert answer.fallen_places == [FallenKind("link", 1, ("zone-0 – zone-1",))]
    lines = as_lines(answer)
    assert lines[lines.index("0 VMs fell") + 1] == "  most down at one time: 1 link (zone-0 – zone-1)"


def test_that_an_answer_of_a_design_without_services_has_no_part_about_them(project: Project) -> None:
    zone = edit.place(project, "zone", edit.place(project, "region"), name="z")
    played = answer_of(play(project, "test", [ScenarioEvent(600.0, "fail", target=zone)]), {})
    assert "Services" not in as_lines(played)
    assert as_lines(played)[0] == "test: what was cut"
    assert as_lines(played)[3:5] == ["0 VMs fell", "  most down at one time: 1 zone (z)"]


def test_that_scenarios_are_listed_by_name_whatever_their_ids(site: Site, tmp_path: Path) -> None:
    event = ScenarioEvent(600.0, "fail", kind="zone", pick="any")
    for name in ("d", "a", "C", "b", "Ö"):
        save_scenario(site.project, name, [event])
    path = tmp_path / "d.clouddesign"
    project_file.save(path, site.project.rows())
    listed = CliRunner().invoke(main, ["what-if", str(path), "--list"])
    assert [line for line in listed.output.splitlines() if not line.startswith(" ")][:5] == ["a", "b", "C", "d", "Ö"]


def test_that_a_scenario_that_hits_nothing_is_refused_and_one_element_is_told_once(site: Site) -> None:
    with pytest.raises(RuleError, match="The events of the scenario “test” hit nothing"):
        site.answer(ScenarioEvent(5.0, "fail_part", 0, "zone", "all"))
    with pytest.raises(RuleError, match="“test” has no events"):
        site.answer()
    lines = as_lines(site.answer(*2 * [ScenarioEvent(HOUR_S, "fail", site.hosts[0], for_s=60.0)]))
    assert "  01:00:00  host-0 fails" in lines and "  01:01:00  host-0 recovers" in lines
