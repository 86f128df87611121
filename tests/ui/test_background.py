"""Long work beside the window: it paints meanwhile, and what comes of the work comes back."""

from __future__ import annotations

import gc
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QEvent, Qt, QThreadPool, QTimer
from PySide6.QtWidgets import QApplication, QDialog, QLabel, QProgressDialog, QPushButton, QWidget
from pytestqt.qtbot import QtBot
from shiboken6 import delete, isValid

from designer.commands.imports import import_machines
from designer.errors import FileError
from designer.settings import Settings
from designer.store.file import project_file
from designer.ui.files.files import LARGE_BYTES, LARGE_ELEMENTS, Files
from designer.ui.parts.background import _RUNNING, PartBar, later, run_in_background, run_with_progress
from tests.waiting import HUNG_MS, HUNG_S, until


@pytest.fixture
def parent(qtbot: QtBot, theme: Any) -> Any:
    made = QWidget()
    qtbot.addWidget(made)
    made.show()
    yield made


def test_that_the_window_goes_on_while_work_is_done(parent: QWidget) -> None:
    beats: list[str] = []
    enough = threading.Event()

    def beat() -> None:
        beats.extend(dialog.labelText() for dialog in parent.findChildren(QProgressDialog) if dialog.isVisible())
        if len(beats) > 10:
            enough.set()

    timer = QTimer(interval=5)
    timer.timeout.connect(beat)
    timer.start()

    def work() -> str:
        assert enough.wait(HUNG_S)
        return threading.current_thread().name

    assert run_in_background(parent, "Reading …", work) != threading.main_thread().name
    timer.stop()
    assert set(beats) == {"Reading …"}


def test_that_an_error_comes_back_as_it_was(parent: QWidget) -> None:
    def work() -> None:
        raise FileError("There is no such file.")

    with pytest.raises(FileError, match="no such file"):
        run_in_background(parent, "Reading …", work)


