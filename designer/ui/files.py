"""New, open, save, save as, recent files, examples: between the session and the disk."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget

from designer.assets import asset
from designer.errors import DesignerError
from designer.model.element import Element, Link
from designer.settings import Settings
from designer.store import project_file
from designer.store.project_file import ChangedFileError, Stamp
from designer.ui.session import Session

FILTER = f"Cloud Designer project (*{project_file.SUFFIX})"
EXAMPLES = {"web-shop": "Web shop, zones at 50 %", "web-shop-tight": "Web shop, zones at 75 %"}


class Files(QObject):
    """What happens to files. Errors are shown as sentences; the design in the window is then as it was."""

    changed = Signal()

    def __init__(self, session: Session, settings: Settings, window: QWidget) -> None:
        super().__init__(window)
        self._session, self._settings, self._window = session, settings, window
        self._stamp: Stamp | None = None

    def new(self) -> None:
        """Begin an empty design."""
        if self.may_leave():
            self._become([], None, None)

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
        try:
            loaded = project_file.load(path)
        except DesignerError as error:
            self._say("The file was not opened", str(error))
            return False
        self._become(loaded.rows, path.absolute(), loaded.stamp)
        self._settings.add_recent_file(str(path.absolute()))
        self.changed.emit()
        for warning in loaded.warnings:
            QTimer.singleShot(0, self, lambda text=warning: self._session.told.emit(text))
        return True

    def open_example(self, name: str = "web-shop") -> bool:
        """Open a shipped example as a new, unnamed design."""
        if not self.may_leave():
            return False
        try:
            loaded = project_file.load(asset(f"examples/{name}{project_file.SUFFIX}"))
        except DesignerError as error:
            self._say("The example was not opened", str(error))
            return False
        self._become(loaded.rows, None, None)
        return True

    def _become(self, rows: Sequence[Element | Link], path: Path | None, stamp: Stamp | None) -> None:
        if self._session.run is not None:
            self._session.run.dispose()
            self._session.set_run(None)
        self._session.path, self._stamp = path, stamp
        self._session.project.replace(rows)

    def save(self) -> bool:
        """Save under its name; ask for one when it has none."""
        if self._session.path is None:
            return self.save_as()
        return self._save(self._session.path)

    def save_as(self) -> bool:
        """Save under a name that the user chooses."""
        name = self._session.path or Path.home() / f"{self._session.title}{project_file.SUFFIX}"
        written, _ = QFileDialog.getSaveFileName(self._window, "Save as", str(name), FILTER)
        if not written:
            return False
        path = Path(written)
        return self._save(path if path.suffix else path.with_suffix(project_file.SUFFIX))

    def _save(self, path: Path, overwrite: bool = False) -> bool:
        try:
            self._stamp = project_file.save(path, self._session.project.rows(), self._stamp, overwrite=overwrite)
        except ChangedFileError as error:
            return self._ask_overwrite(path, str(error))
        except DesignerError as error:
            self._say("The design was not saved", str(error))
            return False
        self._session.path = path.absolute()
        self._session.project.history.mark_clean()
        self._settings.add_recent_file(str(path.absolute()))
        self._session.title_changed.emit()
        self._session.told.emit(f"Saved {path.name}.")
        self.changed.emit()
        return True

    def _ask_overwrite(self, path: Path, sentence: str) -> bool:
        """The file was changed by somebody else: write over it, save elsewhere, or leave it."""
        box = QMessageBox(self._window)
        box.setIcon(QMessageBox.Icon.Warning)
        box.setWindowTitle("The file was changed")
        box.setText(sentence)
        over = box.addButton("Overwrite", QMessageBox.ButtonRole.DestructiveRole)
        elsewhere = box.addButton("Save As …", QMessageBox.ButtonRole.AcceptRole)
        box.setDefaultButton(elsewhere)
        box.addButton(QMessageBox.StandardButton.Cancel)
        box.exec()
        if box.clickedButton() is over:
            return self._save(path, overwrite=True)
        return box.clickedButton() is elsewhere and self.save_as()

    def may_leave(self) -> bool:
        """True when nothing is lost by leaving the design: ask to save it."""
        if not self._session.modified:
            return True
        buttons = QMessageBox.StandardButton
        box = QMessageBox(self._window)
        box.setIcon(QMessageBox.Icon.Question)
        box.setWindowTitle("Save changes?")
        box.setText(f"{self._session.title} has changes that are not saved.")
        box.setStandardButtons(buttons.Save | buttons.Discard | buttons.Cancel)
        box.setDefaultButton(buttons.Save)
        chosen = box.exec()
        if chosen == buttons.Save:
            return self.save()
        return bool(chosen == buttons.Discard)

    def _say(self, title: str, sentence: str) -> None:
        box = QMessageBox(self._window)
        box.setIcon(QMessageBox.Icon.Warning)
        box.setWindowTitle(title)
        box.setText(sentence)
        box.exec()
