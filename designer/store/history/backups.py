"""Backups of each document in the state folder: the last five saves, one a day, and those with a label; opened files
for some weeks, as bases of merges."""

from __future__ import annotations

import calendar
import contextlib
import hashlib
import os
import secrets
import shutil
import sqlite3
import time
from dataclasses import dataclass, replace
from pathlib import Path

from designer.errors import FileError
from designer.foreign import bytes_of
from designer.settings import flush_folder, made_folder, state_dir
from designer.store.file import project_file
from designer.store.file.faults import reason, shown
from designer.store.file.project_file import SUFFIX, Loaded, Stamp, save_key
from designer.store.file.schema import side_tables
from designer.words import tr

LAST = 5
DAYS = 30
"""Days that keep one save each."""
OPENED_LAST = 100
"""Number of openings, of all documents, that keep what was opened; older ones keep it for DAYS, as a clock may jump."""
LATEST_S = 253_402_300_799
"""The last second whose year has four digits: a clock beyond it would name files that nobody finds again."""
LABEL_LIMIT = 200
_OPENED = "opened"
_TIME = "%Y%m%dT%H%M%SZ"


@dataclass(frozen=True)
class Backup:
    """One earlier save: its time (seconds since 1970), its stamp, the user's label, and whether it was only opened
    here."""

    path: Path
    saved_s: float
    revision: int
    key: str
    label: str = ""
    opened: bool = False

    def is_of(self, save_id: str) -> bool:
        """Whether it holds the save with an id."""
        return self.key == save_key(save_id)


def keep(
    path: Path, stamp: Stamp, label: str = "", now_s: float | None = None, opened: bool = False, whole: bool = False
) -> Backup:
    """Copy a file that was just saved (or only opened), and remove surplus backups. `whole`: with its runs, byte by
    byte. Raises FileError."""
    saved_s = min(max(int(time.time() if now_s is None else now_s), 0), LATEST_S)
    present = next((one for one in backups(stamp.document_id) if one.is_of(stamp.save_id)), None)
    if present is not None and not whole:
        present = _for_good(present) if present.opened and not opened else present
        return set_label(present, label) if label else present
    name = f"{time.strftime(_TIME, time.gmtime(saved_s))}-{stamp.revision}-{save_key(stamp.save_id)}"
    name += f"-{_OPENED}-{max(map(_opening, _opened()), default=0) + 1}{SUFFIX}" if opened else SUFFIX
    temp: Path | None = None
    try:
        folder = made_folder(_folder(stamp.document_id))
        temp = folder / f".{secrets.token_hex(8)}.tmp"
        shutil.copyfile(path, temp)
        if not whole:
            _leave_out_runs(temp)
        with temp.open("rb+") as file:
            os.fsync(file.fileno())
        temp.replace(folder / name)
        if present is not None and present.path.name != name:
            present.path.unlink(missing_ok=True)
        with contextlib.suppress(OSError):  # not every disk can flush a folder
            flush_folder(folder)
    except (OSError, ValueError) as error:
        raise FileError(
            tr(
                "No backup of {0} was made: {1}. The file itself is saved; make room in {2}.",
                shown(path.name),
                reason(error),
                shown(state_dir()),
            )
        ) from None
    finally:
        if temp is not None:
            with contextlib.suppress(OSError):
                temp.unlink(missing_ok=True)
    made = Backup(folder / name, float(saved_s), stamp.revision, save_key(stamp.save_id), opened=opened)
    _thin_out(stamp.document_id, made)
    if opened:
        _forget_opened()
    return set_label(made, label) if label else made


def _for_good(backup: Backup) -> Backup:
    """Keep a save that was only opened here, and is now saved over, like any other save."""
    path = backup.path.with_name(f"{backup.path.name.partition(f'-{_OPENED}')[0]}{SUFFIX}")
    try:
        if backup.label:
            _label_file(backup.path).replace(_label_file(path))
        backup.path.replace(path)
    except OSError:
        return backup
    return replace(backup, path=path, opened=False)


def _opened() -> list[Path]:
    """The opened files of all documents."""
    return list((state_dir() / "backups").glob(f"*/*-{_OPENED}*{SUFFIX}"))


def _opening(path: Path) -> int:
    """The number of the opening of a save; 0 without one."""
    number = path.stem.rpartition(f"-{_OPENED}-")[2]
    return int(number) if number.isascii() and number.isdigit() and len(number) < 16 else 0


def _forget_opened() -> None:
    """Remove files opened long ago and never saved here: by the number of later openings, then by time."""
    for path in sorted(_opened(), key=_opening, reverse=True)[OPENED_LAST:]:
        with contextlib.suppress(OSError):
            if abs(time.time() - path.stat().st_mtime) > DAYS * 86_400 and not _label_file(path).exists():
                path.unlink()


