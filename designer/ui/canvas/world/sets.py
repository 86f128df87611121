"""Sets and single things on the drawing as small boxes."""

from __future__ import annotations

import bisect
import re
from itertools import takewhile

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPen

from designer import units
from designer.study.frames import ElementState
from designer.ui.canvas.paint.brush import LEFT, RIGHT, SHORTEST_NAME_PX, SMALLEST_TEXT, Brush, percent
from designer.ui.canvas.paint.outline_paint import BADGE_PX, badge_color, paint_badge
from designer.ui.canvas.world.world import World
from designer.ui.parts.icons import draw_icon, draw_state
from designer.ui.parts.theme import Theme
from designer.words import tr

ROUND_PX = 6.0
FEWEST_LETTERS = 3
"""Letters of a name before an ellipsis from which on it is known again."""
FEWER_DIGITS = 2
"""Digits of a figure where the usual three find no room beside the name."""
FIGURE_WORDS = 2
"""Words of a figure with its unit; what says more gives way to the name."""
LOW_PX, LOWEST_PX, LOW_SCALE = 12.0, 8.0, 0.9
"""Under the first height a box has its name alone, in letters of this scale; under the second it has none."""
DROPS = tr("drops ")
"""The word before dropped requests; a minus sign takes its place in a small box."""


def paint_box(painter: QPainter, brush: Brush, row: int, box: QRectF, scale: float) -> None:
    """The box of a set or of a thing that holds nothing: icon, name, what it is about, whether it is down or moves."""
    theme, world, live = brush.theme, brush.world, brush.live
    kind = world.project.kinds[world.kind_name(row)]
    colors = theme.kind(kind.name)
    down = live is not None and bool(live.down[row])
    root = live is not None and bool(live.root[row])
    moving = live is not None and live.state[row] == ElementState.RESTARTING
    over = live is not None and not (down or moving) and live.is_over(row)
    edge = theme.state("restarting" if moving else "failed") if down or moving else colors.border
    edge = theme.color("overload") if over else edge
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    painter.setPen(QPen(edge, 1.5 if root or moving or over else 1.0))
    painter.setBrush(theme.color("failed.header" if root else "failed.ground" if down else "raised"))
    round_px = min(ROUND_PX, box.height() / 4)  # a box seen from afar is no pill
    painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), round_px, round_px)
    if over:
        paint_notch(painter, theme, box)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    if box.height() < LOW_PX:
        _paint_low_name(painter, brush, row, box)
        return
    inner = box.adjusted(9 * min(scale, 1.2), 0, -9 * min(scale, 1.2), 0)
    badge = badge_color(brush, row)
    if badge is not None and brush.outlines.sets[row].layer in brush.layers:
        paint_badge(painter, brush, QRectF(inner.right() - BADGE_PX, inner.center().y() - 2, BADGE_PX, BADGE_PX), badge)
        inner.setRight(inner.right() - BADGE_PX - 6)
    text = tr("fails over") if moving else tr("failed") if root else tr("down") if down else load_text(brush, row)
    mood = ElementState.RESTARTING if moving else ElementState.FAILED if down else -1
    if not _paint_words(painter, brush, row, inner, scale, text or _about(world, row), mood, over):
        _paint_beside(painter, brush, row, box, scale, down)


def _paint_low_name(painter: QPainter, brush: Brush, row: int, box: QRectF) -> None:
    """The name alone, in small letters, where a box has no height for more."""
    if box.height() < LOWEST_PX or not brush.names_far:
        return
    font, measures = brush.font("tile", LOW_SCALE)
    inner = box.adjusted(4, 0, -3, 0)
    name = short_name(brush.world.names[row], measures, inner.width())
    if name:
        down = brush.live is not None and bool(brush.live.down[row])
        painter.setFont(font)
        painter.setPen(brush.theme.color("text.muted" if down else "text"))
        painter.drawText(inner, LEFT, name)


