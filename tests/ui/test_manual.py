"""The manual says of every kind what it is, where it stands and what it does, and of every concept where it is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QImage, QTextDocument
from PySide6.QtWidgets import QTableWidget, QWidget
from pytestqt.qtbot import QtBot

from designer.assets import asset
from designer.catalog.presets.blueprints import blueprints
from designer.catalog.presets.manual import CONCEPT_HEAD, KIND_HEAD
from designer.ui.manual.dialog import BLUEPRINT_HEAD, ManualDialog, blueprint_rows, concepts_of, rows_of
from designer.ui.manual.pictures import shown_pictures


@pytest.fixture
def dialog(qtbot: QtBot, project: Any, theme: Any) -> Iterator[ManualDialog]:
    parent = QWidget()
    qtbot.addWidget(parent)
    made = ManualDialog(project, theme, parent)
    made.open()
    yield made
    parent.deleteLater()


def texts_of(table: QTableWidget) -> list[tuple[str, ...]]:
    cells = [[table.item(n, column) for column in range(table.columnCount())] for n in range(table.rowCount())]
    return [tuple(item.text() if item is not None else "" for item in row) for row in cells]


def test_that_it_shows_every_kind_and_every_concept_with_an_icon(dialog: ManualDialog, project: Any) -> None:
    for table, rows, head in (
        (dialog.table, rows_of(project), KIND_HEAD),
        (dialog.concepts, concepts_of(project), CONCEPT_HEAD),
        (dialog.blueprints, blueprint_rows(), BLUEPRINT_HEAD),
    ):
        assert texts_of(table) == [texts for _, texts in rows]
        titles = [table.horizontalHeaderItem(n) for n in range(table.columnCount())]
        assert [title.text() if title is not None else "" for title in titles] == list(head)
        first = [table.item(n, 0) for n in range(table.rowCount())]
        assert not [item for item in first if item is None or item.icon().isNull()]


@pytest.mark.parametrize("word", ["host", "BOOT vm", "nothing of that kind"])
def test_that_it_can_be_searched(qtbot: QtBot, dialog: ManualDialog, word: str) -> None:
    qtbot.keyClicks(dialog.line, word)
    for number, table in enumerate(dialog.tables):
        found = [n for n in range(table.rowCount()) if not table.isRowHidden(n)]
        texts = [" ".join(row).lower() for row in texts_of(table)]
        assert found == [n for n, text in enumerate(texts) if all(w in text for w in word.lower().split())]
        assert (len(found) == 0) is word.startswith("nothing")
        assert dialog.tabs.tabText(number).endswith(f"  {len(found)}")


def test_that_in_a_narrow_window_the_longest_texts_keep_their_share(dialog: ManualDialog) -> None:
    dialog.resize(1000, 600)
    for table, column in ((dialog.table, 3), (dialog.blueprints, 2)):
        dialog.tabs.setCurrentWidget(table)
        header = table.horizontalHeader()
        assert header.sectionSize(column) == max(header.sectionSize(n) for n in range(table.columnCount()))
        assert header.length() <= table.viewport().width()


def test_that_a_search_turns_to_the_table_that_has_something(qtbot: QtBot, dialog: ManualDialog) -> None:
    qtbot.keyClicks(dialog.line, "isolation steal")
    assert dialog.tabs.currentWidget() is dialog.concepts
    dialog.line.clear()
    assert [dialog.tabs.tabText(n) for n in range(4)] == ["Kinds", "Concepts", "Blueprints", "Pictures"]


def test_that_it_says_of_every_blueprint_what_it_teaches(qtbot: QtBot, dialog: ManualDialog) -> None:
    assert [texts[0] for _, texts in blueprint_rows()] == [blueprint.title for blueprint in blueprints().values()]
    assert all(text for _, texts in blueprint_rows() for text in texts)
    qtbot.keyClicks(dialog.line, "type 2 hypervisor gets")
    assert dialog.tabs.currentWidget() is dialog.blueprints


def test_that_twelve_states_two_pages_and_a_report_are_shown_whole_each_with_its_sentence(dialog: ManualDialog) -> None:
    page = dialog.pictures
    dialog.tabs.setCurrentWidget(page)
    assert page.list.count() == len(shown_pictures()) == 15
    said = set()
    for row in range(15):
        page.list.setCurrentRow(row)
        place = page.picture.place()
        assert place.width() > 300
        assert page.picture.rect().contains(place)
        said.add(page.said.text())
    assert len(said) == 15
    assert all(len(text) > 40 for text in said)


def test_that_a_search_finds_pictures_too(qtbot: QtBot, dialog: ManualDialog) -> None:
    qtbot.keyClicks(dialog.line, "steal minimap")
    assert dialog.tabs.currentWidget() is dialog.pictures
    shown = [row for row in range(15) if not dialog.pictures.list.item(row).isHidden()]
    assert [shown_pictures()[row].name for row in shown] == ["close-up"]
    assert dialog.pictures.list.currentRow() == shown[0]


def test_that_manual_readme_and_folder_have_the_same_pictures() -> None:
    names = {one.name for one in shown_pictures()}
    assert {path.stem for path in asset("help/pictures").glob("*.png")} == names
    readme = (Path(__file__).parents[2] / "README.md").read_text("utf-8")
    assert {name for name in names if f"help/pictures/{name}.png" not in readme} == set()


def test_that_outages_are_told_beside_their_runs_and_that_their_designs_can_be_opened(
    qtbot: QtBot, dialog: ManualDialog
) -> None:
    page, chosen = dialog.outages, []
    dialog.outage_chosen.connect(chosen.append)
    dialog.tabs.setCurrentWidget(page)
    qtbot.keyClicks(dialog.line, "strasbourg")
    assert [page.list.item(n).text() for n in range(page.list.count()) if not page.list.item(n).isHidden()] == [
        "OVHcloud, 2021-03-09"
    ]
    text = page.text.toPlainText()
    assert "4 buildings on one site" in text and "3 of 3 answers hit" in text and "Given to the run" in text
    picture = page.text.loadResource(QTextDocument.ResourceType.ImageResource.value, QUrl("plot:0"))
    assert isinstance(picture, QImage) and len({picture.pixel(x, picture.height() // 2) for x in range(600)}) > 2
    assert page.text.loadResource(QTextDocument.ResourceType.ImageResource.value, QUrl("file:///etc/hosts")) is None
    qtbot.keyClick(dialog.line, Qt.Key.Key_Return)
    assert chosen == []
    page.open.click()
    assert chosen == ["ovh-2021-03-10-strasbourg"] and not dialog.isVisible()
