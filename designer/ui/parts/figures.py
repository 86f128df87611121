"""What a run knows of each element at the shown moment, by the names that a search uses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from designer.study.frames import ElementState, Frame
from designer.study.run import Run

PERCENT = {
    "cpu": "heat", "given": "used", "steal": "steal", "throttled": "throttled", "waiting": "waiting",
    "overhead": "overhead", "disk": "disk", "network": "wire",
}  # fmt: skip
"""Figures in percent, and the array of a frame that has each as a fraction."""


def figures_of(run: Run | None) -> Mapping[str, Mapping[int, Any]]:
    """Figures by name and element id: percentages, `power` in W, and the word of the `state`; none without a run."""
    frame = run.view.frame if run is not None else None
    return Figures(frame) if frame is not None else {}


class Figures(Mapping[str, Mapping[int, Any]]):
    """The figures of a frame; each is read when it is asked for."""

    def __init__(self, frame: Frame) -> None:
        self._frame = frame

    def __getitem__(self, name: str) -> Mapping[int, Any]:
        frame = self._frame
        if name == "state":
            words = [state.name.lower() for state in ElementState]
            return {i: words[state] for i, state in zip(frame.ids.tolist(), frame.state.tolist())}
        values = frame.power_w if name == "power" else getattr(frame, PERCENT[name]) * 100
        known = np.flatnonzero(~np.isnan(values))
        return dict(zip(frame.ids[known].tolist(), values[known].tolist()))

    def __iter__(self) -> Any:
        return iter((*PERCENT, "power", "state"))

    def __len__(self) -> int:
        return len(PERCENT) + 2
