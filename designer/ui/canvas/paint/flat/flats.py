"""Cells, and the plain containers and hosts that they stand in, as a picture of flat colors: thousands at one go."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QColor, QPaintEngine, QPainter

from designer.ui.canvas.paint.brush import LOWEST_HEADER_PX, SMALLEST_FRAME_PX, TILE, Brush
from designer.ui.canvas.paint.flat.corners import tile_bars, tile_corners
from designer.ui.canvas.paint.flat.picture import Boxes

F = NDArray[np.float64]
Mask = NDArray[np.bool_]
Rows = NDArray[np.int64]
Pixels = NDArray[np.uint32]

MANY = 2_000
"""Least cells in sight for which a picture of flat colors takes less time than to fill each."""


@dataclass
class Flats:
    """The flat colors of one picture. `whole`: it has the plain containers and hosts, too, not cells alone. `tiled`:
    its hosts are tiles, with `tiles` of them in the picture, of which `places` are those of `hosts`. `over`: what
    stands in plain containers and is painted afterward."""

    brush: Brush
    whole: bool
    tiled: bool
    hosts: Rows
    colors: NDArray[np.uint32]
    over: Rows = field(default_factory=lambda: np.zeros(0, np.int64))
    places: Rows = field(default_factory=lambda: np.zeros(0, np.int64))
    tiles: int = 0
    _painted: bool = False

    def color(self, rows: Rows, colors: QColor | NDArray[np.uint32]) -> None:
        """Give cells their colors, one to all or one to each; those without have the color of what they stand in."""
        self.colors[rows + 1] = colors.rgba() if isinstance(colors, QColor) else colors

    def color_tiles(self, body: Pixels, corner: Pixels, bar: Pixels) -> None:
        """Give tiles in sight their colors."""
        first = self.colors.size - 2 * self.tiles
        self.colors[self.hosts + 1] = body
        self.colors[first + self.places] = corner
        self.colors[first + self.tiles + self.places] = bar

    def paint(self, painter: QPainter) -> None:
        """Paint everything that has a color now, once."""
        if self._painted:
            return
        self._painted = True
        world, theme, live = self.brush.world, self.brush.theme, self.brush.live
        if live is None or not self.tiled:
            self.colors[self.hosts + 1] = theme.color("sunken").rgba()
            if live is not None and live.down.any():
                self.colors[self.hosts[live.down[self.hosts]] + 1] = theme.color("no_data").rgba()
        if self.whole and not self.tiles:
            bare = np.flatnonzero(world.is_vm & (self.colors[1 : world.ids.size + 1] == 0))
            self.colors[bare + 1] = self.colors[world.parent[bare] + 1]
        base = world.ids.size + 1
        self.colors[base] = theme.color("container").rgba()
        for code, name in enumerate(world.kinds):
            kind = theme.kind(name)
            self.colors[base + 1 + 2 * code] = kind.border.rgba()
            self.colors[base + 2 + 2 * code] = kind.header.rgba()
        self.brush.flat.paint(painter, self.colors, self.brush.boxes.moved)


def flats_of(
    painter: QPainter, brush: Brush, boxes: F, seen: Mask, plain: tuple[Mask, Mask], tiled: bool
) -> Flats | None:
    """The flat colors of a picture, where it has enough cells to be worth it; `plain`: which of the brush's
    containers are plain containers, and plain hosts from afar; `tiled`: all hosts are tiles. None: each box is filled
    by itself."""
    world, rows, ratio, run = brush.world, brush.containers, _ratio(painter), brush.live is not None
    if int(np.count_nonzero(seen & world.is_vm)) < MANY or not ratio:
        return None
    large, hidden = boxes[rows, 2] >= SMALLEST_FRAME_PX, brush.hidden
    if hidden is not None and hidden.size == world.ids.size:
        large &= ~hidden[rows]
    is_frame, is_host = plain[0] & large, (world.is_host[rows] if tiled else plain[1]) & large
    beneath = np.zeros(world.ids.size + 1, np.bool_)
    beneath[rows[is_frame]] = True
    over = rows[large & beneath[world.parent[rows]] & ~is_frame & ~is_host]
    leaves = (world.end[over] == over + 1) & ~world.is_host[over]
    whole = bool(leaves.all()) and bool(is_host.any())
    frames, hosts = rows[is_frame & whole], rows[is_host & (whole or tiled)]
    tiles = hosts if tiled and run else over[:0]
    levels, away = tuple(brush.levels.values()), hidden.tobytes() if hidden is not None else b""
    key = (brush.boxes.made_for, whole, tiled, run, ratio, levels, frames.tobytes(), hosts.tobytes(), away)
    shown = brush.shown.toRect().translated(-brush.boxes.moved[0], -brush.boxes.moved[1])
    count = world.ids.size + 2 + 2 * len(world.kinds)
    if not brush.flat.ready(key, shown, brush.boxes.around, lambda: _parts(brush, frames, hosts, tiles, count), ratio):
        return None
    colors = np.zeros(count + 2 * tiles.size, np.uint32)
    above = over[seen[over]] if whole else over[:0]
    return Flats(brush, whole, tiled, hosts[seen[hosts]], colors, above, np.flatnonzero(seen[tiles]), tiles.size)


def _ratio(painter: QPainter) -> int:
    """How many pixels of the painter's a pixel of the drawing is wide and high; 0: it is no whole number of them."""
    if painter.paintEngine().type() != QPaintEngine.Type.Raster:
        return 0
    view = painter.deviceTransform()
    ratio = int(view.m11())
    return ratio if view.m11() == view.m22() == ratio > 0 and not view.isRotating() else 0


def _parts(brush: Brush, frames: Rows, hosts: Rows, tiles: Rows, first: int) -> list[Boxes]:
    """All boxes from outside in, in the order in which they would be filled; `tiles` are those of a run, whose marks
    have numbers from `first` on."""
    world, edges, parts = brush.world, brush.boxes.edges, list[Boxes]()
    base, depth, kind = world.ids.size + 1, world.depth[frames], world.kind[frames]
    for level in np.unique(np.append(depth, world.depth[hosts])).tolist():
        for code in np.unique(kind[depth == level]).tolist():
            here = edges[frames[(depth == level) & (kind == code)]]
            header = round(world.project.kinds[world.kinds[code]].box.header * brush.scale)
            parts += _framed(here, header, base, base + 1 + 2 * code)
        rows = hosts[world.depth[hosts] == level]
        parts.append(Boxes(edges[rows], rows + 1))
    if tiles.size:
        corners, whose = tile_corners(edges[tiles])
        parts.append(Boxes(corners, first + whose))
        parts.append(Boxes(tile_bars(edges[tiles]), first + tiles.size + np.arange(tiles.size)))
    rows = np.flatnonzero(world.is_vm)
    if brush.live is not None:
        rows = rows[brush.levels_of(rows) != TILE]
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
