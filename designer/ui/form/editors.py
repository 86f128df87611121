"""One widget for each sort of field: shows a value (or "mixed"), reads typed text, says when it is wrong."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any
from zoneinfo import available_timezones

from PySide6.QtCore import QEvent, QObject, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QColor, QWheelEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QCompleter,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QToolButton,
    QWidget,
)

from designer import units
from designer.catalog.presets.own import PLACES, OwnPreset
from designer.catalog.presets.shipped import presets
from designer.errors import RuleError
from designer.model.fields import FieldSpec
from designer.model.project import Project
from designer.ui.form.choices import choice_text
from designer.ui.form.stock_editor import StockEditor
from designer.ui.parts.combo import Combo
from designer.ui.parts.guard import guarded
from designer.ui.parts.icons import icon
from designer.ui.parts.undo_keys import leave_undo_keys
from designer.words import tr

CATALOG_PX = 24
"""The side of the button that opens a catalog."""
MIXED = object()
"""Shown when several selected elements have different values."""


class TextEditor(QLineEdit):
    """A line of text."""

    edited = Signal(object)
    wrong = Signal(str)

    def __init__(self, spec: FieldSpec, parent: QWidget) -> None:
        super().__init__(parent)
        self._shown = ""
        leave_undo_keys(self, typed=True)
        if spec.max_length:
            self.setMaxLength(spec.max_length)
        self.editingFinished.connect(self._finish)

    def show_value(self, value: Any) -> None:
        """Show a value."""
        mixed = value is MIXED
        self._shown = "" if mixed else self._text(value)
        self.setPlaceholderText(tr("mixed") if mixed else "")
        if self.text() != self._shown:
            with QSignalBlocker(self):
                self.setText(self._shown)
        self.setModified(False)
        self.mark(False)

    def _text(self, value: Any) -> str:
        return str(value)

    def _read(self, text: str) -> Any:
        return text

    def _finish(self) -> None:
        if self.text() == self._shown and not self.property("wrong"):
            return
        try:
            value = self._read(self.text())
        except RuleError as error:
            self.mark(True)
            self.wrong.emit(str(error))
            return
        self.mark(False)
        self.edited.emit(value)

    def mark(self, wrong: bool) -> None:
        """Mark wrong text by a red border."""
        if bool(self.property("wrong")) != wrong:
            self.setProperty("wrong", wrong)
            self.style().unpolish(self)
            self.style().polish(self)


class NumberEditor(TextEditor):
    """A number with its unit: shows "256 GiB", takes "64G". Where 0 has a meaning of its own it is shown in words."""

    def __init__(self, spec: FieldSpec, parent: QWidget) -> None:
        self._spec = spec
        super().__init__(spec, parent)

    def _text(self, value: Any) -> str:
        if self._spec.zero and value == 0:
            return tr(self._spec.zero)
        return units.exact_text(float(value), self._spec.unit)

    def _read(self, text: str) -> Any:
        said = text.strip().casefold()
        none = self._spec.zero and said in (self._spec.zero.casefold(), tr(self._spec.zero).casefold())
        value = 0.0 if none else units.read(text, self._spec.unit)
        if self._spec.type is not int:
            return value
        if value != int(value):
            raise RuleError(tr("{0} must be a whole number.", tr(self._spec.title)))
        return int(value)


@guarded
class Choices(Combo):
    """A list in a form: the wheel scrolls the form and changes no field under the mouse."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Leave it to the form."""
        event.ignore()


class ChoiceEditor(Choices):
    """One of a few words."""

    edited = Signal(object)
    wrong = Signal(str)

    def __init__(self, spec: FieldSpec, parent: QWidget) -> None:
        super().__init__(parent)
        for word in spec.choices:
            self.addItem(choice_text(word), word)
        self.activated.connect(lambda n: self.edited.emit(self.itemData(n)))

    def show_value(self, value: Any) -> None:
        """Show a value."""
        with QSignalBlocker(self):
            self.setCurrentIndex(-1 if value is MIXED else self.findData(value))
        self.setPlaceholderText(tr("mixed") if value is MIXED else "")


class BoolEditor(QCheckBox):
    """Yes or no."""

    edited = Signal(object)
    wrong = Signal(str)

    def __init__(self, spec: FieldSpec, parent: QWidget) -> None:
        super().__init__(tr("Yes"), parent)
        self.clicked.connect(lambda: self.edited.emit(self.isChecked()))

    def show_value(self, value: Any) -> None:
        """Show a value."""
        with QSignalBlocker(self):
            self.setTristate(value is MIXED)
            mixed = Qt.CheckState.PartiallyChecked
            self.setCheckState(mixed if value is MIXED else Qt.CheckState.Checked if value else Qt.CheckState.Unchecked)
        self.setText(tr("mixed") if value is MIXED else tr("Yes") if value else tr("No"))


