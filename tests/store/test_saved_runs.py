"""Runs and views in the file: what is kept comes back, what is damaged is left out, and the design is always there."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from functools import cache
from pathlib import Path
from sqlite3 import connect
from typing import Any

import numpy as np
import pytest

from designer.engine.result.blocks import Block, Figure, SavedRun, blocks_of, columns_of
from designer.engine.spec import TimedEvent
from designer.errors import EngineError
from designer.model.element import Element
from designer.store.exchange.dump import dump
from designer.store.file import aside as aside_module
from designer.store.file import project_file
from designer.store.file.aside import Aside
from designer.store.file.run_design import design_of, fingerprint, with_design
from tests.store.designs import Rows, one_of_each, spoil

DAY_S = 86_400.0
SHA = "0123456789abcdef" * 4
VIEW = {"scale": 0.5, "x": -12.25, "y": 7, "width": 1600.5, "height": 900, "hidden_layers": ["network"],
        "color_by": "steal", "selected": [2**62], "expanded": [], "lanes": ["load", "power"],
        "lanes_by": "host"}  # fmt: skip


@cache
def packed(number: int) -> tuple[Block, ...]:
    """What a run has recorded, packed once: the largest column is in two blocks."""
    random = np.random.default_rng(number)
    columns = {"allocated": random.random((3000, 60)), "filled": np.array([288]), "log_what": np.zeros(0, np.uint8)}
    return tuple(blocks_of(columns))


def kept(number: int = 1, **fields: Any) -> SavedRun:
    made = SavedRun(
        id=number, made_s=1.7e9 + number, seed=7, until_s=DAY_S, sample_s=300.0, time_s=DAY_S, state="finished",
        digest=SHA, spec_sha256=SHA[::-1], result_version=1, label="vor der Prüfung", pinned=True,
        events=(TimedEvent(3600.0, "fail", 2**62 + 1), TimedEvent(np.nextafter(3600.0, 4e3), "recover", 2**62 + 1)),
        figures=(Figure(0, "Whole design", "Energy", 1234.5678901234567, "Wh"),),
        blocks=packed(number),
    )  # fmt: skip
    return replace(made, **fields)


def file_with(path: Path, *runs: SavedRun, rows: Rows | None = None, **view: Any) -> Path:
    project_file.save(path, rows or one_of_each(), aside=Aside(view, runs))
    return path


def test_that_runs_and_the_view_come_back_as_they_were(tmp_path: Path) -> None:
    runs = kept(1), kept(2, label="", pinned=False, state="paused", time_s=12.5, events=(), figures=())
    loaded = project_file.load(file_with(tmp_path / "a.clouddesign", *runs, **VIEW))
    assert loaded.warnings == []
    assert loaded.aside == Aside(VIEW, runs)
    columns = columns_of(loaded.aside.runs[0].blocks)
    assert columns["allocated"].tobytes() == np.random.default_rng(1).random((3000, 60)).tobytes()


def test_that_a_run_is_no_part_of_what_is_designed(tmp_path: Path) -> None:
    plain, beside = tmp_path / "plain.clouddesign", tmp_path / "beside.clouddesign"
    rows = one_of_each()
    project_file.save(plain, rows)
    file_with(beside, kept(), rows=rows, **VIEW)
    one, other = project_file.load(plain), project_file.load(beside)
    assert fingerprint(one.rows) == fingerprint(other.rows)
    assert list(dump(one.rows)) == list(dump(other.rows))


def test_that_a_file_without_runs_holds_no_table_of_them(tmp_path: Path) -> None:
    path = file_with(tmp_path / "a.clouddesign")
    with closing(connect(path)) as base:
        names = {name for (name,) in base.execute("SELECT name FROM sqlite_master")}
    assert not names & {"view", "run", "run_event", "run_figure", "run_block"}


def test_that_the_design_of_a_run_comes_back_and_no_other() -> None:
    rows = one_of_each()
    run = with_design(kept(), rows)
    assert run.design_sha256 == fingerprint(rows)
    assert fingerprint(design_of(run)) == fingerprint(rows)
    with pytest.raises(EngineError, match="damaged"):
        design_of(replace(run, design_sha256=SHA))
    with pytest.raises(EngineError, match="cannot be read"):
        design_of(kept())


def test_that_the_design_of_a_run_is_read_with_all_checks() -> None:
    rows = one_of_each()
    run = with_design(kept(), rows)
    data = bytearray(columns_of([b for b in run.blocks if b.name == "design"])["design"])
    data[60:64] = bytes(4)
    blocks = tuple(blocks_of({"design": np.frombuffer(bytes(data), np.uint8)}))
    with pytest.raises(EngineError, match="cannot be read"):
        design_of(replace(run, blocks=blocks))


LARGE = zlib.compress(bytes(aside_module.BLOCK_LIMIT + 8))

BROKEN: list[tuple[str, str]] = [
    ("a flipped byte", "UPDATE run_block SET data = zeroblob(length(data)) WHERE part = 1"),
    ("half a block", "UPDATE run_block SET data = substr(data, 1, length(data) / 2) WHERE part = 0"),
    ("no data", "UPDATE run_block SET data = ''"),
    ("text for data", "UPDATE run_block SET data = 'many'"),
    ("a huge shape", "UPDATE run_block SET shape = '1000000,1000000'"),
    ("a negative shape", "UPDATE run_block SET shape = '-3,2'"),
    ("five dimensions", "UPDATE run_block SET shape = '1,1,1,1,1'"),
    ("a foreign type", "UPDATE run_block SET dtype = 'O'"),
    ("a state nobody knows", "UPDATE run SET state = 'dreaming'"),
    ("an event nobody knows", "UPDATE run_event SET what = 'explode'"),
    ("an endless time", "UPDATE run SET until_s = 9e999"),
    ("more than its length", "UPDATE run SET time_s = until_s * 2"),
    ("no fingerprint", "UPDATE run SET digest = ''"),
    ("text for a number", "UPDATE run SET seed = 'many'"),
    ("a long label", "UPDATE run SET label = printf('%.*c', 50000, 'x')"),
    ("a huge version", "UPDATE run SET result_version = -1"),
    ("a figure that is none", "UPDATE run_figure SET value = 'much'"),
    ("blocks of no run", "DELETE FROM run"),
    ("a huge block", "UPDATE run_block SET data = zeroblob(20000000)"),
]


@pytest.mark.parametrize("statement", [statement for _, statement in BROKEN], ids=[name for name, _ in BROKEN])
def test_that_a_broken_run_is_left_out_with_a_sentence_and_the_design_opens(tmp_path: Path, statement: str) -> None:
    path = file_with(tmp_path / "a.clouddesign", kept())
    before = fingerprint(project_file.load(path).rows)
    loaded = project_file.load(spoil(path, statement))
    assert fingerprint(loaded.rows) == before
    assert loaded.aside.runs == ()
    (warning,) = loaded.warnings
    assert "damaged" in warning
    assert warning.endswith("Run the design again.")


def test_that_only_the_broken_one_of_two_runs_is_left_out(tmp_path: Path) -> None:
    path = file_with(tmp_path / "a.clouddesign", kept(1), kept(2))
    loaded = project_file.load(spoil(path, "UPDATE run_block SET data = x'00' WHERE run = 1 AND part = 0"))
    assert loaded.aside.runs == (kept(2),)
    assert len(loaded.warnings) == 1


@pytest.mark.parametrize("table", ["run", "run_block", "run_event", "run_figure"])
def test_that_too_many_rows_are_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, table: str) -> None:
    monkeypatch.setitem(aside_module.ROWS_LIMIT, table, 0)
    loaded = project_file.load(file_with(tmp_path / "a.clouddesign", kept()))
    assert (loaded.aside.runs, len(loaded.warnings)) == ((), 1)


def test_that_a_torn_page_of_a_run_does_not_hide_the_design(tmp_path: Path) -> None:
    path = file_with(tmp_path / "a.clouddesign", kept())
    with closing(connect(path)) as base:
        (root,) = base.execute("SELECT rootpage FROM sqlite_master WHERE name = 'run_block'").fetchone()
        (size,) = base.execute("PRAGMA page_size").fetchone()
    data = bytearray(path.read_bytes())
    data[(root - 1) * size : root * size] = b"\xff" * size
    path.write_bytes(data)
    loaded = project_file.load(path)
    assert fingerprint(loaded.rows) == fingerprint(one_of_each())
    assert loaded.aside.runs == ()
    assert [w for w in loaded.warnings if "runs" in w]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("scale", "0"), ("scale", "-1"), ("scale", "1e400"), ("x", "NaN"), ("scale", '"big"'), ("selected", "[-1]"),
        ("selected", "[1.5]"), ("selected", "[" * 5000), ("color_by", "7"), ("lanes", '[["a"]]'), ("secret", "1"),
    ],
)  # fmt: skip
def test_that_a_view_that_means_nothing_is_left_out_without_a_word(tmp_path: Path, name: str, value: str) -> None:
    path = file_with(tmp_path / "a.clouddesign", color_by="heat", lanes=["load"], x=1.0, scale=2.0, selected=[5])
    with closing(connect(path)) as base, base:
        base.execute("INSERT OR REPLACE INTO view VALUES (?, ?)", (name, value))
    loaded = project_file.load(path)
    assert name not in loaded.aside.view
    assert len(loaded.aside.view) >= 4
    assert loaded.warnings == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda base: base.execute("ALTER TABLE run ADD COLUMN warp REAL"), "the column “run.warp”"),
        (lambda base: base.execute("CREATE TABLE run_log (id INTEGER)"), "the table “run_log”"),
        (lambda base: base.execute("CREATE TRIGGER t AFTER INSERT ON run BEGIN SELECT 1; END"), "the trigger “t”"),
    ],
)
def test_that_what_is_not_ours_is_refused_in_these_tables_too(
    tmp_path: Path, change: Callable[[Any], Any], said: str
) -> None:
    path = file_with(tmp_path / "a.clouddesign", kept())
    with closing(connect(path)) as base, base:
        change(base)
    with pytest.raises(project_file.FileError, match=said):
        project_file.load(path)


def test_that_rows_of_the_design_stay_elements(tmp_path: Path) -> None:
    loaded = project_file.load(file_with(tmp_path / "a.clouddesign", kept()))
    assert sum(isinstance(row, Element) for row in loaded.rows) == sum(isinstance(r, Element) for r in one_of_each())
