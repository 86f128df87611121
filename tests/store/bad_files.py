"""Every file that nobody should be able to hurt the program with, by name, and what is said of it."""

from __future__ import annotations

import os
import sqlite3
import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

from designer.catalog import KINDS
from designer.model.amounts import ELEMENT_LIMIT
from designer.store.file import project_file
from designer.store.file.schema import VERSION, tables
from tests.store.designs import all_changed, small_ids, spoil, without_rules

IDS = small_ids()
NAME = "design.clouddesign"
PAGE = 4096


@dataclass(frozen=True)
class Bad:
    """How a sound file becomes a bad one (the path to open is returned), and a part of the sentence about it.

    No sentence: it opens all the same. `nobody`: opened by somebody who is not root.
    """

    make: Callable[[Path], Path | None]
    said: str
    nobody: bool = False


def made(name: str, folder: Path) -> Path:
    """The path of a bad file in an empty folder."""
    path = folder / NAME
    path.write_bytes(_sound())
    return CASES[name].make(path) or path


@cache
def _sound() -> bytes:
    """The file that is spoiled, made once."""
    return project_file.pack(all_changed(), project_file.next_stamp(None))


@contextmanager
def as_nobody(wanted: bool) -> Iterator[None]:
    """Root may read everything: for a while be somebody else."""
    if not wanted or os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


def sql(*statements: str | tuple[str, tuple[Any, ...]], loose: str = "") -> Callable[[Path], None]:
    """Changed by SQLite itself; `loose`: a table whose rules are taken away first."""

    def make(path: Path) -> None:
        if loose:
            without_rules(path, loose)
        spoil(path, *statements)

    return make


def holding(data: bytes) -> Callable[[Path], None]:
    """Something else altogether."""

    def make(path: Path) -> None:
        path.write_bytes(data)

    return make


def value(table: str, column: str, found: Any) -> Callable[[Path], None]:
    """One wrong value."""
    return sql((f'UPDATE "{table}" SET "{column}" = ?', (found,)), loose=table)


def pragma(text: str) -> Callable[[Path], None]:
    """A number in the head."""

    def make(path: Path) -> None:
        with closing(sqlite3.connect(path)) as base:
            base.execute(f"PRAGMA {text}")

    return make


def newer(path: Path) -> None:
    """As a later version of the program writes it, for readers of its own version."""
    with closing(sqlite3.connect(path)) as base, base:
        base.execute(f"PRAGMA user_version={VERSION + 1}")
        base.execute("UPDATE meta SET value = ? WHERE name = 'min_reader'", (str(VERSION + 1),))


def gone(path: Path) -> None:
    path.unlink()


def folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def device(path: Path) -> None:
    path.unlink()
    path.symlink_to("/dev/zero")


def link_loop(path: Path) -> None:
    path.unlink()
    path.with_name("other").symlink_to(path)
    path.symlink_to(path.with_name("other"))


def link_to_nothing(path: Path) -> None:
    path.unlink()
    path.symlink_to(path.with_name("nothing"))


def not_allowed(path: Path) -> None:
    path.chmod(0)


def packed(path: Path) -> None:
    content = path.read_bytes()
    with zipfile.ZipFile(path, "w") as file:
        file.writestr(NAME, content)


