"""Results of runs leave the program: from Python and by the command line, of runs that are saved in a project file."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pyarrow.parquet
import pytest
from click.testing import CliRunner, Result

from designer.catalog import KINDS, LINKS
from designer.cli import main
from designer.commands import edit
from designer.errors import FileError, RuleError
from designer.model.element import ROOT_ID, id_text
from designer.model.project import Project
from designer.results import open_run, run_file, saved_runs
from designer.store.file import project_file
from designer.study.results.tables import blocks, choose


def run(*args: object) -> Result:
    found = CliRunner().invoke(main, [str(arg) for arg in args])
    assert found.exception is None or isinstance(found.exception, SystemExit), found.exception
    return found


@pytest.fixture(scope="module")
def design(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A zone with two hosts, one of which takes memory back, a volume and a service; its run is saved twice."""
    project = Project(KINDS, LINKS)
    zone = edit.place(project, "zone", edit.place(project, "region"), name="zone")
    service = edit.place(project, "service", name="shop")
    for name, rule in (("a", "kvm"), ("b", "configured")):
        host = edit.place(project, "host", zone, name=name, ram_mib=32_768.0, memory_rule=rule, swap_mib=32_768.0)
        edit.change(project, [host], {"ram_overcommit": 2.0, "sharable_frac": 0.0})
        for n in range(3 if rule == "kvm" else 1):
            vm = edit.place(project, "vm", host, name=f"{name}-{n}", ram_mib=16_384.0, active_frac=0.5, load_frac=0.3)
            if n:
                edit.connect(project, "member", vm, service)
    edit.change(project, [ROOT_ID], {"until_h": 0.5})
    path = tmp_path_factory.mktemp("results") / "design.clouddesign"
    project_file.save(path, project.rows())
    for label, fails in (("monday", ()), ("failed", ("--fail", "b@0:10"))):
        assert run("simulate", path, "--save", label, "--quiet", *fails).exit_code == 0
    return path


def test_that_a_saved_run_gives_each_quantity_back_to_the_last_bit(design: Path) -> None:
    fresh, again = run_file(design), open_run(design, "monday")
    assert [of.name for of in again.quantities] == [of.name for of in fresh.quantities]
    for of in fresh.quantities:
        (which, cells), (these, found) = fresh.table(of), again.table(of)
        assert which.tolist() == these.tolist(), of.name
        assert np.asarray(cells[:, :]).tobytes() == np.asarray(found[:, :]).tobytes(), of.name
    for of in fresh.figures:
        assert fresh.vms is not None and again.vms is not None
        assert fresh.vms.column(of).tobytes() == again.vms.column(of).tobytes(), of.name
    assert fresh.summary == again.summary


def test_that_the_newest_run_is_opened_or_the_one_with_a_label(design: Path) -> None:
    assert [saved.label for saved in saved_runs(design)] == ["monday", "failed"]
    whole, failed = open_run(design, "monday"), open_run(design)
    assert whole.series("power_w", "b").values.min() > 0.0
    assert failed.series("power_w", "b").values.tolist()[2:] == [0.0] * 4


@pytest.mark.parametrize(
    ("label", "said"),
    [("friday", "design.clouddesign holds no run labeled “friday”. It holds “monday”, “failed”.")],
)
def test_that_a_run_that_is_not_there_is_told_with_those_that_are(design: Path, label: str, said: str) -> None:
    with pytest.raises(FileError) as refusal:
        open_run(design, label)
    assert str(refusal.value) == said


def test_that_a_file_without_runs_says_how_to_get_one(tmp_path: Path) -> None:
    project_file.save(tmp_path / "new.clouddesign", Project(KINDS, LINKS).rows())
    told = run("results", tmp_path / "new.clouddesign")
    assert (told.exit_code, told.stdout) == (3, "")
    assert (
        "holds no saved run. Run the design in the window and save it, or: cloud-designer simulate --save"
        in told.stderr
    )


def test_that_saving_a_run_changes_nothing_of_the_design(design: Path) -> None:
    loaded = project_file.load(design)
    assert loaded.warnings == []
    assert sorted(row.name for row in loaded.rows if getattr(row, "kind", "") == "host") == ["a", "b"]


