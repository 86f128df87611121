"""What there is to draw with: drag it onto the drawing, or press Enter to place it where you are."""

from __future__ import annotations

from PySide6.QtCore import QMimeData, QPointF, QSize, Qt, Signal
from PySide6.QtGui import QDrag, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QApplication, QGridLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from designer.ui.icons import icon, pixmap
from designer.ui.session import Session
from designer.ui.theme import Theme

KIND_MIME = "application/x-cloud-designer-kind"
COLUMNS = 2


class KindButton(QToolButton):
    """One kind: its icon and label. Pressed and drawn away it is dragged."""

    place_requested = Signal(str)

    def __init__(self, kind: str, label: str, help_text: str) -> None:
        super().__init__()
        self.kind = kind
        self._pressed: QPointF | None = None
        self.setText(label)
        self.setToolTip(f"{help_text}\n\nDrag it onto the drawing, or press Enter.")
        self.setAccessibleName(f"Place {label}")
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.setIconSize(QSize(16, 16))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(self.sizePolicy().Policy.Expanding, self.sizePolicy().Policy.Fixed)
        self.setFixedHeight(26)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Remember where a drag may begin."""
        self._pressed = event.position() if event.button() == Qt.MouseButton.LeftButton else None
        super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Begin to drag."""
        if self._pressed is None:
            return
        if (event.position() - self._pressed).manhattanLength() >= QApplication.startDragDistance():
            self._pressed = None
            self.setDown(False)
            self._drag()

    def _drag(self) -> None:
        held = QMimeData()
        held.setData(KIND_MIME, self.kind.encode())
        drag = QDrag(self)
        drag.setMimeData(held)
        drag.setPixmap(self.icon().pixmap(QSize(24, 24)))
        drag.exec(Qt.DropAction.CopyAction)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter places; arrows walk."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.place_requested.emit(self.kind)
        elif event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Right):
            self.focusNextChild()
        elif event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Left):
            self.focusPreviousChild()
        else:
            super().keyPressEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """A double click places, too."""
        self.place_requested.emit(self.kind)


class Palette(QWidget):
    """The kinds in two columns."""

    place_requested = Signal(str)

    def __init__(self, session: Session, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session, self._theme = session, theme
        column = QVBoxLayout(self)
        column.setContentsMargins(4, 8, 4, 8)
        column.setSpacing(4)
        title = QLabel("Insert")
        title.setFont(theme.font("title"))
        title.setContentsMargins(8, 4, 0, 4)
        column.addWidget(title)
        grid = QGridLayout()
        grid.setHorizontalSpacing(0)
        for place in range(COLUMNS):
            grid.setColumnStretch(place, 1)
        grid.setVerticalSpacing(0)
        column.addLayout(grid)
        self.buttons: list[KindButton] = []
        kinds = [kind for kind in session.project.kinds.values() if kind.in_palette]
        for n, kind in enumerate(kinds):
            button = KindButton(kind.name, kind.label, kind.help)
            button.place_requested.connect(self.place_requested)
            grid.addWidget(button, n // COLUMNS, n % COLUMNS)
            self.buttons.append(button)
        theme.changed.connect(self._paint_icons)
        self._paint_icons()

    def _paint_icons(self) -> None:
        kinds = self._session.project.kinds
        for button in self.buttons:
            name = kinds[button.kind].icon.removesuffix(".svg")
            button.setIcon(icon(name, self._theme.kind(button.kind).ink))
            pixmap(name, self._theme.kind(button.kind).ink, 24)
            button.setStyleSheet("text-align: left; padding: 2px;")

    def set_compact(self, compact: bool) -> None:
        """Icons only, where the window is narrow."""
        for button in self.buttons:
            style = Qt.ToolButtonStyle
            button.setToolButtonStyle(style.ToolButtonIconOnly if compact else style.ToolButtonTextBesideIcon)
