"""New, open, save, save as, recent files, examples: between the session and the disk."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Qt, QTimer, Signal
from PySide6.QtWidgets import QFileDialog, QInputDialog, QMessageBox, QWidget

from designer import units
from designer.assets import asset
from designer.errors import DesignerError
from designer.memory import must_have
from designer.model.element import Element, Link
from designer.settings import Settings
from designer.store.file import project_file
from designer.store.file.aside import Aside
from designer.store.file.budget import MEMORY_LIMIT
from designer.store.file.faults import shown
from designer.store.file.in_order import load_in_order
from designer.store.file.project_file import ChangedFileError, LinkedFileError, Loaded, News
from designer.store.file.schema import VERSION
from designer.store.history import backups
from designer.store.working.lock import Locked
from designer.store.working.open_document import DocumentHost, OpenDocument, ReadOnly
from designer.store.working.recovery import UnsavedWork
from designer.ui.files.merging import Merge
from designer.ui.files.questions import FILTER, ask, say
from designer.ui.files.watch import FileWatch
from designer.ui.files.windows import open_window
from designer.ui.parts.background import Stopped, run_in_background
from designer.ui.parts.theme import Theme
from designer.ui.shell.session import Session
from designer.words import tr

LARGE_BYTES, LARGE_ELEMENTS = 2_000_000, 5_000
"""Sizes above which a file is read and written in the background; below, it takes a few hundredths of a second."""
READ_BYTES = 12
"""About how much memory a byte of a file takes while it is opened: an element has 145 there, 1,200 in the design."""
UPGRADED = tr(
    "{} now has file version {}; before it had {}. Older versions of the program open it read-only or not at all."
)
SAVE_AS = tr("Save As …")
NEW_WINDOW, END_RUN = tr("New Window"), tr("End the Run")
ALONE, LINKED = tr("Save This Name Alone"), tr("The file has other names")


class Files(QObject):
    """Opens and saves designs. Errors are shown as sentences and leave the design in the window unchanged."""

    changed = Signal()
    opened = Signal()

    def __init__(
        self,
        session: Session,
        settings: Settings,
        theme: Theme,
        window: QWidget,
        capture: Callable[[], Mapping[str, Any]] = dict,
    ) -> None:
        """`capture` gives the view that a save writes."""
        super().__init__(window)
        self._session, self._settings, self._theme, self._window = session, settings, theme, window
        host = DocumentHost(self.work, partial(self.work, leave=True), self._put_run_away, capture)
        self.document = OpenDocument(session.project, session.told.emit, host)
        self._label = ""
        self.watch = FileWatch(self, session, self.document)
        self.merging = Merge(session, self.document, theme, window, self.work)

    def new(self, rows: Sequence[Element | Link] = ()) -> bool:
        """Start a design, empty or with some content, which counts as unchanged; False when the user stays with the
        present one."""
        if not self.may_leave():
            return False
        self.document.become(list(rows))
        self._now_open(new=True)
        return True

    def ask_open(self) -> None:
        """Open a file that the user chooses."""
        if not self.may_leave():
            return
        folder = str(self._session.path.parent) if self._session.path else str(Path.home())
        path, _ = QFileDialog.getOpenFileName(self._window, tr("Open"), folder, FILTER)
        if path:
            self.open(Path(path), ask=False)

    def open(self, path: Path, ask: bool = True) -> bool:
        """Open a file; False (with a sentence) when it cannot be opened."""
        if ask and not self.may_leave():
            return False
        return self._open(path, anyway=False)

    def _open(self, path: Path, anyway: bool) -> bool:
        try:
            warnings = self.document.open(path, anyway)
        except Stopped:
            return False
        except ReadOnly as only:
            return self._become(only.loaded, path.stem)
        except Locked as error:
            return self._ask_locked(path, str(error))
        except DesignerError as error:
            say(self._window, tr("The file was not opened"), str(error))
            return False
        self._now_open(new=True)
        self._settings.add_recent_file(str(path.absolute()))
        self._warn(warnings)
        return True

    def open_example(self, name: str = "web-shop") -> bool:
        """Open a shipped example as a new, unnamed design."""
        if not self.may_leave():
            return False
        return self.open_copy(asset(f"examples/{name}{project_file.SUFFIX}"))

    def open_copy(self, path: Path, read_only: bool = False) -> bool:
        """Open the content of a file as a design without a file, so saving asks for a name. `read_only`: say so."""
        try:
            loaded = self.work(tr("Opening {0} …", path.name), path, partial(load_in_order, path), leave=True)
        except Stopped:
            return False
        except DesignerError as error:
            say(self._window, tr("The file was not opened"), str(error))
            return False
        return self._become(loaded, path.stem if read_only or loaded.newer else "")

    def _become(self, loaded: Loaded, read_only: str) -> bool:
        """Show what was read as a design without a file; the name of one that may only be read."""
        self.document.become(loaded.rows, aside=loaded.aside, called=shown(read_only))
        self._now_open(new=True, read_only=read_only)
        self._warn(loaded.warnings)
        return True

    def read(self, path: Path) -> list[Element | Link]:
        """The rows of a file. Raises FileError."""
        loaded: Loaded = self.work(tr("Reading {0} …", path.name), path, partial(project_file.load, path))
        return loaded.rows

    def _warn(self, warnings: Sequence[str]) -> None:
        for warning in warnings:
            QTimer.singleShot(0, self, lambda text=warning: self._session.told.emit(text))

    def _ask_locked(self, path: Path, sentence: str) -> bool:
        """Ask what to do about a file that another program has open: open a copy, open it anyway, or cancel."""
        chosen = ask(
            self._window, tr("The file is open elsewhere"), sentence, (tr("Open Read-Only"), tr("Open Anyway"))
        )
        if chosen == tr("Open Anyway"):
            return self._open(path, anyway=True)
        if chosen == tr("Open Read-Only") and self.open_copy(path, read_only=True):
            self._session.told.emit(tr("{0} was opened read-only: saving asks for another name.", path.name))
            return True
        return False

    def recover(self, found: UnsavedWork) -> None:
        """Continue the unsaved work of a program that ended; ask about a design begun meanwhile."""
        if not self.may_leave():
            found.leave()
            return
        self.document.recover(found)
        self._now_open(new=True)
        self._session.told.emit(tr("The unsaved work is recovered. Save it to keep it."))

    def work(self, text: str, path: Path, work: Callable[[], Any], leave: bool = False) -> Any:
        """Read or write a file; a large one in the background, with a message. `leave`: it is opened, which can be
        canceled. Raises Stopped then, and DesignerError where there is no memory to open it."""
        if leave:
            must_have(min(READ_BYTES * _size(path), MEMORY_LIMIT))
        large = len(self._session.project.elements) > LARGE_ELEMENTS or self.document.aside.packed_bytes > LARGE_BYTES
        before, self.watch.paused = self.watch.paused, True
        try:
            if large or _size(path) > LARGE_BYTES:
                return run_in_background(self._window, text, work, leave)
            return work()
        finally:
            self.watch.paused = before

    def _now_open(self, new: bool = False, read_only: str = "") -> None:
        self._session.path, self._session.read_only = self.document.path, read_only
        self._session.unsaved, self._session.news = self.document.unwritten, News()
        self._session.title_changed.emit()
        self.changed.emit()
        if new:
            self.opened.emit()

    def set_aside(self, aside: Aside, ask: bool) -> None:
        """Have other runs with the design; `ask`: the user wanted it, so leaving without saving asks."""
        self.document.set_aside(aside, wanted=ask)
        if ask:
            self._session.unsaved = True
            self._session.title_changed.emit()
        self.changed.emit()

    def _put_run_away(self) -> None:
        if self._session.run is not None:
            self._session.run.dispose()
            self._session.set_run(None)

    def save(self) -> bool:
        """Save under its name; ask for one when it has none."""
        if self._session.path is None:
            return self.save_as()
        return self._save(self._session.path)

    def save_with_label(self) -> bool:
        """Save, and keep this save permanently under a label from the user."""
        title, text = (
            tr("Save with Label"),
            tr("A labeled save is kept permanently. Label, for instance “before the review”:"),
        )
        label, sure = QInputDialog.getText(self._window, title, text)
        if not sure:
            return False
        self._label = label.strip()[: backups.LABEL_LIMIT]
        try:
            return self.save()
        finally:
            self._label = ""

    def save_as(self) -> bool:
        """Save under a name that the user chooses."""
        name = self._session.path or Path.home() / f"{self._session.title}{project_file.SUFFIX}"
        written, _ = QFileDialog.getSaveFileName(self._window, tr("Save As"), str(name), FILTER)
        if not written:
            return False
        path = Path(written)
        return self._save(path if path.suffix else path.with_suffix(project_file.SUFFIX))

    def _save(self, path: Path, overwrite: bool = False, unlink: bool = False) -> bool:
        own, before = path == self._session.path, self.document.stamp
        gone = own and not os.path.lexists(path)
        try:
            self.document.save(path, overwrite=overwrite, label=self._label, unlink=unlink)
        except LinkedFileError as error:
            alone = partial(self._save, path, overwrite, unlink=True)
            return self._ask_which(LINKED, str(error), (ALONE, SAVE_AS), alone)
        except ChangedFileError as error:
            return self._ask_changed(path, str(error), unlink)
        except Locked as error:
            over = partial(self._save, path, overwrite=True, unlink=unlink)
            return self._ask_which(tr("The file is open elsewhere"), str(error), (SAVE_AS, tr("Overwrite")), over)
        except DesignerError as error:
            return (
                ask(self._window, tr("The design was not saved"), str(error), (SAVE_AS,)) == SAVE_AS and self.save_as()
            )
        self._settings.add_recent_file(str(path.absolute()))
        self._now_open()
        saved = tr("Saved {0}{1}.", path.name, tr(" as “{0}”", self._label) if self._label else "")
        anew = tr("{0} was renamed or deleted since it was opened. It was saved again.", path.name)
        self._session.told.emit(anew if gone else saved)
        if own and before is not None and before.version < VERSION:
            self._session.told.emit(UPGRADED.format(shown(path.name), VERSION, before.version))
        return True

    def _ask_changed(self, path: Path, sentence: str, unlink: bool) -> bool:
        """Ask what to do about a file that another program changed: merge and save, overwrite, or save elsewhere."""
        chosen = ask(self._window, tr("The file was changed"), sentence, (tr("Merge …"), SAVE_AS, tr("Overwrite")))
        if chosen == tr("Merge …"):
            return self.merging.merge(path) and self._save(path, unlink=unlink)
        if chosen == tr("Overwrite"):
            return self._save(path, overwrite=True, unlink=unlink)
        return chosen == SAVE_AS and self.save_as()

    def _ask_which(self, title: str, sentence: str, answers: Sequence[str], go_on: Callable[[], bool]) -> bool:
        """The file is not only ours: save all the same, save elsewhere, or leave it."""
        chosen = ask(self._window, title, sentence, answers)
        if chosen == SAVE_AS:
            return self.save_as()
        return bool(chosen) and go_on()

    def close(self) -> None:
        """Remove the recovery data of a design that is saved or not wanted."""
        self.watch.stop()
        self.document.close()

    def leave(self) -> None:
        """Shut down without asking; keep recovery data."""
        self.watch.stop()
        self.document.leave()

    def may_leave(self) -> bool:
        """Whether the design may be left: ask to save unsaved changes."""
        if not _may_end_run(self._session, self._window):
            return False
        if not self._session.modified:
            return True
        buttons = QMessageBox.StandardButton
        box = QMessageBox(self._window)
        box.setIcon(QMessageBox.Icon.Question)
        box.setWindowTitle(tr("Save changes?"))
        box.setTextFormat(Qt.TextFormat.PlainText)
        gone = self._session.news.what == "gone" and not self._session.project.history.modified
        what = tr("is in no file: it was renamed or deleted.") if gone else tr("has changes that are not saved.")
        box.setText(f"{self._session.title} {what}")
        box.setStandardButtons(buttons.Save | buttons.Discard | buttons.Cancel)
        box.setDefaultButton(buttons.Save)
        chosen = box.exec()
        if chosen == buttons.Save:
            return self.save()
        return bool(chosen == buttons.Discard)


def _may_end_run(session: Session, window: QWidget) -> bool:
    """True when no run goes on, or the user wants it to end. A window beside this one leaves it going."""
    run = session.run
    if run is None or not run.active or run.revives is not None:
        return True
    at, length = units.clock_text(run.time_s), units.clock_text(run.until_s)
    sentence = tr(
        "A run of {0} is at {1} of {2}. It ends, and its results go, when the design is left.",
        session.title,
        at,
        length,
    )
    chosen = ask(window, tr("A run goes on"), sentence, (NEW_WINDOW, END_RUN))
    if chosen == NEW_WINDOW:
        open_window(session)
    return chosen == END_RUN


def _size(path: Path) -> int:
    """The size of a file in bytes; 0 when it cannot be read."""
    try:
        return path.stat().st_size if path.is_file() else 0
    except (OSError, ValueError):
        return 0
