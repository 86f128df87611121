"""Writes a project file whole: beside the old one, verified, flushed, then renamed over it."""

from __future__ import annotations

import contextlib
import os
import secrets
import sqlite3
from contextlib import closing
from functools import cache
from pathlib import Path

from designer.settings import flush_folder
from designer.store.file.aside import Aside, rows_of
from designer.store.file.content import Content, count, insert
from designer.store.file.faults import reason, shown, unsaved
from designer.store.file.schema import APPLICATION_ID, VERSION, side_tables, tables
from designer.words import tr

LEFT_OVER_S = 3600.0
"""Age above which a temporary file beside ours belongs to a killed program, in seconds."""


def packed(content: Content, aside: Aside | None = None) -> bytes:
    """A project file with this content, and what is beside the design, as bytes."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as base:
        _empty().backup(base)
        base.execute("PRAGMA journal_mode=OFF")  # it is written once and thrown away when that fails
        base.execute("BEGIN")
        for table in tables().values():
            insert(base, table, content[table.name])
        side_rows = rows_of(aside or Aside())
        for name, rows in side_rows.items():
            if rows:  # what nobody needs makes no file larger
                base.execute(side_tables()[name].ddl)
                base.executemany(side_tables()[name].insert, rows)
        base.execute("COMMIT")
        try:
            return base.serialize()
        except sqlite3.OperationalError:  # it gives no other reason
            raise MemoryError from None


@cache
def _empty() -> sqlite3.Connection:
    """A file without rows, to copy: to make its tables anew takes half of the time of a small save."""
    base = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
    base.execute(f"PRAGMA application_id={APPLICATION_ID}")
    base.execute(f"PRAGMA user_version={VERSION}")
    base.execute("BEGIN")
    for table in tables().values():
        base.execute(table.ddl)
    base.execute("COMMIT")
    return base


def write_whole(path: Path, content: Content, aside: Aside | None = None) -> list[str]:
    """Write a file with this content to a path; return sentences about lost attributes of the old file.

    Raises FileError and leaves what was there unchanged.
    """
    temp: Path | None = None
    try:
        target = Path(os.path.realpath(path))
        _check_target(path, target)
        data, first = packed(content, aside), not target.exists()
        temp = target.with_name(f".cloud-designer-{secrets.token_hex(8)}.tmp")
        lost = _write(temp, data, target)
        if not _is_written(temp, data, content):
            raise unsaved(path, tr("what was written could not be read back"))
        temp.replace(target)
        with contextlib.suppress(OSError):  # the file is in place; not every disk can flush a folder
            flush_folder(target.parent)
            if first:  # its folder may be as new as the file
                flush_folder(target.parent.parent)
            _sweep(target)
        return [tr("{0} was saved, but {1} could not be kept.", shown(path.name), " and ".join(lost))] if lost else []
    except (OSError, ValueError, sqlite3.Error) as error:
        why = str(error) if isinstance(error, sqlite3.Error) else reason(error)
        raise unsaved(path, why) from None
    finally:
        if temp is not None:
            with contextlib.suppress(OSError):
                temp.unlink(missing_ok=True)


def _check_target(path: Path, target: Path) -> None:
    if target.is_dir():
        raise unsaved(path, tr("it is a folder"))
    if target.exists() and not target.is_file():
        raise unsaved(path, tr("it is a device or a pipe"))
    if target.is_file() and not target.stat().st_mode & 0o222:
        raise unsaved(path, tr("the file is read-only"))
    if not target.parent.is_dir():
        raise unsaved(path, tr("its folder does not exist"))


def _write(temp: Path, data: bytes, target: Path) -> list[str]:
    """Write a new file with owner, rights and attributes of the file that it will replace, and flush it; return what
    of these was lost."""
    old = target.stat() if target.exists() else None
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    handle = os.open(temp, flags, 0o666 if old is None else 0o600)  # the system takes away what the umask forbids
    try:
        left = memoryview(data)
        while left:
            left = left[os.write(handle, left) :]
        lost = _surround(handle, target, old) if old is not None else []
        os.fsync(handle)
    finally:
        os.close(handle)
    return lost


def _surround(handle: int, target: Path, old: os.stat_result) -> list[str]:
    """Give a new file owner, group, extended attributes (access control lists too) and mode of the old one; return
    what could not be given, as parts of a sentence."""
    lost: list[str] = []
    mode = old.st_mode & 0o777
    if hasattr(os, "fchown"):
        new = os.fstat(handle)
        if new.st_uid != old.st_uid:
            with contextlib.suppress(OSError):  # only root gives files away
                os.fchown(handle, old.st_uid, -1)
        if new.st_gid != old.st_gid:
            try:
                os.fchown(handle, -1, old.st_gid)
            except OSError:
                lost.append(tr("its group"))
                mode &= ~0o070  # rights of a team are not those of another group
    if hasattr(os, "fchmod"):
        with contextlib.suppress(PermissionError):  # FAT knows no mode bits
            os.fchmod(handle, mode)
    if not _copy_attributes(handle, target):
        lost.append(tr("its extended attributes"))
    return lost


def _copy_attributes(handle: int, target: Path) -> bool:
    """Copy the extended attributes of a file to an open one; False where one of the user's could not be."""
    if not hasattr(os, "listxattr"):
        return True
    whole = True
    try:
        names = os.listxattr(target)
    except OSError:  # the disk knows none
        return True
    for name in names:
        try:
            os.setxattr(handle, name, os.getxattr(target, name))
        except OSError:
            whole = whole and not name.startswith(("user.", "system.posix_acl"))
    return whole


def _is_written(temp: Path, data: bytes, content: Content) -> bool:
    """Read back what was written: the bytes that SQLite gave, and by SQLite as many rows as the design has.

    Bytes are compared, and not the structure (`quick_check`): SQLite made the bytes in memory, in one go and without a
    journal, so only the way to the disk can spoil them. A comparison finds each bit of that. `quick_check` finds no bit
    in a value, and takes 10 ms of the 64 ms in which bare SQLite writes 22,000 elements.
    """
    if temp.read_bytes() != data:
        return False
    with closing(sqlite3.connect(f"{temp.as_uri()}?mode=ro&immutable=1", uri=True)) as base:
        counts = (base.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for name in tables())
        return all(found == count(content, name) for found, name in zip(counts, tables()))


def _sweep(target: Path) -> None:
    """Remove what killed programs left half written, by the clock of the disk, as that of this machine may differ."""
    now = target.stat().st_mtime
    for left in target.parent.glob(".cloud-designer-*.tmp"):
        with contextlib.suppress(OSError):
            if now - left.stat().st_mtime > LEFT_OVER_S:
                left.unlink()
