"""What each row of a spec is: a data class with slots."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar, dataclass_transform

T = TypeVar("T")


@dataclass_transform(frozen_default=True)
def record(made: type[T]) -> type[T]:
    """A row of a spec: a data class with slots that nobody changes once it is made.

    The type checker holds that. A check while the program runs would take more than half of the time to make a row.
    """
    return dataclass(slots=True, unsafe_hash=True)(made)
