"""Painting the drawing: containers from outside in, VMs grouped by color, in device pixels, by zoom level.

The same code paints the canvas, pictures and exports. `Brush` holds what is the same for one picture.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPen, QRegion, QTransform

from designer import units
from designer.model.kind import Kind
from designer.study.frames import STEAL_MARKS, ElementState, Frame
from designer.ui.canvas.paint.brush import (
    DETAIL,
    GLYPH_PX,
    LABEL,
    LEFT,
    RIGHT,
    SHORTEST_NAME_PX,
    SMALLEST_FRAME_PX,
    SMALLEST_HEADER_PX,
    SMALLEST_TITLE_PX,
    TILE,
    Brush,
    fill_moved,
    hatch,
    mix,
    percent,
)
from designer.ui.canvas.paint.cells import (
    paint_cells,
    paint_down_tiles,
    paint_frames,
    paint_hosts,
    paint_tiles,
    plain_containers,
    plain_hosts,
    running_color,
    short_of_cpu,
)
from designer.ui.canvas.paint.content_marks import content_width, paint_content, paint_content_line
from designer.ui.canvas.paint.far_names import paint_far_names
from designer.ui.canvas.paint.finding_paint import paint_findings
from designer.ui.canvas.paint.fitting import card_name, cell_lines, content_words
from designer.ui.canvas.paint.flat.flats import Flats, flats_of
from designer.ui.canvas.paint.guests import paint_guests
from designer.ui.canvas.paint.link_paint import paint_feeds, paint_links
from designer.ui.canvas.paint.move_paint import paint_moves
from designer.ui.canvas.paint.outline_paint import beside_badges, paint_outlines
from designer.ui.canvas.world import sets
from designer.ui.canvas.world.live import live_of
from designer.ui.canvas.world.mapping import Mapping
from designer.ui.canvas.world.room import RoomForGuests
from designer.ui.canvas.world.world import World
from designer.ui.parts.guard import attempt, paint_part
from designer.ui.parts.icons import draw_icon, draw_state
from designer.words import tr, trn

HIGH_HEADER_PX = 44.0
"""Headers of hosts that are higher have a second line."""
CORNER, LARGE = 6, 0.25
"""The largest radius of corners, in pixels; containers from the second part of the view's width on have no ground of
the canvas beneath."""
MOSTLY = 0.75
"""From this part of the drawing in view on, what is outside is painted, too; the clip keeps it out of the picture."""


def paint_world(painter: QPainter, brush: Brush, rows: slice | None = None) -> None:
    """Paint the drawing (or a slice of its rows) with the painter's transform, within its clip."""
    view = painter.worldTransform()
    clip = painter.clipBoundingRect()
    world, scale = brush.world, view.m11()
    brush.scale, brush.offset, brush.shown = scale, (view.dx(), view.dy()), QRectF(view.mapRect(clip).toRect())
    attempt(brush.outlines.update, ())
    painter.save()
    painter.resetTransform()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    seen = _seen(world, clip)
    if brush.hidden is not None and brush.hidden.size == seen.size:
        seen &= ~brush.hidden
    if rows is not None:
        within = np.zeros_like(seen)
        within[rows] = True
        seen &= within
    boxes = brush.boxes.of(world, view)
    big = seen & ~world.is_vm & (boxes[:, 2] >= SMALLEST_FRAME_PX)
    tiles = big & world.is_host if brush.level(world.host_cell, scale) == TILE else np.zeros_like(big)
    flats = _flats(painter, brush, seen, boxes) if rows is None else None
    paint_part(painter, _paint_containers, brush, np.flatnonzero(big & ~tiles), boxes, scale, flats)
    tiled = flats if flats is not None and flats.tiled else None
    paint_part(painter, paint_tiles, brush, np.flatnonzero(tiles), boxes, tiled)
    paint_part(painter, _paint_vms, brush, np.flatnonzero(seen & world.is_vm), boxes, flats)
    if flats is not None:
        paint_part(painter, _paint_over, brush, flats, boxes, scale)
    paint_part(painter, paint_guests, brush, big & ~tiles, boxes)
    if rows is None:
        paint_part(painter, paint_outlines, brush, boxes)
        paint_part(painter, paint_links, brush, boxes, clip)
        paint_part(painter, paint_moves, brush, boxes)
        if brush.names_far:
            paint_part(painter, paint_far_names, brush, boxes, seen)
        paint_part(painter, paint_findings, brush, boxes)
    painter.restore()


