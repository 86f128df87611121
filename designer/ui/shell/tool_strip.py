"""The strip over the drawing: tools, layers, what the colors show; and the hints of the first start."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QComboBox, QFrame, QHBoxLayout, QLabel, QToolButton, QWidget

from designer.settings import Settings
from designer.ui.canvas.view.canvas import COLOR_BY, COLOR_TIPS, Canvas
from designer.ui.parts.guard import guarded
from designer.ui.parts.icons import icon
from designer.ui.parts.theme import Theme
from designer.ui.shell.layer_bar import LAYERS, LayerBar
from designer.words import tr

STRIP_PX = 36
TOOLS = (
    ("select", tr("Select and move (V)")),
    ("hand", tr("Pan (H, or hold Space)")),
    ("connect", tr("Connect two elements (C)")),
)
HINTS = (
    tr("Drag a kind onto the drawing; green shows where it may stand."),
    tr("Press Run, right-click a zone, choose Fail Now."),
    tr("Ctrl+K finds everything."),
)
GAP = "   ·   "


class ToolStrip(QFrame):
    """Buttons for the tools of a canvas, its layers and its colors. `tool_changed` reports another tool."""

    tool_changed = Signal()

    def __init__(self, canvas: Canvas, theme: Theme, settings: Settings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._canvas, self._theme = canvas, theme
        self.setFixedHeight(STRIP_PX)
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 0, 8, 0)
        row.setSpacing(4)
        self.tools: dict[str, QToolButton] = {}
        for name, tip in TOOLS:
            button = QToolButton(self)
            button.setCheckable(True)
            button.setToolTip(tip)
            button.setAccessibleName(tip.partition(" (")[0])
            button.clicked.connect(lambda _, n=name: self.set_tool(n))
            row.addWidget(button)
            self.tools[name] = button
        row.addSpacing(12)
        self.layers = LayerBar(settings, self)
        self.layers.toggled.connect(canvas.set_layer)
        for name, _, _ in LAYERS:
            canvas.set_layer(name, name in self.layers.shown())
        row.addWidget(self.layers, 1)
        color = QLabel(tr("Color by"))
        color.setProperty("muted", True)
        row.addWidget(color)
        self.color_by = QComboBox(self)
        self.color_by.setAccessibleName(tr("Color by"))
        for name, text in COLOR_BY.items():
            self.color_by.addItem(text, name)
            self.color_by.setItemData(self.color_by.count() - 1, COLOR_TIPS[name], Qt.ItemDataRole.ToolTipRole)
        self.color_by.activated.connect(lambda n: canvas.set_color_by(self.color_by.itemData(n)))
        row.addWidget(self.color_by)
        theme.changed.connect(self._set_icons)
        self._set_icons()
        self.set_tool("select")

    def set_covered(self, covered: bool) -> None:
        """What concerns the drawing is disabled while a page covers it."""
        self.layers.setEnabled(not covered)
        self.color_by.setEnabled(not covered)

    @property
    def tool(self) -> str:
        """The name of the current tool."""
        return self._canvas.view.tool

    def set_tool(self, name: str) -> None:
        """Choose a tool: select, hand or connect."""
        self._canvas.view.blast.switch(False)  # it is one more thing to do with the mouse
        self._canvas.set_tool(name)
        for other, button in self.tools.items():
            button.setChecked(other == name)
        self.tool_changed.emit()

    def _set_icons(self) -> None:
        for name, button in self.tools.items():
            button.setIcon(icon(name, self._theme.color("text")))


@guarded
class Hints(QFrame):
    """Three hints at the first start, until they are closed."""

    def __init__(self, theme: Theme, settings: Settings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme, self._settings = theme, settings
        if settings.get("hints_seen", False):
            self.hide()
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 4, 8, 4)
        self._words = label = QLabel(GAP.join(HINTS))
        label.setFont(theme.font("secondary"))
        label.setMinimumWidth(80)
        self._ground = "accent.quiet"
        self._close = close = QToolButton()
        close.setText(tr("Got it"))
        close.clicked.connect(self._dismiss)
        row.addWidget(label, 1)
        row.addWidget(close)
        theme.changed.connect(self._set_ground)
        self._set_ground()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave out hints at the end where one line has no room for all; the tip has all."""
        super().resizeEvent(event)
        room = self._words.fontMetrics()
        left = self._words.contentsRect().width()
        shown = len(HINTS)
        while shown > 1 and room.horizontalAdvance(GAP.join(HINTS[:shown])) > left:
            shown -= 1
        text = GAP.join(HINTS[:shown])
        self._words.setText(room.elidedText(text, Qt.TextElideMode.ElideRight, left))
        self._words.setToolTip("\n".join(HINTS) if shown < len(HINTS) else "")

    def set_covered(self, covered: bool) -> None:
        """Say nothing while a page covers the drawing, which keeps its size: the page says what to begin with."""
        self.setMinimumHeight(self.sizeHint().height())
        for part in (self._words, self._close):
            part.setVisible(not covered)
        self._ground = "canvas" if covered else "accent.quiet"
        self._set_ground()

    def _dismiss(self) -> None:
        self._settings.set("hints_seen", True)
        self.hide()

    def _set_ground(self) -> None:
        self.setStyleSheet(f"QFrame {{ background: {self._theme.color(self._ground).name()}; }}")
