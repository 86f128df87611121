"""Sweeps: figures known by hand, the same from any number of processes, of which some are killed, and from Dask."""

from __future__ import annotations

import csv
import json
import multiprocessing
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from designer.catalog import KINDS, LINKS
from designer.cli import main
from designer.commands import edit
from designer.commands.varying.knobs import knob_of
from designer.errors import EngineError, RuleError
from designer.model.project import Project
from designer.model.sent import plain, rows_of
from designer.store.file import project_file
from designer.study.sweep import processes, sweeping
from designer.study.sweep.answer import SweepAxis, Swept
from designer.study.sweep.sweeping import sweep
from designer.study.sweep.work import SweepWork

pytestmark = pytest.mark.usefixtures("copied_engines")

VARIED = ("host.count=1..3", "host.mttr_h=1,3", "host[name=host].mtbf_h=999,99")


@pytest.fixture(scope="module")
def project() -> Project:
    """A service on a host that is down for an hour in a thousand; another VM stands on a second host."""
    design = Project(KINDS, LINKS)
    first, second = (edit.place(design, "host", name=n, mtbf_h=999.0, mttr_h=1.0, purchase_usd=3600.0, life_years=5.0)
                     for n in ("host", "other"))  # fmt: skip
    service = edit.place(design, "service", name="shop", slo_frac=0.9985, rate_rps=1.0)
    vm = edit.place(design, "vm", first, name="vm", mtbf_h=0.0)
    edit.place(design, "vm", second, name="idle", mtbf_h=0.0)
    edit.connect(design, "member", vm, service)
    return design


@pytest.fixture(scope="module")
def work(project: Project) -> SweepWork:
    axes = tuple(SweepAxis(*knob_of(project, text)) for text in VARIED)
    return SweepWork(plain(rows_of(project)), axes, (project.of_kind("service")[0].id,), 0.01)


@pytest.fixture(scope="module")
def here(work: SweepWork) -> Swept:
    """All points, found in this process one after the other."""
    return Swept(tuple(axis.knob.title for axis in work.axes), tuple(map(work.point, range(work.size))), True)


def swept(work: SweepWork, tell: Callable[[float], object] = lambda part: True, **how: Any) -> Swept:
    return sweep(work.rows, work.axes, work.services, tell, **how)


def test_that_each_point_is_the_design_with_its_values(project: Project, work: SweepWork, here: Swept) -> None:
    assert [point.values for point in here.points[:3]] == [(1.0, 1.0, 999.0), (1.0, 1.0, 99.0), (1.0, 3.0, 999.0)]
    for point in here.points:
        hosts, mttr_h, mtbf_h = point.values
        assert point.services[0].down == pytest.approx(mttr_h / (mtbf_h + mttr_h), rel=1e-12)
        assert point.services[0].misses == (point.services[0].down > 0.0015)
        assert (point.usd_month, point.unknown_prices) == (pytest.approx(hosts * 60.0), hosts)  # energy has no price
    assert work.axes[0].knob.makes
    changed = Project(KINDS, LINKS, list(project.rows()))
    work.axes[0].knob.apply(changed, 1)
    assert {changed.elements[vm.parent].name for vm in changed.of_kind("vm")} == {"host"}  # moved, not lost
    assert len(project.of_kind("host")) == 2


def test_that_any_number_of_processes_finds_the_same_and_a_killed_one_costs_its_chunk(
    work: SweepWork, here: Swept
) -> None:
    seen: set[int] = set()
    killed: list[int] = []

    def kill_one(part: float) -> None:
        crew = [child.pid for child in multiprocessing.active_children() if child.name == "cloud-designer-sweep"]
        seen.update(pid for pid in crew if pid is not None)
        if part >= 0.4 and not killed and crew[0] is not None:
            killed.append(crew[0])
            os.kill(crew[0], signal.SIGKILL)

    one, two, three = swept(work, workers=1), swept(work, workers=2), swept(work, kill_one, workers=3)
    assert [found.digest for found in (one, two, three)] == [here.digest] * 3
    assert len(killed) == 1 and len(seen) == 4  # another took its place


