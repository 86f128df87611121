"""Runs in the engine's own process: the same as without one, steered, and safe when it dies."""

from __future__ import annotations

import math
import os
import pickle
import signal
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from designer.catalog import KINDS, LINKS
from designer.commands import edit
from designer.engine.result.blocks import SavedRun
from designer.engine.spec import TimedEvent
from designer.errors import RuleError, SpecError
from designer.model.element import ROOT_ID
from designer.model.project import Project
from designer.settings import state_dir
from designer.store.file import project_file
from designer.store.file.aside import Aside
from designer.store.file.run_design import design_of, with_design
from designer.study.engine_process import EngineHost
from designer.study.frames import Frame
from designer.study.headless import run_headless
from designer.study.run import Run, run_of_saved
from designer.study.run_view import RunView
from designer.study.states import RunState
from tests import waiting
from tests.engine.random_world import random_world
from tests.engine.test_backlogs import keeping, with_one_disk

LONG_S = 3600.0 * 24 * 365
EXAMPLES = Path(__file__).parent.parent.parent / "resources" / "examples"


@pytest.fixture
def shop() -> Project:
    return Project(KINDS, LINKS, project_file.load(EXAMPLES / "web-shop.clouddesign").rows)


def named(project: Project, name: str) -> int:
    return next(e.id for e in project.elements.values() if e.name == name)


def until(run: Run, ready: Callable[[], object]) -> None:
    waiting.until(lambda: ready() or (run.poll(), ready())[1], lambda: f"{run.state} at {run.time_s} s, {run.message}")


def started(project: Project, engine: EngineHost, **options: object) -> Run:
    run = Run(project, engine, until_s=4 * 3600.0, **options)  # type: ignore[arg-type]
    run.speed = math.inf
    run.start()
    return run


def test_that_a_run_that_the_engine_refuses_to_carry_on_says_why_and_the_next_one_runs(
    engine: EngineHost, shop: Project
) -> None:
    run = Run(shop, engine)
    run.spec = with_one_disk(keeping(random_world(7293)))  # after 1,500 s what it works off does not settle
    run.view, run.speed = RunView(run.spec), math.inf
    run.start()
    until(run, lambda: run.state is RunState.FAILED)
    assert "does not settle" in run.message
    run.dispose()
    again = started(shop, engine)
    until(again, lambda: again.state is RunState.FINISHED)
    again.dispose()


def test_that_a_run_in_the_process_is_the_run_without_one(engine: EngineHost, shop: Project) -> None:
    events = [TimedEvent(7200.0, "fail", named(shop, "ap-south-1b"))]
    run = started(shop, engine, events=events)
    until(run, lambda: run.digest)
    done = run_headless(shop, until_s=4 * 3600.0, events=events)
    assert run.state is RunState.FINISHED
    assert run.digest == done.digest
    assert [row.text for row in run.view.log()] == [row.text for row in done.log]
    assert run.view.summary() == done.summary
    run.dispose()


def test_that_fail_now_while_it_is_held_is_a_scripted_event(engine: EngineHost, shop: Project) -> None:
    run = Run(shop, engine, until_s=4 * 3600.0)
    run.speed = math.inf
    run.start(paused=True)
    until(run, lambda: run.state is RunState.PAUSED)
    run.step()
    until(run, lambda: run.time_s > 0)
    run.fail_now([named(shop, "ap-south-1b"), named(shop, "host-a1")])
    run.recover([named(shop, "host-a1")])
    until(run, lambda: len(run.requests) == 3)
    run.resume()
    until(run, lambda: run.digest)
    again = run_headless(shop, until_s=4 * 3600.0, events=run.requests)
    assert again.digest == run.digest
    run.dispose()


def test_that_fail_now_while_it_is_prepared_happens_at_its_start(engine: EngineHost, shop: Project) -> None:
    run = Run(shop, engine, until_s=4 * 3600.0)
    run.start(paused=True)
    assert run.state is RunState.STARTING
    run.fail_now([named(shop, "ap-south-1b")])
    until(run, lambda: run.requests)
    assert run.requests == (TimedEvent(0.0, "fail", named(shop, "ap-south-1b")),)
    run.dispose()


def test_that_fail_now_in_the_past_starts_a_branch(engine: EngineHost, shop: Project) -> None:
    run = started(shop, engine)
    until(run, lambda: run.digest)
    first = run.digest
    run.scrub(5400.0)
    until(run, lambda: run.view.frame is not None and run.view.frame.time_s == 5400.0)
    run.fail_now([named(shop, "ap-south-1c")])
    until(run, lambda: run.digest not in ("", first))
    assert run.requests == (TimedEvent(5400.0, "fail", named(shop, "ap-south-1c")),)
    assert run_headless(shop, until_s=4 * 3600.0, events=run.requests).digest == run.digest
    run.dispose()


