"""Unsaved work of killed programs: found at the next start, offered, put away."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from designer.collector import collector_off
from designer.errors import FileError, RuleError
from designer.model.element import Element, Link
from designer.settings import made_folder, remove, state_dir
from designer.store.file import project_file
from designer.store.file.aside import Aside
from designer.store.file.budget import Budget
from designer.store.file.check import settle
from designer.store.file.content import rows_of
from designer.store.file.faults import damaged, memory_told, reason, shown
from designer.store.file.graph import check_graph
from designer.store.file.project_file import Loaded, Stamp, line_of
from designer.store.file.reading import read_content
from designer.store.file.run_design import fingerprint
from designer.store.working import steps
from designer.store.working.lock import DeadLock, Lock, Locked, is_dead
from designer.store.working.working_copy import ASIDE_NAME, NAME, path_of
from designer.words import tr

KEPT_DAYS = 14
KEPT_LAST = 3
"""Folders put away that stay longer: a jump of the clock must not remove all."""
TRIES = 3
"""Times a working copy is read; when the program ended each time, it is put away unread."""
DAY_S = 86_400.0
_TURN_DIGITS = 7


class SessionFolder:
    """The folder of one open design, locked while this process lives."""

    def __init__(self) -> None:
        """Make a new folder. Raises OSError."""
        name = secrets.token_hex(8)
        self._lock = Lock(_sessions() / f"{name}.lock")  # before the folder is there: a folder without lock is dead
        self.path = made_folder(_sessions() / name)

    def renew(self) -> bool:
        """Make lock and folder again where somebody removed them; True when the folder was missing. Raises OSError."""
        if not self._lock.stands:
            self._lock.release()
            made_folder(self.path.parent)
            self._lock = Lock(self._lock.path)
        gone = not self.path.is_dir()
        if gone:
            made_folder(self.path)
        return gone

    def remove(self) -> None:
        """Remove it with its content (the design was closed)."""
        shutil.rmtree(self.path, ignore_errors=True)
        self._lock.release()

    def release(self) -> None:
        """Release it, so that the next start finds it."""
        self._lock.release()


@dataclass(frozen=True)
class ReadWorkingCopy:
    """A working copy that was read: its rows, its document and save, how many edits are in no file, the session's
    folder it was `taken` over from, and the name that a copy of a file is `called`."""

    rows: list[Element | Link]
    stamp: Stamp
    path: Path | None
    edits: int
    saved_edits: int
    saving_id: str
    saving_edits: int
    taken: str = ""
    called: str = ""
    steps: tuple[str, ...] = ()

    def unsaved(self, save_id: str) -> int | None:
        """How many edits a file with this save id lacks; None when the save is unknown."""
        if save_id == self.saving_id and save_id:
            return self.edits - self.saving_edits
        return self.edits - self.saved_edits if save_id == self.stamp.save_id else None


@dataclass(frozen=True)
class UnsavedWork:
    """Unsaved work of an ended program: open `rows` under `path` with `stamp`, start a session, then `put_away`.

    With `stamp`, the next save asks when the file was changed since; `aside` holds the runs, where the file has others.
    Until `put_away` or `leave` no other program finds it.
    """

    rows: list[Element | Link]
    stamp: Stamp
    path: Path | None
    sentence: str
    when_s: float
    folder: Path
    aside: Aside | None
    called: str
    steps: tuple[str, ...]
    """Its steps of undo, as `working.steps` reads them."""
    _lock: Lock | DeadLock = field(repr=False)

    def put_away(self) -> None:
        """Keep it for 14 days: it was recovered (and is safe in a new session), or is not wanted."""
        _put_away(self.folder)
        self._lock.release()

    def leave(self) -> None:
        """Decide at the next start."""
        with contextlib.suppress(OSError):  # a read-only disk
            (self.folder / "tries").unlink(missing_ok=True)
        self._lock.release()


@dataclass(frozen=True)
class LeftOver:
    """All found work, and sentences about unreadable work."""

    found: list[UnsavedWork]
    notes: list[str]


@dataclass(frozen=True)
class _Dead:
    """The session of an ended program, with its working copy."""

    folder: Path
    lock: Lock | DeadLock
    working: ReadWorkingCopy
    when_s: float

    def end(self, kept: bool) -> None:
        """Remove it: nobody needs it."""
        if kept:
            _put_away(self.folder)
        else:
            shutil.rmtree(self.folder, ignore_errors=True)
        self.lock.release()


def left_over() -> LeftOver:
    """Unsaved work of ended programs, newest first. Work that is already in its file is removed, and so is work put
    away for more than 14 days. Work that another program took over, and did not put away before it was killed, is
    put away now."""
    found: list[UnsavedWork] = []
    notes: list[str] = []
    try:
        _sweep()
        dead = list(_dead(notes))
    except OSError as error:
        where = shown(state_dir())
        return LeftOver(
            [], [tr("Unsaved work of earlier sessions cannot be searched in {0}: {1}.", where, reason(error))]
        )
    taken = {one.working.taken for one in dead}
    for one in dead:
        one_found = None if one.folder.name in taken else _compared(one)
        if one_found is None:
            one.end(kept=one.folder.name in taken)
        else:
            found.append(one_found)
    return LeftOver(_newest_first(found), notes)


def _newest_first(found: Sequence[UnsavedWork]) -> list[UnsavedWork]:
    """By time, but those of one document by revision first: a clock may go backward."""
    latest: dict[str, float] = {}
    for one in found:
        latest[one.stamp.document_id] = max(one.when_s, latest.get(one.stamp.document_id, 0.0))

    def order(one: UnsavedWork) -> tuple[float, str, int, float]:
        return latest[one.stamp.document_id], one.stamp.document_id, one.stamp.revision, one.when_s

    return sorted(found, key=order, reverse=True)


def _dead(notes: list[str]) -> Iterator[_Dead]:
    for folder in sorted(entry for entry in _sessions().iterdir() if entry.is_dir()):
        lock = _lock_of(folder.with_name(f"{folder.name}.lock"))
        if lock is None:
            continue
        working = _read(folder, notes) if folder.is_dir() else None
        if working is None:
            lock.release()
        else:
            yield _Dead(folder, lock, *working)


def _lock_of(path: Path) -> Lock | DeadLock | None:
    """The lock of an ended program; None while it runs."""
    try:
        return Lock(path)
    except Locked:
        return None
    except OSError:
        return DeadLock() if is_dead(path) else None


def _read(folder: Path, notes: list[str]) -> tuple[ReadWorkingCopy, float] | None:
    """The working copy of a dead session and when it was written; without one, the folder is removed or put away."""
    try:
        if not any(folder.glob(NAME.format("*"))):
            shutil.rmtree(folder, ignore_errors=True)
            return None
        if _tries(folder) > TRIES:
            raise FileError(tr("the program ended each time it read it"))
        when_s = max(entry.lstat().st_mtime for entry in folder.glob("working-*"))
        return read_folder(folder), when_s
    except (FileError, OSError) as error:
        where = _put_away(folder)
        why = str(error).partition(". ")[0].rstrip(".")
        notes.append(
            tr(
                "Unsaved work of a program that ended cannot be read: {0}. The design's file is as it was "
                "saved. What is left is kept in {1} for {2} days.",
                why,
                shown(where),
                KEPT_DAYS,
            )
        )
        return None


def _tries(folder: Path) -> int:
    try:
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_NONBLOCK", 0)  # a pipe is not waited for
        with os.fdopen(os.open(folder / "tries", flags, 0o600), "ab") as file:
            file.write(b".")
            return file.tell()
    except OSError:  # a full disk is no reason to leave it unread
        return 0


def _compared(dead: _Dead) -> UnsavedWork | None:
    """What a working copy has beyond its file, or None."""
    working, when_s = dead.working, dead.when_s
    path, when = working.path, time.strftime("%d %b %Y, %H:%M", time.localtime(when_s))
    copied = tr("A copy of {0}", shown(working.called)) if working.called else tr("A design without a file")
    name = shown(path.name) if path else copied
    stamp = working.stamp
    if path is not None:
        stamp = replace(stamp, named=str(path.absolute()), place=os.path.realpath(path))
    edits = working.edits - working.saved_edits
    loaded, trouble = _file(path)
    runs = _aside(dead.folder, loaded)
    if loaded is None:
        if path is None and edits <= 0 and runs is None:
            return None
        more = f" {trouble}" if trouble else ""
    else:
        lacks = working.unsaved(loaded.stamp.save_id)
        same = loaded.stamp.document_id == working.stamp.document_id and lacks is not None
        edits = lacks if same and lacks is not None else edits
        if edits <= 0 or fingerprint(loaded.rows) == fingerprint(working.rows):
            if runs is None:
                return None
            edits = 0
        stamp = loaded.stamp if same else stamp
        more = "" if same else tr(" The file was changed since by another program.")
    nothing = tr("changes to the saved runs that were") if runs is not None else tr("what was")
    count = tr("{0:,} edits that were", edits) if edits > 1 else tr("an edit that was") if edits == 1 else nothing
    sentence = tr("{0}: {1} not saved when the program ended ({2}).", name, count, when)
    if loaded is None and edits <= 0 and runs is None:
        sentence = tr("{0}: its last saved state ({1}).", name, when)
    return UnsavedWork(
        working.rows, stamp, path, sentence + more, when_s, dead.folder, runs, working.called, working.steps, dead.lock
    )


def _aside(folder: Path, loaded: Loaded | None) -> Aside | None:
    """The runs of a session, where its file has others."""
    try:
        kept = project_file.load(folder / ASIDE_NAME).aside
    except FileError:
        return None
    return None if loaded is not None and loaded.aside.runs == kept.runs else kept


def _file(path: Path | None) -> tuple[Loaded | None, str]:
    """The file of a working copy, or why there is none."""
    if path is None:
        return None, ""
    try:
        return project_file.load(path), ""
    except FileError as error:
        return None, tr("The file is not there any more: {0}.", shown(path)) if not path.exists() else str(error)


def read_folder(folder: Path) -> ReadWorkingCopy:
    """The newest working copy of a folder that can be read. Raises FileError when there is none."""
    trouble = FileError(tr("{0} holds no working copy.", shown(folder)))
    for path in sorted(folder.glob(NAME.format("*")), key=_number, reverse=True):
        try:
            found = read_working(path)
            lines = steps.read(path.with_name(steps.NAME.format(_number(path)[0])), found.edits)
            return replace(found, steps=tuple(lines))
        except FileError as error:
            trouble = error
    raise trouble


def _number(path: Path) -> tuple[int, str]:
    digits = path.stem.rpartition("-")[2]
    return (int(digits) if digits.isascii() and digits.isdigit() else 0), path.name


def read_working(path: Path) -> ReadWorkingCopy:
    """A working copy, read with all the checks of a file. Raises FileError."""
    with collector_off(), memory_told(path, "opened"):
        content, _ = read_content(path, Budget(path))
        facts: dict[str, Any] = dict(zip(*content["meta"])) if content["meta"] else {}
        content["meta"] = []
        try:
            settle(content)
            check_graph(content)
        except RuleError as error:
            raise damaged(path, str(error)) from None
        return _working(path, rows_of(content), facts)


def _working(path: Path, rows: list[Element | Link], facts: Mapping[str, Any]) -> ReadWorkingCopy:
    text = {name: value for name, value in facts.items() if isinstance(name, str) and isinstance(value, str)}
    try:
        return ReadWorkingCopy(
            rows,
            Stamp(
                text["document_id"],
                text["save_id"],
                text["parent_save_id"],
                int(text["revision"]),
                text["written_by"],
                line_of(text),
            ),
            path_of(text),
            int(text["edits"]),
            int(text["saved_edits"]),
            text["saving_id"],
            int(text["saving_edits"]),
            text.get("taken", ""),
            text.get("called", ""),
        )
    except (KeyError, ValueError):
        raise damaged(path, tr("it does not say what it is a working copy of")) from None


# -- the folders


def _sessions() -> Path:
    return made_folder(state_dir() / "sessions")


def _discarded() -> Path:
    return made_folder(state_dir() / "discarded")


def _put_away_folders() -> list[Path]:
    """The folders put away, newest first: by number, as a clock may go backward, then by time."""
    folder = state_dir() / "discarded"
    return sorted(folder.iterdir(), key=lambda path: (_turn(path), path.name), reverse=True) if folder.is_dir() else []


def _turn(path: Path) -> int:
    """The number of a folder put away; 0 without one."""
    digits = path.name.partition("-")[0]
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) == _TURN_DIGITS else 0


def _put_away(folder: Path) -> Path:
    """Move a session's folder to those kept for a while; where that fails, it stays."""
    try:
        turn = max(map(_turn, _put_away_folders()), default=0) + 1
        target = _discarded() / f"{turn:0{_TURN_DIGITS}}-{time.strftime('%Y-%m-%d-%H%M%S')}-{folder.name}"
        os.utime(folder)
        folder.rename(target)
    except OSError:
        return folder
    return target


def _sweep() -> None:
    """Remove folders put away for too long; the last ones stay, whatever the clock says."""
    for left in _put_away_folders()[KEPT_LAST:]:
        with contextlib.suppress(OSError):
            if time.time() - left.stat().st_mtime > KEPT_DAYS * DAY_S:
                remove(left)
