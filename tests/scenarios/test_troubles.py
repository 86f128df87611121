"""What goes wrong around an open design, with the real program: each ends with the work safe and a sentence."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from designer.catalog import KINDS, LINKS
from designer.model.project import Project
from designer.store.file import project_file
from tests import copies
from tests.copies import Copy, Disk
from tests.scenarios.test_recovery import BEGIN
from tests.store.test_saving import mounted
from tests.waiting import HUNG_S

HANDS = """
from PySide6.QtWidgets import QApplication, QFileDialog, QLineEdit, QMessageBox
told, asked, waiting = [], [], []
app.session.told.connect(told.append)
app.session.refused.connect(told.append)

def answer(*answers):
    # Answers the next messages: the text of a button, or a path for a file dialog.
    waiting[:] = answers
    def look():
        box = QApplication.activeModalWidget()
        if box is None or not box.isVisible() or not waiting:
            pass
        elif isinstance(box, QFileDialog):
            line, = box.findChildren(QLineEdit, "fileNameEdit")
            line.setText(waiting.pop(0))
            QTest.keyClick(line, Qt.Key.Key_Return)
        elif isinstance(box, QMessageBox):
            asked.append(box.text())
            wanted = waiting.pop(0)
            next(b for b in box.buttons() if b.text().replace("&", "") == wanted).click()
        if waiting:
            QTimer.singleShot(10, look)
    QTimer.singleShot(10, look)

def draw(name):
    region = next((e.id for e in project.elements.values() if e.name == "mine"), None)
    if region is None:
        region = edit.place(project, "region", name="mine")
    made = edit.place(project, "zone", region, name=name)
    app.session.flush()
    return made

def toast():
    return app.window.message.last

def attend():
    # What happens when the timer rings: the file is looked at, and what was seen is heard.
    for _ in range(3):
        files.watch.timer.timeout.emit()
        app.wait(lambda: not files.watch.busy)

def tell(*facts):
    print(json.dumps(facts), flush=True)

def kill():
    os.kill(os.getpid(), signal.SIGKILL)
"""
IN_TURN = """
files.new()
for line in sys.stdin:
    code, where = json.loads(line)
    path = Path(where)
    assert files.open(path)
    told.clear()
    asked.clear()
    exec(code)
    waiting.clear()
    turns()
    files.may_leave = lambda: True
    files.new()
    del files.may_leave
    files.watch.timer.start()
"""
"""A program that does what it is told with one design after the other."""


class Program:
    """The real program, offscreen, and what it said."""

    def __init__(self, home: Path, code: str, *argv: object, disk: Disk | None = None) -> None:
        env = {**os.environ, **{f"XDG_{n}_HOME": str(home / n.lower()) for n in ("CONFIG", "STATE", "DATA", "CACHE")}}
        pipes = {"stdin": copies.PIPE, "stdout": copies.PIPE, "stderr": copies.PIPE}
        self._process = Copy("-c", BEGIN + HANDS + code, *argv, env=env, disk=disk, **pipes)

    def facts(self) -> Any:
        """The next line that it tells."""
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            _, trouble = self._process.communicate(timeout=HUNG_S)
            raise AssertionError(trouble)
        return json.loads(line)

    def tell(self, *what: object) -> None:
        """Tell it a line."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(what) + "\n")
        self._process.stdin.flush()

    def kill(self) -> None:
        self._process.kill()
        self.end()

    def end(self) -> int:
        self._process.communicate(timeout=HUNG_S)
        return self._process.returncode


def run(home: Path, code: str, *argv: object, disk: Disk | None = None) -> Any:
    """Run it to its end; the last facts that it told."""
    program = Program(home, code, *argv, disk=disk)
    facts = program.facts()
    program.end()
    return facts


InTurn = Callable[[str, Path], Any]


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Program]]:
    """The program that is told to do one thing after the other, once there is one."""
    made: list[Program] = []
    yield made
    for program in made:
        program.end()


@pytest.fixture
def in_turn(programs: list[Program], tmp_path_factory: pytest.TempPathFactory) -> InTurn:
    """Opens a design, does something with it, and returns the facts that are told: all in one program, which begins a
    new design after each; or in another one, where it ended."""

    def do(code: str, path: Path) -> Any:
        if not programs:
            programs.append(Program(tmp_path_factory.mktemp("home"), IN_TURN))
        program = programs.pop()
        program.tell(code, str(path))
        facts = program.facts()
        programs.append(program)
        return facts

    return do


