"""The command line: what it prints where, with which exit code, and that a run is the same each time."""

from __future__ import annotations

import csv
import gzip
import json
import os
import pty
import re
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import click
import numpy as np
import pytest
from click.testing import CliRunner, Result

from designer import __version__, cli
from designer.assets import asset
from designer.catalog import KINDS, LINKS
from designer.cli import main
from designer.commands import edit
from designer.commands.imports import attach_traces
from designer.errors import NO_MEMORY
from designer.exchange.csv_out import safe
from designer.exchange.traces_csv import read_traces
from designer.model.element import ROOT_ID, id_text
from designer.model.project import Project
from designer.store.file import project_file
from tests import copies
from tests.waiting import HUNG_S

ROOT = Path(__file__).parent.parent
SHOP = asset("examples/web-shop.clouddesign")
HOSTS = "name,cores,mhz,ram_gb,idle_w,max_w,rack\nh1,8,2000,64,100,200,r1\nh2,8,2000,64,100,200,r2\n"
VMS = "name,host,vcpus,mhz,ram_gb\nweb,h1,4,2000,8\ndb,h2,8,2000,16\ncache,h1,2,2000,4\n"
TRACES = "vm,0,600,1200\nweb,50,100,0\ndb,25,25,25\ncache,0,0,100\n"

# h1 has 8 threads, of which web has 4 and cache 2; db has all 8 of h2. A host draws 100 W, and 100 W more when full.
USED = (4 * 0.5 / 8, 4 * 1.0 / 8, 2 * 1.0 / 8, 0.25, 0.25, 0.25)
ENERGY_WH = sum(100 + 100 * used for used in USED) * 600 / 3600


def run(*args: object) -> Result:
    """Run the command line in this process."""
    result = CliRunner().invoke(main, [str(arg) for arg in args])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def program(*args: object, **options: Any) -> subprocess.CompletedProcess[str]:
    """Run the program in a process of its own, a copy of one that has imported it."""
    return copies.run("-m", "designer", *args, **options)


def said(result: Result | subprocess.CompletedProcess[str]) -> str:
    """The last line on the error stream, without the program's name in front."""
    return result.stderr.strip().splitlines()[-1].removeprefix("cloud-designer: ")


def refused(result: Result | subprocess.CompletedProcess[str], code: int) -> str:
    """The sentence of a refusal: only on the error stream, with its exit code, and no traceback."""
    assert (result.exit_code if isinstance(result, Result) else result.returncode) == code
    assert result.stdout == ""
    assert "Traceback" not in result.stderr
    return said(result)


def result_of(*args: object) -> dict[str, Any]:
    """The JSON that a run of the shop for an hour prints."""
    result = run("simulate", SHOP, "--until", "1h", "--json", "-", *args)
    assert result.exit_code == 0
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def read_csv(path: Path) -> list[dict[str, str]]:
    """The rows of a CSV file that was written."""
    return list(csv.DictReader(path.read_text("utf-8").splitlines()))


@pytest.fixture
def fleet(tmp_path: Path) -> Path:
    """A folder with CSV files of two hosts, three VMs and their load over half an hour."""
    for name, text in (("hosts.csv", HOSTS), ("vms.csv", VMS)):
        (tmp_path / name).write_text(text)
    (tmp_path / "load.csv.gz").write_bytes(gzip.compress(TRACES.encode()))
    return tmp_path


@pytest.fixture
def imported(fleet: Path) -> Path:
    """The design made of them."""
    out = fleet / "fleet.clouddesign"
    files = ("--hosts", fleet / "hosts.csv", "--vms", fleet / "vms.csv", "--traces", fleet / "load.csv.gz")
    assert run("import", *files, "-o", out).exit_code == 0
    return out


def opened(path: Path) -> Project:
    """A design read back from a file."""
    return Project(KINDS, LINKS, project_file.load(path).rows)


# -- simulate: what comes out


def test_that_json_on_standard_output_is_all_that_stands_there() -> None:
    found = result_of()
    assert (found["format"], found["version"], found["file"]) == ("cloud-designer-result", 1, "web-shop.clouddesign")
    assert (found["until_s"], found["sample_s"], found["events"], found["log"]) == (3600.0, 60.0, [], [])
    assert found["series"]["edges_s"] == [60.0 * n for n in range(61)]


