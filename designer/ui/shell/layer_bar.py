"""The layers of the drawing in the tool strip: a button each, or one button with a menu where space is short."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMenu, QSizePolicy, QToolButton, QWidget

from designer.settings import Settings
from designer.ui.parts.guard import guarded
from designer.words import tr

LAYERS = (
    ("physical", tr("Physical"), tr("Clusters and the hosts in them")),
    ("power", tr("Power"), tr("Power feeds A and B, UPSs, generators and cooling")),
    ("network", tr("Network"), tr("VPCs, switches, routers, firewalls and load balancers")),
    ("storage", tr("Storage"), tr("Datastores and volumes, and what they are attached to")),
    ("service", tr("Service"), tr("Services, scaling groups and their users")),
)
HIDDEN = "hidden_layers"
"""The setting for the hidden layers."""


@guarded
class LayerBar(QWidget):
    """Shows and hides layers, and remembers it. `toggled` carries the layer's name and whether it is shown."""

    toggled = Signal(str, bool)

    def __init__(self, settings: Settings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._settings = settings
        hidden = settings.get(HIDDEN, [])
        self.actions_of: dict[str, QAction] = {}
        row = self._row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        self._label = QLabel(tr("Layers"))
        self._label.setProperty("muted", True)
        row.addWidget(self._label)
        self._buttons = []
        self._menu = QToolButton()
        self._menu.setText(tr("Layers ▾"))
        self._menu.setAccessibleName(tr("Layers"))
        self._menu.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(self._menu)
        for name, text, tip in LAYERS:
            action = QAction(text, self, checkable=True, checked=name not in hidden, toolTip=tip)
            action.toggled.connect(lambda on, n=name: self._toggled(n, on))
            self.actions_of[name] = action
            button = QToolButton()
            button.setDefaultAction(action)
            button.setAccessibleName(tr("Layer {0}", text))
            self._buttons.append(button)
            row.addWidget(button)
            menu.addAction(action)
        self._menu.setMenu(menu)
        row.addWidget(self._menu)
        row.addStretch(1)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._fold()

    def shown(self) -> frozenset[str]:
        """The names of the layers that are shown."""
        return frozenset(name for name, action in self.actions_of.items() if action.isChecked())

    def _toggled(self, name: str, on: bool) -> None:
        self._settings.set(HIDDEN, sorted(set(self.actions_of) - self.shown()))
        self.toggled.emit(name, on)

    def minimumSizeHint(self) -> QSize:
        """The button with the menu."""
        return QSize(self._menu.sizeHint().width(), self._menu.sizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fold where space is short."""
        super().resizeEvent(event)
        self._fold()

    def _fold(self) -> None:
        needed = sum(button.sizeHint().width() + 4 for button in self._buttons)
        fits = self.width() >= needed
        self._label.setVisible(self.width() >= needed + self._label.sizeHint().width() + 4)
        for button in self._buttons:
            button.setVisible(fits)
        self._menu.setVisible(not fits)
        self._row.invalidate()
        self._row.activate()  # at once: Qt keeps the place of what has just been hidden until the next resize
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
