"""The File menu."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from importlib import import_module

from PySide6.QtCore import Qt

from designer.catalog.presets.blueprints import blueprints
from designer.commands.blueprints import begin
from designer.model.project import Project
from designer.ui.actions.help import show_reference
from designer.ui.actions.late import late
from designer.ui.actions.row import Action, selected
from designer.ui.files.questions import FILTER
from designer.ui.files.sharing import ask_export, ask_insert, ask_share
from designer.ui.files.windows import ask_open_window, open_window
from designer.ui.parts.stock import BlueprintItem, shipped_item
from designer.ui.pictures.picture import Picture, picture_of
from designer.ui.shell.context import Context
from designer.words import tr

CompareWindow = late("files.compare_window", "CompareWindow")
EstateDialog = late("files.estate_dialog", "EstateDialog")
ImportDialog = late("files.import_dialog", "ImportDialog")
SavesDialog = late("files.saves_dialog", "SavesDialog")
PictureDialog = late("pictures.picture_dialog", "PictureDialog")


def compare(context: Context) -> None:
    """Open the window that compares two designs."""
    window = CompareWindow(context.files, context.session, context.theme, context.frame)
    window.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    window.show()


def show_backups(context: Context) -> None:
    """Open the list of backups."""
    SavesDialog(context.files, context.session, context.theme, context.frame).open()


def begin_with(item: BlueprintItem, context: Context) -> None:
    """Start a new design from a blueprint, shown whole. It is not changed until something in it is."""
    present = context.session.project
    made = Project(present.kinds, present.link_kinds)
    if context.session.do(begin, made, item.text, item.title) is not None and context.files.new(list(made.rows())):
        context.canvas.view.zoom_to_fit(animated=False)


def save_picture(context: Context) -> None:
    """Ask what a picture of the drawing shows, and save, copy or print it."""
    dialog = PictureDialog(context.session, context.canvas.view, context.frame)
    dialog.print_requested.connect(lambda picture: _print(context, picture))
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.open()


def print_drawing(context: Context) -> None:
    """Show the drawing on a page and print it."""
    picture = context.session.do(picture_of, context.session, context.canvas.view, "all", 1.0)
    if picture is not None:
        _print(context, picture)


def _print(context: Context, picture: Picture) -> None:
    printing = import_module("designer.ui.pictures.printing")  # its library is loaded when somebody prints
    printing.ask_print(picture, context.frame)


def save_report(context: Context) -> None:
    """Ask for a file and write a report of the design."""
    reports = import_module("designer.ui.pictures.report_export")  # its library is loaded when somebody reports
    reports.ask_report(context)


def _export(sorts: str, context: Context) -> None:
    """Ask for a file of some sorts and write the design; what writes them is loaded when somebody wants one."""
    module = import_module("designer.ui.files.design_export")
    module.ask_design_export(getattr(module, sorts), context)


def new(context: Context) -> None:
    """Begin an empty design, and show its drawing."""
    if context.files.new():
        context.start.leave()


def drawn(context: Context) -> bool:
    """Return whether something is drawn."""
    return bool(context.canvas.view.world.ids.size)


def has_elements(context: Context) -> bool:
    """Return whether the design holds an element."""
    return len(context.session.project.elements) > 1


def has_region(context: Context) -> bool:
    """Return whether the design holds a region."""
    return bool(context.session.project.of_kind("region"))


SUBMENU = tr("Export")
ROWS = (
    Action("file.new", "New", "File", new, "Ctrl+N", "new"),
    Action("file.new_window", "New Window", "File", lambda c: open_window(c.session), "Ctrl+Shift+N"),
    Action("file.open", "Open …", "File", lambda c: c.files.ask_open(), "Ctrl+O", "open"),
    Action("file.open_window", "Open in New Window …", "File", lambda c: ask_open_window(c.session, c.frame, FILTER),
           "Ctrl+Shift+O"),
    Action("file.example", "Open Example: Web Shop", "File", lambda c: c.files.open_example()),
    Action("file.example_tight", "Open Example: Web Shop at 75%", "File",
           lambda c: c.files.open_example("web-shop-tight")),
    Action("file.example_outage", "Open Example: Published Outage …", "File", partial(show_reference, outages=True)),
    Action("file.save", "Save", "File", lambda c: c.files.save(), "Ctrl+S", "save", separate=True),
    Action("file.save_as", "Save As …", "File", lambda c: c.files.save_as(), "Ctrl+Shift+S"),
    Action("file.label", "Save with Label …", "File", lambda c: c.files.save_with_label(), "Ctrl+Alt+S"),
    Action("file.share", "Save a Copy to Share …", "File", ask_share),
    Action("file.insert", "Insert Design …", "File", ask_insert, "Ctrl+Alt+I"),
    Action("file.saves", "Backups …", "File", show_backups, "Ctrl+Shift+E",
           when=lambda c: c.files.document.stamp is not None),
    Action("file.compare", "Compare …", "File", compare, "Ctrl+Shift+D"),
    Action("file.merge", "Merge …", "File", lambda c: c.files.merging.ask()),
    Action("file.import_estate", "Import Estate …", "File", lambda c: c.open_dialog(EstateDialog), "Ctrl+Shift+Alt+I",
           separate=True),
    Action("file.import", "Import CSV …", "File", lambda c: c.open_dialog(ImportDialog), "Ctrl+I", "import"),
    Action("file.report", "Export Report …", SUBMENU, save_report, when=has_elements),
    Action("file.export_tables", "Export Tables …", SUBMENU, partial(_export, "TABLES"), when=has_elements),
    Action("file.export_template", "Export CloudFormation …", SUBMENU, partial(_export, "TEMPLATE"),
           when=has_region),
    Action("file.export_drawing", "Export draw.io Drawing …", SUBMENU, partial(_export, "DRAWING"), when=drawn),
    Action("file.export", "Export Selection as Design …", SUBMENU, ask_export, when=selected),
    Action("file.picture", "Save Picture …", "File", save_picture, "Ctrl+Alt+P", when=drawn),
    Action("file.print", "Print …", "File", print_drawing, "Ctrl+Shift+Alt+P", when=drawn),
    Action("file.quit", "Quit", "File", lambda c: c.frame.close(), "Ctrl+Q", separate=True),
)  # fmt: skip


def blueprint_rows() -> Iterator[Action]:
    """Yield an action for each shipped blueprint that begins a new design with it."""
    for blueprint in blueprints().values():
        item = shipped_item(blueprint)
        yield Action(f"new.{blueprint.name}", tr("New from {0}", item.title), "New from Blueprint",
                     partial(begin_with, item), icon=item.icon)  # fmt: skip
