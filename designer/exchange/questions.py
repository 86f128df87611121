"""What a file may leave open, and the user's answers: one record that the dialog and the command fill alike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from designer.errors import ImportFileError
from designer.words import tr

Cells = Literal["percent", "fraction", "mhz", "core_percent", "rps", "requests"]
DateOrder = Literal["day", "month"]
TimeUnit = Literal["s", "ms", "us", "ns", "min", "h", "d"]
Decimal = Literal["point", "comma"]
Shape = Literal["rows", "columns", "long", "machine"]
MemoryUnit = Literal["MB", "GB"]

TIME_UNITS: dict[str, float] = {"s": 1.0, "ms": 1e-3, "us": 1e-6, "ns": 1e-9, "min": 60.0, "h": 3600.0, "d": 86_400.0}
"""Seconds of each unit of a time that is a number."""
TIME_WORDS = {
    "s": "seconds", "ms": "milliseconds", "us": "microseconds", "ns": "nanoseconds", "min": "minutes", "h": "hours",
    "d": "days",
}  # fmt: skip
SHAPE_WORDS: dict[str, str] = {
    "rows": "a row is a VM",
    "columns": "a column is a VM",
    "long": "a row is one sample of one VM",
    "machine": "the file is one VM, a column is a measure of it",
}


@dataclass(frozen=True)
class Answers:
    """Answers about a file; None or empty: read it from the file.

    `step_s`: how long a sample holds. `name_column`, `time_column`, `load_column`: titles as written in the file.
    `measure`: which of the measures that a column names is the load.
    """

    step_s: float | None = None
    cells: Cells | None = None
    time_unit: TimeUnit | None = None
    decimal: Decimal | None = None
    shape: Shape | None = None
    name_column: str = ""
    time_column: str = ""
    load_column: str = ""
    measure: str = ""
    memory_unit: MemoryUnit | None = None
    date_order: DateOrder | None = None


class OpenQuestionError(ImportFileError):
    """A file that can be read in two ways; `answers` names the fields of Answers, one of which settles it."""

    def __init__(self, sentence: str, *answers: str) -> None:
        options = tr(" or ").join(f"--{name.removesuffix('_s').replace('_', '-')}" for name in answers)
        super().__init__(tr("{0} Answer with {1}.", sentence, options))
        self.sentence = sentence
        self.answers = answers
