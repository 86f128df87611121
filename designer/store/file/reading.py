"""Opens a project file: writes nothing, and uses nothing before it is checked."""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
import stat
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence, Set
from contextlib import closing, contextmanager
from functools import partial
from itertools import repeat
from pathlib import Path
from typing import Any

from designer.errors import FileError, RuleError
from designer.model.amounts import CELL_LIMIT, DATA_LIMIT, ELEMENT_LIMIT, LINK_LIMIT, TEXT_LIMIT
from designer.store.file.aside import BLOCKS_LIMIT, Rows
from designer.store.file.aside import CELL_LIMIT as SIDE_CELL_LIMIT
from designer.store.file.aside import ROWS_LIMIT as SIDE_ROWS_LIMIT
from designer.store.file.budget import Budget
from designer.store.file.content import Column, Content
from designer.store.file.copies import private_folder
from designer.store.file.faults import damaged, memory_told, shown, unreadable
from designer.store.file.graph import check_links
from designer.store.file.schema import APPLICATION_ID, MAGIC, VERSION, SchemaTable, expected, side_tables, tables
from designer.words import mark, tr

SIZE_LIMIT = 4 << 30
COMPANION_LIMIT = 256 << 20
"""Largest journal beside a file that is copied, bytes."""
COPY_LIMIT = 512 << 20
"""Most bytes of a file and its journals that are copied before they are read."""
ROWS_LIMIT = {"meta": 100, "link": LINK_LIMIT}
"""Most rows of the tables that hold no elements."""
SCHEMA_LIMIT = 1 << 20
"""Most characters of the schema."""
DEADLINE_S = 60.0
SCHEMA_ROWS = 500
"""Most tables and indexes of a file, those of newer versions included."""
PIECE_ROWS = 2_000
JUDGED_AT = (4_096, 65_536)
"""Numbers of rows after which links are judged, so a file of equal links, or of links to nothing, is refused early."""
RUNS_LEFT_OUT = mark("The saved runs in the file are damaged and were left out. Run the design again.")
JOURNALS = ("-wal", "-journal")
_OTHER = "total(CASE WHEN typeof(\"{0}\") IN ('text', 'blob') THEN length(CAST(\"{0}\" AS BLOB)) END)"
_BYTES_OF = {
    str: 'total(length(CAST("{0}" AS BLOB)))',
    bytes: 'total(CASE typeof("{0}") WHEN \'blob\' THEN length("{0}") ELSE length(CAST("{0}" AS BLOB)) END)',
    **dict.fromkeys((int, float, bool), _OTHER),
}
"""SQL for the bytes of all values of a column, by its type. The length of a blob is known without reading it."""
_ODD = re.compile(r"\b(VIRTUAL|CHECK)\b", re.IGNORECASE)
_SUPER_JOURNAL = bytes.fromhex("d9d505f920a163d7")

ADDED_ASIDE = {("run_event", "value"): 0.0}
"""Columns of side tables that files of earlier days have not, and what they were then."""


def read_content(path: Path, budget: Budget) -> tuple[Content, list[str]]:
    """All rows of a design by table, and warnings. Raises FileError."""
    content, _, warnings, _ = read_all(path, budget)
    return content, warnings


def read_all(path: Path, budget: Budget, aside: bool = False) -> tuple[Content, Rows, list[str], int]:
    """All rows of a design by table, those `aside` of it on request, warnings, and the version of the file.

    Raises FileError, also where the budget of memory does not allow more. Unreadable runs do not prevent opening: a
    warning says so.
    """
    head, size = _head(path)
    warnings: list[str] = []
    left = [name for name in JOURNALS if _exists(path.with_name(path.name + name))]
    if not left:
        _check_size(path, head, size)
    else:
        name = shown(path.name)
        warnings.append(tr("Another program left {0}{1} beside the file; it was taken into account.", name, left[0]))
    with _quiet_copy(path, size, left) as readable:
        rows: Rows | None = {} if aside else None
        content = _read(path, readable, budget, rows, warnings)
        return content, rows or {}, warnings, int.from_bytes(head[60:64], "big")


