"""The findings of the open design and of the shown run, updated in the background."""

from __future__ import annotations

from collections import deque

from PySide6.QtCore import QObject, QTimer, Signal

from designer.checks.check import Finding
from designer.checks.live import LiveChecks, divided
from designer.checks.registry import CHECKS
from designer.checks.run import of_run as findings_of_run
from designer.model.project import ChangeSet, Project
from designer.study.run import Run
from designer.ui.parts.background import is_breathing

SLICE_S, PAUSE_MS, FIRST_MS = 0.008, 12, 200
"""How long checks run at a time, before the window has its turn. A newly opened design is painted first."""
PIECE = 1_000
"""Changed rows that are noted at a time."""


class LiveFindings(QObject):
    """`design` and `run` hold the findings, the worst first, and `muted` those that are muted, with their reasons;
    `changed` says that they have changed."""

    changed = Signal()

    def __init__(self, project: Project, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.design: list[Finding] = []
        self.run: list[Finding] = []
        self.muted: list[tuple[Finding, str]] = []
        self._found: tuple[list[Finding], list[Finding]] = [], []
        self._live: LiveChecks | None = None
        self._untold: deque[ChangeSet] = deque()
        self._waits = False
        self._timer = QTimer(self)
        self._timer.timeout.connect(lambda: None if self._waits else self._work())
        self.begin(project)

    @property
    def all(self) -> list[Finding]:
        """Those of the run, then those of the design."""
        return [*self.run, *self.design]

    @property
    def of_run(self) -> list[Finding]:
        """Those of the run, muted ones too."""
        return self._found[0]

    @property
    def done(self) -> bool:
        """Whether the findings are up to date with the design."""
        return self._live is not None and self._live.done and not self._untold

    def begin(self, project: Project) -> None:
        """Check another design."""
        self._project, self._live, self._waits = project, None, False
        self._untold.clear()
        self._timer.start(FIRST_MS)

    def wait(self) -> None:
        """Check nothing until `follow` tells what an edit has just changed: what was known may be gone."""
        self._waits = True

    def follow(self, changes: ChangeSet) -> None:
        """Note what edits changed."""
        self._waits = False
        if self._live is not None:
            self._untold.extend(changes.pieces(PIECE))
            self._timer.start(PAUSE_MS)

    def finish(self) -> None:
        """Update the findings now."""
        while not self.done:
            self._work()

    def look_at(self, run: Run | None) -> None:
        """Recompute the findings of a run (none: no findings)."""
        frame = run.view.frame if run is not None else None
        shown = (frame.ids, frame.state, frame.heat) if frame is not None else ((), (), ())
        found = findings_of_run(run.view.series(), run.spec, run.view.log(), *shown) if run is not None else []
        self._tell(found, self._found[1])

    def _tell(self, run: list[Finding], design: list[Finding]) -> None:
        """Take over what was found in the run and in the design, without what is muted."""
        self._found = run, design
        (of_run, muted), (of_design, also) = (divided(found, self._project) for found in (run, design))
        if (of_run, of_design, [*muted, *also]) != (self.run, self.design, self.muted):
            self.run, self.design, self.muted = of_run, of_design, [*muted, *also]
            self.changed.emit()

    def _work(self) -> None:
        if is_breathing():  # the panels are amid a large change
            return
        if self._untold and self._live is not None:
            self._live.follow(self._untold.popleft())
            if self._untold:
                return
        begins = self._live is None
        live = self._live = self._live or LiveChecks(self._project, CHECKS)
        changed = live.work(SLICE_S)
        if live.done:
            self._timer.stop()
        elif begins:
            self._timer.start(PAUSE_MS)
        if changed or begins:
            self._tell(self._found[0], live.findings())
