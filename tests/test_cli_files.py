"""Project files on the command line and in a real git repository: what is printed, with which exit code."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from designer.catalog import KINDS, LINKS
from designer.catalog.presets.blueprints import blueprints
from designer.cli import main
from designer.cli_files import _DIFF_HELP, _DUMP_HELP, _MERGE_HELP
from designer.commands.blueprints import begin
from designer.model.element import Link, clone, id_from_text
from designer.model.project import Project
from designer.store.exchange.dump import dump
from designer.store.exchange.load import rows_of
from designer.store.file import project_file
from designer.store.file.schema import VERSION
from designer.store.working.lock import lock_file
from tests import copies
from tests.conftest import Desktop
from tests.store.designs import Rows, all_changed, content, one_of_each, saved, sight, small_ids, spoil
from tests.waiting import HUNG_S, until

IDS = small_ids()


def run(*args: object) -> Result:
    result = CliRunner().invoke(main, [str(arg) for arg in args])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def with_vm(**fields: object) -> Rows:
    return one_of_each(fields={"vm": fields})


def with_zone(**fields: object) -> Rows:
    return one_of_each(fields={"zone": fields})


def rows_in(path: Path) -> dict[int, object]:
    return dict(content(project_file.load(path).rows))


# -- dump


def test_that_a_dump_has_a_line_for_each_row_and_says_every_value(tmp_path: Path) -> None:
    result = run("dump", saved(tmp_path / "d.clouddesign", all_changed))
    assert (result.exit_code, result.stderr) == (0, "")
    lines = [line.split(" ", 2) for line in result.stdout.splitlines()]
    assert sorted(id_from_text(line[1]) or 0 for line in lines) == sorted(row.id for row in all_changed())
    for kind, number, fields in lines:
        found = json.loads(fields)
        row = next(row for row in all_changed() if row.id == id_from_text(number))
        if kind != "link":
            expected = {name for name, value in row.__dict__.items() if not name.startswith("_")} - {"id", "parent"}
            assert set(found) == expected | {"in"}


def test_that_a_dump_does_not_depend_on_the_order_of_rows_nor_on_the_save(tmp_path: Path) -> None:
    assert list(dump(one_of_each())) == list(dump(list(reversed(one_of_each()))))
    texts = {run("dump", saved(tmp_path / f"{n}.clouddesign")).stdout for n in range(3)}
    assert len(texts) == 1


def test_that_a_change_of_one_element_is_one_line_and_nothing_in_it_turns_the_terminal_around() -> None:
    before, after = set(dump(one_of_each())), set(dump(with_vm(note="\u202e\x1b[31m\U000e0001\n")))
    (gone,), (come,) = before - after, after - before
    assert come.startswith("vm ")
    assert gone.split()[1] == come.split()[1]
    assert come.isprintable()
    assert json.loads(come.split(" ", 2)[2])["note"] == "\u202e\x1b[31m\U000e0001\n"


# -- diff


def test_that_designs_that_are_the_same_print_nothing(tmp_path: Path) -> None:
    result = run("diff", saved(tmp_path / "a.clouddesign"), saved(tmp_path / "b.clouddesign"))
    assert (result.exit_code, result.output) == (0, "")


def test_that_what_differs_is_said_and_the_drawing_can_be_left_out(tmp_path: Path) -> None:
    old, new = saved(tmp_path / "a.clouddesign"), saved(tmp_path / "b.clouddesign", with_zone(note="here", x=9.0))
    result = run("diff", old, new)
    assert (result.exit_code, result.stdout.splitlines()) == (
        1,
        ["Zone zone-1 has Note “here”, before nothing.", "Zone zone-1 was moved in the drawing."],
    )
    assert run("diff", "--no-drawing", old, new).stdout.splitlines() == result.stdout.splitlines()[:1]
    moved = saved(tmp_path / "c.clouddesign", with_zone(x=9.0))
    assert run("diff", "--no-drawing", old, moved).exit_code == 0


# -- merge


def three(tmp_path: Path, mine: Rows, theirs: Rows) -> list[Path]:
    return [
        saved(tmp_path / f"{name}.clouddesign", rows)
        for name, rows in {"base": one_of_each(), "mine": mine, "theirs": theirs}.items()
    ]


def test_that_a_merge_without_conflicts_writes_both_changes(tmp_path: Path) -> None:
    paths = three(tmp_path, with_vm(vcpus=7), with_vm(note="theirs"))
    mine = project_file.load(paths[1]).stamp
    result = run("merge", *paths, "-o", paths[1])
    assert (result.exit_code, result.output) == (0, "")
    assert rows_in(paths[1]) == content(with_vm(vcpus=7, note="theirs"))
    after = project_file.load(paths[1])
    assert (after.stamp.document_id, after.stamp.parent_save_id) == (mine.document_id, mine.save_id)
    theirs = project_file.load(paths[2]).stamp
    assert set(after.stamp.ancestors) == {*mine.line, *theirs.line}
    assert after.warnings == []


def test_that_a_merge_into_a_file_with_other_names_is_asked_about(tmp_path: Path) -> None:
    paths = three(tmp_path, with_vm(vcpus=7), with_vm(note="theirs"))
    twin = tmp_path / "twin.clouddesign"
    os.link(paths[1], twin)
    before = twin.read_bytes()
    refused = run("merge", *paths, "-o", paths[1])
    assert (refused.exit_code, refused.stdout) == (3, "")
    assert refused.stderr == (
        f"cloud-designer: {paths[1]} was not saved: the same file has another name (hard links), which would keep the "
        "old state. Save under this name only, or under another name. The option --unlink saves under this name only.\n"
    )
    assert paths[1].samefile(twin)
    done = run("merge", *paths, "-o", paths[1], "--unlink")
    assert (done.exit_code, done.output) == (0, "")
    assert rows_in(paths[1]) == content(with_vm(vcpus=7, note="theirs"))
    assert twin.read_bytes() == before


@pytest.mark.parametrize(("take", "value"), [((), 3), (("--take", "mine"), 3), (("--take", "theirs"), 4)])
def test_that_a_conflict_is_told_and_has_its_exit_code(tmp_path: Path, take: tuple[str, ...], value: int) -> None:
    paths = three(tmp_path, with_vm(vcpus=3), with_vm(vcpus=4))
    out = tmp_path / "out.clouddesign"
    result = run("merge", *paths, "-o", out, *take)
    assert (result.exit_code, result.stdout) == (1, "")
    told, hint = result.stderr.splitlines()
    assert told == "conflict: VM vm-1: vCPUs is 3 in yours, 4 in theirs."
    whose = take[1] if take else "mine"
    assert hint.startswith(f"cloud-designer: 1 conflict, {whose} was taken. To choose in a window: git mergetool")
    assert rows_in(out) == content(with_vm(vcpus=value))


def test_that_a_merge_without_a_common_ancestor_joins_what_is_equal(tmp_path: Path) -> None:
    paths = three(tmp_path, with_vm(vcpus=3), one_of_each())
    paths[0].write_bytes(b"")
    result = run("merge", *paths, "-o", tmp_path / "out.clouddesign")
    assert result.exit_code == 1
    assert result.stderr.startswith("conflict: VM vm-1: vCPUs is 3 in yours, 2 in theirs.\n")


@pytest.mark.parametrize("bad", [0, 1, 2])
def test_that_nothing_is_written_when_a_file_cannot_be_read(tmp_path: Path, bad: int) -> None:
    paths = three(tmp_path, one_of_each(), one_of_each())
    paths[bad].write_bytes(b"not a design")
    out = saved(tmp_path / "out.clouddesign")
    before = sight(out)
    result = run("merge", *paths, "-o", out)
    assert (result.exit_code, result.stdout) == (3, "")
    assert "is not a Cloud Designer project" in result.stderr
    assert sight(out) == before


@pytest.mark.parametrize("newer", [1, 2])
def test_that_a_file_of_a_later_version_is_not_merged_which_would_lose_what_only_that_knows(
    tmp_path: Path, newer: int
) -> None:
    paths = three(tmp_path, with_vm(vcpus=7), one_of_each())
    spoil(paths[newer], f"PRAGMA user_version = {VERSION + 1}")
    before = sight(paths[1])
    result = run("merge", *paths, "-o", paths[1])
    assert result.exit_code == 3
    assert "was saved by a later version of Cloud Designer. A merge here would lose" in result.stderr
    assert sight(paths[1]) == before


# -- check-file


def test_that_sound_files_are_described(tmp_path: Path) -> None:
    path = saved(tmp_path / "d.clouddesign")
    result = run("check-file", path, path)
    assert (result.exit_code, result.stderr) == (0, "")
    links = sum(isinstance(row, Link) for row in one_of_each())
    said = f"{path}: sound, {len(one_of_each()) - links} elements, {links} links, save 1, written by Cloud Designer "
    assert result.stdout.splitlines()[0].startswith(said)


def test_that_the_worst_of_several_files_is_the_exit_code(tmp_path: Path) -> None:
    sound = saved(tmp_path / "sound.clouddesign")
    odd = spoil(saved(tmp_path / "odd.clouddesign"), "UPDATE vm SET vcpus = 9")
    bad = tmp_path / "bad.clouddesign"
    bad.write_bytes(b"x")
    result = run("check-file", sound, odd)
    assert result.exit_code == 1
    assert "odd.clouddesign was changed after it was saved" in result.stderr
    result = run("check-file", bad, sound, odd)
    assert result.exit_code == 3
    assert len(result.stdout.splitlines()) == 2
    for command in (["dump", bad], ["diff", sound, bad], ["diff", bad, sound], ["dump", tmp_path / "gone"]):
        result = run(*command)
        assert (result.exit_code, result.stdout) == (3, "")
        assert result.stderr.startswith("cloud-designer: ")


# -- git


class Git:
    """A repository set up as --help says."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        self.do("init", "-q", "-b", "main")
        for text in (_DUMP_HELP, _DIFF_HELP, _MERGE_HELP):
            for line in re.findall(r"git config --global (.*)", text.replace("\\\n", "")):
                key, value = re.split(r"\s+", line, maxsplit=1)
                program = shlex.join(copies.command("-m", "designer"))
                self.do("config", key, value.strip("\"'").replace("cloud-designer", program))
        (attributes,) = {line.strip() for line in _MERGE_HELP.splitlines() if line.strip().startswith("*.cloud")}
        assert attributes in _DUMP_HELP
        (folder / ".gitattributes").write_text(attributes + "\n")
        self.do("add", ".gitattributes")

    @property
    def env(self) -> dict[str, str]:
        who = {f"GIT_{role}_{what}": "a" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
        return {**os.environ, **who, "GIT_CONFIG_NOSYSTEM": "1", "PYTHONPATH": str(Path(__file__).parent.parent)}

    def run(self, *args: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["git", *args],
            cwd=self.folder,
            env=self.env,
            capture_output=True,
            text=True,
            timeout=HUNG_S,
            check=False,
        )

    def do(self, *args: str) -> str:
        done = self.run(*args)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def commit(self, rows: Rows, branch: str = "", name: str = "d.clouddesign") -> None:
        if branch:
            self.do("checkout", "-q", "-B", branch, "main")
        path = self.folder / name
        project_file.save(path, rows, project_file.load(path).stamp if path.exists() else None)
        self.do("add", name)
        self.do("commit", "-q", "-m", "save")

    def commit_on(self, branch: str, fields: dict[str, object]) -> None:
        """Change the VM as it is on a branch, which is then checked out."""
        self.do("checkout", "-q", branch)
        rows = project_file.load(self.folder / "d.clouddesign").rows
        self.commit([clone(row, **fields) if row.id == IDS["vm"] else row for row in rows])

    def rows_in(self, name: str = "d.clouddesign") -> dict[int, object]:
        return rows_in(self.folder / name)


@pytest.fixture
def git(tmp_path: Path) -> Git:
    made = Git(tmp_path / "repository")
    made.commit(one_of_each())
    return made


def test_that_git_diff_shows_the_elements_that_changed(git: Git) -> None:
    git.commit(with_vm(vcpus=7))
    lines = git.do("diff", "HEAD~1", "HEAD").splitlines()
    (gone,) = (line for line in lines if line.startswith("-vm "))
    (come,) = (line for line in lines if line.startswith("+vm "))
    assert '"vcpus": 7' in come
    assert '"vcpus"' not in gone
    assert sum(line[0] in "+-" and line[:3] not in ("+++", "---") for line in lines) == 2
    assert "+vm " in git.do("log", "-p", "-1")


def test_that_git_merges_what_two_branches_changed(git: Git) -> None:
    git.commit(with_vm(vcpus=7), "mine")
    git.commit(with_vm(note="theirs"), "theirs")
    git.do("checkout", "-q", "mine")
    git.do("merge", "-q", "--no-edit", "theirs")
    assert rows_in(git.folder / "d.clouddesign") == content(with_vm(vcpus=7, note="theirs"))
    assert git.do("status", "--porcelain") == ""


def test_that_git_stops_at_a_conflict_with_a_design_that_opens(git: Git) -> None:
    git.commit(with_vm(vcpus=3), "mine")
    git.commit(with_vm(vcpus=4, note="theirs"), "theirs")
    git.do("checkout", "-q", "mine")
    done = git.run("merge", "--no-edit", "theirs")
    assert done.returncode == 1
    assert "conflict: VM vm-1: vCPUs is 3 in yours, 4 in theirs." in done.stderr + done.stdout
    assert git.do("status", "--porcelain").startswith("UU d.clouddesign")
    assert rows_in(git.folder / "d.clouddesign") == content(with_vm(vcpus=3, note="theirs"))
    git.do("add", "d.clouddesign")
    git.do("commit", "-q", "-m", "merged")


def conflicting(git: Git) -> None:
    """Two branches that changed the same VM; the merge of theirs into mine stops."""
    git.commit(with_vm(vcpus=3), "mine")
    git.commit(with_vm(vcpus=4, note="theirs"), "theirs")
    git.do("checkout", "-q", "mine")
    assert git.run("merge", "--no-edit", "theirs").returncode == 1


def test_that_three_branches_are_merged_one_after_the_other(git: Git) -> None:
    git.commit(with_vm(vcpus=7), "one")
    git.commit(with_vm(note="two"), "two")
    git.commit(with_vm(ram_mib=512.0), "three")
    git.do("checkout", "-q", "one")
    git.do("merge", "-q", "--no-edit", "two")
    git.do("merge", "-q", "--no-edit", "three")
    assert git.rows_in() == content(with_vm(vcpus=7, note="two", ram_mib=512.0))
    assert git.run("check-attr", "merge", "d.clouddesign").stdout.endswith("clouddesign\n")
    result = run("check-file", git.folder / "d.clouddesign")
    assert (result.exit_code, result.stderr) == (0, "")


def test_that_a_merge_of_three_at_once_is_refused_by_git_and_leaves_all_as_it_was(git: Git) -> None:
    git.commit(with_vm(vcpus=7), "one")
    git.commit(with_vm(note="two"), "two")
    git.commit(with_vm(ram_mib=512.0), "three")
    git.do("checkout", "-q", "one")
    done = git.run("merge", "--no-edit", "two", "three")  # git's octopus asks no driver
    assert done.returncode != 0
    git.do("reset", "-q", "--hard", "one")
    assert git.rows_in() == content(with_vm(vcpus=7))


def test_that_a_design_that_one_renamed_and_the_other_changed_is_merged_under_its_new_name(git: Git) -> None:
    git.do("checkout", "-q", "-B", "mine", "main")
    git.do("mv", "d.clouddesign", "shop.clouddesign")
    git.do("commit", "-q", "-m", "rename")
    git.commit(with_vm(vcpus=7), name="shop.clouddesign")
    git.commit(with_vm(note="theirs"), "theirs")
    git.do("checkout", "-q", "mine")
    git.do("merge", "-q", "--no-edit", "theirs")
    assert git.rows_in("shop.clouddesign") == content(with_vm(vcpus=7, note="theirs"))
    assert not (git.folder / "d.clouddesign").exists()


@pytest.mark.parametrize("collide", [False, True])
def test_that_branches_that_merged_each_other_are_merged_again(git: Git, collide: bool) -> None:
    git.commit(with_vm(vcpus=7), "one")
    git.commit(with_vm(note="two", **({"vcpus": 9} if collide else {})), "two")
    for here in ("one", "two"):
        git.do("branch", f"was-{here}", here)
    for here, there in (("one", "was-two"), ("two", "was-one")):
        git.do("checkout", "-q", here)
        if git.run("merge", "--no-edit", there).returncode:
            assert collide
            git.do("add", "d.clouddesign")
            git.do("commit", "-q", "-m", "merged")
    git.commit_on("one", {"ram_mib": 512.0})
    git.commit_on("two", {"name": "criss"})
    done = git.run("merge", "--no-edit", "one")
    assert done.returncode == (1 if collide else 0), done.stdout + done.stderr
    assert ("conflict: VM criss: vCPUs is 9 in yours, 7 in theirs." in done.stdout + done.stderr) == collide
    vm = next(row for row in project_file.load(git.folder / "d.clouddesign").rows if row.id == IDS["vm"])
    assert (vm.__dict__["ram_mib"], vm.__dict__["name"], vm.__dict__["note"]) == (512.0, "criss", "two")
    assert vm.__dict__["vcpus"] == (9 if collide else 7)


def test_that_a_rebase_merges_too(git: Git) -> None:
    git.commit(with_vm(vcpus=7), "mine")
    git.commit(with_vm(note="theirs"), "theirs")
    git.do("checkout", "-q", "mine")
    git.do("rebase", "-q", "theirs")
    assert git.rows_in() == content(with_vm(vcpus=7, note="theirs"))


# -- from git's conflict to the window


def window_on(desktop: Desktop, title: str = "^Merge with") -> str:
    """The id of a window, when it is there."""
    found: list[str] = []

    def there() -> bool:
        command = ["xdotool", "search", "--onlyvisible", "--name", title]
        said = subprocess.run(command, env=desktop.env, capture_output=True, text=True, timeout=HUNG_S, check=False)
        found[:] = said.stdout.split()
        return bool(found)

    until(there)
    return found[0]


def press(desktop: Desktop, window: str, *keys: str) -> None:
    """Press keys in a window, the last of which may close it before the key is up again, at which xdotool complains."""
    desktop.xdotool("windowfocus", "--sync", window)
    for key in keys:
        said = subprocess.run(["xdotool", "key", "--window", window, key], env=desktop.env, timeout=HUNG_S, check=False)
        assert said.returncode == 0 or key == keys[-1]


def tool(git: Git, desktop: Desktop, *args: str) -> subprocess.Popen[bytes]:
    """Start git on a display."""
    env = {**git.env, "DISPLAY": desktop.display, "QT_QPA_PLATFORM": "xcb"}
    made = subprocess.Popen(["git", *args], cwd=git.folder, env=env, stdin=subprocess.DEVNULL)
    desktop.started.append(made)
    return made


@pytest.mark.parametrize(("keys", "vcpus"), [(("t",), 4), (("m",), 3), (("Escape",), None)])
def test_that_a_conflict_of_git_is_chosen_in_the_window(
    git: Git, desktop: Desktop, keys: tuple[str, ...], vcpus: int | None
) -> None:
    conflicting(git)
    before = (git.folder / "d.clouddesign").read_bytes()
    started = tool(git, desktop, "mergetool", "--no-prompt", "--tool=clouddesign")
    window = window_on(desktop)
    press(desktop, window, *keys, *(("Return",) if vcpus is not None else ()))
    code = started.wait(HUNG_S)
    if vcpus is None:
        assert code != 0
        assert (git.folder / "d.clouddesign").read_bytes() == before
        assert git.do("status", "--porcelain").startswith("UU d.clouddesign")
        return
    assert code == 0
    assert git.rows_in() == content(with_vm(vcpus=vcpus, note="theirs"))
    assert git.do("status", "--porcelain", "--untracked-files=no").startswith("M  d.clouddesign")
    git.do("commit", "-q", "-m", "merged")


def test_that_git_shows_two_states_of_a_design_in_a_window(git: Git, desktop: Desktop) -> None:
    git.commit(with_vm(vcpus=7))
    started = tool(git, desktop, "difftool", "--no-prompt", "--tool=clouddesign", "HEAD~1", "HEAD")
    window = window_on(desktop, "^Compare .*d.clouddesign")
    press(desktop, window, "Escape")
    assert started.wait(HUNG_S) == 0


def test_that_without_a_display_a_sentence_says_so_and_nothing_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    paths = three(tmp_path, with_vm(vcpus=3), with_vm(vcpus=4))
    result = run("merge", *paths, "-o", tmp_path / "out.clouddesign", "--open")
    assert result.exit_code == 2
    assert "there is no display for --open" in result.stderr
    assert not (tmp_path / "out.clouddesign").exists()


def test_that_a_design_that_is_open_elsewhere_is_not_written_by_the_window(tmp_path: Path) -> None:
    paths = three(tmp_path, with_vm(vcpus=3), with_vm(vcpus=4))
    before = sight(paths[1])
    with closing(_Holding(paths[1])):
        result = run("merge", *paths, "-o", paths[1], "--open")
    assert result.exit_code == 3
    assert "mine.clouddesign is open in Cloud Designer" in result.stderr
    assert sight(paths[1])[0] == before[0]


class _Holding:
    """Another program that has a file open."""

    def __init__(self, path: Path) -> None:
        self._lock = lock_file(path)

    def close(self) -> None:
        self._lock.release()


def test_that_a_pipe_is_not_taken_for_an_empty_design(tmp_path: Path) -> None:
    path = tmp_path / "pipe.clouddesign"
    os.mkfifo(path)
    done = run("diff", saved(tmp_path / "one.clouddesign"), path)
    assert done.exit_code == 3
    assert done.stderr.endswith("pipe.clouddesign is a device or a pipe. Choose a project file.\n")


# -- load


def test_that_the_text_of_a_design_is_read_back(tmp_path: Path) -> None:
    saved(tmp_path / "d.clouddesign", all_changed)
    (tmp_path / "d.txt").write_text(run("dump", tmp_path / "d.clouddesign").stdout, "utf-8")
    result = run("load", tmp_path / "d.txt", "-o", tmp_path / "back.clouddesign")
    assert (result.exit_code, result.stderr) == (0, "")
    assert rows_in(tmp_path / "back.clouddesign") == rows_in(tmp_path / "d.clouddesign")
    for blueprint in blueprints().values():
        project = Project(KINDS, LINKS)
        begin(project, blueprint.text, blueprint.title)
        assert content(rows_of(dump(project.rows()))) == content(list(project.rows()))


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("vm", "it is no line of a dump"),
        ('vm aaaaaaaaaaaai {"in": 1}', "“1” is no id"),
        ('vm aaaaaaaaaaaai {"in": "aaaaaaaaaaaac", "vcpus": -1}', "whole number from 1 to 4,096"),
        ('vm aaaaaaaaaaaai {"in": "aaaaaaaaaaaac", "colour": 3}', "no field “colour”"),
        ('trace aaaaaaaaaaaai {"in": "aaaaaaaaaaaac", "data": "9 bytes"}', "brief dump"),
        ('vm aaaaaaaaaaaai {"in": "aaaaaaaaaaaac"}', "does not hold exactly one design"),
        ('link aaaaaaaaaaaai {"kind": "member"}', "is no id"),
        ("vm aaaaaaaaaaaai " + "[" * 100_000, "no line of a dump"),
    ],
)
def test_that_a_text_that_is_no_design_is_refused_with_its_line(tmp_path: Path, line: str, sentence: str) -> None:
    (tmp_path / "d.txt").write_text(line + "\n", "utf-8")
    result = run("load", tmp_path / "d.txt", "-o", tmp_path / "d.clouddesign")
    assert (result.exit_code, sentence in result.stderr) == (3, True), result.stderr
    assert not (tmp_path / "d.clouddesign").exists()
