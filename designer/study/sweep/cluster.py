"""The chunks of a sweep on a Dask cluster, whose scheduler the user names. Dask is loaded only here, and only then."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import import_module
from queue import Empty, SimpleQueue
from threading import Event, Thread
from typing import Any

from designer import __version__
from designer.errors import DesignerError, EngineError, RuleError
from designer.study.engine_process import LOOK_S
from designer.study.sweep.answer import SweptPoint
from designer.study.sweep.processes import Chunk
from designer.study.sweep.work import SweepWork
from designer.words import tr

CONNECT_S = 10.0
"""How long a scheduler may take to answer."""


def on_cluster(
    work: SweepWork, chunks: Sequence[Chunk], scheduler: str, done: Callable[[Sequence[SweptPoint]], bool]
) -> None:
    """Do all chunks on a cluster; `done` is told what each found, again and again nothing, and says whether to go on:
    nobody waits for the cluster then. Dask does again what a worker that dies was doing. Raises RuleError without Dask
    or a scheduler, EngineError where the cluster fails.
    """
    heard: SimpleQueue[Sequence[SweptPoint] | Exception | None] = SimpleQueue()
    ended = Event()
    Thread(target=_talk, args=(work, chunks, scheduler, heard, ended), name="dask", daemon=True).start()
    try:
        while True:
            try:
                found = heard.get(timeout=LOOK_S)
            except Empty:
                found = ()
            if isinstance(found, Exception):
                raise found
            if found is None or not done(found):
                return
    finally:
        ended.set()


def _talk(work: SweepWork, chunks: Sequence[Chunk], scheduler: str, heard: SimpleQueue[Any], ended: Event) -> None:
    """Have a cluster do all chunks; what each found is heard, then None, or why there is no more."""
    try:
        _ask(work, chunks, scheduler, heard, ended)
    except (DesignerError, MemoryError) as error:
        heard.put(error)
    else:
        heard.put(None)


def _ask(work: SweepWork, chunks: Sequence[Chunk], scheduler: str, heard: SimpleQueue[Any], ended: Event) -> None:
    try:
        dask = import_module("distributed")
    except ImportError:
        raise RuleError(tr("Sweeps on a cluster need Dask: pip install 'cloud-designer[dask]'. On this machine they "
                           "need nothing more.")) from None  # fmt: skip
    try:
        client = dask.Client(scheduler, timeout=CONNECT_S, set_as_default=False)
    except (OSError, ValueError, TimeoutError, dask.TimeoutError):
        raise RuleError(tr("No Dask scheduler answers at {0}.", scheduler)) from None
    with client:
        # The design is a result, not scattered data: where the worker that holds it dies, Dask makes it again.
        design = client.submit(_received, work, pure=False)
        asked = client.map(_found, [design] * len(chunks), [list(chunk) for chunk in chunks], pure=False)
        coming = dask.as_completed(asked, loop=client.loop, with_results=True)
        try:
            while not ended.is_set() and not coming.is_empty():
                if coming.has_ready():
                    heard.put(next(coming)[1])
                else:
                    ended.wait(LOOK_S)
        except ImportError as error:
            raise EngineError(tr("A machine of the cluster lacks {0}; install Cloud Designer {1} on each.",
                                 error.name, __version__)) from None  # fmt: skip
        except (dask.KilledWorker, dask.CancelledError, OSError):
            raise EngineError(tr("The Dask cluster at {0} stopped doing the sweep.", scheduler)) from None
        finally:
            client.cancel([design, *asked])


def _received(work: Any) -> SweepWork:
    """The work as it came to a worker, of the same version of the program."""
    if work.program != __version__:
        raise EngineError(tr("A worker has Cloud Designer {0}, not {1}.", __version__, work.program))
    return work  # type: ignore[no-any-return]


def _found(work: SweepWork, chunk: Chunk) -> list[SweptPoint]:
    return [work.point(number) for number in chunk]
