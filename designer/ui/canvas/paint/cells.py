"""Many like things, each color by one call: VMs as cells, hosts as tiles and grounds, and the marks on them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from designer.study.frames import STEAL_MARKS, ElementState
from designer.ui.canvas.paint.brush import (
    BUCKETS,
    GLYPH_PX,
    LOWEST_HEADER_PX,
    SMALLEST_TITLE_PX,
    Brush,
    buckets,
    draw_lines,
    draw_rects,
    fill_edges,
    fill_rects,
    fill_runs,
    hatch,
    heat_brushes,
    heat_pixels,
    mix,
)
from designer.ui.canvas.paint.flat.corners import tile_bars, tile_corners, triangles
from designer.ui.canvas.paint.flat.flats import Flats
from designer.ui.canvas.paint.glyphs import FRAMED_PX, paint_glyphs
from designer.ui.canvas.paint.pixels import boxes_at, edges_of
from designer.ui.canvas.world.live import Live
from designer.ui.canvas.world.world import World
from designer.ui.parts.icons import draw_state
from designer.ui.parts.theme import Theme

F = NDArray[np.float64]
Rows = NDArray[np.int64]

WORST = (ElementState.RUNNING, ElementState.RESTARTING, ElementState.WAITING, ElementState.LOST, ElementState.FAILED)
NOTCH_PX, SMALL_NOTCH_PX, WIDE_PX = 7.0, 5.0, 24.0
DASHED = (ElementState.WAITING, ElementState.LOST, ElementState.REFUSED)


def paint_by_load(
    painter: QPainter,
    theme: Theme,
    edges: NDArray[np.int32],
    rows: Rows,
    load: NDArray[np.float32],
    by: tuple[int, int] = (0, 0),
) -> None:
    """Fill some rows of rectangles (see `edges_of`), moved by whole pixels, with the colors of their loads."""
    if not rows.size:
        return
    bucket = buckets(load)
    order = np.argsort(bucket, kind="stable")
    edges, marks = edges.take(rows.take(order), axis=0), np.searchsorted(bucket.take(order), np.arange(BUCKETS + 1))
    fill_runs(painter, edges, marks.tolist(), heat_brushes(theme), by)


def running_color(theme: Theme) -> QColor:
    """The quiet color of what runs where colors tell states."""
    return mix(theme.state(ElementState.RUNNING), theme.color("container"), 0.5)


def frames(boxes: F, width: float) -> F:
    """Frames inside boxes, each as four boxes of a width."""
    left, top, right, bottom = boxes[:, 0], boxes[:, 1], boxes[:, 0] + boxes[:, 2], boxes[:, 1] + boxes[:, 3]
    sides = (
        (left, top, right - left, width),
        (left, bottom - width, right - left, width),
        (left, top, width, bottom - top),
        (right - width, top, width, bottom - top),
    )
    return np.concatenate([boxes_at(*side) for side in sides])


def cut_frames(boxes: F) -> F:
    """Frames of a pixel without their corners."""
    left, top, width, height = boxes.T
    sides = (
        (left + 1, top, width - 2, 1.0),
        (left + 1, top + height - 1, width - 2, 1.0),
        (left, top + 1, 1.0, height - 2),
        (left + width - 1, top + 1, 1.0, height - 2),
    )
    made = np.concatenate([boxes_at(*side) for side in sides])
    return made[(made[:, 2:] > 0).all(axis=1)]


# -- hosts


def plain_hosts(brush: Brush, rows: Rows) -> NDArray[np.bool_]:
    """Which of some rows are hosts that are nothing but a ground for cells from afar."""
    plain: NDArray[np.bool_] = brush.world.is_host[rows] & ~_is_busy(brush, rows)
    return plain


def _is_busy(brush: Brush, rows: Rows) -> NDArray[np.bool_]:
    """Which rows have failed themselves, are collapsed, or hold VMs that are drawn elsewhere."""
    live = brush.live
    special = [*brush.world.folded, *(live.guests if live is not None else ())]
    busy = np.isin(rows, special) if special else np.zeros(rows.size, np.bool_)
    return busy | live.root[rows] if live is not None else busy


def paint_hosts(painter: QPainter, brush: Brush, rows: Rows, boxes: F) -> None:
    """The grounds of hosts."""
    if not rows.size:
        return
    down = brush.live.down[rows] if brush.live is not None else np.zeros(rows.size, np.bool_)
    fill_rects(painter, boxes[rows[~down]], brush.theme.color("sunken"))
    fill_rects(painter, boxes[rows[down]], brush.theme.color("no_data"))


def plain_containers(brush: Brush, rows: Rows) -> NDArray[np.bool_]:
    """Which of some rows are containers that are nothing but a frame from afar: their header has no room for a name."""
    world, live = brush.world, brush.live
    plain = brush.titles < SMALLEST_TITLE_PX
    chosen = plain[world.kind[rows]] & ~_is_busy(brush, rows)
    return chosen & ~live.down[rows] if live is not None else chosen


def paint_frames(painter: QPainter, brush: Brush, rows: Rows, boxes: F, bare: NDArray[np.bool_]) -> None:
    """Containers as frames with corners cut by a pixel, and a line of their color where a header would be. Those in
    others of these have their ground already; `bare`: which have not."""
    world = brush.world
    if not rows.size:
        return
    for code in np.unique(world.kind[rows]).tolist():
        name = world.kinds[code]
        colors, header = brush.theme.kind(name), round(world.project.kinds[name].box.header * brush.scale)
        some = world.kind[rows] == code
        here = boxes[rows[some]]
        left, top, width, height = here.T
        fill_rects(painter, cut_frames(here), colors.border)
        inner = boxes_at(left + 1, top + 1, width - 2, height - 2)
        fill_rects(painter, inner[bare[some]], brush.theme.color("container"))
        if header >= LOWEST_HEADER_PX:
            fill_rects(painter, boxes_at(left + 1, top + 1, width - 2, header), colors.header)
            fill_rects(painter, boxes_at(left + 1, top + header, width - 2, 1.0), colors.border)


def paint_tiles(painter: QPainter, brush: Brush, rows: Rows, boxes: F, flats: Flats | None = None) -> None:
    """Hosts seen from afar: their mean, in a corner their hottest VM, at the left the worst state of their VMs. With
    `flats` they are painted later, and get their colors here."""
    theme, live = brush.theme, brush.live
    if not rows.size:
        return
    if live is None:
        if flats is None:
            fill_rects(painter, boxes[rows], theme.color("sunken"))
        return
    plain = live.shown.by_state
    gray = live.down[rows] | (np.isnan(live.load[rows]) & (not plain))
    if flats is not None:
        _color_tiles(brush, live, rows, gray, flats)
        return
    fill_rects(painter, boxes[rows[gray]], theme.color("no_data"))
    paint_down_tiles(painter, brush, rows, boxes)
    rows = rows[~gray]
    hottest, worst = _of_guests(brush.world, live, rows)
    if plain:
        fill_rects(painter, boxes[rows], running_color(theme))
    else:
        paint_by_load(painter, theme, brush.boxes.edges, rows, live.load[rows], brush.boxes.moved)
        shown = np.flatnonzero(_stands_out(hottest, live.load[rows]))
        edges, whose = tile_corners(edges_of(boxes[rows[shown]]))
        _paint_hottest(painter, theme, edges, hottest[shown[whose]])
    for rank, state in enumerate(WORST[1:], start=1):
        fill_edges(painter, tile_bars(edges_of(boxes[rows[worst == rank]])), theme.state(state))


def paint_down_tiles(painter: QPainter, brush: Brush, rows: Rows, boxes: F) -> None:
    """The lines over tiles of hosts that are down."""
    if brush.live is not None and (down := brush.live.down[rows]).any():
        fill_rects(painter, boxes[rows[down]], hatch(brush.theme))


def _color_tiles(brush: Brush, live: Live, rows: Rows, gray: NDArray[np.bool_], flats: Flats) -> None:
    """Give tiles the colors of their grounds, corners and bars."""
    theme, heat = brush.theme, heat_pixels(brush.theme)
    hottest, worst = _of_guests(brush.world, live, rows)
    mean = np.zeros(rows.size, np.float32) if live.shown.by_state else np.where(gray, np.float32(0), live.load[rows])
    body = np.full(rows.size, running_color(theme).rgba(), np.uint32) if live.shown.by_state else heat[buckets(mean)]
    body[gray] = theme.color("no_data").rgba()
    corner, bar = body.copy(), body.copy()
    if not live.shown.by_state:
        out = ~gray & _stands_out(hottest, mean)
        corner[out] = heat[buckets(hottest[out])]
        corner[out & (hottest > 1.0)] = theme.color("overload").rgba()
    for rank, state in enumerate(WORST[1:], start=1):
        bar[~gray & (worst == rank)] = theme.state(state).rgba()
    flats.color_tiles(body, corner, bar)


def _of_guests(world: World, live: Live, hosts: Rows) -> tuple[NDArray[np.float32], NDArray[np.int8]]:
    """Of hosts the highest load of the VMs drawn in them (-1: none) and their worst state, as its place in `WORST`."""
    rank = np.zeros(256, np.int8)
    for n, state in enumerate(WORST):
        rank[state] = n
    if not hosts.size:
        return np.zeros(0, np.float32), rank[:0]
    pairs = np.stack([hosts + 1, world.end[hosts]], axis=1).ravel()
    empty = world.end[hosts] == hosts + 1
    found = np.fmax.reduceat(np.append(live.load, np.float32(np.nan)), pairs)[::2]
    hottest = np.where(empty | np.isnan(found), np.float32(-1), found)
    if not (live.state > ElementState.RUNNING).any():
        return hottest, np.zeros(hosts.size, np.int8)
    worst = np.append(np.where(world.is_vm, rank[live.state], 0), 0).astype(np.int8)
    return hottest, np.where(empty, np.int8(0), np.maximum.reduceat(worst, pairs)[::2])


def _stands_out(hottest: NDArray[np.float32], mean: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Of hosts whether their hottest VM has another color than their mean."""
    found: NDArray[np.bool_] = (hottest >= 0) & ((buckets(hottest) != buckets(mean)) | (hottest > 1.0))
    return found


