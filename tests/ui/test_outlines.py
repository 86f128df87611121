"""Sets on the drawing: outlines where members stand together, badges where they are scattered."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPointF, QRect, QRectF
from PySide6.QtGui import QImage, QPainter

from designer.catalog.presets.blueprints import blueprints
from designer.commands import edit
from designer.commands.blueprints import begin
from designer.model.element import Link
from designer.model.project import Project
from designer.ui.canvas.paint import legend
from designer.ui.canvas.paint.brush import Brush
from designer.ui.canvas.paint.labels import bordered, covers, hard_boxes, lower_borders
from designer.ui.canvas.paint.outline_paint import is_here
from designer.ui.canvas.paint.paint import paint_world
from designer.ui.canvas.world.outlines import Outlines, SetOutline
from designer.ui.canvas.world.world import World
from designer.ui.parts.theme import Theme
from designer.ui.shell.window import Window
from tests.ui.test_links import colors, picture
from tests.ui.usual_pictures import aws_vpc, vsphere_cluster


def outlined(project: Project) -> Outlines:
    """The outlines of a design."""
    made = Outlines(World(project))
    made.update()
    return made


def of(outlines: Outlines, set_id: int) -> list[SetOutline]:
    return [o for o in outlines.outlines if int(outlines.world.ids[o.row]) == set_id]


def inside(outlines: Outlines, outline: SetOutline, element_id: int) -> bool:
    box = outlines.world.rect(outlines.world.row_of[element_id])
    left, top, right, bottom = outline.box
    return left <= box.left() and top <= box.top() and right >= box.right() and bottom >= box.bottom()


def within_holder(outlines: Outlines, outline: SetOutline, holder: int) -> bool:
    """Whether an outline lies in a container, and so crosses no border of it."""
    world = outlines.world
    left, top, right, bottom = outline.box
    box = world.rect(world.row_of[holder])
    return left >= box.left() and top >= box.top() and right <= box.right() and bottom <= box.bottom()


def test_that_a_vpc_is_outlined_around_its_subnets_in_each_zone_and_crosses_no_border(project: Project) -> None:
    ids = aws_vpc(project)
    outlines = outlined(project)
    found = of(outlines, ids["vpc"])
    assert len(found) == 3
    for outline, letter in zip(found, "abc"):
        assert outline.named
        assert all(inside(outlines, outline, ids[f"{name}-{letter}"]) for name in ("public", "app"))
        assert within_holder(outlines, outline, ids[f"zone-{letter}"])


def test_that_a_collapsed_member_stays_in_its_outline_and_what_is_hidden_in_it_has_none(project: Project) -> None:
    ids = vsphere_cluster(project)
    whole = [outline.box for outline in of(outlined(project), ids["cluster"])]
    assert whole
    for holder, left in ((ids["esxi-1"], whole), (ids["center"], [])):
        world = World(project)
        world.collapsed = {holder}
        world.rebuild()
        outlines = Outlines(world)
        outlines.update()
        assert [outline.box for outline in outlines.outlines] == left


def test_that_a_vpc_goes_around_what_is_not_its_own(project: Project) -> None:
    ids = aws_vpc(project)
    stranger = edit.place(project, "subnet", ids["zone-b"], cidr="10.0.99.0/24")
    between = project.elements[ids["app-b"]]
    with project.edit("swap"):
        project.set(stranger, x=between.x, y=between.y)
        project.set(ids["app-b"], y=between.y + 80)
    outlines = outlined(project)
    around = of(outlines, ids["vpc"])
    assert len(around) > 1
    assert not any(inside(outlines, outline, stranger) for outline in around)
    for letter in "abc":
        for name in ("public", "app"):
            assert any(inside(outlines, outline, ids[f"{name}-{letter}"]) for outline in around)


def test_that_a_cluster_is_outlined_around_its_hosts_in_each_rack(project: Project) -> None:
    ids = vsphere_cluster(project)
    outlines = outlined(project)
    found = of(outlines, ids["cluster"])
    assert len(found) == 2
    for outline, rack, hosts in zip(found, ("rack-1", "rack-2"), ((1, 2), (3, 4))):
        assert all(inside(outlines, outline, ids[f"esxi-{n}"]) for n in hosts)
        assert within_holder(outlines, outline, ids[rack])


def test_that_outlines_along_the_same_lines_lie_inside_each_other(project: Project) -> None:
    ids = vsphere_cluster(project)
    other = edit.place(project, "cluster", ids["center"])
    with project.edit("both"):
        for n in range(1, 5):
            project.remove(next(k.id for k in project.links_of(ids[f"esxi-{n}"], "in_cluster")))
            project.add(Link(kind="in_cluster", source=ids[f"esxi-{n}"], target=ids["cluster"]))
    vms = project.children(ids["esxi-1"])
    shop, guard = edit.place(project, "service"), edit.place(project, "region")
    group = edit.place(project, "security_group", guard)
    for vm in vms:
        edit.connect(project, "member", vm, shop)
        edit.connect(project, "protected_by", vm, group)
    outlines = outlined(project)
    (one,), (two,) = of(outlines, shop), of(outlines, group)
    assert of(outlines, other) == []
    assert one.box != two.box
    outer, inner = sorted((one.box, two.box))
    assert outer[0] < inner[0] and outer[1] < inner[1] and outer[2] > inner[2] and outer[3] > inner[3]


def test_that_scattered_members_have_badges_in_the_color_of_their_set(project: Project, theme: Theme) -> None:
    ids = vsphere_cluster(project)
    shop, search = edit.place(project, "service", name="shop"), edit.place(project, "service", name="search")
    vms = project.children(ids["esxi-1"])
    for n, vm in enumerate(vms):
        edit.connect(project, "member", vm, shop if n % 2 else search)
    outlines = outlined(project)
    assert of(outlines, shop) == of(outlines, search) == []
    row_of = outlines.world.row_of
    assert outlines.badges == {row_of[vm]: [row_of[shop if n % 2 else search]] for n, vm in enumerate(vms)}
    assert sorted(outlines.number.values()) == [0, 1]
    assert outlines.sets_of(row_of[vms[1]]) == [row_of[shop]]
    assert {theme.series(0).rgb(), theme.series(1).rgb()} <= colors(picture(project, theme))


@pytest.mark.parametrize("scale", [1.6, 3.0, 4.0, 5.0])
def test_that_names_in_cells_keep_clear_of_badges(project: Project, theme: Theme, scale: float) -> None:
    ids = vsphere_cluster(project)
    vms = project.children(ids["esxi-1"])
    services = [edit.place(project, "service", name=name) for name in ("shop", "search")]
    for n, vm in enumerate(vms):
        edit.connect(project, "member", vm, services[n % 2])

    def painted(name: str) -> list[QImage]:
        for vm in vms:
            edit.rename(project, vm, name)
        world = World(project)
        brush = Brush(theme, world)
        around = QRectF(world.rect(world.row_of[ids["esxi-1"]]))
        image = QImage((around.size() * scale).toSize(), QImage.Format.Format_RGB32)
        image.fill(theme.color("canvas"))
        painter = QPainter(image)
        painter.setClipRect(QRectF(image.rect()))
        painter.scale(scale, scale)
        painter.translate(-around.topLeft())
        paint_world(painter, brush)
        painter.end()
        corners = []
        for vm in vms:
            box = world.rect(world.row_of[vm]).translated(-around.topLeft())
            at = QPointF(box.left() * scale, box.bottom() * scale).toPoint()
            count = len(brush.outlines.badges[world.row_of[vm]])
            corners.append(image.copy(at.x() + 1, at.y() - 9, 1 + 7 * count, 8))
        return corners

    assert painted("x") == painted("search-frontend-of-europe-17")


@pytest.mark.parametrize(
    ("draw", "layer", "kind"), [(aws_vpc, "network", "vpc"), (vsphere_cluster, "physical", "cluster")]
)
def test_that_a_hidden_layer_hides_its_outlines(
    project: Project, theme: Theme, draw: object, layer: str, kind: str
) -> None:
    draw(project)  # type: ignore[operator]
    every = frozenset({"physical", "power", "network", "storage", "service"})
    ink = theme.kind(kind).ink.rgb()
    shown, hidden = picture(project, theme, every), picture(project, theme, every - {layer})

    def inked(image: object) -> int:
        return sum(image.pixel(x, y) == ink for x in range(image.width()) for y in range(image.height()))  # type: ignore[attr-defined]

    assert inked(shown) > inked(hidden) + 100


def test_that_outlines_follow_what_moves_and_what_is_linked(project: Project) -> None:
    ids = aws_vpc(project)
    world = World(project)
    outlines = Outlines(world)
    outlines.update()
    before = of(outlines, ids["vpc"])
    edit.move(project, [ids["region"]], (0.0, 50.0))
    world.rebuild()
    outlines.update()
    after = of(outlines, ids["vpc"])
    assert [one.box[1] for one in after] == [one.box[1] + 50.0 for one in before]
    project.changed.connect(outlines.follow)
    edit.delete(project, [k.id for k in project.links_of(ids["app-c"], "in_vpc")])
    outlines.update()
    assert not any(inside(outlines, outline, ids["app-c"]) for outline in of(outlines, ids["vpc"]))


@pytest.mark.parametrize("scale", [0.58, 0.76, 0.94, 1.0, 1.16, 1.24, 1.5, 1.9])
def test_that_the_name_of_a_cluster_hides_no_name_of_its_rack_and_cuts_no_border_of_what_stands_in_it(
    project: Project, theme: Theme, scale: float
) -> None:
    begin(project, blueprints()["esxi-n-plus-one"].text, "esxi")
    brush = Brush(theme, World(project))
    image = QImage(1600, 1400, QImage.Format.Format_RGB32)
    painter = QPainter(image)
    painter.setClipRect(QRectF(image.rect()))
    painter.scale(scale, scale)
    painter.translate(-brush.world.bounds().topLeft())
    paint_world(painter, brush)
    painter.end()
    assert len(brush.outlines.plates) == 2
    measures = brush.font("secondary", scale)[1]
    for row in brush.world.rows_of_kind("rack").tolist():
        box = brush.world.rect(row)
        left, top = box.left() * scale + brush.offset[0], box.top() * scale + brush.offset[1]
        width = measures.horizontalAdvance(brush.world.names[row])
        baseline = top + (20 * scale + measures.ascent() - measures.descent()) / 2
        name = QRectF(left + 8 * min(scale, 1.2), baseline - measures.ascent(), width, measures.ascent())
        assert not any(plate.intersects(name.adjusted(0, 0, -2, -2)) for plate, _ in brush.outlines.plates)
    single = hard_boxes(brush)[bordered(brush)]
    assert len(single) > 8
    assert not any(covers(plate, single) for plate, _ in brush.outlines.plates)


def test_that_the_key_of_the_colors_names_the_outlines_that_are_shown(project: Project, theme: Theme) -> None:
    vsphere_cluster(project)
    brush = Brush(theme, World(project))
    assert "cluster" in legend.outlined(brush) == legend.key_of(None, "heat", legend.outlined(brush)).sets
    brush.layers = frozenset()
    assert legend.outlined(brush) == ()


def test_that_an_outline_follows_what_is_dragged(window: Window) -> None:
    project, view = window.session.project, window.canvas.view
    ids = aws_vpc(project)
    window.session.flush()
    view.zoom_to_fit(animated=False)
    ink = window.theme.kind("vpc").ink.rgb()
    row = view.world.row_of[ids["zone-a"]]
    dragged = view.picture_of([row]).toImage()
    assert view.brush.hidden is None
    whole = view.grab().toImage()
    moving = np.zeros(view.world.ids.size, np.bool_)
    moving[view.world.subtree(row)] = True
    view.hide_rows(moving)
    left = view.grab().toImage()
    box = view.to_pixels(view.world.rect(row)).toRect()

    def inked(image: QImage, within: QRect) -> int:
        part = image.copy(within)
        return sum(part.pixel(x, y) == ink for x in range(part.width()) for y in range(part.height()))

    assert inked(whole, box) > 50
    assert inked(dragged, dragged.rect()) > 50
    assert inked(left, box) == 0
    assert inked(left, left.rect()) > 50  # those of the other zones stay


@pytest.mark.parametrize("moved", [0, 1, 2, 3])
def test_that_an_outline_stays_where_most_of_its_members_stay(project: Project, theme: Theme, moved: int) -> None:
    ids = vsphere_cluster(project)
    brush = Brush(theme, World(project))
    hosts = [brush.world.row_of[ids[name]] for name in ids if name.startswith("esxi-")][:3]
    outline = SetOutline(0, "physical", (0.0, 0.0, 1.0, 1.0), True, -1, np.array(hosts))
    brush.hidden = np.isin(np.arange(brush.world.ids.size), hosts[:moved])
    assert is_here(brush, outline) == (moved < 2)


def test_that_a_name_stands_on_the_line_of_its_outline_where_it_would_cut_the_border_around(
    project: Project, theme: Theme
) -> None:
    begin(project, blueprints()["vpc-public-private"].text, "vpc")
    brush = Brush(theme, World(project))
    image = QImage(1000, 1000, QImage.Format.Format_RGB32)
    painter = QPainter(image)
    painter.scale(1.24, 1.24)
    paint_world(painter, brush)
    painter.end()
    vpc = next(e.id for e in project.of_kind("vpc"))
    plates = [plate for plate, owner in brush.outlines.plates if owner == vpc]
    assert len(plates) == 2
    for plate in plates:
        assert not covers(plate, hard_boxes(brush)) and not covers(plate, lower_borders(brush))
