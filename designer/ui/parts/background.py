"""Long work in the background: it runs on another thread while the window paints and says what it waits for."""

from __future__ import annotations

import contextlib
import time
import traceback
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from PySide6.QtCore import QEvent, QEventLoop, QObject, QRunnable, Qt, QThreadPool, QTimer, Signal, Slot
from PySide6.QtWidgets import QApplication, QLabel, QProgressBar, QProgressDialog, QWidget

from designer.errors import DesignerError
from designer.words import tr

T = TypeVar("T")
SHOWN_AFTER_MS, BAR_MS, WATCH_MS = 200, 50, 100
"""How long work may take before a dialog says so, how often its bar is drawn, and how often its thread is looked at."""
BREATH_S = 0.01
"""How long work may hold the window where it could let it breathe."""
LARGE_RUN = 2_000
"""Of runs of more VMs than this results are read in the background; of others that takes a few milliseconds."""
NEVER_MS = 2**31 - 1
"""The dialog is shown by us, not by itself."""


class PartBar(QProgressBar):
    """How much of some work is done. While that is not known, what it shows moves to and fro."""

    def __init__(self, name: str) -> None:
        """`name`: what it tells, for a screen reader."""
        super().__init__()
        self.setTextVisible(False)
        self.setAccessibleName(name)
        self.show_part(0.0)

    def show_part(self, part: float) -> None:
        """Show a part, 0 to 1; nothing is known before it is above 0."""
        self.setRange(0, 100 if part > 0.0 else 0)
        self.setValue(round(part * 100))


class _Told(QObject):
    """A runnable is no QObject and cannot have signals of its own."""

    done = Signal()
    left = Signal()

    @Slot()
    def let_go(self) -> None:
        """Forget the job, on the window's thread."""
        _RUNNING.pop(self, None)


class _Job(QRunnable):
    """Runs a function once and keeps its result."""

    def __init__(self, work: Callable[[], Any]) -> None:
        super().__init__()
        self.setAutoDelete(False)
        self._work, self.told = work, _Told()
        self.result: Any = None
        self.error: BaseException | None = None
        self.over = False

    def run(self) -> None:
        """Run the function; pass an error to the window's thread."""
        try:
            self.result = self._work()
        except BaseException as error:
            if isinstance(error, MemoryError):  # what the work held is room for the sentence about it
                traceback.clear_frames(error.__traceback__)
            self.error = error
        self.over = True
        with contextlib.suppress(RuntimeError):  # the program has ended meanwhile: nobody is left to hear it
            self.told.done.emit()


_RUNNING: dict[_Told, _Job] = {}
"""Jobs that wait or run: the pool needs each of them to its end, also when its owner is gone."""


def _start(job: _Job) -> None:
    """Run a job on a thread. Connect what waits for it first."""
    _RUNNING[job.told] = job
    job.told.done.connect(job.told.let_go, Qt.ConnectionType.QueuedConnection)
    QThreadPool.globalInstance().start(job)


class Stopped(DesignerError):
    """The user has canceled."""


def run_in_background(parent: QWidget, text: str, work: Callable[[], T], leave: bool = False) -> T:
    """Run a function that touches no widget on a thread; return its result.

    The window cannot be edited meanwhile, but it paints, and after a moment shows `text`. Raises what the function
    raises. `leave`: shows a Cancel button, which raises Stopped and drops the result.
    """
    dialog = _dialog(parent, text, tr("Cancel") if leave else "", 0)
    job = _Job(work)
    if not leave:
        dialog.setCancelButton(None)
        return _waited(dialog, job)  # type: ignore[no-any-return]
    stopped: list[bool] = []
    dialog.canceled.connect(lambda: stopped.append(True))
    dialog.canceled.connect(job.told.left)
    return _waited(dialog, job, stopped)  # type: ignore[no-any-return]


def run_with_progress(parent: QWidget | None, text: str, work: Callable[[Callable[[float], None]], T]) -> T:
    """Like `run_in_background`, with a progress bar and a Cancel button. The function gets a callback for its
    progress (0 to 1); the callback raises Stopped after a cancel."""
    dialog = _dialog(parent, text, tr("Cancel"), 100)
    dialog.setAutoReset(False)
    dialog.setAutoClose(False)
    far, wanted = [0.0], [True]

    def going(part: float) -> None:
        far[0] = part
        if not wanted:
            raise Stopped(tr("Canceled; nothing was changed."))

    def stop() -> None:
        wanted.clear()
        dialog.setLabelText(tr("Stopping …"))
        dialog.show()  # nothing can be edited until the work has ended

    dialog.canceled.connect(stop)
    bar, shown = QTimer(dialog, interval=BAR_MS), dialog.findChildren(PartBar)[0]
    bar.timeout.connect(lambda: shown.show_part(far[0]))
    bar.start()
    try:
        result = _waited(dialog, _Job(lambda: work(going)))
    except Stopped:
        wanted.clear()
        raise
    going(1.0)
    return result  # type: ignore[no-any-return]


def breathe() -> None:
    """Let timers and progress have their turn amid work on the window's thread; what the user does waits."""
    _BREATHS.append(True)
    try:
        QApplication.processEvents(QEventLoop.ProcessEventsFlag.ExcludeUserInputEvents)
    finally:
        _BREATHS.pop()


_BREATHS: list[bool] = []


def is_breathing() -> bool:
    """Whether the window's thread is amid work: what can wait until that is done waits."""
    return bool(_BREATHS)


