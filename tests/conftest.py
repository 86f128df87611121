"""What every test stands on: a home of its own, an offscreen screen, kernels compiled once, real parts."""

from __future__ import annotations

import contextlib
import gc
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings as hypothesis_settings
from pytestqt.qtbot import QtBot

from tests import copies
from tests.copies import Copy
from tests.waiting import HUNG_MS, HUNG_S

ROOT = Path(__file__).parent.parent


CHECKED = os.environ.get("NUMBA_BOUNDSCHECK") == "1"
"""Kernels raise IndexError where they would read or write beyond an array; they are kept apart from the others."""
KERNELS = "numba-checked" if CHECKED else "numba"


def _kernel_cache() -> Path:
    """Where compiled kernels are kept between runs: inside the environment, or else in the user's cache."""
    inside = Path(sys.prefix)
    if sys.prefix != sys.base_prefix and os.access(inside, os.W_OK):
        return inside / "cache" / KERNELS
    return Path.home() / ".cache" / "cloud-designer-tests" / KERNELS


def _compiled_before(into: Path) -> None:
    """Take over what is compiled for the user, as by the environment of `make`: no worker need compile it again."""
    user = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "cloud-designer" / "numba"
    newest = max(user.glob("*/whole"), key=lambda whole: whole.stat().st_mtime_ns, default=None)
    made = into / newest.parent.name if newest is not None else into
    if newest is not None and not made.exists():
        with contextlib.suppress(OSError):  # another process of tests does it, too
            part = Path(tempfile.mkdtemp(dir=into))
            shutil.copytree(newest.parent, part, dirs_exist_ok=True)
            part.rename(made)


MEMORY = Path("/dev/shm")
ROOM = 5 << 30
"""Bytes of memory that are free where the files of tests are kept in it: a whole run writes half of that."""


def _in_memory() -> Path | None:
    """A folder of this run in memory, for all that tests write: a store that flushes each edit waits for a disk else,
    and so do all tests beside it. None where there is little memory, or where programs may not be started from it.
    What runs that were killed have left is removed."""
    try:
        free = os.statvfs(MEMORY)
        told = dict(line.split(":", 1) for line in Path("/proc/meminfo").read_text().splitlines())
        available = 1024 * int(told["MemAvailable"].split()[0])
        if free.f_flag & os.ST_NOEXEC or min(free.f_bavail * free.f_frsize, available) < ROOM:
            return None
        for left in MEMORY.glob("cd-*-*"):
            if not Path("/proc", left.name.split("-")[1]).exists():
                shutil.rmtree(left, ignore_errors=True)
        made = Path(tempfile.mkdtemp(prefix=f"cd-{os.getpid()}-", dir=MEMORY))
        made.chmod(0o1777)  # as /tmp: some programs are started as a user who may write nowhere else
        return made
    except (OSError, KeyError, IndexError, ValueError):
        return None


def _large_screen() -> str:
    """The offscreen platform with a usual screen: its own, of 800 x 800, is smaller than the window."""
    described = Path(tempfile.mkdtemp(prefix="designer-screen-")) / "screen.json"
    screen = {"name": "screen", "x": 0, "y": 0, "width": 1920, "height": 1080, "dpr": 1,
              "logicalDpi": 96, "logicalBaseDpi": 96}  # fmt: skip
    described.write_text(json.dumps({"screens": [screen]}), "utf-8")
    return f"offscreen:configfile={described}"


def _redirect_home() -> Path:
    """Make HOME and the XDG folders new empty ones, so that no test sees or changes what is the user's."""
    home = Path(tempfile.mkdtemp(prefix="designer-home-"))
    os.environ["HOME"] = str(home)
    for name in ("CONFIG", "CACHE", "DATA", "STATE"):
        os.environ[f"XDG_{name}_HOME"] = str(home / name.lower())
    runtime = home / "runtime"
    runtime.mkdir(mode=0o700)
    os.environ["XDG_RUNTIME_DIR"] = str(runtime)
    return home


# Workers keep their files beside those of the process that started them, and so does what they start.
FILES = _in_memory() if "PYTEST_XDIST_WORKER" not in os.environ and "TMPDIR" not in os.environ else None
if FILES is not None:
    os.environ["TMPDIR"] = tempfile.tempdir = str(FILES)
