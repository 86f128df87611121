"""Puts the parts together once: the bare window first, then panels, the demo, the plots, the engine."""

from __future__ import annotations

import contextlib
import faulthandler
import gc
import logging
import os
import signal
import socket
import sys
import threading
import time
import traceback
from collections.abc import Callable, Sequence
from importlib import import_module
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Any, TextIO

from PySide6.QtCore import QSocketNotifier, Qt, QTimer
from PySide6.QtWidgets import QApplication, QLabel, QMessageBox

from designer.collector import call_old, collect_new
from designer.errors import NO_MEMORY, RuleError
from designer.foreign import bytes_of
from designer.memory import Reserve
from designer.settings import Settings, alive, process_of, spare_folders, state_dir
from designer.ui.parts.guard import hook
from designer.ui.parts.language import use_language
from designer.ui.parts.theme import Theme
from designer.ui.parts.versions import versions as versions
from designer.ui.preferences.quantities import prefer
from designer.ui.shell.frame import MainFrame
from designer.words import tr

log = logging.getLogger("designer")
COLLECT_MS, SPARE_MS = 2000, 1500
STUDIES = (
    *("designer.commands.strengthen", "designer.study.availability.apart", "designer.study.availability.drawn_years"),
    *("designer.study.collapse", "designer.study.each.headroom", "designer.study.each.search"),
    *("designer.study.fewest.apart", "designer.study.scenarios.apart", "designer.study.scenarios.rehearsal.apart"),
    *("designer.study.scenarios.rehearsal.search", "designer.study.sizing.apart", "designer.study.sweep.processes"),
)
"""What a spare process loads: whatever work of the window may be handed to it."""
RESERVE, HOLD_MS = 16 << 20, 5_000
"""Bytes that the window holds back to say that memory has run out, and how soon it tries to hold them again."""
REPEAT_S = 10.0
LOG_BYTES = 1_000_000
FAULTS = "faults-"
"""Name prefix of the files in which a crash leaves its stack; the process id follows."""
CRASHES_KEPT = 10


