"""A tool, and what it may use of its host view."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPoint, QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QWidget

from designer.ui.canvas.paint.brush import Brush
from designer.ui.canvas.paint.overlay import Overlay
from designer.ui.canvas.world.world import World
from designer.ui.shell.session import Session

DRAG_PX = 4.0
"""How far the mouse moves before a press becomes a drag."""
ADDS = Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.ControlModifier
"""The keys that add to the selection."""


def is_click(pressed: QPointF, released: QPointF) -> bool:
    """True when the mouse hardly moved between two points of the window."""
    way = released - pressed
    return math.hypot(way.x(), way.y()) < DRAG_PX


@dataclass(frozen=True)
class Pointer:
    """The mouse: `at` in the drawing, `where` in the window; the innermost row there (-1: none)."""

    at: QPointF
    where: QPointF
    row: int
    button: Qt.MouseButton = Qt.MouseButton.NoButton
    keys: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier

    @property
    def left(self) -> bool:
        """True for the left button."""
        return self.button == Qt.MouseButton.LeftButton

    @property
    def adds(self) -> bool:
        """True while a key is held that adds to the selection."""
        return bool(self.keys & ADDS)


class Target:
    """Where something would go and whether it may: asked while hovering, used by the drop.

    `joins`: it would be linked with what is there, and stay where it is.
    """

    def __init__(
        self, parent_id: int, allowed: bool, text: str, between: Sequence[str] = (), joins: bool = False
    ) -> None:
        self.parent_id, self.allowed, self.text = parent_id, allowed, text
        self.between, self.joins = between, joins


class ToolHost(Protocol):
    """What a tool uses of its view."""

    session: Session
    world: World
    brush: Brush
    overlay: Overlay
    tool: str
    space: bool

    @property
    def scale_now(self) -> float:
        """Pixels per drawing unit."""

    def to_pixels(self, box: QRectF) -> QRectF:
        """A box of the drawing in the window."""

    def to_drawing(self, at: QPointF | QPoint) -> QPointF:
        """A point of the window in the drawing."""

    def pixel_of(self, at: QPointF) -> QPointF:
        """A point of the drawing in the window."""

    def scroll_by(self, dx: float, dy: float) -> None:
        """Move the drawing by pixels."""

    def repaint_soon(self) -> None:
        """Repaint what lies above the drawing in this turn of the event loop."""

    def set_cursor(self, shape: Qt.CursorShape | None) -> None:
        """Set the shape of the mouse; None: that of the current tool."""

    def show_target(self, target: Target | None, at: QPointF, size: QSizeF | None = None) -> None:
        """Show where something would go."""

    def hide_rows(self, rows: NDArray[np.bool_] | None) -> None:
        """Leave rows out of the drawing."""

    def picture_of(self, rows: Sequence[int]) -> QPixmap:
        """A picture of some subtrees."""

    def widget(self) -> QWidget:
        """The widget on which menus open."""

    def elsewhere(self, where: QPointF) -> int:
        """The id of the element that another panel shows at a point of the window; 0: none."""


class Tool:
    """One use of the mouse, from a press to its release or cancellation.

    A tool with `by_rows` remembers rows of the world, so it is canceled when rows change.
    """

    by_rows = False

    def __init__(self, host: ToolHost) -> None:
        self.host = host

    def press(self, pointer: Pointer) -> bool:
        """Begin here, if this press is for this tool."""
        return False

    def move(self, pointer: Pointer) -> None:
        """Continue after the mouse has moved."""

    def release(self, pointer: Pointer) -> None:
        """Finish: the button was released."""

    def cancel(self) -> None:
        """Undo what the tool has done."""
