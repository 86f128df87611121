"""Cells, and the plain containers and hosts that they stand in, as a picture of flat colors: thousands at one go."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QColor, QPaintEngine, QPainter

from designer.ui.canvas.paint.brush import LOWEST_HEADER_PX, SMALLEST_FRAME_PX, TILE, Brush
from designer.ui.canvas.paint.flat.picture import Boxes

F = NDArray[np.float64]
Mask = NDArray[np.bool_]
Rows = NDArray[np.int64]

MANY = 2_000
"""From so many cells in sight on, a picture of flat colors takes less time than to fill each."""


@dataclass
class Flats:
    """The flat colors of one picture. `whole`: it has the plain containers and hosts, too, not cells alone. `over`:
    what stands in plain containers and is painted afterward."""

    brush: Brush
    whole: bool
    hosts: Rows
    colors: NDArray[np.uint32]
    over: Rows = field(default_factory=lambda: np.zeros(0, np.int64))

    def color(self, rows: Rows, colors: QColor | NDArray[np.uint32]) -> None:
        """Give cells their colors, one to all or one to each; those without have the color of what they stand in."""
        self.colors[rows + 1] = colors.rgba() if isinstance(colors, QColor) else colors

    def paint(self, painter: QPainter) -> None:
        """Paint everything that has a color now."""
        world, theme, live = self.brush.world, self.brush.theme, self.brush.live
        if self.whole:
            self.colors[self.hosts + 1] = theme.color("sunken").rgba()
            if live is not None and live.down.any():
                self.colors[self.hosts[live.down[self.hosts]] + 1] = theme.color("no_data").rgba()
            bare = np.flatnonzero(world.is_vm & (self.colors[1 : world.ids.size + 1] == 0))
            self.colors[bare + 1] = self.colors[world.parent[bare] + 1]
            base = world.ids.size + 1
            self.colors[base] = theme.color("container").rgba()
            for code, name in enumerate(world.kinds):
                kind = theme.kind(name)
                self.colors[base + 1 + 2 * code] = kind.border.rgba()
                self.colors[base + 2 + 2 * code] = kind.header.rgba()
        self.brush.flat.paint(painter, self.colors, self.brush.boxes.moved)


def flats_of(painter: QPainter, brush: Brush, boxes: F, seen: Mask, plain: tuple[Mask, Mask]) -> Flats | None:
    """The flat colors of a picture, where it has so many cells that they are worth it; `plain`: which rows are plain
    containers, and plain hosts from afar. None: each box is filled by itself."""
    world = brush.world
    if int(np.count_nonzero(seen & world.is_vm)) < MANY or not _fits(painter, brush):
        return None
    frames, hosts = plain
    large = ~world.is_vm & (boxes[:, 2] >= SMALLEST_FRAME_PX)
    if brush.hidden is not None and brush.hidden.size == large.size:
        large &= ~brush.hidden
    frames, hosts = frames & large, hosts & large
    beneath = np.append(frames, False)[world.parent]
    over = np.flatnonzero(large & beneath & ~frames & ~hosts)
    leaves = (world.end[over] == over + 1) & ~world.is_host[over]
    whole = bool(leaves.all()) and bool(hosts.any())
    hidden = brush.hidden.tobytes() if brush.hidden is not None else b""
    drawn = (frames, hosts) if whole else (np.zeros_like(frames), np.zeros_like(hosts))
    key = (brush.boxes.made_for, whole, *(mask.tobytes() for mask in drawn), hidden)
    shown = brush.shown.toRect().translated(-brush.boxes.moved[0], -brush.boxes.moved[1])
    if not brush.flat.ready(key, shown, brush.boxes.around, lambda: _parts(brush, *drawn)):
        return None
    count = world.ids.size + 2 + 2 * len(world.kinds)
    some = np.flatnonzero(hosts & seen) if whole else np.zeros(0, np.int64)
    return Flats(brush, whole, some, np.zeros(count, np.uint32), over[seen[over]] if whole else over[:0])


def _fits(painter: QPainter, brush: Brush) -> bool:
    """Whether the painter fills pixels of the drawing's own size, and no hosts are painted as tiles of a run."""
    if painter.paintEngine().type() != QPaintEngine.Type.Raster:
        return False
    view = painter.deviceTransform()
    if view.m11() != 1.0 or view.m22() != 1.0 or view.isRotating():
        return False
    level, _ = brush.level, brush.spans
    return (
        brush.live is None
        or min(level(brush.least_span, brush.scale), level(brush.world.host_cell, brush.scale)) > TILE
    )


def _parts(brush: Brush, frames: Mask, hosts: Mask) -> list[Boxes]:
    """All boxes from outside in, in the order in which they would be filled."""
    world, edges, parts = brush.world, brush.boxes.edges, list[Boxes]()
    base = world.ids.size + 1
    for depth in np.unique(world.depth[frames | hosts]).tolist():
        level = world.depth == depth
        for code in np.unique(world.kind[frames & level]).tolist():
            here = edges[frames & level & (world.kind == code)]
            header = round(world.project.kinds[world.kinds[code]].box.header * brush.scale)
            parts += _framed(here, header, base, base + 1 + 2 * code)
        rows = np.flatnonzero(hosts & level)
        parts.append(Boxes(edges[rows], rows + 1))
    rows = np.flatnonzero(world.is_vm)
    if brush.hidden is not None and brush.hidden.size == world.ids.size:
        rows = rows[~brush.hidden[rows]]
    return [*parts, Boxes(edges[rows], rows + 1)]


def _framed(edges: NDArray[np.int32], header: int, ground: int, border: int) -> list[Boxes]:
    """Containers as `paint_frames` paints them: frames without their corners, grounds, and headers with a line."""
    left, top, right, bottom = edges.T
    sides = [
        ((left + 1, top, right - 1, top), border),
        ((left + 1, bottom, right - 1, bottom), border),
        ((left, top + 1, left, bottom - 1), border),
        ((right, top + 1, right, bottom - 1), border),
        ((left + 1, top + 1, right - 1, bottom - 1), ground),
    ]
    if header >= LOWEST_HEADER_PX:
        sides.append(((left + 1, top + 1, right - 1, top + header), border + 1))
        sides.append(((left + 1, top + header, right - 1, top + header), border))
    return [Boxes(np.stack(side, axis=1), np.full(left.size, number)) for side, number in sides]
