"""Presets and blueprints of one's own in the window: saved, offered in form and palette, dragged, managed, reset."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QPoint, QRectF, Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QInputDialog, QLineEdit, QMenu, QMessageBox, QProgressDialog
from pytestqt.qtbot import QtBot

from designer.catalog.presets.own import OwnPreset
from designer.commands import edit, presets
from designer.model.element import ROOT_ID
from designer.model.project import Project
from designer.settings import Settings
from designer.store.exchange.library import Library
from designer.study.engine_process import EngineHost
from designer.ui.actions import table
from designer.ui.form.editors import PresetEditor
from designer.ui.parts.theme import Theme
from designer.ui.presets.saving import OwnDialog, SavePresetDialog
from designer.ui.shell.frame import MainFrame
from designer.ui.shell.session import Session
from designer.ui.shell.window import Window
from designer.ui.side.palette import DESIGN_PRESETS, LIBRARY_BLUEPRINTS, LIBRARY_PRESETS, ItemButton
from tests.ui.test_palette import drawn_away, drop, entry, middle, seen, state

pytestmark = pytest.mark.qt_log_ignore("^This plugin does not support")
Key = Qt.Key


@pytest.fixture
def window(qtbot: QtBot, project: Project, theme: Theme, tmp_path: Path) -> Iterator[Window]:
    settings = Settings(tmp_path / "settings.json")
    session = Session(project, library=Library(tmp_path / "library.json"))
    frame = MainFrame(theme, settings)
    made = Window(frame, session, theme, settings, EngineHost())
    qtbot.addWidget(frame, before_close_func=lambda closed: setattr(closed, "may_close", lambda: True))
    frame.resize(1440, 900)
    with qtbot.waitExposed(frame):
        frame.show()
    frame.activateWindow()
    qtbot.waitUntil(frame.isActiveWindow)
    yield made
    made.control.close()


@pytest.fixture
def host(window: Window) -> int:
    """A configured host in a zone, selected."""
    zone = edit.place_through(window.session.project, "zone", ROOT_ID)
    made = edit.place(window.session.project, "host", zone, name="db", cores=24)
    window.session.flush()
    window.session.select([made])
    return made


def dialog(window: Window, kind: type[Any]) -> Any:
    """The open dialog of a kind."""
    return next(found for found in window.frame.findChildren(kind) if found.isVisible())


def save(window: Window, action: str, name: str, where: str, note: str = "") -> SavePresetDialog:
    """Save what is selected under a name, by the menu's action and the dialog."""
    window.actions[action].trigger()
    asked: SavePresetDialog = dialog(window, SavePresetDialog)
    asked.name.setText(name)
    asked.where.setCurrentIndex(asked.where.findData(where))
    asked.note.setPlainText(note)
    QTest.keyClick(asked.name, Key.Key_Return)
    window.session.flush()
    QApplication.processEvents()
    return asked


def answer(act: Callable[[QDialog], None]) -> None:
    """Do something with the dialog that opens next."""

    def look() -> None:
        opened = QApplication.activeModalWidget()
        if isinstance(opened, QDialog) and not isinstance(opened, QProgressDialog):
            act(opened)
        else:
            QTimer.singleShot(10, look)

    QTimer.singleShot(0, look)


def type_name(name: str) -> Callable[[QDialog], None]:
    """Type a name into the dialog that asks for one."""

    def act(opened: QDialog) -> None:
        assert isinstance(opened, QInputDialog)
        opened.findChild(QLineEdit).setText(name)
        opened.accept()

    return act


# -- saving


@pytest.mark.parametrize(("where", "section"), [("design", DESIGN_PRESETS), ("library", LIBRARY_PRESETS)])
def test_that_a_configured_element_is_saved_as_a_preset_and_offered(
    window: Window, host: int, where: str, section: str
) -> None:
    save(window, "edit.save_preset", "Database host", where, "for databases")
    session = window.session
    (own,) = session.own_presets("host")
    assert (own.name, own.where, own.fields["cores"], own.note) == ("Database host", where, 24, "for databases")
    assert [b.item.title for b in window.palette.sections[section].buttons] == ["Database host"]
    assert "Database host" in seen(window)
    assert session.project.elements[host].preset == "Database host"
    assert len(session.project.history.steps) == 3
    assert "Find it in the palette" in window.message.last


def test_that_a_taken_or_empty_name_is_said_in_the_dialog_and_nothing_is_done(window: Window, host: int) -> None:
    save(window, "edit.save_preset", "Big", "design")
    before = state(window.session.project)
    for name, sentence in (("Big", "already has a preset “Big” for hosts"), (" ", "at least one letter")):
        asked = save(window, "edit.save_preset", name, "design")
        assert asked.isVisible()
        assert sentence in asked.said.text()
        asked.reject()
        QApplication.sendPostedEvents(None, 0)
    assert state(window.session.project) == before


