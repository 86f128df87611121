"""Frames in a mapped file: what was read stays as it is, and a moment with the same arrays is the same frame, later."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from designer.engine import Constant, Host, Simulation, Spec, Vm
from designer.study.frame_file import FrameFile, ids_of


def test_that_a_frame_that_was_read_stays_and_a_later_one_of_the_same_tick_is_that_frame(tmp_path: Path) -> None:
    vms = [Vm(n, 9, 1, 1000.0, 1.0, Constant(0.1 * n)) for n in (1, 2, 3)]
    run = Simulation(Spec(hosts=[Host(9, 0, 4, 1000.0, 4096.0)], vms=vms, until_s=3600.0))
    ids, count = ids_of(run.spec)
    written = FrameFile(tmp_path / "frames", ids, count, create=True)
    seen = FrameFile(tmp_path / "frames", ids, count)
    assert seen.read() is None
    run.advance(10.0)
    moment = run.moment()
    written.write(moment)
    first = seen.read()
    assert first is not None
    assert first.time_s == 10.0
    assert first.heat[:3].tolist() == np.float32([0.1, 0.2, 0.3]).tolist()
    assert seen.later(first, seen.newest) is None
    run.advance(20.0)
    written.write(run.moment())
    assert seen.newest == 1
    later = seen.later(first, 1)
    assert later is not None
    assert (later.time_s, later.heat is first.heat) == (20.0, True)
    for number, load in ((2, 0.5), (3, 0.7)):
        written.write(replace(moment, heat=np.full(ids.size, load, np.float32)))
        assert seen.newest == number
        assert seen.later(first, 1) is None
    assert first.heat[:3].tolist() == np.float32([0.1, 0.2, 0.3]).tolist()
    newest = seen.read()
    assert newest is not None
    assert newest.heat[0] == np.float32(0.7)
