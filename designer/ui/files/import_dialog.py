"""The CSV import: the files, what was understood, and one button that imports."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from designer.commands import imports
from designer.commands.estates import requests
from designer.errors import DesignerError
from designer.exchange.machines_csv import Machines, read_hosts, read_vms
from designer.exchange.questions import SHAPE_WORDS, TIME_WORDS, Answers, OpenQuestionError
from designer.exchange.traces_csv import Traces, read_traces
from designer.model.element import ROOT_ID
from designer.ui.files.reading_bar import ReadingBar
from designer.ui.parts.background import later
from designer.ui.parts.number_box import DecimalBox
from designer.ui.parts.theme import Theme
from designer.ui.shell.session import Session
from designer.words import mark, tr

FILTER = tr("CSV (*.csv *.csv.gz *.csv.xz *.txt);;All files (*)")
AS_SAID = tr("as the file says")
CHOICES: dict[str, tuple[str, dict[str, str]]] = {
    "cells": (
        tr("Cells are"),
        {
            "percent": tr("percents"),
            "fraction": tr("fractions of 1"),
            "mhz": tr("MHz"),
            "core_percent": tr("percents of one core"),
            "rps": tr("requests a second"),
            "requests": tr("requests in each sample"),
        },
    ),
    "time_unit": (tr("Times are"), {unit: tr(words) for unit, words in TIME_WORDS.items()}),
    "date_order": (tr("In dates, first"), {"day": tr("the day"), "month": tr("the month")}),
    "decimal": (tr("Decimal sign"), {"point": tr("a point"), "comma": tr("a comma")}),
    "shape": (tr("The traces file"), {shape: tr(words) for shape, words in SHAPE_WORDS.items()}),
    "memory_unit": (tr("Memory is"), {"MB": tr("in MB"), "GB": tr("in GB")}),
}
"""Choices about a file: the row's title, and the words for each answer."""
TITLES = {
    "name_column": tr("Column of names"),
    "time_column": tr("Column of times"),
    "load_column": tr("Column of loads"),
    "measure": tr("Measure of the load"),
}
ROWS = {
    "match": tr("Match"),
    "step_s": tr("A sample holds"),
    **{name: title for name, (title, _) in CHOICES.items()},
    **TITLES,
}
"""The titles of the rows that answer questions."""
TARGETS = {
    "vm": (mark("the {0:,} selected VMs"), mark("all {0:,} VMs of the design")),
    "service": (mark("the {0:,} selected services"), mark("all {0:,} services of the design")),
}
"""What traces may go to, by kind: what is selected, or all."""
READERS: dict[str, Callable[..., Machines | Traces]] = {"hosts": read_hosts, "vms": read_vms, "traces": read_traces}
"""What reads each file."""
NOTHING = tr("Choose a file. Hosts and VMs become a data center with racks; traces become the load of VMs.")


def _choice(title: str, values: dict[str, str], first: str = AS_SAID) -> QComboBox:
    """A combo box of answers; the first leaves the choice to the file."""
    combo = QComboBox()
    combo.setAccessibleName(title)
    if first:
        combo.addItem(first, None)
    for value, text in values.items():
        combo.addItem(text, value)
    return combo


def _title_line(title: str) -> QLineEdit:
    """A line for the title of a column."""
    line = QLineEdit()
    line.setAccessibleName(title)
    line.setPlaceholderText(tr("the column's title in the file"))
    return line


def _sentence(error: DesignerError) -> str:
    """An error as the dialog words it: with rows in place of options."""
    if not isinstance(error, OpenQuestionError):
        return str(error)
    rows = " or ".join(f"“{ROWS[name]}”" for name in error.answers)
    return tr("{0} Answer with {1}.", error.sentence, rows)


def _answer(read: Callable[[], Any]) -> Any:
    """What reading a file gives; an error is an answer, too."""
    try:
        return read()
    except DesignerError as error:
        return error


