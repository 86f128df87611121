"""The program is killed while a design is open: the next start offers what was not saved, and says what happened."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path
from typing import Any

import pytest

from designer.store.file import project_file
from tests import copies
from tests.conftest import ROOT
from tests.copies import Copy
from tests.waiting import HUNG_S

BEGIN = """
import json, os, signal, sys, time
from pathlib import Path
from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QPushButton
from designer.app import App, crash_reports
from designer.commands import edit
from designer.ui.files.recovery_dialog import RecoveryDialog
from tests.waiting import turns

app = App(time.perf_counter())
path = Path(sys.argv[1]) if len(sys.argv) > 1 else None
app.show(path, demo=False, recover=True)
assert app.wait(lambda: "recovery" in app.marks)
turns()
project, files = app.session.project, app.window.files

def names():
    app.session.flush()
    return sorted(e.name for e in project.elements.values() if e.parent != e.id)

def dialog():
    return next((w for w in app.frame.findChildren(RecoveryDialog) if w.isVisible()), None)

def press(text):
    button = next(b for b in dialog().findChildren(QPushButton) if b.text() == text and b.isEnabled())
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    turns()

def said():
    return [label.text() for label in dialog().findChildren(QLabel)] if dialog() else []
"""
WORK = """
region = edit.place(project, "region", name="mine")
for n in range(5):
    edit.place(project, "zone", region, name=f"zone-{n}")
project.undo()
app.session.flush()
assert files.document.flush()
print(json.dumps(names()), flush=True)
QTimer.singleShot(0, lambda: os.kill(os.getpid(), signal.HOW))
app.run()
"""


def run(home: Path, code: str, *argv: object) -> tuple[int, Any]:
    env = {**os.environ, **{f"XDG_{n}_HOME": str(home / n.lower()) for n in ("CONFIG", "STATE", "DATA", "CACHE")}}
    done = copies.run("-c", BEGIN + code, *argv, env=env)
    lines = done.stdout.splitlines()
    assert lines, done.stderr
    return done.returncode, json.loads(lines[-1])


RECOVER = """
told = said()
press("Recover")
print(json.dumps([told, names(), app.session.modified, str(app.session.path)]))
app.close()
"""


RECOVERED_AND_UNDONE = """
told = said()
press("Recover")
undo, redo = app.window.actions["edit.undo"], app.window.actions["edit.redo"]
seen = [told, names(), app.session.modified, str(app.session.path), undo.text(), redo.text()]
for action in (redo, undo, undo, undo):
    action.trigger()
    seen.append(names())
print(json.dumps(seen))
app.close()
"""


@pytest.mark.parametrize("how", ["SIGKILL", "SIGSEGV", "SIGTERM"])
def test_that_unsaved_work_of_a_new_design_is_offered_and_comes_back_with_its_undo(how: str, tmp_path: Path) -> None:
    code, before = run(tmp_path, WORK.replace("HOW", how))
    assert code in (-getattr(signal, how), 0)
    assert before == ["mine", *(f"zone-{n}" for n in range(4))]
    _, (told, after, modified, path, undo, redo, *seen) = run(tmp_path, RECOVERED_AND_UNDONE)
    assert after == before
    assert modified
    assert path == "None"
    assert (undo, redo) == ("Undo Place Zone", "Redo Place Zone")
    zones = [f"zone-{n}" for n in range(5)]
    assert seen == [["mine", *zones[:n]] for n in (5, 4, 3, 2)]
    assert any("A design without a file: 7 edits that were not saved" in text for text in told)
    assert any("crashed last time" in text for text in told) is (how == "SIGSEGV")
    if how == "SIGKILL":  # it was put away: the next start has nothing to offer
        _, nothing = run(tmp_path, "print(json.dumps(said())); app.close()")
        assert nothing == []


def test_that_unsaved_work_on_a_file_comes_back_and_the_file_is_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "shop.clouddesign"
    path.write_bytes((ROOT / "resources" / "examples" / "web-shop.clouddesign").read_bytes())
    content = path.read_bytes()
    _, before = run(tmp_path, WORK.replace("HOW", "SIGKILL"), path)
    assert "mine" in before
    assert path.read_bytes() == content
    _, (told, after, modified, said_path) = run(tmp_path, RECOVER)
    assert after == before
    assert modified
    assert said_path == str(path)
    assert any("shop.clouddesign: 7 edits" in text for text in told)
    assert path.read_bytes() == content


def test_that_discard_keeps_it_for_a_while_and_close_asks_again(tmp_path: Path) -> None:
    run(tmp_path, WORK.replace("HOW", "SIGKILL"))
    _, told = run(tmp_path, "told = said(); dialog().reject(); print(json.dumps(told)); app.close()")
    assert any("not saved" in text for text in told)
    _, (told, after) = run(tmp_path, 'told = said(); press("Discard"); print(json.dumps([told, names()])); app.close()')
    assert any("not saved" in text for text in told)
    assert after == []
    kept = list((tmp_path / "state").rglob("discarded/*"))
    assert len(kept) >= 1
    _, nothing = run(tmp_path, "print(json.dumps(said())); app.close()")
    assert nothing == []


def test_that_an_ending_with_all_saved_leaves_nothing(tmp_path: Path) -> None:
    path = tmp_path / "saved.clouddesign"
    code = f"""
edit.place(project, "region", name="mine")
app.session.flush()
assert files._save(Path({str(path)!r}))
print(json.dumps(names()))
app.frame.close()
"""
    run(tmp_path, code)
    assert len(project_file.load(path).rows) == 2
    _, nothing = run(tmp_path, "print(json.dumps(said())); app.close()")
    assert nothing == []
    assert not list((tmp_path / "state").rglob("working-*"))


def test_that_a_file_open_in_another_window_is_told_and_opened_read_only(tmp_path: Path) -> None:
    path = tmp_path / "shared.clouddesign"
    path.write_bytes((ROOT / "resources" / "examples" / "web-shop.clouddesign").read_bytes())
    env = {**os.environ, **{f"XDG_{n}_HOME": str(tmp_path / n.lower()) for n in ("CONFIG", "STATE", "DATA", "CACHE")}}
    hold = "print('there', flush=True)\nsys.stdin.read()\napp.close()"
    pipes = {"stdin": copies.PIPE, "stdout": copies.PIPE, "stderr": copies.DEVNULL}
    other = Copy("-c", BEGIN + hold, path, env=env, **pipes)
    assert other.stdout is not None
    assert other.stdin is not None
    assert other.stdout.readline().strip() == "there"
    look = f"""
from PySide6.QtWidgets import QApplication, QMessageBox
texts = []
def answer():
    box = QApplication.activeModalWidget()
    if not isinstance(box, QMessageBox):
        QTimer.singleShot(20, answer)
        return
    texts.append(box.text())
    next(b for b in box.buttons() if b.text() == "Open Read-Only").click()
QTimer.singleShot(20, answer)
opened = files.open(Path({str(path)!r}))
print(json.dumps([opened, texts, len(names()), str(app.session.path)]))
app.close()
"""
    _, (opened, texts, count, session_path) = run(tmp_path, look)
    assert opened
    assert len(texts) == 1
    assert "shared.clouddesign" in texts[0]
    assert count == 347
    assert session_path == "None"
    # the other one is killed: its lock does not outlive it
    other.kill()
    other.wait(HUNG_S)
    other.stdin.close()
    other.stdout.close()
    _, again = run(tmp_path, "print(json.dumps([names() != [], str(app.session.path)])); app.close()", path)
    assert again == [True, str(path)]
