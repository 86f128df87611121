"""Links on the drawing: ways around boxes, bundles by zoom, letters of power, state of a run."""

from __future__ import annotations

import itertools
import random

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QImage, QPainter

from designer.catalog.presets.blueprints import blueprints
from designer.commands import edit
from designer.commands.blueprints import begin
from designer.model import layout
from designer.model.element import Link
from designer.model.project import ChangeSet, Project
from designer.ui.canvas.links.apart import APART, BESIDE, MOST_OF_SIDE, Way, kept_apart
from designer.ui.canvas.links.lanes import LEAST_SHARED, NARROW, lanes_apart
from designer.ui.canvas.links.links import DrawnLinks, feed_letter
from designer.ui.canvas.links.routes import NEAR_BORDER, LinkRouter, box_of
from designer.ui.canvas.paint.brush import Brush
from designer.ui.canvas.paint.paint import paint_world
from designer.ui.canvas.world.colorings import Shown
from designer.ui.canvas.world.live import Live
from designer.ui.canvas.world.world import World
from designer.ui.parts.theme import Theme
from tests.ui.usual_pictures import aws_vpc, vsphere_cluster

EVERYWHERE = QRectF()


def routed(project: Project, scale: float = 1.0) -> DrawnLinks:
    """All links of a design with their ways."""
    links = DrawnLinks(World(project))
    links.update(scale)
    links.find_ways(EVERYWHERE)
    return links


def crossed(world: World, way: NDArray[np.float64], without: set[int]) -> list[str]:
    """Names of boxes whose inside a way goes through."""
    found = []
    for (x1, y1), (x2, y2) in itertools.pairwise(way):
        left, right, top, bottom = min(x1, x2), max(x1, x2), min(y1, y2), max(y1, y2)
        inside = (world.x + 0.5 < right) & (world.x + world.w - 0.5 > left)
        inside &= (world.y + 0.5 < bottom) & (world.y + world.h - 0.5 > top)
        found += [world.names[r] for r in np.flatnonzero(inside) if int(r) not in without]
    return found


def related(world: World, *rows: int) -> set[int]:
    """Rows and all that they stand in."""
    found = set()
    for row in rows:
        while row >= 0:
            found.add(row)
            row = int(world.parent[row])
    return found


def on_border(world: World, row: int, x: float, y: float) -> bool:
    box = world.rect(row)
    sides = x in (pytest.approx(box.left(), abs=1e-3), pytest.approx(box.right(), abs=1e-3))  # ways are that exact
    ends = y in (pytest.approx(box.top(), abs=1e-3), pytest.approx(box.bottom(), abs=1e-3))
    return box.adjusted(-0.01, -0.01, 0.01, 0.01).contains(x, y) and (sides or ends)


@pytest.mark.parametrize("draw", [aws_vpc, vsphere_cluster])
def test_that_ways_go_from_border_to_border_around_what_has_nothing_to_do_with_them(
    project: Project, draw: object
) -> None:
    draw(project)  # type: ignore[operator]
    world = World(project)
    router = LinkRouter(world)
    chance = random.Random(4)
    rows = [r for r in range(world.ids.size) if not world.is_vm[r]]
    for _ in range(150):
        a, b = chance.sample(rows, 2)
        shared, one, other = router.common(a, b)
        way = router.way(a, b) + router.origin(shared)
        assert on_border(world, a, *way[0])
        assert on_border(world, b, *way[-1])
        assert (np.diff(way, axis=0) == 0).any(axis=1).all(), "a piece is not upright"
        if one and other:
            assert crossed(world, way, related(world, a, b)) == [], (world.names[a], world.names[b])


def test_that_a_vm_is_left_between_its_neighbors(project: Project) -> None:
    ids = vsphere_cluster(project)
    world = World(project)
    vm = project.children(ids["esxi-1"])[4]
    a, b = world.row_of[vm], world.row_of[ids["switch-2"]]
    way = LinkRouter(world).way(a, b) + LinkRouter(world).origin(world.row_of[ids["center"]])
    assert crossed(world, way, related(world, a, b)) == []