# What is compiled to bytecode once is not compiled again by each worker, nor by each program that a test starts.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False
# Before anything of the program or of Qt is imported; workers and processes started by tests inherit it.
os.environ.setdefault("NUMBA_CACHE_DIR", str(_kernel_cache()))
if os.environ.get("QT_QPA_PLATFORM", "offscreen") == "offscreen":
    os.environ["QT_QPA_PLATFORM"] = _large_screen()
Path(os.environ["NUMBA_CACHE_DIR"]).mkdir(parents=True, exist_ok=True)
if "PYTEST_XDIST_WORKER" not in os.environ and not CHECKED:
    _compiled_before(Path(os.environ["NUMBA_CACHE_DIR"]))
HOME = _redirect_home()
# The cyclic collector frees widgets on whatever thread triggers it, which crashes Qt: tests collect by hand.
gc.disable()
# A busy machine is no fault of the program: no deadline a test case. `make torture` tries more.
TRIES = int(os.environ.get("DESIGNER_TRIES", "30"))
hypothesis_settings.register_profile("house", deadline=None, print_blob=True, max_examples=TRIES)
hypothesis_settings.load_profile("house")


def _collect() -> None:
    """Collect what tests before have left, their windows too, which pytest holds until a test is over. What stays need
    not be looked at again."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def _nothing_is_left(request: pytest.FixtureRequest) -> Iterator[None]:
    """Collect on the main thread; leave no window, and no library of the user's."""
    has_windows = "qapp" in request.fixturenames
    if has_windows:
        _collect()
    yield
    gc.disable()  # a test may have switched it on
    if has_windows:
        _close_popups()
        _delete_what_was_closed()
    (HOME / "config" / "cloud-designer" / "library.json").unlink(missing_ok=True)


def _delete_what_was_closed() -> None:
    """Qt does so in an event loop only: that of the next test, whose dialogs may stand in a window of this one."""
    from PySide6.QtCore import QCoreApplication, QEvent

    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


def _close_popups() -> None:
    """Close the menus that a test left open: Qt gives nobody else the wheel meanwhile."""
    from PySide6.QtWidgets import QApplication

    while popup := QApplication.activePopupWidget():
        popup.hide()


@pytest.fixture(autouse=True, scope="module")
def _nothing_is_left_of_files_before() -> None:
    """Collect, and remove unsaved work: a test that recovers finds its own only, also where one before it ended
    half-way."""
    _collect()
    shutil.rmtree(HOME / "state" / "cloud-designer" / "sessions", ignore_errors=True)


# Files that take long begin first, so that no worker is left with one at the end: all above three seconds of the
# CPU, with what they start.
LONG = (
    *("test_live.py", "test_starting.py", "test_window.py", "test_fields_act.py", "test_recovery.py"),
    *("test_troubles.py", "test_runs.py", "test_budget.py", "test_cli_files.py", "test_saving.py", "test_sweep.py"),
    *("test_power_cuts.py", "test_bad_files.py", "test_house.py", "test_language.py", "test_kills.py", "test_cli.py"),
    *("test_memory.py", "test_counted_actions.py", "test_monkey.py", "test_form.py", "test_holding.py"),
    *("test_neighbors.py", "test_hostile_boxes.py", "test_mutations.py", "test_run.py", "test_round_trip.py"),
    *("test_pictures.py", "test_hostile_files.py", "test_compare.py", "test_large.py", "test_access.py"),
    *("test_connect.py", "test_words.py", "test_canvas.py", "test_hard_stop.py", "test_sharing.py"),
    *("test_engine_process.py", "test_fields.py", "test_growth.py", "test_saving_presets.py", "test_answering.py"),
    *("test_quick_add.py", "test_startup.py", "test_start.py", "test_utilisation.py", "test_warm.py"),
    *("test_blueprints.py", "test_palette.py", "test_sampling.py", "test_flows.py", "test_memory_rules.py"),
    *("test_building.py", "test_doors.py", "test_simulation.py"),
    *("test_manual.py", "test_sums.py", "test_nines_panel.py", "test_scripted_user.py", "test_links.py"),
    *("test_guard_everywhere.py", "test_out.py", "test_screen_reader.py", "test_spare.py", "test_finding_way.py"),
    *("test_keys_alone.py"),
)
RANK = {name: rank for rank, name in enumerate(LONG)}


