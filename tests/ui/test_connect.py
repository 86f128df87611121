"""Linking under a real mouse: pulling a link, targets with reasons, picking, changing and removing links."""

from __future__ import annotations

import contextlib
import itertools
import random
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt, QTimer
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu
from pytestqt.qtbot import QtBot

from designer.commands import edit, links
from designer.errors import DesignerError, RuleError
from designer.model.element import ROOT_ID
from designer.model.project import Project
from designer.ui.canvas.paint.tips import tip_of
from designer.ui.canvas.tools.connect import SCROLL_MS
from designer.ui.canvas.tools.link_picking import ports_of
from designer.ui.canvas.view.view import View
from designer.ui.form.link_form import LinkForm
from designer.ui.form.panel import Form
from designer.ui.parts.theme import Theme
from designer.ui.shell.session import Session
from tests.ui.test_canvas import (
    LEFT,
    NO,
    RIGHT,
    Key,
    assert_same,
    box,
    click,
    drag,
    go,
    head,
    let_go,
    press,
    said,
    state,
)
from tests.ui.test_links import on_border
from tests.ui.usual_pictures import vsphere_cluster
from tests.waiting import turns

pytestmark = pytest.mark.qt_log_ignore("^This plugin does not support")


@pytest.fixture
def ids(project: Project) -> dict[str, int]:
    made = vsphere_cluster(project)
    made["feed-c"] = edit.place(project, "power_feed", made["center"], name="feed-c")
    made["note"] = edit.place(project, "note")
    return made


@pytest.fixture
def view(qtbot: QtBot, session: Session, theme: Theme, ids: dict[str, int]) -> Iterator[View]:
    made = View(session, theme)
    qtbot.addWidget(made)
    made.resize(1200, 900)
    with qtbot.waitExposed(made):
        made.show()
    session.flush()
    made.zoom_to_fit(animated=False)
    made.zoom_by(0.9)
    made.grab()
    yield made
    for menu in made.findChildren(QMenu):
        menu.close()


def made_since(project: Project, before: set[int]) -> list[tuple[str, int, int]]:
    """Kind and ends of the links that were not there before."""
    return [(k.kind, k.source, k.target) for i, k in project.links.items() if i not in before]


def middle(view: View, element_id: int) -> QPoint:
    return box(view, element_id).center().toPoint()


def on_link(view: View, source: int, target: int) -> QPoint:
    """A point of the way of a link where nothing else is."""
    world = view.world
    bundle = next(b for b in view.brush.links.bundles if world.ids[b.a] == source and world.ids[b.b] == target)
    way = view.brush.links.way_of(bundle)
    pieces = sorted(itertools.pairwise(way), key=lambda p: -float(abs(p[1] - p[0]).sum()))
    one, other = pieces[0]
    spots = [one + (other - one) * part for part in (0.5, 0.3, 0.7, 0.15, 0.85)]
    for spot in spots:
        point = view.pixel_of(QPointF(*spot)).toPoint()
        at = view.to_drawing(point)
        if view.links.bundle_at(at, world.at(at.x(), at.y())) is bundle:
            return point
    raise AssertionError("the link can be picked nowhere")


def test_that_the_connect_tool_links_what_is_dragged_from_one_to_the_other(
    view: View, session: Session, ids: dict[str, int]
) -> None:
    project = session.project
    before, links_before = state(project), set(project.links)
    view.tool = "connect"
    drag(view, middle(view, ids["feed-c"]), head(view, ids["rack-1"]))
    assert made_since(project, links_before) == [("feeds", ids["feed-c"], ids["rack-1"])]
    (made,) = set(project.links) - links_before
    assert session.selection == (made,)
    project.undo()
    session.flush()
    assert state(project) == before


def test_that_a_link_may_be_pulled_against_its_direction(view: View, session: Session, ids: dict[str, int]) -> None:
    before = set(session.project.links)
    view.tool = "connect"
    drag(view, head(view, ids["rack-1"]), middle(view, ids["feed-c"]))
    assert made_since(session.project, before) == [("feeds", ids["feed-c"], ids["rack-1"])]


