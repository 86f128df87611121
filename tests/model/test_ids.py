"""Ids are random: many are drawn at once, and no copy of a process draws those of another."""

from __future__ import annotations

import os

import pytest

from designer.ids import ROOT_ID, new_id


def test_that_ids_are_all_different_and_of_63_bits() -> None:
    ids = [new_id() for _ in range(20_000)]
    assert len(set(ids)) == len(ids)
    assert min(ids) > ROOT_ID and max(ids) < 1 << 63
    assert max(ids) > 1 << 62  # all bits are used: one in 10^6000 times they are not


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not copy processes")
def test_that_a_copy_of_the_process_makes_ids_of_its_own() -> None:
    new_id()
    read, write = os.pipe()
    copy = os.fork()
    if not copy:
        os.write(write, b"".join(new_id().to_bytes(8, "big") for _ in range(200)))
        os._exit(0)
    os.waitpid(copy, 0)
    drawn = os.read(read, 1600)
    theirs = {int.from_bytes(drawn[at : at + 8], "big") for at in range(0, 1600, 8)}
    for end in (read, write):
        os.close(end)
    assert len(theirs) == 200
    assert theirs.isdisjoint(new_id() for _ in range(400))