class OwnBeginning:
    """Lets each worker begin to collect at another place. What one has compiled (pytest rewrites each `assert`), the
    others find compiled: in a fresh checkout they share the work, where all would do the same at the same time."""

    def __init__(self, part: float) -> None:
        self.part = part

    @pytest.hookimpl(wrapper=True)
    def pytest_make_collect_report(
        self, collector: pytest.Collector
    ) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
        report = yield
        if isinstance(collector, pytest.Directory):
            first = int(len(report.result) * self.part)
            report.result = report.result[first:] + report.result[:first]
        return report

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items.sort(key=lambda item: str(item.path))


class FewReports:
    """Lets a worker tell of a test what is shown of it: not that its set-up or tear-down passed without a word, unless
    their durations are asked for. Each report is written and read as text, for a third of what a small test takes."""

    def __init__(self, interactor: Any, is_quiet: bool) -> None:
        self._send, self._is_quiet = interactor.sendevent, is_quiet
        interactor.sendevent = self._tell

    @pytest.hookimpl(tryfirst=True)
    def pytest_report_to_serializable(self, report: pytest.TestReport | pytest.CollectReport) -> dict[str, Any] | None:
        is_silent = isinstance(report, pytest.TestReport) and report.when != "call" and not report.sections
        return {} if is_silent and report.passed else None

    def _tell(self, name: str, **told: Any) -> None:
        if (name == "testreport" and "outcome" not in told["data"]) or (name == "logstart" and self._is_quiet):
            return
        self._send(name, **told)


def pytest_configure(config: pytest.Config) -> None:
    """Let a worker know where it begins and what it tells; all have one original of their programs."""
    if config.getoption("numprocesses", None):
        copies.share()
    told = getattr(config, "workerinput", None)
    if told is not None:
        number = int(told["workerid"].removeprefix("gw"))
        config.pluginmanager.register(OwnBeginning(number / told["workercount"]))
        interactor = next(each for each in config.pluginmanager.get_plugins() if hasattr(each, "sendevent"))
        if config.option.durations is None and config.option.xmlpath is None:
            config.pluginmanager.register(FewReports(interactor, config.option.verbose < 0))


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put what takes long first; the order is as shuffled else."""
    items.sort(key=lambda item: RANK.get(item.path.name, len(LONG)))


def pytest_sessionfinish() -> None:
    """Collect once what is left: pytest does so ten times, and would look at all each time."""
    _collect()


def pytest_unconfigure(config: pytest.Config) -> None:
    """Take the temporary home away again, and what was copied: without a screen it would outlive the interpreter, which
    then ends with a segmentation fault."""
    gui = sys.modules.get("PySide6.QtGui")
    if gui is not None and gui.QGuiApplication.instance() is not None:
        gui.QGuiApplication.clipboard().clear()
    for folder in filter(None, (HOME, FILES)):
        shutil.rmtree(folder, ignore_errors=True)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Say how many tests did not run: a skip must not hide in a green line."""
    terminalreporter.write_line(f"not run (skipped): {len(terminalreporter.stats.get('skipped', []))}")


class PatientBot(QtBot):  # type: ignore[misc]
    """Waits for `HUNG_S`, whatever is waited for."""

    def waitUntil(self, callback: Callable[[], bool | None], *, timeout: int = HUNG_MS) -> None:
        super().waitUntil(callback, timeout=timeout)

    def waitSignal(self, signal: Any, *, timeout: int = HUNG_MS, **options: Any) -> Any:
        return super().waitSignal(signal, timeout=timeout, **options)

    def waitExposed(self, widget: Any, *, timeout: int = HUNG_MS) -> Any:
        return super().waitExposed(widget, timeout=timeout)


@pytest.fixture
def qtbot(qapp: Any, request: pytest.FixtureRequest) -> Any:
    """pytest-qt's bot, which waits for a condition as long as a busy machine needs."""
    return PatientBot(request)


