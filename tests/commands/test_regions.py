"""A region of the catalog: its name, time zone and real zones, placed as one step."""

from __future__ import annotations

import pytest

from designer.catalog.reference.ec2 import ec2
from designer.catalog.rules.offers import Place, place_of
from designer.commands import edit, regions
from designer.errors import RuleError
from designer.model.project import Project


def test_that_mumbai_comes_with_its_time_zone_and_real_zones_in_one_step(project: Project) -> None:
    made = regions.place_region(project, "ap-south-1", 3)
    region = project.elements[made].__dict__
    found = region["name"], region["provider"], region["code"], region["time_zone"]
    assert found == ("ap-south-1", "aws", "ap-south-1", "Asia/Kolkata")
    zones = [project.elements[i] for i in project.children(made)]
    assert [zone.name for zone in zones] == ["ap-south-1a", "ap-south-1b", "ap-south-1c"]
    ids = ["aps1-az1", "aps1-az3", "aps1-az2"]
    assert [zone.__dict__["zone_id"] for zone in zones] == ids
    assert [place_of(project, zone) for zone in zones] == [Place("ap-south-1", z.name, i) for z, i in zip(zones, ids)]
    assert (len(project.history.steps), project.history.undo_text) == (1, "Place ap-south-1")
    project.undo()
    assert len(project.elements) == 1


def test_that_every_region_with_zones_can_be_placed_beside_the_others(project: Project) -> None:
    known = [region for region in ec2().regions.values() if region.zones]
    assert len(known) == 38
    for region in known:
        made = regions.place_region(project, region.code, len(region.zones))
        assert len(project.children(made)) == len(region.zones)
        assert project.elements[made].__dict__["time_zone"] == region.time_zone
    boxes = [project.elements[i].__dict__ for i in project.children(1)]
    for n, one in enumerate(boxes):
        for other in boxes[:n]:
            beside = one["x"] >= other["x"] + other["w"] or other["x"] >= one["x"] + one["w"]
            below = one["y"] >= other["y"] + other["h"] or other["y"] >= one["y"] + one["h"]
            assert beside or below


def test_that_a_region_without_zones_is_placed_bare(project: Project) -> None:
    made = regions.place_region(project, "us-iso-east-1", 0)
    assert (project.children(made), project.elements[made].__dict__["time_zone"]) == ([], "UTC")


@pytest.mark.parametrize(
    ("code", "zones", "said"),
    [
        ("mars-north-1", 1, "no region “mars-north-1”"),
        ("us-west-1", 3, "us-west-1 has 2 known zones, not 3"),
        ("us-west-1", -1, "not -1"),
    ],
)
def test_that_what_there_is_not_is_refused(project: Project, code: str, zones: int, said: str) -> None:
    with pytest.raises(RuleError, match=said):
        regions.place_region(project, code, zones)
    assert len(project.elements) == 1


def test_that_a_vm_in_a_placed_zone_knows_where_it_stands(project: Project) -> None:
    zone = project.children(regions.place_region(project, "eu-central-1", 1))[0]
    vm = edit.place(project, "vm", zone)
    assert place_of(project, project.elements[vm]) == Place("eu-central-1", "eu-central-1a", "euc1-az1")