def test_that_undo_takes_a_preset_back_and_the_palette_follows(window: Window, host: int) -> None:
    save(window, "edit.save_preset", "Big", "design")
    window.actions["edit.undo"].trigger()
    window.session.flush()
    assert window.session.own_presets() == []
    assert window.palette.sections[DESIGN_PRESETS].buttons == []
    window.actions["edit.redo"].trigger()
    window.session.flush()
    assert "Big" in seen(window)


# -- using


def test_that_a_preset_is_dragged_like_a_kind(window: Window, host: int) -> None:
    save(window, "edit.save_preset", "Big", "library", "kept")
    project = window.session.project
    zone = project.elements[host].parent
    window.canvas.view.zoom_to_fit(animated=False)
    drop(window, drawn_away(entry(window, "Big")), middle(window, zone))
    (made,) = window.session.selection
    found = project.elements[made]
    assert (found.kind, found.parent, found.cores, found.preset, found.note) == ("host", zone, 24, "Big", "kept")
    window.session.select([zone])
    entry(window, "Big").setFocus()
    QTest.keyClick(entry(window, "Big"), Key.Key_Return)
    assert project.elements[window.session.selection[0]].preset == "Big"


def test_that_the_form_offers_both_places_marked_and_fills_in_one_step(window: Window, host: int) -> None:
    save(window, "edit.save_preset", "Big", "design")
    window.session.library.put(OwnPreset("host", "Small", {"cores": 2}))
    window.session.library_changed.emit()
    project = window.session.project
    form = window.form.form
    model = form.rows["model"].editor
    assert isinstance(model, PresetEditor)
    offered = [model.itemText(n) for n in range(model.count())]
    assert offered[-2:] == ["Big · this design", "Small · my library"]
    assert "64-core, 256 GiB" in offered
    assert [form.own.list.itemText(n) for n in range(3)] == ["None", *offered[-2:]]
    assert form.own.list.currentText() == "Big · this design"
    steps = len(project.history.steps)
    model.setCurrentIndex(model.count() - 1)
    model.activated.emit(model.count() - 1)
    window.session.flush()
    assert (project.elements[host].cores, project.elements[host].preset) == (2, "Small")
    assert len(project.history.steps) == steps + 1
    form.own.list.activated.emit(1)
    window.session.flush()
    assert (project.elements[host].cores, project.elements[host].preset) == (24, "Big")


def test_that_an_element_is_reset_to_its_preset_by_menu_and_in_the_form(window: Window, host: int) -> None:
    save(window, "edit.save_preset", "Big", "library")
    project = window.session.project
    line = window.form.form.own
    assert not line.reset.isVisible()
    edit.change(project, [host], {"cores": 3})
    window.session.flush()
    assert line.reset.isVisible()
    line.reset.click()
    assert project.elements[host].cores == 24
    edit.change(project, [host], {"cores": 3})
    window.actions["edit.reset_preset"].trigger()
    assert project.elements[host].cores == 24
    zone = project.elements[host].parent
    window.session.select([zone])
    window.actions["edit.reset_preset"].trigger()
    assert "No selected element was made from an available preset" in window.message.last


def test_that_a_preset_that_is_gone_is_named_in_the_form(window: Window, host: int) -> None:
    presets.remember(window.session.project, [host], "Lost")
    window.session.flush()
    assert window.form.form.own.list.currentText() == "Lost (neither here nor in your library)"
    window.form.form.own.list.activated.emit(0)
    window.session.flush()
    assert window.session.project.elements[host].preset == ""
    assert not window.form.form._own_section.isVisible()


# -- managing


def palette_key(window: Window, title: str, key: Key) -> None:
    button: ItemButton = entry(window, title)
    button.setFocus()
    QTest.keyClick(button, key)
    window.session.flush()


def test_that_f2_and_del_rename_and_delete_in_the_palette(window: Window, host: int) -> None:
    save(window, "edit.save_preset", "Big", "design")
    answer(type_name("Huge"))
    palette_key(window, "Big", Key.Key_F2)
    assert [own.name for own in window.session.own_presets()] == ["Huge"]
    assert window.session.project.elements[host].preset == "Huge"
    palette_key(window, "Huge", Key.Key_Delete)
    assert window.session.own_presets() == []
    palette_key(window, "Region", Key.Key_Delete)  # what is shipped stays
    assert "Region" in seen(window)


def test_that_deleting_from_the_library_is_asked(window: Window, host: int) -> None:
    save(window, "edit.save_preset", "Big", "library")

    def press(title: str) -> Callable[[QDialog], None]:
        def act(opened: QDialog) -> None:
            assert isinstance(opened, QMessageBox)
            assert "deleted from your library for all designs" in opened.text()
            next(b for b in opened.buttons() if b.text().replace("&", "") == title).click()

        return act

    answer(press("Cancel"))
    palette_key(window, "Big", Key.Key_Delete)
    assert len(window.session.own_presets()) == 1
    answer(press("Delete"))
    palette_key(window, "Big", Key.Key_Delete)
    assert window.session.own_presets() == []


