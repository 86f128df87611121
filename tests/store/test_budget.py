"""What a file may take: the sum of it is judged before it is read, and what is packed before it is unpacked."""

from __future__ import annotations

import json
import os
import resource
import shutil
import time
import zlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from designer.catalog import KINDS, LINKS
from designer.commands.presets import blueprints_of
from designer.engine.result.blocks import BLOCK_LIMIT, RUN_LIMIT, Block, Figure, SavedRun, columns_of
from designer.engine.spec import TimedEvent
from designer.errors import DesignerError, EngineError
from designer.model.amounts import UNPACKED_LIMIT
from designer.model.project import Project
from designer.settings import state_dir
from designer.store.file import aside as aside_module
from designer.store.file import project_file
from designer.store.file.aside import BLOCKS_LIMIT, RUNS_LIMIT, Aside
from designer.store.file.schema import side_tables, tables
from designer.study.build import build
from tests.pace import within
from tests.store.bad_files import fill
from tests.store.designs import all_changed, child, one_of_each, saved, small_ids, spoil, without_rules
from tests.store.memory import most_megabytes

MEGABYTES, SECONDS = 200, 1.0
MANY = int(os.environ.get("DESIGNER_LINKS", "125000"))
"""How many links a file holds that has too many of a sort, which are judged in a part of the time for all that it may
have (`make torture`: nearly all)."""
IDS = small_ids()
COUNT = "WITH RECURSIVE c(n) AS (SELECT 100000 UNION ALL SELECT n + 1 FROM c LIMIT {})"


def in_child(work: Callable[[], Any]) -> tuple[str, float, int]:
    """Run work in a copy of this process that may take MEGABYTES more; its answer, CPU seconds and megabytes."""
    reader, writer = os.pipe()
    pid = os.fork()
    if not pid:
        began, before = time.process_time(), most_megabytes()
        pages = int(Path("/proc/self/statm").read_text().split()[0])
        most = pages * resource.getpagesize() + (MEGABYTES << 20)
        resource.setrlimit(resource.RLIMIT_AS, (most, most))
        try:
            said = str(work())
        except DesignerError as error:
            said = f"refused: {error}"
        except BaseException as error:
            said = f"broken: {error!r}"
        os.write(writer, json.dumps([said, time.process_time() - began, most_megabytes() - before]).encode())
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        answer = json.loads(pipe.read())
    os.waitpid(pid, 0)
    return str(answer[0]), float(answer[1]), int(answer[2])


def opened(path: Path) -> str:
    loaded = project_file.load(path)
    return "opened " + " ".join(loaded.warnings)


def notes(rows: int, note: str) -> str:
    """A statement that adds notes, each with a text that SQL makes."""
    columns = [f'"{name}"' for name in tables()["note"].columns]
    values = ["n", *(note if name == '"note"' else name for name in columns[1:])]
    made = f"{COUNT.format(rows)} SELECT {', '.join(values)} FROM c, note WHERE id < 10000"
    return f"INSERT INTO note ({', '.join(columns)}) {made}"


def links(rows: int, source: str = f"{IDS['vm']}", target: str = f"{IDS['service']}") -> list[str]:
    made = f"{COUNT.format(rows)} SELECT n, 'member', {source}, {target}, '' FROM c"
    return ["DELETE FROM link", f"INSERT INTO link (id, kind, source, target, role) {made}"]


def long_default(table: str, column: str) -> list[str]:
    """A table whose short rows all have a long default."""
    names = [f'"{name}"' for name in tables()[table].columns if name != column]
    kept = ", ".join(names)
    return [
        f"CREATE TABLE short AS SELECT {kept} FROM {table}",
        f"DROP TABLE {table}",
        f"ALTER TABLE short RENAME TO {table}",
        f"INSERT INTO {table} ({kept}) {COUNT.format(20_000)} SELECT {', '.join(['n', *names[1:]])} FROM c, {table} "
        "WHERE id < 10000",
        f"ALTER TABLE {table} ADD COLUMN {column} DEFAULT '{'x' * 20_000}'",
    ]


