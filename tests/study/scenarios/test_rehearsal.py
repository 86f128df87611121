"""A change rehearsed: the step that loses N+1 is named, with what would not come back and why."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from designer.catalog import KINDS, LINKS
from designer.catalog.scenarios.events import ScenarioEvent, event_error
from designer.catalog.scenarios.targets import hits_of
from designer.cli import main
from designer.commands import edit
from designer.commands.scenarios.saving import save_scenario
from designer.model.element import id_text
from designer.model.project import Project
from designer.store.file import project_file
from designer.study.scenarios.rehearsal.answer import ChangeStep, Rehearsal
from designer.study.scenarios.rehearsal.printed import step_lines, summary
from designer.study.scenarios.rehearsal.search import rehearse

HOUR_S = 3600.0
LOST = (("recovery is set to none", 1),)
ROOM = (("no host in cluster has enough free memory", 2),)


class Estate:
    """A cluster of three hosts with room for two VMs each; h0 has two, the others one."""

    def __init__(self) -> None:
        self.project = Project(KINDS, LINKS)
        zone = edit.place(self.project, "zone", edit.place(self.project, "region"))
        self.room = room = edit.place(self.project, "data_center", zone)
        self.cluster = cluster = edit.place(self.project, "cluster", room, name="cluster")
        self.hosts = [edit.place(self.project, "host", room, name=f"h{n}", ram_mib=11 * 1024.0) for n in range(3)]
        for host in self.hosts:
            edit.connect(self.project, "in_cluster", host, cluster)
        self.vms = [
            edit.place(self.project, "vm", self.hosts[n % 3], name=f"v{n}", ram_mib=4096.0, vcpus=1) for n in range(4)
        ]

    def rehearsed(self, *events: ScenarioEvent) -> Rehearsal:
        return rehearse(self.project, "change", events)


@pytest.fixture
def estate() -> Estate:
    return Estate()


def told(step: ChangeStep) -> tuple[tuple[str, ...], bool, list[tuple[int, int]]]:
    """What happens, whether that breaks N+1, and of each host that leaves VMs behind how many."""
    return tuple(what for what, _ in step.what), step.breaks, [(one.host_id, len(one.stays)) for one in step.losses]


def test_that_the_step_that_loses_n_plus_1_is_named_with_what_does_not_come_back_and_why(estate: Estate) -> None:
    h0, h1, h2 = estate.hosts
    found = estate.rehearsed(ScenarioEvent(HOUR_S, "drain", h0, for_s=HOUR_S))
    before, drained, after = found.steps
    assert told(before) == ((), False, [])
    assert told(drained) == (("drain",), True, [(h1, 2), (h2, 2)])
    assert (drained.tried, drained.asked_s) == (2, 2 * HOUR_S)
    assert [loss.why for loss in drained.losses] == [ROOM, ROOM]
    assert sorted(i for loss in drained.losses for i in loss.stays) == sorted(estate.vms)
    at_h1, at_h2 = (" and ".join(sorted(found.names[i] for i in loss.stays)) for loss in drained.losses)
    assert told(after) == (("open",), False, [])
    assert summary(found) == "1 step breaks N+1; the first: 01:00:00  h0 is drained."
    reason = "(2 VMs: no host in cluster has enough free memory)"
    assert step_lines(found, drained) == [
        "breaks N+1 (2 hosts failed in turn)",
        f"h1 fails, not back: {at_h1} {reason}", f"h2 fails, not back: {at_h2} {reason}",
    ]  # fmt: skip


def test_that_an_upgrade_drains_stops_and_returns_a_host_and_a_fourth_host_makes_it_hold(estate: Estate) -> None:
    upgrade = ScenarioEvent(0.0, "upgrade", 0, "host", "each", 20.0, HOUR_S)
    assert [(one.time_s, one.what) for one in hits_of(estate.project, [upgrade], 1)][:5] == [
        (0.0, "drain"), (2400.0, "fail"), (3600.0, "recover"), (3600.0, "open"), (3600.0, "drain"),
    ]  # fmt: skip
    edit.connect(
        estate.project, "in_cluster", edit.place(estate.project, "host", estate.room, ram_mib=11264.0), estate.cluster
    )
    found = estate.rehearsed(replace(upgrade, kind="", pick="", target=estate.hosts[0]))
    assert [told(step) for step in found.steps] == [
        ((), False, []), (("drain",), False, []), (("off",), False, []), (("back", "open"), False, []),
    ]  # fmt: skip
    assert [step.tried for step in found.steps] == [4, 3, 3, 4]
    assert summary(found) == "N+1 holds before the change and after each of its steps."
    assert event_error(replace(upgrade, for_s=1200.0)) is not None


def test_that_vms_that_a_step_stops_and_vms_that_never_come_back_are_told_apart(estate: Estate) -> None:
    """A stopped VM is wanted off, one of a host that fails alone is down; what did not hold before is not new."""
    alone = edit.place(estate.project, "host", estate.room, name="alone")
    edit.place(estate.project, "vm", alone, name="pinned", recovery="none")
    before, stopped, failed = estate.rehearsed(
        ScenarioEvent(HOUR_S, "stop", estate.vms[0]), ScenarioEvent(2 * HOUR_S, "fail", alone)
    ).steps
    assert told(before) == ((), False, [(alone, 1)])
    assert told(stopped) == (("stop",), False, [(alone, 1)])
    assert (failed.breaks, failed.why_down, failed.tried, failed.losses) == (True, LOST, 3, ())


def test_that_a_move_of_a_vm_is_a_step_that_may_leave_too_little_room(estate: Estate) -> None:
    """h0 has two VMs, h1 one that fills it, h2 is free for either; with a VM of h0 on h2 none has room for h1's."""
    edit.delete(estate.project, estate.vms[1:3])
    edit.place(estate.project, "vm", estate.hosts[1], name="large", ram_mib=8192.0, vcpus=1)
    before, moved = estate.rehearsed(ScenarioEvent(HOUR_S, "move", estate.vms[0])).steps
    assert before.holds and told(moved) == (("move",), True, [(estate.hosts[1], 1)])


def test_that_the_command_ends_with_1_where_a_step_breaks_n_plus_1(estate: Estate, tmp_path: Path) -> None:
    file = tmp_path / "estate.clouddesign"
    save_scenario(estate.project, "change", [ScenarioEvent(HOUR_S, "drain", estate.hosts[0])])
    save_scenario(estate.project, "calm", [ScenarioEvent(HOUR_S, "reboot", estate.vms[0])])
    project_file.save(file, estate.project.rows())
    done = CliRunner().invoke(main, ["rehearse", str(file), "--scenario", "change", "--json", "-"])
    assert done.exit_code == 1, done.output
    found = json.loads(done.output)
    assert [(row["holds"], len(row["failures"])) for row in found["steps"]] == [(True, 0), (False, 2)]
    assert {one["host"]["id"] for one in found["steps"][1]["failures"]} == {id_text(i) for i in estate.hosts[1:]}
    calm = CliRunner().invoke(main, ["rehearse", str(file), "--scenario", "calm"])
    assert calm.exit_code == 0, calm.output
    assert "N+1 holds before the change and after each of its steps." in calm.output
    assert CliRunner().invoke(main, ["rehearse", str(file), "--scenario", "none"]).exit_code == 2