def test_that_sums_are_the_integrals_of_the_series() -> None:
    found = result_of("--fail", "ap-south-1b@00:30")
    rows = {row["id"]: row for row in found["summary"]}
    assert {row["kind"] for row in rows.values()} >= {"design", "service", "region", "zone"}
    for key, series in found["series"]["places"].items():
        assert len(series["power_w"]) == 60
        (energy,) = (value for title, value in rows[key]["values"].items() if title.startswith("Energy"))
        assert sum(series["power_w"]) * 60 / 3600 == pytest.approx(energy)
    for key, series in found["series"]["services"].items():
        assert sum(series["asked_rps"]) * 60 == pytest.approx(rows[key]["values"]["Requests"])
        assert sum(series["dropped_rps"]) * 60 == pytest.approx(rows[key]["values"]["Dropped"])
    region = next(row for row in rows.values() if row["kind"] == "region")
    zones = [row["values"]["Energy of hosts [Wh]"] for row in rows.values() if row["kind"] == "zone"]
    assert found["energy_wh"] == pytest.approx(region["values"]["Energy of hosts [Wh]"]) == pytest.approx(sum(zones))


def test_that_an_element_fails_and_recovers_when_told() -> None:
    found = result_of("--recover", "ap-south-1b@45min", "--fail", "ap-south-1b@00:30")
    key = next(row["id"] for row in found["summary"] if row["name"] == "ap-south-1b")
    assert found["events"] == [
        {"time_s": 1800.0, "what": "fail", "id": key},
        {"time_s": 2700.0, "what": "recover", "id": key},
    ]
    first = found["log"][0]
    assert (first["time_s"], first["what"], first["text"], first["cause"]) == (
        1800.0,
        "failed",
        "ap-south-1b failed",
        0,
    )
    power = np.array(found["series"]["places"][key]["power_w"])
    assert np.flatnonzero(power == 0).tolist() == list(range(30, 45))
    assert found["series"]["places"][key]["used_frac"][30:45] == [None] * 15
    assert [row["time_s"] for row in found["log"]] == sorted(row["time_s"] for row in found["log"])


def test_that_an_id_names_an_element_as_well_as_its_name() -> None:
    by_name = result_of("--fail", "ap-south-1b@1800")
    by_id = result_of("--fail", f"{by_name['events'][0]['id']}@30 min")
    assert by_id["digest"] == by_name["digest"] != result_of()["digest"]


def test_that_the_same_seed_gives_the_same_result_and_another_another() -> None:
    one, again, other = (result_of("--seed", seed) for seed in (7, 7, 8))
    assert one == again
    assert (one["seed"], other["seed"]) == (7, 8)
    assert one["digest"] != other["digest"]


def test_that_the_designs_own_seed_and_length_count_when_none_is_given(imported: Path) -> None:
    design = opened(imported).root.__dict__
    found = json.loads(run("simulate", imported, "--json", "-").stdout)
    assert (found["seed"], found["until_s"]) == (design["seed"], 1800.0)
    assert design["until_h"] == 0.5


def test_that_the_table_tells_digest_and_events() -> None:
    result = run("simulate", SHOP, "--until", "1h", "--fail", "ap-south-1b@00:30")
    digest = result_of("--fail", "ap-south-1b@00:30")["digest"]
    lines = result.stdout.splitlines()
    assert lines[0].split() == ["CPU", "mean", "most", "steal", "overhead", "throttled", "energy"]
    assert [line.split()[:2] for line in lines[1:5]] == [
        ["region", "ap-south-1"], ["zone", "ap-south-1a"], ["zone", "ap-south-1b"], ["zone", "ap-south-1c"]
    ]  # fmt: skip
    assert "    00:30:00  ap-south-1b failed" in lines
    assert lines[-1].endswith(f" events, digest {digest[:16]}")


def test_that_on_own_premises_the_table_tells_of_hosts(imported: Path) -> None:
    lines = run("simulate", imported).stdout.splitlines()
    places = [line.split()[:2] for line in lines[1:] if line.startswith(("host", "data center", "region", "zone"))]
    names = sorted(element.name for element in opened(imported).of_kind("host"))
    assert sorted(name for kind, name in places if kind == "host") == names
    assert {kind for kind, _ in places} <= {"host", "data"}
    found = json.loads(run("simulate", imported, "--json", "-").stdout)
    assert len(found["series"]["places"]) >= len(names)


def cloud(tmp_path: Path) -> Path:
    """A design in which all VMs are on the provider's capacity."""
    project = Project(KINDS, LINKS)
    zone = edit.place(project, "zone", edit.place(project, "region", name="r"), name="z")
    edit.place(project, "vm", zone, name="web-1")
    edit.place(project, "service", name="web")
    project_file.save(tmp_path / "cloud.clouddesign", project.rows())
    return tmp_path / "cloud.clouddesign"


