"""Collapsed containers: drawn without their content, with it in words; found, undone and saved as everything else."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtGui import QFontMetricsF

from designer.commands import edit
from designer.ui.canvas.paint.fitting import content_words
from designer.ui.canvas.paint.paint import summary_of
from designer.ui.parts.theme import Theme
from designer.ui.shell import view_state
from designer.ui.shell.window import Window
from tests.waiting import turns


@pytest.fixture
def window(lent_window: Window) -> Window:
    return lent_window


@pytest.fixture
def site(window: Window) -> dict[str, int]:
    project = window.session.project
    region = edit.place(project, "region", name="mumbai")
    for z in "ab":
        zone = edit.place(project, "zone", region, name=f"zone-{z}")
        host = edit.place(project, "host", zone, name=f"host-{z}")
        store = edit.place(project, "datastore", zone, name=f"ds-{z}")
        for n in (1, 2):
            edit.place(project, "vm", host, name=f"vm-{z}{n}")
        edit.connect(project, "sees", host, store)
    window.session.flush()
    window.canvas.view.zoom_to_fit(animated=False)
    turns()
    return {e.name: e.id for e in project.elements.values()}


def collapse(window: Window, *ids: int) -> None:
    window.session.select(ids)
    window.actions["view.collapse"].trigger()


def test_that_a_collapsed_container_shows_its_content_in_words(window: Window, site: dict[str, int]) -> None:
    world, steps = window.canvas.view.world, len(window.session.project.history.steps)
    collapse(window, site["zone-a"])
    assert site["host-a"] not in world.row_of
    assert site["host-b"] in world.row_of
    assert world.folded == {world.row_of[site["zone-a"]]: {"host": 1, "datastore": 1, "vm": 2}}
    kinds = window.session.project.kinds
    region = world.row_of[site["mumbai"]]
    assert summary_of(window.canvas.view.brush, region, kinds["region"]) == "2 zones   2 hosts   4 VMs"
    assert window.actions["view.collapse"].isChecked()
    assert len(window.session.project.history.steps) == steps  # the design is as it was
    assert not window.canvas.view.grab().isNull()
    window.actions["view.collapse"].trigger()
    assert site["host-a"] in world.row_of
    assert world.folded == {}


def test_that_a_collapsed_container_keeps_its_box_and_tidy_leaves_no_hole_beside_it(
    window: Window, site: dict[str, int]
) -> None:
    project, view = window.session.project, window.canvas.view
    for n in range(40):
        edit.place(project, "host", site["zone-a"], name=f"more-{n}")
    window.session.flush()
    world, zones = view.world, [site["zone-a"], site["zone-b"]]
    before = [world.rect(world.row_of[i]) for i in zones]
    collapse(window, zones[0])
    assert [world.rect(world.row_of[i]) for i in zones] == before
    assert view.overlay.handles is not None
    window.session.select([])
    window.actions["arrange.tidy"].trigger()
    turns()
    tidy = [world.rect(world.row_of[i]) for i in zones]
    gap = project.kinds["region"].box.gap
    assert tidy[1].left() - tidy[0].right() == gap or tidy[1].top() - tidy[0].bottom() == gap
    window.actions["view.expand"].trigger()
    assert [world.rect(world.row_of[i]) for i in zones] == tidy
    told: list[str] = []
    window.session.told.connect(told.append)
    edit.move(project, [zones[1]], (400.0, 300.0))
    window.session.flush()
    dropped = world.rect(world.row_of[zones[1]])
    window.actions["arrange.tidy"].trigger()
    turns()
    assert world.rect(world.row_of[zones[1]]) == dropped
    assert told == ["One element placed by hand stays. Tidy Everything packs it, too."]
    window.actions["arrange.tidy_all"].trigger()
    turns()
    assert [world.rect(world.row_of[i]) for i in zones] == tidy
    assert len(told) == 1


def test_that_a_collapsed_host_says_what_it_holds(window: Window, site: dict[str, int]) -> None:
    view, host = window.canvas.view, site["host-a"]
    view.show_box(view.box_of([host]), False, 4.0)
    turns()
    open_picture = view.grab().toImage()
    collapse(window, host)
    turns()
    box = view.to_pixels(view.world.rect(view.world.row_of[host])).toRect()
    low = box.adjusted(8, round(box.height() * 0.45), -8, -4)
    words = view.grab().toImage().copy(low)
    assert words != open_picture.copy(low)
    colors = {words.pixel(x, y) for x in range(words.width()) for y in range(words.height())}
    assert len(colors) > 8  # letters have many grays; cells have one


def test_that_what_is_searched_for_in_it_is_shown(window: Window, site: dict[str, int]) -> None:
    collapse(window, site["zone-a"], site["zone-b"])
    window.session.reveal.emit([site["vm-a1"]])
    assert window.canvas.view.world.collapsed == {site["zone-b"]}
    assert site["vm-a1"] in window.canvas.view.world.row_of


def test_that_edits_inside_are_counted_and_expand_all_shows_everything(window: Window, site: dict[str, int]) -> None:
    world = window.canvas.view.world
    collapse(window, site["zone-a"])
    edit.place(window.session.project, "vm", site["host-a"])
    window.session.flush()
    assert world.folded[world.row_of[site["zone-a"]]]["vm"] == 3
    window.actions["view.expand"].trigger()
    assert set(site.values()) - {1} <= set(world.row_of)


@pytest.mark.usefixtures("new_window")
def test_that_collapsed_containers_are_saved_with_the_view(
    window: Window, site: dict[str, int], tmp_path: Path
) -> None:
    collapse(window, site["zone-b"])
    path = tmp_path / "a.clouddesign"
    assert window.files._save(path)
    window.files.new()
    turns()
    assert window.canvas.view.world.collapsed == set()
    assert window.files.open(path)
    turns()
    assert window.canvas.view.world.collapsed == {site["zone-b"]}
    assert view_state.capture(window.context)["collapsed"] == [site["zone-b"]]


def test_that_a_set_is_not_outlined_around_what_is_collapsed(window: Window, site: dict[str, int]) -> None:
    project, view = window.session.project, window.canvas.view
    cluster = edit.place(project, "cluster", site["zone-a"])
    for n in (1, 2):
        edit.connect(project, "in_cluster", edit.place(project, "host", site["zone-a"], name=f"esx-{n}"), cluster)
    window.session.flush()
    view.brush.outlines.update()
    assert {outline.row for outline in view.brush.outlines.outlines} == {view.world.row_of[cluster]}
    region = project.elements[site["zone-a"]].parent
    collapse(window, region)
    view.brush.outlines.update()
    assert view.brush.outlines.outlines == []


def test_that_the_words_of_a_collapsed_container_are_whole(theme: Theme) -> None:
    measures = QFontMetricsF(theme.font("secondary"))
    parts = ["24 VMs", "6 hosts", "1 data center"]
    for room in range(20, 260, 3):
        text = content_words("43%", parts, measures, room)
        assert measures.horizontalAdvance(text) <= room
        whole = {f"43%   {', '.join(parts[:count])}" for count in (1, 2, 3)}
        assert text in whole or measures.horizontalAdvance("43%   24 VMs") > room
