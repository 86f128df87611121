"""Findings of scaling groups: each check has a design that triggers it and one that does not."""

from __future__ import annotations

import pytest

from designer.checks.check import Finding
from designer.checks.live import findings_of
from designer.checks.registry import CHECKS
from designer.commands import edit
from designer.model.element import Link, new_id
from designer.model.project import Project


def found(project: Project, check: str) -> list[Finding]:
    """What a check finds in a design."""
    return [finding for finding in findings_of(project, CHECKS) if finding.check == check]


@pytest.fixture
def nets(project: Project) -> list[int]:
    """A subnet in each of two zones of one region, and one in another region."""
    regions = [edit.place(project, "region", name=name) for name in ("north", "south")]
    zones = [edit.place(project, "zone", regions[n // 2]) for n in range(3)]
    return [edit.place(project, "subnet", zone, name=f"net-{n}") for n, zone in enumerate(zones)]


def test_that_a_group_of_an_older_file_that_launches_elsewhere_is_found(project: Project, nets: list[int]) -> None:
    north = project.elements[project.elements[nets[0]].parent].parent
    group = edit.place(project, "auto_scaling_group", north, name="web", min_count=2)
    edit.connect(project, "spans", group, nets[0])
    assert not found(project, "GRP-03")
    link = Link(id=new_id(), kind="spans", source=group, target=nets[2])
    with project.edit("Open an older file"):
        project.become([*project.rows(), link])
    (finding,) = found(project, "GRP-03")
    assert (finding.text, finding.elements) == ("web launches outside of north, in net-2", (group, nets[2]))


def test_that_a_group_that_may_shrink_below_its_zones_is_found(project: Project, nets: list[int]) -> None:
    north = project.elements[project.elements[nets[0]].parent].parent
    group = edit.place(project, "auto_scaling_group", north, name="web", min_count=1)
    edit.connect(project, "spans", group, nets[0])
    assert not found(project, "GRP-04")
    edit.connect(project, "spans", group, nets[1])
    (finding,) = found(project, "GRP-04")
    assert finding.text == "web may shrink to 1 instance in 2 zones"
    edit.change(project, [group], {"min_count": 2})
    assert not found(project, "GRP-04")


def test_that_a_group_without_capacity_for_a_lost_zone_is_found(project: Project, nets: list[int]) -> None:
    """Four instances in two zones: without the larger one the other has room for three, one of them taken."""
    zones = [project.elements[net].parent for net in nets[:2]]
    north = project.elements[zones[0]].parent
    group = edit.place(project, "auto_scaling_group", north, name="web", min_count=2, desired_count=4)
    large = {"instance_type": "m5.large"}
    edit.connect(project, "template", group, edit.place(project, "vm", nets[0], template=True, **large))
    for net in nets[:2]:
        edit.connect(project, "spans", group, net)
        edit.connect(project, "instance", edit.place(project, "vm", net, **large), group)
    assert not found(project, "GRP-05")
    edit.change(project, [zones[1]], {"capacity": "m5.large=4, c5.large=0"})
    assert not found(project, "GRP-05")
    edit.place(project, "vm", nets[1], **large)  # of nobody's group
    (finding,) = found(project, "GRP-05")
    assert finding.text == f"Without {project.elements[zones[0]].name} the other zones have 3 m5.large for web"
    assert finding.elements == (group, zones[0])
    edit.change(project, [zones[1]], {"capacity": "m5.large=5"})
    assert not found(project, "GRP-05")