def test_that_the_energy_of_a_cloud_is_not_known_and_never_0(tmp_path: Path) -> None:
    design = cloud(tmp_path)
    told = run("simulate", design, "--until", "1h", "--csv", tmp_path / "out").stdout
    assert "energy not known" in told
    assert [line.split()[-2:] for line in told.splitlines() if line.startswith("zone")] == [["not", "known"]]
    found = json.loads(run("simulate", design, "--until", "1h", "--json", "-").stdout)
    assert found["energy_wh"] is None
    assert all(place["power_w"] == [None] * 12 for place in found["series"]["places"].values())
    assert all(row["values"]["Energy [Wh]"] is None for row in found["summary"] if row["kind"] in ("design", "zone"))
    watts = {row["power_w"] for row in read_csv(tmp_path / "out" / "places.csv")}
    assert watts == {""}


def test_that_the_table_says_where_more_is_asked_for_than_vms_may_have(tmp_path: Path) -> None:
    # An application wants 4 of the 2 vCPUs of its VM: 2 of the 2 that it has are wanted in vain.
    project = Project(KINDS, LINKS)
    zone = edit.place(project, "zone", edit.place(project, "region"), name="z")
    vm = edit.place(project, "vm", zone, vcpus=2, load_frac=0.0, name="v", boot_s=60.0)
    edit.place(project, "application", vm, vcpus=4, load_frac=1.0)
    project_file.save(tmp_path / "asked.clouddesign", project.rows())
    told = run("simulate", tmp_path / "asked.clouddesign", "--until", "1h").stdout.splitlines()
    assert [line.split()[2:] for line in told if line.startswith("zone")] == [
        ["100%", "200%", "0%", "0%", "100%", "not", "known"]
    ]
    told = run("simulate", tmp_path / "asked.clouddesign", "--until", "1h", "--fail", "v@0:10").stdout.splitlines()
    assert [line.strip() for line in told if line.startswith("    00:1")] == [
        "00:10:00  v failed",
        "00:11:00  v is found dead. Cause: v failed",
        "00:11:00  v restarts on z",
        "00:12:00  v is running on z",
    ]


def test_that_what_cannot_fail_is_named_not_numbered(tmp_path: Path) -> None:
    sentence = refused(run("simulate", cloud(tmp_path), "--fail", "web@00:30"), 2)
    assert sentence == (
        "web is a service, which cannot fail or recover by itself. Name one of its VMs, or the place it stands on."
    )


@pytest.mark.parametrize("option", ["--drain", "--open"])
def test_that_maintenance_of_what_is_no_host_is_refused(tmp_path: Path, option: str) -> None:
    sentence = refused(run("simulate", cloud(tmp_path), option, "web@00:30"), 2)
    assert sentence == "web is no host; only hosts have maintenance."


@pytest.mark.parametrize("option", ["--fail-control", "--recover-control"])
def test_that_a_control_plane_of_what_is_no_region_is_refused(tmp_path: Path, option: str) -> None:
    sentence = refused(run("simulate", cloud(tmp_path), option, "web@00:30"), 2)
    assert sentence == "web is no region; only regions have a control plane."


def test_that_recoveries_wait_for_the_control_plane_of_the_region(tmp_path: Path) -> None:
    project = Project(KINDS, LINKS)
    region = edit.place(project, "region", name="north")
    edit.place(project, "vm", edit.place(project, "zone", region, name="z"), name="v", boot_s=60.0)
    project_file.save(tmp_path / "control.clouddesign", project.rows())
    events = ("--fail-control", "north@0:05", "--fail", "v@0:10", "--recover-control", "north@0:20")
    told = run("simulate", tmp_path / "control.clouddesign", "--until", "1h", *events).stdout.splitlines()
    assert [line.strip() for line in told if line.startswith("    00:")] == [
        "00:05:00  The control plane of north failed",
        "00:10:00  v failed",
        "00:11:00  v is found dead. Cause: v failed",
        "00:11:00  v waits to boot. The control plane of north is down",
        "00:20:00  The control plane of north works again. Cause: The control plane of north failed",
        "00:20:00  v restarts on z",
        "00:21:00  v is running on z",
    ]


def test_that_quiet_prints_nothing_and_changes_nothing(tmp_path: Path) -> None:
    out = tmp_path / "result.json"
    result = run("simulate", SHOP, "--until", "1h", "--quiet", "--json", out)
    assert (result.exit_code, result.stdout) == (0, "")
    assert json.loads(out.read_text("utf-8")) == result_of()


