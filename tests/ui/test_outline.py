"""The outline under a real mouse and real keys: the tree is the design, selection both ways, filter, names, drops."""

from __future__ import annotations

import contextlib
import random
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QEvent, QModelIndex, QObject, QPoint, QPointF, QRect, Qt
from PySide6.QtGui import QDragEnterEvent, QDragMoveEvent, QDropEvent, QImage, QPaintEvent
from PySide6.QtTest import QAbstractItemModelTester, QTest
from PySide6.QtWidgets import QAbstractItemView, QApplication, QLineEdit
from pytestqt.qtbot import QtBot

from designer.catalog import KINDS, LINKS
from designer.commands import edit
from designer.errors import DesignerError
from designer.model.element import ROOT_ID, values
from designer.model.project import Project
from designer.study.frames import ElementState, Frame
from designer.ui.parts.theme import Theme
from designer.ui.shell.session import Session
from designer.ui.side import opening
from designer.ui.side.outline import LOAD_ROLE, STATE_ROLE, Outline, OutlineModel, _matching
from tests.waiting import turns

NO, SHIFT, CTRL = (
    Qt.KeyboardModifier.NoModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.ControlModifier,
)
LEFT, Key = Qt.MouseButton.LeftButton, Qt.Key
# A top-level widget with a layout makes the offscreen platform say so.
pytestmark = pytest.mark.qt_log_ignore("does not support propagateSizeHints")
NAME = Qt.ItemDataRole.DisplayRole
EDIT = Qt.ItemDataRole.EditRole


def state(project: Project) -> dict[int, dict[str, Any]]:
    """Everything that is saved, by id."""
    return {row.id: values(row) for row in project.rows()}


@pytest.fixture
def ids(project: Project) -> dict[str, int]:
    """A region with two zones, a host with three VMs in the first; by name."""
    region = edit.place(project, "region")
    zone = edit.place(project, "zone", region)
    edit.place(project, "zone", region)
    host = edit.place(project, "host", zone)
    for _ in range(3):
        edit.place(project, "vm", host)
    return {element.name: element.id for element in project.elements.values() if element.id != ROOT_ID}


@pytest.fixture
def outline(qtbot: QtBot, ids: dict[str, int], session: Session, theme: Theme) -> Outline:
    made = Outline(session, theme)
    qtbot.addWidget(made)
    made.resize(300, 500)
    with qtbot.waitExposed(made):
        made.show()
    made.activateWindow()
    session.flush()
    made.tree.expandAll()
    return made


def tree_of(model: OutlineModel, above: QModelIndex | None = None) -> list[Any]:
    """Names and what stands in them, as the model tells it to Qt."""
    above = above if above is not None else QModelIndex()
    rows = [model.index(row, 0, above) for row in range(model.rowCount(above))]
    for row in rows:
        assert model.parent(row) == above
    return [(row.data(NAME), tree_of(model, row)) for row in rows]


def tree_in(project: Project, above: int = ROOT_ID) -> list[Any]:
    """The same, as the design tells it."""
    return [(project.elements[i].name, tree_in(project, i)) for i in project.children(above)]


def shown(outline: Outline) -> list[str]:
    """The names on the screen, from top to bottom: what stands in a folded row is not among them."""
    found, index = [], outline.model.index(0, 0)
    while index.isValid():
        found.append(index.data(NAME))
        index = outline.tree.indexBelow(index)
    return found


def spot(outline: Outline, element_id: int) -> QPoint:
    """Where the name of an element is in the tree."""
    box = outline.tree.visualRect(outline.model.index_of(element_id))
    assert outline.tree.viewport().rect().contains(box.center())
    return QPoint(box.left() + 24, box.center().y())


def click(outline: Outline, element_id: int, keys: Qt.KeyboardModifier = NO) -> None:
    QTest.mouseClick(outline.tree.viewport(), LEFT, keys, spot(outline, element_id))


def chosen(outline: Outline) -> set[int]:
    """What the tree shows as selected."""
    return {int(index.internalId()) for index in outline.tree.selectionModel().selectedRows(0)}


# -- the tree is the design


def test_that_the_tree_is_the_design(outline: Outline, session: Session) -> None:
    assert tree_of(outline.model) == tree_in(session.project)
    vms = [("vm-1", []), ("vm-2", []), ("vm-3", [])]
    assert tree_of(outline.model) == [("region-1", [("zone-1", [("host-1", vms)]), ("zone-2", [])])]


