"""The tour: three steps on the web shop, from a design to a failed zone. Each step can be done or left to the tour."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QObject, QPoint, QRectF, Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from designer.model.element import ROOT_ID
from designer.study.states import RunState
from designer.ui.parts.guard import guarded
from designer.ui.parts.theme import Theme
from designer.ui.parts.undo_keys import follow_place
from designer.ui.shell.session import Session
from designer.words import tr

WIDTH_PX, AWAY_PX = 320, 16


@dataclass(frozen=True)
class TourStep:
    """One step: what to see or do, and the button that does it."""

    title: str
    text: str
    button: str
    alone: str = ""
    """The text where no lanes are shown."""


STEPS = (
    TourStep(
        tr("1 of 3: a shop in three zones"),
        tr(
            "Small squares are VMs. Each stands in its host, rack, data center and zone: what it stands in can fail "
            "and take it down. Scroll to move; Ctrl and the wheel zoom."
        ),
        tr("Open the Web Shop"),
    ),
    TourStep(
        tr("2 of 3: run it"),
        tr(
            "Press Run. The color of a VM is its load, and the lanes below show the same over time. A VM that waits "
            "for CPU which its host has given to others shows steal."
        ),
        tr("Run"),
        tr(
            "Press Run. The color of a VM is its load. A VM that waits for CPU which its host has given to others "
            "shows steal."
        ),
    ),
    TourStep(
        tr("3 of 3: fail a zone"),
        tr("Right-click {zone} on the drawing and choose Fail Now, or press the button."),
        tr("Fail {zone}"),
    ),
    TourStep(
        tr("{zone} has failed"),
        tr(
            "Its VMs are down; groups launch others in the zones that are left. What was dropped meanwhile is red in "
            "the lanes, and Events says what follows from what. Now change the design and run it again."
        ),
        tr("Done"),
        tr(
            "Its VMs are down; groups launch others in the zones that are left. View > Plots and Events shows what was "
            "dropped meanwhile and what follows from what. Now change the design and run it again."
        ),
    ),
)


FAILING = 2
"""The step from which on the card speaks of the zone that fails."""


@guarded
class Tour(QFrame):
    """A card over the drawing. `shop_requested`, `run_requested` and `fail_requested` ask for what a step does."""

    shop_requested = Signal()
    run_requested = Signal()
    fail_requested = Signal(list)

    def __init__(
        self, session: Session, theme: Theme, over: QWidget, drawn: Callable[[], QRectF], has_lanes: Callable[[], bool]
    ) -> None:
        """`drawn` gives the box of what the card should not hide, in pixels of `over`; `has_lanes`: whether
        lanes are shown during a run."""
        super().__init__(over.parentWidget() or over)  # a page that covers the drawing is beneath it too
        self._session, self._theme, self._over = session, theme, over
        self._drawn, self._has_lanes = drawn, has_lanes
        self.step = -1
        self.setObjectName("tour")
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(16, 12, 16, 12)
        self._column.setSpacing(8)
        self._made = False
        self.hide()
        over.installEventFilter(self)
        theme.changed.connect(self._paint)
        session.run_changed.connect(self._look)
        session.frame_changed.connect(self._look)
        session.replaced.connect(self._replaced)

    def _make(self) -> None:
        """Make what is only seen once the tour was begun."""
        self._made = True
        self.title, self.text = QLabel(self), QLabel(self)
        self.title.setFont(self._theme.font("title"))
        for label in (self.title, self.text):
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setWordWrap(True)
        self.go, self.leave = QPushButton(self), QPushButton(tr("End Tour"), self)
        self.go.setProperty("primary", True)
        self.go.setText(STEPS[0].button)
        self.go.clicked.connect(self._do)
        self.leave.clicked.connect(self.end)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(self.leave)
        row.addWidget(self.go)
        self._column.addWidget(self.title)
        self._column.addWidget(self.text)
        self._column.addLayout(row)
        follow_place(self, [self.leave, self.go])
        self._paint()

    def begin(self) -> None:
        """Show the first step."""
        self._show(0)
        self.go.setFocus()

    def end(self) -> None:
        """Put the card away."""
        self.step = -1
        self.hide()
        self._over.setFocus()

    def shop_opened(self) -> None:
        """Go on to the second step: the web shop is open."""
        self._show(1)

    @property
    def zone(self) -> int | None:
        """The zone that is to fail: the middle one of the design."""
        zones = sorted(self._session.project.of_kind("zone"), key=lambda zone: zone.name)
        return zones[len(zones) // 2].id if zones else None

    def _do(self) -> None:
        if self.step == 0:
            self.shop_requested.emit()
        elif self.step == 1:
            self.run_requested.emit()
        elif self.step == 2 and self.zone is not None:
            self.fail_requested.emit([self.zone])
        else:
            self.end()

    def _look(self) -> None:
        """Go on when what a step asks for has happened."""
        run = self._session.run
        if self.step == 1 and run is not None and run.state in (RunState.RUNNING, RunState.FINISHED):
            self._show(2)
        frame = run.view.frame if run is not None else None
        if self.step == 2 and frame is not None and bool(frame.failed_root.any()):
            self._show(3)

    def _replaced(self) -> None:
        if self.step > 0:
            self.end()

    def _show(self, step: int) -> None:
        if not self._made:
            self._make()
        self.step = step
        zone = self._session.project.elements.get(self.zone or ROOT_ID)
        name = zone.name if zone is not None else ""
        here = STEPS[step]
        said = here.alone if here.alone and not self._has_lanes() else here.text
        for label, text in ((self.title, here.title), (self.text, said), (self.go, here.button)):
            label.setText(text.format(zone=name))
        self.leave.setVisible(step < len(STEPS) - 1)
        self.setAccessibleName(tr("Tour, {0}", self.title.text()))
        self._place()
        self.show()
        self.raise_()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Stay where little of the drawing is hidden."""
        if watched is self._over and event.type() == QEvent.Type.Resize and self._made:
            self._place()
        return super().eventFilter(watched, event)

    def _place(self) -> None:
        width = min(WIDTH_PX, max(self._over.width() - 2 * AWAY_PX, 200))
        self.setFixedSize(width, self._column.totalHeightForWidth(width))
        right, bottom = self._over.width() - self.width() - AWAY_PX, self._over.height() - self.height() - AWAY_PX
        spots = [QPoint(x, y) for y in (bottom, AWAY_PX) for x in (right // 2, right, AWAY_PX)]
        self.move(min(spots, key=self._hidden))

    def _hidden(self, spot: QPoint) -> float:
        """How much of the drawing the card hides at a spot, in square pixels."""
        covered = QRectF(spot, self.size()).intersected(self._drawn())
        return covered.width() * covered.height()

    def _paint(self) -> None:
        if not self._made:
            return
        color = self._theme.color
        self.setStyleSheet(
            f"#tour {{ background: {color('raised').name()}; border: 1px solid {color('strong').name()};"
            " border-radius: 8px; }"
        )