X = "replace(hex(zeroblob({})), '0', 'x')"
FACTS = f"INSERT INTO meta {COUNT.format(80)} SELECT 'x' || n, {X.format(30_000)} FROM c"
SUMS: dict[str, tuple[Callable[[Path], Any], str]] = {
    "default of a name": (lambda path: spoil(path, *long_default("vm", "name")), "“vm.name” has a default"),
    "default of a note": (lambda path: spoil(path, *long_default("zone", "note")), "“zone.note” has a default"),
    "default of data": (lambda path: spoil(path, *long_default("trace", "data")), "“trace.data” has a default"),
    "short default": (
        lambda path: spoil(path, *long_default("host", "model")[:-1], "ALTER TABLE host ADD COLUMN model DEFAULT 'x'"),
        "“host.model” has a default",
    ),
    "300 notes of 1 MB": (lambda path: spoil(path, notes(300, X.format(500_000))), "it holds 286 MiB of text"),
    "notes of 150 MB together": (lambda path: spoil(path, notes(7_700, X.format(10_000))), "of text; the most is 128"),
    "10 notes of 1 MB": (lambda path: spoil(path, notes(10, X.format(500_000))), "too big"),
    "one note too long": (lambda path: spoil(path, notes(1, X.format(10_001))), "at most 20000 characters"),
    "very many equal links": (lambda path: spoil(path, *links(MANY)), "join the same two elements"),
    "equal links at the end": (
        lambda path: spoil(path, fill("vm", 20_000), *links(20_000, "10000 + min(n - 100000, 19990)")),
        "join the same two elements",
    ),
    "links in pairs": (
        lambda path: spoil(path, fill("vm", 25_000), *links(50_000, "10000 + (n - 100000) / 2")),
        "join the same two elements",
    ),
    "links to nowhere": (lambda path: spoil(path, *links(100_000, "n")), "is missing"),
    "very many links to nowhere": (lambda path: spoil(path, *links(MANY, "n", "-n")), "is missing"),
    "very many links from one element": (
        lambda path: spoil(path, fill("service", 20_000), *links(MANY, target="10000 + n % 20000")),
        "links “Member of service” start at one element",
    ),
    "very many links of elements that may not be linked": (
        lambda path: spoil(path, fill("note", 20_000), *links(MANY, "10000 + n % 20000", "11 + n / 20000")),
        "joins elements that it may not join",
    ),
    "very many links of a kind that nobody knows": (
        lambda path: spoil(path, *links(MANY), "UPDATE link SET kind = 'x'"),
        "which this version does not know",
    ),
    "links of text": (
        lambda path: (without_rules(path, "link"), spoil(path, *links(10_000, "'x'"))),
        "where its source should be",
    ),
    "facts of 60 kB": (lambda path: spoil(path, FACTS), "is damaged"),
    "1,000 tables": (
        lambda path: spoil(path, *(f"CREATE TABLE t{n} (x)" for n in range(1_000))),
        "tables and indexes; the most is 500",
    ),
    "a schema of 2 MB": (
        lambda path: spoil(path, *(f'CREATE TABLE t{n} ("{"x" * 20_000}")' for n in range(100))),
        "its schema has",
    ),
    "data of 300 MB": (
        lambda path: spoil(path, fill("trace", 10), "UPDATE trace SET data = zeroblob(30000000)"),
        "of packed data; the most is 256",
    ),
    "200,000 presets of nothing": (lambda path: spoil(path, fill("preset", 20_000)), "opened"),
}  # fmt: skip


@pytest.mark.parametrize("name", SUMS)
def test_that_the_sum_is_judged_before_it_is_read(name: str, tmp_path: Path) -> None:
    make, said = SUMS[name]
    path = saved(tmp_path / "large.clouddesign", all_changed)
    make(path)
    answer, seconds, megabytes = in_child(lambda: opened(path))
    assert said in answer
    assert not answer.startswith("broken")
    assert within(seconds, SECONDS * max(MANY / 990_000, 0.4) if name.startswith("very many") else SECONDS)
    assert megabytes < MEGABYTES


def test_that_one_odd_character_in_each_note_makes_no_second_copy_of_all_notes(tmp_path: Path) -> None:
    """In memory such a text takes four bytes a character: 30 MB in the file are 120 MB then, and once is enough."""
    path = spoil(saved(tmp_path / "large.clouddesign"), notes(1_400, X.format(9_990) + " || char(128512)"))
    answer, seconds, megabytes = in_child(lambda: opened(path))
    assert answer.startswith("opened")
    assert within(seconds, SECONDS)
    assert megabytes < 1_400 * 80_000 / 2**20 + 50


