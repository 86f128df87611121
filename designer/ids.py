"""Ids of elements, links and saved runs."""

from __future__ import annotations

import base64
import random
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

ROOT_ID = 1
"""The design itself: the root of the tree, always present."""


_bits: ContextVar[Callable[[int], int]] = ContextVar("bits", default=secrets.randbits)


def new_id() -> int:
    """A random 63-bit id, never 0 and never the root's."""
    bits = _bits.get()
    while True:
        value = bits(63)
        if value > ROOT_ID:
            return value


@contextmanager
def repeatable_ids(seed: str) -> Iterator[None]:
    """New ids of this thread come of a seed: the same work on copies of a design makes the same rows anywhere."""
    before = _bits.set(random.Random(seed).getrandbits)
    try:
        yield
    finally:
        _bits.reset(before)


def id_text(element_id: int) -> str:
    """An id as people see it: 13 letters and digits (base32)."""
    return base64.b32encode(element_id.to_bytes(8, "big")).decode().rstrip("=").lower()


def id_from_text(text: str) -> int | None:
    """The id that `id_text` shows as this text, or None."""
    try:
        return int.from_bytes(base64.b32decode(text.upper() + "=" * (-len(text) % 8)), "big")
    except ValueError:
        return None
