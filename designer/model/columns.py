"""Checks rows by column: common values are checked once, and a thousand rows cost little more than one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from operator import itemgetter
from typing import Any, TypeVar

from sqlmodel import SQLModel

from designer.errors import RuleError
from designer.model.element import values
from designer.model.fields import FieldSpec, check_row, check_value, field_specs

R = TypeVar("R", bound=SQLModel)
FEW = 8
"""Up to this many rows are checked one by one."""
PIECE = 256
"""Rows whose values are looked at together: they stay in the processor's cache."""


def check_rows(rows: Sequence[R], called: Callable[[R], str] = lambda row: type(row).__name__) -> None:
    """Check new rows and give them their stored values. Raises RuleError for the first wrong one, which the sentence
    names as `called` does."""
    by_class: dict[type[R], list[R]] = defaultdict(list)
    for row in rows:
        by_class[type(row)].append(row)
    for cls, some in by_class.items():
        if len(some) <= FEW or not _checked(cls, some):
            for row in some:
                row.__dict__.update(check_row(cls, values(row), called(row)))


def _checked(cls: type[SQLModel], rows: Sequence[SQLModel]) -> bool:
    """Whether the values of all rows are stored values; False: one may be wrong or of another type."""
    specs = field_specs(cls)
    for name, column in zip(cls.model_fields, _distinct(rows, tuple(cls.model_fields))):
        if name == "id" or name not in specs:
            if set(map(type, column)) != {int} or not -(2**63) <= min(column) <= max(column) < 2**63:
                return False
        elif not is_sound(cls, specs[name], column):
            return False
    return True


def _distinct(rows: Sequence[SQLModel], names: Sequence[str]) -> list[list[Any]]:
    """The values of rows by column; one where all of them are equal and of one type, as most are."""
    first = rows[0].__dict__
    columns = [[first[name]] for name in names]
    grown = [False] * len(columns)
    values_of = itemgetter(*names)
    for begin in range(0, len(rows), PIECE):
        some = [row.__dict__ for row in rows[begin : begin + PIECE]]
        for n, piece in enumerate(zip(*map(values_of, some))):
            column = columns[n]
            if not grown[n]:
                one = column[0]
                if piece.count(one) == len(piece) and set(map(type, piece)) == {type(one)}:
                    continue
                grown[n] = True
                column *= begin
            column.extend(piece)
    return columns


def is_sound(cls: type[SQLModel], spec: FieldSpec, column: Sequence[Any]) -> bool:
    """Whether values of one field are stored values; False: one may be wrong or of another type."""
    if len(column) == 1:
        try:
            checked = check_value(cls, spec.name, column[0], "")
        except RuleError:
            return False
        return type(checked) is type(column[0]) and bool(checked == column[0])
    if set(map(type, column)) != {spec.type}:
        return False
    if spec.choices:
        return set(column) <= set(spec.choices)
    if spec.type in (int, float):
        is_number = spec.type is int or not any(map(_is_nan, column))
        return is_number and _within(spec, min(column), max(column))
    if spec.type is str:
        longest = max(map(len, column))
        return (spec.max_length is None or longest <= spec.max_length) and not any("\0" in text for text in column)
    return spec.type is bool


def _is_nan(value: float) -> bool:
    return value != value


def _within(spec: FieldSpec, least: float, most: float) -> bool:
    if spec.low is not None and (least < spec.low or (spec.low_open and least == spec.low)):
        return False
    if spec.high is not None and most >= spec.high and (most > spec.high or spec.high_open):
        return False
    if spec.type is int:
        return least >= -(2**63) and most < 2**63
    return -float("inf") < least and most < float("inf")