def paint_ground(painter: QPainter, brush: Brush, view: QTransform, room: QRect) -> None:
    """Fill a room with the color of the canvas, but for what the outermost containers fill themselves."""
    world, ground = brush.world, QRegion(room)
    large = (world.parent < 0) & (world.w * view.m11() > room.width() * LARGE)
    if large.any():
        boxes = brush.boxes.of(world, view)
        for row in np.flatnonzero(large).tolist():
            kind = world.project.kinds[world.kind_name(row)]
            if kind.container and not kind.is_set and not brush.is_hidden(row):
                left, top, width, height = (int(side) for side in boxes[row].tolist())
                ground -= QRect(left, top, width, height).adjusted(CORNER, CORNER, -CORNER, -CORNER)
    painter.setClipRegion(ground)
    painter.fillRect(room, brush.theme.color("canvas"))
    painter.setClipping(False)


def _seen(world: World, clip: QRectF) -> NDArray[np.bool_]:
    """Which rows to paint: all of them where most of the drawing is in the clip, for to ask each takes longer."""
    bounds = world.bounds()
    shown = bounds & clip
    if clip.isEmpty() or shown.width() * shown.height() > MOSTLY * bounds.width() * bounds.height():
        return np.ones(world.ids.size, np.bool_)
    return world.visible(clip)


# -- containers