def _exists(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:
        return False


def _head(path: Path) -> tuple[bytes, int]:
    """The first 100 bytes of a regular file that looks like ours, and its size. Raises FileError."""
    try:
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    except (OSError, ValueError) as error:
        if _is_folder(path):  # Windows opens none
            raise FileError(tr("{0} is a folder. Choose a project file in it.", shown(path))) from None
        raise unreadable(path, error) from None
    try:
        found = os.fstat(handle)
        if stat.S_ISDIR(found.st_mode):
            raise FileError(tr("{0} is a folder. Choose a project file in it.", shown(path)))
        if not stat.S_ISREG(found.st_mode):
            raise FileError(tr("{0} is a device or a pipe. Choose a project file.", shown(path)))
        head = os.read(handle, 100)
    except OSError as error:
        raise unreadable(path, error) from None
    finally:
        os.close(handle)
    _check_head(path, head, found.st_size)
    return head, found.st_size


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except (OSError, ValueError):
        return False


def _check_head(path: Path, head: bytes, size: int) -> None:
    name = shown(path.name)
    if size == 0:
        raise FileError(tr("{0} is empty. Look for a backup of it.", name))
    if not head.startswith(MAGIC[: len(head)]):
        raise FileError(tr("{0} is not a Cloud Designer project but another kind of file. Choose another file.", name))
    if len(head) < 100:
        raise damaged(path, tr("only {0} bytes of it are there", size))
    if int.from_bytes(head[68:72], "big") != APPLICATION_ID:
        raise FileError(
            tr("{0} is not a Cloud Designer project but another program's database. Choose another file.", name)
        )
    if not 1 <= int.from_bytes(head[60:64], "big") < 2**31:
        raise damaged(path, tr("it has no file version"))
    if size > SIZE_LIMIT:
        raise damaged(path, tr("it is larger than {0} GiB, the most that this program opens", SIZE_LIMIT >> 30))


def _check_newer(path: Path, base: sqlite3.Connection, version: int) -> dict[str, set[str]]:
    """The known tables in the file of a newer program, if that program allows reading. Raises FileError."""
    try:
        found = _check_schema(path, base, newer=True)
        stored = base.execute("SELECT value FROM meta WHERE name = 'min_reader'").fetchone()
    except (sqlite3.Error, FileError):
        stored = None
    least = stored[0] if stored and isinstance(stored[0], str) and stored[0].isascii() and stored[0].isdigit() else ""
    if not least or not 1 <= int(least[:9]) <= VERSION:
        raise FileError(
            tr(
                "{0} was written by a newer Cloud Designer (file version {1}; this program reads up to {2}). "
                "Update the program to open it.",
                shown(path.name),
                version,
                VERSION,
            )
        )
    return found


def _check_size(path: Path, head: bytes, size: int) -> None:
    """Raise FileError when the file does not have the size in its head."""
    page = int.from_bytes(head[16:18], "big")
    pages, page = int.from_bytes(head[28:32], "big"), 65536 if page == 1 else page
    if page < 512 or pages * page != size:
        raise damaged(path, tr("it has {0:,} bytes where {1:,} were written", size, pages * page))


@contextmanager
def _quiet_copy(path: Path, size: int, journals: Sequence[str]) -> Iterator[Path]:
    """The file itself, or a private copy with its journals where SQLite would have to write beside it."""
    if not journals:
        yield path
        return
    try:
        companions = [path.with_name(path.name + name) for name in journals]
        size += sum(_journal_size(path, journal) for journal in companions)
        if size > COPY_LIMIT:
            raise damaged(path, tr("with its journals it has {0:,} MiB; the most is {1}", size >> 20, COPY_LIMIT >> 20))
        with private_folder(size) as folder:
            copy = folder / "copy.db"
            shutil.copyfile(path, copy)
            for name, journal in zip(journals, companions):
                shutil.copyfile(journal, copy.with_name(copy.name + name))
            yield copy
    except OSError as error:
        raise unreadable(path, error) from None


def _journal_size(path: Path, journal: Path) -> int:
    """How many bytes a journal has. Raises FileError when it is too large or belongs to several databases."""
    size = journal.stat().st_size
    if size > COMPANION_LIMIT:
        what = tr(
            "{0} beside it has {1:,} MiB; the most is {2}", shown(journal.name), size >> 20, COMPANION_LIMIT >> 20
        )
        raise damaged(path, what)
    _check_journal(path, journal)
    return size


def _check_journal(path: Path, journal: Path) -> None:
    """Refuse a journal that names another one (of several databases): SQLite would delete the named one."""
    with journal.open("rb") as file:
        file.seek(max(0, journal.stat().st_size - len(_SUPER_JOURNAL)))
        if file.read() == _SUPER_JOURNAL:
            raise damaged(path, tr("{0} beside it belongs to several databases", shown(journal.name)))


def _read(path: Path, readable: Path, budget: Budget, aside: Rows | None, warnings: list[str]) -> Content:
    address = readable.absolute().as_uri()
    if readable == path:
        address += "?mode=ro&immutable=1"
    until = time.monotonic() + DEADLINE_S
    with memory_told(path, "opened"):
        try:
            with closing(sqlite3.connect(address, uri=True)) as base:
                guard(base, until, CELL_LIMIT + SCHEMA_LIMIT)
                return _read_tables(path, base, budget, aside, warnings)
        except (sqlite3.Error, UnicodeDecodeError, OverflowError) as error:
            if "interrupted" not in str(error):
                raise damaged(path, shown(str(error))) from None
            if time.monotonic() <= until:  # what looks at the clock had no memory for that
                raise MemoryError from None
            raise damaged(path, tr("it takes longer than {0:.0f} s to read", DEADLINE_S)) from None


def guard(base: sqlite3.Connection, until: float, longest: int) -> None:
    """Let a connection read what others wrote: rows of at most `longest` bytes, nothing of the schema's own making, and
    not beyond a time."""
    base.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, longest)
    base.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
    for pragma in ("trusted_schema=OFF", "cell_size_check=ON", "mmap_size=0", "query_only=ON"):
        base.execute(f"PRAGMA {pragma}")
    base.set_progress_handler(lambda: time.monotonic() > until, 100_000)


