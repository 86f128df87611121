"""The palette under a real mouse and real keys: what it offers, placing by keyboard, dragging onto the drawing."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt
from PySide6.QtGui import QDrag, QDragEnterEvent, QDragMoveEvent, QDropEvent, QFontMetrics
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from designer.catalog import KINDS
from designer.catalog.presets.blueprints import blueprints
from designer.catalog.presets.own import OwnBlueprint
from designer.commands import edit
from designer.model.element import ROOT_ID, values
from designer.model.project import Project
from designer.ui.parts.stock import ITEM_MIME, KIND_MIME, own_item, shipped_item
from designer.ui.shell.window import Window
from designer.ui.side.palette import BLUEPRINTS_TAB, SHIPPED, TEXT_PX, ItemButton, Palette

# The offscreen platform says of windows and popups what it cannot do.
pytestmark = pytest.mark.qt_log_ignore("^This plugin does not support")
LEFT, Key = Qt.MouseButton.LeftButton, Qt.Key
NO = Qt.KeyboardModifier.NoModifier


def state(project: Project) -> dict[int, dict[str, Any]]:
    """Everything that is saved, by id."""
    return {row.id: values(row) for row in project.rows()}


@pytest.fixture
def window(lent_window: Window) -> Window:
    return lent_window


def button(window: Window, kind: str) -> ItemButton:
    (found,) = [b for b in window.palette.buttons if b.kind == kind]
    return found


def entry(window: Window, title: str) -> ItemButton:
    """What is called so in the palette: kind, preset or blueprint."""
    (found,) = [b for b in window.palette.items() if b.item.title == title]
    return found


def seen(window: Window) -> list[str]:
    """The titles of what is shown, in order."""
    return [b.item.title for b in window.palette.items() if b.isVisible()]


def press_enter(window: Window, kind: str) -> None:
    """Go to a kind and press Enter."""
    button(window, kind).setFocus()
    QTest.keyClick(button(window, kind), Key.Key_Return)
    window.session.flush()


def chain(project: Project, element_id: int) -> list[str]:
    """The kinds from an element up to the design."""
    return [project.elements[i].kind for i in (element_id, *project.ancestors(element_id))]


# -- what it offers


def test_that_every_kind_is_offered_with_words_icon_and_help(window: Window) -> None:
    offered = {kind.name: kind for kind in KINDS.values() if kind.in_palette}
    assert sorted(b.kind for b in window.palette.buttons) == sorted(offered)
    for shown in window.palette.buttons:
        kind = offered[shown.kind]
        assert (shown.text(), shown.accessibleName()) == (kind.label, f"Place {kind.label}")
        assert kind.help in shown.toolTip()
        assert not shown.icon().isNull()
        assert shown.focusPolicy() is Qt.FocusPolicy.StrongFocus
        smallest = QFontMetrics(window.theme.font("secondary"))
        assert shown.width() >= smallest.horizontalAdvance(kind.label) + TEXT_PX  # nothing is cut off


def test_that_every_kind_stands_in_a_section_with_a_heading(window: Window) -> None:
    sections = [s for s in window.palette.sections.values() if s.isVisible()]
    titles = ["Places", "Hardware", "Network", "Compute", "Storage", "Services", "Sets"]
    assert [s.head.text() for s in sections] == titles
    for section in sections:
        assert {KINDS[b.kind].section for b in section.buttons} == {section.name}
        assert section.head.accessibleName() == f"Section {section.head.text()}"


@pytest.mark.usefixtures("new_window")
def test_that_a_section_folds_by_mouse_and_key_and_stays_so(window: Window) -> None:
    section = window.palette.sections["network"]
    QTest.mouseClick(section.head, LEFT)
    assert "Router" not in seen(window)
    assert "Region" in seen(window)
    again = Palette(window.session, window.theme, window.settings)
    assert not again.sections["network"].head.isChecked()
    again.deleteLater()
    section.head.setFocus()
    QTest.keyClick(section.head, Key.Key_Space)
    assert "Router" in seen(window)


@pytest.mark.usefixtures("new_window")
def test_that_typing_finds_kinds_and_blueprints_by_title_then_by_what_they_do(window: Window) -> None:
    window.palette.sections["network"].head.click()
    QTest.keyClicks(window.palette.line, "vp")
    assert seen(window) == ["VPC", "VPC, public and private subnets"]  # folded or in another tab, all the same
    window.palette.line.clear()
    QTest.keyClicks(window.palette.line, "range addresses")
    assert seen(window) == ["Subnet"]
    window.palette.line.clear()
    QTest.keyClicks(window.palette.line, "hovercraft")
    assert seen(window) == []
    assert window.palette._nothing.text() == "No item matches “hovercraft”."
    assert window.palette._nothing.isVisible()
    QTest.keyClick(window.palette.line, Key.Key_Escape)
    assert window.palette.line.text() == ""
    assert "Region" in seen(window)


def test_that_enter_in_the_search_places_the_first_that_is_found(window: Window) -> None:
    window.actions["insert.search"].trigger()
    assert QApplication.focusWidget() is window.palette.line
    QTest.keyClicks(window.palette.line, "data c")
    QTest.keyClick(window.palette.line, Key.Key_Return)
    window.session.flush()
    assert [window.session.project.elements[i].kind for i in window.session.selection] == ["data_center"]
    window.actions["insert.search"].trigger()
    QTest.keyClicks(window.palette.line, "data c")
    QTest.keyClick(window.palette.line, Key.Key_Down)
    assert QApplication.focusWidget() is button(window, "data_center")


def test_that_a_compact_palette_shows_icons_only_in_fewer_lines(window: Window) -> None:
    palette = window.palette
    full = palette.content.sizeHint().height()
    palette.set_compact(True)
    QApplication.processEvents()
    assert {b.toolButtonStyle() for b in palette.items()} == {Qt.ToolButtonStyle.ToolButtonIconOnly}
    assert palette.content.sizeHint().height() < full * 0.6
    assert [b.accessibleName() for b in palette.buttons] == [f"Place {KINDS[b.kind].label}" for b in palette.buttons]
    assert all(b.toolTip().startswith(f"{KINDS[b.kind].label}\n") for b in palette.buttons)  # which nothing else names
    palette.set_compact(False)
    QApplication.processEvents()
    assert palette.content.sizeHint().height() == full


def test_that_icons_follow_the_theme(window: Window) -> None:
    def pictures() -> list[Any]:
        return [b.icon().pixmap(16, 16).toImage() for b in window.palette.buttons]

    light = pictures()
    window.theme.set_mode("dark")
    assert all(one != other for one, other in zip(light, pictures(), strict=True))
    window.theme.set_mode("light")
    assert pictures() == light


# -- by keyboard


def test_that_enter_places_in_the_selected_container_and_selects_it(window: Window) -> None:
    session = window.session
    project = session.project
    zone = edit.place_through(project, "zone", ROOT_ID)
    session.flush()
    session.select([zone])
    before, steps = state(project), len(project.history.steps)
    press_enter(window, "host")
    (host,) = session.selection
    assert (project.elements[host].kind, project.elements[host].parent) == ("host", zone)
    assert len(project.history.steps) == steps + 1
    press_enter(window, "vm")
    (vm,) = session.selection
    assert chain(project, vm) == ["vm", "host", "zone", "region", "design"]
    project.undo()
    project.undo()
    assert state(project) == before


def test_that_the_nearest_legal_container_above_takes_it(window: Window) -> None:
    session = window.session
    vm = edit.place_through(session.project, "vm", edit.place_through(session.project, "host", ROOT_ID))
    session.flush()
    session.select([vm])
    press_enter(window, "vm")
    assert session.project.elements[session.selection[0]].parent == session.project.elements[vm].parent
    session.select([vm])
    press_enter(window, "service")
    assert session.project.elements[session.selection[0]].parent == ROOT_ID


def test_that_missing_levels_are_made_where_nothing_is_selected(window: Window) -> None:
    session = window.session
    press_enter(window, "subnet")
    assert chain(session.project, session.selection[0]) == ["subnet", "zone", "region", "design"]
    assert len(session.project.history.steps) == 1
    session.project.undo()
    session.flush()
    assert (list(session.project.elements), session.selection) == ([ROOT_ID], ())


def test_that_what_cannot_stand_in_the_selection_goes_where_it_can_in_one_step(window: Window) -> None:
    session, heard = window.session, []
    session.refused.connect(heard.append)
    service = edit.place(session.project, "service")
    session.flush()
    session.select([service])
    before, steps = state(session.project), len(session.project.history.steps)
    press_enter(window, "zone")
    assert chain(session.project, session.selection[0]) == ["zone", "region", "design"]
    assert (heard, len(session.project.history.steps)) == ([], steps + 1)
    session.project.undo()
    assert state(session.project) == before


def test_that_arrows_walk_through_all_kinds(window: Window) -> None:
    first, *rest = window.palette.buttons
    first.setFocus()
    walked = []
    for _ in range(len(rest) + len(window.palette.sections)):  # headings are walked through, too
        QTest.keyClick(QApplication.focusWidget(), Key.Key_Down)
        walked.append(QApplication.focusWidget())
        if walked[-1] is rest[-1]:
            break
    assert [widget for widget in walked if isinstance(widget, ItemButton)] == rest
    QTest.keyClick(QApplication.focusWidget(), Key.Key_Up)
    assert QApplication.focusWidget() is rest[-2]
    assert list(window.session.project.elements) == [ROOT_ID]


@pytest.mark.usefixtures("new_window")
def test_that_shipped_blueprints_are_made_when_first_shown_and_tab_goes_through_them_in_order(window: Window) -> None:
    shipped = window.palette.sections[SHIPPED]
    assert not shipped.buttons
    window.palette.show_tab(BLUEPRINTS_TAB)
    assert len(shipped.buttons) == len(blueprints())
    shipped.head.setFocus()
    walked = []
    for _ in shipped.buttons:
        window.frame.focusNextChild()
        walked.append(QApplication.focusWidget())
    assert walked == shipped.buttons


# -- by mouse


def test_that_a_click_alone_places_nothing_and_a_double_click_does(window: Window) -> None:
    session = window.session
    QTest.mouseClick(button(window, "region"), LEFT)
    assert list(session.project.elements) == [ROOT_ID]
    QTest.mouseDClick(button(window, "region"), LEFT)
    session.flush()
    assert [session.project.elements[i].kind for i in session.project.children(ROOT_ID)] == ["region"]


@pytest.mark.parametrize("kind", ["region", "vm", "service"])
def test_that_drawing_a_kind_away_drags_it_by_the_name_the_drawing_takes(window: Window, kind: str) -> None:
    # The offscreen platform ends every drag at once; its drops are tested with the drawing, whole drags on a real X.
    source = button(window, kind)
    at = source.rect().center()
    QTest.mousePress(source, LEFT, pos=at)
    assert source.isDown()
    QTest.mouseMove(source, at + QPoint(2, 2))
    assert source.findChildren(QDrag) == []  # a shaking hand is no drag
    QTest.mouseMove(source, at + QPoint(QApplication.startDragDistance() + 2, 0))
    (drag,) = source.findChildren(QDrag)
    assert drag.mimeData().formats() == [KIND_MIME]
    assert bytes(drag.mimeData().data(KIND_MIME).data()).decode() == kind
    assert not drag.pixmap().isNull()
    assert not source.isDown()
    enter = QDragEnterEvent(QPoint(300, 200), Qt.DropAction.CopyAction, drag.mimeData(), LEFT, NO)
    QApplication.sendEvent(window.canvas.view, enter)
    assert enter.isAccepted()
    QTest.mouseRelease(source, LEFT, pos=at)
    assert list(window.session.project.elements) == [ROOT_ID]


# -- blueprints


def drawn_away(source: ItemButton) -> QMimeData:
    """What a drag from a button carries."""
    at = source.rect().center()
    QTest.mousePress(source, LEFT, pos=at)
    QTest.mouseMove(source, at + QPoint(QApplication.startDragDistance() + 2, 0))
    drags = source.findChildren(QDrag)
    QTest.mouseRelease(source, LEFT, pos=at)
    return drags[-1].mimeData()


def hover(window: Window, mime: QMimeData, at: QPoint) -> None:
    """Drag something over a point of the drawing."""
    enter = QDragEnterEvent(at, Qt.DropAction.CopyAction, mime, LEFT, NO)
    QApplication.sendEvent(window.canvas.view, enter)
    assert enter.isAccepted()
    move = QDragMoveEvent(at, Qt.DropAction.CopyAction, mime, LEFT, NO)
    QApplication.sendEvent(window.canvas.view, move)


def drop(window: Window, mime: QMimeData, at: QPoint) -> None:
    """Let it go there."""
    hover(window, mime, at)
    QApplication.sendEvent(window.canvas.view, QDropEvent(QPointF(at), Qt.DropAction.CopyAction, mime, LEFT, NO))
    window.session.flush()


def middle(window: Window, element_id: int) -> QPoint:
    """A point of an element's body in the drawing."""
    view = window.canvas.view
    box = view.to_pixels(view.world.rect(view.world.row_of[element_id]))
    return QPoint(round(box.center().x()), round(box.bottom() - 6))


