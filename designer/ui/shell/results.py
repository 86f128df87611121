"""What a run has recorded, read beside the window: the one door to it for dialogs and panels."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QWidget

from designer.study.results.reading import RunResults
from designer.study.run import Run
from designer.study.states import RunState
from designer.ui.parts.background import run_in_background
from designer.words import tr

Reader = Callable[[], RunResults | None]


def reader_of(run: Run | None, finished: bool = False) -> Reader | None:
    """What reads the results so far, on another thread than the window's; None without a run, or, if it shall be
    `finished`, without one that is."""
    if run is None or (finished and run.state is not RunState.FINISHED):
        return None
    return run.view.reader()


def results_behind(parent: QWidget, run: Run | None) -> RunResults | None:
    """The results of a run so far, read behind a message with *Cancel*; None without any. Raises Stopped."""
    read = reader_of(run)
    return run_in_background(parent, tr("Reading the results …"), read, leave=True) if read is not None else None
