"""Copies to share, parts as designs, designs as parts, paste between windows, and files that are only read."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QCursor, QDropEvent
from PySide6.QtWidgets import QFileDialog, QMessageBox
from pytestqt.qtbot import QtBot

from designer.catalog import KINDS, LINKS
from designer.catalog.presets.own import OwnPreset
from designer.commands import edit, presets, transfer
from designer.model.element import ROOT_ID, make, new_id
from designer.model.project import Project
from designer.settings import Settings
from designer.store.exchange.library import Library
from designer.store.file import project_file
from designer.store.file.aside import Aside
from designer.store.working.recovery import left_over
from designer.study.engine_process import EngineHost
from designer.ui.actions import edit as edit_menu
from designer.ui.files import sharing
from designer.ui.files.sharing import ShareDialog
from designer.ui.parts.large import LARGE
from designer.ui.parts.theme import Theme
from designer.ui.shell.frame import MainFrame
from designer.ui.shell.session import Session
from designer.ui.shell.window import Window
from tests.conftest import Desktop
from tests.copies import PIPE, Copy
from tests.store.designs import saved
from tests.store.test_frozen_file import LATER, later
from tests.store.test_saved_runs import kept

pytestmark = pytest.mark.qt_log_ignore("^This plugin does not support")
NO, SHIFT = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def windows(qtbot: QtBot, theme: Theme, tmp_path: Path) -> Iterator[Callable[[], Window]]:
    made: list[Window] = []

    def make() -> Window:
        settings = Settings(tmp_path / "settings.json")
        frame = MainFrame(theme, settings)
        window = Window(frame, Session(Project(KINDS, LINKS)), theme, settings, EngineHost())
        qtbot.addWidget(frame, before_close_func=lambda f: setattr(f, "may_close", lambda: True))
        with qtbot.waitExposed(frame):
            frame.show()
        made.append(window)
        return window

    yield make
    for window in made:
        window.control.close()
        window.files.close()


@pytest.fixture
def window(windows: Callable[[], Window]) -> Window:
    return windows()


def by_name(window: Window, name: str) -> int:
    return next(e.id for e in window.session.project.elements.values() if e.name == name)


def names(rows: Any) -> list[str]:
    return sorted(row.name for row in rows if hasattr(row, "name") and row.id != ROOT_ID)


def site(window: Window) -> None:
    project = window.session.project
    zone = edit.place(project, "zone", edit.place(project, "region", name="region"), name="zone")
    edit.place(project, "vm", edit.place(project, "host", zone, name="host", note="private"), name="vm")
    edit.place(project, "note", name="a note")
    window.session.flush()


def choose(monkeypatch: pytest.MonkeyPatch, path: Path) -> list[str]:
    """Answers the question for a name; what was proposed."""
    proposed: list[str] = []

    def answer(parent: Any, title: str, name: str, *rest: Any) -> tuple[str, str]:
        proposed.append(Path(name).name)
        return str(path), ""

    for what in ("getSaveFileName", "getOpenFileName"):
        monkeypatch.setattr(QFileDialog, what, answer)
    return proposed


def messages(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    said: list[str] = []
    monkeypatch.setattr(QMessageBox, "exec", lambda box: said.append(box.text()) or 0)
    return said


# -- to share


def test_that_a_copy_to_share_is_small_says_its_size_and_leaves_the_design_as_it_is(
    qtbot: QtBot, window: Window, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site(window)
    edit.change(window.session.project, [by_name(window, "host")], {"preset": "big"})
    library = Library()
    library.put(OwnPreset("host", "big", {"cores": 77}), replaces=True)
    document = window.files.document
    document.save(tmp_path / "whole.clouddesign")
    document.aside = Aside({}, (kept(1), replace(kept(2), label="calm")))
    document.save()
    stamp = document.stamp
    assert stamp is not None
    dialog = ShareDialog(window.session, window.files, window.frame)
    qtbot.addWidget(dialog)
    dialog.runs.setCurrentText("All saved runs")
    qtbot.waitUntil(lambda: "iB" in dialog.takes.text())
    with_runs = dialog.takes.text()
    dialog.runs.setCurrentText("Figures only")
    dialog.notes.setChecked(False)
    qtbot.waitUntil(lambda: "iB" in dialog.takes.text() and dialog.takes.text() != with_runs)
    small, whole = (float(n) * {"KiB": 1.0, "MiB": 1024.0}[unit] for n, unit in (
        text.split()[:2] for text in (dialog.takes.text(), with_runs)))  # fmt: skip
    assert small < whole / 4
    proposed = choose(monkeypatch, tmp_path / "copy")
    sharing._share(window, dialog)
    assert proposed[0].endswith(" to share.clouddesign")
    loaded = project_file.load(tmp_path / "copy.clouddesign")
    assert (tmp_path / "copy.clouddesign").stat().st_size / 2**10 == pytest.approx(small, abs=0.5)
    assert names(loaded.rows) == ["big", "host", "region", "vm", "zone"]
    assert [(run.label, run.blocks, len(run.figures)) for run in loaded.aside.runs] == [
        ("vor der Prüfung", (), 1), ("calm", (), 1)
    ]  # fmt: skip
    assert loaded.stamp.document_id == stamp.document_id
    assert document.stamp == stamp
    assert not presets.presets_of(window.session.project)
    assert window.session.path == tmp_path / "whole.clouddesign" or document.path == tmp_path / "whole.clouddesign"


@pytest.mark.parametrize("chosen", ["Save This Name Alone", "Cancel"])
def test_that_a_copy_over_a_file_with_other_names_is_asked_about(
    chosen: str, qtbot: QtBot, window: Window, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def answer(box: QMessageBox) -> int:
        said.append(box.text())
        next(button for button in box.buttons() if button.text().replace("&", "") == chosen).click()
        return 0

    said: list[str] = []
    site(window)
    copy, twin = saved(tmp_path / "copy.clouddesign"), tmp_path / "twin.clouddesign"
    os.link(copy, twin)
    before = copy.read_bytes()
    dialog = ShareDialog(window.session, window.files, window.frame)
    qtbot.addWidget(dialog)
    choose(monkeypatch, copy)
    monkeypatch.setattr(QMessageBox, "exec", answer)
    sharing._share(window, dialog)
    assert [text.partition(" (hard links)")[0] for text in said] == [
        f"{copy} was not saved: the same file has another name"
    ]
    assert twin.read_bytes() == before
    assert copy.samefile(twin) is (chosen == "Cancel")
    if chosen != "Cancel":
        assert "vm" in names(project_file.load(copy).rows)


def test_that_a_copy_never_replaces_the_design_that_is_open(
    window: Window, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site(window)
    path = tmp_path / "open.clouddesign"
    window.files._save(path)
    before = path.read_bytes()
    said = messages(monkeypatch)
    choose(monkeypatch, path)
    window.session.select([by_name(window, "host")])
    sharing.ask_export(window)
    assert said and "is the design that is open" in said[0]
    assert path.read_bytes() == before


# -- parts


def test_that_a_large_selection_is_collected_while_the_window_goes_on(
    window: Window, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site(window)
    project, zone = window.session.project, by_name(window, "zone")
    with project.edit("Place"):
        for number in range(LARGE):
            project.add(make(KINDS["vm"].table, {"id": new_id(), "parent": zone, "name": f"vm-{number}"}))
    inside, extract = list[bool](), transfer.extract

    def seen(*given: Any) -> Any:
        inside.append(threading.current_thread() is threading.main_thread())
        return extract(*given)

    monkeypatch.setattr(transfer, "extract", seen)
    choose(monkeypatch, tmp_path / "part.clouddesign")
    window.session.select([zone])
    sharing.ask_export(window)
    assert inside == [False]
    assert len(project_file.load(tmp_path / "part.clouddesign").rows) > LARGE


def test_that_the_selection_is_exported_under_its_name(
    window: Window, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site(window)
    edit.rename(window.session.project, by_name(window, "host"), "host/7: a*b")
    window.session.select([by_name(window, "host/7: a*b")])
    proposed = choose(monkeypatch, tmp_path / "part.clouddesign")
    window.actions["file.export"].trigger()
    assert proposed == ["host 7  a b.clouddesign"]
    assert names(project_file.load(tmp_path / "part.clouddesign").rows) == ["host/7: a*b", "region", "vm", "zone"]


def drop(window: Window, path: Path, keys: Qt.KeyboardModifier) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    event = QDropEvent(QPointF(400, 300), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, keys)
    window.frame.dropEvent(event)
    window.session.flush()


def test_that_a_file_dropped_with_shift_is_inserted_and_without_is_opened(window: Window, tmp_path: Path) -> None:
    site(window)
    path = tmp_path / "whole.clouddesign"
    project_file.save(path, window.session.project.rows())
    window.session.project.history.mark_clean()
    drop(window, path, SHIFT)
    assert len(window.session.project.of_kind("host")) == 2
    chosen = {window.session.project.elements[i].name for i in window.session.selection}
    assert chosen == {"region-2", "a note"}
    assert window.session.path is None
    window.session.project.undo()
    window.session.flush()
    assert len(window.session.project.of_kind("host")) == 1
    drop(window, path, NO)
    assert window.session.path == path


def test_that_a_broken_file_is_not_inserted_and_says_why(
    window: Window, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site(window)
    path = tmp_path / "broken.clouddesign"
    path.write_bytes(b"nothing")
    said = messages(monkeypatch)
    sharing.insert(window, path)
    assert said == ["broken.clouddesign is not a Cloud Designer project but another kind of file. Choose another file."]


# -- paste between windows


def test_that_what_is_copied_in_one_window_is_pasted_in_another(windows: Callable[[], Window]) -> None:
    one, other = windows(), windows()
    site(one)
    project = other.session.project
    zone = edit.place(project, "zone", edit.place(project, "region"), name="target")
    other.session.flush()
    other.canvas.view.zoom_to_fit(animated=False)
    one.session.select([by_name(one, "host")])
    edit_menu.copy(one.context)
    view = other.canvas.view
    at = view.to_pixels(view.world.rect(view.world.row_of[zone])).center().toPoint()
    QCursor.setPos(view.mapToGlobal(at))
    edit_menu.paste(other.context)
    assert by_name(other, "vm") != by_name(one, "vm")
    assert project.elements[by_name(other, "host")].parent == zone
    QCursor.setPos(view.mapToGlobal(QPoint(5, 5)))
    said: list[str] = []
    other.session.refused.connect(said.append)
    one.session.select([by_name(one, "vm")])
    edit_menu.copy(one.context)
    host = by_name(other, "host")
    found = len(project.children(host))
    edit_menu.paste(other.context)
    assert (said, len(project.children(host))) == ([], found + 1), (
        "no place beneath the mouse: what is selected takes it"
    )
    other.session.select([])
    edit_menu.paste(other.context)
    assert said and said[0].startswith("This cannot be pasted here: ")


PROGRAM = """
import json, sys, time
from PySide6.QtCore import QPoint
from PySide6.QtGui import QCursor
from designer.app import App
from designer.catalog.kinds.saved.trace import Trace, pack
from designer.commands import edit
from designer.model.element import make
from tests.waiting import turns
import numpy as np

