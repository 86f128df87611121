"""Real files, clipboards and tables changed at will: whatever comes out, only a sentence for the user may be raised.

`python -m tests.store.mutations COUNT SEED` makes that many and prints figures as JSON.
"""

from __future__ import annotations

import json
import resource
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from contextlib import closing
from pathlib import Path
from random import Random
from typing import Any, TypeVar

from designer.catalog import KINDS, LINKS
from designer.commands import clipboard
from designer.engine.result.blocks import DESIGN, SavedRun, columns_of
from designer.errors import DesignerError
from designer.exchange.machines_csv import read_hosts, read_vms
from designer.exchange.traces_csv import read_traces
from designer.model.element import ROOT_ID, Element, Link, clone
from designer.model.project import Project
from designer.settings import Settings
from designer.store.exchange.dump import dump
from designer.store.exchange.library import Library
from designer.store.file import project_file
from designer.store.file.aside import aside_of, rows_of
from designer.store.file.content import content_of
from designer.store.file.graph import check_graph
from designer.store.file.project_file import Stamp
from designer.store.file.run_design import design_of
from designer.store.file.schema import SchemaTable, side_tables, tables
from designer.store.working import steps
from tests.model.test_any_edits import AnyEdits, walk
from tests.store.designs import ROOT, all_changed, content, one_of_each, small_ids
from tests.store.memory import in_memory, most_megabytes

T = TypeVar("T")
PAGE = 4096
LONGEST_TEXT = 1 << 20
"""Most letters that a mutation makes: the memory that is measured is that of reading, not of making."""
VALUES: list[Any] = [
    None, 0, 1, -1, 2, 7, 2**31, 2**62, -(2**63), 2**63 - 1, 0.0, -0.0, 1.5, 1e308, 5e-324, float("inf"),
    float("-inf"), "", "x", "\0", "\u202e", "1e3", "[" * 5000, "x" * 300, "constant", "trace", b"", b"\xff\xfe",
    b"x" * 5000,
]  # fmt: skip
SCHEMA = [
    "DROP TABLE {t}", "ALTER TABLE {t} DROP COLUMN {c}", "ALTER TABLE {t} ADD COLUMN extra", "DELETE FROM {t}",
    "ALTER TABLE {t} RENAME COLUMN {c} TO other", "CREATE VIEW more AS SELECT * FROM {t}",
    "CREATE INDEX i ON {t} ({c})",
    "CREATE TRIGGER g AFTER INSERT ON {t} BEGIN DELETE FROM {t}; END", "CREATE TABLE more (x)",
    "CREATE VIRTUAL TABLE more USING fts5(x)", "INSERT INTO {t} SELECT * FROM {t}", "PRAGMA user_version={n}",
    "PRAGMA application_id={n}", "PRAGMA journal_mode=WAL", "UPDATE {t} SET {c} = rowid",
    "UPDATE {t} SET {c} = {c} + 1",
    "PRAGMA writable_schema=ON; UPDATE sqlite_master SET sql = substr(sql, 1, {n}) WHERE name = '{t}'",
    "PRAGMA writable_schema=ON; UPDATE sqlite_master SET rootpage = {n} WHERE name = '{t}'",
    "CREATE TABLE loose AS SELECT * FROM {t}; DROP TABLE {t}; ALTER TABLE loose RENAME TO {t}",
    "UPDATE meta SET value = '{n}' WHERE name = (SELECT name FROM meta LIMIT 1 OFFSET {m})",
]  # fmt: skip


SHAPES: list[Any] = ["0,100000000000000000000000000", "1,1,1,1,1", "99999999", "3,5", "8", "|u1", "<f8", "paused"]
WORDS = [
    "name", "cores", "ram_mib", "vcpus", "mhz", "time", "vm", "host", "cpu", "1", "0.5", "-1", "nan", "inf", "1e999",
    "", '"', "\0", "\n", "\r", ",", ";", "\t", "2024-01-01 00:00", "99999999999999", "٣", "=1+1",
]  # fmt: skip


HEADERS = [
    "name,cores,ram_mib\n",
    "name;vcpus;ram\nvm-1;2;1024\n",
    "time,vm-1,vm-2\n0,0.5,1\n300,",
    "vm,time,cpu\na,0,",
]


