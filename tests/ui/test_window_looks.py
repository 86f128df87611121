"""The window as it is looked at under real keys: actions and menus, search, zoom and tools, which change no design."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint
from PySide6.QtGui import QGuiApplication, QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QMenu, QMenuBar, QTableWidget
from pytestqt.qtbot import QtBot

from designer.catalog import KINDS
from designer.model.element import id_text
from designer.ui.actions import insert as insert_menu
from designer.ui.actions import table
from designer.ui.shell.window import Window
from tests.ui.test_window import CTRL, LEFT, Key, centre, key

# The offscreen platform says of windows and popups what it cannot do.
pytestmark = pytest.mark.qt_log_ignore("^This plugin does not support")


@pytest.fixture
def window(same_window: Window) -> Window:
    return same_window


@pytest.fixture
def site(same_site: dict[str, int]) -> dict[str, int]:
    return same_site


def test_that_every_action_has_its_own_text_and_its_own_keys(window: Window) -> None:
    plain = {name: action.text() for name, action in window.actions.items()}
    assert all(text.strip() for text in plain.values())
    inside: dict[str, list[str]] = {}
    for row in (*table.ACTIONS, *insert_menu.kind_rows(window.context)):
        inside.setdefault(row.menu, []).append(plain[row.id])
    for menu, texts in inside.items():
        assert len(set(texts)) == len(texts), menu
    keys = [sequence.toString() for action in window.actions.values() for sequence in action.shortcuts()]
    assert len(keys) > 25
    assert len(set(keys)) == len(keys)
    asked = [row.key for row in table.ACTIONS if row.key]
    assert sorted(keys) == sorted(QKeySequence(one).toString() for one in asked)


def test_that_every_action_is_in_its_menu(window: Window) -> None:
    (bar,) = window.frame.findChildren(QMenuBar)
    menus = {action.text().replace("&", ""): action.menu() for action in bar.actions()}
    assert list(menus) == list(table.MENUS)
    letters = [f"Alt+{QKeySequence.mnemonic(action.text()).toString()[-1]}" for action in bar.actions()]
    assert len(set(letters)) == len(letters)
    assert not set(letters) & {row.key for row in table.ACTIONS}
    insert = menus["Insert"]
    assert insert.sizeHint().height() < 500  # kinds stand in the palette's sections, so the menu fits any screen
    for menu in (insert, menus["Arrange"], menus["File"], menus["Run"]):
        menus |= {action.text(): action.menu() for action in menu.actions() if action.menu() is not None}
    assert set(insert_menu.SECTIONS) < set(menus)
    for row in (*table.ACTIONS, *insert_menu.kind_rows(window.context)):
        assert window.actions[row.id] in menus[row.menu].actions()
        assert bool(row.icon) != window.actions[row.id].icon().isNull()
    assert len(list(insert_menu.kind_rows(window.context))) == sum(kind.in_palette for kind in KINDS.values())


def test_that_actions_are_possible_when_they_make_sense(window: Window, site: dict[str, int]) -> None:
    need_one = [
        "edit.cut",
        "edit.copy",
        "edit.duplicate",
        "edit.delete",
        "edit.rename",
        "arrange.hug",
        "view.selection",
    ]

    def possible() -> list[str]:
        return [name for name in need_one if window.actions[name].isEnabled()]

    assert possible() == []
    window.session.select([site["host-1"]])
    assert possible() == need_one
    window.session.select([site["host-1"], site["zone-2"]])
    assert possible() == [name for name in need_one if name != "edit.rename"]
    assert not window.actions["run.fail"].isEnabled()
    assert not window.actions["run.stop"].isEnabled()


def test_that_select_all_takes_the_container_s_and_again_everything(window: Window, site: dict[str, int]) -> None:
    key(window, Key.Key_A, CTRL)
    assert window.session.selection == (site["region-1"],)
    window.session.select([site["vm-2"]])
    key(window, Key.Key_A, CTRL)
    assert window.session.selection == tuple(site[name] for name in ("vm-1", "vm-2", "vm-3"))
    key(window, Key.Key_A, CTRL)
    assert set(window.session.selection) == set(site.values())


def test_that_zoom_actions_zoom(qtbot: QtBot, window: Window, site: dict[str, int]) -> None:
    view = window.canvas.view

    def settled() -> float:
        qtbot.waitUntil(lambda: not view.animations)
        return view.scale_now

    fit = view.scale_now
    key(window, Key.Key_1, CTRL)
    assert settled() == pytest.approx(1.0)
    key(window, Key.Key_Plus, CTRL)
    assert settled() == pytest.approx(1.25)
    key(window, Key.Key_Minus, CTRL)
    assert settled() == pytest.approx(1.0)
    window.session.select([site["host-1"]])
    key(window, Key.Key_2, CTRL)
    assert settled() > 1.5
    assert view.rect().contains(centre(window, site["host-1"]))
    key(window, Key.Key_0, CTRL)
    assert settled() == pytest.approx(fit)


def test_that_the_context_menu_offers_what_fits(window: Window, site: dict[str, int]) -> None:
    def offered(element_id: int | None) -> list[str]:
        window.canvas.context_menu_requested.emit(QPoint(300, 300), element_id)
        menu = QApplication.activePopupWidget()
        assert isinstance(menu, QMenu)
        found = [action.objectName() or (action.menu() and action.menu().objectName()) for action in menu.actions()]
        while (menu := QApplication.activePopupWidget()) is not None:
            menu.close()
        return found

    assert "edit.delete" not in offered(None)
    QGuiApplication.clipboard().clear()
    assert "edit.paste" not in offered(None)
    window.session.select([site["host-1"]])
    window.actions["edit.copy"].trigger()
    assert {"edit.paste", "view.fit", "run.run"} <= set(offered(None))
    assert {"edit.rename", "edit.copy", "edit.delete"} <= set(offered(site["host-1"]))
    assert "run.fail" not in offered(site["host-1"])  # there is no run
    assert "insert.many" in offered(site["host-1"])
    assert None in offered(site["host-1"])[1:-1]  # sections
    assert None not in (offered(site["host-1"])[0], offered(site["host-1"])[-1])


def test_that_the_outline_has_the_menu_of_the_drawing(window: Window, site: dict[str, int]) -> None:
    tree, model = window.outline.tree, window.outline.model
    index = model.index_of(site["host-1"])
    tree.scrollTo(index)
    window.session.select([site["host-1"]])
    tree.customContextMenuRequested.emit(tree.visualRect(index).center())
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    assert {"edit.rename", "edit.delete"} <= {action.objectName() for action in menu.actions()}
    menu.close()


def test_that_menus_are_not_higher_than_a_small_screen(window: Window, site: dict[str, int]) -> None:
    window.session.select([site["zone-1"]])
    menus = [*window.menus.titled.values()]
    menus += [action.menu() for menu in menus for action in menu.actions() if action.menu() is not None]
    window.canvas.context_menu_requested.emit(QPoint(300, 300), site["zone-1"])
    popup = QApplication.activePopupWidget()
    assert isinstance(popup, QMenu)
    menus += [popup, *(action.menu() for action in popup.actions() if action.menu() is not None)]
    assert max(menu.sizeHint().height() for menu in menus) <= 640
    popup.close()


NOTHING = "No matches."


def found(window: Window) -> list[str]:
    return [window.search.list.item(n).text().split("    ")[0] for n in range(window.search.list.count())]


def test_that_the_search_finds_an_object_selects_and_shows_it(
    qtbot: QtBot, window: Window, site: dict[str, int]
) -> None:
    view = window.canvas.view
    view.zoom_by(4.0)
    view.scroll_by(9000, 0)
    key(window, Key.Key_F, CTRL)
    assert window.search.isVisible()
    assert window.search.line.hasFocus()
    QTest.keyClicks(window.search.line, "vm-2")
    assert found(window)[0] == "vm-2"
    key(window, Key.Key_Return)
    assert not window.search.isVisible()
    assert window.session.selection == (site["vm-2"],)
    qtbot.waitUntil(lambda: view.rect().contains(centre(window, site["vm-2"])))


def test_that_the_search_runs_a_command(qtbot: QtBot, window: Window, site: dict[str, int]) -> None:
    view = window.canvas.view
    assert view.scale_now != pytest.approx(1.0)
    key(window, Key.Key_K, CTRL)
    QTest.keyClicks(window.search.line, "vm-2")
    assert found(window) == ["vm-2"]  # as the button and the hints promise, it finds objects, too
    window.search.line.setText(">vm-2")
    assert found(window) == [NOTHING]
    window.search.line.clear()
    QTest.keyClicks(window.search.line, "100 zoom")
    assert found(window) == ["Zoom to 100%"]
    key(window, Key.Key_Return)
    qtbot.waitUntil(lambda: not view.animations)
    assert view.scale_now == pytest.approx(1.0)


def test_that_the_search_knows_kinds_ids_and_nothing(window: Window, site: dict[str, int]) -> None:
    key(window, Key.Key_F, CTRL)
    QTest.keyClicks(window.search.line, "kind:vm")
    assert found(window)[:4] == ["Select all 3", "vm-1", "vm-2", "vm-3"]
    window.search.line.setText(id_text(site["host-1"]))
    assert found(window)[0] == "host-1"
    window.search.line.setText("nothing like it")
    assert found(window) == [NOTHING]
    key(window, Key.Key_Return)  # chooses nothing
    assert window.search.isVisible()


def test_that_arrows_choose_among_what_was_found(window: Window, site: dict[str, int]) -> None:
    key(window, Key.Key_F, CTRL)
    QTest.keyClicks(window.search.line, "vm-")
    for what in (Key.Key_Down, Key.Key_Down, Key.Key_Up):
        key(window, what)
    key(window, Key.Key_Return)
    assert window.session.selection == (site["vm-2"],)


def test_that_a_click_on_what_was_found_chooses_it(window: Window, site: dict[str, int]) -> None:
    key(window, Key.Key_F, CTRL)
    QTest.keyClicks(window.search.line, "vm-3")
    listed = window.search.list
    QTest.mouseClick(listed.viewport(), LEFT, pos=listed.visualItemRect(listed.item(0)).center())
    assert window.session.selection == (site["vm-3"],)
    assert not window.search.isVisible()


def test_that_a_command_that_is_not_possible_is_not_offered(window: Window, site: dict[str, int]) -> None:
    key(window, Key.Key_K, CTRL)
    QTest.keyClicks(window.search.line, "duplicate")
    assert found(window) == [NOTHING]
    key(window, Key.Key_Escape)
    window.session.select([site["vm-1"]])
    key(window, Key.Key_K, CTRL)
    QTest.keyClicks(window.search.line, "duplicate")
    assert found(window) == ["Duplicate"]


@pytest.mark.parametrize("where", ["canvas", "tree"])
def test_that_escape_closes_the_search_and_the_keys_go_where_they_went(
    window: Window, site: dict[str, int], where: str
) -> None:
    window.session.select([site["vm-1"]])
    before = window.canvas.view if where == "canvas" else window.outline.tree
    before.setFocus()
    key(window, Key.Key_F, CTRL)
    QTest.keyClicks(window.search.line, "zone")
    key(window, Key.Key_Escape)
    assert not window.search.isVisible()
    assert QApplication.focusWidget() is before
    assert window.session.selection == (site["vm-1"],)


def test_that_the_search_button_and_leaving_work(window: Window, site: dict[str, int]) -> None:
    QTest.mouseClick(window.menus.search_button, LEFT)
    assert window.search.isVisible()
    assert window.search.line.hasFocus()
    window.canvas.view.setFocus()
    assert not window.search.isVisible()


def test_that_the_search_closes_when_the_focus_leaves_while_the_mouse_rests_on_its_list(
    window: Window, site: dict[str, int]
) -> None:
    QTest.mouseClick(window.menus.search_button, LEFT)
    QTest.keyClicks(window.search.line, "zone")
    QTest.mouseMove(window.search.list.viewport())
    QApplication.processEvents()
    window.canvas.view.setFocus()
    assert not window.search.isVisible()


def test_that_the_tools_change_what_the_mouse_does(window: Window, site: dict[str, int]) -> None:
    hand, select = window.strip.tools["hand"], window.strip.tools["select"]
    assert (select.isChecked(), hand.isChecked()) == (True, False)
    QTest.mouseClick(hand, LEFT)
    assert (select.isChecked(), hand.isChecked(), window.canvas.view.tool) == (False, True, "hand")
    QTest.mouseClick(window.canvas.view, LEFT, pos=centre(window, site["zone-2"]))
    assert window.session.selection == ()
    QTest.mouseClick(select, LEFT)
    QTest.mouseClick(window.canvas.view, LEFT, pos=centre(window, site["zone-2"]))
    assert window.session.selection == (site["zone-2"],)


def test_that_letters_choose_the_tool_and_escape_leaves_it(window: Window, site: dict[str, int]) -> None:
    for letter, name in ((Key.Key_C, "connect"), (Key.Key_H, "hand"), (Key.Key_V, "select"), (Key.Key_C, "connect")):
        key(window, letter)
        assert window.canvas.view.tool == name
        assert [n for n, button in window.strip.tools.items() if button.isChecked()] == [name]
    key(window, Key.Key_Escape)
    assert window.canvas.view.tool == "select"


def test_that_f1_lists_every_key(window: Window) -> None:
    key(window, Key.Key_F1)
    dialog = QApplication.activeModalWidget()
    assert isinstance(dialog, QDialog)
    (table,) = dialog.findChildren(QTableWidget)
    listed = {table.item(row, 1).text() for row in range(table.rowCount())}
    assert {action.shortcut().toString() for action in window.actions.values()} - {""} <= listed
    QTest.keyClick(dialog, Key.Key_Escape)
    assert not dialog.isVisible()


def test_that_edges_line_up_from_search_to_status_bar(window: Window) -> None:
    window.frame.resize(1440, 900)
    QApplication.processEvents()
    frame, search = window.frame, window.menus.search_button
    middle = search.mapTo(frame, search.rect().center()).x()
    assert abs(middle - frame.width() // 2) <= 1
    window.search.open("")
    assert abs(window.search.geometry().center().x() - middle) <= 1
    window.search.close_box()
    line, advice = window.run_bar.line, window.status.advice
    assert advice.mapTo(frame, QPoint(0, 0)).x() == line.mapTo(frame, QPoint(round(line.x_of(0.0)), 0)).x()