def test_that_a_gap_that_is_narrower_than_usual_is_a_way_too(project: Project) -> None:
    region = edit.place(project, "region")
    left, right = (edit.place(project, "zone", region, at=(16.0 + n * 300, 84.0)) for n in range(2))
    gateway = edit.place(project, "internet_gateway", region, at=(400.0, 44.0))
    vpc = edit.place(project, "vpc", region, at=(60.0, 400.0))
    with project.edit("Three units between the zones"):
        for zone, x in ((left, 16.0), (right, 319.0)):
            project.set(zone, x=x, y=100.0, w=300.0, h=200.0, hug=False)
        project.set(vpc, x=60.0, y=330.0)
    world = World(project)
    a, b, holder = (world.row_of[i] for i in (gateway, vpc, region))
    way = LinkRouter(world).way(a, b) + LinkRouter(world).origin(holder)
    assert crossed(world, way, related(world, a, b)) == []
    assert world.x[holder] + 317.5 in way[:, 0].tolist()


def ends_by_side(links: DrawnLinks) -> dict[tuple[int, int, float], list[tuple[float, str]]]:
    """Where ways meet each side of each box, with their sorts: the side is a row, an axis and a place on it."""
    sides: dict[tuple[int, int, float], list[tuple[float, str]]] = {}
    for bundle in links.bundles:
        way = links.way_of(bundle)
        for row, at, before in ((bundle.a, way[0], way[1]), (bundle.b, way[-1], way[-2])):
            across = 1 if at[0] == before[0] else 0
            end = float(at[1 - across]), bundle.kind.name + bundle.letter
            sides.setdefault((row, across, float(at[across])), []).append(end)
    return sides


def drawn_usually(project: Project, name: str) -> None:
    """A blueprint, or one of the usual pictures."""
    usual = {"aws_vpc": aws_vpc, "vsphere_cluster": vsphere_cluster}
    if name in usual:
        usual[name](project)
    else:
        begin(project, blueprints()[name].text, name)


USUAL = [*sorted(blueprints()), "aws_vpc", "vsphere_cluster"]


@pytest.mark.parametrize("name", USUAL)
def test_that_links_of_several_sorts_come_apart_to_the_side_of_a_box(project: Project, name: str) -> None:
    drawn_usually(project, name)
    links = routed(project)
    world = links.world
    for (row, across, _), ends in ends_by_side(links).items():
        side = float(world.w[row] if across == 1 else world.h[row])
        sorts = sorted(set(ends))
        step = min(APART, MOST_OF_SIDE * side / max(len(sorts) - 1, 1))
        near = [(one, other) for one, other in itertools.pairwise(sorts) if other[0] - one[0] < step - 0.01]
        straight = [pair for pair in near if pair[0][1] == pair[1][1]]
        assert near == straight, world.names[row]
    for bundle in links.bundles:
        way = links.way_of(bundle)
        assert on_border(world, bundle.a, *way[0])
        assert on_border(world, bundle.b, *way[-1])
        assert all(one[0] == other[0] or one[1] == other[1] for one, other in itertools.pairwise(way))


@pytest.mark.parametrize("name", USUAL)
def test_that_two_sorts_never_share_a_lane(project: Project, name: str) -> None:
    drawn_usually(project, name)
    links = routed(project)
    sorts = [b.letter or b.kind.layer for b in (links.bundles[n] for n in links.lines.of)]
    pieces = links.lines.pieces
    for axis in (0, 1):
        along = np.flatnonzero(pieces[:, axis] == pieces[:, axis + 2])
        for one, other in itertools.combinations(along.tolist(), 2):
            low, high = (np.sort(pieces[n][[1 - axis, 3 - axis]]) for n in (one, other))
            shared = min(low[1], high[1]) - max(low[0], high[0])
            apart = abs(pieces[one, axis] - pieces[other, axis])
            assert sorts[one] == sorts[other] or shared <= LEAST_SHARED or apart >= NARROW - 0.11


