"""The line at the top of the window: menus, the search button, the name of the design."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMenu, QMenuBar, QPushButton, QWidget

from designer.settings import Settings
from designer.ui.actions.row import Action
from designer.ui.files.files import Files
from designer.ui.parts.icons import icon
from designer.ui.parts.theme import Theme
from designer.words import tr

MENU_PX = 36


class SearchButton(QPushButton):
    """Opens the search: what it does at the left, its keys at the right."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setAccessibleName(tr("Search objects and commands"))
        self.sign, self.said, self.key = QLabel(self), QLabel(tr("Search objects and commands"), self), QLabel(self)
        self.key.setFont(theme.font("secondary"))
        self._line = QHBoxLayout(self)
        self._line.setContentsMargins(10, 0, 10, 0)
        self._line.setSpacing(8)
        for part in (self.sign, self.said, self.key):
            part.setProperty("muted", True)
            part.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
            self._line.addWidget(part, part is self.said)
        self.setMinimumWidth(max(round(320 * theme.text_scale), self._line.sizeHint().width() + 80))
        theme.changed.connect(self._set_icon)
        self._set_icon()

    def show_key(self, key: str) -> None:
        """Show the keys that open the search."""
        self.key.setText(key)
        self.setMinimumWidth(max(round(320 * self._theme.text_scale), self._line.sizeHint().width()))

    def _set_icon(self) -> None:
        self.sign.setPixmap(icon("search", self._theme.color("text.muted")).pixmap(16, 16))


class MenuLine(QWidget):
    """Menus made of rows, by title in `titled`. `search_button` opens the search."""

    def __init__(self, theme: Theme, settings: Settings, files: Files, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme, self._settings, self._files = theme, settings, files
        self.bar = QMenuBar(self)
        self.bar.setNativeMenuBar(False)
        self.titled: dict[str, QMenu] = {}
        self.recent = QMenu(tr("Open Recent"), self)
        self.recent.aboutToShow.connect(self._fill_recent)
        self.search_button = SearchButton(theme, self)
        self.name = QLabel(self)
        self.name.setFont(theme.font("title"))
        self.name.setTextFormat(Qt.TextFormat.PlainText)
        self.name.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)  # the search is in the middle of the window, as what it opens
        self.name.setContentsMargins(0, 0, 12, 0)
        line.setSpacing(8)
        line.addWidget(self.bar, 1, Qt.AlignmentFlag.AlignVCenter)
        line.addWidget(self.search_button)
        line.addWidget(self.name, 1)
        self.setFixedHeight(MENU_PX)

    def fill(
        self,
        titles: Mapping[str, str],
        rows: Iterable[Action],
        actions: Mapping[str, QAction],
        submenus: Mapping[str, tuple[str, str]],
    ) -> None:
        """Make a menu for each title, shown with its letter; `submenus`: the menu of each submenu, and the action it
        follows."""
        menus = self.titled = {title: self.bar.addMenu(tr(shown)) for title, shown in titles.items()}
        inner: dict[str, list[str]] = {}
        for title, (_, after) in submenus.items():
            inner.setdefault(after, []).append(title)
        for row in rows:
            if row.separate:
                menus[row.menu].addSeparator()
            menus[row.menu].addAction(actions[row.id])
            for title in inner.get(row.id, ()):
                menus[title] = menus[row.menu].addMenu(tr(title))
            if row.id == "file.open":
                menus["File"].addMenu(self.recent)

    def _fill_recent(self) -> None:
        self.recent.clear()
        for text in self._settings.recent_files():
            self.recent.addAction(text.replace("&", "&&")).triggered.connect(partial(self._open, text))
        self.recent.setEnabled(bool(self._settings.recent_files()))

    def _open(self, path: str) -> None:
        self._files.open(Path(path))
