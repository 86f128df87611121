"""Receipts in the window: saved after a run, played again, and compared."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from designer.commands import edit
from designer.results.receipt import read_receipt
from designer.study.headless import run_headless
from designer.study.states import RunState
from designer.ui.run.scenarios import receipts
from designer.ui.shell.window import Window

BAD = (
    ("cloud-designer-receipt", "another", "This file is no receipt of Cloud Designer."),
    ('"until_s": 1800.0', '"until_s": 1e13', "recording steps for 4 places are too many to keep"),
    ('"until_s": 1800.0', '"until_s": NaN', "The run's length must be above 0 s"),
    ('"what": "fail"', '"what": "sing"', "not “sing”"),
    ('"seed": 1', '"seed": -1', "The seed must be a whole number"),
    ('"seed": 1', '"seed": 1.5', "This receipt is damaged."),
)
"""What is written in place of what, and what is said of it then."""


def test_that_a_receipt_is_saved_and_played_again_and_tells_another_design(
    run_window: Window, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    window, session, path = run_window, run_window.session, tmp_path / "a.receipt.json"
    project, said = run_window.session.project, run_window.message
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
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(path).removesuffix(receipts.END), ""))
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(path), ""))
    window.actions["run.save_receipt"].trigger()
    path_text = path.read_text("utf-8")
    told = read_receipt(path_text.encode())
    assert [(e.what, e.id) for e in told.events] == [("fail", host)] and told.digest == first.digest
    again = run_headless(project, until_s=told.until_s, seed=told.seed, events=told.events)
    assert again.digest == told.digest

    window.actions["run.play_receipt"].trigger()
    qtbot.waitUntil(lambda: said.last.startswith("The same, bit for bit: digest "))
    assert session.run is not first and session.run is not None and session.run.requests == told.events
    edit.change(project, [host], {"ram_mib": 4096.0})
    window.actions["run.play_receipt"].trigger()
    qtbot.waitUntil(lambda: "The design is not the one of the receipt" in said.last)
    begun = session.run
    for there, instead, answer in BAD:
        assert there in path_text
        path.write_text(path_text.replace(there, instead))
        window.actions["run.play_receipt"].trigger()
        assert session.run is begun and answer in said.last
    path.write_bytes(b"\xff" + path_text.encode())
    window.actions["run.play_receipt"].trigger()
    assert session.run is begun and said.last == "This file is no receipt of Cloud Designer."
    path.write_text(path_text)
    session.do(edit.delete, session.project, [host])
    session.flush()
    window.actions["run.play_receipt"].trigger()
    title = session.project.root.name
    assert said.last == f"The receipt is of another design ({title}): 1 of its events hits what is not in this one."


def _is_over(run: Any) -> bool:
    return run.state is RunState.FINISHED and bool(run.digest)