@guarded
class NoteEditor(QPlainTextEdit):
    """Several lines of text."""

    edited = Signal(object)
    wrong = Signal(str)

    def __init__(self, spec: FieldSpec, parent: QWidget) -> None:
        super().__init__(parent)
        self._shown = ""
        self.setTabChangesFocus(True)
        self.setFixedHeight(72)
        self.installEventFilter(self)

    def show_value(self, value: Any) -> None:
        """Show a value."""
        self._shown = "" if value is MIXED else str(value)
        self.setPlaceholderText(tr("mixed") if value is MIXED else "")
        if self.toPlainText() != self._shown:
            with QSignalBlocker(self):
                self.setPlainText(self._shown)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Apply the text when the field loses focus."""
        if event.type() == QEvent.Type.FocusOut and self.toPlainText() != self._shown:
            self.edited.emit(self.toPlainText())
        return super().eventFilter(watched, event)


class PresetEditor(Choices):
    """A known machine or type; choosing one fills the other fields."""

    edited = Signal(object)
    wrong = Signal(str)

    def __init__(self, kind: str, field: str, parent: QWidget) -> None:
        super().__init__(parent)
        self._other = -1
        self._shipped = 0
        self._owns: list[OwnPreset] = []
        self.addItem(tr("Own values"), "")
        for name, preset in presets(kind, field).items():
            self.addItem(tr(name), name)
            self.setItemData(self.count() - 1, tr("{0} (confidence {1})", preset.source, preset.confidence), _TIP)
        self._shipped = self.count()
        self.activated.connect(self._activated)

    def offer(self, owns: Sequence[OwnPreset]) -> None:
        """Offer saved presets below the shipped ones; choosing one returns its record."""
        if list(owns) == self._owns:
            return
        self._owns = list(owns)
        with QSignalBlocker(self):
            while self.count() > self._shipped:
                self.removeItem(self.count() - 1)
            self._other = -1
            for own in self._owns:
                self.addItem(f"{own.name} · {tr(PLACES[own.where])}", None)

    def _activated(self, place: int) -> None:
        own = self._owns[place - self._shipped] if 0 <= place - self._shipped < len(self._owns) else None
        self.edited.emit(own if own is not None else self.itemData(place))

    def show_value(self, value: Any) -> None:
        """Show a value; one that is not in the list (from the whole catalog) becomes its last line."""
        with QSignalBlocker(self):
            if self._other >= 0:
                self.removeItem(self._other)
            self._other = -1
            if value is not MIXED and value and self.findData(value) < 0:
                self.addItem(tr(value), value)
                self._other = self.count() - 1
            self.setCurrentIndex(-1 if value is MIXED else max(self.findData(value), 0))
        self.setPlaceholderText(tr("mixed") if value is MIXED else "")


class CatalogButton(QToolButton):
    """The button beside the label of a preset's list that opens the whole catalog; `field` holds both."""

    def __init__(self, label: QLabel, name: str, color: QColor) -> None:
        super().__init__()
        self.setIcon(icon("search", color))
        self.setAccessibleName(name)
        self.setToolTip(f"{name} …")
        self.setFixedSize(CATALOG_PX, CATALOG_PX)
        self.setStyleSheet("padding: 0;")
        self.field = QWidget(label.parentWidget())
        row = QHBoxLayout(self.field)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(label, 1)
        row.addWidget(self)


class ReferenceEditor(Choices):
    """Another element of the design, by its id; 0: none."""

    edited = Signal(object)
    wrong = Signal(str)

    def __init__(self, project: Project, kind: str, parent: QWidget) -> None:
        super().__init__(parent)
        self._project, self._kind = project, kind
        self.activated.connect(lambda n: self.edited.emit(self.itemData(n)))

    def show_value(self, value: Any) -> None:
        """Show a value among the present choices."""
        with QSignalBlocker(self):
            self.clear()
            self.addItem(tr("No {0}", tr(self._project.kinds[self._kind].noun)), 0)
            for element in self._project.of_kind(self._kind):
                self.addItem(element.name, element.id)
            self.setCurrentIndex(-1 if value is MIXED else max(self.findData(value), 0))
        self.setPlaceholderText(tr("mixed") if value is MIXED else "")


@cache
def time_zones() -> frozenset[str]:
    """The names of all time zones, which Python finds in many folders."""
    return frozenset(available_timezones())


class ZoneEditor(TextEditor):
    """The name of a time zone, completed while typing."""

    def __init__(self, spec: FieldSpec, parent: QWidget) -> None:
        super().__init__(spec, parent)
        completer = QCompleter(sorted(time_zones()), self)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        self.setCompleter(completer)

    def _read(self, text: str) -> Any:
        if text.strip() not in time_zones():
            raise RuleError(tr("“{0}” is not a time zone; write one like Asia/Kolkata or UTC.", text))
        return text.strip()


class CidrEditor(TextEditor):
    """The addresses of a network."""

    def _read(self, text: str) -> Any:
        try:
            return str(ipaddress.ip_network(text.strip(), strict=False))
        except ValueError:
            raise RuleError(tr("“{0}” is not a network; write it like 10.0.1.0/24.", text)) from None


_TIP = Qt.ItemDataRole.ToolTipRole


def editor_for(project: Project, kind: str, spec: FieldSpec, parent: QWidget) -> Any:
    """The editor of a field, made where it will stand: one that moves is given its style again, with all its parts."""
    if spec.editor == "preset":
        return PresetEditor(kind, spec.name, parent)
    if spec.editor.startswith("reference:"):
        return ReferenceEditor(project, spec.editor.partition(":")[2], parent)
    special: dict[str, Callable[[FieldSpec, QWidget], Any]] = {
        "time_zone": ZoneEditor,
        "cidr": CidrEditor,
        "text": NoteEditor,
        "stock": StockEditor,
    }
    if spec.editor in special:
        return special[spec.editor](spec, parent)
    if spec.choices:
        return ChoiceEditor(spec, parent)
    if spec.type is bool:
        return BoolEditor(spec, parent)
    return NumberEditor(spec, parent) if spec.type in (int, float) else TextEditor(spec, parent)
