"""The design as files for other programs: tables, CloudFormation, draw.io; and what they leave out."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QFileDialog, QLabel, QVBoxLayout, QWidget

from designer.errors import DesignerError
from designer.exchange.out.door import Written, write
from designer.model.tree import Tree
from designer.ui.files.questions import file_name, say
from designer.ui.files.report_table import ReportTable
from designer.ui.shell.context import Context
from designer.words import tr

TABLES = (
    (tr("Workbook (*.xlsx)"), ".xlsx"),
    (tr("CSV, a file for each kind (*.csv)"), ".csv"),
    (tr("Parquet, a file for each kind (*.parquet)"), ".parquet"),
    (tr("JSON, a file for each kind (*.json)"), ".json"),
)
TEMPLATE = ((tr("Template (*.yaml)"), ".yaml"),)
DRAWING = ((tr("draw.io drawing (*.drawio)"), ".drawio"),)


class LeftOutDialog(QDialog):
    """What an export wrote, and what it could not express."""

    def __init__(self, written: Written, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Exported"))
        self.resize(880, 340)
        said = QLabel(tr("Wrote {0}. This is not in it:", ", ".join(path.name for path in written.files)))
        said.setTextFormat(Qt.TextFormat.PlainText)
        said.setWordWrap(True)
        self.table = ReportTable()
        self.table.fill(list(written.report))
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setSpacing(12)
        for part in (said, self.table, buttons):
            column.addWidget(part)


def ask_design_export(sorts: Sequence[tuple[str, str]], context: Context) -> None:
    """Ask for a file of some sorts (filter and end of its name), and write the design."""
    session = context.session
    folder = session.path.parent if session.path else Path.home()
    start = str(folder / f"{file_name(session.title)}{sorts[0][1]}")
    text, chosen = QFileDialog.getSaveFileName(
        context.frame, tr("Export Design"), start, ";;".join(f for f, _ in sorts)
    )
    if text:
        path = Path(text)
        end = dict(sorts).get(chosen, sorts[0][1])
        export_design(context, path if path.suffix.lower() in dict(sorts).values() else path.with_suffix(end))


def export_design(context: Context, path: Path) -> None:
    """Write the design to a file; show what it leaves out."""
    session = context.session
    work = partial(write, Tree(session.project.rows()), path, session.title)
    try:
        written: Written = context.files.work(tr("Exporting {0} …", path.name), path, work)
    except DesignerError as error:
        say(context.frame, tr("The design was not exported"), str(error))
        return
    session.told.emit(tr("Wrote {0}.", ", ".join(one.name for one in written.files)))
    if written.report:
        dialog = LeftOutDialog(written, context.frame)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()