WITHOUT_MEMORY = """
import resource, sys
from pathlib import Path
from designer.errors import FileError
from designer.store.file import project_file

verb, path, other = sys.argv[1:]
rows = project_file.load(path).rows if verb == "saved" else []
for row in rows:
    row.__dict__.update({"note": "x" * 20_000} if "note" in row.__dict__ else {})
pages = int(Path("/proc/self/statm").read_text().split()[0])
most = pages * resource.getpagesize() + (1 << 20)
resource.setrlimit(resource.RLIMIT_AS, (most, most))
try:
    project_file.load(path) if verb == "opened" else project_file.save(other, rows)
except FileError as error:
    print(error)
"""


@pytest.mark.parametrize("verb", ["opened", "saved"])
def test_that_a_lack_of_memory_is_a_sentence(verb: str, tmp_path: Path) -> None:
    """In a process of its own: one that has run other tests has memory left over, which no limit takes away."""
    path = saved(tmp_path / "large.clouddesign")
    spoil(path, notes(5_000, X.format(10_000)) if verb == "opened" else fill("vm", 4_000))
    answer = child(WITHOUT_MEMORY, verb, path, tmp_path / "b.clouddesign")
    assert f"was not {verb}: it needs more memory than available. " in answer
    assert not (tmp_path / "b.clouddesign").exists()


# -- cheap to open, dear later


TRACE_ALONE = [row for row in one_of_each() if row.id in (IDS["design"], IDS["trace"])]


def trace(rows: int, samples: int, cells: str, raw: int) -> Callable[[Path], Any]:
    """A trace that says a shape and packs so many zeros."""
    data = zlib.compress(bytes(raw), 9)
    sql = "UPDATE trace SET rows = ?, samples = ?, cells = ?, data = ?"
    return lambda path: spoil(path, (sql, (rows, samples, cells, data)))


TRACES = {
    "zeros of 300 MB": (trace(1, 300 << 20, "percent", 1 << 20), "The traces hold 300 MiB; the most is 256"),
    "1.9 GB": (trace(1_900, 1_000_000, "percent", 1 << 20), "the most is 256"),
    "fractions": (trace(1, 40 << 20, "fraction", 1 << 20), "The traces hold 320 MiB"),
    "2^40 rows": (trace(1 << 40, 1 << 20, "percent", 10), "the most is 256"),
    "less than it says": (trace(10, 10, "percent", 99), "is damaged; import it again"),
    "more than it says": (trace(10, 10, "percent", 20 << 20), "is damaged; import it again"),
    "no rows of many": (trace(0, 1 << 40, "percent", 0), ""),
}


@pytest.mark.parametrize("name", TRACES)
def test_that_a_trace_says_its_shape_before_it_is_unpacked(name: str, tmp_path: Path) -> None:
    make, said = TRACES[name]
    path = saved(tmp_path / "trace.clouddesign", TRACE_ALONE)
    make(path)
    project = Project(KINDS, LINKS, project_file.load(path).rows)
    answer, seconds, megabytes = in_child(lambda: build(project, until_s=60.0))
    assert (said in answer) if said else ("2^" not in answer)
    assert not answer.startswith("broken")
    assert within(seconds, SECONDS)
    assert megabytes < MEGABYTES


def test_that_many_traces_are_added_up(tmp_path: Path) -> None:
    path = saved(tmp_path / "traces.clouddesign", TRACE_ALONE)
    trace(1, 50 << 20, "percent", 50 << 20)(path)  # packed: 50 kB
    spoil(path, fill("trace", 6))
    project = Project(KINDS, LINKS, project_file.load(path).rows)
    with pytest.raises(DesignerError, match="The traces hold 300 MiB; the most is 256"):
        build(project, until_s=60.0)
    assert UNPACKED_LIMIT == 256 << 20


def blueprint(text: bytes) -> bytes:
    return zlib.compress(text, 9)


HOST = b'{"format":1,"roots":[{"id":2,"x":0,"y":0}],"elements":[{"id":2,"kind":"host","note":"%s"}]}'


def test_that_200_blueprints_of_4_mb_are_read_when_they_are_used(tmp_path: Path) -> None:
    path = saved(tmp_path / "blueprints.clouddesign")
    spoil(path, ("UPDATE blueprint SET data = ?", (blueprint(HOST % (b"x" * 3_900_000)),)), fill("blueprint", 200))
    assert path.stat().st_size < 4 << 20

    def look() -> str:
        project = Project(KINDS, LINKS, project_file.load(path).rows)
        kept = blueprints_of(project)
        return f"{len(kept)} {kept[0].icon_kind}"

    answer, seconds, megabytes = in_child(look)
    assert answer == "201 host"
    assert within(seconds, SECONDS)
    assert megabytes < 50


