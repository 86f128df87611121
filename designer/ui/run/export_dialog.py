"""Export the results of a run as a table: which elements, which quantities, to a CSV, XLSX, Parquet or JSON file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QFormLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from designer.errors import DesignerError
from designer.exchange.table_out import WRITERS, Block
from designer.study.results.quantities import Quantity
from designer.study.results.reading import RunResults
from designer.study.results.tables import Chosen, blocks, choose, figure_blocks
from designer.ui.files.questions import file_name
from designer.ui.parts.background import Stopped, run_with_progress
from designer.ui.parts.room import fitting
from designer.ui.parts.theme import Theme
from designer.ui.shell.results import results_behind
from designer.ui.shell.session import Session
from designer.words import tr

STEPS, WHOLE = tr("Each recording step"), tr("The whole run")
EVERYTHING, SELECTION = tr("All elements"), tr("Selection")
KINDS = {
    tr("Whole design and services"): ("design", "service"),
    tr("Regions and zones"): ("region", "zone"),
    tr("Data centers, racks, subnets"): ("data_center", "rack", "subnet"),
    tr("Hosts"): ("host",),
    tr("VMs"): ("vm",),
}
FILTERS = {
    tr("Table (*.csv)"): ".csv",
    tr("Workbook (*.xlsx)"): ".xlsx",
    tr("Parquet (*.parquet)"): ".parquet",
    tr("JSON (*.json)"): ".json",
}
OF = Qt.ItemDataRole.UserRole


class ExportDialog(QDialog):
    """Asks what of the shown run is exported."""

    def __init__(self, session: Session, theme: Theme, parent: QWidget) -> None:
        results = results_behind(parent, session.run)
        super().__init__(parent)
        self._session = session
        self._run: RunResults | None = results
        self.setWindowTitle(tr("Export Results"))
        self.resize(fitting(520, 560))
        self.what, self.elements = _choice(tr("Figures of"), (STEPS, WHOLE)), _choice(tr("Elements"), (EVERYTHING,))
        if session.selection:
            self.elements.addItem(SELECTION)
        self.elements.addItems(list(KINDS))
        self.quantities = QListWidget()
        self.quantities.setAccessibleName(tr("Quantities"))
        self.said = QLabel()
        self.said.setTextFormat(Qt.TextFormat.PlainText)
        self.said.setWordWrap(True)
        self.said.setMinimumHeight(40)
        form = QFormLayout()
        for box in (self.what, self.elements):
            form.addRow(box.accessibleName(), box)
            box.currentIndexChanged.connect(self._fill)
        form.addRow(tr("Quantities"), self.quantities)
        self.quantities.itemChanged.connect(lambda _: self._tell())
        box_ = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        self.export = QPushButton(tr("Export …"))
        self.export.setProperty("primary", True)
        box_.addButton(self.export, QDialogButtonBox.ButtonRole.AcceptRole)
        self.export.clicked.connect(self._ask_name)
        box_.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.addLayout(form, 1)
        column.addWidget(self.said)
        column.addWidget(box_)
        self._fill()

    # -- what is chosen

    @property
    def offered(self) -> list[Quantity]:
        """The quantities that the run tells."""
        return [] if self._run is None else self._run.quantities

    def _fill(self) -> None:
        """List the quantities of the chosen elements; all are checked."""
        whole = self.what.currentText() == WHOLE
        for box in (self.elements, self.quantities):
            box.setEnabled(not whole)
        self.quantities.blockSignals(True)
        self.quantities.clear()
        chosen = self._chosen(())
        for of in chosen.quantities if isinstance(chosen, Chosen) and not whole else ():
            unit = f" [{of.unit}]" if of.unit and of.unit != "fraction" else ""
            item = QListWidgetItem(tr(of.title) + unit)
            item.setToolTip(tr("Column {0}", of.name))
            item.setData(OF, of.name)
            item.setCheckState(Qt.CheckState.Checked)
            self.quantities.addItem(item)
        self.quantities.blockSignals(False)
        self._tell()

    def _wanted(self) -> list[str]:
        items = [self.quantities.item(n) for n in range(self.quantities.count())]
        return [item.data(OF) for item in items if item.checkState() is Qt.CheckState.Checked]

    def _chosen(self, names: tuple[str, ...]) -> Chosen | str:
        """What is to be exported; a sentence where that is nothing."""
        if self._run is None or self._run.edges_s.size < 2:
            return tr("The run has not recorded a step yet.")
        text = self.elements.currentText()
        try:
            return choose(self._run, self._session.selection if text == SELECTION else (), KINDS.get(text, ()), names)
        except DesignerError as error:
            return str(error)

    def _tell(self) -> None:
        """Say how large the table will be, or why there is none."""
        if self.what.currentText() == WHOLE and self._run is not None:
            self.said.setText(tr("A row for each figure of each element: what the tables of the result show."))
            self.export.setEnabled(True)
            return
        names = tuple(self._wanted())
        chosen = self._chosen(names) if names or not self.quantities.count() else tr("Check a quantity to export.")
        self.export.setEnabled(isinstance(chosen, Chosen))
        if isinstance(chosen, str) or self._run is None:
            self.said.setText(str(chosen))
            return
        steps = self._run.edges_s.size - 1
        self.said.setText(
            tr(
                "{0:,} rows: {1:,} elements in {2:,} steps, with {3:,} quantities. A container has what stands in it "
                "at that time.",
                steps * len(chosen.elements), len(chosen.elements), steps, len(chosen.quantities),
            )
        )  # fmt: skip

    # -- writing

    def _ask_name(self) -> None:
        folder = self._session.path.parent if self._session.path else Path.home()
        start = str(folder / f"{file_name(self._session.title)}.csv")
        text, kind = QFileDialog.getSaveFileName(self, tr("Export Results"), start, ";;".join(FILTERS))
        if text:
            path = Path(text)
            if path.suffix.lower() not in WRITERS:
                path = path.with_name(path.name + FILTERS.get(kind, ".csv"))
            self.write(path)

    def write(self, path: Path) -> None:
        """Write what is chosen to a file, with progress; *Cancel* leaves no file."""
        run, whole = self._run, self.what.currentText() == WHOLE
        chosen = "" if whole else self._chosen(tuple(self._wanted()))
        if run is None or not (whole or isinstance(chosen, Chosen)):
            return
        written: list[Path] = []

        def work(going: Callable[[float], None]) -> None:
            units, pieces = (chosen.units, blocks(run, chosen)) if isinstance(chosen, Chosen) else figure_blocks(run)

            def told() -> Iterator[Block]:
                for part, block in pieces:
                    going(part)
                    yield block

            WRITERS[path.suffix.lower()](path, units, told())
            written.append(path)

        try:
            run_with_progress(self, tr("Exporting {0} …", path.name), work)
        except Stopped:
            if not written:  # else it came too late
                self.said.setText(tr("Canceled; nothing was exported."))
                return
        except DesignerError as error:
            self.said.setText(str(error))
            return
        self._session.told.emit(tr("Exported {0}.", path.name))
        self.accept()


def _choice(name: str, texts: tuple[str, ...]) -> QComboBox:
    box = QComboBox()
    box.addItems(list(texts))
    box.setAccessibleName(name)
    return box
