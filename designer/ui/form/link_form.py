"""The form of links: what kind, between whom, in which role."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QLineEdit, QPushButton, QWidget

from designer.commands import edit, links
from designer.model.element import Link
from designer.ui.parts.combo import Combo
from designer.ui.parts.theme import Theme
from designer.ui.parts.undo_keys import leave_undo_keys
from designer.ui.shell.session import Session
from designer.words import tr

MOST_LISTED = 200


class LinkForm(QWidget):
    """Edits one link, or the role of several."""

    def __init__(self, session: Session, theme: Theme, ids: Sequence[int]) -> None:
        super().__init__()
        self.session, self.theme, self.ids = session, theme, list(ids)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(12, 8, 12, 8)
        self._grid.setVerticalSpacing(6)
        self._grid.setColumnMinimumWidth(0, 72)
        self._grid.setColumnStretch(1, 1)
        self.kind = Combo()
        self.kind.setAccessibleName(tr("Kind of link"))
        self.kind.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.kind.activated.connect(self._set_kind)
        self.role = QLineEdit()
        leave_undo_keys(self.role, typed=True)
        self.role.setAccessibleName(tr("Role"))
        self.role.setMaxLength(200)
        self.role.editingFinished.connect(self._set_role)
        self.ends = [QPushButton(), QPushButton()]
        self.help = QLabel()
        self.help.setWordWrap(True)
        self.help.setProperty("muted", True)
        self.remove = QPushButton(tr("Delete Link") if len(self.ids) == 1 else tr("Delete Links"))
        self.remove.clicked.connect(lambda: session.do_large(tr("Deleting …"), len(self.ids), edit.delete, self.ids))
        one = len(self.ids) == 1
        if one:
            self._add(tr("Kind"), self.kind)
            for title, button in zip((tr("From"), tr("To")), self.ends):
                button.setStyleSheet("text-align: left;")
                self._add(title, button)
        self._add(tr("Role"), self.role)
        self._grid.addWidget(self.help, self._grid.rowCount(), 0, 1, 2)
        self._grid.addWidget(self.remove, self._grid.rowCount(), 0, 1, 2)
        self._grid.setRowStretch(self._grid.rowCount(), 1)
        self._choices: list[links.Choice] = []
        for n, button in enumerate(self.ends):
            button.clicked.connect(lambda _=False, n=n: self._go_to(n))
        self.show_values()

    def _add(self, title: str, widget: QWidget) -> None:
        label = QLabel(title)
        label.setProperty("muted", True)
        label.setBuddy(widget)
        row = self._grid.rowCount()
        self._grid.addWidget(label, row, 0)
        self._grid.addWidget(widget, row, 1)

    def _links(self) -> list[Link]:
        links = self.session.project.links
        return [links[i] for i in self.ids if i in links]

    def show_values(self) -> None:
        """Show the present values of the links."""
        project, found = self.session.project, self._links()
        if not found:
            return
        roles = {link.role for link in found}
        self.role.setText(roles.pop() if len(roles) == 1 else "")
        feeds = all(link.kind == "feeds" for link in found)
        hint = tr("A or B") if feeds else tr("Purpose")
        self.role.setPlaceholderText(tr("Mixed") if roles else hint)
        link = found[0]
        if len(found) > 1:
            said = [links.sentence(project, k.kind, k.source, k.target, k.role) for k in found[:MOST_LISTED]]
            self.help.setTextFormat(Qt.TextFormat.PlainText)
            self.help.setText("\n".join(said))
            return
        self.help.setText(project.link_kinds[link.kind].help)
        for button, end in zip(self.ends, (link.source, link.target)):
            button.setText(project.elements[end].name.replace("&", "&&"))
            button.setToolTip(tr("Select it"))
        self._choices = links.other_kinds(project, link)
        self.kind.clear()
        for choice in self._choices:
            back = tr(" (the other way)") if choice.source != link.source else ""
            self.kind.addItem(tr(project.link_kinds[choice.kind].label) + back)
        self.kind.setEnabled(len(self._choices) > 1)

    def _set_kind(self, place: int) -> None:
        found = self._links()
        if place > 0 and found:
            self.session.do(links.set_kind, self.session.project, found[0].id, self._choices[place])

    def _set_role(self) -> None:
        found = self._links()
        roles = {link.role for link in found}
        if found and roles != {self.role.text()} and (self.role.text() or len(roles) == 1):
            self.session.do_large(tr("Changing …"), len(self.ids), links.set_role, self.ids, self.role.text())

    def _go_to(self, end: int) -> None:
        found = self._links()
        if found:
            element_id = (found[0].source, found[0].target)[end]
            self.session.select([element_id])
            self.session.reveal.emit([element_id])
