"""Where the user has looked: a jump can be taken back, and made again, as in a browser."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPointF

MOST = 100
"""Jumps that are remembered."""


@dataclass(frozen=True)
class Spot:
    """A part of the drawing: the scale and the point in the middle; `whole`: all of it, whatever its size."""

    scale: float
    middle: QPointF
    whole: bool = False


class Jumps:
    """The spots before and after the present one."""

    def __init__(self) -> None:
        self._before: list[Spot] = []
        self._after: list[Spot] = []

    def note(self, here: Spot) -> None:
        """Remember a spot that is about to be left."""
        if not self._before or self._before[-1] != here:
            self._before = [*self._before, here][-MOST:]
        self._after.clear()

    def back(self, here: Spot) -> Spot | None:
        """The spot before the present one, which is remembered for `forward`; None where there is none."""
        return _step(self._before, self._after, here)

    def forward(self, here: Spot) -> Spot | None:
        """The spot that was left by `back`; None where there is none."""
        return _step(self._after, self._before, here)

    def forget(self) -> None:
        """Forget all spots: another drawing is shown."""
        self._before.clear()
        self._after.clear()


def _step(these: list[Spot], others: list[Spot], here: Spot) -> Spot | None:
    while these:
        spot = these.pop()
        if spot != here:
            others.append(here)
            return spot
    return None
