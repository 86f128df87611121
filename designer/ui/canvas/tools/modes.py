"""The tools of each mode, in the order in which they are offered a press."""

from __future__ import annotations

from designer.ui.canvas.tools.connect import Connect, PickLinks
from designer.ui.canvas.tools.link_picking import LinkPicker
from designer.ui.canvas.tools.moving import Move
from designer.ui.canvas.tools.pan import Pan
from designer.ui.canvas.tools.resize import Resize
from designer.ui.canvas.tools.selecting import RubberBand, SelectForMenu
from designer.ui.canvas.tools.tool import Tool, ToolHost


def modes(host: ToolHost, picker: LinkPicker) -> dict[str, tuple[Tool, ...]]:
    """Make the tools of each mode (select, hand, connect)."""
    pan, menu = Pan(host), SelectForMenu(host)
    connect, links = Connect(host, picker), PickLinks(host, picker)
    return {
        "select": (pan, Resize(host), connect, links, menu, RubberBand(host), Move(host)),
        "hand": (pan, links, menu),
        "connect": (pan, Resize(host), connect, links, menu),
    }
