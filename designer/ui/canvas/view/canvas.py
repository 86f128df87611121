"""The canvas: the drawing, with legend and zoom at its foot and a message while it is empty."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, QSize, QSizeF, Qt, QTimer, Signal
from PySide6.QtGui import QDragLeaveEvent, QDropEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QToolButton, QVBoxLayout, QWidget

from designer.model.element import ROOT_ID
from designer.study.states import RunState
from designer.ui.canvas.paint.legend import Key, key_of, outlined, paint_legend
from designer.ui.canvas.tools.moving import container_at
from designer.ui.canvas.tools.quick_add import QuickAdd
from designer.ui.canvas.view.crumbs import Crumbs
from designer.ui.canvas.view.focus_ring import FocusRing
from designer.ui.canvas.view.minimap import Minimap
from designer.ui.canvas.view.view import View
from designer.ui.canvas.world.colorings import COLORINGS
from designer.ui.parts.guard import guarded
from designer.ui.parts.stripe import Stripe
from designer.ui.parts.theme import Theme
from designer.ui.shell.session import Session
from designer.words import tr

COLOR_BY = {name: tr(coloring.title) for name, coloring in COLORINGS.items()}
"""What the colors can show, with the words for it."""
COLOR_TIPS = {name: tr(coloring.tip) for name, coloring in COLORINGS.items()}
"""What each of them means."""
FOOT_PX = 48


@guarded
class Legend(QWidget):
    """The heat scale and the marks of cells."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme, self.key = theme, key_of(None, "heat")
        self.setFixedHeight(FOOT_PX)
        theme.changed.connect(self.update)

    def show_key(self, key: Key) -> None:
        """Show another key."""
        if key != self.key:
            self.key = key
            self.update()

    def sizeHint(self) -> QSize:
        """Wide enough for all marks."""
        return QSize(800, FOOT_PX)

    def minimumSizeHint(self) -> QSize:
        """Marks disappear from the right."""
        return QSize(100, FOOT_PX)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the scale and as many marks as fit."""
        paint_legend(QPainter(self), self._theme, self.key, QRectF(self.rect()))


class ZoomBox(QFrame):
    """Zoom out, the scale, zoom in, fit."""

    def __init__(self, view: View, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("zoom")
        self.setFixedHeight(34)
        row = QHBoxLayout(self)
        self._buttons: list[QToolButton] = []
        row.setContentsMargins(2, 1, 2, 1)
        row.setSpacing(2)
        for text, name, act in (
            ("−", tr("Zoom out"), lambda: view.zoom_by(1 / 1.25)),
            ("100%", tr("Zoom to 100%"), lambda: view.zoom_to(1.0)),
            ("+", tr("Zoom in"), lambda: view.zoom_by(1.25)),
            (tr("Fit"), tr("Zoom to fit"), view.zoom_to_fit),
        ):
            row.addWidget(self._button(text, name, act))
        self._label = self._buttons[1]
        self._label.setMinimumWidth(52)
        view.zoom_changed.connect(lambda scale: self._label.setText(f"{scale * 100:.0f}%"))

    def _button(self, text: str, name: str, act: Any) -> QToolButton:
        button = QToolButton(self)
        button.setText(text)
        button.setAccessibleName(name)
        button.setToolTip(name)
        button.clicked.connect(lambda: act())
        self._buttons.append(button)
        return button


class Empty(QWidget):
    """The message where nothing is drawn: how to begin, or that all there is is hidden."""

    open_example, show_hidden = Signal(), Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._hidden = False
        self._label, self._button = QLabel(), QPushButton()
        self._label.setProperty("muted", True)
        self._button.clicked.connect(lambda: (self.show_hidden if self._hidden else self.open_example).emit())
        column = QVBoxLayout(self)
        for widget in (self._label, self._button):
            column.addWidget(widget, 0, Qt.AlignmentFlag.AlignHCenter)
        self.say(hidden=False)

    def say(self, hidden: bool) -> None:
        """Say how to begin. `hidden`: that there is something, and how it is seen."""
        self._hidden = hidden
        self._label.setText(
            tr("Everything in this design is hidden.") if hidden else tr("Drag a region here, or open the example.")
        )
        self._button.setText(tr("Show All Hidden") if hidden else tr("Open example"))


@guarded
class Canvas(QWidget):
    """The middle of the window. `first_painted`: it was painted once; not while a page covers it."""

    first_painted = Signal()
    zoom_changed = Signal(float)
    context_menu_requested = Signal(QPoint, object)
    open_example_requested = Signal()
    show_hidden_requested = Signal()

    def __init__(self, session: Session, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.session, self.theme = session, theme
        self._first = True
        self.foot = QWidget(self)
        self.view = View(session, theme, self)
        self._ring = FocusRing(self.view, theme)
        self._legend = Legend(theme)
        self.preparing = Stripe(theme, self.view, ground="canvas")
        self._empty = Empty(self.view)
        self.quick_add = QuickAdd(session, theme, self.view, self.view.drops.target, self.view.drops.place)
        self.crumbs, self.minimap = Crumbs(self.view, theme), Minimap(self.view, theme)
        self._empty.open_example.connect(self.open_example_requested)
        self._empty.show_hidden.connect(self.show_hidden_requested)
        self.view.zoom_changed.connect(self.zoom_changed)
        self.view.context_menu_requested.connect(self.context_menu_requested)
        foot = QHBoxLayout(self.foot)
        foot.setContentsMargins(17, 2, 17, 6)
        foot.addWidget(self._legend, 1)
        foot.addWidget(ZoomBox(self.view, self.foot))
        keeps_room = self.foot.sizePolicy()
        keeps_room.setRetainSizeWhenHidden(True)  # the drawing keeps its size, to which what is opened is fitted
        self.foot.setSizePolicy(keeps_room)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.view, 1)
        column.addWidget(self.foot)
        self.setMinimumSize(480, 200)
        self.setAcceptDrops(True)
        self.setFocusProxy(self.view)
        for signal in (session.changed, session.replaced):
            signal.connect(self._show_empty)
            signal.connect(lambda *_: QTimer.singleShot(0, self, self._show_key))  # once the drawing knows
        for signal in (session.run_changed, session.frame_changed):
            signal.connect(self._show_preparing)
            signal.connect(self._show_key)
        self._show_empty()

    def _show_preparing(self) -> None:
        run = self.session.run
        self.preparing.go(run is not None and run.state is RunState.STARTING)

    def _show_empty(self) -> None:
        there = self.session.project.children(ROOT_ID)
        self._empty.say(hidden=bool(there))
        self._empty.setVisible(not any(i in self.view.world.row_of for i in there))
        self._center_empty()

    def _center_empty(self) -> None:
        self._empty.adjustSize()
        self._empty.move(self.view.rect().center() - self._empty.rect().center())

    def event(self, event: QEvent) -> bool:
        """Hand drops to the drawing, at whose left top both begin, while a page covers it and the foot."""
        drag = isinstance(event, QDropEvent | QDragLeaveEvent)  # others come before there is a foot
        return (drag and self.foot.isHidden() and self.view.drops.take(event)) or super().event(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the message in the middle."""
        super().resizeEvent(event)
        self.preparing.resize(self.width(), self.preparing.height())
        self._center_empty()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the foot in the color of the canvas."""
        QPainter(self).fillRect(self.rect(), self.theme.color("canvas"))
        if self._first:
            self._first = False
            QTimer.singleShot(0, self, self.first_painted.emit)

    # -- for the window

    @property
    def scale(self) -> float:
        """Pixels a drawing unit."""
        return self.view.scale_now

    def set_tool(self, name: str) -> None:
        """Choose the tool: select, hand or connect."""
        self.view.tool = name
        self.view.set_cursor(None)

    def set_color_by(self, name: str) -> None:
        """Choose what the colors show: a key of `COLOR_BY`."""
        self.view.colors.color_by = name
        self.view.show_frame()
        self._show_key()

    def _show_key(self) -> None:
        brush = self.view.brush
        self._legend.show_key(key_of(brush.live, self.view.colors.color_by, outlined(brush)))

    def set_layer(self, name: str, shown: bool) -> None:
        """Show or hide a layer."""
        layers = set(self.view.brush.layers)
        (layers.add if shown else layers.discard)(name)
        self.view.brush.layers = frozenset(layers)
        self.view.update()
        self._show_key()

    def paste_point(self) -> QPointF:
        """Where to paste: under the mouse, or in the middle."""
        at = self.view.mapFromGlobal(self.cursor().pos())
        if not self.view.rect().contains(at):
            at = self.view.rect().center()
        return self.view.to_drawing(at)

    def add_here(self) -> None:
        """Open the line that adds something under the mouse, or in the middle."""
        at = self.paste_point()
        self.quick_add.open(at, self.view.pixel_of(at).toPoint())

    def parent_at(self, at: QPointF, kind: str = "") -> int:
        """Id of the container at a point of the drawing."""
        return container_at(self.view.world, at, kind)

    def view_state(self) -> dict[str, float]:
        """Zoom, middle and size of the visible part, to save; nothing while the whole drawing is shown."""
        if self.view.keeps_fit:
            return {}
        now = self.scale, self.view.spot.middle, QSizeF(self.view.size()) / self.scale
        scale, middle, seen = self.view.keeps_seen or now
        return {"scale": scale, "x": middle.x(), "y": middle.y(), "width": seen.width(), "height": seen.height()}

    def set_view_state(self, state: Mapping[str, float]) -> None:
        """Restore a saved zoom and middle; a smaller window shows at least what was visible."""
        seen = QSizeF(state.get("width", 0.0), state.get("height", 0.0))
        middle = QPointF(state["x"], state["y"])
        self.view.show_point(state["scale"], middle, None if seen.isEmpty() else seen)
