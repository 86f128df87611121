"""Too little memory, in real processes with a real limit: each way into the program ends in a sentence, and what was
there before is there after."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from designer.model.element import ROOT_ID, clone
from designer.store.file import project_file
from tests.benchmarks.file_save_load import design
from tests.conftest import ROOT
from tests.scenarios.doors import BUDGETS, COMMANDS, EDITS, ENOUGH

if not Path("/proc/self/statm").exists():
    pytest.skip("the memory of a process is not told here", allow_module_level=True)

ELEMENTS = int(os.environ.get("DESIGNER_ELEMENTS", "600"))
MACHINES = ELEMENTS * 3 // 2
IGNORED = re.compile(r"^Exception ignored in: .*\nTraceback.*\n(?:  .*\n)*MemoryError: ?\n", re.MULTILINE)
"""What the interpreter notes of a generator that it could not close without memory; nothing of ours raises it."""


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A design, another one that was made of it, and a table of machines."""
    folder = tmp_path_factory.mktemp("memory")
    rows = design(ELEMENTS, ELEMENTS // 3)
    stamp = project_file.save(folder / "mine.clouddesign", rows)
    theirs = [clone(row, name=f"{row.name} b") if row.id % 3 and row.id != ROOT_ID else row for row in rows[:ELEMENTS]]
    project_file.save(folder / "theirs.clouddesign", [*theirs, *rows[ELEMENTS:]], stamp)
    lines = "".join(f"h{number},16,2400,64\n" for number in range(MACHINES))
    (folder / "hosts.csv").write_text(f"name,cores,mhz,ram_gb\n{lines}")
    lines = "".join(f"v{number},h{number % MACHINES},2,2400,8\n" for number in range(2 * MACHINES))
    (folder / "vms.csv").write_text(f"name,host,vcpus,mhz,ram_gb\n{lines}")
    return folder


@pytest.fixture(scope="module")
def doors(files: Path) -> Iterator[subprocess.Popen[str]]:
    """A process that goes through doors whose names it is told."""
    command = [sys.executable, "-m", "tests.scenarios.doors", str(files)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield process


@pytest.mark.parametrize("name", [*COMMANDS, *EDITS])
def test_that_without_memory_each_way_into_the_program_ends_in_a_sentence(
    name: str, files: Path, doors: subprocess.Popen[str]
) -> None:
    before = {path.name: path.read_bytes() for path in files.iterdir()}
    assert doors.stdin is not None
    assert doors.stdout is not None
    print(name, file=doors.stdin, flush=True)
    answers = []
    while answer := json.loads(doors.stdout.readline()):
        answers.append(answer)
    assert [megabytes for megabytes, *_ in answers] == [*BUDGETS, ENOUGH]
    for megabytes, code, said in answers:
        told = re.sub(IGNORED, "", said)
        assert "Traceback" not in told, f"{megabytes} MiB: {said[-3000:]}"
        assert code in (0, 1, 3), f"{megabytes} MiB: {code}, {said[-3000:]}"
        if code == 3:
            assert "memory" in (last := said.strip().splitlines()[-1]), last
            assert last.endswith(".")
    assert answers[0][1] == 3
    assert answers[-1][1] in (0, 1), "with enough it is done"
    for file in (files / "out.clouddesign", files / "mine.clouddesign"):
        assert not file.exists() or project_file.load(file).warnings == []
    (files / "out.clouddesign").unlink(missing_ok=True)
    after = {path.name: path.read_bytes() for path in files.iterdir() if name != "save" or path.name[:4] != "mine"}
    assert after.items() <= before.items(), "nothing is left half done"
