"""One edit of one field in designs of 22,000 and 105,000 elements: what it costs the window's thread, and until it is
on the disk, beside bare SQLite that does the same."""

from __future__ import annotations

import gc
import os
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from designer.catalog import KINDS, LINKS
from designer.model.project import Project
from designer.store.file.content import content_of
from designer.store.file.schema import tables
from designer.store.working.working_copy import WorkingCopy
from tests.benchmarks.file_save_load import SIZES, cells, design

EDITS = 300


def middle_s(work: Callable[[int], Any]) -> float:
    """The median seconds of some edits."""
    spent = []
    for number in range(EDITS):
        began = time.perf_counter()
        work(number)
        spent.append(time.perf_counter() - began)
    return statistics.median(spent)


def run() -> list[dict[str, Any]]:
    """Seconds an edit in designs of two sizes, with and without a working copy, and beside bare SQLite."""
    gc.disable()
    return [row for elements in SIZES for row in measured(elements)]


def measured(elements: int) -> list[dict[str, Any]]:
    """Rows of the table about a design of some size."""
    project = Project(KINDS, LINKS, design(elements, elements * 5 // 11))
    vm = project.of_kind("vm")[0].id

    def edit(number: int) -> None:
        with project.edit("Rename", merge_key=None):
            project.set(vm, rank=number + 1)

    alone = middle_s(edit)
    with tempfile.TemporaryDirectory(dir=os.environ.get("BENCHMARK_FOLDER")) as folder:
        copy = WorkingCopy(Path(folder), project, print)
        began = time.perf_counter()
        content = content_of(project.rows())  # beside the window, where a file is opened
        handed = time.perf_counter()
        copy.begin(None, None, content=content)
        begin_s = time.perf_counter() - handed
        copy.flush()
        whole_s = time.perf_counter() - began
        project.changed.connect(copy.take)
        taken = middle_s(edit)
        copy.flush()
        safe = middle_s(lambda number: (edit(number + EDITS), copy.flush()))
        copy.close()
        (kept,) = Path(folder).glob("working-*.db")
        rows = cells(kept)
        bare_s, bare_begin_s = bare(Path(folder) / "bare.db", rows, vm)
    return [
        row(
            f"one edit of {elements:,} elements, on the window's thread",
            taken * 1e3,
            "ms",
            "edit, nothing kept",
            alone * 1e3,
            "<= 1 ms",
        ),
        row("one edit, until it is on the disk", safe * 1e3, "ms", "sqlite3", bare_s * 1e3, ""),
        row(f"begin with {elements:,} elements, until on the disk", whole_s, "s", "sqlite3", bare_begin_s, ""),
        {"name": "  of that on the window's thread", "value": begin_s, "unit": "s"},
    ]


def bare(path: Path, found: dict[str, list[tuple[Any, ...]]], vm: int) -> tuple[float, float]:
    """Seconds an edit, and to begin, with SQLite alone."""
    with closing(sqlite3.connect(path, isolation_level=None)) as base:
        began = time.perf_counter()
        for pragma in ("locking_mode=EXCLUSIVE", "journal_mode=WAL", "synchronous=FULL"):
            base.execute(f"PRAGMA {pragma}")
        base.execute("BEGIN")
        for table in tables().values():
            base.execute(table.ddl)
            base.executemany(table.insert, found[table.name])
        base.execute("COMMIT")
        begin_s = time.perf_counter() - began
        return middle_s(lambda number: base.execute('UPDATE "vm" SET "rank" = ? WHERE "id" = ?', (number, vm))), begin_s


def row(name: str, value: float, unit: str, beside: str, beside_value: float, aim: str) -> dict[str, Any]:
    """One row of the table."""
    found = {"name": name, "value": value, "unit": unit, "aim": aim}
    return {**found, "beside": beside, "beside_value": beside_value, "ratio": value / beside_value}