def _read_tables(
    path: Path, base: sqlite3.Connection, budget: Budget, aside: Rows | None, warnings: list[str]
) -> Content:
    version = base.execute("PRAGMA user_version").fetchone()[0]
    found = _check_schema(path, base) if version <= VERSION else _check_newer(path, base, version)
    values, filled = _check_counts(path, base, found.keys() & tables().keys())
    sound = _check_pages(path, base)
    _check_sums(path, base, found)
    pages, size = (base.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "page_size"))
    budget.allow(pages * size, values)
    content: Content = {}
    for table in tables().values():
        base.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, table.row_limit + (CELL_LIMIT if bytes in table.types else 0))
        present = [column for column in table.columns if column in found.get(table.name, ())]
        judge = partial(_judge_links, path, content, present) if table.name == "link" else None  # the last table
        rows = base.execute(table.select(present)) if table.name in filled else None
        read = _columns(rows, present, budget, judge) if rows is not None else {}
        content[table.name] = [read.get(column, ()) for column in table.columns] if read else []
    if aside is not None and not (sound and _read_aside(base, found, budget, aside)):
        warnings.append(tr(RUNS_LEFT_OUT))
    return content


def _columns(
    cursor: sqlite3.Cursor,
    names: list[str],
    budget: Budget,
    judge: Callable[[list[list[Any]]], None] | None = None,
) -> dict[str, list[Any]]:
    """The columns of all rows by name; empty without rows. Read in pieces, so the window handles its events. Equal
    values in a piece are one object. `judge` may refuse what is read so far."""
    columns: list[list[Any]] = [[] for _ in names]
    while rows := cursor.fetchmany(PIECE_ROWS):
        budget.check()
        for column, values in zip(columns, zip(*rows)):
            alike = values.count(values[0]) == len(values)
            column.extend(repeat(values[0], len(values)) if alike else values)
        if judge is not None and any(n - len(rows) < at <= n for n in [len(columns[0])] for at in JUDGED_AT):
            judge(columns)
    if judge is not None and len(columns[0]) > JUDGED_AT[0]:
        judge(columns)
    return dict(zip(names, columns)) if columns[0] else {}


