"""Numbers in cells as programs and people write them: with a unit, thousands separators, a decimal comma."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from designer.exchange.csv_table import CsvTable
from designer.exchange.questions import Answers, OpenQuestionError
from designer.words import tr

MISSING = frozenset(("", "-", "--", "nan", "null", "none", "n/a", "na", "#n/a", "nodata", "no data"))
"""Texts of cells without a value, in lower case."""
UNITS: dict[str, dict[str, float]] = {
    "MiB": {"kb": 1 / 1024, "kib": 1 / 1024, "k": 1 / 1024, "mb": 1, "mib": 1, "m": 1, "gb": 1024, "gib": 1024,
            "g": 1024, "tb": 1024**2, "tib": 1024**2, "t": 1024**2},
    "MHz": {"mhz": 1, "ghz": 1e3, "khz": 1e-3, "mips": 1},
    "W": {"w": 1, "kw": 1e3, "watt": 1, "watts": 1},
    "fraction": {"%": 0.01},
}  # fmt: skip
"""Units after a number, in base units."""

_PLAIN = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
_PARTS = re.compile(r"([+-]?[\d.,'\u00a0\u202f ]*\d(?:[.,](?!\d))?(?:[eE][+-]?\d+)?)\s*([^\d\s].*)?", re.ASCII)
_GROUPED = {
    "point": re.compile(
        r"[+-]?\d{1,3}(?:,\d{3})+(?:\.\d*)?|[+-]?\d{1,3}(?:[ '\u00a0\u202f]\d{3})+(?:\.\d*)?", re.ASCII
    ),
    "comma": re.compile(r"[+-]?\d{1,3}(?:\.\d{3})+(?:,\d*)?|[+-]?\d{1,3}(?:[ '\u00a0\u202f]\d{3})+(?:,\d*)?", re.ASCII),
}
_COMMA = re.compile(r"[+-]?(?:\d+,?\d*|,\d+)(?:[eE][+-]?\d+)?", re.ASCII)
_EITHER = re.compile(r"[+-]?[1-9]\d{0,2}[.,]\d{3}", re.ASCII)
"""A number that is a thousand times larger when its sign separates thousands."""


@dataclass(frozen=True)
class Numbers:
    """How the numbers of a file are written. Digits of other scripts and `1_000` are no numbers here."""

    decimal: str = "point"

    def read(self, text: str) -> float:
        """The number of a cell without a unit. Raises ValueError."""
        compact = text.strip()
        if (self.decimal == "point" or "." not in compact) and _PLAIN.fullmatch(compact):
            return float(compact)
        if self.decimal == "comma" and _COMMA.fullmatch(compact):
            return float(compact.replace(",", "."))
        if _GROUPED[self.decimal].fullmatch(compact):
            for mark in " '\u00a0\u202f" + ("," if self.decimal == "point" else "."):
                compact = compact.replace(mark, "")
            return float(compact.replace(",", "."))
        raise ValueError(text)

    def with_unit(self, text: str, unit: str) -> tuple[float, float | None]:
        """The number of a cell and its unit in base units; None without a unit. Raises ValueError."""
        found = _PARTS.fullmatch(text.strip())
        if found is None:
            raise ValueError(text)
        suffix = (found[2] or "").strip().lower()
        factor = UNITS.get(unit, {}).get(suffix) if suffix else None
        if suffix and factor is None:
            raise ValueError(text)
        return self.read(found[1]), factor


def numbers_of(table: CsvTable, cells: Iterable[tuple[int, str]], answers: Answers) -> Numbers:
    """How the numbers in some cells (each with its line) are written. Raises OpenQuestionError where that is
    ambiguous."""
    if answers.decimal is not None:
        return Numbers(answers.decimal)
    sure: dict[str, tuple[int, str]] = {}
    open_cell: tuple[int, str] | None = None
    for line, cell in cells:
        text = cell.strip().rstrip("%").rstrip()
        if "," not in text and "." not in text:
            continue
        found = _PARTS.fullmatch(text)
        text = found[1].strip() if found else ""
        sign = _sign(text) if "," in text or "." in text else ""
        if sign == "either":
            open_cell = open_cell or (line, text)
        elif sign:
            sure.setdefault(sign, (line, text))
    if len(sure) == 2:
        one, other = sure["point"], sure["comma"]
        raise OpenQuestionError(
            tr(
                "{0}: “{1}” (line {2:,}) has a decimal point, “{3}” (line {4:,}) a decimal comma.",
                table.name,
                one[1],
                one[0],
                other[1],
                other[0],
            ),
            "decimal",
        )
    if sure:
        return Numbers(next(iter(sure)))
    if open_cell is not None and table.separator != ",":
        line, text = open_cell
        plain = text.replace(",", "").replace(".", "")
        raise OpenQuestionError(
            tr(
                "{0}, line {1:,}: “{2}” may be {3} or {4:,}.",
                table.name,
                line,
                text,
                text.replace(",", "."),
                int(plain),
            ),
            "decimal",
        )
    return Numbers()


def _sign(text: str) -> str:
    """The decimal sign of a number: point, comma, either, or empty without one."""
    points, commas = text.count("."), text.count(",")
    if points and commas:
        return "point" if text.rfind(".") > text.rfind(",") else "comma"
    if points > 1 or commas > 1:
        return "comma" if points else "point"
    if _EITHER.fullmatch(text):
        return "either"
    return "point" if points else "comma"


def is_missing(text: str) -> bool:
    """Whether a cell has no value."""
    return text.strip().lower() in MISSING


def finite(value: float) -> bool:
    """True for a number that is one."""
    return math.isfinite(value)


def unit_of(title_unit: str, unit: str) -> float | None:
    """The unit in a title in base units, None without a known one."""
    known: Mapping[str, float] = UNITS.get(unit, {})
    return known.get(title_unit.lower())
