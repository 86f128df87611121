"""The layout of the window: three columns, the run bar, the plots, and which of them are shown."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QSplitter, QVBoxLayout, QWidget

from designer.settings import Settings
from designer.ui.shell.frame import MainFrame
from designer.ui.shell.session import Session
from designer.ui.side.history_panel import HistoryPanel
from designer.ui.side.outline import Outline
from designer.ui.side.palette import Palette

LEFT_PX, RIGHT_PX, LANES_PX, PALETTE_PX, OUTLINE_PX = 252, 280, 252, 120, 150
FOOT_PX = {"each": 340, "regions": 300, "nines": 446, "scenarios": 380, "cost": 360, "places": 360,
           "sweep": 380}  # fmt: skip
"""How high each panel at the foot of the window is at first."""
LOW_PX, LOW_LANES_PX = 820, 156
NARROW_PX, LOWEST_PX = 1180, 700
"""A narrower window has no room for the form, a lower one none for the plots, unless the user asks for them."""
"""In a window that is lower there is room for two lanes, which take less."""


class Panels:
    """Lays out the panels in the frame and folds them in a small window, so the drawing keeps its room."""

    def __init__(self, frame: MainFrame, session: Session, settings: Settings) -> None:
        self._frame, self._session, self._settings = frame, session, settings
        self.lanes: Any = None
        self.feet: dict[str, QWidget] = {}
        self._anyway: set[str] = set()
        """Panels that the user wants to see though they have little room."""
        self._opened = self._low = False
        # From the frame inward, and hidden meanwhile: what is made in its place gets its style once, not at each step.
        self.rows = QSplitter(Qt.Orientation.Vertical, frame)
        self.rows.hide()
        self.top, self.lanes_box = QWidget(self.rows), QWidget(self.rows)
        self._columns = QSplitter(Qt.Orientation.Horizontal, self.top)
        self.left = QSplitter(Qt.Orientation.Vertical, self._columns)
        self.middle = QWidget(self._columns)
        self.right = QSplitter(Qt.Orientation.Vertical, self._columns)

    def lay_out(
        self,
        palette: Palette,
        outline: Outline,
        middle: Sequence[QWidget],
        form: QWidget,
        history: HistoryPanel,
        run_bar: QWidget,
    ) -> None:
        """Arrange the panels, which were made in `left`, `middle`, `right` and `top`; the last of the middle grows."""
        self._palette, self._outline, self._history = palette, outline, history
        self.rows.setStretchFactor(0, 1)
        self.rows.setChildrenCollapsible(False)
        _column(self.lanes_box)
        self.lanes_box.setMinimumHeight(120)
        self.lanes_box.hide()
        column = _column(self.middle)
        for part in middle:
            column.addWidget(part, part is middle[-1])
        rows = _column(self.top)
        rows.addWidget(self._columns, 1)
        rows.addWidget(run_bar)
        _fill_columns(self._columns, self.left, self.middle, self.right)
        _fill_left(self.left, palette, outline)
        self._fill_right(form, history)
        self._frame.setCentralWidget(self.rows)
        self.rows.show()
        self._columns.setSizes([round(width) for width in self._settings.get("columns", [LEFT_PX, 920, RIGHT_PX])])

    def _fill_right(self, form: QWidget, history: HistoryPanel) -> None:
        self.right.addWidget(form)
        self.right.addWidget(history)
        self.right.setStretchFactor(0, 1)
        history.set_shown(bool(self._settings.get("history", False)))

    def add_lanes(self, lanes: QWidget) -> None:
        """Add the plots, once they are loaded."""
        self.lanes = lanes
        layout = self.lanes_box.layout()
        assert layout is not None
        layout.addWidget(lanes)
        self.fold()

    def fold(self) -> None:
        """Show the panels that the size of the window and the user's choice allow."""
        width, height = self._frame.width(), self._frame.height()
        self.right.setVisible(self.wanted("form"))
        self._palette.set_compact(width < 1080)
        self._outline.setVisible(width >= 960)
        useful = self._opened or self._session.run is not None
        shows = self.lanes is not None and useful and self.wanted("lanes") and not self.foot
        low = height < LOW_PX
        if shows and (low != self._low or not self.lanes_box.isVisible()):
            self._low, lanes_px = low, LOW_LANES_PX if low else LANES_PX
            self.lanes_box.show()
            self.rows.setSizes([max(height - lanes_px - 60, 300), lanes_px])
        elif not shows:
            self.lanes_box.hide()
        if self.lanes is not None:
            self.lanes.limit(2 if low else 9)

    @property
    def _tight(self) -> set[str]:
        """The panels for which the window has so little room that they show only on demand."""
        narrow, low = self._frame.width() < NARROW_PX, self._frame.height() < LOWEST_PX
        return ({"form"} if narrow else set()) | ({"lanes"} if low and not self._opened else set())

    @property
    def foot(self) -> str:
        """Which panel is shown in place of the plots: each, regions, nines, scenarios, cost, places, sweep;
        empty: none."""
        return next((name for name, panel in self.feet.items() if not panel.isHidden()), "")

    def show_findings(self) -> None:
        """Show the list of findings, also without a run; a second call hides it."""
        if self.lanes is None:
            return
        seen = self.lanes_box.isVisible() and self.lanes.shows_findings
        self._opened = not seen
        if not self.wanted("lanes"):
            self.toggle("lanes")
        self.lanes.show_findings()
        self.fold()

    def show_foot(self, name: str, make: Callable[[], QWidget]) -> QWidget:
        """Show a panel in place of the plots or of another one; it is made when it is first wanted."""
        for other, panel in self.feet.items():
            panel.setVisible(other == name)
        if name not in self.feet:
            self.feet[name] = make()
            self.rows.addWidget(self.feet[name])
            self.feet[name].setMinimumHeight(160)
        self.feet[name].show()
        self.fold()
        height, foot_px = self._frame.height(), FOOT_PX[name]
        sizes = [foot_px if self.rows.widget(n) is self.feet[name] else 0 for n in range(self.rows.count())]
        self.rows.setSizes([max(height - foot_px - 60, 240), *sizes[1:]])
        return self.feet[name]

    def hide_foot(self) -> None:
        """Show what was there before the panel at the foot."""
        for panel in self.feet.values():
            panel.hide()
        self.fold()

    def wanted(self, part: str) -> bool:
        """Return whether the user wants to see a panel (form, history or lanes), also where it has little room."""
        if part == "history":
            return bool(self._settings.get("history", False))
        if part in self._tight:
            return part in self._anyway
        return part not in self._settings.get("hidden", [])

    def toggle(self, part: str) -> None:
        """Show or hide a panel and remember the choice; for this window only where it has little room."""
        if part == "history":
            self._settings.set("history", not self.wanted("history"))
            self._history.set_shown(self.wanted("history"))
            if self.wanted("history"):
                self._anyway |= {"form"} & self._tight  # they share a column
            self.fold()
            return
        if part in self._tight:
            self._anyway ^= {part}
            self.fold()
            return
        hidden = list(self._settings.get("hidden", []))
        hidden.remove(part) if part in hidden else hidden.append(part)
        self._settings.set("hidden", hidden)
        self.fold()

    def remember(self) -> None:
        """Write the column widths to the settings."""
        self._settings.set("columns", self._columns.sizes())


def _column(widget: QWidget) -> QVBoxLayout:
    made = QVBoxLayout(widget)
    made.setContentsMargins(0, 0, 0, 0)
    made.setSpacing(0)
    return made


def _fill_left(left: QSplitter, palette: Palette, outline: Outline) -> None:
    palette.setMinimumHeight(PALETTE_PX)
    left.addWidget(palette)
    outline.setMinimumHeight(OUTLINE_PX)
    left.addWidget(outline)
    for part, stretch in enumerate((3, 2)):
        left.setStretchFactor(part, stretch)
    left.setSizes([3 * PALETTE_PX, 2 * PALETTE_PX])
    left.setChildrenCollapsible(False)


def _fill_columns(columns: QSplitter, left: QWidget, middle: QWidget, right: QWidget) -> None:
    for widget, fixed in ((left, True), (middle, False), (right, True)):
        columns.addWidget(widget)
        if fixed:
            widget.setMinimumWidth(180)
    columns.setStretchFactor(1, 1)
    columns.setChildrenCollapsible(False)
