"""Boxes that a file puts on one another are brought into order on opening, and that is said; others stay."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from designer.assets import asset
from designer.catalog import KINDS, LINKS
from designer.catalog.presets.blueprints import blueprints
from designer.commands import blueprints as placing
from designer.commands import edit
from designer.model import layout, overlaps
from designer.model.boxes import EPS, all_free
from designer.model.element import ROOT_ID, Element
from designer.model.project import Project
from designer.store.file import project_file
from designer.store.file.in_order import load_in_order


def changed(tmp_path: Path, *statements: str) -> Path:
    """The web shop after some SQL."""
    path = tmp_path / "shop.clouddesign"
    path.write_bytes(asset("examples/web-shop.clouddesign").read_bytes())
    base = sqlite3.connect(path)
    for statement in statements:
        base.execute(statement)
    base.commit()
    base.close()
    return path


def boxes_of(rows: Iterable[object]) -> dict[int, tuple[float, ...]]:
    """The box of each element."""
    return {row.id: (row.x, row.y, row.w, row.h) for row in rows if isinstance(row, Element)}


def assert_in_order(project: Project) -> None:
    """No siblings overlap, and all stand inside what they stand in."""
    for parent in project.subtree(ROOT_ID):
        rects = [layout.rect_of(project, i) for i in layout.drawn_children(project, parent)]
        assert all_free(rects, ())
        here = layout.rect_of(project, parent)
        for box in rects if parent != ROOT_ID else ():
            assert box.x >= -EPS
            assert box.y >= -EPS
            assert box.right <= here.w + EPS
            assert box.bottom <= here.h + EPS


CASES = {
    "all VMs on one point": ["UPDATE vm SET x=0, y=0"],
    "all hosts on one point": ["UPDATE host SET x=0, y=0"],
    "all zones on one point": ["UPDATE zone SET x=0, y=0"],
    "zones that overlap": ["UPDATE zone SET x=x*0.5"],
    "all of all on one point": [f"UPDATE {name} SET x=5, y=5" for name in ("region", "zone", "host", "vm", "service")],
    "boxes that are 1e12 wide": ["UPDATE zone SET w=1e12"],
    "boxes at 1e8": ["UPDATE vm SET x=1e8, y=-1e8"],
    "boxes at 1.7e308": ["UPDATE host SET x=1.7e308"],
    "children left of what they stand in": ["UPDATE zone SET x=-400"],
    "a region that is too small": ["UPDATE region SET w=10, h=10"],
}


@pytest.mark.parametrize("case", CASES)
def test_that_boxes_of_a_file_are_brought_into_order_and_that_is_said(tmp_path: Path, case: str) -> None:
    loaded = load_in_order(changed(tmp_path, *CASES[case]))
    assert any("shop.clouddesign held boxes that" in text for text in loaded.warnings)
    assert_in_order(Project(KINDS, LINKS, loaded.rows))
    again = load_in_order(changed(tmp_path, *CASES[case]))
    assert boxes_of(again.rows) == boxes_of(loaded.rows)


def test_that_boxes_without_room_to_move_stay_where_they_are_and_that_is_said(tmp_path: Path) -> None:
    path = changed(tmp_path, "UPDATE zone SET x=1e6, y=1e6")
    loaded = load_in_order(path)
    (told,) = (text for text in loaded.warnings if "overlap or lie outside" in text)
    assert told.endswith("there is no room to move them apart.")
    assert boxes_of(loaded.rows) == boxes_of(project_file.load(path).rows)


def test_that_only_what_lies_on_something_moves(tmp_path: Path) -> None:
    before = boxes_of(load_in_order(changed(tmp_path)).rows)
    path = changed(tmp_path, "UPDATE vm SET x=0, y=0")
    after = boxes_of(load_in_order(path).rows)
    assert after == before  # VMs stand in cells, whose places follow from their order


@pytest.mark.parametrize("name", ["web-shop", "web-shop-tight"])
def test_that_what_the_program_wrote_stays_as_it_is(name: str) -> None:
    loaded = load_in_order(asset(f"examples/{name}.clouddesign"))
    assert loaded.warnings == []


@pytest.mark.parametrize("name", blueprints())
def test_that_what_commands_make_is_in_order(name: str) -> None:
    project = Project(KINDS, LINKS)
    placing.begin(project, blueprints()[name].text, name)
    assert overlaps.disordered(project) == []


BOXES = st.lists(st.tuples(*[st.integers(-60, 300)] * 2, *[st.integers(0, 120)] * 2), min_size=1, max_size=24)


@given(given_boxes=BOXES)
def test_that_any_boxes_are_put_in_order(given_boxes: list[tuple[int, ...]]) -> None:
    project = Project(KINDS, LINKS)
    region = edit.place(project, "region")
    zones = [edit.place(project, "zone", region) for _ in given_boxes]
    with project.edit("Draw"):
        for zone, box in zip(zones, given_boxes):
            project.set(zone, **dict(zip("xywh", map(float, box))))
    assert overlaps.suspected(project.elements.values(), KINDS) == bool(overlaps.disordered(project))
    with project.edit("Order"):
        overlaps.put_in_order(project, overlaps.disordered(project))
    assert_in_order(project)
    assert overlaps.disordered(project) == []
    assert not overlaps.suspected(project.elements.values(), KINDS)
