"""A piece of work in a process of its own: its result, its refusals, and its end."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from importlib import import_module
from multiprocessing.connection import Connection
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from designer.errors import EngineError, RuleError
from designer.settings import alive
from designer.study import engine_process
from designer.study.engine_process import MOST_DEATHS, EndedEarly, EngineHost, SpareProcess, let_compile, worked_out
from designer.study.sweep import processes
from tests import copies
from tests.waiting import HUNG_S, until

Tell = Callable[[float], bool]


def where(word: str, tell: Tell) -> tuple[str, int]:
    tell(0.5)
    return word, os.getpid()


def refuse(tell: Tell) -> None:
    raise RuleError("There is no such service.")


def starve(tell: Tell) -> None:
    raise MemoryError


def die(tell: Tell) -> None:
    os._exit(3)


def last(tell: Tell) -> str:
    """Ends only when it is told that this is enough."""
    while tell(0.5):
        pass
    return "what is known"


def wait(sign: str, tell: Tell) -> None:
    Path(sign).write_text(str(os.getpid()))
    tell(0.25)
    multiprocessing.Event().wait(HUNG_S)


def has(module: str, tell: Tell) -> bool:
    return module in sys.modules


def compile_something(tell: Tell) -> None:
    numba = import_module("numba")
    until(lambda: "numba:compile" in import_module("numba.core.event")._registered)
    numba.njit(lambda x: x)(1)
    numba.njit(lambda x: x + 1)(1)


def test_that_a_study_that_compiles_says_so_once(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    monkeypatch.setattr(engine_process, "COMPILES", SimpleNamespace(set=lambda: said.append("compiles")))
    with copies.of_engines():
        assert worked_out(has, ("sys",))
        assert not said
        worked_out(compile_something, ())
    assert said == ["compiles"]


def test_that_a_study_lets_an_engine_compile_and_loads_what_there_is_then(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    compiled = import_module("designer.engine.compiled")
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    compiled.folder().mkdir()
    waits: list[bool] = []

    def compile_on(_: float) -> None:
        if len(waits) == 3:
            compiled.note_whole()

    monkeypatch.setattr(engine_process.time, "sleep", compile_on)
    for engines, waited in (((), 0), ((os.getpid(),), 3), ((os.getpid(),), 0)):
        waits.clear()
        let_compile(engines, lambda: waits.append(compiled.is_whole()))
        assert waits == [False] * waited
    (compiled.folder() / "whole").unlink()
    let_compile((2**22 + 1,), lambda: waits.append(True))  # above the greatest process id
    assert not waits


def test_that_an_engine_is_waited_for_until_it_is_warm_or_gone() -> None:
    with copies.of_engines():
        host = EngineHost()
        host.start()
        assert {host.pid} == engine_process.WARMING
        until(lambda: not host.reports() and host.warm)
        assert not engine_process.WARMING
        host.stop()
        host.start()
        assert {host.pid} == engine_process.WARMING
        assert host.pid
        os.kill(host.pid, signal.SIGKILL)
        until(lambda: host.reports() and host.pid is None)
        assert not engine_process.WARMING
        host.start()
        host.stop()
        assert not engine_process.WARMING


def test_that_work_is_done_in_another_process_and_told_here() -> None:
    told: list[float] = []
    word, pid = worked_out(where, ("done",), told.append)
    assert word == "done"
    assert pid != os.getpid()
    assert not alive(pid)
    assert told[0] == 0.0
    assert told[-1] == 0.5


@pytest.mark.usefixtures("copied_engines")
@pytest.mark.parametrize(
    ("work", "error", "said"),
    [
        (refuse, RuleError, "There is no such service."),
        (starve, MemoryError, ""),
        (die, EngineError, "The process that works this out stopped unexpectedly. Try again."),
    ],
)
def test_that_what_ends_the_work_is_raised_here(work: Callable[..., None], error: type[Exception], said: str) -> None:
    with pytest.raises(error) as raised:
        worked_out(work, ())
    assert str(raised.value) == said


def test_that_work_that_is_no_longer_wanted_ends_at_once(tmp_path: Path) -> None:
    sign = tmp_path / "began"

    def going(part: float) -> None:
        if part > 0.0:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        worked_out(wait, (str(sign),), going)
    assert not alive(int(sign.read_text()))


@pytest.mark.usefixtures("copied_engines")
def test_that_work_that_is_told_it_is_enough_ends_with_what_it_has() -> None:
    assert worked_out(last, (), lambda part: part < 0.5) == "what is known"


def deaf(orders: Connection) -> None:
    """A process that has not come so far that it reads what it is to do."""
    multiprocessing.Event().wait(HUNG_S)


def test_that_nobody_waits_for_a_process_that_is_still_starting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_process, "_work", deaf)
    much = "a design that no pipe holds" * 100_000
    with pytest.raises(EndedEarly, match="before it had found anything"):
        worked_out(where, (much,), lambda part: False)
    monkeypatch.setattr(processes, "_serve", deaf)
    asked: list[int] = []
    work: Any = much
    processes.SweepProcesses(work, [range(1), range(1, 2)], 2).run(lambda found: asked.append(len(found)) is not None)
    assert asked == [0]
    assert not [child for child in multiprocessing.active_children() if child.name.startswith("cloud-designer-")]


ONLY_SPARE = "wave"
"""A module that nothing but a spare process loads here."""


@pytest.fixture
def spare(monkeypatch: pytest.MonkeyPatch) -> Iterator[SpareProcess]:
    made = SpareProcess()
    monkeypatch.setattr(engine_process, "SPARE", made)
    with copies.of_engines():
        made.start((ONLY_SPARE,))
        yield made
        made.end()


def test_that_work_is_done_in_the_spare_process_once_and_its_end_is_its_own(spare: SpareProcess) -> None:
    first = spare.pid
    spare.start(())
    assert spare.pid == first
    assert worked_out(has, (ONLY_SPARE,))
    assert spare.pid is None
    assert not worked_out(has, (ONLY_SPARE,))
    spare.start((ONLY_SPARE,))
    kill_spare(spare)
    assert not worked_out(has, (ONLY_SPARE,))
    spare.start(("no such module",))
    with pytest.raises(EngineError, match="stopped unexpectedly"):
        worked_out(has, (ONLY_SPARE,))
    spare.start(())
    spare.end()
    assert spare.pid is None
    assert not multiprocessing.active_children()


def kill_spare(spare: SpareProcess) -> None:
    died = spare.pid
    assert died
    os.kill(died, signal.SIGKILL)
    os.waitid(os.P_PID, died, os.WEXITED | os.WNOWAIT)


def test_that_a_spare_process_that_dies_again_and_again_is_started_no_more(spare: SpareProcess) -> None:
    for _ in range(MOST_DEATHS - 1):
        kill_spare(spare)
        spare.start(())
    assert worked_out(has, ("sys",))  # one that a study takes shows that they live
    for deaths in range(MOST_DEATHS):
        spare.start(())
        assert spare.deaths == deaths and not spare.gave_up
        kill_spare(spare)
    spare.start(())
    assert spare.gave_up and spare.pid is None
    spare.start(())
    assert spare.deaths == MOST_DEATHS and spare.pid is None
    assert worked_out(has, ("sys",))


def test_that_a_study_waits_until_the_compiler_has_what_tells_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = import_module("numba.core.event")
    half = ModuleType("numba.core.event")
    parts = iter(("register", "Listener"))

    def load_more(_: float) -> None:
        part = next(parts)
        setattr(half, part, getattr(whole, part))

    monkeypatch.setitem(sys.modules, "numba.core.event", half)
    monkeypatch.setattr(engine_process.time, "sleep", load_more)
    monkeypatch.setattr(whole, "_registered", defaultdict(list))
    told: list[str] = []
    engine_process._tell_compiling(lambda: told.append("compiles"))
    whole.start_event("numba:compile")
    assert told == ["compiles"]


KEEPS = """
from designer.study.engine_process import SPARE
SPARE.start(())
print(bool(SPARE.pid))
input()
"""


def test_that_a_spare_process_ends_with_a_program_that_is_killed() -> None:
    with copies.Copy("-c", KEEPS, stdin=copies.PIPE, stdout=copies.PIPE) as program:
        assert program.stdout is not None
        assert program.stdout.readline() == "True\n"
        program.kill()
        assert program.stdout.read() == ""  # its end: who inherited the stream is gone, too
