"""What the colors of the drawing show of a run, and the key beside them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QFontMetricsF, QImage, QPainter
from PySide6.QtWidgets import QApplication

from designer.catalog import KINDS, LINKS
from designer.commands import edit
from designer.model.project import Project
from designer.study.build import build
from designer.study.frame_file import ids_of
from designer.study.frames import ElementState, Frame
from designer.ui.canvas.paint.brush import Brush
from designer.ui.canvas.paint.cells import running_color
from designer.ui.canvas.paint.legend import BAR_PX, MARK_PX, SHORT_BAR_PX, Key, key_of, paint_legend
from designer.ui.canvas.paint.paint import paint_world
from designer.ui.canvas.world.colorings import COLORINGS, round_up
from designer.ui.canvas.world.live import Live, live_of
from designer.ui.canvas.world.mapping import Mapping
from designer.ui.canvas.world.world import World
from designer.ui.parts.theme import Theme
from tests.ui.heard import Heard


@pytest.fixture
def world() -> World:
    """Two hosts with two VMs each, of 2, 4, 6 and 8 GiB."""
    project = Project(KINDS, LINKS)
    for n in range(2):
        host = edit.place_through(project, "host", 1)
        for m in range(2):
            vm = edit.place(project, "vm", host)
            with project.edit("Memory"):
                project.set(vm, ram_mib=2048.0 * (1 + m + 2 * n))
    return World(project)


def shown(world: World, name: str, down: int = -1) -> Live:
    """A moment in which VM n is used to n tenths, and host n takes 100 (n + 1) watts; `down`: the n-th VM failed."""
    ids, vms = ids_of(build(world.project))
    known = ids.tolist()
    share, power = np.zeros(ids.size, np.float32), np.full(ids.size, np.nan, np.float32)
    state, root = np.zeros(ids.size, np.uint8), np.zeros(ids.size, np.bool_)
    for n, element in enumerate(world.project.of_kind("vm")):
        share[known.index(element.id)] = n / 10
        state[known.index(element.id)] = ElementState.FAILED if n == down else ElementState.RUNNING
        root[known.index(element.id)] = n == down
    for n, element in enumerate(world.project.of_kind("host")):
        power[known.index(element.id)] = 100.0 * (n + 1)
    frame = Frame(
        time_s=0.0, ids=ids, vms=vms, heat=share, used=share / 2, steal=share, throttled=share, waiting=share,
        overhead=share, disk=share, wire=share / 2, power_w=power, state=state, failed_root=root,
        failed_since_s=np.zeros(ids.size),
        place=np.zeros(vms, np.int64), run_only=np.zeros(vms, np.bool_),
    )  # fmt: skip
    return live_of(world, frame, Mapping(world, ids), name)


def said(world: World, live: Live, kind: str) -> list[str]:
    return [live.shown.says(world, world.row_of[e.id]) for e in world.project.of_kind(kind)]


def loads(world: World, live: Live, kind: str) -> list[float]:
    return [round(float(live.load[world.row_of[e.id]]), 3) for e in world.project.of_kind(kind)]


@pytest.mark.parametrize(
    ("name", "parts", "words"),
    [
        ("heat", [0, 0.1, 0.2, 0.3], ["0%", "10%", "20%", "30%"]),
        ("used", [0, 0.05, 0.1, 0.15], ["0%", "5%", "10%", "15%"]),
        ("steal", [0, 0.5, 1, 1.5], ["0%", "10%", "20%", "30%"]),
        ("throttled", [0, 0.2, 0.4, 0.6], ["0%", "10%", "20%", "30%"]),
        ("waiting", [0, 0.2, 0.4, 0.6], ["0%", "10%", "20%", "30%"]),
        ("disk", [0, 0.1, 0.2, 0.3], ["0%", "10%", "20%", "30%"]),
        ("network", [0, 0.05, 0.1, 0.15], ["0%", "5%", "10%", "15%"]),
        ("overhead", [0, 0.5, 1, 1.5], ["0%", "10%", "20%", "30%"]),
        ("memory", [0.25, 0.5, 0.75, 1], ["2 GiB", "4 GiB", "6 GiB", "8 GiB"]),
        ("power", [0.5, 0.5, 1, 1], ["", "", "", ""]),
    ],
)
def test_that_a_vm_has_its_value_as_a_part_of_the_scale_and_in_words(
    world: World, name: str, parts: list[float], words: list[str]
) -> None:
    live = shown(world, name)
    assert loads(world, live, "vm") == parts
    assert said(world, live, "vm") == words


def test_that_hosts_have_their_power_and_the_mean_memory_of_their_vms(world: World) -> None:
    power, memory = shown(world, "power"), shown(world, "memory")
    assert (loads(world, power, "host"), said(world, power, "host")) == ([0.5, 1.0], ["100 W", "200 W"])
    assert loads(world, memory, "host") == [0.375, 0.875]
    assert said(world, memory, "host") == ["", ""]  # the mean of VMs is not the memory of a host


def test_that_what_a_vm_is_asked_is_the_same_whatever_the_colors_show(world: World) -> None:
    for name in COLORINGS:
        live = shown(world, name)
        assert [round(float(live.heat[world.row_of[e.id]]), 3) for e in world.project.of_kind("vm")] == [
            0,
            0.1,
            0.2,
            0.3,
        ]


def test_that_the_key_names_the_ends_of_the_scale(world: World) -> None:
    assert key_of(None, "heat") == Key("CPU utilization", "0%", "100%")
    assert key_of(None, "steal") == Key("Steal", "0%", "20%")
    assert key_of(shown(world, "power"), "power") == Key("Power", "0", "200 W", over=False, seen=frozenset({"running"}))
    assert key_of(shown(world, "memory"), "memory").high == "8 GiB"
    assert key_of(shown(world, "state"), "state").low == ""
    assert key_of(shown(world, "heat"), "power") == Key("Power", "0", "", over=False)  # nothing of it is shown yet


def test_that_marks_on_the_drawing_come_first_in_the_key_and_an_unknown_scale_is_left_out(
    theme: Theme, world: World
) -> None:
    def texts(key: Key, width: float) -> list[str]:
        image = QImage(900, 40, QImage.Format.Format_ARGB32)
        painter = Heard(image)
        paint_legend(painter, theme, key, QRectF(0, 0, width, 40))
        painter.end()
        return painter.texts

    heat = key_of(shown(world, "heat"), "heat")
    waiting = replace(heat, seen=frozenset({"running", "waiting", "no"}))
    assert texts(waiting, 900.0)[3:6] == ["waiting", "no data", "overloaded"]
    assert texts(replace(waiting, sets=("service",)), 900.0)[3:7] == ["waiting", "no data", "service", "overloaded"]
    assert texts(waiting, 420.0)[-1] in ("waiting", "no data")
    new = replace(waiting, guests=True)
    assert texts(new, 900.0)[3:6] == ["waiting", "new here", "no data"]
    narrowest = next(width for width in range(300, 900, 4) if "no data" in texts(new, float(width)))
    measures = QFontMetricsF(theme.font("secondary"))
    words = sum(measures.horizontalAdvance(word) + MARK_PX + 18 for word in ("waiting", "new here", "no data"))
    with_long = measures.horizontalAdvance(new.title + new.low + new.high) + 50 + BAR_PX + words
    assert narrowest < with_long - (BAR_PX - SHORT_BAR_PX) / 2  # the scale gives its room to marks of the drawing
    unknown = replace(waiting, known=False)
    assert texts(unknown, 900.0)[:3] == [heat.title, "waiting", "no data"]


@pytest.mark.parametrize(("values", "end"), [([], 1.0), ([0.0], 1.0), ([3.0], 5.0), ([200.0], 200.0), ([0.07], 0.1)])
def test_that_a_scale_ends_at_a_round_number(values: list[float], end: float) -> None:
    assert round_up(np.array([*values, np.nan], np.float32), "W") == pytest.approx(end)


@pytest.mark.parametrize(("mib", "end"), [(512.0, 512.0), (513.0, 1024.0), (24_576.0, 32_768.0)])
def test_that_a_scale_of_memory_ends_at_a_power_of_two(mib: float, end: float) -> None:
    assert round_up(np.array([mib], np.float32), "MiB") == end


def test_that_by_state_running_vms_have_one_color_and_a_failed_one_another(
    qapp: QApplication, theme: Theme, world: World
) -> None:
    brush = Brush(theme, world)
    brush.live = shown(world, "state", down=2)
    bounds = world.bounds()
    image = QImage(int(bounds.width()) + 2, int(bounds.height()) + 2, QImage.Format.Format_RGB32)
    painter = QPainter(image)
    painter.translate(-bounds.topLeft())
    painter.setClipRect(bounds)
    paint_world(painter, brush)
    painter.end()
    running = running_color(theme).rgb()
    corners = [
        image.pixel(int(world.x[row] - bounds.x()) + 1, int(world.y[row] - bounds.y()) + 2)
        for row in (world.row_of[e.id] for e in world.project.of_kind("vm"))
    ]
    assert [corner == running for corner in corners] == [True, True, False, True]
