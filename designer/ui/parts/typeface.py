"""The typeface of the window and of pictures: Inter, which comes with the program, or the system's."""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec
from pathlib import Path

from PySide6.QtGui import QFontDatabase

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


def family(own: bool) -> str:
    """The family of the window's texts: Inter, or the system's where that is wanted or Inter is missing."""
    return (own and inter()) or QFontDatabase.systemFont(QFontDatabase.SystemFont.GeneralFont).family()
