"""The user's library: presets and blueprints outside all designs, in one JSON file beside the settings.

Every change reads the file again, under a lock, and writes it whole or not at all. Unknown content is kept in it and
not offered. A damaged file is renamed, never overwritten; one that holds too much is left as it is.
"""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from designer.catalog import KINDS
from designer.catalog.presets.own import OwnBlueprint, OwnPreset, checked_fields, checked_text, packed_text
from designer.errors import FileError, RuleError
from designer.foreign import VALUES_LIMIT, TooMuchError, bytes_of, json_of
from designer.model.element import NAME_LIMIT
from designer.settings import config_dir
from designer.store.file.faults import reason, shown
from designer.words import tr

Own = OwnPreset | OwnBlueprint
FORMAT = 1
SIZE_LIMIT = 64 << 20
"""Largest library that is read, bytes."""
ITEMS_LIMIT = 5_000
"""Most presets and blueprints that a library offers."""
WAIT_S = 5.0


@dataclass(frozen=True)
class LibraryContent:
    """The items of the library, and warnings about what it leaves out."""

    presets: tuple[OwnPreset, ...] = ()
    blueprints: tuple[OwnBlueprint, ...] = ()
    warnings: tuple[str, ...] = ()


class Library:
    """One library file. It is read again when it has changed."""

    def __init__(self, path: Path | None = None) -> None:
        self.path = path or config_dir() / "library.json"
        self._seen: tuple[int, ...] | None = None
        self._content = LibraryContent()
        self._damage: list[str] = []
        self._told: set[str] = set()

    def content(self) -> LibraryContent:
        """The present content. Damage is reported once, in its warnings."""
        look = self._look()
        if look != self._seen:
            self._content = self._read_content()
            self._seen = self._look()
        return self._content

    def presets(self, kind: str = "") -> list[OwnPreset]:
        """The presets of a kind, or all."""
        return [own for own in self.content().presets if kind in ("", own.kind)]

    def blueprints(self) -> list[OwnBlueprint]:
        """All blueprints."""
        return list(self.content().blueprints)

    def told(self) -> list[str]:
        """Sentences about what is wrong with it, each once."""
        warnings = [text for text in self.content().warnings if text not in self._told]
        self._told.update(warnings)
        return warnings

    # -- changing

    def put(self, own: Own, replaces: bool = False) -> None:
        """Save a preset or blueprint. Raises RuleError when the name is taken (unless it replaces that one)."""
        row = _row(own)
        with self._changing() as rows:
            place = _place(rows, own)
            if place is not None and not replaces:
                raise RuleError(
                    tr("Your library already has “{0}”; update that one, or choose another name.", own.name)
                )
            if place is not None:
                rows[place] = row
            elif len(rows) >= ITEMS_LIMIT:
                raise RuleError(
                    tr("Your library is full: it offers {0:,} presets and blueprints. Delete some.", ITEMS_LIMIT)
                )
            else:
                rows.append(row)

    def rename(self, own: Own, name: str) -> None:
        """Rename a preset or blueprint. Raises RuleError when the name is taken."""
        name = " ".join(name.split())[:NAME_LIMIT]
        if not name:
            raise RuleError(tr("A name needs at least one letter."))
        with self._changing() as rows:
            place, other = _place(rows, own), _place(rows, replace(own, name=name))
            if place is None:
                raise RuleError(tr("“{0}” is no longer in your library.", own.name))
            if other not in (None, place):
                raise RuleError(tr("Your library already has “{0}”.", name))
            rows[place]["name"] = name

    def delete(self, own: Own) -> None:
        """Delete a preset or blueprint."""
        with self._changing() as rows:
            place = _place(rows, own)
            if place is not None:
                del rows[place]

    # -- the file

    @contextmanager
    def _changing(self) -> Iterator[list[dict[str, Any]]]:
        """The rows of the file, to change; written when nothing was raised."""
        try:
            with FileLock(self.path.with_suffix(".lock"), timeout=WAIT_S):
                rows = self._rows()
                yield rows
                self._write(rows)
        except Timeout:
            raise FileError(tr("Your library is being changed by another window; try again.")) from None
        except OSError as error:
            raise FileError(tr("Your library {0} was not changed: {1}.", shown(self.path), reason(error))) from None

    def _write(self, rows: list[dict[str, Any]]) -> None:
        text = _text(rows, ascii_only=False)
        if not _is_text(text):  # what others wrote is kept as it was
            text = _text(rows, ascii_only=True)
        if len(text.encode()) > SIZE_LIMIT:
            raise RuleError(tr("Your library would be larger than {0} MiB. Delete some of it first.", SIZE_LIMIT >> 20))
        temp = self.path.with_suffix(f".{os.getpid()}.tmp")
        try:
            with temp.open("w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            temp.replace(self.path)
        finally:
            temp.unlink(missing_ok=True)

    def _look(self) -> tuple[int, ...]:
        try:
            found = self.path.stat()
        except OSError:
            return ()
        return found.st_ino, found.st_size, found.st_mtime_ns

    def _rows(self) -> list[dict[str, Any]]:
        """The rows of the file; a damaged one is renamed. Raises FileError where it holds more than is read."""
        try:
            content = json_of(bytes_of(self.path, SIZE_LIMIT))
            rows = content["items"]
            if content["format"] != FORMAT or not isinstance(rows, list) or not all(isinstance(r, dict) for r in rows):
                raise ValueError("not a library")
        except FileNotFoundError:
            return []
        except TooMuchError:
            raise FileError(self._too_much(tr("more than {0:,} values", VALUES_LIMIT))) from None
        except (ValueError, KeyError, TypeError):
            self._put_aside()
            return []
        except OSError as error:
            if error.errno != errno.EFBIG:
                raise
            raise FileError(self._too_much(tr("more than {0} MiB", SIZE_LIMIT >> 20))) from None
        return rows

    def _too_much(self, what: str) -> str:
        return tr(
            "Your library {0} was left as it is: it holds {1}, too much to read. Move it elsewhere to start a new one.",
            shown(self.path),
            what,
        )

    def _put_aside(self) -> None:
        aside = self.path.with_name(f"library.damaged-{datetime.now():%Y%m%d-%H%M%S-%f}.json")
        self.path.rename(aside)
        self._damage.append(
            tr("Your library could not be read. It was renamed to {0}, and a new one was started.", shown(aside))
        )

    def _read_content(self) -> LibraryContent:
        try:
            rows = self._rows()
        except OSError as error:
            return LibraryContent(
                warnings=(tr("Your library {0} could not be read: {1}.", shown(self.path), reason(error)),)
            )
        except FileError as error:
            return LibraryContent(warnings=(str(error),))
        warnings, self._damage = self._damage, []
        presets, blueprints = [], []
        if len(rows) > ITEMS_LIMIT:
            warnings.append(tr("Your library holds {0:,} items; the first {1:,} are offered.", len(rows), ITEMS_LIMIT))
        for row in rows[:ITEMS_LIMIT]:
            try:
                own = _own(row)
            except RuleError as error:
                warnings.append(tr("{0} It is left out of what your library offers.", shown(str(error))))
                continue
            if isinstance(own, OwnPreset):
                presets.append(own)
            else:
                blueprints.append(own)
        blueprints.sort(key=lambda own: own.name)
        presets.sort(key=lambda own: (own.kind, own.name))
        return LibraryContent(tuple(presets), tuple(blueprints), tuple(warnings))


def _text(rows: list[dict[str, Any]], ascii_only: bool) -> str:
    """The file: an item a line, however deep it is."""
    items = ",\n".join(json.dumps(row, ensure_ascii=ascii_only) for row in rows)
    return f'{{"format": {FORMAT}, "items": [\n{items}\n]}}\n'


def _is_text(text: str) -> bool:
    return not any("\ud800" <= c <= "\udfff" for c in text) if not text.isascii() else True


def _row(own: Own) -> dict[str, Any]:
    if isinstance(own, OwnPreset):
        return {"sort": "preset", "kind": own.kind, "name": own.name, "note": own.note, "fields": dict(own.fields)}
    packed_text(own.text, f"“{own.name}”")
    return {"sort": "blueprint", "name": own.name, "note": own.note, "content": json.loads(own.text)}


def _place(rows: list[dict[str, Any]], own: Own) -> int | None:
    sort, kind = ("preset", own.kind) if isinstance(own, OwnPreset) else ("blueprint", None)
    return next(
        (
            n
            for n, row in enumerate(rows)
            if row.get("sort") == sort and row.get("name") == own.name and kind in (None, row.get("kind"))
        ),
        None,
    )


def _own(row: dict[str, Any]) -> Own:
    """A row of the file, checked. Raises RuleError."""
    name, note = row.get("name"), row.get("note", "")
    if not isinstance(name, str) or not 0 < len(name) <= NAME_LIMIT or not isinstance(note, str):
        raise RuleError(tr("Your library holds an item without a name."))
    if not _is_text(json.dumps(row, ensure_ascii=False)):
        raise RuleError(tr("“{0}” in your library holds a character that text cannot hold.", shown(name)))
    who = tr("“{0}” in your library", shown(name))
    if row.get("sort") == "preset":
        kind = str(row.get("kind"))
        return OwnPreset(kind, name, checked_fields(KINDS, kind, row.get("fields"), who), note)
    if row.get("sort") == "blueprint":
        return OwnBlueprint(name, checked_text(KINDS, json.dumps(row.get("content")), who), note)
    raise RuleError(tr("{0} is neither a preset nor a blueprint.", who))
