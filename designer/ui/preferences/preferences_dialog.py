"""The preferences: how the window looks and moves, and its keys."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QLabel,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from designer.settings import Settings
from designer.ui.parts.room import fitting
from designer.ui.parts.theme import MOTION, TEXT_SIZE, TEXT_SIZES, TYPEFACE, Theme
from designer.ui.preferences.keys import Keys
from designer.ui.preferences.keys_page import KeysPage
from designer.ui.preferences.money_row import MoneyRow
from designer.ui.preferences.quantities import BYTES, POWER, RATES
from designer.ui.preferences.scheduler_row import SchedulerRow
from designer.words import tr

CHOICES: dict[str, tuple[str, dict[str, str]]] = {
    MOTION: (tr("Motion"), {"full": tr("Animated"), "reduced": tr("Reduced: nothing moves by itself")}),
    TEXT_SIZE: (
        tr("Text size"),
        {"system": tr("Same as system"), **{size: f"{size}%" for size in TEXT_SIZES}},
    ),
    TYPEFACE: (tr("Typeface"), {"inter": "Inter", "system": tr("The system's")}),
    BYTES: (
        tr("Memory and disks"),
        {"binary": tr("MiB, GiB: 1 GiB is 1,024 MiB"), "decimal": tr("MB, GB: 1 GB is 1,000 MB")},
    ),
    RATES: (tr("Network"), {"bits": tr("Mbit/s, Gbit/s"), "bytes": tr("MB/s, GB/s: 8 bits each")}),
    POWER: (
        tr("Power and energy"),
        {
            "by_size": tr("W, kW, MW by size"),
            "watts": tr("W and Wh always"),
            "kilowatts": tr("kW and kWh always"),
        },
    ),
}
"""What can be chosen, by the name of the setting: its title, and the words for each value; the first is usual."""
LATER = (TEXT_SIZE, TYPEFACE, BYTES, RATES, POWER)
"""What takes effect when the program starts again."""


class PreferencesDialog(QDialog):
    """Each change takes effect at once, or says when. `taken` gets the keys as they are changed."""

    def __init__(
        self,
        keys: Keys,
        actions: Mapping[str, QAction],
        theme: Theme,
        settings: Settings,
        parent: QWidget,
        taken: Callable[[Keys], None],
    ) -> None:
        super().__init__(parent)
        self._theme, self._settings = theme, settings
        self.setWindowTitle(tr("Preferences"))
        self.boxes: dict[str, QComboBox] = {}
        self.said = QLabel()
        self.said.setProperty("muted", True)
        self.keys_page = KeysPage(keys, actions, settings)
        self.keys_page.changed.connect(taken)
        self.tabs = QTabWidget()
        self.tabs.setAccessibleName(tr("Preferences"))
        self.tabs.tabBar().setAccessibleName(tr("Pages of preferences"))
        self.tabs.addTab(self._window_page(), tr("Window"))
        self.tabs.addTab(self.keys_page, tr("Keyboard"))
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.addWidget(self.tabs)
        column.addWidget(buttons)
        self.resize(fitting(640, 560))

    def _window_page(self) -> QWidget:
        page = QWidget()
        form = QFormLayout()
        for name, (title, words) in CHOICES.items():
            box = QComboBox()
            box.setAccessibleName(title)
            for value, text in words.items():
                box.addItem(text, value)
            box.setCurrentIndex(max(box.findData(self._settings.get(name, "")), 0))
            box.activated.connect(lambda _=0, name=name: self._choose(name))
            self.boxes[name] = box
            form.addRow(title, box)
        self.money = MoneyRow(self._settings)
        form.addRow(tr("Currency"), self.money)
        self.scheduler = SchedulerRow(self._settings)
        form.addRow(tr("Sweeps"), self.scheduler)
        column = QVBoxLayout(page)
        column.addLayout(form)
        column.addWidget(self.said)
        column.addStretch(1)
        return page

    def _choose(self, name: str) -> None:
        value = self.boxes[name].currentData()
        self._settings.set(name, value)
        if name == MOTION:
            self._theme.still = value == "reduced"
        title = CHOICES[name][0]
        self.said.setText(tr("{0} changes when the program starts again.", title) if name in LATER else "")
