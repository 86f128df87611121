"""Receipts in the window: saved after a run, played again, and compared."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

from pytestqt.qtbot import QtBot

from designer.commands import edit
from designer.results.receipt import read_receipt
from designer.study.headless import run_headless
from designer.study.states import RunState
from designer.ui.run.scenarios import receipts
from designer.ui.shell.window import Window


def test_that_a_receipt_is_saved_and_played_again_and_tells_another_design(
    run_window: Window, qtbot: QtBot, tmp_path: Path
) -> None:
    window, session, path = run_window, run_window.session, tmp_path / "a.receipt.json"
    context, project, said = window.context, run_window.session.project, run_window.message
    hall = edit.place(project, "data_center", edit.place(project, "zone", edit.place(project, "region")))
    host = edit.place(project, "host", hall, name="h")
    edit.place(project, "vm", host, name="v", load_frac=0.5)
    edit.change(project, [project.root.id], {"until_h": 0.5})
    session.flush()
    assert not window.actions["run.save_receipt"].isEnabled()
    window.control.speed = math.inf
    first: Any = window.control.start(paused=True)
    qtbot.waitUntil(lambda: first.state is RunState.PAUSED)
    window.control.fail([host])
    window.control.play()
    qtbot.waitUntil(lambda: _is_over(first))
    qtbot.waitUntil(lambda: window.actions["run.save_receipt"].isEnabled())
    receipts.save(context, path)
    told = read_receipt(path.read_text("utf-8"))
    assert [(e.what, e.id) for e in told.events] == [("fail", host)] and told.digest == first.digest
    again = run_headless(project, until_s=told.until_s, seed=told.seed, events=told.events)
    assert again.digest == told.digest

    receipts.play(context, path)
    qtbot.waitUntil(lambda: said.last.startswith("The same, bit for bit: digest "))
    assert session.run is not first and session.run is not None and session.run.requests == told.events
    edit.change(project, [host], {"ram_mib": 4096.0})
    receipts.play(context, path)
    qtbot.waitUntil(lambda: "The design is not the one of the receipt" in said.last)
    path.write_text("{}")
    assert receipts.play(context, path) is None and said.last == "This file is no receipt of Cloud Designer."


def _is_over(run: Any) -> bool:
    return run.state is RunState.FINISHED and bool(run.digest)
