"""The Help menu."""

from __future__ import annotations

from designer.ui.actions.row import Action
from designer.ui.parts.manual import ManualDialog
from designer.ui.shell import about

ROWS = (
    Action("help.kinds", "Reference …", "Help",
           lambda c: ManualDialog(c.session.project, c.theme, c.frame).open(), "Shift+F1"),
    Action("help.keys", "Keyboard Shortcuts", "Help", lambda c: about.show_keys(c.frame, c.actions), "F1"),
    Action("help.log", "Show Log Folder", "Help", lambda c: about.show_log_folder(c.session), separate=True),
    Action("help.about", "About Cloud Designer", "Help", lambda c: about.show_about(c.frame)),
)  # fmt: skip