def test_that_csv_files_hold_what_the_json_holds(tmp_path: Path) -> None:
    folder = tmp_path / "made" / "here"
    found = result_of("--fail", "ap-south-1b@00:30", "--csv", folder)
    tables = {path.name: read_csv(path) for path in folder.iterdir()}
    assert set(tables) == {"events.csv", "summary.csv", "vms.csv", "services.csv", "places.csv"}
    assert [(int(r["serial"]), float(r["time_s"]), r["text"], int(r["cause"])) for r in tables["events.csv"]] == [
        (row["serial"], row["time_s"], row["text"], row["cause"]) for row in found["log"]
    ]
    figures = {
        (row["id"], f"{title} [{unit}]" if unit else title): value
        for row in tables["summary.csv"]
        for title, unit, value in [(row["figure"], row["unit"], float(row["value"]) if row["value"] else None)]
    }
    assert figures == {(row["id"], title): v for row in found["summary"] for title, v in row["values"].items()}
    for key, series in found["series"]["places"].items():
        rows = [row for row in tables["places.csv"] if row["id"] == key]
        assert [float(row["time_s"]) for row in rows] == found["series"]["edges_s"][:-1]
        for column, given in series.items():
            assert [float(row[column]) if row[column] else None for row in rows] == given
    services = {row["service"] for row in tables["services.csv"]}
    assert (services, len(tables["services.csv"])) == ({"shop", "search"}, 120)
    assert len(tables["vms.csv"]) >= 309
    assert all(0 <= float(row["running_s"]) <= 3600 for row in tables["vms.csv"])


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@x", "\tx", "\rx"])
def test_that_no_name_becomes_a_formula_in_a_spreadsheet(cell: str) -> None:
    assert safe(cell) == "'" + cell


def test_that_numbers_and_plain_names_are_cells_as_they_are() -> None:
    cells = ("web-1", -1, -1.5, np.float32(-0.5), float("nan"), np.float32("nan"), np.int64(3))
    assert [safe(cell) for cell in cells] == ["web-1", -1, -1.5, -0.5, "", "", 3]


def test_that_a_formula_as_a_vms_name_is_defused_in_the_files(fleet: Path) -> None:
    (fleet / "vms.csv").write_text('name,host,vcpus,ram_gb\n"=cmd|x",h1,1,1\n')
    out = fleet / "x.clouddesign"
    assert run("import", "--hosts", fleet / "hosts.csv", "--vms", fleet / "vms.csv", "-o", out).exit_code == 0
    assert run("simulate", out, "--until", "10min", "--csv", fleet / "out").exit_code == 0
    assert [row["name"] for row in read_csv(fleet / "out" / "vms.csv")] == ["'=cmd|x"]


# -- simulate: what is refused


def test_that_an_ambiguous_name_is_refused_with_its_ids(fleet: Path) -> None:
    out = fleet / "x.clouddesign"
    assert run("import", "--hosts", fleet / "hosts.csv", "--vms", fleet / "vms.csv", "-o", out).exit_code == 0
    project = opened(out)
    edit.rename(project, next(host.id for host in project.of_kind("host") if host.name == "h2"), "h1")
    project_file.save(out, project.rows())
    result = run("simulate", out, "--fail", "h1@00:10")
    said_of = refused(result, 2)
    hosts = {host.id: project_name(opened(out), host.parent) for host in opened(out).of_kind("host")}
    assert said_of.startswith("2 elements are named h1; name one by its id: ")
    assert all(f"{id_text(i)} (Host in {rack})" in said_of for i, rack in hosts.items())
    one = id_text(next(iter(hosts)))
    assert run("simulate", out, "--fail", f"{one}@00:10").exit_code == 0


def project_name(project: Project, element_id: int) -> str:
    """The name of an element."""
    return project.elements[element_id].name


