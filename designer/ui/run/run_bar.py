"""Run, pause, step, stop, speed, the time line and the clock."""

from __future__ import annotations

import math
from typing import Any

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QToolButton, QWidget

from designer import units
from designer.model.element import ROOT_ID
from designer.model.project import ChangeSet
from designer.study.states import RunState
from designer.ui.parts.guard import guarded
from designer.ui.parts.icons import icon
from designer.ui.parts.theme import Theme
from designer.ui.run.run_control import AUTO, PACES
from designer.ui.run.timeline import INSET_PX, TimeLine
from designer.ui.shell.session import Session
from designer.words import tr

SPEEDS = ((AUTO, tr("auto")), *((speed, f"{speed:,.0f}×") for speed in PACES), (math.inf, tr("max")))
"""Simulated seconds a second, and the words for it."""
LEFT_PX, RIGHT_PX, HEIGHT_PX = 252, 280, 44


@guarded
class RunBar(QWidget):
    """The bar between drawing and lanes."""

    run_requested = Signal()
    pause_requested = Signal()
    step_requested = Signal()
    cancel_requested = Signal()
    speed_changed = Signal(float)
    scrubbed = Signal(object)

    def __init__(self, session: Session, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session, self._theme = session, theme
        self._painted: tuple[bool, ...] = ()
        """Whether the run goes on, and may be begun, stepped and stopped, as the buttons show it."""
        self.setFixedHeight(HEIGHT_PX)
        self._left = QWidget(self)
        self.play = self._button("run", tr("Run (F5)"), self._play)
        self.play.setProperty("primary", True)
        self.step = self._button("step", tr("One recording step (F6)"), self.step_requested.emit)
        self.stop = self._button("stop", tr("Stop (Shift+F5)"), self.cancel_requested.emit)
        self.speed = QComboBox(self._left)
        self.speed.setAccessibleName(tr("Speed"))
        self.speed.setToolTip(tr("Simulated time per real second"))
        for value, text in SPEEDS:
            self.speed.addItem(text, value)
        self.speed.activated.connect(lambda n: self.speed_changed.emit(float(self.speed.itemData(n))))
        self.speed.setFixedWidth(78)
        self.line = TimeLine(theme, self)
        self.line.scrubbed.connect(self.scrubbed)
        self._right = QWidget(self)
        self.clock, self.about = QLabel("00:00:00", self._right), QLabel(self._right)
        self.clock.setFont(theme.font("clock", figures=True))
        self.about.setProperty("muted", True)
        self.about.setFont(theme.font("secondary"))
        self.about.setWordWrap(True)  # else a clock of days is cut
        self.about.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._lay_out()
        session.run_changed.connect(self.refresh)
        session.frame_changed.connect(self.refresh)
        session.changed.connect(self._follow)
        session.replaced.connect(self.refresh)
        theme.changed.connect(self._paint_icons)
        self._paint_icons()
        self.refresh()

    def show_speed(self, speed: float) -> None:
        """Show the speed that is used."""
        self.speed.setCurrentIndex(max(self.speed.findData(speed), 0))

    def _lay_out(self) -> None:
        left, right = self._left, self._right
        left.setFixedWidth(LEFT_PX - INSET_PX)
        buttons = QHBoxLayout(left)
        buttons.setContentsMargins(12, 0, 12 - INSET_PX, 0)
        buttons.setSpacing(6)
        for widget in (self.play, self.step, self.stop, self.speed):
            buttons.addWidget(widget)
        buttons.addStretch(1)
        right.setFixedWidth(RIGHT_PX)
        clock = QHBoxLayout(right)
        clock.setContentsMargins(12, 0, 12, 0)
        clock.addWidget(self.clock)
        clock.addWidget(self.about, 1)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(left)
        row.addWidget(self.line, 1)
        row.addSpacing(12 - INSET_PX)
        row.addWidget(right)

    def _button(self, name: str, tip: str, act: Any) -> QToolButton:
        button = QToolButton(self._left)
        button.setObjectName(name)
        button.setToolTip(tip)
        button.setAccessibleName(tip.partition(" (")[0])
        button.setIconSize(QSize(16, 16))
        button.setFixedSize(28, 28)
        button.setStyleSheet("padding: 0;")
        button.clicked.connect(lambda: act())
        return button

    def _play(self) -> None:
        (self.pause_requested if self._going else self.run_requested).emit()

    def _paint_icons(self) -> None:
        going = self._going
        ink = self._theme.color("text.on_accent" if self.play.isEnabled() else "text.disabled")
        self.play.setIcon(icon("pause" if going else "run", ink))
        for button in (self.step, self.stop):
            color = self._theme.color("text" if button.isEnabled() else "text.disabled")
            button.setIcon(icon(button.objectName(), color))

    def _follow(self, changes: ChangeSet) -> None:
        if ROOT_ID in changes.changed or self._session.run is not None or self._idle != self.line.idle:
            self.refresh()

    @property
    def _idle(self) -> bool:
        """Whether there is nothing to run, and no run."""
        return self._session.run is None and len(self._session.project.elements) == 1

    def refresh(self) -> None:
        """Show the present state of the run."""
        run = self._session.run
        root = self._session.project.root.__dict__
        self.line.show_run(run)
        self.line.set_idle(self._idle)
        self.clock.setVisible(not self._idle)
        self.about.setVisible(not self._idle)
        if run is None:
            self.line.set_length(root["until_h"] * 3600.0)
            self.clock.setText("00:00:00")
            self.about.setText(tr("of {0}   seed {1}", _length(root["until_h"] * 3600.0), root["seed"]))
        else:
            self.clock.setText(units.clock_text(run.shown_s, with_seconds=True))
            self.about.setText(self._about(run))
        self.play.setEnabled(not self._idle)
        self.step.setEnabled(not self._idle and (run is None or run.state in (RunState.RUNNING, RunState.PAUSED)))
        self.stop.setEnabled(run is not None and run.active)
        painted = self._going, self.play.isEnabled(), self.step.isEnabled(), self.stop.isEnabled()
        if painted != self._painted:  # a frame of a run that goes on changes none of it
            self._painted = painted
            self.play.setToolTip(tr("Pause (F5)") if self._going else tr("Run (F5)"))
            self.play.setAccessibleName(tr("Pause") if self._going else tr("Run"))
            self._paint_icons()

    @property
    def _going(self) -> bool:
        """Whether there is a run that goes on."""
        run = self._session.run
        return run is not None and run.going

    def _about(self, run: Any) -> str:
        words = {
            RunState.STARTING: _preparing(run),
            RunState.FAILED: tr("engine stopped"),
            RunState.CANCELLED: "stopped",
        }
        if run.state in words:
            return words[run.state]
        if run.stale:
            return tr("design changed since")
        if run.scrubbed_s is not None:
            return tr("looking back from {0}", _length(run.time_s))
        return tr("of {0}   seed {1}", _length(run.until_s), run.spec.seed)

    def paintEvent(self, event: QPaintEvent) -> None:
        """A hairline above; what is beneath has its own."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), self._theme.color("panel"))
        painter.setPen(QPen(self._theme.color("hairline"), 1))
        painter.drawLine(0, 0, self.width(), 0)


def _preparing(run: Any) -> str:
    """What a run waits for, and how much of it is done."""
    if run.revives is not None:
        return tr("opening the saved run …")
    done = math.floor(100 * run.prepared)
    return tr("preparing the engine … {0}%", done) if done < 100 else tr("preparing the run …")


def _length(seconds: float) -> str:
    """A length as a clock; whole days alone."""
    text = units.clock_text(seconds)
    return text.removesuffix(" 00:00") if text.endswith("d 00:00") else text
