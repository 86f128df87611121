"""The key of the colors: the heat scale and the marks of cells, below the drawing and in pictures."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QLinearGradient, QPainter, QPen

from designer.catalog import KINDS
from designer.study.frames import ElementState
from designer.ui.canvas.paint.brush import Brush, hatch
from designer.ui.canvas.paint.cells import running_color
from designer.ui.canvas.paint.move_paint import paint_sample
from designer.ui.canvas.world.colorings import COLORINGS
from designer.ui.canvas.world.live import Live
from designer.ui.parts.icons import draw_state
from designer.ui.parts.theme import Theme
from designer.words import tr

BAR_PX, SHORT_BAR_PX, STOPS = 160, 80, 32
"""The width of the scale, and where else a mark of the drawing would have no room."""
BASIC = ("failed", "restarting", "waiting", "lost")
MARKS = {"over": tr("overloaded"), **{name: tr(name) for name in BASIC}, "no": tr("no data")}
BY_STATE = {name: tr(name) for name in ("running", *BASIC, "maintenance", "off")} | {"no": tr("no data")}
"""Marks with their words, in the order in which they are kept where there is little room, after those in sight."""
DASHED = ("waiting", "lost")
HALF = 0.5
"""The load of a sample."""
MARK_PX = 23
"""The room of a mark before its word."""


@dataclass(frozen=True)
class Key:
    """What the colors show, and the texts at both ends of the scale; both empty where each state has a color. `over`:
    values beyond the scale are marked; `moves`: VMs migrate; `guests`: they run where the design has none; `sets`: the
    kinds whose outlines are shown; `seen`: marks that are on the drawing; `known`: there is a value for the scale. What
    is on the drawing comes first."""

    title: str
    low: str = "0%"
    high: str = "100%"
    over: bool = True
    moves: bool = False
    sets: tuple[str, ...] = ()
    seen: frozenset[str] = frozenset()
    known: bool = True
    guests: bool = False


def key_of(live: Live | None, name: str, sets: tuple[str, ...] = ()) -> Key:
    """The key of a coloring, with the scale of the shown moment; `sets`: the kinds whose outlines are shown."""
    coloring, moves = COLORINGS[name], live is not None and bool(live.moves)
    stand = chain.from_iterable(live.guests.values()) if live is not None else ()
    guests = any(guest.state == ElementState.RUNNING for guest in stand)
    if name == "state":
        return Key(tr(coloring.title), "", "", moves=moves, sets=sets, seen=_seen(live), guests=guests)
    if live is not None and live.shown.name == name:
        low = "0" if coloring.unit else "0%"
        known = not bool(np.isnan(live.load).all())
        high = live.shown.words(1.0)
        return Key(tr(coloring.title), low, high, not coloring.unit, moves, sets, _seen(live), known, guests)
    top = "" if coloring.top is None else f"{coloring.top * 100:.0f}%"
    return Key(tr(coloring.title), "0%" if top else "0", top, bool(top), sets=sets)


def _seen(live: Live | None) -> frozenset[str]:
    """The marks on the drawing of a moment."""
    if live is None:
        return frozenset()
    counts = np.bincount(live.state[live.state >= 0], minlength=len(ElementState))
    seen = {state.name.lower() for state in ElementState if counts[state]}
    if (live.load > 1.0).any():
        seen.add("over")
    if np.isnan(live.load[live.state >= 0]).any():
        seen.add("no")
    return frozenset(seen)


def outlined(brush: Brush) -> tuple[str, ...]:
    """The kinds whose dashed outlines are shown, in the order of the palette."""
    brush.outlines.update()
    kinds = brush.outlines.kinds
    return tuple(name for name in KINDS if name in kinds and kinds[name] in brush.layers)


def paint_legend(painter: QPainter, theme: Theme, key: Key, room: QRectF) -> None:
    """Paint what the colors show, the scale, and as many marks as fit into a line; nothing where the scale does not."""
    painter.setFont(theme.font("secondary"))
    measures, middle = painter.fontMetrics(), room.center().y()
    if measures.horizontalAdvance(key.title + key.low + key.high) + 30 + BAR_PX > room.width():
        return
    here, marks = _marks_of(key)
    x = _text(painter, theme, room, room.left(), key.title) + 14
    if key.low and key.known:
        x = _text(painter, theme, room, x, key.low) + 8
        after = sum(measures.horizontalAdvance(label) + MARK_PX + 18 for label in here.values())
        short = x + BAR_PX + measures.horizontalAdvance(key.high) + 28 + after > room.right()
        bar = QRectF(x, middle - 5, SHORT_BAR_PX if short else BAR_PX, 10)
        colors = QLinearGradient(bar.topLeft(), bar.topRight())
        for n in range(STOPS + 1):
            colors.setColorAt(n / STOPS, theme.heat(n / STOPS))
        painter.fillRect(bar, colors)
        x = _text(painter, theme, room, bar.right() + 8, key.high) + 20
    for name, label in (here | marks).items():
        if x + measures.horizontalAdvance(label) + MARK_PX + 1 > room.right():
            return
        _mark(painter, theme, QRectF(x, middle - 6, 15, 12), name)
        x = _text(painter, theme, room, x + MARK_PX, label) + 18


def _marks_of(key: Key) -> tuple[dict[str, str], dict[str, str]]:
    """The marks that are on the drawing, with their words; and all that there may be."""
    marks = {name: label for name, label in (MARKS if key.low else BY_STATE).items() if name != "over" or key.over}
    here = {name: label for name, label in marks.items() if name in key.seen}
    quiet = {"no": here.pop("no")} if "no" in here else {}
    here |= {"guests": tr("new here")} if key.guests else {}
    here |= {"moves": tr("migrates")} if key.moves else {}
    return here | quiet | {kind: tr(KINDS[kind].noun) for kind in key.sets}, marks


def _text(painter: QPainter, theme: Theme, room: QRectF, x: float, text: str) -> float:
    """Write a text in the line from x on; return where it ends."""
    painter.setPen(theme.color("text.muted"))
    width = painter.fontMetrics().horizontalAdvance(text)
    painter.drawText(QRectF(x, room.top(), width + 2, room.height()), Qt.AlignmentFlag.AlignVCenter, text)
    return x + width


def _mark(painter: QPainter, theme: Theme, box: QRectF, name: str) -> None:
    if name == "over":
        painter.fillRect(box, theme.heat(1.0))
        painter.setPen(QPen(theme.color("overload"), 1.5))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(box)
        painter.setBrush(theme.color("overload"))
        painter.drawPolygon([box.topRight(), box.topRight() - QPointF(6, 0), box.topRight() + QPointF(0, 6)])
        painter.setBrush(Qt.BrushStyle.NoBrush)
    elif name == "no":
        painter.fillRect(box, theme.color("no_data"))
        painter.fillRect(box, hatch(theme))
    elif name == "running":
        painter.fillRect(box, running_color(theme))
    elif name == "guests":
        painter.fillRect(box, theme.heat(HALF))
        pen = QPen(theme.color("text"), 1)
        pen.setDashPattern([2, 2])
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(box.adjusted(0, 0, -1, -1))
    elif name == "moves":
        paint_sample(painter, theme, box)
    elif name in KINDS:
        pen = QPen(theme.kind(name).ink, 1.5)
        pen.setDashPattern([3, 2])
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(box, 3, 3)
    else:
        color = theme.state(name)
        pen = QPen(color, 1)
        if name in DASHED:
            pen.setDashPattern([3, 2])
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(box)
        place = QRectF(box.center().x() - 4.5, box.center().y() - 4.5, 9, 9)
        draw_state(painter, place, ElementState[name.upper()], color)
