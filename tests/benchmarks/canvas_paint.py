"""A frame of the drawing with all VMs recolored, beside a blit of the same size; and the plots of the PlanetLab day."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QApplication

from designer.catalog import KINDS, LINKS
from designer.commands import edit
from designer.commands.imports import import_machines
from designer.model.element import Link
from designer.model.project import Project
from designer.study.build import build
from designer.study.frame_file import ids_of
from designer.study.frames import Frame
from designer.ui.canvas.links.links import DrawnLinks
from designer.ui.canvas.paint.brush import LAYERS, Brush
from designer.ui.canvas.paint.paint import paint_world
from designer.ui.canvas.world.live import live_of
from designer.ui.canvas.world.mapping import Mapping
from designer.ui.canvas.world.world import World
from designer.ui.parts.theme import Theme
from tests.benchmarks._aims import beside_a_pass

SIZE = (1600, 1000)
REPEATS = 15


def best_ms(work: Callable[[int], None], repeats: int = REPEATS) -> float:
    """The least milliseconds of CPU of some repeats."""
    took = []
    for n in range(repeats):
        began = time.process_time()
        work(n)
        took.append(time.process_time() - began)
    return min(took) * 1000


def design(hosts: int, vms_per_host: int) -> Project:
    """Hosts in racks with VMs."""
    project = Project(KINDS, LINKS)
    import_machines(
        project,
        [{"name": str(n), "cores": 64, "mhz": 2500.0, "ram_mib": 2**20} for n in range(hosts)],
        [
            {"name": str(n), "host": str(n // vms_per_host), "vcpus": 2, "mhz": 2500.0, "ram_mib": 1024.0}
            for n in range(hosts * vms_per_host)
        ],
    )
    return project


def painted(project: Project, theme: Theme, scale: float | None) -> Callable[[int], None]:
    """Paint a frame with other loads each time, the drawing moved a little; `scale` None fits it in."""
    world = World(project)
    brush = Brush(theme, world)
    spec = build(project)
    ids, vms = ids_of(spec)
    mapping = Mapping(world, ids)
    chance = np.random.Generator(np.random.PCG64(1))
    bounds = world.bounds()
    fit = min(SIZE[0] / bounds.width(), SIZE[1] / bounds.height())
    image = QImage(*SIZE, QImage.Format.Format_ARGB32_Premultiplied)

    def work(turn: int) -> None:
        count = ids.size
        loads = chance.random(count).astype(np.float32) * 1.05
        frame = Frame(
            time_s=float(turn), ids=ids, vms=vms, heat=loads, used=loads, steal=np.zeros(count, np.float32),
            throttled=np.zeros(count, np.float32), overhead=np.zeros(count, np.float32),
            waiting=np.zeros(count, np.float32), disk=np.zeros(count, np.float32),
            wire=np.zeros(count, np.float32),
            power_w=np.zeros(count, np.float32), state=np.zeros(count, np.uint8),
            failed_root=np.zeros(count, np.bool_), failed_since_s=np.full(count, np.nan),
            place=np.zeros(vms, np.int64), run_only=np.zeros(vms, np.bool_),
        )  # fmt: skip
        brush.live = live_of(world, frame, mapping, "heat")
        painter = QPainter(image)
        painter.setClipRect(QRectF(0, 0, *SIZE))
        zoom = scale or fit
        painter.translate(QPointF(-bounds.left() * zoom + turn, -bounds.top() * zoom))
        painter.scale(zoom, zoom)
        paint_world(painter, brush)
        painter.end()

    return work


def linked(switches: int, racks: int) -> Project:
    """A data center in which every switch is linked to every rack."""
    project = Project(KINDS, LINKS)
    center = edit.place(project, "data_center")
    starts = [edit.place(project, "switch", center) for _ in range(switches)]
    ends = [edit.place(project, "rack", center) for _ in range(racks)]
    with project.edit("Link"):
        for switch in starts:
            for rack in ends:
                project.add(Link(kind="connects", source=switch, target=rack))
    return project


def beside_vms() -> Project:
    """20,000 VMs on 1,000 hosts, whose racks are linked to every switch: 1,000 links."""
    project = design(1000, 20)
    racks = [rack.id for rack in project.of_kind("rack")]
    center = project.elements[racks[0]].parent
    switches = [edit.place(project, "switch", center) for _ in range(1000 // len(racks))]
    with project.edit("Link"):
        for switch in switches:
            for rack in racks:
                project.add(Link(kind="connects", source=switch, target=rack))
    return project


def links_painted(project: Project, theme: Theme, layers: frozenset[str], whole: bool = False) -> Callable[[int], None]:
    """Paint a drawing with links at 100%, or whole, moved a little each time; their ways are found before."""
    world = World(project)
    brush, bounds = Brush(theme, world, layers=layers), world.bounds()
    image, corner = QImage(*SIZE, QImage.Format.Format_ARGB32_Premultiplied), bounds.topLeft()
    zoom = min(SIZE[0] / bounds.width(), SIZE[1] / bounds.height()) if whole else 1.0

    def work(turn: int) -> None:
        painter = QPainter(image)
        painter.setClipRect(QRectF(0, 0, *SIZE))
        painter.translate(turn - round(corner.x() * zoom), -round(corner.y() * zoom))
        painter.scale(zoom, zoom)
        paint_world(painter, brush)
        painter.end()

    work(0)
    return work


def routed(project: Project) -> Callable[[int], None]:
    """Find the ways of all links anew."""
    world = World(project)

    def work(turn: int) -> None:
        links = DrawnLinks(world)
        links.update(1.0)
        links.find_ways(QRectF())

    return work


def link_rows(theme: Theme) -> list[dict[str, Any]]:
    """1,000 links on one screen and beside 20,000 VMs, beside the same drawings without them; how long their ways
    take."""
    project = linked(25, 40)
    bare = best_ms(links_painted(project, theme, frozenset()))
    took = best_ms(links_painted(project, theme, frozenset(LAYERS)))
    ways = best_ms(routed(project), 3)
    large = beside_vms()
    less, more = (
        best_ms(links_painted(large, theme, layers, True)) for layers in (frozenset[str](), frozenset(LAYERS))
    )
    alone = {"name": "1,000 links beside 20,000 VMs", "value": max(more - less, 0.0), "unit": "ms", "aim": "<= 10 ms"}
    return [
        *beside_a_pass([alone]),
        {"name": "paint 20,000 VMs whole with 1,000 links", "value": more, "unit": "ms", "beside": "no links",
         "beside_value": less, "ratio": more / less, "aim": ""},
        {"name": "paint 1,000 links with names at 100%", "value": took, "unit": "ms", "beside": "no links",
         "beside_value": bare, "ratio": took / bare, "aim": ""},
        {"name": "find the ways of 1,000 links", "value": ways, "unit": "ms", "beside": "paint them",
         "beside_value": took, "ratio": ways / took, "aim": ""},
    ]  # fmt: skip


def blit() -> Callable[[int], None]:
    """Copy a picture of that size: the limit."""
    source, target = (QImage(*SIZE, QImage.Format.Format_ARGB32_Premultiplied) for _ in range(2))
    source.fill(0)

    def work(turn: int) -> None:
        painter = QPainter(target)
        painter.drawImage(turn, 0, source)
        painter.end()

    return work


def run() -> list[dict[str, Any]]:
    """1,000, 20,000 and 100,000 VMs, seen whole and seen near."""
    app = QApplication.instance() or QApplication([])
    theme = Theme("light")
    assert isinstance(app, QApplication)
    theme.apply(app)
    limit = best_ms(blit())
    rows = []
    for hosts, each, near, aim in ((60, 16, 1.0, ""), (800, 25, 1.0, ""), (2000, 50, 1.0, "")):
        project = design(hosts, each)
        for scale, how in ((None, "whole"), (near, "at 100%")):
            took = best_ms(painted(project, theme, scale))
            rows.append({
                "name": f"paint {hosts * each:,} VMs {how}, all recolored", "value": took, "unit": "ms",
                "beside": "blit", "beside_value": limit, "ratio": took / limit, "aim": aim,
            })  # fmt: skip
    return rows + link_rows(theme)
