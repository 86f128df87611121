"""Opening a project file: nothing is written, nothing is believed before it is checked."""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from designer.errors import FileError
from designer.store.content import Content
from designer.store.schema import APPLICATION_ID, VERSION, tables

MAGIC = b"SQLite format 3\0"
SIZE_LIMIT = 4 << 30
CELL_LIMIT = 64 << 20
"""Most bytes in one cell (a packed trace)."""
DEADLINE_S = 60.0
JOURNALS = ("-wal", "-journal")


def read_content(path: Path) -> tuple[Content, list[str]]:
    """All rows of a project file by table, and warnings. Raises FileError."""
    head = _head(path)
    warnings: list[str] = []
    left = [name for name in JOURNALS if _exists(path.with_name(path.name + name))]
    if left:
        warnings.append(f"Another program left {path.name}{left[0]} beside the file; it was taken into account.")
    with _quiet_copy(path, bool(left) or head[18] == 2) as readable:
        return _read(path, readable), warnings


def _exists(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:
        return False


def _head(path: Path) -> bytes:
    """The first 100 bytes of a regular file that looks like ours. Raises FileError."""
    try:
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    except OSError as error:
        raise FileError(f"{path} cannot be opened: {(error.strerror or str(error)).lower()}.") from None
    try:
        found = os.fstat(handle)
        if not stat.S_ISREG(found.st_mode):
            what = "a folder" if stat.S_ISDIR(found.st_mode) else "a device or a pipe"
            raise FileError(f"{path} is {what}, not a project file.")
        head = os.read(handle, 100)
    except OSError as error:
        raise FileError(f"{path} cannot be read: {(error.strerror or str(error)).lower()}.") from None
    finally:
        os.close(handle)
    _check_head(path, head, found.st_size)
    return head


def _check_head(path: Path, head: bytes, size: int) -> None:
    if size == 0:
        raise FileError(f"{path.name} is empty; look for a backup of it.")
    if not head.startswith(MAGIC):
        raise FileError(f"{path.name} is not a Cloud Designer project: it is another kind of file.")
    if len(head) < 100:
        raise FileError(f"{path.name} is damaged: only {size} bytes of it are there. Look for a backup of it.")
    if int.from_bytes(head[68:72], "big") != APPLICATION_ID:
        raise FileError(f"{path.name} is not a Cloud Designer project: another program made this database.")
    version = int.from_bytes(head[60:64], "big")
    if version > VERSION:
        raise FileError(
            f"{path.name} was written by a newer Cloud Designer (file version {version}; this program reads up to "
            f"{VERSION}). Update the program to open it."
        )
    if version < 1:
        raise FileError(f"{path.name} is damaged: it has no file version.")
    if size > SIZE_LIMIT:
        raise FileError(f"{path.name} is larger than {SIZE_LIMIT >> 30} GiB, the most this program opens.")
    page = int.from_bytes(head[16:18], "big")
    pages, page = int.from_bytes(head[28:32], "big"), 65536 if page == 1 else page
    in_wal = head[18] == 2
    if page < 512 or (not in_wal and pages * page != size):
        raise FileError(f"{path.name} is damaged: it has {size:,} bytes where {pages * page:,} were written.")


@contextmanager
def _quiet_copy(path: Path, needed: bool) -> Iterator[Path]:
    """The file itself, or a private copy with its journals where SQLite would have to write beside it."""
    if not needed:
        yield path
        return
    with tempfile.TemporaryDirectory(prefix="cloud-designer-open-") as folder:
        copy = Path(folder) / "copy.db"
        try:
            shutil.copyfile(path, copy)
            for name in JOURNALS:
                if _exists(path.with_name(path.name + name)):
                    shutil.copyfile(path.with_name(path.name + name), copy.with_name(copy.name + name))
        except OSError as error:
            raise FileError(f"{path} cannot be read: {(error.strerror or str(error)).lower()}.") from None
        yield copy


def _read(path: Path, readable: Path) -> Content:
    immutable = "&immutable=1" if readable == path else ""
    address = f"file:{quote(str(readable.absolute()))}?mode=ro{immutable}"
    if readable != path:
        address = f"file:{quote(str(readable.absolute()))}"
    try:
        with closing(sqlite3.connect(address, uri=True)) as base:
            _guard(base)
            return _read_tables(path, base)
    except (sqlite3.Error, UnicodeDecodeError, OverflowError, MemoryError) as error:
        if "interrupted" in str(error):
            raise FileError(
                f"{path.name} takes longer than {DEADLINE_S:.0f} s to read; it is not a sound file."
            ) from None
        raise FileError(f"{path.name} is damaged ({error}). Look for a backup of it.") from None


def _guard(base: sqlite3.Connection) -> None:
    base.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, CELL_LIMIT)
    base.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
    for pragma in ("trusted_schema=OFF", "cell_size_check=ON", "mmap_size=0", "query_only=ON"):
        base.execute(f"PRAGMA {pragma}")
    until = time.monotonic() + DEADLINE_S
    base.set_progress_handler(lambda: time.monotonic() > until, 100_000)


def _read_tables(path: Path, base: sqlite3.Connection) -> Content:
    problem = base.execute("PRAGMA quick_check(1)").fetchone()[0]
    if problem != "ok":
        raise FileError(f"{path.name} is damaged ({problem}). Look for a backup of it.")
    _check_schema(path, base)
    content: Content = {}
    for table in tables().values():
        _check_lengths(path, base, table.name, table.columns, table.types)
        content[table.name] = base.execute(table.select).fetchall()
    return content


def _check_schema(path: Path, base: sqlite3.Connection) -> None:
    """Only our tables with our columns: no trigger, view, virtual table, generated column, foreign table."""
    known = tables()
    found = base.execute("SELECT type, name, sql FROM sqlite_master").fetchall()
    for kind, name, sql in found:
        ours = kind == "table" and name in known and " VIRTUAL " not in str(sql).upper()[:40]
        automatic = kind == "index" and sql is None
        if not ours and not automatic:
            raise FileError(f"{path.name} holds the {kind} “{str(name)[:60]}”, which no project file has.")
    missing = known.keys() - {name for kind, name, _ in found if kind == "table"}
    if missing:
        raise FileError(f"{path.name} is damaged: its table “{sorted(missing)[0]}” is missing.")
    for table in known.values():
        columns: list[Any] = base.execute(f'PRAGMA table_xinfo("{table.name}")').fetchall()
        names = {column[1] for column in columns}
        for column in columns:
            if column[1] not in table.columns or column[6] != 0:
                raise FileError(
                    f"{path.name} holds the column “{table.name}.{str(column[1])[:60]}”, which is not ours."
                )
        lost = set(table.columns) - names
        if lost:
            raise FileError(f"{path.name} is damaged: its column “{table.name}.{sorted(lost)[0]}” is missing.")


def _check_lengths(
    path: Path, base: sqlite3.Connection, table: str, columns: tuple[str, ...], types: tuple[type, ...]
) -> None:
    """Look at the length of texts before they are loaded."""
    texts = [column for column, kind in zip(columns, types) if kind is str]
    lengths = ", ".join(f'max(length("{column}"))' for column in texts) or "0"
    longest = base.execute(f'SELECT {lengths} FROM "{table}"').fetchone()
    for column, length in zip(texts, longest):
        if length is not None and length > 1_000_000:
            raise FileError(f"{path.name} is damaged: a {column} in it has {length:,} characters.")
