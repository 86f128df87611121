"""A link between zones that is cut looks cut while it is, and no other does."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QImage, QPainter
from pytestqt.qtbot import QtBot

from designer.catalog import KINDS, LINKS
from designer.commands import edit
from designer.engine import Simulation, TimedEvent
from designer.model.project import Project
from designer.study.build import build
from designer.study.frames import ElementState, Frame
from designer.ui.canvas.paint.brush import Brush
from designer.ui.canvas.paint.paint import paint_project
from designer.ui.canvas.world.live import live_of
from designer.ui.canvas.world.mapping import Mapping
from designer.ui.canvas.world.world import World
from designer.ui.parts.theme import Theme

CUT_S, BACK_S = 600.0, 1200.0


@pytest.fixture
def project() -> Project:
    """Three zones in a row, with a VM each; two links between neighbors."""
    made = Project(KINDS, LINKS)
    region = edit.place(made, "region")
    zones = [edit.place(made, "zone", region) for _ in range(3)]
    for zone in zones:
        edit.place(made, "vm", zone)
    for one, other in itertools.pairwise(zones):
        edit.connect(made, "private_link", one, other)
    return made


def frames(project: Project) -> dict[float, Frame]:
    """A run in which the first link is cut, before, while and after."""
    link = min(project.links)
    events = [TimedEvent(CUT_S, "fail", link), TimedEvent(BACK_S, "recover", link)]
    run = Simulation(build(project, until_s=1800.0, events=events))
    run.advance(1800.0)
    names = [name for name in Frame.__dataclass_fields__ if name != "state"]
    moments = {time_s: run.moment(time_s) for time_s in (CUT_S - 1.0, CUT_S + 1.0, BACK_S + 1.0)}
    return {at: Frame(state=m.status, **{name: getattr(m, name) for name in names}) for at, m in moments.items()}


def test_that_the_drawing_knows_which_links_are_cut(project: Project) -> None:
    world = World(project)
    found = [live_of(world, frame, Mapping(world, frame.ids), "heat").cut for frame in frames(project).values()]
    assert found == [frozenset(), {min(project.links)}, frozenset()]


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_that_a_cut_link_has_the_sign_of_a_failure(project: Project, qtbot: QtBot, mode: str) -> None:
    theme, world = Theme(mode), World(project)
    seen = []
    for frame in frames(project).values():
        image = QImage(900, 900, QImage.Format.Format_ARGB32_Premultiplied)
        painter = QPainter(image)
        paint_project(painter, Brush(theme, world), QRectF(image.rect()), frame)
        painter.end()
        seen.append(like(image, theme.state(ElementState.FAILED)))
    assert seen[0] == seen[2] == 0
    assert seen[1] >= 10


def like(image: QImage, color: QColor) -> int:
    """How many pixels have nearly a color."""
    raw = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.width(), 4)[..., 2::-1].astype(int)
    return int((np.abs(raw - (color.red(), color.green(), color.blue())).max(axis=2) <= 40).sum())