@pytest.mark.parametrize(
    "data", [b"", b"no zlib", blueprint(b""), b"x" * 5_000_000], ids=["nothing", "no zlib", "no text", "too large"]
)
def test_that_a_blueprint_that_does_not_begin_well_is_left_out_and_told(data: bytes, tmp_path: Path) -> None:
    path = saved(tmp_path / "blueprints.clouddesign")
    loaded = project_file.load(spoil(path, ("UPDATE blueprint SET data = ?", (data,))))
    assert loaded.partial
    assert any("is damaged: its content cannot be read. It was left out." in text for text in loaded.warnings)


@pytest.mark.parametrize("text", [HOST[:40], HOST[:-3], b'{"elements":[', b"[" * 300_000, b'{"format":2}'])
def test_that_a_blueprint_damaged_further_on_is_refused_when_it_is_used(text: bytes, tmp_path: Path) -> None:
    path = saved(tmp_path / "blueprints.clouddesign")
    loaded = project_file.load(spoil(path, ("UPDATE blueprint SET data = ?", (blueprint(text),))))
    (kept,) = blueprints_of(Project(KINDS, LINKS, loaded.rows))
    with pytest.raises(DesignerError, match="is damaged: its content cannot be read"):
        assert kept.text


# -- blocks of saved runs


def block(shape: tuple[int, ...], dtype: str = "<f8", raw: int = 0, name: str = "a", part: int = 0) -> Block:
    data = zlib.compress(bytes(raw), 9)
    return Block(name, part, dtype, shape, zlib.crc32(data), data)


def run_of(*blocks: Block, number: int = 1) -> SavedRun:
    return SavedRun(number, 1.7e9, 1, 60.0, 60.0, 60.0, "finished", "0" * 64, "0" * 64, 1, blocks=blocks)


@pytest.mark.parametrize(
    "shape",
    [(0, 10**26), (10**26, 0), (0, 1 << 31), (1 << 62, 0), (1, 1, 1, 1, 1), (-1, -8), (BLOCK_LIMIT,), (1 << 40,), ()],
    ids=str,
)
def test_that_a_block_of_an_impossible_shape_is_left_out_on_opening(shape: tuple[int, ...], tmp_path: Path) -> None:
    path = tmp_path / "run.clouddesign"
    project_file.save(path, one_of_each(), aside=Aside(runs=(run_of(block(shape)),)))
    loaded = project_file.load(path)
    assert loaded.aside.runs == ()
    assert loaded.partial
    assert loaded.warnings == ["A saved run in the file is damaged and was left out. Run the design again."]
    with pytest.raises(EngineError):
        columns_of([block(shape)])


@pytest.mark.parametrize("raw", [0, 7, 9, 1 << 26])
def test_that_a_block_that_packs_something_else_is_refused_when_it_is_used(raw: int) -> None:
    def use() -> Any:
        return columns_of([block((1,), raw=raw)])

    answer, seconds, megabytes = in_child(use)
    assert answer == "refused: The saved run is damaged. Run the design again."
    assert within(seconds, SECONDS)
    assert megabytes < 50


