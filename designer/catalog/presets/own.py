"""What people keep for themselves: presets (ready values for a kind) and blueprints (subtrees), in the design or in
the library, as records, and as they are written down.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from designer.errors import RuleError
from designer.model.fields import check_value, form_fields
from designer.model.kind import Kind, Kinds

Where = Literal["design", "library"]
PLACES: dict[Where, str] = {"design": "this design", "library": "my library"}
"""Where something is kept, in the user's words."""
FIELDS_LIMIT = 20_000
"""Longest values of a preset, in characters of JSON."""
FORMATS = (1, 2)
"""Formats of a blueprint's text that can be placed. In the first a region and a zone were known by their names."""
TEXT_LIMIT = 4_000_000
"""Longest blueprint, in bytes of JSON."""


@dataclass(frozen=True)
class OwnPreset:
    """Ready values for a kind. `id` is its element in the design, 0 in the library."""

    kind: str
    name: str
    fields: Mapping[str, Any]
    note: str = ""
    where: Where = "library"
    id: int = 0


@dataclass(frozen=True)
class OwnBlueprint:
    """A subtree as the clipboard's text. `note` says what it teaches; `id` is its element in the design."""

    name: str
    text: str
    note: str = ""
    where: Where = "library"
    id: int = 0

    @property
    def icon_kind(self) -> str:
        """The kind whose icon it has: that of the first thing in it that is no note."""
        kinds = [row["kind"] for row in json.loads(self.text)["elements"]]
        return next((kind for kind in kinds if kind != "note"), "note")


def storable(kind: Kind) -> list[str]:
    """The fields that a preset of a kind holds: all that the form shows but notes, ids and what refers to others."""
    return [
        spec.name
        for spec in form_fields(kind.table)
        if spec.name != "note" and spec.editor != "id" and not spec.editor.startswith("reference")
    ]


def packed_fields(fields: Mapping[str, Any]) -> str:
    """Values as canonical JSON: the same values give the same text."""
    return json.dumps(dict(fields), sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def checked_fields(kinds: Kinds, kind: str, fields: object, who: str) -> dict[str, Any]:
    """The values of a preset as its kind takes them. Raises RuleError that names the preset and the field."""
    if kind not in kinds:
        raise RuleError(f"{who} is for “{kind[:40]}”, which is not a kind this version knows.")
    if not isinstance(fields, Mapping) or not fields:
        raise RuleError(f"{who} holds no values.")
    allowed = storable(kinds[kind])
    for name in fields:
        if name not in allowed:
            raise RuleError(f"{who} holds “{str(name)[:40]}”, which is not a field of {kinds[kind].noun}.")
    return {name: check_value(kinds[kind].table, name, value, who) for name, value in fields.items()}


def unpacked_fields(kinds: Kinds, kind: str, text: str, who: str) -> dict[str, Any]:
    """The values that `packed_fields` wrote, checked. Raises RuleError."""
    try:
        fields = json.loads(text)
    except (ValueError, RecursionError):
        raise RuleError(f"{who} is damaged: its values cannot be read.") from None
    return checked_fields(kinds, kind, fields, who)


def packed_text(text: str, who: str) -> bytes:
    """A blueprint's text as a file holds it. Raises RuleError when it is too long."""
    raw = text.encode()
    if len(raw) > TEXT_LIMIT:
        raise RuleError(f"{who} is too large for a blueprint; save that part as a file of its own.")
    return zlib.compress(raw, 6)


def unpacked_text(kinds: Kinds, data: bytes, who: str) -> str:
    """The text that `packed_text` made, looked at. Raises RuleError."""
    inflate = zlib.decompressobj()
    try:
        raw = inflate.decompress(data, TEXT_LIMIT + 1)
        text = raw.decode()
    except (zlib.error, UnicodeDecodeError):
        text = ""
    if not inflate.eof or len(text) > TEXT_LIMIT:
        raise RuleError(f"{who} is damaged: its content cannot be read.")
    return checked_text(kinds, text, who)


def checked_text(kinds: Kinds, text: str, who: str) -> str:
    """A blueprint's text when it holds elements of known kinds; each is checked again when it is placed."""
    try:
        held = json.loads(text)
        rows = [row["kind"] for row in held["elements"]]
        whole = held["format"] in FORMATS and bool(held["roots"]) and all(isinstance(kind, str) for kind in rows)
    except (ValueError, RecursionError, KeyError, TypeError):
        whole, rows = False, []
    if not whole or not rows:
        raise RuleError(f"{who} is damaged: its content cannot be read.")
    unknown = next((kind for kind in rows if kind not in kinds), None)
    if unknown is not None:
        raise RuleError(f"{who} holds “{unknown[:40]}”, which is not a kind this version knows.")
    return text
