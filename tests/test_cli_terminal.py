"""Names that others wrote, on a real terminal: no command prints an escape, a line end or a mark of direction raw."""

from __future__ import annotations

import os
import pty
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from designer import cli
from designer.catalog import KINDS, LINKS
from designer.cli_terminal import NumberRange, interruptible, plain
from designer.commands import edit
from designer.errors import FileError
from designer.model.element import ROOT_ID
from designer.model.project import Project
from designer.store.file import project_file
from designer.store.file.faults import must_take
from tests.conftest import ROOT
from tests.copies import Copy
from tests.store.designs import one_of_each
from tests.waiting import HUNG_S

NASTY = "x\x1b]0;owned\x07\x1b[2J\x9b31m\r\n\u202egnp\x00"
SENT = NASTY.rstrip("\x00")
RAW = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


RESET = "\x1b[0m"
"""What the library of terminal colors, which the compiler of kernels loads, writes at the end of a program."""


def on_a_terminal(*args: object) -> str:
    """What the program shows on a terminal, its own line ends left out."""
    ours, theirs = pty.openpty()
    program = Copy("-m", "designer", *args, stdin=theirs, stdout=theirs, stderr=theirs)
    os.close(theirs)
    seen = b""
    while True:
        try:
            block = os.read(ours, 65_536)
        except OSError:
            break
        if not block:
            break
        seen += block
    program.wait(HUNG_S)
    os.close(ours)
    return seen.decode().replace("\r\n", "\n").removesuffix(RESET)


@pytest.fixture
def design(tmp_path: Path) -> Path:
    """A design with a region, zone and host of a nasty name, as a file may bring it."""
    project = Project(KINDS, LINKS)
    zone = edit.place(project, "zone", edit.place(project, "region"))
    host = edit.place(project, "host", zone)
    edit.place(project, "vm", host)
    with project.edit("Name"):
        for element in [e for e in project.elements.values() if e.kind != "design"]:
            project.set(element.id, name=SENT)
        project.set(project.root.id, name=SENT, until_h=0.2)
    path = tmp_path / "nasty.clouddesign"
    project_file.save(path, project.rows())
    return path


def assert_harmless(shown: str) -> None:
    """Nothing but letters and the program's own line ends reached the terminal."""
    told = shown.replace("\rsimulated", "simulated")
    assert not RAW.search(told), [hex(ord(c)) for c in RAW.findall(told)]
    assert "\r" not in told
    assert "\N{REPLACEMENT CHARACTER}" in told
    assert not any(line.startswith("\N{REPLACEMENT CHARACTER}gnp") for line in told.splitlines())


@pytest.mark.parametrize("args", [(), ("--fail", "x]0;owned[2J31mgnp@00:01")], ids=["table", "near"])
def test_that_simulate_shows_names_harmlessly(design: Path, args: tuple[str, ...]) -> None:
    assert_harmless(on_a_terminal("simulate", design, *args))


@pytest.mark.parametrize("command", [["dump"], ["check-file"], ["check"], ["check", "--format", "json"]], ids=" ".join)
def test_that_files_are_told_of_harmlessly(design: Path, command: list[str]) -> None:
    shown = on_a_terminal(*command, design)
    assert not RAW.search(shown)


def test_that_findings_name_elements_harmlessly(tmp_path: Path) -> None:
    path, rows = tmp_path / "one.clouddesign", one_of_each()
    for row in rows:
        row.__dict__.update({name: SENT for name in ("name", "note") if name in row.__dict__ and row.id != ROOT_ID})
    project_file.save(path, rows)
    assert_harmless(on_a_terminal("check", path))


def test_that_only_one_module_of_the_command_line_prints() -> None:
    printing = re.compile(r"click\.s?echo|\bprint\(|std(out|err)\.write")
    found = [path.name for path in (ROOT / "designer").glob("cli*.py") if printing.search(path.read_text("utf-8"))]
    assert found == ["cli_terminal.py"]


def test_that_differences_and_conflicts_are_told_harmlessly(design: Path, tmp_path: Path) -> None:
    rows = project_file.load(design).rows
    project = Project(KINDS, LINKS, rows)
    with project.edit("Change"):
        for vm in project.of_kind("vm"):
            project.set(vm.id, vcpus=7, name=SENT + "2")
    other = tmp_path / "other.clouddesign"
    project_file.save(other, project.rows())
    assert not RAW.search(on_a_terminal("diff", design, other))
    assert not RAW.search(on_a_terminal("merge", design, other, design, "-o", tmp_path / "m.clouddesign"))


