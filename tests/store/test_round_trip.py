"""What is saved is what is opened: every field of every kind, links, ids, names; opening only reads."""

from __future__ import annotations

import gc
import math
import os
import random
import sqlite3
import stat
import tempfile
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from designer.catalog import KINDS, LINKS
from designer.errors import FileError, RuleError
from designer.model.boxes import BOX_LIMITS
from designer.model.element import ROOT_ID, make, values
from designer.model.fields import FieldSpec, check_value, field_specs
from designer.model.project import Project
from designer.store.file import project_file
from designer.store.file.content import TOGETHER, TURNED, insert
from designer.store.file.normal import RANK_LIMIT
from designer.store.file.project_file import Stamp
from designer.store.file.schema import VERSION, tables
from tests.store.designs import (
    JOINS,
    SOUND,
    STANDS_IN,
    all_changed,
    child,
    content,
    one_of_each,
    other_value,
    saved,
    sight,
    small_ids,
)

EXAMPLES = int(os.environ.get("DESIGNER_EXAMPLES", "8"))
KINDS_OF: dict[str, type] = {"x": float, "powered_on": bool, "rank": int}
TEXT = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
ODD_NAMES = [
    "",
    " ",
    "Robert'); DROP TABLE vm;--",
    '"quoted" and `ticked`',
    "zone\nnew line\ttab\r",
    "日本語のゾーン",
    "🛰️👩‍👩‍👧‍👦",
    "\u202eright to left\u202c",
    "e\u0301 is not \u00e9",
    "<img src=x onerror=alert(1)>",
    "%s %n {0} \\x00",
    "\ufeff\u200b\u2028",
    "\x01\x1b[31m\x7f",
    "\U0010ffff",
    "x" * 200,
    "🛰" * 200,
    "1",
    "1e5",
    "NULL",
]


def takes(kind: str, spec: FieldSpec, value: Any) -> bool:
    try:
        check_value(KINDS[kind].table, spec.name, value, "")
    except RuleError:
        return False
    return True


def other_values(kind: str, spec: FieldSpec) -> st.SearchStrategy[Any]:
    """All that a field takes but its default."""
    found: st.SearchStrategy[Any]
    if spec.choices:
        found = st.sampled_from(spec.choices)
    elif spec.type is bool:
        return st.just(not spec.default)
    elif spec.type is str:
        found = st.text(TEXT, min_size=1, max_size=min(spec.max_length or 100, 100))
    elif spec.type is bytes:
        found = st.binary(min_size=1, max_size=300)
    elif spec.type is int:
        low, high = spec.low if spec.low is not None else -(2**63), spec.high if spec.high is not None else 2**63 - 1
        found = st.integers(int(low), min(int(high), RANK_LIMIT))
    else:
        most = BOX_LIMITS.get(spec.name)
        low, high = (spec.low, spec.high) if most is None else (max(spec.low or -most, -most), most)
        found = st.floats(low, high, allow_nan=False, allow_infinity=False)
    other = other_value(spec)
    drawn = found.map(lambda value: value if value != spec.default and takes(kind, spec, value) else other)
    return st.just(other) | drawn  # a design of each field drawn would be more than hypothesis takes


ANY_FIELDS = st.fixed_dictionaries(
    {
        kind: st.fixed_dictionaries(
            {
                name: other_values(kind, spec)
                for name, spec in field_specs(KINDS[kind].table).items()
                if name != "parent" and name not in SOUND.get(kind, {})
            }
        )
        for kind in STANDS_IN
    }
)
ANY_IDS = st.lists(
    st.integers(ROOT_ID + 1, 2**63 - 1), unique=True, min_size=len(small_ids()) - 1, max_size=len(small_ids()) - 1
).map(lambda drawn: dict(zip(small_ids(), [ROOT_ID, *drawn])))


@settings(max_examples=EXAMPLES)
@given(fields=ANY_FIELDS, ids=ANY_IDS, role=st.text(TEXT, min_size=1, max_size=200))
def test_that_every_field_of_every_kind_comes_back(fields: Any, ids: dict[str, int], role: str) -> None:
    rows = one_of_each(ids, fields, role)
    with tempfile.TemporaryDirectory() as folder:
        path = saved(Path(folder) / "any.clouddesign", rows)
        loaded = project_file.load(path)
    assert content(loaded.rows) == content(rows)
    assert all(text.startswith("The traces hold ") for text in loaded.warnings)  # a shape that no run can unpack


