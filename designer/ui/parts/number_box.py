"""Fields for numbers that take every digit: a number beyond the limit stays as typed, is red and says the limit."""

from __future__ import annotations

import re

from PySide6.QtGui import QValidator
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QDoubleSpinBox, QLabel, QSpinBox, QVBoxLayout, QWidget

from designer.ui.parts.guard import guarded
from designer.words import tr

MOST = 2**31 - 1


class _Limited:
    """A field that shows its limits instead of refusing digits."""

    least: float
    most: float
    what: str

    @property
    def limit_error(self) -> str:
        """What is wrong with the number, as a sentence; empty when it is right."""
        value = self.value()  # type: ignore[attr-defined]
        if self.least <= value <= self.most:
            return ""
        side, limit = ("most", self.most) if value > self.most else ("least", self.least)
        return tr("{0}: at {1} {2:,}, not {3:,}.", self.what, side, limit, value)

    def _limit(self, least: float, most: float, value: float, what: str) -> None:
        self.least, self.most, self.what = least, most, what
        self.setAccessibleName(what)  # type: ignore[attr-defined]
        self.lineEdit().setTextMargins(6, 0, 6, 0)  # type: ignore[attr-defined]
        self.setToolTip(tr("From {0:,} to {1:,}", least, most))  # type: ignore[attr-defined]
        self.setValue(value)  # type: ignore[attr-defined]
        self.valueChanged.connect(self._show_limit)  # type: ignore[attr-defined]

    def _step(self, steps: float) -> None:
        self.setValue(min(max(self.value() + steps, self.least), self.most))  # type: ignore[attr-defined]

    def _show_limit(self) -> None:
        wrong = bool(self.limit_error)
        if self.property("wrong") != wrong:  # type: ignore[attr-defined]
            self.setProperty("wrong", wrong)  # type: ignore[attr-defined]
            self.style().polish(self)  # type: ignore[attr-defined]


@guarded
class NumberBox(QSpinBox, _Limited):
    """A whole number from `least` to `most`. Use `value` only while `limit_error` is empty."""

    def __init__(self, least: int, most: int, value: int, what: str) -> None:
        super().__init__(minimum=0, maximum=MOST)
        self._limit(least, most, value, what)

    def validate(self, text: str, position: int) -> tuple[QValidator.State, str, int]:
        """Take any digits, and what stands between and beside them."""
        fits = re.fullmatch(r"[\d\s.,'_]*", self._plain(text)) or text == self.specialValueText()
        return (QValidator.State.Acceptable if fits else QValidator.State.Invalid), text, position

    def valueFromText(self, text: str) -> int:
        """The number of all digits; 0 where there are none."""
        digits = re.sub(r"\D", "", self._plain(text))
        return min(int(digits), MOST) if digits else 0

    def stepBy(self, steps: int) -> None:
        """Go up or down, within the limits."""
        self._step(steps * self.singleStep())

    def _plain(self, text: str) -> str:
        return text.removeprefix(self.prefix()).removesuffix(self.suffix())


@guarded
class DecimalBox(QDoubleSpinBox, _Limited):
    """A number from `least` to `most`. Use `value` only while `limit_error` is empty."""

    def __init__(self, least: float, most: float, value: float, what: str, decimals: int) -> None:
        super().__init__(minimum=0.0, maximum=1e12, decimals=decimals)
        self._limit(least, most, value, what)

    def stepBy(self, steps: int) -> None:
        """Go up or down, within the limits."""
        self._step(steps * self.singleStep())


class CountDialog(QDialog):
    """Asks for one number."""

    def __init__(self, title: str, text: str, number: NumberBox, parent: QWidget) -> None:
        super().__init__(parent)
        self.number, self.said = number, QLabel()
        self.said.setProperty("wrong", True)
        self.setWindowTitle(title)
        self.setMinimumWidth(360)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        self.ok = buttons.button(QDialogButtonBox.StandardButton.Ok)
        asked = self.asked = QLabel(text)
        asked.setBuddy(number)
        column = QVBoxLayout(self)
        for widget in (asked, number, self.said, buttons):
            column.addWidget(widget)
        number.valueChanged.connect(self._check)
        number.selectAll()
        self._check()

    def _check(self) -> None:
        self.said.setText(self.number.limit_error)
        self.ok.setEnabled(not self.number.limit_error)