def _paint_words(
    painter: QPainter, brush: Brush, row: int, inner: QRectF, scale: float, text: str, mood: int, over: bool
) -> bool:
    """Icon, name, and at the right what is said; `mood`: the state it is in besides running, -1 for none. Trouble is
    told before the name, and takes the room of the icon where it must, as a figure does. Return whether the name found
    room."""
    theme, name = brush.theme, brush.world.kind_name(row)
    measures = brush.font("secondary", scale)[1]
    name_px = brush.font("base", scale)[1].horizontalAdvance(brush.world.names[row])
    size = min(16.0 * min(scale, 1.3), inner.height() - 4)
    icon_px = size + 7
    if over and measures.horizontalAdvance(text) + 8 + name_px >= inner.width() - icon_px:
        text, icon_px = text.replace(DROPS, "−"), 0.0
    elif not over and mood < 0:
        text = shorter(brush, row, text, measures, inner.width() - icon_px - name_px - 8)
        room_px = inner.width() - measures.horizontalAdvance(text) - 8
        if not _figure_first(brush, row, text, room_px - icon_px, scale):
            icon_px = 0.0 if _figure_first(brush, row, text, room_px, scale) else icon_px
    if icon_px:
        left = min(inner.left(), inner.center().x() - size / 2)  # in the middle of a cell that holds no more
        place = QRectF(left, inner.center().y() - size / 2, size, size)
        ink = theme.state("failed") if mood == ElementState.FAILED else theme.kind(name).ink
        draw_icon(painter, brush.world.project.kinds[name].icon.removesuffix(".svg"), place, ink)
        inner.setLeft(inner.left() + icon_px)
    said_px, mark_px = measures.horizontalAdvance(text) + 8, min(11.0, inner.height() - 4)
    if mood >= 0 and said_px + name_px > inner.width() >= 50 + mark_px:
        place = QRectF(inner.right() - mark_px, inner.center().y() - mark_px / 2, mark_px, mark_px)
        draw_state(painter, place, mood, theme.state(mood))
        inner.setRight(inner.right() - mark_px - 6)
    elif (
        said_px + name_px < inner.width()
        or (over and said_px <= inner.width())
        or _figure_first(brush, row, text, inner.width() - said_px, scale)
    ):
        painter.setFont(brush.font("secondary", scale)[0])
        painter.setPen(theme.color("overload" if over else "text.muted"))
        painter.drawText(inner, RIGHT, text)
        inner.setRight(inner.right() - said_px)
    return _paint_name(painter, brush, row, inner, scale)


def _figure_first(brush: Brush, row: int, text: str, room_px: float, scale: float) -> bool:
    """Whether a figure is told and leaves enough room for the name, at the cost of some letters where the name is
    known again by the others."""
    whole = brush.world.names[row]
    name = short_name(whole, brush.font("base", scale)[1], room_px)
    known = name == whole or (room_px >= SHORTEST_NAME_PX and len(name) > FEWEST_LETTERS)
    return known and any(map(str.isdigit, text)) and len(text.split()) <= FIGURE_WORDS


def _paint_name(painter: QPainter, brush: Brush, row: int, inner: QRectF, scale: float) -> bool:
    font, measures = brush.font("base", scale)
    name = short_name(brush.world.names[row], measures, inner.width())
    if not name or (inner.width() < SHORTEST_NAME_PX and name != brush.world.names[row]):
        return False
    painter.setFont(font)
    painter.setPen(brush.theme.color("text"))
    painter.drawText(inner, LEFT, name)
    return True


def _paint_beside(painter: QPainter, brush: Brush, row: int, box: QRectF, scale: float, down: bool) -> None:
    """The name of a cell at its right, where it is the last in its line and the name has room there."""
    world, above, live = brush.world, int(brush.world.parent[row]), brush.live
    if above < 0 or (live is not None and above in live.guests):
        return
    beside = world.children(above)
    if ((world.x[beside] > world.x[row]) & (world.y[beside] < world.y[row] + world.h[row])
            & (world.y[beside] + world.h[beside] > world.y[row])).any():  # fmt: skip
        return
    end = (float(world.x[above]) + float(world.w[above])) * scale + brush.offset[0]
    font, measures = brush.font("secondary", scale)
    room = QRectF(box.right() + 4, box.top(), end - box.right() - 8, box.height())
    name = short_name(world.names[row], measures, room.width())
    if name and room.height() >= measures.height() * 0.8:
        painter.setFont(font)
        painter.setPen(brush.theme.color("text.muted" if down else "text"))
        painter.drawText(room, LEFT, name)


def short_name(name: str, measures: QFontMetricsF, room_px: float) -> str:
    """A name as it fits: elided in the middle, at its end where too few letters would be left of both parts, and empty
    where it could not be known again."""
    if measures.horizontalAdvance(name) <= room_px:
        return name
    middle = measures.elidedText(name, Qt.TextElideMode.ElideMiddle, room_px)
    if len(middle) > 2 * FEWEST_LETTERS:
        return middle
    end = measures.elidedText(name, Qt.TextElideMode.ElideRight, room_px)
    return end if len(end) > FEWEST_LETTERS else ""


def shorter(brush: Brush, row: int, text: str, measures: QFontMetricsF, room_px: float) -> str:
    """What a box says in a room: all, else with fewer digits, else an ellipsis for its last parts; where nothing fits,
    with fewer digits."""
    rounded = load_text(brush, row, FEWER_DIGITS) or text
    parts = rounded.split(", ")
    forms = (text, rounded, *(f"{', '.join(parts[:count])} …" for count in range(len(parts) - 1, 0, -1)))
    return next((form for form in forms if measures.horizontalAdvance(form) < room_px), rounded)


