"""Each bad file through the command line: one sentence, in under a second and 80 MB, nothing changed on the disk."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.copies import PIPE, Copy
from tests.pace import within
from tests.store.bad_files import CASES, as_nobody, let_go, made
from tests.store.designs import sight
from tests.store.test_bad_files import ADVICE

SECONDS, MEGABYTES = 1.0, 80
"""The memory is what a command takes beyond what it begins with."""

OPENER = """
import io, json, os, resource, sys
from pathlib import Path
from designer.cli import main
from designer import cli_files
from designer.catalog.presets.shipped import preset_lists
from tests.store.bad_files import as_nobody
from tests.store.designs import all_changed, saved
main(["check-file", str(saved(Path(sys.argv[1]) / "sound.clouddesign", all_changed))], standalone_mode=False)
print("ready", flush=True)
begun = os.wait4(os.fork() or os._exit(0), 0)[2].ru_maxrss
for line in sys.stdin:
    path, nobody = json.loads(line)
    reader, writer = os.pipe()
    pid = os.fork()
    if not pid:
        os.dup2(writer, 1)
        os.dup2(writer, 2)
        os.dup2(os.open("/dev/null", os.O_RDONLY), 0)
        sys.stdout = sys.stderr = io.TextIOWrapper(open(1, "wb", closefd=False), "utf-8")
        with as_nobody(nobody):
            try:
                main(["check-file", path])
            except SystemExit as end:
                code = end.code
            except BaseException as error:
                print("broken", repr(error))
                code = 99
        sys.stdout.flush()
        os._exit(code or 0)
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        said = pipe.read()
    _, status, used = os.wait4(pid, 0)
    seconds, megabytes = used.ru_utime + used.ru_stime, (used.ru_maxrss - begun) / 1024
    print(json.dumps([os.waitstatus_to_exitcode(status), said.decode(), seconds, megabytes]), flush=True)
"""


@pytest.fixture(scope="module")
def opener(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Copy]:
    """A command line that is started anew for each file: a fork of one that has opened a sound file."""
    with Copy("-c", OPENER, tmp_path_factory.mktemp("sound"), stdin=PIPE, stdout=PIPE) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        assert ": sound, " in process.stdout.readline()
        assert process.stdout.readline() == "ready\n"
        yield process
        process.stdin.close()
        assert process.wait() == 0


@pytest.mark.parametrize("name", [name for name in CASES if name != "no name"])  # which no shell can say
def test_that_each_bad_file_is_one_sentence_and_nothing_changes(name: str, tmp_path: Path, opener: Copy) -> None:
    case, path = CASES[name], made(name, tmp_path)
    try:
        try:
            before = sight(path)
        except (OSError, ValueError):  # it is not there
            before = sorted(tmp_path.iterdir())
        assert opener.stdin is not None
        assert opener.stdout is not None
        opener.stdin.write(json.dumps([str(path), case.nobody]) + "\n")
        opener.stdin.flush()
        code, said, seconds, megabytes = json.loads(opener.stdout.readline())
        try:
            after = sight(path)
        except (OSError, ValueError):
            after = sorted(tmp_path.iterdir())
        assert after == before
    finally:
        let_go()
    assert within(seconds, SECONDS)
    assert megabytes < MEGABYTES
    if not case.said:
        assert code in (0, 1), said
        assert ": sound, " in said.splitlines()[0]
        return
    assert code == 3, said
    (sentence,) = said.splitlines()
    assert case.said in sentence
    assert sentence.isprintable()
    assert ADVICE.search(sentence), sentence
    assert path.name[:40].partition("\x1b")[0].strip("\u202e") in sentence


def test_that_no_permission_is_asked_for_as_somebody_else(tmp_path: Path) -> None:
    path = made("no permission", tmp_path)
    with as_nobody(True):
        assert not os.access(path, os.R_OK, effective_ids=True)
    assert os.geteuid() == os.getuid()