def test_that_links_of_one_layer_part_too_where_nothing_comes_nearer_to_another() -> None:
    """A service's way to its members leaves the lane of its balancer's way, which begins there."""
    balances = np.array([[180.0, 240.8], [445.9, 240.8], [445.9, 438.8], [581.0, 438.8]])
    member = np.array([[653.0, 434.0], [653.0, 240.3], [228.0, 240.3], [228.0, 220.0]])
    boxes = np.array([[24.0, 24.0, 1308.0, 284.0], [40.0, 68.0, 442.0, 220.0], [460.0, 76.0, 862.0, 228.0]])
    lanes_apart([balances, member], ["service", "service"], boxes)
    assert member[1, 1] == 240.3
    lanes_apart([balances, member], ["balances", "member"], boxes, within=True)
    assert (round(member[1, 1], 1), balances[0, 1]) == (236.8, 240.8)


def test_that_two_sorts_part_in_a_gap_that_has_room_for_two() -> None:
    """Two sorts in a gap of two units stay; in one of eight they share it."""
    for gap, places in ((2.0, [51.0, 51.0]), (8.0, [54.0, 52.0])):
        middle = 50 + gap / 2
        ways = [np.array([[0.0, y], [middle, y], [middle, 90.0 + y], [100.0 + gap, 90.0 + y]]) for y in (5.0, 6.0)]
        boxes = np.array([[0.0, 0.0, 50.0, 100.0], [50.0 + gap, 0.0, 100.0 + gap, 100.0]])
        lanes_apart(ways, ["network", "service"], boxes)
        assert sorted(float(way[1, 0]) for way in ways) == sorted(places)
        assert all(way[1, 0] == way[2, 0] for way in ways)


def test_that_the_feeds_of_the_esxi_blueprint_face_the_racks_and_are_told_apart_at_each(project: Project) -> None:
    begin(project, blueprints()["esxi-n-plus-one"].text, "esxi")
    links = routed(project)
    world = links.world
    feeds = [bundle for bundle in links.bundles if bundle.letter]
    assert len(feeds) == 4
    for bundle in feeds:  # no way leaves at a side beside which another feed stands
        assert links.way_of(bundle)[0, 1] == world.y[bundle.a] + world.h[bundle.a]
    for rack in links.world.rows_of_kind("rack").tolist():
        ends = {b.letter: float(links.way_of(b)[-1, 0]) for b in links.bundles if b.b == rack and b.letter}
        assert abs(ends["A"] - ends["B"]) >= APART - 0.01


def test_that_ways_in_a_region_keep_away_from_its_border(project: Project) -> None:
    begin(project, blueprints()["active-passive-regions"].text, "regions")
    links = routed(project)
    world = links.world
    for region in world.rows_of_kind("region").tolist():
        left, top, right, bottom = box_of(world, region)
        ups = [piece for piece in links.lines.pieces.tolist() if piece[0] == piece[2]]
        inside = [x for x, y0, _, y1 in ups if left < x < right and min(y0, y1) > top and max(y0, y1) < bottom]
        assert inside
        assert min(min(x - left, right - x) for x in inside) > NEAR_BORDER


def test_that_moving_a_zone_moves_the_ways_inside_it_without_routing_them_anew(project: Project) -> None:
    ids = vsphere_cluster(project)
    links = routed(project)
    before = {(n.a, n.b): links.way_of(n) for n in links.bundles}
    kept = [n.corners for n in links.bundles]
    edit.move(project, [ids["center"]], (300.0, 40.0))
    links.world.rebuild()
    links.update(1.0)
    assert not links.pending
    assert all(old is new.corners for old, new in zip(kept, links.bundles))
    for bundle in links.bundles:
        assert links.way_of(bundle) == pytest.approx(before[bundle.a, bundle.b] + (300.0, 40.0))


