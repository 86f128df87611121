"""Findings in the window: listed while drawing, marked on the drawing, those of a run beside them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPixmap
from PySide6.QtTest import QTest

from designer.checks.check import Check, Finding, Fix, Found
from designer.commands import edit
from designer.model.project import Project
from designer.ui.canvas.world.findings import FindingMarks
from designer.ui.canvas.world.world import World
from designer.ui.parts.severity import draw_severity
from designer.ui.run import findings_panel
from designer.ui.run.findings_panel import FindingsPanel
from designer.ui.shell.session import Session


@pytest.fixture
def full(project: Project) -> int:
    """A host in a zone with more memory in VMs than it has; its id."""
    host = edit.place(project, "host", edit.place(project, "zone", edit.place(project, "region")), name="h", cores=64)
    edit.change(project, [host], {"ram_mib": 16384.0})
    for _ in range(2):
        edit.place(project, "vm", host, ram_mib=12288.0)
    return host


@pytest.fixture
def panel(project: Project, full: int, theme: Any, qtbot: Any) -> FindingsPanel:
    """The list of findings of a design with one, up to date."""
    session = Session(project)
    made = FindingsPanel(session, theme)
    qtbot.addWidget(made)
    session.findings.finish()
    return made


def texts(panel: FindingsPanel) -> list[str]:
    return [panel.list.item(n).text().partition("\n")[0] for n in range(panel.list.count())]


def test_that_a_finding_is_listed_without_a_run_and_goes_when_it_is_mended(
    panel: FindingsPanel, project: Project, full: int
) -> None:
    assert texts(panel)[0] == "h has 16 GiB for VMs and they take 24 GiB"
    assert not panel.empty.isVisibleTo(panel)
    edit.change(project, [full], {"ram_mib": 65536.0})
    panel._session.flush()
    panel._session.findings.finish()
    assert not [text for text in texts(panel) if "GiB" in text]


def test_that_the_list_follows_without_anybody_asking(
    panel: FindingsPanel, project: Project, full: int, qtbot: Any
) -> None:
    edit.change(project, [full], {"ram_mib": 65536.0})
    qtbot.waitUntil(lambda: not [text for text in texts(panel) if "GiB" in text])
    project.undo()
    qtbot.waitUntil(lambda: texts(panel)[:1] == ["h has 16 GiB for VMs and they take 24 GiB"])


def test_that_nothing_is_checked_between_an_edit_and_the_news_of_it(session: Session) -> None:
    findings = session.findings
    edit.place(session.project, "region")
    findings._timer.timeout.emit()
    assert findings._live is None
    session.flush()
    findings._timer.timeout.emit()
    assert findings._live is not None


def test_that_a_click_selects_and_shows_the_elements_and_says_why(
    panel: FindingsPanel, project: Project, full: int, qtbot: Any
) -> None:
    shown: list[list[int]] = []
    panel._session.reveal.connect(shown.append)
    with qtbot.waitExposed(panel):
        panel.show()
    place = panel.list.visualItemRect(panel.list.item(0)).center()
    QTest.mouseClick(panel.list.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert panel._session.selection == (full, *project.children(full))
    assert shown == [[full, *project.children(full)]]
    assert "REL-20" in panel.why.text()
    assert panel.foot.isVisibleTo(panel)


def test_that_a_fix_is_applied_as_one_step(panel: FindingsPanel, project: Project, full: int, monkeypatch: Any) -> None:
    def enlarge(project: Project, finding: Finding) -> None:
        edit.change(project, finding.elements[:1], {"ram_mib": 65536.0})

    check = Check("REL-20", "t", "high", "Because.", "s", ("host",), lambda view, i: [Found("f")], Fix("Add", enlarge))
    monkeypatch.setitem(findings_panel.BY_ID, "REL-20", check)
    panel.list.setCurrentRow(0)
    panel.apply_fix()
    assert project.elements[full].__dict__["ram_mib"] == 65536.0
    project.undo()
    assert project.elements[full].__dict__["ram_mib"] == 16384.0


def test_that_each_element_has_one_sign_and_from_afar_its_container(project: Project, full: int) -> None:
    zone = project.elements[full].parent
    marks = FindingMarks()
    marks.show([
        Finding("A", "low", "low", "", (full,)), Finding("B", "high", "high", "", (full, zone)),
        Finding("C", "medium", "inside", "", (project.children(full)[0],)),
    ])  # fmt: skip
    world = World(project)
    boxes = np.zeros((world.ids.size, 4))
    boxes[:, 1], boxes[:, 2] = np.arange(world.ids.size) * 50.0, 100.0
    vm = world.row_of[project.children(full)[0]]
    assert marks.rows(world, boxes) == {world.row_of[full]: 0, vm: 1}
    boxes[vm, 2] = 5.0
    assert marks.rows(world, boxes) == {world.row_of[full]: 0}
    boxes[world.row_of[full], 2] = 5.0
    assert marks.rows(world, boxes) == {world.row_of[zone]: 0}
    assert marks.words(full) == "high"
    marks.show([Finding("B", "high", "high", "", (full,)), Finding("C", "low", "low", "", (zone,))])
    boxes[:, 1], boxes[:, 2] = 0.0, 100.0
    assert marks.rows(world, boxes) == {world.row_of[zone]: 0}  # they would lie on one another
    boxes[world.row_of[full], 1] = 50.0
    assert marks.rows(world, boxes) == {world.row_of[zone]: 2, world.row_of[full]: 0}


def test_that_severities_differ_in_shape(theme: Any, qapp: Any) -> None:
    pictures = []
    for severity in ("high", "medium", "low"):
        picture = QPixmap(32, 32)
        picture.fill(Qt.GlobalColor.white)
        painter = QPainter(picture)
        draw_severity(painter, QRectF(0, 0, 32, 32), severity, theme)
        painter.end()
        image = picture.toImage()
        ground = image.pixelColor(0, 0)
        pictures.append([image.pixelColor(x, y) == ground for x in range(32) for y in range(32)])
    inked = [sum(1 for plain in picture if not plain) for picture in pictures]
    assert len({tuple(picture) for picture in pictures}) == 3
    assert inked[0] > inked[1]


def test_that_a_finding_is_muted_with_a_reason_and_listed_again(
    panel: FindingsPanel, project: Project, full: int
) -> None:
    first = panel._shown[0]
    panel.list.setCurrentRow(0)
    panel.mute.click()
    panel.reason.setText("a lab")
    QTest.keyClick(panel.reason, Qt.Key.Key_Return)
    panel._session.flush()
    panel._session.findings.finish()
    assert first not in panel._shown
    assert panel.muted.text() == "1 muted"
    panel.muted.click()
    row = panel._shown.index(first)
    assert panel.list.item(row).text() == f"{first.text}\nMuted: a lab"
    panel.list.setCurrentRow(row)
    panel.mute.click()
    panel._session.flush()
    panel._session.findings.finish()
    assert first in panel._session.findings.all and panel._session.findings.muted == []
