"""The open design on the disk: lock, working copy, saves, backups, recovery."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from designer.collector import collector_off
from designer.errors import FileError
from designer.model.element import Element, Link
from designer.model.history import Step
from designer.model.project import ChangeSet, Project
from designer.model.tree import Tree
from designer.settings import state_dir
from designer.store.file import project_file
from designer.store.file.aside import Aside
from designer.store.file.content import Content, content_of
from designer.store.file.faults import memory_told, reason, shown
from designer.store.file.in_order import load_in_order
from designer.store.file.project_file import Loaded, Stamp
from designer.store.file.schema import VERSION
from designer.store.history import backups
from designer.store.working import steps
from designer.store.working.lock import DocumentLock, Locked, lock_file
from designer.store.working.recovery import SessionFolder, UnsavedWork
from designer.store.working.working_copy import AHEAD, RETRY_S, WorkingCopy, written_ahead
from designer.words import mark, tr

PARTIAL_LABEL = "with unread parts"
"""Label of the backup of a file that was not read whole."""
STEPS_LEFT_OUT = mark("The design is recovered whole. Its steps of undo do not fit it and were left out.")
Work = Callable[[str, Path, Callable[[], Any]], Any]
"""Runs reading and writing: (message, the file, the work) -> its result; the project must not change meanwhile."""


def _at_once(text: str, path: Path, work: Callable[[], Any]) -> Any:
    return work()


@dataclass(frozen=True)
class DocumentHost:
    """What an open document asks of its host: run what writes (`work`), run what may be canceled (`reading`), close
    what belongs to the design before another one replaces it (`leaving`), and the view to save (`capture`)."""

    work: Work = _at_once
    reading: Work = _at_once
    leaving: Callable[[], None] = lambda: None
    capture: Callable[[], Mapping[str, Any]] = dict


class ReadOnly(FileError):
    """The file is of a newer program and opens read-only; `loaded` holds its content."""

    def __init__(self, path: Path, loaded: Loaded) -> None:
        super().__init__(tr("{0} is read-only: save it under another name.", shown(path.name)))
        self.loaded = loaded


@dataclass(frozen=True)
class Ready:
    """A design prepared for opening, on any thread. Use it once."""

    tree: Tree
    content: Content


def ready(rows: Sequence[Element | Link]) -> Ready:
    """Prepare the rows of a whole design; this part of opening a large one may run in the background."""
    with collector_off():
        return Ready(Tree(rows), content_of(rows))


class OpenDocument:
    """Keeps a project's edits safe while it is open.

    All methods are for the thread that owns the project. `told` gets sentences for the user: edits are no longer kept,
    a backup failed ... . `aside` is what the file holds, or will hold, beside the design, `runs_in_file` the ids of its
    saved runs, `unwritten` whether the user wants others.
    """

    def __init__(
        self, project: Project, told: Callable[[str], None], host: DocumentHost | None = None, retry_s: float = RETRY_S
    ) -> None:
        self.path: Path | None = None
        self.stamp: Stamp | None = None
        self.aside = Aside()
        self.runs_in_file: frozenset[int] = frozenset()
        self.unwritten = False
        self._project, self._told, self._host, self._retry_s = project, told, host or DocumentHost(), retry_s
        self._lock: DocumentLock | None = None
        self._session: SessionFolder | None = None
        self._copy: WorkingCopy | None = None
        self._unkept = False
        self._partial = self._insisted = False
        self._merge: tuple[Step, Stamp] | None = None
        project.changed.connect(self._take)
        project.ahead[AHEAD] = written_ahead

    @property
    def edits(self) -> int:
        """The number of the last edit."""
        return self._copy.edits if self._copy else 0

    @property
    def acknowledged(self) -> int:
        """The number of the last edit that is safe from a kill."""
        return self._copy.acknowledged if self._copy else -1

    @property
    def behind(self) -> bool:
        """Whether edits are not kept safe (the disk is full ...)."""
        return self._unkept or (self._copy is not None and self._copy.behind)

    @property
    def locked(self) -> bool:
        """Whether other programs can see that the file is open here."""
        return self._lock is not None

    def open(self, path: Path, anyway: bool = False) -> list[str]:
        """Open the design of a file; return warnings for the user.

        `anyway`: though another program has it open. Raises Locked, ReadOnly, or FileError; the present design then
        stays open.
        """
        path = path.absolute()
        with self._locked(path, anyway) as lock:
            loaded, trouble, made = self._host.reading(tr("Opening {0} …", path.name), path, partial(_loaded, path))
            if made is None:
                raise ReadOnly(path, loaded)
        self.become(made, path, loaded.stamp, lock, aside=loaded.aside)
        self._partial, self._insisted = loaded.partial, anyway and lock is None
        return [*loaded.warnings, *trouble]

    @contextmanager
    def _locked(self, path: Path, anyway: bool) -> Iterator[DocumentLock | None]:
        """The lock of a file for work that makes it the document's: the one that is held, where the file is open here.

        It is released again when the work fails. Raises Locked.
        """
        own = self._is_own(path) and self._lock is not None
        lock = self._lock if own else _locked(path, anyway, beside=self._lock)
        try:
            yield lock
        except BaseException:
            if lock is not None and lock is not self._lock:
                lock.release()
            raise

    def become(
        self,
        rows: Sequence[Element | Link] | Ready,
        path: Path | None = None,
        stamp: Stamp | None = None,
        lock: DocumentLock | None = None,
        unsaved: bool = False,
        aside: Aside | None = None,
        taken: str = "",
        called: str = "",
        lines: Sequence[str] = (),
    ) -> None:
        """Replace the open design with one from a file or a new one (no path). The old one is closed: its edits are
        in its file or not wanted. `taken`: the session's folder from which it was recovered; `called`: the name
        of a copy of a file; `lines`: its history, as `steps.read` gives it."""
        self._host.leaving()
        self._hold(lock)
        self.close()
        self.path, self.stamp, self._lock = path, stamp, lock
        self._merge, self._partial, self._insisted = None, False, False
        self.aside = aside or Aside()
        self.runs_in_file = _run_ids(self.aside) if path is not None else frozenset()
        self._unkept = self.unwritten = False
        tree, content = (rows.tree, rows.content) if isinstance(rows, Ready) else (rows, None)
        history = steps.history_of(tree.rows(), lines) if lines and isinstance(tree, Tree) else None
        self._project.replace(tree, history)
        if lines and history is None:
            self._told(tr(STEPS_LEFT_OUT))
        if unsaved:
            self._project.history.clean = None
        try:
            self._session = SessionFolder()
        except (OSError, Locked) as error:
            self._unkept = True
            why = reason(error) if isinstance(error, OSError) else str(error)
            self._told(tr("Your edits are not kept safe in {0}: {1}. Save often.", shown(state_dir()), why))
            return
        self._copy = WorkingCopy(self._session.path, self._project, self._told, self._retry_s)
        self._copy.begin(stamp, path, unsaved, taken, content, called, lines if history is not None else ())

    def recover(self, found: UnsavedWork) -> None:
        """Open the unsaved work of a killed program; put it away once it is safe here."""
        path = found.path or found.folder
        with self._locked(path, anyway=True) if found.path is not None else nullcontext() as lock:
            made, aside, whole = self._host.work(tr("Opening {0} …", path.name), path, partial(_found, found))
        self.become(
            made, found.path, found.stamp, lock, unsaved=True, aside=aside, taken=found.folder.name,
            called=found.called, lines=found.steps if whole else (),
        )  # fmt: skip
        self._partial = not whole
        if found.aside is not None:
            self.set_aside(aside, wanted=True)
        if self._copy is not None and self._copy.flush():
            found.put_away()
        else:
            found.leave()

    def set_aside(self, aside: Aside, wanted: bool) -> None:
        """Set the runs beside the design; the runs that the user `wanted` are kept safe until they are saved."""
        self.aside = aside
        self.unwritten = self.unwritten or wanted
        if wanted and self._copy is not None:
            self._copy.keep_aside(aside)

    def save(self, path: Path | None = None, overwrite: bool = False, label: str = "", unlink: bool = False) -> Stamp:
        """Save under the design's path or a new one.

        `label` names the backup; `unlink`: also where the file has other names (hard links), which then keep the old
        state. Raises FileError (the design is as safe as before), Locked when another program has the other file open,
        LinkedFileError, and ChangedFileError when the file was changed since it was opened.
        """
        if path is None and self.path is None:
            raise FileError(tr("The design has no file yet. Save it under a name."))
        target = (path or self.path or Path()).absolute()
        if not unlink:
            project_file.check_links(target)
        insisted = self._insisted and self._is_own(target)  # the user was asked when it was opened
        with self._locked(target, anyway=overwrite or insisted) as lock:
            self._forget_undone_merge()
            before = self.stamp
            if before is not None and project_file.looks_unchanged(target, before):
                self._keep_before(target, before)
            written, aside = self._write(target, before, overwrite, unlink)
        self._hold(lock)
        self.path, self.stamp, self._lock = target, written, lock
        if lock is not None:
            lock.follow()
        self._merge, self._partial = None, False
        self.runs_in_file = _run_ids(aside)
        self._project.history.mark_clean()
        if self._copy is not None:
            self._copy.saved(written, target)
            if self.unwritten:  # a run was saved while the file was written
                self._copy.keep_aside(self.aside)
        self._backup(target, written, label)
        for note in written.notes:
            self._told(note)
        return written

    def _keep_before(self, target: Path, before: Stamp) -> None:
        """Back up the file before it is overwritten. Raises FileError where it holds more than was read."""
        if self._partial:
            try:
                backups.keep(target, before, PARTIAL_LABEL, whole=True)
            except FileError as error:
                why = tr(
                    "{0} was not saved: it holds more than could be read, and no copy of it can be kept.", shown(target)
                )
                raise FileError(tr("{0} {1} Save the design under another name.", why, error)) from None
            self._told(tr("{0} as it was, with its unread parts, is kept in Backups.", shown(target.name)))
            return
        old = before.version < VERSION
        self._backup(target, before, tr("before the upgrade from file version {0}", before.version) if old else "")

    def _write(self, target: Path, before: Stamp | None, overwrite: bool, unlink: bool) -> tuple[Stamp, Aside]:
        """Write the file; return its stamp, and what it holds beside the design."""
        stamp = project_file.next_stamp(before)
        if self._copy is not None:
            self._copy.saving(stamp.save_id)
        self.aside = replace(self.aside, view=self._host.capture())
        rows, aside = self._project.rows(), self.aside
        unwritten, self.unwritten = self.unwritten, False
        how = {"overwrite": overwrite, "unlink": unlink}
        write = partial(project_file.save, target, rows, before, stamp=stamp, aside=aside, **how)
        try:
            return self._host.work(tr("Saving {0} …", target.name), target, write), aside
        except BaseException:
            self.unwritten = self.unwritten or unwritten
            raise

    def merged(self, theirs: Loaded, path: Path) -> None:
        """Note that the last step merged a file: the next save has both as ancestors, and where it is the open file,
        overwriting it needs no question. That file is kept as a backup."""
        mine = self.stamp
        if mine is None:
            return
        stamp = replace(
            theirs.stamp if self._is_own(path) else mine,
            document_id=mine.document_id,
            ancestors=project_file.joined(mine, theirs.stamp),
            revision=max(mine.revision, theirs.stamp.revision),
        )
        if project_file.looks_unchanged(path, theirs.stamp):
            self._backup(path, replace(theirs.stamp, document_id=mine.document_id))
        history = self._project.history
        if history.position:
            self._merge = (history.steps[history.position - 1], mine)
        self.stamp, history.clean = stamp, None
        self._partial = self._partial or (theirs.partial and self._is_own(path))
        if self._copy is not None:
            self._copy.based_on(stamp, self.path)

    def _forget_undone_merge(self) -> None:
        """After a merge was undone, ask again before the other's file is overwritten."""
        history = self._project.history
        if self._merge is not None and not any(step is self._merge[0] for step in history.steps[: history.position]):
            self.stamp, self._merge = self._merge[1], None

    def flush(self) -> bool:
        """Wait until every edit is safe; False when it cannot be."""
        return self._copy is not None and self._copy.flush()

    def attend(self) -> None:
        """Report failures and try again; call it about once a second."""
        self._stand_again()
        if self._copy is not None:
            self._copy.attend()

    def _stand_again(self) -> None:
        """Renew the locks and the session's folder where somebody removed them."""
        try:
            if self._session is not None:
                self._session.renew()
        except (OSError, Locked):  # told by the working copy, which cannot be written either
            pass
        if self._lock is None or self.path is None:
            return
        if self._lock.stands:
            self._lock.follow()
            return
        self._lock.release()
        self._lock = None
        try:
            self._lock = _locked(self.path, anyway=False)
        except Locked as error:
            self._told(tr("The lock of {0} was removed. {1}", shown(self.path.name), error))

    def close(self) -> None:
        """Remove the working copy: the design is in its file, or not wanted."""
        self._end()
        if self._session is not None:
            self._session.remove()
            self._session = None

    def leave(self) -> None:
        """Shut down without asking; keep recovery data."""
        self._end()
        if self._session is not None:
            self._session.release()
            self._session = None

    def _hold(self, lock: DocumentLock | None) -> None:
        """Release the lock that is held, unless it is this one."""
        if self._lock is not None and self._lock is not lock:
            self._lock.release()
        self._lock = None

    def _end(self) -> None:
        if self._copy is not None:
            self._copy.close()
            self._copy = None
        self._hold(None)

    def _is_own(self, path: Path) -> bool:
        """Whether a path leads to the open file."""
        try:
            return self.path is not None and os.path.realpath(path) == os.path.realpath(self.path)
        except ValueError:
            return False

    def _take(self, changes: ChangeSet) -> None:
        if self._copy is not None:
            self._copy.take(changes)

    def _backup(self, path: Path, stamp: Stamp, label: str = "") -> None:
        """Back up a file that holds a save. Without room for it, report that and go on."""
        known = backups.backups(stamp.document_id)
        if any(one.is_of(stamp.save_id) and not one.opened for one in known) and not label:
            return
        trouble = self._host.work(tr("Saving {0} …", path.name), path, partial(_kept, path, stamp, label))
        if trouble:
            self._told(trouble)


