"""The shipped designs: they are what their program makes, and they differ as told."""

from __future__ import annotations

import importlib.util
import itertools
import sys
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from designer.assets import asset
from designer.catalog.scenarios.outages import published_outages, told_outages
from designer.model import layout
from designer.model.element import values
from designer.model.project import Project
from designer.store.file import project_file
from designer.study.replay.kept import kept_answers

NAMES = ("web-shop", "web-shop-tight")


@cache
def examples() -> ModuleType:
    """The program that generates the shipped designs."""
    path = Path(__file__).parent.parent / "packaging" / "examples.py"
    spec = importlib.util.spec_from_file_location("examples", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["examples"] = module
    spec.loader.exec_module(module)
    return module


@cache
def built(name: str) -> Project:
    """One of the designs, generated anew; not to be changed."""
    made: Project = examples().build(name)
    return made


def content(rows: Any) -> dict[int, tuple[str, dict[str, Any]]]:
    """Rows by id as plain values."""
    return {row.id: (type(row).__name__, values(row)) for row in rows}


@pytest.mark.parametrize("name", NAMES)
def test_that_the_shipped_file_is_what_the_program_generates(name: str) -> None:
    loaded = project_file.load(asset(f"examples/{name}.clouddesign"))
    assert content(loaded.rows) == content(built(name).rows())


def test_that_each_outage_with_answers_ships_as_a_design_with_its_scenario_and_what_its_run_says() -> None:
    told = told_outages()
    files = {path.name.removesuffix(project_file.SUFFIX) for path in asset("examples/outages").iterdir()}
    assert files == told.keys() == kept_answers().keys()
    assert files >= {one.id for one in published_outages().values() if one.answers}
    for name in ("aws-2011-04-21-ebs", "cme-2025-11-28-aurora"):  # the others are made by the same lines
        rows = project_file.load(asset(f"examples/outages/{name}.clouddesign")).rows
        assert content(rows) == content(examples().outage(name).rows())
        assert [row.name for row in rows if row.kind == "scenario"] == [name]


def test_that_the_demo_is_three_zones_with_18_hosts_and_310_vms() -> None:
    project = built("web-shop")
    counts = {kind: len(project.of_kind(kind)) for kind in ("region", "zone", "rack", "host", "vm", "subnet")}
    assert counts == {"region": 1, "zone": 3, "rack": 6, "host": 18, "vm": 310, "subnet": 3}
    assert {len(project.children(host.id)) for host in project.of_kind("host")} == {16}


def test_that_the_zones_stand_side_by_side_and_the_boxes_above_them() -> None:
    project = built("web-shop")
    zones = [layout.absolute_rect(project, z.id) for z in project.of_kind("zone")]
    assert len({z.y for z in zones}) == 1
    assert all(left.right < right.x for left, right in itertools.pairwise(zones))
    for kind in ("service", "auto_scaling_group"):
        for element in project.of_kind(kind):
            assert layout.absolute_rect(project, element.id).bottom < zones[0].y


def test_that_the_group_can_launch_in_all_zones_and_counts_what_runs() -> None:
    project = built("web-shop")
    (group,) = project.of_kind("auto_scaling_group")
    (template,) = project.targets(group.id, "template")
    subnets = project.targets(group.id, "spans")
    assert len(subnets) == 3
    assert project.elements[template].__dict__["template"] is True
    assert project.elements[template].parent in subnets
    assert len(project.sources(group.id, "instance")) == group.__dict__["desired_count"]


def test_that_both_variants_are_one_design_but_for_name_and_load() -> None:
    first, second = content(built("web-shop").rows()), content(built("web-shop-tight").rows())
    assert first.keys() == second.keys()
    different = {
        (table, field)
        for row_id, (table, found) in first.items()
        for field, value in found.items()
        if second[row_id][1][field] != value
    }
    assert different == {
        ("Design", "name"),
        ("Service", "day_mean_rps"),
        ("Service", "day_swing_rps"),
        ("Service", "day_noise_rps"),
    }


def test_that_hosts_have_room_for_the_vms_of_one_that_fails() -> None:
    project = built("web-shop")
    for center in project.of_kind("data_center"):
        hosts = [project.elements[i] for rack in project.children(center.id) for i in project.children(rack)]
        free_mib = {
            h.id: h.__dict__["ram_mib"] - sum(project.elements[i].__dict__["ram_mib"] for i in project.children(h.id))
            for h in hosts
        }
        for host in hosts:
            needed = host.__dict__["ram_mib"] - free_mib[host.id]
            assert sum(free for other, free in free_mib.items() if other != host.id) >= needed
