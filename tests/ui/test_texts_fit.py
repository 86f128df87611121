"""Texts in little room: elided so that they are known again, whole in their tips, and clear of signs."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QFontMetricsF
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from designer.checks.check import Finding
from designer.commands import edit
from designer.model.project import Project
from designer.study.frames import ElementState
from designer.ui.canvas.view.view import View
from designer.ui.canvas.world.findings import SIGN_PX
from designer.ui.canvas.world.sets import short_name
from designer.ui.form.panel import Form
from designer.ui.parts.combo import Combo
from designer.ui.parts.room import told_apart
from designer.ui.parts.theme import Theme
from designer.ui.plots.lane import AXIS_PX, Entry, LaneLegend
from designer.ui.plots.lanes import short_names
from designer.ui.plots.shape import tick_text
from designer.ui.shell.session import Session

pytestmark = pytest.mark.qt_log_ignore("^This plugin does not support")
PANEL_PX = 280


def test_that_names_that_differ_are_never_shortened_to_the_same() -> None:
    def told(room: float, *names: str) -> list[str]:
        return told_apart(names, [room] * len(names), len)

    assert told(20, "ap-south-1/b", "web") == ["ap-south-1/b", "web"]
    assert told(7, "ap-south-1/b") == ["ap-…1/b"]
    zones = "ap-south-1/b", "ap-southeast-1/b", "ap-northeast-1/b", "ap-south-1/a"
    hosts = [f"host-of-a-long-name-{n}.example.internal" for n in range(12)]
    for names, room in ((zones, 7), (zones, 9), (hosts, 8), (hosts, 26)):
        shown = told(room, *names)
        assert len(set(shown)) == len(names)
        assert max(map(len, shown)) <= room
    assert told(7, *zones, zones[0])[0] == told(7, *zones, zones[0])[-1]


def test_that_a_long_name_in_a_legend_leaves_the_other_column_its_names(theme: Theme, parent: QWidget) -> None:
    legend = LaneLegend(theme)
    legend.setParent(parent)
    legend.resize(200, 46)
    legend.show_entries("CPU", [Entry(name, QColor("red"), "34%") for name in ("web", "db", "host." * 9, "host-" * 9)])
    names = legend.shown_names(legend.places(2))
    assert names[:2] == ["web", "db"]
    assert names[2] != names[3]


@pytest.fixture
def parent(qtbot: QtBot, theme: Theme) -> QWidget:
    made = QWidget()
    qtbot.addWidget(made)
    return made


def test_that_a_choice_is_whole_or_elided_in_the_middle(theme: Theme, parent: QWidget, qtbot: QtBot) -> None:
    box = Combo(parent)
    box.addItem("64-core, 256 GiB, of a model with a long name")
    box.resize(400, 28)
    assert box.shown_text() == box.itemText(0)
    box.resize(140, 28)
    begin, dots, end = box.shown_text().partition("…")
    assert dots
    assert box.itemText(0).startswith(begin)
    assert box.itemText(0).endswith(end)
    assert min(len(begin), len(end)) >= 3


def test_that_the_model_of_a_host_and_how_it_shares_cpu_are_read_in_the_form(
    qtbot: QtBot, session: Session, theme: Theme
) -> None:
    project = session.project
    zone = edit.place(project, "zone", edit.place(project, "region"))
    host = edit.place(project, "host", zone)
    edit.apply_preset(project, [host], "64-core, 256 GiB", "model")
    session.flush()
    form = Form(session, theme)
    qtbot.addWidget(form)
    form.resize(PANEL_PX, 900)
    with qtbot.waitExposed(form):
        form.show()
    session.select([host])
    assert form.form is not None
    shown = {name: row.editor for name, row in form.form.rows.items() if isinstance(row.editor, Combo)}
    assert shown["model"].shown_text() == "64-core, 256 GiB"
    assert all("…" in box.shown_text() or box.shown_text() == box.currentText() for box in shown.values())
    assert all(len(box.shown_text()) >= 8 or box.shown_text() == box.currentText() for box in shown.values())


@pytest.mark.parametrize("parts", [(12, 30), (40, 60), (90, 200)])
def test_that_a_name_in_a_small_box_is_known_again_or_left_out(theme: Theme, qapp: Any, parts: tuple[int, int]) -> None:
    measures = QFontMetricsF(theme.font("base"))
    for room in range(*parts):
        for name in ("search", "api", "load-balancer-of-the-shop"):
            shown = short_name(name, measures, room)
            assert measures.horizontalAdvance(shown) <= room + 1 or not shown
            letters = shown.replace("…", "")
            assert shown in (name, "") or len(letters) >= 3
            assert "…" not in shown or min(len(part) for part in shown.split("…") if part) >= 3


def test_that_a_legend_has_room_for_all_states(theme: Theme, parent: QWidget) -> None:
    legend, color = LaneLegend(theme), theme.color("text")
    legend.resize(legend.width(), 58)
    counts = {"running": "5,000", "restarting": "120", "waiting": "96", "lost": "7"}
    entries = [Entry(name, color, value, state=int(ElementState.RUNNING)) for name, value in counts.items()]
    legend.show_entries("VMs by state", entries)
    places = legend.places(2)
    assert [entry for entry, _ in places] == entries
    measures = QFontMetricsF(theme.font("secondary"))
    for n, (entry, box) in enumerate(places):
        assert measures.horizontalAdvance(entry.name + entry.value) <= box.width() - 17
        assert not any(box.intersects(other) for _, other in places[n + 1 :])
        assert QRectF(legend.rect()).contains(box)


def test_that_the_numbers_at_an_axis_are_whole(theme: Theme, qapp: Any) -> None:
    values = (0.0, 0.5, 9.0, 309.0, 9999.0, 12_400.0, 25_000.0, 100_000.0, 1_500_000.0, 4e8)
    texts = [tick_text(value) for value in values]
    assert texts == ["0", "0.5", "9", "309", "9,999", "12.4k", "25k", "100k", "1.5M", "400M"]
    measures = QFontMetricsF(theme.font("secondary"))
    assert max(measures.horizontalAdvance(text) for text in texts) <= AXIS_PX - 10


@pytest.mark.parametrize("name", ["tile", "secondary", "base", "title", "object", "clock"])
def test_that_names_have_the_hyphens_of_text_and_figures_one_width(theme: Theme, qapp: Any, name: str) -> None:
    text, figures = QFontMetricsF(theme.font(name, 2.0)), QFontMetricsF(theme.font(name, 2.0, figures=True))
    assert text.horizontalAdvance("-") < 0.8 * figures.horizontalAdvance("-")
    assert len({figures.horizontalAdvance(digit) for digit in "0123456789"}) == 1
    assert text.horizontalAdvance("1") < text.horizontalAdvance("0")


def test_that_a_zone_that_stands_alone_keeps_the_beginning_of_its_name() -> None:
    assert short_names(["us-east-1a"]) == {"us-east-1a": "us-east-1a"}
    assert short_names(["us-east-1a", "us-east-1b"]) == {"us-east-1a": "1a", "us-east-1b": "1b"}


def test_that_the_sign_of_a_finding_is_clear_of_the_texts_in_a_box(
    qtbot: QtBot, project: Project, session: Session, theme: Theme
) -> None:
    shop = edit.place(project, "service", name="shop", rate_rps=11400.0)
    session.flush()
    view = View(session, theme)
    qtbot.addWidget(view)
    view.resize(600, 400)
    with qtbot.waitExposed(view):
        view.show()
    for scale in (0.7, 1.0, 1.5):
        view.show_point(scale, view.world.bounds().center())
        box = view.to_pixels(view.world.rect(view.world.row_of[shop])).toRect()
        seen = []
        for findings in ([], [Finding("A", "high", "high", "", (shop,))]):
            view.brush.findings.show(findings)
            seen.append(view.grab(box.adjusted(2, round(SIGN_PX / 2) + 2, -2, -2)).toImage())
        assert seen[0] == seen[1]
        assert box.height() > SIGN_PX
