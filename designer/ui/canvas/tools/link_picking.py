"""Finds links, ports and names of sets under the mouse."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt

from designer.commands import links
from designer.ui.canvas.links.links import PICK_PX, Bundle
from designer.ui.canvas.paint.overlay import PORT_PX
from designer.ui.canvas.paint.tips import tip_of
from designer.ui.canvas.tools.tool import ToolHost
from designer.words import tr

PORT_AWAY_PX, NEAR_PX = 14.0, 26.0
"""How far a port stands from its box, how near the mouse must be to a box to see its ports."""
MOST_NAMED = 50
"""Of more selected links the names are not kept free of their lines."""
MOST_WITH_PORTS = 500
"""Of a larger selection no box has ports."""


def ports_of(box: QRectF) -> list[QPointF]:
    """Where the ports of a box stand in the window: beside the middle of each side."""
    middle, away = box.center(), PORT_AWAY_PX
    return [
        QPointF(middle.x(), box.top() - away),
        QPointF(box.right() + away, middle.y()),
        QPointF(middle.x(), box.bottom() + away),
        QPointF(box.left() - away, middle.y()),
    ]


class LinkPicker:
    """Finds links, ports and names of sets at a point, and marks those beneath the mouse."""

    def __init__(self, host: ToolHost) -> None:
        self._host = host
        self._hovered: Bundle | None = None
        self._port_of = 0

    def chosen_at(self, at: QPointF, where: QPointF, row: int) -> list[int]:
        """What a click selects: the set whose name stands there, links, or the set whose reach they show."""
        owner = self._host.brush.outlines.set_at(where)
        bundle = self.bundle_at(at, row) if not owner else None
        if bundle is None:
            return [owner] if owner else []
        return [int(self._host.world.ids[bundle.a])] if bundle.kind.shown == "reach" else bundle.ids

    def bundle_at(self, at: QPointF, row: int) -> Bundle | None:
        """The links at a point of the drawing, unless something that is no mere container is there."""
        host = self._host
        if row >= 0:
            box = host.session.project.kinds[host.world.kind_name(row)].box
            if box.flow in ("leaf", "grid") or at.y() < host.world.y[row] + box.header:
                return None
        host.brush.links.update(host.scale_now)
        return host.brush.links.at(at.x(), at.y(), PICK_PX / host.scale_now, host.brush.layers)

    def hover(self, at: QPointF, where: QPointF, row: int) -> bool:
        """Show ports and mark the links beneath the mouse; True when it is on one of them."""
        host, overlay = self._host, self._host.overlay
        ports = self._ports(where)
        before, self._hovered = self._hovered, self.bundle_at(at, row)
        on_port = self.port_at(where) is not None
        if ports != overlay.ports or before is not self._hovered:
            overlay.ports = ports
            host.repaint_soon()
        if self._hovered is not None or host.brush.outlines.set_at(where) or on_port:
            overlay.hover = None
            host.repaint_soon()
            host.set_cursor(Qt.CursorShape.CrossCursor if on_port else Qt.CursorShape.PointingHandCursor)
            return True
        return False

    def leave(self) -> None:
        """Handle that the mouse has left."""
        self._hovered, self._host.overlay.ports = None, []

    def _linkable(self, where: QPointF) -> QRectF | None:
        """The box of what is selected near a point of the window, when links may join its kind."""
        host = self._host
        project, boxes = host.session.project, host.overlay.selected
        if len(boxes) > MOST_WITH_PORTS or len(host.session.selection) > MOST_WITH_PORTS:
            return None
        chosen = [i for i in host.session.selection if i in host.world.row_of]
        if len(boxes) != len(chosen):
            return None
        near = [n for n, box in enumerate(boxes) if _near(box, NEAR_PX).contains(where)]
        if not near:
            return None
        nearest = min(near, key=lambda n: _away(boxes[n], where))
        kind = project.kinds[project.elements[chosen[nearest]].kind]
        rules = project.link_kinds.values()
        if not (kind.container or any(kind.name in k.sources or kind.name in k.targets for k in rules)):
            return None
        self._port_of = chosen[nearest]
        return boxes[nearest]

    def _ports(self, where: QPointF) -> list[QPointF]:
        box = self._linkable(where) if self._host.tool == "select" else None
        if box is None:
            return []
        inner = box.adjusted(NEAR_PX, NEAR_PX, -NEAR_PX, -NEAR_PX)
        return ports_of(box) if not (inner.isValid() and inner.contains(where)) else []

    def port_at(self, where: QPointF) -> int | None:
        """The id of the element whose port is at a point of the window."""
        for port in self._host.overlay.ports:
            if (port - where).manhattanLength() <= PORT_PX * 2:
                return self._port_of
        return None

    def show_ways(self) -> None:
        """Hand the ways of the selected links and of those beneath the mouse to what paints above."""
        host = self._host
        links_ = host.brush.links
        session = host.session
        links = session.chosen.elements < len(session.selection)
        chosen = links_.holding(i for i in session.selection if i in session.project.links) if links else []
        host.overlay.ways = [self._pixels(bundle) for bundle in chosen]
        hovered = self._hovered
        under = [hovered] if hovered is not None and hovered in links_.bundles else []
        host.overlay.hover_way = self._pixels(under[0]) if under else []
        places = host.brush.labels.places
        named = [places.get(links_.bundles.index(bundle)) for bundle in (*chosen, *under)[:MOST_NAMED]]
        host.overlay.plates = [place.translated(*host.brush.offset) for place in named if place is not None]

    def _pixels(self, bundle: Bundle) -> list[QPointF]:
        return [self._host.pixel_of(QPointF(x, y)) for x, y in self._host.brush.links.way_of(bundle).tolist()]

    def tip(self, at: QPointF, where: QPointF) -> str:
        """The tip of the links or the set under the mouse; empty for neither."""
        host = self._host
        row = host.world.at(at.x(), at.y())
        owner = host.brush.outlines.set_at(where)
        if owner:
            return tip_of(host.brush, host.world.row_of[owner])
        bundle = self.bundle_at(at, row)
        if bundle is None:
            return ""
        project, names = host.session.project, host.world.names
        count = len(bundle.ids)
        if bundle.kind.shown == "reach":
            members = tr("1 member") if count == 1 else tr("{0:,} members", count)
            said = tr("{0} is served by {1} in {2}", names[bundle.a], members, names[bundle.b])
        elif count == 1:
            link = project.links[bundle.ids[0]]
            said = links.sentence(project, link.kind, link.source, link.target, link.role)
        else:
            said = tr("{0:,} links: {1} {2} {3}", count, names[bundle.a], tr(bundle.kind.verb), names[bundle.b])
        return f"{said}\n{bundle.kind.help}".replace("<", "‹")


def _near(box: QRectF, by: float) -> QRectF:
    return box.adjusted(-by, -by, by, by)


def _away(box: QRectF, at: QPointF) -> float:
    """How far a point is from a box; 0 inside it."""
    dx = max(box.left() - at.x(), at.x() - box.right(), 0.0)
    dy = max(box.top() - at.y(), at.y() - box.bottom(), 0.0)
    return dx + dy