def _paint_hottest(painter: QPainter, theme: Theme, edges: NDArray[np.int32], load: NDArray[np.float32]) -> None:
    paint_by_load(painter, theme, edges, np.flatnonzero(load <= 1.0), load[load <= 1.0])
    fill_edges(painter, edges[load > 1.0], theme.color("overload"))


# -- VMs


def paint_cells(painter: QPainter, brush: Brush, rows: Rows, boxes: F, flats: Flats | None = None) -> None:
    """VMs as cells: heat where they run, hatched gray without data, else color and shape of their state. What is flat
    is painted by `flats`, where there are."""
    theme, live = brush.theme, brush.live
    if live is None:
        color = mix(theme.kind("vm").border, theme.color("sunken"), 0.15)
        if flats is not None:
            flats.color(rows, color)
            flats.paint(painter)
        else:
            fill_rects(painter, boxes[rows], color)
        _paint_templates(painter, brush, rows, boxes)
        return
    state, load = live.state.take(rows), live.load.take(rows)
    offline = np.zeros(rows.size, np.bool_)
    if live.offline:
        offline = np.isin(rows, list(live.offline)) & ~live.down[rows]
    gray = _without_data(live, rows, state) | offline
    runs = ~gray & (state == ElementState.RUNNING)
    hot = runs if live.shown.by_state else runs & ~np.isnan(load)
    hot_rows, load = (rows, load) if hot.all() else (rows[hot], load[hot])
    if flats is not None:
        flats.color(hot_rows, running_color(theme) if live.shown.by_state else heat_pixels(theme)[buckets(load)])
        flats.paint(painter)
    elif live.shown.by_state:
        fill_rects(painter, boxes[hot_rows], running_color(theme))
    else:
        paint_by_load(painter, theme, brush.boxes.edges, hot_rows, load, brush.boxes.moved)
    if not live.shown.by_state:
        gray |= runs & ~hot
        paint_over(painter, theme, boxes[hot_rows[short_of_cpu(live, hot_rows, load)]])
    if gray.any():
        fill_rects(painter, boxes[rows[gray]], theme.color("no_data"))
        fill_rects(painter, boxes[rows[gray]], hatch(theme))
    other = rows[~gray & ~hot]
    for number in np.unique(live.state[other]).tolist():
        paint_state_cells(painter, theme, boxes[other[live.state[other] == number]], number)
    marked = offline
    if live.unreached:
        marked = offline | (np.isin(rows, list(live.unreached)) & ~live.down[rows])
    for row in rows[marked].tolist():
        if boxes[row, 2:4].min() >= GLYPH_PX - 1:
            _paint_offline(painter, theme, QRectF(*boxes[row].tolist()))
    _paint_templates(painter, brush, rows, boxes)


