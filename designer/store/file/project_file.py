"""A design on disk: `save` writes one file whole, `load` reads and checks one. Nothing else touches project files."""

from __future__ import annotations

import hashlib
import os
import stat
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from itertools import zip_longest
from pathlib import Path
from typing import Any, Literal, NamedTuple

from designer import __version__
from designer.catalog import KINDS
from designer.collector import collector_off
from designer.errors import FileError, RuleError
from designer.model.amounts import unpacked_error
from designer.model.element import Element, Link
from designer.store.file.aside import Aside, aside_of
from designer.store.file.budget import Budget
from designer.store.file.check import check_sums, settle
from designer.store.file.content import Content, content_of, rows_of
from designer.store.file.faults import damaged, memory_told, shown
from designer.store.file.graph import check_graph
from designer.store.file.normal import listed, next_revision, normal_boxes, normal_facts, normal_ranks
from designer.store.file.reading import RUNS_LEFT_OUT, read_all
from designer.store.file.schema import VERSION, tables
from designer.store.file.versions import lift
from designer.store.file.writing import packed, write_whole
from designer.words import tr

SUFFIX = ".clouddesign"
LINE = 115
"""Saves before it that a file knows, newest first: two files use them to find their common ancestor."""
TOLD = 5
"""How many left-out items are named in warnings."""
_PIECE = 23
"""Keys of saves in one meta row."""


@dataclass(frozen=True)
class Stamp:
    """What a file says about itself: which document it is, which save, and what was saved before.

    `ancestors` are the keys of its earlier saves, newest first, `version` is that of the file. `named`, `place` and
    `seen` describe the file when it was saved or opened, `notes` what the user must know of the save; they are not in
    the file.
    """

    document_id: str
    save_id: str
    parent_save_id: str = ""
    revision: int = 0
    written_by: str = ""
    ancestors: tuple[str, ...] = field(default=(), compare=False)
    version: int = field(default=VERSION, compare=False)
    fingerprint: str = field(default="", compare=False)
    place: str = field(default="", compare=False)
    named: str = field(default="", compare=False)
    seen: tuple[int, ...] = field(default=(), compare=False)
    notes: tuple[str, ...] = field(default=(), compare=False)

    @property
    def line(self) -> tuple[str, ...]:
        """The keys of this save and of its earlier ones, newest first."""
        return tuple(dict.fromkeys((save_key(self.save_id), *self.ancestors)))


@dataclass(frozen=True)
class Loaded:
    """A design that was read: its rows, the file's stamp, warnings for the user, and what is beside the design.

    `newer`: a later version of the program wrote it; what only that version knows was left out. `partial`: something
    damaged was left out, so the file holds more than was read.
    """

    rows: list[Element | Link]
    stamp: Stamp
    warnings: list[str] = field(default_factory=list)
    aside: Aside = field(default_factory=Aside)
    newer: bool = False
    partial: bool = False


class ChangedFileError(FileError):
    """The file is no longer the one that was opened; `overwrite=True` saves anyway."""


class LinkedFileError(FileError):
    """The file has other names (hard links), which would keep the old state after a save."""


def check_links(path: Path) -> None:
    """Raise LinkedFileError where a save would part a file from its other names."""
    try:
        found = Path(os.path.realpath(path)).stat()
    except (OSError, ValueError):
        return
    if (links := found.st_nlink) > 1 and stat.S_ISREG(found.st_mode):
        others = tr("another name") if links == 2 else tr("{0} other names", links - 1)
        raise LinkedFileError(
            tr(
                "{0} was not saved: the same file has {1} (hard links), which would keep the old state. Save "
                "under this name only, or under another name.",
                shown(path),
                others,
            )
        )


def save_key(save_id: str) -> str:
    """A save's id in 16 characters; ids come out of files and may hold anything."""
    return hashlib.sha256(save_id.encode()).hexdigest()[:16]