def test_that_a_run_that_unpacks_to_too_much_is_left_out(tmp_path: Path) -> None:
    one = block((BLOCK_LIMIT // 8,), raw=BLOCK_LIMIT)
    many = [Block("a", n, "<f8", one.shape, one.checksum, one.data) for n in range(RUN_LIMIT // BLOCK_LIMIT)]
    path = tmp_path / "run.clouddesign"
    sound = run_of(*many, number=2)
    one_more = Block("a", len(many), "<f8", (1,), one.checksum, one.data)
    project_file.save(path, one_of_each(), aside=Aside(runs=(run_of(*many, one_more), sound)))
    answer, seconds, megabytes = in_child(lambda: project_file.load(path).aside.runs[0].id)
    assert answer == "2"
    assert within(seconds, SECONDS)
    assert megabytes < 50


def test_that_what_a_file_cannot_hold_is_not_added_to_it() -> None:
    runs = tuple(SavedRun(**{**run_of(number=n).__dict__, "pinned": True}) for n in range(1, RUNS_LIMIT + 1))
    full = Aside(runs=runs)
    with pytest.raises(DesignerError, match="Delete others first"):
        full.with_run(run_of(number=1000))
    assert len(full.without_run(1).with_run(run_of(number=1000)).runs) == RUNS_LIMIT
    assert BLOCKS_LIMIT < 1 << 30


@pytest.mark.parametrize(
    ("table", "parts"),
    [
        ("run_event", {"events": (TimedEvent(1.0, "fail", 2),) * 4}),
        ("run_figure", {"figures": (Figure(0, "a", "a", 1.0, ""),) * 4}),
        ("run_block", {"blocks": (block((1,), raw=8),) * 4}),
    ],
)
def test_that_rows_of_saved_runs_are_added_up_before_a_file_is_written(
    table: str, parts: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(aside_module.ROWS_LIMIT, table, 8)
    one, two, three = (SavedRun(**{**run_of(number=n).__dict__, **parts, "pinned": True}) for n in (1, 2, 3))
    full = Aside().with_run(one).with_run(two)
    what = next(iter(parts))
    with pytest.raises(
        DesignerError, match=rf"would have 12 {what} together; a file holds 8\. Delete other runs first"
    ):
        full.with_run(three)
    assert full.without_run(1).with_run(three).runs == (two, three)
    path = tmp_path / "a.clouddesign"
    named = {"blocks": tuple(block((1,), raw=8, part=n) for n in range(4))} if table == "run_block" else {}
    aside = Aside(runs=tuple(replace(run, **named) for run in full.runs))
    project_file.save(path, one_of_each(), aside=aside)
    assert project_file.load(path).aside == aside


def test_that_a_view_of_brackets_is_left_out(tmp_path: Path) -> None:
    path = saved(tmp_path / "view.clouddesign")
    spoil(path, side_tables()["view"].ddl, ("INSERT INTO view VALUES ('hidden_layers', ?)", ("[" * 300_000,)))
    loaded = project_file.load(path)
    assert loaded.aside.view == {}
    assert loaded.partial


# -- companions and copies


def sparse(path: Path, size: int) -> None:
    with path.open("ab") as file:
        os.truncate(file.fileno(), size)


@pytest.mark.parametrize("name", ["-wal", "-journal"])
@pytest.mark.parametrize("size", [3 << 30, (256 << 20) + 1])
def test_that_a_vast_companion_is_refused_before_a_copy(name: str, size: int, tmp_path: Path) -> None:
    path = saved(tmp_path / "design.clouddesign")
    sparse(path.with_name(path.name + name), size)
    answer, seconds, _ = in_child(lambda: opened(path))
    assert f"design.clouddesign{name} beside it has" in answer
    assert seconds < 0.5
    assert list((state_dir() / "copies").rglob("copy.db*")) == []


def test_that_a_vast_file_with_a_small_companion_is_refused_before_a_copy(tmp_path: Path) -> None:
    path = saved(tmp_path / "design.clouddesign")
    sparse(path, 600 << 20)
    path.with_name(f"{path.name}-wal").write_bytes(b"x")
    assert "with its journals it has 600 MiB" in in_child(lambda: opened(path))[0]


def test_that_a_vast_file_that_claims_a_log_is_refused_without_a_copy(tmp_path: Path) -> None:
    path = saved(tmp_path / "design.clouddesign")
    with path.open("r+b") as file:
        file.seek(18)
        file.write(b"\x02\x02")
    sparse(path, 39 * 10**8)
    answer, seconds, _ = in_child(lambda: opened(path))
    assert "were written" in answer
    assert seconds < 0.5


@pytest.mark.parametrize("name", ["-wal", "-journal"])
def test_that_a_companion_that_is_no_file_is_not_read(name: str, tmp_path: Path) -> None:
    path = saved(tmp_path / "design.clouddesign")
    os.mkfifo(path.with_name(path.name + name))
    assert project_file.load(path).warnings == []


def test_that_copies_stand_in_the_state_folder_and_those_of_dead_programs_go(tmp_path: Path) -> None:
    path = saved(tmp_path / "design.clouddesign")
    path.with_name(f"{path.name}-journal").write_bytes(b"no journal")
    left = state_dir() / "copies" / "999999999-left"
    left.mkdir(parents=True)
    (left / "copy.db").write_bytes(b"x")
    assert project_file.load(path).warnings
    assert list((state_dir() / "copies").iterdir()) == []


def test_that_copies_of_all_programs_are_counted(tmp_path: Path) -> None:
    path = saved(tmp_path / "design.clouddesign")
    path.with_name(f"{path.name}-journal").write_bytes(b"no journal")
    other = state_dir() / "copies" / f"{os.getpid()}-other"
    other.mkdir(parents=True)
    (other / "copy.db").touch()
    sparse(other / "copy.db", 1 << 30)
    with pytest.raises(DesignerError, match="copies may take 1,024 MiB together"):
        project_file.load(path)
    shutil.rmtree(other)
