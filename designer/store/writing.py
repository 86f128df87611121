"""Writing a project file whole: beside the old one, verified, flushed, then put in its place by one rename."""

from __future__ import annotations

import contextlib
import errno
import os
import sqlite3
from contextlib import closing
from pathlib import Path

from designer.errors import FileError
from designer.store.content import Content
from designer.store.schema import APPLICATION_ID, VERSION, tables

_REASONS = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "your quota of disk space is used up",
    errno.EFBIG: "the file would be larger than allowed here",
    errno.EACCES: "you have no permission to write there",
    errno.EPERM: "you have no permission to write there",
    errno.EROFS: "the disk is read-only",
    errno.ENOENT: "its folder does not exist",
    errno.ENOTDIR: "its folder does not exist",
    errno.ENAMETOOLONG: "its name is too long",
}


def packed(content: Content) -> bytes:
    """A project file with this content, as bytes."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as base:
        base.execute(f"PRAGMA application_id={APPLICATION_ID}")
        base.execute(f"PRAGMA user_version={VERSION}")
        base.execute("BEGIN")
        for table in tables().values():
            base.execute(table.ddl)
            base.executemany(table.insert, content.get(table.name, ()))
        base.execute("COMMIT")
        return base.serialize()


def write_whole(path: Path, content: Content) -> None:
    """Put a file with this content at a path. Raises FileError; then what was there is as it was."""
    target = Path(os.path.realpath(path))
    _check_target(path, target)
    temp = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    try:
        data = packed(content)
        _write(temp, data, _mode(target))
        _verify(path, temp, content)
        temp.replace(target)
        _flush_folder(target.parent)
    except OSError as error:
        reason = _REASONS.get(error.errno or 0, (error.strerror or str(error)).lower())
        raise FileError(f"{path} was not saved: {reason}. Save it under another name or in another place.") from None
    finally:
        with contextlib.suppress(OSError):
            temp.unlink(missing_ok=True)


def _check_target(path: Path, target: Path) -> None:
    if target.is_dir():
        raise FileError(f"{path} was not saved: it is a folder. Choose a file name.")
    if target.exists() and not target.is_file():
        raise FileError(f"{path} was not saved: it is a device or a pipe. Choose a file name.")
    if target.is_file() and not target.stat().st_mode & 0o222:
        raise FileError(f"{path} was not saved: the file is read-only. Save it under another name.")


def _mode(target: Path) -> int:
    """The mode bits of the file that is replaced, or those of a new one."""
    try:
        return target.stat().st_mode & 0o777
    except OSError:
        mask = os.umask(0)
        os.umask(mask)
        return 0o666 & ~mask


def _write(temp: Path, data: bytes, mode: int) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0)
    handle = os.open(temp, flags, 0o600)
    try:
        left = memoryview(data)
        while left:
            left = left[os.write(handle, left) :]
        if hasattr(os, "fchmod"):
            os.fchmod(handle, mode)
        os.fsync(handle)
    finally:
        os.close(handle)


def _verify(path: Path, temp: Path, content: Content) -> None:
    """Read back what was written: sound pages and the same rows."""
    with closing(sqlite3.connect(f"file:{temp}?mode=ro&immutable=1", uri=True)) as base:
        sound = base.execute("PRAGMA quick_check(1)").fetchone()[0] == "ok"
        same = sound and all(
            base.execute(f'SELECT count(*) FROM "{table.name}"').fetchone()[0] == len(content.get(table.name, ()))
            for table in tables().values()
        )
    if not same:
        raise FileError(f"{path} was not saved: what was written could not be read back. Save it in another place.")


def _flush_folder(folder: Path) -> None:
    if not hasattr(os, "O_DIRECTORY"):
        return
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