def test_that_a_point_that_kills_its_process_ends_the_sweep_and_an_end_keeps_what_is_found(
    work: SweepWork, here: Swept, monkeypatch: pytest.MonkeyPatch
) -> None:
    part = swept(work, lambda part: part < 0.2, workers=1)
    assert not part.whole and part.points == here.points[: len(part.points)] and len(part.points) == 3
    died: list[int] = []

    def kill_all(part: float) -> None:
        for child in multiprocessing.active_children():
            if child.name == "cloud-designer-sweep" and child.pid is not None and child.pid not in died:
                died.append(child.pid)
                os.kill(child.pid, signal.SIGKILL)

    with pytest.raises(EngineError, match="Points 1 to 1 of the sweep end the process"):
        swept(work, kill_all, workers=1)
    assert len(died) == processes.MOST_DEATHS
    monkeypatch.setattr(sweeping, "MOST_POINTS", 11)
    with pytest.raises(RuleError, match="The grid has 12 points; 11 are the most"):
        swept(work, workers=1)


def test_that_a_dask_cluster_of_two_workers_of_which_one_is_killed_finds_the_same(work: SweepWork, here: Swept) -> None:
    distributed = pytest.importorskip("distributed")
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, host="127.0.0.1", dashboard_address="127.0.0.1:0"
    ) as cluster:
        assert cluster.scheduler_address.startswith("tcp://127.0.0.1")
        assert len(cluster.scheduler.workers) == 2
        killed: list[int] = []

        def kill_one(part: float) -> None:
            if part >= 0.4 and not killed:
                killed.append(cluster.workers[0].process.pid)
                os.kill(killed[0], signal.SIGKILL)

        assert swept(work, kill_one, scheduler=cluster.scheduler_address).digest == here.digest
        assert killed


def test_that_no_dask_and_no_scheduler_are_told(work: SweepWork, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "distributed", None)
    with pytest.raises(RuleError, match=r"pip install 'cloud-designer\[dask\]'"):
        swept(work, scheduler="tcp://127.0.0.1:9")


def test_that_the_command_writes_the_points_and_refuses_what_cannot_vary(
    project: Project, here: Swept, tmp_path: Path
) -> None:
    path = tmp_path / "one.clouddesign"
    project_file.save(path, project.rows())
    out = tmp_path / "out.csv"
    done = CliRunner().invoke(main, ["sweep", str(path), "--vary", "host.mttr_h=60 min,3h", "--workers", "1",
                                     "--json", "-", "--csv", str(out)])  # fmt: skip
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert told["axes"] == ["host.mttr_h"] and [point["values"] for point in told["points"]] == [[1.0], [3.0]]
    assert told["points"][0]["services"][0]["nines"] == pytest.approx(3.0)
    rows = list(csv.DictReader(out.read_text("utf-8").splitlines()))
    assert [row["misses_slo"] for row in rows] == ["no", "yes"] and rows[0]["usd_month"] == "120.0"
    for text, sentence in (
        ("hots.mttr_h=1", "Did you mean host"), ("host.mtr_h=1", "no field “mtr_h”. Did you mean mttr_h"),
        ("host.model=1", "is no number"), ("host.mttr_h=-1", "above 0"), ("host.count=0", "from 1 to 1,000"),
        ("host.count=1.5", "whole number"), ("host[name=no].mttr_h=1", "no host that name=no finds"),
        ("host.count=5..1", "no span"), ("host", "KIND.FIELD=VALUES"), ("zone.count=1", "has no zone"),
        ("host.mttr_h=1..1001", "has 1,001 values; a span has at most 1,000"),
    ):  # fmt: skip
        refused = CliRunner().invoke(main, ["sweep", str(path), "--vary", text])
        assert refused.exit_code == 2 and sentence in refused.output, refused.output
