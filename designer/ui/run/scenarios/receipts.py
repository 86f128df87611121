"""Receipts in the window: that of a run is saved, and what one says is played again and compared."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QFileDialog

from designer.errors import FileError, RuleError
from designer.foreign import bytes_of
from designer.model.project import Project
from designer.results.receipt import MOST_BYTES, Receipt, differences, must_fit, read_receipt, receipt_of, same
from designer.store.file.faults import must_take
from designer.study.run import Run
from designer.study.states import RunState
from designer.ui.files.questions import file_name
from designer.ui.parts.background import run_in_background
from designer.ui.shell.context import Context
from designer.words import tr

END = ".receipt.json"


def ask_save(context: Context) -> None:
    """Ask for a file, and write the receipt of the run."""
    session = context.session
    folder = session.path.parent if session.path else Path.home()
    start = str(folder / f"{file_name(session.title)}{END}")
    text, _ = QFileDialog.getSaveFileName(context.frame, tr("Save Receipt"), start, _filter())
    if text:
        save(context, Path(text) if text.endswith(".json") else Path(text + END))


def save(context: Context, path: Path) -> None:
    """Write the receipt of the run that is over."""
    run = context.session.run
    if run is None:
        return
    try:
        must_take(path)
    except FileError as error:
        context.session.refused.emit(str(error))
        return
    work = partial(receipt_of, run.design, run.spec, run.digest, run.requests)
    receipt = run_in_background(context.frame, tr("Writing the receipt …"), work)
    try:
        path.write_text(receipt.text(), "utf-8")
    except OSError as error:
        context.session.refused.emit(tr("{0} cannot be written: {1}.", path.name, error.strerror or str(error)))
        return
    context.session.told.emit(tr("Wrote {0}: whoever has the design plays this run again with it.", path.name))


def ask_play(context: Context) -> None:
    """Ask for a receipt, and play it again on the open design."""
    text, _ = QFileDialog.getOpenFileName(context.frame, tr("Play a Receipt Again"), "", _filter())
    if text:
        play(context, Path(text))


def play(context: Context, path: Path) -> Playing | None:
    """Play a receipt again on the open design; when the run is over it is told whether the same came of it."""
    try:
        receipt = run_in_background(
            context.frame, tr("Reading the receipt …"), lambda: _read(path, context.session.project)
        )
    except OSError as error:
        said = (error.strerror or str(error)).lower()
        context.session.refused.emit(tr("{0} cannot be read: {1}.", path.name, said))
        return None
    except RuleError as error:
        context.session.refused.emit(str(error))
        return None
    run = context.control.start(
        events=receipt.events, until_s=receipt.until_s, seed=receipt.seed, show_s=receipt.until_s
    )
    return None if run is None else Playing(context, receipt, run)


def _read(path: Path, project: Project) -> Receipt:
    receipt = read_receipt(bytes_of(path, MOST_BYTES))
    must_fit(receipt, project)
    return receipt


class Playing(QObject):
    """Waits for the end of the run of a receipt, and tells what came of it."""

    def __init__(self, context: Context, receipt: Receipt, run: Run) -> None:
        super().__init__(context.frame)
        self._context, self._receipt, self._run = context, receipt, run
        context.session.frame_changed.connect(self._look)
        context.session.run_changed.connect(self._look)

    def _look(self) -> None:
        run, session = self._run, self._context.session
        if session.run is run and run.active:
            return
        if session.run is run and run.state is RunState.FINISHED and not run.digest:
            return
        session.frame_changed.disconnect(self._look)
        session.run_changed.disconnect(self._look)
        self.deleteLater()
        if session.run is run and run.digest:
            work = partial(differences, self._receipt, run.design, run.digest)
            found = run_in_background(self._context.frame, tr("Comparing with the receipt …"), work)
            (session.refused if found else session.told).emit(" ".join(found) or same(self._receipt, run.digest))


def _filter() -> str:
    return tr("Receipts (*{0});;JSON (*.json)", END)
