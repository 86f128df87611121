"""How a run is."""

from enum import IntEnum


class RunState(IntEnum):
    """How a run is."""

    READY = 0
    STARTING = 1
    RUNNING = 2
    PAUSED = 3
    FINISHED = 4
    CANCELLED = 5
    FAILED = 6
