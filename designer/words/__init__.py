"""The door of every text on the screen: what is shown is looked up in the user's language here.

Nothing here knows Qt; the window plugs Qt's translation in before its panels are read, so texts in tables pass
the door as well. A text that nobody has translated is shown in English.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

_found: dict[str, str] = {}
_translate: list[Callable[..., str]] = []


def speak(translate: Callable[..., str] | None) -> None:
    """Look texts up by a function of a text, and of a number where its form depends on one; it returns a text that it
    does not know as it is. None: all stay in English."""
    _found.clear()
    _translate[:] = [translate] if translate is not None else []


def spoken() -> bool:
    """Whether texts are looked up in another language."""
    return bool(_translate)


def tr(text: str, *values: object) -> str:
    """The text in the user's language. With values, its places ({0}, {1:,} ...) are filled as by `str.format`.

    A translation whose places do not fit the values is left aside for the English text.
    """
    if not _translate or not text:
        return text.format(*values) if values else text
    found = _found.get(text)
    if found is None:
        found = _found[text] = _translate[0](text)
    return _filled(found, text, values) if values else found


def trn(one: str, many: str, count: int, *values: object) -> str:
    """The text for a count in the user's language, which may have more forms than one and many; {0} is the count, the
    values follow. Translations stand under `many`.

    A translation whose places do not fit the values is left aside for the English text.
    """
    english, values = one if count == 1 else many, (count, *values)
    found = _translate[0](many, count) if _translate else many
    return _filled(found, english, values) if found != many else english.format(*values)


def _filled(found: str, english: str, values: tuple[object, ...]) -> str:
    try:
        return found.format(*values)
    except (LookupError, ValueError):
        return english.format(*values)


def listed(names: Sequence[str], most: int = 0, count: int = 0) -> str:
    """Names within a sentence: "a", "a, b and c". Of more than `most` (0: all are told), or where there are `count` of
    them, the first: "a, b and 4 more".
    """
    told = list(names[:most] if most else names)
    left = (count or len(names)) - len(told)
    if left > 0:
        return tr("{0} and {1:,} more", ", ".join(told), left)
    return tr(" and ").join(filter(None, (", ".join(told[:-1]), *told[-1:])))


def mark(text: str) -> str:
    """A text of a table as it is: it is collected for translation here, and looked up by `tr` where it is shown."""
    return text
