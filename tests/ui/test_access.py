"""The window for those who see it, hear it or use it without a mouse: the focus is seen, what happens is heard."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from designer.catalog import KINDS
from designer.commands import edit
from designer.model.element import ROOT_ID
from designer.settings import Settings
from designer.study.engine_process import EngineHost
from designer.study.story import LogRow
from designer.ui.parts.theme import Theme
from designer.ui.parts.undo_keys import follow_place
from designer.ui.run.spoken_run import sentence_of
from designer.ui.shell.announcer import Announcer
from designer.ui.shell.frame import MainFrame
from designer.ui.shell.session import Session
from designer.ui.shell.window import Window
from designer.ui.side.palette import BLUEPRINTS_TAB
from tests.ui.named import add_plots
from tests.ui.test_window import new_window, remembered, site, unnamed

__all__ = ["new_window", "remembered", "site"]  # fixtures
pytestmark = pytest.mark.qt_log_ignore("^This plugin does not support")
RING_PX = 12
"""How many pixels differ at least where the focus is."""


def stops(root: QWidget) -> list[QWidget]:
    """What the Tab key reaches, one widget of each sort in each place."""
    found: dict[tuple[str, str, str], QWidget] = {}
    for widget in root.findChildren(QWidget):
        tab = bool(widget.focusPolicy() & Qt.FocusPolicy.TabFocus) and widget.focusProxy() is None
        if tab and widget.isVisibleTo(root) and widget.isEnabled() and not widget.visibleRegion().isEmpty():
            found.setdefault((type(widget).__name__, widget.objectName(), type(widget.parent()).__name__), widget)
    return list(found.values())


def unseen(root: QWidget, elsewhere: QWidget) -> list[str]:
    """What looks the same with the focus as without."""
    same = []
    for widget in stops(root):
        pictures = []
        for one in (elsewhere, widget):
            one.setFocus(Qt.FocusReason.TabFocusReason)
            QApplication.processEvents()
            pictures.append(widget.grab().toImage())
        assert QApplication.focusWidget() is widget
        if widget is not elsewhere and differing(*pictures) < RING_PX:
            same.append(f"{type(widget).__name__} {widget.objectName()} in {type(widget.parent()).__name__}")
    return same


def differing(one: QImage, other: QImage) -> int:
    """How many pixels of two pictures differ."""
    if one.size() != other.size():
        return RING_PX
    images = [image.convertToFormat(QImage.Format.Format_ARGB32) for image in (one, other)]
    pixels = [np.array(image.constBits()) for image in images]  # the bits end with their image
    return int((pixels[0].view(np.uint32) != pixels[1].view(np.uint32)).sum())


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_that_the_focus_is_seen_wherever_the_tab_key_goes(window: Window, site: dict[str, int], mode: str) -> None:
    add_plots(window)
    window.session.select([site["host-1"]])
    elsewhere = QPushButton(window.frame)
    elsewhere.resize(1, 1)
    elsewhere.show()
    assert unseen(window.frame, elsewhere) == []


class Opened(QObject):
    """Notes which windows open."""

    def __init__(self) -> None:
        super().__init__()
        self.windows: list[str] = []

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Show and isinstance(watched, QWidget) and watched.isWindow():
            self.windows.append(type(watched).__name__)
        return False


def test_that_every_form_names_its_fields_and_none_opens_as_a_window_of_its_own_and_takes_the_keys(
    window: Window,
) -> None:
    opened = Opened()
    QApplication.instance().installEventFilter(opened)  # type: ignore[union-attr]
    for kind in KINDS:
        if kind != "design":
            made = edit.place_through(window.session.project, kind, ROOT_ID)
            window.session.flush()
            window.session.select([made])
            QApplication.processEvents()
        assert window.form.form is not None
        assert window.form.form.kind == kind
        assert unnamed(window.form) == [], kind
    QApplication.instance().removeEventFilter(opened)  # type: ignore[union-attr]
    assert opened.windows == []
    assert window.frame.isActiveWindow()


@pytest.mark.parametrize("seen", [False, True])
def test_that_no_part_of_a_window_opens_as_a_window_of_its_own_while_it_is_made(
    seen: bool, session: Session, theme: Theme, tmp_path: Path, qtbot: QtBot
) -> None:
    settings = Settings(tmp_path / "settings.json")
    settings.set("hints_seen", seen)
    frame = MainFrame(theme, settings)
    qtbot.addWidget(frame)
    frame.show()
    opened = Opened()
    QApplication.instance().installEventFilter(opened)  # type: ignore[union-attr]
    made = Window(frame, session, theme, settings, EngineHost())
    add_plots(made)
    made.palette.show_tab(BLUEPRINTS_TAB)
    QApplication.processEvents()
    QApplication.instance().removeEventFilter(opened)  # type: ignore[union-attr]
    assert opened.windows == []
    assert made.hints.isVisible() is not seen
    made.files.close()
    frame.may_close = lambda: True


DIALOGS = {
    "file.share": "", "file.compare": "", "file.import": "", "file.picture": "", "file.print": "",
    "edit.select_rule": "", "edit.instance_type": "vm-1", "edit.dedicated_host": "host-1", "edit.save_preset": "host-1",
    "edit.save_blueprint": "zone-1", "edit.own": "", "edit.preferences": "", "insert.many": "host-1",
    "arrange.consolidate": "", "arrange.fewest": "", "arrange.array": "vm-1", "run.runs": "", "run.collapse": "",
    "help.kinds": "", "help.keys": "", "help.report": "", "help.about": "",
}  # fmt: skip
"""The actions that open dialogs, and what is selected then."""


# -- what is heard


def heard(announcer: Announcer) -> list[tuple[str, bool]]:
    """The sentences that are said from now on, and whether they are urgent."""
    sentences: list[tuple[str, bool]] = []
    announcer.said.connect(lambda text, urgent: sentences.append((text, urgent)))
    return sentences


def test_that_what_is_shown_over_the_drawing_is_heard(window: Window) -> None:
    sentences = heard(window.announcer)
    window.toast("3 VMs placed in host-1.")
    window.toast("A rack stands in a data center.", wrong=True)
    assert sentences == [("3 VMs placed in host-1.", False), ("A rack stands in a data center.", True)]


def test_that_a_run_is_heard_from_its_beginning_to_its_end(window: Window, site: dict[str, int], qtbot: QtBot) -> None:
    sentences = heard(window.announcer)
    window.control.speed = float("inf")
    window.control.start()
    qtbot.waitUntil(lambda: bool(sentences) and sentences[-1][0] == "The run has finished at 06:00.")
    assert sentences[0] == ("The run is being prepared.", False)
    window.control.scrub(3600.0)
    window.control.fail([site["zone-1"]])
    qtbot.waitUntil(lambda: any("zone-1 failed" in text for text, _ in sentences))
    failed = next((text, urgent) for text, urgent in sentences if "zone-1 failed" in text)
    assert failed[0].startswith("At 01:00 zone-1 failed")
    assert failed[1]
    qtbot.waitUntil(lambda: sentences[-1][0] == "The run has finished at 06:00.")
    assert sum("zone-1 failed" in text for text, _ in sentences) == 1


def row(time_s: float, what: str, text: str) -> LogRow:
    return LogRow(1, time_s, what, 1, "", 0, text, "", (1,))


def test_that_many_events_are_one_sentence_the_urgent_first() -> None:
    rows = [row(60.0, "waiting", "4 VMs wait"), row(60.0, "failed", "b failed"), row(61.0, "lost", "2 VMs are lost")]
    assert sentence_of(rows) == "At 00:01 b failed, 2 VMs are lost, 4 VMs wait."
    more = [row(120.0, "served", f"shop-{n} serves all requests") for n in range(5)]
    assert sentence_of([*more, rows[1]]).endswith("and 3 more events.")
    assert sentence_of(more[:4]).endswith(", and 1 more event.")


def test_that_tab_goes_through_what_was_made_late_where_its_place_stands(qtbot: QtBot) -> None:
    box = QWidget()
    qtbot.addWidget(box)
    first, place, last = QPushButton("first", box), QWidget(box), QPushButton("last", box)
    late = [QPushButton(text, place) for text in ("one", "two")]
    follow_place(place, late)
    with qtbot.waitExposed(box):
        box.show()
    box.activateWindow()
    first.setFocus()
    reached = []
    for _ in range(4):
        box.focusNextChild()
        reached.append(box.focusWidget())
    assert reached == [*late, last, first]
    assert place.focusPolicy() is Qt.FocusPolicy.NoFocus


def test_that_the_panels_of_a_start_and_of_a_tour_are_made_when_they_are_first_seen(window: Window) -> None:
    parts = window.start, window.tour, window.search, window.canvas.quick_add, window.history
    before = [len(part.findChildren(QWidget)) for part in parts]
    window.start.open()
    window.tour.begin()
    window.search.open("")
    window.canvas.quick_add.open(QPointF(), QPoint())
    window.actions["view.history"].trigger()
    after = [len(part.findChildren(QWidget)) for part in parts]
    assert all(now > then + 3 for then, now in zip(before, after, strict=True))
