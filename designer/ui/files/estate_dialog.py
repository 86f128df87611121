"""The import of an estate: the files of an export, what was read, guessed, made up and left out, and one button."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from designer.commands.estates import placing, updating
from designer.commands.estates.updating import Update
from designer.errors import DesignerError
from designer.exchange.estate.any_table import Columns, ColumnsError
from designer.exchange.estate.inventory import Inventory
from designer.exchange.estate.reading import read_estate
from designer.exchange.estate.report import write_report
from designer.exchange.going import Going
from designer.model.element import ROOT_ID
from designer.model.project import Project
from designer.settings import Settings, config_dir
from designer.ui.files.columns_dialog import ColumnsDialog, remember, remembered
from designer.ui.files.reading_bar import ReadingBar
from designer.ui.files.report_table import ReportTable
from designer.ui.parts.background import Stopped, later
from designer.ui.parts.theme import Theme
from designer.ui.shell.context import Context
from designer.ui.shell.session import Session
from designer.words import tr

FILTER = tr("Exports (*.xlsx *.xlsm *.csv *.json *.xml *.tfstate *.yaml *.yml *.txt);;All files (*)")
NOTHING = tr(
    "Choose the files of one export, or drop them on the window: RVTools, Proxmox VE, OpenStack, govc, libvirt, "
    "XCP-ng, Terraform, CloudFormation, saved answers of the AWS command line, or tables of hosts and VMs of any shape."
)
SURE = tr("Nothing was guessed, made up or left out.")
UPDATE = "update"
"""The target that is no element: what was imported before is brought up to date."""
MOST_NAMED = 200
"""Most changed elements that are listed."""


class EstateDialog(QDialog):
    """Asks for the files of an export, shows what they hold, and imports or updates as one undo step."""

    def __init__(self, session: Session, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._session, self._paths, self._columns = session, tuple[Path, ...](), dict[str, str]()
        self._settings = Settings(config_dir() / "columns.json")
        self._read: Inventory | DesignerError | None = None
        self._update: Update | DesignerError | None = None
        self._comparing = False
        self.setWindowTitle(tr("Import Estate"))
        self.resize(720, 520)
        self.files = QLabel(tr("no file chosen"))
        self.files.setTextFormat(Qt.TextFormat.PlainText)
        self.files.setWordWrap(True)
        choose = QPushButton(tr("Choose …"))
        choose.setAccessibleName(tr("Choose the files of an export"))
        choose.setAutoDefault(False)
        choose.clicked.connect(self._choose)
        row = QHBoxLayout()
        row.addWidget(self.files, 1)
        row.addWidget(choose, 0, Qt.AlignmentFlag.AlignTop)
        self.target = QComboBox()
        self.target.setAccessibleName(tr("Import into"))
        self._fill_target()
        form = QFormLayout()
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
        form.addRow(tr("Files"), row)
        form.addRow(tr("Import into"), self.target)
        self.understood = QLabel(NOTHING)
        self.understood.setTextFormat(Qt.TextFormat.PlainText)
        self.understood.setWordWrap(True)
        self.understood.setAccessibleName(tr("What was understood"))
        self.understood.setStyleSheet(
            f"background: {theme.color('sunken').name()}; border-radius: 5px; padding: 8px 12px;"
        )
        self.bar = ReadingBar()
        self.finished.connect(self._leave)
        self.table = ReportTable()
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        self.ok = self.buttons.button(QDialogButtonBox.StandardButton.Ok)
        self.columns = self.buttons.addButton(tr("Columns …"), QDialogButtonBox.ButtonRole.ActionRole)
        self.columns.clicked.connect(self._ask_columns)
        self.report = self.buttons.addButton(tr("Save Report …"), QDialogButtonBox.ButtonRole.ActionRole)
        self.report.clicked.connect(self._save_report)
        self.buttons.accepted.connect(self._import)
        self.buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.addLayout(form)
        column.addWidget(self.understood)
        column.addWidget(self.bar)
        column.addWidget(self.table, 1)
        column.addWidget(self.buttons)
        self.target.activated.connect(self._compare)
        self._show()

    def _fill_target(self) -> None:
        project = self._session.project
        self.target.addItem(tr("the design, beside what is there"), ROOT_ID)
        for i in list(self._session.selection)[:1]:
            if i in project.elements and project.kind(i).container:
                self.target.addItem(tr("the selected {0}", project.elements[i].name), i)
        if len(project.elements) > 1:
            self.target.addItem(tr("what was imported before: update it"), UPDATE)

    @property
    def busy(self) -> bool:
        """True while files are being read, or compared with the design."""
        return (bool(self._paths) and self._read is None) or self._comparing

    def read(self, paths: Iterable[Path], columns: Columns = MappingProxyType({})) -> None:
        """Read files in the background, then show what was understood; `columns` says what the columns of tables
        tell."""
        self._paths, self._read, self._columns = tuple(paths), None, dict(columns)
        self.files.setText(", ".join(path.name for path in self._paths))
        take = partial(self._take, self._paths)
        later(self, partial(_answer, self._paths, self._columns, self.bar.begin()), take, take)
        self._show()

    def _leave(self) -> None:
        """Stop what is read or compared: its result would come too late."""
        self._paths, self._comparing = (), False
        self.bar.end()

    def _ask_columns(self) -> None:
        """Ask which column of a table tells what, and read it again."""
        if isinstance(self._read, ColumnsError):
            dialog = ColumnsDialog(self._read, self)
            dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            dialog.accepted.connect(lambda: self._take_columns(dialog.error.titles, dialog.columns))
            dialog.open()

    def _take_columns(self, titles: Sequence[str], columns: Columns) -> None:
        remember(self._settings, titles, columns)
        self.read(self._paths, {**self._columns, **columns})

    def _choose(self) -> None:
        chosen, _ = QFileDialog.getOpenFileNames(self, tr("Choose the files of one export"), "", FILTER)
        if chosen:
            self.read(map(Path, chosen))

    def _take(self, paths: tuple[Path, ...], answer: Any) -> None:
        if paths != self._paths or isinstance(answer, Stopped):
            return
        self.bar.end()
        known = remembered(self._settings, answer.titles) if isinstance(answer, ColumnsError) else {}
        if known.keys() - self._columns.keys():  # chosen for a table like this before
            self.read(paths, {**known, **self._columns})
        else:
            self._read = answer if isinstance(answer, Inventory | DesignerError) else DesignerError(str(answer))
            self._compare()

    def _compare(self) -> None:
        """Find the differences to the design in the background, where an update is wanted; then show them."""
        self._update, read = None, self._read
        self._comparing = self.target.currentData() == UPDATE and isinstance(read, Inventory)
        if self._comparing and isinstance(read, Inventory):
            take = partial(self._take_update, read)
            later(self, partial(_differences, self._session.project, read), take, take)
        self._show()

    def _take_update(self, read: Inventory, answer: Any) -> None:
        if self._comparing and read is self._read:
            self._comparing = False
            self._update = answer if isinstance(answer, Update | DesignerError) else DesignerError(str(answer))
            self._show()

    def _show(self) -> None:
        read, update = self._read, self._update
        self.table.clear()
        if isinstance(read, DesignerError):
            self.understood.setText(str(read))
        elif isinstance(read, Inventory):
            told = update.sentence if isinstance(update, Update) else str(update) if update else self._counts(read)
            told = tr("Comparing …") if self._comparing else told
            report = read.report()
            self.understood.setText("\n".join([tr("{0}: {1}", read.tool, told), *(() if report else (SURE,))]))
            self.table.fill([*(self._changes(update) if isinstance(update, Update) else ()), *report])
        else:
            self.understood.setText(tr("Reading …") if self.busy else NOTHING)
        self.ok.setText(tr("Update") if self.target.currentData() == UPDATE else tr("Import"))
        whole = isinstance(read, Inventory) and bool(read.parts) and not isinstance(update, DesignerError)
        self.ok.setEnabled(whole and not self._comparing)
        self.columns.setVisible(isinstance(read, ColumnsError))
        self.report.setEnabled(isinstance(read, Inventory))

    def _counts(self, read: Inventory) -> str:
        kinds = self._session.project.kinds
        said = [kinds[kind].counted(number) for kind, number in read.counts.items()]
        return ", ".join(said) or tr("nothing that a design holds")

    def _changes(self, update: Update) -> list[tuple[str, str, str]]:
        rows = updating.listed(self._session.project, update)
        rest = len(rows) - MOST_NAMED
        return [*rows[:MOST_NAMED], (tr("More"), tr("{0:,} more", rest), "")] if rest > 0 else rows

    def _save_report(self) -> None:
        path, _ = QFileDialog.getSaveFileName(self, tr("Save Report"), "report.csv", tr("CSV (*.csv)"))
        if path and isinstance(self._read, Inventory):
            try:
                write_report(Path(path), self._read.report())
            except DesignerError as error:
                self.understood.setText(str(error))

    def _import(self) -> None:
        session, update, read = self._session, self._update, self._read
        if not isinstance(read, Inventory) or isinstance(update, DesignerError) or self._comparing:
            return
        try:
            if update is not None:
                count = len(update.new) + len(update.changed) + len(update.gone)
                said = session.perform(tr("Updating …"), count, updating.apply, update)
                shown = list(update.known.values())[:1]
            else:
                made = session.perform(
                    tr("Importing …"), len(read.parts), placing.place, read, self.target.currentData()
                )
                said, shown = made.sentence, list(made.tops)
        except DesignerError as error:
            self.understood.setText(str(error))
            return
        session.flush()
        session.select(shown)
        session.reveal.emit(shown)
        session.told.emit(said)
        self.accept()


def _answer(paths: Sequence[Path], columns: Columns, going: Going) -> Inventory | DesignerError:
    """What reading the files gives; an error is an answer, too."""
    try:
        return read_estate(paths, columns, going)
    except DesignerError as error:
        return error


def _differences(project: Project, read: Inventory) -> Update | DesignerError:
    """What an export says otherwise than the design; an error is an answer, too."""
    try:
        return updating.compare(project, read)
    except DesignerError as error:
        return error


def import_estate(context: Context, paths: Iterable[Path]) -> None:
    """Show what the files of an export hold, to import them."""
    dialog = EstateDialog(context.session, context.theme, context.frame)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.read(paths)
    dialog.open()
