"""The program starts whatever its folders and settings are like, with what it can have, and says what it could not."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from designer.catalog.presets.own import OwnPreset
from designer.errors import FileError
from designer.settings import Settings
from designer.store.exchange.library import ITEMS_LIMIT, Library
from tests import copies
from tests.pace import within
from tests.store.designs import saved
from tests.store.test_holding import killed
from tests.waiting import HUNG_S

STARTER = """
import io, json, os, resource, signal, sys, threading, time
from designer.app import App
from designer.study.engine_process import EngineHost
from designer.ui.parts.background import run_in_background
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QMenu, QMessageBox
print("ready", flush=True)

def start(asked):
    os.environ.update(asked["env"])
    os.chdir(asked["folder"])
    if asked["writes"] is not None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (asked["writes"], asked["writes"]))
    if asked["nobody"] and os.geteuid() == 0:
        os.setgroups([])
        os.setgid(65534)
        os.setuid(65534)
    told, offered = [], []
    app = App(time.perf_counter())
    app.show(None, demo=False, recover=True)
    if asked["signal"] == "before":
        os.kill(os.getpid(), signal.SIGTERM)
    app.frame.shown_first.connect(lambda: app.session.told.connect(told.append))
    if asked["signal"] in ENDS:
        app.frame.shown_first.connect(lambda: QTimer.singleShot(0, app.frame, lambda: ENDS[asked["signal"]](app)))
    if asked["signal"]:
        return {"code": app.run()}
    app._offer_recovery = offered.append
    assert app.wait(lambda: "plots" in app.marks and bool(offered))
    (left,) = offered
    app.window.files.document.flush()  # what can be written is, and what cannot be is known
    if asked["writes"] == 0:
        assert app.wait(lambda: bool(told))
    sizes = app.window.panels._columns.sizes()
    place = app.frame.geometry()
    app.close()
    found = [one.sentence for one in left.found]
    return {"told": told, "offered": [*found, *left.notes], "columns": sizes, "width": place.width(),
            "safe": not app.window.files.document.behind, "warned": app.session.library.content().warnings}

def end(*_):
    os.kill(os.getpid(), signal.SIGTERM)

def work(project):
    with project.edit("Add"):
        end()
        while True:
            project.add(project.kinds["note"].table(parent=1))

def large(app):
    app.session.do_large("Adding ...", 10_000, work)

def message(app):
    QTimer.singleShot(0, app.frame, end)
    QMessageBox.question(app.frame, "Save?", "Save?")

def menu(app):
    QTimer.singleShot(0, app.frame, end)
    QMenu("Menu", app.frame).exec()

def reading(app):
    gone = threading.Event()
    app.session.do(run_in_background, app.frame, "Opening ...", lambda: end() or gone.wait(), True)

def twice(app):
    end()
    end()

def loading(app):
    app.window.files.open_example()
    QTimer.singleShot(0, app.frame, end)

ENDS = {"paint": end, "large work": large, "message": message, "menu": menu, "reading": reading, "twice": twice,
        "example": loading}

for line in sys.stdin:
    reader, writer = os.pipe()
    pid = os.fork()
    if not pid:
        os.dup2(writer, 2)
        sys.stderr = io.TextIOWrapper(open(2, "wb", closefd=False), "utf-8", write_through=True)
        try:
            answer = start(json.loads(line))
        except BaseException:
            import traceback
            traceback.print_exc()
            answer = {}
        os.write(1, (json.dumps(answer) + "\\n").encode())
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        errors = pipe.read().decode(errors="replace")
    os.waitpid(pid, 0)
    print(json.dumps(errors), flush=True)
"""


@pytest.fixture(scope="module")
def starter() -> Iterator[copies.Copy]:
    """A process that starts the program in copies of itself."""
    env = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    with copies.Copy("-c", STARTER, env=env, stdin=copies.PIPE, stdout=copies.PIPE) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        assert process.stdout.readline() == "ready\n"
        yield process
        process.stdin.close()
        assert process.wait(HUNG_S) == 0


@dataclass
class Home:
    """The folders of a user of their own."""

    folder: Path
    starter: copies.Copy
    nobody: bool = False
    writes: int | None = None

    def of(self, name: str) -> Path:
        return self.folder / name / "cloud-designer"

    def start(self, signal: str = "") -> dict[str, Any]:
        """Start the program and close it; what it said."""
        env = {f"XDG_{name.upper()}_HOME": str(self.folder / name) for name in ("state", "config", "cache")}
        asked = {"env": env, "folder": str(self.folder), "nobody": self.nobody, "writes": self.writes,
                 "signal": signal}  # fmt: skip
        assert self.starter.stdin is not None
        assert self.starter.stdout is not None
        self.starter.stdin.write(json.dumps(asked) + "\n")
        self.starter.stdin.flush()
        answer = json.loads(self.starter.stdout.readline())
        errors = json.loads(self.starter.stdout.readline())
        assert "Traceback" not in errors, errors
        assert answer, errors
        return dict(answer)


@pytest.fixture
def home(starter: copies.Copy) -> Iterator[Home]:
    """Not in pytest's folder, which every new run of tests closes again to others, also to the one who reads here."""
    made = Home(Path(tempfile.mkdtemp(prefix="designer-home-")), starter)
    for name in ("state", "config", "cache"):
        made.of(name).mkdir(parents=True)
    yield made
    shutil.rmtree(made.folder, ignore_errors=True)