class App:
    """The running program. `marks` says when each part was ready, in seconds since `began`."""

    def __init__(self, began: float, debug: bool = False) -> None:
        self.began, self.debug = began, debug
        self.marks: dict[str, float] = {}
        self.qt = QApplication.instance() or QApplication(sys.argv[:1])
        assert isinstance(self.qt, QApplication)
        self.qt.setApplicationName("Cloud Designer")
        self.qt.setDesktopFileName("cloud-designer")
        use_language(self.qt)
        self.settings = Settings()
        prefer(self.settings.get)
        self.theme = Theme(str(self.settings.get("theme", "system")))
        self.theme.prefer(self.settings.get)
        self.theme.apply(self.qt)
        self.frame = MainFrame(self.theme, self.settings)
        self.window: Any = None
        self._reported: dict[str, float] = {}
        self._reserve = Reserve(RESERVE)
        self.frame.short_of_memory.connect(self._lend)
        self.troubles: list[str] = []
        self._keep_log()
        self._listen()

    def _keep_log(self) -> None:
        """Write a log, and the stack of a crash, into the state folder, or to the terminal where that fails."""
        folder = state_dir()
        level = logging.DEBUG if self.debug else logging.INFO
        handler: logging.Handler
        try:
            handler = RotatingFileHandler(folder / "log.txt", maxBytes=LOG_BYTES, backupCount=2, encoding="utf-8")
        except OSError as error:
            handler = logging.StreamHandler()
            self.troubles.append(tr("There is no log in {0}: {1}.", folder, error.strerror or error))
        form = "%(asctime)s %(levelname)s %(name)s %(message)s"
        logging.basicConfig(handlers=[handler], level=level, format=form, force=True)
        logging.raiseExceptions = self.debug  # a full disk is no reason to print a stack for each line
        log.info("%s", versions())
        self.crashes = crash_reports(folder)
        self._faults = faults_file(folder)
        if self._faults is not None:
            faulthandler.enable(self._faults)
        sys.excepthook = hook(self._unexpected)
        threading.excepthook = _note_thread

    def _listen(self) -> None:
        """Handle the signals that end a program, also while Qt waits and no Python runs."""
        self._woken, wakes = socket.socketpair()
        for end in (self._woken, wakes):
            end.setblocking(False)
        self._wakes = wakes
        signal.set_wakeup_fd(wakes.fileno(), warn_on_full_buffer=False)
        notifier = QSocketNotifier(self._woken.fileno(), QSocketNotifier.Type.Read, self.frame)
        notifier.activated.connect(lambda: self._woken.recv(64))
        signal.signal(signal.SIGINT, lambda *_: QTimer.singleShot(0, self.frame, self.frame.close))
        signal.signal(signal.SIGTERM, lambda *_: QTimer.singleShot(0, self.frame, self._terminated))

    def _unexpected(self, kind: type[BaseException], error: BaseException, trace: Any) -> None:
        """The one place where any exception ends: logged with its stack, told in a sentence."""
        if issubclass(kind, KeyboardInterrupt):
            self.frame.close()
            return
        if issubclass(kind, MemoryError):
            self._lend()
        text = "".join(traceback.format_exception(kind, error, trace))
        now_s = time.perf_counter()
        if now_s - self._reported.get(text, -REPEAT_S) < REPEAT_S:
            return  # painting fails again and again: once is enough to know
        self._reported = {said: at_s for said, at_s in self._reported.items() if now_s - at_s < REPEAT_S} | {
            text: now_s
        }
        log.error("unexpected in %s: %s", versions(), text)
        sys.__excepthook__(kind, error, trace)
        where = state_dir() / "log.txt"
        if self.window is not None:
            occurred = tr("An error occurred in the program ({0}). Your design is unchanged.", kind.__name__)
            told = NO_MEMORY if issubclass(kind, MemoryError) else occurred
            self.window.toast(tr("{0} The details are in {1}.", told, where), wrong=True)
        else:
            box = QMessageBox(self.frame)
            box.setWindowTitle(tr("The window could not be opened"))
            box.setTextFormat(Qt.TextFormat.PlainText)
            box.setText(
                tr("An error occurred while the window was opened ({0}). The details are in {1}. Close the program and "
                   "start it again.", kind.__name__, where)
            )  # fmt: skip
            box.open()

    def _lend(self) -> None:
        """Give the reserve to what is said now, and hold it back again later."""
        self._reserve.free()
        QTimer.singleShot(HOLD_MS, self.frame, self._reserve.hold)

    def mark(self, name: str) -> None:
        """Note the time at which a part was ready."""
        self.marks.setdefault(name, time.perf_counter() - self.began)
        log.debug("%s after %.3f s", name, self.marks[name])

    def show(self, path: Path | None, demo: bool, recover: bool = False) -> None:
        """Show the bare window; everything else follows. `recover`: offer the work of killed programs."""
        self._recovers = recover
        self.frame.shown_first.connect(lambda: self._fill(path, demo))
        self.frame.show()

    def _fill(self, path: Path | None, demo: bool) -> None:
        self.mark("frame")
        self._quiet_garbage()
        catalog = import_module("designer.catalog")
        session_module = import_module("designer.ui.shell.session")
        window_module = import_module("designer.ui.shell.window")
        engine_module = import_module("designer.study.engine_process")
        project = import_module("designer.model.project").Project(catalog.KINDS, catalog.LINKS)
        self.session = session_module.Session(project)
        self.engine, self._spare = engine_module.EngineHost(), engine_module.SPARE
        self._compiles, self._spareless = engine_module.COMPILES, False
        self.window = window_module.Window(self.frame, self.session, self.theme, self.settings, self.engine)
        painted: list[bool] = []
        middle = (self.window.canvas, self.window.start)
        for part in middle:
            part.first_painted.connect(lambda: painted.append(True))
        if path is not None:
            self.window.files.open(path)
        elif demo:
            self.window.files.open_example()
        else:
            self.window.files.new()
            self.window.start.open()
        if painted:  # a large file is read in the background, and the window is painted meanwhile
            self._painted()
        else:
            for part in middle:
                part.first_painted.connect(self._painted)
        call_old()

    def _painted(self) -> None:
        """Go on when the drawing, or the page that covers it, is seen."""
        if "window" in self.marks:
            return
        self.mark("window")
        QTimer.singleShot(0, self.frame, self._add_plots)

    def _add_plots(self) -> None:
        self.window.control.warm_up()
        lanes = import_module("designer.ui.run.lanes")
        self.window.add_lanes(lanes.Lanes)
        self.mark("plots")
        if self.debug:
            self._show_stalls()
        if self._recovers:
            self._look_for_work()
        for trouble in (*spare_folders(), self.settings.trouble, *self.troubles):
            if trouble:
                self.session.told.emit(trouble)
        self.window.filled.emit()
        spare = QTimer(self.frame, interval=SPARE_MS)
        spare.timeout.connect(self._keep_spare)
        spare.start()

    def _keep_spare(self) -> None:
        """Have a process ready for the next study, once the engine's is and while no run goes on."""
        if self._compiles.is_set():
            self._compiles.clear()
            self.session.told.emit(tr("This study compiles first, once after an installation; it takes longer."))
        if self.session.run is None:
            self.engine.reports()  # nobody else hears that it has become warm
        if self._spare.gave_up and not self._spareless:
            self._spareless = True
            self.session.told.emit(
                tr("The process that is kept ready for studies stopped {0} times; each study starts its own from now "
                   "on, which takes a moment longer.", self._spare.deaths)
            )  # fmt: skip
        if self.engine.warm and not self.window.control.going:
            threading.Thread(target=self._spare.start, args=(STUDIES,), name="spare", daemon=True).start()

    def _look_for_work(self) -> None:
        """Read left work in the background: it may be large."""
        left_over = import_module("designer.store.working.recovery").left_over
        background = import_module("designer.ui.parts.background")
        background.later(self.frame, left_over, self._offer_recovery, self.window.session.refused.emit)

    def _offer_recovery(self, left: Any) -> None:
        self.mark("recovery")
        if left.found or left.notes or self.crashes:
            dialog = import_module("designer.ui.files.recovery_dialog").RecoveryDialog(
                left.found, [*left.notes, *self.crashes], self.frame
            )
            dialog.recover_requested.connect(self.window.files.recover)
            dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            dialog.open()

    def _show_stalls(self) -> None:
        """Show in the status bar the longest pause of the window."""
        heart = import_module("designer.ui.run.run_control").Heartbeat(self.frame)
        label = QLabel()
        self.frame.statusBar().addPermanentWidget(label)
        timer = QTimer(self.frame, interval=500)
        timer.timeout.connect(lambda: label.setText(f"longest pause {heart.longest_s * 1000:.0f} ms"))
        timer.timeout.connect(lambda: log.debug("longest pause %.0f ms", heart.longest_s * 1000))
        heart.start()
        timer.start()

    def _quiet_garbage(self) -> None:
        """Collect on this thread while it is idle: the cyclic collector must not free widgets elsewhere."""
        gc.disable()
        sys.setswitchinterval(0.0005)
        self._collector = QTimer(self.frame, interval=COLLECT_MS)
        self._collector.timeout.connect(collect_new)
        self._collector.start()

    def wait(self, ready: Callable[[], bool], seconds: float = 60.0) -> bool:
        """Process events until a condition holds; False after the timeout."""
        until = time.perf_counter() + seconds
        while not ready():
            if time.perf_counter() > until:
                return False
            self.qt.processEvents()
            time.sleep(0.002)
        return True

    def close(self) -> None:
        """End the run and the engine and close the window, without asking and without saving settings."""
        if self.window is not None:
            self.window.control.close()
            self.window.files.close()
            self._spare.end()
        self.frame.hide()
        self._no_faults()

    def run(self) -> int:
        """Process events until the window is closed; return the exit code."""
        code = int(self.qt.exec())
        self._no_faults()
        return code

    def _no_faults(self) -> None:
        """Remove the file for the stack of a crash: the program ended well."""
        signal.set_wakeup_fd(-1)
        faulthandler.disable()
        if self._faults is not None:
            with contextlib.suppress(OSError):
                self._faults.close()
            with contextlib.suppress(OSError):
                Path(self._faults.name).unlink(missing_ok=True)

    def _terminated(self) -> None:
        """The machine shuts down: nobody can be asked; the next start finds unsaved work."""
        if self.window is not None:
            self.window.control.close()
            self.window.files.leave()
        self.qt.exit(0)