@pytest.mark.parametrize(
    ("args", "sentence"),
    [
        (("--fail", "ap-south-1d@00:30"), "There is no element named ap-south-1d. Did you mean ap-south-1"),
        (("--recover", "nothing like it@00:30"), "There is no element named nothing like it."),
        (("--fail", "@00:30"), "There is no element named ."),
        (("--fail", "ap-south-1b"), "“ap-south-1b” has no time; write it like ap-south-1b@02:00."),
        (("--fail", "ap-south-1b@noon"), '"noon" is not a time span'),
        (("--fail", "ap-south-1b@02:00"), "ap-south-1b is to fail at 02:00, but the run is over at 01:00; make it "
         "longer with --until."),
        (("--recover", "ap-south-1b@01:00"), "ap-south-1b is to recover at 01:00, but the run is over at 01:00; make "
         "it longer with --until."),
        (("--until", "-1h"), '"-1h" is not a time span'),
        (("--until", "nan"), '"nan" is not a time span'),
        (("--until", "0"), "The run's length must be above 0 s, not 0.0."),
        (("--until", "1000000d"), "1,440,000,000 recording steps for 34 places are too many to keep"),
        (("--seed", "-1"), "Error: Invalid value for '--seed'"),
        (("--seed", "2147483648"), "Error: Invalid value for '--seed'"),
        (("--nonsense",), "Error: No such option"),
    ],
)  # fmt: skip
def test_that_a_wrong_option_is_refused_and_nothing_is_run(
    tmp_path: Path, args: tuple[str, ...], sentence: str
) -> None:
    out = tmp_path / "result.json"
    assert refused(run("simulate", SHOP, "--until", "1h", "--json", out, *args), 2).startswith(sentence)
    assert not out.exists()


def test_that_an_event_after_the_designs_own_end_is_refused(imported: Path) -> None:
    sentence = refused(run("simulate", imported, "--fail", "h1@31min"), 2)
    assert sentence == "h1 is to fail at 00:31, but the run is over at 00:30; make it longer with --until."
    assert run("simulate", imported, "--fail", "h1@31min", "--until", "32min").exit_code == 0


def test_that_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    text = tmp_path / "notes.clouddesign"
    text.write_text("not a design")
    for path in (text, tmp_path / "none.clouddesign", tmp_path):
        sentence = refused(run("simulate", path, "--json", "-"), 3)
        assert path.name in sentence
        assert sentence.endswith(".")


@pytest.mark.parametrize("option", ["--json", "--csv"])
def test_that_a_result_that_cannot_be_written_is_named(tmp_path: Path, option: str) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    target = blocked / "x"
    result = run("simulate", SHOP, "--until", "10min", option, target)
    assert refused(result, 3).startswith(f"{target} cannot be written: ")


# -- import


def test_that_import_makes_the_design_of_the_files(fleet: Path, imported: Path) -> None:
    project = opened(imported)
    kinds = ("data_center", "rack", "host", "vm", "trace")
    names = {kind: {element.name for element in project.of_kind(kind)} for kind in kinds}
    assert names == {
        "data_center": {"hosts"}, "rack": {"r1", "r2"}, "host": {"h1", "h2"}, "vm": {"web", "cache", "db"},
        "trace": {"load"},
    }  # fmt: skip
    homes = {vm.name: project_name(project, vm.parent) for vm in project.of_kind("vm")}
    assert homes == {"web": "h1", "cache": "h1", "db": "h2"}
    rows = {vm.name: (vm.__dict__["demand"], vm.__dict__["trace_row"]) for vm in project.of_kind("vm")}
    assert rows == {"web": ("trace", 0), "db": ("trace", 1), "cache": ("trace", 2)}


def test_that_import_says_what_it_understood_and_wrote(fleet: Path) -> None:
    out = fleet / "x.clouddesign"
    files = ("--hosts", fleet / "hosts.csv", "--vms", fleet / "vms.csv", "--traces", fleet / "load.csv.gz")
    result = run("import", *files, "-o", out)
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.splitlines() == [
        "load.csv.gz: 3 traces of 3 samples, 600 s apart; the cells are percents of a VM's CPU; a row is a VM, its "
        "name in front.",
        "hosts.csv: 2 hosts with name, cores, mhz, ram_gb, idle_w, max_w, rack.",
        "vms.csv: 3 VMs with name, host, vcpus, mhz, ram_gb.",
        "Imported 2 hosts and 3 VMs, at most 1 vCPUs a core. Attached 3 VMs to load.csv.gz, by name.",
        f"Wrote {out}.",
    ]


def test_that_an_import_into_a_file_with_other_names_is_asked_about(fleet: Path, imported: Path) -> None:
    twin = imported.with_name("twin.clouddesign")
    os.link(imported, twin)
    files = ("--hosts", fleet / "hosts.csv", "--vms", fleet / "vms.csv")
    refused = run("import", *files, "-o", imported)
    assert refused.exit_code == 3
    assert refused.stderr.endswith("under another name. The option --unlink saves under this name only.\n")
    assert imported.samefile(twin)
    assert run("import", *files, "-o", imported, "--unlink").exit_code == 0
    assert not opened(imported).of_kind("trace")
    assert opened(twin).of_kind("trace")


