"""The Dask cluster that sweeps use, as one row of the preferences."""

from __future__ import annotations

from PySide6.QtWidgets import QLabel, QLineEdit, QVBoxLayout, QWidget

from designer.settings import Settings
from designer.words import tr

SCHEDULER = "dask_scheduler"
"""Setting: the address of a scheduler; empty: sweeps are computed by this machine."""


class SchedulerRow(QWidget):
    """Asks for an address like tcp://node-1:8786."""

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self._settings = settings
        self.address, said = QLineEdit(str(settings.get(SCHEDULER, ""))), QLabel()
        self.address.setAccessibleName(tr("Dask scheduler for sweeps"))
        self.address.setPlaceholderText(tr("none: this machine"))
        self.address.editingFinished.connect(self._take)
        said.setText(tr("An address like tcp://node-1:8786.\nIts workers need this program with dask."))
        said.setProperty("muted", True)
        said.setWordWrap(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.address)
        column.addWidget(said)

    def _take(self) -> None:
        self._settings.set(SCHEDULER, self.address.text().strip())