def _plain(brush: Brush, rows: NDArray[np.int64]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which of some rows are plain containers, and plain hosts, from afar."""
    far = round(brush.world.project.kinds["host"].box.header * brush.scale) < SMALLEST_HEADER_PX
    return plain_containers(brush, rows), plain_hosts(brush, rows) & far


def _flats(painter: QPainter, brush: Brush, seen: NDArray[np.bool_], boxes: NDArray[np.float64]) -> Flats | None:
    """The flat colors of a picture, where it has many cells."""
    tiled = brush.level(brush.world.host_cell, brush.scale) == TILE
    plain = _plain(brush, brush.containers)
    found: Flats | None = attempt(flats_of, (painter, brush, boxes, seen, plain, tiled))
    return found


def _paint_over(painter: QPainter, brush: Brush, flats: Flats, boxes: NDArray[np.float64], scale: float) -> None:
    """What lies on flat colors, and those themselves where there was no cell to paint."""
    flats.paint(painter)
    if flats.tiled:
        paint_down_tiles(painter, brush, flats.hosts, boxes)
    _paint_alone(painter, brush, flats.over, boxes, scale)


def _paint_alone(
    painter: QPainter, brush: Brush, rows: NDArray[np.int64], boxes: NDArray[np.float64], scale: float
) -> None:
    """Containers and boxes one by one."""
    for row in rows.tolist():
        _paint_container(painter, brush, row, QRectF(*boxes[row].tolist()), scale)


def _paint_containers(
    painter: QPainter,
    brush: Brush,
    rows: NDArray[np.int64],
    boxes: NDArray[np.float64],
    scale: float,
    flats: Flats | None,
) -> None:
    """From outside in, level by level; what is alike from afar together, or left to `flats`."""
    world, depth = brush.world, brush.world.depth[rows]
    frames, hosts = _plain(brush, rows)
    if flats is not None and flats.whole:
        alone = ~(frames | hosts) & ~np.isin(rows, flats.over)
        _paint_alone(painter, brush, rows[alone][np.argsort(depth[alone], kind="stable")], boxes, scale)
        return
    alone, bare = ~(frames | hosts), np.ones(world.ids.size, np.bool_)
    bare[rows[frames]] = False
    bare = bare[world.parent[rows]] | (world.parent[rows] < 0)
    for level in range(int(depth.max(initial=-1)) + 1):
        here = depth == level
        _paint_alone(painter, brush, rows[here & alone], boxes, scale)
        paint_frames(painter, brush, rows[here & frames], boxes, bare[here & frames])
        paint_hosts(painter, brush, rows[here & hosts], boxes)


def _paint_container(painter: QPainter, brush: Brush, row: int, box: QRectF, scale: float) -> None:
    kind = brush.world.project.kinds[brush.world.kind_name(row)]
    if kind.name == "note":
        sets.paint_note(painter, brush, row, box, scale)
        return
    if kind.is_set or not kind.container:
        sets.paint_box(painter, brush, row, box, scale)
        return
    if kind.name == "host":
        _paint_host(painter, brush, row, box, scale, kind)
        return
    theme, live = brush.theme, brush.live
    down = live is not None and bool(live.down[row])
    root = live is not None and bool(live.root[row])
    colors = theme.kind(color_kind(brush.world, row))
    header = round(kind.box.header * scale)
    radius = min(max(CORNER * scale, 2.0), CORNER) if min(box.width(), box.height()) > 24 else 2.0
    border = colors.border
    if down:
        border = theme.state("failed") if root else mix(theme.state("failed"), theme.color("failed.ground"), 0.72)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    painter.setPen(QPen(border, 1.5 if root else 1.0))
    painter.setBrush(theme.color("failed.ground") if down else theme.color("container"))
    painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), radius, radius)
    if header >= 6:
        painter.setBrush(
            theme.color("failed.header") if root else theme.color("failed.ground") if down else colors.header
        )
        painter.drawPath(_top_of(box.adjusted(0.5, 0.5, -0.5, -0.5), min(header, box.height() - 1), radius))
        line = mix(border, theme.color("failed.ground"), 0.5) if down else colors.border
        painter.setPen(QPen(line, 1))
        y = box.top() + header + 0.5
        painter.drawLine(QPointF(box.left() + 1, y), QPointF(box.right() - 1, y))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    if header >= SMALLEST_TITLE_PX:
        room = in_sight(brush, QRectF(box.left(), box.top(), box.width(), header))
        _paint_header(painter, brush, row, room, scale, kind)
    if row in brush.world.folded:
        _paint_folded(painter, brush, row, box.adjusted(0, max(header, 0), 0, 0), down)


def in_sight(brush: Brush, header: QRectF) -> QRectF:
    """The part of a header between the sides of the picture: its words stay in sight while the view is inside."""
    if brush.shown.isEmpty():
        return header
    left, right = max(header.left(), brush.shown.left()), min(header.right(), brush.shown.right())
    return QRectF(left, header.top(), max(right - left, 0.0), header.height())


def _top_of(box: QRectF, height: float, radius: float) -> QPainterPath:
    """The upper part of a rounded box, as a path: SVG files with clips are not shown alike everywhere."""
    path, arc = QPainterPath(QPointF(box.left(), box.top() + height)), 2 * min(radius, height)
    path.arcTo(QRectF(box.left(), box.top(), arc, arc), 180, -90)
    path.arcTo(QRectF(box.right() - arc, box.top(), arc, arc), 90, -90)
    path.lineTo(box.right(), box.top() + height)
    path.closeSubpath()
    return path


def _paint_folded(painter: QPainter, brush: Brush, row: int, body: QRectF, down: bool) -> None:
    """The content of a collapsed container in words, on the color of its mean load."""
    live, theme = brush.live, brush.theme
    edge = 6.0 if min(body.width(), body.height()) > 40 else 2.0
    room = body.adjusted(edge, edge, -edge, -edge)
    load = float(live.load[row]) if live is not None else float("nan")
    if min(room.width(), room.height()) < 8:
        return
    known = not down and not np.isnan(load)
    value = live.shown.says(brush.world, row) if live is not None and known else ""
    painter.fillRect(room, theme.heat(load) if known else theme.color("sunken"))
    if down:
        painter.fillRect(room, hatch(theme))
    font, measures = brush.font("secondary", brush.scale)
    if room.height() < measures.height():
        return
    painter.setFont(font)
    painter.setPen(theme.heat_text(load) if known else theme.color("text.muted"))
    kinds, held = brush.world.project.kinds, brush.world.folded[row]
    most = [(kinds[name], count) for name, count in held.most_common() if kinds[name].drawn]
    text = content_words(value, [kind.counted(count) for kind, count in most], measures, room.width() - 8)
    painter.drawText(room, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextSingleLine, text)


def color_kind(world: World, row: int) -> str:
    """The name under which the theme has the colors of a row."""
    name = world.kind_name(row)
    if name == "subnet":
        public = world.project.elements[int(world.ids[row])].__dict__["public"]
        return "public_subnet" if public else "private_subnet"
    return name


def _paint_header(painter: QPainter, brush: Brush, row: int, box: QRectF, scale: float, kind: Kind) -> None:
    theme, live, world = brush.theme, brush.live, brush.world
    down = live is not None and bool(live.down[row])
    root = live is not None and bool(live.root[row])
    major = kind.name in ("region", "zone")
    colors = theme.kind(color_kind(world, row))
    ink = theme.state("failed") if root else theme.color("text.muted") if down else colors.ink
    left, right = box.left() + 8 * min(scale, 1.2), box.right() - 8 * min(scale, 1.2)
    if kind.name != "rack" and kind.name != "subnet" and box.width() > 60:
        size = min(16.0 * min(scale, 1.3), box.height() - 4)
        if size >= 8:
            draw_icon(
                painter, kind.icon.removesuffix(".svg"), QRectF(left, box.center().y() - size / 2, size, size), ink
            )
            left += size + 7
    right -= _paint_status(painter, brush, row, QRectF(left, box.top(), right - left, box.height()), scale, kind)
    font, measures = brush.font("title" if major else "base" if kind.name == "data_center" else "secondary", scale)
    name = world.names[row]
    if right - left < SHORTEST_NAME_PX:
        return
    text = measures.elidedText(name, Qt.TextElideMode.ElideMiddle, right - left)
    painter.setFont(font)
    painter.setPen(theme.state("failed") if root else theme.color("text.muted") if down else theme.color("text"))
    painter.drawText(QRectF(left, box.top(), right - left, box.height()), LEFT, text)
    left += measures.horizontalAdvance(text) + 8
    if kind.name == "zone" and right - left > 20:
        key = theme.series(zone_number(world, row))
        painter.fillRect(QRectF(left, round(box.center().y()) - 1, 14, 2), key)
        left += 22
    font, measures = brush.font("secondary", scale)
    right += 4 * min(scale, 1.2)  # half of the margin, where it lacks a digit's width
    forms = (summary_of(brush, row, kind, hidden) for hidden in (True, False))
    summary = next((form for form in forms if measures.horizontalAdvance(form) < right - left), "")
    if summary and not down:
        painter.setFont(font)
        painter.setPen(theme.color("text.muted"))
        painter.drawText(QRectF(left, box.top(), right - left, box.height()), LEFT, summary)


def zone_number(world: World, row: int) -> int:
    """The place of a zone among all zones: its color in plots and on the drawing."""
    return int(np.searchsorted(world.rows_of_kind("zone"), row))


def summary_of(brush: Brush, row: int, kind: Kind, hidden: bool = True) -> str:
    """The text of a header beside the name: of regions and zones, what stands in them and, if `hidden`, how much of it
    is hidden."""
    world = brush.world
    fields = world.project.elements[int(world.ids[row])].__dict__
    if kind.name == "subnet":
        return str(fields["cidr"])
    if kind.name == "data_center":
        if brush.live is not None and not np.isnan(brush.live.power_w[row]) and brush.live.power_w[row] > 0:
            return units.text(float(brush.live.power_w[row]), "W", 3)
        return ""
    if kind.name not in ("region", "zone"):
        return kind.words(world.project, world.project.elements[int(world.ids[row])])
    parts = []
    for name in ("zone", "host", "vm"):
        count = world.count(row, name)
        if count and not (kind.name == "zone" and brush.running):
            unseen = world.hidden(row, name) if hidden else 0
            said = world.project.kinds[name].counted(count)
            parts.append(tr("{0}, {1:,} hidden", said, unseen) if unseen else said)
    return "   ".join(parts)


def _paint_status(painter: QPainter, brush: Brush, row: int, box: QRectF, scale: float, kind: Kind) -> float:
    """What stands at the right of a header; the width it takes."""
    theme, live = brush.theme, brush.live
    if kind.name == "subnet":
        return sets.paint_group_name(painter, brush, row, box, scale)
    if kind.name in ("rack", "data_center") and "power" in brush.layers:
        return paint_feeds(painter, brush, row, box)
    if live is None or kind.name not in ("region", "zone", "data_center"):
        return 0.0
    if live.root[row]:
        font, measures = brush.font("secondary", scale)
        text = tr("failed {0}", since_text(live.time_s - float(live.since_s[row])))
        if measures.horizontalAdvance(text) > box.width() - 40:
            text = tr("failed")
        painter.setFont(font)
        painter.setPen(theme.state("failed"))
        painter.drawText(box, RIGHT, text)
        return measures.horizontalAdvance(text) + 8
    text, load = live.shown.says(brush.world, row), float(live.load[row])
    if live.down[row] or kind.name == "data_center":
        return 0.0
    font, measures = brush.font("title", scale) if kind.name == "zone" else brush.font("secondary", scale)
    taken = 0.0
    if kind.name == "region":
        text = tr("mean {0}", text) if text else ""
        taken = _paint_failed_pill(painter, brush, row, box, scale)
    if not text:
        return taken
    painter.setFont(font)
    painter.setPen(
        theme.color("overload") if load > 1.0 else theme.color("text" if kind.name == "zone" else "text.muted")
    )
    painter.drawText(box.adjusted(0, 0, -taken, 0), RIGHT, text)
    return taken + measures.horizontalAdvance(text) + 8


def _paint_failed_pill(painter: QPainter, brush: Brush, row: int, box: QRectF, scale: float) -> float:
    live, world, theme = brush.live, brush.world, brush.theme
    assert live is not None
    roots = np.flatnonzero(live.root[world.subtree(row)]) + row
    if not roots.size:
        return 0.0
    kinds = [world.project.kinds[world.kind_name(int(r))] for r in roots]
    same = all(kind is kinds[0] for kind in kinds)
    noun = tr((kinds[0].noun if len(kinds) == 1 else kinds[0].plural) if same else "elements")
    text = tr("{0} {1} failed", len(kinds), noun)
    font, measures = brush.font("secondary", scale)
    width, height = measures.horizontalAdvance(text) + 30, min(20.0 * min(scale, 1.2), box.height() - 4)
    pill = QRectF(box.right() - width, box.center().y() - height / 2, width, height)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.color("failed.header"))
    painter.drawRoundedRect(pill, height / 2, height / 2)
    draw_state(
        painter, QRectF(pill.left() + 7, pill.center().y() - 5, 10, 10), ElementState.FAILED, theme.state("failed")
    )
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    painter.setFont(font)
    painter.setPen(theme.state("failed"))
    painter.drawText(pill.adjusted(22, 0, 0, 0), LEFT, text)
    return width + 8


def since_text(seconds: float) -> str:
    """How long ago: "2 h 10 min ago"."""
    minutes = int(max(seconds, 0) // 60)
    if minutes < 1:
        return tr("just now")
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    parts = [f"{n} {unit}" for n, unit in ((days, "d"), (hours, "h"), (minutes, "min")) if n]
    return tr("{0} ago", " ".join(parts[:2]))


# -- hosts


def _paint_host(painter: QPainter, brush: Brush, row: int, box: QRectF, scale: float, kind: Kind) -> None:
    theme, live = brush.theme, brush.live
    down = live is not None and bool(live.down[row])
    root = live is not None and bool(live.root[row])
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    alone = brush.world.parent[row] < 0  # on the canvas its ground would hardly be seen
    edge = theme.state("failed") if root else theme.kind("host").border
    painter.setPen(QPen(edge, 1) if root or alone else Qt.PenStyle.NoPen)
    box = box.adjusted(0.5, 0.5, -0.5, -0.5) if alone else box
    ground = theme.color("failed.header") if root else theme.color("no_data") if down else theme.color("sunken")
    painter.setBrush(ground)
    painter.drawRoundedRect(box, min(3.0, 3 * scale), min(3.0, 3 * scale))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    header = QRectF(box.left(), box.top(), box.width(), round(kind.box.header * scale))
    if header.height() >= SMALLEST_HEADER_PX:
        _paint_host_header(painter, brush, row, in_sight(brush, header).adjusted(5, 1, -5, 1), scale)
    if row in brush.world.folded:
        _paint_folded(painter, brush, row, box.adjusted(0, header.height(), 0, 0), down)


def _paint_host_header(painter: QPainter, brush: Brush, row: int, box: QRectF, scale: float) -> None:
    theme, live, world = brush.theme, brush.live, brush.world
    font, measures = brush.font("tile", scale * 1.05)
    painter.setFont(font)
    second = measures.height() if box.height() > HIGH_HEADER_PX else 0.0
    facts = QRectF(box.left(), box.top() + second / 2, box.width(), box.height())
    if second:
        icon = QRectF(box.left(), box.center().y() - second / 2 - 8, 16, 16)
        draw_icon(painter, "host", icon, theme.kind("host").ink)
        box = box.adjusted(23, -second / 2, 0, -second / 2)  # all in one line, what the host has below it
    right = box.right()
    load = float(live.load[row]) if live is not None else float("nan")
    if live is not None and live.root[row]:
        size = min(10.0, box.height())
        place = QRectF(right - size, box.center().y() - size / 2, size, size)
        draw_state(painter, place, ElementState.FAILED, theme.state("failed"))
        right -= size + 4
    elif live is not None and (text := tr("cut off") if row in live.unreached else live.shown.says(world, row)):
        painter.setPen(theme.color("overload") if load > 1.0 or row in live.unreached else theme.color("text"))
        painter.drawText(box, RIGHT, text)
        right -= measures.horizontalAdvance(text) + 4
    if right - box.left() >= SHORTEST_NAME_PX * 0.7:
        down = live is not None and bool(live.down[row])
        painter.setPen(theme.color("text.muted" if down else "text"))
        width = right - box.left()
        text = measures.elidedText(world.names[row], Qt.TextElideMode.ElideMiddle, width)
        painter.drawText(QRectF(box.left(), box.top(), width, box.height()), LEFT, text)
        if second:
            font, measures = brush.font("secondary", 1.0)
            painter.setFont(font)
            painter.setPen(theme.color("text.muted"))
            text = measures.elidedText(_host_facts(world, row), Qt.TextElideMode.ElideRight, facts.width())
            painter.drawText(facts, LEFT, text)


def _host_facts(world: World, row: int) -> str:
    """What a host has, in a line: cores, memory, VMs, model."""
    fields = world.project.elements[int(world.ids[row])].__dict__
    has = trn("{0:,} core", "{0:,} cores", int(fields["cores"])), units.text(fields["ram_mib"], "MiB", 3)
    return "   ".join((*has, world.project.kinds["vm"].counted(world.count(row, "vm"))))


# -- VMs


def _paint_vms(
    painter: QPainter, brush: Brush, rows: NDArray[np.int64], boxes: NDArray[np.float64], flats: Flats | None
) -> None:
    if not rows.size:
        return
    levels, far = brush.levels_of(rows), brush.theme.color("no_data")
    shown = rows[levels != TILE]
    if brush.live is None and flats is not None:
        flats.color(rows[levels == TILE], far)
    elif brush.live is None:
        fill_moved(painter, brush.boxes.edges[rows[levels == TILE]], far, brush.boxes.moved)
    if not shown.size:
        return
    paint_cells(painter, brush, shown, boxes, flats)
    _mark_content(painter, brush, shown, boxes)
    labeled = levels >= LABEL
    for row, level in zip(rows[labeled].tolist(), levels[labeled].tolist()):
        _paint_vm_text(painter, brush, row, QRectF(*boxes[row].tolist()), level)


def _mark_content(painter: QPainter, brush: Brush, rows: NDArray[np.int64], boxes: NDArray[np.float64]) -> None:
    """Mark the cells in which something stands."""
    world, live, theme = brush.world, brush.live, brush.theme
    if not world.contents:
        return
    for row in rows[np.isin(world.ids[rows], list(world.contents))].tolist():
        level = brush.level(float(brush.spans[row]), brush.scale)
        if level == DETAIL or boxes[row, 2] < GLYPH_PX / 2:
            continue
        load = float(live.load[row]) if live is not None else float("nan")
        hot = live is not None and live.state[row] == ElementState.RUNNING and not np.isnan(load) and not live.down[row]
        hot = hot and live is not None and row not in live.offline
        ink = theme.heat_text(load) if hot else theme.color("text")
        paint_content(painter, brush, row, QRectF(*boxes[row].tolist()), level, ink)


def _paint_vm_text(painter: QPainter, brush: Brush, row: int, box: QRectF, level: int) -> None:
    theme, live, world = brush.theme, brush.live, brush.world
    state = int(live.state[row]) if live is not None else -1
    load = float(live.load[row]) if live is not None else float("nan")
    offline = live is not None and row in live.offline
    hot = live is not None and state == ElementState.RUNNING and not (np.isnan(load) or live.down[row] or offline)
    if level == DETAIL:
        _paint_vm_card(painter, brush, row, box, load, state)
        return
    font, measures = brush.font("tile", 1.0)
    painter.setFont(font)
    painter.setPen(
        theme.heat_text(load) if hot else theme.color("text" if live is None or live.shown.by_state else "text.muted")
    )
    inner = box.adjusted(4, 2, -3, -2)
    half = inner.height() / 2
    if half < measures.height() * 0.8:
        line = beside_badges(brush, row, inner, box, measures.capHeight())
        painter.drawText(line, LEFT, cell_lines(world.names[row], measures, line.width(), 1)[0])
        return
    said = live.shown.says(world, row) if live is not None else ""
    value = said if hot else STATE_NAMES[state] if state > 0 else tr("offline") if offline else ""
    if hot and live is not None and row in live.unreached:
        value = tr("{0}, cut off", said) if said else tr("cut off")
    upper, lower = (QRectF(inner.left(), inner.top() + n * half, inner.width(), half) for n in range(2))
    lower = beside_badges(brush, row, lower, box, measures.capHeight())
    lines = [*cell_lines(world.names[row], measures, upper.width(), 1 if value else 2, lower.width()), value]
    if not any(lines[1:]):
        upper = beside_badges(brush, row, inner, box, measures.capHeight())
    for line, text in zip((upper, lower), lines):
        painter.drawText(line, LEFT, text)


STATE_NAMES = (
    tr("running"), tr("restarting"), tr("waiting"), tr("failed"), tr("lost"), tr("maintenance"), tr("off"),
    tr("refused"),
)  # fmt: skip


def _paint_vm_card(painter: QPainter, brush: Brush, row: int, box: QRectF, load: float, state: int) -> None:
    theme, live, world = brush.theme, brush.live, brush.world
    runs = live is not None and not live.shown.by_state and state == ElementState.RUNNING
    over = load > 1.0
    if live is not None and runs:
        over = bool(short_of_cpu(live, np.array([row]), np.array([load], np.float32))[0])
    edge = theme.color("overload") if over else theme.state(state) if state > 0 else theme.kind("vm").border
    painter.fillRect(box, theme.color("raised"))
    offline = live is not None and row in live.offline
    plain = live is not None and live.shown.by_state and state == ElementState.RUNNING
    strip = theme.color("no_data") if offline else running_color(theme) if plain else theme.heat(load)
    painter.fillRect(QRectF(box.left(), box.top(), box.width(), 4), strip)
    painter.setPen(QPen(edge, 1.5 if over or state > 0 else 1.0))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRect(box.adjusted(0.5, 0.5, -0.5, -0.5))
    inner = box.adjusted(8, 10, -8, -6)
    kind = world.project.kinds[world.kind_name(row)]
    icon = kind.icon.removesuffix(".svg")
    below = 24.0 if live is None else 60.0
    in_line = inner.height() >= below + 14
    room = inner.width() - (0.0 if in_line else content_width(brush, row))
    font, icon_px, name = card_name(brush, world.names[row], room)
    if icon_px:
        draw_icon(painter, icon, QRectF(inner.left(), inner.top(), 16, 16), theme.kind(kind.name).ink)
    painter.setFont(font)
    painter.setPen(theme.color("text"))
    painter.drawText(QRectF(inner.left() + icon_px, inner.top(), inner.width() - icon_px, 16), LEFT, name)
    if in_line:
        paint_content_line(painter, brush, row, QRectF(inner.left(), inner.top() + below, inner.width(), 16))
    else:
        corner = QRectF(box.left(), box.top(), box.width() - 6, inner.top() - box.top() + 16)
        paint_content(painter, brush, row, corner, LABEL, theme.color("text.muted"))
    marked = in_line and content_width(brush, row) > 0
    _paint_facts(painter, brush, row, inner.adjusted(0, below + 18 * marked, 0, 0))
    if live is None:
        return
    painter.setFont(brush.font("secondary", 1.0)[0])
    for n, (title, value) in enumerate(((tr("CPU"), float(live.heat[row])), (tr("Steal"), float(live.steal[row])))):
        low = inner.height() < 60  # both lines end within the card
        line = QRectF(inner.left(), inner.top() + (19 + n * 15 if low else 24 + n * 18), inner.width(), 16)
        if line.bottom() > inner.bottom() + 2:
            return
        painter.setPen(theme.color("text.muted"))
        painter.drawText(line, LEFT, title)
        red = value > (1.0 if title == tr("CPU") else STEAL_MARKS[0] if over else np.inf)
        painter.setPen(theme.color("overload" if red else "text"))
        said = tr("offline") if offline and title == tr("CPU") else "–" if np.isnan(value) else percent(value)
        painter.drawText(line, RIGHT, said)
        bar = QRectF(line.left() + 36, line.center().y() - 2, max(line.width() - 76, 0), 4)
        painter.fillRect(bar, theme.color("sunken"))
        if not np.isnan(value):
            full = QRectF(bar.left(), bar.top(), bar.width() * min(value, 1.0), bar.height())
            painter.fillRect(full, theme.heat(value) if title == tr("CPU") else theme.color("text.muted"))


def _paint_facts(painter: QPainter, brush: Brush, row: int, room: QRectF) -> None:
    """What a VM asks for, in as many lines as there is room for."""
    fields = brush.world.project.elements[int(brush.world.ids[row])].__dict__
    vcpus = fields["vcpus"]
    lines = [(trn("{0:,} vCPU", "{0:,} vCPUs", int(vcpus)), units.text(fields["ram_mib"], "MiB", 3))]
    if fields.get("instance_type"):
        lines.append((str(fields["instance_type"]), ""))
    font, measures = brush.font("secondary", 1.0)
    lines = [
        part for left, right in lines
        for part in ([(left, right)] if measures.horizontalAdvance(left + " " + right) <= room.width()
                     else [(left, ""), (right, "")])
    ]  # fmt: skip
    painter.setFont(font)
    painter.setPen(brush.theme.color("text.muted"))
    for n, (left, right) in enumerate(lines):
        line = QRectF(room.left(), room.top() + 18 * n, room.width(), 16)
        if line.bottom() <= room.bottom() + 1:
            painter.drawText(line, LEFT, left)
            painter.drawText(line, RIGHT, right)


def fitted(world: World, target: QRectF) -> tuple[QRectF, float]:
    """What is painted of a drawing that fills a rectangle of a picture, in drawing units; and its scale there."""
    bounds = world.bounds().adjusted(-16, -16, 16, 16)
    return bounds, min(target.width() / bounds.width(), target.height() / bounds.height())


def paint_project(
    painter: QPainter, brush: Brush, target: QRectF, frame: Frame | None = None, show: str = "heat"
) -> None:
    """Paint the whole drawing into a rectangle of a picture; `frame` gives it the colors of a run."""
    bounds, scale = fitted(brush.world, target)
    if frame is not None:
        brush.live = live_of(brush.world, frame, Mapping(brush.world, frame.ids), show)
        RoomForGuests(brush.world).give({row: len(guests) for row, guests in brush.live.guests.items()})
    left = target.left() + (target.width() - bounds.width() * scale) / 2 - bounds.left() * scale
    top = target.top() + (target.height() - bounds.height() * scale) / 2 - bounds.top() * scale
    painter.save()
    painter.fillRect(target, brush.theme.color("canvas"))
    painter.setTransform(QTransform(scale, 0, 0, scale, left, top))
    painter.setClipRect(bounds)
    paint_world(painter, brush)
    painter.restore()