def test_that_import_tells_names_of_a_file_harmlessly(tmp_path: Path) -> None:
    name = '"x\x1b]0;owned\x07\x1b[2J\x9b31m\n\u202egnp"'
    (tmp_path / "h.csv").write_text(f"name,cores,mhz,ram_gb,{name}\nh,8,2500,64,1\n")
    (tmp_path / "v.csv").write_text(f"name,vcpus,ram_gb\n{name},2,4\nweb,2,4\n")
    (tmp_path / "t.csv").write_text(f"vm,time,cpu\nweb,0,20\nweb,60,30\n{name},0,20\n{name},60,20\nx\x1b[2J,0,20\n")
    files = ("--hosts", tmp_path / "h.csv", "--vms", tmp_path / "v.csv", "--traces", tmp_path / "t.csv")
    assert_harmless(on_a_terminal("import", *files, "-o", tmp_path / "o.clouddesign"))
    (tmp_path / "v.csv").write_text(f"name,host,vcpus,ram_gb\nweb,{name},2,4\n")
    assert_harmless(on_a_terminal("import", *files, "-o", tmp_path / "o.clouddesign"))


def test_that_a_path_with_escapes_is_named_harmlessly(tmp_path: Path) -> None:
    path = tmp_path / "a\x1b[2Jb.clouddesign"
    for args in (("simulate", path), ("import", "--traces", path, "--into", path, "-o", path), ("dump", path)):
        assert_harmless(on_a_terminal(*args))


def test_that_what_can_be_shown_is_shown_as_it_is() -> None:
    assert plain("web-1 µ 東京 “é”") == "web-1 µ 東京 “é”"
    assert plain("a\nb\tc\u2028d\ud800e") == "a�b�c�d�e"