def test_that_what_was_imported_runs_with_the_loads_of_the_file(imported: Path) -> None:
    found = json.loads(run("simulate", imported, "--json", "-").stdout)
    assert found["energy_wh"] == pytest.approx(ENERGY_WH)
    assert (found["sample_s"], found["until_s"]) == (600.0, 1800.0)


def test_that_the_step_the_unit_and_the_sharing_rule_can_be_given(fleet: Path) -> None:
    (fleet / "load.csv").write_text("0.5,0.5\n0.5,0.25\n1,1\n")
    files = ("--hosts", fleet / "hosts.csv", "--vms", fleet / "vms.csv", "--traces", fleet / "load.csv")
    out = fleet / "x.clouddesign"
    options = ("--step", "60", "--cells", "percent", "--sharing", "reserved")
    assert run("import", *files, *options, "-o", out).exit_code == 0
    project = opened(out)
    trace = project.of_kind("trace")[0].__dict__
    assert (trace["step_s"], trace["cells"], project.root.__dict__["until_h"]) == (60.0, "fraction", 2 / 60)
    assert {host.__dict__["sharing"] for host in project.of_kind("host")} == {"reserved"}


def test_that_into_attaches_traces_by_name_and_leaves_the_file_alone(fleet: Path, imported: Path) -> None:
    before, out = imported.read_bytes(), fleet / "other.clouddesign"
    (fleet / "new.csv").write_text("vm,0,60\ndb,1,2\ncache,3,4\nweb,5,6\n")
    result = run("import", "--into", imported, "--traces", fleet / "new.csv", "-o", out)
    assert result.exit_code == 0
    assert result.stdout.splitlines()[-2:] == ["Attached 3 VMs to new.csv, by name.", f"Wrote {out}."]
    assert imported.read_bytes() == before
    project = opened(out)
    rows = {vm.name: vm.__dict__["trace_row"] for vm in project.of_kind("vm")}
    assert rows == {"db": 0, "cache": 1, "web": 2}
    assert len({vm.__dict__["trace"] for vm in project.of_kind("vm")}) == 1


def test_that_into_does_what_the_window_does(fleet: Path) -> None:
    (fleet / "new.csv").write_text("10,20\n30,40\n")
    out = fleet / "out.clouddesign"
    result = run("import", "--into", SHOP, "--traces", fleet / "new.csv", "-o", out)
    assert (result.exit_code, said_rows(result)) == (
        0,
        "in row order, starting again from the first row after the last.",
    )
    project, traces = opened(SHOP), read_traces(fleet / "new.csv")
    vms = [i for i in project.subtree(ROOT_ID) if project.elements[i].kind == "vm"]
    attach_traces(project, vms, traces)
    rows = {vm.id: vm.__dict__["trace_row"] for vm in project.of_kind("vm")}
    assert {vm.id: vm.__dict__["trace_row"] for vm in opened(out).of_kind("vm")} == rows
    assert set(rows.values()) == {0, 1}


def said_rows(result: Result) -> str:
    """How the traces were attached, as it was said."""
    return result.stdout.splitlines()[-2].partition(", ")[2]


@pytest.mark.parametrize(
    ("name", "text", "code", "sentence"),
    [
        ("hosts.csv", "name,cores,mhz,ram_gb\nh1,x,2000,64\n", 2, "hosts.csv, line 2: cores is “x”, which is not a "
         "number."),
        ("hosts.csv", "name,cores,mhz,ram_gb,sharing\nh1,8,2000,64,fair\nh2,8,2000,64,\n", 2, "h1: CPU sharing must "
         "be one of reserved, proportional, max_min, weighted_max_min."),
        ("vms.csv", VMS.replace("h2", "h3"), 2, "VM db stands on host h3, which is not among the hosts."),
        ("vms.csv", VMS.replace("web,h1,4", "web,h1,9"), 2, "VM web asks for 9 vCPUs and 8,192 MiB; no host is that "
         "large (most: 8 threads, 65,536 MiB)."),
        ("load.csv", "vm,0,60\nweb,1,-2\n", 2, "load.csv, line 2: a load is -2; a load cannot be negative."),
        ("load.csv", "", 2, "load.csv is empty."),
        ("load.csv", None, 3, "load.csv cannot be read: no such file or directory."),
        ("hosts.csv", None, 3, "hosts.csv cannot be read: no such file or directory."),
        ("vms.csv", None, 3, "vms.csv cannot be read: no such file or directory."),
    ],
)  # fmt: skip
def test_that_a_wrong_file_is_refused_and_nothing_is_written(
    fleet: Path, name: str, text: str | None, code: int, sentence: str
) -> None:
    (fleet / "load.csv").write_text(TRACES)
    (fleet / name).unlink() if text is None else (fleet / name).write_text(text)
    out = fleet / "x.clouddesign"
    files = ("--hosts", fleet / "hosts.csv", "--vms", fleet / "vms.csv", "--traces", fleet / "load.csv")
    result = run("import", *files, "-o", out)
    assert result.exit_code == code
    assert said(result).removeprefix(f"{fleet}/") == sentence
    assert not out.exists()