def test_that_the_design_of_these_tests_holds_every_kind_link_and_field() -> None:
    rows = all_changed()
    assert set(STANDS_IN) == set(KINDS)
    assert set(JOINS) == set(LINKS)
    for row in rows:
        given, defaults = values(row), values(type(row)())
        assert [name for name in given if given[name] == defaults[name] and name not in ("id", "parent")] == []
    assert {type(row) for row in rows} == {table.row for table in tables().values()} - {tables()["meta"].row}


def test_that_a_design_with_no_field_at_its_default_comes_back(tmp_path: Path) -> None:
    rows = all_changed()
    assert content(project_file.load(saved(tmp_path / "all.clouddesign", rows)).rows) == content(rows)


def test_that_an_empty_design_comes_back(tmp_path: Path, project: Project) -> None:
    loaded = project_file.load(saved(tmp_path / "empty.clouddesign", project.rows()))
    assert content(loaded.rows) == content(project.rows())


@pytest.mark.parametrize("name", ODD_NAMES)
def test_that_a_name_with_odd_characters_comes_back(tmp_path: Path, name: str) -> None:
    rows = one_of_each(fields={kind: {"name": name, "note": name * 3} for kind in STANDS_IN}, role=name)
    loaded = project_file.load(saved(tmp_path / "odd.clouddesign", rows))
    assert content(loaded.rows) == content(rows)
    assert loaded.warnings == []


@pytest.mark.parametrize(
    "name", ["a b", "?mode=rw", "#", "100%41", "ü", "日本", "'", '"', ";", "%00", "new\nline", "-wal"]
)
def test_that_a_file_with_an_odd_name_is_saved_and_opened(tmp_path: Path, name: str) -> None:
    folder = tmp_path / f"in {name}"
    folder.mkdir()
    path = saved(folder / f"{name}.clouddesign")
    assert content(project_file.load(path).rows) == content(one_of_each())
    assert [entry.name for entry in folder.iterdir()] == [path.name]


def test_that_a_file_name_that_is_no_text_is_saved_and_opened(tmp_path: Path) -> None:
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.clouddesign"))
    assert content(project_file.load(saved(path)).rows) == content(one_of_each())


def test_that_the_longest_file_name_is_saved_and_opened(tmp_path: Path) -> None:
    path = tmp_path / ("n" * 243 + ".clouddesign")
    assert content(project_file.load(saved(path)).rows) == content(one_of_each())


def test_that_a_name_without_a_folder_is_in_the_current_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    project_file.save("here.clouddesign", one_of_each())
    assert content(project_file.load("here.clouddesign").rows) == content(one_of_each())
    assert [entry.name for entry in tmp_path.iterdir()] == ["here.clouddesign"]


def test_that_a_value_is_opened_as_the_type_of_its_field(tmp_path: Path) -> None:
    # The bulk door takes what it is given: whole numbers where fractions belong, 1 for True, a zero with a sign.
    rows = one_of_each(fields={"vm": {"x": 3, "y": -0.0, "mhz": 2400, "hug": 1, "powered_on": 0, "vcpus": True}})
    loaded = project_file.load(saved(tmp_path / "types.clouddesign", rows))
    vm = next(row for row in loaded.rows if type(row).__name__ == "Vm")
    fields = [vm.__dict__[name] for name in ("x", "y", "mhz", "hug", "powered_on", "vcpus")]
    assert list(map(repr, fields)) == ["3.0", "0.0", "2400.0", "True", "False", "1"]
    assert loaded.warnings == []
    assert math.copysign(1.0, next(row for row in rows if row.id == vm.id).__dict__["y"]) == -1.0


