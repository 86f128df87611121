"""Muted findings: left out of the list with a reason, kept in the file, told to pipelines as suppressed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from designer.catalog import KINDS, LINKS
from designer.checks.live import LiveChecks, divided, findings_of
from designer.checks.registry import CHECKS
from designer.cli import main
from designer.commands import edit, mutes
from designer.errors import RuleError
from designer.model.project import Project
from designer.store.file import project_file

REASON = "The lab may be down for a day"


@pytest.fixture
def full() -> tuple[Project, int]:
    """A host with more memory in VMs than it has, and a service without members."""
    project = Project(KINDS, LINKS)
    host = edit.place(project, "host", edit.place(project, "zone", edit.place(project, "region")), name="lab", cores=64)
    edit.change(project, [host], {"ram_mib": 16384.0})
    for _ in range(2):
        edit.place(project, "vm", host, ram_mib=12288.0)
    edit.place(project, "service", name="shop")
    return project, host


def test_that_a_muted_finding_is_left_out_until_it_is_unmuted_or_undone(full: tuple[Project, int]) -> None:
    project, host = full
    live = LiveChecks(project, CHECKS)
    project.changed.connect(live.follow)
    live.work()
    every = live.findings()
    mutes.mute(project, "REL-20", host, f"  {REASON} ")
    assert not live.done
    assert live.work()  # the list changes, though no check has another answer
    shown, muted = divided(live.findings(), project)
    assert live.findings() == every
    assert [(found.check, found.elements[0], why) for found, why in muted] == [("REL-20", host, REASON)]
    assert [*shown, muted[0][0]] != every and len(shown) == len(every) - 1
    project.undo()
    assert live.work() and divided(live.findings(), project) == (every, [])
    project.redo()
    mutes.unmute(project, "REL-20", host)
    assert live.work() and divided(live.findings(), project) == (every, [])


def test_that_a_reason_is_needed_and_the_last_one_holds(full: tuple[Project, int]) -> None:
    project, host = full
    with pytest.raises(RuleError, match="Write why"):
        mutes.mute(project, "REL-20", host, " \n")
    for reason in ("one", "two"):
        mutes.mute(project, "REL-20", host, reason)
    assert mutes.reasons(project) == {("REL-20", host): "two"}


def test_that_the_file_keeps_it_and_pipelines_are_told(full: tuple[Project, int], tmp_path: Path) -> None:
    project, host = full
    mutes.mute(project, "REL-20", host, REASON)
    path = tmp_path / "a lab.clouddesign"
    project_file.save(path, project.rows())

    def check(*options: str) -> tuple[int, str]:
        done = CliRunner().invoke(main, ["check", str(path), *options])
        return done.exit_code, done.output

    assert check("--fail-on", "high")[0] == 1  # the service has no members
    found = json.loads(check("--format", "json")[1])
    assert [row["muted"] for row in found["muted"]] == [REASON]
    assert "REL-20" not in [row["check"] for row in found["findings"]]
    assert check()[1].rstrip().endswith("; 1 muted")

    told: dict[str, Any] = json.loads(check("--format", "sarif")[1])
    (run,) = told["runs"]
    assert told["version"] == "2.1.0"
    rules = {rule["id"]: rule for rule in run["tool"]["driver"]["rules"]}
    by_id = {result["ruleId"]: result for result in run["results"]}
    assert rules.keys() == by_id.keys() == {f.check for f in findings_of(project, CHECKS)}
    assert by_id["REL-20"]["suppressions"] == [{"kind": "inSource", "justification": REASON}]
    assert "suppressions" not in by_id["SVC-01"] and by_id["SVC-01"]["level"] == "error"
    (place,) = by_id["SVC-01"]["locations"]
    assert place["physicalLocation"]["artifactLocation"]["uri"].endswith("a%20lab.clouddesign")
    assert [one["name"] for one in place["logicalLocations"]] == ["shop"]


def test_that_a_design_with_muted_findings_alone_passes(full: tuple[Project, int], tmp_path: Path) -> None:
    project, _ = full
    for finding in findings_of(project, CHECKS):
        mutes.mute(project, finding.check, finding.elements[0], REASON)
    project_file.save(tmp_path / "x.clouddesign", project.rows())
    done = CliRunner().invoke(main, ["check", str(tmp_path / "x.clouddesign"), "--fail-on", "low"])
    assert done.exit_code == 0, done.output
