"""The typeface of the window and of pictures: Inter, which comes with the program, or the system's."""

from __future__ import annotations

import sys
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from PySide6.QtGui import QFont, QFontDatabase, QGuiApplication, QTextCharFormat, QTextCursor, QTextDocument

MOST_USUAL_PT = {"darwin": 13.5, "win32": 9.5}
USUAL_DPI = {"darwin": 72.0}
"""The largest usual size of the system's font in points, and pixels an inch of texts; on Linux 11.5, and 96."""
BOLD = 600
"""The weight of bold texts. The file of Inter has all weights; Qt knows it as regular, and would smear it for bold."""
PACKAGE, FILE = "fontpkg_inter", "files/Inter[opsz,wght].ttf"


@cache
def inter() -> str:
    """The family of the font that comes with the program; empty where its package is missing or damaged."""
    package = find_spec(PACKAGE)
    places = package.submodule_search_locations if package is not None else None
    families: list[str] = []
    for place in places or ():
        families = QFontDatabase.applicationFontFamilies(QFontDatabase.addApplicationFont(str(Path(place) / FILE)))
    return families[0] if families else ""


def text_scale() -> float:
    """How large the system shows texts: its resolution of texts and the size of its usual font, 1 to 1.25."""
    points = QFontDatabase.systemFont(QFontDatabase.SystemFont.GeneralFont).pointSizeF()
    largest = MOST_USUAL_PT.get(sys.platform, 11.5)
    larger = points / largest if points > largest else 1.0
    screen = QGuiApplication.primaryScreen()
    dpi = screen.logicalDotsPerInch() / USUAL_DPI.get(sys.platform, 96.0) if screen is not None else 1.0
    return min(max(round(dpi * larger * 20) / 20, 1.0), 1.25)


def family(own: bool) -> str:
    """The family of the window's texts: Inter, or the system's where that is wanted or Inter is missing."""
    return (own and inter()) or QFontDatabase.systemFont(QFontDatabase.SystemFont.GeneralFont).family()


def bold(font: QFont) -> QFont:
    """A font in the bold letters that its typeface has."""
    made = QFont(font)
    made.setWeight(QFont.Weight(BOLD))
    made.setVariableAxis(QFont.Tag("wght"), BOLD)
    return made


def embolden(text: QTextDocument) -> None:
    """Give the bold parts of a text the bold letters of its typeface."""
    cursor, block = QTextCursor(text), text.begin()
    while block.isValid():
        parts = block.begin()
        while not parts.atEnd():
            part = parts.fragment()
            if part.charFormat().fontWeight() >= BOLD:
                shape = QTextCharFormat()
                shape.setFont(
                    bold(part.charFormat().font()), QTextCharFormat.FontPropertiesInheritanceBehavior.FontPropertiesAll
                )
                cursor.setPosition(part.position())
                cursor.setPosition(part.position() + part.length(), QTextCursor.MoveMode.KeepAnchor)
                cursor.mergeCharFormat(shape)
            parts += 1
        block = block.next()
