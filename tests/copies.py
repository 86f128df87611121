"""Programs for tests, as copies of a process that has imported Cloud Designer: a start costs little more than a fork.

A copy is a process like any other: with its own folder, environment and streams, killed by a signal, ended with an exit
code. What it starts by `multiprocessing`, as the engine's process, is a copy too. What a start from nothing does
(imports, the entry of `python -m`), and how an interpreter is taken down, is tested with real starts.
"""

from __future__ import annotations

import ast
import atexit
import contextlib
import ctypes
import fcntl
import io
import multiprocessing.resource_tracker
import multiprocessing.spawn
import os
import runpy
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import types
import weakref
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import IO, Any, NamedTuple, NoReturn, Self

from tests.waiting import HUNG_S

ROOT = Path(__file__).parent.parent
IMPORTED = (
    *("designer.app", "designer.catalog", "designer.cli", "designer.cli_check", "designer.cli_files"),
    *("designer.engine.simulation", "designer.study.run", "designer.ui.files.recovery_dialog", "designer.ui.run.lanes"),
    *("designer.ui.shell.session", "designer.ui.shell.window", "multiprocessing.popen_spawn_posix", "runpy"),
    *("multiprocessing.resource_tracker", "multiprocessing.spawn", "PySide6.QtTest", "tests.store.designs"),
)
NEW_MOUNTS, NEW_USERS = 0x0002_0000, 0x1000_0000
"""Flags of `unshare` (linux/sched.h)."""
LARGE_PAGE, COLLAPSE = 1 << 21, 25
"""Bytes of a large page, and what `madvise` is asked for (linux/mman.h)."""
MOST_FILES = 250
"""How many open files are handed on at most."""
PIPE, DEVNULL = subprocess.PIPE, subprocess.DEVNULL
SHARED = "DESIGNER_ORIGINAL"
"""The variable that names the folder of an original that another process has started."""


class Disk(NamedTuple):
    """A small disk: options of its mount, and the folder in which it is mounted."""

    options: str
    folder: str


class Copy:
    """A running copy, used as a `subprocess.Popen` whose streams are text. `argv` begins after the interpreter:
    `-c CODE`, `-m MODULE` or a path, and what the program is given. `disk`: one that it alone sees."""

    def __init__(
        self,
        *argv: object,
        env: Mapping[str, str] | None = None,
        cwd: Path = ROOT,
        stdin: int | IO[Any] | None = None,
        stdout: int | IO[Any] | None = None,
        stderr: int | IO[Any] | None = None,
        disk: Disk | None = None,
    ) -> None:
        self.returncode: int | None = None
        ours: list[int | None] = []
        theirs: list[int] = []
        opened: list[int] = []
        for number, stream in enumerate((stdin, stdout, stderr)):
            kept, given = None, number
            if stream == PIPE:
                reader, writer = os.pipe()
                kept, given = (writer, reader) if number == 0 else (reader, writer)
                opened.append(given)
            elif stream == DEVNULL:
                given = os.open(os.devnull, os.O_RDWR)
                opened.append(given)
            elif stream is not None:
                given = stream if isinstance(stream, int) else stream.fileno()
            ours.append(kept)
            theirs.append(given)
        door, given_env = _Original.of_this_process().door, dict(os.environ if env is None else env)
        self._told = _ask(door, theirs, argv=[*map(str, argv)], env=given_env, cwd=str(cwd), disk=disk and tuple(disk))
        for end in opened:
            os.close(end)
        self.pid = int(self._told.readline())
        self.stdin, self.stdout, self.stderr = (
            None if end is None else os.fdopen(end, "r" if number else "w", encoding="utf-8")
            for number, end in enumerate(ours)
        )
        self._lock = threading.Lock()

    def wait(self, timeout: float = HUNG_S) -> int:
        """Wait for its end and return its exit code, negative for a signal."""
        with self._lock:
            if self.returncode is None:
                watch = threading.Timer(timeout, self.kill)
                watch.start()
                line = self._told.readline()
                watch.cancel()
                watch.join()
                self._told.close()
                self.returncode = int(line)
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Send a signal, unless its end was waited for, or it has just come."""
        if self.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def kill(self) -> None:
        """Kill it."""
        self.send_signal(signal.SIGKILL)

    def communicate(self, timeout: float = HUNG_S) -> tuple[str, str]:
        """Close its input, wait for its end, and return what was left of its output and error stream."""
        said = ["", ""]

        def read(number: int, stream: IO[str]) -> None:
            said[number] = stream.read()

        readers = [
            threading.Thread(target=read, args=(number, stream))
            for number, stream in enumerate((self.stdout, self.stderr))
            if stream is not None
        ]
        for reader in readers:
            reader.start()
        if self.stdin is not None:
            self.stdin.close()
        self.wait(timeout)
        for reader in readers:
            reader.join(timeout)
        self._close()
        return said[0], said[1]

    def _close(self) -> None:
        for stream in (self.stdin, self.stdout, self.stderr):
            if stream is not None:
                with contextlib.suppress(BrokenPipeError):
                    stream.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._close()
        self.wait()


def run(
    *argv: object, env: Mapping[str, str] | None = None, cwd: Path = ROOT, disk: Disk | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a copy to its end; what it said and its exit code."""
    made = Copy(*argv, env=env, cwd=cwd, stdin=DEVNULL, stdout=PIPE, stderr=PIPE, disk=disk)
    out, err = made.communicate()
    assert made.returncode is not None
    return subprocess.CompletedProcess([*map(str, argv)], made.returncode, out, err)