app = App(time.perf_counter())
app.show(None, demo=False)
assert app.wait(lambda: "plots" in app.marks)
project, session, window = app.session.project, app.session, app.window

def say(found):
    print(json.dumps(found), flush=True)
"""
FIRST = """
zone = edit.place(project, "zone", edit.place(project, "region"))
with project.edit("Trace"):
    trace = project.add(make(Trace, {"name": "load", **pack(np.array([[1, 2, 3]], np.uint8))}))
host = edit.place(project, "host", zone, name="from the first window")
vm = edit.place(project, "vm", host, name="follows")
edit.change(project, [vm], {"demand": "trace", "trace": trace})
session.flush()
session.select([host])
window.actions["edit.copy"].trigger()
say([host, vm])
app.run()
"""
SECOND = """
zone = edit.place(project, "zone", edit.place(project, "region"), name="target")
session.flush()
view = window.canvas.view
view.zoom_to_fit(animated=False)
turns()
at = view.mapToGlobal(view.to_pixels(view.world.rect(view.world.row_of[zone])).center().toPoint())
QCursor.setPos(at)
assert app.wait(lambda: QCursor.pos() == at)
window.actions["edit.paste"].trigger()
turns()
made = {e.name: e for e in project.elements.values()}
say([[made["from the first window"].id, made["follows"].id], made["from the first window"].parent == zone,
     project.elements[made["follows"].trace].name, project.history.undo_text])
