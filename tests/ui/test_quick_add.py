"""Adding by typing at the mouse; tips that teach; undo that gives back what can be worked on."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest

from designer.commands import blueprints, edit
from designer.model.project import Project
from designer.ui.canvas.view.canvas import COLOR_BY, COLOR_TIPS
from designer.ui.shell.window import Window
from tests.waiting import turns


@pytest.fixture
def window(lent_window: Window) -> Window:
    return lent_window


@pytest.fixture
def site(window: Window) -> dict[str, int]:
    project = window.session.project
    zone = edit.place(project, "zone", edit.place(project, "region", name="mumbai"), name="zone-a")
    edit.place(project, "host", zone, name="host-a")
    window.session.flush()
    window.canvas.view.zoom_to_fit(animated=False)
    turns()
    return {e.name: e.id for e in project.elements.values()}


def opened(window: Window, element_id: int) -> None:
    """Open the line over the lower part of an element."""
    view = window.canvas.view
    box = view.world.rect(view.world.row_of[element_id])
    at = QPointF(box.center().x(), box.bottom() - 3)
    window.canvas.quick_add.open(at, view.pixel_of(at).toPoint())


def offered(window: Window) -> list[str]:
    return [item.title for item in window.canvas.quick_add.items]


def test_that_what_is_typed_is_placed_under_the_mouse_as_one_step(window: Window, site: dict[str, int]) -> None:
    project, steps = window.session.project, len(window.session.project.history.steps)
    opened(window, site["host-a"])
    QTest.keyClicks(window.canvas.quick_add.line, "vm")
    assert offered(window)[0] == "VM"
    QTest.keyClick(window.canvas.quick_add.line, Qt.Key.Key_Return)
    window.session.flush()
    (made,) = project.children(site["host-a"])
    assert project.elements[made].kind == "vm"
    assert len(project.history.steps) == steps + 1
    assert window.session.selection == (made,)
    assert not window.canvas.quick_add.isVisible()


@pytest.mark.parametrize(
    ("typed", "where", "kind", "count"),
    [("5 vms", "host-a", "vm", 5), ("3 host", "zone-a", "host", 3), ("2x zones", "mumbai", "zone", 2),
     ("1 vm", "host-a", "vm", 1), ("4 vm", "zone-a", "vm", 4)],
)  # fmt: skip
def test_that_a_number_before_a_kind_places_so_many_as_one_step(
    window: Window, site: dict[str, int], typed: str, where: str, kind: str, count: int
) -> None:
    project, steps = window.session.project, len(window.session.project.history.steps)
    before = {e.id for e in project.of_kind(kind)}
    opened(window, site[where])
    QTest.keyClicks(window.canvas.quick_add.line, typed)
    assert offered(window)[0] == project.kinds[kind].counted(count)
    QTest.keyClick(window.canvas.quick_add.line, Qt.Key.Key_Return)
    window.session.flush()
    made = {e.id for e in project.of_kind(kind)} - before
    assert len(made) == count
    assert set(window.session.selection) == made
    assert len({project.elements[i].name for i in made}) == count
    assert len(project.history.steps) == steps + 1
    project.undo()
    assert {e.id for e in project.of_kind(kind)} == before


def test_that_so_many_that_not_all_find_room_are_refused_whole(window: Window, site: dict[str, int]) -> None:
    project, said = window.session.project, list[str]()
    window.session.refused.connect(said.append)
    opened(window, site["host-a"])
    QTest.keyClicks(window.canvas.quick_add.line, "500 vms")
    QTest.keyClick(window.canvas.quick_add.line, Qt.Key.Key_Return)
    assert project.of_kind("vm") == []
    assert len(said) == 1 and said[0].startswith("500 VMs find no room: ")


def test_that_many_of_a_kind_are_found_by_the_word_for_many(window: Window, site: dict[str, int]) -> None:
    opened(window, site["host-a"])
    QTest.keyClicks(window.canvas.quick_add.line, "vms")
    assert offered(window)[0] == "VM"


def test_that_only_what_may_stand_there_is_offered(window: Window, site: dict[str, int]) -> None:
    opened(window, site["zone-a"])
    assert "Region" not in offered(window)
    assert "Subnet" in offered(window)
    QTest.keyClicks(window.canvas.quick_add.line, "region")
    assert "Region" not in offered(window)
    window.canvas.quick_add.line.setText("no such thing at all")
    assert offered(window) == []
    QTest.keyClick(window.canvas.quick_add.line, Qt.Key.Key_Return)  # chooses nothing
    assert window.canvas.quick_add.isVisible()


def test_that_what_is_meant_and_may_not_stand_there_says_why(window: Window, site: dict[str, int]) -> None:
    line, project = window.canvas.quick_add, window.session.project
    before = len(project.elements)
    opened(window, site["zone-a"])
    QTest.keyClicks(line.line, "load b")
    texts = [line.list.item(n).text() for n in range(line.list.count())]
    assert texts[-1] == "Load balancer needs a region."
    assert not line.list.item(line.list.count() - 1).flags() & Qt.ItemFlag.ItemIsEnabled
    QTest.keyClick(line.line, Qt.Key.Key_Return)  # not what only has the words in its text
    window.session.flush()
    assert line.isVisible()
    assert len(project.elements) == before
    line.line.setText("host")
    QTest.keyClick(line.line, Qt.Key.Key_Return)
    window.session.flush()
    assert len(project.of_kind("host")) == 2


def test_that_a_letter_more_tries_nothing_again_until_the_design_changes(
    window: Window, site: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    line, project, tried = window.canvas.quick_add, window.session.project, list[str]()
    known = blueprints.why_not_place

    def why_not_place(project: Project, text: str, parent_id: int) -> tuple[list[str], str | None]:
        tried.append(text)
        return known(project, text, parent_id)

    monkeypatch.setattr(blueprints, "why_not_place", why_not_place)
    opened(window, site["host-a"])
    assert tried
    before, tried[:] = tried[:], []
    QTest.keyClicks(line.line, "vm")
    assert not tried and "VM" in offered(window)
    edit.delete(project, [site["host-a"]])
    window.session.flush()
    line.line.setText("")
    assert tried == before
    assert "Host" in offered(window)  # the zone is under the mouse now
    line.open(line._at, window.canvas.view.rect().center())
    assert tried == before * 2


def test_that_a_blueprint_can_be_typed_and_escape_adds_nothing(window: Window, site: dict[str, int]) -> None:
    before = len(window.session.project.elements)
    window.canvas.quick_add.open(QPointF(2000, 2000), window.canvas.view.rect().center())
    QTest.keyClicks(window.canvas.quick_add.line, "three-zone")
    assert offered(window)[0] == "Three-zone web shop"
    QTest.keyClick(window.canvas.quick_add.line, Qt.Key.Key_Escape)
    assert not window.canvas.quick_add.isVisible()
    assert len(window.session.project.elements) == before


def test_that_arrows_choose_and_the_line_stays_in_the_window(window: Window, site: dict[str, int]) -> None:
    view = window.canvas.view
    window.canvas.quick_add.open(QPointF(3000, 3000), view.rect().bottomRight())
    assert view.rect().contains(window.canvas.quick_add.geometry())
    second = offered(window)[1]
    QTest.keyClick(window.canvas.quick_add.line, Qt.Key.Key_Down)
    QTest.keyClick(window.canvas.quick_add.line, Qt.Key.Key_Return)
    window.session.flush()
    made = window.session.project.elements[window.session.selection[0]]
    assert window.session.project.kinds[made.kind].label == second


def test_that_every_color_says_what_it_means(window: Window) -> None:
    assert set(COLOR_TIPS) == set(COLOR_BY)
    for n in range(window.strip.color_by.count()):
        tip = window.strip.color_by.itemData(n, Qt.ItemDataRole.ToolTipRole)
        assert tip == COLOR_TIPS[window.strip.color_by.itemData(n)]


def test_that_undoing_a_deletion_selects_what_came_back(window: Window, site: dict[str, int]) -> None:
    window.session.select([site["host-a"]])
    window.actions["edit.delete"].trigger()
    window.session.flush()
    assert window.session.selection == ()
    window.actions["edit.undo"].trigger()
    assert window.session.selection == (site["host-a"],)


def test_that_undo_keeps_a_selection(window: Window, site: dict[str, int]) -> None:
    edit.move(window.session.project, [site["host-a"]], (30.0, 0.0))
    window.session.flush()
    window.session.select([site["zone-a"]])
    window.actions["edit.undo"].trigger()
    assert window.session.selection == (site["zone-a"],)
