"""Values of a file that leave no room for derived values (plus one, joined) are brought into bounds."""

from __future__ import annotations

import re
from collections.abc import MutableMapping, Sequence
from typing import Any

from designer.model.boxes import BOX_LIMITS, within
from designer.store.file.content import Content
from designer.store.file.schema import tables
from designer.words import tr

REVISION_LIMIT, REVISION_ANEW = 10**15, 10**12
"""Largest number of a save (the next save adds 1), and where larger numbers start again."""
RANK_LIMIT = 2**63 - 2**20
"""Largest order among siblings; the next sibling gets 1 more."""
ID_LIMIT = 80
"""Longest id of a document or a save."""
_KEY = re.compile(r"[0-9a-f]{16}")


def normal_ranks(content: Content) -> bool:
    """Renumber all siblings when a rank is too large; they keep their order. True when something changed."""
    columns_of = {
        name: (columns[0], columns[table.place("rank")])
        for name, table in tables().items()
        if "rank" in table.columns and (columns := content[name])
    }
    try:
        if max(max(ranks) for _, ranks in columns_of.values()) <= RANK_LIMIT:
            return False
    except (TypeError, ValueError):  # no number, or no row: told by the check of values
        return False
    numbered = [(rank, i, name, n) for name, both in columns_of.items() for n, (i, rank) in enumerate(zip(*both))]
    ranks_of: dict[str, list[Any]] = {}
    for number, (_, _, name, n) in enumerate(sorted(numbered)):
        column = ranks_of.setdefault(name, list(content[name][tables()[name].place("rank")]))
        column[n] = number
    for name, column in ranks_of.items():
        content[name][tables()[name].place("rank")] = column
    return True


def normal_boxes(content: Content) -> bool:
    """Bring boxes that lie beyond the drawing, or are larger than it may be, into bounds. True when one was changed."""
    changed = False
    for table in tables().values():
        if not content[table.name] or not set(BOX_LIMITS) <= set(table.columns):
            continue
        for name, most in BOX_LIMITS.items():
            column = content[table.name][table.place(name)]
            if any(isinstance(value, int | float) and not abs(value) <= most for value in column):
                content[table.name][table.place(name)] = [
                    within(value, most) if isinstance(value, int | float) else value for value in column
                ]
                changed = True
    return changed


def next_revision(revision: int) -> int:
    """The number of the save after one; it is never one that an opening resets."""
    return revision + 1 if revision < REVISION_LIMIT else REVISION_ANEW


def normal_facts(meta: MutableMapping[Any, Any], save_key: Any) -> list[str]:
    """Bring a file's facts about its saves into bounds; return what was changed, as parts of a sentence."""
    found: list[str] = []
    revision = meta.get("revision", "")
    digits = revision.lstrip("0") if isinstance(revision, str) and revision.isascii() and revision.isdigit() else ""
    if digits and (len(digits) > 16 or int(digits) > REVISION_LIMIT):
        meta["revision"] = str(REVISION_ANEW)
        found.append(tr("the number of its last save"))
    for name in [name for name in meta if isinstance(name, str) and name.startswith("ancestors_")]:
        keys = str(meta[name]).split()
        sound = [key for key in keys if _KEY.fullmatch(key)]
        if sound != keys:
            meta[name] = " ".join(sound)
            found.append(tr("its line of saves"))
    for name in ("document_id", "save_id", "parent_save_id"):
        if len(str(meta.get(name, ""))) > ID_LIMIT:
            meta[name] = save_key(str(meta[name]))
            found.append(tr("the ids of its saves"))
    return list(dict.fromkeys(found))


def listed(parts: Sequence[str]) -> str:
    """Parts of a sentence with commas and an "and"."""
    return " and ".join([*([", ".join(parts[:-1])] if parts[:-1] else []), *parts[-1:]])
