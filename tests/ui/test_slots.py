"""What a slot raises is reported as what a paint or an event raises: in one hook, and the program goes on."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QPainter, QPixmap
from PySide6.QtWidgets import QApplication, QPushButton

from designer.ui.parts.guard import hook, paint_part


class BrokenError(Exception):
    """What our slots raise here."""


@pytest.fixture
def reported(monkeypatch: pytest.MonkeyPatch) -> list[type[BaseException]]:
    """The faults that reached the excepthook."""
    faults: list[type[BaseException]] = []
    monkeypatch.setattr(sys, "excepthook", hook(lambda kind, error, trace: faults.append(kind)))
    return faults


class Told(QObject):
    """Has a signal, and slots of every sort that fail."""

    said = Signal(int)

    def method(self, number: int) -> None:
        """Fail."""
        raise BrokenError

    @Slot(int)
    def declared(self, number: int) -> None:
        """Fail, known to Qt."""
        raise BrokenError

    def painting(self, number: int) -> None:
        """Fail with a painter on a picture."""
        self.picture = QPixmap(8, 8)
        self.painter = painter = QPainter(self.picture)
        assert painter.isActive()
        raise BrokenError


def plain(*_: Any) -> None:
    """Fail."""
    raise BrokenError


SLOTS: dict[str, Callable[[Told], Callable[..., Any]]] = {
    "method": lambda told: told.method,
    "declared": lambda told: told.declared,
    "painting": lambda told: told.painting,
    "function": lambda told: plain,
    "partial": lambda told: partial(plain, 1),
    "lambda": lambda told: lambda number: plain(),
}


@pytest.mark.parametrize("way", [Qt.ConnectionType.DirectConnection, Qt.ConnectionType.QueuedConnection])
@pytest.mark.parametrize("sort", SLOTS)
def test_that_a_slot_that_fails_is_reported_and_the_others_are_called(
    qapp: QApplication, reported: list[type[BaseException]], sort: str, way: Qt.ConnectionType
) -> None:
    told, heard = Told(), list[int]()
    told.said.connect(SLOTS[sort](told), way)
    told.said.connect(heard.append, way)
    told.said.emit(7)
    qapp.processEvents()
    assert reported == [BrokenError]
    assert heard == [7]
    if sort == "painting":
        assert not told.painter.isActive()
    assert getattr(sys, "last_traceback", None) is None


def test_that_a_slot_of_a_button_a_timer_and_a_loop_within_a_slot_is_reported(
    qapp: QApplication, reported: list[type[BaseException]]
) -> None:
    def until_there_are(faults: int) -> None:
        for _ in range(10_000):
            if len(reported) < faults:
                qapp.processEvents()

    button = QPushButton()
    button.clicked.connect(plain)
    button.click()
    assert len(reported) == 1
    QTimer.singleShot(0, plain)
    until_there_are(2)
    button.clicked.disconnect()

    def within() -> None:
        QTimer.singleShot(0, plain)
        until_there_are(3)

    button.clicked.connect(within)
    button.click()
    assert reported == [BrokenError] * 3


def test_that_a_painter_that_was_given_is_not_ended_by_the_hook(
    qapp: QApplication, reported: list[type[BaseException]]
) -> None:
    picture = QPixmap(20, 20)
    painter = QPainter(picture)
    paint_part(painter, plain)
    assert painter.isActive()
    assert reported == [BrokenError]
    painter.end()