def settings(text: str | bytes) -> Callable[[Home], Any]:
    content = text if isinstance(text, bytes) else text.encode()
    return lambda home: (home.of("config") / "settings.json").write_bytes(content)


def in_place_of(name: str) -> Callable[[Home], None]:
    """A file stands where a folder must be."""

    def make(home: Home) -> None:
        home.of(name).rmdir()
        home.of(name).write_bytes(b"")

    return make


def piped(name: str) -> Callable[[Home], None]:
    return lambda home: os.mkfifo(home.of("config") / name)


def read_only(home: Home) -> None:
    """Let somebody who is not root read all of it and write nothing."""
    home.nobody = True
    for path in [home.folder, *home.folder.rglob("*")]:
        path.chmod(0o555 if path.is_dir() else 0o444)


def unreadable(home: Home) -> None:
    """Nobody may write into any of the folders."""
    read_only(home)


def nothing_of_all(home: Home) -> None:
    for name in ("state", "config", "cache"):
        in_place_of(name)(home)


def full(home: Home) -> None:
    home.writes = 0


def piped_log(home: Home) -> None:
    (home.of("state") / "log.txt").mkdir()


UNSAFE = "the document says that edits are not kept safe"
STARTS: dict[str, tuple[Callable[[Home], Any], str]] = {
    "all is well": (lambda home: None, ""),
    "no state": (in_place_of("state"), "/state/cloud-designer cannot be used"),
    "no configuration": (in_place_of("config"), "/config/cloud-designer cannot be used"),
    "no cache": (in_place_of("cache"), "/cache/cloud-designer cannot be used"),
    "nothing of all": (nothing_of_all, "/config/cloud-designer cannot be used"),
    "read-only": (unreadable, UNSAFE),
    "disk full": (full, "Your edits are no"),
    "no log": (piped_log, "There is no log in"),
    "300,000 brackets": (settings("[" * 300_000), "settings.json are damaged"),
    "settings of a pipe": (piped("settings.json"), "settings.json cannot be read"),
    "library of a pipe": (piped("library.json"), "library.json could not be read: it is not a regular file"),
    "vast settings": (settings(b" " * (1 << 21)), "settings.json cannot be read"),
    "no UTF-8": (settings(b'{"theme": "\xff"}'), "settings.json are damaged"),
    "half a character": (settings('{"theme": "\\ud800", "geometry": "\\ud800", "hidden": ["\\ud800"]}'), ""),
    "wild columns": (settings('{"columns": [1e308, -99999999999999999999, 1e18]}'), ""),
    "odd columns": (settings('{"columns": [1.5, -7, 0, 3, 9000000]}'), ""),
    "wild place": (settings(json.dumps({"geometry": "AdnQywAD" + "/////" * 12 + "=="})), ""),
    "nonsense of each": (settings(json.dumps({name: [{}] for name in ("theme", "geometry", "columns", "speed")})), ""),
}


@pytest.mark.parametrize("name", STARTS)
def test_that_the_program_starts_and_says_what_it_could_not_have(name: str, home: Home) -> None:
    make, said = STARTS[name]
    make(home)
    answer = home.start()
    told = [*answer["told"], *answer["warned"], *([] if answer["safe"] else [UNSAFE])]
    assert (said in " ".join(told)) if said else told == []
    assert all(0 <= width < 10_000 for width in answer["columns"])
    assert 700 <= answer["width"] < 10_000


def test_that_unsaved_work_is_offered_also_from_a_read_only_disk(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(home.folder / "state"))
    killed(saved(home.folder / "mine.clouddesign"))
    read_only(home)
    answer = home.start()
    assert [text for text in answer["offered"] if text.startswith("mine.clouddesign: an edit that was not saved")]


@pytest.mark.parametrize("when", ["before", "paint", "large work", "message", "menu", "reading", "twice", "example"])
def test_that_a_program_told_to_end_just_after_its_start_ends(when: str, home: Home) -> None:
    assert home.start(signal=when) == {"code": 0}
    assert list(home.of("state").glob("faults-*")) == []


# -- settings and library alone


def test_that_a_pipe_named_as_the_settings_is_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    os.mkfifo(path)
    given = Settings(path)
    given.set("theme", "dark")
    assert given.get("theme") == "dark"
    assert path.is_fifo()


