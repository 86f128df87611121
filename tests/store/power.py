"""What may be on the disk after a power cut: the system calls of a real process, recorded and replayed.

Only what was flushed is sure. Of the rest each write may be there, be missing or be torn at a sector, and each name in
a folder may be the new or the old one, in any combination. Stricter than any file system that is in use.
"""

from __future__ import annotations

import os
import random
import re
import shutil
import subprocess
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest

SECTOR = 512
CALLS = (
    "open,openat,creat,close,dup,dup2,dup3,fcntl,lseek,write,writev,pwrite64,pwritev,pwritev2,ftruncate,truncate,"
    "rename,renameat,renameat2,unlink,unlinkat,mkdir,mkdirat,rmdir,link,linkat,symlink,symlinkat,fsync,fdatasync,sync,"
    "syncfs,sync_file_range,msync,mmap,sendfile,copy_file_range,fallocate,splice,io_uring_setup"
)
ALIKE = {
    "pwrite64": "pwrite", "openat": "open", "unlinkat": "unlink", "mkdirat": "mkdir", "renameat": "rename",
    "renameat2": "rename", "fdatasync": "fsync", "dup2": "dup", "dup3": "dup",
}  # fmt: skip
NONE = {"sync_file_range", "msync"}
"""Calls that make nothing sure."""


@dataclass(frozen=True)
class Call:
    """One system call that did not fail: its name, its arguments as strace prints them, what it returned."""

    name: str
    args: tuple[str, ...]
    result: int