def _judge_links(path: Path, content: Content, names: list[str], columns: list[list[Any]]) -> None:
    """Refuse links that a design cannot have; values that are no links are refused later, by name."""
    column_of = dict(zip(names, columns))
    links: list[Column] = [column_of.get(column, ()) for column in tables()["link"].columns]
    try:
        check_links({**content, "link": links})
    except RuleError as error:
        raise FileError(tr("{0} is damaged. {1} Look for a backup of it.", shown(path.name), error)) from None
    except (TypeError, ValueError, OverflowError):
        return


def _check_pages(path: Path, base: sqlite3.Connection) -> bool:
    """Whether all pages are sound; False where only those of the design are. Raises FileError."""
    problem = base.execute("PRAGMA quick_check(1)").fetchone()[0]
    if problem == "ok":
        return True
    for name in tables():
        if base.execute(f'PRAGMA quick_check("{name}")').fetchone()[0] != "ok":
            raise damaged(path, shown(str(problem)))
    if not any(_has_rows(base, name) for name in side_tables()):
        raise damaged(path, shown(str(problem)))
    return False


def _has_rows(base: sqlite3.Connection, name: str) -> bool:
    try:
        return base.execute(f'SELECT 1 FROM "{name}" LIMIT 1').fetchone() is not None
    except sqlite3.Error:
        return True


def _read_aside(base: sqlite3.Connection, found: dict[str, set[str]], budget: Budget, aside: Rows) -> bool:
    """Read the rows of the side tables; False, and none, where that fails or they are too many or large."""
    base.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, SIDE_CELL_LIMIT)
    present = [table for table in side_tables().values() if found.get(table.name)]
    try:
        if any(_too_much(base, table, found[table.name]) for table in present):
            return False
        for table in present:
            aside[table.name] = _side_rows(base, table, found[table.name])
            budget.check()
    except (sqlite3.Error, UnicodeDecodeError, OverflowError):
        aside.clear()
        return False
    return True


def _side_rows(base: sqlite3.Connection, table: SchemaTable, columns: Collection[str]) -> list[tuple[Any, ...]]:
    """The rows of a side table; what it had not yet in the file's version has its default."""
    late = {name: value for (of, name), value in ADDED_ASIDE.items() if of == table.name and name not in columns}
    rows: list[tuple[Any, ...]] = base.execute(table.select([n for n in table.columns if n not in late])).fetchall()
    if not late:
        return rows
    at = [(table.columns.index(name), value) for name, value in late.items()]
    return [_with(row, at) for row in rows]


def _with(row: tuple[Any, ...], values: Iterable[tuple[int, Any]]) -> tuple[Any, ...]:
    for at, value in values:
        row = (*row[:at], value, *row[at:])
    return row


def _too_much(base: sqlite3.Connection, table: SchemaTable, columns: Collection[str]) -> bool:
    rows = base.execute(f'SELECT count(*) FROM "{table.name}"').fetchone()[0]
    if rows > SIDE_ROWS_LIMIT[table.name]:
        return True
    return _sum(base, table, columns, str) > TEXT_LIMIT or _sum(base, table, columns, bytes) > BLOCKS_LIMIT


def _check_schema(path: Path, base: sqlite3.Connection, newer: bool = False) -> dict[str, set[str]]:
    """Check that the schema holds only our tables with our columns: no trigger, view, virtual table, check,
    generated column, foreign table.

    Return the tables, with the columns that the file's version knew. What a `newer` program added is left out, when it
    is plain.
    """
    known = tables() | side_tables()
    wanted = expected(base.execute("PRAGMA user_version").fetchone()[0])
    length = base.execute("SELECT total(length(name) + ifnull(length(sql), 0)) FROM sqlite_master").fetchone()[0]
    if length > SCHEMA_LIMIT:
        raise damaged(path, tr("its schema has {0:,.0f} characters; the most is {1:,}", length, SCHEMA_LIMIT))
    found = base.execute(f"SELECT type, name, sql, rootpage FROM sqlite_master LIMIT {SCHEMA_ROWS + 1}").fetchall()
    if len(found) > SCHEMA_ROWS:
        raise damaged(path, tr("it holds {0:,} tables and indexes; the most is {1}", len(found), SCHEMA_ROWS))
    own = {table.ddl for table in known.values()}
    for kind, name, sql, root in found:
        plain = isinstance(root, int) and root > 0 and (sql in own or not _ODD.search(str(sql)))
        ours = kind == "table" and plain and (name in known or newer)
        automatic = kind == "index" and sql is None
        if not ours and not automatic:
            raise damaged(
                path, tr("it holds the {0} “{1}”, which no project file has", shown(str(kind)), shown(str(name), 60))
            )
    present = {name: str(sql) for kind, name, sql, _ in found if kind == "table" and name in known}
    missing = wanted.keys() - present.keys()
    if missing:
        raise damaged(path, tr("its table “{0}” is missing", sorted(missing)[0]))
    return {name: _check_columns(path, base, known[name], sql, wanted, newer) for name, sql in present.items()}


