"""The View menu: zoom, tools, colors, panels."""

from __future__ import annotations

from functools import partial

from designer.ui.actions.row import Action, one_selected, selected
from designer.ui.canvas.tools import keyboard
from designer.ui.canvas.view.jumps import Jumps
from designer.ui.shell.context import Context


def _tool(name: str, context: Context) -> None:
    context.strip.set_tool(name)


def _is_tool(name: str, context: Context) -> bool:
    return context.strip.tool == name


def _theme(mode: str, context: Context) -> None:
    context.set_theme(mode)


def _is_theme(mode: str, context: Context) -> bool:
    return context.theme.mode == mode


def _toggle(part: str, context: Context) -> None:
    context.panels.toggle(part)


def _is_wanted(part: str, context: Context) -> bool:
    return context.panels.wanted(part)


def show_inside(context: Context) -> None:
    """Show the selected element as large as the view and select what stands first in it."""
    session, view = context.session, context.canvas.view
    view.zoom_to_selection()
    inside = [i for i in session.project.children(session.selection[0]) if i in view.world.row_of]
    session.select(inside[:1] or session.selection)


def show_outside(context: Context) -> None:
    """Select what the selected element stands in and show it as large as the view; at the top, show everything."""
    session, view = context.session, context.canvas.view
    keyboard.go_out(session)
    if session.selection:
        view.zoom_to_selection()
    else:
        view.zoom_to_fit()


def toggle_collapsed(context: Context) -> None:
    """Draw the selected containers without their content; with it when all of them are collapsed."""
    view, project = context.canvas.view, context.session.project
    chosen = {i for i in context.session.selection if i in project.elements and project.kind(i).container}
    held = view.world.collapsed
    view.set_collapsed(held - chosen if chosen <= held else held | chosen)


def _is_collapsed(context: Context) -> bool:
    chosen = context.session.selection
    return bool(chosen) and set(chosen) <= context.canvas.view.world.collapsed


def _jumps(context: Context) -> Jumps:
    return context.canvas.view.jumps


def toggle_blast(context: Context) -> None:
    """Show what the element under the mouse would take along when it fails; no more where it is shown."""
    blast = context.canvas.view.blast
    blast.switch(not blast.on)


def _tool_row(name: str, text: str, key: str, separate: bool = False) -> Action:
    return Action(f"tool.{name}", text, "View", partial(_tool, name), key, name, separate=separate,
                  toggled=partial(_is_tool, name))  # fmt: skip


def _theme_row(mode: str, text: str, icon: str = "", separate: bool = False) -> Action:
    return Action(f"view.{mode}", text, "View", partial(_theme, mode), icon=icon, separate=separate,
                  toggled=partial(_is_theme, mode))  # fmt: skip


def _panel_row(part: str, text: str, key: str, separate: bool = False) -> Action:
    return Action(f"view.{part}", text, "View", partial(_toggle, part), key, separate=separate,
                  toggled=partial(_is_wanted, part))  # fmt: skip


ROWS = (
    Action("view.fit", "Zoom to Fit", "View", lambda c: c.canvas.view.zoom_to_fit(), "Ctrl+0", "zoom-fit"),
    Action("view.selection", "Zoom to Selection", "View", lambda c: c.canvas.view.zoom_to_selection(), "Ctrl+2",
           when=selected),
    Action("view.one", "Zoom to 100%", "View", lambda c: c.canvas.view.zoom_to(1.0), "Ctrl+1"),
    Action("view.in", "Zoom In", "View", lambda c: c.canvas.view.zoom_by(1.25), "Ctrl++"),
    Action("view.out", "Zoom Out", "View", lambda c: c.canvas.view.zoom_by(0.8), "Ctrl+-"),
    Action("view.inside", "Show Inside", "View", show_inside, "Ctrl+Return", when=one_selected),
    Action("view.outside", "Show What It Stands In", "View", show_outside, "Ctrl+Backspace"),
    Action("view.collapse", "Collapsed", "View", toggle_collapsed, "Ctrl+.", when=selected, toggled=_is_collapsed),
    Action("view.expand", "Expand All", "View", lambda c: c.canvas.view.set_collapsed(()), "Ctrl+Shift+."),
    Action("view.back", "Back", "View", lambda c: c.canvas.view.travel(_jumps(c).back(c.canvas.view.spot)),
           "Alt+Left", separate=True),
    Action("view.forward", "Forward", "View", lambda c: c.canvas.view.travel(_jumps(c).forward(c.canvas.view.spot)),
           "Alt+Right"),
    _tool_row("select", "Select and Move", "V", separate=True),
    _tool_row("hand", "Pan", "H"),
    _tool_row("connect", "Connect by Dragging", "C"),
    Action("view.blast", "Blast Radius", "View", toggle_blast, "B", toggled=lambda c: c.canvas.view.blast.on),
    _theme_row("light", "Light", "sun", separate=True),
    _theme_row("dark", "Dark", "moon"),
    _theme_row("system", "Same as System"),
    _panel_row("history", "History", "Ctrl+H", separate=True),
    _panel_row("lanes", "Plots and Events", "Ctrl+J"),
    _panel_row("form", "Properties", "Ctrl+P"),
    Action("view.findings", "Findings", "View", lambda c: c.panels.show_findings(), "Ctrl+Shift+J"),
)  # fmt: skip
