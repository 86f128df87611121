"""`cloud-designer simulate --neighbors`: what VMs lose because of whom, printed, as JSON and as CSV."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from designer.catalog import KINDS, LINKS
from designer.cli import main
from designer.commands import edit
from designer.model.project import Project
from designer.store.file import project_file


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A host of 2,000 MHz: two VMs of 2 vCPUs that ask for everything, and one that asks for 200 MHz."""
    project = Project(KINDS, LINKS)
    zone = edit.place(project, "zone", edit.place(project, "region"))
    host = edit.place(project, "host", zone, name="h", cores=2, threads_per_core=1, mhz=1000.0, sharing="max_min",
                      cpu_overhead_frac=0.0)  # fmt: skip
    for name, vcpus, load in (("db", 2, 1.0), ("batch", 2, 1.0), ("quiet", 1, 0.2)):
        edit.place(project, "vm", host, name=name, vcpus=vcpus, mhz=1000.0, load_frac=load)
    path = tmp_path / "noisy.clouddesign"
    project_file.save(path, project.rows())
    return path


def test_that_who_loses_because_of_whom_is_printed(file: Path) -> None:
    done = CliRunner().invoke(main, ["simulate", str(file), "--until", "1:00", "--neighbors"])
    assert done.exit_code == 0, done.output
    lines = done.output.splitlines()
    begin = next(n for n, line in enumerate(lines) if line.startswith("Noisy neighbors, 00:00 to 01:00"))
    assert sorted(line.split() for line in lines[begin + 1 : begin + 3]) == [
        ["batch", "to", "db", "55%", "100%", "1.1", "h"],
        ["db", "to", "batch", "55%", "100%", "1.1", "h"],
    ]
    taken = lines[begin + 3].split()
    assert taken[:9] == ["on", "h", "2.2", "h", "of", "vCPU", "time", "lost,", "to"]
    assert sorted(word.rstrip(",.") for word in taken[9:]) == ["50%", "50%", "batch", "db"], taken
    assert "Noisy" not in CliRunner().invoke(main, ["simulate", str(file), "--until", "1:00"]).output


def test_that_a_window_counts_and_files_hold_the_same(file: Path, tmp_path: Path) -> None:
    options = ["--until", "1:00", "--neighbors", "--from", "0:30", "--to", "0:40"]
    done = CliRunner().invoke(main, ["simulate", str(file), *options, "--json", "-", "--csv", str(tmp_path)])
    assert done.exit_code == 0, done.output
    told = json.loads(done.output)["neighbors"]
    assert (told["begin_s"], told["end_s"]) == (1800.0, 2400.0)
    pairs = {(row["victim"], row["taker"], row["host"]): row["lost_mhz_s"] for row in told["losses"]}
    assert pairs == {("db", "batch", "h"): pytest.approx(660e3), ("batch", "db", "h"): pytest.approx(660e3)}
    with (tmp_path / "neighbors.csv").open(encoding="utf-8") as table:
        rows = {(row["victim"], row["taker"], row["host"]): float(row["lost_mhz_s"]) for row in csv.DictReader(table)}
    assert rows == pytest.approx(pairs)


def test_that_a_window_that_is_none_is_refused(file: Path) -> None:
    done = CliRunner().invoke(main, ["simulate", str(file), "--neighbors", "--from", "0:40", "--to", "0:40"])
    assert done.exit_code == 2
    assert "--to 0:40 is not after --from 0:40." in done.output


def test_that_a_design_without_losses_says_so(tmp_path: Path) -> None:
    project = Project(KINDS, LINKS)
    edit.place(project, "vm", edit.place(project, "zone", edit.place(project, "region")), load_frac=1.0)
    path = tmp_path / "alone.clouddesign"
    project_file.save(path, project.rows())
    done = CliRunner().invoke(main, ["simulate", str(path), "--until", "1:00", "--neighbors"])
    assert "Noisy neighbors, 00:00 to 01:00: no VM loses CPU to others." in done.output
