"""New, open, save, save as, recent files, examples: between the session and the disk."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Qt, QTimer, Signal
from PySide6.QtWidgets import QDialog, QFileDialog, QInputDialog, QMessageBox, QWidget

from designer.assets import asset
from designer.commands.restore import restore
from designer.errors import DesignerError
from designer.model.element import Element, Link, clone
from designer.settings import Settings
from designer.store.file import project_file
from designer.store.file.aside import Aside
from designer.store.file.faults import shown
from designer.store.file.project_file import ChangedFileError, LinkedFileError, Loaded, News, Stamp
from designer.store.file.schema import VERSION
from designer.store.history import backups
from designer.store.history.merge import Merged
from designer.store.working.lock import Locked
from designer.store.working.open_document import Host, OpenDocument, ReadOnly
from designer.store.working.recovery import Found
from designer.ui.files.merge_dialog import MergeDialog, Merging
from designer.ui.parts.background import InTurn, Stopped, run_in_background
from designer.ui.parts.theme import Theme
from designer.ui.shell.session import Session

ATTEND_MS = 1000
LARGE_BYTES, LARGE_ELEMENTS = 2_000_000, 5_000
"""Above these a file is read and written beside the window; below it takes a few hundredths of a second."""
NEWS = {
    "changed": "Another program has changed {}. File, Merge takes that in; Save asks what to do.",
    "gone": "{} was renamed or deleted. The design is still here; Save writes the file anew.",
}
"""What is said of the file that is open when another program touched it."""
BACK = "{} is there again."
UPGRADED = "{} is of file version {} now, it was of {}: older versions of the program open it read-only or not at all."
SAVE_AS = "Save As …"
ALONE = "Save This Name Alone"
FILTER = f"Cloud Designer project (*{project_file.SUFFIX})"


class Files(QObject):
    """What happens to files. Errors are shown as sentences; the design in the window is then as it was."""

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
        host = Host(self.work, partial(self.work, leave=True), self._put_run_away, capture)
        self.document = OpenDocument(session.project, session.told.emit, host)
        self._label = ""
        self._attending = QTimer(self, interval=ATTEND_MS)
        self._attending.timeout.connect(self.document.attend)
        self._watch, self._working = InTurn(self), False
        self._attending.timeout.connect(self._look_after)
        self._attending.start()

    def new(self) -> bool:
        """Begin an empty design; False when the present one is not to be left."""
        if not self.may_leave():
            return False
        self.document.become([])
        self._now_open(new=True)
        return True

    def ask_open(self) -> None:
        """Open a file that the user chooses."""
        if not self.may_leave():
            return
        folder = str(self._session.path.parent) if self._session.path else str(Path.home())
        path, _ = QFileDialog.getOpenFileName(self._window, "Open", folder, FILTER)
        if path:
            self.open(Path(path), ask=False)

    def open(self, path: Path, ask: bool = True) -> bool:
        """Open a file; False (and a sentence) when it cannot be."""
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
            self.say("The file was not opened", str(error))
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
        """Open what is in a file as a design without a file: saving it asks for a name. `read_only`: say so."""
        try:
            loaded = self.work(f"Opening {path.name} …", path, partial(project_file.load, path), leave=True)
        except Stopped:
            return False
        except DesignerError as error:
            self.say("The file was not opened", str(error))
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
        loaded: Loaded = self.work(f"Reading {path.name} …", path, partial(project_file.load, path))
        return loaded.rows

    def _look_after(self) -> None:
        """See on another thread whether somebody changed the file that is open, or took it away."""
        stamp, path = self.document.stamp, self.document.path
        if stamp is not None and path is not None and not (self._working or self._watch.busy):
            work = partial(project_file.news_of, path, stamp, self._session.news)
            self._watch.ask(work, partial(self._heard, path, stamp))

    def _heard(self, path: Path, stamp: Stamp, news: News) -> None:
        """Say once what became of the file; title and status line say it as long as it is so."""
        if self._working or stamp is not self.document.stamp:
            return
        before, self._session.news = self._session.news, news
        if news.what and news != before:
            self._session.told.emit(NEWS[news.what].format(shown(path.name)))
        elif before.what == "gone" and not news.what:
            self._session.told.emit(BACK.format(shown(path.name)))
        if news.what != before.what:
            self._session.title_changed.emit()

    def _warn(self, warnings: Sequence[str]) -> None:
        for warning in warnings:
            QTimer.singleShot(0, self, lambda text=warning: self._session.told.emit(text))

    def _ask_locked(self, path: Path, sentence: str) -> bool:
        """Another program has the file open: look at a copy, open it all the same, or leave it."""
        chosen = _ask(self._window, "The file is open elsewhere", sentence, ("Open Read-Only", "Open Anyway"))
        if chosen == "Open Anyway":
            return self._open(path, anyway=True)
        if chosen == "Open Read-Only" and self.open_copy(path, read_only=True):
            self._session.told.emit(f"{path.name} was opened read-only: saving asks for another name.")
            return True
        return False

    def recover(self, found: Found) -> None:
        """Go on with the unsaved work of a program that ended; what was begun meanwhile is asked about."""
        if not self.may_leave():
            found.leave()
            return
        self.document.recover(found)
        self._now_open(new=True)
        self._session.told.emit("The unsaved work is back. Save it when it is as you want it.")

    def work(self, text: str, path: Path, work: Callable[[], Any], leave: bool = False) -> Any:
        """Read or write a file: a large one beside the window, which says what it waits for. `leave`: it can be
        cancelled, which raises Stopped."""
        large = len(self._session.project.elements) > LARGE_ELEMENTS or self.document.aside.packed_bytes > LARGE_BYTES
        self._working, before = True, self._working
        try:
            if large or _size(path) > LARGE_BYTES:
                return run_in_background(self._window, text, work, leave)
            return work()
        finally:
            self._working = before

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
        """Save, and keep this save for good under a label that the user gives."""
        title, text = "Save with Label", "A label keeps this save for good, for instance “before the review”:"
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
        written, _ = QFileDialog.getSaveFileName(self._window, "Save as", str(name), FILTER)
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
            return self._ask_which("The file has other names", str(error), (ALONE, SAVE_AS), alone)
        except ChangedFileError as error:
            return self._ask_changed(path, str(error), unlink)
        except Locked as error:
            over = partial(self._save, path, overwrite=True, unlink=unlink)
            return self._ask_which("The file is open elsewhere", str(error), (SAVE_AS, "Overwrite"), over)
        except DesignerError as error:
            return _ask(self._window, "The design was not saved", str(error), (SAVE_AS,)) == SAVE_AS and self.save_as()
        self._settings.add_recent_file(str(path.absolute()))
        self._now_open()
        saved = f"Saved {path.name}{f' as “{self._label}”' if self._label else ''}."
        anew = f"{path.name} was renamed or deleted since it was opened. It was saved anew."
        self._session.told.emit(anew if gone else saved)
        if own and before is not None and before.version < VERSION:
            self._session.told.emit(UPGRADED.format(shown(path.name), VERSION, before.version))
        return True

    def _ask_changed(self, path: Path, sentence: str, unlink: bool) -> bool:
        """Somebody else changed the file: put both together and save that, write over it, or save elsewhere."""
        chosen = _ask(self._window, "The file was changed", sentence, ("Merge …", SAVE_AS, "Overwrite"))
        if chosen == "Merge …":
            return self.merge(path) and self._save(path, unlink=unlink)
        if chosen == "Overwrite":
            return self._save(path, overwrite=True, unlink=unlink)
        return chosen == SAVE_AS and self.save_as()

    def ask_merge(self) -> None:
        """Merge with a file that the user chooses."""
        folder = str(self._session.path.parent) if self._session.path else str(Path.home())
        path, _ = QFileDialog.getOpenFileName(self._window, "Merge with", folder, FILTER)
        if path:
            self.merge(Path(path))

    def merge(self, path: Path) -> bool:
        """Put the design and what is in a file together, as one step of undo; the file is only read. False when it was
        not done."""
        stamp, name = self.document.stamp, shown(path.name)
        try:
            theirs = self.work(f"Reading {name} …", path, partial(project_file.load_whole, path))
            base = backups.base_of(stamp, theirs.stamp) if stamp is not None else None
            base_rows = self.read(base.path) if base is not None else []
        except DesignerError as error:
            self.say("The designs were not merged", str(error))
            return False
        base_name = f"save {base.revision:,}" if base is not None else ""
        mine = [clone(row) for row in self._session.project.rows()]
        merged = self.choose(Merging(base_rows, mine, theirs.rows, name, base_name))
        if merged is None:
            return False
        restore(self._session.project, merged.rows, f"Merge with {name}")
        self.document.merged(theirs, path)
        self._session.news = News()
        self._session.flush()
        self._session.title_changed.emit()
        self._session.told.emit(f"Merged with {name}. Ctrl+Z takes it back.")
        return True

    def choose(self, merging: Merging) -> Merged | None:
        """Let the user look at a merge and choose; None when it is not wanted or cannot be."""
        try:
            dialog = MergeDialog(merging, self._theme, self._window)
        except Stopped:
            return None
        except DesignerError as error:
            self.say("The designs were not merged", str(error))
            return None
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        wanted = dialog.exec() == QDialog.DialogCode.Accepted
        return dialog.merged if wanted else None

    def _ask_which(self, title: str, sentence: str, answers: Sequence[str], go_on: Callable[[], bool]) -> bool:
        """The file is not only ours: save all the same, save elsewhere, or leave it."""
        chosen = _ask(self._window, title, sentence, answers)
        if chosen == SAVE_AS:
            return self.save_as()
        return bool(chosen) and go_on()

    def close(self) -> None:
        """The design is saved or not wanted: nothing is left of it in the state folder."""
        self._attending.stop()
        self._watch.forget()
        self.document.close()

    def leave(self) -> None:
        """End without a word of the user; the next start finds what is not saved."""
        self._attending.stop()
        self._watch.forget()
        self.document.leave()

    def may_leave(self) -> bool:
        """True when nothing is lost by leaving the design: ask to save it."""
        if not self._session.modified:
            return True
        buttons = QMessageBox.StandardButton
        box = QMessageBox(self._window)
        box.setIcon(QMessageBox.Icon.Question)
        box.setWindowTitle("Save changes?")
        box.setTextFormat(Qt.TextFormat.PlainText)
        gone = self._session.news.what == "gone" and not self._session.project.history.modified
        what = "is in no file any more: it was renamed or deleted." if gone else "has changes that are not saved."
        box.setText(f"{self._session.title} {what}")
        box.setStandardButtons(buttons.Save | buttons.Discard | buttons.Cancel)
        box.setDefaultButton(buttons.Save)
        chosen = box.exec()
        if chosen == buttons.Save:
            return self.save()
        return bool(chosen == buttons.Discard)

    def say(self, title: str, sentence: str) -> None:
        """Say a sentence that must be read."""
        box = QMessageBox(self._window)
        box.setIcon(QMessageBox.Icon.Warning)
        box.setWindowTitle(title)
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setText(sentence)
        box.exec()


def _size(path: Path) -> int:
    """How many bytes a file has; 0 where there is none to read."""
    try:
        return path.stat().st_size if path.is_file() else 0
    except (OSError, ValueError):
        return 0


def _ask(window: QWidget, title: str, sentence: str, answers: Sequence[str]) -> str:
    """Which of some answers is given; empty for none of them. The first is the default."""
    box = QMessageBox(window)
    box.setIcon(QMessageBox.Icon.Warning)
    box.setWindowTitle(title)
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.setText(sentence)
    buttons = {box.addButton(text, QMessageBox.ButtonRole.AcceptRole): text for text in answers}
    box.setDefaultButton(next(iter(buttons)))
    box.addButton(QMessageBox.StandardButton.Cancel)
    box.exec()
    clicked = box.clickedButton()
    return next((text for button, text in buttons.items() if button is clicked), "")