LIBRARY = {
    "half a character in a name": (
        {"sort": "preset", "kind": "vm", "name": "\ud800", "fields": {"vcpus": 2}},
        "holds a character"),
    "half a character in a note": (
        {"sort": "preset", "kind": "vm", "name": "a", "note": "\udfff", "fields": {"vcpus": 2}}, "holds a character"),
    "half a character in a field": (
        {"sort": "preset", "kind": "vm", "name": "a", "fields": {"\ud800": 2}}, "holds a character"),
    "a name that is an object": ({"sort": "preset", "kind": "vm", "name": {"a": 1}, "fields": {}}, "without a name"),
    "a kind that is a list": ({"sort": "preset", "kind": [[]], "name": "a", "fields": {"vcpus": 2}}, "not a kind"),
    "a sort of an object": ({"sort": {}, "name": "a"}, "neither a preset nor a blueprint"),
    "a blueprint of nothing": ({"sort": "blueprint", "name": "a"}, "is damaged"),
    "a blueprint of a number": ({"sort": "blueprint", "name": "a", "content": 10**400}, "is damaged"),
}  # fmt: skip


@pytest.mark.parametrize("name", LIBRARY)
def test_that_a_damaged_item_of_the_library_is_not_offered_and_not_lost(name: str, tmp_path: Path) -> None:
    row, said = LIBRARY[name]
    path = tmp_path / "library.json"
    sound = {"sort": "preset", "kind": "vm", "name": "sound", "fields": {"vcpus": 3}}
    path.write_text(json.dumps({"format": 1, "items": [row, sound]}))
    library = Library(path)
    assert [own.name for own in library.presets()] == ["sound"]
    assert any(said in text for text in library.told())
    assert all(text.isprintable() for text in library.content().warnings)
    (own,) = library.presets()
    library.rename(own, "other")
    content = json.loads(path.read_text())["items"]
    assert content[0] == row
    assert content[1]["name"] == "other"


def test_that_a_library_of_very_many_offers_the_first_and_says_so(tmp_path: Path) -> None:
    path = tmp_path / "library.json"
    row = '{"sort": "preset", "kind": "vm", "name": "%d", "fields": {"vcpus": 2}}'
    path.write_text('{"format": 1, "items": [' + ", ".join(row % n for n in range(50_000)) + "]}")
    library = Library(path)
    assert len(library.presets()) == ITEMS_LIMIT
    assert library.told() == ["Your library holds 50,000 items; the first 5,000 are offered."]


def presets(count: int, note: str = "") -> str:
    """A library of very many presets, as a script would write it."""
    row = '{"sort": "preset", "kind": "vm", "name": "%d", "note": "' + note + '", "fields": {"vcpus": 2}}'
    return '{"format": 1, "items": [' + ", ".join(row % n for n in range(count)) + "]}"


@pytest.mark.parametrize(
    ("made", "what"),
    [
        (lambda: presets(300_000), "more than 1,000,000 values"),
        (lambda: presets(3_500, "x" * 20_000), "more than 64 MiB"),
        (lambda: '{"format": 1, "items": [' + "[]," * 1_100_000 + "[]]}", "more than 1,000,000 values"),
    ],
    ids=["300,000 presets", "66 MiB", "a million brackets"],
)
def test_that_a_library_of_too_much_is_left_as_it_is_and_told(
    made: Callable[[], str], what: str, tmp_path: Path
) -> None:
    path, text = tmp_path / "library.json", made()
    path.write_text(text)
    library = Library(path)
    began = time.process_time()
    assert library.presets() == []
    assert within(time.process_time() - began, 1.0)
    said = f"Your library {path} was left as it is: it holds {what}, too much to read. "
    said += "Move it elsewhere to start a new one."
    assert library.told() == [said]
    with pytest.raises(FileError) as caught:
        library.put(OwnPreset("host", "Big", {"cores": 96}))
    assert str(caught.value) == said
    assert path.read_text() == text
    assert [each.name for each in tmp_path.iterdir() if each.suffix == ".json"] == ["library.json"]
    path.unlink()
    library.put(OwnPreset("host", "Big", {"cores": 96}))
    assert [own.name for own in library.presets()] == ["Big"]


@pytest.mark.parametrize("text", ["[" * 300_000, "{" * 9])
def test_that_a_library_of_brackets_is_put_aside(text: str, tmp_path: Path) -> None:
    path = tmp_path / "library.json"
    path.write_text(text)
    library = Library(path)
    assert library.presets() == []
    assert "It was renamed to" in library.told()[0]
    (aside,) = tmp_path.glob("library.damaged-*.json")
    assert aside.read_text() == text


def test_that_a_library_that_is_no_file_is_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "library.json"
    os.mkfifo(path)
    library = Library(path)
    assert library.presets() == []
    assert library.told()[0].startswith("Your library")
    with pytest.raises(FileError, match="was not changed"):
        library.delete(library_item())
    assert path.is_fifo()
    shutil.rmtree(tmp_path)


def library_item() -> Any:

    return OwnPreset("vm", "a", {"vcpus": 2})
