"""A page of the manual with a list at its left: how wide and high, and what of it has the searched words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from PySide6.QtWidgets import QHBoxLayout, QLayout, QListWidget, QWidget


def stand_beside(page: QWidget, chosen: QListWidget, right: QLayout) -> None:
    """Lay out a page: its list, and what it shows of the chosen row."""
    row = QHBoxLayout(page)
    row.setContentsMargins(0, 8, 0, 0)
    row.setSpacing(12)
    row.addWidget(chosen)
    row.addLayout(right, 1)
    chosen.setCurrentRow(0)


def narrowed(chosen: QListWidget, texts: Iterable[str], words: Sequence[str]) -> int:
    """Hide the rows whose texts have not all words; return how many remain. One of them is the current one."""
    fitting = []
    for n, text in enumerate(texts):
        fits = all(word in text.lower() for word in words)
        chosen.item(n).setHidden(not fits)
        fitting += [n] * fits
    if fitting and chosen.currentRow() not in fitting:
        chosen.setCurrentRow(fitting[0])
    return len(fitting)
