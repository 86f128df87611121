"""A mistake of the program itself: told in a sentence, written down for whoever mends it, and nothing is lost."""

from __future__ import annotations

import json
import re
from pathlib import Path

from tests.scenarios.test_recovery import WORK, run

VERSIONS = r"Cloud Designer \d+\.\d+\.\d+, Python 3\.\d+\.\d+, Qt 6\.\d+\.\d+, \w+ \w+"

SLOT = """
from PySide6.QtCore import QObject, Signal
class Bell(QObject):
    rung = Signal()
bell = Bell()
def broken():
    secret = "what the user drew"
    raise ZeroDivisionError("a mistake of ours")
bell.rung.connect(broken)
region = edit.place(project, "region", name="mine")
for n in range(5):
    bell.rung.emit()
said = app.window.message.last
turns()
edit.place(project, "zone", region, name="after")
app.session.flush()
import threading
thread = threading.Thread(target=broken, name="some thread")
thread.start()
thread.join()
print(json.dumps([said, names(), files.document.flush(), app.window.actions["edit.undo"].isEnabled()]))
app.close()
"""


def logged(home: Path) -> str:
    return (home / "state" / "cloud-designer" / "log.txt").read_text("utf-8")


def test_that_an_exception_in_a_slot_is_a_sentence_and_the_program_goes_on(tmp_path: Path) -> None:
    code, (said, after, kept, can_undo) = run(tmp_path, SLOT)
    log = tmp_path / "state" / "cloud-designer" / "log.txt"
    assert code == 0
    assert said == (
        f"An error occurred in the program (ZeroDivisionError). Your design is unchanged. The details are in {log}."
    )
    assert (after, kept, can_undo) == (["after", "mine"], True, True)
    text = logged(tmp_path)
    assert len(re.findall(rf"unexpected in {VERSIONS}: Traceback", text)) == 1, "five times the same is told once"
    assert re.search(rf"unexpected in thread some thread of {VERSIONS}: Traceback", text)
    assert len(re.findall(r"line \d+, in broken\nZeroDivisionError: a mistake of ours", text)) == 2
    assert "what the user drew" not in text, "a log holds no values"
    assert (log.parent.stat().st_mode & 0o777) == 0o700
    # nothing is told at the next start: the program itself went on and ended well
    _, nothing = run(tmp_path, "print(json.dumps(said())); app.close()")
    assert nothing == []


def test_that_a_crash_leaves_its_stack_and_is_told_once_with_what_was_recovered(tmp_path: Path) -> None:
    state = tmp_path / "state" / "cloud-designer"
    state.mkdir(parents=True)
    for n in range(15):
        (state / f"crash-2020-01-{n + 1:02}-120000-77.txt").write_text("old")
    code, before = run(tmp_path, WORK.replace("HOW", "SIGSEGV"))
    assert code == -11
    _, (told, after) = run(tmp_path, 'told = said(); press("Recover"); print(json.dumps([told, names()])); app.close()')
    assert after == before
    (sentence,) = [text for text in told if "crashed" in text]
    report = Path(sentence.removeprefix("The program crashed last time. The report is in ").rstrip("."))
    first, rest = report.read_text("utf-8").split("\n", 1)
    assert re.fullmatch(VERSIONS, first)
    assert rest.startswith("Fatal Python error: Segmentation fault")
    assert "in run" in rest
    assert any("edits that were not saved" in text for text in told)
    assert len(list(state.glob("crash-*.txt"))) == 10, "only the last reports are kept"
    assert list(state.glob("faults-*.txt")) == []
    _, nothing = run(tmp_path, "print(json.dumps(said())); app.close()")
    assert nothing == []


def test_that_the_log_is_limited_and_settings_of_another_shape_do_no_harm(tmp_path: Path) -> None:
    (tmp_path / "config" / "cloud-designer").mkdir(parents=True)
    odd = {
        "hidden": 5,
        "columns": "x",
        "theme": ["dark"],
        "recent_files": 7,
        "history": {},
        "speed": "fast",
        "geometry": "x",
    }
    (tmp_path / "config" / "cloud-designer" / "settings.json").write_text(json.dumps(odd))
    code, (shown, said) = run(
        tmp_path,
        """
import logging
for n in range(400):
    logging.getLogger("designer").error("%s", "x" * 20_000)
print(json.dumps([app.window is not None, app.window.message.last]))
app.close()
""",
    )
    assert (code, shown, said) == (0, True, "")
    logs = list((tmp_path / "state" / "cloud-designer").glob("log.txt*"))
    assert len(logs) == 3
    assert sum(log.stat().st_size for log in logs) < 3_100_000


FOLDER = """
from PySide6.QtCore import QObject, QUrl, Slot
from PySide6.QtGui import QDesktopServices
class Browser(QObject):
    opened = []
    @Slot(QUrl)
    def show(self, url):
        self.opened.append(url.toLocalFile())
browser = Browser()
QDesktopServices.setUrlHandler("file", browser, "show")
app.window.actions["help.log"].trigger()
QDesktopServices.unsetUrlHandler("file")
print(json.dumps(browser.opened))
app.close()
"""


def test_that_the_log_folder_is_shown_from_the_help_menu(tmp_path: Path) -> None:
    _, opened = run(tmp_path, FOLDER)
    assert opened == [str(tmp_path / "state" / "cloud-designer")]
