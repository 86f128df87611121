"""The Run menu."""

from __future__ import annotations

from PySide6.QtWidgets import QInputDialog

from designer.ui.actions.row import Action, in_run, selected_in_run
from designer.ui.run.runs_dialog import RunsDialog
from designer.ui.shell.context import Context


def save_run(context: Context) -> None:
    """Save the run that is shown with the design, under a label."""
    text, sure = QInputDialog.getText(context.frame, "Save This Run", "Label:")
    if sure:
        context.runs.keep(text)


ROWS = (
    Action("run.run", "Run", "Run", lambda c: c.control.play_or_pause(), "F5", "run"),
    Action("run.step", "Step", "Run", lambda c: c.control.step(), "F6", "step"),
    Action("run.stop", "Stop", "Run", lambda c: c.control.cancel(), "Shift+F5", "stop",
           when=lambda c: c.session.run is not None),
    Action("run.newest", "Go to Latest", "Run", lambda c: c.control.scrub(None), "Shift+F6", when=in_run),
    Action("run.fail", "Fail Now", "Run", lambda c: c.control.fail(c.session.selection), "Ctrl+Shift+F", "fail",
           when=selected_in_run, separate=True),
    Action("run.recover", "Recover", "Run", lambda c: c.control.recover(c.session.selection), "Ctrl+Shift+R", "recover",
           when=selected_in_run),
    Action("run.keep", "Save This Run …", "Run", save_run, "Ctrl+Alt+K", when=lambda c: c.runs.can_keep,
           separate=True),
    Action("run.runs", "Saved Runs …", "Run", lambda c: RunsDialog(c.runs, c.frame).open(), "Ctrl+Shift+U"),
)  # fmt: skip