@cache
def _answers() -> None:
    """Wait until copies can be made, however long all kernels take to compile: no test waits for them then."""
    run("-c", "")


@contextlib.contextmanager
def of_engines() -> Iterator[None]:
    """Let what this process starts by `multiprocessing` be copies, too, with all kernels; else each is a new process,
    which loads them."""
    usual = multiprocessing.spawn.get_executable()
    multiprocessing.resource_tracker.ensure_running()  # no copy: it lives on
    multiprocessing.set_executable(str(_Original.of_this_process().asker))
    _answers()
    yield
    multiprocessing.set_executable(os.fsdecode(usual))


def share() -> None:
    """Let the processes that this one starts have their copies of one original, too; it imports nothing until one of
    them asks."""
    os.environ[SHARED] = str(_Original.of_this_process().folder)


class _Original:
    """The process that has imported all; one for each process of the tests, or for all that share it. It begins when it
    is first asked for a copy."""

    _made: _Original | None = None

    def __init__(self, folder: str | None = None) -> None:
        self.folder = Path(folder or tempfile.mkdtemp(prefix="designer-copies-"))
        self.door = str(self.folder / "door")
        self.asker = self.folder / "ask.py"
        if folder is None:
            self._begin()

    def _begin(self) -> None:
        self.asker.write_text(f"#!{sys.executable} -SE\n{ASKER.replace('DOOR', repr(self.door))}")
        self.asker.chmod(0o700)
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(self.door)
            listener.listen()
            number = listener.fileno()
            command = [sys.executable, "-m", "tests.copies", str(number)]
            self._process = subprocess.Popen(command, cwd=ROOT, pass_fds=[number], stdin=PIPE)
        atexit.register(self._end)

    def _end(self) -> None:
        """Let it see that nobody can ask any more."""
        self._process.communicate()
        shutil.rmtree(self.folder, ignore_errors=True)

    @classmethod
    def of_this_process(cls) -> _Original:
        if cls._made is None:
            cls._made = cls(os.environ.get(SHARED))
        return cls._made


def _ask(door: str, streams: list[int], **asked: object) -> IO[str]:
    """Ask for a copy with these streams; a line of its process id and one of its exit code can be read."""
    ours = socket.socket(socket.AF_UNIX)
    ours.connect(door)
    socket.send_fds(ours, [b"c"], streams)
    ours.sendall(ascii({**asked, "asker": str(Path(door).with_name("ask.py"))}).encode() + b"\n")
    return os.fdopen(ours.detach(), encoding="utf-8")