def _note_thread(args: threading.ExceptHookArgs) -> None:
    """Log a thread that ended by an error of ours; what it did for the window reports by itself."""
    kind, error, trace = args.exc_type, args.exc_value, args.exc_traceback
    text = "".join(traceback.format_exception(kind, error, trace))
    log.error("unexpected in thread %s of %s: %s", args.thread.name if args.thread else "?", versions(), text)


def faults_file(folder: Path) -> TextIO | None:
    """A file of this process for the stack of a crash; None where there can be none."""
    try:
        file = (folder / f"{FAULTS}{os.getpid()}.txt").open("w", encoding="utf-8")
        with contextlib.suppress(OSError):  # a full disk
            file.write(f"{versions()}\n")
            file.flush()
    except OSError:
        return None
    return file


def crash_reports(folder: Path) -> list[str]:
    """Sentences about programs of this user that crashed, each shown once; the last reports stay beside the log."""
    said = []
    for report in folder.glob(f"{FAULTS}*.txt"):
        pid = process_of(report.stem.removeprefix(FAULTS))
        if not pid or alive(pid):
            continue
        with contextlib.suppress(OSError):  # a read-only disk
            if not _is_crash(report):
                report.unlink(missing_ok=True)
                continue
            kept = report.with_name(f"crash-{time.strftime('%Y-%m-%d-%H%M%S')}-{pid}.txt")
            report.replace(kept)
            said.append(tr("The program crashed last time. The report is in {0}.", kept))
    for old in sorted(folder.glob("crash-*.txt"), reverse=True)[CRASHES_KEPT:]:
        with contextlib.suppress(OSError):
            old.unlink(missing_ok=True)
    return said


