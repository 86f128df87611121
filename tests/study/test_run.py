"""Runs in the engine's own process: the same as without one, steered, and safe when it dies."""

from __future__ import annotations

import math
import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from designer.catalog import KINDS, LINKS
from designer.commands import edit
from designer.engine.spec import TimedEvent
from designer.errors import RuleError, SpecError
from designer.model.project import Project
from designer.settings import state_dir
from designer.store import project_file
from designer.study.run import EngineHost, Run, RunState, run_headless

EXAMPLES = Path(__file__).parent.parent.parent / "resources" / "examples"


@pytest.fixture(scope="module")
def engine() -> Iterator[EngineHost]:
    host = EngineHost()
    host.start()
    yield host
    host.stop()


@pytest.fixture
def shop() -> Project:
    return Project(KINDS, LINKS, project_file.load(EXAMPLES / "web-shop.clouddesign").rows)


def named(project: Project, name: str) -> int:
    return next(e.id for e in project.elements.values() if e.name == name)


def until(run: Run, ready: Callable[[], object], seconds: float = 60.0) -> None:
    end = time.monotonic() + seconds
    while not ready():
        assert time.monotonic() < end, f"not in time: {run.state} at {run.time_s} s, {run.message}"
        run.poll()
        time.sleep(0.002)


def started(project: Project, engine: EngineHost, **options: object) -> Run:
    run = Run(project, engine, until_s=4 * 3600.0, **options)  # type: ignore[arg-type]
    run.speed = math.inf
    run.start()
    return run


def test_that_a_run_in_the_process_is_the_run_without_one(engine: EngineHost, shop: Project) -> None:
    events = [TimedEvent(7200.0, "fail", named(shop, "ap-south-1b"))]
    run = started(shop, engine, events=events)
    until(run, lambda: run.digest)
    done = run_headless(shop, until_s=4 * 3600.0, events=events)
    assert run.state is RunState.FINISHED
    assert run.digest == done.digest
    assert [row.text for row in run.log()] == [row.text for row in done.log]
    assert run.summary() == done.summary
    run.dispose()


def test_that_fail_now_while_it_is_held_is_a_scripted_event(engine: EngineHost, shop: Project) -> None:
    run = started(shop, engine)
    until(run, lambda: run.state is RunState.RUNNING)
    run.pause()
    until(run, lambda: run.state is RunState.PAUSED)
    run.fail_now([named(shop, "ap-south-1b"), named(shop, "host-a1")])
    run.recover([named(shop, "host-a1")])
    until(run, lambda: len(run.requests) == 3)
    run.resume()
    until(run, lambda: run.digest)
    again = run_headless(shop, until_s=4 * 3600.0, events=run.requests)
    assert again.digest == run.digest
    run.dispose()


def test_that_fail_now_in_the_past_starts_a_branch(engine: EngineHost, shop: Project) -> None:
    run = started(shop, engine)
    until(run, lambda: run.digest)
    first = run.digest
    run.scrub(5400.0)
    until(run, lambda: run.frame is not None and run.frame.time_s == 5400.0)
    run.fail_now([named(shop, "ap-south-1c")])
    until(run, lambda: run.digest != first)
    assert run.requests == (TimedEvent(5400.0, "fail", named(shop, "ap-south-1c")),)
    assert run_headless(shop, until_s=4 * 3600.0, events=run.requests).digest == run.digest
    run.dispose()


def test_that_a_step_is_one_recording_step(engine: EngineHost, shop: Project) -> None:
    run = Run(shop, engine, until_s=3600.0)
    run.start(paused=True)
    until(run, lambda: run.state is RunState.PAUSED)
    for n in (1, 2, 3):
        run.step()
        until(run, lambda n=n: run.time_s == 60.0 * n)  # type: ignore[misc]
    series = run.series()
    assert series is not None
    assert series.steps == 3
    run.cancel()
    assert run.state is RunState.CANCELLED
    run.dispose()


@pytest.mark.alone
def test_that_speed_is_simulated_time_a_second(engine: EngineHost, shop: Project) -> None:
    run = Run(shop, engine)
    run.speed = 600.0
    run.start()
    until(run, lambda: run.state is RunState.RUNNING)
    began, from_s = time.monotonic(), run.time_s
    until(run, lambda: time.monotonic() > began + 1.5)
    speed = (run.time_s - from_s) / (time.monotonic() - began)
    assert 450.0 < speed < 750.0
    run.cancel()
    run.dispose()


@pytest.mark.alone
def test_that_cancel_is_at_once_and_the_next_run_begins(engine: EngineHost, shop: Project) -> None:
    run = Run(shop, engine, until_s=3600.0 * 24 * 30)
    run.speed = math.inf
    run.start()
    until(run, lambda: run.time_s > 0)
    began = time.monotonic()
    run.cancel()
    other = started(shop, engine)
    until(other, lambda: other.state is not RunState.STARTING)
    assert time.monotonic() - began < 2.0
    until(other, lambda: other.digest)
    run.dispose()
    other.dispose()


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
    with pytest.raises(RuleError, match="not part of this run"):
        run.fail_now([new])
    run.dispose()


def test_that_a_design_without_meaning_is_refused_with_its_name(engine: EngineHost, shop: Project) -> None:
    vm = next(e for e in shop.of_kind("vm") if e.name.startswith("db-"))
    edit.change(shop, [vm.id], {"demand": "trace"})
    with pytest.raises(SpecError, match=f"VM {vm.name}: its trace is not there"):
        Run(shop, engine).start()
