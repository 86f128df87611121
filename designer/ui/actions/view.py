"""The View menu: zoom, tools, colors, panels."""

from __future__ import annotations

from functools import partial

from designer.ui.actions.row import Action, selected
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
    Action("view.one", "Zoom to 100 %", "View", lambda c: c.canvas.view.zoom_to(1.0), "Ctrl+1"),
    Action("view.in", "Zoom In", "View", lambda c: c.canvas.view.zoom_by(1.25), "Ctrl++"),
    Action("view.out", "Zoom Out", "View", lambda c: c.canvas.view.zoom_by(0.8), "Ctrl+-"),
    _tool_row("select", "Select and Move", "V", separate=True),
    _tool_row("hand", "Pan", "H"),
    _tool_row("connect", "Connect by Dragging", "C"),
    _theme_row("light", "Light", "sun", separate=True),
    _theme_row("dark", "Dark", "moon"),
    _theme_row("system", "Same as System"),
    _panel_row("history", "History", "Ctrl+H", separate=True),
    _panel_row("lanes", "Plots and Events", "Ctrl+J"),
    _panel_row("form", "Properties", "Ctrl+P"),
    Action("view.findings", "Findings", "View", lambda c: c.panels.show_findings(), "Ctrl+Shift+J"),
)  # fmt: skip
