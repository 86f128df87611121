"""Values of exports, whatever their type: numbers as numbers or text, booleans as text, missing ones."""

from __future__ import annotations

import math
from typing import Any

TRUE = frozenset(("true", "yes", "1", "on", "y"))
FALSE = frozenset(("false", "no", "0", "off", "n", ""))
MIB = float(2**20)


def text(value: Any) -> str:
    """A value as trimmed text; a whole number without its point; empty for a missing one."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


def number(value: Any) -> float | None:
    """A finite number, from a number or a text with separators of thousands; None for anything else."""
    if isinstance(value, bool) or value is None:
        return None
    if not isinstance(value, int | float):
        try:
            value = float(str(value).strip().replace(",", "").replace("\u00a0", "").replace("'", ""))
        except ValueError:
            return None
    return float(value) if math.isfinite(value) else None


def positive(value: Any) -> float | None:
    """A number above 0; None for anything else."""
    found = number(value)
    return found if found is not None and found > 0 else None


def whole(value: Any) -> int | None:
    """A whole number of at least 1; None for anything else."""
    found = positive(value)
    return int(found) if found is not None and found >= 1 and found == int(found) else None


def flag(value: Any) -> bool | None:
    """A boolean, from one or from the words that programs write; None for anything else."""
    if isinstance(value, bool):
        return value
    word = text(value).lower()
    return True if word in TRUE else False if word in FALSE else None


def mapping(value: Any) -> dict[str, Any]:
    """A mapping, or an empty one where there is something else."""
    return value if isinstance(value, dict) else {}


def mappings(value: Any) -> list[dict[str, Any]]:
    """The mappings of a list; empty where there is none."""
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