def test_that_the_context_menu_copies_to_the_other_place_and_updates_from_the_selection(
    window: Window, host: int
) -> None:
    save(window, "edit.save_preset", "Big", "design")

    def choose(title: str, text: str) -> None:
        button = next(
            b for b in window.palette.items() if b.item.title == "Big" and title in window.palette.sections
            and b in window.palette.sections[title].buttons
        )  # fmt: skip
        window.palette.menu_requested.emit(button.item, QPoint(10, 10))
        menu = next(m for m in window.frame.findChildren(QMenu) if m.isVisible())
        next(a for a in menu.actions() if a.text() == text).trigger()
        menu.close()
        window.session.flush()

    choose(DESIGN_PRESETS, "Copy to My Library")
    assert [own.where for own in window.session.own_presets()] == ["design", "library"]
    edit.change(window.session.project, [host], {"cores": 5})
    choose(LIBRARY_PRESETS, "Update from Selection")
    assert [own.fields["cores"] for own in window.session.own_presets()] == [24, 5]
    choose(DESIGN_PRESETS, "Update from Selection")
    assert [own.fields["cores"] for own in window.session.own_presets()] == [5, 5]
    choose(LIBRARY_PRESETS, "Copy to This Design")
    assert "already has a preset “Big”" in window.message.last


def test_that_the_dialog_lists_all_and_does_what_its_buttons_say(window: Window, host: int) -> None:
    window.actions["edit.own"].trigger()
    shown: OwnDialog = dialog(window, OwnDialog)
    assert shown.empty.isVisible()
    assert not shown.table.isVisible()
    shown.accept()
    save(window, "edit.save_preset", "Big", "design")
    save(window, "edit.save_blueprint", "One host", "library", "How it stands.")
    window.actions["edit.own"].trigger()
    shown = dialog(window, OwnDialog)
    cells = [[shown.table.item(n, column).text() for column in range(4)] for n in range(shown.table.rowCount())]
    assert cells == [
        ["Big", "Preset, Host", "This design", "1 here"],
        ["One host", "Blueprint", "My library", ""],
    ]
    shown.table.selectRow(1)
    assert shown.buttons["Copy to My Library"].text() == "Copy to This Design"
    shown.buttons["Copy to My Library"].click()
    assert shown.table.rowCount() == 3
    shown.table.selectRow(0)
    shown.buttons["Delete"].click()
    assert shown.table.rowCount() == 2
    window.session.select([])
    shown.buttons["Update from Selection"].click()
    assert "Select one or more elements for the blueprint first" in shown.said.text()
    shown.accept()


# -- blueprints of one's own


def test_that_a_part_of_the_drawing_is_a_blueprint_in_the_palette_of_every_design(window: Window, host: int) -> None:
    project = window.session.project
    edit.place(project, "vm", host)
    save(window, "edit.save_blueprint", "Host with VM", "library", "How it stands.\nMore.")
    window.palette.show_tab("blueprints")
    (button,) = window.palette.sections[LIBRARY_BLUEPRINTS].buttons
    assert [line[0] for line in button.lines()] == ["Host with VM", "How it stands."]
    project.replace([])
    drop(window, drawn_away(button), QPoint(300, 200))
    assert [e.kind for e in project.elements.values()] == ["design", "host", "vm"]
    assert window.message.last == "How it stands.\nMore."
    assert {project.elements[i].name for i in window.session.selection} == {"db"}


def test_that_a_new_design_begins_with_a_blueprint_and_has_its_name(window: Window) -> None:
    window.actions["new.laptop-virtualbox"].trigger()
    project = window.session.project
    assert project.root.name == "Laptop with VirtualBox"
    assert len(project.of_kind("vm")) == 3
    assert not window.session.modified  # it is changed when something in it is
    assert project.history.steps == []
    view = window.canvas.view
    assert QRectF(view.rect()).contains(view.to_pixels(view.world.bounds()))
    edit.rename(project, project.of_kind("vm")[0].id, "first")
    window.session.flush()
    assert window.session.modified
    project.undo()
    assert not window.session.modified
    window.actions["blueprint.serverless-site"].trigger()
    assert len(project.of_kind("function")) == 1
    assert window.search._commands("new serverless")[0][1].text == "New from Serverless site"


def test_that_every_deed_has_a_key_or_a_menu_and_no_two_the_same_key() -> None:
    keys = [row.key for row in table.ACTIONS if row.key]
    assert len(keys) == len(set(keys))
    offered = {name for section in table.ON_ELEMENT for name in section}
    assert {"edit.save_preset", "edit.save_blueprint", "edit.reset_preset"} <= offered


def test_that_a_damaged_library_is_told_once(window: Window, qtbot: QtBot) -> None:
    window.session.library.path.write_text("{", "utf-8")
    heard: list[str] = []
    window.session.told.connect(heard.append)
    for _ in range(2):
        window.session.library_changed.emit()
    assert len(heard) == 1
    assert "could not be read. It was renamed to" in heard[0]
