"""How many VMs migrate at each time of a run, read from its log."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from designer.study.story import LogRow


class MigrationCount:
    """Follows the log of a run; going on from the last reading reads only what is new."""

    def __init__(self) -> None:
        self._begin(())

    def _begin(self, log: Sequence[LogRow]) -> None:
        self._log, self._next = log, 0
        self._moving: set[int] = set()
        self._rows: list[tuple[float, int, int, int]] = [(0.0, 0, 0, 0)]

    def follow(self, log: Sequence[LogRow]) -> None:
        """Read what is new of a log, or another one from its beginning."""
        if log is not self._log or len(log) < self._next:
            self._begin(log)
        for row in log[self._next :]:
            if row.what in ("migrating", "migrated", "unmoved"):
                self._note(row)
        self._next = len(log)

    def _note(self, row: LogRow) -> None:
        _, _, arrived, ended = self._rows[-1]
        if row.what == "migrating":
            self._moving.update(row.ids)
        else:  # what did not begin is not moved, too
            over = self._moving.intersection(row.ids)
            self._moving -= over
            arrived += len(over) if row.what == "migrated" else 0
            ended += len(over) if row.what == "unmoved" else 0
        if row.time_s == self._rows[-1][0]:
            self._rows.pop()
        self._rows.append((row.time_s, len(self._moving), arrived, ended))

    def until(self, time_s: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Edges of the spans in which the number of VMs that migrate is the same, up to a time (n + 1), and the number
        in each (n).
        """
        rows = [row for row in self._rows if row[0] < time_s]
        times, counts = [row[0] for row in rows], [row[1] for row in rows]
        return np.array([*times, max(time_s, 0.0)]), np.array(counts, np.float64)

    def at(self, time_s: float) -> tuple[int, int, int]:
        """VMs that migrate at a time, that have arrived by then, and migrations that came to nothing."""
        last = (0.0, 0, 0, 0)
        for row in self._rows:
            if row[0] > time_s:
                break
            last = row
        return last[1:]
