"""Selecting by a typed rule; the number of matches is shown at once."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QGridLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from designer.commands import select
from designer.errors import RuleError
from designer.ui.parts.figures import figures_of
from designer.ui.parts.theme import Theme
from designer.ui.shell.session import Session
from designer.words import tr

SHOWN_NAMES = 6
EXAMPLES = (
    ("kind:vm in:zone-a", tr("VMs that stand in zone-a")),
    ("kind:vm vcpus>4", tr("VMs with more than 4 vCPUs")),
    ("kind:host ram>=256G", tr("hosts with 256 GiB of memory or more")),
    ("kind:vm linked:shop", tr("VMs linked with shop")),
    ("kind:vm cpu>80 -state:failed", tr("VMs above 80% CPU in the shown run that have not failed")),
    ("tag:web", tr("elements with #web in their note")),
    ("web recovery=none", tr("elements named web… that do not restart")),
)


class RuleDialog(QDialog):
    """Asks for a rule and selects the matching elements."""

    def __init__(self, session: Session, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._session = session
        self.found: list[int] = []
        self.setWindowTitle(tr("Select by Rule"))
        self.setMinimumWidth(460)
        self.line, self.said = QLineEdit(), QLabel()
        self.line.setAccessibleName(tr("Rule"))
        self.line.setPlaceholderText(EXAMPLES[0][0])
        self.said.setTextFormat(Qt.TextFormat.PlainText)
        self.said.setWordWrap(True)
        self.said.setMinimumHeight(36)
        column = QVBoxLayout(self)
        column.addWidget(self.line)
        column.addWidget(self.said)
        self.examples: list[QPushButton] = []
        grid = QGridLayout()
        grid.setHorizontalSpacing(12)
        grid.setColumnStretch(1, 1)
        for rule, means in EXAMPLES:
            button, told = QPushButton(rule), QLabel(means)
            button.setAccessibleName(f"{rule}: {means}")
            button.setFlat(True)
            button.setStyleSheet("text-align: left;")
            button.setAutoDefault(False)
            button.clicked.connect(lambda _=False, r=rule: self._take(r))
            told.setProperty("muted", True)
            grid.addWidget(button, len(self.examples), 0)
            grid.addWidget(told, len(self.examples), 1)
            self.examples.append(button)
        column.addLayout(grid)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        buttons.accepted.connect(self._select)
        buttons.rejected.connect(self.reject)
        self.ok = buttons.button(QDialogButtonBox.StandardButton.Ok)
        column.addWidget(buttons)
        self.line.textChanged.connect(self._look)
        self._look()
        self.line.setFocus()

    def _take(self, rule: str) -> None:
        self.line.setText(rule)
        self.line.setFocus()

    def _look(self) -> None:
        wrong, said = False, tr("All words must hold. Examples:")
        try:
            self.found = select.matching(self._session.project, self.line.text(), figures_of(self._session.run))
            if self.line.text().strip():
                said = self._told()
        except RuleError as error:
            self.found, wrong, said = [], True, str(error)
        self.said.setProperty("wrong", wrong)
        self.said.style().polish(self.said)
        self.said.setText(said)
        self.ok.setText(tr("Select {0:,}", len(self.found)) if self.found else tr("Select"))
        self.ok.setEnabled(bool(self.found))

    def _told(self) -> str:
        if not self.found:
            return tr("Nothing matches.")
        project = self._session.project
        names = ", ".join(project.called(project.elements[i]) for i in self.found[:SHOWN_NAMES])
        more = len(self.found) - SHOWN_NAMES
        return tr("{0:,} found: {1}", len(self.found), names) + (tr(" and {0:,} more", more) if more > 0 else "")

    def _select(self) -> None:
        self._session.select(self.found)
        self._session.reveal.emit(self.found[:50])
        self.accept()