app.close()
"""


def test_that_two_programs_share_the_clipboard(desktop: Desktop, tmp_path: Path) -> None:
    def program(code: str, home: str) -> Copy:
        for name in ("CONFIG", "STATE", "DATA", "CACHE"):
            os.environ[f"XDG_{name}_HOME"] = str(tmp_path / home / name.lower())
        return desktop.start_program("-c", PROGRAM + code, stdout=PIPE)

    found = {name: os.environ[f"XDG_{name}_HOME"] for name in ("CONFIG", "STATE", "DATA", "CACHE")}
    try:
        first = program(FIRST, "one")
        assert first.stdout is not None
        copied = json.loads(first.stdout.readline())
        second = program(SECOND, "two")
        assert second.stdout is not None
        pasted, stands, trace, step = json.loads(second.stdout.readline())
    finally:
        for name, value in found.items():
            os.environ[f"XDG_{name}_HOME"] = value
    assert (stands, trace, step) == (True, "load", "Paste 1 element")
    assert not set(pasted) & set(copied)


# -- only to be read


def test_that_a_file_of_a_later_version_is_shown_read_only_and_save_asks_for_another_name(
    qtbot: QtBot, window: Window, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = later(tmp_path / "later.clouddesign")
    before = path.read_bytes()
    said: list[str] = []
    window.session.told.connect(said.append)
    assert window.files.open(path)
    qtbot.waitUntil(lambda: bool(said))
    assert f"newer Cloud Designer (file version {LATER})" in said[0]
    assert window.frame.windowTitle().startswith("later (read-only)")
    assert window.status.saved.text() == "Read-only: saving asks for another name"
    assert not window.session.modified
    proposed = choose(monkeypatch, tmp_path / "mine.clouddesign")
    assert window.files.save()
    assert proposed == ["later.clouddesign"]
    assert path.read_bytes() == before
    assert window.frame.windowTitle().startswith("mine[*]")
    assert window.status.saved.text() == "Saved in mine.clouddesign"
    assert names(project_file.load(tmp_path / "mine.clouddesign").rows) == names(
        project_file.load(saved(tmp_path / "now.clouddesign")).rows
    )


def test_that_unsaved_work_on_a_read_only_file_is_called_by_its_name(window: Window, tmp_path: Path) -> None:
    window.files.open(later(tmp_path / "theirs.clouddesign"))
    edit.place(window.session.project, "region", name="mine")
    window.session.flush()
    assert window.files.document.flush()
    window.files.document.leave()
    ours = [one for one in left_over().found if any(getattr(row, "name", "") == "mine" for row in one.rows)]
    assert [one.sentence.partition(":")[0] for one in ours] == ["A copy of theirs"]
    ours[0].put_away()


def test_that_read_only_ends_with_the_next_design(window: Window, tmp_path: Path) -> None:
    window.files.open(later(tmp_path / "later.clouddesign"))
    window.files.new()
    assert "read-only" not in window.frame.windowTitle()
