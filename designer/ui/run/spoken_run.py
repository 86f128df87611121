"""What a screen reader says of a run: that it begins and ends, and what happens in it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QObject, QTimer

from designer import units
from designer.study.run import Run
from designer.study.states import RunState
from designer.study.story import LogRow
from designer.ui.shell.announcer import Announcer
from designer.ui.shell.session import Session
from designer.words import tr, trn

PAUSE_MS = 1500
"""How often events are said: those between are said together."""
MOST_EVENTS = 3
URGENT = frozenset({"failed", "lost", "killed", "dropping", "offline", "unreached"})
SPOKEN = URGENT | {
    "recovered",
    "served",
    "waiting",
    "refused",
    "online",
    "reached",
    "moving",
    "moved",
    "no_writes",
    "writes",
    "cut",
    "supplied",
}
"""What is said; the list of events has the rest."""
STATES = {
    RunState.STARTING: tr("The run is being prepared."),
    RunState.FINISHED: tr("The run has finished at {}."),
    RunState.CANCELLED: tr("The run was stopped at {}."),
    RunState.FAILED: tr("The run failed."),
}


class SpokenRun(QObject):
    """Follows the session's run and has an announcer say what a sighted user sees happen."""

    def __init__(self, session: Session, announcer: Announcer) -> None:
        super().__init__(announcer)
        self._session, self._announcer = session, announcer
        self._run: Run | None = None
        self._state: RunState | None = None
        self._read = 0
        self._told: set[tuple[float, str]] = set()
        self._timer = QTimer(self, interval=PAUSE_MS)
        self._timer.timeout.connect(self.look)
        session.run_changed.connect(self.look)
        session.frame_changed.connect(self._wake)

    def look(self) -> None:
        """Say what is new."""
        run = self._session.run
        if run is not self._run:
            self._run, self._state, self._read = run, None, 0
            self._told.clear()
        if run is None:
            self._timer.stop()
            return
        happened = self._say_events(run)
        if run.state is not self._state or (happened and run.state is RunState.FINISHED):
            self._state = run.state
            sentence = STATES.get(run.state, "")
            if sentence:
                self._announcer.say(sentence.format(units.clock_text(run.time_s)), run.state is RunState.FAILED)
        if not run.active:
            self._timer.stop()
        elif not self._timer.isActive():
            self._timer.start()

    def _wake(self) -> None:
        """Look again a little later when a run goes on from an earlier moment."""
        run = self._session.run
        news = run is not None and (run.state is not self._state or len(run.view.log()) != self._read)
        if news and not self._timer.isActive():
            self._timer.start()

    def _say_events(self, run: Run) -> bool:
        """Say what has happened since; return whether anything has."""
        log = run.view.log()
        if len(log) < self._read:  # it goes on from an earlier moment: what was before is told again
            self._read = 0
        rows = [row for row in log[self._read :] if row.what in SPOKEN]
        new = [row for row in rows if (row.time_s, row.text) not in self._told]
        self._read = len(log)
        self._told.update((row.time_s, row.text) for row in new)
        if new:
            self._announcer.say(sentence_of(new), any(row.what in URGENT for row in new))
        return bool(new)


def sentence_of(rows: Sequence[LogRow]) -> str:
    """Some events as one sentence, the urgent first: "At 02:00 zone-b failed, 48 VMs are lost, and 3 more events."."""
    first = sorted(rows, key=lambda row: row.what not in URGENT)
    said = list(dict.fromkeys(row.text for row in first))
    told, left = said[:MOST_EVENTS], len(said) - MOST_EVENTS
    more = trn(", and {0:,} more event", ", and {0:,} more events", left) if left > 0 else ""
    return tr("At {0} {1}{2}.", units.clock_text(first[0].time_s), ", ".join(told), more)
