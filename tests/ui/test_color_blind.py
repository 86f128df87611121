"""Colors that mean something are told apart by eyes without red, green or blue cones, or differ in shape as well."""

from __future__ import annotations

from itertools import combinations, pairwise

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtGui import QColor

from designer.study.frames import ElementState
from designer.ui.canvas.paint.cells import running_color
from designer.ui.canvas.paint.glyphs import GRIDS, LOW_GRIDS
from designer.ui.parts.theme import Theme, tokens

F = NDArray[np.float64]

SIGHTS = {
    "usual": np.eye(3),
    "protan": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deutan": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritan": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}
"""What is seen of linear RGB (Machado, Oliveira and Fernandes 2009, severity 1)."""
TO_LMS = np.array([[0.4122214708, 0.5363325363, 0.0514459929], [0.2119034982, 0.6806995451, 0.1073969566],
                   [0.0883024619, 0.2817188376, 0.6299787005]])  # fmt: skip
TO_LAB = np.array([[0.2104542553, 0.7936177850, -0.0040720468], [1.9779984951, -2.4285922050, 0.4505937099],
                   [0.0259040371, 0.7827717662, -0.8086757660]])  # fmt: skip
"""OKLab (Ottosson 2020)."""


def seen(color: QColor, sight: str) -> F:
    """A color in OKLab, as some eyes see it."""
    rgb = np.array(color.getRgbF()[:3])  # type: ignore[index]
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    linear = np.clip(np.array(SIGHTS[sight]) @ linear, 0.0, 1.0)
    lab: F = TO_LAB @ np.cbrt(TO_LMS @ linear)
    return lab


def distance(one: QColor, other: QColor, sight: str) -> float:
    return float(np.linalg.norm(seen(one, sight) - seen(other, sight)))


@pytest.mark.parametrize(("sight", "least"), [("usual", 0.06), ("protan", 0.04), ("deutan", 0.055), ("tritan", 0.045)])
def test_that_neighboring_stops_of_the_heat_are_told_apart(sight: str, least: float) -> None:
    stops = [QColor(text) for text in tokens()["heat"]["stops"]]
    assert min(distance(a, b, sight) for a, b in pairwise(stops)) >= least


@pytest.mark.parametrize("sight", [name for name in SIGHTS if name != "tritan"])
def test_that_the_heat_grows_lighter_for_all_eyes(sight: str) -> None:
    light = [seen(QColor(text), sight)[0] for text in tokens()["heat"]["stops"]]
    assert all(a < b for a, b in pairwise(light))


@pytest.mark.parametrize("mode", ["light", "dark"])
@pytest.mark.parametrize("sight", SIGHTS)
def test_that_a_notch_is_seen_on_every_heat_by_its_edge_where_not_by_its_color(
    qapp: object, mode: str, sight: str
) -> None:
    theme = Theme(mode)
    edge, notch = theme.color("container"), theme.color("overload")
    assert distance(notch, edge, sight) >= 0.25
    for n in range(0, 101, 5):
        heat = theme.heat(n / 100)
        assert max(distance(notch, heat, sight), distance(edge, heat, sight)) >= 0.15


@pytest.mark.parametrize("mode", ["light", "dark"])
@pytest.mark.parametrize("sight", SIGHTS)
def test_that_what_runs_and_what_failed_differ_also_where_cells_have_no_room_for_a_shape(
    qapp: object, mode: str, sight: str
) -> None:
    theme = Theme(mode)
    assert distance(running_color(theme), theme.state("failed"), sight) >= 0.1


def test_that_states_whose_colors_some_eyes_confuse_have_other_silhouettes(qapp: object) -> None:
    states = [state for state in ElementState if state not in (ElementState.RUNNING, ElementState.REFUSED)]
    confused = {
        (one, other)
        for mode in ("light", "dark")
        for sight in SIGHTS
        for one, other in combinations(states, 2)
        if distance(Theme(mode).state(one), Theme(mode).state(other), sight) < 0.06
    }
    assert (ElementState.RESTARTING, ElementState.MAINTENANCE) in confused
    for one, other in confused:
        assert GRIDS[one] != GRIDS[other]
        assert LOW_GRIDS[one] != LOW_GRIDS[other]
