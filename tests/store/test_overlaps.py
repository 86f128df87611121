"""Boxes that a file puts on one another are brought into order on opening, and that is said; others stay."""

from __future__ import annotations

import os
import sqlite3
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
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


@pytest.mark.parametrize(
    "statement",
    ["UPDATE zone SET x=1e6, y=1e6", "UPDATE subnet SET x=-1e6 WHERE id%2", "UPDATE vm SET w=1e6, h=1e6",
     "UPDATE zone SET h=999900 WHERE id=(SELECT min(id) FROM zone)", "UPDATE region SET w=999999, h=999999, hug=0"],
)  # fmt: skip
def test_that_boxes_without_room_to_move_are_placed_anew_and_that_is_said_once(tmp_path: Path, statement: str) -> None:
    path = changed(tmp_path, statement)
    loaded = load_in_order(path)
    assert any("overlap or lie outside" in text for text in loaded.warnings) or statement.startswith("UPDATE region")
    assert_in_order(Project(KINDS, LINKS, loaded.rows))
    project_file.save(path, loaded.rows)
    again = load_in_order(path)
    assert again.warnings == []
    assert boxes_of(again.rows) == boxes_of(loaded.rows)


AT_THE_EDGE = [0.0, 1.0, 1e-9, 123.456, 2e5, 5e5, 1e6 - 200, 999_999.9999999, 1e6, 1e6 + 1e-7, 1e8, 1e300]
CHANGES = st.tuples(
    st.sampled_from(["vm", "host", "zone", "region", "rack", "service", "subnet", "note"]),
    st.sampled_from(["x", "y", "w", "h"]),
    st.sampled_from([*AT_THE_EDGE, *(-value for value in AT_THE_EDGE)]),
    st.sampled_from(["", "WHERE id % 2", "WHERE id % 3 = 0", "WHERE id = (SELECT min(id) FROM {})"]),
    st.sampled_from([None, 0, 1]),
)


@settings(max_examples=int(os.environ.get("DESIGNER_DRAWINGS", "8")))
@given(st.lists(CHANGES, min_size=1, max_size=4))
def test_that_opening_what_was_brought_into_order_says_nothing(changes: list[tuple[Any, ...]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        statements = []
        for table, name, value, where, hug in changes:
            size = abs(value) if name in "wh" else value
            statements.append(f"UPDATE {table} SET {name} = {size!r} {where.format(table)}")
            statements += [f"UPDATE {table} SET hug = {hug}"] if hug is not None and table not in ("vm", "note") else []
        path = changed(Path(folder), *statements)
        loaded = load_in_order(path)
        project_file.save(path, loaded.rows)
        again = load_in_order(path)
        assert again.warnings == []
        assert boxes_of(again.rows) == boxes_of(loaded.rows)


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