def test_that_a_target_lights_green_with_its_sentence_while_hovering(
    view: View, session: Session, ids: dict[str, int]
) -> None:
    view.tool = "connect"
    press(view, middle(view, ids["feed-c"]))
    go(view, head(view, ids["rack-1"]))
    overlay = view.overlay
    assert (overlay.allowed, overlay.reason, overlay.wire_allowed) == (True, "feed-c feeds rack-1", True)
    assert overlay.target == box(view, ids["rack-1"])
    QTest.keyClick(view, Key.Key_Escape)
    assert (overlay.target, overlay.wire) == (None, None)


@pytest.mark.parametrize(
    ("source", "target", "reason"),
    [
        ("feed-a", "rack-1", "feed-a already has this link to rack-1"),
        ("feed-c", "switch-1", "No link joins feed-c (Power feed) with switch-1 (Switch)"),
        ("rack-1", "feed-a", "feed-a already has this link to rack-1"),
        ("feed-c", "note", "No link joins feed-c (Power feed) with note-1 (Note)"),
    ],
)
def test_that_a_refused_target_is_red_with_the_reason_and_changes_nothing(
    view: View, session: Session, ids: dict[str, int], source: str, target: str, reason: str
) -> None:
    before, heard = state(session.project), said(session)
    view.tool = "connect"
    press(view, head(view, ids[source]))
    go(view, head(view, ids[target]))
    assert (view.overlay.allowed, view.overlay.reason) == (False, reason)
    let_go(view, head(view, ids[target]))
    assert heard == [f"Not linked: {reason}."]
    assert state(session.project) == before


def test_that_what_stands_in_something_linkable_leads_to_it(view: View, session: Session, ids: dict[str, int]) -> None:
    before = set(session.project.links)
    vm = session.project.children(ids["esxi-1"])[0]
    view.tool = "connect"
    drag(view, middle(view, ids["feed-c"]), middle(view, vm))
    assert made_since(session.project, before) == [("feeds", ids["feed-c"], ids["esxi-1"])]


def test_that_a_menu_asks_which_link_when_several_may_join_them(
    view: View, session: Session, ids: dict[str, int], qtbot: QtBot
) -> None:
    project = session.project
    one, other = (edit.place(project, "switch", ids["center"], name=name) for name in ("core", "edge"))
    session.flush()
    view.zoom_to_fit(animated=False)
    before = set(project.links)
    view.tool = "connect"
    drag(view, middle(view, one), middle(view, other))
    assert made_since(project, before) == []
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    assert [a.text() for a in menu.actions()] == ["core connects edge", "edge connects core"]
    menu.actions()[1].trigger()
    menu.close()
    assert made_since(project, before) == [("connects", other, one)]


def test_that_a_port_of_the_selected_box_pulls_a_link_without_the_tool(
    view: View, session: Session, ids: dict[str, int]
) -> None:
    before = set(session.project.links)
    session.select([ids["feed-c"]])
    assert view.overlay.ports == []
    port = ports_of(box(view, ids["feed-c"]))[1].toPoint()
    go(view, port)
    assert len(view.overlay.ports) == 4
    drag(view, port, head(view, ids["rack-2"]))
    assert made_since(session.project, before) == [("feeds", ids["feed-c"], ids["rack-2"])]


def test_that_a_click_at_a_port_selects_what_is_beneath_it_and_with_shift_adds_it(
    view: View, session: Session, ids: dict[str, int]
) -> None:
    before = state(session.project)
    rack, center = ids["rack-1"], ids["center"]
    port = ports_of(box(view, rack))[3].toPoint()
    for keys, chosen in ((NO, [center]), (Qt.KeyboardModifier.ShiftModifier, [rack, center])):
        session.select([rack])
        go(view, port)
        assert view.overlay.ports
        QTest.mouseClick(view, LEFT, keys, port)
        assert list(session.selection) == chosen
    assert state(session.project) == before