def test_that_a_link_follows_a_vm_that_changes_places_with_another(project: Project) -> None:
    zone = edit.place(project, "zone", edit.place(project, "region"))
    host, other = (edit.place(project, "host", zone) for _ in range(2))
    one, two, far = (edit.place(project, "vm", where) for where in (host, host, other))
    edit.connect(project, "sends_to", one, far)
    links = routed(project)
    with project.edit("Change places"):
        project.arrange({one: layout.rect_of(project, two), two: layout.rect_of(project, one)})
    links.world.rebuild()
    links.update(1.0)
    links.find_ways(QRectF())
    (bundle,) = links.bundles
    assert on_border(links.world, links.world.row_of[one], *links.way_of(bundle)[0])
    assert on_border(links.world, links.world.row_of[far], *links.way_of(bundle)[-1])


def test_that_only_links_near_what_moved_look_for_another_way(project: Project) -> None:
    first = vsphere_cluster(project)
    second = edit.place(project, "data_center", at=(1400.0, 24.0), name="other")
    feed, rack = edit.place(project, "power_feed", second), edit.place(project, "rack", second)
    edit.connect(project, "feeds", feed, rack)
    links = routed(project)
    edit.move(project, [first["switch-1"]], (0.0, 12.0))
    links.world.rebuild()
    links.update(1.0)
    waiting = {links.world.names[links.bundles[n].b] for n in links._waiting}
    assert {"rack-1", "rack-2"} <= waiting
    assert links.world.names[links.world.row_of[rack]] not in waiting  # it stands in the other data center


def test_that_links_end_at_what_can_be_seen_and_are_bundled_there(project: Project) -> None:
    ids = vsphere_cluster(project)
    switch = ids["switch-1"]
    for n in range(1, 5):
        edit.connect(project, "connects", switch, ids[f"esxi-{n}"])
    links = DrawnLinks(World(project))
    links.update(1.0)
    to_hosts = [b for b in links.bundles if links.world.kind_name(b.b) == "host"]
    assert sorted(len(b.ids) for b in to_hosts) == [1, 1, 1, 1]
    links.update(0.15)
    ends = [(links.world.names[b.b], len(b.ids)) for b in links.bundles if b.kind.name == "connects"]
    assert ends == []  # switches and hosts are too small: all of it happens inside the data center


def test_that_links_between_containers_seen_from_afar_are_one(project: Project) -> None:
    centers = [edit.place(project, "data_center", name=name) for name in ("east", "west")]
    pairs = [[edit.place(project, "switch", center) for center in centers] for _ in range(3)]
    for one, other in pairs:
        edit.connect(project, "connects", one, other)
    links = routed(project)
    assert [len(b.ids) for b in links.bundles] == [1, 1, 1]
    links.update(0.2)
    (bundle,) = links.bundles
    assert (links.world.names[bundle.a], links.world.names[bundle.b], bundle.text) == ("east", "west", "connects ×3")


def test_that_members_of_a_service_make_one_line_a_zone(project: Project) -> None:
    ids = aws_vpc(project)
    links = routed(project)
    reach = [b for b in links.bundles if b.kind.shown == "reach"]
    assert {links.world.names[b.b] for b in reach} == {"eu-central-1a", "eu-central-1b", "eu-central-1c"}
    assert {links.world.names[b.a] for b in reach} == {"shop"}
    assert sum(len(b.ids) for b in reach) == len(project.sources(ids["shop"], "member"))


def test_that_membership_of_a_vpc_or_a_cluster_is_no_line(project: Project) -> None:
    aws_vpc(project)
    vsphere_cluster(project)
    assert {b.kind.name for b in routed(project).bundles} == {
        "uses", "balances", "nodes_in", "opens", "feeds", "connects", "member", "routes_through", "sees",
        "offers",
    }  # fmt: skip


