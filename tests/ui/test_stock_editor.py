"""The form of what the provider has in a zone: a line an instance type; the project first, the widget second."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from designer.commands import edit
from designer.model.project import Project
from designer.ui.form.panel import Form
from designer.ui.form.stock_editor import StockEditor
from designer.ui.parts.theme import Theme
from designer.ui.shell.session import Session

# The offscreen platform says of windows and popups what it cannot do.
pytestmark = pytest.mark.qt_log_ignore("^This plugin does not support")


@pytest.fixture
def zones(project: Project) -> list[int]:
    region = edit.place(project, "region")
    return [edit.place(project, "zone", region) for _ in range(2)]


@pytest.fixture
def form(qtbot: QtBot, session: Session, theme: Theme) -> Form:
    made = Form(session, theme)
    qtbot.addWidget(made)
    made.resize(300, 700)
    with qtbot.waitExposed(made):
        made.show()
    return made


def editor_of(form: Form, *ids: int) -> StockEditor:
    form.session.flush()
    form.session.select(ids)
    assert form.form is not None
    found = form.form.rows["capacity"].editor
    assert isinstance(found, StockEditor)
    return found


def capacity(project: Project, zone: int) -> str:
    text: str = project.elements[zone].__dict__["capacity"]
    return text


def write(editor: StockEditor, n: int, name: str | None = None, count: str | None = None) -> None:
    """Type into a line and leave it by Enter."""
    for field, text in ((editor.lines[n].name, name), (editor.lines[n].count, count)):
        if text is not None:
            field.selectAll()
            QTest.keyClicks(field, text)
            QTest.keyClick(field, Qt.Key.Key_Return)


def shown(editor: StockEditor) -> list[tuple[str, str]]:
    return [(line.name.text(), line.count.text()) for line in editor.lines]


def test_that_lines_are_added_typed_and_removed(form: Form, project: Project, zones: list[int]) -> None:
    editor = editor_of(form, zones[0])
    assert shown(editor) == []
    assert editor.add.isVisible()
    editor.add.click()
    assert (capacity(project, zones[0]), shown(editor)) == ("", [("", "1")])
    write(editor, 0, "m5.large", "12")
    assert capacity(project, zones[0]) == "m5.large=12"
    editor.add.click()
    write(editor, 1, "t3.micro", "4")
    assert capacity(project, zones[0]) == "m5.large=12, t3.micro=4"
    editor.lines[0].remove.click()
    assert capacity(project, zones[0]) == "t3.micro=4"
    assert shown(editor) == [("t3.micro", "4")]


def test_that_undo_and_other_zones_show_what_they_have(form: Form, project: Project, zones: list[int]) -> None:
    edit.change(project, [zones[0]], {"capacity": "m5.large=2"})
    editor = editor_of(form, zones[0])
    assert shown(editor) == [("m5.large", "2")]
    write(editor, 0, count="3")
    project.undo()
    form.session.flush()
    assert shown(editor) == [("m5.large", "2")]
    assert shown(editor_of(form, zones[1])) == []


@pytest.mark.parametrize(("name", "count"), [("m5.huge", "1"), ("m5.large", "many"), ("m5.large", "-1")])
def test_that_what_has_no_meaning_is_said_below_and_changes_nothing(
    form: Form, project: Project, zones: list[int], name: str, count: str
) -> None:
    editor = editor_of(form, zones[0])
    editor.add.click()
    write(editor, 0, name, count)
    assert form.form is not None
    below = form.form.rows["capacity"].below
    assert capacity(project, zones[0]) in ("", "m5.large=1")  # the count was wrong, not the type before it
    assert below.isVisible()
    assert below.property("wrong")
    assert below.text()


def test_that_zones_with_other_capacity_are_mixed_and_a_line_is_for_all(
    form: Form, project: Project, zones: list[int]
) -> None:
    edit.change(project, [zones[0]], {"capacity": "m5.large=2"})
    editor = editor_of(form, *zones)
    assert (shown(editor), editor.add.text()) == ([], "mixed")
    editor.add.click()
    write(editor, 0, "c5.large", "7")
    assert [capacity(project, zone) for zone in zones] == ["c5.large=7"] * 2
    assert editor.add.text() == "Add Type"
