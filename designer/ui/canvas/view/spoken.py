"""What a sentence over the drawing may speak of, and therefore should not cover."""

from __future__ import annotations

from PySide6.QtCore import QRect, QRectF

from designer.ui.canvas.view.view import View

MOST = 200
"""How many selected boxes are looked at."""


def headers_of_selection(view: View) -> list[QRect]:
    """The headers of the containers that are selected or hold what is, in the view."""
    world, found = view.world, set[int]()
    for element_id in view.session.selection[:MOST]:
        row = world.row_of.get(element_id, -1)
        while row >= 0 and row not in found:
            found.add(row)
            row = int(world.parent[row])
    heads = []
    for row in found:
        kind = world.project.kinds[world.kind_name(row)]
        if kind.container:
            box = view.to_pixels(world.rect(row))
            height = min(kind.box.header * view.scale_now, box.height())
            heads.append(QRectF(box.left(), box.top(), box.width(), height).toAlignedRect())
    return heads


def boxes_of_selection(view: View) -> list[QRect]:
    """The outlines of the selection in the view."""
    return [box.toAlignedRect() for box in view.overlay.selected[:MOST]]
