"""What a test holds pressed at its end is let go: the next one finds no key and no button down."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QTableWidget, QWidget
from pytestqt.qtbot import QtBot

HELD = (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier)


@pytest.mark.parametrize("held", [*HELD, Qt.KeyboardModifier.NoModifier])
def test_that_no_key_is_held_by_the_test_before(qtbot: QtBot, held: Qt.KeyboardModifier) -> None:
    assert QGuiApplication.keyboardModifiers() == Qt.KeyboardModifier.NoModifier
    assert QGuiApplication.mouseButtons() == Qt.MouseButton.NoButton
    table = QTableWidget(9, 2)
    qtbot.addWidget(table)
    table.selectRow(4)
    assert [index.row() for index in table.selectionModel().selectedRows()] == [4]
    widget = QWidget()
    qtbot.addWidget(widget)
    widget.show()
    QTest.mousePress(widget, Qt.MouseButton.LeftButton, held)
    assert QGuiApplication.keyboardModifiers() == held