@pytest.mark.parametrize(
    "options",
    [
        (),
        ("--hosts", "hosts.csv"),
        ("--vms", "vms.csv"),
        ("--traces", "load.csv.gz"),
        ("--into", "x.clouddesign"),
        ("--hosts", "hosts.csv", "--vms", "vms.csv", "--into", "x.clouddesign"),
    ],
)
def test_that_options_that_do_not_go_together_are_refused(
    fleet: Path, monkeypatch: pytest.MonkeyPatch, options: tuple[str, ...]
) -> None:
    monkeypatch.chdir(fleet)
    result = run("import", *options, "-o", "out.clouddesign")
    assert result.exit_code == 2
    assert said(result) == "Error: Give EXPORT, --hosts and --vms (and --traces), or --into and --traces."
    assert not (fleet / "out.clouddesign").exists()


@pytest.mark.parametrize("step", ["0", "-1", "nan", "inf"])
def test_that_a_step_that_is_no_length_of_time_is_refused(fleet: Path, imported: Path, step: str) -> None:
    out = fleet / "x.clouddesign"
    result = run("import", "--into", imported, "--traces", fleet / "load.csv.gz", "--step", step, "-o", out)
    assert refused(result, 2).startswith("The step must be longer than 0 s")
    assert not out.exists()


def test_that_a_design_that_cannot_be_read_or_written_is_named(fleet: Path, imported: Path) -> None:
    files = ("--traces", fleet / "load.csv.gz")
    result = run("import", "--into", fleet / "none.clouddesign", *files, "-o", fleet / "x.clouddesign")
    assert (result.exit_code, "none.clouddesign" in said(result)) == (3, True)
    result = run("import", "--into", imported, *files, "-o", fleet / "no" / "x.clouddesign")
    assert (result.exit_code, "x.clouddesign" in said(result)) == (3, True)
    assert "Wrote" not in result.stdout


def test_that_a_file_that_was_changed_by_others_is_warned_of(fleet: Path, imported: Path) -> None:
    tampered = fleet / "tampered.clouddesign"
    tampered.write_bytes(imported.read_bytes())
    tamper(tampered, "UPDATE vm SET note = 'changed' WHERE name = 'web'")
    expected = "cloud-designer: tampered.clouddesign was changed after it was saved"
    for args in (
        ("simulate", tampered, "--quiet"),
        ("import", "--into", tampered, "--traces", fleet / "load.csv.gz", "-o", fleet / "x.clouddesign"),
    ):
        result = run(*args)
        assert result.exit_code == 0
        assert result.stderr.startswith(expected)


def tamper(path: Path, statement: str) -> None:
    """Change a design as another program would."""
    with closing(sqlite3.connect(path)) as connection, connection:
        assert connection.execute(statement).rowcount == 1


# -- help and version


def test_that_help_names_the_commands_and_version_the_version() -> None:
    text = run("--help").stdout
    assert re.search(r"^  simulate +Run a design without a window\.$", text, re.MULTILINE)
    assert re.search(r"^  import +Make a design from exports of other programs or CSV\.$", text, re.MULTILINE)
    assert __version__ in run("--version").stdout


@pytest.mark.parametrize("command", ["simulate", "import", "diff", "merge", "dump", "check-file"])
def test_that_each_command_tells_its_exit_codes(command: str) -> None:
    result = run(command, "--help")
    assert result.exit_code == 0
    assert "Exit codes: 0 " in result.stdout


# -- the real program


def test_that_the_program_prints_json_on_one_stream_and_progress_on_the_other(tmp_path: Path) -> None:
    screen, theirs = pty.openpty()
    argv = [sys.executable, "-m", "designer", "simulate", str(SHOP), "--until", "1h", "--json", "-"]
    with open(tmp_path / "out", "wb") as out:
        process = subprocess.Popen(argv, cwd=ROOT, stdout=out, stderr=theirs)
    os.close(theirs)
    shown = b"".join(until_closed(screen)).decode()
    assert process.wait(HUNG_S) == 0
    assert "\rsimulated  50%" in shown
    assert "simulated 100%" in shown
    assert json.loads((tmp_path / "out").read_text("utf-8"))["digest"] == result_of()["digest"]


