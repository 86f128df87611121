"""Findings of a run: what is told of the VMs that do not run."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from designer.checks.run import of_run
from designer.commands import edit
from designer.engine import TimedEvent
from designer.engine.tables.tree import load_ids
from designer.model.project import Project
from designer.study.frames import ElementState
from designer.study.headless import run_headless


def told(project: Project, *events: Any) -> list[tuple[str, str, int]]:
    """Check, sentence and number of elements of each finding of VMs, with the states that the VMs have at the end."""
    done = run_headless(project, until_s=1200.0, events=events)
    states = {"lost": ElementState.LOST, "refused": ElementState.REFUSED, "waiting": ElementState.WAITING}
    last = {i: states[row.what] for row in done.log if row.what in states for i in row.ids}
    ids, vms = load_ids(done.spec)
    shown = np.array([last.get(int(i), ElementState.RUNNING) for i in ids[:vms]], np.uint8)
    found = of_run(done.series, done.spec, done.log, ids[:vms], shown)
    return [(f.check, f.text, len(f.elements)) for f in found if f.check.startswith("RUN-1")]


@pytest.mark.parametrize(("count", "text"), [(1, "1 VM is lost"), (2, "2 VMs are lost")])
def test_that_lost_vms_are_counted_in_words(project: Project, count: int, text: str) -> None:
    host = edit.place(project, "host", edit.place(project, "zone", edit.place(project, "region")))
    for _ in range(count):
        edit.place(project, "vm", host, ram_mib=256.0, recovery="none")
    assert told(project, TimedEvent(60.0, "fail", host)) == [("RUN-14", text, count)]


def test_that_refused_and_waiting_vms_are_told_apart(project: Project) -> None:
    zone = edit.place(project, "zone", edit.place(project, "region"))
    host = edit.place(project, "host", zone, ram_mib=1024.0)
    for ram_mib in (512.0, 2048.0):
        edit.place(project, "vm", host, ram_mib=ram_mib, recovery="same_zone")
    assert told(project, TimedEvent(60.0, "fail", host)) == [
        ("RUN-12", "1 VM waits for a place", 1),
        ("RUN-17", "1 VM was refused", 1),
    ]


def test_that_dropped_requests_are_told_from_the_moment_that_the_log_has(project: Project) -> None:
    host = edit.place(project, "host", edit.place(project, "zone", edit.place(project, "region")))
    service = edit.place(project, "service", demand="constant", rate_rps=10.0)
    edit.connect(project, "member", edit.place(project, "vm", host, ram_mib=256.0), service)
    done = run_headless(project, until_s=1200.0, events=[TimedEvent(460.0, "fail", host)])
    (found,) = [f for f in of_run(done.series, done.spec, done.log, (), ()) if f.check == "RUN-01"]
    assert [row.time_s for row in done.log if row.what == "dropping"] == [460.0]
    assert found.time_s == 460.0