def test_that_the_list_tells_runs_and_quantities(design: Path) -> None:
    told = run("results", design)
    assert told.exit_code == 0
    lines = told.stdout.splitlines()
    assert [line.split()[-1] for line in lines[1:3]] == ["monday", "failed"]
    names = [line.split()[0] for line in lines if line.startswith("  ")][3:]
    assert names == [of.name for of in open_run(design).quantities]


def test_that_files_hold_what_python_reads(design: Path, tmp_path: Path) -> None:
    ends = ("csv", "parquet", "json")
    outs = [arg for end in ends for arg in (f"--{end}", tmp_path / f"out.{end}")]
    told = run("results", design, "--run", "monday", "--kind", "host", "--kind", "zone", *outs)
    assert told.exit_code == 0, told.stderr
    opened = open_run(design, "monday")
    with (tmp_path / "out.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(dict.fromkeys(row["name"] for row in rows)) == ["a", "b", "zone"]
    parquet = pyarrow.parquet.read_table(tmp_path / "out.parquet")
    columns = json.loads((tmp_path / "out.json").read_text("utf-8"))["columns"]
    for of in opened.quantities:
        if of.of != "place":
            assert of.name not in columns
            continue
        whole = np.concatenate([opened.series(of.name, name).values for name in ("a", "b", "zone")])
        from_csv = [float(row[of.name]) if row[of.name] else np.nan for row in rows]
        from_json = [np.nan if value is None else value for value in columns[of.name]]
        for found in (from_csv, parquet.column(of.name).to_numpy(), from_json):
            assert np.array_equal(np.array(found), whole, equal_nan=True), of.name
    assert parquet.column("time_s").to_pylist() == [float(n * 300) for n in range(6)] * 3


def test_that_elements_and_quantities_are_chosen_by_name_or_id(design: Path, tmp_path: Path) -> None:
    opened, out = open_run(design), tmp_path / "out.csv"
    host = opened.named("a")[0]
    for name in ("a", id_text(host)):
        run("results", design, "--element", name, "--quantity", "power_w", "--csv", out)
        lines = out.read_text("utf-8").splitlines()
        assert lines[0] == "time_s,id,kind,name,power_w"
        assert [float(line.split(",")[-1]) for line in lines[1:]] == opened.series("power_w", "a").values.tolist()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--element", "nobody"), "The run tells nothing of an element named nobody."),
        (("--quantity", "watts"), "The run tells no watts. It tells "),
        (("--kind", "moon"), "The run tells nothing of this kind. Choose other elements or quantities."),
    ],
)
def test_that_what_is_not_told_is_refused_and_writes_nothing(
    design: Path, tmp_path: Path, options: tuple[str, ...], said: str
) -> None:
    told = run("results", design, *options, "--csv", tmp_path / "out.csv")
    assert told.exit_code == 2
    assert said in told.stderr
    assert list(tmp_path.iterdir()) == []


def test_that_figures_of_the_whole_run_are_a_table_of_their_own(design: Path, tmp_path: Path) -> None:
    run("results", design, "--run", "monday", "--figures", "--csv", tmp_path / "out.csv")
    with (tmp_path / "out.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    table = open_run(design, "monday").summary
    assert [(row["name"], row["figure"]) for row in rows] == [
        (row.name, title) for row in table for title in row.values
    ]


def test_that_a_table_in_pieces_is_the_same_as_in_one(design: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = open_run(design)
    chosen = choose(opened)
    whole = [block for _, block in blocks(opened, chosen)]
    monkeypatch.setattr("designer.study.results.tables.CELLS_AT_ONCE", 1)
    parts = list(blocks(opened, chosen))
    assert (len(whole), len(parts)) == (1, len(chosen.elements))
    assert parts[-1][0] == 1.0
    for name in chosen.units:
        joined = [value for _, block in parts for value in block[name]]
        assert repr(joined) == repr(list(whole[0][name])), name


def test_that_a_name_of_two_elements_asks_for_an_id(tmp_path: Path) -> None:
    project = Project(KINDS, LINKS)
    region = edit.place(project, "region", name="r")
    for _ in range(2):
        edit.rename(project, edit.place(project, "host", edit.place(project, "zone", region)), "twin")
    edit.change(project, [ROOT_ID], {"until_h": 0.1})
    path = tmp_path / "twins.clouddesign"
    project_file.save(path, project.rows())
    with pytest.raises(RuleError, match="2 elements are named twin; name one by its id"):
        run_file(path).series("power_w", "twin")
