"""`cloud-designer collapse`: the map of a saved design as table and CSV, and what it refuses."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from designer.catalog import KINDS, LINKS
from designer.cli import main
from designer.commands import edit
from designer.model.project import Project
from designer.store.file import project_file
from tests.store.designs import spoil


@pytest.fixture
def file(tmp_path: Path) -> Path:
    project = Project(KINDS, LINKS)
    zone = edit.place(project, "zone", region := edit.place(project, "region"))
    edit.connect(project, "private_link", zone, edit.place(project, "zone", region))
    vm = edit.place(project, "vm", zone, vcpus=1, mhz=1000.0)
    service = edit.place(project, "service", name="shop", work_mhz_s=1.0, timeout_s=0.5, waiting_most=1_000_000,
                         backoff_s=0.0)  # fmt: skip
    edit.connect(project, "member", vm, service)
    edit.place(project, "service", name="patient")
    path = tmp_path / "shop.clouddesign"
    project_file.save(path, project.rows())
    return path


def test_that_the_map_is_printed_and_written(file: Path, tmp_path: Path) -> None:
    out = tmp_path / "map.csv"
    done = CliRunner().invoke(main, ["collapse", str(file), "--service", "shop", "--csv", str(out)])
    assert done.exit_code == 0, done.output
    lines = done.output.splitlines()
    assert lines[0] == "shop: recovery after a pause of 1 s; capacity 1 kreq/s"
    assert lines[2].split() == ["load", "10%", "20%", "30%", "40%", "50%", "60%", "70%", "80%", "90%", "95%", "99%"]
    assert lines[6].split()[:2] == ["3", "retries"]
    assert lines[6].split()[-1] == "never"
    rows = out.read_text("utf-8").splitlines()
    assert rows[0] == "retries,load_frac,recovery_s"
    assert rows[1 + 3 * 11 + 6] == "3,0.7,"
    assert len(rows) == 1 + 6 * 11


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ([], "The design has 2 services; name one with --service."),
        (["--service", "patient"], "Clients of patient never give up"),
        (["--service", "zone-1"], "zone-1 is no service."),
        (["--service", "zone-1 - zone-2"], "There is no element named zone-1 - zone-2."),
        (["--service", "shop", "--pause", "0"], "A pause must be longer than 0 s."),
    ],
)
def test_that_what_has_no_map_is_refused_with_a_sentence(file: Path, options: list[str], said: str) -> None:
    done = CliRunner().invoke(main, ["collapse", str(file), *options])
    assert done.exit_code == 2
    assert said in done.output


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("timeout_s = 5e-324, backoff_s = 0", "its clients must wait 0.001 s or longer"),
        ("timeout_s = 1e-9", "its clients must wait 0.001 s or longer"),
        ("timeout_s = 0.001, backoff_s = 3600, most_backoff_s = 3600", "Clients who try again are followed in"),
        ("work_mhz_s = 5e-324", "a request takes 1e-09 MHz s of CPU or more"),
    ],
)
def test_that_extremes_of_a_file_are_refused_before_any_work(file: Path, change: str, said: str) -> None:
    spoil(file, f"UPDATE service SET {change} WHERE name = 'shop'")
    done = CliRunner().invoke(main, ["collapse", str(file), "--service", "shop"])
    assert (done.exit_code, said in done.output) == (2, True), done.output


@pytest.mark.parametrize("pause", ["8e10", "1e9", "3601"])
def test_that_a_pause_longer_than_is_looked_ahead_is_refused(file: Path, pause: str) -> None:
    done = CliRunner().invoke(main, ["collapse", str(file), "--service", "shop", "--pause", pause])
    assert (done.exit_code, "A pause is at most 1 h." in done.output) == (2, True)