JSON = [
    "[",
    "{",
    "}",
    "]",
    '"',
    ",",
    ":",
    "1e999",
    "-1",
    "null",
    '"\\ud800"',
    '"x":',
    "[[",
    "{}",
    '"sort":"preset"',
    "9" * 400,
]
SETTINGS = json.dumps({"theme": "dark", "columns": [1, 2, 3], "geometry": "AAAA", "speed": 1.5, "recent_files": ["/a"]})
_HOST = {"format": 1, "roots": [{"id": 2, "x": 0, "y": 0}], "elements": [{"id": 2, "kind": "host"}]}
_ITEMS: list[Any] = [
    {"sort": "preset", "kind": "vm", "name": "a", "note": "", "fields": {"vcpus": 2}},
    {"sort": "blueprint", "name": "b", "note": "", "content": _HOST},
]
LIBRARY = json.dumps({"format": 1, "items": _ITEMS})


def _worked_on() -> tuple[list[Element | Link], list[str]]:
    """A design after many edits, and its steps of undo as a file of steps has them."""
    project = Project(KINDS, LINKS)
    log, lines = steps.StepLog(project), [steps.BEGIN]
    project.changed.connect(lambda changes: lines.append(log.line()))
    walk(Random(4), 80, AnyEdits(project))
    for _ in range(3):
        project.undo()
    return project.rows(), lines


class Dice:
    """Choices made by bytes: of chance, or of a fuzzer that learns which lead where. When they are used up, zeros."""

    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 0

    def number(self, below: int) -> int:
        size = (max(below - 1, 1).bit_length() + 7) // 8
        found = self._data[self._at : self._at + size]
        self._at += size
        return int.from_bytes(found, "big") % max(below, 1)

    def pick(self, choices: list[T]) -> T:
        return choices[self.number(len(choices))]