def test_that_the_second_tab_offers_all_blueprints_with_a_line_on_each(window: Window) -> None:
    QTest.mouseClick(window.palette.tabs["blueprints"], LEFT)
    assert seen(window) == [blueprint.title for blueprint in blueprints().values()]
    for blueprint in blueprints().values():
        shown = entry(window, blueprint.title)
        assert (blueprint.title, blueprint.summary) == tuple(line[0] for line in shown.lines())
        room = shown.width() - TEXT_PX
        assert QFontMetrics(window.theme.font("secondary")).horizontalAdvance(blueprint.summary) <= room
        assert blueprint.teaches in shown.toolTip()
        assert blueprint.first in shown.toolTip()
        assert not shown.icon().isNull()
    QTest.mouseClick(window.palette.tabs["kinds"], LEFT)
    assert "Region" in seen(window)
    assert "Dedicated hosts" not in seen(window)


def test_that_a_dropped_blueprint_is_one_step_selected_in_sight_and_says_what_to_do_first(window: Window) -> None:
    session = window.session
    window.palette.show_tab("blueprints")
    blueprint = blueprints()["three-zone-web-shop"]
    mime = drawn_away(entry(window, blueprint.title))
    assert mime.formats() == [ITEM_MIME]
    drop(window, mime, QPoint(300, 120))
    project = session.project
    assert [step.text for step in project.history.steps] == ["Place Three-zone web shop"]
    assert {project.elements[i].kind for i in session.selection} == {"note", "user_population", "service", "region"}
    assert window.message.last == "Press Run, then fail ap-south-1b."
    assert blueprint.first.startswith(window.message.last)
    view = window.canvas.view
    region = next(i for i in session.selection if project.elements[i].kind == "region")
    assert view.rect().contains(view.to_pixels(view.world.rect(view.world.row_of[region])).center().toPoint())
    project.undo()
    assert list(project.elements) == [ROOT_ID]


