"""The hard stop of an opening: it takes little more than the design's own size, and what takes more is refused."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from designer.errors import FileError
from designer.model.fields import field_specs
from designer.store.file import budget, check, project_file, reading
from designer.store.file.aside import Aside
from designer.store.file.schema import side_tables, tables
from designer.store.working.recovery import read_working
from tests.pace import within
from tests.store.bad_files import fill
from tests.store.designs import all_changed, one_of_each, saved, small_ids, spoil, without_rules
from tests.store.test_budget import COUNT, X, block, in_child, links, notes, run_of

IDS = small_ids()
SPARE = 24 << 20
"""Bytes above its own size that an opening of a small design may take: code that is used for the first time, and room
that the system gives in pieces."""


def differing(table: str, rows: int) -> list[Any]:
    """Statements that add rows of which no two have a number or a name in common."""
    specs, known = field_specs(tables()[table].row), tables()[table]
    numbers = [f'"{name}" = "{name}" + (id % 100000) * 1e-9' for name, kind in zip(known.columns, known.types)
               if kind is float]  # fmt: skip
    texts = [f"\"{name}\" = 'text ' || id" for name in specs if specs[name].type is str and not specs[name].choices]
    return [fill(table, rows), f"UPDATE {table} SET {', '.join([*numbers, *texts[:1]])} WHERE id >= 10000"]


def runs(path: Path) -> None:
    made = [run_of(*(block((1 << 17,), raw=1 << 20, part=n) for n in range(8)), number=1 + n) for n in range(20)]
    project_file.save(path, one_of_each(), aside=Aside(runs=tuple(made)))


LARGE: dict[str, Callable[[Path], Any]] = {
    "VMs": lambda path: spoil(path, fill("vm", 8_000)),
    "VMs that differ": lambda path: spoil(path, *differing("vm", 8_000)),
    "hosts that differ": lambda path: spoil(path, *differing("host", 8_000)),
    "databases that differ": lambda path: spoil(path, *differing("database", 8_000)),
    "racks": lambda path: spoil(path, fill("rack", 20_000)),
    "links": lambda path: spoil(
        path, fill("vm", 4_000), fill("service", 4), *links(20_000, "10000 + n % 4000", "10000 + n / 4000")
    ),
    "links to nowhere": lambda path: spoil(path, *links(60_000, "n", "-n")),
    "notes": lambda path: spoil(path, notes(2_000, X.format(4_000))),
    "traces": lambda path: spoil(path, fill("trace", 20), "UPDATE trace SET data = randomblob(1000000)"),
    "runs": runs,
}


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Makes such a file, once: it is only read."""

    @cache
    def made(name: str) -> Path:
        path = saved(tmp_path_factory.mktemp("large") / "large.clouddesign", all_changed)
        LARGE[name](path)
        return path

    return made


@pytest.mark.parametrize("name", LARGE)
def test_that_an_opening_takes_little_more_than_the_own_size_of_the_design(
    name: str, large: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the sums admit passes a budget twenty times as small as the real one."""
    path = large(name)
    monkeypatch.setattr(budget, "MEMORY_LIMIT", SPARE)

    def opened() -> str:
        try:
            return f"{len(project_file.load(path).rows)} rows"
        except FileError as error:
            return str(error)

    answer, seconds, _ = in_child(opened)
    assert "of memory more than" not in answer
    assert "broken" not in answer
    assert within(seconds, 1.0)


@pytest.mark.parametrize("opens", [project_file.load, project_file.design_rows, read_working])
@pytest.mark.parametrize("name", ["VMs that differ", "links to nowhere", "notes", "traces"])
def test_that_an_opening_that_takes_more_is_stopped_soon(
    name: str, opens: Callable[[Path], Any], large: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = large(name)
    monkeypatch.setattr(budget, "MEMORY_LIMIT", -(20 << 20))  # the own size is 20 MB less than it is
    monkeypatch.setattr(budget, "VALUE_BYTES", 0)
    own = path.stat().st_size >> 20

    answer, seconds, megabytes = in_child(lambda: opens(path))
    assert answer.startswith("refused: large.clouddesign was not opened: it takes -20 MiB of memory more than")
    assert megabytes < max(own - 20, 0) + 12
    assert within(seconds, 1.0)


# -- text where no sum looked for it


@pytest.mark.parametrize("column", ["cores", "ram_mib", "x", "powered_on"])
@pytest.mark.parametrize("value", ["'{}'", "x'{}'"], ids=["text", "data"])
def test_that_text_in_a_column_of_numbers_is_added_up(
    column: str, value: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = next(name for name in ("host", "vm") if column in tables()[name].columns)
    path = saved(tmp_path / "large.clouddesign")
    without_rules(path, table)
    spoil(path, fill(table, 100), f"UPDATE {table} SET {column} = {value.format('ab' * 10_000)}")
    for most, said in ((500_000, "MiB of text; the most is"), (20 << 20, f"where its {column} should be")):
        monkeypatch.setattr(reading, "TEXT_LIMIT", most)
        with pytest.raises(FileError, match=said):
            project_file.load(path)


@pytest.mark.parametrize(
    ("table", "column"),
    [("run_event", "what"), ("run_event", "time_s"), ("run_figure", "title"), ("run", "label"), ("view", "value"),
     ("run_block", "name"), ("run_block", "shape"), ("run_block", "data")],
)  # fmt: skip
def test_that_text_beside_the_design_is_added_up_before_it_is_read(
    table: str, column: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = saved(tmp_path / "large.clouddesign")
    known = side_tables()[table]
    names = ", ".join(f'"{name}"' for name in known.columns)
    given = dict.fromkeys((int, float, bool), "n") | {str: "'x' || n", bytes: "x''"}
    values = ", ".join("replace(hex(zeroblob(30000)), '0', 'é')" if name == column else given[kind]
                       for name, kind in zip(known.columns, known.types))  # fmt: skip
    spoil(path, known.ddl, f"INSERT INTO {table} ({names}) {COUNT.format(60)} SELECT {values} FROM c")
    monkeypatch.setattr(reading, "TEXT_LIMIT", 1 << 20)
    monkeypatch.setattr(reading, "BLOCKS_LIMIT", 1 << 20)
    monkeypatch.setattr(check, "TEXT_LIMIT", 1 << 20)
    began = time.process_time()
    loaded = project_file.load(path)
    assert within(time.process_time() - began, 1.0)
    assert loaded.partial
    assert reading.RUNS_LEFT_OUT in loaded.warnings
    assert loaded.aside == Aside()
