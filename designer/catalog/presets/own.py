"""Saved presets (ready values for a kind) and blueprints (subtrees), in the design or in the library, as records and as
stored text."""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

from designer.errors import RuleError
from designer.foreign import json_of
from designer.model.fields import check_value, form_fields
from designer.model.kind import Kind, Kinds
from designer.words import tr

Where = Literal["design", "library"]
PLACES: dict[Where, str] = {"design": "this design", "library": "my library"}
"""Names of the two places, in the user's words."""
FIELDS_LIMIT = 20_000
"""Longest values of a preset, in characters of JSON."""
FORMATS = (1, 2)
"""Formats of a blueprint's text that can be placed. Format 1 knew a region and a zone by name."""
TEXT_LIMIT = 4_000_000
"""Longest blueprint, in bytes of JSON."""
BEGINNING = 1 << 16
"""Bytes of a blueprint that are unpacked to choose its icon."""
_KIND = re.compile(r'"kind": ?"(\w+)"')


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
    """A subtree: clipboard text, plain or packed by `packed_text`. `note` says what it teaches; `id` is its element in
    the design."""

    name: str
    packed: str | bytes
    note: str = ""
    where: Where = "library"
    id: int = 0

    @property
    def text(self) -> str:
        """The clipboard text, unpacked when it is used. Raises RuleError when it is damaged."""
        return self.packed if isinstance(self.packed, str) else _unpacked_text(self.packed, self._who)

    @property
    def damage(self) -> str | None:
        """What is wrong with the beginning or the size of the blueprint, as a sentence, or None. The rest is not
        read."""
        if isinstance(self.packed, str) or (_beginning(self.packed) and len(self.packed) <= TEXT_LIMIT):
            return None
        return tr("{0} is damaged: its content cannot be read.", self._who)

    @property
    def icon_kind(self) -> str:
        """The kind whose icon the blueprint has: that of the first thing in it that is no note."""
        text = self.packed[:BEGINNING] if isinstance(self.packed, str) else _beginning(self.packed)
        kinds = (found[1] for found in _KIND.finditer(text))
        return next((kind for kind in kinds if kind != "note"), "note")

    @property
    def _who(self) -> str:
        return tr("The blueprint “{0}”", self.name)


def storable(kind: Kind) -> list[str]:
    """The fields that a preset of a kind holds: all fields of the form but notes, ids and references."""
    return [
        spec.name
        for spec in form_fields(kind.table)
        if spec.name != "note" and spec.editor != "id" and not spec.editor.startswith("reference")
    ]


def packed_fields(fields: Mapping[str, Any]) -> str:
    """Values as canonical JSON: equal values give equal text."""
    return json.dumps(dict(fields), sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def checked_fields(kinds: Kinds, kind: str, fields: object, who: str) -> dict[str, Any]:
    """The values of a preset, checked against its kind. Raises RuleError that names the preset and the field."""
    if kind not in kinds:
        raise RuleError(tr("{0} is for “{1}”, which is not a kind this version knows.", who, kind[:40]))
    if not isinstance(fields, Mapping) or not fields:
        raise RuleError(tr("{0} holds no values.", who))
    allowed = storable(kinds[kind])
    for name in fields:
        if name not in allowed:
            raise RuleError(tr("{0} holds “{1}”, which is not a field of {2}.", who, str(name)[:40], kinds[kind].noun))
    return {name: check_value(kinds[kind].table, name, value, who) for name, value in fields.items()}


def unpacked_fields(kinds: Kinds, kind: str, text: str, who: str) -> dict[str, Any]:
    """The values that `packed_fields` wrote, checked. Raises RuleError."""
    try:
        fields = json_of(text)
    except ValueError:
        raise RuleError(tr("{0} is damaged: its values cannot be read.", who)) from None
    return checked_fields(kinds, kind, fields, who)


def packed_text(text: str, who: str) -> bytes:
    """A blueprint's text as a file stores it. Raises RuleError when it is too long."""
    raw = text.encode()
    if len(raw) > TEXT_LIMIT:
        raise RuleError(tr("{0} is too large for a blueprint; save that part as its own file.", who))
    return zlib.compress(raw, 6)


@lru_cache(maxsize=8)  # asked again and again while it is dragged
def _unpacked_text(data: bytes, who: str) -> str:
    """The text that `packed_text` packed. Raises RuleError."""
    inflate = zlib.decompressobj()
    try:
        raw = inflate.decompress(data, TEXT_LIMIT + 1)
        text = raw.decode()
    except (zlib.error, UnicodeDecodeError):
        text = ""
    if not inflate.eof or len(text) > TEXT_LIMIT:
        raise RuleError(tr("{0} is damaged: its content cannot be read.", who))
    return checked_text(None, text, who)


@lru_cache(maxsize=1024)
def _beginning(data: bytes) -> str:
    """The first characters of a packed text, empty where it cannot be read."""
    try:
        return zlib.decompressobj().decompress(data, BEGINNING).decode(errors="ignore")
    except zlib.error:
        return ""


def checked_text(kinds: Kinds | None, text: str, who: str) -> str:
    """A blueprint's text that holds elements, of known kinds where `kinds` are given. Each element is checked again
    when it is placed. Raises RuleError."""
    try:
        content = json_of(text)
        rows = [row["kind"] for row in content["elements"]]
        whole = content["format"] in FORMATS and bool(content["roots"]) and all(isinstance(kind, str) for kind in rows)
    except (ValueError, KeyError, TypeError):
        whole, rows = False, []
    if not whole or not rows:
        raise RuleError(tr("{0} is damaged: its content cannot be read.", who))
    unknown = next((kind for kind in rows if kinds is not None and kind not in kinds), None)
    if unknown is not None:
        raise RuleError(tr("{0} holds “{1}”, which is not a kind this version knows.", who, unknown[:40]))
    return text
