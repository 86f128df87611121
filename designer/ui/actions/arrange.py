"""The Arrange menu."""

from __future__ import annotations

from designer.commands import edit
from designer.ui.actions.row import Action, selected
from designer.ui.pickers.consolidate_dialog import ConsolidateDialog
from designer.ui.shell.context import Context


def hug(context: Context) -> None:
    """Fit the selected containers to their content."""
    session, chosen = context.session, context.session.selection
    session.do_large("Shrinking to content …", edit.extent(session.project, chosen), edit.hug_content, chosen)


ROWS = (
    Action("arrange.consolidate", "Consolidate …", "Arrange", lambda c: c.open_dialog(ConsolidateDialog),
           "Ctrl+Shift+L"),
    Action("arrange.hug", "Fit to Content", "Arrange", hug, "Ctrl+G", when=selected),
)  # fmt: skip
