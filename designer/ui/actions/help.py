"""The Help menu."""

from __future__ import annotations

from importlib import import_module

from PySide6.QtCore import Qt

from designer.ui.actions.row import Action
from designer.ui.preferences.report import ReportDialog
from designer.ui.shell import about
from designer.ui.shell.context import Context


def start_page(context: Context) -> None:
    """Show the start page, where the drawing is empty or can be left."""
    if context.files.new():
        context.start.open()


def show_reference(context: Context, outages: bool = False) -> None:
    """Show the manual, from its outages where that is asked."""
    manual = import_module("designer.ui.manual.dialog")  # its pages are loaded when somebody reads
    dialog = manual.ManualDialog(context.session.project, context.theme, context.frame)
    dialog.outage_chosen.connect(lambda name: context.files.open_example(f"outages/{name}"))
    if outages:
        dialog.tabs.setCurrentWidget(dialog.outages)
    dialog.open()


def report(context: Context) -> None:
    """Show what a report of a problem holds."""
    dialog = ReportDialog(context.frame)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.open()


ROWS = (
    Action("help.start", "Start Page", "Help", start_page, "Ctrl+Shift+Home"),
    Action("help.tour", "Take the Tour", "Help", lambda c: c.tour.begin()),
    Action("help.kinds", "Reference …", "Help", show_reference, "Shift+F1", separate=True),
    Action("help.keys", "Keyboard Shortcuts", "Help", lambda c: about.show_keys(c.frame, c.actions), "F1"),
    Action("help.report", "Report a Problem …", "Help", report, separate=True),
    Action("help.log", "Show Log Folder", "Help", lambda c: about.show_log_folder(c.session)),
    Action("help.about", "About Cloud Designer", "Help", lambda c: about.show_about(c.frame)),
)  # fmt: skip
