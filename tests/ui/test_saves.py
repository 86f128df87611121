"""Earlier saves as a user handles them: what each changed, labels, a copy, the comparison, the way back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QInputDialog, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from designer.catalog import KINDS, LINKS
from designer.commands import edit
from designer.model.project import Project
from designer.settings import Settings
from designer.store.file import project_file
from designer.store.history import backups
from designer.ui.files.compare_window import CompareWindow
from designer.ui.files.files import Files
from designer.ui.files.saves_dialog import DID, NOTHING, SINCE, SavesDialog
from designer.ui.parts.background import InTurn
from designer.ui.parts.theme import Theme
from designer.ui.shell.session import Session
from tests.store.designs import content
from tests.ui.test_compare import site
from tests.ui.test_window import Asked

pytestmark = pytest.mark.qt_log_ignore("^This plugin does not support")
LEFT, Key = Qt.MouseButton.LeftButton, Qt.Key


@pytest.fixture
def parent(qtbot: QtBot, theme: Theme) -> QWidget:
    made = QWidget()
    qtbot.addWidget(made)
    made.show()
    return made


@pytest.fixture
def ids(session: Session) -> dict[str, int]:
    made = site(session.project)
    session.flush()
    return made


@pytest.fixture
def files(session: Session, theme: Theme, parent: QWidget, tmp_path: Path) -> Iterator[Files]:
    made = Files(session, Settings(tmp_path / "settings.json"), theme, parent)
    yield made
    made.close()


@pytest.fixture
def dialog(
    files: Files, session: Session, theme: Theme, parent: QWidget, ids: dict[str, int], qtbot: QtBot, tmp_path: Path
) -> SavesDialog:
    """Three saves: as placed, a VM renamed, a host deleted; and an edit since."""
    assert files._save(tmp_path / "a.clouddesign")
    edit.rename(session.project, ids["vm-1"], "renamed")
    assert files.save()
    edit.delete(session.project, [ids["host-2"]])
    assert files.save()
    edit.rename(session.project, ids["vm-2"], "since")
    session.flush()
    made = SavesDialog(files, session, theme, parent)
    made.show()
    qtbot.waitUntil(lambda: all(words(made)))
    return made


def words(dialog: SavesDialog) -> list[str]:
    """What stands with each save: date, size, label, what it changed."""
    role = int(Qt.ItemDataRole.UserRole)
    return [dialog.saves.item(row).data(role + 3) for row in range(dialog.saves.count())]


def listed(dialog: SavesDialog, qtbot: QtBot) -> list[str]:
    qtbot.waitUntil(lambda: dialog.said.text() != "Reading …")
    return [one.sentence for one in dialog.changes.found if not one.drawing_only]


def typing(text: str) -> Asked:
    """Types into the next question and presses Enter."""

    def act(dialog: Any) -> None:
        assert isinstance(dialog, QInputDialog)
        (line,) = dialog.findChildren(QLineEdit)
        line.setText(text)
        QTest.keyClick(line, Key.Key_Return)

    return Asked(act)


def test_that_a_new_design_has_no_saves_and_says_so(
    files: Files, session: Session, theme: Theme, parent: QWidget
) -> None:
    dialog = SavesDialog(files, session, theme, parent)
    assert dialog.said.text() == NOTHING
    assert not any(button.isEnabled() for button in dialog.buttons.values())


def test_that_each_save_says_what_it_changed(dialog: SavesDialog) -> None:
    newest, middle, first = words(dialog)
    assert "removed" in newest
    assert "Host host-2 was removed." in newest
    assert middle.startswith("1 changed: VM vm-1 is now named “renamed”.")
    assert first == "the first save"
    role = int(Qt.ItemDataRole.UserRole)
    assert [dialog.saves.item(row).data(role + 4) for row in range(3)] == ["in the file now", "", ""]
    assert dialog.saves.item(0).data(role + 1).endswith("kB")


def test_that_a_save_of_a_copy_is_called_so_and_is_not_what_the_next_save_was_made_of(
    dialog: SavesDialog, files: Files, session: Session, ids: dict[str, int], theme: Theme, parent: QWidget,
    tmp_path: Path, qtbot: QtBot,
) -> None:  # fmt: skip
    loaded = project_file.load(tmp_path / "a.clouddesign")
    theirs = Project(KINDS, LINKS, loaded.rows)
    edit.rename(theirs, ids["vm-3"], "in the copy")
    copy = tmp_path / "b.clouddesign"
    backups.keep(copy, project_file.save(copy, theirs.rows(), loaded.stamp))
    assert files.save()
    again = SavesDialog(files, session, theme, parent)
    qtbot.waitUntil(lambda: all(words(again)))
    newest, other = (0, 1) if "since" in words(again)[0] else (1, 0)
    assert words(again)[newest] == "1 changed: VM vm-2 is now named “since”."
    assert words(again)[other] == "1 changed: VM vm-3 is now named “in the copy”."
    standing = [again.saves.item(row).data(int(Qt.ItemDataRole.UserRole) + 4) for row in range(5)]
    assert (standing[newest], standing[other], standing[2:]) == ("in the file now", "of another copy", ["", "", ""])
    window = CompareWindow(files, session, theme, parent)
    assert [one.title.endswith(" (of another copy)") for one in window.choices[1:]].index(True) == other
    window.close()
    again.close()


def test_that_a_save_whose_forerunner_is_not_kept_says_so(
    dialog: SavesDialog, files: Files, session: Session, theme: Theme, parent: QWidget, qtbot: QtBot
) -> None:
    for one in dialog._backups[1:]:
        one.path.unlink()
    again = SavesDialog(files, session, theme, parent)
    qtbot.waitUntil(lambda: all(words(again)))
    assert words(again) == ["the save before it is not kept"]
    again.close()


def test_that_what_is_different_now_and_what_a_save_changed_are_listed(dialog: SavesDialog, qtbot: QtBot) -> None:
    assert dialog.against.currentText() == SINCE
    assert listed(dialog, qtbot) == ["VM vm-2 is now named “since”."]
    QTest.keyClick(dialog.saves, Key.Key_Down)
    assert "Host host-2 was removed." in listed(dialog, qtbot)
    dialog.against.setCurrentText(DID)
    assert listed(dialog, qtbot) == ["VM vm-1 is now named “renamed”."]
    QTest.keyClick(dialog.saves, Key.Key_Down)
    assert listed(dialog, qtbot) == []
    assert dialog.said.text() == "The save before it is not kept."


def test_that_a_label_is_given_and_taken_away(dialog: SavesDialog, qtbot: QtBot) -> None:
    dialog.saves.setCurrentRow(2)
    asked = typing("  before the review ")
    QTest.mouseClick(dialog.buttons["Label …"], LEFT)
    assert asked.over() == ["Label"]
    assert dialog.saves.currentRow() == 2
    assert dialog._backups[2].label == "before the review"
    asked = typing("")
    QTest.mouseClick(dialog.buttons["Label …"], LEFT)
    asked.over()
    assert dialog._backups[2].label == ""


def test_that_a_save_is_restored_as_one_step_of_undo(
    dialog: SavesDialog, session: Session, ids: dict[str, int]
) -> None:
    before, steps = content(session.project.rows()), session.project.history.position
    dialog.saves.setCurrentRow(2)
    QTest.mouseClick(dialog.buttons["Restore"], LEFT)
    assert not dialog.isVisible()
    assert session.project.elements[ids["vm-1"]].name == "vm-1"
    assert ids["host-2"] in session.project.elements
    assert session.project.history.position == steps + 1
    assert session.project.undo() == "Restore backup"
    assert content(session.project.rows()) == before


def test_that_a_save_is_compared_in_the_window_that_compares(
    dialog: SavesDialog, parent: QWidget, qtbot: QtBot
) -> None:
    dialog.saves.setCurrentRow(1)
    QTest.mouseClick(dialog.buttons["Compare …"], LEFT)
    (window,) = parent.findChildren(CompareWindow)
    qtbot.waitUntil(lambda: bool(window.said.text()))
    assert "removed" in window.said.text()
    assert window.boxes[0].currentText().startswith("Save 2")
    window.close()


def test_that_a_save_that_cannot_be_read_is_told_and_changes_nothing(
    dialog: SavesDialog, session: Session, qtbot: QtBot
) -> None:
    before = content(session.project.rows())
    dialog._backups[1].path.write_bytes(b"spoiled")
    dialog.saves.setCurrentRow(1)
    qtbot.waitUntil(lambda: "not a Cloud Designer project" in dialog.said.text())
    QTest.mouseClick(dialog.buttons["Restore"], LEFT)
    assert dialog.isVisible()
    assert content(session.project.rows()) == before


def test_that_save_with_label_keeps_the_save_for_good(
    files: Files, session: Session, ids: dict[str, int], tmp_path: Path
) -> None:
    assert files._save(tmp_path / "a.clouddesign")
    told: list[str] = []
    session.told.connect(told.append)
    asked = typing("before the review")
    assert files.save_with_label()
    assert asked.over() == ["Save with Label"]
    assert told == ["Saved a.clouddesign as “before the review”."]
    for number in range(9):
        edit.rename(session.project, ids["vm-1"], f"n{number}")
        assert files.save()
    stamp = files.document.stamp
    assert stamp is not None
    kept = backups.backups(stamp.document_id)
    assert [one.label for one in kept] == ["", "", "", "", "", "before the review"]


def test_that_later_work_comes_in_order_but_for_what_is_wanted_first(parent: QWidget, qtbot: QtBot) -> None:
    later, came = InTurn(parent), []
    take: Callable[[Any], None] = came.append
    for number in range(4):
        later.ask(lambda n=number: n, take)
    later.ask(lambda: "first", take, first=True)
    qtbot.waitUntil(lambda: len(came) == 5)
    assert came == [0, "first", 1, 2, 3]
    later.ask(lambda: "forgotten", take)
    later.forget()
    later.ask(lambda: "last", take)
    qtbot.waitUntil(lambda: "last" in came)
    QApplication.processEvents()
    assert "forgotten" not in came