OPS = ("place", "delete", "move", "into", "rename", "undo", "redo", "filter", "replace")


def any_edit(outline: Outline, session: Session, what: str, chance: random.Random) -> None:
    """Do something to the design or its outline that may be refused."""
    project = session.project
    ids = [i for i in project.elements if i != ROOT_ID]
    one = chance.choice(ids) if ids else ROOT_ID
    if what == "place":
        edit.place_through(project, chance.choice([k for k in KINDS if k != "design"]), chance.choice([ROOT_ID, one]))
    elif what == "undo":
        project.undo()
    elif what == "redo":
        project.redo()
    elif what == "filter":
        outline.filter.setText(chance.choice(["", "host", "1", "vm-2", "nothing"]))
    elif what == "replace" and chance.random() < 0.3:
        project.replace([])
    elif one == ROOT_ID:
        return
    elif what == "delete":
        edit.delete(project, [one])
    elif what == "move":
        edit.move(project, [one], (float(chance.randint(-300, 300)), float(chance.randint(-300, 300))))
    elif what == "into":
        edit.move(project, [one], (0.0, 0.0), chance.choice([ROOT_ID, *ids]))
    elif what == "rename":
        edit.rename(project, one, f"name {chance.random()}")


@given(ops=st.lists(st.sampled_from(OPS), min_size=4, max_size=24), seed=st.integers(0, 2**16), often=st.booleans())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_that_the_model_keeps_its_promises_to_qt_through_any_edits(
    theme: Theme, ops: list[str], seed: int, often: bool
) -> None:
    project, chance = Project(KINDS, LINKS), random.Random(seed)
    for kind in ("zone", "host", "vm", "vm", "rack"):
        edit.place_through(project, kind, ROOT_ID)
    session = Session(project)
    outline = Outline(session, theme)
    tester = QAbstractItemModelTester(outline.model, QAbstractItemModelTester.FailureReportingMode.Warning)
    for what in ops:
        with contextlib.suppress(DesignerError):
            any_edit(outline, session, what, chance)
        if often:
            session.flush()
            assert chosen(outline) <= set(project.elements)
    session.flush()
    outline.filter.clear()
    assert tree_of(outline.model) == tree_in(project)
    assert tester.model() is outline.model
    outline.deleteLater()


def test_that_a_picture_before_the_outline_is_told_is_possible(
    outline: Outline, session: Session, ids: dict[str, int]
) -> None:
    before = outline.tree.viewport().grab().toImage()
    edit.delete(session.project, [ids["host-1"]])
    outline.tree.viewport().grab()
    session.flush()
    assert shown(outline) == ["region-1", "zone-1", "zone-2"]
    assert outline.tree.viewport().grab().toImage() != before


def test_that_what_is_placed_is_to_be_seen_and_what_was_open_stays_open(
    outline: Outline, session: Session, ids: dict[str, int]
) -> None:
    outline.tree.collapse(outline.model.index_of(ids["host-1"]))
    edit.place(session.project, "subnet", ids["zone-2"])
    session.flush()
    assert shown(outline) == ["region-1", "zone-1", "host-1", "zone-2", "subnet-1"]


def test_that_moving_within_the_design_is_followed_and_undone(
    outline: Outline, session: Session, ids: dict[str, int]
) -> None:
    before = tree_of(outline.model)
    edit.move(session.project, [ids["host-1"]], (0.0, 0.0), ids["zone-2"])
    session.flush()
    vms = [("vm-1", []), ("vm-2", []), ("vm-3", [])]
    assert tree_of(outline.model) == [("region-1", [("zone-1", []), ("zone-2", [("host-1", vms)])])]
    session.project.undo()
    session.flush()
    assert tree_of(outline.model) == before
    session.project.redo()
    session.flush()
    assert tree_of(outline.model) == tree_in(session.project)


def test_that_a_new_name_is_shown_at_once(
    qtbot: QtBot, outline: Outline, session: Session, ids: dict[str, int]
) -> None:
    with qtbot.waitSignal(outline.model.dataChanged) as told:
        edit.rename(session.project, ids["zone-2"], "Mumbai b")
    assert int(told.args[0].internalId()) == ids["zone-2"]
    assert "Mumbai b" in shown(outline)


