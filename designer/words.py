"""The door of every text on the screen: what is shown is looked up in the user's language here.

Nothing here knows Qt; the window plugs Qt's translation in before its panels are read, so texts in tables pass
the door as well. A text that nobody has translated is shown in English.
"""

from __future__ import annotations

from collections.abc import Callable

_found: dict[str, str] = {}
_translate: list[Callable[[str], str]] = []


def speak(translate: Callable[[str], str] | None) -> None:
    """Look texts up by a function that returns a text it does not know as it is; None: all stay in English."""
    _found.clear()
    _translate[:] = [translate] if translate is not None else []


def tr(text: str, *values: object) -> str:
    """The text in the user's language. With values, its places ({0}, {1:,} ...) are filled as by `str.format`.

    A translation whose places do not fit the values is left aside for the English text.
    """
    if not _translate or not text:
        return text.format(*values) if values else text
    found = _found.get(text)
    if found is None:
        found = _found[text] = _translate[0](text)
    if not values:
        return found
    try:
        return found.format(*values)
    except (LookupError, ValueError):
        return text.format(*values)
