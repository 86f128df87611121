"""Random numbers: the generator is numpy's Philox, word for word, and depends on key and counter only."""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from designer.engine import chance
from designer.engine.compiled import DoorCompiler

WORD = st.integers(0, 2**64 - 1)


@given(WORD, WORD, WORD, WORD)
def test_that_words_are_those_of_numpy(key0: int, key1: int, counter0: int, counter1: int) -> None:
    before = (counter0 + (counter1 << 64) - 1) % 2**256  # numpy counts up before it draws
    words = np.array([(before >> (64 * n)) & (2**64 - 1) for n in range(4)], np.uint64)
    theirs = np.random.Philox(key=np.array([key0, key1], np.uint64), counter=words)
    ours = chance.draw_words(np.uint64(key0), np.uint64(key1), np.uint64(counter0), np.uint64(counter1))
    assert [int(word) for word in ours] == theirs.random_raw(4).tolist()


def test_that_normal_numbers_are_normal() -> None:
    key1 = chance.key(1, chance.DEMAND)
    draw: Any = numba.njit(pipeline_class=DoorCompiler)(lambda n: chance.normal(np.uint64(77), key1, np.uint64(n)))
    drawn = np.array([draw(n) for n in range(100_000)])
    assert abs(drawn.mean()) < 4 / np.sqrt(drawn.size)
    assert abs(drawn.var() - 1) < 4 * np.sqrt(2 / drawn.size)
    assert abs((drawn**3).mean()) < 4 * np.sqrt(15 / drawn.size)
    assert abs((drawn[1:] * drawn[:-1]).mean()) < 4 / np.sqrt(drawn.size)
    assert abs((np.abs(drawn) < 1.96).mean() - 0.95) < 0.003


def test_that_a_seed_and_a_purpose_make_another_key() -> None:
    keys = {int(chance.key(seed, purpose)) for seed in (0, 1, 2**32 - 1) for purpose in (1, 2, 3)}
    assert len(keys) == 9