ASKER = """
import posix, sys, _socket
given = []
for number in map(int, posix.listdir("/proc/self/fd")):
    try:
        posix.fstat(number)
    except OSError:
        continue
    if number > 2:
        given.append(number)
door = _socket.socket(_socket.AF_UNIX)
door.connect(DOOR)
files = b"".join(number.to_bytes(4, sys.byteorder) for number in (0, 1, 2, *given))
door.sendmsg([b"c"], [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, files)])
for number in given:
    posix.close(number)
argv = sys.argv[sys.argv.index("-c"):] if "--multiprocessing-fork" in sys.argv else sys.argv[1:]
asked = {"argv": argv, "env": posix.environ, "cwd": posix.getcwd(), "numbers": given, "asker": sys.argv[0]}
door.sendall(ascii(asked).encode() + b"\\n")
told = b""
while told.count(b"\\n") < 2:
    told += door.recv(64) or sys.exit(1)
code = int(told.split()[1])
if code < 0:
    posix.kill(posix.getpid(), -code)
sys.exit(code)
"""
"""A program that asks for a copy, hands on the files that it was given, and ends as the copy does; when it is killed,
so is the copy. It needs nothing but what the interpreter is built of, so it starts in a third of the time."""


def command(*argv: object) -> list[str]:
    """A command that other programs start, which becomes a copy."""
    return [str(_Original.of_this_process().asker), *map(str, argv)]


