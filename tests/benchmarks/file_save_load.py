"""A design of 22,000 elements and 10,000 links, saved and opened, beside bare SQLite with the same cells."""

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

from designer.catalog import KINDS
from designer.model.element import ROOT_ID, Element, Link, make
from designer.store import project_file
from designer.store.schema import tables

ELEMENTS, LINKS = 22_000, 10_000
REPEATS = 7
AIMS = {"save": "<= 0.1 s", "load": "<= 0.6 s"}


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


def cells(path: Path) -> dict[str, list[tuple[Any, ...]]]:
    """All rows of a file as bare tuples."""
    with closing(sqlite3.connect(path)) as base:
        return {table.name: base.execute(table.select(table.columns)).fetchall() for table in tables().values()}


def write_bare(path: Path, held: dict[str, list[tuple[Any, ...]]]) -> None:
    """The same tables and tuples by SQLite alone, flushed."""
    path.unlink(missing_ok=True)
    with closing(sqlite3.connect(path, isolation_level=None)) as base:
        base.execute("PRAGMA journal_mode=OFF")
        base.execute("BEGIN")
        for table in tables().values():
            base.execute(table.ddl)
            base.executemany(table.insert, held[table.name])
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


def run() -> list[dict[str, Any]]:
    """Save and load, each beside bare SQLite."""
    rows = design()
    with tempfile.TemporaryDirectory(dir=os.environ.get("BENCHMARK_FOLDER")) as folder:
        path, bare = Path(folder) / "large.clouddesign", Path(folder) / "bare.db"
        began = time.process_time()
        project_file.save(path, rows)
        first_s = time.process_time() - began
        held = cells(path)
        ours = {"save": lambda: project_file.save(path, rows), "load": lambda: project_file.load(path)}
        theirs = {"save": lambda: write_bare(bare, held), "load": lambda: cells(path)}
        found: list[dict[str, Any]] = []
        for verb, work in ours.items():
            value, beside = cpu_s(work), cpu_s(theirs[verb])
            found.append({"name": f"{verb} {ELEMENTS:,} elements", "value": value, "unit": "s", "beside": "sqlite3",
                          "beside_value": beside, "ratio": value / beside, "aim": AIMS[verb],
                          "first_call_s": first_s if verb == "save" else None})  # fmt: skip
    return found