def names(path: Path) -> set[str]:
    """The names of all that a file holds."""
    project = Project(KINDS, LINKS, project_file.load(path).rows)
    return {element.name for element in project.elements.values()}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A design of the user's."""
    (tmp_path / "user").mkdir()
    made = tmp_path / "user" / "shop.clouddesign"
    project_file.save(made, Project(KINDS, LINKS).rows())
    return made


def test_that_of_two_windows_on_one_file_the_killed_one_loses_nothing_and_neither_writes_over_the_other(
    tmp_path: Path, path: Path
) -> None:
    first = Program(tmp_path, 'draw("first"); files.document.flush(); tell("ready"); sys.stdin.readline()', path)
    assert first.facts() == ["ready"]
    second = run(
        tmp_path,
        f"""
answer("Open Anyway")
opened = files.open(Path({str(path)!r}))
draw("second")
saved = files.save()
tell(opened, asked, saved, told[-1])
app.close()
""",
    )
    first.kill()
    opened, (question,), saved, sentence = second
    assert question.startswith("shop.clouddesign is open in Cloud Designer 0.1.0 (process ")
    assert question.endswith("Close it there, or open it read-only here.")
    assert (opened, saved, sentence) == (True, True, "Saved shop.clouddesign.")
    assert {"second"} < names(path)
    other = path.with_name("first.clouddesign")
    said, question, saved, sentence = run(
        tmp_path,
        f"""
offered = said()
press("Recover")
answer("Save As …", {str(other)!r})
saved = files.save()
tell(offered, asked, saved, told[-1])
app.close()
""",
    )
    assert any(text.endswith("The file was changed since by another program.") for text in said), said
    assert question == [
        f"{path} was not saved: another program has changed it since it was opened. "
        "Save under another name, merge, or overwrite it."
    ]
    assert (saved, sentence) == (True, "Saved first.clouddesign.")
    assert "first" in names(other) and "second" in names(path)
    assert "first" not in names(path)


@pytest.mark.parametrize("how", ["renamed", "deleted"])
def test_that_a_file_that_is_gone_is_written_anew_and_that_is_told(how: str, path: Path, in_turn: InTurn) -> None:
    away = path.with_name("elsewhere.clouddesign")
    act = f"path.rename({str(away)!r})" if how == "renamed" else "path.unlink()"
    saved, asked, sentence, shown = in_turn(
        f"""
draw("before")
{act}
draw("after")
saved = files.save()
tell(saved, asked, told[-1], toast())
""",
        path,
    )
    assert (saved, asked) == (True, [])
    assert sentence == shown == "shop.clouddesign was renamed or deleted since it was opened. It was saved again."
    assert names(path) == {"mine", "before", "after", "Design"} or {"before", "after"} < names(path)
    if how == "renamed":
        assert "before" not in names(away)


def test_that_as_long_as_a_file_is_gone_the_window_says_so_and_leaving_asks(path: Path, in_turn: InTurn) -> None:
    gone, back, asked, left, saved, after = in_turn(
        """
files.watch.timer.stop()
def seen():
    return [app.session.modified, app.window.status.saved.text(), app.window.menus.name.text()]
attend()
away = path.with_name("away")
path.rename(away)
attend()
gone = [*seen(), list(told)]
answer("Cancel")
left = files.may_leave()
away.rename(path)
attend()
back = seen()
path.unlink()
attend()
saved = files.save()
attend()
tell(gone, back, asked, left, saved, seen())
""",
        path,
    )
    sentence = "shop.clouddesign was renamed or deleted. The design is still here; Save writes the file again."
    assert gone == [True, "The file was renamed or deleted", "shop •", [sentence]]
    assert (asked, left) == (["shop is in no file: it was renamed or deleted."], False)
    assert (back, saved) == ([False, "Saved in shop.clouddesign", "shop"], True)
    assert after == back
    assert path.is_file()


REPLACE = {
    "another save": "project_file.save(path, Project(KINDS, LINKS).rows())",
    "another file": "path.write_text('my shopping list')",
    "a link": "path.unlink(); path.with_name('x').write_text('other'); path.symlink_to(path.with_name('x'))",
}