def test_that_ports_go_with_the_selection(view: View, session: Session, ids: dict[str, int]) -> None:
    session.select([ids["feed-c"]])
    port = ports_of(box(view, ids["feed-c"]))[1].toPoint()
    go(view, port)
    assert len(view.overlay.ports) == 4
    while session.selection:
        QTest.keyClick(view, Key.Key_Escape)
    before = state(session.project)
    click(view, port)
    assert view.overlay.ports == []
    assert state(session.project) == before


def test_that_a_note_has_no_ports(view: View, session: Session, ids: dict[str, int]) -> None:
    session.select([ids["note"]])
    go(view, ports_of(box(view, ids["note"]))[1].toPoint())
    assert view.overlay.ports == []


def test_that_pulling_at_the_edge_scrolls_the_drawing(view: View, session: Session, ids: dict[str, int]) -> None:
    view.tool = "connect"
    press(view, middle(view, ids["feed-c"]))
    left = view.to_drawing(QPoint(0, 0)).x()
    scrolling = next(timer for timer in view.findChildren(QTimer) if timer.interval() == SCROLL_MS)
    go(view, QPoint(3, 300))
    assert scrolling.isActive()
    scrolling.timeout.emit()
    assert view.to_drawing(QPoint(0, 0)).x() < left
    QTest.keyClick(view, Key.Key_Escape)
    there = view.to_drawing(QPoint(0, 0)).x()
    assert not scrolling.isActive()
    turns()
    assert view.to_drawing(QPoint(0, 0)).x() == there


def test_that_a_click_selects_a_link_and_delete_removes_it(view: View, session: Session, ids: dict[str, int]) -> None:
    project = session.project
    (link,) = [k for k in project.links_of(ids["switch-2"], "connects") if k.target == ids["rack-1"]]
    click(view, on_link(view, ids["switch-2"], ids["rack-1"]))
    assert session.selection == (link.id,)
    view.grab()
    assert len(view.overlay.ways) == 1
    edit.delete(project, session.selection)
    session.flush()
    assert link.id not in project.links
    assert session.selection == ()
    assert (ids["switch-2"] in project.elements, ids["rack-1"] in project.elements) == (True, True)


def test_that_the_name_on_a_selected_link_is_not_struck_through(view: View, session: Session) -> None:
    links_, places = view.brush.links, view.brush.labels.places
    n, place = next((n, place) for n, place in places.items() if place is not None and len(links_.bundles[n].ids) == 1)
    plate = place.translated(*view.brush.offset).toAlignedRect().adjusted(1, 1, -1, -1)
    plain = view.grab(plate).toImage()
    session.select(links_.bundles[n].ids)
    view.grab()
    assert view.overlay.ways
    assert view.grab(plate).toImage() == plain


def test_that_a_right_click_selects_the_link_and_asks_for_its_menu(
    view: View, session: Session, ids: dict[str, int], qtbot: QtBot
) -> None:
    at = on_link(view, ids["switch-2"], ids["rack-1"])
    press(view, at, NO, RIGHT)
    (chosen,) = session.selection
    assert session.project.links[chosen].source == ids["switch-2"]
    asked: list[int | None] = []
    view.context_menu_requested.connect(lambda _, element_id: asked.append(element_id))
    QApplication.sendEvent(
        view,
        QContextMenuEvent(QContextMenuEvent.Reason.Mouse, at, view.mapToGlobal(at), NO),
    )
    assert asked == [chosen]


def test_that_a_source_that_goes_away_while_pulling_ends_in_nothing(
    view: View, session: Session, ids: dict[str, int]
) -> None:
    view.tool = "connect"
    press(view, middle(view, ids["feed-c"]))
    go(view, head(view, ids["rack-1"]))
    edit.delete(session.project, [ids["feed-c"]])
    session.flush()
    before = state(session.project)
    go(view, head(view, ids["rack-2"]))
    let_go(view, head(view, ids["rack-2"]))
    assert state(session.project) == before
    assert (view.overlay.wire, view.overlay.target) == (None, None)


def test_that_a_link_of_a_hidden_layer_cannot_be_clicked(view: View, session: Session, ids: dict[str, int]) -> None:
    at = on_link(view, ids["switch-2"], ids["rack-1"])
    view.brush.layers = view.brush.layers - {"network"}
    click(view, at)
    chosen = [session.project.links[i].kind for i in session.selection if i in session.project.links]
    assert "connects" not in chosen


