"""Renders the pictures of README and manual anew: the window and its dialogs in the states a user meets, and two pages
that compare hypervisors by runs.

Use: python packaging/shots.py [FOLDER]
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent.parent / "resources" / "help" / "pictures"
SIZE, SMALL = (1440, 900), (1024, 700)
Shot = Callable[[Any], Any]


def empty(app: Any) -> Any:
    """The start page, once all thumbnails are painted."""
    app.wait(lambda: not app.window.start.paints)
    return app.frame


def shop(name: str) -> Shot:
    """A run of the shop with a failed zone."""

    def show(app: Any) -> Any:
        from designer.headless_demo import perform, settle

        app.window.files.open_example(name)
        settle(app)
        perform(app)
        return app.frame

    return show


def same(app: Any) -> Any:
    """What is shown already."""
    return app.frame


def close_up(app: Any) -> Any:
    """A host of the run, near enough for the cards of its VMs."""
    host = next(e.id for e in app.session.project.of_kind("host") if e.name == "host-c1")
    app.session.select([host])
    view, vms = app.window.canvas.view, app.session.project.children(host)
    view.show_box(view.box_of(vms), False, 7.3)
    return app.frame


def small(app: Any) -> Any:
    """The smallest usual window."""
    app.session.select([])
    app.window.canvas.view.zoom_to_fit(animated=False)
    app.frame.resize(*SMALL)
    return app.frame


def search(app: Any) -> Any:
    """A search for busy hosts."""
    app.frame.resize(*SIZE)
    app.window.search.open("kind:host cpu>70")
    return app.frame


def dialog(action: str, kind: str = "") -> Shot:
    """The dialog of an action, with elements of a kind selected."""

    def show(app: Any) -> Any:
        app.window.search.hide()
        app.session.select([e.id for e in app.session.project.of_kind(kind)][:3] if kind else [])
        app.window.actions[action].trigger()
        return app.qt.activeModalWidget()

    return show


def blueprint(title: str) -> Shot:
    """A shipped blueprint as a design of its own."""

    def show(app: Any) -> Any:
        from designer.catalog.presets.blueprints import blueprints
        from designer.ui.actions.file import begin_with
        from designer.ui.parts.stock import shipped_item

        app.window.control.cancel()
        app.window.control.cancel()
        app.session.project.history.mark_clean()
        begin_with(next(shipped_item(b) for b in blueprints().values() if title in b.title), app.window.context)
        return app.frame

    return show


SHOTS: tuple[tuple[str, str, Shot], ...] = (
    ("empty-light", "light", empty),
    ("empty-dark", "dark", empty),
    ("web-shop-light", "light", shop("web-shop")),
    ("web-shop-dark", "dark", same),
    ("web-shop-tight-light", "light", shop("web-shop-tight")),
    ("web-shop-tight-dark", "dark", same),
    ("close-up", "light", close_up),
    ("small", "light", small),
    ("search", "light", search),
    ("picture", "light", dialog("file.picture")),
    ("place-many", "light", dialog("insert.many", "host")),
    ("vpc", "light", blueprint("VPC")),
)
"""Name, colors, and what makes the state and returns the widget that is taken; each begins where the last has ended."""


def report(app: Any, folder: Path) -> None:
    """Write the first pages of a report of the shop, side by side."""
    from PySide6.QtCore import Qt
    from PySide6.QtGui import QImage, QPainter

    from designer.catalog.scenarios.library import shipped_scenarios
    from designer.report.contents import assembled, worked_sections
    from designer.ui.pictures.picture import picture_of_ids
    from designer.ui.pictures.report_file import PaperPages

    app.window.files.open_example("web-shop")
    project, name = app.session.project, "A zone goes dark"
    found = worked_sections(project, {name: shipped_scenarios()[name].events}, None, lambda part: None)
    wide, high, gap, dpi = 744, 1052, 24, 104
    sheet = QImage(wide, high, QImage.Format.Format_RGB32)
    sheet.setDotsPerMeterX(round(dpi / 0.0254))
    sheet.setDotsPerMeterY(round(dpi / 0.0254))
    drawing = picture_of_ids(project, (), "web-shop", 1.0, False)
    pages = PaperPages(assembled(project, "web-shop", found), drawing, sheet)
    whole = QImage(2 * wide + 5 * gap, high + 4 * gap, QImage.Format.Format_RGB32)
    whole.fill(app.theme.color("sunken"))
    for number in range(2):
        sheet.fill(Qt.GlobalColor.white)
        painter = QPainter(sheet)
        pages.paint(painter, number)
        painter.end()
        painter = QPainter(whole)
        left = gap + number * (wide + 2 * gap)
        painter.fillRect(left, gap, wide + gap, high + 2 * gap, Qt.GlobalColor.white)
        painter.drawImage(left + gap // 2, 2 * gap, sheet)
        painter.end()
    whole.save(str(folder / "report.png"))


def compare(folder: Path) -> None:
    """Write the pages that compare hypervisors."""
    import comparison_pictures as pictures
    import hosts_compared as hosts

    pictures.uncontended_picture(hosts.uncontended(), *hosts.coremark()).save(str(folder / "hosts-full.png"))
    pictures.overcommitted_picture(hosts.overcommitted()).save(str(folder / "hosts-overcommitted.png"))


def main(argv: Sequence[str]) -> int:
    """Write the pictures into a folder."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    os.environ["XDG_CONFIG_HOME"] = tempfile.mkdtemp(prefix="designer-shots-")  # the same whatever the user prefers
    from designer.app import App
    from designer.headless_demo import settle
    from designer.settings import Settings
    from designer.ui.parts.theme import TEXT_SIZE

    Settings().set(TEXT_SIZE, "100")
    folder = Path(argv[0]) if argv else FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    app = App(time.perf_counter())
    app.settings.set = lambda name, value: None  # type: ignore[method-assign]
    app.frame.resize(*SIZE)
    app.show(None, demo=False)
    if not app.wait(lambda: "plots" in app.marks):
        print("The window was not complete within a minute.", file=sys.stderr)
        return 1
    app.frame.resize(*SIZE)
    app.window.hints.hide()
    for name, mode, show in SHOTS:
        app.theme.set_mode(mode)
        widget = show(app)
        settle(app)
        if name.startswith("web-shop"):
            app.window.panels.lanes.refresh()  # all lanes tell of the same run
        widget.grab().save(str(folder / f"{name}.png"))
        if widget is not app.frame:
            widget.close()
        print(f"{name}: {(folder / f'{name}.png').stat().st_size / 1e3:.0f} kB", flush=True)
    report(app, folder)
    compare(folder)
    app.close()
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
