"""Saved runs of older result versions: what they had under another name is found under that of today."""

from __future__ import annotations

import numpy as np

from designer.engine.result.older import lifted


def test_that_what_version_1_called_steal_stays_steal() -> None:
    old = {"asked": np.array([[5.0, 3.0]]), "allocated": np.array([[4.0, 3.0]]), "vm_short": np.array([7.0])}
    new = lifted(old, 1)
    assert new["steal"].tolist() == [[1.0, 0.0]]
    assert new["vm_steal"].tolist() == [7.0]
    assert [new[name].sum() for name in ("throttled", "overhead", "vm_throttled", "vm_overhead")] == [0.0] * 4
    assert "vm_short" not in new
    assert sorted(old) == ["allocated", "asked", "vm_short"]


def test_that_columns_of_today_are_left_as_they_are() -> None:
    columns = {"asked": np.ones((1, 1)), "allocated": np.zeros((1, 1)), "steal": np.full((1, 1), 0.5)}
    assert lifted(columns, 2)["steal"].tolist() == [[0.5]]


def test_that_a_damaged_run_without_columns_stays_without() -> None:
    assert lifted({}, 1) == {}