def joined(mine: Stamp, theirs: Stamp) -> tuple[str, ...]:
    """The saves before a merge of two: both, and those before either."""
    pairs = zip_longest(mine.line, theirs.line, fillvalue="")
    return tuple(dict.fromkeys(key for pair in pairs for key in pair if key))[:LINE]


def line_facts(ancestors: tuple[str, ...]) -> dict[str, str]:
    """Keys of saves as short meta rows; empty ones to the end."""
    pieces = [" ".join(ancestors[n : n + _PIECE]) for n in range(0, LINE, _PIECE)]
    return {f"ancestors_{number}": piece for number, piece in enumerate(pieces)}


def line_of(meta: Mapping[str, str]) -> tuple[str, ...]:
    """The keys in meta rows; where a file has none, that of the save before it."""
    keys = [key for number in range(LINE // _PIECE) for key in str(meta.get(f"ancestors_{number}", "")).split()]
    parent = meta.get("parent_save_id", "")
    return tuple(keys) or ((save_key(parent),) if parent else ())


def next_stamp(before: Stamp | None = None) -> Stamp:
    """The stamp of the next save: of a document that was opened or saved with `before`, or of a new one."""
    return Stamp(
        document_id=before.document_id if before else uuid.uuid4().hex,
        save_id=uuid.uuid4().hex,
        parent_save_id=before.save_id if before else "",
        revision=next_revision(before.revision) if before else 1,
        written_by=f"Cloud Designer {__version__}",
        ancestors=before.line[:LINE] if before else (),
    )


def save(
    path: Path | str,
    rows: Iterable[Element | Link],
    before: Stamp | None = None,
    *,
    overwrite: bool = False,
    stamp: Stamp | None = None,
    aside: Aside | None = None,
    unlink: bool = False,
) -> Stamp:
    """Write a design to a file, whole or not at all; return its new stamp.

    `before`: the stamp it was opened with; `stamp`: the new one, where it was made beforehand; `aside`: what the file
    holds beside the design; `unlink`: also where the file has other names (hard links), which then keep the old state.
    Raises FileError that says what happened and what to do; the old file is then untouched. It is a LinkedFileError
    where there are other names, and a ChangedFileError when the file of that stamp was changed since.
    """
    path = Path(os.fspath(path))
    if not unlink:
        check_links(path)
    if before is not None and not overwrite:
        _check_unchanged(path, before)
    return save_stamped(path, rows, stamp or next_stamp(before), aside)


def save_stamped(path: Path | str, rows: Iterable[Element | Link], stamp: Stamp, aside: Aside | None = None) -> Stamp:
    """`save` with a ready stamp: the same rows and stamp give the same bytes."""
    path = Path(os.fspath(path))
    with collector_off(), memory_told(path, "saved"):
        content, fingerprint = _stamped(path, rows, stamp)
        notes = write_whole(path, content, aside)
    return replace(stamp, fingerprint=fingerprint, notes=tuple(notes), **_sight(path))


def pack(rows: Iterable[Element | Link], stamp: Stamp, aside: Aside | None = None) -> bytes:
    """A project file as bytes. Raises FileError when the rows are no design."""
    return packed(_stamped(Path(tr("The design")), rows, stamp)[0], aside)


def _stamped(path: Path, rows: Iterable[Element | Link], stamp: Stamp) -> tuple[Content, str]:
    """The content of a file, checked, and its fingerprint. Raises FileError."""
    meta = {
        "document_id": stamp.document_id,
        "save_id": stamp.save_id,
        "parent_save_id": stamp.parent_save_id,
        "revision": str(stamp.revision),
        "written_by": stamp.written_by,
        "min_reader": str(VERSION),
        **{name: piece for name, piece in line_facts(stamp.ancestors).items() if piece},
    }
    content = content_of(rows)
    normal_ranks(content)
    _put_meta(content, dict(sorted(meta.items())))
    try:
        fingerprint = settle(content)
        check_graph(content)
        _put_meta(content, {**meta, "sha256": fingerprint})
        check_sums(content)
    except RuleError as error:
        raise FileError(tr("{0} was not saved. {1} Correct that and save again.", shown(path), error)) from None
    return content, fingerprint


def load(path: Path | str) -> Loaded:
    """Read a design from a file, which is only read. Raises FileError that names the file and what is wrong."""
    path = Path(os.fspath(path))
    with collector_off(), memory_told(path, "opened"):
        return _load(path)


def load_whole(path: Path | str) -> Loaded:
    """Read a design for a merge. Raises FileError also where a later version wrote it."""
    loaded = load(path)
    if loaded.newer:
        raise FileError(
            tr(
                "{0} was saved by a later version of Cloud Designer. A merge here would lose what only that "
                "version knows; merge it with that version.",
                shown(Path(path).name),
            )
        )
    return loaded


def _load(path: Path) -> Loaded:
    sight = _sight(path)
    budget = Budget(path)
    content, side_rows, warnings, version = read_all(path, budget, aside=True)
    told = len(warnings) > 0 and warnings[-1] == tr(RUNS_LEFT_OUT)
    meta = _meta(content)
    written = meta.pop("sha256", None)
    _put_meta(content, meta)
    try:
        fingerprint = settle(content)
        check_graph(content)
        content = _lifted(content, version)
    except RuleError as error:
        raise FileError(tr("{0} is damaged. {1} Look for a backup of it.", shown(path.name), error)) from None
    budget.check()
    changed = normal_facts(meta, save_key) + ([tr("the order of siblings")] if normal_ranks(content) else [])
    if changed:
        warnings.append(
            tr("{0} held values that leave no room for changes; {1} was reset.", shown(path.name), listed(changed))
        )
    if normal_boxes(content):
        warnings.append(tr("{0} held boxes outside of the drawing; they were moved back into it.", shown(path.name)))
    stamp = replace(_stamp(path, meta), fingerprint=fingerprint, version=version, **sight)
    if version > VERSION:
        warnings.append(
            tr(
                "{0} was written by a newer Cloud Designer (file version {1}) and is read-only here. Saving "
                "asks for another name and leaves out what only the newer program knows.",
                shown(path.name),
                version,
            )
        )
    elif written != fingerprint:
        warnings.append(
            tr(
                "{0} was changed after it was saved, by another program or by a disk fault. Check it before "
                "you rely on it.",
                shown(path.name),
            )
        )
    rows, left_out = _sound(rows_of(content))
    warnings += _too_much_packed(rows)
    aside, damaged_aside, whole = aside_of(side_rows)
    budget.check()
    whole = whole and not (told or left_out)
    return Loaded(rows, stamp, [*warnings, *left_out, *damaged_aside], aside, version > VERSION, not whole)


def design_rows(path: Path) -> tuple[list[Element | Link], str]:
    """The rows of a design in a file, and their fingerprint as `fingerprint` gives it for the version that wrote the
    file. Raises FileError.
    """
    with collector_off(), memory_told(path, "opened"):
        content, _, _, version = read_all(path, Budget(path))
        _put_meta(content, {})
        try:
            found = settle(content)
            check_graph(content)
            content = _lifted(content, version)
            normal_ranks(content)
        except RuleError as error:
            raise damaged(path, str(error)) from None
        return _sound(rows_of(content))[0], found


def _lifted(content: Content, version: int) -> Content:
    """The content of a file of a version, as the present version has it. Raises RuleError where that is too much."""
    if version >= VERSION:
        return content
    by_name = {name: dict(zip(tables()[name].columns, map(list, columns))) for name, columns in content.items()}
    lift(by_name, version)
    lifted: Content = {name: list(columns.values()) for name, columns in by_name.items()}
    check_sums(lifted)
    return lifted


def _too_much_packed(rows: list[Element | Link]) -> list[str]:
    """Sentences about what is packed in the design and is more than a run can unpack."""
    kinds = (kind for kind in KINDS.values() if kind.unpacked is not None)
    told = (unpacked_error(kind, [row for row in rows if type(row) is kind.table]) for kind in kinds)
    return [sentence for sentence in told if sentence]


def _sound(rows: list[Element | Link]) -> tuple[list[Element | Link], list[str]]:
    """The rows without those that their kind finds damaged, and a sentence about each of these."""
    checks = {kind.table: kind.load_error for kind in KINDS.values() if kind.load_error is not None}
    wrong: dict[int, str] = {}
    for row in rows:
        load_error = checks.get(type(row))  # type: ignore[arg-type]
        if load_error is not None and isinstance(row, Element) and (sentence := load_error(KINDS, row)):
            wrong[row.id] = tr("{0} It was left out.", shown(sentence, 300))
    if not wrong:
        return rows, []
    told = list(wrong.values())
    more = (
        [tr("{0:,} more presets and blueprints are damaged and were left out.", len(told) - TOLD)]
        if told[TOLD:]
        else []
    )
    return [row for row in rows if row.id not in wrong], told[:TOLD] + more


def _meta(content: Content) -> dict[Any, Any]:
    return dict(zip(*content["meta"])) if content["meta"] else {}


def _put_meta(content: Content, meta: Mapping[Any, Any]) -> None:
    """Write the meta rows in the order of the file: sorted by name."""
    content["meta"] = list(zip(*meta.items()))


def _stamp(path: Path, meta: Mapping[str, str]) -> Stamp:
    revision = meta.get("revision", "")
    if not meta.get("document_id") or not (revision.isascii() and revision.isdigit()):
        raise damaged(path, tr("it does not say which document it is"))
    return Stamp(
        meta["document_id"],
        meta.get("save_id", ""),
        meta.get("parent_save_id", ""),
        int(revision),
        meta.get("written_by", ""),
        line_of(meta),
    )


def _sight(path: Path) -> dict[str, Any]:
    """A file's name, place and appearance; empty where it cannot be seen."""
    try:
        named, place = str(path.absolute()), os.path.realpath(path)
        found = Path(place).stat()
    except (OSError, ValueError):
        return {"named": "", "place": "", "seen": ()}
    return {"named": named, "place": place, "seen": (found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)}


def looks_unchanged(path: Path, stamp: Stamp) -> bool:
    """Whether a file is untouched since the save or opening of a stamp; it is not read."""
    now = _sight(path)
    return bool(now["seen"]) and now["place"] == stamp.place and now["seen"] == stamp.seen


class News(NamedTuple):
    """What happened to the open file: its appearance then, and whether it was changed or removed."""

    seen: tuple[int, ...] = ()
    what: Literal["", "changed", "gone"] = ""


def news_of(path: Path, stamp: Stamp, known: News) -> News:
    """What happened to a file since the save or opening of a stamp. It is read only where it looks neither as then
    nor as in `known`."""
    seen = _sight(path)["seen"]
    if not seen:
        return News((), "" if os.path.lexists(path) else "gone")
    if seen == stamp.seen:
        return News(seen)
    if seen == known.seen:
        return known
    try:
        _check_unchanged(path, stamp)
    except ChangedFileError:
        return News(seen, "changed")
    return News(seen)


def _check_unchanged(path: Path, before: Stamp) -> None:
    """Refuse when the opened file now holds something else, or its name leads to another file. A copied, touched or
    missing file is not changed."""
    now = _sight(path)
    ours = now["place"] == before.place or (now["named"] and now["named"] == before.named)
    if not ours or not before.place or now["seen"] == before.seen:
        return
    try:
        found = load(path).stamp
    except FileError:
        found = None
    if found is None or (found.save_id, found.fingerprint) != (before.save_id, before.fingerprint):
        raise ChangedFileError(
            tr(
                "{0} was not saved: another program has changed it since it was opened. Save under another "
                "name, merge, or overwrite it.",
                shown(path),
            )
        )