def test_that_a_branch_of_a_run_that_is_over_goes_on_at_the_speed_chosen_since(
    engine: EngineHost, shop: Project
) -> None:
    run = started(shop, engine)
    until(run, lambda: run.digest)
    run.set_speed(1e-6)
    run.scrub(5400.0)
    run.fail_now([named(shop, "ap-south-1c")])
    until(run, lambda: run.time_s < 5401.0)
    run.scrub(3600.0)
    until(run, lambda: run.view.frame is not None and run.view.frame.time_s == 3600.0)
    assert (run.state, run.time_s < 5401.0) == (RunState.RUNNING, True)
    run.set_speed(math.inf)
    until(run, lambda: run.state is RunState.FINISHED)
    run.dispose()


def test_that_a_step_is_one_recording_step(engine: EngineHost, shop: Project) -> None:
    run = Run(shop, engine, until_s=3600.0)
    run.start(paused=True)
    until(run, lambda: run.state is RunState.PAUSED)
    for n in (1, 2, 3):
        run.step()
        until(run, lambda n=n: run.time_s == 60.0 * n)  # type: ignore[misc]
    series = run.view.series()
    assert series is not None
    assert series.steps == 3
    run.cancel()
    assert run.state is RunState.CANCELLED
    run.dispose()


@pytest.mark.alone  # measures simulated time against the clock
def test_that_speed_is_simulated_time_a_second(engine: EngineHost, shop: Project) -> None:
    run = Run(shop, engine)
    run.speed = 600.0
    run.start()
    until(run, lambda: run.state is RunState.RUNNING)
    began, from_s = time.monotonic(), run.time_s

    def kept() -> bool:
        """Long enough that what others do to the machine for a moment does not count."""
        took_s = time.monotonic() - began
        return took_s > 1.5 and 450.0 < (run.time_s - from_s) / took_s < 750.0

    until(run, kept)
    run.cancel()
    run.dispose()


@pytest.mark.alone  # measures how soon a cancel is done, beside how long the canceled run would have gone on
def test_that_cancel_is_at_once_and_the_next_run_begins(engine: EngineHost, shop: Project) -> None:
    run = Run(shop, engine, until_s=LONG_S)
    run.speed = math.inf
    run.start()
    until(run, lambda: run.time_s > 0)
    began, from_s = time.monotonic(), run.time_s
    until(run, lambda: run.time_s >= from_s + LONG_S / 100)
    canceled = time.monotonic()
    left_s = (canceled - began) * (LONG_S - run.time_s) / (run.time_s - from_s)
    run.cancel()
    other = started(shop, engine)
    until(other, lambda: other.state is not RunState.STARTING)
    assert time.monotonic() - canceled < left_s / 4
    until(other, lambda: other.digest)
    run.dispose()
    other.dispose()


@pytest.mark.usefixtures("copied_engines")
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSEGV])
def test_that_a_dead_engine_is_told_in_a_sentence_and_started_again(number: int, shop: Project) -> None:
    host = EngineHost()
    host.start()
    run = Run(shop, host, until_s=3600.0 * 24 * 30)
    run.speed = math.inf
    run.start()
    until(run, lambda: run.time_s > 0)
    assert host.pid is not None
    before = [dict(e.__dict__) for e in shop.elements.values()]
    os.kill(host.pid, number)
    until(run, lambda: run.state is RunState.FAILED)
    assert run.message == (
        f"The simulation process stopped unexpectedly (signal {number}, {signal.Signals(number).name}). "
        "The design is untouched; press Run to start again."
    )
    assert [dict(e.__dict__) for e in shop.elements.values()] == before
    run.dispose()
    other = started(shop, host)
    until(other, lambda: other.digest)
    other.dispose()
    host.stop()


def test_that_nothing_is_left_of_runs_that_are_put_away(engine: EngineHost, shop: Project) -> None:
    run = started(shop, engine)
    until(run, lambda: run.digest)
    folder = run.folder
    assert folder is not None
    assert any(folder.rglob("*"))
    run.dispose()
    assert not folder.exists()


def test_that_what_a_killed_program_left_is_removed(engine: EngineHost) -> None:
    gone = 2**22 + 1  # above the largest process id there can be
    left = state_dir() / "runs" / f"{gone}-1"
    left.mkdir(parents=True)
    (left / "frames.bin").write_bytes(b"x")
    host = EngineHost()
    host.start()
    host.stop()
    assert not left.exists()


