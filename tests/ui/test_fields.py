"""Fields, titles and buttons where they stand: in reading order, whole, and in line with each other."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QPoint, QRect, Qt
from PySide6.QtGui import QFontMetricsF
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QCheckBox,
    QComboBox,
    QDialog,
    QDoubleSpinBox,
    QLineEdit,
    QPushButton,
    QSpinBox,
    QWidget,
)
from pytestqt.qtbot import QtBot

from designer.catalog import KINDS, LINKS
from designer.commands import edit
from designer.model.project import Project
from designer.settings import Settings
from designer.study.engine_process import EngineHost
from designer.ui.form.name_line import NameLine
from designer.ui.parts.theme import Theme
from designer.ui.shell.frame import MainFrame
from designer.ui.shell.session import Session
from designer.ui.shell.window import Window
from tests.ui.test_access import DIALOGS, unseen
from tests.ui.test_window import new_window, remembered, site, unnamed
from tests.waiting import turns

__all__ = ["new_window", "remembered", "site"]  # fixtures
pytestmark = pytest.mark.qt_log_ignore("^This plugin does not support")
MOST_STOPS = 80
UI = Path(__file__).parents[2] / "designer" / "ui"


@pytest.fixture(scope="module")
def shared(
    request: pytest.FixtureRequest, qapp: QApplication, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Window]:
    """A window in the look of the parameter, with a VM on a host. Tests open dialogs over it, and close them."""
    theme = Theme(request.param)
    theme.apply(qapp)
    settings = Settings(tmp_path_factory.mktemp("shared") / "settings.json")
    frame, session = MainFrame(theme, settings), Session(Project(KINDS, LINKS))
    made = Window(frame, session, theme, settings, EngineHost())
    frame.show()
    above = edit.place(session.project, "region")
    for kind in ("zone", "host", "vm"):
        above = edit.place(session.project, kind, above)
    session.project.history.mark_clean()
    session.flush()
    turns()
    yield made
    made.control.close()
    made.files.close()
    frame.may_close = lambda: True
    frame.close()
    for part in (frame, session, theme):
        part.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    Theme("light").apply(qapp)


LIGHT = pytest.mark.parametrize("shared", ["light"], indirect=True)
DARK = pytest.mark.parametrize("shared", ["dark"], indirect=True)


@contextmanager
def opened(window: Window, action: str) -> Iterator[QDialog]:
    """The dialog of an action, which is closed at the end."""
    chosen = DIALOGS[action]
    elements = window.session.project.elements.values()
    window.session.select([e.id for e in elements if chosen and e.name == chosen])
    QApplication.processEvents()
    before = {w for w in QApplication.topLevelWidgets() if w.isVisible()}
    window.actions[action].trigger()
    QApplication.processEvents()
    (dialog,) = (
        w for w in QApplication.topLevelWidgets() if isinstance(w, QDialog) and w.isVisible() and w not in before
    )
    try:
        yield dialog
    finally:
        dialog.reject()
        QApplication.processEvents()


def stops(root: QWidget) -> list[tuple[str, QRect]]:
    """What the Tab key reaches from the first, in its order, and where that stands."""
    root.activateWindow()
    QApplication.processEvents()
    reached: list[QWidget] = []
    while (here := QApplication.focusWidget()) is not None and here not in reached and len(reached) < MOST_STOPS:
        reached.append(here)
        QTest.keyClick(here, Qt.Key.Key_Tab)
    first = min(range(len(reached)), key=lambda n: (_box(root, reached[n]).top(), _box(root, reached[n]).left()))
    return [
        (type(one).__name__ + " " + one.accessibleName(), _box(root, one)) for one in reached[first:] + reached[:first]
    ]


def _box(root: QWidget, one: QWidget) -> QRect:
    return QRect(one.mapTo(root, QPoint(0, 0)), one.size())


def goes_back(one: QRect, other: QRect) -> bool:
    """Whether a stop is above or left of the one before: not below it, not right of it, not in a column beside it."""
    above = other.bottom() <= one.top()
    beside = other.left() >= one.right()
    same_row = other.top() < one.bottom() and other.bottom() > one.top()
    return (above and not beside) or (same_row and other.right() <= one.left())


def blank(dialog: QDialog) -> list[str]:
    """The names of buttons that show neither a text nor a picture."""
    buttons = [b for b in dialog.findChildren(QAbstractButton) if b.isVisible() and b.objectName()[:3] != "qt_"]
    plain = [b for b in buttons if not isinstance(b, QCheckBox)]
    return [b.accessibleName() for b in plain if not b.text() and b.icon().isNull() and b.accessibleName()]


def unseen_in(dialog: QDialog) -> list[str]:
    """What has the focus in a dialog and looks as without it."""
    elsewhere = QPushButton(dialog)
    elsewhere.resize(1, 1)
    elsewhere.show()
    return unseen(dialog, elsewhere)


@LIGHT
@pytest.mark.parametrize("action", DIALOGS)
def test_that_a_dialog_is_read_by_keys_has_names_and_no_blank_button(shared: Window, action: str) -> None:
    with opened(shared, action) as dialog:
        found = stops(dialog)
        assert (blank(dialog), unnamed(dialog)) == ([], [])
        assert unseen_in(dialog) == []
    assert found
    assert [f"{b} after {a}" for (a, one), (b, other) in pairwise(found) if goes_back(one, other)] == []


@DARK
@pytest.mark.parametrize("action", DIALOGS)
def test_that_the_focus_is_seen_in_the_dark_wherever_the_tab_key_goes_in_a_dialog(shared: Window, action: str) -> None:
    with opened(shared, action) as dialog:
        assert unseen_in(dialog) == []


def test_that_tab_leaves_every_table() -> None:
    """Qt lets it go from cell to cell, round and round."""
    made = [path for path in UI.rglob("*.py") if re.search(r"QTable(View|Widget)\(", text := path.read_text("utf-8"))
            and not re.search(r"make_plain\(|setTabKeyNavigation\(False\)", text)]  # fmt: skip
    assert [path.name for path in made] == []


def test_that_going_back_is_noticed() -> None:
    here = QRect(100, 100, 50, 20)
    assert goes_back(here, QRect(100, 60, 50, 20))
    assert goes_back(here, QRect(20, 100, 50, 20))
    assert not goes_back(here, QRect(20, 140, 50, 20))
    assert not goes_back(here, QRect(160, 20, 50, 20))


@LIGHT
@pytest.mark.parametrize(
    "action", ["insert.many", "arrange.array", "arrange.consolidate", "edit.preferences", "run.runs"]
)
def test_that_the_fields_of_a_dialog_are_equally_high(shared: Window, action: str) -> None:
    sorts = (QLineEdit, QComboBox, QSpinBox, QDoubleSpinBox)
    with opened(shared, action) as dialog:
        fields = [w for w in dialog.findChildren(QWidget) if isinstance(w, sorts) and w.isVisible()]
        high = {w.height() for w in fields if not isinstance(w.parent(), sorts)}
    assert high == {28}


def test_that_layers_are_named_whole_after_the_window_has_become_small(window: Window, qtbot: QtBot) -> None:
    for wide in (1440, 1024, 1180, 1024):
        window.frame.resize(wide, 700)
        QApplication.processEvents()
        chips = [b for b in window.strip.layers.findChildren(QAbstractButton) if b.isVisible()]
        assert chips
        assert [b.text() for b in chips if b.width() < b.sizeHint().width()] == []


def test_that_a_long_name_is_known_again_in_the_form_and_whole_in_its_tip(
    window: Window, site: dict[str, int], theme: Theme
) -> None:
    name = "VPC with public and private subnets, and a gateway in each of them"
    edit.rename(window.session.project, site["zone-1"], name)
    window.session.flush()
    window.session.select([site["zone-1"]])
    QApplication.processEvents()
    line = window.form.findChild(NameLine)
    assert isinstance(line, NameLine)
    begin, dots, end = line.shown_text().partition("…")
    assert dots
    assert name.startswith(begin)
    assert name.endswith(end)
    assert QFontMetricsF(line.font()).horizontalAdvance(line.shown_text()) <= line.width()
    assert line.toolTip() == name
    assert line.text() == name
    edit.rename(window.session.project, site["zone-1"], "web")
    window.session.flush()
    assert line.shown_text() == "web"
