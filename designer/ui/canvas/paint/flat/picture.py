"""A picture that knows which box each of its pixels belongs to: other colors of the boxes cost no painting."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPoint, QRect
from PySide6.QtGui import QImage, QPainter

Colors = NDArray[np.uint32]
Edges = NDArray[np.int32]

MARGIN_PX = 160
"""So far beyond what is shown the picture reaches: panning does not make it anew each time."""
MOST_PIXELS = 16 << 20
FEW = 3_000
"""Most boxes that are filled one by one."""


@dataclass(frozen=True)
class Boxes:
    """Boxes (first and last pixels, as `edges_of`) of which none lies on another, with the number of each."""

    edges: Edges
    numbers: NDArray[np.int64]


class FlatPicture:
    """Boxes by their numbers, those given later above those given before. Lines of pixels that are alike are kept
    once."""

    def __init__(self) -> None:
        self._asked: Hashable = None
        self._key: Hashable = None
        self._region, self._ratio = QRect(), 1
        self._numbers = np.zeros((0, 0), np.int64)
        self._line_of = np.zeros(0, np.int64)
        self._colors = np.zeros(0, np.uint32)
        self._pixels = np.zeros((0, 0), np.uint32)

    def ready(
        self, key: Hashable, shown: QRect, drawn: QRect, boxes: Callable[[], Sequence[Boxes]], ratio: int = 1
    ) -> bool:
        """Whether there is a picture of `boxes` that covers what is shown of all that is drawn, with `ratio` pixels for
        one of theirs at each side.

        It is made when the same `key` is asked for twice: while one zooms, each picture differs from the one before.
        """
        if key != self._asked:
            self._asked = key
            return False
        shown = shown & drawn
        if key != self._key or not self._region.contains(shown):
            region = shown.adjusted(-MARGIN_PX, -MARGIN_PX, MARGIN_PX, MARGIN_PX) & drawn
            if region.isEmpty() or region.width() * region.height() * ratio**2 > MOST_PIXELS:
                return False
            self._make(region, boxes(), ratio)
            self._key = key
        return True

    def paint(self, painter: QPainter, colors: Colors, by: tuple[int, int]) -> None:
        """Paint the picture, moved by whole pixels; `colors` by number, 0: what is beneath stays."""
        height, width = self._pixels.shape
        if not np.array_equal(colors, self._colors):
            self._colors = colors
            lines = colors.take(self._numbers, mode="clip")
            np.take(lines, self._line_of, axis=0, out=self._pixels, mode="clip")
        image = QImage(self._pixels.data, width, height, width * 4, QImage.Format.Format_ARGB32_Premultiplied)
        image.setDevicePixelRatio(self._ratio)
        painter.drawImage(self._region.topLeft() + QPoint(*by), image)

    def _make(self, region: QRect, parts: Sequence[Boxes], ratio: int) -> None:
        """Find the number of the uppermost box at each pixel."""
        self._region, self._ratio = region, ratio
        corner = np.array([region.x(), region.y()] * 2, np.int64)
        most = np.array([region.width(), region.height()] * 2, np.int64)
        ends = [np.clip(part.edges - corner + np.array([0, 0, 1, 1]), 0, most) for part in parts]
        marks = np.unique(np.concatenate([[0, region.height()], *(end[:, 1::2].ravel() for end in ends)]))
        self._line_of = np.repeat(np.arange(marks.size - 1), np.diff(marks))
        numbers = np.zeros((marks.size - 1, region.width()), np.int64)
        for part, end in zip(parts, ends):
            lines = np.searchsorted(marks, end[:, 1::2])
            if end.shape[0] <= FEW:
                for (left, _, right, _), (top, bottom), number in zip(end.tolist(), lines.tolist(), part.numbers):
                    numbers[top:bottom, left:right] = number
                continue
            whose, line = _run(lines[:, 1] - lines[:, 0])
            wide = np.maximum(end[:, 2] - end[:, 0], 0)[whose]
            spans, column = _run(wide)
            starts = (lines[:, 0][whose] + line) * region.width() + end[:, 0][whose]
            numbers.ravel()[starts[spans] + column] = part.numbers[whose][spans]
        self._numbers, self._line_of = np.repeat(numbers, ratio, axis=1), np.repeat(self._line_of, ratio)
        self._colors = np.zeros(0, np.uint32)
        self._pixels = np.empty((region.height() * ratio, region.width() * ratio), np.uint32)


def _run(lengths: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """For runs of some lengths, one after the other: whose each item is, and the how manieth of its run."""
    lengths = np.maximum(lengths, 0)
    whose = np.repeat(np.arange(lengths.size), lengths)
    return whose, np.arange(whose.size) - np.repeat(np.cumsum(lengths) - lengths, lengths)
