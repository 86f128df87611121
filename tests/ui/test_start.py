"""The start page: recent files and blueprints with thumbnails; and the tour, which ends with a failed zone."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from designer.catalog import KINDS, LINKS
from designer.catalog.presets.blueprints import blueprints
from designer.commands import edit
from designer.model.project import Project
from designer.study.states import RunState
from designer.ui.canvas.world.world import World
from designer.ui.parts.stock import KindItem
from designer.ui.parts.theme import Theme
from designer.ui.shell.window import Window
from designer.ui.start import thumbnails
from designer.ui.start.card import Card
from designer.ui.start.start_page import when_text
from tests.waiting import HUNG_MS, turns

LEFT = Qt.MouseButton.LeftButton


def cards(window: Window) -> list[Card]:
    """The cards of the blueprints."""
    return [card for card in window.start.blueprints.cards if isinstance(card, Card)]


def is_drawn(image: QImage) -> bool:
    """Whether a picture has more than one color."""
    return len({image.pixel(x, y) for x in range(0, image.width(), 3) for y in range(0, image.height(), 3)}) > 1


@pytest.fixture
def started(window: Window) -> Window:
    """A window that shows the start page."""
    window.start.open()
    turns()
    return window


def test_that_every_blueprint_is_there_with_a_thumbnail_and_a_name(started: Window) -> None:
    assert [card.text() for card in cards(started)] == [blueprint.title for blueprint in blueprints().values()]
    turns(3 * len(blueprints()))
    assert not started.start.more.isVisible()  # the page has room for all
    assert all(card.isVisible() and is_drawn(card.picture) for card in cards(started))


def test_that_a_low_page_has_fewer_blueprints_and_the_others_get_thumbnails_once_they_are_seen(window: Window) -> None:
    window.frame.resize(1440, 700)
    turns()
    window.start.open()
    turns(3 * len(blueprints()))
    started = window
    assert {card.isVisible(): is_drawn(card.picture) for card in cards(started)} == {True: True, False: False}
    QTest.mouseClick(started.start.more, LEFT)
    turns(3 * len(blueprints()))
    for card in cards(started):
        assert is_drawn(card.picture), card.text()
        assert card.accessibleName().startswith(card.text())


def test_that_thumbnails_are_painted_while_the_page_is_seen(window: Window, qtbot: QtBot) -> None:
    window.start.open()
    window.start.hide()
    turns()
    assert not any(is_drawn(card.picture) for card in cards(window))
    window.start.show()
    qtbot.waitUntil(lambda: not window.start.paints)
    assert is_drawn(cards(window)[0].picture)


def test_that_a_click_on_a_blueprint_begins_a_design_that_counts_as_unchanged(started: Window) -> None:
    card = cards(started)[0]
    QTest.mouseClick(card, LEFT)
    started.session.flush()
    assert started.session.project.root.name == card.text()
    assert not started.session.modified
    assert not started.start.isVisible()


@pytest.mark.parametrize("key", [Qt.Key.Key_Space, Qt.Key.Key_Return])
def test_that_the_keyboard_reaches_and_opens_a_card(started: Window, key: Qt.Key) -> None:
    card = cards(started)[1]
    card.setFocus()
    QTest.keyClick(card, key)
    assert started.session.project.root.name == card.text()


def test_that_nothing_about_the_drawing_is_said_or_chosen_while_the_page_covers_it(started: Window) -> None:
    strip = started.strip
    assert not started.hints._words.isVisible()
    assert not strip.layers.isEnabled() and not strip.color_by.isEnabled()
    QTest.mouseClick(cards(started)[0], LEFT)
    started.session.flush()
    turns()
    assert started.hints._words.isVisible()
    assert strip.layers.isEnabled() and strip.color_by.isEnabled()
    view = started.canvas.view
    assert QRectF(view.rect()).contains(view.to_pixels(view.world.bounds()))
    started.hints._dismiss()
    started.start.open()
    started.start.hide()
    assert not started.hints.isVisible()


def test_that_new_design_by_mouse_or_key_leaves_an_empty_drawing_that_has_the_keys(started: Window) -> None:
    for begin in (partial(QTest.mouseClick, started.start.buttons.cards[0], LEFT), started.actions["file.new"].trigger):
        started.start.open()
        started.run_bar.speed.setFocus()
        begin()
        assert not started.start.isVisible()
        assert started.frame.focusWidget() is started.canvas.view
        assert len(started.session.project.elements) == 1


def test_that_something_placed_puts_the_page_away(started: Window) -> None:
    assert not started.canvas.foot.isVisible()  # legend and zoom are the drawing's
    size = started.canvas.view.size()
    cards(started)[0].setFocus()
    edit.place(started.session.project, "region")
    started.session.flush()
    assert not started.start.isVisible()
    assert started.frame.focusWidget() is started.canvas.view  # the next keys are for what was placed
    assert started.canvas.foot.isVisible()
    assert started.canvas.view.size() == size


def test_that_the_page_covers_the_foot_and_hands_drops_to_the_drawing(started: Window) -> None:
    canvas = started.canvas
    assert started.start.geometry() == canvas.rect()
    data, at = KindItem(started.session.project.kinds["region"]).mime(), canvas.rect().center()
    drop = QDropEvent(QPointF(at), Qt.DropAction.CopyAction, data, LEFT, Qt.KeyboardModifier.NoModifier)
    enter = QDragEnterEvent(at, Qt.DropAction.CopyAction, data, LEFT, Qt.KeyboardModifier.NoModifier)
    for one in (enter, drop):
        QApplication.sendEvent(canvas, one)
        assert one.isAccepted()
    assert [e.kind for e in started.session.project.of_kind("region")] == ["region"]
    assert not started.start.isVisible()
    QApplication.sendEvent(canvas, enter)
    assert len(started.session.project.of_kind("region")) == 1


def test_that_the_page_is_not_shown_over_a_drawing(window: Window) -> None:
    edit.place(window.session.project, "region")
    window.session.flush()
    window.start.open()
    assert not window.start.isVisible()


def test_that_a_saved_file_is_recent_with_its_thumbnail_and_what_it_holds(window: Window, tmp_path: Path) -> None:
    window.actions["new.dedicated-hosts"].trigger()
    path = tmp_path / "two hosts.clouddesign"
    assert window.files._save(path)
    turns()
    window.files.new()
    window.start.open()
    (card,) = window.start.recent.cards
    assert isinstance(card, Card)
    assert card.text() == "two hosts"
    assert is_drawn(card.picture)
    assert "54 VMs on 2 hosts" in card.accessibleName()
    QTest.mouseClick(card, LEFT)
    window.session.flush()
    assert window.session.path == path


def test_that_a_file_keeps_its_thumbnail_when_runs_come_to_it_while_it_is_changed(
    window: Window, tmp_path: Path
) -> None:
    window.actions["new.dedicated-hosts"].trigger()
    path = tmp_path / "two hosts.clouddesign"
    assert window.files._save(path)
    turns()
    before = thumbnails.kept(path, dark=False)[0]
    edit.place(window.session.project, "region")
    window.session.flush()
    window.files.set_aside(window.files.document.aside, ask=False)
    turns()
    assert thumbnails.kept(path, dark=False)[0] == before
    assert window.files._save(path)
    turns()
    assert thumbnails.kept(path, dark=False)[0] != before


def test_that_a_file_that_is_gone_is_not_listed_and_the_list_can_be_cleared(window: Window, tmp_path: Path) -> None:
    window.settings.add_recent_file(str(tmp_path / "gone.clouddesign"))
    window.start.open()
    assert window.start.recent.cards == []
    (tmp_path / "there.clouddesign").write_bytes(b"")
    window.settings.add_recent_file(str(tmp_path / "there.clouddesign"))
    window.start.open()
    assert len(window.start.recent.cards) == 1
    window.start.clear.click()
    assert (window.start.recent.cards, window.settings.recent_files()) == ([], [])


def test_that_thumbnails_are_kept_light_and_dark_without_notes(theme: Theme, tmp_path: Path) -> None:
    project = Project(KINDS, LINKS)
    edit.place(project, "note")
    only_note = thumbnails.painted(World(project), theme)
    assert not is_drawn(only_note)
    region = edit.place(project, "region")
    edit.place(project, "host", edit.place(project, "zone", region))
    thumbnails.keep(tmp_path / "a.clouddesign", World(project))
    light, summary = thumbnails.kept(tmp_path / "a.clouddesign", dark=False)
    dark, _ = thumbnails.kept(tmp_path / "a.clouddesign", dark=True)
    assert summary == "1 region, 1 host"
    assert light.pixel(1, 1) != dark.pixel(1, 1)
    assert thumbnails.kept(tmp_path / "b.clouddesign", dark=False)[0].isNull()


def test_that_only_some_thumbnails_are_kept(tmp_path: Path) -> None:
    project = Project(KINDS, LINKS)
    for n in range(thumbnails.MOST + 3):
        thumbnails.keep(tmp_path / f"{n}.clouddesign", World(project))
    known = [thumbnails.kept(tmp_path / f"{n}.clouddesign", False)[0] for n in range(thumbnails.MOST + 3)]
    assert sum(not image.isNull() for image in known) == thumbnails.MOST


@pytest.mark.parametrize(
    ("ago_s", "text"), [(30, "Just now"), (600, "10 minutes ago"), (3700, "1 hour ago"), (86_400, "Yesterday")]
)
def test_that_times_are_told_in_few_words(ago_s: float, text: str) -> None:
    noon = 1_800_014_400.0
    assert when_text(noon - ago_s, noon) == text


@pytest.mark.parametrize(("width", "columns"), [(1440, 4), (1024, 3)])
def test_that_the_page_has_as_many_columns_as_fit(window: Window, width: int, columns: int) -> None:
    window.frame.resize(width, 900)
    turns()
    window.start.open()
    turns()
    row = {card.y() for card in cards(window)[:columns]}
    assert len(row) == 1
    last = cards(window)[columns - 1]
    assert last.mapTo(window.start.viewport(), QPoint(last.width(), 0)).x() <= window.start.viewport().width()


def test_that_the_tour_ends_with_a_failed_zone(window: Window, qtbot: QtBot) -> None:
    tour = window.tour
    tour.begin()
    assert (tour.step, tour.go.text()) == (0, "Open the Web Shop")
    tour.go.click()
    window.session.flush()
    assert (tour.step, tour.go.text()) == (1, "Run")
    QApplication.processEvents()
    assert window.frame.focusWidget() is tour.go  # Enter goes on
    tour.go.click()
    qtbot.waitUntil(lambda: tour.step == 2, timeout=HUNG_MS)
    assert tour.go.text() == "Fail ap-south-1b"
    tour.go.click()
    qtbot.waitUntil(lambda: tour.step == 3, timeout=HUNG_MS)
    run = window.session.run
    assert run is not None
    assert run.state in (RunState.RUNNING, RunState.PAUSED, RunState.FINISHED)
    frame = run.view.frame
    assert frame is not None
    assert frame.ids[np.flatnonzero(frame.failed_root)].tolist() == [tour.zone]
    assert tour.title.text() == "ap-south-1b has failed"
    qtbot.waitUntil(lambda: tour.text.height() >= tour.text.heightForWidth(tour.text.width()), timeout=HUNG_MS)
    view = window.canvas.view
    assert not QRectF(tour.geometry()).intersects(view.to_pixels(view.box_of([tour.zone])))
    window.toast("A sentence.", wrong=True)
    said = window.message.geometry().translated(-view.mapTo(window.frame, QPoint(0, 0)))
    assert not tour.geometry().intersects(said)
    tour.go.click()
    assert not tour.isVisible()


def test_that_the_tour_speaks_of_lanes_only_where_they_are_shown(window: Window) -> None:
    said = []
    for height in (900, 690):
        window.frame.resize(1400, height)
        window.tour._show(1)
        said.append(window.tour.text.text())
    assert ["lanes" in text for text in said] == [True, False]
    window.tour.end()


def test_that_the_tour_ends_when_another_design_is_opened_or_the_user_wants(window: Window) -> None:
    window.tour.begin()
    window.tour.go.click()
    assert window.tour.isVisible()
    window.actions["new.serverless-site"].trigger()
    window.session.flush()
    assert not window.tour.isVisible()
    window.tour.begin()
    window.tour.leave.click()
    assert not window.tour.isVisible()


@pytest.mark.parametrize("name", ["esxi-n-plus-one", "proxmox-quorum", "one-app-per-server", "consolidated"])
def test_that_a_note_leaves_no_hole_in_the_thumbnail_of_a_blueprint(name: str) -> None:
    given = blueprints()[name]
    world = thumbnails.begun(given.text, given.title)
    assert not world.rows_of_kind("note").size
    (center,) = world.rows_of_kind("data_center")
    box = world.project.kinds["data_center"].box
    inside = np.flatnonzero(world.parent == center)
    assert world.y[inside].min() == world.y[center] + box.header + box.padding


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_that_ways_of_links_that_were_found_before_are_those_of_the_thumbnail(mode: str, theme: Theme) -> None:
    for given in (blueprints()["three-zone-web-shop"], blueprints()["esxi-n-plus-one"]):
        found = thumbnails.painted(thumbnails.begun(given.text, given.title), theme)
        links = thumbnails.linked(given.text, given.title)
        assert links.bundles and not links.pending
        ways = [links.way_of(bundle) for bundle in links.bundles]
        assert thumbnails.of_blueprint(given.text, given.title, theme) == found
        assert all(links.way_of(bundle) is way for bundle, way in zip(links.bundles, ways, strict=True))


def test_that_thumbnails_have_no_letters(theme: Theme) -> None:
    project = Project(KINDS, LINKS)
    region = edit.place(project, "region", name="us-east-1")
    edit.place(project, "zone", region, name="us-east-1a")
    named = thumbnails.painted(World(project), theme)
    edit.rename(project, region, "MMMMMMMMM")
    assert is_drawn(named) and thumbnails.painted(World(project), theme) == named


def test_that_an_empty_design_has_no_time_line_and_undo_brings_the_selection_back(window: Window) -> None:
    session, bar = window.session, window.run_bar
    assert bar.line.idle and not bar.clock.isVisible() and not (bar.play.isEnabled() or bar.step.isEnabled())
    region = edit.place(session.project, "region")
    session.flush()
    assert not bar.line.idle and bar.play.isEnabled() and bar.step.isEnabled()
    session.select([region])
    session.place(lambda project, parent, at: [edit.place(project, "zone", parent)], region, None)
    zones = session.selection
    assert zones and zones != (region,)
    session.project.undo()
    session.flush()
    assert session.selection == (region,)
