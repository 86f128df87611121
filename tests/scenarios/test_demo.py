"""The shipped web shop when a zone fails at 02:00: zones at 50% hold, zones at 75% do not."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pytest

from designer.catalog import KINDS, LINKS
from designer.engine.spec import TimedEvent
from designer.model.project import Project
from designer.store.file import project_file
from designer.study.headless import Headless, run_headless

EXAMPLES = Path(__file__).parent.parent.parent / "resources" / "examples"
FAIL_S, HEALTH_S, BOOT_S, STEP_S = 7200.0, 60.0, 90.0, 60.0
FAILED, SURVIVORS = "ap-south-1b", ("ap-south-1a", "ap-south-1c")


@cache
def design(name: str) -> Project:
    return Project(KINDS, LINKS, project_file.load(EXAMPLES / f"{name}.clouddesign").rows)


def id_of(name: str, project: Project) -> int:
    return next(e.id for e in project.elements.values() if e.name == name)


@cache
def run(name: str, fails: bool) -> Headless:
    project = design(name)
    return run_headless(project, events=[TimedEvent(FAIL_S, "fail", id_of(FAILED, project))] if fails else [])


def columns(done: Headless, *zones: str) -> np.ndarray:
    """Columns of zones and all that stands in them."""
    wanted = [id_of(zone, design("web-shop")) for zone in zones]
    return np.flatnonzero(np.isin(done.series.zone_of, wanted) | np.isin(done.series.ids, wanted))


@pytest.mark.parametrize("name", ["web-shop", "web-shop-tight"])
def test_that_the_other_zones_are_bit_identical_until_load_moves(name: str) -> None:
    plain, failed = run(name, False), run(name, True)
    moves = next(e.time_s for e in failed.result.log if e.what == "noticed")
    assert moves == FAIL_S + HEALTH_S
    steps = int(moves / STEP_S)
    others = columns(plain, *SURVIVORS)
    assert others.size > 20
    for series in ("used_frac", "asked_frac", "steal_frac", "power_w"):
        before, after = (done.series[series][:, others] for done in (plain, failed))
        assert before[:steps].tobytes() == after[:steps].tobytes(), series
        assert before[steps:].tobytes() != after[steps:].tobytes() or series == "steal_frac", series


def test_that_zones_at_half_load_hold() -> None:
    done = run("web-shop", True)
    step = int((FAIL_S + HEALTH_S) / STEP_S)
    survivors = columns(done, *SURVIVORS)
    dropped = done.series.dropped_rps
    assert (dropped[: step - 1] == 0).all()
    assert (dropped[step - 1] > 0).all()
    assert (dropped[step:] == 0).all()
    assert np.nanmax(done.series["asked_frac"][step:, survivors]) <= 1.0
    zones = [int(np.flatnonzero(done.series.ids == id_of(z, design("web-shop")))[0]) for z in (FAILED, *SURVIVORS)]
    at_two = done.series["used_frac"][int(FAIL_S / STEP_S) - 1, zones]
    assert at_two == pytest.approx([0.5, 0.5, 0.5], abs=0.06)


def test_that_zones_at_three_quarters_are_overloaded_and_drop_requests() -> None:
    done = run("web-shop-tight", True)
    step = int((FAIL_S + 600.0) / STEP_S)
    hosts = [n for n in columns(done, *SURVIVORS) if done.series.kinds[n] == "host"]
    assert (np.nanmean(done.series["asked_frac"][step:, hosts], axis=1) > 1.0).all()
    assert (done.series.dropped_rps[step:].sum(axis=1) > 0).all()
    share = done.series.dropped_rps[step:].sum() / (done.series.dropped_rps + done.series.served_rps)[step:].sum()
    assert 0.03 < share < 0.35


@pytest.mark.parametrize("name", ["web-shop", "web-shop-tight"])
def test_that_without_a_failure_nothing_is_dropped(name: str) -> None:
    done = run(name, False)
    assert (done.series.dropped_rps == 0).all()
    assert done.log == []


@pytest.mark.parametrize("name", ["web-shop", "web-shop-tight"])
def test_that_dropped_requests_agree_with_the_log(name: str) -> None:
    done = run(name, True)
    ids = [service.id for service in done.spec.services]
    for n, service in enumerate(ids):
        entries = [(e.time_s, e.what) for e in done.result.log if e.id == service]
        spans, begun = [], None
        for time_s, what in entries:
            if what == "dropping":
                begun = time_s
            else:
                spans.append((begun, time_s))
                begun = None
        if begun is not None:
            spans.append((begun, done.spec.until_s))
        edges = done.series.edges_s
        dropping = done.series.dropped_rps[:, n] > 0
        told = np.zeros(dropping.size, bool)
        for low, high in spans:
            told |= (edges[1:] > low) & (edges[:-1] < high)
        assert (dropping == told).all()


def test_that_launches_and_the_counts_agree_with_the_log() -> None:
    done = run("web-shop", True)
    launched = [e for e in done.result.log if e.what == "launched"]
    running = {e.id: e.time_s for e in done.result.log if e.what == "running"}
    assert len(launched) == 7
    assert {e.time_s for e in launched} == {FAIL_S + 60.0}
    assert {running[e.id] for e in launched} == {FAIL_S + 60.0 + BOOT_S}
    nets = {id_of(f"web-{letter}", design("web-shop")) for letter in "ac"}
    assert {e.place for e in launched} == nets
    at = int(FAIL_S / STEP_S)
    names = ("running", "restarting", "waiting", "lost", "off")
    counts = {what: done.series.counts[:, n] for n, what in enumerate(names)}
    assert counts["running"][at - 1] == 309.0
    assert counts["running"][at] == 309.0 - 103.0
    assert counts["restarting"][at + 1] == 7.0
    assert counts["running"][at + 2] == pytest.approx(309.0 - 103.0 + 7.0 / 2)
    assert counts["running"][-1] == 309.0 - 103.0 + 7.0
    assert counts["waiting"][-1] == 96.0
    terminated = [row for row in done.log if row.what == "terminated"]
    assert [row.text for row in terminated] == ["7 instances of web terminated; the group is replacing them"]
    assert counts["lost"][at] == 103.0  # until they are found dead
    assert counts["lost"][-1] == 0.0


def test_that_the_two_variants_differ_in_nothing_but_their_load() -> None:
    loose, tight = design("web-shop"), design("web-shop-tight")
    assert loose.elements.keys() == tight.elements.keys()
    changed = {
        (e.kind, name)
        for e in loose.elements.values()
        for name, value in e.__dict__.items()
        if not name.startswith("_") and tight.elements[e.id].__dict__[name] != value
    }
    assert changed == {
        ("design", "name"),
        ("service", "day_mean_rps"),
        ("service", "day_swing_rps"),
        ("service", "day_noise_rps"),
    }
