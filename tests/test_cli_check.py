"""`cloud-designer check`: what it prints, and with which exit code."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from designer.catalog import KINDS, LINKS
from designer.cli import main
from designer.commands import edit
from designer.model.element import id_text
from designer.model.project import Project
from designer.store.file import project_file


@pytest.fixture
def full(tmp_path: Path) -> tuple[Path, int]:
    """A saved design of a host with more memory in VMs than it has; the file and the host's id."""
    project = Project(KINDS, LINKS)
    host = edit.place(project, "host", name="h", ram_mib=16384.0)
    for _ in range(2):
        edit.place(project, "vm", host, ram_mib=12288.0)
    project_file.save(tmp_path / "full.clouddesign", project.rows())
    return tmp_path / "full.clouddesign", host


def test_that_findings_are_printed_and_fail_when_they_are_as_severe_as_asked(full: tuple[Path, int]) -> None:
    file, _ = full
    done = CliRunner().invoke(main, ["check", str(file)])
    assert done.exit_code == 0
    assert "high    REL-20   h has 16 GiB for VMs and they take 24 GiB\n" in done.output
    assert "finding" in done.output.splitlines()[-1]
    for severity in ("high", "medium", "low"):
        assert CliRunner().invoke(main, ["check", str(file), "--fail-on", severity]).exit_code == 1


def test_that_json_names_elements_reason_and_source(full: tuple[Path, int]) -> None:
    file, host = full
    done = CliRunner().invoke(main, ["check", str(file), "--format", "json"])
    read = json.loads(done.output)
    assert read["version"] == 1
    row = next(row for row in read["findings"] if row["check"] == "REL-20")
    assert row["elements"][0] == {"id": id_text(host), "kind": "host", "name": "h"}
    assert row["severity"] == "high" and row["why"].endswith(".") and row["source"]


def test_that_a_sound_design_has_none_and_a_file_that_is_not_there_has_its_exit_code(tmp_path: Path) -> None:
    project_file.save(tmp_path / "empty.clouddesign", Project(KINDS, LINKS).rows())
    done = CliRunner().invoke(main, ["check", str(tmp_path / "empty.clouddesign"), "--fail-on", "low"])
    assert (done.exit_code, done.output) == (0, "0 findings\n")
    assert CliRunner().invoke(main, ["check", str(tmp_path / "none.clouddesign")]).exit_code == 3
    assert CliRunner().invoke(main, ["check", str(tmp_path / "empty.clouddesign"), "--format", "x"]).exit_code == 2
