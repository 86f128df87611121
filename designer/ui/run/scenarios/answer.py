"""The answer of a scenario beside its events: it is played in the background, and told in sections."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget

from designer.catalog.scenarios.events import ScenarioEvent
from designer.catalog.scenarios.losses import hits_with_restores
from designer.errors import RuleError
from designer.model.sent import Row, rows_of
from designer.study.scenarios.answer import ScenarioAnswer
from designer.study.scenarios.apart import what_if_apart
from designer.study.scenarios.play import length_s, timed_events
from designer.study.scenarios.printed import sections
from designer.study.scenarios.rehearsal import printed as rehearsed
from designer.study.scenarios.rehearsal.answer import Rehearsal
from designer.study.scenarios.rehearsal.apart import rehearse_apart
from designer.ui.parts.background import PartBar
from designer.ui.parts.theme import Theme
from designer.ui.parts.wrapped import WrappedRow
from designer.ui.run.run_bar import RIGHT_PX
from designer.ui.run.working import WorkTask
from designer.ui.shell.session import Session
from designer.words import tr
from designer.words.reasons import told

POLL_MS, HOUR_S = 50, 3600.0
ANSWER_PX = RIGHT_PX + 80
USUAL = tr(
    "What If plays the scenario and says what was cut, what fell and why, how it came back, and what each service lost."
    " Rehearse takes its events as steps of a change: after each step, every host fails once, and what does not come "
    "back is named."
)


class AnswerSide(QWidget):
    """Plays the scenario that is shown. `play_requested` carries its events, for a run in the window."""

    play_requested = Signal(object)

    def __init__(self, session: Session, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.name, self.events = "", tuple[ScenarioEvent, ...]()
        self.task: WorkTask[ScenarioAnswer] | WorkTask[Rehearsal] | None = None
        self.answer: ScenarioAnswer | Rehearsal | None = None
        self._mark = session.studied.now
        self._said_outdated = False
        self._timer = QTimer(self, interval=POLL_MS)
        self._timer.timeout.connect(self.poll)
        self.setFixedWidth(ANSWER_PX)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 6, 12, 8)
        self.play, self.stop = QPushButton(tr("What If")), QPushButton(tr("Stop"))
        self.play.setProperty("primary", True)
        self.play.setToolTip(tr("Play the scenario beside the window and tell what it does"))
        self.play.clicked.connect(self.ask)
        self.rehearse = QPushButton(tr("Rehearse"))
        self.rehearse.setToolTip(tr("Play the events as a change; between every two of them let each host fail (N+1)"))
        self.rehearse.clicked.connect(self.ask_rehearsal)
        self.stop.clicked.connect(self.end)
        self.bar = PartBar(tr("Part played"))
        self.live, copy = QPushButton(tr("Play as Run")), QPushButton(tr("Copy as Command"))
        self.live.setToolTip(tr("Start a run with these events"))
        self.live.clicked.connect(self.play_run)
        copy.clicked.connect(self.copy_command)
        self.told = QLabel()
        self.told.setTextFormat(Qt.TextFormat.PlainText)
        self.told.setWordWrap(True)
        self.told.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.told.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        scroll = QScrollArea()
        scroll.setWidget(self.told)
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        column.addWidget(WrappedRow((self.play, self.rehearse, self.bar, self.stop, self.live, copy)))
        column.addWidget(scroll, 1)
        self._show_asking(False)
        self._tell()
        session.changed.connect(self._look)

    def show_scenario(self, name: str, events: tuple[ScenarioEvent, ...]) -> None:
        """Play this scenario from now on; an answer for other events is told as such."""
        if (self.answer is not None or self.task is not None) and events != self.events:
            self.end()
            self.answer = None
            self._tell(tr("The scenario has changed since; ask again."))
        self.name, self.events = name, events
        for widget in (self.play, self.rehearse, self.live):
            widget.setEnabled(bool(events))

    def forget(self) -> None:
        """Show no answer, and end what plays."""
        self.end()
        self.answer = None
        self._tell()

    def ask(self) -> None:
        """Play the scenario in the background."""
        if self.task is None and self.events:
            rows, name, events = self._asked()
            self._begin(WorkTask(lambda tell: what_if_apart(rows, name, events, tell), False, "what-if"))

    def ask_rehearsal(self) -> None:
        """Rehearse the scenario as a change, in the background."""
        if self.task is None and self.events:
            rows, name, events = self._asked()
            self._begin(WorkTask(lambda tell: rehearse_apart(rows, name, events, tell), False, "rehearse"))

    def _asked(self) -> tuple[list[Row], str, tuple[ScenarioEvent, ...]]:
        self._session.flush()
        return rows_of(self._session.project), self.name, self.events

    def _begin(self, task: WorkTask[ScenarioAnswer] | WorkTask[Rehearsal]) -> None:
        self.task, self._mark = task, self._session.studied.now
        self._show_asking(True)
        self._timer.start()

    def end(self) -> None:
        """End playing."""
        if self.task is not None:
            self.task.end()
            self._over()

    def poll(self) -> None:
        """Show how far it is, and the answer."""
        task = self.task
        if task is None:
            return
        self.bar.show_part(task.far)
        if task.over:
            self.answer = task.answer
            self._over()
            self._tell(told(task.error))

    def _over(self) -> None:
        self.task = None
        self._timer.stop()
        self._show_asking(False)

    def _show_asking(self, on: bool) -> None:
        self.bar.setVisible(on)
        self.stop.setVisible(on)
        self.play.setVisible(not on)
        self.rehearse.setVisible(not on)
        self.live.setVisible(not on)
        self.bar.show_part(0.0)

    def _tell(self, error: str = "") -> None:
        if self.answer is None:
            self.told.setText(error or USUAL)
            return
        told_of = rehearsed.sections(self.answer) if isinstance(self.answer, Rehearsal) else sections(self.answer)
        self._said_outdated = self.outdated
        parts = [tr("The design has changed since; ask again.")] if self.outdated else []
        parts += ["\n".join([title, *(f"   {line}" for line in lines)]) for title, lines in told_of]
        self.told.setText("\n\n".join(parts))

    @property
    def outdated(self) -> bool:
        """Whether the design has changed since it was asked about."""
        return self._mark is not self._session.studied.now

    def _look(self) -> None:
        if self.answer is not None and self.outdated != self._said_outdated:
            self._tell()

    def play_run(self) -> None:
        """Start a run with the events of the scenario."""
        project = self._session.project
        try:
            hits = hits_with_restores(project, self.events, int(project.root.__dict__["seed"]))
        except RuleError as error:
            self._session.refused.emit(str(error))
            return
        if length_s(project, hits) > float(project.root.__dict__["until_h"]) * HOUR_S:
            self._session.told.emit(tr("The run ends before the scenario is over; give it a greater length."))
        self.play_requested.emit(timed_events(hits))

    def copy_command(self) -> None:
        """Copy the command that gives the same answer."""
        path, name = self._session.path, self.name.replace('"', '\\"')
        command = "rehearse" if isinstance(self.answer, Rehearsal) else "what-if"
        words = ["cloud-designer", command, f'"{path}"' if path is not None else "FILE.clouddesign"]
        QGuiApplication.clipboard().setText(" ".join([*words, "--scenario", f'"{name}"']))
