"""Runs saved with the design: the last one automatically, others on request. They are shown without running again."""

from __future__ import annotations

import pickle
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from designer.catalog import KINDS, LINKS
from designer.engine.result.blocks import SavedRun
from designer.errors import EngineError, RuleError
from designer.model.element import Element, Link
from designer.model.project import Project
from designer.settings import Settings
from designer.store.file.aside import Aside
from designer.store.file.run_design import design_of, fingerprint, with_design
from designer.study.engine_process import EngineHost
from designer.study.run import Run, run_of_saved
from designer.study.states import RunState
from designer.ui.files.files import Files
from designer.ui.parts.background import later
from designer.ui.run.run_control import RunControl
from designer.ui.shell.session import Session
from designer.words import tr

LIMIT = "keep_run_mib"
"""The setting for the largest run that is saved automatically, in MiB; 0: none."""
LIMIT_MIB, MOST_MIB = 20, 500
OVER = (RunState.FINISHED, RunState.PAUSED, RunState.CANCELLED)


class Runs(QObject):
    """The saved runs of the open design. `changed` says that the list has changed."""

    changed = Signal()

    def __init__(self, session: Session, files: Files, control: RunControl, settings: Settings) -> None:
        super().__init__(control)
        self._session, self._files, self._control, self._settings = session, files, control, settings
        self._seen, self._document = "", 0
        self._saving: Run | None = None
        self._label: str | None = None
        self._may_show = False
        session.frame_changed.connect(self._look)
        files.opened.connect(self._opened)
        files.changed.connect(self.changed)

    @property
    def aside(self) -> Aside:
        """What the file holds beside the design."""
        return self._files.document.aside

    @property
    def unwritten(self) -> int:
        """How many saved runs are in no file yet."""
        return sum(run.id not in self._files.document.runs_in_file for run in self.aside.runs)

    @property
    def limit_mib(self) -> int:
        """The largest run that is saved automatically, in MiB."""
        limit = self._settings.get(LIMIT, LIMIT_MIB)
        return limit if isinstance(limit, int) and 0 <= limit <= MOST_MIB else LIMIT_MIB

    def set_limit(self, mib: int) -> None:
        """Save the last run automatically up to this many MiB."""
        self._settings.set(LIMIT, mib)

    # -- saving

    @property
    def can_save(self) -> bool:
        """Whether there is a paused or finished run that is not saved permanently yet."""
        run = self._session.run
        return run is not None and run.state in OVER and run.time_s > 0

    def save(self, label: str) -> None:
        """Save the shown run under a label, until it is deleted."""
        run = self._session.run
        if run is None or not self.can_save:
            return
        present = next((one for one in self.aside.runs if one.digest == run.digest and run.digest), None)
        if present is not None:
            self.set_label(present.id, label)
            return
        self._saving, self._label = run, label
        run.save(MOST_MIB << 20)

    def _look(self) -> None:
        """Save a finished run, and take what the engine has packed."""
        run = self._session.run
        if run is None:
            return
        known = run.digest in ("", self._seen) or (run.revives is not None and run.revives.digest == run.digest)
        if run.state is RunState.FINISHED and not known and self.limit_mib:
            self._seen = run.digest
            self._saving, self._label = run, None
            run.save(self.limit_mib << 20)
        if run is self._saving and run.saved_at is not None:
            self._saving, path, run.saved_at = None, run.saved_at, None
            work = partial(_packed, path, list(run.design.rows()))
            later(self, work, partial(self._take, self._label, self._document), self._say_error)
        if run is self._saving and run.not_saved:
            self._saving = None
            if self._label is not None:
                self._session.refused.emit(run.not_saved)

    def _take(self, label: str | None, document: int, saved: SavedRun) -> None:
        if document != self._document:  # another design was opened meanwhile
            return
        try:
            aside = self.aside.with_run(saved)
        except RuleError as error:
            self._say_error(str(error))
            return
        if label is not None:
            aside = aside.with_label(saved.id, label)
            self._session.told.emit(tr("The run is saved with the design; saving the design writes it to the file."))
        self._files.set_aside(aside, ask=label is not None)

    def _say_error(self, sentence: str) -> None:
        self._session.refused.emit(sentence)

    def set_label(self, run_id: int, label: str) -> None:
        """Label a run, which keeps it until it is deleted."""
        self._files.set_aside(self.aside.with_label(run_id, label), ask=True)

    def delete(self, run_id: int) -> None:
        """Delete a saved run."""
        self._files.set_aside(self.aside.without_run(run_id), ask=True)

    # -- looking at one again

    def may_show(self) -> None:
        """Show the last run of an opened design; call this when the window is complete."""
        self._may_show = True
        self._show_last()

    def _opened(self) -> None:
        self._seen, self._saving = "", None
        self._document += 1
        self._show_last()

    def _show_last(self) -> None:
        whole = [run for run in self.aside.runs if run.blocks]
        if self._may_show and whole and self._session.run is None:
            self.show(whole[-1].id)

    def show(self, run_id: int) -> None:
        """Show a saved run: time line, drawing, plots, events and result, at its end."""
        saved = next((run for run in self.aside.runs if run.id == run_id and run.blocks), None)
        if saved is None:
            return
        rows, edits = list(self._session.project.rows()), self._files.document.edits
        work = partial(_revived, saved, rows, self._control.engine)
        later(self, work, partial(self._show, saved, edits), self._say_error)

    def _show(self, saved: SavedRun, edits: int, revived: tuple[Run, bool]) -> None:
        run, same = revived
        if saved not in self.aside.runs:  # another design was opened meanwhile
            run.dispose()
            return
        run.stale = not same or edits != self._files.document.edits
        self._control.show_saved(run)


def _packed(path: Path, rows: list[Element | Link]) -> SavedRun:
    """What the engine has packed, with the design. Raises EngineError when it is gone."""
    try:
        saved: SavedRun = pickle.loads(path.read_bytes())
    except OSError:
        raise EngineError(tr("The run was closed before it was saved. Run the design again.")) from None
    return with_design(saved, rows)


def _revived(saved: SavedRun, rows: list[Element | Link], engine: EngineHost) -> tuple[Run, bool]:
    """The run, ready to show, and whether the design is unchanged since."""
    design = design_of(saved)
    now = fingerprint(rows)
    same = now == saved.design_sha256 or now == fingerprint(design)  # an older version's fingerprint is another
    return run_of_saved(Project(KINDS, LINKS, design), saved, engine), same
