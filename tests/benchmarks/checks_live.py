"""The findings of a design of 22,000 elements: all at once, and after one edit."""

from __future__ import annotations

import statistics
import time
from typing import Any

from designer.checks.live import LiveChecks, findings_of
from designer.checks.registry import CHECKS
from designer.model.project import ChangeSet, Project
from tests.benchmarks._aims import beside_a_pass
from tests.checks.designs import large

EDITS = 20


def seconds(work: Any) -> float:
    """CPU seconds of something."""
    began = time.process_time()
    work()
    return time.process_time() - began


def edit_s(live: LiveChecks, project: Project, kind: str, field: str, values: tuple[Any, Any]) -> float:
    """The median seconds until the findings are true again after one field of one element has changed."""
    spent, done, every = [], list[ChangeSet](), project.of_kind(kind)[:3]
    project.changed.connect(done.append)
    for n in range(EDITS):
        with project.edit("change"):
            project.set(every[n // 2 % len(every)].id, **{field: values[n % 2]})
        spent.append(seconds(lambda: (live.follow(done[-1]), live.work())))
    project.changed.disconnect(done.append)
    return statistics.median(spent)


def run() -> list[dict[str, Any]]:
    """Rows of the table."""
    project = large()
    findings_of(project, CHECKS)  # reads the catalog
    whole = min(seconds(lambda: findings_of(project, CHECKS)) for _ in range(3))
    name = f"{len(CHECKS)} checks, {len(project.elements):,} elements"
    rows: list[dict[str, Any]] = [{"name": name, "value": whole, "unit": "s", "aim": "<= 1 s"}]
    live = LiveChecks(project, CHECKS)
    live.work()
    for kind, field, values in (
        ("vm", "ram_mib", (4096.0, 8192.0)),
        ("vm", "powered_on", (False, True)),
        ("host", "ram_mib", (65_536.0, 524_288.0)),
        ("zone", "zone_id", ("", "aps1-az2")),
        ("subnet", "cidr", ("10.9.0.0/19", "10.9.0.0/20")),
        ("service", "rate_rps", (1.0, 1e6)),
        ("cluster", "ha", (False, True)),
    ):
        name = f"checks after an edit of a {kind}'s {field}"
        rows.append(
            {"name": name, "value": edit_s(live, project, kind, field, values), "unit": "s", "aim": "<= 0.01 s"}
        )
    return beside_a_pass(rows)