# -- real parts, imported late so that tests of the ground stay light


@pytest.fixture
def project() -> Any:
    """An empty design with all kinds."""
    from designer.catalog import KINDS, LINKS
    from designer.model.project import Project

    return Project(KINDS, LINKS)


@pytest.fixture
def theme(qapp: Any) -> Iterator[Any]:
    """The light theme, applied to the application; again at the end, where the test chose another."""
    from designer.ui.parts.theme import Theme

    made = Theme("light")
    made.apply(qapp)
    yield made
    if made.mode != "light":
        made.set_mode("light")
    made.deleteLater()


@pytest.fixture
def session(qapp: Any, project: Any) -> Iterator[Any]:
    """A session on the empty design. What listens to it lets go of the window: no collector sees that they hold each
    other."""
    from designer.ui.shell.session import Session

    made = Session(project)
    yield made
    if made.run is not None:
        made.run.cancel()
    made.deleteLater()


@pytest.fixture(scope="module")
def engine() -> Iterator[Any]:
    """The process of an engine, warmed up, for the tests of a file: a copy of one that has all kernels."""
    from designer.study.engine_process import EngineHost

    host = EngineHost()
    with copies.of_engines():
        host.start()
        yield host
        host.stop()


# -- a real X display, for tests with a real mouse and real keys


@dataclass
class Desktop:
    """A virtual X display of its own: start programs on it, move its mouse, press its keys, look at it."""

    display: str
    started: list[subprocess.Popen[bytes] | Copy] = field(default_factory=list)

    @property
    def env(self) -> dict[str, str]:
        """The environment in which a program opens its windows here."""
        return {**os.environ, "DISPLAY": self.display, "QT_QPA_PLATFORM": "xcb"}

    def start(self, *argv: str, **options: Any) -> subprocess.Popen[bytes]:
        """Start a program on the display; it is ended with the test."""
        process = subprocess.Popen(argv, env=self.env, **options)
        self.started.append(process)
        return process

    def start_program(self, *argv: object, **streams: Any) -> Copy:
        """Start Python on the display (`-c CODE`, `-m MODULE` or a path); it is ended with the test."""
        made = Copy(*argv, env=self.env, **streams)
        self.started.append(made)
        return made

    def xdotool(self, *args: object) -> str:
        """Run xdotool (mousemove, click, key, type, search ...) and return what it prints."""
        done = subprocess.run(
            ["xdotool", *map(str, args)], env=self.env, check=True, capture_output=True, text=True, timeout=HUNG_S
        )
        return done.stdout.strip()

    def end(self) -> None:
        """End all that was started here."""
        for process in self.started:
            process.kill()
            process.wait(HUNG_S)
            for pipe in (process.stdin, process.stdout, process.stderr):
                if pipe is not None:
                    pipe.close()


@pytest.fixture
def desktop() -> Iterator[Desktop]:
    """A real X server (Xvfb, 1440 x 900) with a real mouse (xdotool); skips where they are not installed."""
    if not (shutil.which("Xvfb") and shutil.which("xdotool")):
        pytest.skip("Xvfb and xdotool are not installed")
    reader, writer = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(writer), "-screen", "0", "1440x900x24", "-nolisten", "tcp", "-noreset"],
        pass_fds=[writer],
        stderr=subprocess.DEVNULL,
    )
    os.close(writer)
    with os.fdopen(reader) as told:
        number = told.readline().strip()
    made = Desktop(f":{number}")
    try:
        yield made
    finally:
        made.end()
        server.terminate()
        server.wait(HUNG_S)


@pytest.fixture(scope="session")
def fresh_python() -> Callable[[str], str]:
    """Run a piece of Python in a new interpreter from the checkout and return what it prints."""

    def run(code: str) -> str:
        done = subprocess.run(
            [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=HUNG_S, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


@pytest.fixture
def copied_engines() -> Iterator[None]:
    """The engine's process is a copy of one that has all kernels; without it each is a new one, which loads them."""
    with copies.of_engines():
        yield


@pytest.fixture
def chance(request: pytest.FixtureRequest) -> random.Random:
    """A generator of chance that depends on the test's name only."""
    return random.Random(request.node.nodeid)
