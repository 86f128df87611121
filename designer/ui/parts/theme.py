"""How the window looks, light and dark: every color, font and measure comes from resources/look/tokens.json.

Color names for `Theme.color`: canvas panel raised sunken container container.alternate text text.muted text.disabled
text.on_accent link accent accent.hover accent.quiet focus hairline strong control selection selection.fill
selection.row drop.ok drop.ok.fill drop.refused drop.refused.fill overload failed.ground failed.header no_data
no_data.hatch shadow.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QFont, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication

from designer.assets import asset
from designer.ui.parts.typeface import family, text_scale

MODES = ("system", "light", "dark")
MOTION, TEXT_SIZE, TYPEFACE = "motion", "text_size", "typeface"
"""Settings of what the user prefers."""
TEXT_SIZES = ("100", "110", "125")
STYLED = "styled"
"""The property of an application that has our style."""
STATES = ("running", "restarting", "waiting", "failed", "lost", "maintenance", "off", "lost")
"""Color names of `designer.study.frames.ElementState`, in its order (what was refused is shown as lost)."""

_COLORS = {
    "canvas": "surface.canvas",
    "panel": "surface.panel",
    "raised": "surface.raised",
    "sunken": "surface.sunken",
    "container": "surface.container",
    "container.alternate": "surface.container_alt",
    "text": "text.primary",
    "text.muted": "text.muted",
    "text.disabled": "text.disabled",
    "text.on_accent": "text.on_accent",
    "link": "text.link",
    "accent": "accent.base",
    "accent.hover": "accent.hover",
    "accent.quiet": "accent.quiet",
    "focus": "focus_ring",
    "hairline": "border.hairline",
    "strong": "border.strong",
    "control": "border.control",
    "selection": "selection.stroke",
    "selection.fill": "selection.fill",
    "selection.row": "selection.row",
    "drop.ok": "drop_ok.stroke",
    "drop.ok.fill": "drop_ok.fill",
    "drop.refused": "drop_refused.stroke",
    "drop.refused.fill": "drop_refused.fill",
    "overload": "overload",
    "failed.ground": "failed_ground",
    "failed.header": "failed_header",
    "no_data": "no_data.fill",
    "no_data.hatch": "no_data.hatch",
    "shadow": "shadow",
}
_FONTS = {
    "tile": "xs",
    "secondary": "sm",
    "entry": "entry",
    "base": "base",
    "title": "strong",
    "object": "title",
    "clock": "display",
}
_KINDS = {
    "affinity_rule": "host",
    "application": "service",
    "auto_scaling_group": "group",
    "blueprint": "region",
    "bucket": "service",
    "cooling": "zone",
    "database": "service",
    "function": "service",
    "generator": "power_a",
    "firewall": "service",
    "placement_group": "host",
    "resource_pool": "host",
    "router": "rack",
    "security_group": "public_subnet",
    "datastore": "data_center",
    "storage_array": "rack",
    "switch": "rack",
    "design": "region",
    "internet_gateway": "vpc",
    "dns_name": "service",
    "load_balancer": "service",
    "mute": "host",
    "nat_gateway": "public_subnet",
    "note": "group",
    "power_feed": "power_a",
    "preset": "host",
    "scenario": "group",
    "ups": "power_a",
    "subnet": "private_subnet",
    "trace": "host",
    "volume": "host",
    "user_population": "service",
}
"""Kinds that have the colors of another name of the tokens."""


@dataclass(frozen=True)
class KindColors:
    """The colors of a kind's container: header fill, ink of icon and outline, border."""

    header: QColor
    ink: QColor
    border: QColor


@cache
def tokens() -> dict[str, Any]:
    """The tokens as read."""
    read: dict[str, Any] = json.loads(asset("look/tokens.json").read_text("utf-8"))
    return read


def css(color: QColor) -> str:
    """A color as a stylesheet writes it."""
    return f"rgba({color.red()},{color.green()},{color.blue()},{color.alpha()})"


