"""What the open design costs, worked out between two turns of the window."""

from __future__ import annotations

from collections import deque
from functools import partial

from PySide6.QtCore import QObject, QTimer, Signal

from designer.model.project import ChangeSet, Project
from designer.study.cost.counted import Counted, counted_of
from designer.study.cost.lines import CostSum
from designer.study.cost.live import LiveBill, may_cost
from designer.study.run import Run
from designer.study.states import RunState
from designer.ui.parts.background import LARGE_RUN, is_breathing, later

SLICE_S, PAUSE_MS, FIRST_MS = 0.004, 12, 300
"""How long it works at a time, before the window has its turn. A newly opened design is painted and checked first."""
PIECE = 1_000
"""Changed rows that are noted at a time."""


class LiveCost(QObject):
    """`bill` follows the design; `total` is that of the last finished work, None before; `changed` says that it is
    another."""

    changed = Signal()

    def __init__(self, project: Project, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.bill: LiveBill | None = None
        self.total: CostSum | None = None
        self._run: Run | None = None
        self._seen: Run | None = None
        self._untold: deque[ChangeSet] = deque()
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._work)
        self.begin(project)

    @property
    def done(self) -> bool:
        """Whether the total is up to date with the design."""
        return self.bill is not None and self.bill.done and not self._untold

    @property
    def of_run(self) -> Run | None:
        """The finished run that counted traffic and energy; None: stated figures count."""
        return self._run

    def begin(self, project: Project) -> None:
        """Work out another design."""
        self._project, self.bill, self.total, self._run, self._seen = project, None, None, None, None
        self._untold.clear()
        self._timer.start(FIRST_MS)

    def follow(self, changes: ChangeSet) -> None:
        """Note what edits changed."""
        if self.bill is not None and may_cost(changes):
            self._untold.extend(changes.pieces(PIECE))
            self._timer.start(PAUSE_MS)

    def finish(self) -> None:
        """Work it out now."""
        while not self.done:
            self._work()

    def look_at(self, run: Run | None) -> None:
        """Take what a run counted once it has finished; nothing of no run, and of one that goes on."""
        finished = run if run is not None and run.state is RunState.FINISHED else None
        if finished is self._seen or self.bill is None:
            return
        self._seen = finished
        if finished is None:
            self._use(None, None)
            return
        read = finished.view.reader()

        def counted() -> Counted | None:
            results = read()
            return counted_of(results) if results is not None else None

        if len(finished.spec.vms) <= LARGE_RUN:
            self._use(finished, counted())
        else:
            later(self, counted, partial(self._use, finished), lambda _: self._use(finished, None))

    def _use(self, run: Run | None, counted: Counted | None) -> None:
        """Take what a run counted, unless another one is shown meanwhile."""
        if run is self._seen and self.bill is not None:
            self._run = run
            self.bill.use(counted)
            self._timer.start(PAUSE_MS)

    def _work(self) -> None:
        if is_breathing():  # the panels are amid a large change
            return
        if self.bill is None:
            self.bill = LiveBill(self._project)
            self._timer.start(PAUSE_MS)
        if self._untold:
            self.bill.follow(self._untold.popleft())
            if self._untold:
                return
        self.bill.work(SLICE_S)
        if self.bill.done:
            self._timer.stop()
            self.total = self.bill.total
            self.changed.emit()
