"""The chunks of a sweep on a Dask cluster, whose scheduler the user names. Dask is loaded only here, and only then."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any

from designer import __version__
from designer.errors import EngineError, RuleError
from designer.study.sweep.answer import SweptPoint
from designer.study.sweep.processes import Chunk
from designer.study.sweep.work import SweepWork
from designer.words import tr

CONNECT_S = 10.0
"""How long a scheduler may take to answer."""


def on_cluster(
    work: SweepWork, chunks: Sequence[Chunk], scheduler: str, done: Callable[[Sequence[SweptPoint]], bool]
) -> None:
    """Do all chunks on a cluster; `done` is told what each found, and says whether to go on. Dask does again what a
    worker that dies was doing. Raises RuleError without Dask or a scheduler, EngineError where the cluster fails.
    """
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
        asked = [client.submit(_found, design, list(chunk), pure=False) for chunk in chunks]
        try:
            for _, found in dask.as_completed(asked, loop=client.loop, with_results=True):
                if not done(found):
                    return
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
