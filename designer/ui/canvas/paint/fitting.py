"""Texts of the drawing as they fit where they stand."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QFont, QFontMetricsF

from designer.ui.canvas.paint.brush import Brush

FEWEST_LETTERS = 3
"""Letters after an ellipsis in the middle, below which a name rather loses its start."""
LOSES_ITS_START = Qt.TextElideMode.ElideLeft


def cell_lines(
    name: str, measures: QFontMetricsF, room_px: float, most: int, second_px: float | None = None
) -> list[str]:
    """A name in one or two lines of a cell. Where it does not fit, its end stays, by which neighbors differ.
    `second_px`: the room of the second line, where it differs."""
    if measures.horizontalAdvance(name) <= room_px:
        return [name]
    if most == 1:
        middle = measures.elidedText(name, Qt.TextElideMode.ElideMiddle, room_px)
        ends = middle.partition("…")[2]
        return [middle if len(ends) >= FEWEST_LETTERS else measures.elidedText(name, LOSES_ITS_START, room_px)]
    count = next((n for n in range(len(name), 1, -1) if measures.horizontalAdvance(name[:n]) <= room_px), 1)
    return [name[:count], measures.elidedText(name[count:], LOSES_ITS_START, second_px or room_px)]


def content_words(value: str, parts: Sequence[str], measures: QFontMetricsF, room_px: float) -> str:
    """A value and what a container holds, without the last parts where there is no room for them; the first is elided
    where it has none itself."""
    begin = f"{value}   " if value else ""
    for count in range(len(parts), 0, -1):
        text = begin + ", ".join(parts[:count])
        if measures.horizontalAdvance(text) <= room_px:
            return text
    return measures.elidedText(begin + "".join(parts[:1]), Qt.TextElideMode.ElideRight, room_px - 1)


CARD_ICON_PX, ICON_FROM_PX = 23.0, 96.0
"""The width of the icon on a card, with the space after it; from which room on cards have one, and bold names:
neighbors are alike."""


def card_name(brush: Brush, name: str, room: float) -> tuple[QFont, float, str]:
    """The font of a name on a card, the width of the icon before it, and the name: whole, where it must be in smaller
    letters or without the icon; elided where not even that is enough."""
    icon = CARD_ICON_PX if room >= ICON_FROM_PX else 0.0
    for use, icon_px in ((("title", icon),) if icon else ()) + (("secondary", icon), ("secondary", 0.0)):
        font, measures = brush.font(use, 1.0)
        if measures.horizontalAdvance(name) <= room - icon_px - 1:
            return font, icon_px, name
    return font, 0.0, measures.elidedText(name, Qt.TextElideMode.ElideMiddle, room - 1)
