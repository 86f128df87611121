"""cloud-designer availability: the table, JSON, and the exit code for pipelines."""

from __future__ import annotations

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
    """Two services on one host that is down for an hour in a thousand; one promises more."""
    project = Project(KINDS, LINKS)
    host = edit.place(project, "host", name="host", mtbf_h=999.0, mttr_h=1.0)
    for name, slo in (("strict", 0.9995), ("easy", 0.99)):
        service = edit.place(project, "service", name=name, slo_frac=slo, rate_rps=1.0)
        vm = edit.place(project, "vm", host, name=f"vm-{name}", mtbf_h=0.0)
        edit.connect(project, "member", vm, service)
    edit.place(project, "service", name="empty")
    path = tmp_path / "two.clouddesign"
    project_file.save(path, project.rows())
    return path


def test_that_a_missed_slo_is_an_exit_code_and_json_has_all_figures(file: Path) -> None:
    done = CliRunner().invoke(main, ["availability", str(file), "--json", "-", "--service", "strict"])
    assert done.exit_code == 1, done.output
    (told,) = json.loads(done.stdout)["services"]
    assert told["unavailability"] == pytest.approx(1e-3) and told["misses_slo"]
    assert told["outages_year"] == pytest.approx(8.76) and told["mean_outage_h"] == pytest.approx(1.0)
    assert told["unavailability_low"] < 1e-3 < told["unavailability_high"]
    assert [cause["label"] for cause in told["contributions"]] == ["host"]
    assert told["contributions"][0]["downtime_h_year"] == pytest.approx(8.76)
    assert {one["field"] for one in told["unknowns"]} == {"mtbf_h", "mttr_h"}
    assert told["method"] == "exact" and any(one["title"] == "One more host like host" for one in told["changes"])


def test_that_the_table_names_what_to_do_and_a_kept_slo_ends_well(file: Path) -> None:
    done = CliRunner().invoke(main, ["availability", str(file), "--service", "easy", "--no-changes"])
    assert done.exit_code == 0, done.output
    lines = done.output.splitlines()
    assert lines[1].split()[:3] == ["easy", "99%", "99.90%"], lines[1]
    assert any("8.8 h  host" in line for line in lines)
    assert any(line.startswith("  Measure first: the MTBF of hosts") for line in lines)


def test_that_a_service_without_an_answer_is_told_and_named_it_is_an_error(file: Path) -> None:
    done = CliRunner().invoke(main, ["availability", str(file), "--no-changes"])
    assert done.exit_code == 1 and "empty has no member that its requests reach" in done.output
    assert "easy" in done.output and "strict (misses its SLO)" in done.output
    for name, sentence in (("empty", "no member"), ("host", "host is no service"), ("nobody", "no element named")):
        refused = CliRunner().invoke(main, ["availability", str(file), "--service", name])
        assert refused.exit_code == 2 and sentence in refused.output


def test_that_a_method_is_asked_for_and_refused_where_it_cannot_tell(file: Path) -> None:
    asked = ["availability", str(file), "--service", "strict", "--no-changes", "--json", "-", "--method"]
    done = CliRunner().invoke(main, [*asked, "rare-event"])
    (told,) = json.loads(done.stdout)["services"]
    assert (done.exit_code, told["method"]) == (1, "rare event")
    assert told["unavailability"] == pytest.approx(1e-3, rel=0.01)
    assert told["chance_year_misses_slo"] is None
    assert told["notes"][-1] == (
        "Whether service strict keeps its promise cannot be told from a biased sample: ask it of histories."
    )
    assert CliRunner().invoke(main, [*asked, "guess"]).exit_code == 2


def test_that_a_service_that_never_holds_its_peak_is_refused_in_a_sentence(file: Path) -> None:
    project = Project(KINDS, LINKS, project_file.load(file).rows)
    easy = next(one for one in project.of_kind("service") if one.name == "easy")
    edit.change(project, [easy.id], {"rate_rps": 1e6})
    project_file.save(file, project.rows())
    done = CliRunner().invoke(main, ["availability", str(file), "--service", "easy"])
    assert done.exit_code == 2
    assert "easy is down below 950,000 requests a second at its peak, and its 1 member carries" in " ".join(
        done.output.split()
    )
    assert "it never holds its peak, whatever fails" in " ".join(done.output.split())
    edit.delete(project, [one.id for one in project.of_kind("service") if one.id != easy.id])
    for slo, code in ((0.0, 0), (0.9, 1)):
        edit.change(project, [easy.id], {"slo_frac": slo})
        project_file.save(file, project.rows())
        done = CliRunner().invoke(main, ["availability", str(file), "--json", "-"])
        (missing,) = json.loads(done.stdout)["without_answer"]
        assert done.exit_code == code and missing["name"] == "easy" and "never holds its peak" in missing["why"]


@pytest.mark.parametrize("command", [
    ["availability"], ["simulate"], ["what-if", "--scenario", "none"], ["rehearse", "--scenario", "none"],
    ["sweep", "--vary", "host.mttr_h=1,2"],
])  # fmt: skip
def test_that_a_place_that_takes_no_file_is_told_before_the_work(file: Path, command: list[str]) -> None:
    name, *options = command
    done = CliRunner().invoke(main, [name, str(file), *options, "--json", str(file.parent / "none" / "out.json")])
    assert done.exit_code == 3, done.output
    assert done.stdout == ""
    assert "cannot be written: its folder does not exist. Choose another place." in done.stderr