def test_that_a_row_that_was_opened_can_be_read_and_changed(tmp_path: Path) -> None:
    rows = project_file.load(saved(tmp_path / "used.clouddesign")).rows
    project = Project(KINDS, LINKS, rows)
    with project.edit("Rename"):
        for row in rows:
            assert type(row)(**values(row)).model_dump() == row.model_dump()
            project.set(row.id, **({"role": "new"} if row.id in project.links else {"name": "new"}))
    again = project_file.load(saved(tmp_path / "used.clouddesign", project.rows()))
    assert content(again.rows) == content(project.rows())


def test_that_opening_does_not_wake_or_stop_the_collector(tmp_path: Path) -> None:
    path = saved(tmp_path / "gc.clouddesign")
    code = "import gc, sys\nfrom designer.store.file import project_file\n" + (
        "project_file.load(sys.argv[1])\nprint(gc.isenabled())\ngc.disable()\n"
        "project_file.load(sys.argv[1])\nprint(gc.isenabled())"
    )
    assert child(code, path).split() == ["True", "False"]
    assert not gc.isenabled()


# -- the stamp


def test_that_the_same_rows_and_stamp_give_the_same_bytes(tmp_path: Path) -> None:
    stamp = Stamp("doc", "save", "before", 7, "a test")
    first, second = tmp_path / "1.clouddesign", tmp_path / "2.clouddesign"
    project_file.save_stamped(first, all_changed(), stamp)
    project_file.save_stamped(second, list(reversed(all_changed())), stamp)
    assert first.read_bytes() == second.read_bytes()
    assert project_file.load(first).stamp == stamp


@pytest.mark.parametrize("odd", [{}, {"x": [-0.0, 2, True, 2**60], "powered_on": [1, 0], "rank": [True, 3]}])
def test_that_numbers_of_another_type_in_another_order_give_the_same_bytes(odd: dict[str, list[Any]]) -> None:
    stamp, kind = Stamp("doc", "save"), KINDS["vm"].table
    rows = one_of_each()
    host = next(row.id for row in rows if row.kind == "host")
    plain = [{"id": 500 + n, "parent": host, "name": f"vm {n % 7}", "vcpus": 1 + n % 3} for n in range(TURNED + 40)]
    for fields in plain:
        fields.update({name: given[fields["id"] % len(given)] for name, given in odd.items()})
    sound = [{**one, **{name: KINDS_OF[name](one[name]) + 0 for name in odd}} for one in plain]
    expected = project_file.pack([*rows, *(make(kind, fields) for fields in sound)], stamp)
    random.Random(1).shuffle(plain)
    assert project_file.pack([*(make(kind, fields) for fields in plain), *rows], stamp) == expected


@pytest.mark.parametrize("value", [None, "1", b"1", [1, 2], math.nan])
@pytest.mark.parametrize("field", ["rank", "parent", "cores", "x"])
def test_that_a_value_that_is_no_number_is_named_wherever_it_stands(field: str, value: Any, tmp_path: Path) -> None:
    rows = one_of_each()
    host = next(row for row in rows if row.kind == "host")
    more = [make(type(host), {**values(host), "id": 500 + n, "rank": n, "name": f"host {n}"}) for n in range(9)]
    for row in (more[0], more[4], more[8]):
        row.__dict__[field] = value
        with pytest.raises(FileError, match=rf"host {more.index(row)}\b"):
            project_file.save(tmp_path / "a.clouddesign", [*rows, *reversed(more)])
        row.__dict__[field] = host.__dict__[field]


@pytest.mark.parametrize("number", [1, TOGETHER - 1, TOGETHER, 2 * TOGETHER + 1])
def test_that_values_said_once_for_many_rows_are_written_as_those_that_are_bound(number: int) -> None:
    table = tables()["vm"]
    odd: dict[type, list[Any]] = {
        str: [*ODD_NAMES, "it's", "?", "?1", ":a", "a" * 41, "día"],
        int: [0, 1, -1, 2**31, 2**53, -(2**53) - 1, 2**63 - 1],
        float: [0.0, -0.0, 1.0, -3.0, 0.1, 1e15, float(2**53), 2.0**60, 1e300, 5e-324],
        bool: [0, 1],
    }
    for turn in range(len(odd[str])):
        columns: list[Any] = [[odd[kind][(turn + place) % len(odd[kind])]] * number for place, kind in
                              enumerate(table.types)]  # fmt: skip
        columns[0] = list(range(1, number + 1))
        columns[1] = [n % 7 for n in range(number)]
        with closing(sqlite3.connect(":memory:")) as ours, closing(sqlite3.connect(":memory:")) as bare:
            for base in (ours, bare):
                base.execute(table.ddl)
            insert(ours, table, columns)
            bare.executemany(table.insert, zip(*columns))
            for base in (ours, bare):
                base.commit()
            cells = ", ".join(f"typeof({name}), hex({name}), {name}" for name in table.columns)
            query = f"SELECT {cells} FROM vm ORDER BY id"
            assert ours.execute(query).fetchall() == bare.execute(query).fetchall()
            assert ours.serialize() == bare.serialize()