def record(command: Sequence[str], env: dict[str, str], cwd: Path) -> list[Call]:
    """The calls of a process that may end as it likes. Skips where the kernel lets nobody trace."""
    if shutil.which("strace") is None:
        how = "strace is not installed: packaging/system_libraries.py --install --with-screen"
        (pytest.fail if os.geteuid() == 0 else pytest.skip)(how)
    if subprocess.run(["strace", "-qq", "-o", os.devnull, "true"], capture_output=True, check=False).returncode:
        pytest.skip("the kernel forbids tracing here")
    options = ["-f", "--seccomp-bpf", "-qq", "-xx", "-s", "10000000", "-e", "signal=none", "-e", f"trace={CALLS}"]
    reader, writer = os.pipe()
    with subprocess.Popen(
        ["strace", *options, "-o", f"/dev/fd/{writer}", *command],
        env=env, cwd=cwd, pass_fds=[writer], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        os.close(writer)
        with os.fdopen(reader, encoding="ascii", errors="replace") as lines:
            calls = list(parse(lines))
        assert process.stderr is not None
        trouble = process.stderr.read()
    assert process.returncode == 0, trouble
    return calls


_WHOLE = re.compile(r"^\d+ +(\w+)\(")
_RESULT = re.compile(r"\) += (-?\d+|\?)(?: .*)?$")
_BEGUN = re.compile(r"^(\d+) +(\w+)\(")
_ENDED = re.compile(r"^(\d+) +<\.\.\. (\w+) resumed>")
_UNFINISHED = " <unfinished ...>"


def parse(lines: Iterator[str] | Sequence[str]) -> Iterator[Call]:
    """The calls of all threads in the order in which they ended; those that failed left out. A line may hold all bytes
    of a file: only its ends are searched."""
    begun: dict[tuple[str, str], str] = {}
    for line in lines:
        line = line.rstrip("\n")
        if line.endswith(_UNFINISHED) and (found := _BEGUN.match(line)):
            begun[found[1], found[2]] = line[found.end() : -len(_UNFINISHED)]
            continue
        if found := _ENDED.match(line):
            line = f"{found[1]} {found[2]}({begun.pop((found[1], found[2]))}{line[found.end() :]}"
        whole, result = _WHOLE.match(line), _RESULT.search(line, max(line.rfind(") "), 0))
        if whole and result and result[1] not in ("?", "-1"):
            yield Call(whole[1], tuple(line[whole.end() : result.start()].split(", ")), int(result[1]))


@cache
def bytes_of(text: str) -> bytes:
    """The bytes of a string as `strace -xx` prints it; a day is replayed again and again."""
    assert text.startswith('"') and text.endswith('"'), text[:80]
    return bytes.fromhex(text[1:-1].replace("\\x", ""))


@dataclass(eq=False)
class File:
    """A file: what is sure, and what was written since. A write is (where, bytes); None instead of bytes cuts off."""

    sure: bytes = b""
    now: bytearray = field(default_factory=bytearray)
    pending: list[tuple[int, bytes | None]] = field(default_factory=list)

    def write(self, where: int, data: bytes) -> None:
        """Write over, or beyond the end."""
        _apply(self.now, where, data)
        self.pending.append((where, data))

    def cut(self, size: int) -> None:
        """Make it that long."""
        _apply(self.now, size, None)
        self.pending.append((size, None))

    def flush(self) -> None:
        """All of it is on the disk."""
        self.sure, self.pending = bytes(self.now), []

    def after(self, chance: random.Random, how: str) -> bytes:
        """What may be found of it."""
        if how == "all":
            return bytes(self.now)
        if how == "sure" or not self.pending:
            return self.sure
        found = bytearray(self.sure)
        most = chance.randrange(len(self.pending) + 1) if chance.random() < 0.4 else len(self.pending)
        rate = chance.choice((0.5, 0.9, 0.1, 1.0))
        for where, data in self.pending[:most]:
            if data is None:
                if chance.random() < rate:
                    _apply(found, where, None)
                continue
            ends = [where, *range(where // SECTOR * SECTOR + SECTOR, where + len(data), SECTOR), where + len(data)]
            for start, end in pairwise(ends):
                if chance.random() < rate:
                    _apply(found, start, data[start - where : end - where])
        if len(found) < len(self.now) and chance.random() < 0.3:  # the length is there, what belongs there is not
            lost = len(self.now) - len(found)
            found += bytes(lost) if chance.random() < 0.5 else chance.randbytes(lost)
        return bytes(found)


def _apply(content: bytearray, where: int, data: bytes | None) -> None:
    if len(content) < where:
        content += bytes(where - len(content))
    if data is None:
        del content[where:]
    else:
        content[where : where + len(data)] = data


@dataclass(eq=False)
class Folder:
    """A folder: the names that are sure, and the names as they are."""

    sure: dict[bytes, Node] = field(default_factory=dict)
    now: dict[bytes, Node] = field(default_factory=dict)


Node = File | Folder
Change = list[tuple[Folder, bytes, Node | None]]
"""Names that come (a node) and go (None) together."""


def sort_of(path: str) -> str:
    """Which sort of file or folder a path names: ids and numbers left out."""
    parts = [re.sub(r"[0-9a-f]{16,}|\d+", "#", part) for part in path.rsplit("/", 2)[-2:]]
    name = parts[-1]
    if name.startswith((".cloud-designer", "working-", ".#")) or name == "#" or "." in name:
        folder = "backups " if "#" in parts[0] and "working" not in name else ""
        return folder + re.sub(r"^#(T#Z)?.*(?=\.)", "#", name)
    return name


@dataclass
class _Open:
    node: Node
    place: int = 0
    append: bool = False
    sort: str = ""


class Disk:
    """A folder of a real disk as it is when this is made, and then as calls change it."""

    def __init__(self, root: Path, deaf: bool = False, deaf_to: Collection[str] = ()) -> None:
        """`deaf`: a disk on which flushing does nothing, to see whether the tests would notice; `deaf_to`: it does
        nothing for these sorts of files (`sort_of`). `flushed` counts the sorts, `missed` the flushes that did nothing.
        """
        self.root, self.deaf, self.deaf_to = os.fsencode(root), deaf, deaf_to
        self.flushed: dict[str, int] = {}
        self.missed = 0
        self.top = _taken(root)
        self._opened: dict[int, _Open] = {}
        self._changes: list[Change] = []
        self.told = b""

    def begin(self) -> None:
        """Another process begins: it has opened nothing."""
        self._opened = {}

    # -- calls

    def do(self, call: Call) -> bool:
        """Let a call happen; True when it was one that may change what is found."""
        name = ALIKE.get(call.name, call.name)
        at = call.name in ("openat", "unlinkat", "mkdirat", "renameat", "renameat2")
        args = call.args if at or name not in ("open", "unlink", "mkdir", "rename") else self._with_folders(call)
        act = getattr(self, f"_{name}", None)
        if act is not None:
            return bool(act(args, call.result))
        if name not in NONE:
            assert not self._concerns(call), f"the replay does not know {call}"
        return False

    @staticmethod
    def _with_folders(call: Call) -> tuple[str, ...]:
        if call.name == "rename":
            return ("AT_FDCWD", call.args[0], "AT_FDCWD", call.args[1])
        return ("AT_FDCWD", *call.args)

    def _concerns(self, call: Call) -> bool:
        paths = [bytes_of(arg) for arg in call.args if arg.startswith('"') and arg.endswith('"')]
        first = call.args[0]
        return any(path.startswith(self.root) for path in paths) or (first.isdigit() and int(first) in self._opened)

    def _where(self, folder: str, path: str) -> tuple[Folder, bytes] | None:
        """The folder and the name that a path means; None outside of what is watched."""
        name = bytes_of(path)
        if folder.startswith("AT_FDCWD") or name.startswith(b"/"):
            if name == self.root:
                return Folder(now={b"": self.top}), b""
            if not name.startswith(self.root + b"/"):
                return None
            here, parts = self.top, name[len(self.root) + 1 :].split(b"/")
        else:
            opened = self._opened.get(int(folder))
            if opened is None:
                return None
            assert isinstance(opened.node, Folder)
            here, parts = opened.node, name.split(b"/")
        for part in parts[:-1]:
            below = here.now[part]
            assert isinstance(below, Folder)
            here = below
        return here, parts[-1]

    def _change(self, change: Change) -> bool:
        _rename(change)
        self._changes.append(change)
        return True

    def _open(self, args: tuple[str, ...], result: int) -> bool:
        self._opened.pop(result, None)
        found = self._where(args[0], args[1])
        if found is None:
            return False
        (folder, name), flags, changed = found, args[2].split("|"), False
        if name not in folder.now:
            assert "O_CREAT" in flags, args
            changed = self._change([(folder, name, File())])
        node = folder.now[name]
        if "O_TRUNC" in flags and isinstance(node, File) and node.now:
            node.cut(0)
            changed = True
        self._opened[result] = _Open(node, 0, "O_APPEND" in flags, sort_of(os.fsdecode(bytes_of(args[1]))))
        return changed

    def _close(self, args: tuple[str, ...], result: int) -> bool:
        self._opened.pop(int(args[0]), None)
        return False

    def _lseek(self, args: tuple[str, ...], result: int) -> bool:
        if int(args[0]) in self._opened:
            self._opened[int(args[0])].place = result
        return False

    def _fcntl(self, args: tuple[str, ...], result: int) -> bool:
        return self._dup(args, result) if args[1].startswith("F_DUPFD") else False

    def _dup(self, args: tuple[str, ...], result: int) -> bool:
        self._opened.pop(result, None)
        if int(args[0]) in self._opened:
            self._opened[result] = self._opened[int(args[0])]
        return False

    def _file(self, number: str) -> File:
        node = self._opened[int(number)].node
        assert isinstance(node, File)
        return node

    def _write(self, args: tuple[str, ...], result: int) -> bool:
        opened = self._opened.get(int(args[0]))
        if opened is None:
            if args[0] == "1":
                self.told += bytes_of(args[1])
            return False
        file = self._file(args[0])
        opened.place = len(file.now) if opened.append else opened.place
        file.write(opened.place, bytes_of(args[1])[:result])
        opened.place += result
        return True

    def _pwrite(self, args: tuple[str, ...], result: int) -> bool:
        if int(args[0]) not in self._opened:
            return False
        self._file(args[0]).write(int(args[3]), bytes_of(args[1])[:result])
        return True

    def _ftruncate(self, args: tuple[str, ...], result: int) -> bool:
        if int(args[0]) not in self._opened:
            return False
        self._file(args[0]).cut(int(args[1]))
        return True

    def _sendfile(self, args: tuple[str, ...], result: int) -> bool:
        if int(args[0]) not in self._opened:
            return False
        source = self._opened[int(args[1])]
        begin = int(args[2].split("]")[0].lstrip("[")) if args[2] != "NULL" else source.place
        return self._copy(args[0], source, begin, result)

    def _copy_file_range(self, args: tuple[str, ...], result: int) -> bool:
        if int(args[2]) not in self._opened:
            return False
        assert (args[1], args[3]) == ("NULL", "NULL"), args
        source = self._opened[int(args[0])]
        begin, source.place = source.place, source.place + result
        return self._copy(args[2], source, begin, result)

    def _copy(self, target: str, source: _Open, begin: int, size: int) -> bool:
        assert isinstance(source.node, File)
        opened = self._opened[int(target)]
        self._file(target).write(opened.place, bytes(source.node.now[begin : begin + size]))
        opened.place += size
        return size > 0

    def _rename(self, args: tuple[str, ...], result: int) -> bool:
        old, new = self._where(args[0], args[1]), self._where(args[2], args[3])
        if old is None and new is None:
            return False
        assert old is not None and new is not None, "a file came from outside of what is watched"
        return self._change([(*old, None), (*new, old[0].now[old[1]])])

    def _unlink(self, args: tuple[str, ...], result: int) -> bool:
        found = self._where(args[0], args[1])
        return found is not None and self._change([(*found, None)])

    def _rmdir(self, args: tuple[str, ...], result: int) -> bool:
        return self._unlink(("AT_FDCWD", *args), result)

    def _mkdir(self, args: tuple[str, ...], result: int) -> bool:
        found = self._where(args[0], args[1])
        return found is not None and self._change([(*found, Folder())])

    def _fsync(self, args: tuple[str, ...], result: int) -> bool:
        opened = self._opened.get(int(args[0]))
        if opened is None or self.deaf:
            return False
        self.flushed[opened.sort] = self.flushed.get(opened.sort, 0) + 1
        if opened.sort in self.deaf_to:
            self.missed += 1
            return True
        if isinstance(opened.node, File):
            opened.node.flush()
            return True
        done = [change for change in self._changes if any(folder is opened.node for folder, *_ in change)]
        for change in done:
            for folder, name, node in change:
                _put(folder.sure, name, node)
        self._changes = [change for change in self._changes if change not in done]
        return True

    def _mmap(self, args: tuple[str, ...], result: int) -> bool:
        shared = "PROT_WRITE" in args[2] and "MAP_SHARED" in args[3]
        assert not (shared and args[4].isdigit() and int(args[4]) in self._opened), "a file is written through memory"
        return False

    # -- the power is cut

    def sure(self, but: str = "") -> dict[str, bytes]:
        """What is sure to be found, by path; without one folder."""
        return dict(_sure(self.top, "", but))

    def after_a_cut(self, chance: random.Random, target: Path, how: str = "") -> str:
        """Make a real folder as it may be found now; in which way: all of it (a kill), what is sure, or by chance."""
        how = how or chance.choices(("all", "sure", "in order", "any"), (1, 2, 4, 5))[0]
        names: dict[int, dict[bytes, Node]] = {}
        number = chance.randrange(len(self._changes) + 1)
        rate = chance.choice((0.1, 0.5, 0.9))
        for position, change in enumerate(self._changes):
            wanted = {"all": True, "sure": False, "in order": position < number}.get(how, chance.random() < rate)
            if wanted:
                for folder, name, node in change:
                    _put(names.setdefault(id(folder), dict(folder.sure)), name, node)
        shutil.rmtree(target, ignore_errors=True)
        self._make(self.top, target, names, chance, how)
        return how

    def _make(
        self, folder: Folder, path: Path, names: dict[int, dict[bytes, Node]], chance: random.Random, how: str
    ) -> None:
        path.mkdir()
        for name, node in names.get(id(folder), folder.sure).items():
            below = path / os.fsdecode(name)
            if isinstance(node, Folder):
                self._make(node, below, names, chance, how)
            else:
                way = how if how in ("all", "sure") else chance.choice(("all", "sure", "any", "any", "any"))
                below.write_bytes(node.after(chance, way))


def _sure(folder: Folder, place: str, but: str) -> Iterator[tuple[str, bytes]]:
    for name, node in folder.sure.items():
        path = f"{place}/{os.fsdecode(name)}"
        if isinstance(node, File):
            yield path, node.sure
        elif path != but:
            yield f"{path}/", b""
            yield from _sure(node, path, but)


def _put(names: dict[bytes, Node], name: bytes, node: Node | None) -> None:
    if node is None:
        names.pop(name, None)
    else:
        names[name] = node


def _rename(change: Change) -> None:
    for folder, name, node in change:
        _put(folder.now, name, node)


def _taken(path: Path) -> Folder:
    """A folder of the real disk, all of it sure."""
    made = Folder()
    for entry in path.iterdir():
        node: Node
        if entry.is_dir():
            node = _taken(entry)
        else:
            node = File(entry.read_bytes(), bytearray(entry.read_bytes()))
        made.sure[os.fsencode(entry.name)] = made.now[os.fsencode(entry.name)] = node
    return made
