"""Headroom: how many more VMs fit so that any one host may still fail, and when growth has used that up."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QFormLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from designer.engine.spec import Vm
from designer.errors import DesignerError
from designer.model.element import id_text
from designer.model.sent import rows_of
from designer.study.each.apart import headroom_apart
from designer.study.each.printed import headroom_lines
from designer.study.fewest.design import hosts_in
from designer.ui.parts.background import run_with_progress
from designer.ui.parts.guard import guarded
from designer.ui.parts.number_box import DecimalBox, NumberBox
from designer.ui.parts.theme import Theme
from designer.ui.shell.session import Session
from designer.words import tr, trn
from designer.words.reasons import told

VM_MHZ = 2500.0
"""The speed of a new VM; no answer depends on it."""
LINES, WIDTH_PX = 5, 440
MIB_A_GIB = 1024.0


@guarded
class HeadroomDialog(QDialog):
    """Asks what the new VMs are like and how the number of VMs grows. The VM that is selected is the first proposal,
    and only hosts of the selection take the new ones, where it holds some."""

    def __init__(self, session: Session, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._session = session
        self.setWindowTitle(tr("Headroom"))
        self.setMinimumWidth(WIDTH_PX)
        project = session.project
        chosen = next((project.elements[i] for i in session.selection if project.elements[i].kind == "vm"), None)
        like = chosen.__dict__ if chosen is not None else {"vcpus": 2, "ram_mib": 4.0 * MIB_A_GIB}
        self._places = [i for i in session.selection if project.elements[i].kind != "vm"]
        self._hosts = hosts_in(project, self._places) if self._places else []
        self.vcpus = NumberBox(1, 1024, int(like["vcpus"]), tr("vCPUs"))
        self.ram = DecimalBox(0.01, 65_536.0, float(like["ram_mib"]) / MIB_A_GIB, tr("Memory"), decimals=2)
        self.ram.setSuffix(" GiB")
        self.growth = DecimalBox(0.0, 1000.0, 5.0, tr("Growth a month"), decimals=1)
        self.growth.setSuffix("%")
        self.said = QLabel()
        self.said.setWordWrap(True)
        self.said.setTextFormat(Qt.TextFormat.PlainText)
        self.said.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.said.setMinimumHeight(LINES * self.said.fontMetrics().lineSpacing())
        self.make, copy = QPushButton(tr("Work Out")), QPushButton(tr("Copy as Command"))
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        for button in (copy, self.make):
            buttons.addButton(button, QDialogButtonBox.ButtonRole.ActionRole)
        buttons.rejected.connect(self.reject)
        self.make.clicked.connect(self.work_out)
        copy.clicked.connect(self.copy)
        form = QFormLayout()
        hosts = len(self._hosts) or len(project.of_kind("host"))
        form.addRow(tr("Hosts"), QLabel(trn("{0:,} host", "{0:,} hosts", hosts)))
        for title, editor in ((tr("vCPUs of a new VM"), self.vcpus), (tr("Its memory"), self.ram),
                              (tr("Growth a month"), self.growth)):  # fmt: skip
            editor.setAccessibleName(title)
            form.addRow(title, editor)
        column = QVBoxLayout(self)
        column.addLayout(form)
        column.addWidget(self.said)
        column.addWidget(buttons)
        self.make.setDefault(True)
        self.make.setEnabled(hosts > 0)
        self.said.setText(
            tr("N+1: when any one host fails, all VMs that fall restart on others.")
            if hosts
            else tr("There is no host.")
        )

    def work_out(self) -> None:
        """Find the headroom of the design as it is, with progress; a refusal is shown."""
        wrong = self.vcpus.limit_error or self.ram.limit_error or self.growth.limit_error
        if wrong:
            self.said.setText(wrong)
            return
        self._session.flush()
        project = self._session.project
        rows, hosts = rows_of(project), self._hosts
        profile = Vm(1, 0, self.vcpus.value(), VM_MHZ, self.ram.value() * MIB_A_GIB, recovery="cluster")
        growth = self.growth.value() / 100.0
        try:
            found = run_with_progress(
                self, tr("Working out the headroom …"),
                lambda going: headroom_apart(rows, profile, growth, hosts, going),
            )  # fmt: skip
        except DesignerError as error:
            self.said.setText(told(str(error)))
            return
        names = {host.id: project.called(host) for host in project.of_kind("host")}
        self.said.setText(" ".join(headroom_lines(found, names, growth)))

    def copy(self) -> None:
        """Copy the command that gives the same answer."""
        path = self._session.path
        words = ["cloud-designer", "headroom", f'"{path}"' if path is not None else "FILE.clouddesign"]
        words += ["--vcpus", str(self.vcpus.value()), "--ram", f"{self.ram.value():g}G"]
        words += [word for i in self._places if self._hosts for word in ("--in", id_text(i))]
        QGuiApplication.clipboard().setText(" ".join([*words, "--growth", f"{self.growth.value():g}"]))
