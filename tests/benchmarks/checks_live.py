"""The findings of a design of 22,000 elements: all at once, and after one edit, beside reading every field once."""

from __future__ import annotations

import statistics
import time
from typing import Any

from designer.checks.live import LiveChecks
from designer.checks.registry import CHECKS
from designer.model.project import ChangeSet, Project
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
    bare = statistics.median(
        seconds(lambda: [sum(map(len, map(str, row.__dict__))) for row in project.rows()]) for _ in range(3)
    )
    live = LiveChecks(project, CHECKS)
    whole = seconds(live.work)
    beside = {"unit": "s", "beside": "names of all fields read once", "beside_value": bare}
    rows = [{"name": f"{len(CHECKS)} checks, {len(project.elements):,} elements", "value": whole, "aim": "<= 1 s"}]
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
        rows.append({"name": name, "value": edit_s(live, project, kind, field, values), "aim": "<= 0.01 s"})
    return [{**row, **beside, "ratio": row["value"] / bare} for row in rows]
