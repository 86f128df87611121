"""The usual pictures of a VPC and of an ESXi cluster in a window of 1440 x 900: all of it can be read."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import QRectF
from pytestqt.qtbot import QtBot

from designer.model.project import Project
from designer.settings import Settings
from designer.study.engine_process import EngineHost
from designer.ui.canvas.paint.labels import covers, hard_boxes
from designer.ui.canvas.paint.link_paint import LABEL_SCALE
from designer.ui.parts.theme import Theme
from designer.ui.shell.frame import MainFrame
from designer.ui.shell.session import Session
from designer.ui.shell.window import Window
from tests.ui.test_links import crossed, related
from tests.ui.usual_pictures import aws_vpc, vsphere_cluster

pytestmark = pytest.mark.qt_log_ignore("^This plugin does not support")

Draw = Callable[[Project], dict[str, int]]


@pytest.fixture(params=[aws_vpc, vsphere_cluster], ids=["vpc", "vsphere"])
def drawn(
    request: pytest.FixtureRequest, qtbot: QtBot, session: Session, theme: Theme
) -> Iterator[tuple[Window, Draw]]:
    settings = Settings()
    settings.set("hints_seen", True)
    frame = MainFrame(theme, settings)
    window = Window(frame, session, theme, settings, EngineHost())
    qtbot.addWidget(frame)
    frame.resize(1440, 900)
    with qtbot.waitExposed(frame):
        frame.show()
    request.param(session.project)
    session.project.history.mark_clean()
    session.flush()
    window.canvas.view.zoom_to_fit(animated=False)
    view = window.canvas.view
    qtbot.waitUntil(lambda: _painted(window))
    assert view.scale_now >= LABEL_SCALE
    yield window, request.param
    window.control.close()
    window.files.close()


def _painted(window: Window) -> bool:
    brush = window.canvas.view.brush
    window.canvas.view.grab()
    return not (brush.links.pending or brush.labels.waiting)


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_that_every_sort_of_link_is_named_where_it_hides_nothing(drawn: tuple[Window, Draw], mode: str) -> None:
    window, _ = drawn
    view = window.canvas.view
    view.grab()
    brush = view.brush
    area, hard = QRectF(view.rect()), hard_boxes(brush)
    named, letters = set(), []
    for n, bundle in enumerate(brush.links.bundles):
        place = brush.labels.places.get(n)
        if place is None:
            continue
        plate = place.translated(*brush.offset)
        assert area.contains(plate)
        assert not covers(plate, hard)
        assert not any(plate.intersects(other) for other, _ in brush.outlines.plates)
        named.add(bundle.kind.name)
        letters.append(bundle.letter)
    wanted = {bundle.kind.name for bundle in brush.links.bundles if bundle.text}
    assert named >= wanted - {"balances"}  # it goes from header to header: its arrow and the tip say it
    feeds = [bundle.letter for bundle in brush.links.bundles if bundle.letter]
    assert sorted(letter for letter in letters if letter) == sorted(feeds)


def test_that_no_link_goes_through_what_it_has_nothing_to_do_with(drawn: tuple[Window, Draw]) -> None:
    window, _ = drawn
    links, world = window.canvas.view.brush.links, window.canvas.view.world
    assert links.bundles
    for bundle in links.bundles:
        assert crossed(world, links.way_of(bundle), related(world, bundle.a, bundle.b)) == []


def test_that_the_set_is_outlined_in_each_container_with_its_name_in_sight(drawn: tuple[Window, Draw]) -> None:
    window, draw = drawn
    view = window.canvas.view
    name = {aws_vpc: "shop-vpc", vsphere_cluster: "prod"}[draw]  # type: ignore[index]
    plates = view.brush.outlines.plates
    assert {window.session.project.elements[set_id].name for _, set_id in plates} == {name}
    assert all(QRectF(view.rect()).contains(plate) for plate, _ in plates)
    assert not any(covers(plate, hard_boxes(view.brush)) for plate, _ in plates)


@pytest.mark.parametrize("drawn", [aws_vpc], indirect=True)
def test_that_what_is_down_in_a_run_has_gray_links_and_the_others_keep_their_color(
    drawn: tuple[Window, Draw], qtbot: QtBot
) -> None:
    window, _ = drawn
    session, view = window.session, window.canvas.view
    zone = next(e.id for e in session.project.elements.values() if e.name == "eu-central-1b")
    window.control.speed = float("inf")
    window.control.start()
    qtbot.waitUntil(lambda: session.run is not None and bool(session.run.digest))
    assert session.run is not None
    first = session.run.digest
    window.control.scrub(3600.0)
    window.control.fail([zone])
    qtbot.waitUntil(lambda: session.run is not None and session.run.digest not in ("", first))
    window.control.scrub(5400.0)
    qtbot.waitUntil(lambda: view.brush.live is not None and bool(view.brush.live.root.any()))
    view.grab()
    live = view.brush.live
    assert live is not None
    down = {view.world.names[b.b]: bool(live.down[b.a] or live.down[b.b]) for b in view.brush.links.bundles}
    assert (down["public-b"], down["public-a"], down["public-c"]) == (True, False, False)
    assert (down["eu-central-1b"], down["eu-central-1a"]) == (True, False)
