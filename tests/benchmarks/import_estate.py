"""An estate of 5,000 hosts and 100,000 VMs from CSV bytes to a saved file, beside rows put into bare SQLite."""

from __future__ import annotations

import csv
import gc
import os
import sqlite3
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from designer.catalog import KINDS, LINKS
from designer.commands.imports import import_machines
from designer.exchange.machines_csv import read_hosts, read_vms
from designer.model.project import Project
from designer.store.file import project_file

HOSTS, VMS = 5_000, 100_000
REPEATS = 3


def write_estate(folder: Path) -> tuple[Path, Path]:
    """CSV files of hosts in racks and of VMs on them."""
    hosts, vms = folder / "hosts.csv", folder / "vms.csv"
    with hosts.open("w", newline="") as out:
        rows = csv.writer(out)
        rows.writerow(["name", "cores", "mhz", "ram_gb", "idle_w", "max_w", "rack"])
        rows.writerows([f"esx-{n:05}", 64, 2500, 1024, 120, 400, f"r{n // 20:03}"] for n in range(HOSTS))
    with vms.open("w", newline="") as out:
        rows = csv.writer(out)
        rows.writerow(["name", "host", "vcpus", "ram_gb", "load_percent"])
        sizes = [(1, 2), (2, 4), (4, 8), (8, 16), (2, 8)]
        rows.writerows([f"vm-{n:06}", f"esx-{n % HOSTS:05}", *sizes[n % 5], 1 + n % 59] for n in range(VMS))
    return hosts, vms


def imported(hosts: Path, vms: Path, out: Path) -> None:
    """What `cloud-designer import` does."""
    project = Project(KINDS, LINKS)
    import_machines(project, read_hosts(hosts).rows, read_vms(vms).rows)
    project_file.save(out, project.rows())


def bare(hosts: Path, vms: Path, out: Path) -> None:
    """The cells of the same files into tables of SQLite, flushed: no check, no layout, no other field."""
    out.unlink(missing_ok=True)
    with closing(sqlite3.connect(out, isolation_level=None)) as base:
        base.execute("PRAGMA journal_mode=OFF")
        base.execute("BEGIN")
        for path in (hosts, vms):
            with path.open(newline="") as text:
                rows = csv.reader(text)
                head = next(rows)
                base.execute(f"CREATE TABLE {path.stem} (id INTEGER PRIMARY KEY, {', '.join(head)})")
                marks = ", ".join("?" * len(head))
                base.executemany(f"INSERT INTO {path.stem} ({', '.join(head)}) VALUES ({marks})", rows)
        base.execute("COMMIT")
    handle = os.open(out, os.O_RDONLY)
    os.fsync(handle)
    os.close(handle)


def cpu_s(work: Callable[[], Any]) -> float:
    """The CPU seconds of one call."""
    gc.collect()
    began = time.process_time()
    work()
    return time.process_time() - began


def run() -> list[dict[str, Any]]:
    """The row of the benchmark: medians of turns side by side."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        hosts, vms = write_estate(folder)
        ours, theirs = [], []
        first = cpu_s(lambda: imported(hosts, vms, folder / "first.clouddesign"))
        for _ in range(REPEATS):
            ours.append(cpu_s(lambda: imported(hosts, vms, folder / "ours.clouddesign")))
            theirs.append(cpu_s(lambda: bare(hosts, vms, folder / "bare.sqlite")))
        value, beside = sorted(ours)[REPEATS // 2], sorted(theirs)[REPEATS // 2]
    return [
        {
            "name": f"import {VMS:,} VMs on {HOSTS:,} hosts, CSV bytes to saved file",
            "value": value,
            "unit": "s",
            "beside": "csv.reader, executemany, fsync",
            "beside_value": beside,
            "ratio": value / beside,
            "first_call_s": first,
            "aim": "<= 3 s, <= 20x",
        }
    ]