@pytest.mark.parametrize(
    ("what", "chosen"),
    [("another save", "Save As …"), ("a link", "Save As …"), ("another file", "Overwrite"), ("another file", "Cancel")],
)
def test_that_a_file_that_was_replaced_is_asked_about(
    what: str, chosen: str, tmp_path: Path, path: Path, in_turn: InTurn
) -> None:
    other = path.with_name("other.clouddesign")
    code = f"""
from designer.catalog import KINDS, LINKS
from designer.model.project import Project
from designer.store.file import project_file
draw("ours")
{REPLACE[what]}
content = path.read_bytes()
answer({chosen!r}, {str(other)!r})
saved = files.save()
files.document.flush()
watched = [text for text in told if text.startswith("Another program has changed")]  # once a second it is looked at
tell(saved, asked, [text for text in told if text not in watched], app.session.modified, path.read_bytes() == content)
"""
    alone = chosen == "Cancel"  # it is killed, and started again
    saved, asked, told, modified, shown = run(tmp_path, code + "kill()", path) if alone else in_turn(code, path)
    assert asked == [
        f"{path} was not saved: another program has changed it since it was opened. "
        "Save under another name, merge, or overwrite it."
    ]
    if what == "a link":
        assert path.with_name("x").read_text() == "other", "the file to which the link leads is not ours"
    if alone:
        assert (saved, told, modified, shown) == (False, [], True, True)
        (offered,) = run(tmp_path, "tell([t for t in said() if 'not saved' in t]); app.close()")
        assert "shop.clouddesign is not a Cloud Designer project" in offered[-1]
        return
    where = other if chosen == "Save As …" else path
    assert (saved, told, modified) == (True, [f"Saved {where.name}."], False)
    assert "ours" in names(where)
    assert shown is (chosen == "Save As …"), "what stands there now is theirs"


@pytest.mark.parametrize("chosen", ["Save This Name Alone", "Save As …", "Cancel"])
def test_that_a_file_with_another_name_is_asked_about(chosen: str, path: Path, in_turn: InTurn) -> None:
    twin, other = path.with_name("twin.clouddesign"), path.with_name("other.clouddesign")
    os.link(path, twin)
    before = path.read_bytes()
    saved, asked, told, modified, again = in_turn(
        f"""
draw("ours")
answer({chosen!r}, {str(other)!r})
saved = files.save()
told_first, modified = list(told), app.session.modified
del asked[1:]
draw("later")
again = files.save() if saved else None  # what was answered is not asked again
tell(saved, asked, told_first, modified, again)
""",
        path,
    )
    assert asked == [
        f"{path} was not saved: the same file has another name (hard links), which would keep the old state. "
        "Save under this name only, or under another name."
    ]
    assert twin.read_bytes() == before
    if chosen == "Cancel":
        assert (saved, told, modified) == (False, [], True)
        assert path.samefile(twin)
        return
    where = path if chosen == "Save This Name Alone" else other
    assert (saved, told, modified, again) == (True, [f"Saved {where.name}."], False, True)
    assert {"ours", "later"} <= set(names(where))
    assert path.samefile(twin) is (chosen == "Save As …")


def test_that_a_folder_that_is_gone_is_a_sentence_and_save_as_works(
    tmp_path: Path, path: Path, in_turn: InTurn
) -> None:
    other = tmp_path / "other.clouddesign"
    saved, asked, told = in_turn(
        f"""
draw("ours")
import shutil
shutil.rmtree(path.parent)
answer("Save As …", {str(other)!r})
saved = files.save()
tell(saved, asked, told[-1:])
""",
        path,
    )
    assert (saved, told) == (True, ["Saved other.clouddesign."])
    assert asked == [
        f"{path} was not saved: its folder does not exist. Save it under another name or in another place."
    ]
    assert "ours" in names(other)


FULL = """
from designer.settings import state_dir
def fill(folder):
    with open(folder / "ballast", "wb", buffering=0) as ballast:
        try:
            while True:
                ballast.write(bytes(4096))
        except OSError:
            pass
"""