def _watch(listener: socket.socket) -> dict[str, Any]:
    """Serve in the original until nobody can ask any more; return in each copy with what it is asked to run. Each asker
    is told how its copy ends; the copy of one that does not listen any more is ended."""
    running: dict[int, tuple[int, socket.socket]] = {}
    asking = True
    while asking or running:
        answers = [answer for _, answer in running.values()]
        ready, _, _ = select.select([*([0, listener] if asking else []), *running, *answers], [], [])
        for ended, (pid, answer) in [*running.items()]:
            if ended in ready:
                _tell(answer, os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
                answer.close()
                os.close(ended)
                del running[ended]
            elif answer in ready:
                os.kill(pid, signal.SIGKILL)
        asking = asking and 0 not in ready
        if not asking or listener not in ready:
            continue
        answer, _ = listener.accept()
        _, streams, _, _ = socket.recv_fds(answer, 1, MOST_FILES)
        with answer.makefile() as line:
            text = line.readline()
        pid = os.fork() if text else 0
        if text and not pid:
            asked: dict[str, Any] = ast.literal_eval(text)
            for each in (listener, answer, *answers):
                each.close()
            for ended in running:
                os.close(ended)
            _place(streams, [0, 1, 2, *asked.get("numbers", ())])
            return asked
        for fd in streams:
            os.close(fd)
        if text:
            running[os.pidfd_open(pid)] = pid, answer
            _tell(answer, pid)
    os._exit(0)


def _tell(answer: socket.socket, number: int) -> None:
    """Tell who asked, if it still listens."""
    with contextlib.suppress(OSError):
        answer.sendall(b"%d\n" % number)


def _place(streams: list[int], numbers: list[int]) -> None:
    """Give open files the numbers that they have where they come from."""
    away = [fcntl.fcntl(fd, fcntl.F_DUPFD, max(numbers) + 1) for fd in streams]
    for fd in streams:
        os.close(fd)
    for fd, number in zip(away, numbers, strict=True):
        os.dup2(fd, number)
        os.close(fd)


def _become(asked: dict[str, Any]) -> None:
    """Take on folder, environment and streams."""
    os.environ.clear()
    os.environ.update({os.fsdecode(name): os.fsdecode(value) for name, value in asked["env"].items()})
    os.chdir(asked["cwd"])
    if asked.get("disk"):
        _mount(*asked["disk"])
    multiprocessing.set_executable(asked["asker"])
    signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored where a shell runs the tests in its background
    sys.stdin = io.TextIOWrapper(io.FileIO(0, closefd=False), "utf-8")
    sys.stdout = io.TextIOWrapper(io.FileIO(1, "w", closefd=False), "utf-8", write_through=True)
    sys.stderr = io.TextIOWrapper(io.FileIO(2, "w", closefd=False), "utf-8", "backslashreplace", write_through=True)
    sys.__stdin__, sys.__stdout__, sys.__stderr__ = sys.stdin, sys.stdout, sys.stderr


def _mount(options: str, folder: str) -> None:
    """Mount a disk in a folder, which nobody else sees. Who is not root may do so in a world of users of their own."""
    user, group = os.geteuid(), os.getegid()
    unshare = ctypes.CDLL(None, use_errno=True).unshare
    if unshare(NEW_MOUNTS) and unshare(NEW_MOUNTS | NEW_USERS):
        raise OSError(ctypes.get_errno(), "no disk may be mounted here")
    if os.geteuid() != user:
        for name, text in (("setgroups", "deny"), ("uid_map", f"0 {user} 1"), ("gid_map", f"0 {group} 1")):
            Path("/proc/self", name).write_text(text)
    subprocess.run(["mount", "--make-rprivate", "/"], check=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", folder], check=True)


def warm() -> None:
    """Do before copies are made what each would do for itself: imports, and all that a process makes once (checks of
    rows, tables, reference data, kernels)."""
    import gc
    from importlib import import_module

    for name in IMPORTED:
        import_module(name)
    from designer.catalog import KINDS, LINKS
    from designer.catalog.presets.blueprints import blueprints
    from designer.engine import simulate
    from designer.engine.warm import warm_in_steps
    from designer.model.project import Project
    from designer.store.file import project_file
    from designer.study.build import build
    from designer.ui.actions.late import LATE
    from designer.ui.start.thumbnails import linked

    for name, _ in sorted(LATE):
        import_module(name)
    for blueprint in blueprints().values():
        linked(blueprint.text, blueprint.title)
    stored = project_file.load(ROOT / "resources" / "examples" / "web-shop.clouddesign")
    simulate(build(Project(KINDS, LINKS, stored.rows), until_s=3600.0))
    for _ in warm_in_steps(alone=True):
        pass
    assert threading.active_count() == 1, "a copy has no thread but its own"
    # What ends the original need not be done by each copy: it touches most of what they share.
    weakref.finalize._registry.clear()  # type: ignore[attr-defined]
    atexit.unregister(getattr(import_module("PySide6.QtCore"), "__moduleShutdown"))
    gc.collect()
    gc.freeze()
    frozen = gc.get_freeze_count()
    gc.get_freeze_count = lambda: frozen  # the collector visits each object to count them, at each edit of a copy
    _in_large_pages()


def _in_large_pages() -> None:
    """Let the system keep this process in pages of 2 MiB, where it can: a copy begins with a table of them."""
    madvise = ctypes.CDLL(None).madvise
    for line in Path("/proc/self/maps").read_text().splitlines():
        where, access, _, _, inode, *_name = line.split(maxsplit=5)
        begin, end = (int(each, 16) for each in where.split("-"))
        begin, end = -(-begin // LARGE_PAGE) * LARGE_PAGE, end // LARGE_PAGE * LARGE_PAGE
        if inode == "0" and access.startswith("rw") and begin < end:
            madvise(ctypes.c_void_p(begin), ctypes.c_size_t(end - begin), COLLAPSE)


def _prepare() -> socket.socket:
    listener = socket.socket(fileno=int(sys.argv[1]))
    asked, _, _ = select.select([0, listener], [], [])
    if listener not in asked:
        sys.exit()  # nobody has asked, or can any more
    warm()
    _share_tracker()
    return listener


def _share_tracker() -> None:
    """Let all copies have the same process that tidies up after them: none of them makes anything to be tidied up.
    Its pipe has a number that no file has that is handed on."""
    tracker = multiprocessing.resource_tracker._resource_tracker
    tracker.ensure_running()
    given = tracker._fd
    assert given is not None
    tracker._fd = fcntl.fcntl(given, fcntl.F_DUPFD_CLOEXEC, 2 * MOST_FILES)
    os.close(given)


def _work(how: str, *rest: str) -> None:
    """Run what is asked for as the main program."""
    if how == "-m":
        sys.argv = [*rest]
        runpy.run_module(rest[0], run_name="__main__", alter_sys=True)
    elif how == "-c":
        sys.argv = ["-c", *rest[1:]]
        sys.modules["__main__"] = types.ModuleType("__main__")
        exec(compile(rest[0], "<string>", "exec"), sys.modules["__main__"].__dict__)
    else:
        sys.argv = [how, *rest]
        sys.path.insert(0, str(Path(how).parent))
        runpy.run_path(how, run_name="__main__")


def _leave(code: int) -> NoReturn:
    """End as the interpreter does: wait for threads, do what was registered, write what is left. It does not take down
    each module: they are pages that the copy shares, and touching them all costs more than most programs of tests."""
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
    os._exit(code)


if __name__ == "__main__":
    _asked = _watch(_prepare())
    _become(_asked)
    try:
        _work(*_asked["argv"])
    except SystemExit as _told:
        if not isinstance(_told.code, int | None):
            raise
        _leave(_told.code or 0)
    _leave(0)
