"""A scaling group belongs to one region: what it launches in, and what counts as its instance."""

from __future__ import annotations

import pytest

from designer.commands import edit
from designer.errors import RuleError
from designer.model.project import Project

REGION, ZONE, NET, GROUP, VM = ("region", "zone", "subnet", "auto_scaling_group", "vm")


def region(project: Project, n: int) -> dict[str, int]:
    """A region with a group that counts one VM in a subnet."""
    made = {REGION: edit.place(project, REGION, name=f"region-{n}")}
    made[ZONE] = edit.place(project, ZONE, made[REGION])
    made[NET] = edit.place(project, NET, made[ZONE], name=f"net-{n}")
    made[GROUP] = edit.place(project, GROUP, made[REGION], name=f"web-{n}")
    made[VM] = edit.place(project, VM, made[NET], name=f"vm-{n}")
    edit.connect(project, "instance", made[VM], made[GROUP])
    return made


def test_that_an_instance_is_in_the_region_of_its_group_when_it_is_linked_moved_or_its_zone_moves(
    project: Project,
) -> None:
    here, there = region(project, 1), region(project, 2)
    alone = edit.place(project, VM, there[NET], name="alone")
    with pytest.raises(RuleError, match="web-1 belongs to region-1, and alone is in region-2"):
        edit.connect(project, "instance", alone, here[GROUP])
    refused = "web-1 belongs to region-1, and vm-1 is in region-2; give region-2 a group of its own"
    assert edit.why_not_move(project, [here[VM]], there[NET]) == refused
    assert edit.why_not_move(project, [here[ZONE]], there[REGION]) == refused
    assert edit.why_not_move(project, [here[VM]], edit.place(project, NET, here[ZONE])) is None
