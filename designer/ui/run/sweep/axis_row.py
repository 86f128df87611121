"""An axis of a sweep: a kind, one of its numbers or how many there are, and the values."""

from __future__ import annotations

from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from designer.commands.varying.knobs import COUNT
from designer.model.fields import form_fields
from designer.ui.parts.guard import guarded
from designer.ui.shell.session import Session
from designer.words import tr

FIRST = ("host", "mttr_h", "1, 2, 4, 8")
"""What varies at first, where the design has such a kind."""


@guarded
class AxisRow(QWidget):
    """Asks what varies. `may_be_none`: nothing at first."""

    def __init__(self, session: Session, may_be_none: bool) -> None:
        super().__init__()
        self._session, self._may_be_none = session, may_be_none
        self.kind, self.field, self.values = QComboBox(), QComboBox(), QLineEdit()
        self.kind.setAccessibleName(tr("Second kind that varies") if may_be_none else tr("Kind that varies"))
        self.field.setAccessibleName(tr("What of it varies"))
        self.values.setAccessibleName(tr("Values"))
        self.values.setPlaceholderText(tr("1, 2, 4 or 1..4"))
        line = QHBoxLayout()
        line.setContentsMargins(0, 0, 0, 0)
        line.addWidget(self.kind, 1)
        line.addWidget(self.field, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(line)
        column.addWidget(self.values)
        for box in (self.kind, self.field):
            box.setMinimumContentsLength(8)
            box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.kind.currentIndexChanged.connect(self._list_fields)
        self.refresh()

    @property
    def text(self) -> str:
        """What varies as the command line writes it; empty for nothing."""
        kind, field = self.kind.currentData(), self.field.currentData()
        return f"{kind}.{field}={self.values.text()}" if kind and field else ""

    def refresh(self) -> None:
        """List the kinds that the design has; the chosen one stays."""
        project, chosen = self._session.project, self.kind.currentData()
        drawn = [name for name in project.kinds if project.kinds[name].drawn and name != project.root.kind]
        names = [name for name in drawn if project.of_kind(name)]
        kinds = ["", *names] if self._may_be_none else names
        if [self.kind.itemData(n) for n in range(self.kind.count())] == kinds:
            return
        first = self.kind.count() == 0
        self.kind.blockSignals(True)
        self.kind.clear()
        for name in kinds:
            self.kind.addItem(tr(project.kinds[name].label) if name else tr("Nothing else"), name)
        wanted = FIRST[0] if first and not self._may_be_none else chosen
        self.kind.setCurrentIndex(max(self.kind.findData(wanted), 0) if kinds else -1)
        self.kind.blockSignals(False)
        self._list_fields()
        if first and self.kind.currentData() == FIRST[0]:
            self.field.setCurrentIndex(max(self.field.findData(FIRST[1]), 0))
            self.values.setText(FIRST[2])

    def _list_fields(self) -> None:
        project, kind = self._session.project, self.kind.currentData()
        chosen = self.field.currentData()
        self.field.clear()
        if kind:
            self.field.addItem(tr("How many"), COUNT)
            for spec in form_fields(project.kinds[kind].table):
                if spec.type in (int, float):
                    unit = f", {spec.unit}" if spec.unit and spec.unit != "fraction" else ""
                    self.field.addItem(tr(spec.title) + unit, spec.name)
        self.field.setCurrentIndex(max(self.field.findData(chosen), 0) if kind else -1)
        for box in (self.field, self.values):
            box.setEnabled(bool(kind))
