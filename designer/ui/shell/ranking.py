"""How well a text matches what was typed, and how often it was chosen: the order of what a search finds."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

from designer.settings import Settings

USED = "commands_used"
MOST_USED, MOST_KEPT = 400, 100
"""Uses above which all counts are halved, so that old habits fade; most commands that are counted."""


def match(text: str, typed: str) -> float | None:
    """How well a text matches all words that were typed (0 to 1); None where it does not.

    A word matches where it begins a word of the text, stands in it, or gives the first letters of its words.
    """
    low, words = text.lower(), typed.lower().split()
    if not words:
        return 0.0
    starts = "".join(part[0] for part in re.findall(r"[^\W_]+", low))
    total = 0.0
    for word in words:
        if re.search(rf"(?<![^\W_]){re.escape(word)}", low):
            part = 1.0 if low.startswith(word) else 0.8
        elif word in low:
            part = 0.4
        elif len(word) > 1 and starts.startswith(word):
            part = 0.6
        else:
            return None
        total += part * (0.5 + 0.5 * min(len(word) / max(len(low), 1), 1.0))
    return total / len(words)


class Habits:
    """How often each command was chosen in the search; kept in the settings."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def note(self, name: str) -> None:
        """Count a use."""
        counts = self._counts()
        counts[name] = counts.get(name, 0) + 1
        if sum(counts.values()) > MOST_USED:
            counts = {known: count // 2 for known, count in counts.items() if count > 1}
        kept = sorted(counts.items(), key=lambda pair: -pair[1])[:MOST_KEPT]
        self._settings.set(USED, dict(kept))

    def rank(self, name: str) -> float:
        """How much a command is preferred for its uses (0: never used; grows slowly)."""
        return 0.12 * math.log2(1 + self._counts().get(name, 0))

    def _counts(self) -> dict[str, int]:
        read = self._settings.get(USED, {})
        if not isinstance(read, Mapping):
            return {}
        return {str(k): v for k, v in read.items() if isinstance(v, int) and not isinstance(v, bool) and v > 0}
