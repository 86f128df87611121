"""The world map under a real mouse and real keys, and the script that writes its outlines."""

from __future__ import annotations

import runpy
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from designer.catalog.reference.ec2 import ec2
from designer.ui.pickers.world_map import LABELED, NORTH, SOUTH, PlaceRegion, land, on_map

Key, LEFT = Qt.Key, Qt.MouseButton.LeftButton
BUILD = Path(__file__).parents[2] / "packaging" / "build_map.py"


@pytest.fixture
def dialog(qtbot: QtBot, session: Any, theme: Any) -> Iterator[PlaceRegion]:
    parent = QWidget()
    qtbot.addWidget(parent)
    made = PlaceRegion(session, theme, parent)
    with qtbot.waitExposed(made):
        made.open()
    yield made


def names(session: Any) -> list[tuple[str, list[str]]]:
    """Regions and their zones."""
    project = session.project
    return [
        (region.name, [project.elements[i].name for i in project.children(region.id)])
        for region in project.of_kind("region")
    ]


def pixel(dialog: PlaceRegion, code: str) -> QPoint:
    """Where a region's dot is."""
    return dialog.map.spot(code).toPoint()


def test_that_a_click_and_enter_place_a_region_with_zones(dialog: PlaceRegion, qtbot: QtBot, session: Any) -> None:
    QTest.mouseClick(dialog.map, LEFT, pos=pixel(dialog, "ap-south-1"))
    assert "Asia Pacific (Mumbai), ap-south-1 · time zone Asia/Kolkata · 3 zones" in dialog.about.text()
    dialog.zones.setCurrentIndex(2)
    dialog.zones.activated.emit(2)
    assert dialog.named.text() == "ap-south-1a (aps1-az1),  ap-south-1b (aps1-az3)"
    with qtbot.waitSignal(session.told) as told, qtbot.waitSignal(session.reveal) as shown:
        QTest.keyClick(dialog.line, Key.Key_Return)
    assert told.args == ["Placed ap-south-1 with 2 zones."]
    assert shown.args == [list(session.selection)]
    assert names(session) == [("ap-south-1", ["ap-south-1a", "ap-south-1b"])]
    assert [session.project.elements[i].name for i in session.selection] == ["ap-south-1"]
    assert not dialog.isVisible()
    session.project.undo()
    assert names(session) == []


def test_that_each_of_the_38_dots_can_be_clicked(dialog: PlaceRegion) -> None:
    assert len(dialog.map.regions) == 38
    for region in dialog.map.regions:
        QTest.mouseClick(dialog.map, LEFT, pos=pixel(dialog, region.code))
        assert dialog.map.chosen == region.code
        assert region.code in dialog.about.text()


def test_that_a_name_typed_and_enter_place_a_region(dialog: PlaceRegion, session: Any) -> None:
    QTest.keyClicks(dialog.line, "frankfurt")
    assert dialog.map.chosen == "eu-central-1"
    QTest.keyClick(dialog.line, Key.Key_Return)
    assert names(session) == [("eu-central-1", ["eu-central-1a", "eu-central-1b", "eu-central-1c"])]


def test_that_arrows_reach_every_region_in_the_direction_they_point(dialog: PlaceRegion) -> None:
    dialog.map.setFocus()
    start = dialog.map.spot(dialog.map.chosen)
    QTest.keyClick(dialog.map, Key.Key_Left)
    assert dialog.map.spot(dialog.map.chosen).x() < start.x()
    seen, ways = {dialog.map.chosen}, [Key.Key_Left, Key.Key_Right, Key.Key_Up, Key.Key_Down]
    waiting = [dialog.map.chosen]
    while waiting:
        here = waiting.pop()
        for way in ways:
            dialog.map.choose(here)
            QTest.keyClick(dialog.map, way)
            if dialog.map.chosen not in seen:
                seen.add(dialog.map.chosen)
                waiting.append(dialog.map.chosen)
    assert seen == {region.code for region in dialog.map.regions}


def test_that_arrows_in_the_line_go_over_what_fits_only(dialog: PlaceRegion) -> None:
    QTest.keyClick(dialog.line, Key.Key_Left)
    assert dialog.map.chosen != "us-east-1"
    QTest.keyClicks(dialog.line, "europe")
    for _ in range(4):
        QTest.keyClick(dialog.line, Key.Key_Up)
    assert dialog.map.chosen == "eu-north-1"