def _parsed(text: str) -> QColor:
    """#RRGGBB or #RRGGBBAA (Qt reads the latter the other way round)."""
    if len(text) == 9:
        return QColor("#" + text[7:9] + text[1:7])
    return QColor(text)


class Theme(QObject):
    """The current look. `changed` says that everything must be repainted."""

    changed = Signal()

    def __init__(self, mode: str = "system", parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.mode = mode if mode in MODES else "system"
        self.own_typeface, self.still, self.text_scale = True, False, 1.0
        self._cache: dict[str, QColor] = {}
        self._kinds: dict[str, KindColors] = {}
        self._fonts: dict[tuple[str, float, bool, bool], QFont] = {}

    def prefer(self, setting: Callable[[str, Any], Any]) -> None:
        """Take over what the user prefers; `still`: nothing moves by itself."""
        self.own_typeface = setting(TYPEFACE, "inter") != "system"
        self.still = setting(MOTION, "full") == "reduced"
        size = str(setting(TEXT_SIZE, "system"))
        self.text_scale = int(size) / 100 if size in TEXT_SIZES else text_scale()

    @property
    def dark(self) -> bool:
        """True when the dark colors are in force."""
        if self.mode == "system":
            return QGuiApplication.styleHints().colorScheme() is Qt.ColorScheme.Dark
        return self.mode == "dark"

    def set_mode(self, mode: str) -> None:
        """Change to light, dark or the system's."""
        self.mode = mode if mode in MODES else "system"
        app = QApplication.instance()
        if isinstance(app, QApplication):
            self.apply(app)

    def apply(self, app: QApplication) -> None:
        """Give the application the palette, style and fonts of this theme."""
        self._cache.clear()
        self._kinds.clear()
        self._fonts.clear()
        sheet = self._stylesheet()
        if app.styleSheet() != sheet:  # else this look is in force: to give every widget its style again takes long
            if app.property(STYLED) is None:  # once: each time, every widget gets its style anew
                app.setStyle("Fusion")
                app.setProperty(STYLED, True)
            app.setFont(self.font("base"))
            app.setPalette(self._palette())
            app.setStyleSheet(sheet)
        self.changed.emit()

    # -- colors

    def color(self, name: str) -> QColor:
        """A color by its name (see the module)."""
        if name not in self._cache:
            self._cache[name] = _parsed(self._find(_COLORS[name]))
        return self._cache[name]

    def _find(self, path: str) -> str:
        token: Any = tokens()["dark" if self.dark else "light"]
        for part in path.split("."):
            token = token[part]
        return str(token)

    def kind(self, kind: str) -> KindColors:
        """The colors of a kind; also public_subnet, private_subnet, cluster, vpc, power_a, power_b."""
        if kind not in self._kinds:
            kinds = tokens()["dark" if self.dark else "light"]["kind"]
            row = kinds.get(_KINDS.get(kind, kind), kinds["host"])
            self._kinds[kind] = KindColors(_parsed(row["header"]), _parsed(row["ink"]), _parsed(row["border"]))
        return self._kinds[kind]

    def state(self, state: int | str) -> QColor:
        """The color of a state, by its name or its number."""
        name = state if isinstance(state, str) else STATES[int(state)]
        if (key := f"state.{name}") not in self._cache:
            self._cache[key] = _parsed(self._find(key))
        return self._cache[key]

    def heat(self, fraction: float) -> QColor:
        """The color of a load (1: all of the capacity and above); NaN: no data."""
        if math.isnan(fraction):
            return self.color("no_data")
        return _heat_colors()[min(255, max(0, round(fraction * 255)))]

    def heat_text(self, fraction: float) -> QColor:
        """Black or white: what can be read on that heat."""
        return QColor("#FFFFFF" if fraction < tokens()["heat"]["text_on"]["white_below"] else "#000000")

    def heat_rgb(self) -> Any:
        """The 256 heat colors from 0 to 100% as an array (256, 3) of uint8."""
        import numpy as np

        return np.array([[c.red(), c.green(), c.blue()] for c in _heat_colors()], np.uint8)

    def series(self, index: int) -> QColor:
        """The color of the n-th series of a plot."""
        colors = tokens()["plot"]["dark" if self.dark else "light"]
        return QColor(colors[index % len(colors)])

    # -- fonts

    def font(self, name: str, scale: float | None = None, figures: bool = False) -> QFont:
        """A font by its use: tile, secondary, entry, base, title, object, clock. Those of the drawing have a scale;
        all others the size of the user's texts. With `figures`, all digits are equally wide, for numbers that change
        in place; Inter then has wide hyphens and spaces, too, so names and sentences are never written in it."""
        key = name, self.text_scale if scale is None else scale, figures, self.own_typeface
        if key not in self._fonts:
            self._fonts[key] = self._made_font(*key[:3])
        return QFont(self._fonts[key])

    def _made_font(self, name: str, scale: float, figures: bool) -> QFont:
        row = tokens()["type"][_FONTS[name]]
        font = QFont(family(self.own_typeface))
        font.setStyleHint(QFont.StyleHint.SansSerif)
        font.setPixelSize(max(1, round(row["px"] * scale)))
        font.setWeight(QFont.Weight(row["weight"]))
        font.setVariableAxis(QFont.Tag("wght"), row["weight"])  # Inter has all weights in one face
        if figures:
            font.setFeature(QFont.Tag("tnum"), 1)
        return font

    # -- palette and stylesheet

    def _palette(self) -> QPalette:
        palette = QPalette()
        role = QPalette.ColorRole
        for where, name in (
            (role.Window, "panel"),
            (role.WindowText, "text"),
            (role.Base, "raised"),
            (role.AlternateBase, "sunken"),
            (role.Text, "text"),
            (role.Button, "raised"),
            (role.ButtonText, "text"),
            (role.ToolTipBase, "raised"),
            (role.ToolTipText, "text"),
            (role.Highlight, "selection.row"),
            (role.HighlightedText, "text"),
            (role.Link, "link"),
            (role.PlaceholderText, "text.muted"),
            (role.Accent, "accent"),
        ):
            palette.setColor(where, self.color(name))
        for where in (role.WindowText, role.Text, role.ButtonText):
            palette.setColor(QPalette.ColorGroup.Disabled, where, self.color("text.disabled"))
        return palette

    def _stylesheet(self) -> str:
        colors = {name.replace(".", "_"): css(self.color(name)) for name in _COLORS}
        colors["row_px"] = str(round(24 * self.text_scale))
        icons = {"arrow": "arrow-down", "check": "check", "check_part": "check-part"}
        return _STYLE % {
            **colors,
            **{name: asset(f"icons/{file}.svg").as_posix() for name, file in icons.items()},
        }


@cache
def _heat_colors() -> list[QColor]:
    stops = [QColor(s) for s in tokens()["heat"]["stops"]]
    colors = []
    for n in range(256):
        at = n / 255 * (len(stops) - 1)
        low = min(int(at), len(stops) - 2)
        part = at - low
        a, b = stops[low], stops[low + 1]
        mixed = (round(x + (y - x) * part) for x, y in zip(a.getRgb()[:3], b.getRgb()[:3]))  # type: ignore[index]
        colors.append(QColor(*mixed))
    return colors


_STYLE = """
* { outline: none; }
QMainWindow, QDialog { background: %(panel)s; }
QDialogButtonBox { dialogbuttonbox-buttons-have-icons: 0; }
QToolTip { background: %(raised)s; color: %(text)s; border: 1px solid %(strong)s; padding: 4px 6px; }
QMenuBar { background: %(panel)s; spacing: 4px; padding: 4px 8px; }
QMenuBar::item { padding: 5px 8px; border-radius: 5px; background: transparent; }
QMenuBar::item:selected { background: %(sunken)s; }
QMenu { background: %(raised)s; border: 1px solid %(strong)s; border-radius: 6px; padding: 4px; }
QMenu::item { padding: 5px 28px 5px 24px; border-radius: 4px; }
QMenu::item:selected { background: %(selection_row)s; }
QMenu::item:disabled { color: %(text_disabled)s; }
QMenu::separator { height: 1px; background: %(hairline)s; margin: 4px 6px; }
QMenu::icon { padding-left: 6px; }
QStatusBar { background: %(panel)s; border-top: 1px solid %(hairline)s; color: %(text_muted)s; }
QStatusBar::item { border: none; }
QStatusBar QToolButton { padding: 0 6px; }
QSplitter::handle { background: %(hairline)s; }
QSplitter::handle:horizontal { width: 1px; }
QSplitter::handle:vertical { height: 1px; }
QPushButton, QToolButton {
  border: 1px solid transparent; border-radius: 5px; padding: 4px 8px; background: transparent; color: %(text)s; }
QPushButton { background: %(raised)s; border-color: %(strong)s; min-height: 18px; }
QPushButton:default { background: %(accent)s; color: %(text_on_accent)s; border-color: %(accent)s; }
QPushButton:hover, QToolButton:hover { background: %(sunken)s; }
QPushButton:default:hover { background: %(accent_hover)s; }
#zoom { background: %(raised)s; border: 1px solid %(hairline)s; border-radius: 8px; }
QPushButton:disabled, QToolButton:disabled { color: %(text_disabled)s; }
QPushButton:default:disabled { background: %(sunken)s; border-color: %(hairline)s; }
QPushButton:focus, QToolButton:focus { border: 1px solid %(focus)s; }
QToolButton:checked, QPushButton:checked { background: %(accent_quiet)s; color: %(link)s; }
QToolButton:checked:disabled { background: %(sunken)s; color: %(text_disabled)s; }
#section, #section:checked { background: transparent; padding: 4px 2px; color: %(text)s; }
#palette_section, #palette_section:checked {
  background: transparent; border: 1px solid transparent; padding: 0 2px; color: %(text_muted)s; }
#palette_section:focus { border: 1px solid %(focus)s; }
QToolButton::menu-indicator { image: none; }
QPushButton[primary="true"], QToolButton[primary="true"] {
  background: %(accent)s; color: %(text_on_accent)s; border-color: %(accent)s; }
QPushButton[primary="true"]:hover, QToolButton[primary="true"]:hover { background: %(accent_hover)s; }
QPushButton:default:focus, QPushButton[primary="true"]:focus, QToolButton[primary="true"]:focus {
  border: 2px solid %(text)s; padding: 3px 7px; }
QPushButton[primary="true"]:disabled, QToolButton[primary="true"]:disabled {
  background: %(sunken)s; color: %(text_disabled)s; border-color: %(hairline)s; }
QLineEdit, QComboBox, QSpinBox, QDoubleSpinBox, QPlainTextEdit, QTextEdit, QDateTimeEdit {
  background: %(sunken)s; border: 1px solid %(hairline)s; border-radius: 5px; padding: 3px 8px; min-height: 20px;
  selection-background-color: %(accent)s; selection-color: %(text_on_accent)s; }
QLineEdit:hover, QComboBox:hover, QPlainTextEdit:hover { border-color: %(control)s; }
QLineEdit:focus, QComboBox:focus, QPlainTextEdit:focus, QTextEdit:focus, QSpinBox:focus {
  border: 1px solid %(focus)s; background: %(raised)s; }
QLineEdit { padding: 3px 6px; }
QSpinBox, QDoubleSpinBox { max-height: 20px; }
QSpinBox::up-button, QSpinBox::down-button, QDoubleSpinBox::up-button, QDoubleSpinBox::down-button {
  width: 0; border: none; }
QSpinBox QLineEdit, QDoubleSpinBox QLineEdit { padding: 0 6px; min-height: 0; border: none; background: transparent; }
QComboBox QLineEdit { padding: 0; min-height: 0; border: none; background: transparent; }
QComboBox QLineEdit:focus { border: none; background: transparent; }
QLineEdit[wrong="true"], QSpinBox[wrong="true"] { border: 1px solid %(drop_refused)s; }
QComboBox::drop-down { border: none; width: 18px; }
QComboBox { padding-right: 2px; }
QComboBox::down-arrow { image: url(%(arrow)s); width: 12px; height: 12px; }
QComboBox QAbstractItemView, QComboBox QAbstractItemView:focus { background: %(raised)s; border: 1px solid %(strong)s;
  selection-background-color: %(selection_row)s; selection-color: %(text)s; }
QCheckBox { spacing: 6px; }
QCheckBox:focus { color: %(link)s; text-decoration: underline; }
QCheckBox::indicator, QListView::indicator {
  width: 12px; height: 12px; border: 1px solid %(control)s; border-radius: 3px; background: %(raised)s; }
QCheckBox::indicator:checked, QListView::indicator:checked {
  background: %(accent)s; border-color: %(accent)s; image: url(%(check)s); }
QCheckBox::indicator:indeterminate { background: %(accent)s; border-color: %(accent)s; image: url(%(check_part)s); }
QCheckBox::indicator:disabled { background: %(sunken)s; border-color: %(strong)s; image: none; }
QCheckBox::indicator:focus { border-color: %(focus)s; }
QPrintPreviewWidget QGraphicsView { border: 1px solid transparent; }
QPrintPreviewWidget QGraphicsView:focus { border: 1px solid %(focus)s; }
QTreeView:focus, QListView:focus, QTableView:focus { border: 1px solid %(focus)s; }
QTreeView, QListView, QTableView {
  background: %(panel)s; border: 1px solid transparent; alternate-background-color: %(container_alternate)s;
  selection-background-color: %(selection_row)s; selection-color: %(text)s; }
QTreeView::item, QListView::item { height: %(row_px)spx; }
QTableView::item { padding: 0 5px; }
QTreeView::item:hover, QListView::item:hover { background: %(sunken)s; }
QTreeView::item:selected, QListView::item:selected { background: %(selection_row)s; color: %(text)s; }
QHeaderView::section { background: %(panel)s; color: %(text_muted)s; border: none; padding: 4px 8px;
  border-bottom: 1px solid %(hairline)s; }
QHeaderView::up-arrow, QHeaderView::down-arrow { subcontrol-position: top center; width: 10px; height: 6px; }
#narrow QHeaderView::section { padding: 3px; }
#narrow::item { padding: 0 1px; }
QTabWidget::pane { border: none; border-top: 1px solid %(hairline)s; }
QTabBar { qproperty-drawBase: 0; }
QTabBar::tab { padding: 7px 8px 5px 8px; margin-left: 4px; color: %(text_muted)s;
  border-bottom: 2px solid transparent; }
#run_tabs QTabBar::tab { padding: 7px 4px 5px 4px; margin-left: 1px; }
#run_tabs > QToolButton { padding: 4px; }
QTabBar::tab:selected { color: %(text)s; border-bottom: 2px solid %(accent)s; font-weight: 600; }
QTabBar::tab:focus { color: %(link)s; border: 1px solid %(focus)s; border-radius: 5px; padding: 6px 7px 5px 7px; }
QScrollArea { border: none; background: transparent; }
QScrollBar:vertical { width: 10px; background: transparent; margin: 0; }
QScrollBar:horizontal { height: 10px; background: transparent; margin: 0; }
QScrollBar::handle { background: %(strong)s; border-radius: 3px; margin: 2px; min-width: 24px; min-height: 24px; }
QScrollBar::handle:hover { background: %(control)s; }
QScrollBar::add-line, QScrollBar::sub-line, QScrollBar::add-page, QScrollBar::sub-page {
  background: none; border: none; width: 0; height: 0; }
QProgressBar { border: none; background: %(sunken)s; border-radius: 3px; height: 6px; }
QProgressBar::chunk { background: %(accent)s; border-radius: 3px; }
QFrame[line="true"] { background: %(hairline)s; border: none; }
QLabel[muted="true"] { color: %(text_muted)s; }
QLabel[wrong="true"] { color: %(drop_refused)s; }
"""