def test_that_the_target_of_a_blueprint_lights_up_green_or_red_with_the_reason(window: Window) -> None:
    session, overlay = window.session, window.canvas.view.overlay
    region = edit.place(session.project, "region")
    session.flush()
    window.canvas.view.zoom_to_fit(animated=False)
    window.palette.show_tab("blueprints")
    shop, cluster = (drawn_away(entry(window, t)) for t in ("Three-zone web shop", "ESXi N+1 with two datastores"))
    hover(window, shop, middle(window, region))
    assert (overlay.allowed, overlay.reason) == (False, "Users can only stand on the drawing itself")
    hover(window, shop, QPoint(5, 5))
    assert (overlay.allowed, overlay.reason) == (True, "")
    assert overlay.ghost is not None
    hover(window, cluster, middle(window, region))
    assert (overlay.allowed, overlay.reason) == (True, "Also creates zone here")
    heard: list[str] = []
    session.refused.connect(heard.append)
    before = state(session.project)
    drop(window, shop, middle(window, region))
    assert heard == ["Three-zone web shop was not placed: Users can only stand on the drawing itself."]
    assert state(session.project) == before
    drop(window, cluster, middle(window, region))
    (center,) = session.selection
    assert chain(session.project, center) == ["data_center", "zone", "region", "design"]


