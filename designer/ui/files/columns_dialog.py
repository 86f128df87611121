"""Which column of a table tells what: a row for each figure, filled by titles, and remembered for tables of the same
titles."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QDialog, QDialogButtonBox, QFormLayout, QLabel, QVBoxLayout, QWidget

from designer.exchange.estate.any_table import FIELDS, NEEDED, TITLES, Columns, ColumnsError
from designer.settings import Settings
from designer.words import tr

REMEMBERED, MOST_REMEMBERED = "import_columns", 20
"""The name of the setting, and of how many tables the columns are remembered."""
BETWEEN = "\t"
NONE = tr("not told")


class ColumnsDialog(QDialog):
    """Asks for the columns of one table."""

    def __init__(self, error: ColumnsError, parent: QWidget) -> None:
        super().__init__(parent)
        self.error = error
        self.setWindowTitle(tr("Columns of {0}", error.name))
        self.setMinimumWidth(460)
        of = tr("VMs") if error.sort == "vm" else tr("hosts")
        about = QLabel(
            tr("Choose which column tells what of the {0}. It is remembered for tables with these titles.", of)
        )
        about.setTextFormat(Qt.TextFormat.PlainText)
        about.setWordWrap(True)
        form = QFormLayout()
        self.combos: dict[str, QComboBox] = {}
        for field in FIELDS[error.sort]:
            combo = self.combos[field] = QComboBox()
            combo.setAccessibleName(tr(TITLES[field]))
            combo.addItem(NONE, "")
            for title in error.titles:
                combo.addItem(title, title)
            combo.setCurrentIndex(max(0, combo.findData(error.proposal.get(field, ""))))
            combo.currentIndexChanged.connect(self._show)
            needed = " *" if field in NEEDED[error.sort] else ""
            form.addRow(tr(TITLES[field]) + needed, combo)
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setSpacing(12)
        column.addWidget(about)
        column.addLayout(form)
        column.addWidget(self.buttons)
        self._show()

    @property
    def columns(self) -> dict[str, str]:
        """The chosen titles by figure."""
        chosen = {field: str(combo.currentData()) for field, combo in self.combos.items()}
        return {f"{self.error.sort}.{field}": title for field, title in chosen.items() if title}

    def _show(self) -> None:
        whole = all(self.combos[field].currentData() for field in NEEDED[self.error.sort])
        self.buttons.button(QDialogButtonBox.StandardButton.Ok).setEnabled(whole)


def remember(settings: Settings, titles: Sequence[str], columns: Columns) -> None:
    """Keep the columns of a table with these titles."""
    text = BETWEEN.join(f"{figure}={title}" for figure, title in columns.items())
    key = _key(titles)
    others = [row for row in settings.get(REMEMBERED, []) if not row.startswith(key)]
    settings.set(REMEMBERED, [key + text, *others][:MOST_REMEMBERED])


def remembered(settings: Settings, titles: Sequence[str]) -> dict[str, str]:
    """The columns that were chosen for a table with these titles; empty where none were."""
    key = _key(titles)
    row = next((row for row in settings.get(REMEMBERED, []) if row.startswith(key)), key)
    pairs = (one.partition("=") for one in row.removeprefix(key).split(BETWEEN) if "=" in one)
    return {figure: title for figure, _, title in pairs if title in titles}


def _key(titles: Sequence[str]) -> str:
    """What tables of the same titles share."""
    return f"{' | '.join(title.replace(BETWEEN, ' ') for title in titles)[:2000]}{BETWEEN}"
