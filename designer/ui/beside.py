"""Long work beside the window: it runs on another thread while the window paints and says what it waits for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from PySide6.QtCore import QEventLoop, QObject, QRunnable, Qt, QThreadPool, Signal
from PySide6.QtWidgets import QProgressDialog, QWidget

from designer.errors import DesignerError

T = TypeVar("T")
SHOWN_AFTER_MS = 300


class _Told(QObject):
    """A runnable is no QObject and cannot have signals of its own."""

    done = Signal()


class _Job(QRunnable):
    """Runs a function once and keeps what came of it."""

    def __init__(self, work: Callable[[], Any]) -> None:
        super().__init__()
        self.setAutoDelete(False)
        self._work, self.told = work, _Told()
        self.result: Any = None
        self.error: BaseException | None = None

    def run(self) -> None:
        """Run it; an error is handed to the window's thread."""
        try:
            self.result = self._work()
        except BaseException as error:
            self.error = error
        self.told.done.emit()


def beside(parent: QWidget, text: str, work: Callable[[], T]) -> T:
    """What a function gives that may take long and touches no widget. The window cannot be edited meanwhile, but it
    paints, and after a moment says `text`. Raises what the function raises."""
    job, loop = _Job(work), QEventLoop()
    dialog = QProgressDialog(text, "", 0, 0, parent)
    dialog.setCancelButton(None)
    dialog.setWindowTitle("One moment")
    dialog.setWindowModality(Qt.WindowModality.ApplicationModal)
    dialog.setMinimumDuration(SHOWN_AFTER_MS)
    dialog.setValue(0)
    job.told.done.connect(loop.quit)
    QThreadPool.globalInstance().start(job)
    loop.exec()
    dialog.reset()
    dialog.deleteLater()
    if job.error is not None:
        raise job.error
    return job.result  # type: ignore[no-any-return]


class _Later(QObject):
    """Waits on the window's thread for what a job gives."""

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
    """Let a function that touches no widget and nothing that changes run on another thread, while everything goes on;
    `done` gets what it gives, `failed` the sentence of its error, on the window's thread."""
    job = _Job(work)
    _Later(owner, job, done, failed)
    QThreadPool.globalInstance().start(job)
