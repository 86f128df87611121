"""What a file holds beside the design: the view and saved runs. Damage to it never hides the design."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from designer.engine.result.blocks import BLOCK_LIMIT, DESIGN, RUN_LIMIT, Block, Figure, SavedRun
from designer.engine.spec import TimedEvent
from designer.errors import RuleError
from designer.foreign import json_of
from designer.model.fields import check_row
from designer.store.file.schema import SchemaTable, side_tables
from designer.words import tr

Rows = dict[str, list[tuple[Any, ...]]]
"""Rows by the name of a side table."""
BLOCKS_LIMIT = 512 << 20
"""Most bytes of blocks in a file."""
RUNS_LIMIT = 100
"""Most runs in a file."""
ROWS_LIMIT = {"view": 100, "run": RUNS_LIMIT, "run_event": 100_000, "run_figure": 100_000, "run_block": 100_000}
"""Most rows of a side table."""
ORDER = "run_order"
"""The row beside those of the view that holds the ids of the runs from the oldest to the newest: clocks go backward. An
older program leaves it alone, and a file without it has them in order of time."""
CELL_LIMIT = BLOCK_LIMIT + (1 << 20)
PARTS = {"run_event": "events", "run_figure": "figures", "run_block": "blocks"}
"""The part of a run in each side table."""
DONE = (
    "fail", "recover", "drain", "open", "fail_control", "recover_control", "stop", "start", "reboot", "terminate",
    "move", "surge", "degrade", "throttle", "sell_out", "restock", "stale", "fresh", "delay",
)  # fmt: skip
LABEL_LIMIT = 200
STATES = ("finished", "paused", "cancelled")
SHA256 = frozenset("0123456789abcdef")


@dataclass(frozen=True)
class Aside:
    """The view by name, and runs from the oldest to the newest."""

    view: Mapping[str, Any] = field(default_factory=dict)
    runs: tuple[SavedRun, ...] = ()

    @property
    def packed_bytes(self) -> int:
        """About how many bytes of a file it takes."""
        return sum(run.packed_bytes for run in self.runs)

    def with_run(self, run: SavedRun) -> Aside:
        """With a run as the newest; the last automatically saved run makes room for it.

        Raises RuleError when a file cannot hold as much.
        """
        made = replace(self, runs=(*(one for one in self.runs if one.pinned and one.id != run.id), run))
        if len(made.runs) > RUNS_LIMIT or made.packed_bytes > BLOCKS_LIMIT:
            raise RuleError(
                tr(
                    "The run is not saved with the design: a file holds {0} runs of {1} MiB together. Delete "
                    "others first.",
                    RUNS_LIMIT,
                    BLOCKS_LIMIT >> 20,
                )
            )
        for name, what in PARTS.items():
            rows, most = sum(len(getattr(one, what)) for one in made.runs), ROWS_LIMIT[name]
            if rows > most:
                raise RuleError(
                    tr(
                        "The run is not saved with the design: its runs would have {0:,} {1} together; a file holds "
                        "{2:,}. Delete other runs first.",
                        rows,
                        what,
                        most,
                    )
                )
        return made

    def with_label(self, run_id: int, label: str) -> Aside:
        """With a label for a run, which is then kept until it is deleted."""
        label = label.strip()[:LABEL_LIMIT]
        named = (replace(run, label=label, pinned=True) if run.id == run_id else run for run in self.runs)
        return replace(self, runs=tuple(named))

    def without_run(self, run_id: int) -> Aside:
        """Without a run."""
        return replace(self, runs=tuple(run for run in self.runs if run.id != run_id))

    def figures_only(self) -> Aside:
        """With the figures of all runs, without what shows them again."""
        return replace(self, runs=tuple(replace(run, blocks=()) for run in self.runs))


# -- to rows


def rows_of(aside: Aside) -> Rows:
    """The rows of the side tables."""
    found: Rows = {name: [] for name in side_tables()}
    found["view"] = [(name, json.dumps(value)) for name, value in sorted(aside.view.items())]
    if len(aside.runs) > 1:
        found["view"].append((ORDER, json.dumps([run.id for run in aside.runs])))
    for run in aside.runs:
        found["run"].append(tuple(getattr(run, name) for name in side_tables()["run"].columns))
        found["run_event"] += [(run.id, n, e.time_s, e.what, e.id, e.value) for n, e in enumerate(run.events)]
        found["run_figure"] += [
            (run.id, n, f.element, f.name, f.title, f.value, f.unit) for n, f in enumerate(run.figures)
        ]
        found["run_block"] += [
            (run.id, b.name, b.part, b.dtype, ",".join(map(str, b.shape)), b.checksum, b.data) for b in run.blocks
        ]
    return found


# -- from rows


def aside_of(rows: Rows) -> tuple[Aside, list[str], bool]:
    """What is beside the design; a sentence for each sort of damaged run that was left out; whether everything, also
    the view, was read."""
    warnings: list[str] = []
    runs: list[SavedRun] = []
    of_run = {name: _by_run(rows.get(name, [])) for name in ("run_event", "run_figure", "run_block")}
    for row in rows.get("run", []):
        try:
            run = _run(row, {name: pieces.get(row[0], []) for name, pieces in of_run.items()})
        except (RuleError, ValueError, TypeError, OverflowError):
            warnings.append(tr("A saved run in the file is damaged and was left out. Run the design again."))
            continue
        runs.append(run)
    if not rows.get("run") and any(of_run.values()):
        warnings.append(tr("Saved runs in the file are damaged and were left out. Run the design again."))
    view, whole = _view(rows.get("view", []))
    place = {run_id: number for number, run_id in enumerate(view.pop(ORDER, ()))}
    runs.sort(key=lambda run: (place.get(run.id, len(place)), run.made_s, run.id))
    return Aside(view, tuple(runs)), list(dict.fromkeys(warnings)), whole and not warnings


def _by_run(rows: Iterable[tuple[Any, ...]]) -> dict[Any, list[tuple[Any, ...]]]:
    found: defaultdict[Any, list[tuple[Any, ...]]] = defaultdict(list)
    for row in rows:
        found[row[0]].append(row)
    return found


def _checked(table: SchemaTable, row: tuple[Any, ...]) -> dict[str, Any]:
    """A row by column, every value of the type and within the limits of its column. Raises RuleError, TypeError."""
    for kind, value in zip(table.types, row):
        if type(value) is not kind and not (kind in (float, bool) and type(value) in (int, float)):
            raise TypeError
    return check_row(table.row, dict(zip(table.columns, row)), table.name)


def _run(row: tuple[Any, ...], parts: Mapping[str, list[tuple[Any, ...]]]) -> SavedRun:
    known = side_tables()
    fields = _checked(known["run"], row)
    if fields["state"] not in STATES or fields["time_s"] > fields["until_s"]:
        raise ValueError
    if any(len(fields[name]) != 64 or not SHA256.issuperset(fields[name]) for name in ("digest", "spec_sha256")):
        raise ValueError
    events, figures, blocks = (
        [_checked(known[name], one) for one in sorted(parts[name], key=lambda one: one[1:3])] for name in parts
    )
    if any(event["what"] not in DONE for event in events):
        raise ValueError
    made = SavedRun(
        **fields,
        events=tuple(TimedEvent(e["time_s"], e["what"], e["element"], e["value"]) for e in events),
        figures=tuple(Figure(f["element"], f["name"], f["title"], f["value"], f["unit"]) for f in figures),
        blocks=tuple(
            Block(b["name"], b["part"], b["dtype"], _shape(b["shape"]), b["checksum"], b["data"]) for b in blocks
        ),
    )
    results, design = (
        sum(b.size for b in made.blocks if b.sound and (b.name == DESIGN) is own) for own in (False, True)
    )
    if not all(block.sound for block in made.blocks) or max(results, design) > RUN_LIMIT:
        raise ValueError
    return made


def _shape(text: str) -> tuple[int, ...]:
    pieces = text.split(",") if text else []
    if len(pieces) > 4 or not all(piece.isascii() and piece.isdigit() for piece in pieces):
        raise ValueError
    return tuple(map(int, pieces))


# -- the view


def _number(value: Any) -> bool:
    return type(value) in (int, float) and abs(value) < 1e9


def _length(value: Any) -> bool:
    return _number(value) and value > 0


def _words(value: Any) -> bool:
    return isinstance(value, list) and len(value) <= 100 and all(isinstance(v, str) and len(v) <= 40 for v in value)


def _ids(value: Any) -> bool:
    return isinstance(value, list) and len(value) <= 20_000 and all(type(v) is int and 0 < v < 2**63 for v in value)


def _word(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= 40


VIEW: dict[str, Callable[[Any], bool]] = {
    "scale": _length,
    "x": _number,
    "y": _number,
    "width": _length,
    "height": _length,
    "hidden_layers": _words,
    "color_by": _word,
    "selected": _ids,
    "expanded": _ids,
    "collapsed": _ids,
    "lanes": _words,
    "lanes_by": _word,
    ORDER: _ids,
}
"""What a view may hold, and the order of runs; anything else in a file is left out."""


def _view(rows: Iterable[tuple[Any, ...]]) -> tuple[dict[str, Any], bool]:
    """The parts of a view by name, and whether all known ones could be read."""
    found: dict[str, Any] = {}
    whole = True
    for name, text in rows:
        if name not in VIEW:
            continue
        try:
            value = json_of(text)
            sound = VIEW[name](value)
        except (ValueError, TypeError, AttributeError):
            sound = False
        if sound:
            found[name] = value
        whole = whole and sound
    return found, whole