def spoil_bytes(dice: Dice, given: bytearray) -> None:
    """Some bytes are others; half of the time in the head or in a page's head."""
    for _ in range(1 + dice.number(12)):
        page = dice.number(len(given) // PAGE) * PAGE
        where = dice.pick([dice.number(100), page + dice.number(40), page + dice.number(PAGE), dice.number(len(given))])
        given[where % len(given)] = dice.pick(
            [0, 1, 255, given[where % len(given)] ^ (1 << dice.number(8)), dice.number(256)]
        )


def spoil_pages(dice: Dice, given: bytearray) -> None:
    """Pages stand in each other's places, or are lost."""
    for _ in range(1 + dice.number(3)):
        one, other = (dice.number(len(given) // PAGE) * PAGE for _ in range(2))
        first, second = bytes(given[one : one + PAGE]), bytes(given[other : other + PAGE])
        given[one : one + PAGE] = dice.pick([second, bytes(PAGE), first[: PAGE // 2] + second[PAGE // 2 :]])
        if dice.number(2):
            given[other : other + PAGE] = first


def spoil_end(dice: Dice, given: bytearray) -> None:
    """Its end is missing, or something follows; sometimes the head says so."""
    size = dice.pick(
        [dice.number(len(given)), dice.number(len(given) // PAGE) * PAGE, len(given) + dice.number(2 * PAGE)]
    )
    del given[size:]
    given += bytes(max(size - len(given), 0))
    if dice.number(2) and len(given) >= 32:
        given[28:32] = (size // PAGE).to_bytes(4, "big")


def spoil_sql(dice: Dice, path: Path, among: list[SchemaTable]) -> None:
    """Its schema and its cells are others, by SQLite itself; what SQLite refuses is not done."""
    with closing(sqlite3.connect(path, isolation_level=None)) as base:
        for pragma in ("ignore_check_constraints=ON", "synchronous=OFF"):
            base.execute(f"PRAGMA {pragma}")
        for _ in range(1 + dice.number(4)):
            table = dice.pick(among)
            column = dice.pick(list(table.columns))
            filled = {"t": f'"{table.name}"', "c": f'"{column}"', "n": dice.number(1 << 16), "m": dice.number(8)}
            try:
                if dice.number(3) == 0:
                    base.executescript(dice.pick(SCHEMA).format(**filled).replace("'\"", "'").replace("\"'", "'"))
                else:
                    where = dice.pick(["", " WHERE rowid = (SELECT max(rowid) FROM {t})".format(**filled)])
                    base.execute("UPDATE {t} SET {c} = ?".format(**filled) + where, (dice.pick(VALUES),))
            except (sqlite3.Error, OverflowError, UnicodeEncodeError):
                continue


def _sound(folder: Path) -> list[bytes]:
    """Real files: one of each kind, all fields changed, examples, and the kept files of older versions."""
    made = [one_of_each(), all_changed()]
    for number, rows in enumerate(made):
        project_file.save(folder / f"{number}.clouddesign", rows)
    found = [*sorted(folder.iterdir()), *sorted((ROOT / "tests" / "files").glob("*.clouddesign"))]
    found += sorted((ROOT / "resources" / "examples").glob("*.clouddesign"))
    return [path.read_bytes() for path in found]


def few_rows() -> list[Element | Link]:
    """A small design: most of what is opened is opened in the same way in a large one."""
    kinds = ("design", "region", "zone", "data_center", "rack", "host", "vm", "service", "trace", "blueprint", "preset")
    ids = small_ids()
    wanted = {ids[kind] for kind in kinds}
    return [
        row
        for row in one_of_each()
        if (row.id in wanted if isinstance(row, Element) else {row.source, row.target} <= wanted)
    ]


class Victim:
    """Opens what dice have spoiled; anything but a DesignerError goes through to whoever asked."""

    def __init__(self, folder: Path) -> None:
        (folder / "sound").mkdir()
        self.path = folder / "spoiled.clouddesign"
        self.sound = _sound(folder / "sound")
        design = Project(KINDS, LINKS, one_of_each())
        self._into = design.elements[small_ids()["switch"]].parent
        self._copied = clipboard.copy(design, [small_ids()[kind] for kind in ("switch",)])
        self._csv = folder / "spoiled.csv"
        self.few = project_file.pack(few_rows(), Stamp("d", "s"))
        names = {"meta", "link", *(row.kind for row in few_rows() if isinstance(row, Element))}
        self.filled = [table for name, table in tables().items() if name in names]
        self.with_run = (ROOT / "tests" / "files" / "v3-run.clouddesign").read_bytes()
        self.path.write_bytes(self.with_run)
        with closing(sqlite3.connect(self.path)) as base:
            self.run_rows = {
                table.name: base.execute(table.select(table.columns)).fetchall() for table in side_tables().values()
            }
        self.worked_on, self.lines = _worked_on()
        self.counts: dict[str, int] = {}
        self.slowest_s = 0.0

    def file(self, dice: Dice) -> None:
        """A project file."""
        few = dice.number(8) > 0
        given, how = bytearray(self.few if few else dice.pick(self.sound)), dice.number(6)
        if how < 3:
            (spoil_bytes, spoil_pages, spoil_end)[how](dice, given)
        self.path.write_bytes(given)
        if how >= 3:
            spoil_sql(dice, self.path, self.filled if few else list(tables().values()))
        before, began = self.path.read_bytes(), time.process_time()
        try:
            loaded = project_file.load(self.path)
        except DesignerError as error:
            self._count("files refused")
            assert str(error).isprintable() and len(str(error)) < 700, str(error)
        else:
            self._count("files opened")
            for _ in dump(loaded.rows):
                pass
            Project(KINDS, LINKS, loaded.rows)
            again = self.path.with_name("again.clouddesign")
            project_file.save(again, loaded.rows)
            assert content(project_file.load(again).rows) == content(loaded.rows)
        self.slowest_s = max(self.slowest_s, time.process_time() - began)
        assert self.path.read_bytes() == before
        for left in self.path.parent.glob("spoiled.clouddesign-*"):
            left.unlink()

    def paste(self, dice: Dice) -> None:
        """What another program put on the clipboard."""
        given = json.loads(self._copied)
        for _ in range(1 + dice.number(4)):
            rows = dice.pick([given["roots"], given["links"], [given], *[given["elements"]] * 9])
            row = dice.pick(rows) if rows else given
            if isinstance(row, dict) and row:
                value = dice.pick([*VALUES[:-2], [], {}, {"base64": "?"}, [{"id": 5}]])
                row[dice.pick(sorted(row))] = "bytes" if isinstance(value, bytes) else value
            if not all(isinstance(given.get(name), list) for name in ("roots", "elements", "links")):
                break
        text = json.dumps(given)
        if dice.number(4) == 0:
            text = text[: dice.number(len(text))] + "[" * dice.number(100_000)
        project = Project(KINDS, LINKS, one_of_each())
        before = content(project.rows())
        try:
            clipboard.paste(project, text, dice.pick([ROOT_ID, self._into, *list(project.elements)[:3]]))
        except DesignerError:
            self._count("pastes refused")
            assert content(project.rows()) == before
        else:
            self._count("pastes taken")
            project.undo()
            assert content(project.rows()) == before

    def csv(self, dice: Dice) -> None:
        """A table of hosts, VMs or load."""
        text = dice.pick(["", *HEADERS])
        text += "".join(dice.pick(WORDS) + dice.pick([",", ",", "\n", ""]) for _ in range(dice.number(80)))
        self._csv.write_bytes(text.encode()[: 5 + dice.number(600)])
        try:
            dice.pick([read_hosts, read_vms, read_traces])(self._csv)
            self._count("tables read")
        except DesignerError:
            self._count("tables refused")

    def text(self, dice: Dice, sound: str) -> bytes:
        """A JSON text with pieces repeated, cut out or replaced."""
        found = sound
        for _ in range(1 + dice.number(4)):
            first, last = sorted((dice.number(len(found) + 1), dice.number(len(found) + 1)))
            times = min(dice.number(50), LONGEST_TEXT // max(1, last - first))
            piece = dice.pick([found[first:last] * times, dice.pick(JSON) * dice.number(2_000), ""])
            found = (found[:first] + dice.pick([piece, dice.pick(JSON)]) + found[last:])[:LONGEST_TEXT]
        return found.encode("utf-8", "surrogatepass")[:LONGEST_TEXT]

    def settings(self, dice: Dice) -> None:
        """The user's settings."""
        path = self.path.with_name("settings.json")
        path.write_bytes(self.text(dice, SETTINGS))
        made = Settings(path)
        for name, default in (
            ("columns", [1, 2]),
            ("theme", "system"),
            ("geometry", None),
            ("speed", 1.0),
            ("hidden", []),
        ):
            made.get(name, default)
        for recent in made.recent_files():
            try:
                project_file.load(recent)
            except DesignerError as error:
                assert str(error).isprintable()
        made.add_recent_file("/a")
        assert Settings(path).recent_files()[0] == "/a"
        self._count("settings read")

    def library(self, dice: Dice) -> None:
        """The user's library."""
        path = self.path.with_name("library.json")
        path.write_bytes(self.text(dice, LIBRARY))
        library = Library(path)
        for text in library.content().warnings:
            assert text.isprintable(), text
        for own in library.presets():
            try:
                library.rename(own, f"{own.name[:100]}-2")
            except DesignerError:  # the name is taken
                library.delete(own)
        for blueprint in library.blueprints():
            assert blueprint.icon_kind
        for aside in path.parent.glob("library.damaged-*"):
            aside.unlink()
        self._count("libraries read")

    def runs(self, dice: Dice) -> None:
        """Saved runs: most of the time as rows, else in a file that is otherwise sound."""
        if dice.number(64) > 0:
            self._run_rows(dice)
        else:
            self._run_file(dice)

    def _run_rows(self, dice: Dice) -> None:
        """Rows of the side tables with other values, or gone."""
        found = {name: list(rows) for name, rows in self.run_rows.items()}
        for _ in range(1 + dice.number(6)):
            table = dice.pick(list(side_tables().values()))
            rows = found[table.name]
            number, how = dice.number(len(rows)), dice.number(8)
            if how == 0 and rows:
                rows[number : number + 1] = rows[number : number + 1] * dice.number(2)
            elif rows:
                column = dice.number(len(table.columns))
                old = rows[number][column]
                value = dice.pick([*VALUES, *SHAPES, self._other(dice, old), self._other(dice, old)])
                rows[number] = (*rows[number][:column], value, *rows[number][column + 1 :])
        aside, warnings, whole = aside_of(found)
        assert whole or not warnings or all(text.endswith("Run the design again.") for text in warnings)
        self._use_runs(aside.runs, found["run_block"])
        again, warnings, _ = aside_of(rows_of(aside))
        assert (again, warnings) == (aside, []), f"{aside}"[:3000] + f"{again}{warnings}"[:3000]
        self._count("runs read")

    @staticmethod
    def _other(dice: Dice, old: Any) -> Any:
        """A value like another one: a piece of it changed."""
        if isinstance(old, bytes | str) and old:
            place = dice.number(len(old))
            piece = bytes([dice.number(256)]) if isinstance(old, bytes) else dice.pick(WORDS)
            return old[:place] + piece + old[place + dice.number(2) :]  # type: ignore[operator]
        return old + dice.pick([1, -1, 0.5, 1e9]) if isinstance(old, int | float) else old

    def _use_runs(self, runs: Iterable[SavedRun], blocks: list[tuple[Any, ...]]) -> None:
        """Show runs, and read the designs of those that are not as they were."""
        known = {row[-1] for row in self.run_rows["run_block"]}
        for run in runs:
            try:
                columns_of(block for block in run.blocks if block.name != DESIGN)
                if not known.issuperset(row[-1] for row in blocks):
                    design_of(run)
            except DesignerError as error:
                assert str(error).isprintable()

    def _run_file(self, dice: Dice) -> None:
        self.path.write_bytes(self.with_run)
        with closing(sqlite3.connect(self.path, isolation_level=None)) as base:
            base.execute("PRAGMA synchronous=OFF")
            for _ in range(1 + dice.number(4)):
                table = dice.pick(list(side_tables().values()))
                column = dice.pick(list(table.columns))
                value = dice.pick([*VALUES, *SHAPES])
                try:
                    base.execute(f'UPDATE "{table.name}" SET "{column}" = ?', (value,))
                except (sqlite3.Error, OverflowError):
                    continue
        loaded = project_file.load(self.path)
        for run in loaded.aside.runs:
            try:
                columns_of(run.blocks)
                design_of(run)
            except DesignerError:
                continue
        self._count("runs read")
        project_file.save(self.path.with_name("again.clouddesign"), loaded.rows, aside=loaded.aside)

    def steps(self, dice: Dice) -> None:
        """Steps of undo that a killed program left: what is followed leads from sound designs to sound ones."""
        lines = list(self.lines)
        for _ in range(1 + dice.number(3)):
            number = dice.number(len(lines))
            how = dice.number(4)
            if how == 0:
                lines[number : number + 1] = lines[number : number + 1] * dice.number(3)
            elif how == 1:
                lines[number] = self.text(dice, lines[number]).decode("utf-8", "replace")
            else:
                lines[number] = self._other_values(dice, lines[number])
        rows = [clone(row) for row in self.worked_on]
        history = steps.history_of(rows, lines)
        if history is None:
            self._count("steps refused")
            return
        before, here = content(rows), history.position
        project = Project(KINDS, LINKS)
        project.replace(rows, history)
        for there in (*range(len(history.steps) + 1), here):
            project.go_to(there)
            if there in (0, here, len(history.steps)):
                check_graph(content_of(project.rows()))
        assert content(project.rows()) == before
        self._count("steps followed")

    def _other_values(self, dice: Dice, line: str) -> str:
        """A line in which a value, somewhere within, is another one."""
        try:
            here = read = json.loads(line)
        except ValueError:
            return line
        for _ in range(9):
            places = list(here) if isinstance(here, dict) else list(range(len(here)))
            if not places:
                break
            place = dice.pick(places)
            if isinstance(here[place], dict | list) and dice.number(8):
                here = here[place]
                continue
            value = dice.pick([*VALUES[:-2], ROOT_ID, [], {}, [ROOT_ID], *(row.id for row in self.worked_on[:6])])
            here[place] = "bytes" if isinstance(value, bytes) else value
            break
        return json.dumps(read)

    def target(self, name: str) -> Callable[[bytes], None]:
        """What takes the bytes of a fuzzer: one sort of mutation, or any of them."""
        act = {"file": self.file, "clipboard": self.paste, "settings": self.settings, "library": self.library,
               "runs": self.runs, "csv": self.csv, "steps": self.steps}.get(name)  # fmt: skip
        return self.any if act is None else lambda data: act(Dice(data))

    def any(self, data: bytes) -> None:
        """One of them; most of the time a file."""
        dice = Dice(data)
        dice.pick([self.file] * 6 + [self.paste, self.csv, self.settings, self.library, self.runs, self.steps])(dice)

    def _count(self, what: str) -> None:
        self.counts[what] = self.counts.get(what, 0) + 1


def main(count: int, seed: int) -> None:
    """Make so many mutations and print what became of them."""
    with tempfile.TemporaryDirectory(prefix="designer-mutations-", dir=in_memory()) as folder:
        begun, victim, chance = most_megabytes(), Victim(Path(folder)), Random(seed)
        resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))
        for number in range(count):
            data = chance.randbytes(400)
            try:
                victim.any(data)
            except BaseException:
                print(f"mutation {number} of seed {seed}: {data.hex()}", file=sys.stderr)
                raise
        taken = {"slowest_s": round(victim.slowest_s, 3), "megabytes": most_megabytes() - begun}
        print(json.dumps({**victim.counts, **taken}))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
