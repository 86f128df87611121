"""Too little memory in the real window: a sentence, nothing half done, and the window lives."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from designer.catalog import KINDS, LINKS
from designer.commands import clipboard
from designer.errors import NO_MEMORY
from designer.model.element import make
from designer.model.project import Project
from designer.store.file import project_file
from tests.benchmarks.file_save_load import design
from tests.conftest import ROOT
from tests.store.designs import content

if not Path("/proc/self/statm").exists():
    pytest.skip("the memory of a process is not told here", allow_module_level=True)

RETURNED = {"MALLOC_MMAP_THRESHOLD_": "131072", "MALLOC_TRIM_THRESHOLD_": "131072"}
"""Large blocks that are freed go back to the system; else glibc keeps some, and how much is left is not known."""
WINDOW = """
import json, sys, time
from pathlib import Path
from PySide6.QtCore import QMimeData, QTimer
from PySide6.QtWidgets import QApplication, QMessageBox
from designer.app import App
from designer.commands.clipboard import MIME
from tests.scenarios.doors import limited
from tests.store.designs import content

small, large, pasted = map(Path, sys.argv[1:4])
app = App(time.perf_counter())
app.show(small, demo=False)
assert app.wait(lambda: "plots" in app.marks and len(app.session.project.elements) > 5)
window, project, said = app.window, app.session.project, []
window.message.say = lambda text, wrong: said.append(text)

def answered():
    # A question that waits for the user is read and left.
    box = QApplication.activeModalWidget()
    if isinstance(box, QMessageBox):
        said.append(box.text())
        box.reject()

timer = QTimer()
timer.timeout.connect(answered)
timer.start(20)

def tried(act, done, megabytes):
    # What was said, whether the design is as before, and whether it is done when there is memory again.
    before = content(project.rows())
    said.clear()
    with limited(megabytes):
        act()
        app.wait(lambda: bool(said) or done())
    told = list(said)
    same = content(project.rows()) == before
    act()
    return [told, same, app.wait(done)]

held = QMimeData()
held.setData(MIME, pasted.read_bytes())
QApplication.clipboard().setMimeData(held)
paste = window.actions["edit.paste"].trigger
count = len(project.elements)
answers = [tried(lambda: window.files.open(large), lambda: len(project.elements) > 4000, megabytes=5)]
window.files.open(small)
assert app.wait(lambda: len(project.elements) == count)
answers.append(tried(paste, lambda: len(project.elements) > count, megabytes=26))
window.actions["edit.undo"].trigger()
assert len(project.elements) == count
window.files.document.flush()
print(json.dumps(answers), flush=True)
app.close()
"""


def test_that_without_memory_the_window_says_so_changes_nothing_and_can_do_it_later(tmp_path: Path) -> None:
    small, large, pasted = (tmp_path / name for name in ("small.clouddesign", "large.clouddesign", "pasted.json"))
    project_file.save(small, design(60, 20))
    project_file.save(large, design(4_500, 1_500))
    before = content(project_file.load(small).rows)
    notes = Project(KINDS, LINKS)
    with notes.edit("Add"):
        made = [notes.add(make(KINDS["note"].table, {"name": f"n{n}", "note": "x" * 15_000})) for n in range(700)]
    pasted.write_text(clipboard.copy(notes, made))
    done = subprocess.run(
        [sys.executable, "-c", WINDOW, str(small), str(large), str(pasted)],
        cwd=ROOT, env={**os.environ, **RETURNED, "QT_QPA_PLATFORM": "offscreen"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    opening, edit = json.loads(done.stdout.splitlines()[-1])
    assert any(text.startswith((NO_MEMORY, "This needs about ")) for text in edit[0]), edit
    assert any(text.startswith("This needs about ") for text in opening[0]), opening
    assert [edit[1:], opening[1:]] == [[True, True], [True, True]]
    assert content(project_file.load(small).rows) == before
