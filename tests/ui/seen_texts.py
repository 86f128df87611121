"""Opens the window and its dialogs in a process of its own and prints, as JSON, which texts escape the language and
which are clipped: `python -m tests.ui.seen_texts LANGUAGE TEXT_SIZE`, LANGUAGE "pseudo" or "english"; a third argument
is what it starts processes with.
"""

from __future__ import annotations

import json
import math
import multiprocessing.resource_tracker
import re
import sys
import time
from collections.abc import Iterator
from typing import Any

from PySide6.QtCore import QCoreApplication, QEvent, QTranslator
from PySide6.QtGui import QPainter, QStaticText, QTextDocumentFragment
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QDialog,
    QGroupBox,
    QLabel,
    QLineEdit,
    QMenu,
    QTabBar,
    QTableView,
    QTreeView,
    QWidget,
)

from designer.headless_demo import perform

SIZES = ((1440, 900), (1024, 700), (1920, 1080), (1024, 700))
_KEPT = re.compile(r"(<[^<>]*>|\{[^{}]*\}|&\w+;|\*\.[\w.]+)")
_LETTERS = str.maketrans(
    "AaBbCcDdEeFfGgHhIiJjKkLlMmNnOoPpRrSsTtUuWwYyZzVvXxQq",
    "ÀàɃƀÇçÐðÉéƑƒĜĝĤĥÎîĴĵĶķĻļṀṁÑñÖöÞþŔŕŠšŤťÛûŴŵÝýŽžṼṽẊẋɊɋ",
)
DIALOGS = {
    "file.share": "", "file.compare": "", "file.import": "", "file.picture": "", "edit.select_rule": "",
    "edit.instance_type": "vm", "edit.dedicated_host": "host", "edit.save_preset": "host",
    "edit.save_blueprint": "zone", "edit.own": "", "edit.preferences": "", "insert.many": "host",
    "insert.scale_out": "vm", "insert.region_map": "", "arrange.consolidate": "", "arrange.fewest": "",
    "arrange.array": "vm", "run.runs": "", "run.collapse": "", "help.kinds": "", "help.keys": "", "help.about": "",
}  # fmt: skip
"""The actions that open dialogs, and the kind that is selected then."""

PANELS = ("run.each", "run.nines", "run.scenarios", "run.cost", "run.places")
"""The actions that open panels below the drawing."""


def pseudo(text: str) -> str:
    """A text as no language has it: accents on all letters, and three tenths longer. Places and tags stay."""
    parts = [part if _KEPT.fullmatch(part) else part.translate(_LETTERS) for part in _KEPT.split(text)]
    longer = "·" * math.ceil(0.3 * len(_KEPT.sub("", text)))
    stem, dots, after = "".join(parts).partition(" …")
    return f"{stem}{longer}{dots}{after}" if text.strip() else text


class Pseudo(QTranslator):
    """Translates all that is asked for, Qt's own texts as well."""

    def translate(self, context: str, text: str, comment: str | None = None, n: int = -1) -> str:
        """The pseudo text; Qt's own with & for keys."""
        return pseudo(text) if text else ""

    def isEmpty(self) -> bool:
        """Return False, so that Qt asks."""
        return False


def shown_texts(widget: QWidget) -> Iterator[tuple[str, str]]:
    """Yield what a widget shows or tells, and where."""
    yield "title", widget.windowTitle() if widget.isWindow() else ""
    yield "tip", widget.toolTip()
    yield "name", widget.accessibleName()
    if isinstance(widget, QLabel | QAbstractButton):
        yield "text", widget.text()
    if isinstance(widget, QGroupBox):
        yield "text", widget.title()
    if isinstance(widget, QLineEdit):
        yield "hint", widget.placeholderText()
    if isinstance(widget, QTabBar):
        yield from (("tab", widget.tabText(n)) for n in range(widget.count()))
    if isinstance(widget, QComboBox):
        yield from (("choice", widget.itemText(n)) for n in range(min(widget.count(), 30)))
    if isinstance(widget, QTableView | QTreeView) and widget.model() is not None:
        headed = widget.horizontalHeader() if isinstance(widget, QTableView) else widget.header()
        if not headed.isHidden():
            yield from (("head", str(widget.model().headerData(n, headed.orientation()) or ""))
                        for n in range(widget.model().columnCount()))  # fmt: skip
    if isinstance(widget, QMenu):
        yield from (("action", action.text()) for action in widget.actions())


def plain(text: str) -> str:
    """A text without tags."""
    return QTextDocumentFragment.fromHtml(text).toPlainText() if "<" in text and ">" in text else text


def clipped(widget: QWidget) -> str:
    """What of a widget has no room; empty where all has."""
    wants, has = widget.sizeHint(), widget.size()
    if isinstance(widget, QLabel) and widget.text() and widget.pixmap().isNull():
        if widget.wordWrap():
            high = widget.heightForWidth(has.width())
            return f"{high} high in {has.height()}" if high > has.height() + 1 else ""
        return f"{wants.width()} x {wants.height()} in {has.width()} x {has.height()}" if (
            wants.width() > has.width() + 1 or wants.height() > has.height() + 2
        ) else ""  # fmt: skip
    if isinstance(widget, QAbstractButton) and widget.text() and type(widget).__module__.startswith("PySide6"):
        return f"{wants.width()} wide in {has.width()}" if wants.width() > has.width() + 1 else ""
    if isinstance(widget, QTabBar):
        return f"{wants.width()} wide in {has.width()}" if wants.width() > has.width() + 1 else ""
    return ""


