"""Which boxes of the drawing show the sign of a finding."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from designer.checks.check import SEVERITIES, Finding
from designer.checks.live import worst_by_element
from designer.ui.canvas.world.world import World

SIGN_PX, SMALLEST_PX = 13.0, 34.0
"""The side of a sign. A box narrower than the smallest sign has none; its container shows it."""


class FindingMarks:
    """The worst finding of each element."""

    def __init__(self) -> None:
        self.worst: dict[int, Finding] = {}

    def show(self, findings: Iterable[Finding]) -> None:
        """Mark these findings and no others."""
        self.worst = worst_by_element(findings)

    def rows(self, world: World, boxes: NDArray[np.float64]) -> dict[int, int]:
        """The rows that have a sign, with its severity (0: the worst); `boxes` are those of all rows, in pixels."""
        found: dict[int, int] = {}
        for element_id, finding in self.worst.items():
            row = world.row_of.get(element_id, -1)
            element = world.project.elements.get(element_id)
            if row < 0 and element is not None:
                row = world.row_of.get(element.parent, -1)
            while row >= 0 and boxes[row, 2] < SMALLEST_PX:
                row = int(world.parent[row])
            if row >= 0:
                severity = SEVERITIES.index(finding.severity)
                found[row] = min(found.get(row, severity), severity)
        return _not_overlapping(found, world, boxes)

    def words(self, element_id: int) -> str:
        """The text of an element's worst finding; empty without one."""
        finding = self.worst.get(element_id)
        return finding.text if finding is not None else ""


def _not_overlapping(found: dict[int, int], world: World, boxes: NDArray[np.float64]) -> dict[int, int]:
    """Signs that would lie on that of a container become one, the container's."""
    for row in sorted(found, reverse=True):
        above = int(world.parent[row])
        while above >= 0:
            corners = boxes[[row, above], :2] + boxes[[row, above], 2:] * (1.0, 0.0)
            if above in found and float(np.abs(corners[0] - corners[1]).max()) < SIGN_PX:
                found[above] = min(found[above], found.pop(row))
                break
            above = int(world.parent[above])
    return found
