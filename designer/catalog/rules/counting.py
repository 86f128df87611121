"""How many of each kind there are, as headers, collapsed containers and thumbnails say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from designer.model.element import Element


def numbers_of(elements: Iterable[Element]) -> Counter[str]:
    """How many of each kind; a template, which never runs, is none."""
    return Counter(element.kind for element in elements if not element.__dict__.get("template", False))
