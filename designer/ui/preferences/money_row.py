"""The currency and its rate, as one row of the preferences."""

from __future__ import annotations

import time

from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from designer.settings import Settings
from designer.ui.parts.number_box import DecimalBox
from designer.ui.preferences.quantities import CODES, CURRENCY, MOST_RATE, USD, Currency, currency, prefer
from designer.words import tr


class MoneyRow(QWidget):
    """Prices that ship are in USD. Another currency needs a rate that the user types; it is shown with its day."""

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self._settings = settings
        self.code, self.said = QComboBox(), QLabel()
        self.code.setAccessibleName(tr("Currency"))
        self.code.addItems(CODES)
        self.rate = DecimalBox(0.0, MOST_RATE, 0.0, tr("Price of one USD"), decimals=4)
        self.rate.setPrefix("1 USD = ")
        self.said.setProperty("muted", True)
        self.said.setWordWrap(True)
        line = QHBoxLayout()
        line.addWidget(self.code, 1)
        line.addWidget(self.rate, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(line)
        column.addWidget(self.said)
        self.code.setCurrentText(currency().code)
        self.rate.setValue(currency().per_usd if currency().code != USD else 0.0)
        self.code.activated.connect(self._other)
        self.rate.valueChanged.connect(self._take)
        self._show()

    def _other(self) -> None:
        """Another currency has no rate until the user types one."""
        self.rate.setValue(0.0)
        self._take()

    def _take(self) -> None:
        rate = self.rate.value() if not self.rate.limit_error else 0.0
        chosen = Currency(self.code.currentText(), rate, time.strftime("%Y-%m-%d"))
        self._settings.set(CURRENCY, chosen.saved() if chosen.code != USD and rate > 0 else {})
        prefer(self._settings.get)
        self._show()

    def _show(self) -> None:
        code = self.code.currentText()
        self.rate.setEnabled(code != USD)
        self.rate.setSpecialValueText(tr("type a rate") if code != USD else tr("no rate needed"))
        self.rate.setSuffix(f" {code}" if code != USD else "")
        waits = code != USD and currency().code == USD
        wanted = tr("Type what one USD costs in {0}; until then prices stay in USD.", code) if waits else ""
        self.said.setText(self.rate.limit_error or wanted or currency().assumption)
