"""Ids of elements, links and saved runs."""

from __future__ import annotations

import base64
import os
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

ROOT_ID = 1
"""The design itself: the root of the tree, always present."""
_AT_ONCE = 128

_drawn: list[int] = []
"""Random 64-bit numbers of the system that were not used yet: it is asked for many at once."""
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_drawn.clear)  # a copy of this process draws its own


def _system_bits(bits: int) -> int:
    """Up to 64 random bits of the system."""
    while True:
        try:
            return _drawn.pop() >> (64 - bits)
        except IndexError:
            _drawn.extend(memoryview(os.urandom(8 * _AT_ONCE)).cast("Q"))


_bits: ContextVar[Callable[[int], int]] = ContextVar("bits", default=_system_bits)


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