class FileRow(QWidget):
    """A path that is typed or chosen."""

    changed = Signal()

    def __init__(self, name: str, folders: bool = False) -> None:
        super().__init__()
        self.line = QLineEdit()
        self.line.setAccessibleName(name)
        self.line.setClearButtonEnabled(True)
        self.line.editingFinished.connect(self.changed)
        choose = QPushButton(tr("Choose …"))
        choose.setAccessibleName(tr("Choose {0}", name))
        choose.setAutoDefault(False)
        choose.clicked.connect(self._choose)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.line, 1)
        row.addWidget(choose)
        if folders:
            folder = QPushButton(tr("Folder …"))
            folder.setAccessibleName(tr("Choose a folder for {0}", name))
            folder.setAutoDefault(False)
            folder.clicked.connect(self._choose_folder)
            row.addWidget(folder)

    @property
    def path(self) -> Path | None:
        """The file, None when there is none."""
        text = self.line.text().strip()
        return Path(text) if text else None

    def _choose(self) -> None:
        self._take(QFileDialog.getOpenFileName(self, tr("Choose CSV File"), self.line.text(), FILTER)[0])

    def _choose_folder(self) -> None:
        self._take(QFileDialog.getExistingDirectory(self, tr("Choose a folder of traces"), self.line.text()))

    def _take(self, written: str) -> None:
        if written:
            self.line.setText(written)
            self.changed.emit()


