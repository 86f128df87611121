"""VMs that migrate: an arrow on the drawing while they do, a word in the tip and in the key, a lane."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QLineF, QRectF
from PySide6.QtGui import QColor, QImage, QPainter
from pytestqt.qtbot import QtBot

from designer.catalog import KINDS, LINKS
from designer.commands import edit
from designer.engine import Simulation, TimedEvent
from designer.model.project import Project
from designer.study.build import build
from designer.study.frames import ElementState, Frame
from designer.ui.canvas.paint.brush import Brush
from designer.ui.canvas.paint.legend import key_of
from designer.ui.canvas.paint.move_paint import INSIDE_PX, way_of
from designer.ui.canvas.paint.paint import paint_project
from designer.ui.canvas.paint.tips import tip_of
from designer.ui.canvas.world.live import Live, Migrating, live_of
from designer.ui.canvas.world.mapping import Mapping
from designer.ui.canvas.world.world import World
from designer.ui.parts.theme import Theme

DRAIN_S = 600.0


@pytest.fixture
def project() -> Project:
    """Two hosts of a cluster in a rack, two VMs on the first."""
    made = Project(KINDS, LINKS)
    rack = edit.place_through(made, "rack", 1)
    hosts = [edit.place(made, "host", rack) for _ in range(2)]
    cluster = edit.place(made, "cluster", made.elements[rack].__dict__["parent"])
    for host in hosts:
        edit.connect(made, "in_cluster", host, cluster)
    for _ in range(2):
        edit.place(made, "vm", hosts[0])
    with made.edit("Sizes"):
        for n, host in enumerate(hosts):
            made.set(host, name=f"node-{n + 1}", migration_rule="kvm", migrations_at_once=2, migration_mbps=1000.0)
        for vm in made.of_kind("vm"):
            made.set(vm.id, ram_mib=8192.0)
    return made


def ran(project: Project, *events: tuple[float, str, int]) -> Simulation:
    told = [TimedEvent(time_s, what, i) for time_s, what, i in events]  # type: ignore[arg-type]
    run = Simulation(build(project, until_s=3600.0, events=told))
    run.advance(3600.0)
    return run


def frame_at(run: Simulation, time_s: float) -> Frame:
    moment = run.moment(time_s)
    names = [name for name in Frame.__dataclass_fields__ if name != "state"]
    return Frame(state=moment.status, **{name: getattr(moment, name) for name in names})


def live_at(world: World, run: Simulation, time_s: float) -> Live:
    frame = frame_at(run, time_s)
    return live_of(world, frame, Mapping(world, frame.ids), "heat")


def hosts_of(project: Project) -> list[int]:
    return [host.id for host in project.of_kind("host")]


def test_that_a_vm_leads_from_its_cell_to_the_host_while_it_migrates_and_no_longer(project: Project) -> None:
    world, (first, second) = World(project), hosts_of(project)
    run = ran(project, (DRAIN_S, "drain", first))
    vms = [vm.id for vm in project.of_kind("vm")]
    during = live_at(world, run, DRAIN_S + 1.0)
    assert during.moves == {vm: Migrating(world.row_of[vm], world.row_of[second]) for vm in vms}
    assert live_at(world, run, DRAIN_S - 1.0).moves == live_at(world, run, 3600.0).moves == {}


def test_that_a_vm_that_stands_elsewhere_than_drawn_leads_from_the_host_on_which_it_is(project: Project) -> None:
    world, (first, second) = World(project), hosts_of(project)
    back_s = DRAIN_S + 1200.0
    events = [(DRAIN_S, "drain", first), (back_s, "open", first), (back_s + 1.0, "drain", second)]
    live = live_at(world, ran(project, *events), back_s + 2.0)
    assert set(live.moves.values()) == {Migrating(world.row_of[second], world.row_of[first])}


@pytest.mark.parametrize("mode", ["light", "dark"])
@pytest.mark.parametrize("width", [90, 500, 1400])
def test_that_the_arrow_is_seen_at_every_zoom(project: Project, qtbot: QtBot, mode: str, width: int) -> None:
    theme, world = Theme(mode), World(project)
    run = ran(project, (DRAIN_S, "drain", hosts_of(project)[0]))
    color, seen = theme.state(ElementState.RESTARTING), []
    for time_s in (DRAIN_S - 1.0, DRAIN_S + 1.0):
        image = QImage(width, width, QImage.Format.Format_ARGB32_Premultiplied)
        painter = QPainter(image)
        paint_project(painter, Brush(theme, world), QRectF(image.rect()), frame_at(run, time_s))
        painter.end()
        seen.append(like(image, color))
    assert seen[0] == 0
    assert seen[1] >= 20


def like(image: QImage, color: QColor) -> int:
    """How many pixels have nearly a color."""
    raw = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.width(), 4)[..., 2::-1].astype(int)
    return int((np.abs(raw - (color.red(), color.green(), color.blue())).max(axis=2) <= 40).sum())


def test_that_an_arrow_ends_just_inside_the_box_to_which_it_leads() -> None:
    target = QRectF(100.0, 0.0, 40.0, 20.0)
    line = way_of(QRectF(0.0, 0.0, 20.0, 20.0), target)
    assert (line.p1().x(), line.p1().y()) == (10.0, 10.0)
    assert line.p2().x() == pytest.approx(100.0 + INSIDE_PX)
    within = way_of(QRectF(105.0, 5.0, 4.0, 4.0), target)
    assert within == QLineF(107.0, 7.0, 120.0, 10.0)


def test_that_tip_and_key_say_that_it_migrates(project: Project, qtbot: QtBot) -> None:
    world, vm = World(project), next(iter(project.of_kind("vm")))
    run, brush = ran(project, (DRAIN_S, "drain", hosts_of(project)[0])), Brush(Theme("light"), world)
    brush.live = live_at(world, run, DRAIN_S + 1.0)
    assert "Migrates to node-2" in tip_of(brush, world.row_of[vm.id])
    assert [key_of(live_at(world, run, DRAIN_S + after_s), "heat").moves for after_s in (-1.0, 1.0)] == [False, True]
