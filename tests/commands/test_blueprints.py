"""Where a blueprint may stand: asked for all that is in it, and of nothing that stays in the design."""

from __future__ import annotations

import pytest

from designer.catalog import KINDS, LINKS
from designer.catalog.presets.blueprints import blueprints as shipped
from designer.commands import blueprints, edit
from designer.errors import RuleError
from designer.model.element import ROOT_ID, values
from designer.model.project import Project

HERE = "us-east-1"


def zone_of(project: Project, code: str) -> int:
    region = edit.place(project, "region", provider="aws", code=code)
    return edit.place(project, "zone", region)


def subnet_with(**vm: object) -> str:
    """A blueprint of a subnet with a VM."""
    project = Project(KINDS, LINKS)
    subnet = edit.place(project, "subnet", zone_of(project, HERE), cidr="10.0.0.0/24")
    edit.place(project, "vm", subnet, **vm)
    return blueprints.text_of(project, [subnet])


def all_rows(project: Project) -> list[dict[str, object]]:
    return [values(row) for row in project.rows()]


def test_that_a_blueprint_is_refused_where_something_in_it_would_be() -> None:
    project = Project(KINDS, LINKS)
    text = subnet_with(instance_type="a1.large")
    zone = zone_of(project, "ap-south-2")
    before = all_rows(project)
    between, reason = blueprints.why_not_place(project, text, zone)
    assert (between, reason is None) == ([], False)
    assert "a1.large" in str(reason)
    assert all_rows(project) == before
    with pytest.raises(RuleError, match=r"a1\.large"):
        blueprints.place(project, text, "Net", zone)
    assert all_rows(project) == before


def test_that_it_is_refused_below_the_levels_that_it_would_add() -> None:
    project = Project(KINDS, LINKS)
    text = subnet_with(instance_type="a1.large")
    region = edit.place(project, "region", provider="aws", code="ap-south-2")
    assert blueprints.why_not_place(project, text, region)[1] is not None
    fine = edit.place(project, "region", provider="aws", code=HERE)
    assert blueprints.why_not_place(project, text, fine) == (["zone"], None)


@pytest.mark.parametrize("name", shipped())
def test_that_asking_for_a_shipped_blueprint_changes_nothing_and_says_what_placing_does(name: str) -> None:
    project = Project(KINDS, LINKS)
    zone = zone_of(project, HERE)
    edit.place(project, "subnet", zone, cidr="10.0.0.0/24")
    before, steps = all_rows(project), []
    project.changed.connect(steps.append)
    for parent in (ROOT_ID, project.elements[zone].parent, zone):
        _, reason = blueprints.why_not_place(project, shipped()[name].text, parent)
        assert all_rows(project) == before
        assert steps == []
        if reason is None:
            blueprints.place(project, shipped()[name].text, name, parent)
            project.undo()
        else:
            with pytest.raises(RuleError):
                blueprints.place(project, shipped()[name].text, name, parent)
        steps.clear()