def breathe_unpainted(window: QWidget) -> None:
    """As `breathe`, with nothing of a window painted meanwhile."""
    window.setUpdatesEnabled(False)
    breathe()
    window.setUpdatesEnabled(True)
    # A request to paint that came meanwhile is gone, and Qt asks for no other while it believes that one is on its way.
    QApplication.postEvent(window, QEvent(QEvent.Type.UpdateRequest))


def _dialog(parent: QWidget | None, text: str, button: str, most: int) -> QProgressDialog:
    """A dialog with a message as plain text: it may hold names from a file."""
    dialog = QProgressDialog("", button, 0, most, parent)
    dialog.setBar(PartBar(text))
    label = QLabel(text)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setAlignment(Qt.AlignmentFlag.AlignCenter)
    dialog.setLabel(label)
    return dialog


def _waited(dialog: QProgressDialog, job: _Job, stopped: Sequence[bool] = ()) -> Any:
    """Wait for a job behind a dialog with a message; return its result. Raises Stopped when the user cancels or the
    program ends meanwhile, and MemoryError where there is none for its thread. A window that waits for it and is closed
    meanwhile is deleted afterward."""
    kept = _keep(dialog.parentWidget())
    loop, shown = QEventLoop(), QTimer(dialog, singleShot=True, interval=SHOWN_AFTER_MS)
    watch = QTimer(dialog, interval=WATCH_MS)
    watch.timeout.connect(lambda: loop.quit() if job.over or _pool_is_idle() else None)
    watch.start()
    job.told.left.connect(loop.quit)
    dialog.setWindowTitle(tr("Please wait"))
    dialog.setWindowModality(Qt.WindowModality.ApplicationModal)
    dialog.setMinimumDuration(NEVER_MS)
    dialog.setValue(0)
    job.told.done.connect(loop.quit)
    shown.timeout.connect(loop.quit)
    _start(job)
    shown.start()
    loop.exec(QEventLoop.ProcessEventsFlag.ExcludeUserInputEvents)
    if not job.over:
        dialog.show()
        loop.exec()
    for timer in dialog.findChildren(QTimer):
        timer.stop()
    dialog.hide()
    dialog.deleteLater()
    for window in kept:
        window.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        if not window.isVisible():
            window.deleteLater()
    if stopped:
        raise Stopped(tr("Canceled; nothing was changed."))
    if not job.over and _pool_is_idle() and not job.over:  # asked again: it may have ended between
        _RUNNING.pop(job.told, None)
        raise MemoryError
    if not job.over:
        raise Stopped(tr("The program ends; nothing was changed."))
    if job.error is not None:
        raise job.error
    return job.result


def _pool_is_idle() -> bool:
    """Whether no thread runs; a job that is not over then was never begun, or could not say that it ended."""
    return QThreadPool.globalInstance().activeThreadCount() == 0


def _keep(above: QWidget | None) -> list[QWidget]:
    """Let no window be deleted on closing that a widget is in; return these windows."""
    kept = []
    while above is not None:
        if above.isVisible() and above.testAttribute(Qt.WidgetAttribute.WA_DeleteOnClose):
            above.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
            kept.append(above)
        above = above.parentWidget()
    return kept


def paced(window: QWidget) -> Callable[[], None]:
    """What long work on the window's thread calls between its parts: now and then it breathes, with nothing of a window
    painted meanwhile."""
    last = time.perf_counter()

    def pause() -> None:
        nonlocal last
        if time.perf_counter() - last > BREATH_S:
            breathe_unpainted(window)
            last = time.perf_counter()

    return pause


class _Later(QObject):
    """Waits on the window's thread for the result of a job."""

    def __init__(self, owner: QObject, job: _Job, done: Callable[[Any], None], failed: Callable[[str], None]) -> None:
        super().__init__(owner)
        self._job, self._done, self._failed = job, done, failed
        job.told.done.connect(self._arrived, Qt.ConnectionType.QueuedConnection)

    def _arrived(self) -> None:
        job = self._job
        self.deleteLater()
        if job.error is None:
            self._done(job.result)
        elif isinstance(job.error, DesignerError):
            self._failed(str(job.error))
        else:
            raise job.error


def later(owner: QObject, work: Callable[[], T], done: Callable[[T], None], failed: Callable[[str], None]) -> None:
    """Run a function that touches no widget and nothing mutable on another thread, without waiting. `done` gets its
    result, `failed` the sentence of its error, on the window's thread."""
    job = _Job(work)
    _Later(owner, job, done, failed)
    _start(job)


class InTurn(QObject):
    """Runs background jobs one after the other. The result of each, or the sentence of its error, is delivered on
    the window's thread."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._waiting: deque[tuple[Callable[[], Any], Callable[[Any], None]]] = deque()
        self._take: Callable[[Any], None] | None = None
        self._job: _Job | None = None

    def ask(self, work: Callable[[], Any], take: Callable[[Any], None], first: bool = False) -> None:
        """Queue a job; `first`: before all waiting jobs."""
        (self._waiting.appendleft if first else self._waiting.append)((work, take))
        self._next()

    @property
    def busy(self) -> bool:
        """Whether a job runs or waits."""
        return self._job is not None or bool(self._waiting)

    def forget(self) -> None:
        """Drop all waiting jobs and deliver nothing more."""
        self._waiting.clear()
        self._take = None

    def _next(self) -> None:
        if self._job is None and self._waiting:
            work, self._take = self._waiting.popleft()
            self._job = _Job(work)
            self._job.told.done.connect(self._arrived)
            _start(self._job)

    @Slot()
    def _arrived(self) -> None:
        job, take = self._job, self._take
        self._job = self._take = None
        if job is None:
            return
        if job.error is not None and not isinstance(job.error, DesignerError):
            raise job.error
        if take is not None:
            take(job.result if job.error is None else job.error)
        self._next()