class ImportDialog(QDialog):
    """Asks for files, shows what they hold, and imports them as one undo step."""

    def __init__(self, session: Session, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._session = session
        self._results: dict[str, Any] = {}
        self._requests: dict[str, tuple[Any, ...]] = {}
        self._reading: set[str] = set()
        self.bar = ReadingBar()
        self.finished.connect(lambda: self._requests.clear())  # what is still read comes too late
        self.finished.connect(self.bar.end)
        self.setWindowTitle(tr("Import CSV"))
        self.setMinimumWidth(620)
        titles = {"hosts": tr("Hosts file"), "vms": tr("VMs file"), "traces": tr("Traces file")}
        self.files = {name: FileRow(text, name == "traces") for name, text in titles.items()}
        self.step = DecimalBox(0.0, 366 * 86_400, 0.0, tr("A sample holds"), decimals=3)
        self.step.setSuffix(" s")
        self.step.setSpecialValueText(AS_SAID)
        self.choices = {name: _choice(title, values) for name, (title, values) in CHOICES.items()}
        self.titles = {name: _title_line(title) for name, title in TITLES.items()}
        self.how = _choice(tr("Match traces to VMs"), {"name": tr("by name"), "place": tr("in row order")}, first="")
        self.target = QComboBox()
        self.target.setAccessibleName(tr("Attach traces to"))
        self._fill_target()
        form = QFormLayout()
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
        form.addRow(tr("Hosts"), self.files["hosts"])
        form.addRow(tr("VMs"), self.files["vms"])
        form.addRow(tr("Traces"), self.files["traces"])
        form.addRow(tr("Attach to"), self.target)
        form.addRow(ROWS["match"], self.how)
        self.form = form
        self.answer_widgets: dict[str, QWidget] = {"step_s": self.step, **self.choices, **self.titles}
        for name, widget in self.answer_widgets.items():
            form.addRow(ROWS[name], widget)
        self.more = QCheckBox(tr("Show all options"))
        form.addRow("", self.more)
        self.understood = QLabel(NOTHING)
        self.understood.setTextFormat(Qt.TextFormat.PlainText)
        self.understood.setWordWrap(True)
        self.understood.setMinimumHeight(96)
        self.understood.setAccessibleName(tr("What was understood"))
        self.understood.setStyleSheet(
            f"background: {theme.color('sunken').name()}; border-radius: 5px; padding: 8px 12px;"
        )
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        self.buttons.accepted.connect(self._import)
        self.buttons.rejected.connect(self.reject)
        self.ok = self.buttons.button(QDialogButtonBox.StandardButton.Ok)
        self.ok.setText(tr("Import"))
        column = QVBoxLayout(self)
        column.addLayout(form)
        column.addWidget(self.understood)
        column.addWidget(self.bar)
        column.addWidget(self.buttons)
        self._connect()
        self._show()

    def _connect(self) -> None:
        """Read again after every answer."""
        for row in self.files.values():
            row.changed.connect(self.read)
        self.step.editingFinished.connect(self.read)
        for combo in self.choices.values():
            combo.activated.connect(self.read)
        for line in self.titles.values():
            line.editingFinished.connect(self.read)
        self.more.toggled.connect(self._show)

    def _fill_target(self, kind: str = "vm") -> None:
        """Offer the selected elements of a kind, and all."""
        project = self._session.project
        elements = project.elements
        chosen = [i for i in self._session.selection if i in elements]
        inside = list(dict.fromkeys(i for top in chosen for i in project.subtree(top) if elements[i].kind == kind))
        every = [i for i in project.subtree(ROOT_ID) if elements[i].kind == kind]
        self.target.clear()
        selected, of_design = TARGETS[kind]
        if inside:
            self.target.addItem(tr(selected, len(inside)), inside)
        self.target.addItem(tr(of_design, len(every)), every)
        self._of = kind

    def read(self) -> None:
        """Read changed files in the background, then show what was understood."""
        if self.step.limit_error:
            self._show()
            return
        answers = self.answers()
        for name, read in READERS.items():
            request: tuple[Any, ...] = (self.files[name].path, answers)
            if self._requests.get(name) == request:
                continue
            self._requests[name] = request
            self._results.pop(name, None)
            self._reading.discard(name)
            if request[0] is not None:
                self._reading.add(name)
                taking = partial(self._take, name, request)
                going = (self.bar.begin(),) if name == "traces" else ()
                later(self, partial(_answer, partial(read, *request, *going)), taking, taking)
        self._show()

    def answers(self) -> Answers:
        """The answers about how to read the files."""
        said: dict[str, Any] = {name: combo.currentData() for name, combo in self.choices.items()}
        said |= {name: line.text().strip() for name, line in self.titles.items()}
        return Answers(step_s=self.step.value() or None, **said)

    @property
    def busy(self) -> bool:
        """True while a file is being read."""
        return bool(self._reading)

    def _take(self, name: str, request: tuple[Any, ...], result: object) -> None:
        if self._requests.get(name) == request:
            self._reading.discard(name)
            if name == "traces":
                self.bar.end()
            self._results[name] = result
            self._show()

    def _show(self) -> None:
        lines = [self.step.limit_error] if self.step.limit_error else []
        lines += [tr("Reading {0} …", name) for name in self.files if name in self._reading]
        wrong = [result for result in self._results.values() if isinstance(result, DesignerError)]
        lines += [_sentence(error) for error in wrong]
        self._ask({name for error in wrong if isinstance(error, OpenQuestionError) for name in error.answers})
        for name, result in self._results.items():
            path = self.files[name].path
            if isinstance(result, Machines) and path is not None:
                lines.append(f"{path.name}: {result.said}.")
            elif isinstance(result, Traces):
                lines.append(f"{result.origin}: {'; '.join(result.said)}.")
        known = self._results.keys()
        machines = {"hosts", "vms"} & known
        if len(machines) == 1:
            lines.append(tr("Choose the other file too: hosts and VMs are imported together."))
        of = "service" if isinstance(traces := self._results.get("traces"), Traces) and traces.scale == "rps" else "vm"
        if of != self._of:
            self._fill_target(of)
        self.target.setEnabled("traces" in known and not machines)
        self.how.setEnabled("traces" in known)
        self.understood.setText("\n".join(lines) or NOTHING)
        right = not wrong and not self.step.limit_error
        self.ok.setEnabled(bool(known) and right and not self._reading and len(machines) != 1)

    def _ask(self, questions: set[str]) -> None:
        """Show the rows that answer a question, those already answered, and all on request."""
        answers = self.answers()
        for name, widget in self.answer_widgets.items():
            shown = self.more.isChecked() or name in questions or bool(getattr(answers, name))
            self.form.setRowVisible(widget, shown)
            label = self.form.labelForField(widget)
            if isinstance(label, QLabel):
                label.setText(f"{ROWS[name]} ?" if name in questions else ROWS[name])

    def _import(self) -> None:
        hosts, vms, traces = (self._results.get(name) for name in ("hosts", "vms", "traces"))
        session, how = self._session, self.how.currentData()
        try:
            if hosts is not None and vms is not None:
                path = self.files["hosts"].path
                name = path.name.partition(".")[0] if path else "imported"
                count, given = len(hosts.rows) + len(vms.rows), (hosts.rows, vms.rows, traces, name, how)
                made = session.perform(tr("Importing …"), count, imports.import_machines, *given)
                session.flush()
                session.select([made.center])
                session.reveal.emit([made.center])
                said = made.sentence
            elif traces is not None:
                ids = self.target.currentData()
                if traces.scale == "rps":
                    said = session.perform(
                        tr("Importing …"), len(ids), requests.attach_requests, ids, traces, how
                    ).sentence
                else:
                    said = session.perform(
                        tr("Importing …"), len(ids), imports.attach_traces, ids, traces, how
                    ).sentence
            else:
                return
        except DesignerError as error:
            self.understood.setText(_sentence(error))
            return
        session.told.emit(said)
        self.accept()