def test_that_escape_arrows_and_enter_cope_with_a_selected_link(
    view: View, session: Session, ids: dict[str, int]
) -> None:
    before = state(session.project)
    link = next(iter(session.project.links))
    for key in (Key.Key_Left, Key.Key_Return, Key.Key_Escape):
        session.select([link])
        QTest.keyClick(view, key)
    session.select([link])
    QTest.keyClick(view, Key.Key_Escape)
    assert session.selection == ()
    assert state(session.project) == before


def test_that_the_mouse_on_a_link_says_what_it_means(view: View, ids: dict[str, int]) -> None:
    at = on_link(view, ids["switch-2"], ids["rack-1"])
    go(view, at)
    view.grab()
    assert len(view.overlay.hover_way) >= 2
    assert view.links.tip(view.to_drawing(at), QPointF(at)).startswith("switch-2 connects rack-1\n")


def test_that_the_name_on_an_outline_selects_the_set_and_marks_its_members(
    view: View, session: Session, ids: dict[str, int]
) -> None:
    (plate, _), *_ = view.brush.outlines.plates  # one in each rack
    click(view, plate.center().toPoint())
    assert session.selection == (ids["cluster"],)
    assert "prod" in view.links.tip(view.to_drawing(plate.center().toPoint()), plate.center())
    assert "In prod" in tip_of(view.brush, view.world.row_of[ids["esxi-1"]])


def some_edit(project: Project, chance: random.Random) -> None:
    """Link, unlink, move, place or delete something, or take a step back or forth."""
    ids = [i for i in project.elements if i != ROOT_ID]
    one, other = chance.choice(ids), chance.choice(ids)
    what = chance.choice(("link", "link", "unlink", "move", "delete", "place", "undo", "redo"))
    found = links.choices(project, one, other)
    if what == "link" and found:
        edit.connect(project, found[0].kind, found[0].source, found[0].target)
    elif what == "unlink" and project.links:
        edit.delete(project, [chance.choice(list(project.links))])
    elif what == "move":
        edit.move(project, [one], (chance.uniform(-80, 80), chance.uniform(-80, 80)))
    elif what == "delete" and len(ids) > 20:
        edit.delete(project, [one])
    elif what == "place":
        edit.place_through(project, chance.choice(("rack", "switch", "vm", "power_feed")), one)
    elif what == "undo":
        project.undo()
    elif what == "redo":
        project.redo()


@pytest.mark.parametrize("seed", range(4))
def test_that_the_mouse_may_go_anywhere_between_any_edits(
    view: View, session: Session, ids: dict[str, int], seed: int
) -> None:
    chance, project = random.Random(seed), session.project
    for _ in range(60):
        with contextlib.suppress(DesignerError):
            some_edit(project, chance)
        at = QPoint(chance.randrange(view.width()), chance.randrange(view.height()))
        act = chance.choice((click, go, lambda v, p: v.links.tip(v.to_drawing(p), QPointF(p))))
        act(view, at)
        if chance.random() < 0.3:
            view.grab()
    session.flush()
    view.grab()
    assert_same(view.world, project)
    drawn = [i for bundle in view.brush.links.bundles for i in bundle.ids]
    assert len(drawn) == len(set(drawn))
    assert set(drawn) <= set(project.links)
    for bundle in view.brush.links.bundles:
        way = view.brush.links.way_of(bundle)
        if len(way):
            assert on_border(view.world, bundle.a, *way[0])
            assert on_border(view.world, bundle.b, *way[-1])


# -- the form


@pytest.fixture
def form(qtbot: QtBot, session: Session, theme: Theme, ids: dict[str, int]) -> Form:
    made = Form(session, theme)
    qtbot.addWidget(made)
    made.resize(280, 700)
    made.show()
    return made


def shown(form: Form) -> LinkForm:
    assert form.link_form is not None
    return form.link_form


