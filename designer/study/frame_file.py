"""Frames between the engine process and the window: a mapped file with two slots and a sequence number.

The writer fills the older slot and then publishes it; a reader that was overtaken reads again. Neither waits.
"""

from __future__ import annotations

from dataclasses import replace
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
        self._written: Any = None
        """An array of the moment that was written last."""
        slot: list[Any] = [("number", "<i8"), ("time_s", "<f8")]
        slot += [(name, kind, (ids.size,)) for name, kind in _PER_ELEMENT]
        slot += [(name, kind, (vms,)) for name, kind in _PER_VM]
        layout = np.dtype([("head", _HEAD), ("slots", np.dtype(slot, align=True), (2,))])
        if create:
            partial = path.with_suffix(".new")
            self._shared = np.memmap(partial, layout, "w+", shape=(1,))[0]
            partial.replace(path)
        else:
            self._shared = np.memmap(path, layout, "r", shape=(1,))[0]

    def write(self, moment: Any) -> None:
        """Write a moment of the engine as the newest frame; one with the arrays of the last is that frame, later."""
        number = int(self._shared["head"]["newest"])
        if moment.heat is self._written:
            self._shared["slots"][number % 2]["time_s"] = moment.time_s
            return
        self._written, number = moment.heat, number + 1
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

    def later(self, frame: Frame, number: int) -> Frame | None:
        """A frame that was read, at the time that it shows now; None when it shows no other, or is not the newest."""
        time_s = float(self._shared["slots"][number % 2]["time_s"])
        return replace(frame, time_s=time_s) if time_s != frame.time_s and self.newest == number else None

    def read(self) -> Frame | None:
        """The newest frame, copied; None when the writer overtook the reader (ask again)."""
        number = self.newest
        slots = self._shared["slots"][number % 2 :][:1]
        if number == 0 or int(slots["number"][0]) != number:
            return None
        copied = slots.copy()[0]
        if int(slots["number"][0]) != number:
            return None
        arrays = {name: copied[name] for name, _ in (*_PER_ELEMENT, *_PER_VM)}
        return Frame(time_s=float(copied["time_s"]), ids=self.ids, vms=self.vms, **arrays)