def _check_columns(
    path: Path, base: sqlite3.Connection, table: SchemaTable, sql: str, wanted: Mapping[str, Set[str]], newer: bool
) -> set[str]:
    """The columns of a table in a file, all ours. What says the same as our own statement needs no look."""
    if sql == table.ddl:
        return set(table.columns)
    present = set()
    for _, name, _, _, default, _, hidden in base.execute(f'PRAGMA table_xinfo("{table.name}")').fetchall():
        if hidden or (name not in table.columns and not newer):
            found = f"{table.name}.{shown(str(name), 60)}"
            raise damaged(path, tr("it holds the column “{0}”, which is not ours", found))
        if default is not None:
            found = f"{table.name}.{shown(str(name), 60)}"
            raise damaged(path, tr("its column “{0}” has a default, which no project file has", found))
        present.add(name)
    lost = wanted.get(table.name, frozenset(table.columns[:1])) - present
    if lost:
        raise damaged(path, tr("its column “{0}.{1}” is missing", table.name, sorted(lost)[0]))
    return present


def _check_sums(path: Path, base: sqlite3.Connection, found: Mapping[str, set[str]]) -> None:
    """Add up the text and the packed data of all tables before any row is read. Raises FileError."""
    pages, size = (base.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "page_size"))
    if pages * size < TEXT_LIMIT:
        return
    for kind, what, most in ((str, tr("text"), TEXT_LIMIT), (bytes, tr("packed data"), DATA_LIMIT)):
        known = (table for table in tables().values() if table.name != "meta")
        total = sum(_sum(base, table, found.get(table.name, set()), kind) for table in known)
        if total > most:
            raise damaged(path, tr("it holds {0:,} MiB of {1}; the most is {2}", total >> 20, what, most >> 20))


def _sum(base: sqlite3.Connection, table: SchemaTable, present: Collection[str], kind: type) -> int:
    """Bytes of all packed data in a table (`kind` is bytes), or of all text, also of that in the columns of numbers."""
    types = {name: column for name, column in zip(table.columns, table.types) if name in present}
    names = [name for name, column in types.items() if (column is bytes) is (kind is bytes)]
    each = " + ".join(_BYTES_OF[types[name]].format(name) for name in names)
    return int(base.execute(f'SELECT {each} FROM "{table.name}"').fetchone()[0]) if names else 0


def _check_counts(path: Path, base: sqlite3.Connection, names: Iterable[str]) -> tuple[int, set[str]]:
    """Count the rows before any is read; return how many values they have, and the tables that have any."""
    elements = values = 0
    filled = set()
    for name in names:
        found: int = base.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0]
        if found:
            filled.add(name)
        values += found * len(tables()[name].columns)
        if name not in ROWS_LIMIT:
            elements += found
        elif found > ROWS_LIMIT[name]:
            raise damaged(path, tr("its table “{0}” has {1:,} rows; the most is {2:,}", name, found, ROWS_LIMIT[name]))
    if elements > ELEMENT_LIMIT:
        raise FileError(
            tr(
                "{0} holds {1:,} elements; the most is {2:,}. Split the design.",
                shown(path.name),
                elements,
                ELEMENT_LIMIT,
            )
        )
    return values, filled
