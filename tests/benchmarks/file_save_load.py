"""Designs of 22,000 and 105,000 elements with links, saved and opened, beside bare SQLite with the same cells."""

from __future__ import annotations

import gc
import os
import sqlite3
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np

from designer.catalog import KINDS
from designer.engine.result.blocks import SavedRun, blocks_of
from designer.model.element import ROOT_ID, Element, Link, make
from designer.store.file import project_file
from designer.store.file.aside import Aside
from designer.store.file.run_design import with_design
from designer.store.file.schema import tables

ELEMENTS, LINKS = 22_000, 10_000
SIZES = {ELEMENTS: {"save": "<= 1.4x, 0.1 s", "load": "<= 0.6 s"}, 105_000: {"save": "<= 0.6 s", "load": "<= 3 s"}}
"""Sizes of designs, with what saving and opening them may take."""
RUN_BYTES = 50 << 20
"""A saved run so large is saved and opened with the smaller design."""
SCATTER = 0x9E37_79B9_7F4A_7C15
"""An odd number: ids times it lie anywhere in 63 bits, so rows made one after another are not in a file's order."""
REPEATS = 7


def design(elements: int = ELEMENTS, links: int = LINKS) -> list[Element | Link]:
    """Rows of a design: zones of data centers of racks of hosts of VMs; as many links of VMs to services."""
    rows: list[Element | Link] = []

    def put(kind: str, parent: int, **fields: Any) -> int:
        number = len(rows) * 418_247_501_993 + 1 if rows else ROOT_ID
        place = {"x": len(rows) % 97 * 1.25, "y": len(rows) % 89 * 2.5, "w": 120.0, "h": 44.5}
        named = {"id": number, "parent": parent, "name": f"{kind}-{len(rows)}", "rank": len(rows)}
        rows.append(make(KINDS[kind].table, {**named, **place, **fields}))
        return number

    put("design", ROOT_ID)
    services = [put("service", ROOT_ID, rate_rps=1000.0 + n) for n in range(20)]
    region = put("region", ROOT_ID, time_zone="Europe/Berlin")
    vms: list[int] = []
    rack = host = 0
    while len(rows) < elements:
        if len(vms) % 3840 == 0:
            center = put("data_center", put("zone", region))
        if len(vms) % 160 == 0:
            rack = put("rack", center)
        if len(vms) % 10 == 0:
            host = put("host", rack, model="dl380-gen10", cores=32 + len(vms) % 3)
        vms.append(put("vm", host, vcpus=1 + len(vms) % 8, load_frac=len(vms) % 101 / 101, demand="day_curve"))
    del rows[elements:]
    joined = zip(vms[: min(links, len(vms) - 1)], range(links))
    for vm, n in joined:
        link = {"id": 2**62 + n, "kind": "member", "source": vm, "target": services[n % len(services)]}
        rows.append(make(Link, link))
    return rows


def scattered(rows: list[Element | Link]) -> list[Element | Link]:
    """The rows of a design with ids that lie anywhere, as those of a new design do."""
    new = {row.id: row.id * SCATTER % 2**63 if row.id != ROOT_ID else ROOT_ID for row in rows}
    for row in rows:
        ids = {name: new[row.__dict__[name]] for name in ("id", "parent", "source", "target") if name in row.__dict__}
        row.__dict__.update(ids)
    return rows


def cells(path: Path) -> dict[str, list[tuple[Any, ...]]]:
    """All rows of a file as bare tuples."""
    with closing(sqlite3.connect(path)) as base:
        return {table.name: base.execute(table.select(table.columns)).fetchall() for table in tables().values()}


def write_bare(path: Path, found: dict[str, list[tuple[Any, ...]]]) -> None:
    """The same tables and tuples by SQLite alone, flushed."""
    path.unlink(missing_ok=True)
    with closing(sqlite3.connect(path, isolation_level=None)) as base:
        base.execute("PRAGMA journal_mode=OFF")
        base.execute("BEGIN")
        for table in tables().values():
            base.execute(table.ddl)
            base.executemany(table.insert, found[table.name])
        base.execute("COMMIT")


def cpu_s(work: Callable[[], Any]) -> float:
    """The least CPU seconds of some repeats."""
    spent = []
    for _ in range(REPEATS):
        gc.collect()
        began = time.process_time()
        work()
        spent.append(time.process_time() - began)
    return min(spent)


def with_run(rows: list[Element | Link]) -> Aside:
    """A saved run of numbers that nothing makes smaller, with the design it was made of."""
    numbers = np.random.default_rng(1).integers(0, 256, RUN_BYTES, np.uint8)
    made = SavedRun(1, 1.7e9, 1, 60.0, 60.0, 60.0, "finished", "0" * 64, "0" * 64, 1,
                   blocks=tuple(blocks_of({"allocated": numbers})))  # fmt: skip
    return Aside(runs=(with_design(made, rows),))


def run() -> list[dict[str, Any]]:
    """Save and load designs of two sizes, each beside bare SQLite; then the smaller one with a large run."""
    found: list[dict[str, Any]] = []
    for elements, aims in SIZES.items():
        found += measured(scattered(design(elements, elements * LINKS // ELEMENTS)), elements, aims)
    rows = scattered(design())
    return found + measured(rows, ELEMENTS, {}, with_run(rows))


def measured(
    rows: list[Element | Link], elements: int, aims: dict[str, str], aside: Aside | None = None
) -> list[dict[str, Any]]:
    """Rows of the table about one design."""
    with tempfile.TemporaryDirectory(dir=os.environ.get("BENCHMARK_FOLDER")) as folder:
        path, bare = Path(folder) / "large.clouddesign", Path(folder) / "bare.db"
        began = time.process_time()
        project_file.save(path, rows, aside=aside)
        first_s = time.process_time() - began
        given = cells(path)
        ours = {"save": lambda: project_file.save(path, rows, aside=aside), "load": lambda: project_file.load(path)}
        theirs = {"save": lambda: write_bare(bare, given), "load": lambda: cells(path)}
        found: list[dict[str, Any]] = []
        for verb, work in ours.items():
            value, beside = cpu_s(work), cpu_s(theirs[verb])
            with_it = f" with a run of {RUN_BYTES >> 20} MiB" if aside else ""
            found.append({"name": f"{verb} {elements:,} elements{with_it}", "value": value, "unit": "s",
                          "beside": "sqlite3, the design alone" if aside else "sqlite3", "beside_value": beside,
                          "ratio": value / beside, "aim": aims.get(verb, ""),
                          "first_call_s": first_s if verb == "save" and not aside else None})  # fmt: skip
    return found
