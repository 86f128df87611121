"""Local hours of a run: clocks change at their instant, whatever the start and the recording step."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from designer.engine import Constant, DayCurve, Host, Service, Spec, Users, Vm, simulate
from designer.engine.tables.ticks import ticks_of

SPRING = datetime(2026, 3, 29, 1, tzinfo=UTC)
"""In Berlin the clock goes from 2:00 to 3:00."""
LORD_HOWE = datetime(2026, 10, 3, 15, 30, tzinfo=UTC)
"""On Lord Howe Island it goes from 2:00 to 2:30."""
ZONES = ["Europe/Berlin", "Australia/Lord_Howe", "America/New_York", "Africa/Casablanca", "Asia/Kolkata", "UTC"]


def spec_of(zone: str, start: datetime, until_s: float, sample_s: float) -> Spec:
    vms = [Vm(2, 1, 1, 1000.0, 1.0, DayCurve(0.5, 0.5, 3.5, 0.0, zone))]
    return Spec(hosts=[Host(1, 0, 1, 1000.0, 64.0)], vms=vms, start_utc=start, until_s=until_s, sample_s=sample_s)


@pytest.mark.parametrize(
    ("zone", "start", "change", "leap_h"),
    [
        ("Europe/Berlin", SPRING - timedelta(minutes=30), SPRING, 1.0),
        ("Europe/Berlin", SPRING - timedelta(minutes=30, seconds=17), SPRING, 1.0),
        ("Australia/Lord_Howe", LORD_HOWE - timedelta(minutes=40), LORD_HOWE, 0.5),
    ],
)
def test_that_clocks_change_at_their_instant_however_the_run_begins(
    zone: str, start: datetime, change: datetime, leap_h: float
) -> None:
    # 0.5 + 0.5 cos(2 pi (h - 3.5) / 24), integrated over the three hours as the clock on the wall shows them.
    local = start.astimezone(ZoneInfo(zone))
    begin_h, before_h = local.hour + local.minute / 60 + local.second / 3600, (change - start).total_seconds() / 3600

    def integral(low_h: float, high_h: float) -> float:
        swing = np.sin((high_h - 3.5) * np.pi / 12) - np.sin((low_h - 3.5) * np.pi / 12)
        return float(0.5 * (high_h - low_h) + 0.5 * swing * 12 / np.pi)

    exact = integral(begin_h, begin_h + before_h) + integral(begin_h + before_h + leap_h, begin_h + 3.0 + leap_h)
    used = simulate(spec_of(zone, start, 10_800.0, 60.0)).used[:, 0]
    assert used.mean() == pytest.approx(exact / 3.0, abs=1e-5)


def test_that_three_hours_in_berlin_have_their_mean() -> None:
    used = simulate(spec_of("Europe/Berlin", SPRING - timedelta(minutes=30), 10_800.0, 60.0)).used
    assert float(used.mean()) == pytest.approx(0.97609, abs=5e-6)


def test_that_a_change_within_a_recording_step_cuts_the_step() -> None:
    # The step from 00:40 to 01:20 UTC has its middle at 01:00: 2:00 until the clock changes there, then 3:00.
    ticks = ticks_of(spec_of("Europe/Berlin", SPRING - timedelta(minutes=20), 2400.0, 2400.0), ["Europe/Berlin"], [])
    assert ticks.edges.tolist() == [0.0, 1200.0, 2400.0]
    assert ticks.row.tolist() == [0, 0]
    assert ticks.hour.tolist() == [[2.0, 3.0]]


def test_that_the_clock_goes_back_too() -> None:
    # On 25 October 2026, 1:00 UTC, it goes from 3:00 to 2:00.
    start = datetime(2026, 10, 25, 0, 59, tzinfo=UTC)
    ticks = ticks_of(spec_of("Europe/Berlin", start, 120.0, 60.0), ["Europe/Berlin"], [])
    assert (ticks.hour[0] * 120).tolist() == pytest.approx([359.0, 241.0])


@given(
    zone=st.sampled_from(ZONES),
    start=st.datetimes(datetime(2025, 1, 1), datetime(2027, 12, 31)).map(
        lambda t: t.replace(microsecond=0, tzinfo=UTC)
    ),
    sample_s=st.sampled_from([60.0, 300.0, 977.0, 3600.0, 7200.0]),
    steps=st.integers(1, 60),
)
def test_that_every_tick_has_the_hour_of_the_wall_clock(
    zone: str, start: datetime, sample_s: float, steps: int
) -> None:
    spec = spec_of(zone, start, steps * sample_s, sample_s)
    ticks, where = ticks_of(spec, [zone], []), ZoneInfo(zone)
    for begin_s, end_s, row, hour in zip(ticks.edges[:-1], ticks.edges[1:], ticks.row, ticks.hour[0], strict=True):
        first, last = (start + timedelta(seconds=float(s)) for s in (begin_s, end_s - 1.0))
        offset = first.astimezone(where).utcoffset()
        assert offset == last.astimezone(where).utcoffset()
        assert offset is not None
        middle = start + timedelta(seconds=(float(row) + 0.5) * sample_s) + offset
        midnight = middle.replace(hour=0, minute=0, second=0, microsecond=0)
        assert hour == pytest.approx((middle - midnight).total_seconds() / 3600, abs=1e-9)


def test_that_the_requests_of_users_follow_the_clock_of_their_place() -> None:
    curve = DayCurve(10.0, 10.0, 3.5, 0.0, "Europe/Berlin")
    service = Service(3, Constant(1.0), 5.0, users=(Users(4, curve),))
    spec = Spec(services=[service], start_utc=SPRING - timedelta(minutes=30), until_s=3600.0, sample_s=1800.0)
    hours = np.array([1.75, 3.25])
    expected = 11.0 + 10.0 * np.cos((hours - 3.5) * np.pi / 12)
    assert ticks_of(spec, ["Europe/Berlin"], []).rate[0].tolist() == pytest.approx(expected.tolist())
