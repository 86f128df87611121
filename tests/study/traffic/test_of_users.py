"""What users ask for at a moment, told without the engine's kernels: it equals what the engine recorded."""

from __future__ import annotations

import pytest

from designer.commands import edit
from designer.engine.spec import TimedEvent
from designer.model.project import Project
from designer.study.headless import run_headless
from designer.study.traffic.at_moment import traffic_at
from designer.study.traffic.of_users import UserRates


@pytest.mark.parametrize(
    ("start", "zone"),
    [
        ("2026-03-01T17:30:00", "America/New_York"),
        ("2026-03-08T05:20:00", "America/New_York"),  # from 2:00 to 3:00 at 7:00 UTC, within a recording step
        ("2026-04-04T12:05:00", "Australia/Lord_Howe"),  # from 2:00 to 1:30 at 15:00 UTC
    ],
)
def test_that_users_ask_for_what_the_engine_recorded_of_their_service(project: Project, start: str, zone: str) -> None:
    shop = edit.place(project, "service", name="shop", rate_rps=0.0)
    host = edit.place(project, "host", edit.place(project, "zone", edit.place(project, "region")), cores=8)
    edit.connect(project, "member", edit.place(project, "vm", host), shop)
    users = edit.place(project, "user_population", mean_rps=5.0, swing_rps=4.0, noise_rps=2.0, time_zone=zone)
    edit.connect(project, "uses", users, shop)
    edit.change(project, [project.root.id], {"start_utc": start, "until_h": 10.0})
    events = [TimedEvent(4000.0, "surge", users, 3.0), TimedEvent(9000.0, "surge", users, 1.0)]
    done = run_headless(project, events=events)
    rates = UserRates(done.spec)
    found = [traffic_at(done.result.store, done.spec, time_s, rates) for time_s in range(0, 36000, 450)]
    assert [at[users].asked_rps for at in found] == pytest.approx([at[shop].asked_rps for at in found])
    assert len({round(at[users].asked_rps, 6) for at in found}) > 30
    last, after = (traffic_at(done.result.store, done.spec, time_s, rates) for time_s in (35999.0, 1e9))
    assert last == after
