"""Processes in which the compiler works for the window: that of the engine, which is started, warmed up, ordered, read,
and restarted when it dies; one for a single piece of work; and a spare one, in which the next work begins at once.
"""

from __future__ import annotations

import contextlib
import math
import multiprocessing
import os
import signal
import sys
import time
from collections.abc import Callable, Sequence
from importlib import import_module
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from threading import Event, Lock, Thread
from typing import Any, TypeVar

from designer.errors import DesignerError, EngineError
from designer.memory import free_bytes
from designer.settings import alive, cache_dir, process_of, remove, runs_dir
from designer.words import tr

T = TypeVar("T")
Serve = Callable[[Connection], None]

DRAIN_S = 0.006
"""Longest time `poll` spends on reports; the rest waits for the next call."""
DYING_S = 2.0
"""Longest wait for the end of a process that closed its pipe or was killed; on a busy machine it takes a while."""
LOOK_S = 0.02
"""How often `worked_out` asks whether its work is still wanted."""
PATIENCE_S = 0.05
"""How long work that is told that it is enough may take to end with what it has."""
LEAST_TOLD = 0.002
"""The least progress that its process tells."""
WATCH_S = 0.2
"""How often a process looks whether it has loaded the compiler, until it has."""
QUIET_S = 60.0
"""Time without a study after which the spare process compiles what no run has needed yet."""
COMPILES = Event()
"""Set when a study compiles or waits for that, once after an installation; whoever tells that clears it."""
WARMING: set[int] = set()
"""The process ids of engines that are not warm. A study lets them compile, and loads what they have compiled."""
COMPILED_S = 300.0
"""Time after which a study compiles by itself, whatever the engine does: half a minute on two processors."""
MOST_DEATHS = 3
"""Deaths of spare processes in a row, before a study takes one, after which none is started."""
SPARE_BYTES = 1 << 30
"""Where less memory than this is free, no spare process is kept: it takes a fifth of that."""


class EndedEarly(DesignerError):
    """Work was told that it is enough before it could answer; what it had found was told as news."""


def clean_up() -> None:
    """Remove what runs of ended programs have left."""
    for folder in runs_dir().iterdir():
        pid = process_of(folder.name)
        if pid and not alive(pid):
            remove(folder)


def begun(serve: Serve, name: str) -> tuple[BaseProcess, Connection]:
    """A process of this program that serves a pipe, and our end of that. It ends with the program, and finds compiled
    kernels where all processes of the program have them.
    """
    os.environ.setdefault("NUMBA_CACHE_DIR", str(cache_dir() / "numba"))
    spawn = multiprocessing.get_context("spawn")
    ours, theirs = spawn.Pipe()
    process = spawn.Process(target=serve, args=(theirs,), name=f"cloud-designer-{name}", daemon=True)
    process.start()
    theirs.close()
    return process, ours


class SpareProcess:
    """A process that has loaded what studies need and waits for one, without using the CPU.

    None is there before `start`, nor after it was taken. It ends when its program does, however that ends. `deaths`:
    how many died by themselves since one was last taken.
    """

    def __init__(self) -> None:
        self.deaths = 0
        self._lock = Lock()
        self._kept: tuple[BaseProcess, Connection] | None = None

    @property
    def pid(self) -> int | None:
        """Its process id, None without one."""
        with self._lock:
            return self._kept[0].pid if self._kept is not None else None

    @property
    def gave_up(self) -> bool:
        """Whether it starts no more, because too many died."""
        return self.deaths >= MOST_DEATHS

    def start(self, modules: Sequence[str]) -> None:
        """Have one that loads some modules and the kernels of a run; returns at once. None more after `MOST_DEATHS`."""
        with self._lock:
            if self._kept is not None:
                if self._kept[0].is_alive():
                    return
                self.deaths += 1
            self._end()
            if not self.gave_up and free_bytes() > SPARE_BYTES:
                with contextlib.suppress(OSError):  # there can be no more processes: studies start their own, or say so
                    self._kept = begun(_stand_by, "spare")
                    self._kept[1].send(tuple(modules))

    def take(self) -> tuple[BaseProcess, Connection] | None:
        """The process and our end of its pipe, for whoever has work; it may still be loading. None without one."""
        with self._lock:
            kept = self._kept
            if kept is None or not kept[0].is_alive():
                return None
            self._kept, self.deaths = None, 0
            return kept

    def end(self) -> None:
        """End it."""
        with self._lock:
            self._end()

    def _end(self) -> None:
        if self._kept is not None:
            process, pipe = self._kept
            self._kept = None
            process.kill()
            process.join(DYING_S)
            pipe.close()


