"""Watches the open file: keeps its lock and recovery data fresh, and notices what other programs do to it."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, QTimer

from designer.store.file import project_file
from designer.store.file.faults import shown
from designer.store.file.project_file import News, Stamp
from designer.store.working.open_document import OpenDocument
from designer.ui.parts.background import InTurn
from designer.ui.shell.session import Session
from designer.words import tr

ATTEND_MS = 1000
NEWS = {
    "changed": tr("Another program has changed {}. File, Merge takes its changes in; Save asks what to do."),
    "gone": tr("{} was renamed or deleted. The design is still here; Save writes the file again."),
}
"""What the status line says when another program touched the open file."""
BACK = tr("{} is there again.")


class FileWatch(QObject):
    """Looks at the open file once a second, on another thread. `paused`: not while this program reads or writes it."""

    def __init__(self, parent: QObject, session: Session, document: OpenDocument) -> None:
        super().__init__(parent)
        self._session, self._document = session, document
        self.paused = False
        self._look = InTurn(self)
        self.timer = QTimer(self, interval=ATTEND_MS)
        self.timer.timeout.connect(document.attend)
        self.timer.timeout.connect(self._look_after)
        self.timer.start()

    @property
    def busy(self) -> bool:
        """True while the file is being looked at."""
        return self._look.busy

    def stop(self) -> None:
        """Stop watching."""
        self.timer.stop()
        self._look.forget()

    def _look_after(self) -> None:
        """Check on another thread whether another program changed or removed the open file."""
        stamp, path = self._document.stamp, self._document.path
        if stamp is not None and path is not None and not (self.paused or self.busy):
            work = partial(project_file.news_of, path, stamp, self._session.news)
            self._look.ask(work, partial(self._heard, path, stamp))

    def _heard(self, path: Path, stamp: Stamp, news: News) -> None:
        """Report once what happened to the file; title and status line show it while it lasts."""
        if self.paused or stamp is not self._document.stamp:
            return
        before, self._session.news = self._session.news, news
        if news.what and news != before:
            self._session.told.emit(NEWS[news.what].format(shown(path.name)))
        elif before.what == "gone" and not news.what:
            self._session.told.emit(BACK.format(shown(path.name)))
        if news.what != before.what:
            self._session.title_changed.emit()