def note_painted(into: dict[str, str]) -> None:
    """Note, from now on, each text that our code paints, with the function that does; painting goes on as before."""

    def noting(given: Any) -> Any:
        def paint(painter: QPainter, *args: Any) -> Any:
            for text in args:
                said = text if isinstance(text, str) else text.text() if isinstance(text, QStaticText) else ""
                if said.strip():
                    caller = sys._getframe(1)
                    into.setdefault(said, f"painted by {caller.f_code.co_name} of {caller.f_globals['__name__']}")
            return given(painter, *args)

        return paint

    for name in ("drawText", "drawStaticText"):
        setattr(QPainter, name, noting(getattr(QPainter, name)))


class Seen:
    """What was seen in the states of the window: texts by where they stand, and what is clipped."""

    def __init__(self, app: Any) -> None:
        self.app = app
        self.texts: dict[str, str] = {}
        self.clipped: dict[str, str] = {}

    def look(self, state: str, root: QWidget) -> None:
        """Note all visible texts below a widget, once what they changed of its layout is done."""
        QCoreApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest)
        for widget in [root, *root.findChildren(QWidget)]:
            if not (widget.isVisibleTo(root) and (widget is root or widget.isVisible() or isinstance(root, QMenu))):
                continue
            inside = not widget.visibleRegion().isEmpty()
            for sort, text in shown_texts(widget):
                if text.strip():
                    self.texts.setdefault(plain(text), f"{state}: {sort} of {place(widget)}")
            if inside and not isinstance(root, QMenu) and (why := clipped(widget)):
                text = widget.text() if hasattr(widget, "text") else ""
                self.clipped.setdefault(f"{state}: {place(widget)} {plain(str(text))!r}", why)

    def settle(self) -> None:
        """Let everything be laid out."""
        for _ in range(4):
            self.app.qt.processEvents()


def place(widget: QWidget) -> str:
    """A widget's place, for people."""
    inside = type(widget.parent()).__name__ if widget.parent() is not None else ""
    return f"{type(widget).__name__} {widget.objectName()} in {inside}".replace("  ", " ")


def look_around(seen: Seen) -> None:
    """The window, its menus and its dialogs."""
    app = seen.app
    window = app.window
    for size in SIZES:
        app.frame.resize(*size)
        seen.settle()
        seen.look(f"window {size[0]}", app.frame)
    for menu in app.frame.findChildren(QMenu):
        menu.aboutToShow.emit()
        seen.look("menu", menu)
    app.frame.resize(*SIZES[2])
    project = app.session.project
    for kind in ("region", "zone", "data_center", "rack", "host", "vm", "service", "load_balancer", "scaling_group"):
        found = [e.id for e in project.of_kind(kind)] if kind in project.kinds else []
        if found:
            app.session.select(found[:1])
            seen.settle()
            seen.look(f"form of {kind}", window.form)
    app.frame.resize(*SIZES[1])
    for action, kind in DIALOGS.items():
        app.session.select([e.id for e in project.of_kind(kind)][:1] if kind else [])
        seen.settle()
        if action not in window.actions:
            continue
        before = set(QApplication.topLevelWidgets())
        window.actions[action].trigger()
        seen.settle()
        for dialog in set(QApplication.topLevelWidgets()) - before:
            if isinstance(dialog, QWidget) and dialog.isVisible() and not isinstance(dialog, QMenu):
                seen.look(action, dialog)
                dialog.reject() if isinstance(dialog, QDialog) else dialog.close()


def look_below(seen: Seen) -> None:
    """The panels below the drawing, in a small window."""
    seen.app.frame.resize(*SIZES[1])
    for action in PANELS:
        seen.app.window.actions[action].trigger()
        seen.settle()
        seen.look(action, seen.app.frame)
    seen.app.window.actions[PANELS[-1]].trigger()


def watch_a_run(seen: Seen) -> None:
    """A run with a failed zone, seen from afar and from near, and its panels."""
    app = seen.app
    view = app.window.canvas.view
    perform(app)
    for scale in (0.2, 0.6, 1.0, 3.0, 8.0):
        view.show_point(scale, view.world.bounds().center())
        view.grab()
    for tab in range(app.window.panels.lanes.tabs.count()):
        app.window.panels.lanes.tabs.setCurrentIndex(tab)
        seen.settle()
        seen.look("run", app.frame)
    app.frame.grab()


def main(language: str, text_size: str, starter: str = "") -> int:
    """Print what was seen."""
    if starter:
        multiprocessing.resource_tracker.ensure_running()
        multiprocessing.set_executable(starter)
    from designer.app import App
    from designer.settings import Settings
    from designer.ui.parts.language import in_language
    from designer.words import speak

    painted: dict[str, str] = {}
    note_painted(painted)

    Settings().set("text_size", text_size)
    app = App(time.perf_counter())
    if language == "pseudo":
        app.pseudo = Pseudo(app.qt)  # type: ignore[attr-defined]
        app.qt.installTranslator(app.pseudo)  # type: ignore[attr-defined]
        speak(in_language)
    app.show(None, demo=True)
    if not app.wait(lambda: "plots" in app.marks):
        return 1
    seen = Seen(app)
    seen.settle()
    look_around(seen)
    look_below(seen)
    if language == "pseudo":
        watch_a_run(seen)
    seen.texts.update({text: where for text, where in painted.items() if text not in seen.texts})
    names = sorted({element.name for element in app.session.project.elements.values()})
    print(json.dumps({"texts": seen.texts, "clipped": seen.clipped, "names": names}))
    app.close()
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