def _leave_out_runs(path: Path) -> None:
    """Remove saved runs, which are large and can be run again, from a copy. An unreadable copy stays unchanged."""
    names = [name for name in side_tables() if name.startswith("run")]
    try:
        with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as base:
            for pragma in ("trusted_schema=OFF", "cell_size_check=ON", "mmap_size=0", "journal_mode=OFF"):
                base.execute(f"PRAGMA {pragma}")
            there = {name for (name,) in base.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
            for name in there.intersection(names):
                base.execute(f'DROP TABLE "{name}"')
            if there.intersection(names):
                base.execute("VACUUM")
    except sqlite3.Error:
        return


def backups(document_id: str) -> list[Backup]:
    """The backups of a document, newest first: by revision, then by time, as a clock may go backward."""
    try:
        found = [_backup(path) for path in _folder(document_id).glob(f"*{SUFFIX}")]
    except OSError:
        return []
    return sorted((one for one in found if one), key=lambda one: (one.revision, one.saved_s, one.key), reverse=True)


def set_label(backup: Backup, label: str) -> Backup:
    """Label a backup ("before the review"), which keeps it permanently; an empty label removes the label. Raises
    FileError."""
    label = label.strip()[:LABEL_LIMIT]
    file = _label_file(backup.path)
    try:
        if label:
            temp = file.with_name(f".{secrets.token_hex(8)}.tmp")
            with temp.open("w", encoding="utf-8", errors="replace") as written:
                written.write(label)
                written.flush()
                os.fsync(written.fileno())
            temp.replace(file)
        else:
            file.unlink(missing_ok=True)
    except OSError as error:
        raise FileError(
            tr("The label was not written: {0}. Make room in {1}.", reason(error), shown(state_dir()))
        ) from None
    return replace(backup, label=label)


def of_another_copy(backup: Backup, stamp: Stamp) -> bool:
    """Whether a save is no ancestor of that of `stamp`: the design was copied, and the copy was saved."""
    return backup.revision > stamp.revision - len(stamp.line) and backup.key not in stamp.line


def before(stamp: Stamp) -> Backup | None:
    """The newest backup among the ancestors of the save of `stamp`; None without one."""
    by_key = {one.key: one for one in backups(stamp.document_id)}
    return next((by_key[key] for key in stamp.line[1:] if key in by_key), None)


def open_backup(backup: Backup) -> Loaded:
    """The design of a backup. Raises FileError."""
    return project_file.load(backup.path)


def base_of(mine: Stamp, theirs: Stamp) -> Backup | None:
    """The newest backup that is a common ancestor of two saves, as the base of a merge; None without one."""
    by_key = {one.key: one for one in backups(mine.document_id)}
    common = set(theirs.line)
    return next((by_key[key] for key in mine.line if key in common and key in by_key), None)


def restore(backup: Backup, path: Path, before: Stamp | None) -> Stamp:
    """Save a backup as the newest state of a file; the present file becomes a backup first. Raises FileError, a
    ChangedFileError where the file is no longer that of `before`."""
    rows = open_backup(backup).rows
    if before is not None and path.exists():
        keep(path, before)
    return project_file.save(path, rows, before)


def _folder(document_id: str) -> Path:
    return state_dir() / "backups" / hashlib.sha256(document_id.encode()).hexdigest()[:32]


def _label_file(path: Path) -> Path:
    return path.with_suffix(".label")


def _backup(path: Path) -> Backup | None:
    """A backup by its file name, or None for an unknown file."""
    parts = path.stem.split("-")
    try:
        saved_s = float(calendar.timegm(time.strptime(parts[0], _TIME)))
        revision, key = int(parts[1]), parts[2]
    except (ValueError, IndexError):
        return None
    plain = parts[1].isascii() and parts[1].isdigit() and len(parts[1]) < 17 and len(key) == len(save_key(""))
    if not (plain and _is_file(path)):
        return None
    try:
        label = bytes_of(_label_file(path), 4 * LABEL_LIMIT).decode("utf-8", "replace")[:LABEL_LIMIT]
    except OSError:
        label = ""
    return Backup(path, saved_s, revision, key, label, parts[3:4] == [_OPENED])


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:
        return False


def _thin_out(document_id: str, made: Backup) -> None:
    """Remove all but the last five, the newest of each of the last days, those with a label and the new one."""
    every = backups(document_id)
    days: dict[int, Backup] = {}
    for one in every:
        days.setdefault(int(one.saved_s // 86_400), one)
    kept = {one.path for one in [*every[:LAST], *list(days.values())[:DAYS]]}
    for one in every:
        if one.path not in kept and one != made and not one.label:
            with contextlib.suppress(OSError):
                one.path.unlink()