def test_that_enter_places_a_blueprint_in_the_nearest_container_that_takes_it(window: Window) -> None:
    session = window.session
    zone = edit.place_through(session.project, "zone", ROOT_ID)
    session.flush()
    session.select([zone])
    window.palette.show_tab("blueprints")
    for title, parent in (
        ("Proxmox cluster with quorum", zone),
        ("Laptop with VirtualBox", zone),
        ("Serverless site", ROOT_ID),
    ):
        entry(window, title).setFocus()
        QTest.keyClick(entry(window, title), Key.Key_Return)
        session.flush()
        assert {session.project.elements[i].parent for i in session.selection} == {parent}
        session.select([zone])


def test_that_what_is_no_item_of_ours_is_not_taken(window: Window) -> None:
    for text in ("", "{", "[]", '{"sort":"preset","kind":"ufo","name":"a","fields":{"x":1},"note":""}',
                 '{"sort":"preset","kind":"host","name":"a","fields":{"cores":-1},"note":""}',
                 '{"sort":"blueprint","title":"a","text":"{}","lesson":""}', '{"sort":"car"}'):  # fmt: skip
        mime = QMimeData()
        mime.setData(ITEM_MIME, text.encode())
        enter = QDragEnterEvent(QPoint(300, 200), Qt.DropAction.CopyAction, mime, LEFT, NO)
        QApplication.sendEvent(window.canvas.view, enter)
        assert not enter.isAccepted()
    assert list(window.session.project.elements) == [ROOT_ID]


def test_that_what_is_said_after_placing_a_blueprint_is_one_short_sentence(window: Window) -> None:
    for blueprint in blueprints().values():
        hint = shipped_item(blueprint).hint
        assert 20 < len(hint) <= 90, hint
        assert hint.endswith(".")
        assert ". " not in hint
    own = own_item(window.session.project, OwnBlueprint("mine", "{}", "Fail one of them. It restarts."))
    assert own.hint == "Fail one of them."