def test_that_a_name_that_there_is_not_says_so_and_places_nothing(dialog: PlaceRegion, session: Any) -> None:
    QTest.keyClicks(dialog.line, "atlantis")
    assert dialog.about.text() == "No region is called “atlantis”. Type fewer letters."
    assert not dialog.ok.isEnabled()
    QTest.keyClick(dialog.line, Key.Key_Return)
    assert (dialog.isVisible(), names(session)) == (True, [])
    dialog.line.clear()
    assert dialog.ok.isEnabled()


def test_that_a_double_click_places_and_the_sea_does_nothing(dialog: PlaceRegion, session: Any) -> None:
    QTest.mouseDClick(dialog.map, LEFT, pos=dialog.map.to_pixels(-150, -30).toPoint())
    assert dialog.isVisible()
    where = pixel(dialog, "sa-east-1")
    QTest.mouseClick(dialog.map, LEFT, pos=where)
    QTest.mouseDClick(dialog.map, LEFT, pos=where)
    assert [name for name, _ in names(session)] == ["sa-east-1"]


def test_that_hovering_names_a_region_and_the_five_are_always_named(dialog: PlaceRegion) -> None:
    assert set(LABELED.values()) == {"N. Virginia", "Oregon", "Mumbai", "Frankfurt", "Singapore"}
    for code, name in LABELED.items():
        assert name in ec2().regions[code].name
    plain = dialog.map.grab().toImage()
    QTest.mouseMove(dialog.map, pixel(dialog, "sa-east-1"))
    assert dialog.map._hovered == "sa-east-1"
    assert dialog.map.grab().toImage() != plain
    dialog.map.choose("sa-east-1")
    assert dialog.map.accessibleDescription() == "South America (Sao Paulo)"


def test_that_a_region_already_there_is_told(qtbot: QtBot, dialog: PlaceRegion, session: Any, theme: Any) -> None:
    dialog.map.choose("us-west-2")
    dialog.ok.click()
    parent = QWidget()
    qtbot.addWidget(parent)
    again = PlaceRegion(session, theme, parent)
    again.map.choose("us-west-2")
    assert "already in the design" in again.about.text()


def test_that_every_control_has_a_name(dialog: PlaceRegion) -> None:
    for control in (dialog.line, dialog.map, dialog.zones, dialog.about, dialog.named):
        assert control.accessibleName()
    assert dialog.ok.text() == "Place Region"


def test_that_every_region_stands_on_the_map_and_on_or_near_land() -> None:
    reach = 1.5  # degrees: cities by the sea, and islands too small for 1:110 million
    for region in on_map():
        assert region.lat is not None and region.lon is not None
        assert SOUTH < region.lat < NORTH
        around = [QPointF(region.lon + dx, -region.lat + dy) for dx in (-reach, 0, reach) for dy in (-reach, 0, reach)]
        assert any(land().contains(point) for point in around), region.code
    assert not land().contains(QPointF(-30.0, -30.0))  # the Atlantic


# -- the script


def shapefile(rings: list[list[tuple[float, float]]]) -> bytes:
    """A shapefile with one polygon a ring, as the specification says."""
    records = b""
    for n, ring in enumerate(rings):
        body = struct.pack("<i4dii", 5, 0, 0, 0, 0, 1, len(ring)) + struct.pack("<i", 0)
        body += b"".join(struct.pack("<2d", x, y) for x, y in ring)
        records += struct.pack(">ii", n + 1, len(body) // 2) + body
    return b"\0" * 100 + records


def test_that_the_script_reads_polygons_and_leaves_the_far_south_out() -> None:
    script = runpy.run_path(str(BUILD))
    square = [(0.0, 0.0), (0.0, 10.0), (10.0, 10.0), (10.0, 0.0), (0.0, 0.0)]
    far = [(x, y - 80.0) for x, y in square]
    tiny = [(1.0, 1.0), (1.01, 1.0), (1.01, 1.01), (1.0, 1.0)]
    world = script["build"](shapefile([square, far, tiny]))
    assert world["rings"] == [[0, 0, 0, 100, 100, 0, 0, -100, -100, 0]]
    assert (world["licence"], world["steps_per_degree"]) == ("public domain", 10)
    assert script["packed"](world) == script["packed"](script["build"](shapefile([square, far, tiny])))
