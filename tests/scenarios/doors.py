"""Ways into the program under a real limit of memory: `python -m tests.scenarios.doors FOLDER`, names on its input.

A process that has imported what it needs makes one for each name, and that one for each budget; it prints as JSON what
became of each: budget in MiB, exit code, what was printed; and a list of nothing when all were tried.
"""

from __future__ import annotations

import io
import json
import os
import resource
import signal
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from functools import partial
from pathlib import Path
from typing import Any

from designer.catalog import KINDS, LINKS
from designer.cli import _LATER, Commands, main
from designer.commands import clipboard
from designer.commands.restore import restore
from designer.engine.warm import warm_in_steps
from designer.errors import NO_MEMORY, DesignerError
from designer.model.element import ROOT_ID
from designer.model.project import Project
from designer.store.file import project_file
from tests.store.designs import content

BUDGETS = tuple(map(int, os.environ.get("DESIGNER_BUDGETS", "0 2 4 8").split()))
"""MiB above what the process has."""
CPU_S = 120
"""A process that computes so long hangs: it ends by a signal."""
WAIT_S = 900
"""One that has not ended by then waits for what never comes: it ends by a signal, too."""
ENOUGH = 6_000
"""MiB that are enough for everything."""


@contextmanager
def limited(megabytes: int) -> Iterator[None]:
    """At most so many MiB more, until the end."""
    usual = resource.getrlimit(resource.RLIMIT_AS)
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize() + (megabytes << 20), usual[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, usual)


def in_process(work: Callable[[], int]) -> tuple[int, str]:
    """Work in a process of its own; its exit code and what it printed."""
    reader, writer = os.pipe()
    pid = os.fork()
    if not pid:
        resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S))
        signal.alarm(WAIT_S)
        for number in (1, 2):
            os.dup2(writer, number)
        sys.stdout, sys.stderr = os.fdopen(1, "w", closefd=False), os.fdopen(2, "w", closefd=False)
        try:
            code = work()
        except SystemExit as error:
            code = error.code if isinstance(error.code, int) else 0
        except BaseException:
            traceback.print_exc()
            code = 99
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    os.close(writer)
    with os.fdopen(reader, encoding="utf-8", errors="replace") as pipe:
        said = pipe.read()
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), said


COMMANDS = {
    "open": ["dump", "mine.clouddesign"],
    "check": ["check-file", "mine.clouddesign"],
    "compare": ["diff", "mine.clouddesign", "theirs.clouddesign"],
    "merge designs": ["merge", "mine.clouddesign", "mine.clouddesign", "theirs.clouddesign", "-o", "out.clouddesign"],
    "import": ["import", "--hosts", "hosts.csv", "--vms", "vms.csv", "-o", "out.clouddesign"],
    "simulate": ["simulate", "mine.clouddesign", "--until", "1h"],
}


def paste(project: Project) -> None:
    clipboard.paste(project, clipboard.copy(project, [project.children(ROOT_ID)[-1]]))


def merge(project: Project) -> None:
    with project.edit("Merge"):
        project.become(project_file.load("theirs.clouddesign").rows)


def bring_back(project: Project) -> None:
    restore(project, project_file.load("theirs.clouddesign").rows)


def save(project: Project) -> None:
    project_file.save("mine.clouddesign", project.rows())


EDITS: dict[str, Callable[[Project], Any]] = {
    "paste": paste, "merge": merge, "restore": bring_back, "save": save,
}  # fmt: skip


def command(name: str, megabytes: int) -> int:
    """Run a command of the command line."""
    with limited(megabytes):
        main(COMMANDS[name], prog_name="cloud-designer")
    return 0


def edit(name: str, project: Project, before: object, megabytes: int) -> int:
    """Do an edit; where it is refused, everything is as before, and it can be done when there is memory again."""
    told = "done"
    try:
        with limited(megabytes):
            EDITS[name](project)
    except MemoryError:  # the program tells it with the sentence for that
        told = NO_MEMORY
    except DesignerError as error:
        told = str(error)
    if told != "done":
        assert content(project.rows()) == before
        assert project.history.undo_text is None
        EDITS[name](project)
    print(told)
    return 0 if told == "done" else 3


def opened(name: str) -> Callable[[int], int]:
    """What goes through a door with a budget, when all is there that it needs."""
    for number in _LATER:
        assert Commands().get_command(None, number)  # type: ignore[arg-type]
    Project(KINDS, LINKS)  # makes what a process makes once: without memory amid that the interpreter itself ends
    if name in EDITS:
        project = Project(KINDS, LINKS, project_file.load("mine.clouddesign").rows)
        return partial(edit, name, project, content(project.rows()))
    if name == "simulate":  # without memory for machine code LLVM ends the process: all of it is loaded before
        for _ in warm_in_steps():
            pass
        with redirect_stdout(io.StringIO()):
            main(COMMANDS[name], prog_name="cloud-designer", standalone_mode=False)
    return lambda megabytes: command(name, megabytes)


def try_all(name: str) -> int:
    """Go through a door with each budget; 0."""
    act = opened(name)
    told = [[megabytes, *in_process(partial(act, megabytes))] for megabytes in (*BUDGETS, ENOUGH)]
    print("\n".join(map(json.dumps, told)))
    return 0


if __name__ == "__main__":
    os.chdir(sys.argv[1])
    for given in map(str.strip, sys.stdin):
        print(in_process(partial(try_all, given))[1] + "[]", flush=True)