def test_that_a_quiet_link_is_a_line_while_one_of_its_ends_is_selected(project: Project) -> None:
    ids = aws_vpc(project)
    host = edit.place(project, "host", ids["zone-a"])
    vm = edit.place(project, "vm", host)
    edit.connect(project, "attached", vm, ids["app-a"])
    links = routed(project)
    assert "attached" not in {b.kind.name for b in links.bundles}
    for chosen in (vm, host, ids["app-a"]):
        links.set_focus([chosen])
        links.update(1.0)
        assert "attached" in {b.kind.name for b in links.bundles}


@pytest.mark.parametrize(
    ("name", "role", "letter"),
    [("feed-a", "", "A"), ("UPS B", "", "B"), ("utility", "", "A"), ("feed-a", "b", "B"), ("sofia", "", "A")],
)
def test_that_power_has_a_letter_by_role_name_or_place(project: Project, name: str, role: str, letter: str) -> None:
    center = edit.place(project, "data_center")
    rack = edit.place(project, "rack", center)
    feed = edit.place(project, "power_feed", center, name=name)
    edit.place(project, "power_feed", center, name="another")
    link = project.links[edit.connect(project, "feeds", feed, rack, role)]
    assert feed_letter(project, link) == letter


def test_that_a_new_link_and_a_removed_one_are_followed(project: Project) -> None:
    ids = vsphere_cluster(project)
    links = routed(project)
    count = len(links.bundles)
    told: list[ChangeSet] = []
    project.changed.connect(told.append)
    made = edit.connect(project, "connects", ids["switch-1"], ids["switch-2"])
    links.follow(told[-1])
    links.update(1.0)
    assert len(links.bundles) == count + 1
    assert isinstance(project.links[made], Link)
    edit.delete(project, [made])
    links.follow(told[-1])
    links.update(1.0)
    assert len(links.bundles) == count


