"""The cases with known answers, as designs and as simulation inputs; absent where the cases are."""

from __future__ import annotations

import csv
import lzma
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from designer.catalog import KINDS, LINKS
from designer.commands.imports import import_machines
from designer.engine.spec import Spec
from designer.exchange.machines_csv import read_hosts, read_vms
from designer.exchange.questions import Answers
from designer.exchange.traces_csv import Traces, read_traces
from designer.model.project import Project
from designer.store.file import project_file
from designer.study.build import build

FOLDER = Path(__file__).parent.parent.parent / "shared" / "cases"
STEP_S = 300.0
RULES = ("proportional", "max_min", "weighted_max_min")
MHZ_OF_TYPE = (2500.0, 2000.0, 1000.0, 500.0)
RAM_OF_TYPE = (870.0, 1740.0, 1740.0, 613.0)
G4_W = "86,89.4,92.6,96,99.5,102,106,108,112,114,117"
G5_W = "93.7,97,101,105,110,116,121,125,129,133,135"
PLANETLAB_HOSTS, PLANETLAB_VMS = 800, 1052

needed = pytest.mark.skipif(not FOLDER.is_dir(), reason="the shared cases are not here")


@cache
def utilisation_trace() -> np.ndarray:
    """1,000 x 2,016 whole percents."""
    return read_traces(FOLDER / "utilisation" / "trace.csv.xz", Answers(step_s=STEP_S, cells="percent")).values


def utilisation_project(size: str, rule: str) -> Project:
    """The case as a design, imported from its CSV files, saved and opened again."""
    folder = FOLDER / "utilisation"
    suffix = "csv" if size == "small" else "csv.gz"
    hosts = read_hosts(folder / "hosts_small.csv").rows
    if size == "large":
        hosts = [{**hosts[0], "name": str(n)} for n in range(500)]
    vms = read_vms(folder / f"vms_{size}.{suffix}").rows
    return _saved(
        [{**host, "sharing": rule} for host in hosts],
        [{**vm, "shares": 1000.0 * vm["vcpus"]} for vm in vms],
        utilisation_trace(),
        f"utilisation-{size}",
    )


@cache
def utilisation_spec(size: str, rule: str) -> Spec:
    """The case as a simulation input, built of the saved design."""
    return build(utilisation_project(size, rule))


@cache
def planetlab_trace() -> np.ndarray:
    """1,052 x 288 whole percents."""
    return read_traces(
        FOLDER / "planetlab" / "planetlab_20110303.csv.xz", Answers(step_s=STEP_S, cells="percent")
    ).values


def planetlab_homes() -> dict[int, int]:
    """Host of each VM at the start."""
    path = FOLDER / "planetlab" / "peer" / "dvfs_placements.csv.xz"
    with lzma.open(path, "rt") as stream:
        rows = list(csv.reader(stream))
    return {int(vm): int(host) for _, vm, host in rows[1:]}


def planetlab_project(trace: np.ndarray | None = None, homes: dict[int, int] | None = None) -> Project:
    """800 hosts and 1,052 VMs as a design; with another trace, other homes in place of the recorded where given."""
    homes = planetlab_homes() if homes is None else homes
    hosts = [
        {"name": str(n), "cores": 2, "mhz": (1860.0, 2660.0)[n % 2], "ram_mib": 4096.0, "sharing": "proportional",
         "overcommit": 16.0, "power_points_w": (G4_W, G5_W)[n % 2]}
        for n in range(PLANETLAB_HOSTS)
    ]  # fmt: skip
    vms = [
        {"name": str(n), "host": str(homes[n]), "vcpus": 1, "mhz": MHZ_OF_TYPE[n // 263],
         "ram_mib": RAM_OF_TYPE[n // 263]}
        for n in range(PLANETLAB_VMS)
    ]  # fmt: skip
    return _saved(hosts, vms, planetlab_trace() if trace is None else trace, "planetlab")


def _saved(hosts: list[dict[str, Any]], vms: list[dict[str, Any]], trace: np.ndarray, name: str) -> Project:
    project = Project(KINDS, LINKS)
    traces = Traces(trace, [str(n) for n in range(len(trace))], STEP_S, name, named=False)
    import_machines(project, hosts, vms, traces, name)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{name}.clouddesign"
        project_file.save(path, project.rows())
        return Project(KINDS, LINKS, project_file.load(path).rows)