def _run_ids(aside: Aside) -> frozenset[int]:
    return frozenset(run.id for run in aside.runs)


def _kept(path: Path, stamp: Stamp, label: str) -> str:
    """Keep a backup; return a sentence where it failed."""
    try:
        backups.keep(path, stamp, label)
    except FileError as error:
        return str(error)
    return ""


def _found(found: UnsavedWork) -> tuple[Ready, Aside, bool]:
    """Prepared unsaved work, what is beside the design (nothing where its file cannot be read), and whether its file
    was read whole."""
    made, aside, whole = ready(found.rows), Aside(), True
    if found.path is not None:
        try:
            loaded = project_file.load(found.path)
            aside, whole = loaded.aside, not loaded.partial
        except FileError:
            whole = not found.path.exists()
    return made, replace(aside, runs=found.aside.runs) if found.aside is not None else aside, whole


def _loaded(path: Path) -> tuple[Loaded, list[str], Ready | None]:
    """The content of a file, which is backed up, and a sentence where that failed: without a backup no later change
    of the file could be merged. The design is prepared where it may be edited."""
    trouble: list[str] = []
    with memory_told(path, "opened"):
        loaded = load_in_order(path)
        if loaded.newer:
            return loaded, trouble, None
        try:
            saved_s = min(max(loaded.stamp.seen[2] / 1e9, 0.0), time.time()) if loaded.stamp.seen else None
            backups.keep(path, loaded.stamp, now_s=saved_s, opened=True)
        except FileError as error:
            trouble = [str(error)]
        return loaded, trouble, ready(loaded.rows)


def _locked(path: Path, anyway: bool, beside: DocumentLock | None = None) -> DocumentLock | None:
    """The lock of a file; None where it is held and one goes on anyway, or where no lock can be."""
    try:
        return lock_file(path, beside)
    except Locked:
        if not anyway:
            raise
    except (OSError, ValueError):
        pass
    return None
