"""The dialog of the collapse map: it works the map out beside the window, and says what it cannot."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from designer.commands import edit
from designer.model.element import ROOT_ID
from designer.study.collapse import CollapseMap
from designer.ui.run.collapse_dialog import CollapseDialog, MapView, in_words


@pytest.fixture
def parent(qtbot: QtBot, theme: Any) -> Iterator[QWidget]:
    made = QWidget()
    qtbot.addWidget(made)
    yield made


@pytest.fixture
def shop(session: Any) -> Any:
    """A service of 1,000 requests a second whose clients give up after half a second."""
    project = session.project
    edit.change(project, [ROOT_ID], {"until_h": 1.0})
    zone = edit.place(project, "zone", edit.place(project, "region"))
    vm = edit.place(project, "vm", zone, vcpus=1, mhz=1000.0)
    service = edit.place(project, "service", name="shop", rate_rps=700.0, work_mhz_s=1.0, timeout_s=0.5,
                         waiting_most=1_000_000, backoff_s=0.0)  # fmt: skip
    edit.connect(project, "member", vm, service)
    session.flush()
    return session


def test_that_the_map_says_where_a_service_never_recovers(shop: Any, theme: Any, parent: QWidget) -> None:
    dialog = CollapseDialog(shop, theme, parent)
    assert dialog.service.currentText() == "shop"
    dialog.work_out()
    made = dialog.view.shown
    assert made is not None
    assert np.isfinite(made.recovery_s[0]).all()
    assert np.isinf(made.recovery_s[3, 6])
    assert dialog.view.accessibleName() == (
        "It never recovers with 1 retry at 50% to 99% load, with 2 retries at 40% to 99% load, with 3 retries at "
        "40% to 99% load, with 4 retries at 40% to 99% load, with 5 retries at 40% to 99% load."
    )
    assert dialog.said.text() == dialog.view.accessibleName()
    dialog.show()
    assert dialog.said.height() >= dialog.said.heightForWidth(dialog.said.width())
    assert not dialog.said.geometry().intersects(dialog.view.geometry())


def test_that_a_service_without_timeout_is_refused_with_the_reason(shop: Any, theme: Any, parent: QWidget) -> None:
    service = next(iter(shop.project.of_kind("service")))
    edit.change(shop.project, [service.id], {"timeout_s": 0.0})
    dialog = CollapseDialog(shop, theme, parent)
    dialog.work_out()
    assert dialog.view.shown is None
    assert dialog.said.text() == (
        "Clients of shop never give up, so no retries follow a pause; give it a client timeout."
    )


def test_that_a_design_without_service_has_no_map(session: Any, theme: Any, parent: QWidget) -> None:
    dialog = CollapseDialog(session, theme, parent)
    assert not dialog.make.isEnabled()
    assert dialog.said.text() == "The design has no service."


def test_that_longer_recoveries_are_warmer_and_never_is_the_color_of_failure(theme: Any, parent: QWidget) -> None:
    view = MapView(theme, parent)
    colors = [view.color(seconds).name() for seconds in (0.0, 10.0, 600.0)]
    assert len(set(colors)) == 3
    assert view.color(float("inf")) == theme.state("failed")
    view.show_map(CollapseMap("shop", 1.0, 1000.0, (0.5,), (0,), np.array([[2.0]])))
    assert view.accessibleName() == "It recovers everywhere."


@pytest.mark.parametrize(
    ("never", "said"),
    [
        ([[0, 0, 0, 1]], "It never recovers with 1 retry at 90% load."),
        ([[1, 0, 1, 1]], "It never recovers with 1 retry at 10%, 70% to 90% load."),
        ([[1, 1, 1, 1]], "It never recovers with 1 retry at 10% to 90% load."),
    ],
)
def test_that_a_map_is_told_by_the_loads_at_which_a_service_never_recovers(never: list[list[int]], said: str) -> None:
    times = np.where(np.array(never), np.inf, 2.0)
    assert in_words(CollapseMap("shop", 1.0, 1000.0, (0.1, 0.4, 0.7, 0.9), (1,), times)) == said
