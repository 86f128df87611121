"""Several designs open beside each other: each in a window, and a process, of its own."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

import pytest

from designer.store.file import project_file
from designer.store.working.lock import holder_of, is_dead
from designer.ui.files.windows import open_window
from tests.waiting import until


def test_that_a_design_opens_in_another_window_and_holds_its_file(
    session: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "other.clouddesign"
    project_file.save(path, session.project.rows())
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    lock = path.with_name(f".{path.name}.lock")
    pid = open_window(session, path)
    assert pid
    try:
        until(lambda: holder_of(lock).pid == pid)
    finally:
        os.kill(pid, signal.SIGTERM)
    until(lambda: is_dead(lock))