def test_that_a_screen_reader_hears_name_and_kind(outline: Outline, ids: dict[str, int]) -> None:
    heard = outline.model.data(outline.model.index_of(ids["host-1"]), Qt.ItemDataRole.AccessibleTextRole)
    assert heard == "host-1, Host"


# -- selection


def test_that_a_click_selects_in_the_design(outline: Outline, session: Session, ids: dict[str, int]) -> None:
    click(outline, ids["vm-2"])
    assert session.selection == (ids["vm-2"],)
    click(outline, ids["host-1"], CTRL)
    assert set(session.selection) == {ids["vm-2"], ids["host-1"]}
    click(outline, ids["vm-1"])
    click(outline, ids["vm-3"], SHIFT)
    assert set(session.selection) == {ids["vm-1"], ids["vm-2"], ids["vm-3"]}


def test_that_arrow_keys_walk_and_select(outline: Outline, session: Session, ids: dict[str, int]) -> None:
    click(outline, ids["region-1"])
    walked = []
    for _ in range(3):
        QTest.keyClick(outline.tree, Key.Key_Down)
        walked += session.selection
    assert walked == [ids["zone-1"], ids["host-1"], ids["vm-1"]]
    QTest.keyClick(outline.tree, Key.Key_Down, SHIFT)
    assert set(session.selection) == {ids["vm-1"], ids["vm-2"]}


def test_that_a_selection_elsewhere_is_shown_and_scrolled_to(
    outline: Outline, session: Session, ids: dict[str, int]
) -> None:
    for _ in range(60):
        edit.place(session.project, "vm", ids["host-1"])
    session.flush()
    last = session.project.children(ids["host-1"])[-1]
    outline.tree.collapse(outline.model.index_of(ids["host-1"]))
    session.select([last, ids["zone-1"]])
    assert chosen(outline) == {last, ids["zone-1"]}
    assert outline.tree.viewport().rect().contains(outline.tree.visualRect(outline.model.index_of(last)).center())
    assert session.selection == (last, ids["zone-1"])
    session.select([])
    assert chosen(outline) == set()


def test_that_the_selection_outlives_edits_and_loses_what_is_gone(
    outline: Outline, session: Session, ids: dict[str, int]
) -> None:
    session.select([ids["vm-1"], ids["vm-3"]])
    edit.place(session.project, "vm", ids["host-1"])
    session.flush()
    assert chosen(outline) == {ids["vm-1"], ids["vm-3"]}
    edit.delete(session.project, [ids["vm-1"]])
    session.flush()
    assert chosen(outline) == {ids["vm-3"]}
    assert session.selection == (ids["vm-3"],)
    QTest.keyClick(outline.tree, Key.Key_Up)
    assert session.selection == (ids["vm-2"],)


def test_that_a_double_click_reveals(qtbot: QtBot, outline: Outline, session: Session, ids: dict[str, int]) -> None:
    click(outline, ids["vm-2"])
    with qtbot.waitSignal(session.reveal) as told:
        QTest.mouseDClick(outline.tree.viewport(), LEFT, NO, spot(outline, ids["vm-2"]))
    assert told.args == [[ids["vm-2"]]]


# -- filter


def test_that_a_filter_keeps_matches_and_what_they_stand_in(outline: Outline, ids: dict[str, int]) -> None:
    outline.filter.setFocus()
    QTest.keyClicks(outline.filter, "VM-2")
    assert shown(outline) == ["region-1", "zone-1", "host-1", "vm-2"]
    outline.filter.selectAll()
    QTest.keyClicks(outline.filter, "zone 2")
    assert shown(outline) == ["region-1", "zone-2"]
    outline.filter.selectAll()
    QTest.keyClicks(outline.filter, "nothing like it")
    assert shown(outline) == []


def test_that_kinds_can_be_filtered_for(outline: Outline, session: Session, ids: dict[str, int]) -> None:
    edit.rename(session.project, ids["host-1"], "big iron")
    session.flush()
    QTest.keyClicks(outline.filter, "host")
    assert shown(outline) == ["region-1", "zone-1", "big iron"]