@pytest.fixture
def interrupts() -> Iterator[None]:
    """An interruption is one of Python's also where a shell began the tests behind it, which then ignore it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interrupts")
def test_that_an_interruption_ends_a_command_though_a_library_makes_another_error_of_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def importing() -> None:
        try:
            signal.raise_signal(signal.SIGINT)
        except KeyboardInterrupt as error:
            raise ValueError("no schema") from error

    before = signal.getsignal(signal.SIGINT)
    monkeypatch.setattr(cli, "_command", lambda name: click.Command(name, callback=importing))
    result = CliRunner().invoke(cli.main, ["dump"])
    assert (result.exit_code, result.stdout, result.stderr) == (130, "", "cloud-designer: Interrupted.\n")
    assert signal.getsignal(signal.SIGINT) is before


@pytest.mark.skipif(not Path("/dev/full").is_char_device(), reason="no full disk here")
def test_that_a_full_disk_is_told_and_no_device_is_replaced(tmp_path: Path, design: Path) -> None:
    with open("/dev/full", "w") as full:
        program = Copy("-m", "designer", "dump", design, stdout=full, stderr=subprocess.PIPE)
        _, told = program.communicate(timeout=HUNG_S)
    assert program.returncode == 3
    assert told == "cloud-designer: the output cannot be written: no space left on device.\n"
    pipe = tmp_path / "out.html"
    os.mkfifo(pipe)
    for place, why in ((pipe, "a device or a pipe"), (tmp_path / "none" / "x.html", "its folder does not exist")):
        with pytest.raises(FileError, match=why):
            must_take(place)
    must_take(tmp_path / "new.html")


@pytest.mark.usefixtures("interrupts")
def test_that_an_interruption_ends_the_work_though_its_exception_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    class Dropped:
        def __del__(self) -> None:
            signal.raise_signal(signal.SIGINT)

    lost: list[object] = []
    monkeypatch.setattr(sys, "unraisablehook", lambda said: lost.append(said.exc_type))
    before, parts = signal.getsignal(signal.SIGINT), list[float]()
    with pytest.raises(KeyboardInterrupt), interruptible(parts.append) as told:
        assert told(0.1) is True
        Dropped()
        assert lost == [KeyboardInterrupt]
        told(0.2)
    assert parts == [0.1]
    assert signal.getsignal(signal.SIGINT) is before


def test_that_what_is_no_number_is_refused_by_every_option_for_one() -> None:
    context = click.Context(cli.main)
    commands = [cli.main.get_command(context, name) for name in cli.main.list_commands(context)]
    given = [
        (command.name, option) for command in commands if command is not None for option in command.params
        if isinstance(option.type, click.types.FloatParamType) and option.name != "step"
    ]  # fmt: skip
    assert len(given) > 8
    for name, option in given:
        assert isinstance(option.type, NumberRange), (name, option.opts)
        done = CliRunner().invoke(cli.main, [str(name), option.opts[0], "nan"])
        assert done.exit_code == 2 and "nan is no number" in done.output, (name, option.opts)


BESIDE: dict[str, list[str]] = {
    "what-if": ["--scenario", "Zones share their fate"],
    "rehearse": ["--scenario", "Zones share their fate"],
    "sweep": ["--vary", "host.mttr_h=1,2"],
    "replay": ["aws-2012-06-14"],
    "compare": ["{design}"],
    "import": ["--out", "made.clouddesign"],
}
"""What a command needs beside a design."""


def writing() -> list[tuple[str, str]]:
    """The options that write a file for others."""
    context = click.Context(cli.main)
    commands = [cli.main.get_command(context, name) for name in cli.main.list_commands(context)]
    return [
        (str(command.name), option.opts[0]) for command in commands if command is not None for option in command.params
        if isinstance(option, click.Option) and (option.help or "").startswith("Write ") and not option.is_flag
        and option.name not in ("csv_dir", "save")
    ]  # fmt: skip


def test_that_nothing_for_others_is_written_over_a_design(design: Path) -> None:
    options = writing()
    assert len(options) > 18 and ("what-if", "--receipt") in options
    before = design.read_bytes()
    taken = design.with_name("taken.html")  # some write what the name says
    taken.write_bytes(before)
    for command, option in options:
        beside = [text.format(design=design) for text in BESIDE.get(command, [])]
        file = [] if command in ("replay", "import") else [str(design)]
        end = ["out.csv"] if command == "export" else []
        done = CliRunner().invoke(cli.main, [command, *file, *end, *beside, option, str(taken)])
        told = (command, option, done.output)
        assert done.exit_code == 3 and "it is a design, which would be lost" in done.output, told
        assert taken.read_bytes() == before, told


def test_that_no_file_that_a_command_reads_is_written_over(tmp_path: Path) -> None:
    hosts, vms, text = tmp_path / "hosts.csv", tmp_path / "vms.csv", tmp_path / "design.txt"
    hosts.write_text("name,cores,mhz,ram_gb\nh1,16,2400,64\n", "utf-8")
    vms.write_text("name,host,vcpus,ram_gb\nv1,h1,4,8\n", "utf-8")
    made = tmp_path / "made.clouddesign"
    machines = ["import", "--hosts", str(hosts), "--vms", str(vms), "--out"]
    assert CliRunner().invoke(cli.main, [*machines, str(made)]).exit_code == 0
    text.write_text(CliRunner().invoke(cli.main, ["dump", str(made)]).output, "utf-8")
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    for wrong in (
        [*machines, str(vms)],
        [*machines, str(tmp_path / "other.clouddesign"), "--report", str(hosts)],
        ["load", str(text), "--out", str(text)],
        ["merge", str(made), str(made), str(made), "--out", str(text)],
        ["replay", "--all", "--save", str(text)],
        ["results", str(made), "--csv", str(tmp_path / "a.csv"), "--json", str(tmp_path / "a.csv")],
    ):
        if wrong[0] == "results":
            (tmp_path / "a.csv").write_text("kept", "utf-8")
            before[tmp_path / "a.csv"] = b"kept"
        done = CliRunner().invoke(cli.main, wrong)
        assert done.exit_code == 3 and "would be lost" in done.output, (wrong, done.output)
        assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before, wrong
    assert CliRunner().invoke(cli.main, [*machines, str(made)]).exit_code == 0  # a design is written over, as ever
    assert CliRunner().invoke(cli.main, ["load", str(text), "--out", str(made)]).exit_code == 0
