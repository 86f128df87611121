"""Random numbers that can be replayed: Philox 4x64-10 keyed by (element id, seed, purpose), read by counter.

A number depends only on its key and counter, so a new element changes no other numbers, and any moment can be computed
again alone. The generator is that of Salmon et al., "Parallel random numbers: as easy as 1, 2, 3" (SC11); equal, word
for word, to numpy's `Philox`.
"""

from __future__ import annotations

import math

import numpy as np

from designer.engine.compiled import brief_door, high, part

DEMAND = 1
"""Purpose: the noise of a day curve."""
CHOICE = 5
"""Purpose: which VM a balancer moves by chance."""
GENERATOR = 6
"""Purpose: whether a generator starts."""

_M0 = np.uint64(0xD2E7470EE14C6C93)
_M1 = np.uint64(0xCA5A826395121157)
_W0 = np.uint64(0x9E3779B97F4A7C15)
_W1 = np.uint64(0xBB67AE8584CAA73B)
_SHIFT = np.uint64(11)
_UNIT = 1.0 / 9007199254740992.0


def key(seed: int, purpose: int) -> np.uint64:
    """The second key word; the first is the element's id."""
    return np.uint64((purpose << 32 | seed) & 0xFFFFFFFFFFFFFFFF)


def unit(word: np.uint64) -> float:
    """A number from 0 to below 1 of a random word."""
    return float(word >> _SHIFT) * _UNIT


@part
def words(key0: np.uint64, key1: np.uint64, counter0: np.uint64, counter1: np.uint64) -> tuple:  # type: ignore[type-arg]
    """Four random 64-bit words of a key at a counter (counter0 = step, counter1 = replica)."""
    c0, c1, c2, c3 = counter0, counter1, np.uint64(0), np.uint64(0)
    for _ in range(10):
        h0, l0 = high(_M0, c0), _M0 * c0
        h1, l1 = high(_M1, c2), _M1 * c2
        c0, c1, c2, c3 = h1 ^ c1 ^ key0, l1, h0 ^ c3 ^ key1, l0
        key0 += _W0
        key1 += _W1
    return c0, c1, c2, c3


@brief_door
def draw_words(key0: np.uint64, key1: np.uint64, counter0: np.uint64, counter1: np.uint64) -> tuple:  # type: ignore[type-arg]
    """`words`, for Python."""
    return words(key0, key1, counter0, counter1)


@part
def normal(key0: np.uint64, key1: np.uint64, counter0: np.uint64) -> float:
    """A standard normal number (Box and Muller) of a key at a counter."""
    w0, w1, _, _ = words(key0, key1, counter0, np.uint64(0))
    u = (float(w0 >> _SHIFT) + 1.0) * _UNIT
    v = float(w1 >> _SHIFT) * _UNIT
    return math.sqrt(-2.0 * math.log(u)) * math.cos(2.0 * math.pi * v)
