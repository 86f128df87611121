"""What the files of a run tell of memory that hosts take back."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from designer.catalog import KINDS, LINKS
from designer.cli_simulate import as_json, write_csv
from designer.commands import edit
from designer.model.element import ROOT_ID, id_text
from designer.model.project import Project
from designer.study.headless import run_headless


def design() -> Project:
    """A host of 32 GiB that swaps for its VMs of 48 GiB, and one whose memory rule takes nothing back."""
    project = Project(KINDS, LINKS)
    zone = edit.place(project, "zone", edit.place(project, "region"))
    for name, rule in (("kvm", "kvm"), ("plain", "configured")):
        host = edit.place(project, "host", zone, name=name, ram_mib=32_768.0, memory_rule=rule, swap_mib=32_768.0)
        edit.change(project, [host], {"ram_overcommit": 2.0, "sharable_frac": 0.0})
        for n in range(3 if rule == "kvm" else 1):
            edit.place(project, "vm", host, name=f"{name}-{n}", ram_mib=16_384.0, active_frac=0.5)
    edit.change(project, [ROOT_ID], {"until_h": 0.25})
    return project


def read(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_that_csv_files_tell_the_memory_of_hosts_and_vms(tmp_path: Path) -> None:
    write_csv(run_headless(design()), tmp_path)
    places = {row["name"]: row for row in read(tmp_path / "places.csv") if row["time_s"] == "0.0"}
    names = ("memory_used_frac", "memory_taken_frac", "memory_short_frac")
    assert [float(places["kvm"][name]) for name in names] == pytest.approx([1.0, 0.5, 1.0])
    assert [float(places["plain"][name]) for name in names] == pytest.approx([0.5, 0.0, 0.0])
    assert [float(places["zone-1"][name]) for name in names] == pytest.approx([0.75, 0.25, 0.5])
    vms = {row["name"]: row for row in read(tmp_path / "vms.csv")}
    kept = ("active_mib", "granted_mib", "shared_mib", "ballooned_mib", "compressed_mib", "swapped_mib")
    third = 32_768.0 / 3.0
    assert [float(vms["kvm-0"][name]) for name in kept] == pytest.approx([8192, third, 0, 0, 0, 16_384 - third])
    assert [float(vms["plain-0"][name]) for name in kept] == pytest.approx([8192, 16_384, 0, 0, 0, 0])
    events = [(row["what"], row["text"]) for row in read(tmp_path / "events.csv")]
    assert events == [("memory_state", "kvm swaps")]


def test_that_json_tells_the_same_and_the_table_the_means(tmp_path: Path) -> None:
    project = design()
    done = run_headless(project)
    written = as_json(done, project, tmp_path / "design.clouddesign")
    kvm = next(row for row in done.summary if row.name == "kvm")
    titles = ("Memory used, mean", "Memory taken back, mean", "Short of memory")
    assert [kvm.values[title] for title in titles] == [(pytest.approx(n), "fraction") for n in (1.0, 0.5, 1.0)]
    (zone,) = {i for i in project.elements if project.elements[i].kind == "zone"}
    place = written["series"]["places"][id_text(zone)]
    assert place["memory_taken_frac"] == pytest.approx([0.25] * 3)
    assert place["memory_short_frac"] == pytest.approx([0.5] * 3)
