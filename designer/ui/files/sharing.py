"""Copies to share, parts saved as designs, and inserted designs: the dialogs and what they do."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QFormLayout,
    QLabel,
    QVBoxLayout,
    QWidget,
)

from designer import units
from designer.commands import edit, transfer
from designer.errors import DesignerError, FileError
from designer.model.element import Element, Link
from designer.store.exchange.library import Library
from designer.store.exchange.sharing import to_share
from designer.store.file import project_file
from designer.store.file.aside import Aside
from designer.store.file.faults import shown
from designer.store.file.project_file import LinkedFileError, Loaded, Stamp, next_stamp
from designer.ui.files.files import ALONE, LINKED, Files
from designer.ui.files.questions import FILTER, ask, file_name, say
from designer.ui.parts.background import Stopped, later, run_in_background
from designer.ui.parts.large import LARGE
from designer.ui.shell.context import Context
from designer.ui.shell.session import Session
from designer.words import tr

RUNS: dict[str, Callable[[Aside], Aside]] = {
    tr("None"): lambda aside: Aside(aside.view),
    tr("Figures only"): lambda aside: aside.figures_only(),
    tr("All saved runs"): lambda aside: aside,
}
"""What part of the runs a copy holds."""


class ShareDialog(QDialog):
    """What a copy to share holds, and its size."""

    def __init__(self, session: Session, files: Files, parent: QWidget) -> None:
        super().__init__(parent)
        self._session, self._files = session, files
        self._number = 0
        self.setWindowTitle(tr("Save a Copy to Share"))
        self.setMinimumWidth(440)
        about = QLabel(
            tr(
                "The copy holds the whole design and every library preset that it uses, so it is the same on another "
                "machine."
            )
        )
        about.setWordWrap(True)
        self.runs = QComboBox()
        self.runs.addItems(list(RUNS))
        self.runs.setAccessibleName(tr("Runs in the copy"))
        self.notes = QCheckBox(tr("Notes"))
        self.notes.setChecked(True)
        self.takes = QLabel()
        self.takes.setTextFormat(Qt.TextFormat.PlainText)
        self.takes.setWordWrap(True)
        form = QFormLayout()
        form.addRow(tr("Runs"), self.runs)
        form.addRow(tr("With"), self.notes)
        form.addRow(tr("Size"), self.takes)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Save | QDialogButtonBox.StandardButton.Cancel)
        buttons.button(QDialogButtonBox.StandardButton.Save).setText(tr("Save As …"))
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setSpacing(12)
        for part in (about, form, buttons):
            column.addLayout(part) if isinstance(part, QFormLayout) else column.addWidget(part)
        self.runs.setEnabled(bool(files.document.aside.runs))
        self.runs.currentIndexChanged.connect(self._measure)
        self.notes.toggled.connect(self._measure)
        self._measure()

    @property
    def aside(self) -> Aside:
        """What the copy holds beside the design."""
        return RUNS[self.runs.currentText()](self._files.document.aside)

    def rows(self) -> list[Element | Link]:
        """The rows of the copy."""
        return to_share(self._session.project.rows(), Library().presets(), self.notes.isChecked())

    def _measure(self) -> None:
        """Show the size of the design and of its copy; both are packed in the background."""
        self._number += 1
        self.takes.setText("…")
        stamp = next_stamp(self._files.document.stamp)
        whole = list(self._session.project.rows()), self._files.document.aside
        work = partial(_sizes, stamp, whole, (self.rows(), self.aside))
        later(self, work, partial(self._measured, self._number), self.takes.setText)

    def _measured(self, number: int, sizes: tuple[int, int]) -> None:
        if number == self._number:
            before, after = map(units.file_size_text, sizes)
            self.takes.setText(tr("{0} (the present design: {1})", after, before))


def _sizes(stamp: Stamp, *parts: tuple[list[Element | Link], Aside]) -> tuple[int, int]:
    first, second = (len(project_file.pack(rows, stamp, aside)) for rows, aside in parts)
    return first, second


def ask_share(context: Context) -> None:
    """Save a copy for others; the open design stays unchanged."""
    dialog = ShareDialog(context.session, context.files, context.frame)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.accepted.connect(lambda: _share(context, dialog))
    dialog.open()


def _share(context: Context, dialog: ShareDialog) -> None:
    rows, aside = dialog.rows(), dialog.aside
    path = _ask_name(context, tr("Save a Copy to Share"), tr("{0} to share", context.session.title))
    if path is not None:
        _write(context, path, rows, aside, next_stamp(context.files.document.stamp))


def ask_export(context: Context) -> None:
    """Save the selection as a design of its own."""
    session = context.session
    work = partial(transfer.extract, session.project, session.selection)
    if edit.extent(session.project, session.selection) > LARGE:
        work = partial(run_in_background, context.frame, tr("Collecting what is exported …"), work, leave=True)
    rows = session.do(work)
    if rows is None:
        return
    name = next((row.name for row in rows if isinstance(row, Element) and row.kind == "design"), "part")
    path = _ask_name(context, tr("Export Selection as Design"), name)
    if path is not None:
        _write(context, path, rows, Aside(), next_stamp())


def _ask_name(context: Context, title: str, name: str) -> Path | None:
    folder = context.session.path.parent if context.session.path else Path.home()
    start = str(folder / f"{file_name(name)}{project_file.SUFFIX}")
    text, _ = QFileDialog.getSaveFileName(context.frame, title, start, FILTER)
    if not text:
        return None
    path = Path(text)
    return path if path.suffix else path.with_suffix(project_file.SUFFIX)


def _write(
    context: Context, path: Path, rows: list[Element | Link], aside: Aside, stamp: Stamp, unlink: bool = False
) -> None:
    """Write a file that is not the one that is open. `unlink`: though it has other names, which keep the old state."""
    try:
        own = context.session.path
        if own is not None and os.path.realpath(own) == os.path.realpath(path):
            raise FileError(tr("{0} is the design that is open. Choose another name for the copy.", shown(path)))
        work = partial(project_file.save, path, rows, stamp=stamp, aside=aside, unlink=unlink)
        context.files.work(tr("Saving {0} …", path.name), path, work)
    except LinkedFileError as error:
        if ask(context.frame, LINKED, str(error), (ALONE,)) == ALONE:
            _write(context, path, rows, aside, stamp, unlink=True)
        return
    except DesignerError as error:
        say(context.frame, tr("The copy was not saved"), str(error))
        return
    context.session.told.emit(tr("Saved {0}, {1}.", path.name, units.file_size_text(path.stat().st_size)))


def ask_insert(context: Context) -> None:
    """Insert a file that the user chooses into the open design."""
    folder = str(context.session.path.parent) if context.session.path else str(Path.home())
    path, _ = QFileDialog.getOpenFileName(context.frame, tr("Insert Design"), folder, FILTER)
    if path:
        insert(context, Path(path))


def insert(context: Context, path: Path) -> None:
    """Insert a file into the open design, under the mouse, as one undo step."""
    session = context.session
    try:
        read = partial(project_file.load, path)
        loaded: Loaded = context.files.work(tr("Opening {0} …", path.name), path, read, leave=True)
    except Stopped:
        return
    except DesignerError as error:
        say(context.frame, tr("The design was not inserted"), str(error))
        return
    at = context.canvas.paste_point()
    made: Any = session.do_large(
        tr("Inserting {0} …", path.name), len(loaded.rows), transfer.insert, loaded.rows, path.stem, (at.x(), at.y())
    )
    if made:
        session.flush()
        session.select(made)
        session.reveal.emit(made)
