"""Whether two runs, or two moments of them, are the same bit for bit."""

from __future__ import annotations

from typing import Any

import numpy as np

from designer.engine import Result


def same(one: Result, other: Result) -> None:
    """Both have told and recorded the same. Raises AssertionError that says what differs."""
    assert one.log == other.log
    for name, column in one.store.arrays.items():
        assert column[: one.filled].tobytes() == other.store.arrays[name][: other.filled].tobytes(), name
    assert one.digest() == other.digest()


def same_moment(one: Any, other: Any) -> None:
    """Both show the same. Raises AssertionError that names what differs."""
    for name, found in vars(one).items():
        assert np.array_equal(found, vars(other)[name], equal_nan=name not in ("ids", "vms")), name