SPARE = SpareProcess()
"""That of this program."""


def begun_for_study(serve: Serve, name: str) -> tuple[BaseProcess, Connection]:
    """As `begun`, in the spare process where there is one."""
    kept = SPARE.take()
    if kept is None:
        return begun(serve, name)
    with contextlib.suppress(OSError):  # it has just died, which the reader of its answers hears
        kept[1].send(serve)
    return kept


def hand_over(pipe: Connection, *orders: Any) -> Thread:
    """Send orders to a new process, which reads them once it has started: nobody waits for that. Join it only after
    the process has read them or is dead."""

    def send() -> None:
        with contextlib.suppress(OSError):  # it died before it read them, which the reader of its answers hears
            for order in orders:
                pipe.send(order)

    sending = Thread(target=send, name="hand-over", daemon=True)
    sending.start()
    return sending


def worked_out(
    work: Callable[..., T],
    values: tuple[Any, ...],
    on_progress: Callable[[float], object] | None = None,
    on_news: Callable[[Any], object] | None = None,
) -> T:
    """What a function of a module makes of some values, in a process of its own; waits for it.

    The function gets a callback for its progress after the values, which also takes what is found on the way.
    `on_progress` is told in this process, again and again, how far the work is (0 to 1), `on_news` what was found. What
    they raise ends the work at once; when `on_progress` returns False, so does the callback from then on, and the
    function may end with what it has, soon: else its process is ended, and EndedEarly is raised. Raises the
    DesignerError or MemoryError that the function raises, and EngineError when its process dies.
    """
    process, pipe = begun_for_study(_work, "work")
    far, ends_s = 0.0, math.inf
    sending = hand_over(pipe, (work, values, tuple(WARMING)))
    try:
        while True:
            if on_progress is not None and on_progress(far) is False and ends_s == math.inf:
                ends_s = time.monotonic() + PATIENCE_S
                if not sending.is_alive():
                    pipe.send(None)
            if time.monotonic() > ends_s:
                raise EndedEarly(tr("It was stopped before it had found anything."))
            if pipe.poll(LOOK_S):
                what, said = pipe.recv()
                if what == "done":
                    return said  # type: ignore[no-any-return]
                if what == "failed":
                    raise said
                if what == "compiles":
                    COMPILES.set()
                    continue
                if what == "news":
                    if on_news is not None:
                        on_news(said)
                    continue
                far = said
    except (EOFError, ConnectionError):
        raise EngineError(tr("The process that works this out stopped unexpectedly. Try again.")) from None
    finally:
        process.kill()
        process.join(DYING_S)
        sending.join()
        pipe.close()


def let_compile(engines: Sequence[int], tell: Callable[[], object]) -> None:
    """Wait while an engine of some process ids compiles; `tell` is told that."""
    if not any(map(alive, engines)):
        return
    from designer.engine.compiled import is_whole

    until = time.monotonic() + COMPILED_S
    while not is_whole() and any(map(alive, engines)) and time.monotonic() < until:
        tell()
        time.sleep(WATCH_S)


def _stand_by(orders: Connection) -> None:
    """Load what studies need, then wait for one and serve it. Kernels are loaded, never compiled."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        for name in orders.recv():
            import_module(name)
        from designer.engine import compiled
        from designer.engine.warm import warm_in_steps
        from designer.engine.warm_all import RestProcess

        if compiled.is_whole():
            for _ in warm_in_steps(alone=True):
                pass
            if not orders.poll(QUIET_S):
                with RestProcess():
                    orders.poll(None)
        orders.recv()(orders)
    except (EOFError, ConnectionError):
        return


def _work(orders: Connection) -> None:
    """Do one piece of work; when nobody waits for it any more, end."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    told, compiles, one_by_one = 0.0, False, Lock()

    def say(*said: Any) -> None:
        with one_by_one:
            orders.send(said)

    def say_compiles() -> None:
        nonlocal compiles
        if not compiles:
            compiles = True
            say("compiles", None)

    def tell(part: float, news: Any = None) -> bool:
        nonlocal told
        if news is not None:
            say("news", news)
        if part >= told + LEAST_TOLD:
            told = part
            say("far", part)
        return not orders.poll()

    Thread(target=_tell_compiling, args=(say_compiles,), name="compiling", daemon=True).start()
    try:
        work, values, engines = orders.recv()
        let_compile(engines, say_compiles)
        say("done", work(*values, tell))
    except (DesignerError, MemoryError) as error:
        say("failed", error)
    except (EOFError, ConnectionError):
        return


