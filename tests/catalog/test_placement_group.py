"""Placement groups in a design: what each strategy lets stand together, asked while linking, placing and moving."""

from __future__ import annotations

from typing import Any

import pytest

from designer.commands import edit
from designer.engine import TimedEvent, simulate
from designer.errors import RuleError, SpecError
from designer.model.project import Project
from designer.study.build import build
from tests.old_files import hold


@pytest.fixture
def ids(project: Project) -> dict[str, int]:
    """Two zones; in zone a two racks with two hosts each and a host in no rack; a placement group."""
    found = {"region": edit.place(project, "region")}
    for zone in "ab":
        found[zone] = edit.place(project, "zone", found["region"], name=f"zone-{zone}")
    for rack in (1, 2):
        found[f"rack-{rack}"] = edit.place(project, "rack", found["a"], name=f"rack-{rack}")
        for n in (1, 2):
            found[f"h{rack}{n}"] = edit.place(project, "host", found[f"rack-{rack}"], name=f"h{rack}{n}")
    found["free"] = edit.place(project, "host", found["a"], name="free")
    found["pg"] = edit.place(project, "placement_group", found["region"], name="pg")
    return found


def member(project: Project, ids: dict[str, int], place: str, name: str, **fields: Any) -> int:
    made = edit.place(project, "vm", ids[place], name=name, recovery="same_zone", **fields)
    edit.connect(project, "placed_by", made, ids["pg"])
    return made


def test_that_spread_gives_each_vm_a_rack_of_its_own_when_it_is_linked_and_when_it_is_moved(
    project: Project, ids: dict[str, int]
) -> None:
    member(project, ids, "h11", "one")
    other = edit.place(project, "vm", ids["h12"], name="two")
    why = "pg keeps each VM on its own rack, and one is on rack-1"
    assert project.why_no_link("placed_by", other, ids["pg"]) == why
    edit.move(project, [other], (0, 0), ids["h21"])
    edit.connect(project, "placed_by", other, ids["pg"])
    row = project.elements[other]
    assert project.why_not("vm", ids["h12"], row) == why
    assert project.why_not("vm", ids["h22"], row) is None
    with pytest.raises(RuleError, match=why):
        edit.move(project, [other], (0, 0), ids["h12"])
    member(project, ids, "free", "three")
    fourth = edit.place(project, "vm", ids["free"], name="four")
    assert (
        project.why_no_link("placed_by", fourth, ids["pg"]) == "pg keeps each VM on its own host, and three is on free"
    )


def test_that_spread_takes_seven_that_run_in_a_zone_and_not_an_eighth(project: Project, ids: dict[str, int]) -> None:
    made = [member(project, ids, "a", f"vm-{n}") for n in range(7)]
    eighth = edit.place(project, "vm", ids["a"])
    why = "pg has 7 VMs in zone-a, the most of a spread placement group in a zone"
    assert project.why_no_link("placed_by", eighth, ids["pg"]) == why
    edit.change(project, [made[0]], {"powered_on": False})
    edit.connect(project, "placed_by", eighth, ids["pg"])
    member(project, ids, "b", "elsewhere")


def test_that_partitions_share_no_rack(project: Project, ids: dict[str, int]) -> None:
    edit.change(project, [ids["pg"]], {"strategy": "partition"})
    member(project, ids, "h11", "one")
    other = edit.place(project, "vm", ids["h11"], name="other", partition=2)
    assert (
        project.why_no_link("placed_by", other, ids["pg"])
        == "pg keeps each partition on its own racks, and one of partition 1 is on rack-1"
    )
    edit.change(project, [other], {"partition": 1})
    member(project, ids, "h12", "same")
    assert project.why_no_link("placed_by", other, ids["pg"]) is None


def test_that_cluster_keeps_all_in_one_zone(project: Project, ids: dict[str, int]) -> None:
    edit.change(project, [ids["pg"]], {"strategy": "cluster"})
    edit.move(project, [member(project, ids, "h11", "one")], (0, 0), ids["h12"])
    far = edit.place(project, "vm", ids["b"])
    assert project.why_no_link("placed_by", far, ids["pg"]) == "pg keeps its VMs in one zone, that of one"


def test_that_members_that_stand_otherwise_than_it_allows_are_a_finding(project: Project, ids: dict[str, int]) -> None:
    edit.change(project, [ids["pg"]], {"strategy": "cluster"})
    member(project, ids, "h11", "one")
    member(project, ids, "h12", "two")
    with pytest.raises(RuleError, match=r"pg keeps each VM on its own rack, and (one|two) is on"):
        edit.change(project, [ids["pg"]], {"strategy": "spread"})
    hold(project, ids["pg"], strategy="spread")
    with pytest.raises(SpecError, match="is not allowed in its place: pg keeps each VM on its own rack"):
        build(project)


def test_that_a_restart_respects_it(project: Project, ids: dict[str, int]) -> None:
    one = member(project, ids, "h11", "one")
    member(project, ids, "h21", "two")
    edit.delete(project, [ids["h12"], ids["free"]])
    result = simulate(build(project, until_s=1800.0, events=[TimedEvent(600.0, "fail", ids["h11"])]))
    assert [(e.what, e.detail) for e in result.log if e.id == one][-1] == (
        "waiting",
        "pg allows no host in zone-a with room",
    )