def half(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def last_byte(path: Path) -> None:
    os.truncate(path, path.stat().st_size - 1)


def one_more(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b"\0")


def hole(path: Path) -> None:
    """Its middle was never written."""
    content = path.read_bytes()
    with path.open("wb") as file:
        file.write(content[: 3 * PAGE])
        file.seek(len(content) - 3 * PAGE)
        file.write(content[-3 * PAGE :])


def vast_hole(path: Path) -> None:
    """Three GiB of which only the beginning was written, and a head that says so."""
    size = 3 << 30
    content = bytearray(path.read_bytes()[: 3 * PAGE])
    content[28:32] = (size // PAGE).to_bytes(4, "big")
    path.write_bytes(content)
    os.truncate(path, size)


def too_large(path: Path) -> None:
    os.truncate(path, 1 << 42)


def page(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[5 * PAGE : 6 * PAGE] = Random(5).randbytes(PAGE)
    path.write_bytes(content)


def other_database(path: Path) -> None:
    path.unlink()
    spoil(path, "CREATE TABLE bookmarks (id INTEGER PRIMARY KEY, url TEXT)")


def circle(path: Path) -> None:
    without_rules(path, "zone")
    spoil(path, f"UPDATE zone SET parent = {IDS['host']}")


def deep(path: Path) -> None:
    """Zone in zone in zone ..."""
    columns = ", ".join(f'"{name}"' for name in tables()["zone"].columns if name not in ("id", "parent"))
    spoil(
        path,
        f"INSERT INTO zone (id, parent, {columns}) WITH RECURSIVE c(n) AS (SELECT 5000 UNION ALL SELECT n + 1 FROM c "
        f"LIMIT 10000) SELECT n + 1, CASE n WHEN 5000 THEN {IDS['zone']} ELSE n END, {columns} FROM c, zone",
    )


def fill(table: str, rows: int) -> str:
    """A statement that copies the row of a table so often, with new ids."""
    columns = [f'"{name}"' for name in tables()[table].columns]
    values = ", ".join(["n", *columns[1:]])
    return (
        f"INSERT INTO {table} ({', '.join(columns)}) WITH RECURSIVE c(n) AS "
        f"(SELECT 10000 UNION ALL SELECT n + 1 FROM c LIMIT {rows}) SELECT {values} FROM c, {table} WHERE id < 10000"
    )


def write_ahead(path: Path) -> None:
    """Another program has turned the file's journal over and ended well."""
    with closing(sqlite3.connect(path, isolation_level=None)) as base:
        base.execute("PRAGMA journal_mode=WAL")
        base.execute("UPDATE region SET rank = 7")


def left_wal(path: Path) -> None:
    """Another program was killed: what it wrote last stands beside the file."""
    with closing(sqlite3.connect(path, isolation_level=None)) as base:
        base.execute("PRAGMA journal_mode=WAL")
        base.execute("UPDATE region SET name = 'x'")
        kept, log = path.read_bytes(), path.with_name(f"{NAME}-wal").read_bytes()
    path.write_bytes(kept)
    path.with_name(f"{NAME}-wal").write_bytes(log)


def left_nonsense(path: Path) -> None:
    path.with_name(f"{NAME}-wal").write_bytes(b"no log" * 1000)
    path.with_name(f"{NAME}-journal").write_bytes(b"no journal" * 1000)


def hot_journal(path: Path) -> None:
    """Another program was killed in the middle of a change, and the journal that takes it back names a third file."""
    name = os.fsencode(path.with_name("victim"))
    path.with_name("victim").write_text("mine")
    where = ((1 << 30) // PAGE + 1).to_bytes(4, "big")
    tail = where + name + len(name).to_bytes(4, "big") + sum(name).to_bytes(4, "big")
    path.with_name(f"{NAME}-journal").write_bytes(bytes(512) + tail + bytes.fromhex("d9d505f920a163d7"))


HELD: list[sqlite3.Connection] = []
"""Connections of another program that has a file locked; whoever made one closes it."""


def locked(path: Path) -> None:
    base = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    base.execute("BEGIN EXCLUSIVE")
    HELD.append(base)


def let_go() -> None:
    """The other program ends."""
    while HELD:
        HELD.pop().close()


def odd_name(path: Path) -> Path:
    """A name that turns text around, ends lines and colors terminals."""
    other = path.with_name("\u202efdp\x1b[31m\n.clouddesign")
    path.rename(other)
    other.write_bytes(b"text")
    return other


def long_name(path: Path) -> Path:
    return path.with_name("n" * 5000)


def no_name(path: Path) -> Path:
    return path.with_name("nul\0inside")


_CIRCLE = "CREATE VIEW {0} AS WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT n AS id FROM c"
_LINKS = (
    "INSERT INTO link (id) WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c LIMIT "
    f"{4 * ELEMENT_LIMIT + 1}) SELECT n FROM c"
)
_LONG = 50_000_000
CASES: dict[str, Bad] = {
    "missing": Bad(gone, "it does not exist"),
    "folder": Bad(folder, "is a folder"),
    "fifo": Bad(pipe, "is a device or a pipe"),
    "device": Bad(device, "is a device or a pipe"),
    "link loop": Bad(link_loop, "leads back to itself"),
    "link to nothing": Bad(link_to_nothing, "it does not exist"),
    "no permission": Bad(not_allowed, "you have no permission there", nobody=True),
    "odd name": Bad(odd_name, "another kind of file"),
    "long name": Bad(long_name, "its name is too long"),
    "no name": Bad(no_name, "its name is no valid file name"),
    "empty": Bad(holding(b""), "is empty"),
    "zeros": Bad(holding(bytes(70_000)), "another kind of file"),
    "text": Bad(holding(b"hello\n" * 50), "another kind of file"),
    "zip": Bad(packed, "another kind of file"),
    "garbage": Bad(holding(Random(1).randbytes(100_000)), "another kind of file"),
    "half a file": Bad(half, "were written"),
    "last byte missing": Bad(last_byte, "were written"),
    "one byte more": Bad(one_more, "were written"),
    "hole": Bad(hole, "is damaged"),
    "vast hole": Bad(vast_hole, "is damaged"),
    "too large": Bad(too_large, "larger than 4 GiB"),
    "bad page": Bad(page, "is damaged"),
    "other application": Bad(other_database, "another program's database"),
    "other application id": Bad(pragma("application_id=1196444487"), "another program's database"),
    "future version": Bad(newer, "written by a newer Cloud Designer"),
    "no version": Bad(pragma("user_version=0"), "no file version"),
    "trigger": Bad(sql("CREATE TRIGGER t AFTER INSERT ON vm BEGIN DELETE FROM vm; END"), "trigger “t”"),
    "view": Bad(sql("CREATE VIEW seen AS SELECT * FROM vm"), "view “seen”"),
    "endless view": Bad(sql("DROP TABLE zone", _CIRCLE.format("zone")), "view “zone”"),
    "virtual table": Bad(sql("CREATE VIRTUAL TABLE search USING fts5(x)"), "table “search"),
    "unknown kind": Bad(sql("CREATE TABLE quantum_host (id INTEGER PRIMARY KEY)"), "table “quantum_host”"),
    "missing table": Bad(sql("DROP TABLE zone"), "its table “zone” is missing"),
    "missing column": Bad(sql("ALTER TABLE zone DROP COLUMN note"), "column “zone.note” is missing"),
    "foreign column": Bad(sql("ALTER TABLE zone ADD COLUMN extra"), "column “zone.extra”, which is not"),
    "generated column": Bad(sql("ALTER TABLE zone ADD COLUMN extra AS (abs(rank))"), "column “zone.extra”"),
    "NaN": Bad(value("vm", "mhz", float("nan")), "nothing where its mhz should be"),
    "infinity": Bad(value("vm", "x", float("inf")), "Left must be a finite number"),
    "minus infinity": Bad(value("vm", "load_frac", float("-inf")), "must be"),
    "negative": Bad(value("vm", "vcpus", -4), "vCPUs must be a whole number from 1"),
    "negative size": Bad(value("vm", "w", -1.0), "Width must be a number of at least 0"),
    "2^62": Bad(value("vm", "vcpus", 2**62), "vCPUs must be a whole number from 1"),
    "text in a number": Bad(value("vm", "vcpus", "many"), "has str where its vcpus should be"),
    "bytes in a text": Bad(value("vm", "name", b"vm"), "has bytes where its name should be"),
    "nothing": Bad(value("vm", "name", None), "has nothing where its name should be"),
    "50 MB name": Bad(sql(f"UPDATE vm SET name = replace(hex(zeroblob({_LONG // 2})), '0', 'x')"), "too big"),
    "50 MB of NUL": Bad(sql(f"UPDATE vm SET name = replace(hex(zeroblob({_LONG // 2})), '0', char(0))"), "too big"),
    "70 MB of data": Bad(sql("UPDATE trace SET data = zeroblob(70000000)"), "too big"),
    "invalid UTF-8": Bad(sql("UPDATE vm SET name = CAST(x'fffe41' AS TEXT)"), "Could not decode"),
    "NUL in text": Bad(value("vm", "name", "a\0b"), "holds a character that text cannot hold"),
    "bidi in text": Bad(value("vm", "name", "\u202egnp.exe\u2066"), ""),
    "bidi in a name that is wrong": Bad(
        sql(("UPDATE vm SET vcpus = 0, name = ?", ("\u202eabc\x1b[31m",)), loose="vm"), "�abc�[31m: vCPUs must be"
    ),
    "unknown link": Bad(sql("UPDATE link SET kind = 'friend'"), "link of the kind “friend”"),
    "unknown link that cannot be shown": Bad(sql("UPDATE link SET kind = char(8238) || 'x'"), "of the kind “�x”"),
    "link to nowhere": Bad(sql("UPDATE link SET target = 999"), "One end of a link"),
    "duplicate id": Bad(value("vm", "id", IDS["host"]), "Two elements in it have the id"),
    "missing parent": Bad(value("vm", "parent", 999), "The container of"),
    "own parent": Bad(value("vm", "parent", IDS["vm"]), "stands in itself"),
    "cycle": Bad(circle, "needs a"),
    "depth 10,000": Bad(deep, "needs a region"),
    "no design": Bad(sql("DELETE FROM design"), "exactly one design"),
    "no document": Bad(sql("DELETE FROM meta"), "does not say which document"),
    "deep JSON": Bad(value("meta", "value", "[" * 400), "does not say which document"),
    "too many elements": Bad(sql(fill("zone", ELEMENT_LIMIT - len(KINDS) + 1)), "the most is 250,000"),
    "too many links": Bad(sql(_LINKS, loose="link"), "the most is 1,000,000"),
    "too many facts": Bad(sql(*[("INSERT INTO meta VALUES (?, '')", (f"x{n}",)) for n in range(200)]), "rows; the mos"),
    "WAL mode": Bad(write_ahead, ""),
    "left-over WAL": Bad(left_wal, ""),
    "left-over nonsense": Bad(left_nonsense, ""),
    "journal of several databases": Bad(hot_journal, "belongs to several databases"),
    "locked by another program": Bad(locked, ""),
}
