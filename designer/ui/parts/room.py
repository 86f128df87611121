"""What is made of too little room: windows never larger than the screen, names shortened so that they differ."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import accumulate

from PySide6.QtCore import QSize
from PySide6.QtGui import QGuiApplication

TITLE_PX = 32
"""What the system draws above a window."""


def fitting(width: int, height: int) -> QSize:
    """The size of a new window: the wanted one, or less where no screen has the room."""
    rooms = [screen.availableGeometry().size() for screen in QGuiApplication.screens()]
    most = max(rooms, key=lambda size: size.width() * size.height(), default=QSize(width, height + TITLE_PX))
    return QSize(width, height).boundedTo(QSize(most.width(), most.height() - TITLE_PX))


def told_apart(names: Sequence[str], rooms: Sequence[float], wide: Callable[[str], float]) -> list[str]:
    """Names as each fits its room: elided in the middle, or elsewhere where names that differ would look alike. `wide`
    tells how wide a text is."""
    letters = {letter: wide(letter) for letter in {"…", *"".join(names)}}
    sums = [[0.0, *accumulate(letters[letter] for letter in name)] for name in names]
    lefts = [room - letters["…"] for room in rooms]
    fits = [wide(name) <= room for name, room in zip(names, rooms, strict=True)]

    def elided(n: int, end: int) -> str:
        """A name with `end` letters at its end, and as many at its start as then fit."""
        if fits[n]:
            return names[n]
        count = len(names[n])
        end = min(end, count)
        left = lefts[n] - (sums[n][-1] - sums[n][count - end])
        begin = min(bisect_right(sums[n], left) - 1, count - end - 1)
        return f"{names[n][:begin].rstrip()}…{names[n][count - end :].lstrip()}" if begin >= 0 else "…"

    def part(n: int, begin: int) -> str:
        """What fits of a name from a letter on, without both ends."""
        end = bisect_right(sums[n], sums[n][min(begin, len(names[n]))] + lefts[n] - letters["…"]) - 1
        return f"…{names[n][begin:end]}…" if end > begin else "…"

    middles = [sum(1 for before in sums[n] if sums[n][-1] - before <= lefts[n] / 2) - 1 for n in range(len(names))]
    shown = [elided(n, max(end, 0)) for n, end in enumerate(middles)]
    counts = Counter(text for text, _ in set(zip(shown, names, strict=True)))
    for n in (n for n, text in enumerate(shown) if counts[text] > 1):
        others, ends = set(names) - {names[n]}, range(len(names[n]))
        tried = [elided(n, end) for end in sorted(ends, key=lambda count: abs(count - middles[n]))]
        tried += [part(n, begin) for begin in ends]
        clear = (text for text in tried if not any(_may_be(text, other) for other in others))
        free = (text for text in tried if all(text != shown[m] for m, name in enumerate(names) if name in others))
        shown[n] = next(clear, next(free, shown[n]))
    return shown


def _may_be(text: str, name: str) -> bool:
    """Whether a name could be shortened to a text."""
    first, *rest = text.split("…")
    if len(rest) == 2:
        return rest[0] in name
    return name == text if not rest else name.startswith(first) and name.endswith(rest[0])
