"""Who has a file open: living processes keep it, dead ones do not, and one is told who it is."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from designer.settings import state_dir
from designer.store.working.lock import Holder, Lock, Locked, holder_of, lock_file
from tests.copies import PIPE, Copy
from tests.waiting import HUNG_S

HOLD = """
import subprocess, sys
from pathlib import Path
from designer.store.working.lock import lock_file
lock = lock_file(Path(sys.argv[1]))
child = subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()"])
print(child.pid, flush=True)
sys.stdin.read()
"""


@contextmanager
def holding(path: Path) -> Iterator[tuple[Copy, int]]:
    """Another process that has a file open, and has started a process itself."""
    with Copy("-c", HOLD, path, stdin=PIPE, stdout=PIPE) as process:
        assert process.stdout is not None
        child = int(process.stdout.readline())
        try:
            yield process, child
        finally:
            process.kill()
            os.kill(child, signal.SIGKILL)


def test_that_a_living_process_is_named_and_never_robbed(tmp_path: Path) -> None:
    path = tmp_path / "d.clouddesign"
    with holding(path) as (process, _):
        os.utime(tmp_path / ".d.clouddesign.lock", (0, 0))
        for _ in range(3):
            with pytest.raises(Locked) as refused:
                lock_file(path)
        assert refused.value.holder.pid == process.pid
        assert refused.value.holder.host == socket.gethostname()
        assert str(refused.value) == (
            f"d.clouddesign is open in {refused.value.holder.program} (process {process.pid} on "
            f"{socket.gethostname()}). Close it there, or open it read-only here."
        )
        assert refused.value.holder.program.startswith("Cloud Designer ")


def test_that_a_dead_process_never_blocks_even_when_its_children_live(tmp_path: Path) -> None:
    path = tmp_path / "d.clouddesign"
    with holding(path) as (process, child):
        process.send_signal(signal.SIGKILL)
        process.wait(HUNG_S)
        os.kill(child, 0)
        lock = lock_file(path)
        assert holder_of(lock.path).pid == os.getpid()
        lock.release()
    assert list(tmp_path.iterdir()) == []


def test_that_one_process_opens_a_file_once(tmp_path: Path) -> None:
    path = tmp_path / "d.clouddesign"
    (tmp_path / "link.clouddesign").symlink_to(path)
    lock = lock_file(path)
    for way in (path, tmp_path / "link.clouddesign", tmp_path / "x" / ".." / path.name):
        with pytest.raises(Locked) as refused:
            lock_file(way)
        assert refused.value.holder.pid == os.getpid()
    lock.release()
    lock.release()
    again = lock_file(path)
    lock.release()
    with pytest.raises(Locked):
        lock_file(path)
    again.release()


def test_that_a_file_beside_which_nothing_can_be_put_is_locked_in_the_state_folder(tmp_path: Path) -> None:
    path = tmp_path / ("n" * 252)
    lock = lock_file(path)
    assert lock.path.parent == state_dir() / "locks"
    with pytest.raises(Locked):
        lock_file(path)
    lock.release()
    assert not lock.path.exists()


def test_that_locking_makes_no_folder(tmp_path: Path) -> None:
    lock = lock_file(tmp_path / "gone" / "d.clouddesign")
    lock.release()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("said", [b"", b"{", b"[]", b'{"pid": "x", "host": 1, "program": 2}', b"\xff" * 5000])
def test_that_an_unreadable_signature_is_another_program(tmp_path: Path, said: bytes) -> None:
    lock = Lock(tmp_path / "lock")
    lock.path.write_bytes(said)
    assert holder_of(lock.path) == Holder()
    with pytest.raises(Locked, match="is held by another program"):
        Lock(tmp_path / "lock")
    lock.release()


TAKE_TURNS = """
import sys, time
from pathlib import Path
from designer.store.working.lock import Lock, Locked
folder, turns = Path(sys.argv[1]), 0
while turns < 40:
    try:
        lock = Lock(folder / "lock")
    except Locked:
        continue
    (folder / "inside").touch(exist_ok=False)
    (folder / "inside").unlink()
    lock.release()
    turns += 1
"""


def test_that_no_two_processes_are_ever_inside(tmp_path: Path) -> None:
    running = [Copy("-c", TAKE_TURNS, tmp_path, stderr=PIPE) for _ in range(4)]
    for process in running:
        _, said = process.communicate(timeout=HUNG_S)
        assert process.returncode == 0, said
