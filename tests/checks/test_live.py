"""Findings follow edits: those after any edits are those of the whole design, and an edit asks few checks."""

from __future__ import annotations

import numpy as np
import pytest

from designer.assets import asset
from designer.catalog import KINDS, LINKS
from designer.catalog.presets.blueprints import blueprints
from designer.checks.live import LiveChecks, findings_of, worst_by_element
from designer.checks.registry import BY_ID, CHECKS
from designer.commands import blueprints as placing
from designer.commands import edit
from designer.errors import RuleError
from designer.model.fields import field_specs
from designer.model.project import Project
from designer.store.file import project_file
from tests.checks.designs import large


def followed(project: Project) -> LiveChecks:
    """Checks that follow a project's edits."""
    live = LiveChecks(project, CHECKS)
    project.changed.connect(live.follow)
    live.work()
    return live


def test_that_ids_are_unique_and_every_check_says_why_and_by_whom() -> None:
    assert len(BY_ID) == len(CHECKS)
    for check in CHECKS:
        assert check.title and check.why.endswith(".") and check.source, check.id
        assert set(check.scope) <= set(KINDS), check.id


def any_edit(project: Project, rng: np.random.Generator) -> None:
    """Something that a user may do, to something."""

    def one() -> int:
        return int(rng.choice(list(project.elements)))

    what = rng.integers(0, 8)
    if what == 0:
        kinds = [kind for kind, row in KINDS.items() if row.in_palette]
        edit.place_through(project, str(rng.choice(kinds)), one())
    elif what == 1:
        edit.delete(project, [one()])
    elif what == 2:
        edit.move(project, [one()], (float(rng.integers(-99, 99)), 0.0), one())
    elif what == 3:
        edit.connect(project, str(rng.choice(list(LINKS))), one(), one())
    elif what == 4 and project.links:
        edit.delete(project, [int(rng.choice(list(project.links)))])
    elif what == 5:
        project.undo()
    elif what == 6:
        project.redo()
    else:
        chosen = one()
        fields = field_specs(type(project.elements[chosen]))
        name = str(rng.choice([n for n, spec in fields.items() if spec.choices or spec.type in (int, float, bool)]))
        spec = fields[name]
        value = rng.choice(spec.choices) if spec.choices else rng.choice([0, 1, 2, 4, 300, 100_000])
        edit.change(project, [chosen], {name: spec.type(value) if spec.type in (int, float, bool) else str(value)})


@pytest.mark.parametrize("seed", range(6))
def test_that_after_any_edits_the_findings_are_those_of_the_whole_design(seed: int) -> None:
    rng = np.random.default_rng(seed)
    project = Project(KINDS, LINKS, project_file.load(asset("examples/web-shop-tight.clouddesign")).rows)
    for blueprint in (*blueprints().values(),)[seed::6]:
        placing.place(project, blueprint.text, blueprint.title)
    live = followed(project)
    for _ in range(80):
        try:
            any_edit(project, rng)
        except RuleError:
            continue
        live.work()
    assert live.findings() == findings_of(project, CHECKS)


def test_that_work_can_be_cut_and_goes_on_where_it_was(project: Project) -> None:
    zone = edit.place(project, "zone", edit.place(project, "region"))
    for _ in range(20):
        host = edit.place(project, "host", zone, ram_mib=1024.0)
        edit.place(project, "vm", host, ram_mib=2048.0)
    live = LiveChecks(project, CHECKS)
    pieces = 0
    while not live.done:
        live.work(limit_s=0.0)
        pieces += 1
    assert pieces > 20
    assert live.findings() == findings_of(project, CHECKS)
    assert {f.check for f in live.findings()} >= {"REL-20"}


def test_that_a_design_that_is_replaced_begins_anew(project: Project) -> None:
    host = edit.place(project, "host", edit.place(project, "zone", edit.place(project, "region")), ram_mib=1024.0)
    edit.place(project, "vm", host, ram_mib=2048.0)
    live = followed(project)
    assert live.findings()
    live.start(Project(KINDS, LINKS))
    live.work()
    assert not live.findings()


def test_that_the_worst_finding_marks_an_element() -> None:
    project = Project(KINDS, LINKS)
    host = edit.place(project, "host", edit.place(project, "zone", edit.place(project, "region")), ram_mib=1024.0)
    edit.change(project, [host], {"cores": 1, "overcommit": 1.0})
    for _ in range(2):
        edit.place(project, "vm", host, ram_mib=2048.0)
    found = findings_of(project, CHECKS)
    assert [f.severity for f in found if f.elements[0] == host][:2] == ["high", "medium"]
    assert worst_by_element(found)[host].check == "REL-20"


@pytest.mark.parametrize(
    ("kind", "fields", "most"),
    [("vm", {"ram_mib": 4096.0}, 15), ("host", {"name": "other"}, 16), ("zone", {"name": "other"}, 20)],
)
def test_that_an_edit_asks_only_what_it_concerns(kind: str, fields: dict[str, object], most: int) -> None:
    project = large(hosts=40, vms=800)
    live = followed(project)
    with project.edit("change"):
        project.set(project.of_kind(kind)[1].id, **fields)
    assert 1 <= live.waiting <= most


def test_that_moving_a_box_asks_nothing() -> None:
    project = large(hosts=3, vms=9)
    live = followed(project)
    with project.edit("move"):
        project.set(project.of_kind("vm")[1].id, x=3.0, rank=7)
    assert live.done
