"""The working copy: every edit is one transaction in the state folder, so a killed program loses none."""

from __future__ import annotations

import base64
import contextlib
import os
import sqlite3
import threading
import time
import uuid
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from operator import itemgetter
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

from designer.errors import FileError
from designer.model.element import Element, Link, make
from designer.model.history import Step
from designer.model.project import ChangeSet, Project
from designer.model.tree import Tree
from designer.settings import flush_folder
from designer.store.file import project_file
from designer.store.file.aside import Aside
from designer.store.file.content import Content, content_of, insert
from designer.store.file.project_file import Stamp, line_facts
from designer.store.file.schema import APPLICATION_ID, VERSION, SchemaTable, table_of, tables
from designer.store.working import steps
from designer.words import mark, tr

Statements = dict[str, list[tuple[Any, ...]]]
"""SQL, and the values for each execution, in order."""
NAME = "working-{}.db"
ASIDE_NAME = "beside.clouddesign"
"""A file with the runs of the design that is open, where its own file has others."""
RETRY_S = 5.0
"""Seconds after a failure until an edit or `attend` writes the whole design again."""
GONE, CHANGED = mark("its folder was removed"), mark("another program changed its files")
AHEAD = "working copy"
"""The name in `Project.ahead` under which its part of a large change is written."""
GROUP = 64
"""Most waiting edits in one transaction, so a slow disk catches up."""
TOGETHER, REST_S = 100, 0.001
"""Rows of an edit that are written at one go, and seconds for which the thread rests then."""
_PUT_META = 'INSERT OR REPLACE INTO "meta" ("name", "value") VALUES (?, ?)'
_FAULTS = (sqlite3.Error, OSError, UnicodeError, OverflowError)
_PIECE = 400
"""Longest value of a meta row."""


def statements_of(project: Tree, changes: ChangeSet) -> Statements:
    """The statements that bring a working copy to the state of a project after an edit; on the thread that owns the
    project."""
    found: Statements = {}
    gone = [(i,) for i in changes.removed]
    if gone:
        for name in tables():
            if name != "meta":
                found[f'DELETE FROM "{name}" WHERE "id" = ?'] = gone
    added: defaultdict[type, list[dict[str, Any]]] = defaultdict(list)
    links, elements = project.links, project.elements
    for row_id in changes.added:
        row = links[row_id] if row_id in links else elements[row_id]
        added[type(row)].append(row.__dict__)
    for kind, rows in added.items():
        table = table_of(kind)
        found[_put(table)] = list(map(itemgetter(*table.columns), rows))
    for row_id, fields in changes.changed.items():
        row = _row(project, row_id)
        values_of, names = row.__dict__, tuple(sorted(fields))
        values = tuple([values_of[name] for name in names])
        found.setdefault(_update(table_of(type(row)), names), []).append((*values, row_id))
    return found


def written_ahead(project: Tree, changes: ChangeSet, step: Step | None) -> tuple[Statements, str | None]:
    """What `WorkingCopy.take` writes of one step: statements and a line of its steps (see `Project.ahead`). Without a
    step only the statements of what came and went, and no line."""
    if step is None:
        return statements_of(project, ChangeSet(added=changes.added, removed=changes.removed)), None
    return statements_of(project, changes), steps.done_line(step)


def _row(project: Tree, row_id: int) -> Element | Link:
    return project.links[row_id] if row_id in project.links else project.elements[row_id]


def _put(table: SchemaTable) -> str:
    return table.insert.replace("INSERT", "INSERT OR REPLACE", 1)


@cache
def _update(table: SchemaTable, names: tuple[str, ...]) -> str:
    places = ", ".join(f'"{name}" = ?' for name in names)
    return f'UPDATE "{table.name}" SET {places} WHERE "id" = ?'


def path_facts(path: Path | None) -> dict[str, str]:
    """A path as meta rows, which are short and hold only text."""
    text = base64.b64encode(os.fsencode(path)).decode() if path else ""
    pieces = [text[n : n + _PIECE] for n in range(0, len(text), _PIECE)]
    return {f"path_{n:02}": (pieces[n] if n < len(pieces) else "") for n in range(16)}


def path_of(facts: Mapping[str, str]) -> Path | None:
    """The path in meta rows, or None."""
    text = "".join(facts.get(f"path_{n:02}", "") for n in range(16))
    try:
        return Path(os.fsdecode(base64.b64decode(text, validate=True))) if text else None
    except ValueError:
        return None


@dataclass(frozen=True)
class _Edit:
    serial: int
    statements: Statements


@dataclass(frozen=True)
class _Whole:
    serial: int
    content: Content
    steps: list[tuple[int, str]]


@dataclass(frozen=True)
class _Aside:
    """An empty design with what is beside the open design; without one, that is in its file."""

    design: list[Element | Link]
    aside: Aside | None


