"""How much memory an opening may take: a hard stop behind the sums that are judged before anything is read."""

from __future__ import annotations

import sys
from pathlib import Path

from designer.errors import FileError
from designer.store.file.faults import shown
from designer.words import tr

if sys.platform != "win32":
    import resource

MEMORY_LIMIT = 512 << 20
"""Most bytes that an opening may take above the design's own size."""
VALUE_BYTES = 80
"""Memory of one value in a row and in a column: its entry in both, and the number itself."""
_STATM = Path("/proc/self/statm")


class Budget:
    """Stops an opening whose process has grown by more than the design's own size and MEMORY_LIMIT.

    The own size is what the file holds in bytes, and VALUE_BYTES for each value. Memory that the process had left over
    is not seen, and on Windows none is: there the sums alone bound it.
    """

    def __init__(self, path: Path) -> None:
        self._path, self._own, self._began = path, 0, taken_bytes()

    def allow(self, file_bytes: int, values: int) -> None:
        """Allow the own size of a design, before its rows are read."""
        self._own = file_bytes + VALUE_BYTES * values

    def check(self) -> None:
        """Raise FileError where the opening has taken more than it may. Call it at least after each piece and step."""
        if taken_bytes() - self._began > self._own + MEMORY_LIMIT:
            raise FileError(
                tr(
                    "{0} was not opened: it takes {1} MiB of memory more than its design needs. It is damaged or "
                    "was made to do so. Look for a backup of it.",
                    shown(self._path.name),
                    MEMORY_LIMIT >> 20,
                )
            )


def taken_bytes() -> int:
    """The memory that this process has in use, or has had at most where the system says no more."""
    try:
        pages = int(_STATM.read_bytes().split()[1])
    except (OSError, ValueError, IndexError):
        pages = 0
    if sys.platform == "win32":
        return 0
    if pages:
        return pages * resource.getpagesize()
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most << 10
