"""Merges the open design with a file."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QFileDialog, QWidget

from designer.commands.restore import broken_text, restore
from designer.errors import DesignerError
from designer.model.element import Element, Link, clone
from designer.store.file import project_file
from designer.store.file.faults import shown
from designer.store.file.project_file import Loaded, News
from designer.store.history import backups
from designer.store.history.merge import Merged
from designer.store.working.open_document import OpenDocument
from designer.ui.files.merge_dialog import MergeDialog, Merging
from designer.ui.files.questions import FILTER, say
from designer.ui.parts.background import Stopped
from designer.ui.parts.theme import Theme
from designer.ui.shell.session import Session
from designer.words import tr


class Merge:
    """Merges a file into the open design. `work(text, path, work)` reads files in the background."""

    def __init__(
        self, session: Session, document: OpenDocument, theme: Theme, window: QWidget, work: Callable[..., Any]
    ) -> None:
        self._session, self._document, self._theme, self._window, self._work = session, document, theme, window, work

    def ask(self) -> None:
        """Merge with a file that the user chooses."""
        folder = str(self._session.path.parent) if self._session.path else str(Path.home())
        path, _ = QFileDialog.getOpenFileName(self._window, tr("Merge with"), folder, FILTER)
        if path:
            self.merge(Path(path))

    def merge(self, path: Path) -> bool:
        """Merge the design with the content of a file, as one undo step; the file is only read. False when the user
        canceled."""
        stamp, name = self._document.stamp, shown(path.name)
        try:
            theirs = self._work(tr("Reading {0} …", name), path, partial(project_file.load_whole, path))
            base = backups.base_of(stamp, theirs.stamp) if stamp is not None else None
            base_rows = self._rows_of(base.path) if base is not None else []
        except DesignerError as error:
            say(self._window, tr("The designs were not merged"), str(error))
            return False
        base_name = tr("save {0:,}", base.revision) if base is not None else ""
        mine = [clone(row) for row in self._session.project.rows()]
        merged = self._choose(Merging(base_rows, mine, theirs.rows, name, base_name))
        if merged is None:
            return False
        try:
            text = tr("Merge with {0}", name)
            broken = self._session.perform(tr("Merging …"), len(merged.rows), restore, merged.rows, text)
        except Stopped:
            return False
        except DesignerError as error:
            say(self._window, tr("The designs were not merged"), str(error))
            return False
        self._document.merged(theirs, path)
        self._session.news = News()
        self._session.flush()
        self._session.title_changed.emit()
        self._session.told.emit(tr("Merged with {0}. Ctrl+Z undoes it.{1}", name, broken_text(broken)))
        return True

    def _choose(self, merging: Merging) -> Merged | None:
        """Let the user choose in a merge; None when it was canceled or impossible."""
        try:
            dialog = MergeDialog(merging, self._theme, self._window)
        except Stopped:
            return None
        except DesignerError as error:
            say(self._window, tr("The designs were not merged"), str(error))
            return None
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        wanted = dialog.exec() == QDialog.DialogCode.Accepted
        return dialog.merged if wanted else None

    def _rows_of(self, path: Path) -> list[Element | Link]:
        loaded: Loaded = self._work(tr("Reading {0} …", path.name), path, partial(project_file.load, path))
        return loaded.rows