def picture(project: Project, theme: Theme, layers: frozenset[str] | None = None, live: Live | None = None) -> QImage:
    """The whole design at 100%."""
    world = World(project)
    brush = Brush(theme, world, live=live)
    if layers is not None:
        brush.layers = layers
    bounds = world.bounds()
    image = QImage(int(bounds.width()), int(bounds.height()), QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(theme.color("canvas"))
    painter = QPainter(image)
    painter.setClipRect(QRectF(image.rect()))
    painter.translate(-bounds.topLeft())
    paint_world(painter, brush)
    painter.end()
    return image


def colors(image: QImage) -> set[int]:
    return {image.pixel(x, y) for x in range(image.width()) for y in range(image.height())}


def test_that_power_a_and_b_have_their_own_colors_and_go_with_their_layer(project: Project, theme: Theme) -> None:
    vsphere_cluster(project)
    a, b = theme.kind("power_a").ink.rgb(), theme.kind("power_b").ink.rgb()
    assert {a, b} <= colors(picture(project, theme))
    hidden = colors(picture(project, theme, frozenset({"network", "physical"})))
    assert b not in hidden


@pytest.mark.parametrize("name", ["esxi-n-plus-one", "vsphere_cluster", "aws_vpc"])
def test_that_each_feed_has_its_letter_and_no_name_covers_the_arrow_of_a_link(
    project: Project, theme: Theme, name: str
) -> None:
    drawn_usually(project, name)
    for scale in (0.7, 1.0, 1.16, 1.6):
        brush = Brush(theme, World(project))
        image = QImage(1600, 1200, QImage.Format.Format_RGB32)
        painter = QPainter(image)
        painter.setClipRect(QRectF(image.rect()))
        painter.scale(scale, scale)
        painter.translate(-brush.world.bounds().topLeft())
        paint_world(painter, brush)
        painter.end()
        places = [place for place in brush.labels.places.values() if place is not None]
        assert places
        letters = {b.letter for b in brush.links.bundles}
        assert letters == {b.letter for n, b in enumerate(brush.links.bundles) if brush.labels.places.get(n)} | {""}
        for x, y, dx, dy in (brush.links.lines.tips * (scale, scale, 1, 1)).tolist():
            heads = [QPointF(x - dx * back, y - dy * back) for back in range(1, 6)]
            assert not any(place.contains(head) for place in places for head in heads)


def nothing_runs(world: World) -> Live:
    """A moment of a run of which nothing is known."""
    count = world.ids.size
    gone = np.full(count, np.nan, np.float32)
    no = np.zeros(count, np.bool_)
    state = np.full(count, -1, np.int16)
    return Live(0.0, Shown("heat", gone, 1.0), state, no.copy(), no.copy(), no.copy())


def test_that_a_link_is_gray_while_one_of_its_ends_is_down(project: Project, theme: Theme) -> None:
    ids = vsphere_cluster(project)
    world = World(project)
    live = nothing_runs(world)
    b = theme.kind("power_b").ink.rgb()
    gray = theme.color("no_data.hatch").rgb()
    every = colors(picture(project, theme, frozenset({"power"})))
    assert b in every
    assert gray not in every
    live.down[world.row_of[ids["feed-b"]]] = True
    now = colors(picture(project, theme, frozenset({"power"}), live))
    assert b not in now
    assert gray in now
    assert theme.kind("power_a").ink.rgb() in now


def test_that_a_thousand_links_find_their_ways_and_stay_upright(project: Project) -> None:
    center = edit.place(project, "data_center")
    racks = [edit.place(project, "rack", center) for _ in range(40)]
    switches = [edit.place(project, "switch", center) for _ in range(25)]
    with project.edit("links"):
        for switch in switches:
            for rack in racks:
                project.add(Link(kind="connects", source=switch, target=rack))
    links = routed(project)
    assert len(links.lines.drawn) == 1000
    pieces = links.lines.pieces
    assert ((pieces[:, 0] == pieces[:, 2]) | (pieces[:, 1] == pieces[:, 3])).all()


def test_that_a_service_above_a_region_reaches_a_zone_through_the_top_of_the_region(project: Project) -> None:
    service = edit.place(project, "service", at=(0.0, 0.0))
    region = edit.place(project, "region", at=(0.0, 48.0))
    edit.place(project, "auto_scaling_group", region, at=(16.0, 44.0))
    zone = edit.place(project, "zone", region, at=(16.0, 92.0))
    subnet = edit.place(project, "subnet", zone)
    edit.connect(project, "member", edit.place(project, "vm", subnet), service)
    links = routed(project)
    (bundle,) = links.bundles
    box, way = links.world.rect(links.world.row_of[region]), links.way_of(bundle)
    assert box.left() < way[:, 0].min()
    assert way[:, 0].max() < box.right()
    assert way[:, 1].max() == links.world.rect(links.world.row_of[zone]).top()


def test_that_hosts_of_a_rack_that_see_a_datastore_are_one_line_from_the_rack_until_one_is_selected(
    project: Project,
) -> None:
    center = edit.place(project, "data_center", edit.place(project, "zone", edit.place(project, "region")))
    racks = [edit.place(project, "rack", center, at=(8.0 + n * 160, 32.0)) for n in range(2)]
    hosts = [edit.place(project, "host", rack) for rack in (racks[0], racks[0], racks[0], racks[1])]
    store = edit.place(project, "datastore", center, at=(400.0, 32.0))
    for host in hosts:
        edit.connect(project, "sees", host, store)
    links = routed(project)
    row_of = links.world.row_of
    assert {(b.a, b.text) for b in links.bundles} == {(row_of[racks[0]], "sees ×3"), (row_of[hosts[3]], "sees")}
    links.set_focus([hosts[1]])
    links.update(1.0)
    wanted = {(row_of[racks[0]], "sees ×2"), (row_of[hosts[1]], "sees"), (row_of[hosts[3]], "sees")}
    assert {(b.a, b.text) for b in links.bundles} == wanted
    links.set_focus([store])
    links.update(1.0)
    assert {b.a for b in links.bundles} == {row_of[host] for host in hosts}


@pytest.mark.parametrize("name", sorted(blueprints()))
def test_that_no_link_of_a_blueprint_crosses_a_box_that_it_has_nothing_to_do_with(project: Project, name: str) -> None:
    begin(project, blueprints()[name].text, name)
    world = World(project)
    drawn = DrawnLinks(world)
    drawn.update(1.0)
    drawn.find_ways(QRectF())
    single = np.array([not project.kinds[kind].container for kind in world.kinds])
    leaf = np.flatnonzero(single[world.kind] & ~world.is_vm)
    boxes = np.stack([world.x, world.y, world.x + world.w, world.y + world.h], 1)[leaf]
    low = np.minimum(drawn.lines.pieces[:, :2], drawn.lines.pieces[:, 2:])
    high = np.maximum(drawn.lines.pieces[:, :2], drawn.lines.pieces[:, 2:])
    inside = (low[:, None, :] < boxes[None, :, 2:] - 1).all(axis=2) & (high[:, None, :] > boxes[None, :, :2] + 1).all(
        axis=2
    )
    crossed = [(world.names[drawn.bundles[drawn.lines.of[n]].a], world.names[leaf[b]]) for n, b in np.argwhere(inside)]
    assert crossed == []


def test_that_an_end_slides_past_a_link_that_it_would_cross_just_before_it_turns() -> None:
    upper, lower, right = (np.array(box, float) for box in ((0, 0, 100, 20), (0, 60, 100, 90), (200, 0, 220, 20)))
    inner = np.array([40.0, 70.0, 80.0, 85.0])
    across = Way(np.array([[56.0, 20.0], [56.0, 70.0]]), (upper, inner), (0, 2), ("routes", ""))
    turning = Way(
        np.array([[210.0, 20.0], [210.0, 40.0], [50.0, 40.0], [50.0, 60.0]]), (right, lower), (3, 1), ("member", "")
    )
    _, way = kept_apart([across, turning])
    assert way[:, 0].tolist() == [210.0, 210.0, 56.0 + BESIDE, 56.0 + BESIDE]
    alike = across._replace(sort=turning.sort)
    assert kept_apart([alike, turning])[1].tolist() == turning.corners.tolist()  # links of one sort may meet
    far = across._replace(corners=across.corners + np.array([30.0, 0.0]))
    assert kept_apart([far, turning])[1].tolist() == turning.corners.tolist()  # the end would slide too far


def test_that_the_lanes_of_the_vpc_blueprint_cross_once(project: Project) -> None:
    begin(project, blueprints()["vpc-public-private"].text, "vpc")
    links = routed(project)
    pieces = [
        (bundle.kind.name, *sorted((one.tolist(), other.tolist())))
        for bundle in links.bundles if bundle.way is not None and bundle.kind.name != "opens"
        for one, other in itertools.pairwise(bundle.way)
    ]  # fmt: skip
    level = [piece for piece in pieces if piece[1][1] == piece[2][1]]
    upright = [piece for piece in pieces if piece[1][0] == piece[2][0]]
    met = [
        (x[0], y[0]) for x in level for y in upright
        if x[0] != y[0] and x[1][0] < y[1][0] < x[2][0] and y[1][1] < x[1][1] < y[2][1]
    ]  # fmt: skip
    assert met == [("member", "nodes_in")]  # the balancer is enclosed by the ways of its service


def test_that_a_name_on_the_canvas_stands_on_its_color(project: Project, theme: Theme) -> None:
    begin(project, blueprints()["vpc-public-private"].text, "vpc")
    brush = Brush(theme, World(project))
    image = QImage(1200, 1200, QImage.Format.Format_RGB32)
    image.fill(theme.color("canvas"))
    painter = QPainter(image)
    painter.scale(1.24, 1.24)
    paint_world(painter, brush)
    painter.end()
    seen = {brush.links.bundles[n].kind.name: n for n, place in brush.labels.places.items() if place is not None}
    assert seen["balances"] in brush.labels.outside
    place = brush.labels.places[seen["balances"]]
    assert place is not None
    corner = place.topLeft().toPoint()
    assert image.pixelColor(corner.x() + 4, corner.y() + 2).name() == theme.color("canvas").name()
