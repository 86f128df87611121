"""A frame of the drawing with all VMs recolored, beside a blit of the same size; and the plots of the PlanetLab day."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import Any

import numpy as np

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QApplication

from designer.catalog import KINDS, LINKS
from designer.commands.imports import import_machines
from designer.model.project import Project
from designer.study.build import build
from designer.study.frame_file import ids_of
from designer.study.frames import Frame
from designer.ui.canvas.brush import Brush
from designer.ui.canvas.live import Mapping, live_of
from designer.ui.canvas.paint import paint_world
from designer.ui.canvas.world import World
from designer.ui.theme import Theme

SIZE = (1600, 1000)
REPEATS = 15


def best_ms(work: Callable[[int], None]) -> float:
    """The least milliseconds of CPU of some repeats."""
    took = []
    for n in range(REPEATS):
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
        for scale, how in ((None, "whole"), (near, "at 100 %")):
            took = best_ms(painted(project, theme, scale))
            rows.append({
                "name": f"paint {hosts * each:,} VMs {how}, all recolored", "value": took, "unit": "ms",
                "beside": "blit", "beside_value": limit, "ratio": took / limit, "aim": aim,
            })  # fmt: skip
    return rows
