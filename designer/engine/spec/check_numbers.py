"""Whether numbers and words of a row have a meaning: what each check of a spec asks first."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from designer.errors import SpecError


def check_numbers(row: Any, who: str, names: Iterable[str], above: bool = False, of: str = "") -> None:
    """Raise SpecError for the first field that is not a finite number of at least (or `above`) 0.

    `of` says what of the element the row is, like "of its migration".
    """
    for name in names:
        value = getattr(row, name)
        if not math.isfinite(value) or value < 0 or (above and value == 0):
            raise SpecError(f"{who}: {_named(name, of)} must be {'above' if above else 'at least'} 0, not {value}.")


def check_word(row: Any, who: str, name: str, known: tuple[str, ...], of: str = "") -> None:
    """Raise SpecError where a field is none of the words that are known."""
    value = getattr(row, name)
    if value not in known:
        raise SpecError(f"{who}: {_named(name, of)} must be one of {', '.join(known)}, not “{value}”.")


def _named(name: str, of: str) -> str:
    return f"{name} {of}" if of else name