def until_closed(screen: int) -> Iterator[bytes]:
    """What is written to a terminal until the last writer has gone."""
    try:
        while piece := os.read(screen, 65536):
            yield piece
    except OSError:  # how Linux tells that nobody holds the other end
        pass
    finally:
        os.close(screen)


def test_that_the_program_shows_no_progress_where_nobody_looks() -> None:
    done = program("simulate", SHOP, "--until", "1h", "--seed", "7")
    assert done.returncode == 0
    assert "simulated" not in done.stdout + done.stderr
    assert done.stdout.rstrip().endswith(f"0 events, digest {result_of('--seed', '7')['digest'][:16]}")


def test_that_the_program_writes_the_same_files_each_time(tmp_path: Path) -> None:
    for name in ("one", "two"):
        args = ("--until", "1h", "--fail", "ap-south-1b@00:30", "--csv", tmp_path / name, "--quiet")
        assert program("simulate", SHOP, *args).returncode == 0
    files = sorted(path.name for path in (tmp_path / "one").iterdir())
    assert len(files) == 5
    for name in files:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


@pytest.mark.parametrize(
    ("args", "code", "sentence"),
    [
        (("simulate", "none.clouddesign"), 3, "none.clouddesign cannot be read: it does not exist."),
        (("simulate", "README.md"), 3, "README.md is not a Cloud Designer project"),
        (("simulate", SHOP, "--fail", "ap-south-1d@00:30"), 2, "There is no element named ap-south-1d. Did you mean"),
        (("import", "--hosts", "none.csv", "--vms", "none.csv", "-o", "x"), 3, "none.csv cannot be read"),
    ],
    ids=["missing", "text", "unknown", "import"],
)
def test_that_the_program_ends_with_the_code_of_what_is_wrong(
    args: tuple[object, ...], code: int, sentence: str
) -> None:
    assert refused(program(*args), code).startswith(sentence)


def test_that_the_program_imports_and_runs_what_it_wrote(fleet: Path) -> None:
    out = fleet / "fleet.clouddesign"
    files = ("--hosts", fleet / "hosts.csv", "--vms", fleet / "vms.csv", "--traces", fleet / "load.csv.gz")
    made = program("import", *files, "-o", out)
    assert (made.returncode, made.stderr) == (0, "")
    done = program("simulate", out, "--json", "-")
    assert (done.returncode, done.stderr) == (0, "")
    found = json.loads(done.stdout)
    assert found["energy_wh"] == pytest.approx(ENERGY_WH)
    again = program("simulate", out, "--json", "-", "--seed", str(found["seed"]))
    assert json.loads(again.stdout)["digest"] == found["digest"]


def test_that_the_program_says_so_when_it_is_interrupted(tmp_path: Path) -> None:
    argv = ["-m", "designer", "simulate", SHOP, "--until", "500d", "--json", tmp_path / "x"]
    screen, theirs = pty.openpty()
    process = copies.Copy(*argv, stdout=copies.PIPE, stderr=theirs)
    os.close(theirs)
    shown = b""
    for piece in until_closed(screen):
        if b"%" not in shown and b"%" in piece:
            process.send_signal(signal.SIGINT)
        shown += piece
    out, _ = process.communicate(timeout=HUNG_S)
    assert (process.returncode, out) == (130, "")
    assert shown.decode().endswith("\r\ncloud-designer: Interrupted; nothing was written.\r\n")
    assert not (tmp_path / "x").exists()


def test_that_the_program_says_so_when_there_is_no_display() -> None:
    env = {k: v for k, v in os.environ.items() if k not in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")}
    for args in ((), (SHOP,)):
        sentence = refused(program(*args, env=env), 2)
        assert sentence.startswith("there is no display to show a window on. Set DISPLAY, or run a design without")


@click.command()
@click.argument("said")
def broken(said: str) -> None:
    """A command that ends as Python does where it is at its end."""
    raise SystemError(said)


def test_that_a_call_without_memory_for_its_own_error_is_a_lack_of_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(cli._LATER, "broken", (__name__, "broken", ""))
    done = CliRunner().invoke(main, ["broken", "<function simulate> returned NULL without setting an exception"])
    assert (done.exit_code, done.output) == (cli.EXIT_NO_MEMORY, f"cloud-designer: {NO_MEMORY}\n")
    assert isinstance(CliRunner().invoke(main, ["broken", "another"]).exception, SystemError)