def _is_crash(report: Path) -> bool:
    """Whether more than the program's first line is there; a killed program adds nothing."""
    lines = bytes_of(report, LOG_BYTES).decode("utf-8", "replace").splitlines()
    return bool(lines[1:] if lines and lines[0].startswith("Cloud Designer ") else lines)


def run_window(path: Path | None, demo: bool, debug: bool, began: float) -> int:
    """Open the window; return the exit code."""
    app = App(began, debug)
    app.show(path, demo, recover=True)
    return app.run()


def _small_window() -> Theme:
    """The look that a mere dialog needs."""
    gc.disable()  # the cyclic collector must not free widgets on the thread that works beside it
    qt = QApplication.instance() or QApplication(sys.argv[:1])
    assert isinstance(qt, QApplication)
    qt.setApplicationName("Cloud Designer")
    qt.setDesktopFileName("cloud-designer")
    use_language(qt)
    settings = Settings()
    theme = Theme(str(settings.get("theme", "system")))
    theme.prefer(settings.get)
    theme.apply(qt)
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    return theme


def ask_merge(base: Sequence[Any], mine: Sequence[Any], theirs: Sequence[Any], name: str) -> Any:
    """A separate window in which the user merges two designs; returns the result (`store.merge.Merged`), None when
    it was closed. Raises FileError."""
    theme, dialogs = _small_window(), import_module("designer.ui.files.merge_dialog")
    try:
        dialog = dialogs.MergeDialog(dialogs.Merging(base, mine, theirs, name, "their common ancestor"), theme, None)
    except dialogs.Stopped:
        return None
    wanted = dialog.exec() == dialog.DialogCode.Accepted
    return dialog.merged if wanted else None


def show_difference(old: Sequence[Any], new: Sequence[Any], titles: tuple[str, str]) -> None:
    """A separate window that shows two designs side by side, until it is closed."""
    theme, shown = _small_window(), import_module("designer.ui.files.comparison")
    with contextlib.suppress(import_module("designer.ui.parts.background").Stopped):
        shown.ComparisonDialog(old, new, titles, theme).exec()


def write_picture(
    project: Any, ids: Sequence[int], path: Path, title: str, zoom: float, sharpness: float, dark: bool
) -> str:
    """Write a picture of some elements, or of all where none are given; return its size in words. Raises RuleError
    where it is refused, FileError where it cannot be written."""
    QApplication.instance() or QApplication(sys.argv[:1])
    pictures, formats = (import_module(f"designer.ui.pictures.{name}") for name in ("picture", "formats"))
    made = pictures.picture_of_ids(project, ids, title, zoom, dark)
    formats.save(made, path, sharpness)
    return f"{made.size.width():,} x {made.size.height():,}"


def write_animation(project: Any, title: str, asked: Any, tell: Callable[[float], bool]) -> int:
    """Run a design and write a span of the run as an animated picture, as `asked`; its bytes. Raises DesignerError."""
    QApplication.instance() or QApplication(sys.argv[:1])
    return int(import_module("designer.ui.pictures.animation").write_run(project, title, asked, tell))


def write_report(project: Any, report: Any, path: Path) -> None:
    """Write a report as HTML or PDF, with the drawing of a design (None: of none). Raises FileError where it fails."""
    QApplication.instance() or QApplication(sys.argv[:1])
    pictures, files = (import_module(f"designer.ui.pictures.{name}") for name in ("picture", "report_file"))
    try:
        drawing = None if project is None else pictures.picture_of_ids(project, (), report.title, 1.0, False)
    except RuleError:  # nothing is drawn
        drawing = None
    files.save_report(report, drawing, path)