def paint_notch(painter: QPainter, theme: Theme, box: QRectF) -> None:
    """The mark of overload: a filled corner at the right top, which is seen from afar too."""
    side = min(8.0, box.width() / 2, box.height() / 2)
    corner = box.topRight()
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.color("overload"))
    painter.drawPolygon([corner, corner - QPointF(side, 0), corner + QPointF(0, side)])


def load_text(brush: Brush, row: int, digits: int = 3) -> str:
    """What the shown run says of requests: "drops 1,000 req/s" or how many come; of what has a limit, how much of it is
    used. Without a run, and where none of this is known, what its kind says of it."""
    live = brush.live
    traffic = live.traffic.get(row) if live is not None else None
    if traffic is not None and traffic.dropped_rps > 0:
        return f"{DROPS}{units.text(traffic.dropped_rps, 'req/s', digits)}"
    if traffic is not None:
        return units.text(traffic.asked_rps, "req/s", digits)
    if live is not None and not np.isnan(live.heat[row]):
        return percent(float(live.heat[row])) + (tr(" of limit") if live.is_over(row) else "")
    return _about(brush.world, row)


def paint_note(painter: QPainter, brush: Brush, row: int, box: QRectF, scale: float) -> None:
    """The text of a note, or its name without text."""
    theme, world = brush.theme, brush.world
    colors = theme.kind("note")
    painter.setPen(QPen(colors.border, 1.0))
    painter.setBrush(colors.header)
    painter.drawRect(box.adjusted(0.5, 0.5, -0.5, -0.5))
    text = shown_text(brush, row, box, scale) if brush.names_far else ""
    if text:
        painter.setFont(brush.font("secondary", scale)[0])
        painter.setPen(theme.color("text" if _words(world, row) else "text.muted"))
        painter.drawText(_inside(box, scale), WRAPPED, text)


WRAPPED = Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft


SENTENCE_END = re.compile(r"(?<=[.!?])\s|\n")


def shown_text(brush: Brush, row: int, box: QRectF, scale: float) -> str:
    """The visible text of a note: all of it; or, with an ellipsis, from afar the first sentences that fit,
    else as many words as fit in whole lines."""
    measures, inner = brush.font("secondary", scale)[1], _inside(box, scale)
    endless = QRectF(inner.left(), inner.top(), inner.width(), 1e6)

    def fits(text: str) -> bool:
        return measures.boundingRect(endless, WRAPPED, text).height() <= inner.height()

    text = _words(brush.world, row) or brush.world.names[row]
    if fits(text):
        return text
    if scale < SMALLEST_TEXT:
        said = list(takewhile(fits, (text[: end.start()] for end in SENTENCE_END.finditer(text))))
        if said:
            return f"{said[-1]} …" if fits(f"{said[-1]} …") else said[-1]
    words = text.split(" ")
    count = bisect.bisect_left(range(1, len(words) + 1), True, key=lambda n: not fits(" ".join(words[:n]) + " …"))
    return " ".join(words[:count]) + " …" if count else ""


def _inside(box: QRectF, scale: float) -> QRectF:
    return box.adjusted(8 * scale, 6 * scale, -8 * scale, -6 * scale)


def _words(world: World, row: int) -> str:
    return world.project.elements[int(world.ids[row])].note.strip()


def _about(world: World, row: int) -> str:
    element = world.project.elements[int(world.ids[row])]
    return world.project.kinds[element.kind].words(world.project, element)


def groups_in(world: World, subnet_id: int) -> list[int]:
    """Ids of the groups that launch in a subnet."""
    return world.project.sources(subnet_id, "spans")


def paint_group_name(painter: QPainter, brush: Brush, row: int, box: QRectF, scale: float) -> float:
    """The names of a subnet's groups at the right of its header; the width they take."""
    if "service" not in brush.layers:
        return 0.0
    world, theme = brush.world, brush.theme
    groups = groups_in(world, int(world.ids[row]))
    if not groups:
        return 0.0
    elements = world.project.elements
    text = "asg " + ", ".join(elements[g].name for g in groups)
    font, measures = brush.font("secondary", scale)
    down = brush.live is not None and bool(brush.live.down[row])
    painter.setFont(font)
    painter.setPen(theme.color("text.muted") if down else theme.kind("auto_scaling_group").ink)
    if measures.horizontalAdvance(text) < box.width() - 30:
        painter.drawText(box, RIGHT, text)
        return measures.horizontalAdvance(text) + 8
    return 0.0