def _tell_compiling(tell: Callable[[], None]) -> None:
    """Tell when kernels are compiled in this process, rather than loaded. It does not load the compiler."""
    events: Any = sys.modules.get("numba.core.event")
    while not hasattr(events, "Listener"):  # what is registered is defined before it
        time.sleep(WATCH_S)
        events = sys.modules.get("numba.core.event")

    class Told(events.Listener):  # type: ignore[misc]
        def on_start(self, event: Any) -> None:
            with contextlib.suppress(OSError):  # nobody waits for the work any more
                tell()

        def on_end(self, event: Any) -> None:
            pass

    events.register("numba:compile", Told())


class EngineHost:
    """The one warm engine process of a window. It is restarted when it dies. `ready`: the part of its machine code that
    is compiled or loaded, 0 to 1."""

    def __init__(self) -> None:
        self.warm = False
        self.warm_s = 0.0
        self.ready = 0.0
        self.deaths = 0
        self._process: BaseProcess | None = None
        self._pipe: Connection | None = None

    @property
    def pid(self) -> int | None:
        """Its process id, None when it does not run."""
        return self._process.pid if self._process is not None else None

    def start(self) -> None:
        """Start to warm up the process; returns at once."""
        if self._process is not None and self._process.is_alive():
            return
        self.stop()
        clean_up()
        self._process, self._pipe = begun(_serve, "engine")
        WARMING.add(self._process.pid or 0)

    def stop(self) -> None:
        """End the process."""
        self.order("stop")
        if self._process is not None:
            WARMING.discard(self._process.pid or 0)
            if self.warm or self.ready:  # one that has said nothing yet loads its modules, and does not listen
                self._process.join(0.2)
            if self._process.is_alive():
                self._process.kill()
                self._process.join(DYING_S)
            self._process.close()
        if self._pipe is not None:
            self._pipe.close()
        self._process, self._pipe, self.warm, self.ready = None, None, False, 0.0

    def order(self, *order: Any) -> bool:
        """Send a (small) order; False without a process."""
        if self._pipe is None:
            return False
        try:
            self._pipe.send(order)
        except OSError:
            return False
        return True

    def reports(self) -> list[tuple[Any, ...]]:
        """New reports of the process; ends with ("died", sentence) when it has ended. Never waits."""
        found: list[tuple[Any, ...]] = []
        if self._pipe is None or self._process is None:
            return found
        until = time.monotonic() + DRAIN_S
        try:
            while self._pipe.poll() and time.monotonic() < until:
                report = self._pipe.recv()
                if report[0] == "warm":
                    WARMING.discard(self._process.pid or 0)
                    self.warm, self.warm_s, self.ready = True, report[2], 1.0
                    continue
                if report[0] == "warming":
                    self.ready = report[1] / report[2]
                found.append(report)
        except (EOFError, OSError):
            found.append(("died", self._obituary()))
        return found

    def _obituary(self) -> str:
        assert self._process is not None
        self._process.join(DYING_S)
        WARMING.discard(self._process.pid or 0)
        code = self._process.exitcode
        how = tr("exit code {0}", code)
        if code is not None and code < 0:
            how = tr("signal {0}, {1}", -code, signal.Signals(-code).name)
        self.deaths += 1
        self._process, self.warm, self.ready = None, False, 0.0
        if self._pipe is not None:
            self._pipe.close()
        self._pipe = None
        return tr(
            "The simulation process stopped unexpectedly ({0}). The design is untouched; press Run to start again.", how
        )


def _serve(orders: Connection) -> None:
    """The engine process: its modules and the compiler are loaded only there."""
    from designer.study.worker import serve

    serve(orders)
