"""`cloud-designer fail-each`: exit codes, JSON and table of a saved design."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest
from click.testing import CliRunner

from designer.catalog import KINDS, LINKS
from designer.cli import main
from designer.commands import edit
from designer.model.project import Project
from designer.store.file import project_file


def saved(path: Path, ram_mib: float) -> Path:
    """Two hosts of one cluster with a VM of 4 GiB each."""
    project = Project(KINDS, LINKS)
    room = edit.place(project, "data_center", edit.place(project, "zone", edit.place(project, "region"), name="z"))
    cluster = edit.place(project, "cluster", room)
    for n in range(2):
        host = edit.place(project, "host", room, name=f"h{n}", ram_mib=ram_mib)
        edit.connect(project, "in_cluster", host, cluster)
        edit.place(project, "vm", host, name=f"v{n}", ram_mib=4096.0, vcpus=1)
    project_file.save(path, project.rows())
    return path


@pytest.fixture
def roomy(tmp_path: Path) -> Path:
    return saved(tmp_path / "roomy.clouddesign", 65_536.0)


@pytest.fixture
def tight(tmp_path: Path) -> Path:
    return saved(tmp_path / "tight.clouddesign", 6144.0)


def test_that_what_holds_ends_with_0_and_what_does_not_with_1(roomy: Path, tight: Path) -> None:
    done = CliRunner().invoke(main, ["fail-each", str(roomy), "--kind", "host"])
    assert done.exit_code == 0, done.output
    assert done.output.startswith("2 failures tried: every VM comes back.")
    done = CliRunner().invoke(main, ["fail-each", str(tight), "--kind", "host"])
    assert done.exit_code == 1, done.output
    assert "2 of 2 elements leave VMs behind" in done.output
    assert "enough free memory" in done.output


def test_that_json_tells_each_failure_and_verdict(tight: Path) -> None:
    done = CliRunner().invoke(main, ["fail-each", str(tight), "--maintenance", "--json", "-"])
    assert done.exit_code == 1, done.output
    found = json.loads(done.output)
    assert [row["kind"] for row in found["elements"]] == ["zone", "data_center", "host", "host"]
    zone = found["elements"][0]
    assert (zone["vms_fall"], zone["vms_stay_down"], zone["up_s"]) == (2, 2, None)
    assert zone["falls_with_it"] == {"data_center": 1, "host": 2}
    assert {row["level"] for row in found["verdicts"]} == {"N+0"}
    assert found["tried"] == found["failures"] == 4 * 3


def test_that_headroom_says_how_many_more_hold_and_when_growth_ends_it(roomy: Path, tight: Path) -> None:
    done = CliRunner().invoke(main, ["headroom", str(roomy), "--vm", "v0", "--growth", "10", "--json"])
    assert done.exit_code == 0, done.output
    found = json.loads(done.output)
    assert 0 < found["holds"] < found["fits"]
    assert found["holds"] + 2 <= (found["fits"] + 2) // 2 + 1
    assert found["months"] == pytest.approx(math.log(1 + found["holds"] / 2) / math.log(1.1))
    done = CliRunner().invoke(main, ["headroom", str(tight), "--vcpus", "1", "--ram", "1G"])
    assert done.exit_code == 1, done.output
    assert "with 0 of them N+1 still holds" in done.output
    assert CliRunner().invoke(main, ["headroom", str(tight), "--vm", "z"]).exit_code == 2


def test_that_headroom_of_no_host_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "d.clouddesign"
    project_file.save(path, Project(KINDS, LINKS).rows())
    done = CliRunner().invoke(main, ["headroom", str(path)])
    assert done.exit_code == 2 and "The design has no host." in done.output


@pytest.mark.parametrize(("options", "said"), [(["--at", "soon"], "soon"), (["--kind", "vm"], "vm")])
def test_that_what_cannot_be_asked_is_refused(roomy: Path, options: list[str], said: str) -> None:
    done = CliRunner().invoke(main, ["fail-each", str(roomy), *options])
    assert done.exit_code == 2
    assert said in done.output