@dataclass(frozen=True)
class _Look:
    """See whether the files are as they were written."""


_Job = _Edit | _Whole | _Aside | _Look | threading.Event | None


class _Writer(threading.Thread):
    """Runs ready statements, and nothing else: beside a window no Python objects may be created or freed on other
    threads.

    `acknowledged` is the last edit on the disk. After a failure it is `behind` and skips edits until it gets the whole
    design.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__(name="working copy", daemon=True)
        self.jobs: SimpleQueue[_Job] = SimpleQueue()
        self.acknowledged = -1
        self.behind = False
        self.fault = self.runs_fault = ""
        self._folder, self._number, self._tried = folder, 0, 0
        self._base: sqlite3.Connection | None = None
        self._file: tuple[int, int] | None = None
        self._written: list[tuple[int, ...]] = []

    @property
    def stands(self) -> bool:
        """Whether the written file still has its name; otherwise its content would not be found."""
        if self._file is None:
            return True
        try:
            found = (self._folder / NAME.format(self._number)).stat()
        except OSError:
            return False
        return (found.st_dev, found.st_ino) == self._file

    def lose(self, why: str = GONE) -> None:
        """Note that the file is missing or spoiled; the whole design must be written again."""
        self.fault, self.behind = tr(why), True

    def _files(self) -> list[tuple[int, ...]]:
        """What tells whether somebody else has written to the working copy or its log."""
        found: list[tuple[int, ...]] = []
        for name in ("", "-wal"):
            with contextlib.suppress(OSError):
                one = (self._folder / f"{NAME.format(self._number)}{name}").stat()
                found.append((one.st_dev, one.st_ino, one.st_size, one.st_mtime_ns))
        return found

    def _look(self) -> bool:
        """Whether the files are as this thread left them; otherwise nothing in them is safe."""
        if not self.behind and self._base is not None and self._files() != self._written:
            self.lose(CHANGED if self.stands else GONE)
        return not self.behind

    def run(self) -> None:
        """Run the jobs of the queue until it holds None."""
        job = self.jobs.get()
        while job is not None:
            if isinstance(job, _Edit):
                job = self._edits(job)
                continue
            if isinstance(job, _Whole):
                self._rewrite(job)
            elif isinstance(job, _Aside):
                self._put_aside(job)
            elif isinstance(job, _Look):
                self._look()
            else:
                job.set()
            job = self.jobs.get()
        if self._base is not None:
            with contextlib.suppress(sqlite3.Error):
                self._base.close()

    def _put_aside(self, job: _Aside) -> None:
        path = self._folder / ASIDE_NAME
        try:
            if job.aside is None:
                path.unlink(missing_ok=True)
            else:
                project_file.save(path, job.design, aside=job.aside)
            self.runs_fault = ""
        except (FileError, OSError) as error:
            self.runs_fault = str(error)

    def _edits(self, job: _Job) -> _Job:
        """One transaction of an edit and those waiting behind it; return the next job of another sort."""
        serial, number = -1, 0
        try:
            while isinstance(job, _Edit):
                if self._base is not None and (not self.behind if number else self._look()):
                    if number == 0:
                        self._base.execute("BEGIN IMMEDIATE")
                    self._put(self._base, job.statements)
                    serial, number = job.serial, number + 1
                job = self.jobs.get_nowait() if number < GROUP else _LATER
        except Empty:
            job = _LATER
        except _FAULTS as error:
            self._failed(error)
            return _LATER
        try:
            if number and self._base is not None:
                self._base.execute("COMMIT")
                self._written = self._files()
                if self.stands:
                    self.acknowledged = serial
                else:
                    self.lose()
        except _FAULTS as error:
            self._failed(error)
        return job

    def _put(self, base: sqlite3.Connection, statements: Statements) -> None:
        """Run statements. Between parts of many rows the thread of the window goes first: it shows them meanwhile."""
        for sql, values in statements.items():
            for first in range(0, len(values), TOGETHER):
                if first:
                    time.sleep(REST_S)
                base.executemany(sql, values[first : first + TOGETHER])

    def _failed(self, error: Exception) -> None:
        self.fault = _why(error)
        self.behind = True
        if self._base is not None:
            with contextlib.suppress(sqlite3.Error):
                self._base.execute("ROLLBACK")

    def _rewrite(self, job: _Whole) -> None:
        """Write the whole design to a new file, then remove the old one."""
        self._tried += 1  # what stood in the way once is no obstacle the next time
        path = self._folder / NAME.format(self._tried)
        temp, steps_path = path.with_suffix(".tmp"), self._folder / steps.NAME.format(self._tried)
        base: sqlite3.Connection | None = None
        try:
            for left in (path, temp, steps_path):
                _remove(left)
            write_working(temp, job.content)
            temp.rename(path)
            flush_folder(self._folder)
            base, found = open_working(path), path.stat()
            steps.attach(base, steps_path, job.steps)
        except _FAULTS as error:
            self._failed(error)
            if base is not None:
                base.close()
            for left in (temp, path, steps_path):
                with contextlib.suppress(OSError):
                    _remove(left)
            return
        old, self._base = self._base, base
        if old is not None:
            with contextlib.suppress(sqlite3.Error):
                old.close()
            with contextlib.suppress(OSError):
                for name in (NAME, steps.NAME):
                    _remove(self._folder / name.format(self._number))
        self._number = self._tried
        self._written = self._files()
        self._file = found.st_dev, found.st_ino
        self.acknowledged = job.serial
        self.behind, self.fault = False, ""


_LATER = threading.Event()
"""A job that does nothing."""


def write_working(path: Path, content: Content) -> None:
    """A new working copy with this content, on the disk; it gets its name when it is complete."""
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as base:
        for pragma in ("journal_mode=OFF", f"application_id={APPLICATION_ID}", f"user_version={VERSION}"):
            base.execute(f"PRAGMA {pragma}")
        base.execute("PRAGMA synchronous=FULL")
        base.execute("BEGIN IMMEDIATE")
        for table in tables().values():
            base.execute(table.ddl)
            insert(base, table, content[table.name])
        base.execute("COMMIT")
        _turn_on_log(base)  # while nobody counts on the file: later it would need a journal for that


def open_working(path: Path) -> sqlite3.Connection:
    """A working copy to write to. Nobody else may open it: then WAL needs no memory shared through a file, which a
    full disk would turn into a crash."""
    base = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    try:
        _turn_on_log(base)
        base.execute("PRAGMA synchronous=FULL")
    except sqlite3.Error:
        base.close()
        raise
    return base


def _turn_on_log(base: sqlite3.Connection) -> None:
    base.execute("PRAGMA locking_mode=EXCLUSIVE")
    if base.execute("PRAGMA journal_mode=WAL").fetchone() != ("wal",):
        raise sqlite3.OperationalError("no write-ahead log")


def _remove(path: Path) -> None:
    for name in ("", "-wal", "-shm", "-journal"):
        path.with_name(path.name + name).unlink(missing_ok=True)


def _why(error: Exception) -> str:
    name = getattr(error, "sqlite_errorname", "")
    if name == "SQLITE_FULL":
        return tr("the disk is full")
    if name.startswith(("SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_PERM")):
        return tr("nothing can be written there")
    if name.startswith("SQLITE_IOERR"):
        return tr("the disk reports an error")
    return str(error) or type(error).__name__


class WorkingCopy:
    """A design's edits on the disk while it is open.

    Its methods are for the thread that owns the project. `told` gets one sentence when edits are no longer kept, and
    one when they are again. Beside a window the cyclic collector must be off (`gc.disable()`, and collected on the
    window's thread).
    """

    def __init__(self, folder: Path, project: Project, told: Callable[[str], None], retry_s: float = RETRY_S) -> None:
        self.edits = 0
        self._folder, self._project, self._told, self._retry_s = folder, project, told, retry_s
        self._writer = _Writer(folder)
        self._writer.start()
        self._facts: dict[str, str] = {}
        self._said_behind, self._said_runs = False, ""
        self._has_aside = False
        self._tried_s = 0.0
        self._trying: threading.Event | None = None
        self._log = steps.StepLog(project)

    @property
    def acknowledged(self) -> int:
        """The number of the last edit that is on the disk; what `take` returned, and all before, is safe."""
        return self._writer.acknowledged

    @property
    def behind(self) -> bool:
        """Whether edits are not written (the disk is full ...)."""
        return self._writer.behind or not self._writer.is_alive()

    def begin(
        self,
        stamp: Stamp | None,
        path: Path | None,
        unsaved: bool = False,
        taken: str = "",
        content: Content | None = None,
        called: str = "",
        lines: Sequence[str] = (),
    ) -> None:
        """Write the present project, from a file or new; `unsaved`: the file does not hold it; `taken`: the name of
        the session's folder that holds the same and is no longer needed; `content`: that of the project, where it
        is at hand; `called`: the name of a copy of a file, which has none itself; `lines`: its history, as
        `steps.read` gives it."""
        self.edits += 1
        self._facts = {
            **_stamp_facts(stamp or Stamp(uuid.uuid4().hex, "")),
            **path_facts(path),
            "saved_edits": str(self.edits - unsaved),
            "saving_id": "",
            "saving_edits": "0",
            "taken": taken,
            "called": called,
        }
        self._write_whole(content, lines)

    def take(self, changes: ChangeSet) -> int:
        """Write an edit (connect it to `project.changed`); return its number."""
        self.edits += 1
        statements, line = changes.ahead.get(AHEAD) or (statements_of(self._project, changes), None)
        if line is None and AHEAD in changes.ahead:
            statements = {**statements, **statements_of(self._project, ChangeSet(changed=changes.changed))}
        line = self._log.line(line)
        step: Statements = {steps.PUT: [(self.edits, line)]}
        if line == steps.BEGIN:
            step[steps.FORGET] = [(self.edits,)]
        self._put({**statements, **step, _PUT_META: [("edits", str(self.edits))]})
        self._report()
        return self.edits

    def saving(self, save_id: str) -> bool:
        """Note that a file with this save id will hold the present project, and wait until the note is on the disk;
        False when that fails."""
        self._note({"saving_id": save_id, "saving_edits": str(self.edits)})
        return self.flush()

    def saved(self, stamp: Stamp, path: Path) -> None:
        """Note that a file holds the present project. A working copy that is behind, and cannot be renewed, is
        removed: it is older than that file."""
        self._note({**_stamp_facts(stamp), **path_facts(path), "saved_edits": str(self.edits), "saving_id": ""})
        if self._has_aside:
            self._has_aside = False
            self._writer.jobs.put(_Aside([], None))
        if self.behind:
            self._write_whole()
            if not self.flush() and self.behind:
                names = (NAME.format("*"), steps.NAME.format("*"))
                for left in [path for name in names for path in self._folder.glob(name)]:
                    with contextlib.suppress(OSError):
                        _remove(left)

    def keep_aside(self, aside: Aside) -> None:
        """Keep what is beside the design until a file holds it."""
        self._has_aside = True
        design = self._project.root
        nothing = make(type(design), {"id": design.id, "parent": design.id, "name": "Runs"})
        self._writer.jobs.put(_Aside([nothing], aside))

    def based_on(self, stamp: Stamp, path: Path | None) -> None:
        """Note that the present project comes from another save, and is in no file yet."""
        self._note({**_stamp_facts(stamp), **path_facts(path), "saved_edits": str(self.edits - 1), "saving_id": ""})

    def flush(self, timeout_s: float = 30.0) -> bool:
        """Wait until every edit so far is on the disk; False when that fails."""
        here = self.edits
        done = threading.Event()
        self._writer.jobs.put(done)
        until = time.monotonic() + timeout_s
        while not done.wait(0.1):
            if not self._writer.is_alive() or time.monotonic() > until:
                return False
        self.attend()
        return not self.behind and self.acknowledged >= here

    def attend(self) -> None:
        """See whether the files stand, report failures and recoveries, and try again when it is time. Call it now and
        then."""
        self._writer.jobs.put(_Look())
        self._report()

    def _report(self) -> None:
        if not self.behind and not self._writer.stands:
            self._writer.lose()
        if self.behind != self._said_behind:
            self._said_behind = self.behind
            self._tried_s = time.monotonic()
            if self.behind:
                self._told(
                    tr(
                        "Your edits are no longer kept safe beside the file: {0} ({1}). Make room there, or save the "
                        "design in another place.",
                        self._writer.fault or tr("the program failed"),
                        self._folder,
                    )
                )
            else:
                self._told(tr("Your edits are kept safe again."))
        if self._writer.runs_fault != self._said_runs:
            self._said_runs = self._writer.runs_fault
            if self._said_runs:
                self._told(tr("Changes to saved runs are not safe until the design is saved. {0}", self._said_runs))
        waiting = self._trying is not None and not self._trying.is_set()
        if self.behind and not waiting and time.monotonic() - self._tried_s >= self._retry_s:
            self._write_whole()

    def close(self) -> None:
        """End the writer when it is done; the files stay."""
        self._writer.jobs.put(None)
        self._writer.join(30.0)

    def _note(self, facts: Mapping[str, str]) -> None:
        self._facts.update(facts)
        self._put({_PUT_META: list(facts.items())})

    def _put(self, statements: Statements) -> None:
        self._writer.jobs.put(_Edit(self.edits, statements))

    def _write_whole(self, content: Content | None = None, lines: Sequence[str] = ()) -> None:
        self._tried_s = time.monotonic()
        self._log.begin(lines)
        content, lines = content or content_of(self._project.rows()), lines or [steps.BEGIN]
        facts = {**self._facts, "edits": str(self.edits)}
        content["meta"] = list(zip(*sorted(facts.items())))
        self._trying = threading.Event()
        self._writer.jobs.put(_Whole(self.edits, content, list(enumerate(lines, self.edits - len(lines) + 1))))
        self._writer.jobs.put(self._trying)


def _stamp_facts(stamp: Stamp) -> dict[str, str]:
    return {
        "document_id": stamp.document_id,
        "save_id": stamp.save_id,
        "parent_save_id": stamp.parent_save_id,
        "revision": str(stamp.revision),
        "written_by": stamp.written_by,
        **line_facts(stamp.ancestors),
    }
