"""The loss of regions in runs, against what services want: derived by hand from what is drawn."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from designer.catalog import KINDS, LINKS
from designer.catalog.presets.blueprints import blueprints
from designer.cli import main
from designer.commands import blueprints as placing
from designer.commands import edit
from designer.model.project import Project
from designer.report.answers import disasters
from designer.report.blocks import TableBlock
from designer.store.file import project_file
from designer.study.scenarios.region_loss import RegionLoss, data_text, region_losses, verdict


def bank() -> tuple[Project, dict[str, int]]:
    """The blueprint of an active and a standby region: customers reach the standby after three checks of 30 s and the
    TTL of 60 s. By name.
    """
    project = Project(KINDS, LINKS)
    placing.place(project, blueprints()["active-passive-regions"].text, "")
    return project, {one.name: one.id for one in project.elements.values()}


def lost(project: Project) -> RegionLoss:
    return next(row for row in region_losses(project) if (row.region, row.service) == ("eu-central-1", "bank-active"))


def test_that_a_standby_is_back_when_the_run_says_and_that_is_compared(tmp_path: Path) -> None:
    project, named = bank()
    assert disasters(project, lambda part: None) is None  # no service wants anything
    edit.change(project, [named["bank-active"]], {"strategy": "warm_standby", "rto_s": 120.0, "rpo_s": 60.0})
    row = lost(project)
    assert (row.rto_s, row.planned_s, row.rpo_s) == (150.0, None, 0.0)  # 3 x 30 s + 60 s; it has no data
    assert row.misses_rto and not row.misses_rpo and verdict(row) == "misses its RTO"
    project_file.save(tmp_path / "bank.clouddesign", project.rows())
    done = CliRunner().invoke(main, ["region-loss", str(tmp_path / "bank.clouddesign"), "--json"])
    told = json.loads(done.stdout)["losses"]
    assert done.exit_code == 1 and [one["misses"] for one in told] == [True, False]
    assert (told[0]["rto_s"], told[0]["rto_wanted_s"]) == (150.0, 120.0)
    assert not row.has_data and data_text(row) == "–"


def test_that_data_without_a_replica_elsewhere_is_as_old_as_its_backup_or_gone() -> None:
    project, named = bank()
    active = named["bank-active"]
    ledger = edit.place(project, "database", named["eu-central-1"], name="ledger", backup_h=6.0)
    edit.connect(project, "depends_on", active, ledger)
    edit.change(project, [active], {"strategy": "backup", "rto_s": 7200.0, "rpo_s": 3600.0})
    row = lost(project)
    assert row.rpo_s is None and row.data == ("ledger",) and verdict(row) == "misses its RPO"
    edit.change(project, [ledger], {"backup_region": "eu-west-1"})
    section = disasters(project, lambda part: None)
    assert section is not None and isinstance(section.blocks[0], TableBlock)
    cells = next(row for row in section.blocks[0].rows if row[0] == "eu-central-1" and row[1] == "bank-active")
    assert cells[2:] == ("backup", "2 h", "2.5 min", "1 h", "6 h", "misses its RPO")


@pytest.mark.parametrize(
    ("rto_s", "planned_s", "wanted_s", "word"),
    [
        (None, 600.0, 900.0, "holds by the plan, not by itself"), (None, None, 900.0, "misses its RTO"),
        (60.0, 600.0, 900.0, "holds"), (None, 600.0, 300.0, "misses its RTO"), (None, None, 0.0, "nothing is wanted"),
    ],
)  # fmt: skip
def test_that_what_people_bring_back_holds_by_the_plan(
    rto_s: float | None, planned_s: float | None, wanted_s: float, word: str
) -> None:
    assert verdict(RegionLoss("r", "s", 1, "pilot_light", wanted_s, 0.0, rto_s, planned_s, 0.0, True)) == word