def test_that_clearing_the_filter_gives_back_what_was_open(outline: Outline, ids: dict[str, int]) -> None:
    outline.tree.collapse(outline.model.index_of(ids["host-1"]))
    before = shown(outline)
    assert before == ["region-1", "zone-1", "host-1", "zone-2"]
    QTest.keyClicks(outline.filter, "zone-2")
    assert shown(outline) == ["region-1", "zone-2"]
    outline.filter.clear()
    assert shown(outline) == before


@pytest.fixture
def many_hosts(session: Session, ids: dict[str, int], outline: Outline, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Thirty hosts with two VMs each; the outline opens a screen full of rows at once under a filter."""
    monkeypatch.setattr(opening, "OPENED_AT_ONCE", 25)
    hosts = [edit.place(session.project, "host", ids["zone-2"]) for _ in range(30)]
    for host in hosts:
        for _ in range(2):
            edit.place(session.project, "vm", host)
    session.flush()
    outline.tree.collapseAll()
    return hosts


def test_that_what_a_filter_leaves_is_opened_by_and_by(outline: Outline, many_hosts: list[int], qtbot: QtBot) -> None:
    outline.filter.setText("vm")
    assert shown(outline)[:5] == ["region-1", "zone-1", "host-1", "vm-1", "vm-2"]
    assert outline._opening.goes_on
    assert not outline.tree.isExpanded(outline.model.index_of(many_hosts[-1]))
    qtbot.waitUntil(lambda: not outline._opening.goes_on)
    assert len(shown(outline)) == 4 + 3 + 30 + 60
    outline.filter.setText("vm-")
    assert outline._opening.goes_on
    outline.filter.clear()
    assert not outline._opening.goes_on
    assert shown(outline) == ["region-1"]


def test_that_an_edit_under_a_filter_leaves_the_row_in_sight_that_was_uppermost(
    outline: Outline, session: Session, many_hosts: list[int], qtbot: QtBot
) -> None:
    outline.filter.setText("vm")
    qtbot.waitUntil(lambda: not outline._opening.goes_on)
    last = session.project.children(many_hosts[-12])[0]
    outline.tree.scrollTo(outline.model.index_of(last), QAbstractItemView.ScrollHint.PositionAtTop)
    assert outline._uppermost() == last
    edit.rename(session.project, many_hosts[-1], "last")
    session.flush()
    assert outline._uppermost() == last
    qtbot.waitUntil(lambda: not outline._opening.goes_on)
    assert outline._uppermost() == last
    assert len(shown(outline)) == 4 + 3 + 30 + 60


@pytest.mark.parametrize("text", ["vm-1", "ZONE", "host zone", "vm 2 -", "host", "st-1 o", "", "design"])
def test_that_a_filter_finds_each_word_in_name_or_kind(session: Session, ids: dict[str, int], text: str) -> None:
    elements = [e for e in session.project.elements.values() if e.id != ROOT_ID]
    words = text.lower().split()
    wanted = {e.id for e in elements if all(word in f"{e.name} {e.kind}".lower() for word in words)}
    assert set(_matching(session, text)) - {ROOT_ID} == wanted


def test_that_a_filter_changes_no_selection(outline: Outline, session: Session, ids: dict[str, int]) -> None:
    session.select([ids["vm-1"], ids["zone-2"]])
    QTest.keyClicks(outline.filter, "zone-2")
    assert session.selection == (ids["vm-1"], ids["zone-2"])
    assert chosen(outline) == {ids["zone-2"]}
    outline.filter.clear()
    assert chosen(outline) == {ids["vm-1"], ids["zone-2"]}


def test_that_a_new_name_is_held_against_the_filter(outline: Outline, session: Session, ids: dict[str, int]) -> None:
    QTest.keyClicks(outline.filter, "mumbai")
    assert shown(outline) == []
    edit.rename(session.project, ids["zone-2"], "Mumbai b")
    session.flush()
    assert shown(outline) == ["region-1", "Mumbai b"]
    session.project.undo()
    session.flush()
    assert shown(outline) == []


def test_that_what_is_placed_under_a_filter_is_held_against_it(
    outline: Outline, session: Session, ids: dict[str, int]
) -> None:
    QTest.keyClicks(outline.filter, "subnet")
    edit.place(session.project, "rack", ids["zone-2"])
    edit.place(session.project, "subnet", ids["zone-1"])
    session.flush()
    assert shown(outline) == ["region-1", "zone-1", "subnet-1"]


# -- names


def editor(outline: Outline) -> QLineEdit:
    (line,) = outline.tree.viewport().findChildren(QLineEdit)
    return line


def test_that_f2_renames_in_place_in_one_step(
    qtbot: QtBot, outline: Outline, session: Session, ids: dict[str, int]
) -> None:
    before = state(session.project)
    click(outline, ids["zone-2"])
    QTest.keyClick(outline.tree, Key.Key_F2)
    QTest.keyClicks(editor(outline), "Mumbai b")
    QTest.keyClick(editor(outline), Key.Key_Return)
    qtbot.waitUntil(lambda: session.project.elements[ids["zone-2"]].name == "Mumbai b")
    assert session.project.history.undo_text == "Rename"
    session.project.undo()
    assert state(session.project) == before


def test_that_escape_leaves_the_name_and_a_click_does_not_open_it(
    qtbot: QtBot, outline: Outline, session: Session, ids: dict[str, int]
) -> None:
    before = state(session.project)
    click(outline, ids["zone-2"])
    assert not outline.tree.viewport().findChildren(QLineEdit)
    QTest.keyClick(outline.tree, Key.Key_F2)
    QTest.keyClicks(editor(outline), "nonsense")
    QTest.keyClick(editor(outline), Key.Key_Escape)
    qtbot.waitUntil(lambda: not outline.tree.viewport().findChildren(QLineEdit))
    assert state(session.project) == before


def test_that_a_refused_name_is_refused_to_qt_too(outline: Outline, session: Session, ids: dict[str, int]) -> None:
    heard: list[str] = []
    session.refused.connect(heard.append)
    index = outline.model.index_of(ids["zone-2"])
    assert not outline.model.setData(index, "   ", EDIT)
    assert heard == ["A name needs at least one letter."]
    assert outline.model.setData(index, "Mumbai b", EDIT)
    assert not outline.model.setData(index, "Mumbai b", EDIT)  # it is already called so
    assert session.project.elements[ids["zone-2"]].name == "Mumbai b"


# -- drops


def drag(outline: Outline, what: list[int], onto: int) -> bool:
    """Drag rows onto another and let them go; whether the tree would take them there."""
    mime = outline.model.mimeData([outline.model.index_of(i) for i in what])
    at, move = spot(outline, onto), Qt.DropAction.MoveAction
    view = outline.tree.viewport()
    enter = QDragEnterEvent(at, move, mime, LEFT, NO)
    QApplication.sendEvent(view, enter)
    assert enter.isAccepted()
    over = QDragMoveEvent(at, move, mime, LEFT, NO)
    QApplication.sendEvent(view, over)
    QApplication.sendEvent(view, QDropEvent(QPointF(at), move, mime, LEFT, NO))
    return over.isAccepted()


def test_that_a_drop_moves_in_one_step(outline: Outline, session: Session, ids: dict[str, int]) -> None:
    before, steps = state(session.project), len(session.project.history.steps)
    assert drag(outline, [ids["host-1"]], ids["zone-2"])
    session.flush()
    assert session.project.elements[ids["host-1"]].parent == ids["zone-2"]
    assert len(session.project.history.steps) == steps + 1
    assert tree_of(outline.model) == tree_in(session.project)
    session.project.undo()
    session.flush()
    assert state(session.project) == before
    assert tree_of(outline.model) == tree_in(session.project)


def test_that_several_are_dropped_together(outline: Outline, session: Session, ids: dict[str, int]) -> None:
    vms = [ids["vm-1"], ids["vm-3"]]
    assert drag(outline, vms, ids["zone-2"])
    session.flush()
    assert session.project.children(ids["zone-2"]) == vms
    assert session.project.children(ids["host-1"]) == [ids["vm-2"]]


@pytest.mark.parametrize(("what", "onto"), [("zone-1", "zone-2"), ("host-1", "vm-1"), ("vm-1", "region-1")])
def test_that_an_illegal_drop_does_nothing(
    outline: Outline, session: Session, ids: dict[str, int], what: str, onto: str
) -> None:
    before, steps = state(session.project), len(session.project.history.steps)
    assert not drag(outline, [ids[what]], ids[onto])
    session.flush()
    assert (state(session.project), len(session.project.history.steps)) == (before, steps)


# -- load


def frame_of(rows: list[int], heat: list[float], failed: list[int]) -> Frame:
    """A moment of a run with loads and failures."""
    count = len(rows)
    down = np.array([i in failed for i in rows])
    nothing = np.full(count, np.nan, np.float32)
    return Frame(
        time_s=0.0,
        ids=np.array(rows, np.int64),
        vms=0,
        heat=np.array(heat, np.float32),
        used=nothing,
        throttled=nothing,
        waiting=nothing,
        disk=nothing,
        wire=nothing,
        overhead=nothing,
        steal=nothing,
        power_w=nothing,
        state=np.where(down, ElementState.FAILED, ElementState.RUNNING).astype(np.uint8),
        failed_root=down,
        failed_since_s=np.zeros(count),
        place=np.zeros(0, np.int64),
        run_only=np.zeros(0, np.bool_),
    )


def test_that_load_and_failure_are_told_by_element(outline: Outline, session: Session, ids: dict[str, int]) -> None:
    rows = [ids["vm-1"], ids["host-1"], ids["vm-2"]]
    frame = frame_of(rows, heat=[0.25, 1.4, float("nan")], failed=[ids["vm-2"]])
    outline.model.set_frame(frame)

    def told(name: str, role: int) -> Any:
        return outline.model.data(outline.model.index_of(ids[name], 1), role)

    assert told("vm-1", LOAD_ROLE) == 0.25
    assert told("host-1", LOAD_ROLE) == pytest.approx(1.4)
    assert np.isnan(told("zone-1", LOAD_ROLE))
    assert (told("vm-1", STATE_ROLE), told("vm-2", STATE_ROLE)) == (None, ElementState.FAILED)
    calm = outline.tree.viewport().grab().toImage()
    outline.model.set_frame(None)
    outline.tree.viewport().update()
    assert outline.tree.viewport().grab().toImage() != calm
    assert np.isnan(told("vm-1", LOAD_ROLE))


class Regions(QObject):
    """Notes what of a widget is painted."""

    def __init__(self) -> None:
        super().__init__()
        self.boxes: list[QRect] = []

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QPaintEvent):
            self.boxes.extend(event.region())  # type: ignore[call-overload]
        return False


def test_that_a_frame_paints_only_the_cells_that_it_changes(
    outline: Outline, session: Session, ids: dict[str, int], qtbot: QtBot
) -> None:
    rows, port, regions = [ids["vm-1"], ids["host-1"]], outline.tree.viewport(), Regions()
    run = SimpleNamespace(view=SimpleNamespace(frame=frame_of(rows, [0.25, 0.4], [])))
    session.run = cast(Any, run)
    outline.refresh_load()
    QApplication.processEvents()
    port.installEventFilter(regions)
    for heat, failed, boxes in (
        ([0.25, 0.4], [], 0),
        ([0.25, 0.5], [], 1),
        ([0.25, 0.5], [ids["vm-1"]], 1),
        ([0.3, 0.5], [ids["vm-1"]], 1),
    ):
        regions.boxes.clear()
        run.view.frame = frame_of(rows, heat, failed)
        outline.refresh_load()
        QApplication.processEvents()
        assert len(regions.boxes) == boxes, (heat, failed)
        whole = outline.tree.visualRect(outline.model.index_of(rows[1 if heat[1] == 0.5 and not failed else 0], 1))
        for box in regions.boxes:
            assert (box.top(), box.height()) == (whole.top(), whole.height())
            assert (box.left() == whole.left()) == ((heat == [0.25, 0.5] and not failed) or heat[0] == 0.3)
    session.run = None


# -- very many at once


@pytest.fixture
def crowd(outline: Outline, ids: dict[str, int], monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """All VMs of two hosts, more than get a mark where their host is closed; the first host is open."""
    monkeypatch.setattr("designer.ui.side.outline.LARGE", 5)
    session = outline._session
    other = edit.place(session.project, "host", ids["zone-1"])
    for _ in range(3):
        edit.place(session.project, "vm", other)
    session.flush()
    tree, index_of = outline.tree, outline.model.index_of
    tree.expand(index_of(ids["zone-1"]))
    tree.expand(index_of(ids["host-1"]))
    tree.collapse(index_of(other))
    vms = [*session.project.children(ids["host-1"]), *session.project.children(other)]
    session.select(vms)
    return vms


def marked(outline: Outline) -> list[int]:
    """The ids of the rows that are marked, in the order of the tree."""
    rows = outline.tree.selectionModel().selectedRows()
    marks = {int(index.internalId()) for index in rows}
    return [i for i in outline._session.project.subtree(ROOT_ID) if i in marks]


def test_that_of_very_many_those_in_closed_rows_get_their_mark_when_these_open(
    outline: Outline, crowd: list[int]
) -> None:
    session, tree = outline._session, outline.tree
    assert marked(outline) == crowd[:3]
    assert list(session.selection) == crowd
    tree.expand(outline.model.index_of(session.project.elements[crowd[3]].parent))
    assert marked(outline) == crowd
    assert list(session.selection) == crowd


def test_that_rows_that_are_opened_together_mark_a_large_selection_once(
    outline: Outline, crowd: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    project, marks, mark = outline._session.project, list[int](), Outline._mark
    monkeypatch.setattr(Outline, "_mark", lambda self: (marks.append(1), mark(self)))
    outline.set_expanded([i for i, inside in project.families() if inside])
    assert marked(outline) == crowd
    assert len(marks) == 1


@pytest.mark.parametrize(("keys", "kept"), [(CTRL, [0, 2, 3, 4, 5]), (NO, [1])])
def test_that_a_click_among_very_many_keeps_the_others_only_with_ctrl(
    outline: Outline, crowd: list[int], keys: Qt.KeyboardModifier, kept: list[int]
) -> None:
    at = outline.tree.visualRect(outline.model.index_of(crowd[1])).center()
    QTest.mouseClick(outline.tree.viewport(), LEFT, keys, at)
    assert sorted(outline._session.selection) == sorted(crowd[n] for n in kept)


def test_that_a_usual_name_has_room_beside_its_load_in_the_narrowest_outline(
    qtbot: QtBot, project: Project, session: Session, theme: Theme
) -> None:
    center = edit.place(project, "data_center", edit.place(project, "zone", edit.place(project, "region")))
    vm = edit.place(project, "vm", edit.place(project, "host", edit.place(project, "rack", center)), name="db-a4-3")
    session.flush()
    outline = Outline(session, theme)
    qtbot.addWidget(outline)
    outline.resize(240, 400)
    with qtbot.waitExposed(outline):
        outline.show()
    outline.tree.expandAll()
    turns()
    index = outline.model.index_of(vm)
    room = outline.tree.visualRect(index).width() - outline.tree.iconSize().width()
    assert outline.tree.fontMetrics().horizontalAdvance("db-a4-3") + 12 <= room


def test_that_an_outline_without_rows_says_why(qtbot: QtBot, session: Session, theme: Theme) -> None:
    made = Outline(session, theme)
    qtbot.addWidget(made)
    made.show()
    assert made.empty.isVisible()
    assert made.empty.text() == "Nothing drawn yet."
    zone = edit.place(session.project, "zone", edit.place(session.project, "region"))
    session.flush()
    assert not made.empty.isVisible()
    made.filter.setText("nowhere")
    assert made.empty.isVisible()
    assert made.empty.text() == "No matches."
    made.filter.clear()
    assert not made.empty.isVisible()
    edit.delete(session.project, [session.project.elements[zone].parent])
    session.flush()
    assert made.empty.text() == "Nothing drawn yet."
    assert made.empty.isVisible()


def test_that_rows_that_hold_others_have_a_chevron_that_turns(outline: Outline, ids: dict[str, int]) -> None:
    def chevron(name: str) -> QImage:
        box = outline.tree.visualRect(outline.model.index_of(ids[name]))
        side = outline.tree.indentation()
        return outline.tree.viewport().grab(QRect(box.left() - side, box.top(), side, box.height())).toImage()

    assert chevron("zone-2") == chevron("vm-1") != chevron("host-1")  # nothing stands in the first two
    opened = chevron("host-1")
    assert opened == chevron("zone-1")
    outline.tree.collapse(outline.model.index_of(ids["host-1"]))
    assert chevron("host-1") not in (opened, chevron("zone-2"))