def short_of_cpu(live: Live, rows: Rows, load: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Which of some VMs ask for more than they can have: their load is above the scale, or others take CPU from
    them."""
    short: NDArray[np.bool_] = load > 1.0
    if live.shown.coloring.unit == "" and live.steals:
        short = short | (live.steal.take(rows) > STEAL_MARKS[0])
    return short


def _without_data(live: Live, rows: Rows, state: NDArray[np.int16]) -> NDArray[np.bool_]:
    """Which rows are not in the run, are down without having failed themselves, or stand elsewhere."""
    found: NDArray[np.bool_] = state == -1
    failed = state == ElementState.FAILED
    if failed.any() or live.down.any():
        found |= (live.down.take(rows) | failed) & ~live.root.take(rows)
    if live.away.any():
        found |= live.away.take(rows)
    return found


def _paint_templates(painter: QPainter, brush: Brush, rows: Rows, boxes: F) -> None:
    """Dashed and empty: they never run."""
    theme = brush.theme
    if not brush.world.is_template.any():
        return
    pen = QPen(theme.color("text.muted"), 1, Qt.PenStyle.DashLine)
    for row in rows[brush.world.is_template[rows]].tolist():
        box = QRectF(*boxes[row].tolist())
        painter.fillRect(box, theme.color("container"))
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(box.adjusted(0, 0, -1, -1))
        if box.width() >= GLYPH_PX:
            painter.setFont(brush.font("tile", 1.0)[0])
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, "T")


def paint_over(painter: QPainter, theme: Theme, boxes: F) -> None:
    """The notch (and from 14 px the frame) of VMs that ask for more than they can have."""
    if not boxes.shape[0]:
        return
    color = theme.color("overload")
    large = boxes[:, 2] >= GLYPH_PX
    most = np.where(large, NOTCH_PX, SMALL_NOTCH_PX)
    size = np.minimum(most, np.minimum(boxes[:, 2] * 0.6, boxes[:, 3] * 0.8))
    edges, longest = edges_of(boxes), np.rint(size)
    slopes = np.stack([edges[:, 2] - longest, edges[:, 1], edges[:, 2], edges[:, 1] + longest], axis=1)
    draw_lines(painter, slopes.astype(np.int32), theme.color("container"))  # not all eyes see red on green
    for _, lines in triangles(edges, longest):
        fill_edges(painter, lines.reshape(-1, 4), color)
    if large.any():
        wide = boxes[:, 2] >= WIDE_PX
        fill_rects(painter, frames(boxes[large & ~wide], 1.0), color)
        fill_rects(painter, frames(boxes[wide], 2.0), color)


def paint_state_cells(painter: QPainter, theme: Theme, boxes: F, state: int) -> None:
    """VMs in a state that is not running: its color, outline and silhouette."""
    color, failed = theme.state(state), state == ElementState.FAILED
    tint = QColor(color)
    tint.setAlphaF(0.14)
    fill_rects(painter, boxes, theme.color("failed.header" if failed else "container"))
    fill_rects(painter, boxes, tint)
    framed = np.minimum(boxes[:, 2], boxes[:, 3]) >= FRAMED_PX
    if state in DASHED and framed.any():
        pen = QPen(color, 1.0)
        pen.setDashPattern([3, 2])
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        draw_rects(painter, boxes[framed] - np.array([0.0, 0.0, 1.0, 1.0]))
    elif framed.any():
        fill_rects(painter, frames(boxes[framed], 1.0), color)
    paint_glyphs(painter, boxes, state, color)


def _paint_offline(painter: QPainter, theme: Theme, box: QRectF) -> None:
    """The mark of VMs that do not reach the internet, or are not reached, at the right of the cell."""
    size = min(10.0, box.height() - 4)
    place = QRectF(box.right() - size - 2, box.center().y() - size / 2, size, size)
    draw_state(painter, place, ElementState.FAILED, theme.state("failed"))
