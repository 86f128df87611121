"""Power feeds and cooling in a design: how long they bridge, and whom they take along."""

from __future__ import annotations

import pytest

from designer.catalog.kinds.hardware.power_feed import gaps_s
from designer.commands import edit
from designer.engine import TimedEvent, simulate
from designer.model.project import Project
from designer.study.build import build


@pytest.mark.parametrize(
    ("battery_s", "generator", "start_s", "fuel_h", "gaps"),
    [
        (0.0, False, 15.0, 48.0, (0.0,)),
        (600.0, False, 15.0, 48.0, (600.0,)),
        (0.0, True, 15.0, 1.0, (0.0, 15.0, 3615.0)),
        (10.0, True, 15.0, 1.0, (10.0, 15.0, 3615.0)),
        (15.0, True, 15.0, 1.0, (3615.0,)),
        (600.0, True, 15.0, 1.0, (3615.0,)),
        (7200.0, True, 15.0, 1.0, (7200.0,)),
        (0.0, True, 0.0, 1.0, (3600.0,)),
    ],
)
def test_that_battery_and_generator_bridge_in_turn(
    battery_s: float, generator: bool, start_s: float, fuel_h: float, gaps: tuple[float, ...]
) -> None:
    assert gaps_s(battery_s, generator, start_s, fuel_h) == gaps


def two_racks(project: Project) -> dict[str, int]:
    """A data center with a rack on feeds A and B and a rack on A alone, both cooled by one unit."""
    ids = {"dc": edit.place(project, "data_center")}
    for name, kind in (("a", "power_feed"), ("b", "power_feed"), ("cool", "cooling"), ("r1", "rack"), ("r2", "rack")):
        ids[name] = edit.place(project, kind, ids["dc"], name=name)
    for rack, feeds in (("r1", "ab"), ("r2", "a")):
        host = edit.place(project, "host", ids[rack])
        ids[f"vm-{rack}"] = edit.place(project, "vm", host, name=f"vm-{rack}", recovery="none")
        edit.connect(project, "cools", ids["cool"], ids[rack])
        for feed in feeds:
            edit.connect(project, "feeds", ids[feed], ids[rack])
    return ids


def fallen(project: Project, ids: dict[str, int], *failed: str) -> list[tuple[float, str]]:
    events = [TimedEvent(600.0, "fail", ids[name]) for name in failed]
    names = {i: name for name, i in ids.items()}
    log = simulate(build(project, until_s=3600.0, events=events)).log
    return [(e.time_s, names[e.id]) for e in log if e.what == "down"]


def test_that_a_rack_on_two_feeds_outlives_one_and_a_rack_on_one_does_not(project: Project) -> None:
    ids = two_racks(project)
    assert fallen(project, ids, "b") == []
    assert fallen(project, ids, "a") == [(600.0, "vm-r2")]
    assert fallen(project, ids, "a", "b") == [(600.0, "vm-r1"), (600.0, "vm-r2")]


def test_that_without_cooling_all_is_too_hot_after_a_while(project: Project) -> None:
    ids = two_racks(project)
    edit.change(project, [ids["cool"]], {"heat_up_s": 240.0})
    assert fallen(project, ids, "cool") == [(840.0, "vm-r1"), (840.0, "vm-r2")]
    spare = edit.place(project, "cooling", ids["dc"])
    edit.connect(project, "cools", spare, ids["r1"])
    assert fallen(project, ids, "cool") == [(840.0, "vm-r2")]


def test_that_a_feed_taken_away_feeds_no_more_and_takes_nobody_along(project: Project) -> None:
    ids = two_racks(project)
    edit.delete(project, [ids["a"]])
    assert fallen(project, ids, "b") == [(600.0, "vm-r1")]