def test_that_the_form_of_a_link_says_its_ends_and_goes_to_them(
    form: Form, session: Session, ids: dict[str, int]
) -> None:
    link = session.project.links_of(ids["feed-a"], "feeds")[0]
    session.select([link.id])
    there = session.project.elements[link.target].name
    assert form._where.text() == f"feed-a feeds {there}"
    assert [button.text() for button in shown(form).ends] == ["feed-a", there]
    QTest.mouseClick(shown(form).ends[0], LEFT)
    assert session.selection == (ids["feed-a"],)
    assert form.link_form is None


def test_that_a_role_is_typed_into_the_form_as_one_step(form: Form, session: Session, ids: dict[str, int]) -> None:
    project = session.project
    link = project.links_of(ids["feed-c"], "feeds")
    assert link == []
    made = edit.connect(project, "feeds", ids["feed-c"], ids["rack-1"])
    session.flush()
    session.select([made])
    QTest.keyClicks(shown(form).role, "B")
    QTest.keyClick(shown(form).role, Key.Key_Return)
    assert project.links[made].role == "B"
    project.undo()
    assert project.links[made].role == ""


def test_that_the_kind_of_a_link_is_chosen_among_those_that_may_join_its_ends(
    form: Form, session: Session, ids: dict[str, int]
) -> None:
    project = session.project
    made = edit.connect(project, "connects", ids["switch-1"], ids["switch-2"])
    session.flush()
    session.select([made])
    kind = shown(form).kind
    assert [kind.itemText(n) for n in range(kind.count())] == ["Connects", "Connects (the other way)"]
    kind.setCurrentIndex(1)
    kind.activated.emit(1)
    session.flush()
    link = project.links[made]
    assert (link.source, link.target) == (ids["switch-2"], ids["switch-1"])
    project.undo()
    assert (project.links[made].source, project.links[made].target) == (ids["switch-1"], ids["switch-2"])


def test_that_a_button_deletes_all_selected_links(form: Form, session: Session, ids: dict[str, int]) -> None:
    project = session.project
    chosen = [k.id for k in project.links_of(ids["feed-a"], "feeds")]
    session.select(chosen)
    QTest.mouseClick(shown(form).remove, LEFT)
    session.flush()
    assert project.links_of(ids["feed-a"], "feeds") == []
    assert form.link_form is None
    project.undo()
    assert len(project.links_of(ids["feed-a"], "feeds")) == len(chosen)


# -- the commands


def test_that_choices_are_all_links_in_both_directions(project: Project, ids: dict[str, int]) -> None:
    found = links.choices(project, ids["switch-1"], ids["switch-2"])
    assert [(c.kind, c.source, c.target) for c in found] == [
        ("connects", ids["switch-1"], ids["switch-2"]),
        ("connects", ids["switch-2"], ids["switch-1"]),
    ]
    assert links.choices(project, ids["rack-1"], ids["rack-1"]) == []
    assert links.why_not_connect(project, ids["rack-1"], ids["rack-1"]) == "An element cannot be linked with itself"


def test_that_a_kind_that_may_not_join_them_leaves_the_link_as_it_was(project: Project, ids: dict[str, int]) -> None:
    link = project.links_of(ids["feed-a"], "feeds")[0]
    before = state(project)
    with pytest.raises(RuleError):
        links.set_kind(project, link.id, links.Choice("cools", link.source, link.target))
    assert state(project) == before


# -- many at once


@pytest.fixture
def service(view: View, session: Session) -> int:
    made = edit.place(session.project, "service", name="shop")
    session.flush()
    view.zoom_to_fit(animated=False)
    view.grab()
    return made


def test_that_a_rack_dropped_on_a_service_joins_all_vms_in_it_and_stays(
    view: View, session: Session, ids: dict[str, int], service: int
) -> None:
    before, heard = state(session.project), told(session)
    vms = [i for i in session.project.subtree(ids["rack-1"]) if session.project.elements[i].kind == "vm"]
    view.tool = "select"
    press(view, head(view, ids["rack-1"]))
    go(view, middle(view, service))
    sentence = f"{len(vms)} VMs are members of shop"
    assert (view.overlay.allowed, view.overlay.reason) == (True, sentence)
    assert view.overlay.target == box(view, service)
    let_go(view, middle(view, service))
    assert set(session.project.sources(service, "member")) == set(vms)
    assert session.project.elements[ids["rack-1"]].parent == before[ids["rack-1"]]["parent"]
    assert heard == [f"{sentence}."]
    assert session.project.undo() == "Link: Member of service"
    assert state(session.project) == before


