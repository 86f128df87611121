"""The links of one element in the form: what it belongs to, to be chosen; what belongs to it, counted."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QGridLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from designer.commands import edit
from designer.model.kind import LinkKind
from designer.ui.parts.icons import icon
from designer.ui.parts.theme import Theme
from designer.ui.shell.session import Session


class LinkSection(QWidget):
    """A line a kind of link that may start here (with a box to choose the other end), a line a kind that ends here."""

    def __init__(self, session: Session, theme: Theme, ids: list[int]) -> None:
        super().__init__()
        self._session, self._theme, self._id = session, theme, ids[0]
        kind = session.project.elements[self._id].kind
        kinds = session.project.link_kinds.values()
        self._from = [link for link in kinds if kind in link.sources]
        self._to = [link for link in kinds if kind in link.targets]
        self.any = bool(self._from or self._to)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._body: QWidget | None = None
        self.rebuild()

    def rebuild(self) -> None:
        """Show the links as they are now."""
        if self._body is not None:
            self._column.removeWidget(self._body)
            self._body.deleteLater()
        if self._id not in self._session.project.elements:
            return
        self._body = QWidget()
        grid = QGridLayout(self._body)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(8)
        grid.setColumnStretch(0, 1)
        for kind in self._from:
            self._add_from(grid, kind)
        for kind in self._to:
            count = len(self._session.project.sources(self._id, kind.name))
            label = QLabel(f"{kind.label}: {count:,}")
            label.setProperty("muted", True)
            label.setToolTip(kind.help)
            grid.addWidget(label, grid.rowCount(), 0, 1, 2)
        self._column.addWidget(self._body)

    def _add_from(self, grid: QGridLayout, kind: LinkKind) -> None:
        project = self._session.project
        title = QLabel(kind.label)
        title.setProperty("muted", True)
        title.setToolTip(kind.help)
        grid.addWidget(title, grid.rowCount(), 0, 1, 2)
        links = [k for k in project.links_of(self._id, kind.name) if k.source == self._id]
        for link in links:
            row = grid.rowCount()
            name = QLabel(project.elements[link.target].name)
            name.setTextFormat(Qt.TextFormat.PlainText)
            grid.addWidget(name, row, 0)
            remove = QToolButton()
            remove.setIcon(icon("close", self._theme.color("text.muted")))
            remove.setAccessibleName(f"Remove the link to {name.text()}")
            remove.clicked.connect(lambda _=False, i=link.id: self._session.do(edit.delete, project, [i]))
            grid.addWidget(remove, row, 1)
        if kind.per_source is None or len(links) < kind.per_source:
            self._add_box(grid, kind)

    def _add_box(self, grid: QGridLayout, kind: LinkKind) -> None:
        project = self._session.project
        box = QComboBox()
        box.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        box.setAccessibleName(kind.label)
        box.addItem("Choose …", 0)
        for name in kind.targets:
            for element in project.of_kind(name):
                if project.why_no_link(kind.name, self._id, element.id) is None:
                    box.addItem(element.name, element.id)
                if box.count() > 500:
                    break
        box.activated.connect(lambda n, b=box, k=kind.name: self._connect(k, b.itemData(n)))
        grid.addWidget(box, grid.rowCount(), 0, 1, 2)

    def _connect(self, kind: str, target: int) -> None:
        if target:
            self._session.do(edit.connect, self._session.project, kind, self._id, target)
