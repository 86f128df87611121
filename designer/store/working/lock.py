"""Locks of the operating system: a dead process blocks nobody; a living one keeps its lock and is named in it."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
import socket
import stat
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from designer import __version__
from designer.errors import FileError
from designer.foreign import json_of
from designer.settings import made_folder, state_dir
from designer.store.file.faults import shown
from designer.words import tr

if sys.platform != "win32":
    import fcntl

_READ = 2000


@dataclass(frozen=True)
class Holder:
    """Who holds a lock."""

    pid: int = 0
    host: str = ""
    program: str = ""

    def __str__(self) -> str:
        if not self.pid:
            return tr("another program")
        return tr("{0} (process {1} on {2})", shown(self.program, 60), self.pid, shown(self.host, 60))


class Locked(FileError):
    """Another program holds the lock; `holder` names it."""

    def __init__(self, sentence: str, holder: Holder) -> None:
        super().__init__(sentence)
        self.holder = holder


class Lock:
    """A lock that is held until `release`, or until the process ends."""

    def __init__(self, path: Path) -> None:
        """Take a lock by its own file. Raises Locked, or OSError where no lock can be: a file that is no lock is not
        written to."""
        self.path = path
        _check_ours(path)
        self._lock = FileLock(
            path, mode=0o666, blocking=False, thread_local=False, fallback_to_soft=False, on_acquired=_sign
        )
        try:
            self._lock.acquire()
        except Timeout:
            holder = holder_of(path)
            raise Locked(tr("{0} is held by {1}.", shown(path), holder), holder) from None
        self._file = _identity(path)

    @property
    def stands(self) -> bool:
        """Whether its file is the one that was locked; other programs cannot see a renamed or deleted one."""
        return self._file is not None and _identity(self.path) == self._file

    def release(self) -> None:
        """Release the lock and remove its file. A second call does nothing."""
        if self._lock.is_locked:
            with contextlib.suppress(OSError):  # while it is held: whoever waits sees that the file is gone
                if self.stands:
                    self.path.unlink()
            self._lock.release()


class DeadLock:
    """Replaces the lock of an ended program where nothing can be written; it holds nothing."""

    def release(self) -> None:
        """Do nothing."""


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _check_ours(path: Path) -> None:
    """Raise OSError where another file has the name of a lock; locking would overwrite it."""
    try:
        found = path.lstat()
    except FileNotFoundError:
        return
    if not stat.S_ISREG(found.st_mode) or found.st_nlink > 1:
        raise FileExistsError(errno.EEXIST, tr("another file has the name of the lock"))


def is_dead(path: Path) -> bool:
    """Whether nobody holds a lock that cannot be written (a read-only disk)."""
    if sys.platform == "win32":
        return False
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK)  # a pipe is not waited for
    except OSError:
        return not path.exists()
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    finally:
        os.close(handle)
    return True


def _sign(handle: int) -> None:
    mine = Holder(os.getpid(), socket.gethostname(), f"Cloud Designer {__version__}")
    with contextlib.suppress(OSError):  # a full disk: the lock holds without a name in it
        os.ftruncate(handle, 0)
        os.write(handle, json.dumps(asdict(mine)).encode())


def holder_of(path: Path) -> Holder:
    """The holder named in a lock's file."""
    try:
        with path.open("rb") as file:
            said = json_of(file.read(_READ))
        return Holder(int(said["pid"]), str(said["host"]), str(said["program"]))
    except (OSError, ValueError, TypeError, KeyError, OverflowError):
        return Holder()


class DocumentLock:
    """The lock of a user's file: of its name, and of the file itself, to which other names (hard links) lead too."""

    def __init__(self, path: Path, beside: DocumentLock | None = None) -> None:
        """Take it. `beside`: a lock held here, which may be that of another name of the same file.

        Raises Locked, or OSError where no lock can be.
        """
        self._target = Path(os.path.realpath(path))
        self._beside = beside
        self._by_name = _lock_by_name(self._target)
        self._same: Lock | None = None
        try:
            self._lock_by_identity()
        except BaseException:
            self._by_name.release()
            raise

    @property
    def path(self) -> Path:
        """The file of the lock by name."""
        return self._by_name.path

    @property
    def stands(self) -> bool:
        """Whether its file is the one that was locked; other programs cannot see a renamed or deleted one."""
        return self._by_name.stands

    def follow(self) -> None:
        """Lock what the name leads to now: a save, or another program, puts a new file in its place."""
        self._beside = None
        with contextlib.suppress(Locked, OSError):  # the name is locked
            self._lock_by_identity()

    def release(self) -> None:
        """Release it. A second call does nothing."""
        if self._same is not None:
            self._same.release()
        self._by_name.release()

    def _lock_by_identity(self) -> None:
        path = _path_by_identity(self._target)
        held = self._same
        if held is not None and held.path == path and held.stands:
            return
        if held is not None:
            held.release()
            self._same = None
        if path is not None and not (self._beside is not None and self._beside.has(path)):
            with contextlib.suppress(OSError):  # a state folder that cannot be written: the name is locked
                made_folder(path.parent)
                self._same = Lock(path)

    def has(self, path: Path) -> bool:
        """Whether it holds a lock by identity."""
        return self._same is not None and self._same.path == path


def lock_file(path: Path, beside: DocumentLock | None = None) -> DocumentLock:
    """Lock a user's file while it is open. `beside`: a lock held here, maybe of another name of the same file.

    Raises Locked, whose text names the file and its holder.
    """
    try:
        return DocumentLock(path, beside)
    except Locked as error:
        raise Locked(
            tr("{0} is open in {1}. Close it there, or open it read-only here.", shown(path.name), error.holder),
            error.holder,
        ) from None


def _lock_by_name(target: Path) -> Lock:
    """A lock hidden beside a file, or in the state folder where nothing can be put beside it."""
    try:
        if not target.parent.is_dir():
            raise NotADirectoryError  # FileLock would make it
        return Lock(target.with_name(f".{target.name}.lock"))
    except (OSError, ValueError):
        name = hashlib.sha256(os.fsencode(target)).hexdigest()[:32]
        return Lock(made_folder(state_dir() / "locks") / f"{name}.lock")


def _path_by_identity(target: Path) -> Path | None:
    """The lock of a file by its device and number there; None where there is no such file."""
    found = _identity(target)
    return state_dir() / "locks" / f"{found[0]:x}-{found[1]:x}.lock" if found is not None and found[1] else None
