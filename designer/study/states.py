"""The states of a run."""

from enum import IntEnum


class RunState(IntEnum):
    """The state of a run."""

    READY = 0
    STARTING = 1
    RUNNING = 2
    PAUSED = 3
    FINISHED = 4
    CANCELLED = 5
    FAILED = 6
