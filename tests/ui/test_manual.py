"""The manual says of every kind what it is, where it stands and what it does."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from designer.catalog import KINDS
from designer.ui.manual import HEAD, ManualDialog, rows_of


def test_that_every_kind_has_its_row_with_what_it_does(project: Any) -> None:
    rows = {kind.name: texts for kind, texts in rows_of(project)}
    assert rows.keys() == KINDS.keys()
    for name, texts in rows.items():
        assert len(texts) == len(HEAD)
        assert len(texts[2]) > 30, name
    assert "zone" in rows["data_center"][1]
    assert "Member of service (service)" in rows["vm"][3]
    assert "Boot time: general knowledge of the field (C)" in rows["vm"][4]


@pytest.mark.parametrize("word", ["rack", "BOOT time", "nothing of that kind"])
def test_that_it_can_be_searched(qtbot: QtBot, project: Any, theme: Any, word: str) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    dialog = ManualDialog(project, theme, parent)
    dialog.open()
    qtbot.keyClicks(dialog.line, word)
    shown = [n for n in range(dialog.table.rowCount()) if not dialog.table.isRowHidden(n)]
    texts = [" ".join(texts).lower() for _, texts in rows_of(project)]
    assert shown == [n for n, text in enumerate(texts) if all(w in text for w in word.lower().split())]
    assert (len(shown) == 0) is word.startswith("nothing")