def test_that_a_large_design_is_saved_and_opened_beside_the_window(
    session: Any, theme: Any, parent: QWidget, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hosts = [{"name": str(n), "cores": 8, "mhz": 1.0, "ram_mib": 2.0**20} for n in range(300)]
    vms = [{"name": str(n), "host": str(n % 300), "vcpus": 1, "ram_mib": 1.0} for n in range(LARGE_ELEMENTS)]
    import_machines(session.project, hosts, vms)
    session.flush()
    files = Files(session, Settings(tmp_path / "settings.json"), theme, parent)
    beaten, load, write = threading.Event(), project_file.load, project_file.save
    timer = QTimer(interval=1)
    timer.timeout.connect(beaten.set)
    timer.start()

    def once_it_beat(work: Callable[..., Any]) -> Callable[..., Any]:
        def wait_and_work(*given: Any, **options: Any) -> Any:
            beaten.clear()
            assert beaten.wait(HUNG_S), "the window stands still"
            return work(*given, **options)

        return wait_and_work

    monkeypatch.setattr(project_file, "load", once_it_beat(load))
    monkeypatch.setattr(project_file, "save", once_it_beat(write))
    path = tmp_path / "large.clouddesign"
    assert files._save(path)
    assert len(load(path).rows) == len(session.project.elements)
    assert not session.modified
    assert files.open(path)
    assert len(session.project.elements) > LARGE_ELEMENTS
    timer.stop()
    files.close()


def test_that_the_label_of_long_work_is_plain_text(parent: QWidget) -> None:
    seen: list[tuple[str, Qt.TextFormat]] = []
    go = threading.Event()

    def look() -> None:
        labels = [label for dialog in parent.findChildren(QProgressDialog) for label in dialog.findChildren(QLabel)]
        seen.extend((label.text(), label.textFormat()) for label in labels)
        if labels:
            go.set()

    looking = QTimer(interval=5)
    looking.timeout.connect(look)
    looking.start()
    assert run_in_background(parent, "Reading <img src=x>.csv …", lambda: go.wait(HUNG_S))
    looking.stop()
    assert set(seen) == {("Reading <img src=x>.csv …", Qt.TextFormat.PlainText)}


def test_that_opening_can_be_given_up_and_leaves_the_design_and_no_lock(
    session: Any, theme: Any, parent: QWidget, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "slow.clouddesign"
    project_file.save(path, session.project.rows())
    with path.open("ab") as file:
        file.truncate(LARGE_BYTES + 1)
    files = Files(session, Settings(tmp_path / "s.json"), theme, parent)
    began, go = threading.Event(), threading.Event()
    load = project_file.load

    def slowly(path: Path) -> Any:
        began.set()
        go.wait(HUNG_S)
        return load(path)

    monkeypatch.setattr(project_file, "load", slowly)
    pressing = QTimer(interval=20)

    def press() -> None:
        for dialog in parent.findChildren(QProgressDialog):
            if began.is_set() and dialog.isVisible():
                dialog.findChildren(QPushButton)[0].click()

    pressing.timeout.connect(press)
    pressing.start()
    before = session.project.root
    assert not files.open(path)
    pressing.stop()
    assert not QThreadPool.globalInstance().waitForDone(0), "the file is still being read"
    assert session.project.root is before
    assert not files.document.locked
    go.set()
    QThreadPool.globalInstance().waitForDone(HUNG_MS)
    files.close()


def test_that_work_that_waits_for_a_thread_outlives_its_owner(qtbot: QtBot) -> None:
    pool, go, ended = QThreadPool.globalInstance(), threading.Event(), list[str]()
    owners = [QWidget() for _ in range(pool.maxThreadCount() + 3)]
    for number, owner in enumerate(owners):

        def work(number: int = number) -> None:
            go.wait(HUNG_S)
            ended.append(f"work {number}")

        later(owner, work, lambda _: ended.append("told"), ended.append)
    while owners:
        delete(owners.pop())
    gc.collect()
    go.set()
    assert pool.waitForDone(HUNG_MS)
    QApplication.processEvents()
    assert len(ended) == pool.maxThreadCount() + 3
    assert "told" not in ended
    assert not _RUNNING


def test_that_a_window_that_is_closed_while_it_waits_is_deleted_only_afterward(qtbot: QtBot) -> None:
    asking, closed = QDialog(), threading.Event()
    asking.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    asking.show()

    def close() -> None:
        asking.reject()
        closed.set()

    QTimer.singleShot(0, asking, close)
    assert run_with_progress(asking, "Comparing …", lambda going: closed.wait(HUNG_S))
    assert isValid(asking)
    assert not asking.isVisible()
    QApplication.sendPostedEvents(asking, QEvent.Type.DeferredDelete)
    assert not isValid(asking)


def test_that_a_window_that_stays_open_while_it_waits_is_still_deleted_when_it_is_closed(qtbot: QtBot) -> None:
    asking = QDialog()
    asking.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    asking.show()
    assert run_with_progress(asking, "Comparing …", lambda going: True)
    assert asking.isVisible()
    asking.reject()
    QApplication.sendPostedEvents(asking, QEvent.Type.DeferredDelete)
    assert not isValid(asking)


def test_that_a_bar_moves_to_and_fro_until_it_is_known_how_far_the_work_is(qtbot: QtBot) -> None:
    parent, told = QWidget(), threading.Event()
    qtbot.addWidget(parent)
    ranges: list[tuple[int, int]] = []

    def look() -> None:
        for bar in parent.findChildren(PartBar):
            ranges.append((bar.maximum(), bar.value()))
            told.set()

    def work(going: Callable[[float], None]) -> bool:
        told.wait(HUNG_S)
        going(0.5)
        until(lambda: (100, 50) in ranges)
        return True

    looking = QTimer(interval=5)
    looking.timeout.connect(look)
    looking.start()
    assert run_with_progress(parent, "Working out …", work)
    assert ranges[0] == (0, 0) and ranges[-1] == (100, 50)