def test_that_each_save_is_a_new_one_of_the_same_document(tmp_path: Path) -> None:
    path = tmp_path / "d.clouddesign"
    first = project_file.save(path, one_of_each())
    second = project_file.save(path, one_of_each(), first)
    assert (first.revision, second.revision) == (1, 2)
    assert second.document_id == first.document_id
    assert second.parent_save_id == first.save_id
    assert len({first.save_id, second.save_id, project_file.save(path, one_of_each(), second).save_id}) == 3
    assert project_file.load(path).stamp.parent_save_id == second.save_id


def test_that_a_new_document_has_an_id_of_its_own(tmp_path: Path) -> None:
    made = {project_file.save(tmp_path / f"{n}.clouddesign", one_of_each()).document_id for n in range(5)}
    assert len(made) == 5


def test_that_the_file_is_an_sqlite_file_with_our_marks(tmp_path: Path) -> None:
    path = saved(tmp_path / "marks.clouddesign")
    head = path.read_bytes()[:100]
    assert head[:16] == b"SQLite format 3\0"
    assert head[68:72] == b"CDes"
    with closing(sqlite3.connect(path)) as base:
        assert base.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert base.execute("PRAGMA user_version").fetchone() == (VERSION,)
        assert base.execute("PRAGMA journal_mode").fetchone() == ("delete",)
        meta = dict(base.execute("SELECT name, value FROM meta"))
    assert set(meta) == {
        "document_id", "save_id", "parent_save_id", "revision", "written_by", "min_reader", "sha256",
    }  # fmt: skip


@pytest.mark.parametrize("table", list(tables()))
def test_that_one_changed_cell_is_noticed(tmp_path: Path, table: str) -> None:
    path = saved(tmp_path / "changed.clouddesign", all_changed)
    change = {"meta": "value = '8' WHERE name = 'revision'", "link": "role = 'x' WHERE id = (SELECT min(id) FROM link)"}
    with closing(sqlite3.connect(path)) as base, base:
        done = base.execute(f"UPDATE {table} SET {change.get(table, 'x = x + 0.25')}")
        assert done.rowcount == 1
    loaded = project_file.load(path)
    assert loaded.warnings == [
        "changed.clouddesign was changed after it was saved, by another program or by a disk fault. "
        "Check it before you rely on it."
    ]


# -- opening only reads


def test_that_opening_leaves_file_and_folder_as_they_are(tmp_path: Path) -> None:
    path = saved(tmp_path / "still.clouddesign")
    os.utime(path, ns=(1_600_000_000_000_000_000, 1_600_000_000_123_456_789))
    path.chmod(0o444)
    before = sight(path)
    project_file.load(path)
    assert sight(path) == before
    assert [entry.name for entry in tmp_path.iterdir()] == ["still.clouddesign"]


def test_that_a_file_that_another_program_has_locked_is_opened(tmp_path: Path) -> None:
    path = saved(tmp_path / "locked.clouddesign")
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        assert len(project_file.load(path).rows) == len(one_of_each())


