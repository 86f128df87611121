"""Frames between the engine process and the window: a mapped file with two slots and a sequence number.

The writer fills the older slot and then publishes it; a reader that was overtaken reads again. Neither waits.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from designer.engine.spec import Spec
from designer.engine.tables.tree import load_ids, units_of
from designer.study.frames import Frame

_HEAD = np.dtype([("newest", "<i8"), ("state", "<i8"), ("run_s", "<f8"), ("log", "<i8")])
_PER_ELEMENT = (
    ("heat", "<f4"),
    ("used", "<f4"),
    ("throttled", "<f4"),
    ("waiting", "<f4"),
    ("overhead", "<f4"),
    ("steal", "<f4"),
    ("power_w", "<f4"),
    ("disk", "<f4"),
    ("wire", "<f4"),
    ("granted", "<f4"),
    ("active", "<f4"),
    ("taken", "<f4"),
    ("temperature_c", "<f4"),
    ("memory_state", "u1"),
    ("state", "u1"),
    ("failed_root", "?"),
    ("failed_since_s", "<f8"),
)
_PER_VM = (("place", "<i8"), ("to", "<i8"), ("run_only", "?"))


def ids_of(spec: Spec) -> tuple[NDArray[np.int64], int]:
    """Ids of a frame's rows (VMs with the slots of groups, applications in VMs, hosts, domains) and how many precede
    the hosts."""
    rows, _ = load_ids(spec)
    return np.concatenate([np.array(rows, np.int64), units_of(spec)[0]]), len(rows)


class FrameFile:
    """The file of one run; the engine process makes it (`create`), the window reads it."""

    def __init__(self, path: Path, ids: NDArray[np.int64], vms: int, create: bool = False) -> None:
        self.ids, self.vms = ids, vms
        slot: list[Any] = [("number", "<i8"), ("time_s", "<f8")]
        slot += [(name, kind, (ids.size,)) for name, kind in _PER_ELEMENT]
        slot += [(name, kind, (vms,)) for name, kind in _PER_VM]
        layout = np.dtype([("head", _HEAD), ("slots", np.dtype(slot), (2,))])
        if create:
            partial = path.with_suffix(".new")
            self._shared = np.memmap(partial, layout, "w+", shape=(1,))[0]
            partial.replace(path)
        else:
            self._shared = np.memmap(path, layout, "r", shape=(1,))[0]

    def write(self, moment: Any) -> None:
        """Write a moment of the engine as the newest frame."""
        number = int(self._shared["head"]["newest"]) + 1
        slot = self._shared["slots"][number % 2]
        slot["number"] = -1
        slot["time_s"] = moment.time_s
        slot["state"][:] = moment.status
        for name, _ in (*_PER_ELEMENT, *_PER_VM):
            if name != "state":
                slot[name][:] = getattr(moment, name)
        slot["number"] = number
        self._shared["head"]["newest"] = number

    def tell(self, state: int, run_s: float, log: int) -> None:
        """Report the run: its state, how far it is, how many log entries there are."""
        head = self._shared["head"]
        head["state"], head["run_s"], head["log"] = state, run_s, log

    @property
    def newest(self) -> int:
        """Number of the newest frame; 0 without one."""
        return int(self._shared["head"]["newest"])

    @property
    def state(self) -> int:
        """The last reported state."""
        return int(self._shared["head"]["state"])

    @property
    def run_s(self) -> float:
        """How far the run is."""
        return float(self._shared["head"]["run_s"])

    def read(self) -> Frame | None:
        """The newest frame, copied; None when the writer overtook the reader (ask again)."""
        number = self.newest
        slot = self._shared["slots"][number % 2]
        if number == 0 or int(slot["number"]) != number:
            return None
        copied = {name: np.array(slot[name]) for name, _ in (*_PER_ELEMENT, *_PER_VM)}
        time_s = float(slot["time_s"])
        if int(slot["number"]) != number:
            return None
        return Frame(time_s=time_s, ids=self.ids, vms=self.vms, **copied)