def test_that_a_disk_that_fills_while_one_types_is_told_and_made_good(tmp_path: Path) -> None:
    (tmp_path / "state").mkdir()
    disk = mounted("size=4m", tmp_path / "state")
    code = (
        FULL
        + """
document = files.document
document._retry_s = document._copy._retry_s = 0.1
draw("safe")
assert document.flush()
fill(state_dir())
for n in range(12):  # as one types a note
    with project.edit("Note"):
        for element in list(project.elements):
            project.set(element, note=chr(97 + n % 26) * 15_000)
    draw(f"typed {n}")
    turns()
app.wait(lambda: document._copy.behind and told)
full = [list(told), app.window.status.saved.text(), document.flush(), len(names())]
(state_dir() / "ballast").unlink()
draw("room again")
app.wait(lambda: len(told) > 1 and not document._copy.behind)
kept = document.flush()
count = len(names())
from designer.store.working.recovery import read_folder
copied = len(read_folder(document._session.path).rows)
tell(full, told, app.window.status.saved.text(), kept, count, copied)
kill()
"""
    )
    full, told, shown, kept, count, copied = run(tmp_path, code, disk=disk)
    (warning,), visible, kept_then, drawn = full
    assert warning.startswith("Your edits are no longer kept safe beside the file: the disk is full (")
    assert warning.endswith("Make room there, or save the design in another place.")
    assert visible == "Edits are not kept safe", "a warning that is gone after some seconds is not enough"
    assert (kept_then, drawn) == (False, 14)
    assert told == [warning, "Your edits are kept safe again."]
    assert (shown, kept, count, copied) == ("Not saved yet", True, 15, 16)


def test_that_a_full_disk_at_saving_leaves_the_old_file_and_save_as_works(tmp_path: Path) -> None:
    (tmp_path / "small").mkdir()
    disk = mounted("size=600k", tmp_path / "small")
    path, other = tmp_path / "small" / "shop.clouddesign", tmp_path / "other.clouddesign"
    code = (
        FULL
        + f"""
path = Path({str(path)!r})
draw("first")
assert files._save(path)
content = path.read_bytes()
fill(path.parent)
draw("second")
answer("Cancel")
first = files.save()
same = path.read_bytes() == content
kept = files.document.flush()
answer({str(other)!r})
second = files.save_as()
beside = sorted(p.name for p in path.parent.iterdir())
tell(first, asked, same, kept, second, told, beside)
app.close()
"""
    )
    first, asked, same, kept, second, told, beside = run(tmp_path, code, disk=disk)
    assert (first, same, kept, second) == (False, True, True, True)
    assert asked == [f"{path} was not saved: the disk is full. Save it under another name or in another place."]
    assert told[-1] == "Saved other.clouddesign."
    assert beside == ["ballast", "shop.clouddesign"]
    assert {"first", "second"} < names(other)


@pytest.mark.parametrize("how", ["the disk is read-only", "you have no permission there"])
def test_that_in_a_folder_that_is_read_only_files_open_and_save_as_works(how: str, tmp_path: Path) -> None:
    (tmp_path / "shut").mkdir()
    mount = how == "the disk is read-only"
    disk = mounted("size=2m", tmp_path / "shut") if mount else None
    path, other = tmp_path / "shut" / "shop.clouddesign", tmp_path / "other.clouddesign"
    shut = f'subprocess.run(["mount", "-o", "remount,ro", {str(path.parent)!r}], check=True)'
    code = f"""
import subprocess
from designer.store.file import project_file
path = Path({str(path)!r})
project_file.save(path, project.rows())
{shut if mount else "os.chmod(path.parent, 0o555)"}
opened = files.open(path)
draw("ours")
answer("Cancel")
{"" if mount else "os.seteuid(65534 if os.geteuid() == 0 else os.geteuid())"}
first = files.save()
{"" if mount else "os.seteuid(os.getuid())"}
answer({str(other)!r})
second = files.save_as()
tell(opened, first, asked, second, told[-1], sorted(p.name for p in path.parent.iterdir() if p.suffix != ".lock"))
app.close()
"""
    tmp_path.chmod(0o755)
    for above in tmp_path.parents[:3]:
        above.chmod(above.stat().st_mode | 0o011)
    opened, first, asked, second, told, beside = run(tmp_path, code, disk=disk)
    assert (opened, first, second, told) == (True, False, True, "Saved other.clouddesign.")
    assert asked == [f"{path} was not saved: {how}. Save it under another name or in another place."]
    assert beside == ["shop.clouddesign"]
    assert "ours" in names(other)