def test_that_links_are_pulled_from_all_that_is_selected(
    view: View, session: Session, ids: dict[str, int], service: int
) -> None:
    vms = [i for i in session.project.subtree(ids["rack-1"]) if session.project.elements[i].kind == "vm"]
    view.tool = "connect"
    session.select(vms[:3])
    drag(view, middle(view, vms[1]), middle(view, service))
    assert set(session.project.sources(service, "member")) == set(vms[:3])
    assert session.selection == tuple(vms[:3])
    drag(view, middle(view, vms[3]), middle(view, service))  # one that is not selected is linked alone
    assert set(session.project.sources(service, "member")) == set(vms[:4])


def test_that_a_port_of_one_of_several_pulls_links_from_all(
    view: View, session: Session, ids: dict[str, int], service: int
) -> None:
    hosts = [ids["esxi-1"], ids["esxi-2"]]
    session.select(hosts)
    view.tool = "select"
    go(view, QPoint(round(box(view, hosts[1]).center().x()), round(box(view, hosts[1]).bottom() + 10)))
    assert view.overlay.ports == ports_of(box(view, hosts[1]))
    vms = {vm for host in hosts for vm in session.project.children(host)}
    drag(view, view.overlay.ports[2].toPoint(), middle(view, service))
    assert set(session.project.sources(service, "member")) == vms


def test_that_where_no_link_may_be_made_the_next_sensible_one_is_offered(
    view: View, session: Session, ids: dict[str, int], service: int
) -> None:
    project, heard = session.project, said(session)
    users = edit.place(project, "user_population", name="users")
    balancer = edit.place(project, "load_balancer", edit.place(project, "region"), name="lb")
    edit.connect(project, "balances", balancer, service)
    session.flush()
    view.zoom_to_fit(animated=False)
    view.grab()
    before = set(project.links)
    view.tool = "connect"
    drag(view, middle(view, users), middle(view, balancer))
    menu = view.findChildren(QMenu)[-1]
    texts = [(action.text(), action.isEnabled()) for action in menu.actions() if not action.isSeparator()]
    assert texts[0][0].startswith("No link joins users (Users) with lb (Load balancer); they are joined through")
    assert texts == [(texts[0][0], False), ("users use shop (lb balances shop)", True)]
    QTest.keyClick(menu, Key.Key_Down)
    QTest.keyClick(menu, Key.Key_Return)
    assert made_since(project, before) == [("uses", users, service)]
    assert heard == []


@pytest.mark.parametrize("tool", ["connect", "select"])  # a link is drawn, or the users are dropped there
def test_that_users_and_a_balancer_without_a_service_get_one_in_a_click(
    view: View, session: Session, ids: dict[str, int], tool: str
) -> None:
    project = session.project
    users = edit.place(project, "user_population", name="users")
    balancer = edit.place(project, "load_balancer", edit.place(project, "region"), name="lb")
    session.flush()
    view.zoom_to_fit(animated=False)
    view.grab()
    view.tool = tool
    drag(view, middle(view, users), middle(view, balancer))
    menu = view.findChildren(QMenu)[-1]
    offered = next(action for action in menu.actions() if action.text().startswith("New service"))
    assert offered.text() == "New service: users use it, lb balances it"
    menu.setActiveAction(offered)
    QTest.keyClick(menu, Key.Key_Return)
    (service,) = session.selection
    assert (project.sources(service, "uses"), project.sources(service, "balances")) == ([users], [balancer])
    project.undo()
    assert service not in project.elements


def told(session: Session) -> list[str]:
    heard: list[str] = []
    session.told.connect(heard.append)
    return heard
