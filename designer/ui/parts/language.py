"""The language of the window: Qt's translations of Qt's own texts and of ours."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QCoreApplication, QLibraryInfo, QLocale, QTranslator

from designer.settings import config_dir
from designer.words import speak

CONTEXT = "designer"
"""The context of all our texts in Qt's files of translations."""
OURS, QT = "cloud_designer", "qtbase"


def use_language(app: QCoreApplication, folder: Path | None = None, locale: QLocale | None = None) -> bool:
    """Show the window in the language of the system where there is a translation; return whether there is one.

    `folder` has the translations, `cloud_designer_de.qm` for German; usually `texts` among the user's settings. Texts
    in tables are looked up as their modules are read, so this comes before the panels are imported.
    """
    folder = folder or config_dir() / "texts"
    locale = locale or QLocale.system()
    ours = QTranslator(app)
    if not ours.load(locale, OURS, "_", str(folder)):
        speak(None)
        return False
    speak(in_language)
    qt = QTranslator(app)
    if qt.load(locale, QT, "_", QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)):
        app.installTranslator(qt)
    return bool(app.installTranslator(ours))


def in_language(text: str, count: int = -1) -> str:
    """The text in the language of the translations that are installed, in its form for a count; or as it is."""
    return QCoreApplication.translate(CONTEXT, text, None, count)
