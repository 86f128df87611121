"""The blast radius from the structure of a design, and that it falls as a run says."""

from __future__ import annotations

import pytest

from designer.catalog import KINDS, LINKS
from designer.commands import edit
from designer.engine import Simulation, TimedEvent
from designer.model.project import Project
from designer.study.build import build
from designer.study.each.blast import BlastIndex
from designer.study.each.failing import elements_of


@pytest.fixture
def design() -> tuple[Project, dict[str, int]]:
    """Two racks: r1 on feed A alone, r2 on A and B. Cluster c has h1 (r1) and h2 (r2), h3 (r1) stands alone. A switch
    leads to h2.
    """
    project = Project(KINDS, LINKS)
    ids = {"zone": edit.place(project, "zone", edit.place(project, "region"))}
    ids["room"] = edit.place(project, "data_center", ids["zone"])
    for name in ("A", "B"):
        ids[name] = edit.place(project, "power_feed", ids["room"], name=name)
    for name in ("r1", "r2"):
        ids[name] = edit.place(project, "rack", ids["room"], name=name)
    for feed, rack in (("A", "r1"), ("A", "r2"), ("B", "r2")):
        edit.connect(project, "feeds", ids[feed], ids[rack])
    cluster = edit.place(project, "cluster", ids["room"])
    ids["shop"] = edit.place(project, "service", name="shop")
    for name, rack in (("h1", "r1"), ("h2", "r2"), ("h3", "r1")):
        ids[name] = edit.place(project, "host", ids[rack], name=name)
        if name != "h3":
            edit.connect(project, "in_cluster", ids[name], cluster)
        ids[f"v{name}"] = edit.place(project, "vm", ids[name], name=f"v{name}", vcpus=1, ram_mib=1024.0)
        edit.connect(project, "member", ids[f"v{name}"], ids["shop"])
    ids["switch"] = edit.place(project, "switch", ids["room"])
    edit.connect(project, "connects", ids["switch"], ids["h2"])
    return project, ids


def test_that_a_feed_takes_the_rack_without_another_along(design: tuple[Project, dict[str, int]]) -> None:
    project, ids = design
    found = BlastIndex(project).radius(ids["A"])
    assert found is not None
    assert set(found.falls) == {ids["A"], ids["r1"]}
    assert (found.hosts, found.vms, found.restart, found.stays, found.cut) == (2, 2, 1, 1, 0)
    assert found.takes == (ids["h2"],)
    assert found.services == ((ids["shop"], 2, 3),)


def test_that_one_of_two_feeds_takes_nothing_and_a_switch_cuts_off(design: tuple[Project, dict[str, int]]) -> None:
    project, ids = design
    index = BlastIndex(project)
    other, switch = index.radius(ids["B"]), index.radius(ids["switch"])
    assert other is not None
    assert (other.falls, other.vms, other.takes) == ((ids["B"],), 0, ())
    assert switch is not None
    assert (switch.falls, switch.unreached, switch.vms, switch.cut) == ((ids["switch"],), (ids["h2"],), 0, 1)
    assert switch.services == ((ids["shop"], 1, 3),)


def test_that_what_is_no_part_has_none(design: tuple[Project, dict[str, int]]) -> None:
    project, _ = design
    assert BlastIndex(project).radius(edit.place(project, "note")) is None
    assert BlastIndex(project).radius(4) is None


def test_that_as_many_vms_fall_as_in_a_run(design: tuple[Project, dict[str, int]]) -> None:
    project, _ = design
    index, spec = BlastIndex(project), build(project)
    for element_id, _ in elements_of(spec):
        run = Simulation(spec.with_events((TimedEvent(600.0, "fail", element_id),)))
        run.advance(601.0)
        fell = {entry.id for entry in run.log.entries() if entry.what == "down"}
        found = index.radius(element_id)
        assert found is not None
        assert found.vms == len(fell), element_id
