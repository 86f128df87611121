"""The links of one element in the form: the sets it belongs to, to choose; its members, counted."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import (
    QGridLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from designer.commands import edit, joins
from designer.model.element import Link
from designer.model.kind import LinkKind
from designer.ui.parts.combo import Combo
from designer.ui.parts.icons import icon
from designer.ui.parts.theme import Theme
from designer.ui.shell.session import Session
from designer.words import tr

MOST_LISTED, MOST_OFFERED, MOST_ASKED, MOST_TRIED = 8, 500, 50, 1_000
"""How many ends are listed by name, and how many are offered; how many of a larger selection are asked for these, and
how many pairs in all, so that a form opens at once."""


class LinkSection(QWidget):
    """The links of elements of one kind: who is at their other ends, and a box for each kind that may start here.

    `filled`: whether there is anything to show; `changed` says that it was built again. `pause` is called between its
    parts.
    """

    changed = Signal()

    def __init__(
        self,
        session: Session,
        theme: Theme,
        ids: list[int],
        parent: QWidget | None = None,
        pause: Callable[[], None] = lambda: None,
    ) -> None:
        super().__init__(parent)
        self._session, self._theme, self._ids, self._pause = session, theme, ids, pause
        elements = session.project.elements
        kinds = {elements[i].kind for i in ids if i in elements}
        kind = kinds.pop() if len(kinds) == 1 else ""
        links = session.project.link_kinds.values()
        self._from = [link for link in links if kind in link.sources]
        self._to = [link for link in links if kind in link.targets]
        self.any = bool(self._from or self._to)
        self.filled = False
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._body: QWidget | None = None
        self.rebuild()

    def take(self, ids: list[int], pause: Callable[[], None]) -> None:
        """Show the links of other elements of the same kind."""
        self._ids, self._pause = ids, pause
        self.rebuild()

    def rebuild(self) -> None:
        """Show the present links."""
        if self._body is not None:
            self._column.removeWidget(self._body)
            self._body.deleteLater()
        project = self._session.project
        self._ids = [i for i in self._ids if i in project.elements]
        if not self._ids:
            return
        self._body = QWidget(self)
        grid = QGridLayout(self._body)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(2)
        grid.setColumnStretch(0, 1)
        chosen = set(self._ids)
        if len(self._ids) < len(project.links):
            around = {link.id: link for i in self._ids for link in project.links_of(i)}
        else:
            around = {i: k for i, k in project.links.items() if k.source in chosen or k.target in chosen}
        for kind in self._from:
            self._pause()
            self._add(grid, kind, [k for k in around.values() if k.kind == kind.name and k.source in chosen], True)
        for kind in self._to:
            found = [k for k in around.values() if k.kind == kind.name and k.target in chosen]
            if found:
                self._add(grid, kind, found, False)
        self._column.addWidget(self._body)
        self._body.show()
        self.filled = grid.count() > 0
        self.changed.emit()

    def _add(self, grid: QGridLayout, kind: LinkKind, links: list[Link], outward: bool) -> None:
        """A title, a line for each other end, and where links start here a box to choose one more."""
        title = QLabel(tr(kind.label if outward else kind.inverse), grid.parentWidget())
        title.setProperty("muted", True)
        title.setToolTip(tr(kind.help))
        grid.addWidget(title, grid.rowCount(), 0, 1, 2)
        by_end: dict[int, list[Link]] = {}
        for link in links:
            by_end.setdefault(link.target if outward else link.source, []).append(link)
        if len(by_end) <= MOST_LISTED:
            for end, some in by_end.items():
                self._add_end(grid, [end], some)
        else:
            self._add_end(grid, list(by_end), links)
        if outward and (kind.per_source is None or len(links) < kind.per_source * len(self._ids)):
            self._add_box(grid, kind)

    def _add_end(self, grid: QGridLayout, ends: list[int], links: list[Link]) -> None:
        """One or many other ends: a button that goes there, and one that removes the links."""
        project, row = self._session.project, grid.rowCount()
        name = project.elements[ends[0]].name
        if len(ends) > 1:
            kinds = {project.elements[i].kind for i in ends}
            kind = project.kinds[kinds.pop()] if len(kinds) == 1 else None
            name = f"{len(ends):,} {tr(kind.plural if kind is not None else 'elements')}"
        elif len(self._ids) > 1:
            name = tr("{0} ({1:,} of {2:,})", name, len(links), len(self._ids))
        go = QPushButton(grid.parentWidget())
        go.setText(go.fontMetrics().elidedText(name, Qt.TextElideMode.ElideMiddle, 170).replace("&", "&&"))
        go.setToolTip(tr("Go to {0}", name).replace("<", "‹"))
        go.setAccessibleName(tr("Go to {0}", name))
        go.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        go.setFlat(True)
        go.setStyleSheet("text-align: left; border-color: transparent; background: transparent; padding: 2px 0;")
        go.clicked.connect(lambda: self._go(ends))
        remove = QToolButton(grid.parentWidget())
        remove.setIcon(icon("close", self._theme.color("text.muted")))
        remove.setIconSize(QSize(14, 14))
        remove.setAccessibleName(
            tr("Remove the link to {0}", name) if len(links) == 1 else tr("Remove the links to {0}", name)
        )
        remove.setToolTip(remove.accessibleName().replace("<", "‹"))
        gone = [link.id for link in links]
        remove.clicked.connect(lambda: self._session.do_large(tr("Deleting …"), len(gone), edit.delete, gone))
        grid.addWidget(go, row, 0)
        grid.addWidget(remove, row, 1)

    def _add_box(self, grid: QGridLayout, kind: LinkKind) -> None:
        project = self._session.project
        targets = sum(len(project.of_kind(name)) for name in kind.targets)
        asked = self._ids[: min(MOST_ASKED, max(1, MOST_TRIED // max(targets, 1)))]
        box = Combo(grid.parentWidget())
        box.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        box.setAccessibleName(tr(kind.label))
        box.setPlaceholderText(tr("Choose …"))  # no line of its list: Qt makes no list before there is a chosen line
        for name in kind.targets:
            for element in project.of_kind(name):
                if box.count() >= MOST_OFFERED:
                    break
                if any(i != element.id and project.why_no_link(kind.name, i, element.id) is None for i in asked):
                    box.addItem(element.name, element.id)
        box.setEnabled(box.count() > 0)
        box.activated.connect(lambda n, b=box, k=kind.name: self._connect(k, b.itemData(n)))
        grid.addWidget(box, grid.rowCount(), 0, 1, 2)

    def _go(self, ends: list[int]) -> None:
        self._session.select(ends)
        self._session.reveal.emit(ends[:50])

    def _connect(self, kind: str, target: int) -> None:
        session = self._session
        made = joins.offer(session.project, kind, self._ids, [target])
        done = session.do_large(tr("Linking {0:,} …", len(made.pairs)), len(made.pairs), joins.connect_many, made)
        if done is not None and made.left:
            session.told.emit(tr("{0:,} linked.{1}", len(done), joins.left_over(made)))