def test_that_a_file_in_wal_mode_is_opened_and_no_wal_is_left(tmp_path: Path) -> None:
    path = saved(tmp_path / "wal.clouddesign")
    with closing(sqlite3.connect(path)) as other:
        assert other.execute("PRAGMA journal_mode=WAL").fetchone() == ("wal",)
        other.execute("UPDATE region SET name = 'from the wal'")
        other.commit()
        before = sorted(entry.name for entry in tmp_path.iterdir())
        assert before == ["wal.clouddesign", "wal.clouddesign-shm", "wal.clouddesign-wal"]
        kept, found = path.read_bytes(), (tmp_path / "wal.clouddesign-wal").read_bytes()
        loaded = project_file.load(path)
        assert sorted(entry.name for entry in tmp_path.iterdir()) == before
        assert (path.read_bytes(), (tmp_path / "wal.clouddesign-wal").read_bytes()) == (kept, found)
    assert "wal.clouddesign-wal beside the file; it was taken into account." in loaded.warnings[0]
    assert "from the wal" in [row.__dict__.get("name") for row in loaded.rows]
    before = sight(path)
    assert project_file.load(path).rows
    assert sight(path) == before


def half_written(path: Path) -> tuple[bytes, bytes]:
    """A file in the middle of another program's transaction, and the journal that undoes it."""
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("PRAGMA cache_size=1")
        other.execute("BEGIN")
        other.execute("UPDATE region SET name = 'half'")
        other.execute("CREATE TABLE fill (x)")
        other.executemany("INSERT INTO fill VALUES (zeroblob(?))", [(3000,)] * 50)
        found = path.read_bytes(), path.with_name(path.name + "-journal").read_bytes()
        other.execute("ROLLBACK")
    return found


def test_that_a_journal_left_beside_is_taken_into_account_and_stays(tmp_path: Path) -> None:
    path = saved(tmp_path / "hot.clouddesign")
    half, journal = half_written(path)
    path.write_bytes(half)
    path.with_name("hot.clouddesign-journal").write_bytes(journal)
    before = sight(path)
    loaded = project_file.load(path)
    assert sight(path) == before
    assert content(loaded.rows) == content(one_of_each())
    assert "hot.clouddesign-journal beside the file" in loaded.warnings[0]


def test_that_a_journal_that_names_another_file_is_refused_and_that_file_stays(tmp_path: Path) -> None:
    # SQLite deletes the file that a journal names as the journal of several databases: any file of the user's.
    path = saved(tmp_path / "trap.clouddesign")
    half, journal = half_written(path)
    victim = tmp_path / "thesis.txt"
    victim.write_text("years of work")
    name = os.fsencode(victim)
    lock_page = ((1 << 30) // 4096 + 1).to_bytes(4, "big")
    record = lock_page + name + len(name).to_bytes(4, "big") + sum(name).to_bytes(4, "big")
    path.write_bytes(half)
    path.with_name("trap.clouddesign-journal").write_bytes(journal + record + bytes.fromhex("d9d505f920a163d7"))
    before = sight(path)
    with pytest.raises(project_file.FileError, match="belongs to several databases"):
        project_file.load(path)
    assert sight(path) == before
    with closing(sqlite3.connect(path)) as trusting:
        trusting.execute("SELECT * FROM region").fetchall()
    assert not victim.exists(), "SQLite has become harmless here: the guard may go"


# -- saving keeps what was around


def test_that_mode_bits_are_kept_and_links_are_followed(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    real = saved(tmp_path / "real" / "d.clouddesign")
    real.chmod(0o640)
    link = tmp_path / "link.clouddesign"
    link.symlink_to(real)
    saved(link, all_changed)
    assert link.is_symlink()
    assert stat.S_IMODE(real.stat().st_mode) == 0o640
    assert content(project_file.load(real).rows) == content(all_changed())
    assert sorted(entry.name for entry in tmp_path.rglob("*")) == ["d.clouddesign", "link.clouddesign", "real"]


def test_that_a_new_file_has_the_mode_bits_of_any_new_file(tmp_path: Path) -> None:
    (tmp_path / "any").touch()
    assert saved(tmp_path / "new.clouddesign").stat().st_mode == (tmp_path / "any").stat().st_mode


def test_that_rows_are_not_changed_by_saving(tmp_path: Path) -> None:
    rows = [make(type(row), values(row)) for row in one_of_each(fields={"vm": {"x": 3, "hug": 1}})]
    before = content(rows)
    saved(tmp_path / "rows.clouddesign", rows)
    assert content(rows) == before
