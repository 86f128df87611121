"""The blast radius in a design of 20,000 VMs, beside one pass over its elements."""

from __future__ import annotations

import time
from statistics import median
from typing import Any

from designer.study.each.blast import NOT_FALLING, BlastIndex
from tests.checks.designs import large

TIMES = 5


def run() -> list[dict[str, Any]]:
    """Rows of the table."""
    project = large()
    began = time.process_time()
    index = BlastIndex(project)
    made_s = time.process_time() - began
    asked = [
        element.id
        for kind in ("region", "zone", "data_center", "power_feed", "rack", "switch", "host", "vm")
        for element in project.of_kind(kind)[:8]
        if kind not in NOT_FALLING
    ]

    def worst() -> float:
        spent = []
        for element_id in asked:
            began = time.process_time()
            index.radius(element_id)
            spent.append(time.process_time() - began)
        return max(spent)

    def bare() -> float:
        began = time.process_time()
        sum(element.__dict__["name"] != "" for element in project.elements.values())
        return time.process_time() - began

    value, beside = median(worst() for _ in range(TIMES)), median(bare() for _ in range(TIMES))
    vms = len(project.of_kind("vm"))
    return [{
        "name": f"blast radius, the slowest of {len(asked)}, {vms:,} VMs (index {made_s:.2f} s, once a change)",
        "value": value, "unit": "s", "aim": "<= 5 ms", "beside": "names of all elements read once",
        "beside_value": beside, "ratio": value / beside,
    }]  # fmt: skip