def test_that_a_run_holds_the_design_as_it_was(engine: EngineHost, shop: Project) -> None:
    run = started(shop, engine)
    edit.delete(shop, [named(shop, "ap-south-1a")])
    until(run, lambda: run.digest)
    assert named(run.design, "ap-south-1a") in run.design.elements
    new = edit.place(shop, "zone", named(shop, "ap-south-1"))
    run.scrub(600.0)
    with pytest.raises(RuleError, match="not in this run"):
        run.fail_now([new])
    run.dispose()


def test_that_a_design_without_meaning_is_refused_with_its_name(engine: EngineHost, shop: Project) -> None:
    vm = next(e for e in shop.of_kind("vm") if e.name.startswith("db-"))
    edit.change(shop, [vm.id], {"demand": "trace"})
    with pytest.raises(SpecError, match=f"VM {vm.name}: its trace is missing"):
        Run(shop, engine).start()


# -- saved runs


def kept_of(run: Run, most_bytes: int = 50 << 20) -> SavedRun:
    """What the engine packs of a run, with its design, through a file and back."""
    run.save(most_bytes)
    until(run, lambda: run.saved_at or run.not_saved)
    assert run.saved_at is not None, run.not_saved
    return with_design(pickle.loads(run.saved_at.read_bytes()), run.design.rows())


def revived(kept: SavedRun, engine: EngineHost, folder: Path) -> Run:
    path = folder / "kept.clouddesign"
    project_file.save(path, [*Project(KINDS, LINKS).rows()], aside=Aside(runs=(kept,)))
    (aside,) = project_file.load(path).aside.runs
    run = run_of_saved(Project(KINDS, LINKS, design_of(aside)), aside, engine)
    run.speed = math.inf
    run.start()
    until(run, lambda: run.digest or run.message)
    return run


def seen(run: Run, time_s: float) -> Frame:
    run.scrub(time_s)
    until(run, lambda: run.view.frame is not None and abs(run.view.frame.time_s - time_s) < 1e-6)
    assert run.view.frame is not None
    return run.view.frame


def test_that_a_saved_run_shows_the_same_without_running_again(
    engine: EngineHost, shop: Project, tmp_path: Path
) -> None:
    events = [TimedEvent(3600.0, "fail", named(shop, "ap-south-1b"))]
    run = started(shop, engine, events=events)
    until(run, lambda: run.digest)
    kept = kept_of(run)
    moments = [seen(run, t) for t in (0.0, 3599.0, 3700.0, 9000.0)]
    rows, figures, series = [row.text for row in run.view.log()], run.view.summary(), run.view.series()
    again = revived(kept, engine, tmp_path)
    assert (again.state, again.digest, again.requests) == (RunState.FINISHED, run.digest, run.requests)
    assert [row.text for row in again.view.log()] == rows
    assert again.view.summary() == figures
    shown = again.view.series()
    assert series is not None and shown is not None
    for name in series.places:
        assert np.array_equal(shown[name], series[name], equal_nan=True), name
    for name in ("counts", "served_rps"):
        assert np.array_equal(getattr(shown, name), getattr(series, name), equal_nan=True)
    for moment in moments:
        frame = seen(again, moment.time_s)
        for name, found in vars(moment).items():
            assert np.array_equal(found, vars(frame)[name], equal_nan=name not in ("ids", "vms")), name
    run.dispose()
    again.dispose()


def test_that_fail_now_in_a_saved_run_is_a_branch_of_the_run(engine: EngineHost, shop: Project, tmp_path: Path) -> None:
    run = started(shop, engine, events=[TimedEvent(3600.0, "fail", named(shop, "host-a1"))])
    until(run, lambda: run.digest)
    again = revived(kept_of(run), engine, tmp_path)
    first = again.digest
    again.scrub(7200.0)
    again.fail_now([named(shop, "ap-south-1b")])
    until(again, lambda: again.digest not in ("", first))
    done = run_headless(shop, until_s=4 * 3600.0, events=again.requests)
    assert len(again.requests) == 2
    assert again.digest == done.digest
    run.dispose()
    again.dispose()


@pytest.mark.parametrize("go_on", ["resume", "step", "fail"])
def test_that_a_run_that_was_kept_while_it_was_held_goes_on_where_it_was(
    engine: EngineHost, shop: Project, tmp_path: Path, go_on: str
) -> None:
    run = Run(shop, engine, until_s=4 * 3600.0, events=[TimedEvent(70.0, "fail", named(shop, "host-a1"))])
    run.start(paused=True)
    until(run, lambda: run.state is RunState.PAUSED)
    for _ in range(3):
        run.step()
    held_s = 3 * run.spec.sample_s
    until(run, lambda: run.time_s == held_s)
    again = revived(kept_of(run), engine, tmp_path)
    assert (again.state, again.time_s) == (RunState.PAUSED, held_s)
    first, events = again.digest, list(again.requests)
    if go_on == "step":
        again.step()
        until(again, lambda: again.time_s == held_s + run.spec.sample_s)
    if go_on == "fail":
        again.fail_now([named(shop, "ap-south-1b")])
        until(again, lambda: len(again.requests) == 2)
        events = list(again.requests)
    again.resume()
    until(again, lambda: again.digest not in ("", first))
    assert again.digest == run_headless(shop, until_s=4 * 3600.0, events=events).digest
    run.dispose()
    again.dispose()


