"""Aims in milliseconds as ratios: beside a bare pass over 20,000 rows in the same process, so that they are the same on
slow and fast machines."""

from __future__ import annotations

import time
from statistics import median
from typing import Any

import numpy as np

ROWS, REPEATS = 20_000, 15
USUAL_PASS_MS = 3.0
"""How long the pass takes on the machine for which the aims were set."""
SIDES = ("x", "y", "w", "h")


def bare_pass_ms() -> float:
    """The middle CPU milliseconds of reading the boxes of 20,000 rows in Python and sorting them by numpy."""
    rows = [{name: float(n * 7919 % 10_007 + k) for k, name in enumerate(SIDES)} for n in range(ROWS)]
    took = []
    for _ in range(REPEATS):
        began = time.process_time()
        boxes = np.array([[row["x"], row["y"], row["w"], row["h"]] for row in rows])
        np.lexsort((boxes[:, 1], boxes[:, 0]))
        took.append((time.process_time() - began) * 1000)
    return median(took)


def beside_a_pass(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows; those with an aim in milliseconds, or seconds, have it as a ratio to the bare pass."""
    one = bare_pass_ms()
    for row in rows:
        sign, _, most = str(row.get("aim", "")).partition(" ")
        in_ms = 1000.0 if row["unit"].endswith(" s") or row["unit"] == "s" else 1.0 if row["unit"] == "ms" else 0.0
        if sign != "<=" or not in_ms or most.endswith("x") or "/" in most:
            continue
        aim_ms = float(most.split()[0]) * (1000.0 if most.endswith(" s") else 1.0)
        row.update(beside="a bare pass", beside_value=one / in_ms, ratio=row["value"] * in_ms / one,
                   aim=f"<= {aim_ms / USUAL_PASS_MS:.3g}x")  # fmt: skip
    return rows
