"""Placing many at once: how many, of what, named how, and for VMs on hosts by which policy."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QInputDialog,
    QLabel,
    QLineEdit,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from designer.catalog.presets.shipped import preset_list, presets
from designer.commands import many
from designer.errors import DesignerError, RuleError
from designer.model.element import ROOT_ID
from designer.ui.parts.theme import Theme
from designer.ui.shell.session import Session

ONTO_HOSTS = "vm onto hosts"
SHOWN_NAMES = 4
USUAL = ("host", "vm")
"""What is offered first where it may stand."""


class ManyDialog(QDialog):
    """Places many elements into what is selected, as one step of undo."""

    def __init__(self, session: Session, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._session = session
        self.setWindowTitle("Place Many")
        self.setMinimumWidth(460)
        project = session.project
        self.targets = [i for i in session.selection if i in project.elements] or [ROOT_ID]
        self.what, self.preset, self.policy = QComboBox(), QComboBox(), QComboBox()
        self.count, self.columns = QSpinBox(minimum=1, maximum=many.MOST), QSpinBox(minimum=0, maximum=500)
        self.pattern = QLineEdit()
        self.count.setValue(30)
        self.columns.setSpecialValueText("about as wide as high")
        for widget, name in ((self.what, "What"), (self.preset, "Values of"), (self.policy, "Hosts by"),
                             (self.count, "How many"), (self.columns, "Columns"), (self.pattern, "Names")):  # fmt: skip
            widget.setAccessibleName(name)
        possible = self._possible()
        for kind in possible:
            self.what.addItem(project.kinds[kind].label, kind)
        self.what.setCurrentIndex(next((possible.index(kind) for kind in USUAL if kind in possible), 0))
        if any(project.elements[i].kind == "host" for top in self.targets for i in project.subtree(top)):
            self.what.addItem("VMs onto hosts", ONTO_HOSTS)
        for policy, text in many.POLICIES.items():
            self.policy.addItem(text, policy)
        self._form = QFormLayout()
        self._form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
        self.said, where = QLabel(), QLabel(self._where())
        for label in (self.said, where):
            label.setTextFormat(Qt.TextFormat.PlainText)
        self._form.addRow("Into", where)
        for editor in (self.what, self.preset, self.count, self.pattern, self.columns, self.policy):
            self._form.addRow(editor.accessibleName(), editor)
        self.said.setWordWrap(True)
        self.said.setMinimumHeight(36)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        buttons.accepted.connect(self.place)
        buttons.rejected.connect(self.reject)
        self.ok = buttons.button(QDialogButtonBox.StandardButton.Ok)
        self.ok.setText("Place")
        self.ok.setDefault(True)
        column = QVBoxLayout(self)
        column.addLayout(self._form)
        column.addWidget(self.said)
        column.addWidget(buttons)
        self.what.currentIndexChanged.connect(self._chosen)
        self.count.valueChanged.connect(self._preview)
        self.pattern.textChanged.connect(self._preview)
        self._chosen()

    def _possible(self) -> list[str]:
        project = self._session.project
        return [
            name
            for name, kind in project.kinds.items()
            if kind.in_palette and any(project.why_not(name, target) is None for target in self.targets)
        ]

    def _where(self) -> str:
        elements = self._session.project.elements
        shown = ", ".join(elements[i].name for i in self.targets[:SHOWN_NAMES])
        more = len(self.targets) - SHOWN_NAMES
        return f"{shown} and {more:,} more" if more > 0 else shown

    @property
    def _kind(self) -> str:
        chosen = str(self.what.currentData() or "")
        return "vm" if chosen == ONTO_HOSTS else chosen

    def _chosen(self) -> None:
        onto = self.what.currentData() == ONTO_HOSTS
        self._form.setRowVisible(self.policy, onto)
        self._form.setRowVisible(self.columns, not onto)
        self.preset.clear()
        self.preset.addItem("defaults", "")
        for name in presets(self._kind):
            self.preset.addItem(name, name)
        self._form.setRowVisible(self.preset, self.preset.count() > 1)
        kinds = self._session.project.kinds
        prefix = kinds[self._kind].prefix if self._kind in kinds else ""
        self.pattern.setText(f"{prefix}-{{n:02}}")
        self._preview()

    def _preview(self) -> None:
        if not self._kind:
            self.said.setText("Nothing can be placed into what is selected; select a rack, a data center or a zone.")
            self.ok.setEnabled(False)
            return
        try:
            names = many.names(self.pattern.text(), self.count.value())
        except RuleError as error:
            self.said.setText(str(error))
            self.ok.setEnabled(False)
            return
        shown = ", ".join(names[:2]) + (f" … {names[-1]}" if len(names) > 2 else "")
        self.said.setText(f"{len(names):,} at once: {shown}")
        self.ok.setEnabled(True)

    def fields(self) -> dict[str, Any]:
        """The values of the chosen preset."""
        name, listed = self.preset.currentData(), preset_list(self._kind)
        return {listed.field: name, **listed.presets[name].fields} if name and listed else {}

    def place(self) -> None:
        """Do it; what is refused is said, and nothing is done then."""
        project, count, pattern = self._session.project, self.count.value(), self.pattern.text()
        try:
            if self.what.currentData() == ONTO_HOSTS:
                policy = self.policy.currentData()
                made = many.fill_hosts(project, self.targets, count, policy, pattern, self.fields())
            else:
                columns = self.columns.value()
                made = many.place_many(project, self._kind, self.targets, count, pattern, columns, self.fields())
        except DesignerError as error:
            self.said.setText(str(error))
            return
        self._session.flush()
        self._session.select(made)
        self._session.reveal.emit(made[:50])
        self._session.told.emit(f"Placed {len(made):,}.")
        self.accept()


def ask_scale_out(session: Session, parent: QWidget) -> None:
    """Ask by how many members a service shall grow, and let it."""
    if not session.selection:
        return
    elements, vm = session.project.elements, session.selection[0]
    services = session.project.targets(vm, "member")
    where = f"across the zones of {elements[services[0]].name}" if services else "in its zone (it serves no service)"
    asked = f"How many more like {elements[vm].name}, {where}?"
    count, sure = QInputDialog.getInt(parent, "Scale Out", asked, 3, 1, many.MOST)
    if sure:
        made = session.do(many.scale_out, session.project, session.selection[0], count)
        if made:
            session.flush()
            session.select(made)
            session.reveal.emit(made[:50])
