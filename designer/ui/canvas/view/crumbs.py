"""Breadcrumbs: the containers that the view is inside of, whose headers are out of sight; a click shows one whole.

They are a bar over the whole width, as a header is: nothing of the drawing is cut but at its lower edge."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QToolButton

from designer.ui.canvas.view.view import View
from designer.ui.parts.guard import guarded
from designer.ui.parts.icons import icon
from designer.ui.parts.theme import Theme
from designer.words import tr

NAME_PX, SHORTEST_PX, BESIDE_PX = 160, 48, 44
"""The widest name, the narrowest, and what stands beside each: icon, margins, mark."""
ICON_PX, AROUND_PX = 14, 16
"""The side of an icon; what is between it and the name, and around both: as much at the left as at the right."""


@guarded
class Crumb(QToolButton):
    """An icon and a name, as wide as both."""

    def sizeHint(self) -> QSize:
        """Without the room that a style leaves beside the name."""
        wide = ICON_PX + self.fontMetrics().horizontalAdvance(self.text()) + AROUND_PX
        return QSize(wide, super().sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        """The name is whole."""
        return self.sizeHint()


class Crumbs(QFrame):
    """A bar along the upper edge of the drawing; hidden while all headers are in sight."""

    def __init__(self, view: View, theme: Theme) -> None:
        super().__init__(view)
        self._view, self._theme = view, theme
        self.ids: list[int] = []
        self.buttons: list[QToolButton] = []
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(8, 2, 8, 2)
        self._row.setSpacing(0)
        self.setObjectName("crumbs")
        self.setAccessibleName(tr("Where the drawing is shown"))
        self._name_px = NAME_PX
        self.hide()
        view.look_moved.connect(self.follow)
        view.session.changed.connect(self.follow)
        view.session.replaced.connect(self.follow)
        theme.changed.connect(self._themed)
        self._themed()

    def follow(self) -> None:
        """Show the containers around the middle of the view whose header is above it, outermost first."""
        ids = self._around()
        names = [self._view.world.names[self._view.world.row_of[i]] for i in ids]
        room = self._view.width() // max(len(ids), 1) - BESIDE_PX
        name_px = min(NAME_PX, max(room, SHORTEST_PX))
        if (ids, name_px) != (self.ids, self._name_px) or names != [button.toolTip() for button in self.buttons]:
            self._name_px = name_px
            self._fill(ids, names)
        self.resize(self._view.width(), self.sizeHint().height())
        self.setVisible(bool(ids))

    def _around(self) -> list[int]:
        view, world = self._view, self._view.world
        middle = view.to_drawing(view.rect().center())
        row, found, edge = world.at(middle.x(), middle.y()), list[int](), 0
        while row >= 0:
            found.insert(0, row)
            row = int(world.parent[row])
        out_of_sight = []
        for row in found:  # what the bar covers is out of sight, too
            box = view.to_pixels(world.rect(row))
            kind = world.project.kinds[world.kind_name(row)]
            if kind.container and box.top() + kind.box.header * view.scale_now / 2 < edge:
                out_of_sight.append(int(world.ids[row]))
                edge = self.sizeHint().height()
        return out_of_sight

    def _fill(self, ids: list[int], names: list[str]) -> None:
        while self._row.count():
            taken = self._row.takeAt(0)
            widget = taken.widget() if taken is not None else None
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        self.ids, self.buttons = ids, []
        for element_id, name in zip(ids, names):
            if self.buttons:
                between = QLabel("›")
                between.setProperty("muted", True)
                self._row.addWidget(between)
                between.show()
            button = self._button(element_id, name)
            self.buttons.append(button)
            self._row.addWidget(button)
            button.show()
        self._row.addStretch(1)
        self._row.activate()

    def _button(self, element_id: int, name: str) -> QToolButton:
        kind = self._view.session.project.kind(element_id)
        button = Crumb()
        button.setAutoRaise(True)
        button.setFont(self._theme.font("secondary"))
        button.setIcon(icon(kind.icon.removesuffix(".svg"), self._theme.kind(kind.name).ink))
        button.setIconSize(QSize(ICON_PX, ICON_PX))
        measures = QFontMetrics(button.font())
        button.setText(measures.elidedText(name, Qt.TextElideMode.ElideMiddle, self._name_px).replace("&", "&&"))
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        button.setToolTip(name)
        button.setAccessibleName(tr("Show {0} whole", name))
        button.clicked.connect(partial(self._show, element_id))
        return button

    def _show(self, element_id: int) -> None:
        self._view.session.select([element_id])
        self._view.zoom_to_selection()
        self._view.setFocus()

    def _themed(self) -> None:
        raised, strong = self._theme.color("raised").name(), self._theme.color("strong").name()
        self.setStyleSheet(
            f"#crumbs {{ background: {raised}; border-bottom: 1px solid {strong}; }}"
            " #crumbs > QToolButton { padding: 3px 4px; }"
        )
        self._fill([], [])
        self.follow()