@pytest.mark.parametrize("go_on", ["resume", "branch"])
def test_that_a_run_is_finished_only_when_its_own_digest_is_known(
    engine: EngineHost, shop: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, go_on: str
) -> None:
    run = Run(shop, engine, until_s=4 * 3600.0)
    run.start(paused=True)
    until(run, lambda: run.state is RunState.PAUSED)
    run.step()
    until(run, lambda: run.time_s == run.spec.sample_s)
    again = revived(kept_of(run), engine, tmp_path)
    late: list[tuple[object, ...]] = []
    promptly = engine.reports

    def slowly() -> list[tuple[object, ...]]:
        found = promptly()
        late.extend(report for report in found if report[0] == "finished")
        return [report for report in found if report[0] != "finished"]

    monkeypatch.setattr(engine, "reports", slowly)
    again.set_speed(math.inf)
    if go_on == "branch":
        again.scrub(0.0)
        again.fail_now([named(shop, "host-a1")])
    again.resume()
    until(again, lambda: late)
    again.poll()
    assert again.state is not RunState.FINISHED
    assert not again.digest
    monkeypatch.setattr(engine, "reports", lambda: late)
    again.poll()
    assert again.state is RunState.FINISHED
    assert again.digest == run_headless(shop, until_s=4 * 3600.0, events=again.requests).digest
    run.dispose()
    again.dispose()


def test_that_a_canceled_run_can_be_kept(engine: EngineHost, shop: Project, tmp_path: Path) -> None:
    run = Run(shop, engine, until_s=4 * 3600.0)
    run.start(paused=True)
    until(run, lambda: run.state is RunState.PAUSED)
    run.step()
    until(run, lambda: run.time_s > 0)
    run.cancel()
    kept = kept_of(run)
    assert kept.state == "cancelled"
    again = revived(kept, engine, tmp_path)
    assert (again.state, again.time_s) == (RunState.PAUSED, run.time_s)
    run.dispose()
    again.dispose()


def test_that_a_run_too_large_to_be_kept_says_so(engine: EngineHost, shop: Project) -> None:
    run = started(shop, engine)
    until(run, lambda: run.digest)
    run.save(1000)
    until(run, lambda: run.not_saved)
    assert "takes more than" in run.not_saved
    assert run.saved_at is None
    run.dispose()


def test_that_a_run_put_away_while_it_is_kept_does_the_engine_no_harm(engine: EngineHost, shop: Project) -> None:
    deaths = engine.deaths
    for _ in range(5):
        run = started(shop, engine)
        until(run, lambda run=run: run.digest)
        run.save(20 << 20)
        run.dispose()
    run = started(shop, engine)
    until(run, lambda: run.digest)
    run.dispose()
    assert engine.deaths == deaths


def test_that_a_run_of_another_design_is_not_shown(engine: EngineHost, shop: Project) -> None:
    run = started(shop, engine)
    until(run, lambda: run.digest)
    kept = kept_of(run)
    other = Project(KINDS, LINKS, design_of(kept))
    edit.change(other, [named(other, "host-a1")], {"cores": 1})
    wrong = run_of_saved(other, kept, engine)
    wrong.start()
    until(wrong, lambda: wrong.state is RunState.FAILED)
    assert "Run the design again" in wrong.message
    run.dispose()
    wrong.dispose()


def test_that_what_was_placed_by_hand_is_the_same_run_after_saving(
    engine: EngineHost, project: Project, tmp_path: Path
) -> None:
    region = edit.place(project, "region", ROOT_ID)
    zones = [edit.place(project, "zone", region) for _ in range(2)]
    centers = [edit.place(project, "data_center", zone) for zone in zones]
    service = edit.place(project, "service", ROOT_ID)
    for center in reversed(centers):
        rack = edit.place(project, "rack", center)
        for _ in range(3):
            vm = edit.place(project, "vm", edit.place(project, "host", rack))
            edit.connect(project, "member", vm, service)
    run = started(project, engine)
    until(run, lambda: run.digest)
    again = revived(kept_of(run), engine, tmp_path)
    assert again.digest == run.digest
    run.dispose()
    again.dispose()
